/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef SIM_SCENARIO_H
#define SIM_SCENARIO_H

#include <glib.h>

/* Identity and behaviour of one module. The groups and keys of the key file, with defaults and
 * explanations, are the table in sim-scenario.c. */
typedef struct {
    /* [module] */
    gint      modules;
    gchar    *identity;
    gchar    *manufacturer;
    gchar    *model;
    gchar    *revision;
    gchar    *imei;
    gchar    *imsi;
    gchar    *iccid;
    gchar    *exts;
    gchar    *bdt;
    gchar    *exth;
    gchar    *version_extra;
    gchar    *serial;
    gchar    *usb_vendor;
    gint      setmode;
    gchar    *layout;
    gboolean  ethernet;
    gboolean  udev_hints;
    gboolean  plugged;
    gboolean  self_powered;
    gboolean  stuck_in_data;
    gboolean  early_input;
    gint      max_line;
    gchar    *unknown_command;
    gboolean  ws46;
    gchar    *dialect;
    gboolean  same_imei;
    gint      version_fails;

    /* [timing] */
    gdouble   speed;
    gdouble   answer_min;
    gdouble   answer_max;
    gdouble   progress_min;
    gdouble   progress_max;
    gdouble   query_seconds;
    gdouble   download_seconds;
    gdouble   accept_seconds;
    gdouble   reboot_delay;
    gdouble   flash_seconds;
    gdouble   boot_seconds;
    gdouble   register_seconds;
    gdouble   dial_seconds;
    gdouble   plug_seconds;

    /* [card] */
    gchar    *card_pin;
    gboolean  card_retries;
    gchar    *card_number;
    gchar    *card_gid1;
    gchar    *card_gid2;
    gchar    *card_preferred_network;

    /* [network] */
    gchar    *registration;
    gchar    *technology;
    gchar    *operator_name;
    gchar    *operator_code;
    gchar    *apns;
    gchar    *contexts;
    gchar    *cids;
    gchar    *auto_dial;
    gchar    *auto_dial_spelling;
    gchar    *ndis_form;
    gchar    *query_form;
    gboolean  query_all;
    gboolean  ndis_steps;
    gboolean  packet_events;
    gchar    *packet_event_form;
    gchar    *refusal;
    gboolean  creg;
    gboolean  data;
    gboolean  reenumerate_after_dial;

    /* [noise] */
    gdouble   noise_rate;
    gdouble   noise_in_answers;
    gchar    *noise_kinds;
    gboolean  noise_spacing;
    gint      noise_seed;
    gint      backlog;
    gdouble   noise_in_echo;
    gdouble   state_lines;
    gboolean  noise_others;

    /* [port] */
    gchar    *pieces;
    gint      port_seed;
    gdouble   port_gap;
    gdouble   port_pause;
    gchar    *blanks;
    gdouble   glued;
    gint      nuls;
    gchar    *port_order;
    gchar    *port_names;
    gchar    *port_path;
    gdouble   plug_gap;
    gdouble   unplug_gap;

    /* [sms] */
    gchar    *sms_send;

    /* [fota] */
    gchar    *fota_mode;
    gchar    *fota_state;
    gchar    *package_version;
    gint64    package_size;
    gchar    *package_url;
    gchar    *outcome;
    gint      outcome_code;
    gchar    *fail_when;
    gint      reboots;
    gboolean  via_3302;
    gdouble   incomplete_seconds;
    gchar    *layout_after;
    gchar    *exts_after;
    gchar    *bdt_after;
    gchar    *revision_after;
    gchar    *silent;
    gint      refuse_fwup;
    gint      ignore_fwup;
    gboolean  refuse_stop_in_query;
    gchar    *refuse_stop;
    gchar    *refuse_query;
    gint      stuck;
    gboolean  silent_after_50;
    gboolean  skip_50;
    gboolean  bare_found;
    gdouble   settle_seconds;
    gboolean  notices;
    gchar    *notice;
    gchar    *state_after;
    gdouble   automatic_query;
    gboolean  collision;
    gboolean  check_source;
    gboolean  check_product;
    gint      progress_index;
    gchar    *power_cut_flash;

    /* [server] */
    gchar    *user_agent;
    gint      server_timeout;
    gboolean  strict;

    /* [faults] */
    gchar    *faults;
} SimScenario;

SimScenario *sim_scenario_new  (void);
SimScenario *sim_scenario_copy (const SimScenario  *self);
void         sim_scenario_free (SimScenario        *self);

/* Unknown groups and keys are errors, so that a typo is noticed */
gboolean     sim_scenario_load_file (SimScenario   *self,
                                     const gchar   *path,
                                     GError       **error);
gboolean     sim_scenario_load_data (SimScenario   *self,
                                     const gchar   *data,
                                     GError       **error);

/* Whether the module answers as the unit from the field does */
gboolean     sim_scenario_is_field (SimScenario    *self);

/* Overrides for a whole test run: TDTECH_PIECES, TDTECH_PIECES_SEED, TDTECH_IDENTITY */
gboolean     sim_scenario_load_environment (SimScenario *self,
                                            GError     **error);

/* @key is <group>.<key> */
gboolean     sim_scenario_set  (SimScenario        *self,
                                const gchar        *key,
                                const gchar        *value,
                                GError            **error);

/* Turns the identity of the sample into that of the n-th module */
void         sim_scenario_number (SimScenario      *self,
                                  guint             index);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimScenario, sim_scenario_free)

#endif /* SIM_SCENARIO_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef SIM_MODULE_H
#define SIM_MODULE_H

#include <glib.h>
#include <json-glib/json-glib.h>

#include "sim-at.h"
#include "sim-clock.h"
#include "sim-fault.h"
#include "sim-log.h"
#include "sim-replay.h"
#include "sim-scenario.h"
#include "sim-usb.h"

typedef struct _SimModule   SimModule;
typedef struct _SimIdentity SimIdentity;
typedef struct _SimCard     SimCard;
typedef struct _SimNetwork  SimNetwork;
typedef struct _SimSession  SimSession;
typedef struct _SimCalls    SimCalls;
typedef struct _SimSms      SimSms;
typedef struct _SimSsl      SimSsl;
typedef struct _SimFota     SimFota;
typedef struct _SimNoise    SimNoise;

/* One module: power, ports, and its parts. Each part does one thing and adds its commands to the
 * table. */
struct _SimModule {
    guint         index;
    SimClock     *clock;
    SimLog       *log;
    SimScenario  *scenario;
    SimFaults    *faults;
    GRand        *rand;
    SimAtTable   *table;
    SimReplay    *replay;

    SimIdentity  *identity;
    SimCard      *card;
    SimNetwork   *network;
    SimSession   *session;
    SimCalls     *calls;
    SimSms       *sms;
    SimSsl       *ssl;
    SimFota      *fota;
    SimNoise     *noise;
};

SimModule   *sim_module_new          (guint              index,
                                      const SimScenario *scenario,
                                      SimClock          *clock,
                                      SimLog            *log,
                                      SimTransport      *transport,
                                      SimReplay         *replay,
                                      GError           **error);
void         sim_module_free         (SimModule         *self);
JsonObject  *sim_module_get_status   (SimModule         *self);
gboolean     sim_module_set          (SimModule         *self,
                                      const gchar       *key,
                                      const gchar       *value,
                                      GError           **error);

/* Power and cable. The module is powered by USB and off without the cable, unless it keeps its
 * power and only leaves the bus. */
void         sim_module_plug         (SimModule         *self);
void         sim_module_unplug       (SimModule         *self,
                                      gboolean           keep_power);
void         sim_module_power_cycle  (SimModule         *self,
                                      gdouble            seconds);
/* Off the bus for that long, with power */
void         sim_module_leave        (SimModule         *self,
                                      gdouble            seconds);
/* The module reboots itself: off the bus for @seconds, then up again */
void         sim_module_reboot       (SimModule         *self,
                                      gdouble            seconds);
/* Off the bus, or there as the download device if @download, for @seconds; then calls @func */
void         sim_module_go_dark      (SimModule         *self,
                                      gboolean           download,
                                      gdouble            seconds,
                                      SimClockFunc       func,
                                      gpointer           user_data);
void         sim_module_boot         (SimModule         *self);
void         sim_module_set_layout   (SimModule         *self,
                                      const gchar       *layout);
gboolean     sim_module_is_ready     (SimModule         *self);
/* On the bus, but silent until a power-cycle */
void         sim_module_fall_silent (SimModule          *self);
/* A data session was established or ended */
void         sim_module_carrier_changed (SimModule      *self);

/* Sends an unsolicited line to the AT ports */
void         sim_module_urc          (SimModule         *self,
                                      const gchar       *format,
                                      ...) G_GNUC_PRINTF (2, 3);
/* The same, without changing its blanks as the module does */
void         sim_module_urc_line     (SimModule         *self,
                                      const gchar       *line);
void         sim_module_urc_raw      (SimModule         *self,
                                      const guint8      *data,
                                      gsize              length);
gboolean     sim_module_in_data_state (SimModule        *self);
/* Releases answers that a fault holds back */
gboolean     sim_module_continue     (SimModule         *self);

/* For the transport */
void         sim_module_port_opened  (SimModule         *self,
                                      guint              port);
void         sim_module_port_closed  (SimModule         *self,
                                      guint              port);
void         sim_module_port_input   (SimModule         *self,
                                      guint              port,
                                      const guint8      *data,
                                      gsize              length);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimModule, sim_module_free)

#endif /* SIM_MODULE_H */

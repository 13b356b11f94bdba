/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * What the files of MMTdtechFota share: its members, and the functions of one file that others call.
 * For them alone; mm-tdtech-fota.h is for the rest.
 */

#ifndef MM_TDTECH_FOTA_PRIVATE_H
#define MM_TDTECH_FOTA_PRIVATE_H

#include <gio/gio.h>

#include "mm-base-modem.h"
#include "mm-bearer-list.h"
#include "mm-call-list.h"
#include "mm-gdbus-fota.h"
#include "mm-tdtech-data-pause.h"
#include "mm-tdtech-fota-machine.h"
#include "mm-tdtech-fota-options.h"
#include "mm-tdtech-fota-progress.h"
#include "mm-tdtech-fota-record.h"

/* As mm-tdtech-fota.h declares it */
typedef struct _MMTdtechFota MMTdtechFota;

struct _MMTdtechFota {
    GObject                parent;
    MMBaseModem           *modem;                  /* owns us */
    MmGdbusModemFota      *skeleton;               /* NULL before the start */
    MMPortSerialAt        *port;                   /* opened by us */
    gboolean               stopped;

    MMTdtechFotaMachine   *machine;                /* change it through its own functions only */
    MMTdtechFotaProgress  *progress;
    MMTdtechFotaRecord    *record;
    gchar                 *key;
    MMTdtechDataPause     *data_pause;

    /* The running transaction, besides what the record holds */
    GDBusMethodInvocation *verb_invocation;
    GDBusMethodInvocation *cancel_invocation;
    guint                  patience;               /* of the verb's caller */
    MMTdtechFotaOptions   *options;                /* the only copy of certificates and key */
    gint64                 upgrade_at;             /* monotonic, microseconds; 0: no delay runs */
    gint64                 upgrade_time;           /* the same as Unix time, as last published */
    gboolean               restarted_since_flash;  /* the daemon or the module began anew since ^FWUP */
    GVariant              *restored_sessions;      /* for the event */
    gboolean               call_begun;             /* since the last look before ^FWUP */
    guint                  max_timeouts;
    gboolean               patient;

    /* Calls that came before it was known what the module is doing */
    GQueue                 early_calls;

    /* ^FOTASTATE lines not processed yet */
    GQueue                 lines;
    guint                  lines_idle;

    /* The effect that is awaited */
    MMTdtechFotaEffect     effect_running;         /* of the current phase; NONE: none is running */
    guint                  effect_serial;          /* identifies it: outcomes of earlier effects are ignored */
    guint                  n_unreadable;           /* ^FOTASTATE? without a readable answer */

    guint                  timer;
    guint                  deadline;
    guint                  tick;
    guint                  tick_seconds;
    guint                  save_again;             /* the last save failed */

    MMCallList            *calls;
    MMBearerList          *bearers;
};

static inline gint64
mm_tdtech_fota_now (void)
{
    return g_get_real_time () / G_USEC_PER_SEC;
}

static inline const gchar *
mm_tdtech_fota_or_empty (const gchar *str)
{
    return str ? str : "";
}

/*****************************************************************************/
/* mm-tdtech-fota-runner.c: steps of the machine and their effects. @input and @output are not kept. */

void mm_tdtech_fota_feed      (MMTdtechFota            *self,
                               const MMTdtechFotaInput *input);
void mm_tdtech_fota_feed_kind (MMTdtechFota            *self,
                               MMTdtechFotaInputKind    kind);
/* After a step of the machine that a verb or Cancel began: carries out what it asks for; the second
 * one also follows what the module does by itself, and serves calls that waited */
void mm_tdtech_fota_apply     (MMTdtechFota             *self,
                               const MMTdtechFotaOutput *output);
void mm_tdtech_fota_apply_all (MMTdtechFota             *self,
                               MMTdtechFotaOutput       *output);
/* The message that goes with @error */
gchar *mm_tdtech_fota_describe (MMTdtechFota      *self,
                                MMTdtechFotaError  error);

/*****************************************************************************/
/* mm-tdtech-fota-lines.c: ^FOTASTATE lines, asked for or not, until they are processed */

void mm_tdtech_fota_lines_flush     (MMTdtechFota            *self);
void mm_tdtech_fota_lines_schedule  (MMTdtechFota            *self);
void mm_tdtech_fota_lines_feed      (MMTdtechFota            *self,
                                     MMTdtechFotaInputKind    kind,
                                     const MMTdtechFotastate *line);
void mm_tdtech_fota_lines_free_line (MMTdtechFotastate       *line);
void mm_tdtech_fota_lines_clear     (MMTdtechFota            *self);

/*****************************************************************************/
/* mm-tdtech-fota-timers.c: the phase's timer, the deadline, and the tick of what counts down */

void mm_tdtech_fota_timers_set      (MMTdtechFota             *self,
                                     const MMTdtechFotaOutput *output);
void mm_tdtech_fota_timers_set_tick (MMTdtechFota             *self);
void mm_tdtech_fota_timers_stop     (MMTdtechFota             *self);
/* Seconds */
guint  mm_tdtech_fota_timers_get_left_of_flash (MMTdtechFota *self,
                                                guint         seconds);
gint64 mm_tdtech_fota_timers_get_left_of_delay (MMTdtechFota *self);

/*****************************************************************************/
/* mm-tdtech-fota-properties.c */

void mm_tdtech_fota_properties_update (MMTdtechFota *self);

/*****************************************************************************/
/* mm-tdtech-fota-persistence.c: what of all this the record keeps */

void     mm_tdtech_fota_persistence_load               (MMTdtechFota  *self);
gboolean mm_tdtech_fota_persistence_save               (MMTdtechFota  *self);
void     mm_tdtech_fota_persistence_begin_transaction  (MMTdtechFota  *self,
                                                        const gchar   *transaction);
void     mm_tdtech_fota_persistence_forget_transaction (MMTdtechFota  *self);
void     mm_tdtech_fota_persistence_settle_server      (MMTdtechFota  *self,
                                                        gboolean       accepted);
void     mm_tdtech_fota_persistence_settle_restored_server (MMTdtechFota             *self,
                                                            const MMTdtechFotaOutput *output);
void     mm_tdtech_fota_persistence_keep_result        (MMTdtechFota  *self);
void     mm_tdtech_fota_persistence_keep_message       (MMTdtechFota  *self);
void     mm_tdtech_fota_replace_string                 (gchar        **to,
                                                        const gchar   *from);

/*****************************************************************************/
/* mm-tdtech-fota-events.c. The record lists events before they are emitted. */

void      mm_tdtech_fota_events_reserve        (MMTdtechFota             *self,
                                                const MMTdtechFotaOutput *output);
void      mm_tdtech_fota_events_emit           (MMTdtechFota             *self,
                                                const MMTdtechFotaOutput *output);
void      mm_tdtech_fota_events_replay_lost    (MMTdtechFota             *self);
GVariant *mm_tdtech_fota_events_build_sessions (MMTdtechFota             *self);

/*****************************************************************************/
/* mm-tdtech-fota-methods.c: methods, their authorization and their answers */

void mm_tdtech_fota_methods_send_answers (MMTdtechFota             *self,
                                          const MMTdtechFotaOutput *output);
void mm_tdtech_fota_methods_serve_early  (MMTdtechFota             *self);
void mm_tdtech_fota_methods_connect      (MMTdtechFota             *self);
void mm_tdtech_fota_methods_stop         (MMTdtechFota             *self);

/*****************************************************************************/
/* mm-tdtech-fota-conditions.c: registration, calls and bearers, which an upgrade may wait for */

void mm_tdtech_fota_conditions_watch (MMTdtechFota *self);
void mm_tdtech_fota_conditions_stop  (MMTdtechFota *self);

#endif /* MM_TDTECH_FOTA_PRIVATE_H */

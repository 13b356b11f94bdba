/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef SIM_LOG_H
#define SIM_LOG_H

#include <glib.h>
#include <json-glib/json-glib.h>

#include "sim-clock.h"

/* Records what happened: exchanges on the AT ports, events, violations. One log for all modules of
 * the process. */
typedef struct _SimLog SimLog;

typedef void (*SimLogFunc) (const gchar *line,
                            gpointer     user_data);

/* @transcript_path may be NULL */
SimLog    *sim_log_new              (SimClock     *clock,
                                     const gchar  *transcript_path,
                                     GError      **error);
void       sim_log_free             (SimLog       *self);

/* Details: triples of key, type and value, ended by NULL; "s" string, "i" gint64, "d" double, "b"
 * boolean */
void       sim_log_event            (SimLog       *self,
                                     guint         module,
                                     const gchar  *event,
                                     ...) G_GNUC_NULL_TERMINATED;
void       sim_log_violation        (SimLog       *self,
                                     guint         module,
                                     const gchar  *command,
                                     const gchar  *format,
                                     ...) G_GNUC_PRINTF (4, 5);

/* Records what a port sent in one write; only for the transcript */
void       sim_log_piece            (SimLog       *self,
                                     guint         module,
                                     const guint8 *data,
                                     gsize         length);

/* An exchange is a command line with its answer; the index counts all exchanges since the start */
guint64    sim_log_exchange_begin   (SimLog       *self,
                                     guint         module,
                                     const gchar  *command);
void       sim_log_exchange_end     (SimLog       *self,
                                     guint         module,
                                     guint64       index,
                                     const gchar  *answer);

/* Number of exchanges so far whose command matches: exactly, by its name up to '=' or '?', or a
 * pattern with '*'; AT may be omitted */
guint64    sim_log_count            (SimLog       *self,
                                     guint         module,
                                     const gchar  *pattern);
gboolean   sim_log_command_matches  (const gchar  *pattern,
                                     const gchar  *command);

JsonNode  *sim_log_get_transcript   (SimLog       *self,
                                     guint64       after);
JsonNode  *sim_log_get_violations   (SimLog       *self);
guint      sim_log_get_n_violations (SimLog       *self,
                                     guint         module);
guint64    sim_log_get_n_exchanges  (SimLog       *self);
void       sim_log_clear_violations (SimLog       *self);

/* Every event as a line of JSON */
guint      sim_log_subscribe        (SimLog       *self,
                                     SimLogFunc    func,
                                     gpointer      user_data);
void       sim_log_unsubscribe      (SimLog       *self,
                                     guint         id);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimLog, sim_log_free)

#endif /* SIM_LOG_H */

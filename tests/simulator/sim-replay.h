/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef SIM_REPLAY_H
#define SIM_REPLAY_H

#include <glib.h>

#include "sim-scenario.h"

/* A report of mmfota --record: the answers of a unit, with their times and pieces, and its
 * unsolicited lines. Commands that are not in the report, and the flash with its reboots, are
 * simulated. */
typedef struct _SimReplay SimReplay;

typedef struct {
    gdouble  delay;  /* seconds after the command was sent */
    GBytes  *data;
} SimReplayPiece;

typedef struct {
    gchar     *command;
    GPtrArray *answer;  /* of SimReplayPiece */
    GPtrArray *later;   /* unsolicited lines from then on, until another command that has an effect */
    gboolean   final;   /* the answer is complete */
} SimReplayExchange;

SimReplay *sim_replay_new           (const gchar  *path,
                                     GError      **error);
void       sim_replay_free          (SimReplay    *self);

/* The identity of the unit, for what is simulated */
gboolean   sim_replay_set_scenario  (SimReplay    *self,
                                     SimScenario  *scenario,
                                     GError      **error);

/* The n-th answer to this command, then always the last one; NULL: not in the report */
const SimReplayExchange *
           sim_replay_find          (SimReplay    *self,
                                     const gchar  *command);
/* The module boots, and starts over with the first answers; a download is resumed where it was */
void       sim_replay_restart       (SimReplay    *self);
/* Whether the simulator's handler must not see the command */
gboolean   sim_replay_is_fota       (const gchar  *command);
/* Whether lines of this kind come from the report and not from the simulator */
gboolean   sim_replay_owns_line     (SimReplay    *self,
                                     const gchar  *line);

/* Bytes were sent; returns the state of the last ^FOTASTATE in them, or NULL */
const gchar *
           sim_replay_told          (SimReplay    *self,
                                     const gchar  *text);

guint      sim_replay_get_n_known   (SimReplay    *self);
/* The commands, each once */
GPtrArray *sim_replay_get_unknown   (SimReplay    *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimReplay, sim_replay_free)

#endif /* SIM_REPLAY_H */

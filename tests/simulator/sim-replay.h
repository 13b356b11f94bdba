/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef SIM_REPLAY_H
#define SIM_REPLAY_H

#include <glib.h>

#include "sim-scenario.h"

/* A report of mmfota --record: what a unit said to each command, when and in which
 * pieces, and what it said by itself. What it was never asked, and the flash with its
 * reboots, are the simulator's. */
typedef struct _SimReplay SimReplay;

typedef struct {
    gdouble  delay;  /* seconds after the command was sent */
    GBytes  *data;
} SimReplayPiece;

typedef struct {
    gchar     *command;
    GPtrArray *answer;  /* of SimReplayPiece */
    GPtrArray *later;   /* what was said by itself then, until another command that does something */
    gboolean   final;   /* the answer came to its end */
} SimReplayExchange;

SimReplay *sim_replay_new           (const gchar  *path,
                                     GError      **error);
void       sim_replay_free          (SimReplay    *self);

/* What the unit is, so that what the simulator has to do fits to it */
gboolean   sim_replay_set_scenario  (SimReplay    *self,
                                     SimScenario  *scenario,
                                     GError      **error);

/* What it answered the n-th time to the n-th such command, and always what it answered last;
 * NULL: the report does not know */
const SimReplayExchange *
           sim_replay_find          (SimReplay    *self,
                                     const gchar  *command);
/* The module boots, and is asked all from the beginning; a download goes on where it was */
void       sim_replay_restart       (SimReplay    *self);
/* Whether the handler of the simulator is not to know of the command */
gboolean   sim_replay_is_fota       (const gchar  *command);
/* Whether lines of this kind are told by the report, and not by the simulator */
gboolean   sim_replay_owns_line     (SimReplay    *self,
                                     const gchar  *line);

/* What has gone out; returns the state of ^FOTASTATE that was told with it, or NULL */
const gchar *
           sim_replay_told          (SimReplay    *self,
                                     const gchar  *text);

guint      sim_replay_get_n_known   (SimReplay    *self);
/* Commands, each once */
GPtrArray *sim_replay_get_unknown   (SimReplay    *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimReplay, sim_replay_free)

#endif /* SIM_REPLAY_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef SIM_CONTROL_H
#define SIM_CONTROL_H

#include "sim-module.h"

/* The control socket: each line is a command, each reply a JSON object in a line. "@2 status" is
 * for the third module; without a number, a command is for the first. */
typedef struct _SimControl SimControl;

SimControl *sim_control_new     (const gchar  *path,
                                 GPtrArray    *modules,
                                 SimLog       *log,
                                 GMainLoop    *loop,
                                 GError      **error);
void        sim_control_free    (SimControl   *self);

/* Runs one command, without a socket. @subscribe: the client wants events. */
JsonObject *sim_control_execute (GPtrArray    *modules,
                                 SimLog       *log,
                                 GMainLoop    *loop,
                                 const gchar  *line,
                                 gboolean     *subscribe);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimControl, sim_control_free)

#endif /* SIM_CONTROL_H */

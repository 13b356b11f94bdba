/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef SERVER_RUN_H
#define SERVER_RUN_H

#include <glib.h>

/* Runs the command line; returns the exit status */
gint server_run (gint    *argc,
                 gchar ***argv);

#endif /* SERVER_RUN_H */

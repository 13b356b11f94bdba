/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef NOTIFY_RUN_H
#define NOTIFY_RUN_H

#include <gio/gio.h>

/* The agent's question, kept on the screen as it comes, changes and goes, and its
 * answer brought back. */
typedef struct _NotifyRun NotifyRun;

NotifyRun *notify_run_new  (GDBusConnection  *system,
                            GDBusConnection  *session,
                            GError          **error);
void       notify_run_free (NotifyRun        *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (NotifyRun, notify_run_free)

#endif /* NOTIFY_RUN_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef NOTIFY_RUN_H
#define NOTIFY_RUN_H

#include <gio/gio.h>

/* Shows the agent's question as it appears, changes and disappears, and returns the answer. */
typedef struct _NotifyRun NotifyRun;

NotifyRun *notify_run_new  (GDBusConnection  *system,
                            GDBusConnection  *session,
                            GError          **error);
void       notify_run_free (NotifyRun        *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (NotifyRun, notify_run_free)

#endif /* NOTIFY_RUN_H */

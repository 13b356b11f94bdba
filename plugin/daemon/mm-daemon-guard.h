/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MM_DAEMON_GUARD_H
#define MM_DAEMON_GUARD_H

#include <glib.h>

/* Whether the structures of the daemon that loads the plugin are those that this folder declares.
 * If not, logs one warning; nothing of the plugin may be used then. Call it before any of the
 * plugin's types is registered. */
gboolean mm_daemon_guard_check (void);

#endif /* MM_DAEMON_GUARD_H */

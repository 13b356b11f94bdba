/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MM_DAEMON_GUARD_H
#define MM_DAEMON_GUARD_H

#include <glib.h>

/* Whether the daemon that loads the plugin is laid out as the declarations of this
 * folder say. If not, tells so in one warning; nothing of the plugin may then be
 * used, and no type of its own may have been registered. */
gboolean mm_daemon_guard_check (void);

#endif /* MM_DAEMON_GUARD_H */

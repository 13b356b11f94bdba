/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MM_DAEMON_SLOT_H
#define MM_DAEMON_SLOT_H

#include <glib.h>

/* A place in one of the daemon's structures that this project neither fills nor
 * calls: only where it lies matters. */
typedef void (* MMDaemonSlot) (void);

#endif /* MM_DAEMON_SLOT_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MM_DAEMON_SLOT_H
#define MM_DAEMON_SLOT_H

#include <glib.h>

/* A function pointer in one of the daemon's structures that this project neither sets nor calls:
 * declared only for the offsets of the others. */
typedef void (* MMDaemonSlot) (void);

#endif /* MM_DAEMON_SLOT_H */

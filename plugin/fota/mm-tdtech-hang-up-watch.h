/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * Who hangs up on D-Bus: Bearer.Disconnect and Modem.Simple.Disconnect.
 *
 * A bearer that is paused for an upgrade is disconnected already: ModemManager answers such a
 * call itself, and the plugin's bearer is not asked. But the caller wants the session down,
 * also after the upgrade.
 */

#ifndef MM_TDTECH_HANG_UP_WATCH_H
#define MM_TDTECH_HANG_UP_WATCH_H

#include <gio/gio.h>

#include "mm-base-bearer.h"
#include "mm-base-modem.h"

#define MM_TYPE_TDTECH_HANG_UP_WATCH (mm_tdtech_hang_up_watch_get_type ())
G_DECLARE_FINAL_TYPE (MMTdtechHangUpWatch, mm_tdtech_hang_up_watch, MM, TDTECH_HANG_UP_WATCH, GObject)

/* @path: the bearer that is hung up, or NULL for all of them (not by NetworkManager, which does
 * so to clean up). Called after the caller was found to be authorized, and never once the watch
 * is disposed of. */
typedef void (* MMTdtechHangUpFunc) (const gchar *path,
                                     gpointer     user_data);

/* @modem is not kept alive */
MMTdtechHangUpWatch *mm_tdtech_hang_up_watch_new        (MMBaseModem         *modem,
                                                         MMTdtechHangUpFunc   func,
                                                         gpointer             user_data);
/* Watches @bearer, and Simple.Disconnect from the first one on. May be repeated. */
void                 mm_tdtech_hang_up_watch_add_bearer (MMTdtechHangUpWatch *self,
                                                         MMBaseBearer        *bearer);

#endif /* MM_TDTECH_HANG_UP_WATCH_H */

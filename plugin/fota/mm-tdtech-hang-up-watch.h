/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * Watches who hangs up on D-Bus: Bearer.Disconnect and Modem.Simple.Disconnect.
 *
 * A bearer that is paused for an upgrade is disconnected already, so ModemManager answers such a
 * call itself, without calling the plugin's bearer. But the caller wants the session down, also
 * after the upgrade.
 */

#ifndef MM_TDTECH_HANG_UP_WATCH_H
#define MM_TDTECH_HANG_UP_WATCH_H

#include <gio/gio.h>

#include "mm-base-bearer.h"
#include "mm-base-modem.h"

#define MM_TYPE_TDTECH_HANG_UP_WATCH (mm_tdtech_hang_up_watch_get_type ())
G_DECLARE_FINAL_TYPE (MMTdtechHangUpWatch, mm_tdtech_hang_up_watch, MM, TDTECH_HANG_UP_WATCH, GObject)

/* @path: the bearer, or NULL for all of them (not if NetworkManager disconnects them, to clean up).
 * Called after the caller was authorized, never after the watch was disposed of. */
typedef void (* MMTdtechHangUpFunc) (const gchar *path,
                                     gpointer     user_data);

/* @modem is not kept alive */
MMTdtechHangUpWatch *mm_tdtech_hang_up_watch_new        (MMBaseModem         *modem,
                                                         MMTdtechHangUpFunc   func,
                                                         gpointer             user_data);
/* Watches @bearer, and from the first bearer on Simple.Disconnect, Modem.DeleteBearer and Modem.Enable.
 * May be repeated. */
void                 mm_tdtech_hang_up_watch_add_bearer (MMTdtechHangUpWatch *self,
                                                         MMBaseBearer        *bearer);

#endif /* MM_TDTECH_HANG_UP_WATCH_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MM_AUTH_PROVIDER_H
#define MM_AUTH_PROVIDER_H

#include <gio/gio.h>

#include "mm-daemon-series.h"

/* Since 1.25.95 an interface of the modem authorizes; before, the modem itself. See
 * mm_daemon_base_modem_authorize (). */
#if MM_DAEMON_SERIES >= 12595

#define MM_TYPE_IFACE_AUTH mm_iface_auth_get_type ()
MM_DAEMON_OPTIONAL
G_DECLARE_INTERFACE (MMIfaceAuth, mm_iface_auth, MM, IFACE_AUTH, GObject)

MM_DAEMON_OPTIONAL
void     mm_iface_auth_authorize        (MMIfaceAuth            *self,
                                         GDBusMethodInvocation  *invocation,
                                         const gchar            *authorization,
                                         GAsyncReadyCallback     callback,
                                         gpointer                user_data);
MM_DAEMON_OPTIONAL
gboolean mm_iface_auth_authorize_finish (MMIfaceAuth            *self,
                                         GAsyncResult           *res,
                                         GError                **error);

#endif

#endif /* MM_AUTH_PROVIDER_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mm-auth-provider.h"
#include "mm-daemon-compat.h"

/*****************************************************************************/
/* Serial AT ports */

gchar *
mm_daemon_port_serial_at_command_finish (MMPortSerialAt  *port,
                                         GAsyncResult    *res,
                                         GError         **error)
{
#if MM_DAEMON_SERIES >= 12200
    return mm_port_serial_at_command_finish (port, res, error);
#else
    return g_strdup (mm_port_serial_at_command_finish (port, res, error));
#endif
}

#if MM_DAEMON_SERIES >= 12595
static void
keep_echo (gpointer    user_data,
           GByteArray *response)
{
}
#endif

void
mm_daemon_port_serial_at_set_response_parser (MMPortSerialAt                 *port,
                                              MMPortSerialAtResponseParserFn  fn,
                                              gpointer                        user_data,
                                              GDestroyNotify                  notify)
{
    g_object_set (port, MM_PORT_SERIAL_AT_REMOVE_ECHO, FALSE, NULL);
#if MM_DAEMON_SERIES >= 12595
    /* The port calls it without checking that property: it must exist, and keep the echo */
    mm_port_serial_at_set_response_parser (port, fn, keep_echo, user_data, notify);
#else
    mm_port_serial_at_set_response_parser (port, fn, user_data, notify);
#endif
}

/*****************************************************************************/
/* Modems */

gboolean
mm_daemon_base_modem_grab_port (MMBaseModem         *modem,
                                MMKernelDevice      *kernel_device,
                                gboolean             ignored,
                                MMPortType           ptype,
                                MMPortSerialAtFlag   at_pflags,
                                GError             **error)
{
#if MM_DAEMON_SERIES >= 12595
    return mm_base_modem_grab_port (modem, kernel_device, ignored ? MM_PORT_GROUP_IGNORED : MM_PORT_GROUP_USED,
                                    ptype, at_pflags, error);
#else
    return mm_base_modem_grab_port (modem, kernel_device, ignored ? MM_PORT_TYPE_IGNORED : ptype, at_pflags, error);
#endif
}

void
mm_daemon_base_modem_authorize (MMBaseModem           *modem,
                                GDBusMethodInvocation *invocation,
                                const gchar           *authorization,
                                GAsyncReadyCallback    callback,
                                gpointer               user_data)
{
#if MM_DAEMON_SERIES >= 12595
    mm_iface_auth_authorize (MM_IFACE_AUTH (modem), invocation, authorization, callback, user_data);
#else
    mm_base_modem_authorize (modem, invocation, authorization, callback, user_data);
#endif
}

gboolean
mm_daemon_base_modem_authorize_finish (MMBaseModem   *modem,
                                       GAsyncResult  *res,
                                       GError       **error)
{
#if MM_DAEMON_SERIES >= 12595
    return mm_iface_auth_authorize_finish (MM_IFACE_AUTH (modem), res, error);
#else
    return mm_base_modem_authorize_finish (modem, res, error);
#endif
}

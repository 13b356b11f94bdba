/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mm-daemon-compat.h"

void
mm_daemon_disconnect_all_bearers (MMBearerList        *list,
                                  GAsyncReadyCallback  callback,
                                  gpointer             user_data)
{
#if MM_DAEMON_SERIES >= 122
    mm_bearer_list_disconnect_bearers (list, NULL, callback, user_data);
#else
    mm_bearer_list_disconnect_all_bearers (list, callback, user_data);
#endif
}

gboolean
mm_daemon_disconnect_all_bearers_finish (MMBearerList  *list,
                                         GAsyncResult  *res,
                                         GError       **error)
{
#if MM_DAEMON_SERIES >= 122
    return mm_bearer_list_disconnect_bearers_finish (list, res, error);
#else
    return mm_bearer_list_disconnect_all_bearers_finish (list, res, error);
#endif
}

gchar *
mm_daemon_port_serial_at_command_finish (MMPortSerialAt  *port,
                                         GAsyncResult    *res,
                                         GError         **error)
{
#if MM_DAEMON_SERIES >= 122
    return mm_port_serial_at_command_finish (port, res, error);
#else
    return g_strdup (mm_port_serial_at_command_finish (port, res, error));
#endif
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mm-daemon-compat.h"

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

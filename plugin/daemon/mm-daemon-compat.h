/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MM_DAEMON_COMPAT_H
#define MM_DAEMON_COMPAT_H

#include "mm-port-serial-at.h"

/* What the series do under different names or with other owners */

/* The answer, to be freed; NULL if the command ended in an error */
gchar   *mm_daemon_port_serial_at_command_finish (MMPortSerialAt       *port,
                                                  GAsyncResult         *res,
                                                  GError              **error);

#endif /* MM_DAEMON_COMPAT_H */

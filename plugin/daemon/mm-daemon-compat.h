/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MM_DAEMON_COMPAT_H
#define MM_DAEMON_COMPAT_H

#include "mm-base-modem.h"
#include "mm-daemon-series.h"
#include "mm-port-serial-at.h"

/* What the series do under different names, with other arguments or other owners */

/* The answer, to be freed; NULL if the command ended in an error */
gchar   *mm_daemon_port_serial_at_command_finish      (MMPortSerialAt                  *port,
                                                       GAsyncResult                    *res,
                                                       GError                         **error);

/* @fn is given echoes, too */
void     mm_daemon_port_serial_at_set_response_parser (MMPortSerialAt                  *port,
                                                       MMPortSerialAtResponseParserFn   fn,
                                                       gpointer                         user_data,
                                                       GDestroyNotify                   notify);

/* @ignored: the modem knows the port and leaves it alone */
gboolean mm_daemon_base_modem_grab_port               (MMBaseModem                     *modem,
                                                       MMKernelDevice                  *kernel_device,
                                                       gboolean                         ignored,
                                                       MMPortType                       ptype,
                                                       MMPortSerialAtFlag               at_pflags,
                                                       GError                         **error);

/* @authorization: the action that polkit is asked for */
void     mm_daemon_base_modem_authorize               (MMBaseModem                     *modem,
                                                       GDBusMethodInvocation           *invocation,
                                                       const gchar                     *authorization,
                                                       GAsyncReadyCallback              callback,
                                                       gpointer                         user_data);
gboolean mm_daemon_base_modem_authorize_finish        (MMBaseModem                     *modem,
                                                       GAsyncResult                    *res,
                                                       GError                         **error);

#endif /* MM_DAEMON_COMPAT_H */

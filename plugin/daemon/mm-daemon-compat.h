/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MM_DAEMON_COMPAT_H
#define MM_DAEMON_COMPAT_H

#include "mm-base-bearer.h"
#include "mm-base-modem.h"
#include "mm-base-sim.h"
#include "mm-daemon-series.h"
#include "mm-port-serial-at.h"

/* Functions whose name, arguments or owner differ between the series */

/* The properties that make a bearer or a SIM one of @modem. Up to 1.24 it gets the modem's D-Bus
 * connection with MODEM; later series need BIND_TO, or it never appears on the bus. */
#if MM_DAEMON_SERIES >= 12595
# include "mm-bind.h"
#define MM_DAEMON_BEARER_OF(modem) MM_BASE_BEARER_MODEM, modem, MM_BIND_TO, modem
#define MM_DAEMON_SIM_OF(modem)    MM_BASE_SIM_MODEM, modem, MM_BIND_TO, modem
#else
#define MM_DAEMON_BEARER_OF(modem) MM_BASE_BEARER_MODEM, modem
#define MM_DAEMON_SIM_OF(modem)    MM_BASE_SIM_MODEM, modem
#endif

/* The answer, to be freed; NULL on error */
gchar   *mm_daemon_port_serial_at_command_finish      (MMPortSerialAt                  *port,
                                                       GAsyncResult                    *res,
                                                       GError                         **error);

/* @fn sees echoes, too */
void     mm_daemon_port_serial_at_set_response_parser (MMPortSerialAt                  *port,
                                                       MMPortSerialAtResponseParserFn   fn,
                                                       gpointer                         user_data,
                                                       GDestroyNotify                   notify);

/* @ignored: the port belongs to the modem, which does not use it */
gboolean mm_daemon_base_modem_grab_port               (MMBaseModem                     *modem,
                                                       MMKernelDevice                  *kernel_device,
                                                       gboolean                         ignored,
                                                       MMPortType                       ptype,
                                                       MMPortSerialAtFlag               at_pflags,
                                                       GError                         **error);

/* @authorization: the polkit action to check */
void     mm_daemon_base_modem_authorize               (MMBaseModem                     *modem,
                                                       GDBusMethodInvocation           *invocation,
                                                       const gchar                     *authorization,
                                                       GAsyncReadyCallback              callback,
                                                       gpointer                         user_data);
gboolean mm_daemon_base_modem_authorize_finish        (MMBaseModem                     *modem,
                                                       GAsyncResult                    *res,
                                                       GError                         **error);

#endif /* MM_DAEMON_COMPAT_H */

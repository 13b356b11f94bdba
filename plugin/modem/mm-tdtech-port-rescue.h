/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * A module that accepts AT+CMGS but sends no prompt takes everything after it for the text of the
 * message, until ESC (seen). After ten commands without an answer ModemManager drops the port, and
 * with it the modem.
 */

#ifndef MM_TDTECH_PORT_RESCUE_H
#define MM_TDTECH_PORT_RESCUE_H

#include "mm-base-modem.h"
#include "mm-port-serial-at.h"

/* Ends a text that @port may be waiting for; @n_timeouts: commands in a row without an answer */
void mm_tdtech_port_rescue (MMBaseModem    *modem,
                            MMPortSerialAt *port,
                            guint           n_timeouts);

#endif /* MM_TDTECH_PORT_RESCUE_H */

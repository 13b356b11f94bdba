/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * A module that takes AT+CMGS without a prompt swallows all that comes afterwards, until
 * ESC (seen). After ten commands without an answer ModemManager gives the port up, and
 * the modem with it.
 */

#ifndef MM_TDTECH_PORT_RESCUE_H
#define MM_TDTECH_PORT_RESCUE_H

#include "mm-base-modem.h"
#include "mm-port-serial-at.h"

/* Frees @port, where so many commands in a row went unanswered */
void mm_tdtech_port_rescue (MMBaseModem    *modem,
                            MMPortSerialAt *port,
                            guint           n_timeouts);

#endif /* MM_TDTECH_PORT_RESCUE_H */

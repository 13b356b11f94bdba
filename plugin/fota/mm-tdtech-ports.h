/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MM_TDTECH_PORTS_H
#define MM_TDTECH_PORTS_H

#include "mm-base-modem.h"

/* Whether the modem has a port of this type, connected or not */
gboolean mm_tdtech_has_port      (MMBaseModem *modem,
                                  MMPortType   type);
/* Whether data sessions are dialled by ^NDISDUP; QMI and MBIM have their own bearers */
gboolean mm_tdtech_has_ndis      (MMBaseModem *modem);
/* Whether data can use USB: a network port, or a port for PPP */
gboolean mm_tdtech_has_data_port (MMBaseModem *modem);

#endif /* MM_TDTECH_PORTS_H */

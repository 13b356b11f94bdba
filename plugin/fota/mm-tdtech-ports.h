/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MM_TDTECH_PORTS_H
#define MM_TDTECH_PORTS_H

#include "mm-base-modem.h"

/* Whether the modem has such a port, connected or not */
gboolean mm_tdtech_has_port      (MMBaseModem *modem,
                                  MMPortType   type);
/* Whether the module's data sessions are ^NDISDUP's: units with QMI or MBIM have their bearers */
gboolean mm_tdtech_has_ndis      (MMBaseModem *modem);
/* Whether data can go over USB at all: over a network port, or over one for PPP */
gboolean mm_tdtech_has_data_port (MMBaseModem *modem);

#endif /* MM_TDTECH_PORTS_H */

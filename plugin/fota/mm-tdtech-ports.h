/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MM_TDTECH_PORTS_H
#define MM_TDTECH_PORTS_H

#include "mm-base-modem.h"

/* Whether the modem has such a port, connected or not */
gboolean mm_tdtech_has_port (MMBaseModem *modem,
                             MMPortType   type);

#endif /* MM_TDTECH_PORTS_H */

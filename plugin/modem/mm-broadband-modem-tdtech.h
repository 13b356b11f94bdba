/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MM_BROADBAND_MODEM_TDTECH_H
#define MM_BROADBAND_MODEM_TDTECH_H

#include "mm-broadband-modem.h"
#include "mm-tdtech-at.h"

#define MM_TYPE_BROADBAND_MODEM_TDTECH mm_broadband_modem_tdtech_get_type ()
G_DECLARE_FINAL_TYPE (MMBroadbandModemTdtech, mm_broadband_modem_tdtech, MM, BROADBAND_MODEM_TDTECH, MMBroadbandModem)

/* Takes what probing learned, so that it is not queried again */
void mm_broadband_modem_tdtech_take_identity (MMBroadbandModemTdtech *self,
                                              MMTdtechIdentity       *identity);

#endif /* MM_BROADBAND_MODEM_TDTECH_H */

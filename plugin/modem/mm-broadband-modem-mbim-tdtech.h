/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MM_BROADBAND_MODEM_MBIM_TDTECH_H
#define MM_BROADBAND_MODEM_MBIM_TDTECH_H

#include "mm-broadband-modem-mbim.h"

#define MM_TYPE_BROADBAND_MODEM_MBIM_TDTECH mm_broadband_modem_mbim_tdtech_get_type ()
G_DECLARE_FINAL_TYPE (MMBroadbandModemMbimTdtech, mm_broadband_modem_mbim_tdtech, MM, BROADBAND_MODEM_MBIM_TDTECH, MMBroadbandModemMbim)

#endif /* MM_BROADBAND_MODEM_MBIM_TDTECH_H */

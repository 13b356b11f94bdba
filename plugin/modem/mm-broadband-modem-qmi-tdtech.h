/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MM_BROADBAND_MODEM_QMI_TDTECH_H
#define MM_BROADBAND_MODEM_QMI_TDTECH_H

#include "mm-broadband-modem-qmi.h"

#define MM_TYPE_BROADBAND_MODEM_QMI_TDTECH mm_broadband_modem_qmi_tdtech_get_type ()
G_DECLARE_FINAL_TYPE (MMBroadbandModemQmiTdtech, mm_broadband_modem_qmi_tdtech, MM, BROADBAND_MODEM_QMI_TDTECH, MMBroadbandModemQmi)

#endif /* MM_BROADBAND_MODEM_QMI_TDTECH_H */

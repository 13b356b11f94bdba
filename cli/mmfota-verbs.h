/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_VERBS_H
#define MMFOTA_VERBS_H

#include "mmfota-modem.h"
#include "mmfota-options.h"

/* Each runs a verb to its end, prints what there is to print, and returns the
 * exit status. Errors that nobody has printed yet come back in @error. */
MmfotaExit mmfota_list_run    (MMManager            *manager,
                               const MmfotaOptions  *options,
                               GError              **error);
MmfotaExit mmfota_status_run  (MmfotaModem          *modem,
                               const MmfotaOptions  *options,
                               GError              **error);
/* --check, --download, --resume, --upgrade, --update, --cancel */
MmfotaExit mmfota_verbs_run   (MmfotaModem          *modem,
                               const MmfotaOptions  *options,
                               GError              **error);
MmfotaExit mmfota_monitor_run (MmfotaModem          *modem,
                               const MmfotaOptions  *options,
                               GError              **error);
MmfotaExit mmfota_events_run  (MmfotaModem          *modem,
                               const MmfotaOptions  *options,
                               GError              **error);

/* What can be refused before ModemManager is asked anything. */
gboolean   mmfota_verbs_may_ask (const MmfotaOptions  *options,
                                 GError              **error);

#endif /* MMFOTA_VERBS_H */

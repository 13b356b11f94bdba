/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * A data session dialled by ^NDISDUP on the network port. Without a network port (PPP mode) it is
 * dialled by ModemManager's generic bearer.
 */

#ifndef MM_BROADBAND_BEARER_TDTECH_H
#define MM_BROADBAND_BEARER_TDTECH_H

#include "mm-broadband-bearer.h"

#include "mm-tdtech-at.h"

#define MM_TYPE_BROADBAND_BEARER_TDTECH mm_broadband_bearer_tdtech_get_type ()
G_DECLARE_FINAL_TYPE (MMBroadbandBearerTdtech, mm_broadband_bearer_tdtech, MM, BROADBAND_BEARER_TDTECH, MMBroadbandBearer)

/* Whether the AT commands can carry APN, user and password */
gboolean      mm_broadband_bearer_tdtech_check_config (MMBearerProperties    *config,
                                                       GError               **error);

void          mm_broadband_bearer_tdtech_new          (MMBroadbandModem      *modem,
                                                       MMBearerProperties    *config,
                                                       GCancellable          *cancellable,
                                                       GAsyncReadyCallback    callback,
                                                       gpointer               user_data);
MMBaseBearer *mm_broadband_bearer_tdtech_new_finish   (GAsyncResult          *res,
                                                       GError               **error);

/* A ^NDISSTAT line, of any session */
void mm_broadband_bearer_tdtech_report_ndisstat (MMBroadbandBearerTdtech *self,
                                                 const MMTdtechNdisstat  *ndisstat);
/* A session ended: check whether it was this one */
void mm_broadband_bearer_tdtech_check           (MMBroadbandBearerTdtech *self);

#endif /* MM_BROADBAND_BEARER_TDTECH_H */

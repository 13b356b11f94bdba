/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * A data session by ^NDISDUP on the network port. Without a network port (PPP mode)
 * it dials as ModemManager does.
 */

#ifndef MM_BROADBAND_BEARER_TDTECH_H
#define MM_BROADBAND_BEARER_TDTECH_H

#include "mm-broadband-bearer.h"

#include "mm-tdtech-at.h"

#define MM_TYPE_BROADBAND_BEARER_TDTECH mm_broadband_bearer_tdtech_get_type ()
G_DECLARE_FINAL_TYPE (MMBroadbandBearerTdtech, mm_broadband_bearer_tdtech, MM, BROADBAND_BEARER_TDTECH, MMBroadbandBearer)

/* Whether the module can be given all of it */
gboolean      mm_broadband_bearer_tdtech_check_config (MMBearerProperties    *config,
                                                       GError               **error);

void          mm_broadband_bearer_tdtech_new          (MMBroadbandModem      *modem,
                                                       MMBearerProperties    *config,
                                                       GCancellable          *cancellable,
                                                       GAsyncReadyCallback    callback,
                                                       gpointer               user_data);
MMBaseBearer *mm_broadband_bearer_tdtech_new_finish   (GAsyncResult          *res,
                                                       GError               **error);

/* A ^NDISSTAT line, of whichever session */
void mm_broadband_bearer_tdtech_report_ndisstat (MMBroadbandBearerTdtech *self,
                                                 const MMTdtechNdisstat  *ndisstat);
/* A session ended: check whether it was this one */
void mm_broadband_bearer_tdtech_check           (MMBroadbandBearerTdtech *self);

#endif /* MM_BROADBAND_BEARER_TDTECH_H */

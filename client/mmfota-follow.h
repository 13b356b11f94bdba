/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_FOLLOW_H
#define MMFOTA_FOLLOW_H

#include "mmfota-modem.h"

/*
 * Follows a transaction to its result, across the module's reboot and restarts of ModemManager.
 * Start it before the verb is sent: then it cannot miss a result that precedes the reply.
 */
typedef struct _MmfotaFollow MmfotaFollow;

/* Called once: with the contents of Result (or of the events, instead), or with an error:
 * DeviceLost, or an unknown transaction */
typedef void (* MmfotaFollowDone) (GVariant     *result,
                                   const GError *error,
                                   gpointer      user_data);

/* @success: the kind of event that means success for this transaction. @lost_after: seconds that an
 * upgrading module may be away; otherwise, the modem and ModemManager may be away for three minutes
 * of them at most. */
MmfotaFollow *mmfota_follow_new      (MmfotaModem      *modem,
                                      const gchar      *transaction,
                                      guint             success,
                                      guint             lost_after,
                                      MmfotaFollowDone  done,
                                      gpointer          user_data);

/* The verb was accepted, or may have been: from now on the result is reported, and an unknown
 * transaction is an error */
void          mmfota_follow_answered (MmfotaFollow *self);
/* An earlier process sent the verb when @event was the latest one: the result may be among the
 * events since then */
void          mmfota_follow_look_back (MmfotaFollow    *self,
                                       guint64          event);
void          mmfota_follow_free     (MmfotaFollow *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmfotaFollow, mmfota_follow_free)

#endif /* MMFOTA_FOLLOW_H */

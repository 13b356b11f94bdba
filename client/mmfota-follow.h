/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_FOLLOW_H
#define MMFOTA_FOLLOW_H

#include "mmfota-modem.h"

/*
 * Follows a transaction to its result, over the module's reboot and
 * ModemManager's restart. Begun before the verb is sent, it cannot miss a result
 * that is there before the reply.
 */
typedef struct _MmfotaFollow MmfotaFollow;

/* Called once, with the contents of Result (or what the events tell of it), or
 * with an error: DeviceLost, or a transaction that nobody remembers. */
typedef void (* MmfotaFollowDone) (GVariant     *result,
                                   const GError *error,
                                   gpointer      user_data);

/* @success: the kind of event that tells the success of such a transaction.
 * @lost_after: seconds that an upgrading module may stay away; any other, and
 * ModemManager, at most three minutes of them. */
MmfotaFollow *mmfota_follow_new      (MmfotaModem      *modem,
                                      const gchar      *transaction,
                                      guint             success,
                                      guint             lost_after,
                                      MmfotaFollowDone  done,
                                      gpointer          user_data);

/* The verb has been accepted, or may have been: from now on the result is
 * reported, and the lack of any trace of the transaction is an error. */
void          mmfota_follow_answered (MmfotaFollow *self);
/* The verb was sent when @event was the newest, by a process that is no more: its
 * end may be among the events since. */
void          mmfota_follow_look_back (MmfotaFollow    *self,
                                       guint64          event);
void          mmfota_follow_free     (MmfotaFollow *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmfotaFollow, mmfota_follow_free)

#endif /* MMFOTA_FOLLOW_H */

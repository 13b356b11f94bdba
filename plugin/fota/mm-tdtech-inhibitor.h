/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * systemd-logind block inhibitors ("sleep:shutdown") held for modules that flash.
 * They outlive the modem objects, which come and go with the module's reboots:
 * they are kept by key (see MMTdtechFotaRecord) in the process.
 */

#ifndef MM_TDTECH_INHIBITOR_H
#define MM_TDTECH_INHIBITOR_H

#include <gio/gio.h>

/* How long logind may take to answer, and how long an inhibitor is held */
#define MM_TDTECH_INHIBITOR_ANSWER_MSEC (3 * 1000)
#define MM_TDTECH_INHIBITOR_EXPIRY_MSEC (30 * 60 * 1000)

/* Completes within a few seconds in any case: a missing logind or bus, or a refusal, does not
 * stop an upgrade. A second call for the same key shares the lock and starts its time again.
 * @cancellable cancels the answer only: a lock that was taken is held until it is released. */
void mm_tdtech_inhibitor_take        (const gchar         *key,
                                      GCancellable        *cancellable,
                                      GAsyncReadyCallback  callback,
                                      gpointer             user_data);
/* TRUE if sleep and shutdown are blocked */
gboolean mm_tdtech_inhibitor_take_finish (GAsyncResult  *res,
                                          GError       **error);
/* Also by itself, 30 minutes after it was last taken: a module that never comes
 * back must not keep the machine awake for good. */
void mm_tdtech_inhibitor_release     (const gchar         *key);

#endif /* MM_TDTECH_INHIBITOR_H */

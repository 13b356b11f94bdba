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

/* Completes in any case within a few seconds: no logind, no bus, a refusal are
 * not errors that an upgrade would stop for. Taking it twice is taking it once. */
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

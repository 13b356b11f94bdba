/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * The AT port from the moment it is on USB until its answers can be trusted.
 *
 * The module is on USB before it takes commands, may have been left in the data state by
 * an earlier dial, and may still owe answers to commands of a daemon that died meanwhile,
 * or to what it was asked while it booted: each later answer would be taken for the next
 * command's.
 */

#ifndef MM_TDTECH_WAKE_UP_H
#define MM_TDTECH_WAKE_UP_H

#include <gio/gio.h>

#include "mm-port-probe.h"
#include "mm-port-serial-at.h"
#include "mm-tdtech-at.h"

/* Two minutes of silence at most. Fails only if cancelled: what a port is that tells
 * nothing, ModemManager's own probing finds out. */
void              mm_tdtech_wake_up                (MMPortProbe          *probe,
                                                    MMPortSerialAt       *port,
                                                    GCancellable         *cancellable,
                                                    GAsyncReadyCallback   callback,
                                                    gpointer              user_data);
gboolean          mm_tdtech_wake_up_finish         (MMPortProbe          *probe,
                                                    GAsyncResult         *res,
                                                    GError              **error);

/* What the module told, once; NULL if it did not. To be freed with
 * mm_tdtech_identity_free (). */
MMTdtechIdentity *mm_tdtech_wake_up_steal_identity (MMPortProbe          *probe);

#endif /* MM_TDTECH_WAKE_UP_H */

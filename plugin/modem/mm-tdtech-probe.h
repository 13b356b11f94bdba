/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * Probes the AT port until its answers can be trusted.
 *
 * The module is on USB before it accepts commands, may be left in the data state by an earlier
 * dial, and may still owe answers to a daemon that died or to commands sent while it booted, which
 * would be taken for the answers to later commands.
 */

#ifndef MM_TDTECH_PROBE_H
#define MM_TDTECH_PROBE_H

#include <gio/gio.h>

#include "mm-port-probe.h"
#include "mm-port-serial-at.h"
#include "mm-tdtech-at.h"

/* Takes at most two minutes if the port is silent. Fails only if cancelled: a silent port is left to
 * ModemManager's own probing. */
void              mm_tdtech_probe                (MMPortProbe          *probe,
                                                  MMPortSerialAt       *port,
                                                  GCancellable         *cancellable,
                                                  GAsyncReadyCallback   callback,
                                                  gpointer              user_data);
gboolean          mm_tdtech_probe_finish         (MMPortProbe          *probe,
                                                  GAsyncResult         *res,
                                                  GError              **error);

/* What the module reported; NULL if it did not, and on later calls. Free with
 * mm_tdtech_identity_free (). */
MMTdtechIdentity *mm_tdtech_probe_steal_identity (MMPortProbe          *probe);

#endif /* MM_TDTECH_PROBE_H */

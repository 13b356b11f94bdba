/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * Pauses and restores the data path for an upgrade: bearers, the module's auto-dial, and sessions
 * without a bearer. Each is recorded before it is taken down.
 */

#ifndef MM_TDTECH_DATA_PAUSE_H
#define MM_TDTECH_DATA_PAUSE_H

#include <gio/gio.h>

#include "mm-base-modem.h"
#include "mm-tdtech-fota-record.h"

#define MM_TYPE_TDTECH_DATA_PAUSE (mm_tdtech_data_pause_get_type ())
G_DECLARE_FINAL_TYPE (MMTdtechDataPause, mm_tdtech_data_pause, MM, TDTECH_DATA_PAUSE, GObject)

/* @modem owns the result, which does not keep it alive */
MMTdtechDataPause *mm_tdtech_data_pause_new            (MMBaseModem          *modem,
                                                        MMTdtechFotaRecord   *record);

/* No bearer of the modem can connect while the data path is held */
void               mm_tdtech_data_pause_hold           (MMTdtechDataPause    *self);
/* For a modem that is gone: operations in progress must not write the record any more */
void               mm_tdtech_data_pause_abandon        (MMTdtechDataPause    *self);
gboolean           mm_tdtech_data_pause_is_held        (MMTdtechDataPause    *self);
/* Whether the module dials by ^NDISDUP, and so can list its sessions; in QMI or MBIM mode it may not */
gboolean           mm_tdtech_data_pause_has_ndis       (MMTdtechDataPause    *self);
/* Whether a bearer is connected or still going down */
gboolean           mm_tdtech_data_pause_any_bearer_up  (MMTdtechDataPause    *self);

/* Holds the data path, switches auto-dial off, disconnects the bearers and verifies that they
 * are down. May be repeated. @blockers: what could not be paused, MMTdtechFotaBlocker. */
void               mm_tdtech_data_pause_pause          (MMTdtechDataPause    *self,
                                                        GAsyncReadyCallback   callback,
                                                        gpointer              user_data);
gboolean           mm_tdtech_data_pause_pause_finish   (MMTdtechDataPause    *self,
                                                        GAsyncResult         *res,
                                                        guint                *blockers,
                                                        GError              **error);

/* Releases the data path and restores auto-dial; also the sessions that were up, unless the
 * module was flashed: then the connection manager reconnects. */
void               mm_tdtech_data_pause_restore        (MMTdtechDataPause    *self,
                                                        gboolean              flashed,
                                                        GAsyncReadyCallback   callback,
                                                        gpointer              user_data);
gboolean           mm_tdtech_data_pause_restore_finish (MMTdtechDataPause    *self,
                                                        GAsyncResult         *res,
                                                        GError              **error);

#endif /* MM_TDTECH_DATA_PAUSE_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_STATUS_H
#define MMFOTA_STATUS_H

#include <json-glib/json-glib.h>

#include "mmfota-modem.h"

/* {"modem": {"path": …, "fota": {…}}}. Without @fota, because the modem is not
 * on the bus, "fota" is null; without a path "modem" is. */
JsonObject *mmfota_status_to_tree    (const MmfotaIdentity *identity,
                                      MmGdbusModemFota     *fota);

/* The same for people: tables, mmcli's way. @message: that of the result in the
 * caller's own words, NULL for the daemon's. */
gchar      *mmfota_status_to_text    (const MmfotaIdentity *identity,
                                      MmGdbusModemFota     *fota,
                                      const gchar          *message);

/* The firmware server of last time, NULL if there has been none. */
gchar      *mmfota_status_dup_server (MmGdbusModemFota     *fota);

/* One line; @progress: how far a download is, too. */
gchar      *mmfota_status_to_line    (MmGdbusModemFota     *fota,
                                      gboolean              progress);

#endif /* MMFOTA_STATUS_H */

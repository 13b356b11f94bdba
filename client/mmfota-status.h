/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_STATUS_H
#define MMFOTA_STATUS_H

#include <json-glib/json-glib.h>

#include "mmfota-modem.h"

/* {"modem": {"path": …, "fota": {…}}}. "fota" is null without @fota, when the modem is not on the
 * bus; "modem" is null without a path. */
JsonObject *mmfota_status_to_tree    (const MmfotaIdentity *identity,
                                      MmGdbusModemFota     *fota);

/* The same for people: tables as mmcli prints them. @message: that of the result in the caller's
 * own terms, NULL for the daemon's. */
gchar      *mmfota_status_to_text    (const MmfotaIdentity *identity,
                                      MmGdbusModemFota     *fota,
                                      const gchar          *message);

/* The last firmware server used; NULL if there was none */
gchar      *mmfota_status_dup_server (MmGdbusModemFota     *fota);

/* One line. @progress: with the progress of a download */
gchar      *mmfota_status_to_line    (MmGdbusModemFota     *fota,
                                      gboolean              progress);

#endif /* MMFOTA_STATUS_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_STATUS_H
#define MMFOTA_STATUS_H

#include <json-glib/json-glib.h>

#include "mm-gdbus-fota.h"

/* {"modem": {"path": …, "fota": {…}}}. Without @fota, because the modem is not
 * on the bus, "fota" is null; without @path "modem" is. */
JsonObject *mmfota_status_to_tree (const gchar      *path,
                                   MmGdbusModemFota *fota);

/* The same for people: tables, mmcli's way. */
gchar      *mmfota_status_to_text (const gchar      *path,
                                   MmGdbusModemFota *fota);

/* One line, for --monitor. */
gchar      *mmfota_status_to_line (MmGdbusModemFota *fota);

#endif /* MMFOTA_STATUS_H */

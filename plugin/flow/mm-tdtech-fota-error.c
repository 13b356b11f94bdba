/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mm-tdtech-fota-error.h"
#include "mm-tdtech-fota-enums.h"

#define FOTA_NAME(name) MM_TDTECH_FOTA_DBUS_ERROR_PREFIX name
#define CORE_NAME(name) "org.freedesktop.ModemManager1.Error.Core." name

static const gchar *const names[MM_TDTECH_FOTA_ERROR_LAST] = {
    [MM_TDTECH_FOTA_ERROR_NONE]                    = "",
    [MM_TDTECH_FOTA_ERROR_SERVER_UNREACHABLE]      = FOTA_NAME ("ServerUnreachable"),
    [MM_TDTECH_FOTA_ERROR_FILES_UNAVAILABLE]       = FOTA_NAME ("FilesUnavailable"),
    [MM_TDTECH_FOTA_ERROR_QUERY_FAILED]            = FOTA_NAME ("QueryFailed"),
    [MM_TDTECH_FOTA_ERROR_SILENTLY_ENDED]          = FOTA_NAME ("SilentlyEnded"),
    [MM_TDTECH_FOTA_ERROR_DOWNLOAD_FAILED]         = FOTA_NAME ("DownloadFailed"),
    [MM_TDTECH_FOTA_ERROR_DOWNLOAD_SUSPENDED]      = FOTA_NAME ("DownloadSuspended"),
    [MM_TDTECH_FOTA_ERROR_OTHER_VERSION_OFFERED]   = FOTA_NAME ("OtherVersionOffered"),
    [MM_TDTECH_FOTA_ERROR_CONDITIONS_NOT_MET]      = FOTA_NAME ("ConditionsNotMet"),
    [MM_TDTECH_FOTA_ERROR_REFUSED]                 = FOTA_NAME ("Refused"),
    [MM_TDTECH_FOTA_ERROR_UPGRADE_FAILED]          = FOTA_NAME ("UpgradeFailed"),
    [MM_TDTECH_FOTA_ERROR_VERSION_UNCHANGED]       = FOTA_NAME ("VersionUnchanged"),
    [MM_TDTECH_FOTA_ERROR_OTHER_VERSION_INSTALLED] = FOTA_NAME ("OtherVersionInstalled"),
    [MM_TDTECH_FOTA_ERROR_DEVICE_LOST]             = FOTA_NAME ("DeviceLost"),
    [MM_TDTECH_FOTA_ERROR_IN_PROGRESS]             = CORE_NAME ("InProgress"),
    [MM_TDTECH_FOTA_ERROR_WRONG_STATE]             = CORE_NAME ("WrongState"),
    [MM_TDTECH_FOTA_ERROR_CANCELLED]               = CORE_NAME ("Cancelled"),
    [MM_TDTECH_FOTA_ERROR_TIMEOUT]                 = CORE_NAME ("Timeout"),
    [MM_TDTECH_FOTA_ERROR_ABORTED]                 = CORE_NAME ("Aborted"),
    [MM_TDTECH_FOTA_ERROR_FAILED]                  = CORE_NAME ("Failed"),
};

const gchar *
mm_tdtech_fota_error_get_name (MMTdtechFotaError code)
{
    g_return_val_if_fail (code < MM_TDTECH_FOTA_ERROR_LAST, "");

    return names[code];
}

MMTdtechFotaError
mm_tdtech_fota_error_from_name (const gchar *name)
{
    guint i;

    for (i = MM_TDTECH_FOTA_ERROR_NONE + 1; i < MM_TDTECH_FOTA_ERROR_LAST; i++) {
        if (g_strcmp0 (names[i], name) == 0)
            return (MMTdtechFotaError) i;
    }
    return MM_TDTECH_FOTA_ERROR_NONE;
}

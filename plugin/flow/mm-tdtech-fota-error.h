/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * The ways in which a verb or a transaction can fail. Pure.
 */

#ifndef MM_TDTECH_FOTA_ERROR_H
#define MM_TDTECH_FOTA_ERROR_H

#include <glib.h>

/* The first ones are com.td_tech.ModemManager1.Error.Fota.*, the others
 * ModemManager's own core errors (of which 1.20's libmm-glib lacks Timeout, so that
 * names, not GError codes, are what is sent). */
typedef enum {
    MM_TDTECH_FOTA_ERROR_NONE,
    MM_TDTECH_FOTA_ERROR_SERVER_UNREACHABLE,      /* 13,13 */
    MM_TDTECH_FOTA_ERROR_FILES_UNAVAILABLE,       /* 13,51 */
    MM_TDTECH_FOTA_ERROR_QUERY_FAILED,            /* 13,n */
    MM_TDTECH_FOTA_ERROR_SILENTLY_ENDED,
    MM_TDTECH_FOTA_ERROR_DOWNLOAD_FAILED,         /* 20 */
    MM_TDTECH_FOTA_ERROR_DOWNLOAD_SUSPENDED,      /* 31 */
    MM_TDTECH_FOTA_ERROR_OTHER_VERSION_OFFERED,
    MM_TDTECH_FOTA_ERROR_CONDITIONS_NOT_MET,
    MM_TDTECH_FOTA_ERROR_REFUSED,
    MM_TDTECH_FOTA_ERROR_UPGRADE_FAILED,          /* 70, 80 */
    MM_TDTECH_FOTA_ERROR_VERSION_UNCHANGED,
    MM_TDTECH_FOTA_ERROR_OTHER_VERSION_INSTALLED,
    MM_TDTECH_FOTA_ERROR_DEVICE_LOST,
    MM_TDTECH_FOTA_ERROR_IN_PROGRESS,
    MM_TDTECH_FOTA_ERROR_WRONG_STATE,
    MM_TDTECH_FOTA_ERROR_CANCELLED,
    MM_TDTECH_FOTA_ERROR_TIMEOUT,
    MM_TDTECH_FOTA_ERROR_ABORTED,
    MM_TDTECH_FOTA_ERROR_FAILED,
    MM_TDTECH_FOTA_ERROR_LAST
} MMTdtechFotaError;

/* Full D-Bus error name; "" for NONE */
const gchar       *mm_tdtech_fota_error_get_name  (MMTdtechFotaError  code);
/* NONE for a name that is not one of ours */
MMTdtechFotaError  mm_tdtech_fota_error_from_name (const gchar       *name);

#endif /* MM_TDTECH_FOTA_ERROR_H */

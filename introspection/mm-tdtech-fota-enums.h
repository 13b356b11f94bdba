/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * The numbers of the com.td_tech.ModemManager1.Modem.Fota interface. They are
 * contract: values are appended, never changed.
 */

#ifndef MM_TDTECH_FOTA_ENUMS_H
#define MM_TDTECH_FOTA_ENUMS_H

#define MM_TDTECH_FOTA_DBUS_INTERFACE "com.td_tech.ModemManager1.Modem.Fota"
#define MM_TDTECH_FOTA_DBUS_ERROR_PREFIX "com.td_tech.ModemManager1.Error.Fota."

#define MM_TDTECH_FOTA_AUTHORIZATION_CHECK     "com.td_tech.ModemManager1.Fota.check"
#define MM_TDTECH_FOTA_AUTHORIZATION_DOWNLOAD  "com.td_tech.ModemManager1.Fota.download"
#define MM_TDTECH_FOTA_AUTHORIZATION_UPGRADE   "com.td_tech.ModemManager1.Fota.upgrade"
#define MM_TDTECH_FOTA_AUTHORIZATION_DOWNGRADE "com.td_tech.ModemManager1.Fota.downgrade"

/* Longest PEM file that the options "tls-ca", "tls-certificate" and "tls-key" take, in bytes */
#define MM_TDTECH_PEM_MAX 65536

/* Percent and ExpectedSeconds while nothing is known */
#define MM_TDTECH_FOTA_UNKNOWN 0xFFFFFFFFu

/* Property State */
typedef enum {
    MM_TDTECH_FOTA_STATE_UNKNOWN      = 0,
    MM_TDTECH_FOTA_STATE_IDLE         = 1,
    MM_TDTECH_FOTA_STATE_CHECKING     = 2,
    MM_TDTECH_FOTA_STATE_AVAILABLE    = 3,
    MM_TDTECH_FOTA_STATE_DOWNLOADING  = 4,
    MM_TDTECH_FOTA_STATE_SUSPENDED    = 5,
    MM_TDTECH_FOTA_STATE_DOWNLOADED   = 6,
    MM_TDTECH_FOTA_STATE_WAITING      = 7,
    MM_TDTECH_FOTA_STATE_PAUSING_DATA = 8,
    MM_TDTECH_FOTA_STATE_UPGRADING    = 9,
    MM_TDTECH_FOTA_STATE_VERIFYING    = 10,
} MMTdtechFotaState;

/* Property Blockers, flags */
typedef enum {
    MM_TDTECH_FOTA_BLOCKER_NONE           = 0,
    MM_TDTECH_FOTA_BLOCKER_NOT_REGISTERED = 1 << 0,
    MM_TDTECH_FOTA_BLOCKER_ROAMING        = 1 << 1,
    MM_TDTECH_FOTA_BLOCKER_CALL           = 1 << 2,
    MM_TDTECH_FOTA_BLOCKER_DATA           = 1 << 3,
    MM_TDTECH_FOTA_BLOCKER_AUTO_DIAL      = 1 << 4,
    MM_TDTECH_FOTA_BLOCKER_REFUSED        = 1 << 5,
} MMTdtechFotaBlocker;

/* Property Result, key "outcome" */
typedef enum {
    MM_TDTECH_FOTA_OUTCOME_NONE          = 0,
    MM_TDTECH_FOTA_OUTCOME_SUCCEEDED     = 1,
    MM_TDTECH_FOTA_OUTCOME_FAILED        = 2,
    MM_TDTECH_FOTA_OUTCOME_CANCELLED     = 3,
    MM_TDTECH_FOTA_OUTCOME_NOTHING_NEWER = 4,
} MMTdtechFotaOutcome;

/* Signal Event, argument kind */
typedef enum {
    MM_TDTECH_FOTA_EVENT_CHECK_FAILED       = 1,
    MM_TDTECH_FOTA_EVENT_NO_UPDATE          = 2,
    MM_TDTECH_FOTA_EVENT_UPDATE_AVAILABLE   = 3,
    MM_TDTECH_FOTA_EVENT_DOWNLOAD_STARTED   = 4,
    MM_TDTECH_FOTA_EVENT_DOWNLOAD_SUSPENDED = 5,
    MM_TDTECH_FOTA_EVENT_DOWNLOAD_SUCCEEDED = 6,
    MM_TDTECH_FOTA_EVENT_DOWNLOAD_FAILED    = 7,
    MM_TDTECH_FOTA_EVENT_UPGRADE_SCHEDULED  = 8,
    MM_TDTECH_FOTA_EVENT_DATA_PAUSED        = 9,
    MM_TDTECH_FOTA_EVENT_DATA_RESTORED      = 10,
    MM_TDTECH_FOTA_EVENT_UPGRADE_STARTED    = 11,
    MM_TDTECH_FOTA_EVENT_UPGRADE_SUCCEEDED  = 12,
    MM_TDTECH_FOTA_EVENT_UPGRADE_FAILED     = 13,
    MM_TDTECH_FOTA_EVENT_CANCELLED          = 14,
} MMTdtechFotaEvent;

#endif /* MM_TDTECH_FOTA_ENUMS_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_SECRET_H
#define MMFOTA_SECRET_H

#include <glib.h>

/* Kinds of data that a report does not show */
typedef enum {
    MMFOTA_SECRET_IMEI,
    MMFOTA_SECRET_IMSI,
    MMFOTA_SECRET_ICCID,
    MMFOTA_SECRET_NUMBER,  /* phone numbers */
    MMFOTA_SECRET_CELL,    /* cells and tracking areas */
    MMFOTA_SECRET_ADDRESS, /* IP and MAC addresses */
    MMFOTA_SECRET_NETWORK, /* names and codes of operators and networks */
    MMFOTA_SECRET_APN,     /* APNs, user names, passwords */
    MMFOTA_SECRET_PIN,
    MMFOTA_SECRET_TLS,
    MMFOTA_SECRET_SMS,
    MMFOTA_SECRET_HOST,
    MMFOTA_SECRET_OTHER,   /* not known to be harmless */
    MMFOTA_N_SECRETS
} MmfotaSecret;

#endif /* MMFOTA_SECRET_H */

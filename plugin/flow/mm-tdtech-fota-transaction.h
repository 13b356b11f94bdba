/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * Id and limits of transactions, whether started by a caller or restored from a record. Pure.
 */

#ifndef MM_TDTECH_FOTA_TRANSACTION_H
#define MM_TDTECH_FOTA_TRANSACTION_H

#include <glib.h>

#define MM_TDTECH_FOTA_WAIT_DEFAULT 300           /* seconds */
#define MM_TDTECH_FOTA_WAIT_MAX     (24 * 3600)
#define MM_TDTECH_FOTA_DELAY_MAX    (30 * 24 * 3600)

/* Longest id, in characters */
#define MM_TDTECH_FOTA_TRANSACTION_MAX 64

/* An id for a caller that passed none */
gchar    *mm_tdtech_fota_transaction_new      (void);
/* 1 to 64 of A-Z a-z 0-9 . _ - */
gboolean  mm_tdtech_fota_transaction_is_valid (const gchar *transaction);

#endif /* MM_TDTECH_FOTA_TRANSACTION_H */

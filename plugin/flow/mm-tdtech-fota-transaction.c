/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mm-tdtech-fota-transaction.h"

#include <string.h>

gboolean
mm_tdtech_fota_transaction_is_valid (const gchar *transaction)
{
    const gchar *p;

    for (p = transaction; g_ascii_isalnum (*p) || (*p && strchr ("._-", *p)); p++);
    return *p == '\0' && p > transaction && p - transaction <= MM_TDTECH_FOTA_TRANSACTION_MAX;
}

gchar *
mm_tdtech_fota_transaction_new (void)
{
    return g_uuid_string_random ();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "fuzz.h"
#include "mm-tdtech-response.h"

static void
fuzz_clean (const GString *response,
            gboolean       registration)
{
    g_autoptr(GString) cleaned = NULL;

    cleaned = g_string_new_len (response->str, (gssize) response->len);
    mm_tdtech_response_clean (cleaned, registration);
    g_assert_cmpuint (cleaned->len, <=, response->len);
    g_assert_cmpuint (strlen (cleaned->str), ==, cleaned->len);
}

/* Raw bytes of the port, NUL included */
int
LLVMFuzzerTestOneInput (const guint8 *data,
                        size_t        size)
{
    g_autoptr(GString) response = NULL;
    g_autoptr(GError)  error = NULL;

    response = g_string_new_len ((const gchar *) data, (gssize) size);
    mm_tdtech_response_bound (response);
    g_assert_cmpuint (response->len, <=, MM_TDTECH_RESPONSE_MAX);

    mm_tdtech_response_is_final (response->str);
    error = mm_tdtech_response_find_error (response);
    if (error) {
        g_assert_true (g_utf8_validate (error->message, -1, NULL));
        mm_tdtech_error_is_duplicated (error);
        mm_tdtech_error_is_invalid (error);
    }

    fuzz_clean (response, FALSE);
    fuzz_clean (response, TRUE);
    return 0;
}

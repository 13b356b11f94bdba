/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "fuzz.h"
#include "mm-tdtech-at.h"
#include "mm-tdtech-url.h"

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        size_t        size)
{
    g_autofree gchar *str = NULL;
    g_autofree gchar *url = NULL;
    g_autofree gchar *again = NULL;
    g_autofree gchar *command = NULL;
    GError           *error = NULL;

    str = fuzz_string (data, size);
    mm_tdtech_url_is_https (str);
    url = mm_tdtech_url_normalize (str, &error);
    fuzz_check_result (url != NULL, &error);
    if (!url)
        return 0;

    fuzz_check_ascii (url, 255);
    g_assert_null (strpbrk (url, "\"\\;<>^`{|} ?#"));
    g_assert_true (g_str_has_prefix (url, "http://") || g_str_has_prefix (url, "https://"));
    g_assert_true (g_str_has_suffix (url, "/"));
    g_assert_cmpint (mm_tdtech_url_is_https (url), ==, g_str_has_prefix (url, "https://"));
    again = mm_tdtech_url_normalize (url, NULL);
    g_assert_cmpstr (again, ==, url);
    command = mm_tdtech_build_fotaoemdl (url, NULL);
    g_assert_nonnull (command);
    fuzz_check_command (command);
    return 0;
}

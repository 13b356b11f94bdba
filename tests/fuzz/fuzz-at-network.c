/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "fuzz.h"
#include "mm-tdtech-at.h"

static void
fuzz_registration (const gchar *str)
{
    MMTdtechRegistration registration = MM_TDTECH_REGISTRATION_NONE;
    GError              *error = NULL;
    gboolean             result;

    result = mm_tdtech_parse_registration (str, &registration, &error);
    fuzz_check_result (result, &error);
    g_assert_cmpint (registration, <=, MM_TDTECH_REGISTRATION_ROAMING);
}

static void
fuzz_clcc (const gchar *str)
{
    GError  *error = NULL;
    guint    n_calls = 77;
    gboolean result;

    result = mm_tdtech_parse_clcc_count (str, &n_calls, &error);
    fuzz_check_result (result, &error);
    g_assert_true (result ? n_calls <= 64 : n_calls == 77);
}

static void
fuzz_signal (const gchar *str)
{
    MMModemAccessTechnology act = MM_MODEM_ACCESS_TECHNOLOGY_UNKNOWN;
    guint                   quality = 77;

    mm_tdtech_parse_sysinfoex (str);
    if (mm_tdtech_parse_hcsq (str, &act, &quality)) {
        g_assert_cmpuint (act, !=, MM_MODEM_ACCESS_TECHNOLOGY_UNKNOWN);
        g_assert_cmpuint (quality, <=, 100);
    } else
        g_assert_cmpuint (quality, ==, 77);
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        size_t        size)
{
    g_autofree gchar *str = NULL;

    str = fuzz_string (data, size);
    fuzz_registration (str);
    fuzz_clcc (str);
    fuzz_signal (str);
    return 0;
}

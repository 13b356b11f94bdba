/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "fuzz.h"
#include "mm-tdtech-at.h"

static void
fuzz_fotastate (const gchar *str)
{
    MMTdtechFotastate state = { .state = -77 };
    GError           *error = NULL;
    gboolean          result;

    result = mm_tdtech_parse_fotastate (str, &state, &error);
    fuzz_check_result (result, &error);
    if (!result) {
        g_assert_cmpint (state.state, ==, -77);
        return;
    }
    g_assert_cmpint (state.state, >=, 0);
    g_assert_cmpint (state.state, <=, 255);
    g_assert_true (state.state == MM_TDTECH_FOTASTATE_AVAILABLE ||
                   (!state.version && !state.size && !state.description));
    g_assert_true (state.state != MM_TDTECH_FOTASTATE_AVAILABLE || state.code == MM_TDTECH_FOTA_CODE_NONE);
    fuzz_check_ascii (state.version, MM_TDTECH_VERSION_MAX);
    fuzz_check_text (state.description, MM_TDTECH_DESCRIPTION_MAX);
    g_assert_nonnull (mm_tdtech_fotastate_advice (state.state, state.code));
    mm_tdtech_fota_code_string (state.code);
    mm_tdtech_fotastate_clear (&state);
}

static void
fuzz_fotadlq (const gchar *str)
{
    MMTdtechFotadlq progress = { .index = 77 };
    GError         *error = NULL;
    gboolean        result;

    result = mm_tdtech_parse_fotadlq (str, &progress, &error);
    fuzz_check_result (result, &error);
    if (!result) {
        g_assert_cmpuint (progress.index, ==, 77);
        return;
    }
    g_assert_true (progress.total == 0 || progress.received <= progress.total);
    g_assert_nonnull (progress.file);
    fuzz_check_text (progress.file, 128);
    mm_tdtech_fotadlq_clear (&progress);
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        size_t        size)
{
    g_autofree gchar *str = NULL;

    str = fuzz_string (data, size);
    fuzz_fotastate (str);
    fuzz_fotadlq (str);
    return 0;
}

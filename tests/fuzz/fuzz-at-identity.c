/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "fuzz.h"
#include "mm-tdtech-at.h"

static void
fuzz_version (const gchar *str)
{
    MMTdtechVersion version = { 0 };
    GError         *error = NULL;
    gboolean        result;

    result = mm_tdtech_parse_version (str, &version, &error);
    fuzz_check_result (result, &error);
    g_assert_cmpint (result, ==, version.version || version.build_time || version.hardware);
    fuzz_check_ascii (version.version, MM_TDTECH_VERSION_MAX);
    fuzz_check_ascii (version.build_time, 128);
    fuzz_check_ascii (version.hardware, 128);
    mm_tdtech_version_clear (&version);
}

static void
fuzz_cgmr (const gchar *str)
{
    g_autofree gchar *revision = NULL;
    GError           *error = NULL;

    revision = mm_tdtech_parse_cgmr (str, &error);
    fuzz_check_result (revision != NULL, &error);
    fuzz_check_ascii (revision, MM_TDTECH_VERSION_MAX);
}

static void
fuzz_ati (const gchar *str)
{
    MMTdtechIdentity identity = { 0 };
    GError          *error = NULL;
    gboolean         result;

    result = mm_tdtech_parse_ati (str, &identity, &error);
    fuzz_check_result (result, &error);
    fuzz_check_ascii (identity.manufacturer, 128);
    fuzz_check_ascii (identity.model, 128);
    fuzz_check_ascii (identity.revision, MM_TDTECH_VERSION_MAX);
    fuzz_check_ascii (identity.imei, 15);
    mm_tdtech_identity_clear (&identity);
}

/* Two versions, one a line: an order is one both ways, and a version is what itself is */
static void
fuzz_version_compare (const gchar *str)
{
    g_auto(GStrv) versions = NULL;
    gint          there = 77;
    gint          back = 77;
    gint          same = 77;

    versions = g_strsplit (str, "\n", 2);
    if (g_strv_length (versions) < 2)
        return;
    if (!mm_tdtech_version_compare (versions[0], versions[1], &there)) {
        g_assert_cmpint (there, ==, 77);
        g_assert_false (mm_tdtech_version_compare (versions[1], versions[0], &back));
        return;
    }
    g_assert_true (mm_tdtech_version_compare (versions[1], versions[0], &back));
    g_assert_cmpint (there, ==, -back);
    g_assert_true (mm_tdtech_version_compare (versions[0], versions[0], &same));
    g_assert_cmpint (same, ==, 0);
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        size_t        size)
{
    g_autofree gchar *str = NULL;

    str = fuzz_string (data, size);
    fuzz_version (str);
    fuzz_cgmr (str);
    fuzz_ati (str);
    fuzz_version_compare (str);
    return 0;
}

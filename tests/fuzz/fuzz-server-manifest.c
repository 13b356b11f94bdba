/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/* release.json: what is taken is built again with the same values */

#include "fuzz.h"
#include "release-sums.h"

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        size_t        size)
{
    g_autoptr(ReleaseManifest) manifest = NULL;
    g_autoptr(ReleaseManifest) again = NULL;
    g_autofree gchar          *text = NULL;
    GError                    *error = NULL;

    manifest = release_manifest_parse (data, size, &error);
    fuzz_check_result (manifest != NULL, &error);
    if (!manifest)
        return 0;
    fuzz_check_ascii (manifest->version, 64);
    fuzz_check_ascii (manifest->product, 64);
    text = release_manifest_build (manifest);
    again = release_manifest_parse ((const guint8 *) text, strlen (text), NULL);
    g_assert_nonnull (again);
    g_assert_cmpstr (again->version, ==, manifest->version);
    g_assert_cmpstr (again->product, ==, manifest->product);
    g_assert_cmpint (again->not_after, ==, manifest->not_after);
    g_assert_cmpint (again->released, ==, manifest->released);
    return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/* SHA256SUMS: what is taken is built again as it was, and names nothing outside */

#include "fuzz.h"
#include "release-sums.h"

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        size_t        size)
{
    g_autoptr(GHashTable) sums = NULL;
    g_autoptr(GHashTable) again = NULL;
    g_autofree gchar     *text = NULL;
    GError               *error = NULL;
    GHashTableIter        iter;
    gpointer              name;
    gpointer              sum;

    sums = release_sums_parse (data, size, &error);
    fuzz_check_result (sums != NULL, &error);
    if (!sums)
        return 0;
    g_hash_table_iter_init (&iter, sums);
    while (g_hash_table_iter_next (&iter, &name, &sum)) {
        g_assert_cmpuint (strlen (sum), ==, 64);
        g_assert_true (*(const gchar *) name != '/');
        g_assert_false (g_str_has_prefix (name, "../"));
        g_assert_null (strstr (name, "/../"));
        g_assert_false (g_str_equal (name, ".."));
    }
    text = release_sums_build (sums);
    again = release_sums_parse ((const guint8 *) text, strlen (text), NULL);
    g_assert_nonnull (again);
    g_assert_cmpuint (g_hash_table_size (again), ==, g_hash_table_size (sums));
    return 0;
}

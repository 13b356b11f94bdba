/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <string.h>

#include "mm-tdtech-fota-transaction.h"

/*****************************************************************************/
/* Ids and names */

static void
test_ids (void)
{
    static const gchar *const valid[] = { "a", "Z", "0", ".", "_", "-", "a.B_c-9" };
    static const gchar *const invalid[] = { "", " ", "a b", "a/", "/a", "a\n", "a\"", "\xc3\xa9", "a,b" };
    g_autofree gchar         *longest = g_strnfill (MM_TDTECH_FOTA_TRANSACTION_MAX, 'a');
    g_autofree gchar         *too_long = g_strnfill (MM_TDTECH_FOTA_TRANSACTION_MAX + 1, 'a');
    guint                     i;

    for (i = 0; i < G_N_ELEMENTS (valid); i++)
        g_assert_true (mm_tdtech_fota_transaction_is_valid (valid[i]));
    for (i = 0; i < G_N_ELEMENTS (invalid); i++)
        g_assert_false (mm_tdtech_fota_transaction_is_valid (invalid[i]));
    g_assert_true (mm_tdtech_fota_transaction_is_valid (longest));
    g_assert_false (mm_tdtech_fota_transaction_is_valid (too_long));
}

static void
test_names (void)
{
    guint i;

    g_assert_cmpstr (mm_tdtech_fota_verb_get_name (MM_TDTECH_FOTA_VERB_NONE), ==, "");
    for (i = MM_TDTECH_FOTA_VERB_NONE + 1; i < MM_TDTECH_FOTA_VERB_LAST; i++) {
        const gchar *name = mm_tdtech_fota_verb_get_name ((MMTdtechFotaVerb) i);

        g_assert_true (g_ascii_isupper (name[0]));
        g_assert_cmpint (mm_tdtech_fota_verb_from_name (name), ==, i);
    }
    g_assert_cmpstr (mm_tdtech_fota_verb_get_name (MM_TDTECH_FOTA_VERB_LAST), ==, "");
    g_assert_cmpint (mm_tdtech_fota_verb_from_name ("Other"), ==, MM_TDTECH_FOTA_VERB_NONE);
    g_assert_cmpint (mm_tdtech_fota_verb_from_name (""), ==, MM_TDTECH_FOTA_VERB_NONE);
    g_assert_cmpint (mm_tdtech_fota_verb_from_name (NULL), ==, MM_TDTECH_FOTA_VERB_NONE);

    for (i = MM_TDTECH_FOTA_STAGE_NONE; i < MM_TDTECH_FOTA_STAGE_LAST; i++) {
        const gchar *name = mm_tdtech_fota_stage_get_name ((MMTdtechFotaStage) i);

        g_assert_true (g_ascii_islower (name[0]));
        g_assert_cmpint (mm_tdtech_fota_stage_from_name (name), ==, i);
    }
    g_assert_cmpstr (mm_tdtech_fota_stage_get_name (MM_TDTECH_FOTA_STAGE_NONE), ==, "none");
    g_assert_cmpstr (mm_tdtech_fota_stage_get_name (MM_TDTECH_FOTA_STAGE_LAST), ==, "none");
    g_assert_cmpint (mm_tdtech_fota_stage_from_name ("other"), ==, MM_TDTECH_FOTA_STAGE_LAST);
    g_assert_cmpint (mm_tdtech_fota_stage_from_name (NULL), ==, MM_TDTECH_FOTA_STAGE_LAST);
}

/*****************************************************************************/
/* Copies: every text is its own, and nothing of what was there before is left */

static void
fill (MMTdtechFotaTransaction *transaction,
      const gchar             *mark)
{
    *transaction = (MMTdtechFotaTransaction) {
        .verb                   = MM_TDTECH_FOTA_VERB_UPGRADE,
        .options.expect_version = g_strconcat (mark, "1", NULL),
        .options.wait           = 300,
        .options.hang_up_calls  = TRUE,
        .pending.verb           = MM_TDTECH_FOTA_VERB_UPGRADE,
        .pending.module_code    = 52,
        .pending.from           = g_strconcat (mark, "2", NULL),
        .pending.to             = g_strconcat (mark, "3", NULL),
        .download_begun         = TRUE,
        .data_paused            = TRUE,
        .flashes                = 2,
        .before_version         = g_strconcat (mark, "4", NULL),
        .before_build_time      = g_strconcat (mark, "5", NULL),
        .before_revision        = g_strconcat (mark, "6", NULL),
        .offer_version          = g_strconcat (mark, "7", NULL),
        .offer_size             = 56737228,
        .offer_description      = g_strconcat (mark, "8", NULL),
        .package_version        = g_strconcat (mark, "9", NULL),
        .set_aside              = TRUE,
    };
}

static void
check_text (const gchar *text,
            const gchar *mark,
            const gchar *number)
{
    g_autofree gchar *expected = g_strconcat (mark, number, NULL);

    g_assert_cmpstr (text, ==, expected);
}

static void
check_what_stays (const MMTdtechFotaTransaction *transaction,
                  const gchar                   *mark)
{
    check_text (transaction->offer_version, mark, "7");
    check_text (transaction->offer_description, mark, "8");
    check_text (transaction->package_version, mark, "9");
    g_assert_cmpuint (transaction->offer_size, ==, 56737228);
    g_assert_true (transaction->set_aside);
}

static void
check_filled (const MMTdtechFotaTransaction *transaction,
              const gchar                   *mark)
{
    g_assert_cmpint (transaction->verb, ==, MM_TDTECH_FOTA_VERB_UPGRADE);
    check_text (transaction->options.expect_version, mark, "1");
    g_assert_cmpuint (transaction->options.wait, ==, 300);
    g_assert_true (transaction->options.hang_up_calls);
    g_assert_cmpint (transaction->pending.verb, ==, MM_TDTECH_FOTA_VERB_UPGRADE);
    g_assert_cmpuint (transaction->pending.module_code, ==, 52);
    check_text (transaction->pending.from, mark, "2");
    check_text (transaction->pending.to, mark, "3");
    g_assert_true (transaction->download_begun);
    g_assert_true (transaction->data_paused);
    g_assert_cmpuint (transaction->flashes, ==, 2);
    check_text (transaction->before_version, mark, "4");
    check_text (transaction->before_build_time, mark, "5");
    check_text (transaction->before_revision, mark, "6");
    check_what_stays (transaction, mark);
}

static void
check_ended (const MMTdtechFotaTransaction *transaction)
{
    g_assert_cmpint (transaction->verb, ==, MM_TDTECH_FOTA_VERB_NONE);
    g_assert_null (transaction->options.expect_version);
    g_assert_false (transaction->options.with_url);
    g_assert_cmpuint (transaction->options.wait, ==, 0);
    g_assert_false (transaction->options.hang_up_calls);
    g_assert_cmpint (transaction->pending.verb, ==, MM_TDTECH_FOTA_VERB_NONE);
    g_assert_cmpuint (transaction->pending.module_code, ==, 0);
    g_assert_null (transaction->pending.from);
    g_assert_null (transaction->pending.to);
    g_assert_false (transaction->download_begun);
    g_assert_false (transaction->data_paused);
    g_assert_cmpuint (transaction->flashes, ==, 0);
    g_assert_null (transaction->before_version);
    g_assert_null (transaction->before_build_time);
    g_assert_null (transaction->before_revision);
}

static void
test_transaction (void)
{
    MMTdtechFotaTransaction from, to;

    fill (&from, "a");
    fill (&to, "b");
    mm_tdtech_fota_transaction_copy (&to, &from);
    check_filled (&to, "a");
    g_assert_true (to.package_version != from.package_version);
    /* Which is why this does not touch the copy */
    mm_tdtech_fota_transaction_clear (&from);
    check_filled (&to, "a");
    check_ended (&from);
    g_assert_null (from.offer_version);
    g_assert_null (from.offer_description);
    g_assert_null (from.package_version);
    g_assert_cmpuint (from.offer_size, ==, 0);
    g_assert_false (from.set_aside);

    mm_tdtech_fota_transaction_end (&to);
    check_ended (&to);
    check_what_stays (&to, "a");
    mm_tdtech_fota_transaction_clear (&to);
}

static void
test_parts (void)
{
    MMTdtechFotaTransaction from, to;

    fill (&from, "a");
    fill (&to, "b");
    mm_tdtech_fota_flow_options_copy (&to.options, &from.options);
    mm_tdtech_fota_result_copy (&to.pending, &from.pending);
    mm_tdtech_fota_flow_options_clear (&from.options);
    mm_tdtech_fota_result_clear (&from.pending);
    check_text (to.options.expect_version, "a", "1");
    g_assert_cmpuint (to.options.wait, ==, 300);
    check_text (to.pending.from, "a", "2");
    check_text (to.pending.to, "a", "3");
    g_assert_cmpuint (to.pending.module_code, ==, 52);
    g_assert_null (from.options.expect_version);
    g_assert_cmpuint (from.options.wait, ==, 0);
    g_assert_null (from.pending.from);
    g_assert_cmpint (from.pending.verb, ==, MM_TDTECH_FOTA_VERB_NONE);

    mm_tdtech_fota_transaction_clear (&from);
    mm_tdtech_fota_transaction_clear (&to);
}

int
main (int    argc,
      char **argv)
{
    g_test_init (&argc, &argv, NULL);

    g_test_add_func ("/tdtech/fota/transaction/ids", test_ids);
    g_test_add_func ("/tdtech/fota/transaction/names", test_names);
    g_test_add_func ("/tdtech/fota/transaction/whole", test_transaction);
    g_test_add_func ("/tdtech/fota/transaction/parts", test_parts);

    return g_test_run ();
}

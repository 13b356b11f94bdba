/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-agent-journal.h"

#include <string.h>

#include <glib/gstdio.h>

#define IMEI "860000000000001"
#define WHEN 1795780800

static gchar *folder;
static gchar *path;
static gchar *damaged;

static gboolean
add (MmfotaAgentJournal  *journal,
     const gchar         *message,
     guint64              after,
     GError             **error)
{
    GVariantBuilder details;

    g_variant_builder_init (&details, G_VARIANT_TYPE_VARDICT);
    g_variant_builder_add (&details, "{sv}", "message", g_variant_new_string (message));
    g_variant_builder_add (&details, "{sv}", "attempt", g_variant_new_uint32 (3));
    return mmfota_agent_journal_add (journal, "signature-refused", WHEN, "plugin", after, g_variant_builder_end (&details), error);
}

static void
count (guint *n)
{
    (*n)++;
}

/* What is told once is there for good, word for word */
static void
test_kept (void)
{
    static const gchar             odd[] = "two\nlines, 'quotes', \"more\", \\ and \xe5\x8d\x87\x1b[1m";
    g_autoptr(MmfotaAgentJournal)  journal = mmfota_agent_journal_open (folder, IMEI);
    g_autoptr(MmfotaAgentJournal)  again = NULL;
    g_autoptr(GError)              error = NULL;
    GVariant                      *event;
    const gchar                   *text = NULL;
    guint64                        number = 0;
    guint                          attempt = 0;
    guint                          n = 0;

    g_assert_null (mmfota_agent_journal_get_id (journal));
    g_assert_null (mmfota_agent_journal_peek_last (journal));
    g_assert_null (mmfota_agent_journal_peek (journal, 0));
    g_signal_connect_swapped (journal, "added", G_CALLBACK (count), &n);
    g_assert_true (add (journal, odd, 7, &error));
    g_assert_no_error (error);
    g_assert_true (add (journal, "next", 9, &error));
    g_assert_cmpuint (n, ==, 2);

    again = mmfota_agent_journal_open (folder, IMEI);
    g_assert_cmpstr (mmfota_agent_journal_get_id (again), ==, mmfota_agent_journal_get_id (journal));
    g_assert_cmpuint (mmfota_agent_journal_count (again, 0), ==, 2);
    event = mmfota_agent_journal_peek (again, 0);
    g_assert_true (g_variant_equal (event, mmfota_agent_journal_peek (journal, 0)));
    g_assert_true (g_variant_lookup (event, "message", "&s", &text));
    g_assert_cmpstr (text, ==, odd);
    g_assert_true (g_variant_lookup (event, "attempt", "u", &attempt));
    g_assert_true (g_variant_lookup (event, "after", "t", &number));
    g_assert_cmpuint (number, ==, 7);
    g_assert_true (g_variant_lookup (event, "time", "t", &number));
    g_assert_cmpuint (number, ==, WHEN);
    g_assert_true (g_variant_lookup (mmfota_agent_journal_peek (again, 1), "sequence", "t", &number));
    g_assert_cmpuint (number, ==, 2);
    g_assert_null (mmfota_agent_journal_peek (again, 2));
}

/* A number is not used twice, also when old ones are forgotten */
static void
test_bounded (void)
{
    g_autoptr(MmfotaAgentJournal)  journal = mmfota_agent_journal_open (folder, IMEI);
    g_autoptr(MmfotaAgentJournal)  again = NULL;
    g_autofree gchar              *id = g_strdup (mmfota_agent_journal_get_id (journal));
    guint64                        first = 0;
    guint64                        last = 0;
    guint                          i;

    for (i = 0; i < MMFOTA_AGENT_JOURNAL_KEEPS + 3; i++)
        g_assert_true (add (journal, "again", i, NULL));
    again = mmfota_agent_journal_open (folder, IMEI);
    g_assert_cmpstr (mmfota_agent_journal_get_id (again), ==, id);
    g_assert_cmpuint (mmfota_agent_journal_count (again, 0), ==, MMFOTA_AGENT_JOURNAL_KEEPS);
    g_assert_true (g_variant_lookup (mmfota_agent_journal_peek (again, 0), "sequence", "t", &first));
    g_assert_true (g_variant_lookup (mmfota_agent_journal_peek_last (again), "sequence", "t", &last));
    g_assert_cmpuint (first, ==, 6);
    g_assert_cmpuint (last, ==, MMFOTA_AGENT_JOURNAL_KEEPS + 5);
}

/* Rubbish: nothing of it is believed, and the ids of what comes next are others */
static void
test_damaged (void)
{
    static const gchar *const rubbish[] = {
        "", "no id\n", "0123\n{'kind': <'x'>}\n", "0123\n{'sequence': <uint64 1>}\n", "0123\n{'seq", "0123\n5\n",
        "0123\n{'sequence': <uint64 2>, 'kind': <'x'>}\n{'sequence': <uint64 2>, 'kind': <'x'>}\n", "0123\n\xff\n",
        "0123\n{'sequence': <uint64 18446744073709551615>, 'kind': <'x'>}\n",
        "0123\n[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\n",
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (rubbish); i++) {
        g_autoptr(MmfotaAgentJournal)  journal = NULL;
        g_autofree gchar              *text = NULL;

        g_assert_true (g_file_set_contents (path, rubbish[i], -1, NULL));
        g_test_expect_message ("mmfota-agent", G_LOG_LEVEL_WARNING, "*another journal begins*");
        journal = mmfota_agent_journal_open (folder, IMEI);
        g_test_assert_expected_messages ();
        g_assert_null (mmfota_agent_journal_get_id (journal));
        g_assert_null (mmfota_agent_journal_peek_last (journal));
        g_assert_true (g_file_get_contents (damaged, &text, NULL, NULL));
        g_assert_cmpstr (text, ==, rubbish[i]);
        g_assert_true (add (journal, "new", 0, NULL));
        g_assert_cmpstr (mmfota_agent_journal_get_id (journal), !=, "0123");
        g_assert_cmpuint (strlen (mmfota_agent_journal_get_id (journal)), ==, 32);
    }
}

/* A disk that is full: nothing has been told, and the number is free */
static void
test_unwritable (void)
{
    g_autofree gchar              *nowhere = g_build_filename (folder, "not-there", NULL);
    g_autofree gchar              *file = g_build_filename (nowhere, "journal-" IMEI, NULL);
    g_autoptr(MmfotaAgentJournal)  journal = mmfota_agent_journal_open (nowhere, IMEI);
    g_autoptr(GError)              error = NULL;
    guint64                        number = 0;
    guint                          n = 0;

    g_signal_connect_swapped (journal, "added", G_CALLBACK (count), &n);
    g_assert_false (add (journal, "lost", 1, &error));
    g_assert_nonnull (error);
    g_assert_null (mmfota_agent_journal_get_id (journal));
    g_assert_null (mmfota_agent_journal_peek_last (journal));
    g_assert_cmpuint (n, ==, 0);
    g_assert_cmpint (g_mkdir (nowhere, 0700), ==, 0);
    g_assert_true (add (journal, "kept", 1, NULL));
    g_assert_true (g_variant_lookup (mmfota_agent_journal_peek_last (journal), "sequence", "t", &number));
    g_assert_cmpuint (number, ==, 1);
    g_unlink (file);
    g_rmdir (nowhere);
}

int
main (int    argc,
      char **argv)
{
    gint status;

    g_test_init (&argc, &argv, NULL);
    folder = g_dir_make_tmp ("mmfota-agent-journal-XXXXXX", NULL);
    path = g_build_filename (folder, "journal-" IMEI, NULL);
    damaged = g_strconcat (path, ".damaged", NULL);

    g_test_add_func ("/agent/journal/kept", test_kept);
    g_test_add_func ("/agent/journal/bounded", test_bounded);
    g_test_add_func ("/agent/journal/damaged", test_damaged);
    g_test_add_func ("/agent/journal/unwritable", test_unwritable);

    status = g_test_run ();
    g_unlink (damaged);
    g_unlink (path);
    g_rmdir (folder);
    g_free (damaged);
    g_free (path);
    g_free (folder);
    return status;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-agent-memory.h"

#include <string.h>

#include <glib/gstdio.h>

#define IMEI "860000000000001"

static gchar *folder;

static void
write_text (const gchar *text)
{
    g_autofree gchar *path = g_build_filename (folder, IMEI ".state", NULL);

    g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
test_kept (void)
{
    g_autoptr(MmfotaAgentMemory)  memory = NULL;
    g_autoptr(MmfotaAgentMemory)  again = NULL;
    g_autoptr(GError)             error = NULL;

    memory = mmfota_agent_memory_load (folder, IMEI, &error);
    g_assert_no_error (error);
    g_assert_null (memory->offered);
    g_assert_cmpint (memory->last_check, ==, 0);

    memory->offered = g_strdup ("1.3.0.0(SP1C02)");
    memory->description = g_strdup ("two\nlines; a \\ and [groups]\n\xe5\x8d\x87\xe7\xba\xa7");
    memory->verb = MMFOTA_AGENT_VERB_UPGRADE;
    memory->transaction = g_strdup ("agent-1");
    memory->size = G_GUINT64_CONSTANT (5000000000);
    memory->last_check = 1795780800;
    memory->downgrade = TRUE;
    memory->upgrade.attempts = 2;
    memory->upgrade.until = 1795780900;
    memory->notice_at = 77;
    g_ptr_array_add (memory->given_up, g_strdup ("a;b"));
    g_ptr_array_add (memory->given_up, g_strdup ("c"));
    mmfota_agent_memory_set_failures (memory, "g h", 1);
    mmfota_agent_memory_set_failures (memory, "g h", 2);
    mmfota_agent_memory_list (memory->skipped, "d");
    mmfota_agent_memory_list (memory->skipped, "e;f\n");
    mmfota_agent_memory_list (memory->skipped, "d");
    g_assert_true (mmfota_agent_memory_save (memory, folder, 1795780801, &error));

    again = mmfota_agent_memory_load (folder, IMEI, &error);
    g_assert_no_error (error);
    g_assert_cmpstr (again->offered, ==, memory->offered);
    g_assert_cmpstr (again->description, ==, memory->description);
    g_assert_cmpint (again->verb, ==, MMFOTA_AGENT_VERB_UPGRADE);
    g_assert_cmpstr (again->transaction, ==, "agent-1");
    g_assert_cmpuint (again->size, ==, memory->size);
    g_assert_cmpint (again->last_check, ==, 1795780800);
    g_assert_cmpint (again->stamp, ==, 1795780801);
    g_assert_true (again->downgrade);
    g_assert_cmpuint (again->upgrade.attempts, ==, 2);
    g_assert_true (mmfota_agent_memory_gave_up (again, "a;b"));
    g_assert_true (mmfota_agent_memory_gave_up (again, "c"));
    g_assert_false (mmfota_agent_memory_gave_up (again, "a"));
    g_assert_false (mmfota_agent_memory_gave_up (again, NULL));
    /* Who was told before does not remember */
    g_assert_cmpint (again->notice_at, ==, 0);
    g_assert_cmpuint (again->skipped->len, ==, 2);
    g_assert_cmpuint (mmfota_agent_memory_get_failures (again, "g h"), ==, 2);
    g_assert_cmpuint (mmfota_agent_memory_get_failures (again, "h"), ==, 0);
    g_assert_true (mmfota_agent_memory_skips (again, "d") && mmfota_agent_memory_skips (again, "e;f\n"));
    g_assert_false (mmfota_agent_memory_skips (again, "c") || mmfota_agent_memory_skips (again, NULL));
}

/* Whatever a server says of sizes, the file can be read again */
static void
test_absurd_sizes (void)
{
    g_autoptr(MmfotaAgentMemory)  memory = mmfota_agent_memory_new (IMEI);
    g_autoptr(MmfotaAgentMemory)  again = NULL;
    g_autoptr(GError)             error = NULL;

    memory->size = G_MAXUINT64;
    memory->received = G_GUINT64_CONSTANT (1) << 61;
    memory->last_event = G_MAXINT64;
    g_assert_true (mmfota_agent_memory_save (memory, folder, 1795780801, &error));
    again = mmfota_agent_memory_load (folder, IMEI, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (again->size, ==, G_MAXINT64 / 4);
    g_assert_cmpuint (again->received, ==, G_MAXINT64 / 4);
    g_assert_cmpuint (again->last_event, ==, G_MAXINT64 / 4);
}

static void
test_shift (void)
{
    g_autoptr(MmfotaAgentMemory) memory = mmfota_agent_memory_new (IMEI);

    memory->last_check = 1000;
    memory->upgrade.until = 5000;
    memory->notice_at = 3000;
    mmfota_agent_memory_shift (memory, 500);
    g_assert_cmpint (memory->last_check, ==, 1500);
    g_assert_cmpint (memory->upgrade.until, ==, 5500);
    g_assert_cmpint (memory->notice_at, ==, 3500);
    g_assert_cmpint (memory->ask_after, ==, 0);
    /* What never was stays so, what was does not become so */
    mmfota_agent_memory_shift (memory, -100000);
    g_assert_cmpint (memory->last_check, ==, 1);
    g_assert_cmpint (memory->ask_after, ==, 0);
}

static void
test_nonsense (void)
{
    static const gchar *const texts[] = {
        "",
        "nonsense",
        "[memory]\n",
        "[memory]\nformat=2\n",
        "[memory]\nformat=1\nverb=99\n",
        "[memory]\nformat=1\nverb=-1\n",
        "[memory]\nformat=1\nverb=1\n",
        "[memory]\nformat=1\ntransaction=a\n",
        "[memory]\nformat=1\nlast-check=-5\n",
        "[memory]\nformat=1\nlast-check=9000000000000000000\n",
        "[memory]\nformat=1\nmissed=99999999999\n",
        "[memory]\nformat=1\noffered=\\q\n",
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (texts); i++) {
        g_autoptr(MmfotaAgentMemory)  memory = NULL;
        g_autoptr(GError)             error = NULL;

        write_text (texts[i]);
        memory = mmfota_agent_memory_load (folder, IMEI, &error);
        g_test_message ("%s", texts[i]);
        g_assert_null (memory);
        g_assert_nonnull (error);
        g_assert_nonnull (strstr (error->message, IMEI ".state: "));
    }
}

static void
test_unwritable (void)
{
    g_autoptr(MmfotaAgentMemory)  memory = mmfota_agent_memory_new (IMEI);
    g_autoptr(GError)             error = NULL;

    g_assert_false (mmfota_agent_memory_save (memory, "/nonexistent", 1, &error));
    g_assert_nonnull (error);
}

int
main (int    argc,
      char **argv)
{
    g_autofree gchar *path = NULL;
    gint              status;

    g_test_init (&argc, &argv, NULL);
    folder = g_dir_make_tmp ("agent-memory-XXXXXX", NULL);
    path = g_build_filename (folder, IMEI ".state", NULL);

    g_test_add_func ("/agent/memory/kept", test_kept);
    g_test_add_func ("/agent/memory/absurd-sizes", test_absurd_sizes);
    g_test_add_func ("/agent/memory/shift", test_shift);
    g_test_add_func ("/agent/memory/nonsense", test_nonsense);
    g_test_add_func ("/agent/memory/unwritable", test_unwritable);

    status = g_test_run ();
    g_unlink (path);
    g_rmdir (folder);
    g_free (folder);
    return status;
}

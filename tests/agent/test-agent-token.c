/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <string.h>

#include <glib/gstdio.h>

#include "mmfota-agent-token.h"

#define IMEI    "860000000000001"
#define ANOTHER "860000000000002"
#define NOW     G_GINT64_CONSTANT (1795000000)
#define ZEROS   "0000000000000000000000000000000000000000000000000000000000000000"
#define COUNTED "000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F"

static void
keys_of (MmfotaAgentTokenKeys *keys,
         const gchar          *text)
{
    g_autoptr(GError) error = NULL;

    mmfota_agent_token_keys_parse (keys, text, strlen (text), &error);
    g_assert_no_error (error);
}

/*****************************************************************************/
/* Keys */

static void
test_keys (void)
{
    static const struct {
        const gchar *text;
        guint        n;
    } cases[] = {
        { COUNTED, 1 },
        { COUNTED "\n", 1 },
        { "# the new one\r\n" COUNTED "\r\n\r\n" ZEROS "\r\n", 2 },
        { "", 0 },
        { "# nothing\n", 0 },
        { COUNTED "\n" ZEROS "\n" COUNTED "\n", 0 },
        { COUNTED "0\n", 0 },
        { "000102\n", 0 },
        { " " COUNTED, 0 },
        { "g" "00102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F", 0 },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_auto(MmfotaAgentTokenKeys) keys = { 0 };
        g_autoptr(GError)            error = NULL;
        gboolean                     good;

        good = mmfota_agent_token_keys_parse (&keys, cases[i].text, strlen (cases[i].text), &error);
        g_assert_cmpint (good, ==, cases[i].n > 0);
        g_assert_cmpuint (keys.n, ==, cases[i].n);
        g_assert_cmpint (good, ==, error == NULL);
        /* J8: nothing of a key */
        if (error) {
            g_assert_null (strstr (error->message, "0102"));
            g_assert_nonnull (strstr (error->message, "allowed"));
        }
    }
}

static void
test_key_files (void)
{
    g_auto(MmfotaAgentTokenKeys)  keys = { 0 };
    g_autoptr(GError)             error = NULL;
    g_autofree gchar             *folder = g_dir_make_tmp ("mmfota-token-XXXXXX", NULL);
    g_autofree gchar             *path = g_build_filename (folder, "key", NULL);

    g_assert_true (g_file_set_contents (path, COUNTED "\n", -1, NULL));
    g_assert_cmpint (g_chmod (path, 0640), ==, 0);
    g_assert_true (mmfota_agent_token_keys_load (&keys, path, &error));
    g_assert_no_error (error);
    g_assert_cmpuint (keys.n, ==, 1);

    g_assert_cmpint (g_chmod (path, 0644), ==, 0);
    g_assert_false (mmfota_agent_token_keys_load (&keys, path, &error));
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED);
    g_assert_nonnull (strstr (error->message, path));
    g_assert_cmpuint (keys.n, ==, 0);
    g_clear_error (&error);

    g_assert_false (mmfota_agent_token_keys_load (&keys, folder, &error));
    g_assert_nonnull (error);
    g_clear_error (&error);
    g_unlink (path);
    g_assert_false (mmfota_agent_token_keys_load (&keys, path, &error));
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
    g_rmdir (folder);
}

/*****************************************************************************/
/* The text */

/* Computed by another: echo -n "MMFOTA1 CHECK 1795000000 860000000000001" |
 * openssl dgst -sha256 -mac HMAC -macopt hexkey:0001…1F */
static void
test_known (void)
{
    g_auto(MmfotaAgentTokenKeys)  keys = { 0 };
    g_autofree gchar             *text = NULL;

    keys_of (&keys, COUNTED);
    text = mmfota_agent_token_make (&keys, IMEI, NOW, NULL);
    g_assert_cmpstr (text, ==, "MMFOTA1 CHECK 1795000000 48A2897039CA78DFBE0B");
    g_assert_null (mmfota_agent_token_make (&keys, "86000000000000", NOW, NULL));
    g_assert_null (mmfota_agent_token_make (&keys, IMEI "0", NOW, NULL));
    g_assert_null (mmfota_agent_token_make (&keys, "86000000000000x", NOW, NULL));
}

static void
test_round (void)
{
    g_auto(MmfotaAgentTokenKeys)  old = { 0 };
    g_auto(MmfotaAgentTokenKeys)  both = { 0 };
    g_auto(MmfotaAgentTokenKeys)  other = { 0 };
    g_autofree gchar             *text = NULL;
    g_autofree gchar             *loose = NULL;
    g_autofree gchar             *small = NULL;
    guint64                       counter = 0;
    guint                         i;

    keys_of (&old, ZEROS);
    keys_of (&both, COUNTED "\n" ZEROS);
    keys_of (&other, COUNTED);
    text = mmfota_agent_token_make (&old, IMEI, NOW, NULL);
    g_assert_cmpuint (strlen (text), <=, 160);
    for (i = 0; text[i]; i++)
        g_assert_true (g_ascii_isupper (text[i]) || g_ascii_isdigit (text[i]) || text[i] == ' ');
    g_assert_cmpint (mmfota_agent_token_verify (&old, IMEI, text, &counter), ==, MMFOTA_AGENT_TOKEN_AUTHENTIC);
    g_assert_cmpuint (counter, ==, NOW);
    g_assert_cmpint (mmfota_agent_token_verify (&both, IMEI, text, &counter), ==, MMFOTA_AGENT_TOKEN_AUTHENTIC);
    g_assert_cmpint (mmfota_agent_token_verify (&other, IMEI, text, &counter), ==, MMFOTA_AGENT_TOKEN_FORGED);
    g_assert_cmpint (mmfota_agent_token_verify (&old, ANOTHER, text, &counter), ==, MMFOTA_AGENT_TOKEN_FORGED);

    loose = g_strconcat (" ", text, "\r\n", NULL);
    g_assert_cmpint (mmfota_agent_token_verify (&old, IMEI, loose, &counter), ==, MMFOTA_AGENT_TOKEN_AUTHENTIC);
    small = g_strdup_printf ("MMFOTA1 CHECK 0%s", text + strlen ("MMFOTA1 CHECK "));
    g_assert_cmpint (mmfota_agent_token_verify (&old, IMEI, small, &counter), ==, MMFOTA_AGENT_TOKEN_FORGED);

    /* Each character counts */
    for (i = 0; text[i]; i++) {
        g_autofree gchar *changed = g_strdup (text);

        changed[i] = changed[i] == '7' ? '8' : '7';
        g_assert_cmpint (mmfota_agent_token_verify (&old, IMEI, changed, &counter), !=, MMFOTA_AGENT_TOKEN_AUTHENTIC);
        changed[i] = '\0';
        g_assert_cmpint (mmfota_agent_token_verify (&old, IMEI, changed, &counter), !=, MMFOTA_AGENT_TOKEN_AUTHENTIC);
    }
    g_assert_cmpint (mmfota_agent_token_verify (&old, IMEI, "Dear customer", &counter), ==, MMFOTA_AGENT_TOKEN_FOREIGN);
    g_assert_cmpint (mmfota_agent_token_verify (&old, IMEI, "", &counter), ==, MMFOTA_AGENT_TOKEN_FOREIGN);
    g_assert_cmpint (mmfota_agent_token_verify (&old, IMEI, NULL, &counter), ==, MMFOTA_AGENT_TOKEN_FOREIGN);
    g_assert_cmpint (mmfota_agent_token_verify (&old, IMEI, "MMFOTA1 UPGRADE http://x/", &counter), ==,
                     MMFOTA_AGENT_TOKEN_FORGED);
}

/* Without a key nothing is authentic, not even what was made with none */
static void
test_no_key (void)
{
    MmfotaAgentTokenKeys none = { 0 };
    guint64              counter;

    g_assert_null (mmfota_agent_token_make (&none, IMEI, NOW, NULL));
    g_assert_cmpint (mmfota_agent_token_verify (&none, IMEI, "MMFOTA1 CHECK 1795000000 00000000000000000000", &counter),
                     ==, MMFOTA_AGENT_TOKEN_FORGED);
}

/*****************************************************************************/
/* Whether it counts */

static void
test_judge (void)
{
    MmfotaAgentTokenMemory memory = { 0 };
    MmfotaAgentTokenMemory before;
    guint                  wait;

    g_assert_cmpint (mmfota_agent_token_judge (&memory, NOW, NOW, &wait), ==, MMFOTA_AGENT_TOKEN_ACCEPTED);
    g_assert_cmpuint (memory.counter, ==, NOW);
    before = memory;
    g_assert_cmpint (mmfota_agent_token_judge (&memory, NOW, NOW + 3600, &wait), ==, MMFOTA_AGENT_TOKEN_USED);
    g_assert_cmpint (mmfota_agent_token_judge (&memory, NOW - 1, NOW + 3600, &wait), ==, MMFOTA_AGENT_TOKEN_USED);
    g_assert_cmpint (mmfota_agent_token_judge (&memory, NOW + 2, NOW + 1, &wait), ==, MMFOTA_AGENT_TOKEN_TOO_SOON);
    g_assert_cmpuint (wait, ==, 599);
    g_assert_cmpint (mmfota_agent_token_judge (&memory, NOW + 601, NOW, &wait), ==, MMFOTA_AGENT_TOKEN_FUTURE);
    g_assert_cmpint (mmfota_agent_token_judge (&memory, NOW + 1, NOW + 7 * 86400 + 2, &wait), ==, MMFOTA_AGENT_TOKEN_OLD);
    g_assert_cmpmem (&memory, sizeof (memory), &before, sizeof (before));
    g_assert_cmpint (mmfota_agent_token_judge (&memory, NOW + 2, NOW + 600, &wait), ==, MMFOTA_AGENT_TOKEN_ACCEPTED);
    /* Exactly on the edges */
    g_assert_cmpint (mmfota_agent_token_judge (&memory, NOW + 1800, NOW + 1200, &wait), ==, MMFOTA_AGENT_TOKEN_ACCEPTED);
    g_assert_cmpint (mmfota_agent_token_judge (&memory, NOW + 1801, NOW + 1801 + 7 * 86400, &wait), ==,
                     MMFOTA_AGENT_TOKEN_ACCEPTED);
}

/* Twenty within any day that begins with the first, however many are sent */
static void
test_judge_day (void)
{
    MmfotaAgentTokenMemory memory = { 0 };
    guint                  n = 0;
    guint                  wait;
    gint64                 now;

    for (now = NOW; now < NOW + 86400; now += 60)
        n += mmfota_agent_token_judge (&memory, (guint64) now, now, &wait) == MMFOTA_AGENT_TOKEN_ACCEPTED;
    g_assert_cmpuint (n, ==, 20);
    g_assert_cmpuint (wait, ==, 60);
    g_assert_cmpint (mmfota_agent_token_judge (&memory, (guint64) now, now, &wait), ==, MMFOTA_AGENT_TOKEN_ACCEPTED);
    g_assert_cmpuint (memory.of_day, ==, 1);
}

static void
test_judge_clock (void)
{
    MmfotaAgentTokenMemory memory = { 0 };
    guint                  wait;

    /* Never set: a message from "the future" counts, and counts once */
    g_assert_cmpint (mmfota_agent_token_judge (&memory, NOW, 100, &wait), ==, MMFOTA_AGENT_TOKEN_ACCEPTED);
    g_assert_cmpint (mmfota_agent_token_judge (&memory, NOW, 5000, &wait), ==, MMFOTA_AGENT_TOKEN_USED);
    /* Set forth: nobody waits for long. Set back: nobody is locked out */
    g_assert_cmpint (mmfota_agent_token_judge (&memory, NOW + 1, NOW, &wait), ==, MMFOTA_AGENT_TOKEN_ACCEPTED);
    g_assert_cmpint (mmfota_agent_token_judge (&memory, NOW + 2, NOW - 3, &wait), ==, MMFOTA_AGENT_TOKEN_ACCEPTED);
    /* The largest that can be written */
    g_assert_cmpint (mmfota_agent_token_judge (&memory, G_GUINT64_CONSTANT (9999999999999999999), NOW + 5000, &wait), ==,
                     MMFOTA_AGENT_TOKEN_FUTURE);
}

static void
test_senders (void)
{
    static const gchar *const some[] = { "+86 138 1234 5678", "Operator", "112", NULL };
    static const gchar *const none[] = { NULL };
    static const struct {
        const gchar *number;
        gboolean     is;
    } cases[] = {
        { "+8613812345678", TRUE },
        { "008613812345678", TRUE },
        { "13812345678", TRUE },
        { "013812345678", TRUE },
        { "+8613812345679", FALSE },
        { "345678", FALSE },
        { "Operator", FALSE },
        { "112", FALSE },
        { "", FALSE },
        { NULL, FALSE },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_assert_cmpint (mmfota_agent_token_is_sender (some, cases[i].number), ==, cases[i].is);
        g_assert_true (mmfota_agent_token_is_sender (none, cases[i].number));
        g_assert_true (mmfota_agent_token_is_sender (NULL, cases[i].number));
    }
}

int
main (int    argc,
      char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/agent/token/keys", test_keys);
    g_test_add_func ("/agent/token/key-files", test_key_files);
    g_test_add_func ("/agent/token/known", test_known);
    g_test_add_func ("/agent/token/round", test_round);
    g_test_add_func ("/agent/token/no-key", test_no_key);
    g_test_add_func ("/agent/token/judge", test_judge);
    g_test_add_func ("/agent/token/judge-day", test_judge_day);
    g_test_add_func ("/agent/token/judge-clock", test_judge_clock);
    g_test_add_func ("/agent/token/senders", test_senders);
    return g_test_run ();
}

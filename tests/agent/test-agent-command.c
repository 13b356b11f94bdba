/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-agent-command.h"

#include <string.h>

/* 2026-11-27 12:00 */
#define NOON G_GINT64_CONSTANT (1795780800)

static void
test_parse (void)
{
    static const struct {
        const gchar *text;
        const gchar *id;
        const gchar *message; /* NULL: taken */
    } table[] = {
        { "check", NULL, NULL },
        { " check\r\n", NULL, NULL },
        { "{\"command\":\"check\"}", NULL, NULL },
        { "{\"id\":\"2026-11-27.1:a_b\",\"command\":\"check\"}", "2026-11-27.1:a_b", NULL },
        { "", NULL, "unknown command ''" },
        { "Check", NULL, "unknown command 'Check': allowed are check and {" },
        { "upgrade", NULL, "unknown command 'upgrade'" },
        { "\"check\"", NULL, "unknown command" },
        { "[\"check\"]", NULL, "unknown command" },
        { "{\"command\":\"check\"", NULL, "unknown command" },
        { "{\"command\":\"upgrade\"}", NULL, "unknown command 'upgrade'" },
        { "{\"command\":[\"check\"]}", NULL, "unknown command ''" },
        { "{\"command\":null}", NULL, "unknown command ''" },
        { "{\"id\":\"a\"}", NULL, "unknown command ''" },
        { "{\"command\":\"check\",\"url\":\"http://192.0.2.1/\"}", NULL, "unknown member 'url'" },
        { "{\"command\":\"check\",\"id\":\"\"}", NULL, "an id that is none" },
        { "{\"command\":\"check\",\"id\":\"a;b\"}", NULL, "an id that is none (1 to 64 of A-Z a-z 0-9 . _ : -) 'a;b'" },
        { "{\"command\":\"check\",\"id\":true}", NULL, "an id that is none" },
        { "\x1b[31m", NULL, "unknown command '?[31m'" },
        { "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz", NULL, "'abcdefghijklmnopqrstuvwxyzabcdef'" },
        { "\xff", NULL, "no UTF-8" },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (table); i++) {
        g_autofree gchar  *id = NULL;
        g_autoptr(GError)  error = NULL;
        gboolean           taken = mmfota_agent_command_parse (table[i].text, strlen (table[i].text), &id, &error);

        g_test_message ("'%s'", table[i].text);
        g_assert_cmpstr (id, ==, table[i].id);
        g_assert_true (taken == (table[i].message == NULL));
        if (!taken) {
            g_test_message ("%s", error->message);
            g_assert_true (strstr (error->message, table[i].message) != NULL);
        }
    }
}

static void
test_sizes (void)
{
    g_autofree gchar  *text = g_strnfill (MMFOTA_AGENT_COMMAND_MAX + 1, ' ');
    g_autofree gchar  *id = NULL;
    g_autoptr(GError)  error = NULL;

    memcpy (text, "check", 5);
    g_assert_true (mmfota_agent_command_parse (text, MMFOTA_AGENT_COMMAND_MAX, &id, NULL));
    g_assert_false (mmfota_agent_command_parse (text, MMFOTA_AGENT_COMMAND_MAX + 1, &id, &error));
    g_assert_true (g_str_has_prefix (error->message, "1025 bytes: 1024 at most"));
    /* A NUL is no end */
    g_assert_false (mmfota_agent_command_parse ("check\0x", 7, &id, NULL));
}

static void
test_judge (void)
{
    g_autoptr(MmfotaAgentCommandMemory) memory = mmfota_agent_command_memory_new (NULL);
    gint64                              now = NOON;
    guint                               wait;
    guint                               i;

    for (i = 0; i < MMFOTA_AGENT_COMMAND_DAY_MAX; i++) {
        g_assert_cmpint (mmfota_agent_command_judge (memory, now, &wait), ==, MMFOTA_AGENT_COMMAND_ACCEPTED);
        g_assert_cmpint (mmfota_agent_command_judge (memory, now + 59, &wait), ==, MMFOTA_AGENT_COMMAND_TOO_SOON);
        g_assert_cmpuint (wait, ==, 1);
        now += 60;
    }
    g_assert_cmpint (mmfota_agent_command_judge (memory, now, &wait), ==, MMFOTA_AGENT_COMMAND_TOO_MANY);
    g_assert_cmpint (now + wait, ==, NOON + 86400);
    g_assert_cmpint (mmfota_agent_command_judge (memory, NOON + 86399, &wait), ==, MMFOTA_AGENT_COMMAND_TOO_MANY);
    g_assert_cmpint (mmfota_agent_command_judge (memory, NOON + 86400, &wait), ==, MMFOTA_AGENT_COMMAND_ACCEPTED);
    /* The clock is set back: what lies ahead does not count */
    g_assert_cmpint (mmfota_agent_command_judge (memory, NOON - 300 * 86400, &wait), ==, MMFOTA_AGENT_COMMAND_ACCEPTED);
}

static void
test_memory (void)
{
    g_autoptr(MmfotaAgentCommandMemory)  memory = mmfota_agent_command_memory_new ("");
    g_autoptr(MmfotaAgentCommandMemory)  again = NULL;
    g_autofree gchar                    *text = NULL;
    guint                                wait;
    guint                                i;

    mmfota_agent_command_judge (memory, NOON, &wait);
    for (i = 0; i < MMFOTA_AGENT_COMMAND_IDS + 8; i++) {
        g_autofree gchar *id = g_strdup_printf ("id-%u", i);

        g_assert_true (mmfota_agent_command_is_new (memory, id));
        mmfota_agent_command_remember (memory, id);
        mmfota_agent_command_remember (memory, id);
        g_assert_false (mmfota_agent_command_is_new (memory, id));
    }
    text = mmfota_agent_command_memory_to_text (memory);
    again = mmfota_agent_command_memory_new (text);
    g_assert_cmpint (again->accepted, ==, NOON);
    g_assert_cmpint (again->day, ==, NOON);
    g_assert_cmpuint (again->of_day, ==, 1);
    g_assert_cmpuint (again->ids->len, ==, MMFOTA_AGENT_COMMAND_IDS);
    g_assert_false (mmfota_agent_command_is_new (again, "id-39"));
    g_assert_false (mmfota_agent_command_is_new (again, "id-8"));
    g_assert_true (mmfota_agent_command_is_new (again, "id-7"));
}

static void
test_rubbish (void)
{
    static const gchar *const texts[] = {
        "x",
        "[commands]",
        "[commands]\nids=a b;\x01;;c",
        "[commands]\naccepted=-5\nday=many\nof-day=-1\n",
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (texts); i++) {
        g_autoptr(MmfotaAgentCommandMemory) memory = mmfota_agent_command_memory_new (texts[i]);
        guint                               wait;

        g_assert_cmpint (mmfota_agent_command_judge (memory, NOON, &wait), ==, MMFOTA_AGENT_COMMAND_ACCEPTED);
        g_assert_cmpuint (memory->of_day, ==, 1);
    }
}

int
main (int    argc,
      char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/agent/command/parse", test_parse);
    g_test_add_func ("/agent/command/sizes", test_sizes);
    g_test_add_func ("/agent/command/judge", test_judge);
    g_test_add_func ("/agent/command/memory", test_memory);
    g_test_add_func ("/agent/command/rubbish", test_rubbish);
    return g_test_run ();
}

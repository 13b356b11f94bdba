/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/* What a question reads like. */

#include <string.h>

#include "notify-message.h"

#define NOW G_GINT64_CONSTANT (1796000000) /* 2026-11-30 00:53:20 UTC */

typedef struct {
    const gchar *kind;
    const gchar *to;
    const gchar *description;
    const gchar *default_choice;
    guint64      default_at;
    guint        seconds_offline;
    const gchar *choices[5];
} Asked;

static MmfotaQuestion *
question_new (const Asked *asked)
{
    GVariantDict dict;

    g_variant_dict_init (&dict, NULL);
    g_variant_dict_insert (&dict, "id", "s", "q-1");
    g_variant_dict_insert (&dict, "kind", "s", asked->kind);
    g_variant_dict_insert (&dict, "device", "s", "867000000000000");
    g_variant_dict_insert (&dict, "from", "s", "1.2.5.0(SP1C02)");
    g_variant_dict_insert (&dict, "to", "s", asked->to ? asked->to : "1.3.0.0(SP1C02)");
    g_variant_dict_insert (&dict, "size", "t", G_GUINT64_CONSTANT (61900000));
    g_variant_dict_insert (&dict, "description", "s", asked->description ? asked->description : "");
    g_variant_dict_insert (&dict, "default", "s", asked->default_choice ? asked->default_choice : "");
    g_variant_dict_insert (&dict, "default-at", "t", asked->default_at);
    g_variant_dict_insert (&dict, "seconds-offline", "u", asked->seconds_offline);
    g_variant_dict_insert (&dict, "choices", "^as", asked->choices);
    return mmfota_question_new (g_variant_ref_sink (g_variant_dict_end (&dict)));
}

static NotifyMessage *
message_for (const Asked *asked,
             const gchar *remark)
{
    g_autoptr(MmfotaQuestion) question = question_new (asked);

    g_assert_nonnull (question);
    return notify_message_new (question, NOW, remark);
}

/*****************************************************************************/

static void
test_kinds (void)
{
    static const struct {
        Asked        asked;
        const gchar *summary;
        const gchar *body;
        const gchar *labels;
        gboolean     urgent;
    } table[] = {
        { { "upgrade", NULL, "Fixes roaming", "", 0, 600, { "now", "later", "skip" } },
          "New firmware for the modem",
          "From 1.2.5.0(SP1C02) to 1.3.0.0(SP1C02), 61.9 MB\n"
          "Modem 867000000000000\n"
          "Fixes roaming\n"
          "No mobile data for about 10 minutes while it is installed\n"
          "Without an answer nothing is installed\n"
          "In a terminal: mmfota --answer=now (now, later, skip)",
          "Install now, Later, Skip this version", FALSE },
        { { "download", NULL, NULL, "", 0, 0, { "now", "later", "skip" } },
          "New firmware for the modem",
          "From 1.2.5.0(SP1C02) to 1.3.0.0(SP1C02), 61.9 MB\n"
          "Modem 867000000000000\n"
          "Without an answer nothing is downloaded\n"
          "In a terminal: mmfota --answer=now (now, later, skip)",
          "Download now, Later, Skip this version", FALSE },
        { { "upgrade", NULL, NULL, "now", NOW + 14 * 86400, 61, { "now" } },
          "New firmware for the modem",
          "From 1.2.5.0(SP1C02) to 1.3.0.0(SP1C02), 61.9 MB\n"
          "Modem 867000000000000\n"
          "No mobile data for about 2 minutes while it is installed\n"
          "Without an answer it is installed at 2026-12-14 00:53\n"
          "In a terminal: mmfota --answer=now",
          "Install now", FALSE },
        { { "notice", NULL, NULL, "now", NOW + 600, 0, { "now", "cancel" } },
          "The modem gets new firmware at 01:03",
          "From 1.2.5.0(SP1C02) to 1.3.0.0(SP1C02), 61.9 MB\n"
          "Modem 867000000000000\n"
          "Without an answer it is installed then\n"
          "In a terminal: mmfota --answer=now (now, cancel)",
          "Install now, Not now", TRUE },
        /* Of a later release: nothing is promised that is not known */
        { { "riddle", NULL, NULL, "sing", NOW, 0, { "sing", "later" } },
          "New firmware for the modem",
          "From 1.2.5.0(SP1C02) to 1.3.0.0(SP1C02), 61.9 MB\n"
          "Modem 867000000000000\n"
          "Without an answer, at 00:53: sing\n"
          "In a terminal: mmfota --answer=later",
          "Later", FALSE },
        { { "upgrade", NULL, NULL, "later", NOW, 0, { NULL } },
          "New firmware for the modem",
          "From 1.2.5.0(SP1C02) to 1.3.0.0(SP1C02), 61.9 MB\n"
          "Modem 867000000000000\n"
          "Without an answer you are asked again at 00:53",
          "", FALSE },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (table); i++) {
        g_autoptr(NotifyMessage) message = message_for (&table[i].asked, NULL);
        g_autoptr(GString)       labels = g_string_new (NULL);
        guint                    j;

        for (j = 0; message->choices[j]; j += 2)
            g_string_append_printf (labels, "%s%s", j ? ", " : "", message->choices[j + 1]);
        g_assert_cmpstr (message->summary, ==, table[i].summary);
        g_assert_cmpstr (message->body, ==, table[i].body);
        g_assert_cmpstr (labels->str, ==, table[i].labels);
        g_assert_cmpint (message->urgent, ==, table[i].urgent);
    }
}

/* What the server of the firmware says can neither steer nor flood. */
static void
test_hostile (void)
{
    g_autofree gchar         *flood = g_strnfill (1000000, 'x');
    const Asked               asked = { "upgrade", "1\n2\x1b[2J", flood, "now", G_MAXUINT64, 0, { "now", "<b>" } };
    const Asked               bytes = { "upgrade", "\xe2\x80\xae" "1", "a\nb\tc", "", 0, 0, { "now" } };
    g_autoptr(NotifyMessage)  message = message_for (&asked, "no\nway");
    g_autoptr(NotifyMessage)  other = message_for (&bytes, NULL);

    g_assert_true (g_str_has_prefix (message->body, "no way\nFrom 1.2.5.0(SP1C02) to 1 2?[2J, 61.9 MB\n"));
    g_assert_nonnull (strstr (message->body, "xxx…\n"));
    g_assert_nonnull (strstr (message->body, "at --\n"));
    g_assert_cmpuint (strlen (message->body), <, 600);
    g_assert_null (strstr (message->body, "<b>"));
    g_assert_nonnull (strstr (other->body, " to ?1, "));
    g_assert_nonnull (strstr (other->body, "\na b c\n"));
}

static void
test_equal (void)
{
    const Asked              asked = { "notice", NULL, NULL, "now", NOW + 600, 0, { "now", "cancel" } };
    const Asked              moved = { "notice", NULL, NULL, "now", NOW + 660, 0, { "now", "cancel" } };
    const Asked              fewer = { "notice", NULL, NULL, "now", NOW + 600, 0, { "now" } };
    g_autoptr(NotifyMessage) message = message_for (&asked, NULL);
    g_autoptr(NotifyMessage) same = message_for (&asked, NULL);
    g_autoptr(NotifyMessage) later = message_for (&moved, NULL);
    g_autoptr(NotifyMessage) less = message_for (&fewer, NULL);

    g_assert_true (notify_message_equal (message, same));
    g_assert_false (notify_message_equal (message, later));
    g_assert_false (notify_message_equal (message, less));
}

static void
test_about (void)
{
    static const struct {
        guint        seconds;
        const gchar *text;
    } table[] = {
        { 1, "a minute" }, { 59, "a minute" }, { 60, "1 minute" }, { 61, "2 minutes" }, { 600, "10 minutes" },
        { G_MAXUINT, "71582789 minutes" },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (table); i++) {
        g_autofree gchar *text = notify_message_about (table[i].seconds);

        g_assert_cmpstr (text, ==, table[i].text);
    }
}

/* Nothing that could be answered: no question. */
static void
test_none (void)
{
    g_autoptr(GVariant) empty = g_variant_ref_sink (g_variant_new ("a{sv}", NULL));
    g_autoptr(GVariant) other = g_variant_ref_sink (g_variant_new_string ("id"));
    g_autoptr(GVariant) wrong = g_variant_ref_sink (g_variant_new_parsed ("{'id': <uint32 7>}"));

    g_assert_null (mmfota_question_new (NULL));
    g_assert_null (mmfota_question_new (empty));
    g_assert_null (mmfota_question_new (other));
    g_assert_null (mmfota_question_new (wrong));
}

gint
main (gint    argc,
      gchar **argv)
{
    g_setenv ("TZ", "UTC", TRUE);
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/notify/message/kinds", test_kinds);
    g_test_add_func ("/notify/message/hostile", test_hostile);
    g_test_add_func ("/notify/message/equal", test_equal);
    g_test_add_func ("/notify/message/about", test_about);
    g_test_add_func ("/notify/message/none", test_none);
    return g_test_run ();
}

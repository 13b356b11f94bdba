/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-agent-retry.h"

#include <string.h>

#include "mm-tdtech-fota-enums.h"

static const gchar *xml_path;

#define FOTA(name) MM_TDTECH_FOTA_DBUS_ERROR_PREFIX name
#define CORE(name) "org.freedesktop.ModemManager1.Error.Core." name

/* What becomes of each error that the contract names, without a code */
static const struct {
    const gchar      *name;
    MmfotaAgentClass  class;
} contract[] = {
    { FOTA ("ServerUnreachable"), MMFOTA_AGENT_CLASS_TRANSIENT },
    { FOTA ("FilesUnavailable"), MMFOTA_AGENT_CLASS_SERVER },
    { FOTA ("QueryFailed"), MMFOTA_AGENT_CLASS_TRANSIENT },
    { FOTA ("SilentlyEnded"), MMFOTA_AGENT_CLASS_TRANSIENT },
    { FOTA ("DownloadFailed"), MMFOTA_AGENT_CLASS_TRANSIENT },
    { FOTA ("DownloadSuspended"), MMFOTA_AGENT_CLASS_TRANSIENT },
    { FOTA ("OtherVersionOffered"), MMFOTA_AGENT_CLASS_OTHER },
    { FOTA ("ConditionsNotMet"), MMFOTA_AGENT_CLASS_CONDITION },
    { FOTA ("Refused"), MMFOTA_AGENT_CLASS_TRANSIENT },
    { FOTA ("UpgradeFailed"), MMFOTA_AGENT_CLASS_TRANSIENT },
    { FOTA ("VersionUnchanged"), MMFOTA_AGENT_CLASS_FOR_GOOD },
    { FOTA ("OtherVersionInstalled"), MMFOTA_AGENT_CLASS_FOR_GOOD },
    { FOTA ("DeviceLost"), MMFOTA_AGENT_CLASS_AWAY },
    { CORE ("InvalidArgs"), MMFOTA_AGENT_CLASS_SERVER },
    { CORE ("Unauthorized"), MMFOTA_AGENT_CLASS_SERVER },
    { CORE ("WrongState"), MMFOTA_AGENT_CLASS_TRANSIENT },
    { CORE ("InProgress"), MMFOTA_AGENT_CLASS_CONDITION },
    { CORE ("Retry"), MMFOTA_AGENT_CLASS_CONDITION },
    { CORE ("Timeout"), MMFOTA_AGENT_CLASS_TRANSIENT },
    { CORE ("Aborted"), MMFOTA_AGENT_CLASS_TRANSIENT },
    { CORE ("Cancelled"), MMFOTA_AGENT_CLASS_PERSON },
    { CORE ("Failed"), MMFOTA_AGENT_CLASS_TRANSIENT },
};

static void
check_class (const gchar *name)
{
    guint i;

    g_test_message ("%s", name);
    for (i = 0; i < G_N_ELEMENTS (contract) && !g_str_equal (contract[i].name, name); i++)
        ;
    g_assert_cmpuint (i, <, G_N_ELEMENTS (contract));
    g_assert_cmpint (mmfota_agent_retry_classify (name, 0), ==, contract[i].class);
}

/* A new error in the contract must be put into the table above, and its class be thought of. */
static void
test_contract (void)
{
    g_autofree gchar      *xml = NULL;
    g_autofree gchar      *list = NULL;
    g_autoptr(GRegex)      names = g_regex_new ("\\b[A-Z][A-Za-z]+\\b", 0, 0, NULL);
    g_autoptr(GRegex)      any = g_regex_new ("Error\\.(?:Fota|Core)\\.([A-Z]\\w+)", 0, 0, NULL);
    g_autoptr(GMatchInfo)  match = NULL;
    const gchar           *begin;
    guint                  n = 0;

    g_assert_true (g_file_get_contents (xml_path, &xml, NULL, NULL));

    begin = strstr (xml, MM_TDTECH_FOTA_DBUS_ERROR_PREFIX "ServerUnreachable");
    g_assert_nonnull (begin);
    begin += strlen (MM_TDTECH_FOTA_DBUS_ERROR_PREFIX);
    list = g_strndup (begin, (gsize) (strstr (begin, ". Messages") - begin));
    for (g_regex_match (names, list, 0, &match); g_match_info_matches (match); g_match_info_next (match, NULL)) {
        g_autofree gchar *word = g_match_info_fetch (match, 0);
        g_autofree gchar *name = g_strconcat (FOTA (""), word, NULL);

        check_class (name);
        n++;
    }
    g_assert_cmpuint (n, >=, 13);
    g_clear_pointer (&match, g_match_info_unref);

    /* ModemManager's own, as the same paragraph lists them */
    begin = strstr (xml, "org.freedesktop.ModemManager1.Error.Core.*:");
    g_assert_nonnull (begin);
    g_clear_pointer (&list, g_free);
    begin += strlen ("org.freedesktop.ModemManager1.Error.Core.*:");
    list = g_strndup (begin, (gsize) (strstr (begin, "the\n") - begin));
    for (n = 0, g_regex_match (names, list, 0, &match); g_match_info_matches (match); g_match_info_next (match, NULL)) {
        g_autofree gchar *word = g_match_info_fetch (match, 0);
        g_autofree gchar *name = g_strconcat (CORE (""), word, NULL);

        check_class (name);
        n++;
    }
    g_assert_cmpuint (n, >=, 8);
    g_clear_pointer (&match, g_match_info_unref);
}

static void
test_classes (void)
{
    static const struct {
        const gchar      *name;
        guint             code;
        MmfotaAgentClass  class;
    } table[] = {
        { FOTA ("ServerUnreachable"), 13, MMFOTA_AGENT_CLASS_TRANSIENT },
        { FOTA ("FilesUnavailable"), 51, MMFOTA_AGENT_CLASS_SERVER },
        { FOTA ("DownloadFailed"), 20, MMFOTA_AGENT_CLASS_TRANSIENT },
        { FOTA ("DownloadFailed"), 52, MMFOTA_AGENT_CLASS_SERVER },
        { FOTA ("UpgradeFailed"), 70, MMFOTA_AGENT_CLASS_TRANSIENT },
        { FOTA ("UpgradeFailed"), 107, MMFOTA_AGENT_CLASS_TRANSIENT },
        { FOTA ("UpgradeFailed"), 108, MMFOTA_AGENT_CLASS_FOR_GOOD },
        { FOTA ("UpgradeFailed"), 112, MMFOTA_AGENT_CLASS_FOR_GOOD },
        { FOTA ("UpgradeFailed"), 113, MMFOTA_AGENT_CLASS_TRANSIENT },
        { FOTA ("VersionUnchanged"), 0, MMFOTA_AGENT_CLASS_FOR_GOOD },
        { FOTA ("OtherVersionInstalled"), 0, MMFOTA_AGENT_CLASS_FOR_GOOD },
        { MMFOTA_AGENT_ERROR_SIGNATURE, 0, MMFOTA_AGENT_CLASS_FOR_GOOD },
        { "org.freedesktop.DBus.Error.NoReply", 0, MMFOTA_AGENT_CLASS_TRANSIENT },
        { "", 0, MMFOTA_AGENT_CLASS_TRANSIENT },
        { NULL, 0, MMFOTA_AGENT_CLASS_TRANSIENT },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (table); i++) {
        g_test_message ("%s %u", table[i].name, table[i].code);
        g_assert_cmpint (mmfota_agent_retry_classify (table[i].name, table[i].code), ==, table[i].class);
    }
}

/* Anything up to the whole wait, which doubles up to its limit */
static void
test_waits (void)
{
    MmfotaAgentBackoff backoff = { 900, 2, 86400, 8 };
    MmfotaAgentBackoff steady = { 60, 1, 60, 0 };
    guint32            attempts;

    for (attempts = 1; attempts < 100; attempts++) {
        guint32 most = (guint32) MIN (900ull << MIN (attempts - 1, 20), 86400);
        guint32 longest = 0;
        guint32 shortest = G_MAXUINT32;
        guint   i;

        for (i = 0; i < 2000; i++) {
            guint32 wait = mmfota_agent_retry_wait (&backoff, attempts, MMFOTA_AGENT_CLASS_TRANSIENT, i * 2654435761u);

            longest = MAX (longest, wait);
            shortest = MIN (shortest, wait);
        }
        g_assert_cmpuint (longest, <=, most);
        g_assert_cmpuint (longest, >=, most / 10 * 9);
        g_assert_cmpuint (shortest, >=, 30);
        g_assert_cmpuint (shortest, <=, most / 10);
    }
    g_assert_cmpuint (mmfota_agent_retry_wait (&backoff, 1, MMFOTA_AGENT_CLASS_SERVER, 77), ==, 3600);
    g_assert_cmpuint (mmfota_agent_retry_wait (&backoff, G_MAXUINT32, MMFOTA_AGENT_CLASS_SERVER, G_MAXUINT32), <=, 86400);
    g_assert_cmpuint (mmfota_agent_retry_wait (&steady, 1000000000, MMFOTA_AGENT_CLASS_TRANSIENT, 0), ==, 30);
}

/* Of a server that does not answer: up to 5 s first, and never more than an hour */
static void
test_delays (void)
{
    guint failures;

    for (failures = 0; failures < 40; failures++) {
        guint most = failures < 10 ? MIN (5u << failures, 3600) : 3600;
        guint longest = 0;
        guint shortest = G_MAXUINT;
        guint i;

        for (i = 0; i < 2000; i++) {
            guint delay = mmfota_agent_retry_delay (failures);

            longest = MAX (longest, delay);
            shortest = MIN (shortest, delay);
        }
        g_assert_cmpuint (longest, <=, most);
        g_assert_cmpuint (longest, >=, most / 10 * 9);
        g_assert_cmpuint (shortest, >=, 1);
        g_assert_cmpuint (shortest, <=, MAX (most / 10, 1));
    }
}

int
main (int    argc,
      char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_assert_cmpint (argc, ==, 2);
    xml_path = argv[1];

    g_test_add_func ("/agent/retry/contract", test_contract);
    g_test_add_func ("/agent/retry/classes", test_classes);
    g_test_add_func ("/agent/retry/waits", test_waits);
    g_test_add_func ("/agent/retry/delays", test_delays);

    return g_test_run ();
}

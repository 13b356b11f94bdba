/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mm-tdtech-fota-text.h"

#include <string.h>

/*****************************************************************************/
/* Names of errors */

static void
test_error_names (void)
{
    guint i;

    for (i = MM_TDTECH_FOTA_ERROR_NONE + 1; i < MM_TDTECH_FOTA_ERROR_LAST; i++) {
        const gchar *name = mm_tdtech_fota_error_get_name ((MMTdtechFotaError) i);

        g_assert_true (g_str_has_prefix (name, "com.td_tech.ModemManager1.Error.Fota.") ||
                       g_str_has_prefix (name, "org.freedesktop.ModemManager1.Error.Core."));
        g_assert_cmpint ((gint) mm_tdtech_fota_error_from_name (name), ==, (gint) i);
    }
    g_assert_cmpstr (mm_tdtech_fota_error_get_name (MM_TDTECH_FOTA_ERROR_NONE), ==, "");
    g_assert_cmpint (mm_tdtech_fota_error_from_name ("com.example.Other"), ==, MM_TDTECH_FOTA_ERROR_NONE);
    g_assert_cmpint (mm_tdtech_fota_error_from_name (NULL), ==, MM_TDTECH_FOTA_ERROR_NONE);
}

/*****************************************************************************/
/* Texts: what happened, and what to do */

typedef struct {
    MMTdtechFotaError  error;
    gint               module_state;
    guint              module_code;
    guint              blockers;
    const gchar       *words[3];
} TextTest;

static const TextTest text_tests[] = {
    { MM_TDTECH_FOTA_ERROR_SERVER_UNREACHABLE, 13, 13, 0, { "13,13", "could not be reached", "network" } },
    { MM_TDTECH_FOTA_ERROR_FILES_UNAVAILABLE,  13, 51, 0, { "13,51", "files", "URL" } },
    { MM_TDTECH_FOTA_ERROR_QUERY_FAILED,       13,  5, 0, { "13,5", "system" } },
    { MM_TDTECH_FOTA_ERROR_QUERY_FAILED,       30,  0, 0, { "did not report which version" } },
    { MM_TDTECH_FOTA_ERROR_SILENTLY_ENDED,     10,  0, 0, { "without saying why", "check network" } },
    { MM_TDTECH_FOTA_ERROR_DOWNLOAD_FAILED,    20, 52, 0, { "20,52", "MD5" } },
    { MM_TDTECH_FOTA_ERROR_DOWNLOAD_SUSPENDED, 31,  0, 0, { "suspended", "31" } },
    { MM_TDTECH_FOTA_ERROR_UPGRADE_FAILED,     70,  0, 0, { "state 70", "could not upgrade" } },
    { MM_TDTECH_FOTA_ERROR_UPGRADE_FAILED,     80, 107, 0, { "80,107", "CRC" } },
    { MM_TDTECH_FOTA_ERROR_VERSION_UNCHANGED,  10,  0, 0, { "1.2.5.0(SP1C02)", "signature" } },
    { MM_TDTECH_FOTA_ERROR_OTHER_VERSION_INSTALLED, 10, 0, 0, { "1.2.5.0(SP1C02)", "1.3.0.0(SP1C02)" } },
    { MM_TDTECH_FOTA_ERROR_OTHER_VERSION_OFFERED, 12, 0, 0, { "1.4.0.0", "expect-version" } },
    { MM_TDTECH_FOTA_ERROR_CONDITIONS_NOT_MET, 40,  0, MM_TDTECH_FOTA_BLOCKER_CALL, { "a call is up", "hang-up-calls" } },
    { MM_TDTECH_FOTA_ERROR_CONDITIONS_NOT_MET, 40,  0, MM_TDTECH_FOTA_BLOCKER_DATA | MM_TDTECH_FOTA_BLOCKER_REFUSED,
      { "data session", "; ", "refused" } },
    { MM_TDTECH_FOTA_ERROR_CONDITIONS_NOT_MET, 10,  0, MM_TDTECH_FOTA_BLOCKER_ROAMING, { "allow-roaming" } },
    { MM_TDTECH_FOTA_ERROR_CONDITIONS_NOT_MET, 10,  0, MM_TDTECH_FOTA_BLOCKER_NOT_REGISTERED, { "not registered" } },
    { MM_TDTECH_FOTA_ERROR_CONDITIONS_NOT_MET, 40,  0, MM_TDTECH_FOTA_BLOCKER_AUTO_DIAL, { "auto-dial" } },
    { MM_TDTECH_FOTA_ERROR_WRONG_STATE,        31,  0, 0, { "suspended", "Resume", "Cancel" } },
    { MM_TDTECH_FOTA_ERROR_WRONG_STATE,        40,  0, 0, { "downloaded", "Upgrade", "Cancel" } },
    { MM_TDTECH_FOTA_ERROR_WRONG_STATE,        30,  0, 0, { "downloading", "Cancel" } },
    { MM_TDTECH_FOTA_ERROR_WRONG_STATE,        11,  0, 0, { "querying" } },
    { MM_TDTECH_FOTA_ERROR_WRONG_STATE,        12,  0, 0, { "Download" } },
    { MM_TDTECH_FOTA_ERROR_WRONG_STATE,        50,  0, 0, { "upgrading" } },
    { MM_TDTECH_FOTA_ERROR_WRONG_STATE,        10,  0, 0, { "Check or Download" } },
    { MM_TDTECH_FOTA_ERROR_WRONG_STATE,        -1,  0, 0, { "try again" } },
    { MM_TDTECH_FOTA_ERROR_IN_PROGRESS,        11,  0, 0, { "Check", "transaction abc" } },
};

static void
test_texts (void)
{
    guint i;
    guint j;

    for (i = 0; i < G_N_ELEMENTS (text_tests); i++) {
        const TextTest      *test = &text_tests[i];
        MMTdtechFotaMachine  machine = {
            .kept.verb            = MM_TDTECH_FOTA_VERB_CHECK,
            .module_state         = test->module_state,
            .module_code          = test->module_code,
            .blockers             = test->blockers,
            .version              = (gchar *) "1.2.5.0(SP1C02)",
            .kept.package_version = (gchar *) "1.3.0.0(SP1C02)",
            .kept.offer_version   = (gchar *) "1.4.0.0",
        };
        g_autofree gchar    *text = mm_tdtech_fota_text_for_error (&machine, test->error, "abc");

        for (j = 0; j < G_N_ELEMENTS (test->words) && test->words[j]; j++) {
            if (!strstr (text, test->words[j]))
                g_error ("no \"%s\" in \"%s\"", test->words[j], text);
        }
    }
}

/* What the flow is at, why an error came, and what the module said of it */
typedef struct {
    MMTdtechFotaError  error;
    MMTdtechFotaPhase  phase;
    gint               module_state;
    guint              flashes;
    MMTdtechFotaCause  cause;
    const gchar       *detail;
    const gchar       *words[3];
} CauseTest;

#define PHASE(name) MM_TDTECH_FOTA_PHASE_##name
#define CAUSE(name) MM_TDTECH_FOTA_CAUSE_##name

static const CauseTest cause_tests[] = {
    { MM_TDTECH_FOTA_ERROR_WRONG_STATE, PHASE (FLASH_ACCEPTED),     40, 1, CAUSE (NONE), NULL, { "told to upgrade", "can no longer be stopped" } },
    { MM_TDTECH_FOTA_ERROR_WRONG_STATE, PHASE (FLASH),     40, 0, CAUSE (NONE), NULL, { "told to upgrade", "can no longer be stopped" } },
    { MM_TDTECH_FOTA_ERROR_WRONG_STATE, PHASE (REFUSED),   40, 1, CAUSE (NONE), NULL, { "can no longer be stopped" } },
    { MM_TDTECH_FOTA_ERROR_WRONG_STATE, PHASE (UPGRADING), 50, 1, CAUSE (NONE), NULL, { "is upgrading", "can no longer be stopped" } },
    { MM_TDTECH_FOTA_ERROR_WRONG_STATE, PHASE (VERIFY),    10, 1, CAUSE (NONE), NULL, { "version is compared", "can no longer be stopped" } },
    { MM_TDTECH_FOTA_ERROR_WRONG_STATE, PHASE (VERIFY),    -1, 1, CAUSE (NONE), NULL, { "version is compared", "can no longer be stopped" } },
    { MM_TDTECH_FOTA_ERROR_WRONG_STATE, PHASE (RESTORE),   10, 1, CAUSE (NONE), NULL, { "being restored", "wait" } },
    { MM_TDTECH_FOTA_ERROR_WRONG_STATE, PHASE (STOP),      30, 0, CAUSE (NONE), NULL, { "being stopped", "wait" } },
    { MM_TDTECH_FOTA_ERROR_REFUSED, PHASE (REST), 10, 0, CAUSE (NONE), "SIM PIN required", { "(SIM PIN required)", "unlock the SIM" } },
    { MM_TDTECH_FOTA_ERROR_WRONG_STATE, PHASE (ENDING), 30, 0, CAUSE (NONE), NULL, { "being stopped", "wait" } },
    { MM_TDTECH_FOTA_ERROR_WRONG_STATE, PHASE (ENDING_POLL), 30, 0, CAUSE (NONE), NULL, { "being stopped", "wait" } },
    { MM_TDTECH_FOTA_ERROR_REFUSED, PHASE (REST), 10, 0, CAUSE (NONE), "SIM PUK required", { "(SIM PUK required)", "unlock the SIM" } },
    { MM_TDTECH_FOTA_ERROR_REFUSED, PHASE (REST), 10, 0, CAUSE (NONE), "SIM not inserted", { "(SIM not inserted)", "insert a SIM" } },
    { MM_TDTECH_FOTA_ERROR_REFUSED, PHASE (REST), 10, 0, CAUSE (NONE), "SIM busy", { "(SIM busy)", "in a moment" } },
    { MM_TDTECH_FOTA_ERROR_REFUSED, PHASE (REST), 10, 0, CAUSE (NONE), "Operation not supported", { "(Operation not supported)", "does not know" } },
    { MM_TDTECH_FOTA_ERROR_REFUSED, PHASE (REST), 10, 0, CAUSE (NONE), "The module answered 'Previous command is not complete'",
      { "Previous command is not complete", "busy", "try again" } },
    { MM_TDTECH_FOTA_ERROR_REFUSED, PHASE (REST), 10, 0, CAUSE (NONE), "The module answered 'FOTA is in collision state'",
      { "collision state", "data sessions" } },
    { MM_TDTECH_FOTA_ERROR_REFUSED, PHASE (REST), 10, 0, CAUSE (NONE), "Memory full", { "(Memory full)", "check that no call" } },
    { MM_TDTECH_FOTA_ERROR_REFUSED, PHASE (REST), 10, 0, CAUSE (NONE), "Unknown error", { "command: check that no call" } },
    { MM_TDTECH_FOTA_ERROR_REFUSED, PHASE (REST), 10, 0, CAUSE (NONE), NULL, { "command: check that no call" } },
    { MM_TDTECH_FOTA_ERROR_FAILED,  PHASE (REST), 40, 0, CAUSE (VERSION), NULL, { "did not report which version", "^VERSION?" } },
    { MM_TDTECH_FOTA_ERROR_FAILED,  PHASE (REST), 40, 0, CAUSE (RECORD), NULL, { "record", "can't be written", "nothing was flashed" } },
    { MM_TDTECH_FOTA_ERROR_FAILED,  PHASE (REST), 10, 0, CAUSE (BEFORE), NULL, { "what ran before" } },
    { MM_TDTECH_FOTA_ERROR_FAILED,  PHASE (REST), 10, 0, CAUSE (NONE), NULL, { "answer that can't be read" } },
    { MM_TDTECH_FOTA_ERROR_OTHER_VERSION_OFFERED, PHASE (REST), 10, 0, CAUSE (NOT_EXPECTED), "1.9", { "1.9", "expect-version" } },
    { MM_TDTECH_FOTA_ERROR_OTHER_VERSION_OFFERED, PHASE (REST), 10, 0, CAUSE (OLDER), "1.1", { "1.1", "older than what runs (1.2)" } },
    { MM_TDTECH_FOTA_ERROR_OTHER_VERSION_OFFERED, PHASE (REST), 10, 0, CAUSE (UNKNOWN_AGE), "x", { "whether version x is older", "can't be told" } },
    { MM_TDTECH_FOTA_ERROR_OTHER_VERSION_OFFERED, PHASE (REST), 10, 0, CAUSE (NOT_SUSPENDED), "1.9", { "1.9", "dropped" } },
    { MM_TDTECH_FOTA_ERROR_UPGRADE_FAILED, PHASE (RESTORE), 50, 1, CAUSE (NONE), NULL, { "for an hour", "50" } },
    { MM_TDTECH_FOTA_ERROR_DEVICE_LOST,    PHASE (RESTORE), 50, 1, CAUSE (NONE), NULL, { "did not answer for an hour" } },
};

static void
test_causes (void)
{
    guint i;
    guint j;

    for (i = 0; i < G_N_ELEMENTS (cause_tests); i++) {
        const CauseTest     *test = &cause_tests[i];
        MMTdtechFotaMachine  machine = {
            .phase        = test->phase,
            .kept.verb    = MM_TDTECH_FOTA_VERB_UPGRADE,
            .accepted     = TRUE,
            .module_state = test->module_state,
            .kept.flashes = test->flashes,
            .cause        = test->cause,
            .detail       = (gchar *) test->detail,
            .version      = (gchar *) "1.2",
        };
        g_autofree gchar    *text = mm_tdtech_fota_text_for_error (&machine, test->error, "abc");

        for (j = 0; j < G_N_ELEMENTS (test->words) && test->words[j]; j++) {
            if (!strstr (text, test->words[j]))
                g_error ("no \"%s\" in \"%s\"", test->words[j], text);
        }
    }
}

/* Nothing more is said than is known */
static void
test_whole_texts (void)
{
    static const struct {
        MMTdtechFotaError  error;
        gint               module_state;
        guint              module_code;
        guint              blockers;
        const gchar       *text;
    } rows[] = {
        { MM_TDTECH_FOTA_ERROR_CONDITIONS_NOT_MET, 40, 0, 0,
          "the conditions are not met: the module could not be asked" },
        { MM_TDTECH_FOTA_ERROR_CONDITIONS_NOT_MET, 40, 0, MM_TDTECH_FOTA_BLOCKER_CALL,
          "the conditions are not met: a call is up (hang-up-calls ends it)" },
        { MM_TDTECH_FOTA_ERROR_CONDITIONS_NOT_MET, 40, 0, MM_TDTECH_FOTA_BLOCKER_DATA | MM_TDTECH_FOTA_BLOCKER_REFUSED,
          "the conditions are not met: a data session could not be paused; the module refused to upgrade" },
        { MM_TDTECH_FOTA_ERROR_DOWNLOAD_FAILED, 20, 0, 0,
          "the download failed (state 20): The download failed: check the network and the module's storage." },
        /* A number that no document explains */
        { MM_TDTECH_FOTA_ERROR_DOWNLOAD_FAILED, 20, 53, 0,
          "the download failed (state 20,53): The download failed: check the network and the module's storage." },
        { MM_TDTECH_FOTA_ERROR_DOWNLOAD_FAILED, 20, 52, 0,
          "the download failed (state 20,52, MD5 mismatch): The download failed: check the network and the module's storage." },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (rows); i++) {
        MMTdtechFotaMachine  machine = {
            .phase        = MM_TDTECH_FOTA_PHASE_REST,
            .module_state = rows[i].module_state,
            .module_code  = rows[i].module_code,
            .blockers     = rows[i].blockers,
        };
        g_autofree gchar    *text = mm_tdtech_fota_text_for_error (&machine, rows[i].error, NULL);

        g_assert_cmpstr (text, ==, rows[i].text);
    }
}

/* An offer that Check found and the module won't forget (12 where ^FOTADL=0 is refused) */
static void
test_set_aside (void)
{
    gint set_aside;

    for (set_aside = FALSE; set_aside <= TRUE; set_aside++) {
        MMTdtechFotaMachine  machine = {
            .phase          = MM_TDTECH_FOTA_PHASE_REST,
            .module_state   = MM_TDTECH_FOTASTATE_AVAILABLE,
            .kept.set_aside = set_aside,
        };
        g_autofree gchar    *text = mm_tdtech_fota_text_for_error (&machine, MM_TDTECH_FOTA_ERROR_WRONG_STATE, NULL);

        g_assert_cmpint (strstr (text, "the same server") != NULL, ==, set_aside);
        g_assert_cmpint (strstr (text, "not downloaded") != NULL, ==, !set_aside);
    }
}

/* A machine that knows nothing has a text for everything */
static void
test_every_error_has_a_text (void)
{
    MMTdtechFotaMachine machine = { .module_state = MM_TDTECH_FOTASTATE_UNKNOWN };
    guint               i;

    for (i = MM_TDTECH_FOTA_ERROR_NONE + 1; i < MM_TDTECH_FOTA_ERROR_LAST; i++) {
        g_autofree gchar *text = mm_tdtech_fota_text_for_error (&machine, (MMTdtechFotaError) i, NULL);

        g_assert_cmpuint (strlen (text), >, 5);
        g_assert_null (strstr (text, "(null)"));
    }
}

static void
test_no_error (void)
{
    MMTdtechFotaMachine  machine = { .module_state = MM_TDTECH_FOTASTATE_UNKNOWN };
    g_autofree gchar    *text = mm_tdtech_fota_text_for_error (&machine, MM_TDTECH_FOTA_ERROR_NONE, NULL);

    g_assert_cmpstr (text, ==, "");
}

int
main (int    argc,
      char **argv)
{
    g_test_init (&argc, &argv, NULL);

    g_test_add_func ("/tdtech/fota/error/names", test_error_names);
    g_test_add_func ("/tdtech/fota/text/words", test_texts);
    g_test_add_func ("/tdtech/fota/text/causes", test_causes);
    g_test_add_func ("/tdtech/fota/text/whole", test_whole_texts);
    g_test_add_func ("/tdtech/fota/text/set-aside", test_set_aside);
    g_test_add_func ("/tdtech/fota/text/every", test_every_error_has_a_text);
    g_test_add_func ("/tdtech/fota/text/none", test_no_error);
    return g_test_run ();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/* What the policy makes of what an engine wants: it gives a URL and a version, and no leave (J1, J4) */

#include "mmfota-agent-policy.h"

#include "mm-tdtech-fota-enums.h"
#include "mmfota-agent-config.h"

/* 2026-11-27 12:00 UTC */
#define NOW  G_GINT64_CONSTANT (1795780800)
#define IMEI "860000000000001"
#define URL  "http://host/a/"

typedef struct {
    MmfotaAgentConfig     *config;
    MmfotaAgentMemory     *memory;
    MmfotaAgentAssignment  assignment;
    MmfotaAgentView        view;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
    const gchar *text = data ? data : "[policy]\nupgrade=auto\ntimezone=UTC\n";
    GError      *error = NULL;

    fixture->config = mmfota_agent_config_parse ("text", text, strlen (text), &error);
    g_assert_no_error (error);
    fixture->memory = mmfota_agent_memory_new (IMEI);
    fixture->assignment = (MmfotaAgentAssignment){ .id = "1", .url = URL, .version = "A" };
    fixture->view = (MmfotaAgentView){ .now = NOW, .present_for = 7200, .present = TRUE, .state = MM_TDTECH_FOTA_STATE_IDLE,
                                       .version = "0" };
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
    mmfota_agent_memory_free (fixture->memory);
    mmfota_agent_config_unref (fixture->config);
}

static MmfotaAgentDecision
decide (Fixture *fixture)
{
    return mmfota_agent_policy_decide (mmfota_agent_config_peek (fixture->config, IMEI), fixture->memory, &fixture->view);
}

static void
assign (Fixture     *fixture,
        const gchar *id)
{
    fixture->assignment.id = id;
    fixture->view.assignment = id ? &fixture->assignment : NULL;
    mmfota_agent_policy_assigned (fixture->memory, fixture->view.assignment);
}

static void
do_verb (Fixture         *fixture,
         MmfotaAgentVerb  verb,
         const gchar     *version,
         const gchar     *error)
{
    MmfotaAgentOutcome outcome = { .succeeded = !error, .error = error, .message = "", .version = version, .url = URL };

    mmfota_agent_policy_began (fixture->memory, verb, "t", 0);
    mmfota_agent_policy_ended (mmfota_agent_config_peek (fixture->config, IMEI), fixture->memory, &outcome, fixture->view.now, 0);
    if (error)
        return;
    if (verb == MMFOTA_AGENT_VERB_DOWNLOAD) {
        fixture->view.state = MM_TDTECH_FOTA_STATE_DOWNLOADED;
        fixture->view.held = fixture->memory->offered;
        fixture->view.held_url = URL;
    }
}

static void
expect (Fixture           *fixture,
        const gchar       *rule,
        MmfotaAgentAction  action)
{
    MmfotaAgentDecision decision = decide (fixture);

    g_assert_cmpstr (decision.rule, ==, rule);
    g_assert_cmpint (decision.action, ==, action);
    g_assert_true (decision.action != MMFOTA_AGENT_ACTION_NONE || decision.reason[0]);
}

static void
test_without_server (Fixture       *fixture,
                     gconstpointer  data)
{
    expect (fixture, "no_server", MMFOTA_AGENT_ACTION_NONE);
    assign (fixture, "1");
    expect (fixture, "check", MMFOTA_AGENT_ACTION_CHECK);
    do_verb (fixture, MMFOTA_AGENT_VERB_CHECK, "A", NULL);
    expect (fixture, "download", MMFOTA_AGENT_ACTION_DOWNLOAD);
    assign (fixture, NULL);
    expect (fixture, "no_server", MMFOTA_AGENT_ACTION_NONE);
}

/* Only the version that is wanted; and it is the engine that says when to look again */
static void
test_other_version (Fixture       *fixture,
                    gconstpointer  data)
{
    assign (fixture, "1");
    do_verb (fixture, MMFOTA_AGENT_VERB_CHECK, "B", NULL);
    expect (fixture, "other_offered", MMFOTA_AGENT_ACTION_NONE);
    g_assert_cmpint (decide (fixture).wake, ==, MMFOTA_AGENT_NEVER);
}

static void
test_recalled (Fixture       *fixture,
               gconstpointer  data)
{
    assign (fixture, "1");
    do_verb (fixture, MMFOTA_AGENT_VERB_CHECK, "A", NULL);
    do_verb (fixture, MMFOTA_AGENT_VERB_DOWNLOAD, "A", NULL);
    expect (fixture, "notice", MMFOTA_AGENT_ACTION_NOTICE);
    assign (fixture, NULL);
    expect (fixture, "recalled", MMFOTA_AGENT_ACTION_DISCARD);
    mmfota_agent_policy_discarded (mmfota_agent_config_peek (fixture->config, IMEI), fixture->memory, TRUE, NOW, 0);
    fixture->view.state = MM_TDTECH_FOTA_STATE_IDLE;
    fixture->view.held = fixture->view.held_url = NULL;
    expect (fixture, "no_server", MMFOTA_AGENT_ACTION_NONE);
}

/* The same folder: what is there is used. Another one's is not. */
static void
test_next_action (Fixture       *fixture,
                  gconstpointer  data)
{
    assign (fixture, "1");
    do_verb (fixture, MMFOTA_AGENT_VERB_CHECK, "A", NULL);
    do_verb (fixture, MMFOTA_AGENT_VERB_DOWNLOAD, "A", NULL);
    assign (fixture, "2");
    expect (fixture, "notice", MMFOTA_AGENT_ACTION_NOTICE);
    fixture->assignment.url = "http://host/b/";
    assign (fixture, "3");
    expect (fixture, "recalled", MMFOTA_AGENT_ACTION_DISCARD);
}

static void
test_holds (Fixture       *fixture,
            gconstpointer  data)
{
    fixture->assignment.hold_download = fixture->assignment.hold_upgrade = TRUE;
    assign (fixture, "1");
    do_verb (fixture, MMFOTA_AGENT_VERB_CHECK, "A", NULL);
    expect (fixture, "hold_download", MMFOTA_AGENT_ACTION_NONE);
    fixture->assignment.hold_download = FALSE;
    expect (fixture, "download", MMFOTA_AGENT_ACTION_DOWNLOAD);
    do_verb (fixture, MMFOTA_AGENT_VERB_DOWNLOAD, "A", NULL);
    expect (fixture, "hold_upgrade", MMFOTA_AGENT_ACTION_NONE);
    fixture->assignment.hold_upgrade = FALSE;
    expect (fixture, "notice", MMFOTA_AGENT_ACTION_NOTICE);
}

static void
test_download_only (Fixture       *fixture,
                    gconstpointer  data)
{
    fixture->assignment.hold_upgrade = fixture->assignment.download_only = TRUE;
    assign (fixture, "1");
    do_verb (fixture, MMFOTA_AGENT_VERB_CHECK, "A", NULL);
    do_verb (fixture, MMFOTA_AGENT_VERB_DOWNLOAD, "A", NULL);
    assign (fixture, NULL);
    expect (fixture, "recalled", MMFOTA_AGENT_ACTION_NONE);
    fixture->assignment.hold_upgrade = fixture->assignment.download_only = FALSE;
    assign (fixture, "2");
    expect (fixture, "notice", MMFOTA_AGENT_ACTION_NOTICE);
}

/* J4: a minute, and none that was configured shorter becomes longer; the window stays */
static void
test_forced (Fixture       *fixture,
             gconstpointer  data)
{
    fixture->assignment.forced = TRUE;
    assign (fixture, "1");
    do_verb (fixture, MMFOTA_AGENT_VERB_CHECK, "A", NULL);
    do_verb (fixture, MMFOTA_AGENT_VERB_DOWNLOAD, "A", NULL);
    expect (fixture, "notice", MMFOTA_AGENT_ACTION_NOTICE);
    g_assert_cmpint (decide (fixture).default_at, ==, NOW + 60);
    fixture->view.blockers = MM_TDTECH_FOTA_BLOCKER_CALL;
    mmfota_agent_policy_notice (fixture->memory, NOW + 60);
    fixture->view.now += 60;
    expect (fixture, "something_in_the_way", MMFOTA_AGENT_ACTION_NONE);
}

static void
test_forced_outside (Fixture       *fixture,
                     gconstpointer  data)
{
    fixture->assignment.forced = TRUE;
    assign (fixture, "1");
    do_verb (fixture, MMFOTA_AGENT_VERB_CHECK, "A", NULL);
    do_verb (fixture, MMFOTA_AGENT_VERB_DOWNLOAD, "A", NULL);
    expect (fixture, "notice", MMFOTA_AGENT_ACTION_NONE);
    g_assert_cmpint (decide (fixture).wake, ==, NOW + 3600 - 60);
}

/* A forced one asks all the same where a person is to be asked */
static void
test_forced_asks (Fixture       *fixture,
                  gconstpointer  data)
{
    fixture->assignment.forced = TRUE;
    assign (fixture, "1");
    do_verb (fixture, MMFOTA_AGENT_VERB_CHECK, "A", NULL);
    do_verb (fixture, MMFOTA_AGENT_VERB_DOWNLOAD, "A", NULL);
    expect (fixture, "ask_to_upgrade", MMFOTA_AGENT_ACTION_NONE);
}

static void
test_confirm (Fixture       *fixture,
              gconstpointer  data)
{
    fixture->assignment.confirm = TRUE;
    assign (fixture, "1");
    do_verb (fixture, MMFOTA_AGENT_VERB_CHECK, "A", NULL);
    expect (fixture, "confirm", MMFOTA_AGENT_ACTION_NONE);
    g_assert_cmpint (decide (fixture).question, ==, MMFOTA_AGENT_QUESTION_UPGRADE);
    g_assert_cmpint (decide (fixture).default_at, ==, 0);
    /* J3: in no time */
    mmfota_agent_policy_asked (fixture->memory, MMFOTA_AGENT_QUESTION_UPGRADE, NOW);
    fixture->view.now += 400 * 24 * 3600;
    expect (fixture, "confirm", MMFOTA_AGENT_ACTION_NONE);
    g_assert_false (decide (fixture).confirmed);
    g_assert_true (mmfota_agent_policy_answered (fixture->memory, MMFOTA_AGENT_QUESTION_UPGRADE, "skip", 0, fixture->view.now));
    expect (fixture, "skipped", MMFOTA_AGENT_ACTION_NONE);
    mmfota_agent_policy_nudged (fixture->memory, MMFOTA_AGENT_NUDGE_PERSON);
    do_verb (fixture, MMFOTA_AGENT_VERB_CHECK, "A", NULL);
    g_assert_true (mmfota_agent_policy_answered (fixture->memory, MMFOTA_AGENT_QUESTION_UPGRADE, "now", 0, fixture->view.now));
    g_assert_true (decide (fixture).confirmed);
    fixture->assignment.confirm = FALSE;
    expect (fixture, "download", MMFOTA_AGENT_ACTION_DOWNLOAD);
    do_verb (fixture, MMFOTA_AGENT_VERB_DOWNLOAD, "A", NULL);
    /* One answer is enough */
    expect (fixture, "upgrade", MMFOTA_AGENT_ACTION_UPGRADE);
}

/* J5: not the same action, but the next one */
static void
test_another_chance (Fixture       *fixture,
                     gconstpointer  data)
{
    assign (fixture, "1");
    do_verb (fixture, MMFOTA_AGENT_VERB_CHECK, "A", NULL);
    do_verb (fixture, MMFOTA_AGENT_VERB_DOWNLOAD, "A", NULL);
    do_verb (fixture, MMFOTA_AGENT_VERB_UPGRADE, "A", MM_TDTECH_FOTA_DBUS_ERROR_PREFIX "VersionUnchanged");
    fixture->view.state = MM_TDTECH_FOTA_STATE_IDLE;
    fixture->view.held = fixture->view.held_url = NULL;
    expect (fixture, "given_up", MMFOTA_AGENT_ACTION_NONE);
    g_assert_false (mmfota_agent_policy_assigned (fixture->memory, &fixture->assignment));
    expect (fixture, "given_up", MMFOTA_AGENT_ACTION_NONE);
    assign (fixture, "2");
    expect (fixture, "check", MMFOTA_AGENT_ACTION_CHECK);
}

int
main (int    argc,
      char **argv)
{
    static const struct {
        const gchar *name;
        const gchar *config;
        void (*test) (Fixture *, gconstpointer);
    } tests[] = {
        { "without-server", NULL, test_without_server },
        { "other-version", NULL, test_other_version },
        { "recalled", NULL, test_recalled },
        { "next-action", NULL, test_next_action },
        { "holds", NULL, test_holds },
        { "download-only", NULL, test_download_only },
        { "forced", NULL, test_forced },
        { "forced-outside", "[policy]\nupgrade=auto\ntimezone=UTC\nwindow=13:00/1h\n", test_forced_outside },
        { "forced-asks", "[policy]\ntimezone=UTC\n", test_forced_asks },
        { "confirm", "[policy]\ntimezone=UTC\n", test_confirm },
        { "another-chance", NULL, test_another_chance },
    };
    guint i;

    g_test_init (&argc, &argv, NULL);
    for (i = 0; i < G_N_ELEMENTS (tests); i++) {
        g_autofree gchar *path = g_strconcat ("/agent/assignment/", tests[i].name, NULL);

        g_test_add (path, Fixture, tests[i].config, set_up, tests[i].test, tear_down);
    }
    return g_test_run ();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <stdlib.h>
#include <string.h>

#include <gio/gio.h>

#include "flow-tools.h"
#include "mm-tdtech-fota-machine.h"

/*****************************************************************************/
/* A run is a script: what comes in, and what the machine makes of it.
 *
 * In:  start, restart, STATE → "read N [version]" and "line N[,code] [version]", "done [blocker]",
 *      "version V [build time]", "failed [fatal]", "silent", "timer", "deadline", "signal", "Cancel",
 *      or a verb with its options, "Download url expect=V"
 * Out: phase, effect, timer, and whatever else the step told */

typedef struct {
    const gchar *in;
    const gchar *out;
} Line;

typedef struct {
    const gchar *name;
    gint         state;    /* of the module in the beginning */
    const gchar *package;  /* that it holds */
    Line         lines[52];
} Script;

typedef struct {
    MMTdtechFotaMachine *m;
    guint                accepted;
    guint                finished;
    guint64              phases;   /* come to */
    MMTdtechFotaEffect   effect;   /* asked for last */
    MMTdtechFotaOutput   out;      /* of the last step */
    gboolean             data_paused;
} Run;

static const gchar *const effects[MM_TDTECH_FOTA_EFFECT_LAST] = {
    NULL, "?state", "?version", "?registration", "?conditions", "?use", "mode", "tls", "query", "pull", "stop",
    "?progress", "hang-up", "pause", "restore", "flash",
};

static const gchar *const events[] = {
    NULL, "CHECK-FAILED", "NO-UPDATE", "UPDATE-AVAILABLE", "DOWNLOAD-STARTED", "DOWNLOAD-SUSPENDED", "DOWNLOAD-SUCCEEDED",
    "DOWNLOAD-FAILED", "UPGRADE-SCHEDULED", "DATA-PAUSED", "DATA-RESTORED", "UPGRADE-STARTED", "UPGRADE-SUCCEEDED",
    "UPGRADE-FAILED", "CANCELLED",
};

static const gchar *const outcomes[] = { "none", "succeeded", "failed", "cancelled", "nothing-newer" };

static const gchar *
error_name (MMTdtechFotaError error)
{
    return strrchr (mm_tdtech_fota_error_get_name (error), '.') + 1;
}

static gchar *
describe (const MMTdtechFotaMachine *m,
          const MMTdtechFotaOutput  *out)
{
    GString *str = g_string_new (out->entered ? mm_tdtech_fota_phase_get_name (m->phase) : "-");
    guint    i;

    if (out->effect != MM_TDTECH_FOTA_EFFECT_NONE)
        g_string_append_printf (str, " %s", effects[out->effect]);
    if (out->timer == MM_TDTECH_FOTA_TIMER_PROGRESS)
        g_string_append (str, " progress");
    else if (out->timer)
        g_string_append_printf (str, " %ds", out->timer);
    if (out->start_deadline)
        g_string_append_printf (str, " deadline %us", out->start_deadline);
    if (out->answer_verb && out->verb_error == MM_TDTECH_FOTA_ERROR_NONE)
        g_string_append (str, " accepted");
    else if (out->answer_verb)
        g_string_append_printf (str, " refused %s", error_name (out->verb_error));
    if (out->answer_cancel && out->cancel_error == MM_TDTECH_FOTA_ERROR_NONE)
        g_string_append (str, " cancel");
    else if (out->answer_cancel)
        g_string_append_printf (str, " no cancel %s", error_name (out->cancel_error));
    if (out->adopt)
        g_string_append (str, " adopted");
    for (i = 0; i < out->n_events; i++)
        g_string_append_printf (str, " %s", events[out->events[i]]);
    if (out->progress_reset)
        g_string_append (str, " reset");
    if (out->result_from)
        g_string_append_printf (str, " from %s", m->result.from);
    if (out->finished || out->discarded) {
        g_string_append_printf (str, " = %s %s", mm_tdtech_fota_verb_get_name (m->result.verb), outcomes[m->result.outcome]);
        if (m->result.error != MM_TDTECH_FOTA_ERROR_NONE)
            g_string_append_printf (str, " %s", error_name (m->result.error));
        if (m->result.module_code)
            g_string_append_printf (str, " %u", m->result.module_code);
        if (m->result.to)
            g_string_append_printf (str, " to %s", m->result.to);
    }
    return g_string_free (str, FALSE);
}

/*****************************************************************************/
/* What is true of each phase that a run comes to */

static const gint module_states[] = { 10, 11, 12, 13, 14, 20, 30, 31, 40, 50, 70, 80, 90, 99, -1 };

static void
check_defined (const MMTdtechFotaMachine *m,
               MMTdtechFotaInputKind      kind)
{
    MMTdtechFotaFlowOptions options = { 0 };
    guint                   i;

    for (i = 0; i < G_N_ELEMENTS (module_states); i++) {
        MMTdtechFotastate state = { .state = module_states[i] };
        MMTdtechVersion   version = { 0 };
        MMTdtechFotaInput input = {
            .kind    = kind,
            .verb    = MM_TDTECH_FOTA_VERB_CHECK,
            .options = &options,
            .version = &version,
        };

        if (kind == MM_TDTECH_FOTA_INPUT_STATE_READ || kind == MM_TDTECH_FOTA_INPUT_STATE_LINE)
            input.state = &state;
        g_assert_true (flow_tools_is_defined (m, &input, NULL));
    }
}

static void
check_all_inputs (const MMTdtechFotaMachine *m,
                  MMTdtechFotaEffect         effect)
{
    static const MMTdtechFotaInputKind always[] = {
        MM_TDTECH_FOTA_INPUT_START, MM_TDTECH_FOTA_INPUT_VERB, MM_TDTECH_FOTA_INPUT_CANCEL,
        MM_TDTECH_FOTA_INPUT_STATE_LINE, MM_TDTECH_FOTA_INPUT_TIMER, MM_TDTECH_FOTA_INPUT_DEADLINE,
        MM_TDTECH_FOTA_INPUT_SIGNAL,
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (always); i++)
        check_defined (m, always[i]);
    if (effect == MM_TDTECH_FOTA_EFFECT_NONE)
        return;
    check_defined (m, effect == MM_TDTECH_FOTA_EFFECT_READ_STATE ?
                      MM_TDTECH_FOTA_INPUT_STATE_READ : MM_TDTECH_FOTA_INPUT_DONE);
    check_defined (m, MM_TDTECH_FOTA_INPUT_FAILED);
    check_defined (m, MM_TDTECH_FOTA_INPUT_SILENT);
}

/* I7, tried on a copy */
static void
check_cancel (const MMTdtechFotaMachine *m)
{
    g_autoptr(MMTdtechFotaMachine) copy = flow_tools_copy_machine (m);
    MMTdtechFotaInput              input = { .kind = MM_TDTECH_FOTA_INPUT_CANCEL };
    MMTdtechFotaOutput             out;

    mm_tdtech_fota_machine_step (copy, &input, &out);
    if (mm_tdtech_fota_machine_get_interruptible (m)) {
        g_assert_cmpint (out.cancel_error, ==, MM_TDTECH_FOTA_ERROR_NONE);
        /* The module may have to be asked before the answer is known */
        g_assert_true (out.answer_cancel || out.effect == MM_TDTECH_FOTA_EFFECT_STOP);
        return;
    }
    g_assert_true (out.answer_cancel);
    g_assert_cmpint (out.cancel_error, ==, MM_TDTECH_FOTA_ERROR_WRONG_STATE);
    g_assert_false (out.entered);
}

/* At rest nothing is left of a transaction: the next one begins as the first (I5) */
static void
check_rest (const MMTdtechFotaMachine *m,
            const MMTdtechFotaOutput  *out)
{
    g_assert_true (out->stop_deadline);
    g_assert_false (m->accepted);
    g_assert_false (m->cancelling);
    g_assert_false (m->time_over);
    g_assert_false (m->seen_query);
    g_assert_false (m->upgrade_begun);
    g_assert_false (m->flash_accepted);
    g_assert_cmpint (m->restored_stage, ==, MM_TDTECH_FOTA_STAGE_NONE);
    g_assert_cmpint (m->kept.verb, ==, MM_TDTECH_FOTA_VERB_NONE);
    g_assert_cmpint (m->kept.pending.outcome, ==, MM_TDTECH_FOTA_OUTCOME_NONE);
    g_assert_cmpint (m->kept.pending.error, ==, MM_TDTECH_FOTA_ERROR_NONE);
    g_assert_cmpuint (m->kept.pending.module_code, ==, 0);
    g_assert_cmpuint (m->kept.flashes, ==, 0);
    if (m->module_state == MM_TDTECH_FOTASTATE_IDLE)
        g_assert_null (m->kept.package_version);
    if (out->finished)
        g_assert_cmpuint (m->polls, ==, 0);
    /* Which version ran is missing in a result only if nobody knows */
    if (out->finished && m->from_is_missing)
        g_assert_null (m->version);
}

/* What the module told last is known; what it leaves out is not forgotten */
static void
check_known (const MMTdtechFotaMachine *m,
             const MMTdtechFotaInput   *input,
             MMTdtechFotaEffect         effect,
             gboolean                   had_revision)
{
    if (input->state && input->state->state == MM_TDTECH_FOTASTATE_AVAILABLE && input->state->version &&
        m->kept.offer_version)
        g_assert_cmpstr (m->kept.offer_description, ==, input->state->description);
    if (effect == MM_TDTECH_FOTA_EFFECT_READ_VERSION && input->revision)
        g_assert_cmpstr (m->revision, ==, input->revision);
    g_assert_true (m->revision || !had_revision);
}

/* What goes to the module is in the record before (I5) */
static void
check_stage (const MMTdtechFotaMachine *m,
             const MMTdtechFotaOutput  *out)
{
    MMTdtechFotaStage stage = mm_tdtech_fota_machine_get_stage (m);

    if (m->kept.verb == MM_TDTECH_FOTA_VERB_NONE && !mm_tdtech_fota_machine_is_early (m))
        g_assert_cmpint (stage, ==, MM_TDTECH_FOTA_STAGE_NONE);
    if (out->effect == MM_TDTECH_FOTA_EFFECT_QUERY)
        g_assert_cmpint (stage, ==, MM_TDTECH_FOTA_STAGE_QUERY);
    if (out->effect == MM_TDTECH_FOTA_EFFECT_FLASH)
        g_assert_cmpint (stage, ==, MM_TDTECH_FOTA_STAGE_FLASHING);
    g_assert_cmpint (mm_tdtech_fota_machine_is_resting (m), ==,
                     m->phase == MM_TDTECH_FOTA_PHASE_REST || m->phase == MM_TDTECH_FOTA_PHASE_REST_VERSION);
}

/* I3, I4: data is paused before ^FWUP, and not restored before the end */
static void
check_data (Run                      *run,
            const MMTdtechFotaOutput *out)
{
    if (out->effect == MM_TDTECH_FOTA_EFFECT_PAUSE_DATA)
        run->data_paused = TRUE;
    if (out->effect == MM_TDTECH_FOTA_EFFECT_RESTORE_DATA)
        run->data_paused = FALSE;
    if (run->m->phase == MM_TDTECH_FOTA_PHASE_FLASH || run->m->phase == MM_TDTECH_FOTA_PHASE_FLASH_ACCEPTED)
        g_assert_true (run->data_paused);
    if (run->m->phase == MM_TDTECH_FOTA_PHASE_REST)
        g_assert_false (run->data_paused);
}

static void
step (Run                     *run,
      const MMTdtechFotaInput *input,
      MMTdtechFotaOutput      *out)
{
    gboolean had_revision = run->m->revision != NULL;

    mm_tdtech_fota_machine_step (run->m, input, out);
    run->out = *out;
    check_known (run->m, input, run->effect, had_revision);
    check_stage (run->m, out);
    check_data (run, out);
    if (out->entered && run->m->phase == MM_TDTECH_FOTA_PHASE_REST)
        check_rest (run->m, out);
    run->phases |= G_GUINT64_CONSTANT (1) << run->m->phase;
    if ((out->answer_verb && out->verb_error == MM_TDTECH_FOTA_ERROR_NONE) || out->adopt)
        run->accepted++;
    if (out->finished)
        run->finished++;
    if (!out->entered)
        return;
    run->effect = out->effect;
    check_all_inputs (run->m, out->effect);
    check_cancel (run->m);
    g_assert_true (out->effect != MM_TDTECH_FOTA_EFFECT_NONE ||
                   out->timer != MM_TDTECH_FOTA_TIMER_NONE ||
                   run->m->phase == MM_TDTECH_FOTA_PHASE_REST);
}

/*****************************************************************************/
/* Reading a script */

static guint
blocker_from_name (const gchar *name)
{
    static const gchar *const names[] = { "not-registered", "roaming", "call", "data", "auto-dial" };
    guint                     i;

    for (i = 0; name && i < G_N_ELEMENTS (names); i++) {
        if (g_str_equal (name, names[i]))
            return 1u << i;
    }
    g_assert_null (name);
    return 0;
}

static void
read_option (MMTdtechFotaFlowOptions *options,
             const gchar             *word)
{
    const gchar *value = strchr (word, '=');

    if (g_str_equal (word, "url"))
        options->with_url = TRUE;
    else if (g_str_equal (word, "same"))
        options->with_url = options->same_server = TRUE;
    else if (g_str_equal (word, "https"))
        options->with_url = options->https = TRUE;
    else if (g_str_equal (word, "roaming"))
        options->allow_roaming = TRUE;
    else if (g_str_equal (word, "downgrade"))
        options->allow_downgrade = TRUE;
    else if (g_str_equal (word, "upgrade"))
        options->upgrade = TRUE;
    else if (g_str_equal (word, "hang-up"))
        options->hang_up_calls = TRUE;
    else if (g_str_has_prefix (word, "delay="))
        options->delay = (guint) atoi (value + 1);
    else if (g_str_has_prefix (word, "wait="))
        options->wait = (guint) atoi (value + 1);
    else if (g_str_has_prefix (word, "expect="))
        options->expect_version = (gchar *) value + 1;
    else
        g_assert_not_reached ();
}

static MMTdtechFotaInputKind
kind_from_name (const gchar *name)
{
    static const gchar *const names[MM_TDTECH_FOTA_INPUT_LAST] = {
        [MM_TDTECH_FOTA_INPUT_START]      = "start",
        [MM_TDTECH_FOTA_INPUT_CANCEL]     = "Cancel",
        [MM_TDTECH_FOTA_INPUT_STATE_READ] = "read",
        [MM_TDTECH_FOTA_INPUT_STATE_LINE] = "line",
        [MM_TDTECH_FOTA_INPUT_DONE]       = "done",
        [MM_TDTECH_FOTA_INPUT_FAILED]     = "failed",
        [MM_TDTECH_FOTA_INPUT_SILENT]     = "silent",
        [MM_TDTECH_FOTA_INPUT_TIMER]      = "timer",
        [MM_TDTECH_FOTA_INPUT_DEADLINE]   = "deadline",
        [MM_TDTECH_FOTA_INPUT_SIGNAL]     = "signal",
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (names); i++) {
        if (g_strcmp0 (name, names[i]) == 0)
            return (MMTdtechFotaInputKind) i;
    }
    return g_str_equal (name, "version") ? MM_TDTECH_FOTA_INPUT_DONE : MM_TDTECH_FOTA_INPUT_VERB;
}

static gchar *
step_line (Run         *run,
           const gchar *in)
{
    g_auto(GStrv)           words = g_strsplit (in, " ", -1);
    guint                   n = g_strv_length (words);
    MMTdtechFotaFlowOptions options = { .wait = 300 };
    MMTdtechFotastate       state = { 0 };
    MMTdtechVersion         version = { 0 };
    MMTdtechFotaInput       input = { .kind = kind_from_name (words[0]) };
    MMTdtechFotaOutput      out;
    guint                   i;

    switch ((gint) input.kind) {
    case MM_TDTECH_FOTA_INPUT_STATE_READ:
    case MM_TDTECH_FOTA_INPUT_STATE_LINE:
        state.state = atoi (words[1]);
        state.code = strchr (words[1], ',') ? (guint) atoi (strchr (words[1], ',') + 1) : 0;
        state.version = words[2];
        state.size = words[2] ? 1000 : 0;
        state.description = words[2] ? (gchar *) "what is new" : NULL;
        input.state = &state;
        break;
    case MM_TDTECH_FOTA_INPUT_VERB:
        input.verb = mm_tdtech_fota_verb_from_name (words[0]);
        g_assert_cmpint (input.verb, !=, MM_TDTECH_FOTA_VERB_NONE);
        input.options = &options;
        for (i = 1; i < n; i++)
            read_option (&options, words[i]);
        break;
    case MM_TDTECH_FOTA_INPUT_DONE:
        if (g_str_equal (words[0], "version")) {
            version.version = words[1];
            version.build_time = n > 2 ? words[2] : NULL;
            input.version = &version;
            input.revision = n > 2 ? "V200R001C20B025" : NULL;
        } else if (g_strcmp0 (words[1], "ask") == 0)
            input.ask_state = TRUE;
        else
            input.blockers = blocker_from_name (words[1]);
        break;
    case MM_TDTECH_FOTA_INPUT_FAILED:
        input.fatal = g_strcmp0 (words[1], "fatal") == 0;
        break;
    default:
        break;
    }
    step (run, &input, &out);
    return describe (run->m, &out);
}

/* With what a record keeps */
static void
restart (Run *run)
{
    MMTdtechFotaMachine *old = run->m;
    MMTdtechFotaMachine *m = mm_tdtech_fota_machine_new ();
    MMTdtechFotaStage    stage = mm_tdtech_fota_machine_get_stage (old);

    mm_tdtech_fota_machine_restore (m, stage, &old->kept);
    g_assert_cmpint (mm_tdtech_fota_machine_get_stage (m), ==, stage);
    mm_tdtech_fota_machine_free (old);
    run->m = m;
}

static void
run_begin (Run         *run,
           gint         state,
           const gchar *package)
{
    g_autofree gchar *read = g_strdup_printf ("read %d", state);
    const gchar      *lines[] = { "start", read, "version 1.2 second" };
    guint             i;

    *run = (Run) { .m = mm_tdtech_fota_machine_new () };
    for (i = 0; i < G_N_ELEMENTS (lines); i++)
        g_free (step_line (run, lines[i]));
    g_assert_cmpint (run->m->phase, ==, MM_TDTECH_FOTA_PHASE_REST);
    run->m->kept.package_version = g_strdup (package);
}

static guint64 phases_come_to;

static void
run_script (gconstpointer data)
{
    const Script *script = data;
    Run           run;
    guint         i;

    run_begin (&run, script->state, script->package);
    for (i = 0; script->lines[i].in; i++) {
        const Line       *line = &script->lines[i];
        g_autofree gchar *out = NULL;

        if (g_str_equal (line->in, "restart")) {
            restart (&run);
            continue;
        }
        out = step_line (&run, line->in);
        g_test_message ("%s: %s", line->in, out);
        g_assert_cmpstr (out, ==, line->out);
    }
    /* I5 */
    g_assert_cmpint (run.m->phase, ==, MM_TDTECH_FOTA_PHASE_REST);
    g_assert_cmpuint (run.finished, ==, run.accepted);
    phases_come_to |= run.phases;
    mm_tdtech_fota_machine_free (run.m);
}

/*****************************************************************************/

static const Script scripts[] = {
    { "check/newer", 10, NULL, {
        { "Check url",          "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "line 11",            "checking 30s" },
        { "line 12 1.3",        "rest UPDATE-AVAILABLE = Check succeeded to 1.3" },
    } },
    { "check/newer-https", 10, NULL, {
        { "Check https",        "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "tls tls" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "line 11",            "checking 30s" },
        { "line 12 1.3",        "rest UPDATE-AVAILABLE = Check succeeded to 1.3" },
    } },
    { "check/nothing-newer", 10, NULL, {
        { "Check url",          "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "line 11",            "checking 30s" },
        { "line 14",            "rest NO-UPDATE = Check nothing-newer" },
    } },
    { "check/unreachable", 10, NULL, {
        { "Check url",          "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "line 11",            "checking 30s" },
        { "line 13,13",         "rest CHECK-FAILED = Check failed ServerUnreachable 13" },
    } },
    { "check/unavailable", 10, NULL, {
        { "Check url",          "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "line 11",            "checking 30s" },
        { "line 13,51",         "rest CHECK-FAILED = Check failed FilesUnavailable 51" },
    } },
    { "check/other-code", 10, NULL, {
        { "Check url",          "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "line 11",            "checking 30s" },
        { "line 13,2",          "rest CHECK-FAILED = Check failed QueryFailed 2" },
    } },
    { "check/never-leaves-idle", 10, NULL, {
        { "Check url",          "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "timer",              "checking-poll ?state" },
        { "read 10",            "rest CHECK-FAILED = Check failed SilentlyEnded" },
    } },
    { "check/silent-after-query", 10, NULL, {
        { "Check url",          "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "line 11",            "checking 30s" },
        { "line 10",            "checking 10s" },
        { "timer",              "checking-poll ?state" },
        { "read 10",            "rest CHECK-FAILED = Check failed SilentlyEnded" },
    } },
    { "check/lines-lost", 10, NULL, {
        { "Check url",          "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "line 11",            "checking 30s" },
        { "timer",              "checking-poll ?state" },
        { "read 11",            "checking 30s" },
        { "timer",              "checking-poll ?state" },
        { "read 12 1.3",        "rest UPDATE-AVAILABLE = Check succeeded to 1.3" },
    } },
    { "check/line-cut", 10, NULL, {
        { "Check url",          "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "line 11",            "checking 30s" },
        { "line 12",            "checking-poll ?state" },
        { "read 12 1.3",        "rest UPDATE-AVAILABLE = Check succeeded to 1.3" },
    } },
    { "check/line-before-answer", 10, NULL, {
        { "Check url",          "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "line 11",            "-" },
        { "line 12 1.3",        "-" },
        { "done",               "rest accepted UPDATE-AVAILABLE = Check succeeded to 1.3" },
    } },
    { "check/downloads-all-the-same", 10, NULL, {
        { "Check url",          "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "line 11",            "checking 30s" },
        { "line 30",            "stop stop" },
        { "done",               "stopped ?state" },
        /* What it downloads was not told: asked once more */
        { "read 10",            "query query" },
        { "done",               "checking 60s" },
        { "line 30",            "stop stop" },
        { "done",               "stopped ?state" },
        { "read 10",            "rest CHECK-FAILED = Check failed QueryFailed 30" },
    } },
    { "check/downloads-after-it", 10, NULL, {
        { "Check url",          "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "line 11",            "checking 30s" },
        { "line 12 1.3",        "rest UPDATE-AVAILABLE = Check succeeded to 1.3" },
        { "line 30",            "stop stop" },
        { "done",               "stopped ?state" },
        { "read 10",            "rest" },
    } },
    { "check/clears-first", 13, NULL, {
        { "Check url",          "registration ?registration" },
        { "done",               "state ?state" },
        { "read 13,13",         "clear stop" },
        { "done",               "cleared ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "line 14",            "rest NO-UPDATE = Check nothing-newer" },
    } },
    { "check/cannot-clear", 13, NULL, {
        { "Check url",          "registration ?registration" },
        { "done",               "state ?state" },
        { "read 13,13",         "clear stop" },
        { "failed",             "cleared ?state" },
        { "read 13,13",         "rest refused WrongState" },
    } },
    { "check/not-registered", 10, NULL, {
        { "Check url",          "registration ?registration" },
        { "done not-registered", "rest refused ConditionsNotMet" },
    } },
    { "check/roaming", 10, NULL, {
        { "Check url",          "registration ?registration" },
        { "done roaming",       "rest refused ConditionsNotMet" },
        { "Check url roaming",  "registration ?registration" },
        { "done roaming",       "state ?state" },
        { "read 10",            "mode mode" },
        { "failed",             "rest refused Refused" },
    } },
    { "check/downloaded-already", 40, "1.3", {
        { "Check url",          "registration ?registration" },
        { "done",               "state ?state" },
        { "read 40",            "rest refused WrongState" },
    } },
    { "check/query-refused", 10, NULL, {
        { "Check url",          "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "failed",             "rest refused Refused" },
    } },
    { "check/query-unanswered", 10, NULL, {
        { "Check url",          "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "silent",             "query-unsure ?state" },
        { "read 11",            "checking 30s accepted" },
        { "line 14",            "rest NO-UPDATE = Check nothing-newer" },
    } },
    { "check/query-not-taken", 10, NULL, {
        { "Check url",          "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "silent",             "query-unsure ?state" },
        { "read 10",            "rest refused Timeout" },
    } },
    { "check/query-of-unknown-fate", 10, NULL, {
        { "Check url",          "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "silent",             "query-unsure ?state" },
        { "silent",             "checking 60s accepted" },
        { "restart", NULL },
        { "start",              "adopt-state ?state" },
        { "read 13,13",         "adopt-version ?version" },
        { "version 1.2 second", "rest CHECK-FAILED = Check failed ServerUnreachable 13" },
    } },
    { "check/never-ends", 10, NULL, {
        { "Check url",          "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "line 11",            "checking 30s" },
        { "timer",              "checking-poll ?state" },
        { "read 11",            "checking 30s" },
        { "timer",              "checking-poll ?state" },
        { "read 11",            "checking 30s" },
        { "timer",              "checking-poll ?state" },
        { "read 11",            "checking 30s" },
        { "timer",              "checking-poll ?state" },
        { "read 11",            "checking 30s" },
        { "timer",              "checking-poll ?state" },
        { "read 11",            "checking 30s" },
        { "timer",              "checking-poll ?state" },
        { "read 11",            "checking 30s" },
        { "timer",              "checking-poll ?state" },
        { "read 11",            "checking 30s" },
        { "timer",              "checking-poll ?state" },
        { "read 11",            "checking 30s" },
        { "timer",              "checking-poll ?state" },
        { "read 11",            "checking 30s" },
        { "timer",              "checking-poll ?state" },
        { "read 11",            "checking 30s" },
        { "timer",              "checking-poll ?state" },
        { "read 11",            "checking 30s" },
        { "timer",              "checking-poll ?state" },
        { "read 11",            "checking 30s" },
        { "timer",              "checking-poll ?state" },
        { "read 11",            "checking 30s" },
        { "timer",              "checking-poll ?state" },
        { "read 11",            "checking 30s" },
        { "timer",              "checking-poll ?state" },
        { "read 11",            "checking 30s" },
        { "timer",              "checking-poll ?state" },
        { "read 11",            "checking 30s" },
        { "timer",              "checking-poll ?state" },
        { "read 11",            "checking 30s" },
        { "timer",              "checking-poll ?state" },
        { "read 11",            "checking 30s" },
        { "timer",              "checking-poll ?state" },
        { "read 11",            "checking 30s" },
        { "timer",              "checking-poll ?state" },
        { "read 11",            "stop stop" },
        { "done",               "stopped ?state" },
        { "read 11",            "ending 30s" },
        { "timer",              "ending-poll ?state" },
        { "read 10",            "rest CHECK-FAILED = Check failed Timeout" },
    } },
    { "check/second-verb", 10, NULL, {
        { "Check url",          "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "Download url",       "- refused InProgress" },
        { "line 14",            "rest NO-UPDATE = Check nothing-newer" },
    } },
    { "check/restart", 10, NULL, {
        { "Check url",          "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "line 11",            "checking 30s" },
        { "restart", NULL },
        { "start",              "adopt-state ?state" },
        { "read 11",            "adopt-version ?version" },
        { "version 1.2 second", "checking 30s" },
        { "line 12 1.3",        "rest UPDATE-AVAILABLE = Check succeeded to 1.3" },
    } },
    { "check/restart-unaccepted", 10, NULL, {
        { "Check url",          "registration ?registration" },
        { "done",               "state ?state" },
        { "restart", NULL },
        { "start",              "adopt-state ?state" },
        { "read 10",            "adopt-version ?version" },
        { "version 1.2 second", "rest" },
    } },
    { "check/cancel-before", 10, NULL, {
        { "Check url",          "registration ?registration" },
        { "Cancel",             "- cancel" },
        { "Cancel",             "- no cancel WrongState" },
        { "done",               "rest refused Cancelled" },
    } },
    { "check/cancel-in-query", 10, NULL, {
        { "Check url",          "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "Cancel",             "- cancel" },
        { "done",               "stop stop accepted" },
        { "done",               "stopped ?state" },
        { "read 10",            "rest CANCELLED reset = Check cancelled Cancelled" },
    } },
    { "check/cancel", 10, NULL, {
        { "Check url",          "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "line 11",            "checking 30s" },
        { "Cancel",             "stop stop" },
        { "done",               "stopped ?state" },
        { "read 10",            "rest cancel CANCELLED reset = Check cancelled Cancelled" },
    } },
    { "check/cancel-refused", 10, NULL, {
        { "Check url",          "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "line 11",            "checking 30s" },
        { "Cancel",             "stop stop" },
        { "failed",             "ending 30s cancel" },
        { "timer",              "ending-poll ?state" },
        { "read 11",            "ending 30s" },
        { "line 12 1.3",        "stop stop" },
        { "done",               "stopped ?state" },
        { "read 10",            "rest CANCELLED reset = Check cancelled Cancelled" },
    } },
    { "check/cancel-unanswered", 10, NULL, {
        { "Check url",          "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "line 11",            "checking 30s" },
        { "Cancel",             "stop stop" },
        { "silent",             "stopped ?state" },
        { "silent",             "ending 30s cancel" },
        { "timer",              "ending-poll ?state" },
        { "silent",             "ending 30s" },
        { "line 14",            "rest CANCELLED reset = Check cancelled Cancelled" },
    } },
    { "download/all", 10, NULL, {
        { "Download url",       "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "line 11",            "checking 30s" },
        { "line 12 1.3",        "checking 30s UPDATE-AVAILABLE" },
        { "line 30",            "downloading progress DOWNLOAD-STARTED" },
        { "timer",              "downloading-progress ?progress" },
        { "done",               "downloading progress" },
        { "timer",              "downloading-progress ?progress" },
        { "done",               "downloading progress" },
        { "line 40",            "rest DOWNLOAD-SUCCEEDED = Download succeeded to 1.3" },
    } },
    { "download/line-lost", 10, NULL, {
        { "Download url",       "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "line 11",            "checking 30s" },
        { "line 12 1.3",        "checking 30s UPDATE-AVAILABLE" },
        { "line 30",            "downloading progress DOWNLOAD-STARTED" },
        { "timer",              "downloading-progress ?progress" },
        { "done ask",           "downloading-poll ?state" },
        { "read 40",            "rest DOWNLOAD-SUCCEEDED = Download succeeded to 1.3" },
    } },
    { "download/fails", 10, NULL, {
        { "Download url",       "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "line 11",            "checking 30s" },
        { "line 12 1.3",        "checking 30s UPDATE-AVAILABLE" },
        { "line 30",            "downloading progress DOWNLOAD-STARTED" },
        { "line 20,52",         "rest DOWNLOAD-FAILED = Download failed DownloadFailed 52 to 1.3" },
    } },
    { "download/suspended", 10, NULL, {
        { "Download url",       "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "line 11",            "checking 30s" },
        { "line 12 1.3",        "checking 30s UPDATE-AVAILABLE" },
        { "line 30",            "downloading progress DOWNLOAD-STARTED" },
        { "line 31",            "rest DOWNLOAD-SUSPENDED = Download failed DownloadSuspended 31 to 1.3" },
    } },
    { "download/ends-silently", 10, NULL, {
        { "Download url",       "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "line 11",            "checking 30s" },
        { "line 12 1.3",        "checking 30s UPDATE-AVAILABLE" },
        { "line 30",            "downloading progress DOWNLOAD-STARTED" },
        { "line 10",            "downloading-poll ?state" },
        { "read 10",            "rest DOWNLOAD-FAILED = Download failed SilentlyEnded to 1.3" },
    } },
    { "download/progress-unanswered", 10, NULL, {
        { "Download url",       "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "line 11",            "checking 30s" },
        { "line 12 1.3",        "checking 30s UPDATE-AVAILABLE" },
        { "line 30",            "downloading progress DOWNLOAD-STARTED" },
        { "timer",              "downloading-progress ?progress" },
        { "silent",             "downloading-poll ?state" },
        { "read 30",            "downloading progress" },
        { "line 40",            "rest DOWNLOAD-SUCCEEDED = Download succeeded to 1.3" },
    } },
    { "download/expected", 10, NULL, {
        { "Download url expect=1.3", "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "line 11",            "checking 30s" },
        { "line 12 1.3",        "checking 30s UPDATE-AVAILABLE" },
        { "line 30",            "downloading progress DOWNLOAD-STARTED" },
        { "line 40",            "rest DOWNLOAD-SUCCEEDED = Download succeeded to 1.3" },
    } },
    { "download/other", 10, NULL, {
        { "Download url expect=1.4", "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "line 11",            "checking 30s" },
        { "line 12 1.3",        "stop stop UPDATE-AVAILABLE" },
        { "done",               "stopped ?state" },
        { "read 10",            "rest DOWNLOAD-FAILED = Download failed OtherVersionOffered to 1.3" },
    } },
    { "download/expected-line-lost", 10, NULL, {
        { "Download url expect=1.3", "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "line 11",            "checking 30s" },
        { "line 30",            "stop stop" },
        { "done",               "stopped ?state" },
        { "read 10",            "query query" },
        { "done",               "checking 60s" },
        { "line 11",            "checking 30s" },
        { "line 12 1.3",        "query pull UPDATE-AVAILABLE" },
        { "done",               "checking 30s" },
        { "line 30",            "downloading progress DOWNLOAD-STARTED" },
        { "line 40",            "rest DOWNLOAD-SUCCEEDED = Download succeeded to 1.3" },
    } },
    { "download/every-line-lost", 10, NULL, {
        { "Download url expect=1.3", "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "timer",              "checking-poll ?state" },
        { "read 40",            "stop stop" },
        { "done",               "stopped ?state" },
        { "read 10",            "query query" },
        { "done",               "checking 60s" },
        { "timer",              "checking-poll ?state" },
        { "read 12 1.3",        "query pull" },
        { "done",               "checking 30s" },
        { "timer",              "checking-poll ?state" },
        { "read 40",            "rest UPDATE-AVAILABLE DOWNLOAD-SUCCEEDED = Download succeeded to 1.3" },
    } },
    /* Once is enough */
    { "download/every-line-lost-and-not-begun", 10, NULL, {
        { "Download url expect=1.3", "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "line 40",            "stop stop" },
        { "done",               "stopped ?state" },
        { "read 10",            "query query" },
        { "done",               "checking 60s" },
        { "line 12 1.3",        "query pull UPDATE-AVAILABLE" },
        { "line 12 1.3",        "-" },
        { "done",               "checking 30s" },
        { "line 12 1.3",        "checking 30s" },
        { "line 20",            "rest DOWNLOAD-FAILED = Download failed DownloadFailed 20 to 1.3" },
    } },
    { "download/expected-all-lost", 10, NULL, {
        { "Download url expect=1.3", "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "line 11",            "checking 30s" },
        { "line 40",            "stop stop" },
        { "done",               "stopped ?state" },
        { "read 10",            "query query" },
        { "done",               "checking 60s" },
        { "line 11",            "checking 30s" },
        { "line 40",            "stop stop" },
        { "done",               "stopped ?state" },
        { "read 10",            "rest DOWNLOAD-FAILED = Download failed QueryFailed 40" },
    } },
    { "download/older", 10, NULL, {
        { "Download url",       "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "line 11",            "checking 30s" },
        { "line 12 1.1",        "stop stop UPDATE-AVAILABLE" },
        { "done",               "stopped ?state" },
        { "read 10",            "rest DOWNLOAD-FAILED = Download failed OtherVersionOffered to 1.1" },
    } },
    { "download/older-with-leave", 10, NULL, {
        { "Download url downgrade", "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "line 11",            "checking 30s" },
        { "line 12 1.1",        "checking 30s UPDATE-AVAILABLE" },
        { "line 30",            "downloading progress DOWNLOAD-STARTED" },
        { "line 40",            "rest DOWNLOAD-SUCCEEDED = Download succeeded to 1.1" },
    } },
    { "download/found", 12, NULL, {
        { "Download",           "registration ?registration" },
        { "done",               "state ?state" },
        { "read 12 1.3",        "mode mode" },
        { "done",               "query pull UPDATE-AVAILABLE" },
        { "done",               "checking 30s accepted" },
        { "line 30",            "downloading progress DOWNLOAD-STARTED" },
        { "line 40",            "rest DOWNLOAD-SUCCEEDED = Download succeeded to 1.3" },
    } },
    { "download/found-unknown", 10, NULL, {
        { "Download",           "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "rest refused WrongState" },
    } },
    { "download/pushed", 10, NULL, {
        { "Download url",       "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "line 11",            "checking 30s" },
        { "line 12 1.3",        "checking 30s UPDATE-AVAILABLE" },
        { "timer",              "checking-poll ?state" },
        { "read 12 1.3",        "query pull" },
        { "done",               "checking 30s" },
        { "line 30",            "downloading progress DOWNLOAD-STARTED" },
        { "line 40",            "rest DOWNLOAD-SUCCEEDED = Download succeeded to 1.3" },
    } },
    { "download/cancel", 10, NULL, {
        { "Download url",       "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "line 11",            "checking 30s" },
        { "line 12 1.3",        "checking 30s UPDATE-AVAILABLE" },
        { "line 30",            "downloading progress DOWNLOAD-STARTED" },
        { "Cancel",             "stop stop" },
        { "done",               "stopped ?state" },
        { "read 10",            "rest cancel CANCELLED reset = Download cancelled Cancelled to 1.3" },
    } },
    { "download/cancel-refused", 10, NULL, {
        { "Download url",       "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "line 11",            "checking 30s" },
        { "line 12 1.3",        "checking 30s UPDATE-AVAILABLE" },
        { "line 30",            "downloading progress DOWNLOAD-STARTED" },
        { "Cancel",             "stop stop" },
        { "failed",             "downloading progress no cancel Refused" },
        { "line 40",            "rest DOWNLOAD-SUCCEEDED = Download succeeded to 1.3" },
    } },
    { "download/restart", 10, NULL, {
        { "Download url",       "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "line 11",            "checking 30s" },
        { "line 12 1.3",        "checking 30s UPDATE-AVAILABLE" },
        { "line 30",            "downloading progress DOWNLOAD-STARTED" },
        { "restart", NULL },
        { "start",              "adopt-state ?state" },
        { "read 30",            "adopt-version ?version" },
        { "version 1.2 second", "downloading progress" },
        { "timer",              "downloading-progress ?progress" },
        { "done",               "downloading progress" },
        { "line 40",            "rest DOWNLOAD-SUCCEEDED = Download succeeded to 1.3" },
    } },
    { "download/chained", 10, NULL, {
        { "Download url upgrade", "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "line 11",            "checking 30s" },
        { "line 12 1.3",        "checking 30s UPDATE-AVAILABLE" },
        { "line 30",            "downloading progress DOWNLOAD-STARTED" },
        { "line 40",            "read-old-version ?version DOWNLOAD-SUCCEEDED" },
        { "version 1.2 second", "conditions ?conditions deadline 300s" },
        { "done",               "pause pause" },
        { "done",               "recheck ?use DATA-PAUSED" },
        { "done",               "confirm ?state" },
        { "read 40",            "flash flash" },
        { "done",               "flash-accepted 60s" },
        { "line 50",            "upgrading 60s deadline 3600s UPGRADE-STARTED" },
        { "line 10",            "upgrading-poll ?state" },
        { "read 10",            "verify ?version" },
        { "version 1.3 third",  "restore restore" },
        { "done",               "rest DATA-RESTORED UPGRADE-SUCCEEDED = Download succeeded to 1.3" },
    } },
    { "download/module-upgrades", 10, NULL, {
        { "Download url",       "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "line 11",            "checking 30s" },
        { "line 12 1.3",        "checking 30s UPDATE-AVAILABLE" },
        { "line 30",            "downloading progress DOWNLOAD-STARTED" },
        { "line 50",            "upgrading 60s deadline 3600s UPGRADE-STARTED" },
        { "timer",              "upgrading-poll ?state" },
        { "read 10",            "verify ?version" },
        { "version 1.3 third",  "restore restore" },
        { "done",               "rest UPGRADE-SUCCEEDED = Download succeeded to 1.3" },
    } },
    { "resume/same", 31, "1.3", {
        { "Resume url",         "registration ?registration" },
        { "done",               "state ?state" },
        { "read 31",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "line 11",            "checking 30s" },
        { "line 12 1.3",        "checking 30s UPDATE-AVAILABLE" },
        { "line 30",            "downloading progress DOWNLOAD-STARTED" },
        { "line 40",            "rest DOWNLOAD-SUCCEEDED = Resume succeeded to 1.3" },
    } },
    { "resume/other", 31, "1.3", {
        { "Resume url",         "registration ?registration" },
        { "done",               "state ?state" },
        { "read 31",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "line 11",            "checking 30s" },
        { "line 12 1.4",        "stop stop UPDATE-AVAILABLE" },
        { "done",               "stopped ?state" },
        { "read 10",            "rest DOWNLOAD-FAILED = Resume failed OtherVersionOffered to 1.4" },
    } },
    { "resume/not-begun", 31, "1.3", {
        { "Resume url",         "registration ?registration" },
        { "done",               "state ?state" },
        { "read 31",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "timer",              "checking-poll ?state" },
        { "read 31",            "rest DOWNLOAD-FAILED = Resume failed SilentlyEnded" },
    } },
    { "resume/suspended-again", 31, "1.3", {
        { "Resume url",         "registration ?registration" },
        { "done",               "state ?state" },
        { "read 31",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "line 11",            "checking 30s" },
        { "line 12 1.3",        "checking 30s UPDATE-AVAILABLE" },
        { "line 30",            "downloading progress DOWNLOAD-STARTED" },
        { "line 31",            "rest DOWNLOAD-SUSPENDED = Resume failed DownloadSuspended 31 to 1.3" },
    } },
    { "resume/nothing-there", 10, NULL, {
        { "Resume url",         "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "rest refused WrongState" },
    } },
    { "rest/discard", 40, "1.3", {
        { "Cancel",             "stop stop" },
        { "done",               "stopped ?state" },
        { "read 10",            "rest cancel CANCELLED reset = Cancel cancelled Cancelled to 1.3" },
    } },
    { "rest/discard-refused", 40, "1.3", {
        { "Cancel",             "stop stop" },
        { "failed",             "rest no cancel Refused" },
    } },
    { "rest/discard-too-late", 40, "1.3", {
        { "Cancel",             "stop stop" },
        { "line 50",            "upgrading 60s deadline 3600s no cancel WrongState adopted UPGRADE-STARTED" },
        { "line 70",            "restore restore" },
        { "done",               "rest UPGRADE-FAILED = Upgrade failed UpgradeFailed 70" },
    } },
    { "rest/nothing-to-cancel", 10, NULL, {
        { "Cancel",             "- no cancel WrongState" },
    } },
    { "rest/module-downloads", 10, NULL, {
        { "line 11",            "checking 30s" },
        { "line 12 1.3",        "rest UPDATE-AVAILABLE" },
        { "line 30",            "downloading progress DOWNLOAD-STARTED" },
        { "line 40",            "rest DOWNLOAD-SUCCEEDED" },
    } },
    { "rest/module-upgrades", 40, "1.3", {
        { "line 50",            "upgrading 60s deadline 3600s adopted UPGRADE-STARTED" },
        { "timer",              "upgrading-poll ?state" },
        { "read 10",            "verify ?version" },
        { "version 1.3 third",  "restore restore" },
        { "done",               "rest UPGRADE-SUCCEEDED = Upgrade succeeded to 1.3" },
    } },
    { "upgrade/all", 40, "1.3", {
        { "Upgrade",            "registration ?registration" },
        { "done",               "state ?state" },
        { "read 40",            "read-old-version ?version" },
        { "version 1.2 second", "conditions ?conditions deadline 300s accepted" },
        { "done",               "pause pause" },
        { "done",               "recheck ?use DATA-PAUSED" },
        { "done",               "confirm ?state" },
        { "read 40",            "flash flash" },
        { "done",               "flash-accepted 60s" },
        { "line 50",            "upgrading 60s deadline 3600s UPGRADE-STARTED" },
        { "line 10",            "upgrading-poll ?state" },
        { "read 10",            "verify ?version" },
        { "version 1.3 third",  "restore restore" },
        { "done",               "rest DATA-RESTORED UPGRADE-SUCCEEDED = Upgrade succeeded to 1.3" },
    } },
    { "upgrade/line-lost", 40, "1.3", {
        { "Upgrade",            "registration ?registration" },
        { "done",               "state ?state" },
        { "read 40",            "read-old-version ?version" },
        { "version 1.2 second", "conditions ?conditions deadline 300s accepted" },
        { "done",               "pause pause" },
        { "done",               "recheck ?use DATA-PAUSED" },
        { "done",               "confirm ?state" },
        { "read 40",            "flash flash" },
        { "done",               "flash-accepted 60s" },
        { "timer",              "flash-accepted-poll ?state" },
        { "read 50",            "upgrading 60s deadline 3600s UPGRADE-STARTED" },
        { "timer",              "upgrading-poll ?state" },
        { "silent",             "upgrading 120s" },
        { "timer",              "upgrading-poll ?state" },
        { "read 10",            "verify ?version" },
        { "version 1.3 third",  "restore restore" },
        { "done",               "rest DATA-RESTORED UPGRADE-SUCCEEDED = Upgrade succeeded to 1.3" },
    } },
    { "upgrade/wrong-state", 10, NULL, {
        { "Upgrade",            "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "rest refused WrongState" },
    } },
    { "upgrade/other-package", 40, "1.3", {
        { "Upgrade expect=1.4", "registration ?registration" },
        { "done",               "state ?state" },
        { "read 40",            "rest refused OtherVersionOffered" },
    } },
    { "upgrade/older-package", 40, "1.1", {
        { "Upgrade",            "registration ?registration" },
        { "done",               "state ?state" },
        { "read 40",            "rest refused OtherVersionOffered" },
    } },
    { "upgrade/version-unreadable", 40, "1.3", {
        { "Upgrade",            "registration ?registration" },
        { "done",               "state ?state" },
        { "read 40",            "read-old-version ?version" },
        { "version 1.2",        "rest refused Failed" },
    } },
    { "upgrade/not-registered", 40, "1.3", {
        { "Upgrade",            "registration ?registration" },
        { "done",               "state ?state" },
        { "read 40",            "read-old-version ?version" },
        { "version 1.2 second", "conditions ?conditions deadline 300s accepted" },
        { "done not-registered", "blocked 60s" },
        { "signal",             "conditions ?conditions" },
        { "done not-registered", "blocked 120s" },
        { "timer",              "conditions ?conditions" },
        { "done",               "pause pause" },
        { "done",               "recheck ?use DATA-PAUSED" },
        { "done",               "confirm ?state" },
        { "read 40",            "flash flash" },
        { "done",               "flash-accepted 60s" },
        { "line 50",            "upgrading 60s deadline 3600s UPGRADE-STARTED" },
        { "line 70",            "restore restore" },
        { "done",               "rest DATA-RESTORED UPGRADE-FAILED = Upgrade failed UpgradeFailed 70 to 1.3" },
    } },
    { "upgrade/call", 40, "1.3", {
        { "Upgrade",            "registration ?registration" },
        { "done",               "state ?state" },
        { "read 40",            "read-old-version ?version" },
        { "version 1.2 second", "conditions ?conditions deadline 300s accepted" },
        { "done call",          "blocked 60s" },
        { "signal",             "conditions ?conditions" },
        { "done",               "pause pause" },
        { "done",               "recheck ?use DATA-PAUSED" },
        { "done",               "confirm ?state" },
        { "read 40",            "flash flash" },
        { "done",               "flash-accepted 60s" },
        { "line 50",            "upgrading 60s deadline 3600s UPGRADE-STARTED" },
        { "line 70",            "restore restore" },
        { "done",               "rest DATA-RESTORED UPGRADE-FAILED = Upgrade failed UpgradeFailed 70 to 1.3" },
    } },
    { "upgrade/call-between", 40, "1.3", {
        { "Upgrade",            "registration ?registration" },
        { "done",               "state ?state" },
        { "read 40",            "read-old-version ?version" },
        { "version 1.2 second", "conditions ?conditions deadline 300s accepted" },
        { "done",               "pause pause" },
        { "done",               "recheck ?use DATA-PAUSED" },
        { "done call",          "unpause restore" },
        { "done",               "blocked 30s DATA-RESTORED" },
        { "signal",             "conditions ?conditions" },
        { "done",               "pause pause" },
        { "done",               "recheck ?use DATA-PAUSED" },
        { "done",               "confirm ?state" },
        { "read 40",            "flash flash" },
        { "done",               "flash-accepted 60s" },
        { "line 50",            "upgrading 60s deadline 3600s UPGRADE-STARTED" },
        { "line 80,11",         "restore restore" },
        { "done",               "rest DATA-RESTORED UPGRADE-FAILED = Upgrade failed UpgradeFailed 11 to 1.3" },
    } },
    { "upgrade/data", 40, "1.3", {
        { "Upgrade",            "registration ?registration" },
        { "done",               "state ?state" },
        { "read 40",            "read-old-version ?version" },
        { "version 1.2 second", "conditions ?conditions deadline 300s accepted" },
        { "done",               "pause pause" },
        { "done data",          "unpause restore" },
        { "done",               "blocked 30s" },
        { "deadline",           "restore restore" },
        { "done",               "rest UPGRADE-FAILED = Upgrade failed ConditionsNotMet to 1.3" },
    } },
    { "upgrade/auto-dial", 40, "1.3", {
        { "Upgrade",            "registration ?registration" },
        { "done",               "state ?state" },
        { "read 40",            "read-old-version ?version" },
        { "version 1.2 second", "conditions ?conditions deadline 300s accepted" },
        { "done",               "pause pause" },
        { "done auto-dial",     "unpause restore" },
        { "done",               "blocked 30s" },
        { "Cancel",             "restore restore cancel" },
        { "done",               "rest CANCELLED = Upgrade cancelled Cancelled to 1.3" },
    } },
    { "upgrade/pause-fails", 40, "1.3", {
        { "Upgrade",            "registration ?registration" },
        { "done",               "state ?state" },
        { "read 40",            "read-old-version ?version" },
        { "version 1.2 second", "conditions ?conditions deadline 300s accepted" },
        { "done",               "pause pause" },
        { "failed",             "unpause restore" },
        { "done",               "blocked 30s" },
        { "deadline",           "restore restore" },
        { "done",               "rest UPGRADE-FAILED = Upgrade failed ConditionsNotMet to 1.3" },
    } },
    { "upgrade/hang-up", 40, "1.3", {
        { "Upgrade hang-up",    "registration ?registration" },
        { "done",               "state ?state" },
        { "read 40",            "read-old-version ?version" },
        { "version 1.2 second", "conditions ?conditions deadline 300s accepted" },
        { "done call",          "hang-up hang-up" },
        { "done",               "conditions ?conditions" },
        { "done",               "pause pause" },
        { "done",               "recheck ?use DATA-PAUSED" },
        { "done",               "confirm ?state" },
        { "read 40",            "flash flash" },
        { "done",               "flash-accepted 60s" },
        { "line 50",            "upgrading 60s deadline 3600s UPGRADE-STARTED" },
        { "line 70",            "restore restore" },
        { "done",               "rest DATA-RESTORED UPGRADE-FAILED = Upgrade failed UpgradeFailed 70 to 1.3" },
    } },
    { "upgrade/hang-up-in-vain", 40, "1.3", {
        { "Upgrade hang-up",    "registration ?registration" },
        { "done",               "state ?state" },
        { "read 40",            "read-old-version ?version" },
        { "version 1.2 second", "conditions ?conditions deadline 300s accepted" },
        { "done call",          "hang-up hang-up" },
        { "done",               "conditions ?conditions" },
        { "done call",          "hang-up hang-up" },
        { "done",               "conditions ?conditions" },
        { "done call",          "hang-up hang-up" },
        { "done",               "conditions ?conditions" },
        { "done call",          "blocked 60s" },
        { "deadline",           "restore restore" },
        { "done",               "rest UPGRADE-FAILED = Upgrade failed ConditionsNotMet to 1.3" },
    } },
    { "upgrade/delay", 40, "1.3", {
        { "Upgrade delay=60",   "registration ?registration" },
        { "done",               "state ?state" },
        { "read 40",            "read-old-version ?version" },
        { "version 1.2 second", "delay 60s accepted UPGRADE-SCHEDULED" },
        { "timer",              "conditions ?conditions deadline 300s" },
        { "done",               "pause pause" },
        { "done",               "recheck ?use DATA-PAUSED" },
        { "done",               "confirm ?state" },
        { "read 40",            "flash flash" },
        { "done",               "flash-accepted 60s" },
        { "line 50",            "upgrading 60s deadline 3600s UPGRADE-STARTED" },
        { "line 70",            "restore restore" },
        { "done",               "rest DATA-RESTORED UPGRADE-FAILED = Upgrade failed UpgradeFailed 70 to 1.3" },
    } },
    { "upgrade/replaced-by-older", 40, "1.3", {
        { "Upgrade delay=60",   "registration ?registration" },
        { "done",               "state ?state" },
        { "read 40",            "read-old-version ?version" },
        { "version 1.2 second", "delay 60s accepted UPGRADE-SCHEDULED" },
        { "line 12 1.1",        "-" },
        { "line 30",            "-" },
        { "line 40",            "-" },
        { "timer",              "conditions ?conditions deadline 300s" },
        { "done",               "pause pause" },
        { "done",               "recheck ?use DATA-PAUSED" },
        { "done",               "confirm ?state" },
        { "read 40",            "restore restore" },
        { "done",               "rest DATA-RESTORED UPGRADE-FAILED = Upgrade failed OtherVersionOffered to 1.1" },
    } },
    { "upgrade/replaced-by-newer", 40, "1.3", {
        { "Upgrade wait=60",    "registration ?registration" },
        { "done",               "state ?state" },
        { "read 40",            "read-old-version ?version" },
        { "line 12 1.4",        "-" },
        { "line 30",            "-" },
        { "version 1.2 second", "conditions ?conditions deadline 60s accepted" },
        { "done",               "pause pause" },
        { "done",               "recheck ?use DATA-PAUSED" },
        { "done",               "confirm ?state" },
        { "read 40",            "flash flash" },
        { "done",               "flash-accepted 60s" },
        { "line 50",            "upgrading 60s deadline 3600s UPGRADE-STARTED" },
        { "line 10",            "upgrading-poll ?state" },
        { "read 10",            "verify ?version" },
        { "version 1.4 third",  "restore restore" },
        { "done",               "rest DATA-RESTORED UPGRADE-SUCCEEDED = Upgrade succeeded to 1.4" },
    } },
    { "upgrade/replaced-by-unexpected", 40, "1.3", {
        { "Upgrade expect=1.3", "registration ?registration" },
        { "done",               "state ?state" },
        { "read 40",            "read-old-version ?version" },
        { "version 1.2 second", "conditions ?conditions deadline 300s accepted" },
        { "line 30",            "-" },
        { "done",               "pause pause" },
        { "line 12 1.4",        "-" },
        { "line 30",            "-" },
        { "done",               "recheck ?use DATA-PAUSED" },
        { "done",               "confirm ?state" },
        { "read 40",            "restore restore" },
        { "done",               "rest DATA-RESTORED UPGRADE-FAILED = Upgrade failed OtherVersionOffered to 1.4" },
    } },
    /* Neither 30 nor 40 of the other download were heard */
    { "upgrade/replaced-unheard", 40, "1.3", {
        { "Upgrade",            "registration ?registration" },
        { "done",               "state ?state" },
        { "read 40",            "read-old-version ?version" },
        { "version 1.2 second", "conditions ?conditions deadline 300s accepted" },
        { "line 12 1.1",        "-" },
        { "done",               "pause pause" },
        { "done",               "recheck ?use DATA-PAUSED" },
        { "done",               "confirm ?state" },
        { "read 40",            "confirm ?state" },
        { "read 40",            "restore restore" },
        { "done",               "rest DATA-RESTORED UPGRADE-FAILED = Upgrade failed OtherVersionOffered to 1.1" },
    } },
    /* The line that says by which version was cut */
    { "upgrade/replaced-by-unknown", 40, "1.3", {
        { "Upgrade delay=60",   "registration ?registration" },
        { "done",               "state ?state" },
        { "read 40",            "read-old-version ?version" },
        { "version 1.2 second", "delay 60s accepted UPGRADE-SCHEDULED" },
        { "line 12",            "-" },
        { "line 30",            "-" },
        { "line 40",            "-" },
        { "timer",              "conditions ?conditions deadline 300s" },
        { "done",               "pause pause" },
        { "done",               "recheck ?use DATA-PAUSED" },
        { "done",               "confirm ?state" },
        { "read 40",            "restore restore" },
        { "done",               "rest DATA-RESTORED UPGRADE-FAILED = Upgrade failed OtherVersionOffered" },
        /* Now it is what is there */
        { "Upgrade",            "registration ?registration" },
        { "done",               "state ?state" },
        { "read 40",            "read-old-version ?version" },
        { "version 1.2 second", "conditions ?conditions deadline 300s accepted" },
        { "done",               "pause pause" },
        { "done",               "recheck ?use DATA-PAUSED" },
        { "done",               "confirm ?state" },
        { "read 40",            "flash flash" },
        { "done",               "flash-accepted 60s" },
        { "line 50",            "upgrading 60s deadline 3600s UPGRADE-STARTED" },
        { "line 10",            "upgrading-poll ?state" },
        { "read 10",            "verify ?version" },
        { "version 1.4 third",  "verify-later 5s" },
        { "timer",              "verify ?version" },
        { "version 1.4 third",  "restore restore" },
        { "done",               "rest DATA-RESTORED UPGRADE-SUCCEEDED = Upgrade succeeded to 1.4" },
    } },
    /* It was heard the second time, or the user permits older ones */
    { "upgrade/replaced-by-told-twice", 40, "1.3", {
        { "Upgrade",            "registration ?registration" },
        { "done",               "state ?state" },
        { "read 40",            "read-old-version ?version" },
        { "version 1.2 second", "conditions ?conditions deadline 300s accepted" },
        { "line 12",            "-" },
        { "line 12 1.4",        "-" },
        { "line 30",            "-" },
        { "done",               "pause pause" },
        { "done",               "recheck ?use DATA-PAUSED" },
        { "done",               "confirm ?state" },
        { "read 40",            "flash flash" },
        { "line 70",            "restore restore" },
        { "done",               "rest DATA-RESTORED UPGRADE-FAILED = Upgrade failed UpgradeFailed 70 to 1.4" },
    } },
    { "upgrade/replaced-with-leave", 40, "1.3", {
        { "Upgrade downgrade",  "registration ?registration" },
        { "done",               "state ?state" },
        { "read 40",            "read-old-version ?version" },
        { "version 1.2 second", "conditions ?conditions deadline 300s accepted" },
        { "line 12",            "-" },
        { "done",               "pause pause" },
        { "done",               "recheck ?use DATA-PAUSED" },
        { "done",               "confirm ?state" },
        { "read 40",            "flash flash" },
        { "line 70",            "restore restore" },
        { "done",               "rest DATA-RESTORED UPGRADE-FAILED = Upgrade failed UpgradeFailed 70" },
    } },
    /* Of the other download only 40 was heard */
    { "upgrade/replaced-half-heard", 40, "1.3", {
        { "Upgrade",            "registration ?registration" },
        { "done",               "state ?state" },
        { "read 40",            "read-old-version ?version" },
        { "line 12 1.4",        "-" },
        { "line 40",            "-" },
        { "version 1.2 second", "conditions ?conditions deadline 300s accepted" },
        { "Cancel",             "- cancel" },
        { "done",               "restore restore" },
        { "done",               "rest CANCELLED = Upgrade cancelled Cancelled to 1.4" },
    } },
    { "upgrade/delay-cancel", 40, "1.3", {
        { "Upgrade delay=60",   "registration ?registration" },
        { "done",               "state ?state" },
        { "read 40",            "read-old-version ?version" },
        { "version 1.2 second", "delay 60s accepted UPGRADE-SCHEDULED" },
        { "Cancel",             "rest cancel CANCELLED = Upgrade cancelled Cancelled to 1.3" },
    } },
    { "upgrade/deadline", 40, "1.3", {
        { "Upgrade",            "registration ?registration" },
        { "done",               "state ?state" },
        { "read 40",            "read-old-version ?version" },
        { "version 1.2 second", "conditions ?conditions deadline 300s accepted" },
        { "done call",          "blocked 60s" },
        { "deadline",           "restore restore" },
        { "done",               "rest UPGRADE-FAILED = Upgrade failed ConditionsNotMet to 1.3" },
    } },
    { "upgrade/deadline-while-asking", 40, "1.3", {
        { "Upgrade",            "registration ?registration" },
        { "done",               "state ?state" },
        { "read 40",            "read-old-version ?version" },
        { "version 1.2 second", "conditions ?conditions deadline 300s accepted" },
        { "deadline",           "-" },
        { "done call",          "restore restore" },
        { "done",               "rest UPGRADE-FAILED = Upgrade failed ConditionsNotMet to 1.3" },
    } },
    { "upgrade/refused", 40, "1.3", {
        { "Upgrade",            "registration ?registration" },
        { "done",               "state ?state" },
        { "read 40",            "read-old-version ?version" },
        { "version 1.2 second", "conditions ?conditions deadline 300s accepted" },
        { "done",               "pause pause" },
        { "done",               "recheck ?use DATA-PAUSED" },
        { "done",               "confirm ?state" },
        { "read 40",            "flash flash" },
        { "failed",             "refused 30s" },
        { "signal",             "pause pause" },
        { "done",               "recheck ?use" },
        { "done",               "confirm ?state" },
        { "read 40",            "flash flash" },
        { "failed",             "refused 30s" },
        { "timer",              "pause pause" },
        { "done",               "recheck ?use" },
        { "done",               "confirm ?state" },
        { "read 40",            "flash flash" },
        { "done",               "flash-accepted 60s" },
        { "line 50",            "upgrading 60s deadline 3600s UPGRADE-STARTED" },
        { "line 70",            "restore restore" },
        { "done",               "rest DATA-RESTORED UPGRADE-FAILED = Upgrade failed UpgradeFailed 70 to 1.3" },
    } },
    { "upgrade/refused-until-deadline", 40, "1.3", {
        { "Upgrade",            "registration ?registration" },
        { "done",               "state ?state" },
        { "read 40",            "read-old-version ?version" },
        { "version 1.2 second", "conditions ?conditions deadline 300s accepted" },
        { "done",               "pause pause" },
        { "done",               "recheck ?use DATA-PAUSED" },
        { "done",               "confirm ?state" },
        { "read 40",            "flash flash" },
        { "failed",             "refused 30s" },
        { "deadline",           "restore restore" },
        { "done",               "rest DATA-RESTORED UPGRADE-FAILED = Upgrade failed ConditionsNotMet to 1.3" },
    } },
    { "upgrade/refused-for-good", 40, "1.3", {
        { "Upgrade",            "registration ?registration" },
        { "done",               "state ?state" },
        { "read 40",            "read-old-version ?version" },
        { "version 1.2 second", "conditions ?conditions deadline 300s accepted" },
        { "done",               "pause pause" },
        { "done",               "recheck ?use DATA-PAUSED" },
        { "done",               "confirm ?state" },
        { "read 40",            "flash flash" },
        { "failed fatal",       "restore restore" },
        { "done",               "rest DATA-RESTORED UPGRADE-FAILED = Upgrade failed Failed to 1.3" },
    } },
    { "upgrade/refused-cancel", 40, "1.3", {
        { "Upgrade",            "registration ?registration" },
        { "done",               "state ?state" },
        { "read 40",            "read-old-version ?version" },
        { "version 1.2 second", "conditions ?conditions deadline 300s accepted" },
        { "done",               "pause pause" },
        { "done",               "recheck ?use DATA-PAUSED" },
        { "done",               "confirm ?state" },
        { "read 40",            "flash flash" },
        { "failed",             "refused 30s" },
        { "Cancel",             "restore restore cancel" },
        { "done",               "rest DATA-RESTORED CANCELLED = Upgrade cancelled Cancelled to 1.3" },
    } },
    { "upgrade/not-taken", 40, "1.3", {
        { "Upgrade",            "registration ?registration" },
        { "done",               "state ?state" },
        { "read 40",            "read-old-version ?version" },
        { "version 1.2 second", "conditions ?conditions deadline 300s accepted" },
        { "done",               "pause pause" },
        { "done",               "recheck ?use DATA-PAUSED" },
        { "done",               "confirm ?state" },
        { "read 40",            "flash flash" },
        { "done",               "flash-accepted 60s" },
        { "timer",              "flash-accepted-poll ?state" },
        { "read 40",            "pause pause" },
        /* It may still be executed */
        { "Cancel",             "- no cancel WrongState" },
        { "done",               "recheck ?use" },
        { "done",               "confirm ?state" },
        { "read 40",            "flash flash" },
        { "done",               "flash-accepted 60s" },
        { "timer",              "flash-accepted-poll ?state" },
        { "read 40",            "pause pause" },
        { "done",               "recheck ?use" },
        { "done",               "confirm ?state" },
        { "read 40",            "flash flash" },
        { "done",               "flash-accepted 60s" },
        { "timer",              "flash-accepted-poll ?state" },
        { "read 40",            "restore restore" },
        { "done",               "rest DATA-RESTORED UPGRADE-FAILED = Upgrade failed Refused to 1.3" },
    } },
    /* Nothing would end it: the time is over already, and ^FWUP cannot be called back */
    { "upgrade/not-taken/data-comes-back", 40, "1.3", {
        { "Upgrade",            "registration ?registration" },
        { "done",               "state ?state" },
        { "read 40",            "read-old-version ?version" },
        { "version 1.2 second", "conditions ?conditions deadline 300s accepted" },
        { "done",               "pause pause" },
        { "done",               "recheck ?use DATA-PAUSED" },
        { "done data",          "refused 30s" },
        { "timer",              "pause pause" },
        { "done",               "recheck ?use" },
        { "done",               "confirm ?state" },
        { "read 40",            "flash flash" },
        { "done",               "flash-accepted 60s" },
        { "deadline",           "-" },
        { "timer",              "flash-accepted-poll ?state" },
        { "read 40",            "pause pause" },
        { "done",               "recheck ?use" },
        { "done data",          "restore restore" },
        { "done",               "rest DATA-RESTORED UPGRADE-FAILED = Upgrade failed ConditionsNotMet to 1.3" },
    } },
    { "upgrade/unanswered", 40, "1.3", {
        { "Upgrade",            "registration ?registration" },
        { "done",               "state ?state" },
        { "read 40",            "read-old-version ?version" },
        { "version 1.2 second", "conditions ?conditions deadline 300s accepted" },
        { "done",               "pause pause" },
        { "done",               "recheck ?use DATA-PAUSED" },
        { "done",               "confirm ?state" },
        { "read 40",            "flash flash" },
        { "silent",             "flash-accepted 60s" },
        { "line 50",            "upgrading 60s deadline 3600s UPGRADE-STARTED" },
        { "line 70",            "restore restore" },
        { "done",               "rest DATA-RESTORED UPGRADE-FAILED = Upgrade failed UpgradeFailed 70 to 1.3" },
    } },
    { "upgrade/state-gone", 40, "1.3", {
        { "Upgrade",            "registration ?registration" },
        { "done",               "state ?state" },
        { "read 40",            "read-old-version ?version" },
        { "version 1.2 second", "conditions ?conditions deadline 300s accepted" },
        { "done",               "pause pause" },
        { "done",               "recheck ?use DATA-PAUSED" },
        { "done",               "confirm ?state" },
        { "read 10",            "restore restore" },
        { "done",               "rest DATA-RESTORED UPGRADE-FAILED = Upgrade failed WrongState to 1.3" },
    } },
    { "upgrade/cancel-asking", 40, "1.3", {
        { "Upgrade",            "registration ?registration" },
        { "done",               "state ?state" },
        { "read 40",            "read-old-version ?version" },
        { "version 1.2 second", "conditions ?conditions deadline 300s accepted" },
        { "Cancel",             "- cancel" },
        { "done",               "restore restore" },
        { "done",               "rest CANCELLED = Upgrade cancelled Cancelled to 1.3" },
    } },
    { "upgrade/cancel-paused", 40, "1.3", {
        { "Upgrade",            "registration ?registration" },
        { "done",               "state ?state" },
        { "read 40",            "read-old-version ?version" },
        { "version 1.2 second", "conditions ?conditions deadline 300s accepted" },
        { "done",               "pause pause" },
        { "Cancel",             "- cancel" },
        { "done",               "restore restore" },
        { "done",               "rest CANCELLED = Upgrade cancelled Cancelled to 1.3" },
    } },
    { "upgrade/cancel-too-late", 40, "1.3", {
        { "Upgrade",            "registration ?registration" },
        { "done",               "state ?state" },
        { "read 40",            "read-old-version ?version" },
        { "version 1.2 second", "conditions ?conditions deadline 300s accepted" },
        { "done",               "pause pause" },
        { "done",               "recheck ?use DATA-PAUSED" },
        { "done",               "confirm ?state" },
        { "read 40",            "flash flash" },
        { "Cancel",             "- no cancel WrongState" },
        { "done",               "flash-accepted 60s" },
        { "Cancel",             "- no cancel WrongState" },
        { "line 50",            "upgrading 60s deadline 3600s UPGRADE-STARTED" },
        { "Cancel",             "- no cancel WrongState" },
        { "line 10",            "upgrading-poll ?state" },
        { "Cancel",             "- no cancel WrongState" },
        { "read 10",            "verify ?version" },
        { "Cancel",             "- no cancel WrongState" },
        { "version 1.3 third",  "restore restore" },
        { "Cancel",             "- no cancel WrongState" },
        { "done",               "rest DATA-RESTORED UPGRADE-SUCCEEDED = Upgrade succeeded to 1.3" },
    } },
    { "upgrade/fails-before-reboot", 40, "1.3", {
        { "Upgrade",            "registration ?registration" },
        { "done",               "state ?state" },
        { "read 40",            "read-old-version ?version" },
        { "version 1.2 second", "conditions ?conditions deadline 300s accepted" },
        { "done",               "pause pause" },
        { "done",               "recheck ?use DATA-PAUSED" },
        { "done",               "confirm ?state" },
        { "read 40",            "flash flash" },
        { "done",               "flash-accepted 60s" },
        { "line 70",            "restore restore" },
        { "done",               "rest DATA-RESTORED UPGRADE-FAILED = Upgrade failed UpgradeFailed 70 to 1.3" },
    } },
    { "upgrade/fails-after-reboot", 40, "1.3", {
        { "Upgrade",            "registration ?registration" },
        { "done",               "state ?state" },
        { "read 40",            "read-old-version ?version" },
        { "version 1.2 second", "conditions ?conditions deadline 300s accepted" },
        { "done",               "pause pause" },
        { "done",               "recheck ?use DATA-PAUSED" },
        { "done",               "confirm ?state" },
        { "read 40",            "flash flash" },
        { "done",               "flash-accepted 60s" },
        { "line 50",            "upgrading 60s deadline 3600s UPGRADE-STARTED" },
        { "restart", NULL },
        { "start",              "adopt-state ?state" },
        { "read 70",            "adopt-version ?version" },
        { "version 1.2 second", "restore restore" },
        { "done",               "rest DATA-RESTORED UPGRADE-FAILED = Upgrade failed UpgradeFailed 70 to 1.2" },
    } },
    { "upgrade/unchanged", 40, "1.3", {
        { "Upgrade",            "registration ?registration" },
        { "done",               "state ?state" },
        { "read 40",            "read-old-version ?version" },
        { "version 1.2 second", "conditions ?conditions deadline 300s accepted" },
        { "done",               "pause pause" },
        { "done",               "recheck ?use DATA-PAUSED" },
        { "done",               "confirm ?state" },
        { "read 40",            "flash flash" },
        { "done",               "flash-accepted 60s" },
        { "line 50",            "upgrading 60s deadline 3600s UPGRADE-STARTED" },
        { "line 10",            "upgrading-poll ?state" },
        { "read 10",            "verify ?version" },
        { "version 1.2 second", "verify-later 5s" },
        { "timer",              "verify ?version" },
        { "version 1.2 second", "verify-later 5s" },
        { "timer",              "verify ?version" },
        { "version 1.2 second", "verify-later 10s" },
        { "timer",              "verify ?version" },
        { "version 1.2 second", "verify-later 10s" },
        { "timer",              "verify ?version" },
        { "version 1.2 second", "verify-later 15s" },
        { "timer",              "verify ?version" },
        { "version 1.2 second", "verify-later 15s" },
        { "timer",              "verify ?version" },
        { "version 1.2 second", "verify-later 30s" },
        { "timer",              "verify ?version" },
        { "version 1.2 second", "verify-later 30s" },
        { "timer",              "verify ?version" },
        { "version 1.2 second", "verify-state ?state" },
        { "read 10",            "restore restore" },
        { "done",               "rest DATA-RESTORED UPGRADE-FAILED = Upgrade failed VersionUnchanged to 1.2" },
    } },
    { "upgrade/unchanged-70", 40, "1.3", {
        { "Upgrade",            "registration ?registration" },
        { "done",               "state ?state" },
        { "read 40",            "read-old-version ?version" },
        { "version 1.2 second", "conditions ?conditions deadline 300s accepted" },
        { "done",               "pause pause" },
        { "done",               "recheck ?use DATA-PAUSED" },
        { "done",               "confirm ?state" },
        { "read 40",            "flash flash" },
        { "done",               "flash-accepted 60s" },
        { "line 50",            "upgrading 60s deadline 3600s UPGRADE-STARTED" },
        { "line 10",            "upgrading-poll ?state" },
        { "read 10",            "verify ?version" },
        { "version 1.2 second", "verify-later 5s" },
        { "timer",              "verify ?version" },
        { "version 1.2 second", "verify-later 5s" },
        { "timer",              "verify ?version" },
        { "version 1.2 second", "verify-later 10s" },
        { "timer",              "verify ?version" },
        { "version 1.2 second", "verify-later 10s" },
        { "timer",              "verify ?version" },
        { "version 1.2 second", "verify-later 15s" },
        { "timer",              "verify ?version" },
        { "version 1.2 second", "verify-later 15s" },
        { "timer",              "verify ?version" },
        { "version 1.2 second", "verify-later 30s" },
        { "timer",              "verify ?version" },
        { "version 1.2 second", "verify-later 30s" },
        { "timer",              "verify ?version" },
        { "version 1.2 second", "verify-state ?state" },
        { "read 70",            "restore restore" },
        { "done",               "rest DATA-RESTORED UPGRADE-FAILED = Upgrade failed UpgradeFailed 70 to 1.3" },
    } },
    { "upgrade/build-time-changed", 40, NULL, {
        { "Upgrade",            "registration ?registration" },
        { "done",               "state ?state" },
        { "read 40",            "read-old-version ?version" },
        { "version 1.2 second", "conditions ?conditions deadline 300s accepted" },
        { "done",               "pause pause" },
        { "done",               "recheck ?use DATA-PAUSED" },
        { "done",               "confirm ?state" },
        { "read 40",            "flash flash" },
        { "done",               "flash-accepted 60s" },
        { "line 50",            "upgrading 60s deadline 3600s UPGRADE-STARTED" },
        { "line 10",            "upgrading-poll ?state" },
        { "read 10",            "verify ?version" },
        { "version 1.2 third",  "verify-later 5s" },
        { "timer",              "verify ?version" },
        { "version 1.2 third",  "restore restore" },
        { "done",               "rest DATA-RESTORED UPGRADE-SUCCEEDED = Upgrade succeeded to 1.2" },
    } },
    { "upgrade/other-version", 40, "1.3", {
        { "Upgrade",            "registration ?registration" },
        { "done",               "state ?state" },
        { "read 40",            "read-old-version ?version" },
        { "version 1.2 second", "conditions ?conditions deadline 300s accepted" },
        { "done",               "pause pause" },
        { "done",               "recheck ?use DATA-PAUSED" },
        { "done",               "confirm ?state" },
        { "read 40",            "flash flash" },
        { "done",               "flash-accepted 60s" },
        { "line 50",            "upgrading 60s deadline 3600s UPGRADE-STARTED" },
        { "line 10",            "upgrading-poll ?state" },
        { "read 10",            "verify ?version" },
        { "version 1.4 fourth", "verify-later 5s" },
        { "timer",              "verify ?version" },
        { "version 1.4 fourth", "restore restore" },
        { "done",               "rest DATA-RESTORED UPGRADE-FAILED = Upgrade failed OtherVersionInstalled to 1.4" },
    } },
    { "upgrade/incomplete-then-whole", 40, "1.3", {
        { "Upgrade",            "registration ?registration" },
        { "done",               "state ?state" },
        { "read 40",            "read-old-version ?version" },
        { "version 1.2 second", "conditions ?conditions deadline 300s accepted" },
        { "done",               "pause pause" },
        { "done",               "recheck ?use DATA-PAUSED" },
        { "done",               "confirm ?state" },
        { "read 40",            "flash flash" },
        { "done",               "flash-accepted 60s" },
        { "line 50",            "upgrading 60s deadline 3600s UPGRADE-STARTED" },
        { "line 10",            "upgrading-poll ?state" },
        { "read 10",            "verify ?version" },
        { "version 1.3",        "verify-later 5s" },
        { "timer",              "verify ?version" },
        { "failed",             "verify-later 5s" },
        { "timer",              "verify ?version" },
        { "silent",             "verify-later 10s" },
        { "timer",              "verify ?version" },
        { "version 1.3 third",  "restore restore" },
        { "done",               "rest DATA-RESTORED UPGRADE-SUCCEEDED = Upgrade succeeded to 1.3" },
    } },
    { "upgrade/never-whole", 40, "1.3", {
        { "Upgrade",            "registration ?registration" },
        { "done",               "state ?state" },
        { "read 40",            "read-old-version ?version" },
        { "version 1.2 second", "conditions ?conditions deadline 300s accepted" },
        { "done",               "pause pause" },
        { "done",               "recheck ?use DATA-PAUSED" },
        { "done",               "confirm ?state" },
        { "read 40",            "flash flash" },
        { "done",               "flash-accepted 60s" },
        { "line 50",            "upgrading 60s deadline 3600s UPGRADE-STARTED" },
        { "line 10",            "upgrading-poll ?state" },
        { "read 10",            "verify ?version" },
        { "version 1.3",        "verify-later 5s" },
        { "timer",              "verify ?version" },
        { "version 1.3",        "verify-later 5s" },
        { "timer",              "verify ?version" },
        { "version 1.3",        "verify-later 10s" },
        { "timer",              "verify ?version" },
        { "version 1.3",        "verify-later 10s" },
        { "timer",              "verify ?version" },
        { "version 1.3",        "verify-later 15s" },
        { "timer",              "verify ?version" },
        { "version 1.3",        "verify-later 15s" },
        { "timer",              "verify ?version" },
        { "version 1.3",        "verify-later 30s" },
        { "timer",              "verify ?version" },
        { "version 1.3",        "verify-later 30s" },
        { "timer",              "verify ?version" },
        { "version 1.3",        "restore restore" },
        { "done",               "rest DATA-RESTORED UPGRADE-FAILED = Upgrade failed Failed to 1.3" },
    } },
    { "upgrade/reboots-twice", 40, "1.3", {
        { "Upgrade",            "registration ?registration" },
        { "done",               "state ?state" },
        { "read 40",            "read-old-version ?version" },
        { "version 1.2 second", "conditions ?conditions deadline 300s accepted" },
        { "done",               "pause pause" },
        { "done",               "recheck ?use DATA-PAUSED" },
        { "done",               "confirm ?state" },
        { "read 40",            "flash flash" },
        { "done",               "flash-accepted 60s" },
        { "line 50",            "upgrading 60s deadline 3600s UPGRADE-STARTED" },
        { "timer",              "upgrading-poll ?state" },
        { "silent",             "upgrading 120s" },
        { "line 10",            "upgrading-poll ?state" },
        { "read 10",            "verify ?version" },
        { "version 1.2 second", "verify-later 5s" },
        { "line 50",            "upgrading 120s deadline 3600s" },
        { "line 10",            "upgrading-poll ?state" },
        { "read 10",            "verify ?version" },
        { "version 1.3 third",  "restore restore" },
        { "done",               "rest DATA-RESTORED UPGRADE-SUCCEEDED = Upgrade succeeded to 1.3" },
    } },
    { "upgrade/back-after-restart", 40, "1.3", {
        { "Upgrade",            "registration ?registration" },
        { "done",               "state ?state" },
        { "read 40",            "read-old-version ?version" },
        { "version 1.2 second", "conditions ?conditions deadline 300s accepted" },
        { "done",               "pause pause" },
        { "done",               "recheck ?use DATA-PAUSED" },
        { "done",               "confirm ?state" },
        { "read 40",            "flash flash" },
        { "done",               "flash-accepted 60s" },
        { "line 50",            "upgrading 60s deadline 3600s UPGRADE-STARTED" },
        { "restart", NULL },
        { "start",              "adopt-state ?state" },
        { "read 10",            "adopt-version ?version" },
        { "version 1.3 third",  "verify ?version" },
        { "version 1.3 third",  "restore restore" },
        { "done",               "rest DATA-RESTORED UPGRADE-SUCCEEDED = Upgrade succeeded to 1.3" },
    } },
    { "upgrade/restart-waiting", 40, "1.3", {
        { "Upgrade",            "registration ?registration" },
        { "done",               "state ?state" },
        { "read 40",            "read-old-version ?version" },
        { "version 1.2 second", "conditions ?conditions deadline 300s accepted" },
        { "done call",          "blocked 60s" },
        { "restart", NULL },
        { "start",              "adopt-state ?state" },
        { "read 40",            "adopt-version ?version" },
        { "version 1.2 second", "restore restore" },
        { "done",               "rest UPGRADE-FAILED = Upgrade failed Aborted to 1.3" },
    } },
    { "upgrade/restart-paused", 40, "1.3", {
        { "Upgrade",            "registration ?registration" },
        { "done",               "state ?state" },
        { "read 40",            "read-old-version ?version" },
        { "version 1.2 second", "conditions ?conditions deadline 300s accepted" },
        { "done",               "pause pause" },
        { "done",               "recheck ?use DATA-PAUSED" },
        { "restart", NULL },
        { "start",              "adopt-state ?state" },
        { "read 40",            "adopt-version ?version" },
        { "version 1.2 second", "restore restore" },
        { "done",               "rest DATA-RESTORED UPGRADE-FAILED = Upgrade failed Aborted to 1.3" },
    } },
    { "upgrade/restart-flashing", 40, "1.3", {
        { "Upgrade",            "registration ?registration" },
        { "done",               "state ?state" },
        { "read 40",            "read-old-version ?version" },
        { "version 1.2 second", "conditions ?conditions deadline 300s accepted" },
        { "done",               "pause pause" },
        { "done",               "recheck ?use DATA-PAUSED" },
        { "done",               "confirm ?state" },
        { "read 40",            "flash flash" },
        { "restart", NULL },
        { "start",              "adopt-state ?state" },
        { "read 40",            "adopt-version ?version" },
        { "version 1.2 second", "flash-accepted 60s" },
        { "timer",              "flash-accepted-poll ?state" },
        { "read 40",            "restore restore" },
        { "done",               "rest DATA-RESTORED UPGRADE-FAILED = Upgrade failed Refused to 1.3" },
    } },
    { "upgrade/restart-flashed", 40, "1.3", {
        { "Upgrade",            "registration ?registration" },
        { "done",               "state ?state" },
        { "read 40",            "read-old-version ?version" },
        { "version 1.2 second", "conditions ?conditions deadline 300s accepted" },
        { "done",               "pause pause" },
        { "done",               "recheck ?use DATA-PAUSED" },
        { "done",               "confirm ?state" },
        { "read 40",            "flash flash" },
        { "restart", NULL },
        { "start",              "adopt-state ?state" },
        { "read 50",            "adopt-version ?version" },
        { "line 50",            "-" },
        { "version 1.2 second", "upgrading 60s deadline 3600s UPGRADE-STARTED" },
        { "line 10",            "upgrading-poll ?state" },
        { "read 10",            "verify ?version" },
        { "version 1.3 third",  "restore restore" },
        { "done",               "rest DATA-RESTORED UPGRADE-SUCCEEDED = Upgrade succeeded to 1.3" },
    } },
    { "upgrade/restart-restoring", 40, "1.3", {
        { "Upgrade",            "registration ?registration" },
        { "done",               "state ?state" },
        { "read 40",            "read-old-version ?version" },
        { "version 1.2 second", "conditions ?conditions deadline 300s accepted" },
        { "done",               "pause pause" },
        { "done",               "recheck ?use DATA-PAUSED" },
        { "done",               "confirm ?state" },
        { "read 40",            "flash flash" },
        { "done",               "flash-accepted 60s" },
        { "line 70",            "restore restore" },
        { "restart", NULL },
        { "start",              "adopt-state ?state" },
        { "read 10",            "adopt-version ?version" },
        { "version 1.2 second", "restore restore" },
        { "done",               "rest DATA-RESTORED UPGRADE-FAILED = Upgrade failed UpgradeFailed 70 to 1.3" },
    } },
    { "upgrade/before-unknown", 40, NULL, {
        { "restart", NULL },
        { "start",              "adopt-state ?state" },
        { "failed",             "adopt-version ?version" },
        { "failed",             "rest 30s" },
        { "line 50",            "upgrading 60s deadline 3600s adopted UPGRADE-STARTED" },
        { "timer",              "upgrading-poll ?state" },
        { "read 10",            "verify ?version" },
        { "version 1.3 third",  "restore restore" },
        { "done",               "rest UPGRADE-FAILED = Upgrade failed Failed to 1.3" },
    } },
    { "rest/asked-again", 40, NULL, {
        { "restart", NULL },
        { "start",              "adopt-state ?state" },
        { "failed",             "adopt-version ?version" },
        { "version 1.2 second", "rest 30s" },
        { "timer",              "adopt-state ?state" },
        { "silent",             "adopt-version ?version" },
        { "version 1.2 second", "rest 60s" },
        { "timer",              "adopt-state ?state" },
        { "read 31",            "adopt-version ?version" },
        { "version 1.2 second", "rest" },
    } },
    /* What is not known of the version that runs */
    { "version/read-again", 10, NULL, {
        { "restart", NULL },
        { "start",              "adopt-state ?state" },
        { "read 10",            "adopt-version ?version" },
        { "failed",             "rest 30s" },
        { "timer",              "rest-version ?version" },
        { "silent",             "rest 60s" },
        { "timer",              "rest-version ?version" },
        { "version 1.2",        "rest 120s" },
        { "timer",              "rest-version ?version" },
        { "line 12 1.3",        "- UPDATE-AVAILABLE" },
        { "version 1.2 second", "rest" },
        { "timer",              "-" },
    } },
    { "version/verb-meanwhile", 10, NULL, {
        { "restart", NULL },
        { "start",              "adopt-state ?state" },
        { "read 10",            "adopt-version ?version" },
        { "failed",             "rest 30s" },
        { "timer",              "rest-version ?version" },
        { "Check url",          "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "line 14",            "rest 30s NO-UPDATE = Check nothing-newer" },
        { "timer",              "rest-version ?version" },
        { "version 1.2 second", "rest from 1.2" },
    } },
    { "version/line-meanwhile", 40, "1.3", {
        { "restart", NULL },
        { "start",              "adopt-state ?state" },
        { "read 40",            "adopt-version ?version" },
        { "failed",             "rest 30s" },
        { "timer",              "rest-version ?version" },
        { "line 50",            "upgrading 60s deadline 3600s adopted UPGRADE-STARTED" },
        { "line 70",            "restore restore" },
        { "done",               "rest 30s UPGRADE-FAILED = Upgrade failed UpgradeFailed 70" },
    } },
    { "version/cancel-meanwhile", 31, "1.3", {
        { "restart", NULL },
        { "start",              "adopt-state ?state" },
        { "read 31",            "adopt-version ?version" },
        { "failed",             "rest 30s" },
        { "timer",              "rest-version ?version" },
        { "Cancel",             "stop stop" },
        { "done",               "stopped ?state" },
        { "read 10",            "rest 60s cancel CANCELLED reset = Cancel cancelled Cancelled to 1.3" },
        { "timer",              "rest-version ?version" },
        { "version 1.2 second", "rest from 1.2" },
    } },
    { "version/download-of-older", 10, NULL, {
        { "restart", NULL },
        { "start",              "adopt-state ?state" },
        { "read 10",            "adopt-version ?version" },
        { "failed",             "rest 30s" },
        { "Download url",       "registration ?registration" },
        { "done",               "version ?version" },
        { "version 1.2 second", "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "line 12 1.1",        "stop stop UPDATE-AVAILABLE" },
        { "done",               "stopped ?state" },
        { "read 10",            "rest DOWNLOAD-FAILED = Download failed OtherVersionOffered to 1.1" },
    } },
    { "version/download-unknown", 10, NULL, {
        { "restart", NULL },
        { "start",              "adopt-state ?state" },
        { "read 10",            "adopt-version ?version" },
        { "failed",             "rest 30s" },
        { "Download url",       "registration ?registration" },
        { "done",               "version ?version" },
        { "failed",             "rest 30s refused Failed" },
        { "Download url downgrade", "registration ?registration" },
        { "done",               "version ?version" },
        { "failed",             "state ?state" },
        { "read 40",            "rest 30s refused WrongState" },
    } },
    { "version/offer-cannot-be-compared", 10, NULL, {
        { "Download url",       "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "line 12 other",      "stop stop UPDATE-AVAILABLE" },
        { "done",               "stopped ?state" },
        { "read 10",            "rest DOWNLOAD-FAILED = Download failed OtherVersionOffered to other" },
    } },
    { "version/same-is-no-older", 10, NULL, {
        { "Download url",       "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "line 12 1.2",        "checking 30s UPDATE-AVAILABLE" },
        { "line 14",            "rest NO-UPDATE = Download nothing-newer to 1.2" },
    } },
    { "version/upgrade-of-older", 40, "1.1", {
        { "restart", NULL },
        { "start",              "adopt-state ?state" },
        { "read 40",            "adopt-version ?version" },
        { "failed",             "rest 30s" },
        { "Upgrade",            "registration ?registration" },
        { "done",               "state ?state" },
        { "read 40",            "read-old-version ?version" },
        { "version 1.2 second", "rest refused OtherVersionOffered" },
    } },
    { "version/upgrade-after-download-of-older", 10, NULL, {
        { "Download url upgrade", "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "line 12 1.3",        "checking 30s UPDATE-AVAILABLE" },
        { "line 30",            "downloading progress DOWNLOAD-STARTED" },
        { "line 40",            "read-old-version ?version DOWNLOAD-SUCCEEDED" },
        { "version 1.4 fourth", "rest UPGRADE-FAILED = Download failed OtherVersionOffered to 1.3" },
    } },

    /* The offer came while no daemon listened: it may be older than what runs */
    { "version/upgrade-of-what-was-not-seen", 10, NULL, {
        { "Download url upgrade", "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "line 11",            "checking 30s" },
        { "restart", NULL },
        { "start",              "adopt-state ?state" },
        { "read 40",            "adopt-version ?version" },
        { "version 1.2 second", "stop stop" },
        { "done",               "stopped ?state" },
        { "read 10",            "query query" },
        { "done",               "checking 60s" },
        { "line 12 1.1",        "stop stop UPDATE-AVAILABLE" },
        { "done",               "stopped ?state" },
        { "read 10",            "rest DOWNLOAD-FAILED = Download failed OtherVersionOffered to 1.1" },
    } },
    { "version/upgrade-of-what-was-not-seen-twice", 10, NULL, {
        { "Download url upgrade", "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "line 30",            "stop stop" },
        { "done",               "stopped ?state" },
        { "read 10",            "query query" },
        { "done",               "checking 60s" },
        { "line 30",            "stop stop" },
        { "done",               "stopped ?state" },
        { "read 10",            "rest DOWNLOAD-FAILED = Download failed QueryFailed 30" },
    } },

    /* A module that does not go on, and does not go away */
    { "stuck/in-50", 40, "1.3", {
        { "Upgrade",            "registration ?registration" },
        { "done",               "state ?state" },
        { "read 40",            "read-old-version ?version" },
        { "version 1.2 second", "conditions ?conditions deadline 300s accepted" },
        { "done",               "pause pause" },
        { "done",               "recheck ?use DATA-PAUSED" },
        { "done",               "confirm ?state" },
        { "read 40",            "flash flash" },
        { "deadline",           "-" },
        { "done",               "flash-accepted 60s" },
        { "line 50",            "upgrading 60s deadline 3600s UPGRADE-STARTED" },
        { "timer",              "upgrading-poll ?state" },
        { "read 50",            "upgrading 120s" },
        { "timer",              "upgrading-poll ?state" },
        { "failed",             "upgrading 240s" },
        { "deadline",           "upgrading-poll ?state" },
        { "read 50",            "restore restore" },
        { "done",               "rest DATA-RESTORED UPGRADE-FAILED = Upgrade failed UpgradeFailed 50 to 1.2" },
        { "line 50",            "-" },
        { "restart", NULL },
        { "start",              "adopt-state ?state" },
        { "read 50",            "adopt-version ?version" },
        { "version 1.2 second", "rest" },
        { "line 50",            "-" },
        { "line 40",            "-" },
        { "line 50",            "upgrading 60s deadline 3600s adopted UPGRADE-STARTED" },
        { "line 70",            "restore restore" },
        { "done",               "rest UPGRADE-FAILED = Upgrade failed UpgradeFailed 70" },
    } },
    { "stuck/in-50-over-a-restart", 40, "1.3", {
        { "line 50",            "upgrading 60s deadline 3600s adopted UPGRADE-STARTED" },
        { "restart", NULL },
        { "start",              "adopt-state ?state" },
        { "read 50",            "adopt-version ?version" },
        { "version 1.2 second", "upgrading 60s deadline 3600s" },
        { "timer",              "upgrading-poll ?state" },
        { "deadline",           "-" },
        { "silent",             "restore restore" },
        { "silent",             "rest UPGRADE-FAILED = Upgrade failed DeviceLost to 1.2" },
    } },
    { "stuck/in-50-until-it-is-back", 40, "1.3", {
        { "line 50",            "upgrading 60s deadline 3600s adopted UPGRADE-STARTED" },
        { "deadline",           "upgrading-poll ?state" },
        { "read 10",            "verify ?version" },
        { "version 1.3 third",  "restore restore" },
        { "done",               "rest UPGRADE-SUCCEEDED = Upgrade succeeded to 1.3" },
    } },
    { "stuck/in-a-state-that-says-nothing", 40, "1.3", {
        { "line 50",            "upgrading 60s deadline 3600s adopted UPGRADE-STARTED" },
        { "timer",              "upgrading-poll ?state" },
        { "read -1",            "upgrading 120s" },
        { "deadline",           "upgrading-poll ?state" },
        { "read -1",            "restore restore" },
        { "done",               "rest 30s UPGRADE-FAILED = Upgrade failed DeviceLost to 1.2" },
    } },
    { "stuck/flash-never-answered", 40, "1.3", {
        { "Upgrade",            "registration ?registration" },
        { "done",               "state ?state" },
        { "read 40",            "read-old-version ?version" },
        { "version 1.2 second", "conditions ?conditions deadline 300s accepted" },
        { "done",               "pause pause" },
        { "done",               "recheck ?use DATA-PAUSED" },
        { "done",               "confirm ?state" },
        { "read 40",            "flash flash" },
        { "silent",             "flash-accepted 60s" },
        { "timer",              "flash-accepted-poll ?state" },
        { "silent",             "flash-accepted 120s" },
        { "timer",              "flash-accepted-poll ?state" },
        { "silent",             "flash-accepted 240s" },
        { "timer",              "flash-accepted-poll ?state" },
        { "silent",             "flash-accepted 480s" },
        { "timer",              "flash-accepted-poll ?state" },
        { "silent",             "flash-accepted 960s" },
        { "timer",              "flash-accepted-poll ?state" },
        { "silent",             "flash-accepted 1920s" },
        { "timer",              "flash-accepted-poll ?state" },
        { "silent",             "restore restore" },
        { "silent",             "rest DATA-RESTORED UPGRADE-FAILED = Upgrade failed DeviceLost to 1.2" },
    } },
    { "stuck/in-12", 12, NULL, {
        { "line 12 1.3",        "- UPDATE-AVAILABLE" },
        { "Check url",          "registration ?registration" },
        { "done",               "state ?state" },
        { "read 12 1.3",        "clear stop" },
        { "failed",             "cleared ?state" },
        { "read 12 1.3",        "rest refused WrongState" },
        { "Download url",       "registration ?registration" },
        { "done",               "state ?state" },
        { "read 12 1.3",        "clear stop" },
        { "failed",             "cleared ?state" },
        { "read 12 1.3",        "rest refused WrongState" },
        { "Cancel",             "stop stop" },
        { "failed",             "rest cancel CANCELLED reset = Cancel cancelled Cancelled to 1.3" },
        { "Cancel",             "- no cancel WrongState" },
        { "Download same",      "registration ?registration" },
        { "done",               "state ?state" },
        { "read 12 1.3",        "clear stop" },
        { "failed",             "cleared ?state" },
        { "read 12 1.3",        "mode mode" },
        { "done",               "query pull UPDATE-AVAILABLE" },
        { "done",               "checking 30s accepted" },
        { "line 30",            "downloading progress DOWNLOAD-STARTED" },
        { "line 40",            "rest DOWNLOAD-SUCCEEDED = Download succeeded to 1.3" },
    } },
    { "stuck/in-12-with-an-older-one", 12, NULL, {
        { "Download same",      "registration ?registration" },
        { "done",               "state ?state" },
        { "read 12 1.1",        "clear stop" },
        { "failed",             "cleared ?state" },
        { "read 12 1.1",        "rest refused OtherVersionOffered" },
    } },

    /* Of rows that no other script comes to */
    { "rows/registration-unanswered", 10, NULL, {
        { "Check url",          "registration ?registration" },
        { "failed",             "rest refused ConditionsNotMet" },
        { "Check url",          "registration ?registration" },
        { "silent",             "rest refused ConditionsNotMet" },
    } },
    { "rows/resume-not-taken", 31, "1.3", {
        { "Resume url",         "registration ?registration" },
        { "done",               "state ?state" },
        { "read 31",            "mode mode" },
        { "done",               "query query" },
        { "silent",             "query-unsure ?state" },
        { "read 31",            "rest refused Timeout" },
    } },
    { "rows/module-upgrades-before", 40, "1.3", {
        { "Upgrade",            "registration ?registration" },
        { "done",               "state ?state" },
        { "read 40",            "read-old-version ?version" },
        { "line 50",            "upgrading 60s deadline 3600s accepted UPGRADE-STARTED" },
        { "line 80,3",          "restore restore" },
        { "done",               "rest UPGRADE-FAILED = Upgrade failed UpgradeFailed 3" },
    } },
    { "rows/version-refused-before", 40, "1.3", {
        { "Upgrade",            "registration ?registration" },
        { "done",               "state ?state" },
        { "read 40",            "read-old-version ?version" },
        { "failed",             "rest refused Failed" },
    } },
    { "rows/download-begins-while-cancelled", 10, NULL, {
        { "Download url",       "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "line 11",            "checking 30s" },
        { "Cancel",             "stop stop" },
        { "line 30",            "-" },
        { "failed",             "downloading progress no cancel Refused DOWNLOAD-STARTED" },
        { "line 11",            "checking 30s" },
        { "line 30",            "downloading progress" },
        { "line 20",            "rest DOWNLOAD-FAILED = Download failed DownloadFailed 20" },
    } },
    { "rows/nobodys-query-finds-an-older-one", 10, NULL, {
        { "line 11",            "checking 30s" },
        { "Check url",          "- refused WrongState" },
        { "line 10",            "checking 10s" },
        { "line 12 1.1",        "rest UPDATE-AVAILABLE" },
    } },
    { "rows/nobodys-query-is-not-cancelled", 10, NULL, {
        { "line 11",            "checking 30s" },
        { "Cancel",             "stop stop" },
        { "line 30",            "-" },
        { "failed",             "downloading progress no cancel Refused DOWNLOAD-STARTED" },
        { "line 12 1.3",        "rest UPDATE-AVAILABLE" },
    } },
    { "rows/resume-offer-lost", 31, "1.3", {
        { "Resume url",         "registration ?registration" },
        { "done",               "state ?state" },
        { "read 31",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "line 30",            "downloading progress DOWNLOAD-STARTED" },
        { "line 40",            "rest DOWNLOAD-SUCCEEDED = Resume succeeded to 1.3" },
    } },
    { "rows/resume-offer-cut", 31, "1.3", {
        { "Resume url expect=1.3", "registration ?registration" },
        { "done",               "state ?state" },
        { "read 31",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "line 12",            "checking-poll ?state" },
        { "read 12",            "checking 30s" },
        { "line 30",            "stop stop" },
        { "done",               "stopped ?state" },
        { "read 10",            "query query" },
        { "done",               "checking 60s" },
        { "line 13,2",          "rest DOWNLOAD-FAILED = Resume failed QueryFailed 2" },
    } },
    /* Lines before the answer are those of this query */
    { "rows/resume-after-a-check", 10, NULL, {
        { "Check url",          "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "line 14",            "-" },
        { "done",               "rest accepted NO-UPDATE = Check nothing-newer" },
        { "Resume url",         "registration ?registration" },
        { "done",               "state ?state" },
        { "read 31",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "line 13,2",          "rest DOWNLOAD-FAILED = Resume failed QueryFailed 2" },
    } },
    { "rows/stopped-too-late", 10, NULL, {
        { "Download url expect=1.4", "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "line 12 1.3",        "stop stop UPDATE-AVAILABLE" },
        { "line 50",            "upgrading 60s deadline 3600s UPGRADE-STARTED" },
        { "line 70",            "restore restore" },
        { "done",               "rest UPGRADE-FAILED = Download failed UpgradeFailed 70" },
    } },
    { "rows/offered-before-an-upgrade", 10, NULL, {
        { "line 12 1.3",        "- UPDATE-AVAILABLE" },
        { "line 40",            "-" },
        { "Upgrade",            "registration ?registration" },
        { "done",               "state ?state" },
        { "read 40",            "read-old-version ?version" },
        { "line 50",            "upgrading 60s deadline 3600s accepted UPGRADE-STARTED" },
        { "line 70",            "restore restore" },
        { "done",               "rest UPGRADE-FAILED = Upgrade failed UpgradeFailed 70" },
    } },
    { "rows/offered-before-the-module-upgrades", 10, NULL, {
        { "line 12 1.3",        "- UPDATE-AVAILABLE" },
        { "line 50",            "upgrading 60s deadline 3600s adopted UPGRADE-STARTED" },
        { "line 70",            "restore restore" },
        { "done",               "rest UPGRADE-FAILED = Upgrade failed UpgradeFailed 70" },
    } },
    { "rows/offered-again", 12, NULL, {
        { "Download",           "registration ?registration" },
        { "done",               "state ?state" },
        { "read 12 1.3",        "mode mode" },
        { "done",               "query pull UPDATE-AVAILABLE" },
        { "done",               "checking 30s accepted" },
        { "line 12 1.3",        "checking 30s" },
        { "line 40",            "rest DOWNLOAD-SUCCEEDED = Download succeeded to 1.3" },
    } },
    /* What an earlier query found is not what this one finds */
    { "rows/offered-earlier", 10, NULL, {
        { "line 12 1.3",        "- UPDATE-AVAILABLE" },
        { "line 10",            "-" },
        { "Download url expect=1.3", "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "line 30",            "stop stop" },
        { "done",               "stopped ?state" },
        { "read 10",            "query query" },
        { "done",               "checking 60s" },
        { "line 30",            "stop stop" },
        { "done",               "stopped ?state" },
        { "read 10",            "rest DOWNLOAD-FAILED = Download failed QueryFailed 30" },
        /* And the next one is asked twice, too */
        { "Download url expect=1.3", "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "line 30",            "stop stop" },
        { "done",               "stopped ?state" },
        { "read 10",            "query query" },
        { "failed",             "rest DOWNLOAD-FAILED = Download failed Refused" },
    } },
    { "rows/pushed-each-time", 10, NULL, {
        { "Download url",       "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "timer",              "checking-poll ?state" },
        { "read 12 1.3",        "query pull" },
        { "done",               "checking 30s" },
        { "timer",              "checking-poll ?state" },
        { "read 12 1.3",        "checking 30s UPDATE-AVAILABLE" },
        { "line 20",            "rest DOWNLOAD-FAILED = Download failed DownloadFailed 20 to 1.3" },
        { "Download url",       "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "timer",              "checking-poll ?state" },
        { "read 12 1.3",        "query pull" },
        { "done",               "checking 30s" },
        { "line 20",            "rest DOWNLOAD-FAILED = Download failed DownloadFailed 20" },
    } },
    { "rows/a-deadline-of-before", 40, "1.3", {
        { "deadline",           "-" },
        { "Upgrade",            "registration ?registration" },
        { "done",               "state ?state" },
        { "read 40",            "read-old-version ?version" },
        { "version 1.2 second", "conditions ?conditions deadline 300s accepted" },
        { "done call",          "blocked 60s" },
        { "Cancel",             "restore restore cancel" },
        { "done",               "rest CANCELLED = Upgrade cancelled Cancelled to 1.3" },
    } },
    { "rows/cancel-after-a-discard", 40, "1.3", {
        { "Cancel",             "stop stop" },
        { "done",               "stopped ?state" },
        { "read 10",            "rest cancel CANCELLED reset = Cancel cancelled Cancelled to 1.3" },
        { "Check url",          "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "Cancel",             "- cancel" },
        { "done",               "stop stop accepted" },
        { "done",               "stopped ?state" },
        { "read 10",            "rest CANCELLED reset = Check cancelled Cancelled" },
    } },
    { "rows/discard-after-a-failure", 10, NULL, {
        { "Check url",          "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "line 13,13",         "rest CHECK-FAILED = Check failed ServerUnreachable 13" },
        { "line 40",            "-" },
        { "Cancel",             "stop stop" },
        { "done",               "stopped ?state" },
        { "read 10",            "rest cancel CANCELLED reset = Cancel cancelled Cancelled" },
    } },
    { "rows/nobodys-query-upgrades", 10, NULL, {
        { "line 11",            "checking 30s" },
        { "line 50",            "upgrading 60s deadline 3600s adopted UPGRADE-STARTED" },
        { "line 70",            "restore restore" },
        { "done",               "rest UPGRADE-FAILED = Upgrade failed UpgradeFailed 70" },
    } },
    { "rows/download-in-a-state-of-no-download", 10, NULL, {
        { "Download url",       "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "line 12 1.3",        "checking 30s UPDATE-AVAILABLE" },
        { "line 30",            "downloading progress DOWNLOAD-STARTED" },
        { "timer",              "downloading-progress ?progress" },
        { "failed",             "downloading-poll ?state" },
        { "read 99",            "checking 60s" },
        { "line 13,2",          "rest DOWNLOAD-FAILED = Download failed QueryFailed 2 to 1.3" },
    } },
    { "rows/stop-refused-at-the-end", 10, NULL, {
        { "Check url",          "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "line 11",            "checking 30s" },
        { "Cancel",             "stop stop" },
        { "line 14",            "-" },
        { "failed",             "stopped ?state" },
        { "read 14",            "rest cancel CANCELLED reset = Check cancelled Cancelled" },
    } },
    { "rows/restart-before-it-was-accepted", 40, "1.3", {
        { "Upgrade",            "registration ?registration" },
        { "done",               "state ?state" },
        { "read 40",            "read-old-version ?version" },
        { "restart", NULL },
        { "start",              "adopt-state ?state" },
        { "read 40",            "adopt-version ?version" },
        { "version 1.2 second", "rest" },
    } },
    { "rows/restart-before-the-upgrade-of-a-download", 10, NULL, {
        { "Download url upgrade", "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "line 12 1.3",        "checking 30s UPDATE-AVAILABLE" },
        { "line 40",            "read-old-version ?version DOWNLOAD-SUCCEEDED" },
        { "restart", NULL },
        { "start",              "adopt-state ?state" },
        { "read 40",            "adopt-version ?version" },
        { "version 1.2 second", "restore restore" },
        { "done",               "rest UPGRADE-FAILED = Download failed Aborted to 1.3" },
    } },
    /* ^FWUP may still be executed */
    { "rows/restart-after-a-flash-not-taken", 40, "1.3", {
        { "Upgrade",            "registration ?registration" },
        { "done",               "state ?state" },
        { "read 40",            "read-old-version ?version" },
        { "version 1.2 second", "conditions ?conditions deadline 300s accepted" },
        { "done",               "pause pause" },
        { "done",               "recheck ?use DATA-PAUSED" },
        { "done",               "confirm ?state" },
        { "read 40",            "flash flash" },
        { "done",               "flash-accepted 60s" },
        { "timer",              "flash-accepted-poll ?state" },
        { "read 40",            "pause pause" },
        { "restart", NULL },
        { "start",              "adopt-state ?state" },
        { "read 40",            "adopt-version ?version" },
        { "version 1.2 second", "flash-accepted 60s" },
        { "timer",              "flash-accepted-poll ?state" },
        { "read 40",            "restore restore" },
        { "done",               "rest DATA-RESTORED UPGRADE-FAILED = Upgrade failed Refused to 1.3" },
    } },
    { "rows/from-is-told-once", 10, NULL, {
        { "restart", NULL },
        { "start",              "adopt-state ?state" },
        { "read 10",            "adopt-version ?version" },
        { "failed",             "rest 30s" },
        { "Check url",          "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "line 14",            "rest 30s NO-UPDATE = Check nothing-newer" },
        { "timer",              "rest-version ?version" },
        { "version 1.2",        "rest 60s from 1.2" },
        { "timer",              "rest-version ?version" },
        { "version 1.2 second", "rest" },
    } },
    { "rows/resume-with-tls", 31, "1.3", {
        { "Resume https",       "registration ?registration" },
        { "done",               "state ?state" },
        { "read 31",            "mode mode" },
        { "done",               "tls tls" },
        { "done",               "query query" },
        { "failed",             "rest refused Refused" },
    } },
    { "rows/found-an-older-one", 12, NULL, {
        { "Download",           "registration ?registration" },
        { "done",               "state ?state" },
        { "read 12 1.1",        "rest refused OtherVersionOffered" },
    } },
    { "rows/cancelled-and-not-taken", 10, NULL, {
        { "Check url",          "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "Cancel",             "- cancel" },
        { "silent",             "query-unsure ?state" },
        { "read 10",            "rest refused Cancelled" },
    } },
    { "rows/cancelled-and-taken", 10, NULL, {
        { "Check url",          "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "Cancel",             "- cancel" },
        { "silent",             "query-unsure ?state" },
        { "read 11",            "stop stop accepted" },
        { "done",               "stopped ?state" },
        { "read 10",            "rest CANCELLED reset = Check cancelled Cancelled" },
    } },
    { "rows/query-fails-in-a-download", 10, NULL, {
        { "Download url",       "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "line 12 1.3",        "checking 30s UPDATE-AVAILABLE" },
        { "line 30",            "downloading progress DOWNLOAD-STARTED" },
        { "line 13,2",          "rest DOWNLOAD-FAILED = Download failed QueryFailed 2 to 1.3" },
    } },
    { "rows/cancel-refused-in-12", 10, NULL, {
        { "Download url",       "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "line 12 1.3",        "checking 30s UPDATE-AVAILABLE" },
        { "Cancel",             "stop stop" },
        { "failed",             "ending 30s cancel" },
        { "line 14",            "rest CANCELLED reset = Download cancelled Cancelled to 1.3" },
    } },
    { "rows/cancel-leaves-12", 10, NULL, {
        { "Check url",          "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "Cancel",             "stop stop" },
        { "done",               "stopped ?state" },
        { "read 12 1.3",        "rest cancel CANCELLED reset = Check cancelled Cancelled" },
    } },
    { "rows/cancel-leaves-11", 10, NULL, {
        { "Check url",          "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "Cancel",             "stop stop" },
        { "done",               "stopped ?state" },
        { "read 11",            "ending 30s cancel" },
        { "line 14",            "rest CANCELLED reset = Check cancelled Cancelled" },
    } },
    { "rows/discard-leaves-12", 40, "1.3", {
        { "Cancel",             "stop stop" },
        { "done",               "stopped ?state" },
        { "read 12 1.3",        "rest cancel CANCELLED reset = Cancel cancelled Cancelled to 1.3" },
    } },
    { "rows/stopped-and-still-12", 10, NULL, {
        { "Download url expect=1.4", "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "line 12 1.3",        "stop stop UPDATE-AVAILABLE" },
        { "done",               "stopped ?state" },
        { "read 12 1.3",        "rest DOWNLOAD-FAILED = Download failed OtherVersionOffered to 1.3" },
    } },
    { "rows/downloads-though-stopped", 10, NULL, {
        { "Download url expect=1.4", "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "line 12 1.3",        "stop stop UPDATE-AVAILABLE" },
        { "failed",             "ending 30s" },
        { "line 30",            "stop stop" },
        { "failed",             "ending 30s" },
        { "line 31",            "stop stop" },
        { "failed",             "ending 30s" },
        { "line 40",            "stop stop" },
        { "failed",             "ending 30s" },
        { "line 30",            "-" },
        { "line 14",            "rest DOWNLOAD-FAILED = Download failed OtherVersionOffered to 1.3" },
    } },
    { "rows/deadline-in-unpause", 40, "1.3", {
        { "Upgrade",            "registration ?registration" },
        { "done",               "state ?state" },
        { "read 40",            "read-old-version ?version" },
        { "version 1.2 second", "conditions ?conditions deadline 300s accepted" },
        { "done",               "pause pause" },
        { "failed",             "unpause restore" },
        { "deadline",           "-" },
        { "done",               "restore restore" },
        { "done",               "rest UPGRADE-FAILED = Upgrade failed ConditionsNotMet to 1.3" },
    } },
    { "rows/deadline-and-conditions-unread", 40, "1.3", {
        { "Upgrade",            "registration ?registration" },
        { "done",               "state ?state" },
        { "read 40",            "read-old-version ?version" },
        { "version 1.2 second", "conditions ?conditions deadline 300s accepted" },
        { "deadline",           "-" },
        { "failed",             "restore restore" },
        { "done",               "rest UPGRADE-FAILED = Upgrade failed ConditionsNotMet to 1.3" },
    } },
    { "rows/deadline-and-use-unread", 40, "1.3", {
        { "Upgrade",            "registration ?registration" },
        { "done",               "state ?state" },
        { "read 40",            "read-old-version ?version" },
        { "version 1.2 second", "conditions ?conditions deadline 300s accepted" },
        { "done",               "pause pause" },
        { "done",               "recheck ?use DATA-PAUSED" },
        { "deadline",           "-" },
        { "silent",             "restore restore" },
        { "done",               "rest DATA-RESTORED UPGRADE-FAILED = Upgrade failed ConditionsNotMet to 1.3" },
    } },
    { "rows/deadline-and-state-unread", 40, "1.3", {
        { "Upgrade",            "registration ?registration" },
        { "done",               "state ?state" },
        { "read 40",            "read-old-version ?version" },
        { "version 1.2 second", "conditions ?conditions deadline 300s accepted" },
        { "done",               "pause pause" },
        { "done",               "recheck ?use DATA-PAUSED" },
        { "done",               "confirm ?state" },
        { "deadline",           "-" },
        { "failed",             "restore restore" },
        { "done",               "rest DATA-RESTORED UPGRADE-FAILED = Upgrade failed ConditionsNotMet to 1.3" },
    } },
    { "rows/deadline-in-flash", 40, "1.3", {
        { "Upgrade",            "registration ?registration" },
        { "done",               "state ?state" },
        { "read 40",            "read-old-version ?version" },
        { "version 1.2 second", "conditions ?conditions deadline 300s accepted" },
        { "done",               "pause pause" },
        { "done",               "recheck ?use DATA-PAUSED" },
        { "done",               "confirm ?state" },
        { "read 40",            "flash flash" },
        { "deadline",           "-" },
        { "failed",             "restore restore" },
        { "done",               "rest DATA-RESTORED UPGRADE-FAILED = Upgrade failed ConditionsNotMet to 1.3" },
    } },
    { "rows/blocked-after-a-slow-query", 10, NULL, {
        { "Download url upgrade", "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "timer",              "checking-poll ?state" },
        { "read 11",            "checking 30s" },
        { "line 12 1.3",        "checking 30s UPDATE-AVAILABLE" },
        { "line 40",            "read-old-version ?version DOWNLOAD-SUCCEEDED" },
        { "version 1.2 second", "conditions ?conditions deadline 300s" },
        { "done call",          "blocked 60s" },
        { "Cancel",             "restore restore cancel" },
        { "done",               "rest CANCELLED = Download cancelled Cancelled to 1.3" },
    } },
    { "rows/check-finds-an-older-one", 10, NULL, {
        { "Check url",          "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "line 12 1.1",        "rest UPDATE-AVAILABLE = Check succeeded to 1.1" },
    } },
    { "rows/query-is-not-set-aside", 10, NULL, {
        { "Check url",          "registration ?registration" },
        { "done",               "state ?state" },
        { "read 11",            "rest refused WrongState" },
        { "Resume url",         "registration ?registration" },
        { "done",               "state ?state" },
        { "read 11",            "rest refused WrongState" },
    } },
    { "rows/offer-cut", 10, NULL, {
        { "Download url",       "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "line 11",            "-" },
        { "done",               "checking 30s accepted" },
        { "line 12",            "checking-poll ?state" },
        { "read 12",            "checking 30s" },
        /* Not pushed before it had its time */
        { "timer",              "checking-poll ?state" },
        { "read 12",            "query pull" },
        { "done",               "checking 30s" },
        { "line 30",            "downloading progress DOWNLOAD-STARTED" },
        { "line 40",            "rest DOWNLOAD-SUCCEEDED = Download succeeded" },
    } },
    { "rows/resume-suspended-when-asked", 31, "1.3", {
        { "Resume url",         "registration ?registration" },
        { "done",               "state ?state" },
        { "read 31",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "line 11",            "checking 30s" },
        { "timer",              "checking-poll ?state" },
        { "read 31",            "rest DOWNLOAD-SUSPENDED = Resume failed DownloadSuspended 31" },
    } },
    { "rows/resume-suspended-at-once", 31, "1.3", {
        { "Resume url",         "registration ?registration" },
        { "done",               "state ?state" },
        { "read 31",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "line 31",            "rest DOWNLOAD-SUSPENDED = Resume failed DownloadSuspended 31" },
    } },
    { "rows/download-suspended-before-it-began", 10, NULL, {
        { "Download url",       "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "timer",              "checking-poll ?state" },
        { "read 31",            "rest DOWNLOAD-SUSPENDED = Download failed DownloadSuspended 31" },
    } },
    { "rows/line-before-answer-of-no-query", 10, NULL, {
        { "Check url",          "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "line 10",            "-" },
        { "done",               "checking 60s accepted" },
        { "line 14",            "rest NO-UPDATE = Check nothing-newer" },
    } },
    { "rows/line-before-answer-of-a-query", 10, NULL, {
        { "Check url",          "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "line 11",            "-" },
        { "line 10",            "-" },
        { "done",               "checking 10s accepted" },
        { "line 14",            "rest NO-UPDATE = Check nothing-newer" },
    } },
    { "rows/state-changes-before-the-query", 10, NULL, {
        { "Check url",          "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "line 30",            "-" },
        { "done",               "rest refused WrongState" },
    } },
    { "rows/shortest-delay-and-wait", 40, "1.3", {
        { "Upgrade delay=1 wait=0", "registration ?registration" },
        { "done",               "state ?state" },
        { "read 40",            "read-old-version ?version" },
        { "version 1.2 second", "delay 1s accepted UPGRADE-SCHEDULED" },
        { "timer",              "conditions ?conditions deadline 1s" },
        { "Cancel",             "- cancel" },
        { "done",               "restore restore" },
        { "done",               "rest CANCELLED = Upgrade cancelled Cancelled to 1.3" },
    } },
    /* The module announces either of a firmware's two names */
    { "rows/announced-by-its-revision", 40, "V200R001C20B025", {
        { "Upgrade",            "registration ?registration" },
        { "done",               "state ?state" },
        { "read 40",            "read-old-version ?version" },
        { "version 1.2 second", "conditions ?conditions deadline 300s accepted" },
        { "line 50",            "upgrading 60s deadline 3600s UPGRADE-STARTED" },
        { "line 10",            "upgrading-poll ?state" },
        { "read 10",            "verify ?version" },
        { "version 1.3 third",  "restore restore" },
        { "done",               "rest UPGRADE-SUCCEEDED = Upgrade succeeded to 1.3" },
    } },
    /* What is not known of before is not compared with, and what is known is */
    { "rows/build-time-of-before-unknown", 40, NULL, {
        { "restart", NULL },
        { "start",              "adopt-state ?state" },
        { "read 40",            "adopt-version ?version" },
        { "version 1.2",        "rest 30s" },
        { "line 50",            "upgrading 60s deadline 3600s adopted UPGRADE-STARTED" },
        { "line 10",            "upgrading-poll ?state" },
        { "read 10",            "verify ?version" },
        { "version 1.2 second", "verify-later 5s" },
        { "timer",              "verify ?version" },
        { "version 1.3 third",  "verify-later 5s" },
        { "timer",              "verify ?version" },
        { "version 1.3 third",  "restore restore" },
        { "done",               "rest UPGRADE-SUCCEEDED = Upgrade succeeded to 1.3" },
    } },
    /* A Check's module that downloads all the same is stopped, and not for ever */
    { "rows/unasked", 10, NULL, {
        { "Check url",          "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "line 12 1.3",        "rest UPDATE-AVAILABLE = Check succeeded to 1.3" },
        { "line 30",            "stop stop" },
        { "done",               "stopped ?state" },
        { "read 10",            "rest" },
        { "line 30",            "stop stop" },
        { "done",               "stopped ?state" },
        { "read 10",            "rest" },
        { "line 30",            "stop stop" },
        { "done",               "stopped ?state" },
        { "read 10",            "rest" },
        { "line 30",            "downloading progress DOWNLOAD-STARTED" },
        { "line 40",            "rest DOWNLOAD-SUCCEEDED" },
    } },
    { "rows/unasked-after-a-download", 10, NULL, {
        { "Check url",          "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "line 14",            "rest NO-UPDATE = Check nothing-newer" },
        { "Download url",       "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "line 12 1.3",        "checking 30s UPDATE-AVAILABLE" },
        { "line 31",            "rest DOWNLOAD-SUSPENDED = Download failed DownloadSuspended 31 to 1.3" },
        { "line 30",            "downloading progress DOWNLOAD-STARTED" },
        { "line 40",            "rest DOWNLOAD-SUCCEEDED" },
    } },
    /* Its end is nobody's Cancel */
    { "rows/unasked-after-a-discard", 10, NULL, {
        { "Check url",          "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "line 12 1.3",        "rest UPDATE-AVAILABLE = Check succeeded to 1.3" },
        { "Cancel",             "stop stop" },
        { "failed",             "rest cancel CANCELLED reset = Cancel cancelled Cancelled to 1.3" },
        { "line 30",            "stop stop" },
        { "done",               "stopped ?state" },
        { "read 10",            "rest" },
    } },
    { "rows/discard-in-vain-twice", 40, "1.3", {
        { "Cancel",             "stop stop" },
        { "done",               "stopped ?state" },
        { "read 40",            "stop stop" },
        { "done",               "stopped ?state" },
        { "read 40",            "stop stop" },
        { "done",               "stopped ?state" },
        { "read 40",            "stop stop" },
        { "done",               "stopped ?state" },
        { "read 40",            "rest no cancel Refused" },
        { "Cancel",             "stop stop" },
        { "done",               "stopped ?state" },
        { "read 40",            "stop stop" },
        { "done",               "stopped ?state" },
        { "read 40",            "stop stop" },
        { "done",               "stopped ?state" },
        { "read 40",            "stop stop" },
        { "done",               "stopped ?state" },
        { "read 40",            "rest no cancel Refused" },
    } },
    { "rows/cancel-in-vain-twice", 10, NULL, {
        { "Download url",       "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "done",               "checking 60s accepted" },
        { "line 12 1.3",        "checking 30s UPDATE-AVAILABLE" },
        { "line 30",            "downloading progress DOWNLOAD-STARTED" },
        { "Cancel",             "stop stop" },
        { "done",               "stopped ?state" },
        { "read 30",            "stop stop" },
        { "done",               "stopped ?state" },
        { "read 30",            "stop stop" },
        { "done",               "stopped ?state" },
        { "read 30",            "stop stop" },
        { "done",               "stopped ?state" },
        { "read 30",            "downloading progress no cancel Refused" },
        { "Cancel",             "stop stop" },
        { "done",               "stopped ?state" },
        { "read 30",            "stop stop" },
        { "done",               "stopped ?state" },
        { "read 30",            "stop stop" },
        { "done",               "stopped ?state" },
        { "read 30",            "stop stop" },
        { "done",               "stopped ?state" },
        { "read 30",            "downloading progress no cancel Refused" },
        { "line 40",            "rest DOWNLOAD-SUCCEEDED = Download succeeded to 1.3" },
    } },
};


/*****************************************************************************/
/* Each stage of a record against each state that the module may be found in */

typedef struct {
    MMTdtechFotaStage stage;
    MMTdtechFotaVerb  verb;
    const gchar      *phases[G_N_ELEMENTS (module_states)];
} Restored;

static const Restored restored_rows[] = {
    /*   10, 11, 12, 13, 14, 20, 30, 31, 40, 50, 70, 80, 90, 99 and none that can be read */
    { MM_TDTECH_FOTA_STAGE_NONE, MM_TDTECH_FOTA_VERB_NONE,
      { "rest", "rest", "rest", "rest", "rest", "rest", "rest", "rest",
        "rest", "rest", "rest", "rest", "rest", "rest", "rest" } },
    { MM_TDTECH_FOTA_STAGE_QUERY, MM_TDTECH_FOTA_VERB_CHECK,
      { "checking", "checking", "checking-poll", "rest", "rest", "rest", "stop", "rest",
        "stop", "upgrading", "checking", "checking", "checking", "checking", "checking" } },
    { MM_TDTECH_FOTA_STAGE_QUERY, MM_TDTECH_FOTA_VERB_DOWNLOAD,
      { "checking", "checking", "checking-poll", "rest", "rest", "rest", "downloading", "rest",
        "rest", "upgrading", "checking", "checking", "checking", "checking", "checking" } },
    { MM_TDTECH_FOTA_STAGE_QUERY, MM_TDTECH_FOTA_VERB_RESUME,
      { "checking", "checking", "checking-poll", "rest", "rest", "rest", "downloading", "rest",
        "rest", "upgrading", "checking", "checking", "checking", "checking", "checking" } },
    { MM_TDTECH_FOTA_STAGE_STOPPING, MM_TDTECH_FOTA_VERB_DOWNLOAD,
      { "rest", "stop", "stop", "rest", "rest", "rest", "stop", "stop",
        "stop", "upgrading", "stop", "stop", "stop", "stop", "stop" } },
    { MM_TDTECH_FOTA_STAGE_WAITING, MM_TDTECH_FOTA_VERB_UPGRADE,
      { "restore", "restore", "restore", "restore", "restore", "restore", "restore", "restore",
        "restore", "upgrading", "restore", "restore", "restore", "restore", "restore" } },
    { MM_TDTECH_FOTA_STAGE_FLASHING, MM_TDTECH_FOTA_VERB_UPGRADE,
      { "verify", "verify", "verify", "verify", "verify", "verify", "verify", "verify",
        "flash-accepted", "upgrading", "restore", "restore", "verify", "verify", "verify" } },
    { MM_TDTECH_FOTA_STAGE_UPGRADING, MM_TDTECH_FOTA_VERB_UPGRADE,
      { "verify", "verify", "verify", "verify", "verify", "verify", "verify", "verify",
        "verify", "upgrading", "restore", "restore", "verify", "verify", "verify" } },
    { MM_TDTECH_FOTA_STAGE_RESTORING, MM_TDTECH_FOTA_VERB_UPGRADE,
      { "restore", "restore", "restore", "restore", "restore", "restore", "restore", "restore",
        "restore", "restore", "restore", "restore", "restore", "restore", "restore" } },
};

static MMTdtechFotaMachine *
restored_machine (const Restored *restored)
{
    MMTdtechFotaMachine     *m = mm_tdtech_fota_machine_new ();
    MMTdtechFotaTransaction  kept = {
        .verb            = restored->verb,
        .options.wait    = 300,
        .package_version = (gchar *) "1.3",
    };

    if (restored->stage >= MM_TDTECH_FOTA_STAGE_WAITING) {
        kept.before_version = (gchar *) "1.2";
        kept.before_build_time = (gchar *) "second";
    }
    if (restored->stage == MM_TDTECH_FOTA_STAGE_STOPPING || restored->stage == MM_TDTECH_FOTA_STAGE_RESTORING) {
        kept.pending.outcome = MM_TDTECH_FOTA_OUTCOME_CANCELLED;
        kept.pending.error = MM_TDTECH_FOTA_ERROR_CANCELLED;
    }
    mm_tdtech_fota_machine_restore (m, restored->stage, &kept);
    return m;
}

/* A module that does as it is told, and nothing else */
static void
go_on_to_rest (Run  *run,
               gint *state)
{
    guint steps = 0;

    while (run->m->phase != MM_TDTECH_FOTA_PHASE_REST) {
        MMTdtechFotastate  now = { .state = *state };
        MMTdtechVersion    version = { .version = (gchar *) "1.2", .build_time = (gchar *) "second" };
        MMTdtechFotaInput  input = { .kind = MM_TDTECH_FOTA_INPUT_DONE, .version = &version };
        MMTdtechFotaOutput out;

        g_assert_cmpuint (++steps, <, 500);
        if (run->effect == MM_TDTECH_FOTA_EFFECT_NONE)
            input.kind = MM_TDTECH_FOTA_INPUT_TIMER;
        else if (run->effect == MM_TDTECH_FOTA_EFFECT_READ_STATE) {
            input.kind = MM_TDTECH_FOTA_INPUT_STATE_READ;
            input.state = &now;
        } else if (run->effect == MM_TDTECH_FOTA_EFFECT_STOP)
            *state = MM_TDTECH_FOTASTATE_IDLE;
        else if (run->effect == MM_TDTECH_FOTA_EFFECT_READ_PROGRESS) {
            input.ask_state = TRUE;
            *state = MM_TDTECH_FOTASTATE_DOWNLOADED;
        }
        if (*state == MM_TDTECH_FOTASTATE_UPGRADING && steps > 10)
            *state = MM_TDTECH_FOTASTATE_IDLE;
        /* I2: after a restart there is no other one */
        g_assert_cmpint (run->effect, !=, MM_TDTECH_FOTA_EFFECT_FLASH);
        step (run, &input, &out);
    }
}

static void
test_restored (void)
{
    guint i, j;

    for (i = 0; i < G_N_ELEMENTS (restored_rows); i++) {
        for (j = 0; j < G_N_ELEMENTS (module_states); j++) {
            Run               run = {
                .m           = restored_machine (&restored_rows[i]),
                .data_paused = restored_rows[i].stage >= MM_TDTECH_FOTA_STAGE_WAITING,
            };
            gint              state = module_states[j];
            g_autofree gchar *read = state < 0 ? g_strdup ("silent") : g_strdup_printf ("read %d", state);
            const gchar      *name;

            g_assert_true (run.m->flash_accepted == (restored_rows[i].stage == MM_TDTECH_FOTA_STAGE_UPGRADING));
            g_free (step_line (&run, "start"));
            g_free (step_line (&run, read));
            g_assert_true (mm_tdtech_fota_machine_is_early (run.m));
            g_free (step_line (&run, "version 1.2 second"));
            g_assert_false (mm_tdtech_fota_machine_is_early (run.m));
            name = mm_tdtech_fota_phase_get_name (run.m->phase);
            g_assert_cmpstr (name, ==, restored_rows[i].phases[j]);
            if (run.m->phase != MM_TDTECH_FOTA_PHASE_REST)
                go_on_to_rest (&run, &state);
            g_assert_cmpuint (run.finished, ==, restored_rows[i].stage == MM_TDTECH_FOTA_STAGE_NONE ? 0 : 1);
            mm_tdtech_fota_machine_free (run.m);
        }
    }
}

/*****************************************************************************/

static void
expect_line (Run         *run,
             const gchar *in,
             const gchar *out)
{
    g_autofree gchar *got = step_line (run, in);

    g_test_message ("%s: %s", in, got);
    g_assert_cmpstr (got, ==, out);
}

/* An unowned query ends and can be cancelled; so can one found after a restart */
static void
test_stuck_in_11 (void)
{
    Run   run;
    guint i;

    run_begin (&run, 10, NULL);
    expect_line (&run, "line 11", "checking 30s");
    for (i = 0; i < 19; i++) {
        expect_line (&run, "timer", "checking-poll ?state");
        expect_line (&run, "read 11", "checking 30s");
    }
    expect_line (&run, "timer", "checking-poll ?state");
    expect_line (&run, "read 11", "stop stop");
    expect_line (&run, "failed", "ending 30s");
    for (i = 0; i < 10; i++) {
        expect_line (&run, "timer", "ending-poll ?state");
        expect_line (&run, "read 11", "ending 30s");
    }
    expect_line (&run, "timer", "rest CHECK-FAILED");
    expect_line (&run, "line 11", "-");
    restart (&run);
    expect_line (&run, "start", "adopt-state ?state");
    expect_line (&run, "read 11", "adopt-version ?version");
    expect_line (&run, "version 1.2 second", "rest");

    /* It may be told to stop, or a verb may try */
    g_assert_true (mm_tdtech_fota_machine_get_interruptible (run.m));
    expect_line (&run, "Cancel", "stop stop");
    expect_line (&run, "failed", "rest no cancel Refused");
    expect_line (&run, "Check url", "registration ?registration");
    expect_line (&run, "done", "state ?state");
    expect_line (&run, "read 11", "clear stop");
    expect_line (&run, "done", "cleared ?state");
    expect_line (&run, "read 10", "mode mode");
    expect_line (&run, "failed", "rest refused Refused");
    expect_line (&run, "line 11", "checking 30s");
    mm_tdtech_fota_machine_free (run.m);
}

/* The module's own words are kept for the text, and only for that of their own error */
static void
test_words (void)
{
    MMTdtechFotaInput  input = { .kind = MM_TDTECH_FOTA_INPUT_FAILED, .words = "SIM PIN required" };
    MMTdtechFotaOutput out;
    Run                run;

    run_begin (&run, 10, NULL);
    expect_line (&run, "Check url", "registration ?registration");
    expect_line (&run, "done", "state ?state");
    expect_line (&run, "read 10", "mode mode");
    expect_line (&run, "done", "query query");
    step (&run, &input, &out);
    g_assert_cmpint (out.verb_error, ==, MM_TDTECH_FOTA_ERROR_REFUSED);
    g_assert_cmpstr (run.m->detail, ==, "SIM PIN required");
    expect_line (&run, "Check url", "registration ?registration");
    expect_line (&run, "failed", "rest refused ConditionsNotMet");
    g_assert_null (run.m->detail);
    expect_line (&run, "line 40", "-");
    expect_line (&run, "Cancel", "stop stop");
    step (&run, &input, &out);
    g_assert_cmpint (out.cancel_error, ==, MM_TDTECH_FOTA_ERROR_REFUSED);
    g_assert_cmpstr (run.m->detail, ==, "SIM PIN required");
    expect_line (&run, "line 10", "-");

    /* So it is with the cause */
    expect_line (&run, "Download url expect=1.3", "registration ?registration");
    expect_line (&run, "done", "state ?state");
    expect_line (&run, "read 10", "mode mode");
    expect_line (&run, "done", "query query");
    expect_line (&run, "done", "checking 60s accepted");
    expect_line (&run, "line 12 1.4", "stop stop UPDATE-AVAILABLE");
    g_assert_cmpint (run.m->cause, ==, MM_TDTECH_FOTA_CAUSE_NOT_EXPECTED);
    g_assert_cmpstr (run.m->detail, ==, "1.4");
    expect_line (&run, "done", "stopped ?state");
    expect_line (&run, "read 10", "rest DOWNLOAD-FAILED = Download failed OtherVersionOffered to 1.4");
    expect_line (&run, "Check url", "registration ?registration");
    expect_line (&run, "failed", "rest refused ConditionsNotMet");
    g_assert_cmpint (run.m->cause, ==, MM_TDTECH_FOTA_CAUSE_NONE);
    mm_tdtech_fota_machine_free (run.m);
}

/* Why an upgrade ended, as far as the error alone does not tell */
static void
test_causes (void)
{
    Run   run;
    guint i;

    run_begin (&run, 40, "1.3");
    expect_line (&run, "Upgrade", "registration ?registration");
    expect_line (&run, "done", "state ?state");
    expect_line (&run, "read 40", "read-old-version ?version");
    expect_line (&run, "failed", "rest refused Failed");
    g_assert_cmpint (run.m->cause, ==, MM_TDTECH_FOTA_CAUSE_VERSION);

    expect_line (&run, "Upgrade", "registration ?registration");
    expect_line (&run, "done", "state ?state");
    expect_line (&run, "read 40", "read-old-version ?version");
    expect_line (&run, "version 1.4 fourth", "rest refused OtherVersionOffered");
    g_assert_cmpint (run.m->cause, ==, MM_TDTECH_FOTA_CAUSE_OLDER);
    g_assert_cmpstr (run.m->detail, ==, "1.3");

    expect_line (&run, "Upgrade downgrade", "registration ?registration");
    expect_line (&run, "done", "state ?state");
    expect_line (&run, "read 40", "read-old-version ?version");
    expect_line (&run, "version 1.2 second", "conditions ?conditions deadline 300s accepted");
    expect_line (&run, "done", "pause pause");
    expect_line (&run, "done", "recheck ?use DATA-PAUSED");
    expect_line (&run, "done", "confirm ?state");
    expect_line (&run, "read 40", "flash flash");
    expect_line (&run, "failed", "refused 30s");
    g_assert_true (run.m->blockers & MM_TDTECH_FOTA_BLOCKER_REFUSED);
    expect_line (&run, "timer", "pause pause");
    expect_line (&run, "done", "recheck ?use");
    expect_line (&run, "done", "confirm ?state");
    expect_line (&run, "read 40", "flash flash");
    expect_line (&run, "failed fatal", "restore restore");
    g_assert_cmpint (run.m->cause, ==, MM_TDTECH_FOTA_CAUSE_RECORD);
    expect_line (&run, "done", "rest DATA-RESTORED UPGRADE-FAILED = Upgrade failed Failed to 1.3");
    mm_tdtech_fota_machine_free (run.m);

    /* Nobody knows what ran before */
    run_begin (&run, 40, NULL);
    restart (&run);
    expect_line (&run, "start", "adopt-state ?state");
    expect_line (&run, "failed", "adopt-version ?version");
    expect_line (&run, "failed", "rest 30s");
    expect_line (&run, "line 50", "upgrading 60s deadline 3600s adopted UPGRADE-STARTED");
    expect_line (&run, "line 10", "upgrading-poll ?state");
    expect_line (&run, "read 10", "verify ?version");
    expect_line (&run, "version 1.3 third", "restore restore");
    g_assert_cmpint (run.m->cause, ==, MM_TDTECH_FOTA_CAUSE_BEFORE);
    mm_tdtech_fota_machine_free (run.m);

    /* Half a version is no verdict, and is told */
    run_begin (&run, 40, "1.3");
    expect_line (&run, "line 50", "upgrading 60s deadline 3600s adopted UPGRADE-STARTED");
    expect_line (&run, "line 10", "upgrading-poll ?state");
    expect_line (&run, "read 10", "verify ?version");
    for (i = 0; i < 8; i++) {
        g_free (step_line (&run, "version 1.4"));
        expect_line (&run, "timer", "verify ?version");
    }
    expect_line (&run, "version 1.4", "restore restore");
    g_assert_cmpint (run.m->cause, ==, MM_TDTECH_FOTA_CAUSE_VERSION);
    expect_line (&run, "done", "rest UPGRADE-FAILED = Upgrade failed Failed to 1.4");
    mm_tdtech_fota_machine_free (run.m);
}

/* What was downloaded before is no package any more once another query is sent, and an
 * offer that the module keeps is none that callers see */
static void
test_forgotten (void)
{
    Run run;

    run_begin (&run, 10, "1.3");
    expect_line (&run, "Check url", "registration ?registration");
    expect_line (&run, "done", "state ?state");
    expect_line (&run, "read 10", "mode mode");
    expect_line (&run, "done", "query query");
    g_assert_null (run.m->kept.package_version);
    expect_line (&run, "done", "checking 60s accepted");
    expect_line (&run, "line 12 1.3", "rest UPDATE-AVAILABLE = Check succeeded to 1.3");
    g_assert_cmpint (mm_tdtech_fota_machine_get_state (run.m), ==, MM_TDTECH_FOTA_STATE_AVAILABLE);
    expect_line (&run, "Cancel", "stop stop");
    expect_line (&run, "failed", "rest cancel CANCELLED reset = Cancel cancelled Cancelled to 1.3");
    g_assert_cmpint (mm_tdtech_fota_machine_get_state (run.m), ==, MM_TDTECH_FOTA_STATE_IDLE);
    g_assert_false (mm_tdtech_fota_machine_get_interruptible (run.m));
    g_assert_null (run.m->kept.offer_version);
    mm_tdtech_fota_machine_free (run.m);
}

/* Nothing newer: nothing is left of what was offered */
static void
test_offer_forgotten (void)
{
    Run run;

    run_begin (&run, 10, NULL);
    expect_line (&run, "line 12 1.3", "- UPDATE-AVAILABLE");
    g_assert_cmpuint (run.m->kept.offer_size, ==, 1000);
    /* A line that is cut says no other thing */
    expect_line (&run, "line 12", "-");
    g_assert_cmpstr (run.m->kept.offer_version, ==, "1.3");
    g_assert_cmpuint (run.m->kept.offer_size, ==, 1000);
    expect_line (&run, "line 14", "-");
    g_assert_null (run.m->kept.offer_version);
    g_assert_null (run.m->kept.offer_description);
    g_assert_cmpuint (run.m->kept.offer_size, ==, 0);
    mm_tdtech_fota_machine_free (run.m);
}

/* What a Cancel leaves of the offer: nothing of a query's, that of a download's */
static void
test_offer_after_cancel (void)
{
    Run run;

    run_begin (&run, 10, NULL);
    expect_line (&run, "Download url", "registration ?registration");
    expect_line (&run, "done", "state ?state");
    expect_line (&run, "read 10", "mode mode");
    expect_line (&run, "done", "query query");
    expect_line (&run, "done", "checking 60s accepted");
    expect_line (&run, "line 12 1.3", "checking 30s UPDATE-AVAILABLE");
    expect_line (&run, "line 30", "downloading progress DOWNLOAD-STARTED");
    expect_line (&run, "Cancel", "stop stop");
    expect_line (&run, "failed", "downloading progress no cancel Refused");
    /* It went on all the time */
    g_assert_false (run.out.progress_start);
    /* And the record says nothing else */
    g_assert_cmpint (run.m->kept.pending.outcome, ==, MM_TDTECH_FOTA_OUTCOME_NONE);
    g_assert_cmpint (run.m->kept.pending.error, ==, MM_TDTECH_FOTA_ERROR_NONE);
    g_assert_cmpstr (run.m->kept.pending.to, ==, "1.3");
    expect_line (&run, "Cancel", "stop stop");
    expect_line (&run, "done", "stopped ?state");
    expect_line (&run, "read 10", "rest cancel CANCELLED reset = Download cancelled Cancelled to 1.3");
    g_assert_cmpstr (run.m->kept.offer_version, ==, "1.3");

    expect_line (&run, "Download url", "registration ?registration");
    expect_line (&run, "done", "state ?state");
    expect_line (&run, "read 10", "mode mode");
    expect_line (&run, "done", "query query");
    expect_line (&run, "done", "checking 60s accepted");
    expect_line (&run, "line 12 1.3", "checking 30s UPDATE-AVAILABLE");
    expect_line (&run, "Cancel", "stop stop");
    expect_line (&run, "done", "stopped ?state");
    expect_line (&run, "read 10", "rest cancel CANCELLED reset = Download cancelled Cancelled to 1.3");
    g_assert_null (run.m->kept.offer_version);

    /* What is installed is offered no more */
    expect_line (&run, "line 12 1.3", "-");
    expect_line (&run, "line 50", "upgrading 60s deadline 3600s adopted UPGRADE-STARTED");
    expect_line (&run, "line 10", "upgrading-poll ?state");
    expect_line (&run, "read 10", "verify ?version");
    expect_line (&run, "version 1.3 third", "verify-later 5s");
    expect_line (&run, "timer", "verify ?version");
    expect_line (&run, "version 1.3 third", "restore restore");
    expect_line (&run, "done", "rest UPGRADE-SUCCEEDED = Upgrade succeeded to 1.3");
    g_assert_null (run.m->kept.offer_version);
    mm_tdtech_fota_machine_free (run.m);
}

/* At rest the machine follows what the module does, and only that */
static void
test_resync (void)
{
    MMTdtechFotaOutput out;
    Run                run;

    run_begin (&run, 10, NULL);
    expect_line (&run, "line 12 1.3", "- UPDATE-AVAILABLE");
    g_assert_false (mm_tdtech_fota_machine_resync (run.m, &out));
    run.m->module_state = 11;
    g_assert_true (mm_tdtech_fota_machine_resync (run.m, &out));
    g_assert_cmpint (run.m->phase, ==, MM_TDTECH_FOTA_PHASE_CHECKING);
    g_assert_false (mm_tdtech_fota_machine_resync (run.m, &out));
    mm_tdtech_fota_machine_free (run.m);
}

/* An upgrade that a stop came too late for, and that only the next daemon finds */
static void
test_upgraded_though_stopped (void)
{
    Run run = { .m = restored_machine (&restored_rows[4]) };

    g_assert_cmpint (restored_rows[4].stage, ==, MM_TDTECH_FOTA_STAGE_STOPPING);
    expect_line (&run, "start", "adopt-state ?state");
    expect_line (&run, "read 50", "adopt-version ?version");
    expect_line (&run, "version 1.2 second", "upgrading 60s deadline 3600s UPGRADE-STARTED");
    expect_line (&run, "line 10", "upgrading-poll ?state");
    expect_line (&run, "read 10", "verify ?version");
    expect_line (&run, "version 1.3 third", "restore restore");
    expect_line (&run, "done", "rest UPGRADE-SUCCEEDED = Download succeeded to 1.3");
    mm_tdtech_fota_machine_free (run.m);
}

/* A version that is cut leaves what is known */
static void
test_version_cut (void)
{
    MMTdtechVersion    version = { .build_time = (gchar *) "third" };
    MMTdtechFotaInput  input = { .kind = MM_TDTECH_FOTA_INPUT_DONE, .version = &version };
    MMTdtechFotaOutput out;
    Run                run;

    run_begin (&run, 40, "1.3");
    expect_line (&run, "line 50", "upgrading 60s deadline 3600s adopted UPGRADE-STARTED");
    expect_line (&run, "line 10", "upgrading-poll ?state");
    expect_line (&run, "read 10", "verify ?version");
    step (&run, &input, &out);
    g_assert_cmpint (run.m->phase, ==, MM_TDTECH_FOTA_PHASE_VERIFY_LATER);
    g_assert_cmpstr (run.m->version, ==, "1.2");
    g_assert_cmpstr (run.m->build_time, ==, "third");
    mm_tdtech_fota_machine_free (run.m);
}

/* What callers are told without the module being asked */
static void
test_foresee (void)
{
    static const struct {
        gint              state;
        MMTdtechFotaVerb  verb;
        MMTdtechFotaError error;
    } rows[] = {
        { 10, MM_TDTECH_FOTA_VERB_CHECK,    MM_TDTECH_FOTA_ERROR_NONE },
        { 12, MM_TDTECH_FOTA_VERB_DOWNLOAD, MM_TDTECH_FOTA_ERROR_NONE },
        { 13, MM_TDTECH_FOTA_VERB_CHECK,    MM_TDTECH_FOTA_ERROR_NONE },
        { 40, MM_TDTECH_FOTA_VERB_CHECK,    MM_TDTECH_FOTA_ERROR_WRONG_STATE },
        { 31, MM_TDTECH_FOTA_VERB_DOWNLOAD, MM_TDTECH_FOTA_ERROR_WRONG_STATE },
        { 50, MM_TDTECH_FOTA_VERB_CHECK,    MM_TDTECH_FOTA_ERROR_WRONG_STATE },
        { 10, MM_TDTECH_FOTA_VERB_RESUME,   MM_TDTECH_FOTA_ERROR_WRONG_STATE },
        { 31, MM_TDTECH_FOTA_VERB_RESUME,   MM_TDTECH_FOTA_ERROR_NONE },
        { 10, MM_TDTECH_FOTA_VERB_UPGRADE,  MM_TDTECH_FOTA_ERROR_WRONG_STATE },
        { 40, MM_TDTECH_FOTA_VERB_UPGRADE,  MM_TDTECH_FOTA_ERROR_NONE },
        { -1, MM_TDTECH_FOTA_VERB_RESUME,   MM_TDTECH_FOTA_ERROR_NONE },
    };
    Run   run;
    guint i;

    run_begin (&run, 10, NULL);
    for (i = 0; i < G_N_ELEMENTS (rows); i++) {
        run.m->module_state = rows[i].state;
        g_assert_cmpint (mm_tdtech_fota_machine_foresee (run.m, rows[i].verb), ==, rows[i].error);
    }
    run.m->module_state = 10;
    expect_line (&run, "Check url", "registration ?registration");
    g_assert_cmpint (mm_tdtech_fota_machine_foresee (run.m, MM_TDTECH_FOTA_VERB_RESUME), ==,
                     MM_TDTECH_FOTA_ERROR_IN_PROGRESS);
    mm_tdtech_fota_machine_free (run.m);

    /* A query that is nobody's */
    run_begin (&run, 10, NULL);
    expect_line (&run, "line 11", "checking 30s");
    g_assert_cmpint (mm_tdtech_fota_machine_foresee (run.m, MM_TDTECH_FOTA_VERB_CHECK), ==,
                     MM_TDTECH_FOTA_ERROR_WRONG_STATE);
    mm_tdtech_fota_machine_free (run.m);
}

/* Until the module is told of what it is for, and nobody was told either */
static void
test_preparing (void)
{
    Run   run;
    guint phase;

    run_begin (&run, 40, NULL);
    for (phase = 0; phase < MM_TDTECH_FOTA_PHASE_LAST; phase++) {
        gboolean before_query = phase >= MM_TDTECH_FOTA_PHASE_REGISTRATION && phase < MM_TDTECH_FOTA_PHASE_TLS;

        run.m->phase = phase;
        g_assert_cmpint (mm_tdtech_fota_machine_is_preparing (run.m), ==,
                         before_query || phase == MM_TDTECH_FOTA_PHASE_READ_OLD_VERSION);
        run.m->accepted = TRUE;
        g_assert_false (mm_tdtech_fota_machine_is_preparing (run.m));
        run.m->accepted = FALSE;
    }
    mm_tdtech_fota_machine_free (run.m);
}

static void
poll_until (Run         *run,
            guint        n,
            const gchar *read,
            const gchar *poll,
            const gchar *again,
            const gchar *last)
{
    guint i;

    for (i = 1; i <= n; i++) {
        expect_line (run, "timer", poll);
        expect_line (run, read, i < n ? again : last);
    }
}

/* Until the version is verified, of what the module upgrades by itself */
#define VERIFY                                                                       \
        { "line 50",            "upgrading 60s deadline 3600s adopted UPGRADE-STARTED" }, \
        { "line 10",            "upgrading-poll ?state" },                           \
        { "read 10",            "verify ?version" }
#define VERIFY_EIGHT_TIMES(odd, even)                                                \
        { odd, "verify-later 5s" },   { "timer", "verify ?version" },                \
        { even, "verify-later 5s" },  { "timer", "verify ?version" },                \
        { odd, "verify-later 10s" },  { "timer", "verify ?version" },                \
        { even, "verify-later 10s" }, { "timer", "verify ?version" },                \
        { odd, "verify-later 15s" },  { "timer", "verify ?version" },                \
        { even, "verify-later 15s" }, { "timer", "verify ?version" },                \
        { odd, "verify-later 30s" },  { "timer", "verify ?version" },                \
        { even, "verify-later 30s" }, { "timer", "verify ?version" }

/* Steps of which the last one does not depend on the module's state */
static const Script in_any_state[] = {
    { "cancelled", 10, NULL, {
        { "Check url",          "registration ?registration" },
        { "Cancel",             "- cancel" },
        { "done",               "rest refused Cancelled" },
    } },
    { "not-registered", 10, NULL, {
        { "Check url",          "registration ?registration" },
        { "done not-registered", "rest refused ConditionsNotMet" },
    } },
    { "registration-unread", 10, NULL, {
        { "Check url",          "registration ?registration" },
        { "silent",             "rest refused ConditionsNotMet" },
    } },
    { "version-needed", 10, NULL, {
        { "forget", NULL },
        { "Download url",       "registration ?registration" },
        { "done",               "version ?version" },
    } },
    { "version-unknown", 10, NULL, {
        { "forget", NULL },
        { "Download url",       "registration ?registration" },
        { "done",               "version ?version" },
        { "failed",             "rest 30s refused Failed" },
    } },
    { "version-need-not-be-known", 10, NULL, {
        { "forget", NULL },
        { "Download url downgrade", "registration ?registration" },
        { "done",               "version ?version" },
        { "failed",             "state ?state" },
    } },
    { "mode-refused", 10, NULL, {
        { "Check url",          "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "failed",             "rest refused Refused" },
    } },
    { "query-cancelled", 10, NULL, {
        { "Check url",          "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "Cancel",             "- cancel" },
        { "done",               "stop stop accepted" },
    } },
    { "query-cancelled-and-refused", 10, NULL, {
        { "Check url",          "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "Cancel",             "- cancel" },
        { "failed",             "rest refused Cancelled" },
    } },
    { "query-cancelled-and-unsure", 10, NULL, {
        { "Check url",          "registration ?registration" },
        { "done",               "state ?state" },
        { "read 10",            "mode mode" },
        { "done",               "query query" },
        { "Cancel",             "- cancel" },
        { "silent",             "query-unsure ?state" },
        { "silent",             "stop stop accepted" },
    } },
    { "busy", 10, NULL, {
        { "Check url",          "registration ?registration" },
        { "Download url",       "- refused InProgress" },
    } },
    { "busy-with-nobodys", 10, NULL, {
        { "line 11",            "checking 30s" },
        { "Download url",       "- refused WrongState" },
    } },
    { "succeeded", 40, "1.3", {
        VERIFY,
        { "version 1.3 third",  "restore restore" },
    } },
    { "another", 40, "1.3", {
        VERIFY,
        { "version 1.4 fourth", "verify-later 5s" },
        { "timer",              "verify ?version" },
        { "version 1.4 fourth", "restore restore" },
    } },
    { "another-each-time", 40, "1.3", {
        VERIFY,
        VERIFY_EIGHT_TIMES ("version 1.4 fourth", "version 1.5 fifth"),
        { "version 1.4 fourth", "restore restore" },
    } },
    { "before-unknown", 40, "1.3", {
        { "forget", NULL },
        VERIFY,
        { "version 1.3 third",  "restore restore" },
    } },
    { "unchanged", 40, "1.3", {
        VERIFY,
        { "version 1.2 second", "verify-later 5s" },
    } },
    { "unchanged-for-good", 40, "1.3", {
        VERIFY,
        VERIFY_EIGHT_TIMES ("version 1.2 second", "version 1.2 second"),
        { "version 1.2 second", "verify-state ?state" },
    } },
    { "cut-each-time", 40, "1.3", {
        VERIFY,
        VERIFY_EIGHT_TIMES ("version 1.3", "silent"),
        { "version 1.3",        "restore restore" },
    } },
    { "unread", 40, "1.3", {
        VERIFY,
        VERIFY_EIGHT_TIMES ("silent", "failed"),
        { "silent",             "restore restore" },
    } },
};

static void
test_in_any_state (void)
{
    guint i, j, k;

    for (i = 0; i < G_N_ELEMENTS (in_any_state); i++) {
        const Line *lines = in_any_state[i].lines;
        Run         run;

        run_begin (&run, in_any_state[i].state, in_any_state[i].package);
        for (j = 0; lines[j + 1].in; j++) {
            if (g_str_equal (lines[j].in, "forget")) {
                g_clear_pointer (&run.m->version, g_free);
                g_clear_pointer (&run.m->build_time, g_free);
                g_clear_pointer (&run.m->revision, g_free);
            } else
                expect_line (&run, lines[j].in, lines[j].out);
        }
        for (k = 0; module_states[k] >= 0; k++) {
            Run other = { .m = flow_tools_copy_machine (run.m), .effect = run.effect };

            g_test_message ("%s in %d", in_any_state[i].name, module_states[k]);
            other.m->module_state = module_states[k];
            expect_line (&other, lines[j].in, lines[j].out);
            mm_tdtech_fota_machine_free (other.m);
        }
        mm_tdtech_fota_machine_free (run.m);
    }
}

/* A module that would not stop is left alone in the end, whatever it does; only a query is set aside */
static void
test_never_ends (void)
{
    guint i;

    for (i = 0; module_states[i] >= 0; i++) {
        Run run;

        run_begin (&run, 10, NULL);
        expect_line (&run, "line 11", "checking 30s");
        expect_line (&run, "Cancel", "stop stop");
        expect_line (&run, "failed", "ending 30s cancel");
        poll_until (&run, 10, "silent", "ending-poll ?state", "ending 30s", "ending 30s");
        run.m->module_state = module_states[i];
        expect_line (&run, "timer", "rest CANCELLED reset");
        g_assert_true (run.m->kept.set_aside == (module_states[i] == 11));
        mm_tdtech_fota_machine_free (run.m);
    }
}

/* An offer that the record knows, and that was not looked at before the daemon died */
static void
test_offer_restored (void)
{
    static const gchar *const found[] = { "read 30", "read 40" };
    MMTdtechFotaTransaction   kept = {
        .verb                   = MM_TDTECH_FOTA_VERB_DOWNLOAD,
        .options.with_url       = TRUE,
        .options.expect_version = (gchar *) "1.4",
        .offer_version          = (gchar *) "1.3",
    };
    guint                     i;

    for (i = 0; i < G_N_ELEMENTS (found); i++) {
        Run run = { .m = mm_tdtech_fota_machine_new () };

        mm_tdtech_fota_machine_restore (run.m, MM_TDTECH_FOTA_STAGE_QUERY, &kept);
        expect_line (&run, "start", "adopt-state ?state");
        expect_line (&run, found[i], "adopt-version ?version");
        expect_line (&run, "version 1.2 second", "stop stop");
        expect_line (&run, "done", "stopped ?state");
        expect_line (&run, "read 10", "rest DOWNLOAD-FAILED = Download failed OtherVersionOffered to 1.3");
        mm_tdtech_fota_machine_free (run.m);
    }

    /* A Check's is what it was to find; the module must not download it all the same */
    kept.verb = MM_TDTECH_FOTA_VERB_CHECK;
    for (i = 0; i < G_N_ELEMENTS (found); i++) {
        Run run = { .m = mm_tdtech_fota_machine_new () };

        mm_tdtech_fota_machine_restore (run.m, MM_TDTECH_FOTA_STAGE_QUERY, &kept);
        expect_line (&run, "start", "adopt-state ?state");
        expect_line (&run, found[i], "adopt-version ?version");
        expect_line (&run, "version 1.2 second", "stop stop");
        expect_line (&run, "done", "stopped ?state");
        expect_line (&run, "read 10", "rest = Check succeeded to 1.3");
        mm_tdtech_fota_machine_free (run.m);
    }
}

/* The times that are doubled are doubled five times */
static void
test_slower_and_slower (void)
{
    static const gchar *const rest[] = { "rest 30s", "rest 60s", "rest 120s", "rest 240s", "rest 480s", "rest 960s" };
    static const gchar *const blocked[] = { "blocked 60s", "blocked 120s", "blocked 240s", "blocked 480s", "blocked 960s" };
    static const gchar *const upgrading[] = {
        "upgrading 120s", "upgrading 240s", "upgrading 480s", "upgrading 960s", "upgrading 1920s",
    };
    Run   run;
    guint i;

    run_begin (&run, 40, "1.3");
    restart (&run);
    expect_line (&run, "start", "adopt-state ?state");
    for (i = 0; i < 8; i++) {
        expect_line (&run, "silent", "adopt-version ?version");
        expect_line (&run, "silent", rest[MIN (i, 5)]);
        expect_line (&run, "timer", "adopt-state ?state");
    }
    expect_line (&run, "read 40", "adopt-version ?version");
    expect_line (&run, "version 1.2 second", "rest");

    expect_line (&run, "Upgrade", "registration ?registration");
    expect_line (&run, "done", "state ?state");
    expect_line (&run, "read 40", "read-old-version ?version");
    expect_line (&run, "version 1.2 second", "conditions ?conditions deadline 300s accepted");
    for (i = 0; i < 7; i++) {
        /* What can't be read is as it was */
        expect_line (&run, i == 3 ? "failed" : "done call", blocked[MIN (i, 4)]);
        g_assert_cmpuint (run.m->blockers, ==, MM_TDTECH_FOTA_BLOCKER_CALL);
        expect_line (&run, "timer", "conditions ?conditions");
    }
    expect_line (&run, "line 50", "upgrading 60s deadline 3600s UPGRADE-STARTED");
    for (i = 0; i < 7; i++) {
        expect_line (&run, "timer", "upgrading-poll ?state");
        expect_line (&run, "read 50", upgrading[MIN (i, 4)]);
    }
    mm_tdtech_fota_machine_free (run.m);
}

/* What is counted is counted from its own beginning */
static void
test_counts (void)
{
    Run run;

    /* A download that goes back to its query */
    run_begin (&run, 10, NULL);
    expect_line (&run, "Download url", "registration ?registration");
    expect_line (&run, "done", "state ?state");
    expect_line (&run, "read 10", "mode mode");
    expect_line (&run, "done", "query query");
    expect_line (&run, "done", "checking 60s accepted");
    expect_line (&run, "timer", "checking-poll ?state");
    expect_line (&run, "read 11", "checking 30s");
    expect_line (&run, "line 12 1.3", "checking 30s UPDATE-AVAILABLE");
    expect_line (&run, "line 30", "downloading progress DOWNLOAD-STARTED");
    g_assert_true (run.out.progress_start);
    g_assert_cmpuint (run.m->polls, ==, 0);
    expect_line (&run, "line 11", "checking 30s");
    poll_until (&run, 20, "read 11", "checking-poll ?state", "checking 30s", "stop stop");
    expect_line (&run, "failed", "ending 30s");
    g_assert_cmpuint (run.m->polls, ==, 0);
    poll_until (&run, 10, "read 11", "ending-poll ?state", "ending 30s", "ending 30s");
    expect_line (&run, "timer", "rest DOWNLOAD-FAILED = Download failed Timeout to 1.3");
    mm_tdtech_fota_machine_free (run.m);

    /* A Cancel that the module does not follow */
    run_begin (&run, 10, NULL);
    expect_line (&run, "Check url", "registration ?registration");
    g_assert_cmpuint (run.m->blockers, ==, 0);
    expect_line (&run, "done", "state ?state");
    expect_line (&run, "read 10", "mode mode");
    expect_line (&run, "done", "query query");
    expect_line (&run, "done", "checking 60s accepted");
    poll_until (&run, 9, "read 11", "checking-poll ?state", "checking 30s", "checking 30s");
    expect_line (&run, "Cancel", "stop stop");
    expect_line (&run, "failed", "ending 30s cancel");
    poll_until (&run, 10, "read 11", "ending-poll ?state", "ending 30s", "ending 30s");
    expect_line (&run, "timer", "rest CANCELLED reset = Check cancelled Cancelled");

    mm_tdtech_fota_machine_free (run.m);

    /* What downloads unasked, and what is nobody's, where versions are asked for as well */
    run_begin (&run, 10, NULL);
    restart (&run);
    expect_line (&run, "start", "adopt-state ?state");
    expect_line (&run, "read 10", "adopt-version ?version");
    expect_line (&run, "failed", "rest 30s");
    expect_line (&run, "timer", "rest-version ?version");
    expect_line (&run, "silent", "rest 60s");
    expect_line (&run, "Check url", "registration ?registration");
    g_assert_cmpuint (run.m->polls, ==, 0);
    expect_line (&run, "done roaming", "rest 30s refused ConditionsNotMet");
    expect_line (&run, "Check url", "registration ?registration");
    g_assert_cmpuint (run.m->blockers, ==, 0);
    expect_line (&run, "done", "state ?state");
    expect_line (&run, "read 10", "mode mode");
    expect_line (&run, "done", "query query");
    expect_line (&run, "done", "checking 60s accepted");
    expect_line (&run, "line 12 1.3", "rest 30s UPDATE-AVAILABLE = Check succeeded to 1.3");
    expect_line (&run, "timer", "rest-version ?version");
    expect_line (&run, "silent", "rest 60s");
    expect_line (&run, "line 30", "stop stop");
    g_assert_cmpuint (run.m->polls, ==, 0);
    expect_line (&run, "done", "stopped ?state");
    expect_line (&run, "read 10", "rest 30s");
    g_assert_cmpuint (run.m->stops, ==, 1);
    expect_line (&run, "timer", "rest-version ?version");
    expect_line (&run, "line 11", "checking 30s");
    g_assert_cmpuint (run.m->polls, ==, 0);
    expect_line (&run, "timer", "checking-poll ?state");
    expect_line (&run, "read 11", "checking 30s");
    poll_until (&run, 19, "silent", "checking-poll ?state", "checking 30s", "stop stop");
    expect_line (&run, "failed", "ending 30s");
    expect_line (&run, "line 14", "rest 30s CHECK-FAILED");
    run.m->hang_ups = 3;
    expect_line (&run, "Check url", "registration ?registration");
    g_assert_cmpuint (run.m->stops + run.m->hang_ups, ==, 0);
    mm_tdtech_fota_machine_free (run.m);
}

static void
test_from (void)
{
    Run run;

    /* Of what the module upgrades by itself */
    run_begin (&run, 40, "1.3");
    expect_line (&run, "line 50", "upgrading 60s deadline 3600s adopted UPGRADE-STARTED");
    g_assert_cmpstr (run.m->kept.before_version, ==, "1.2");
    g_assert_cmpstr (run.m->kept.before_build_time, ==, "second");
    g_assert_cmpstr (run.m->kept.before_revision, ==, "V200R001C20B025");
    mm_tdtech_fota_machine_free (run.m);

    /* Of what is discarded */
    run_begin (&run, 40, "1.3");
    expect_line (&run, "Cancel", "stop stop");
    expect_line (&run, "done", "stopped ?state");
    expect_line (&run, "read 10", "rest cancel CANCELLED reset = Cancel cancelled Cancelled to 1.3");
    g_assert_cmpstr (run.m->result.from, ==, "1.2");
    g_assert_false (run.m->from_is_missing);
    g_assert_null (run.m->kept.package_version);
    mm_tdtech_fota_machine_free (run.m);

    /* What is there stays offered while it is downloaded */
    run_begin (&run, 10, NULL);
    expect_line (&run, "line 12 1.3", "- UPDATE-AVAILABLE");
    expect_line (&run, "Download", "registration ?registration");
    expect_line (&run, "done", "state ?state");
    expect_line (&run, "read 12 1.3", "mode mode");
    expect_line (&run, "done", "query pull UPDATE-AVAILABLE");
    g_assert_cmpstr (run.m->kept.offer_version, ==, "1.3");
    mm_tdtech_fota_machine_free (run.m);

    /* What nobody asked for, and is suspended: another one is not it */
    run_begin (&run, 10, NULL);
    expect_line (&run, "line 12 1.3", "- UPDATE-AVAILABLE");
    expect_line (&run, "line 30", "downloading progress DOWNLOAD-STARTED");
    g_assert_cmpstr (run.m->kept.package_version, ==, "1.3");
    expect_line (&run, "line 31", "rest DOWNLOAD-SUSPENDED");
    mm_tdtech_fota_machine_free (run.m);
}

/* Whether only one of the transitions that do for any phase handles an input */
static void
test_caught (void)
{
    MMTdtechFotaFlowOptions options = { 0 };
    MMTdtechFotaInput       input = { .kind = MM_TDTECH_FOTA_INPUT_VERB, .verb = MM_TDTECH_FOTA_VERB_CHECK, .options = &options };
    gboolean                caught = TRUE;
    Run                     run;

    run_begin (&run, 10, NULL);
    g_assert_true (flow_tools_is_defined (run.m, &input, &caught));
    g_assert_false (caught);
    expect_line (&run, "Check url", "registration ?registration");
    g_assert_true (flow_tools_is_defined (run.m, &input, &caught));
    g_assert_true (caught);
    mm_tdtech_fota_machine_free (run.m);
}

/* Before the query is sent callers see what the module does: somebody else may have told it to */
static void
test_states_of_module (void)
{
    static const struct {
        const gchar       *line;
        MMTdtechFotaState  state;
    } rows[] = {
        { "line 10",     MM_TDTECH_FOTA_STATE_IDLE        },
        { "line 11",     MM_TDTECH_FOTA_STATE_CHECKING    },
        { "line 12 1.3", MM_TDTECH_FOTA_STATE_AVAILABLE   },
        { "line 13,51",  MM_TDTECH_FOTA_STATE_IDLE        },
        { "line 14",     MM_TDTECH_FOTA_STATE_IDLE        },
        { "line 20",     MM_TDTECH_FOTA_STATE_IDLE        },
        { "line 30",     MM_TDTECH_FOTA_STATE_DOWNLOADING },
        { "line 31",     MM_TDTECH_FOTA_STATE_SUSPENDED   },
        { "line 40",     MM_TDTECH_FOTA_STATE_DOWNLOADED  },
        { "line 50",     MM_TDTECH_FOTA_STATE_UPGRADING   },
        { "line 70",     MM_TDTECH_FOTA_STATE_IDLE        },
    };
    Run   run;
    guint i;

    for (i = 0; i < G_N_ELEMENTS (rows); i++) {
        run_begin (&run, 10, NULL);
        expect_line (&run, "Check url", "registration ?registration");
        expect_line (&run, rows[i].line, "-");
        g_assert_cmpint (mm_tdtech_fota_machine_get_state (run.m), ==, rows[i].state);
        mm_tdtech_fota_machine_free (run.m);
    }
}

/* What the runner is told besides */
static void
test_outputs (void)
{
    Run run;

    run_begin (&run, 10, NULL);
    expect_line (&run, "Download url upgrade", "registration ?registration");
    expect_line (&run, "done", "state ?state");
    expect_line (&run, "read 10", "mode mode");
    expect_line (&run, "done", "query query");
    expect_line (&run, "done", "checking 60s accepted");
    g_assert_cmpint (mm_tdtech_fota_machine_get_state (run.m), ==, MM_TDTECH_FOTA_STATE_CHECKING);
    expect_line (&run, "line 12 1.3", "checking 30s UPDATE-AVAILABLE");
    g_assert_false (run.out.progress_start || run.out.progress_complete);
    expect_line (&run, "line 30", "downloading progress DOWNLOAD-STARTED");
    g_assert_cmpint (mm_tdtech_fota_machine_get_state (run.m), ==, MM_TDTECH_FOTA_STATE_DOWNLOADING);
    g_assert_true (run.out.progress_start);
    g_assert_false (run.out.progress_complete);
    expect_line (&run, "line 40", "read-old-version ?version DOWNLOAD-SUCCEEDED");
    g_assert_true (run.out.progress_complete);
    expect_line (&run, "version 1.2 second", "conditions ?conditions deadline 300s");
    g_assert_cmpint (mm_tdtech_fota_machine_get_state (run.m), ==, MM_TDTECH_FOTA_STATE_WAITING);
    g_assert_false (run.out.since_flash);
    g_assert_cmpstr (run.m->kept.before_version, ==, "1.2");
    g_assert_cmpstr (run.m->kept.before_build_time, ==, "second");
    g_assert_cmpstr (run.m->kept.before_revision, ==, "V200R001C20B025");
    expect_line (&run, "done", "pause pause");
    g_assert_cmpint (mm_tdtech_fota_machine_get_state (run.m), ==, MM_TDTECH_FOTA_STATE_PAUSING_DATA);
    expect_line (&run, "done", "recheck ?use DATA-PAUSED");
    expect_line (&run, "done", "confirm ?state");
    expect_line (&run, "read 40", "flash flash");
    g_assert_cmpint (mm_tdtech_fota_machine_get_state (run.m), ==, MM_TDTECH_FOTA_STATE_UPGRADING);
    g_assert_false (run.out.flashed);
    expect_line (&run, "done", "flash-accepted 60s");
    g_assert_true (run.out.flashed);
    expect_line (&run, "line 50", "upgrading 60s deadline 3600s UPGRADE-STARTED");
    g_assert_true (run.out.since_flash);
    mm_tdtech_fota_machine_free (run.m);
}

/* Of what ran before the record may know a half: what runs now is not put beside it */
static void
test_half_known_before (void)
{
    MMTdtechFotaTransaction kept = {
        .verb            = MM_TDTECH_FOTA_VERB_UPGRADE,
        .package_version = (gchar *) "1.3",
        .before_version  = (gchar *) "1.2",
    };
    Run                     run = { .m = mm_tdtech_fota_machine_new () };

    mm_tdtech_fota_machine_restore (run.m, MM_TDTECH_FOTA_STAGE_FLASHING, &kept);
    expect_line (&run, "start", "adopt-state ?state");
    expect_line (&run, "read 10", "adopt-version ?version");
    expect_line (&run, "version 1.3 third", "verify ?version deadline 3600s UPGRADE-STARTED");
    g_assert_cmpstr (run.m->kept.before_version, ==, "1.2");
    g_assert_null (run.m->kept.before_build_time);
    expect_line (&run, "version 1.3 third", "restore restore");
    expect_line (&run, "done", "rest UPGRADE-SUCCEEDED = Upgrade succeeded to 1.3");
    g_assert_cmpstr (run.m->result.from, ==, "1.2");
    mm_tdtech_fota_machine_free (run.m);
}

/* The scripts come to all there is */
static void
test_all_phases (void)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS (scripts); i++)
        run_script (&scripts[i]);
    for (i = MM_TDTECH_FOTA_PHASE_ADOPT_STATE; i < MM_TDTECH_FOTA_PHASE_LAST; i++) {
        if (!(phases_come_to & (G_GUINT64_CONSTANT (1) << i)))
            g_error ("no script comes to %s", mm_tdtech_fota_phase_get_name ((MMTdtechFotaPhase) i));
    }
}

static void
test_names (void)
{
    guint i;

    for (i = 0; i < MM_TDTECH_FOTA_PHASE_LAST; i++)
        g_assert_nonnull (mm_tdtech_fota_phase_get_name ((MMTdtechFotaPhase) i));
    g_assert_cmpstr (mm_tdtech_fota_phase_get_name (MM_TDTECH_FOTA_PHASE_LAST), ==, "none");
    for (i = 0; i < MM_TDTECH_FOTA_STAGE_LAST; i++)
        g_assert_cmpint (mm_tdtech_fota_stage_from_name (mm_tdtech_fota_stage_get_name ((MMTdtechFotaStage) i)), ==, i);
    g_assert_cmpint (mm_tdtech_fota_stage_from_name ("flying"), ==, MM_TDTECH_FOTA_STAGE_LAST);
    for (i = 0; i < MM_TDTECH_FOTA_VERB_LAST; i++)
        g_assert_cmpint (mm_tdtech_fota_verb_from_name (mm_tdtech_fota_verb_get_name ((MMTdtechFotaVerb) i)), ==, i);
    g_assert_cmpint (mm_tdtech_fota_verb_from_name ("Fly"), ==, MM_TDTECH_FOTA_VERB_NONE);
    for (i = MM_TDTECH_FOTA_ERROR_NONE; i < MM_TDTECH_FOTA_ERROR_LAST; i++)
        g_assert_cmpint (mm_tdtech_fota_error_from_name (mm_tdtech_fota_error_get_name ((MMTdtechFotaError) i)), ==, i);
}

/*****************************************************************************/
/* What machine and record have in common */

static const MMTdtechFotaTransaction whole = {
    .verb                    = MM_TDTECH_FOTA_VERB_UPGRADE,
    .options.with_url        = TRUE,
    .options.wait            = 300,
    .options.expect_version  = (gchar *) "expected",
    .pending.outcome         = MM_TDTECH_FOTA_OUTCOME_FAILED,
    .pending.from            = (gchar *) "from",
    .pending.to              = (gchar *) "to",
    .download_begun          = TRUE,
    .data_paused             = TRUE,
    .flashes                 = 2,
    .before_version          = (gchar *) "before",
    .before_build_time       = (gchar *) "build time",
    .before_revision         = (gchar *) "revision",
    .offer_version           = (gchar *) "offer",
    .offer_size              = 1,
    .offer_description       = (gchar *) "description",
    .package_version         = (gchar *) "package",
    .set_aside               = TRUE,
};

#define TEXTS(t)                                                            \
    {                                                                       \
        (t)->options.expect_version, (t)->pending.from, (t)->pending.to,    \
        (t)->before_version, (t)->before_build_time, (t)->before_revision,  \
        (t)->offer_version, (t)->offer_description, (t)->package_version,   \
    }

static void
test_transaction (void)
{
    static const MMTdtechFotaTransaction nothing = { 0 };
    MMTdtechFotaTransaction              copy = { 0 };
    guint                                i;
    guint                                j;

    for (i = 0; i < 2; i++) {
        mm_tdtech_fota_transaction_copy (&copy, &whole);
        {
            const gchar *texts[] = TEXTS (&whole);
            const gchar *copied[] = TEXTS (&copy);

            for (j = 0; j < G_N_ELEMENTS (texts); j++) {
                g_assert_cmpstr (copied[j], ==, texts[j]);
                g_assert_true (copied[j] != texts[j]);
            }
        }
        g_assert_cmpint (copy.verb, ==, whole.verb);
        g_assert_cmpuint (copy.options.wait, ==, 300);
        g_assert_cmpint (copy.pending.outcome, ==, MM_TDTECH_FOTA_OUTCOME_FAILED);
        g_assert_cmpuint (copy.flashes, ==, 2);
    }

    mm_tdtech_fota_transaction_end (&copy);
    {
        const gchar *ended[] = TEXTS (&copy);

        for (j = 0; j < G_N_ELEMENTS (ended); j++)
            g_assert_true (!ended[j] == (j < 6));
    }
    g_assert_cmpint (copy.verb, ==, MM_TDTECH_FOTA_VERB_NONE);
    g_assert_cmpint (copy.pending.outcome, ==, MM_TDTECH_FOTA_OUTCOME_NONE);
    g_assert_false (copy.options.with_url || copy.download_begun || copy.data_paused || copy.flashes);
    g_assert_true (copy.set_aside);

    mm_tdtech_fota_transaction_clear (&copy);
    g_assert_cmpmem (&copy, sizeof (copy), &nothing, sizeof (nothing));
}

/* A record without a transaction may still hold what an earlier one left in it */
static void
test_restored_without_transaction (void)
{
    g_autoptr(MMTdtechFotaMachine) m = mm_tdtech_fota_machine_new ();

    mm_tdtech_fota_machine_restore (m, MM_TDTECH_FOTA_STAGE_NONE, &whole);
    g_assert_cmpint (m->kept.verb, ==, MM_TDTECH_FOTA_VERB_NONE);
    g_assert_null (m->kept.before_version);
    g_assert_cmpstr (m->kept.offer_version, ==, "offer");
    g_assert_cmpstr (m->kept.package_version, ==, "package");
    g_assert_true (m->kept.set_aside);
    g_assert_false (m->accepted);
    g_assert_cmpint (mm_tdtech_fota_machine_get_stage (m), ==, MM_TDTECH_FOTA_STAGE_NONE);
}

int
main (int    argc,
      char **argv)
{
    guint i;

    g_test_init (&argc, &argv, NULL);
    for (i = 0; i < G_N_ELEMENTS (scripts); i++) {
        g_autofree gchar *path = g_strdup_printf ("/tdtech/fota/machine/%s", scripts[i].name);

        g_test_add_data_func (path, &scripts[i], run_script);
    }
    g_test_add_func ("/tdtech/fota/machine/stuck/in-11", test_stuck_in_11);
    g_test_add_func ("/tdtech/fota/machine/in-any-state", test_in_any_state);
    g_test_add_func ("/tdtech/fota/machine/never-ends", test_never_ends);
    g_test_add_func ("/tdtech/fota/machine/offer-restored", test_offer_restored);
    g_test_add_func ("/tdtech/fota/machine/slower-and-slower", test_slower_and_slower);
    g_test_add_func ("/tdtech/fota/machine/counts", test_counts);
    g_test_add_func ("/tdtech/fota/machine/from", test_from);
    g_test_add_func ("/tdtech/fota/machine/caught", test_caught);
    g_test_add_func ("/tdtech/fota/machine/states-of-module", test_states_of_module);
    g_test_add_func ("/tdtech/fota/machine/outputs", test_outputs);
    g_test_add_func ("/tdtech/fota/machine/half-known-before", test_half_known_before);
    g_test_add_func ("/tdtech/fota/machine/foresee", test_foresee);
    g_test_add_func ("/tdtech/fota/machine/preparing", test_preparing);
    g_test_add_func ("/tdtech/fota/machine/words", test_words);
    g_test_add_func ("/tdtech/fota/machine/causes", test_causes);
    g_test_add_func ("/tdtech/fota/machine/forgotten", test_forgotten);
    g_test_add_func ("/tdtech/fota/machine/offer-forgotten", test_offer_forgotten);
    g_test_add_func ("/tdtech/fota/machine/offer-after-cancel", test_offer_after_cancel);
    g_test_add_func ("/tdtech/fota/machine/resync", test_resync);
    g_test_add_func ("/tdtech/fota/machine/upgraded-though-stopped", test_upgraded_though_stopped);
    g_test_add_func ("/tdtech/fota/machine/version-cut", test_version_cut);
    g_test_add_func ("/tdtech/fota/machine/all-phases", test_all_phases);
    g_test_add_func ("/tdtech/fota/machine/restored", test_restored);
    g_test_add_func ("/tdtech/fota/machine/restored-without-transaction", test_restored_without_transaction);
    g_test_add_func ("/tdtech/fota/machine/transaction", test_transaction);
    g_test_add_func ("/tdtech/fota/machine/names", test_names);
    return g_test_run ();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mm-tdtech-fota-rules.h"

/* Limits that the guide leaves open; all GUESS */
#define SECONDS_TO_LEAVE_IDLE   60   /* no way out of 10 after ^FOTAOEMDL */
#define SECONDS_AFTER_QUERY     10   /* 11 → 10 and nothing else */
#define SECONDS_SLOW_POLL       30
#define SECONDS_UNTIL_ACCEPTED  60   /* ^FWUP answered with OK, and no 50 */
#define SECONDS_BETWEEN_FLASHES 30
#define POLLS_OF_A_QUERY_MAX    20
#define POLLS_OF_AN_END_MAX     10
#define STOPS_MAX                3
#define HANG_UPS_MAX             3
#define FLASHES_MAX              3
#define POLLS_OF_A_FLASH_MAX     6    /* without an answer after ^FWUP, an hour in all */
#define SECONDS_OF_AN_UPGRADE 3600    /* in 50, or silent, and still on the bus; relatives take 15 minutes */

/* Versions are read again until the module has been back for two minutes */
static const gint seconds_between_readings[] = { 5, 5, 10, 10, 15, 15, 30, 30 };

/*****************************************************************************/
/* Versions */

/* The module may announce either of a firmware's two names. If the announced one can be compared
 * with neither, or no version could be read, it may be older. */
MMTdtechFotaCause
mm_tdtech_fota_rules_compare_age (const MMTdtechFotaMachine *m,
                                  const gchar               *version)
{
    const gchar *running[] = { m->version, m->revision };
    gboolean     compared = FALSE;
    guint        i;

    if (!version)
        return MM_TDTECH_FOTA_CAUSE_NONE;
    for (i = 0; i < G_N_ELEMENTS (running); i++) {
        gint result;

        if (!mm_tdtech_version_compare (version, running[i], &result))
            continue;
        if (result < 0)
            return MM_TDTECH_FOTA_CAUSE_OLDER;
        compared = TRUE;
    }
    return compared ? MM_TDTECH_FOTA_CAUSE_NONE : MM_TDTECH_FOTA_CAUSE_UNKNOWN_AGE;
}

MMTdtechFotaCause
mm_tdtech_fota_rules_find_fault (const MMTdtechFotaMachine *m,
                                 const gchar               *version)
{
    if (m->kept.options.expect_version && g_strcmp0 (version, m->kept.options.expect_version) != 0)
        return MM_TDTECH_FOTA_CAUSE_NOT_EXPECTED;
    return m->kept.options.allow_downgrade ? MM_TDTECH_FOTA_CAUSE_NONE : mm_tdtech_fota_rules_compare_age (m, version);
}

gboolean
mm_tdtech_fota_rules_offer_is_not_suspended (const MMTdtechFotaMachine *m)
{
    return m->kept.verb == MM_TDTECH_FOTA_VERB_RESUME && m->kept.package_version &&
           g_strcmp0 (m->kept.offer_version, m->kept.package_version) != 0;
}

static gboolean
lacks_version (const MMTdtechFotaMachine *m)
{
    return !m->version || !m->build_time;
}

/*****************************************************************************/
/* Guards of the transitions */

static gboolean
is_upgrade (const MMTdtechFotaStep *step)
{
    return step->m->kept.verb == MM_TDTECH_FOTA_VERB_UPGRADE;
}

static gboolean
is_resume (const MMTdtechFotaStep *step)
{
    return step->m->kept.verb == MM_TDTECH_FOTA_VERB_RESUME;
}

static gboolean
is_check (const MMTdtechFotaStep *step)
{
    return step->m->kept.verb == MM_TDTECH_FOTA_VERB_CHECK;
}

static gboolean
is_download (const MMTdtechFotaStep *step)
{
    return step->m->kept.verb == MM_TDTECH_FOTA_VERB_DOWNLOAD;
}

static gboolean
is_query (const MMTdtechFotaStep *step)
{
    return is_check (step) || is_download (step);
}

static gboolean
is_unowned (const MMTdtechFotaStep *step)
{
    return step->m->kept.verb == MM_TDTECH_FOTA_VERB_NONE;
}

static gboolean
downloads_what_is_there (const MMTdtechFotaStep *step)
{
    return is_download (step) && !step->m->kept.options.with_url;
}

static gboolean
is_busy (const MMTdtechFotaStep *step)
{
    return !is_unowned (step);
}

static gboolean
was_cancelled (const MMTdtechFotaStep *step)
{
    return step->m->cancelling;
}

static gboolean
may_be_cancelled (const MMTdtechFotaStep *step)
{
    return mm_tdtech_fota_rules_is_interruptible (step->m);
}

static gboolean
is_fatal (const MMTdtechFotaStep *step)
{
    return step->in->fatal;
}

static gboolean
is_unregistered (const MMTdtechFotaStep *step)
{
    guint unwanted = MM_TDTECH_FOTA_BLOCKER_NOT_REGISTERED;

    if (!is_upgrade (step) && !step->m->kept.options.allow_roaming)
        unwanted |= MM_TDTECH_FOTA_BLOCKER_ROAMING;
    return !!(step->m->blockers & unwanted);
}

/* I1 */
static gboolean
may_query (const MMTdtechFotaStep *step)
{
    switch (step->m->module_state) {
    case MM_TDTECH_FOTASTATE_IDLE:
        return step->m->kept.options.with_url && !is_resume (step);
    case MM_TDTECH_FOTASTATE_SUSPENDED:
        return is_resume (step);
    case MM_TDTECH_FOTASTATE_AVAILABLE:
        return downloads_what_is_there (step);
    default:
        return FALSE;
    }
}

static gboolean
may_query_with_tls (const MMTdtechFotaStep *step)
{
    return step->m->kept.options.https && may_query (step);
}

static gboolean
line_was_seen (const MMTdtechFotaStep *step)
{
    return step->m->line_seen;
}

static gboolean
offer_is_cut (const MMTdtechFotaStep *step)
{
    return step->in->kind == MM_TDTECH_FOTA_INPUT_STATE_LINE && !step->in->state->version;
}

static gboolean
is_unwanted (const MMTdtechFotaMachine *m,
             const gchar               *version)
{
    return mm_tdtech_fota_rules_find_fault (m, version) != MM_TDTECH_FOTA_CAUSE_NONE;
}

static gboolean
offer_is_unwanted (const MMTdtechFotaStep *step)
{
    MMTdtechFotaMachine *m = step->m;

    if (!m->kept.offer_version || is_unowned (step) || is_check (step))
        return FALSE;
    return mm_tdtech_fota_rules_offer_is_not_suspended (m) || is_unwanted (m, m->kept.offer_version);
}

static gboolean
unwanted_is_there (const MMTdtechFotaStep *step)
{
    return downloads_what_is_there (step) && offer_is_unwanted (step);
}

/* The module downloads what it finds. If its offer was not seen, a download that continues to
 * the upgrade may install an older version. A caller of Upgrade, however, asks for whatever
 * package is there, but not for what comes there later. */
static gboolean
package_is_unknown (const MMTdtechFotaStep *step)
{
    gboolean not_seen = !is_upgrade (step) && step->m->kept.options.upgrade;

    return (not_seen || step->m->package_lost) &&
           !step->m->kept.options.allow_downgrade && !step->m->kept.package_version;
}

static gboolean
package_is_unwanted (const MMTdtechFotaStep *step)
{
    return package_is_unknown (step) || is_unwanted (step->m, step->m->kept.package_version);
}

static gboolean
package_is_another (const MMTdtechFotaStep *step)
{
    return step->m->kept.offer_version &&
           g_strcmp0 (step->m->kept.offer_version, step->m->kept.package_version) != 0;
}

/* The running version will be read again */
static gboolean
package_is_surely_unwanted (const MMTdtechFotaStep *step)
{
    MMTdtechFotaCause cause = mm_tdtech_fota_rules_find_fault (step->m, step->m->kept.package_version);

    return is_upgrade (step) &&
           cause != MM_TDTECH_FOTA_CAUSE_NONE && cause != MM_TDTECH_FOTA_CAUSE_UNKNOWN_AGE;
}

static gboolean
what_stays_is_unwanted (const MMTdtechFotaStep *step)
{
    return is_download (step) && step->m->kept.options.same_server && offer_is_unwanted (step);
}

static gboolean
what_stays_will_do (const MMTdtechFotaStep *step)
{
    return is_download (step) && step->m->kept.options.same_server;
}

static gboolean
version_is_needed (const MMTdtechFotaStep *step)
{
    return (is_download (step) || is_resume (step)) && !step->m->version;
}

static gboolean
nothing_tells_what_runs (const MMTdtechFotaStep *step)
{
    return !step->m->version && !step->m->revision && !step->m->kept.options.allow_downgrade;
}

static gboolean
version_is_lacking (const MMTdtechFotaStep *step)
{
    return lacks_version (step->m);
}

static gboolean
is_followed (const MMTdtechFotaStep *step)
{
    return !step->m->kept.set_aside;
}

static gboolean
is_set_aside (const MMTdtechFotaStep *step)
{
    return step->m->kept.set_aside;
}

static gboolean
query_is_set_aside (const MMTdtechFotaStep *step)
{
    return is_query (step) && step->m->kept.set_aside;
}

static gboolean
offer_was_missed (const MMTdtechFotaStep *step)
{
    if (step->m->kept.offer_version)
        return FALSE;
    return is_check (step) ||
           ((is_download (step) || is_resume (step)) &&
            (step->m->kept.options.expect_version || package_is_unknown (step)));
}

static gboolean
offer_may_be_asked_again (const MMTdtechFotaStep *step)
{
    return offer_was_missed (step) && !step->m->requeried && step->m->kept.options.with_url;
}

static gboolean
download_should_be_pushed (const MMTdtechFotaStep *step)
{
    MMTdtechFotaMachine *m = step->m;

    return (is_download (step) || is_resume (step)) && m->polls > 0 && !m->pushed;
}

/* The second query was sent without automatic download */
static gboolean
download_does_not_begin_alone (const MMTdtechFotaStep *step)
{
    MMTdtechFotaMachine *m = step->m;

    return (is_download (step) || is_resume (step)) && m->requeried && !m->pushed;
}

static gboolean
resume_has_not_begun (const MMTdtechFotaStep *step)
{
    return is_resume (step) && !step->m->seen_query && step->in->kind == MM_TDTECH_FOTA_INPUT_STATE_READ;
}

static gboolean
query_takes_too_long (const MMTdtechFotaStep *step)
{
    return step->m->polls >= POLLS_OF_A_QUERY_MAX;
}

static gboolean
goes_on_to_upgrade (const MMTdtechFotaStep *step)
{
    return (is_download (step) || is_resume (step)) && step->m->kept.options.upgrade;
}

static gboolean
progress_is_not_enough (const MMTdtechFotaStep *step)
{
    return step->in->ask_state;
}

static gboolean
only_checked (const MMTdtechFotaStep *step)
{
    return step->m->checked_only && step->m->stops < STOPS_MAX;
}

static gboolean
stop_is_for_cancel (const MMTdtechFotaStep *step)
{
    return step->m->stop_reason == MM_TDTECH_FOTA_STOP_CANCEL;
}

static gboolean
stop_is_discard (const MMTdtechFotaStep *step)
{
    return step->m->stop_reason == MM_TDTECH_FOTA_STOP_DISCARD;
}

static gboolean
stop_is_for_requery (const MMTdtechFotaStep *step)
{
    return step->m->stop_reason == MM_TDTECH_FOTA_STOP_REQUERY;
}

static gboolean
may_stop_again (const MMTdtechFotaStep *step)
{
    return step->m->stops < STOPS_MAX;
}

static gboolean
end_takes_too_long (const MMTdtechFotaStep *step)
{
    return step->m->polls >= POLLS_OF_AN_END_MAX;
}

static gboolean
version_is_incomplete (const MMTdtechFotaStep *step)
{
    return !step->in->version || !mm_tdtech_version_is_complete (step->in->version);
}

static gboolean
is_delayed (const MMTdtechFotaStep *step)
{
    return step->m->kept.options.delay > 0;
}

static gboolean
call_can_be_ended (const MMTdtechFotaStep *step)
{
    return (step->m->blockers & MM_TDTECH_FOTA_BLOCKER_CALL) &&
           step->m->kept.options.hang_up_calls &&
           step->m->hang_ups < HANG_UPS_MAX;
}

/* Roaming does not matter for flashing: the package has been downloaded */
#define UPGRADE_BLOCKERS (MM_TDTECH_FOTA_BLOCKER_NOT_REGISTERED | MM_TDTECH_FOTA_BLOCKER_CALL)

static gboolean
is_blocked (const MMTdtechFotaStep *step)
{
    return !!(step->m->blockers & UPGRADE_BLOCKERS);
}

static gboolean
is_blocked_too_long (const MMTdtechFotaStep *step)
{
    return step->m->time_over && is_blocked (step);
}

static gboolean
is_called (const MMTdtechFotaStep *step)
{
    return !!(step->m->blockers & MM_TDTECH_FOTA_BLOCKER_CALL);
}

static gboolean
data_is_up (const MMTdtechFotaStep *step)
{
    return !!(step->m->blockers & (MM_TDTECH_FOTA_BLOCKER_DATA | MM_TDTECH_FOTA_BLOCKER_AUTO_DIAL));
}

static gboolean
time_is_over (const MMTdtechFotaStep *step)
{
    return step->m->time_over;
}

static gboolean
data_is_up_too_long (const MMTdtechFotaStep *step)
{
    return step->m->time_over && data_is_up (step);
}

static gboolean
may_flash_again (const MMTdtechFotaStep *step)
{
    return step->m->kept.flashes < FLASHES_MAX;
}

static gboolean
has_changed (const MMTdtechFotaStep *step)
{
    MMTdtechFotaMachine *m = step->m;

    return !version_is_incomplete (step) &&
           ((m->kept.before_version && g_strcmp0 (m->version, m->kept.before_version) != 0) ||
            (m->kept.before_build_time && g_strcmp0 (m->build_time, m->kept.before_build_time) != 0));
}

static gboolean
cannot_be_compared (const MMTdtechFotaStep *step)
{
    return !version_is_incomplete (step) && !step->m->kept.before_version && !step->m->kept.before_build_time;
}

static gboolean
is_as_announced (const MMTdtechFotaMachine *m)
{
    return m->kept.package_version &&
           (g_strcmp0 (m->kept.package_version, m->version) == 0 ||
            g_strcmp0 (m->kept.package_version, m->revision) == 0);
}

/* I6. If no version was announced, a truncated line could pass for a new version: require two
 * equal readings. */
static gboolean
has_succeeded (const MMTdtechFotaStep *step)
{
    MMTdtechFotaMachine *m = step->m;

    return has_changed (step) &&
           (is_as_announced (m) || (!m->kept.package_version && m->read_twice));
}

static gboolean
has_changed_otherwise (const MMTdtechFotaStep *step)
{
    return has_changed (step) && step->m->read_twice;
}

static gboolean
flash_takes_too_long (const MMTdtechFotaStep *step)
{
    return step->m->polls >= POLLS_OF_A_FLASH_MAX;
}

static gboolean
should_be_read_again (const MMTdtechFotaStep *step)
{
    return step->m->readings < G_N_ELEMENTS (seconds_between_readings);
}

static gboolean
is_restored_in (const MMTdtechFotaStep *step,
                MMTdtechFotaStage       stage)
{
    return step->m->restored_stage == stage;
}

static gboolean
was_querying (const MMTdtechFotaStep *step)
{
    return is_restored_in (step, MM_TDTECH_FOTA_STAGE_QUERY);
}

static gboolean
was_stopping (const MMTdtechFotaStep *step)
{
    return is_restored_in (step, MM_TDTECH_FOTA_STAGE_STOPPING);
}

static gboolean
was_waiting (const MMTdtechFotaStep *step)
{
    return is_restored_in (step, MM_TDTECH_FOTA_STAGE_WAITING);
}

static gboolean
was_flashing (const MMTdtechFotaStep *step)
{
    return is_restored_in (step, MM_TDTECH_FOTA_STAGE_FLASHING);
}

static gboolean
was_upgrading (const MMTdtechFotaStep *step)
{
    return is_restored_in (step, MM_TDTECH_FOTA_STAGE_UPGRADING);
}

static gboolean
was_restoring (const MMTdtechFotaStep *step)
{
    return is_restored_in (step, MM_TDTECH_FOTA_STAGE_RESTORING);
}

/*****************************************************************************/
/* Actions of the transitions */

static void
forget_result (MMTdtechFotaStep *step)
{
    mm_tdtech_fota_result_clear (&step->m->kept.pending);
}

static void
begin (MMTdtechFotaStep *step)
{
    MMTdtechFotaMachine *m = step->m;

    m->kept.verb = step->in->verb;
    mm_tdtech_fota_flow_options_copy (&m->kept.options, step->in->options);
    m->blockers = 0;
    m->time_over = m->requeried = m->pushed = m->offer_told = FALSE;
    m->polls = m->stops = m->hang_ups = 0;
    m->checked_only = m->package_lost = FALSE;
    forget_result (step);
}

static void
refuse_busy (MMTdtechFotaStep *step)
{
    step->out->answer_verb = TRUE;
    step->out->verb_error = MM_TDTECH_FOTA_ERROR_IN_PROGRESS;
}

static void
refuse_state (MMTdtechFotaStep *step)
{
    step->out->answer_verb = TRUE;
    step->out->verb_error = MM_TDTECH_FOTA_ERROR_WRONG_STATE;
}

static void
accept (MMTdtechFotaStep *step)
{
    if (step->m->accepted)
        return;
    step->m->accepted = TRUE;
    step->out->answer_verb = TRUE;
}

static void
answer_cancel (MMTdtechFotaStep *step)
{
    step->out->answer_cancel = TRUE;
}

static void
refuse_cancel (MMTdtechFotaStep *step)
{
    step->out->answer_cancel = TRUE;
    step->out->cancel_error = MM_TDTECH_FOTA_ERROR_WRONG_STATE;
}

static void
module_refuses_cancel (MMTdtechFotaStep *step)
{
    step->out->answer_cancel = TRUE;
    step->out->cancel_error = MM_TDTECH_FOTA_ERROR_REFUSED;
    mm_tdtech_fota_step_set_string (&step->m->detail, step->in->words);
    /* The transaction goes on: keep the version that it is about */
    step->m->kept.pending.outcome = MM_TDTECH_FOTA_OUTCOME_NONE;
    step->m->kept.pending.error = MM_TDTECH_FOTA_ERROR_NONE;
}

static void
cancel_later (MMTdtechFotaStep *step)
{
    answer_cancel (step);
    step->m->cancelling = TRUE;
}

static void
take_offer (MMTdtechFotaStep *step)
{
    if (!step->m->offer_told && step->m->kept.offer_version) {
        mm_tdtech_fota_step_emit_event (step, MM_TDTECH_FOTA_EVENT_UPDATE_AVAILABLE);
        step->m->offer_told = TRUE;
    }
    mm_tdtech_fota_step_set_string (&step->m->kept.pending.to, step->m->kept.offer_version);
}

static void
take_package (MMTdtechFotaStep *step)
{
    take_offer (step);
    if (step->m->kept.offer_version)
        mm_tdtech_fota_step_set_string (&step->m->kept.package_version, step->m->kept.offer_version);
    mm_tdtech_fota_step_set_string (&step->m->kept.pending.to, step->m->kept.package_version);
}

static void
replace_package (MMTdtechFotaStep *step)
{
    mm_tdtech_fota_step_set_string (&step->m->kept.package_version, step->m->kept.offer_version);
    mm_tdtech_fota_step_set_string (&step->m->kept.pending.to, step->m->kept.package_version);
}

static void
lose_package (MMTdtechFotaStep *step)
{
    mm_tdtech_fota_step_forget_offer (step);
    g_clear_pointer (&step->m->kept.package_version, g_free);
    g_clear_pointer (&step->m->kept.pending.to, g_free);
    step->m->package_lost = TRUE;
}

static void
start_query (MMTdtechFotaStep *step)
{
    MMTdtechFotaMachine *m = step->m;

    m->line_seen = FALSE;
    m->seen_query = FALSE;
    forget_result (step);
    if (m->module_state == MM_TDTECH_FOTASTATE_AVAILABLE) {
        take_package (step);
        return;
    }
    mm_tdtech_fota_step_forget_offer (step);
    if (m->module_state == MM_TDTECH_FOTASTATE_IDLE)
        g_clear_pointer (&m->kept.package_version, g_free);
}

static void
push_download (MMTdtechFotaStep *step)
{
    step->m->pushed = TRUE;
    step->m->line_seen = FALSE;
}

static void
take_package_and_push (MMTdtechFotaStep *step)
{
    take_package (step);
    push_download (step);
}

static void
note_line (MMTdtechFotaStep *step)
{
    step->m->line_seen = TRUE;
    if (step->m->module_state == MM_TDTECH_FOTASTATE_QUERYING)
        step->m->seen_query = TRUE;
}

static void
note_query (MMTdtechFotaStep *step)
{
    step->m->seen_query = TRUE;
}

static void
note_unowned_query (MMTdtechFotaStep *step)
{
    step->m->polls = 0;
    note_query (step);
}

static void
poll (MMTdtechFotaStep *step)
{
    step->m->polls = MIN (step->m->polls + 1, POLLS_OF_A_QUERY_MAX);
}

static void
begin_download (MMTdtechFotaStep *step)
{
    step->m->polls = 0;
    step->out->progress_start = TRUE;
    take_package (step);
    if (!step->m->kept.download_begun)
        mm_tdtech_fota_step_emit_event (step, MM_TDTECH_FOTA_EVENT_DOWNLOAD_STARTED);
    step->m->kept.download_begun = TRUE;
}

static void
end_download (MMTdtechFotaStep *step)
{
    step->out->progress_complete = TRUE;
    take_package (step);
}

static void
end_download_to_upgrade (MMTdtechFotaStep *step)
{
    end_download (step);
    step->m->upgrade_begun = TRUE;
    mm_tdtech_fota_step_emit_event (step, MM_TDTECH_FOTA_EVENT_DOWNLOAD_SUCCEEDED);
}

static void
stop_for_result (MMTdtechFotaStep *step)
{
    step->m->stop_reason = MM_TDTECH_FOTA_STOP_RESULT;
    step->m->polls = 0;
}

static void
stop_for_result_with_offer (MMTdtechFotaStep *step)
{
    stop_for_result (step);
    take_offer (step);
}

static void
stop_for_cancel (MMTdtechFotaStep *step)
{
    step->m->stop_reason = MM_TDTECH_FOTA_STOP_CANCEL;
    step->m->stops = step->m->polls = 0;
}

static void
stop_cancelled (MMTdtechFotaStep *step)
{
    accept (step);
    stop_for_result (step);
}

static void
stop_for_discard (MMTdtechFotaStep *step)
{
    step->m->stop_reason = MM_TDTECH_FOTA_STOP_DISCARD;
    step->m->stops = 0;
}

static void
stop_unasked (MMTdtechFotaStep *step)
{
    step->m->stop_reason = MM_TDTECH_FOTA_STOP_RESULT;
    step->m->stops++;
    step->m->polls = 0;
}

static void
stop_for_requery (MMTdtechFotaStep *step)
{
    step->m->stop_reason = MM_TDTECH_FOTA_STOP_REQUERY;
    step->m->requeried = TRUE;
}

static void
stop_again (MMTdtechFotaStep *step)
{
    step->m->stops++;
}

static void
cancel_is_done (MMTdtechFotaStep *step)
{
    answer_cancel (step);
    step->m->stop_reason = MM_TDTECH_FOTA_STOP_RESULT;
}

/* The package is gone, and the last result must not suggest otherwise */
static void
discard_is_done (MMTdtechFotaStep *step)
{
    MMTdtechFotaMachine *m = step->m;

    answer_cancel (step);
    mm_tdtech_fota_step_emit_event (step, MM_TDTECH_FOTA_EVENT_CANCELLED);
    mm_tdtech_fota_result_clear (&m->result);
    m->result.verb = MM_TDTECH_FOTA_VERB_CANCEL;
    m->result.outcome = MM_TDTECH_FOTA_OUTCOME_CANCELLED;
    m->result.error = MM_TDTECH_FOTA_ERROR_CANCELLED;
    m->result.from = g_strdup (m->version);
    m->result.to = g_strdup (m->kept.package_version ? m->kept.package_version : m->kept.offer_version);
    m->from_is_missing = !m->version;
    step->out->discarded = TRUE;
    step->out->progress_reset = TRUE;
    /* State 12 is only an offer; if the module keeps it, ignore it */
    m->kept.set_aside = m->module_state == MM_TDTECH_FOTASTATE_AVAILABLE;
    mm_tdtech_fota_step_forget_offer (step);
}

static void
take_what_stays (MMTdtechFotaStep *step)
{
    step->m->kept.options.with_url = FALSE;
}

static void
set_aside (MMTdtechFotaStep *step)
{
    step->m->kept.set_aside = TRUE;
}

static void
blame_version (MMTdtechFotaStep *step)
{
    step->m->cause = MM_TDTECH_FOTA_CAUSE_VERSION;
}

static void
blame_record (MMTdtechFotaStep *step)
{
    step->m->cause = MM_TDTECH_FOTA_CAUSE_RECORD;
}

static void
keep_old_version (MMTdtechFotaStep *step)
{
    MMTdtechFotaMachine *m = step->m;

    mm_tdtech_fota_step_set_string (&m->kept.before_version, m->version);
    mm_tdtech_fota_step_set_string (&m->kept.before_build_time, m->build_time);
    mm_tdtech_fota_step_set_string (&m->kept.before_revision, m->revision);
    mm_tdtech_fota_step_set_string (&m->kept.pending.to, m->kept.package_version);
    m->upgrade_begun = TRUE;
    m->polls = 0;
    accept (step);
}

static void
schedule (MMTdtechFotaStep *step)
{
    keep_old_version (step);
    mm_tdtech_fota_step_emit_event (step, MM_TDTECH_FOTA_EVENT_UPGRADE_SCHEDULED);
}

static void
start_waiting (MMTdtechFotaStep *step)
{
    step->out->start_deadline = MAX (step->m->kept.options.wait, 1);
}

static void
keep_old_version_and_wait (MMTdtechFotaStep *step)
{
    keep_old_version (step);
    start_waiting (step);
}

static void
hang_up (MMTdtechFotaStep *step)
{
    step->m->hang_ups++;
}

static void
data_is_paused (MMTdtechFotaStep *step)
{
    if (!step->m->kept.data_paused)
        mm_tdtech_fota_step_emit_event (step, MM_TDTECH_FOTA_EVENT_DATA_PAUSED);
    step->m->kept.data_paused = TRUE;
}

static void
data_is_restored (MMTdtechFotaStep *step)
{
    if (step->m->kept.data_paused)
        mm_tdtech_fota_step_emit_event (step, MM_TDTECH_FOTA_EVENT_DATA_RESTORED);
    step->m->kept.data_paused = FALSE;
}

static void
accept_flash (MMTdtechFotaStep *step)
{
    step->m->kept.flashes++;
    step->m->polls = 0;
    step->out->flashed = TRUE;
}

static void
do_not_flash_again (MMTdtechFotaStep *step)
{
    step->m->kept.flashes = FLASHES_MAX;
}

static void
refuse_flash (MMTdtechFotaStep *step)
{
    step->m->blockers |= MM_TDTECH_FOTA_BLOCKER_REFUSED;
}

/* Data stays paused until then, so this must end, also across restarts */
static void
limit_upgrade (MMTdtechFotaStep *step)
{
    step->m->time_over = FALSE;
    step->out->start_deadline = SECONDS_OF_AN_UPGRADE;
    step->out->since_flash = TRUE;
}

static void
start_upgrade (MMTdtechFotaStep *step)
{
    MMTdtechFotaMachine *m = step->m;

    if (!m->kept.before_version && !m->kept.before_build_time) {
        mm_tdtech_fota_step_set_string (&m->kept.before_version, m->version);
        mm_tdtech_fota_step_set_string (&m->kept.before_build_time, m->build_time);
        mm_tdtech_fota_step_set_string (&m->kept.before_revision, m->revision);
    }
    m->upgrade_begun = m->flash_accepted = TRUE;
    m->polls = m->readings = 0;
    limit_upgrade (step);
    accept (step);
    mm_tdtech_fota_step_emit_event (step, MM_TDTECH_FOTA_EVENT_UPGRADE_STARTED);
}

static void
start_upgrade_cancelled_too_late (MMTdtechFotaStep *step)
{
    if (stop_is_for_cancel (step) || stop_is_discard (step))
        refuse_cancel (step);
    if (is_unowned (step)) {
        step->m->kept.verb = MM_TDTECH_FOTA_VERB_UPGRADE;
        step->m->accepted = TRUE;
        step->out->adopt = TRUE;
    }
    forget_result (step);
    start_upgrade (step);
}

/* The module upgrades without being asked to */
static void
adopt_upgrade (MMTdtechFotaStep *step)
{
    MMTdtechFotaMachine *m = step->m;

    m->kept.verb = MM_TDTECH_FOTA_VERB_UPGRADE;
    m->accepted = TRUE;
    forget_result (step);
    step->out->adopt = TRUE;
    start_upgrade (step);
}

static void
read_later (MMTdtechFotaStep *step)
{
    step->m->readings++;
}

static void
set_verdict (MMTdtechFotaStep *step)
{
    mm_tdtech_fota_step_set_string (&step->m->kept.pending.to, step->m->version);
}

static void
set_unread_verdict (MMTdtechFotaStep *step)
{
    set_verdict (step);
    blame_version (step);
}

static void
set_unknown_verdict (MMTdtechFotaStep *step)
{
    set_verdict (step);
    step->m->cause = MM_TDTECH_FOTA_CAUSE_BEFORE;
}

static void
give_up (MMTdtechFotaStep *step)
{
    set_verdict (step);
    set_aside (step);
}

static void
end_time (MMTdtechFotaStep *step)
{
    step->m->time_over = TRUE;
}

/*****************************************************************************/
/* Phases and table: here, where guards and actions are known */

#include "mm-tdtech-fota-table.h"

const MMTdtechFotaPhaseInfo *
mm_tdtech_fota_rules_get_phase (MMTdtechFotaPhase phase)
{
    return &phases[phase];
}

MMTdtechFotaEffect
mm_tdtech_fota_rules_get_effect (const MMTdtechFotaMachine *m)
{
    if (m->phase == MM_TDTECH_FOTA_PHASE_QUERY && m->module_state == MM_TDTECH_FOTASTATE_AVAILABLE)
        return MM_TDTECH_FOTA_EFFECT_DOWNLOAD;
    return phases[m->phase].effect;
}

gint
mm_tdtech_fota_rules_get_timer (const MMTdtechFotaMachine *m)
{
    switch ((gint) m->phase) {
    case MM_TDTECH_FOTA_PHASE_REST:
        /* The state could not be read: retry, so that later clients see the true one */
        return m->module_state == MM_TDTECH_FOTASTATE_UNKNOWN || lacks_version (m) ?
               SECONDS_SLOW_POLL << MIN (m->polls, 5) :
               MM_TDTECH_FOTA_TIMER_NONE;
    case MM_TDTECH_FOTA_PHASE_CHECKING:
        if (m->module_state == MM_TDTECH_FOTASTATE_QUERYING || m->module_state == MM_TDTECH_FOTASTATE_AVAILABLE)
            return SECONDS_SLOW_POLL;
        return m->seen_query ? SECONDS_AFTER_QUERY : SECONDS_TO_LEAVE_IDLE;
    case MM_TDTECH_FOTA_PHASE_DOWNLOADING:
        return MM_TDTECH_FOTA_TIMER_PROGRESS;
    case MM_TDTECH_FOTA_PHASE_ENDING:
        return SECONDS_SLOW_POLL;
    case MM_TDTECH_FOTA_PHASE_DELAY:
        return (gint) MIN (m->kept.options.delay, (guint) G_MAXINT);
    case MM_TDTECH_FOTA_PHASE_BLOCKED:
        /* Signals drive it; the timer only covers a lost one (I10) */
        return SECONDS_SLOW_POLL << MIN (m->polls, 5);
    case MM_TDTECH_FOTA_PHASE_REFUSED:
        return SECONDS_BETWEEN_FLASHES;
    case MM_TDTECH_FOTA_PHASE_FLASH_ACCEPTED:
        return SECONDS_UNTIL_ACCEPTED << MIN (m->polls, 5);
    case MM_TDTECH_FOTA_PHASE_UPGRADING:
        return SECONDS_UNTIL_ACCEPTED << MIN (m->polls, 5);
    case MM_TDTECH_FOTA_PHASE_VERIFY_LATER:
        return seconds_between_readings[CLAMP (m->readings, 1, G_N_ELEMENTS (seconds_between_readings)) - 1];
    default:
        return MM_TDTECH_FOTA_TIMER_NONE;
    }
}

/* I7 */
gboolean
mm_tdtech_fota_rules_is_interruptible (const MMTdtechFotaMachine *m)
{
    /* A ^FWUP that was answered with OK may still be executed */
    if (m->kept.flashes > 0)
        return FALSE;

    switch (phases[m->phase].interruptible) {
    case MM_TDTECH_FOTA_CANCEL_YES:
        return TRUE;
    case MM_TDTECH_FOTA_CANCEL_ONCE:
        return !m->cancelling;
    case MM_TDTECH_FOTA_CANCEL_BY_STATE:
        return (m->module_state == MM_TDTECH_FOTASTATE_AVAILABLE && !m->kept.set_aside) ||
               (m->module_state == MM_TDTECH_FOTASTATE_QUERYING && m->kept.set_aside) ||
               m->module_state == MM_TDTECH_FOTASTATE_SUSPENDED ||
               m->module_state == MM_TDTECH_FOTASTATE_DOWNLOADED;
    case MM_TDTECH_FOTA_CANCEL_NO:
    default:
        return FALSE;
    }
}

static guint
state_class (gint state)
{
    switch (state) {
    case MM_TDTECH_FOTASTATE_UNKNOWN:               return MM_TDTECH_FOTA_STATE_CLASS_UNKNOWN;
    case MM_TDTECH_FOTASTATE_IDLE:                  return MM_TDTECH_FOTA_STATE_CLASS_10;
    case MM_TDTECH_FOTASTATE_QUERYING:              return MM_TDTECH_FOTA_STATE_CLASS_11;
    case MM_TDTECH_FOTASTATE_AVAILABLE:             return MM_TDTECH_FOTA_STATE_CLASS_12;
    case MM_TDTECH_FOTASTATE_QUERY_FAILED:          return MM_TDTECH_FOTA_STATE_CLASS_13;
    case MM_TDTECH_FOTASTATE_NOTHING_NEWER:         return MM_TDTECH_FOTA_STATE_CLASS_14;
    case MM_TDTECH_FOTASTATE_DOWNLOAD_FAILED:       return MM_TDTECH_FOTA_STATE_CLASS_20;
    case MM_TDTECH_FOTASTATE_DOWNLOADING:           return MM_TDTECH_FOTA_STATE_CLASS_30;
    case MM_TDTECH_FOTASTATE_SUSPENDED:             return MM_TDTECH_FOTA_STATE_CLASS_31;
    case MM_TDTECH_FOTASTATE_DOWNLOADED:            return MM_TDTECH_FOTA_STATE_CLASS_40;
    case MM_TDTECH_FOTASTATE_UPGRADING:             return MM_TDTECH_FOTA_STATE_CLASS_50;
    case MM_TDTECH_FOTASTATE_UPGRADE_FAILED:
    case MM_TDTECH_FOTASTATE_FAMILY_UPGRADE_FAILED: return MM_TDTECH_FOTA_STATE_CLASS_70;
    case MM_TDTECH_FOTASTATE_FAMILY_UPGRADE_DONE:   return MM_TDTECH_FOTA_STATE_CLASS_90;
    default:                                        return MM_TDTECH_FOTA_STATE_CLASS_OTHER;
    }
}

static const MMTdtechFotaTransition *
find_in (const MMTdtechFotaTransition *rows,
         guint                         n_rows,
         const MMTdtechFotaStep       *step)
{
    guint64 phase = G_GUINT64_CONSTANT (1) << step->m->phase;
    guint   input = 1u << step->in->kind;
    guint   state = 1u << state_class (step->m->module_state);
    guint   i;

    for (i = 0; i < n_rows; i++) {
        const MMTdtechFotaTransition *row = &rows[i];

        if ((row->phases & phase) &&
            (row->inputs & input) &&
            (!row->states || (row->states & state)) &&
            (!row->when || row->when (step)))
            return row;
    }
    return NULL;
}

const MMTdtechFotaTransition *
mm_tdtech_fota_rules_find (const MMTdtechFotaStep *step,
                           gboolean               *caught)
{
    const MMTdtechFotaTransition *row = find_in (table, G_N_ELEMENTS (table), step);

    if (caught)
        *caught = !row;
    return row ? row : find_in (catch_all, G_N_ELEMENTS (catch_all), step);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mm-tdtech-fota-machine.h"

/* Limits that the guide leaves open; all GUESS */
#define SECONDS_TO_LEAVE_IDLE   60   /* no way out of 10 after ^FOTAOEMDL */
#define SECONDS_AFTER_QUERY     10   /* 11 → 10 and nothing else */
#define SECONDS_SLOW_POLL       30
#define SECONDS_UNTIL_TAKEN     60   /* ^FWUP answered with OK, and no 50 */
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
/* Phases: the effect requested on entry, and what callers see */

typedef enum {
    CANCEL_NO,
    CANCEL_YES,
    CANCEL_BY_STATE,    /* if the module holds something to discard */
    CANCEL_ONCE,        /* yes, until requested */
} Interruptible;

typedef struct {
    const gchar        *name;
    MMTdtechFotaEffect  effect;
    Interruptible       interruptible;
    gint                state;      /* MMTdtechFotaState; -1: what the module's state says */
    MMTdtechFotaStage   stage;
} PhaseInfo;

#define PHASE(phase, name, effect, interruptible, state, stage)         \
    [MM_TDTECH_FOTA_PHASE_##phase] = {                                  \
        name, MM_TDTECH_FOTA_EFFECT_##effect, CANCEL_##interruptible,   \
        state, MM_TDTECH_FOTA_STAGE_##stage                             \
    }

#define BY_MODULE   (-1)
#define UNKNOWN     MM_TDTECH_FOTA_STATE_UNKNOWN
#define CHECKING    MM_TDTECH_FOTA_STATE_CHECKING
#define DOWNLOADING MM_TDTECH_FOTA_STATE_DOWNLOADING
#define WAITING     MM_TDTECH_FOTA_STATE_WAITING
#define PAUSING     MM_TDTECH_FOTA_STATE_PAUSING_DATA
#define UPGRADING   MM_TDTECH_FOTA_STATE_UPGRADING
#define VERIFYING   MM_TDTECH_FOTA_STATE_VERIFYING

static const PhaseInfo phases[MM_TDTECH_FOTA_PHASE_LAST] = {
    PHASE (START,                "start",                NONE,              NO,       UNKNOWN,     NONE),
    PHASE (ADOPT_STATE,          "adopt-state",          READ_STATE,        NO,       UNKNOWN,     NONE),
    PHASE (ADOPT_VERSION,        "adopt-version",        READ_VERSION,      NO,       UNKNOWN,     NONE),
    PHASE (REST,                 "rest",                 NONE,              BY_STATE, BY_MODULE,   NONE),
    PHASE (REST_VERSION,         "rest-version",         READ_VERSION,      BY_STATE, BY_MODULE,   NONE),

    PHASE (REGISTRATION,         "registration",         READ_REGISTRATION, ONCE,     BY_MODULE,   NONE),
    PHASE (VERSION,              "version",              READ_VERSION,      ONCE,     BY_MODULE,   NONE),
    PHASE (STATE,                "state",                READ_STATE,        ONCE,     BY_MODULE,   NONE),
    PHASE (CLEAR,                "clear",                STOP,              ONCE,     BY_MODULE,   NONE),
    PHASE (CLEARED,              "cleared",              READ_STATE,        ONCE,     BY_MODULE,   NONE),
    PHASE (MODE,                 "mode",                 SET_MODE,          ONCE,     BY_MODULE,   NONE),
    PHASE (TLS,                  "tls",                  SET_TLS,           ONCE,     BY_MODULE,   NONE),

    PHASE (QUERY,                "query",                QUERY,             ONCE,     CHECKING,    QUERY),
    PHASE (QUERY_UNSURE,         "query-unsure",         READ_STATE,        ONCE,     CHECKING,    QUERY),
    PHASE (CHECKING,             "checking",             NONE,              YES,      CHECKING,    QUERY),
    PHASE (CHECKING_POLL,        "checking-poll",        READ_STATE,        YES,      CHECKING,    QUERY),
    PHASE (DOWNLOADING,          "downloading",          NONE,              YES,      DOWNLOADING, QUERY),
    PHASE (DOWNLOADING_PROGRESS, "downloading-progress", READ_PROGRESS,     YES,      DOWNLOADING, QUERY),
    PHASE (DOWNLOADING_POLL,     "downloading-poll",     READ_STATE,        YES,      DOWNLOADING, QUERY),
    PHASE (STOP,                 "stop",                 STOP,              NO,       BY_MODULE,   STOPPING),
    PHASE (STOPPED,              "stopped",              READ_STATE,        NO,       BY_MODULE,   STOPPING),
    PHASE (ENDING,               "ending",               NONE,              NO,       BY_MODULE,   STOPPING),
    PHASE (ENDING_POLL,          "ending-poll",          READ_STATE,        NO,       BY_MODULE,   STOPPING),

    PHASE (READ_OLD_VERSION,     "read-old-version",     READ_VERSION,      ONCE,     BY_MODULE,   WAITING),
    PHASE (DELAY,                "delay",                NONE,              YES,      WAITING,     WAITING),
    PHASE (CONDITIONS,           "conditions",           READ_CONDITIONS,   ONCE,     WAITING,     WAITING),
    PHASE (HANG_UP,              "hang-up",              HANG_UP,           ONCE,     WAITING,     WAITING),
    PHASE (BLOCKED,              "blocked",              NONE,              YES,      WAITING,     WAITING),
    PHASE (PAUSE,                "pause",                PAUSE_DATA,        ONCE,     PAUSING,     WAITING),
    PHASE (RECHECK,              "recheck",              READ_USE,          ONCE,     PAUSING,     WAITING),
    PHASE (UNPAUSE,              "unpause",              RESTORE_DATA,      ONCE,     WAITING,     WAITING),
    PHASE (CONFIRM,              "confirm",              READ_STATE,        ONCE,     PAUSING,     WAITING),
    PHASE (FLASH,                "flash",                FLASH,             NO,       UPGRADING,   FLASHING),
    PHASE (TAKEN,                "taken",                NONE,              NO,       UPGRADING,   FLASHING),
    PHASE (TAKEN_POLL,           "taken-poll",           READ_STATE,        NO,       UPGRADING,   FLASHING),
    PHASE (REFUSED,              "refused",              NONE,              YES,      WAITING,     WAITING),
    PHASE (UPGRADING,            "upgrading",            NONE,              NO,       UPGRADING,   UPGRADING),
    PHASE (UPGRADING_POLL,       "upgrading-poll",       READ_STATE,        NO,       UPGRADING,   UPGRADING),
    PHASE (VERIFY,               "verify",               READ_VERSION,      NO,       VERIFYING,   UPGRADING),
    PHASE (VERIFY_LATER,         "verify-later",         NONE,              NO,       VERIFYING,   UPGRADING),
    PHASE (VERIFY_STATE,         "verify-state",         READ_STATE,        NO,       VERIFYING,   UPGRADING),
    PHASE (RESTORE,              "restore",              RESTORE_DATA,      NO,       PAUSING,     RESTORING),
};

#undef UNKNOWN
#undef CHECKING
#undef DOWNLOADING
#undef WAITING
#undef PAUSING
#undef UPGRADING
#undef VERIFYING

const gchar *
mm_tdtech_fota_phase_get_name (MMTdtechFotaPhase phase)
{
    return phase < MM_TDTECH_FOTA_PHASE_LAST ? phases[phase].name : "none";
}

/*****************************************************************************/
/* The step in hand */

typedef struct {
    MMTdtechFotaMachine     *m;
    const MMTdtechFotaInput *in;
    MMTdtechFotaOutput      *out;
} Step;

static void
emit_event (Step              *step,
            MMTdtechFotaEvent  event)
{
    g_return_if_fail (step->out->n_events < MM_TDTECH_FOTA_OUTPUT_EVENTS_MAX);

    step->out->events[step->out->n_events++] = event;
}

static void
set_string (gchar       **to,
            const gchar  *from)
{
    gchar *copy = g_strdup (from);

    g_free (*to);
    *to = copy;
}

/*****************************************************************************/
/* Guards of the transitions */

static gboolean
is_upgrade (const Step *step)
{
    return step->m->kept.verb == MM_TDTECH_FOTA_VERB_UPGRADE;
}

static gboolean
is_resume (const Step *step)
{
    return step->m->kept.verb == MM_TDTECH_FOTA_VERB_RESUME;
}

static gboolean
is_check (const Step *step)
{
    return step->m->kept.verb == MM_TDTECH_FOTA_VERB_CHECK;
}

static gboolean
is_download (const Step *step)
{
    return step->m->kept.verb == MM_TDTECH_FOTA_VERB_DOWNLOAD;
}

static gboolean
is_query (const Step *step)
{
    return is_check (step) || is_download (step);
}

static gboolean
is_unowned (const Step *step)
{
    return step->m->kept.verb == MM_TDTECH_FOTA_VERB_NONE;
}

static gboolean
downloads_what_is_there (const Step *step)
{
    return is_download (step) && !step->m->kept.options.with_url;
}

static gboolean
is_busy (const Step *step)
{
    return !is_unowned (step);
}

static gboolean
was_cancelled (const Step *step)
{
    return step->m->cancelling;
}

static gboolean
may_be_cancelled (const Step *step)
{
    return mm_tdtech_fota_machine_get_interruptible (step->m);
}

static gboolean
is_fatal (const Step *step)
{
    return step->in->fatal;
}

static gboolean
is_unregistered (const Step *step)
{
    guint unwanted = MM_TDTECH_FOTA_BLOCKER_NOT_REGISTERED;

    if (!is_upgrade (step) && !step->m->kept.options.allow_roaming)
        unwanted |= MM_TDTECH_FOTA_BLOCKER_ROAMING;
    return !!(step->m->blockers & unwanted);
}

/* I1 */
static gboolean
may_query (const Step *step)
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
may_query_with_tls (const Step *step)
{
    return step->m->kept.options.https && may_query (step);
}

static gboolean
line_was_seen (const Step *step)
{
    return step->m->line_seen;
}

static gboolean
offer_is_cut (const Step *step)
{
    return step->in->kind == MM_TDTECH_FOTA_INPUT_STATE_LINE && !step->in->state->version;
}

/* The module may announce either of a firmware's two names. If the announced one can be compared
 * with neither, or no version could be read, it may be older. */
static MMTdtechFotaCause
compare_age (const MMTdtechFotaMachine *m,
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

/* Why @version is not acceptable; NONE: it is */
static MMTdtechFotaCause
find_fault (const MMTdtechFotaMachine *m,
            const gchar               *version)
{
    if (m->kept.options.expect_version && g_strcmp0 (version, m->kept.options.expect_version) != 0)
        return MM_TDTECH_FOTA_CAUSE_NOT_EXPECTED;
    return m->kept.options.allow_downgrade ? MM_TDTECH_FOTA_CAUSE_NONE : compare_age (m, version);
}

static gboolean
is_unwanted (const MMTdtechFotaMachine *m,
             const gchar               *version)
{
    return find_fault (m, version) != MM_TDTECH_FOTA_CAUSE_NONE;
}

/* A resumed download must be of the version that was suspended (guide): another one drops what
 * was downloaded */
static gboolean
offer_is_not_suspended (const MMTdtechFotaMachine *m)
{
    return m->kept.verb == MM_TDTECH_FOTA_VERB_RESUME && m->kept.package_version &&
           g_strcmp0 (m->kept.offer_version, m->kept.package_version) != 0;
}

static gboolean
offer_is_unwanted (const Step *step)
{
    MMTdtechFotaMachine *m = step->m;

    if (!m->kept.offer_version || is_unowned (step) || is_check (step))
        return FALSE;
    return offer_is_not_suspended (m) || is_unwanted (m, m->kept.offer_version);
}

static gboolean
unwanted_is_there (const Step *step)
{
    return downloads_what_is_there (step) && offer_is_unwanted (step);
}

/* The module downloads what it finds. If its offer was not seen, what goes on to an upgrade
 * by itself may be older than what runs. Who asks for the upgrade of what is there does so
 * whatever it is. */
static gboolean
package_is_unknown (const Step *step)
{
    return !is_upgrade (step) && step->m->kept.options.upgrade &&
           !step->m->kept.options.allow_downgrade && !step->m->kept.package_version;
}

static gboolean
package_is_unwanted (const Step *step)
{
    return package_is_unknown (step) || is_unwanted (step->m, step->m->kept.package_version);
}

/* The running version will be read again */
static gboolean
package_is_surely_unwanted (const Step *step)
{
    MMTdtechFotaCause cause = find_fault (step->m, step->m->kept.package_version);

    return is_upgrade (step) &&
           cause != MM_TDTECH_FOTA_CAUSE_NONE && cause != MM_TDTECH_FOTA_CAUSE_UNKNOWN_AGE;
}

static gboolean
what_stays_is_unwanted (const Step *step)
{
    return is_download (step) && step->m->kept.options.same_server && offer_is_unwanted (step);
}

static gboolean
what_stays_will_do (const Step *step)
{
    return is_download (step) && step->m->kept.options.same_server;
}

static gboolean
version_is_needed (const Step *step)
{
    return (is_download (step) || is_resume (step)) && !step->m->version;
}

static gboolean
nothing_tells_what_runs (const Step *step)
{
    return !step->m->version && !step->m->revision && !step->m->kept.options.allow_downgrade;
}

static gboolean
lacks_version (const MMTdtechFotaMachine *m)
{
    return !m->version || !m->build_time;
}

static gboolean
version_is_lacking (const Step *step)
{
    return lacks_version (step->m);
}

static gboolean
is_followed (const Step *step)
{
    return !step->m->kept.set_aside;
}

static gboolean
is_set_aside (const Step *step)
{
    return step->m->kept.set_aside;
}

static gboolean
query_is_set_aside (const Step *step)
{
    return is_query (step) && step->m->kept.set_aside;
}

static gboolean
offer_was_missed (const Step *step)
{
    return (is_download (step) || is_resume (step)) &&
           (step->m->kept.options.expect_version || package_is_unknown (step)) &&
           !step->m->kept.offer_version;
}

static gboolean
offer_may_be_asked_again (const Step *step)
{
    return offer_was_missed (step) && !step->m->requeried && step->m->kept.options.with_url;
}

static gboolean
download_should_be_pushed (const Step *step)
{
    MMTdtechFotaMachine *m = step->m;

    return (is_download (step) || is_resume (step)) && m->polls > 0 && !m->pushed;
}

static gboolean
resume_has_not_begun (const Step *step)
{
    return is_resume (step) && !step->m->seen_query && step->in->kind == MM_TDTECH_FOTA_INPUT_STATE_READ;
}

static gboolean
query_takes_too_long (const Step *step)
{
    return step->m->polls >= POLLS_OF_A_QUERY_MAX;
}

static gboolean
goes_on_to_upgrade (const Step *step)
{
    return (is_download (step) || is_resume (step)) && step->m->kept.options.upgrade;
}

static gboolean
progress_is_not_enough (const Step *step)
{
    return step->in->ask_state;
}

static gboolean
only_checked (const Step *step)
{
    return step->m->checked_only && step->m->stops < STOPS_MAX;
}

static gboolean
stop_is_for_cancel (const Step *step)
{
    return step->m->stop_reason == MM_TDTECH_FOTA_STOP_CANCEL;
}

static gboolean
stop_is_discard (const Step *step)
{
    return step->m->stop_reason == MM_TDTECH_FOTA_STOP_DISCARD;
}

static gboolean
stop_is_for_requery (const Step *step)
{
    return step->m->stop_reason == MM_TDTECH_FOTA_STOP_REQUERY;
}

static gboolean
may_stop_again (const Step *step)
{
    return step->m->stops < STOPS_MAX;
}

static gboolean
end_takes_too_long (const Step *step)
{
    return step->m->polls >= POLLS_OF_AN_END_MAX;
}

static gboolean
version_is_incomplete (const Step *step)
{
    return !step->in->version || !mm_tdtech_version_is_complete (step->in->version);
}

static gboolean
is_delayed (const Step *step)
{
    return step->m->kept.options.delay > 0;
}

static gboolean
call_can_be_ended (const Step *step)
{
    return (step->m->blockers & MM_TDTECH_FOTA_BLOCKER_CALL) &&
           step->m->kept.options.hang_up_calls &&
           step->m->hang_ups < HANG_UPS_MAX;
}

/* Roaming does not matter for flashing: the package has been downloaded */
#define UPGRADE_BLOCKERS (MM_TDTECH_FOTA_BLOCKER_NOT_REGISTERED | MM_TDTECH_FOTA_BLOCKER_CALL)

static gboolean
is_blocked (const Step *step)
{
    return !!(step->m->blockers & UPGRADE_BLOCKERS);
}

static gboolean
is_blocked_too_long (const Step *step)
{
    return step->m->time_over && is_blocked (step);
}

static gboolean
is_called (const Step *step)
{
    return !!(step->m->blockers & MM_TDTECH_FOTA_BLOCKER_CALL);
}

static gboolean
data_is_up (const Step *step)
{
    return !!(step->m->blockers & (MM_TDTECH_FOTA_BLOCKER_DATA | MM_TDTECH_FOTA_BLOCKER_AUTO_DIAL));
}

static gboolean
time_is_over (const Step *step)
{
    return step->m->time_over;
}

static gboolean
data_is_up_too_long (const Step *step)
{
    return step->m->time_over && data_is_up (step);
}

static gboolean
may_flash_again (const Step *step)
{
    return step->m->kept.flashes < FLASHES_MAX;
}

static gboolean
has_changed (const Step *step)
{
    MMTdtechFotaMachine *m = step->m;

    return !version_is_incomplete (step) &&
           ((m->kept.before_version && g_strcmp0 (m->version, m->kept.before_version) != 0) ||
            (m->kept.before_build_time && g_strcmp0 (m->build_time, m->kept.before_build_time) != 0));
}

static gboolean
cannot_be_compared (const Step *step)
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
has_succeeded (const Step *step)
{
    MMTdtechFotaMachine *m = step->m;

    return has_changed (step) &&
           (is_as_announced (m) || (!m->kept.package_version && m->read_twice));
}

static gboolean
has_changed_otherwise (const Step *step)
{
    return has_changed (step) && step->m->read_twice;
}

static gboolean
flash_takes_too_long (const Step *step)
{
    return step->m->polls >= POLLS_OF_A_FLASH_MAX;
}

static gboolean
should_be_read_again (const Step *step)
{
    return step->m->readings < G_N_ELEMENTS (seconds_between_readings);
}

static gboolean
is_restored_in (const Step        *step,
                MMTdtechFotaStage  stage)
{
    return step->m->restored_stage == stage;
}

static gboolean
was_querying (const Step *step)
{
    return is_restored_in (step, MM_TDTECH_FOTA_STAGE_QUERY);
}

static gboolean
was_stopping (const Step *step)
{
    return is_restored_in (step, MM_TDTECH_FOTA_STAGE_STOPPING);
}

static gboolean
was_waiting (const Step *step)
{
    return is_restored_in (step, MM_TDTECH_FOTA_STAGE_WAITING);
}

static gboolean
was_flashing (const Step *step)
{
    return is_restored_in (step, MM_TDTECH_FOTA_STAGE_FLASHING);
}

static gboolean
was_upgrading (const Step *step)
{
    return is_restored_in (step, MM_TDTECH_FOTA_STAGE_UPGRADING);
}

static gboolean
was_restoring (const Step *step)
{
    return is_restored_in (step, MM_TDTECH_FOTA_STAGE_RESTORING);
}

/*****************************************************************************/
/* Actions of the transitions */

static void
forget_offer (Step *step)
{
    MMTdtechFotaMachine *m = step->m;

    g_clear_pointer (&m->kept.offer_version, g_free);
    g_clear_pointer (&m->kept.offer_description, g_free);
    m->kept.offer_size = 0;
}

static void
forget_result (Step *step)
{
    mm_tdtech_fota_result_clear (&step->m->kept.pending);
}

static void
forget_before (Step *step)
{
    g_clear_pointer (&step->m->kept.before_version, g_free);
    g_clear_pointer (&step->m->kept.before_build_time, g_free);
    g_clear_pointer (&step->m->kept.before_revision, g_free);
}

static void
begin (Step *step)
{
    MMTdtechFotaMachine *m = step->m;

    m->kept.verb = step->in->verb;
    m->accepted = FALSE;
    mm_tdtech_fota_flow_options_copy (&m->kept.options, step->in->options);
    m->blockers = 0;
    m->cancelling = m->time_over = m->requeried = m->pushed = FALSE;
    m->seen_query = m->line_seen = m->offer_told = FALSE;
    m->kept.download_begun = m->upgrade_begun = FALSE;
    m->polls = m->stops = m->hang_ups = m->kept.flashes = m->readings = 0;
    m->checked_only = FALSE;
    forget_result (step);
}

static void
refuse_busy (Step *step)
{
    step->out->answer_verb = TRUE;
    step->out->verb_error = MM_TDTECH_FOTA_ERROR_IN_PROGRESS;
}

static void
refuse_state (Step *step)
{
    step->out->answer_verb = TRUE;
    step->out->verb_error = MM_TDTECH_FOTA_ERROR_WRONG_STATE;
}

static void
accept (Step *step)
{
    if (step->m->accepted)
        return;
    step->m->accepted = TRUE;
    step->out->answer_verb = TRUE;
}

static void
answer_cancel (Step *step)
{
    step->out->answer_cancel = TRUE;
}

static void
refuse_cancel (Step *step)
{
    step->out->answer_cancel = TRUE;
    step->out->cancel_error = MM_TDTECH_FOTA_ERROR_WRONG_STATE;
}

static void
module_refuses_cancel (Step *step)
{
    step->out->answer_cancel = TRUE;
    step->out->cancel_error = MM_TDTECH_FOTA_ERROR_REFUSED;
    set_string (&step->m->detail, step->in->words);
    forget_result (step);
}

static void
cancel_later (Step *step)
{
    answer_cancel (step);
    step->m->cancelling = TRUE;
}

static void
take_offer (Step *step)
{
    if (!step->m->offer_told && step->m->kept.offer_version) {
        emit_event (step, MM_TDTECH_FOTA_EVENT_UPDATE_AVAILABLE);
        step->m->offer_told = TRUE;
    }
    set_string (&step->m->kept.pending.to, step->m->kept.offer_version);
}

static void
take_package (Step *step)
{
    take_offer (step);
    if (step->m->kept.offer_version)
        set_string (&step->m->kept.package_version, step->m->kept.offer_version);
    set_string (&step->m->kept.pending.to, step->m->kept.package_version);
}

static void
start_query (Step *step)
{
    MMTdtechFotaMachine *m = step->m;

    m->line_seen = FALSE;
    m->seen_query = FALSE;
    forget_result (step);
    if (m->module_state == MM_TDTECH_FOTASTATE_AVAILABLE) {
        take_package (step);
        return;
    }
    forget_offer (step);
    m->offer_told = FALSE;
    if (m->module_state == MM_TDTECH_FOTASTATE_IDLE)
        g_clear_pointer (&m->kept.package_version, g_free);
}

static void
push_download (Step *step)
{
    step->m->pushed = TRUE;
    step->m->line_seen = FALSE;
}

static void
see_line (Step *step)
{
    step->m->line_seen = TRUE;
    if (step->m->module_state == MM_TDTECH_FOTASTATE_QUERYING)
        step->m->seen_query = TRUE;
}

static void
see_query (Step *step)
{
    step->m->seen_query = TRUE;
}

static void
see_unowned_query (Step *step)
{
    step->m->polls = 0;
    see_query (step);
}

static void
poll (Step *step)
{
    step->m->polls = MIN (step->m->polls + 1, POLLS_OF_A_QUERY_MAX);
}

static void
begin_download (Step *step)
{
    step->m->polls = 0;
    step->out->progress_start = TRUE;
    take_package (step);
    if (!step->m->kept.download_begun)
        emit_event (step, MM_TDTECH_FOTA_EVENT_DOWNLOAD_STARTED);
    step->m->kept.download_begun = TRUE;
}

static void
end_download (Step *step)
{
    step->out->progress_complete = TRUE;
    take_package (step);
}

static void
end_download_to_upgrade (Step *step)
{
    end_download (step);
    step->m->upgrade_begun = TRUE;
    emit_event (step, MM_TDTECH_FOTA_EVENT_DOWNLOAD_SUCCEEDED);
}

static void
stop_for_result (Step *step)
{
    step->m->stop_reason = MM_TDTECH_FOTA_STOP_RESULT;
    step->m->polls = 0;
}

static void
stop_for_result_with_offer (Step *step)
{
    stop_for_result (step);
    take_offer (step);
}

static void
stop_for_cancel (Step *step)
{
    step->m->stop_reason = MM_TDTECH_FOTA_STOP_CANCEL;
    step->m->stops = step->m->polls = 0;
}

static void
stop_cancelled (Step *step)
{
    accept (step);
    stop_for_result (step);
}

static void
stop_for_discard (Step *step)
{
    step->m->stop_reason = MM_TDTECH_FOTA_STOP_DISCARD;
    step->m->stops = 0;
}

static void
stop_unasked (Step *step)
{
    step->m->stop_reason = MM_TDTECH_FOTA_STOP_RESULT;
    step->m->stops++;
    step->m->polls = 0;
}

static void
stop_for_requery (Step *step)
{
    step->m->stop_reason = MM_TDTECH_FOTA_STOP_REQUERY;
    step->m->requeried = TRUE;
}

static void
stop_again (Step *step)
{
    step->m->stops++;
}

static void
cancel_is_done (Step *step)
{
    answer_cancel (step);
    step->m->stop_reason = MM_TDTECH_FOTA_STOP_RESULT;
}

/* The package is gone, and the last result must not suggest otherwise */
static void
discard_is_done (Step *step)
{
    MMTdtechFotaMachine *m = step->m;

    answer_cancel (step);
    emit_event (step, MM_TDTECH_FOTA_EVENT_CANCELLED);
    mm_tdtech_fota_result_clear (&m->result);
    m->result.verb = MM_TDTECH_FOTA_VERB_CANCEL;
    m->result.outcome = MM_TDTECH_FOTA_OUTCOME_CANCELLED;
    m->result.error = MM_TDTECH_FOTA_ERROR_CANCELLED;
    m->result.from = g_strdup (m->version);
    m->result.to = g_strdup (m->kept.package_version ? m->kept.package_version : m->kept.offer_version);
    m->from_owed = !m->version;
    step->out->discarded = TRUE;
    step->out->progress_reset = TRUE;
    /* State 12 is only an offer; if the module keeps it, ignore it */
    m->kept.set_aside = m->module_state == MM_TDTECH_FOTASTATE_AVAILABLE;
    forget_offer (step);
    g_clear_pointer (&m->kept.package_version, g_free);
}

static void
take_what_stays (Step *step)
{
    step->m->kept.options.with_url = FALSE;
}

static void
set_aside (Step *step)
{
    step->m->kept.set_aside = TRUE;
}

static void
blame_version (Step *step)
{
    step->m->cause = MM_TDTECH_FOTA_CAUSE_VERSION;
}

static void
blame_record (Step *step)
{
    step->m->cause = MM_TDTECH_FOTA_CAUSE_RECORD;
}

static void
keep_old_version (Step *step)
{
    MMTdtechFotaMachine *m = step->m;

    set_string (&m->kept.before_version, m->version);
    set_string (&m->kept.before_build_time, m->build_time);
    set_string (&m->kept.before_revision, m->revision);
    set_string (&m->kept.pending.to, m->kept.package_version);
    m->upgrade_begun = TRUE;
    m->polls = m->stops = 0;
    accept (step);
}

static void
schedule (Step *step)
{
    keep_old_version (step);
    emit_event (step, MM_TDTECH_FOTA_EVENT_UPGRADE_SCHEDULED);
}

static void
start_waiting (Step *step)
{
    step->out->start_deadline = MAX (step->m->kept.options.wait, 1);
}

static void
keep_old_version_and_wait (Step *step)
{
    keep_old_version (step);
    start_waiting (step);
}

static void
hang_up (Step *step)
{
    step->m->hang_ups++;
}

static void
hold_data (Step *step)
{
    step->m->data_held = TRUE;
}

static void
data_is_paused (Step *step)
{
    if (!step->m->kept.data_paused)
        emit_event (step, MM_TDTECH_FOTA_EVENT_DATA_PAUSED);
    step->m->kept.data_paused = TRUE;
}

static void
data_is_restored (Step *step)
{
    if (step->m->kept.data_paused)
        emit_event (step, MM_TDTECH_FOTA_EVENT_DATA_RESTORED);
    step->m->kept.data_paused = FALSE;
    step->m->data_held = FALSE;
}

static void
take_flash (Step *step)
{
    step->m->kept.flashes++;
    step->m->polls = 0;
    step->out->flashed = TRUE;
}

static void
do_not_flash_again (Step *step)
{
    step->m->kept.flashes = FLASHES_MAX;
    step->m->data_held = TRUE;
}

static void
refuse_flash (Step *step)
{
    step->m->blockers |= MM_TDTECH_FOTA_BLOCKER_REFUSED;
}

/* Data stays paused until then, so this must end, also across restarts */
static void
limit_upgrade (Step *step)
{
    step->m->time_over = FALSE;
    step->out->start_deadline = SECONDS_OF_AN_UPGRADE;
    step->out->since_flash = TRUE;
}

static void
start_upgrade (Step *step)
{
    MMTdtechFotaMachine *m = step->m;

    if (!m->kept.before_version && !m->kept.before_build_time) {
        set_string (&m->kept.before_version, m->version);
        set_string (&m->kept.before_build_time, m->build_time);
        set_string (&m->kept.before_revision, m->revision);
    }
    m->upgrade_begun = m->taken = TRUE;
    m->polls = m->readings = 0;
    limit_upgrade (step);
    accept (step);
    emit_event (step, MM_TDTECH_FOTA_EVENT_UPGRADE_STARTED);
}

static void
start_upgrade_cancelled_too_late (Step *step)
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

/* A8: the module upgrades without being told to */
static void
adopt_upgrade (Step *step)
{
    MMTdtechFotaMachine *m = step->m;

    m->kept.verb = MM_TDTECH_FOTA_VERB_UPGRADE;
    m->accepted = TRUE;
    mm_tdtech_fota_flow_options_clear (&m->kept.options);
    forget_before (step);
    forget_result (step);
    step->out->adopt = TRUE;
    start_upgrade (step);
}

static void
read_later (Step *step)
{
    step->m->readings++;
}

static void
judge (Step *step)
{
    set_string (&step->m->kept.pending.to, step->m->version);
}

static void
judge_unread (Step *step)
{
    judge (step);
    blame_version (step);
}

static void
judge_unknown (Step *step)
{
    judge (step);
    step->m->cause = MM_TDTECH_FOTA_CAUSE_BEFORE;
}

static void
give_up (Step *step)
{
    judge (step);
    set_aside (step);
}

static void
end_time (Step *step)
{
    step->m->time_over = TRUE;
}

/*****************************************************************************/
/* The table: the first transition that matches is run */

/* The result that a transition sets, besides MMTdtechFotaError */
enum {
    NO_RESULT = MM_TDTECH_FOTA_ERROR_NONE,
    BY_STATE = MM_TDTECH_FOTA_ERROR_LAST,
    SUCCEEDED,
    NOTHING_NEWER,
};

/* The target of a transition, besides MMTdtechFotaPhase */
enum {
    STAY = MM_TDTECH_FOTA_PHASE_LAST,
    RESYNC,      /* to CHECKING, where the known state is processed as if just reported */
    BACK,        /* to CHECKING or DOWNLOADING, whichever the module's state says */
};

typedef struct {
    guint64    phases;
    guint      inputs;
    guint      states;                     /* of the module; 0: any */
    gboolean (*when) (const Step *step);   /* NULL: always */
    gint       result;
    void     (*action) (Step *step);
    gint       next;
} Transition;

#define P(phase) (G_GUINT64_CONSTANT (1) << MM_TDTECH_FOTA_PHASE_##phase)
#define I(input) (1u << MM_TDTECH_FOTA_INPUT_##input)
#define S(n)     (1u << STATE_##n)
#define E(error) MM_TDTECH_FOTA_ERROR_##error
#define TO(phase) MM_TDTECH_FOTA_PHASE_##phase

/* Module states by class */
enum {
    STATE_10, STATE_11, STATE_12, STATE_13, STATE_14, STATE_20, STATE_30, STATE_31, STATE_40, STATE_50,
    STATE_70,        /* and 80 */
    STATE_90, STATE_OTHER, STATE_UNKNOWN, STATE_LAST
};

G_STATIC_ASSERT (STATE_LAST <= 32);

#define ANY          (P (LAST) - 1)
#define RESTING      (P (REST) | P (REST_VERSION))
#define PRECONDITION (P (REGISTRATION) | P (VERSION) | P (STATE) | P (CLEAR) | P (CLEARED) | P (MODE) | P (TLS))
#define C            (P (CHECKING) | P (CHECKING_POLL))
#define D            (P (DOWNLOADING) | P (DOWNLOADING_PROGRESS) | P (DOWNLOADING_POLL))
#define STOPPING     (P (STOP) | P (STOPPED) | P (ENDING) | P (ENDING_POLL))
#define ASKING       (P (CONDITIONS) | P (HANG_UP) | P (PAUSE) | P (RECHECK) | P (UNPAUSE) | P (CONFIRM))
#define WAITING      (P (DELAY) | ASKING | P (BLOCKED) | P (REFUSED))
#define FLASHING     (P (FLASH) | P (TAKEN) | P (TAKEN_POLL))
#define VERIFYING    (P (VERIFY) | P (VERIFY_LATER) | P (VERIFY_STATE))

#define ERRORS       (I (FAILED) | I (SILENT))
#define REPLY        (I (DONE) | ERRORS | I (STATE_READ))
#define NEWS         (I (STATE_READ) | I (STATE_LINE))

#define ENDED        (S (10) | S (13) | S (14) | S (20))

static const Transition table[] = {
    /* The module is there: recover what was in progress */
    { P (START),         I (START),      0,               NULL,               NO_RESULT,     NULL,                 TO (ADOPT_STATE) },
    { P (ADOPT_STATE),   REPLY,          0,               NULL,               NO_RESULT,     NULL,                 TO (ADOPT_VERSION) },
    { P (ADOPT_VERSION), REPLY,          0,               was_restoring,      NO_RESULT,     NULL,                 TO (RESTORE) },
    { P (ADOPT_VERSION), REPLY,          S (50),          was_upgrading,      NO_RESULT,     limit_upgrade,        TO (UPGRADING) },
    { P (ADOPT_VERSION), REPLY,          S (70),          was_upgrading,      E (UPGRADE_FAILED), judge,           TO (RESTORE) },
    { P (ADOPT_VERSION), REPLY,          0,               was_upgrading,      NO_RESULT,     NULL,                 TO (VERIFY) },
    { P (ADOPT_VERSION), REPLY,          S (40),          was_flashing,       NO_RESULT,     do_not_flash_again,   TO (TAKEN) },
    { P (ADOPT_VERSION), REPLY,          S (50),          was_flashing,       NO_RESULT,     start_upgrade,        TO (UPGRADING) },
    { P (ADOPT_VERSION), REPLY,          S (70),          was_flashing,       E (UPGRADE_FAILED), judge,           TO (RESTORE) },
    { P (ADOPT_VERSION), REPLY,          0,               was_flashing,       NO_RESULT,     start_upgrade,        TO (VERIFY) },
    { P (ADOPT_VERSION), REPLY,          S (50),          was_waiting,        NO_RESULT,     start_upgrade,        TO (UPGRADING) },
    { P (ADOPT_VERSION), REPLY,          0,               was_waiting,        E (ABORTED),   NULL,                 TO (RESTORE) },
    { P (ADOPT_VERSION), REPLY,          ENDED,           was_stopping,       NO_RESULT,     NULL,                 TO (REST) },
    { P (ADOPT_VERSION), REPLY,          S (50),          was_stopping,       NO_RESULT,     start_upgrade,        TO (UPGRADING) },
    { P (ADOPT_VERSION), REPLY,          0,               was_stopping,       NO_RESULT,     NULL,                 TO (STOP) },
    { P (ADOPT_VERSION), REPLY,          S (10) | S (UNKNOWN), was_querying,  NO_RESULT,     NULL,                 TO (CHECKING) },
    { P (ADOPT_VERSION), REPLY,          0,               was_querying,       NO_RESULT,     NULL,                 RESYNC },
    { P (ADOPT_VERSION), I (DONE) | ERRORS, 0,            NULL,               NO_RESULT,     NULL,                 TO (REST) },

    /* At rest */
    { RESTING,           I (VERB),       0,               NULL,               NO_RESULT,     begin,                TO (REGISTRATION) },
    { RESTING,           I (CANCEL),     S (12),          is_followed,        NO_RESULT,     stop_for_discard,     TO (STOP) },
    { RESTING,           I (CANCEL),     S (11),          is_set_aside,       NO_RESULT,     stop_for_discard,     TO (STOP) },
    { RESTING,           I (CANCEL),     S (31) | S (40), NULL,               NO_RESULT,     stop_for_discard,     TO (STOP) },
    { RESTING,           I (STATE_LINE), S (50),          is_followed,        NO_RESULT,     adopt_upgrade,        TO (UPGRADING) },
    { RESTING,           I (STATE_LINE), S (30),          only_checked,       NO_RESULT,     stop_unasked,         TO (STOP) },
    { RESTING,           I (STATE_LINE), S (30),          NULL,               NO_RESULT,     begin_download,       TO (DOWNLOADING) },
    { RESTING,           I (STATE_LINE), S (11),          is_followed,        NO_RESULT,     see_unowned_query,    TO (CHECKING) },
    { RESTING,           I (STATE_LINE), S (12),          is_followed,        NO_RESULT,     take_offer,           STAY },
    { P (REST),          I (TIMER),      S (UNKNOWN),     NULL,               NO_RESULT,     poll,                 TO (ADOPT_STATE) },
    { P (REST),          I (TIMER),      0,               version_is_lacking, NO_RESULT,     poll,                 TO (REST_VERSION) },
    { P (REST_VERSION),  I (DONE) | ERRORS, 0,            NULL,               NO_RESULT,     NULL,                 TO (REST) },

    /* Before a query, and before an upgrade */
    { PRECONDITION | P (QUERY) | P (QUERY_UNSURE) | P (READ_OLD_VERSION),
                         I (CANCEL),     0,               may_be_cancelled,   NO_RESULT,     cancel_later,         STAY },
    { PRECONDITION | P (READ_OLD_VERSION),
                         REPLY,          0,               was_cancelled,      E (CANCELLED), NULL,                 TO (REST) },
    { P (REGISTRATION),  I (DONE),       0,               is_unregistered,    E (CONDITIONS_NOT_MET), NULL,        TO (REST) },
    { P (REGISTRATION),  I (DONE),       0,               version_is_needed,  NO_RESULT,     NULL,                 TO (VERSION) },
    { P (REGISTRATION),  I (DONE),       0,               NULL,               NO_RESULT,     NULL,                 TO (STATE) },
    { P (REGISTRATION),  ERRORS,         0,               NULL,               E (CONDITIONS_NOT_MET), NULL,        TO (REST) },
    { P (VERSION),       REPLY,          0,               nothing_tells_what_runs, E (FAILED), blame_version,      TO (REST) },
    { P (VERSION),       REPLY,          0,               NULL,               NO_RESULT,     NULL,                 TO (STATE) },
    { P (STATE),         I (STATE_READ), S (40),          package_is_surely_unwanted, E (OTHER_VERSION_OFFERED), NULL, TO (REST) },
    { P (STATE),         I (STATE_READ), S (40),          is_upgrade,         NO_RESULT,     NULL,                 TO (READ_OLD_VERSION) },
    { P (STATE),         I (STATE_READ), S (31),          is_resume,          NO_RESULT,     NULL,                 TO (MODE) },
    { P (STATE),         I (STATE_READ), S (10),          is_query,           NO_RESULT,     NULL,                 TO (MODE) },
    { P (STATE),         I (STATE_READ), S (12),          unwanted_is_there,  E (OTHER_VERSION_OFFERED), NULL,     TO (REST) },
    { P (STATE),         I (STATE_READ), S (12),          downloads_what_is_there, NO_RESULT, NULL,                TO (MODE) },
    { P (STATE),         I (STATE_READ), S (12) | S (13) | S (14) | S (20) | S (70) | S (90),
                                                          is_query,           NO_RESULT,     NULL,                 TO (CLEAR) },
    { P (STATE),         I (STATE_READ), S (11),          query_is_set_aside, NO_RESULT,     NULL,                 TO (CLEAR) },
    { P (STATE),         I (STATE_READ), 0,               NULL,               E (WRONG_STATE), NULL,               TO (REST) },
    { P (CLEAR),         I (DONE) | ERRORS, 0,            NULL,               NO_RESULT,     NULL,                 TO (CLEARED) },
    { P (CLEARED),       I (STATE_READ), S (10),          NULL,               NO_RESULT,     NULL,                 TO (MODE) },
    /* The module keeps what it found: if it is the wanted version, use it */
    { P (CLEARED),       I (STATE_READ), S (12),          what_stays_is_unwanted, E (OTHER_VERSION_OFFERED), NULL, TO (REST) },
    { P (CLEARED),       I (STATE_READ), S (12),          what_stays_will_do, NO_RESULT,     take_what_stays,      TO (MODE) },
    { P (CLEARED),       I (STATE_READ), 0,               NULL,               E (WRONG_STATE), NULL,               TO (REST) },
    { P (MODE),          I (DONE),       0,               may_query_with_tls, NO_RESULT,     NULL,                 TO (TLS) },
    { P (MODE) | P (TLS), I (DONE),      0,               may_query,          NO_RESULT,     start_query,          TO (QUERY) },
    { P (MODE) | P (TLS), I (DONE),      0,               NULL,               E (WRONG_STATE), NULL,               TO (REST) },
    { P (MODE) | P (TLS), I (FAILED),    0,               NULL,               E (REFUSED),   NULL,                 TO (REST) },
    { P (READ_OLD_VERSION), I (FAILED),  0,               NULL,               E (FAILED),    blame_version,        TO (REST) },
    { PRECONDITION,      I (FAILED),     0,               NULL,               E (FAILED),    NULL,                 TO (REST) },
    { PRECONDITION | P (READ_OLD_VERSION), I (SILENT), 0, NULL,               E (TIMEOUT),   NULL,                 TO (REST) },

    /* The query is sent; the state lines may come before the answer */
    { P (QUERY),         I (STATE_LINE), 0,               NULL,               NO_RESULT,     see_line,             STAY },
    { P (QUERY),         I (DONE),       0,               was_cancelled,      E (CANCELLED), stop_cancelled,       TO (STOP) },
    { P (QUERY),         I (DONE),       0,               line_was_seen,      NO_RESULT,     accept,               RESYNC },
    { P (QUERY),         I (DONE),       0,               NULL,               NO_RESULT,     accept,               TO (CHECKING) },
    { P (QUERY),         I (FAILED),     0,               was_cancelled,      E (CANCELLED), NULL,                 TO (REST) },
    { P (QUERY),         I (FAILED),     0,               NULL,               E (REFUSED),   NULL,                 TO (REST) },
    { P (QUERY),         I (SILENT),     0,               NULL,               NO_RESULT,     NULL,                 TO (QUERY_UNSURE) },
    { P (QUERY_UNSURE),  I (STATE_READ), S (10) | S (UNKNOWN), was_cancelled, E (CANCELLED), NULL,                 TO (REST) },
    { P (QUERY_UNSURE),  I (STATE_READ), 0,               was_cancelled,      E (CANCELLED), stop_cancelled,       TO (STOP) },
    { P (QUERY_UNSURE),  ERRORS,         0,               was_cancelled,      E (CANCELLED), stop_cancelled,       TO (STOP) },
    { P (QUERY_UNSURE),  I (STATE_READ), S (10) | S (UNKNOWN), NULL,          E (TIMEOUT),   NULL,                 TO (REST) },
    { P (QUERY_UNSURE),  I (STATE_READ), S (31),          is_resume,          E (TIMEOUT),   NULL,                 TO (REST) },
    { P (QUERY_UNSURE),  I (STATE_READ), 0,               NULL,               NO_RESULT,     accept,               RESYNC },
    /* The query may have been accepted, so do not report a failure. The module may be gone. */
    { P (QUERY_UNSURE),  ERRORS,         0,               NULL,               NO_RESULT,     accept,               TO (CHECKING) },

    /* The module asks the server */
    { C | D,             I (CANCEL),     0,               NULL,               E (CANCELLED), stop_for_cancel,      TO (STOP) },
    { C | D,             NEWS,           S (50),          is_unowned,         NO_RESULT,     adopt_upgrade,        TO (UPGRADING) },
    { C | D,             NEWS,           S (50),          NULL,               NO_RESULT,     start_upgrade,        TO (UPGRADING) },
    { C,                 NEWS,           S (11),          query_takes_too_long, E (TIMEOUT), stop_for_result,      TO (STOP) },
    { C,                 NEWS,           S (11),          NULL,               NO_RESULT,     see_query,            TO (CHECKING) },
    { P (CHECKING),      NEWS,           S (12),          offer_is_cut,       NO_RESULT,     NULL,                 TO (CHECKING_POLL) },
    { C,                 NEWS,           S (12),          offer_is_unwanted,  E (OTHER_VERSION_OFFERED), stop_for_result_with_offer, TO (STOP) },
    { C,                 NEWS,           S (12),          is_check,           SUCCEEDED,     take_offer,           TO (REST) },
    { C,                 NEWS,           S (12),          is_unowned,         NO_RESULT,     take_offer,           TO (REST) },
    { P (CHECKING_POLL), I (STATE_READ), S (12),          download_should_be_pushed, NO_RESULT, push_download,     TO (QUERY) },
    { C,                 NEWS,           S (12),          query_takes_too_long, E (TIMEOUT), stop_for_result,      TO (STOP) },
    { C,                 NEWS,           S (12),          NULL,               NO_RESULT,     take_package,         TO (CHECKING) },
    { C,                 NEWS,           S (13) | S (14) | S (20), NULL,      BY_STATE,      NULL,                 TO (REST) },
    { C,                 NEWS,           S (30) | S (40), is_check,           SUCCEEDED,     stop_for_result_with_offer, TO (STOP) },
    { C,                 NEWS,           S (30) | S (40), offer_is_unwanted,  E (OTHER_VERSION_OFFERED), stop_for_result_with_offer, TO (STOP) },
    { C,                 NEWS,           S (30) | S (40), offer_may_be_asked_again, E (QUERY_FAILED), stop_for_requery, TO (STOP) },
    { C,                 NEWS,           S (30) | S (40), offer_was_missed,   E (QUERY_FAILED), stop_for_result,   TO (STOP) },
    { C,                 NEWS,           S (30),          NULL,               NO_RESULT,     begin_download,       TO (DOWNLOADING) },
    { C,                 NEWS,           S (31),          resume_has_not_begun, E (SILENTLY_ENDED), NULL,          TO (REST) },
    { C | D,             NEWS,           S (31),          NULL,               BY_STATE,      NULL,                 TO (REST) },
    { P (CHECKING_POLL), I (STATE_READ), S (10),          NULL,               E (SILENTLY_ENDED), NULL,            TO (REST) },
    { P (CHECKING),      NEWS,           S (10),          NULL,               NO_RESULT,     NULL,                 TO (CHECKING) },
    { P (CHECKING),      I (TIMER),      0,               NULL,               NO_RESULT,     poll,                 TO (CHECKING_POLL) },
    { P (CHECKING_POLL), ERRORS,         0,               query_takes_too_long, E (TIMEOUT), stop_for_result,      TO (STOP) },
    { P (CHECKING_POLL), ERRORS,         0,               NULL,               NO_RESULT,     NULL,                 TO (CHECKING) },

    /* The module downloads */
    { C | D,             NEWS,           S (40),          goes_on_to_upgrade, NO_RESULT,     end_download_to_upgrade, TO (READ_OLD_VERSION) },
    { C | D,             NEWS,           S (40),          NULL,               SUCCEEDED,     end_download,         TO (REST) },
    { D,                 NEWS,           S (13) | S (14) | S (20), NULL,      BY_STATE,      NULL,                 TO (REST) },
    { D,                 NEWS,           S (11) | S (12), NULL,               NO_RESULT,     NULL,                 RESYNC },
    { P (DOWNLOADING_POLL), I (STATE_READ), S (10),       NULL,               E (SILENTLY_ENDED), NULL,            TO (REST) },
    { P (DOWNLOADING) | P (DOWNLOADING_PROGRESS),
                         I (STATE_LINE), S (10),          NULL,               NO_RESULT,     NULL,                 TO (DOWNLOADING_POLL) },
    { P (DOWNLOADING),   I (TIMER),      0,               NULL,               NO_RESULT,     NULL,                 TO (DOWNLOADING_PROGRESS) },
    { P (DOWNLOADING_PROGRESS), I (DONE), 0,              progress_is_not_enough, NO_RESULT, NULL,                 TO (DOWNLOADING_POLL) },
    { P (DOWNLOADING_PROGRESS), I (DONE), 0,              NULL,               NO_RESULT,     NULL,                 TO (DOWNLOADING) },
    { P (DOWNLOADING_PROGRESS), ERRORS,  0,               NULL,               NO_RESULT,     NULL,                 TO (DOWNLOADING_POLL) },
    { P (DOWNLOADING_POLL), I (STATE_READ), S (70) | S (90) | S (OTHER), NULL, NO_RESULT,    NULL,                 TO (CHECKING) },
    { P (DOWNLOADING_POLL), I (STATE_READ) | ERRORS, 0,   NULL,               NO_RESULT,     NULL,                 TO (DOWNLOADING) },
    { P (CHECKING_POLL), I (STATE_READ), 0,               query_takes_too_long, E (TIMEOUT), stop_for_result,      TO (STOP) },
    { P (CHECKING_POLL), I (STATE_READ), 0,               NULL,               NO_RESULT,     NULL,                 TO (CHECKING) },

    /* Stopping the module */
    { STOPPING,          NEWS,           S (50),          NULL,               NO_RESULT,     start_upgrade_cancelled_too_late, TO (UPGRADING) },
    { P (STOP),          I (DONE) | I (SILENT), 0,        NULL,               NO_RESULT,     NULL,                 TO (STOPPED) },
    { P (STOP),          I (FAILED),     ENDED,           NULL,               NO_RESULT,     NULL,                 TO (STOPPED) },
    { P (STOP),          I (FAILED),     S (11) | S (12), stop_is_for_cancel, NO_RESULT,     cancel_is_done,       TO (ENDING) },
    { P (STOP),          I (FAILED),     0,               stop_is_for_cancel, NO_RESULT,     module_refuses_cancel, BACK },
    { P (STOP),          I (FAILED),     S (12),          stop_is_discard,    NO_RESULT,     discard_is_done,      TO (REST) },
    { P (STOP),          I (FAILED),     0,               stop_is_discard,    NO_RESULT,     module_refuses_cancel, TO (REST) },
    { P (STOP),          I (FAILED),     0,               NULL,               NO_RESULT,     NULL,                 TO (ENDING) },
    { P (STOPPED),       I (STATE_READ), ENDED | S (12),  stop_is_for_cancel, NO_RESULT,     cancel_is_done,       TO (REST) },
    { P (STOPPED),       I (STATE_READ), ENDED | S (12),  stop_is_discard,    NO_RESULT,     discard_is_done,      TO (REST) },
    { P (STOPPED),       I (STATE_READ), S (30) | S (31) | S (40), may_stop_again, NO_RESULT, stop_again,          TO (STOP) },
    { P (STOPPED),       I (STATE_READ), S (11),          stop_is_for_cancel, NO_RESULT,     cancel_is_done,       TO (ENDING) },
    { P (STOPPED),       I (STATE_READ), 0,               stop_is_for_cancel, NO_RESULT,     module_refuses_cancel, BACK },
    { P (STOPPED),       I (STATE_READ) | ERRORS, 0,      stop_is_discard,    NO_RESULT,     module_refuses_cancel, TO (REST) },
    { P (STOPPED),       ERRORS,         0,               stop_is_for_cancel, NO_RESULT,     cancel_is_done,       TO (ENDING) },
    { P (STOPPED),       ERRORS,         0,               NULL,               NO_RESULT,     NULL,                 TO (ENDING) },
    { P (STOPPED) | P (ENDING) | P (ENDING_POLL),
                         NEWS,           S (10),          stop_is_for_requery, NO_RESULT,    start_query,          TO (QUERY) },
    { P (STOPPED),       I (STATE_READ), ENDED | S (12),  NULL,               NO_RESULT,     NULL,                 TO (REST) },
    { P (STOPPED),       I (STATE_READ), 0,               NULL,               NO_RESULT,     NULL,                 TO (ENDING) },
    { P (ENDING) | P (ENDING_POLL), NEWS, ENDED,          NULL,               NO_RESULT,     NULL,                 TO (REST) },
    { P (ENDING) | P (ENDING_POLL), NEWS, S (12) | S (30) | S (31) | S (40), may_stop_again, NO_RESULT, stop_again, TO (STOP) },
    { P (ENDING),        I (TIMER),      S (11),          end_takes_too_long, NO_RESULT,     set_aside,            TO (REST) },
    { P (ENDING),        I (TIMER),      0,               end_takes_too_long, NO_RESULT,     NULL,                 TO (REST) },
    { P (ENDING),        I (TIMER),      0,               NULL,               NO_RESULT,     poll,                 TO (ENDING_POLL) },
    { P (ENDING_POLL),   I (STATE_READ) | ERRORS, 0,      NULL,               NO_RESULT,     NULL,                 TO (ENDING) },

    /* Upgrade: read the old version first, then the conditions */
    { P (READ_OLD_VERSION) | WAITING, NEWS, S (50),       NULL,               NO_RESULT,     start_upgrade,        TO (UPGRADING) },
    { P (READ_OLD_VERSION), I (DONE),    0,               version_is_incomplete, E (FAILED), blame_version,        TO (REST) },
    { P (READ_OLD_VERSION), I (DONE),    0,               package_is_unwanted, E (OTHER_VERSION_OFFERED), NULL,    TO (REST) },
    { P (READ_OLD_VERSION), I (DONE),    0,               is_delayed,         NO_RESULT,     schedule,             TO (DELAY) },
    { P (READ_OLD_VERSION), I (DONE),    0,               NULL,               NO_RESULT,     keep_old_version_and_wait, TO (CONDITIONS) },
    { P (DELAY),         I (TIMER),      0,               NULL,               NO_RESULT,     start_waiting,        TO (CONDITIONS) },
    { P (DELAY),         I (CANCEL),     0,               NULL,               E (CANCELLED), answer_cancel,        TO (REST) },
    { ASKING,            I (CANCEL),     0,               may_be_cancelled,   NO_RESULT,     cancel_later,         STAY },
    { ASKING,            REPLY,          0,               was_cancelled,      E (CANCELLED), NULL,                 TO (RESTORE) },
    { P (BLOCKED) | P (REFUSED), I (CANCEL), 0,           may_be_cancelled,   E (CANCELLED), answer_cancel,        TO (RESTORE) },
    { P (BLOCKED) | P (REFUSED), I (DEADLINE), 0,         NULL,               E (CONDITIONS_NOT_MET), end_time,    TO (RESTORE) },
    { P (CONDITIONS),    I (DONE),       0,               call_can_be_ended,  NO_RESULT,     hang_up,              TO (HANG_UP) },
    { P (CONDITIONS),    I (DONE),       0,               is_blocked_too_long, E (CONDITIONS_NOT_MET), NULL,       TO (RESTORE) },
    { P (CONDITIONS),    I (DONE),       0,               is_blocked,         NO_RESULT,     poll,                 TO (BLOCKED) },
    { P (CONDITIONS),    I (DONE),       0,               NULL,               NO_RESULT,     hold_data,            TO (PAUSE) },
    { P (HANG_UP),       REPLY,          0,               NULL,               NO_RESULT,     NULL,                 TO (CONDITIONS) },
    { P (BLOCKED),       I (SIGNAL) | I (TIMER), 0,       NULL,               NO_RESULT,     NULL,                 TO (CONDITIONS) },

    /* Data is paused last, and restored if another blocker appears */
    { P (PAUSE),         I (DONE),       0,               data_is_up,         NO_RESULT,     NULL,                 TO (UNPAUSE) },
    { P (PAUSE),         I (DONE),       0,               NULL,               NO_RESULT,     data_is_paused,       TO (RECHECK) },
    { P (PAUSE),         ERRORS,         0,               NULL,               NO_RESULT,     NULL,                 TO (UNPAUSE) },
    { P (RECHECK),       I (DONE),       0,               is_called,          NO_RESULT,     NULL,                 TO (UNPAUSE) },
    { P (RECHECK),       I (DONE),       0,               data_is_up_too_long, E (CONDITIONS_NOT_MET), NULL,       TO (RESTORE) },
    { P (RECHECK),       I (DONE),       0,               data_is_up,         NO_RESULT,     NULL,                 TO (REFUSED) },
    { P (RECHECK),       I (DONE),       0,               NULL,               NO_RESULT,     NULL,                 TO (CONFIRM) },
    { P (UNPAUSE),       REPLY,          0,               time_is_over,       E (CONDITIONS_NOT_MET), data_is_restored, TO (RESTORE) },
    { P (UNPAUSE),       REPLY,          0,               NULL,               NO_RESULT,     data_is_restored,     TO (BLOCKED) },
    { P (CONFIRM),       I (STATE_READ), S (40),          NULL,               NO_RESULT,     NULL,                 TO (FLASH) },
    { P (CONFIRM),       I (STATE_READ), 0,               NULL,               E (WRONG_STATE), NULL,               TO (RESTORE) },
    { P (CONDITIONS) | P (RECHECK) | P (CONFIRM),
                         ERRORS,         0,               time_is_over,       E (CONDITIONS_NOT_MET), NULL,        TO (RESTORE) },
    { P (CONDITIONS),    ERRORS,         0,               NULL,               NO_RESULT,     poll,                 TO (BLOCKED) },
    { P (RECHECK) | P (CONFIRM), ERRORS, 0,               NULL,               NO_RESULT,     poll,                 TO (REFUSED) },
    { P (REFUSED),       I (SIGNAL) | I (TIMER), 0,       NULL,               NO_RESULT,     NULL,                 TO (PAUSE) },

    /* ^FWUP */
    { FLASHING,          NEWS,           S (50),          NULL,               NO_RESULT,     start_upgrade,        TO (UPGRADING) },
    { FLASHING,          NEWS,           S (70),          NULL,               BY_STATE,      NULL,                 TO (RESTORE) },
    { P (FLASH),         I (DONE) | I (SILENT), 0,        NULL,               NO_RESULT,     take_flash,           TO (TAKEN) },
    { P (FLASH),         I (FAILED),     0,               is_fatal,           E (FAILED),    blame_record,         TO (RESTORE) },
    { P (FLASH),         I (FAILED),     0,               time_is_over,       E (CONDITIONS_NOT_MET), refuse_flash, TO (RESTORE) },
    { P (FLASH),         I (FAILED),     0,               NULL,               NO_RESULT,     refuse_flash,         TO (REFUSED) },
    { P (TAKEN),         I (TIMER),      0,               NULL,               NO_RESULT,     poll,                 TO (TAKEN_POLL) },
    { P (TAKEN_POLL),    I (STATE_READ), S (40),          may_flash_again,    NO_RESULT,     NULL,                 TO (PAUSE) },
    { P (TAKEN_POLL),    I (STATE_READ), S (40),          NULL,               E (REFUSED),   refuse_flash,         TO (RESTORE) },
    { P (TAKEN_POLL),    I (STATE_READ), 0,               NULL,               NO_RESULT,     start_upgrade,        TO (VERIFY) },
    { P (TAKEN_POLL),    ERRORS,         0,               flash_takes_too_long, E (DEVICE_LOST), give_up,          TO (RESTORE) },
    { P (TAKEN_POLL),    ERRORS,         0,               NULL,               NO_RESULT,     NULL,                 TO (TAKEN) },

    /* The module works alone: only the version shows the outcome */
    { P (UPGRADING) | P (UPGRADING_POLL) | VERIFYING,
                         NEWS,           S (70),          NULL,               BY_STATE,      NULL,                 TO (RESTORE) },
    { VERIFYING,         NEWS,           S (50),          NULL,               NO_RESULT,     limit_upgrade,        TO (UPGRADING) },
    { P (UPGRADING),     I (TIMER),      0,               NULL,               NO_RESULT,     poll,                 TO (UPGRADING_POLL) },
    { P (UPGRADING),     I (STATE_LINE), S (10) | S (90), NULL,               NO_RESULT,     NULL,                 TO (UPGRADING_POLL) },
    /* It never rebooted, and has been silent or in the same state for too long */
    { P (UPGRADING),     I (DEADLINE),   0,               NULL,               NO_RESULT,     end_time,             TO (UPGRADING_POLL) },
    { P (UPGRADING_POLL), I (STATE_READ), S (50),         time_is_over,       E (UPGRADE_FAILED), give_up,         TO (RESTORE) },
    { P (UPGRADING_POLL), I (STATE_READ), S (UNKNOWN),    time_is_over,       E (DEVICE_LOST), give_up,            TO (RESTORE) },
    { P (UPGRADING_POLL), ERRORS,        0,               time_is_over,       E (DEVICE_LOST), give_up,            TO (RESTORE) },
    { P (UPGRADING_POLL), I (STATE_READ), S (50) | S (UNKNOWN), NULL,         NO_RESULT,     NULL,                 TO (UPGRADING) },
    { P (UPGRADING_POLL), I (STATE_READ), 0,              NULL,               NO_RESULT,     NULL,                 TO (VERIFY) },
    { P (UPGRADING_POLL), ERRORS,        0,               NULL,               NO_RESULT,     NULL,                 TO (UPGRADING) },
    { P (VERIFY),        I (DONE),       0,               has_succeeded,      SUCCEEDED,     judge,                TO (RESTORE) },
    { P (VERIFY),        I (DONE),       0,               has_changed_otherwise, E (OTHER_VERSION_INSTALLED), judge, TO (RESTORE) },
    { P (VERIFY),        I (DONE),       0,               cannot_be_compared, E (FAILED),    judge_unknown,        TO (RESTORE) },
    { P (VERIFY),        REPLY,          0,               should_be_read_again, NO_RESULT,   read_later,           TO (VERIFY_LATER) },
    { P (VERIFY),        I (DONE),       0,               has_changed,        E (OTHER_VERSION_INSTALLED), judge,  TO (RESTORE) },
    { P (VERIFY),        I (DONE),       0,               version_is_incomplete, E (FAILED), judge_unread,         TO (RESTORE) },
    { P (VERIFY),        I (DONE),       0,               NULL,               NO_RESULT,     NULL,                 TO (VERIFY_STATE) },
    { P (VERIFY),        ERRORS,         0,               NULL,               E (FAILED),    blame_version,        TO (RESTORE) },
    { P (VERIFY_LATER),  I (TIMER),      0,               NULL,               NO_RESULT,     NULL,                 TO (VERIFY) },
    { P (VERIFY_STATE),  I (STATE_READ) | ERRORS, 0,      NULL,               E (VERSION_UNCHANGED), judge,        TO (RESTORE) },

    /* In every case, restore the data sessions */
    { P (RESTORE),       REPLY,          0,               NULL,               NO_RESULT,     data_is_restored,     TO (REST) },

    /* Inputs that change nothing, in any phase */
    { ANY,               I (VERB),       0,               is_busy,            NO_RESULT,     refuse_busy,          STAY },
    { ANY,               I (VERB),       0,               NULL,               NO_RESULT,     refuse_state,         STAY },
    { ANY,               I (CANCEL),     0,               NULL,               NO_RESULT,     refuse_cancel,        STAY },
    { ANY,               I (DEADLINE),   0,               NULL,               NO_RESULT,     end_time,             STAY },
    { ANY,               I (STATE_LINE) | I (TIMER) | I (SIGNAL) | I (START),
                                         0,               NULL,               NO_RESULT,     NULL,                 STAY },
};

static guint
state_bit (gint state)
{
    switch (state) {
    case MM_TDTECH_FOTASTATE_UNKNOWN:               return S (UNKNOWN);
    case MM_TDTECH_FOTASTATE_IDLE:                  return S (10);
    case MM_TDTECH_FOTASTATE_QUERYING:              return S (11);
    case MM_TDTECH_FOTASTATE_AVAILABLE:             return S (12);
    case MM_TDTECH_FOTASTATE_QUERY_FAILED:          return S (13);
    case MM_TDTECH_FOTASTATE_NOTHING_NEWER:         return S (14);
    case MM_TDTECH_FOTASTATE_DOWNLOAD_FAILED:       return S (20);
    case MM_TDTECH_FOTASTATE_DOWNLOADING:           return S (30);
    case MM_TDTECH_FOTASTATE_SUSPENDED:             return S (31);
    case MM_TDTECH_FOTASTATE_DOWNLOADED:            return S (40);
    case MM_TDTECH_FOTASTATE_UPGRADING:             return S (50);
    case MM_TDTECH_FOTASTATE_UPGRADE_FAILED:
    case MM_TDTECH_FOTASTATE_FAMILY_UPGRADE_FAILED: return S (70);
    case MM_TDTECH_FOTASTATE_FAMILY_UPGRADE_DONE:   return S (90);
    default:                                        return S (OTHER);
    }
}

static const Transition *
find_transition (const Step *step)
{
    guint64 phase = G_GUINT64_CONSTANT (1) << step->m->phase;
    guint   input = 1u << step->in->kind;
    guint   state = state_bit (step->m->module_state);
    guint   i;

    for (i = 0; i < G_N_ELEMENTS (table); i++) {
        const Transition *row = &table[i];

        if ((row->phases & phase) &&
            (row->inputs & input) &&
            (!row->states || (row->states & state)) &&
            (!row->when || row->when (step)))
            return row;
    }
    return NULL;
}

/*****************************************************************************/
/* Results */

static MMTdtechFotaError
error_of_state (gint  state,
                guint code)
{
    switch (state) {
    case MM_TDTECH_FOTASTATE_QUERY_FAILED:
        if (code == MM_TDTECH_FOTA_CODE_SERVER_UNREACHABLE)
            return MM_TDTECH_FOTA_ERROR_SERVER_UNREACHABLE;
        if (code == MM_TDTECH_FOTA_CODE_FILES_UNAVAILABLE)
            return MM_TDTECH_FOTA_ERROR_FILES_UNAVAILABLE;
        return MM_TDTECH_FOTA_ERROR_QUERY_FAILED;
    case MM_TDTECH_FOTASTATE_DOWNLOAD_FAILED:
        return MM_TDTECH_FOTA_ERROR_DOWNLOAD_FAILED;
    case MM_TDTECH_FOTASTATE_SUSPENDED:
        return MM_TDTECH_FOTA_ERROR_DOWNLOAD_SUSPENDED;
    case MM_TDTECH_FOTASTATE_UPGRADE_FAILED:
    case MM_TDTECH_FOTASTATE_FAMILY_UPGRADE_FAILED:
        return MM_TDTECH_FOTA_ERROR_UPGRADE_FAILED;
    default:
        return MM_TDTECH_FOTA_ERROR_FAILED;
    }
}

static void
set_error (MMTdtechFotaMachine *m,
           MMTdtechFotaError    error)
{
    m->kept.pending.error = error;
    switch ((gint) error) {
    case MM_TDTECH_FOTA_ERROR_CANCELLED:
        m->kept.pending.outcome = MM_TDTECH_FOTA_OUTCOME_CANCELLED;
        break;
    case MM_TDTECH_FOTA_ERROR_QUERY_FAILED:
    case MM_TDTECH_FOTA_ERROR_SERVER_UNREACHABLE:
    case MM_TDTECH_FOTA_ERROR_FILES_UNAVAILABLE:
    case MM_TDTECH_FOTA_ERROR_DOWNLOAD_FAILED:
    case MM_TDTECH_FOTA_ERROR_DOWNLOAD_SUSPENDED:
    case MM_TDTECH_FOTA_ERROR_UPGRADE_FAILED:
        m->kept.pending.outcome = MM_TDTECH_FOTA_OUTCOME_FAILED;
        m->kept.pending.module_code = m->module_code ? m->module_code : (guint) MAX (m->module_state, 0);
        break;
    default:
        m->kept.pending.outcome = MM_TDTECH_FOTA_OUTCOME_FAILED;
        break;
    }
}

/* What the error's text must name */
static void
set_cause (Step *step,
           gint  result)
{
    MMTdtechFotaMachine *m = step->m;
    const gchar         *version = is_upgrade (step) || m->phase == MM_TDTECH_FOTA_PHASE_READ_OLD_VERSION ?
                                   m->kept.package_version : m->kept.offer_version;

    m->cause = MM_TDTECH_FOTA_CAUSE_NONE;
    if (result == E (OTHER_VERSION_OFFERED)) {
        m->cause = offer_is_not_suspended (m) && version == m->kept.offer_version ?
                   MM_TDTECH_FOTA_CAUSE_NOT_SUSPENDED : find_fault (m, version);
        set_string (&m->detail, version);
    } else
        set_string (&m->detail, step->in->words);
}

static void
set_result (Step *step,
            gint  result)
{
    MMTdtechFotaMachine *m = step->m;

    set_cause (step, result);
    m->kept.pending.error = MM_TDTECH_FOTA_ERROR_NONE;
    m->kept.pending.module_code = 0;

    if (result == SUCCEEDED)
        m->kept.pending.outcome = MM_TDTECH_FOTA_OUTCOME_SUCCEEDED;
    else if (result == NOTHING_NEWER ||
             (result == BY_STATE && m->module_state == MM_TDTECH_FOTASTATE_NOTHING_NEWER))
        m->kept.pending.outcome = MM_TDTECH_FOTA_OUTCOME_NOTHING_NEWER;
    else if (result == BY_STATE)
        set_error (m, error_of_state (m->module_state, m->module_code));
    else
        set_error (m, (MMTdtechFotaError) result);
}

static MMTdtechFotaEvent
failure_event (const MMTdtechFotaMachine *m)
{
    if (m->kept.verb == MM_TDTECH_FOTA_VERB_UPGRADE || m->upgrade_begun)
        return MM_TDTECH_FOTA_EVENT_UPGRADE_FAILED;
    if (m->kept.pending.error == MM_TDTECH_FOTA_ERROR_DOWNLOAD_SUSPENDED)
        return MM_TDTECH_FOTA_EVENT_DOWNLOAD_SUSPENDED;
    if (m->kept.verb == MM_TDTECH_FOTA_VERB_CHECK ||
        (m->kept.verb == MM_TDTECH_FOTA_VERB_NONE && !m->kept.download_begun))
        return MM_TDTECH_FOTA_EVENT_CHECK_FAILED;
    return MM_TDTECH_FOTA_EVENT_DOWNLOAD_FAILED;
}

static void
emit_outcome (Step *step)
{
    MMTdtechFotaMachine *m = step->m;

    switch (m->kept.pending.outcome) {
    case MM_TDTECH_FOTA_OUTCOME_SUCCEEDED:
        /* The find of a Check was announced when it was found */
        if (m->upgrade_begun)
            emit_event (step, MM_TDTECH_FOTA_EVENT_UPGRADE_SUCCEEDED);
        else if (m->kept.verb != MM_TDTECH_FOTA_VERB_CHECK)
            emit_event (step, MM_TDTECH_FOTA_EVENT_DOWNLOAD_SUCCEEDED);
        return;
    case MM_TDTECH_FOTA_OUTCOME_FAILED:
        emit_event (step, failure_event (m));
        return;
    case MM_TDTECH_FOTA_OUTCOME_CANCELLED:
        emit_event (step, MM_TDTECH_FOTA_EVENT_CANCELLED);
        return;
    case MM_TDTECH_FOTA_OUTCOME_NOTHING_NEWER:
        emit_event (step, MM_TDTECH_FOTA_EVENT_NO_UPDATE);
        return;
    case MM_TDTECH_FOTA_OUTCOME_NONE:
    default:
        return;
    }
}

static void
keep_result (Step *step)
{
    MMTdtechFotaMachine *m = step->m;

    mm_tdtech_fota_result_clear (&m->result);
    m->result = m->kept.pending;
    m->kept.pending = (MMTdtechFotaResult) { 0 };
    m->result.verb = m->kept.verb;
    /* After an upgrade the running version is not the one it started from */
    m->result.from = g_strdup (m->kept.before_version ? m->kept.before_version : m->taken ? NULL : m->version);
    m->from_owed = !m->result.from && !m->taken;
    step->out->finished = TRUE;
}

static gboolean
package_is_gone (const MMTdtechFotaMachine *m)
{
    return m->module_state != MM_TDTECH_FOTASTATE_UNKNOWN &&
           m->module_state != MM_TDTECH_FOTASTATE_SUSPENDED &&
           m->module_state != MM_TDTECH_FOTASTATE_DOWNLOADING &&
           m->module_state != MM_TDTECH_FOTASTATE_DOWNLOADED;
}

/* I5: the one place where a transaction ends */
static void
finish (Step *step)
{
    MMTdtechFotaMachine *m = step->m;
    gboolean             installed = m->upgrade_begun && m->kept.pending.outcome == MM_TDTECH_FOTA_OUTCOME_SUCCEEDED;
    gboolean             query_was_cancelled = m->kept.pending.outcome == MM_TDTECH_FOTA_OUTCOME_CANCELLED &&
                                               !m->kept.download_begun && !m->upgrade_begun;

    step->out->stop_deadline = TRUE;
    if (m->kept.verb != MM_TDTECH_FOTA_VERB_NONE && !m->accepted) {
        step->out->answer_verb = TRUE;
        step->out->verb_error = m->kept.pending.error;
    } else {
        emit_outcome (step);
        if (m->kept.verb == MM_TDTECH_FOTA_VERB_CHECK)
            m->checked_only = TRUE;
        if (m->kept.pending.outcome == MM_TDTECH_FOTA_OUTCOME_CANCELLED && !m->upgrade_begun)
            step->out->progress_reset = TRUE;
        if (m->kept.verb != MM_TDTECH_FOTA_VERB_NONE)
            keep_result (step);
    }
    if (m->kept.verb != MM_TDTECH_FOTA_VERB_NONE)
        m->polls = 0;

    /* Drop what a cancelled query found */
    if (installed || query_was_cancelled)
        forget_offer (step);
    if (package_is_gone (m))
        g_clear_pointer (&m->kept.package_version, g_free);
    mm_tdtech_fota_transaction_end (&m->kept);
    m->accepted = m->cancelling = m->time_over = FALSE;
    m->seen_query = m->upgrade_begun = m->taken = FALSE;
}

/*****************************************************************************/
/* Steps */

static gint
phase_timer (const MMTdtechFotaMachine *m)
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
    case MM_TDTECH_FOTA_PHASE_TAKEN:
        return SECONDS_UNTIL_TAKEN << MIN (m->polls, 5);
    case MM_TDTECH_FOTA_PHASE_UPGRADING:
        return SECONDS_UNTIL_TAKEN << MIN (m->polls, 5);
    case MM_TDTECH_FOTA_PHASE_VERIFY_LATER:
        return seconds_between_readings[CLAMP (m->readings, 1, G_N_ELEMENTS (seconds_between_readings)) - 1];
    default:
        return MM_TDTECH_FOTA_TIMER_NONE;
    }
}

static MMTdtechFotaEffect
phase_effect (const MMTdtechFotaMachine *m)
{
    if (m->phase == MM_TDTECH_FOTA_PHASE_QUERY && m->module_state == MM_TDTECH_FOTASTATE_AVAILABLE)
        return MM_TDTECH_FOTA_EFFECT_DOWNLOAD;
    return phases[m->phase].effect;
}

static void
start_phase (Step              *step,
             MMTdtechFotaPhase  phase)
{
    MMTdtechFotaMachine *m = step->m;

    m->phase = phase;
    if (phase == MM_TDTECH_FOTA_PHASE_REST)
        finish (step);
    step->out->entered = TRUE;
    step->out->effect = phase_effect (m);
    step->out->timer = phase_timer (m);
}

static void
apply_state (Step *step)
{
    MMTdtechFotaMachine     *m = step->m;
    const MMTdtechFotastate *state = step->in->state;

    if (m->module_state != MM_TDTECH_FOTASTATE_UNKNOWN && m->module_state != state->state)
        m->kept.set_aside = FALSE;
    m->module_state = state->state;
    m->module_code = state->code;
    if (state->state == MM_TDTECH_FOTASTATE_AVAILABLE && state->version) {
        set_string (&m->kept.offer_version, state->version);
        set_string (&m->kept.offer_description, state->description);
        m->kept.offer_size = state->size;
    } else if (state->state == MM_TDTECH_FOTASTATE_NOTHING_NEWER)
        forget_offer (step);
}

static void
run_transition (Step             *step,
                const Transition *row);

/* Process the module's last reported state, which arrived while we waited for another answer */
static gboolean
resync (MMTdtechFotaMachine *m,
        MMTdtechFotaOutput  *out)
{
    MMTdtechFotastate state = {
        .state       = m->module_state,
        .code        = m->module_code,
        .version     = m->kept.offer_version,
        .size        = m->kept.offer_size,
        .description = m->kept.offer_description,
    };
    MMTdtechFotaInput input = { .kind = MM_TDTECH_FOTA_INPUT_STATE_LINE, .state = &state };
    Step              step = { m, &input, out };
    const Transition *row = find_transition (&step);

    if (!row || row->next >= STAY)
        return FALSE;
    run_transition (&step, row);
    return TRUE;
}

static void
enter_phase (Step *step,
             gint  next)
{
    MMTdtechFotaMachine *m = step->m;

    if (next == STAY)
        return;

    /* The record has been processed */
    if (m->phase == MM_TDTECH_FOTA_PHASE_ADOPT_VERSION)
        m->restored_stage = MM_TDTECH_FOTA_STAGE_NONE;

    switch (next) {
    case BACK:
        if (m->module_state == MM_TDTECH_FOTASTATE_DOWNLOADING && m->kept.download_begun) {
            start_phase (step, MM_TDTECH_FOTA_PHASE_DOWNLOADING);
            return;
        }
        /* fall through */
    case RESYNC:
        start_phase (step, MM_TDTECH_FOTA_PHASE_CHECKING);
        resync (m, step->out);
        return;
    default:
        start_phase (step, (MMTdtechFotaPhase) next);
        return;
    }
}

static void
run_transition (Step             *step,
                const Transition *row)
{
    if (row->result != NO_RESULT)
        set_result (step, row->result);
    if (row->action)
        row->action (step);
    enter_phase (step, row->next);
}

static void
keep_version (Step *step)
{
    const MMTdtechVersion *version = step->in->version;

    step->m->read_twice = version &&
                          g_strcmp0 (version->version, step->m->version) == 0 &&
                          g_strcmp0 (version->build_time, step->m->build_time) == 0;

    /* A truncated answer must not overwrite what is known */
    if (version && version->version)
        set_string (&step->m->version, version->version);
    if (version && version->build_time)
        set_string (&step->m->build_time, version->build_time);
    if (step->in->revision)
        set_string (&step->m->revision, step->in->revision);

    if (step->m->from_owed && step->m->version) {
        set_string (&step->m->result.from, step->m->version);
        step->m->from_owed = FALSE;
        step->out->result_from = TRUE;
    }
}

/* Apply readings before choosing a transition */
static void
apply_readings (Step *step)
{
    if (step->in->state)
        apply_state (step);
    if (step->in->kind != MM_TDTECH_FOTA_INPUT_DONE)
        return;

    switch (phase_effect (step->m)) {
    case MM_TDTECH_FOTA_EFFECT_READ_REGISTRATION:
    case MM_TDTECH_FOTA_EFFECT_READ_CONDITIONS:
    case MM_TDTECH_FOTA_EFFECT_READ_USE:
    case MM_TDTECH_FOTA_EFFECT_PAUSE_DATA:
        step->m->blockers = step->in->blockers;
        return;
    case MM_TDTECH_FOTA_EFFECT_READ_VERSION:
        keep_version (step);
        return;
    case MM_TDTECH_FOTA_EFFECT_NONE:
    case MM_TDTECH_FOTA_EFFECT_READ_STATE:
    case MM_TDTECH_FOTA_EFFECT_SET_MODE:
    case MM_TDTECH_FOTA_EFFECT_SET_TLS:
    case MM_TDTECH_FOTA_EFFECT_QUERY:
    case MM_TDTECH_FOTA_EFFECT_DOWNLOAD:
    case MM_TDTECH_FOTA_EFFECT_STOP:
    case MM_TDTECH_FOTA_EFFECT_READ_PROGRESS:
    case MM_TDTECH_FOTA_EFFECT_HANG_UP:
    case MM_TDTECH_FOTA_EFFECT_RESTORE_DATA:
    case MM_TDTECH_FOTA_EFFECT_FLASH:
    case MM_TDTECH_FOTA_EFFECT_LAST:
    default:
        return;
    }
}

void
mm_tdtech_fota_machine_step (MMTdtechFotaMachine     *self,
                             const MMTdtechFotaInput *input,
                             MMTdtechFotaOutput      *output)
{
    Step              step = { self, input, output };
    const Transition *row;

    *output = (MMTdtechFotaOutput) { 0 };

    apply_readings (&step);
    row = find_transition (&step);
    if (row)
        run_transition (&step, row);
}

gboolean
mm_tdtech_fota_machine_resync (MMTdtechFotaMachine *self,
                               MMTdtechFotaOutput  *output)
{
    *output = (MMTdtechFotaOutput) { 0 };

    return self->phase == MM_TDTECH_FOTA_PHASE_REST && resync (self, output);
}

gboolean
mm_tdtech_fota_machine_is_defined (const MMTdtechFotaMachine *self,
                                   const MMTdtechFotaInput   *input)
{
    /* Shares the strings: guards only read */
    MMTdtechFotaMachine seen = *self;
    Step                step = { &seen, input, NULL };

    if (input->state)
        seen.module_state = input->state->state;
    return find_transition (&step) != NULL;
}

/*****************************************************************************/
/* What callers see */

MMTdtechFotaState
mm_tdtech_fota_machine_get_state (const MMTdtechFotaMachine *self)
{
    /* The module or its data is back: do not show an earlier state to those who wait */
    if (self->restored_stage == MM_TDTECH_FOTA_STAGE_UPGRADING ||
        (self->phase == MM_TDTECH_FOTA_PHASE_RESTORE && self->taken))
        return MM_TDTECH_FOTA_STATE_VERIFYING;

    if (phases[self->phase].state != BY_MODULE)
        return (MMTdtechFotaState) phases[self->phase].state;

    switch (self->module_state) {
    case MM_TDTECH_FOTASTATE_UNKNOWN:
        return MM_TDTECH_FOTA_STATE_UNKNOWN;
    case MM_TDTECH_FOTASTATE_QUERYING:
        return MM_TDTECH_FOTA_STATE_CHECKING;
    case MM_TDTECH_FOTASTATE_AVAILABLE:
        return self->kept.set_aside && self->kept.verb == MM_TDTECH_FOTA_VERB_NONE ?
               MM_TDTECH_FOTA_STATE_IDLE : MM_TDTECH_FOTA_STATE_AVAILABLE;
    case MM_TDTECH_FOTASTATE_DOWNLOADING:
        return MM_TDTECH_FOTA_STATE_DOWNLOADING;
    case MM_TDTECH_FOTASTATE_SUSPENDED:
        return MM_TDTECH_FOTA_STATE_SUSPENDED;
    case MM_TDTECH_FOTASTATE_DOWNLOADED:
        return MM_TDTECH_FOTA_STATE_DOWNLOADED;
    case MM_TDTECH_FOTASTATE_UPGRADING:
        return MM_TDTECH_FOTA_STATE_UPGRADING;
    default:
        return MM_TDTECH_FOTA_STATE_IDLE;
    }
}

/* I7 */
gboolean
mm_tdtech_fota_machine_get_interruptible (const MMTdtechFotaMachine *self)
{
    /* A ^FWUP that was answered with OK may still be executed */
    if (self->kept.flashes > 0 && self->kept.verb != MM_TDTECH_FOTA_VERB_NONE)
        return FALSE;

    switch (phases[self->phase].interruptible) {
    case CANCEL_YES:
        return TRUE;
    case CANCEL_ONCE:
        return !self->cancelling;
    case CANCEL_BY_STATE:
        return (self->module_state == MM_TDTECH_FOTASTATE_AVAILABLE && !self->kept.set_aside) ||
               (self->module_state == MM_TDTECH_FOTASTATE_QUERYING && self->kept.set_aside) ||
               self->module_state == MM_TDTECH_FOTASTATE_SUSPENDED ||
               self->module_state == MM_TDTECH_FOTASTATE_DOWNLOADED;
    case CANCEL_NO:
    default:
        return FALSE;
    }
}

gboolean
mm_tdtech_fota_machine_is_downgrade (const MMTdtechFotaMachine *self)
{
    return compare_age (self, self->kept.offer_version ? self->kept.offer_version : self->kept.package_version) !=
           MM_TDTECH_FOTA_CAUSE_NONE;
}

gboolean
mm_tdtech_fota_machine_is_resting (const MMTdtechFotaMachine *self)
{
    return self->phase == MM_TDTECH_FOTA_PHASE_REST || self->phase == MM_TDTECH_FOTA_PHASE_REST_VERSION;
}

gboolean
mm_tdtech_fota_machine_is_early (const MMTdtechFotaMachine *self)
{
    return self->phase <= MM_TDTECH_FOTA_PHASE_ADOPT_VERSION;
}

static gboolean
state_allows (gint             state,
              MMTdtechFotaVerb verb)
{
    switch (state) {
    case MM_TDTECH_FOTASTATE_UNKNOWN:
        return TRUE;
    case MM_TDTECH_FOTASTATE_SUSPENDED:
        return verb == MM_TDTECH_FOTA_VERB_RESUME;
    case MM_TDTECH_FOTASTATE_DOWNLOADED:
        return verb == MM_TDTECH_FOTA_VERB_UPGRADE;
    case MM_TDTECH_FOTASTATE_QUERYING:
    case MM_TDTECH_FOTASTATE_DOWNLOADING:
    case MM_TDTECH_FOTASTATE_UPGRADING:
        return FALSE;
    default:
        return verb == MM_TDTECH_FOTA_VERB_CHECK || verb == MM_TDTECH_FOTA_VERB_DOWNLOAD;
    }
}

MMTdtechFotaError
mm_tdtech_fota_machine_foresee (const MMTdtechFotaMachine *self,
                                MMTdtechFotaVerb           verb)
{
    if (self->kept.verb != MM_TDTECH_FOTA_VERB_NONE)
        return MM_TDTECH_FOTA_ERROR_IN_PROGRESS;
    if (!mm_tdtech_fota_machine_is_resting (self) || !state_allows (self->module_state, verb))
        return MM_TDTECH_FOTA_ERROR_WRONG_STATE;
    return MM_TDTECH_FOTA_ERROR_NONE;
}

/*****************************************************************************/
/* Records */

MMTdtechFotaStage
mm_tdtech_fota_machine_get_stage (const MMTdtechFotaMachine *self)
{
    if (self->phase <= MM_TDTECH_FOTA_PHASE_ADOPT_VERSION)
        return self->restored_stage;
    if (self->kept.verb == MM_TDTECH_FOTA_VERB_NONE)
        return MM_TDTECH_FOTA_STAGE_NONE;
    if (self->phase == MM_TDTECH_FOTA_PHASE_READ_OLD_VERSION && !self->accepted)
        return MM_TDTECH_FOTA_STAGE_NONE;
    /* It may still be executed, so the record must say so across a restart */
    if (phases[self->phase].stage == MM_TDTECH_FOTA_STAGE_WAITING && self->kept.flashes > 0)
        return MM_TDTECH_FOTA_STAGE_FLASHING;
    return phases[self->phase].stage;
}

void
mm_tdtech_fota_machine_restore (MMTdtechFotaMachine           *self,
                                MMTdtechFotaStage              stage,
                                const MMTdtechFotaTransaction *kept)
{
    g_return_if_fail (self->phase == MM_TDTECH_FOTA_PHASE_START);

    mm_tdtech_fota_transaction_copy (&self->kept, kept);
    /* Its start was never announced */
    if (stage == MM_TDTECH_FOTA_STAGE_NONE) {
        mm_tdtech_fota_transaction_end (&self->kept);
        return;
    }
    self->restored_stage = stage;
    self->accepted = TRUE;
    self->upgrade_begun = stage >= MM_TDTECH_FOTA_STAGE_WAITING;
    self->taken = stage == MM_TDTECH_FOTA_STAGE_UPGRADING;
    self->offer_told = self->kept.offer_version != NULL;
    self->stop_reason = MM_TDTECH_FOTA_STOP_RESULT;
}

/*****************************************************************************/

MMTdtechFotaMachine *
mm_tdtech_fota_machine_new (void)
{
    MMTdtechFotaMachine *self = g_new0 (MMTdtechFotaMachine, 1);

    self->module_state = MM_TDTECH_FOTASTATE_UNKNOWN;
    return self;
}

MMTdtechFotaMachine *
mm_tdtech_fota_machine_copy (const MMTdtechFotaMachine *self)
{
    MMTdtechFotaMachine *copy = g_memdup2 (self, sizeof (*self));

    copy->kept = (MMTdtechFotaTransaction) { 0 };
    mm_tdtech_fota_transaction_copy (&copy->kept, &self->kept);
    copy->result = (MMTdtechFotaResult) { 0 };
    mm_tdtech_fota_result_copy (&copy->result, &self->result);
    copy->version = g_strdup (self->version);
    copy->build_time = g_strdup (self->build_time);
    copy->revision = g_strdup (self->revision);
    copy->detail = g_strdup (self->detail);
    return copy;
}

void
mm_tdtech_fota_machine_free (MMTdtechFotaMachine *self)
{
    mm_tdtech_fota_transaction_clear (&self->kept);
    mm_tdtech_fota_result_clear (&self->result);
    g_free (self->version);
    g_free (self->build_time);
    g_free (self->revision);
    g_free (self->detail);
    g_free (self);
}

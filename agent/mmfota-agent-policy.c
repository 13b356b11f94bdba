/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-agent-policy.h"

#include "mm-tdtech-fota-enums.h"
#include "mmfota-agent-retry.h"
#include "mmfota-agent-schedule.h"
#include "mmfota-agent-url.h"

/* Seconds for which an answer "now" replaces the notice; and for which somebody who was told of
 * an upgrade that could not begin need not be told again */
#define TOLD_BY_ANSWER 600
#define TOLD_BY_NOTICE 3600

#define DAY          (24 * 60 * 60)
#define LATER        DAY
#define UPGRADE_WAIT 300
#define BEGIN_TIME   30
#define CLEARED_WAIT 60
/* The notice before a forced upgrade */
#define FORCED_NOTICE 60

/* 2026-01-01: a clock that shows an earlier time was never set, so windows, quiet hours and the
 * age of a question can't be judged by it */
#define CLOCK_SET G_GINT64_CONSTANT (1767225600)

#define IN_THE_WAY (MM_TDTECH_FOTA_BLOCKER_NOT_REGISTERED | MM_TDTECH_FOTA_BLOCKER_CALL)

/* Input and output of the rules */
typedef struct {
    const MmfotaAgentSettings *settings;
    const MmfotaAgentMemory   *memory;
    const MmfotaAgentView     *view;
    gint64                     due; /* the next check */
    MmfotaAgentDecision        out;
} Look;

/*****************************************************************************/
/* Conditions */

static gint64
next_allowed (const Look *look,
              gint64      time)
{
    const MmfotaAgentPolicySettings *policy = &look->settings->policy;

    return mmfota_agent_window_next (policy->window, policy->quiet_hours, policy->timezone, time);
}

static gboolean
is_held (const Look *look)
{
    return look->view->state == MM_TDTECH_FOTA_STATE_SUSPENDED || look->view->state == MM_TDTECH_FOTA_STATE_DOWNLOADED;
}

/* The agent installs only packages that it has fetched itself: otherwise a caller who may download but not upgrade
 * could get an upgrade through the agent. */
static gboolean
is_ours (const Look *look)
{
    const MmfotaAgentMemory *memory = look->memory;

    return memory->fetched && memory->offered && g_str_equal (memory->fetched, memory->offered) &&
           g_strcmp0 (look->view->held, memory->fetched) == 0 &&
           memory->url && g_strcmp0 (look->view->held_url, memory->url) == 0;
}

static gboolean
is_unwanted (const Look *look)
{
    return mmfota_agent_memory_gave_up (look->memory, look->memory->offered) ||
           mmfota_agent_memory_skips (look->memory, look->memory->offered);
}

/* The package is from an engine's earlier action, or from no action while there is one */
static gboolean
is_stale (const Look *look)
{
    const MmfotaAgentAssignment *assignment = look->view->assignment;

    return look->memory->offered && g_strcmp0 (look->memory->offered_for, assignment ? assignment->id : NULL) != 0;
}

static gboolean
has_server (const Look *look)
{
    return look->settings->server.url[0] || look->view->assignment;
}

static gint64
notice_of (const Look *look)
{
    gint64 span = look->settings->policy.notice;

    return look->view->assignment && look->view->assignment->forced ? MIN (span, FORCED_NOTICE) : span;
}

static gboolean
is_busy (guint state)
{
    switch (state) {
    case MM_TDTECH_FOTA_STATE_IDLE:
    case MM_TDTECH_FOTA_STATE_AVAILABLE:
    case MM_TDTECH_FOTA_STATE_SUSPENDED:
    case MM_TDTECH_FOTA_STATE_DOWNLOADED:
        return FALSE;
    default:
        return TRUE;
    }
}

static gboolean
is_paused (const Look *look)
{
    return look->view->paused_until > look->view->now;
}

/* The time until which a person may postpone it */
static gint64
postponed_until (const Look *look)
{
    const MmfotaAgentMemory *memory = look->memory;

    return memory->asked_since && look->settings->policy.postpone_max ?
           memory->asked_since + look->settings->policy.postpone_max : MMFOTA_AGENT_NEVER;
}

static gboolean
has_consent (const Look *look)
{
    return look->settings->policy.upgrade == MMFOTA_AGENT_CONSENT_AUTO || look->memory->consent_upgrade ||
           postponed_until (look) <= look->view->now;
}

static gboolean
is_recent (gint64 time,
           gint64 now,
           gint64 span)
{
    return time && time <= now && now - time < span;
}

static gboolean
was_told (const Look *look)
{
    gint64 now = look->view->now;

    return !notice_of (look) || is_recent (look->memory->consent_upgrade, now, TOLD_BY_ANSWER) ||
           is_recent (look->memory->notice_at, now, TOLD_BY_NOTICE);
}

static gboolean
is_quiet (const Look *look)
{
    const MmfotaAgentPolicySettings *policy = &look->settings->policy;

    return mmfota_agent_spans_contain (policy->quiet_hours, policy->timezone, look->view->now);
}

static gint64
quiet_end (const Look *look)
{
    const MmfotaAgentPolicySettings *policy = &look->settings->policy;
    g_autoptr(GArray)                any = g_array_new (FALSE, FALSE, sizeof (MmfotaAgentSpan));

    return mmfota_agent_window_next (any, policy->quiet_hours, policy->timezone, look->view->now);
}

/*****************************************************************************/
/* Deciding */

void
mmfota_agent_decision_set_reason (MmfotaAgentDecision *self,
                                  MmfotaReason         reason)
{
    self->reason = mmfota_reason_text (reason);
    self->reason_name = mmfota_reason_name (reason);
}

static void
set_activity (Look                *look,
              MmfotaAgentActivity  activity,
              MmfotaReason         reason,
              gint64               wake)
{
    look->out.activity = activity;
    mmfota_agent_decision_set_reason (&look->out, reason);
    look->out.wake = MIN (look->out.wake, wake);
}

static void
act (Look                *look,
     MmfotaAgentAction    action,
     MmfotaAgentActivity  activity)
{
    look->out.action = action;
    set_activity (look, activity, MMFOTA_REASON_NONE, MMFOTA_AGENT_NEVER);
}

/* If a check may be made meanwhile */
static void
pass (Look                *look,
      MmfotaAgentActivity  activity,
      MmfotaReason         reason)
{
    set_activity (look, activity, reason, look->due);
}

static void
ask (Look                    *look,
     MmfotaAgentQuestionKind  question,
     MmfotaAgentActivity      activity,
     MmfotaReason             reason,
     gint64                   at)
{
    look->out.question = question;
    look->out.default_at = at == MMFOTA_AGENT_NEVER ? 0 : at;
    set_activity (look, activity, reason, at);
}

/* Not before a person wants to hear of it again, nor in quiet hours */
static void
ask_if_welcome (Look                    *look,
                MmfotaAgentQuestionKind  question,
                MmfotaReason             reason)
{
    if (look->memory->ask_after > look->view->now) {
        pass (look, MMFOTA_AGENT_ACTIVITY_WAITING, MMFOTA_REASON_PUT_OFF);
        look->out.wake = MIN (look->out.wake, look->memory->ask_after);
    } else if (is_quiet (look)) {
        pass (look, MMFOTA_AGENT_ACTIVITY_WAITING, MMFOTA_REASON_QUIET_HOURS);
        look->out.wake = MIN (look->out.wake, quiet_end (look));
    } else {
        ask (look, question, MMFOTA_AGENT_ACTIVITY_ASKING, reason, MMFOTA_AGENT_NEVER);
        look->out.wake = look->due;
    }
}

/*****************************************************************************/
/* Rules for any state */

/* Memory, configuration and reports go by the IMEI: the agent would look in one module for what it began in the
 * other */
static gboolean
ambiguous (Look *look)
{
    if (!look->view->ambiguous || look->memory->verb != MMFOTA_AGENT_VERB_NONE)
        return FALSE;
    set_activity (look, MMFOTA_AGENT_ACTIVITY_WAITING, MMFOTA_REASON_SAME_IMEI, MMFOTA_AGENT_NEVER);
    return TRUE;
}

static gboolean
away (Look *look)
{
    if (look->view->present)
        return FALSE;
    if (look->memory->verb == MMFOTA_AGENT_VERB_UPGRADE)
        set_activity (look, MMFOTA_AGENT_ACTIVITY_UPGRADING, MMFOTA_REASON_AWAY_UPGRADING, MMFOTA_AGENT_NEVER);
    else
        set_activity (look, MMFOTA_AGENT_ACTIVITY_WAITING, MMFOTA_REASON_ABSENT, MMFOTA_AGENT_NEVER);
    return TRUE;
}

static gboolean
under_way (Look *look)
{
    static const struct {
        MmfotaAgentActivity  activity;
        MmfotaReason         reason;
    } verbs[MMFOTA_AGENT_VERB_LAST] = {
        [MMFOTA_AGENT_VERB_CHECK]    = { MMFOTA_AGENT_ACTIVITY_CHECKING, MMFOTA_REASON_CHECKING },
        [MMFOTA_AGENT_VERB_DOWNLOAD] = { MMFOTA_AGENT_ACTIVITY_DOWNLOADING, MMFOTA_REASON_DOWNLOADING },
        [MMFOTA_AGENT_VERB_RESUME]   = { MMFOTA_AGENT_ACTIVITY_DOWNLOADING, MMFOTA_REASON_RESUMING },
        [MMFOTA_AGENT_VERB_UPGRADE]  = { MMFOTA_AGENT_ACTIVITY_UPGRADING, MMFOTA_REASON_UPGRADING },
    };
    MmfotaAgentVerb verb = look->memory->verb;

    if (verb == MMFOTA_AGENT_VERB_NONE || verb >= MMFOTA_AGENT_VERB_LAST)
        return FALSE;
    set_activity (look, verbs[verb].activity, verbs[verb].reason, MMFOTA_AGENT_NEVER);
    return TRUE;
}

static gboolean
no_server (Look *look)
{
    if (has_server (look) || (is_held (look) && look->memory->offered_for))
        return FALSE;
    set_activity (look, MMFOTA_AGENT_ACTIVITY_IDLE, MMFOTA_REASON_NO_SERVER, MMFOTA_AGENT_NEVER);
    return TRUE;
}

static gboolean
unknown_state (Look *look)
{
    if (look->view->state != MM_TDTECH_FOTA_STATE_UNKNOWN)
        return FALSE;
    set_activity (look, MMFOTA_AGENT_ACTIVITY_WAITING, MMFOTA_REASON_STATE_UNKNOWN, MMFOTA_AGENT_NEVER);
    return TRUE;
}

static gboolean
in_use (Look *look)
{
    if (!look->view->transaction && !is_busy (look->view->state))
        return FALSE;
    set_activity (look, MMFOTA_AGENT_ACTIVITY_WAITING, MMFOTA_REASON_IN_USE, MMFOTA_AGENT_NEVER);
    return TRUE;
}

/*****************************************************************************/
/* Rules for what the module holds */

static gboolean
not_ours (Look *look)
{
    if (!is_held (look) || is_ours (look))
        return FALSE;
    set_activity (look, MMFOTA_AGENT_ACTIVITY_WAITING,
                  MMFOTA_REASON_NOT_OURS, MMFOTA_AGENT_NEVER);
    return TRUE;
}

/* From an action that was cancelled, or from an earlier one */
static gboolean
recalled (Look *look)
{
    if (!is_held (look) || !is_stale (look))
        return FALSE;
    if (look->memory->parked && !look->view->assignment && look->view->state == MM_TDTECH_FOTA_STATE_DOWNLOADED)
        set_activity (look, MMFOTA_AGENT_ACTIVITY_IDLE, MMFOTA_REASON_PARKED, MMFOTA_AGENT_NEVER);
    else if (look->memory->download.until > look->view->now)
        set_activity (look, MMFOTA_AGENT_ACTIVITY_WAITING, MMFOTA_REASON_NOT_DISCARDED, look->memory->download.until);
    else
        act (look, MMFOTA_AGENT_ACTION_DISCARD, MMFOTA_AGENT_ACTIVITY_WAITING);
    return TRUE;
}

static gboolean
unwanted (Look *look)
{
    if (!is_held (look) || !is_unwanted (look))
        return FALSE;
    if (look->memory->download.until > look->view->now)
        set_activity (look, MMFOTA_AGENT_ACTIVITY_WAITING, MMFOTA_REASON_NOT_DISCARDED, look->memory->download.until);
    else
        act (look, MMFOTA_AGENT_ACTION_DISCARD, MMFOTA_AGENT_ACTIVITY_WAITING);
    return TRUE;
}

/*****************************************************************************/
/* Rules for a check */

static gboolean
check (Look *look)
{
    const MmfotaAgentMemory *memory = look->memory;
    gint64                   now = look->view->now;
    gint64                   due = memory->nudge ? now : look->due;

    if (is_held (look) || !has_server (look) || due > now)
        return FALSE;
    look->out.attempt = memory->query.attempts + 1;
    if (look->view->blockers & MM_TDTECH_FOTA_BLOCKER_NOT_REGISTERED)
        set_activity (look, MMFOTA_AGENT_ACTIVITY_WAITING, MMFOTA_REASON_NOT_REGISTERED, MMFOTA_AGENT_NEVER);
    else if ((look->view->blockers & MM_TDTECH_FOTA_BLOCKER_ROAMING) && !look->settings->policy.allow_roaming)
        set_activity (look, MMFOTA_AGENT_ACTIVITY_WAITING, MMFOTA_REASON_ROAMING, MMFOTA_AGENT_NEVER);
    else
        act (look, MMFOTA_AGENT_ACTION_CHECK, MMFOTA_AGENT_ACTIVITY_CHECKING);
    return TRUE;
}

static gboolean
nothing_offered (Look *look)
{
    if (is_held (look) || (look->memory->offered && !is_stale (look)))
        return FALSE;
    pass (look, look->memory->query.attempts ? MMFOTA_AGENT_ACTIVITY_WAITING : MMFOTA_AGENT_ACTIVITY_IDLE,
          look->memory->query.attempts ? MMFOTA_REASON_CHECK_FAILED : MMFOTA_REASON_NOTHING_NEWER);
    look->out.attempt = look->memory->query.attempts + 1;
    return TRUE;
}

/*****************************************************************************/
/* Rules for what an engine wants */

static gboolean
other_offered (Look *look)
{
    const MmfotaAgentAssignment *assignment = look->view->assignment;

    if (!assignment || g_strcmp0 (look->memory->offered, assignment->version) == 0)
        return FALSE;
    pass (look, MMFOTA_AGENT_ACTIVITY_IDLE, MMFOTA_REASON_OTHER_VERSION);
    return TRUE;
}

/* The server waits for a person's answer (J3: silence is no answer) */
static gboolean
confirm (Look *look)
{
    if (!look->view->assignment || !look->view->assignment->confirm)
        return FALSE;
    if (look->settings->policy.upgrade == MMFOTA_AGENT_CONSENT_OFF)
        pass (look, MMFOTA_AGENT_ACTIVITY_IDLE, MMFOTA_REASON_UPGRADE_OFF);
    else if (look->settings->policy.upgrade == MMFOTA_AGENT_CONSENT_AUTO || look->memory->consent_upgrade) {
        look->out.confirmed = TRUE;
        pass (look, MMFOTA_AGENT_ACTIVITY_WAITING, MMFOTA_REASON_CONFIRMING);
    } else
        ask_if_welcome (look, MMFOTA_AGENT_QUESTION_UPGRADE, MMFOTA_REASON_ASKING_UPGRADE);
    return TRUE;
}

static gboolean
hold_download (Look *look)
{
    if (!look->view->assignment || !look->view->assignment->hold_download ||
        look->view->state == MM_TDTECH_FOTA_STATE_DOWNLOADED)
        return FALSE;
    pass (look, MMFOTA_AGENT_ACTIVITY_WAITING, MMFOTA_REASON_DOWNLOAD_HELD);
    return TRUE;
}

static gboolean
hold_upgrade (Look *look)
{
    if (!look->view->assignment || !look->view->assignment->hold_upgrade)
        return FALSE;
    set_activity (look, MMFOTA_AGENT_ACTIVITY_WAITING,
                  look->view->assignment->window ? MMFOTA_REASON_SERVER_WINDOW : MMFOTA_REASON_UPGRADE_HELD,
                  MMFOTA_AGENT_NEVER);
    return TRUE;
}

/*****************************************************************************/
/* Rules for a download */

static gboolean
given_up (Look *look)
{
    if (!mmfota_agent_memory_gave_up (look->memory, look->memory->offered))
        return FALSE;
    pass (look, MMFOTA_AGENT_ACTIVITY_GIVEN_UP, MMFOTA_REASON_GIVEN_UP);
    if (look->memory->given_up_reason)
        look->out.reason = look->memory->given_up_reason;
    if (look->memory->given_up_error)
        look->out.reason_name = look->memory->given_up_error;
    return TRUE;
}

static gboolean
skipped (Look *look)
{
    if (!is_unwanted (look))
        return FALSE;
    pass (look, MMFOTA_AGENT_ACTIVITY_IDLE, MMFOTA_REASON_SKIPPED);
    return TRUE;
}

static gboolean
older (Look *look)
{
    if (!look->memory->downgrade || !look->settings->policy.expect_newer)
        return FALSE;
    pass (look, MMFOTA_AGENT_ACTIVITY_IDLE, MMFOTA_REASON_NOT_NEWER);
    return TRUE;
}

static gboolean
paused (Look *look)
{
    if (!is_paused (look))
        return FALSE;
    pass (look, MMFOTA_AGENT_ACTIVITY_WAITING, MMFOTA_REASON_PAUSED);
    look->out.wake = MIN (look->out.wake, look->view->paused_until);
    return TRUE;
}

static gboolean
download_off (Look *look)
{
    if (look->view->state == MM_TDTECH_FOTA_STATE_DOWNLOADED ||
        look->settings->policy.download != MMFOTA_AGENT_CONSENT_OFF)
        return FALSE;
    pass (look, MMFOTA_AGENT_ACTIVITY_IDLE, MMFOTA_REASON_DOWNLOAD_OFF);
    return TRUE;
}

static gboolean
ask_to_download (Look *look)
{
    if (look->view->state == MM_TDTECH_FOTA_STATE_DOWNLOADED || look->memory->consent_download ||
        (look->view->assignment && look->memory->consent_upgrade) || look->settings->policy.download != MMFOTA_AGENT_CONSENT_ASK)
        return FALSE;
    ask_if_welcome (look, MMFOTA_AGENT_QUESTION_DOWNLOAD, MMFOTA_REASON_ASKING_DOWNLOAD);
    return TRUE;
}

static gboolean
download (Look *look)
{
    const MmfotaAgentMemory *memory = look->memory;
    gint64                   until = MAX (memory->download.until, memory->upgrade.until);

    if (look->view->state == MM_TDTECH_FOTA_STATE_DOWNLOADED)
        return FALSE;
    look->out.attempt = memory->download.attempts + 1;
    if (memory->ask_after > look->view->now)
        until = MAX (until, memory->ask_after);
    if (until > look->view->now) {
        pass (look, MMFOTA_AGENT_ACTIVITY_WAITING, MMFOTA_REASON_RETRY);
        look->out.wake = MIN (look->out.wake, until);
    } else if (look->view->blockers & MM_TDTECH_FOTA_BLOCKER_NOT_REGISTERED)
        pass (look, MMFOTA_AGENT_ACTIVITY_WAITING, MMFOTA_REASON_NOT_REGISTERED);
    else if ((look->view->blockers & MM_TDTECH_FOTA_BLOCKER_ROAMING) && !look->settings->policy.allow_roaming)
        pass (look, MMFOTA_AGENT_ACTIVITY_WAITING, MMFOTA_REASON_ROAMING);
    else
        act (look, look->view->state == MM_TDTECH_FOTA_STATE_SUSPENDED ? MMFOTA_AGENT_ACTION_RESUME : MMFOTA_AGENT_ACTION_DOWNLOAD,
             MMFOTA_AGENT_ACTIVITY_DOWNLOADING);
    return TRUE;
}

/*****************************************************************************/
/* Rules for an upgrade: the module holds what the agent has downloaded */

static gboolean
clock_unset (Look *look)
{
    if (look->view->now >= CLOCK_SET)
        return FALSE;
    set_activity (look, MMFOTA_AGENT_ACTIVITY_WAITING, MMFOTA_REASON_CLOCK_UNSET, CLOCK_SET);
    return TRUE;
}

static gboolean
upgrade_off (Look *look)
{
    if (look->settings->policy.upgrade != MMFOTA_AGENT_CONSENT_OFF)
        return FALSE;
    set_activity (look, MMFOTA_AGENT_ACTIVITY_IDLE, MMFOTA_REASON_UPGRADE_OFF, MMFOTA_AGENT_NEVER);
    return TRUE;
}

static gboolean
put_off (Look *look)
{
    if (look->memory->ask_after <= look->view->now)
        return FALSE;
    set_activity (look, MMFOTA_AGENT_ACTIVITY_WAITING, MMFOTA_REASON_PUT_OFF, look->memory->ask_after);
    return TRUE;
}

static gboolean
ask_to_upgrade (Look *look)
{
    gint64 deadline = postponed_until (look);

    if (has_consent (look))
        return FALSE;
    if (is_quiet (look)) {
        set_activity (look, MMFOTA_AGENT_ACTIVITY_WAITING, MMFOTA_REASON_QUIET_HOURS, MIN (quiet_end (look), deadline));
        return TRUE;
    }
    if (deadline != MMFOTA_AGENT_NEVER)
        deadline = next_allowed (look, deadline);
    ask (look, MMFOTA_AGENT_QUESTION_UPGRADE, MMFOTA_AGENT_ACTIVITY_ASKING, MMFOTA_REASON_ASKING_UPGRADE, deadline);
    look->out.wake = postponed_until (look);
    return TRUE;
}

static gboolean
upgrade_again_later (Look *look)
{
    look->out.attempt = look->memory->upgrade.attempts + 1;
    if (look->memory->upgrade.until <= look->view->now)
        return FALSE;
    set_activity (look, MMFOTA_AGENT_ACTIVITY_WAITING, MMFOTA_REASON_RETRY, look->memory->upgrade.until);
    return TRUE;
}

/* A notice continues meanwhile: the call may end before it does. */
static gboolean
something_in_the_way (Look *look)
{
    guint blockers = look->view->blockers & IN_THE_WAY;

    if (look->settings->policy.hang_up_calls)
        blockers &= ~(guint) MM_TDTECH_FOTA_BLOCKER_CALL;
    if (!blockers || (look->memory->notice_at > look->view->now && !was_told (look)))
        return FALSE;
    look->out.blocked = TRUE;
    set_activity (look, MMFOTA_AGENT_ACTIVITY_WAITING,
                  blockers & MM_TDTECH_FOTA_BLOCKER_CALL ? MMFOTA_REASON_CALL : MMFOTA_REASON_NOT_REGISTERED,
                  MMFOTA_AGENT_NEVER);
    return TRUE;
}

static gboolean
notice_runs (Look *look)
{
    gint64 now = look->view->now;
    gint64 at = look->memory->notice_at;

    if (at <= now || was_told (look))
        return FALSE;
    /* The clock, the configuration or the window may have changed meanwhile */
    if (at - now > notice_of (look) || next_allowed (look, at) != at)
        return FALSE;
    ask (look, MMFOTA_AGENT_QUESTION_NOTICE, MMFOTA_AGENT_ACTIVITY_NOTICING, MMFOTA_REASON_NOTICE, at);
    return TRUE;
}

static gboolean
notice (Look *look)
{
    gint64 lead = notice_of (look);
    gint64 start;

    if (was_told (look))
        return FALSE;
    start = next_allowed (look, look->view->now + lead);
    if (start == MMFOTA_AGENT_NEVER || start - lead > look->view->now) {
        set_activity (look, MMFOTA_AGENT_ACTIVITY_WAITING, MMFOTA_REASON_WINDOW,
                      start == MMFOTA_AGENT_NEVER ? start : start - lead);
    } else {
        act (look, MMFOTA_AGENT_ACTION_NOTICE, MMFOTA_AGENT_ACTIVITY_NOTICING);
        look->out.default_at = start;
    }
    return TRUE;
}

static gint64
time_left (const MmfotaAgentSettings *settings,
           gint64                     now)
{
    const MmfotaAgentPolicySettings *policy = &settings->policy;

    return mmfota_agent_window_left (policy->window, policy->quiet_hours, policy->timezone, now);
}

/* Less the time that the module needs to begin */
guint32
mmfota_agent_policy_upgrade_wait (const MmfotaAgentSettings *settings,
                                  gint64                     now)
{
    gint64 left = time_left (settings, now);

    return left <= BEGIN_TIME ? 0 : (guint32) MIN (UPGRADE_WAIT, left - BEGIN_TIME);
}

static gboolean
outside_window (Look *look)
{
    gint64 now = look->view->now;
    gint64 start = next_allowed (look, now);
    gint64 lead = notice_of (look);

    if (start == now && mmfota_agent_policy_upgrade_wait (look->settings, now))
        return FALSE;
    look->out.blocked = TRUE;
    /* Too late for this one */
    if (start == now)
        start = next_allowed (look, now + time_left (look->settings, now));
    set_activity (look, MMFOTA_AGENT_ACTIVITY_WAITING, MMFOTA_REASON_WINDOW,
                  start == MMFOTA_AGENT_NEVER ? start : MAX (start - lead, MIN (start, now + 60)));
    return TRUE;
}

static gboolean
upgrade (Look *look)
{
    act (look, MMFOTA_AGENT_ACTION_UPGRADE, MMFOTA_AGENT_ACTIVITY_UPGRADING);
    look->out.wait = mmfota_agent_policy_upgrade_wait (look->settings, look->view->now);
    return TRUE;
}

/*****************************************************************************/
/* The table: the first rule that applies decides */

#define RULE(name) { #name, name }

static const struct {
    const gchar *name;
    gboolean     (*decide) (Look *);
} rules[] = {
    RULE (ambiguous),
    RULE (away),
    RULE (under_way),
    RULE (no_server),
    RULE (unknown_state),
    RULE (in_use),

    RULE (not_ours),
    RULE (recalled),
    RULE (unwanted),

    RULE (check),
    RULE (nothing_offered),

    RULE (given_up),
    RULE (skipped),
    RULE (other_offered),
    RULE (older),
    RULE (confirm),
    RULE (download_off),
    RULE (paused),
    RULE (hold_download),
    RULE (ask_to_download),
    RULE (download),

    RULE (hold_upgrade),
    RULE (clock_unset),
    RULE (upgrade_off),
    RULE (put_off),
    RULE (ask_to_upgrade),
    RULE (upgrade_again_later),
    RULE (something_in_the_way),
    RULE (notice_runs),
    RULE (notice),
    RULE (outside_window),
    RULE (upgrade),
};

/* A failed check is repeated, whether it was on demand or not, until the attempts are used up;
 * then it waits for the next interval. A module that holds a package can't look for another. */
static gint64
next_check (const Look *look)
{
    const MmfotaAgentView          *view = look->view;
    const MmfotaAgentCheckSettings *check_settings = &look->settings->check;
    const MmfotaAgentRetry         *query = &look->memory->query;
    guint32                         tries = look->settings->retry.query.tries;

    if (is_held (look) || !has_server (look))
        return MMFOTA_AGENT_NEVER;
    /* With an engine, the engine says when to look again */
    if (!query->attempts && view->assignment && look->memory->assigned_checked)
        return MMFOTA_AGENT_NEVER;
    if (!query->attempts)
        return mmfota_agent_schedule_due (check_settings, look->memory, view->offset, view->present_for, view->now);
    if (!tries || query->attempts < tries)
        return query->until;
    return check_settings->interval ? query->until + check_settings->interval : MMFOTA_AGENT_NEVER;
}

MmfotaAgentDecision
mmfota_agent_policy_decide (const MmfotaAgentSettings *settings,
                            const MmfotaAgentMemory   *memory,
                            const MmfotaAgentView     *view)
{
    Look  look = { settings, memory, view, 0, { 0 } };
    guint i;

    look.due = next_check (&look);
    look.out.wake = MMFOTA_AGENT_NEVER;
    mmfota_agent_decision_set_reason (&look.out, MMFOTA_REASON_NONE);
    for (i = 0; i < G_N_ELEMENTS (rules); i++) {
        if (rules[i].decide (&look))
            break;
    }
    look.out.rule = i < G_N_ELEMENTS (rules) ? rules[i].name : "none";
    return look.out;
}

const gchar *
mmfota_agent_activity_name (MmfotaAgentActivity activity)
{
    static const gchar *const names[MMFOTA_AGENT_ACTIVITY_LAST] = {
        "idle", "waiting", "checking", "downloading", "asking", "noticing", "upgrading", "given-up",
    };

    return activity < MMFOTA_AGENT_ACTIVITY_LAST ? names[activity] : "idle";
}

/*****************************************************************************/
/* What is remembered */

static void
keep (gchar       **field,
      const gchar  *text)
{
    gchar *copy = text && text[0] ? g_strdup (text) : NULL;

    g_free (*field);
    *field = copy;
}

static void
forget_retries (MmfotaAgentMemory *memory)
{
    memory->download = memory->upgrade = (MmfotaAgentRetry){ 0, 0 };
}

static void
forget_offer (MmfotaAgentMemory *memory)
{
    keep (&memory->offered, NULL);
    keep (&memory->description, NULL);
    keep (&memory->fetched, NULL);
    keep (&memory->url, NULL);
    keep (&memory->offered_for, NULL);
    memory->size = memory->received = 0;
    memory->downgrade = FALSE;
    memory->asked_since = memory->ask_after = memory->consent_download = memory->consent_upgrade = 0;
    memory->prolonged = FALSE;
    memory->notice_at = 0;
}

static void
take_offer (MmfotaAgentMemory        *memory,
            const MmfotaAgentOutcome *outcome)
{
    if (g_strcmp0 (memory->offered, outcome->version) != 0) {
        forget_offer (memory);
        keep (&memory->offered, outcome->version);
    }
    if (g_strcmp0 (memory->tried, outcome->version) != 0) {
        /* J5: a server that alternates between versions gives none of them new attempts */
        if (memory->tried)
            mmfota_agent_memory_set_failures (memory, memory->tried, memory->upgrade.attempts);
        forget_retries (memory);
        keep (&memory->tried, outcome->version);
        memory->upgrade.attempts = mmfota_agent_memory_get_failures (memory, outcome->version);
    }
    keep (&memory->offered_for, memory->check_for);
    keep (&memory->description, outcome->description);
    memory->size = outcome->size;
    memory->downgrade = outcome->downgrade;
}

static void
give_up (MmfotaAgentMemory *memory)
{
    if (!memory->offered || mmfota_agent_memory_gave_up (memory, memory->offered))
        return;
    mmfota_agent_memory_list (memory->given_up, memory->offered);
    keep (&memory->given_up_reason, memory->last_error);
    keep (&memory->given_up_error, memory->last_error_name);
}

static void
checked (MmfotaAgentMemory *memory,
         gint64             now)
{
    memory->last_check = now;
    memory->assigned_checked = memory->assigned && g_strcmp0 (memory->check_for, memory->assigned) == 0;
    memory->missed = 0;
    memory->query = (MmfotaAgentRetry){ 0, 0 };
}

/*****************************************************************************/
/* What has happened */

void
mmfota_agent_policy_began (MmfotaAgentMemory *memory,
                           MmfotaAgentVerb    verb,
                           const gchar       *transaction,
                           guint64            last_event)
{
    memory->verb = verb;
    keep (&memory->transaction, transaction);
    memory->last_event = last_event;
    if (verb == MMFOTA_AGENT_VERB_CHECK) {
        memory->nudge = MMFOTA_AGENT_NUDGE_NONE;
        keep (&memory->check_for, memory->assigned);
    }
    if (verb == MMFOTA_AGENT_VERB_DOWNLOAD) {
        keep (&memory->fetched, memory->offered);
        keep (&memory->url, NULL);
    }
}

static void
succeeded (MmfotaAgentMemory        *memory,
           MmfotaAgentVerb           verb,
           const MmfotaAgentOutcome *outcome,
           gint64                    now)
{
    switch (verb) {
    case MMFOTA_AGENT_VERB_CHECK:
        checked (memory, now);
        take_offer (memory, outcome);
        break;
    case MMFOTA_AGENT_VERB_DOWNLOAD:
    case MMFOTA_AGENT_VERB_RESUME:
        memory->download = (MmfotaAgentRetry){ 0, 0 };
        keep (&memory->url, outcome->url);
        break;
    case MMFOTA_AGENT_VERB_UPGRADE:
        forget_offer (memory);
        forget_retries (memory);
        g_ptr_array_set_size (memory->failures, 0);
        keep (&memory->tried, NULL);
        break;
    case MMFOTA_AGENT_VERB_NONE:
    case MMFOTA_AGENT_VERB_LAST:
    default:
        break;
    }
}

static void
count_failure (const MmfotaAgentBackoff *backoff,
               MmfotaAgentMemory        *memory,
               MmfotaAgentRetry         *retry,
               MmfotaAgentClass          class,
               gint64                    now,
               guint32                   random)
{
    retry->until = now + mmfota_agent_retry_wait (backoff, retry->attempts + 1, class, random);
    if (class != MMFOTA_AGENT_CLASS_CONDITION || backoff->tries == 0)
        retry->attempts++;
    /* A check says nothing about the version found by an earlier one */
    if (retry == &memory->query)
        return;
    if (class == MMFOTA_AGENT_CLASS_FOR_GOOD || (backoff->tries && retry->attempts >= backoff->tries))
        give_up (memory);
}

static void
failed (const MmfotaAgentSettings *settings,
        MmfotaAgentMemory         *memory,
        MmfotaAgentVerb            verb,
        const MmfotaAgentOutcome  *outcome,
        gint64                     now,
        guint32                    random)
{
    MmfotaAgentClass class = mmfota_agent_retry_classify (outcome->error, outcome->code);

    keep (&memory->last_error, outcome->message && outcome->message[0] ? outcome->message : outcome->error);
    keep (&memory->last_error_name, outcome->error);
    memory->last_error_at = now;
    memory->transient = class == MMFOTA_AGENT_CLASS_TRANSIENT || class == MMFOTA_AGENT_CLASS_CONDITION;
    if (class == MMFOTA_AGENT_CLASS_PERSON) {
        if (verb == MMFOTA_AGENT_VERB_CHECK)
            checked (memory, now);
        memory->ask_after = now + LATER;
        memory->consent_download = memory->consent_upgrade = 0;
    } else if (verb == MMFOTA_AGENT_VERB_CHECK || class == MMFOTA_AGENT_CLASS_OTHER) {
        count_failure (&settings->retry.query, memory, &memory->query, class, now, random);
        if (class == MMFOTA_AGENT_CLASS_OTHER)
            forget_offer (memory);
    } else if (verb == MMFOTA_AGENT_VERB_UPGRADE)
        count_failure (&settings->retry.upgrade, memory, &memory->upgrade, class, now, random);
    else {
        /* Each attempt that made progress counts, even if the link breaks again and again */
        if (outcome->received > memory->received)
            memory->download.attempts = 0;
        memory->received = outcome->received;
        if (outcome->url)
            keep (&memory->url, outcome->url);
        count_failure (&settings->retry.download, memory, &memory->download, class, now, random);
    }
}

void
mmfota_agent_policy_ended (const MmfotaAgentSettings *settings,
                           MmfotaAgentMemory         *memory,
                           const MmfotaAgentOutcome  *outcome,
                           gint64                     now,
                           guint32                    random)
{
    MmfotaAgentVerb verb = memory->verb;

    memory->verb = MMFOTA_AGENT_VERB_NONE;
    keep (&memory->transaction, NULL);
    memory->notice_at = 0;
    /* The version that runs now is no reason to try again */
    if (verb == MMFOTA_AGENT_VERB_UPGRADE)
        keep (&memory->version, NULL);
    if (outcome->nothing_newer) {
        checked (memory, now);
        forget_offer (memory);
    } else if (outcome->succeeded)
        succeeded (memory, verb, outcome, now);
    else
        failed (settings, memory, verb, outcome, now, random);
}

void
mmfota_agent_policy_discarded (const MmfotaAgentSettings *settings,
                               MmfotaAgentMemory         *memory,
                               gboolean                   done,
                               gint64                     now,
                               guint32                    random)
{
    if (!done) {
        memory->download.until = now + mmfota_agent_retry_wait (&settings->retry.download, 1, MMFOTA_AGENT_CLASS_TRANSIENT, random);
        return;
    }
    keep (&memory->fetched, NULL);
    keep (&memory->url, NULL);
    memory->received = 0;
    if (g_strcmp0 (memory->offered_for, memory->assigned) != 0)
        forget_offer (memory);
}

static void
another_chance (MmfotaAgentMemory *memory,
                const gchar       *version)
{
    guint i;

    if (g_ptr_array_find_with_equal_func (memory->given_up, version, g_str_equal, &i))
        g_ptr_array_remove_index (memory->given_up, i);
    if (g_ptr_array_find_with_equal_func (memory->skipped, version, g_str_equal, &i))
        g_ptr_array_remove_index (memory->skipped, i);
    mmfota_agent_memory_set_failures (memory, version, 0);
    memory->query = (MmfotaAgentRetry){ 0, 0 };
    memory->ask_after = 0;
    forget_retries (memory);
}

gboolean
mmfota_agent_policy_assigned (MmfotaAgentMemory           *memory,
                              const MmfotaAgentAssignment *assignment)
{
    gboolean parked = assignment ? assignment->download_only : memory->parked;
    gboolean changed = parked != memory->parked;

    memory->parked = parked;
    if (g_strcmp0 (memory->assigned, assignment ? assignment->id : NULL) == 0)
        return changed;
    keep (&memory->assigned, assignment ? assignment->id : NULL);
    memory->assigned_checked = FALSE;
    if (!assignment)
        return TRUE;
    another_chance (memory, assignment->version);
    memory->consent_download = memory->consent_upgrade = 0;
    memory->nudge = MAX (memory->nudge, MMFOTA_AGENT_NUDGE_TRIGGER);
    /* Do not fetch again what the module already has */
    if (memory->verb == MMFOTA_AGENT_VERB_NONE && memory->fetched && g_strcmp0 (memory->offered, assignment->version) == 0 &&
        mmfota_agent_url_is_same (memory->url, assignment->url))
        keep (&memory->offered_for, assignment->id);
    return TRUE;
}

void
mmfota_agent_policy_nudged (MmfotaAgentMemory *memory,
                            MmfotaAgentNudge   nudge)
{
    memory->nudge = MAX (memory->nudge, nudge);
    memory->query.until = memory->download.until = 0;
    if (nudge != MMFOTA_AGENT_NUDGE_PERSON)
        return;
    g_ptr_array_set_size (memory->given_up, 0);
    keep (&memory->given_up_reason, NULL);
    keep (&memory->given_up_error, NULL);
    g_ptr_array_set_size (memory->skipped, 0);
    g_ptr_array_set_size (memory->failures, 0);
    memory->query.attempts = 0;
    forget_retries (memory);
}

void
mmfota_agent_policy_asked (MmfotaAgentMemory       *memory,
                           MmfotaAgentQuestionKind  question,
                           gint64                   now)
{
    if (question == MMFOTA_AGENT_QUESTION_UPGRADE && !memory->asked_since)
        memory->asked_since = now;
}

void
mmfota_agent_policy_notice (MmfotaAgentMemory *memory,
                            gint64             at)
{
    memory->notice_at = at;
}

/* J4: a person who saw a notice disappear relies on that. A notice stays valid while the upgrade waits only for the
 * end of a call or for the window. */
void
mmfota_agent_policy_withdraw (MmfotaAgentMemory         *memory,
                              const MmfotaAgentDecision *decision,
                              gint64                     now)
{
    if (memory->notice_at <= now || decision->action != MMFOTA_AGENT_ACTION_NONE ||
        decision->question == MMFOTA_AGENT_QUESTION_NOTICE || decision->blocked)
        return;
    memory->notice_at = 0;
}

/* J3: nobody could answer while nobody was asked, so extend the time. Once only: the window may always fall into the
 * hours when nobody is asked. */
void
mmfota_agent_policy_back (const MmfotaAgentSettings *settings,
                          MmfotaAgentMemory         *memory,
                          gint64                     now)
{
    gint64 span = settings->policy.postpone_max;
    gint64 deadline = memory->asked_since + span;

    if (!memory->asked_since || !span || memory->prolonged || now < CLOCK_SET || deadline <= memory->stamp || deadline > now)
        return;
    memory->asked_since = now + DAY - span;
    memory->prolonged = TRUE;
}

gboolean
mmfota_agent_policy_answered (MmfotaAgentMemory       *memory,
                              MmfotaAgentQuestionKind  question,
                              const gchar             *choice,
                              guint32                  seconds,
                              gint64                   now)
{
    gboolean is_notice = question == MMFOTA_AGENT_QUESTION_NOTICE;

    if (g_str_equal (choice, "now")) {
        if (question == MMFOTA_AGENT_QUESTION_DOWNLOAD)
            memory->consent_download = now;
        else
            memory->consent_upgrade = now;
        return TRUE;
    }
    if (g_str_equal (choice, "skip"))
        mmfota_agent_memory_list (memory->skipped, memory->offered);
    else if (g_str_equal (choice, "later") || (g_str_equal (choice, "cancel") && is_notice))
        memory->ask_after = now + (seconds ? seconds : LATER);
    else
        return FALSE;
    memory->consent_upgrade = 0;
    memory->notice_at = 0;
    return TRUE;
}

void
mmfota_agent_policy_cleared (MmfotaAgentMemory *memory,
                             gint64             now,
                             guint32            random)
{
    MmfotaAgentRetry *retries[] = { &memory->query, &memory->download, &memory->upgrade };
    guint             i;

    if (!memory->transient)
        return;
    for (i = 0; i < G_N_ELEMENTS (retries); i++)
        retries[i]->until = MIN (retries[i]->until, now + random % CLEARED_WAIT);
}

/* J5: a version that was given up gets another chance if the configuration or the running
 * version changes. */
gboolean
mmfota_agent_policy_compare (MmfotaAgentMemory *memory,
                             const gchar       *config,
                             const gchar       *version)
{
    gboolean changed = FALSE;

    /* During a verb, its result says which version runs */
    if (memory->verb != MMFOTA_AGENT_VERB_NONE)
        return FALSE;
    if (g_strcmp0 (memory->config, config) != 0) {
        changed = memory->config != NULL;
        keep (&memory->config, config);
    }
    if (version && version[0] && g_strcmp0 (memory->version, version) != 0) {
        changed = changed || memory->version != NULL;
        keep (&memory->version, version);
        /* Somebody else has upgraded it */
        if (g_strcmp0 (memory->offered, version) == 0)
            forget_offer (memory);
    }
    if (!changed)
        return FALSE;
    g_ptr_array_set_size (memory->given_up, 0);
    keep (&memory->given_up_reason, NULL);
    keep (&memory->given_up_error, NULL);
    memory->query = (MmfotaAgentRetry){ 0, 0 };
    g_ptr_array_set_size (memory->failures, 0);
    forget_retries (memory);
    return TRUE;
}

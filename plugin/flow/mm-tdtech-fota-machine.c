/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mm-tdtech-fota-machine.h"

#include "mm-tdtech-fota-rules.h"

const gchar *
mm_tdtech_fota_phase_get_name (MMTdtechFotaPhase phase)
{
    return phase < MM_TDTECH_FOTA_PHASE_LAST ? mm_tdtech_fota_rules_get_phase (phase)->name : "none";
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
set_cause (MMTdtechFotaStep *step,
           gint              result)
{
    MMTdtechFotaMachine *m = step->m;
    gboolean             downloaded = m->kept.verb == MM_TDTECH_FOTA_VERB_UPGRADE ||
                                      m->phase == MM_TDTECH_FOTA_PHASE_READ_OLD_VERSION;
    const gchar         *version = downloaded ? m->kept.package_version : m->kept.offer_version;

    m->cause = MM_TDTECH_FOTA_CAUSE_NONE;
    if (result == MM_TDTECH_FOTA_ERROR_OTHER_VERSION_OFFERED) {
        m->cause = mm_tdtech_fota_rules_offer_is_not_suspended (m) && version == m->kept.offer_version ?
                   MM_TDTECH_FOTA_CAUSE_NOT_SUSPENDED : mm_tdtech_fota_rules_find_fault (m, version);
        mm_tdtech_fota_step_set_string (&m->detail, version);
    } else
        mm_tdtech_fota_step_set_string (&m->detail, step->in->words);
}

static void
set_result (MMTdtechFotaStep *step,
            gint              result)
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
emit_outcome (MMTdtechFotaStep *step)
{
    MMTdtechFotaMachine *m = step->m;

    switch (m->kept.pending.outcome) {
    case MM_TDTECH_FOTA_OUTCOME_SUCCEEDED:
        /* A Check's offer was announced when it was found */
        if (m->upgrade_begun)
            mm_tdtech_fota_step_emit_event (step, MM_TDTECH_FOTA_EVENT_UPGRADE_SUCCEEDED);
        else if (m->kept.verb != MM_TDTECH_FOTA_VERB_CHECK)
            mm_tdtech_fota_step_emit_event (step, MM_TDTECH_FOTA_EVENT_DOWNLOAD_SUCCEEDED);
        return;
    case MM_TDTECH_FOTA_OUTCOME_FAILED:
        mm_tdtech_fota_step_emit_event (step, failure_event (m));
        return;
    case MM_TDTECH_FOTA_OUTCOME_CANCELLED:
        mm_tdtech_fota_step_emit_event (step, MM_TDTECH_FOTA_EVENT_CANCELLED);
        return;
    case MM_TDTECH_FOTA_OUTCOME_NOTHING_NEWER:
        mm_tdtech_fota_step_emit_event (step, MM_TDTECH_FOTA_EVENT_NO_UPDATE);
        return;
    case MM_TDTECH_FOTA_OUTCOME_NONE:
    default:
        return;
    }
}

static void
keep_result (MMTdtechFotaStep *step)
{
    MMTdtechFotaMachine *m = step->m;

    mm_tdtech_fota_result_clear (&m->result);
    m->result = m->kept.pending;
    m->kept.pending = (MMTdtechFotaResult) { 0 };
    m->result.verb = m->kept.verb;
    /* After an upgrade the running version is not the one it started from */
    mm_tdtech_fota_step_set_string (&m->result.from, m->kept.before_version ? m->kept.before_version :
                                                     m->flash_accepted ? NULL : m->version);
    m->from_is_missing = !m->result.from && !m->flash_accepted;
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
finish (MMTdtechFotaStep *step)
{
    MMTdtechFotaMachine *m = step->m;
    gboolean             installed = m->upgrade_begun && m->kept.pending.outcome == MM_TDTECH_FOTA_OUTCOME_SUCCEEDED;
    gboolean             was_refused = m->kept.verb != MM_TDTECH_FOTA_VERB_NONE && !m->accepted;
    gboolean             query_was_cancelled = m->kept.pending.outcome == MM_TDTECH_FOTA_OUTCOME_CANCELLED &&
                                               !was_refused && !m->kept.download_begun && !m->upgrade_begun;

    step->out->stop_deadline = TRUE;
    if (was_refused) {
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
        mm_tdtech_fota_step_forget_offer (step);
    if (package_is_gone (m))
        g_clear_pointer (&m->kept.package_version, g_free);
    mm_tdtech_fota_transaction_end (&m->kept);
    m->accepted = m->cancelling = m->time_over = FALSE;
    m->seen_query = m->upgrade_begun = m->flash_accepted = FALSE;
}

/*****************************************************************************/
/* Steps */

static void
start_phase (MMTdtechFotaStep  *step,
             MMTdtechFotaPhase  phase)
{
    MMTdtechFotaMachine *m = step->m;

    m->phase = phase;
    if (phase == MM_TDTECH_FOTA_PHASE_REST)
        finish (step);
    step->out->entered = TRUE;
    step->out->effect = mm_tdtech_fota_rules_get_effect (m);
    step->out->timer = mm_tdtech_fota_rules_get_timer (m);
}

static void
apply_state (MMTdtechFotaStep *step)
{
    MMTdtechFotaMachine     *m = step->m;
    const MMTdtechFotastate *state = step->in->state;

    if (m->module_state != MM_TDTECH_FOTASTATE_UNKNOWN && m->module_state != state->state)
        m->kept.set_aside = FALSE;
    m->module_state = state->state;
    m->module_code = state->code;
    if (state->state == MM_TDTECH_FOTASTATE_AVAILABLE && state->version) {
        mm_tdtech_fota_step_set_string (&m->kept.offer_version, state->version);
        mm_tdtech_fota_step_set_string (&m->kept.offer_description, state->description);
        m->kept.offer_size = state->size;
    } else if (state->state == MM_TDTECH_FOTASTATE_NOTHING_NEWER)
        mm_tdtech_fota_step_forget_offer (step);
}

static void
run_transition (MMTdtechFotaStep             *step,
                const MMTdtechFotaTransition *row);

/* Process the module's last reported state, which arrived while we waited for another answer */
static gboolean
resync (MMTdtechFotaMachine *m,
        MMTdtechFotaOutput  *out)
{
    MMTdtechFotastate             state = {
        .state       = m->module_state,
        .code        = m->module_code,
        .version     = m->kept.offer_version,
        .size        = m->kept.offer_size,
        .description = m->kept.offer_description,
    };
    MMTdtechFotaInput             input = { .kind = MM_TDTECH_FOTA_INPUT_STATE_LINE, .state = &state };
    MMTdtechFotaStep              step = { m, &input, out };
    const MMTdtechFotaTransition *row = mm_tdtech_fota_rules_find (&step, NULL);

    if (!row || row->next >= STAY)
        return FALSE;
    run_transition (&step, row);
    return TRUE;
}

static void
enter_phase (MMTdtechFotaStep *step,
             gint              next)
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
run_transition (MMTdtechFotaStep             *step,
                const MMTdtechFotaTransition *row)
{
    if (row->result != NO_RESULT)
        set_result (step, row->result);
    if (row->action)
        row->action (step);
    enter_phase (step, row->next);
}

static void
keep_version (MMTdtechFotaStep *step)
{
    const MMTdtechVersion *version = step->in->version;

    step->m->read_twice = version &&
                          g_strcmp0 (version->version, step->m->version) == 0 &&
                          g_strcmp0 (version->build_time, step->m->build_time) == 0;

    /* A truncated answer must not overwrite what is known */
    if (version && version->version)
        mm_tdtech_fota_step_set_string (&step->m->version, version->version);
    if (version && version->build_time)
        mm_tdtech_fota_step_set_string (&step->m->build_time, version->build_time);
    if (step->in->revision)
        mm_tdtech_fota_step_set_string (&step->m->revision, step->in->revision);

    if (step->m->from_is_missing && step->m->version) {
        mm_tdtech_fota_step_set_string (&step->m->result.from, step->m->version);
        step->m->from_is_missing = FALSE;
        step->out->result_from = TRUE;
    }
}

/* Apply readings before choosing a transition */
static void
apply_readings (MMTdtechFotaStep *step)
{
    if (step->in->state)
        apply_state (step);
    if (step->in->kind != MM_TDTECH_FOTA_INPUT_DONE)
        return;

    switch (mm_tdtech_fota_rules_get_effect (step->m)) {
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
    MMTdtechFotaStep              step = { self, input, NULL };
    const MMTdtechFotaTransition *row;

    *output = (MMTdtechFotaOutput) { 0 };
    step.out = output;

    apply_readings (&step);
    row = mm_tdtech_fota_rules_find (&step, NULL);
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

/*****************************************************************************/
/* What callers see */

MMTdtechFotaState
mm_tdtech_fota_machine_get_state (const MMTdtechFotaMachine *self)
{
    /* The module or its data is back: do not show an earlier state to those who wait */
    if (self->restored_stage == MM_TDTECH_FOTA_STAGE_UPGRADING ||
        (self->phase == MM_TDTECH_FOTA_PHASE_RESTORE && self->flash_accepted))
        return MM_TDTECH_FOTA_STATE_VERIFYING;

    if (mm_tdtech_fota_rules_get_phase (self->phase)->state != MM_TDTECH_FOTA_STATE_BY_MODULE)
        return (MMTdtechFotaState) mm_tdtech_fota_rules_get_phase (self->phase)->state;

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

gboolean
mm_tdtech_fota_machine_get_interruptible (const MMTdtechFotaMachine *self)
{
    return mm_tdtech_fota_rules_is_interruptible (self);
}

gboolean
mm_tdtech_fota_machine_is_downgrade (const MMTdtechFotaMachine *self)
{
    const gchar *version = self->kept.offer_version ? self->kept.offer_version : self->kept.package_version;

    return mm_tdtech_fota_rules_compare_age (self, version) != MM_TDTECH_FOTA_CAUSE_NONE;
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

gboolean
mm_tdtech_fota_machine_is_preparing (const MMTdtechFotaMachine *self)
{
    return !self->accepted &&
           ((self->phase >= MM_TDTECH_FOTA_PHASE_REGISTRATION && self->phase <= MM_TDTECH_FOTA_PHASE_MODE) ||
            self->phase == MM_TDTECH_FOTA_PHASE_READ_OLD_VERSION);
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
    if (mm_tdtech_fota_rules_get_phase (self->phase)->stage == MM_TDTECH_FOTA_STAGE_WAITING && self->kept.flashes > 0)
        return MM_TDTECH_FOTA_STAGE_FLASHING;
    return mm_tdtech_fota_rules_get_phase (self->phase)->stage;
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
    self->flash_accepted = stage == MM_TDTECH_FOTA_STAGE_UPGRADING;
    self->offer_told = self->kept.offer_version != NULL;
}

/*****************************************************************************/

MMTdtechFotaMachine *
mm_tdtech_fota_machine_new (void)
{
    MMTdtechFotaMachine *self = g_new0 (MMTdtechFotaMachine, 1);

    self->module_state = MM_TDTECH_FOTASTATE_UNKNOWN;
    return self;
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

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "flow-tools.h"
#include "fuzz.h"
#include "mm-tdtech-at.h"
#include "mm-tdtech-fota-machine.h"

/* The input is a list of steps, one a line: a letter that says what comes, then its
 * text. The runner's manners are kept: an answer comes only to what was asked. */

typedef struct {
    MMTdtechFotaMachine *m;
    MMTdtechFotaEffect   effect;      /* under way */
    gboolean             asked;
    gboolean             cancel_asked;
    gboolean             open;
    gboolean             taken;       /* the module said 50 since the transaction began */
    gboolean             restarted;   /* since ^FWUP was asked for */
    gboolean             flashed;
    gboolean             paused;
} Flow;

/*****************************************************************************/
/* The laws */

static void
check_effect (const Flow               *flow,
              const MMTdtechFotaInput  *input,
              const MMTdtechFotaOutput *out)
{
    const MMTdtechFotaMachine *m = flow->m;

    /* I1 */
    if (out->effect == MM_TDTECH_FOTA_EFFECT_QUERY)
        g_assert_true (m->module_state == MM_TDTECH_FOTASTATE_IDLE ||
                       (m->module_state == MM_TDTECH_FOTASTATE_SUSPENDED && m->kept.verb == MM_TDTECH_FOTA_VERB_RESUME));
    if (out->effect == MM_TDTECH_FOTA_EFFECT_DOWNLOAD)
        g_assert_cmpint (m->module_state, ==, MM_TDTECH_FOTASTATE_AVAILABLE);
    /* I2 */
    if (out->effect == MM_TDTECH_FOTA_EFFECT_FLASH) {
        g_assert_nonnull (input);
        g_assert_cmpint (input->kind, ==, MM_TDTECH_FOTA_INPUT_STATE_READ);
        g_assert_cmpint (m->module_state, ==, MM_TDTECH_FOTASTATE_DOWNLOADED);
        g_assert_false (flow->taken);
        g_assert_false (flow->restarted);
        /* I3 */
        g_assert_true (flow->paused);
    }
}

static void
take_output (Flow                     *flow,
             const MMTdtechFotaInput  *input,
             const MMTdtechFotaOutput *out)
{
    gboolean is_cancel = input && input->kind == MM_TDTECH_FOTA_INPUT_CANCEL;

    g_assert_cmpuint (out->n_events, <=, MM_TDTECH_FOTA_OUTPUT_EVENTS_MAX);
    /* I5 */
    if (out->answer_verb) {
        g_assert_true (flow->asked);
        flow->asked = FALSE;
        if (out->verb_error == MM_TDTECH_FOTA_ERROR_NONE) {
            g_assert_false (flow->open);
            flow->open = TRUE;
        }
    }
    if (out->adopt) {
        g_assert_false (flow->open);
        flow->open = TRUE;
    }
    if (out->finished) {
        g_assert_true (flow->open);
        flow->open = FALSE;
    }
    if (out->answer_cancel && !is_cancel) {
        g_assert_true (flow->cancel_asked);
        flow->cancel_asked = FALSE;
    } else if (is_cancel && !out->answer_cancel)
        flow->cancel_asked = TRUE;

    if (!out->entered) {
        g_assert_cmpint (out->effect, ==, MM_TDTECH_FOTA_EFFECT_NONE);
        return;
    }
    check_effect (flow, input, out);
    if (out->effect == MM_TDTECH_FOTA_EFFECT_PAUSE_DATA)
        flow->paused = TRUE;
    if (out->effect == MM_TDTECH_FOTA_EFFECT_RESTORE_DATA)
        flow->paused = FALSE;
    flow->effect = out->effect;
    if (out->effect == MM_TDTECH_FOTA_EFFECT_FLASH)
        flow->flashed = TRUE;
    if (flow->m->phase == MM_TDTECH_FOTA_PHASE_UPGRADING)
        flow->taken = TRUE;
    if (flow->m->phase == MM_TDTECH_FOTA_PHASE_REST) {
        g_assert_false (flow->open || flow->asked || flow->cancel_asked || flow->paused);
        flow->taken = flow->flashed = flow->restarted = FALSE;
    } else
        g_assert_true (out->effect != MM_TDTECH_FOTA_EFFECT_NONE || out->timer != MM_TDTECH_FOTA_TIMER_NONE);
}

static void
step (Flow                    *flow,
      const MMTdtechFotaInput *input)
{
    MMTdtechFotaOutput out;
    gboolean           interruptible = mm_tdtech_fota_machine_get_interruptible (flow->m);

    g_assert_true (flow_tools_is_defined (flow->m, input, NULL));
    mm_tdtech_fota_machine_step (flow->m, input, &out);
    take_output (flow, input, &out);
    /* I7 */
    if (input->kind == MM_TDTECH_FOTA_INPUT_CANCEL)
        g_assert_cmpint (interruptible, ==,
                         !(out.answer_cancel && out.cancel_error == MM_TDTECH_FOTA_ERROR_WRONG_STATE));
    while (mm_tdtech_fota_machine_resync (flow->m, &out))
        take_output (flow, NULL, &out);
}

/*****************************************************************************/
/* What comes */

static void
state_comes (Flow                  *flow,
             MMTdtechFotaInputKind  kind,
             const gchar           *line)
{
    MMTdtechFotastate state = { 0 };
    MMTdtechFotaInput input = { .kind = kind, .state = &state };

    if (!mm_tdtech_parse_fotastate (line, &state, NULL)) {
        if (kind != MM_TDTECH_FOTA_INPUT_STATE_READ)
            return;
        input = (MMTdtechFotaInput) { .kind = MM_TDTECH_FOTA_INPUT_FAILED };
    }
    step (flow, &input);
    mm_tdtech_fotastate_clear (&state);
}

static void
answer_comes (Flow        *flow,
              gchar        how,
              const gchar *text)
{
    MMTdtechVersion   version = { 0 };
    MMTdtechFotaInput input = { .kind = MM_TDTECH_FOTA_INPUT_DONE };

    if (flow->effect == MM_TDTECH_FOTA_EFFECT_NONE)
        return;
    if (how == 'F')
        input = (MMTdtechFotaInput) { .kind = MM_TDTECH_FOTA_INPUT_FAILED, .fatal = *text == '!' };
    else if (how == 'S')
        input = (MMTdtechFotaInput) { .kind = MM_TDTECH_FOTA_INPUT_SILENT };
    else if (flow->effect == MM_TDTECH_FOTA_EFFECT_READ_STATE) {
        flow->effect = MM_TDTECH_FOTA_EFFECT_NONE;
        state_comes (flow, MM_TDTECH_FOTA_INPUT_STATE_READ, text);
        return;
    } else if (flow->effect == MM_TDTECH_FOTA_EFFECT_READ_VERSION) {
        if (mm_tdtech_parse_version (text, &version, NULL))
            input.version = &version;
    } else {
        input.blockers = (guint8) *text & 0x1f;
        input.ask_state = *text & 1;
    }
    flow->effect = MM_TDTECH_FOTA_EFFECT_NONE;
    step (flow, &input);
    mm_tdtech_version_clear (&version);
}

static void
verb_comes (Flow        *flow,
            const gchar *text)
{
    guint                   bits = *text ? (guint8) *text : 0;
    MMTdtechFotaFlowOptions options = {
        .with_url        = !(bits & 0x04),
        .https           = !!(bits & 0x08),
        .upgrade         = !!(bits & 0x10),
        .allow_downgrade = !!(bits & 0x20),
        .hang_up_calls   = !!(bits & 0x40),
        .wait            = 300,
        .delay           = *text && text[1] == 'd' ? 60 : 0,
        .expect_version  = *text && text[1] == 'e' ? (gchar *) text + 2 : NULL,
    };
    MMTdtechFotaInput       input = {
        .kind    = MM_TDTECH_FOTA_INPUT_VERB,
        .verb    = (MMTdtechFotaVerb) (MM_TDTECH_FOTA_VERB_CHECK + (bits & 0x03)),
        .options = &options,
    };

    /* A second one is refused at once */
    if (!mm_tdtech_fota_machine_is_resting (flow->m)) {
        gboolean asked = flow->asked;

        flow->asked = TRUE;
        step (flow, &input);
        g_assert_false (flow->asked);
        flow->asked = asked;
        return;
    }
    flow->asked = TRUE;
    step (flow, &input);
}

static void
daemon_restarts (Flow *flow)
{
    MMTdtechFotaMachine *old = flow->m;
    MMTdtechFotaMachine *m = mm_tdtech_fota_machine_new ();
    MMTdtechFotaStage    stage = mm_tdtech_fota_machine_get_stage (old);

    g_assert_true (!flow->open || stage != MM_TDTECH_FOTA_STAGE_NONE);
    mm_tdtech_fota_machine_restore (m, stage, &old->kept);
    mm_tdtech_fota_machine_free (old);
    flow->m = m;
    flow->effect = MM_TDTECH_FOTA_EFFECT_NONE;
    flow->asked = flow->cancel_asked = FALSE;
    flow->open = stage != MM_TDTECH_FOTA_STAGE_NONE;
    flow->restarted = flow->restarted || flow->flashed;
}

static void
something_comes (Flow        *flow,
                 const gchar *line)
{
    MMTdtechFotaInput input = { .kind = MM_TDTECH_FOTA_INPUT_LAST };

    switch (*line) {
    case 'V':
        verb_comes (flow, line + 1);
        return;
    case '^':
        state_comes (flow, MM_TDTECH_FOTA_INPUT_STATE_LINE, line);
        return;
    case 'D':
    case 'F':
    case 'S':
        answer_comes (flow, *line, line + 1);
        return;
    case 'R':
        daemon_restarts (flow);
        return;
    case 'B':
        input.kind = MM_TDTECH_FOTA_INPUT_START;
        break;
    case 'C':
        input.kind = MM_TDTECH_FOTA_INPUT_CANCEL;
        break;
    case 'T':
        input.kind = MM_TDTECH_FOTA_INPUT_TIMER;
        break;
    case 'E':
        input.kind = MM_TDTECH_FOTA_INPUT_DEADLINE;
        break;
    case 'G':
        input.kind = MM_TDTECH_FOTA_INPUT_SIGNAL;
        break;
    default:
        return;
    }
    step (flow, &input);
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        size_t        size)
{
    g_autofree gchar *str = size > 0 ? fuzz_string (data, size) : g_strdup ("");
    g_auto(GStrv)     lines = g_strsplit (str, "\n", 1000);
    Flow              flow = { .m = mm_tdtech_fota_machine_new () };
    guint             i;

    for (i = 0; lines[i]; i++)
        something_comes (&flow, lines[i]);
    mm_tdtech_fota_machine_free (flow.m);
    return 0;
}

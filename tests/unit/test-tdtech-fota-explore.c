/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * Walks through everything that can happen to the machine: each state of it, with
 * each state of a module that may do what docs/module.md allows and of a daemon that may
 * be killed at any step. Breadth first, so that the way to a violation is a short one.
 *
 * All verbs and all faults at once would be too many states: each scenario has some of
 * the verbs, all have kills, restarts, lost lines, refused and unanswered commands, and
 * those that are not MILD have the other faults, too. Counters of which only a limit
 * counts are moved close to it. Another firmware at rest ends a way.
 */

#include <stddef.h>
#include <string.h>

#include <glib.h>

#include "flow-tools.h"
#include "mm-tdtech-fota-machine.h"

/*****************************************************************************/
/* All strings that occur, so that a state is a few bytes */

enum {
    NOTHING,
    /* Firmware: what runs, two newer ones, an older one; with the build times that go with them */
    OLD, NEWER, NEWEST, OLDER,
    BUILD,
    DESCRIPTION = BUILD + OLDER + 1,
};

static const gchar *const strings[] = {
    [OLD]            = "1.2.0.0",
    [NEWER]          = "1.3.0.0",
    [NEWEST]         = "1.4.0.0",
    [OLDER]          = "1.1.0.0",
    [BUILD + OLD]    = "built second",
    [BUILD + NEWER]  = "built third",
    [BUILD + NEWEST] = "built fourth",
    [BUILD + OLDER]  = "built first",
    [DESCRIPTION]    = "description",
};

static guint8
string_to_byte (const gchar *str)
{
    guint i;

    for (i = 1; str && i < G_N_ELEMENTS (strings); i++) {
        if (g_strcmp0 (str, strings[i]) == 0)
            return (guint8) i;
    }
    g_assert_null (str);
    return NOTHING;
}

/*****************************************************************************/
/* The machine in bytes: one for each word of it */

#define WORDS  (sizeof (MMTdtechFotaMachine) / sizeof (guint32))

#define STRING(member) offsetof (MMTdtechFotaMachine, member)

static const gsize machine_strings[] = {
    STRING (kept.options.expect_version), STRING (kept.pending.from), STRING (kept.pending.to),
    STRING (kept.before_version), STRING (kept.before_build_time), STRING (kept.before_revision),
    STRING (kept.offer_version), STRING (kept.offer_description), STRING (kept.package_version),
    STRING (version), STRING (build_time), STRING (revision), STRING (detail),
    STRING (result.from), STRING (result.to),
};

static void
machine_pack (const MMTdtechFotaMachine *m,
              guint8                    *bytes)
{
    MMTdtechFotaMachine copy;
    guint32             words[WORDS];
    guint               i;

    memcpy (&copy, m, sizeof (copy));
    for (i = 0; i < G_N_ELEMENTS (machine_strings); i++)
        memset ((guint8 *) &copy + machine_strings[i], 0, sizeof (gchar *));
    memcpy (words, &copy, sizeof (words));
    for (i = 0; i < WORDS; i++) {
        /* A field that is new here and holds a pointer is noticed */
        g_assert_true (words[i] < G_MAXUINT8 || words[i] == G_MAXUINT32);
        bytes[i] = (guint8) words[i];
    }
    for (i = 0; i < G_N_ELEMENTS (machine_strings); i++) {
        gchar *str;

        memcpy (&str, (const guint8 *) m + machine_strings[i], sizeof (str));
        bytes[machine_strings[i] / sizeof (guint32)] = string_to_byte (str);
    }
}

static MMTdtechFotaMachine *
machine_unpack (const guint8 *bytes)
{
    MMTdtechFotaMachine *m = mm_tdtech_fota_machine_new ();
    guint32              words[WORDS];
    guint                i;

    for (i = 0; i < WORDS; i++)
        words[i] = bytes[i] == G_MAXUINT8 ? G_MAXUINT32 : bytes[i];
    for (i = 0; i < G_N_ELEMENTS (machine_strings); i++)
        words[machine_strings[i] / sizeof (guint32)] = 0;
    memcpy (m, words, sizeof (words));
    for (i = 0; i < G_N_ELEMENTS (machine_strings); i++) {
        gchar *str = g_strdup (strings[bytes[machine_strings[i] / sizeof (guint32)]]);

        memcpy ((guint8 *) m + machine_strings[i], &str, sizeof (str));
    }
    return m;
}

/*****************************************************************************/
/* What is around the machine */

#define OFF 0

typedef struct {
    /* The module */
    guint8 state;        /* as ^FOTASTATE tells it, or OFF */
    guint8 was;          /* before it went off */
    guint8 notice;       /* the line that may still come, or come again; 0 none */
    guint8 offer;        /* what the server offered */
    guint8 package;      /* what was or is being downloaded of it */
    guint8 firmware;
    guint8 took;         /* ^FWUP, in the running transaction */
    /* The runner */
    guint8 effect;       /* under way */
    guint8 executed;     /* and has reached the module */
    guint8 timer;        /* of the phase is running */
    guint8 deadline;     /* is running */
    guint8 quiet;        /* data was seen down, and nothing can connect since */
    guint8 owed;         /* data was paused, and not given back */
    guint8 calm;         /* no call at a reading after that */
    /* The callers */
    guint8 asked;        /* a verb was called and not answered */
    guint8 cancel_asked; /* the same for Cancel */
    guint8 open;         /* a transaction was accepted, its result not recorded */
    guint8 cancelled;    /* with success */
    guint8 flashed;      /* ^FWUP was asked for in the transaction; 2: and the daemon restarted since */
    guint8 told;         /* events of the transaction, see below */
} World;

#define TOLD_DOWNLOAD 1
#define TOLD_UPGRADE  2
#define TOLD_PAUSED   4

typedef struct {
    World  world;
    guint8 machine[WORDS];
} State;

/* How a state was come to */
typedef struct {
    const gchar *what;
    gint         number;
} Label;

typedef struct {
    State state;
    guint parent;
    Label label;
} Node;

typedef struct {
    MMTdtechFotaVerb        verb;
    MMTdtechFotaFlowOptions options;
} Request;

#define QUERIES  1   /* and goes on with a download */
#define UPGRADES 2
#define MILD     4   /* it has power all the time, and its lines come once and in time, or are lost */

typedef struct {
    const gchar *name;
    guint8       state;       /* of the module in the beginning; from 30 on it holds NEWER */
    guint        manners;     /* of the module, see above */
    guint8       offers[4];   /* what the server may have */
    Request      requests[8];
} Scenario;

typedef struct {
    const Scenario *scenario;
    GPtrArray      *nodes;
    GHashTable     *index;    /* of Node to its number + 1 */
    GArray         *fair;     /* edges an environment that means well would take: from, to */
    gsize           edges;
    guint           current;
    gboolean        at_rest;  /* before the step in hand */
} Explorer;

static guint
state_hash (gconstpointer key)
{
    const guint8 *bytes = key;
    guint32       hash = 2166136261u;
    gsize         i;

    for (i = 0; i < sizeof (State); i++)
        hash = (hash ^ bytes[i]) * 16777619u;
    return hash;
}

static MMTdtechFotaPhase
phase_of (const Node *node)
{
    return (MMTdtechFotaPhase) node->state.machine[offsetof (MMTdtechFotaMachine, phase) / sizeof (guint32)];
}

static gboolean
state_equal (gconstpointer a,
             gconstpointer b)
{
    return memcmp (a, b, sizeof (State)) == 0;
}

/*****************************************************************************/
/* Violations */

static void
print_node (const Node *node)
{
    g_autoptr(MMTdtechFotaMachine) m = machine_unpack (node->state.machine);
    const World                   *w = &node->state.world;

    g_printerr ("# %-28s %4d -> %-20s %-8s sees %3d; module %2d, notice %2d, package %s, firmware %s%s%s%s\n",
                node->label.what, node->label.number,
                mm_tdtech_fota_phase_get_name (m->phase), mm_tdtech_fota_verb_get_name (m->kept.verb), m->module_state,
                w->state, w->notice, strings[w->package], strings[w->firmware],
                w->owed ? ", data paused" : "", w->took ? ", took ^FWUP" : "", w->open ? ", open" : "");
}

static void
print_way (const Explorer *x,
           guint           number)
{
    g_autoptr(GPtrArray) way = g_ptr_array_new ();
    guint                i;

    for (;;) {
        Node *node = g_ptr_array_index (x->nodes, number);

        g_ptr_array_add (way, node);
        if (number == node->parent)
            break;
        number = node->parent;
    }
    for (i = way->len; i > 0; i--)
        print_node (g_ptr_array_index (way, i - 1));
}

static void G_GNUC_NORETURN
violation (const Explorer            *x,
           const gchar               *what,
           Label                      label,
           const MMTdtechFotaMachine *m)
{
    g_printerr ("# %s: the way to a violation:\n", x->scenario->name);
    print_way (x, x->current);
    g_printerr ("# then %s %d -> %s: %s\n", label.what, label.number,
                m ? mm_tdtech_fota_phase_get_name (m->phase) : "", what);
    g_error ("%s", what);
}

#define CHECK(condition, what) \
    G_STMT_START { if (!(condition)) violation (x, what, label, m); } G_STMT_END

/*****************************************************************************/
/* What only the rows match that do for any phase: a list that is checked in, so that a transition
 * which nobody thought of is seen when it is not in the table any more, or a new phase lacks it */

#define STATES 128

static gboolean caught[MM_TDTECH_FOTA_PHASE_LAST][MM_TDTECH_FOTA_INPUT_LAST];
static gboolean caught_lines[MM_TDTECH_FOTA_PHASE_LAST][STATES];

static void
note_caught (const MMTdtechFotaMachine *m,
             const MMTdtechFotaInput   *input)
{
    caught[m->phase][input->kind] = TRUE;
    if (input->state)
        caught_lines[m->phase][input->state->state] = TRUE;
}

static void
describe_caught_inputs (GString *str,
                        guint    phase)
{
    static const gchar *const names[MM_TDTECH_FOTA_INPUT_LAST] = {
        "start", "verb", "Cancel", "read", "line", "done", "failed", "silent", "timer", "deadline", "signal",
    };
    guint i;
    guint j;

    for (i = 0; i < MM_TDTECH_FOTA_INPUT_LAST; i++) {
        if (!caught[phase][i])
            continue;
        g_string_append_printf (str, " %s", names[i]);
        for (j = 0; i == MM_TDTECH_FOTA_INPUT_STATE_LINE && j < STATES; j++) {
            if (caught_lines[phase][j])
                g_string_append_printf (str, " %u", j);
        }
        g_string_append_c (str, ';');
    }
}

static gchar *
describe_caught (void)
{
    GString *str = g_string_new ("# SPDX-License-Identifier: GPL-2.0-or-later\n"
                                 "# Which inputs change nothing, by phase: what tdtech-fota-explore came to and only the rows\n"
                                 "# at the end of the table match, which do for any phase. A line is followed by the\n"
                                 "# module's states. Written by: test-tdtech-fota-explore --write THIS-FILE\n");
    guint    i;

    for (i = 0; i < MM_TDTECH_FOTA_PHASE_LAST; i++) {
        g_string_append_printf (str, "%s:", mm_tdtech_fota_phase_get_name ((MMTdtechFotaPhase) i));
        describe_caught_inputs (str, i);
        g_string_append_c (str, '\n');
    }
    return g_string_free (str, FALSE);
}

/*****************************************************************************/
/* Checks of one step */

static gboolean
is_answer (const MMTdtechFotaInput *input)
{
    return input->kind == MM_TDTECH_FOTA_INPUT_DONE ||
           input->kind == MM_TDTECH_FOTA_INPUT_FAILED ||
           input->kind == MM_TDTECH_FOTA_INPUT_SILENT ||
           input->kind == MM_TDTECH_FOTA_INPUT_STATE_READ;
}

static void
check_effect (Explorer                  *x,
              const World               *w,
              const MMTdtechFotaMachine *m,
              const MMTdtechFotaInput   *input,
              MMTdtechFotaEffect         effect,
              Label                      label)
{
    if (effect == MM_TDTECH_FOTA_EFFECT_QUERY)
        CHECK (m->module_state == MM_TDTECH_FOTASTATE_IDLE ||
               (m->module_state == MM_TDTECH_FOTASTATE_SUSPENDED && m->kept.verb == MM_TDTECH_FOTA_VERB_RESUME),
               "I1: a query where the module does not allow it");
    if (effect == MM_TDTECH_FOTA_EFFECT_DOWNLOAD)
        CHECK (m->module_state == MM_TDTECH_FOTASTATE_AVAILABLE, "I1: a download of nothing");
    if (effect != MM_TDTECH_FOTA_EFFECT_FLASH)
        return;

    CHECK (input && input->kind == MM_TDTECH_FOTA_INPUT_STATE_READ && input->state->state == MM_TDTECH_FOTASTATE_DOWNLOADED,
           "I2: ^FWUP without having read 40 just now");
    CHECK (!w->took, "I2: ^FWUP after the module took one");
    CHECK (w->flashed < 2, "I2: a second ^FWUP after a restart");
    CHECK (w->owed && w->quiet, "I3: ^FWUP with data up");
    CHECK (w->calm, "I3: ^FWUP with a call up");
    CHECK (!m->kept.options.expect_version || g_strcmp0 (m->kept.options.expect_version, m->kept.package_version) == 0,
           "^FWUP of another version than the caller expects");
    CHECK (!m->kept.options.expect_version || g_strcmp0 (m->kept.options.expect_version, strings[w->package]) == 0,
           "^FWUP of another version than the caller expects, unknowingly");
    CHECK (m->kept.options.allow_downgrade || string_to_byte (m->kept.package_version) != OLDER,
           "^FWUP of an older version without leave");
}

static void
check_event (Explorer                  *x,
             World                     *w,
             const MMTdtechFotaMachine *m,
             MMTdtechFotaEvent          event,
             Label                      label)
{
    switch (event) {
    case MM_TDTECH_FOTA_EVENT_DOWNLOAD_STARTED:
        CHECK (!(w->told & TOLD_DOWNLOAD), "download-started was told already");
        w->told |= TOLD_DOWNLOAD;
        return;
    case MM_TDTECH_FOTA_EVENT_UPGRADE_STARTED:
        CHECK (!(w->told & TOLD_UPGRADE), "upgrade-started was told already");
        w->told |= TOLD_UPGRADE;
        return;
    case MM_TDTECH_FOTA_EVENT_DATA_PAUSED:
        CHECK (!(w->told & TOLD_PAUSED), "data-paused was told already");
        w->told |= TOLD_PAUSED;
        return;
    case MM_TDTECH_FOTA_EVENT_DATA_RESTORED:
        CHECK (w->told & TOLD_PAUSED, "data-restored without data-paused");
        w->told &= ~TOLD_PAUSED;
        return;
    case MM_TDTECH_FOTA_EVENT_UPGRADE_SUCCEEDED:
        CHECK (w->firmware != OLD, "I6: success without a change");
        CHECK (!m->result.to || g_strcmp0 (m->result.to, strings[w->firmware]) == 0, "I6: success with another version");
        return;
    case MM_TDTECH_FOTA_EVENT_CHECK_FAILED:
    case MM_TDTECH_FOTA_EVENT_NO_UPDATE:
    case MM_TDTECH_FOTA_EVENT_UPDATE_AVAILABLE:
    case MM_TDTECH_FOTA_EVENT_DOWNLOAD_SUSPENDED:
    case MM_TDTECH_FOTA_EVENT_DOWNLOAD_SUCCEEDED:
    case MM_TDTECH_FOTA_EVENT_DOWNLOAD_FAILED:
    case MM_TDTECH_FOTA_EVENT_UPGRADE_SCHEDULED:
    case MM_TDTECH_FOTA_EVENT_UPGRADE_FAILED:
    case MM_TDTECH_FOTA_EVENT_CANCELLED:
    default:
        return;
    }
}

/* What ^FWUP did is never denied */
static gboolean
is_verdict (const MMTdtechFotaResult *result)
{
    return result->error == MM_TDTECH_FOTA_ERROR_NONE ||
           result->error == MM_TDTECH_FOTA_ERROR_REFUSED ||
           result->error == MM_TDTECH_FOTA_ERROR_UPGRADE_FAILED ||
           result->error == MM_TDTECH_FOTA_ERROR_VERSION_UNCHANGED ||
           result->error == MM_TDTECH_FOTA_ERROR_OTHER_VERSION_INSTALLED ||
           result->error == MM_TDTECH_FOTA_ERROR_DEVICE_LOST ||
           result->error == MM_TDTECH_FOTA_ERROR_FAILED;
}

static void
check_result (Explorer                  *x,
              World                     *w,
              const MMTdtechFotaMachine *m,
              Label                      label)
{
    CHECK (w->open, "I5: a result without a transaction");
    CHECK (m->result.outcome != MM_TDTECH_FOTA_OUTCOME_NONE, "I5: a result that says nothing");
    CHECK ((m->result.outcome == MM_TDTECH_FOTA_OUTCOME_SUCCEEDED ||
            m->result.outcome == MM_TDTECH_FOTA_OUTCOME_NOTHING_NEWER) == (m->result.error == MM_TDTECH_FOTA_ERROR_NONE),
           "I5: outcome and error do not fit");
    CHECK (!w->took || is_verdict (&m->result), "the module took ^FWUP, and the result does not tell");
    CHECK (!w->cancelled || m->result.outcome == MM_TDTECH_FOTA_OUTCOME_CANCELLED || (w->told & TOLD_UPGRADE),
           "I7: cancelled, and another result");
    w->open = FALSE;
}

static void
check_answers (Explorer                  *x,
               World                     *w,
               const MMTdtechFotaMachine *m,
               const MMTdtechFotaInput   *input,
               const MMTdtechFotaOutput  *out,
               Label                      label)
{
    gboolean is_cancel = input && input->kind == MM_TDTECH_FOTA_INPUT_CANCEL;

    if (input && input->kind == MM_TDTECH_FOTA_INPUT_VERB) {
        if (x->at_rest)
            w->asked = TRUE;
        else {
            CHECK (out->answer_verb && out->verb_error != MM_TDTECH_FOTA_ERROR_NONE && !out->entered,
                   "a second verb was not refused");
            return;
        }
    }
    if (out->answer_verb) {
        CHECK (w->asked, "I5: an answer nobody waits for");
        w->asked = FALSE;
        if (out->verb_error == MM_TDTECH_FOTA_ERROR_NONE) {
            CHECK (!w->open, "I5: two transactions");
            w->open = TRUE;
        }
    }
    if (out->adopt) {
        CHECK (!w->open && !w->asked, "I5: two transactions");
        w->open = TRUE;
    }

    if (is_cancel && !out->answer_cancel) {
        CHECK (!w->cancel_asked, "I7: two cancellations");
        w->cancel_asked = TRUE;
    }
    if (out->answer_cancel) {
        CHECK (is_cancel || w->cancel_asked, "I7: an answer to no Cancel");
        if (!is_cancel)
            w->cancel_asked = FALSE;
        if (out->cancel_error == MM_TDTECH_FOTA_ERROR_NONE)
            w->cancelled = TRUE;
    }
}

/* After the step */
static void
check_state (Explorer                  *x,
             const World               *w,
             const MMTdtechFotaMachine *m,
             Label                      label)
{
    MMTdtechFotaStage stage = mm_tdtech_fota_machine_get_stage (m);

    if (m->phase == MM_TDTECH_FOTA_PHASE_START)
        return;
    CHECK (!w->open || stage != MM_TDTECH_FOTA_STAGE_NONE, "I5: a restart would lose a transaction");
    CHECK (stage == MM_TDTECH_FOTA_STAGE_NONE || w->open || w->asked, "I5: a restart would make up a transaction");
    CHECK (!w->took || stage == MM_TDTECH_FOTA_STAGE_NONE || stage >= MM_TDTECH_FOTA_STAGE_FLASHING,
           "I2: a restart would not know that ^FWUP was sent");

    if (m->phase != MM_TDTECH_FOTA_PHASE_REST) {
        CHECK (w->effect != MM_TDTECH_FOTA_EFFECT_NONE || w->timer, "a wait without an end");
        return;
    }
    CHECK (w->effect == MM_TDTECH_FOTA_EFFECT_NONE, "at rest, and something is under way");
    CHECK (m->kept.verb == MM_TDTECH_FOTA_VERB_NONE && !w->open, "I5: at rest without a result");
    CHECK (!w->asked && !w->cancel_asked, "I5: at rest without an answer");
    CHECK (!w->owed, "I4: at rest without data");
    CHECK (!w->deadline, "at rest with a deadline");
}

/*****************************************************************************/
/* One step */

static guint
skip_to (guint value,
         guint from,
         guint to)
{
    return value >= from ? MAX (value, to) : value;
}

static gboolean
is_stopping (const MMTdtechFotaMachine *m)
{
    return m->phase >= MM_TDTECH_FOTA_PHASE_STOP && m->phase <= MM_TDTECH_FOTA_PHASE_ENDING_POLL;
}

/* Normalize what no longer makes a difference */
static void
normalise (MMTdtechFotaMachine *m)
{
    g_clear_pointer (&m->result.from, g_free);
    g_clear_pointer (&m->result.to, g_free);
    memset (&m->result, 0, sizeof (m->result));

    m->polls = MIN (skip_to (m->polls, 2, 20), 20);
    m->readings = skip_to (m->readings, 2, 7);
    m->hang_ups = skip_to (m->hang_ups, 1, 2);
    m->stops = skip_to (m->stops, 1, 3);
    if (is_stopping (m))
        m->polls = skip_to (m->polls, 1, 10);

    /* These count only in the step in which they were read */
    m->blockers = 0;
    m->read_twice = FALSE;
    g_clear_pointer (&m->detail, g_free);
    m->cause = MM_TDTECH_FOTA_CAUSE_NONE;
    m->from_is_missing = FALSE;
    /* Set whenever these phases are entered */
    if (m->phase != MM_TDTECH_FOTA_PHASE_QUERY)
        m->line_seen = FALSE;
    if (!is_stopping (m) && m->phase > MM_TDTECH_FOTA_PHASE_ADOPT_VERSION)
        m->stop_reason = MM_TDTECH_FOTA_STOP_RESULT;
    /* No way leads back from there */
    if (is_stopping (m)) {
        m->cancelling = FALSE;
        if (m->stop_reason == MM_TDTECH_FOTA_STOP_RESULT || m->stop_reason == MM_TDTECH_FOTA_STOP_DISCARD)
            m->requeried = m->pushed = m->seen_query = FALSE;
    }
    /* How long the wait for the next reading is */
    if (mm_tdtech_fota_machine_is_resting (m))
        m->polls = 0;
    /* Set when a verb comes */
    if (m->phase == MM_TDTECH_FOTA_PHASE_REST) {
        m->hang_ups = m->kept.flashes = m->readings = 0;
        m->requeried = m->pushed = FALSE;
        if (!m->checked_only)
            m->stops = 0;
    }
}

static void
add_state (Explorer    *x,
           const State *state,
           Label        label,
           gboolean     fair)
{
    gpointer found;
    guint    number;

    x->edges++;
    if (g_hash_table_lookup_extended (x->index, state, NULL, &found))
        number = GPOINTER_TO_UINT (found);
    else {
        Node *node = g_new (Node, 1);

        number = x->nodes->len;
        node->state = *state;
        node->label = label;
        node->parent = number == 0 ? 0 : x->current;
        g_ptr_array_add (x->nodes, node);
        g_hash_table_insert (x->index, &node->state, GUINT_TO_POINTER (number));
    }
    if (fair) {
        g_array_append_val (x->fair, x->current);
        g_array_append_val (x->fair, number);
    }
}

static void
add (Explorer                  *x,
     const World               *w,
     const MMTdtechFotaMachine *m,
     Label                      label,
     gboolean                   fair)
{
    State state;

    memset (&state, 0, sizeof (state));
    state.world = *w;
    machine_pack (m, state.machine);
    add_state (x, &state, label, fair);
}

static void
take_output (Explorer                  *x,
             World                     *w,
             const MMTdtechFotaMachine *m,
             const MMTdtechFotaInput   *input,
             const MMTdtechFotaOutput  *out,
             Label                      label)
{
    guint i;

    CHECK (out->n_events <= MM_TDTECH_FOTA_OUTPUT_EVENTS_MAX, "too many events");
    CHECK (out->entered || out->effect == MM_TDTECH_FOTA_EFFECT_NONE, "an effect of no phase");

    check_answers (x, w, m, input, out, label);
    for (i = 0; i < out->n_events; i++)
        check_event (x, w, m, out->events[i], label);
    if (out->finished)
        check_result (x, w, m, label);

    if (out->start_deadline)
        w->deadline = TRUE;
    if (out->stop_deadline)
        w->deadline = FALSE;
    if (!out->entered)
        return;

    check_effect (x, w, m, input, out->effect, label);
    w->effect = (guint8) out->effect;
    w->executed = FALSE;
    w->timer = out->timer != MM_TDTECH_FOTA_TIMER_NONE;
    if (out->effect == MM_TDTECH_FOTA_EFFECT_FLASH)
        w->flashed = 1;
    if (out->effect == MM_TDTECH_FOTA_EFFECT_PAUSE_DATA) {
        w->owed = TRUE;
        w->calm = FALSE;
    }
    if (out->effect == MM_TDTECH_FOTA_EFFECT_RESTORE_DATA)
        w->quiet = FALSE;
    if (m->phase == MM_TDTECH_FOTA_PHASE_REST)
        w->told = w->flashed = w->took = w->cancelled = FALSE;
}

static void
step (Explorer                *x,
      const World             *before,
      const MMTdtechFotaInput *input,
      Label                    label,
      gboolean                 fair)
{
    const Node                    *node = g_ptr_array_index (x->nodes, x->current);
    g_autoptr(MMTdtechFotaMachine) m = machine_unpack (node->state.machine);
    World                          w = *before;
    MMTdtechFotaOutput             out;
    gboolean                       interruptible = mm_tdtech_fota_machine_get_interruptible (m);
    gboolean                       is_caught;
    guint                          looks = 0;

    x->at_rest = mm_tdtech_fota_machine_is_resting (m);
    CHECK (flow_tools_is_defined (m, input, &is_caught), "an input the table does not know");
    if (is_caught)
        note_caught (m, input);
    if (is_answer (input))
        w.effect = w.executed = 0;
    if (input->kind == MM_TDTECH_FOTA_INPUT_TIMER)
        w.timer = FALSE;

    mm_tdtech_fota_machine_step (m, input, &out);
    take_output (x, &w, m, input, &out, label);

    if (input->kind == MM_TDTECH_FOTA_INPUT_CANCEL)
        CHECK (interruptible == !(out.answer_cancel && out.cancel_error == MM_TDTECH_FOTA_ERROR_WRONG_STATE),
               "I7: Cancel and Interruptible differ");
    while (mm_tdtech_fota_machine_resync (m, &out)) {
        take_output (x, &w, m, NULL, &out, label);
        CHECK (++looks < 3, "looks without an end");
    }

    check_state (x, &w, m, label);
    normalise (m);
    add (x, &w, m, label, fair);
}

/*****************************************************************************/
/* The module by itself */

static const gboolean line_comes[] = { TRUE, FALSE };

/* The line of each change may arrive, be lost, or arrive after the next one */
static void
move (Explorer    *x,
      const World *before,
      const World *to,
      gboolean     fair)
{
    const Node                    *node = g_ptr_array_index (x->nodes, x->current);
    g_autoptr(MMTdtechFotaMachine) m = machine_unpack (node->state.machine);
    gboolean                       mild = x->scenario->manners & MILD;
    guint                          i;

    for (i = 0; i < G_N_ELEMENTS (line_comes); i++) {
        World w = *to;

        if (w.state == OFF || (!line_comes[i] && (mild || w.notice != before->state)))
            w.notice = 0;
        else if (line_comes[i])
            w.notice = w.state;
        if (w.state != MM_TDTECH_FOTASTATE_AVAILABLE && w.notice != MM_TDTECH_FOTASTATE_AVAILABLE)
            w.offer = NOTHING;
        add (x, &w, m, (Label) { "module goes to", w.state }, fair);
    }
}

static void
move_to (Explorer    *x,
         const World *from,
         guint        state,
         gboolean     fair)
{
    World w = *from;

    w.state = (guint8) state;
    w.was = 0;
    if (state == MM_TDTECH_FOTASTATE_DOWNLOADING && from->offer != NOTHING)
        w.package = from->offer;
    if (state == MM_TDTECH_FOTASTATE_IDLE || state == MM_TDTECH_FOTASTATE_DOWNLOAD_FAILED)
        w.package = NOTHING;
    move (x, from, &w, fair);
}

static void
move_off (Explorer    *x,
          const World *from,
          gboolean     fair)
{
    World w = *from;

    w.was = w.state;
    w.state = OFF;
    move (x, from, &w, fair);
}

static void
move_with_offer (Explorer    *x,
                 const World *from)
{
    const guint8 *offer;

    for (offer = x->scenario->offers; *offer != NOTHING; offer++) {
        World w = *from;

        w.offer = *offer;
        move_to (x, &w, MM_TDTECH_FOTASTATE_AVAILABLE, TRUE);
    }
}

/* The daemon restarts from the record: it was killed, or the module came back */
static void
restart (Explorer    *x,
         const World *before,
         Label        label,
         gboolean     fair)
{
    const Node                    *node = g_ptr_array_index (x->nodes, x->current);
    g_autoptr(MMTdtechFotaMachine) old = machine_unpack (node->state.machine);
    g_autoptr(MMTdtechFotaMachine) m = mm_tdtech_fota_machine_new ();
    MMTdtechFotaStage              stage = mm_tdtech_fota_machine_get_stage (old);
    World                          w = *before;

    mm_tdtech_fota_machine_restore (m, stage, &old->kept);

    w.effect = w.executed = w.timer = w.deadline = 0;
    w.asked = w.cancel_asked = w.cancelled = 0;
    w.quiet = FALSE;
    w.open = stage != MM_TDTECH_FOTA_STAGE_NONE;
    if (!w.open)
        w.told = w.flashed = w.took = 0;
    if (w.flashed)
        w.flashed = 2;
    normalise (m);
    add (x, &w, m, label, fair);
}

static gboolean
is_flashing (const Explorer *x)
{
    const Node                    *node = g_ptr_array_index (x->nodes, x->current);
    g_autoptr(MMTdtechFotaMachine) m = machine_unpack (node->state.machine);
    MMTdtechFotaStage              stage = mm_tdtech_fota_machine_get_stage (m);

    return m->phase > MM_TDTECH_FOTA_PHASE_ADOPT_VERSION &&
           (stage == MM_TDTECH_FOTA_STAGE_FLASHING || stage == MM_TDTECH_FOTA_STAGE_UPGRADING);
}

/* Back after a reboot. It comes as a new device; only that it went away unseen while it
 * flashed is allowed for, as then nothing but the version counts. */
static void
move_back (Explorer    *x,
           const World *from,
           guint        state,
           guint        firmware)
{
    World w = *from;

    w.state = (guint8) state;
    w.firmware = (guint8) firmware;
    w.notice = 0;
    w.was = 0;
    if (state == MM_TDTECH_FOTASTATE_IDLE)
        w.package = NOTHING;
    restart (x, &w, (Label) { "module is back in", (gint) state }, TRUE);
    if (is_flashing (x) && state != MM_TDTECH_FOTASTATE_DOWNLOADED)
        move (x, from, &w, TRUE);
}

static void
module_comes_back (Explorer    *x,
                   const World *w)
{
    switch (w->was) {
    case MM_TDTECH_FOTASTATE_UPGRADING:
        move_back (x, w, MM_TDTECH_FOTASTATE_IDLE, w->package != NOTHING ? w->package : NEWER);
        move_back (x, w, MM_TDTECH_FOTASTATE_IDLE, NEWEST);
        move_back (x, w, MM_TDTECH_FOTASTATE_IDLE, w->firmware);
        move_back (x, w, MM_TDTECH_FOTASTATE_DOWNLOADED, w->firmware);
        move_back (x, w, MM_TDTECH_FOTASTATE_UPGRADE_FAILED, w->firmware);
        return;
    case MM_TDTECH_FOTASTATE_DOWNLOADED:
        move_back (x, w, MM_TDTECH_FOTASTATE_DOWNLOADED, w->firmware);
        return;
    case MM_TDTECH_FOTASTATE_DOWNLOADING:
    case MM_TDTECH_FOTASTATE_SUSPENDED:
        move_back (x, w, MM_TDTECH_FOTASTATE_SUSPENDED, w->firmware);
        move_back (x, w, MM_TDTECH_FOTASTATE_IDLE, w->firmware);
        return;
    default:
        move_back (x, w, MM_TDTECH_FOTASTATE_IDLE, w->firmware);
        return;
    }
}

static void
module_moves (Explorer    *x,
              const World *w)
{
    switch (w->state) {
    case OFF:
        module_comes_back (x, w);
        return;
    case MM_TDTECH_FOTASTATE_IDLE:
        if (x->scenario->manners & QUERIES)
            move_to (x, w, MM_TDTECH_FOTASTATE_QUERYING, FALSE);
        break;
    case MM_TDTECH_FOTASTATE_QUERYING:
        move_with_offer (x, w);
        move_to (x, w, MM_TDTECH_FOTASTATE_QUERY_FAILED, TRUE);
        move_to (x, w, MM_TDTECH_FOTASTATE_NOTHING_NEWER, TRUE);
        move_to (x, w, MM_TDTECH_FOTASTATE_IDLE, TRUE);
        break;
    case MM_TDTECH_FOTASTATE_AVAILABLE:
        move_to (x, w, MM_TDTECH_FOTASTATE_DOWNLOADING, TRUE);
        break;
    case MM_TDTECH_FOTASTATE_QUERY_FAILED:
    case MM_TDTECH_FOTASTATE_NOTHING_NEWER:
    case MM_TDTECH_FOTASTATE_DOWNLOAD_FAILED:
    case MM_TDTECH_FOTASTATE_UPGRADE_FAILED:
        move_to (x, w, MM_TDTECH_FOTASTATE_IDLE, TRUE);
        break;
    case MM_TDTECH_FOTASTATE_DOWNLOADING:
        move_to (x, w, MM_TDTECH_FOTASTATE_DOWNLOADED, TRUE);
        move_to (x, w, MM_TDTECH_FOTASTATE_DOWNLOAD_FAILED, TRUE);
        move_to (x, w, MM_TDTECH_FOTASTATE_SUSPENDED, TRUE);
        move_to (x, w, MM_TDTECH_FOTASTATE_IDLE, TRUE);
        break;
    case MM_TDTECH_FOTASTATE_SUSPENDED:
        if (x->scenario->manners & QUERIES)
            move_to (x, w, MM_TDTECH_FOTASTATE_DOWNLOADING, FALSE);
        break;
    case MM_TDTECH_FOTASTATE_DOWNLOADED:
        if (x->scenario->manners & UPGRADES)
            move_to (x, w, MM_TDTECH_FOTASTATE_UPGRADING, FALSE);
        break;
    case MM_TDTECH_FOTASTATE_UPGRADING:
        move_to (x, w, MM_TDTECH_FOTASTATE_UPGRADE_FAILED, TRUE);
        move_off (x, w, TRUE);
        return;
    default:
        break;
    }
    if (!(x->scenario->manners & MILD))
        move_off (x, w, FALSE);
}

/*****************************************************************************/
/* The module when it is asked */

/* What a command makes of the module; FALSE: it refuses */
static gboolean
execute (World *w)
{
    switch (w->effect) {
    case MM_TDTECH_FOTA_EFFECT_QUERY:
        if (w->state != MM_TDTECH_FOTASTATE_IDLE && w->state != MM_TDTECH_FOTASTATE_SUSPENDED)
            return FALSE;
        w->state = MM_TDTECH_FOTASTATE_QUERYING;
        return TRUE;
    case MM_TDTECH_FOTA_EFFECT_DOWNLOAD:
        if (w->state != MM_TDTECH_FOTASTATE_AVAILABLE)
            return FALSE;
        w->package = w->offer;
        w->state = MM_TDTECH_FOTASTATE_DOWNLOADING;
        return TRUE;
    case MM_TDTECH_FOTA_EFFECT_STOP:
        if (w->state == MM_TDTECH_FOTASTATE_UPGRADING)
            return FALSE;
        w->state = MM_TDTECH_FOTASTATE_IDLE;
        w->package = NOTHING;
        return TRUE;
    case MM_TDTECH_FOTA_EFFECT_FLASH:
        if (w->state != MM_TDTECH_FOTASTATE_DOWNLOADED)
            return FALSE;
        w->state = MM_TDTECH_FOTASTATE_UPGRADING;
        w->took = TRUE;
        return TRUE;
    default:
        return TRUE;
    }
}

static gboolean
changes_module (guint effect)
{
    return effect == MM_TDTECH_FOTA_EFFECT_QUERY ||
           effect == MM_TDTECH_FOTA_EFFECT_DOWNLOAD ||
           effect == MM_TDTECH_FOTA_EFFECT_STOP ||
           effect == MM_TDTECH_FOTA_EFFECT_FLASH;
}

static void
module_executes (Explorer    *x,
                 const World *before)
{
    const Node                    *node = g_ptr_array_index (x->nodes, x->current);
    g_autoptr(MMTdtechFotaMachine) m = machine_unpack (node->state.machine);
    World                          w = *before;

    if (!changes_module (w.effect) || w.executed || w.state == OFF || !execute (&w))
        return;
    w.executed = TRUE;
    /* It accepted, and changes its state at once, later, or never */
    move (x, before, &w, TRUE);
    if (w.effect == MM_TDTECH_FOTA_EFFECT_QUERY || w.effect == MM_TDTECH_FOTA_EFFECT_FLASH) {
        w = *before;
        w.executed = TRUE;
        add (x, &w, m, (Label) { "module takes note", 0 }, TRUE);
    }
}

static void
answer (Explorer              *x,
        const World           *w,
        MMTdtechFotaInputKind  kind,
        guint                  blockers,
        gboolean               fair)
{
    static const gchar *const names[MM_TDTECH_FOTA_INPUT_LAST] = {
        [MM_TDTECH_FOTA_INPUT_DONE]   = "done",
        [MM_TDTECH_FOTA_INPUT_FAILED] = "failed",
        [MM_TDTECH_FOTA_INPUT_SILENT] = "silent",
    };
    MMTdtechFotaInput input = { .kind = kind, .blockers = blockers };

    step (x, w, &input, (Label) { names[kind], (gint) blockers }, fair);
}

static void
answer_state (Explorer              *x,
              const World           *w,
              MMTdtechFotaInputKind  kind,
              guint                  number,
              gboolean               cut,
              gboolean               fair)
{
    MMTdtechFotastate state = { .state = (gint) number };
    MMTdtechFotaInput input = { .kind = kind, .state = &state };

    if (number == MM_TDTECH_FOTASTATE_AVAILABLE && !cut) {
        state.version = (gchar *) strings[w->offer];
        state.description = (gchar *) strings[DESCRIPTION];
        state.size = 1;
    }
    step (x, w, &input,
          (Label) { kind == MM_TDTECH_FOTA_INPUT_STATE_READ ? (cut ? "reads, cut" : "reads") : (cut ? "line, cut" : "line"),
                    (gint) number },
          fair);
}

static void
answer_version (Explorer    *x,
                const World *w,
                gboolean     with_version,
                gboolean     with_build_time)
{
    MMTdtechVersion version = {
        .version    = with_version ? (gchar *) strings[w->firmware] : NULL,
        .build_time = with_build_time ? (gchar *) strings[BUILD + w->firmware] : NULL,
    };
    MMTdtechFotaInput input = { .kind = MM_TDTECH_FOTA_INPUT_DONE, .version = &version };

    step (x, w, &input, (Label) { "version", with_version + 2 * with_build_time }, with_version && with_build_time);
}

static void
answer_conditions (Explorer    *x,
                   const World *before,
                   guint        blockers)
{
    World w = *before;

    w.calm = !(blockers & MM_TDTECH_FOTA_BLOCKER_CALL);
    answer (x, &w, MM_TDTECH_FOTA_INPUT_DONE, blockers, blockers == 0);
}

static void
answer_use (Explorer    *x,
            const World *before,
            guint        blockers)
{
    World w = *before;

    w.calm = !(blockers & MM_TDTECH_FOTA_BLOCKER_CALL);
    w.quiet = !(blockers & MM_TDTECH_FOTA_BLOCKER_DATA);
    answer (x, &w, MM_TDTECH_FOTA_INPUT_DONE, blockers, blockers == 0);
}

static void
answer_pause (Explorer    *x,
              const World *before,
              guint        blockers)
{
    World w = *before;

    w.quiet = blockers == 0;
    answer (x, &w, MM_TDTECH_FOTA_INPUT_DONE, blockers, blockers == 0);
}

/* What ran before is read before each upgrade that was asked for; only where others
 * come does it matter whether it was read at the start */
static gboolean
version_is_certain (const Explorer *x)
{
    return !(x->scenario->manners & UPGRADES) && phase_of (g_ptr_array_index (x->nodes, x->current)) == MM_TDTECH_FOTA_PHASE_ADOPT_VERSION;
}

static void
module_answers_well (Explorer    *x,
                     const World *w)
{
    World after = *w;

    switch (w->effect) {
    case MM_TDTECH_FOTA_EFFECT_READ_STATE:
        answer_state (x, w, MM_TDTECH_FOTA_INPUT_STATE_READ, w->state, FALSE, TRUE);
        if (w->state == MM_TDTECH_FOTASTATE_AVAILABLE)
            answer_state (x, w, MM_TDTECH_FOTA_INPUT_STATE_READ, w->state, TRUE, FALSE);
        return;
    case MM_TDTECH_FOTA_EFFECT_READ_VERSION:
        answer_version (x, w, TRUE, TRUE);
        if (version_is_certain (x))
            return;
        answer_version (x, w, FALSE, FALSE);
        if (phase_of (g_ptr_array_index (x->nodes, x->current)) == MM_TDTECH_FOTA_PHASE_ADOPT_VERSION)
            return;
        answer_version (x, w, TRUE, FALSE);
        answer_version (x, w, FALSE, TRUE);
        return;
    case MM_TDTECH_FOTA_EFFECT_READ_REGISTRATION:
        answer (x, w, MM_TDTECH_FOTA_INPUT_DONE, MM_TDTECH_FOTA_BLOCKER_NONE, TRUE);
        answer (x, w, MM_TDTECH_FOTA_INPUT_DONE, MM_TDTECH_FOTA_BLOCKER_NOT_REGISTERED, FALSE);
        answer (x, w, MM_TDTECH_FOTA_INPUT_DONE, MM_TDTECH_FOTA_BLOCKER_ROAMING, FALSE);
        return;
    case MM_TDTECH_FOTA_EFFECT_READ_CONDITIONS:
        answer_conditions (x, w, MM_TDTECH_FOTA_BLOCKER_NONE);
        answer_conditions (x, w, MM_TDTECH_FOTA_BLOCKER_NOT_REGISTERED);
        answer_conditions (x, w, MM_TDTECH_FOTA_BLOCKER_CALL);
        return;
    case MM_TDTECH_FOTA_EFFECT_READ_USE:
        answer_use (x, w, MM_TDTECH_FOTA_BLOCKER_NONE);
        answer_use (x, w, MM_TDTECH_FOTA_BLOCKER_CALL);
        answer_use (x, w, MM_TDTECH_FOTA_BLOCKER_DATA);
        return;
    case MM_TDTECH_FOTA_EFFECT_PAUSE_DATA:
        answer_pause (x, w, MM_TDTECH_FOTA_BLOCKER_NONE);
        answer_pause (x, w, MM_TDTECH_FOTA_BLOCKER_DATA);
        answer_pause (x, w, MM_TDTECH_FOTA_BLOCKER_AUTO_DIAL);
        return;
    case MM_TDTECH_FOTA_EFFECT_RESTORE_DATA:
        after.owed = FALSE;
        answer (x, &after, MM_TDTECH_FOTA_INPUT_DONE, 0, TRUE);
        return;
    case MM_TDTECH_FOTA_EFFECT_READ_PROGRESS: {
        MMTdtechFotaInput input = { .kind = MM_TDTECH_FOTA_INPUT_DONE, .ask_state = TRUE };

        answer (x, w, MM_TDTECH_FOTA_INPUT_DONE, 0, TRUE);
        step (x, w, &input, (Label) { "done, state is to be read", 0 }, TRUE);
        return;
    }
    case MM_TDTECH_FOTA_EFFECT_QUERY:
    case MM_TDTECH_FOTA_EFFECT_DOWNLOAD:
    case MM_TDTECH_FOTA_EFFECT_STOP:
    case MM_TDTECH_FOTA_EFFECT_FLASH:
        if (w->executed)
            answer (x, w, MM_TDTECH_FOTA_INPUT_DONE, 0, TRUE);
        return;
    default:
        answer (x, w, MM_TDTECH_FOTA_INPUT_DONE, 0, TRUE);
        return;
    }
}

static void
module_answers (Explorer    *x,
                const World *before)
{
    World    w = *before;
    gboolean off = w.state == OFF;

    if (w.effect == MM_TDTECH_FOTA_EFFECT_NONE)
        return;
    /* The port keeps the order: a line sent before the answer is not delivered after it */
    if (w.notice != w.state)
        w.notice = 0;
    if (!off)
        module_answers_well (x, &w);
    if (!off && w.effect == MM_TDTECH_FOTA_EFFECT_READ_VERSION && version_is_certain (x))
        return;
    /* What cannot be given back is given up */
    if (w.effect == MM_TDTECH_FOTA_EFFECT_RESTORE_DATA)
        w.owed = FALSE;
    answer (x, &w, MM_TDTECH_FOTA_INPUT_SILENT, 0, off);
    /* An unreadable answer says nothing about ^FWUP; a refusal does */
    if (w.effect == MM_TDTECH_FOTA_EFFECT_FLASH && !w.executed) {
        MMTdtechFotaInput input = { .kind = MM_TDTECH_FOTA_INPUT_FAILED, .fatal = TRUE };

        step (x, &w, &input, (Label) { "failed for good", 0 }, FALSE);
    }
    if (w.effect != MM_TDTECH_FOTA_EFFECT_FLASH || !w.executed)
        answer (x, &w, MM_TDTECH_FOTA_INPUT_FAILED, 0, changes_module (w.effect));
}

/*****************************************************************************/
/* Time, callers, and the rest of the world */

static void
simple_input (Explorer              *x,
              const World           *w,
              MMTdtechFotaInputKind  kind,
              const gchar           *what,
              gboolean               fair)
{
    MMTdtechFotaInput input = { .kind = kind };

    step (x, w, &input, (Label) { what, 0 }, fair);
}

static void
lines_come (Explorer    *x,
            const World *before)
{
    World w = *before;

    if (!w.notice)
        return;
    if (!(x->scenario->manners & MILD))
        answer_state (x, &w, MM_TDTECH_FOTA_INPUT_STATE_LINE, w.notice, FALSE, TRUE);
    w.notice = 0;
    answer_state (x, &w, MM_TDTECH_FOTA_INPUT_STATE_LINE, before->notice, FALSE, TRUE);
    if (before->notice == MM_TDTECH_FOTASTATE_AVAILABLE)
        answer_state (x, &w, MM_TDTECH_FOTA_INPUT_STATE_LINE, before->notice, TRUE, FALSE);
}

static void
callers_call (Explorer    *x,
              const World *w)
{
    guint i;

    simple_input (x, w, MM_TDTECH_FOTA_INPUT_CANCEL, "Cancel", FALSE);
    for (i = 0; i < G_N_ELEMENTS (x->scenario->requests); i++) {
        const Request    *request = &x->scenario->requests[i];
        MMTdtechFotaInput input = {
            .kind    = MM_TDTECH_FOTA_INPUT_VERB,
            .verb    = request->verb,
            .options = &request->options,
        };

        if (request->verb == MM_TDTECH_FOTA_VERB_NONE)
            return;
        step (x, w, &input, (Label) { mm_tdtech_fota_verb_get_name (request->verb), (gint) i }, FALSE);
    }
}

static void
expand (Explorer *x)
{
    const Node                    *node = g_ptr_array_index (x->nodes, x->current);
    g_autoptr(MMTdtechFotaMachine) m = machine_unpack (node->state.machine);
    World                          w = node->state.world;

    if (m->phase == MM_TDTECH_FOTA_PHASE_REST && w.firmware != OLD)
        return;

    module_moves (x, &w);
    module_executes (x, &w);
    module_answers (x, &w);
    lines_come (x, &w);
    callers_call (x, &w);
    if (m->phase == MM_TDTECH_FOTA_PHASE_START) {
        if (w.state != OFF)
            simple_input (x, &w, MM_TDTECH_FOTA_INPUT_START, "start", TRUE);
        return;
    }
    if (w.timer)
        simple_input (x, &w, MM_TDTECH_FOTA_INPUT_TIMER, "timer", TRUE);
    if (w.deadline) {
        World after = w;

        after.deadline = FALSE;
        simple_input (x, &after, MM_TDTECH_FOTA_INPUT_DEADLINE, "deadline", TRUE);
    }
    simple_input (x, &w, MM_TDTECH_FOTA_INPUT_SIGNAL, "signal", TRUE);
    restart (x, &w, (Label) { "restart", 0 }, FALSE);
}

/*****************************************************************************/
/* From each state there is a way to rest, if nothing fails any more */

static void
check_ways_out (Explorer *x)
{
    guint              n = x->nodes->len;
    g_autofree guint  *first = g_new0 (guint, n + 1);
    g_autofree guint  *from = g_new (guint, x->fair->len / 2 + 1);
    g_autofree guint8 *reached = g_new0 (guint8, n);
    g_autoptr(GArray)  queue = g_array_new (FALSE, FALSE, sizeof (guint));
    guint              i;

    /* The edges by where they lead to */
    for (i = 0; i < x->fair->len; i += 2)
        first[g_array_index (x->fair, guint, i + 1)]++;
    for (i = 0; i < n; i++)
        first[i + 1] += first[i];
    for (i = 0; i < x->fair->len; i += 2)
        from[--first[g_array_index (x->fair, guint, i + 1)]] = g_array_index (x->fair, guint, i);

    for (i = 0; i < n; i++) {
        if (phase_of (g_ptr_array_index (x->nodes, i)) == MM_TDTECH_FOTA_PHASE_REST) {
            reached[i] = TRUE;
            g_array_append_val (queue, i);
        }
    }
    for (i = 0; i < queue->len; i++) {
        guint to = g_array_index (queue, guint, i);
        guint j;

        for (j = first[to]; j < first[to + 1]; j++) {
            if (reached[from[j]])
                continue;
            reached[from[j]] = TRUE;
            g_array_append_val (queue, from[j]);
        }
    }
    for (i = 0; i < n; i++) {
        if (!reached[i]) {
            x->current = i;
            violation (x, "no way out", (Label) { "nothing", 0 }, NULL);
        }
    }
}

/*****************************************************************************/

static gsize total_states;
static gsize total_edges;
static guint n_explored;

static void
explore (gconstpointer data)
{
    const Scenario                *scenario = data;
    g_autoptr(MMTdtechFotaMachine) m = mm_tdtech_fota_machine_new ();
    Explorer                       x = { .scenario = scenario };
    World                          w;

    memset (&w, 0, sizeof (w));
    w.state = scenario->state;
    w.firmware = OLD;
    if (w.state == MM_TDTECH_FOTASTATE_AVAILABLE)
        w.offer = NEWER;
    if (w.state >= MM_TDTECH_FOTASTATE_DOWNLOADING)
        w.package = NEWER;
    x.nodes = g_ptr_array_new_with_free_func (g_free);
    x.index = g_hash_table_new (state_hash, state_equal);
    x.fair = g_array_new (FALSE, FALSE, sizeof (guint));

    add (&x, &w, m, (Label) { "begin", 0 }, FALSE);
    /* The record may know what was downloaded */
    m->kept.package_version = g_strdup (strings[w.package]);
    add (&x, &w, m, (Label) { "begin", 0 }, FALSE);
    for (x.current = 0; x.current < x.nodes->len; x.current++)
        expand (&x);
    check_ways_out (&x);
    g_test_message ("%u states, %" G_GSIZE_FORMAT " edges", x.nodes->len, x.edges);
    total_states += x.nodes->len;
    total_edges += x.edges;
    n_explored++;

    g_array_unref (x.fair);
    g_hash_table_unref (x.index);
    g_ptr_array_unref (x.nodes);
}

#define VERB(verb) MM_TDTECH_FOTA_VERB_##verb

static const Scenario scenarios[] = {
    { "check", 10, 0, { NEWER }, {
        { VERB (CHECK), { .with_url = TRUE } },
    } },
    { "check/by-itself", 10, QUERIES | MILD, { NEWER }, {
        { VERB (CHECK), { .with_url = TRUE, .https = TRUE } },
    } },
    { "download", 10, 0, { NEWER }, {
        { VERB (DOWNLOAD), { .with_url = TRUE } },
    } },
    { "resume", 31, 0, { NEWER }, {
        { VERB (RESUME), { .with_url = TRUE } },
    } },
    { "download/older", 10, 0, { OLDER }, {
        { VERB (DOWNLOAD), { .with_url = TRUE } },
    } },
    { "download/found", 12, 0, { NEWER }, {
        { VERB (DOWNLOAD), { .with_url = FALSE } },
    } },
    { "download/upgrade", 10, MILD, { NEWER }, {
        { VERB (DOWNLOAD), { .with_url = TRUE, .upgrade = TRUE, .wait = 30, .expect_version = (gchar *) "1.3.0.0" } },
    } },
    { "download/other", 10, 0, { NEWEST }, {
        { VERB (DOWNLOAD), { .with_url = TRUE, .upgrade = TRUE, .wait = 30, .expect_version = (gchar *) "1.3.0.0" } },
    } },
    { "resume/upgrade", 31, MILD, { NEWER }, {
        { VERB (RESUME), { .with_url = TRUE, .upgrade = TRUE, .wait = 30 } },
    } },
    { "resume/other", 31, MILD, { NEWEST }, {
        { VERB (RESUME), { .with_url = TRUE, .upgrade = TRUE, .wait = 30, .expect_version = (gchar *) "1.3.0.0" } },
    } },
    { "download/by-itself", 10, UPGRADES | MILD, { NEWER }, {
        { VERB (DOWNLOAD), { .with_url = TRUE } },
    } },
    { "upgrade", 40, 0, { NEWER }, {
        { VERB (UPGRADE), { .wait = 30 } },
    } },
    { "upgrade/delay", 40, 0, { NEWER }, {
        { VERB (UPGRADE), { .delay = 6, .wait = 30, .hang_up_calls = TRUE, .expect_version = (gchar *) "1.3.0.0" } },
    } },
    { "upgrade/by-itself", 40, UPGRADES | MILD, { NEWER }, {
        { VERB (UPGRADE), { .wait = 30 } },
    } },
};

/* Comes last: what the scenarios came to */
static void
test_caught (gconstpointer data)
{
    const gchar       *path = data;
    g_autofree gchar  *text = describe_caught ();
    g_autofree gchar  *kept = NULL;
    g_autoptr(GError)  error = NULL;
    g_auto(GStrv)      lines = g_strsplit (text, "\n", -1);
    g_auto(GStrv)      kept_lines = NULL;
    guint              i;

    g_assert_cmpuint (n_explored, ==, G_N_ELEMENTS (scenarios));
    g_file_get_contents (path, &kept, NULL, &error);
    g_assert_no_error (error);
    kept_lines = g_strsplit (kept, "\n", -1);
    for (i = 0; i < MIN (g_strv_length (lines), g_strv_length (kept_lines)); i++) {
        if (g_strcmp0 (lines[i], kept_lines[i]) != 0)
            g_test_message ("%s has \"%s\", now it is \"%s\"", path, kept_lines[i], lines[i]);
    }
    /* Wanted so, or a transition is missing in the table */
    g_assert_true (g_str_equal (text, kept));
}

int
main (int    argc,
      char **argv)
{
    gboolean write;
    guint    i;
    gint     status;

    g_test_init (&argc, &argv, NULL);
    write = argc == 3 && g_str_equal (argv[1], "--write");
    g_assert_true (write || argc == 2);
    for (i = 0; i < G_N_ELEMENTS (scenarios); i++) {
        g_autofree gchar *path = g_strdup_printf ("/tdtech/fota/explore/%s", scenarios[i].name);

        g_test_add_data_func (path, &scenarios[i], explore);
    }
    /* GLib runs the cases of a suite before the suites in it, and those in order */
    if (!write)
        g_test_add_data_func ("/tdtech/fota/explore/at-last/caught", argv[1], test_caught);
    status = g_test_run ();
    if (write) {
        g_autofree gchar *text = describe_caught ();

        g_assert_true (g_file_set_contents (argv[2], text, -1, NULL));
    }
    g_print ("# in all %" G_GSIZE_FORMAT " states, %" G_GSIZE_FORMAT " edges\n", total_states, total_edges);
    return status;
}

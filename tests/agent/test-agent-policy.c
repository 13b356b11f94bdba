/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * Walks through what can happen to the policy: each state that memory, module and
 * people can be in, with everything that can happen in it, breadth first, to the end.
 * Time goes in half hours; in each two hours the first half hour is in the window, the
 * second is, too, but quiet, the others are neither. What must hold is judged by a
 * record of its own, which the policy does not see.
 *
 * Two states are the same if nothing that can happen tells them apart: times count only
 * as the half hours that lie between them and now, as far as a rule looks; what no rule
 * reads does not count; and A and B may change places. That makes the states so few
 * that all of them are looked at.
 */

#include "mmfota-agent-policy.h"

#include <string.h>

#include "mm-tdtech-fota-enums.h"
#include "mmfota-agent-config.h"

#define SLOT  1800
#define IMEI  "860000000000001"
#define TRIES 2
#define CYCLE 4

/* 2026-11-27 12:00 UTC */
#define BEGIN G_GINT64_CONSTANT (1795780800)

#define FOTA(name) MM_TDTECH_FOTA_DBUS_ERROR_PREFIX name

/* It is between 12:00 and 14:00 all day long, see time_goes_on () */
#define WINDOW "12:00/1h;14:00/1h;16:00/1h;18:00/1h"
#define QUIET  "12:30-13:00;14:30-15:00;16:30-17:00;18:30-19:00"
#define COMMON "[server]\nurl=http://host/\n[check]\ninterval=2h\nfirst=30min\nspread=0%\n" \
               "[retry]\nquery=30min x1\ndownload=30min x1 2 tries\nupgrade=30min x1 2 tries\n"
#define POLICY "[policy]\ntimezone=UTC\nwindow=" WINDOW "\nquiet-hours=" QUIET "\nnotice=30min\npostpone-max=2h\n"

static const gchar *const versions[] = { NULL, "A", "B" };

/* What has really happened, to judge by */
typedef struct {
    gint64   notice_begin;
    gint64   answered;      /* "now" to the upgrade, or to its notice */
    gint64   download_answered;
    gint64   asked;         /* the upgrade, first */
    guint8   failed[3];     /* upgrades of each version, of each chance */
    gboolean for_good[3];
    gboolean skipped[3];
} Truth;

typedef struct {
    MmfotaAgentMemory *memory;
    gint64             now;
    gint64             came;
    gint64             paused;
    guint              state;
    guint              blockers;
    guint              held;      /* index of versions; 3: a stranger's */
    gboolean           present;
    Truth              truth;
} World;

/* What is left of a world that was looked at: how it came about */
typedef struct {
    guint        parent;
    const gchar *how;
} Step;

typedef struct {
    guint64 memory;
    guint64 world;
} Key;

/* What happens besides that time goes on, verbs end and questions are answered */
typedef enum {
    HAPPENS_CLOCK    = 1 << 0, /* it is set, either way */
    HAPPENS_BLOCKED  = 1 << 1, /* no network, roaming, a call */
    HAPPENS_KILL     = 1 << 2, /* of the agent */
    HAPPENS_AWAY     = 1 << 3, /* the module goes and comes */
    HAPPENS_STRANGER = 1 << 4, /* somebody else downloads and discards */
    HAPPENS_TRIGGER  = 1 << 5,
    HAPPENS_PERSON   = 1 << 6, /* CheckNow */
    HAPPENS_PAUSE    = 1 << 7,
    HAPPENS_OTHER    = 1 << 8, /* a second version is offered */
} Happens;

#define HAPPENS_N 9

typedef struct {
    MmfotaAgentConfig         *config;
    const MmfotaAgentSettings *settings;
    guint                      happens;
    GQueue                     worlds; /* that are not looked at yet */
    GArray                    *steps;
    GHashTable                *known;
    guint                      current;
    guint                      actions[MMFOTA_AGENT_ACTION_LAST];
    guint                      questions[MMFOTA_AGENT_QUESTION_LAST];
} Walk;

/*****************************************************************************/
/* Worlds */

static GPtrArray *
list_copy (const GPtrArray *other)
{
    GPtrArray *list = g_ptr_array_new_with_free_func (g_free);
    guint      i;

    for (i = 0; i < other->len; i++)
        g_ptr_array_add (list, g_strdup (other->pdata[i]));
    return list;
}

static MmfotaAgentMemory *
memory_copy (const MmfotaAgentMemory *other)
{
    MmfotaAgentMemory *memory = g_memdup2 (other, sizeof (*other));

    memory->imei = g_strdup (other->imei);
    memory->config = g_strdup (other->config);
    memory->version = g_strdup (other->version);
    memory->transaction = g_strdup (other->transaction);
    memory->sent_url = g_strdup (other->sent_url);
    memory->offered = g_strdup (other->offered);
    memory->description = g_strdup (other->description);
    memory->assigned = g_strdup (other->assigned);
    memory->check_for = g_strdup (other->check_for);
    memory->offered_for = g_strdup (other->offered_for);
    memory->fetched = g_strdup (other->fetched);
    memory->url = g_strdup (other->url);
    memory->tried = g_strdup (other->tried);
    memory->given_up_reason = g_strdup (other->given_up_reason);
    memory->given_up_error = g_strdup (other->given_up_error);
    memory->last_error = g_strdup (other->last_error);
    memory->last_error_name = g_strdup (other->last_error_name);
    memory->skipped = list_copy (other->skipped);
    memory->given_up = list_copy (other->given_up);
    memory->failures = list_copy (other->failures);
    return memory;
}

static World *
world_copy (const World *other)
{
    World *world = g_memdup2 (other, sizeof (*other));

    world->memory = memory_copy (other->memory);
    return world;
}

static void
world_free (World *world)
{
    mmfota_agent_memory_free (world->memory);
    g_free (world);
}

static guint
version_index (const gchar *version)
{
    return version && version[0] == 'A' ? 1 : version && version[0] == 'B' ? 2 : 0;
}

/* The half hours that are over since, none but @most of them; also if it never was */
static guint
since (const World *world,
       gint64       time,
       guint        most)
{
    return time ? (guint) CLAMP ((world->now - time) / SLOT, 0, most) : most;
}

/* The half hours to come until then, of which the last has begun with its first second */
static guint
ahead (const World *world,
       gint64       time)
{
    return time <= world->now ? 0 : (guint) ((time - world->now + SLOT - 1) / SLOT);
}

/* In this half hour, before, or never */
static guint
moment (const World *world,
        gint64       time)
{
    return !time ? 2 : time < world->now;
}

static void
put (guint64 *word,
     guint    value,
     guint    bits)
{
    g_assert_cmpuint (value, <, 1u << bits);
    *word = *word << bits | value;
}

static void
put_retry (guint64                *word,
           const World            *world,
           const MmfotaAgentRetry *retry,
           guint                   most)
{
    put (word, ahead (world, retry->until), 2);
    put (word, MIN (retry->attempts, most), 2);
}

/* @swap: A is called B, and B is called A */
static void
put_version (guint64     *word,
             const gchar *version,
             guint        swap)
{
    guint i = version_index (version);

    put (word, i ? i ^ (swap * 3) : 0, 2);
}

static guint64
memory_key (const World *world,
            guint        swap)
{
    const MmfotaAgentMemory *m = world->memory;
    guint64                  word = 0;

    put (&word, m->verb, 3);
    put (&word, since (world, m->last_check, 4), 3);
    put (&word, m->nudge, 2);
    put_version (&word, m->offered, swap);
    put_version (&word, m->fetched, swap);
    put (&word, mmfota_agent_memory_skips (m, swap ? "B" : "A"), 1);
    put (&word, mmfota_agent_memory_skips (m, swap ? "A" : "B"), 1);
    put_version (&word, m->tried, swap);
    put (&word, m->url != NULL, 1);
    put (&word, m->transient, 1);
    put (&word, mmfota_agent_memory_gave_up (m, swap ? "B" : "A"), 1);
    put (&word, mmfota_agent_memory_gave_up (m, swap ? "A" : "B"), 1);
    put (&word, mmfota_agent_memory_get_failures (m, swap ? "B" : "A"), 2);
    put (&word, mmfota_agent_memory_get_failures (m, swap ? "A" : "B"), 2);
    put (&word, m->asked_since ? since (world, m->asked_since, 4) : 5, 3);
    put (&word, ahead (world, m->ask_after), 2);
    put (&word, m->consent_download != 0, 1);
    put (&word, moment (world, m->consent_upgrade), 2);
    put (&word, m->notice_at > world->now ? 3 : since (world, m->notice_at, 2), 2);
    put_retry (&word, world, &m->query, 1);
    put_retry (&word, world, &m->download, 3);
    put_retry (&word, world, &m->upgrade, 3);
    return word;
}

static guint64
world_key (const World *world,
           guint        swap)
{
    const Truth *t = &world->truth;
    guint64      word = 0;
    guint        i;

    put (&word, (guint) ((world->now - BEGIN) / SLOT % CYCLE), 2);
    put (&word, world->present, 1);
    put (&word, world->present ? since (world, world->came, 1) : 0, 1);
    put (&word, ahead (world, world->paused), 2);
    put (&word, world->state, 8);
    put (&word, world->blockers, 8);
    put (&word, world->held == 1 || world->held == 2 ? world->held ^ (swap * 3) : world->held, 2);
    put (&word, since (world, t->notice_begin, 4), 3);
    put (&word, moment (world, t->answered), 2);
    put (&word, t->asked ? since (world, t->asked, 4) : 5, 3);
    put (&word, t->download_answered != 0, 1);
    for (i = 1; i <= 2; i++) {
        guint which = swap ? 3 - i : i;

        put (&word, t->failed[which], 2);
        put (&word, t->for_good[which], 1);
        put (&word, t->skipped[which], 1);
    }
    return word;
}

static guint
key_hash (gconstpointer data)
{
    const Key *key = data;
    guint64    mixed = (key->memory ^ (key->world * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15))) * G_GUINT64_CONSTANT (0xff51afd7ed558ccd);

    return (guint) (mixed >> 32);
}

static gboolean
key_equal (gconstpointer a,
           gconstpointer b)
{
    return memcmp (a, b, sizeof (Key)) == 0;
}

/* Of its two names the smaller one */
static Key
key_of (const World *world)
{
    Key key = { memory_key (world, 0), world_key (world, 0) };
    Key other = { memory_key (world, 1), world_key (world, 1) };

    return other.memory < key.memory || (other.memory == key.memory && other.world < key.world) ? other : key;
}

static MmfotaAgentView
view_of (const World *world)
{
    MmfotaAgentView view = { 0 };

    view.now = world->now;
    view.present_for = world->now - world->came;
    view.paused_until = world->paused;
    view.present = world->present;
    view.state = world->state;
    view.blockers = world->blockers;
    view.version = "0";
    /* Under the very version that is offered */
    view.held = world->held == 3 ? world->memory->offered : versions[world->held];
    view.held_url = world->held == 3 ? "http://stranger/" : "http://host/";
    return view;
}

/*****************************************************************************/
/* What must hold */

static void
tell_way (const Walk *walk)
{
    guint i = walk->current;

    for (; i != G_MAXUINT; i = g_array_index (walk->steps, Step, i).parent)
        g_test_message ("  before: %s", g_array_index (walk->steps, Step, i).how);
}

#define MUST(law, condition)                                             \
    do {                                                                 \
        if (!(condition)) {                                              \
            g_test_message ("%s: %s (%s)", law, #condition, out->rule); \
            tell_way (walk);                                             \
            g_test_fail ();                                              \
            return FALSE;                                                \
        }                                                                \
    } while (0)

static gboolean
judge_upgrade (Walk                      *walk,
               const World               *world,
               const MmfotaAgentDecision *out)
{
    const Truth *truth = &world->truth;
    gint64       now = world->now;
    guint        slot = (guint) ((now - BEGIN) / SLOT % CYCLE);
    gboolean     is_ask = walk->settings->policy.upgrade == MMFOTA_AGENT_CONSENT_ASK;

    MUST ("J4", slot == 0);
    MUST ("J4", out->wait <= SLOT);
    MUST ("J4", !(world->blockers & MM_TDTECH_FOTA_BLOCKER_CALL));
    MUST ("J4", world->paused <= now);
    MUST ("J4", (truth->notice_begin && truth->notice_begin + SLOT <= now && now - truth->notice_begin <= 3 * SLOT) ||
                (truth->answered && now - truth->answered < SLOT));
    MUST ("J3", !is_ask || truth->answered || (truth->asked && truth->asked + 4 * SLOT <= now));
    MUST ("trust", world->state == MM_TDTECH_FOTA_STATE_DOWNLOADED && (world->held == 1 || world->held == 2));
    return TRUE;
}

static gboolean
judge (Walk                      *walk,
       const World               *world,
       const MmfotaAgentDecision *out)
{
    const MmfotaAgentMemory *memory = world->memory;
    const Truth             *truth = &world->truth;
    guint                    version = version_index (memory->offered);

    walk->actions[out->action]++;
    walk->questions[out->question]++;
    MUST ("table", !g_str_equal (out->rule, "none"));
    MUST ("progress", out->wake > world->now);
    MUST ("reason", out->action || (out->reason[0] && out->reason_name[0]));
    MUST ("reason", !out->reason[0] == !out->reason_name[0]);
    if (memory->verb)
        MUST ("J6", out->action == MMFOTA_AGENT_ACTION_NONE && out->question == MMFOTA_AGENT_QUESTION_NONE);
    if (!world->present)
        MUST ("J6", out->action == MMFOTA_AGENT_ACTION_NONE);
    if (out->question == MMFOTA_AGENT_QUESTION_DOWNLOAD || out->question == MMFOTA_AGENT_QUESTION_UPGRADE)
        MUST ("quiet", (world->now - BEGIN) / SLOT % CYCLE != 1);
    if (out->question)
        MUST ("skip", !truth->skipped[version]);
    if (out->action == MMFOTA_AGENT_ACTION_UPGRADE || out->action == MMFOTA_AGENT_ACTION_DOWNLOAD ||
        out->action == MMFOTA_AGENT_ACTION_RESUME || out->action == MMFOTA_AGENT_ACTION_NOTICE) {
        MUST ("J5", version && !truth->for_good[version]);
        MUST ("J5", truth->failed[version] < TRIES);
        MUST ("skip", !truth->skipped[version]);
        MUST ("pause", world->paused <= world->now);
    }
    if (out->action == MMFOTA_AGENT_ACTION_DOWNLOAD || out->action == MMFOTA_AGENT_ACTION_RESUME ||
        out->action == MMFOTA_AGENT_ACTION_CHECK)
        MUST ("network", !(world->blockers & (MM_TDTECH_FOTA_BLOCKER_NOT_REGISTERED | MM_TDTECH_FOTA_BLOCKER_ROAMING)));
    if (out->action == MMFOTA_AGENT_ACTION_DOWNLOAD && walk->settings->policy.download == MMFOTA_AGENT_CONSENT_ASK)
        MUST ("J3", truth->download_answered);
    if (out->action == MMFOTA_AGENT_ACTION_DISCARD)
        MUST ("trust", world->held != 3);
    return out->action != MMFOTA_AGENT_ACTION_UPGRADE || judge_upgrade (walk, world, out);
}

/*****************************************************************************/
/* What can happen */

static void
add (Walk        *walk,
     World       *world,
     const gchar *how)
{
    Key  key = key_of (world);
    Step step = { walk->current, how };

    if (g_hash_table_contains (walk->known, &key)) {
        world_free (world);
        return;
    }
    g_hash_table_add (walk->known, g_memdup2 (&key, sizeof (key)));
    g_array_append_val (walk->steps, step);
    g_queue_push_tail (&walk->worlds, world);
}

static void
new_chance (Truth *truth)
{
    memset (truth->failed, 0, sizeof (truth->failed));
    memset (truth->for_good, 0, sizeof (truth->for_good));
    memset (truth->skipped, 0, sizeof (truth->skipped));
}

static void
forget_answers (Truth *truth)
{
    truth->answered = truth->asked = truth->download_answered = truth->notice_begin = 0;
}

static const struct {
    const gchar *name;
    guint        code;
    gboolean     for_good;
} errors[] = {
    { FOTA ("ServerUnreachable"), 13, FALSE },
    { FOTA ("FilesUnavailable"), 51, FALSE },
    { FOTA ("OtherVersionOffered"), 0, FALSE },
    { FOTA ("ConditionsNotMet"), 0, FALSE },
    { FOTA ("VersionUnchanged"), 0, TRUE },
    { "org.freedesktop.ModemManager1.Error.Core.Cancelled", 0, FALSE },
};

/* A version that failed is forgotten when another is offered only as far as it may be: never by itself */
static World *
end_verb (Walk                     *walk,
          const World              *from,
          const MmfotaAgentOutcome *outcome)
{
    World           *world = world_copy (from);
    MmfotaAgentVerb  verb = world->memory->verb;
    g_autofree gchar *before = g_strdup (world->memory->offered);

    mmfota_agent_policy_ended (walk->settings, world->memory, outcome, world->now, 0);
    /* A day is as long as "later" here */
    world->memory->ask_after = MIN (world->memory->ask_after, world->now + 2 * SLOT);
    if (g_strcmp0 (before, world->memory->offered) != 0)
        forget_answers (&world->truth);
    if (verb == MMFOTA_AGENT_VERB_UPGRADE)
        world->truth.notice_begin = 0;
    if (verb == MMFOTA_AGENT_VERB_UPGRADE && outcome->error) {
        guint i = version_index (before);

        if (g_str_equal (outcome->error, errors[0].name) || g_str_equal (outcome->error, errors[1].name))
            world->truth.failed[i]++;
    }
    return world;
}

static void
verb_ends (Walk        *walk,
           const World *from)
{
    MmfotaAgentVerb     verb = from->memory->verb;
    gboolean            is_download = verb == MMFOTA_AGENT_VERB_DOWNLOAD || verb == MMFOTA_AGENT_VERB_RESUME;
    MmfotaAgentOutcome  outcome = { 0 };
    World              *world;
    guint               i;

    outcome.succeeded = TRUE;
    outcome.url = "http://host/";
    for (i = 1; i <= (verb == MMFOTA_AGENT_VERB_CHECK && walk->happens & HAPPENS_OTHER ? 2u : 1u); i++) {
        outcome.version = verb == MMFOTA_AGENT_VERB_CHECK ? versions[i] : from->memory->offered;
        world = end_verb (walk, from, &outcome);
        if (verb == MMFOTA_AGENT_VERB_CHECK)
            world->state = MM_TDTECH_FOTA_STATE_AVAILABLE;
        if (is_download) {
            world->state = MM_TDTECH_FOTA_STATE_DOWNLOADED;
            world->held = version_index (from->memory->offered);
        }
        if (verb == MMFOTA_AGENT_VERB_UPGRADE) {
            world->state = MM_TDTECH_FOTA_STATE_IDLE;
            world->held = 0;
            memset (world->truth.failed, 0, sizeof (world->truth.failed));
        }
        add (walk, world, "succeeded");
    }
    outcome.succeeded = FALSE;
    outcome.version = NULL;
    if (verb != MMFOTA_AGENT_VERB_UPGRADE) {
        outcome.nothing_newer = TRUE;
        world = end_verb (walk, from, &outcome);
        world->state = MM_TDTECH_FOTA_STATE_IDLE;
        world->held = 0;
        add (walk, world, "nothing newer");
        outcome.nothing_newer = FALSE;
    }
    for (i = 0; i < G_N_ELEMENTS (errors); i++) {
        if (verb == MMFOTA_AGENT_VERB_CHECK && errors[i].for_good)
            continue;
        outcome.error = errors[i].name;
        outcome.code = errors[i].code;
        world = end_verb (walk, from, &outcome);
        if (errors[i].for_good)
            world->truth.for_good[version_index (from->memory->offered)] = TRUE;
        if (verb != MMFOTA_AGENT_VERB_UPGRADE || errors[i].for_good) {
            world->state = MM_TDTECH_FOTA_STATE_IDLE;
            world->held = 0;
        }
        add (walk, world, errors[i].name);
    }
    if (is_download) {
        outcome.error = FOTA ("DownloadSuspended");
        outcome.received = 1;
        world = end_verb (walk, from, &outcome);
        world->memory->received = 0;
        world->state = MM_TDTECH_FOTA_STATE_SUSPENDED;
        world->held = version_index (from->memory->offered);
        add (walk, world, "suspended");
    }
}

static void
action (Walk                      *walk,
        const World               *from,
        const MmfotaAgentDecision *out)
{
    static const MmfotaAgentVerb verbs[MMFOTA_AGENT_ACTION_LAST] = {
        [MMFOTA_AGENT_ACTION_CHECK]    = MMFOTA_AGENT_VERB_CHECK,
        [MMFOTA_AGENT_ACTION_DOWNLOAD] = MMFOTA_AGENT_VERB_DOWNLOAD,
        [MMFOTA_AGENT_ACTION_RESUME]   = MMFOTA_AGENT_VERB_RESUME,
        [MMFOTA_AGENT_ACTION_UPGRADE]  = MMFOTA_AGENT_VERB_UPGRADE,
    };
    World *world = world_copy (from);

    if (verbs[out->action]) {
        mmfota_agent_policy_began (world->memory, verbs[out->action], "t", 0);
        add (walk, world, out->rule);
    } else if (out->action == MMFOTA_AGENT_ACTION_NOTICE) {
        mmfota_agent_policy_notice (world->memory, out->default_at);
        world->truth.notice_begin = world->now;
        add (walk, world, "notice begins");
    } else {
        mmfota_agent_policy_discarded (walk->settings, world->memory, TRUE, world->now, 0);
        world->state = MM_TDTECH_FOTA_STATE_IDLE;
        world->held = 0;
        add (walk, world, "discarded");
        world = world_copy (from);
        mmfota_agent_policy_discarded (walk->settings, world->memory, FALSE, world->now, 0);
        add (walk, world, "not discarded");
    }
}

static void
answers (Walk                    *walk,
         const World             *from,
         MmfotaAgentQuestionKind  question)
{
    static const gchar *const choices[] = { "now", "later", "skip", "cancel" };
    guint                     i;

    for (i = 0; i < G_N_ELEMENTS (choices); i++) {
        World *world = world_copy (from);

        if (!mmfota_agent_policy_answered (world->memory, question, choices[i], 2 * SLOT, world->now)) {
            g_assert_cmpstr (choices[i], ==, "cancel");
            world_free (world);
            continue;
        }
        if (i == 0 && question == MMFOTA_AGENT_QUESTION_DOWNLOAD)
            world->truth.download_answered = world->now;
        else if (i == 0)
            world->truth.answered = world->now;
        else {
            world->truth.answered = world->truth.notice_begin = 0;
            if (i == 2)
                world->truth.skipped[version_index (world->memory->offered)] = TRUE;
        }
        add (walk, world, choices[i]);
    }
}

/* What was half an hour away still is */
static void
set_clock (World  *world,
           gint64  seconds)
{
    gint64 *times[] = { &world->truth.notice_begin, &world->truth.answered, &world->truth.asked,
                        &world->truth.download_answered, &world->paused };
    guint   i;

    world->now += seconds;
    world->came += seconds;
    for (i = 0; i < G_N_ELEMENTS (times); i++)
        *times[i] += *times[i] ? seconds : 0;
    mmfota_agent_memory_shift (world->memory, seconds);
}

static void
time_goes_on (Walk        *walk,
              const World *from)
{
    World *world = world_copy (from);

    world->now += SLOT;
    /* The next two hours are as these */
    if (world->now >= BEGIN + CYCLE * SLOT)
        set_clock (world, -CYCLE * SLOT);
    add (walk, world, "half an hour");

    /* Somebody sets it, either way */
    if (!(walk->happens & HAPPENS_CLOCK))
        return;
    world = world_copy (from);
    set_clock (world, from->now + SLOT < BEGIN + CYCLE * SLOT ? SLOT : SLOT - CYCLE * SLOT);
    add (walk, world, "the clock is set");
}

static void
surroundings (Walk        *walk,
              const World *from)
{
    static const guint  blockers[] = { 0, MM_TDTECH_FOTA_BLOCKER_NOT_REGISTERED, MM_TDTECH_FOTA_BLOCKER_CALL,
                                       MM_TDTECH_FOTA_BLOCKER_ROAMING };
    World              *world;
    guint               i;

    for (i = 0; i < G_N_ELEMENTS (blockers) && walk->happens & HAPPENS_BLOCKED; i++) {
        if ((from->blockers == 0) == (blockers[i] == 0))
            continue;
        world = world_copy (from);
        world->blockers = blockers[i];
        if (!blockers[i])
            mmfota_agent_policy_cleared (world->memory, world->now, 0);
        add (walk, world, blockers[i] ? "something in the way" : "nothing in the way");
    }

    if (walk->happens & HAPPENS_KILL) {
        world = world_copy (from);
        world->memory->notice_at = 0;
        world->truth.notice_begin = 0;
        add (walk, world, "the agent was killed");
    }

    if (walk->happens & HAPPENS_AWAY) {
        world = world_copy (from);
        world->present = !world->present;
        if (world->present)
            world->came = world->now;
        add (walk, world, world->present ? "the module comes" : "the module goes");
    }

    if (!from->memory->verb && walk->happens & HAPPENS_STRANGER) {
        world = world_copy (from);
        world->held = 3;
        world->state = MM_TDTECH_FOTA_STATE_DOWNLOADED;
        add (walk, world, "a stranger has downloaded");
        if (from->held == 3) {
            world = world_copy (from);
            world->held = 0;
            world->state = MM_TDTECH_FOTA_STATE_IDLE;
            add (walk, world, "the stranger discards it");
        }
    }
}

static void
people (Walk        *walk,
        const World *from)
{
    World *world;

    if (walk->happens & HAPPENS_TRIGGER) {
        world = world_copy (from);
        mmfota_agent_policy_nudged (world->memory, MMFOTA_AGENT_NUDGE_TRIGGER);
        add (walk, world, "a trigger");
    }
    if (walk->happens & HAPPENS_PERSON) {
        world = world_copy (from);
        mmfota_agent_policy_nudged (world->memory, MMFOTA_AGENT_NUDGE_PERSON);
        new_chance (&world->truth);
        add (walk, world, "CheckNow");
    }
    if (walk->happens & HAPPENS_PAUSE) {
        world = world_copy (from);
        world->paused = world->paused > world->now ? 0 : world->now + 2 * SLOT;
        add (walk, world, "Pause");
    }
}

/* That an upgrade is near: by the notice, or by their own answer while something is in its way */
static gboolean
is_told (const World               *world,
         const MmfotaAgentDecision *out)
{
    return out->question == MMFOTA_AGENT_QUESTION_NOTICE ||
           (world->truth.answered && out->blocked);
}

static void
look_at (Walk  *walk,
         World *world)
{
    MmfotaAgentView      view = view_of (world);
    MmfotaAgentDecision  out = mmfota_agent_policy_decide (walk->settings, world->memory, &view);

    if (out.question && !world->memory->asked_since) {
        mmfota_agent_policy_asked (world->memory, out.question, world->now);
        if (out.question == MMFOTA_AGENT_QUESTION_UPGRADE)
            world->truth.asked = world->now;
    }
    /* Whoever sees the notice go counts on that */
    if (world->truth.notice_begin && world->now < world->truth.notice_begin + SLOT && !out.action && !is_told (world, &out))
        world->truth.notice_begin = 0;
    mmfota_agent_policy_withdraw (world->memory, &out, world->now);
    if (!judge (walk, world, &out))
        return;
    if (out.action)
        action (walk, world, &out);
    if (out.question)
        answers (walk, world, out.question);
    if (world->memory->verb)
        verb_ends (walk, world);
    /* What can be done is done before anything else happens, or after that */
    time_goes_on (walk, world);
    surroundings (walk, world);
    people (walk, world);
}

static void
explore (const gchar *policy,
         guint        happens)
{
    g_autofree gchar *text = g_strconcat (COMMON POLICY, policy, NULL);
    Walk              walk = { .happens = happens, .current = G_MAXUINT, .worlds = G_QUEUE_INIT };
    World            *world = g_new0 (World, 1);
    guint             i;

    walk.config = mmfota_agent_config_parse ("text", text, strlen (text), NULL);
    g_assert_nonnull (walk.config);
    walk.settings = mmfota_agent_config_peek (walk.config, NULL);
    walk.steps = g_array_new (FALSE, FALSE, sizeof (Step));
    walk.known = g_hash_table_new_full (key_hash, key_equal, g_free, NULL);

    world->memory = mmfota_agent_memory_new (IMEI);
    world->now = world->came = BEGIN;
    world->state = MM_TDTECH_FOTA_STATE_IDLE;
    world->present = TRUE;
    add (&walk, world, "the beginning");
    for (i = 0; (world = g_queue_pop_head (&walk.worlds)); i++) {
        walk.current = i;
        if (!g_test_failed ())
            look_at (&walk, world);
        world_free (world);
    }
    g_test_message ("0x%03x: all of %u states looked at; %u checks, %u downloads, %u resumed, %u upgrades, %u discarded, %u notices; "
                    "asked %u, %u and %u times", happens, i,
                    walk.actions[MMFOTA_AGENT_ACTION_CHECK], walk.actions[MMFOTA_AGENT_ACTION_DOWNLOAD],
                    walk.actions[MMFOTA_AGENT_ACTION_RESUME], walk.actions[MMFOTA_AGENT_ACTION_UPGRADE],
                    walk.actions[MMFOTA_AGENT_ACTION_DISCARD], walk.actions[MMFOTA_AGENT_ACTION_NOTICE],
                    walk.questions[1], walk.questions[2], walk.questions[3]);
    for (i = 1; i < MMFOTA_AGENT_ACTION_LAST; i++) {
        if (!g_test_failed ())
            g_assert_cmpuint (walk.actions[i], >, 0);
    }
    g_hash_table_unref (walk.known);
    g_array_unref (walk.steps);
    mmfota_agent_config_unref (walk.config);
}

/* Each of these with all of its states; "thorough" has any two happenings together besides, 20 million
 * states in some minutes. All of them together would be a hundred times as many. */
static void
explore_all (const gchar *policy)
{
    static const guint sets[] = {
        HAPPENS_CLOCK | HAPPENS_BLOCKED | HAPPENS_KILL | HAPPENS_AWAY,
        HAPPENS_CLOCK | HAPPENS_KILL | HAPPENS_PAUSE | HAPPENS_BLOCKED,
        HAPPENS_KILL | HAPPENS_PERSON | HAPPENS_OTHER,
        HAPPENS_KILL | HAPPENS_TRIGGER | HAPPENS_BLOCKED,
        HAPPENS_KILL | HAPPENS_STRANGER | HAPPENS_AWAY,
    };
    guint i;
    guint other;

    for (i = 0; i < G_N_ELEMENTS (sets); i++)
        explore (policy, sets[i]);
    for (i = 0; i < HAPPENS_N && g_test_thorough (); i++) {
        for (other = 0; other < i; other++)
            explore (policy, 1u << i | 1u << other);
    }
}

static void
test_ask (void)
{
    explore_all ("upgrade=ask\n");
}

static void
test_auto (void)
{
    explore_all ("upgrade=auto\n");
}

static void
test_ask_to_download (void)
{
    explore_all ("download=ask\nupgrade=auto\n");
}

/*****************************************************************************/
/* One by one */

typedef struct {
    MmfotaAgentConfig         *config;
    const MmfotaAgentSettings *settings;
    MmfotaAgentMemory         *memory;
    MmfotaAgentView            view;
} Scene;

static Scene
scene_new (const gchar *policy)
{
    g_autofree gchar *text = g_strconcat (COMMON, "[policy]\ntimezone=UTC\n", policy, NULL);
    Scene             scene = { 0 };

    scene.config = mmfota_agent_config_parse ("text", text, strlen (text), NULL);
    g_assert_nonnull (scene.config);
    scene.settings = mmfota_agent_config_peek (scene.config, NULL);
    scene.memory = mmfota_agent_memory_new (IMEI);
    scene.memory->last_check = BEGIN;
    scene.memory->offered = g_strdup ("A");
    scene.memory->fetched = g_strdup ("A");
    scene.memory->url = g_strdup ("http://host/");
    scene.view = (MmfotaAgentView){ .now = BEGIN, .present = TRUE, .present_for = 9999, .state = MM_TDTECH_FOTA_STATE_DOWNLOADED,
                                    .version = "0", .held = "A", .held_url = "http://host/" };
    return scene;
}

static MmfotaAgentDecision
scene_decide (const Scene *scene)
{
    return mmfota_agent_policy_decide (scene->settings, scene->memory, &scene->view);
}

static void
scene_clear (Scene *scene)
{
    mmfota_agent_memory_free (scene->memory);
    mmfota_agent_config_unref (scene->config);
}

#define decides(scene, expected_rule, expected_action)                   \
    do {                                                                 \
        MmfotaAgentDecision out_ = scene_decide (&scene);                \
        g_assert_cmpstr (out_.rule, ==, expected_rule);                  \
        g_assert_cmpint (out_.action, ==, expected_action);              \
    } while (0)

/* A question, a day of silence, another; then the deadline, a notice, and the upgrade in the window */
static void
test_postponed (void)
{
    Scene               scene = scene_new ("window=02:00/3h\nnotice=10min\npostpone-max=14d\n");
    MmfotaAgentDecision out = scene_decide (&scene);

    g_assert_cmpint (out.question, ==, MMFOTA_AGENT_QUESTION_UPGRADE);
    mmfota_agent_policy_asked (scene.memory, out.question, BEGIN);
    out = scene_decide (&scene);
    /* 14 days later at noon; the window after that opens 14 hours later */
    g_assert_cmpint (out.default_at, ==, BEGIN + 14 * 86400 + 14 * 3600);
    g_assert_cmpint (out.wake, ==, BEGIN + 14 * 86400);
    g_assert_true (mmfota_agent_policy_answered (scene.memory, out.question, "later", 0, BEGIN));
    decides (scene, "put_off", MMFOTA_AGENT_ACTION_NONE);
    scene.view.now = BEGIN + 86400;
    decides (scene, "ask_to_upgrade", MMFOTA_AGENT_ACTION_NONE);
    scene.view.now = BEGIN + 14 * 86400 - 1;
    decides (scene, "ask_to_upgrade", MMFOTA_AGENT_ACTION_NONE);
    scene.view.now = BEGIN + 14 * 86400;
    out = scene_decide (&scene);
    g_assert_cmpstr (out.rule, ==, "notice");
    g_assert_cmpint (out.wake, ==, BEGIN + 14 * 86400 + 14 * 3600 - 600);
    scene.view.now = out.wake;
    out = scene_decide (&scene);
    g_assert_cmpint (out.action, ==, MMFOTA_AGENT_ACTION_NOTICE);
    mmfota_agent_policy_notice (scene.memory, out.default_at);
    out = scene_decide (&scene);
    g_assert_cmpint (out.question, ==, MMFOTA_AGENT_QUESTION_NOTICE);
    g_assert_cmpint (out.wake, ==, scene.view.now + 600);
    scene.view.now = out.wake;
    out = scene_decide (&scene);
    g_assert_cmpint (out.action, ==, MMFOTA_AGENT_ACTION_UPGRADE);
    g_assert_cmpuint (out.wait, ==, 300);
    /* So short before its end that the module might begin after it */
    scene.view.now += 3 * 3600 - 50;
    mmfota_agent_policy_notice (scene.memory, scene.view.now - 1);
    g_assert_cmpuint (scene_decide (&scene).wait, ==, 20);
    scene.view.now += 20;
    out = scene_decide (&scene);
    g_assert_cmpstr (out.rule, ==, "outside_window");
    g_assert_cmpint (out.wake, ==, scene.view.now + 30 + 21 * 3600 - 600);
    scene.view.now += 30 + 21 * 3600 - 5;
    mmfota_agent_policy_notice (scene.memory, scene.view.now - 1);
    g_assert_cmpint (scene_decide (&scene).wake, ==, scene.view.now + 5);
    scene_clear (&scene);
}

/* The time to answer runs out while the agent is not there: a day more, once, and no more than that */
static void
test_away (void)
{
    Scene  scene = scene_new ("postpone-max=14d\n");
    gint64 deadline = BEGIN + 14 * 86400;
    gint64 back = deadline + 5 * 86400;

    mmfota_agent_policy_asked (scene.memory, MMFOTA_AGENT_QUESTION_UPGRADE, BEGIN);
    /* It ran out before the agent went, or has not yet: nothing is as it was not */
    scene.memory->stamp = deadline;
    mmfota_agent_policy_back (scene.settings, scene.memory, back);
    g_assert_cmpint (scene.memory->asked_since, ==, BEGIN);
    scene.memory->stamp = BEGIN + 86400;
    mmfota_agent_policy_back (scene.settings, scene.memory, deadline - 1);
    g_assert_cmpint (scene.memory->asked_since, ==, BEGIN);

    mmfota_agent_policy_back (scene.settings, scene.memory, back);
    scene.view.now = back;
    g_assert_cmpint (scene_decide (&scene).question, ==, MMFOTA_AGENT_QUESTION_UPGRADE);
    g_assert_cmpint (scene_decide (&scene).wake, ==, back + 86400);
    /* And away again */
    scene.memory->stamp = back;
    mmfota_agent_policy_back (scene.settings, scene.memory, back + 2 * 86400);
    scene.view.now = back + 86400;
    g_assert_cmpint (scene_decide (&scene).question, ==, MMFOTA_AGENT_QUESTION_NONE);
    scene_clear (&scene);
}

/* Without a clock nobody is asked and nothing is upgraded, not even after an answer */
static void
test_clock_unset (void)
{
    Scene scene = scene_new ("upgrade=auto\nnotice=0\n");

    scene.view.now = 1000;
    decides (scene, "clock_unset", MMFOTA_AGENT_ACTION_NONE);
    scene.view.now = G_GINT64_CONSTANT (1767225600);
    decides (scene, "upgrade", MMFOTA_AGENT_ACTION_UPGRADE);
    scene_clear (&scene);
}

/* J1: who looks has not answered; "later" holds */
static void
test_look_is_no_answer (void)
{
    Scene scene = scene_new ("");

    g_assert_true (mmfota_agent_policy_answered (scene.memory, MMFOTA_AGENT_QUESTION_UPGRADE, "later", 7200, BEGIN));
    mmfota_agent_policy_nudged (scene.memory, MMFOTA_AGENT_NUDGE_PERSON);
    decides (scene, "put_off", MMFOTA_AGENT_ACTION_NONE);
    scene_clear (&scene);
}

/* J5: that the server can't be asked says nothing about what it offered before */
static void
test_checks_fail (void)
{
    MmfotaAgentOutcome outcome = { .error = FOTA ("ServerUnreachable"), .message = "why" };
    Scene              scene = scene_new ("[retry]\nquery=5min 2 tries\n");
    guint              i;

    scene.view.state = MM_TDTECH_FOTA_STATE_AVAILABLE;
    for (i = 0; i < 3; i++) {
        mmfota_agent_policy_began (scene.memory, MMFOTA_AGENT_VERB_CHECK, "t", 0);
        mmfota_agent_policy_ended (scene.settings, scene.memory, &outcome, BEGIN, 0);
    }
    g_assert_false (mmfota_agent_memory_gave_up (scene.memory, "A"));
    decides (scene, "download", MMFOTA_AGENT_ACTION_DOWNLOAD);
    scene_clear (&scene);
}

static void
test_never_by_itself (void)
{
    Scene scene = scene_new ("postpone-max=0\n");

    mmfota_agent_policy_asked (scene.memory, MMFOTA_AGENT_QUESTION_UPGRADE, BEGIN);
    scene.view.now = BEGIN + 100 * 366 * G_GINT64_CONSTANT (86400);
    g_assert_cmpint (scene_decide (&scene).question, ==, MMFOTA_AGENT_QUESTION_UPGRADE);
    g_assert_cmpint (scene_decide (&scene).default_at, ==, 0);
    g_assert_cmpint (scene_decide (&scene).wake, ==, MMFOTA_AGENT_NEVER);
    scene_clear (&scene);
}

static void
test_call (void)
{
    Scene scene = scene_new ("upgrade=auto\nnotice=0\n");

    scene.view.blockers = MM_TDTECH_FOTA_BLOCKER_CALL;
    decides (scene, "something_in_the_way", MMFOTA_AGENT_ACTION_NONE);
    scene.view.blockers = 0;
    decides (scene, "upgrade", MMFOTA_AGENT_ACTION_UPGRADE);
    scene_clear (&scene);

    scene = scene_new ("upgrade=auto\nnotice=0\nhang-up-calls=yes\n");
    scene.view.blockers = MM_TDTECH_FOTA_BLOCKER_CALL;
    decides (scene, "upgrade", MMFOTA_AGENT_ACTION_UPGRADE);
    scene_clear (&scene);
}

/* What somebody else downloaded, also under the same version, is not upgraded by the agent. */
static void
test_not_ours (void)
{
    Scene scene = scene_new ("upgrade=auto\nnotice=0\n");

    decides (scene, "upgrade", MMFOTA_AGENT_ACTION_UPGRADE);
    scene.view.held_url = "http://stranger/";
    decides (scene, "not_ours", MMFOTA_AGENT_ACTION_NONE);
    scene.view.held_url = "http://host/";
    scene.view.held = "B";
    decides (scene, "not_ours", MMFOTA_AGENT_ACTION_NONE);
    scene.view.held = NULL;
    decides (scene, "not_ours", MMFOTA_AGENT_ACTION_NONE);
    scene.view.state = MM_TDTECH_FOTA_STATE_SUSPENDED;
    scene.view.held = "B";
    decides (scene, "not_ours", MMFOTA_AGENT_ACTION_NONE);
    scene_clear (&scene);
}

static void
test_no_server (void)
{
    g_autoptr(MmfotaAgentConfig)  config = mmfota_agent_config_parse ("text", "", 0, NULL);
    g_autoptr(MmfotaAgentMemory)  memory = mmfota_agent_memory_new (IMEI);
    MmfotaAgentView               view = { .now = BEGIN, .present = TRUE, .present_for = 1000000, .state = MM_TDTECH_FOTA_STATE_IDLE };
    MmfotaAgentDecision           out;

    mmfota_agent_policy_nudged (memory, MMFOTA_AGENT_NUDGE_PERSON);
    out = mmfota_agent_policy_decide (mmfota_agent_config_peek (config, NULL), memory, &view);
    g_assert_cmpstr (out.rule, ==, "no_server");
    g_assert_cmpint (out.action, ==, MMFOTA_AGENT_ACTION_NONE);
    g_assert_cmpint (out.wake, ==, MMFOTA_AGENT_NEVER);
}

static void
test_downgrade (void)
{
    Scene scene = scene_new ("");

    scene.view.state = MM_TDTECH_FOTA_STATE_AVAILABLE;
    decides (scene, "download", MMFOTA_AGENT_ACTION_DOWNLOAD);
    scene.memory->downgrade = TRUE;
    decides (scene, "older", MMFOTA_AGENT_ACTION_NONE);
    scene_clear (&scene);
    scene = scene_new ("expect-newer=no\n");
    scene.view.state = MM_TDTECH_FOTA_STATE_AVAILABLE;
    scene.memory->downgrade = TRUE;
    decides (scene, "download", MMFOTA_AGENT_ACTION_DOWNLOAD);
    scene_clear (&scene);
}

/* A check that failed is made again, also where none is made without being asked for; with "tries" so often */
static void
test_checks_again (void)
{
    static const gchar *const intervals[] = { "0", "1d" };
    MmfotaAgentOutcome        outcome = { .error = FOTA ("ServerUnreachable"), .message = "why" };
    guint                     i;
    guint                     n;

    for (i = 0; i < G_N_ELEMENTS (intervals); i++) {
        g_autofree gchar *text = g_strdup_printf ("[check]\ninterval=%s\n[retry]\nquery=5min x2 max 6h 3 tries\n", intervals[i]);
        Scene             scene = scene_new (text);

        scene.view.state = MM_TDTECH_FOTA_STATE_IDLE;
        g_clear_pointer (&scene.memory->offered, g_free);
        decides (scene, "nothing_offered", MMFOTA_AGENT_ACTION_NONE);
        mmfota_agent_policy_nudged (scene.memory, MMFOTA_AGENT_NUDGE_TRIGGER);
        for (n = 1; n <= 3; n++) {
            decides (scene, "check", MMFOTA_AGENT_ACTION_CHECK);
            g_assert_cmpuint (scene_decide (&scene).attempt, ==, n);
            mmfota_agent_policy_began (scene.memory, MMFOTA_AGENT_VERB_CHECK, "t", 0);
            mmfota_agent_policy_ended (scene.settings, scene.memory, &outcome, scene.view.now, 12345);
            decides (scene, "nothing_offered", MMFOTA_AGENT_ACTION_NONE);
            if (n < 3) {
                g_assert_cmpint (scene_decide (&scene).wake, ==, scene.memory->query.until);
                scene.view.now = scene.memory->query.until;
            }
        }
        g_assert_cmpint (scene_decide (&scene).wake, ==, i ? scene.memory->query.until + 86400 : MMFOTA_AGENT_NEVER);
        scene_clear (&scene);
    }
}

/* J5: another configuration is a new chance, and so is another version that runs, but not the one that an
 * upgrade of the agent's own brought */
static void
test_compare (void)
{
    Scene               scene = scene_new ("");
    MmfotaAgentOutcome  outcome = { .error = FOTA ("OtherVersionInstalled"), .message = "why" };

    g_assert_false (mmfota_agent_policy_compare (scene.memory, "c1", "0"));
    g_assert_false (mmfota_agent_policy_compare (scene.memory, "c1", "0"));
    mmfota_agent_policy_began (scene.memory, MMFOTA_AGENT_VERB_UPGRADE, "t", 0);
    g_assert_false (mmfota_agent_policy_compare (scene.memory, "c1", "X"));
    mmfota_agent_policy_ended (scene.settings, scene.memory, &outcome, BEGIN, 0);
    g_assert_false (mmfota_agent_policy_compare (scene.memory, "c1", "X"));
    g_assert_true (mmfota_agent_memory_gave_up (scene.memory, "A"));
    g_assert_cmpstr (scene.memory->given_up_reason, ==, "why");
    g_assert_cmpstr (scene.memory->given_up_error, ==, FOTA ("OtherVersionInstalled"));
    g_assert_true (mmfota_agent_policy_compare (scene.memory, "c2", "X"));
    g_assert_false (mmfota_agent_memory_gave_up (scene.memory, "A"));
    g_assert_null (scene.memory->given_up_reason);
    g_assert_null (scene.memory->given_up_error);
    scene_clear (&scene);
}

/* In English for everybody, and by a name for those who translate: of the reason, or of the error that ended the last attempt.
 * A memory that was written before there were names has none. */
static void
test_reason_of_given_up (void)
{
    static const struct {
        const gchar *reason;
        const gchar *error;
        const gchar *text;
        const gchar *name;
    } rows[] = {
        { "told", FOTA ("VersionUnchanged"), "told",                    FOTA ("VersionUnchanged") },
        { "told", NULL,                      "told",                    "given-up"                },
        { NULL,   NULL,                      "this version has failed", "given-up"                },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (rows); i++) {
        Scene               scene = scene_new ("");
        MmfotaAgentDecision out;

        mmfota_agent_memory_list (scene.memory->given_up, scene.memory->offered);
        scene.memory->given_up_reason = g_strdup (rows[i].reason);
        scene.memory->given_up_error = g_strdup (rows[i].error);
        scene.view.state = MM_TDTECH_FOTA_STATE_IDLE;
        scene.view.held = scene.view.held_url = NULL;
        out = scene_decide (&scene);
        g_assert_cmpstr (out.rule, ==, "given_up");
        g_assert_cmpstr (out.reason, ==, rows[i].text);
        g_assert_cmpstr (out.reason_name, ==, rows[i].name);
        scene_clear (&scene);
    }
}

/* Of two modules of one IMEI none is touched, whether one is followed or not; what was begun is followed to its end. */
static void
test_ambiguous (void)
{
    Scene scene = scene_new ("upgrade=auto\nnotice=0\n");

    decides (scene, "upgrade", MMFOTA_AGENT_ACTION_UPGRADE);
    scene.view.ambiguous = TRUE;
    decides (scene, "ambiguous", MMFOTA_AGENT_ACTION_NONE);
    scene.view.present = FALSE;
    decides (scene, "ambiguous", MMFOTA_AGENT_ACTION_NONE);
    mmfota_agent_policy_nudged (scene.memory, MMFOTA_AGENT_NUDGE_PERSON);
    decides (scene, "ambiguous", MMFOTA_AGENT_ACTION_NONE);
    mmfota_agent_policy_began (scene.memory, MMFOTA_AGENT_VERB_UPGRADE, "t", 0);
    decides (scene, "away", MMFOTA_AGENT_ACTION_NONE);
    scene.view.present = TRUE;
    decides (scene, "under_way", MMFOTA_AGENT_ACTION_NONE);
    scene_clear (&scene);
}

/* J5: offers in turn. Each has its own tries, whatever came between. */
static void
test_offers_in_turn (void)
{
    static const gchar *const  order[] = { "A", "B", "A" };
    MmfotaAgentOutcome         failure = { .error = FOTA ("ServerUnreachable"), .message = "why" };
    Scene                      scene = scene_new ("");
    guint                      i;

    for (i = 0; i < G_N_ELEMENTS (order); i++) {
        MmfotaAgentOutcome found = { .succeeded = TRUE, .version = order[i] };

        g_assert_false (mmfota_agent_memory_gave_up (scene.memory, "A"));
        mmfota_agent_policy_began (scene.memory, MMFOTA_AGENT_VERB_CHECK, "t", 0);
        mmfota_agent_policy_ended (scene.settings, scene.memory, &found, BEGIN, 0);
        mmfota_agent_policy_began (scene.memory, MMFOTA_AGENT_VERB_UPGRADE, "t", 0);
        mmfota_agent_policy_ended (scene.settings, scene.memory, &failure, BEGIN, 0);
    }
    g_assert_true (mmfota_agent_memory_gave_up (scene.memory, "A"));
    g_assert_false (mmfota_agent_memory_gave_up (scene.memory, "B"));
    g_assert_cmpuint (mmfota_agent_memory_get_failures (scene.memory, "B"), ==, 1);
    scene_clear (&scene);
}

int
main (int    argc,
      char **argv)
{
    g_test_init (&argc, &argv, NULL);

    g_test_add_func ("/agent/policy/explore/ask", test_ask);
    g_test_add_func ("/agent/policy/explore/auto", test_auto);
    g_test_add_func ("/agent/policy/explore/ask-to-download", test_ask_to_download);
    g_test_add_func ("/agent/policy/postponed", test_postponed);
    g_test_add_func ("/agent/policy/away", test_away);
    g_test_add_func ("/agent/policy/clock-unset", test_clock_unset);
    g_test_add_func ("/agent/policy/look-is-no-answer", test_look_is_no_answer);
    g_test_add_func ("/agent/policy/checks-fail", test_checks_fail);
    g_test_add_func ("/agent/policy/never-by-itself", test_never_by_itself);
    g_test_add_func ("/agent/policy/call", test_call);
    g_test_add_func ("/agent/policy/not-ours", test_not_ours);
    g_test_add_func ("/agent/policy/no-server", test_no_server);
    g_test_add_func ("/agent/policy/downgrade", test_downgrade);
    g_test_add_func ("/agent/policy/checks-again", test_checks_again);
    g_test_add_func ("/agent/policy/compare", test_compare);
    g_test_add_func ("/agent/policy/reason-of-given-up", test_reason_of_given_up);
    g_test_add_func ("/agent/policy/ambiguous", test_ambiguous);
    g_test_add_func ("/agent/policy/offers-in-turn", test_offers_in_turn);

    return g_test_run ();
}

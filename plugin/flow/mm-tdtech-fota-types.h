/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * What the flow of a firmware update is made of: phases, effects, inputs, outputs, and the machine
 * itself. Pure.
 */

#ifndef MM_TDTECH_FOTA_TYPES_H
#define MM_TDTECH_FOTA_TYPES_H

#include <glib.h>

#include "mm-tdtech-at.h"
#include "mm-tdtech-fota-enums.h"
#include "mm-tdtech-fota-error.h"
#include "mm-tdtech-fota-transaction.h"

/* On entry each phase requests one effect, or waits */
typedef enum {
    MM_TDTECH_FOTA_PHASE_START,             /* nothing is known of the module yet */
    MM_TDTECH_FOTA_PHASE_ADOPT_STATE,
    MM_TDTECH_FOTA_PHASE_ADOPT_VERSION,
    MM_TDTECH_FOTA_PHASE_REST,              /* nothing runs; the module's state says what can */
    MM_TDTECH_FOTA_PHASE_REST_VERSION,      /* as REST, while the version is read again */
    /* Before a query */
    MM_TDTECH_FOTA_PHASE_REGISTRATION,
    MM_TDTECH_FOTA_PHASE_VERSION,
    MM_TDTECH_FOTA_PHASE_STATE,
    MM_TDTECH_FOTA_PHASE_CLEAR,
    MM_TDTECH_FOTA_PHASE_CLEARED,
    MM_TDTECH_FOTA_PHASE_MODE,
    MM_TDTECH_FOTA_PHASE_TLS,
    /* Query and download */
    MM_TDTECH_FOTA_PHASE_QUERY,
    MM_TDTECH_FOTA_PHASE_QUERY_UNSURE,
    MM_TDTECH_FOTA_PHASE_CHECKING,
    MM_TDTECH_FOTA_PHASE_CHECKING_POLL,
    MM_TDTECH_FOTA_PHASE_DOWNLOADING,
    MM_TDTECH_FOTA_PHASE_DOWNLOADING_PROGRESS,
    MM_TDTECH_FOTA_PHASE_DOWNLOADING_POLL,
    MM_TDTECH_FOTA_PHASE_STOP,
    MM_TDTECH_FOTA_PHASE_STOPPED,
    MM_TDTECH_FOTA_PHASE_ENDING,            /* the module would not stop: until it ends by itself */
    MM_TDTECH_FOTA_PHASE_ENDING_POLL,
    /* Upgrade */
    MM_TDTECH_FOTA_PHASE_READ_OLD_VERSION,
    MM_TDTECH_FOTA_PHASE_DELAY,
    MM_TDTECH_FOTA_PHASE_CONDITIONS,
    MM_TDTECH_FOTA_PHASE_HANG_UP,
    MM_TDTECH_FOTA_PHASE_BLOCKED,
    MM_TDTECH_FOTA_PHASE_PAUSE,
    MM_TDTECH_FOTA_PHASE_RECHECK,
    MM_TDTECH_FOTA_PHASE_UNPAUSE,
    MM_TDTECH_FOTA_PHASE_CONFIRM,
    MM_TDTECH_FOTA_PHASE_FLASH,
    MM_TDTECH_FOTA_PHASE_FLASH_ACCEPTED,    /* ^FWUP was sent: until the module says 50 */
    MM_TDTECH_FOTA_PHASE_FLASH_ACCEPTED_POLL,
    MM_TDTECH_FOTA_PHASE_REFUSED,
    MM_TDTECH_FOTA_PHASE_UPGRADING,         /* the module works alone */
    MM_TDTECH_FOTA_PHASE_UPGRADING_POLL,
    MM_TDTECH_FOTA_PHASE_VERIFY,
    MM_TDTECH_FOTA_PHASE_VERIFY_LATER,
    MM_TDTECH_FOTA_PHASE_VERIFY_STATE,
    MM_TDTECH_FOTA_PHASE_RESTORE,
    MM_TDTECH_FOTA_PHASE_LAST
} MMTdtechFotaPhase;

/* The table has masks with a bit for each */
G_STATIC_ASSERT (MM_TDTECH_FOTA_PHASE_LAST < 64);

/* Effects that the machine requests */
typedef enum {
    MM_TDTECH_FOTA_EFFECT_NONE,
    MM_TDTECH_FOTA_EFFECT_READ_STATE,        /* ^FOTASTATE?           → STATE_READ */
    MM_TDTECH_FOTA_EFFECT_READ_VERSION,      /* ^VERSION?, +CGMR      → DONE (version) */
    MM_TDTECH_FOTA_EFFECT_READ_REGISTRATION, /* +COPS?, +CEREG?, …    → DONE (blockers) */
    MM_TDTECH_FOTA_EFFECT_READ_CONDITIONS,   /* +CEREG?, …, +CLCC     → DONE (blockers) */
    MM_TDTECH_FOTA_EFFECT_READ_USE,          /* +CLCC, ^NDISSTATQRY?  → DONE (blockers) */
    MM_TDTECH_FOTA_EFFECT_SET_MODE,          /* ^FOTAMODE             → DONE */
    MM_TDTECH_FOTA_EFFECT_SET_TLS,           /* ^SSLMNG, ^SSLCFG      → DONE */
    MM_TDTECH_FOTA_EFFECT_QUERY,             /* ^FOTAOEMDL            → DONE */
    MM_TDTECH_FOTA_EFFECT_DOWNLOAD,          /* ^FOTADL=1             → DONE */
    MM_TDTECH_FOTA_EFFECT_STOP,              /* ^FOTADL=0             → DONE */
    MM_TDTECH_FOTA_EFFECT_READ_PROGRESS,     /* ^FOTADLQ              → DONE (ask_state) */
    MM_TDTECH_FOTA_EFFECT_HANG_UP,           /* +CHUP                 → DONE */
    MM_TDTECH_FOTA_EFFECT_PAUSE_DATA,        /* hold, auto-dial off, bearers down and seen down → DONE (blockers) */
    MM_TDTECH_FOTA_EFFECT_RESTORE_DATA,      /* restore, release      → DONE */
    MM_TDTECH_FOTA_EFFECT_FLASH,             /* ^FWUP                 → DONE */
    MM_TDTECH_FOTA_EFFECT_LAST
} MMTdtechFotaEffect;

typedef enum {
    MM_TDTECH_FOTA_INPUT_START,       /* the module is there */
    MM_TDTECH_FOTA_INPUT_VERB,
    MM_TDTECH_FOTA_INPUT_CANCEL,
    MM_TDTECH_FOTA_INPUT_STATE_READ,  /* the answer to READ_STATE */
    MM_TDTECH_FOTA_INPUT_STATE_LINE,  /* a ^FOTASTATE line that came by itself */
    MM_TDTECH_FOTA_INPUT_DONE,        /* what was asked for was done */
    /* …was answered with an error, or with what can't be read; of ^FWUP: with an error only,
     * as the machine takes that for a refusal */
    MM_TDTECH_FOTA_INPUT_FAILED,
    MM_TDTECH_FOTA_INPUT_SILENT,      /* …was not answered; of ^FWUP: or with what can't be read */
    MM_TDTECH_FOTA_INPUT_TIMER,       /* the phase's timer */
    MM_TDTECH_FOTA_INPUT_DEADLINE,    /* the time to wait for the conditions is over */
    MM_TDTECH_FOTA_INPUT_SIGNAL,      /* a condition may have changed: call, bearer, registration */
    MM_TDTECH_FOTA_INPUT_LAST
} MMTdtechFotaInputKind;

G_STATIC_ASSERT (MM_TDTECH_FOTA_INPUT_LAST <= 32);

typedef struct {
    MMTdtechFotaInputKind          kind;
    /* VERB */
    MMTdtechFotaVerb               verb;
    const MMTdtechFotaFlowOptions *options;
    /* STATE_READ, STATE_LINE */
    const MMTdtechFotastate       *state;
    /* DONE */
    guint                          blockers;
    const MMTdtechVersion         *version;
    const gchar                   *revision;
    gboolean                       ask_state;   /* progress alone does not tell how the download stands */
    /* FAILED: there is no point in trying again */
    gboolean                       fatal;
    /* FAILED: the module's own words, or NULL */
    const gchar                   *words;
} MMTdtechFotaInput;

/* Timers of the phases; the runner knows the seconds of PROGRESS alone */
#define MM_TDTECH_FOTA_TIMER_NONE     0
#define MM_TDTECH_FOTA_TIMER_PROGRESS (-1)

#define MM_TDTECH_FOTA_OUTPUT_EVENTS_MAX 4

typedef struct {
    /* What to do next; if not NONE its outcome must come back as an input */
    MMTdtechFotaEffect effect;
    /* Whether the phase was entered (again): the timer of the last one is void */
    gboolean           entered;
    gint               timer;             /* seconds, or one of the above */
    guint              start_deadline;    /* seconds; 0: leave it as it is */
    gboolean           since_flash;       /* they count from when ^FWUP was accepted */
    gboolean           stop_deadline;
    /* Answers to the callers */
    gboolean           answer_verb;
    MMTdtechFotaError  verb_error;        /* NONE: accepted */
    gboolean           answer_cancel;
    MMTdtechFotaError  cancel_error;
    /* A new transaction begins that nobody asked for (the module upgrades by itself) */
    gboolean           adopt;
    /* The download begins or goes on: progress starts */
    gboolean           progress_start;
    gboolean           progress_complete;
    gboolean           progress_reset;
    /* ^FWUP was accepted, as far as can be told */
    gboolean           flashed;
    /* The transaction is over; see result in the machine */
    gboolean           finished;
    /* What the module held was discarded, with no transaction; see result, too */
    gboolean           discarded;
    /* The result now has the old version */
    gboolean           result_from;
    guint              n_events;
    MMTdtechFotaEvent  events[MM_TDTECH_FOTA_OUTPUT_EVENTS_MAX];
} MMTdtechFotaOutput;

typedef enum {
    MM_TDTECH_FOTA_STOP_RESULT,    /* the result is known */
    MM_TDTECH_FOTA_STOP_CANCEL,    /* a caller wants it */
    MM_TDTECH_FOTA_STOP_DISCARD,   /* no transaction: what the module holds is dropped */
    MM_TDTECH_FOTA_STOP_REQUERY,   /* to ask the server once more */
} MMTdtechFotaStopReason;

/* What an error is about, where it may be one of several things */
typedef enum {
    MM_TDTECH_FOTA_CAUSE_NONE,
    MM_TDTECH_FOTA_CAUSE_VERSION,        /* FAILED: ^VERSION? gave none */
    MM_TDTECH_FOTA_CAUSE_BEFORE,         /* FAILED: nobody knows what ran before the upgrade */
    MM_TDTECH_FOTA_CAUSE_RECORD,         /* FAILED: the record can't be written */
    MM_TDTECH_FOTA_CAUSE_NOT_EXPECTED,   /* OTHER_VERSION_OFFERED: than expect-version */
    MM_TDTECH_FOTA_CAUSE_NOT_SUSPENDED,  /* OTHER_VERSION_OFFERED: than the suspended download's */
    MM_TDTECH_FOTA_CAUSE_OLDER,          /* OTHER_VERSION_OFFERED: than what runs */
    MM_TDTECH_FOTA_CAUSE_UNKNOWN_AGE,    /* OTHER_VERSION_OFFERED: it may be older than what runs */
} MMTdtechFotaCause;

/* The machine itself. Read it freely, change it through the functions below alone. */
typedef struct {
    MMTdtechFotaPhase       phase;
    MMTdtechFotaTransaction kept;
    gboolean                accepted;         /* the verb was answered */
    MMTdtechFotaStage       restored_stage;   /* from a record; NONE once it was processed */

    /* The module, as last seen */
    gint                    module_state;
    guint                   module_code;
    gchar                  *version;
    gchar                  *build_time;
    gchar                  *revision;

    /* Of the last error: what it is about, and the version or the module's own words for the
     * message */
    MMTdtechFotaCause       cause;
    gchar                  *detail;

    guint                   blockers;
    gboolean                from_is_missing;  /* the last result lacks the old version: set it when it is read */
    gboolean                cancelling;
    gboolean                time_over;
    gboolean                checked_only;     /* the last query was a Check */
    gboolean                requeried;        /* the offer was missed: asked again, without automatic download */
    gboolean                pushed;           /* ^FOTADL=1 was sent since the download did not start by itself */
    gboolean                seen_query;       /* the module was seen in 11 since ^FOTAOEMDL */
    gboolean                upgrade_begun;    /* a failure is the upgrade's, no longer the download's */
    gboolean                flash_accepted;   /* ^FWUP was sent and accepted */
    gboolean                line_seen;        /* a state line came since ^FOTAOEMDL was sent */
    gboolean                offer_told;
    gboolean                package_lost;     /* while an upgrade waits it was replaced, and its version was not heard */
    MMTdtechFotaStopReason  stop_reason;
    guint                   polls;
    guint                   stops;
    guint                   hang_ups;
    guint                   readings;         /* versions read without a verdict */
    gboolean                read_twice;       /* the last reading was the same as the one before */

    MMTdtechFotaResult      result;           /* of the last transaction */
} MMTdtechFotaMachine;

#endif /* MM_TDTECH_FOTA_TYPES_H */

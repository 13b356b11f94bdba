/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_AGENT_POLICY_H
#define MMFOTA_AGENT_POLICY_H

#include "mmfota-agent-memory.h"
#include "mmfota-agent-settings.h"
#include "mmfota-agent-window.h"
#include "mmfota-reason.h"

/*
 * What to do next with one module, and when to look again: a table of rules, of which the first
 * that applies decides. Pure: configuration, memory, view and time go in. The functions below
 * record in the memory what comes of it.
 */

/* What an engine wants: a version from a folder. Whether and when is for the policy to decide. */
typedef struct {
    const gchar *id;            /* of the engine's action */
    const gchar *url;
    const gchar *version;
    gboolean     hold_download; /* not yet, or no longer */
    gboolean     hold_upgrade;
    gboolean     download_only; /* download only; kept for a later action */
    gboolean     window;        /* the upgrade waits for the engine's window */
    gboolean     forced;        /* the notice is short (J4) */
    gboolean     confirm;       /* not before somebody has confirmed it */
} MmfotaAgentAssignment;

/* The policy's view of the module */
typedef struct {
    gint64       now;
    gint64       present_for;  /* seconds, suspend included */
    guint32      offset;       /* of mmfota_agent_schedule_offset () */
    gint64       paused_until; /* 0: not paused */
    gboolean     present;
    gboolean     ambiguous;    /* more than one module has the IMEI */
    gboolean     transaction;  /* the plugin has a transaction, whoever began it */
    guint        state;        /* MMTdtechFotaState */
    guint        blockers;     /* MMTdtechFotaBlocker */
    const gchar *version;      /* the running version */
    const gchar *held;         /* version and url of the property Update; may be NULL */
    const gchar *held_url;
    const MmfotaAgentAssignment *assignment; /* NULL: none */
} MmfotaAgentView;

typedef enum {
    MMFOTA_AGENT_ACTION_NONE,
    MMFOTA_AGENT_ACTION_CHECK,
    MMFOTA_AGENT_ACTION_DOWNLOAD,
    MMFOTA_AGENT_ACTION_RESUME,
    MMFOTA_AGENT_ACTION_UPGRADE,
    MMFOTA_AGENT_ACTION_DISCARD,
    MMFOTA_AGENT_ACTION_NOTICE, /* begin a notice: mmfota_agent_policy_notice () */
    MMFOTA_AGENT_ACTION_LAST
} MmfotaAgentAction;

/* As on the bus */
typedef enum {
    MMFOTA_AGENT_ACTIVITY_IDLE,
    MMFOTA_AGENT_ACTIVITY_WAITING,
    MMFOTA_AGENT_ACTIVITY_CHECKING,
    MMFOTA_AGENT_ACTIVITY_DOWNLOADING,
    MMFOTA_AGENT_ACTIVITY_ASKING,
    MMFOTA_AGENT_ACTIVITY_NOTICING,
    MMFOTA_AGENT_ACTIVITY_UPGRADING,
    MMFOTA_AGENT_ACTIVITY_GIVEN_UP,
    MMFOTA_AGENT_ACTIVITY_LAST
} MmfotaAgentActivity;

typedef enum {
    MMFOTA_AGENT_QUESTION_NONE,
    MMFOTA_AGENT_QUESTION_DOWNLOAD,
    MMFOTA_AGENT_QUESTION_UPGRADE,
    MMFOTA_AGENT_QUESTION_NOTICE,
    MMFOTA_AGENT_QUESTION_LAST
} MmfotaAgentQuestionKind;

typedef struct {
    const gchar             *rule;
    MmfotaAgentAction        action;
    MmfotaAgentActivity      activity;
    const gchar             *reason;      /* in English */
    const gchar             *reason_name; /* of MmfotaReason, or of the error that ended the last attempt */
    MmfotaAgentQuestionKind  question;   /* the question to be open, and no other */
    gint64                   default_at; /* of the question; or the time at which the announced upgrade begins. 0: never */
    gint64                   wake;       /* when to look again, unless something changes earlier */
    guint32                  wait;       /* of an upgrade: how long it may wait for its conditions, in seconds */
    guint32                  attempt;
    gboolean                 blocked;    /* something temporary is in the way of an upgrade */
    gboolean                 confirmed;  /* the answer that an engine waits for was given */
} MmfotaAgentDecision;

/* How a verb ended */
typedef struct {
    gboolean     succeeded;
    gboolean     nothing_newer;
    const gchar *error;       /* a D-Bus error name, if neither */
    const gchar *message;
    guint        code;        /* module-code */
    const gchar *version;     /* found, downloaded */
    const gchar *description;
    guint64      size;
    gboolean     downgrade;
    const gchar *url;
    guint64      received;
} MmfotaAgentOutcome;

MmfotaAgentDecision mmfota_agent_policy_decide   (const MmfotaAgentSettings *settings,
                                                  const MmfotaAgentMemory   *memory,
                                                  const MmfotaAgentView     *view);

const gchar        *mmfota_agent_activity_name   (MmfotaAgentActivity        activity);
void                mmfota_agent_decision_set_reason (MmfotaAgentDecision    *self,
                                                      MmfotaReason            reason);

/* How long an upgrade that is sent at @now may wait for its conditions, in seconds; 0 if it must
 * not begin then. */
guint32             mmfota_agent_policy_upgrade_wait (const MmfotaAgentSettings *settings,
                                                      gint64                     now);

/* A verb is about to be sent. @transaction: its id; @last_event: the newest event of the
 * journal. */
void                mmfota_agent_policy_began    (MmfotaAgentMemory         *memory,
                                                  MmfotaAgentVerb            verb,
                                                  const gchar               *transaction,
                                                  guint64                    last_event);
/* The verb ended, or was refused. */
void                mmfota_agent_policy_ended    (const MmfotaAgentSettings *settings,
                                                  MmfotaAgentMemory         *memory,
                                                  const MmfotaAgentOutcome  *outcome,
                                                  gint64                     now,
                                                  guint32                    random);
void                mmfota_agent_policy_discarded (const MmfotaAgentSettings *settings,
                                                   MmfotaAgentMemory         *memory,
                                                   gboolean                   succeeded,
                                                   gint64                     now,
                                                   guint32                    random);
/* Check now. */
void                mmfota_agent_policy_nudged   (MmfotaAgentMemory         *memory,
                                                  MmfotaAgentNudge           nudge);
/* An engine's action begins, goes on, or is over (NULL). TRUE if it has changed. A new action
 * gives its version another chance. */
gboolean            mmfota_agent_policy_assigned (MmfotaAgentMemory           *memory,
                                                  const MmfotaAgentAssignment *assignment);
/* A question was opened. */
void                mmfota_agent_policy_asked    (MmfotaAgentMemory         *memory,
                                                  MmfotaAgentQuestionKind    question,
                                                  gint64                     now);
void                mmfota_agent_policy_notice   (MmfotaAgentMemory         *memory,
                                                  gint64                     at);
/* @decision: the last one; a notice that is no longer open does not count as given. */
void                mmfota_agent_policy_withdraw (MmfotaAgentMemory         *memory,
                                                  const MmfotaAgentDecision *decision,
                                                  gint64                     now);
/* Before the first look: deadlines that passed while the agent was not running are extended by a
 * day. */
void                mmfota_agent_policy_back     (const MmfotaAgentSettings *settings,
                                                  MmfotaAgentMemory         *memory,
                                                  gint64                     now);
/* @choice: now, later, skip or cancel; FALSE if the question does not have it. */
gboolean            mmfota_agent_policy_answered (MmfotaAgentMemory         *memory,
                                                  MmfotaAgentQuestionKind    question,
                                                  const gchar               *choice,
                                                  guint32                    seconds,
                                                  gint64                     now);
/* The obstacle is gone: no need to wait for long. */
void                mmfota_agent_policy_cleared  (MmfotaAgentMemory         *memory,
                                                  gint64                     now,
                                                  guint32                    random);
/* Compares version and configuration with the last ones; TRUE if either has changed. */
gboolean            mmfota_agent_policy_compare  (MmfotaAgentMemory         *memory,
                                                  const gchar               *config,
                                                  const gchar               *version);

#endif /* MMFOTA_AGENT_POLICY_H */

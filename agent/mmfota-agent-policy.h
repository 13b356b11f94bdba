/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_AGENT_POLICY_H
#define MMFOTA_AGENT_POLICY_H

#include "mmfota-agent-config.h"
#include "mmfota-agent-memory.h"

/*
 * What to do next with one module, and when to look again: a table of rules, of
 * which the first that holds decides. Pure: configuration, memory, what is seen and
 * the time go in. What comes of it is told to the memory by the functions below.
 */

/* What an engine wants: a version that is in a folder. Whether and when is the policy's to decide. */
typedef struct {
    const gchar *id;            /* of the engine's action */
    const gchar *url;
    const gchar *version;
    gboolean     hold_download; /* not yet, or not any more */
    gboolean     hold_upgrade;
    gboolean     download_only; /* and kept for a later action */
    gboolean     window;        /* the upgrade waits for the engine's window */
    gboolean     forced;        /* the notice is short (J4) */
    gboolean     confirm;       /* nothing before somebody has said yes */
} MmfotaAgentAssignment;

/* What is seen of the module */
typedef struct {
    gint64       now;
    gint64       present_for;  /* seconds, suspend included */
    guint32      offset;       /* of mmfota_agent_schedule_offset () */
    gint64       paused_until; /* 0: not */
    gboolean     present;
    gboolean     ambiguous;    /* more than one module has the IMEI */
    gboolean     transaction;  /* the plugin has one, whosever it is */
    guint        state;        /* MMTdtechFotaState */
    guint        blockers;     /* MMTdtechFotaBlocker */
    const gchar *version;      /* that runs */
    const gchar *held;         /* Update's version and url, may be NULL */
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
    MMFOTA_AGENT_ACTION_NOTICE, /* begin one: mmfota_agent_policy_notice () */
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
    const gchar             *reason;
    MmfotaAgentQuestionKind  question;   /* is to be open, and no other */
    gint64                   default_at; /* of the question; or when the upgrade of a notice begins. 0: never */
    gint64                   wake;       /* look again then, or when something changes */
    guint32                  wait;       /* of an upgrade: how long it may wait for its conditions, seconds */
    guint32                  attempt;
    gboolean                 blocked;    /* something is in the way of an upgrade, for a while */
    gboolean                 confirmed;  /* what an engine waits for was said */
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

/* For how long an upgrade that is sent at @now may wait for its conditions, seconds: 0 if
 * it must not begin then. */
guint32             mmfota_agent_policy_upgrade_wait (const MmfotaAgentSettings *settings,
                                                      gint64                     now);

/* A verb is going to be sent. @transaction: its id; @last_event: the journal's newest. */
void                mmfota_agent_policy_began    (MmfotaAgentMemory         *memory,
                                                  MmfotaAgentVerb            verb,
                                                  const gchar               *transaction,
                                                  guint64                    last_event);
/* It ended, or was refused. */
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
/* Look now. */
void                mmfota_agent_policy_nudged   (MmfotaAgentMemory         *memory,
                                                  MmfotaAgentNudge           nudge);
/* An engine's action begins, goes on or is over (NULL). TRUE if it is another. A new one is another
 * chance for its version. */
gboolean            mmfota_agent_policy_assigned (MmfotaAgentMemory           *memory,
                                                  const MmfotaAgentAssignment *assignment);
/* A question is open for the first time. */
void                mmfota_agent_policy_asked    (MmfotaAgentMemory         *memory,
                                                  MmfotaAgentQuestionKind    question,
                                                  gint64                     now);
void                mmfota_agent_policy_notice   (MmfotaAgentMemory         *memory,
                                                  gint64                     at,
                                                  gint64                     now);
/* @decision: the last one; a notice that is not open any more was none. */
void                mmfota_agent_policy_withdraw (MmfotaAgentMemory         *memory,
                                                  const MmfotaAgentDecision *decision,
                                                  gint64                     now);
/* Before the first look: what ran out while the agent was not there, runs a day longer. */
void                mmfota_agent_policy_back     (const MmfotaAgentSettings *settings,
                                                  MmfotaAgentMemory         *memory,
                                                  gint64                     now);
/* @choice: now, later, skip or cancel; FALSE if it is none for that question. */
gboolean            mmfota_agent_policy_answered (MmfotaAgentMemory         *memory,
                                                  MmfotaAgentQuestionKind    question,
                                                  const gchar               *choice,
                                                  guint32                    seconds,
                                                  gint64                     now);
/* What stood in the way has gone: no need to wait for long. */
void                mmfota_agent_policy_cleared  (MmfotaAgentMemory         *memory,
                                                  gint64                     now,
                                                  guint32                    random);
/* The module, or the configuration, may be another than last time. TRUE if so. */
gboolean            mmfota_agent_policy_compare  (MmfotaAgentMemory         *memory,
                                                  const gchar               *config,
                                                  const gchar               *version);

#endif /* MMFOTA_AGENT_POLICY_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_AGENT_MEMORY_H
#define MMFOTA_AGENT_MEMORY_H

#include <glib.h>

/*
 * What the agent must remember of a module: a file per IMEI, which is replaced as a whole and
 * synced before the agent acts on it. Times are Unix seconds, 0: never. Strings may be NULL.
 */

/* How many versions are kept that were given up, or skipped */
#define MMFOTA_AGENT_GIVEN_UP_MAX 16

typedef enum {
    MMFOTA_AGENT_VERB_NONE,
    MMFOTA_AGENT_VERB_CHECK,
    MMFOTA_AGENT_VERB_DOWNLOAD,
    MMFOTA_AGENT_VERB_RESUME,
    MMFOTA_AGENT_VERB_UPGRADE,
    MMFOTA_AGENT_VERB_LAST
} MmfotaAgentVerb;

typedef enum {
    MMFOTA_AGENT_NUDGE_NONE,
    MMFOTA_AGENT_NUDGE_TRIGGER, /* a message, a server */
    MMFOTA_AGENT_NUDGE_PERSON,
    MMFOTA_AGENT_NUDGE_LAST
} MmfotaAgentNudge;

/* Failures in a row, and the time until which to wait after the last one */
typedef struct {
    guint32 attempts;
    gint64  until;
} MmfotaAgentRetry;

typedef struct {
    gchar            *imei;
    gchar            *config;       /* digest of the configuration */
    gchar            *version;      /* the version that ran */
    gint64            stamp;        /* when it was written */
    gint64            last_check;
    guint32           missed;       /* how often the module has appeared since a check was due */
    MmfotaAgentNudge  nudge;

    /* The verb that was sent, or was about to be */
    MmfotaAgentVerb   verb;
    gchar            *transaction;
    guint64           last_event;   /* the newest event in the journal before it */
    gchar            *sent_url;     /* the server that it names */

    /* The offer */
    gchar            *offered;
    gchar            *description;
    guint64           size;
    gboolean          downgrade;
    gint64            asked_since;  /* when somebody was first asked whether to upgrade */
    gboolean          prolonged;    /* the time to answer was extended, once */
    gint64            ask_after;    /* "later" */
    gint64            consent_download;
    gint64            consent_upgrade;

    /* An engine's action: the current one, whether its folder was checked, and those of the last
     * check and of the offer. NULL: none, it was the schedule's */
    gchar            *assigned;
    gboolean          assigned_checked;
    gchar            *check_for;
    gchar            *offered_for;
    gboolean          parked;       /* the last one was download-only */

    /* What the module has downloaded, or was told to, for the agent */
    gchar            *fetched;
    gchar            *url;          /* its server, as reported by the plugin */
    guint64           received;

    GPtrArray        *skipped;      /* versions, the oldest first */
    GPtrArray        *given_up;     /* the same */
    gchar            *given_up_reason;
    gchar            *given_up_error;
    gchar            *last_error;   /* of the last verb that failed, and its time: for people */
    gchar            *last_error_name;
    gint64            last_error_at;
    gboolean          transient;    /* the last failure may end together with its cause */
    MmfotaAgentRetry  query;
    gchar            *tried;        /* the version that the next two are about */
    MmfotaAgentRetry  download;
    MmfotaAgentRetry  upgrade;
    GPtrArray        *failures;     /* failed upgrades of other versions: their number, a blank, the version */

    /* Not stored: somebody who was told before a crash may not remember */
    gint64            notice_at;    /* when the announced upgrade begins */
} MmfotaAgentMemory;

MmfotaAgentMemory *mmfota_agent_memory_new     (const gchar              *imei);
void               mmfota_agent_memory_free    (MmfotaAgentMemory        *self);

/* Reads @folder/IMEI.state; a new memory if there is no file. A file that can't be read or
 * parsed is an error. */
MmfotaAgentMemory *mmfota_agent_memory_load    (const gchar              *folder,
                                                const gchar              *imei,
                                                GError                  **error);
/* Also sets the time stamp. */
gboolean           mmfota_agent_memory_save    (MmfotaAgentMemory        *self,
                                                const gchar              *folder,
                                                gint64                    now,
                                                GError                  **error);

/* The clock was set by that many seconds: all times keep their distance from now. */
void               mmfota_agent_memory_shift   (MmfotaAgentMemory        *self,
                                                gint64                    seconds);

gboolean           mmfota_agent_memory_gave_up (const MmfotaAgentMemory  *self,
                                                const gchar              *version);
gboolean           mmfota_agent_memory_skips   (const MmfotaAgentMemory  *self,
                                                const gchar              *version);
/* How often upgrades of this version failed before another version was offered */
void               mmfota_agent_memory_set_failures (MmfotaAgentMemory       *self,
                                                     const gchar             *version,
                                                     guint32                  n);
guint32            mmfota_agent_memory_get_failures (const MmfotaAgentMemory *self,
                                                     const gchar             *version);
/* Adds a version to one of the lists, unless it is there */
void               mmfota_agent_memory_list    (GPtrArray                *list,
                                                const gchar              *version);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmfotaAgentMemory, mmfota_agent_memory_free)

#endif /* MMFOTA_AGENT_MEMORY_H */

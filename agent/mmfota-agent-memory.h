/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_AGENT_MEMORY_H
#define MMFOTA_AGENT_MEMORY_H

#include <glib.h>

/*
 * What the agent must not forget of a module: a file per IMEI, replaced as a whole
 * and synced before anything is done that follows from it. Times are Unix seconds,
 * 0: never. Strings may be NULL.
 */

/* Versions that are given up, and skipped */
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

/* Failures in a row, and until when to wait after the last */
typedef struct {
    guint32 attempts;
    gint64  until;
} MmfotaAgentRetry;

typedef struct {
    gchar            *imei;
    gchar            *config;       /* what the configuration was: its digest */
    gchar            *version;      /* that ran */
    gint64            stamp;        /* when it was written */
    gint64            last_check;
    guint32           missed;       /* how often the module came since a check was due */
    MmfotaAgentNudge  nudge;

    /* The verb that was sent, or was about to be */
    MmfotaAgentVerb   verb;
    gchar            *transaction;
    guint64           last_event;   /* the newest in the journal before it */
    gchar            *sent_url;     /* where it was to look */

    /* The offer */
    gchar            *offered;
    gchar            *description;
    guint64           size;
    gboolean          downgrade;
    gint64            asked_since;  /* when a person was asked first whether to upgrade */
    gboolean          prolonged;    /* the time to answer, once */
    gint64            ask_after;    /* "later" */
    gint64            consent_download;
    gint64            consent_upgrade;

    /* An engine's action: the one there is, whether the folder was looked into for it, and the ones
     * that the last check and the offer are of. NULL: none, it was the schedule's */
    gchar            *assigned;
    gboolean          assigned_checked;
    gchar            *check_for;
    gchar            *offered_for;
    gboolean          parked;       /* the last one was only to download */

    /* What the module has, or was told to download, for the agent */
    gchar            *fetched;
    gchar            *url;          /* where from, as the plugin says it */
    guint64           received;

    GPtrArray        *skipped;      /* versions, the oldest first */
    GPtrArray        *given_up;     /* the same */
    gchar            *given_up_reason;
    gchar            *last_error;   /* of the last verb that failed, and when: for people */
    gchar            *last_error_name;
    gint64            last_error_at;
    gboolean          transient;    /* the last failure may end with what caused it */
    MmfotaAgentRetry  query;
    gchar            *tried;        /* the version that the next two are about */
    MmfotaAgentRetry  download;
    MmfotaAgentRetry  upgrade;
    GPtrArray        *failures;     /* of upgrades of other versions: their number, a blank, the version */

    /* Not written: who was told before a crash may not remember */
    gint64            notice_begin;
    gint64            notice_at;    /* when the upgrade begins that was told */
} MmfotaAgentMemory;

MmfotaAgentMemory *mmfota_agent_memory_new     (const gchar              *imei);
void               mmfota_agent_memory_free    (MmfotaAgentMemory        *self);

/* @folder/IMEI.state; a new one if there is none. A file that can't be read, or
 * makes no sense, is an error. */
MmfotaAgentMemory *mmfota_agent_memory_load    (const gchar              *folder,
                                                const gchar              *imei,
                                                GError                  **error);
/* Sets the stamp. */
gboolean           mmfota_agent_memory_save    (MmfotaAgentMemory        *self,
                                                const gchar              *folder,
                                                gint64                    now,
                                                GError                  **error);

/* The clock was set by so many seconds: what lies ahead or behind keeps its distance. */
void               mmfota_agent_memory_shift   (MmfotaAgentMemory        *self,
                                                gint64                    seconds);

gboolean           mmfota_agent_memory_gave_up (const MmfotaAgentMemory  *self,
                                                const gchar              *version);
gboolean           mmfota_agent_memory_skips   (const MmfotaAgentMemory  *self,
                                                const gchar              *version);
/* How often upgrades of a version have failed that another offer has come between */
void               mmfota_agent_memory_set_failures (MmfotaAgentMemory       *self,
                                                     const gchar             *version,
                                                     guint32                  n);
guint32            mmfota_agent_memory_get_failures (const MmfotaAgentMemory *self,
                                                     const gchar             *version);
/* Into one of the lists, if it is not there */
void               mmfota_agent_memory_list    (GPtrArray                *list,
                                                const gchar              *version);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmfotaAgentMemory, mmfota_agent_memory_free)

#endif /* MMFOTA_AGENT_MEMORY_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * What must survive the daemon, the module's reboots and a power cut: for each
 * module one small file that says what is under way, and its event journal.
 * Pure but for the files.
 *
 * Files are <key>.record and <key>.events, 0600 in a 0700 directory; what can't be
 * trusted is renamed to <file>.bad. No PEM file and no password is in them, with one
 * exception: the setting of ^SETAUTODIAL holds the user's APN, name and password,
 * and must be put back after a crash in the middle of an upgrade. It stands in the
 * record from the pause until data is given back.
 */

#ifndef MM_TDTECH_FOTA_RECORD_H
#define MM_TDTECH_FOTA_RECORD_H

#include <glib.h>

#include "mm-tdtech-fota-machine.h"

/* Events that are kept at least */
#define MM_TDTECH_FOTA_JOURNAL_LENGTH 256

typedef struct {
    /* The running transaction; stage NONE: none */
    MMTdtechFotaStage        stage;
    MMTdtechFotaVerb         verb;
    gchar                   *transaction;
    gint64                   started;          /* Unix time, seconds */
    MMTdtechFotaFlowOptions  options;
    MMTdtechFotaOutcome      pending_outcome;
    MMTdtechFotaError        pending_error;
    guint                    pending_code;
    gchar                   *pending_to;
    gchar                   *pending_message;
    gboolean                 download_begun;
    guint                    flashes;
    gint64                   flash_time;       /* ^FWUP was taken; Unix time, seconds; 0: it was not */

    /* Events that this record announces, to be in the journal behind a sequence
     * number: MMTdtechFotaEvent, oldest first */
    guint                    n_owed;
    guint                    owed[MM_TDTECH_FOTA_OUTPUT_EVENTS_MAX];
    guint64                  owed_after;

    /* The server of last time; what was offered and by whom, what is or was downloaded */
    gchar                   *url;
    gchar                   *offer_url;
    gchar                   *offer_version;
    guint64                  offer_size;
    gchar                   *offer_description;
    gchar                   *package_version;
    gboolean                 set_aside;        /* what the module says is not followed until it changes */

    /* What ran before the upgrade */
    gchar                   *before_version;
    gchar                   *before_build_time;
    gchar                   *before_revision;

    /* What was taken away for the upgrade and must be put back */
    gboolean                 data_paused;
    gchar                   *autodial;         /* setting of ^SETAUTODIAL, NULL: was off */
    guint                    n_sessions;       /* CIDs of the sessions that were up */
    guint                    sessions[16];

    /* The result of the last transaction; outcome NONE: there is none */
    gchar                   *result_transaction;
    MMTdtechFotaVerb         result_verb;
    MMTdtechFotaOutcome      result_outcome;
    MMTdtechFotaError        result_error;
    gchar                   *result_message;
    guint                    result_code;
    gchar                   *result_from;
    gchar                   *result_to;
    gint64                   result_started;   /* Unix time, seconds */
    gint64                   result_finished;
} MMTdtechFotaRecordData;

typedef struct _MMTdtechFotaRecord MMTdtechFotaRecord;

/* @directory: NULL for $STATE_DIRECTORY, else the one built in. @key names the
 * module (equipment identifier, else USB serial and port) and is made fit for a
 * file name. Never fails: what can't be read is set aside and logged through
 * g_message, what can't be created makes saving fail. */
MMTdtechFotaRecord     *mm_tdtech_fota_record_new  (const gchar *directory,
                                                    const gchar *key);
void                    mm_tdtech_fota_record_free (MMTdtechFotaRecord *self);

/* Whether there is a file of it */
gboolean                mm_tdtech_fota_record_exists (const gchar *directory,
                                                      const gchar *key);

/* The data, to be read and changed freely; nothing is kept until it is saved */
MMTdtechFotaRecordData *mm_tdtech_fota_record_peek (MMTdtechFotaRecord *self);
/* Written whole to a new file, fsynced, renamed, directory fsynced. Does nothing
 * if nothing has changed since the last time. */
gboolean                mm_tdtech_fota_record_save (MMTdtechFotaRecord  *self,
                                                    GError             **error);

/* Appends and fsyncs. Returns the sequence number, which is used up even if the
 * file can't be written; numbers grow, after a restart with a gap.
 * @details: a{sv} of basic types and string arrays, or NULL; long strings are cut,
 * anything else is left out, floating references are taken. */
guint64   mm_tdtech_fota_record_append_event   (MMTdtechFotaRecord *self,
                                                MMTdtechFotaEvent   kind,
                                                gint64              time,
                                                GVariant           *details);
/* The newest one; 0 if there has been none */
guint64   mm_tdtech_fota_record_get_last_event (MMTdtechFotaRecord *self);
/* Which journal the sequence numbers count in, 16 hexadecimal digits: made once and kept in the
 * record; another one when there is no record to go on with, since numbers may come again then */
const gchar *mm_tdtech_fota_record_get_journal_id (MMTdtechFotaRecord *self);
/* aa{sv}: sequence (t), kind (u), time (t) and the details; floating */
GVariant *mm_tdtech_fota_record_list_events    (MMTdtechFotaRecord *self,
                                                guint64             after);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MMTdtechFotaRecord, mm_tdtech_fota_record_free)

#endif /* MM_TDTECH_FOTA_RECORD_H */

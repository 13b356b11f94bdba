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
 * and must be restored after a crash in the middle of an upgrade. It stands in the
 * record from the pause until data is restored.
 */

#ifndef MM_TDTECH_FOTA_RECORD_H
#define MM_TDTECH_FOTA_RECORD_H

#include <glib.h>

#include "mm-tdtech-fota-machine.h"

/* Events that are kept at least */
#define MM_TDTECH_FOTA_JOURNAL_LENGTH 256

typedef struct {
    /* What the machine keeps, and how far the transaction is; stage NONE: there is none */
    MMTdtechFotaTransaction  kept;
    MMTdtechFotaStage        stage;

    /* The module's USB device, as ModemManager names it: of two modules with one identifier it tells
     * whose record this is. NULL: not known */
    gchar                   *device;

    /* Of the running transaction, besides */
    gchar                   *transaction;      /* its id */
    gint64                   started;          /* Unix time, seconds */
    gchar                   *pending_message;
    gint64                   flash_time;       /* ^FWUP was accepted; Unix time, seconds; 0: it was not */

    /* Events that this record announces, to be in the journal behind a sequence
     * number: MMTdtechFotaEvent, oldest first */
    guint                    n_unsent_events;
    guint                    unsent_events[MM_TDTECH_FOTA_OUTPUT_EVENTS_MAX];
    guint64                  unsent_after;

    /* URLs, NULL: none. Of the server in use; of the one that made the offer; of the one that a
     * verb named, until the module has taken up the query */
    gchar                   *url;
    gchar                   *offer_url;
    gchar                   *asked_url;

    /* What was taken away for the upgrade and must be restored */
    gchar                   *autodial;         /* setting of ^SETAUTODIAL, NULL: was off */
    guint                    n_sessions;       /* CIDs of the sessions that were up */
    guint                    sessions[16];

    /* The last transaction; outcome NONE: there was none */
    MMTdtechFotaResult       result;
    gchar                   *result_transaction;
    gchar                   *result_message;
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

/* Whether its file exists */
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
 * record; another one when there is no record to go on with, or when it can't be written that
 * numbers were used, since they may come again then. Valid until the next event. */
const gchar *mm_tdtech_fota_record_get_journal_id (MMTdtechFotaRecord *self);
/* aa{sv}: sequence (t), kind (u), time (t) and the details; floating */
GVariant *mm_tdtech_fota_record_list_events    (MMTdtechFotaRecord *self,
                                                guint64             after);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MMTdtechFotaRecord, mm_tdtech_fota_record_free)

#endif /* MM_TDTECH_FOTA_RECORD_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <ModemManager.h>
#define _LIBMM_INSIDE_MM
#include <libmm-glib.h>

#include "mm-log-object.h"
#include "mm-tdtech-fota-private.h"
#include "mm-tdtech-inhibitor.h"

void
mm_tdtech_fota_replace_string (gchar       **to,
                               const gchar  *from)
{
    gchar *copy = g_strdup (from);

    g_free (*to);
    *to = copy;
}

/* Seconds. What could not be saved is saved later: a daemon that begins after a crash must not go
 * on with an upgrade that was cancelled meanwhile. */
#define SAVE_AGAIN_INTERVAL 60

static gboolean
save_again (MMTdtechFota *self)
{
    mm_tdtech_fota_persistence_save (self);
    return G_SOURCE_REMOVE;
}

/* Before the query the caller's server has not been asked */
static const gchar *
get_server (const MMTdtechFotaRecordData *data)
{
    return data->asked_url && data->stage != MM_TDTECH_FOTA_STAGE_NONE ? data->asked_url : data->url;
}

gboolean
mm_tdtech_fota_persistence_save (MMTdtechFota *self)
{
    const MMTdtechFotaMachine *m = self->machine;
    MMTdtechFotaRecordData    *data = mm_tdtech_fota_record_peek (self->record);
    g_autoptr(GError)          error = NULL;

    data->stage = mm_tdtech_fota_machine_get_stage (m);
    /* A query discards the earlier offer; the next one comes from this server */
    if (g_strcmp0 (data->kept.offer_version, m->kept.offer_version) != 0)
        mm_tdtech_fota_replace_string (&data->offer_url, m->kept.offer_version ? get_server (data) : NULL);
    mm_tdtech_fota_transaction_copy (&data->kept, &m->kept);

    g_clear_handle_id (&self->save_again, g_source_remove);
    if (mm_tdtech_fota_record_save (self->record, &error))
        return TRUE;
    mm_obj_warn (self->modem, "couldn't save the record of the firmware update: %s", error->message);
    self->save_again = g_timeout_add_seconds (SAVE_AGAIN_INTERVAL, (GSourceFunc) save_again, self);
    return FALSE;
}

/*****************************************************************************/
/* The running transaction */

/* At rest there is no transaction */
void
mm_tdtech_fota_persistence_forget_transaction (MMTdtechFota *self)
{
    MMTdtechFotaRecordData *data = mm_tdtech_fota_record_peek (self->record);

    g_clear_pointer (&data->transaction, g_free);
    g_clear_pointer (&data->asked_url, g_free);
    data->started = 0;
    data->flash_time = 0;
    g_clear_pointer (&self->options, mm_tdtech_fota_options_free);
    self->restarted_since_flash = FALSE;
}

void
mm_tdtech_fota_persistence_begin_transaction (MMTdtechFota *self,
                                              const gchar  *transaction)
{
    MMTdtechFotaRecordData *data = mm_tdtech_fota_record_peek (self->record);

    data->transaction = transaction ? g_strdup (transaction) : mm_tdtech_fota_options_new_transaction ();
    data->started = mm_tdtech_fota_now ();
    /* Sessions that an earlier transaction could not restore do not belong to this one */
    data->n_sessions = 0;
}

/* A verb that is refused, or whose modem goes before it is answered, does not change the known
 * server. In the second case the module may have received the new URL all the same: once it
 * shows that it queries that server, that one becomes the known one. */
void
mm_tdtech_fota_persistence_settle_server (MMTdtechFota *self,
                                          gboolean      accepted)
{
    MMTdtechFotaRecordData *data = mm_tdtech_fota_record_peek (self->record);

    if (data->asked_url && accepted)
        mm_tdtech_fota_replace_string (&data->url, data->asked_url);
    g_clear_pointer (&data->asked_url, g_free);
}

/* The module has taken up the query if it is in a state that a query leads to, but does not
 * start from */
static gboolean
query_was_taken_up (MMTdtechFota             *self,
                    const MMTdtechFotaOutput *output)
{
    const MMTdtechFotaMachine *m = self->machine;
    MMTdtechFotaVerb           verb = output->finished ? m->result.verb : m->kept.verb;

    switch (m->module_state) {
    case MM_TDTECH_FOTASTATE_UNKNOWN:
    case MM_TDTECH_FOTASTATE_IDLE:
        return FALSE;
    case MM_TDTECH_FOTASTATE_SUSPENDED:
        return verb != MM_TDTECH_FOTA_VERB_RESUME;
    default:
        return TRUE;
    }
}

/* The verb of a transaction that was restored was not answered, and never will be */
void
mm_tdtech_fota_persistence_settle_restored_server (MMTdtechFota             *self,
                                                   const MMTdtechFotaOutput *output)
{
    if ((self->machine->accepted || output->finished) && query_was_taken_up (self, output))
        mm_tdtech_fota_persistence_settle_server (self, TRUE);
}

/*****************************************************************************/

void
mm_tdtech_fota_persistence_load (MMTdtechFota *self)
{
    MMTdtechFotaRecordData *data = mm_tdtech_fota_record_peek (self->record);

    mm_tdtech_fota_machine_restore (self->machine, data->stage, &data->kept);
    mm_tdtech_fota_events_replay_lost (self);
    /* It never began, or had ended */
    if (data->stage == MM_TDTECH_FOTA_STAGE_NONE)
        mm_tdtech_fota_persistence_forget_transaction (self);
    self->restarted_since_flash = data->stage >= MM_TDTECH_FOTA_STAGE_FLASHING;
    if (data->stage >= MM_TDTECH_FOTA_STAGE_WAITING)
        mm_tdtech_data_pause_hold (self->data_pause);
    if (data->stage >= MM_TDTECH_FOTA_STAGE_FLASHING)
        mm_tdtech_inhibitor_take (self->key, NULL, NULL, NULL);
}

/*****************************************************************************/
/* The result */

void
mm_tdtech_fota_persistence_keep_result (MMTdtechFota *self)
{
    const MMTdtechFotaResult *result = &self->machine->result;
    MMTdtechFotaRecordData   *data = mm_tdtech_fota_record_peek (self->record);

    mm_tdtech_fota_replace_string (&data->result_transaction, data->transaction);
    mm_tdtech_fota_result_copy (&data->result, result);
    g_free (data->result_message);
    data->result_message = data->kept.pending.error == result->error ?
                           g_steal_pointer (&data->pending_message) :
                           mm_tdtech_fota_describe (self, result->error);
    data->result_started = data->started > 0 ? data->started : mm_tdtech_fota_now ();
    data->result_finished = mm_tdtech_fota_now ();

    mm_tdtech_inhibitor_release (self->key);
    mm_obj_msg (self->modem, "firmware %s %s is over: %s", mm_tdtech_fota_verb_get_name (result->verb),
                mm_tdtech_fota_or_empty (data->transaction),
                result->error == MM_TDTECH_FOTA_ERROR_NONE ? "done" : data->result_message);
}

/* Describe a failure when it happens, with the module's state then, not after data is restored */
void
mm_tdtech_fota_persistence_keep_message (MMTdtechFota *self)
{
    const MMTdtechFotaMachine *m = self->machine;
    MMTdtechFotaRecordData    *data = mm_tdtech_fota_record_peek (self->record);

    if (m->kept.pending.error == data->kept.pending.error && data->pending_message)
        return;
    g_clear_pointer (&data->pending_message, g_free);
    if (m->kept.pending.error != MM_TDTECH_FOTA_ERROR_NONE)
        data->pending_message = mm_tdtech_fota_describe (self, m->kept.pending.error);
}

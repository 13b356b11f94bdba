/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <ModemManager.h>
#define _LIBMM_INSIDE_MM
#include <libmm-glib.h>

#include "mm-log-object.h"
#include "mm-tdtech-fota-effects.h"
#include "mm-tdtech-fota-private.h"
#include "mm-tdtech-fota-text.h"
#include "mm-tdtech-fota.h"

gchar *
mm_tdtech_fota_describe (MMTdtechFota      *self,
                         MMTdtechFotaError  error)
{
    return mm_tdtech_fota_text_for_error (self->machine, error,
                                          mm_tdtech_fota_record_peek (self->record)->transaction);
}

/*****************************************************************************/
/* Effects that the machine requests */

typedef struct {
    MMTdtechFota *self;
    guint         effect;
} RunEffectContext;

static void run_effect (MMTdtechFota       *self,
                        MMTdtechFotaEffect  effect,
                        gboolean            saved);

/* Retries of ^FOTASTATE? after an unreadable answer, or a late one to another command */
#define UNREADABLE_MAX 3

/* The last line before the final result is the answer; the others are older */
static void
state_read (MMTdtechFota            *self,
            guint                    effect,
            const MMTdtechFotaInput *input)
{
    gboolean           answered = input->kind == MM_TDTECH_FOTA_INPUT_DONE ||
                                  input->kind == MM_TDTECH_FOTA_INPUT_STATE_READ;
    MMTdtechFotastate *line = answered ? g_queue_pop_tail (&self->lines) : NULL;
    MMTdtechFotaInput  read = {
        .kind  = line ? MM_TDTECH_FOTA_INPUT_STATE_READ : MM_TDTECH_FOTA_INPUT_FAILED,
        .state = line,
    };

    if (answered && !line && ++self->n_unreadable < UNREADABLE_MAX) {
        run_effect (self, MM_TDTECH_FOTA_EFFECT_READ_STATE, FALSE);
        return;
    }
    mm_tdtech_fota_lines_flush (self);
    if (self->effect_serial == effect)
        mm_tdtech_fota_feed (self, answered ? &read : input);
    else if (line)
        /* An older line changed the phase: treat the answer as a new line */
        mm_tdtech_fota_lines_feed (self, MM_TDTECH_FOTA_INPUT_STATE_LINE, line);
    g_clear_pointer (&line, mm_tdtech_fota_lines_free_line);
}

static void
effect_ready (GObject          *source,
              GAsyncResult     *res,
              RunEffectContext *ctx)
{
    g_autoptr(MMTdtechFota)              self = ctx->self;
    guint                                effect = ctx->effect;
    g_autoptr(MMTdtechFotaEffectOutcome) outcome = NULL;

    g_slice_free (RunEffectContext, ctx);
    outcome = mm_tdtech_fota_effect_run_finish (res);
    /* The flow may have moved on */
    if (self->stopped || self->effect_serial != effect)
        return;

    if (self->effect_running == MM_TDTECH_FOTA_EFFECT_READ_STATE)
        state_read (self, effect, &outcome->input);
    else {
        /* They are older than the outcome, and may change the phase */
        mm_tdtech_fota_lines_flush (self);
        if (self->effect_serial == effect)
            mm_tdtech_fota_feed (self, &outcome->input);
    }
}

/* The module rebooted for the upgrade, perhaps before 50 was seen: the connection manager then
 * restores the sessions */
static gboolean
is_flashed (MMTdtechFota *self)
{
    return self->restarted_since_flash &&
           (self->machine->flash_accepted || self->machine->kept.pending.outcome == MM_TDTECH_FOTA_OUTCOME_SUCCEEDED);
}

static void
run_effect (MMTdtechFota       *self,
            MMTdtechFotaEffect  effect,
            gboolean            saved)
{
    MMTdtechFotaEffectContext  context = {
        .modem      = self->modem,
        .machine    = self->machine,
        .record     = self->record,
        .key        = self->key,
        .data_pause = self->data_pause,
        .progress   = self->progress,
        .options    = self->options,
        .saved      = saved,
        .call_begun = self->call_begun,
        .flashed    = is_flashed (self),
    };
    RunEffectContext          *ctx = g_slice_new0 (RunEffectContext);

    if (effect == MM_TDTECH_FOTA_EFFECT_READ_USE)
        self->call_begun = FALSE;
    else if (effect == MM_TDTECH_FOTA_EFFECT_RESTORE_DATA) {
        /* What is restored leaves the record */
        g_clear_pointer (&self->restored_sessions, g_variant_unref);
        self->restored_sessions = g_variant_ref_sink (mm_tdtech_fota_events_build_sessions (self));
    }
    ctx->self = g_object_ref (self);
    ctx->effect = self->effect_serial;
    mm_tdtech_fota_effect_run (&context, effect, (GAsyncReadyCallback) effect_ready, ctx);
}

/*****************************************************************************/
/* One step */

/* ModemManager gives up on a modem after this many unanswered commands. A module that flashes
 * may be silent, but must stay known until it is back. */
static void
be_patient (MMTdtechFota *self)
{
    gboolean patient = mm_tdtech_fota_machine_get_stage (self->machine) >= MM_TDTECH_FOTA_STAGE_FLASHING;

    if (patient == self->patient)
        return;
    if (patient)
        g_object_get (self->modem, MM_BASE_MODEM_MAX_TIMEOUTS, &self->max_timeouts, NULL);
    g_object_set (self->modem, MM_BASE_MODEM_MAX_TIMEOUTS, patient ? G_MAXUINT : self->max_timeouts, NULL);
    self->patient = patient;
}

static void
set_progress (MMTdtechFota             *self,
              const MMTdtechFotaOutput *output)
{
    if (output->progress_reset)
        mm_tdtech_fota_progress_start (self->progress, 0);
    if (output->progress_start)
        mm_tdtech_fota_progress_start (self->progress, self->machine->kept.offer_size);
    if (output->progress_complete)
        mm_tdtech_fota_progress_complete (self->progress);
}

/* What the record keeps besides the machine */
static void
note_output (MMTdtechFota             *self,
             const MMTdtechFotaOutput *output)
{
    MMTdtechFotaRecordData *data = mm_tdtech_fota_record_peek (self->record);

    if (output->adopt)
        mm_tdtech_fota_persistence_begin_transaction (self, NULL);
    if (output->answer_verb)
        mm_tdtech_fota_persistence_settle_server (self, output->verb_error == MM_TDTECH_FOTA_ERROR_NONE);
    else
        mm_tdtech_fota_persistence_settle_restored_server (self, output);
    if (output->flashed || (output->since_flash && data->flash_time == 0))
        data->flash_time = mm_tdtech_fota_now ();
    if (output->result_from)
        mm_tdtech_fota_replace_string (&data->result.from, self->machine->result.from);
    if (output->finished || output->discarded)
        mm_tdtech_fota_persistence_keep_result (self);
}

void
mm_tdtech_fota_apply (MMTdtechFota             *self,
                      const MMTdtechFotaOutput *output)
{
    gboolean saved;

    if (output->entered) {
        mm_obj_dbg (self->modem, "firmware: %s", mm_tdtech_fota_phase_get_name (self->machine->phase));
        self->effect_serial++;
        self->effect_running = output->effect;
        self->n_unreadable = 0;
    }
    set_progress (self, output);
    note_output (self, output);
    mm_tdtech_fota_timers_set (self, output);
    mm_tdtech_fota_persistence_keep_message (self);
    mm_tdtech_fota_events_reserve (self, output);
    saved = mm_tdtech_fota_persistence_save (self);
    mm_tdtech_fota_properties_update (self);
    mm_tdtech_fota_methods_send_answers (self, output);
    mm_tdtech_fota_events_emit (self, output);

    be_patient (self);
    mm_tdtech_fota_timers_set_tick (self);
    if (output->entered && self->machine->phase == MM_TDTECH_FOTA_PHASE_REST) {
        mm_tdtech_fota_persistence_forget_transaction (self);
        /* A verb that was refused leaves no trace */
        if (output->verb_error != MM_TDTECH_FOTA_ERROR_NONE)
            mm_tdtech_fota_persistence_save (self);
    }
    if (output->effect != MM_TDTECH_FOTA_EFFECT_NONE) {
        /* Update Interruptible before ^FWUP is sent */
        g_dbus_interface_skeleton_flush (G_DBUS_INTERFACE_SKELETON (self->skeleton));
        run_effect (self, output->effect, saved);
    }
    mm_tdtech_fota_lines_schedule (self);
}

/* Runs follow-up steps that need no further input */
void
mm_tdtech_fota_apply_all (MMTdtechFota       *self,
                          MMTdtechFotaOutput *output)
{
    mm_tdtech_fota_apply (self, output);
    if (mm_tdtech_fota_machine_resync (self->machine, output))
        mm_tdtech_fota_apply (self, output);
    mm_tdtech_fota_methods_serve_early (self);
}

/* Ignore inputs until the interface is exported */
void
mm_tdtech_fota_feed (MMTdtechFota            *self,
                     const MMTdtechFotaInput *input)
{
    MMTdtechFotaOutput output;

    if (self->stopped || !self->skeleton)
        return;
    mm_tdtech_fota_machine_step (self->machine, input, &output);
    mm_tdtech_fota_apply_all (self, &output);
}

void
mm_tdtech_fota_feed_kind (MMTdtechFota          *self,
                          MMTdtechFotaInputKind  kind)
{
    MMTdtechFotaInput input = { .kind = kind };

    mm_tdtech_fota_feed (self, &input);
}

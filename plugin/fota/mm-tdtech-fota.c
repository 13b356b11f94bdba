/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mm-tdtech-fota.h"

#include <ModemManager.h>
#define _LIBMM_INSIDE_MM
#include <libmm-glib.h>

#include "mm-base-call.h"
#include "mm-bearer-list.h"
#include "mm-call-list.h"
#include "mm-gdbus-fota.h"
#include "mm-iface-modem-3gpp.h"
#include "mm-iface-modem-voice.h"
#include "mm-iface-modem.h"
#include "mm-log-object.h"
#include "mm-tdtech-at.h"
#include "mm-tdtech-data-pause.h"
#include "mm-tdtech-fota-effects.h"
#include "mm-tdtech-fota-enums.h"
#include "mm-tdtech-fota-key.h"
#include "mm-tdtech-fota-machine.h"
#include "mm-tdtech-fota-options.h"
#include "mm-tdtech-fota-progress.h"
#include "mm-tdtech-fota-record.h"
#include "mm-tdtech-fota-text.h"
#include "mm-tdtech-inhibitor.h"
#include "mm-tdtech-url.h"

/* How long the module usually works alone. GUESS: relatives take 5 to 15 minutes. */
#define UPGRADE_SECONDS 600

/* How often properties that count down are updated */
#define TICK_OF_DELAY_SECONDS   60
#define TICK_OF_UPGRADE_SECONDS 10

/* How many method calls may wait, and how long, until the module's state is known. D-Bus's own
 * limit is 25 s, and a caller that gave up must not be served. */
#define EARLY_CALLS_MAX    16
#define EARLY_CALL_SECONDS 20

struct _MMTdtechFota {
    GObject               parent;
    MMBaseModem          *modem;        /* owns us */
    MmGdbusModemFota     *skeleton;
    MMPortSerialAt       *port;         /* opened by us */
    gboolean              stopped;

    MMTdtechFotaMachine  *machine;
    MMTdtechFotaProgress *progress;
    MMTdtechFotaRecord   *record;
    gchar                *key;
    MMTdtechDataPause    *data_pause;

    /* The running transaction, besides what the record holds */
    GDBusMethodInvocation *verb_invocation;
    GDBusMethodInvocation *cancel_invocation;
    MMTdtechFotaOptions   *options;     /* the only copy of certificates and key */
    gint64                 upgrade_at;  /* monotonic, microseconds; 0: no delay runs */
    gint64                 upgrade_time;  /* the same as Unix time, as told last */
    gboolean               reborn;      /* the daemon or the module began anew since ^FWUP */
    gboolean               server_changed;  /* by the verb that is not answered yet, */
    gchar                 *previous_url;    /* from this one */
    GVariant              *given_back;  /* the sessions, for the event */
    gboolean               call_begun;  /* since the last look before ^FWUP */
    guint                  max_timeouts;
    gboolean               patient;

    /* Calls that came before it was known what the module is doing */
    GQueue                 early_calls;

    /* ^FOTASTATE lines not taken up yet */
    GQueue                 lines;
    guint                  lines_idle;
    guint                  effect_serial;   /* identifies the current effect: outcomes of earlier ones are ignored */
    MMTdtechFotaEffect     effect_running;  /* NONE: none is awaited */
    guint                  n_unreadable;    /* ^FOTASTATE? asked in vain */

    guint                  timer;
    guint                  deadline;
    guint                  tick;
    guint                  tick_seconds;

    MMCallList            *calls;
    MMBearerList          *bearers;
};

G_DEFINE_TYPE (MMTdtechFota, mm_tdtech_fota, G_TYPE_OBJECT)

static void feed        (MMTdtechFota            *self,
                         const MMTdtechFotaInput *input);
static void flush_lines (MMTdtechFota            *self);

static inline gint64
now (void)
{
    return g_get_real_time () / G_USEC_PER_SEC;
}

/*****************************************************************************/
/* Feeding the machine */

static void
feed_kind (MMTdtechFota          *self,
           MMTdtechFotaInputKind  kind)
{
    MMTdtechFotaInput input = { .kind = kind };

    feed (self, &input);
}

/*****************************************************************************/
/* ^FOTASTATE lines, asked for or not */

static void
line_free (MMTdtechFotastate *line)
{
    mm_tdtech_fotastate_clear (line);
    g_slice_free (MMTdtechFotastate, line);
}

static void
feed_line (MMTdtechFota            *self,
           MMTdtechFotaInputKind    kind,
           const MMTdtechFotastate *line)
{
    MMTdtechFotaInput input = { .kind = kind, .state = line };

    feed (self, &input);
}

/* Lines kept until they are taken up */
#define LINES_MAX 64

static void
flush_lines (MMTdtechFota *self)
{
    MMTdtechFotastate *line;

    g_clear_handle_id (&self->lines_idle, g_source_remove);
    while (!self->stopped && (line = g_queue_pop_head (&self->lines))) {
        feed_line (self, MM_TDTECH_FOTA_INPUT_STATE_LINE, line);
        line_free (line);
    }
}

static gboolean
lines_idle (MMTdtechFota *self)
{
    g_autoptr(MMTdtechFota) keep = g_object_ref (self);

    self->lines_idle = 0;
    flush_lines (self);
    return G_SOURCE_REMOVE;
}

/* Before the final result of ^FOTASTATE? any line may be the answer; and before the record
 * is read nothing can be made of one */
static gboolean
lines_must_wait (MMTdtechFota *self)
{
    return !self->skeleton || self->effect_running == MM_TDTECH_FOTA_EFFECT_READ_STATE;
}

static void
schedule_lines (MMTdtechFota *self)
{
    if (!self->stopped && !self->lines_idle && !g_queue_is_empty (&self->lines) && !lines_must_wait (self))
        self->lines_idle = g_idle_add ((GSourceFunc) lines_idle, self);
}

/* Processing a line may dispose of the modem: defer it to an idle source */
void
mm_tdtech_fota_take_line (MMTdtechFota *self,
                          const gchar  *str)
{
    MMTdtechFotastate *line;
    g_autoptr(GError)  error = NULL;

    if (self->stopped)
        return;
    line = g_slice_new0 (MMTdtechFotastate);
    line->state = MM_TDTECH_FOTASTATE_UNKNOWN;
    if (!mm_tdtech_parse_fotastate (str, line, &error)) {
        mm_obj_dbg (self->modem, "ignoring a state line: %s", error->message);
        line_free (line);
        return;
    }
    g_queue_push_tail (&self->lines, line);
    if (self->lines.length > LINES_MAX)
        line_free (g_queue_pop_head (&self->lines));
    schedule_lines (self);
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

/* Lines older than the outcome may have changed the phase */
static void
effect_done (MMTdtechFota            *self,
             guint                    effect,
             const MMTdtechFotaInput *input)
{
    if (self->stopped || self->effect_running == MM_TDTECH_FOTA_EFFECT_NONE || self->effect_serial != effect)
        return;
    self->effect_running = MM_TDTECH_FOTA_EFFECT_NONE;
    feed (self, input);
}

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
    MMTdtechFotaInput  read = { .kind = MM_TDTECH_FOTA_INPUT_STATE_READ, .state = line };

    if (answered && !line && ++self->n_unreadable < UNREADABLE_MAX) {
        run_effect (self, MM_TDTECH_FOTA_EFFECT_READ_STATE, FALSE);
        return;
    }
    self->n_unreadable = 0;
    flush_lines (self);
    if (!line && answered)
        read = (MMTdtechFotaInput) { .kind = MM_TDTECH_FOTA_INPUT_FAILED };
    if (self->effect_serial != effect || self->effect_running == MM_TDTECH_FOTA_EFFECT_NONE) {
        /* An older line changed the phase: treat the answer as a new line */
        if (line)
            feed_line (self, MM_TDTECH_FOTA_INPUT_STATE_LINE, line);
    } else
        effect_done (self, effect, answered ? &read : input);
    g_clear_pointer (&line, line_free);
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
    if (self->stopped)
        return;

    if (self->effect_running == MM_TDTECH_FOTA_EFFECT_NONE || self->effect_serial != effect) {
        /* The flow has moved on */
        schedule_lines (self);
        return;
    }
    if (self->effect_running == MM_TDTECH_FOTA_EFFECT_READ_STATE)
        state_read (self, effect, &outcome->input);
    else {
        flush_lines (self);
        effect_done (self, effect, &outcome->input);
    }
}

/* The PDP contexts whose sessions were up */
static GVariant *
build_sessions (const MMTdtechFotaRecordData *data)
{
    GVariantBuilder builder;
    guint           i;

    g_variant_builder_init (&builder, G_VARIANT_TYPE_STRING_ARRAY);
    for (i = 0; i < data->n_sessions; i++)
        g_variant_builder_add_value (&builder, g_variant_new_printf ("%u", data->sessions[i]));
    return g_variant_builder_end (&builder);
}

/* The module rebooted for the upgrade, also if it did before 50 was seen: what was up
 * before is the connection manager's then */
static gboolean
is_flashed (MMTdtechFota *self)
{
    return self->reborn &&
           (self->machine->taken || self->machine->pending.outcome == MM_TDTECH_FOTA_OUTCOME_SUCCEEDED);
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
        /* What is given back leaves the record */
        g_clear_pointer (&self->given_back, g_variant_unref);
        self->given_back = g_variant_ref_sink (build_sessions (mm_tdtech_fota_record_peek (self->record)));
    }
    self->effect_serial++;
    self->effect_running = effect;
    ctx->self = g_object_ref (self);
    ctx->effect = self->effect_serial;
    mm_tdtech_fota_effect_run (&context, effect, (GAsyncReadyCallback) effect_ready, ctx);
}

static gboolean
timer_expired (MMTdtechFota *self)
{
    g_autoptr(MMTdtechFota) keep = g_object_ref (self);

    self->timer = 0;
    feed_kind (self, MM_TDTECH_FOTA_INPUT_TIMER);
    return G_SOURCE_REMOVE;
}

static gboolean
deadline_expired (MMTdtechFota *self)
{
    g_autoptr(MMTdtechFota) keep = g_object_ref (self);

    self->deadline = 0;
    feed_kind (self, MM_TDTECH_FOTA_INPUT_DEADLINE);
    return G_SOURCE_REMOVE;
}

/* Time left, also after a restart, when the clock may have been set */
static guint
seconds_left_of_flash (MMTdtechFota *self,
                       guint         seconds)
{
    gint64 flash_time = mm_tdtech_fota_record_peek (self->record)->flash_time;
    gint64 left = flash_time > 0 ? flash_time + (gint64) seconds - now () : (gint64) seconds;

    return (guint) CLAMP (left, 0, (gint64) seconds);
}

static void
start_deadline (MMTdtechFota             *self,
                const MMTdtechFotaOutput *output)
{
    guint seconds = output->start_deadline;

    if (output->since_flash)
        seconds = MAX (seconds_left_of_flash (self, seconds), 1);
    self->deadline = g_timeout_add_seconds (seconds, (GSourceFunc) deadline_expired, self);
}

static void
set_timers (MMTdtechFota             *self,
            const MMTdtechFotaOutput *output)
{
    guint seconds = 0;

    if (output->entered) {
        g_clear_handle_id (&self->timer, g_source_remove);
        if (output->timer == MM_TDTECH_FOTA_TIMER_PROGRESS)
            seconds = mm_tdtech_fota_progress_get_interval (self->progress);
        else if (output->timer > 0)
            seconds = (guint) output->timer;
        if (seconds > 0)
            self->timer = g_timeout_add_seconds (seconds, (GSourceFunc) timer_expired, self);
        self->upgrade_at = self->machine->phase == MM_TDTECH_FOTA_PHASE_DELAY ?
                           g_get_monotonic_time () + (gint64) seconds * G_USEC_PER_SEC : 0;
    }
    if (output->stop_deadline || output->start_deadline)
        g_clear_handle_id (&self->deadline, g_source_remove);
    if (output->start_deadline)
        start_deadline (self, output);
}

/*****************************************************************************/
/* Properties */

static const gchar *
or_empty (const gchar *str)
{
    return str ? str : "";
}

static gchar *
describe (MMTdtechFota      *self,
          MMTdtechFotaError  error)
{
    return mm_tdtech_fota_text_for_error (self->machine, error,
                                          mm_tdtech_fota_record_peek (self->record)->transaction);
}

static GVariant *
build_update (MMTdtechFota *self)
{
    const MMTdtechFotaMachine *m = self->machine;
    MMTdtechFotaRecordData    *data = mm_tdtech_fota_record_peek (self->record);
    GVariantDict               dict;

    g_variant_dict_init (&dict, NULL);
    if (m->offer_version) {
        g_variant_dict_insert (&dict, "version", "s", m->offer_version);
        g_variant_dict_insert (&dict, "size", "t", m->offer_size);
        g_variant_dict_insert (&dict, "description", "s", or_empty (m->offer_description));
        g_variant_dict_insert (&dict, "url", "s", or_empty (data->offer_url));
        g_variant_dict_insert (&dict, "downgrade", "b", mm_tdtech_fota_machine_is_downgrade (m));
    }
    return g_variant_dict_end (&dict);
}

static GVariant *
build_result (MMTdtechFota *self)
{
    MMTdtechFotaRecordData *data = mm_tdtech_fota_record_peek (self->record);
    GVariantDict            dict;

    g_variant_dict_init (&dict, NULL);
    if (data->result_outcome != MM_TDTECH_FOTA_OUTCOME_NONE) {
        g_variant_dict_insert (&dict, "transaction", "s", or_empty (data->result_transaction));
        g_variant_dict_insert (&dict, "verb", "s", mm_tdtech_fota_verb_get_name (data->result_verb));
        g_variant_dict_insert (&dict, "outcome", "u", (guint32) data->result_outcome);
        g_variant_dict_insert (&dict, "error", "s", mm_tdtech_fota_error_get_name (data->result_error));
        g_variant_dict_insert (&dict, "message", "s", or_empty (data->result_message));
        g_variant_dict_insert (&dict, "module-code", "u", data->result_code);
        g_variant_dict_insert (&dict, "from", "s", or_empty (data->result_from));
        g_variant_dict_insert (&dict, "to", "s", or_empty (data->result_to));
        if (data->result_verb == MM_TDTECH_FOTA_VERB_CHECK && data->result_to)
            g_variant_dict_insert (&dict, "found", "s", data->result_to);
        g_variant_dict_insert (&dict, "started", "t", (guint64) data->result_started);
        g_variant_dict_insert (&dict, "finished", "t", (guint64) data->result_finished);
    }
    return g_variant_dict_end (&dict);
}

/* Current blockers; those that only the module knows, as last read */
static guint
live_blockers (MMTdtechFota *self)
{
    guint blockers = mm_tdtech_fota_known_registration_blockers (self->modem, MM_TDTECH_FOTA_BLOCKER_NONE) |
                     mm_tdtech_fota_known_call_blockers (self->modem);

    if (mm_tdtech_fota_machine_get_stage (self->machine) == MM_TDTECH_FOTA_STAGE_WAITING)
        blockers |= self->machine->blockers;
    return blockers;
}

static gint64
seconds_until_upgrade (MMTdtechFota *self)
{
    return MAX ((self->upgrade_at - g_get_monotonic_time ()) / G_USEC_PER_SEC, 0);
}

/* The delay runs on the monotonic clock, which stops in suspend; derive the Unix time from it,
 * and ignore changes of a second. */
static void
update_upgrade_time (MMTdtechFota *self)
{
    gint64 upgrade_time = self->upgrade_at > 0 ? now () + seconds_until_upgrade (self) : 0;

    if (upgrade_time == 0 || ABS (upgrade_time - self->upgrade_time) > 2)
        self->upgrade_time = upgrade_time;
}

static guint
expected_seconds (MMTdtechFota *self)
{
    guint seconds;

    switch (mm_tdtech_fota_machine_get_state (self->machine)) {
    case MM_TDTECH_FOTA_STATE_DOWNLOADING:
        return mm_tdtech_fota_progress_get_seconds_left (self->progress);
    case MM_TDTECH_FOTA_STATE_UPGRADING:
        seconds = seconds_left_of_flash (self, UPGRADE_SECONDS);
        return seconds > 0 ? seconds : MM_TDTECH_FOTA_UNKNOWN;
    case MM_TDTECH_FOTA_STATE_WAITING:
        if (self->upgrade_at > 0)
            return (guint) seconds_until_upgrade (self);
        return MM_TDTECH_FOTA_UNKNOWN;
    case MM_TDTECH_FOTA_STATE_UNKNOWN:
    case MM_TDTECH_FOTA_STATE_IDLE:
    case MM_TDTECH_FOTA_STATE_CHECKING:
    case MM_TDTECH_FOTA_STATE_AVAILABLE:
    case MM_TDTECH_FOTA_STATE_SUSPENDED:
    case MM_TDTECH_FOTA_STATE_DOWNLOADED:
    case MM_TDTECH_FOTA_STATE_PAUSING_DATA:
    case MM_TDTECH_FOTA_STATE_VERIFYING:
    default:
        return MM_TDTECH_FOTA_UNKNOWN;
    }
}

static void
update_properties (MMTdtechFota *self)
{
    const MMTdtechFotaMachine *m = self->machine;
    MMTdtechFotaRecordData    *data = mm_tdtech_fota_record_peek (self->record);
    MmGdbusModemFota          *skeleton = self->skeleton;

    update_upgrade_time (self);
    mm_gdbus_modem_fota_set_state (skeleton, mm_tdtech_fota_machine_get_state (m));
    mm_gdbus_modem_fota_set_module_state (skeleton, m->module_state);
    mm_gdbus_modem_fota_set_interruptible (skeleton, mm_tdtech_fota_machine_get_interruptible (m));
    mm_gdbus_modem_fota_set_transaction (skeleton, m->accepted ? or_empty (data->transaction) : "");
    mm_gdbus_modem_fota_set_version (skeleton, or_empty (m->version));
    mm_gdbus_modem_fota_set_build_time (skeleton, or_empty (m->build_time));
    mm_gdbus_modem_fota_set_revision (skeleton, or_empty (m->revision));
    mm_gdbus_modem_fota_set_server (skeleton, or_empty (data->url));
    mm_gdbus_modem_fota_set_update (skeleton, build_update (self));
    mm_gdbus_modem_fota_set_bytes_received (skeleton, mm_tdtech_fota_progress_get_received (self->progress));
    mm_gdbus_modem_fota_set_bytes_total (skeleton, mm_tdtech_fota_progress_get_total (self->progress));
    mm_gdbus_modem_fota_set_percent (skeleton, mm_tdtech_fota_progress_get_percent (self->progress));
    mm_gdbus_modem_fota_set_expected_seconds (skeleton, expected_seconds (self));
    mm_gdbus_modem_fota_set_blockers (skeleton, live_blockers (self));
    mm_gdbus_modem_fota_set_upgrade_time (skeleton, (guint64) self->upgrade_time);
    mm_gdbus_modem_fota_set_result (skeleton, build_result (self));
    mm_gdbus_modem_fota_set_last_event (skeleton, mm_tdtech_fota_record_get_last_event (self->record));
    mm_gdbus_modem_fota_set_journal (skeleton, mm_tdtech_fota_record_get_journal_id (self->record));
}

static gboolean
tick (MMTdtechFota *self)
{
    update_properties (self);
    return G_SOURCE_CONTINUE;
}

/* Refresh what changes with time alone */
static void
set_tick (MMTdtechFota *self)
{
    guint seconds = 0;

    if (self->upgrade_at > 0)
        seconds = TICK_OF_DELAY_SECONDS;
    else if (mm_tdtech_fota_machine_get_state (self->machine) == MM_TDTECH_FOTA_STATE_UPGRADING)
        seconds = TICK_OF_UPGRADE_SECONDS;
    if (seconds == self->tick_seconds)
        return;
    g_clear_handle_id (&self->tick, g_source_remove);
    if (seconds > 0)
        self->tick = g_timeout_add_seconds (seconds, (GSourceFunc) tick, self);
    self->tick_seconds = seconds;
}

/*****************************************************************************/
/* Record */

static void
replace_string (gchar       **to,
                const gchar  *from)
{
    if (g_strcmp0 (*to, from) == 0)
        return;
    g_free (*to);
    *to = g_strdup (from);
}

static gboolean
save_record (MMTdtechFota *self)
{
    const MMTdtechFotaMachine *m = self->machine;
    MMTdtechFotaRecordData    *data = mm_tdtech_fota_record_peek (self->record);
    g_autoptr(GError)          error = NULL;

    data->stage = mm_tdtech_fota_machine_get_stage (m);
    data->verb = m->verb;
    mm_tdtech_fota_flow_options_copy (&data->options, &m->options);
    data->pending_outcome = m->pending.outcome;
    data->pending_error = m->pending.error;
    data->pending_code = m->pending.module_code;
    replace_string (&data->pending_to, m->pending.to);
    data->download_begun = m->download_begun;
    data->flashes = m->flashes;
    data->data_paused = m->data_paused;
    data->set_aside = m->set_aside;
    /* A query discards the earlier offer; the next one comes from this server */
    if (g_strcmp0 (data->offer_version, m->offer_version) != 0)
        replace_string (&data->offer_url, m->offer_version ? data->url : NULL);
    replace_string (&data->offer_version, m->offer_version);
    replace_string (&data->offer_description, m->offer_description);
    data->offer_size = m->offer_size;
    replace_string (&data->package_version, m->package_version);
    replace_string (&data->before_version, m->before_version);
    replace_string (&data->before_build_time, m->before_build_time);
    replace_string (&data->before_revision, m->before_revision);

    if (mm_tdtech_fota_record_save (self->record, &error))
        return TRUE;
    mm_obj_warn (self->modem, "couldn't save the record of the firmware update: %s", error->message);
    return FALSE;
}

/* At rest there is no transaction */
static void
forget_transaction (MMTdtechFota *self)
{
    MMTdtechFotaRecordData *data = mm_tdtech_fota_record_peek (self->record);

    g_clear_pointer (&data->transaction, g_free);
    g_clear_pointer (&data->pending_message, g_free);
    data->started = 0;
    data->flash_time = 0;
    g_clear_pointer (&self->options, mm_tdtech_fota_options_free);
    self->reborn = FALSE;
}

static void
begin_transaction (MMTdtechFota *self,
                   const gchar  *transaction)
{
    MMTdtechFotaRecordData *data = mm_tdtech_fota_record_peek (self->record);

    g_free (data->transaction);
    data->transaction = transaction ? g_strdup (transaction) : mm_tdtech_fota_transaction_new ();
    data->started = now ();
    data->flash_time = 0;
    data->n_sessions = 0;
}

/* A refused verb does not change the known server */
static void
settle_server (MMTdtechFota *self,
               gboolean      accepted)
{
    if (self->server_changed && !accepted)
        replace_string (&mm_tdtech_fota_record_peek (self->record)->url, self->previous_url);
    g_clear_pointer (&self->previous_url, g_free);
    self->server_changed = FALSE;
}

static void replay_lost_events (MMTdtechFota *self);

static void
load_record (MMTdtechFota *self)
{
    MMTdtechFotaMachine    *m = self->machine;
    MMTdtechFotaRecordData *data = mm_tdtech_fota_record_peek (self->record);

    m->offer_version = g_strdup (data->offer_version);
    m->offer_description = g_strdup (data->offer_description);
    m->offer_size = data->offer_size;
    m->package_version = g_strdup (data->package_version);
    m->set_aside = data->set_aside;
    if (data->n_owed > 0)
        replay_lost_events (self);
    if (data->stage == MM_TDTECH_FOTA_STAGE_NONE) {
        forget_transaction (self);
        return;
    }

    m->verb = data->verb;
    mm_tdtech_fota_flow_options_copy (&m->options, &data->options);
    m->pending.outcome = data->pending_outcome;
    m->pending.error = data->pending_error;
    m->pending.module_code = data->pending_code;
    m->pending.to = g_strdup (data->pending_to);
    m->download_begun = data->download_begun;
    m->flashes = data->flashes;
    m->before_version = g_strdup (data->before_version);
    m->before_build_time = g_strdup (data->before_build_time);
    m->before_revision = g_strdup (data->before_revision);
    m->data_paused = data->data_paused;
    mm_tdtech_fota_machine_restore (m, data->stage);
    self->reborn = data->stage >= MM_TDTECH_FOTA_STAGE_FLASHING;
    if (data->stage >= MM_TDTECH_FOTA_STAGE_WAITING)
        mm_tdtech_data_pause_hold (self->data_pause);
    if (data->stage >= MM_TDTECH_FOTA_STAGE_FLASHING)
        mm_tdtech_inhibitor_take (self->key, NULL, NULL, NULL);
}

static void
keep_result (MMTdtechFota *self)
{
    const MMTdtechFotaResult *result = &self->machine->result;
    MMTdtechFotaRecordData   *data = mm_tdtech_fota_record_peek (self->record);

    replace_string (&data->result_transaction, data->transaction);
    data->result_verb = result->verb;
    data->result_outcome = result->outcome;
    data->result_error = result->error;
    g_free (data->result_message);
    data->result_message = data->pending_message && data->pending_error == result->error ?
                           g_steal_pointer (&data->pending_message) :
                           describe (self, result->error);
    data->result_code = result->module_code;
    replace_string (&data->result_from, result->from);
    replace_string (&data->result_to, result->to);
    data->result_started = data->started > 0 ? data->started : now ();
    data->result_finished = now ();

    mm_tdtech_inhibitor_release (self->key);
    mm_obj_msg (self->modem, "firmware %s %s is over: %s", mm_tdtech_fota_verb_get_name (result->verb),
                or_empty (data->transaction),
                result->error == MM_TDTECH_FOTA_ERROR_NONE ? "done" : data->result_message);
}

/* Describe a failure when it happens, with the module's state then, not after data is restored */
static void
keep_message (MMTdtechFota *self)
{
    const MMTdtechFotaMachine *m = self->machine;
    MMTdtechFotaRecordData    *data = mm_tdtech_fota_record_peek (self->record);

    if (m->pending.error == data->pending_error && data->pending_message)
        return;
    g_clear_pointer (&data->pending_message, g_free);
    if (m->pending.error != MM_TDTECH_FOTA_ERROR_NONE)
        data->pending_message = describe (self, m->pending.error);
}

/*****************************************************************************/
/* Events */

static GVariant *
build_event_details (MMTdtechFota      *self,
                     MMTdtechFotaEvent  kind)
{
    const MMTdtechFotaMachine *m = self->machine;
    MMTdtechFotaRecordData    *data = mm_tdtech_fota_record_peek (self->record);
    GVariantDict               dict;

    g_variant_dict_init (&dict, NULL);
    switch (kind) {
    case MM_TDTECH_FOTA_EVENT_UPDATE_AVAILABLE:
    case MM_TDTECH_FOTA_EVENT_DOWNLOAD_STARTED:
    case MM_TDTECH_FOTA_EVENT_DOWNLOAD_SUCCEEDED:
        if (m->offer_version) {
            g_variant_dict_insert (&dict, "version", "s", m->offer_version);
            g_variant_dict_insert (&dict, "size", "t", m->offer_size);
        }
        break;
    case MM_TDTECH_FOTA_EVENT_UPGRADE_SCHEDULED:
        g_variant_dict_insert (&dict, "upgrade-time", "t", (guint64) self->upgrade_time);
        break;
    case MM_TDTECH_FOTA_EVENT_DATA_PAUSED:
        g_variant_dict_insert_value (&dict, "sessions", build_sessions (data));
        break;
    case MM_TDTECH_FOTA_EVENT_DATA_RESTORED:
        g_variant_dict_insert_value (&dict, "sessions",
                                     self->given_back ? self->given_back : build_sessions (data));
        break;
    case MM_TDTECH_FOTA_EVENT_UPGRADE_STARTED:
        g_variant_dict_insert (&dict, "from", "s", or_empty (m->before_version));
        if (m->package_version)
            g_variant_dict_insert (&dict, "version", "s", m->package_version);
        break;
    case MM_TDTECH_FOTA_EVENT_UPGRADE_SUCCEEDED:
        g_variant_dict_insert (&dict, "from", "s", or_empty (data->result_from));
        g_variant_dict_insert (&dict, "version", "s", or_empty (data->result_to));
        break;
    case MM_TDTECH_FOTA_EVENT_CHECK_FAILED:
    case MM_TDTECH_FOTA_EVENT_DOWNLOAD_SUSPENDED:
    case MM_TDTECH_FOTA_EVENT_DOWNLOAD_FAILED:
    case MM_TDTECH_FOTA_EVENT_UPGRADE_FAILED:
        g_variant_dict_insert (&dict, "error", "s", mm_tdtech_fota_error_get_name (data->result_error));
        g_variant_dict_insert (&dict, "message", "s", or_empty (data->result_message));
        g_variant_dict_insert (&dict, "module-code", "u", data->result_code);
        break;
    case MM_TDTECH_FOTA_EVENT_NO_UPDATE:
    case MM_TDTECH_FOTA_EVENT_CANCELLED:
    default:
        break;
    }
    if (data->transaction)
        g_variant_dict_insert (&dict, "transaction", "s", data->transaction);
    return g_variant_ref_sink (g_variant_dict_end (&dict));
}

/* The record lists them first, so that they can be replayed if the daemon dies here */
static void
owe_events (MMTdtechFota             *self,
            const MMTdtechFotaOutput *output)
{
    MMTdtechFotaRecordData *data = mm_tdtech_fota_record_peek (self->record);
    guint                   i;

    if (output->n_events == 0)
        return;
    for (i = 0; i < output->n_events; i++)
        data->owed[i] = output->events[i];
    data->n_owed = output->n_events;
    data->owed_after = mm_tdtech_fota_record_get_last_event (self->record);
}

static void
replay_lost_events (MMTdtechFota *self)
{
    MMTdtechFotaRecordData *data = mm_tdtech_fota_record_peek (self->record);
    g_autoptr(GVariant)     told = NULL;
    gsize                   i;

    told = g_variant_ref_sink (mm_tdtech_fota_record_list_events (self->record, data->owed_after));
    for (i = g_variant_n_children (told); i < data->n_owed; i++) {
        MMTdtechFotaEvent   kind = (MMTdtechFotaEvent) data->owed[i];
        g_autoptr(GVariant) details = build_event_details (self, kind);

        mm_tdtech_fota_record_append_event (self->record, kind, now (), details);
    }
    data->n_owed = 0;
}

static void
tell_events (MMTdtechFota             *self,
             const MMTdtechFotaOutput *output)
{
    guint i;

    for (i = 0; i < output->n_events; i++) {
        g_autoptr(GVariant) details = build_event_details (self, output->events[i]);
        guint64             sequence;

        sequence = mm_tdtech_fota_record_append_event (self->record, output->events[i], now (), details);
        mm_gdbus_modem_fota_set_last_event (self->skeleton, sequence);
        /* Update the properties before the event is signalled */
        g_dbus_interface_skeleton_flush (G_DBUS_INTERFACE_SKELETON (self->skeleton));
        mm_gdbus_modem_fota_emit_event (self->skeleton, sequence, output->events[i], details);
    }
}

/*****************************************************************************/
/* Answers */

static void
answer (MMTdtechFota           *self,
        GDBusMethodInvocation  *invocation,
        MMTdtechFotaError       error,
        GVariant               *value)
{
    g_autofree gchar *message = NULL;

    if (error == MM_TDTECH_FOTA_ERROR_NONE) {
        g_dbus_method_invocation_return_value (invocation, value);
        return;
    }
    message = describe (self, error);
    g_dbus_method_invocation_return_dbus_error (invocation, mm_tdtech_fota_error_get_name (error), message);
}

static void
answer_verb (MMTdtechFota          *self,
             GDBusMethodInvocation *invocation,
             MMTdtechFotaError      error)
{
    MMTdtechFotaRecordData *data = mm_tdtech_fota_record_peek (self->record);

    answer (self, invocation, error,
            error == MM_TDTECH_FOTA_ERROR_NONE ? g_variant_new ("(s)", or_empty (data->transaction)) : NULL);
}

static void
send_answers (MMTdtechFota             *self,
              const MMTdtechFotaOutput *output)
{
    if (output->answer_verb && self->verb_invocation)
        answer_verb (self, g_steal_pointer (&self->verb_invocation), output->verb_error);
    if (output->answer_cancel && self->cancel_invocation)
        answer (self, g_steal_pointer (&self->cancel_invocation), output->cancel_error, NULL);
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
        mm_tdtech_fota_progress_start (self->progress, self->machine->offer_size);
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
        begin_transaction (self, NULL);
    if (output->answer_verb)
        settle_server (self, output->verb_error == MM_TDTECH_FOTA_ERROR_NONE);
    if (output->flashed || (output->since_flash && data->flash_time == 0))
        data->flash_time = now ();
    if (output->result_from)
        replace_string (&data->result_from, self->machine->result.from);
    if (output->finished || output->discarded)
        keep_result (self);
}

static void
apply (MMTdtechFota             *self,
       const MMTdtechFotaOutput *output)
{
    gboolean saved;

    if (output->entered) {
        mm_obj_dbg (self->modem, "firmware: %s", mm_tdtech_fota_phase_get_name (self->machine->phase));
        self->effect_running = MM_TDTECH_FOTA_EFFECT_NONE;
    }
    set_progress (self, output);
    note_output (self, output);
    set_timers (self, output);
    keep_message (self);
    owe_events (self, output);
    saved = save_record (self);
    update_properties (self);
    send_answers (self, output);
    tell_events (self, output);

    be_patient (self);
    set_tick (self);
    if (output->entered && self->machine->phase == MM_TDTECH_FOTA_PHASE_REST)
        forget_transaction (self);
    if (output->entered && output->effect != MM_TDTECH_FOTA_EFFECT_NONE) {
        /* Update Interruptible before ^FWUP is sent */
        g_dbus_interface_skeleton_flush (G_DBUS_INTERFACE_SKELETON (self->skeleton));
        self->n_unreadable = 0;
        run_effect (self, output->effect, saved);
    }
    schedule_lines (self);
}

static void serve_early_calls (MMTdtechFota *self);

/* Runs follow-up steps that need no further input */
static void
apply_all (MMTdtechFota       *self,
           MMTdtechFotaOutput *output)
{
    apply (self, output);
    if (output->entered && self->machine->phase == MM_TDTECH_FOTA_PHASE_REST &&
        mm_tdtech_fota_machine_resync (self->machine, output))
        apply (self, output);
    serve_early_calls (self);
}

/* Ignore inputs until the interface is exported */
static void
feed (MMTdtechFota            *self,
      const MMTdtechFotaInput *input)
{
    MMTdtechFotaOutput output;

    if (self->stopped || !self->skeleton)
        return;
    mm_tdtech_fota_machine_step (self->machine, input, &output);
    apply_all (self, &output);
}

/*****************************************************************************/
/* Conditions change */

void
mm_tdtech_fota_condition_changed (MMTdtechFota *self)
{
    if (self->stopped || !self->skeleton)
        return;
    mm_gdbus_modem_fota_set_blockers (self->skeleton, live_blockers (self));
    feed_kind (self, MM_TDTECH_FOTA_INPUT_SIGNAL);
}

static gboolean
condition_changed_idle (MMTdtechFota *self)
{
    mm_tdtech_fota_condition_changed (self);
    return G_SOURCE_REMOVE;
}

/* Signals arrive in the middle of ModemManager's own work */
static void
condition_changed_later (MMTdtechFota *self)
{
    g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, (GSourceFunc) condition_changed_idle,
                     g_object_ref (self), g_object_unref);
}

static void
call_changed (MMTdtechFota *self)
{
    self->call_begun = TRUE;
    condition_changed_later (self);
}

static void
watch_call (MMBaseCall *call,
            gpointer    user_data)
{
    MMTdtechFota *self = MM_TDTECH_FOTA (user_data);

    g_signal_handlers_disconnect_by_func (call, call_changed, self);
    g_signal_connect_object (call, "notify::state", G_CALLBACK (call_changed), self,
                             G_CONNECT_SWAPPED);
}

static void
call_added (MMTdtechFota *self)
{
    if (self->calls)
        mm_call_list_foreach (self->calls, watch_call, self);
    call_changed (self);
}

static void
calls_changed (MMTdtechFota *self)
{
    MMCallList *calls = NULL;

    g_object_get (self->modem, MM_IFACE_MODEM_VOICE_CALL_LIST, &calls, NULL);
    if (calls && calls != self->calls) {
        g_signal_connect_object (calls, MM_CALL_ADDED, G_CALLBACK (call_added), self,
                                 G_CONNECT_SWAPPED);
        g_signal_connect_object (calls, MM_CALL_DELETED, G_CALLBACK (condition_changed_later), self,
                                 G_CONNECT_SWAPPED);
        /* Include sessions that are already up: we may be waiting for their end */
        mm_call_list_foreach (calls, watch_call, self);
    }
    g_set_object (&self->calls, calls);
    g_clear_object (&calls);
}

/* Only for who waits for a session to end: somebody who dials in a loop must not make
 * us ask the module in one, nor must we, who dial again what we hung up in vain */
static void
bearer_status_changed (MMTdtechFota *self,
                       GParamSpec   *pspec,
                       MMBaseBearer *bearer)
{
    if (self->machine->blockers & (MM_TDTECH_FOTA_BLOCKER_DATA | MM_TDTECH_FOTA_BLOCKER_AUTO_DIAL) &&
        mm_base_bearer_get_status (bearer) == MM_BEARER_STATUS_DISCONNECTED &&
        !mm_tdtech_fota_holds_data (self))
        condition_changed_later (self);
}

static void
watch_bearer (MMBaseBearer *bearer,
              gpointer      user_data)
{
    MMTdtechFota *self = MM_TDTECH_FOTA (user_data);

    g_signal_handlers_disconnect_by_func (bearer, bearer_status_changed, self);
    g_signal_connect_object (bearer, "notify::" MM_BASE_BEARER_STATUS,
                             G_CALLBACK (bearer_status_changed), self, G_CONNECT_SWAPPED);
}

static void
bearers_changed (MMTdtechFota *self)
{
    MMBearerList *bearers = NULL;

    g_object_get (self->modem, MM_IFACE_MODEM_BEARER_LIST, &bearers, NULL);
    if (bearers && bearers != self->bearers)
        g_signal_connect_object (bearers, "notify::num-bearers", G_CALLBACK (bearers_changed), self,
                                 G_CONNECT_SWAPPED);
    g_set_object (&self->bearers, bearers);
    if (bearers)
        mm_bearer_list_foreach (bearers, watch_bearer, self);
    g_clear_object (&bearers);
}

static void
watch_conditions (MMTdtechFota *self)
{
    g_signal_connect_object (self->modem, "notify::" MM_IFACE_MODEM_3GPP_REGISTRATION_STATE,
                             G_CALLBACK (condition_changed_later), self, G_CONNECT_SWAPPED);
    g_signal_connect_object (self->modem, "notify::" MM_IFACE_MODEM_VOICE_CALL_LIST,
                             G_CALLBACK (calls_changed), self, G_CONNECT_SWAPPED);
    g_signal_connect_object (self->modem, "notify::" MM_IFACE_MODEM_BEARER_LIST,
                             G_CALLBACK (bearers_changed), self, G_CONNECT_SWAPPED);
    calls_changed (self);
    bearers_changed (self);
}

/*****************************************************************************/
/* Verbs and Cancel over D-Bus */

typedef struct {
    MMTdtechFota          *self;
    MMTdtechFotaVerb       verb;          /* or CANCEL */
    GDBusMethodInvocation *invocation;
    MMTdtechFotaOptions   *options;       /* NULL: of Cancel */
    const gchar           *actions[3];    /* to be authorized, in this order; NULL ends */
    guint                  next_action;
    guint                  caller_watch;  /* 0: the caller does not care for an answer */
    gboolean               caller_left;
    guint                  patience;
} HandleVerbContext;

static void
handle_verb_context_free (HandleVerbContext *ctx)
{
    g_clear_handle_id (&ctx->caller_watch, g_bus_unwatch_name);
    g_clear_handle_id (&ctx->patience, g_source_remove);
    g_clear_pointer (&ctx->options, mm_tdtech_fota_options_free);
    g_clear_object (&ctx->invocation);
    g_object_unref (ctx->self);
    g_slice_free (HandleVerbContext, ctx);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (HandleVerbContext, handle_verb_context_free)

static void
return_core_error (HandleVerbContext *ctx,
                   MMCoreError        code,
                   const gchar       *message)
{
    g_dbus_method_invocation_return_error_literal (g_steal_pointer (&ctx->invocation),
                                                   MM_CORE_ERROR, code, message);
}

static void
return_invalid (HandleVerbContext *ctx,
                const gchar       *message)
{
    MMTdtechFotaError error = mm_tdtech_fota_machine_foresee (ctx->self->machine, ctx->verb);

    /* Report what is in progress or missing first: another server would not help */
    if (error != MM_TDTECH_FOTA_ERROR_NONE)
        answer_verb (ctx->self, g_steal_pointer (&ctx->invocation), error);
    else
        return_core_error (ctx, MM_CORE_ERROR_INVALID_ARGS, message);
}

/* Which server: the caller's, or the one that is known */
static gboolean
choose_server (HandleVerbContext *ctx)
{
    MMTdtechFota            *self = ctx->self;
    MMTdtechFotaRecordData  *data = mm_tdtech_fota_record_peek (self->record);
    MMTdtechFotaFlowOptions *flow = &ctx->options->flow;
    const gchar             *url = ctx->options->url ? ctx->options->url : data->url;

    if (ctx->verb == MM_TDTECH_FOTA_VERB_UPGRADE)
        return TRUE;
    if (!url)
        return ctx->verb == MM_TDTECH_FOTA_VERB_DOWNLOAD &&
               self->machine->module_state == MM_TDTECH_FOTASTATE_AVAILABLE;
    flow->with_url = TRUE;
    flow->https = mm_tdtech_url_is_https (url);
    flow->same_server = g_strcmp0 (url, data->offer_url ? data->offer_url : data->url) == 0;
    return TRUE;
}

static void
begin_verb (HandleVerbContext *ctx)
{
    MMTdtechFota           *self = ctx->self;
    MMTdtechFotaRecordData *data = mm_tdtech_fota_record_peek (self->record);
    MMTdtechFotaInput       input = { .kind = MM_TDTECH_FOTA_INPUT_VERB };
    MMTdtechFotaOutput      output;
    g_autoptr(GError)       error = NULL;

    if (!choose_server (ctx)) {
        return_invalid (ctx, "no firmware server is known: the option 'url' is needed");
        return;
    }
    if (!mm_tdtech_fota_options_check_server (ctx->options, &error)) {
        return_invalid (ctx, error->message);
        return;
    }

    input.verb = ctx->verb;
    input.options = &ctx->options->flow;
    mm_tdtech_fota_machine_step (self->machine, &input, &output);
    if (!output.entered) {
        answer_verb (self, g_steal_pointer (&ctx->invocation), output.verb_error);
        return;
    }

    self->verb_invocation = g_steal_pointer (&ctx->invocation);
    settle_server (self, TRUE);
    begin_transaction (self, ctx->options->transaction);
    if (ctx->options->url) {
        self->previous_url = g_steal_pointer (&data->url);
        self->server_changed = TRUE;
        data->url = g_strdup (ctx->options->url);
    }
    g_clear_pointer (&self->options, mm_tdtech_fota_options_free);
    self->options = g_steal_pointer (&ctx->options);
    apply (self, &output);
}

static void
cancel (HandleVerbContext *ctx)
{
    MMTdtechFota       *self = ctx->self;
    MMTdtechFotaInput   input = { .kind = MM_TDTECH_FOTA_INPUT_CANCEL };
    MMTdtechFotaOutput  output;

    mm_tdtech_fota_machine_step (self->machine, &input, &output);
    if (output.answer_cancel) {
        answer (self, g_steal_pointer (&ctx->invocation), output.cancel_error, NULL);
        output.answer_cancel = FALSE;
    } else
        self->cancel_invocation = g_steal_pointer (&ctx->invocation);
    apply_all (self, &output);
}

static void
serve (HandleVerbContext *ctx)
{
    if (ctx->caller_left)
        return_core_error (ctx, MM_CORE_ERROR_CANCELLED, "the caller is gone");
    else if (ctx->verb == MM_TDTECH_FOTA_VERB_CANCEL)
        cancel (ctx);
    else
        begin_verb (ctx);
}

/*****************************************************************************/
/* Method calls that wait until the module's state is known */

static void
serve_early_calls (MMTdtechFota *self)
{
    HandleVerbContext *ctx;

    while (!self->stopped && !mm_tdtech_fota_machine_is_early (self->machine) &&
           (ctx = g_queue_pop_head (&self->early_calls))) {
        serve (ctx);
        handle_verb_context_free (ctx);
    }
}

static void
give_early_call_up (HandleVerbContext *ctx,
                    MMCoreError        code,
                    const gchar       *message)
{
    if (!g_queue_remove (&ctx->self->early_calls, ctx))
        return;
    return_core_error (ctx, code, message);
    handle_verb_context_free (ctx);
}

static gboolean
early_call_is_late (HandleVerbContext *ctx)
{
    ctx->patience = 0;
    give_early_call_up (ctx, MM_CORE_ERROR_RETRY,
                        "what the module is doing is not known yet: try again in a moment");
    return G_SOURCE_REMOVE;
}

static void
caller_vanished (GDBusConnection *connection,
                 const gchar     *name,
                 gpointer         user_data)
{
    HandleVerbContext *ctx = user_data;

    ctx->caller_left = TRUE;
    give_early_call_up (ctx, MM_CORE_ERROR_CANCELLED, "the caller is gone");
}

/* A caller that expects no reply may disconnect */
static void
watch_caller (HandleVerbContext *ctx)
{
    GDBusMessage *message = g_dbus_method_invocation_get_message (ctx->invocation);
    const gchar  *sender = g_dbus_method_invocation_get_sender (ctx->invocation);

    if (!sender || (g_dbus_message_get_flags (message) & G_DBUS_MESSAGE_FLAGS_NO_REPLY_EXPECTED))
        return;
    ctx->caller_watch = g_bus_watch_name_on_connection (g_dbus_method_invocation_get_connection (ctx->invocation),
                                                        sender, G_BUS_NAME_WATCHER_FLAGS_NONE,
                                                        NULL, caller_vanished, ctx, NULL);
}

static void
serve_when_known (HandleVerbContext *taken)
{
    g_autoptr(HandleVerbContext)  ctx = taken;
    MMTdtechFota                 *self = ctx->self;

    if (!mm_tdtech_fota_machine_is_early (self->machine) || ctx->caller_left)
        serve (ctx);
    else if (self->early_calls.length >= EARLY_CALLS_MAX)
        return_core_error (ctx, MM_CORE_ERROR_RETRY,
                           "too many calls wait until it is known what the module is doing: try again in a moment");
    else {
        ctx->patience = g_timeout_add_seconds (EARLY_CALL_SECONDS, (GSourceFunc) early_call_is_late, ctx);
        g_queue_push_tail (&self->early_calls, g_steal_pointer (&ctx));
    }
}

/*****************************************************************************/
/* Authorization */

static gboolean
return_if_stopped (HandleVerbContext *ctx)
{
    if (!ctx->self->stopped)
        return FALSE;
    return_core_error (ctx, MM_CORE_ERROR_ABORTED, "the modem is gone");
    return TRUE;
}

static void authorize_next (HandleVerbContext *ctx);

static void
verb_auth_ready (MMBaseModem       *modem,
                 GAsyncResult      *res,
                 HandleVerbContext *taken)
{
    g_autoptr(HandleVerbContext) ctx = taken;
    g_autoptr(GError)            error = NULL;

    if (!mm_base_modem_authorize_finish (modem, res, &error)) {
        g_dbus_method_invocation_return_gerror (g_steal_pointer (&ctx->invocation), error);
        return;
    }
    if (return_if_stopped (ctx))
        return;
    ctx->next_action++;
    if (ctx->actions[ctx->next_action])
        authorize_next (g_steal_pointer (&ctx));
    else
        serve_when_known (g_steal_pointer (&ctx));
}

static void
authorize_next (HandleVerbContext *ctx)
{
    mm_base_modem_authorize (ctx->self->modem, ctx->invocation, ctx->actions[ctx->next_action],
                             (GAsyncReadyCallback) verb_auth_ready, ctx);
}

/* A download that goes on to an upgrade needs both rights */
static void
choose_actions (HandleVerbContext *ctx)
{
    const MMTdtechFotaFlowOptions *flow = &ctx->options->flow;
    guint                          i = 0;

    if (ctx->verb == MM_TDTECH_FOTA_VERB_CHECK)
        ctx->actions[i++] = MM_TDTECH_FOTA_AUTHORIZATION_CHECK;
    else if (ctx->verb != MM_TDTECH_FOTA_VERB_UPGRADE)
        ctx->actions[i++] = MM_TDTECH_FOTA_AUTHORIZATION_DOWNLOAD;
    if (flow->allow_downgrade)
        ctx->actions[i++] = MM_TDTECH_FOTA_AUTHORIZATION_DOWNGRADE;
    else if (flow->upgrade || ctx->verb == MM_TDTECH_FOTA_VERB_UPGRADE)
        ctx->actions[i++] = MM_TDTECH_FOTA_AUTHORIZATION_UPGRADE;
}

static HandleVerbContext *
handle_verb_context_new (MMTdtechFota          *self,
                         GDBusMethodInvocation *invocation,
                         MMTdtechFotaVerb       verb)
{
    HandleVerbContext *ctx = g_slice_new0 (HandleVerbContext);

    ctx->self = g_object_ref (self);
    ctx->verb = verb;
    ctx->invocation = invocation;
    return ctx;
}

static gboolean
handle_verb (MMTdtechFota          *self,
             GDBusMethodInvocation *invocation,
             MMTdtechFotaVerb       verb,
             GVariant              *dictionary)
{
    g_autoptr(HandleVerbContext) ctx = handle_verb_context_new (self, invocation, verb);
    g_autoptr(GError)            error = NULL;

    ctx->options = mm_tdtech_fota_options_new (verb, dictionary, &error);
    if (!ctx->options) {
        return_core_error (ctx, MM_CORE_ERROR_INVALID_ARGS, error->message);
        return TRUE;
    }
    choose_actions (ctx);
    watch_caller (ctx);
    authorize_next (g_steal_pointer (&ctx));
    return TRUE;
}

static gboolean
handle_check (MmGdbusModemFota      *skeleton,
              GDBusMethodInvocation *invocation,
              GVariant              *options,
              MMTdtechFota          *self)
{
    return handle_verb (self, invocation, MM_TDTECH_FOTA_VERB_CHECK, options);
}

static gboolean
handle_download (MmGdbusModemFota      *skeleton,
                 GDBusMethodInvocation *invocation,
                 GVariant              *options,
                 MMTdtechFota          *self)
{
    return handle_verb (self, invocation, MM_TDTECH_FOTA_VERB_DOWNLOAD, options);
}

static gboolean
handle_resume (MmGdbusModemFota      *skeleton,
               GDBusMethodInvocation *invocation,
               GVariant              *options,
               MMTdtechFota          *self)
{
    return handle_verb (self, invocation, MM_TDTECH_FOTA_VERB_RESUME, options);
}

static gboolean
handle_upgrade (MmGdbusModemFota      *skeleton,
                GDBusMethodInvocation *invocation,
                GVariant              *options,
                MMTdtechFota          *self)
{
    return handle_verb (self, invocation, MM_TDTECH_FOTA_VERB_UPGRADE, options);
}

static gboolean
handle_cancel (MmGdbusModemFota      *skeleton,
               GDBusMethodInvocation *invocation,
               GVariant              *options,
               MMTdtechFota          *self)
{
    g_autoptr(HandleVerbContext) ctx = handle_verb_context_new (self, invocation, MM_TDTECH_FOTA_VERB_CANCEL);
    g_autoptr(GError)            error = NULL;

    if (!mm_tdtech_fota_options_check_none (options, &error)) {
        return_core_error (ctx, MM_CORE_ERROR_INVALID_ARGS, error->message);
        return TRUE;
    }
    ctx->actions[0] = MM_TDTECH_FOTA_AUTHORIZATION_DOWNLOAD;
    watch_caller (ctx);
    authorize_next (g_steal_pointer (&ctx));
    return TRUE;
}

/*****************************************************************************/
/* ListEvents over D-Bus */

typedef struct {
    MMTdtechFota          *self;
    GDBusMethodInvocation *invocation;
    guint64                after;
} HandleListEventsContext;

static void
handle_list_events_context_free (HandleListEventsContext *ctx)
{
    g_clear_object (&ctx->invocation);
    g_object_unref (ctx->self);
    g_slice_free (HandleListEventsContext, ctx);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (HandleListEventsContext, handle_list_events_context_free)

static void
list_events_auth_ready (MMBaseModem             *modem,
                        GAsyncResult            *res,
                        HandleListEventsContext *taken)
{
    g_autoptr(HandleListEventsContext) ctx = taken;
    g_autoptr(GError)                  error = NULL;

    if (mm_base_modem_authorize_finish (modem, res, &error) && ctx->self->stopped)
        error = g_error_new_literal (MM_CORE_ERROR, MM_CORE_ERROR_ABORTED, "the modem is gone");
    if (error) {
        g_dbus_method_invocation_return_gerror (g_steal_pointer (&ctx->invocation), error);
        return;
    }
    mm_gdbus_modem_fota_complete_list_events (ctx->self->skeleton,
                                              g_steal_pointer (&ctx->invocation),
                                              mm_tdtech_fota_record_list_events (ctx->self->record, ctx->after));
}

static gboolean
handle_list_events (MmGdbusModemFota      *skeleton,
                    GDBusMethodInvocation *invocation,
                    guint64                after,
                    MMTdtechFota          *self)
{
    HandleListEventsContext *ctx = g_slice_new0 (HandleListEventsContext);

    ctx->self = g_object_ref (self);
    ctx->invocation = invocation;
    ctx->after = after;
    mm_base_modem_authorize (self->modem, invocation, MM_TDTECH_FOTA_AUTHORIZATION_CHECK,
                             (GAsyncReadyCallback) list_events_auth_ready, ctx);
    return TRUE;
}

/*****************************************************************************/
/* Life */

static gchar *
take_key (MMTdtechFota *self)
{
    MmGdbusModem     *modem = NULL;
    g_autofree gchar *identifier = NULL;

    g_object_get (self->modem, MM_IFACE_MODEM_DBUS_SKELETON, &modem, NULL);
    if (modem) {
        identifier = g_strdup (mm_gdbus_modem_get_equipment_identifier (modem));
        g_object_unref (modem);
    }
    return mm_tdtech_fota_key_take (NULL, identifier, mm_base_modem_get_device (self->modem), self);
}

GDBusInterfaceSkeleton *
mm_tdtech_fota_peek_skeleton (MMTdtechFota *self)
{
    return self->skeleton ? G_DBUS_INTERFACE_SKELETON (self->skeleton) : NULL;
}

gboolean
mm_tdtech_fota_holds_data (MMTdtechFota *self)
{
    return self->data_pause && mm_tdtech_data_pause_is_held (self->data_pause);
}

static gboolean
open_port (MMTdtechFota *self)
{
    MMPortSerialAt    *port = mm_base_modem_peek_port_primary (self->modem);
    g_autoptr(GError)  error = NULL;

    if (!port)
        return FALSE;
    /* State lines come at any time, also while the modem is not enabled */
    if (!mm_port_serial_open (MM_PORT_SERIAL (port), &error)) {
        mm_obj_warn (self->modem, "couldn't open the AT port for firmware updates: %s", error->message);
        return FALSE;
    }
    self->port = g_object_ref (port);
    return TRUE;
}

static void
export_interface (MMTdtechFota *self)
{
    self->skeleton = mm_gdbus_modem_fota_skeleton_new ();
    g_signal_connect_object (self->skeleton, "handle-check", G_CALLBACK (handle_check), self, 0);
    g_signal_connect_object (self->skeleton, "handle-download", G_CALLBACK (handle_download), self, 0);
    g_signal_connect_object (self->skeleton, "handle-resume", G_CALLBACK (handle_resume), self, 0);
    g_signal_connect_object (self->skeleton, "handle-upgrade", G_CALLBACK (handle_upgrade), self, 0);
    g_signal_connect_object (self->skeleton, "handle-cancel", G_CALLBACK (handle_cancel), self, 0);
    g_signal_connect_object (self->skeleton, "handle-list-events", G_CALLBACK (handle_list_events), self, 0);
    update_properties (self);
    g_dbus_object_skeleton_add_interface (G_DBUS_OBJECT_SKELETON (self->modem),
                                          G_DBUS_INTERFACE_SKELETON (self->skeleton));
}

/* Keep the record until then, even if the module is unplugged */
static void
owed_data_restored (MMTdtechDataPause *data_pause,
                    GAsyncResult      *res,
                    MMTdtechFota      *self)
{
    mm_tdtech_data_pause_restore_finish (data_pause, res, NULL);
    g_object_unref (self);
}

void
mm_tdtech_fota_start (MMTdtechFota *self)
{
    /* A modem is initialized again, for example once its SIM was unlocked */
    if (self->skeleton || self->stopped || !open_port (self))
        return;
    self->key = take_key (self);
    self->record = mm_tdtech_fota_record_new (NULL, self->key);
    self->data_pause = mm_tdtech_data_pause_new (self->modem, self->record);
    load_record (self);
    export_interface (self);
    watch_conditions (self);
    /* Auto-dial still has to be restored */
    if (mm_tdtech_fota_machine_get_stage (self->machine) == MM_TDTECH_FOTA_STAGE_NONE)
        mm_tdtech_data_pause_restore (self->data_pause, TRUE,
                                      (GAsyncReadyCallback) owed_data_restored, g_object_ref (self));
    feed_kind (self, MM_TDTECH_FOTA_INPUT_START);
}

static void
abort_invocation (GDBusMethodInvocation **invocation)
{
    if (*invocation)
        g_dbus_method_invocation_return_error_literal (g_steal_pointer (invocation),
                                                       MM_CORE_ERROR, MM_CORE_ERROR_ABORTED,
                                                       "the modem is gone");
}

void
mm_tdtech_fota_stop (MMTdtechFota *self)
{
    HandleVerbContext *ctx;

    if (self->stopped)
        return;
    self->stopped = TRUE;

    /* The module may already be back, with its new modem object using the record */
    if (self->data_pause)
        mm_tdtech_data_pause_abandon (self->data_pause);
    g_clear_handle_id (&self->timer, g_source_remove);
    g_clear_handle_id (&self->deadline, g_source_remove);
    g_clear_handle_id (&self->tick, g_source_remove);
    g_clear_handle_id (&self->lines_idle, g_source_remove);
    g_queue_clear_full (&self->lines, (GDestroyNotify) line_free);
    while ((ctx = g_queue_pop_head (&self->early_calls))) {
        return_if_stopped (ctx);
        handle_verb_context_free (ctx);
    }
    abort_invocation (&self->verb_invocation);
    abort_invocation (&self->cancel_invocation);
    if (self->skeleton)
        g_dbus_object_skeleton_remove_interface (G_DBUS_OBJECT_SKELETON (self->modem),
                                                 G_DBUS_INTERFACE_SKELETON (self->skeleton));
    if (self->port) {
        mm_port_serial_close (MM_PORT_SERIAL (self->port));
        g_clear_object (&self->port);
    }
    g_clear_object (&self->calls);
    g_clear_object (&self->bearers);
    if (self->key)
        mm_tdtech_fota_key_release (self->key, self);
}

MMTdtechFota *
mm_tdtech_fota_new (MMBaseModem *modem)
{
    MMTdtechFota *self = g_object_new (MM_TYPE_TDTECH_FOTA, NULL);

    self->modem = modem;
    return self;
}

static void
finalize (GObject *object)
{
    MMTdtechFota *self = MM_TDTECH_FOTA (object);

    g_clear_object (&self->skeleton);
    g_clear_object (&self->data_pause);
    g_clear_pointer (&self->record, mm_tdtech_fota_record_free);
    g_clear_pointer (&self->options, mm_tdtech_fota_options_free);
    mm_tdtech_fota_progress_free (self->progress);
    mm_tdtech_fota_machine_free (self->machine);
    g_clear_pointer (&self->given_back, g_variant_unref);
    g_free (self->previous_url);
    g_free (self->key);
    G_OBJECT_CLASS (mm_tdtech_fota_parent_class)->finalize (object);
}

static void
mm_tdtech_fota_init (MMTdtechFota *self)
{
    self->machine = mm_tdtech_fota_machine_new ();
    self->progress = mm_tdtech_fota_progress_new ();
    g_queue_init (&self->early_calls);
    g_queue_init (&self->lines);
}

static void
mm_tdtech_fota_class_init (MMTdtechFotaClass *klass)
{
    G_OBJECT_CLASS (klass)->finalize = finalize;
}

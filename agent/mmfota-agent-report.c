/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-agent-report.h"

#include <errno.h>
#include <string.h>

#include "mmfota-agent-config.h"
#include "mmfota-agent-event.h"
#include "mmfota-agent-retry.h"
#include "mmfota-agent-store.h"

#define TRIES         3
/* The journal keeps at least so many: see ListEvents() */
#define JOURNAL_KEEPS 256
#define DEAD_MAX      (1024 * 1024)

struct _MmfotaAgentReport {
    MmfotaAgentSink          *sink;
    gchar                    *name;
    gchar                    *device_id;
    gchar                    *state;
    guint                     batch;
    MmfotaAgentReportTries    tries;
    MmfotaAgentReportChanged  changed;
    gpointer                  user_data;
    /* IMEI to Device */
    GHashTable               *devices;
    gboolean                  failing;
};

/* Reference-counted: calls may be under way when it is freed */
typedef struct {
    MmfotaAgentReport  *report;
    gchar              *imei;
    gchar              *source;
    gchar              *path;
    MmGdbusModemFota   *fota;
    MmfotaAgentJournal *own;
    GCancellable       *cancellable;
    /* The journal, and how much of it was delivered */
    gchar              *journal;
    guint64             sequence;
    /* The same of the agent's own journal */
    gchar              *own_journal;
    guint64             own_sequence;
    /* The refused event, and how often it was refused */
    guint               refused;
    /* So many events one at a time, to find the refused one */
    guint               single;
    /* The events being sent */
    gboolean            busy;
    GPtrArray          *events;
    guint64             last;
    gchar              *last_journal;
    gboolean            last_is_own;
    /* Something happened while they were sent */
    gboolean            again;
    guint               timer;
    gboolean            sink_said_when;
    guint               failures;
    /* Undelivered events: of the plugin's journal, and of both */
    guint64             left;
    guint64             unreported;
} Device;

static void pump (Device *self);

/*****************************************************************************/
/* Cursor */

static void
load_cursor (Device *self)
{
    g_autoptr(GKeyFile) file = g_key_file_new ();
    g_autoptr(GError)   error = NULL;

    if (!g_key_file_load_from_file (file, self->path, G_KEY_FILE_NONE, &error)) {
        if (!g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
            g_warning ("%s: %s: events are told once more, under the same ids", self->path, error->message);
        return;
    }
    self->journal = g_key_file_get_string (file, "cursor", "journal", NULL);
    self->sequence = g_key_file_get_uint64 (file, "cursor", "sequence", NULL);
    self->refused = (guint) CLAMP (g_key_file_get_integer (file, "cursor", "refused", NULL), 0, TRIES);
    self->single = self->refused > 0 ? 1 : 0;
    if (!mmfota_agent_event_is_journal (self->journal)) {
        g_clear_pointer (&self->journal, g_free);
        self->sequence = 0;
    }
    self->own_journal = g_key_file_get_string (file, "cursor", "own-journal", NULL);
    self->own_sequence = g_key_file_get_uint64 (file, "cursor", "own-sequence", NULL);
    if (!mmfota_agent_event_is_journal (self->own_journal)) {
        g_clear_pointer (&self->own_journal, g_free);
        self->own_sequence = 0;
    }
}

/* If this fails, the sink gets some events twice after a restart, and recognizes them by their
 * ids */
static void
store_cursor (Device *self)
{
    g_autofree gchar  *text = NULL;
    g_autoptr(GError)  error = NULL;

    text = g_strdup_printf ("[cursor]\njournal=%s\nsequence=%" G_GUINT64_FORMAT "\nown-journal=%s\nown-sequence=%"
                            G_GUINT64_FORMAT "\nrefused=%u\n", self->journal ? self->journal : "", self->sequence,
                            self->own_journal ? self->own_journal : "", self->own_sequence, self->refused);
    if (!mmfota_agent_store_write (self->path, text, strlen (text), &error))
        g_warning ("how far reports got is not kept: %s", error->message);
}

/*****************************************************************************/
/* Life of a device */

static void
device_clear (gpointer data)
{
    Device *self = data;

    g_free (self->imei);
    g_free (self->source);
    g_free (self->path);
    g_free (self->journal);
    g_free (self->own_journal);
    g_free (self->last_journal);
    g_clear_object (&self->own);
    g_clear_pointer (&self->events, g_ptr_array_unref);
}

static void
device_unref (Device *self)
{
    g_rc_box_release_full (self, device_clear);
}

typedef Device DeviceRef;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (DeviceRef, device_unref)

static void
device_end (Device *self)
{
    g_cancellable_cancel (self->cancellable);
    g_clear_object (&self->cancellable);
    g_clear_handle_id (&self->timer, g_source_remove);
    g_signal_handlers_disconnect_by_data (self->fota, self);
    g_signal_handlers_disconnect_by_data (self->own, self);
    g_clear_object (&self->fota);
    device_unref (self);
}

static guint64
own_left (Device *self)
{
    gboolean is_known = g_strcmp0 (self->own_journal, mmfota_agent_journal_get_id (self->own)) == 0;

    return mmfota_agent_journal_count (self->own, is_known ? self->own_sequence : 0);
}

static void
count_unreported (Device *self)
{
    guint64 n = self->left + own_left (self);

    if (self->unreported == n)
        return;
    self->unreported = n;
    if (self->report->changed)
        self->report->changed (self->imei, n, self->report->user_data);
}

/*****************************************************************************/
/* Waiting */

static gboolean
time_is_up (gpointer user_data)
{
    Device *self = user_data;

    self->timer = 0;
    self->sink_said_when = FALSE;
    pump (self);
    return G_SOURCE_REMOVE;
}

/* @seconds: 0 if the sink did not say when */
static void
wait_and_retry (Device *self,
                guint   seconds)
{
    self->sink_said_when = seconds > 0;
    if (seconds == 0)
        seconds = mmfota_agent_retry_delay (self->failures);
    self->failures++;
    g_clear_handle_id (&self->timer, g_source_remove);
    self->timer = g_timeout_add_seconds (seconds, time_is_up, self);
}

/* Logs the start and the end of a failure, not each attempt (J7) */
static void
tell_failing (Device      *self,
              const gchar *why)
{
    if (!self->report->failing)
        g_message ("reports wait: %s", why);
    else
        g_debug ("reports wait: %s", why);
    self->report->failing = TRUE;
}

static void
tell_going (Device *self)
{
    if (self->report->failing)
        g_message ("reports are taken again");
    self->report->failing = FALSE;
    self->failures = 0;
}

/*****************************************************************************/
/* The answer */

static void
taken (Device *self)
{
    if (self->last_is_own) {
        g_free (self->own_journal);
        self->own_journal = g_steal_pointer (&self->last_journal);
        self->own_sequence = self->last;
    } else {
        g_free (self->journal);
        self->journal = g_steal_pointer (&self->last_journal);
        self->sequence = self->last;
        self->left -= MIN (self->left, self->events->len);
    }
    self->refused = 0;
    self->single -= MIN (self->single, 1);
    store_cursor (self);
    count_unreported (self);
    tell_going (self);
    /* There may be more events */
    self->again = TRUE;
}

static gboolean
bury (Device      *self,
      const gchar *why)
{
    g_autofree gchar  *path = g_build_filename (self->report->state, "dead-letters", NULL);
    g_autoptr(GBytes)  bytes = NULL;
    g_autofree gchar  *line = NULL;
    g_autoptr(GError)  error = NULL;
    const gchar       *type;
    const gchar       *data;
    gsize              size;

    bytes = mmfota_agent_event_encode (self->events, &type);
    data = g_bytes_get_data (bytes, &size);
    line = g_strndup (data, size);
    if (!mmfota_agent_store_append (path, line, DEAD_MAX, &error)) {
        g_warning ("an event that the sink refuses can't be put aside: %s", error->message);
        return FALSE;
    }
    g_warning ("the sink refused an event for good (%s): it is in %s", why, path);
    return TRUE;
}

static void
refused (Device      *self,
         const gchar *why)
{
    if (self->events->len > 1) {
        /* One of several: find out which */
        self->single = self->events->len;
        self->again = TRUE;
        return;
    }
    self->refused = MIN (self->refused + 1, TRIES);
    if (self->refused == TRIES && bury (self, why)) {
        taken (self);
        return;
    }
    store_cursor (self);
    tell_failing (self, why);
    wait_and_retry (self, 0);
}

static void
posted (MmfotaAgentSinkAnswer  answer,
        const gchar           *why,
        guint                  seconds,
        gpointer               user_data)
{
    g_autoptr(DeviceRef) self = user_data;

    if (!self->fota)
        return;
    self->busy = FALSE;
    switch (answer) {
    case MMFOTA_AGENT_SINK_TAKEN:
        taken (self);
        break;
    case MMFOTA_AGENT_SINK_REFUSED:
        refused (self, why);
        break;
    case MMFOTA_AGENT_SINK_ABSENT:
        break;
    case MMFOTA_AGENT_SINK_LATER:
    default:
        tell_failing (self, why);
        wait_and_retry (self, seconds);
        break;
    }
    g_clear_pointer (&self->events, g_ptr_array_unref);
    if (self->again && !self->timer)
        pump (self);
}

/*****************************************************************************/
/* What is sent */

static void
post (Device *self)
{
    MmfotaAgentSink *sink = self->report->sink;

    self->busy = TRUE;
    sink->post (sink, self->events, self->cancellable, posted, g_rc_box_acquire (self));
}

static void
take (Device      *self,
      gboolean     is_own,
      JsonObject  *object,
      const gchar *journal,
      guint64      sequence)
{
    if (!self->events)
        self->events = g_ptr_array_new_with_free_func ((GDestroyNotify) json_object_unref);
    g_ptr_array_add (self->events, object);
    g_free (self->last_journal);
    self->last_journal = g_strdup (journal);
    self->last_is_own = is_own;
    self->last = sequence;
}

static JsonObject *
event_of (Device      *self,
          GVariant    *event,
          const gchar *journal)
{
    const gchar *transaction = NULL;
    const gchar *failure = NULL;
    guint        attempt = 0;
    gint64       next = 0;

    if (self->report->tries && g_variant_lookup (event, "transaction", "&s", &transaction) && transaction[0])
        self->report->tries (self->imei, transaction, &attempt, &next, self->report->user_data);
    /* The start of a transaction may be reported late */
    if (!g_variant_lookup (event, "error", "&s", &failure))
        next = 0;
    return mmfota_agent_event_new (event, self->source, journal, attempt, next);
}

/* The journal keeps at least so many: if that many are there and the first is not the expected
 * one, events before it may have been dropped. (With fewer, it is only a gap in the numbers.) */
static void
look_for_lost (Device      *self,
               GVariant    *events,
               const gchar *journal)
{
    g_autoptr(GVariant) first = NULL;
    guint64             sequence = 0;
    guint64             when = 0;

    if (g_variant_n_children (events) < JOURNAL_KEEPS)
        return;
    first = g_variant_get_child_value (events, 0);
    if (!g_variant_lookup (first, "sequence", "t", &sequence) || sequence <= self->sequence + 1)
        return;
    g_variant_lookup (first, "time", "t", &when);
    take (self, FALSE, mmfota_agent_event_new_lost (self->source, journal, self->sequence, sequence,
                                                    sequence - self->sequence - 1, (gint64) when),
          journal, sequence - 1);
}

/* Up to the place of the agent's next own event, which comes then */
static guint64
next_own_place (Device      *self,
                const gchar *journal)
{
    GVariant    *event = mmfota_agent_journal_peek (self->own, self->own_sequence);
    const gchar *its_journal = NULL;
    guint64      after = 0;

    if (event && g_variant_lookup (event, "journal", "&s", &its_journal) && g_str_equal (its_journal, journal) &&
        g_variant_lookup (event, "after", "t", &after))
        return after;
    return G_MAXUINT64;
}

/* As many as fit into one request; nothing that was delivered already */
static void
take_events (Device      *self,
             GVariant    *events,
             const gchar *journal)
{
    guint        max = self->single ? 1 : self->report->batch;
    gsize        n = g_variant_n_children (events);
    guint64      after = self->sequence;
    guint64      place = next_own_place (self, journal);
    gsize        i;

    look_for_lost (self, events, journal);
    for (i = 0; i < n && (!self->events || self->events->len < max); i++) {
        g_autoptr(GVariant)  event = g_variant_get_child_value (events, i);
        JsonObject          *object;
        guint64              sequence = 0;

        if (!g_variant_lookup (event, "sequence", "t", &sequence) || sequence <= after)
            continue;
        if (sequence > place)
            break;
        object = event_of (self, event, journal);
        if (object)
            take (self, FALSE, object, journal, sequence);
        after = sequence;
    }
    /* Everything up to there is done */
    if (!self->events && place != G_MAXUINT64) {
        self->sequence = MAX (self->sequence, place);
        self->again = TRUE;
    }
}

static void
listed (GObject      *source,
        GAsyncResult *result,
        gpointer      user_data)
{
    g_autoptr(DeviceRef)  self = user_data;
    g_autoptr(GVariant)   events = NULL;
    g_autoptr(GError)     error = NULL;
    const gchar          *journal;

    mm_gdbus_modem_fota_call_list_events_finish (MM_GDBUS_MODEM_FOTA (source), &events, result, &error);
    if (!self->fota)
        return;
    self->busy = FALSE;
    if (!events) {
        g_dbus_error_strip_remote_error (error);
        tell_failing (self, error->message);
        wait_and_retry (self, 0);
        return;
    }
    journal = mm_gdbus_modem_fota_get_journal (self->fota);
    if (g_strcmp0 (journal, self->journal) != 0)
        /* Changed during the call */
        self->again = TRUE;
    else {
        self->left = g_variant_n_children (events);
        count_unreported (self);
        take_events (self, events, journal);
    }
    if (self->events)
        post (self);
    else if (self->again)
        pump (self);
}

/* A new journal: what was left of the old one is lost; neither its number nor its time is known.
 * The event must be the same each time it is sent, so do not add the current time. */
static gboolean
change_journal (Device      *self,
                const gchar *journal)
{
    self->left = 0;
    if (self->journal) {
        take (self, FALSE, mmfota_agent_event_new_lost (self->source, self->journal, self->sequence, 0, 0, 0), journal, 0);
        return TRUE;
    }
    self->journal = g_strdup (journal);
    self->sequence = 0;
    return FALSE;
}

/* The event that it follows was delivered, or is gone with its journal */
static gboolean
is_due (Device   *self,
        GVariant *event)
{
    const gchar *journal = NULL;
    guint64      after = 0;

    return !g_variant_lookup (event, "journal", "&s", &journal) || g_strcmp0 (journal, self->journal) != 0 ||
           !g_variant_lookup (event, "after", "t", &after) || after <= self->sequence ||
           mm_gdbus_modem_fota_get_last_event (self->fota) <= self->sequence;
}

/* The agent's journal is a new one, since the old one was damaged; or it has dropped events */
static gboolean
take_own_lost (Device      *self,
               const gchar *journal)
{
    GVariant *event;
    guint64   sequence = 0;
    guint64   when = 0;

    if (self->own_journal && g_strcmp0 (self->own_journal, journal) != 0) {
        take (self, TRUE, mmfota_agent_event_new_lost (self->source, self->own_journal, self->own_sequence, 0, 0, 0), journal, 0);
        return TRUE;
    }
    event = mmfota_agent_journal_peek_last (self->own);
    if (event && g_variant_lookup (event, "sequence", "t", &sequence) && sequence < self->own_sequence) {
        g_warning ("%s: ahead of the agent's journal: its events are told once more, under the same ids", self->path);
        self->own_sequence = 0;
    }
    event = mmfota_agent_journal_peek (self->own, self->own_sequence);
    if (!event || !g_variant_lookup (event, "sequence", "t", &sequence) || sequence == self->own_sequence + 1 ||
        !is_due (self, event))
        return FALSE;
    g_variant_lookup (event, "time", "t", &when);
    take (self, TRUE, mmfota_agent_event_new_lost (self->source, journal, self->own_sequence, sequence,
                                                   sequence - self->own_sequence - 1, (gint64) when),
          journal, sequence - 1);
    return TRUE;
}

/* The agent's own events that come next */
static gboolean
take_own (Device *self)
{
    const gchar *journal = mmfota_agent_journal_get_id (self->own);
    guint        max = self->single ? 1 : self->report->batch;
    guint64      after = self->own_sequence;
    GVariant    *event;
    JsonObject  *object;

    if (!journal)
        return FALSE;
    if (take_own_lost (self, journal))
        return TRUE;
    while ((!self->events || self->events->len < max) &&
           (event = mmfota_agent_journal_peek (self->own, after)) && is_due (self, event)) {
        g_variant_lookup (event, "sequence", "t", &after);
        object = mmfota_agent_event_new (event, self->source, journal, 0, 0);
        if (object)
            take (self, TRUE, object, journal, after);
    }
    return self->events != NULL;
}

static void
pump (Device *self)
{
    const gchar *journal = self->fota ? mm_gdbus_modem_fota_get_journal (self->fota) : NULL;
    guint64      last = self->fota ? mm_gdbus_modem_fota_get_last_event (self->fota) : 0;

    self->again = self->busy || self->timer;
    if (self->again || !mmfota_agent_event_is_journal (journal))
        return;
    if (g_strcmp0 (journal, self->journal) != 0 && change_journal (self, journal)) {
        post (self);
        return;
    }
    count_unreported (self);
    if (take_own (self)) {
        post (self);
        return;
    }
    if (last == self->sequence)
        return;
    /* Sequence numbers never go back, so the cursor is damaged. Better twice under the same ids
     * than never */
    if (last < self->sequence) {
        g_warning ("%s: ahead of the journal: events are told once more, under the same ids", self->path);
        self->sequence = 0;
    }
    self->busy = TRUE;
    mm_gdbus_modem_fota_call_list_events (self->fota, self->sequence, self->cancellable, listed, g_rc_box_acquire (self));
}

/*****************************************************************************/
/* Modems */

void
mmfota_agent_report_follow (MmfotaAgentReport  *self,
                            const gchar        *imei,
                            MmGdbusModemFota   *fota,
                            MmfotaAgentJournal *own)
{
    Device *device;
    Device *old = g_hash_table_lookup (self->devices, imei);

    if (old && old->fota == fota)
        return;
    mmfota_agent_report_leave (self, imei);
    device = g_rc_box_new0 (Device);
    device->report = self;
    device->imei = g_strdup (imei);
    device->source = mmfota_agent_event_source (self->device_id, imei);
    device->path = g_strdup_printf ("%s/report-%s-%s", self->state, self->name, imei);
    device->fota = g_object_ref (fota);
    device->own = g_object_ref (own);
    device->cancellable = g_cancellable_new ();
    load_cursor (device);
    g_signal_connect_swapped (fota, "notify::last-event", G_CALLBACK (pump), device);
    g_signal_connect_swapped (fota, "notify::journal", G_CALLBACK (pump), device);
    g_signal_connect_swapped (own, "added", G_CALLBACK (pump), device);
    g_hash_table_insert (self->devices, g_strdup (imei), device);
    pump (device);
}

void
mmfota_agent_report_leave (MmfotaAgentReport *self,
                           const gchar       *imei)
{
    g_hash_table_remove (self->devices, imei);
}

void
mmfota_agent_report_hurry (MmfotaAgentReport *self)
{
    GHashTableIter iter;
    gpointer       device;

    g_hash_table_iter_init (&iter, self->devices);
    while (g_hash_table_iter_next (&iter, NULL, &device)) {
        Device *one = device;

        if (one->timer && (one->sink_said_when || one->refused > 0))
            continue;
        g_clear_handle_id (&one->timer, g_source_remove);
        one->failures = 0;
        pump (one);
    }
}

/*****************************************************************************/

MmfotaAgentReport *
mmfota_agent_report_new (MmfotaAgentSink                *sink,
                         const MmfotaAgentReportOptions *options,
                         MmfotaAgentReportTries          tries,
                         MmfotaAgentReportChanged        changed,
                         gpointer                        user_data)
{
    MmfotaAgentReport *self = g_new0 (MmfotaAgentReport, 1);
    g_autofree gchar  *sum = g_compute_checksum_for_string (G_CHECKSUM_SHA256, options->name, -1);

    self->sink = sink;
    self->devices = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) device_end);
    self->name = g_strndup (sum, 16);
    self->device_id = g_strdup (options->device_id);
    self->state = g_strdup (options->state);
    self->batch = CLAMP (options->batch, 1, MMFOTA_AGENT_REPORT_BATCH_MAX);
    self->tries = tries;
    self->changed = changed;
    self->user_data = user_data;
    return self;
}

void
mmfota_agent_report_free (MmfotaAgentReport *self)
{
    g_hash_table_unref (self->devices);
    if (self->sink->free)
        self->sink->free (self->sink);
    g_free (self->name);
    g_free (self->device_id);
    g_free (self->state);
    g_free (self);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-agent-report.h"

#include <errno.h>
#include <string.h>

#include "mmfota-agent-event.h"
#include "mmfota-agent-store.h"

/* Seconds: between tries, doubled, with full jitter; for one answer */
#define DELAY_FIRST   5
#define DELAY_MAX     (60 * 60)
#define ANSWER        60
/* Nobody reads what a sink says besides its status */
#define ANSWER_MAX    (64 * 1024)
#define TRIES         3
/* Fewer are never forgotten: see ListEvents() */
#define JOURNAL_KEEPS 256
#define DEAD_MAX      (1024 * 1024)

struct _MmfotaAgentReport {
    gchar                    *url;
    gchar                    *sink;
    gchar                    *device_id;
    gchar                    *state;
    gchar                    *authorization;
    guint                     batch;
    MmfotaAgentHttp          *http;
    MmfotaAgentReportTries    tries;
    MmfotaAgentReportChanged  changed;
    gpointer                  user_data;
    /* IMEI to Device */
    GHashTable               *devices;
    gboolean                  failing;
};

/* Counted references: calls may be under way when it goes */
typedef struct {
    MmfotaAgentReport *report;
    gchar             *imei;
    gchar             *source;
    gchar             *path;
    MmGdbusModemFota  *fota;
    GCancellable      *cancellable;
    /* How far the sink has taken which journal */
    gchar             *journal;
    guint64            sequence;
    /* Of the event that is to blame, which was refused so often */
    guint              refused;
    /* One at a time, to find it */
    gboolean           single;
    /* What is on its way */
    gboolean           busy;
    GPtrArray         *events;
    guint64            last;
    gchar             *last_journal;
    SoupMessage       *message;
    /* Something happened meanwhile */
    gboolean           again;
    guint              timer;
    gboolean           sink_said_when;
    guint              failures;
    guint64            unreported;
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
    self->single = self->refused > 0;
    if (!mmfota_agent_event_is_journal (self->journal)) {
        g_clear_pointer (&self->journal, g_free);
        self->sequence = 0;
    }
}

/* Should this fail, the sink gets some events twice after a restart, and knows them by their ids */
static void
store_cursor (Device *self)
{
    g_autofree gchar  *text = NULL;
    g_autoptr(GError)  error = NULL;

    text = g_strdup_printf ("[cursor]\njournal=%s\nsequence=%" G_GUINT64_FORMAT "\nrefused=%u\n",
                            self->journal ? self->journal : "", self->sequence, self->refused);
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
    g_free (self->last_journal);
    g_clear_pointer (&self->events, g_ptr_array_unref);
    g_clear_object (&self->message);
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
    g_clear_object (&self->fota);
    device_unref (self);
}

static void
set_unreported (Device  *self,
                guint64  n)
{
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

/* @seconds: 0, if nobody said when */
static void
wait_and_retry (Device *self,
                guint   seconds)
{
    guint delay = DELAY_FIRST << MIN (self->failures, 10);

    self->failures++;
    self->sink_said_when = seconds > 0;
    if (seconds == 0)
        seconds = (guint) g_random_int_range (1, (gint32) MIN (delay, DELAY_MAX) + 1);
    g_clear_handle_id (&self->timer, g_source_remove);
    self->timer = g_timeout_add_seconds (seconds, time_is_up, self);
}

/* A line when it begins and one when it is over, not one for each try (J7) */
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
/* What became of it */

static void
taken (Device *self)
{
    g_free (self->journal);
    self->journal = g_steal_pointer (&self->last_journal);
    self->sequence = self->last;
    self->refused = 0;
    self->single = FALSE;
    store_cursor (self);
    set_unreported (self, self->unreported - MIN (self->unreported, self->events->len));
    tell_going (self);
    /* There may be more */
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
        /* One of them, but which? */
        self->single = TRUE;
        self->again = TRUE;
        return;
    }
    self->refused = MIN (self->refused + 1, TRIES);
    if (self->refused == TRIES && bury (self, why)) {
        taken (self);
        self->single = TRUE;
        return;
    }
    store_cursor (self);
    tell_failing (self, why);
    wait_and_retry (self, 0);
}

static gboolean
is_for_later (guint status)
{
    switch (status) {
    case SOUP_STATUS_UNAUTHORIZED:
    case SOUP_STATUS_FORBIDDEN:
    case SOUP_STATUS_PROXY_AUTHENTICATION_REQUIRED:
    case SOUP_STATUS_REQUEST_TIMEOUT:
    case 425:
    case SOUP_STATUS_MISDIRECTED_REQUEST:
    case 429:
        return TRUE;
    default:
        return status < 400 || status >= 500;
    }
}

static void
posted (GObject      *source,
        GAsyncResult *result,
        gpointer      user_data)
{
    g_autoptr(DeviceRef)  self = user_data;
    g_autoptr(GError)     error = NULL;
    GBytes               *answer;
    g_autofree gchar     *why = NULL;
    guint                 status;

    if (!self->fota)
        return;
    answer = mmfota_agent_http_send_finish (self->report->http, result, &error);
    g_clear_pointer (&answer, g_bytes_unref);
    status = soup_message_get_status (self->message);
    self->busy = FALSE;
    /* Once the status is there, what follows it does not matter */
    if (SOUP_STATUS_IS_SUCCESSFUL (status))
        taken (self);
    else if (error && status < 400) {
        tell_failing (self, error->message);
        wait_and_retry (self, 0);
    } else {
        why = g_strdup_printf ("the sink answers with status %u", status);
        if (is_for_later (status)) {
            tell_failing (self, why);
            wait_and_retry (self, mmfota_agent_http_retry_after (self->message));
        } else
            refused (self, why);
    }
    g_clear_object (&self->message);
    g_clear_pointer (&self->events, g_ptr_array_unref);
    if (self->again && !self->timer)
        pump (self);
}

/*****************************************************************************/
/* What is told */

static void
post (Device *self)
{
    MmfotaAgentReport *report = self->report;
    g_autoptr(GBytes)  bytes = NULL;
    const gchar       *type;

    bytes = mmfota_agent_event_encode (self->events, &type);
    self->message = soup_message_new (SOUP_METHOD_POST, report->url);
    soup_message_set_request_body_from_bytes (self->message, type, bytes);
    if (report->authorization)
        soup_message_headers_replace (soup_message_get_request_headers (self->message), "Authorization",
                                      report->authorization);
    self->busy = TRUE;
    mmfota_agent_http_send (report->http, self->message, ANSWER_MAX, ANSWER, self->cancellable, posted,
                            g_rc_box_acquire (self));
}

static void
take (Device     *self,
      JsonObject *object,
      const gchar *journal,
      guint64     sequence)
{
    if (!self->events)
        self->events = g_ptr_array_new_with_free_func ((GDestroyNotify) json_object_unref);
    g_ptr_array_add (self->events, object);
    g_free (self->last_journal);
    self->last_journal = g_strdup (journal);
    self->last = sequence;
}

static JsonObject *
event_of (Device      *self,
          GVariant    *event,
          const gchar *journal)
{
    const gchar *transaction = NULL;
    guint        attempt = 0;
    gint64       next = 0;

    if (self->report->tries && g_variant_lookup (event, "transaction", "&s", &transaction))
        self->report->tries (self->imei, transaction, &attempt, &next, self->report->user_data);
    return mmfota_agent_event_new (event, self->source, journal, attempt, next);
}

/* The journal keeps so many at least: if that many are there and the first one is not the
 * next one, some before it may have been forgotten. (Fewer, and it is only a gap.) */
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
    take (self, mmfota_agent_event_new_lost (self->source, journal, self->sequence, sequence,
                                             sequence - self->sequence - 1, (gint64) when),
          journal, sequence - 1);
}

/* As many as go into one request; nothing that the sink has already */
static void
take_events (Device      *self,
             GVariant    *events,
             const gchar *journal)
{
    guint        max = self->single ? 1 : self->report->batch;
    gsize        n = g_variant_n_children (events);
    guint64      after = self->sequence;
    gsize        i;

    look_for_lost (self, events, journal);
    for (i = 0; i < n && (!self->events || self->events->len < max); i++) {
        g_autoptr(GVariant)  event = g_variant_get_child_value (events, i);
        JsonObject          *object;
        guint64              sequence = 0;

        if (!g_variant_lookup (event, "sequence", "t", &sequence) || sequence <= after)
            continue;
        object = event_of (self, event, journal);
        if (object)
            take (self, object, journal, sequence);
        after = sequence;
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
        /* Changed while it was asked */
        self->again = TRUE;
    else {
        set_unreported (self, g_variant_n_children (events));
        take_events (self, events, journal);
    }
    if (self->events)
        post (self);
    else if (self->again)
        pump (self);
}

/* Another journal: what the old one had left is lost, and nobody knows how much that was, nor when. The
 * same however often it is told: no time of ours is in it. */
static gboolean
change_journal (Device      *self,
                const gchar *journal)
{
    if (self->journal) {
        take (self, mmfota_agent_event_new_lost (self->source, self->journal, self->sequence, 0, 0, 0), journal, 0);
        return TRUE;
    }
    self->journal = g_strdup (journal);
    self->sequence = 0;
    return FALSE;
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
    if (last == self->sequence)
        return;
    /* It never goes back: the cursor is damaged. Twice under the same ids is better than never */
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
mmfota_agent_report_follow (MmfotaAgentReport *self,
                            const gchar       *imei,
                            MmGdbusModemFota  *fota)
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
    device->path = g_strdup_printf ("%s/report-%s-%s", self->state, self->sink, imei);
    device->fota = g_object_ref (fota);
    device->cancellable = g_cancellable_new ();
    load_cursor (device);
    g_signal_connect_swapped (fota, "notify::last-event", G_CALLBACK (pump), device);
    g_signal_connect_swapped (fota, "notify::journal", G_CALLBACK (pump), device);
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

        if (!one->timer || one->sink_said_when || one->refused > 0)
            continue;
        g_clear_handle_id (&one->timer, g_source_remove);
        one->failures = 0;
        pump (one);
    }
}

/*****************************************************************************/

/* A token in a URL would stand in logs */
static GUri *
parse_url (const gchar  *url,
           GError      **error)
{
    g_autoptr(GUri) uri = g_uri_parse (url, SOUP_HTTP_URI_FLAGS, NULL);

    if (uri && g_uri_get_host (uri) && *g_uri_get_host (uri) && !g_uri_get_userinfo (uri) &&
        (g_str_equal (g_uri_get_scheme (uri), "http") || g_str_equal (g_uri_get_scheme (uri), "https")))
        return g_steal_pointer (&uri);
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                         "the URL for reports is none; allowed: http or https, host, port, path, query, no user");
    return NULL;
}

MmfotaAgentReport *
mmfota_agent_report_new (const MmfotaAgentReportOptions *options,
                         MmfotaAgentReportTries          tries,
                         MmfotaAgentReportChanged        changed,
                         gpointer                        user_data,
                         GError                        **error)
{
    g_autoptr(MmfotaAgentReport) self = g_new0 (MmfotaAgentReport, 1);
    g_autoptr(GUri)              uri = NULL;
    g_autofree gchar            *sum = NULL;

    self->devices = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) device_end);
    self->url = g_strdup (options->url);
    uri = parse_url (options->url, error);
    if (!uri)
        return NULL;
    sum = g_compute_checksum_for_string (G_CHECKSUM_SHA256, options->url, -1);
    self->sink = g_strndup (sum, 16);
    self->device_id = g_strdup (options->device_id);
    self->state = g_strdup (options->state);
    self->batch = CLAMP (options->batch, 1, MMFOTA_AGENT_REPORT_BATCH_MAX);
    self->tries = tries;
    self->changed = changed;
    self->user_data = user_data;
    if (options->token_file && *options->token_file) {
        self->authorization = mmfota_agent_http_authorization ("Bearer", options->token_file, uri, error);
        if (!self->authorization)
            return NULL;
    }
    self->http = mmfota_agent_http_new (&options->tls, error);
    if (!self->http)
        return NULL;
    return g_steal_pointer (&self);
}

void
mmfota_agent_report_free (MmfotaAgentReport *self)
{
    g_hash_table_unref (self->devices);
    g_clear_pointer (&self->http, mmfota_agent_http_free);
    if (self->authorization)
        explicit_bzero (self->authorization, strlen (self->authorization));
    g_free (self->authorization);
    g_free (self->url);
    g_free (self->sink);
    g_free (self->device_id);
    g_free (self->state);
    g_free (self);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-agent-hawkbit.h"

#include <string.h>

#include "mmfota-agent-action.h"
#include "mmfota-agent-clock.h"
#include "mmfota-agent-event.h"
#include "mmfota-agent-retry.h"
#include "mmfota-text.h"

/* Seconds: for one answer; after a refusal; before the server is asked for the next action; and
 * the limits of its polling interval */
#define ANSWER      60
#define REFUSED     60
#define SOON        1
#define SLEEP       300
#define SLEEP_MAX   (24 * 60 * 60)
/* Feedback for one action: a server keeps only so many */
#define SAY_MAX     40
#define TRIES       3
#define ACCEPT      "application/hal+json, application/json"

#define CODE_NOTHING_NEWER 14

/* Polling, reading an action (or its cancellation), and feedback wait independently: a server
 * that takes no feedback may still want to cancel. */
typedef struct {
    gint64   not_before;   /* of CLOCK_BOOTTIME */
    guint    failures;
    guint    refused;
    gboolean failing;
    gboolean server_said_when;
} Lane;

struct _MmfotaAgentHawkbit {
    MmfotaAgentHawkbitChanged  changed;
    gpointer                   user_data;
    MmfotaAgentHttp           *http;
    GCancellable              *cancellable;
    gchar                     *base;          /* …/TENANT/controller/v1/ID/ */
    gchar                     *controller;
    gchar                     *authorization;
    gchar                     *metadata_key;
    gchar                     *url_template;
    gchar                     *device_id;
    gchar                     *imei;
    gchar                     *path;
    gchar                     *model;
    MmGdbusModemFota          *fota;
    gboolean                   started;

    /* The request under way, and the earliest time of the next one */
    SoupMessage               *message;
    gboolean                   listing;
    guint                      timer;
    gint64                     next_poll;     /* of CLOCK_BOOTTIME */
    Lane                       ask;
    Lane                       read;
    Lane                       tell;
    Lane                      *lane;          /* of the current or the last request */
    gboolean                   bad;           /* its answer was unusable */

    /* What the server said */
    gchar                     *etag;
    gchar                     *answer_etag;
    guint32                    sleep;
    gchar                     *to_read;
    gboolean                   to_confirm;
    gboolean                   wants_attributes;
    gboolean                   knows_us;

    MmfotaAgentServerAction    action;
    MmfotaAgentAssignment      assignment;

    /* What to tell the server */
    GVariant                  *events;
    guint64                    event;
    guint64                    listed_to;
    gchar                     *answer;        /* to a request for confirmation */
    gchar                     *answering;     /* the one being sent */
    gchar                     *finished;      /* the verdict */
    guint                      code;
    gchar                     *why;
    gchar                     *text;          /* what goes on */
    gchar                     *text_next;
    gchar                     *said;
    guint                      n_said;
    gchar                     *attributes;    /* those being sent */

    /* What to stop */
    gchar                     *to_stop;       /* its link */
    gchar                     *stop;          /* the action */
    const gchar               *stopped;       /* "closed" or "rejected" */
    const gchar               *stop_why;
    gboolean                   stopping;
    gchar                     *stop_transaction; /* for which the plugin was told to stop */
    gchar                     *last_stop;     /* the previous one, while the server still asks for confirmation */
};

static void pump (MmfotaAgentHawkbit *self);

/*****************************************************************************/
/* The action */

static void
save (MmfotaAgentHawkbit *self)
{
    g_autoptr(GError) error = NULL;

    if (!mmfota_agent_action_save (&self->action, self->path, &error))
        g_warning ("what hawkBit wants is not kept: %s", error->message);
}

static void
tell_assignment (MmfotaAgentHawkbit *self)
{
    const MmfotaAgentServerAction *action = &self->action;
    gboolean                       stopping = self->stop && g_strcmp0 (self->stop, action->id) == 0;

    self->assignment = (MmfotaAgentAssignment){ 0 };
    if (action->id && !action->problem) {
        self->assignment.id = action->id;
        self->assignment.url = action->url;
        self->assignment.version = action->version;
        self->assignment.hold_download = action->hold_download || stopping;
        self->assignment.hold_upgrade = action->hold_upgrade || stopping;
        self->assignment.download_only = action->hold_upgrade && !action->window && !stopping;
        self->assignment.window = action->window;
        self->assignment.forced = action->forced;
        self->assignment.confirm = action->confirm;
    }
    self->changed (self->user_data);
}

static void
forget_verdict (MmfotaAgentHawkbit *self)
{
    g_clear_pointer (&self->finished, g_free);
    g_clear_pointer (&self->why, g_free);
    g_clear_pointer (&self->answer, g_free);
    g_clear_pointer (&self->text, g_free);
    g_clear_pointer (&self->text_next, g_free);
    self->code = 0;
}

static void
end_action (MmfotaAgentHawkbit *self,
            const gchar        *how)
{
    g_message ("modem %s: hawkBit's action %s: %s", self->imei, self->action.id, how);
    mmfota_agent_action_end (&self->action);
    g_clear_pointer (&self->events, g_variant_unref);
    g_clear_pointer (&self->said, g_free);
    self->n_said = 0;
    /* A server that refused feedback for one action may accept it for the next */
    self->tell = (Lane){ .failing = self->tell.failing };
    forget_verdict (self);
    save (self);
    self->next_poll = MIN (self->next_poll, mmfota_agent_clock_elapsed () + SOON);
    tell_assignment (self);
}

static void
begin_events (MmfotaAgentHawkbit *self)
{
    const gchar *journal = self->fota ? mm_gdbus_modem_fota_get_journal (self->fota) : NULL;

    if (!mmfota_agent_event_is_journal (journal) || g_strcmp0 (journal, self->action.journal) == 0)
        return;
    /* Earlier events do not belong to the action; those of a new journal all do */
    self->action.sequence = self->action.journal ? 0 : mm_gdbus_modem_fota_get_last_event (self->fota);
    mmfota_text_set (&self->action.journal, journal);
    save (self);
}

static void
take_action (MmfotaAgentHawkbit             *self,
             const MmfotaAgentDdiDeployment *deployment)
{
    gboolean is_new = g_strcmp0 (self->action.id, deployment->id) != 0;
    gboolean tells = deployment->problem && (is_new || g_strcmp0 (self->action.problem, deployment->problem) != 0);

    if (is_new && self->action.id) {
        end_action (self, "another one follows");
        /* It was not closed, so the server may send it again */
        mmfota_text_set (&self->action.over, NULL);
    }
    mmfota_agent_action_take (&self->action, deployment, self->to_read, self->to_confirm);
    if (is_new)
        g_message ("modem %s: hawkBit's action %s wants version %s%s%s", self->imei, deployment->id,
                   deployment->version ? deployment->version : "?", deployment->forced ? ", forced" : "",
                   self->to_confirm ? ", after a confirmation" : "");
    if (tells)
        g_message ("modem %s: hawkBit's action %s: %s", self->imei, deployment->id, deployment->problem);
    begin_events (self);
    forget_verdict (self);
    save (self);
    tell_assignment (self);
}

/*****************************************************************************/
/* Waiting */

static gboolean
time_is_up (gpointer user_data)
{
    MmfotaAgentHawkbit *self = user_data;

    self->timer = 0;
    pump (self);
    return G_SOURCE_REMOVE;
}

static void
wake_at (MmfotaAgentHawkbit *self,
         gint64              when)
{
    gint64 now = mmfota_agent_clock_elapsed ();

    g_clear_handle_id (&self->timer, g_source_remove);
    self->timer = g_timeout_add_seconds ((guint) CLAMP (when - now, 1, SLEEP_MAX), time_is_up, self);
}

/* @seconds: 0 if the sink did not say when */
static void
wait_and_retry (Lane  *lane,
                guint  seconds)
{
    lane->server_said_when = seconds > 0;
    if (seconds == 0)
        seconds = mmfota_agent_retry_delay (lane->failures);
    lane->failures++;
    lane->not_before = mmfota_agent_clock_elapsed () + seconds;
}

/* Logs the start and the end of a failure, not each attempt (J7) */
static void
tell_failing (MmfotaAgentHawkbit *self,
              const gchar        *why)
{
    if (!self->lane->failing)
        g_message ("modem %s: hawkBit%s: %s", self->imei, self->lane == &self->tell ? " takes no feedback" : "", why);
    self->lane->failing = TRUE;
    self->bad = TRUE;
}

static void
tell_going (MmfotaAgentHawkbit *self)
{
    if (self->bad)
        return;
    if (self->lane->failing)
        g_message ("modem %s: hawkBit %s again", self->imei, self->lane == &self->tell ? "takes feedback" : "answers");
    self->lane->failing = FALSE;
    self->lane->failures = 0;
    self->lane->server_said_when = FALSE;
}

/*****************************************************************************/
/* One request */

/* The answer to a request, if the status is 2xx, 304, 404 or 410, or another 4xx after enough
 * attempts. @bytes may be NULL. */
typedef void (* Answered) (MmfotaAgentHawkbit *self,
                           guint               status,
                           GBytes             *bytes);

/* If it was cancelled, @self is gone. */
typedef struct {
    MmfotaAgentHawkbit *self;
    GCancellable       *cancellable;
    Answered            answered;
} Request;

static void
request_free (Request *request)
{
    g_object_unref (request->cancellable);
    g_free (request);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Request, request_free)

static gboolean
is_for_later (guint status)
{
    return status == SOUP_STATUS_REQUEST_TIMEOUT || status == 425 || status == 429 || status >= 500 || status < 200 ||
           (status >= 300 && status < 400 && status != SOUP_STATUS_NOT_MODIFIED);
}

static gboolean
is_refusal (guint status)
{
    return status == SOUP_STATUS_UNAUTHORIZED || status == SOUP_STATUS_FORBIDDEN ||
           status == SOUP_STATUS_PROXY_AUTHENTICATION_REQUIRED || status == SOUP_STATUS_MISDIRECTED_REQUEST;
}

static gboolean
is_gone (guint status)
{
    return status == SOUP_STATUS_NOT_FOUND || status == SOUP_STATUS_GONE;
}

static void
keep_etag (MmfotaAgentHawkbit *self,
           SoupMessage        *message)
{
    const gchar *etag = soup_message_headers_get_one (soup_message_get_response_headers (message), "ETag");

    mmfota_text_set (&self->answer_etag, etag && strlen (etag) <= MMFOTA_AGENT_DDI_TEXT_MAX ? etag : NULL);
}

static void
judge (MmfotaAgentHawkbit *self,
       SoupMessage        *message,
       GBytes             *bytes,
       const GError       *error,
       Answered            answered)
{
    guint             status = soup_message_get_status (message);
    g_autofree gchar *why = NULL;

    self->bad = FALSE;
    if (error && (status < 300 || status == SOUP_STATUS_MISDIRECTED_REQUEST)) {
        tell_failing (self, error->message);
        wait_and_retry (self->lane, 0);
        return;
    }
    why = g_strdup_printf ("status %u", status);
    if (is_for_later (status)) {
        tell_failing (self, why);
        wait_and_retry (self->lane, mmfota_agent_http_retry_after (message));
    } else if (is_refusal (status)) {
        tell_failing (self, status == SOUP_STATUS_UNAUTHORIZED ? "status 401: no token that the server knows for this target" : why);
        wait_and_retry (self->lane, REFUSED);
        self->lane->server_said_when = FALSE;
    } else if (status >= 400 && !is_gone (status) && ++self->lane->refused < TRIES) {
        tell_failing (self, why);
        wait_and_retry (self->lane, 0);
    } else {
        self->lane->refused = 0;
        keep_etag (self, message);
        answered (self, status, bytes);
        if (status < 400)
            tell_going (self);
    }
}

static void
request_ready (GObject      *source,
               GAsyncResult *result,
               gpointer      user_data)
{
    g_autoptr(Request)      request = user_data;
    g_autoptr(GError)       error = NULL;
    g_autoptr(GBytes)       bytes = mmfota_agent_http_send_finish (NULL, result, &error);
    MmfotaAgentHawkbit     *self = request->self;
    g_autoptr(SoupMessage)  message = NULL;

    if (g_cancellable_is_cancelled (request->cancellable))
        return;
    message = g_steal_pointer (&self->message);
    judge (self, message, bytes, error, request->answered);
    pump (self);
}

/* @body: NULL for GET */
static void
send_request (MmfotaAgentHawkbit *self,
              const gchar        *method,
              const gchar        *link,
              const gchar        *body,
              Answered            answered)
{
    g_autofree gchar   *url = g_strconcat (self->base, link, NULL);
    g_autoptr(GBytes)   bytes = body ? g_bytes_new (body, strlen (body)) : NULL;
    Request            *request = g_new0 (Request, 1);
    SoupMessageHeaders *headers;

    /* The controller's own address has no slash at its end */
    if (!link[0])
        url[strlen (url) - 1] = '\0';
    if (body && !g_str_has_prefix (link, "cancelAction/"))
        self->lane = &self->tell;
    else
        self->lane = link[0] ? &self->read : &self->ask;
    self->message = soup_message_new (method, url);
    headers = soup_message_get_request_headers (self->message);
    soup_message_headers_replace (headers, "Accept", ACCEPT);
    if (self->authorization)
        soup_message_headers_replace (headers, "Authorization", self->authorization);
    if (!link[0] && self->etag)
        soup_message_headers_replace (headers, "If-None-Match", self->etag);
    if (bytes)
        soup_message_set_request_body_from_bytes (self->message, "application/json", bytes);
    request->self = self;
    request->cancellable = g_object_ref (self->cancellable);
    request->answered = answered;
    mmfota_agent_http_send (self->http, self->message, MMFOTA_AGENT_DDI_MAX, ANSWER, self->cancellable, request_ready, request);
}

static const gchar *
text_of (GBytes *bytes,
         gsize  *length)
{
    *length = 0;
    return bytes ? g_bytes_get_data (bytes, length) : NULL;
}

/*****************************************************************************/
/* Poll */

/* Once the server knows that the last action is over, the same id means a new action: a server
 * that lost its database starts over. */
static void
forget_over (MmfotaAgentHawkbit *self,
             const gchar        *link)
{
    g_autofree gchar *id = link ? mmfota_agent_ddi_link_id (link) : NULL;

    if (!self->action.over || g_strcmp0 (id, self->action.over) == 0)
        return;
    mmfota_text_set (&self->action.over, NULL);
    save (self);
}

static void
look_at_links (MmfotaAgentHawkbit       *self,
               const MmfotaAgentDdiPoll *poll)
{
    const gchar      *link = poll->deployment ? poll->deployment : poll->confirmation;
    g_autofree gchar *id = link ? mmfota_agent_ddi_link_id (link) : NULL;

    if (!poll->cancel)
        g_clear_pointer (&self->last_stop, g_free);
    mmfota_text_set (&self->to_stop, self->stop ? NULL : poll->cancel);
    g_clear_pointer (&self->to_read, g_free);
    /* An action that is closed is not begun again: the answer may be an old one */
    if (link && g_strcmp0 (link, self->action.link) != 0 && g_strcmp0 (id, self->action.over) != 0) {
        self->to_read = g_strdup (link);
        self->to_confirm = !poll->deployment;
    }
    if (!link && !poll->cancel && self->action.id)
        end_action (self, "the server does not want it any more");
    forget_over (self, link ? link : poll->cancel);
}

static void
polled (MmfotaAgentHawkbit *self,
        guint               status,
        GBytes             *bytes)
{
    g_autoptr(GError)             error = NULL;
    g_autoptr(MmfotaAgentDdiPoll) poll = NULL;
    const gchar                  *text;
    gsize                         length;

    text = text_of (bytes, &length);
    if (status == SOUP_STATUS_NOT_MODIFIED || status >= 400 || !text) {
        if (status != SOUP_STATUS_NOT_MODIFIED)
            tell_failing (self, "the server does not know this target, or answers with nothing");
    } else {
        poll = mmfota_agent_ddi_poll_parse (text, length, self->controller, &error);
        if (!poll)
            tell_failing (self, error->message);
    }
    if (poll) {
        self->knows_us = TRUE;
        mmfota_text_set (&self->etag, self->answer_etag);
        self->sleep = poll->sleep ? MIN (poll->sleep, SLEEP_MAX) : SLEEP;
        if (poll->config_data)
            self->wants_attributes = TRUE;
        look_at_links (self, poll);
    } else if (status != SOUP_STATUS_NOT_MODIFIED)
        g_clear_pointer (&self->etag, g_free);
    self->next_poll = mmfota_agent_clock_elapsed () + self->sleep;
}

static gboolean
poll (MmfotaAgentHawkbit *self)
{
    if (mmfota_agent_clock_elapsed () < self->next_poll)
        return FALSE;
    send_request (self, SOUP_METHOD_GET, "", NULL, polled);
    return TRUE;
}

/*****************************************************************************/
/* Reading the action */

static void
action_read (MmfotaAgentHawkbit *self,
             guint               status,
             GBytes             *bytes)
{
    g_autoptr(MmfotaAgentDdiDeployment)  deployment = NULL;
    g_autoptr(GError)                    error = NULL;
    g_autofree gchar                    *id = NULL;
    const gchar                         *text;
    gsize                                length;

    text = text_of (bytes, &length);
    if (status < 300 && text)
        deployment = mmfota_agent_ddi_deployment_parse (text, length, self->to_confirm ? "confirmation" : "deployment",
                                                        self->metadata_key, self->url_template, self->model, self->imei, &error);
    id = mmfota_agent_ddi_link_id (self->to_read);
    if (deployment && g_strcmp0 (deployment->id, id) == 0)
        take_action (self, deployment);
    else {
        /* The next answer has the link again */
        tell_failing (self, deployment ? "what an action's link gives has another id" : error ? error->message : "the action is not there");
        g_clear_pointer (&self->etag, g_free);
    }
    g_clear_pointer (&self->to_read, g_free);
}

/* The URL template may need the model. */
static gboolean
read_action (MmfotaAgentHawkbit *self)
{
    if (!self->to_read || !self->model)
        return FALSE;
    send_request (self, SOUP_METHOD_GET, self->to_read, NULL, action_read);
    return TRUE;
}

static void
stop_read (MmfotaAgentHawkbit *self,
           guint               status,
           GBytes             *bytes)
{
    g_autoptr(GError)  error = NULL;
    const gchar       *text;
    gsize              length;

    g_clear_pointer (&self->to_stop, g_free);
    text = text_of (bytes, &length);
    g_free (self->stop);
    self->stop = status < 300 && text ? mmfota_agent_ddi_cancel_parse (text, length, &error) : NULL;
    self->stopped = NULL;
    self->stopping = FALSE;
    if (!self->stop) {
        tell_failing (self, error ? error->message : "the action is not there");
        g_clear_pointer (&self->etag, g_free);
        return;
    }
    if (g_strcmp0 (self->stop, self->last_stop) != 0)
        g_message ("modem %s: hawkBit's action %s is to be stopped", self->imei, self->stop);
    if (g_strcmp0 (self->stop, self->action.id) != 0) {
        self->stopped = "closed";
        self->stop_why = "nothing of it is under way";
    }
    tell_assignment (self);
}

static gboolean
read_stop (MmfotaAgentHawkbit *self)
{
    if (!self->to_stop)
        return FALSE;
    send_request (self, SOUP_METHOD_GET, self->to_stop, NULL, stop_read);
    return TRUE;
}

/*****************************************************************************/
/* Stopping */

static void
stop_told (MmfotaAgentHawkbit *self,
           guint               status,
           GBytes             *bytes)
{
    gboolean ours = g_strcmp0 (self->stop, self->action.id) == 0;
    gboolean closed = g_str_equal (self->stopped, "closed") || is_gone (status);

    /* A server that keeps asking does so at its own pace */
    if (g_strcmp0 (self->stop, self->last_stop) != 0) {
        g_message ("modem %s: hawkBit's action %s: %s, %s", self->imei, self->stop, closed ? "stopped" : "not stopped", self->stop_why);
        self->next_poll = MIN (self->next_poll, mmfota_agent_clock_elapsed () + SOON);
    }
    mmfota_text_set (&self->last_stop, self->stop);
    g_clear_pointer (&self->stop, g_free);
    self->stopped = NULL;
    self->stopping = FALSE;
    g_clear_pointer (&self->etag, g_free);
    if (ours && closed)
        end_action (self, "stopped");
    else
        tell_assignment (self);
}

static gboolean
tell_stop (MmfotaAgentHawkbit *self)
{
    g_autofree gchar *link = NULL;
    g_autofree gchar *body = NULL;

    if (!self->stop || !self->stopped)
        return FALSE;
    link = g_strdup_printf ("cancelAction/%s/feedback", self->stop);
    body = mmfota_agent_ddi_feedback (self->stop, mmfota_agent_clock_now (), self->stopped,
                                      g_str_equal (self->stopped, "closed") ? "success" : "none", 0, self->stop_why);
    send_request (self, SOUP_METHOD_POST, link, body, stop_told);
    return TRUE;
}

static void
cancel_ready (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
    MmfotaAgentHawkbit  *self;
    g_autoptr(GError)    error = NULL;
    g_autoptr(GVariant)  answer = g_dbus_proxy_call_finish (G_DBUS_PROXY (source), result, &error);

    if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return;
    self = user_data;
    if (!error || !self->stop || self->stopped)
        return;
    /* The transaction has ended meanwhile, and nothing is flashed */
    if (g_strcmp0 (mm_gdbus_modem_fota_get_transaction (MM_GDBUS_MODEM_FOTA (source)), self->stop_transaction) != 0) {
        self->stopping = FALSE;
        self->changed (self->user_data);
        return;
    }
    g_message ("modem %s: it does not stop: %s", self->imei, error->message);
    self->stopped = "rejected";
    self->stop_why = "the module does not stop";
    pump (self);
}

/* Only the plugin knows whether it can still be stopped: not from shortly before ^FWUP on. */
static void
try_to_stop (MmfotaAgentHawkbit      *self,
             const MmfotaAgentMemory *memory,
             const gchar             *version)
{
    if (!self->stop || self->stopped || g_strcmp0 (self->stop, self->action.id) != 0)
        return;
    if (memory->verb == MMFOTA_AGENT_VERB_NONE) {
        gboolean late = g_strcmp0 (version, self->action.version) == 0;

        self->stopped = late ? "rejected" : "closed";
        self->stop_why = late ? "it runs already" : "stopped";
    } else if (memory->verb == MMFOTA_AGENT_VERB_UPGRADE &&
               (!self->fota || !mm_gdbus_modem_fota_get_interruptible (self->fota))) {
        self->stopped = "rejected";
        self->stop_why = "the module is flashing";
    } else if (!self->stopping && self->fota && mm_gdbus_modem_fota_get_interruptible (self->fota) &&
               g_strcmp0 (mm_gdbus_modem_fota_get_transaction (self->fota), memory->transaction) == 0) {
        self->stopping = TRUE;
        mmfota_text_set (&self->stop_transaction, memory->transaction);
        g_dbus_proxy_call (G_DBUS_PROXY (self->fota), "Cancel", g_variant_new ("(a{sv})", NULL), G_DBUS_CALL_FLAGS_NONE, -1,
                           self->cancellable, cancel_ready, self);
    }
}

/*****************************************************************************/
/* Feedback */

/* 410: the action has ended. 404 may come from a proxy while the server is away, or mean that a
 * confirmation is expected: the next poll shows which. */
static gboolean
is_not_wanted (MmfotaAgentHawkbit *self,
               guint               status)
{
    if (status == SOUP_STATUS_GONE) {
        end_action (self, "the server has ended it");
        return TRUE;
    }
    if (status != SOUP_STATUS_NOT_FOUND)
        return FALSE;
    tell_failing (self, "status 404");
    wait_and_retry (&self->tell, 0);
    g_clear_pointer (&self->etag, g_free);
    self->next_poll = MIN (self->next_poll, mmfota_agent_clock_elapsed () + SOON);
    return TRUE;
}

static void
event_told (MmfotaAgentHawkbit *self,
            guint               status,
            GBytes             *bytes)
{
    if (!self->action.id || is_not_wanted (self, status))
        return;
    self->action.sequence = self->event;
    save (self);
}

static void
post_feedback (MmfotaAgentHawkbit *self,
               const gchar        *body,
               Answered            answered)
{
    g_autofree gchar *link = g_strdup_printf ("deploymentBase/%s/feedback", self->action.id);

    send_request (self, SOUP_METHOD_POST, link, body, answered);
}

static void
events_listed (GObject      *source,
               GAsyncResult *result,
               gpointer      user_data)
{
    MmfotaAgentHawkbit  *self;
    g_autoptr(GError)    error = NULL;
    g_autoptr(GVariant)  events = NULL;

    mm_gdbus_modem_fota_call_list_events_finish (MM_GDBUS_MODEM_FOTA (source), &events, result, &error);
    if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return;
    self = user_data;
    self->listing = FALSE;
    g_clear_pointer (&self->events, g_variant_unref);
    if (error)
        wait_and_retry (&self->tell, 0);
    else if (source == (GObject *) self->fota) {
        /* Everything up to there is done */
        if (g_variant_n_children (events) == 0)
            self->action.sequence = MAX (self->action.sequence, self->listed_to);
        self->events = g_steal_pointer (&events);
    }
    pump (self);
}

static gboolean
post_next_event (MmfotaAgentHawkbit *self)
{
    gsize i;

    for (i = 0; self->events && i < g_variant_n_children (self->events); i++) {
        g_autoptr(GVariant) event = g_variant_get_child_value (self->events, i);
        g_autofree gchar   *body = NULL;
        guint64             sequence = 0;

        if (!g_variant_lookup (event, "sequence", "t", &sequence) || sequence <= self->action.sequence)
            continue;
        body = mmfota_agent_ddi_event (self->action.id, event);
        if (body) {
            self->event = sequence;
            post_feedback (self, body, event_told);
            return TRUE;
        }
        self->action.sequence = sequence;
    }
    g_clear_pointer (&self->events, g_variant_unref);
    return FALSE;
}

static gboolean
has_events (MmfotaAgentHawkbit *self)
{
    return self->fota && g_strcmp0 (mm_gdbus_modem_fota_get_journal (self->fota), self->action.journal) == 0 &&
           mm_gdbus_modem_fota_get_last_event (self->fota) > self->action.sequence;
}

static gboolean
tell_event (MmfotaAgentHawkbit *self)
{
    if (!self->action.id || self->action.confirm)
        return FALSE;
    begin_events (self);
    if (post_next_event (self))
        return TRUE;
    if (!has_events (self))
        return FALSE;
    self->listing = TRUE;
    self->listed_to = mm_gdbus_modem_fota_get_last_event (self->fota);
    mm_gdbus_modem_fota_call_list_events (self->fota, self->action.sequence, self->cancellable, events_listed, self);
    return TRUE;
}

static void
answer_told (MmfotaAgentHawkbit *self,
             guint               status,
             GBytes             *bytes)
{
    if (!self->action.id || is_not_wanted (self, status))
        return;
    mmfota_text_set (&self->action.answer, self->answering);
    save (self);
    g_clear_pointer (&self->etag, g_free);
    self->next_poll = MIN (self->next_poll, mmfota_agent_clock_elapsed () + SOON);
}

/* Only once: a denied action stays on the server, and comes with every poll. */
static gboolean
tell_answer (MmfotaAgentHawkbit *self)
{
    g_autofree gchar *link = NULL;
    g_autofree gchar *body = NULL;

    if (!self->action.id || !self->action.confirm || !self->answer || g_strcmp0 (self->answer, self->action.answer) == 0)
        return FALSE;
    link = g_strdup_printf ("confirmationBase/%s/feedback", self->action.id);
    mmfota_text_set (&self->answering, self->answer);
    body = mmfota_agent_ddi_confirmation (g_str_equal (self->answer, "confirmed"), self->why);
    send_request (self, SOUP_METHOD_POST, link, body, answer_told);
    return TRUE;
}

static void
text_told (MmfotaAgentHawkbit *self,
           guint               status,
           GBytes             *bytes)
{
    if (self->action.id)
        is_not_wanted (self, status);
}

/* Silence would look like a fault. */
static gboolean
tell_text (MmfotaAgentHawkbit *self)
{
    g_autofree gchar *body = NULL;

    if (!self->action.id || self->action.confirm || self->finished || !self->text || self->n_said >= SAY_MAX ||
        g_strcmp0 (self->text, self->said) == 0)
        return FALSE;
    mmfota_text_set (&self->said, self->text);
    self->n_said++;
    body = mmfota_agent_ddi_feedback (self->action.id, mmfota_agent_clock_now (), "scheduled", "none", 0,
                                      self->text_next ? self->text_next : self->text);
    post_feedback (self, body, text_told);
    return TRUE;
}

static const gchar *
finished_name (const gchar *finished)
{
    return g_str_equal (finished, "none") ? "downloaded, as it was wanted" : finished;
}

static void
closed (MmfotaAgentHawkbit *self,
        guint               status,
        GBytes             *bytes)
{
    g_autofree gchar *how = NULL;

    if (!self->action.id || is_not_wanted (self, status))
        return;
    how = g_strdup_printf ("%s%s%s", self->finished ? finished_name (self->finished) : "closed", self->why ? ", " : "", self->why ? self->why : "");
    end_action (self, how);
}

/* After everything that happened before was reported */
static gboolean
tell_end (MmfotaAgentHawkbit *self)
{
    g_autofree gchar *body = NULL;
    const gchar      *execution = "closed";

    if (!self->action.id || self->action.confirm || !self->finished || self->stop || has_events (self))
        return FALSE;
    /* A download-only action ends with the download; if an earlier action made it, no event
     * reports it */
    if (g_str_equal (self->finished, "none"))
        execution = "downloaded";
    body = mmfota_agent_ddi_feedback (self->action.id, mmfota_agent_clock_now (), execution, self->finished, self->code, self->why);
    post_feedback (self, body, closed);
    return TRUE;
}

/*****************************************************************************/
/* Attributes */

static gchar *
make_attributes (MmfotaAgentHawkbit *self)
{
    g_autofree gchar *hash = g_compute_checksum_for_string (G_CHECKSUM_SHA256, self->imei, -1);
    const gchar      *pairs[] = { "device", self->device_id,
                                  "model", self->model,
                                  "version", mm_gdbus_modem_fota_get_version (self->fota),
                                  "build-time", mm_gdbus_modem_fota_get_build_time (self->fota),
                                  "agent", MMFOTA_VERSION,
                                  NULL };

    if (g_str_equal (self->device_id, "imei")) {
        pairs[0] = "imei";
        pairs[1] = self->imei;
    } else if (g_str_equal (self->device_id, "hash"))
        pairs[1] = hash;
    return mmfota_agent_ddi_config_data (pairs);
}

static void
attributes_told (MmfotaAgentHawkbit *self,
                 guint               status,
                 GBytes             *bytes)
{
    /* Forget the ETag: if the server creates the target again, its next answer may be the same as the last one */
    g_clear_pointer (&self->etag, g_free);
    /* The target is gone, or a proxy answered: wait for the next poll */
    if (is_gone (status)) {
        self->knows_us = FALSE;
        return;
    }
    /* Even if they were refused for good: do not send them again until they change */
    self->wants_attributes = FALSE;
    mmfota_text_set (&self->action.told, self->attributes);
    save (self);
}

static gboolean
tell_attributes (MmfotaAgentHawkbit *self)
{
    const gchar      *version = self->fota ? mm_gdbus_modem_fota_get_version (self->fota) : NULL;
    g_autofree gchar *body = NULL;

    /* Not before the running version is known, nor before the first poll, which creates the target */
    if (!version || !version[0] || !self->model || !self->knows_us)
        return FALSE;
    body = make_attributes (self);
    g_free (self->attributes);
    self->attributes = g_compute_checksum_for_string (G_CHECKSUM_SHA256, body, -1);
    if (!self->wants_attributes && g_strcmp0 (self->attributes, self->action.told) == 0)
        return FALSE;
    send_request (self, SOUP_METHOD_PUT, "configData", body, attributes_told);
    return TRUE;
}

/*****************************************************************************/
/* The next request */

static gint64
next_time (MmfotaAgentHawkbit *self,
           gint64              now)
{
    const Lane *lanes[] = { &self->read, &self->tell };
    gint64      next = MAX (self->next_poll, self->ask.not_before);
    guint       i;

    for (i = 0; i < G_N_ELEMENTS (lanes); i++) {
        if (lanes[i]->not_before > now)
            next = MIN (next, lanes[i]->not_before);
    }
    return next;
}

#define LANE(name) G_STRUCT_OFFSET (MmfotaAgentHawkbit, name)

static void
pump (MmfotaAgentHawkbit *self)
{
    static const struct {
        gboolean (*begin) (MmfotaAgentHawkbit *);
        gsize    lane;
    } steps[] = {
        { tell_stop, LANE (read) },   { tell_answer, LANE (tell) }, { read_stop, LANE (read) },
        { read_action, LANE (read) }, { tell_event, LANE (tell) },  { tell_text, LANE (tell) },
        { tell_end, LANE (tell) },    { tell_attributes, LANE (tell) }, { poll, LANE (ask) },
    };
    gint64 now = mmfota_agent_clock_elapsed ();
    guint  i;

    if (self->message || self->listing || !self->started)
        return;
    for (i = 0; i < G_N_ELEMENTS (steps); i++) {
        const Lane *lane = G_STRUCT_MEMBER_P (self, steps[i].lane);

        if (lane->not_before <= now && steps[i].begin (self))
            return;
    }
    wake_at (self, next_time (self, now));
}

/*****************************************************************************/
/* The outcome */

static gboolean
is_rule (const MmfotaAgentDecision *decision,
         const gchar               *names)
{
    g_auto(GStrv) words = g_strsplit (names, " ", -1);

    return g_strv_contains ((const gchar *const *) words, decision->rule);
}

static void
set_verdict (MmfotaAgentHawkbit *self,
             const gchar        *finished,
             guint               code,
             const gchar        *why)
{
    mmfota_text_set (&self->finished, finished);
    mmfota_text_set (&self->why, why);
    self->code = code;
}

/* Whether nothing more will happen; not if it will be tried again. */
static void
find_verdict (MmfotaAgentHawkbit        *self,
              const MmfotaAgentMemory   *memory,
              const MmfotaAgentDecision *decision,
              const gchar               *version)
{
    const MmfotaAgentServerAction *action = &self->action;

    if (action->problem)
        set_verdict (self, "failure", 0, action->problem);
    else if (!self->fota || memory->verb != MMFOTA_AGENT_VERB_NONE || g_strcmp0 (memory->assigned, action->id) != 0)
        return;
    else if (g_strcmp0 (version, action->version) == 0)
        set_verdict (self, "success", 0, "the version runs");
    else if (is_rule (decision, "given_up skipped other_offered older"))
        set_verdict (self, "failure", 0, decision->reason);
    else if (is_rule (decision, "nothing_offered") && memory->assigned_checked && !memory->offered && !memory->nudge &&
             !memory->query.attempts)
        set_verdict (self, "failure", CODE_NOTHING_NEWER, "the server's folder has nothing newer than what runs");
    else if (is_rule (decision, "hold_upgrade") && !action->window && !self->stop)
        set_verdict (self, "none", 0, NULL);
}

static void
find_text (MmfotaAgentHawkbit        *self,
           const MmfotaAgentDecision *decision)
{
    g_autofree gchar *when = NULL;

    g_clear_pointer (&self->text, g_free);
    g_clear_pointer (&self->text_next, g_free);
    if (!decision->reason[0] || decision->activity == MMFOTA_AGENT_ACTIVITY_CHECKING ||
        decision->activity == MMFOTA_AGENT_ACTIVITY_DOWNLOADING || decision->activity == MMFOTA_AGENT_ACTIVITY_UPGRADING)
        return;
    self->text = g_strdup (decision->reason);
    if (decision->wake == MMFOTA_AGENT_NEVER)
        return;
    when = mmfota_text_time ((guint64) decision->wake);
    self->text_next = g_strdup_printf ("%s; next at %s", decision->reason, when);
}

void
mmfota_agent_hawkbit_decided (MmfotaAgentHawkbit        *self,
                              const MmfotaAgentMemory   *memory,
                              const MmfotaAgentDecision *decision,
                              const gchar               *version)
{
    if (!self->action.id)
        return;
    forget_verdict (self);
    find_verdict (self, memory, decision, version);
    if (self->action.confirm && (self->finished || decision->confirmed))
        self->answer = g_strdup (decision->confirmed || g_strcmp0 (self->finished, "success") == 0 ? "confirmed" : "denied");
    else if (!self->finished)
        find_text (self, decision);
    try_to_stop (self, memory, version);
    pump (self);
}

/*****************************************************************************/
/* Life */

const MmfotaAgentAssignment *
mmfota_agent_hawkbit_peek_assignment (MmfotaAgentHawkbit *self)
{
    return self->assignment.id ? &self->assignment : NULL;
}

const gchar *
mmfota_agent_hawkbit_peek_target (MmfotaAgentHawkbit *self)
{
    return self->base;
}

void
mmfota_agent_hawkbit_hurry (MmfotaAgentHawkbit *self)
{
    Lane  *lanes[] = { &self->ask, &self->read, &self->tell };
    guint  i;

    for (i = 0; i < G_N_ELEMENTS (lanes); i++) {
        if (!lanes[i]->server_said_when)
            lanes[i]->not_before = 0;
        lanes[i]->failures = 0;
    }
    self->next_poll = 0;
    pump (self);
}

static void
module_changed (MmfotaAgentHawkbit *self)
{
    pump (self);
}

void
mmfota_agent_hawkbit_follow (MmfotaAgentHawkbit *self,
                             MmGdbusModemFota   *fota,
                             const gchar        *model)
{
    if (self->fota)
        g_signal_handlers_disconnect_by_data (self->fota, self);
    g_set_object (&self->fota, fota);
    g_clear_pointer (&self->events, g_variant_unref);
    if (!fota)
        return;
    if (model && model[0])
        mmfota_text_set (&self->model, model);
    self->started = TRUE;
    g_signal_connect_swapped (fota, "notify::last-event", G_CALLBACK (module_changed), self);
    g_signal_connect_swapped (fota, "notify::version", G_CALLBACK (module_changed), self);
    pump (self);
}

static gboolean
log_in (MmfotaAgentHawkbit                *self,
        const MmfotaAgentHawkbitSettings  *settings,
        GError                           **error)
{
    g_autoptr(GUri) uri = g_uri_parse (settings->url, SOUP_HTTP_URI_FLAGS, error);
    gboolean        target = settings->target_token_file[0] != '\0';

    if (!uri)
        return FALSE;
    if (!target && !settings->gateway_token_file[0])
        return TRUE;
    self->authorization = mmfota_agent_http_authorization (target ? "TargetToken" : "GatewayToken",
                                                           target ? settings->target_token_file : settings->gateway_token_file,
                                                           uri, error);
    return self->authorization != NULL;
}

static gchar *
make_controller (const gchar *configured,
                 const gchar *imei)
{
    if (g_str_equal (configured, "imei"))
        return g_strdup (imei);
    if (g_str_equal (configured, "hash"))
        return g_compute_checksum_for_string (G_CHECKSUM_SHA256, imei, -1);
    return g_strdup (configured);
}

MmfotaAgentHawkbit *
mmfota_agent_hawkbit_new (const MmfotaAgentHawkbitOptions  *options,
                          MmfotaAgentHawkbitChanged         changed,
                          gpointer                          user_data,
                          GError                          **error)
{
    g_autoptr(MmfotaAgentHawkbit)     self = g_new0 (MmfotaAgentHawkbit, 1);
    const MmfotaAgentHawkbitSettings *settings = options->settings;
    MmfotaAgentHttpTls                tls = { settings->tls_ca, settings->tls_certificate, settings->tls_key, FALSE };

    self->changed = changed;
    self->user_data = user_data;
    self->cancellable = g_cancellable_new ();
    self->controller = make_controller (settings->controller_id, options->imei);
    self->base = g_strdup_printf ("%s%s%s/controller/v1/%s/", settings->url, g_str_has_suffix (settings->url, "/") ? "" : "/",
                                  settings->tenant, self->controller);
    self->metadata_key = g_strdup (settings->metadata_key);
    self->url_template = g_strdup (settings->url_template);
    self->device_id = g_strdup (options->device_id);
    self->imei = g_strdup (options->imei);
    self->path = g_strdup_printf ("%s/hawkbit-%s", options->state, options->imei);
    self->sleep = SLEEP;
    self->lane = &self->ask;
    if (!log_in (self, settings, error))
        return NULL;
    self->http = mmfota_agent_http_new (&tls, error);
    if (!self->http)
        return NULL;
    mmfota_agent_action_load (&self->action, self->path, self->base);
    tell_assignment (self);
    return g_steal_pointer (&self);
}

void
mmfota_agent_hawkbit_free (MmfotaAgentHawkbit *self)
{
    g_cancellable_cancel (self->cancellable);
    g_clear_handle_id (&self->timer, g_source_remove);
    if (self->fota)
        g_signal_handlers_disconnect_by_data (self->fota, self);
    g_clear_object (&self->fota);
    g_clear_object (&self->message);
    g_clear_pointer (&self->http, mmfota_agent_http_free);
    g_clear_object (&self->cancellable);
    if (self->authorization)
        explicit_bzero (self->authorization, strlen (self->authorization));
    forget_verdict (self);
    mmfota_agent_action_clear (&self->action);
    g_clear_pointer (&self->events, g_variant_unref);
    g_free (self->authorization);
    g_free (self->base);
    g_free (self->controller);
    g_free (self->metadata_key);
    g_free (self->url_template);
    g_free (self->device_id);
    g_free (self->imei);
    g_free (self->path);
    g_free (self->model);
    g_free (self->etag);
    g_free (self->answer_etag);
    g_free (self->to_read);
    g_free (self->said);
    g_free (self->answering);
    g_free (self->attributes);
    g_free (self->to_stop);
    g_free (self->stop);
    g_free (self->stop_transaction);
    g_free (self->last_stop);
    g_free (self);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-agent-sink-http.h"

#include <string.h>

#include "mmfota-agent-event.h"

/* Seconds: for one answer */
#define ANSWER     60
/* Only the status of an answer matters */
#define ANSWER_MAX (64 * 1024)

typedef struct {
    MmfotaAgentSink  parent;
    gchar           *url;
    gchar           *authorization;
    MmfotaAgentHttp *http;
} HttpSink;

/* One list; the sink may be gone when the answer comes */
typedef struct {
    SoupMessage         *message;
    MmfotaAgentSinkDone  done;
    gpointer             user_data;
} Post;

static void
post_free (Post *self)
{
    g_object_unref (self->message);
    g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Post, post_free)

/*****************************************************************************/
/* The answer */

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
    g_autoptr(Post)    self = user_data;
    g_autoptr(GError)  error = NULL;
    GBytes            *answer;
    g_autofree gchar  *why = NULL;
    guint              status;

    answer = mmfota_agent_http_send_finish (NULL, result, &error);
    g_clear_pointer (&answer, g_bytes_unref);
    status = soup_message_get_status (self->message);
    why = g_strdup_printf ("the sink answers with status %u", status);
    /* Once the status is known, the rest does not matter */
    if (SOUP_STATUS_IS_SUCCESSFUL (status))
        self->done (MMFOTA_AGENT_SINK_TAKEN, NULL, 0, self->user_data);
    else if (error && status < 400)
        self->done (MMFOTA_AGENT_SINK_LATER, error->message, 0, self->user_data);
    else if (is_for_later (status))
        self->done (MMFOTA_AGENT_SINK_LATER, why, mmfota_agent_http_retry_after (self->message), self->user_data);
    else
        self->done (MMFOTA_AGENT_SINK_REFUSED, why, 0, self->user_data);
}

static void
post (MmfotaAgentSink     *sink,
      GPtrArray           *events,
      GCancellable        *cancellable,
      MmfotaAgentSinkDone  done,
      gpointer             user_data)
{
    HttpSink          *self = (HttpSink *) sink;
    Post              *list = g_new0 (Post, 1);
    g_autoptr(GBytes)  bytes = NULL;
    const gchar       *type;

    bytes = mmfota_agent_event_encode (events, &type);
    list->message = soup_message_new (SOUP_METHOD_POST, self->url);
    list->done = done;
    list->user_data = user_data;
    soup_message_set_request_body_from_bytes (list->message, type, bytes);
    if (self->authorization)
        soup_message_headers_replace (soup_message_get_request_headers (list->message), "Authorization",
                                      self->authorization);
    mmfota_agent_http_send (self->http, list->message, ANSWER_MAX, ANSWER, cancellable, posted, list);
}

/*****************************************************************************/

/* A token in a URL would appear in logs */
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

static void
http_sink_free (HttpSink *self)
{
    g_clear_pointer (&self->http, mmfota_agent_http_free);
    if (self->authorization)
        explicit_bzero (self->authorization, strlen (self->authorization));
    g_free (self->authorization);
    g_free (self->url);
    g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (HttpSink, http_sink_free)

static void
sink_free (MmfotaAgentSink *sink)
{
    http_sink_free ((HttpSink *) sink);
}

MmfotaAgentSink *
mmfota_agent_sink_http_new (const MmfotaAgentSinkHttpOptions *options,
                            GError                          **error)
{
    g_autoptr(HttpSink) self = g_new0 (HttpSink, 1);
    g_autoptr(GUri)     uri = NULL;

    self->parent.post = post;
    self->parent.free = sink_free;
    self->url = g_strdup (options->url);
    uri = parse_url (options->url, error);
    if (!uri)
        return NULL;
    if (options->token_file && *options->token_file) {
        self->authorization = mmfota_agent_http_authorization ("Bearer", options->token_file, uri, error);
        if (!self->authorization)
            return NULL;
    }
    self->http = mmfota_agent_http_new (&options->tls, error);
    if (!self->http)
        return NULL;
    return (MmfotaAgentSink *) g_steal_pointer (&self);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-agent-http.h"

#include <string.h>

#include "mmfota-agent-values.h"

#define USER_AGENT "mmfota-agent"
/* Seconds without a byte */
#define IDLE       30
#define CHUNK      (16 * 1024)
#define RETRY_MAX  (24 * 60 * 60)
#define TOKEN_MAX  4096

struct _MmfotaAgentHttp {
    SoupSession     *session;
    GTlsCertificate *certificate;
    gboolean         unverified;
};

/* One request */
typedef struct {
    SoupMessage     *message;
    GTlsCertificate *certificate;
    gboolean         unverified;
    GInputStream    *stream;
    GByteArray      *body;
    gsize            max;
    GCancellable    *cancellable;
    GCancellable    *outer;
    gulong           outer_handler;
    guint            timer;
    gboolean         too_long;
    /* libsoup would repeat the request by itself, and first read all of the answer */
    gboolean         misdirected;
} Request;

static gboolean
is_set (const gchar *path)
{
    return path && *path;
}

MmfotaAgentHttp *
mmfota_agent_http_new (const MmfotaAgentHttpTls  *tls,
                       GError                   **error)
{
    g_autoptr(MmfotaAgentHttp) self = g_new0 (MmfotaAgentHttp, 1);
    g_autoptr(GTlsDatabase)    database = NULL;
    const gchar               *path = tls->ca;

    self->unverified = tls->unverified;
    if (is_set (path)) {
        database = g_tls_file_database_new (path, error);
        if (!database) {
            g_prefix_error (error, "%s: ", path);
            return NULL;
        }
    }
    path = tls->certificate;
    if (is_set (path)) {
        self->certificate = g_tls_certificate_new_from_files (path, is_set (tls->key) ? tls->key : path, error);
        if (!self->certificate) {
            g_prefix_error (error, "%s, %s: ", path, is_set (tls->key) ? tls->key : path);
            return NULL;
        }
    }
    self->session = soup_session_new_with_options ("user-agent", USER_AGENT, "timeout", IDLE, "idle-timeout", IDLE,
                                                   "max-conns", 4, "max-conns-per-host", 2, NULL);
    if (database)
        soup_session_set_tls_database (self->session, database);
    soup_session_remove_feature_by_type (self->session, SOUP_TYPE_CONTENT_DECODER);
    return g_steal_pointer (&self);
}

void
mmfota_agent_http_free (MmfotaAgentHttp *self)
{
    if (self->session)
        soup_session_abort (self->session);
    g_clear_object (&self->session);
    g_clear_object (&self->certificate);
    g_free (self);
}

/*****************************************************************************/
/* The end of a request */

static void
request_free (Request *request)
{
    g_clear_handle_id (&request->timer, g_source_remove);
    if (request->outer_handler)
        g_cancellable_disconnect (request->outer, request->outer_handler);
    g_clear_object (&request->outer);
    g_signal_handlers_disconnect_by_data (request->message, request);
    g_clear_object (&request->message);
    g_clear_object (&request->certificate);
    g_clear_object (&request->stream);
    g_clear_object (&request->cancellable);
    g_clear_pointer (&request->body, g_byte_array_unref);
    g_free (request);
}

static gboolean
time_is_over (gpointer user_data)
{
    Request *request = user_data;

    request->timer = 0;
    request->too_long = TRUE;
    g_cancellable_cancel (request->cancellable);
    return G_SOURCE_REMOVE;
}

static void
outer_cancelled (GCancellable *outer,
                 GCancellable *inner)
{
    g_cancellable_cancel (inner);
}

static void
got_headers (SoupMessage *message,
             Request     *request)
{
    if (soup_message_get_status (message) != SOUP_STATUS_MISDIRECTED_REQUEST)
        return;
    request->misdirected = TRUE;
    g_cancellable_cancel (request->cancellable);
}

/* Takes @error */
static void
return_error (GTask  *task,
              GError *error)
{
    Request *request = g_task_get_task_data (task);

    if (g_cancellable_is_cancelled (request->outer)) {
        g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "cancelled");
        g_error_free (error);
    } else if (request->misdirected) {
        g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_FAILED, "status 421");
        g_error_free (error);
    } else if (request->too_long) {
        g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "the server is too slow");
        g_error_free (error);
    } else
        g_task_return_error (task, error);
}

/*****************************************************************************/
/* The answer */

/* libsoup takes the end of the connection for the end of the body */
static gboolean
is_short (Request *request)
{
    SoupMessageHeaders *headers = soup_message_get_response_headers (request->message);

    return soup_message_headers_get_encoding (headers) == SOUP_ENCODING_CONTENT_LENGTH &&
           request->body->len < (guint64) soup_message_headers_get_content_length (headers);
}

static void read_more (GTask *task);

static void
read_ready (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
    g_autoptr(GTask)   task = user_data;
    Request           *request = g_task_get_task_data (task);
    GError            *error = NULL;
    g_autoptr(GBytes)  bytes = g_input_stream_read_bytes_finish (G_INPUT_STREAM (source), result, &error);

    if (!bytes) {
        return_error (task, error);
        return;
    }
    if (g_bytes_get_size (bytes) == 0) {
        if (is_short (request)) {
            g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT, "the answer ends after %u bytes",
                                     request->body->len);
            return;
        }
        g_task_return_pointer (task, g_byte_array_free_to_bytes (g_steal_pointer (&request->body)),
                               (GDestroyNotify) g_bytes_unref);
        return;
    }
    if (g_bytes_get_size (bytes) > request->max - request->body->len) {
        g_cancellable_cancel (request->cancellable);
        g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_MESSAGE_TOO_LARGE,
                                 "the answer has more than %" G_GSIZE_FORMAT " bytes", request->max);
        return;
    }
    g_byte_array_append (request->body, g_bytes_get_data (bytes, NULL), (guint) g_bytes_get_size (bytes));
    read_more (g_steal_pointer (&task));
}

/* Takes @task */
static void
read_more (GTask *task)
{
    Request *request = g_task_get_task_data (task);

    g_input_stream_read_bytes_async (request->stream, CHUNK, G_PRIORITY_DEFAULT, request->cancellable, read_ready, task);
}

static void
send_ready (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
    g_autoptr(GTask)  task = user_data;
    Request          *request = g_task_get_task_data (task);
    GError           *error = NULL;

    request->stream = soup_session_send_finish (SOUP_SESSION (source), result, &error);
    if (!request->stream)
        return_error (task, error);
    else
        read_more (g_steal_pointer (&task));
}

/*****************************************************************************/
/* Sending */

static gboolean
judge_certificate (SoupMessage          *message,
                   GTlsCertificate      *certificate,
                   GTlsCertificateFlags  errors,
                   Request              *request)
{
    return request->unverified;
}

static gboolean
send_certificate (SoupMessage          *message,
                  GTlsClientConnection *connection,
                  Request              *request)
{
    soup_message_set_tls_client_certificate (message, request->certificate);
    return TRUE;
}

void
mmfota_agent_http_send (MmfotaAgentHttp     *self,
                        SoupMessage         *message,
                        gsize                max,
                        guint                seconds,
                        GCancellable        *cancellable,
                        GAsyncReadyCallback  callback,
                        gpointer             user_data)
{
    GTask   *task = g_task_new (NULL, NULL, callback, user_data);
    Request *request = g_new0 (Request, 1);

    request->message = g_object_ref (message);
    request->certificate = self->certificate ? g_object_ref (self->certificate) : NULL;
    request->unverified = self->unverified;
    request->body = g_byte_array_new ();
    request->max = max;
    request->cancellable = g_cancellable_new ();
    request->timer = g_timeout_add_seconds (seconds, time_is_over, request);
    if (cancellable) {
        request->outer = g_object_ref (cancellable);
        request->outer_handler = g_cancellable_connect (cancellable, G_CALLBACK (outer_cancelled),
                                                        g_object_ref (request->cancellable), g_object_unref);
    }
    g_task_set_source_tag (task, mmfota_agent_http_send);
    g_task_set_task_data (task, request, (GDestroyNotify) request_free);
    soup_message_add_flags (message, SOUP_MESSAGE_NO_REDIRECT);
    soup_message_disable_feature (message, SOUP_TYPE_AUTH_MANAGER);
    g_signal_connect (message, "got-headers", G_CALLBACK (got_headers), request);
    g_signal_connect (message, "accept-certificate", G_CALLBACK (judge_certificate), request);
    g_signal_connect (message, "request-certificate", G_CALLBACK (send_certificate), request);
    soup_session_send_async (self->session, message, G_PRIORITY_DEFAULT, request->cancellable, send_ready, task);
}

GBytes *
mmfota_agent_http_send_finish (MmfotaAgentHttp  *self,
                               GAsyncResult     *result,
                               GError          **error)
{
    return g_task_propagate_pointer (G_TASK (result), error);
}

/*****************************************************************************/
/* Headers */

guint
mmfota_agent_http_retry_after (SoupMessage *message)
{
    const gchar          *value = soup_message_headers_get_one (soup_message_get_response_headers (message), "Retry-After");
    g_autoptr(GDateTime)  date = NULL;
    guint64               seconds;

    if (!value)
        return 0;
    if (g_ascii_string_to_unsigned (value, 10, 0, G_MAXUINT64, &seconds, NULL))
        return (guint) CLAMP (seconds, 1, RETRY_MAX);
    date = soup_date_time_new_from_http_string (value);
    if (!date)
        return 0;
    return (guint) CLAMP (g_date_time_to_unix (date) - g_get_real_time () / G_USEC_PER_SEC, 1, RETRY_MAX);
}

gchar *
mmfota_agent_http_authorization (const gchar  *scheme,
                                 const gchar  *path,
                                 GUri         *uri,
                                 GError      **error)
{
    g_autofree gchar *text = NULL;
    gchar            *authorization = NULL;
    gboolean          is_text;
    gsize             length;
    gsize             i;

    if (!g_file_get_contents (path, &text, &length, error))
        return NULL;
    is_text = strlen (text) == length;
    g_strchomp (text);
    for (i = 0; g_ascii_isgraph (text[i]); i++);
    if (!is_text || i == 0 || i > TOKEN_MAX || text[i] != '\0')
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s: no token; allowed: one line of printable ASCII", path);
    else if (!g_str_equal (g_uri_get_scheme (uri), "https") && !mmfota_agent_is_this_host (uri))
        /* Path and query may be secret, too */
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                     "'%s://%s' with a token: anybody on the way could read it; allowed: https", g_uri_get_scheme (uri),
                     g_uri_get_host (uri));
    else
        authorization = g_strconcat (scheme, " ", text, NULL);
    explicit_bzero (text, length);
    return authorization;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "server-url.h"

#include <inttypes.h>
#include <string.h>

#include <glib/gi18n.h>
#include <libsoup/soup.h>

#define TIMEOUT    20
/* Seconds for the head of an answer, and for each piece of its body of so many bytes: a server that
 * sends a byte now and then would otherwise never run into a timeout */
#define TIME       30
#define PIECE      (16 * 1024)
#define HOPS_MAX   5
#define CHUNK      (64 * 1024)
/* Bytes that are compared after a resumed download */
#define WINDOW     512
/* Bytes beyond the announced length that are read before giving up */
#define TOO_MUCH   (1024 * 1024)
#define USER_AGENT "MT5700M-CN FOTA"

typedef struct {
    ServerSource     parent;
    gchar           *base;
    GUri            *uri;
    gboolean         https;
    ServerTlsFiles   tls;
    gboolean         client_asked;
    gboolean         only_module;
    SoupSession     *session;
    /* Findings that are reported once, not for each file */
    gboolean         told_redirect;
    /* There was any answer at all; there are none any more */
    gboolean         answered;
    gboolean         dead;
    gboolean         told_compresses;
    gboolean         misdirected;
    /* Closes a connection that takes too long; runs in a thread that waits for the deadline */
    GThread         *watch;
    GMutex           lock;
    GCond            changed;
    gint64           deadline;
    gboolean         over;
    GCancellable    *cancellable;
} Url;

/*****************************************************************************/
/* Time */

static gpointer
watch (gpointer user_data)
{
    Url *self = user_data;

    g_mutex_lock (&self->lock);
    while (!self->over && g_get_monotonic_time () < self->deadline)
        g_cond_wait_until (&self->changed, &self->lock, self->deadline);
    if (!self->over)
        g_cancellable_cancel (self->cancellable);
    g_mutex_unlock (&self->lock);
    return NULL;
}

static void
give_time (Url *self)
{
    g_mutex_lock (&self->lock);
    self->deadline = g_get_monotonic_time () + TIME * G_USEC_PER_SEC;
    if (!self->watch)
        self->watch = g_thread_new ("watch", watch, self);
    g_mutex_unlock (&self->lock);
}

static void
end_watch (Url *self)
{
    g_mutex_lock (&self->lock);
    self->over = TRUE;
    g_cond_signal (&self->changed);
    g_mutex_unlock (&self->lock);
    if (self->watch)
        g_thread_join (self->watch);
}

/*****************************************************************************/
/* One request */

typedef struct {
    guint64      begin;
    gboolean     ranged;
    gboolean     gzip;
    gboolean     follow;
} Wish;

static gboolean
accept_any_certificate (SoupMessage          *message,
                        GTlsCertificate      *certificate,
                        GTlsCertificateFlags  errors,
                        gpointer              user_data)
{
    /* server_tls_check () checks them */
    return TRUE;
}

static gboolean
send_certificate (SoupMessage              *message,
                  GTlsClientConnection     *connection,
                  gpointer                  user_data)
{
    Url                        *self = user_data;
    g_autoptr(GTlsCertificate)  certificate = NULL;

    if (self->tls.certificate)
        certificate = g_tls_certificate_new_from_files (self->tls.certificate, self->tls.key, NULL);
    soup_message_set_tls_client_certificate (message, certificate);
    return TRUE;
}

/* After a 421 libsoup repeats the request, and keeps the whole body of that answer */
static void
got_headers (SoupMessage *message,
             Url         *self)
{
    if (soup_message_get_status (message) != SOUP_STATUS_MISDIRECTED_REQUEST)
        return;
    self->misdirected = TRUE;
    g_cancellable_cancel (self->cancellable);
}

static SoupMessage *
message_new (Url         *self,
             const gchar *url,
             const Wish  *wish)
{
    SoupMessage        *message = soup_message_new ("GET", url);
    SoupMessageHeaders *headers;

    if (!message)
        return NULL;
    give_time (self);
    headers = soup_message_get_request_headers (message);
    /* libsoup would read the whole body, however long, before it follows a redirect or
     * authenticates */
    soup_message_add_flags (message, SOUP_MESSAGE_NO_REDIRECT);
    soup_message_disable_feature (message, SOUP_TYPE_AUTH_MANAGER);
    if (wish->ranged)
        soup_message_headers_set_range (headers, (goffset) wish->begin, -1);
    if (wish->gzip)
        soup_message_headers_replace (headers, "Accept-Encoding", "gzip");
    g_signal_connect (message, "got-headers", G_CALLBACK (got_headers), self);
    g_signal_connect (message, "accept-certificate", G_CALLBACK (accept_any_certificate), NULL);
    g_signal_connect (message, "request-certificate", G_CALLBACK (send_certificate), self);
    return message;
}

static gboolean
is_redirect (SoupMessage *message)
{
    guint status = soup_message_get_status (message);

    return status / 100 == 3 && status != SOUP_STATUS_NOT_MODIFIED;
}

/* Target of a redirect; NULL if it is no http or https URL */
static gchar *
next_url (const gchar *url,
          SoupMessage *message)
{
    const gchar      *location = soup_message_headers_get_one (soup_message_get_response_headers (message), "Location");
    g_autofree gchar *next = location ? g_uri_resolve_relative (url, location, G_URI_FLAGS_ENCODED, NULL) : NULL;
    g_autoptr(GUri)   uri = next ? g_uri_parse (next, SOUP_HTTP_URI_FLAGS, NULL) : NULL;

    if (!uri || (!g_str_equal (g_uri_get_scheme (uri), "http") && !g_str_equal (g_uri_get_scheme (uri), "https")))
        return NULL;
    return g_steal_pointer (&next);
}

/* NULL: no answer. If a redirect leads nowhere, the redirect itself is the answer. */
static GInputStream *
ask (Url          *self,
     const gchar  *path,
     const Wish   *wish,
     SoupMessage **message,
     GError      **error)
{
    g_autofree gchar *url = g_strconcat (self->base, "full/", path, NULL);
    guint             hop;

    for (hop = 0; ; hop++) {
        g_autoptr(GInputStream)  stream = NULL;
        g_autofree gchar        *next = NULL;

        *message = message_new (self, url, wish);
        if (!*message) {
            g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, _("no URL"));
            return NULL;
        }
        stream = soup_session_send (self->session, *message, self->cancellable, error);
        if (!stream || !wish->follow || hop == HOPS_MAX || !is_redirect (*message))
            return g_steal_pointer (&stream);
        next = next_url (url, *message);
        if (!next)
            return g_steal_pointer (&stream);
        g_clear_object (message);
        g_free (url);
        url = g_steal_pointer (&next);
    }
}

static SoupSession *
session_new (void)
{
    SoupSession *session = soup_session_new_with_options ("user-agent", USER_AGENT,
                                                          "timeout", TIMEOUT,
                                                          "proxy-resolver", NULL,
                                                          NULL);

    soup_session_remove_feature_by_type (session, SOUP_TYPE_CONTENT_DECODER);
    return session;
}

static const gchar *
message_of (const Url    *self,
            const GError *error)
{
    if (self->misdirected)
        return _("status 421 Misdirected Request");
    return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) ? _("too slow") : error->message;
}

static void
tell_error (Url             *self,
            const gchar     *path,
            const GError    *error,
            ReleaseFindings *findings)
{
    const gchar *id = "net-unreachable";

    self->dead = TRUE;
    if (self->https && !self->answered &&
        server_tls_only_http2 (g_uri_get_host (self->uri), (guint16) g_uri_get_port (self->uri), &self->tls))
        id = "http2-only";
    else if (self->misdirected)
        id = "http-status";
    else if (self->https && self->client_asked && !self->answered)
        id = self->tls.certificate ? "tls-client-refused" : "tls-client-required";
    else if (error->domain == G_RESOLVER_ERROR)
        id = "net-no-address";
    else if (error->domain == G_TLS_ERROR)
        id = "tls-handshake";
    else if (error->domain == SOUP_SESSION_ERROR)
        id = "http-protocol";
    else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT) ||
             g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) ||
             g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED) ||
             g_error_matches (error, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE))
        id = "http-broken";
    release_findings_add (findings, id, "%sfull/%s: %s", self->base, path, message_of (self, error));
}

/* The start of an error page, for errors whose page says more */
static gboolean
page_says (Url          *self,
           GInputStream *stream,
           const gchar  *text)
{
    gchar page[2048];
    gsize length = 0;

    if (!g_input_stream_read_all (stream, page, sizeof (page) - 1, &length, self->cancellable, NULL) && length == 0)
        return FALSE;
    page[length] = '\0';
    return strlen (page) == length && strcasestr (page, text);
}

static void
tell_status (Url             *self,
             const gchar     *path,
             SoupMessage     *message,
             GInputStream    *stream,
             ReleaseFindings *findings)
{
    guint        status = soup_message_get_status (message);
    const gchar *id = "http-status";

    switch (status) {
    case SOUP_STATUS_BAD_REQUEST:
        if (self->https && self->client_asked)
            id = self->tls.certificate ? "tls-client-refused" : "tls-client-required";
        else if (!self->https && page_says (self, stream, "HTTPS port"))
            id = "http-tls-port";
        break;
    case SOUP_STATUS_UNAUTHORIZED:
    case SOUP_STATUS_PROXY_AUTHENTICATION_REQUIRED:
        id = "http-authentication";
        break;
    case SOUP_STATUS_FORBIDDEN:
        id = "http-forbidden";
        break;
    case SOUP_STATUS_NOT_FOUND:
        id = "http-not-found";
        break;
    default:
        break;
    }
    release_findings_add (findings, id, _("%sfull/%s: status %u %s"), self->base, path, status,
                          soup_message_get_reason_phrase (message));
}

/* Returns an answer with status 200, or none with a finding */
static GInputStream *
get (Url             *self,
     const gchar     *path,
     gboolean         required,
     SoupMessage    **message,
     ReleaseFindings *findings)
{
    Wish                    wish = { 0 };
    g_autoptr(GInputStream) stream = NULL;
    g_autoptr(GError)       error = NULL;
    guint                   status;

    if (self->dead)
        return NULL;
    stream = ask (self, path, &wish, message, &error);
    if (stream && is_redirect (*message)) {
        const gchar *location = soup_message_headers_get_one (soup_message_get_response_headers (*message), "Location");

        if (!self->told_redirect)
            release_findings_add (findings, "http-redirect", _("%sfull/%s is redirected to %s"), self->base, path,
                                  location ? location : _("no place"));
        self->told_redirect = TRUE;
        g_clear_object (&stream);
        g_clear_object (message);
        wish.follow = TRUE;
        stream = ask (self, path, &wish, message, &error);
    }
    if (!stream) {
        if (error)
            tell_error (self, path, error, findings);
        return NULL;
    }
    self->answered = TRUE;
    status = soup_message_get_status (*message);
    if (status == SOUP_STATUS_OK)
        return g_steal_pointer (&stream);
    if (required || status != SOUP_STATUS_NOT_FOUND)
        tell_status (self, path, *message, stream, findings);
    return NULL;
}

/*****************************************************************************/
/* Small files */

/* libsoup treats the end of the connection as the end of the body */
static gboolean
is_short (SoupMessage *message,
          guint64      length)
{
    SoupMessageHeaders *headers = soup_message_get_response_headers (message);

    return soup_message_headers_get_encoding (headers) == SOUP_ENCODING_CONTENT_LENGTH &&
           length < (guint64) soup_message_headers_get_content_length (headers);
}

/* At most one byte more than allowed */
static GBytes *
read_body (Url             *self,
           const gchar     *path,
           SoupMessage     *message,
           GInputStream    *stream,
           ReleaseFindings *findings)
{
    g_autofree guint8 *buffer = g_malloc (RELEASE_XML_MAX + 1);
    g_autoptr(GError)  error = NULL;
    gsize              length = 0;

    if (!g_input_stream_read_all (stream, buffer, RELEASE_XML_MAX + 1, &length, self->cancellable, &error)) {
        release_findings_add (findings, "http-broken", _("%sfull/%s: %s after %zu bytes"), self->base, path,
                              message_of (self, error), length);
        return NULL;
    }
    if (length <= RELEASE_XML_MAX && is_short (message, length)) {
        release_findings_add (findings, "http-broken", _("%sfull/%s: ends after %zu bytes"), self->base, path, length);
        return NULL;
    }
    return g_bytes_new (buffer, length);
}

static gboolean
is_encoded (SoupMessage *message)
{
    const gchar *encoding = soup_message_headers_get_one (soup_message_get_response_headers (message), "Content-Encoding");

    return encoding && g_ascii_strcasecmp (encoding, "identity") != 0;
}

/* A module that sends this header would get it, too */
static void
ask_compressed (Url             *self,
                const gchar     *path,
                ReleaseFindings *findings)
{
    Wish                    wish = { .gzip = TRUE, .follow = TRUE };
    g_autoptr(SoupMessage)  message = NULL;
    g_autoptr(GInputStream) stream = NULL;

    if (self->only_module || self->told_compresses)
        return;
    stream = ask (self, path, &wish, &message, NULL);
    if (stream && is_encoded (message)) {
        self->told_compresses = TRUE;
        release_findings_add (findings, "http-compresses", _("%sfull/%s is sent compressed to who accepts that"), self->base, path);
    }
}

static GBytes *
read_small (ServerSource    *source,
            const gchar     *name,
            gboolean         required,
            ReleaseFindings *findings)
{
    Url                     *self = (Url *) source;
    g_autoptr(SoupMessage)   message = NULL;
    g_autoptr(GInputStream)  stream = get (self, name, required, &message, findings);
    g_autoptr(GBytes)        bytes = NULL;

    if (!stream)
        return NULL;
    if (is_encoded (message)) {
        release_findings_add (findings, "http-encoded", _("%sfull/%s is sent compressed, unasked"), self->base, name);
        return NULL;
    }
    bytes = read_body (self, name, message, stream, findings);
    if (bytes && required)
        ask_compressed (self, name, findings);
    return g_steal_pointer (&bytes);
}

/*****************************************************************************/
/* Packages */

static void
check_headers (Url               *self,
               const ReleaseFile *file,
               SoupMessage       *message,
               ReleaseFindings   *findings)
{
    SoupMessageHeaders *headers = soup_message_get_response_headers (message);
    const gchar        *type = soup_message_headers_get_content_type (headers, NULL);

    if (soup_message_headers_get_encoding (headers) != SOUP_ENCODING_CONTENT_LENGTH)
        release_findings_add (findings, "http-no-length", _("%sfull/%s comes without Content-Length"), self->base, file->path);
    if (!type || g_str_has_prefix (type, "text/"))
        release_findings_add (findings, "http-mime", _("%sfull/%s has the type %s"), self->base, file->path, type ? type : C_("MIME type", "none"));
}

/* Copies the part of the chunk that is in the window in the middle of the file */
static void
keep_window (guint8       *window,
             guint64       at,
             guint64       offset,
             const guint8 *data,
             gsize         size)
{
    gsize i;

    for (i = 0; i < WINDOW; i++) {
        if (at + i >= offset && at + i < offset + size)
            window[i] = data[at + i - offset];
    }
}

static gboolean
fetch (Url               *self,
       const ReleaseFile *file,
       SoupMessage       *message,
       GInputStream      *stream,
       guint8            *window,
       ReleaseDigest     *digest,
       ReleaseFindings   *findings)
{
    g_autoptr(ReleaseDigester) digester = release_digester_new ();
    g_autofree guint8         *chunk = g_malloc (CHUNK);
    g_autoptr(GError)          error = NULL;
    guint64                    offset = 0;
    guint64                    timed = 0;
    gssize                     n;

    while ((n = g_input_stream_read (stream, chunk, CHUNK, self->cancellable, &error)) > 0) {
        release_digester_update (digester, chunk, (gsize) n);
        keep_window (window, file->size / 2, offset, chunk, (gsize) n);
        offset += (guint64) n;
        if (offset - timed >= PIECE) {
            give_time (self);
            timed = offset;
        }
        if (offset > file->size + TOO_MUCH)
            break;
    }
    if (n < 0 || (n == 0 && is_short (message, offset))) {
        release_findings_add (findings, "http-broken", _("%sfull/%s: %s after %" PRIu64 " of %" PRIu64 " bytes"),
                              self->base, file->path, error ? message_of (self, error) : _("the end"), offset, file->size);
        return FALSE;
    }
    release_digester_finish (digester, digest);
    return TRUE;
}

/* As a module resumes after a break */
static void
check_range (Url               *self,
             const ReleaseFile *file,
             const guint8      *window,
             ReleaseFindings   *findings)
{
    Wish                    wish = { .begin = file->size / 2, .ranged = TRUE, .follow = TRUE };
    g_autoptr(SoupMessage)  message = NULL;
    g_autoptr(GInputStream) stream = NULL;
    guint8                  got[WINDOW];
    gsize                   wanted = (gsize) MIN (WINDOW, file->size - file->size / 2);
    gsize                   length = 0;
    goffset                 begin = 0;
    goffset                 end = 0;
    goffset                 total = 0;

    stream = ask (self, file->path, &wish, &message, NULL);
    if (!stream || soup_message_get_status (message) != SOUP_STATUS_PARTIAL_CONTENT) {
        release_findings_add (findings, "http-no-ranges", _("%sfull/%s: asked for a range, got status %u"), self->base, file->path,
                              stream ? soup_message_get_status (message) : 0);
        return;
    }
    g_input_stream_read_all (stream, got, wanted, &length, self->cancellable, NULL);
    if (!soup_message_headers_get_content_range (soup_message_get_response_headers (message), &begin, &end, &total) ||
        (guint64) begin != wish.begin || length != wanted || memcmp (got, window, wanted) != 0)
        release_findings_add (findings, "http-wrong-range", _("%sfull/%s: other bytes than those that were asked for"),
                              self->base, file->path);
}

static gboolean
digest_file (ServerSource      *source,
             const ReleaseFile *file,
             ReleaseDigest     *digest,
             ReleaseFindings   *findings)
{
    Url                     *self = (Url *) source;
    g_autoptr(SoupMessage)   message = NULL;
    g_autoptr(GInputStream)  stream = get (self, file->path, TRUE, &message, findings);
    guint8                   window[WINDOW] = { 0 };

    if (!stream)
        return FALSE;
    if (is_encoded (message)) {
        release_findings_add (findings, "http-encoded", _("%sfull/%s is sent compressed, unasked"), self->base, file->path);
        return FALSE;
    }
    check_headers (self, file, message, findings);
    if (!fetch (self, file, message, stream, window, digest, findings))
        return FALSE;
    if (!self->only_module && digest->size == file->size && file->size > 1)
        check_range (self, file, window, findings);
    return TRUE;
}

/*****************************************************************************/
/* Requests to the server */

/* server_tls_check () checks certificates */
static gboolean
accept_any (GTlsConnection       *connection,
            GTlsCertificate      *certificate,
            GTlsCertificateFlags  errors,
            gpointer              user_data)
{
    return TRUE;
}

static GIOStream *
secure (Url       *self,
        GIOStream *connection)
{
    g_autoptr(GSocketConnectable) identity = NULL;
    g_autoptr(GTlsCertificate)    certificate = NULL;
    g_autoptr(GIOStream)          tls = NULL;

    identity = g_network_address_new (g_uri_get_host (self->uri), (guint16) g_uri_get_port (self->uri));
    tls = g_tls_client_connection_new (connection, identity, NULL);
    if (!tls)
        return NULL;
    g_signal_connect (tls, "accept-certificate", G_CALLBACK (accept_any), NULL);
    if (self->tls.certificate)
        certificate = g_tls_certificate_new_from_files (self->tls.certificate, self->tls.key, NULL);
    if (certificate)
        g_tls_connection_set_certificate (G_TLS_CONNECTION (tls), certificate);
    return g_steal_pointer (&tls);
}

/* The body of an answer to an HTTP/1.0 request, in one piece. Only the beginning of a longer one is
 * compared. */
static GBytes *
read_answer (Url          *self,
             GInputStream *stream)
{
    g_autofree gchar *answer = g_malloc (RELEASE_XML_MAX + 1);
    const gchar      *body;
    gsize             length = 0;

    /* A missing end of TLS is an error, too, but the body is complete */
    g_input_stream_read_all (stream, answer, RELEASE_XML_MAX, &length, self->cancellable, NULL);
    body = g_strstr_len (answer, (gssize) length, "\r\n\r\n");
    if (!body || !g_str_has_prefix (answer, "HTTP/1."))
        return NULL;
    return g_bytes_new (body, length - (gsize) (body - answer));
}

/* The list as served by IP address; NULL: none. In the handshake, libsoup would send the address as
 * the name. */
static GBytes *
ask_address (Url          *self,
             GInetAddress *address)
{
    g_autoptr(GSocketAddress)    remote = g_inet_socket_address_new (address, (guint16) g_uri_get_port (self->uri));
    g_autoptr(GSocketClient)     client = g_socket_client_new ();
    g_autoptr(GSocketConnection) connection = NULL;
    g_autoptr(GIOStream)         stream = NULL;
    g_autofree gchar            *request = NULL;

    give_time (self);
    g_socket_client_set_timeout (client, TIMEOUT);
    g_socket_client_set_enable_proxy (client, FALSE);
    connection = g_socket_client_connect (client, G_SOCKET_CONNECTABLE (remote), self->cancellable, NULL);
    if (!connection)
        return NULL;
    stream = self->https ? secure (self, G_IO_STREAM (connection)) : G_IO_STREAM (g_object_ref (connection));
    request = g_strdup_printf ("GET %sfull/filelist.xml HTTP/1.0\r\nHost: %s:%d\r\nUser-Agent: " USER_AGENT "\r\n"
                               "Connection: close\r\n\r\n",
                               g_uri_get_path (self->uri), g_uri_get_host (self->uri), g_uri_get_port (self->uri));
    if (!stream || !g_output_stream_write_all (g_io_stream_get_output_stream (stream), request, strlen (request), NULL,
                                               self->cancellable, NULL))
        return NULL;
    return read_answer (self, g_io_stream_get_input_stream (stream));
}

static void
check_families (Url             *self,
                GList           *addresses,
                ReleaseFindings *findings)
{
    GBytes   *bodies[2] = { NULL, NULL };
    gboolean  has[2] = { FALSE, FALSE };
    GList    *iter;

    for (iter = addresses; iter; iter = iter->next) {
        guint family = g_inet_address_get_family (iter->data) == G_SOCKET_FAMILY_IPV6;

        if (!has[family])
            bodies[family] = ask_address (self, iter->data);
        has[family] = TRUE;
    }
    if (has[0] && has[1] && !bodies[0] != !bodies[1])
        release_findings_add (findings, "net-one-family", _("%s works by IPv%c only, but has addresses of both"),
                              g_uri_get_host (self->uri), bodies[0] ? '4' : '6');
    else if (bodies[0] && bodies[1] && !g_bytes_equal (bodies[0], bodies[1]))
        release_findings_add (findings, "net-differs", _("%s: IPv4 and IPv6 deliver another filelist.xml"),
                              g_uri_get_host (self->uri));
    else if (!has[1])
        release_findings_add (findings, "net-ipv4-only", _("%s has no IPv6 address"), g_uri_get_host (self->uri));
    else if (!has[0])
        release_findings_add (findings, "net-ipv6-only", _("%s has no IPv4 address"), g_uri_get_host (self->uri));
    g_clear_pointer (&bodies[0], g_bytes_unref);
    g_clear_pointer (&bodies[1], g_bytes_unref);
}

static gboolean
check_addresses (Url             *self,
                 ReleaseFindings *findings)
{
    const gchar      *host = g_uri_get_host (self->uri);
    g_autoptr(GError) error = NULL;
    GList            *addresses;

    if (g_hostname_is_ip_address (host))
        return TRUE;
    addresses = g_resolver_lookup_by_name (g_resolver_get_default (), host, NULL, &error);
    if (!addresses) {
        release_findings_add (findings, "net-no-address", "%s: %s", host, error->message);
        return FALSE;
    }
    if (!self->only_module)
        check_families (self, addresses, findings);
    g_resolver_free_addresses (addresses);
    return TRUE;
}

static void
check_listing (Url             *self,
               ReleaseFindings *findings)
{
    Wish                    wish = { .follow = TRUE };
    g_autoptr(SoupMessage)  message = NULL;
    g_autoptr(GInputStream) stream = ask (self, "", &wish, &message, NULL);

    /* Errors appear with the files themselves */
    if (stream && soup_message_get_status (message) != SOUP_STATUS_OK && soup_message_get_status (message) != 400)
        release_findings_add (findings, "http-listing", _("%sfull/: status %u"), self->base, soup_message_get_status (message));
}

/*****************************************************************************/

/* Port 0 in a GUri means the scheme's port */
static GUri *
parse_url (const gchar *text)
{
    g_autoptr(GUri) uri = g_uri_parse (text, G_URI_FLAGS_ENCODED, NULL);
    gboolean        https = uri && g_str_equal (g_uri_get_scheme (uri), "https");

    if (!uri)
        return NULL;
    if (g_uri_get_port (uri) > 0)
        return g_steal_pointer (&uri);
    return g_uri_build (G_URI_FLAGS_ENCODED, g_uri_get_scheme (uri), NULL, g_uri_get_host (uri), https ? 443 : 80,
                        g_uri_get_path (uri), NULL, NULL);
}

ServerSource *
server_url_new (const gchar          *url,
                const ServerTlsFiles *tls,
                gboolean              only_module,
                ReleaseFindings      *findings)
{
    Url *self = g_new0 (Url, 1);

    self->parent.read = read_small;
    self->parent.digest = digest_file;
    self->base = g_strdup (url);
    self->uri = parse_url (url);
    self->https = g_str_has_prefix (url, "https:");
    self->tls = *tls;
    self->only_module = only_module;
    self->session = session_new ();
    self->cancellable = g_cancellable_new ();
    g_mutex_init (&self->lock);
    g_cond_init (&self->changed);
    if (check_addresses (self, findings) &&
        (!self->https || server_tls_check (g_uri_get_host (self->uri), (guint16) g_uri_get_port (self->uri), tls,
                                           &self->client_asked, findings))) {
        if (!only_module)
            check_listing (self, findings);
        return &self->parent;
    }
    server_url_free (&self->parent);
    return NULL;
}

void
server_url_free (ServerSource *source)
{
    Url *self = (Url *) source;

    if (!self)
        return;
    end_watch (self);
    g_object_unref (self->cancellable);
    g_mutex_clear (&self->lock);
    g_cond_clear (&self->changed);
    soup_session_abort (self->session);
    g_object_unref (self->session);
    g_clear_pointer (&self->uri, g_uri_unref);
    g_free (self->base);
    g_free (self);
}

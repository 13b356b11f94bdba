/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "server-serve.h"

#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <glib/gi18n.h>
#include <net/if.h>
#include <netinet/in.h>
#include <inttypes.h>
#include <locale.h>
#include <stdio.h>
#include <limits.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib-unix.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <libsoup/soup.h>

#include "release-text.h"

#define CHUNK           (64 * 1024)
/* Seconds: for a request to arrive, and for an answer without any progress */
#define REQUEST_TIMEOUT 20
#define STALL_TIMEOUT   60
/* More are closed at once: modules try again */
#define CONNECTIONS_MAX 512
/* A socket and a file for each of them, and some for the program itself */
#define DESCRIPTORS     (2 * CONNECTIONS_MAX + 64)
#define NAME_MAX_SHOWN  80

typedef struct {
    const ServerOptions *options;
    GMainLoop           *loop;
    SoupServer          *server;
    GSocketService      *service;
    GTlsCertificate     *certificate;
    GTlsDatabase        *clients_ca;
    /* Remote "address port" to Connection */
    GHashTable          *connections;
} Serve;

typedef struct {
    Serve     *serve;
    gchar     *key;
    /* Borrowed: invalid once it is closed */
    GIOStream *stream;
    guint      timer;
} Connection;

/* An answer in progress */
typedef struct {
    Serve             *serve;
    SoupServerMessage *message;
    gchar             *client;
    gchar             *path;
    gint               fd;
    guint64            offset;
    guint64            end;
    guint64            sent;
    guint64            size;
    /* The status: libsoup resets it when the client disconnects */
    guint              status;
} Answer;

/*****************************************************************************/
/* Pure */

guint
server_serve_parse_range (const gchar *header,
                          guint64      size,
                          guint64     *begin,
                          guint64     *end)
{
    g_auto(GStrv) bounds = NULL;
    guint64       first;
    guint64       last = size ? size - 1 : 0;

    *begin = 0;
    *end = last;
    if (!header || !g_str_has_prefix (header, "bytes=") || strchr (header, ','))
        return 0;
    bounds = g_strsplit (header + strlen ("bytes="), "-", 2);
    if (!bounds[0] || !bounds[1])
        return 0;
    if (!*bounds[0]) {
        /* bytes=-N: the last N bytes */
        if (!g_ascii_string_to_unsigned (bounds[1], 10, 0, G_MAXUINT64, &first, NULL))
            return 0;
        if (first == 0 || size == 0)
            return 2;
        *begin = size - MIN (first, size);
        return 1;
    }
    if (!g_ascii_string_to_unsigned (bounds[0], 10, 0, G_MAXUINT64, &first, NULL) ||
        (*bounds[1] && !g_ascii_string_to_unsigned (bounds[1], 10, first, G_MAXUINT64, &last, NULL)))
        return 0;
    if (first >= size)
        return 2;
    *begin = first;
    *end = MIN (last, size - 1);
    return 1;
}

/*****************************************************************************/
/* Log */

static void
tell (const Answer *answer,
      const gchar  *client_method)
{
    g_autofree gchar *method = release_text_printable (client_method, NAME_MAX_SHOWN);
    g_autofree gchar *path = release_text_printable (answer->path, NAME_MAX_SHOWN);
    guint64           position = answer->offset;

    if (answer->serve->options->json) {
        g_autoptr(JsonObject) object = json_object_new ();
        g_autoptr(JsonNode)   node = json_node_new (JSON_NODE_OBJECT);
        g_autofree gchar     *text = NULL;

        json_object_set_string_member (object, "client", answer->client);
        json_object_set_string_member (object, "method", method);
        json_object_set_string_member (object, "path", path);
        json_object_set_int_member (object, "status", answer->status);
        json_object_set_int_member (object, "sent", (gint64) answer->sent);
        json_object_set_int_member (object, "position", (gint64) position);
        json_object_set_int_member (object, "size", (gint64) answer->size);
        json_node_set_object (node, object);
        text = json_to_string (node, FALSE);
        puts (text);
    } else if (answer->size && answer->status / 100 == 2 && g_str_equal (method, "GET")) {
        g_print ("%s %s %s %u: %" PRIu64 " bytes, at %" PRIu64 "%% of it\n", answer->client, method, path,
                 answer->status, answer->sent, (guint64) ((gdouble) position * 100.0 / (gdouble) answer->size));
    } else
        g_print ("%s %s %s %u\n", answer->client, method, path, answer->status);
}

/*****************************************************************************/
/* Files */

/* Below full/ as it is now: it may be a new release. Links are not followed, so nothing outside can
 * be named. */
static gint
open_below (const ServerOptions *options,
            const gchar         *name)
{
    g_autofree gchar *full = g_build_filename (options->target, "full", NULL);
    g_auto(GStrv)     parts = g_strsplit (name, "/", -1);
    gint              fd = g_open (full, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    guint             i;

    for (i = 0; fd >= 0 && parts[i]; i++) {
        gint next = openat (fd, parts[i], O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

        close (fd);
        fd = next;
    }
    return fd;
}

static gchar *
build_listing (const ServerOptions *options)
{
    g_autofree gchar *full = g_build_filename (options->target, "full", NULL);
    g_autoptr(GDir)   dir = g_dir_open (full, 0, NULL);
    GString          *out = g_string_new ("<html><head><title>Index of full/</title></head><body><h1>Index of full/</h1><pre>\n");
    const gchar      *name;

    while (dir && (name = g_dir_read_name (dir))) {
        if (release_text_is_name (name, FALSE))
            g_string_append_printf (out, "<a href=\"%s\">%s</a>\n", name, name);
    }
    g_string_append (out, "</pre></body></html>\n");
    return g_string_free (out, FALSE);
}

static const gchar *
type_of (const gchar *path)
{
    if (g_str_has_suffix (path, ".xml"))
        return "text/xml";
    return g_str_has_suffix (path, ".json") ? "application/json" : "application/octet-stream";
}

/*****************************************************************************/
/* Answers */

static void break_off (Serve             *self,
                       SoupServerMessage *message);

static void
answer_free (Answer *self)
{
    if (self->fd >= 0)
        close (self->fd);
    g_free (self->client);
    g_free (self->path);
    g_free (self);
}

static void
finished (SoupServerMessage *message,
          Answer            *answer)
{
    tell (answer, soup_server_message_get_method (message));
}

static void
send_next (SoupServerMessage *message,
           Answer            *answer)
{
    SoupMessageBody   *body = soup_server_message_get_response_body (message);
    g_autofree guint8 *chunk = NULL;
    gsize              wanted;
    gssize             n;

    if (answer->offset > answer->end)
        return;
    wanted = (gsize) MIN (CHUNK, answer->end - answer->offset + 1);
    chunk = g_malloc (wanted);
    n = pread (answer->fd, chunk, wanted, (off_t) answer->offset);
    if (n <= 0) {
        /* The file has become shorter or unreadable: the announced length can't be sent */
        break_off (answer->serve, message);
        return;
    }
    soup_message_body_append_take (body, g_steal_pointer (&chunk), (gsize) n);
    answer->offset += (guint64) n;
    answer->sent += (guint64) n;
    soup_server_message_unpause (message);
}

static void
send_file (SoupServerMessage *message,
           Answer            *answer,
           gboolean           head)
{
    SoupMessageHeaders *request = soup_server_message_get_request_headers (message);
    SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);
    const gchar        *range = soup_message_headers_get_one (request, "Range");
    guint               kind;

    /* There are no ETags for versions of a file, so the client may have part of another one (RFC
     * 9110 §13.1.5) */
    if (soup_message_headers_get_one (request, "If-Range"))
        range = NULL;
    kind = server_serve_parse_range (range, answer->size, &answer->offset, &answer->end);
    soup_message_headers_replace (headers, "Accept-Ranges", "bytes");
    if (kind == 2) {
        g_autofree gchar *all = g_strdup_printf ("bytes */%" G_GUINT64_FORMAT, answer->size);

        soup_message_headers_replace (headers, "Content-Range", all);
        soup_server_message_set_status (message, SOUP_STATUS_REQUESTED_RANGE_NOT_SATISFIABLE, NULL);
        return;
    }
    soup_message_headers_set_content_type (headers, type_of (answer->path), NULL);
    if (kind == 1)
        soup_message_headers_set_content_range (headers, (goffset) answer->offset, (goffset) answer->end, (goffset) answer->size);
    soup_server_message_set_status (message, kind == 1 ? SOUP_STATUS_PARTIAL_CONTENT : SOUP_STATUS_OK, NULL);
    soup_message_headers_set_content_length (headers, answer->size ? (goffset) (answer->end - answer->offset + 1) : 0);
    if (head || answer->size == 0)
        return;
    soup_message_body_set_accumulate (soup_server_message_get_response_body (message), FALSE);
    g_signal_connect (message, "wrote-headers", G_CALLBACK (send_next), answer);
    g_signal_connect (message, "wrote-chunk", G_CALLBACK (send_next), answer);
}

static void
answer_request (SoupServerMessage *message,
                Answer            *answer,
                gboolean           head)
{
    const ServerOptions *options = answer->serve->options;
    struct stat          status;

    errno = 0;
    if (g_str_equal (answer->path, "/full/")) {
        gchar *listing = build_listing (options);

        soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
        soup_server_message_set_response (message, "text/html", SOUP_MEMORY_TAKE, listing, strlen (listing));
        return;
    }
    if (g_str_has_prefix (answer->path, "/full/") && release_text_is_name (answer->path + strlen ("/full/"), TRUE))
        answer->fd = open_below (options, answer->path + strlen ("/full/"));
    if (answer->fd < 0 && (errno == EMFILE || errno == ENFILE)) {
        soup_server_message_set_status (message, SOUP_STATUS_SERVICE_UNAVAILABLE, NULL);
        return;
    }
    if (answer->fd < 0 || fstat (answer->fd, &status) < 0 || !S_ISREG (status.st_mode)) {
        soup_server_message_set_status (message, SOUP_STATUS_NOT_FOUND, NULL);
        return;
    }
    answer->size = (guint64) status.st_size;
    send_file (message, answer, head);
}

static void
handle_request (SoupServer        *server,
                SoupServerMessage *message,
                const char        *path,
                GHashTable        *query,
                gpointer           user_data)
{
    Serve       *self = user_data;
    const gchar *method = soup_server_message_get_method (message);
    gboolean     head = method == SOUP_METHOD_HEAD;
    Answer      *answer = g_new0 (Answer, 1);

    answer->serve = self;
    answer->message = message;
    answer->fd = -1;
    answer->client = g_strdup (soup_server_message_get_remote_host (message));
    if (!answer->client)
        answer->client = g_strdup ("?");
    answer->path = g_strdup (path);
    g_object_set_data_full (G_OBJECT (message), "answer", answer, (GDestroyNotify) answer_free);
    g_signal_connect (message, "finished", G_CALLBACK (finished), answer);
    if (method == SOUP_METHOD_GET || head)
        answer_request (message, answer, head);
    else
        soup_server_message_set_status (message, SOUP_STATUS_METHOD_NOT_ALLOWED, NULL);
    answer->status = soup_server_message_get_status (message);
}

/*****************************************************************************/
/* Connections */

static gchar *
key_of (GSocketAddress *address)
{
    return g_socket_connectable_to_string (G_SOCKET_CONNECTABLE (address));
}

static void
forget_closed (gpointer  data,
               GObject  *where_the_stream_was)
{
    Connection *self = data;

    self->stream = NULL;
    g_hash_table_remove (self->serve->connections, self->key);
}

static void
connection_free (Connection *self)
{
    if (self->timer)
        g_source_remove (self->timer);
    if (self->stream)
        g_object_weak_unref (G_OBJECT (self->stream), forget_closed, self);
    g_free (self->key);
    g_free (self);
}

/* Shuts the socket down: whatever waits for it fails and ends */
static void
hang_up (GIOStream *stream)
{
    GIOStream *base = stream;

    if (G_IS_TLS_CONNECTION (stream))
        g_object_get (stream, "base-io-stream", &base, NULL);
    if (G_IS_SOCKET_CONNECTION (base))
        g_socket_shutdown (g_socket_connection_get_socket (G_SOCKET_CONNECTION (base)), TRUE, TRUE, NULL);
    if (base != stream)
        g_object_unref (base);
}

static gboolean
time_is_over (gpointer user_data)
{
    Connection *self = user_data;

    self->timer = 0;
    hang_up (self->stream);
    g_hash_table_remove (self->serve->connections, self->key);
    return G_SOURCE_REMOVE;
}

static Connection *
find_connection (Serve             *self,
                 SoupServerMessage *message)
{
    GSocketAddress   *address = soup_server_message_get_remote_address (message);
    g_autofree gchar *key = address ? key_of (address) : NULL;

    return key ? g_hash_table_lookup (self->connections, key) : NULL;
}

static void
break_off (Serve             *self,
           SoupServerMessage *message)
{
    Connection *connection = find_connection (self, message);

    if (connection && connection->stream)
        hang_up (connection->stream);
}

/* Nothing reads what a client sends after its headers, and it may be gigabytes */
static void
request_started (SoupServer        *server,
                 SoupServerMessage *message,
                 Serve             *self)
{
    soup_message_body_set_accumulate (soup_server_message_get_request_body (message), FALSE);
}

static void
request_read (SoupServer        *server,
              SoupServerMessage *message,
              Serve             *self)
{
    Connection *connection = find_connection (self, message);

    if (connection && connection->timer)
        g_source_remove (connection->timer);
    if (connection)
        connection->timer = 0;
}

static void
request_over (SoupServer        *server,
              SoupServerMessage *message,
              Serve             *self)
{
    Connection *connection = find_connection (self, message);

    if (connection && !connection->timer)
        connection->timer = g_timeout_add_seconds (REQUEST_TIMEOUT, time_is_over, connection);
}

static void
hand_over (Serve             *self,
           GSocketConnection *socket_connection,
           GIOStream         *stream)
{
    g_autoptr(GSocketAddress) local = g_socket_connection_get_local_address (socket_connection, NULL);
    g_autoptr(GSocketAddress) remote = g_socket_connection_get_remote_address (socket_connection, NULL);
    g_autoptr(GError)         error = NULL;

    if (local && remote && !soup_server_accept_iostream (self->server, stream, local, remote, &error))
        g_printerr ("not taken: %s\n", error->message);
}

static void
hands_shaken (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
    g_autoptr(GSocketConnection) connection = user_data;
    g_autoptr(GError)            error = NULL;
    Serve                       *self = g_object_get_data (G_OBJECT (connection), "serve");

    if (g_tls_connection_handshake_finish (G_TLS_CONNECTION (source), result, &error)) {
        hand_over (self, connection, G_IO_STREAM (source));
        return;
    }
    g_printerr ("no TLS: %s\n", error->message);
    hang_up (G_IO_STREAM (connection));
}

/* As a server, GIO asks even if the certificate is fine */
static gboolean
accept_certificate (GTlsConnection       *connection,
                    GTlsCertificate      *certificate,
                    GTlsCertificateFlags  errors,
                    gpointer              user_data)
{
    return errors == 0;
}

static void
shake_hands (Serve             *self,
             GSocketConnection *connection)
{
    g_autoptr(GIOStream) tls = NULL;

    tls = g_tls_server_connection_new (G_IO_STREAM (connection), self->certificate, NULL);
    if (!tls)
        return;
    if (self->clients_ca) {
        g_tls_connection_set_database (G_TLS_CONNECTION (tls), self->clients_ca);
        g_object_set (tls, "authentication-mode", G_TLS_AUTHENTICATION_REQUIRED, NULL);
    }
    g_object_set_data (G_OBJECT (connection), "serve", self);
    g_signal_connect (tls, "accept-certificate", G_CALLBACK (accept_certificate), NULL);
    g_tls_connection_handshake_async (G_TLS_CONNECTION (tls), G_PRIORITY_DEFAULT, NULL, hands_shaken, g_object_ref (connection));
}

static gboolean
incoming (GSocketService    *service,
          GSocketConnection *socket_connection,
          GObject           *source,
          gpointer           user_data)
{
    Serve                     *self = user_data;
    g_autoptr(GSocketAddress)  remote = g_socket_connection_get_remote_address (socket_connection, NULL);
    Connection                *connection;

    if (!remote || g_hash_table_size (self->connections) >= CONNECTIONS_MAX)
        return TRUE;
    g_socket_set_timeout (g_socket_connection_get_socket (socket_connection), STALL_TIMEOUT);
    g_socket_set_keepalive (g_socket_connection_get_socket (socket_connection), TRUE);
    connection = g_new0 (Connection, 1);
    connection->serve = self;
    connection->key = key_of (remote);
    connection->stream = G_IO_STREAM (socket_connection);
    g_object_weak_ref (G_OBJECT (socket_connection), forget_closed, connection);
    connection->timer = g_timeout_add_seconds (REQUEST_TIMEOUT, time_is_over, connection);
    g_hash_table_replace (self->connections, connection->key, connection);
    if (self->certificate)
        shake_hands (self, socket_connection);
    else
        hand_over (self, socket_connection, G_IO_STREAM (socket_connection));
    return TRUE;
}

/*****************************************************************************/
/* Starting */

static gboolean
load_tls (Serve   *self,
          GError **error)
{
    const ServerOptions *options = self->options;

    if (!options->tls_certificate && !options->mutual)
        return TRUE;
    if (!options->tls_certificate) {
        g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, _("--mutual needs TLS: --tls, or --tls-certificate"));
        return FALSE;
    }
    self->certificate = g_tls_certificate_new_from_files (options->tls_certificate, options->tls_key, error);
    if (!self->certificate)
        return FALSE;
    if (options->mutual) {
        g_autofree gchar *ca = g_canonicalize_filename (options->tls_ca, NULL);

        self->clients_ca = g_tls_file_database_new (ca, error);
    }
    return !options->mutual || self->clients_ca;
}

static gboolean
listen_on (Serve          *self,
           GSocketFamily   family,
           guint16        *port,
           GError        **error)
{
    g_autoptr(GInetAddress)   any = g_inet_address_new_any (family);
    g_autoptr(GSocketAddress) address = g_inet_socket_address_new (any, *port);
    g_autoptr(GSocketAddress) taken = NULL;
    g_autoptr(GSocket)        socket = g_socket_new (family, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, error);

    if (!socket)
        return FALSE;
    /* The other address family has its own socket */
    if (family == G_SOCKET_FAMILY_IPV6 && !g_socket_set_option (socket, IPPROTO_IPV6, IPV6_V6ONLY, 1, error))
        return FALSE;
    g_socket_set_listen_backlog (socket, CONNECTIONS_MAX);
    if (!g_socket_bind (socket, address, TRUE, error) || !g_socket_listen (socket, error)) {
        g_prefix_error (error, _("port %u (IPv%c): "), *port, family == G_SOCKET_FAMILY_IPV6 ? '6' : '4');
        return FALSE;
    }
    taken = g_socket_get_local_address (socket, error);
    if (!taken)
        return FALSE;
    *port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (taken));
    return g_socket_listener_add_socket (G_SOCKET_LISTENER (self->service), socket, NULL, error);
}

static gboolean
listen_all (Serve    *self,
            guint16  *port,
            GError  **error)
{
    const ServerOptions *options = self->options;

    return (options->only_v6 || listen_on (self, G_SOCKET_FAMILY_IPV4, port, error)) &&
           (options->only_v4 || listen_on (self, G_SOCKET_FAMILY_IPV6, port, error));
}

static void
print_url (Serve       *self,
           const gchar *host,
           gboolean     v6,
           guint16      port)
{
    g_autofree gchar *url = g_strdup_printf ("%s://%s%s%s:%u/", self->certificate ? "https" : "http", v6 ? "[" : "", host,
                                             v6 ? "]" : "", port);

    if (self->options->json)
        printf ("{\"url\":\"%s\"}\n", url);
    else
        g_print (_("for mmfota: %s\n"), url);
}

/* Addresses by which modules may reach the server; loopback if there is no other */
static guint
print_addresses (Serve    *self,
                 guint16   port,
                 gboolean  loopback)
{
    struct ifaddrs *list = NULL;
    struct ifaddrs *iter;
    guint           n = 0;

    if (getifaddrs (&list) < 0)
        return 0;
    for (iter = list; iter; iter = iter->ifa_next) {
        g_autoptr(GSocketAddress) address = NULL;
        g_autofree gchar         *text = NULL;
        GInetAddress             *inet;
        gint                      family = iter->ifa_addr ? iter->ifa_addr->sa_family : AF_UNSPEC;

        if ((family != AF_INET && family != AF_INET6) || !(iter->ifa_flags & IFF_UP) ||
            !(iter->ifa_flags & IFF_LOOPBACK) != !loopback ||
            (family == AF_INET ? self->options->only_v6 : self->options->only_v4))
            continue;
        address = g_socket_address_new_from_native (iter->ifa_addr, family == AF_INET ? sizeof (struct sockaddr_in) :
                                                    sizeof (struct sockaddr_in6));
        inet = address ? g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (address)) : NULL;
        if (!inet || g_inet_address_get_is_link_local (inet))
            continue;
        text = g_inet_address_to_string (inet);
        print_url (self, text, family == AF_INET6, port);
        n++;
    }
    freeifaddrs (list);
    return n;
}

static gboolean
ended (gpointer user_data)
{
    g_main_loop_quit (user_data);
    return G_SOURCE_CONTINUE;
}

static void
run (Serve   *self,
     guint16  port)
{
    guint             interrupted = g_unix_signal_add (SIGINT, ended, self->loop);
    guint             terminated = g_unix_signal_add (SIGTERM, ended, self->loop);
    g_autofree gchar *language = NULL;

    if (!print_addresses (self, port, FALSE))
        print_addresses (self, port, TRUE);
    g_socket_service_start (self->service);
    /* From here on it is a log, and English, also where a library wrote the text */
    language = g_strdup (setlocale (LC_MESSAGES, NULL));
    setlocale (LC_MESSAGES, "C");
    g_main_loop_run (self->loop);
    setlocale (LC_MESSAGES, language);
    g_source_remove (interrupted);
    g_source_remove (terminated);
    g_socket_service_stop (self->service);
    g_socket_listener_close (G_SOCKET_LISTENER (self->service));
    soup_server_disconnect (self->server);
}

/* The usual limit of 1024 is too low for all connections */
static void
raise_limit (void)
{
    struct rlimit limit;

    if (getrlimit (RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= DESCRIPTORS)
        return;
    limit.rlim_cur = MIN (limit.rlim_max, DESCRIPTORS);
    setrlimit (RLIMIT_NOFILE, &limit);
}

gboolean
server_serve (const ServerOptions  *options,
              GError              **error)
{
    g_autofree gchar *full = g_build_filename (options->target, "full", NULL);
    Serve             self = { .options = options };
    guint16           port = (guint16) options->port;
    gboolean          done = FALSE;

    if (!g_file_test (full, G_FILE_TEST_IS_DIR)) {
        g_autofree gchar *shown = release_text_file_name (full, PATH_MAX);

        g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, _("'%s' is no folder: make a release first (--make)"), shown);
        return FALSE;
    }
    setvbuf (stdout, NULL, _IOLBF, 0);
    raise_limit ();
    self.loop = g_main_loop_new (NULL, FALSE);
    self.service = g_socket_service_new ();
    self.connections = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) connection_free);
    self.server = soup_server_new ("server-header", "mmfota-server", NULL);
    soup_server_add_handler (self.server, NULL, handle_request, &self, NULL);
    g_signal_connect (self.server, "request-started", G_CALLBACK (request_started), &self);
    g_signal_connect (self.server, "request-read", G_CALLBACK (request_read), &self);
    g_signal_connect (self.server, "request-finished", G_CALLBACK (request_over), &self);
    g_signal_connect (self.server, "request-aborted", G_CALLBACK (request_over), &self);
    g_signal_connect (self.service, "incoming", G_CALLBACK (incoming), &self);
    if (load_tls (&self, error) && listen_all (&self, &port, error)) {
        run (&self, port);
        done = TRUE;
    }
    g_object_unref (self.server);
    g_object_unref (self.service);
    g_hash_table_unref (self.connections);
    g_clear_object (&self.certificate);
    g_clear_object (&self.clients_ca);
    g_main_loop_unref (self.loop);
    return done;
}

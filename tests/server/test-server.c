/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/* The pure parts of mmfota-server */

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "release-file.h"
#include "release-finding.h"
#include "release-sums.h"
#include "release-text.h"
#include "release-xml.h"
#include "server-check.h"
#include "server-host.h"
#include "server-log.h"
#include "server-nginx.h"
#include "server-serve.h"

/*****************************************************************************/
/* Files */

#define FILE_SIZE  200000
#define FILE_PIECE 777

typedef struct {
    pthread_t main;
    gint      fd;
    guint8    bytes[FILE_SIZE];
    gsize     n;
} Peer;

static void
interrupt (gint number)
{
}

/* A signal at each piece, for which the kernel leaves off */
static gpointer
feed (gpointer user_data)
{
    Peer *peer = user_data;

    for (peer->n = 0; peer->n < FILE_SIZE;) {
        gssize n = write (peer->fd, peer->bytes + peer->n, MIN (FILE_PIECE, FILE_SIZE - peer->n));

        g_assert_cmpint (n, >, 0);
        peer->n += (gsize) n;
        g_usleep (50);
        pthread_kill (peer->main, SIGUSR1);
    }
    close (peer->fd);
    return NULL;
}

static gpointer
drain (gpointer user_data)
{
    Peer   *peer = user_data;
    gssize  n;

    for (peer->n = 0; peer->n < FILE_SIZE; peer->n += (gsize) n) {
        g_usleep (50);
        pthread_kill (peer->main, SIGUSR1);
        n = read (peer->fd, peer->bytes + peer->n, MIN (FILE_PIECE, FILE_SIZE - peer->n));
        g_assert_cmpint (n, >, 0);
    }
    close (peer->fd);
    return NULL;
}

static GThread *
start_peer (Peer        *peer,
            GThreadFunc  func,
            gint        *fd)
{
    gint pair[2];
    gint small = 4096;

    g_assert_no_errno (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair));
    g_assert_no_errno (setsockopt (pair[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof (small)));
    peer->main = pthread_self ();
    peer->fd = pair[1];
    *fd = pair[0];
    return g_thread_new ("peer", func, peer);
}

static void
test_file (void)
{
    struct sigaction   action = { .sa_handler = interrupt };
    g_autofree Peer   *peer = g_new0 (Peer, 1);
    g_autofree guint8 *bytes = g_malloc (FILE_SIZE);
    g_autofree guint8 *buffer = g_malloc (100000 + FILE_SIZE);
    GThread           *thread;
    gint               fd;
    guint              i;

    g_assert_no_errno (sigaction (SIGUSR1, &action, NULL));
    for (i = 0; i < FILE_SIZE; i++)
        bytes[i] = (guint8) (i % 251);

    memcpy (peer->bytes, bytes, FILE_SIZE);
    thread = start_peer (peer, feed, &fd);
    g_assert_cmpint (release_file_read (fd, buffer, 100000), ==, 100000);
    g_assert_cmpint (release_file_read (fd, buffer + 100000, 0), ==, 0);
    g_assert_cmpint (release_file_read (fd, buffer + 100000, FILE_SIZE), ==, FILE_SIZE - 100000);
    g_thread_join (thread);
    close (fd);
    g_assert_cmpmem (buffer, FILE_SIZE, bytes, FILE_SIZE);

    memset (peer->bytes, 0, FILE_SIZE);
    thread = start_peer (peer, drain, &fd);
    g_assert_true (release_file_write (fd, bytes, FILE_SIZE));
    close (fd);
    g_thread_join (thread);
    g_assert_cmpmem (peer->bytes, peer->n, bytes, FILE_SIZE);
}

static void
test_file_errors (void)
{
    gchar buffer[4] = "";

    g_assert_cmpint (release_file_read (-1, buffer, sizeof (buffer)), ==, -1);
    g_assert_cmpint (errno, ==, EBADF);
    g_assert_false (release_file_write (-1, buffer, sizeof (buffer)));
    g_assert_cmpint (errno, ==, EBADF);
    g_assert_true (release_file_write (-1, buffer, 0));
}

/*****************************************************************************/
/* Texts */

static void
test_printable (void)
{
    static const struct {
        const gchar *text;
        const gchar *shown;
    } cases[] = {
        { NULL,                     ""         },
        { "plain",                  "plain"    },
        { "a\x1b[31mb",             "a?[31mb"  },
        { "a\nb\tc",                "a?b?c"    },
        { "für",                    "für"      },
        { "a\xe2\x80\xae" "b",      "a?b"      },
        { "a\xe2\x80\xa8" "b",      "a?b"      },
        { "0123456789abcdefghijkl", "0123456789abcdef…" },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autofree gchar *shown = release_text_printable (cases[i].text, 16);

        g_assert_cmpstr (shown, ==, cases[i].shown);
    }
}

static void
test_sizes (void)
{
    static const struct {
        guint64      bytes;
        const gchar *text;
    } cases[] = {
        { 0, "0 bytes" }, { 999, "999 bytes" }, { 1000, "1.0 kB" }, { 61937228, "61.9 MB" },
        { G_GUINT64_CONSTANT (4294967303), "4.2 GB" }, { G_MAXUINT64, "18446744.0 TB" },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autofree gchar *text = release_text_size (cases[i].bytes);

        g_assert_cmpstr (text, ==, cases[i].text);
    }
}

static void
test_urls (void)
{
    static const gchar *const good[] = { "http://a/", "https://fota.example.net:8443/mt5700/", "http://[2001:db8::1]/x/" };
    static const gchar *const bad[] = { "", "a", "ftp://a/", "http://", "http:///x/", "http://u@a/", "http://a/?q", "http://a/#f",
                                        "http://a/ b/", "http://a/;b/", "http://a/\"/", "http://a:0/", "http://a:65536/",
                                        "http://a/\xc3\xbc/", "http://a/\n" };
    g_autofree gchar         *added = release_text_base_url ("http://a/x", NULL);
    g_autofree gchar         *path = g_strnfill (256, 'x');
    g_autofree gchar         *too_long = g_strconcat ("http://a/", path, NULL);
    guint                     i;

    g_assert_cmpstr (added, ==, "http://a/x/");
    for (i = 0; i < G_N_ELEMENTS (good); i++) {
        g_autofree gchar *url = release_text_base_url (good[i], NULL);

        g_assert_cmpstr (url, ==, good[i]);
    }
    for (i = 0; i < G_N_ELEMENTS (bad); i++) {
        g_autoptr(GError) error = NULL;

        g_assert_null (release_text_base_url (bad[i], &error));
        g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
    }
    g_assert_null (release_text_base_url (too_long, NULL));
}

/*****************************************************************************/
/* Versions, products */

static void
test_versions (void)
{
    static const gchar *const ascending[] = { "", "1.1.6.0(SP1C02)", "1.2.5.0(SP1C02)", "1.2.5.0(SP1C10)", "1.2.5.0(SP2C01)",
                                              "1.2.10.0(SP1C02)", "1.3", "1.3.0", "2", "10" };
    guint i;
    guint j;

    for (i = 0; i < G_N_ELEMENTS (ascending); i++) {
        for (j = 0; j < G_N_ELEMENTS (ascending); j++) {
            gint order = release_version_compare (ascending[i], ascending[j]);

            g_assert_cmpint (CLAMP (order, -1, 1), ==, i < j ? -1 : i > j);
        }
    }
    g_assert_cmpint (release_version_compare ("1.02", "1.2"), ==, 0);
    g_assert_true (release_same_product ("MT5710-CN", "mt5710_CN"));
    g_assert_false (release_same_product ("MT5710-CN", "MT5700M-CN"));
    g_assert_false (release_same_product ("MT5710-CN", "MT5710-CN2"));
}

/*****************************************************************************/
/* Findings: the worst of them is the exit status */

static void
check_ids (ReleaseFindings *findings,
           const gchar     *expected)
{
    g_autoptr(JsonArray) array = release_findings_to_json (findings);
    g_autoptr(GString)   ids = g_string_new (NULL);
    guint                i;

    for (i = 0; i < json_array_get_length (array); i++)
        g_string_append_printf (ids, "%s%s", i ? " " : "",
                                json_object_get_string_member (json_array_get_object_element (array, i), "id"));
    g_assert_cmpstr (ids->str, ==, expected);
}

static void
test_findings (void)
{
    g_autoptr(ReleaseFindings) findings = release_findings_new ();

    g_assert_cmpint (release_findings_exit (findings), ==, 0);
    release_findings_add (findings, "file-extra", "x");
    g_assert_cmpint (release_findings_exit (findings), ==, 0);
    release_findings_add (findings, "xml-bom", "x");
    g_assert_cmpint (release_findings_exit (findings), ==, 2);
    release_findings_add (findings, "md5-differs", "x");
    g_assert_cmpint (release_findings_exit (findings), ==, 1);
    g_assert_true (release_findings_has (findings, "xml-bom"));
    g_assert_false (release_findings_has (findings, "xml-nul"));
    check_ids (findings, "file-extra xml-bom md5-differs");
}

/*****************************************************************************/
/* What is built is what is parsed */

static void
test_release (void)
{
    static const gchar *const     features[] = { "Fixes: calls", NULL };
    g_autoptr(ReleaseFindings)  findings = release_findings_new ();
    g_autoptr(GPtrArray)        files = g_ptr_array_new_with_free_func ((GDestroyNotify) release_file_free);
    g_autofree gchar           *log = release_changelog_build ("1.3.0.0(SP1C02)", "MT5700M-CN", "1.2.5.0(SP1C02)", features);
    g_autofree gchar           *list = NULL;
    g_autoptr(ReleaseChangelog) changelog = NULL;
    g_autoptr(ReleaseFilelist)  filelist = NULL;
    const ReleaseFile          *file;

    g_ptr_array_add (files, release_file_new ("ota.swu", "D41D8CD98F00B204E9800998ECF8427E", G_GUINT64_CONSTANT (4294967303)));
    list = release_filelist_build (files);
    changelog = release_changelog_parse ("x", (const guint8 *) log, strlen (log), findings);
    filelist = release_filelist_parse ("x", (const guint8 *) list, strlen (list), findings);
    g_assert_cmpstr (changelog->version, ==, "1.3.0.0(SP1C02)");
    g_assert_cmpstr (changelog->product, ==, "MT5700M-CN");
    g_assert_cmpstr (changelog->source, ==, "1.2.5.0(SP1C02)");
    g_assert_cmpstr (changelog->update_mode, ==, "0");
    g_assert_cmpstr (filelist->component, ==, changelog->component);
    file = g_ptr_array_index (filelist->files, 0);
    g_assert_cmpstr (file->md5, ==, "d41d8cd98f00b204e9800998ecf8427e");
    g_assert_cmpuint (file->size, ==, G_GUINT64_CONSTANT (4294967303));
    /* Larger than any package that is known */
    check_ids (findings, "package-large");
}

static void
test_entities (void)
{
    static const gchar         bomb[] = "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]>"
                                        "<root><component name=\"&b;\" version=\"&b;\"/></root>";
    static const gchar         outside[] = "<!DOCTYPE x [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><root><component name=\"x\" version=\"1\"/></root>";
    g_autoptr(ReleaseFindings) findings = release_findings_new ();

    g_assert_null (release_changelog_parse ("x", (const guint8 *) bomb, strlen (bomb), findings));
    g_assert_null (release_changelog_parse ("x", (const guint8 *) outside, strlen (outside), findings));
    check_ids (findings, "xml-doctype xml-doctype");
    g_assert_null (release_filelist_parse ("x", NULL, 0, findings));
}

/*****************************************************************************/
/* SHA256SUMS, release.json */

#define SUM "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static void
test_sums (void)
{
    static const gchar *const bad[] = {
        "", "\n", "x\n", SUM "\n", SUM "  \n", SUM " a\n", SUM "  a\n\n", SUM "  a\n" SUM "  a\n", SUM "  ../a\n", SUM "  /a\n",
        SUM "  a b\n", "g" SUM "  a\n", SUM "  a\r\n", "\\" SUM "  a\n",
    };
    static const gchar    text[] = SUM "  a\n" SUM " *image/b.bin\n";
    g_autoptr(GHashTable) sums = release_sums_parse ((const guint8 *) text, strlen (text), NULL);
    g_autofree gchar     *built = release_sums_build (sums);
    guint                 i;

    g_assert_cmpstr (built, ==, SUM "  a\n" SUM "  image/b.bin\n");
    for (i = 0; i < G_N_ELEMENTS (bad); i++) {
        g_autoptr(GError) error = NULL;

        g_assert_null (release_sums_parse ((const guint8 *) bad[i], strlen (bad[i]), &error));
        g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
    }
}

static void
test_manifest (void)
{
    static const gchar *const bad[] = {
        "", "[]", "{", "{}", "{}{\"version\": \"1\", \"product\": \"x\"}", "{\"version\": \"1\", \"product\": \"x\"}{}",
        "/* } */ {\"version\": \"1\", \"product\": \"x\"}", "{\"version\": \"1\"}", "{\"version\": 1, \"product\": \"x\"}", "{\"version\": \"\", \"product\": \"x\"}",
        "{\"version\": \"1\", \"product\": \"x\", \"not-after\": \"soon\"}", "{\"version\": \"1\", \"product\": \"x\", \"released\": 5}",
        "{\"version\": \"1\\n\", \"product\": \"x\"}",
    };
    ReleaseManifest            manifest = { (gchar *) "1.3\\4", (gchar *) "MT5700M-CN", 1795780800, 4102444799 };
    g_autofree gchar          *text = release_manifest_build (&manifest);
    g_autoptr(ReleaseManifest) again = release_manifest_parse ((const guint8 *) text, strlen (text), NULL);
    guint                      i;

    g_assert_nonnull (again);
    g_assert_cmpstr (again->version, ==, manifest.version);
    g_assert_cmpint (again->released, ==, manifest.released);
    g_assert_cmpint (again->not_after, ==, manifest.not_after);
    for (i = 0; i < G_N_ELEMENTS (bad); i++) {
        g_autoptr(GError) error = NULL;

        g_assert_null (release_manifest_parse ((const guint8 *) bad[i], strlen (bad[i]), &error));
        g_assert_nonnull (error);
    }
}

/*****************************************************************************/
/* nginx */

static void
test_configuration (void)
{
    static const gchar         text[] = "# a comment; {\nuser www-data;\nhttp {\n  gzip on;\n  server { listen [::1]:8080 ssl default_server;\n"
                                        "    location /a/ { alias \"/srv/a b/\"; } set $x ${y}z; return 301 'it\\'s;{}'; }\n}\n";
    g_autoptr(ServerDirective) root = server_nginx_parse ("x", text, strlen (text), NULL);
    const ServerDirective     *http;
    const ServerDirective     *server;
    const ServerDirective     *location;
    g_auto(ServerListen)       listen = { 0 };

    g_assert_nonnull (root);
    g_assert_cmpstr (server_nginx_value (root, "user"), ==, "www-data");
    http = server_nginx_child (root, "http", NULL);
    server = server_nginx_child (http, "server", NULL);
    g_assert_cmpuint (server->line, ==, 5);
    location = server_nginx_child (server, "location", NULL);
    g_assert_cmpstr (server_nginx_value (location, "alias"), ==, "/srv/a b/");
    g_assert_cmpstr (server_nginx_value (location, "gzip"), ==, "on");
    g_assert_null (server_nginx_value (location, "autoindex"));
    g_assert_cmpstr (server_nginx_child (server, "set", NULL)->args[1], ==, "${y}z");
    g_assert_cmpstr (server_nginx_child (server, "return", NULL)->args[1], ==, "it's;{}");
    g_assert_true (server_nginx_parse_listen (server_nginx_child (server, "listen", NULL), &listen));
    g_assert_cmpstr (listen.address, ==, "::1");
    g_assert_cmpuint (listen.port, ==, 8080);
    g_assert_true (listen.v6 && listen.ssl && listen.is_default);
}

static void
test_broken_configuration (void)
{
    static const gchar *const bad[] = { ";", "{", "}", "a", "a {", "a { b }", "a; }", "a \"b", "a 'b;", "a ${b", "{ }" };
    g_autoptr(GString)        deep = g_string_new (NULL);
    guint                     i;

    for (i = 0; i < G_N_ELEMENTS (bad); i++) {
        g_autoptr(GError) error = NULL;

        g_assert_null (server_nginx_parse ("x", bad[i], strlen (bad[i]), &error));
        g_assert_nonnull (error);
        g_assert_true (g_str_has_prefix (error->message, "x:1: "));
    }
    for (i = 0; i < 100000; i++)
        g_string_append (deep, "a{");
    g_assert_null (server_nginx_parse ("x", deep->str, deep->len, NULL));
}

static void
test_log_lines (void)
{
    static const gchar   text[] = "2001:db8::1 - - [27/Nov/2026:12:00:00 +0000] \"GET /full/ota.swu HTTP/1.1\" 206 4294967303 \"-\" \"MT5700M-CN FOTA\"";
    g_auto(ServerLogLine) line = { 0 };
    gsize                 i;

    g_assert_true (server_log_parse_line (text, &line));
    g_assert_cmpstr (line.client, ==, "2001:db8::1");
    g_assert_cmpstr (line.method, ==, "GET");
    g_assert_cmpstr (line.path, ==, "/full/ota.swu");
    g_assert_cmpuint (line.status, ==, 206);
    g_assert_cmpuint (line.sent, ==, G_GUINT64_CONSTANT (4294967303));
    g_assert_cmpstr (line.agent, ==, "MT5700M-CN FOTA");
    /* Cut anywhere */
    for (i = 0; i < strlen (text); i++) {
        g_autofree gchar     *cut = g_strndup (text, i);
        g_auto(ServerLogLine) part = { 0 };

        server_log_parse_line (cut, &part);
    }
}

/*****************************************************************************/
/* This machine, ranges */

static void
test_listeners (void)
{
    static const gchar text[] =
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
        "   0: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 12345 1 0 100 0 0 10 0\n"
        "   1: 0100007F:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000    33        0 777 1 0 100 0 0 10 0\n"
        "   2: 0100007F:0050 0100007F:C350 01 00000000:00000000 00:00000000 00000000    33        0 778 1 0 100 0 0 10 0\n"
        "rubbish\n";
    g_autoptr(GArray)     listeners = g_array_new (FALSE, FALSE, sizeof (ServerListener));
    const ServerListener *listener;

    server_host_parse_listeners (text, FALSE, listeners);
    g_assert_cmpuint (listeners->len, ==, 2);
    listener = &g_array_index (listeners, ServerListener, 0);
    g_assert_cmpuint (listener->port, ==, 8080);
    g_assert_cmpuint (listener->inode, ==, 12345);
    listener = &g_array_index (listeners, ServerListener, 1);
    g_assert_cmpuint (listener->port, ==, 80);
    g_assert_cmpuint (listener->inode, ==, 777);
}

static void
test_ranges (void)
{
    static const struct {
        const gchar *header;
        guint64      size;
        guint        kind;
        guint64      begin;
        guint64      end;
    } cases[] = {
        { NULL, 10, 0, 0, 9 },          { "bytes=0-", 10, 1, 0, 9 },    { "bytes=9-", 10, 1, 9, 9 },   { "bytes=10-", 10, 2, 0, 9 },
        { "bytes=2-3", 10, 1, 2, 3 },   { "bytes=2-99", 10, 1, 2, 9 },  { "bytes=-3", 10, 1, 7, 9 },   { "bytes=-30", 10, 1, 0, 9 },
        { "bytes=-0", 10, 2, 0, 9 },    { "bytes=3-2", 10, 0, 0, 9 },   { "bytes=0-", 0, 2, 0, 0 },    { "bytes=-1", 0, 2, 0, 0 },
        { "bytes=x", 10, 0, 0, 9 },     { "bytes=1-x", 10, 0, 0, 9 },   { "bytes=1-2,4-5", 10, 0, 0, 9 },
        { "bytes=4294967296-", G_GUINT64_CONSTANT (4294967303), 1, G_GUINT64_CONSTANT (4294967296), G_GUINT64_CONSTANT (4294967302) },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (cases); i++) {
        guint64 begin;
        guint64 end;

        g_assert_cmpuint (server_serve_parse_range (cases[i].header, cases[i].size, &begin, &end), ==, cases[i].kind);
        g_assert_cmpuint (begin, ==, cases[i].begin);
        g_assert_cmpuint (end, ==, cases[i].end);
    }
}

int
main (int    argc,
      char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/server/file/pieces", test_file);
    g_test_add_func ("/server/file/errors", test_file_errors);
    g_test_add_func ("/server/text/printable", test_printable);
    g_test_add_func ("/server/text/sizes", test_sizes);
    g_test_add_func ("/server/text/urls", test_urls);
    g_test_add_func ("/server/versions", test_versions);
    g_test_add_func ("/server/findings", test_findings);
    g_test_add_func ("/server/release", test_release);
    g_test_add_func ("/server/entities", test_entities);
    g_test_add_func ("/server/sums", test_sums);
    g_test_add_func ("/server/manifest", test_manifest);
    g_test_add_func ("/server/nginx/configuration", test_configuration);
    g_test_add_func ("/server/nginx/broken", test_broken_configuration);
    g_test_add_func ("/server/nginx/log", test_log_lines);
    g_test_add_func ("/server/host/listeners", test_listeners);
    g_test_add_func ("/server/serve/ranges", test_ranges);
    return g_test_run ();
}

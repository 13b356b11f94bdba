/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "server-diagnose.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>

#include <glib/gi18n.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "release-text.h"
#include "server-host.h"
#include "server-tls.h"

#define DAY (24 * 3600)

typedef struct {
    const ServerDirective *root;
    const gchar           *user;
    GArray                *ports;
    ReleaseFindings       *findings;
    guint                  n_firmware;
} Look;

/* file:line of a directive */
static gchar *
place (const ServerDirective *directive)
{
    g_autofree gchar *shown = release_text_file_name (directive->file, PATH_MAX);

    return g_strdup_printf ("%s:%u", shown, directive->line);
}

static gboolean
is_set (const ServerDirective *block,
        const gchar           *name,
        const gchar           *value)
{
    const gchar *found = server_nginx_value (block, name);

    return found && g_str_equal (found, value);
}

/*****************************************************************************/
/* Certificates */

/* @datum points into the text */
static gchar *
read_pem (Look           *look,
          const gchar    *path,
          gnutls_datum_t *datum)
{
    g_autoptr(GError)  error = NULL;
    gsize              size = 0;
    gchar             *text = server_host_read (path, SERVER_NGINX_MAX, &size, &error);

    if (!text)
        release_findings_add (look->findings, "certificate-missing", "%s", error->message);
    *datum = (gnutls_datum_t) { (guchar *) text, (guint) size };
    return text;
}

static gnutls_x509_crt_t
load_certificate (Look        *look,
                  const gchar *path)
{
    gnutls_datum_t    datum;
    g_autofree gchar *text = read_pem (look, path, &datum);
    gnutls_x509_crt_t certificate = NULL;

    if (!text)
        return NULL;
    gnutls_x509_crt_init (&certificate);
    if (gnutls_x509_crt_import (certificate, &datum, GNUTLS_X509_FMT_PEM) >= 0)
        return certificate;
    gnutls_x509_crt_deinit (certificate);
    release_findings_add (look->findings, "certificate-unreadable", _("%s holds no certificate in PEM"), path);
    return NULL;
}

static gnutls_x509_privkey_t
load_key (Look        *look,
          const gchar *path)
{
    gnutls_datum_t        datum;
    g_autofree gchar     *text = read_pem (look, path, &datum);
    gnutls_x509_privkey_t key = NULL;
    struct stat           status;
    gint                  code;

    if (!text)
        return NULL;
    if (stat (path, &status) == 0 && (status.st_mode & S_IROTH))
        release_findings_add (look->findings, "certificate-key-public", _("%s has mode %04o"), path,
                              (guint) status.st_mode & 07777);
    gnutls_x509_privkey_init (&key);
    code = gnutls_x509_privkey_import2 (key, &datum, GNUTLS_X509_FMT_PEM, NULL, 0);
    gnutls_memset (text, 0, datum.size);
    if (code >= 0)
        return key;
    gnutls_x509_privkey_deinit (key);
    release_findings_add (look->findings, "certificate-unreadable", _("%s holds no private key in PEM"), path);
    return NULL;
}

static void
check_pair (Look        *look,
            const gchar *certificate_path,
            const gchar *key_path)
{
    gnutls_x509_crt_t     certificate = load_certificate (look, certificate_path);
    gnutls_x509_privkey_t key = load_key (look, key_path);
    time_t                now = time (NULL);

    if (certificate && gnutls_x509_crt_get_expiration_time (certificate) < now)
        release_findings_add (look->findings, "certificate-expired", _("%s has expired"), certificate_path);
    if (certificate && gnutls_x509_crt_get_activation_time (certificate) > now)
        release_findings_add (look->findings, "certificate-not-yet", _("%s is not valid yet"), certificate_path);
    if (certificate && key && !server_tls_is_pair (certificate, key))
        release_findings_add (look->findings, "certificate-key", _("%s is not the key of %s"), key_path, certificate_path);
    if (certificate)
        gnutls_x509_crt_deinit (certificate);
    if (key)
        gnutls_x509_privkey_deinit (key);
}

/* Relative paths in the configuration start at its folder */
static gchar *
path_of (const ServerDirective *directive)
{
    g_autofree gchar      *folder = NULL;
    const ServerDirective *root = directive;

    while (root->parent)
        root = root->parent;
    folder = g_path_get_dirname (root->file);
    return g_canonicalize_filename (directive->args[0] ? directive->args[0] : "", folder);
}

static void
check_tls (Look                  *look,
           const ServerDirective *server,
           gboolean               ssl)
{
    const ServerDirective *certificate = server_nginx_inherited (server, "ssl_certificate");
    const ServerDirective *key = server_nginx_inherited (server, "ssl_certificate_key");
    const ServerDirective *protocols = server_nginx_inherited (server, "ssl_protocols");
    const gchar           *verify = server_nginx_value (server, "ssl_verify_client");
    g_autofree gchar      *where = place (server);

    if (!ssl) {
        if (server_nginx_child (server, "ssl_certificate", NULL))
            release_findings_add (look->findings, "nginx-no-tls", _("%s: no listen of this server has ssl"), where);
        return;
    }
    if (!certificate || !key) {
        release_findings_add (look->findings, "nginx-no-certificate", _("%s: no %s"), where,
                              certificate ? "ssl_certificate_key" : "ssl_certificate");
        return;
    }
    if (!strchr (certificate->args[0] ? certificate->args[0] : "$", '$')) {
        g_autofree gchar *certificate_path = path_of (certificate);
        g_autofree gchar *key_path = path_of (key);

        check_pair (look, certificate_path, key_path);
    }
    if (verify && !g_str_equal (verify, "off") && !server_nginx_inherited (server, "ssl_client_certificate"))
        release_findings_add (look->findings, "nginx-client-ca", _("%s: ssl_verify_client %s; without ssl_client_certificate"),
                              where, verify);
    if (protocols && !server_nginx_has_arg (protocols, "TLSv1.2"))
        release_findings_add (look->findings, "nginx-protocols", _("%s: ssl_protocols without TLSv1.2"), where);
}

/*****************************************************************************/
/* Locations */

static const gchar *
location_path (const ServerDirective *location)
{
    guint n = g_strv_length (location->args);

    /* location ^~ /path/ { }; --site writes no regular expressions */
    return n > 0 && location->args[n - 1][0] == '/' && !g_str_has_prefix (location->args[0], "~") ? location->args[n - 1] : NULL;
}

/* What a module would request: the folder for /…/full/. NULL if there is none */
static gchar *
served_folder (Look                  *look,
               const ServerDirective *location,
               const gchar           *path)
{
    const ServerDirective *alias = server_nginx_child (location, "alias", NULL);
    const ServerDirective *root = server_nginx_inherited (location, "root");

    if (alias)
        return path_of (alias);
    if (root) {
        g_autofree gchar *base = path_of (root);

        return g_build_filename (base, path, NULL);
    }
    return NULL;
}

static gboolean
has_release (const gchar *folder)
{
    g_autofree gchar *list = g_build_filename (folder, "filelist.xml", NULL);

    return g_file_test (list, G_FILE_TEST_EXISTS);
}

static void
check_rights (Look        *look,
              const gchar *folder)
{
    g_autoptr(GDir)   dir = g_dir_open (folder, 0, NULL);
    g_autofree gchar *trouble = server_host_rights (look->user, folder);
    const gchar      *name;

    if (trouble) {
        release_findings_add (look->findings, "path-rights", "%s", trouble);
        return;
    }
    while (dir && (name = g_dir_read_name (dir))) {
        g_autofree gchar *path = g_build_filename (folder, name, NULL);
        g_autofree gchar *file_trouble = server_host_rights (look->user, path);

        if (file_trouble)
            release_findings_add (look->findings, "path-rights", "%s", file_trouble);
    }
}

/* There must be room for another release of the same size */
static void
check_room (Look        *look,
            const gchar *folder)
{
    g_autoptr(GDir) dir = g_dir_open (folder, 0, NULL);
    struct statvfs  room;
    const gchar    *name;
    guint64         size = 0;

    while (dir && (name = g_dir_read_name (dir))) {
        g_autofree gchar *path = g_build_filename (folder, name, NULL);
        struct stat       status;

        if (stat (path, &status) == 0 && S_ISREG (status.st_mode)) {
            size += (guint64) status.st_size;
            if (status.st_mtime > time (NULL) + DAY)
                release_findings_add (look->findings, "clock-wrong", _("%s was changed in the future"), path);
        }
    }
    if (statvfs (folder, &room) == 0 && (guint64) room.f_bavail * room.f_frsize < size)
        release_findings_add (look->findings, "disk-full", _("%s: room for %" PRIu64 " bytes, the release has %"
                                 PRIu64), folder, (guint64) room.f_bavail * room.f_frsize, size);
}

static void
check_types (Look                  *look,
             const ServerDirective *location,
             const gchar           *where)
{
    const ServerDirective *types = server_nginx_inherited (location, "types");
    const gchar           *fallback = server_nginx_value (location, "default_type");
    gboolean               swu = FALSE;
    gboolean               bin = FALSE;
    guint                  i;

    for (i = 0; types && types->children && i < types->children->len; i++) {
        const ServerDirective *type = g_ptr_array_index (types->children, i);

        if (g_str_has_prefix (type->name, "text/"))
            continue;
        swu = swu || server_nginx_has_arg (type, "swu");
        bin = bin || server_nginx_has_arg (type, "bin");
    }
    if ((!swu || !bin) && (!fallback || !g_str_equal (fallback, "application/octet-stream")))
        release_findings_add (look->findings, "nginx-types", _("%s: no type for .%s"), where, swu ? "bin" : "swu");
}

static void
check_switches (Look                  *look,
                const ServerDirective *location,
                const gchar           *where)
{
    const ServerDirective *auth = server_nginx_inherited (location, "auth_basic");

    if (!is_set (location, "autoindex", "on"))
        release_findings_add (look->findings, "nginx-autoindex", _("%s: autoindex is off"), where);
    if (is_set (location, "gzip", "on") && server_nginx_inherited (location, "gzip_types"))
        release_findings_add (look->findings, "nginx-gzip", _("%s: gzip is on, with types of its own"), where);
    if (is_set (location, "max_ranges", "0"))
        release_findings_add (look->findings, "nginx-ranges", _("%s: max_ranges 0"), where);
    if (server_nginx_inherited (location, "limit_conn") || server_nginx_inherited (location, "limit_req"))
        release_findings_add (look->findings, "nginx-limit", _("%s: limit_conn or limit_req"), where);
    if ((auth && auth->args[0] && !g_str_equal (auth->args[0], "off")) || server_nginx_inherited (location, "auth_request"))
        release_findings_add (look->findings, "nginx-password", _("%s: auth_basic or auth_request"), where);
    if (server_nginx_inherited (location, "deny"))
        release_findings_add (look->findings, "nginx-denied", _("%s: deny"), where);
    if (server_nginx_inherited (location, "return") || server_nginx_inherited (location, "rewrite"))
        release_findings_add (look->findings, "nginx-return", _("%s: return or rewrite"), where);
}

static gboolean
check_alias (Look                  *look,
             const ServerDirective *location,
             const gchar           *path,
             const gchar           *where)
{
    const ServerDirective *alias = server_nginx_child (location, "alias", NULL);
    const ServerDirective *root = server_nginx_child (location, "root", NULL);
    const gchar           *target = alias && alias->args[0] ? alias->args[0] : NULL;
    gboolean               slash = target && g_str_has_suffix (target, "/");

    if (target && slash != g_str_has_suffix (path, "/")) {
        release_findings_add (look->findings, "nginx-alias-slash", _("%s: location %s, alias %s"), where, path, target);
        return FALSE;
    }
    /* root /srv/fota for /fota/ means /srv/fota/fota/ */
    if (root && root->args[0] && !g_str_equal (path, "/")) {
        g_autofree gchar *base = path_of (root);
        g_autofree gchar *full = g_build_filename (base, "full", NULL);

        if (has_release (full)) {
            release_findings_add (look->findings, "nginx-root-alias", _("%s: root %s for location %s: the release is in %s"),
                                  where, root->args[0], path, full);
            return FALSE;
        }
    }
    return TRUE;
}

/* TRUE if it serves firmware */
static gboolean
check_location (Look                  *look,
                const ServerDirective *location,
                const gchar           *path)
{
    g_autofree gchar      *where = place (location);
    g_autofree gchar      *folder = served_folder (look, location, path);
    g_autofree gchar      *full = NULL;
    const ServerDirective *alias = server_nginx_child (location, "alias", NULL);

    if (!folder)
        return FALSE;
    if (g_str_has_suffix (path, "/full/") || g_str_has_suffix (path, "/full"))
        full = g_strdup (folder);
    else
        full = g_build_filename (folder, "full", NULL);
    if (!has_release (full)) {
        if (alias && has_release (folder))
            release_findings_add (look->findings, "nginx-alias-full", _("%s: alias %s"), where, alias->args[0]);
        else if (alias && !g_file_test (folder, G_FILE_TEST_IS_DIR))
            release_findings_add (look->findings, "nginx-alias-missing", _("%s: %s is no folder"), where, folder);
        else if (!alias)
            check_alias (look, location, path, where);
        return FALSE;
    }
    check_alias (look, location, path, where);
    check_rights (look, full);
    check_room (look, full);
    check_types (look, location, where);
    check_switches (look, location, where);
    return TRUE;
}

/*****************************************************************************/
/* Servers */

static gboolean
check_locations (Look                  *look,
                 const ServerDirective *server)
{
    const ServerDirective *location = NULL;
    gboolean               firmware = FALSE;

    while ((location = server_nginx_child (server, "location", location))) {
        const gchar *path = location_path (location);

        if (path && check_location (look, location, path))
            firmware = TRUE;
    }
    if (!firmware && server_nginx_child (server, "root", NULL))
        firmware = check_location (look, server, "/");
    return firmware;
}

/* The first server of a port is the default one unless another one is marked as such */
static const ServerDirective *
default_server (const ServerDirective *http,
                guint                  port,
                guint                 *n_servers)
{
    const ServerDirective *server = NULL;
    const ServerDirective *first = NULL;
    const ServerDirective *chosen = NULL;

    *n_servers = 0;
    while ((server = server_nginx_child (http, "server", server))) {
        const ServerDirective *directive = NULL;
        gboolean               here = FALSE;

        while ((directive = server_nginx_child (server, "listen", directive))) {
            g_auto(ServerListen) listen = { 0 };

            if (!server_nginx_parse_listen (directive, &listen) || listen.port != port)
                continue;
            here = TRUE;
            if (listen.is_default && !chosen)
                chosen = server;
        }
        if (here) {
            (*n_servers)++;
            first = first ? first : server;
        }
    }
    return chosen ? chosen : first;
}

static void
check_listens (Look                  *look,
               const ServerDirective *server)
{
    const ServerDirective *directive = NULL;
    g_autofree gchar      *where = place (server);
    gboolean               ssl = FALSE;
    gboolean               v6 = FALSE;
    gboolean               public = FALSE;
    guint                  n = 0;

    while ((directive = server_nginx_child (server, "listen", directive))) {
        g_auto(ServerListen)   listen = { 0 };
        const ServerDirective *first;
        guint                  n_servers;

        if (!server_nginx_parse_listen (directive, &listen))
            continue;
        n++;
        ssl = ssl || listen.ssl;
        v6 = v6 || listen.v6;
        public = public || !listen.address || !(g_str_has_prefix (listen.address, "127.") || g_str_equal (listen.address, "::1"));
        g_array_append_val (look->ports, listen.port);
        first = default_server (server->parent, listen.port, &n_servers);
        if (n_servers > 1 && first != server) {
            g_autofree gchar *other = place (first);

            release_findings_add (look->findings, "nginx-default-site", _("%s answers on port %u before %s"), other, listen.port, where);
        }
    }
    if (n > 0 && !v6)
        release_findings_add (look->findings, "nginx-no-ipv6", _("%s: no listen for IPv6"), where);
    if (n > 0 && !public)
        release_findings_add (look->findings, "port-loopback", _("%s: listens on the loopback only"), where);
    check_tls (look, server, ssl);
}

void
server_diagnose_sites (const ServerDirective *root,
                       const gchar           *user,
                       GArray                *ports,
                       ReleaseFindings       *findings)
{
    Look                   look = { root, user, ports, findings, 0 };
    const ServerDirective *http = NULL;

    while ((http = server_nginx_child (root, "http", http))) {
        const ServerDirective *server = NULL;

        while ((server = server_nginx_child (http, "server", server))) {
            guint before = release_findings_count (findings, RELEASE_SEVERITY_ERROR) +
                           release_findings_count (findings, RELEASE_SEVERITY_WARNING);

            /* A server counts as one for firmware even if a mistake hides the firmware */
            if (!check_locations (&look, server) &&
                before == release_findings_count (findings, RELEASE_SEVERITY_ERROR) +
                          release_findings_count (findings, RELEASE_SEVERITY_WARNING))
                continue;
            look.n_firmware++;
            check_listens (&look, server);
        }
    }
    if (look.n_firmware == 0)
        release_findings_add (findings, "nginx-no-firmware", _("%s and what it includes"), root->file);
}

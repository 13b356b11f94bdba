/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "server-diagnose.h"

#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gi18n.h>

#include "release-text.h"
#include "server-host.h"

#define CONFIGURATION "/etc/nginx/nginx.conf"
#define USER          "www-data"
#define LOG           "/var/log/nginx/error.log"
/* How much of the end of a log is read, and how much of it is shown */
#define LOG_TAIL      65536
#define LOG_LINES     5

typedef struct {
    const ServerOptions *options;
    ReleaseFindings     *findings;
    const gchar         *configuration;
    gchar               *configuration_shown;
    gchar               *program;
    gchar               *user;
    GArray              *ports;
} Diagnosis;

/*****************************************************************************/
/* Messages of nginx */

gboolean
server_diagnose_message (const gchar     *line,
                         ReleaseFindings *findings)
{
    static const struct {
        const gchar *text;
        const gchar *also;
        const gchar *id;
    } known[] = {
        { "bind() to",                      "in use",            "port-taken"             },
        { "bind() to",                      "Permission denied", "port-low"               },
        { "cannot load certificate key",    "No such file",      "certificate-missing"    },
        { "cannot load certificate",        "No such file",      "certificate-missing"    },
        { "cannot load certificate key",    "values mismatch",   "certificate-key"        },
        { "SSL_CTX_use_PrivateKey",         "values mismatch",   "certificate-key"        },
        { "SSL_CTX_load_verify_locations",  "No such file",      "certificate-missing"    },
        { "cannot load certificate",        "",                  "certificate-unreadable" },
        { "SSL_CTX_load_verify_locations",  "",                  "certificate-unreadable" },
        { "no ssl_client_certificate",      "",                  "nginx-client-ca"        },
        { "no \"ssl_certificate",           "",                  "nginx-no-certificate"   },
        { "conflicting server name",        "",                  "nginx-same-name"        },
        { "No space left",                  "",                  "disk-full"              },
        { "Permission denied",              "",                  "path-rights"            },
        { "directory index of",             "forbidden",         "nginx-autoindex"        },
        { "[emerg]",                        "",                  "nginx-syntax"           },
        { "[alert]",                        "",                  "log-line"               },
        { "[crit]",                         "",                  "log-line"               },
        { "[error]",                        "No such file",      "log-line"               },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (known); i++) {
        if (strstr (line, known[i].text) && strstr (line, known[i].also)) {
            /* Not again if it was found already */
            if (!release_findings_has (findings, known[i].id))
                release_findings_add (findings, known[i].id, "%s", line);
            return TRUE;
        }
    }
    return FALSE;
}

static void
test_configuration (Diagnosis *self)
{
    const gchar *const    argv[] = { self->program, "-t", "-c", self->configuration, NULL };
    g_autoptr(GError)     error = NULL;
    g_autofree gchar     *text = NULL;
    g_auto(GStrv)         lines = NULL;
    gint                  status = 0;
    gboolean              known = FALSE;
    guint                 i;

    if (!g_spawn_sync (NULL, (gchar **) argv, NULL, G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL, &text, &status, &error)) {
        release_findings_add (self->findings, "nginx-missing", "%s: %s", self->program, error->message);
        return;
    }
    lines = g_strsplit (text, "\n", -1);
    for (i = 0; lines[i]; i++) {
        if (strstr (lines[i], "[emerg]") || strstr (lines[i], "[warn]") || strstr (lines[i], "[alert]"))
            known = server_diagnose_message (lines[i], self->findings) || known;
    }
    if (status != 0 && !known)
        release_findings_add (self->findings, "nginx-syntax", _("nginx -t: %s"), lines[0] ? lines[0] : _("failed"));
}

/*****************************************************************************/
/* Configuration */

static void
unreadable (const gchar  *file,
            const GError *error,
            gpointer      user_data)
{
    Diagnosis        *self = user_data;
    g_autofree gchar *shown = release_text_file_name (file, PATH_MAX);

    if (g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOENT) && g_file_test (file, G_FILE_TEST_IS_SYMLINK))
        release_findings_add (self->findings, "nginx-dangling", _("%s leads nowhere"), shown);
    else if (error->domain == G_FILE_ERROR)
        release_findings_add (self->findings, "nginx-unreadable", "%s", error->message);
    else
        release_findings_add (self->findings, "nginx-syntax", "%s", error->message);
}

/* Sites for firmware that are in sites-available only */
static void
look_for_disabled (Diagnosis *self)
{
    g_autofree gchar *folder = g_path_get_dirname (self->configuration);
    g_autofree gchar *available = g_build_filename (folder, "sites-available", NULL);
    g_autoptr(GDir)   dir = g_dir_open (available, 0, NULL);
    const gchar      *name;

    while (dir && (name = g_dir_read_name (dir))) {
        g_autofree gchar *path = g_build_filename (available, name, NULL);
        g_autofree gchar *enabled = g_build_filename (folder, "sites-enabled", name, NULL);
        g_autofree gchar *shown = release_text_file_name (path, PATH_MAX);
        g_autofree gchar *text = NULL;
        gsize             size;

        text = server_host_read (path, SERVER_NGINX_MAX, &size, NULL);
        if (!g_file_test (enabled, G_FILE_TEST_EXISTS) && !g_file_test (enabled, G_FILE_TEST_IS_SYMLINK) &&
            text && strstr (text, "full/"))
            release_findings_add (self->findings, "nginx-not-enabled", _("%s is not in sites-enabled"), shown);
    }
}

static void
choose_user (Diagnosis             *self,
             const ServerDirective *root)
{
    const gchar *user = root ? server_nginx_value (root, "user") : NULL;

    g_free (self->user);
    self->user = g_strdup (self->options->user ? self->options->user : user && *user ? user : USER);
}

/*****************************************************************************/
/* Ports and processes */

static const ServerListener *
find_listener (GArray   *listeners,
               guint     port,
               gboolean  foreign,
               gchar   **owner)
{
    guint i;

    for (i = 0; i < listeners->len; i++) {
        const ServerListener *listener = &g_array_index (listeners, ServerListener, i);
        g_autofree gchar     *who = NULL;

        if (listener->port != port)
            continue;
        who = server_host_socket_owner (listener->inode);
        if (!foreign || (who && !g_str_has_prefix (who, "nginx ("))) {
            *owner = g_steal_pointer (&who);
            return listener;
        }
    }
    return NULL;
}

static void
check_ports (Diagnosis *self,
             gboolean   running)
{
    g_autoptr(GArray) listeners = server_host_listeners ();
    guint             i;
    guint             j;

    for (i = 0; i < self->ports->len; i++) {
        guint             port = g_array_index (self->ports, guint, i);
        g_autofree gchar *owner = NULL;

        for (j = 0; j < i && g_array_index (self->ports, guint, j) != port; j++);
        if (j < i)
            continue;
        if (find_listener (listeners, port, TRUE, &owner))
            release_findings_add (self->findings, "port-taken", _("port %u: %s listens there"), port, owner ? owner : "?");
        else if (running && !find_listener (listeners, port, FALSE, &owner))
            release_findings_add (self->findings, "port-not-open", _("port %u: nobody listens there"), port);
        if (port < 1024 && geteuid () != 0 && !running)
            release_findings_add (self->findings, "port-low", _("port %u, and this user is not root"), port);
    }
}

/* Workers are replaced when the configuration is reloaded */
static gint64
last_read (GArray *processes)
{
    gint64 newest = 0;
    guint  i;

    for (i = 0; i < processes->len; i++)
        newest = MAX (newest, server_host_started (g_array_index (processes, pid_t, i)));
    return newest;
}

static void
find_newest (const ServerDirective *block,
             gint64                *newest,
             const gchar          **file)
{
    guint i;

    for (i = 0; block->children && i < block->children->len; i++) {
        const ServerDirective *child = g_ptr_array_index (block->children, i);
        struct stat            status;

        if (stat (child->file, &status) == 0 && (gint64) status.st_mtime > *newest) {
            *newest = (gint64) status.st_mtime;
            *file = child->file;
        }
        find_newest (child, newest, file);
    }
}

/* Another nginx may run as well: its command line names its configuration */
static gboolean
is_of_configuration (Diagnosis *self,
                     pid_t      pid)
{
    g_autofree gchar *path = NULL;
    g_autofree gchar *text = NULL;
    gsize             size = 0;
    gsize             i;
    pid_t             master = server_host_parent (pid);

    path = g_strdup_printf ("/proc/%d/cmdline", (gint) (master > 1 ? master : pid));
    if (!g_file_get_contents (path, &text, &size, NULL))
        return FALSE;
    for (i = 0; i < size; i++) {
        if (text[i] == '\0')
            text[i] = ' ';
    }
    /* Debian's unit does not name it */
    return strstr (text, self->configuration) || (!self->options->site && !strstr (text, " -c "));
}

static gboolean
check_processes (Diagnosis             *self,
                 const ServerDirective *root)
{
    g_autoptr(GArray)  processes = server_host_processes ("nginx");
    g_autoptr(GArray)  ours = g_array_new (FALSE, FALSE, sizeof (pid_t));
    const gchar       *file = NULL;
    gint64             newest = 0;
    guint              i;

    for (i = 0; i < processes->len; i++) {
        if (is_of_configuration (self, g_array_index (processes, pid_t, i)))
            g_array_append_val (ours, g_array_index (processes, pid_t, i));
    }
    if (ours->len == 0) {
        release_findings_add (self->findings, "nginx-not-running", _("no nginx runs with %s"), self->configuration_shown);
        return FALSE;
    }
    if (root)
        find_newest (root, &newest, &file);
    /* Both are in whole seconds */
    if (file && newest > last_read (ours) + 1) {
        g_autofree gchar *shown = release_text_file_name (file, PATH_MAX);

        release_findings_add (self->findings, "nginx-old-configuration", _("%s is newer than the running nginx"), shown);
    }
    return TRUE;
}

/*****************************************************************************/
/* Access */

static void
check_firewall (Diagnosis *self)
{
    const gchar *const argv[] = { "nft", "list", "ruleset", NULL };
    g_autofree gchar  *text = NULL;
    guint              i;

    if (!g_spawn_sync (NULL, (gchar **) argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &text, NULL,
                       NULL, NULL) || !text || !strstr (text, "hook input") || !strstr (text, "policy drop"))
        return;
    for (i = 0; i < self->ports->len; i++) {
        g_autofree gchar *port = g_strdup_printf ("%u", g_array_index (self->ports, guint, i));

        if (!strstr (text, port))
            release_findings_add (self->findings, "port-firewall", _("nft list ruleset: policy drop, and no rule for port %s"), port);
    }
}

/* "/usr/sbin/nginx (enforce)"; one that only complains keeps nobody out */
static gboolean
is_confined (const gchar *profiles)
{
    g_auto(GStrv) lines = g_strsplit (profiles, "\n", -1);
    guint         i;

    for (i = 0; lines[i]; i++) {
        const gchar *mode = strstr (lines[i], " (");
        gsize        length = mode ? (gsize) (mode - lines[i]) : 0;

        if (mode && (g_str_has_prefix (mode, " (enforce)") || g_str_has_prefix (mode, " (kill)")) &&
            ((length == 5 && g_str_has_prefix (lines[i], "nginx")) ||
             (length > 6 && memcmp (mode - 6, "/nginx", 6) == 0)))
            return TRUE;
    }
    return FALSE;
}

static void
check_labels (Diagnosis *self)
{
    g_autofree gchar *enforce = NULL;
    g_autofree gchar *profiles = NULL;

    if (g_file_get_contents ("/sys/fs/selinux/enforce", &enforce, NULL, NULL) && *enforce == '1')
        release_findings_add (self->findings, "path-label", _("SELinux is enforcing"));
    if (g_file_get_contents ("/sys/kernel/security/apparmor/profiles", &profiles, NULL, NULL) && is_confined (profiles))
        release_findings_add (self->findings, "path-label", _("AppArmor has a profile for nginx"));
}

/*****************************************************************************/
/* Log */

static void
check_log (Diagnosis             *self,
           const ServerDirective *root)
{
    const gchar      *named = root ? server_nginx_value (root, "error_log") : NULL;
    g_autofree gchar *folder = g_path_get_dirname (self->configuration);
    g_autofree gchar *path = g_canonicalize_filename (named && *named ? named : LOG, folder);
    gsize             size;
    g_autofree gchar *text = server_host_read (path, LOG_TAIL, &size, NULL);
    g_auto(GStrv)     lines = NULL;
    guint             told = 0;
    guint             i;

    if (!text) {
        release_findings_add (self->findings, "log-missing", _("%s can't be read"), path);
        return;
    }
    /* After a loss of power a log may have zeros */
    for (i = 0; i < size; i++) {
        if (text[i] == '\0')
            text[i] = '\n';
    }
    /* Newest first */
    lines = g_strsplit (text, "\n", -1);
    for (i = g_strv_length (lines); i > 0 && told < LOG_LINES; i--)
        told += server_diagnose_message (lines[i - 1], self->findings);
}

/*****************************************************************************/

static gchar *
find_program (const ServerOptions *options)
{
    gchar *found = options->nginx ? g_strdup (options->nginx) : g_find_program_in_path ("nginx");

    if (!found && g_file_test ("/usr/sbin/nginx", G_FILE_TEST_IS_EXECUTABLE))
        found = g_strdup ("/usr/sbin/nginx");
    return found;
}

void
server_diagnose (const ServerOptions *options,
                 JsonObject          *report,
                 ReleaseFindings     *findings)
{
    g_autofree gchar          *configuration = g_canonicalize_filename (options->site ? options->site : CONFIGURATION, NULL);
    g_autoptr(ServerDirective) root = NULL;
    Diagnosis                  self = { .options = options, .findings = findings, .configuration = configuration };
    gboolean                   running;

    self.ports = g_array_new (FALSE, FALSE, sizeof (guint));
    self.program = find_program (options);
    self.configuration_shown = release_text_file_name (configuration, PATH_MAX);
    json_object_set_string_member (report, "configuration", self.configuration_shown);
    if (!self.program || !g_file_test (self.program, G_FILE_TEST_IS_EXECUTABLE))
        release_findings_add (findings, "nginx-missing", "%s", self.program ? self.program : _("nginx is not installed"));
    root = server_nginx_load (configuration, unreadable, &self);
    choose_user (&self, root);
    if (root)
        server_diagnose_sites (root, self.user, self.ports, findings);
    look_for_disabled (&self);
    if (self.program && !release_findings_has (findings, "nginx-missing"))
        test_configuration (&self);
    running = check_processes (&self, root);
    check_ports (&self, running);
    check_firewall (&self);
    check_labels (&self);
    check_log (&self, root);
    g_array_unref (self.ports);
    g_free (self.program);
    g_free (self.configuration_shown);
    g_free (self.user);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "server-host.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gi18n.h>
#include <glib/gstdio.h>

#include "release-file.h"
#include "release-text.h"

#define STATE_LISTEN 0x0a
#define GROUPS_MAX   256

/*****************************************************************************/
/* Sockets */

/*  sl  local_address rem_address   st tx_queue:rx_queue tr:tm->when retrnsmt   uid  timeout inode */
static void
parse_listener (const gchar *line,
                gboolean     v6,
                GArray      *listeners)
{
    g_auto(GStrv)  words = g_strsplit_set (line, " ", -1);
    const gchar   *fields[16] = { NULL };
    const gchar   *colon;
    ServerListener listener;
    guint          n = 0;
    guint          i;

    for (i = 0; words[i] && n < G_N_ELEMENTS (fields); i++) {
        if (*words[i])
            fields[n++] = words[i];
    }
    colon = n >= 10 ? strchr (fields[1], ':') : NULL;
    if (!colon || (gsize) (colon - fields[1]) != (v6 ? 32 : 8) || g_ascii_strtoull (fields[3], NULL, 16) != STATE_LISTEN)
        return;
    listener.port = (guint) (g_ascii_strtoull (colon + 1, NULL, 16) & G_MAXUINT16);
    listener.inode = g_ascii_strtoull (fields[9], NULL, 10);
    g_array_append_val (listeners, listener);
}

void
server_host_parse_listeners (const gchar *text,
                             gboolean     v6,
                             GArray      *listeners)
{
    g_auto(GStrv) lines = g_strsplit (text, "\n", -1);
    guint         i;

    for (i = 0; lines[i]; i++)
        parse_listener (lines[i], v6, listeners);
}

GArray *
server_host_listeners (void)
{
    GArray *listeners = g_array_new (FALSE, FALSE, sizeof (ServerListener));
    guint   i;

    for (i = 0; i < 2; i++) {
        g_autofree gchar *text = NULL;

        if (g_file_get_contents (i ? "/proc/net/tcp6" : "/proc/net/tcp", &text, NULL, NULL))
            server_host_parse_listeners (text, i == 1, listeners);
    }
    return listeners;
}

/*****************************************************************************/
/* Processes */

static gchar *
process_name (const gchar *pid)
{
    g_autofree gchar *path = g_build_filename ("/proc", pid, "comm", NULL);
    gchar            *name = NULL;

    if (g_file_get_contents (path, &name, NULL, NULL))
        g_strchomp (name);
    return name;
}

static gboolean
holds_socket (const gchar *pid,
              const gchar *wanted)
{
    g_autofree gchar *folder = g_build_filename ("/proc", pid, "fd", NULL);
    g_autoptr(GDir)   dir = g_dir_open (folder, 0, NULL);
    const gchar      *name;

    while (dir && (name = g_dir_read_name (dir))) {
        g_autofree gchar *path = g_build_filename (folder, name, NULL);
        g_autofree gchar *target = g_file_read_link (path, NULL);

        if (target && g_str_equal (target, wanted))
            return TRUE;
    }
    return FALSE;
}

gchar *
server_host_socket_owner (guint64 inode)
{
    g_autofree gchar *wanted = g_strdup_printf ("socket:[%" G_GUINT64_FORMAT "]", inode);
    g_autoptr(GDir)   dir = g_dir_open ("/proc", 0, NULL);
    const gchar      *pid;

    while (dir && (pid = g_dir_read_name (dir))) {
        if (g_ascii_isdigit (*pid) && holds_socket (pid, wanted)) {
            g_autofree gchar *name = process_name (pid);

            return g_strdup_printf ("%s (%s)", name ? name : "?", pid);
        }
    }
    return NULL;
}

GArray *
server_host_processes (const gchar *name)
{
    GArray          *found = g_array_new (FALSE, FALSE, sizeof (pid_t));
    g_autoptr(GDir)  dir = g_dir_open ("/proc", 0, NULL);
    const gchar     *text;

    while (dir && (text = g_dir_read_name (dir))) {
        g_autofree gchar *comm = g_ascii_isdigit (*text) ? process_name (text) : NULL;
        pid_t             pid = (pid_t) g_ascii_strtoll (text, NULL, 10);

        if (comm && g_str_equal (comm, name))
            g_array_append_val (found, pid);
    }
    return found;
}

/* The fields after the name, which may itself contain blanks and brackets */
static gchar **
process_fields (pid_t pid)
{
    g_autofree gchar *path = g_strdup_printf ("/proc/%d/stat", (gint) pid);
    g_autofree gchar *text = NULL;
    const gchar      *bracket;

    if (!g_file_get_contents (path, &text, NULL, NULL))
        return NULL;
    bracket = strrchr (text, ')');
    return bracket && bracket[1] ? g_strsplit (bracket + 2, " ", -1) : NULL;
}

pid_t
server_host_parent (pid_t pid)
{
    g_auto(GStrv) fields = process_fields (pid);

    return fields && g_strv_length (fields) > 1 ? (pid_t) g_ascii_strtoll (fields[1], NULL, 10) : 0;
}

gint64
server_host_started (pid_t pid)
{
    g_auto(GStrv)     fields = process_fields (pid);
    g_autofree gchar *uptime = NULL;
    gint64            ticks = sysconf (_SC_CLK_TCK);

    if (!fields || g_strv_length (fields) <= 19 || ticks <= 0 || !g_file_get_contents ("/proc/uptime", &uptime, NULL, NULL))
        return 0;
    return g_get_real_time () / G_USEC_PER_SEC - (gint64) g_ascii_strtod (uptime, NULL) +
           g_ascii_strtoll (fields[19], NULL, 10) / ticks;
}

/*****************************************************************************/
/* Files */

gchar *
server_host_read (const gchar  *path,
                  gsize         max,
                  gsize        *size,
                  GError      **error)
{
    g_autofree gchar *shown = release_text_file_name (path, PATH_MAX);
    g_autofree gchar *text = NULL;
    struct stat       status;
    gint              fd = g_open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0);
    gint              code = errno;

    if (fd >= 0 && (fstat (fd, &status) < 0 || !S_ISREG (status.st_mode))) {
        g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL, _("'%s' is no regular file"), shown);
        close (fd);
        return NULL;
    }
    if (fd >= 0) {
        gsize  length = (gsize) MIN ((guint64) status.st_size, max);
        gssize n = -1;

        text = g_malloc (length + 1);
        if (lseek (fd, status.st_size - (off_t) length, SEEK_SET) >= 0)
            n = release_file_read (fd, text, length);
        code = errno;
        close (fd);
        if (n >= 0) {
            text[n] = '\0';
            *size = (gsize) n;
            return g_steal_pointer (&text);
        }
    }
    g_set_error (error, G_FILE_ERROR, (gint) g_file_error_from_errno (code), _("%s '%s': %s"), _("couldn't open"), shown,
                 g_strerror (code));
    return NULL;
}

/*****************************************************************************/
/* Permissions */

typedef struct {
    uid_t uid;
    gid_t groups[GROUPS_MAX];
    gint  n_groups;
} Who;

static gboolean
find_user (const gchar *name,
           Who         *who)
{
    const struct passwd *entry = getpwnam (name);

    if (!entry)
        return FALSE;
    who->uid = entry->pw_uid;
    who->n_groups = GROUPS_MAX;
    if (getgrouplist (name, entry->pw_gid, who->groups, &who->n_groups) < 0)
        who->n_groups = GROUPS_MAX;
    return TRUE;
}

static gboolean
may (const Who         *who,
     const struct stat *status,
     mode_t             wanted)
{
    gint i;

    if (who->uid == 0)
        return TRUE;
    if (status->st_uid == who->uid)
        return ((status->st_mode >> 6) & wanted) == wanted;
    for (i = 0; i < who->n_groups; i++) {
        if (status->st_gid == who->groups[i])
            return ((status->st_mode >> 3) & wanted) == wanted;
    }
    return (status->st_mode & wanted) == wanted;
}

gchar *
server_host_rights (const gchar *user,
                    const gchar *path)
{
    g_autofree gchar *absolute = g_canonicalize_filename (path, NULL);
    g_auto(GStrv)     names = g_strsplit (absolute, "/", -1);
    g_autoptr(GString) at = g_string_new ("");
    Who               who;
    guint             i;

    if (!find_user (user, &who))
        return g_strdup_printf (_("there is no user %s"), user);
    for (i = 0; names[i]; i++) {
        struct stat status;
        gboolean    last = names[i + 1] == NULL;

        /* "/", "/srv", "/srv/mmfota": the first component is empty */
        if (i > 0 && !*names[i])
            continue;
        if (!g_str_has_suffix (at->str, "/"))
            g_string_append_c (at, '/');
        g_string_append (at, names[i]);
        if (stat (at->str, &status) < 0)
            return g_strdup_printf ("%s: %s", at->str, g_strerror (errno));
        if (!may (&who, &status, S_ISDIR (status.st_mode) ? (last ? 05 : 01) : 04))
            return g_strdup_printf (S_ISDIR (status.st_mode) ? _("%s may not enter %s (mode %04o, owner %u)")
                                                             : _("%s may not read %s (mode %04o, owner %u)"), user, at->str,
                                    (guint) status.st_mode & 07777, (guint) status.st_uid);
    }
    return NULL;
}

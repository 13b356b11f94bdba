/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-report-source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gi18n.h>
#include <json-glib/json-glib.h>
#include <libmm-glib.h>

/* Of earlier lines */
#define LAST_BYTES (2 * 1024 * 1024)
#define LAST_LINES "4000"
/* Of the recording; a day of it is less */
#define MOST_BYTES (256 * 1024 * 1024)
#define WHO_MAY    N_(": root may read it, and members of the groups adm and systemd-journal")

struct _MmfotaReportSource {
    gchar  *file;   /* NULL: the journal */
    goffset offset;
    gint64  since;  /* microseconds */
};

/*****************************************************************************/
/* The daemon */

guint32
mmfota_report_daemon_pid (GDBusConnection *connection)
{
    g_autoptr(GVariant) reply = NULL;
    guint32             pid = 0;

    reply = g_dbus_connection_call_sync (connection, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                         "org.freedesktop.DBus", "GetConnectionUnixProcessID",
                                         g_variant_new ("(s)", MM_DBUS_SERVICE), G_VARIANT_TYPE ("(u)"),
                                         G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL);
    if (reply)
        g_variant_get (reply, "(u)", &pid);
    return pid;
}

gchar **
mmfota_report_daemon_command (guint32 pid)
{
    g_autofree gchar       *path = g_strdup_printf ("/proc/%u/cmdline", pid);
    g_autofree gchar       *text = NULL;
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new ();
    gsize                   length = 0;
    gsize                   at;

    if (g_file_get_contents (path, &text, &length, NULL)) {
        for (at = 0; at < length; at += strlen (text + at) + 1)
            g_strv_builder_add (builder, text + at);
    }
    return g_strv_builder_end (builder);
}

static gchar *
find_log_file (guint32 pid)
{
    g_auto(GStrv)     command = mmfota_report_daemon_command (pid);
    const gchar      *name = NULL;
    guint             i;

    for (i = 0; command[i]; i++) {
        if (g_str_has_prefix (command[i], "--log-file="))
            name = command[i] + strlen ("--log-file=");
        else if (g_str_equal (command[i], "--log-file") && command[i + 1])
            name = command[i + 1];
    }
    /* May be relative to the daemon's folder, or in its private /tmp (PrivateTmp) */
    if (!name)
        return NULL;
    if (g_path_is_absolute (name) && g_file_test (name, G_FILE_TEST_EXISTS))
        return g_strdup (name);
    return g_strdup_printf ("/proc/%u/%s/%s", pid, g_path_is_absolute (name) ? "root" : "cwd", name);
}

/*****************************************************************************/
/* A file */

static gboolean
read_file (MmfotaReportSource  *self,
           gboolean             since,
           gchar              **text,
           GError             **error)
{
    gint        fd = open (self->file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    struct stat info;
    goffset     offset = since ? self->offset : 0;
    gsize       length = 0;
    gssize      n = 0;

    if (fd < 0 || fstat (fd, &info) < 0 || !S_ISREG (info.st_mode)) {
        g_set_error (error, MM_CORE_ERROR, fd < 0 && errno == EACCES ? MM_CORE_ERROR_UNAUTHORIZED : MM_CORE_ERROR_FAILED,
                     _("ModemManager's log file '%s' can't be read: %s; root may read it"),
                     self->file, fd < 0 ? g_strerror (errno) : _("it is no file"));
        if (fd >= 0)
            close (fd);
        return FALSE;
    }
    /* It may have been rotated meanwhile */
    if (info.st_size < offset)
        offset = 0;
    if (!since && info.st_size > LAST_BYTES)
        offset = info.st_size - LAST_BYTES;
    *text = g_malloc ((gsize) MIN (info.st_size - offset, MOST_BYTES) + 1);
    while (length < (gsize) MIN (info.st_size - offset, MOST_BYTES) &&
           (n = pread (fd, *text + length, (gsize) MIN (info.st_size - offset, MOST_BYTES) - length,
                       offset + (goffset) length)) > 0)
        length += (gsize) n;
    (*text)[length] = '\0';
    close (fd);
    return TRUE;
}

static GPtrArray *
read_file_lines (MmfotaReportSource  *self,
                 gboolean             since,
                 GError             **error)
{
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func ((GDestroyNotify) mmfota_log_line_free);
    g_autofree gchar    *text = NULL;
    gchar               *line;
    gchar               *end;

    if (!read_file (self, since, &text, error))
        return NULL;
    for (line = text; *line; line = end) {
        end = line + strcspn (line, "\n");
        if (*end)
            *end++ = '\0';
        g_ptr_array_add (lines, mmfota_log_line_parse (line));
    }
    return g_steal_pointer (&lines);
}

/*****************************************************************************/
/* The journal */

static gint64
get_number (JsonObject  *object,
            const gchar *name)
{
    const gchar *text = json_object_get_string_member_with_default (object, name, NULL);

    return text ? g_ascii_strtoll (text, NULL, 10) : -1;
}

/* The journal shows a message that is not UTF-8 as an array of bytes */
static gchar *
dup_message (JsonObject *object)
{
    JsonNode  *node = json_object_get_member (object, "MESSAGE");
    GString   *text;
    JsonArray *array;
    guint      i;

    if (!node || JSON_NODE_HOLDS_NULL (node))
        return NULL;
    if (!JSON_NODE_HOLDS_ARRAY (node))
        return JSON_NODE_HOLDS_VALUE (node) ? g_strdup (json_node_get_string (node)) : NULL;
    array = json_node_get_array (node);
    text = g_string_new (NULL);
    for (i = 0; i < json_array_get_length (array); i++) {
        JsonNode *byte = json_array_get_element (array, i);

        if (JSON_NODE_HOLDS_VALUE (byte))
            g_string_append_c (text, (gchar) json_node_get_int (byte));
    }
    return g_string_free (text, FALSE);
}

static MmfotaLogLine *
parse_entry (const gchar *json)
{
    g_autoptr(JsonNode)  node = json_from_string (json, NULL);
    g_autofree gchar    *message = NULL;
    JsonObject          *object;
    MmfotaLogLine       *line;
    gint64               when;
    gint64               priority;

    if (!node || !JSON_NODE_HOLDS_OBJECT (node))
        return NULL;
    object = json_node_get_object (node);
    message = dup_message (object);
    if (!message)
        return NULL;
    line = mmfota_log_line_parse (message);
    /* When it was logged, not when the journal received it */
    when = get_number (object, "_SOURCE_REALTIME_TIMESTAMP");
    if (when < 0)
        when = get_number (object, "__REALTIME_TIMESTAMP");
    if (line->time < 0)
        line->time = when;
    priority = get_number (object, "PRIORITY");
    line->warning |= priority >= 0 && priority <= 4;
    return line;
}

static gboolean
run_journalctl (const gchar *const  *argv,
                gchar              **out,
                GError             **error)
{
    g_autoptr(GSubprocess)  process = NULL;
    g_autoptr(GError)       inner_error = NULL;
    g_autofree gchar       *complaint = NULL;

    process = g_subprocess_newv (argv, G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE, &inner_error);
    if (!process) {
        g_set_error (error, MM_CORE_ERROR, MM_CORE_ERROR_UNSUPPORTED,
                     _("ModemManager logs to the system's log, and there is no journalctl to read that of systemd: "
                       "without systemd, start ModemManager with --log-file=FILE --log-timestamps (%s)"),
                     inner_error->message);
        return FALSE;
    }
    if (!g_subprocess_communicate_utf8 (process, NULL, NULL, out, &complaint, &inner_error)) {
        g_set_error (error, MM_CORE_ERROR, MM_CORE_ERROR_FAILED, _("the journal can't be read: %s"), inner_error->message);
        return FALSE;
    }
    if (!g_subprocess_get_successful (process)) {
        g_strstrip (complaint);
        g_set_error (error, MM_CORE_ERROR, MM_CORE_ERROR_UNAUTHORIZED, _("the journal can't be read: %s%s"),
                     complaint[0] ? complaint : _("journalctl failed"), geteuid () == 0 ? "" : _(WHO_MAY));
        return FALSE;
    }
    return TRUE;
}

static GPtrArray *
read_journal (MmfotaReportSource  *self,
              gboolean             since,
              GError             **error)
{
    g_autofree gchar     *after = g_strdup_printf ("--since=@%" G_GINT64_FORMAT ".%06d", self->since / G_USEC_PER_SEC,
                                                   (gint) (self->since % G_USEC_PER_SEC));
    const gchar          *sync[] = { "journalctl", "--sync", NULL };
    const gchar          *argv[] = { "journalctl", "--quiet", "--no-pager", "--all", "--output=json",
                                     "_COMM=ModemManager", since ? after : "--lines=" LAST_LINES, NULL };
    g_autoptr(GPtrArray)  lines = g_ptr_array_new_with_free_func ((GDestroyNotify) mmfota_log_line_free);
    g_autofree gchar     *ignored = NULL;
    g_autofree gchar     *out = NULL;
    g_auto(GStrv)         entries = NULL;
    guint                 i;

    if (since)
        run_journalctl (sync, &ignored, NULL);
    if (!run_journalctl (argv, &out, error))
        return NULL;
    entries = g_strsplit (out, "\n", -1);
    for (i = 0; entries[i]; i++) {
        MmfotaLogLine *line = entries[i][0] ? parse_entry (entries[i]) : NULL;

        if (line)
            g_ptr_array_add (lines, line);
    }
    /* ModemManager always logs something when it starts; journalctl shows other users only their
     * own lines */
    if (!since && lines->len == 0) {
        g_set_error (error, MM_CORE_ERROR, geteuid () == 0 ? MM_CORE_ERROR_NOT_FOUND : MM_CORE_ERROR_UNAUTHORIZED,
                     _("the journal has no lines of ModemManager%s"),
                     geteuid () == 0
                     ? _(": is systemd's journal running? Without, start ModemManager with --log-file=FILE --log-timestamps")
                     : _(WHO_MAY));
        return NULL;
    }
    return g_steal_pointer (&lines);
}

/*****************************************************************************/

const gchar *
mmfota_report_source_name (MmfotaReportSource *self)
{
    return self->file ? self->file : _("the journal");
}

void
mmfota_report_source_mark (MmfotaReportSource *self)
{
    struct stat info;

    self->since = g_get_real_time ();
    self->offset = self->file && stat (self->file, &info) == 0 ? info.st_size : 0;
}

GPtrArray *
mmfota_report_source_read (MmfotaReportSource  *self,
                           gboolean             since,
                           GError             **error)
{
    return self->file ? read_file_lines (self, since, error) : read_journal (self, since, error);
}

MmfotaReportSource *
mmfota_report_source_new (guint32 pid)
{
    MmfotaReportSource *self = g_new0 (MmfotaReportSource, 1);

    self->file = find_log_file (pid);
    mmfota_report_source_mark (self);
    return self;
}

void
mmfota_report_source_free (MmfotaReportSource *self)
{
    g_free (self->file);
    g_free (self);
}

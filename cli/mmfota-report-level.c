/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-report-level.h"

#include <string.h>
#include <unistd.h>

#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <libmm-glib.h>

#include "mmfota-report-source.h"

#define NOTE_PREFIX "mmfota-record-"
#define GROUP       "record"

/*****************************************************************************/
/* SetLogging */

static gboolean
set_level (GDBusConnection  *connection,
           const gchar      *level,
           GError          **error)
{
    g_autoptr(GVariant) reply = NULL;

    /* GDBus maps the error names only after this was called */
    (void) MM_CORE_ERROR;
    /* polkit may ask for a password */
    reply = g_dbus_connection_call_sync (connection, MM_DBUS_SERVICE, MM_DBUS_PATH, MM_DBUS_SERVICE, "SetLogging",
                                         g_variant_new ("(s)", level), NULL,
                                         G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION, 120 * 1000, NULL, error);
    return reply != NULL;
}

/* A release without --log-level has this default, which newer ones call MSG */
static gboolean
set_default (GDBusConnection  *connection,
             GError          **error)
{
    g_autoptr(GError) inner_error = NULL;

    if (set_level (connection, "MSG", &inner_error))
        return TRUE;
    if (g_error_matches (inner_error, MM_CORE_ERROR, MM_CORE_ERROR_INVALID_ARGS))
        return set_level (connection, "INFO", error);
    g_propagate_error (error, g_steal_pointer (&inner_error));
    return FALSE;
}

/* Sets the level that is set already, to see whether that is allowed. A level that does not exist
 * would show the same, but ModemManager 1.24 logs a critical warning then. */
gboolean
mmfota_report_level_may_set (GDBusConnection  *connection,
                             const gchar      *level,
                             GError          **error)
{
    g_autoptr(GError) inner_error = NULL;

    if (level && level[0] ? set_level (connection, level, &inner_error) : set_default (connection, &inner_error))
        return TRUE;
    if (g_error_matches (inner_error, MM_CORE_ERROR, MM_CORE_ERROR_UNAUTHORIZED) ||
        g_error_matches (inner_error, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED)) {
        g_set_error (error, MM_CORE_ERROR, MM_CORE_ERROR_UNAUTHORIZED,
                     _("recording raises ModemManager's log level, which needs the right "
                       "org.freedesktop.ModemManager1.Control: root has it, others are asked for a password in a "
                       "session of their own"));
        return FALSE;
    }
    g_dbus_error_strip_remote_error (inner_error);
    g_propagate_error (error, g_steal_pointer (&inner_error));
    return FALSE;
}

/*****************************************************************************/
/* The note */

static gchar *
dup_folder (void)
{
    const gchar *folder = g_getenv ("XDG_RUNTIME_DIR");

    if (folder && folder[0])
        return g_strdup (folder);
    return g_strdup (geteuid () == 0 ? "/run" : g_get_user_runtime_dir ());
}

static gchar *
dup_note_path (guint32 pid)
{
    g_autofree gchar *folder = dup_folder ();

    return g_strdup_printf ("%s/" NOTE_PREFIX "%u", folder, pid);
}

/* Identifies a process since boot; empty if it does not exist */
static gchar *
identify (guint32 pid)
{
    g_autofree gchar *path = g_strdup_printf ("/proc/%u/stat", pid);
    g_autofree gchar *stat = NULL;
    g_autofree gchar *boot = NULL;
    g_auto(GStrv)     fields = NULL;
    const gchar      *rest;

    if (!g_file_get_contents (path, &stat, NULL, NULL) ||
        !g_file_get_contents ("/proc/sys/kernel/random/boot_id", &boot, NULL, NULL))
        return g_strdup ("");
    /* The name is in parentheses and may contain any character */
    rest = strrchr (stat, ')');
    if (!rest || strlen (rest) < 3)
        return g_strdup ("");
    fields = g_strsplit (rest + 2, " ", 21);
    if (g_strv_length (fields) < 21 || g_str_equal (fields[0], "Z"))
        return g_strdup ("");
    return g_strdup_printf ("%u/%s/%s", pid, fields[19], g_strstrip (boot));
}

static gboolean
write_note (guint32       pid,
            const gchar  *was,
            GError      **error)
{
    g_autoptr(GKeyFile) note = g_key_file_new ();
    g_autofree gchar   *path = dup_note_path (pid);
    g_autofree gchar   *daemon = identify (pid);
    g_autofree gchar   *ours = identify ((guint32) getpid ());
    g_autofree gchar   *text = NULL;
    gsize               length;

    g_key_file_set_string (note, GROUP, "daemon", daemon);
    g_key_file_set_string (note, GROUP, "mmfota", ours);
    g_key_file_set_integer (note, GROUP, "mmfota-pid", getpid ());
    g_key_file_set_string (note, GROUP, "level", was ? was : "");
    text = g_key_file_to_data (note, &length, NULL);
    return g_file_set_contents_full (path, text, (gssize) length,
                                     G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600, error);
}

static void
remove_note (guint32 pid)
{
    g_autofree gchar *path = dup_note_path (pid);

    g_unlink (path);
}

gchar *
mmfota_report_level_leftover (guint32   pid,
                              gboolean *busy)
{
    g_autoptr(GKeyFile) note = g_key_file_new ();
    g_autofree gchar   *path = dup_note_path (pid);
    g_autofree gchar   *daemon = NULL;
    g_autofree gchar   *writer = NULL;
    g_autofree gchar   *daemon_now = identify (pid);
    g_autofree gchar   *writer_now = NULL;

    *busy = FALSE;
    if (!pid || !g_key_file_load_from_file (note, path, G_KEY_FILE_NONE, NULL))
        return NULL;
    daemon = g_key_file_get_string (note, GROUP, "daemon", NULL);
    writer = g_key_file_get_string (note, GROUP, "mmfota", NULL);
    writer_now = identify ((guint32) MAX (g_key_file_get_integer (note, GROUP, "mmfota-pid", NULL), 0));
    /* ModemManager was restarted, and has the level of its command line */
    if (g_strcmp0 (daemon, daemon_now) != 0) {
        remove_note (pid);
        return NULL;
    }
    *busy = g_strcmp0 (writer, writer_now) == 0;
    return g_key_file_get_string (note, GROUP, "level", NULL);
}

static gboolean
has_notes (void)
{
    g_autofree gchar *folder = dup_folder ();
    g_autoptr(GDir)   dir = g_dir_open (folder, 0, NULL);
    const gchar      *name;

    while (dir && (name = g_dir_read_name (dir))) {
        if (g_str_has_prefix (name, NOTE_PREFIX))
            return TRUE;
    }
    return FALSE;
}

void
mmfota_report_level_tell (GDBusConnection *connection)
{
    g_autofree gchar *level = NULL;
    gboolean          busy = FALSE;

    if (!has_notes ())
        return;
    level = mmfota_report_level_leftover (mmfota_report_daemon_pid (connection), &busy);
    if (level && !busy)
        g_printerr (_("note: a recording was ended before it could restore ModemManager's log level; "
                      "the log contains passwords. 'mmfota --report=FILE' restores it, and so does 'mmcli -G %s'\n"),
                    level[0] ? level : "INFO");
}

/*****************************************************************************/

gboolean
mmfota_report_level_raise (GDBusConnection  *connection,
                           guint32           pid,
                           const gchar      *was,
                           GError          **error)
{
    /* Write the note first: one that turns out to be needless is harmless */
    if (!write_note (pid, was, error))
        return FALSE;
    if (set_level (connection, "DEBUG", error))
        return TRUE;
    remove_note (pid);
    return FALSE;
}

gboolean
mmfota_report_level_restore (GDBusConnection  *connection,
                             guint32           pid,
                             GError          **error)
{
    gboolean          busy;
    g_autofree gchar *was = mmfota_report_level_leftover (pid, &busy);

    if (!was)
        return TRUE;
    if (was[0] ? !set_level (connection, was, error) : !set_default (connection, error))
        return FALSE;
    remove_note (pid);
    return TRUE;
}

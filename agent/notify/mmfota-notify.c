/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <libintl.h>
#include <locale.h>

#include <gio/gio.h>
#include <glib-unix.h>
#include <glib/gi18n.h>

#include "notify-run.h"

/* On the session bus: the process that owns this name shows the notifications. */
#define OWN_NAME "com.td_tech.FotaNotify1"

#define PRIMARY_OWNER 1
#define DO_NOT_QUEUE  4

/*****************************************************************************/
/* Buses */

static GDBusConnection *
connect_bus (GBusType type)
{
    g_autoptr(GError)  error = NULL;
    GDBusConnection   *connection = g_bus_get_sync (type, NULL, &error);

    /* Ends with the session or the system: keep exit-on-close. */
    if (!connection && type == G_BUS_TYPE_SESSION)
        g_printerr (_("error: couldn't connect to the session bus: %s\n"), error->message);
    else if (!connection)
        g_printerr (_("error: couldn't connect to the system bus: %s\n"), error->message);
    return connection;
}

/* One for each session, however often it is started */
static gboolean
is_first (GDBusConnection *session)
{
    g_autoptr(GVariant) answer = NULL;
    g_autoptr(GError)   error = NULL;
    guint               code = 0;

    answer = g_dbus_connection_call_sync (session, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                          "org.freedesktop.DBus", "RequestName",
                                          g_variant_new ("(su)", OWN_NAME, DO_NOT_QUEUE), G_VARIANT_TYPE ("(u)"),
                                          G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error);
    if (answer)
        g_variant_get (answer, "(u)", &code);
    else
        g_printerr (_("error: couldn't take the name %s: %s\n"), OWN_NAME, error->message);
    return code == PRIMARY_OWNER;
}

/*****************************************************************************/

static gboolean
quit (GMainLoop *loop)
{
    g_main_loop_quit (loop);
    return G_SOURCE_CONTINUE;
}

static gint
run (void)
{
    g_autoptr(GDBusConnection) session = NULL;
    g_autoptr(GDBusConnection) system = NULL;
    g_autoptr(GMainLoop)       loop = g_main_loop_new (NULL, FALSE);
    g_autoptr(GError)          error = NULL;
    NotifyRun                 *notify;

    session = connect_bus (G_BUS_TYPE_SESSION);
    system = session ? connect_bus (G_BUS_TYPE_SYSTEM) : NULL;
    if (!system)
        return 1;
    if (!is_first (session)) {
        g_debug ("this session has one already");
        return 0;
    }
    notify = notify_run_new (system, session, &error);
    if (!notify) {
        g_printerr (_("error: couldn't watch mmfota-agent: %s\n"), error->message);
        return 1;
    }
    g_unix_signal_add (SIGTERM, G_SOURCE_FUNC (quit), loop);
    g_unix_signal_add (SIGINT, G_SOURCE_FUNC (quit), loop);
    g_main_loop_run (loop);
    notify_run_free (notify);
    /* What is shown is taken down before the name is free for another. */
    g_dbus_connection_flush_sync (session, NULL, NULL);
    return 0;
}

gint
main (gint    argc,
      gchar **argv)
{
    gboolean                   version = FALSE;
    const GOptionEntry         entries[] = {
        { "version", 'V', 0, G_OPTION_ARG_NONE, &version, N_("Print the version, and exit"), NULL },
        { NULL }
    };
    g_autoptr(GOptionContext)  context = g_option_context_new (NULL);
    g_autoptr(GError)          error = NULL;

    setlocale (LC_ALL, "");
    bindtextdomain (GETTEXT_PACKAGE, LOCALEDIR);
    bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
    textdomain (GETTEXT_PACKAGE);
    g_option_context_set_summary (context, N_("Shows what mmfota-agent asks, in the session of whoever sits at the machine"));
    g_option_context_set_translation_domain (context, GETTEXT_PACKAGE);
    g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
    if (!g_option_context_parse (context, &argc, &argv, &error) || argc > 1) {
        g_printerr (_("error: %s: see --help\n"), error ? error->message : _("no arguments are taken"));
        return 1;
    }
    if (version) {
        g_print ("mmfota-notify " MMFOTA_VERSION "\n");
        return 0;
    }
    return run ();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <fcntl.h>
#include <libintl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include <glib/gi18n.h>

#include "mmfota-advice.h"
#include "mmfota-away.h"
#include "mmfota-report.h"
#include "mmfota-report-level.h"
#include "mmfota-text.h"
#include "mmfota-tree.h"
#include "mmfota-verbs.h"

/*****************************************************************************/
/* The standard streams */

/* Otherwise a file opened later would replace a closed stream and get its output: even the socket
 * of the bus */
static void
occupy_streams (void)
{
    gint fd;

    do {
        fd = open ("/dev/null", O_RDONLY);
    } while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0)
        close (fd);
}

/* GIO ignores SIGPIPE. Verbs that only show something end with the reader of their output, as other
 * programs do; verbs that run something continue. */
static void
end_with_reader (MmfotaVerb verb)
{
    if (verb == MMFOTA_VERB_STATUS || verb == MMFOTA_VERB_LIST ||
        verb == MMFOTA_VERB_EVENTS || verb == MMFOTA_VERB_MONITOR || verb == MMFOTA_VERB_AGENT_STATUS)
        signal (SIGPIPE, SIG_DFL);
}

static MmfotaExit
check_output (MmfotaExit status)
{
    if (fflush (stdout) == 0 && !ferror (stdout))
        return status;
    g_printerr (_("error: couldn't write to standard output\n"));
    return status == MMFOTA_EXIT_DONE ? MMFOTA_EXIT_FAILED : status;
}

/*****************************************************************************/
/* Errors before the verb has printed anything */

/* @subject: what the verb is for, "modem" or "agent" */
static MmfotaExit
fail (const gchar      *what,
      const GError     *error,
      const gchar      *subject,
      MmfotaOutputType  output)
{
    mmfota_output_error_print (what, error);
    if (output != MMFOTA_OUTPUT_HUMAN) {
        g_autoptr(JsonObject) tree = json_object_new ();

        json_object_set_null_member (tree, subject);
        mmfota_tree_add_error (tree, error);
        mmfota_output_print (output, tree);
    }
    return mmfota_output_error_exit (error);
}

/*****************************************************************************/
/* Verbs for a modem */

/* --monitor waits for a modem that is away for an upgrade; other verbs report it */
static MmfotaModem *
find_modem (MMManager            *manager,
            GDBusConnection      *connection,
            const MmfotaOptions  *options,
            GError              **error)
{
    g_autoptr(GError)  inner_error = NULL;
    MmfotaModem       *modem = mmfota_modem_find (manager, options->modem, &inner_error);

    if (modem)
        return modem;
    if (!g_error_matches (inner_error, MM_CORE_ERROR, MM_CORE_ERROR_NOT_FOUND) ||
        !mmfota_away_is_upgrading (connection, options->modem)) {
        g_propagate_error (error, g_steal_pointer (&inner_error));
        return NULL;
    }
    if (options->verb == MMFOTA_VERB_MONITOR)
        return mmfota_modem_await (manager, options->modem);
    g_set_error_literal (error, MM_CORE_ERROR, MM_CORE_ERROR_NOT_FOUND, MMFOTA_AWAY_TEXT);
    return NULL;
}

static MmfotaExit
run_on_modem (MMManager            *manager,
              GDBusConnection      *connection,
              const MmfotaOptions  *options,
              GError              **error)
{
    g_autoptr(MmfotaModem) modem = find_modem (manager, connection, options, error);

    if (!modem)
        return MMFOTA_EXIT_NO_MODEM;

    if (options->verb == MMFOTA_VERB_STATUS)
        return mmfota_status_run (modem, options, error);
    if (options->verb == MMFOTA_VERB_MONITOR)
        return mmfota_monitor_run (modem, options, error);
    if (options->verb == MMFOTA_VERB_EVENTS)
        return mmfota_events_run (modem, options, error);
    return mmfota_verbs_run (modem, options, error);
}

/* @what: what failed, if it was not the verb itself */
static MmfotaExit
run (const MmfotaOptions  *options,
     const gchar         **what,
     GError              **error)
{
    g_autoptr(GDBusConnection) connection = NULL;
    g_autoptr(MMManager)       manager = NULL;
    g_autoptr(GError)          bus_error = NULL;

    if (!mmfota_verbs_may_ask (options, error))
        return MMFOTA_EXIT_FAILED;
    connection = g_bus_get_sync (G_BUS_TYPE_SYSTEM, NULL, &bus_error);
    if (!connection) {
        *what = _("connect to the system bus");
        g_set_error_literal (error, MM_CORE_ERROR, MM_CORE_ERROR_NOT_FOUND, bus_error->message);
        return MMFOTA_EXIT_NO_MODEM;
    }
    /* Report it as an error instead of exiting by a signal */
    g_dbus_connection_set_exit_on_close (connection, FALSE);
    end_with_reader (options->verb);
    if (options->verb == MMFOTA_VERB_REPORT)
        return mmfota_report_run (connection, options, error);
    mmfota_report_level_tell (connection);
    if (mmfota_options_for_agent (options))
        return mmfota_agent_run (connection, options, error);
    manager = mmfota_manager_new (connection, error);
    if (!manager)
        return MMFOTA_EXIT_NO_MODEM;
    if (options->verb == MMFOTA_VERB_LIST)
        return mmfota_list_run (manager, options, error);
    return run_on_modem (manager, connection, options, error);
}

/*****************************************************************************/
/* Output of --verbose, in mmcli's format */

static void
log_handler (const gchar    *domain,
             GLogLevelFlags  level,
             const gchar    *message,
             gpointer        user_data)
{
    g_autoptr(GDateTime)  now = g_date_time_new_now_local ();
    g_autofree gchar     *when = g_date_time_format (now, "%d %b %Y, %H:%M:%S");
    g_autofree gchar     *printable = mmfota_text_printable (message);
    const gchar          *name = "";

    if (level & G_LOG_LEVEL_DEBUG)
        name = " [Debug]";
    else if (level & G_LOG_LEVEL_WARNING)
        name = " -Warning **";
    else if (level & (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_ERROR))
        name = " -Error **";
    g_printerr ("[%s]%s %s\n", when, name, printable);
}

/*****************************************************************************/

static MmfotaExit
print_version (void)
{
    g_print ("mmfota " MMFOTA_VERSION "\n");
    g_print (_("License GPLv2+: GNU GPL version 2 or later <https://gnu.org/licenses/gpl-2.0.html>\n"
               "This is free software: you are free to change and redistribute it.\n"
               "There is NO WARRANTY, to the extent permitted by law.\n"));
    return MMFOTA_EXIT_DONE;
}

static MmfotaExit
print_help (void)
{
    g_autofree gchar *help = mmfota_options_help ();

    g_print ("%s", help);
    return MMFOTA_EXIT_DONE;
}

static MmfotaExit
run_command_line (gint    argc,
                  gchar **argv)
{
    g_autoptr(MmfotaOptions) options = NULL;
    g_autoptr(GError)        error = NULL;
    MmfotaOutputType         output;
    MmfotaExit               status;
    const gchar             *what;

    /* What machines read is the same in all languages, with the messages in it */
    if (mmfota_options_are_for_machines (argc, argv)) {
        setlocale (LC_MESSAGES, "C");
        setlocale (LC_CTYPE, "C.UTF-8");
    }
    options = mmfota_options_parse (argc, argv, &output, &error);
    if (!options)
        return fail (_("understand the command line"), error, "modem", output);
    if (options->help)
        return print_help ();
    if (options->version)
        return print_version ();
    if (options->verbose)
        g_log_set_handler (G_LOG_DOMAIN, G_LOG_LEVEL_MASK, log_handler, NULL);

    what = mmfota_options_verb_phrase (options->verb);
    status = run (options, &what, &error);
    if (error)
        return fail (what, error, mmfota_options_for_agent (options) ? "agent" : "modem", output);
    return status;
}

gint
main (gint    argc,
      gchar **argv)
{
    setlocale (LC_ALL, "");
    /* The log has the names of months, and is the same in all languages */
    setlocale (LC_TIME, "C");
    bindtextdomain (GETTEXT_PACKAGE, LOCALEDIR);
    bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
    textdomain (GETTEXT_PACKAGE);
    occupy_streams ();
    return (gint) check_output (run_command_line (argc, argv));
}

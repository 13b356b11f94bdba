/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <libintl.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <sysexits.h>

#include <glib-unix.h>
#include <glib/gi18n.h>

#include "mmfota-agent-config.h"
#include "mmfota-agent-service.h"
#include "mmfota-agent-systemd.h"
#include "mmfota-agent-token.h"

static gchar    *config_file;
static gchar    *state_folder;
static gboolean  check_config;
static gboolean  print_config;
static gboolean  print_version;
static gchar    *sms_token;
static gchar    *key_file;
static gchar   **rest;

static const GOptionEntry entries[] = {
    { "config", 'c', 0, G_OPTION_ARG_FILENAME, &config_file, N_("Read this file and no other"), N_("FILE") },
    { "state", 0, 0, G_OPTION_ARG_FILENAME, &state_folder, N_("Keep the state in this folder (default: $STATE_DIRECTORY)"), N_("DIR") },
    { "check-config", 0, 0, G_OPTION_ARG_NONE, &check_config, N_("Say whether the configuration, or FILE, is valid, and exit"), NULL },
    { "print-config", 0, 0, G_OPTION_ARG_NONE, &print_config, N_("Print the settings in effect and where each comes from, and exit"), NULL },
    { "sms-token", 0, 0, G_OPTION_ARG_STRING, &sms_token, N_("Print an SMS that makes the module IMEI look for firmware now, and exit"), "IMEI" },
    { "key", 0, 0, G_OPTION_ARG_FILENAME, &key_file, N_("The key for --sms-token (default: that of the configuration)"), N_("FILE") },
    { "version", 'V', 0, G_OPTION_ARG_NONE, &print_version, N_("Print the version, and exit"), NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &rest, NULL, NULL },
    { NULL }
};

typedef struct {
    GMainLoop          *loop;
    MmfotaAgentService *service;
    gint                status;
} Program;

/* People who ask something at a terminal read their own language. The journal, the bus
 * and what is found in the configuration are English on every system, also where a
 * library wrote the text. */
static void
speak (const gchar *locale)
{
    setlocale (LC_MESSAGES, locale);
}

static gint
complain (const GError *error)
{
    g_printerr (_("error: %s\n"), error->message);
    return EXIT_FAILURE;
}

/*****************************************************************************/
/* Signals */

static gboolean
terminate (gpointer user_data)
{
    Program *program = user_data;

    mmfota_agent_systemd_tell ("STOPPING=1");
    g_main_loop_quit (program->loop);
    return G_SOURCE_CONTINUE;
}

static gboolean
reload (gpointer user_data)
{
    Program                      *program = user_data;
    g_autoptr(GError)             error = NULL;
    g_autoptr(MmfotaAgentConfig)  config = NULL;
    g_autofree gchar             *state = NULL;

    state = g_strdup_printf ("RELOADING=1\nMONOTONIC_USEC=%" G_GINT64_FORMAT, g_get_monotonic_time ());
    mmfota_agent_systemd_tell (state);
    config = mmfota_agent_config_load (config_file, &error);
    if (config) {
        mmfota_agent_service_set_config (program->service, config);
        g_message ("the configuration was read again");
    } else
        g_warning ("the configuration stays as it was: %s", error->message);
    mmfota_agent_systemd_tell ("READY=1");
    return G_SOURCE_CONTINUE;
}

/*****************************************************************************/
/* The bus */

static void
name_lost (GDBusConnection *connection,
           const gchar     *name,
           gpointer         user_data)
{
    Program *program = user_data;

    g_printerr ("error: the name %s can't be had on the bus: another mmfota-agent runs, or this user may not own it\n", name);
    program->status = EXIT_FAILURE;
    g_main_loop_quit (program->loop);
}

static void
bus_closed (GDBusConnection *connection,
            gboolean         remote_peer_vanished,
            GError          *error,
            gpointer         user_data)
{
    Program *program = user_data;

    g_printerr ("error: the bus has gone\n");
    program->status = EXIT_FAILURE;
    g_main_loop_quit (program->loop);
}

static gint
serve (GDBusConnection   *connection,
       MmfotaAgentConfig *config,
       const gchar       *state)
{
    g_autoptr(GMainLoop)  loop = g_main_loop_new (NULL, FALSE);
    g_autoptr(GError)     error = NULL;
    Program               program = { loop, NULL, EXIT_SUCCESS };
    guint                 name_id;

    program.service = mmfota_agent_service_new (connection, config, state, &error);
    if (!program.service)
        return complain (error);
    g_dbus_connection_set_exit_on_close (connection, FALSE);
    g_signal_connect (connection, "closed", G_CALLBACK (bus_closed), &program);
    g_unix_signal_add (SIGTERM, terminate, &program);
    g_unix_signal_add (SIGINT, terminate, &program);
    g_unix_signal_add (SIGHUP, reload, &program);
    name_id = g_bus_own_name_on_connection (connection, MMFOTA_AGENT_NAME, G_BUS_NAME_OWNER_FLAGS_DO_NOT_QUEUE,
                                            NULL, name_lost, &program, NULL);
    mmfota_agent_systemd_watchdog ();
    mmfota_agent_systemd_tell ("READY=1");
    g_main_loop_run (loop);
    g_bus_unown_name (name_id);
    g_signal_handlers_disconnect_by_data (connection, &program);
    mmfota_agent_service_free (program.service);
    return program.status;
}

/* For the operator, who also has the key */
static gint
print_token (MmfotaAgentConfig *config)
{
    g_auto(MmfotaAgentTokenKeys)  keys = { 0 };
    g_autoptr(GError)             error = NULL;
    g_autofree gchar             *text = NULL;
    const gchar                  *path = key_file ? key_file : mmfota_agent_config_peek (config, sms_token)->sms.key_file;

    speak ("");
    if (!path[0]) {
        g_printerr (_("error: no key: --key=FILE, or key-file in group [sms] of the configuration\n"));
        return EXIT_FAILURE;
    }
    if (!mmfota_agent_token_keys_load (&keys, path, &error))
        return complain (error);
    text = mmfota_agent_token_make (&keys, sms_token, (guint64) (g_get_real_time () / G_USEC_PER_SEC), &error);
    if (!text)
        return complain (error);
    g_print ("%s\n", text);
    return EXIT_SUCCESS;
}

static gint
run (MmfotaAgentConfig *config)
{
    g_autoptr(GDBusConnection)  connection = NULL;
    g_autoptr(GError)           error = NULL;
    const gchar                *state = state_folder ? state_folder : g_getenv ("STATE_DIRECTORY");

    if (!state || !g_path_is_absolute (state)) {
        g_printerr ("error: no state folder: --state=DIR, an absolute path, or $STATE_DIRECTORY\n");
        return EXIT_FAILURE;
    }
    if (!g_file_test (state, G_FILE_TEST_IS_DIR)) {
        g_printerr ("error: '%s' is not a folder\n", state);
        return EXIT_FAILURE;
    }
    connection = g_bus_get_sync (G_BUS_TYPE_SYSTEM, NULL, &error);
    return connection ? serve (connection, config, state) : complain (error);
}

/*****************************************************************************/
/* Options */

static gboolean
parse_options (gint     argc,
               gchar  **argv,
               GError **error)
{
    g_autoptr(GOptionContext)  context = g_option_context_new (N_("[FILE]"));
    g_autofree gchar          *summary = NULL;

    summary = g_strdup_printf (_("Looks for firmware for TD Tech modules, downloads it and upgrades them, as %s says."),
                               MMFOTA_AGENT_CONFIG_FILE);
    g_option_context_set_summary (context, summary);
    g_option_context_set_translation_domain (context, GETTEXT_PACKAGE);
    g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
    if (!g_option_context_parse (context, &argc, &argv, error))
        return FALSE;
    if (rest && (!check_config || config_file || rest[1])) {
        g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                     _("a FILE goes only with --check-config, and only one"));
        return FALSE;
    }
    if (rest)
        config_file = g_strdup (rest[0]);
    return TRUE;
}

gint
main (gint    argc,
      gchar **argv)
{
    g_autoptr(GError)             error = NULL;
    g_autoptr(MmfotaAgentConfig)  config = NULL;

    setlocale (LC_ALL, "");
    bindtextdomain (GETTEXT_PACKAGE, LOCALEDIR);
    bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
    textdomain (GETTEXT_PACKAGE);
    if (!parse_options (argc, argv, &error))
        return complain (error);
    if (print_version) {
        g_print ("mmfota-agent %s\n", MMFOTA_VERSION);
        return EXIT_SUCCESS;
    }
    speak ("C");
    config = mmfota_agent_config_load (config_file, &error);
    if (!config) {
        complain (error);
        return check_config || print_config || sms_token ? EXIT_FAILURE : EX_CONFIG;
    }
    if (print_config) {
        g_autofree gchar *text = mmfota_agent_config_to_text (config);

        g_print ("%s", text);
        return EXIT_SUCCESS;
    }
    if (sms_token)
        return print_token (config);
    return check_config ? EXIT_SUCCESS : run (config);
}

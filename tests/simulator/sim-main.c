/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <errno.h>
#include <glib-unix.h>
#include <gio/gio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <signal.h>
#include <umockdev.h>
#include <unistd.h>

#include "sim-control.h"
#include "sim-module.h"
#include "sim-usb-umockdev.h"
#include "sim-usb-vhci.h"

#define PRELOAD "libumockdev-preload.so.0"

static gchar  *opt_scenario;
static gchar  *opt_control;
static gchar  *opt_transcript;
static gchar  *opt_usb;
static gchar  *opt_replay;
static gchar **opt_command;

static const GOptionEntry entries[] = {
    { "scenario", 's', 0, G_OPTION_ARG_FILENAME, &opt_scenario,
      "Key file that says what the modules are and do", "FILE" },
    { "control", 'c', 0, G_OPTION_ARG_FILENAME, &opt_control,
      "Listen for commands on this socket", "SOCKET" },
    { "transcript", 't', 0, G_OPTION_ARG_FILENAME, &opt_transcript,
      "Write down all that happens", "FILE" },
    { "usb", 'u', 0, G_OPTION_ARG_STRING, &opt_usb,
      "Where the modules appear: on umockdev's testbed, or on the kernel's virtual host controller",
      "umockdev|vhci" },
    { "replay", 'r', 0, G_OPTION_ARG_FILENAME, &opt_replay,
      "Answer as the unit did in this report of mmfota", "FILE" },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &opt_command,
      NULL, "[-- COMMAND…]" },
    { NULL }
};

/*****************************************************************************/
/* Preload */

/* The testbed's uevents and nodes exist only with umockdev's preload library, in this process, too.
 * (umockdev can check that only for an existing testbed.) */
static void
ensure_preload (gchar **argv)
{
    g_autofree gchar *preload = NULL;
    const gchar      *old = g_getenv ("LD_PRELOAD");

    if (old && strstr (old, "libumockdev-preload.so"))
        return;
    preload = g_strconcat (PRELOAD, old ? ":" : "", old ? old : "", NULL);
    g_setenv ("LD_PRELOAD", preload, TRUE);
    execv ("/proc/self/exe", argv);
    g_printerr ("error: couldn't start again with " PRELOAD ": '%s'\n", g_strerror (errno));
    exit (EXIT_FAILURE);
}

/*****************************************************************************/
/* Command */

typedef struct {
    GMainLoop *loop;
    GPid       pid;
    gint       status;
} Command;

static void
command_ended (GPid     pid,
               gint     status,
               gpointer user_data)
{
    Command *command = user_data;

    command->pid = 0;
    command->status = WIFEXITED (status) ? WEXITSTATUS (status) : 128 + WTERMSIG (status);
    g_main_loop_quit (command->loop);
}

static void
command_setup (gpointer user_data)
{
    /* The modules disappear with the simulator */
    prctl (PR_SET_PDEATHSIG, SIGTERM);
}

static gboolean
command_start (Command  *command,
               gchar   **argv,
               GError  **error)
{
    if (!g_spawn_async (NULL, argv, NULL,
                        G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_CHILD_INHERITS_STDIN,
                        command_setup, NULL, &command->pid, error))
        return FALSE;
    g_child_watch_add (command->pid, command_ended, command);
    return TRUE;
}

static gboolean
terminated (gpointer user_data)
{
    Command *command = user_data;

    if (command->pid)
        kill (command->pid, SIGTERM);
    else
        g_main_loop_quit (command->loop);
    return G_SOURCE_CONTINUE;
}

/*****************************************************************************/
/* Transports */

static gboolean
on_testbed (void)
{
    return (!opt_usb || g_str_equal (opt_usb, "umockdev"));
}

static SimTransport *
make_transport (GPtrArray  *modules,
                GError    **error)
{
    SimTransport *transport;

    if (on_testbed ()) {
        transport = sim_usb_umockdev_new ();
        sim_usb_umockdev_set_modules (transport, modules);
        if (umockdev_in_mock_environment ())
            return transport;
        g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, PRELOAD " is not at work");
        transport->free (transport);
        return NULL;
    }
    if (!g_str_equal (opt_usb, "vhci")) {
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "--usb: not '%s'", opt_usb);
        return NULL;
    }
    transport = sim_usb_vhci_new (error);
    if (transport)
        sim_usb_vhci_set_modules (transport, modules);
    return transport;
}

/*****************************************************************************/
/* Replay */

static void
tell_unknown (SimReplay *replay)
{
    GPtrArray *unknown = sim_replay_get_unknown (replay);
    guint      i;

    for (i = 0; i < unknown->len; i++)
        g_printerr ("the report does not know: %s\n", (const gchar *) g_ptr_array_index (unknown, i));
}

/*****************************************************************************/
/* Main */

static gint
run (GError **error)
{
    g_autoptr(SimScenario)  scenario = NULL;
    g_autoptr(SimReplay)    replay = NULL;
    g_autoptr(SimClock)     clock = NULL;
    g_autoptr(SimLog)       log = NULL;
    g_autoptr(GMainLoop)    loop = NULL;
    g_autoptr(GPtrArray)    modules = NULL;
    g_autoptr(SimControl)   control = NULL;
    SimTransport           *transport;
    Command                 command = { 0 };
    gint                    i;

    scenario = sim_scenario_new ();
    if (!sim_scenario_load_environment (scenario, error))
        return EXIT_FAILURE;
    if (opt_scenario && !sim_scenario_load_file (scenario, opt_scenario, error))
        return EXIT_FAILURE;
    if (opt_replay) {
        replay = sim_replay_new (opt_replay, error);
        if (!replay || !sim_replay_set_scenario (replay, scenario, error))
            return EXIT_FAILURE;
    }
    /* Short, since people type it */
    if (scenario->port_seed == 0)
        scenario->port_seed = g_random_int_range (1, 1000000);
    clock = sim_clock_new (scenario->speed);
    log = sim_log_new (clock, opt_transcript, error);
    if (!log)
        return EXIT_FAILURE;
    loop = g_main_loop_new (NULL, FALSE);

    modules = g_ptr_array_new_with_free_func ((GDestroyNotify) sim_module_free);
    transport = make_transport (modules, error);
    if (!transport)
        return EXIT_FAILURE;
    for (i = 0; i < MAX (scenario->modules, 1); i++) {
        SimModule *module;

        module = sim_module_new ((guint) i, scenario, clock, log, transport, replay, error);
        if (!module)
            return EXIT_FAILURE;
        g_ptr_array_add (modules, module);
    }
    if (opt_control) {
        control = sim_control_new (opt_control, modules, log, loop, error);
        if (!control)
            return EXIT_FAILURE;
    }

    command.loop = loop;
    if (opt_command && !command_start (&command, opt_command, error))
        return EXIT_FAILURE;
    g_unix_signal_add (SIGTERM, terminated, &command);
    g_unix_signal_add (SIGINT, terminated, &command);
    signal (SIGPIPE, SIG_IGN);

    if (!opt_command) {
        printf ("ready UMOCKDEV_DIR=%s control=%s\n", on_testbed () ? g_getenv ("UMOCKDEV_DIR") : "",
                opt_control ? opt_control : "");
        fflush (stdout);
    }
    g_main_loop_run (loop);
    if (command.pid)
        kill (command.pid, SIGTERM);

    if (replay)
        tell_unknown (replay);

    g_clear_pointer (&control, sim_control_free);
    g_clear_pointer (&modules, g_ptr_array_unref);
    transport->free (transport);
    return command.status;
}

int
main (int    argc,
      char **argv)
{
    g_autoptr(GOptionContext) context = NULL;
    g_autoptr(GError)         error = NULL;
    g_auto(GStrv)             arguments = g_strdupv (argv);
    gint                      status;

    context = g_option_context_new ("- a simulated TD Tech module");
    g_option_context_add_main_entries (context, entries, NULL);
    if (!g_option_context_parse (context, &argc, &argv, &error)) {
        g_printerr ("error: %s\n", error->message);
        return EXIT_FAILURE;
    }
    if (on_testbed ())
        ensure_preload (arguments);
    status = run (&error);
    if (error) {
        g_printerr ("error: %s\n", error->message);
        status = EXIT_FAILURE;
    }
    return status;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-verbs.h"

#include <glib-unix.h>
#include <signal.h>

#include "mmfota-event.h"
#include "mmfota-status.h"
#include "mmfota-text.h"
#include "mmfota-tree.h"

typedef struct {
    const MmfotaOptions *options;
    MmfotaModem         *modem;
    GMainLoop           *loop;
    gchar               *shown; /* the last change */
    MmfotaExit           status;
} Monitor;

/*****************************************************************************/
/* Printing */

static void
print_now (const gchar *text)
{
    g_autofree gchar *now = mmfota_text_time ((guint64) (g_get_real_time () / G_USEC_PER_SEC));

    g_print ("%s  %s\n", now, text);
}

/* Blocks of lines are set apart. */
static void
print_block (Monitor     *monitor,
             const gchar *text)
{
    mmfota_output_write (text);
    if (monitor->options->output == MMFOTA_OUTPUT_KEYVALUE)
        mmfota_output_write ("\n");
}

static gchar *
describe (Monitor *monitor)
{
    MmGdbusModemFota      *fota = mmfota_modem_peek_fota (monitor->modem);
    g_autoptr(JsonObject)  tree = NULL;

    if (monitor->options->output == MMFOTA_OUTPUT_HUMAN)
        return fota ? mmfota_status_to_line (fota) : g_strdup ("the modem is gone");

    tree = mmfota_status_to_tree (mmfota_modem_get_path (monitor->modem), fota);
    return mmfota_output_format (monitor->options->output, tree);
}

static void
changed (Monitor *monitor)
{
    gchar *text = describe (monitor);

    if (g_strcmp0 (text, monitor->shown) == 0) {
        g_free (text);
        return;
    }
    if (monitor->options->output == MMFOTA_OUTPUT_HUMAN)
        print_now (text);
    else
        print_block (monitor, text);
    g_free (monitor->shown);
    monitor->shown = text;
}

static void
event_received (Monitor  *monitor,
                guint64   sequence,
                guint     kind,
                GVariant *details)
{
    g_autoptr(GVariant) event = mmfota_event_new (sequence, kind, details);

    if (monitor->options->output == MMFOTA_OUTPUT_HUMAN) {
        g_autofree gchar *line = mmfota_event_to_line (event);

        g_print ("event %s\n", line);
    } else {
        g_autoptr(JsonObject)  tree = json_object_new ();
        JsonObject            *modem = json_object_new ();
        g_autofree gchar      *text = NULL;

        json_object_set_string_member (modem, "path", mmfota_modem_get_path (monitor->modem));
        json_object_set_object_member (modem, "event", mmfota_event_to_tree (event));
        json_object_set_object_member (tree, "modem", modem);
        text = mmfota_output_format (monitor->options->output, tree);
        print_block (monitor, text);
    }
}

/*****************************************************************************/
/* --monitor */

static gboolean
interrupted (Monitor *monitor)
{
    g_main_loop_quit (monitor->loop);
    return G_SOURCE_CONTINUE;
}

static gboolean
timed_out (Monitor *monitor)
{
    monitor->status = MMFOTA_EXIT_DETACHED;
    g_main_loop_quit (monitor->loop);
    return G_SOURCE_CONTINUE;
}

MmfotaExit
mmfota_monitor_run (MmfotaModem          *modem,
                    const MmfotaOptions  *options,
                    GError              **error)
{
    Monitor monitor = { .options = options, .modem = modem };

    monitor.loop = g_main_loop_new (NULL, FALSE);
    g_unix_signal_add (SIGINT, G_SOURCE_FUNC (interrupted), &monitor);
    g_unix_signal_add (SIGTERM, G_SOURCE_FUNC (interrupted), &monitor);
    g_unix_signal_add (SIGHUP, G_SOURCE_FUNC (interrupted), &monitor);
    if (options->timeout)
        g_timeout_add_seconds (options->timeout, G_SOURCE_FUNC (timed_out), &monitor);
    g_signal_connect_swapped (modem, "changed", G_CALLBACK (changed), &monitor);
    g_signal_connect_swapped (modem, "event", G_CALLBACK (event_received), &monitor);

    changed (&monitor);
    g_main_loop_run (monitor.loop);

    g_signal_handlers_disconnect_by_data (modem, &monitor);
    g_main_loop_unref (monitor.loop);
    g_free (monitor.shown);
    return monitor.status;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-verbs.h"

#include <glib/gi18n.h>
#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "mm-tdtech-fota-enums.h"
#include "mmfota-event.h"
#include "mmfota-progress.h"
#include "mmfota-status.h"
#include "mmfota-text.h"
#include "mmfota-tree.h"

typedef struct {
    const MmfotaOptions *options;
    MmfotaModem         *modem;
    MmfotaProgress      *progress; /* NULL if stderr is no terminal */
    GMainLoop           *loop;
    GCancellable        *cancellable;
    MmGdbusModemFota    *asked;    /* to find events that were missed; only compared */
    gboolean             asking;
    guint64              last_event;
    gchar               *shown;    /* printed last */
    gboolean             flashing; /* last one on the bus */
    GError              *error;    /* why monitoring ended */
    MmfotaExit           status;
} Monitor;

/*****************************************************************************/
/* Output */

static gboolean
is_busy (Monitor *monitor)
{
    MmGdbusModemFota *fota = mmfota_modem_peek_fota (monitor->modem);
    const gchar      *transaction = fota ? mm_gdbus_modem_fota_get_transaction (fota) : NULL;

    return monitor->flashing || (transaction && transaction[0]);
}

/* At once, also if stdout is a pipe or a file */
static void
show_progress (Monitor *monitor)
{
    if (!monitor->progress)
        return;
    if (is_busy (monitor))
        mmfota_progress_update (monitor->progress, mmfota_modem_peek_fota (monitor->modem));
    else
        mmfota_progress_clear (monitor->progress);
}

/* The disk may be full, for example */
static void
stop_if_deaf (Monitor *monitor)
{
    if (ferror (stdout))
        g_main_loop_quit (monitor->loop);
}

static void
print_line (Monitor     *monitor,
            const gchar *line)
{
    if (monitor->progress)
        mmfota_progress_clear (monitor->progress);
    g_print ("%s\n", line);
    stop_if_deaf (monitor);
}

static void
print_now (Monitor     *monitor,
           const gchar *text)
{
    g_autofree gchar *now = mmfota_text_time ((guint64) (g_get_real_time () / G_USEC_PER_SEC));
    g_autofree gchar *line = g_strdup_printf ("%s  %s", now, text);

    print_line (monitor, line);
}

/* An empty line between blocks of several lines */
static void
print_block (Monitor     *monitor,
             const gchar *text)
{
    mmfota_output_write (text);
    if (monitor->options->output == MMFOTA_OUTPUT_KEYVALUE)
        mmfota_output_write ("\n");
    stop_if_deaf (monitor);
}

static gchar *
describe (Monitor *monitor)
{
    MmGdbusModemFota      *fota = mmfota_modem_peek_fota (monitor->modem);
    MmfotaIdentity         identity = mmfota_modem_get_identity (monitor->modem);
    g_autoptr(JsonObject)  tree = NULL;

    if (monitor->options->output == MMFOTA_OUTPUT_HUMAN) {
        if (fota)
            return mmfota_status_to_line (fota, !monitor->progress || !isatty (STDOUT_FILENO));
        return g_strdup (monitor->flashing ? _("the modem is away, being upgraded") : _("the modem is gone"));
    }
    tree = mmfota_status_to_tree (&identity, fota);
    return mmfota_output_format (monitor->options->output, tree);
}

static void
print_event (Monitor  *monitor,
             GVariant *event)
{
    if (monitor->options->output == MMFOTA_OUTPUT_HUMAN) {
        g_autofree gchar *words = mmfota_events_describe (monitor->modem, event);
        g_autofree gchar *line = g_strdup_printf (_("event %s"), words);

        print_line (monitor, line);
        show_progress (monitor);
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
/* Events, including those emitted while this program was not on the bus */

static void
take_event (Monitor  *monitor,
            GVariant *event)
{
    guint64 sequence = 0;

    if (!g_variant_lookup (event, "sequence", "t", &sequence) || sequence <= monitor->last_event)
        return;
    monitor->last_event = sequence;
    print_event (monitor, event);
}

static void
list_events_ready (MmGdbusModemFota *fota,
                   GAsyncResult     *res,
                   Monitor          *monitor)
{
    g_autoptr(GVariant) events = NULL;
    g_autoptr(GError)   error = NULL;
    gsize               i;

    if (!mm_gdbus_modem_fota_call_list_events_finish (fota, &events, res, &error)) {
        if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
            return;
        g_debug ("events cannot be listed: %s", error->message);
    }
    monitor->asking = FALSE;
    for (i = 0; events && i < g_variant_n_children (events); i++) {
        g_autoptr(GVariant) event = g_variant_get_child_value (events, i);

        take_event (monitor, event);
    }
}

static void
catch_up (Monitor *monitor)
{
    MmGdbusModemFota *fota = mmfota_modem_peek_fota (monitor->modem);

    /* If the journal was lost, its numbers start again */
    if (fota && fota != monitor->asked && mm_gdbus_modem_fota_get_last_event (fota) < monitor->last_event)
        monitor->last_event = 0;
    if (fota && fota != monitor->asked && mm_gdbus_modem_fota_get_last_event (fota) > monitor->last_event) {
        monitor->asking = TRUE;
        mm_gdbus_modem_fota_call_list_events (fota, monitor->last_event, monitor->cancellable,
                                              (GAsyncReadyCallback) list_events_ready, monitor);
    }
    monitor->asked = fota;
}

static void
event_received (Monitor  *monitor,
                guint64   sequence,
                guint     kind,
                GVariant *details)
{
    g_autoptr(GVariant) event = NULL;

    /* ListEvents will list it */
    if (monitor->asking)
        return;
    event = mmfota_event_new (sequence, kind, details);
    take_event (monitor, event);
}

static void
changed (Monitor *monitor)
{
    MmGdbusModemFota *fota = mmfota_modem_peek_fota (monitor->modem);
    g_autofree gchar *text = NULL;

    if (fota)
        monitor->flashing = mm_gdbus_modem_fota_get_state (fota) >= MM_TDTECH_FOTA_STATE_PAUSING_DATA;
    text = describe (monitor);

    if (g_strcmp0 (text, monitor->shown) != 0) {
        if (monitor->options->output == MMFOTA_OUTPUT_HUMAN)
            print_now (monitor, text);
        else
            print_block (monitor, text);
        g_free (monitor->shown);
        monitor->shown = g_steal_pointer (&text);
    }
    show_progress (monitor);
    catch_up (monitor);
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

static void
bus_closed (Monitor *monitor)
{
    if (!monitor->error)
        monitor->error = g_error_new (MM_CORE_ERROR, MM_CORE_ERROR_NOT_FOUND, _("the system bus is gone"));
    g_main_loop_quit (monitor->loop);
}

MmfotaExit
mmfota_monitor_run (MmfotaModem          *modem,
                    const MmfotaOptions  *options,
                    GError              **error)
{
    GDBusConnection *connection = mmfota_modem_peek_connection (modem);
    Monitor          monitor = { .options = options, .modem = modem };

    monitor.loop = g_main_loop_new (NULL, FALSE);
    monitor.cancellable = g_cancellable_new ();
    monitor.asked = mmfota_modem_peek_fota (modem);
    if (monitor.asked)
        monitor.last_event = mm_gdbus_modem_fota_get_last_event (monitor.asked);
    /* A modem that is away is waited for only while it is being upgraded */
    monitor.flashing = !monitor.asked;
    if (options->output == MMFOTA_OUTPUT_HUMAN && isatty (STDERR_FILENO))
        monitor.progress = mmfota_progress_new (stderr, FALSE);
    g_unix_signal_add (SIGINT, G_SOURCE_FUNC (interrupted), &monitor);
    g_unix_signal_add (SIGTERM, G_SOURCE_FUNC (interrupted), &monitor);
    g_unix_signal_add (SIGHUP, G_SOURCE_FUNC (interrupted), &monitor);
    if (options->timeout)
        g_timeout_add_seconds (options->timeout, G_SOURCE_FUNC (timed_out), &monitor);
    g_signal_connect_swapped (modem, "changed", G_CALLBACK (changed), &monitor);
    g_signal_connect_swapped (modem, "event", G_CALLBACK (event_received), &monitor);
    g_signal_connect_swapped (connection, "closed", G_CALLBACK (bus_closed), &monitor);

    changed (&monitor);
    if (!ferror (stdout))
        g_main_loop_run (monitor.loop);

    g_signal_handlers_disconnect_by_data (connection, &monitor);
    g_signal_handlers_disconnect_by_data (modem, &monitor);
    g_cancellable_cancel (monitor.cancellable);
    g_object_unref (monitor.cancellable);
    g_clear_pointer (&monitor.progress, mmfota_progress_free);
    g_main_loop_unref (monitor.loop);
    g_free (monitor.shown);
    if (monitor.error)
        g_propagate_error (error, monitor.error);
    return monitor.status;
}

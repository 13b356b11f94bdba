/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-run.h"

#include <glib/gi18n.h>
#include <glib-unix.h>
#include <signal.h>

#include "mm-tdtech-fota-enums.h"
#include "mmfota-advice.h"
#include "mmfota-error.h"

/*****************************************************************************/
/* Signals and time limits */

static gboolean
interrupted (MmfotaRun *run)
{
    run->detached = TRUE;
    g_main_loop_quit (run->loop);
    return G_SOURCE_CONTINUE;
}

void
mmfota_run_loop (MmfotaRun *run,
                 guint      timeout)
{
    guint timeout_id = 0;

    if (timeout)
        timeout_id = g_timeout_add_seconds (timeout, G_SOURCE_FUNC (interrupted), run);
    g_main_loop_run (run->loop);
    if (timeout_id)
        g_source_remove (timeout_id);
}

/*****************************************************************************/
/* A bus that closes: the operation continues, but can no longer be followed */

static void
bus_closed (MmfotaRun *run)
{
    run->bus_gone = TRUE;
    g_main_loop_quit (run->loop);
}

gboolean
mmfota_run_has_bus (MmfotaRun *run)
{
    if (!run->bus_gone)
        return TRUE;
    g_clear_error (&run->error);
    run->error = g_error_new_literal (MM_CORE_ERROR, MM_CORE_ERROR_NOT_FOUND,
                                      run->accepted && !run->result
                                      ? _("the system bus is gone: the operation continues, "
                                          "its result is available once the bus is back")
                                      : _("the system bus is gone"));
    return FALSE;
}

/*****************************************************************************/
/* Progress */

/* Of this transaction only: the properties may change after the reply */
static void
show_progress (MmfotaRun *run)
{
    MmGdbusModemFota *fota = mmfota_modem_peek_fota (run->modem);

    if (!run->accepted || run->result || run->error ||
        (fota && !mmfota_modem_runs (fota, run->transaction)))
        return;
    mmfota_progress_update (run->progress, fota);
}

/*****************************************************************************/
/* Calling a method */

static gboolean
cancel_finish (MmGdbusModemFota  *fota,
               gchar            **transaction,
               GAsyncResult      *res,
               GError           **error)
{
    return mm_gdbus_modem_fota_call_cancel_finish (fota, res, error);
}

const MmfotaMethod mmfota_run_check = {
    "Check", MM_TDTECH_FOTA_EVENT_UPDATE_AVAILABLE,
    mm_gdbus_modem_fota_call_check, mm_gdbus_modem_fota_call_check_finish
};
const MmfotaMethod mmfota_run_download = {
    "Download", MM_TDTECH_FOTA_EVENT_DOWNLOAD_SUCCEEDED,
    mm_gdbus_modem_fota_call_download, mm_gdbus_modem_fota_call_download_finish
};
const MmfotaMethod mmfota_run_resume = {
    "Resume", MM_TDTECH_FOTA_EVENT_DOWNLOAD_SUCCEEDED,
    mm_gdbus_modem_fota_call_resume, mm_gdbus_modem_fota_call_resume_finish
};
const MmfotaMethod mmfota_run_upgrade = {
    "Upgrade", MM_TDTECH_FOTA_EVENT_UPGRADE_SUCCEEDED,
    mm_gdbus_modem_fota_call_upgrade, mm_gdbus_modem_fota_call_upgrade_finish
};
const MmfotaMethod mmfota_run_cancel = {
    "Cancel", MM_TDTECH_FOTA_EVENT_CANCELLED,
    mm_gdbus_modem_fota_call_cancel, cancel_finish
};

typedef struct {
    MmfotaRun          *run;
    const MmfotaMethod *method;
} Call;

/* Without a reply, the verb may have been accepted nevertheless: the transaction's id shows, once
 * ModemManager is back */
static gboolean
is_lost_reply (const GError *error)
{
    return g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_NO_REPLY) ||
           g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
}

static void
call_ready (MmGdbusModemFota *fota,
            GAsyncResult     *res,
            gpointer          user_data)
{
    g_autofree Call   *call = user_data;
    g_autofree gchar  *transaction = NULL;
    g_autoptr(GError)  error = NULL;
    MmfotaRun         *run;

    if (!call->method->finish (fota, &transaction, res, &error)) {
        if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
            return;
        if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CLOSED)) {
            bus_closed (call->run);
            return;
        }
        if (!is_lost_reply (error) || !call->run->follow) {
            run = call->run;
            run->error = mmfota_error_translate (error);
            g_main_loop_quit (run->loop);
            return;
        }
        g_debug ("no reply to %s: %s", call->method->name, error->message);
    }

    run = call->run;
    run->accepted = TRUE;
    if (run->follow) {
        mmfota_follow_answered (run->follow);
        show_progress (run);
    } else {
        g_main_loop_quit (run->loop);
    }
}

static gboolean
start_call (MmfotaRun          *run,
            const MmfotaMethod *method,
            GVariant           *options)
{
    MmGdbusModemFota *fota = mmfota_modem_peek_fota (run->modem);
    Call             *call;

    if (!mmfota_run_has_bus (run))
        return FALSE;
    if (!fota) {
        run->error = g_error_new (MM_CORE_ERROR, MM_CORE_ERROR_NOT_FOUND, _("the modem is gone"));
        return FALSE;
    }

    g_dbus_proxy_set_default_timeout (G_DBUS_PROXY (fota), mmfota_options_call_timeout (run->options));
    call = g_new0 (Call, 1);
    call->run = run;
    call->method = method;
    g_debug ("calling %s", method->name);
    method->call (fota, options, run->cancellable, (GAsyncReadyCallback) call_ready, call);
    return TRUE;
}

/*****************************************************************************/
/* Following a transaction to its end */

static void
follow_done (GVariant     *result,
             const GError *error,
             gpointer      user_data)
{
    MmfotaRun *run = user_data;

    if (result)
        run->result = g_variant_ref (result);
    else
        run->error = g_error_copy (error);
    g_main_loop_quit (run->loop);
}

static void
error_from_result (MmfotaRun *run)
{
    g_autofree gchar *described = NULL;
    const gchar      *name = "";
    const gchar      *message = "";

    g_variant_lookup (run->result, "error", "&s", &name);
    g_variant_lookup (run->result, "message", "&s", &message);
    if (!message[0])
        message = _("no reason was given");
    described = mmfota_advice_describe (name, message);
    if (g_dbus_is_interface_name (name))
        run->error = g_dbus_error_new_for_dbus_error (name, described);
    else
        run->error = g_error_new_literal (MM_CORE_ERROR, MM_CORE_ERROR_FAILED, described);
}

guint
mmfota_run_outcome (MmfotaRun *run)
{
    guint outcome = MM_TDTECH_FOTA_OUTCOME_NONE;

    if (run->result)
        g_variant_lookup (run->result, "outcome", "u", &outcome);
    return outcome;
}

static MmfotaExit
judge (MmfotaRun *run)
{
    if (run->error)
        return mmfota_output_error_exit (run->error);

    switch (mmfota_run_outcome (run)) {
    case MM_TDTECH_FOTA_OUTCOME_SUCCEEDED:
        return MMFOTA_EXIT_DONE;
    case MM_TDTECH_FOTA_OUTCOME_NOTHING_NEWER:
        return MMFOTA_EXIT_NOTHING_TO_DO;
    case MM_TDTECH_FOTA_OUTCOME_CANCELLED:
        run->error = g_error_new (MM_CORE_ERROR, MM_CORE_ERROR_CANCELLED, _("it has been cancelled"));
        return MMFOTA_EXIT_FAILED;
    default:
        error_from_result (run);
        return mmfota_output_error_exit (run->error);
    }
}

MmfotaExit
mmfota_run_method (MmfotaRun          *run,
                   const MmfotaMethod *method,
                   GVariant           *options,
                   const gchar        *transaction)
{
    g_autoptr(GVariant) owned = g_variant_ref_sink (options);
    gboolean            upgrade = FALSE;
    gulong              changed_id;

    g_variant_lookup (owned, "upgrade", "b", &upgrade);
    g_clear_pointer (&run->result, g_variant_unref);
    run->accepted = FALSE;
    run->transaction = transaction;
    if (transaction)
        run->follow = mmfota_follow_new (run->modem, transaction,
                                         upgrade ? MM_TDTECH_FOTA_EVENT_UPGRADE_SUCCEEDED : method->success,
                                         run->options->lost_after, follow_done, run);
    changed_id = g_signal_connect_swapped (run->modem, "changed", G_CALLBACK (show_progress), run);
    if (start_call (run, method, owned))
        mmfota_run_loop (run, run->options->timeout);
    g_signal_handler_disconnect (run->modem, changed_id);
    g_clear_pointer (&run->follow, mmfota_follow_free);
    mmfota_progress_clear (run->progress);

    if (run->detached)
        return MMFOTA_EXIT_DETACHED;
    if (!run->result && !mmfota_run_has_bus (run))
        return judge (run);
    return (transaction || run->error) ? judge (run) : MMFOTA_EXIT_DONE;
}

/*****************************************************************************/
/* Life cycle */

static const gint signals[MMFOTA_RUN_SIGNALS] = { SIGINT, SIGTERM, SIGHUP };

MmfotaRun *
mmfota_run_new (MmfotaModem         *modem,
                const MmfotaOptions *options)
{
    MmfotaRun *run = g_new0 (MmfotaRun, 1);
    guint      i;

    run->modem = g_object_ref (modem);
    run->options = options;
    run->loop = g_main_loop_new (NULL, FALSE);
    run->cancellable = g_cancellable_new ();
    run->closed_id = g_signal_connect_swapped (mmfota_modem_peek_connection (modem), "closed",
                                               G_CALLBACK (bus_closed), run);
    /* Lines of a log would mix with machine-readable output, the bar of a terminal does not. Verbs
     * that take seconds need neither. */
    run->progress = mmfota_progress_new (stderr,
                                         options->output == MMFOTA_OUTPUT_HUMAN &&
                                         options->verb != MMFOTA_VERB_CHECK &&
                                         options->verb != MMFOTA_VERB_CANCEL);
    /* Before anything is sent: signals from now on are handled in the loop */
    for (i = 0; i < MMFOTA_RUN_SIGNALS; i++)
        run->signal_ids[i] = g_unix_signal_add (signals[i], G_SOURCE_FUNC (interrupted), run);
    return run;
}

void
mmfota_run_free (MmfotaRun *run)
{
    guint i;

    for (i = 0; i < MMFOTA_RUN_SIGNALS; i++)
        g_source_remove (run->signal_ids[i]);
    g_signal_handler_disconnect (mmfota_modem_peek_connection (run->modem), run->closed_id);
    g_cancellable_cancel (run->cancellable);
    g_object_unref (run->cancellable);
    g_clear_pointer (&run->result, g_variant_unref);
    g_clear_error (&run->error);
    g_free (run->answer);
    g_free (run->expected);
    mmfota_progress_free (run->progress);
    g_main_loop_unref (run->loop);
    g_object_unref (run->modem);
    g_free (run);
}

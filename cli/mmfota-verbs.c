/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-verbs.h"

#include <glib-unix.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "mm-tdtech-fota-enums.h"
#include "mmfota-follow.h"
#include "mmfota-names.h"
#include "mmfota-progress.h"
#include "mmfota-status.h"
#include "mmfota-text.h"

typedef struct {
    const MmfotaOptions *options;
    MmfotaModem         *modem;
    MmfotaProgress      *progress;
    GMainLoop           *loop;
    GCancellable        *cancellable;
    const gchar         *transaction;
    MmfotaFollow        *follow;
    GVariant            *result;    /* of the transaction that was run last */
    GError              *error;     /* why there is none */
    gchar               *answer;    /* to the question */
    gboolean             accepted;
    gboolean             detached;
} Run;

/*****************************************************************************/
/* Signals and time limits */

static gboolean
interrupted (Run *run)
{
    run->detached = TRUE;
    g_main_loop_quit (run->loop);
    return G_SOURCE_CONTINUE;
}

/* Runs the loop until somebody quits it, Ctrl+C and --timeout included. */
static void
run_loop (Run   *run,
          guint  timeout)
{
    guint timeout_id = 0;

    if (timeout)
        timeout_id = g_timeout_add_seconds (timeout, G_SOURCE_FUNC (interrupted), run);
    g_main_loop_run (run->loop);
    if (timeout_id)
        g_source_remove (timeout_id);
}

/*****************************************************************************/
/* Progress */

/* Of this transaction alone: the properties may come after the reply. */
static void
show_progress (Run *run)
{
    MmGdbusModemFota *fota = mmfota_modem_peek_fota (run->modem);

    if (!run->accepted || run->result || run->error ||
        (fota && !mmfota_modem_runs (fota, run->transaction)))
        return;
    mmfota_progress_update (run->progress, fota);
}

/*****************************************************************************/
/* Calling a method */

typedef struct {
    const gchar *name;
    void      (* call)   (MmGdbusModemFota    *fota,
                          GVariant            *options,
                          GCancellable        *cancellable,
                          GAsyncReadyCallback  callback,
                          gpointer             user_data);
    gboolean  (* finish) (MmGdbusModemFota    *fota,
                          gchar              **transaction,
                          GAsyncResult        *res,
                          GError             **error);
} Method;

static gboolean
cancel_finish (MmGdbusModemFota  *fota,
               gchar            **transaction,
               GAsyncResult      *res,
               GError           **error)
{
    return mm_gdbus_modem_fota_call_cancel_finish (fota, res, error);
}

static const Method check_method = {
    "Check", mm_gdbus_modem_fota_call_check, mm_gdbus_modem_fota_call_check_finish
};
static const Method download_method = {
    "Download", mm_gdbus_modem_fota_call_download, mm_gdbus_modem_fota_call_download_finish
};
static const Method resume_method = {
    "Resume", mm_gdbus_modem_fota_call_resume, mm_gdbus_modem_fota_call_resume_finish
};
static const Method upgrade_method = {
    "Upgrade", mm_gdbus_modem_fota_call_upgrade, mm_gdbus_modem_fota_call_upgrade_finish
};
static const Method cancel_method = {
    "Cancel", mm_gdbus_modem_fota_call_cancel, cancel_finish
};

typedef struct {
    Run          *run;
    const Method *method;
} Call;

/* Without a reply the verb may have been taken all the same: the transaction's
 * id tells, once ModemManager is back. */
static gboolean
is_lost_reply (const GError *error)
{
    return g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_NO_REPLY) ||
           g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
}

static void
call_ready (MmGdbusModemFota *fota,
            GAsyncResult     *res,
            Call             *call)
{
    g_autofree Call   *owned = call;
    g_autofree gchar  *transaction = NULL;
    g_autoptr(GError)  error = NULL;
    Run               *run;

    if (!call->method->finish (fota, &transaction, res, &error)) {
        if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
            return;
        if (!is_lost_reply (error) || !call->run->follow) {
            run = call->run;
            run->error = g_steal_pointer (&error);
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
start_call (Run          *run,
            const Method *method,
            GVariant     *options)
{
    g_autoptr(GVariant)  owned = g_variant_ref_sink (options);
    MmGdbusModemFota    *fota = mmfota_modem_peek_fota (run->modem);
    Call                *call;

    if (!fota) {
        run->error = g_error_new (MM_CORE_ERROR, MM_CORE_ERROR_NOT_FOUND, "the modem is gone");
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
/* Running a transaction to its end */

static void
follow_done (GVariant     *result,
             const GError *error,
             gpointer      user_data)
{
    Run *run = user_data;

    if (result)
        run->result = g_variant_ref (result);
    else
        run->error = g_error_copy (error);
    g_main_loop_quit (run->loop);
}

static void
error_from_result (Run *run)
{
    const gchar *name = "";
    const gchar *message = "";

    g_variant_lookup (run->result, "error", "&s", &name);
    g_variant_lookup (run->result, "message", "&s", &message);
    if (!message[0])
        message = "no reason was told";
    if (g_dbus_is_interface_name (name))
        run->error = g_dbus_error_new_for_dbus_error (name, message);
    else
        run->error = g_error_new_literal (MM_CORE_ERROR, MM_CORE_ERROR_FAILED, message);
}

static MmfotaExit
judge (Run *run)
{
    guint outcome = MM_TDTECH_FOTA_OUTCOME_NONE;

    if (run->error)
        return mmfota_output_error_exit (run->error);

    g_variant_lookup (run->result, "outcome", "u", &outcome);
    switch (outcome) {
    case MM_TDTECH_FOTA_OUTCOME_SUCCEEDED:
        return MMFOTA_EXIT_DONE;
    case MM_TDTECH_FOTA_OUTCOME_NOTHING_NEWER:
        return MMFOTA_EXIT_NOTHING_TO_DO;
    case MM_TDTECH_FOTA_OUTCOME_CANCELLED:
        run->error = g_error_new (MM_CORE_ERROR, MM_CORE_ERROR_CANCELLED, "it has been cancelled");
        return MMFOTA_EXIT_FAILED;
    default:
        error_from_result (run);
        return mmfota_output_error_exit (run->error);
    }
}

/* @transaction is NULL if the method leads to none. */
static MmfotaExit
run_method (Run          *run,
            const Method *method,
            GVariant     *options,
            const gchar  *transaction)
{
    gulong changed_id;

    g_clear_pointer (&run->result, g_variant_unref);
    run->accepted = FALSE;
    run->transaction = transaction;
    if (transaction)
        run->follow = mmfota_follow_new (run->modem, transaction,
                                         method == &download_method || method == &resume_method,
                                         run->options->lost_after, follow_done, run);
    changed_id = g_signal_connect_swapped (run->modem, "changed", G_CALLBACK (show_progress), run);
    if (start_call (run, method, options))
        run_loop (run, run->options->timeout);
    g_signal_handler_disconnect (run->modem, changed_id);
    g_clear_pointer (&run->follow, mmfota_follow_free);
    mmfota_progress_clear (run->progress);

    if (run->detached)
        return MMFOTA_EXIT_DETACHED;
    return (transaction || run->error) ? judge (run) : MMFOTA_EXIT_DONE;
}

/*****************************************************************************/
/* Options of a method */

static void
copy_options (const MmfotaOptions *options,
              const gchar *const  *keys,
              GVariantDict        *dict)
{
    for (; *keys; keys++) {
        g_autoptr(GVariant) value = g_variant_lookup_value (options->method_options, *keys, NULL);

        if (value)
            g_variant_dict_insert_value (dict, *keys, value);
    }
}

static const gchar *const server_keys[] = {
    "tls-ca", "tls-certificate", "tls-key", "tls-verify", "allow-roaming", NULL
};
static const gchar *const upgrade_keys[] = {
    "allow-downgrade", "delay", "wait", "hang-up-calls", NULL
};

/* An id of our own: known before the reply, and so never missed in a result. */
static gchar *
new_transaction (const gchar *wanted)
{
    g_autofree gchar *uuid = NULL;

    if (wanted)
        return g_strdup (wanted);
    uuid = g_uuid_string_random ();
    return g_strconcat ("mmfota-", uuid, NULL);
}

static GVariant *
build_options (Run         *run,
               const gchar *transaction,
               const gchar *url,
               const gchar *expect_version,
               gboolean     server,
               gboolean     upgrade)
{
    g_autoptr(GVariantDict) dict = g_variant_dict_new (NULL);

    g_variant_dict_insert (dict, "transaction", "s", transaction);
    if (url)
        g_variant_dict_insert (dict, "url", "s", url);
    if (expect_version)
        g_variant_dict_insert (dict, "expect-version", "s", expect_version);
    if (server)
        copy_options (run->options, server_keys, dict);
    if (upgrade)
        copy_options (run->options, upgrade_keys, dict);
    if (server && upgrade)
        g_variant_dict_insert (dict, "upgrade", "b", TRUE);
    return g_variant_dict_end (dict);
}

/*****************************************************************************/
/* The offer */

/* NULL if nothing is known. */
static gchar *
dup_offered (Run         *run,
             const gchar *key)
{
    MmGdbusModemFota *fota = mmfota_modem_peek_fota (run->modem);
    GVariant         *update = fota ? mm_gdbus_modem_fota_get_update (fota) : NULL;
    gchar            *value = NULL;

    if (update && g_variant_lookup (update, key, "s", &value) && !value[0])
        g_clear_pointer (&value, g_free);
    return value;
}

static gboolean
is_downgrade (Run *run)
{
    MmGdbusModemFota *fota = mmfota_modem_peek_fota (run->modem);
    GVariant         *update = fota ? mm_gdbus_modem_fota_get_update (fota) : NULL;
    gboolean          downgrade = FALSE;

    if (update)
        g_variant_lookup (update, "downgrade", "b", &downgrade);
    return downgrade;
}

static gchar *
dup_offered_size (Run *run)
{
    MmGdbusModemFota *fota = mmfota_modem_peek_fota (run->modem);
    GVariant         *update = fota ? mm_gdbus_modem_fota_get_update (fota) : NULL;
    guint64           size = 0;

    if (update && g_variant_lookup (update, "size", "t", &size) && size)
        return mmfota_text_size (size);
    return NULL;
}

static gchar *
dup_running_version (Run *run)
{
    MmGdbusModemFota *fota = mmfota_modem_peek_fota (run->modem);
    const gchar      *version = fota ? mm_gdbus_modem_fota_get_version (fota) : NULL;

    return mmfota_text_printable (version && version[0] ? version : "unknown");
}

/*****************************************************************************/
/* The question */

gboolean
mmfota_verbs_may_ask (const MmfotaOptions  *options,
                      GError              **error)
{
    gboolean asks = options->verb == MMFOTA_VERB_UPGRADE ||
                    options->verb == MMFOTA_VERB_UPDATE ||
                    options->upgrade;

    if (!asks || options->yes || isatty (STDIN_FILENO))
        return TRUE;
    g_set_error (error, MM_CORE_ERROR, MM_CORE_ERROR_ABORTED,
                 "an upgrade has to be confirmed, and stdin is no terminal: give --yes");
    return FALSE;
}

static gboolean
read_answer (gint          fd,
             GIOCondition  condition,
             Run          *run)
{
    gchar  buffer[256];
    gssize length = read (fd, buffer, sizeof (buffer) - 1);

    buffer[MAX (length, 0)] = '\0';
    run->answer = g_strstrip (g_strdup (buffer));
    g_main_loop_quit (run->loop);
    return G_SOURCE_REMOVE;
}

static gboolean
is_yes (const gchar *answer)
{
    return answer && (g_ascii_strcasecmp (answer, "y") == 0 || g_ascii_strcasecmp (answer, "yes") == 0);
}

/* On stderr: stdout may be read by a machine. */
static void
print_question (Run         *run,
                const gchar *version)
{
    g_autofree gchar *model = mmfota_text_printable (mmfota_modem_get_model (run->modem));
    g_autofree gchar *from = dup_running_version (run);
    g_autofree gchar *to = mmfota_text_printable (version ? version : "unknown");
    g_autofree gchar *size = dup_offered_size (run);

    g_printerr ("Firmware upgrade of modem %s%s%s%s\n", mmfota_modem_get_index (run->modem),
                model[0] ? " (" : "", model, model[0] ? ")" : "");
    g_printerr ("  from: %s\n", from);
    g_printerr ("    to: %s%s\n", to, is_downgrade (run) ? " (older)" : "");
    g_printerr ("  size: %s\n", size ? size : "unknown");
    g_printerr ("Data connections will be interrupted, and the module reboots: do not unplug it.\n");
    g_printerr ("Upgrade? [y/N] ");
}

static gboolean
confirm (Run         *run,
         const gchar *version)
{
    guint id;

    if (run->options->yes)
        return TRUE;

    print_question (run, version);
    id = g_unix_fd_add (STDIN_FILENO, G_IO_IN | G_IO_HUP | G_IO_ERR, (GUnixFDSourceFunc) read_answer, run);
    run_loop (run, 0);
    if (!run->answer) {
        g_source_remove (id);
        g_printerr ("\n");
    }
    /* Nothing runs that one could be detached from. */
    run->detached = FALSE;
    if (is_yes (run->answer))
        return TRUE;
    run->error = g_error_new (MM_CORE_ERROR, MM_CORE_ERROR_ABORTED, "it was not confirmed");
    return FALSE;
}

/*****************************************************************************/
/* The verbs */

static gboolean
require_state (Run         *run,
               guint        wanted,
               const gchar *advice)
{
    MmGdbusModemFota *fota = mmfota_modem_peek_fota (run->modem);
    guint             state = fota ? mm_gdbus_modem_fota_get_state (fota) : MM_TDTECH_FOTA_STATE_UNKNOWN;

    if (state == wanted)
        return TRUE;
    run->error = g_error_new (MM_CORE_ERROR, MM_CORE_ERROR_WRONG_STATE, "the state is '%s': %s",
                              mmfota_names_state (state), advice);
    return FALSE;
}

static gchar *
dup_url (Run *run)
{
    gchar *url;

    if (run->options->url)
        return g_strdup (run->options->url);
    url = dup_offered (run, "url");
    if (!url)
        run->error = g_error_new (MM_CORE_ERROR, MM_CORE_ERROR_INVALID_ARGS,
                                  "no server is known yet: give its URL");
    return url;
}

static MmfotaExit
run_check (Run *run)
{
    g_autofree gchar *transaction = new_transaction (run->options->transaction);
    g_autofree gchar *url = dup_url (run);

    if (!url)
        return MMFOTA_EXIT_FAILED;
    return run_method (run, &check_method,
                       build_options (run, transaction, url, NULL, TRUE, FALSE), transaction);
}

static MmfotaExit
run_download (Run *run)
{
    static const gchar *const  keys[] = { "allow-downgrade", NULL };
    g_autofree gchar          *transaction = new_transaction (run->options->transaction);
    g_autofree gchar          *url = dup_url (run);
    g_autoptr(GVariant)        options = NULL;
    g_autoptr(GVariantDict)    dict = NULL;

    if (!url)
        return MMFOTA_EXIT_FAILED;
    options = g_variant_ref_sink (build_options (run, transaction, url, run->options->expect_version, TRUE, FALSE));
    dict = g_variant_dict_new (options);
    copy_options (run->options, keys, dict);
    return run_method (run, &download_method, g_variant_dict_end (dict), transaction);
}

static MmfotaExit
run_resume (Run *run)
{
    g_autofree gchar *transaction = new_transaction (run->options->transaction);
    g_autofree gchar *version = g_strdup (run->options->expect_version);

    if (run->options->upgrade && !run->options->yes) {
        if (!require_state (run, MM_TDTECH_FOTA_STATE_SUSPENDED, "there is nothing to resume"))
            return MMFOTA_EXIT_FAILED;
        if (!version)
            version = dup_offered (run, "version");
        if (!confirm (run, version))
            return MMFOTA_EXIT_FAILED;
    }
    return run_method (run, &resume_method,
                       build_options (run, transaction, run->options->url, version, TRUE, run->options->upgrade),
                       transaction);
}

static MmfotaExit
run_upgrade (Run *run)
{
    g_autofree gchar *transaction = new_transaction (run->options->transaction);
    g_autofree gchar *version = g_strdup (run->options->expect_version);

    if (!run->options->yes) {
        if (!require_state (run, MM_TDTECH_FOTA_STATE_DOWNLOADED, "download first, or use --update"))
            return MMFOTA_EXIT_FAILED;
        if (!version)
            version = dup_offered (run, "version");
        if (!confirm (run, version))
            return MMFOTA_EXIT_FAILED;
    }
    return run_method (run, &upgrade_method,
                       build_options (run, transaction, NULL, version, FALSE, TRUE), transaction);
}

/* What the server offers must be what may be installed, before anybody is asked. */
static gchar *
accept_offer (Run *run)
{
    g_autofree gchar *version = dup_offered (run, "version");
    g_autofree gchar *printable = NULL;

    if (!version) {
        run->error = g_error_new (MM_CORE_ERROR, MM_CORE_ERROR_FAILED, "the server's offer names no version");
        return NULL;
    }
    printable = mmfota_text_printable (version);
    if (run->options->expect_version && !g_str_equal (version, run->options->expect_version)) {
        g_autofree gchar *message = NULL;

        message = g_strdup_printf ("the server offers version '%s', not '%s'",
                                   printable, run->options->expect_version);
        run->error = g_dbus_error_new_for_dbus_error (MM_TDTECH_FOTA_DBUS_ERROR_PREFIX "OtherVersionOffered", message);
        return NULL;
    }
    if (is_downgrade (run) && !run->options->allow_downgrade) {
        run->error = g_error_new (MM_CORE_ERROR, MM_CORE_ERROR_ABORTED,
                                  "version '%s' is older than what runs: --allow-downgrade accepts it", printable);
        return NULL;
    }
    return g_steal_pointer (&version);
}

static MmfotaExit
run_update (Run *run)
{
    g_autofree gchar *check_transaction = new_transaction (NULL);
    g_autofree gchar *transaction = new_transaction (run->options->transaction);
    g_autofree gchar *url = dup_url (run);
    g_autofree gchar *version = NULL;
    MmfotaExit        status;

    if (!url)
        return MMFOTA_EXIT_FAILED;
    status = run_method (run, &check_method,
                         build_options (run, check_transaction, url, NULL, TRUE, FALSE), check_transaction);
    if (status != MMFOTA_EXIT_DONE)
        return status;

    version = accept_offer (run);
    if (!version || !confirm (run, version))
        return MMFOTA_EXIT_FAILED;
    return run_method (run, &download_method,
                       build_options (run, transaction, url, version, TRUE, TRUE), transaction);
}

static gboolean
is_wrong_state (const GError *error)
{
    g_autofree gchar *name = mmfota_output_error_name (error);

    return g_str_has_suffix (name, ".Core.WrongState");
}

static MmfotaExit
run_cancel (Run *run)
{
    MmGdbusModemFota *fota = mmfota_modem_peek_fota (run->modem);
    g_autofree gchar *transaction = mm_gdbus_modem_fota_dup_transaction (fota);
    MmfotaExit        status;

    status = run_method (run, &cancel_method, g_variant_new ("a{sv}", NULL),
                         transaction && transaction[0] ? transaction : NULL);
    if (run->detached || status == MMFOTA_EXIT_DONE) {
        /* An end of another kind came first. */
        if (run->result)
            run->error = g_error_new (MM_CORE_ERROR, MM_CORE_ERROR_WRONG_STATE, "it had succeeded before");
        return run->error ? MMFOTA_EXIT_FAILED : status;
    }
    if (run->result && run->error->domain == MM_CORE_ERROR && run->error->code == MM_CORE_ERROR_CANCELLED) {
        g_clear_error (&run->error);
        return MMFOTA_EXIT_DONE;
    }
    fota = mmfota_modem_peek_fota (run->modem);
    if (!run->accepted && is_wrong_state (run->error) && fota &&
        mm_gdbus_modem_fota_get_state (fota) < MM_TDTECH_FOTA_STATE_PAUSING_DATA) {
        g_clear_error (&run->error);
        return MMFOTA_EXIT_NOTHING_TO_DO;
    }
    return status;
}

/*****************************************************************************/
/* What is told at the end */

static gchar *
dup_from_result (Run         *run,
                 const gchar *key)
{
    const gchar *value = "";

    if (run->result)
        g_variant_lookup (run->result, key, "&s", &value);
    return mmfota_text_printable (value[0] ? value : "unknown");
}

static void
print_success (Run *run)
{
    g_autofree gchar *from = dup_from_result (run, "from");
    g_autofree gchar *to = dup_from_result (run, "to");
    g_autofree gchar *size = dup_offered_size (run);

    switch (run->options->verb) {
    case MMFOTA_VERB_CHECK:
        g_print ("successfully checked for firmware: version %s%s%s%s is available%s\n",
                 to, size ? " (" : "", size ? size : "", size ? ")" : "",
                 is_downgrade (run) ? ", it is older" : "");
        return;
    case MMFOTA_VERB_CANCEL:
        g_print (run->result ? "successfully cancelled\n" : "successfully discarded what had been downloaded\n");
        return;
    case MMFOTA_VERB_RESUME:
    case MMFOTA_VERB_DOWNLOAD:
        if (!run->options->upgrade) {
            g_print ("successfully downloaded firmware version %s\n", to);
            return;
        }
        break;
    case MMFOTA_VERB_UPGRADE:
    case MMFOTA_VERB_UPDATE:
    case MMFOTA_VERB_STATUS:
    case MMFOTA_VERB_LIST:
    case MMFOTA_VERB_MONITOR:
    case MMFOTA_VERB_EVENTS:
    default:
        break;
    }
    g_print ("successfully upgraded the firmware from version %s to %s\n", from, to);
}

static void
print_nothing_to_do (Run *run)
{
    g_autofree gchar *version = dup_running_version (run);

    if (run->options->verb == MMFOTA_VERB_CANCEL)
        g_print ("nothing to do: nothing runs that could be cancelled\n");
    else
        g_print ("nothing to do: the server has nothing newer than version %s\n", version);
}

static void
print_detached (Run *run)
{
    MmGdbusModemFota *fota = mmfota_modem_peek_fota (run->modem);
    const gchar      *index = mmfota_modem_get_index (run->modem);

    if (!run->accepted)
        g_printerr ("detached: the request is under way and may still be taken\n");
    else if (fota && mm_gdbus_modem_fota_get_interruptible (fota))
        g_printerr ("detached: the module goes on\n");
    else {
        g_printerr ("detached: the module goes on and cannot be stopped any more, do not unplug it\n");
        g_printerr ("'mmfota -m %s --monitor' shows what it does\n", index);
        return;
    }
    g_printerr ("'mmfota -m %s --monitor' shows what it does, 'mmfota -m %s --cancel' stops it\n", index, index);
}

static void
print_end (Run        *run,
           MmfotaExit  status)
{
    const gchar *phrase = mmfota_options_verb_phrase (run->options->verb);
    gboolean     human = run->options->output == MMFOTA_OUTPUT_HUMAN;

    if (status == MMFOTA_EXIT_DETACHED) {
        print_detached (run);
        run->error = g_error_new (MM_CORE_ERROR, MM_CORE_ERROR_ABORTED, "detached: the module goes on");
    } else if (run->error)
        mmfota_output_error_print (phrase, run->error);
    else if (human && status == MMFOTA_EXIT_DONE)
        print_success (run);
    else if (human)
        print_nothing_to_do (run);

    if (!human) {
        g_autoptr(JsonObject) tree = NULL;

        tree = mmfota_status_to_tree (mmfota_modem_get_path (run->modem), mmfota_modem_peek_fota (run->modem));
        if (run->error)
            mmfota_output_error_add (tree, run->error);
        mmfota_output_print (run->options->output, tree);
    }
}

/*****************************************************************************/
/* Entry */

static gboolean
is_fresh (Run *run)
{
    MmGdbusModemFota    *fota = mmfota_modem_peek_fota (run->modem);
    g_autoptr(GVariant)  result = mmfota_modem_dup_result (fota, run->options->transaction);

    if (!result && !mmfota_modem_runs (fota, run->options->transaction))
        return TRUE;
    run->error = g_error_new (MM_CORE_ERROR, MM_CORE_ERROR_EXISTS,
                              "transaction '%s' exists already: choose another id", run->options->transaction);
    return FALSE;
}

static MmfotaExit
run_verb (Run *run)
{
    if (!is_fresh (run))
        return MMFOTA_EXIT_FAILED;

    switch (run->options->verb) {
    case MMFOTA_VERB_CHECK:
        return run_check (run);
    case MMFOTA_VERB_DOWNLOAD:
        return run_download (run);
    case MMFOTA_VERB_RESUME:
        return run_resume (run);
    case MMFOTA_VERB_UPGRADE:
        return run_upgrade (run);
    case MMFOTA_VERB_UPDATE:
        return run_update (run);
    case MMFOTA_VERB_CANCEL:
        return run_cancel (run);
    case MMFOTA_VERB_STATUS:
    case MMFOTA_VERB_LIST:
    case MMFOTA_VERB_MONITOR:
    case MMFOTA_VERB_EVENTS:
    default:
        g_return_val_if_reached (MMFOTA_EXIT_FAILED);
    }
}

MmfotaExit
mmfota_verbs_run (MmfotaModem          *modem,
                  const MmfotaOptions  *options,
                  GError              **error)
{
    static const gint signals[] = { SIGINT, SIGTERM, SIGHUP };
    guint             ids[G_N_ELEMENTS (signals)];
    Run               run = { .options = options, .modem = modem };
    MmfotaExit        status;
    guint             i;

    run.loop = g_main_loop_new (NULL, FALSE);
    run.cancellable = g_cancellable_new ();
    /* Plain lines would mix with machine-readable output, a terminal's bar not */
    run.progress = mmfota_progress_new (stderr, options->output == MMFOTA_OUTPUT_HUMAN);
    /* Before anything is sent: what comes then is met in the loop. */
    for (i = 0; i < G_N_ELEMENTS (signals); i++)
        ids[i] = g_unix_signal_add (signals[i], G_SOURCE_FUNC (interrupted), &run);

    status = run_verb (&run);
    print_end (&run, status);

    for (i = 0; i < G_N_ELEMENTS (signals); i++)
        g_source_remove (ids[i]);
    g_cancellable_cancel (run.cancellable);
    g_object_unref (run.cancellable);
    g_clear_pointer (&run.result, g_variant_unref);
    g_clear_error (&run.error);
    g_free (run.answer);
    mmfota_progress_free (run.progress);
    g_main_loop_unref (run.loop);
    return status;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-verbs.h"

#include <glib-unix.h>
#include <unistd.h>

#include "mm-tdtech-fota-enums.h"
#include "mmfota-error.h"
#include "mmfota-names.h"
#include "mmfota-run.h"
#include "mmfota-status.h"
#include "mmfota-text.h"
#include "mmfota-tree.h"

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
build_options (MmfotaRun   *run,
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
dup_offered (MmfotaRun   *run,
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
is_downgrade (MmfotaRun *run)
{
    MmGdbusModemFota *fota = mmfota_modem_peek_fota (run->modem);
    GVariant         *update = fota ? mm_gdbus_modem_fota_get_update (fota) : NULL;
    gboolean          downgrade = FALSE;

    if (update)
        g_variant_lookup (update, "downgrade", "b", &downgrade);
    return downgrade;
}

static gchar *
dup_offered_size (MmfotaRun *run)
{
    MmGdbusModemFota *fota = mmfota_modem_peek_fota (run->modem);
    GVariant         *update = fota ? mm_gdbus_modem_fota_get_update (fota) : NULL;
    guint64           size = 0;

    if (update && g_variant_lookup (update, "size", "t", &size) && size)
        return mmfota_text_size (size);
    return NULL;
}

static gchar *
dup_running_version (MmfotaRun *run)
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
             MmfotaRun    *run)
{
    gchar  buffer[256];
    gssize length = read (fd, buffer, sizeof (buffer) - 1);

    buffer[MAX (length, 0)] = '\0';
    /* The end of input leaves the cursor behind the question. */
    if (!strchr (buffer, '\n'))
        g_printerr ("\n");
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
print_question (MmfotaRun   *run,
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
confirm (MmfotaRun   *run,
         const gchar *version)
{
    guint id;

    if (run->options->yes)
        return TRUE;

    print_question (run, version);
    id = g_unix_fd_add (STDIN_FILENO, G_IO_IN | G_IO_HUP | G_IO_ERR, (GUnixFDSourceFunc) read_answer, run);
    mmfota_run_loop (run, 0);
    if (!run->answer) {
        g_source_remove (id);
        g_printerr ("\n");
    }
    /* Nothing runs that one could be detached from. */
    run->detached = FALSE;
    if (is_yes (run->answer))
        return TRUE;
    run->error = g_error_new (MM_CORE_ERROR, MM_CORE_ERROR_ABORTED, "it was not confirmed");
    run->declined = TRUE;
    return FALSE;
}

/*****************************************************************************/
/* The verbs */

static gboolean
require_state (MmfotaRun   *run,
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
dup_url (MmfotaRun *run)
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
run_check (MmfotaRun *run)
{
    g_autofree gchar *transaction = new_transaction (run->options->transaction);
    g_autofree gchar *url = dup_url (run);

    if (!url)
        return MMFOTA_EXIT_FAILED;
    return mmfota_run_method (run, &mmfota_run_check,
                              build_options (run, transaction, url, NULL, TRUE, FALSE), transaction);
}

static MmfotaExit
run_download (MmfotaRun *run)
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
    return mmfota_run_method (run, &mmfota_run_download, g_variant_dict_end (dict), transaction);
}

static MmfotaExit
run_resume (MmfotaRun *run)
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
    return mmfota_run_method (run, &mmfota_run_resume,
                              build_options (run, transaction, run->options->url, version, TRUE, run->options->upgrade),
                              transaction);
}

static MmfotaExit
run_upgrade (MmfotaRun *run)
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
    return mmfota_run_method (run, &mmfota_run_upgrade,
                              build_options (run, transaction, NULL, version, FALSE, TRUE), transaction);
}

/* What the server offers must be what may be installed, before anybody is asked. */
static gchar *
accept_offer (MmfotaRun *run)
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
run_update (MmfotaRun *run)
{
    g_autofree gchar *check_transaction = new_transaction (NULL);
    g_autofree gchar *transaction = new_transaction (run->options->transaction);
    g_autofree gchar *url = dup_url (run);
    g_autofree gchar *version = NULL;
    MmfotaExit        status;

    if (!url)
        return MMFOTA_EXIT_FAILED;
    status = mmfota_run_method (run, &mmfota_run_check,
                                build_options (run, check_transaction, url, NULL, TRUE, FALSE), check_transaction);
    if (status != MMFOTA_EXIT_DONE)
        return status;

    version = accept_offer (run);
    if (!version || !confirm (run, version))
        return MMFOTA_EXIT_FAILED;
    return mmfota_run_method (run, &mmfota_run_download,
                              build_options (run, transaction, url, version, TRUE, TRUE), transaction);
}

static gboolean
is_wrong_state (const GError *error)
{
    g_autofree gchar *name = mmfota_error_name (error);

    return g_str_has_suffix (name, ".Core.WrongState");
}

/* Cancel's own answer, and the end of what was to be cancelled: another end may
 * have come first. */
static MmfotaExit
judge_cancel (MmfotaRun  *run,
              MmfotaExit  status)
{
    MmGdbusModemFota *fota = mmfota_modem_peek_fota (run->modem);

    switch (mmfota_run_outcome (run)) {
    case MM_TDTECH_FOTA_OUTCOME_CANCELLED:
        g_clear_error (&run->error);
        return MMFOTA_EXIT_DONE;
    case MM_TDTECH_FOTA_OUTCOME_SUCCEEDED:
        run->error = g_error_new (MM_CORE_ERROR, MM_CORE_ERROR_WRONG_STATE, "it had succeeded before");
        return MMFOTA_EXIT_FAILED;
    case MM_TDTECH_FOTA_OUTCOME_NONE:
        break;
    default:
        return status;
    }
    if (run->error && !run->accepted && is_wrong_state (run->error) && fota &&
        mm_gdbus_modem_fota_get_state (fota) < MM_TDTECH_FOTA_STATE_PAUSING_DATA) {
        g_clear_error (&run->error);
        return MMFOTA_EXIT_NOTHING_TO_DO;
    }
    return status;
}

static MmfotaExit
run_cancel (MmfotaRun *run)
{
    MmGdbusModemFota *fota = mmfota_modem_peek_fota (run->modem);
    g_autofree gchar *transaction = fota ? mm_gdbus_modem_fota_dup_transaction (fota) : NULL;
    MmfotaExit        status;

    status = mmfota_run_method (run, &mmfota_run_cancel, g_variant_new ("a{sv}", NULL),
                                transaction && transaction[0] ? transaction : NULL);
    return run->detached ? status : judge_cancel (run, status);
}

/*****************************************************************************/
/* What is told at the end */

static gchar *
dup_from_result (MmfotaRun   *run,
                 const gchar *key)
{
    const gchar *value = "";

    if (run->result)
        g_variant_lookup (run->result, key, "&s", &value);
    return mmfota_text_printable (value[0] ? value : "unknown");
}

static void
print_success (MmfotaRun *run)
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
print_nothing_to_do (MmfotaRun *run)
{
    g_autofree gchar *version = dup_running_version (run);

    if (run->options->verb == MMFOTA_VERB_CANCEL)
        g_print ("nothing to do: nothing runs that could be cancelled\n");
    else
        g_print ("nothing to do: the server has nothing newer than version %s\n", version);
}

static void
print_detached (MmfotaRun *run)
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
print_end (MmfotaRun  *run,
           MmfotaExit  status)
{
    const gchar *phrase = mmfota_options_verb_phrase (run->options->verb);
    gboolean     human = run->options->output == MMFOTA_OUTPUT_HUMAN;

    if (status == MMFOTA_EXIT_DETACHED) {
        print_detached (run);
        run->error = g_error_new (MM_CORE_ERROR, MM_CORE_ERROR_ABORTED, "detached: the module goes on");
    } else if (run->declined)
        g_printerr ("not upgraded: %s\n", run->error->message);
    else if (run->error)
        mmfota_output_error_print (phrase, run->error);
    else if (human && status == MMFOTA_EXIT_DONE)
        print_success (run);
    else if (human)
        print_nothing_to_do (run);

    if (!human) {
        g_autoptr(JsonObject) tree = NULL;

        tree = mmfota_status_to_tree (mmfota_modem_get_path (run->modem), mmfota_modem_peek_fota (run->modem));
        if (run->error)
            mmfota_tree_add_error (tree, run->error);
        mmfota_output_print (run->options->output, tree);
    }
}

/*****************************************************************************/
/* Entry */

static gboolean
is_fresh (MmfotaRun *run)
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
run_verb (MmfotaRun *run)
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
    MmfotaRun  *run = mmfota_run_new (modem, options);
    MmfotaExit  status;

    status = run_verb (run);
    print_end (run, status);
    mmfota_run_free (run);
    return status;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-verbs.h"

#include <unistd.h>

#include <glib/gi18n.h>

#include "mm-tdtech-fota-enums.h"
#include "mmfota-error.h"
#include "mmfota-names.h"
#include "mmfota-offer.h"
#include "mmfota-run.h"
#include "mmfota-status.h"
#include "mmfota-text.h"
#include "mmfota-tree.h"

#define WRONG_STATE "org.freedesktop.ModemManager1.Error.Core.WrongState"

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
static const gchar *const downgrade_keys[] = { "allow-downgrade", NULL };
static const gchar *const upgrade_keys[] = {
    "allow-downgrade", "delay", "wait", "hang-up-calls", NULL
};

/* A new id: known before the reply, so that the result cannot be missed */
gchar *
mmfota_verbs_new_transaction (const gchar *wanted)
{
    g_autofree gchar *uuid = NULL;

    if (wanted)
        return g_strdup (wanted);
    uuid = g_uuid_string_random ();
    return g_strconcat ("mmfota-", uuid, NULL);
}

GVariant *
mmfota_verbs_build_options (MmfotaRun   *run,
                            const gchar *transaction,
                            const gchar *url,
                            const gchar *expect_version,
                            MmfotaKeys   keys)
{
    g_autoptr(GVariantDict) dict = g_variant_dict_new (NULL);

    g_variant_dict_insert (dict, "transaction", "s", transaction);
    if (url)
        g_variant_dict_insert (dict, "url", "s", url);
    if (expect_version)
        g_variant_dict_insert (dict, "expect-version", "s", expect_version);
    if (keys & MMFOTA_KEYS_SERVER)
        copy_options (run->options, server_keys, dict);
    if (keys & MMFOTA_KEYS_DOWNGRADE)
        copy_options (run->options, downgrade_keys, dict);
    if (keys & MMFOTA_KEYS_UPGRADE)
        copy_options (run->options, upgrade_keys, dict);
    if ((keys & MMFOTA_KEYS_SERVER) && (keys & MMFOTA_KEYS_UPGRADE))
        g_variant_dict_insert (dict, "upgrade", "b", TRUE);
    g_free (run->expected);
    run->expected = g_strdup (expect_version);
    return g_variant_dict_end (dict);
}

/*****************************************************************************/
/* Whether the user can be asked */

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
                 _("an upgrade has to be confirmed, and stdin is no terminal: give --yes"));
    return FALSE;
}

/*****************************************************************************/
/* The verbs */

static gboolean
require_state (MmfotaRun *run,
               guint      wanted)
{
    MmGdbusModemFota *fota = mmfota_modem_peek_fota (run->modem);
    guint             state = fota ? mm_gdbus_modem_fota_get_state (fota) : MM_TDTECH_FOTA_STATE_UNKNOWN;

    if (state == wanted)
        return TRUE;
    run->error = g_dbus_error_new_for_dbus_error (WRONG_STATE, mmfota_names_state_label (state));
    return FALSE;
}

/* Asks the user, unless told not to: whether to install @version, or else what is offered */
static gboolean
confirm_version (MmfotaRun  *run,
                 guint       wanted_state,
                 gchar     **version)
{
    if (run->options->yes)
        return TRUE;
    if (!require_state (run, wanted_state))
        return FALSE;
    if (!*version)
        *version = mmfota_offer_dup_version (run);
    return mmfota_offer_confirm (run, *version);
}

static MmfotaExit
run_check (MmfotaRun *run)
{
    g_autofree gchar *transaction = mmfota_verbs_new_transaction (run->options->transaction);
    g_autofree gchar *url = mmfota_offer_dup_server (run);

    if (!url)
        return MMFOTA_EXIT_FAILED;
    return mmfota_run_method (run, &mmfota_run_check,
                              mmfota_verbs_build_options (run, transaction, url, NULL, MMFOTA_KEYS_SERVER),
                              transaction);
}

static MmfotaExit
run_download (MmfotaRun *run)
{
    g_autofree gchar *transaction = mmfota_verbs_new_transaction (run->options->transaction);
    g_autofree gchar *url = mmfota_offer_dup_server (run);

    if (!url)
        return MMFOTA_EXIT_FAILED;
    return mmfota_run_method (run, &mmfota_run_download,
                              mmfota_verbs_build_options (run, transaction, url, run->options->expect_version,
                                                          MMFOTA_KEYS_SERVER | MMFOTA_KEYS_DOWNGRADE),
                              transaction);
}

/* If nothing is suspended, leave the error to the daemon: it helps more than one about an unknown
 * server */
static gboolean
check_resumed_server (MmfotaRun *run)
{
    MmGdbusModemFota *fota = mmfota_modem_peek_fota (run->modem);
    g_autofree gchar *url = NULL;

    if (!fota || mm_gdbus_modem_fota_get_state (fota) != MM_TDTECH_FOTA_STATE_SUSPENDED)
        return TRUE;
    url = mmfota_offer_dup_server (run);
    return !!url;
}

static MmfotaExit
run_resume (MmfotaRun *run)
{
    g_autofree gchar *transaction = mmfota_verbs_new_transaction (run->options->transaction);
    g_autofree gchar *version = g_strdup (run->options->expect_version);
    MmfotaKeys        keys = MMFOTA_KEYS_SERVER | (run->options->upgrade ? MMFOTA_KEYS_UPGRADE : 0);

    if (!check_resumed_server (run))
        return MMFOTA_EXIT_FAILED;
    if (run->options->upgrade && !confirm_version (run, MM_TDTECH_FOTA_STATE_SUSPENDED, &version))
        return MMFOTA_EXIT_FAILED;
    return mmfota_run_method (run, &mmfota_run_resume,
                              mmfota_verbs_build_options (run, transaction, run->options->url, version, keys),
                              transaction);
}

MmfotaExit
mmfota_verbs_install (MmfotaRun   *run,
                      const gchar *transaction,
                      const gchar *version)
{
    return mmfota_run_method (run, &mmfota_run_upgrade,
                              mmfota_verbs_build_options (run, transaction, NULL, version, MMFOTA_KEYS_UPGRADE),
                              transaction);
}

static MmfotaExit
run_upgrade (MmfotaRun *run)
{
    g_autofree gchar *transaction = mmfota_verbs_new_transaction (run->options->transaction);
    g_autofree gchar *version = g_strdup (run->options->expect_version);

    if (!confirm_version (run, MM_TDTECH_FOTA_STATE_DOWNLOADED, &version))
        return MMFOTA_EXIT_FAILED;
    return mmfota_verbs_install (run, transaction, version);
}

static gboolean
is_wrong_state (const GError *error)
{
    g_autofree gchar *name = mmfota_error_name (error);

    return g_str_equal (name, WRONG_STATE);
}

/* The transaction may have ended otherwise before Cancel took effect */
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
        run->error = g_error_new (MM_CORE_ERROR, MM_CORE_ERROR_WRONG_STATE, _("it had already succeeded"));
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
/* Output at the end */

static gchar *
dup_from_result (MmfotaRun   *run,
                 const gchar *key)
{
    const gchar *value = "";

    if (run->result)
        g_variant_lookup (run->result, key, "&s", &value);
    return mmfota_text_printable (value[0] ? value : _("unknown"));
}

static void
print_success (MmfotaRun *run)
{
    g_autofree gchar *from = dup_from_result (run, "from");
    g_autofree gchar *to = dup_from_result (run, "to");
    g_autofree gchar *size = mmfota_offer_dup_size (run);
    g_autofree gchar *sized = size ? g_strdup_printf ("%s (%s)", to, size) : g_strdup (to);

    if (run->options->verb == MMFOTA_VERB_CHECK && mmfota_offer_is_older (run))
        g_print (_("successfully checked for firmware: version %s is available, it is older\n"), sized);
    else if (run->options->verb == MMFOTA_VERB_CHECK)
        g_print (_("successfully checked for firmware: version %s is available\n"), sized);
    else if (run->options->verb == MMFOTA_VERB_CANCEL)
        g_print ("%s", run->result ? _("successfully cancelled\n") : _("successfully discarded what had been downloaded\n"));
    else if ((run->options->verb == MMFOTA_VERB_RESUME || run->options->verb == MMFOTA_VERB_DOWNLOAD) &&
             !run->options->upgrade)
        g_print (_("successfully downloaded firmware version %s\n"), to);
    else
        g_print (_("successfully upgraded the firmware from version %s to %s\n"), from, to);
}

static void
print_nothing_to_do (MmfotaRun *run)
{
    g_autofree gchar *running = mmfota_offer_dup_running (run);
    g_autofree gchar *version = mmfota_text_printable (running ? running : _("unknown"));

    if (run->options->verb == MMFOTA_VERB_CANCEL)
        g_print (_("nothing to do: nothing is running that could be cancelled\n"));
    else
        g_print (_("nothing to do: the server has nothing newer than version %s; %s\n"), version,
                 mmfota_advice_nothing_newer ());
}

static void
print_detached (MmfotaRun *run)
{
    MmGdbusModemFota *fota = mmfota_modem_peek_fota (run->modem);
    const gchar      *name = mmfota_modem_get_name (run->modem);

    if (!run->accepted)
        g_printerr (_("detached: the request is under way and may still be accepted\n"));
    else if (!fota)
        g_printerr (_("detached: the module is away, do not unplug it\n"));
    else if (mm_gdbus_modem_fota_get_interruptible (fota))
        g_printerr (_("detached: the module continues\n"));
    else
        g_printerr (_("detached: the module continues and can no longer be stopped, do not unplug it\n"));

    if (run->accepted && (!fota || !mm_gdbus_modem_fota_get_interruptible (fota)))
        g_printerr (_("'mmfota -m %s --monitor' shows its progress\n"), name);
    else
        g_printerr (_("'mmfota -m %s --monitor' shows its progress, 'mmfota -m %s --cancel' stops it\n"), name, name);
}

static void
speak_own_words (MmfotaRun *run)
{
    MmGdbusModemFota *fota = mmfota_modem_peek_fota (run->modem);
    g_autofree gchar *offered = mmfota_offer_dup_version (run);
    g_autofree gchar *running = mmfota_offer_dup_running (run);
    g_autofree gchar *server = fota ? mmfota_status_dup_server (fota) : NULL;
    g_autofree gchar *name = NULL;
    g_autofree gchar *text = NULL;
    MmfotaAdvice      known = {
        .modem        = mmfota_modem_get_name (run->modem),
        .transaction  = fota ? mm_gdbus_modem_fota_get_transaction (fota) : NULL,
        .server       = run->options->url ? run->options->url : server,
        .offered      = offered,
        .running      = running,
        .expected     = run->expected,
        .state        = fota ? mm_gdbus_modem_fota_get_state (fota) : MM_TDTECH_FOTA_STATE_UNKNOWN,
        .blockers     = fota ? mm_gdbus_modem_fota_get_blockers (fota) : 0,
        .ended        = !!run->result,
        .resuming     = run->options->verb == MMFOTA_VERB_RESUME,
        .older        = mmfota_offer_is_older (run),
        .may_be_older = run->options->allow_downgrade,
    };

    if (!run->error || !g_dbus_error_is_remote_error (run->error))
        return;
    name = mmfota_error_name (run->error);
    text = mmfota_advice_text (name, &known);
    if (!text)
        return;
    g_clear_error (&run->error);
    run->error = g_dbus_error_new_for_dbus_error (name, text);
}

static void
print_end (MmfotaRun  *run,
           MmfotaExit  status)
{
    const gchar *phrase = mmfota_options_verb_phrase (run->options->verb);
    gboolean     human = run->options->output == MMFOTA_OUTPUT_HUMAN;

    speak_own_words (run);
    if (status == MMFOTA_EXIT_DETACHED) {
        print_detached (run);
        run->error = g_error_new (MM_CORE_ERROR, MM_CORE_ERROR_ABORTED, _("detached: the module continues"));
    } else if (run->declined)
        g_printerr (_("not upgraded: %s\n"), run->error->message);
    else if (run->error)
        mmfota_output_error_print (phrase, run->error);
    else if (human && status == MMFOTA_EXIT_DONE)
        print_success (run);
    else if (human)
        print_nothing_to_do (run);

    if (!human) {
        MmfotaIdentity        identity = mmfota_modem_get_identity (run->modem);
        g_autoptr(JsonObject) tree = mmfota_status_to_tree (&identity, mmfota_modem_peek_fota (run->modem));

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
                              _("transaction '%s' exists already: choose another id"), run->options->transaction);
    return FALSE;
}

typedef MmfotaExit (* VerbFunc) (MmfotaRun *run);

static MmfotaExit
run_verb (MmfotaRun *run)
{
    static const VerbFunc functions[] = {
        [MMFOTA_VERB_CHECK]    = run_check,
        [MMFOTA_VERB_DOWNLOAD] = run_download,
        [MMFOTA_VERB_RESUME]   = run_resume,
        [MMFOTA_VERB_UPGRADE]  = run_upgrade,
        [MMFOTA_VERB_UPDATE]   = mmfota_update_run,
        [MMFOTA_VERB_CANCEL]   = run_cancel,
    };
    VerbFunc function = NULL;

    if (run->options->verb < G_N_ELEMENTS (functions))
        function = functions[run->options->verb];
    g_return_val_if_fail (function != NULL, MMFOTA_EXIT_FAILED);

    return is_fresh (run) ? function (run) : MMFOTA_EXIT_FAILED;
}

MmfotaExit
mmfota_verbs_run (MmfotaModem          *modem,
                  const MmfotaOptions  *options,
                  GError              **error)
{
    MmfotaRun  *run = mmfota_run_new (modem, options);
    MmfotaExit  status;

    status = run_verb (run);
    if (status == MMFOTA_EXIT_FAILED && run->error)
        status = mmfota_output_error_exit (run->error);
    print_end (run, status);
    mmfota_run_free (run);
    return status;
}

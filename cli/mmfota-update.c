/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-verbs.h"

#include <glib/gi18n.h>

#include "mm-tdtech-fota-enums.h"
#include "mmfota-error.h"
#include "mmfota-offer.h"
#include "mmfota-text.h"

/*
 * --update continues from any state of the module, so that it can be repeated: a download that is
 * wanted is not repeated, one that is not wanted is discarded.
 */

static gchar *
dup_printable_version (MmfotaRun *run)
{
    g_autofree gchar *version = mmfota_offer_dup_version (run);

    return mmfota_text_printable (version);
}

/*****************************************************************************/
/* Nothing downloaded */

static MmfotaExit
start_anew (MmfotaRun   *run,
            const gchar *transaction,
            const gchar *url)
{
    g_autofree gchar *check_transaction = mmfota_verbs_new_transaction (NULL);
    g_autofree gchar *version = NULL;
    MmfotaExit        status;

    status = mmfota_run_method (run, &mmfota_run_check,
                                mmfota_verbs_build_options (run, check_transaction, url, NULL, MMFOTA_KEYS_SERVER),
                                check_transaction);
    if (status != MMFOTA_EXIT_DONE)
        return status;

    version = mmfota_offer_accept (run);
    if (!version || !mmfota_offer_confirm (run, version))
        return MMFOTA_EXIT_FAILED;
    return mmfota_run_method (run, &mmfota_run_download,
                              mmfota_verbs_build_options (run, transaction, url, version,
                                                          MMFOTA_KEYS_SERVER | MMFOTA_KEYS_UPGRADE),
                              transaction);
}

static MmfotaExit
discard (MmfotaRun *run)
{
    g_autofree gchar *offered = dup_printable_version (run);

    if (offered[0])
        g_printerr (_("what had been downloaded of version %s is not what is wanted now: it is discarded\n"), offered);
    else
        g_printerr (_("what had been downloaded is not what is wanted now: it is discarded\n"));
    return mmfota_run_method (run, &mmfota_run_cancel, g_variant_new ("a{sv}", NULL), NULL);
}

/*****************************************************************************/
/* Something downloaded */

static MmfotaExit
install (MmfotaRun   *run,
         const gchar *transaction)
{
    g_autofree gchar *version = mmfota_offer_accept (run);
    g_autofree gchar *printable = mmfota_text_printable (version);

    if (!version)
        return MMFOTA_EXIT_FAILED;
    if (run->options->output == MMFOTA_OUTPUT_HUMAN)
        g_printerr (_("a package of version %s is downloaded already\n"), printable);
    if (!mmfota_offer_confirm (run, version))
        return MMFOTA_EXIT_FAILED;
    return mmfota_verbs_install (run, transaction, version);
}

static gboolean
is_other_version (const GError *error)
{
    g_autofree gchar *name = error ? mmfota_error_name (error) : NULL;

    return g_strcmp0 (name, MM_TDTECH_FOTA_DBUS_ERROR_PREFIX "OtherVersionOffered") == 0;
}

/* Resume asks the server again first, which may offer another version by now */
static MmfotaExit
resume (MmfotaRun   *run,
        const gchar *transaction)
{
    g_autofree gchar *version = mmfota_offer_accept (run);
    g_autofree gchar *printable = mmfota_text_printable (version);
    g_autofree gchar *url = version ? mmfota_offer_dup_server (run) : NULL;
    g_autofree gchar *next = NULL;
    MmfotaExit        status;

    if (!version || !url)
        return MMFOTA_EXIT_FAILED;
    if (run->options->output == MMFOTA_OUTPUT_HUMAN)
        g_printerr (_("the suspended download of version %s is resumed\n"), printable);
    if (!mmfota_offer_confirm (run, version))
        return MMFOTA_EXIT_FAILED;
    status = mmfota_run_method (run, &mmfota_run_resume,
                                mmfota_verbs_build_options (run, transaction, run->options->url, version,
                                                            MMFOTA_KEYS_SERVER | MMFOTA_KEYS_UPGRADE),
                                transaction);
    if (!run->result || !is_other_version (run->error))
        return status;

    g_clear_error (&run->error);
    g_printerr (_("the server has another version now: what had been downloaded is discarded\n"));
    next = mmfota_verbs_new_transaction (NULL);
    return start_anew (run, next, url);
}

MmfotaExit
mmfota_update_run (MmfotaRun *run)
{
    MmGdbusModemFota *fota = mmfota_modem_peek_fota (run->modem);
    guint             state = fota ? mm_gdbus_modem_fota_get_state (fota) : MM_TDTECH_FOTA_STATE_UNKNOWN;
    gboolean          is_there = state == MM_TDTECH_FOTA_STATE_DOWNLOADED || state == MM_TDTECH_FOTA_STATE_SUSPENDED;
    g_autofree gchar *transaction = mmfota_verbs_new_transaction (run->options->transaction);
    g_autofree gchar *url = NULL;

    if (is_there && mmfota_offer_is_wanted (run))
        return state == MM_TDTECH_FOTA_STATE_DOWNLOADED ? install (run, transaction) : resume (run, transaction);

    /* Before discarding: that also forgets the server */
    url = mmfota_offer_dup_server (run);
    if (!url)
        return MMFOTA_EXIT_FAILED;
    if (is_there) {
        MmfotaExit status = discard (run);

        if (status != MMFOTA_EXIT_DONE)
            return status;
    }
    return start_anew (run, transaction, url);
}

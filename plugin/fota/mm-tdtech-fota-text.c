/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mm-tdtech-fota-text.h"

static gchar *
describe_blockers (guint blockers)
{
    static const struct {
        guint        flag;
        const gchar *text;
    } texts[] = {
        { MM_TDTECH_FOTA_BLOCKER_NOT_REGISTERED, "the modem is not registered in a network" },
        { MM_TDTECH_FOTA_BLOCKER_ROAMING,        "the modem is roaming (allow-roaming permits it)" },
        { MM_TDTECH_FOTA_BLOCKER_CALL,           "a call is up (hang-up-calls ends it)" },
        { MM_TDTECH_FOTA_BLOCKER_DATA,           "a data session could not be paused" },
        { MM_TDTECH_FOTA_BLOCKER_AUTO_DIAL,      "the module's auto-dial could not be switched off" },
        { MM_TDTECH_FOTA_BLOCKER_REFUSED,        "the module refused to upgrade" },
    };
    g_autoptr(GString) str = g_string_new (NULL);
    guint              i;

    for (i = 0; i < G_N_ELEMENTS (texts); i++) {
        if (blockers & texts[i].flag)
            g_string_append_printf (str, "%s%s", str->len ? "; " : "", texts[i].text);
    }
    return str->len ? g_string_free (g_steal_pointer (&str), FALSE) : g_strdup ("the module could not be asked");
}

static gchar *
describe_state_error (const MMTdtechFotaMachine *m,
                      const gchar               *what)
{
    const gchar       *text = mm_tdtech_fota_code_string (m->module_code);
    g_autoptr(GString) str = g_string_new (what);

    g_string_append_printf (str, " (state %d", m->module_state);
    if (m->module_code)
        g_string_append_printf (str, ",%u", m->module_code);
    if (m->module_code && text)
        g_string_append_printf (str, ", %s", text);
    g_string_append_printf (str, "): %s", mm_tdtech_fotastate_advice (m->module_state, m->module_code));
    return g_string_free (g_steal_pointer (&str), FALSE);
}

static const gchar *
describe_wrong_state (const MMTdtechFotaMachine *m)
{
    switch (m->module_state) {
    case MM_TDTECH_FOTASTATE_UNKNOWN:
        return "the module did not tell its state yet: try again later";
    case MM_TDTECH_FOTASTATE_QUERYING:
        return "the module is querying the server: wait until it ends, or Cancel";
    case MM_TDTECH_FOTASTATE_AVAILABLE:
        return "new firmware was found but is not downloaded: Download it, or Cancel";
    case MM_TDTECH_FOTASTATE_DOWNLOADING:
        return "the module is downloading: wait until it ends, or Cancel";
    case MM_TDTECH_FOTASTATE_SUSPENDED:
        return "a download is suspended: Resume goes on with it, Cancel discards it";
    case MM_TDTECH_FOTASTATE_DOWNLOADED:
        return "a package is downloaded: Upgrade installs it, Cancel discards it";
    case MM_TDTECH_FOTASTATE_UPGRADING:
        return "the module is upgrading: wait until it is back";
    default:
        return "nothing is under way, suspended or downloaded: Check or Download first";
    }
}

gchar *
mm_tdtech_fota_text_for_error (const MMTdtechFotaMachine *m,
                               MMTdtechFotaError          error,
                               const gchar               *transaction)
{
    switch (error) {
    case MM_TDTECH_FOTA_ERROR_NONE:
        return g_strdup ("");
    case MM_TDTECH_FOTA_ERROR_SERVER_UNREACHABLE:
        return describe_state_error (m, "the firmware server could not be reached");
    case MM_TDTECH_FOTA_ERROR_FILES_UNAVAILABLE:
        return describe_state_error (m, "the firmware server did not give the upgrade files");
    case MM_TDTECH_FOTA_ERROR_QUERY_FAILED:
        if (m->module_state != MM_TDTECH_FOTASTATE_QUERY_FAILED)
            return g_strdup ("the module did not tell which version the server offers: try again");
        return describe_state_error (m, "the firmware server could not be queried");
    case MM_TDTECH_FOTA_ERROR_SILENTLY_ENDED:
        return g_strdup ("the module went back to idle without saying why: check network, URL and server, and try again");
    case MM_TDTECH_FOTA_ERROR_DOWNLOAD_FAILED:
        return describe_state_error (m, "the download failed");
    case MM_TDTECH_FOTA_ERROR_DOWNLOAD_SUSPENDED:
        return describe_state_error (m, "the download is suspended");
    case MM_TDTECH_FOTA_ERROR_OTHER_VERSION_OFFERED:
        return g_strdup_printf ("the firmware is version %s, which is not what was asked for: "
                                "expect-version or allow-downgrade must permit it, and a suspended download goes on with its own version only",
                                m->offer_version ? m->offer_version :
                                m->package_version ? m->package_version : "unknown");
    case MM_TDTECH_FOTA_ERROR_CONDITIONS_NOT_MET: {
        g_autofree gchar *blockers = describe_blockers (m->blockers);

        return g_strdup_printf ("the conditions are not met: %s", blockers);
    }
    case MM_TDTECH_FOTA_ERROR_REFUSED:
        return g_strdup ("the module refused the command: check that no call, data session or dialling is up and try again");
    case MM_TDTECH_FOTA_ERROR_UPGRADE_FAILED:
        return describe_state_error (m, "the module could not upgrade");
    case MM_TDTECH_FOTA_ERROR_VERSION_UNCHANGED:
        return g_strdup_printf ("the module came back with the version it had (%s): most likely it refused the package's signature",
                                m->version ? m->version : "unknown");
    case MM_TDTECH_FOTA_ERROR_OTHER_VERSION_INSTALLED:
        return g_strdup_printf ("the module came back with version %s, not with the announced one (%s)",
                                m->version ? m->version : "unknown",
                                m->package_version ? m->package_version : "unknown");
    case MM_TDTECH_FOTA_ERROR_DEVICE_LOST:
        return g_strdup ("the module did not come back");
    case MM_TDTECH_FOTA_ERROR_IN_PROGRESS:
        return g_strdup_printf ("%s is under way (transaction %s)",
                                mm_tdtech_fota_verb_get_name (m->verb),
                                transaction ? transaction : "unknown");
    case MM_TDTECH_FOTA_ERROR_WRONG_STATE:
        return g_strdup (describe_wrong_state (m));
    case MM_TDTECH_FOTA_ERROR_CANCELLED:
        return g_strdup ("cancelled");
    case MM_TDTECH_FOTA_ERROR_TIMEOUT:
        return g_strdup ("the module does not answer: try again, or reset the modem");
    case MM_TDTECH_FOTA_ERROR_ABORTED:
        return g_strdup ("ModemManager or the module was restarted before the upgrade began; nothing was flashed, Upgrade may be called again");
    case MM_TDTECH_FOTA_ERROR_FAILED:
    case MM_TDTECH_FOTA_ERROR_LAST:
    default:
        return g_strdup ("the module gave an answer that can't be read, or the record can't be written: see ModemManager's log");
    }
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mm-tdtech-fota-text.h"

#include <string.h>

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
    if (str->len == 0)
        return g_strdup ("the module could not be asked");
    return g_string_free (g_steal_pointer (&str), FALSE);
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

/* The phase says more than the module's last state, which may be 40 for a minute after ^FWUP and
 * is 10 while the new version is compared */
static const gchar *
describe_phase (const MMTdtechFotaMachine *m)
{
    if (m->phase >= MM_TDTECH_FOTA_PHASE_STOP && m->phase <= MM_TDTECH_FOTA_PHASE_ENDING_POLL)
        return "the module is being stopped: wait until it ends";

    switch (mm_tdtech_fota_machine_get_stage (m)) {
    case MM_TDTECH_FOTA_STAGE_FLASHING:
        return "the module was told to upgrade: it can no longer be stopped, wait until it is back";
    case MM_TDTECH_FOTA_STAGE_UPGRADING:
        if (mm_tdtech_fota_machine_get_state (m) == MM_TDTECH_FOTA_STATE_VERIFYING)
            return "the module has upgraded and its version is compared: it can no longer be stopped, wait until it ends";
        return "the module is upgrading: it can no longer be stopped, wait until it is back";
    case MM_TDTECH_FOTA_STAGE_RESTORING:
        return "the upgrade is over and the data sessions are being restored: wait until that is done";
    case MM_TDTECH_FOTA_STAGE_NONE:
    case MM_TDTECH_FOTA_STAGE_QUERY:
    case MM_TDTECH_FOTA_STAGE_STOPPING:
    case MM_TDTECH_FOTA_STAGE_WAITING:
    case MM_TDTECH_FOTA_STAGE_LAST:
    default:
        return m->cancelling ? "it is being cancelled already: wait until it ends" : NULL;
    }
}

static const gchar *
describe_wrong_state (const MMTdtechFotaMachine *m)
{
    const gchar *text = describe_phase (m);

    if (text)
        return text;
    switch (m->module_state) {
    case MM_TDTECH_FOTASTATE_UNKNOWN:
        return "the module has not reported its state yet: try again later";
    case MM_TDTECH_FOTASTATE_QUERYING:
        return "the module is querying the server: wait until it ends, or Cancel";
    case MM_TDTECH_FOTASTATE_AVAILABLE:
        if (m->kept.set_aside)
            return "the module keeps what it found and can't be made to forget it: Download from the same server takes it, "
                   "Cancel discards it then";
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

static gchar *
describe_other_version (const MMTdtechFotaMachine *m)
{
    const gchar *version = m->detail ? m->detail :
                           m->kept.offer_version ? m->kept.offer_version :
                           m->kept.package_version ? m->kept.package_version : "unknown";
    const gchar *running = m->version ? m->version : "unknown";

    switch (m->cause) {
    case MM_TDTECH_FOTA_CAUSE_NOT_EXPECTED:
        return g_strdup_printf ("the firmware is version %s, which is not what expect-version asks for", version);
    case MM_TDTECH_FOTA_CAUSE_NOT_SUSPENDED:
        return g_strdup_printf ("the server offers version %s now, and what was downloaded of another one is dropped: "
                                "Download fetches it", version);
    case MM_TDTECH_FOTA_CAUSE_OLDER:
        return g_strdup_printf ("the firmware is version %s, older than what runs (%s): allow-downgrade must permit it",
                                version, running);
    case MM_TDTECH_FOTA_CAUSE_UNKNOWN_AGE:
        return g_strdup_printf ("whether version %s is older than what runs (%s) can't be told: allow-downgrade must permit it",
                                version, running);
    case MM_TDTECH_FOTA_CAUSE_NONE:
    case MM_TDTECH_FOTA_CAUSE_VERSION:
    case MM_TDTECH_FOTA_CAUSE_BEFORE:
    case MM_TDTECH_FOTA_CAUSE_RECORD:
    default:
        return g_strdup_printf ("the firmware is version %s, which is not what was asked for (expect-version, allow-downgrade)",
                                version);
    }
}

/* The module's own words, if any, and what helps */
static gchar *
describe_refusal (const MMTdtechFotaMachine *m)
{
    static const struct {
        const gchar *words;
        const gchar *advice;
    } refusals[] = {
        { "sim pin",     "unlock the SIM and try again" },
        { "sim puk",     "unlock the SIM and try again" },
        { "sim not ins", "insert a SIM and try again" },
        { "support",     "this module, or the mode it is in, does not know the command" },
        { "complete",    "it is busy with another command: try again in a moment" },
        { "busy",        "it is busy: try again in a moment" },
        { "collision",   "end calls, data sessions and dialling and try again" },
    };
    g_autofree gchar *words = g_ascii_strdown (m->detail ? m->detail : "", -1);
    guint             i;

    for (i = 0; i < G_N_ELEMENTS (refusals); i++) {
        if (strstr (words, refusals[i].words))
            return g_strdup_printf ("the module refused the command (%s): %s", m->detail, refusals[i].advice);
    }
    if (!words[0] || strstr (words, "unknown"))
        return g_strdup ("the module refused the command: check that no call, data session or dialling is up and try again");
    return g_strdup_printf ("the module refused the command (%s): check that no call, data session or dialling is up and try again",
                            m->detail);
}

static gchar *
describe_failure (const MMTdtechFotaMachine *m)
{
    switch (m->cause) {
    case MM_TDTECH_FOTA_CAUSE_VERSION:
        return g_strdup ("the module did not report which version it runs (^VERSION?), and nothing can be compared without it: "
                         "try again, or reset the modem");
    case MM_TDTECH_FOTA_CAUSE_BEFORE:
        return g_strdup_printf ("the module runs version %s, but nobody knows what ran before: whether it was upgraded can't be told",
                                m->version ? m->version : "unknown");
    case MM_TDTECH_FOTA_CAUSE_RECORD:
        return g_strdup ("the record of the upgrade can't be written, and nothing was flashed without it: "
                         "see ModemManager's log, and whether the disk is full");
    case MM_TDTECH_FOTA_CAUSE_NONE:
    case MM_TDTECH_FOTA_CAUSE_NOT_EXPECTED:
    case MM_TDTECH_FOTA_CAUSE_NOT_SUSPENDED:
    case MM_TDTECH_FOTA_CAUSE_OLDER:
    case MM_TDTECH_FOTA_CAUSE_UNKNOWN_AGE:
    default:
        return g_strdup ("the module gave an answer that can't be read: try again, and see ModemManager's log");
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
            return g_strdup ("the module did not report which version the server offers: try again");
        return describe_state_error (m, "the firmware server could not be queried");
    case MM_TDTECH_FOTA_ERROR_SILENTLY_ENDED:
        return g_strdup ("the module went back to idle without saying why: check network, URL and server, and try again");
    case MM_TDTECH_FOTA_ERROR_DOWNLOAD_FAILED:
        return describe_state_error (m, "the download failed");
    case MM_TDTECH_FOTA_ERROR_DOWNLOAD_SUSPENDED:
        return describe_state_error (m, "the download is suspended");
    case MM_TDTECH_FOTA_ERROR_OTHER_VERSION_OFFERED:
        return describe_other_version (m);
    case MM_TDTECH_FOTA_ERROR_CONDITIONS_NOT_MET: {
        g_autofree gchar *blockers = describe_blockers (m->blockers);

        return g_strdup_printf ("the conditions are not met: %s", blockers);
    }
    case MM_TDTECH_FOTA_ERROR_REFUSED:
        return describe_refusal (m);
    case MM_TDTECH_FOTA_ERROR_UPGRADE_FAILED:
        if (m->module_state == MM_TDTECH_FOTASTATE_UPGRADING)
            return g_strdup ("the module said for an hour that it upgrades (state 50), and never rebooted: reset it, and try again");
        return describe_state_error (m, "the module could not upgrade");
    case MM_TDTECH_FOTA_ERROR_VERSION_UNCHANGED:
        return g_strdup_printf ("the module came back with the version it had (%s): most likely it refused the package's signature",
                                m->version ? m->version : "unknown");
    case MM_TDTECH_FOTA_ERROR_OTHER_VERSION_INSTALLED:
        return g_strdup_printf ("the module came back with version %s, not with the announced one (%s)",
                                m->version ? m->version : "unknown",
                                m->kept.package_version ? m->kept.package_version : "unknown");
    case MM_TDTECH_FOTA_ERROR_DEVICE_LOST:
        return g_strdup ("the module did not answer for an hour after it was told to upgrade: reset it, and see which version it runs");
    case MM_TDTECH_FOTA_ERROR_IN_PROGRESS:
        return g_strdup_printf ("%s is under way (transaction %s)",
                                mm_tdtech_fota_verb_get_name (m->kept.verb),
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
        return describe_failure (m);
    }
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-advice.h"

#include <glib/gi18n.h>

#include "mm-tdtech-fota-enums.h"
#include "mmfota-names.h"
#include "mmfota-text.h"

#define CORE(name) "org.freedesktop.ModemManager1.Error.Core." name
#define FOTA(name) MM_TDTECH_FOTA_DBUS_ERROR_PREFIX name

/* The command that helps */
static gchar *
command (const MmfotaAdvice *known,
         const gchar        *option)
{
    return g_strdup_printf (_("'mmfota -m %s %s'"), known->modem, option);
}

/*****************************************************************************/
/* Errors of a refused verb */

static gchar *
wrong_state (const MmfotaAdvice *known)
{
    g_autofree gchar *upgrade = command (known, "--upgrade");
    g_autofree gchar *resume = command (known, "--resume");
    g_autofree gchar *download = command (known, "--download");
    g_autofree gchar *cancel = command (known, "--cancel");
    g_autofree gchar *monitor = command (known, "--monitor");

    switch (known->state) {
    case MM_TDTECH_FOTA_STATE_UNKNOWN:
        return g_strdup (_("the module has not reported its state yet: try again in a minute"));
    case MM_TDTECH_FOTA_STATE_IDLE:
        return g_strdup_printf (_("nothing is suspended or downloaded: %s fetches what the server offers"), download);
    case MM_TDTECH_FOTA_STATE_AVAILABLE:
        return g_strdup_printf (_("newer firmware was found, but is not downloaded: %s fetches it"), download);
    case MM_TDTECH_FOTA_STATE_SUSPENDED:
        return g_strdup_printf (_("a download is suspended: %s resumes it, %s discards it"), resume, cancel);
    case MM_TDTECH_FOTA_STATE_DOWNLOADED:
        return g_strdup_printf (_("a package is downloaded: %s installs it, %s discards it"), upgrade, cancel);
    case MM_TDTECH_FOTA_STATE_CHECKING:
    case MM_TDTECH_FOTA_STATE_DOWNLOADING:
    case MM_TDTECH_FOTA_STATE_WAITING:
        return g_strdup_printf (_("the module is busy (%s): %s follows it, %s stops it"),
                                mmfota_names_state_label (known->state), monitor, cancel);
    case MM_TDTECH_FOTA_STATE_PAUSING_DATA:
    case MM_TDTECH_FOTA_STATE_UPGRADING:
    case MM_TDTECH_FOTA_STATE_VERIFYING:
        return g_strdup_printf (_("the module is upgrading and cannot be stopped: %s follows it, do not unplug it"),
                                monitor);
    default:
        return NULL;
    }
}

static gchar *
in_progress (const MmfotaAdvice *known)
{
    g_autofree gchar *transaction = mmfota_text_printable (known->transaction);
    g_autofree gchar *cancel = command (known, "--cancel");
    g_autofree gchar *monitor = command (known, "--monitor");

    if (known->state >= MM_TDTECH_FOTA_STATE_PAUSING_DATA)
        return wrong_state (known);
    if (!transaction[0])
        return g_strdup_printf (_("another operation is under way (%s): %s follows it, %s stops it"),
                                mmfota_names_state_label (known->state), monitor, cancel);
    return g_strdup_printf (_("another operation is under way (%s, transaction %s): %s follows it, %s stops it"),
                            mmfota_names_state_label (known->state), transaction, monitor, cancel);
}

/* By bit number */
static const gchar *const blocker_texts[] = {
    N_("the modem is not registered in a network"),
    N_("the modem is roaming (--allow-roaming permits it)"),
    N_("a call is up (--hang-up-calls ends it)"),
    N_("a data session could not be paused"),
    N_("the module's auto-dial could not be switched off"),
    N_("the module refuses to upgrade"),
};

static gchar *
conditions_not_met (const MmfotaAdvice *known)
{
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new ();
    g_auto(GStrv)           texts = NULL;
    guint                   bit;

    for (bit = 0; bit < G_N_ELEMENTS (blocker_texts); bit++) {
        if (known->blockers & (1u << bit))
            g_strv_builder_add (builder, _(blocker_texts[bit]));
    }
    texts = g_strv_builder_end (builder);
    /* The daemon says that nothing blocks the upgrade any more */
    return texts[0] ? g_strjoinv (_("; "), texts) : NULL;
}

/*****************************************************************************/
/* Errors of an ended transaction */

static gchar *
suspended (const MmfotaAdvice *known)
{
    g_autofree gchar *resume = command (known, "--resume");
    g_autofree gchar *cancel = command (known, "--cancel");

    return g_strdup_printf (_("the download broke off and is suspended (31): %s queries the version again and resumes it, %s discards it"),
                            resume, cancel);
}

/* One error name for three causes */
static gchar *
other_version (const MmfotaAdvice *known)
{
    g_autofree gchar *offered = mmfota_text_printable (known->offered);
    g_autofree gchar *running = mmfota_text_printable (known->running);
    g_autofree gchar *expected = mmfota_text_printable (known->expected);

    if (known->expected && known->offered && !g_str_equal (known->expected, known->offered))
        return g_strdup_printf (_("the firmware is version %s, not %s"), offered, expected);
    if (known->older && !known->may_be_older && running[0])
        return g_strdup_printf (_("version %s is older than %s, which runs: --allow-downgrade accepts it"),
                                offered, running);
    if (known->older && !known->may_be_older)
        return g_strdup_printf (_("version %s is older than what runs: --allow-downgrade accepts it"), offered);
    if (known->resuming) {
        g_autofree gchar *download = command (known, "--download");

        return g_strdup_printf (_("the server has another version now, what had been downloaded is discarded: "
                                  "%s begins anew"), download);
    }
    return NULL;
}

static gchar *
restarted (const MmfotaAdvice *known)
{
    g_autofree gchar *upgrade = command (known, "--upgrade");

    return g_strdup_printf (_("ModemManager or the module was restarted before the upgrade began, "
                              "nothing was flashed: %s tries again"), upgrade);
}

/* 13,13 and 13,51 of the guide */
static const gchar unreachable_text[] =
    N_("the module could not reach the firmware server (13,13): check its network, the SIM, and host and port of the URL");
static const gchar unavailable_text[] =
    N_("the module did not get the upgrade files (13,51): check URL, port and certificates");

static gchar *
server_unreachable (const MmfotaAdvice *known)
{
    g_autofree gchar *server = mmfota_text_printable (known->server);

    if (!server[0])
        return g_strdup (_(unreachable_text));
    return g_strdup_printf (_("the module could not reach the firmware server %s (13,13): "
                              "check its network, the SIM, and host and port of the URL"), server);
}

static gchar *
files_unavailable (const MmfotaAdvice *known)
{
    g_autofree gchar *server = mmfota_text_printable (known->server);

    return g_strdup_printf (_("%s, and that 'curl %s%sfull/filelist.xml' gives the list, "
                              "with the true size and MD5 sum of each file"),
                            _(unavailable_text), server[0] ? server : "URL/",
                            server[0] && !g_str_has_suffix (server, "/") ? "/" : "");
}

/*****************************************************************************/

/* The only table of what helps. It has the guide's advice for its states and codes (13,13 … 70), which
 * stand in brackets; 10, 11, 12, 30, 40 and 50 are told by wrong_state () where one of them is in
 * the way, 14 by mmfota_advice_nothing_newer (). The daemon says the same of them in English. */
typedef struct {
    const gchar  *name;
    const gchar  *text;                                /* for anybody */
    gboolean      vague;                               /* the message says more */
    gchar      *(*command) (const MmfotaAdvice *known); /* for users of mmfota */
    gboolean      ended;                               /* that is only for results */
} Words;

static const Words words[] = {
    { FOTA ("ServerUnreachable"), unreachable_text, FALSE, server_unreachable },
    { FOTA ("FilesUnavailable"),  unavailable_text, FALSE, files_unavailable  },
    { FOTA ("QueryFailed"),
      N_("the query for a version failed (13): check the network and the server"), TRUE },
    { FOTA ("SilentlyEnded"),
      N_("the module ended the operation without a word: try again"), TRUE },
    { FOTA ("DownloadFailed"),
      N_("the download failed (20): check the network and the module's storage"), TRUE },
    { FOTA ("DownloadSuspended"),
      N_("the download is suspended (31): resume it, the version is queried again first"), FALSE, suspended },
    { FOTA ("OtherVersionOffered"),
      N_("the server offers another version than the one that was asked for, or an older one"), TRUE, other_version },
    { FOTA ("ConditionsNotMet"),
      N_("the conditions for the upgrade are not met (40): it must be registered, without calls and data sessions"),
      TRUE, conditions_not_met },
    { FOTA ("Refused"),
      N_("the module refused the request"), TRUE },
    { FOTA ("UpgradeFailed"),
      N_("the upgrade failed (70): find the cause and try again"), TRUE },
    { FOTA ("VersionUnchanged"),
      N_("the module rebooted, but its version is unchanged: the package may not be signed for it"), TRUE },
    { FOTA ("OtherVersionInstalled"),
      N_("the module runs another version than the one that was announced"), TRUE },
    { FOTA ("DeviceLost"),
      N_("the module has not come back from the upgrade: power-cycle it and check its version"), FALSE },
    { CORE ("InvalidArgs"),  N_("a value is not allowed"),                           TRUE  },
    { CORE ("Unauthorized"), N_("not authorized"),                                   TRUE  },
    { CORE ("WrongState"),   N_("this is not possible in the present state"),        TRUE, wrong_state },
    { CORE ("InProgress"),   N_("another operation is under way"),                   TRUE, in_progress },
    { CORE ("Retry"),        N_("not possible just now: try again in a moment"),     TRUE  },
    { CORE ("Timeout"),      N_("the module does not answer"),                       TRUE  },
    { CORE ("Aborted"),      N_("the modem is gone, or ModemManager was restarted"), TRUE, restarted, TRUE },
    { CORE ("Cancelled"),    N_("it has been cancelled"),                            FALSE },
    { CORE ("NotFound"),     N_("it was not found"),                                 TRUE  },
    { CORE ("Unsupported"),  N_("this is not supported"),                            TRUE  },
    { CORE ("Failed"),       N_("it failed"),                                        TRUE  },
    { "com.td_tech.FotaAgent1.Error.SignatureRefused",
      N_("the signature of the package was refused"),                                TRUE  },
    { "org.freedesktop.DBus.Error.AccessDenied",
      N_("not authorized"),                                                          TRUE  },
    { "org.freedesktop.DBus.Error.ServiceUnknown",
      N_("the service is not running"),                                              FALSE },
    { "org.freedesktop.DBus.Error.NoReply",
      N_("no answer came in time"),                                                  FALSE },
    { "org.freedesktop.DBus.Error.UnknownMethod",
      N_("the modem has left the bus"),                                              TRUE  },
};

static const Words *
find_words (const gchar *name)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS (words); i++) {
        if (g_strcmp0 (words[i].name, name) == 0)
            return &words[i];
    }
    return NULL;
}

const gchar *
mmfota_advice_nothing_newer (void)
{
    return _("if there should be something newer, check the files on the server (14)");
}

gchar *
mmfota_advice_describe (const gchar *error_name,
                        const gchar *message)
{
    const Words *found = find_words (error_name);
    const gchar *text = found ? _(found->text) : NULL;

    if (!found || text == found->text)
        return g_strdup (message);
    if (found->vague && message && message[0])
        return g_strdup_printf (_("%s (%s)"), text, message);
    return g_strdup (text);
}

gchar *
mmfota_advice_text (const gchar        *error_name,
                    const MmfotaAdvice *known)
{
    const Words *found = find_words (error_name);

    if (!found || !found->command || (found->ended && !known->ended))
        return NULL;
    return found->command (known);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-reason.h"

#include <glib/gi18n.h>

#include "mmfota-advice.h"

static const struct {
    const gchar *name;
    const gchar *text;
} reasons[MMFOTA_REASON_LAST] = {
    [MMFOTA_REASON_NONE]            = { "", "" },
    [MMFOTA_REASON_SAME_IMEI]       = { "same-imei", N_("more than one module has this IMEI: unplug all but one") },
    [MMFOTA_REASON_AWAY_UPGRADING]  = { "away-upgrading", N_("the module is upgrading, and not back yet") },
    [MMFOTA_REASON_ABSENT]          = { "absent", N_("the module is not there") },
    [MMFOTA_REASON_CHECKING]        = { "checking", N_("the server is being asked") },
    [MMFOTA_REASON_DOWNLOADING]     = { "downloading", N_("the module is downloading") },
    [MMFOTA_REASON_RESUMING]        = { "resuming", N_("the module goes on downloading") },
    [MMFOTA_REASON_UPGRADING]       = { "upgrading", N_("the module is being upgraded") },
    [MMFOTA_REASON_NO_SERVER]       = { "no-server", N_("no server is configured") },
    [MMFOTA_REASON_STATE_UNKNOWN]   = { "state-unknown", N_("it is not known yet what the module is doing") },
    [MMFOTA_REASON_IN_USE]          = { "in-use", N_("somebody else is using the module") },
    [MMFOTA_REASON_NOT_OURS]        = { "not-ours",
                                        N_("the module holds a package that somebody else has downloaded: upgrade or discard it") },
    [MMFOTA_REASON_PARKED]          = { "parked", N_("it is downloaded, and the server does not say to upgrade") },
    [MMFOTA_REASON_NOT_DISCARDED]   = { "not-discarded", N_("the package could not be discarded") },
    [MMFOTA_REASON_NOT_REGISTERED]  = { "not-registered", N_("the modem is not registered in a network") },
    [MMFOTA_REASON_ROAMING]         = { "roaming", N_("the modem is roaming") },
    [MMFOTA_REASON_CHECK_FAILED]    = { "check-failed", N_("the last check failed") },
    [MMFOTA_REASON_NOTHING_NEWER]   = { "nothing-newer", N_("nothing newer is known") },
    [MMFOTA_REASON_OTHER_VERSION]   = { "other-version",
                                        N_("the server's folder has another version than the one it wants") },
    [MMFOTA_REASON_UPGRADE_OFF]     = { "upgrade-off", N_("nothing is upgraded by itself (upgrade=off)") },
    [MMFOTA_REASON_CONFIRMING]      = { "confirming", N_("the server is told that it is confirmed") },
    [MMFOTA_REASON_PUT_OFF]         = { "put-off", N_("a person has put it off") },
    [MMFOTA_REASON_QUIET_HOURS]     = { "quiet-hours", N_("nobody is asked in quiet hours") },
    [MMFOTA_REASON_ASKING_UPGRADE]  = { "asking-upgrade", N_("a person is asked whether to upgrade") },
    [MMFOTA_REASON_DOWNLOAD_HELD]   = { "download-held", N_("the server does not say to download yet") },
    [MMFOTA_REASON_SERVER_WINDOW]   = { "server-window", N_("the server's maintenance window is awaited") },
    [MMFOTA_REASON_UPGRADE_HELD]    = { "upgrade-held", N_("the server does not say to upgrade yet") },
    [MMFOTA_REASON_GIVEN_UP]        = { "given-up", N_("this version has failed") },
    [MMFOTA_REASON_SKIPPED]         = { "skipped", N_("a person does not want this version") },
    [MMFOTA_REASON_NOT_NEWER]       = { "not-newer", N_("what is offered is not newer than what runs (expect-newer)") },
    [MMFOTA_REASON_PAUSED]          = { "paused", N_("it is paused") },
    [MMFOTA_REASON_DOWNLOAD_OFF]    = { "download-off", N_("nothing is downloaded by itself (download=off)") },
    [MMFOTA_REASON_ASKING_DOWNLOAD] = { "asking-download", N_("a person is asked whether to download") },
    [MMFOTA_REASON_RETRY]           = { "retry", N_("before the next try") },
    [MMFOTA_REASON_CLOCK_UNSET]     = { "clock-unset", N_("the clock was never set") },
    [MMFOTA_REASON_CALL]            = { "call", N_("a call is up") },
    [MMFOTA_REASON_NOTICE]          = { "notice", N_("the upgrade begins soon") },
    [MMFOTA_REASON_WINDOW]          = { "window", N_("the next window is awaited") },
    [MMFOTA_REASON_OTHER_TURN]      = { "other-turn", N_("another module has its turn") },
    [MMFOTA_REASON_UNWRITABLE]      = { "unwritable", N_("its state can't be written") },
};

const gchar *
mmfota_reason_name (MmfotaReason reason)
{
    return reason < MMFOTA_REASON_LAST ? reasons[reason].name : "";
}

const gchar *
mmfota_reason_text (MmfotaReason reason)
{
    return reason < MMFOTA_REASON_LAST ? reasons[reason].text : "";
}

gchar *
mmfota_reason_describe (const gchar *name,
                        const gchar *text)
{
    guint i;

    for (i = MMFOTA_REASON_NONE + 1; text && i < MMFOTA_REASON_LAST; i++) {
        const gchar *translated = _(reasons[i].text);

        if (g_strcmp0 (reasons[i].name, name) != 0 || translated == reasons[i].text)
            continue;
        /* What else it says is not lost */
        if (!g_str_equal (text, reasons[i].text))
            return g_strdup_printf (_("%s (%s)"), translated, text);
        return g_strdup (translated);
    }
    return mmfota_advice_describe (name, text);
}

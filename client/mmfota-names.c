/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-names.h"

#include "mm-tdtech-fota-enums.h"

static const gchar *const states[] = {
    [MM_TDTECH_FOTA_STATE_UNKNOWN]      = "unknown",
    [MM_TDTECH_FOTA_STATE_IDLE]         = "idle",
    [MM_TDTECH_FOTA_STATE_CHECKING]     = "checking",
    [MM_TDTECH_FOTA_STATE_AVAILABLE]    = "available",
    [MM_TDTECH_FOTA_STATE_DOWNLOADING]  = "downloading",
    [MM_TDTECH_FOTA_STATE_SUSPENDED]    = "suspended",
    [MM_TDTECH_FOTA_STATE_DOWNLOADED]   = "downloaded",
    [MM_TDTECH_FOTA_STATE_WAITING]      = "waiting",
    [MM_TDTECH_FOTA_STATE_PAUSING_DATA] = "pausing-data",
    [MM_TDTECH_FOTA_STATE_UPGRADING]    = "upgrading",
    [MM_TDTECH_FOTA_STATE_VERIFYING]    = "verifying",
};

static const gchar *const outcomes[] = {
    [MM_TDTECH_FOTA_OUTCOME_NONE]          = "none",
    [MM_TDTECH_FOTA_OUTCOME_SUCCEEDED]     = "succeeded",
    [MM_TDTECH_FOTA_OUTCOME_FAILED]        = "failed",
    [MM_TDTECH_FOTA_OUTCOME_CANCELLED]     = "cancelled",
    [MM_TDTECH_FOTA_OUTCOME_NOTHING_NEWER] = "nothing-newer",
};

static const gchar *const events[] = {
    [MM_TDTECH_FOTA_EVENT_CHECK_FAILED]       = "check-failed",
    [MM_TDTECH_FOTA_EVENT_NO_UPDATE]          = "no-update",
    [MM_TDTECH_FOTA_EVENT_UPDATE_AVAILABLE]   = "update-available",
    [MM_TDTECH_FOTA_EVENT_DOWNLOAD_STARTED]   = "download-started",
    [MM_TDTECH_FOTA_EVENT_DOWNLOAD_SUSPENDED] = "download-suspended",
    [MM_TDTECH_FOTA_EVENT_DOWNLOAD_SUCCEEDED] = "download-succeeded",
    [MM_TDTECH_FOTA_EVENT_DOWNLOAD_FAILED]    = "download-failed",
    [MM_TDTECH_FOTA_EVENT_UPGRADE_SCHEDULED]  = "upgrade-scheduled",
    [MM_TDTECH_FOTA_EVENT_DATA_PAUSED]        = "data-paused",
    [MM_TDTECH_FOTA_EVENT_DATA_RESTORED]      = "data-restored",
    [MM_TDTECH_FOTA_EVENT_UPGRADE_STARTED]    = "upgrade-started",
    [MM_TDTECH_FOTA_EVENT_UPGRADE_SUCCEEDED]  = "upgrade-succeeded",
    [MM_TDTECH_FOTA_EVENT_UPGRADE_FAILED]     = "upgrade-failed",
    [MM_TDTECH_FOTA_EVENT_CANCELLED]          = "cancelled",
};

/* By bit number */
static const gchar *const blocker_words[] = {
    "not-registered", "roaming", "call", "data", "auto-dial", "refused",
};

/*****************************************************************************/
/* Lookups */

static const gchar *
lookup (const gchar *const *words,
        gsize               n_words,
        guint               number)
{
    return (number < n_words && words[number]) ? words[number] : "unknown";
}

const gchar *
mmfota_names_state (guint state)
{
    return lookup (states, G_N_ELEMENTS (states), state);
}

const gchar *
mmfota_names_outcome (guint outcome)
{
    return lookup (outcomes, G_N_ELEMENTS (outcomes), outcome);
}

const gchar *
mmfota_names_event (guint kind)
{
    return lookup (events, G_N_ELEMENTS (events), kind);
}

gchar **
mmfota_names_blockers (guint blockers)
{
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new ();
    guint                   bit;

    for (bit = 0; bit < 32; bit++) {
        if (blockers & (1u << bit))
            g_strv_builder_add (builder, lookup (blocker_words, G_N_ELEMENTS (blocker_words), bit));
    }
    return g_strv_builder_end (builder);
}

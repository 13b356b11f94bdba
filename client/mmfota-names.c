/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-names.h"

#include <glib/gi18n.h>

#include "mm-tdtech-fota-enums.h"

static const gchar *const states[] = {
    [MM_TDTECH_FOTA_STATE_UNKNOWN]      = N_("unknown"),
    [MM_TDTECH_FOTA_STATE_IDLE]         = N_("idle"),
    [MM_TDTECH_FOTA_STATE_CHECKING]     = N_("checking"),
    [MM_TDTECH_FOTA_STATE_AVAILABLE]    = N_("available"),
    [MM_TDTECH_FOTA_STATE_DOWNLOADING]  = N_("downloading"),
    [MM_TDTECH_FOTA_STATE_SUSPENDED]    = N_("suspended"),
    [MM_TDTECH_FOTA_STATE_DOWNLOADED]   = N_("downloaded"),
    [MM_TDTECH_FOTA_STATE_WAITING]      = N_("waiting"),
    [MM_TDTECH_FOTA_STATE_PAUSING_DATA] = N_("pausing-data"),
    [MM_TDTECH_FOTA_STATE_UPGRADING]    = N_("upgrading"),
    [MM_TDTECH_FOTA_STATE_VERIFYING]    = N_("verifying"),
};

static const gchar *const outcomes[] = {
    [MM_TDTECH_FOTA_OUTCOME_NONE]          = N_("none"),
    [MM_TDTECH_FOTA_OUTCOME_SUCCEEDED]     = N_("succeeded"),
    [MM_TDTECH_FOTA_OUTCOME_FAILED]        = N_("failed"),
    [MM_TDTECH_FOTA_OUTCOME_CANCELLED]     = N_("cancelled"),
    [MM_TDTECH_FOTA_OUTCOME_NOTHING_NEWER] = N_("nothing-newer"),
};

static const gchar *const events[] = {
    [MM_TDTECH_FOTA_EVENT_CHECK_FAILED]       = N_("check-failed"),
    [MM_TDTECH_FOTA_EVENT_NO_UPDATE]          = N_("no-update"),
    [MM_TDTECH_FOTA_EVENT_UPDATE_AVAILABLE]   = N_("update-available"),
    [MM_TDTECH_FOTA_EVENT_DOWNLOAD_STARTED]   = N_("download-started"),
    [MM_TDTECH_FOTA_EVENT_DOWNLOAD_SUSPENDED] = N_("download-suspended"),
    [MM_TDTECH_FOTA_EVENT_DOWNLOAD_SUCCEEDED] = N_("download-succeeded"),
    [MM_TDTECH_FOTA_EVENT_DOWNLOAD_FAILED]    = N_("download-failed"),
    [MM_TDTECH_FOTA_EVENT_UPGRADE_SCHEDULED]  = N_("upgrade-scheduled"),
    [MM_TDTECH_FOTA_EVENT_DATA_PAUSED]        = N_("data-paused"),
    [MM_TDTECH_FOTA_EVENT_DATA_RESTORED]      = N_("data-restored"),
    [MM_TDTECH_FOTA_EVENT_UPGRADE_STARTED]    = N_("upgrade-started"),
    [MM_TDTECH_FOTA_EVENT_UPGRADE_SUCCEEDED]  = N_("upgrade-succeeded"),
    [MM_TDTECH_FOTA_EVENT_UPGRADE_FAILED]     = N_("upgrade-failed"),
    [MM_TDTECH_FOTA_EVENT_CANCELLED]          = N_("cancelled"),
};

/* By bit number */
static const gchar *const blocker_words[] = {
    N_("not-registered"), N_("roaming"), N_("call"), N_("data"), N_("auto-dial"), N_("refused"),
};

static const gchar *const verb_words[] = {
    N_("Check"), N_("Download"), N_("Resume"), N_("Upgrade"), N_("Cancel"),
};

/*****************************************************************************/
/* Lookups */

static const gchar *
lookup (const gchar *const *words,
        gsize               n_words,
        guint               number)
{
    return (number < n_words && words[number]) ? words[number] : N_("unknown");
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

static gchar **
list_blockers (guint    blockers,
               gboolean translated)
{
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new ();
    guint                   bit;

    for (bit = 0; bit < 32; bit++) {
        const gchar *word = lookup (blocker_words, G_N_ELEMENTS (blocker_words), bit);

        if (blockers & (1u << bit))
            g_strv_builder_add (builder, translated ? _(word) : word);
    }
    return g_strv_builder_end (builder);
}

gchar **
mmfota_names_blockers (guint blockers)
{
    return list_blockers (blockers, FALSE);
}

/*****************************************************************************/
/* The same in the user's language */

const gchar *
mmfota_names_state_label (guint state)
{
    return _(mmfota_names_state (state));
}

const gchar *
mmfota_names_outcome_label (guint outcome)
{
    return _(mmfota_names_outcome (outcome));
}

const gchar *
mmfota_names_event_label (guint kind)
{
    return _(mmfota_names_event (kind));
}

gchar **
mmfota_names_blocker_labels (guint blockers)
{
    return list_blockers (blockers, TRUE);
}

const gchar *
mmfota_names_verb_label (const gchar *verb)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS (verb_words); i++) {
        if (g_strcmp0 (verb_words[i], verb) == 0)
            return _(verb_words[i]);
    }
    return verb;
}

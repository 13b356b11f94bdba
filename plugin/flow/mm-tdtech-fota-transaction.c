/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mm-tdtech-fota-transaction.h"

#include <string.h>

/*****************************************************************************/
/* Ids */

gboolean
mm_tdtech_fota_transaction_is_valid (const gchar *transaction)
{
    const gchar *p;

    for (p = transaction; g_ascii_isalnum (*p) || (*p && strchr ("._-", *p)); p++);
    return *p == '\0' && p > transaction && p - transaction <= MM_TDTECH_FOTA_TRANSACTION_MAX;
}

/*****************************************************************************/
/* Names, as the record has them */

static const gchar *const verb_names[MM_TDTECH_FOTA_VERB_LAST] = {
    "", "Check", "Download", "Resume", "Upgrade", "Cancel",
};

static const gchar *const stage_names[MM_TDTECH_FOTA_STAGE_LAST] = {
    "none", "query", "stopping", "waiting", "flashing", "upgrading", "restoring",
};

const gchar *
mm_tdtech_fota_verb_get_name (MMTdtechFotaVerb verb)
{
    return verb < MM_TDTECH_FOTA_VERB_LAST ? verb_names[verb] : "";
}

MMTdtechFotaVerb
mm_tdtech_fota_verb_from_name (const gchar *name)
{
    guint i;

    for (i = MM_TDTECH_FOTA_VERB_NONE + 1; i < MM_TDTECH_FOTA_VERB_LAST; i++) {
        if (g_strcmp0 (name, verb_names[i]) == 0)
            return (MMTdtechFotaVerb) i;
    }
    return MM_TDTECH_FOTA_VERB_NONE;
}

const gchar *
mm_tdtech_fota_stage_get_name (MMTdtechFotaStage stage)
{
    return stage < MM_TDTECH_FOTA_STAGE_LAST ? stage_names[stage] : "none";
}

MMTdtechFotaStage
mm_tdtech_fota_stage_from_name (const gchar *name)
{
    guint i;

    for (i = 0; i < MM_TDTECH_FOTA_STAGE_LAST; i++) {
        if (g_strcmp0 (name, stage_names[i]) == 0)
            return (MMTdtechFotaStage) i;
    }
    return MM_TDTECH_FOTA_STAGE_LAST;
}

/*****************************************************************************/
/* Members that are texts, by where they are */

static const gsize options_texts[] = {
    G_STRUCT_OFFSET (MMTdtechFotaFlowOptions, expect_version),
};

static const gsize result_texts[] = {
    G_STRUCT_OFFSET (MMTdtechFotaResult, from),
    G_STRUCT_OFFSET (MMTdtechFotaResult, to),
};

static const gsize transaction_texts[] = {
    G_STRUCT_OFFSET (MMTdtechFotaTransaction, options.expect_version),
    G_STRUCT_OFFSET (MMTdtechFotaTransaction, pending.from),
    G_STRUCT_OFFSET (MMTdtechFotaTransaction, pending.to),
    G_STRUCT_OFFSET (MMTdtechFotaTransaction, before_version),
    G_STRUCT_OFFSET (MMTdtechFotaTransaction, before_build_time),
    G_STRUCT_OFFSET (MMTdtechFotaTransaction, before_revision),
    G_STRUCT_OFFSET (MMTdtechFotaTransaction, offer_version),
    G_STRUCT_OFFSET (MMTdtechFotaTransaction, offer_description),
    G_STRUCT_OFFSET (MMTdtechFotaTransaction, package_version),
};

static void
clear_texts (gpointer     members,
             const gsize *texts,
             guint        n_texts)
{
    guint i;

    for (i = 0; i < n_texts; i++)
        g_clear_pointer (&G_STRUCT_MEMBER (gchar *, members, texts[i]), g_free);
}

/* After all members were copied */
static void
duplicate_texts (gpointer     members,
                 const gsize *texts,
                 guint        n_texts)
{
    guint i;

    for (i = 0; i < n_texts; i++)
        G_STRUCT_MEMBER (gchar *, members, texts[i]) = g_strdup (G_STRUCT_MEMBER (gchar *, members, texts[i]));
}

void
mm_tdtech_fota_flow_options_clear (MMTdtechFotaFlowOptions *self)
{
    clear_texts (self, options_texts, G_N_ELEMENTS (options_texts));
    *self = (MMTdtechFotaFlowOptions) { 0 };
}

void
mm_tdtech_fota_flow_options_copy (MMTdtechFotaFlowOptions       *to,
                                  const MMTdtechFotaFlowOptions *from)
{
    mm_tdtech_fota_flow_options_clear (to);
    *to = *from;
    duplicate_texts (to, options_texts, G_N_ELEMENTS (options_texts));
}

void
mm_tdtech_fota_result_clear (MMTdtechFotaResult *self)
{
    clear_texts (self, result_texts, G_N_ELEMENTS (result_texts));
    *self = (MMTdtechFotaResult) { 0 };
}

void
mm_tdtech_fota_result_copy (MMTdtechFotaResult       *to,
                            const MMTdtechFotaResult *from)
{
    mm_tdtech_fota_result_clear (to);
    *to = *from;
    duplicate_texts (to, result_texts, G_N_ELEMENTS (result_texts));
}

void
mm_tdtech_fota_transaction_clear (MMTdtechFotaTransaction *self)
{
    clear_texts (self, transaction_texts, G_N_ELEMENTS (transaction_texts));
    *self = (MMTdtechFotaTransaction) { 0 };
}

void
mm_tdtech_fota_transaction_copy (MMTdtechFotaTransaction       *to,
                                 const MMTdtechFotaTransaction *from)
{
    mm_tdtech_fota_transaction_clear (to);
    *to = *from;
    duplicate_texts (to, transaction_texts, G_N_ELEMENTS (transaction_texts));
}

void
mm_tdtech_fota_transaction_end (MMTdtechFotaTransaction *self)
{
    mm_tdtech_fota_flow_options_clear (&self->options);
    mm_tdtech_fota_result_clear (&self->pending);
    g_clear_pointer (&self->before_version, g_free);
    g_clear_pointer (&self->before_build_time, g_free);
    g_clear_pointer (&self->before_revision, g_free);
    self->verb = MM_TDTECH_FOTA_VERB_NONE;
    self->download_begun = self->data_paused = FALSE;
    self->flashes = 0;
}

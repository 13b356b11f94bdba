/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-question.h"

static gchar *
dup_string (GVariant    *dictionary,
            const gchar *key)
{
    const gchar *value = "";

    g_variant_lookup (dictionary, key, "&s", &value);
    return g_strdup (value);
}

MmfotaQuestion *
mmfota_question_new (GVariant *dictionary)
{
    g_autoptr(MmfotaQuestion) self = NULL;

    if (!dictionary || !g_variant_is_of_type (dictionary, G_VARIANT_TYPE_VARDICT))
        return NULL;

    self = g_new0 (MmfotaQuestion, 1);
    self->id = dup_string (dictionary, "id");
    self->kind = dup_string (dictionary, "kind");
    self->device = dup_string (dictionary, "device");
    self->from = dup_string (dictionary, "from");
    self->to = dup_string (dictionary, "to");
    self->description = dup_string (dictionary, "description");
    self->default_choice = dup_string (dictionary, "default");
    g_variant_lookup (dictionary, "size", "t", &self->size);
    g_variant_lookup (dictionary, "default-at", "t", &self->default_at);
    g_variant_lookup (dictionary, "seconds-offline", "u", &self->seconds_offline);
    if (!g_variant_lookup (dictionary, "choices", "^as", &self->choices))
        self->choices = g_new0 (gchar *, 1);
    if (!self->id[0])
        return NULL;
    return g_steal_pointer (&self);
}

void
mmfota_question_free (MmfotaQuestion *self)
{
    g_free (self->id);
    g_free (self->kind);
    g_free (self->device);
    g_free (self->from);
    g_free (self->to);
    g_free (self->description);
    g_free (self->default_choice);
    g_strfreev (self->choices);
    g_free (self);
}

gboolean
mmfota_question_has_choice (const MmfotaQuestion *self,
                            const gchar          *choice)
{
    return g_strv_contains ((const gchar *const *) self->choices, choice);
}

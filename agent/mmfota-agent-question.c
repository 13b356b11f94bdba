/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-agent-question.h"

/* How long an upgrade takes, as the plugin estimates it */
#define SECONDS_OFFLINE 600

typedef struct {
    MmfotaAgentModem        *modem;
    MmfotaAgentQuestionKind  kind;
    gint64                   at;
} Wish;

struct _MmfotaAgentQuestion {
    gchar *id;
    gchar *version;
    Wish   open;
    Wish   best; /* seen in this look */
};

void
mmfota_agent_question_begin (MmfotaAgentQuestion *self)
{
    self->best = (Wish){ NULL, MMFOTA_AGENT_QUESTION_NONE, 0 };
}

static gboolean
is_open (MmfotaAgentQuestion *self,
         const Wish          *wish)
{
    return self->id && wish->modem == self->open.modem && wish->kind == self->open.kind;
}

void
mmfota_agent_question_wants (MmfotaAgentQuestion       *self,
                             MmfotaAgentModem          *modem,
                             const MmfotaAgentDecision *decision)
{
    Wish     wish = { modem, decision->question, decision->default_at };
    gboolean is_notice = wish.kind == MMFOTA_AGENT_QUESTION_NOTICE;

    if (wish.kind == MMFOTA_AGENT_QUESTION_NONE)
        return;
    if (self->best.kind == MMFOTA_AGENT_QUESTION_NONE ||
        (is_notice && self->best.kind != MMFOTA_AGENT_QUESTION_NOTICE) ||
        (is_open (self, &wish) && is_notice == (self->best.kind == MMFOTA_AGENT_QUESTION_NOTICE)))
        self->best = wish;
}

static const gchar *
offered (const Wish *wish)
{
    return wish->modem ? mmfota_agent_modem_peek_memory (wish->modem)->offered : NULL;
}

gboolean
mmfota_agent_question_end (MmfotaAgentQuestion *self)
{
    gboolean same = self->best.modem ? is_open (self, &self->best) && g_strcmp0 (offered (&self->best), self->version) == 0
                                     : !self->id;
    gboolean changed = !same || self->best.at != self->open.at;

    self->open = self->best;
    if (!same) {
        g_clear_pointer (&self->id, g_free);
        g_clear_pointer (&self->version, g_free);
        if (self->open.modem) {
            self->id = g_uuid_string_random ();
            self->version = g_strdup (offered (&self->open));
        }
    }
    return changed;
}

static void
add (GVariantDict *dict,
     const gchar  *key,
     const gchar  *text)
{
    g_variant_dict_insert (dict, key, "s", text ? text : "");
}

GVariant *
mmfota_agent_question_to_variant (MmfotaAgentQuestion *self)
{
    static const gchar *const kinds[] = { "", "download", "upgrade", "notice" };
    static const gchar *const question[] = { "now", "later", "skip", NULL };
    static const gchar *const notice[] = { "now", "later", "skip", "cancel", NULL };
    g_auto(GVariantDict)      dict = G_VARIANT_DICT_INIT (NULL);
    const MmfotaAgentMemory  *memory;
    gboolean                  is_notice = self->open.kind == MMFOTA_AGENT_QUESTION_NOTICE;

    if (!self->id)
        return g_variant_dict_end (&dict);
    memory = mmfota_agent_modem_peek_memory (self->open.modem);
    add (&dict, "id", self->id);
    add (&dict, "kind", kinds[self->open.kind]);
    add (&dict, "device", mmfota_agent_modem_get_imei (self->open.modem));
    add (&dict, "from", mmfota_agent_modem_get_version (self->open.modem));
    add (&dict, "to", memory->offered);
    add (&dict, "description", memory->description);
    add (&dict, "default", self->open.at ? "now" : "");
    g_variant_dict_insert (&dict, "size", "t", memory->size);
    g_variant_dict_insert (&dict, "default-at", "t", (guint64) self->open.at);
    g_variant_dict_insert (&dict, "seconds-offline", "u",
                           self->open.kind == MMFOTA_AGENT_QUESTION_DOWNLOAD ? 0 : SECONDS_OFFLINE);
    g_variant_dict_insert_value (&dict, "choices", g_variant_new_strv (is_notice ? notice : question, -1));
    return g_variant_dict_end (&dict);
}

MmfotaAgentModem *
mmfota_agent_question_peek (MmfotaAgentQuestion     *self,
                            const gchar             *id,
                            MmfotaAgentQuestionKind *kind)
{
    gboolean found = self->id && (!id || g_str_equal (self->id, id));

    *kind = found ? self->open.kind : MMFOTA_AGENT_QUESTION_NONE;
    return found ? self->open.modem : NULL;
}

MmfotaAgentQuestion *
mmfota_agent_question_new (void)
{
    return g_new0 (MmfotaAgentQuestion, 1);
}

void
mmfota_agent_question_free (MmfotaAgentQuestion *self)
{
    g_free (self->id);
    g_free (self->version);
    g_free (self);
}

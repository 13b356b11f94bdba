/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-agent-action.h"

#include <stddef.h>
#include <string.h>

#include "mmfota-agent-store.h"
#include "mmfota-agent-values.h"
#include "mmfota-text.h"

#define GROUP "action"

#define FIELD(name) offsetof (MmfotaAgentServerAction, name)

/* What is known of the server, then of its action */
static const struct {
    const gchar *key;
    gsize        offset;
    gboolean     stays;
} strings[] = {
    { "controller", FIELD (controller), TRUE },
    { "told", FIELD (told), TRUE },
    { "over", FIELD (over), TRUE },
    { "id", FIELD (id), FALSE },
    { "link", FIELD (link), FALSE },
    { "url", FIELD (url), FALSE },
    { "version", FIELD (version), FALSE },
    { "problem", FIELD (problem), FALSE },
    { "answer", FIELD (answer), FALSE },
    { "journal", FIELD (journal), FALSE },
};

static const struct {
    const gchar *key;
    gsize        offset;
} flags[] = {
    { "hold-download", FIELD (hold_download) }, { "hold-upgrade", FIELD (hold_upgrade) }, { "forced", FIELD (forced) },
    { "window", FIELD (window) },               { "confirm", FIELD (confirm) },
};

static gchar **
peek_string (MmfotaAgentServerAction *self,
             guint                    i)
{
    return (gchar **) ((gchar *) self + strings[i].offset);
}

static gboolean *
peek_flag (MmfotaAgentServerAction *self,
           guint                    i)
{
    return (gboolean *) ((gchar *) self + flags[i].offset);
}

static void
clear (MmfotaAgentServerAction *self,
       gboolean                 all)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS (strings); i++) {
        if (all || !strings[i].stays)
            g_clear_pointer (peek_string (self, i), g_free);
    }
    for (i = 0; i < G_N_ELEMENTS (flags); i++)
        *peek_flag (self, i) = FALSE;
    self->sequence = 0;
}

void
mmfota_agent_action_clear (MmfotaAgentServerAction *self)
{
    clear (self, TRUE);
}

static gboolean
makes_sense (const MmfotaAgentServerAction *self)
{
    if (!self->id)
        return TRUE;
    return self->link && (self->problem || (self->version && self->url && mmfota_agent_value_is_server_url (self->url)));
}

void
mmfota_agent_action_load (MmfotaAgentServerAction *self,
                          const gchar             *path,
                          const gchar             *controller)
{
    g_autoptr(GKeyFile) file = g_key_file_new ();
    guint               i;

    clear (self, TRUE);
    if (g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, NULL)) {
        for (i = 0; i < G_N_ELEMENTS (strings); i++)
            *peek_string (self, i) = g_key_file_get_string (file, GROUP, strings[i].key, NULL);
        for (i = 0; i < G_N_ELEMENTS (flags); i++)
            *peek_flag (self, i) = g_key_file_get_boolean (file, GROUP, flags[i].key, NULL);
        self->sequence = g_key_file_get_uint64 (file, GROUP, "sequence", NULL);
    }
    if (g_strcmp0 (self->controller, controller) == 0 && makes_sense (self))
        return;
    clear (self, TRUE);
    self->controller = g_strdup (controller);
}

gboolean
mmfota_agent_action_save (const MmfotaAgentServerAction  *self,
                          const gchar                    *path,
                          GError                        **error)
{
    g_autoptr(GKeyFile)  file = g_key_file_new ();
    g_autofree gchar    *text = NULL;
    gsize                length;
    guint                i;

    for (i = 0; i < G_N_ELEMENTS (strings); i++) {
        const gchar *value = *(gchar *const *) ((const gchar *) self + strings[i].offset);

        if (value)
            g_key_file_set_string (file, GROUP, strings[i].key, value);
    }
    for (i = 0; i < G_N_ELEMENTS (flags); i++)
        g_key_file_set_boolean (file, GROUP, flags[i].key, *(const gboolean *) ((const gchar *) self + flags[i].offset));
    g_key_file_set_uint64 (file, GROUP, "sequence", self->sequence);
    text = g_key_file_to_data (file, &length, NULL);
    return mmfota_agent_store_write (path, text, length, error);
}

void
mmfota_agent_action_take (MmfotaAgentServerAction        *self,
                          const MmfotaAgentDdiDeployment *deployment,
                          const gchar                    *link,
                          gboolean                        confirm)
{
    if (g_strcmp0 (self->id, deployment->id) != 0)
        clear (self, FALSE);
    mmfota_text_set (&self->id, deployment->id);
    mmfota_text_set (&self->link, link);
    mmfota_text_set (&self->url, deployment->url);
    mmfota_text_set (&self->version, deployment->version);
    mmfota_text_set (&self->problem, deployment->problem);
    self->hold_download = deployment->hold_download;
    self->hold_upgrade = deployment->hold_upgrade;
    self->forced = deployment->forced;
    self->window = deployment->window;
    self->confirm = confirm;
}

void
mmfota_agent_action_end (MmfotaAgentServerAction *self)
{
    mmfota_text_set (&self->over, self->id);
    clear (self, FALSE);
}

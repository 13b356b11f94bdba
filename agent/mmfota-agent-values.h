/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_AGENT_VALUES_H
#define MMFOTA_AGENT_VALUES_H

#include "mmfota-agent-settings.h"

/* The keys of the configuration, as a table, and their values. */

typedef struct _MmfotaAgentKey MmfotaAgentKey;

/* Errors say what is wrong with @text, and what is allowed. */
typedef gboolean (* MmfotaAgentKeyParse) (const MmfotaAgentKey  *key,
                                          const gchar           *text,
                                          gpointer               field,
                                          GError               **error);

struct _MmfotaAgentKey {
    const gchar         *group;
    const gchar         *key;
    const gchar         *fallback; /* default */
    gsize                offset;   /* into MmfotaAgentSettings */
    MmfotaAgentKeyParse  parse;
    guint32              min;      /* of numbers and durations */
    guint32              max;
    const gchar         *words;    /* "off ask auto": 0, 1, 2 */
};

/* By group */
extern const MmfotaAgentKey  mmfota_agent_keys[];
extern const guint           mmfota_agent_n_keys;

gboolean             mmfota_agent_key_set        (const MmfotaAgentKey       *key,
                                                  MmfotaAgentSettings        *settings,
                                                  const gchar                *text,
                                                  GError                    **error);
/* The text without its secrets. */
gchar               *mmfota_agent_key_mask       (const MmfotaAgentKey       *key,
                                                  const gchar                *text);

/* Whether this URL is on this host. */
gboolean             mmfota_agent_is_this_host   (GUri                       *uri);
/* Whether this is a valid URL of a firmware folder; without placeholders. */
gboolean             mmfota_agent_value_is_server_url (const gchar           *url);

MmfotaAgentSettings *mmfota_agent_settings_new   (void);
void                 mmfota_agent_settings_free  (MmfotaAgentSettings        *settings);
/* Checks that the settings are consistent. */
gboolean             mmfota_agent_settings_check (const MmfotaAgentSettings  *settings,
                                                  GError                    **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmfotaAgentSettings, mmfota_agent_settings_free)

#endif /* MMFOTA_AGENT_VALUES_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_AGENT_CONFIG_H
#define MMFOTA_AGENT_CONFIG_H

#include <glib.h>

#include "mmfota-agent-settings.h"

/*
 * The configuration, read and checked.
 */

#define MMFOTA_AGENT_CONFIG_FILE   "/etc/mmfota/agent.conf"
#define MMFOTA_AGENT_CONFIG_DIR    "/etc/mmfota/agent.conf.d"
#define MMFOTA_AGENT_CONFIG_VENDOR "/usr/lib/mmfota/agent.conf.d"

typedef struct _MmfotaAgentConfig MmfotaAgentConfig;

/* Reads the vendor's files, then agent.conf, then agent.conf.d; or only @file, if given. The
 * error names file, group, key and value, and what is allowed. */
MmfotaAgentConfig         *mmfota_agent_config_load      (const gchar        *file,
                                                          GError            **error);
/* The three layers from other places */
MmfotaAgentConfig         *mmfota_agent_config_load_from (const gchar        *vendor,
                                                          const gchar        *file,
                                                          const gchar        *folder,
                                                          GError            **error);
/* Everything from one text; @origin: what errors call it */
MmfotaAgentConfig         *mmfota_agent_config_parse     (const gchar        *origin,
                                                          const gchar        *text,
                                                          gsize               length,
                                                          GError            **error);
MmfotaAgentConfig         *mmfota_agent_config_ref       (MmfotaAgentConfig  *self);
void                       mmfota_agent_config_unref     (MmfotaAgentConfig  *self);

/* Groups such as [policy 860000000000001] apply to that module alone. @imei may be NULL for the
 * settings of all others. Valid as long as @self. */
const MmfotaAgentSettings *mmfota_agent_config_peek      (MmfotaAgentConfig  *self,
                                                          const gchar        *imei);

/* Every key with its value and origin, as a file that could be read again. Names of files with
 * secrets are shown; what precedes an "@" in a URL is not. */
gchar                     *mmfota_agent_config_to_text   (MmfotaAgentConfig  *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmfotaAgentConfig, mmfota_agent_config_unref)

#endif /* MMFOTA_AGENT_CONFIG_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_AGENT_SERVICE_H
#define MMFOTA_AGENT_SERVICE_H

#include <gio/gio.h>

#include "mmfota-agent-config.h"

#define MMFOTA_AGENT_NAME "com.td_tech.FotaAgent1"
#define MMFOTA_AGENT_PATH "/com/td_tech/FotaAgent1"

/* All modules, and the agent's D-Bus object. */
typedef struct _MmfotaAgentService MmfotaAgentService;

/* @state: a writable folder. */
MmfotaAgentService *mmfota_agent_service_new        (GDBusConnection     *connection,
                                                     MmfotaAgentConfig   *config,
                                                     const gchar         *state,
                                                     GError             **error);
void                mmfota_agent_service_free       (MmfotaAgentService  *self);

void                mmfota_agent_service_set_config (MmfotaAgentService  *self,
                                                     MmfotaAgentConfig   *config);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmfotaAgentService, mmfota_agent_service_free)

#endif /* MMFOTA_AGENT_SERVICE_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_AGENT_AUTHORITY_H
#define MMFOTA_AGENT_AUTHORITY_H

#include <gio/gio.h>

/*
 * Whether the caller may do that: asks polkit; without polkit, root and the agent's own user may.
 */
typedef void (* MmfotaAgentAuthorityDone) (gboolean allowed,
                                           gpointer user_data);

/* @action: "com.td_tech.FotaAgent1.…". @done is called once, not before this returns. */
void mmfota_agent_authority_check (GDBusMethodInvocation    *invocation,
                                   const gchar              *action,
                                   MmfotaAgentAuthorityDone  done,
                                   gpointer                  user_data);

#endif /* MMFOTA_AGENT_AUTHORITY_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_AGENT_OUTSIDE_H
#define MMFOTA_AGENT_OUTSIDE_H

#include "mmfota-agent-command.h"
#include "mmfota-agent-modem.h"
#include "mmfota-agent-sms.h"

/*
 * A module's links to the outside, as far as they are configured: SMS, commands from a broker,
 * hawkBit, and reports of its events.
 */

typedef struct _MmfotaAgentOutside MmfotaAgentOutside;

/* The number of undelivered events has changed for some module and sink */
typedef void (* MmfotaAgentOutsideChanged) (gpointer user_data);

/* @trigger: an SMS asks for a check; @command: a command does */
MmfotaAgentOutside *mmfota_agent_outside_new        (const gchar                *state,
                                                     MmfotaAgentSmsTrigger       trigger,
                                                     MmfotaAgentCommandTrigger   command,
                                                     MmfotaAgentOutsideChanged   changed,
                                                     gpointer                    user_data);
void                mmfota_agent_outside_free       (MmfotaAgentOutside         *self);

/* The module has appeared, or its configuration has changed. @object: NULL while it is not on
 * the bus. */
void                mmfota_agent_outside_follow     (MmfotaAgentOutside         *self,
                                                     MmfotaAgentModem           *modem,
                                                     GDBusObject                *object);
/* The configuration has changed: call mmfota_agent_outside_follow () again for each module. */
void                mmfota_agent_outside_forget     (MmfotaAgentOutside         *self);
/* Passes the policy's decision on to an engine */
void                mmfota_agent_outside_decided    (MmfotaAgentOutside         *self,
                                                     MmfotaAgentModem           *modem,
                                                     const MmfotaAgentDecision  *decision);
/* Somebody wants a check now: an engine asks its server. FALSE: there is no engine. */
gboolean            mmfota_agent_outside_ask        (MmfotaAgentOutside         *self,
                                                     const gchar                *imei);
/* The network is back, or the machine woke up. */
void                mmfota_agent_outside_hurry      (MmfotaAgentOutside         *self);
guint64             mmfota_agent_outside_unreported (MmfotaAgentOutside         *self,
                                                     const gchar                *imei);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmfotaAgentOutside, mmfota_agent_outside_free)

#endif /* MMFOTA_AGENT_OUTSIDE_H */

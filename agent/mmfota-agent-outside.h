/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_AGENT_OUTSIDE_H
#define MMFOTA_AGENT_OUTSIDE_H

#include "mmfota-agent-command.h"
#include "mmfota-agent-modem.h"
#include "mmfota-agent-sms.h"

/*
 * What reaches a module's agent from outside, and what is told there: its SMS, commands
 * from a broker, and reports of its events, as far as they are configured.
 */

typedef struct _MmfotaAgentOutside MmfotaAgentOutside;

/* The number of events of some module that some sink has not taken yet has changed */
typedef void (* MmfotaAgentOutsideChanged) (gpointer user_data);

/* @trigger: an SMS says to look now; @command: a command does */
MmfotaAgentOutside *mmfota_agent_outside_new        (const gchar                *state,
                                                     MmfotaAgentSmsTrigger       trigger,
                                                     MmfotaAgentCommandTrigger   command,
                                                     MmfotaAgentOutsideChanged   changed,
                                                     gpointer                    user_data);
void                mmfota_agent_outside_free       (MmfotaAgentOutside         *self);

/* It is there, or there again, or configured anew. @object: NULL while it is not. */
void                mmfota_agent_outside_follow     (MmfotaAgentOutside         *self,
                                                     MmfotaAgentModem           *modem,
                                                     GDBusObject                *object);
/* The configuration is another: all that follow are followed anew. */
void                mmfota_agent_outside_forget     (MmfotaAgentOutside         *self);
/* What an engine makes of what the policy makes of its wishes */
void                mmfota_agent_outside_decided    (MmfotaAgentOutside         *self,
                                                     MmfotaAgentModem           *modem,
                                                     const MmfotaAgentDecision  *decision);
/* Somebody wants to look now: an engine asks its server. FALSE: there is none. */
gboolean            mmfota_agent_outside_ask        (MmfotaAgentOutside         *self,
                                                     const gchar                *imei);
/* The network is back, or the machine woke up. */
void                mmfota_agent_outside_hurry      (MmfotaAgentOutside         *self);
guint64             mmfota_agent_outside_unreported (MmfotaAgentOutside         *self,
                                                     const gchar                *imei);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmfotaAgentOutside, mmfota_agent_outside_free)

#endif /* MMFOTA_AGENT_OUTSIDE_H */

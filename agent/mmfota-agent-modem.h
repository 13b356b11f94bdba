/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_AGENT_MODEM_H
#define MMFOTA_AGENT_MODEM_H

#include "mmfota-agent-config.h"
#include "mmfota-agent-journal.h"
#include "mmfota-agent-policy.h"
#include "mmfota-modem.h"

/*
 * One module, identified across reboots by its IMEI, with its memory: gives the policy its view,
 * carries out the decision, and records the result.
 */

typedef struct _MmfotaAgentModem MmfotaAgentModem;

typedef void (* MmfotaAgentModemChanged) (gpointer user_data);

/* @state: the folder of the memory. One that can't be read is an error. */
MmfotaAgentModem    *mmfota_agent_modem_new         (MMManager                *manager,
                                                     const gchar              *imei,
                                                     const gchar              *state,
                                                     MmfotaAgentModemChanged   changed,
                                                     gpointer                  user_data,
                                                     GError                  **error);
void                 mmfota_agent_modem_free        (MmfotaAgentModem         *self);

void                 mmfota_agent_modem_set_config  (MmfotaAgentModem         *self,
                                                     MmfotaAgentConfig        *config,
                                                     const gchar              *digest,
                                                     const gchar              *machine_id);

const gchar         *mmfota_agent_modem_get_imei    (MmfotaAgentModem         *self);
MmfotaAgentMemory   *mmfota_agent_modem_peek_memory (MmfotaAgentModem         *self);
/* "/" while it is not on the bus; its proxy is NULL then */
const gchar         *mmfota_agent_modem_get_path    (MmfotaAgentModem         *self);
MmGdbusModemFota    *mmfota_agent_modem_peek_fota   (MmfotaAgentModem         *self);
const gchar         *mmfota_agent_modem_get_version (MmfotaAgentModem         *self);
const MmfotaAgentSettings *mmfota_agent_modem_peek_settings (MmfotaAgentModem *self);
/* Of the agent's own events */
MmfotaAgentJournal  *mmfota_agent_modem_peek_journal (MmfotaAgentModem        *self);
/* For the running transaction or the last one; does nothing for others. @next: Unix time of the
 * next attempt. */
void                 mmfota_agent_modem_get_tries    (MmfotaAgentModem        *self,
                                                      const gchar             *transaction,
                                                      guint                   *attempt,
                                                      gint64                  *next);

/* What an engine wants of it, or NULL for nothing. Must stay valid until the next call, or until
 * it is forgotten, which does not mean that the engine wants nothing. */
void                 mmfota_agent_modem_assign      (MmfotaAgentModem            *self,
                                                     const MmfotaAgentAssignment *assignment);
void                 mmfota_agent_modem_forget_assignment (MmfotaAgentModem      *self);
/* The model as reported by the module; NULL if unknown */
const gchar         *mmfota_agent_modem_get_model   (MmfotaAgentModem         *self);

/* Writes the memory; FALSE, and a line in the log, if that fails. */
gboolean             mmfota_agent_modem_save        (MmfotaAgentModem         *self);

/* Follows the only modem with the IMEI, unless one is followed already. */
void                 mmfota_agent_modem_find        (MmfotaAgentModem         *self);

/* What to do now. */
MmfotaAgentDecision  mmfota_agent_modem_decide      (MmfotaAgentModem         *self,
                                                     gint64                    paused_until);
/* Carries it out: sends a verb, or discards a package. */
void                 mmfota_agent_modem_act         (MmfotaAgentModem          *self,
                                                     const MmfotaAgentDecision *decision);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmfotaAgentModem, mmfota_agent_modem_free)

#endif /* MMFOTA_AGENT_MODEM_H */

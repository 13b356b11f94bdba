/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_AGENT_MODEM_H
#define MMFOTA_AGENT_MODEM_H

#include "mmfota-agent-journal.h"
#include "mmfota-agent-policy.h"
#include "mmfota-modem.h"

/*
 * One module, followed over reboots by its IMEI, with what is remembered of it: tells
 * the policy what is seen, does what that decides, and remembers how it ended.
 */

typedef struct _MmfotaAgentModem MmfotaAgentModem;

typedef void (* MmfotaAgentModemChanged) (gpointer user_data);

/* @state: the folder of the memory. One that can't be read is an error, and so is none. */
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
/* "/" while it is not on the bus; NULL for its proxy */
const gchar         *mmfota_agent_modem_get_path    (MmfotaAgentModem         *self);
MmGdbusModemFota    *mmfota_agent_modem_peek_fota   (MmfotaAgentModem         *self);
const gchar         *mmfota_agent_modem_get_version (MmfotaAgentModem         *self);
const MmfotaAgentSettings *mmfota_agent_modem_peek_settings (MmfotaAgentModem *self);
/* Of the agent's own events */
MmfotaAgentJournal  *mmfota_agent_modem_peek_journal (MmfotaAgentModem        *self);
/* Of the transaction that runs, or that has ended last; of others nothing is known, and all stays as it is. @next: Unix
 * time of the next try. */
void                 mmfota_agent_modem_get_tries    (MmfotaAgentModem        *self,
                                                      const gchar             *transaction,
                                                      guint                   *attempt,
                                                      gint64                  *next);

/* What an engine wants of it, NULL: nothing. Valid until the next one, or forgotten: that says
 * nothing of what the engine wants. */
void                 mmfota_agent_modem_assign      (MmfotaAgentModem            *self,
                                                     const MmfotaAgentAssignment *assignment);
void                 mmfota_agent_modem_forget_assignment (MmfotaAgentModem      *self);
/* As the module calls itself; NULL while that is not known */
const gchar         *mmfota_agent_modem_get_model   (MmfotaAgentModem         *self);

/* Writes the memory; FALSE, and a line in the log, if that can't be. */
gboolean             mmfota_agent_modem_save        (MmfotaAgentModem         *self);

/* If none is followed, and one alone has the IMEI: that one. */
void                 mmfota_agent_modem_find        (MmfotaAgentModem         *self);

/* What is to be done now. */
MmfotaAgentDecision  mmfota_agent_modem_decide      (MmfotaAgentModem         *self,
                                                     gint64                    paused_until);
/* Does it: a verb, or to discard a package. */
void                 mmfota_agent_modem_act         (MmfotaAgentModem          *self,
                                                     const MmfotaAgentDecision *decision);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmfotaAgentModem, mmfota_agent_modem_free)

#endif /* MMFOTA_AGENT_MODEM_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * One module as a target of Eclipse hawkBit, by its DDI: asks the server at the times that it
 * sets what is to be installed, says so as an assignment, of which the policy makes what it
 * will, and tells the server what comes of it.
 *
 * One request at a time, and an action that has begun is on the disk. An action ends with one
 * "closed", when the version runs or will not be tried any more; what will be tried again is
 * "proceeding". Each event of the plugin's journal since it began is told, with its own time.
 */

#ifndef MMFOTA_AGENT_HAWKBIT_H
#define MMFOTA_AGENT_HAWKBIT_H

#include "mm-gdbus-fota.h"
#include "mmfota-agent-http.h"
#include "mmfota-agent-policy.h"

typedef struct _MmfotaAgentHawkbit MmfotaAgentHawkbit;

typedef struct {
    const MmfotaAgentHawkbitSettings *settings;
    /* "imei", "hash" or a text: the name of the device in its attributes */
    const gchar                      *device_id;
    const gchar                      *imei;
    /* The folder for what must survive restarts ("hawkbit-IMEI") */
    const gchar                      *state;
} MmfotaAgentHawkbitOptions;

/* The assignment may have changed. */
typedef void (* MmfotaAgentHawkbitChanged) (gpointer user_data);

/* Errors name the file or the value. */
MmfotaAgentHawkbit          *mmfota_agent_hawkbit_new       (const MmfotaAgentHawkbitOptions *options,
                                                             MmfotaAgentHawkbitChanged        changed,
                                                             gpointer                         user_data,
                                                             GError                         **error);
void                         mmfota_agent_hawkbit_free      (MmfotaAgentHawkbit              *self);

/* NULL for none. Valid until it changes. */
const MmfotaAgentAssignment *mmfota_agent_hawkbit_peek_assignment (MmfotaAgentHawkbit        *self);

/* The module's name at its server: no two modules of a host may have the same */
const gchar                 *mmfota_agent_hawkbit_peek_target (MmfotaAgentHawkbit            *self);

/* The modem has appeared, perhaps again as another object; NULL: it is gone. The first call
 * starts polling. */
void                         mmfota_agent_hawkbit_follow    (MmfotaAgentHawkbit              *self,
                                                             MmGdbusModemFota                *fota,
                                                             const gchar                     *model);
/* The policy's decision, after each look */
void                         mmfota_agent_hawkbit_decided   (MmfotaAgentHawkbit              *self,
                                                             const MmfotaAgentMemory         *memory,
                                                             const MmfotaAgentDecision       *decision,
                                                             const gchar                     *version);
/* The network is back, the machine woke up, or somebody wants a check now */
void                         mmfota_agent_hawkbit_hurry     (MmfotaAgentHawkbit              *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmfotaAgentHawkbit, mmfota_agent_hawkbit_free)

#endif /* MMFOTA_AGENT_HAWKBIT_H */

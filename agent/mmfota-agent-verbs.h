/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_AGENT_VERBS_H
#define MMFOTA_AGENT_VERBS_H

#include "mm-gdbus-fota.h"
#include "mmfota-agent-policy.h"

/* What goes to the plugin, and what comes back. */

const gchar *mmfota_agent_verb_name    (MmfotaAgentVerb            verb);
const gchar *mmfota_agent_verb_method  (MmfotaAgentVerb            verb);
/* The kind of event that reports its success */
guint        mmfota_agent_verb_success (MmfotaAgentVerb            verb);

/* The options of the memory's verb; @url: the folder. The error names the file that can't be read. */
GVariant    *mmfota_agent_verb_options (const MmfotaAgentSettings *settings,
                                        const MmfotaAgentMemory   *memory,
                                        guint32                    wait,
                                        const gchar               *url,
                                        GError                   **error);

typedef struct {
    MmfotaAgentOutcome  outcome;
    GVariant           *result;
    GVariant           *update;
} MmfotaAgentResult;

/* @fota: may be NULL, if the modem is gone again; @offered: the version of a download. */
MmfotaAgentResult *mmfota_agent_result_new  (GVariant          *result,
                                             MmGdbusModemFota  *fota,
                                             const gchar       *offered);
void               mmfota_agent_result_free (MmfotaAgentResult *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmfotaAgentResult, mmfota_agent_result_free)

#endif /* MMFOTA_AGENT_VERBS_H */

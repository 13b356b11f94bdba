/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_AGENT_QUESTION_H
#define MMFOTA_AGENT_QUESTION_H

#include "mmfota-agent-modem.h"

/*
 * The open question: one at a time, however many modules have one. A notice comes first, since its
 * time is running.
 */

typedef struct _MmfotaAgentQuestion MmfotaAgentQuestion;

MmfotaAgentQuestion    *mmfota_agent_question_new       (void);
void                    mmfota_agent_question_free      (MmfotaAgentQuestion       *self);

/* For each look at all modules: begin, add each module that has a question, end. TRUE if the
 * open question has changed. */
void                    mmfota_agent_question_begin     (MmfotaAgentQuestion       *self);
void                    mmfota_agent_question_wants     (MmfotaAgentQuestion       *self,
                                                         MmfotaAgentModem          *modem,
                                                         const MmfotaAgentDecision *decision);
gboolean                mmfota_agent_question_end       (MmfotaAgentQuestion       *self);

/* The value of the property */
GVariant               *mmfota_agent_question_to_variant (MmfotaAgentQuestion      *self);

/* NULL and NONE if no question with this id is open. */
MmfotaAgentModem       *mmfota_agent_question_peek      (MmfotaAgentQuestion       *self,
                                                         const gchar               *id,
                                                         MmfotaAgentQuestionKind   *kind);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmfotaAgentQuestion, mmfota_agent_question_free)

#endif /* MMFOTA_AGENT_QUESTION_H */

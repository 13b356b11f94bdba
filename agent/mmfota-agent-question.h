/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_AGENT_QUESTION_H
#define MMFOTA_AGENT_QUESTION_H

#include "mmfota-agent-modem.h"

/*
 * The question that is open: one at a time, however many modules have one. A notice
 * comes before the others, since time runs for it.
 */

typedef struct _MmfotaAgentQuestion MmfotaAgentQuestion;

MmfotaAgentQuestion    *mmfota_agent_question_new       (void);
void                    mmfota_agent_question_free      (MmfotaAgentQuestion       *self);

/* Anew for each look at all modules: begin, each that has a question, end. TRUE if
 * the open question is another than before. */
void                    mmfota_agent_question_begin     (MmfotaAgentQuestion       *self);
void                    mmfota_agent_question_wants     (MmfotaAgentQuestion       *self,
                                                         MmfotaAgentModem          *modem,
                                                         const MmfotaAgentDecision *decision);
gboolean                mmfota_agent_question_end       (MmfotaAgentQuestion       *self);

/* As the property */
GVariant               *mmfota_agent_question_to_variant (MmfotaAgentQuestion      *self);

/* NULL and NONE if none is open, or it has another id. */
MmfotaAgentModem       *mmfota_agent_question_peek      (MmfotaAgentQuestion       *self,
                                                         const gchar               *id,
                                                         MmfotaAgentQuestionKind   *kind);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmfotaAgentQuestion, mmfota_agent_question_free)

#endif /* MMFOTA_AGENT_QUESTION_H */

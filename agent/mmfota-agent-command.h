/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * A message of a broker that makes the agent look for firmware now, and no more (rule J1):
 *
 *   check
 *   {"command": "check", "id": "2026-11-27.1"}
 *
 * One with an id is acted on once, also over restarts: a broker keeps the last message of a
 * topic for whoever comes ("retained") and gives it out again at each connection. Without an
 * id such a one is not acted on.
 */

#ifndef MMFOTA_AGENT_COMMAND_H
#define MMFOTA_AGENT_COMMAND_H

#include <gio/gio.h>

/* Bytes of a message, and characters of an id */
#define MMFOTA_AGENT_COMMAND_MAX    1024
#define MMFOTA_AGENT_COMMAND_ID_MAX 64
/* Ids that are remembered */
#define MMFOTA_AGENT_COMMAND_IDS    32
/* Seconds between two that count, and how many count in a day */
#define MMFOTA_AGENT_COMMAND_PAUSE   60
#define MMFOTA_AGENT_COMMAND_DAY     (24 * 3600)
#define MMFOTA_AGENT_COMMAND_DAY_MAX 50

/* @id: NULL if it has none. The error names what is wrong, and what is allowed. */
gboolean mmfota_agent_command_parse (gconstpointer   data,
                                     gsize           size,
                                     gchar         **id,
                                     GError        **error);

/*****************************************************************************/

/* What must be remembered, over restarts. Unix time. */
typedef struct {
    /* The newest last */
    GPtrArray *ids;
    gint64     accepted;
    gint64     day;
    guint      of_day;
} MmfotaAgentCommandMemory;

typedef enum {
    MMFOTA_AGENT_COMMAND_ACCEPTED,
    MMFOTA_AGENT_COMMAND_TOO_SOON,
    MMFOTA_AGENT_COMMAND_TOO_MANY,
} MmfotaAgentCommandVerdict;

/* A text that makes no sense is an empty memory */
MmfotaAgentCommandMemory  *mmfota_agent_command_memory_new     (const gchar                    *text);
void                       mmfota_agent_command_memory_free    (MmfotaAgentCommandMemory       *memory);
gchar                     *mmfota_agent_command_memory_to_text (const MmfotaAgentCommandMemory *memory);

/* None of those that were acted on; the oldest is forgotten for it */
gboolean                   mmfota_agent_command_is_new         (const MmfotaAgentCommandMemory *memory,
                                                                const gchar                    *id);
void                       mmfota_agent_command_remember       (MmfotaAgentCommandMemory       *memory,
                                                                const gchar                    *id);

/* Whether it is the time for one. @memory becomes what must be stored before it is acted on,
 * if it is accepted. @wait: seconds until it is worth another look, if it is not. */
MmfotaAgentCommandVerdict  mmfota_agent_command_judge          (MmfotaAgentCommandMemory       *memory,
                                                                gint64                          now,
                                                                guint                          *wait);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmfotaAgentCommandMemory, mmfota_agent_command_memory_free)

/*****************************************************************************/

/* What comes for one module, and what becomes of it: what comes too soon is acted on later,
 * once for all of them. What is none is told, five times an hour at most. */
typedef struct _MmfotaAgentCommands MmfotaAgentCommands;

typedef void (* MmfotaAgentCommandTrigger) (const gchar *imei,
                                            gpointer     user_data);

/* @state: the folder for the memory ("commands-IMEI"). @trigger: called from
 * mmfota_agent_commands_take () and later. */
MmfotaAgentCommands *mmfota_agent_commands_new  (const gchar               *state,
                                                 const gchar               *imei,
                                                 MmfotaAgentCommandTrigger  trigger,
                                                 gpointer                   user_data);
void                 mmfota_agent_commands_free (MmfotaAgentCommands       *self);
void                 mmfota_agent_commands_take (MmfotaAgentCommands       *self,
                                                 gconstpointer              data,
                                                 gsize                      size,
                                                 gboolean                   retained);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmfotaAgentCommands, mmfota_agent_commands_free)

#endif /* MMFOTA_AGENT_COMMAND_H */

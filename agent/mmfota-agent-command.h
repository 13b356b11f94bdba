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

/* Limits: bytes of a message, characters of an id */
#define MMFOTA_AGENT_COMMAND_MAX    1024
#define MMFOTA_AGENT_COMMAND_ID_MAX 64
/* Number of ids that are remembered */
#define MMFOTA_AGENT_COMMAND_IDS    32
/* Least seconds between two accepted commands, and how many are accepted in a day */
#define MMFOTA_AGENT_COMMAND_PAUSE   60
#define MMFOTA_AGENT_COMMAND_DAY     (24 * 3600)
#define MMFOTA_AGENT_COMMAND_DAY_MAX 50

/* @id: NULL if it has none. The error says what is wrong and what is allowed. */
gboolean mmfota_agent_command_parse (gconstpointer   data,
                                     gsize           size,
                                     gchar         **id,
                                     GError        **error);

/*****************************************************************************/

/* What must survive restarts. Unix time. */
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

/* An unreadable text gives an empty memory */
MmfotaAgentCommandMemory  *mmfota_agent_command_memory_new     (const gchar                    *text);
void                       mmfota_agent_command_memory_free    (MmfotaAgentCommandMemory       *memory);
gchar                     *mmfota_agent_command_memory_to_text (const MmfotaAgentCommandMemory *memory);

/* Ids of commands that were acted on; if there is no room, the oldest one is forgotten */
gboolean                   mmfota_agent_command_is_new         (const MmfotaAgentCommandMemory *memory,
                                                                const gchar                    *id);
void                       mmfota_agent_command_remember       (MmfotaAgentCommandMemory       *memory,
                                                                const gchar                    *id);

/* Whether a command may be accepted now. If so, @memory is updated and must be stored before the
 * command is acted on. Otherwise @wait is the number of seconds until it should be tried again. */
MmfotaAgentCommandVerdict  mmfota_agent_command_judge          (MmfotaAgentCommandMemory       *memory,
                                                                gint64                          now,
                                                                guint                          *wait);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmfotaAgentCommandMemory, mmfota_agent_command_memory_free)

/*****************************************************************************/

/* Handles the commands for one module: those that come too soon are acted on later, once for all
 * of them. Messages that are no commands are logged, five times an hour at most. */
typedef struct _MmfotaAgentCommands MmfotaAgentCommands;

typedef void (* MmfotaAgentCommandTrigger) (const gchar *imei,
                                            gpointer     user_data);

/* @state: the folder for the memory ("commands-IMEI"). @trigger: may be called from within
 * mmfota_agent_commands_take (), or later. */
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

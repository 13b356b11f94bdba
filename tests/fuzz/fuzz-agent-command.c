/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/* A command from a broker, and what is remembered of the ids that were used */

#include "fuzz.h"
#include "mmfota-agent-command.h"

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        size_t        size)
{
    g_autoptr(MmfotaAgentCommandMemory)  memory = NULL;
    g_autoptr(MmfotaAgentCommandMemory)  again = NULL;
    g_autofree gchar                    *text = fuzz_string (data, size);
    g_autofree gchar                    *stored = NULL;
    g_autofree gchar                    *same = NULL;
    g_autofree gchar                    *id = NULL;
    GError                              *error = NULL;
    guint                                wait;

    fuzz_check_result (mmfota_agent_command_parse (data, size, &id, &error), &error);
    memory = mmfota_agent_command_memory_new (text);
    g_assert_cmpuint (memory->ids->len, <=, MMFOTA_AGENT_COMMAND_IDS);
    if (id) {
        mmfota_agent_command_remember (memory, id);
        g_assert_false (mmfota_agent_command_is_new (memory, id));
    }
    mmfota_agent_command_judge (memory, 1795780800, &wait);
    g_assert_cmpuint (wait, <=, MMFOTA_AGENT_COMMAND_DAY);
    /* What was stored is what is read */
    stored = mmfota_agent_command_memory_to_text (memory);
    again = mmfota_agent_command_memory_new (stored);
    same = mmfota_agent_command_memory_to_text (again);
    g_assert_cmpstr (stored, ==, same);
    return 0;
}

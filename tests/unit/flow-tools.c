/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "flow-tools.h"

#include "mm-tdtech-fota-rules.h"
#include "mm-tdtech-fota-transaction.h"

MMTdtechFotaMachine *
flow_tools_copy_machine (const MMTdtechFotaMachine *machine)
{
    MMTdtechFotaMachine *copy = g_memdup2 (machine, sizeof (*machine));

    copy->kept = (MMTdtechFotaTransaction) { 0 };
    mm_tdtech_fota_transaction_copy (&copy->kept, &machine->kept);
    copy->result = (MMTdtechFotaResult) { 0 };
    mm_tdtech_fota_result_copy (&copy->result, &machine->result);
    copy->version = g_strdup (machine->version);
    copy->build_time = g_strdup (machine->build_time);
    copy->revision = g_strdup (machine->revision);
    copy->detail = g_strdup (machine->detail);
    return copy;
}

gboolean
flow_tools_is_defined (const MMTdtechFotaMachine *machine,
                       const MMTdtechFotaInput   *input,
                       gboolean                  *caught)
{
    /* Shares the strings: guards only read */
    MMTdtechFotaMachine seen = *machine;
    MMTdtechFotaStep    step = { &seen, input, NULL };

    if (input->state)
        seen.module_state = input->state->state;
    return mm_tdtech_fota_rules_find (&step, caught) != NULL;
}

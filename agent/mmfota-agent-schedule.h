/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_AGENT_SCHEDULE_H
#define MMFOTA_AGENT_SCHEDULE_H

#include "mmfota-agent-memory.h"
#include "mmfota-agent-settings.h"

/*
 * When the next check is due. Checks are an interval apart. A fleet is spread by the time that each
 * device waits after it appears while a check is due: "first", and an offset of its own. A device
 * that is never on for so long waits less each time.
 */

/* Constant for a machine and a module; at least 0, less than interval * spread. */
guint32 mmfota_agent_schedule_offset (const MmfotaAgentCheckSettings *check,
                                      const gchar                    *machine_id,
                                      const gchar                    *imei);

/* @present_for: how long the module has been there, in seconds including suspend.
 * MMFOTA_AGENT_NEVER with an interval of 0. */
gint64  mmfota_agent_schedule_due    (const MmfotaAgentCheckSettings *check,
                                      const MmfotaAgentMemory        *memory,
                                      guint32                         offset,
                                      gint64                          present_for,
                                      gint64                          now);

/* The module has appeared. */
void    mmfota_agent_schedule_came   (const MmfotaAgentCheckSettings *check,
                                      MmfotaAgentMemory              *memory,
                                      gint64                          now);

#endif /* MMFOTA_AGENT_SCHEDULE_H */

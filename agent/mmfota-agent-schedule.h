/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_AGENT_SCHEDULE_H
#define MMFOTA_AGENT_SCHEDULE_H

#include "mmfota-agent-config.h"
#include "mmfota-agent-memory.h"

/*
 * When the next check is due. Checks keep the distance of the interval; what spreads
 * a fleet is how long each device waits before the first after it comes, when one is
 * due: "first", and an offset of its own. A device that is on for less than that
 * comes sooner each time.
 */

/* Fixed for a machine and a module, from 0 to less than interval * spread. */
guint32 mmfota_agent_schedule_offset (const MmfotaAgentCheckSettings *check,
                                      const gchar                    *machine_id,
                                      const gchar                    *imei);

/* @present_for: how long the module has been there, in seconds that suspend counts
 * in. MMFOTA_AGENT_NEVER with an interval of 0. */
gint64  mmfota_agent_schedule_due    (const MmfotaAgentCheckSettings *check,
                                      const MmfotaAgentMemory        *memory,
                                      guint32                         offset,
                                      gint64                          present_for,
                                      gint64                          now);

/* The module has come. */
void    mmfota_agent_schedule_came   (const MmfotaAgentCheckSettings *check,
                                      MmfotaAgentMemory              *memory,
                                      gint64                          now);

#endif /* MMFOTA_AGENT_SCHEDULE_H */

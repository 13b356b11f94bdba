/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-agent-schedule.h"

#include "mmfota-agent-window.h"

#define MISSED_MAX 20

guint32
mmfota_agent_schedule_offset (const MmfotaAgentCheckSettings *check,
                              const gchar                    *machine_id,
                              const gchar                    *imei)
{
    g_autoptr(GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
    guint8               digest[32];
    gsize                length = sizeof (digest);
    guint64              range = (guint64) check->interval * check->spread / 100;
    guint64              number = 0;
    guint                i;

    if (!range)
        return 0;
    g_checksum_update (checksum, (const guchar *) machine_id, -1);
    g_checksum_update (checksum, (const guchar *) "\n", 1);
    g_checksum_update (checksum, (const guchar *) imei, -1);
    g_checksum_get_digest (checksum, digest, &length);
    for (i = 0; i < 7; i++)
        number = number << 8 | digest[i];
    return (guint32) (number % range);
}

/* If the last check lies in the future, the clock was set. */
static gint64
next_by_interval (const MmfotaAgentCheckSettings *check,
                  const MmfotaAgentMemory        *memory,
                  gint64                          now)
{
    return memory->last_check ? MIN (memory->last_check, now) + check->interval : 0;
}

gint64
mmfota_agent_schedule_due (const MmfotaAgentCheckSettings *check,
                           const MmfotaAgentMemory        *memory,
                           guint32                         offset,
                           gint64                          present_for,
                           gint64                          now)
{
    gint64 regular = next_by_interval (check, memory, now);
    gint64 came = now - present_for;

    if (!check->interval)
        return MMFOTA_AGENT_NEVER;
    if (regular <= came)
        return came + check->first + (offset >> MIN (memory->missed ? memory->missed - 1 : 0, MISSED_MAX));
    /* Devices that would be due earlier keep their distance from each other */
    return regular < came + check->first ? regular + check->first : regular;
}

void
mmfota_agent_schedule_came (const MmfotaAgentCheckSettings *check,
                            MmfotaAgentMemory              *memory,
                            gint64                          now)
{
    if (next_by_interval (check, memory, now) <= now && memory->missed < MISSED_MAX)
        memory->missed++;
}

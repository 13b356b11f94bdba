/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_AGENT_CLOCK_H
#define MMFOTA_AGENT_CLOCK_H

#include <glib.h>

/*
 * Time, and one alarm. GLib's timeouts stop while the machine is suspended; this alarm does not,
 * and it also reports when the clock was set.
 */

typedef struct _MmfotaAgentClock MmfotaAgentClock;

typedef void (* MmfotaAgentClockWake) (gpointer user_data);
/* Set by that many seconds, forward or backward */
typedef void (* MmfotaAgentClockSet)  (gint64   seconds,
                                       gpointer user_data);

MmfotaAgentClock *mmfota_agent_clock_new     (MmfotaAgentClockWake   wake,
                                              MmfotaAgentClockSet    set,
                                              gpointer               user_data,
                                              GError               **error);
void              mmfota_agent_clock_free    (MmfotaAgentClock      *self);

/* Unix time, seconds */
gint64            mmfota_agent_clock_now     (void);
/* Seconds since an arbitrary moment, including time in suspend; unaffected by setting the clock. */
gint64            mmfota_agent_clock_elapsed (void);

/* There is one alarm: a new one replaces it. MMFOTA_AGENT_NEVER for none. */
void              mmfota_agent_clock_alarm   (MmfotaAgentClock      *self,
                                              gint64                 time);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmfotaAgentClock, mmfota_agent_clock_free)

#endif /* MMFOTA_AGENT_CLOCK_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * What the reporter needs of a sink: one list at a time is posted, and one answer comes back.
 */

#ifndef MMFOTA_AGENT_SINK_H
#define MMFOTA_AGENT_SINK_H

#include <gio/gio.h>

typedef enum {
    /* All were accepted */
    MMFOTA_AGENT_SINK_TAKEN,
    /* None may have arrived, through no fault of theirs: try again later */
    MMFOTA_AGENT_SINK_LATER,
    /* One of them was refused */
    MMFOTA_AGENT_SINK_REFUSED,
    /* The sink is not there: it calls mmfota_agent_report_hurry () once it is */
    MMFOTA_AGENT_SINK_ABSENT,
} MmfotaAgentSinkAnswer;

/* @why: for the log, with LATER and REFUSED; @seconds: until the next attempt, 0 if the sink did
 * not say */
typedef void (* MmfotaAgentSinkDone) (MmfotaAgentSinkAnswer  answer,
                                      const gchar           *why,
                                      guint                  seconds,
                                      gpointer               user_data);

typedef struct _MmfotaAgentSink MmfotaAgentSink;

struct _MmfotaAgentSink {
    /* @events: JsonObjects, CloudEvents in order. @done is called once, after this has returned;
     * also if it is cancelled or the sink is freed. */
    void (* post) (MmfotaAgentSink     *self,
                   GPtrArray           *events,
                   GCancellable        *cancellable,
                   MmfotaAgentSinkDone  done,
                   gpointer             user_data);
    /* NULL: not owned */
    void (* free) (MmfotaAgentSink     *self);
};

#endif /* MMFOTA_AGENT_SINK_H */

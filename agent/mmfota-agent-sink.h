/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * What the reporter needs of whoever takes its events: one list at a time goes there, and
 * one answer comes back.
 */

#ifndef MMFOTA_AGENT_SINK_H
#define MMFOTA_AGENT_SINK_H

#include <gio/gio.h>

typedef enum {
    /* All of them, for good */
    MMFOTA_AGENT_SINK_TAKEN,
    /* None for sure, and it is not they that are to blame: again later */
    MMFOTA_AGENT_SINK_LATER,
    /* One of them is to blame */
    MMFOTA_AGENT_SINK_REFUSED,
    /* It is not there: mmfota_agent_report_hurry () will be called when it is */
    MMFOTA_AGENT_SINK_ABSENT,
} MmfotaAgentSinkAnswer;

/* @why: for the log, of LATER and REFUSED; @seconds: it said when, 0 if it did not */
typedef void (* MmfotaAgentSinkDone) (MmfotaAgentSinkAnswer  answer,
                                      const gchar           *why,
                                      guint                  seconds,
                                      gpointer               user_data);

typedef struct _MmfotaAgentSink MmfotaAgentSink;

struct _MmfotaAgentSink {
    /* @events: JsonObjects, CloudEvents in order. @done is called once and not before this
     * returns, also if it is cancelled or the sink goes. */
    void (* post) (MmfotaAgentSink     *self,
                   GPtrArray           *events,
                   GCancellable        *cancellable,
                   MmfotaAgentSinkDone  done,
                   gpointer             user_data);
    /* NULL: somebody else's */
    void (* free) (MmfotaAgentSink     *self);
};

#endif /* MMFOTA_AGENT_SINK_H */

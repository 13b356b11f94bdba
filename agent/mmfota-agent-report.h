/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * One sink: every event of the journal of each modem that is followed goes there as a
 * CloudEvent, in order, at least once, under an id that stays the same (rule J2). The
 * journal is the queue; what is kept here is how far the sink has taken it. The agent's own
 * events have a journal of their own (mmfota-agent-journal.h), and each its place between
 * the plugin's.
 *
 * An event that the sink has refused three times is put into a file ("dead letters"), and
 * the next one has its turn; in a list of several the one that is to blame is found first.
 */

#ifndef MMFOTA_AGENT_REPORT_H
#define MMFOTA_AGENT_REPORT_H

#include "mm-gdbus-fota.h"
#include "mmfota-agent-journal.h"
#include "mmfota-agent-sink.h"

typedef struct _MmfotaAgentReport MmfotaAgentReport;

typedef struct {
    /* Identifies the sink: each has its own cursors */
    const gchar *name;
    /* Events in one list, 1 to MMFOTA_AGENT_REPORT_BATCH_MAX (mmfota-agent-config.h) */
    guint        batch;
    /* "imei", "hash", or a text */
    const gchar *device_id;
    /* The folder for cursors ("report-SINK-IMEI") and dead letters ("dead-letters") */
    const gchar *state;
} MmfotaAgentReportOptions;

/* Looks up the attempts of an event's transaction; leaves the values as they are if unknown */
typedef void (* MmfotaAgentReportTries)   (const gchar *imei,
                                           const gchar *transaction,
                                           guint       *attempt,
                                           gint64      *next,
                                           gpointer     user_data);
/* The number of undelivered events has changed */
typedef void (* MmfotaAgentReportChanged) (const gchar *imei,
                                           guint64      unreported,
                                           gpointer     user_data);

/* Takes @sink */
MmfotaAgentReport *mmfota_agent_report_new    (MmfotaAgentSink                  *sink,
                                               const MmfotaAgentReportOptions   *options,
                                               MmfotaAgentReportTries            tries,
                                               MmfotaAgentReportChanged          changed,
                                               gpointer                          user_data);
void               mmfota_agent_report_free   (MmfotaAgentReport                *self);

/* The modem has appeared, perhaps again as another object. @own: the agent's journal of it */
void               mmfota_agent_report_follow (MmfotaAgentReport                *self,
                                               const gchar                      *imei,
                                               MmGdbusModemFota                 *fota,
                                               MmfotaAgentJournal               *own);
void               mmfota_agent_report_leave  (MmfotaAgentReport                *self,
                                               const gchar                      *imei);

/* The network is back, the machine woke up, or the sink is there: try now, unless a Retry-After
 * forbids it. */
void               mmfota_agent_report_hurry  (MmfotaAgentReport                *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmfotaAgentReport, mmfota_agent_report_free)

#endif /* MMFOTA_AGENT_REPORT_H */

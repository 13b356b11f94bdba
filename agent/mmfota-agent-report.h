/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * One sink: every event of the journal of each modem that is followed is posted to a URL as
 * a CloudEvent, in order, at least once, under an id that stays the same (rule J2). The
 * journal is the queue; what is kept here is how far the sink has taken it. The agent's own
 * events have a journal of their own (mmfota-agent-journal.h), and each its place between
 * the plugin's.
 *
 * 2xx: taken. 3xx, 408, 425, 429, 5xx, no answer: again later, when Retry-After says if it
 * does. 401, 403, 407, 421: later too, since it is not the event that is to blame. Others
 * of 400 and more: after three tries the event is put into a file ("dead letters"), and the
 * next one has its turn; in a list of several the one that is to blame is found first.
 */

#ifndef MMFOTA_AGENT_REPORT_H
#define MMFOTA_AGENT_REPORT_H

#include "mm-gdbus-fota.h"
#include "mmfota-agent-http.h"
#include "mmfota-agent-journal.h"

#define MMFOTA_AGENT_REPORT_BATCH_MAX 256

typedef struct _MmfotaAgentReport MmfotaAgentReport;

typedef struct {
    /* http or https */
    const gchar        *url;
    /* Events in one request, 1 to MMFOTA_AGENT_REPORT_BATCH_MAX */
    guint               batch;
    /* A file with a bearer token, NULL or empty: none */
    const gchar        *token_file;
    MmfotaAgentHttpTls  tls;
    /* "imei", "hash", or a text */
    const gchar        *device_id;
    /* The folder for cursors ("report-SINK-IMEI") and dead letters ("dead-letters") */
    const gchar        *state;
} MmfotaAgentReportOptions;

/* What is known of a transaction's tries when an event is told; all may stay as they are */
typedef void (* MmfotaAgentReportTries)   (const gchar *imei,
                                           const gchar *transaction,
                                           guint       *attempt,
                                           gint64      *next,
                                           gpointer     user_data);
/* The number of events that are not delivered yet has changed */
typedef void (* MmfotaAgentReportChanged) (const gchar *imei,
                                           guint64      unreported,
                                           gpointer     user_data);

/* Errors name the file or the value. A token is not sent over http, but to this host. */
MmfotaAgentReport *mmfota_agent_report_new    (const MmfotaAgentReportOptions *settings,
                                               MmfotaAgentReportTries            tries,
                                               MmfotaAgentReportChanged          changed,
                                               gpointer                          user_data,
                                               GError                          **error);
void               mmfota_agent_report_free   (MmfotaAgentReport                *self);

/* The modem is there; or there again, as another object. @own: the agent's journal of it */
void               mmfota_agent_report_follow (MmfotaAgentReport                *self,
                                               const gchar                      *imei,
                                               MmGdbusModemFota                 *fota,
                                               MmfotaAgentJournal               *own);
void               mmfota_agent_report_leave  (MmfotaAgentReport                *self,
                                               const gchar                      *imei);

/* Something is better than it was: the network is back, the machine woke up. What waits for
 * no more than a network is tried now; Retry-After is kept. */
void               mmfota_agent_report_hurry  (MmfotaAgentReport                *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmfotaAgentReport, mmfota_agent_report_free)

#endif /* MMFOTA_AGENT_REPORT_H */

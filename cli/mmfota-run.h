/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_RUN_H
#define MMFOTA_RUN_H

#include "mmfota-follow.h"
#include "mmfota-options.h"
#include "mmfota-progress.h"

/* SIGINT, SIGTERM and SIGHUP */
#define MMFOTA_RUN_SIGNALS 3

/* A run of the program: one verb, or several in sequence */
typedef struct {
    const MmfotaOptions *options;
    MmfotaModem         *modem;
    MmfotaProgress      *progress;
    GMainLoop           *loop;
    GCancellable        *cancellable;
    const gchar         *transaction;
    MmfotaFollow        *follow;
    GVariant            *result;    /* of the latest transaction */
    GError              *error;     /* why there is no result */
    gchar               *answer;    /* to the question */
    gchar               *expected;  /* version that the method expects */
    gboolean             accepted;
    gboolean             detached;
    gboolean             declined;
    gboolean             bus_gone;
    gulong               closed_id;
    guint                signal_ids[MMFOTA_RUN_SIGNALS];
} MmfotaRun;

/* A method, and the event that reports its success */
typedef struct {
    const gchar *name;
    guint        success;
    void      (* call)   (MmGdbusModemFota    *fota,
                          GVariant            *options,
                          GCancellable        *cancellable,
                          GAsyncReadyCallback  callback,
                          gpointer             user_data);
    gboolean  (* finish) (MmGdbusModemFota    *fota,
                          gchar              **transaction,
                          GAsyncResult        *res,
                          GError             **error);
} MmfotaMethod;

extern const MmfotaMethod mmfota_run_check;
extern const MmfotaMethod mmfota_run_download;
extern const MmfotaMethod mmfota_run_resume;
extern const MmfotaMethod mmfota_run_upgrade;
extern const MmfotaMethod mmfota_run_cancel;

MmfotaRun  *mmfota_run_new    (MmfotaModem         *modem,
                               const MmfotaOptions *options);
void        mmfota_run_free   (MmfotaRun           *run);

/* Calls the method and follows the transaction to its end; @transaction is NULL if the method
 * starts none. Sets result, error, or detached. */
MmfotaExit  mmfota_run_method (MmfotaRun           *run,
                               const MmfotaMethod  *method,
                               GVariant            *options,
                               const gchar         *transaction);

/* Of the latest transaction; MM_TDTECH_FOTA_OUTCOME_NONE without a result */
guint       mmfota_run_outcome (MmfotaRun          *run);

/* FALSE and an error once the bus has closed */
gboolean    mmfota_run_has_bus (MmfotaRun          *run);

/* Runs the loop until it is quit, a signal arrives, or the timeout (seconds; 0: none) is over */
void        mmfota_run_loop   (MmfotaRun           *run,
                               guint                timeout);

#endif /* MMFOTA_RUN_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_PROGRESS_H
#define MMFOTA_PROGRESS_H

#include <stdio.h>

#include "mm-gdbus-fota.h"

typedef struct {
    gboolean present;      /* the modem is on the bus */
    gboolean rebooting;    /* away because of an upgrade */
    guint    state;
    guint    percent;      /* MM_TDTECH_FOTA_UNKNOWN */
    guint    expected;     /* seconds, MM_TDTECH_FOTA_UNKNOWN */
    guint    blockers;
    guint64  received;
    guint64  total;        /* 0: unknown */
    guint64  rate;         /* bytes per second, 0: unknown */
    guint64  upgrade_time; /* 0: none */
    guint    elapsed;      /* seconds in this state */
} MmfotaProgressInfo;

/* Fits into @width columns: a bar if the percentage is known, else a spinner, which @tick turns */
gchar *mmfota_progress_bar  (const MmfotaProgressInfo *info,
                             guint                     width,
                             guint                     tick);

/* The same as a line of a log */
gchar *mmfota_progress_line (const MmfotaProgressInfo *info);

/*
 * Shows progress on @stream: a bar that is redrawn on a terminal, otherwise (with @lines) a line
 * for each state and each ten percent
 */
typedef struct _MmfotaProgress MmfotaProgress;

MmfotaProgress *mmfota_progress_new    (FILE             *stream,
                                        gboolean          lines);
void            mmfota_progress_update (MmfotaProgress   *self,
                                        MmGdbusModemFota *fota);
/* Erases the bar, before anything else is printed */
void            mmfota_progress_clear  (MmfotaProgress   *self);
void            mmfota_progress_free   (MmfotaProgress   *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmfotaProgress, mmfota_progress_free)

#endif /* MMFOTA_PROGRESS_H */

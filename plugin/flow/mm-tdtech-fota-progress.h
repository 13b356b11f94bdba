/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * Follows a download from its ^FOTADLQ answers: bytes, percentage, time left, and when to query
 * next. Pure: the caller passes the time.
 */

#ifndef MM_TDTECH_FOTA_PROGRESS_H
#define MM_TDTECH_FOTA_PROGRESS_H

#include <glib.h>

#include "mm-tdtech-at.h"

typedef struct _MMTdtechFotaProgress MMTdtechFotaProgress;

MMTdtechFotaProgress *mm_tdtech_fota_progress_new  (void);
void                  mm_tdtech_fota_progress_free (MMTdtechFotaProgress *self);

/* A download begins or goes on; @announced: size told in state 12, 0 unknown */
void    mm_tdtech_fota_progress_start    (MMTdtechFotaProgress  *self,
                                          guint64                announced);
/* @now: monotonic time, microseconds */
void    mm_tdtech_fota_progress_update   (MMTdtechFotaProgress  *self,
                                          const MMTdtechFotadlq *answer,
                                          gint64                 now);
/* A query got no usable answer: lengthens the interval (I10) */
void    mm_tdtech_fota_progress_unanswered (MMTdtechFotaProgress *self);
/* The module reports that the download is complete */
void    mm_tdtech_fota_progress_complete (MMTdtechFotaProgress  *self);

guint64 mm_tdtech_fota_progress_get_received (const MMTdtechFotaProgress *self);
guint64 mm_tdtech_fota_progress_get_total    (const MMTdtechFotaProgress *self);
/* 0–100, MM_TDTECH_FOTA_UNKNOWN; never goes back between two starts (I9). 100 only when
 * completed: until then another file may follow. */
guint   mm_tdtech_fota_progress_get_percent  (const MMTdtechFotaProgress *self);
/* Seconds left, MM_TDTECH_FOTA_UNKNOWN */
guint   mm_tdtech_fota_progress_get_seconds_left (const MMTdtechFotaProgress *self);
/* Whether nothing arrived between the last two answers, or nothing more can: then query the
 * state */
gboolean mm_tdtech_fota_progress_is_stalled  (const MMTdtechFotaProgress *self);
/* Seconds until ^FOTADLQ should be asked again, or for the first time. About one question
 * a percent, never more often than every 2 s, seldom while stalled; no download costs
 * 120 questions (I10). */
guint   mm_tdtech_fota_progress_get_interval (const MMTdtechFotaProgress *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MMTdtechFotaProgress, mm_tdtech_fota_progress_free)

#endif /* MM_TDTECH_FOTA_PROGRESS_H */

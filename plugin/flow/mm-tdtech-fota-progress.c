/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mm-tdtech-fota-progress.h"

#include "mm-tdtech-fota-enums.h"

/* Files remembered in one download; a package has three (guide, server chapter) */
#define FILES_MAX 32

/* A file of at least this share of the announced size is assumed to be the whole package, and
 * its own size the correct one */
#define MAIN_FILE_PERCENT 75

/* Seconds */
#define INTERVAL_MIN      2
#define INTERVAL_MAX      30   /* unless one percent takes longer */
#define INTERVAL_SLOW_MAX 1200 /* however long one percent takes */
#define INTERVAL_STALLED  300
/* Margin after the predicted end, so that the query finds the download finished */
#define END_MARGIN        2
/* Time over which the rate is smoothed */
#define RATE_WINDOW       20.0
/* Longer estimates are reported as unknown: the rate is too low */
#define SECONDS_LEFT_MAX  (30 * 24 * 3600)

/* One question for this much of the download, and a few to spare for starts and stalls.
 * Each two beyond that double the shortest interval: 84 + 10 + 2 × 13 questions last for
 * ten hours and more, however uneven the download is (I10). */
#define PERCENTS_PER_QUESTION   1.2
#define QUESTIONS_SPARE         10
#define QUESTIONS_PER_DOUBLING  2
#define DOUBLINGS_MAX           14

typedef struct {
    guint    index;
    guint64  received;
    guint64  total;
} File;

struct _MMTdtechFotaProgress {
    guint64  announced;
    GArray  *files;          /* File, in the order seen */
    guint    current;        /* the one of the last answer */
    gboolean complete;
    guint    percent;

    guint    n_questions;    /* since the start, answered or not */
    guint    first_percent;  /* at the first answer: where a resumed download began */
    gint64   last_time;
    guint64  last_received;
    gboolean has_last;

    guint    n_rates;
    gdouble  rate;           /* bytes a second */
    gdouble  interval;       /* while bytes come; seconds */
    guint    n_stalled;      /* answers in a row that showed no new byte */
    guint    n_unanswered;   /* questions in a row without a readable answer */
};

/*****************************************************************************/
/* Bytes */

static guint64
add_saturated (guint64 a,
               guint64 b)
{
    guint64 sum;

    return g_uint64_checked_add (&sum, a, b) ? sum : G_MAXUINT64;
}

/* The module takes one file after the other: another index means that those before are
 * all there. FALSE if there are too many. */
static gboolean
select_file (MMTdtechFotaProgress *self,
             guint                 index)
{
    File  file = { .index = index };
    guint i;

    for (i = 0; i < self->files->len; i++) {
        if (g_array_index (self->files, File, i).index == index) {
            self->current = i;
            return TRUE;
        }
    }

    if (self->files->len == FILES_MAX)
        return FALSE;
    for (i = 0; i < self->files->len; i++) {
        File *previous = &g_array_index (self->files, File, i);

        previous->received = MAX (previous->received, previous->total);
    }
    self->current = self->files->len;
    g_array_append_val (self->files, file);
    return TRUE;
}

/* 0 if the current file's is not told */
static guint64
files_total (const MMTdtechFotaProgress *self)
{
    guint64 total = 0;
    guint   i;

    for (i = 0; i < self->files->len; i++) {
        const File *file = &g_array_index (self->files, File, i);

        if (i == self->current && file->total == 0)
            return 0;
        total = add_saturated (total, MAX (file->total, file->received));
    }
    return total;
}

static guint64
files_received (const MMTdtechFotaProgress *self)
{
    guint64 received = 0;
    guint   i;

    for (i = 0; i < self->files->len; i++)
        received = add_saturated (received, g_array_index (self->files, File, i).received);
    return received;
}

guint64
mm_tdtech_fota_progress_get_total (const MMTdtechFotaProgress *self)
{
    guint64 total = files_total (self);

    if (self->announced == 0 || (gdouble) total >= (gdouble) self->announced * MAIN_FILE_PERCENT / 100.0)
        return total;
    /* Only small files so far, or none: the announced size is the better one, as long as
     * it is not less than what has come */
    return MAX (self->announced, files_received (self));
}

guint64
mm_tdtech_fota_progress_get_received (const MMTdtechFotaProgress *self)
{
    guint64 received = files_received (self);

    return self->complete ? MAX (received, mm_tdtech_fota_progress_get_total (self)) : received;
}

/*****************************************************************************/
/* Percentage, rate */

/* 100 is for mm_tdtech_fota_progress_complete (): another file may follow */
static void
update_percent (MMTdtechFotaProgress *self)
{
    guint64 received = files_received (self);
    guint64 total = mm_tdtech_fota_progress_get_total (self);
    guint   percent;

    if (total == 0)
        return;
    percent = MIN (99, (guint) ((gdouble) received * 100.0 / (gdouble) total));
    if (self->percent == MM_TDTECH_FOTA_UNKNOWN) {
        self->percent = percent;
        self->first_percent = percent;
    } else
        self->percent = MAX (self->percent, percent);
}

/* Smoothed over time rather than over answers, since the intervals vary. The first few are
 * averaged, so that a slow start is forgotten soon. */
static void
update_rate (MMTdtechFotaProgress *self,
             guint64               received,
             gint64                now)
{
    gdouble seconds;
    gdouble sample;
    gdouble weight;

    seconds = (gdouble) (now - self->last_time) / G_USEC_PER_SEC;
    sample = (gdouble) (received - self->last_received) / seconds;
    self->n_rates++;
    weight = MAX (seconds / (seconds + RATE_WINDOW), 1.0 / self->n_rates);
    self->rate += weight * (sample - self->rate);
}

/*****************************************************************************/
/* Interval */

static gdouble
bytes_left (const MMTdtechFotaProgress *self)
{
    guint64 received = files_received (self);
    guint64 total = mm_tdtech_fota_progress_get_total (self);

    return total > received ? (gdouble) (total - received) : 0.0;
}

/* About one question a percent; once at the predicted end if that is nearer. A rate is
 * trusted for twice the time it was seen, @seconds: downloads begin slowly. */
static gdouble
moving_interval (const MMTdtechFotaProgress *self,
                 gdouble                     seconds)
{
    guint64 total = mm_tdtech_fota_progress_get_total (self);
    gdouble interval;
    gdouble left;

    if (self->rate <= 0.0)
        return INTERVAL_MIN;
    /* Without a total there is no percentage: use the longest interval */
    if (total == 0)
        return INTERVAL_MAX;

    interval = MIN ((gdouble) total / 100.0 * PERCENTS_PER_QUESTION / self->rate, INTERVAL_SLOW_MAX);
    left = bytes_left (self) / self->rate;
    /* Also if it is complete: the module is checking it and will finish soon */
    if (left <= interval)
        interval = left + END_MARGIN;
    return MIN (interval, 2 * seconds);
}

static gdouble
stalled_interval (const MMTdtechFotaProgress *self)
{
    gdouble interval = INTERVAL_MIN;
    guint   i;

    for (i = 0; i < self->n_stalled + self->n_unanswered && interval < INTERVAL_STALLED; i++)
        interval *= 2;
    return MAX (self->interval, MIN (interval, INTERVAL_STALLED));
}

static gdouble
shortest_interval (const MMTdtechFotaProgress *self)
{
    guint percents;
    guint allowed;
    guint doublings;

    percents = self->percent == MM_TDTECH_FOTA_UNKNOWN ? 0 : self->percent - self->first_percent;
    allowed = (guint) (percents / PERCENTS_PER_QUESTION) + QUESTIONS_SPARE;
    doublings = self->n_questions > allowed ? (self->n_questions - allowed) / QUESTIONS_PER_DOUBLING : 0;
    return INTERVAL_MIN * (gdouble) (1u << MIN (doublings, DOUBLINGS_MAX));
}

guint
mm_tdtech_fota_progress_get_interval (const MMTdtechFotaProgress *self)
{
    gdouble interval;

    if (self->complete)
        return INTERVAL_STALLED;

    interval = self->n_stalled + self->n_unanswered > 0 ? stalled_interval (self) : self->interval;
    interval = MAX (interval, shortest_interval (self));
    return (guint) (interval + 0.999);
}

static void
remember_answer (MMTdtechFotaProgress *self,
                 gint64                now)
{
    guint64 received = files_received (self);

    if (self->has_last && received == self->last_received)
        self->n_stalled++;
    else
        self->n_stalled = 0;
    self->n_unanswered = 0;

    /* Fewer bytes than before: the file is fetched again, which says nothing of the rate.
     * Time that stands still: an answer that came twice. */
    if (self->has_last && received >= self->last_received && now > self->last_time)
        update_rate (self, received, now);

    if (self->n_stalled == 0)
        self->interval = moving_interval (self, (gdouble) (now - self->last_time) / G_USEC_PER_SEC);

    self->has_last = TRUE;
    self->last_received = received;
    self->last_time = now;
}

/*****************************************************************************/
/* Life */

static void
forget (MMTdtechFotaProgress *self)
{
    GArray *files = self->files;

    g_array_set_size (files, 0);
    *self = (MMTdtechFotaProgress) { .files = files, .percent = MM_TDTECH_FOTA_UNKNOWN,
                                     .interval = INTERVAL_MIN };
}

MMTdtechFotaProgress *
mm_tdtech_fota_progress_new (void)
{
    MMTdtechFotaProgress *self;

    self = g_new0 (MMTdtechFotaProgress, 1);
    self->files = g_array_new (FALSE, FALSE, sizeof (File));
    forget (self);
    return self;
}

void
mm_tdtech_fota_progress_free (MMTdtechFotaProgress *self)
{
    if (!self)
        return;
    g_array_unref (self->files);
    g_free (self);
}

void
mm_tdtech_fota_progress_start (MMTdtechFotaProgress *self,
                               guint64               announced)
{
    forget (self);
    self->announced = announced;
}

void
mm_tdtech_fota_progress_update (MMTdtechFotaProgress  *self,
                                const MMTdtechFotadlq *answer,
                                gint64                 now)
{
    File *file;

    if (self->complete)
        return;

    self->n_questions++;
    if (!select_file (self, answer->index))
        return;

    file = &g_array_index (self->files, File, self->current);
    file->received = answer->received;
    file->total = answer->total > 0 ? answer->total :
                  file->total > 0   ? MAX (file->total, file->received) : 0;
    update_percent (self);
    remember_answer (self, now);
}

void
mm_tdtech_fota_progress_unanswered (MMTdtechFotaProgress *self)
{
    self->n_questions++;
    self->n_unanswered++;
}

void
mm_tdtech_fota_progress_complete (MMTdtechFotaProgress *self)
{
    self->complete = TRUE;
    self->percent = 100;
}

guint
mm_tdtech_fota_progress_get_percent (const MMTdtechFotaProgress *self)
{
    return self->percent;
}

guint
mm_tdtech_fota_progress_get_seconds_left (const MMTdtechFotaProgress *self)
{
    gdouble seconds;

    if (self->complete)
        return 0;
    if (self->rate <= 0.0 || mm_tdtech_fota_progress_get_total (self) == 0)
        return MM_TDTECH_FOTA_UNKNOWN;
    seconds = bytes_left (self) / self->rate;
    return seconds > SECONDS_LEFT_MAX ? MM_TDTECH_FOTA_UNKNOWN : (guint) (seconds + 0.999);
}

gboolean
mm_tdtech_fota_progress_is_stalled (const MMTdtechFotaProgress *self)
{
    guint64 total = mm_tdtech_fota_progress_get_total (self);

    return self->n_stalled > 0 || (total > 0 && files_received (self) >= total);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <locale.h>

#include "mm-tdtech-fota-enums.h"
#include "mm-tdtech-fota-progress.h"

#define SIZE G_GUINT64_CONSTANT (68315612)

/* No download of up to ten hours may cost more; ten times as long, eight more (I10) */
#define QUESTIONS_MAX       120
#define QUESTIONS_MAX_LONG  128

/*****************************************************************************/

static void
answer (MMTdtechFotaProgress *progress,
        guint                 index,
        guint64               received,
        guint64               total,
        gdouble               seconds)
{
    MMTdtechFotadlq line = { .index = index, .file = (gchar *) "FIRMWARE1", .received = received, .total = total };

    mm_tdtech_fota_progress_update (progress, &line, (gint64) (seconds * G_USEC_PER_SEC));
}

static void
test_unknown (void)
{
    g_autoptr(MMTdtechFotaProgress) progress = NULL;

    progress = mm_tdtech_fota_progress_new ();
    g_assert_cmpuint (mm_tdtech_fota_progress_get_percent (progress), ==, MM_TDTECH_FOTA_UNKNOWN);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_seconds_left (progress), ==, MM_TDTECH_FOTA_UNKNOWN);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_total (progress), ==, 0);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_interval (progress), ==, 2);

    mm_tdtech_fota_progress_start (progress, SIZE);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_percent (progress), ==, MM_TDTECH_FOTA_UNKNOWN);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_seconds_left (progress), ==, MM_TDTECH_FOTA_UNKNOWN);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_total (progress), ==, SIZE);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_received (progress), ==, 0);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_interval (progress), ==, 2);
    g_assert_false (mm_tdtech_fota_progress_is_stalled (progress));

    /* Neither the announcement nor the answer tells a total */
    mm_tdtech_fota_progress_start (progress, 0);
    answer (progress, 0, 1000, 0, 2);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_percent (progress), ==, MM_TDTECH_FOTA_UNKNOWN);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_received (progress), ==, 1000);
    answer (progress, 0, 2000, 0, 4);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_seconds_left (progress), ==, MM_TDTECH_FOTA_UNKNOWN);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_interval (progress), <=, 30);
}

static void
test_one_file (void)
{
    g_autoptr(MMTdtechFotaProgress) progress = NULL;

    progress = mm_tdtech_fota_progress_new ();
    mm_tdtech_fota_progress_start (progress, 56737228);

    answer (progress, 1, 0, SIZE, 2);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_total (progress), ==, SIZE);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_percent (progress), ==, 0);

    /* A tenth in 10 s: ten a percent a second, 90 s left */
    answer (progress, 1, SIZE / 10, SIZE, 12);
    g_assert_false (mm_tdtech_fota_progress_is_stalled (progress));
    g_assert_cmpuint (mm_tdtech_fota_progress_get_percent (progress), ==, 9);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_seconds_left (progress), >=, 89);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_seconds_left (progress), <=, 91);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_interval (progress), ==, 2);

    /* The answer says that all is there, the module does not yet */
    answer (progress, 1, SIZE, SIZE, 100);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_percent (progress), ==, 99);
    g_assert_true (mm_tdtech_fota_progress_is_stalled (progress));
    g_assert_cmpuint (mm_tdtech_fota_progress_get_interval (progress), ==, 2);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_seconds_left (progress), ==, 0);

    mm_tdtech_fota_progress_complete (progress);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_percent (progress), ==, 100);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_seconds_left (progress), ==, 0);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_received (progress), ==, SIZE);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_total (progress), ==, SIZE);

    /* An answer that comes late changes nothing */
    answer (progress, 1, 5, SIZE, 101);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_percent (progress), ==, 100);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_received (progress), ==, SIZE);
}

/* Completed without any answer: only the announced size is known */
static void
test_complete_unseen (void)
{
    g_autoptr(MMTdtechFotaProgress) progress = NULL;

    progress = mm_tdtech_fota_progress_new ();
    mm_tdtech_fota_progress_start (progress, SIZE);
    mm_tdtech_fota_progress_complete (progress);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_percent (progress), ==, 100);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_received (progress), ==, SIZE);

    mm_tdtech_fota_progress_start (progress, 0);
    mm_tdtech_fota_progress_complete (progress);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_percent (progress), ==, 100);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_received (progress), ==, 0);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_total (progress), ==, 0);
}

/* Nothing that comes after the end counts, and nobody is asked soon */
static void
test_complete_early (void)
{
    g_autoptr(MMTdtechFotaProgress) progress = NULL;

    progress = mm_tdtech_fota_progress_new ();
    mm_tdtech_fota_progress_start (progress, SIZE);
    answer (progress, 0, 0, SIZE, 100);
    answer (progress, 0, SIZE / 2, SIZE, 150);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_seconds_left (progress), >, 0);

    mm_tdtech_fota_progress_complete (progress);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_seconds_left (progress), ==, 0);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_interval (progress), ==, 300);
    answer (progress, 1, 5, 2 * SIZE, 151);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_total (progress), ==, SIZE);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_received (progress), ==, SIZE);

    /* The next one begins with nothing of it */
    mm_tdtech_fota_progress_start (progress, SIZE);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_received (progress), ==, 0);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_interval (progress), ==, 2);

    mm_tdtech_fota_progress_free (NULL);
}

/* A byte is a file, and three quarters of what was announced are the package */
static void
test_small_sizes (void)
{
    g_autoptr(MMTdtechFotaProgress) progress = NULL;

    progress = mm_tdtech_fota_progress_new ();
    mm_tdtech_fota_progress_start (progress, 1);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_total (progress), ==, 1);

    mm_tdtech_fota_progress_start (progress, 0);
    answer (progress, 0, 1, 1, 100);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_total (progress), ==, 1);
    g_assert_true (mm_tdtech_fota_progress_is_stalled (progress));
    /* A total that is not told again is the one that was */
    answer (progress, 0, 1, 0, 102);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_total (progress), ==, 1);

    mm_tdtech_fota_progress_start (progress, 1000);
    answer (progress, 0, 1, 749, 100);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_total (progress), ==, 1000);
    answer (progress, 0, 1, 750, 102);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_total (progress), ==, 750);
}

/* What came of a file before the next one began is taken for the whole, and may be corrected */
static void
test_files_in_turn (void)
{
    g_autoptr(MMTdtechFotaProgress) progress = NULL;
    guint                           i;

    progress = mm_tdtech_fota_progress_new ();
    mm_tdtech_fota_progress_start (progress, 0);
    answer (progress, 0, 100, 1000, 100);
    answer (progress, 1, 0, 500, 102);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_received (progress), ==, 1000);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_total (progress), ==, 1500);
    answer (progress, 0, 900, 1000, 104);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_received (progress), ==, 900);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_total (progress), ==, 1500);

    /* 32 are remembered */
    mm_tdtech_fota_progress_start (progress, 0);
    for (i = 0; i < 32; i++)
        answer (progress, i, 10, 10, 100 + 2 * i);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_received (progress), ==, 320);
    answer (progress, 32, 5, 10, 200);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_received (progress), ==, 320);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_total (progress), ==, 320);
}

/* A rate is trusted for twice the time it was seen; the last question is two seconds after the end */
static void
test_intervals (void)
{
    g_autoptr(MMTdtechFotaProgress) progress = NULL;
    guint                           i;

    progress = mm_tdtech_fota_progress_new ();
    mm_tdtech_fota_progress_start (progress, 0);
    answer (progress, 0, 0, 100000, 100);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_interval (progress), ==, 2);
    /* 1 % a minute */
    answer (progress, 0, 50, 100000, 103);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_interval (progress), ==, 6);
    for (i = 1; i <= 19; i++)
        answer (progress, 0, 50 + 5000 * i, 100000, 103 + 300 * i);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_interval (progress), ==, 72);
    answer (progress, 0, 99500, 100000, 103 + 300 * 19 + 267);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_interval (progress), ==, 32);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_seconds_left (progress), ==, 30);

    /* Without a total there is no percentage to wait for */
    mm_tdtech_fota_progress_start (progress, 0);
    answer (progress, 0, 1000, 0, 100);
    g_assert_false (mm_tdtech_fota_progress_is_stalled (progress));
    answer (progress, 0, 2000, 0, 104);
    g_assert_false (mm_tdtech_fota_progress_is_stalled (progress));
    g_assert_cmpuint (mm_tdtech_fota_progress_get_interval (progress), ==, 30);

    /* One answer without a new byte, one question without an answer */
    mm_tdtech_fota_progress_start (progress, 0);
    answer (progress, 0, 1000, 100000, 100);
    answer (progress, 0, 2000, 100000, 101);
    i = mm_tdtech_fota_progress_get_seconds_left (progress);
    answer (progress, 0, 2000, 100000, 102);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_interval (progress), ==, 4);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_seconds_left (progress), >, i);
    mm_tdtech_fota_progress_unanswered (progress);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_interval (progress), ==, 8);
}

/* The questions that a resumed download may cost are those for what is left of it (I10) */
static void
test_questions_of_resumed (void)
{
    g_autoptr(MMTdtechFotaProgress) progress = NULL;
    guint                           i;

    progress = mm_tdtech_fota_progress_new ();
    mm_tdtech_fota_progress_start (progress, 0);
    for (i = 0; i < 30; i++)
        answer (progress, 0, 50000 + i, 100000, 100 + i);
    /* Ten to spare, and ten times two more */
    g_assert_cmpuint (mm_tdtech_fota_progress_get_interval (progress), ==, 2 * 1024);
}

/* 30 days are told, longer times are not */
static void
test_longest_time (void)
{
    static const guint64            longest = 30 * 24 * 3600;
    g_autoptr(MMTdtechFotaProgress) progress = NULL;

    progress = mm_tdtech_fota_progress_new ();
    mm_tdtech_fota_progress_start (progress, 0);
    answer (progress, 0, 0, longest + 10, 100);
    answer (progress, 0, 10, longest + 10, 110);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_seconds_left (progress), ==, longest);
    mm_tdtech_fota_progress_start (progress, 0);
    answer (progress, 0, 0, longest + 11, 100);
    answer (progress, 0, 10, longest + 11, 110);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_seconds_left (progress), ==, MM_TDTECH_FOTA_UNKNOWN);
}

static void
test_announced_size (void)
{
    static const struct {
        guint64 announced;
        guint64 told;
        guint64 total;
    } rows[] = {
        { 56737228, 68315612, 68315612 },
        { 56737228, 50000000, 50000000 },
        { 56737228,  6129664, 56737228 },
        { 56737228,      500, 56737228 },
        { 56737228,        0, 56737228 },
        {        0,      500,      500 },
        {        0,        0,        0 },
        { G_MAXUINT64, G_MAXUINT64, G_MAXUINT64 },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autoptr(MMTdtechFotaProgress) progress = NULL;

        progress = mm_tdtech_fota_progress_new ();
        mm_tdtech_fota_progress_start (progress, rows[i].announced);
        answer (progress, 0, 0, rows[i].told, 2);
        g_assert_cmpuint (mm_tdtech_fota_progress_get_total (progress), ==, rows[i].total);
    }
}

static void
test_several_files (void)
{
    g_autoptr(MMTdtechFotaProgress) progress = NULL;

    progress = mm_tdtech_fota_progress_new ();
    mm_tdtech_fota_progress_start (progress, 100000);

    answer (progress, 0, 500, 500, 2);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_percent (progress), ==, 0);
    answer (progress, 1, 300, 660, 4);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_received (progress), ==, 800);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_percent (progress), ==, 0);

    /* The end of the second file was not seen, but it is complete */
    answer (progress, 2, 0, 98840, 6);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_received (progress), ==, 1160);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_total (progress), ==, 100000);
    answer (progress, 2, 48840, 98840, 8);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_percent (progress), ==, 50);

    /* An unannounced file: the percentage waits but does not go back */
    answer (progress, 3, 0, 100000, 10);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_total (progress), ==, 200000);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_percent (progress), ==, 50);
    answer (progress, 3, 50000, 100000, 12);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_percent (progress), ==, 75);
}

static void
test_percent_never_back (void)
{
    g_autoptr(MMTdtechFotaProgress) progress = NULL;

    progress = mm_tdtech_fota_progress_new ();
    mm_tdtech_fota_progress_start (progress, 0);
    answer (progress, 0, 500, 1000, 2);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_percent (progress), ==, 50);
    answer (progress, 0, 100, 1000, 4);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_percent (progress), ==, 50);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_received (progress), ==, 100);
    answer (progress, 0, 600, 10000, 6);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_percent (progress), ==, 50);
    answer (progress, 0, 600, 0, 8);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_total (progress), ==, 10000);
    answer (progress, 0, 6000, 10000, 10);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_percent (progress), ==, 60);

    /* A new start may go back: another download */
    mm_tdtech_fota_progress_start (progress, 1000);
    answer (progress, 0, 10, 1000, 12);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_percent (progress), ==, 1);
}

static void
test_resumed (void)
{
    g_autoptr(MMTdtechFotaProgress) progress = NULL;

    progress = mm_tdtech_fota_progress_new ();
    mm_tdtech_fota_progress_start (progress, SIZE);
    answer (progress, 0, SIZE / 2, SIZE, 2);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_percent (progress), ==, 50);
    /* What was there before counts as no rate */
    g_assert_cmpuint (mm_tdtech_fota_progress_get_seconds_left (progress), ==, MM_TDTECH_FOTA_UNKNOWN);
    answer (progress, 0, SIZE / 2 + SIZE / 100, SIZE, 12);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_seconds_left (progress), >=, 485);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_seconds_left (progress), <=, 495);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_interval (progress), ==, 12);
}

static void
test_stalled (void)
{
    static const guint intervals[] = { 4, 8, 16, 32, 64, 128, 256, 300, 300 };
    g_autoptr(MMTdtechFotaProgress) progress = NULL;
    gdouble now = 0;
    guint   percent;
    guint   i;

    /* Questions to spare have been earned by a fast start */
    progress = mm_tdtech_fota_progress_new ();
    mm_tdtech_fota_progress_start (progress, SIZE);
    for (percent = 0; percent <= 40; percent += 5) {
        now += 2;
        answer (progress, 0, SIZE / 100 * percent, SIZE, now);
        g_assert_false (mm_tdtech_fota_progress_is_stalled (progress));
    }

    for (i = 0; i < G_N_ELEMENTS (intervals); i++) {
        now += mm_tdtech_fota_progress_get_interval (progress);
        answer (progress, 0, SIZE / 100 * 40, SIZE, now);
        g_assert_true (mm_tdtech_fota_progress_is_stalled (progress));
        g_assert_cmpuint (mm_tdtech_fota_progress_get_interval (progress), ==, intervals[i]);
    }

    answer (progress, 0, SIZE / 2, SIZE, now + 300);
    g_assert_false (mm_tdtech_fota_progress_is_stalled (progress));
    g_assert_cmpuint (mm_tdtech_fota_progress_get_interval (progress), <=, 60);
}

static void
test_unanswered (void)
{
    g_autoptr(MMTdtechFotaProgress) progress = NULL;
    guint last = 0;
    guint i;

    progress = mm_tdtech_fota_progress_new ();
    mm_tdtech_fota_progress_start (progress, SIZE);
    for (i = 0; i < 7; i++) {
        mm_tdtech_fota_progress_unanswered (progress);
        g_assert_cmpuint (mm_tdtech_fota_progress_get_interval (progress), >, last);
        last = mm_tdtech_fota_progress_get_interval (progress);
    }
    g_assert_false (mm_tdtech_fota_progress_is_stalled (progress));
    g_assert_cmpuint (last, <=, 300);

    answer (progress, 0, SIZE / 5, SIZE, 500);
    answer (progress, 0, SIZE / 4, SIZE, 505);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_interval (progress), ==, 2);
}

static void
test_same_time (void)
{
    g_autoptr(MMTdtechFotaProgress) progress = NULL;

    progress = mm_tdtech_fota_progress_new ();
    mm_tdtech_fota_progress_start (progress, SIZE);
    answer (progress, 0, 1000, SIZE, 2);
    answer (progress, 0, 2000, SIZE, 2);
    answer (progress, 0, 3000, SIZE, 1);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_received (progress), ==, 3000);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_seconds_left (progress), ==, MM_TDTECH_FOTA_UNKNOWN);
}

/*****************************************************************************/
/* Whole downloads */

/* Bytes there after @seconds of a download that takes @duration */
typedef guint64 (*CurveFunc) (gdouble seconds,
                              gdouble duration);

static guint64
curve_even (gdouble seconds,
            gdouble duration)
{
    return (guint64) (MIN (seconds / duration, 1.0) * (gdouble) SIZE);
}

/* Ten times as fast in the first tenth of the time, then ever slower */
static guint64
curve_slowing (gdouble seconds,
               gdouble duration)
{
    gdouble part = MIN (seconds / duration, 1.0);

    return (guint64) ((1.0 - (1.0 - part) * (1.0 - part) * (1.0 - part)) * (gdouble) SIZE);
}

static guint64
curve_quickening (gdouble seconds,
                  gdouble duration)
{
    gdouble part = MIN (seconds / duration, 1.0);

    return (guint64) (part * part * part * (gdouble) SIZE);
}

/* Twenty bursts with nothing between them */
static guint64
curve_bursts (gdouble seconds,
              gdouble duration)
{
    gdouble burst = MIN (seconds / duration, 1.0) * 20.0;
    gdouble within = burst - (guint) burst;

    return (guint64) (MIN (((guint) burst + MIN (within * 5.0, 1.0)) / 20.0, 1.0) * (gdouble) SIZE);
}

/* Half, nothing for four fifths of the time, the other half */
static guint64
curve_pause (gdouble seconds,
             gdouble duration)
{
    gdouble part = MIN (seconds / duration, 1.0);

    return (guint64) ((part < 0.1 ? part * 5.0 : part < 0.9 ? 0.5 : 0.5 + (part - 0.9) * 5.0) * (gdouble) SIZE);
}

static const struct {
    const gchar *name;
    CurveFunc    curve;
    gboolean     steady;
} curves[] = {
    { "even",       curve_even,       TRUE  },
    { "slowing",    curve_slowing,    FALSE },
    { "quickening", curve_quickening, FALSE },
    { "bursts",     curve_bursts,     FALSE },
    { "pause",      curve_pause,      FALSE },
};

/* Follows a download as the plugin does. Returns the number of questions. */
static guint
follow (CurveFunc  curve,
        gdouble    duration,
        guint64    announced,
        guint     *max_step,
        gdouble   *late)
{
    g_autoptr(MMTdtechFotaProgress) progress = NULL;
    gdouble now = 0;
    guint   last_percent = 0;
    guint   n = 0;

    progress = mm_tdtech_fota_progress_new ();
    mm_tdtech_fota_progress_start (progress, announced);
    *max_step = 0;
    while (now < duration) {
        guint interval;
        guint percent;

        interval = mm_tdtech_fota_progress_get_interval (progress);
        g_assert_cmpuint (interval, >=, 2);
        now += interval;
        n++;
        answer (progress, 0, curve (now, duration), SIZE, now);
        percent = mm_tdtech_fota_progress_get_percent (progress);
        g_assert_cmpuint (percent, >=, last_percent);
        g_assert_cmpuint (percent, <, 100);
        *max_step = MAX (*max_step, percent - last_percent);
        last_percent = percent;
        g_assert_cmpuint (n, <, duration <= 10 * 3600 ? QUESTIONS_MAX : QUESTIONS_MAX_LONG);
    }
    *late = now - duration;
    return n;
}

static void
test_downloads (void)
{
    static const gdouble durations[] = {
        5, 60, 120, 200, 600, 1800, 2 * 3600.0, 3 * 3600.0, 10 * 3600.0, 30 * 3600.0, 100 * 3600.0,
    };
    guint c;
    guint d;
    guint a;

    for (c = 0; c < G_N_ELEMENTS (curves); c++) {
        for (d = 0; d < G_N_ELEMENTS (durations); d++) {
            for (a = 0; a < 2; a++) {
                gdouble duration = durations[d];
                gdouble late;
                guint   max_step;
                guint   n;

                n = follow (curves[c].curve, duration, a ? SIZE : 0, &max_step, &late);
                g_test_message ("%s, %.0f s: %u questions, steps of %u %% at most, end seen after %.0f s",
                                curves[c].name, duration, n, max_step, late);
                if (!curves[c].steady)
                    continue;
                /* A percent at a time where that takes more than 2 s, and the end is met */
                if (duration >= 600 && duration <= 10 * 3600) {
                    g_assert_cmpuint (n, >=, 75);
                    g_assert_cmpuint (max_step, <=, 4);
                }
                g_assert_cmpfloat (late, <=, duration <= 10 * 3600 ? 5 : duration / 25);
            }
        }
    }
}

/* A rate that walks at random between nothing and ten times the mean, files that begin
 * anew, questions without answer: the laws hold */
static void
random_download (guint32 seed)
{
    g_autoptr(MMTdtechFotaProgress) progress = NULL;
    g_autoptr(GRand)                rand = NULL;
    guint64 received = 0;
    gdouble rate;
    gdouble mean;
    gdouble now = 0;
    guint   last_percent = 0;
    guint   n = 0;

    rand = g_rand_new_with_seed (seed);
    mean = (gdouble) SIZE / g_rand_double_range (rand, 5, 10 * 3600);
    rate = mean;
    if (g_rand_boolean (rand))
        received = (guint64) g_rand_double_range (rand, 0, (gdouble) SIZE);

    progress = mm_tdtech_fota_progress_new ();
    mm_tdtech_fota_progress_start (progress, g_rand_boolean (rand) ? SIZE : 0);
    while (received < SIZE && now < 10 * 3600) {
        guint interval;
        guint percent;

        interval = mm_tdtech_fota_progress_get_interval (progress);
        g_assert_cmpuint (interval, >=, 2);
        now += interval;
        n++;
        received = (guint64) MIN ((gdouble) received + rate * interval, (gdouble) SIZE);
        rate = g_rand_int_range (rand, 0, 4) == 0 ? 0 : mean * g_rand_double_range (rand, 0, 10);
        if (g_rand_int_range (rand, 0, 200) == 0)
            received /= 2;

        if (g_rand_int_range (rand, 0, 20) == 0) {
            mm_tdtech_fota_progress_unanswered (progress);
            continue;
        }
        answer (progress, 0, received, SIZE, now);
        g_assert_cmpuint (mm_tdtech_fota_progress_get_received (progress), ==, received);
        g_assert_cmpuint (mm_tdtech_fota_progress_get_total (progress), ==, SIZE);
        percent = mm_tdtech_fota_progress_get_percent (progress);
        g_assert_cmpuint (percent, >=, last_percent);
        g_assert_cmpuint (percent, <, 100);
        last_percent = percent;
    }
    g_assert_cmpuint (n, <, QUESTIONS_MAX);
}

static void
test_random_downloads (void)
{
    guint32 seed;

    for (seed = 0; seed < 5000; seed++)
        random_download (seed);
}

/* Answers that make no sense at all: bounded, never back */
static void
test_random_answers (void)
{
    guint32 seed;

    for (seed = 0; seed < 500; seed++) {
        g_autoptr(MMTdtechFotaProgress) progress = NULL;
        g_autoptr(GRand)                rand = NULL;
        guint last_percent = 0;
        guint i;

        rand = g_rand_new_with_seed (seed);
        progress = mm_tdtech_fota_progress_new ();
        mm_tdtech_fota_progress_start (progress, (guint64) g_rand_int (rand) << g_rand_int_range (rand, 0, 33));
        for (i = 0; i < 200; i++) {
            guint64 total = (guint64) g_rand_int (rand) << g_rand_int_range (rand, 0, 33);
            guint64 received = g_rand_boolean (rand) ? total : (guint64) g_rand_int (rand) % (total | 1);
            guint   percent;

            answer (progress, (guint) g_rand_int_range (rand, 0, 100), received, total, g_rand_double_range (rand, 0, 1e6));
            percent = mm_tdtech_fota_progress_get_percent (progress);
            if (percent == MM_TDTECH_FOTA_UNKNOWN) {
                g_assert_cmpuint (last_percent, ==, 0);
                continue;
            }
            g_assert_cmpuint (percent, <=, 99);
            g_assert_cmpuint (percent, >=, last_percent);
            g_assert_cmpuint (mm_tdtech_fota_progress_get_received (progress), <=,
                              mm_tdtech_fota_progress_get_total (progress));
            g_assert_cmpuint (mm_tdtech_fota_progress_get_interval (progress), >=, 2);
            g_assert_cmpuint (mm_tdtech_fota_progress_get_interval (progress), <=, 24 * 3600);
            last_percent = percent;
        }
    }
}

/*****************************************************************************/

int
main (int    argc,
      char **argv)
{
    setlocale (LC_ALL, "");
    g_test_init (&argc, &argv, NULL);

    g_test_add_func ("/tdtech/fota-progress/complete-early", test_complete_early);
    g_test_add_func ("/tdtech/fota-progress/small-sizes", test_small_sizes);
    g_test_add_func ("/tdtech/fota-progress/files-in-turn", test_files_in_turn);
    g_test_add_func ("/tdtech/fota-progress/intervals", test_intervals);
    g_test_add_func ("/tdtech/fota-progress/questions-of-resumed", test_questions_of_resumed);
    g_test_add_func ("/tdtech/fota-progress/longest-time", test_longest_time);
    g_test_add_func ("/tdtech/fota-progress/unknown", test_unknown);
    g_test_add_func ("/tdtech/fota-progress/one-file", test_one_file);
    g_test_add_func ("/tdtech/fota-progress/complete-unseen", test_complete_unseen);
    g_test_add_func ("/tdtech/fota-progress/announced-size", test_announced_size);
    g_test_add_func ("/tdtech/fota-progress/several-files", test_several_files);
    g_test_add_func ("/tdtech/fota-progress/percent-never-back", test_percent_never_back);
    g_test_add_func ("/tdtech/fota-progress/resumed", test_resumed);
    g_test_add_func ("/tdtech/fota-progress/stalled", test_stalled);
    g_test_add_func ("/tdtech/fota-progress/unanswered", test_unanswered);
    g_test_add_func ("/tdtech/fota-progress/same-time", test_same_time);
    g_test_add_func ("/tdtech/fota-progress/downloads", test_downloads);
    g_test_add_func ("/tdtech/fota-progress/random-downloads", test_random_downloads);
    g_test_add_func ("/tdtech/fota-progress/random-answers", test_random_answers);

    return g_test_run ();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "fuzz.h"
#include "mm-tdtech-fota-enums.h"
#include "mm-tdtech-fota-progress.h"

/* The input is a list of steps: a byte that says what happens, then its numbers */

typedef struct {
    const guint8 *data;
    size_t        size;
} Input;

static guint64
take_number (Input *input,
             gsize  width)
{
    guint64 value = 0;

    for (; width > 0 && input->size > 0; width--) {
        value = value << 8 | *input->data;
        input->data++;
        input->size--;
    }
    return value;
}

static void
check_laws (const MMTdtechFotaProgress *progress,
            guint                      *last_percent)
{
    guint percent;

    percent = mm_tdtech_fota_progress_get_percent (progress);
    if (percent == MM_TDTECH_FOTA_UNKNOWN)
        g_assert_cmpuint (*last_percent, ==, 0);
    else {
        g_assert_cmpuint (percent, <=, 100);
        g_assert_cmpuint (percent, >=, *last_percent);
        *last_percent = percent;
    }
    g_assert_cmpuint (mm_tdtech_fota_progress_get_interval (progress), >=, 2);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_interval (progress), <=, 24 * 3600);
    if (mm_tdtech_fota_progress_get_total (progress) > 0)
        g_assert_cmpuint (mm_tdtech_fota_progress_get_received (progress), <=,
                          mm_tdtech_fota_progress_get_total (progress));
    mm_tdtech_fota_progress_get_seconds_left (progress);
    mm_tdtech_fota_progress_is_stalled (progress);
}

static void
take_answer (MMTdtechFotaProgress *progress,
             Input                *input,
             gint64               *now)
{
    MMTdtechFotadlq answer = { .file = (gchar *) "FIRMWARE1" };
    gsize           width;

    width = (gsize) take_number (input, 1) % 9;
    answer.index = (guint) take_number (input, 1);
    answer.received = take_number (input, width);
    answer.total = take_number (input, width);
    /* As mm_tdtech_parse_fotadlq () promises */
    if (answer.total > 0)
        answer.received = MIN (answer.received, answer.total);
    *now += (gint16) take_number (input, 2) * G_GINT64_CONSTANT (10000);
    mm_tdtech_fota_progress_update (progress, &answer, *now);
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        size_t        size)
{
    g_autoptr(MMTdtechFotaProgress) progress = NULL;
    Input  input = { data, size };
    guint  last_percent = 0;
    gint64 now = 0;

    progress = mm_tdtech_fota_progress_new ();
    while (input.size > 0) {
        switch (take_number (&input, 1) % 8) {
        case 0:
            mm_tdtech_fota_progress_start (progress, take_number (&input, take_number (&input, 1) % 9));
            last_percent = 0;
            break;
        case 1:
            mm_tdtech_fota_progress_complete (progress);
            break;
        case 2:
            mm_tdtech_fota_progress_unanswered (progress);
            break;
        default:
            take_answer (progress, &input, &now);
            break;
        }
        check_laws (progress, &last_percent);
    }
    return 0;
}

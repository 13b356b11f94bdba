/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef FAILING_CALLS_H
#define FAILING_CALLS_H

#include <glib.h>

/* The C library's calls for files, in front of which stand ours: the nth from now on
 * fails with an error of its own kind, once. What was counted until the end is returned,
 * and whether one failed. */
typedef enum {
    FAILING_CALLS_ALL,
    /* write() takes half of what it was given before it fails, as a full disk does */
    FAILING_CALLS_SHORT_WRITES,
} FailingCallsHow;

void         failing_calls_begin (guint             nth,
                                  FailingCallsHow   how);
guint        failing_calls_end   (const gchar     **failed);

#endif /* FAILING_CALLS_H */

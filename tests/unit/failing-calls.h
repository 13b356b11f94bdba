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
    /* None fails: read() and write() take a byte at a time, and are interrupted before each */
    FAILING_CALLS_PIECES,
    /* None fails: a file that read() finds no end of */
    FAILING_CALLS_ENDLESS,
} FailingCallsHow;

void         failing_calls_begin (guint             nth,
                                  FailingCallsHow   how);
guint        failing_calls_end   (const gchar     **failed);
/* What the one that failed said */
gint         failing_calls_get_errno (void);

#endif /* FAILING_CALLS_H */

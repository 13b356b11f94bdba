/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * The clock of the tests: what is linked with it (see meson.build) gets its timeouts and the
 * time from here, and both stand still until a test moves them. GLib's own threads and sockets
 * keep the real clock.
 */

#ifndef FAKE_CLOCK_H
#define FAKE_CLOCK_H

#include <glib.h>

/* Dispatches all that is ready, until nothing is */
void   fake_clock_settle   (void);
/* Lets the time go by, timer after timer; what each causes is dispatched before the next */
void   fake_clock_run      (guint seconds);
void   fake_clock_run_msec (guint milliseconds);
/* Seconds since the program began */
guint  fake_clock_now      (void);
/* The wall clock is set, by an administrator or NTP */
void   fake_clock_set_back (guint seconds);
/* Timers that would still expire */
guint  fake_clock_n_timers (void);

/* What other threads must do first (D-Bus): waits for it in real time, while the clock stands */
#define FAKE_CLOCK_WAIT_FOR(condition) \
    G_STMT_START { \
        guint patience = fake_clock_patience_begin (#condition); \
        while (!(condition)) \
            g_main_context_iteration (NULL, TRUE); \
        fake_clock_patience_end (patience); \
    } G_STMT_END

guint  fake_clock_patience_begin (const gchar *what);
void   fake_clock_patience_end   (guint        patience);

#endif /* FAKE_CLOCK_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "fake-clock.h"

/* More dispatches than that without an end are a loop */
#define DISPATCHES_MAX 100000

/* No condition takes that long unless it never comes true */
#define PATIENCE_SECONDS 300

#define START_USEC      (1000 * G_USEC_PER_SEC)
#define START_REAL_USEC (1800000000LL * G_USEC_PER_SEC)

static gint64  elapsed;
static gint64  set_back;
static GList  *timers;

/*****************************************************************************/
/* What the linker puts in place of GLib's (--wrap) */

gint64 __wrap_g_get_monotonic_time   (void);
gint64 __wrap_g_get_real_time        (void);
guint  __wrap_g_timeout_add          (guint        interval,
                                      GSourceFunc  function,
                                      gpointer     data);
guint  __wrap_g_timeout_add_seconds  (guint        interval,
                                      GSourceFunc  function,
                                      gpointer     data);

gint64
__wrap_g_get_monotonic_time (void)
{
    return START_USEC + elapsed;
}

gint64
__wrap_g_get_real_time (void)
{
    return START_REAL_USEC + elapsed - set_back;
}

typedef struct {
    GSource source;
    gint64  due;
    gint64  interval;
} Timer;

static gboolean
timer_is_due (GSource *source)
{
    return ((Timer *) source)->due <= elapsed;
}

static gboolean
timer_prepare (GSource *source,
               gint    *timeout)
{
    *timeout = -1;
    return timer_is_due (source);
}

static gboolean
timer_dispatch (GSource     *source,
                GSourceFunc  callback,
                gpointer     user_data)
{
    ((Timer *) source)->due = elapsed + ((Timer *) source)->interval;
    return callback (user_data);
}

static void
timer_finalize (GSource *source)
{
    timers = g_list_remove (timers, source);
}

static GSourceFuncs timer_funcs = {
    .prepare  = timer_prepare,
    .check    = timer_is_due,
    .dispatch = timer_dispatch,
    .finalize = timer_finalize,
};

static guint
timer_add (gint64      interval,
           GSourceFunc function,
           gpointer    data)
{
    GSource *source = g_source_new (&timer_funcs, sizeof (Timer));
    guint    id;

    ((Timer *) source)->interval = interval;
    ((Timer *) source)->due = elapsed + interval;
    timers = g_list_prepend (timers, source);
    g_source_set_callback (source, function, data, NULL);
    id = g_source_attach (source, NULL);
    g_source_unref (source);
    return id;
}

guint
__wrap_g_timeout_add (guint       interval,
                      GSourceFunc function,
                      gpointer    data)
{
    return timer_add ((gint64) interval * 1000, function, data);
}

guint
__wrap_g_timeout_add_seconds (guint       interval,
                              GSourceFunc function,
                              gpointer    data)
{
    return timer_add ((gint64) interval * G_USEC_PER_SEC, function, data);
}

/*****************************************************************************/

void
fake_clock_settle (void)
{
    guint i;

    for (i = 0; g_main_context_pending (NULL); i++) {
        if (i == DISPATCHES_MAX)
            g_error ("something is always ready to be dispatched");
        g_main_context_iteration (NULL, FALSE);
    }
}

static gboolean
find_next (gint64 *next)
{
    gboolean  found = FALSE;
    GList    *l;

    for (l = timers; l; l = l->next) {
        Timer *timer = l->data;

        if (g_source_is_destroyed (&timer->source))
            continue;
        if (!found || timer->due < *next)
            *next = timer->due;
        found = TRUE;
    }
    return found;
}

static void
run_until (gint64 end)
{
    gint64 next = 0;

    fake_clock_settle ();
    while (find_next (&next) && next <= end) {
        elapsed = MAX (elapsed, next);
        fake_clock_settle ();
    }
    elapsed = end;
}

void
fake_clock_run_msec (guint milliseconds)
{
    run_until (elapsed + (gint64) milliseconds * 1000);
}

void
fake_clock_run (guint seconds)
{
    run_until (elapsed + (gint64) seconds * G_USEC_PER_SEC);
}

guint
fake_clock_now (void)
{
    return (guint) (elapsed / G_USEC_PER_SEC);
}

void
fake_clock_set_back (guint seconds)
{
    set_back += (gint64) seconds * G_USEC_PER_SEC;
}

guint
fake_clock_n_timers (void)
{
    guint  n = 0;
    GList *l;

    for (l = timers; l; l = l->next)
        n += !g_source_is_destroyed (l->data);
    return n;
}

static gboolean
patience_over (gpointer user_data)
{
    g_error ("waited for %s in vain", (const gchar *) user_data);
    return G_SOURCE_REMOVE;
}

guint
fake_clock_patience_begin (const gchar *what)
{
    g_autoptr(GSource) source = g_timeout_source_new_seconds (PATIENCE_SECONDS);

    g_source_set_callback (source, patience_over, (gpointer) what, NULL);
    return g_source_attach (source, NULL);
}

void
fake_clock_patience_end (guint patience)
{
    g_source_remove (patience);
}

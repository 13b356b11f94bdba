/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "sim-clock.h"

struct _SimClock {
    gdouble     speed;
    /* Start of the current speed, in both times */
    gint64      base_real;
    gdouble     base_simulated;
    GHashTable *timers;
    guint       next_id;
};

typedef struct {
    SimClock     *clock;
    guint         id;
    gdouble       due;
    GSource      *source;
    SimClockFunc  func;
    gpointer      user_data;
} SimTimer;

/*****************************************************************************/
/* Timers */

static void
timer_free (SimTimer *timer)
{
    g_source_destroy (timer->source);
    g_source_unref (timer->source);
    g_free (timer);
}

static void
timer_schedule (SimTimer *timer)
{
    SimClock *self = timer->clock;
    gdouble   real_seconds;

    real_seconds = (timer->due - self->base_simulated) / self->speed;
    g_source_set_ready_time (timer->source,
                             self->base_real + (gint64) (real_seconds * G_USEC_PER_SEC));
}

static gboolean
timer_dispatch (GSource     *source,
                GSourceFunc  callback,
                gpointer     user_data)
{
    return callback (user_data);
}

static GSourceFuncs timer_funcs = {
    .dispatch = timer_dispatch,
};

static gboolean
timer_expired (gpointer user_data)
{
    SimTimer     *timer = user_data;
    SimClockFunc  func = timer->func;
    gpointer      func_data = timer->user_data;

    /* The function may start the same timer again: clear its id first */
    g_hash_table_remove (timer->clock->timers, GUINT_TO_POINTER (timer->id));
    func (func_data);
    return G_SOURCE_REMOVE;
}

guint
sim_clock_add (SimClock     *self,
               gdouble       seconds,
               SimClockFunc  func,
               gpointer      user_data)
{
    SimTimer *timer;

    timer = g_new0 (SimTimer, 1);
    timer->clock = self;
    timer->id = ++self->next_id;
    timer->due = sim_clock_now (self) + MAX (seconds, 0.0);
    timer->func = func;
    timer->user_data = user_data;
    timer->source = g_source_new (&timer_funcs, sizeof (GSource));
    g_source_set_callback (timer->source, timer_expired, timer, NULL);
    timer_schedule (timer);
    g_source_attach (timer->source, g_main_context_get_thread_default ());

    g_hash_table_insert (self->timers, GUINT_TO_POINTER (timer->id), timer);
    return timer->id;
}

void
sim_clock_clear (SimClock *self,
                 guint    *id)
{
    if (*id)
        g_hash_table_remove (self->timers, GUINT_TO_POINTER (*id));
    *id = 0;
}

/*****************************************************************************/
/* Time */

gdouble
sim_clock_now (SimClock *self)
{
    gdouble real_seconds;

    real_seconds = (gdouble) (g_get_monotonic_time () - self->base_real) / G_USEC_PER_SEC;
    return self->base_simulated + real_seconds * self->speed;
}

gdouble
sim_clock_get_speed (SimClock *self)
{
    return self->speed;
}

void
sim_clock_set_speed (SimClock *self,
                     gdouble   speed)
{
    GHashTableIter  iter;
    gpointer        timer;
    gdouble         now;

    g_return_if_fail (speed > 0);

    now = sim_clock_now (self);
    self->base_real = g_get_monotonic_time ();
    self->base_simulated = now;
    self->speed = speed;

    g_hash_table_iter_init (&iter, self->timers);
    while (g_hash_table_iter_next (&iter, NULL, &timer))
        timer_schedule (timer);
}

/*****************************************************************************/
/* Life cycle */

SimClock *
sim_clock_new (gdouble speed)
{
    SimClock *self;

    self = g_new0 (SimClock, 1);
    self->speed = speed;
    self->base_real = g_get_monotonic_time ();
    self->timers = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) timer_free);
    return self;
}

void
sim_clock_free (SimClock *self)
{
    g_hash_table_unref (self->timers);
    g_free (self);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef SIM_CLOCK_H
#define SIM_CLOCK_H

#include <glib.h>

/* The simulated clock: the only place where the module's time and real time meet. With a speed of
 * 20, a minute of the module takes three seconds. */
typedef struct _SimClock SimClock;

typedef void (*SimClockFunc) (gpointer user_data);

SimClock *sim_clock_new       (gdouble       speed);
void      sim_clock_free      (SimClock     *self);
void      sim_clock_set_speed (SimClock     *self,
                               gdouble       speed);
gdouble   sim_clock_get_speed (SimClock     *self);

/* Simulated seconds since the clock was created */
gdouble   sim_clock_now       (SimClock     *self);

/* Calls @func once, after @seconds of simulated time. Returns the timer's id, never 0. */
guint     sim_clock_add       (SimClock     *self,
                               gdouble       seconds,
                               SimClockFunc  func,
                               gpointer      user_data);

/* Stops the timer *@id, if there is one, and sets it to 0 */
void      sim_clock_clear     (SimClock     *self,
                               guint        *id);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimClock, sim_clock_free)

#endif /* SIM_CLOCK_H */

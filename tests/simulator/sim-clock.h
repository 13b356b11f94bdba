/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef SIM_CLOCK_H
#define SIM_CLOCK_H

#include <glib.h>

/* The simulated clock: the one place where the module's time meets real time.
 * A speed of 20 makes a minute of the module last three seconds. */
typedef struct _SimClock SimClock;

typedef void (*SimClockFunc) (gpointer user_data);

SimClock *sim_clock_new       (gdouble       speed);
void      sim_clock_free      (SimClock     *self);
void      sim_clock_set_speed (SimClock     *self,
                               gdouble       speed);
gdouble   sim_clock_get_speed (SimClock     *self);

/* Simulated seconds since the clock was made. */
gdouble   sim_clock_now       (SimClock     *self);

/* One call of @func after @seconds of simulated time; never 0. */
guint     sim_clock_add       (SimClock     *self,
                               gdouble       seconds,
                               SimClockFunc  func,
                               gpointer      user_data);

/* Forgets the timer and sets *@id to 0; fine when it already is. */
void      sim_clock_clear     (SimClock     *self,
                               guint        *id);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimClock, sim_clock_free)

#endif /* SIM_CLOCK_H */

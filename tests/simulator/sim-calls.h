/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef SIM_CALLS_H
#define SIM_CALLS_H

#include "sim-module.h"

/* Voice calls, one at a time */

SimCalls   *sim_calls_new        (SimModule *module);
void        sim_calls_free       (SimCalls  *self);
JsonObject *sim_calls_get_status (SimCalls  *self);
void        sim_calls_power_off  (SimCalls  *self);
gboolean    sim_calls_is_busy    (SimCalls  *self);
void        sim_calls_ring       (SimCalls  *self);
void        sim_calls_activate   (SimCalls  *self);
void        sim_calls_end        (SimCalls  *self);

#endif /* SIM_CALLS_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef SIM_NOISE_H
#define SIM_NOISE_H

#include "sim-module.h"

/* Unsolicited lines that say nothing */

SimNoise *sim_noise_new      (SimModule *module);
void      sim_noise_free     (SimNoise  *self);
void      sim_noise_start    (SimNoise  *self);
void      sim_noise_stop     (SimNoise  *self);
gchar    *sim_noise_get_line (SimNoise  *self);

#endif /* SIM_NOISE_H */

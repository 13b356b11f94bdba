/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef SIM_CARD_H
#define SIM_CARD_H

#include "sim-module.h"

/* The SIM card: PIN, files, numbers */

SimCard    *sim_card_new        (SimModule *module);
void        sim_card_free       (SimCard   *self);
/* Locks the PIN again */
void        sim_card_power_off  (SimCard   *self);
JsonObject *sim_card_get_status (SimCard   *self);
gboolean    sim_card_is_locked  (SimCard   *self);

#endif /* SIM_CARD_H */

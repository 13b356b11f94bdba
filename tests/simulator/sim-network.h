/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef SIM_NETWORK_H
#define SIM_NETWORK_H

#include "sim-module.h"

/* Registration, operator, signal */

SimNetwork *sim_network_new           (SimModule  *module);
void        sim_network_free          (SimNetwork *self);
JsonObject *sim_network_get_status    (SimNetwork *self);
void        sim_network_power_on      (SimNetwork *self);
void        sim_network_power_off     (SimNetwork *self);
/* The scenario's group has changed */
void        sim_network_changed       (SimNetwork *self);
gboolean    sim_network_is_registered (SimNetwork *self);
/* Whether the module is registered and servers can be reached */
gboolean    sim_network_has_data      (SimNetwork *self);
/* A line that tells the registration once more, or NULL if the host wants none */
gchar      *sim_network_tell_again    (SimNetwork *self);

#endif /* SIM_NETWORK_H */

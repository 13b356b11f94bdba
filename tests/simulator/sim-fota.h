/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef SIM_FOTA_H
#define SIM_FOTA_H

#include "sim-module.h"

/* Firmware over the air: the states, the commands, the flash and its reboots */

SimFota    *sim_fota_new             (SimModule   *module);
void        sim_fota_free            (SimFota     *self);
JsonObject *sim_fota_get_status      (SimFota     *self);
/* From ^FWUP accepted until the module is back */
gboolean    sim_fota_is_upgrading    (SimFota     *self);
void        sim_fota_power_on        (SimFota     *self);
void        sim_fota_power_off       (SimFota     *self);
/* A flash was interrupted, and goes on in download mode at power-up */
gboolean    sim_fota_must_recover    (SimFota     *self);
void        sim_fota_recover         (SimFota     *self);
/* Registration or the way to servers changed */
void        sim_fota_network_changed (SimFota     *self);
/* The scenario's mode or state was set anew */
void        sim_fota_reload          (SimFota     *self);
/* ^FOTASTATE once more, unasked */
void        sim_fota_tell_state      (SimFota     *self);
/* A package is there, and waits for ^FWUP */
gboolean    sim_fota_is_downloaded   (SimFota     *self);
/* Any state, as the control socket likes it: "12", "13,51" */
gboolean    sim_fota_set_state       (SimFota     *self,
                                      const gchar *text);

#endif /* SIM_FOTA_H */

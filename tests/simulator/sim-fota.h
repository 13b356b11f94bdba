/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef SIM_FOTA_H
#define SIM_FOTA_H

#include "sim-module.h"

/* Firmware over the air: states, commands, flashing and its reboots */

SimFota    *sim_fota_new             (SimModule   *module);
void        sim_fota_free            (SimFota     *self);
JsonObject *sim_fota_get_status      (SimFota     *self);
/* Whether it is between ^FWUP accepted and the end of the reboot */
gboolean    sim_fota_is_upgrading    (SimFota     *self);
void        sim_fota_power_on        (SimFota     *self);
void        sim_fota_power_off       (SimFota     *self);
/* Whether flashing was interrupted, so that it resumes in download mode at power-up */
gboolean    sim_fota_must_recover    (SimFota     *self);
void        sim_fota_recover         (SimFota     *self);
/* The registration or the connection to servers has changed */
void        sim_fota_network_changed (SimFota     *self);
/* The mode or state of the scenario was set */
void        sim_fota_reload          (SimFota     *self);
/* Reports ^FOTASTATE once more */
void        sim_fota_tell_state      (SimFota     *self);
/* Whether a package waits for ^FWUP */
gboolean    sim_fota_is_downloaded   (SimFota     *self);
/* Sets any state, as given to the control socket: "12", "13,51" */
gboolean    sim_fota_set_state       (SimFota     *self,
                                      const gchar *text);

#endif /* SIM_FOTA_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef SIM_IDENTITY_H
#define SIM_IDENTITY_H

#include "sim-module.h"

/* Versions, and commands that every modem has */

SimIdentity *sim_identity_new            (SimModule   *module);
void         sim_identity_free           (SimIdentity *self);
JsonObject  *sim_identity_get_status     (SimIdentity *self);
/* EXTS in AT^VERSION? */
const gchar *sim_identity_get_version    (SimIdentity *self);
void         sim_identity_set_version    (SimIdentity *self,
                                          const gchar *exts,
                                          const gchar *bdt,
                                          const gchar *revision);
/* Hides part of the version for that long */
void         sim_identity_set_incomplete (SimIdentity *self,
                                          gdouble      seconds);

#endif /* SIM_IDENTITY_H */

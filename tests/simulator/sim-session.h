/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef SIM_SESSION_H
#define SIM_SESSION_H

#include "sim-module.h"

/* PDP contexts, NDIS sessions, auto-dial, PPP */

SimSession  *sim_session_new                (SimModule  *module);
void         sim_session_free               (SimSession *self);
JsonObject  *sim_session_get_status         (SimSession *self);
void         sim_session_power_off          (SimSession *self);
void         sim_session_registered_changed (SimSession *self);
/* What blocks an upgrade, or NULL */
const gchar *sim_session_get_blocker        (SimSession *self);
gboolean     sim_session_is_up              (SimSession *self);
/* Whether an NDIS session is up on the network port */
gboolean     sim_session_has_carrier        (SimSession *self);
void         sim_session_ppp_ended          (SimSession *self);
void         sim_session_reload             (SimSession *self);
/* ATD*99# */
void         sim_session_dial_ppp           (SimSession *self,
                                             SimCommand *command);
/* The network ends the session */
gboolean     sim_session_drop               (SimSession *self,
                                             guint       cid);
/* The network detaches the module and ends all sessions; it stays registered */
void         sim_session_detach             (SimSession *self);
/* Reports @event by +CGEV, if that is switched on */
void         sim_session_event              (SimSession  *self,
                                             const gchar *event);

#endif /* SIM_SESSION_H */

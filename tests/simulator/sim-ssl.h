/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef SIM_SSL_H
#define SIM_SSL_H

#include <gio/gio.h>

#include "sim-module.h"

/* Certificates and keys for https, all lost at power-off */

SimSsl          *sim_ssl_new             (SimModule  *module);
void             sim_ssl_free            (SimSsl     *self);
JsonObject      *sim_ssl_get_status      (SimSsl     *self);
void             sim_ssl_power_off       (SimSsl     *self);
/* What is missing for https, or NULL */
const gchar     *sim_ssl_get_missing     (SimSsl     *self);
/* 0: no check, 1: server only, 2: mutual; -1: not set since power-up */
gint             sim_ssl_get_mode        (SimSsl     *self);
GTlsDatabase    *sim_ssl_get_database    (SimSsl     *self,
                                          GError    **error);
GTlsCertificate *sim_ssl_get_certificate (SimSsl     *self,
                                          GError    **error);

#endif /* SIM_SSL_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/* A bus for one test program */

#ifndef FAKE_BUS_H
#define FAKE_BUS_H

#include <gio/gio.h>

/* g_test_run (), while the bus is there */
gint             fake_bus_run_tests   (void);
const gchar     *fake_bus_get_address (void);
GDBusConnection *fake_bus_connect     (void);

/* To another one */
GDBusConnection *fake_bus_connect_to  (const gchar *address);

#endif /* FAKE_BUS_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "fake-bus.h"

static GTestDBus *bus;

gint
fake_bus_run_tests (void)
{
    gint status;

    bus = g_test_dbus_new (G_TEST_DBUS_NONE);
    g_test_dbus_up (bus);
    status = g_test_run ();
    g_test_dbus_down (bus);
    g_clear_object (&bus);
    return status;
}

const gchar *
fake_bus_get_address (void)
{
    return g_test_dbus_get_bus_address (bus);
}

GDBusConnection *
fake_bus_connect (void)
{
    return fake_bus_connect_to (fake_bus_get_address ());
}

GDBusConnection *
fake_bus_connect_to (const gchar *address)
{
    GDBusConnection *connection;

    connection = g_dbus_connection_new_for_address_sync (address,
                                                         G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                                         G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                                         NULL, NULL, NULL);
    g_assert_nonnull (connection);
    g_dbus_connection_set_exit_on_close (connection, FALSE);
    return connection;
}

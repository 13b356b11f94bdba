/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "fake-logind.h"

#include <fcntl.h>
#include <unistd.h>

#include <gio/gunixfdlist.h>
#include <glib-unix.h>

static const gchar introspection[] =
    "<node>"
    "  <interface name='org.freedesktop.login1.Manager'>"
    "    <method name='Inhibit'>"
    "      <arg type='s' direction='in'/>"
    "      <arg type='s' direction='in'/>"
    "      <arg type='s' direction='in'/>"
    "      <arg type='s' direction='in'/>"
    "      <arg type='h' direction='out'/>"
    "    </method>"
    "  </interface>"
    "</node>";

/* DBUS_NAME_FLAG_DO_NOT_QUEUE */
#define DO_NOT_QUEUE 4

void
fake_logind_take_name (GDBusConnection *connection)
{
    g_autoptr(GVariant) reply = NULL;
    guint               code;

    reply = g_dbus_connection_call_sync (connection, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                         "org.freedesktop.DBus", "RequestName",
                                         g_variant_new ("(su)", "org.freedesktop.login1", DO_NOT_QUEUE),
                                         G_VARIANT_TYPE ("(u)"), G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL);
    g_assert_nonnull (reply);
    g_variant_get (reply, "(u)", &code);
    g_assert_cmpuint (code, ==, 1);
}

void
fake_logind_start (GDBusConnection            *connection,
                   const GDBusInterfaceVTable *vtable,
                   gpointer                    user_data)
{
    g_autoptr(GDBusNodeInfo) node = g_dbus_node_info_new_for_xml (introspection, NULL);

    g_assert_cmpuint (g_dbus_connection_register_object (connection, "/org/freedesktop/login1", node->interfaces[0],
                                                         vtable, user_data, NULL, NULL), !=, 0);
    fake_logind_take_name (connection);
}

static gboolean
lock_freed (gint         fd,
            GIOCondition condition,
            gpointer     user_data)
{
    ++*(guint *) user_data;
    close (fd);
    return G_SOURCE_REMOVE;
}

void
fake_logind_give_lock (GDBusMethodInvocation *invocation,
                       gint                   handle,
                       guint                 *n_freed)
{
    g_autoptr(GUnixFDList) fds = g_unix_fd_list_new ();
    gint                   ends[2];

    g_assert_true (g_unix_open_pipe (ends, FD_CLOEXEC, NULL));
    g_assert_cmpint (g_unix_fd_list_append (fds, ends[1], NULL), ==, 0);
    close (ends[1]);
    /* The other end is closed: the lock is free again, as logind sees it */
    g_unix_fd_add (ends[0], G_IO_HUP, lock_freed, n_freed);
    g_dbus_method_invocation_return_value_with_unix_fd_list (invocation, g_variant_new ("(h)", handle), fds);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/* What logind has on the bus for who wants to block sleep: Inhibit () of org.freedesktop.login1.Manager */

#ifndef FAKE_LOGIND_H
#define FAKE_LOGIND_H

#include <gio/gio.h>

/* @connection has logind's name from then on */
void fake_logind_take_name (GDBusConnection            *connection);

/* The name, and the object: @vtable has the calls, with @user_data */
void fake_logind_start     (GDBusConnection            *connection,
                            const GDBusInterfaceVTable *vtable,
                            gpointer                    user_data);

/* Answers a call with a lock; @handle: its place in the reply's list, where there is one only.
 * @n_freed counts up when whoever got it has closed it. */
void fake_logind_give_lock (GDBusMethodInvocation      *invocation,
                            gint                        handle,
                            guint                      *n_freed);

#endif /* FAKE_LOGIND_H */

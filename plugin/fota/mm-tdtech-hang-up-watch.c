/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mm-tdtech-hang-up-watch.h"

#include "mm-daemon-compat.h"

#define MODEM_INTERFACE  "org.freedesktop.ModemManager1.Modem"
#define SIMPLE_INTERFACE "org.freedesktop.ModemManager1.Modem.Simple"
#define NETWORK_MANAGER  "org.freedesktop.NetworkManager"

struct _MMTdtechHangUpWatch {
    GObject             parent;
    MMBaseModem        *modem;
    MMTdtechHangUpFunc  func;
    gpointer            user_data;
    guint               manager_watch;    /* 0: not yet */
    gchar              *manager;          /* NetworkManager's name on the bus, NULL: it is not there */
};

G_DEFINE_TYPE (MMTdtechHangUpWatch, mm_tdtech_hang_up_watch, G_TYPE_OBJECT)

/*****************************************************************************/

typedef struct {
    MMTdtechHangUpWatch    *self;
    GDBusInterfaceSkeleton *skeleton;
    GDBusMethodInvocation  *invocation;
    gchar                  *path;
} HangUpContext;

static void
hang_up_context_free (HangUpContext *ctx)
{
    g_object_unref (ctx->self);
    g_object_unref (ctx->skeleton);
    g_object_unref (ctx->invocation);
    g_free (ctx->path);
    g_slice_free (HangUpContext, ctx);
}

static gboolean
is_method (GDBusMethodInvocation *invocation,
           const gchar           *method)
{
    return g_str_equal (g_dbus_method_invocation_get_method_name (invocation), method);
}

/* NetworkManager calls Disconnect for all bearers whenever a modem gets disconnected, by the pause, too.
 * That does not mean that its user wants the sessions down. */
static gboolean
is_by_manager (HangUpContext *ctx)
{
    return ctx->self->manager && !ctx->path && is_method (ctx->invocation, "Disconnect") &&
           g_strcmp0 (ctx->self->manager, g_dbus_method_invocation_get_sender (ctx->invocation)) == 0;
}

/* ModemManager returns the error to the caller */
static void
authorize_ready (MMBaseModem   *modem,
                 GAsyncResult  *res,
                 HangUpContext *ctx)
{
    /* At once: the caller is answered next, and from then on the sessions must not come back, not
     * even if the daemon ends now */
    if (mm_daemon_base_modem_authorize_finish (modem, res, NULL) && !is_by_manager (ctx) && ctx->self->func)
        ctx->self->func (ctx->path, ctx->self->user_data);
    hang_up_context_free (ctx);
}

/* The argument of Simple.Disconnect is a bearer, or "/" for all of them, and that of DeleteBearer a
 * bearer ("/" is refused). Enable hangs up all. */
static gchar *
get_bearer_path (GDBusInterfaceSkeleton *skeleton,
                 GDBusMethodInvocation  *invocation)
{
    const gchar *path;

    if (MM_IS_BASE_BEARER (skeleton))
        return g_strdup (mm_base_bearer_get_path (MM_BASE_BEARER (skeleton)));
    if (is_method (invocation, "Enable"))
        return NULL;
    g_variant_get (g_dbus_method_invocation_get_parameters (invocation), "(&o)", &path);
    return is_method (invocation, "Disconnect") && g_str_equal (path, "/") ? NULL : g_strdup (path);
}

static gboolean
authorize_cb (HangUpContext *ctx)
{
    MMTdtechHangUpWatch *self = ctx->self;

    if (!self->func) {
        hang_up_context_free (ctx);
        return G_SOURCE_REMOVE;
    }
    ctx->path = get_bearer_path (ctx->skeleton, ctx->invocation);
    mm_daemon_base_modem_authorize (self->modem, ctx->invocation, MM_AUTHORIZATION_DEVICE_CONTROL,
                                    (GAsyncReadyCallback) authorize_ready, ctx);
    return G_SOURCE_REMOVE;
}

/* Whoever disables the modem or deletes a bearer hangs up, too. The daemon also does at its end, and
 * then the next one restores the sessions: that is no method call. */
static gboolean
hangs_up (GDBusMethodInvocation *invocation)
{
    gboolean enable = TRUE;

    if (is_method (invocation, "Enable"))
        g_variant_get (g_dbus_method_invocation_get_parameters (invocation), "(b)", &enable);
    return is_method (invocation, "Disconnect") || is_method (invocation, "DeleteBearer") || !enable;
}

/* The only signal of a skeleton that is emitted before ModemManager handles the method. It never
 * refuses anything here. GDBus emits it in a thread of its own, and ModemManager has one thread;
 * what is queued here comes before the handler, which GDBus queues next. */
static gboolean
authorize_method_cb (GDBusInterfaceSkeleton *skeleton,
                     GDBusMethodInvocation  *invocation,
                     MMTdtechHangUpWatch    *self)
{
    HangUpContext *ctx;

    if (!hangs_up (invocation))
        return TRUE;

    ctx = g_slice_new0 (HangUpContext);
    ctx->self = g_object_ref (self);
    ctx->skeleton = g_object_ref (skeleton);
    ctx->invocation = g_object_ref (invocation);
    g_idle_add_full (G_PRIORITY_DEFAULT, (GSourceFunc) authorize_cb, ctx, NULL);
    return TRUE;
}

/*****************************************************************************/
/* Learn NetworkManager's unique name before the pause can make it call */

static void
manager_appeared (GDBusConnection     *connection,
                  const gchar         *name,
                  const gchar         *owner,
                  MMTdtechHangUpWatch *self)
{
    g_free (self->manager);
    self->manager = g_strdup (owner);
}

static void
manager_vanished (GDBusConnection     *connection,
                  const gchar         *name,
                  MMTdtechHangUpWatch *self)
{
    g_clear_pointer (&self->manager, g_free);
}

static void
watch_manager (MMTdtechHangUpWatch    *self,
               GDBusInterfaceSkeleton *simple)
{
    GDBusConnection *connection = g_dbus_interface_skeleton_get_connection (simple);

    /* GLib reports a watch on a closed connection as a programming error */
    if (self->manager_watch || !connection || g_dbus_connection_is_closed (connection))
        return;
    self->manager_watch = g_bus_watch_name_on_connection (connection, NETWORK_MANAGER, G_BUS_NAME_WATCHER_FLAGS_NONE,
                                                          (GBusNameAppearedCallback) manager_appeared,
                                                          (GBusNameVanishedCallback) manager_vanished, self, NULL);
}

/*****************************************************************************/

/* Holds no reference: a deleted bearer leaves the bus with its last one */
static void
watch (MMTdtechHangUpWatch    *self,
       GDBusInterfaceSkeleton *skeleton)
{
    g_signal_handlers_disconnect_by_func (skeleton, authorize_method_cb, self);
    g_signal_connect_object (skeleton, "g-authorize-method", G_CALLBACK (authorize_method_cb), self, 0);
}

void
mm_tdtech_hang_up_watch_add_bearer (MMTdtechHangUpWatch *self,
                                    MMBaseBearer        *bearer)
{
    g_autoptr(GDBusInterface) iface = NULL;
    g_autoptr(GDBusInterface) simple = NULL;

    watch (self, G_DBUS_INTERFACE_SKELETON (bearer));
    iface = g_dbus_object_get_interface (G_DBUS_OBJECT (self->modem), MODEM_INTERFACE);
    if (iface)
        watch (self, G_DBUS_INTERFACE_SKELETON (iface));
    simple = g_dbus_object_get_interface (G_DBUS_OBJECT (self->modem), SIMPLE_INTERFACE);
    if (simple) {
        watch (self, G_DBUS_INTERFACE_SKELETON (simple));
        watch_manager (self, G_DBUS_INTERFACE_SKELETON (simple));
    }
}

/*****************************************************************************/

MMTdtechHangUpWatch *
mm_tdtech_hang_up_watch_new (MMBaseModem        *modem,
                             MMTdtechHangUpFunc  func,
                             gpointer            user_data)
{
    MMTdtechHangUpWatch *self = g_object_new (MM_TYPE_TDTECH_HANG_UP_WATCH, NULL);

    self->modem = modem;
    self->func = func;
    self->user_data = user_data;
    return self;
}

static void
dispose (GObject *object)
{
    MMTdtechHangUpWatch *self = MM_TDTECH_HANG_UP_WATCH (object);

    self->func = NULL;
    g_clear_handle_id (&self->manager_watch, g_bus_unwatch_name);
    g_clear_pointer (&self->manager, g_free);
    G_OBJECT_CLASS (mm_tdtech_hang_up_watch_parent_class)->dispose (object);
}

static void
mm_tdtech_hang_up_watch_init (MMTdtechHangUpWatch *self)
{
}

static void
mm_tdtech_hang_up_watch_class_init (MMTdtechHangUpWatchClass *klass)
{
    G_OBJECT_CLASS (klass)->dispose = dispose;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mm-tdtech-hang-up-watch.h"

#include "mm-daemon-compat.h"

#define SIMPLE_INTERFACE "org.freedesktop.ModemManager1.Modem.Simple"
#define NETWORK_MANAGER  "org.freedesktop.NetworkManager"

struct _MMTdtechHangUpWatch {
    GObject             parent;
    MMBaseModem        *modem;
    MMTdtechHangUpFunc  func;
    gpointer            user_data;
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

static void
report_hang_up (HangUpContext *ctx)
{
    if (ctx->self->func)
        ctx->self->func (ctx->path, ctx->self->user_data);
    hang_up_context_free (ctx);
}

/* NetworkManager calls Disconnect for all bearers whenever a modem gets disconnected, by the pause, too.
 * That does not mean that its user wants the sessions down. */
static void
get_manager_ready (GDBusConnection *connection,
                   GAsyncResult    *res,
                   HangUpContext   *ctx)
{
    g_autoptr(GVariant)  reply = NULL;
    const gchar         *owner = NULL;

    reply = g_dbus_connection_call_finish (connection, res, NULL);
    if (reply)
        g_variant_get (reply, "(&s)", &owner);
    if (owner && g_strcmp0 (owner, g_dbus_method_invocation_get_sender (ctx->invocation)) == 0)
        hang_up_context_free (ctx);
    else
        report_hang_up (ctx);
}

/* ModemManager returns the error to the caller */
static void
authorize_ready (MMBaseModem   *modem,
                 GAsyncResult  *res,
                 HangUpContext *ctx)
{
    if (!mm_daemon_base_modem_authorize_finish (modem, res, NULL)) {
        hang_up_context_free (ctx);
        return;
    }
    if (ctx->path) {
        report_hang_up (ctx);
        return;
    }
    g_dbus_connection_call (g_dbus_method_invocation_get_connection (ctx->invocation),
                            "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                            "GetNameOwner", g_variant_new ("(s)", NETWORK_MANAGER), G_VARIANT_TYPE ("(s)"),
                            G_DBUS_CALL_FLAGS_NONE, -1, NULL, (GAsyncReadyCallback) get_manager_ready, ctx);
}

/* The argument of Simple.Disconnect is a bearer, or "/" for all of them */
static gchar *
get_bearer_path (GDBusInterfaceSkeleton *skeleton,
                 GDBusMethodInvocation  *invocation)
{
    const gchar *path;

    if (MM_IS_BASE_BEARER (skeleton))
        return g_strdup (mm_base_bearer_get_path (MM_BASE_BEARER (skeleton)));
    g_variant_get (g_dbus_method_invocation_get_parameters (invocation), "(&o)", &path);
    return g_str_equal (path, "/") ? NULL : g_strdup (path);
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

/* The only signal of a skeleton that is emitted before ModemManager handles the method. It never
 * refuses anything here. GDBus emits it in a thread of its own, and ModemManager has one thread;
 * what is queued here comes before the handler, which GDBus queues next. */
static gboolean
authorize_method_cb (GDBusInterfaceSkeleton *skeleton,
                     GDBusMethodInvocation  *invocation,
                     MMTdtechHangUpWatch    *self)
{
    HangUpContext *ctx;

    if (!g_str_equal (g_dbus_method_invocation_get_method_name (invocation), "Disconnect"))
        return TRUE;

    ctx = g_slice_new0 (HangUpContext);
    ctx->self = g_object_ref (self);
    ctx->skeleton = g_object_ref (skeleton);
    ctx->invocation = g_object_ref (invocation);
    g_idle_add_full (G_PRIORITY_DEFAULT, (GSourceFunc) authorize_cb, ctx, NULL);
    return TRUE;
}

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
    g_autoptr(GDBusInterface) simple = NULL;

    watch (self, G_DBUS_INTERFACE_SKELETON (bearer));
    simple = g_dbus_object_get_interface (G_DBUS_OBJECT (self->modem), SIMPLE_INTERFACE);
    if (simple)
        watch (self, G_DBUS_INTERFACE_SKELETON (simple));
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
    MM_TDTECH_HANG_UP_WATCH (object)->func = NULL;
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

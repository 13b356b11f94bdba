/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mm-tdtech-hang-up-watch.h"

#include "mm-daemon-compat.h"

#define SIMPLE_INTERFACE "org.freedesktop.ModemManager1.Modem.Simple"

struct _MMTdtechHangUpWatch {
    GObject             parent;
    MMBaseModem        *modem;
    MMTdtechHangUpFunc  func;
    gpointer            user_data;
    GPtrArray          *watched;    /* GDBusInterfaceSkeleton: bearers, Modem.Simple */
};

G_DEFINE_TYPE (MMTdtechHangUpWatch, mm_tdtech_hang_up_watch, G_TYPE_OBJECT)

/*****************************************************************************/

typedef struct {
    MMTdtechHangUpWatch   *self;
    GDBusMethodInvocation *invocation;
    gchar                 *path;
} HangUpContext;

static void
hang_up_context_free (HangUpContext *ctx)
{
    g_object_unref (ctx->self);
    g_object_unref (ctx->invocation);
    g_free (ctx->path);
    g_slice_free (HangUpContext, ctx);
}

/* The caller gets its error from ModemManager */
static void
authorize_ready (MMBaseModem   *modem,
                 GAsyncResult  *res,
                 HangUpContext *ctx)
{
    if (mm_daemon_base_modem_authorize_finish (modem, res, NULL) && ctx->self->func)
        ctx->self->func (ctx->path, ctx->self->user_data);
    hang_up_context_free (ctx);
}

/* Simple.Disconnect names a bearer, or "/" for all */
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

/* The only signal of a skeleton that comes before ModemManager's own handlers of the method.
 * It is not used to refuse anything. */
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
    ctx->invocation = g_object_ref (invocation);
    ctx->path = get_bearer_path (skeleton, invocation);
    mm_daemon_base_modem_authorize (self->modem, invocation, MM_AUTHORIZATION_DEVICE_CONTROL,
                                    (GAsyncReadyCallback) authorize_ready, ctx);
    return TRUE;
}

static void
watch (MMTdtechHangUpWatch    *self,
       GDBusInterfaceSkeleton *skeleton)
{
    if (g_ptr_array_find (self->watched, skeleton, NULL))
        return;
    g_ptr_array_add (self->watched, g_object_ref (skeleton));
    g_signal_connect (skeleton, "g-authorize-method", G_CALLBACK (authorize_method_cb), self);
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
    MMTdtechHangUpWatch *self = MM_TDTECH_HANG_UP_WATCH (object);
    guint                i;

    self->func = NULL;
    for (i = 0; i < self->watched->len; i++)
        g_signal_handlers_disconnect_by_data (self->watched->pdata[i], self);
    g_ptr_array_set_size (self->watched, 0);
    G_OBJECT_CLASS (mm_tdtech_hang_up_watch_parent_class)->dispose (object);
}

static void
finalize (GObject *object)
{
    g_ptr_array_unref (MM_TDTECH_HANG_UP_WATCH (object)->watched);
    G_OBJECT_CLASS (mm_tdtech_hang_up_watch_parent_class)->finalize (object);
}

static void
mm_tdtech_hang_up_watch_init (MMTdtechHangUpWatch *self)
{
    self->watched = g_ptr_array_new_with_free_func (g_object_unref);
}

static void
mm_tdtech_hang_up_watch_class_init (MMTdtechHangUpWatchClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS (klass);

    object_class->dispose = dispose;
    object_class->finalize = finalize;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MM_BASE_MODEM_H
#define MM_BASE_MODEM_H

#include <glib-object.h>
#include <gio/gio.h>
#define _LIBMM_INSIDE_MM
#include <libmm-glib.h>

#include "mm-daemon-slot.h"
#include "mm-iface-port-at.h"
#include "mm-port-serial-at.h"
#include "mm-port.h"
#include "mm-daemon-series.h"

#define MM_TYPE_BASE_MODEM (mm_base_modem_get_type ())
#define MM_BASE_MODEM(obj) (G_TYPE_CHECK_INSTANCE_CAST ((obj), MM_TYPE_BASE_MODEM, MMBaseModem))
#define MM_IS_BASE_MODEM(obj) (G_TYPE_CHECK_INSTANCE_TYPE ((obj), MM_TYPE_BASE_MODEM))
#define MM_BASE_MODEM_CLASS(klass) (G_TYPE_CHECK_CLASS_CAST ((klass), MM_TYPE_BASE_MODEM, MMBaseModemClass))

typedef struct _MMBaseModem MMBaseModem;
typedef struct _MMBaseModemClass MMBaseModemClass;

#define MM_BASE_MODEM_GET_CLASS(obj) (G_TYPE_INSTANCE_GET_CLASS ((obj), MM_TYPE_BASE_MODEM, MMBaseModemClass))

#define MM_BASE_MODEM_MAX_TIMEOUTS        "base-modem-max-timeouts"
#define MM_BASE_MODEM_VALID               "base-modem-valid"
#define MM_BASE_MODEM_DEVICE              "base-modem-device"
#if MM_DAEMON_SERIES >= 12200
#define MM_BASE_MODEM_PHYSDEV             "base-modem-physdev-path"
#endif
#define MM_BASE_MODEM_DRIVERS             "base-modem-drivers"
#define MM_BASE_MODEM_PLUGIN              "base-modem-plugin"
#define MM_BASE_MODEM_VENDOR_ID           "base-modem-vendor-id"
#define MM_BASE_MODEM_PRODUCT_ID          "base-modem-product-id"
#define MM_BASE_MODEM_SUBSYSTEM_VENDOR_ID "base-modem-subsystem-vendor-id"
#if MM_DAEMON_SERIES >= 12400
#define MM_BASE_MODEM_SUBSYSTEM_DEVICE_ID "base-modem-subsystem-device-id"
#endif
#define MM_BASE_MODEM_REPROBE             "base-modem-reprobe"
#define MM_BASE_MODEM_DATA_NET_SUPPORTED  "base-modem-data-net-supported"
#define MM_BASE_MODEM_DATA_TTY_SUPPORTED  "base-modem-data-tty-supported"

struct _MMBaseModem {
    MmGdbusObjectSkeleton parent;
    gpointer priv;
};

struct _MMBaseModemClass {
    MmGdbusObjectSkeletonClass parent;

#if defined MM_DAEMON_GUARD_TEST_SIZE
    MMDaemonSlot misplaced;
#endif
    void     (* initialize)        (MMBaseModem          *self,
                                    GCancellable         *cancellable,
                                    GAsyncReadyCallback   callback,
                                    gpointer              user_data);
    gboolean (* initialize_finish) (MMBaseModem          *self,
                                    GAsyncResult         *res,
                                    GError              **error);
    MMDaemonSlot enable;
    MMDaemonSlot enable_finish;
    MMDaemonSlot disable;
    MMDaemonSlot disable_finish;
#if defined WITH_SUSPEND_RESUME
    MMDaemonSlot sync;
    MMDaemonSlot sync_finish;
#if MM_DAEMON_SERIES >= 12402
    MMDaemonSlot terse;
    MMDaemonSlot terse_finish;
#endif
#endif
#if MM_DAEMON_SERIES >= 12400
    MMDaemonSlot create_tty_port;
    MMDaemonSlot create_usbmisc_port;
    MMDaemonSlot create_wwan_port;
#endif
    MMDaemonSlot link_port_grabbed;
    MMDaemonSlot link_port_released;
};

GType mm_base_modem_get_type (void);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MMBaseModem, g_object_unref)

guint           mm_base_modem_get_dbus_id          (MMBaseModem         *self);

/* See mm_daemon_base_modem_grab_port () */
gboolean        mm_base_modem_grab_port            (MMBaseModem         *self,
                                                    MMKernelDevice      *kernel_device,
#if MM_DAEMON_SERIES >= 12595
                                                    MMPortGroup          pgroup,
#endif
                                                    MMPortType           ptype,
                                                    MMPortSerialAtFlag   at_pflags,
                                                    GError             **error);

MMPortSerialAt *mm_base_modem_peek_port_primary    (MMBaseModem         *self);
MMPortSerialAt *mm_base_modem_peek_port_secondary  (MMBaseModem         *self);
MMIfacePortAt  *mm_base_modem_peek_best_at_port    (MMBaseModem         *self,
                                                    GError             **error);
MMPort         *mm_base_modem_peek_best_data_port  (MMBaseModem         *self,
                                                    MMPortType           type);
MMPort         *mm_base_modem_get_best_data_port   (MMBaseModem         *self,
                                                    MMPortType           type);
GList          *mm_base_modem_find_ports           (MMBaseModem         *self,
                                                    MMPortSubsys         subsys,
                                                    MMPortType           type);

MMPort         *mm_base_modem_peek_port            (MMBaseModem         *self,
                                                    const gchar         *name);

void            mm_base_modem_set_valid            (MMBaseModem         *self,
                                                    gboolean             valid);
gboolean        mm_base_modem_get_valid            (MMBaseModem         *self);
void            mm_base_modem_set_reprobe          (MMBaseModem         *self,
                                                    gboolean             reprobe);

const gchar    *mm_base_modem_get_device           (MMBaseModem         *self);
const gchar   **mm_base_modem_get_drivers          (MMBaseModem         *self);
const gchar    *mm_base_modem_get_plugin           (MMBaseModem         *self);
guint           mm_base_modem_get_vendor_id        (MMBaseModem         *self);
guint           mm_base_modem_get_product_id       (MMBaseModem         *self);
GCancellable   *mm_base_modem_peek_cancellable     (MMBaseModem         *self);

/* The polkit action of mm-auth-provider.h */
#define MM_AUTHORIZATION_DEVICE_CONTROL "org.freedesktop.ModemManager1.Device.Control"

/* See mm_daemon_base_modem_authorize () */
#if MM_DAEMON_SERIES < 12595
MM_DAEMON_OPTIONAL
void            mm_base_modem_authorize            (MMBaseModem           *self,
                                                    GDBusMethodInvocation *invocation,
                                                    const gchar           *authorization,
                                                    GAsyncReadyCallback    callback,
                                                    gpointer               user_data);
MM_DAEMON_OPTIONAL
gboolean        mm_base_modem_authorize_finish     (MMBaseModem           *self,
                                                    GAsyncResult          *res,
                                                    GError               **error);
#endif

#endif /* MM_BASE_MODEM_H */

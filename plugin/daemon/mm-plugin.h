/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MM_PLUGIN_H
#define MM_PLUGIN_H

#include <glib-object.h>

#include "mm-base-modem.h"
#include "mm-port-probe.h"
#include "mm-private-boxed-types.h"
#include "mm-daemon-series.h"

#if MM_DAEMON_SERIES >= 12200
#define MM_PLUGIN_MAJOR_VERSION 5
#else
#define MM_PLUGIN_MAJOR_VERSION 4
#endif
#define MM_PLUGIN_MINOR_VERSION 0

#define MM_PLUGIN_NAME                 "name"
#define MM_PLUGIN_ALLOWED_SUBSYSTEMS   "allowed-subsystems"
#define MM_PLUGIN_ALLOWED_VENDOR_IDS   "allowed-vendor-ids"
#define MM_PLUGIN_ALLOWED_AT           "allowed-at"
#define MM_PLUGIN_ALLOWED_QCDM         "allowed-qcdm"
#define MM_PLUGIN_ALLOWED_QMI          "allowed-qmi"
#define MM_PLUGIN_ALLOWED_MBIM         "allowed-mbim"
#define MM_PLUGIN_CUSTOM_INIT          "custom-init"
#define MM_PLUGIN_SEND_DELAY           "send-delay"
#define MM_PLUGIN_REMOVE_ECHO          "remove-echo"

#define MM_TYPE_PLUGIN (mm_plugin_get_type ())
#define MM_PLUGIN(obj) (G_TYPE_CHECK_INSTANCE_CAST ((obj), MM_TYPE_PLUGIN, MMPlugin))
#define MM_IS_PLUGIN(obj) (G_TYPE_CHECK_INSTANCE_TYPE ((obj), MM_TYPE_PLUGIN))
#define MM_PLUGIN_CLASS(klass) (G_TYPE_CHECK_CLASS_CAST ((klass), MM_TYPE_PLUGIN, MMPluginClass))

typedef struct _MMPlugin MMPlugin;
typedef struct _MMPluginClass MMPluginClass;

struct _MMPlugin {
    GObject parent;
    gpointer priv;
};

struct _MMPluginClass {
    GObjectClass parent;

    MMBaseModem * (* create_modem) (MMPlugin     *self,
                                    const gchar  *uid,
#if MM_DAEMON_SERIES >= 12200
                                    const gchar  *physdev,
#endif
                                    const gchar **drivers,
                                    guint16       vendor,
                                    guint16       product,
                                    guint16       subsystem_vendor,
#if MM_DAEMON_SERIES >= 12400
                                    guint16       subsystem_device,
#endif
                                    GList        *probes,
                                    GError      **error);
    gboolean      (* grab_port)    (MMPlugin     *self,
                                    MMBaseModem  *modem,
                                    MMPortProbe  *probe,
                                    GError      **error);
};

GType mm_plugin_get_type (void);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MMPlugin, g_object_unref)

const gchar *mm_plugin_get_name (MMPlugin *self);

#endif /* MM_PLUGIN_H */

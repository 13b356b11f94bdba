/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MM_DAEMON_PLUGIN_H
#define MM_DAEMON_PLUGIN_H

#include "mm-base-modem.h"
#include "mm-daemon-series.h"
#include "mm-plugin.h"

/*****************************************************************************/
/* How a plugin is defined: as ModemManager's own have done it since 1.22, wherever
 * this one is built */

#if defined MM_DAEMON_IN_TREE && MM_DAEMON_SERIES >= 12200

#include "mm-plugin-common.h"

#else

#if defined MM_DAEMON_IN_TREE
#define MM_DAEMON_PLUGIN_FITS() TRUE
#else
# include "mm-daemon-guard.h"
#define MM_DAEMON_PLUGIN_FITS() mm_daemon_guard_check ()
#endif

/* The three symbols that the daemon looks up. Protected, so that another plugin's
 * of the same name does not stand in for them. */
#define MM_DAEMON_PLUGIN_EXPORT __attribute__ ((visibility ("protected")))

#define MM_PLUGIN_NAMED_CREATOR_SCOPE static

#define MM_DEFINE_PLUGIN(MY_PLUGIN, my_plugin, MyPlugin) \
    G_DECLARE_FINAL_TYPE (MMPlugin ## MyPlugin, mm_plugin_ ## my_plugin, MM, PLUGIN_ ## MY_PLUGIN, MMPlugin) \
    struct _MMPlugin ## MyPlugin { \
        MMPlugin parent; \
    }; \
    G_DEFINE_TYPE (MMPlugin ## MyPlugin, mm_plugin_ ## my_plugin, MM_TYPE_PLUGIN) \
    \
    MM_DAEMON_PLUGIN_EXPORT int mm_plugin_major_version = MM_PLUGIN_MAJOR_VERSION; \
    MM_DAEMON_PLUGIN_EXPORT int mm_plugin_minor_version = MM_PLUGIN_MINOR_VERSION; \
    \
    static MMPlugin *mm_plugin_create_ ## my_plugin (void); \
    MM_DAEMON_PLUGIN_EXPORT MMPlugin *mm_plugin_create (void); \
    MM_DAEMON_PLUGIN_EXPORT MMPlugin * \
    mm_plugin_create (void) \
    { \
        return MM_DAEMON_PLUGIN_FITS () ? mm_plugin_create_ ## my_plugin () : NULL; \
    }

#endif

/*****************************************************************************/
/* What create_modem () is given after the plugin, and what of it a modem is built
 * from: written once here, as the list grew from series to series. */
#if MM_DAEMON_SERIES >= 12400

#define MM_PLUGIN_CREATE_MODEM_PARAMETERS \
    const gchar *uid, const gchar *physdev, const gchar **drivers, \
    guint16 vendor, guint16 product, guint16 subsystem_vendor, guint16 subsystem_device, \
    GList *probes, GError **error

#define MM_PLUGIN_MODEM_PROPERTIES(plugin) \
    MM_BASE_MODEM_DEVICE,              uid, \
    MM_BASE_MODEM_PHYSDEV,             physdev, \
    MM_BASE_MODEM_DRIVERS,             drivers, \
    MM_BASE_MODEM_PLUGIN,              mm_plugin_get_name (plugin), \
    MM_BASE_MODEM_VENDOR_ID,           vendor, \
    MM_BASE_MODEM_PRODUCT_ID,          product, \
    MM_BASE_MODEM_SUBSYSTEM_VENDOR_ID, subsystem_vendor, \
    MM_BASE_MODEM_SUBSYSTEM_DEVICE_ID, subsystem_device

#elif MM_DAEMON_SERIES >= 12200

#define MM_PLUGIN_CREATE_MODEM_PARAMETERS \
    const gchar *uid, const gchar *physdev, const gchar **drivers, \
    guint16 vendor, guint16 product, guint16 subsystem_vendor, \
    GList *probes, GError **error

#define MM_PLUGIN_MODEM_PROPERTIES(plugin) \
    MM_BASE_MODEM_DEVICE,              uid, \
    MM_BASE_MODEM_PHYSDEV,             physdev, \
    MM_BASE_MODEM_DRIVERS,             drivers, \
    MM_BASE_MODEM_PLUGIN,              mm_plugin_get_name (plugin), \
    MM_BASE_MODEM_VENDOR_ID,           vendor, \
    MM_BASE_MODEM_PRODUCT_ID,          product, \
    MM_BASE_MODEM_SUBSYSTEM_VENDOR_ID, subsystem_vendor

#else

#define MM_PLUGIN_CREATE_MODEM_PARAMETERS \
    const gchar *uid, const gchar **drivers, \
    guint16 vendor, guint16 product, guint16 subsystem_vendor, \
    GList *probes, GError **error

#define MM_PLUGIN_MODEM_PROPERTIES(plugin) \
    MM_BASE_MODEM_DEVICE,              uid, \
    MM_BASE_MODEM_DRIVERS,             drivers, \
    MM_BASE_MODEM_PLUGIN,              mm_plugin_get_name (plugin), \
    MM_BASE_MODEM_VENDOR_ID,           vendor, \
    MM_BASE_MODEM_PRODUCT_ID,          product, \
    MM_BASE_MODEM_SUBSYSTEM_VENDOR_ID, subsystem_vendor

#endif

#endif /* MM_DAEMON_PLUGIN_H */

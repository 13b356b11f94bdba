/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MM_DAEMON_PLUGIN_H
#define MM_DAEMON_PLUGIN_H

#include "mm-base-modem.h"
#include "mm-daemon-series.h"
#include "mm-plugin.h"

/*****************************************************************************/
/* How to define a plugin: with the macros that ModemManager has since 1.22, in its tree or not */

#if defined MM_DAEMON_IN_TREE && MM_DAEMON_SERIES >= 12200

#include "mm-plugin-common.h"

#else

#if defined MM_DAEMON_IN_TREE
#define MM_DAEMON_PLUGIN_FITS() TRUE
#else
# include "mm-daemon-guard.h"
#define MM_DAEMON_PLUGIN_FITS() mm_daemon_guard_check ()
#endif

/* The three symbols that the daemon looks up. Protected, so that another plugin's symbols of the
 * same name cannot replace them. */
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
/* Parameters of create_modem () after the plugin, and the properties of a modem that they set: here
 * only, since newer series have more of them */

#if MM_DAEMON_SERIES >= 12200
#define MM_PLUGIN_PHYSDEV_PARAMETER const gchar *physdev,
#define MM_PLUGIN_PHYSDEV_PROPERTY  MM_BASE_MODEM_PHYSDEV, physdev,
#else
#define MM_PLUGIN_PHYSDEV_PARAMETER
#define MM_PLUGIN_PHYSDEV_PROPERTY
#endif

#if MM_DAEMON_SERIES >= 12400
#define MM_PLUGIN_SUBSYSTEM_DEVICE_PARAMETER guint16 subsystem_device,
#define MM_PLUGIN_SUBSYSTEM_DEVICE_PROPERTY  MM_BASE_MODEM_SUBSYSTEM_DEVICE_ID, subsystem_device,
#else
#define MM_PLUGIN_SUBSYSTEM_DEVICE_PARAMETER
#define MM_PLUGIN_SUBSYSTEM_DEVICE_PROPERTY
#endif

#define MM_PLUGIN_CREATE_MODEM_PARAMETERS \
    const gchar *uid, MM_PLUGIN_PHYSDEV_PARAMETER const gchar **drivers, \
    guint16 vendor, guint16 product, guint16 subsystem_vendor, MM_PLUGIN_SUBSYSTEM_DEVICE_PARAMETER \
    GList *probes, GError **error

#define MM_PLUGIN_MODEM_PROPERTIES(plugin) \
    MM_PLUGIN_PHYSDEV_PROPERTY \
    MM_PLUGIN_SUBSYSTEM_DEVICE_PROPERTY \
    MM_BASE_MODEM_DEVICE,              uid, \
    MM_BASE_MODEM_DRIVERS,             drivers, \
    MM_BASE_MODEM_PLUGIN,              mm_plugin_get_name (plugin), \
    MM_BASE_MODEM_VENDOR_ID,           vendor, \
    MM_BASE_MODEM_PRODUCT_ID,          product, \
    MM_BASE_MODEM_SUBSYSTEM_VENDOR_ID, subsystem_vendor

#endif /* MM_DAEMON_PLUGIN_H */

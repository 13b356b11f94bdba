/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <gmodule.h>

#include <ModemManager.h>
#define _LIBMM_INSIDE_MM
#include <libmm-glib.h>

#include "mm-daemon-compat.h"
#include "mm-daemon-plugin.h"
#include "mm-log-object.h"

#if defined WITH_MBIM
# include "mm-broadband-modem-mbim-tdtech.h"
#endif
#if defined WITH_QMI
# include "mm-broadband-modem-qmi-tdtech.h"
#endif
#include "mm-broadband-modem-tdtech.h"
#include "mm-tdtech-probe.h"

#define MM_TYPE_PLUGIN_TDTECH mm_plugin_tdtech_get_type ()
MM_DEFINE_PLUGIN (TDTECH, tdtech, Tdtech)

#define VENDOR_TDTECH    0x3466
/* The module while it is flashed, and after a crash */
#define PRODUCT_DOWNLOAD 0x3302
#define PRODUCT_DUMP     0x3303

/*****************************************************************************/
/* Ports are identified by the protocol of their USB interface: number and subclass differ between
 * firmware versions (seen) */

#define INTERFACE_CLASS_VENDOR 0xff

#define PROTOCOL_PCUI    0x12
#define PROTOCOL_DIAG    0x13
#define PROTOCOL_GPS     0x14
#define PROTOCOL_SERIALB 0x1b
#define PROTOCOL_SERIALC 0x1c

typedef enum {
    PORT_ROLE_PCUI,
    PORT_ROLE_GPS,
    PORT_ROLE_SILENT,
    PORT_ROLE_OTHER,
} PortRole;

static PortRole
get_port_role (MMPortProbe *probe)
{
    MMKernelDevice *port;

    port = mm_port_probe_peek_port (probe);
    if (!g_str_equal (mm_port_probe_get_port_subsys (probe), "tty"))
        return PORT_ROLE_OTHER;

    switch (mm_kernel_device_get_physdev_pid (port)) {
    case PRODUCT_DOWNLOAD:
    case PRODUCT_DUMP:
        return PORT_ROLE_SILENT;
    default:
        break;
    }

    if (mm_kernel_device_get_interface_class (port) != INTERFACE_CLASS_VENDOR)
        return PORT_ROLE_OTHER;

    switch (mm_kernel_device_get_interface_protocol (port)) {
    case PROTOCOL_PCUI:
        return PORT_ROLE_PCUI;
    case PROTOCOL_GPS:
        return PORT_ROLE_GPS;
    case PROTOCOL_DIAG:
    case PROTOCOL_SERIALB:
    case PROTOCOL_SERIALC:
        return PORT_ROLE_SILENT;
    default:
        return PORT_ROLE_OTHER;
    }
}

/*****************************************************************************/
/* Before a port is probed. The udev rules exclude silent ports from probing; this is for systems
 * without them. */

static gboolean
custom_init_finish (MMPortProbe   *probe,
                    GAsyncResult  *res,
                    GError       **error)
{
    return g_task_propagate_boolean (G_TASK (res), error);
}

static void
probe_ready (MMPortProbe  *probe,
             GAsyncResult *res,
             GTask        *task)
{
    GError *error = NULL;

    if (mm_tdtech_probe_finish (probe, res, &error))
        g_task_return_boolean (task, TRUE);
    else
        g_task_return_error (task, error);
    g_object_unref (task);
}

static void
custom_init (MMPortProbe         *probe,
             MMPortSerialAt      *port,
             GCancellable        *cancellable,
             GAsyncReadyCallback  callback,
             gpointer             user_data)
{
    GTask *task;

    task = g_task_new (probe, cancellable, callback, user_data);

    switch (get_port_role (probe)) {
    case PORT_ROLE_GPS:
    case PORT_ROLE_SILENT:
        mm_obj_dbg (probe, "not an AT port");
        mm_port_probe_set_result_at (probe, FALSE);
        g_task_return_boolean (task, TRUE);
        g_object_unref (task);
        return;
    case PORT_ROLE_PCUI:
        mm_tdtech_probe (probe, port, cancellable, (GAsyncReadyCallback) probe_ready, task);
        return;
    case PORT_ROLE_OTHER:
    default:
        g_task_return_boolean (task, TRUE);
        g_object_unref (task);
        return;
    }
}

/*****************************************************************************/
/* Creating modems */

/* What the module reported while it was probed */
static void
hand_over_identity (GList                  *probes,
                    MMBroadbandModemTdtech *modem)
{
    GList *l;

    for (l = probes; l; l = g_list_next (l)) {
        MMTdtechIdentity *identity;

        identity = mm_tdtech_probe_steal_identity (l->data);
        if (identity)
            mm_broadband_modem_tdtech_take_identity (modem, identity);
    }
}

static MMBaseModem *
create_modem (MMPlugin *self,
              MM_PLUGIN_CREATE_MODEM_PARAMETERS)
{
    MMBroadbandModemTdtech *modem;

    if (product == PRODUCT_DOWNLOAD || product == PRODUCT_DUMP) {
        g_set_error (error, MM_CORE_ERROR, MM_CORE_ERROR_UNSUPPORTED,
                     "The module is in its %s mode",
                     product == PRODUCT_DOWNLOAD ? "download" : "dump");
        return NULL;
    }

#if defined WITH_QMI
    if (mm_port_probe_list_has_qmi_port (probes)) {
        mm_obj_dbg (self, "QMI-powered TD Tech modem found...");
        return MM_BASE_MODEM (g_object_new (MM_TYPE_BROADBAND_MODEM_QMI_TDTECH,
                                            MM_PLUGIN_MODEM_PROPERTIES (self),
                                            MM_BASE_MODEM_DATA_NET_SUPPORTED, TRUE,
                                            MM_BASE_MODEM_DATA_TTY_SUPPORTED, FALSE,
                                            NULL));
    }
#endif

#if defined WITH_MBIM
    if (mm_port_probe_list_has_mbim_port (probes)) {
        mm_obj_dbg (self, "MBIM-powered TD Tech modem found...");
        return MM_BASE_MODEM (g_object_new (MM_TYPE_BROADBAND_MODEM_MBIM_TDTECH,
                                            MM_PLUGIN_MODEM_PROPERTIES (self),
                                            MM_BASE_MODEM_DATA_NET_SUPPORTED, TRUE,
                                            MM_BASE_MODEM_DATA_TTY_SUPPORTED, FALSE,
                                            NULL));
    }
#endif

    modem = g_object_new (MM_TYPE_BROADBAND_MODEM_TDTECH,
                          MM_PLUGIN_MODEM_PROPERTIES (self),
                          MM_BASE_MODEM_DATA_NET_SUPPORTED, TRUE,
                          MM_BASE_MODEM_DATA_TTY_SUPPORTED, TRUE,
                          NULL);
    hand_over_identity (probes, modem);
    return MM_BASE_MODEM (modem);
}

static gboolean
grab_port (MMPlugin     *self,
           MMBaseModem  *modem,
           MMPortProbe  *probe,
           GError      **error)
{
    MMPortType         ptype;
    MMPortSerialAtFlag pflags = MM_PORT_SERIAL_AT_FLAG_NONE;
    gboolean           ignored = FALSE;

    ptype = mm_port_probe_get_port_type (probe);

    switch (get_port_role (probe)) {
    case PORT_ROLE_PCUI:
        pflags = MM_PORT_SERIAL_AT_FLAG_PRIMARY;
        break;
    case PORT_ROLE_GPS:
        ptype = MM_PORT_TYPE_GPS;
        break;
    case PORT_ROLE_SILENT:
        ignored = TRUE;
        break;
    case PORT_ROLE_OTHER:
    default:
        /* The protocol of the Modem port (^SETMODE=8) is not known: it is the other port that answers
         * AT commands */
        if (ptype == MM_PORT_TYPE_AT)
            pflags = MM_PORT_SERIAL_AT_FLAG_PPP;
        break;
    }

    return mm_daemon_base_modem_grab_port (modem, mm_port_probe_peek_port (probe), ignored, ptype, pflags, error);
}

/*****************************************************************************/

MM_PLUGIN_NAMED_CREATOR_SCOPE MMPlugin *
mm_plugin_create_tdtech (void)
{
    static const gchar *subsystems[] = { "tty", "net", "usbmisc", NULL };
    static const guint16 vendor_ids[] = { VENDOR_TDTECH, 0 };
    static const MMAsyncMethod init = {
        .async  = G_CALLBACK (custom_init),
        .finish = G_CALLBACK (custom_init_finish),
    };

    return MM_PLUGIN (g_object_new (MM_TYPE_PLUGIN_TDTECH,
                                    MM_PLUGIN_NAME,               "tdtech",
                                    MM_PLUGIN_ALLOWED_SUBSYSTEMS, subsystems,
                                    MM_PLUGIN_ALLOWED_VENDOR_IDS, vendor_ids,
                                    MM_PLUGIN_ALLOWED_AT,         TRUE,
                                    MM_PLUGIN_ALLOWED_QMI,        TRUE,
                                    MM_PLUGIN_ALLOWED_MBIM,       TRUE,
                                    MM_PLUGIN_CUSTOM_INIT,        &init,
                                    /* USB: and "+++" must arrive in one piece */
                                    MM_PLUGIN_SEND_DELAY,         (guint64) 0,
                                    NULL));
}

static void
mm_plugin_tdtech_init (MMPluginTdtech *self)
{
}

static void
mm_plugin_tdtech_class_init (MMPluginTdtechClass *klass)
{
    MMPluginClass *plugin_class = MM_PLUGIN_CLASS (klass);

    plugin_class->create_modem = create_modem;
    plugin_class->grab_port = grab_port;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <gmodule.h>

#include <ModemManager.h>
#define _LIBMM_INSIDE_MM
#include <libmm-glib.h>

#include "mm-daemon-compat.h"
#include "mm-daemon-guard.h"
#include "mm-log-object.h"

#include "mm-broadband-modem-mbim-tdtech.h"
#include "mm-broadband-modem-qmi-tdtech.h"
#include "mm-broadband-modem-tdtech.h"
#include "mm-plugin-tdtech.h"
#include "mm-tdtech-at.h"

struct _MMPluginTdtech {
    MMPlugin parent;
};

G_DEFINE_TYPE (MMPluginTdtech, mm_plugin_tdtech, MM_TYPE_PLUGIN)

MM_PLUGIN_EXPORT int mm_plugin_major_version = MM_PLUGIN_MAJOR_VERSION;
MM_PLUGIN_EXPORT int mm_plugin_minor_version = MM_PLUGIN_MINOR_VERSION;
MM_PLUGIN_EXPORT MMPlugin *mm_plugin_create (void);

#define VENDOR_TDTECH    0x3466
/* The module while it is being flashed, and after a crash */
#define PRODUCT_DOWNLOAD 0x3302
#define PRODUCT_DUMP     0x3303

/*****************************************************************************/
/* Ports, told by the protocol of their USB interface: its number and subclass
 * differ between firmware versions (seen) */

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
/* Before a port is probed. The udev rules keep silent ports from being probed at
 * all; this holds where they are not in force. */

/* Seconds */
#define WAKE_UP_TIMEOUT 3
/* "+++" counts only with a second of silence on both sides (ITU-T V.250 uses S12) */
#define ESCAPE_GUARD    2
/* The data state that an earlier dial left is silent, too (seen) */
#define ESCAPE_SILENCES 2

/* Milliseconds; each longer than the module takes for an answer (0.4 s, seen) */
#define STALE_ANSWER_PAUSE 1000
#define LATE_ANSWER_PAUSE  400

/* A module is on USB before it takes commands, after an upgrade long before: two minutes
 * of silence. Answers that tell nothing do not get better. */
#define WAKE_UP_SILENCES 40
#define WAKE_UP_ANSWERS  3

typedef struct {
    MMPortSerialAt *port;
    guint           silences;
    guint           answers;
    /* All earlier answers have come: the next one is the one asked for */
    gboolean        settled;
    gboolean        escaped;
} CustomInitContext;

static void custom_init_wake_up (GTask *task);

static void
custom_init_context_free (CustomInitContext *ctx)
{
    g_object_unref (ctx->port);
    g_slice_free (CustomInitContext, ctx);
}

static gboolean
custom_init_finish (MMPortProbe   *probe,
                    GAsyncResult  *res,
                    GError       **error)
{
    return g_task_propagate_boolean (G_TASK (res), error);
}

static gboolean
custom_init_paused (GTask *task)
{
    custom_init_wake_up (task);
    return G_SOURCE_REMOVE;
}

static void
escape_ready (MMPortSerialAt *port,
              GAsyncResult   *res,
              GTask          *task)
{
    /* Whether it answered shows next */
    g_timeout_add_seconds (ESCAPE_GUARD, (GSourceFunc) custom_init_paused, task);
}

static gboolean
custom_init_escape (GTask *task)
{
    CustomInitContext *ctx;

    ctx = g_task_get_task_data (task);
    ctx->escaped = TRUE;
    mm_port_serial_at_command (ctx->port, "+++", WAKE_UP_TIMEOUT,
                               TRUE, /* raw */
                               FALSE,
                               g_task_get_cancellable (task),
                               (GAsyncReadyCallback) escape_ready,
                               task);
    return G_SOURCE_REMOVE;
}

static gboolean
is_identity (const gchar *answer)
{
    MMTdtechIdentity identity = { 0 };
    gboolean         has_model;

    if (!answer || !mm_tdtech_parse_ati (answer, &identity, NULL))
        return FALSE;
    /* A bare number could be the answer to another question */
    has_model = identity.model != NULL;
    mm_tdtech_identity_clear (&identity);
    return has_model;
}

static void
wake_up_ready (MMPortSerialAt *port,
               GAsyncResult   *res,
               GTask          *task)
{
    CustomInitContext *ctx;
    g_autofree gchar  *answer = NULL;
    g_autoptr(GError)  error = NULL;
    gboolean           silent;

    ctx = g_task_get_task_data (task);
    answer = mm_daemon_port_serial_at_command_finish (port, res, &error);
    silent = g_error_matches (error, MM_SERIAL_ERROR, MM_SERIAL_ERROR_RESPONSE_TIMEOUT);

    if ((ctx->settled && is_identity (answer)) ||
        (silent ? ++ctx->silences == WAKE_UP_SILENCES : ++ctx->answers == WAKE_UP_ANSWERS)) {
        /* What the port is, ModemManager's own probing tells */
        g_task_return_boolean (task, TRUE);
        g_object_unref (task);
        return;
    }

    /* A first answer can be one to a command of a daemon that died meanwhile (to its ATI
     * even), or to what was asked while the module booted; then every later one would be
     * taken for the next command's. They come in the pause. */
    ctx->settled = !silent;
    if (!silent)
        g_timeout_add (STALE_ANSWER_PAUSE + ctx->silences * LATE_ANSWER_PAUSE,
                       (GSourceFunc) custom_init_paused, task);
    else if (ctx->silences == ESCAPE_SILENCES)
        g_timeout_add_seconds (ESCAPE_GUARD, (GSourceFunc) custom_init_escape, task);
    else
        custom_init_wake_up (task);
}

static void
custom_init_wake_up (GTask *task)
{
    CustomInitContext *ctx;

    if (g_task_return_error_if_cancelled (task)) {
        g_object_unref (task);
        return;
    }

    ctx = g_task_get_task_data (task);
    /* A "+++" that met no data state is still on the line */
    mm_port_serial_at_command (ctx->port, ctx->escaped ? "\rATI\r" : "ATI\r", WAKE_UP_TIMEOUT,
                               TRUE, /* raw */
                               FALSE,
                               g_task_get_cancellable (task),
                               (GAsyncReadyCallback) wake_up_ready,
                               task);
}

static void
custom_init (MMPortProbe         *probe,
             MMPortSerialAt      *port,
             GCancellable        *cancellable,
             GAsyncReadyCallback  callback,
             gpointer             user_data)
{
    GTask             *task;
    CustomInitContext *ctx;

    task = g_task_new (probe, cancellable, callback, user_data);
    ctx = g_slice_new0 (CustomInitContext);
    ctx->port = g_object_ref (port);
    g_task_set_task_data (task, ctx, (GDestroyNotify) custom_init_context_free);

    switch (get_port_role (probe)) {
    case PORT_ROLE_GPS:
    case PORT_ROLE_SILENT:
        mm_obj_dbg (probe, "not an AT port");
        mm_port_probe_set_result_at (probe, FALSE);
        g_task_return_boolean (task, TRUE);
        g_object_unref (task);
        return;
    case PORT_ROLE_PCUI:
        custom_init_wake_up (task);
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

static MMBaseModem *
create_modem (MMPlugin *self,
              MM_PLUGIN_CREATE_MODEM_PARAMETERS)
{
    if (product == PRODUCT_DOWNLOAD || product == PRODUCT_DUMP) {
        g_set_error (error, MM_CORE_ERROR, MM_CORE_ERROR_UNSUPPORTED,
                     "The module is in its %s mode",
                     product == PRODUCT_DOWNLOAD ? "download" : "dump");
        return NULL;
    }

    if (mm_port_probe_list_has_qmi_port (probes)) {
        mm_obj_dbg (self, "QMI-powered TD Tech modem found...");
        return MM_BASE_MODEM (g_object_new (MM_TYPE_BROADBAND_MODEM_QMI_TDTECH,
                                            MM_PLUGIN_MODEM_PROPERTIES (self),
                                            MM_BASE_MODEM_DATA_NET_SUPPORTED, TRUE,
                                            MM_BASE_MODEM_DATA_TTY_SUPPORTED, FALSE,
                                            NULL));
    }

    if (mm_port_probe_list_has_mbim_port (probes)) {
        mm_obj_dbg (self, "MBIM-powered TD Tech modem found...");
        return MM_BASE_MODEM (g_object_new (MM_TYPE_BROADBAND_MODEM_MBIM_TDTECH,
                                            MM_PLUGIN_MODEM_PROPERTIES (self),
                                            MM_BASE_MODEM_DATA_NET_SUPPORTED, TRUE,
                                            MM_BASE_MODEM_DATA_TTY_SUPPORTED, FALSE,
                                            NULL));
    }

    return MM_BASE_MODEM (g_object_new (MM_TYPE_BROADBAND_MODEM_TDTECH,
                                        MM_PLUGIN_MODEM_PROPERTIES (self),
                                        MM_BASE_MODEM_DATA_NET_SUPPORTED, TRUE,
                                        MM_BASE_MODEM_DATA_TTY_SUPPORTED, TRUE,
                                        NULL));
}

static gboolean
grab_port (MMPlugin     *self,
           MMBaseModem  *modem,
           MMPortProbe  *probe,
           GError      **error)
{
    MMPortType         ptype;
    MMPortSerialAtFlag pflags = MM_PORT_SERIAL_AT_FLAG_NONE;

    ptype = mm_port_probe_get_port_type (probe);

    switch (get_port_role (probe)) {
    case PORT_ROLE_PCUI:
        pflags = MM_PORT_SERIAL_AT_FLAG_PRIMARY;
        break;
    case PORT_ROLE_GPS:
        ptype = MM_PORT_TYPE_GPS;
        break;
    case PORT_ROLE_SILENT:
        ptype = MM_PORT_TYPE_IGNORED;
        break;
    case PORT_ROLE_OTHER:
    default:
        /* The protocol of the Modem port (SETMODE 8) is not known: it is the one
         * that answers AT commands besides PCUI */
        if (ptype == MM_PORT_TYPE_AT)
            pflags = MM_PORT_SERIAL_AT_FLAG_PPP;
        break;
    }

    return mm_base_modem_grab_port (modem, mm_port_probe_peek_port (probe), ptype, pflags, error);
}

/*****************************************************************************/

MMPlugin *
mm_plugin_create (void)
{
    static const gchar *subsystems[] = { "tty", "net", "usbmisc", NULL };
    static const guint16 vendor_ids[] = { VENDOR_TDTECH, 0 };
    static const MMAsyncMethod init = {
        .async  = G_CALLBACK (custom_init),
        .finish = G_CALLBACK (custom_init_finish),
    };

    if (!mm_daemon_guard_check ())
        return NULL;

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

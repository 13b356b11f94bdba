/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <gio/gio.h>

#include "mm-iface-modem.h"
#include "mm-log-object.h"
#include "mm-serial-parsers.h"

#include "mm-shared-tdtech.h"
#include "mm-tdtech-late-properties.h"
#include "mm-tdtech-response.h"

#define FOTA_INTERFACE "com.td_tech.ModemManager1.Modem.Fota"
/* gdbus-codegen's name for it: g_object_notify () is called with it when the
 * interface appears on the modem */
#define FOTA_PROPERTY  "modem-fota"

/*****************************************************************************/
/* Private data */

#define PRIVATE_TAG "shared-tdtech-private-tag"
static GQuark private_quark;

typedef struct {
    MMTdtechFota *fota;
} Private;

static void
private_free (Private *priv)
{
    g_clear_object (&priv->fota);
    g_slice_free (Private, priv);
}

static Private *
get_private (gpointer self)
{
    Private *priv;

    if (G_UNLIKELY (!private_quark))
        private_quark = g_quark_from_static_string (PRIVATE_TAG);

    priv = g_object_get_qdata (G_OBJECT (self), private_quark);
    if (!priv) {
        priv = g_slice_new0 (Private);
        g_object_set_qdata_full (G_OBJECT (self), private_quark, priv, (GDestroyNotify) private_free);
    }
    return priv;
}

MMTdtechFota *
mm_shared_tdtech_peek_fota (MMBaseModem *self)
{
    return get_private (self)->fota;
}

gboolean
mm_shared_tdtech_may_connect (MMBaseModem  *self,
                              GError      **error)
{
    MMTdtechFota *fota;

    fota = mm_shared_tdtech_peek_fota (self);
    if (!fota || !mm_tdtech_fota_holds_data (fota))
        return TRUE;

    g_set_error (error, MM_CORE_ERROR, MM_CORE_ERROR_RETRY,
                 "Couldn't connect: a firmware upgrade needs the data path, retry when it is over");
    return FALSE;
}

/*****************************************************************************/
/* Lines */

/* Takes @pattern */
static void
add_handler (MMPortSerialAt                 *port,
             gchar                          *pattern,
             MMPortSerialAtUnsolicitedMsgFn  callback,
             gpointer                        user_data,
             GDestroyNotify                  notify)
{
    g_autoptr(GRegex) regex = NULL;

    regex = g_regex_new (pattern, G_REGEX_RAW | G_REGEX_OPTIMIZE, 0, NULL);
    g_assert (regex);
    mm_port_serial_at_add_unsolicited_msg_handler (port, regex, callback, user_data, notify);
    g_free (pattern);
}

void
mm_shared_tdtech_add_line_handler (MMPortSerialAt                 *port,
                                   const gchar                    *name,
                                   MMPortSerialAtUnsolicitedMsgFn  callback,
                                   gpointer                        user_data,
                                   GDestroyNotify                  notify)
{
    g_autofree gchar *escaped = NULL;

    escaped = g_regex_escape_string (name, -1);
    add_handler (port, mm_tdtech_build_unsolicited_pattern (escaped), callback, user_data, NULL);
    add_handler (port, mm_tdtech_build_answer_pattern (escaped), callback, user_data, notify);
}

/* Of no use here */
#define IGNORED_LINES \
    "(?:\\^(?:RSSI|CERSSI|DSAMBR|PDCPDATAINFO|LCACELLURC|SRVST|SIMST|CONF|CONN|ORIG|DCONN)|\\+CSCON)"

static gboolean
condition_changed (MMTdtechFota *fota)
{
    mm_tdtech_fota_condition_changed (fota);
    return G_SOURCE_REMOVE;
}

void
mm_shared_tdtech_condition_changed (MMBaseModem *self)
{
    MMTdtechFota *fota;

    /* After all that the line which tells it is about to change */
    fota = mm_shared_tdtech_peek_fota (self);
    if (fota)
        g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, (GSourceFunc) condition_changed,
                         g_object_ref (fota), g_object_unref);
}

static void
call_line_received (MMPortSerialAt *port,
                    GMatchInfo     *match_info,
                    MMBaseModem    *self)
{
    mm_shared_tdtech_condition_changed (self);
}

static const gchar *call_lines[] = { "^CCALLSTATE", "^CEND" };

#define CHECKING_REGISTRATION_TAG "shared-tdtech-checking-registration"

static gboolean
is_checking_registration (gpointer port)
{
    return GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (port), CHECKING_REGISTRATION_TAG)) > 0;
}

void
mm_shared_tdtech_set_checking_registration (MMBaseModem *self,
                                            gboolean     checking)
{
    MMPortSerialAt *port;

    port = mm_base_modem_peek_port_primary (self);
    if (port)
        g_object_set_data (G_OBJECT (port), CHECKING_REGISTRATION_TAG, GUINT_TO_POINTER (checking));
}

static gboolean
response_parse (gpointer   parser,
                GString   *response,
                gpointer   log_object,
                GError   **error)
{
    GError *result;

    /* ModemManager's parser takes any line that starts as "ERROR" for the end */
    if (mm_tdtech_response_is_cut (response)) {
        mm_tdtech_response_bound (response);
        return FALSE;
    }

    result = mm_tdtech_response_find_error (response);
    if (result) {
        mm_obj_dbg (log_object, "operation failure: %d (%s)", result->code, result->message);
        g_string_truncate (response, 0);
        g_propagate_error (error, result);
        return TRUE;
    }

    if (!mm_serial_parser_v1_parse (parser, response, log_object, error)) {
        mm_tdtech_response_bound (response);
        return FALSE;
    }

    mm_tdtech_response_clean (response, is_checking_registration (log_object));
    return TRUE;
}

/* Without V1: ATI was answered in words when the port was probed; without X4 and &C1:
 * they are for the calls of a dial-up port */
static const gchar *init_sequence[] = { "E0", "+CMEE=1", NULL };

static void
setup_port (MMBroadbandModem *self,
            MMPortSerialAt   *port)
{
    guint i;

    /* No UART here that would need time between bytes */
    g_object_set (port, MM_PORT_SERIAL_SEND_DELAY, (guint64) 0, NULL);

    add_handler (port, mm_tdtech_build_unsolicited_pattern (IGNORED_LINES), NULL, NULL, NULL);
    for (i = 0; i < G_N_ELEMENTS (call_lines); i++)
        mm_shared_tdtech_add_line_handler (port, call_lines[i],
                                           (MMPortSerialAtUnsolicitedMsgFn) call_line_received, self, NULL);
    mm_port_serial_at_set_response_parser (port,
                                           response_parse,
                                           mm_serial_parser_v1_new (),
                                           mm_serial_parser_v1_destroy);
}

/*****************************************************************************/
/* Late network port. ModemManager builds a modem from the ports that are there a while
 * after the first one came; when the module re-enumerates, its network port may come
 * later than that, and would stay without a modem. The device knows it, though, and a
 * modem built again gets it. */

/* Devices that were built again, and have no network port yet: once must do */
static GHashTable *rebuilt_devices;

static gboolean
misses_port_of (MMBaseModem *self,
                const gchar *net_path)
{
    g_autoptr(GDir)  net = NULL;
    const gchar     *name;

    net = g_dir_open (net_path, 0, NULL);
    while (net && (name = g_dir_read_name (net))) {
        /* One that is to be ignored is there, too */
        if (!mm_base_modem_peek_port (self, name))
            return TRUE;
    }
    return FALSE;
}

static gboolean
misses_net_port (MMBaseModem *self)
{
    g_autoptr(GDir)  device = NULL;
    MMPortSerialAt  *primary;
    const gchar     *sysfs_path;
    const gchar     *name;

    primary = mm_base_modem_peek_port_primary (self);
    if (!primary)
        return FALSE;

    sysfs_path = mm_kernel_device_get_physdev_sysfs_path (mm_port_peek_kernel_device (MM_PORT (primary)));
    device = sysfs_path ? g_dir_open (sysfs_path, 0, NULL) : NULL;
    while (device && (name = g_dir_read_name (device))) {
        g_autofree gchar *net_path = NULL;

        /* Its interfaces: 1-1:1.0 */
        if (!strchr (name, ':'))
            continue;
        net_path = g_build_filename (sysfs_path, name, "net", NULL);
        if (misses_port_of (self, net_path))
            return TRUE;
    }
    return FALSE;
}

static gboolean
set_invalid (MMBaseModem *self)
{
    mm_base_modem_set_reprobe (self, TRUE);
    mm_base_modem_set_valid (self, FALSE);
    return G_SOURCE_REMOVE;
}

static gboolean
build_again_if_incomplete (MMBaseModem *self)
{
    if (!misses_net_port (self)) {
        if (rebuilt_devices)
            g_hash_table_remove (rebuilt_devices, mm_base_modem_get_device (self));
        return FALSE;
    }
    if (!rebuilt_devices)
        rebuilt_devices = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    if (!g_hash_table_add (rebuilt_devices, g_strdup (mm_base_modem_get_device (self))))
        return FALSE;

    mm_obj_msg (self, "the network port came late: building the modem again");
    /* After ModemManager has taken it for valid */
    g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, (GSourceFunc) set_invalid, g_object_ref (self), g_object_unref);
    return TRUE;
}

/*****************************************************************************/
/* The modem's life */

/* The modems are final classes */
static gpointer
peek_parent_class (gpointer self)
{
    return g_type_class_peek_parent (G_OBJECT_GET_CLASS (self));
}

void
mm_shared_tdtech_setup_ports (MMBroadbandModem *self)
{
    MMPortSerialAt *primary;
    MMPortSerialAt *secondary;
    Private        *priv;

    MM_BROADBAND_MODEM_CLASS (peek_parent_class (self))->setup_ports (self);

    priv = get_private (self);
    primary = mm_base_modem_peek_port_primary (MM_BASE_MODEM (self));
    secondary = mm_base_modem_peek_port_secondary (MM_BASE_MODEM (self));

    if (secondary)
        setup_port (self, secondary);
    if (!primary) {
        mm_obj_warn (self, "no AT port: firmware upgrades are not available");
        return;
    }

    setup_port (self, primary);
    g_object_set (primary, MM_PORT_SERIAL_AT_INIT_SEQUENCE, init_sequence, NULL);
    /* Again, if the modem was initialized before, e.g. with a locked SIM */
    if (!priv->fota)
        priv->fota = mm_tdtech_fota_new (MM_BASE_MODEM (self));
    mm_tdtech_fota_setup_ports (priv->fota, primary);
}

static gboolean
initialize_finish (MMBaseModem   *self,
                   GAsyncResult  *res,
                   GError       **error)
{
    return g_task_propagate_boolean (G_TASK (res), error);
}

static void
parent_initialize_ready (MMBaseModem  *self,
                         GAsyncResult *res,
                         GTask        *task)
{
    MMTdtechFota *fota;
    GError       *error = NULL;
    gboolean      success;

    success = MM_BASE_MODEM_CLASS (peek_parent_class (self))->initialize_finish (self, res, &error);
    fota = mm_shared_tdtech_peek_fota (self);
    /* Without a SIM, too: an upgrade may be what helps */
    if (!build_again_if_incomplete (self) && fota) {
        mm_tdtech_fota_start (fota);
        mm_tdtech_late_properties_load (self);
    }

    if (success)
        g_task_return_boolean (task, TRUE);
    else
        g_task_return_error (task, error);
    g_object_unref (task);
}

static void
initialize (MMBaseModem         *self,
            GCancellable        *cancellable,
            GAsyncReadyCallback  callback,
            gpointer             user_data)
{
    MM_BASE_MODEM_CLASS (peek_parent_class (self))->initialize (
        self,
        cancellable,
        (GAsyncReadyCallback) parent_initialize_ready,
        g_task_new (self, cancellable, callback, user_data));
}

void
mm_shared_tdtech_dispose (GObject *object)
{
    Private        *priv;
    MMPortSerialAt *ports[2];
    guint           i;
    guint           j;

    /* A port may outlive the modem in a command under way */
    ports[0] = mm_base_modem_peek_port_primary (MM_BASE_MODEM (object));
    ports[1] = mm_base_modem_peek_port_secondary (MM_BASE_MODEM (object));
    for (i = 0; i < G_N_ELEMENTS (ports); i++) {
        for (j = 0; ports[i] && j < G_N_ELEMENTS (call_lines); j++)
            mm_shared_tdtech_add_line_handler (ports[i], call_lines[j], NULL, NULL, NULL);
    }

    priv = get_private (object);
    if (priv->fota) {
        mm_tdtech_fota_stop (priv->fota);
        g_clear_object (&priv->fota);
    }

    G_OBJECT_CLASS (peek_parent_class (object))->dispose (object);
}

/*****************************************************************************/
/* The property that the D-Bus interface must have on the modem */

static void
get_property (GObject    *object,
              guint       property_id,
              GValue     *value,
              GParamSpec *pspec)
{
    g_value_take_object (value, g_dbus_object_get_interface (G_DBUS_OBJECT (object), FOTA_INTERFACE));
}

void
mm_shared_tdtech_class_init (MMBroadbandModemClass *klass,
                             guint                  property_id)
{
    GObjectClass     *object_class = G_OBJECT_CLASS (klass);
    MMBaseModemClass *base_modem_class = MM_BASE_MODEM_CLASS (klass);

    object_class->get_property = get_property;
    object_class->dispose = mm_shared_tdtech_dispose;
    base_modem_class->initialize = initialize;
    base_modem_class->initialize_finish = initialize_finish;
    klass->setup_ports = mm_shared_tdtech_setup_ports;

    g_object_class_install_property (
        object_class,
        property_id,
        g_param_spec_object (FOTA_PROPERTY, FOTA_PROPERTY,
                             "The " FOTA_INTERFACE " interface of this modem",
                             G_TYPE_DBUS_INTERFACE,
                             G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
}

/*****************************************************************************/
/* Update settings (Firmware interface) */

static MMFirmwareUpdateSettings *
load_update_settings_finish (MMIfaceModemFirmware  *self,
                             GAsyncResult          *res,
                             GError               **error)
{
    /* ModemManager 1.20 ends itself when it makes device ids for a modem whose ports
     * are gone, as they are if the module is pulled just now */
    if (!mm_base_modem_peek_port_primary (MM_BASE_MODEM (self))) {
        g_set_error_literal (error, MM_CORE_ERROR, MM_CORE_ERROR_UNSUPPORTED, "no AT port");
        return NULL;
    }
    return g_task_propagate_pointer (G_TASK (res), error);
}

static void
load_update_settings (MMIfaceModemFirmware *self,
                      GAsyncReadyCallback   callback,
                      gpointer              user_data)
{
    g_autoptr(GTask) task = NULL;

    /* ModemManager adds device ids and version. No method: any that it knows would
     * make fwupd send another vendor's commands to the port. */
    task = g_task_new (self, NULL, callback, user_data);
    g_task_return_pointer (task,
                           mm_firmware_update_settings_new (MM_MODEM_FIRMWARE_UPDATE_METHOD_NONE),
                           g_object_unref);
}

void
mm_shared_tdtech_iface_modem_firmware_init (MMIfaceModemFirmwareInterface *iface)
{
    iface->load_update_settings = load_update_settings;
    iface->load_update_settings_finish = load_update_settings_finish;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <gio/gio.h>

#include "mm-base-call.h"
#include "mm-call-list.h"
#include "mm-daemon-compat.h"
#include "mm-iface-modem-voice.h"
#include "mm-iface-modem.h"
#include "mm-log-object.h"
#include "mm-serial-parsers.h"

#include "mm-shared-tdtech.h"
#include "mm-tdtech-deferred-properties.h"
#include "mm-tdtech-port-rescue.h"
#include "mm-tdtech-reader.h"
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
    MMTdtechFota           *fota;
    MMSharedTdtechLineFunc  line_func;
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
/* Bearers that ModemManager dials itself, kept from connecting during an upgrade */

/* Right because the modems and these bearers are final classes */
static gpointer
peek_parent_class (gpointer self)
{
    return g_type_class_peek_parent (G_OBJECT_GET_CLASS (self));
}

static void
held_bearer_connect (MMBaseBearer        *self,
                     GCancellable        *cancellable,
                     GAsyncReadyCallback  callback,
                     gpointer             user_data)
{
    g_autoptr(MMBaseModem)  modem = NULL;
    GError                 *error = NULL;

    g_object_get (self, MM_BASE_BEARER_MODEM, &modem, NULL);
    if (!mm_shared_tdtech_may_connect (modem, &error)) {
        g_task_report_error (self, callback, user_data, held_bearer_connect, error);
        return;
    }

    MM_BASE_BEARER_CLASS (peek_parent_class (self))->connect (self, cancellable, callback, user_data);
}

void
mm_shared_tdtech_held_bearer_class_init (MMBaseBearerClass *klass)
{
    klass->connect = held_bearer_connect;
}

MMBaseBearer *
mm_shared_tdtech_create_held_bearer_finish (MMIfaceModem  *self,
                                            GAsyncResult  *res,
                                            GError       **error)
{
    return g_task_propagate_pointer (G_TASK (res), error);
}

void
mm_shared_tdtech_create_held_bearer (MMIfaceModem        *self,
                                     GType                bearer_type,
                                     MMBearerProperties  *properties,
                                     GAsyncReadyCallback  callback,
                                     gpointer             user_data)
{
    g_autoptr(GTask)  task = NULL;
    MMBaseBearer     *bearer;

    mm_obj_dbg (self, "creating %s...", g_type_name (bearer_type));
    bearer = g_object_new (bearer_type,
                           MM_DAEMON_BEARER_OF (self),
                           MM_BASE_BEARER_CONFIG, properties,
                           NULL);
    mm_base_bearer_export (bearer);

    task = g_task_new (self, NULL, callback, user_data);
    g_task_return_pointer (task, bearer, g_object_unref);
}

/*****************************************************************************/
/* Conditions */

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

    /* In idle: whatever the reported line changes has changed by then */
    fota = mm_shared_tdtech_peek_fota (self);
    if (fota)
        g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, (GSourceFunc) condition_changed,
                         g_object_ref (fota), g_object_unref);
}

/*****************************************************************************/
/* Lines */

void
mm_shared_tdtech_set_line_func (MMBaseModem            *self,
                                MMSharedTdtechLineFunc  func)
{
    get_private (self)->line_func = func;
}

/* Reads a port's answers before ModemManager's parser does; the user data of response_parse () */
typedef struct {
    MMPortSerialAt *port;      /* owns this */
    GWeakRef        modem;     /* a command under way keeps the port, but not the modem */
    gpointer        parser;
    MMTdtechReader *reader;
    guint           later;
} PortReader;

static void
line_received (const MMTdtechLine *known,
               const gchar        *line,
               PortReader         *self)
{
    g_autoptr(MMBaseModem)  modem = g_weak_ref_get (&self->modem);
    Private                *priv;

    if (!modem)
        return;

    priv = get_private (modem);
    switch (known->owner) {
    case MM_TDTECH_LINE_OWNER_CALL:
        mm_shared_tdtech_condition_changed (modem);
        return;
    case MM_TDTECH_LINE_OWNER_MODEM:
        if (priv->line_func)
            priv->line_func (modem, known, line);
        return;
    case MM_TDTECH_LINE_OWNER_FOTA:
        if (priv->fota)
            mm_tdtech_fota_take_line (priv->fota, line);
        return;
    case MM_TDTECH_LINE_OWNER_MODEM_MANAGER:
    case MM_TDTECH_LINE_OWNER_NOBODY:
    default:
        return;
    }
}

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

static void
find_dialling (MMBaseCall *call,
               gpointer    user_data)
{
    MMCallState  state = mm_base_call_get_state (call);
    gboolean    *found = user_data;

    /* ATD or ATA may be unanswered, and stay so */
    if (state == MM_CALL_STATE_DIALING || state == MM_CALL_STATE_RINGING_IN || state == MM_CALL_STATE_WAITING)
        *found = TRUE;
}

/* ModemManager dials calls on the primary port only; another port may be dialling PPP */
static gboolean
is_dialling (PortReader *self)
{
    g_autoptr(MMBaseModem) modem = g_weak_ref_get (&self->modem);
    g_autoptr(MMCallList)  calls = NULL;
    gboolean               found = FALSE;

    if (!modem || self->port != mm_base_modem_peek_port_primary (modem))
        return TRUE;
    g_object_get (modem, MM_IFACE_MODEM_VOICE_CALL_LIST, &calls, NULL);
    if (calls)
        mm_call_list_foreach (calls, find_dialling, &found);
    return found;
}

/* A line that began behind the last answer is complete now: ModemManager's handlers have not seen it
 * in one piece */
static void
show_to_handlers (PortReader *self,
                  GString    *response)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new ();

    g_byte_array_append (bytes, (const guint8 *) response->str, (guint) response->len);
    MM_PORT_SERIAL_GET_CLASS (self->port)->parse_unsolicited (MM_PORT_SERIAL (self->port), bytes);
    g_string_truncate (response, 0);
    g_string_append_len (response, (const gchar *) bytes->data, bytes->len);
}

static gboolean
flush_later (PortReader *self)
{
    g_autoptr(MMPortSerialAt) keep = g_object_ref (self->port);

    self->later = 0;
    mm_tdtech_reader_flush_later (self->reader, (MMTdtechReaderFunc) line_received, self);
    return G_SOURCE_REMOVE;
}

static gboolean
read_response (PortReader *self,
               GString    *response)
{
    mm_tdtech_reader_set_dialling (self->reader, is_dialling (self));
    if (mm_tdtech_reader_take_tail (self->reader, response))
        show_to_handlers (self, response);
    if (!mm_tdtech_reader_read (self->reader, response, (MMTdtechReaderFunc) line_received, self))
        return FALSE;
    /* In idle: the command that this answers is over by then */
    if (mm_tdtech_reader_has_later (self->reader) && !self->later)
        self->later = g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, (GSourceFunc) flush_later, self, NULL);
    return TRUE;
}

static gboolean
response_parse (PortReader  *self,
                GString     *response,
                gpointer     log_object,
                GError     **error)
{
    g_autoptr(MMPortSerialAt)  keep = g_object_ref (self->port);
    gboolean                   registration = is_checking_registration (log_object);
    GError                    *result;

    if (!read_response (self, response))
        return FALSE;

    result = mm_tdtech_response_find_error (response);
    if (result) {
        mm_obj_dbg (log_object, "operation failure: %d (%s)", result->code, result->message);
        g_string_truncate (response, 0);
        g_propagate_error (error, result);
    } else if (!mm_serial_parser_v1_parse (self->parser, response, log_object, error)) {
        g_string_truncate (response, 0);
        g_set_error (error, MM_SERIAL_ERROR, MM_SERIAL_ERROR_PARSE_FAILED,
                     "The module's final result code can't be parsed");
    } else
        mm_tdtech_response_clean (response, registration);

    if (registration)
        mm_tdtech_reader_forget (self->reader);
    else
        mm_tdtech_reader_complete (self->reader, response);
    return TRUE;
}

static void
port_reader_free (PortReader *self)
{
    g_clear_handle_id (&self->later, g_source_remove);
    g_weak_ref_clear (&self->modem);
    mm_serial_parser_v1_destroy (self->parser);
    mm_tdtech_reader_free (self->reader);
    g_slice_free (PortReader, self);
}

static PortReader *
port_reader_new (MMPortSerialAt *port,
                 MMBaseModem    *modem)
{
    PortReader *self = g_slice_new0 (PortReader);

    self->port = port;
    g_weak_ref_init (&self->modem, modem);
    self->parser = mm_serial_parser_v1_new ();
    self->reader = mm_tdtech_reader_new ();
    return self;
}

static void
port_timed_out (MMPortSerialAt *port,
                guint           n_consecutive_timeouts,
                MMBaseModem    *modem)
{
    MMTdtechFota *fota = mm_shared_tdtech_peek_fota (modem);

    /* Do not disturb a module that is silent because it flashes itself */
    if (!fota || !mm_tdtech_fota_holds_data (fota))
        mm_tdtech_port_rescue (modem, port, n_consecutive_timeouts);
}

/* Without V1: ATI was answered with verbose result codes when the port was probed; without X4 and
 * &C1: only dial-up needs them */
static const gchar *init_sequence[] = { "E0", "+CMEE=1", NULL };

static void
setup_port (MMBroadbandModem *self,
            MMPortSerialAt   *port)
{
    /* USB: no delay between bytes is needed */
    g_object_set (port, MM_PORT_SERIAL_SEND_DELAY, (guint64) 0, NULL);
    g_signal_handlers_disconnect_by_func (port, port_timed_out, self);
    g_signal_connect_object (port, MM_PORT_SIGNAL_TIMED_OUT, G_CALLBACK (port_timed_out), self, 0);
    /* The reader removes echoes: ModemManager's port cannot tell an echo from the rest of a line */
    mm_daemon_port_serial_at_set_response_parser (port,
                                                  (MMPortSerialAtResponseParserFn) response_parse,
                                                  port_reader_new (port, MM_BASE_MODEM (self)),
                                                  (GDestroyNotify) port_reader_free);
}

/*****************************************************************************/
/* A late network port. ModemManager creates a modem from the ports that are present a while after the
 * first one. When the module re-enumerates, its network port may appear later and would stay unused.
 * ModemManager's device has that port, so a modem that is created again gets it. */

/* Devices whose modem was created again for that and still has no network port: once is enough */
static GHashTable *recreated_devices;

static gboolean
misses_port_of (MMBaseModem *self,
                const gchar *net_path)
{
    g_autoptr(GDir)  net = NULL;
    const gchar     *name;

    net = g_dir_open (net_path, 0, NULL);
    while (net && (name = g_dir_read_name (net))) {
        /* The modem knows the ports that it ignores, too */
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

        /* Only USB interfaces, such as 1-1:1.0 */
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
recreate_if_incomplete (MMBaseModem *self)
{
    if (!misses_net_port (self)) {
        if (recreated_devices)
            g_hash_table_remove (recreated_devices, mm_base_modem_get_device (self));
        return FALSE;
    }
    if (!recreated_devices)
        recreated_devices = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    if (!g_hash_table_add (recreated_devices, g_strdup (mm_base_modem_get_device (self))))
        return FALSE;

    mm_obj_msg (self, "the network port appeared late: creating the modem again");
    /* In idle: ModemManager sets the modem valid after its initialization */
    g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, (GSourceFunc) set_invalid, g_object_ref (self), g_object_unref);
    return TRUE;
}

/*****************************************************************************/
/* Life cycle of the modem */

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
    /* Ports are set up again when the modem is initialized again, e.g. once its SIM is unlocked */
    if (!priv->fota)
        priv->fota = mm_tdtech_fota_new (MM_BASE_MODEM (self));
}

static gboolean
initialize_finish (MMBaseModem   *self,
                   GAsyncResult  *res,
                   GError       **error)
{
    return g_task_propagate_boolean (G_TASK (res), error);
}

static gboolean
is_gone (MMBaseModem *self)
{
    return mm_shared_tdtech_peek_fota (self) == NULL;
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
    /* Even if that failed, e.g. without a SIM: an upgrade may be the remedy */
    if (!recreate_if_incomplete (self) && fota) {
        mm_tdtech_fota_start (fota);
        mm_tdtech_deferred_properties_load (self, is_gone);
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
    Private *priv;

    priv = get_private (object);
    priv->line_func = NULL;
    if (priv->fota) {
        mm_tdtech_fota_stop (priv->fota);
        g_clear_object (&priv->fota);
    }

    G_OBJECT_CLASS (peek_parent_class (object))->dispose (object);
}

/*****************************************************************************/
/* The object property that an exported D-Bus interface needs */

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
    /* ModemManager 1.20 aborts when it builds the device ids of a modem without ports, e.g. if the
     * module was unplugged just now */
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

    /* ModemManager adds device ids and version. No update method: with any of ModemManager's, fwupd
     * would send another vendor's commands to the port. */
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

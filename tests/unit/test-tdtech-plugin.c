/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "fake-clock.h"
#include "fake-modem.h"
#include "fake-state.h"

#include "mm-broadband-modem-mbim-tdtech.h"
#include "mm-broadband-modem-qmi-tdtech.h"
#include "mm-broadband-modem-tdtech.h"
#include "mm-plugin.h"
#include "mm-private-boxed-types.h"
#include "mm-shared-tdtech.h"
#include "mm-tdtech-fota-record.h"

MMPlugin *mm_plugin_create (void);

#define IDENTITY \
    "Manufacturer: TD Tech Ltd.\n" \
    "Model: MT5710-CN\n" \
    "Revision: V200R001C20B025\n" \
    "IMEI: 860000000000017"

/* Protocols of the USB interfaces */
#define PCUI 0x12
#define DIAG 0x13
#define GPS  0x14

typedef struct {
    MMPlugin      *plugin;
    GList         *probes;
    MMBaseModem   *modem;
    MMAsyncMethod *init;
    GAsyncResult  *result;
    GError        *error;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
    fixture->plugin = mm_plugin_create ();
    g_assert_nonnull (fixture->plugin);
    g_assert_cmpstr (mm_plugin_get_name (fixture->plugin), ==, "tdtech");
    g_object_get (fixture->plugin, MM_PLUGIN_CUSTOM_INIT, &fixture->init, NULL);
}

static void
forget_modem (Fixture *fixture)
{
    if (fixture->modem)
        fake_modem_remove (fixture->modem);
    fake_clock_run (1);
    g_clear_object (&fixture->modem);
    g_list_free_full (g_steal_pointer (&fixture->probes), g_object_unref);
    g_clear_object (&fixture->result);
    g_clear_error (&fixture->error);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
    forget_modem (fixture);
    g_object_unref (fixture->plugin);
}

static MMPortProbe *
add_probe (Fixture     *fixture,
           const gchar *subsystem,
           const gchar *name,
           guint16      product,
           gint         interface_class,
           gint         protocol,
           MMPortType   type)
{
    g_autoptr(GObject)  device = NULL;
    MMPortProbe        *probe;

    device = G_OBJECT (fake_kernel_device_new (subsystem, name, product, interface_class, protocol, NULL));
    probe = fake_port_probe_new ((MMKernelDevice *) device, type);
    fixture->probes = g_list_append (fixture->probes, probe);
    return probe;
}

static void
create_modem (Fixture *fixture,
              guint16  product)
{
    static const gchar *drivers[] = { "option", NULL };

    g_clear_error (&fixture->error);
    fixture->modem = MM_PLUGIN_CLASS (G_OBJECT_GET_CLASS (fixture->plugin))->create_modem (
        fixture->plugin, "/sys/devices/fake",
#if MM_DAEMON_SERIES >= 12200
        "/sys/devices/fake",
#endif
        drivers, 0x3466, product, 0,
#if MM_DAEMON_SERIES >= 12400
        0,
#endif
        fixture->probes, &fixture->error);
}

static void
grab_all (Fixture *fixture)
{
    GList *l;

    for (l = fixture->probes; l; l = l->next)
        g_assert_true (MM_PLUGIN_CLASS (G_OBJECT_GET_CLASS (fixture->plugin))->grab_port (
                           fixture->plugin, fixture->modem, l->data, NULL));
}

/*****************************************************************************/
/* Before a port is probed */

typedef void     (* InitFunc)       (MMPortProbe          *probe,
                                     MMPortSerialAt       *port,
                                     GCancellable         *cancellable,
                                     GAsyncReadyCallback   callback,
                                     gpointer              user_data);
typedef gboolean (* InitFinishFunc) (MMPortProbe          *probe,
                                     GAsyncResult         *res,
                                     GError              **error);

static void
ready (GObject      *source,
       GAsyncResult *res,
       Fixture      *fixture)
{
    fixture->result = g_object_ref (res);
}

static gboolean
init_port (Fixture        *fixture,
           MMPortProbe    *probe,
           MMPortSerialAt *port,
           GCancellable   *cancellable)
{
    g_clear_object (&fixture->result);
    ((InitFunc) fixture->init->async) (probe, port, cancellable, (GAsyncReadyCallback) ready, fixture);
    fake_clock_run (10);
    g_assert_nonnull (fixture->result);
    return ((InitFinishFunc) fixture->init->finish) (probe, fixture->result, &fixture->error);
}

static void
test_silent_ports (Fixture       *fixture,
                   gconstpointer  data)
{
    static const struct {
        const gchar *subsystem;
        guint16      product;
        gint         interface_class;
        gint         protocol;
        gint         result;
    } rows[] = {
        { "tty",  0x3301, 0xff, DIAG, FALSE },
        { "tty",  0x3301, 0xff, GPS,  FALSE },
        { "tty",  0x3301, 0xff, 0x1b, FALSE },
        { "tty",  0x3301, 0xff, 0x1c, FALSE },
        { "tty",  0x3301, 0xff, 0x01, -1 },
        { "tty",  0x3301, 0x02, PCUI, -1 },
        { "net",  0x3301, 0xff, PCUI, -1 },
        { "tty",  0x3302, 0xff, PCUI, FALSE },
        { "tty",  0x3303, 0xff, PCUI, FALSE },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autoptr(MMPortSerialAt)  port = fake_at_port_new ("ttyUSB0");
        MMPortProbe               *probe;

        probe = add_probe (fixture, rows[i].subsystem, "ttyUSB0", rows[i].product, rows[i].interface_class,
                           rows[i].protocol, MM_PORT_TYPE_AT);
        g_assert_true (init_port (fixture, probe, port, NULL));
        g_assert_cmpint (fake_port_probe_get_result_at (probe), ==, rows[i].result);
        fake_port_assert_sent (port, "");
    }
}

static void
test_pcui (Fixture       *fixture,
           gconstpointer  data)
{
    g_autoptr(MMPortSerialAt)  port = fake_at_port_new ("ttyUSB0");
    g_autoptr(GCancellable)    cancellable = g_cancellable_new ();
    MMPortProbe               *probe;
    GAsyncResult              *result = NULL;
    g_autofree gchar          *model = NULL;

    probe = add_probe (fixture, "tty", "ttyUSB0", 0x3301, 0xff, PCUI, MM_PORT_TYPE_AT);
    g_cancellable_cancel (cancellable);
    g_assert_false (init_port (fixture, probe, port, cancellable));
    g_assert_error (fixture->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    g_clear_error (&fixture->error);

    fake_port_answer (port, "ATI\r", IDENTITY);
    fake_port_answer (port, "AT+CGMR\r", "V200R001C20B025");
    g_assert_true (init_port (fixture, probe, port, NULL));
    g_assert_cmpint (fake_port_probe_get_result_at (probe), ==, TRUE);

    /* The modem knows what was learned */
    create_modem (fixture, 0x3301);
    g_clear_object (&fixture->result);
    MM_IFACE_MODEM_GET_IFACE (fixture->modem)->load_model (MM_IFACE_MODEM (fixture->modem),
                                                           (GAsyncReadyCallback) ready, fixture);
    fake_clock_settle ();
    result = fixture->result;
    model = MM_IFACE_MODEM_GET_IFACE (fixture->modem)->load_model_finish (MM_IFACE_MODEM (fixture->modem), result, NULL);
    g_assert_cmpstr (model, ==, "MT5710-CN");
}

/*****************************************************************************/
/* Modems and their ports */

static void
test_create (Fixture       *fixture,
             gconstpointer  data)
{
    g_autofree gchar *grabbed = NULL;
    g_autofree gchar *expected = NULL;

    add_probe (fixture, "tty", "ttyUSB0", 0x3301, 0xff, DIAG, MM_PORT_TYPE_QCDM);
    add_probe (fixture, "tty", "ttyUSB1", 0x3301, 0xff, PCUI, MM_PORT_TYPE_AT);
    add_probe (fixture, "tty", "ttyUSB2", 0x3301, 0xff, GPS, MM_PORT_TYPE_UNKNOWN);
    add_probe (fixture, "tty", "ttyUSB3", 0x3301, 0xff, 0x01, MM_PORT_TYPE_AT);
    add_probe (fixture, "net", "wwan0", 0x3301, 0x02, 0, MM_PORT_TYPE_NET);
    create_modem (fixture, 0x3301);
    g_assert_no_error (fixture->error);
    g_assert_true (MM_IS_BROADBAND_MODEM_TDTECH (fixture->modem));
    g_assert_cmpstr (mm_base_modem_get_device (fixture->modem), ==, "/sys/devices/fake");
    grab_all (fixture);
    grabbed = fake_modem_dup_grabbed (fixture->modem);
    expected = g_strdup_printf ("ttyUSB0:%d:0 ttyUSB1:%d:%d ttyUSB2:%d:0 ttyUSB3:%d:%d wwan0:%d:0",
                                MM_PORT_TYPE_IGNORED, MM_PORT_TYPE_AT, MM_PORT_SERIAL_AT_FLAG_PRIMARY,
                                MM_PORT_TYPE_GPS, MM_PORT_TYPE_AT, MM_PORT_SERIAL_AT_FLAG_PPP, MM_PORT_TYPE_NET);
    g_assert_cmpstr (grabbed, ==, expected);
}

static void
test_not_a_modem (Fixture       *fixture,
                  gconstpointer  data)
{
    create_modem (fixture, 0x3302);
    g_assert_null (fixture->modem);
    g_assert_error (fixture->error, MM_CORE_ERROR, MM_CORE_ERROR_UNSUPPORTED);
    create_modem (fixture, 0x3303);
    g_assert_null (fixture->modem);
    g_assert_error (fixture->error, MM_CORE_ERROR, MM_CORE_ERROR_UNSUPPORTED);
}

/*****************************************************************************/
/* QMI and MBIM */

typedef struct {
    MMPortType   type;
    GType     (* get_type) (void);
} Kind;

static const Kind kinds[] = {
#if defined WITH_QMI
    { MM_PORT_TYPE_QMI,  mm_broadband_modem_qmi_tdtech_get_type },
#endif
#if defined WITH_MBIM
    { MM_PORT_TYPE_MBIM, mm_broadband_modem_mbim_tdtech_get_type },
#endif
    { MM_PORT_TYPE_UNKNOWN, NULL },
};

static void
connected (MMBaseBearer  *bearer,
           GAsyncResult  *res,
           GError       **error)
{
    mm_base_bearer_connect_finish (bearer, res, error);
}

static void
connect_held (Fixture      *fixture,
              MMBaseBearer *bearer)
{
    g_autofree gchar         *state = fake_state_new ();
    MMTdtechFotaRecord       *record = mm_tdtech_fota_record_new (NULL, "fake");
    g_autoptr(MMPortSerialAt) port = fake_at_port_new ("ttyUSB0");
    g_autoptr(GError)         error = NULL;
    GObject                  *skeleton = NULL;

    mm_tdtech_fota_record_peek (record)->stage = MM_TDTECH_FOTA_STAGE_WAITING;
    mm_tdtech_fota_record_peek (record)->kept.verb = MM_TDTECH_FOTA_VERB_UPGRADE;
    g_assert_true (mm_tdtech_fota_record_save (record, NULL));
    mm_tdtech_fota_record_free (record);
    g_object_get (fixture->modem, MM_IFACE_MODEM_DBUS_SKELETON, &skeleton, NULL);
    mm_gdbus_modem_set_equipment_identifier (MM_GDBUS_MODEM (skeleton), "fake");
    g_object_unref (skeleton);

    fake_modem_set_primary (fixture->modem, port);
    fake_port_hang (port, "^FOTASTATE?");
    MM_BROADBAND_MODEM_CLASS (G_OBJECT_GET_CLASS (fixture->modem))->setup_ports (MM_BROADBAND_MODEM (fixture->modem));
    mm_tdtech_fota_start (mm_shared_tdtech_peek_fota (fixture->modem));
    mm_base_bearer_connect (bearer, (GAsyncReadyCallback) connected, &error);
    fake_clock_settle ();
    g_assert_error (error, MM_CORE_ERROR, MM_CORE_ERROR_RETRY);
}

static void
test_other_protocols (Fixture       *fixture,
                      gconstpointer  data)
{
    guint i;

    for (i = 0; kinds[i].get_type; i++) {
        g_autoptr(MMBearerProperties) properties = mm_bearer_properties_new ();
        g_autoptr(MMBaseBearer)       bearer = NULL;
        g_autoptr(GError)             error = NULL;

        add_probe (fixture, "usbmisc", "cdc-wdm0", 0x3301, 0xff, 0, kinds[i].type);
        create_modem (fixture, 0x3301);
        g_assert_true (G_OBJECT_TYPE (fixture->modem) == kinds[i].get_type ());
        MM_IFACE_MODEM_GET_IFACE (fixture->modem)->create_bearer (MM_IFACE_MODEM (fixture->modem), properties,
                                                                   (GAsyncReadyCallback) ready, fixture);
        fake_clock_settle ();
        fake_log_assert_said ("creating MMBearer*Tdtech...");
        bearer = MM_IFACE_MODEM_GET_IFACE (fixture->modem)->create_bearer_finish (MM_IFACE_MODEM (fixture->modem),
                                                                                   fixture->result, &fixture->error);
        g_assert_true (fake_bearer_is_exported (bearer));
        g_assert_true (mm_base_bearer_peek_config (bearer) == properties);

        mm_base_bearer_connect (bearer, (GAsyncReadyCallback) connected, &error);
        fake_clock_settle ();
        g_assert_no_error (error);
        fake_bearer_set_status (bearer, MM_BEARER_STATUS_DISCONNECTED);
        connect_held (fixture, bearer);
        forget_modem (fixture);
    }
}

int
main (int    argc,
      char **argv)
{
    g_test_init (&argc, &argv, NULL);

#define ADD(path, func) g_test_add ("/tdtech/plugin/" path, Fixture, NULL, set_up, func, tear_down)
    ADD ("silent-ports", test_silent_ports);
    ADD ("pcui", test_pcui);
    ADD ("create", test_create);
    ADD ("not-a-modem", test_not_a_modem);
    ADD ("other-protocols", test_other_protocols);
    return g_test_run ();
}

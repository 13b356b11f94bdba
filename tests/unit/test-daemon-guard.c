/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/* Daemons that are not the one that the plugin was built for: the fake one, changed in one thing */

#include <dlfcn.h>

#include "fake-bearer.h"
#include "fake-modem.h"

#include "mm-base-sim.h"
#include "mm-broadband-bearer-tdtech.h"
#include "mm-broadband-modem-tdtech.h"
#include "mm-daemon-guard.h"
#include "mm-daemon-series.h"
#include "mm-iface-modem-3gpp-profile-manager.h"
#include "mm-iface-modem-3gpp.h"
#include "mm-iface-modem-firmware.h"
#include "mm-iface-modem.h"

/*****************************************************************************/
/* What the guard asks the linker and GObject for: see meson.build */

static const gchar *other_symbol;    /* there if it was not, and not there if it was */
static const gchar *other_type;
static guint        other_class_size;
static guint        other_instance_size;
static gboolean     other_is_no_class;

gpointer __real_dlsym        (gpointer     handle,
                              const gchar *name);
gpointer __wrap_dlsym        (gpointer     handle,
                              const gchar *name);
void     __real_g_type_query (GType        type,
                              GTypeQuery  *query);
void     __wrap_g_type_query (GType        type,
                              GTypeQuery  *query);

gpointer
__wrap_dlsym (gpointer     handle,
              const gchar *name)
{
    gpointer found = __real_dlsym (handle, name);

    if (g_strcmp0 (name, other_symbol) != 0)
        return found;
    return found ? NULL : (gpointer) __wrap_dlsym;
}

void
__wrap_g_type_query (GType       type,
                     GTypeQuery *query)
{
    __real_g_type_query (type, query);
    if (g_strcmp0 (g_type_name (type), other_type) != 0)
        return;
    query->class_size += other_class_size;
    query->instance_size += other_instance_size;
    if (other_is_no_class)
        query->type = 0;
}

/*****************************************************************************/

static void
assert_fits (void)
{
    g_assert_true (mm_daemon_guard_check ());
    fake_log_assert_warned ("");
}

/* One warning, which says why */
static void
assert_refused (const gchar *reason)
{
    g_autofree gchar *expected = NULL;

    expected = g_strdup_printf ("[plugin/tdtech] not loaded: built for ModemManager " MM_DAEMON_SERIES_STRING
                                ", from which this daemon differs (%s); install the plugin *\n", reason);
    g_assert_false (mm_daemon_guard_check ());
    fake_log_assert_warned (expected);
}

static void
test_fits (void)
{
    assert_fits ();
    assert_fits ();
}

/*****************************************************************************/
/* Functions of another series, or of another build */

static const struct {
    const gchar *name;
    const gchar *feature;
} symbols[] = {
    { "mm_base_modem_sync",                    "suspend support" },
    { "mm_broadband_modem_qmi_get_type",       "QMI" },
    { "mm_broadband_modem_mbim_get_type",      "MBIM" },
    { "mm_base_modem_authorize",               NULL },
    { "mm_iface_auth_authorize",               NULL },
    { "mm_bearer_list_disconnect_all_bearers", NULL },
    { "mm_bearer_list_disconnect_bearers",     NULL },
    { "mm_base_modem_get_physdev",             NULL },
    { "mm_dbus_method_invocation_take_error",  NULL },
    { "mm_iface_port_at_command",              NULL },
    { "mm_base_modem_get_subsystem_device_id", NULL },
    { "mm_base_modem_terse",                   NULL },
};

/* What is there by mistake is as bad as what is missing */
static void
test_symbols (void)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS (symbols); i++) {
        g_autofree gchar *reason = NULL;
        gboolean          exists;

        exists = __real_dlsym (RTLD_DEFAULT, symbols[i].name) != NULL;
        if (symbols[i].feature)
            reason = g_strdup_printf ("it was built %s %s", exists ? "without" : "with", symbols[i].feature);
        else
            reason = g_strdup_printf ("it has %s %s ()", exists ? "no" : "a", symbols[i].name);
        other_symbol = symbols[i].name;
        assert_refused (reason);
        other_symbol = NULL;
        assert_fits ();
    }
}

/*****************************************************************************/
/* Classes of another size */

static const gchar *types[] = {
    "MMPlugin",
    "MMBaseModem",
    "MMBroadbandModem",
#if defined WITH_QMI
    "MMBroadbandModemQmi",
    "MMBearerQmi",
#endif
#if defined WITH_MBIM
    "MMBroadbandModemMbim",
    "MMBearerMbim",
#endif
    "MMBaseSim",
    "MMBaseBearer",
    "MMBroadbandBearer",
    "MMPort",
    "MMPortSerial",
    "MMPortSerialAt",
};

static void
test_sizes (void)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS (types); i++) {
        g_autofree gchar *reason = NULL;

        reason = g_strdup_printf ("its %s has */* bytes where */* were expected", types[i]);
        other_type = types[i];
        other_instance_size = sizeof (gpointer);
        assert_refused (reason);
        other_instance_size = 0;

        /* Of a port for AT commands the plugin has pointers only */
        other_class_size = sizeof (gpointer);
        if (g_str_equal (types[i], "MMPortSerialAt"))
            assert_fits ();
        else
            assert_refused (reason);
        other_class_size = 0;

        other_is_no_class = TRUE;
        assert_refused ("one of its types is not a class");
        other_is_no_class = FALSE;
        other_type = NULL;
        assert_fits ();
    }
}

/*****************************************************************************/
/* Functions in another place */

/* Any of the daemon's: nobody can tell them apart */
#define DAEMON_FUNCTION ((gpointer) mm_base_modem_get_type)

/* Not one of the daemon: GLib's, and one of nobody */
static gpointer
foreign (guint which)
{
    gpointer function = which == 0 ? __real_dlsym (RTLD_DEFAULT, "g_slist_nth") : GUINT_TO_POINTER (16);

    g_assert_nonnull (function);
    return function;
}

/* The daemon's structure and the plugin's after it has filled it; classes begin with what is GObject's */
typedef struct {
    GType    (* get_type) (void);
    GType    (* get_plugin_type) (void);
    GType    (* get_interface) (void);    /* NULL: the class itself */
    gsize       begin;
    gsize       end;
} Structure;

#define MODEM_INTERFACE(interface, type) \
    { mm_broadband_modem_get_type, mm_broadband_modem_tdtech_get_type, interface ## _get_type, \
      sizeof (GTypeInterface), sizeof (type ## Interface) }

static const Structure structures[] = {
    { mm_broadband_modem_get_type, mm_broadband_modem_tdtech_get_type, NULL,
      sizeof (MmGdbusObjectSkeletonClass), sizeof (MMBroadbandModemClass) },
    { mm_broadband_bearer_get_type, mm_broadband_bearer_tdtech_get_type, NULL,
      sizeof (MmGdbusBearerSkeletonClass), sizeof (MMBroadbandBearerClass) },
    MODEM_INTERFACE (mm_iface_modem, MMIfaceModem),
    MODEM_INTERFACE (mm_iface_modem_3gpp, MMIfaceModem3gpp),
    MODEM_INTERFACE (mm_iface_modem_3gpp_profile_manager, MMIfaceModem3gppProfileManager),
    MODEM_INTERFACE (mm_iface_modem_firmware, MMIfaceModemFirmware),
};

static gpointer
peek (gpointer  klass,
      GType  (* get_interface) (void))
{
    gpointer structure = get_interface ? g_type_interface_peek (klass, get_interface ()) : klass;

    g_assert_nonnull (structure);
    return structure;
}

/* Whatever the plugin fills must be where the daemon looks for it */
static void
test_filled_slots (void)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS (structures); i++) {
        const Structure *structure = &structures[i];
        gpointer         klass = g_type_class_ref (structure->get_type ());
        gpointer         plugin_klass = g_type_class_ref (structure->get_plugin_type ());
        gpointer         table = peek (klass, structure->get_interface);
        gpointer         plugin_table = peek (plugin_klass, structure->get_interface);
        guint            n_filled = 0;
        gsize            offset;

        for (offset = structure->begin; offset < structure->end; offset += sizeof (gpointer)) {
            gpointer *slot = G_STRUCT_MEMBER_P (table, offset);
            gpointer  before = *slot;
            guint     which;

            if (before == G_STRUCT_MEMBER (gpointer, plugin_table, offset))
                continue;
            n_filled++;
            for (which = 0; which < 2; which++) {
                *slot = foreign (which);
                if (mm_daemon_guard_check ())
                    g_error ("nobody looks at slot %" G_GSIZE_FORMAT " of structure %u", offset / sizeof (gpointer), i);
                fake_log_assert_warned ("*(MM*.* is not where it was expected)*");
            }
            *slot = before;
            assert_fits ();
        }
        g_assert_cmpuint (n_filled, >, 0);
        g_type_class_unref (plugin_klass);
        g_type_class_unref (klass);
    }
}

/* Others that the plugin calls, or that only show whether what is between them is where it was */
typedef struct {
    GType    (* get_type) (void);
    GType    (* get_interface) (void);
    const gchar *name;
    gsize       offset;
} Slot;

#define SLOT(get_type, get_interface, type, member) \
    { get_type, get_interface, #type "." #member, G_STRUCT_OFFSET (type, member) }
#define SIM(member)      SLOT (mm_base_sim_get_type, NULL, MMBaseSimClass, member)
#define BEARER(member)   SLOT (mm_broadband_bearer_get_type, NULL, MMBaseBearerClass, member)
#define MODEM(member)    SLOT (mm_broadband_modem_get_type, mm_iface_modem_get_type, MMIfaceModemInterface, member)
#define GPP(member)      SLOT (mm_broadband_modem_get_type, mm_iface_modem_3gpp_get_type, MMIfaceModem3gppInterface, member)
#define PROFILES(member) SLOT (mm_broadband_modem_get_type, mm_iface_modem_3gpp_profile_manager_get_type, \
                               MMIfaceModem3gppProfileManagerInterface, member)
#define FIRMWARE(member) SLOT (mm_broadband_modem_get_type, mm_iface_modem_firmware_get_type, \
                               MMIfaceModemFirmwareInterface, member)

/* What any generic modem can do */
static const Slot always[] = {
    SIM (load_emergency_numbers_finish),
    SIM (load_preferred_networks),
    SIM (load_preferred_networks_finish),
    SIM (load_gid1),
    SIM (load_gid1_finish),
    SIM (load_gid2),
    SIM (load_gid2_finish),
    MODEM (create_sim_finish),
    MODEM (create_bearer_list),
    GPP (setup_unsolicited_registration_events),
    GPP (create_initial_eps_bearer),
    PROFILES (check_support),
    PROFILES (check_format),
    PROFILES (check_activated_profile),
};

/* What no generic modem can do: there is no standard command for it */
static const Slot never[] = {
    SIM (load_eid),
    SIM (load_sim_type),
    BEARER (reload_stats),
    MODEM (load_supported_capabilities),
    MODEM (load_hardware_revision),
    MODEM (load_supported_bands),
    MODEM (load_current_bands),
    MODEM (factory_reset),
    MODEM (set_current_bands),
    MODEM (load_sim_slots),
    MODEM (set_primary_sim_slot_finish),
    MODEM (load_carrier_config),
    GPP (load_nr5g_registration_settings),
    PROFILES (setup_unsolicited_events),
    PROFILES (cleanup_unsolicited_events_finish),
    PROFILES (get_profile),
    PROFILES (get_profile_finish),
    FIRMWARE (load_list),
    FIRMWARE (load_current),
    FIRMWARE (change_current),
};

static void
check_slot (const Slot *row,
            gpointer    expected,
            gpointer    unexpected)
{
    g_autofree gchar *reason = g_strdup_printf ("%s is not where it was expected", row->name);
    gpointer          klass = g_type_class_ref (row->get_type ());
    gpointer         *slot = G_STRUCT_MEMBER_P (peek (klass, row->get_interface), row->offset);
    gpointer          before = *slot;
    guint             which;

    *slot = expected;
    assert_fits ();
    *slot = unexpected;
    assert_refused (reason);
    for (which = 0; which < 2; which++) {
        *slot = foreign (which);
        assert_refused (reason);
    }
    *slot = before;
    assert_fits ();
    g_type_class_unref (klass);
}

static void
test_other_slots (void)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS (always); i++)
        check_slot (&always[i], DAEMON_FUNCTION, NULL);
    for (i = 0; i < G_N_ELEMENTS (never); i++)
        check_slot (&never[i], NULL, DAEMON_FUNCTION);
}

/* Some series have it, and all may */
static void
test_either (void)
{
    gpointer                       klass = g_type_class_ref (mm_broadband_modem_get_type ());
    MMIfaceModemFirmwareInterface *firmware = peek (klass, mm_iface_modem_firmware_get_type);
    gpointer                      *slot = (gpointer *) &firmware->load_update_settings;
    gpointer                       before = *slot;

    *slot = NULL;
    assert_fits ();
    *slot = DAEMON_FUNCTION;
    assert_fits ();
    *slot = foreign (0);
    assert_refused ("MMIfaceModemFirmwareInterface.load_update_settings is not where it was expected");
    *slot = before;
    g_type_class_unref (klass);
}

int
main (int    argc,
      char **argv)
{
    g_test_init (&argc, &argv, NULL);

    g_test_add_func ("/daemon/guard/fits", test_fits);
    g_test_add_func ("/daemon/guard/symbols", test_symbols);
    g_test_add_func ("/daemon/guard/sizes", test_sizes);
    g_test_add_func ("/daemon/guard/slots/filled", test_filled_slots);
    g_test_add_func ("/daemon/guard/slots/other", test_other_slots);
    g_test_add_func ("/daemon/guard/slots/either", test_either);
    return g_test_run ();
}

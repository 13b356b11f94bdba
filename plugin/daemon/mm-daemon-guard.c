/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <dlfcn.h>

#include "mm-daemon-guard.h"
#include "mm-daemon-series.h"

#include "mm-base-bearer.h"
#include "mm-base-modem.h"
#include "mm-base-sim.h"
#include "mm-bearer-mbim.h"
#include "mm-bearer-qmi.h"
#include "mm-broadband-bearer.h"
#include "mm-broadband-modem-mbim.h"
#include "mm-broadband-modem-qmi.h"
#include "mm-broadband-modem.h"
#include "mm-iface-modem-3gpp-profile-manager.h"
#include "mm-iface-modem-3gpp.h"
#include "mm-iface-modem-firmware.h"
#include "mm-iface-modem.h"
#include "mm-log-object.h"
#include "mm-plugin.h"
#include "mm-port-serial-at.h"

/*****************************************************************************/
/* Functions that tell the series and the build options of the daemon apart */

typedef struct {
    const gchar *name;
    gboolean     expected;
    /* What the build option that adds it is for; NULL if the series adds or removes it */
    const gchar *feature;
} Marker;

#if defined WITH_SUSPEND_RESUME
# define SUSPEND_EXPECTED TRUE
#else
# define SUSPEND_EXPECTED FALSE
#endif
#if defined WITH_QMI
# define QMI_EXPECTED TRUE
#else
# define QMI_EXPECTED FALSE
#endif
#if defined WITH_MBIM
# define MBIM_EXPECTED TRUE
#else
# define MBIM_EXPECTED FALSE
#endif

/* The name after macro expansion, so that the tests can rename a function by -D */
#define MARKER(function, expected, feature) { G_STRINGIFY (function), expected, feature }

static const Marker markers[] = {
    MARKER (mm_base_modem_sync,                     SUSPEND_EXPECTED,        "suspend support"),
    MARKER (mm_broadband_modem_qmi_get_type,        QMI_EXPECTED,            "QMI"),
    MARKER (mm_broadband_modem_mbim_get_type,       MBIM_EXPECTED,           "MBIM"),
    MARKER (mm_base_modem_authorize,                MM_DAEMON_SERIES < 12595, NULL),
    MARKER (mm_iface_auth_authorize,                MM_DAEMON_SERIES >= 12595, NULL),
    MARKER (mm_bearer_list_disconnect_all_bearers,  MM_DAEMON_SERIES < 12200, NULL),
    MARKER (mm_bearer_list_disconnect_bearers,      MM_DAEMON_SERIES >= 12200, NULL),
    MARKER (mm_base_modem_get_physdev,              MM_DAEMON_SERIES >= 12200, NULL),
    MARKER (mm_dbus_method_invocation_take_error,   MM_DAEMON_SERIES >= 12304, NULL),
    MARKER (mm_iface_port_at_command,               MM_DAEMON_SERIES >= 12400, NULL),
    MARKER (mm_base_modem_get_subsystem_device_id,  MM_DAEMON_SERIES >= 12400, NULL),
    MARKER (mm_base_modem_terse,                    MM_DAEMON_SERIES >= 12402 && SUSPEND_EXPECTED, NULL),
};

static gchar *
check_markers (void)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS (markers); i++) {
        const Marker *marker = &markers[i];

        if ((dlsym (RTLD_DEFAULT, marker->name) != NULL) == marker->expected)
            continue;
        if (marker->feature)
            return g_strdup_printf ("it was built %s %s",
                                    marker->expected ? "without" : "with", marker->feature);
        return g_strdup_printf ("it has %s %s ()", marker->expected ? "no" : "a", marker->name);
    }
    return NULL;
}

/*****************************************************************************/
/* Sizes of the classes and objects that the plugin subclasses or accesses */

typedef struct {
    GType (* get_type) (void);
    guint    class_size;
    guint    instance_size;
} Size;

#define SIZE(function, type) \
    { function ## _get_type, sizeof (type ## Class), sizeof (type) }

static const Size sizes[] = {
    SIZE (mm_plugin,               MMPlugin),
    SIZE (mm_base_modem,           MMBaseModem),
    SIZE (mm_broadband_modem,      MMBroadbandModem),
#if defined WITH_QMI
    SIZE (mm_broadband_modem_qmi,  MMBroadbandModemQmi),
    SIZE (mm_bearer_qmi,           MMBearerQmi),
#endif
#if defined WITH_MBIM
    SIZE (mm_broadband_modem_mbim, MMBroadbandModemMbim),
    SIZE (mm_bearer_mbim,          MMBearerMbim),
#endif
    SIZE (mm_base_sim,             MMBaseSim),
    SIZE (mm_base_bearer,          MMBaseBearer),
    SIZE (mm_broadband_bearer,     MMBroadbandBearer),
    SIZE (mm_port,                 MMPort),
    SIZE (mm_port_serial,          MMPortSerial),
    /* Used by pointer only: the class size does not matter */
    { mm_port_serial_at_get_type,  0, sizeof (MMPortSerialAt) },
};

static gchar *
check_sizes (void)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS (sizes); i++) {
        GTypeQuery query;

        g_type_query (sizes[i].get_type (), &query);
        if (!query.type)
            return g_strdup ("one of its types is not a class");
        if (query.instance_size != sizes[i].instance_size ||
            (sizes[i].class_size && query.class_size != sizes[i].class_size))
            return g_strdup_printf ("its %s has %u/%u bytes where %u/%u were expected",
                                    query.type_name, query.class_size, query.instance_size,
                                    sizes[i].class_size, sizes[i].instance_size);
    }
    return NULL;
}

/*****************************************************************************/
/* Slots: members of a class or interface structure that hold a function. Those that the plugin fills
 * must hold one of the daemon, or NULL where the generic modem has none. An interface structure has
 * no size to query, so slots between them are checked as well: the ones that are NULL in any generic
 * modem (bands, SIM slots, carrier configuration: no standard AT command reads them) show whether
 * the order is still the same. */

typedef enum {
    SLOT_DAEMON,
    SLOT_EMPTY,
    SLOT_EITHER,
} SlotContent;

typedef struct {
    const gchar *name;
    gsize        offset;
    SlotContent  content;
} Slot;

#define SLOT(type, member, content) { #type "." #member, G_STRUCT_OFFSET (type, member), content }
/* An asynchronous method: with its _finish */
#define PAIR(type, member, content) SLOT (type, member, content), SLOT (type, member ## _finish, content)

static const Slot base_modem_slots[] = {
    PAIR (MMBaseModemClass, initialize, SLOT_DAEMON),
};

static const Slot broadband_modem_slots[] = {
    SLOT (MMBroadbandModemClass, setup_ports,         SLOT_DAEMON),
    PAIR (MMBroadbandModemClass, enabling_modem_init, SLOT_DAEMON),
};

static const Slot base_bearer_slots[] = {
    PAIR (MMBaseBearerClass, connect,                  SLOT_DAEMON),
    PAIR (MMBaseBearerClass, disconnect,               SLOT_DAEMON),
    PAIR (MMBaseBearerClass, load_connection_status,   SLOT_DAEMON),
#if defined WITH_SUSPEND_RESUME
    PAIR (MMBaseBearerClass, reload_connection_status, SLOT_DAEMON),
#endif
    SLOT (MMBaseBearerClass, reload_stats,             SLOT_EMPTY),
    SLOT (MMBaseBearerClass, report_connection_status, SLOT_DAEMON),
};

static const Slot broadband_bearer_slots[] = {
    PAIR (MMBroadbandBearerClass, dial_3gpp,          SLOT_DAEMON),
    PAIR (MMBroadbandBearerClass, get_ip_config_3gpp, SLOT_EMPTY),
    PAIR (MMBroadbandBearerClass, disconnect_3gpp,    SLOT_DAEMON),
};

static const Slot base_sim_slots[] = {
    SLOT (MMBaseSimClass, load_eid,                      SLOT_EMPTY),
    SLOT (MMBaseSimClass, load_emergency_numbers_finish, SLOT_DAEMON),
    PAIR (MMBaseSimClass, load_preferred_networks,       SLOT_DAEMON),
    PAIR (MMBaseSimClass, load_gid1,                     SLOT_DAEMON),
    PAIR (MMBaseSimClass, load_gid2,                     SLOT_DAEMON),
    SLOT (MMBaseSimClass, load_sim_type,                 SLOT_EMPTY),
};

static const Slot iface_modem_slots[] = {
    SLOT (MMIfaceModemInterface, load_supported_capabilities, SLOT_EMPTY),
    PAIR (MMIfaceModemInterface, load_current_capabilities,   SLOT_DAEMON),
    PAIR (MMIfaceModemInterface, load_manufacturer,           SLOT_DAEMON),
    PAIR (MMIfaceModemInterface, load_model,                  SLOT_DAEMON),
    PAIR (MMIfaceModemInterface, load_revision,               SLOT_DAEMON),
    SLOT (MMIfaceModemInterface, load_hardware_revision,      SLOT_EMPTY),
    PAIR (MMIfaceModemInterface, load_equipment_identifier,   SLOT_DAEMON),
    PAIR (MMIfaceModemInterface, load_own_numbers,            SLOT_DAEMON),
    SLOT (MMIfaceModemInterface, load_unlock_required_finish, SLOT_DAEMON),
    PAIR (MMIfaceModemInterface, load_unlock_retries,         SLOT_DAEMON),
    PAIR (MMIfaceModemInterface, load_supported_modes,        SLOT_DAEMON),
    SLOT (MMIfaceModemInterface, load_supported_bands,        SLOT_EMPTY),
    SLOT (MMIfaceModemInterface, load_current_bands,          SLOT_EMPTY),
    PAIR (MMIfaceModemInterface, load_signal_quality,         SLOT_DAEMON),
    PAIR (MMIfaceModemInterface, load_access_technologies,    SLOT_DAEMON),
    SLOT (MMIfaceModemInterface, factory_reset,               SLOT_EMPTY),
    SLOT (MMIfaceModemInterface, set_current_bands,           SLOT_EMPTY),
    PAIR (MMIfaceModemInterface, create_sim,                  SLOT_DAEMON),
    SLOT (MMIfaceModemInterface, load_sim_slots,              SLOT_EMPTY),
    SLOT (MMIfaceModemInterface, set_primary_sim_slot_finish, SLOT_EMPTY),
    PAIR (MMIfaceModemInterface, create_bearer,               SLOT_DAEMON),
    SLOT (MMIfaceModemInterface, create_bearer_list,          SLOT_DAEMON),
    SLOT (MMIfaceModemInterface, load_carrier_config,         SLOT_EMPTY),
};

static const Slot iface_modem_3gpp_slots[] = {
    PAIR (MMIfaceModem3gppInterface, load_imei,                               SLOT_DAEMON),
    PAIR (MMIfaceModem3gppInterface, load_enabled_facility_locks,             SLOT_DAEMON),
    PAIR (MMIfaceModem3gppInterface, load_eps_ue_mode_operation,              SLOT_DAEMON),
    SLOT (MMIfaceModem3gppInterface, setup_unsolicited_registration_events,   SLOT_DAEMON),
    PAIR (MMIfaceModem3gppInterface, enable_unsolicited_registration_events,  SLOT_DAEMON),
    PAIR (MMIfaceModem3gppInterface, cleanup_unsolicited_registration_events, SLOT_DAEMON),
    SLOT (MMIfaceModem3gppInterface, load_nr5g_registration_settings,         SLOT_EMPTY),
    SLOT (MMIfaceModem3gppInterface, create_initial_eps_bearer,               SLOT_DAEMON),
    PAIR (MMIfaceModem3gppInterface, run_registration_checks,                 SLOT_DAEMON),
};

static const Slot iface_modem_3gpp_profile_manager_slots[] = {
    SLOT (MMIfaceModem3gppProfileManagerInterface, check_support,                     SLOT_DAEMON),
    SLOT (MMIfaceModem3gppProfileManagerInterface, setup_unsolicited_events,          SLOT_EMPTY),
    SLOT (MMIfaceModem3gppProfileManagerInterface, cleanup_unsolicited_events_finish, SLOT_EMPTY),
    PAIR (MMIfaceModem3gppProfileManagerInterface, get_profile,                       SLOT_EMPTY),
    PAIR (MMIfaceModem3gppProfileManagerInterface, list_profiles,                     SLOT_DAEMON),
    PAIR (MMIfaceModem3gppProfileManagerInterface, delete_profile,                    SLOT_DAEMON),
    PAIR (MMIfaceModem3gppProfileManagerInterface, check_format,                      SLOT_DAEMON),
    SLOT (MMIfaceModem3gppProfileManagerInterface, check_activated_profile,           SLOT_DAEMON),
    PAIR (MMIfaceModem3gppProfileManagerInterface, deactivate_profile,                SLOT_DAEMON),
    PAIR (MMIfaceModem3gppProfileManagerInterface, store_profile,                     SLOT_DAEMON),
};

static const Slot iface_modem_firmware_slots[] = {
    PAIR (MMIfaceModemFirmwareInterface, load_update_settings, SLOT_EITHER),
    SLOT (MMIfaceModemFirmwareInterface, load_list,            SLOT_EMPTY),
    SLOT (MMIfaceModemFirmwareInterface, load_current,         SLOT_EMPTY),
    SLOT (MMIfaceModemFirmwareInterface, change_current,       SLOT_EMPTY),
};

static gboolean
is_in_daemon (gconstpointer function)
{
    Dl_info daemon;
    Dl_info info;

    return (dladdr ((gpointer) mm_base_modem_get_type, &daemon) &&
            dladdr ((gpointer) function, &info) &&
            info.dli_fbase == daemon.dli_fbase);
}

static gchar *
check_slots (gconstpointer  table,
             const Slot    *slots,
             guint          n_slots)
{
    guint i;

    for (i = 0; i < n_slots; i++) {
        gconstpointer function;

        function = G_STRUCT_MEMBER (gconstpointer, table, slots[i].offset);
        if (function ?
            (slots[i].content == SLOT_EMPTY || !is_in_daemon (function)) :
            (slots[i].content == SLOT_DAEMON))
            return g_strdup_printf ("%s is not where it was expected", slots[i].name);
    }
    return NULL;
}

/* The class, or an interface of it */
typedef struct {
    GType    (* class_type) (void);
    GType    (* interface_type) (void);
    const Slot *slots;
    guint       n_slots;
} SlotTable;

#define SLOT_TABLE(class_type, interface_type, slots) { class_type, interface_type, slots, G_N_ELEMENTS (slots) }

static const SlotTable slot_tables[] = {
    SLOT_TABLE (mm_broadband_modem_get_type,  NULL,                            base_modem_slots),
    SLOT_TABLE (mm_broadband_modem_get_type,  NULL,                            broadband_modem_slots),
    SLOT_TABLE (mm_broadband_modem_get_type,  mm_iface_modem_get_type,         iface_modem_slots),
    SLOT_TABLE (mm_broadband_modem_get_type,  mm_iface_modem_3gpp_get_type,    iface_modem_3gpp_slots),
    SLOT_TABLE (mm_broadband_modem_get_type,  mm_iface_modem_3gpp_profile_manager_get_type,
                iface_modem_3gpp_profile_manager_slots),
    SLOT_TABLE (mm_broadband_modem_get_type,  mm_iface_modem_firmware_get_type, iface_modem_firmware_slots),
    SLOT_TABLE (mm_base_sim_get_type,         NULL,                            base_sim_slots),
    SLOT_TABLE (mm_broadband_bearer_get_type, NULL,                            base_bearer_slots),
    SLOT_TABLE (mm_broadband_bearer_get_type, NULL,                            broadband_bearer_slots),
};

static gchar *
check_slot_tables (void)
{
    gchar *reason = NULL;
    guint  i;

    for (i = 0; i < G_N_ELEMENTS (slot_tables) && !reason; i++) {
        const SlotTable *table = &slot_tables[i];
        gpointer         klass;

        klass = g_type_class_ref (table->class_type ());
        reason = check_slots (table->interface_type ? g_type_interface_peek (klass, table->interface_type ()) : klass,
                              table->slots, table->n_slots);
        g_type_class_unref (klass);
    }
    return reason;
}

/*****************************************************************************/

gboolean
mm_daemon_guard_check (void)
{
    g_autofree gchar *reason = NULL;

    if (!(reason = check_markers ()) &&
        !(reason = check_sizes ()) &&
        !(reason = check_slot_tables ()))
        return TRUE;

    mm_obj_warn (NULL, "[plugin/tdtech] not loaded: built for ModemManager " MM_DAEMON_SERIES_STRING
                 ", from which this daemon differs (%s); install the plugin that was built for it", reason);
    return FALSE;
}

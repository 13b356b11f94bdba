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
/* Functions that came or went with a series */

typedef struct {
    const gchar *name;
    gboolean     expected;
    /* Of an option of ModemManager's build: what it is for */
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

/* With the name that the compiler sees, so that the tests can take a function away */
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
/* Sizes of the classes and objects that the plugin subclasses or looks into */

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
    /* Only the object, and that only by pointer */
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
            return g_strdup ("one of its types is no class");
        if (query.instance_size != sizes[i].instance_size ||
            (sizes[i].class_size && query.class_size != sizes[i].class_size))
            return g_strdup_printf ("its %s has %u/%u bytes where %u/%u were expected",
                                    query.type_name, query.class_size, query.instance_size,
                                    sizes[i].class_size, sizes[i].instance_size);
    }
    return NULL;
}

/*****************************************************************************/
/* Slots: those the plugin fills must hold the daemon's own function, or nothing
 * where the generic modem does nothing. Interfaces cannot be measured, so slots in
 * between that no generic modem can fill (bands, SIM slots, cells: no standard AT
 * command tells them) stand guard for the order of the rest. */

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

static const Slot base_modem_slots[] = {
    SLOT (MMBaseModemClass, initialize,        SLOT_DAEMON),
    SLOT (MMBaseModemClass, initialize_finish, SLOT_DAEMON),
};

static const Slot broadband_modem_slots[] = {
    SLOT (MMBroadbandModemClass, setup_ports,                SLOT_DAEMON),
    SLOT (MMBroadbandModemClass, enabling_modem_init,        SLOT_DAEMON),
    SLOT (MMBroadbandModemClass, enabling_modem_init_finish, SLOT_DAEMON),
};

static const Slot base_bearer_slots[] = {
    SLOT (MMBaseBearerClass, connect,                         SLOT_DAEMON),
    SLOT (MMBaseBearerClass, connect_finish,                  SLOT_DAEMON),
    SLOT (MMBaseBearerClass, disconnect,                      SLOT_DAEMON),
    SLOT (MMBaseBearerClass, disconnect_finish,               SLOT_DAEMON),
    SLOT (MMBaseBearerClass, load_connection_status,          SLOT_DAEMON),
    SLOT (MMBaseBearerClass, load_connection_status_finish,   SLOT_DAEMON),
#if defined WITH_SUSPEND_RESUME
    SLOT (MMBaseBearerClass, reload_connection_status,        SLOT_DAEMON),
    SLOT (MMBaseBearerClass, reload_connection_status_finish, SLOT_DAEMON),
#endif
    SLOT (MMBaseBearerClass, reload_stats,                    SLOT_EMPTY),
    SLOT (MMBaseBearerClass, report_connection_status,        SLOT_DAEMON),
};

static const Slot broadband_bearer_slots[] = {
    SLOT (MMBroadbandBearerClass, dial_3gpp,                 SLOT_DAEMON),
    SLOT (MMBroadbandBearerClass, dial_3gpp_finish,          SLOT_DAEMON),
    SLOT (MMBroadbandBearerClass, get_ip_config_3gpp,        SLOT_EMPTY),
    SLOT (MMBroadbandBearerClass, get_ip_config_3gpp_finish, SLOT_EMPTY),
    SLOT (MMBroadbandBearerClass, disconnect_3gpp,           SLOT_DAEMON),
    SLOT (MMBroadbandBearerClass, disconnect_3gpp_finish,    SLOT_DAEMON),
};

static const Slot base_sim_slots[] = {
    SLOT (MMBaseSimClass, load_eid,                       SLOT_EMPTY),
    SLOT (MMBaseSimClass, load_emergency_numbers_finish,  SLOT_DAEMON),
    SLOT (MMBaseSimClass, load_preferred_networks,        SLOT_DAEMON),
    SLOT (MMBaseSimClass, load_preferred_networks_finish, SLOT_DAEMON),
    SLOT (MMBaseSimClass, load_gid1,                      SLOT_DAEMON),
    SLOT (MMBaseSimClass, load_gid1_finish,               SLOT_DAEMON),
    SLOT (MMBaseSimClass, load_gid2,                      SLOT_DAEMON),
    SLOT (MMBaseSimClass, load_gid2_finish,               SLOT_DAEMON),
    SLOT (MMBaseSimClass, load_sim_type,                  SLOT_EMPTY),
};

static const Slot iface_modem_slots[] = {
    SLOT (MMIfaceModemInterface, load_supported_capabilities,       SLOT_EMPTY),
    SLOT (MMIfaceModemInterface, load_current_capabilities,         SLOT_DAEMON),
    SLOT (MMIfaceModemInterface, load_current_capabilities_finish,  SLOT_DAEMON),
    SLOT (MMIfaceModemInterface, load_manufacturer,                 SLOT_DAEMON),
    SLOT (MMIfaceModemInterface, load_manufacturer_finish,          SLOT_DAEMON),
    SLOT (MMIfaceModemInterface, load_model,                        SLOT_DAEMON),
    SLOT (MMIfaceModemInterface, load_model_finish,                 SLOT_DAEMON),
    SLOT (MMIfaceModemInterface, load_revision,                     SLOT_DAEMON),
    SLOT (MMIfaceModemInterface, load_revision_finish,              SLOT_DAEMON),
    SLOT (MMIfaceModemInterface, load_hardware_revision,            SLOT_EMPTY),
    SLOT (MMIfaceModemInterface, load_equipment_identifier,         SLOT_DAEMON),
    SLOT (MMIfaceModemInterface, load_equipment_identifier_finish,  SLOT_DAEMON),
    SLOT (MMIfaceModemInterface, load_own_numbers,                  SLOT_DAEMON),
    SLOT (MMIfaceModemInterface, load_own_numbers_finish,           SLOT_DAEMON),
    SLOT (MMIfaceModemInterface, load_unlock_required_finish,       SLOT_DAEMON),
    SLOT (MMIfaceModemInterface, load_unlock_retries,               SLOT_DAEMON),
    SLOT (MMIfaceModemInterface, load_unlock_retries_finish,        SLOT_DAEMON),
    SLOT (MMIfaceModemInterface, load_supported_modes,              SLOT_DAEMON),
    SLOT (MMIfaceModemInterface, load_supported_modes_finish,       SLOT_DAEMON),
    SLOT (MMIfaceModemInterface, load_supported_bands,              SLOT_EMPTY),
    SLOT (MMIfaceModemInterface, load_current_bands,                SLOT_EMPTY),
    SLOT (MMIfaceModemInterface, load_signal_quality,               SLOT_DAEMON),
    SLOT (MMIfaceModemInterface, load_signal_quality_finish,        SLOT_DAEMON),
    SLOT (MMIfaceModemInterface, load_access_technologies,          SLOT_DAEMON),
    SLOT (MMIfaceModemInterface, load_access_technologies_finish,   SLOT_DAEMON),
    SLOT (MMIfaceModemInterface, factory_reset,                     SLOT_EMPTY),
    SLOT (MMIfaceModemInterface, set_current_bands,                 SLOT_EMPTY),
    SLOT (MMIfaceModemInterface, create_sim,                        SLOT_DAEMON),
    SLOT (MMIfaceModemInterface, create_sim_finish,                 SLOT_DAEMON),
    SLOT (MMIfaceModemInterface, load_sim_slots,                    SLOT_EMPTY),
    SLOT (MMIfaceModemInterface, set_primary_sim_slot_finish,       SLOT_EMPTY),
    SLOT (MMIfaceModemInterface, create_bearer,                     SLOT_DAEMON),
    SLOT (MMIfaceModemInterface, create_bearer_finish,              SLOT_DAEMON),
    SLOT (MMIfaceModemInterface, create_bearer_list,                SLOT_DAEMON),
    SLOT (MMIfaceModemInterface, load_carrier_config,               SLOT_EMPTY),
};

static const Slot iface_modem_3gpp_slots[] = {
    SLOT (MMIfaceModem3gppInterface, load_imei,                                    SLOT_DAEMON),
    SLOT (MMIfaceModem3gppInterface, load_imei_finish,                             SLOT_DAEMON),
    SLOT (MMIfaceModem3gppInterface, load_enabled_facility_locks,                    SLOT_DAEMON),
    SLOT (MMIfaceModem3gppInterface, load_enabled_facility_locks_finish,             SLOT_DAEMON),
    SLOT (MMIfaceModem3gppInterface, load_eps_ue_mode_operation,                     SLOT_DAEMON),
    SLOT (MMIfaceModem3gppInterface, load_eps_ue_mode_operation_finish,              SLOT_DAEMON),
    SLOT (MMIfaceModem3gppInterface, setup_unsolicited_registration_events,          SLOT_DAEMON),
    SLOT (MMIfaceModem3gppInterface, enable_unsolicited_registration_events,         SLOT_DAEMON),
    SLOT (MMIfaceModem3gppInterface, enable_unsolicited_registration_events_finish,  SLOT_DAEMON),
    SLOT (MMIfaceModem3gppInterface, cleanup_unsolicited_registration_events,        SLOT_DAEMON),
    SLOT (MMIfaceModem3gppInterface, cleanup_unsolicited_registration_events_finish, SLOT_DAEMON),
    SLOT (MMIfaceModem3gppInterface, load_nr5g_registration_settings,                SLOT_EMPTY),
    SLOT (MMIfaceModem3gppInterface, create_initial_eps_bearer,                      SLOT_DAEMON),
    SLOT (MMIfaceModem3gppInterface, run_registration_checks,                        SLOT_DAEMON),
    SLOT (MMIfaceModem3gppInterface, run_registration_checks_finish,                 SLOT_DAEMON),
};

static const Slot iface_modem_3gpp_profile_manager_slots[] = {
    SLOT (MMIfaceModem3gppProfileManagerInterface, check_support,                    SLOT_DAEMON),
    SLOT (MMIfaceModem3gppProfileManagerInterface, setup_unsolicited_events,         SLOT_EMPTY),
    SLOT (MMIfaceModem3gppProfileManagerInterface, cleanup_unsolicited_events_finish, SLOT_EMPTY),
    SLOT (MMIfaceModem3gppProfileManagerInterface, get_profile,                      SLOT_EMPTY),
    SLOT (MMIfaceModem3gppProfileManagerInterface, get_profile_finish,               SLOT_EMPTY),
    SLOT (MMIfaceModem3gppProfileManagerInterface, list_profiles,                    SLOT_DAEMON),
    SLOT (MMIfaceModem3gppProfileManagerInterface, list_profiles_finish,             SLOT_DAEMON),
    SLOT (MMIfaceModem3gppProfileManagerInterface, delete_profile,                   SLOT_DAEMON),
    SLOT (MMIfaceModem3gppProfileManagerInterface, delete_profile_finish,            SLOT_DAEMON),
    SLOT (MMIfaceModem3gppProfileManagerInterface, check_format,                     SLOT_DAEMON),
    SLOT (MMIfaceModem3gppProfileManagerInterface, check_format_finish,              SLOT_DAEMON),
    SLOT (MMIfaceModem3gppProfileManagerInterface, check_activated_profile,          SLOT_DAEMON),
    SLOT (MMIfaceModem3gppProfileManagerInterface, deactivate_profile,               SLOT_DAEMON),
    SLOT (MMIfaceModem3gppProfileManagerInterface, deactivate_profile_finish,        SLOT_DAEMON),
    SLOT (MMIfaceModem3gppProfileManagerInterface, store_profile,                    SLOT_DAEMON),
    SLOT (MMIfaceModem3gppProfileManagerInterface, store_profile_finish,             SLOT_DAEMON),
};

static const Slot iface_modem_firmware_slots[] = {
    SLOT (MMIfaceModemFirmwareInterface, load_update_settings,        SLOT_EITHER),
    SLOT (MMIfaceModemFirmwareInterface, load_update_settings_finish, SLOT_EITHER),
    SLOT (MMIfaceModemFirmwareInterface, load_list,                   SLOT_EMPTY),
    SLOT (MMIfaceModemFirmwareInterface, load_current,                SLOT_EMPTY),
    SLOT (MMIfaceModemFirmwareInterface, change_current,              SLOT_EMPTY),
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

static gchar *
check_modem_slots (void)
{
    gpointer  klass;
    gchar    *reason;

    klass = g_type_class_ref (MM_TYPE_BROADBAND_MODEM);
    if (!(reason = check_slots (klass, base_modem_slots, G_N_ELEMENTS (base_modem_slots))) &&
        !(reason = check_slots (klass, broadband_modem_slots, G_N_ELEMENTS (broadband_modem_slots))) &&
        !(reason = check_slots (g_type_interface_peek (klass, MM_TYPE_IFACE_MODEM),
                                iface_modem_slots, G_N_ELEMENTS (iface_modem_slots))) &&
        !(reason = check_slots (g_type_interface_peek (klass, MM_TYPE_IFACE_MODEM_3GPP),
                                iface_modem_3gpp_slots, G_N_ELEMENTS (iface_modem_3gpp_slots))) &&
        !(reason = check_slots (g_type_interface_peek (klass, MM_TYPE_IFACE_MODEM_3GPP_PROFILE_MANAGER),
                                iface_modem_3gpp_profile_manager_slots,
                                G_N_ELEMENTS (iface_modem_3gpp_profile_manager_slots))))
        reason = check_slots (g_type_interface_peek (klass, MM_TYPE_IFACE_MODEM_FIRMWARE),
                              iface_modem_firmware_slots, G_N_ELEMENTS (iface_modem_firmware_slots));
    g_type_class_unref (klass);
    return reason;
}

static gchar *
check_sim_slots (void)
{
    gpointer  klass;
    gchar    *reason;

    klass = g_type_class_ref (MM_TYPE_BASE_SIM);
    reason = check_slots (klass, base_sim_slots, G_N_ELEMENTS (base_sim_slots));
    g_type_class_unref (klass);
    return reason;
}

static gchar *
check_bearer_slots (void)
{
    gpointer  klass;
    gchar    *reason;

    klass = g_type_class_ref (MM_TYPE_BROADBAND_BEARER);
    if (!(reason = check_slots (klass, base_bearer_slots, G_N_ELEMENTS (base_bearer_slots))))
        reason = check_slots (klass, broadband_bearer_slots, G_N_ELEMENTS (broadband_bearer_slots));
    g_type_class_unref (klass);
    return reason;
}

/*****************************************************************************/

gboolean
mm_daemon_guard_check (void)
{
    g_autofree gchar *reason = NULL;

    if (!(reason = check_markers ()) &&
        !(reason = check_sizes ()) &&
        !(reason = check_modem_slots ()) &&
        !(reason = check_sim_slots ()) &&
        !(reason = check_bearer_slots ()))
        return TRUE;

    mm_obj_warn (NULL, "[plugin/tdtech] not loaded: built for ModemManager " MM_DAEMON_SERIES_STRING
                 ", from which this daemon differs (%s); install the plugin that was built for it", reason);
    return FALSE;
}

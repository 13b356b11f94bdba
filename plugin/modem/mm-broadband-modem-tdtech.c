/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <string.h>

#include <gio/gio.h>

#include <ModemManager.h>
#define _LIBMM_INSIDE_MM
#include <libmm-glib.h>

#include "mm-base-modem-at.h"
#include "mm-bearer-list.h"
#include "mm-iface-modem-3gpp.h"
#include "mm-iface-modem-firmware.h"
#include "mm-iface-modem.h"
#include "mm-log-object.h"
#include "mm-modem-helpers.h"

#include "mm-broadband-bearer-tdtech.h"
#include "mm-broadband-modem-tdtech.h"
#include "mm-shared-tdtech.h"
#include "mm-tdtech-at.h"
#include "mm-tdtech-deferred-properties.h"
#include "mm-tdtech-ports.h"
#include "mm-tdtech-profiles.h"

static void iface_modem_init      (MMIfaceModemInterface     *iface);
static void iface_modem_3gpp_init (MMIfaceModem3gppInterface *iface);

static MMIfaceModemInterface     *iface_modem_parent;
static MMIfaceModem3gppInterface *iface_modem_3gpp_parent;

#define HCSQ_NONE G_MAXUINT

enum {
    PROP_0,
    PROP_FOTA,
};

struct _MMBroadbandModemTdtech {
    MMBroadbandModem parent;

    /* From probing; NULL if the module did not report it then */
    MMTdtechIdentity *identity;

    /* Percent, from the latest ^HCSQ; HCSQ_NONE before the first one */
    guint hcsq_quality;
};

G_DEFINE_TYPE_WITH_CODE (MMBroadbandModemTdtech, mm_broadband_modem_tdtech, MM_TYPE_BROADBAND_MODEM,
                         G_IMPLEMENT_INTERFACE (MM_TYPE_IFACE_MODEM, iface_modem_init)
                         G_IMPLEMENT_INTERFACE (MM_TYPE_IFACE_MODEM_3GPP, iface_modem_3gpp_init)
                         G_IMPLEMENT_INTERFACE (MM_TYPE_IFACE_MODEM_3GPP_PROFILE_MANAGER,
                                                mm_tdtech_profiles_iface_modem_3gpp_profile_manager_init)
                         G_IMPLEMENT_INTERFACE (MM_TYPE_IFACE_MODEM_FIRMWARE, mm_shared_tdtech_iface_modem_firmware_init))

/*****************************************************************************/
/* Load current capabilities (Modem interface) */

static MMModemCapability
load_current_capabilities_finish (MMIfaceModem  *self,
                                  GAsyncResult  *res,
                                  GError       **error)
{
    return (MMModemCapability) g_task_propagate_int (G_TASK (res), error);
}

static void
load_current_capabilities (MMIfaceModem        *self,
                           GAsyncReadyCallback  callback,
                           gpointer             user_data)
{
    g_autoptr(GTask) task = NULL;

    /* The module may answer ERROR to +WS46=?. The generic modem would then assume a 2G/3G modem
     * and never query +CEREG and +C5GREG. */
    task = g_task_new (self, NULL, callback, user_data);
    g_task_return_int (task, MM_MODEM_CAPABILITY_LTE | MM_MODEM_CAPABILITY_5GNR);
}

/*****************************************************************************/
/* Load supported modes (Modem interface) */

static GArray *
load_supported_modes_finish (MMIfaceModem  *self,
                             GAsyncResult  *res,
                             GError       **error)
{
    return g_task_propagate_pointer (G_TASK (res), error);
}

static void
load_supported_modes (MMIfaceModem        *self,
                      GAsyncReadyCallback  callback,
                      gpointer             user_data)
{
    g_autoptr(GTask)       task = NULL;
    GArray                *modes;
    MMModemModeCombination mode = {
        .allowed   = MM_MODEM_MODE_4G | MM_MODEM_MODE_5G,
        .preferred = MM_MODEM_MODE_NONE,
    };

    /* No command to select one of them is known */
    modes = g_array_sized_new (FALSE, FALSE, sizeof (MMModemModeCombination), 1);
    g_array_append_val (modes, mode);

    task = g_task_new (self, NULL, callback, user_data);
    g_task_return_pointer (task, modes, (GDestroyNotify) g_array_unref);
}

/*****************************************************************************/
/* Manufacturer, model, revision, IMEI: known from probing. Otherwise use the command that works
 * on both old and new firmware, and fall back to the other one. */

typedef enum {
    IDENTITY_MANUFACTURER,
    IDENTITY_MODEL,
    IDENTITY_REVISION,
    IDENTITY_IMEI,
} Identity;

void
mm_broadband_modem_tdtech_take_identity (MMBroadbandModemTdtech *self,
                                         MMTdtechIdentity       *identity)
{
    g_clear_pointer (&self->identity, mm_tdtech_identity_free);
    self->identity = identity;
}

static gchar *
dup_from_identity (const MMTdtechIdentity *identity,
                   Identity                which)
{
    switch (which) {
    case IDENTITY_MANUFACTURER:
        return g_strdup (identity->manufacturer);
    case IDENTITY_MODEL:
        return g_strdup (identity->model);
    case IDENTITY_REVISION:
        return g_strdup (identity->revision);
    case IDENTITY_IMEI:
    default:
        return g_strdup (identity->imei);
    }
}

static gchar *
load_string_finish (GObject       *self,
                    GAsyncResult  *res,
                    GError       **error)
{
    return g_task_propagate_pointer (G_TASK (res), error);
}

/* Ends @task with @value; FALSE if there is none */
static gboolean
return_string (GTask *task,
               gchar *value)
{
    if (!value)
        return FALSE;

    g_task_return_pointer (task, value, g_free);
    g_object_unref (task);
    return TRUE;
}

static void
return_error (GTask  *task,
              GError *error)
{
    g_task_return_error (task, error);
    g_object_unref (task);
}

/* NULL if the value is known from probing: the task has ended */
static GTask *
start_loading (gpointer             self,
               Identity             which,
               GAsyncReadyCallback  callback,
               gpointer             user_data)
{
    const MMTdtechIdentity *identity = MM_BROADBAND_MODEM_TDTECH (self)->identity;
    GTask                  *task;

    task = g_task_new (self, NULL, callback, user_data);
    if (identity && return_string (task, dup_from_identity (identity, which)))
        return NULL;
    return task;
}

static gchar *
parse_from_ati (const gchar  *response,
                Identity      which,
                GError      **error)
{
    MMTdtechIdentity  identity = { 0 };
    gchar            *value;

    if (!mm_tdtech_parse_ati (response, &identity, error))
        return NULL;

    value = dup_from_identity (&identity, which);
    mm_tdtech_identity_clear (&identity);
    if (!value)
        g_set_error (error, MM_CORE_ERROR, MM_CORE_ERROR_FAILED, "ATI does not report it");
    return value;
}

static void
ati_ready (MMBaseModem  *self,
           GAsyncResult *res,
           GTask        *task)
{
    GError      *error = NULL;
    const gchar *response;
    gchar       *value = NULL;

    response = mm_base_modem_at_command_finish (self, res, &error);
    if (response)
        value = parse_from_ati (response, GPOINTER_TO_UINT (g_task_get_task_data (task)), &error);
    if (!return_string (task, value))
        return_error (task, error);
}

static void
load_from_ati (GTask    *task,
               Identity  which)
{
    g_task_set_task_data (task, GUINT_TO_POINTER (which), NULL);
    mm_base_modem_at_command (MM_BASE_MODEM (g_task_get_source_object (task)), "I", 3, TRUE,
                              (GAsyncReadyCallback) ati_ready, task);
}

static void
parent_load_manufacturer_ready (MMIfaceModem *self,
                                GAsyncResult *res,
                                GTask        *task)
{
    GError *error = NULL;

    if (!return_string (task, iface_modem_parent->load_manufacturer_finish (self, res, &error)))
        return_error (task, error);
}

static void
load_manufacturer (MMIfaceModem        *self,
                   GAsyncReadyCallback  callback,
                   gpointer             user_data)
{
    GTask *task;

    task = start_loading (self, IDENTITY_MANUFACTURER, callback, user_data);
    if (task)
        iface_modem_parent->load_manufacturer (self,
                                               (GAsyncReadyCallback) parent_load_manufacturer_ready,
                                               task);
}

static void
parent_load_model_ready (MMIfaceModem *self,
                         GAsyncResult *res,
                         GTask        *task)
{
    GError *error = NULL;

    if (!return_string (task, iface_modem_parent->load_model_finish (self, res, &error)))
        return_error (task, error);
}

static void
model_ati_ready (MMBaseModem  *self,
                 GAsyncResult *res,
                 GTask        *task)
{
    const gchar *response;

    response = mm_base_modem_at_command_finish (self, res, NULL);
    if (!response || !return_string (task, parse_from_ati (response, IDENTITY_MODEL, NULL)))
        iface_modem_parent->load_model (MM_IFACE_MODEM (self),
                                        (GAsyncReadyCallback) parent_load_model_ready,
                                        task);
}

static void
load_model (MMIfaceModem        *self,
            GAsyncReadyCallback  callback,
            gpointer             user_data)
{
    GTask *task;

    task = start_loading (self, IDENTITY_MODEL, callback, user_data);
    if (task)
        mm_base_modem_at_command (MM_BASE_MODEM (self), "I", 3, TRUE,
                                  (GAsyncReadyCallback) model_ati_ready, task);
}

static void
cgmr_ready (MMBaseModem  *self,
            GAsyncResult *res,
            GTask        *task)
{
    const gchar *response;

    response = mm_base_modem_at_command_finish (self, res, NULL);
    if (!response || !return_string (task, mm_tdtech_parse_cgmr (response, NULL)))
        load_from_ati (task, IDENTITY_REVISION);
}

static void
load_revision (MMIfaceModem        *self,
               GAsyncReadyCallback  callback,
               gpointer             user_data)
{
    GTask *task;

    task = start_loading (self, IDENTITY_REVISION, callback, user_data);
    if (task)
        mm_base_modem_at_command (MM_BASE_MODEM (self), "+CGMR", 3, FALSE,
                                  (GAsyncReadyCallback) cgmr_ready, task);
}

/* ModemManager takes any answer to +CGSN, also one that another command got too late. The record of an
 * upgrade would not be found by that. */
static gboolean
is_equipment_identifier (const gchar *str)
{
    gsize n_digits = strspn (str, "0123456789");

    return n_digits >= 14 && n_digits <= 16 && !str[n_digits];
}

static void
parent_load_equipment_identifier_ready (MMIfaceModem *self,
                                        GAsyncResult *res,
                                        GTask        *task)
{
    g_autofree gchar *identifier = NULL;

    identifier = iface_modem_parent->load_equipment_identifier_finish (self, res, NULL);
    if (identifier && is_equipment_identifier (identifier))
        return_string (task, g_steal_pointer (&identifier));
    else
        load_from_ati (task, IDENTITY_IMEI);
}

static void
load_equipment_identifier (MMIfaceModem        *self,
                           GAsyncReadyCallback  callback,
                           gpointer             user_data)
{
    GTask *task;

    task = start_loading (self, IDENTITY_IMEI, callback, user_data);
    if (task)
        iface_modem_parent->load_equipment_identifier (self,
                                                       (GAsyncReadyCallback) parent_load_equipment_identifier_ready,
                                                       task);
}

static void
parent_load_imei_ready (MMIfaceModem3gpp *self,
                        GAsyncResult     *res,
                        GTask            *task)
{
    if (!return_string (task, iface_modem_3gpp_parent->load_imei_finish (self, res, NULL)))
        load_from_ati (task, IDENTITY_IMEI);
}

static void
load_imei (MMIfaceModem3gpp    *self,
           GAsyncReadyCallback  callback,
           gpointer             user_data)
{
    GTask *task;

    task = start_loading (self, IDENTITY_IMEI, callback, user_data);
    if (task)
        iface_modem_3gpp_parent->load_imei (self,
                                            (GAsyncReadyCallback) parent_load_imei_ready,
                                            task);
}

/*****************************************************************************/
/* Signal quality (Modem interface) */

static void
hcsq_received (MMBroadbandModemTdtech *self,
               const gchar            *line)
{
    MMModemAccessTechnology act;
    MMModemState            state = MM_MODEM_STATE_UNKNOWN;

    if (!mm_tdtech_parse_hcsq (line, &act, &self->hcsq_quality))
        return;

    /* Ignore unsolicited signal reports while disabled */
    g_object_get (self, MM_IFACE_MODEM_STATE, &state, NULL);
    if (state >= MM_MODEM_STATE_ENABLED)
        mm_iface_modem_update_signal_quality (MM_IFACE_MODEM (self), self->hcsq_quality);
}

static guint
load_signal_quality_finish (MMIfaceModem  *self,
                            GAsyncResult  *res,
                            GError       **error)
{
    gssize value;

    value = g_task_propagate_int (G_TASK (res), error);
    return value < 0 ? 0 : (guint) value;
}

static void
parent_load_signal_quality_ready (MMIfaceModem *self,
                                  GAsyncResult *res,
                                  GTask        *task)
{
    GError *error = NULL;
    guint   quality;

    quality = iface_modem_parent->load_signal_quality_finish (self, res, &error);
    if (error)
        g_task_return_error (task, error);
    else
        g_task_return_int (task, quality);
    g_object_unref (task);
}

static void
hcsq_query_ready (MMBaseModem  *modem,
                  GAsyncResult *res,
                  GTask        *task)
{
    MMBroadbandModemTdtech *self = MM_BROADBAND_MODEM_TDTECH (modem);

    /* hcsq_received () has parsed the line already */
    if (mm_base_modem_at_command_finish (modem, res, NULL) && self->hcsq_quality != HCSQ_NONE) {
        g_task_return_int (task, self->hcsq_quality);
        g_object_unref (task);
        return;
    }

    iface_modem_parent->load_signal_quality (MM_IFACE_MODEM (self),
                                             (GAsyncReadyCallback) parent_load_signal_quality_ready,
                                             task);
}

static void
load_signal_quality (MMIfaceModem        *self,
                     GAsyncReadyCallback  callback,
                     gpointer             user_data)
{
    MM_BROADBAND_MODEM_TDTECH (self)->hcsq_quality = HCSQ_NONE;
    mm_base_modem_at_command (MM_BASE_MODEM (self), "^HCSQ?", 3, FALSE,
                              (GAsyncReadyCallback) hcsq_query_ready,
                              g_task_new (self, NULL, callback, user_data));
}

/*****************************************************************************/
/* Access technologies (Modem interface) */

static gboolean
load_access_technologies_finish (MMIfaceModem             *self,
                                 GAsyncResult             *res,
                                 MMModemAccessTechnology  *access_technologies,
                                 guint                    *mask,
                                 GError                  **error)
{
    gssize value;

    value = g_task_propagate_int (G_TASK (res), error);
    if (value < 0)
        return FALSE;
    *access_technologies = (MMModemAccessTechnology) value;
    *mask = MM_MODEM_ACCESS_TECHNOLOGY_ANY;
    return TRUE;
}

static void
sysinfoex_ready (MMBaseModem  *self,
                 GAsyncResult *res,
                 GTask        *task)
{
    GError                  *error = NULL;
    const gchar             *response;
    MMModemAccessTechnology  act;

    response = mm_base_modem_at_command_finish (self, res, &error);
    if (!response) {
        g_task_return_error (task, error);
        g_object_unref (task);
        return;
    }

    act = mm_tdtech_parse_sysinfoex (response);
    if (act == MM_MODEM_ACCESS_TECHNOLOGY_UNKNOWN)
        g_task_return_new_error (task, MM_CORE_ERROR, MM_CORE_ERROR_FAILED,
                                 "The module does not report the access technology");
    else
        g_task_return_int (task, act);
    g_object_unref (task);
}

static void
load_access_technologies (MMIfaceModem        *self,
                          GAsyncReadyCallback  callback,
                          gpointer             user_data)
{
    mm_base_modem_at_command (MM_BASE_MODEM (self), "^SYSINFOEX", 3, FALSE,
                              (GAsyncReadyCallback) sysinfoex_ready,
                              g_task_new (self, NULL, callback, user_data));
}

/*****************************************************************************/
/* Bearers (Modem interface) */

static MMBaseBearer *
create_bearer_finish (MMIfaceModem  *self,
                      GAsyncResult  *res,
                      GError       **error)
{
    return g_task_propagate_pointer (G_TASK (res), error);
}

static void
broadband_bearer_tdtech_new_ready (GObject      *source,
                                   GAsyncResult *res,
                                   GTask        *task)
{
    MMBaseBearer *bearer;
    GError       *error = NULL;

    bearer = mm_broadband_bearer_tdtech_new_finish (res, &error);
    if (bearer)
        g_task_return_pointer (task, bearer, g_object_unref);
    else
        g_task_return_error (task, error);
    g_object_unref (task);
}

static gboolean
check_data_port (MMBaseModem  *self,
                 GError      **error)
{
    if (mm_tdtech_has_data_port (self))
        return TRUE;
    g_set_error (error, MM_CORE_ERROR, MM_CORE_ERROR_UNSUPPORTED,
                 "The module has neither a network port on USB nor a port for PPP: "
                 "its data may go over its Ethernet port (^SETMODE, ^SETAUTODIAL)");
    return FALSE;
}

static void
create_bearer (MMIfaceModem        *self,
               MMBearerProperties  *properties,
               GAsyncReadyCallback  callback,
               gpointer             user_data)
{
    GTask  *task;
    GError *error = NULL;

    task = g_task_new (self, NULL, callback, user_data);

    if (!check_data_port (MM_BASE_MODEM (self), &error) ||
        !mm_broadband_bearer_tdtech_check_config (properties, &error)) {
        g_task_return_error (task, error);
        g_object_unref (task);
        return;
    }

    mm_obj_dbg (self, "creating TD Tech broadband bearer...");
    mm_broadband_bearer_tdtech_new (MM_BROADBAND_MODEM (self),
                                    properties,
                                    NULL, /* cancellable */
                                    (GAsyncReadyCallback) broadband_bearer_tdtech_new_ready,
                                    task);
}

/*****************************************************************************/
/* Data session lines */

static void
report_ndisstat (MMBaseBearer           *bearer,
                 const MMTdtechNdisstat *ndisstat)
{
    if (MM_IS_BROADBAND_BEARER_TDTECH (bearer))
        mm_broadband_bearer_tdtech_report_ndisstat (MM_BROADBAND_BEARER_TDTECH (bearer), ndisstat);
}

static void
ndisstat_received (MMBroadbandModemTdtech *self,
                   const gchar            *line)
{
    g_autoptr(MMBearerList) list = NULL;
    MMTdtechNdisstat        ndisstat;

    if (!mm_tdtech_parse_ndisstat (line, &ndisstat, NULL))
        return;

    g_object_get (self, MM_IFACE_MODEM_BEARER_LIST, &list, NULL);
    if (list)
        mm_bearer_list_foreach (list, (MMBearerListForeachFunc) report_ndisstat, &ndisstat);
    /* It may be the module's auto-dial session, and an upgrade may be waiting for its end */
    if (ndisstat.state == MM_TDTECH_NDIS_DISCONNECTED)
        mm_shared_tdtech_condition_changed (MM_BASE_MODEM (self));
}

static void
check_bearer (MMBaseBearer *bearer,
              gpointer      unused)
{
    if (MM_IS_BROADBAND_BEARER_TDTECH (bearer))
        mm_broadband_bearer_tdtech_check (MM_BROADBAND_BEARER_TDTECH (bearer));
}

static void
dend_received (MMBroadbandModemTdtech *self,
               const gchar            *line)
{
    g_autoptr(MMBearerList) list = NULL;

    /* It does not say which session ended */
    g_object_get (self, MM_IFACE_MODEM_BEARER_LIST, &list, NULL);
    if (list)
        mm_bearer_list_foreach (list, check_bearer, NULL);
}

/*****************************************************************************/
/* Lines for the modem, as the table in mm-tdtech-lines.c assigns them */

static void
line_received (MMBaseModem        *modem,
               const MMTdtechLine *known,
               const gchar        *line)
{
    static const struct {
        const gchar *name;
        void      (* received) (MMBroadbandModemTdtech *self,
                                const gchar            *line);
    } handlers[] = {
        { "^DEND",     dend_received },
        { "^HCSQ",     hcsq_received },
        { "^NDISSTAT", ndisstat_received },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (handlers); i++) {
        if (g_str_equal (handlers[i].name, known->name))
            handlers[i].received (MM_BROADBAND_MODEM_TDTECH (modem), line);
    }
}

/*****************************************************************************/
/* Registration lines (3GPP interface) */

static void
set_registration_lines_enabled (MMBaseModem *self,
                                gboolean     enabled)
{
    MMPortSerialAt *ports[2];
    GPtrArray      *regexes;
    guint           i;
    guint           j;

    ports[0] = mm_base_modem_peek_port_primary (self);
    ports[1] = mm_base_modem_peek_port_secondary (self);
    regexes = mm_3gpp_creg_regex_get (FALSE);
    for (i = 0; i < G_N_ELEMENTS (ports); i++) {
        if (!ports[i])
            continue;
        for (j = 0; j < regexes->len; j++)
            mm_port_serial_at_enable_unsolicited_msg_handler (ports[i], g_ptr_array_index (regexes, j), enabled);
    }
    mm_3gpp_creg_regex_destroy (regexes);
}

static gboolean
run_registration_checks_finish (MMIfaceModem3gpp  *self,
                                GAsyncResult      *res,
                                GError           **error)
{
    return g_task_propagate_boolean (G_TASK (res), error);
}

static void
parent_run_registration_checks_ready (MMIfaceModem3gpp *self,
                                      GAsyncResult     *res,
                                      GTask            *task)
{
    GError *error = NULL;

    mm_shared_tdtech_set_checking_registration (MM_BASE_MODEM (self), FALSE);
    if (iface_modem_3gpp_parent->run_registration_checks_finish (self, res, &error))
        g_task_return_boolean (task, TRUE);
    else
        g_task_return_error (task, error);
    g_object_unref (task);
}

static void
run_registration_checks (MMIfaceModem3gpp    *self,
                         gboolean             is_cs_supported,
                         gboolean             is_ps_supported,
                         gboolean             is_eps_supported,
                         gboolean             is_5gs_supported,
                         GAsyncReadyCallback  callback,
                         gpointer             user_data)
{
    mm_shared_tdtech_set_checking_registration (MM_BASE_MODEM (self), TRUE);
    iface_modem_3gpp_parent->run_registration_checks (
        self, is_cs_supported, is_ps_supported, is_eps_supported, is_5gs_supported,
        (GAsyncReadyCallback) parent_run_registration_checks_ready,
        g_task_new (self, NULL, callback, user_data));
}

static gboolean
cleanup_unsolicited_registration_events_finish (MMIfaceModem3gpp  *self,
                                                GAsyncResult      *res,
                                                GError           **error)
{
    return g_task_propagate_boolean (G_TASK (res), error);
}

static void
parent_cleanup_unsolicited_registration_events_ready (MMIfaceModem3gpp *self,
                                                      GAsyncResult     *res,
                                                      GTask            *task)
{
    GError *error = NULL;

    if (iface_modem_3gpp_parent->cleanup_unsolicited_registration_events_finish (self, res, &error)) {
        set_registration_lines_enabled (MM_BASE_MODEM (self), FALSE);
        g_task_return_boolean (task, TRUE);
    } else
        g_task_return_error (task, error);
    g_object_unref (task);
}

static void
cleanup_unsolicited_registration_events (MMIfaceModem3gpp    *self,
                                         GAsyncReadyCallback  callback,
                                         gpointer             user_data)
{
    iface_modem_3gpp_parent->cleanup_unsolicited_registration_events (
        self,
        (GAsyncReadyCallback) parent_cleanup_unsolicited_registration_events_ready,
        g_task_new (self, NULL, callback, user_data));
}

static gboolean
enable_unsolicited_registration_events_finish (MMIfaceModem3gpp  *self,
                                               GAsyncResult      *res,
                                               GError           **error)
{
    return g_task_propagate_boolean (G_TASK (res), error);
}

static void
c5greg_ready (MMBaseModem  *self,
              GAsyncResult *res,
              GTask        *task)
{
    g_autoptr(GError) error = NULL;

    /* ModemManager polls the state anyway */
    if (!mm_base_modem_at_command_finish (self, res, &error))
        mm_obj_dbg (self, "couldn't enable unsolicited 5GS registration lines: %s", error->message);
    g_task_return_boolean (task, TRUE);
    g_object_unref (task);
}

static void
parent_enable_unsolicited_registration_events_ready (MMIfaceModem3gpp *self,
                                                     GAsyncResult     *res,
                                                     GTask            *task)
{
    GError *error = NULL;

    if (!iface_modem_3gpp_parent->enable_unsolicited_registration_events_finish (self, res, &error)) {
        g_task_return_error (task, error);
        g_object_unref (task);
        return;
    }

    mm_base_modem_at_command (MM_BASE_MODEM (self), "+C5GREG=2", 3, FALSE,
                              (GAsyncReadyCallback) c5greg_ready, task);
}

static void
enable_unsolicited_registration_events (MMIfaceModem3gpp    *self,
                                        gboolean             cs_supported,
                                        gboolean             ps_supported,
                                        gboolean             eps_supported,
                                        GAsyncReadyCallback  callback,
                                        gpointer             user_data)
{
    /* The generic modem enables +CREG, +CGREG and +CEREG, but not +C5GREG */
    iface_modem_3gpp_parent->enable_unsolicited_registration_events (
        self, cs_supported, ps_supported, eps_supported,
        (GAsyncReadyCallback) parent_enable_unsolicited_registration_events_ready,
        g_task_new (self, NULL, callback, user_data));
}

/*****************************************************************************/
/* Setup ports (Broadband modem class) */

static void
setup_ports (MMBroadbandModem *self)
{
    mm_shared_tdtech_set_line_func (MM_BASE_MODEM (self), line_received);
    mm_shared_tdtech_setup_ports (self);

    /* Nothing handles unsolicited registration lines until the modem is enabled; with the handlers
     * on, answers to queries would be removed as unsolicited */
    set_registration_lines_enabled (MM_BASE_MODEM (self), FALSE);
}

/*****************************************************************************/
/* Modem initialization when enabling (Broadband modem class) */

static gboolean
enabling_modem_init_finish (MMBroadbandModem  *self,
                            GAsyncResult      *res,
                            GError           **error)
{
    return g_task_propagate_boolean (G_TASK (res), error);
}

static void
enabling_modem_init (MMBroadbandModem    *self,
                     GAsyncReadyCallback  callback,
                     gpointer             user_data)
{
    g_autoptr(GTask) task = NULL;

    /* The generic modem sends ATZ; if that fails, the modem stays disabled. The port's
     * initialization sequence has already done what is needed. */
    task = g_task_new (self, NULL, callback, user_data);
    g_task_return_boolean (task, TRUE);
}

/*****************************************************************************/

static void
finalize (GObject *object)
{
    g_clear_pointer (&MM_BROADBAND_MODEM_TDTECH (object)->identity, mm_tdtech_identity_free);

    G_OBJECT_CLASS (mm_broadband_modem_tdtech_parent_class)->finalize (object);
}

static void
mm_broadband_modem_tdtech_init (MMBroadbandModemTdtech *self)
{
    self->hcsq_quality = HCSQ_NONE;
}

static void
iface_modem_init (MMIfaceModemInterface *iface)
{
    iface_modem_parent = g_type_interface_peek_parent (iface);

    iface->load_current_capabilities = load_current_capabilities;
    iface->load_current_capabilities_finish = load_current_capabilities_finish;
    iface->load_supported_modes = load_supported_modes;
    iface->load_supported_modes_finish = load_supported_modes_finish;
    iface->load_manufacturer = load_manufacturer;
    iface->load_manufacturer_finish = (gpointer) load_string_finish;
    iface->load_model = load_model;
    iface->load_model_finish = (gpointer) load_string_finish;
    iface->load_revision = load_revision;
    iface->load_revision_finish = (gpointer) load_string_finish;
    iface->load_equipment_identifier = load_equipment_identifier;
    iface->load_equipment_identifier_finish = (gpointer) load_string_finish;
    iface->load_signal_quality = load_signal_quality;
    iface->load_signal_quality_finish = load_signal_quality_finish;
    iface->load_access_technologies = load_access_technologies;
    iface->load_access_technologies_finish = load_access_technologies_finish;
    iface->create_bearer = create_bearer;
    iface->create_bearer_finish = create_bearer_finish;

    mm_tdtech_deferred_properties_iface_modem_init (iface);
}

static void
iface_modem_3gpp_init (MMIfaceModem3gppInterface *iface)
{
    iface_modem_3gpp_parent = g_type_interface_peek_parent (iface);

    iface->load_imei = load_imei;
    iface->load_imei_finish = (gpointer) load_string_finish;
    iface->cleanup_unsolicited_registration_events = cleanup_unsolicited_registration_events;
    iface->cleanup_unsolicited_registration_events_finish = cleanup_unsolicited_registration_events_finish;
    iface->enable_unsolicited_registration_events = enable_unsolicited_registration_events;
    iface->enable_unsolicited_registration_events_finish = enable_unsolicited_registration_events_finish;
    iface->run_registration_checks = run_registration_checks;
    iface->run_registration_checks_finish = run_registration_checks_finish;

    mm_tdtech_deferred_properties_iface_modem_3gpp_init (iface);
}

static void
mm_broadband_modem_tdtech_class_init (MMBroadbandModemTdtechClass *klass)
{
    MMBroadbandModemClass *broadband_modem_class = MM_BROADBAND_MODEM_CLASS (klass);

    mm_shared_tdtech_class_init (broadband_modem_class, PROP_FOTA);
    G_OBJECT_CLASS (klass)->finalize = finalize;

    broadband_modem_class->setup_ports = setup_ports;
    broadband_modem_class->enabling_modem_init = enabling_modem_init;
    broadband_modem_class->enabling_modem_init_finish = enabling_modem_init_finish;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MM_IFACE_MODEM_3GPP_H
#define MM_IFACE_MODEM_3GPP_H

#include <glib-object.h>
#include <gio/gio.h>
#define _LIBMM_INSIDE_MM
#include <libmm-glib.h>

#include "mm-daemon-slot.h"
#include "mm-daemon-series.h"

#define MM_TYPE_IFACE_MODEM_3GPP (mm_iface_modem_3gpp_get_type ())
#define MM_IFACE_MODEM_3GPP(obj) (G_TYPE_CHECK_INSTANCE_CAST ((obj), MM_TYPE_IFACE_MODEM_3GPP, MMIfaceModem3gpp))
#define MM_IS_IFACE_MODEM_3GPP(obj) (G_TYPE_CHECK_INSTANCE_TYPE ((obj), MM_TYPE_IFACE_MODEM_3GPP))
#define MM_IFACE_MODEM_3GPP_GET_IFACE(obj) (G_TYPE_INSTANCE_GET_INTERFACE ((obj), MM_TYPE_IFACE_MODEM_3GPP, MMIfaceModem3gppInterface))

#define MM_IFACE_MODEM_3GPP_DBUS_SKELETON         "iface-modem-3gpp-dbus-skeleton"
#define MM_IFACE_MODEM_3GPP_REGISTRATION_STATE    "iface-modem-3gpp-registration-state"
#define MM_IFACE_MODEM_3GPP_CS_NETWORK_SUPPORTED  "iface-modem-3gpp-cs-network-supported"
#define MM_IFACE_MODEM_3GPP_PS_NETWORK_SUPPORTED  "iface-modem-3gpp-ps-network-supported"
#define MM_IFACE_MODEM_3GPP_EPS_NETWORK_SUPPORTED "iface-modem-3gpp-eps-network-supported"
#define MM_IFACE_MODEM_3GPP_5GS_NETWORK_SUPPORTED "iface-modem-3gpp-5gs-network-supported"

typedef struct _MMIfaceModem3gpp MMIfaceModem3gpp;
/* Up to 1.22 the daemon itself calls this structure MMIfaceModem3gpp */
typedef struct _MMIfaceModem3gppInterface MMIfaceModem3gppInterface;

struct _MMIfaceModem3gppInterface {
    GTypeInterface g_iface;

    void (* load_imei) (MMIfaceModem3gpp *self,
                        GAsyncReadyCallback callback,
                        gpointer user_data);
    gchar * (* load_imei_finish) (MMIfaceModem3gpp *self,
                                  GAsyncResult *res,
                                  GError **error);
    void (* load_enabled_facility_locks) (MMIfaceModem3gpp *self,
                                          GAsyncReadyCallback callback,
                                          gpointer user_data);
    MMModem3gppFacility (* load_enabled_facility_locks_finish) (MMIfaceModem3gpp *self,
                                                                GAsyncResult *res,
                                                                GError **error);
    void (* load_eps_ue_mode_operation) (MMIfaceModem3gpp *self,
                                         GAsyncReadyCallback callback,
                                         gpointer user_data);
    MMModem3gppEpsUeModeOperation (* load_eps_ue_mode_operation_finish) (MMIfaceModem3gpp *self,
                                                                         GAsyncResult *res,
                                                                         GError **error);
    void (* setup_unsolicited_events) (MMIfaceModem3gpp *self,
                                       GAsyncReadyCallback callback,
                                       gpointer user_data);
    gboolean (* setup_unsolicited_events_finish) (MMIfaceModem3gpp *self,
                                                  GAsyncResult *res,
                                                  GError **error);
    void (* enable_unsolicited_events) (MMIfaceModem3gpp *self,
                                        GAsyncReadyCallback callback,
                                        gpointer user_data);
    gboolean (* enable_unsolicited_events_finish) (MMIfaceModem3gpp *self,
                                                   GAsyncResult *res,
                                                   GError **error);
    void (* cleanup_unsolicited_events) (MMIfaceModem3gpp *self,
                                         GAsyncReadyCallback callback,
                                         gpointer user_data);
    gboolean (* cleanup_unsolicited_events_finish) (MMIfaceModem3gpp *self,
                                                    GAsyncResult *res,
                                                    GError **error);
    void (* disable_unsolicited_events) (MMIfaceModem3gpp *self,
                                         GAsyncReadyCallback callback,
                                         gpointer user_data);
    gboolean (* disable_unsolicited_events_finish) (MMIfaceModem3gpp *self,
                                                    GAsyncResult *res,
                                                    GError **error);
    void (* setup_unsolicited_registration_events) (MMIfaceModem3gpp *self,
                                                    GAsyncReadyCallback callback,
                                                    gpointer user_data);
    gboolean (* setup_unsolicited_registration_events_finish) (MMIfaceModem3gpp *self,
                                                               GAsyncResult *res,
                                                               GError **error);
    void (* enable_unsolicited_registration_events) (MMIfaceModem3gpp *self,
                                                     gboolean cs_supported,
                                                     gboolean ps_supported,
                                                     gboolean eps_supported,
                                                     GAsyncReadyCallback callback,
                                                     gpointer user_data);
    gboolean (* enable_unsolicited_registration_events_finish) (MMIfaceModem3gpp *self,
                                                                GAsyncResult *res,
                                                                GError **error);
    void (* cleanup_unsolicited_registration_events) (MMIfaceModem3gpp *self,
                                                      GAsyncReadyCallback callback,
                                                      gpointer user_data);
    gboolean (* cleanup_unsolicited_registration_events_finish) (MMIfaceModem3gpp *self,
                                                                 GAsyncResult *res,
                                                                 GError **error);
    void (* disable_unsolicited_registration_events) (MMIfaceModem3gpp *self,
                                                      gboolean cs_supported,
                                                      gboolean ps_supported,
                                                      gboolean eps_supported,
                                                      GAsyncReadyCallback callback,
                                                      gpointer user_data);
    gboolean (* disable_unsolicited_registration_events_finish) (MMIfaceModem3gpp *self,
                                                                 GAsyncResult *res,
                                                                 GError **error);
    MMDaemonSlot load_initial_eps_bearer;
    MMDaemonSlot load_initial_eps_bearer_finish;
    MMDaemonSlot load_initial_eps_bearer_settings;
    MMDaemonSlot load_initial_eps_bearer_settings_finish;
    MMDaemonSlot load_nr5g_registration_settings;
    MMDaemonSlot load_nr5g_registration_settings_finish;
    MMDaemonSlot create_initial_eps_bearer;
    void (* run_registration_checks) (MMIfaceModem3gpp *self,
                                      gboolean is_cs_supported,
                                      gboolean is_ps_supported,
                                      gboolean is_eps_supported,
                                      gboolean is_5gs_supported,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data);
    gboolean (* run_registration_checks_finish) (MMIfaceModem3gpp *self,
                                                 GAsyncResult *res,
                                                 GError **error);
    MMDaemonSlot register_in_network;
    MMDaemonSlot register_in_network_finish;
    MMDaemonSlot load_operator_code;
    MMDaemonSlot load_operator_code_finish;
    MMDaemonSlot load_operator_name;
    MMDaemonSlot load_operator_name_finish;
    MMDaemonSlot scan_networks;
    MMDaemonSlot scan_networks_finish;
    MMDaemonSlot set_eps_ue_mode_operation;
    MMDaemonSlot set_eps_ue_mode_operation_finish;
    MMDaemonSlot set_initial_eps_bearer_settings;
    MMDaemonSlot set_initial_eps_bearer_settings_finish;
    MMDaemonSlot disable_facility_lock;
    MMDaemonSlot disable_facility_lock_finish;
    MMDaemonSlot set_packet_service_state;
    MMDaemonSlot set_packet_service_state_finish;
    MMDaemonSlot set_nr5g_registration_settings;
    MMDaemonSlot set_nr5g_registration_settings_finish;
#if MM_DAEMON_SERIES >= 12200
    MMDaemonSlot set_carrier_lock;
    MMDaemonSlot set_carrier_lock_finish;
#endif
};

GType mm_iface_modem_3gpp_get_type (void);

void mm_iface_modem_3gpp_update_access_technologies (MMIfaceModem3gpp        *self,
                                                     MMModemAccessTechnology  access_tech);

#endif /* MM_IFACE_MODEM_3GPP_H */

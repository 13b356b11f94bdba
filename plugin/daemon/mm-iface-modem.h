/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MM_IFACE_MODEM_H
#define MM_IFACE_MODEM_H

#include <glib-object.h>
#include <gio/gio.h>
#define _LIBMM_INSIDE_MM
#include <libmm-glib.h>

#include "mm-base-bearer.h"
#include "mm-base-sim.h"
#include "mm-daemon-slot.h"
#include "mm-daemon-series.h"

#define MM_TYPE_IFACE_MODEM (mm_iface_modem_get_type ())
#define MM_IFACE_MODEM(obj) (G_TYPE_CHECK_INSTANCE_CAST ((obj), MM_TYPE_IFACE_MODEM, MMIfaceModem))
#define MM_IS_IFACE_MODEM(obj) (G_TYPE_CHECK_INSTANCE_TYPE ((obj), MM_TYPE_IFACE_MODEM))
#define MM_IFACE_MODEM_GET_IFACE(obj) (G_TYPE_INSTANCE_GET_INTERFACE ((obj), MM_TYPE_IFACE_MODEM, MMIfaceModemInterface))

#define MM_IFACE_MODEM_DBUS_SKELETON "iface-modem-dbus-skeleton"
#define MM_IFACE_MODEM_STATE         "iface-modem-state"
#define MM_IFACE_MODEM_SIM           "iface-modem-sim"
#define MM_IFACE_MODEM_BEARER_LIST   "iface-modem-bearer-list"

typedef struct _MMIfaceModem MMIfaceModem;
/* Up to 1.22 the daemon itself calls this structure MMIfaceModem */
typedef struct _MMIfaceModemInterface MMIfaceModemInterface;

struct _MMIfaceModemInterface {
    GTypeInterface g_iface;

    void (* load_supported_capabilities) (MMIfaceModem *self,
                                          GAsyncReadyCallback callback,
                                          gpointer user_data);
    GArray * (* load_supported_capabilities_finish) (MMIfaceModem *self,
                                                     GAsyncResult *res,
                                                     GError **error);
    void (* load_current_capabilities) (MMIfaceModem *self,
                                        GAsyncReadyCallback callback,
                                        gpointer user_data);
    MMModemCapability (* load_current_capabilities_finish) (MMIfaceModem *self,
                                                            GAsyncResult *res,
                                                            GError **error);
    void (* load_manufacturer) (MMIfaceModem *self,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
    gchar * (* load_manufacturer_finish) (MMIfaceModem *self,
                                          GAsyncResult *res,
                                          GError **error);
    void (* load_model) (MMIfaceModem *self,
                         GAsyncReadyCallback callback,
                         gpointer user_data);
    gchar * (* load_model_finish) (MMIfaceModem *self,
                                   GAsyncResult *res,
                                   GError **error);
    void (* load_revision) (MMIfaceModem *self,
                            GAsyncReadyCallback callback,
                            gpointer user_data);
    gchar * (* load_revision_finish) (MMIfaceModem *self,
                                      GAsyncResult *res,
                                      GError **error);
    void (* load_hardware_revision) (MMIfaceModem *self,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data);
    gchar * (* load_hardware_revision_finish) (MMIfaceModem *self,
                                               GAsyncResult *res,
                                               GError **error);
    void (* load_equipment_identifier) (MMIfaceModem *self,
                                        GAsyncReadyCallback callback,
                                        gpointer user_data);
    gchar * (* load_equipment_identifier_finish) (MMIfaceModem *self,
                                                  GAsyncResult *res,
                                                  GError **error);
    MMDaemonSlot load_device_identifier;
    MMDaemonSlot load_device_identifier_finish;
    void (* load_own_numbers) (MMIfaceModem *self,
                               GAsyncReadyCallback callback,
                               gpointer user_data);
    GStrv (* load_own_numbers_finish) (MMIfaceModem *self,
                                       GAsyncResult *res,
                                       GError **error);
    MMDaemonSlot load_unlock_required;
    MMModemLock (* load_unlock_required_finish) (MMIfaceModem *self,
                                                 GAsyncResult *res,
                                                 GError **error);
    void (* load_unlock_retries) (MMIfaceModem *self,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data);
    MMUnlockRetries * (* load_unlock_retries_finish) (MMIfaceModem *self,
                                                      GAsyncResult *res,
                                                      GError **error);
    void (* load_supported_modes) (MMIfaceModem *self,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
    GArray * (* load_supported_modes_finish) (MMIfaceModem *self,
                                              GAsyncResult *res,
                                              GError **error);
    void (* load_current_modes) (MMIfaceModem *self,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
    gboolean (* load_current_modes_finish) (MMIfaceModem *self,
                                            GAsyncResult *res,
                                            MMModemMode *allowed,
                                            MMModemMode *preferred,
                                            GError **error);
    MMDaemonSlot load_supported_bands;
    MMDaemonSlot load_supported_bands_finish;
    MMDaemonSlot load_current_bands;
    MMDaemonSlot load_current_bands_finish;
    MMDaemonSlot load_supported_ip_families;
    MMDaemonSlot load_supported_ip_families_finish;
    void (* load_power_state) (MMIfaceModem *self,
                               GAsyncReadyCallback callback,
                               gpointer user_data);
    MMModemPowerState (* load_power_state_finish) (MMIfaceModem *self,
                                                   GAsyncResult *res,
                                                   GError **error);
    void (* load_signal_quality) (MMIfaceModem *self,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data);
    guint (* load_signal_quality_finish) (MMIfaceModem *self,
                                          GAsyncResult *res,
                                          GError **error);
    void (* load_access_technologies) (MMIfaceModem *self,
                                       GAsyncReadyCallback callback,
                                       gpointer user_data);
    gboolean (* load_access_technologies_finish) (MMIfaceModem *self,
                                                  GAsyncResult *res,
                                                  MMModemAccessTechnology *access_technologies,
                                                  guint *mask,
                                                  GError **error);
    void (* reset) (MMIfaceModem *self,
                    GAsyncReadyCallback callback,
                    gpointer user_data);
    gboolean (* reset_finish) (MMIfaceModem *self,
                               GAsyncResult *res,
                               GError **error);
    MMDaemonSlot factory_reset;
    MMDaemonSlot factory_reset_finish;
    MMDaemonSlot command;
    MMDaemonSlot command_finish;
    MMDaemonSlot set_current_capabilities;
    MMDaemonSlot set_current_capabilities_finish;
    MMDaemonSlot set_current_bands;
    MMDaemonSlot set_current_bands_finish;
    MMDaemonSlot set_current_modes;
    MMDaemonSlot set_current_modes_finish;
    MMDaemonSlot modem_after_sim_unlock;
    MMDaemonSlot modem_after_sim_unlock_finish;
    MMDaemonSlot modem_power_up;
    MMDaemonSlot modem_power_up_finish;
    MMDaemonSlot modem_after_power_up;
    MMDaemonSlot modem_after_power_up_finish;
    MMDaemonSlot check_for_sim_swap;
    MMDaemonSlot check_for_sim_swap_finish;
#if MM_DAEMON_SERIES >= 12304
    MMDaemonSlot check_basic_sim_details;
    MMDaemonSlot check_basic_sim_details_finish;
#endif
    MMDaemonSlot setup_flow_control;
    MMDaemonSlot setup_flow_control_finish;
    MMDaemonSlot load_supported_charsets;
    MMDaemonSlot load_supported_charsets_finish;
    MMDaemonSlot setup_charset;
    MMDaemonSlot setup_charset_finish;
    MMDaemonSlot modem_power_down;
    MMDaemonSlot modem_power_down_finish;
    MMDaemonSlot modem_power_off;
    MMDaemonSlot modem_power_off_finish;
    void (* create_sim) (MMIfaceModem *self,
                         GAsyncReadyCallback callback,
                         gpointer user_data);
    MMBaseSim * (* create_sim_finish) (MMIfaceModem *self,
                                       GAsyncResult *res,
                                       GError **error);
    MMDaemonSlot load_sim_slots;
    MMDaemonSlot load_sim_slots_finish;
    MMDaemonSlot set_primary_sim_slot;
    MMDaemonSlot set_primary_sim_slot_finish;
#if defined MM_DAEMON_GUARD_TEST_SLOT
    MMDaemonSlot misplaced;
#endif
    void (* create_bearer) (MMIfaceModem *self,
                            MMBearerProperties *properties,
                            GAsyncReadyCallback callback,
                            gpointer user_data);
    MMBaseBearer * (* create_bearer_finish) (MMIfaceModem *self,
                                             GAsyncResult *res,
                                             GError **error);
    MMDaemonSlot create_bearer_list;
    MMDaemonSlot setup_sim_hot_swap;
    MMDaemonSlot setup_sim_hot_swap_finish;
    MMDaemonSlot cleanup_sim_hot_swap;
    MMDaemonSlot load_carrier_config;
    MMDaemonSlot load_carrier_config_finish;
    MMDaemonSlot setup_carrier_config;
    MMDaemonSlot setup_carrier_config_finish;
    MMDaemonSlot get_cell_info;
    MMDaemonSlot get_cell_info_finish;
};

GType mm_iface_modem_get_type (void);

const gchar *mm_iface_modem_get_model               (MMIfaceModem            *self);
const gchar *mm_iface_modem_get_revision            (MMIfaceModem            *self);
void         mm_iface_modem_update_signal_quality   (MMIfaceModem            *self,
                                                     guint                    signal_quality);
void         mm_iface_modem_update_access_technologies (MMIfaceModem            *self,
                                                        MMModemAccessTechnology  access_tech,
                                                        guint32                  mask);
void         mm_iface_modem_update_own_numbers      (MMIfaceModem            *self,
                                                     const GStrv              own_numbers);
void         mm_iface_modem_refresh_signal          (MMIfaceModem            *self);

#endif /* MM_IFACE_MODEM_H */

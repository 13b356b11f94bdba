/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MM_IFACE_MODEM_3GPP_PROFILE_MANAGER_H
#define MM_IFACE_MODEM_3GPP_PROFILE_MANAGER_H

#include <glib-object.h>
#include <gio/gio.h>
#define _LIBMM_INSIDE_MM
#include <libmm-glib.h>

#include "mm-daemon-slot.h"
#include "mm-daemon-series.h"

#define MM_TYPE_IFACE_MODEM_3GPP_PROFILE_MANAGER (mm_iface_modem_3gpp_profile_manager_get_type ())

typedef struct _MMIfaceModem3gppProfileManager MMIfaceModem3gppProfileManager;
/* Up to 1.22 the daemon itself calls this structure MMIfaceModem3gppProfileManager */
typedef struct _MMIfaceModem3gppProfileManagerInterface MMIfaceModem3gppProfileManagerInterface;

struct _MMIfaceModem3gppProfileManagerInterface {
    GTypeInterface g_iface;

    MMDaemonSlot check_support;
    MMDaemonSlot check_support_finish;
    MMDaemonSlot setup_unsolicited_events;
    MMDaemonSlot setup_unsolicited_events_finish;
    MMDaemonSlot enable_unsolicited_events;
    MMDaemonSlot enable_unsolicited_events_finish;
    MMDaemonSlot disable_unsolicited_events;
    MMDaemonSlot disable_unsolicited_events_finish;
    MMDaemonSlot cleanup_unsolicited_events;
    MMDaemonSlot cleanup_unsolicited_events_finish;
    MMDaemonSlot get_profile;
    MMDaemonSlot get_profile_finish;
    void (* list_profiles) (MMIfaceModem3gppProfileManager *self,
                            GAsyncReadyCallback callback,
                            gpointer user_data);
    gboolean (* list_profiles_finish) (MMIfaceModem3gppProfileManager *self,
                                       GAsyncResult *res,
                                       GList **profiles,
                                       GError **error);
    void (* delete_profile) (MMIfaceModem3gppProfileManager *self,
                             MM3gppProfile *requested,
                             const gchar *index_field,
                             GAsyncReadyCallback callback,
                             gpointer user_data);
    gboolean (* delete_profile_finish) (MMIfaceModem3gppProfileManager *self,
                                        GAsyncResult *res,
                                        GError **error);
    void (* check_format) (MMIfaceModem3gppProfileManager *self,
                           MMBearerIpFamily family,
                           GAsyncReadyCallback callback,
                           gpointer user_data);
    gboolean (* check_format_finish) (MMIfaceModem3gppProfileManager *self,
                                      GAsyncResult *res,
                                      gboolean *new_id,
                                      gint *min_profile_id,
                                      gint *max_profile_id,
                                      GEqualFunc *apn_cmp,
                                      MM3gppProfileCmpFlags *profile_cmp_flags,
                                      GError **error);
    MMDaemonSlot check_activated_profile;
    MMDaemonSlot check_activated_profile_finish;
    void (* deactivate_profile) (MMIfaceModem3gppProfileManager *self,
                                 MM3gppProfile *requested,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
    gboolean (* deactivate_profile_finish) (MMIfaceModem3gppProfileManager *self,
                                            GAsyncResult *res,
                                            GError **error);
    void (* store_profile) (MMIfaceModem3gppProfileManager *self,
                            MM3gppProfile *requested,
                            const gchar *index_field,
                            GAsyncReadyCallback callback,
                            gpointer user_data);
    gboolean (* store_profile_finish) (MMIfaceModem3gppProfileManager *self,
                                       GAsyncResult *res,
                                       gint *out_profile_id,
                                       MMBearerApnType *out_apn_type,
                                       GError **error);
};

GType mm_iface_modem_3gpp_profile_manager_get_type (void);

#endif /* MM_IFACE_MODEM_3GPP_PROFILE_MANAGER_H */

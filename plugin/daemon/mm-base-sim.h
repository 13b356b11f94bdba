/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MM_BASE_SIM_H
#define MM_BASE_SIM_H

#include <gio/gio.h>
#define _LIBMM_INSIDE_MM
#include <libmm-glib.h>

#include "mm-daemon-slot.h"

#define MM_TYPE_BASE_SIM (mm_base_sim_get_type ())
#define MM_BASE_SIM(obj) (G_TYPE_CHECK_INSTANCE_CAST ((obj), MM_TYPE_BASE_SIM, MMBaseSim))
#define MM_BASE_SIM_GET_CLASS(obj) (G_TYPE_INSTANCE_GET_CLASS ((obj), MM_TYPE_BASE_SIM, MMBaseSimClass))

#define MM_BASE_SIM_MODEM "sim-modem"

typedef struct _MMBaseSim MMBaseSim;
typedef struct _MMBaseSimClass MMBaseSimClass;

struct _MMBaseSim {
    MmGdbusSimSkeleton parent;
    gpointer priv;
};

struct _MMBaseSimClass {
    MmGdbusSimSkeletonClass parent;

    MMDaemonSlot wait_sim_ready;
    MMDaemonSlot wait_sim_ready_finish;
    MMDaemonSlot load_sim_identifier;
    MMDaemonSlot load_sim_identifier_finish;
    MMDaemonSlot load_imsi;
    MMDaemonSlot load_imsi_finish;
    MMDaemonSlot load_eid;
    MMDaemonSlot load_eid_finish;
    MMDaemonSlot load_operator_identifier;
    MMDaemonSlot load_operator_identifier_finish;
    MMDaemonSlot load_operator_name;
    MMDaemonSlot load_operator_name_finish;
    MMDaemonSlot load_emergency_numbers;
    MMDaemonSlot load_emergency_numbers_finish;
    void         (* load_preferred_networks)        (MMBaseSim            *self,
                                                     GAsyncReadyCallback   callback,
                                                     gpointer              user_data);
    /* Of MMSimPreferredNetwork */
    GList *      (* load_preferred_networks_finish) (MMBaseSim            *self,
                                                     GAsyncResult         *res,
                                                     GError              **error);
    void         (* load_gid1)                      (MMBaseSim            *self,
                                                     GAsyncReadyCallback   callback,
                                                     gpointer              user_data);
    GByteArray * (* load_gid1_finish)               (MMBaseSim            *self,
                                                     GAsyncResult         *res,
                                                     GError              **error);
    void         (* load_gid2)                      (MMBaseSim            *self,
                                                     GAsyncReadyCallback   callback,
                                                     gpointer              user_data);
    GByteArray * (* load_gid2_finish)               (MMBaseSim            *self,
                                                     GAsyncResult         *res,
                                                     GError              **error);
    MMDaemonSlot load_sim_type;
    MMDaemonSlot load_sim_type_finish;
    MMDaemonSlot load_esim_status;
    MMDaemonSlot load_esim_status_finish;
    MMDaemonSlot load_removability;
    MMDaemonSlot load_removability_finish;
    MMDaemonSlot change_pin;
    MMDaemonSlot change_pin_finish;
    MMDaemonSlot enable_pin;
    MMDaemonSlot enable_pin_finish;
    MMDaemonSlot send_pin;
    MMDaemonSlot send_pin_finish;
    MMDaemonSlot send_puk;
    MMDaemonSlot send_puk_finish;
    MMDaemonSlot pin_lock_enabled;
    MMDaemonSlot set_preferred_networks;
    MMDaemonSlot set_preferred_networks_finish;
};

GType mm_base_sim_get_type (void);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MMBaseSim, g_object_unref)

#endif /* MM_BASE_SIM_H */

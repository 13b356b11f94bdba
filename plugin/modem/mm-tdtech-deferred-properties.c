/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <ModemManager.h>
#define _LIBMM_INSIDE_MM
#include <libmm-glib.h>

#include "mm-base-sim.h"
#include "mm-daemon-compat.h"
#include "mm-log-object.h"

#include "mm-tdtech-deferred-properties.h"

static MMIfaceModemInterface     *iface_modem_parent;
static MMIfaceModem3gppInterface *iface_modem_3gpp_parent;

/*****************************************************************************/
/* Deferred properties, stored with the modem */

typedef enum {
    DEFERRED_UNLOCK_RETRIES = 1 << 0,
    DEFERRED_OWN_NUMBERS    = 1 << 1,
    DEFERRED_FACILITY_LOCKS = 1 << 2,
    DEFERRED_EPS_UE_MODE    = 1 << 3,
    DEFERRED_SIM            = 1 << 4,
} Deferred;

#define DEFERRED_TAG "tdtech-deferred-properties"
#define LOCK_TAG "tdtech-deferred-properties-lock"

static Deferred
get_deferred (gpointer self)
{
    return GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (self), DEFERRED_TAG));
}

static void
defer (gpointer self,
       Deferred which)
{
    g_object_set_data (G_OBJECT (self), DEFERRED_TAG, GUINT_TO_POINTER (get_deferred (self) | which));
}

/*****************************************************************************/
/* Deferring */

static MMModemLock
load_unlock_required_finish (MMIfaceModem  *self,
                             GAsyncResult  *res,
                             GError       **error)
{
    MMModemLock lock;

    lock = iface_modem_parent->load_unlock_required_finish (self, res, error);
    g_object_set_data (G_OBJECT (self), LOCK_TAG, GUINT_TO_POINTER (lock));
    return lock;
}

static MMUnlockRetries *
load_unlock_retries_finish (MMIfaceModem  *self,
                            GAsyncResult  *res,
                            GError       **error)
{
    if (g_async_result_is_tagged (res, defer))
        return g_task_propagate_pointer (G_TASK (res), error);
    return iface_modem_parent->load_unlock_retries_finish (self, res, error);
}

static void
load_unlock_retries (MMIfaceModem        *self,
                     GAsyncReadyCallback  callback,
                     gpointer             user_data)
{
    g_autoptr(GTask) task = NULL;
    MMModemState     state = MM_MODEM_STATE_UNKNOWN;

    /* Not deferred where a PIN may have to be entered, or was entered or changed just now */
    g_object_get (self, MM_IFACE_MODEM_STATE, &state, NULL);
    if (state > MM_MODEM_STATE_INITIALIZING ||
        GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (self), LOCK_TAG)) != MM_MODEM_LOCK_NONE) {
        iface_modem_parent->load_unlock_retries (self, callback, user_data);
        return;
    }

    defer (self, DEFERRED_UNLOCK_RETRIES);
    task = g_task_new (self, NULL, callback, user_data);
    g_task_set_source_tag (task, defer);
    g_task_return_pointer (task, mm_unlock_retries_new (), g_object_unref);
}

static GStrv
load_own_numbers_finish (MMIfaceModem  *self,
                         GAsyncResult  *res,
                         GError       **error)
{
    return g_task_propagate_pointer (G_TASK (res), error);
}

static void
load_own_numbers (MMIfaceModem        *self,
                  GAsyncReadyCallback  callback,
                  gpointer             user_data)
{
    g_autoptr(GTask) task = NULL;

    defer (self, DEFERRED_OWN_NUMBERS);
    task = g_task_new (self, NULL, callback, user_data);
    g_task_return_pointer (task, NULL, NULL);
}

static void
create_sim (MMIfaceModem        *self,
            GAsyncReadyCallback  callback,
            gpointer             user_data)
{
    g_autoptr(MMBaseSim) sim = NULL;

    defer (self, DEFERRED_SIM);
    sim = g_object_new (MM_TYPE_BASE_SIM,
                        MM_DAEMON_SIM_OF (self),
                        "active", TRUE,
                        NULL);
    g_async_initable_init_async (G_ASYNC_INITABLE (sim), G_PRIORITY_DEFAULT, NULL, callback, user_data);

    /* Loading starts with the SIM's identifier; a property that already has a value, even an
     * empty one, is skipped */
    mm_gdbus_sim_set_preferred_networks (MM_GDBUS_SIM (sim), g_variant_new ("a(su)", NULL));
    mm_gdbus_sim_set_gid1 (MM_GDBUS_SIM (sim), g_variant_new ("ay", NULL));
    mm_gdbus_sim_set_gid2 (MM_GDBUS_SIM (sim), g_variant_new ("ay", NULL));
}

static MMModem3gppFacility
load_enabled_facility_locks_finish (MMIfaceModem3gpp  *self,
                                    GAsyncResult      *res,
                                    GError           **error)
{
    return (MMModem3gppFacility) g_task_propagate_int (G_TASK (res), error);
}

static void
load_enabled_facility_locks (MMIfaceModem3gpp    *self,
                             GAsyncReadyCallback  callback,
                             gpointer             user_data)
{
    g_autoptr(GTask) task = NULL;

    defer (self, DEFERRED_FACILITY_LOCKS);
    task = g_task_new (self, NULL, callback, user_data);
    g_task_return_int (task, MM_MODEM_3GPP_FACILITY_NONE);
}

static MMModem3gppEpsUeModeOperation
load_eps_ue_mode_operation_finish (MMIfaceModem3gpp  *self,
                                   GAsyncResult      *res,
                                   GError           **error)
{
    return (MMModem3gppEpsUeModeOperation) g_task_propagate_int (G_TASK (res), error);
}

static void
load_eps_ue_mode_operation (MMIfaceModem3gpp    *self,
                            GAsyncReadyCallback  callback,
                            gpointer             user_data)
{
    g_autoptr(GTask) task = NULL;

    defer (self, DEFERRED_EPS_UE_MODE);
    task = g_task_new (self, NULL, callback, user_data);
    g_task_return_int (task, MM_MODEM_3GPP_EPS_UE_MODE_OPERATION_UNKNOWN);
}

/*****************************************************************************/
/* Loading, one after the other */

typedef struct {
    MMBaseModem *modem;
    gboolean  (* is_gone) (MMBaseModem *modem);
    /* NULL without one */
    MMBaseSim   *sim;
    Deferred     deferred;
    guint        step;
} LoadContext;

static void load_next (LoadContext *ctx);

static void
load_done (LoadContext *ctx,
           const gchar *what,
           GError      *error)
{
    if (error)
        mm_obj_dbg (ctx->modem, "couldn't load %s: %s", what, error->message);
    load_next (ctx);
}

static void
unlock_retries_ready (MMIfaceModem *modem,
                      GAsyncResult *res,
                      LoadContext  *ctx)
{
    g_autoptr(GObject)         skeleton = NULL;
    g_autoptr(MMUnlockRetries) retries = NULL;
    g_autoptr(GError)          error = NULL;

    g_object_get (modem, MM_IFACE_MODEM_DBUS_SKELETON, &skeleton, NULL);
    retries = iface_modem_parent->load_unlock_retries_finish (modem, res, &error);
    if (retries && skeleton) {
        g_autoptr(GVariant) dictionary = NULL;

        dictionary = mm_unlock_retries_get_dictionary (retries);
        mm_gdbus_modem_set_unlock_retries (MM_GDBUS_MODEM (skeleton), dictionary);
    }
    load_done (ctx, "unlock retries", error);
}

static void
load_deferred_unlock_retries (LoadContext *ctx)
{
    iface_modem_parent->load_unlock_retries (MM_IFACE_MODEM (ctx->modem),
                                             (GAsyncReadyCallback) unlock_retries_ready,
                                             ctx);
}

static void
own_numbers_ready (MMIfaceModem *modem,
                   GAsyncResult *res,
                   LoadContext  *ctx)
{
    g_auto(GStrv)     numbers = NULL;
    g_autoptr(GError) error = NULL;

    numbers = iface_modem_parent->load_own_numbers_finish (modem, res, &error);
    if (numbers)
        mm_iface_modem_update_own_numbers (modem, numbers);
    load_done (ctx, "own numbers", error);
}

static void
load_deferred_own_numbers (LoadContext *ctx)
{
    iface_modem_parent->load_own_numbers (MM_IFACE_MODEM (ctx->modem),
                                          (GAsyncReadyCallback) own_numbers_ready,
                                          ctx);
}

static void
facility_locks_ready (MMIfaceModem3gpp *modem,
                      GAsyncResult     *res,
                      LoadContext      *ctx)
{
    g_autoptr(GObject)  skeleton = NULL;
    g_autoptr(GError)   error = NULL;
    MMModem3gppFacility facilities;

    g_object_get (modem, MM_IFACE_MODEM_3GPP_DBUS_SKELETON, &skeleton, NULL);
    facilities = iface_modem_3gpp_parent->load_enabled_facility_locks_finish (modem, res, &error);
    if (!error && skeleton)
        mm_gdbus_modem3gpp_set_enabled_facility_locks (MM_GDBUS_MODEM3GPP (skeleton), facilities);
    load_done (ctx, "facility locks", error);
}

static void
load_deferred_facility_locks (LoadContext *ctx)
{
    iface_modem_3gpp_parent->load_enabled_facility_locks (MM_IFACE_MODEM_3GPP (ctx->modem),
                                                          (GAsyncReadyCallback) facility_locks_ready,
                                                          ctx);
}

static void
eps_ue_mode_ready (MMIfaceModem3gpp *modem,
                   GAsyncResult     *res,
                   LoadContext      *ctx)
{
    g_autoptr(GObject)            skeleton = NULL;
    g_autoptr(GError)             error = NULL;
    MMModem3gppEpsUeModeOperation mode;

    g_object_get (modem, MM_IFACE_MODEM_3GPP_DBUS_SKELETON, &skeleton, NULL);
    mode = iface_modem_3gpp_parent->load_eps_ue_mode_operation_finish (modem, res, &error);
    if (!error && skeleton)
        mm_gdbus_modem3gpp_set_eps_ue_mode_operation (MM_GDBUS_MODEM3GPP (skeleton), mode);
    load_done (ctx, "UE mode of operation for EPS", error);
}

static void
load_deferred_eps_ue_mode (LoadContext *ctx)
{
    iface_modem_3gpp_parent->load_eps_ue_mode_operation (MM_IFACE_MODEM_3GPP (ctx->modem),
                                                         (GAsyncReadyCallback) eps_ue_mode_ready,
                                                         ctx);
}

static void
preferred_networks_ready (MMBaseSim    *sim,
                          GAsyncResult *res,
                          LoadContext  *ctx)
{
    g_autoptr(GError)  error = NULL;
    GList             *networks;

    networks = MM_BASE_SIM_GET_CLASS (sim)->load_preferred_networks_finish (sim, res, &error);
    if (networks)
        mm_gdbus_sim_set_preferred_networks (MM_GDBUS_SIM (sim),
                                             mm_sim_preferred_network_list_get_variant (networks));
    g_list_free_full (networks, (GDestroyNotify) mm_sim_preferred_network_free);
    load_done (ctx, "list of preferred networks", error);
}

static void
load_deferred_preferred_networks (LoadContext *ctx)
{
    MM_BASE_SIM_GET_CLASS (ctx->sim)->load_preferred_networks (ctx->sim,
                                                               (GAsyncReadyCallback) preferred_networks_ready,
                                                               ctx);
}

static void
gid_ready (LoadContext  *ctx,
           GAsyncResult *res,
           const gchar  *what,
           GByteArray *(* load_finish) (MMBaseSim *, GAsyncResult *, GError **),
           void       (* set) (MmGdbusSim *, GVariant *))
{
    g_autoptr(GByteArray) gid = NULL;
    g_autoptr(GError)     error = NULL;

    gid = load_finish (ctx->sim, res, &error);
    if (gid)
        set (MM_GDBUS_SIM (ctx->sim),
             g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, gid->data, gid->len, sizeof (guint8)));
    load_done (ctx, what, error);
}

static void
gid1_ready (MMBaseSim    *sim,
            GAsyncResult *res,
            LoadContext  *ctx)
{
    gid_ready (ctx, res, "GID1", MM_BASE_SIM_GET_CLASS (sim)->load_gid1_finish, mm_gdbus_sim_set_gid1);
}

static void
load_deferred_gid1 (LoadContext *ctx)
{
    MM_BASE_SIM_GET_CLASS (ctx->sim)->load_gid1 (ctx->sim, (GAsyncReadyCallback) gid1_ready, ctx);
}

static void
gid2_ready (MMBaseSim    *sim,
            GAsyncResult *res,
            LoadContext  *ctx)
{
    gid_ready (ctx, res, "GID2", MM_BASE_SIM_GET_CLASS (sim)->load_gid2_finish, mm_gdbus_sim_set_gid2);
}

static void
load_deferred_gid2 (LoadContext *ctx)
{
    MM_BASE_SIM_GET_CLASS (ctx->sim)->load_gid2 (ctx->sim, (GAsyncReadyCallback) gid2_ready, ctx);
}

static void
load_context_free (LoadContext *ctx)
{
    g_clear_object (&ctx->sim);
    g_object_unref (ctx->modem);
    g_slice_free (LoadContext, ctx);
}

static const struct {
    Deferred  deferred;
    void   (* load) (LoadContext *ctx);
} steps[] = {
    { DEFERRED_UNLOCK_RETRIES, load_deferred_unlock_retries },
    { DEFERRED_OWN_NUMBERS,    load_deferred_own_numbers },
    { DEFERRED_FACILITY_LOCKS, load_deferred_facility_locks },
    { DEFERRED_EPS_UE_MODE,    load_deferred_eps_ue_mode },
    { DEFERRED_SIM,            load_deferred_preferred_networks },
    { DEFERRED_SIM,            load_deferred_gid1 },
    { DEFERRED_SIM,            load_deferred_gid2 },
};

static void
load_next (LoadContext *ctx)
{
    /* Disposed of: no longer on the bus */
    while (ctx->step < G_N_ELEMENTS (steps) && !ctx->is_gone (ctx->modem)) {
        guint step = ctx->step++;

        if (ctx->deferred & steps[step].deferred) {
            steps[step].load (ctx);
            return;
        }
    }
    load_context_free (ctx);
}

void
mm_tdtech_deferred_properties_load (MMBaseModem *modem,
                                    gboolean   (* is_gone) (MMBaseModem *modem))
{
    LoadContext *ctx;

    ctx = g_slice_new0 (LoadContext);
    ctx->modem = g_object_ref (modem);
    ctx->is_gone = is_gone;
    ctx->deferred = get_deferred (modem);
    g_object_get (modem, MM_IFACE_MODEM_SIM, &ctx->sim, NULL);
    if (!ctx->sim)
        ctx->deferred &= ~DEFERRED_SIM;
    load_next (ctx);
}

/*****************************************************************************/

void
mm_tdtech_deferred_properties_iface_modem_init (MMIfaceModemInterface *iface)
{
    iface_modem_parent = g_type_interface_peek_parent (iface);

    iface->load_unlock_required_finish = load_unlock_required_finish;
    iface->load_unlock_retries = load_unlock_retries;
    iface->load_unlock_retries_finish = load_unlock_retries_finish;
    iface->load_own_numbers = load_own_numbers;
    iface->load_own_numbers_finish = load_own_numbers_finish;
    iface->create_sim = create_sim;
}

void
mm_tdtech_deferred_properties_iface_modem_3gpp_init (MMIfaceModem3gppInterface *iface)
{
    iface_modem_3gpp_parent = g_type_interface_peek_parent (iface);

    iface->load_enabled_facility_locks = load_enabled_facility_locks;
    iface->load_enabled_facility_locks_finish = load_enabled_facility_locks_finish;
    iface->load_eps_ue_mode_operation = load_eps_ue_mode_operation;
    iface->load_eps_ue_mode_operation_finish = load_eps_ue_mode_operation_finish;
}

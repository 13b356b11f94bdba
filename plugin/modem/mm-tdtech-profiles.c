/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <ModemManager.h>
#define _LIBMM_INSIDE_MM
#include <libmm-glib.h>

#include "mm-base-modem.h"

#include "mm-tdtech-at.h"
#include "mm-tdtech-commands.h"
#include "mm-tdtech-profiles.h"

static MMIfaceModem3gppProfileManagerInterface *iface_parent;

/*****************************************************************************/
/* What is known of the contexts, stored with the modem */

#define PRIVATE_TAG "tdtech-profiles"

typedef struct {
    /* The next list is for choosing a context, not for clients */
    gboolean choosing;
    /* Bit n: context n, in the range for the host, is not the host's */
    guint32  foreign;
} Private;

G_STATIC_ASSERT (MM_TDTECH_CID_MAX < 32);

static Private *
get_private (gpointer self)
{
    Private *priv;

    priv = g_object_get_data (G_OBJECT (self), PRIVATE_TAG);
    if (!priv) {
        priv = g_new0 (Private, 1);
        g_object_set_data_full (G_OBJECT (self), PRIVATE_TAG, priv, g_free);
    }
    return priv;
}

static gboolean
is_hosts (gpointer        self,
          MM3gppProfile  *profile,
          GError        **error)
{
    gint cid;

    cid = mm_3gpp_profile_get_profile_id (profile);
    if (cid >= MM_TDTECH_CID_MIN && cid <= MM_TDTECH_CID_MAX &&
        !(get_private (self)->foreign & (1U << cid)))
        return TRUE;
    g_set_error (error, MM_CORE_ERROR, MM_CORE_ERROR_UNAUTHORIZED,
                 "PDP context %d belongs to the module or the network", cid);
    return FALSE;
}

/*****************************************************************************/
/* List (3GPP profile manager interface) */

static gint
compare_ids (gconstpointer a,
             gconstpointer b)
{
    return (mm_3gpp_profile_get_profile_id (MM_3GPP_PROFILE (a)) -
            mm_3gpp_profile_get_profile_id (MM_3GPP_PROFILE (b)));
}

/* ModemManager also calls the finish method with a task of its own, whose data is a structure with
 * only the list: this one starts with the same member */
typedef struct {
    GList    *profiles;
    gboolean  choosing;
} ListContext;

static void
list_context_free (ListContext *ctx)
{
    g_list_free_full (ctx->profiles, g_object_unref);
    g_slice_free (ListContext, ctx);
}

static void
take_contexts (MMBaseModem *modem,
               ListContext *ctx,
               GArray      *contexts)
{
    Private *priv = get_private (modem);
    guint    i;

    priv->foreign = 0;
    for (i = 0; i < contexts->len; i++) {
        const MMTdtechPdpContext *context = &g_array_index (contexts, MMTdtechPdpContext, i);
        MM3gppProfile            *profile;

        if (context->cid < MM_TDTECH_CID_MIN || context->cid > MM_TDTECH_CID_MAX)
            continue;
        if (!context->of_host) {
            priv->foreign |= 1U << context->cid;
            if (!ctx->choosing)
                continue;
        }

        profile = mm_3gpp_profile_new ();
        mm_3gpp_profile_set_profile_id (profile, (gint) context->cid);
        /* Without an IP type no request matches it, but its number is taken */
        if (context->of_host) {
            mm_3gpp_profile_set_apn (profile, context->apn);
            mm_3gpp_profile_set_ip_type (profile, context->family);
        }
        /* Sorted: ModemManager looks for gaps between the numbers */
        ctx->profiles = g_list_insert_sorted (ctx->profiles, profile, compare_ids);
    }
}

static gboolean
list_profiles_finish (MMIfaceModem3gppProfileManager  *self,
                      GAsyncResult                    *res,
                      GList                          **profiles,
                      GError                         **error)
{
    ListContext *ctx;

    if (!g_task_propagate_boolean (G_TASK (res), error))
        return FALSE;
    ctx = g_task_get_task_data (G_TASK (res));
    if (profiles)
        *profiles = g_steal_pointer (&ctx->profiles);
    return TRUE;
}

static void
cgdcont_ready (MMBaseModem  *modem,
               GAsyncResult *res,
               GTask        *task)
{
    g_autofree gchar  *answer = NULL;
    g_autoptr(GArray)  contexts = NULL;
    GError            *error = NULL;

    answer = mm_tdtech_commands_run_one_finish (modem, res, &error);
    if (answer)
        contexts = mm_tdtech_parse_cgdcont (answer, &error);

    if (contexts) {
        take_contexts (modem, g_task_get_task_data (task), contexts);
        g_task_return_boolean (task, TRUE);
    } else
        g_task_return_error (task, error);
    g_object_unref (task);
}

static void
list_profiles (MMIfaceModem3gppProfileManager *self,
               GAsyncReadyCallback             callback,
               gpointer                        user_data)
{
    Private     *priv = get_private (self);
    ListContext *ctx;
    GTask       *task;

    ctx = g_slice_new0 (ListContext);
    ctx->choosing = priv->choosing;
    priv->choosing = FALSE;
    task = g_task_new (self, NULL, callback, user_data);
    g_task_set_task_data (task, ctx, (GDestroyNotify) list_context_free);
    mm_tdtech_commands_run_one (MM_BASE_MODEM (self), "+CGDCONT?", MM_TDTECH_COMMAND_TIMEOUT,
                                (GAsyncReadyCallback) cgdcont_ready, task);
}

/*****************************************************************************/
/* Check format (3GPP profile manager interface): the range of numbers to choose from */

static gboolean
check_format_finish (MMIfaceModem3gppProfileManager  *self,
                     GAsyncResult                    *res,
                     gboolean                        *new_id,
                     gint                            *min_profile_id,
                     gint                            *max_profile_id,
                     GEqualFunc                      *apn_cmp,
                     MM3gppProfileCmpFlags           *profile_cmp_flags,
                     GError                         **error)
{
    gint min;
    gint max;

    /* ModemManager lists the contexts next */
    get_private (self)->choosing = TRUE;

    if (!iface_parent->check_format_finish (self, res, new_id, &min, &max, apn_cmp, profile_cmp_flags, error))
        return FALSE;

    /* The module may report the range of all contexts (0-31) */
    min = MAX (min, MM_TDTECH_CID_MIN);
    max = MIN (max, MM_TDTECH_CID_MAX);
    if (min > max) {
        min = MM_TDTECH_CID_MIN;
        max = MM_TDTECH_CID_MAX;
    }
    if (min_profile_id)
        *min_profile_id = min;
    if (max_profile_id)
        *max_profile_id = max;
    return TRUE;
}

/*****************************************************************************/
/* Deactivate, store, delete (3GPP profile manager interface). If no context is free, ModemManager
 * overwrites the last one. */

/* TRUE: it is not the host's, and the caller gets an error */
static gboolean
refuse_foreign (gpointer             self,
                MM3gppProfile       *requested,
                GAsyncReadyCallback  callback,
                gpointer             user_data)
{
    GError *error = NULL;

    if (is_hosts (self, requested, &error))
        return FALSE;
    g_task_report_error (self, callback, user_data, is_hosts, error);
    return TRUE;
}

static gboolean
deactivate_profile_finish (MMIfaceModem3gppProfileManager  *self,
                           GAsyncResult                    *res,
                           GError                         **error)
{
    if (g_async_result_is_tagged (res, is_hosts))
        return g_task_propagate_boolean (G_TASK (res), error);
    return iface_parent->deactivate_profile_finish (self, res, error);
}

static void
deactivate_profile (MMIfaceModem3gppProfileManager *self,
                    MM3gppProfile                  *requested,
                    GAsyncReadyCallback             callback,
                    gpointer                        user_data)
{
    if (!refuse_foreign (self, requested, callback, user_data))
        iface_parent->deactivate_profile (self, requested, callback, user_data);
}

static gboolean
store_profile_finish (MMIfaceModem3gppProfileManager  *self,
                      GAsyncResult                    *res,
                      gint                            *out_profile_id,
                      MMBearerApnType                 *out_apn_type,
                      GError                         **error)
{
    if (g_async_result_is_tagged (res, is_hosts))
        return g_task_propagate_boolean (G_TASK (res), error);
    return iface_parent->store_profile_finish (self, res, out_profile_id, out_apn_type, error);
}

static void
store_profile (MMIfaceModem3gppProfileManager *self,
               MM3gppProfile                  *requested,
               const gchar                    *index_field,
               GAsyncReadyCallback             callback,
               gpointer                        user_data)
{
    if (!refuse_foreign (self, requested, callback, user_data))
        iface_parent->store_profile (self, requested, index_field, callback, user_data);
}

static gboolean
delete_profile_finish (MMIfaceModem3gppProfileManager  *self,
                       GAsyncResult                    *res,
                       GError                         **error)
{
    return g_task_propagate_boolean (G_TASK (res), error);
}

static void
parent_delete_profile_ready (MMIfaceModem3gppProfileManager *self,
                             GAsyncResult                   *res,
                             GTask                          *task)
{
    GError *error = NULL;

    if (iface_parent->delete_profile_finish (self, res, &error))
        g_task_return_boolean (task, TRUE);
    else
        g_task_return_error (task, error);
    g_object_unref (task);
}

static void
list_before_delete_ready (MMIfaceModem3gppProfileManager *self,
                          GAsyncResult                   *res,
                          GTask                          *task)
{
    MM3gppProfile *requested = g_task_get_task_data (task);
    GError        *error = NULL;

    if (!list_profiles_finish (self, res, NULL, &error) || !is_hosts (self, requested, &error)) {
        g_task_return_error (task, error);
        g_object_unref (task);
        return;
    }
    iface_parent->delete_profile (self, requested, "profile-id",
                                  (GAsyncReadyCallback) parent_delete_profile_ready, task);
}

static void
delete_profile (MMIfaceModem3gppProfileManager *self,
                MM3gppProfile                  *requested,
                const gchar                    *index_field,
                GAsyncReadyCallback             callback,
                gpointer                        user_data)
{
    GTask *task;

    task = g_task_new (self, NULL, callback, user_data);
    g_task_set_task_data (task, g_object_ref (requested), g_object_unref);
    list_profiles (self, (GAsyncReadyCallback) list_before_delete_ready, task);
}

/*****************************************************************************/

void
mm_tdtech_profiles_iface_modem_3gpp_profile_manager_init (MMIfaceModem3gppProfileManagerInterface *iface)
{
    iface_parent = g_type_interface_peek_parent (iface);

    iface->list_profiles = list_profiles;
    iface->list_profiles_finish = list_profiles_finish;
    iface->check_format_finish = check_format_finish;
    iface->deactivate_profile = deactivate_profile;
    iface->deactivate_profile_finish = deactivate_profile_finish;
    iface->store_profile = store_profile;
    iface->store_profile_finish = store_profile_finish;
    iface->delete_profile = delete_profile;
    iface->delete_profile_finish = delete_profile_finish;
}

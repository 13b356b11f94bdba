/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <ModemManager.h>
#define _LIBMM_INSIDE_MM
#include <libmm-glib.h>

#include "mm-base-call.h"
#include "mm-bearer-list.h"
#include "mm-call-list.h"
#include "mm-iface-modem-3gpp.h"
#include "mm-iface-modem-voice.h"
#include "mm-iface-modem.h"
#include "mm-tdtech-fota-private.h"
#include "mm-tdtech-fota.h"

void
mm_tdtech_fota_condition_changed (MMTdtechFota *self)
{
    mm_tdtech_fota_feed_kind (self, MM_TDTECH_FOTA_INPUT_SIGNAL);
}

static gboolean
condition_changed_idle (MMTdtechFota *self)
{
    mm_tdtech_fota_condition_changed (self);
    return G_SOURCE_REMOVE;
}

/* Signals arrive in the middle of ModemManager's own work */
static void
condition_changed_later (MMTdtechFota *self)
{
    g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, (GSourceFunc) condition_changed_idle,
                     g_object_ref (self), g_object_unref);
}

/*****************************************************************************/
/* Calls */

static void
call_changed (MMTdtechFota *self)
{
    self->call_begun = TRUE;
    condition_changed_later (self);
}

static void
watch_call (MMBaseCall *call,
            gpointer    user_data)
{
    MMTdtechFota *self = MM_TDTECH_FOTA (user_data);

    g_signal_handlers_disconnect_by_func (call, call_changed, self);
    g_signal_connect_object (call, "notify::state", G_CALLBACK (call_changed), self,
                             G_CONNECT_SWAPPED);
}

static void
call_added (MMTdtechFota *self)
{
    if (self->calls)
        mm_call_list_foreach (self->calls, watch_call, self);
    call_changed (self);
}

static void
calls_changed (MMTdtechFota *self)
{
    MMCallList *calls = NULL;

    g_object_get (self->modem, MM_IFACE_MODEM_VOICE_CALL_LIST, &calls, NULL);
    if (calls && calls != self->calls) {
        g_signal_connect_object (calls, MM_CALL_ADDED, G_CALLBACK (call_added), self,
                                 G_CONNECT_SWAPPED);
        g_signal_connect_object (calls, MM_CALL_DELETED, G_CALLBACK (condition_changed_later), self,
                                 G_CONNECT_SWAPPED);
        /* Include sessions that are already up: we may be waiting for their end */
        mm_call_list_foreach (calls, watch_call, self);
    }
    g_set_object (&self->calls, calls);
    g_clear_object (&calls);
}

/*****************************************************************************/
/* Bearers */

/* Re-check only while a data session blocks the upgrade, so that a client that keeps dialling
 * does not make us poll. Not while data is held: then we hung up ourselves. */
static void
bearer_status_changed (MMTdtechFota *self,
                       GParamSpec   *pspec,
                       MMBaseBearer *bearer)
{
    if (self->machine->blockers & (MM_TDTECH_FOTA_BLOCKER_DATA | MM_TDTECH_FOTA_BLOCKER_AUTO_DIAL) &&
        mm_base_bearer_get_status (bearer) == MM_BEARER_STATUS_DISCONNECTED &&
        !mm_tdtech_data_pause_is_held (self->data_pause))
        condition_changed_later (self);
}

static void
watch_bearer (MMBaseBearer *bearer,
              gpointer      user_data)
{
    MMTdtechFota *self = MM_TDTECH_FOTA (user_data);

    g_signal_handlers_disconnect_by_func (bearer, bearer_status_changed, self);
    g_signal_connect_object (bearer, "notify::" MM_BASE_BEARER_STATUS,
                             G_CALLBACK (bearer_status_changed), self, G_CONNECT_SWAPPED);
}

static void
bearers_changed (MMTdtechFota *self)
{
    MMBearerList *bearers = NULL;

    g_object_get (self->modem, MM_IFACE_MODEM_BEARER_LIST, &bearers, NULL);
    if (bearers && bearers != self->bearers)
        g_signal_connect_object (bearers, "notify::num-bearers", G_CALLBACK (bearers_changed), self,
                                 G_CONNECT_SWAPPED);
    g_set_object (&self->bearers, bearers);
    if (bearers)
        mm_bearer_list_foreach (bearers, watch_bearer, self);
    g_clear_object (&bearers);
}

/*****************************************************************************/

void
mm_tdtech_fota_conditions_watch (MMTdtechFota *self)
{
    g_signal_connect_object (self->modem, "notify::" MM_IFACE_MODEM_3GPP_REGISTRATION_STATE,
                             G_CALLBACK (condition_changed_later), self, G_CONNECT_SWAPPED);
    g_signal_connect_object (self->modem, "notify::" MM_IFACE_MODEM_VOICE_CALL_LIST,
                             G_CALLBACK (calls_changed), self, G_CONNECT_SWAPPED);
    g_signal_connect_object (self->modem, "notify::" MM_IFACE_MODEM_BEARER_LIST,
                             G_CALLBACK (bearers_changed), self, G_CONNECT_SWAPPED);
    calls_changed (self);
    bearers_changed (self);
}

void
mm_tdtech_fota_conditions_stop (MMTdtechFota *self)
{
    g_clear_object (&self->calls);
    g_clear_object (&self->bearers);
}

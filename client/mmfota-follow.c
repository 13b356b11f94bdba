/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-follow.h"

#include <glib/gi18n.h>

#include "mm-tdtech-fota-enums.h"
#include "mmfota-text.h"

/* Seconds between two queries of the events, for a transaction that is neither running nor the last
 * result */
#define LOOKUPS         30
#define LOOKUP_INTERVAL 2

/* Seconds that a module may be away outside of an upgrade: enough for ModemManager to start and to
 * probe it */
#define GONE_LIMIT 180

struct _MmfotaFollow {
    MmfotaModem      *modem;
    GCancellable     *cancellable;
    gchar            *transaction;
    guint64           events_after;
    gulong            changed_id;
    guint             lost_id;
    guint             lookup_id;
    guint             lookups;
    guint             lost_after;
    guint             limit;      /* what lost_id waits for */
    guint             last_state;
    guint             success;
    gboolean          answered;
    MmfotaFollowDone  done;
    gpointer          user_data;
};

static void check (MmfotaFollow *self);

/*****************************************************************************/
/* The end */

static void
stop (MmfotaFollow *self)
{
    g_clear_signal_handler (&self->changed_id, self->modem);
    g_clear_handle_id (&self->lost_id, g_source_remove);
    g_clear_handle_id (&self->lookup_id, g_source_remove);
    g_cancellable_cancel (self->cancellable);
}

static void
finish (MmfotaFollow *self,
        GVariant     *result,
        const GError *error)
{
    stop (self);
    self->done (result, error, self->user_data);
}

/*****************************************************************************/
/* A module that does not return */

static gboolean
may_be_flashing (MmfotaFollow *self)
{
    return self->last_state >= MM_TDTECH_FOTA_STATE_PAUSING_DATA;
}

static GError *
lost_error (MmfotaFollow *self)
{
    g_autofree gchar *limit = mmfota_text_duration (self->limit);
    g_autofree gchar *message = NULL;

    if (!mmfota_modem_has_manager (self->modem))
        return g_error_new (MM_CORE_ERROR, MM_CORE_ERROR_NOT_FOUND,
                            _("ModemManager has left the bus, and has not come back for %s: "
                              "the result is available once it runs again"), limit);
    if (may_be_flashing (self))
        message = g_strdup (_("the module has not come back from the upgrade: "
                              "leave it powered a while longer, then power-cycle it and check its version"));
    else
        message = g_strdup_printf (_("the module is gone, and has not come back for %s: "
                                     "check its cable and power; "
                                     "the result is available once it is back"), limit);
    return g_dbus_error_new_for_dbus_error (MM_TDTECH_FOTA_DBUS_ERROR_PREFIX "DeviceLost", message);
}

static gboolean
lost (MmfotaFollow *self)
{
    g_autoptr(GError) error = lost_error (self);

    self->lost_id = 0;
    finish (self, NULL, error);
    return G_SOURCE_REMOVE;
}

/* From state 50 on the module works alone (guide). The time runs until the modem is back and read. */
static guint
away_limit (MmfotaFollow     *self,
            MmGdbusModemFota *fota)
{
    if (fota)
        return self->last_state == MM_TDTECH_FOTA_STATE_UPGRADING ? self->lost_after : 0;
    return may_be_flashing (self) ? self->lost_after : MIN (self->lost_after, GONE_LIMIT);
}

static void
watch_loss (MmfotaFollow     *self,
            MmGdbusModemFota *fota)
{
    guint limit = away_limit (self, fota);

    if (limit == self->limit)
        return;
    g_clear_handle_id (&self->lost_id, g_source_remove);
    self->limit = limit;
    if (limit)
        self->lost_id = g_timeout_add_seconds (limit, G_SOURCE_FUNC (lost), self);
}

/*****************************************************************************/
/* Events, used once Result is of another transaction */

static gboolean
ends_transaction (MmfotaFollow *self,
                  guint         kind,
                  guint        *outcome)
{
    switch (kind) {
    case MM_TDTECH_FOTA_EVENT_CHECK_FAILED:
    case MM_TDTECH_FOTA_EVENT_DOWNLOAD_SUSPENDED:
    case MM_TDTECH_FOTA_EVENT_DOWNLOAD_FAILED:
    case MM_TDTECH_FOTA_EVENT_UPGRADE_FAILED:
        *outcome = MM_TDTECH_FOTA_OUTCOME_FAILED;
        return TRUE;
    case MM_TDTECH_FOTA_EVENT_NO_UPDATE:
        *outcome = MM_TDTECH_FOTA_OUTCOME_NOTHING_NEWER;
        return TRUE;
    case MM_TDTECH_FOTA_EVENT_CANCELLED:
        *outcome = MM_TDTECH_FOTA_OUTCOME_CANCELLED;
        return TRUE;
    default:
        *outcome = MM_TDTECH_FOTA_OUTCOME_SUCCEEDED;
        return kind == self->success;
    }
}

static GVariant *
result_from_event (MmfotaFollow *self,
                   GVariant     *event)
{
    g_autoptr(GVariantDict)  result = NULL;
    const gchar             *id = NULL;
    const gchar             *version = NULL;
    guint                    kind = 0;
    guint                    outcome;

    if (!g_variant_lookup (event, "transaction", "&s", &id) ||
        !g_str_equal (id, self->transaction) ||
        !g_variant_lookup (event, "kind", "u", &kind) ||
        !ends_transaction (self, kind, &outcome))
        return NULL;

    result = g_variant_dict_new (event);
    g_variant_dict_insert (result, "outcome", "u", outcome);
    if (g_variant_lookup (event, "version", "&s", &version))
        g_variant_dict_insert (result, "to", "s", version);
    return g_variant_ref_sink (g_variant_dict_end (result));
}

static void
list_events_ready (MmGdbusModemFota *fota,
                   GAsyncResult     *res,
                   MmfotaFollow     *self)
{
    g_autoptr(GVariant) events = NULL;
    g_autoptr(GVariant) result = NULL;
    g_autoptr(GError)   error = NULL;
    gsize               i;

    if (!mm_gdbus_modem_fota_call_list_events_finish (fota, &events, res, &error)) {
        if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
            return;
        g_debug ("events cannot be listed: %s", error->message);
        check (self);
        return;
    }

    for (i = g_variant_n_children (events); i > 0 && !result; i--) {
        g_autoptr(GVariant) event = g_variant_get_child_value (events, i - 1);

        result = result_from_event (self, event);
    }
    if (result)
        finish (self, result, NULL);
    else
        check (self);
}

static gboolean
look_up (MmfotaFollow *self)
{
    MmGdbusModemFota *fota = mmfota_modem_peek_fota (self->modem);

    self->lookup_id = 0;
    if (self->lookups++ >= LOOKUPS) {
        g_autoptr(GError) error = NULL;

        error = g_error_new (MM_CORE_ERROR, MM_CORE_ERROR_ABORTED,
                             _("the modem does not remember transaction '%s'"), self->transaction);
        finish (self, NULL, error);
    } else {
        mm_gdbus_modem_fota_call_list_events (fota, self->events_after, self->cancellable,
                                              (GAsyncReadyCallback) list_events_ready, self);
    }
    return G_SOURCE_REMOVE;
}

static void
watch_trace (MmfotaFollow     *self,
             MmGdbusModemFota *fota)
{
    gboolean no_trace = fota &&
                        !mmfota_modem_runs (fota, self->transaction) &&
                        !may_be_flashing (self);

    if (!no_trace) {
        g_clear_handle_id (&self->lookup_id, g_source_remove);
        self->lookups = 0;
    } else if (!self->lookup_id) {
        self->lookup_id = g_timeout_add_seconds (LOOKUP_INTERVAL, G_SOURCE_FUNC (look_up), self);
    }
}

/*****************************************************************************/
/* Properties */

static void
check (MmfotaFollow *self)
{
    MmGdbusModemFota    *fota = mmfota_modem_peek_fota (self->modem);
    g_autoptr(GVariant)  result = NULL;

    if (fota) {
        self->last_state = mm_gdbus_modem_fota_get_state (fota);
        result = mmfota_modem_dup_result (fota, self->transaction);
    }
    if (!self->answered)
        return;
    if (result) {
        finish (self, result, NULL);
        return;
    }
    watch_loss (self, fota);
    watch_trace (self, fota);
}

/*****************************************************************************/
/* Life cycle */

MmfotaFollow *
mmfota_follow_new (MmfotaModem      *modem,
                   const gchar      *transaction,
                   guint             success,
                   guint             lost_after,
                   MmfotaFollowDone  done,
                   gpointer          user_data)
{
    MmfotaFollow     *self = g_new0 (MmfotaFollow, 1);
    MmGdbusModemFota *fota = mmfota_modem_peek_fota (modem);

    self->modem = g_object_ref (modem);
    self->cancellable = g_cancellable_new ();
    self->transaction = g_strdup (transaction);
    self->success = success;
    self->lost_after = lost_after;
    self->done = done;
    self->user_data = user_data;
    self->events_after = fota ? mm_gdbus_modem_fota_get_last_event (fota) : 0;
    self->changed_id = g_signal_connect_swapped (modem, "changed", G_CALLBACK (check), self);
    mmfota_modem_set_transaction (modem, transaction);
    return self;
}

void
mmfota_follow_answered (MmfotaFollow *self)
{
    self->answered = TRUE;
    check (self);
}

void
mmfota_follow_look_back (MmfotaFollow *self,
                         guint64       event)
{
    self->events_after = event;
}

void
mmfota_follow_free (MmfotaFollow *self)
{
    stop (self);
    g_object_unref (self->cancellable);
    g_object_unref (self->modem);
    g_free (self->transaction);
    g_free (self);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mm-tdtech-fota-private.h"

/* The PDP contexts whose sessions were up */
GVariant *
mm_tdtech_fota_events_build_sessions (MMTdtechFota *self)
{
    MMTdtechFotaRecordData *data = mm_tdtech_fota_record_peek (self->record);
    GVariantBuilder         builder;
    guint                   i;

    g_variant_builder_init (&builder, G_VARIANT_TYPE_STRING_ARRAY);
    for (i = 0; i < data->n_sessions; i++)
        g_variant_builder_add_value (&builder, g_variant_new_printf ("%u", data->sessions[i]));
    return g_variant_builder_end (&builder);
}

static GVariant *
build_event_details (MMTdtechFota      *self,
                     MMTdtechFotaEvent  kind)
{
    const MMTdtechFotaMachine *m = self->machine;
    MMTdtechFotaRecordData    *data = mm_tdtech_fota_record_peek (self->record);
    GVariantDict               dict;

    g_variant_dict_init (&dict, NULL);
    switch (kind) {
    case MM_TDTECH_FOTA_EVENT_UPDATE_AVAILABLE:
    case MM_TDTECH_FOTA_EVENT_DOWNLOAD_STARTED:
    case MM_TDTECH_FOTA_EVENT_DOWNLOAD_SUCCEEDED:
        if (m->kept.offer_version) {
            g_variant_dict_insert (&dict, "version", "s", m->kept.offer_version);
            g_variant_dict_insert (&dict, "size", "t", m->kept.offer_size);
        }
        break;
    case MM_TDTECH_FOTA_EVENT_UPGRADE_SCHEDULED:
        if (self->upgrade_time > 0)
            g_variant_dict_insert (&dict, "upgrade-time", "t", (guint64) self->upgrade_time);
        break;
    case MM_TDTECH_FOTA_EVENT_DATA_PAUSED:
        g_variant_dict_insert_value (&dict, "sessions", mm_tdtech_fota_events_build_sessions (self));
        break;
    case MM_TDTECH_FOTA_EVENT_DATA_RESTORED:
        if (self->restored_sessions)
            g_variant_dict_insert_value (&dict, "sessions", self->restored_sessions);
        break;
    case MM_TDTECH_FOTA_EVENT_UPGRADE_STARTED:
        g_variant_dict_insert (&dict, "from", "s", mm_tdtech_fota_or_empty (m->kept.before_version));
        if (m->kept.package_version)
            g_variant_dict_insert (&dict, "version", "s", m->kept.package_version);
        break;
    case MM_TDTECH_FOTA_EVENT_UPGRADE_SUCCEEDED:
        g_variant_dict_insert (&dict, "from", "s", mm_tdtech_fota_or_empty (data->result.from));
        g_variant_dict_insert (&dict, "version", "s", mm_tdtech_fota_or_empty (data->result.to));
        break;
    case MM_TDTECH_FOTA_EVENT_CHECK_FAILED:
    case MM_TDTECH_FOTA_EVENT_DOWNLOAD_SUSPENDED:
    case MM_TDTECH_FOTA_EVENT_DOWNLOAD_FAILED:
    case MM_TDTECH_FOTA_EVENT_UPGRADE_FAILED:
        g_variant_dict_insert (&dict, "error", "s", mm_tdtech_fota_error_get_name (data->result.error));
        g_variant_dict_insert (&dict, "message", "s", mm_tdtech_fota_or_empty (data->result_message));
        g_variant_dict_insert (&dict, "module-code", "u", data->result.module_code);
        break;
    case MM_TDTECH_FOTA_EVENT_NO_UPDATE:
    case MM_TDTECH_FOTA_EVENT_CANCELLED:
    default:
        break;
    }
    if (data->transaction)
        g_variant_dict_insert (&dict, "transaction", "s", data->transaction);
    return g_variant_ref_sink (g_variant_dict_end (&dict));
}

/* The record lists them first, so that they can be replayed if the daemon dies here */
void
mm_tdtech_fota_events_reserve (MMTdtechFota             *self,
                               const MMTdtechFotaOutput *output)
{
    MMTdtechFotaRecordData *data = mm_tdtech_fota_record_peek (self->record);
    guint                   i;

    if (output->n_events == 0)
        return;
    for (i = 0; i < output->n_events; i++)
        data->unsent_events[i] = output->events[i];
    data->n_unsent_events = i;
    data->unsent_after = mm_tdtech_fota_record_get_last_event (self->record);
}

void
mm_tdtech_fota_events_replay_lost (MMTdtechFota *self)
{
    MMTdtechFotaRecordData *data = mm_tdtech_fota_record_peek (self->record);
    g_autoptr(GVariant)     told = NULL;
    gsize                   i;

    told = g_variant_ref_sink (mm_tdtech_fota_record_list_events (self->record, data->unsent_after));
    for (i = g_variant_n_children (told); i < data->n_unsent_events; i++) {
        MMTdtechFotaEvent   kind = (MMTdtechFotaEvent) data->unsent_events[i];
        g_autoptr(GVariant) details = build_event_details (self, kind);

        mm_tdtech_fota_record_append_event (self->record, kind, mm_tdtech_fota_now (), details);
    }
    data->n_unsent_events = 0;
}

void
mm_tdtech_fota_events_emit (MMTdtechFota             *self,
                            const MMTdtechFotaOutput *output)
{
    guint i;

    for (i = 0; i < output->n_events; i++) {
        g_autoptr(GVariant) details = build_event_details (self, output->events[i]);
        guint64             sequence;

        sequence = mm_tdtech_fota_record_append_event (self->record, output->events[i], mm_tdtech_fota_now (), details);
        mm_gdbus_modem_fota_set_last_event (self->skeleton, sequence);
        mm_gdbus_modem_fota_set_journal (self->skeleton, mm_tdtech_fota_record_get_journal_id (self->record));
        /* Update the properties before the event is signalled */
        g_dbus_interface_skeleton_flush (G_DBUS_INTERFACE_SKELETON (self->skeleton));
        mm_gdbus_modem_fota_emit_event (self->skeleton, sequence, output->events[i], details);
    }
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <ModemManager.h>
#define _LIBMM_INSIDE_MM
#include <libmm-glib.h>

#include "mm-iface-modem.h"
#include "mm-tdtech-fota-effects.h"
#include "mm-tdtech-fota-private.h"

/* How long the module usually works alone. GUESS: relatives take 5 to 15 minutes. */
#define UPGRADE_SECONDS 600

static GVariant *
build_update (MMTdtechFota *self)
{
    const MMTdtechFotaMachine *m = self->machine;
    MMTdtechFotaRecordData    *data = mm_tdtech_fota_record_peek (self->record);
    GVariantDict               dict;

    g_variant_dict_init (&dict, NULL);
    if (m->kept.offer_version) {
        g_variant_dict_insert (&dict, "version", "s", m->kept.offer_version);
        g_variant_dict_insert (&dict, "size", "t", m->kept.offer_size);
        g_variant_dict_insert (&dict, "description", "s", mm_tdtech_fota_or_empty (m->kept.offer_description));
        g_variant_dict_insert (&dict, "url", "s", mm_tdtech_fota_or_empty (data->offer_url));
        g_variant_dict_insert (&dict, "downgrade", "b", mm_tdtech_fota_machine_is_downgrade (m));
    }
    return g_variant_dict_end (&dict);
}

static GVariant *
build_result (MMTdtechFota *self)
{
    MMTdtechFotaRecordData *data = mm_tdtech_fota_record_peek (self->record);
    GVariantDict            dict;

    g_variant_dict_init (&dict, NULL);
    if (data->result.outcome != MM_TDTECH_FOTA_OUTCOME_NONE) {
        g_variant_dict_insert (&dict, "transaction", "s", mm_tdtech_fota_or_empty (data->result_transaction));
        g_variant_dict_insert (&dict, "verb", "s", mm_tdtech_fota_verb_get_name (data->result.verb));
        g_variant_dict_insert (&dict, "outcome", "u", (guint32) data->result.outcome);
        g_variant_dict_insert (&dict, "error", "s", mm_tdtech_fota_error_get_name (data->result.error));
        g_variant_dict_insert (&dict, "message", "s", mm_tdtech_fota_or_empty (data->result_message));
        g_variant_dict_insert (&dict, "module-code", "u", data->result.module_code);
        g_variant_dict_insert (&dict, "from", "s", mm_tdtech_fota_or_empty (data->result.from));
        g_variant_dict_insert (&dict, "to", "s", mm_tdtech_fota_or_empty (data->result.to));
        if (data->result.verb == MM_TDTECH_FOTA_VERB_CHECK && data->result.to)
            g_variant_dict_insert (&dict, "found", "s", data->result.to);
        g_variant_dict_insert (&dict, "started", "t", (guint64) data->result_started);
        g_variant_dict_insert (&dict, "finished", "t", (guint64) data->result_finished);
    }
    return g_variant_dict_end (&dict);
}

/* Current blockers; those that only the module knows, as last read */
static guint
get_blockers (MMTdtechFota *self)
{
    guint blockers = mm_tdtech_fota_known_registration_blockers (self->modem, MM_TDTECH_FOTA_BLOCKER_NONE) |
                     mm_tdtech_fota_known_call_blockers (self->modem);

    if (mm_tdtech_fota_machine_get_stage (self->machine) == MM_TDTECH_FOTA_STAGE_WAITING)
        blockers |= self->machine->blockers;
    return blockers;
}

/* The delay runs on the monotonic clock, which stops in suspend; derive the Unix time from it,
 * and ignore changes of a second. */
static void
update_upgrade_time (MMTdtechFota *self)
{
    gint64 upgrade_time = self->upgrade_at > 0 ? mm_tdtech_fota_now () + mm_tdtech_fota_timers_get_left_of_delay (self) : 0;

    if (upgrade_time == 0 || ABS (upgrade_time - self->upgrade_time) > 2)
        self->upgrade_time = upgrade_time;
}

static guint
expected_seconds (MMTdtechFota *self)
{
    guint seconds;

    switch (mm_tdtech_fota_machine_get_state (self->machine)) {
    case MM_TDTECH_FOTA_STATE_DOWNLOADING:
        return mm_tdtech_fota_progress_get_seconds_left (self->progress);
    case MM_TDTECH_FOTA_STATE_UPGRADING:
        seconds = mm_tdtech_fota_timers_get_left_of_flash (self, UPGRADE_SECONDS);
        return seconds > 0 ? seconds : MM_TDTECH_FOTA_UNKNOWN;
    case MM_TDTECH_FOTA_STATE_WAITING:
        if (self->upgrade_at > 0)
            return (guint) mm_tdtech_fota_timers_get_left_of_delay (self);
        return MM_TDTECH_FOTA_UNKNOWN;
    case MM_TDTECH_FOTA_STATE_UNKNOWN:
    case MM_TDTECH_FOTA_STATE_IDLE:
    case MM_TDTECH_FOTA_STATE_CHECKING:
    case MM_TDTECH_FOTA_STATE_AVAILABLE:
    case MM_TDTECH_FOTA_STATE_SUSPENDED:
    case MM_TDTECH_FOTA_STATE_DOWNLOADED:
    case MM_TDTECH_FOTA_STATE_PAUSING_DATA:
    case MM_TDTECH_FOTA_STATE_VERIFYING:
    default:
        return MM_TDTECH_FOTA_UNKNOWN;
    }
}

void
mm_tdtech_fota_properties_update (MMTdtechFota *self)
{
    const MMTdtechFotaMachine *m = self->machine;
    MMTdtechFotaRecordData    *data = mm_tdtech_fota_record_peek (self->record);
    MmGdbusModemFota          *skeleton = self->skeleton;

    update_upgrade_time (self);
    mm_gdbus_modem_fota_set_state (skeleton, mm_tdtech_fota_machine_get_state (m));
    mm_gdbus_modem_fota_set_module_state (skeleton, m->module_state);
    mm_gdbus_modem_fota_set_interruptible (skeleton, mm_tdtech_fota_machine_get_interruptible (m));
    mm_gdbus_modem_fota_set_transaction (skeleton, m->accepted ? mm_tdtech_fota_or_empty (data->transaction) : "");
    mm_gdbus_modem_fota_set_version (skeleton, mm_tdtech_fota_or_empty (m->version));
    mm_gdbus_modem_fota_set_build_time (skeleton, mm_tdtech_fota_or_empty (m->build_time));
    mm_gdbus_modem_fota_set_revision (skeleton, mm_tdtech_fota_or_empty (m->revision));
    mm_gdbus_modem_fota_set_server (skeleton, mm_tdtech_fota_or_empty (data->url));
    mm_gdbus_modem_fota_set_update (skeleton, build_update (self));
    mm_gdbus_modem_fota_set_bytes_received (skeleton, mm_tdtech_fota_progress_get_received (self->progress));
    mm_gdbus_modem_fota_set_bytes_total (skeleton, mm_tdtech_fota_progress_get_total (self->progress));
    mm_gdbus_modem_fota_set_percent (skeleton, mm_tdtech_fota_progress_get_percent (self->progress));
    mm_gdbus_modem_fota_set_expected_seconds (skeleton, expected_seconds (self));
    mm_gdbus_modem_fota_set_blockers (skeleton, get_blockers (self));
    mm_gdbus_modem_fota_set_upgrade_time (skeleton, (guint64) self->upgrade_time);
    mm_gdbus_modem_fota_set_result (skeleton, build_result (self));
    mm_gdbus_modem_fota_set_last_event (skeleton, mm_tdtech_fota_record_get_last_event (self->record));
    mm_gdbus_modem_fota_set_journal (skeleton, mm_tdtech_fota_record_get_journal_id (self->record));
}

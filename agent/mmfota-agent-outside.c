/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-agent-outside.h"

#include "mmfota-agent-hawkbit.h"
#include "mmfota-agent-report.h"

/* What is known of one module */
typedef struct {
    MmfotaAgentOutside *outside;
    MmfotaAgentModem   *modem;
    MmfotaAgentReport  *report; /* NULL: none is configured */
    MmfotaAgentHawkbit *hawkbit; /* the same */
    gchar              *path;   /* of the object that is followed */
    MmGdbusModemFota   *fota;   /* its proxy: after a restart of ModemManager another one has the path */
    guint64             unreported;
} Place;

struct _MmfotaAgentOutside {
    GHashTable               *places; /* IMEI → Place */
    MmfotaAgentSms           *sms;
    gchar                    *state;
    MmfotaAgentOutsideChanged changed;
    gpointer                  user_data;
};

static void
place_free (Place *place)
{
    g_clear_pointer (&place->report, mmfota_agent_report_free);
    if (place->hawkbit)
        mmfota_agent_modem_forget_assignment (place->modem);
    g_clear_pointer (&place->hawkbit, mmfota_agent_hawkbit_free);
    g_clear_object (&place->fota);
    g_free (place->path);
    g_free (place);
}

/*****************************************************************************/
/* Reports */

/* Only the running transaction's: of others nothing is known any more. */
static void
tell_tries (const gchar *imei,
            const gchar *transaction,
            guint       *attempt,
            gint64      *next,
            gpointer     user_data)
{
    Place                   *place = user_data;
    const MmfotaAgentMemory *memory = mmfota_agent_modem_peek_memory (place->modem);
    const MmfotaAgentRetry  *retry = &memory->query;

    if (!transaction || g_strcmp0 (memory->transaction, transaction) != 0)
        return;
    if (memory->verb == MMFOTA_AGENT_VERB_UPGRADE)
        retry = &memory->upgrade;
    else if (memory->verb != MMFOTA_AGENT_VERB_CHECK)
        retry = &memory->download;
    *attempt = retry->attempts + 1;
}

static void
report_changed (const gchar *imei,
                guint64      unreported,
                gpointer     user_data)
{
    Place *place = user_data;

    if (place->unreported == unreported)
        return;
    place->unreported = unreported;
    place->outside->changed (place->outside->user_data);
}

static void
start_report (Place *place)
{
    const MmfotaAgentReportSettings *report = &mmfota_agent_modem_peek_settings (place->modem)->report;
    g_autoptr(GError)                error = NULL;
    MmfotaAgentReportOptions         options = { 0 };

    if (place->report || !report->url[0])
        return;
    options.url = report->url;
    options.batch = MIN (report->batch, MMFOTA_AGENT_REPORT_BATCH_MAX);
    options.token_file = report->token_file;
    options.tls.ca = report->tls_ca;
    options.tls.certificate = report->tls_certificate;
    options.tls.key = report->tls_key;
    options.device_id = report->device_id;
    options.state = place->outside->state;
    place->report = mmfota_agent_report_new (&options, tell_tries, report_changed, place, &error);
    if (!place->report)
        g_warning ("nothing is reported, the events stay in the journal: %s", error->message);
}

/*****************************************************************************/
/* hawkBit */

static void
wish_changed (gpointer user_data)
{
    Place *place = user_data;

    /* It tells of its memory while it is made */
    if (place->hawkbit)
        mmfota_agent_modem_assign (place->modem, mmfota_agent_hawkbit_peek_assignment (place->hawkbit));
}

/* It remembers what it wanted, so it is there before the policy looks. */
static void
start_hawkbit (Place *place)
{
    const MmfotaAgentSettings *settings = mmfota_agent_modem_peek_settings (place->modem);
    g_autoptr(GError)          error = NULL;
    MmfotaAgentHawkbitOptions  options = { &settings->hawkbit, settings->report.device_id,
                                           mmfota_agent_modem_get_imei (place->modem), place->outside->state };

    if (!settings->hawkbit.url[0])
        return;
    place->hawkbit = mmfota_agent_hawkbit_new (&options, wish_changed, place, &error);
    if (place->hawkbit)
        wish_changed (place);
    else
        g_warning ("hawkBit is not asked: %s", error->message);
}

void
mmfota_agent_outside_decided (MmfotaAgentOutside        *self,
                              MmfotaAgentModem          *modem,
                              const MmfotaAgentDecision *decision)
{
    Place *place = g_hash_table_lookup (self->places, mmfota_agent_modem_get_imei (modem));

    if (place && place->hawkbit)
        mmfota_agent_hawkbit_decided (place->hawkbit, mmfota_agent_modem_peek_memory (modem), decision,
                                      mmfota_agent_modem_get_version (modem));
}

gboolean
mmfota_agent_outside_ask (MmfotaAgentOutside *self,
                          const gchar        *imei)
{
    Place *place = g_hash_table_lookup (self->places, imei);

    if (!place || !place->hawkbit)
        return FALSE;
    mmfota_agent_hawkbit_hurry (place->hawkbit);
    return TRUE;
}

/*****************************************************************************/
/* SMS */

static void
start_sms (Place       *place,
           GDBusObject *object)
{
    const MmfotaAgentSmsSettings        *sms = &mmfota_agent_modem_peek_settings (place->modem)->sms;
    g_auto(MmfotaAgentTokenKeys)         keys = { 0 };
    g_autoptr(GError)                    error = NULL;
    const gchar                         *imei = mmfota_agent_modem_get_imei (place->modem);

    if (!sms->key_file[0])
        return;
    if (!mmfota_agent_token_keys_load (&keys, sms->key_file, &error)) {
        g_warning ("no SMS is listened to: %s", error->message);
        return;
    }
    mmfota_agent_sms_follow (place->outside->sms, imei, object, &keys,
                             sms->senders[0] ? (const gchar *const *) sms->senders : NULL);
}

/*****************************************************************************/

static void
leave (MmfotaAgentOutside *self,
       Place              *place)
{
    const gchar *imei = mmfota_agent_modem_get_imei (place->modem);

    if (!place->path)
        return;
    g_clear_pointer (&place->path, g_free);
    g_clear_object (&place->fota);
    mmfota_agent_sms_leave (self->sms, imei);
    if (place->report)
        mmfota_agent_report_leave (place->report, imei);
    if (place->hawkbit)
        mmfota_agent_hawkbit_follow (place->hawkbit, NULL, NULL);
}

void
mmfota_agent_outside_follow (MmfotaAgentOutside *self,
                             MmfotaAgentModem   *modem,
                             GDBusObject        *object)
{
    const gchar      *imei = mmfota_agent_modem_get_imei (modem);
    const gchar      *path = object ? g_dbus_object_get_object_path (object) : NULL;
    MmGdbusModemFota *fota = object ? mmfota_agent_modem_peek_fota (modem) : NULL;
    Place            *place = g_hash_table_lookup (self->places, imei);

    if (!place) {
        place = g_new0 (Place, 1);
        place->outside = self;
        place->modem = modem;
        g_hash_table_insert (self->places, g_strdup (imei), place);
        start_hawkbit (place);
    }
    if (g_strcmp0 (place->path, path) == 0 && place->fota == fota)
        return;
    leave (self, place);
    if (!fota)
        return;
    place->path = g_strdup (path);
    place->fota = g_object_ref (fota);
    start_sms (place, object);
    start_report (place);
    if (place->report)
        mmfota_agent_report_follow (place->report, imei, fota);
    if (place->hawkbit)
        mmfota_agent_hawkbit_follow (place->hawkbit, fota, mmfota_agent_modem_get_model (modem));
}

void
mmfota_agent_outside_forget (MmfotaAgentOutside *self)
{
    GHashTableIter  iter;
    gpointer        place;

    g_hash_table_iter_init (&iter, self->places);
    while (g_hash_table_iter_next (&iter, NULL, &place))
        leave (self, place);
    g_hash_table_remove_all (self->places);
}

void
mmfota_agent_outside_hurry (MmfotaAgentOutside *self)
{
    GHashTableIter  iter;
    gpointer        place;

    g_hash_table_iter_init (&iter, self->places);
    while (g_hash_table_iter_next (&iter, NULL, &place)) {
        if (((Place *) place)->report)
            mmfota_agent_report_hurry (((Place *) place)->report);
        if (((Place *) place)->hawkbit)
            mmfota_agent_hawkbit_hurry (((Place *) place)->hawkbit);
    }
}

guint64
mmfota_agent_outside_unreported (MmfotaAgentOutside *self,
                                 const gchar        *imei)
{
    const Place *place = g_hash_table_lookup (self->places, imei);

    return place ? place->unreported : 0;
}

MmfotaAgentOutside *
mmfota_agent_outside_new (const gchar               *state,
                          MmfotaAgentSmsTrigger      trigger,
                          MmfotaAgentOutsideChanged  changed,
                          gpointer                   user_data)
{
    MmfotaAgentOutside *self = g_new0 (MmfotaAgentOutside, 1);

    self->places = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) place_free);
    self->sms = mmfota_agent_sms_new (state, trigger, user_data);
    self->state = g_strdup (state);
    self->changed = changed;
    self->user_data = user_data;
    return self;
}

void
mmfota_agent_outside_free (MmfotaAgentOutside *self)
{
    mmfota_agent_outside_forget (self);
    g_hash_table_unref (self->places);
    mmfota_agent_sms_free (self->sms);
    g_free (self->state);
    g_free (self);
}

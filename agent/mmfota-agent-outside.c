/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-agent-outside.h"

#include "mmfota-agent-event.h"
#include "mmfota-agent-hawkbit.h"
#include "mmfota-agent-mqtt.h"
#include "mmfota-agent-report.h"
#include "mmfota-agent-sink-http.h"

/* One module */
typedef struct {
    MmfotaAgentOutside *outside;
    MmfotaAgentModem   *modem;
    MmfotaAgentReport  *report; /* NULL: none is configured */
    MmfotaAgentMqtt    *mqtt;   /* the same */
    MmfotaAgentReport  *mqtt_report;
    MmfotaAgentHawkbit *hawkbit; /* the same */
    gchar              *target; /* the module's name at the server, or what it would be */
    gboolean            was_here;
    gchar              *path;   /* of the modem object that is followed */
    MmGdbusModemFota   *fota;   /* its proxy: after a restart of ModemManager, another object may have the path */
    guint64             unreported;
    guint64             mqtt_unreported;
} Place;

struct _MmfotaAgentOutside {
    GHashTable               *places; /* IMEI → Place */
    MmfotaAgentSms           *sms;
    gchar                    *state;
    MmfotaAgentCommandTrigger command;
    MmfotaAgentOutsideChanged changed;
    gpointer                  user_data;
};

static void
place_free (Place *place)
{
    g_clear_pointer (&place->report, mmfota_agent_report_free);
    g_clear_pointer (&place->mqtt_report, mmfota_agent_report_free);
    g_clear_pointer (&place->mqtt, mmfota_agent_mqtt_free);
    if (place->hawkbit)
        mmfota_agent_modem_forget_assignment (place->modem);
    g_clear_pointer (&place->hawkbit, mmfota_agent_hawkbit_free);
    g_free (place->target);
    g_clear_object (&place->fota);
    g_free (place->path);
    g_free (place);
}

/*****************************************************************************/
/* Reports */

static void
tell_tries (const gchar *imei,
            const gchar *transaction,
            guint       *attempt,
            gint64      *next,
            gpointer     user_data)
{
    Place *place = user_data;

    mmfota_agent_modem_get_tries (place->modem, transaction, attempt, next);
}

static void
set_unreported (Place   *place,
                guint64 *field,
                guint64  unreported)
{
    if (*field == unreported)
        return;
    *field = unreported;
    place->outside->changed (place->outside->user_data);
}

static void
report_changed (const gchar *imei,
                guint64      unreported,
                gpointer     user_data)
{
    Place *place = user_data;

    set_unreported (place, &place->unreported, unreported);
}

static void
mqtt_report_changed (const gchar *imei,
                     guint64      unreported,
                     gpointer     user_data)
{
    Place *place = user_data;

    set_unreported (place, &place->mqtt_unreported, unreported);
}

static MmfotaAgentReport *
report_to (Place                    *place,
           MmfotaAgentSink          *sink,
           const gchar              *name,
           guint                     batch,
           MmfotaAgentReportChanged  changed)
{
    MmfotaAgentReportOptions options = { 0 };

    options.name = name;
    options.batch = batch;
    options.device_id = mmfota_agent_modem_peek_settings (place->modem)->report.device_id;
    options.state = place->outside->state;
    return mmfota_agent_report_new (sink, &options, tell_tries, changed, place);
}

static void
start_report (Place *place)
{
    const MmfotaAgentReportSettings *report = &mmfota_agent_modem_peek_settings (place->modem)->report;
    MmfotaAgentSinkHttpOptions       options = { 0 };
    g_autoptr(GError)                error = NULL;
    MmfotaAgentSink                 *sink;

    if (place->report || !report->url[0])
        return;
    options.url = report->url;
    options.token_file = report->token_file;
    options.tls.ca = report->tls_ca;
    options.tls.certificate = report->tls_certificate;
    options.tls.key = report->tls_key;
    sink = mmfota_agent_sink_http_new (&options, &error);
    if (!sink) {
        g_warning ("nothing is reported, the events stay in the journal: %s", error->message);
        return;
    }
    place->report = report_to (place, sink, report->url, report->batch, report_changed);
}

/*****************************************************************************/
/* MQTT */

static void
command_came (const gchar *imei,
              gpointer     user_data)
{
    MmfotaAgentOutside *self = user_data;

    self->command (imei, self->user_data);
}

static void
broker_is_there (gpointer user_data)
{
    Place *place = user_data;

    if (place->mqtt_report)
        mmfota_agent_report_hurry (place->mqtt_report);
}

static gchar *
with_id (const gchar *pattern,
         const gchar *id)
{
    GString *text = g_string_new (pattern);

    g_string_replace (text, "%{id}", id, 0);
    return g_string_free (text, FALSE);
}

static void
start_mqtt (Place *place)
{
    const MmfotaAgentSettings     *settings = mmfota_agent_modem_peek_settings (place->modem);
    const MmfotaAgentMqttSettings *mqtt = &settings->mqtt;
    const gchar                   *imei = mmfota_agent_modem_get_imei (place->modem);
    g_autofree gchar              *id = mmfota_agent_event_device (settings->report.device_id, imei);
    g_autofree gchar              *topic = with_id (mqtt->topic, id);
    g_autofree gchar              *client_id = with_id (mqtt->client_id, id);
    g_autofree gchar              *name = g_strconcat (mqtt->broker, " ", topic, NULL);
    g_autoptr(GError)              error = NULL;
    MmfotaAgentMqttOptions         options = { 0 };

    if (place->mqtt || !mqtt->broker[0])
        return;
    options.broker = mqtt->broker;
    options.topic = topic;
    options.client_id = client_id;
    options.old = mqtt->version == MMFOTA_AGENT_MQTT_3_1_1;
    options.user = mqtt->user;
    options.password_file = mqtt->password_file;
    options.tls_ca = mqtt->tls_ca;
    options.tls_certificate = mqtt->tls_certificate;
    options.tls_key = mqtt->tls_key;
    options.imei = imei;
    options.state = place->outside->state;
    place->mqtt = mmfota_agent_mqtt_new (&options, command_came, place->outside, broker_is_there, place, &error);
    if (!place->mqtt) {
        g_warning ("no MQTT broker is asked or told: %s", error->message);
        return;
    }
    place->mqtt_report = report_to (place, mmfota_agent_mqtt_peek_sink (place->mqtt), name, MMFOTA_AGENT_MQTT_BATCH,
                                    mqtt_report_changed);
}

/*****************************************************************************/
/* hawkBit */

static void
wish_changed (gpointer user_data)
{
    Place *place = user_data;

    /* Its constructor may already report an assignment */
    if (place->hawkbit)
        mmfota_agent_modem_assign (place->modem, mmfota_agent_hawkbit_peek_assignment (place->hawkbit));
}

/* It remembers its assignment, so create it before the policy looks. */
static void
start_hawkbit (Place *place)
{
    const MmfotaAgentSettings *settings = mmfota_agent_modem_peek_settings (place->modem);
    g_autoptr(GError)          error = NULL;
    MmfotaAgentHawkbitOptions  options = { &settings->hawkbit, settings->report.device_id,
                                           mmfota_agent_modem_get_imei (place->modem), place->outside->state };

    if (settings->hawkbit.url[0]) {
        place->hawkbit = mmfota_agent_hawkbit_new (&options, wish_changed, place, &error);
        if (!place->hawkbit)
            g_warning ("hawkBit is not asked: %s", error->message);
        else
            place->target = g_strdup (mmfota_agent_hawkbit_peek_target (place->hawkbit));
    }
    /* Without an engine, its earlier assignment no longer applies */
    if (place->hawkbit)
        wish_changed (place);
    else if (mmfota_agent_modem_peek_memory (place->modem)->assigned)
        mmfota_agent_modem_assign (place->modem, NULL);
}

static void
stop_hawkbit (Place *place)
{
    if (!place->hawkbit)
        return;
    g_clear_pointer (&place->hawkbit, mmfota_agent_hawkbit_free);
    mmfota_agent_modem_assign (place->modem, NULL);
}

/* Two modules with one target are both refused, until the configuration changes: what is meant for one must not
 * reach the other, and one that is away may only be rebooting. A module that replaced another one is not affected,
 * since the other was not here in this run. */
static void
refuse_shared_target (MmfotaAgentOutside *self,
                      Place              *place)
{
    GHashTableIter  iter;
    gpointer        value;

    place->was_here = TRUE;
    g_hash_table_iter_init (&iter, self->places);
    while (place->target && g_hash_table_iter_next (&iter, NULL, &value)) {
        Place *other = value;

        if (other == place || !other->was_here || g_strcmp0 (other->target, place->target) != 0)
            continue;
        if (other->hawkbit || place->hawkbit)
            g_warning ("modems %s and %s: hawkBit is asked for neither, both would be its target %s: give each a controller-id of its "
                       "own, imei or one in [hawkbit IMEI]", mmfota_agent_modem_get_imei (other->modem),
                       mmfota_agent_modem_get_imei (place->modem), place->target);
        stop_hawkbit (other);
        stop_hawkbit (place);
    }
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
    if (place->mqtt_report)
        mmfota_agent_report_leave (place->mqtt_report, imei);
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
    refuse_shared_target (self, place);
    start_sms (place, object);
    start_report (place);
    if (place->report)
        mmfota_agent_report_follow (place->report, imei, fota, mmfota_agent_modem_peek_journal (modem));
    start_mqtt (place);
    if (place->mqtt_report)
        mmfota_agent_report_follow (place->mqtt_report, imei, fota, mmfota_agent_modem_peek_journal (modem));
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
    gpointer        value;

    g_hash_table_iter_init (&iter, self->places);
    while (g_hash_table_iter_next (&iter, NULL, &value)) {
        Place *place = value;

        if (place->report)
            mmfota_agent_report_hurry (place->report);
        if (place->mqtt)
            mmfota_agent_mqtt_hurry (place->mqtt);
        if (place->hawkbit)
            mmfota_agent_hawkbit_hurry (place->hawkbit);
    }
}

guint64
mmfota_agent_outside_unreported (MmfotaAgentOutside *self,
                                 const gchar        *imei)
{
    const Place *place = g_hash_table_lookup (self->places, imei);

    return place ? MAX (place->unreported, place->mqtt_unreported) : 0;
}

MmfotaAgentOutside *
mmfota_agent_outside_new (const gchar               *state,
                          MmfotaAgentSmsTrigger      trigger,
                          MmfotaAgentCommandTrigger  command,
                          MmfotaAgentOutsideChanged  changed,
                          gpointer                   user_data)
{
    MmfotaAgentOutside *self = g_new0 (MmfotaAgentOutside, 1);

    self->places = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) place_free);
    self->sms = mmfota_agent_sms_new (state, trigger, user_data);
    self->state = g_strdup (state);
    self->command = command;
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

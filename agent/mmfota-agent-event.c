/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-agent-event.h"

#include <string.h>

#include "mmfota-names.h"

#define TYPE_PREFIX "com.td_tech.mmfota."
#define SINGLE      "application/cloudevents+json; charset=utf-8"
#define BATCH       "application/cloudevents-batch+json; charset=utf-8"
/* Longest text, in characters; the plugin's are shorter */
#define TEXT_MAX    2048
#define JOURNAL_MAX 64

/*****************************************************************************/
/* Parts */

gchar *
mmfota_agent_event_device (const gchar *device_id,
                           const gchar *imei)
{
    if (g_str_equal (device_id, "imei"))
        return g_strdup (imei);
    if (g_str_equal (device_id, "hash"))
        return g_compute_checksum_for_string (G_CHECKSUM_SHA256, imei, -1);
    return g_strdup (device_id);
}

gchar *
mmfota_agent_event_source (const gchar *device_id,
                           const gchar *imei)
{
    g_autofree gchar *device = mmfota_agent_event_device (device_id, imei);
    g_autofree gchar *escaped = g_uri_escape_string (device, NULL, FALSE);

    return g_strconcat (g_str_equal (device_id, "imei") ? "urn:imei:" : "urn:mmfota:", escaped, NULL);
}

gboolean
mmfota_agent_event_is_journal (const gchar *journal)
{
    gsize i;

    for (i = 0; journal && g_ascii_isalnum (journal[i]); i++);
    return i > 0 && i <= JOURNAL_MAX && journal[i] == '\0';
}

static void
set_text (JsonObject  *object,
          const gchar *name,
          const gchar *text)
{
    g_autofree gchar *valid = g_utf8_make_valid (text, -1);

    if (g_utf8_strlen (valid, -1) > TEXT_MAX)
        *g_utf8_offset_to_pointer (valid, TEXT_MAX) = '\0';
    json_object_set_string_member (object, name, valid);
}

static gchar *
time_text (gint64 when)
{
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc (when);

    return time && g_date_time_get_year (time) <= 9999 ? g_date_time_format (time, "%Y-%m-%dT%H:%M:%SZ") : NULL;
}

static JsonObject *
envelope (const gchar *source,
          const gchar *journal,
          guint64      sequence,
          const gchar *type,
          gint64       when)
{
    JsonObject       *object = json_object_new ();
    g_autofree gchar *id = g_strdup_printf ("%s-%" G_GUINT64_FORMAT, journal, sequence);
    g_autofree gchar *sortable = g_strdup_printf ("%020" G_GUINT64_FORMAT, sequence);
    g_autofree gchar *time = when > 0 ? time_text (when) : NULL;

    json_object_set_string_member (object, "specversion", "1.0");
    json_object_set_string_member (object, "id", id);
    json_object_set_string_member (object, "source", source);
    json_object_set_string_member (object, "type", type);
    if (time)
        json_object_set_string_member (object, "time", time);
    json_object_set_string_member (object, "sequence", sortable);
    json_object_set_string_member (object, "datacontenttype", "application/json");
    return object;
}

/*****************************************************************************/
/* Events */

/* The journal's "version" is the one that an upgrade leads to */
static const gchar *
name_of (const gchar *key)
{
    return g_str_equal (key, "version") ? "to" : key;
}

static void
add_detail (JsonObject  *data,
            const gchar *key,
            GVariant    *value)
{
    if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
        set_text (data, name_of (key), g_variant_get_string (value, NULL));
    else if (g_variant_is_of_type (value, G_VARIANT_TYPE_UINT32))
        json_object_set_int_member (data, key, g_variant_get_uint32 (value));
    else if (g_variant_is_of_type (value, G_VARIANT_TYPE_UINT64))
        json_object_set_int_member (data, key, (gint64) MIN (g_variant_get_uint64 (value), (guint64) G_MAXINT64));
    else if (g_variant_is_of_type (value, G_VARIANT_TYPE_BOOLEAN))
        json_object_set_boolean_member (data, key, g_variant_get_boolean (value));
    else if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING_ARRAY)) {
        g_autofree const gchar **strings = g_variant_get_strv (value, NULL);
        JsonArray               *array = json_array_new ();
        guint                    i;

        for (i = 0; strings[i]; i++)
            json_array_add_string_element (array, strings[i]);
        json_object_set_array_member (data, key, array);
    }
}

static JsonObject *
data_of (GVariant *event,
         guint     attempt,
         gint64    next)
{
    JsonObject       *data = json_object_new ();
    g_autofree gchar *next_text = next > 0 ? time_text (next) : NULL;
    GVariantIter      iter;
    const gchar      *key;
    GVariant         *value;

    g_variant_iter_init (&iter, event);
    while (g_variant_iter_loop (&iter, "{&sv}", &key, &value)) {
        if (!g_str_equal (key, "sequence") && !g_str_equal (key, "kind") && !g_str_equal (key, "time"))
            add_detail (data, key, value);
    }
    if (attempt > 0)
        json_object_set_int_member (data, "attempt", attempt);
    if (next_text)
        json_object_set_string_member (data, "next-attempt", next_text);
    return data;
}

/* The agent's own kinds are names, the plugin's are numbers */
static const gchar *
kind_of (GVariant *event)
{
    const gchar *name = NULL;
    guint        kind = 0;

    if (g_variant_lookup (event, "kind", "&s", &name) && *name && strspn (name, G_CSET_a_2_z "-") == strlen (name))
        return name;
    g_variant_lookup (event, "kind", "u", &kind);
    return mmfota_names_event (kind);
}

JsonObject *
mmfota_agent_event_new (GVariant    *event,
                        const gchar *source,
                        const gchar *journal,
                        guint        attempt,
                        gint64       next)
{
    g_autofree gchar *type = NULL;
    JsonObject       *object;
    JsonObject       *data;
    const gchar      *version = NULL;
    guint64           sequence = 0;
    guint64           when = 0;
    guint             kind = 0;

    if (!g_variant_lookup (event, "sequence", "t", &sequence) || sequence == 0)
        return NULL;
    g_variant_lookup (event, "time", "t", &when);
    g_variant_lookup (event, "version", "&s", &version);
    type = g_strconcat (TYPE_PREFIX, kind_of (event), NULL);
    object = envelope (source, journal, sequence, type, (gint64) MIN (when, (guint64) G_MAXINT64));
    /* Must not be empty (CloudEvents 1.0.2, "subject") */
    if (version && *version)
        set_text (object, "subject", version);
    data = data_of (event, attempt, next);
    /* An event of a later release */
    if (g_str_equal (kind_of (event), "unknown") && g_variant_lookup (event, "kind", "u", &kind))
        json_object_set_int_member (data, "kind", kind);
    json_object_set_object_member (object, "data", data);
    return object;
}

JsonObject *
mmfota_agent_event_new_lost (const gchar *source,
                             const gchar *journal,
                             guint64      after,
                             guint64      before,
                             guint64      count,
                             gint64       when)
{
    JsonObject       *object = envelope (source, journal, after, TYPE_PREFIX "events-lost", when);
    JsonObject       *data = json_object_new ();
    g_autofree gchar *id = g_strdup_printf ("%s-%" G_GUINT64_FORMAT "-%" G_GUINT64_FORMAT "-lost", journal, after, before);

    json_object_set_string_member (object, "id", id);
    json_object_set_string_member (data, "journal", journal);
    json_object_set_int_member (data, "after", (gint64) after);
    if (before)
        json_object_set_int_member (data, "before", (gint64) before);
    if (count)
        json_object_set_int_member (data, "count", (gint64) count);
    json_object_set_object_member (object, "data", data);
    return object;
}

/*****************************************************************************/

GBytes *
mmfota_agent_event_encode (GPtrArray    *events,
                           const gchar **type)
{
    g_autoptr(JsonGenerator) generator = json_generator_new ();
    g_autoptr(JsonNode)      root = NULL;
    gchar                   *text;
    gsize                    length;
    guint                    i;

    *type = events->len == 1 ? SINGLE : BATCH;
    if (events->len == 1) {
        root = json_node_new (JSON_NODE_OBJECT);
        json_node_set_object (root, g_ptr_array_index (events, 0));
    } else {
        JsonArray *array = json_array_new ();

        for (i = 0; i < events->len; i++)
            json_array_add_object_element (array, json_object_ref (g_ptr_array_index (events, i)));
        root = json_node_new (JSON_NODE_ARRAY);
        json_node_take_array (root, array);
    }
    json_generator_set_root (generator, root);
    text = json_generator_to_data (generator, &length);
    return g_bytes_new_take (text, length);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-event.h"

#include <glib/gi18n.h>

#include "mmfota-names.h"
#include "mmfota-text.h"
#include "mmfota-tree.h"

/*****************************************************************************/
/* An event for machines */

static void
add_detail (JsonObject  *object,
            const gchar *name,
            GVariant    *value)
{
    if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
        mmfota_tree_add_string (object, name, g_variant_get_string (value, NULL));
    else if (g_variant_is_of_type (value, G_VARIANT_TYPE_UINT32))
        mmfota_tree_add_number (object, name, TRUE, g_variant_get_uint32 (value));
    else if (g_variant_is_of_type (value, G_VARIANT_TYPE_UINT64))
        mmfota_tree_add_number (object, name, TRUE, g_variant_get_uint64 (value));
    else if (g_variant_is_of_type (value, G_VARIANT_TYPE_BOOLEAN))
        json_object_set_boolean_member (object, name, g_variant_get_boolean (value));
    else if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING_ARRAY)) {
        g_autofree const gchar **strings = g_variant_get_strv (value, NULL);

        mmfota_tree_add_strv (object, name, strings);
    }
}

JsonObject *
mmfota_event_to_tree (GVariant *event)
{
    JsonObject   *object = json_object_new ();
    guint64       sequence = 0;
    guint64       when = 0;
    guint         kind = 0;
    GVariantIter  iter;
    const gchar  *name;
    GVariant     *value;

    g_variant_lookup (event, "sequence", "t", &sequence);
    g_variant_lookup (event, "kind", "u", &kind);
    g_variant_lookup (event, "time", "t", &when);
    mmfota_tree_add_number (object, "sequence", TRUE, sequence);
    json_object_set_string_member (object, "kind", mmfota_names_event (kind));
    mmfota_tree_add_number (object, "time", when > 0, when);

    g_variant_iter_init (&iter, event);
    while (g_variant_iter_loop (&iter, "{&sv}", &name, &value)) {
        if (!json_object_has_member (object, name))
            add_detail (object, name, value);
    }
    return object;
}

/*****************************************************************************/
/* An event for people */

gchar *
mmfota_event_to_line (GVariant    *event,
                      const gchar *message)
{
    GString          *line;
    guint64           sequence = 0;
    guint64           when = 0;
    guint             kind = 0;
    const gchar      *version = "";
    g_autofree gchar *time_text = NULL;
    g_autofree gchar *version_text = NULL;
    g_autofree gchar *message_text = NULL;

    g_variant_lookup (event, "sequence", "t", &sequence);
    g_variant_lookup (event, "kind", "u", &kind);
    g_variant_lookup (event, "time", "t", &when);
    g_variant_lookup (event, "version", "&s", &version);
    if (!message)
        g_variant_lookup (event, "message", "&s", &message);
    time_text = mmfota_text_time (when);
    version_text = mmfota_text_printable (version);
    message_text = mmfota_text_printable (message);

    line = g_string_new (NULL);
    g_string_append_printf (line, "%" G_GUINT64_FORMAT "  %s  %s", sequence, time_text, mmfota_names_event_label (kind));
    if (version_text[0])
        g_string_append_printf (line, _(", version %s"), version_text);
    if (message_text[0])
        g_string_append_printf (line, _(", %s"), message_text);
    return g_string_free (line, FALSE);
}

GVariant *
mmfota_event_new (guint64   sequence,
                  guint     kind,
                  GVariant *details)
{
    g_autoptr(GVariantDict) dict = g_variant_dict_new (details);

    g_variant_dict_insert (dict, "sequence", "t", sequence);
    g_variant_dict_insert (dict, "kind", "u", kind);
    if (!g_variant_dict_contains (dict, "time"))
        g_variant_dict_insert (dict, "time", "t", (guint64) (g_get_real_time () / G_USEC_PER_SEC));
    return g_variant_ref_sink (g_variant_dict_end (dict));
}

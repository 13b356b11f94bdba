/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-tree.h"

#include "mmfota-error.h"
#include "mmfota-text.h"

/*****************************************************************************/
/* Building */

void
mmfota_tree_add_string (JsonObject  *object,
                        const gchar *name,
                        const gchar *value)
{
    if (value && value[0])
        json_object_set_string_member (object, name, value);
    else
        json_object_set_null_member (object, name);
}

void
mmfota_tree_add_number (JsonObject  *object,
                        const gchar *name,
                        gboolean     known,
                        guint64      value)
{
    /* The integers of json-glib are signed, and no size or time exceeds them */
    if (known)
        json_object_set_int_member (object, name, (gint64) MIN (value, (guint64) G_MAXINT64));
    else
        json_object_set_null_member (object, name);
}

void
mmfota_tree_add_strv (JsonObject         *object,
                      const gchar        *name,
                      const gchar *const *values)
{
    JsonArray *array = json_array_new ();

    for (; values && *values; values++)
        json_array_add_string_element (array, *values);
    json_object_set_array_member (object, name, array);
}

void
mmfota_tree_add_error (JsonObject   *tree,
                       const GError *error)
{
    g_autofree gchar  *name = mmfota_error_name (error);
    g_autoptr(GError)  stripped = g_error_copy (error);
    JsonObject        *object = json_object_new ();

    g_dbus_error_strip_remote_error (stripped);
    json_object_set_string_member (object, "name", name);
    json_object_set_string_member (object, "message", stripped->message);
    json_object_set_object_member (tree, "error", object);
}

/*****************************************************************************/
/* JSON */

/* An object whose members are all null becomes null */
static gboolean
is_blank (JsonNode *node)
{
    g_autoptr(GList) values = NULL;
    GList           *l;

    if (!JSON_NODE_HOLDS_OBJECT (node))
        return FALSE;
    values = json_object_get_values (json_node_get_object (node));
    for (l = values; l; l = l->next) {
        if (!JSON_NODE_HOLDS_NULL (l->data) && !is_blank (l->data))
            return FALSE;
    }
    return values != NULL;
}

static JsonObject *
without_blanks (JsonObject *object)
{
    JsonObject     *out = json_object_new ();
    JsonObjectIter  iter;
    const gchar    *name;
    JsonNode       *node;

    json_object_iter_init_ordered (&iter, object);
    while (json_object_iter_next_ordered (&iter, &name, &node)) {
        if (is_blank (node))
            json_object_set_null_member (out, name);
        else if (JSON_NODE_HOLDS_OBJECT (node))
            json_object_set_object_member (out, name, without_blanks (json_node_get_object (node)));
        else
            json_object_set_member (out, name, json_node_copy (node));
    }
    return out;
}

/* json-glib escapes what JSON requires. Terminals also obey control characters beyond ASCII and
 * characters that change the writing direction. */
static gchar *
escape_beyond_ascii (const gchar *json)
{
    GString     *out = g_string_new (NULL);
    const gchar *p;

    for (p = json; *p; p = g_utf8_next_char (p)) {
        gunichar     c = g_utf8_get_char (p);
        GUnicodeType type = g_unichar_type (c);

        if (c > 0x7E && c <= 0xFFFF &&
            (type == G_UNICODE_CONTROL || type == G_UNICODE_FORMAT ||
             type == G_UNICODE_LINE_SEPARATOR || type == G_UNICODE_PARAGRAPH_SEPARATOR))
            g_string_append_printf (out, "\\u%04x", c);
        else
            g_string_append_unichar (out, c);
    }
    return g_string_free (out, FALSE);
}

gchar *
mmfota_tree_to_json (JsonObject *tree)
{
    g_autoptr(JsonNode) root = json_node_new (JSON_NODE_OBJECT);
    g_autofree gchar   *json = NULL;

    json_node_take_object (root, without_blanks (tree));
    json = json_to_string (root, FALSE);
    return escape_beyond_ascii (json);
}

/*****************************************************************************/
/* Key-value, as mmcli prints it */

typedef struct {
    gchar *key;
    gchar *value;
} KeyValue;

static void
key_value_free (KeyValue *self)
{
    g_free (self->key);
    g_free (self->value);
    g_free (self);
}

static void
add_key_value (GPtrArray   *pairs,
               const gchar *key,
               gchar       *value)
{
    KeyValue *pair = g_new0 (KeyValue, 1);

    pair->key = g_strdup (key);
    pair->value = value;
    g_ptr_array_add (pairs, pair);
}

static gchar *
value_to_string (JsonNode *node)
{
    if (JSON_NODE_HOLDS_NULL (node))
        return g_strdup ("--");

    switch (json_node_get_value_type (node)) {
    case G_TYPE_STRING:
        return mmfota_text_printable (json_node_get_string (node));
    case G_TYPE_BOOLEAN:
        return g_strdup (json_node_get_boolean (node) ? "yes" : "no");
    default:
        return g_strdup_printf ("%" G_GINT64_FORMAT, json_node_get_int (node));
    }
}

static void
flatten (GPtrArray   *pairs,
         const gchar *path,
         JsonNode    *node)
{
    if (JSON_NODE_HOLDS_OBJECT (node)) {
        JsonObjectIter  iter;
        const gchar    *name;
        JsonNode       *member;

        json_object_iter_init_ordered (&iter, json_node_get_object (node));
        while (json_object_iter_next_ordered (&iter, &name, &member)) {
            g_autofree gchar *printable = mmfota_text_printable (name);
            g_autofree gchar *below = g_strjoin (path[0] ? "." : "", path, printable, NULL);

            flatten (pairs, below, member);
        }
    } else if (JSON_NODE_HOLDS_ARRAY (node)) {
        JsonArray        *array = json_node_get_array (node);
        g_autofree gchar *length_key = g_strdup_printf ("%s.length", path);
        guint             i;

        add_key_value (pairs, length_key, g_strdup_printf ("%u", json_array_get_length (array)));
        for (i = 0; i < json_array_get_length (array); i++) {
            g_autofree gchar *below = g_strdup_printf ("%s.value[%u]", path, i + 1);

            flatten (pairs, below, json_array_get_element (array, i));
        }
    } else {
        add_key_value (pairs, path, value_to_string (node));
    }
}

gchar *
mmfota_tree_to_keyvalue (JsonObject *tree)
{
    g_autoptr(GPtrArray) pairs = g_ptr_array_new_with_free_func ((GDestroyNotify) key_value_free);
    g_autoptr(JsonNode)  root = json_node_new (JSON_NODE_OBJECT);
    GString             *out = g_string_new (NULL);
    guint                width = 0;
    guint                i;

    json_node_set_object (root, tree);
    flatten (pairs, "", root);

    for (i = 0; i < pairs->len; i++)
        width = MAX (width, (guint) strlen (((KeyValue *) pairs->pdata[i])->key));
    for (i = 0; i < pairs->len; i++) {
        KeyValue *pair = pairs->pdata[i];

        g_string_append_printf (out, "%-*s : %s\n", (gint) width, pair->key, pair->value);
    }
    return g_string_free (out, FALSE);
}

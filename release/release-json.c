/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "release-json.h"

#define DEPTH_MAX 16

/* JSON-GLib accepts several values in a row, comments and any depth, and leaks what it has read
 * before an error */
static gboolean
is_one_object (const gchar *text,
               gsize        length)
{
    gboolean in_string = FALSE;
    guint    depth = 0;
    gsize    i;

    for (i = 0; i < length; i++) {
        gchar c = text[i];

        if (in_string) {
            if (c == '\\')
                i++;
            else
                in_string = c != '"';
        } else if (c == '{' || c == '[') {
            if (++depth > DEPTH_MAX)
                return FALSE;
        } else if (c == '}' || c == ']') {
            if (depth == 0 || --depth == 0)
                break;
        } else if (c == '/' || c == '#' || c == '\'' || (depth == 0 && !g_ascii_isspace (c)))
            return FALSE;
        else
            in_string = c == '"';
    }
    while (i < length && ++i < length && g_ascii_isspace (text[i]));
    return i == length && length > 0;
}

JsonObject *
release_json_parse (const gchar *text,
                    gsize        length)
{
    g_autoptr(JsonParser)  parser = NULL;
    JsonNode              *root;

    if (!g_utf8_validate_len (text, length, NULL) || !is_one_object (text, length))
        return NULL;
    parser = json_parser_new_immutable ();
    root = json_parser_load_from_data (parser, text, (gssize) length, NULL) ? json_parser_get_root (parser) : NULL;
    return root && JSON_NODE_HOLDS_OBJECT (root) ? json_object_ref (json_node_get_object (root)) : NULL;
}

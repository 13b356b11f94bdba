/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "release-sums.h"

#include <string.h>

#include <glib/gi18n.h>

#include "release-json.h"
#include "release-text.h"

#define SUM_LENGTH 64
/* Years of four digits, from 1970 on, whatever the time zone */
#define YEAR_END   9999

/*****************************************************************************/
/* SHA256SUMS */

static gboolean
parse_line (GHashTable   *sums,
            const gchar  *line,
            GError      **error)
{
    const gchar *name = line + SUM_LENGTH + 2;
    gsize        i;

    for (i = 0; i < SUM_LENGTH && g_ascii_isxdigit (line[i]); i++);
    /* Two blanks for text, a blank and an asterisk for binary: the same on Linux */
    if (i != SUM_LENGTH || line[SUM_LENGTH] != ' ' || (line[SUM_LENGTH + 1] != ' ' && line[SUM_LENGTH + 1] != '*') ||
        !release_text_is_name (name, TRUE)) {
        g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                             _("not 64 hexadecimal digits, two blanks and the name of a file in full/"));
        return FALSE;
    }
    if (!g_hash_table_insert (sums, g_strdup (name), g_ascii_strdown (line, SUM_LENGTH))) {
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, _("%s for the second time"), name);
        return FALSE;
    }
    return TRUE;
}

GHashTable *
release_sums_parse (const guint8  *data,
                    gsize          size,
                    GError       **error)
{
    g_autoptr(GHashTable) sums = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
    g_autofree gchar     *text = NULL;
    g_auto(GStrv)         lines = NULL;
    guint                 i;

    if (size > RELEASE_SUMS_MAX || (size > 0 && memchr (data, 0, size))) {
        g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, _("no list of sums, or larger than 1 MB"));
        return NULL;
    }
    text = g_strndup (size ? (const gchar *) data : "", size);
    lines = g_strsplit (text, "\n", -1);
    for (i = 0; lines[i]; i++) {
        /* Nothing follows the last line end */
        if (!*lines[i] && !lines[i + 1])
            break;
        if (strlen (lines[i]) < SUM_LENGTH + 3 || !parse_line (sums, lines[i], error)) {
            g_prefix_error (error, _("line %u: "), i + 1);
            if (error && !*error)
                g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, _("line %u: too short"), i + 1);
            return NULL;
        }
    }
    if (g_hash_table_size (sums) == 0) {
        g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, _("no line in it"));
        return NULL;
    }
    return g_steal_pointer (&sums);
}

gchar *
release_sums_build (GHashTable *sums)
{
    GList   *names = g_list_sort (g_hash_table_get_keys (sums), (GCompareFunc) (void (*) (void)) strcmp);
    GString *out = g_string_new (NULL);
    GList   *iter;

    for (iter = names; iter; iter = iter->next)
        g_string_append_printf (out, "%s  %s\n", (const gchar *) g_hash_table_lookup (sums, iter->data),
                                (const gchar *) iter->data);
    g_list_free (names);
    return g_string_free (out, FALSE);
}

/*****************************************************************************/
/* release.json */

void
release_manifest_free (ReleaseManifest *self)
{
    g_free (self->version);
    g_free (self->product);
    g_free (self);
}

static gboolean
take_text (JsonObject   *object,
           const gchar  *name,
           gchar       **value,
           GError      **error)
{
    JsonNode *node = json_object_get_member (object, name);

    if (!node || !JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_STRING ||
        !release_text_is_value (json_node_get_string (node))) {
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, _("no \"%s\" of printable ASCII"), name);
        return FALSE;
    }
    *value = json_node_dup_string (node);
    return TRUE;
}

static gboolean
take_time (JsonObject   *object,
           const gchar  *name,
           gint64       *value,
           GError      **error)
{
    JsonNode             *node = json_object_get_member (object, name);
    g_autoptr(GDateTime)  time = NULL;

    if (!node || JSON_NODE_HOLDS_NULL (node))
        return TRUE;
    if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING)
        time = g_date_time_new_from_iso8601 (json_node_get_string (node), NULL);
    if (!time || g_date_time_to_unix (time) <= 0 || g_date_time_get_year (time) >= YEAR_END) {
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, _("\"%s\" is no time as 2026-11-27T12:00:00Z"), name);
        return FALSE;
    }
    *value = g_date_time_to_unix (time);
    return TRUE;
}

ReleaseManifest *
release_manifest_parse (const guint8  *data,
                        gsize          size,
                        GError       **error)
{
    g_autoptr(ReleaseManifest) self = g_new0 (ReleaseManifest, 1);
    g_autoptr(JsonObject)      object = NULL;

    if (size > RELEASE_SUMS_MAX) {
        g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, _("larger than 1 MB"));
        return NULL;
    }
    object = release_json_parse (size ? (const gchar *) data : "", size);
    if (!object) {
        g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, _("no JSON object"));
        return NULL;
    }
    if (!take_text (object, "version", &self->version, error) || !take_text (object, "product", &self->product, error) ||
        !take_time (object, "released", &self->released, error) ||
        !take_time (object, "not-after", &self->not_after, error))
        return NULL;
    return g_steal_pointer (&self);
}

static void
append_time (GString     *out,
             const gchar *name,
             gint64       value)
{
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc (value);
    g_autofree gchar    *text = time ? g_date_time_format (time, "%Y-%m-%dT%H:%M:%SZ") : NULL;

    if (value && text)
        g_string_append_printf (out, ",\n  \"%s\": \"%s\"", name, text);
}

/* Values have no quotes or control characters (see release_text_is_value ()), but may have
 * backslashes */
gchar *
release_manifest_build (const ReleaseManifest *self)
{
    g_autofree gchar *version = g_strescape (self->version, NULL);
    g_autofree gchar *product = g_strescape (self->product, NULL);
    GString          *out = g_string_new (NULL);

    g_string_append_printf (out, "{\n  \"version\": \"%s\",\n  \"product\": \"%s\"", version, product);
    append_time (out, "released", self->released);
    append_time (out, "not-after", self->not_after);
    g_string_append (out, "\n}\n");
    return g_string_free (out, FALSE);
}

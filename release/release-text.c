/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "release-text.h"

#include <inttypes.h>
#include <string.h>

#include <glib/gi18n.h>

#define VALUE_MAX 64
#define SHOWN_MAX 120

gchar *
release_text_printable (const gchar *text,
                        gsize        max)
{
    g_autofree gchar *valid = NULL;
    GString          *out;
    const gchar      *p;

    if (!text)
        return g_strdup ("");
    valid = g_utf8_make_valid (text, (gssize) strnlen (text, max));
    out = g_string_new (NULL);
    for (p = valid; *p; p = g_utf8_next_char (p)) {
        gunichar c = g_utf8_get_char (p);
        /* U+2028 and U+2029 count as printable, but begin a line */
        gboolean printable = g_unichar_isprint (c) && g_unichar_break_type (c) != G_UNICODE_BREAK_MANDATORY &&
                             g_unichar_type (c) != G_UNICODE_FORMAT;

        g_string_append_unichar (out, printable ? c : '?');
    }
    if (strnlen (text, max + 1) > max)
        g_string_append (out, "…");
    return g_string_free (out, FALSE);
}

gchar *
release_text_file_name (const gchar *name,
                        gsize        max)
{
    g_autofree gchar *converted = NULL;

    if (name && !g_utf8_validate (name, -1, NULL))
        converted = g_locale_to_utf8 (name, -1, NULL, NULL, NULL);
    return release_text_printable (converted ? converted : name, max);
}

gchar *
release_text_size (guint64 bytes)
{
    static const gchar *const units[] = { "kB", "MB", "GB", "TB" };
    guint64                   unit = 1000;
    guint                     i = 0;

    if (bytes < 1000)
        return g_strdup_printf (_("%" PRIu64 " bytes"), bytes);
    while (i + 1 < G_N_ELEMENTS (units) && bytes / unit >= 1000) {
        unit *= 1000;
        i++;
    }
    return g_strdup_printf ("%" G_GUINT64_FORMAT ".%u %s", bytes / unit, (guint) (bytes % unit / (unit / 10)), units[i]);
}

gboolean
release_text_is_value (const gchar *text)
{
    const gchar *p;

    if (!*text || strlen (text) > VALUE_MAX || *text == ' ' || g_str_has_suffix (text, " "))
        return FALSE;
    for (p = text; *p; p++) {
        if (!g_ascii_isprint (*p) || strchr ("\"<>&", *p))
            return FALSE;
    }
    return TRUE;
}

static gboolean
is_one_name (const gchar *text)
{
    const gchar *p;

    if (!*text || g_str_equal (text, ".") || g_str_equal (text, ".."))
        return FALSE;
    for (p = text; *p; p++) {
        if (!g_ascii_isalnum (*p) && !strchr ("._-()+", *p))
            return FALSE;
    }
    return TRUE;
}

gboolean
release_text_is_name (const gchar *text,
                      gboolean     folders)
{
    g_auto(GStrv) names = NULL;
    guint         i;

    if (!folders)
        return is_one_name (text);
    names = g_strsplit (text, "/", -1);
    for (i = 0; names[i]; i++) {
        if (!is_one_name (names[i]))
            return FALSE;
    }
    return i > 0;
}

/*****************************************************************************/
/* URL */

static gchar *
refuse_url (const gchar  *text,
            const gchar  *why,
            GError      **error)
{
    g_autofree gchar *shown = release_text_printable (text, SHOWN_MAX);

    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                 _("'%s' is no URL for the module: %s; allowed: http or https, host, port and path, of ASCII characters "
                    "without user, query, fragment, blanks, quotes and semicolons, at most %d bytes"),
                 shown, why, RELEASE_URL_MAX);
    return NULL;
}

gchar *
release_text_base_url (const gchar  *text,
                       GError      **error)
{
    g_autoptr(GUri)   uri = NULL;
    g_autofree gchar *url = NULL;
    const gchar      *p;

    /* A semicolon is legal in a path, but splits an AT command line (ITU-T V.250 §5.2.1) */
    for (p = text; *p; p++) {
        if (!g_ascii_isalnum (*p) && !strchr ("-._~!$&'()*+,=:@/[]%", *p))
            return refuse_url (text, _("a character that is not allowed"), error);
    }
    url = g_strconcat (text, g_str_has_suffix (text, "/") ? "" : "/", NULL);
    if (strlen (url) > RELEASE_URL_MAX)
        return refuse_url (text, _("too long"), error);
    uri = g_uri_parse (url, G_URI_FLAGS_ENCODED, NULL);
    if (!uri || !g_uri_get_host (uri) || !*g_uri_get_host (uri))
        return refuse_url (text, _("not a complete URL"), error);
    if (!g_str_equal (g_uri_get_scheme (uri), "http") && !g_str_equal (g_uri_get_scheme (uri), "https"))
        return refuse_url (text, _("another scheme"), error);
    if (g_uri_get_userinfo (uri))
        return refuse_url (text, _("a user"), error);
    if (g_uri_get_port (uri) == 0 || g_uri_get_port (uri) > G_MAXUINT16)
        return refuse_url (text, _("an impossible port"), error);
    return g_steal_pointer (&url);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-agent-url.h"

#include <gio/gio.h>

gchar *
mmfota_agent_url_fill (const gchar *pattern,
                       const gchar *model,
                       const gchar *imei,
                       const gchar *version)
{
    const gchar *const  names[] = { "%{model}", "%{imei}", "%{version}" };
    const gchar *const  values[] = { model, imei, version };
    g_autoptr(GString)  url = g_string_new (pattern);
    guint               i;

    for (i = 0; i < G_N_ELEMENTS (names); i++) {
        g_autofree gchar *escaped = g_uri_escape_string (values[i] ? values[i] : "", NULL, FALSE);

        g_string_replace (url, names[i], escaped, 0);
    }
    return g_strdup (url->str);
}

/* Canonical form of the address, and "/" at the end of the path, as in the plugin */
static gchar *
normalize (const gchar *url)
{
    g_autoptr(GUri)          uri = url ? g_uri_parse (url, G_URI_FLAGS_ENCODED, NULL) : NULL;
    g_autoptr(GInetAddress)  address = NULL;
    g_autofree gchar        *scheme = NULL;
    g_autofree gchar        *host = NULL;

    if (!uri || !g_uri_get_host (uri))
        return NULL;
    address = g_inet_address_new_from_string (g_uri_get_host (uri));
    scheme = g_ascii_strdown (g_uri_get_scheme (uri), -1);
    host = address ? g_inet_address_to_string (address) : g_ascii_strdown (g_uri_get_host (uri), -1);
    return g_strdup_printf ("%s %s %d %s%s", scheme, host, g_uri_get_port (uri), g_uri_get_path (uri),
                            g_str_has_suffix (g_uri_get_path (uri), "/") ? "" : "/");
}

gboolean
mmfota_agent_url_is_same (const gchar *one,
                          const gchar *other)
{
    g_autofree gchar *first = normalize (one);
    g_autofree gchar *second = normalize (other);

    return first && second && g_str_equal (first, second);
}

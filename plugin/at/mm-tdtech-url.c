/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mm-tdtech-url.h"

#include <string.h>

#include <gio/gio.h>
#include <libmm-glib.h>

/* Longest URL given to the module, in bytes. GUESS: neither the guide nor the AT manual
 * tells ^FOTAOEMDL's limit; 255 is what one octet counts and what relatives' commands
 * take. */
#define URL_MAX 255

/* RFC 1035 §2.3.4; its 253 bytes for the whole name do not fit into a URL of ours anyway */
#define LABEL_MAX 63

/* Bytes of the offending value shown in a message */
#define SHOWN_MAX 80

#define ALLOWED \
    "http or https, a host name, IPv4 or [IPv6] address, port and path, " \
    "without user, query, fragment, spaces, quotes or semicolons, at most 255 bytes"

/*****************************************************************************/
/* Errors */

/* The start of the value, as text that is safe on a terminal */
static gchar *
show (const gchar *url)
{
    g_autofree gchar *valid = NULL;
    GString          *out;
    const gchar      *p;

    valid = g_utf8_make_valid (url, (gssize) MIN (strlen (url), SHOWN_MAX));
    out = g_string_new (NULL);
    for (p = valid; *p; p = g_utf8_next_char (p)) {
        gunichar c = g_utf8_get_char (p);
        /* U+2028 and U+2029 count as printable but start a new line */
        gboolean printable = g_unichar_isprint (c) && g_unichar_break_type (c) != G_UNICODE_BREAK_MANDATORY;

        g_string_append_unichar (out, printable ? c : '?');
    }
    if (strlen (url) > SHOWN_MAX)
        g_string_append (out, "…");
    return g_string_free (out, FALSE);
}

static gboolean
set_invalid (GError      **error,
             const gchar  *url,
             const gchar  *why)
{
    g_autofree gchar *shown = NULL;

    shown = show (url);
    g_set_error (error, MM_CORE_ERROR, MM_CORE_ERROR_INVALID_ARGS,
                 "invalid server URL '%s': %s; allowed: %s", shown, why, ALLOWED);
    return FALSE;
}

/*****************************************************************************/
/* Host */

static gboolean
label_is_valid (const gchar *label)
{
    gsize len = strlen (label);
    gsize i;

    if (len == 0 || len > LABEL_MAX || label[0] == '-' || label[len - 1] == '-')
        return FALSE;
    for (i = 0; i < len; i++) {
        if (!g_ascii_isalnum (label[i]) && label[i] != '-' && label[i] != '_')
            return FALSE;
    }
    return TRUE;
}

static gboolean
is_number (const gchar *label)
{
    return label[strspn (label, "0123456789")] == '\0';
}

static gboolean
host_name_is_valid (const gchar *host)
{
    g_auto(GStrv) labels = NULL;
    guint         n;
    guint         i;

    labels = g_strsplit (host, ".", -1);
    n = g_strv_length (labels);
    for (i = 0; i < n; i++) {
        if (!label_is_valid (labels[i]))
            return FALSE;
    }
    /* No top-level domain is a number: what looks like an IPv4 address is one, or an error */
    return !is_number (labels[n - 1]);
}

/* The host as written in a URL, NULL if invalid. @host is not empty, and GUri has converted IDNA
 * names to ASCII. */
static gchar *
normalize_host (const gchar *host)
{
    g_autofree gchar        *lower = NULL;
    g_autoptr(GInetAddress)  address = NULL;

    /* A zone names an interface of this host, not of the module */
    if (strchr (host, '%'))
        return NULL;

    address = g_inet_address_new_from_string (host);
    if (address) {
        g_autofree gchar *text = g_inet_address_to_string (address);

        if (g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV6)
            return g_strdup_printf ("[%s]", text);
        return g_steal_pointer (&text);
    }

    lower = g_ascii_strdown (host, -1);
    return host_name_is_valid (lower) ? g_steal_pointer (&lower) : NULL;
}

/*****************************************************************************/
/* URL */

/* Bytes that RFC 3986 lets stand in a URL, or that IDNA takes out of it: no quote,
 * backslash or control character can end the string in the AT command. A semicolon is
 * legal in a path, but splits an AT command line (ITU-T V.250 §5.2.1). */
static gboolean
check_bytes (const gchar  *url,
             GError      **error)
{
    const gchar *p;

    if (!g_utf8_validate (url, -1, NULL))
        return set_invalid (error, url, "not UTF-8");
    for (p = url; *p; p++) {
        if ((guchar) *p >= 0x80)
            continue;
        if (!g_ascii_isalnum (*p) && !strchr ("-._~!$&'()*+,=:@/?#[]%", *p))
            return set_invalid (error, url, "a character that is not allowed");
    }
    return TRUE;
}

/* The path as the caller wrote it. GUri would percent-encode non-ASCII bytes, but we cannot know
 * the encoding of the server's file names. */
static gboolean
check_path (const gchar  *url,
            GError      **error)
{
    const gchar *path;

    path = strchr (strstr (url, "://") + strlen ("://"), '/');
    if (!path)
        return TRUE;
    if (!g_str_is_ascii (path))
        return set_invalid (error, url, "a path that is not ASCII (percent-encode it)");
    if (strpbrk (path, "[]"))
        return set_invalid (error, url, "a character that is not allowed");
    return TRUE;
}

gchar *
mm_tdtech_url_normalize (const gchar  *url,
                         GError      **error)
{
    g_autofree gchar *scheme = NULL;
    g_autofree gchar *userinfo = NULL;
    g_autofree gchar *host = NULL;
    g_autofree gchar *path = NULL;
    g_autofree gchar *query = NULL;
    g_autofree gchar *fragment = NULL;
    g_autofree gchar *ascii_host = NULL;
    g_autofree gchar *lower_scheme = NULL;
    g_autofree gchar *port_text = NULL;
    g_autofree gchar *normalized = NULL;
    gint              port = -1;

    if (!url)
        url = "";
    if (strlen (url) > URL_MAX) {
        set_invalid (error, url, "too long");
        return NULL;
    }
    if (!check_bytes (url, error))
        return NULL;
    if (!g_uri_split (url, G_URI_FLAGS_ENCODED, &scheme, &userinfo, &host, &port,
                      &path, &query, &fragment, NULL) || !scheme || !host || !*host) {
        set_invalid (error, url, "not a complete URL");
        return NULL;
    }

    lower_scheme = g_ascii_strdown (scheme, -1);
    if (!g_str_equal (lower_scheme, "http") && !g_str_equal (lower_scheme, "https")) {
        set_invalid (error, url, "another scheme");
        return NULL;
    }
    if (userinfo || query || fragment) {
        set_invalid (error, url, "a user, query or fragment");
        return NULL;
    }
    if (port == 0 || port > G_MAXUINT16) {
        set_invalid (error, url, "an impossible port");
        return NULL;
    }
    ascii_host = normalize_host (host);
    if (!ascii_host) {
        set_invalid (error, url, "an impossible host");
        return NULL;
    }
    if (!check_path (url, error))
        return NULL;

    port_text = port != -1 ? g_strdup_printf (":%d", port) : g_strdup ("");
    normalized = g_strdup_printf ("%s://%s%s%s%s", lower_scheme, ascii_host, port_text, path,
                                  g_str_has_suffix (path, "/") ? "" : "/");
    if (strlen (normalized) > URL_MAX) {
        set_invalid (error, url, "too long");
        return NULL;
    }
    return g_steal_pointer (&normalized);
}

gboolean
mm_tdtech_url_is_https (const gchar *url)
{
    return url && g_ascii_strncasecmp (url, "https://", strlen ("https://")) == 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "server-site.h"

#include <string.h>

#include <glib/gi18n.h>

/* Characters that a path in nginx's configuration cannot have */
static gchar *
quote_path (const gchar  *path,
            GError      **error)
{
    g_autofree gchar *absolute = g_canonicalize_filename (path, NULL);
    const gchar      *p;

    for (p = absolute; *p; p++) {
        if (strchr ("$\"\\'", *p) || g_ascii_iscntrl (*p)) {
            g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_FILENAME,
                                 _("a path with $, quotes, backslash or control characters can't be written in nginx's configuration"));
            return NULL;
        }
    }
    return g_steal_pointer (&absolute);
}

static void
append_listen (GString             *out,
               const ServerOptions *options)
{
    const gchar *ssl = options->tls_certificate ? " ssl" : "";

    if (!options->only_v6)
        g_string_append_printf (out, "    listen %u%s;\n", options->port, ssl);
    if (!options->only_v4)
        g_string_append_printf (out, "    listen [::]:%u%s;\n", options->port, ssl);
    g_string_append (out, "    server_name _;\n");
}

static gboolean
append_tls (GString              *out,
            const ServerOptions  *options,
            GError              **error)
{
    g_autofree gchar *certificate = NULL;
    g_autofree gchar *key = NULL;
    g_autofree gchar *ca = NULL;

    if (!options->tls_certificate) {
        if (!options->mutual)
            return TRUE;
        g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, _("--mutual needs TLS: --tls, or --tls-certificate"));
        return FALSE;
    }
    certificate = quote_path (options->tls_certificate, error);
    key = certificate ? quote_path (options->tls_key, error) : NULL;
    if (!key)
        return FALSE;
    g_string_append_printf (out, "\n    ssl_certificate \"%s\";\n"
                            "    ssl_certificate_key \"%s\";\n"
                            "    # The module is known to speak 1.2\n"
                            "    ssl_protocols TLSv1.2 TLSv1.3;\n",
                            certificate, key);
    if (!options->mutual)
        return TRUE;
    ca = quote_path (options->tls_ca, error);
    if (!ca)
        return FALSE;
    g_string_append_printf (out, "    # Only for modules with a certificate of this CA\n"
                            "    ssl_client_certificate \"%s\";\n"
                            "    ssl_verify_client on;\n"
                            "    ssl_verify_depth 2;\n", ca);
    return TRUE;
}

gchar *
server_site_build (const ServerOptions  *options,
                   GError              **error)
{
    g_autoptr(GString) out = g_string_new (NULL);
    g_autofree gchar  *path = quote_path (options->target, error);
    const gchar       *location = options->location ? options->location : "/";

    if (!path)
        return NULL;
    if (options->json && !g_utf8_validate (path, -1, NULL)) {
        g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_FILENAME,
                             _("a path that is not UTF-8 can't be written in JSON: without --output-json it is told as it is"));
        return NULL;
    }
    g_string_append_printf (out, "# Firmware for TD Tech modules, from %s/full. The URL for them:\n"
                            "#   %s://HOST:%u%s\n"
                            "# Put this into /etc/nginx/sites-available/mmfota, link it from sites-enabled, then\n"
                            "#   nginx -t && systemctl reload nginx && mmfota-server --diagnose\n"
                            "server {\n",
                            path, options->tls_certificate ? "https" : "http", options->port, location);
    append_listen (out, options);
    if (!append_tls (out, options, error))
        return NULL;
    g_string_append_printf (out, "\n    location %sfull/ {\n"
                            "        alias \"%s%sfull/\";\n"
                            "        autoindex on;\n"
                            "        # Sizes must be exact, and a download must be able to go on\n"
                            "        gzip off;\n"
                            "        types { application/octet-stream swu bin; text/xml xml; text/plain txt; application/json json; }\n"
                            "        default_type application/octet-stream;\n"
                            "        limit_except GET { deny all; }\n"
                            "    }\n"
                            "}\n", location, path, g_str_has_suffix (path, "/") ? "" : "/");
    return g_string_free (g_steal_pointer (&out), FALSE);
}

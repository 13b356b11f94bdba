/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/* What a module would find wrong with a server's TLS: protocols, certificate, names, client
 * certificate. And what else is asked of GnuTLS in more than one place. */

#ifndef SERVER_TLS_H
#define SERVER_TLS_H

#include <gnutls/x509.h>

#include "release-finding.h"

typedef struct {
    /* PEM files; NULL: none */
    const gchar *ca;
    const gchar *certificate;
    const gchar *key;
} ServerTlsFiles;

/* FALSE if requests for files would be pointless. @client_asked: the server asks for a client
 * certificate */
gboolean server_tls_check (const gchar          *host,
                           guint16               port,
                           const ServerTlsFiles *files,
                           gboolean             *client_asked,
                           ReleaseFindings      *findings);

/* Whether the server accepts h2 by ALPN, but not http/1.1 */
gboolean server_tls_only_http2 (const gchar          *host,
                                guint16               port,
                                const ServerTlsFiles *files);

/* Whether the key belongs to the certificate */
gboolean server_tls_is_pair (gnutls_x509_crt_t     certificate,
                             gnutls_x509_privkey_t key);

/* Sets @error to what GnuTLS says of @code, and returns FALSE */
gboolean server_tls_fail (GError      **error,
                          const gchar  *what,
                          gint          code);

#endif /* SERVER_TLS_H */

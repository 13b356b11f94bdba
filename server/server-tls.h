/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/* What a module would say to a server's TLS: protocols, certificate, names, client certificate */

#ifndef SERVER_TLS_H
#define SERVER_TLS_H

#include "release-finding.h"

typedef struct {
    /* Files in PEM; NULL: none */
    const gchar *ca;
    const gchar *certificate;
    const gchar *key;
} ServerTlsFiles;

/* FALSE if there is no use in asking for files. @client_asked: the server wants to see a
 * certificate of the client */
gboolean server_tls_check (const gchar          *host,
                           guint16               port,
                           const ServerTlsFiles *files,
                           gboolean             *client_asked,
                           ReleaseFindings      *findings);

/* Whether it takes h2 above TLS, and does not take http/1.1 */
gboolean server_tls_only_http2 (const gchar          *host,
                                guint16               port,
                                const ServerTlsFiles *files);

#endif /* SERVER_TLS_H */

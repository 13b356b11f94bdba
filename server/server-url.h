/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/* A release on a web server, fetched as a module does: HTTP/1.1, GET, nothing that it does
 * not need */

#ifndef SERVER_URL_H
#define SERVER_URL_H

#include "server-check.h"
#include "server-tls.h"

/* @url as release_text_base_url () gives it. NULL, with findings, if nobody answers.
 * @only_module: nothing is asked beyond what a module asks */
ServerSource *server_url_new  (const gchar          *url,
                               const ServerTlsFiles *tls,
                               gboolean              only_module,
                               ReleaseFindings      *findings);
void          server_url_free (ServerSource         *source);

#endif /* SERVER_URL_H */

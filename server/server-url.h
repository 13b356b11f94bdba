/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/* A release on a web server, read as a module reads it: HTTP/1.1, GET, no other features */

#ifndef SERVER_URL_H
#define SERVER_URL_H

#include "server-check.h"
#include "server-tls.h"

/* @url: from release_text_base_url (). NULL, with findings, if there is no answer. @only_module:
 * send only requests that a module sends */
ServerSource *server_url_new  (const gchar          *url,
                               const ServerTlsFiles *tls,
                               gboolean              only_module,
                               ReleaseFindings      *findings);
void          server_url_free (ServerSource         *source);

#endif /* SERVER_URL_H */

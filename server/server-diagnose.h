/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/* Why nginx does not start or does not serve the release */

#ifndef SERVER_DIAGNOSE_H
#define SERVER_DIAGNOSE_H

#include "release-finding.h"
#include "server-nginx.h"
#include "server-options.h"

void server_diagnose (const ServerOptions *options,
                      JsonObject          *report,
                      ReleaseFindings     *findings);

/* Explains a line of nginx -t or of its error log. FALSE if it is not a known one */
gboolean server_diagnose_message (const gchar     *line,
                                  ReleaseFindings *findings);

/* Checks sites, locations and certificates of the configuration, for a web server that runs as
 * @user. Adds the ports that serve firmware to @ports (guint). */
void server_diagnose_sites (const ServerDirective *root,
                            const gchar           *user,
                            GArray                *ports,
                            ReleaseFindings       *findings);

#endif /* SERVER_DIAGNOSE_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/* Why nginx does not start or serve (guide row S5) */

#ifndef SERVER_DIAGNOSE_H
#define SERVER_DIAGNOSE_H

#include "release-finding.h"
#include "server-nginx.h"
#include "server-options.h"

void server_diagnose (const ServerOptions *options,
                      JsonObject          *report,
                      ReleaseFindings     *findings);

/* A line of nginx -t or of its error log. FALSE if it means nothing to us */
gboolean server_diagnose_message (const gchar     *line,
                                  ReleaseFindings *findings);

/* What is in the configuration: sites, locations, certificates, for a web server that runs
 * as @user. Ports with firmware behind them are put into @ports (of guint) */
void server_diagnose_sites (const ServerDirective *root,
                            const gchar           *user,
                            GArray                *ports,
                            ReleaseFindings       *findings);

#endif /* SERVER_DIAGNOSE_H */

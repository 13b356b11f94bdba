/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * A small CA, and what it signs: the server's certificate, one for each module, and one for
 * --sign. RSA of 2048 bits: what the module takes is not known, and that is what everything
 * takes.
 */

#ifndef SERVER_CERTIFICATES_H
#define SERVER_CERTIFICATES_H

#include <json-glib/json-glib.h>

#include "server-options.h"

/* --certificates: with a CA in the folder already, that one signs a new server certificate
 * and those of clients that are not there yet; with --replace all is new */
gboolean  server_certificates_make    (const ServerOptions  *options,
                                       JsonObject           *report,
                                       GError              **error);
/* Which file goes where */
gchar    *server_certificates_explain (const ServerOptions  *options);

#endif /* SERVER_CERTIFICATES_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * A small CA and the certificates that it signs: of the server, of each module, and for --sign. RSA
 * with 2048 bits: what the module supports is not known, and this is what everything supports.
 */

#ifndef SERVER_CERTIFICATES_H
#define SERVER_CERTIFICATES_H

#include <json-glib/json-glib.h>

#include "server-options.h"

/* --certificates: if the folder has a CA already, it signs a new server certificate and the missing
 * client certificates; with --replace everything is new */
gboolean  server_certificates_make    (const ServerOptions  *options,
                                       JsonObject           *report,
                                       GError              **error);
/* Paths of the files */
gchar    *server_certificates_explain (const ServerOptions  *options);

#endif /* SERVER_CERTIFICATES_H */

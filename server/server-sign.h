/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * The customer's signature: a detached CMS of SHA256SUMS, which lists package, both
 * XML files and release.json. Certificates must be valid at the time of signing, not now: devices
 * without a clock and releases older than a certificate are common.
 */

#ifndef SERVER_SIGN_H
#define SERVER_SIGN_H

#include <json-glib/json-glib.h>

#include "server-check.h"
#include "server-options.h"

/* Signature of the data in DER. @certificate and @key: PEM files or pkcs11: URLs */
GBytes   *server_signature_make   (GBytes        *data,
                                   const gchar   *certificate,
                                   const gchar   *key,
                                   GError       **error);
/* --sign */
gboolean server_sign   (const ServerOptions *options,
                        JsonObject          *report,
                        ReleaseFindings     *findings,
                        GError             **error);
/* --verify: FALSE if anything differs from what was signed */
gboolean server_verify (const ServerOptions *options,
                        ServerSource        *source,
                        JsonObject          *report,
                        ReleaseFindings     *findings,
                        GError             **error);

#endif /* SERVER_SIGN_H */

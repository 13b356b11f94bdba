/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * Certificates and keys that live in a token: a smart card, a HSM, anything with a PKCS#11
 * module that p11-kit knows. URLs as RFC 7512 has them.
 *
 * The PIN comes from the file that pin-source names, or is asked for at the terminal; each
 * is tried once, since tokens lock themselves after a few. In the URL itself it would be on
 * the command line, for everybody to see: pin-value is refused.
 */

#ifndef SERVER_TOKEN_H
#define SERVER_TOKEN_H

#include <gio/gio.h>
#include <gnutls/abstract.h>
#include <gnutls/x509.h>

typedef struct {
    gchar *url;      /* without the PIN's place */
    gchar *pin_file; /* NULL: asked for */
    gchar *why;      /* what was wrong with the PIN */
} ServerToken;

gboolean server_token_is_url           (const gchar        *text);
gboolean server_token_init             (ServerToken        *self,
                                        const gchar        *url,
                                        GError            **error);
void     server_token_clear            (ServerToken        *self);

/* @self is asked for the PIN as long as @key lives */
gboolean server_token_load_certificate (ServerToken        *self,
                                        gnutls_x509_crt_t   certificate,
                                        GError            **error);
gboolean server_token_load_key         (ServerToken        *self,
                                        gnutls_privkey_t    key,
                                        GError            **error);

#endif /* SERVER_TOKEN_H */

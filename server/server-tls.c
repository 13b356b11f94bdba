/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "server-tls.h"

#include <limits.h>
#include <string.h>
#include <time.h>

#include <gio/gio.h>
#include <glib/gi18n.h>
#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>

#include "release-text.h"

#define TIMEOUT   20
#define SOON      (30 * 24 * 3600)
#define CHAIN_MAX 16

typedef struct {
    const gchar                     *host;
    guint16                          port;
    const ServerTlsFiles            *files;
    ReleaseFindings                 *findings;
    gnutls_certificate_credentials_t credentials;
    gboolean                         has_certificate;
    gboolean                         asked;
    gnutls_alert_description_t       alert;
    /* The ALPN protocol to offer, and whether it was accepted */
    const gchar                      *protocol;
    gboolean                          protocol_taken;
} Probe;

#define HTTP1 "http/1.1"
#define HTTP2 "h2"

/*****************************************************************************/
/* Credentials */

static gint
client_certificate_wanted (gnutls_session_t            session,
                           const gnutls_datum_t       *authorities,
                           gint                        n_authorities,
                           const gnutls_pk_algorithm_t *algorithms,
                           gint                        n_algorithms,
                           gnutls_pcert_st           **certificates,
                           guint                      *n_certificates,
                           gnutls_privkey_t           *key)
{
    Probe *self = gnutls_session_get_ptr (session);

    self->asked = TRUE;
    *n_certificates = 0;
    *certificates = NULL;
    return 0;
}

/* With this callback GnuTLS ignores the certificates it was given, so it has a session of its own,
 * only to see whether the server asks */
static gboolean
load_credentials (Probe    *self,
                  gboolean  with_certificate)
{
    gint code = gnutls_certificate_allocate_credentials (&self->credentials);

    if (code >= 0 && self->files->ca) {
        code = gnutls_certificate_set_x509_trust_file (self->credentials, self->files->ca, GNUTLS_X509_FMT_PEM);
        if (code <= 0) {
            release_findings_add (self->findings, "tls-client-file", _("%s: no certificate in it"), self->files->ca);
            return FALSE;
        }
    }
    if (!with_certificate || !self->files->certificate) {
        gnutls_certificate_set_retrieve_function2 (self->credentials, client_certificate_wanted);
        return TRUE;
    }
    code = gnutls_certificate_set_x509_key_file (self->credentials, self->files->certificate, self->files->key,
                                                 GNUTLS_X509_FMT_PEM);
    self->has_certificate = code >= 0;
    if (code == GNUTLS_E_CERTIFICATE_KEY_MISMATCH)
        release_findings_add (self->findings, "tls-client-pair", _("%s does not belong to %s"), self->files->key,
                              self->files->certificate);
    else if (code < 0)
        release_findings_add (self->findings, "tls-client-file", "%s, %s: %s", self->files->certificate, self->files->key,
                              gnutls_strerror (code));
    return code >= 0;
}

/*****************************************************************************/
/* Handshakes */

static GSocketConnection *
connect_to (Probe   *self,
            GError **error)
{
    g_autoptr(GSocketClient) client = g_socket_client_new ();
    GSocketConnection       *connection;

    g_socket_client_set_timeout (client, TIMEOUT);
    g_socket_client_set_proxy_resolver (client, NULL);
    g_socket_client_set_enable_proxy (client, FALSE);
    connection = g_socket_client_connect_to_host (client, self->host, self->port, NULL, error);
    if (connection)
        g_socket_set_blocking (g_socket_connection_get_socket (connection), TRUE);
    return connection;
}

static gnutls_session_t
session_new (Probe             *self,
             GSocketConnection *connection,
             const gchar       *priority)
{
    gnutls_datum_t   protocol = { (guchar *) self->protocol, (guint) strlen (self->protocol) };
    gnutls_session_t session = NULL;

    if (gnutls_init (&session, GNUTLS_CLIENT) < 0)
        return NULL;
    gnutls_session_set_ptr (session, self);
    gnutls_priority_set_direct (session, priority, NULL);
    gnutls_alpn_set_protocols (session, &protocol, 1, 0);
    gnutls_credentials_set (session, GNUTLS_CRD_CERTIFICATE, self->credentials);
    if (!g_hostname_is_ip_address (self->host))
        gnutls_server_name_set (session, GNUTLS_NAME_DNS, self->host, strlen (self->host));
    gnutls_transport_set_int (session, g_socket_get_fd (g_socket_connection_get_socket (connection)));
    gnutls_handshake_set_timeout (session, TIMEOUT * 1000);
    return session;
}

static gint
shake_hands (gnutls_session_t session)
{
    gint code;

    do
        code = gnutls_handshake (session);
    while (code < 0 && !gnutls_error_is_fatal (code));
    return code;
}

/*****************************************************************************/
/* The server's certificate */

static void
check_dates (Probe             *self,
             gnutls_x509_crt_t  certificate)
{
    time_t               now = time (NULL);
    time_t               end = gnutls_x509_crt_get_expiration_time (certificate);
    g_autoptr(GDateTime) end_time = g_date_time_new_from_unix_utc ((gint64) end);
    g_autofree gchar    *end_text = end_time ? g_date_time_format (end_time, "%Y-%m-%d") : NULL;

    if (end < now)
        release_findings_add (self->findings, "tls-expired", _("the server's certificate has expired on %s"), end_text);
    else if (gnutls_x509_crt_get_activation_time (certificate) > now)
        release_findings_add (self->findings, "tls-not-yet", _("the server's certificate is not valid yet"));
    else if (end < now + SOON)
        release_findings_add (self->findings, "tls-expires", _("the server's certificate expires on %s"), end_text);
}

static gchar *
issuer_of (gnutls_x509_crt_t certificate)
{
    gnutls_datum_t  name = { NULL, 0 };
    gchar          *text;

    if (gnutls_x509_crt_get_issuer_dn3 (certificate, &name, 0) < 0)
        return g_strdup ("?");
    text = g_strdup ((const gchar *) name.data);
    gnutls_free (name.data);
    return text;
}

/* A chain that ends with a certificate signed by another one may merely be incomplete */
static void
tell_untrusted (Probe             *self,
                gnutls_x509_crt_t  last)
{
    g_autofree gchar *issuer = issuer_of (last);

    if (gnutls_x509_crt_check_issuer (last, last))
        release_findings_add (self->findings, "tls-untrusted", _("the server's chain ends at %s, which is not in %s"), issuer,
                              self->files->ca);
    else
        release_findings_add (self->findings, "tls-chain", _("the server's chain ends below %s, which is not in %s"), issuer,
                              self->files->ca);
}

static void
check_trust (Probe             *self,
             gnutls_session_t   session,
             gnutls_x509_crt_t  last)
{
    guint status = 0;

    if (!self->files->ca) {
        release_findings_add (self->findings, "tls-no-ca", _("the server's certificate was not followed to its CA"));
        return;
    }
    if (gnutls_certificate_verify_peers2 (session, &status) < 0)
        status = GNUTLS_CERT_INVALID | GNUTLS_CERT_SIGNER_NOT_FOUND;
    status &= ~(guint) (GNUTLS_CERT_EXPIRED | GNUTLS_CERT_NOT_ACTIVATED);
    if (status & GNUTLS_CERT_SIGNER_NOT_FOUND)
        tell_untrusted (self, last);
    else if (status & ~(guint) GNUTLS_CERT_INVALID) {
        gnutls_datum_t text = { NULL, 0 };

        gnutls_certificate_verification_status_print (status, GNUTLS_CRT_X509, &text, 0);
        release_findings_add (self->findings, "tls-untrusted", _("the server's certificate: %s"),
                              text.data ? (const gchar *) text.data : _("not accepted"));
        gnutls_free (text.data);
    }
}

static void
check_chain (Probe            *self,
             gnutls_session_t  session)
{
    const gnutls_datum_t *chain;
    gnutls_x509_crt_t     certificates[CHAIN_MAX] = { NULL };
    guint                 n = 0;
    guint                 i;

    chain = gnutls_certificate_get_peers (session, &n);
    n = MIN (n, CHAIN_MAX);
    for (i = 0; i < n; i++) {
        gnutls_x509_crt_init (&certificates[i]);
        if (gnutls_x509_crt_import (certificates[i], &chain[i], GNUTLS_X509_FMT_DER) < 0)
            break;
    }
    if (n > 0 && i == n) {
        check_dates (self, certificates[0]);
        if (!gnutls_x509_crt_check_hostname (certificates[0], self->host))
            release_findings_add (self->findings, "tls-name", _("the server's certificate is not for %s"), self->host);
        check_trust (self, session, certificates[n - 1]);
    } else
        release_findings_add (self->findings, "tls-handshake", _("the server shows no certificate that can be read"));
    for (i = 0; i < n; i++) {
        if (certificates[i])
            gnutls_x509_crt_deinit (certificates[i]);
    }
}

/*****************************************************************************/
/* Sessions, one after the other */

static void
tell_failure (Probe            *self,
              gnutls_session_t  session,
              gint              code)
{
    const gchar *text = code == GNUTLS_E_FATAL_ALERT_RECEIVED ?
                        gnutls_alert_get_name (gnutls_alert_get (session)) : gnutls_strerror (code);

    if (code == GNUTLS_E_FATAL_ALERT_RECEIVED && gnutls_alert_get (session) == GNUTLS_A_NO_APPLICATION_PROTOCOL)
        release_findings_add (self->findings, "http2-only", _("%s port %u does not take http/1.1: %s"), self->host, self->port, text);
    else if (code == GNUTLS_E_FATAL_ALERT_RECEIVED && self->has_certificate)
        release_findings_add (self->findings, "tls-client-refused", _("the server does not take %s: %s"),
                              self->files->certificate, text);
    else if (code == GNUTLS_E_FATAL_ALERT_RECEIVED && self->asked)
        release_findings_add (self->findings, "tls-client-required", _("the server wants a certificate: %s"), text);
    else
        release_findings_add (self->findings, "tls-handshake", _("no TLS with %s port %u: %s"), self->host, self->port, text);
}

static gboolean
takes_protocol (gnutls_session_t session)
{
    gnutls_datum_t chosen;

    return gnutls_alpn_get_selected_protocol (session, &chosen) >= 0;
}

static gint
try_session (Probe       *self,
             const gchar *priority,
             gboolean     with_certificate,
             gboolean     look)
{
    g_autoptr(GSocketConnection) connection = NULL;
    g_autoptr(GError)            error = NULL;
    gnutls_session_t             session = NULL;
    gint                         code = GNUTLS_E_PUSH_ERROR;

    if (!load_credentials (self, with_certificate)) {
        gnutls_certificate_free_credentials (self->credentials);
        return GNUTLS_E_CERTIFICATE_ERROR;
    }
    connection = connect_to (self, &error);
    session = connection ? session_new (self, connection, priority) : NULL;
    if (session) {
        code = shake_hands (session);
        if (code == GNUTLS_E_FATAL_ALERT_RECEIVED)
            self->alert = gnutls_alert_get (session);
        self->protocol_taken = code >= 0 && takes_protocol (session);
        if (look && code >= 0)
            check_chain (self, session);
        else if (look)
            tell_failure (self, session, code);
        if (code >= 0)
            gnutls_bye (session, GNUTLS_SHUT_WR);
        gnutls_deinit (session);
    } else if (look)
        release_findings_add (self->findings, "net-unreachable", _("%s port %u: %s"), self->host, self->port,
                              error ? error->message : _("no session"));
    gnutls_certificate_free_credentials (self->credentials);
    return code;
}

/* In TLS 1.3 a server refuses the client's certificate only after the handshake, in 1.2 within it */
static gboolean
check_12 (Probe *self)
{
    gint code = try_session (self, "NORMAL:-VERS-ALL:+VERS-TLS1.2", TRUE, FALSE);

    if (code >= 0)
        return TRUE;
    if (!self->asked || self->alert == GNUTLS_A_PROTOCOL_VERSION) {
        release_findings_add (self->findings, "tls-no-12", _("%s port %u does not speak TLS 1.2"), self->host, self->port);
        return TRUE;
    }
    if (self->has_certificate)
        release_findings_add (self->findings, "tls-client-refused", _("the server does not take %s"), self->files->certificate);
    else
        release_findings_add (self->findings, "tls-client-required", _("the server wants a certificate"));
    return FALSE;
}

gboolean
server_tls_check (const gchar          *host,
                  guint16               port,
                  const ServerTlsFiles *files,
                  gboolean             *client_asked,
                  ReleaseFindings      *findings)
{
    Probe self = { host, port, files, findings, NULL, FALSE, FALSE, GNUTLS_A_CLOSE_NOTIFY, HTTP1, FALSE };
    gint  code;

    /* Whether any of the server's addresses asks for one */
    try_session (&self, "NORMAL", FALSE, FALSE);
    *client_asked = self.asked;
    code = try_session (&self, "NORMAL", TRUE, TRUE);
    if (code < 0)
        return FALSE;
    if (files->certificate && !self.asked)
        release_findings_add (findings, "tls-client-not-asked", _("%s port %u does not ask for a certificate"), host, port);
    return check_12 (&self);
}

gboolean
server_tls_only_http2 (const gchar          *host,
                       guint16               port,
                       const ServerTlsFiles *files)
{
    ReleaseFindings *findings = release_findings_new ();
    Probe            self = { host, port, files, findings, NULL, FALSE, FALSE, GNUTLS_A_CLOSE_NOTIFY, HTTP2, FALSE };
    gboolean         only = FALSE;

    try_session (&self, "NORMAL", TRUE, FALSE);
    if (self.protocol_taken) {
        self.protocol = HTTP1;
        try_session (&self, "NORMAL", TRUE, FALSE);
        only = !self.protocol_taken;
    }
    release_findings_free (findings);
    return only;
}

gboolean
server_tls_is_pair (gnutls_x509_crt_t     certificate,
                    gnutls_x509_privkey_t key)
{
    guint8 one[64];
    guint8 two[64];
    gsize  one_size = sizeof (one);
    gsize  two_size = sizeof (two);

    return gnutls_x509_crt_get_key_id (certificate, GNUTLS_KEYID_USE_SHA256, one, &one_size) >= 0 &&
           gnutls_x509_privkey_get_key_id (key, GNUTLS_KEYID_USE_SHA256, two, &two_size) >= 0 &&
           one_size == two_size && memcmp (one, two, one_size) == 0;
}

gboolean
server_tls_fail (GError      **error,
                 const gchar  *what,
                 gint          code)
{
    /* It may be a file */
    g_autofree gchar *shown = release_text_file_name (what, PATH_MAX);

    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s: %s", shown, gnutls_strerror (code));
    return FALSE;
}

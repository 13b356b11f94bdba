/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "server-certificates.h"

#include <string.h>
#include <time.h>

#include <glib/gi18n.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "release-text.h"
#include "server-store.h"
#include "server-tls.h"

#define KEY_BITS 2048
#define CA_DAYS  7300
#define DAY      (24 * 3600)
/* Clocks may differ */
#define EARLIER  DAY

typedef enum {
    ROLE_CA,
    ROLE_SERVER,
    ROLE_CLIENT,
    ROLE_SIGNER,
} Role;

typedef struct {
    gnutls_x509_crt_t     certificate;
    gnutls_x509_privkey_t key;
} Pair;

static void
pair_clear (Pair *self)
{
    if (self->certificate)
        gnutls_x509_crt_deinit (self->certificate);
    if (self->key)
        gnutls_x509_privkey_deinit (self->key);
    self->certificate = NULL;
    self->key = NULL;
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Pair, pair_clear)

/*****************************************************************************/
/* Creating a certificate */

static gint
set_names (gnutls_x509_crt_t   certificate,
           const gchar *const *names)
{
    guint i;
    gint  code = 0;

    for (i = 0; names && names[i] && code >= 0; i++) {
        g_autoptr(GInetAddress) address = g_inet_address_new_from_string (names[i]);

        if (address)
            code = gnutls_x509_crt_set_subject_alt_name (certificate, GNUTLS_SAN_IPADDRESS, g_inet_address_to_bytes (address),
                                                         (guint) g_inet_address_get_native_size (address), GNUTLS_FSAN_APPEND);
        else
            code = gnutls_x509_crt_set_subject_alt_name (certificate, GNUTLS_SAN_DNSNAME, names[i],
                                                         (guint) strlen (names[i]), GNUTLS_FSAN_APPEND);
    }
    return code;
}

static gint
set_usage (gnutls_x509_crt_t certificate,
           Role              role)
{
    static const gchar *const purposes[] = {
        [ROLE_SERVER] = GNUTLS_KP_TLS_WWW_SERVER,
        [ROLE_CLIENT] = GNUTLS_KP_TLS_WWW_CLIENT,
        [ROLE_SIGNER] = GNUTLS_KP_CODE_SIGNING,
    };
    gint code;

    code = gnutls_x509_crt_set_basic_constraints (certificate, role == ROLE_CA, role == ROLE_CA ? 0 : -1);
    if (code >= 0 && role == ROLE_CA)
        return gnutls_x509_crt_set_key_usage (certificate, GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN);
    if (code >= 0)
        code = gnutls_x509_crt_set_key_usage (certificate, GNUTLS_KEY_DIGITAL_SIGNATURE |
                                              (role == ROLE_SERVER ? GNUTLS_KEY_KEY_ENCIPHERMENT : 0));
    return code < 0 ? code : gnutls_x509_crt_set_key_purpose_oid (certificate, purposes[role], 0);
}

static gint
set_identity (Pair        *pair,
              const gchar *name,
              guint        days)
{
    guint8 serial[16];
    guint8 id[64];
    gsize  id_size = sizeof (id);
    time_t now = time (NULL);
    gint   code;

    code = gnutls_rnd (GNUTLS_RND_NONCE, serial, sizeof (serial));
    /* Positive, and of full length */
    serial[0] = (guint8) ((serial[0] & 0x3f) | 0x40);
    if (code >= 0)
        code = gnutls_x509_crt_set_version (pair->certificate, 3);
    if (code >= 0)
        code = gnutls_x509_crt_set_serial (pair->certificate, serial, sizeof (serial));
    if (code >= 0)
        code = gnutls_x509_crt_set_activation_time (pair->certificate, now - EARLIER);
    if (code >= 0)
        code = gnutls_x509_crt_set_expiration_time (pair->certificate, now + (time_t) days * DAY);
    if (code >= 0)
        code = gnutls_x509_crt_set_dn_by_oid (pair->certificate, GNUTLS_OID_X520_COMMON_NAME, 0, name, (guint) strlen (name));
    if (code >= 0)
        code = gnutls_x509_crt_set_key (pair->certificate, pair->key);
    if (code >= 0)
        code = gnutls_x509_crt_get_key_id (pair->certificate, 0, id, &id_size);
    return code < 0 ? code : gnutls_x509_crt_set_subject_key_id (pair->certificate, id, id_size);
}

/* @ca: NULL for the CA itself */
static gboolean
make_pair (Pair                *pair,
           const Pair          *ca,
           Role                 role,
           const gchar         *name,
           const gchar *const  *names,
           guint                days,
           GError             **error)
{
    guint8 id[64];
    gsize  id_size = sizeof (id);
    gint   code;

    code = gnutls_x509_privkey_init (&pair->key);
    if (code >= 0)
        code = gnutls_x509_privkey_generate (pair->key, GNUTLS_PK_RSA, KEY_BITS, 0);
    if (code >= 0)
        code = gnutls_x509_crt_init (&pair->certificate);
    if (code >= 0)
        code = set_identity (pair, name, days);
    if (code >= 0)
        code = set_names (pair->certificate, names);
    if (code >= 0)
        code = set_usage (pair->certificate, role);
    if (code >= 0 && ca)
        code = gnutls_x509_crt_get_subject_key_id (ca->certificate, id, &id_size, NULL);
    if (code >= 0 && ca)
        code = gnutls_x509_crt_set_authority_key_id (pair->certificate, id, id_size);
    if (code >= 0)
        code = gnutls_x509_crt_sign2 (pair->certificate, ca ? ca->certificate : pair->certificate, ca ? ca->key : pair->key,
                                      GNUTLS_DIG_SHA256, 0);
    return code >= 0 || server_tls_fail (error, name, code);
}

/*****************************************************************************/
/* Files */

static gboolean
store_pair (ServerStore  *store,
            const Pair   *pair,
            const gchar  *base,
            GError      **error)
{
    g_autofree gchar *certificate_name = g_strconcat (base, ".pem", NULL);
    g_autofree gchar *key_name = g_strconcat (base, ".key", NULL);
    gnutls_datum_t    certificate = { NULL, 0 };
    gnutls_datum_t    key = { NULL, 0 };
    gboolean          done = FALSE;
    gint              code;

    code = gnutls_x509_crt_export2 (pair->certificate, GNUTLS_X509_FMT_PEM, &certificate);
    if (code >= 0)
        code = gnutls_x509_privkey_export2_pkcs8 (pair->key, GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN, &key);
    if (code >= 0)
        done = server_store_add_text (store, certificate_name, (const gchar *) certificate.data, certificate.size, error) &&
               server_store_add_text (store, key_name, (const gchar *) key.data, key.size, error);
    else
        server_tls_fail (error, base, code);
    if (key.data)
        gnutls_memset (key.data, 0, key.size);
    gnutls_free (certificate.data);
    gnutls_free (key.data);
    return done;
}

static gint
import_file (const gchar     *folder,
             const gchar     *name,
             Pair            *pair,
             gboolean         key,
             GError         **error)
{
    g_autofree gchar *path = g_build_filename (folder, name, NULL);
    g_autofree gchar *text = NULL;
    gnutls_datum_t    datum;
    gsize             size;
    gint              code;

    if (!g_file_get_contents (path, &text, &size, error))
        return FALSE;
    datum.data = (guchar *) text;
    datum.size = (guint) size;
    code = key ? gnutls_x509_privkey_init (&pair->key) : gnutls_x509_crt_init (&pair->certificate);
    if (code >= 0)
        code = key ? gnutls_x509_privkey_import2 (pair->key, &datum, GNUTLS_X509_FMT_PEM, NULL, 0)
                   : gnutls_x509_crt_import (pair->certificate, &datum, GNUTLS_X509_FMT_PEM);
    return code >= 0 || server_tls_fail (error, path, code);
}

/* If key and certificate did not match, modules would refuse everything that it signs */
static gboolean
is_whole_ca (const Pair   *ca,
             const gchar  *folder,
             GError      **error)
{
    guint critical;

    if (gnutls_x509_crt_get_ca_status (ca->certificate, &critical) <= 0) {
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, _("'%s/ca.pem' is no certificate of a CA"), folder);
        return FALSE;
    }
    if (gnutls_x509_crt_get_expiration_time (ca->certificate) < time (NULL)) {
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, _("'%s/ca.pem' has expired: --replace makes everything new"), folder);
        return FALSE;
    }
    if (!server_tls_is_pair (ca->certificate, ca->key)) {
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, _("'%s/ca.key' does not belong to ca.pem"), folder);
        return FALSE;
    }
    return TRUE;
}

/*****************************************************************************/
/* The whole set */

static gboolean
names_are_good (const ServerOptions  *options,
                GError              **error)
{
    guint i;

    for (i = 0; options->names[i]; i++) {
        const gchar *name = options->names[i];

        if (g_hostname_is_ip_address (name) ||
            (release_text_is_name (name, FALSE) && strlen (name) <= 253 && !strpbrk (name, "()+_")))
            continue;
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                     _("'%s' is not valid for --name: the host of the module's URL is allowed, a name in ASCII, an IPv4 or IPv6 address"),
                     name);
        return FALSE;
    }
    return TRUE;
}

static gboolean
exists (const ServerOptions *options,
        const gchar         *name)
{
    g_autofree gchar *path = g_build_filename (options->target, name, NULL);

    return !options->replace && g_file_test (path, G_FILE_TEST_EXISTS);
}

static gboolean
get_ca (const ServerOptions  *options,
        ServerStore          *store,
        Pair                 *ca,
        GError              **error)
{
    g_autofree gchar *name = NULL;
    guint32           random = 0;

    if (exists (options, "ca.pem"))
        return import_file (options->target, "ca.pem", ca, FALSE, error) &&
               import_file (options->target, "ca.key", ca, TRUE, error) &&
               is_whole_ca (ca, options->target, error);
    /* A unique name: among several CAs of one name in a keyring, GnuTLS tries only the first */
    if (gnutls_rnd (GNUTLS_RND_NONCE, &random, sizeof (random)) < 0)
        random = g_random_int ();
    name = g_strdup_printf ("Firmware server CA %08x", random);
    return make_pair (ca, NULL, ROLE_CA, name, NULL, CA_DAYS, error) &&
           store_pair (store, ca, "ca", error);
}

static gboolean
make_one (const ServerOptions  *options,
          ServerStore          *store,
          const Pair           *ca,
          Role                  role,
          const gchar          *base,
          GError              **error)
{
    g_auto(Pair)        pair = { NULL, NULL };
    const gchar *const *names = role == ROLE_SERVER ? (const gchar *const *) options->names : NULL;
    const gchar        *common_name = role == ROLE_SERVER ? options->names[0] : base;
    g_autofree gchar   *file = g_strconcat (base, ".pem", NULL);

    if (role != ROLE_SERVER && exists (options, file))
        return TRUE;
    return make_pair (&pair, ca, role, common_name, names, options->days, error) && store_pair (store, &pair, base, error);
}

static gboolean
make_all (const ServerOptions  *options,
          ServerStore          *store,
          JsonObject           *report,
          GError              **error)
{
    static const gchar *const renewed[] = { "server.pem", "server.key", NULL };
    static const gchar *const replaced[] = { "ca.pem", "ca.key", "server.pem", "server.key", "signer.pem", "signer.key",
                                             "client-[0-9]*.pem", "client-[0-9]*.key", NULL };
    g_auto(Pair)              ca = { NULL, NULL };
    guint                     i;

    if (!get_ca (options, store, &ca, error) ||
        (server_store_has_old (store) && !server_store_add_old (store, options->replace ? replaced : renewed, error)) ||
        !make_one (options, store, &ca, ROLE_SERVER, "server", error) ||
        !make_one (options, store, &ca, ROLE_SIGNER, "signer", error))
        return FALSE;
    for (i = 1; i <= options->clients; i++) {
        g_autofree gchar *base = g_strdup_printf ("client-%u", i);

        if (!make_one (options, store, &ca, ROLE_CLIENT, base, error))
            return FALSE;
    }
    json_object_set_int_member (report, "clients", options->clients);
    return TRUE;
}

gboolean
server_certificates_make (const ServerOptions  *options,
                          JsonObject           *report,
                          GError              **error)
{
    g_autofree gchar       *absolute = g_canonicalize_filename (options->target, NULL);
    g_autofree gchar       *parent = g_path_get_dirname (absolute);
    g_autofree gchar       *name = g_path_get_basename (absolute);
    g_autoptr(ServerStore)  store = NULL;

    if (!names_are_good (options, error))
        return FALSE;
    json_object_set_string_member (report, "folder", absolute);
    store = server_store_new (parent, name, FALSE, error);
    return store && make_all (options, store, report, error) && server_store_commit (store, error);
}

gchar *
server_certificates_explain (const ServerOptions *options)
{
    const gchar *dir = options->target_shown;

    return g_strdup_printf (_("For the web server (--site and --serve take them with --tls=%s):\n"
                              "  %s/server.pem  ssl_certificate\n"
                              "  %s/server.key  ssl_certificate_key\n"
                              "  %s/ca.pem      ssl_client_certificate, where modules need certificates (--mutual)\n"
                              "For the modules:\n"
                              "  %s/ca.pem      mmfota --tls-ca\n"
                              "  %s/client-N.pem, client-N.key  mmfota --tls-certificate, --tls-key, for each module its own\n"
                              "For releases:\n"
                              "  %s/signer.pem, signer.key  --sign\n"
                              "Keep secret: %s/ca.key"),
                            dir, dir, dir, dir, dir, dir, dir, dir);
}

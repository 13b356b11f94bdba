/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "server-sign.h"

#include <limits.h>
#include <string.h>
#include <time.h>

#include <glib/gi18n.h>
#include <gnutls/abstract.h>
#include <gnutls/pkcs7.h>
#include <gnutls/x509.h>

#include "release-signature.h"
#include "release-sums.h"
#include "release-text.h"
#include "server-folder.h"
#include "server-store.h"
#include "server-tls.h"
#include "server-token.h"

#define NAME_SHOWN 200
#define SOON       (30 * 24 * 3600)

/*****************************************************************************/
/* Certificates and keys */

/* The signer's certificate, with those between it and the CA */
typedef struct {
    gnutls_x509_crt_t *certificates;
    guint              n;
    gnutls_privkey_t   key;
    ServerToken        certificate_token;
    ServerToken        key_token;
} Signer;

static void
signer_clear (Signer *self)
{
    guint i;

    for (i = 0; i < self->n; i++)
        gnutls_x509_crt_deinit (self->certificates[i]);
    gnutls_free (self->certificates);
    if (self->key)
        gnutls_privkey_deinit (self->key);
    server_token_clear (&self->certificate_token);
    server_token_clear (&self->key_token);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Signer, signer_clear)

static gboolean
load_datum (const gchar     *path,
            gnutls_datum_t  *datum,
            GError         **error)
{
    gsize  size;
    gchar *text;

    if (!g_file_get_contents (path, &text, &size, error))
        return FALSE;
    datum->data = (guchar *) text;
    datum->size = (guint) MIN (size, G_MAXUINT);
    return TRUE;
}

static gboolean
load_certificate (Signer       *self,
                  const gchar  *path,
                  GError      **error)
{
    gnutls_datum_t datum;
    gint           code;

    if (server_token_is_url (path)) {
        if (!server_token_init (&self->certificate_token, path, error))
            return FALSE;
        self->certificates = gnutls_calloc (1, sizeof (gnutls_x509_crt_t));
        code = self->certificates ? gnutls_x509_crt_init (&self->certificates[0]) : GNUTLS_E_MEMORY_ERROR;
        if (code < 0)
            return server_tls_fail (error, _("couldn't look for the certificate"), code);
        self->n = 1;
        return server_token_load_certificate (&self->certificate_token, self->certificates[0], error);
    }
    if (!load_datum (path, &datum, error))
        return FALSE;
    code = gnutls_x509_crt_list_import2 (&self->certificates, &self->n, &datum, GNUTLS_X509_FMT_PEM, 0);
    g_free (datum.data);
    return code >= 0 || server_tls_fail (error, path, code);
}

static gboolean
load_key (Signer       *self,
          const gchar  *path,
          GError      **error)
{
    gnutls_datum_t datum;
    gint           code = gnutls_privkey_init (&self->key);

    if (code < 0)
        return server_tls_fail (error, _("couldn't look for the key"), code);
    if (server_token_is_url (path))
        return (server_token_init (&self->key_token, path, error) &&
                server_token_load_key (&self->key_token, self->key, error));
    if (!load_datum (path, &datum, error))
        return FALSE;
    code = gnutls_privkey_import_x509_raw (self->key, &datum, GNUTLS_X509_FMT_PEM, NULL, 0);
    gnutls_memset (datum.data, 0, datum.size);
    g_free (datum.data);
    return code >= 0 || server_tls_fail (error, path, code);
}

/* Some tokens have no public key to compare with */
static gboolean
signature_fits (const Signer *self)
{
    static guchar         text[] = "mmfota-server";
    const gnutls_datum_t  data = { text, sizeof text };
    gnutls_datum_t        signature = { NULL, 0 };
    gnutls_pubkey_t       public;
    gint                  algorithm = gnutls_x509_crt_get_pk_algorithm (self->certificates[0], NULL);
    gboolean              fits;

    if (gnutls_pubkey_init (&public) < 0)
        return FALSE;
    fits = gnutls_pubkey_import_x509 (public, self->certificates[0], 0) >= 0 &&
           gnutls_privkey_get_pk_algorithm (self->key, NULL) == algorithm &&
           gnutls_privkey_sign_data (self->key, GNUTLS_DIG_SHA256, 0, &data, &signature) >= 0 &&
           gnutls_pubkey_verify_data2 (public, gnutls_pk_to_sign ((gnutls_pk_algorithm_t) algorithm, GNUTLS_DIG_SHA256), 0,
                                       &data, &signature) >= 0;
    gnutls_free (signature.data);
    gnutls_pubkey_deinit (public);
    return fits;
}

static gboolean
key_fits (const Signer *self)
{
    guint8           one[64];
    guint8           two[64];
    gsize            one_size = sizeof (one);
    gsize            two_size = sizeof (two);
    gnutls_pubkey_t  public;
    gboolean         fits;

    if (gnutls_pubkey_init (&public) < 0)
        return FALSE;
    if (gnutls_pubkey_import_privkey (public, self->key, 0, 0) < 0) {
        gnutls_pubkey_deinit (public);
        return self->key_token.url && signature_fits (self);
    }
    fits = gnutls_pubkey_get_key_id (public, GNUTLS_KEYID_USE_SHA256, one, &one_size) >= 0 &&
           gnutls_x509_crt_get_key_id (self->certificates[0], GNUTLS_KEYID_USE_SHA256, two, &two_size) >= 0 &&
           one_size == two_size && memcmp (one, two, one_size) == 0;
    gnutls_pubkey_deinit (public);
    return fits;
}

static gboolean
check_signer (const Signer  *self,
              const gchar   *path,
              GError       **error)
{
    g_autofree gchar *shown = release_text_file_name (path, PATH_MAX);
    time_t            now = time (NULL);

    if (!release_certificate_is_for_code_signing (self->certificates[0])) {
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                     _("'%s' is not for code signing (extendedKeyUsage = codeSigning): agents would refuse it"), shown);
        return FALSE;
    }
    if (gnutls_x509_crt_get_activation_time (self->certificates[0]) > now ||
        gnutls_x509_crt_get_expiration_time (self->certificates[0]) < now) {
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, _("'%s' is not valid today"), shown);
        return FALSE;
    }
    if (!key_fits (self)) {
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, _("the key does not belong to the certificate '%s'"), shown);
        return FALSE;
    }
    return TRUE;
}

/*****************************************************************************/
/* Signing */

typedef struct gnutls_pkcs7_int Pkcs7;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Pkcs7, gnutls_pkcs7_deinit)

/* The public key in a token may not belong to the private key */
static gboolean
check_made (gnutls_pkcs7_t         pkcs7,
            const Signer          *signer,
            const gnutls_datum_t  *data,
            const gchar           *path,
            GError               **error)
{
    g_autofree gchar *shown = release_text_file_name (path, PATH_MAX);
    gint              code = gnutls_pkcs7_verify_direct (pkcs7, signer->certificates[0], 0, data, 0);

    if (code >= 0)
        return TRUE;
    if (code != GNUTLS_E_PK_SIG_VERIFY_FAILED)
        return server_tls_fail (error, _("couldn't verify what was signed"), code);
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, _("the key does not belong to the certificate '%s'"), shown);
    return FALSE;
}

GBytes *
server_signature_make (GBytes       *data,
                       const gchar  *certificate,
                       const gchar  *key,
                       GError      **error)
{
    g_auto(Signer)   signer = { 0 };
    g_autoptr(Pkcs7) pkcs7 = NULL;
    gnutls_datum_t   in;
    gnutls_datum_t   out;
    GBytes          *signature;
    guint            i;
    gint             code;

    if (!load_certificate (&signer, certificate, error) || !load_key (&signer, key, error) ||
        !check_signer (&signer, certificate, error))
        return NULL;
    in.data = (guchar *) g_bytes_get_data (data, NULL);
    in.size = (guint) g_bytes_get_size (data);
    code = gnutls_pkcs7_init (&pkcs7);
    if (code >= 0)
        code = gnutls_pkcs7_sign (pkcs7, signer.certificates[0], signer.key, &in, NULL, NULL, GNUTLS_DIG_SHA256,
                                  GNUTLS_PKCS7_INCLUDE_TIME | GNUTLS_PKCS7_INCLUDE_CERT);
    for (i = 1; code >= 0 && i < signer.n; i++)
        code = gnutls_pkcs7_set_crt (pkcs7, signer.certificates[i]);
    if (code >= 0 && !check_made (pkcs7, &signer, &in, certificate, error))
        return NULL;
    if (code >= 0)
        code = gnutls_pkcs7_export2 (pkcs7, GNUTLS_X509_FMT_DER, &out);
    if (code < 0) {
        server_tls_fail (error, _("couldn't sign"), code);
        return NULL;
    }
    signature = g_bytes_new (out.data, out.size);
    gnutls_free (out.data);
    return signature;
}

/*****************************************************************************/
/* --sign */

static const gchar *const ours[] = { "SHA256SUMS", "SHA256SUMS.p7s", "release.json", NULL };

/* A release with errors is not signed: modules must be able to install what is signed */
static gboolean
check_before (const ServerOptions *options,
              ServerRelease       *release,
              GHashTable          *sums,
              ReleaseFindings     *findings,
              GError             **error)
{
    const ServerCheckOptions  any = { NULL, NULL };
    ServerSource             *source = server_folder_new (options->target, findings);

    if (source)
        server_check_release_sums (source, &any, release, sums, findings);
    server_folder_free (source);
    if (release_findings_count (findings, RELEASE_SEVERITY_ERROR) == 0 && release->version && release->product)
        return TRUE;
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                 release->version && !release->product ?
                 _("the release in '%s' has errors: nothing was signed (no product_name)") :
                 _("the release in '%s' has errors: nothing was signed"), options->target_shown);
    return FALSE;
}

static gchar *
build_manifest (const ServerOptions *options,
                const ServerRelease *release)
{
    ReleaseManifest manifest;

    manifest.version = release->version;
    manifest.product = release->product;
    manifest.released = g_get_real_time () / G_USEC_PER_SEC;
    manifest.not_after = options->not_after;
    return release_manifest_build (&manifest);
}

static gboolean
write_signed (const ServerOptions  *options,
              ServerStore          *store,
              const gchar          *manifest,
              GHashTable           *sums,
              GError              **error)
{
    g_autoptr(GBytes) list = NULL;
    g_autoptr(GBytes) signature = NULL;
    gchar            *text = release_sums_build (sums);
    gsize             size;
    const gchar      *data;

    list = g_bytes_new_take (text, strlen (text));
    signature = server_signature_make (list, options->certificate, options->key, error);
    if (!signature)
        return FALSE;
    data = g_bytes_get_data (signature, &size);
    return server_store_add_old (store, ours, error) &&
           server_store_add_text (store, "release.json", manifest, strlen (manifest), error) &&
           server_store_add_text (store, "SHA256SUMS", text, strlen (text), error) &&
           server_store_add_text (store, "SHA256SUMS.p7s", data, size, error) &&
           server_store_commit (store, error);
}

gboolean
server_sign (const ServerOptions *options,
             JsonObject          *report,
             ReleaseFindings     *findings,
             GError             **error)
{
    g_auto(ServerRelease)  release = { 0 };
    g_autoptr(GHashTable)  sums = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
    g_autoptr(ServerStore) store = NULL;
    g_autofree gchar      *manifest = NULL;
    g_autoptr(GBytes)      bytes = NULL;
    ReleaseDigest          digest;

    /* The folder must not change between check and signature */
    if (!g_file_test (options->target, G_FILE_TEST_IS_DIR)) {
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, _("'%s' is no folder"), options->target_shown);
        return FALSE;
    }
    store = server_store_new (options->target, "full", TRUE, error);
    if (!store || !check_before (options, &release, sums, findings, error))
        return FALSE;
    manifest = build_manifest (options, &release);
    bytes = g_bytes_new (manifest, strlen (manifest));
    release_digest_bytes (bytes, &digest);
    g_hash_table_insert (sums, g_strdup ("release.json"), g_strdup (digest.sha256));
    json_object_set_string_member (report, "version", release.version);
    json_object_set_string_member (report, "product", release.product);
    json_object_set_int_member (report, "files", g_hash_table_size (sums));
    return write_signed (options, store, manifest, sums, error);
}

/*****************************************************************************/
/* --verify */

static void
report_signer (const ReleaseSigner *signer,
               JsonObject          *report)
{
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc (signer->signed_at);
    g_autofree gchar    *text = time ? g_date_time_format_iso8601 (time) : NULL;
    g_autofree gchar    *shown = release_text_printable (signer->name, NAME_SHOWN);

    if (*shown)
        json_object_set_string_member (report, "signer", shown);
    if (text)
        json_object_set_string_member (report, "signed", text);
    json_object_set_boolean_member (report, "signer-expires-soon", signer->expires < g_get_real_time () / G_USEC_PER_SEC + SOON);
}

gboolean
server_verify (const ServerOptions *options,
               ServerSource        *source,
               JsonObject          *report,
               ReleaseFindings     *findings,
               GError             **error)
{
    static const gchar *const bad[] = { "sums-differ", "sums-incomplete", "sums-malformed", "manifest-malformed",
                                        "manifest-over", "version-differs" };
    const ServerCheckOptions  any = { NULL, NULL };
    g_auto(ServerRelease)     release = { 0 };
    g_auto(ReleaseSigner)     signer = { 0 };
    g_autoptr(GBytes)         list = source->read (source, "SHA256SUMS", TRUE, findings);
    g_autoptr(GBytes)         signature = source->read (source, "SHA256SUMS.p7s", TRUE, findings);
    guint                     i;

    if (!list || !signature) {
        g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, _("the release is not signed"));
        return FALSE;
    }
    if (!release_signature_verify (list, signature, options->keyring, &signer, error))
        return FALSE;
    report_signer (&signer, report);
    server_check_release_listed (source, &any, list, &release, findings);
    if (release.version)
        json_object_set_string_member (report, "version", release.version);
    for (i = 0; i < G_N_ELEMENTS (bad); i++) {
        if (release_findings_has (findings, bad[i]))
            break;
    }
    if (i == G_N_ELEMENTS (bad) && release_findings_count (findings, RELEASE_SEVERITY_ERROR) == 0)
        return TRUE;
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, _("the release is not what was signed"));
    return FALSE;
}

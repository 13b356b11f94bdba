/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "release-signature.h"

#include <string.h>

#include <glib/gi18n.h>
#include <gnutls/pkcs7.h>

#define CERTIFICATES_MAX 16
#define SIGNATURES_MAX   8
#define CAS_MAX          64
#define KEYRING_FILE_MAX (1024 * 1024)

/* GnuTLS needs both, or it refuses signers whose certificates have expired since */
#define NO_TIME (GNUTLS_VERIFY_DISABLE_TIME_CHECKS | GNUTLS_VERIFY_DISABLE_TRUSTED_TIME_CHECKS)

G_DEFINE_QUARK (release_signature_error, release_signature_error)

typedef struct gnutls_pkcs7_int                  Pkcs7;
typedef struct gnutls_x509_crt_int               Certificate;
typedef struct gnutls_x509_trust_list_st         TrustList;

static void
trust_list_free (TrustList *list)
{
    gnutls_x509_trust_list_deinit (list, 1);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Pkcs7, gnutls_pkcs7_deinit)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Certificate, gnutls_x509_crt_deinit)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TrustList, trust_list_free)

void
release_signer_clear (ReleaseSigner *self)
{
    g_clear_pointer (&self->name, g_free);
}

/*****************************************************************************/
/* Certificates */

gboolean
release_certificate_is_for_code_signing (gnutls_x509_crt_t certificate)
{
    gchar oid[128];
    gsize size;
    guint i;

    for (i = 0; ; i++) {
        gint code;

        size = sizeof (oid);
        code = gnutls_x509_crt_get_key_purpose_oid (certificate, i, oid, &size, NULL);
        if (code < 0 && code != GNUTLS_E_SHORT_MEMORY_BUFFER)
            return FALSE;
        if (code >= 0 && g_str_equal (oid, GNUTLS_KP_CODE_SIGNING))
            return TRUE;
    }
}

/* Ever, for (time_t) -1 */
static gboolean
was_valid (gnutls_x509_crt_t certificate,
           time_t            when)
{
    if (when == (time_t) -1)
        return TRUE;
    return gnutls_x509_crt_get_activation_time (certificate) <= when &&
           gnutls_x509_crt_get_expiration_time (certificate) >= when;
}

/* The names alone prove nothing: verify the signature */
static gboolean
has_issued (gnutls_x509_crt_t issuer,
            gnutls_x509_crt_t certificate)
{
    guint status = 0;

    return gnutls_x509_crt_check_issuer (certificate, issuer) &&
           gnutls_x509_crt_verify (certificate, &issuer, 1, NO_TIME, &status) >= 0 && status == 0;
}

static GPtrArray *
certificates_new (void)
{
    return g_ptr_array_new_with_free_func ((GDestroyNotify) gnutls_x509_crt_deinit);
}

static GPtrArray *
read_included (gnutls_pkcs7_t pkcs7)
{
    GPtrArray *included = certificates_new ();
    gint       n = MIN (gnutls_pkcs7_get_crt_count (pkcs7), CERTIFICATES_MAX);
    gint       i;

    for (i = 0; i < n; i++) {
        gnutls_datum_t         raw;
        g_autoptr(Certificate) certificate = NULL;

        if (gnutls_pkcs7_get_crt_raw2 (pkcs7, i, &raw) < 0)
            continue;
        if (gnutls_x509_crt_init (&certificate) >= 0 &&
            gnutls_x509_crt_import (certificate, &raw, GNUTLS_X509_FMT_DER) >= 0)
            g_ptr_array_add (included, g_steal_pointer (&certificate));
        gnutls_free (raw.data);
    }
    return included;
}

/*****************************************************************************/
/* Keyring */

static gboolean
load_file (GPtrArray    *cas,
           const gchar  *path,
           GError      **error)
{
    g_autofree gchar  *text = NULL;
    g_autoptr(GError)  inner = NULL;
    gnutls_x509_crt_t *list = NULL;
    gnutls_datum_t     datum;
    gsize              size;
    guint              n = 0;
    guint              i;
    gint               code;

    if (!g_file_get_contents (path, &text, &size, &inner)) {
        g_set_error_literal (error, RELEASE_SIGNATURE_ERROR, RELEASE_SIGNATURE_ERROR_KEYRING, inner->message);
        return FALSE;
    }
    datum.data = (guchar *) text;
    datum.size = (guint) MIN (size, KEYRING_FILE_MAX);
    code = gnutls_x509_crt_list_import2 (&list, &n, &datum, GNUTLS_X509_FMT_PEM, 0);
    if (code < 0) {
        g_set_error (error, RELEASE_SIGNATURE_ERROR, RELEASE_SIGNATURE_ERROR_KEYRING, "%s: %s", path, gnutls_strerror (code));
        return FALSE;
    }
    for (i = 0; i < n; i++)
        g_ptr_array_add (cas, list[i]);
    gnutls_free (list);
    return TRUE;
}

static gboolean
load_folder (GPtrArray    *cas,
             const gchar  *path,
             GError      **error)
{
    g_autoptr(GError) inner = NULL;
    g_autoptr(GDir)   dir = g_dir_open (path, 0, &inner);
    const gchar      *name;

    if (!dir) {
        g_set_error_literal (error, RELEASE_SIGNATURE_ERROR, RELEASE_SIGNATURE_ERROR_KEYRING, inner->message);
        return FALSE;
    }
    while ((name = g_dir_read_name (dir))) {
        g_autofree gchar *file = g_build_filename (path, name, NULL);

        if (g_str_has_suffix (name, ".pem") && !load_file (cas, file, error))
            return FALSE;
    }
    return TRUE;
}

static GPtrArray *
load_keyring (const gchar  *keyring,
              GError      **error)
{
    g_autoptr(GPtrArray) cas = certificates_new ();

    if (!(g_file_test (keyring, G_FILE_TEST_IS_DIR) ? load_folder : load_file) (cas, keyring, error))
        return NULL;
    if (cas->len == 0 || cas->len > CAS_MAX) {
        g_set_error (error, RELEASE_SIGNATURE_ERROR, RELEASE_SIGNATURE_ERROR_KEYRING,
                     _("%u CA certificates in '%s' (*.pem); allowed: 1 to %d"), cas->len, keyring, CAS_MAX);
        return NULL;
    }
    return g_steal_pointer (&cas);
}

/*****************************************************************************/
/* One signature, one CA */

static gboolean
is_datum (const gnutls_datum_t *datum,
          const void           *data,
          gsize                 size)
{
    return datum->data && datum->size == size && memcmp (datum->data, data, size) == 0;
}

/* Whether this is the signer that the signature names, by issuer and serial number, or by its
 * key */
static gboolean
is_named (gnutls_x509_crt_t                     certificate,
          const gnutls_pkcs7_signature_info_st *info)
{
    gnutls_datum_t dn = { NULL, 0 };
    guint8         id[128];
    gsize          size = sizeof (id);
    gboolean       same;

    if (info->issuer_keyid.data)
        return gnutls_x509_crt_get_subject_key_id (certificate, id, &size, NULL) >= 0 &&
               is_datum (&info->issuer_keyid, id, size);
    if (gnutls_x509_crt_get_serial (certificate, id, &size) < 0 || !is_datum (&info->signer_serial, id, size) ||
        gnutls_x509_crt_get_raw_issuer_dn (certificate, &dn) < 0)
        return FALSE;
    same = is_datum (&info->issuer_dn, dn.data, dn.size);
    gnutls_free (dn.data);
    return same;
}

static gnutls_x509_crt_t
find_signer (GPtrArray                            *included,
             gnutls_x509_crt_t                     ca,
             const gnutls_pkcs7_signature_info_st *info)
{
    guint i;

    for (i = 0; i < included->len; i++) {
        if (is_named (g_ptr_array_index (included, i), info))
            return g_ptr_array_index (included, i);
    }
    return is_named (ca, info) ? ca : NULL;
}

/* A chain from @signer to @ca whose certificates were all valid at that time */
static gboolean
was_way_valid (gnutls_x509_crt_t  signer,
               gnutls_x509_crt_t  ca,
               GPtrArray         *included,
               time_t             when)
{
    g_autoptr(GPtrArray) reached = g_ptr_array_new ();
    guint                at;
    guint                i;

    if (!was_valid (signer, when) || !was_valid (ca, when))
        return FALSE;
    g_ptr_array_add (reached, signer);
    for (at = 0; at < reached->len; at++) {
        gnutls_x509_crt_t certificate = g_ptr_array_index (reached, at);

        if (gnutls_x509_crt_equals (certificate, ca) || has_issued (ca, certificate))
            return TRUE;
        for (i = 0; i < included->len; i++) {
            gnutls_x509_crt_t issuer = g_ptr_array_index (included, i);

            if (!g_ptr_array_find (reached, issuer, NULL) && was_valid (issuer, when) && has_issued (issuer, certificate))
                g_ptr_array_add (reached, issuer);
        }
    }
    return FALSE;
}

static void
set_reason (ReleaseSignatureError   reason,
            GError                **error)
{
    static const gchar *const texts[] = {
        [RELEASE_SIGNATURE_ERROR_KEYRING] = N_("the keyring can't be used"),
        [RELEASE_SIGNATURE_ERROR_MALFORMED] = N_("the signature does not tell who made it, and when"),
        [RELEASE_SIGNATURE_ERROR_CHANGED] = N_("the signature is of something else"),
        [RELEASE_SIGNATURE_ERROR_UNTRUSTED] = N_("the signature is of nobody whom the keyring vouches for as a signer of code"),
        [RELEASE_SIGNATURE_ERROR_NOT_VALID] = N_("a certificate was not valid when this was signed"),
    };

    g_set_error_literal (error, RELEASE_SIGNATURE_ERROR, (gint) reason, _(texts[reason]));
}

static gboolean
judge_signer (const gnutls_pkcs7_signature_info_st  *info,
              GPtrArray                             *included,
              gnutls_x509_crt_t                      ca,
              ReleaseSigner                         *signer,
              GError                               **error)
{
    gnutls_x509_crt_t certificate = find_signer (included, ca, info);
    gnutls_datum_t    name = { NULL, 0 };

    if (!certificate || !release_certificate_is_for_code_signing (certificate)) {
        set_reason (RELEASE_SIGNATURE_ERROR_UNTRUSTED, error);
        return FALSE;
    }
    if (info->signing_time == (time_t) -1) {
        set_reason (RELEASE_SIGNATURE_ERROR_MALFORMED, error);
        return FALSE;
    }
    if (!was_way_valid (certificate, ca, included, info->signing_time)) {
        set_reason (RELEASE_SIGNATURE_ERROR_NOT_VALID, error);
        return FALSE;
    }
    if (gnutls_x509_crt_get_dn3 (certificate, &name, 0) >= 0)
        signer->name = g_strndup ((const gchar *) name.data, name.size);
    gnutls_free (name.data);
    signer->signed_at = info->signing_time;
    signer->expires = gnutls_x509_crt_get_expiration_time (certificate);
    return TRUE;
}

/* GnuTLS tries only the first CA of a name, so use a list for each CA */
static TrustList *
list_of (gnutls_x509_crt_t ca)
{
    g_autoptr(TrustList) list = NULL;
    gnutls_datum_t       der;
    gint                 code;

    if (gnutls_x509_trust_list_init (&list, 0) < 0 || gnutls_x509_crt_export2 (ca, GNUTLS_X509_FMT_DER, &der) < 0)
        return NULL;
    code = gnutls_x509_trust_list_add_trust_mem (list, &der, NULL, GNUTLS_X509_FMT_DER, 0, 0);
    gnutls_free (der.data);
    return code < 0 ? NULL : g_steal_pointer (&list);
}

/* GnuTLS reports a changed list and some unknown signers in the same way, and nothing about
 * times: find the reason here */
static ReleaseSignatureError
reason_of (gnutls_pkcs7_t         pkcs7,
           guint                  n,
           gnutls_x509_crt_t      ca,
           GPtrArray             *included,
           const gnutls_datum_t  *in,
           gint                   code)
{
    gnutls_pkcs7_signature_info_st info;
    gnutls_x509_crt_t              signer;
    ReleaseSignatureError          reason = RELEASE_SIGNATURE_ERROR_UNTRUSTED;

    if (gnutls_pkcs7_get_signature_info (pkcs7, n, &info) < 0)
        return RELEASE_SIGNATURE_ERROR_MALFORMED;
    signer = find_signer (included, ca, &info);
    if (!signer || gnutls_pkcs7_verify_direct (pkcs7, signer, n, in, NO_TIME) < 0) {
        if (code == GNUTLS_E_PK_SIG_VERIFY_FAILED)
            reason = RELEASE_SIGNATURE_ERROR_CHANGED;
    } else if (release_certificate_is_for_code_signing (signer) && was_way_valid (signer, ca, included, (time_t) -1) &&
               !was_way_valid (signer, ca, included, info.signing_time))
        reason = RELEASE_SIGNATURE_ERROR_NOT_VALID;
    gnutls_pkcs7_signature_info_deinit (&info);
    return reason;
}

static gboolean
verify_one (gnutls_pkcs7_t      pkcs7,
            guint               n,
            gnutls_x509_crt_t   ca,
            GPtrArray          *included,
            GBytes             *data,
            ReleaseSigner      *signer,
            GError            **error)
{
    g_autoptr(TrustList)            list = list_of (ca);
    gnutls_pkcs7_signature_info_st  info;
    gnutls_typed_vdata_st           purpose = { GNUTLS_DT_KEY_PURPOSE_OID, (guchar *) GNUTLS_KP_CODE_SIGNING, 0 };
    gnutls_datum_t                  in;
    gboolean                        good;
    gint                            code = GNUTLS_E_MEMORY_ERROR;

    in.data = (guchar *) g_bytes_get_data (data, NULL);
    in.size = (guint) g_bytes_get_size (data);
    if (list)
        code = gnutls_pkcs7_verify (pkcs7, list, &purpose, 1, n, &in, NO_TIME);
    if (code >= 0)
        code = gnutls_pkcs7_get_signature_info (pkcs7, n, &info);
    if (code < 0) {
        set_reason (reason_of (pkcs7, n, ca, included, &in, code), error);
        return FALSE;
    }
    good = judge_signer (&info, included, ca, signer, error);
    gnutls_pkcs7_signature_info_deinit (&info);
    return good;
}

/*****************************************************************************/

/* Of several reasons, report the one nearest to success: the last in the enumeration */
static void
keep_better (GError **best,
             GError  *error)
{
    if (*best && (*best)->code >= error->code) {
        g_error_free (error);
        return;
    }
    g_clear_error (best);
    *best = error;
}

static gboolean
verify_any (gnutls_pkcs7_t   pkcs7,
            GPtrArray       *cas,
            GBytes          *data,
            ReleaseSigner   *signer,
            GError         **error)
{
    g_autoptr(GPtrArray) included = read_included (pkcs7);
    GError              *best = NULL;
    gint                 n = MIN (gnutls_pkcs7_get_signature_count (pkcs7), SIGNATURES_MAX);
    gint                 i;
    guint                ca;

    for (i = 0; i < n; i++) {
        for (ca = 0; ca < cas->len; ca++) {
            GError *one = NULL;

            if (verify_one (pkcs7, (guint) i, g_ptr_array_index (cas, ca), included, data, signer, &one)) {
                g_clear_error (&best);
                return TRUE;
            }
            keep_better (&best, one);
        }
    }
    if (!best)
        g_set_error_literal (&best, RELEASE_SIGNATURE_ERROR, RELEASE_SIGNATURE_ERROR_MALFORMED, _("no signature in it"));
    g_propagate_error (error, best);
    return FALSE;
}

gboolean
release_signature_verify (GBytes         *data,
                          GBytes         *signature,
                          const gchar    *keyring,
                          ReleaseSigner  *signer,
                          GError        **error)
{
    g_autoptr(GPtrArray) cas = load_keyring (keyring, error);
    g_autoptr(Pkcs7)     pkcs7 = NULL;
    gnutls_datum_t       der;
    gint                 code;

    if (!cas)
        return FALSE;
    der.data = (guchar *) g_bytes_get_data (signature, NULL);
    der.size = (guint) g_bytes_get_size (signature);
    code = der.size > RELEASE_SIGNATURE_MAX ? GNUTLS_E_PARSING_ERROR : gnutls_pkcs7_init (&pkcs7);
    if (code >= 0)
        code = gnutls_pkcs7_import (pkcs7, &der, GNUTLS_X509_FMT_DER);
    if (code < 0) {
        g_set_error (error, RELEASE_SIGNATURE_ERROR, RELEASE_SIGNATURE_ERROR_MALFORMED,
                     _("SHA256SUMS.p7s is no CMS signature in DER: %s"), gnutls_strerror (code));
        return FALSE;
    }
    return verify_any (pkcs7, cas, data, signer, error);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * The operator's signature of a release: a detached CMS over SHA256SUMS.
 * Certificates must have been valid at the time of signing, which is itself signed: devices without
 * a clock and releases older than a certificate are common.
 */

#ifndef RELEASE_SIGNATURE_H
#define RELEASE_SIGNATURE_H

#include <gio/gio.h>
#include <gnutls/x509.h>

/* Usually some hundred bytes, or a few kB with certificates */
#define RELEASE_SIGNATURE_MAX (256 * 1024)

#define RELEASE_SIGNATURE_ERROR (release_signature_error_quark ())
GQuark release_signature_error_quark (void);

typedef enum {
    /* A problem on this side: a file of the keyring can't be read, or has no certificate */
    RELEASE_SIGNATURE_ERROR_KEYRING,
    /* Not a signature in DER, or one without its time */
    RELEASE_SIGNATURE_ERROR_MALFORMED,
    /* For other data */
    RELEASE_SIGNATURE_ERROR_CHANGED,
    /* The signer is not in the keyring, or its certificate is not for code signing */
    RELEASE_SIGNATURE_ERROR_UNTRUSTED,
    /* A certificate of the chain was not valid at the time of signing */
    RELEASE_SIGNATURE_ERROR_NOT_VALID,
} ReleaseSignatureError;

typedef struct {
    /* As in its certificate; not safe for terminals */
    gchar  *name;
    /* Unix time */
    gint64  signed_at;
    gint64  expires;
} ReleaseSigner;

void release_signer_clear (ReleaseSigner *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ReleaseSigner, release_signer_clear)

/* @keyring: a PEM file, or a folder of such files (*.pem), each with one or more CA
 * certificates. Any CA is enough, and so is any of several signatures; CAs with the same name
 * but different keys are distinguished. Reads files. */
gboolean release_signature_verify (GBytes         *data,
                                   GBytes         *signature,
                                   const gchar    *keyring,
                                   ReleaseSigner  *signer,
                                   GError        **error);

/* Whether extendedKeyUsage has codeSigning; not if the extension is missing */
gboolean release_certificate_is_for_code_signing (gnutls_x509_crt_t certificate);

#endif /* RELEASE_SIGNATURE_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * The operator's signature of a release (guide row V1): a detached CMS over SHA256SUMS.
 * Whether certificates were valid is judged at the time of signing, which is part of what is
 * signed: devices without a clock and releases older than a certificate are common.
 */

#ifndef RELEASE_SIGNATURE_H
#define RELEASE_SIGNATURE_H

#include <gio/gio.h>
#include <gnutls/x509.h>

/* Some hundred bytes, and a few kB with certificates */
#define RELEASE_SIGNATURE_MAX (256 * 1024)

#define RELEASE_SIGNATURE_ERROR (release_signature_error_quark ())
GQuark release_signature_error_quark (void);

typedef enum {
    /* Ours: a file of the keyring can't be read, or there is no certificate in it */
    RELEASE_SIGNATURE_ERROR_KEYRING,
    /* No signature in DER, or one that does not tell its time */
    RELEASE_SIGNATURE_ERROR_MALFORMED,
    /* Made over something else */
    RELEASE_SIGNATURE_ERROR_CHANGED,
    /* By nobody whom the keyring vouches for, or whose certificate is not for code signing */
    RELEASE_SIGNATURE_ERROR_UNTRUSTED,
    /* A certificate on the way to the keyring was not valid when it was made */
    RELEASE_SIGNATURE_ERROR_NOT_VALID,
} ReleaseSignatureError;

typedef struct {
    /* As its certificate has it; not for terminals as it is */
    gchar  *name;
    /* Unix time */
    gint64  signed_at;
    gint64  expires;
} ReleaseSigner;

void release_signer_clear (ReleaseSigner *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ReleaseSigner, release_signer_clear)

/* @keyring: a PEM file or a folder with some (*.pem), each with one CA certificate or more.
 * Any of them is enough, and so is any signature of several; CAs of the same name and another
 * key are told apart. Reads files. */
gboolean release_signature_verify (GBytes         *data,
                                   GBytes         *signature,
                                   const gchar    *keyring,
                                   ReleaseSigner  *signer,
                                   GError        **error);

/* Says extendedKeyUsage codeSigning: one that says nothing is not */
gboolean release_certificate_is_for_code_signing (gnutls_x509_crt_t certificate);

#endif /* RELEASE_SIGNATURE_H */

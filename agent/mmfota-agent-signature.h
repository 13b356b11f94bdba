/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * Whether the release that a server offers is what the operator has signed:
 * SHA256SUMS and its signature are fetched, then what they vouch for, filelist.xml,
 * changelog.xml and release.json. What is not signed is not even parsed.
 *
 * The package itself does not pass the host: its MD5 and size stand in filelist.xml, which
 * is signed, and the module holds it against them. A server that exchanges filelist.xml
 * after this was asked is not seen here; so it is asked before Download and before Upgrade,
 * and the version goes along as "expect-version".
 */

#ifndef MMFOTA_AGENT_SIGNATURE_H
#define MMFOTA_AGENT_SIGNATURE_H

#include "mmfota-agent-http.h"
#include "mmfota-agent-settings.h"
#include "release-signature.h"

#define MMFOTA_AGENT_SIGNATURE_ERROR (mmfota_agent_signature_error_quark ())
GQuark mmfota_agent_signature_error_quark (void);

typedef enum {
    /* No answer, or none for now: try again later */
    MMFOTA_AGENT_SIGNATURE_ERROR_UNREACHABLE,
    /* The server does not have the release, or redirects: somebody has to repair it */
    MMFOTA_AGENT_SIGNATURE_ERROR_UNAVAILABLE,
    /* The keyring can't be used: somebody has to repair this host */
    MMFOTA_AGENT_SIGNATURE_ERROR_KEYRING,
    /* From here on: refused; the first two over https only, since over http anybody in between
     * can cause them */
    MMFOTA_AGENT_SIGNATURE_ERROR_NOT_SIGNED,
    MMFOTA_AGENT_SIGNATURE_ERROR_MALFORMED,
    MMFOTA_AGENT_SIGNATURE_ERROR_UNTRUSTED,
    MMFOTA_AGENT_SIGNATURE_ERROR_NOT_VALID,
    MMFOTA_AGENT_SIGNATURE_ERROR_CHANGED,
    MMFOTA_AGENT_SIGNATURE_ERROR_INCOMPLETE,
    MMFOTA_AGENT_SIGNATURE_ERROR_OVER,
    MMFOTA_AGENT_SIGNATURE_ERROR_OTHER_PRODUCT,
    MMFOTA_AGENT_SIGNATURE_ERROR_OTHER_VERSION,
} MmfotaAgentSignatureError;

/* Word for reports: "unreachable", "not-signed", … */
const gchar *mmfota_agent_signature_reason     (const GError *error);
/* D-Bus error name, as in mmfota-agent-retry.h */
const gchar *mmfota_agent_signature_error_name (const GError *error,
                                                const gchar  *url);

/* Whether the server has answered at all */
gboolean     mmfota_agent_signature_is_refusal (const GError *error);

/* Whether a signature is required. With "if-keyring": whether there is a *.pem in the keyring,
 * or a keyring that can't be read */
gboolean     mmfota_agent_signature_is_wanted  (const MmfotaAgentSignatureSettings *settings);

/* What is signed */
typedef struct {
    gchar        *version;
    gchar        *product;
    /* Of all files of filelist.xml */
    guint64       size;
    /* Unix time; 0: not given */
    gint64        released;
    gint64        not_after;
    ReleaseSigner signer;
} MmfotaAgentRelease;

void mmfota_agent_release_free (MmfotaAgentRelease *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmfotaAgentRelease, mmfota_agent_release_free)

/* @url: as given to the module, the parent of full/. @model: the module's, NULL for any.
 * @version: the one that was offered, NULL for any. */
void                mmfota_agent_signature_check        (const gchar              *url,
                                                         const MmfotaAgentHttpTls *tls,
                                                         const gchar              *keyring,
                                                         const gchar              *model,
                                                         const gchar              *version,
                                                         GCancellable             *cancellable,
                                                         GAsyncReadyCallback       callback,
                                                         gpointer                  user_data);
MmfotaAgentRelease *mmfota_agent_signature_check_finish (GAsyncResult             *result,
                                                         GError                  **error);

/* The signed list and the other files, in the order in which they are fetched */
typedef enum {
    MMFOTA_AGENT_SIGNED_SUMS,
    MMFOTA_AGENT_SIGNED_SIGNATURE,
    MMFOTA_AGENT_SIGNED_MANIFEST,
    MMFOTA_AGENT_SIGNED_FILELIST,
    MMFOTA_AGENT_SIGNED_CHANGELOG,
    MMFOTA_AGENT_SIGNED_LAST
} MmfotaAgentSigned;

/* Whether the signed list and the other files are consistent. Pure; for the check above, and for
 * tests. @now: Unix time. */
MmfotaAgentRelease *mmfota_agent_signature_compare      (GBytes *const            *files,
                                                         const gchar              *model,
                                                         const gchar              *version,
                                                         gint64                    now,
                                                         GError                  **error);

#endif /* MMFOTA_AGENT_SIGNATURE_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-agent-signature.h"

#include <string.h>

#include <libxml/parser.h>

#include "mm-tdtech-fota-enums.h"
#include "mmfota-agent-retry.h"
#include "release-digest.h"
#include "release-sums.h"
#include "release-text.h"
#include "release-xml.h"

#define SECONDS    60
#define SHOWN      100
#define FOTA_ERROR "com.td_tech.ModemManager1.Error.Fota."
#define RETRY      "org.freedesktop.ModemManager1.Error.Core.Retry"

G_DEFINE_QUARK (mmfota_agent_signature_error, mmfota_agent_signature_error)

#define refuse(error, what, ...) \
    g_set_error (error, MMFOTA_AGENT_SIGNATURE_ERROR, MMFOTA_AGENT_SIGNATURE_ERROR_##what, __VA_ARGS__)

static const struct {
    const gchar *name;
    gsize        max;
} files_of[MMFOTA_AGENT_SIGNED_LAST] = {
    [MMFOTA_AGENT_SIGNED_SUMS]      = { "SHA256SUMS", RELEASE_SUMS_MAX },
    [MMFOTA_AGENT_SIGNED_SIGNATURE] = { "SHA256SUMS.p7s", RELEASE_SIGNATURE_MAX },
    [MMFOTA_AGENT_SIGNED_MANIFEST]  = { "release.json", RELEASE_SUMS_MAX },
    [MMFOTA_AGENT_SIGNED_FILELIST]  = { "filelist.xml", RELEASE_XML_MAX },
    [MMFOTA_AGENT_SIGNED_CHANGELOG] = { "changelog.xml", RELEASE_XML_MAX },
};

/*****************************************************************************/
/* Words */

const gchar *
mmfota_agent_signature_reason (const GError *error)
{
    static const gchar *const reasons[] = {
        "unreachable", "unavailable", "keyring", "not-signed", "malformed", "untrusted", "not-valid", "changed",
        "incomplete", "over", "other-product", "other-version",
    };

    if (error->domain != MMFOTA_AGENT_SIGNATURE_ERROR || (guint) error->code >= G_N_ELEMENTS (reasons))
        return "unknown";
    return reasons[error->code];
}

const gchar *
mmfota_agent_signature_error_name (const GError *error,
                                   const gchar  *url)
{
    /* This host has no network; the module may have one */
    if (error->domain != MMFOTA_AGENT_SIGNATURE_ERROR)
        return RETRY;
    switch ((MmfotaAgentSignatureError) error->code) {
    case MMFOTA_AGENT_SIGNATURE_ERROR_UNREACHABLE:
        return RETRY;
    case MMFOTA_AGENT_SIGNATURE_ERROR_UNAVAILABLE:
    case MMFOTA_AGENT_SIGNATURE_ERROR_KEYRING:
        return FOTA_ERROR "FilesUnavailable";
    /* Anybody between here and the server may have caused that */
    case MMFOTA_AGENT_SIGNATURE_ERROR_NOT_SIGNED:
    case MMFOTA_AGENT_SIGNATURE_ERROR_MALFORMED:
        return g_str_has_prefix (url, "https:") ? MMFOTA_AGENT_ERROR_SIGNATURE : FOTA_ERROR "FilesUnavailable";
    case MMFOTA_AGENT_SIGNATURE_ERROR_UNTRUSTED:
    case MMFOTA_AGENT_SIGNATURE_ERROR_NOT_VALID:
    case MMFOTA_AGENT_SIGNATURE_ERROR_CHANGED:
    case MMFOTA_AGENT_SIGNATURE_ERROR_INCOMPLETE:
    case MMFOTA_AGENT_SIGNATURE_ERROR_OVER:
    case MMFOTA_AGENT_SIGNATURE_ERROR_OTHER_PRODUCT:
    case MMFOTA_AGENT_SIGNATURE_ERROR_OTHER_VERSION:
    default:
        return MMFOTA_AGENT_ERROR_SIGNATURE;
    }
}

gboolean
mmfota_agent_signature_is_refusal (const GError *error)
{
    return error->domain == MMFOTA_AGENT_SIGNATURE_ERROR && error->code != MMFOTA_AGENT_SIGNATURE_ERROR_UNREACHABLE;
}

static gboolean
has_certificates (const gchar *keyring)
{
    g_autoptr(GError)  error = NULL;
    g_autoptr(GDir)    dir = g_dir_open (keyring, 0, &error);
    const gchar       *name;

    /* A keyring that can't be read, or is a file, counts as present: better fail later than skip
     * the check */
    if (!dir)
        return !g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
    while ((name = g_dir_read_name (dir))) {
        if (g_str_has_suffix (name, ".pem"))
            return TRUE;
    }
    return FALSE;
}

gboolean
mmfota_agent_signature_is_wanted (const MmfotaAgentSignatureSettings *settings)
{
    switch (settings->require) {
    case MMFOTA_AGENT_REQUIRE_NO:
        return FALSE;
    case MMFOTA_AGENT_REQUIRE_IF_KEYRING:
        return has_certificates (settings->keyring);
    case MMFOTA_AGENT_REQUIRE_YES:
    default:
        return TRUE;
    }
}

void
mmfota_agent_release_free (MmfotaAgentRelease *self)
{
    release_signer_clear (&self->signer);
    g_free (self->version);
    g_free (self->product);
    g_free (self);
}

/*****************************************************************************/
/* Consistency */

static gboolean
parse_failed (GError      **error,
              const gchar  *name,
              const gchar  *why)
{
    g_autofree gchar *shown = release_text_printable (why, SHOWN);

    refuse (error, MALFORMED, "%s: %s", name, shown);
    return FALSE;
}

static gboolean
check_sum (GHashTable         *sums,
           GBytes *const      *files,
           MmfotaAgentSigned   which,
           GError            **error)
{
    const gchar   *name = files_of[which].name;
    const gchar   *said = g_hash_table_lookup (sums, name);
    ReleaseDigest  digest;

    if (!said) {
        refuse (error, INCOMPLETE, "%s is not among what is signed", name);
        return FALSE;
    }
    release_digest_bytes (files[which], &digest);
    if (!g_str_equal (said, digest.sha256)) {
        refuse (error, CHANGED, "%s is not the file that was signed", name);
        return FALSE;
    }
    return TRUE;
}

/* Packages are covered by their MD5 in the list, which the module checks */
static gboolean
check_files (GHashTable          *sums,
             ReleaseFilelist     *filelist,
             MmfotaAgentRelease  *self,
             GError             **error)
{
    guint i;

    for (i = 0; i < filelist->files->len; i++) {
        const ReleaseFile *file = g_ptr_array_index (filelist->files, i);
        g_autofree gchar  *shown = release_text_printable (file->path, SHOWN);

        if (!g_hash_table_contains (sums, file->path)) {
            refuse (error, INCOMPLETE, "%s is not among what is signed", shown);
            return FALSE;
        }
        if (file->size > G_MAXINT64 - self->size) {
            refuse (error, MALFORMED, "filelist.xml: sizes that can't be");
            return FALSE;
        }
        self->size += file->size;
    }
    return TRUE;
}

static gboolean
check_manifest (const ReleaseManifest   *manifest,
                const ReleaseChangelog  *changelog,
                const gchar             *model,
                const gchar             *version,
                gint64                   now,
                GError                 **error)
{
    if (!g_str_equal (manifest->version, changelog->version))
        refuse (error, CHANGED, "release.json is of %s, changelog.xml of another version", manifest->version);
    else if (changelog->product && !release_same_product (manifest->product, changelog->product))
        refuse (error, CHANGED, "release.json is for %s, changelog.xml for another product", manifest->product);
    else if (model && !release_same_product (manifest->product, model))
        refuse (error, OTHER_PRODUCT, "signed for %s, not for this module", manifest->product);
    else if (version && !g_str_equal (manifest->version, version))
        refuse (error, OTHER_VERSION, "signed is %s, not the version that is offered", manifest->version);
    /* A clock that was never set is earlier than the release */
    else if (manifest->not_after && MAX (now, manifest->released) > manifest->not_after)
        refuse (error, OVER, "%s was signed for a time that is over", manifest->version);
    else
        return TRUE;
    return FALSE;
}

static ReleaseChangelog *
read_changelog (GBytes  *bytes,
                GError **error)
{
    g_autoptr(ReleaseFindings)   findings = release_findings_new ();
    g_autoptr(ReleaseChangelog)  changelog = NULL;

    changelog = release_changelog_parse ("changelog.xml", g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), findings);
    if (!changelog || !release_text_is_value (changelog->version)) {
        parse_failed (error, "changelog.xml", "no version in it");
        return NULL;
    }
    return g_steal_pointer (&changelog);
}

static ReleaseFilelist *
read_filelist (GBytes  *bytes,
               GError **error)
{
    g_autoptr(ReleaseFindings) findings = release_findings_new ();
    g_autoptr(ReleaseFilelist) filelist = NULL;

    filelist = release_filelist_parse ("filelist.xml", g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), findings);
    if (!filelist || release_findings_count (findings, RELEASE_SEVERITY_ERROR) > 0) {
        parse_failed (error, "filelist.xml", "no list of files that a module could fetch");
        return NULL;
    }
    return g_steal_pointer (&filelist);
}

MmfotaAgentRelease *
mmfota_agent_signature_compare (GBytes *const  *files,
                                const gchar    *model,
                                const gchar    *version,
                                gint64          now,
                                GError        **error)
{
    g_autoptr(MmfotaAgentRelease) self = g_new0 (MmfotaAgentRelease, 1);
    g_autoptr(GHashTable)         sums = NULL;
    g_autoptr(ReleaseManifest)    manifest = NULL;
    g_autoptr(ReleaseChangelog)   changelog = NULL;
    g_autoptr(ReleaseFilelist)    filelist = NULL;
    g_autoptr(GError)             inner = NULL;
    GBytes                       *bytes = files[MMFOTA_AGENT_SIGNED_SUMS];
    guint                         i;

    sums = release_sums_parse (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), &inner);
    if (!sums) {
        parse_failed (error, "SHA256SUMS", inner->message);
        return NULL;
    }
    for (i = MMFOTA_AGENT_SIGNED_MANIFEST; i < MMFOTA_AGENT_SIGNED_LAST; i++) {
        if (!check_sum (sums, files, (MmfotaAgentSigned) i, error))
            return NULL;
    }
    bytes = files[MMFOTA_AGENT_SIGNED_MANIFEST];
    manifest = release_manifest_parse (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), &inner);
    if (!manifest) {
        parse_failed (error, "release.json", inner->message);
        return NULL;
    }
    changelog = read_changelog (files[MMFOTA_AGENT_SIGNED_CHANGELOG], error);
    filelist = changelog ? read_filelist (files[MMFOTA_AGENT_SIGNED_FILELIST], error) : NULL;
    if (!filelist || !check_files (sums, filelist, self, error) ||
        !check_manifest (manifest, changelog, model, version, now, error))
        return NULL;
    self->version = g_strdup (manifest->version);
    self->product = g_strdup (manifest->product);
    self->released = manifest->released;
    self->not_after = manifest->not_after;
    return g_steal_pointer (&self);
}

/*****************************************************************************/
/* Fetching */

typedef struct {
    MmfotaAgentHttp *http;
    gchar           *base;
    gchar           *keyring;
    gchar           *model;
    gchar           *version;
    SoupMessage     *message;
    GBytes          *files[MMFOTA_AGENT_SIGNED_LAST];
    guint            at;
} Check;

static void
check_free (Check *check)
{
    guint i;

    for (i = 0; i < MMFOTA_AGENT_SIGNED_LAST; i++)
        g_clear_pointer (&check->files[i], g_bytes_unref);
    g_clear_pointer (&check->http, mmfota_agent_http_free);
    g_clear_object (&check->message);
    g_free (check->base);
    g_free (check->keyring);
    g_free (check->model);
    g_free (check->version);
    g_free (check);
}

/* In our own words */
static void
translate (const GError  *inner,
           GError       **error)
{
    switch ((ReleaseSignatureError) inner->code) {
    case RELEASE_SIGNATURE_ERROR_KEYRING:
        refuse (error, KEYRING, "%s", inner->message);
        break;
    case RELEASE_SIGNATURE_ERROR_CHANGED:
        refuse (error, CHANGED, "%s", inner->message);
        break;
    case RELEASE_SIGNATURE_ERROR_UNTRUSTED:
        refuse (error, UNTRUSTED, "%s", inner->message);
        break;
    case RELEASE_SIGNATURE_ERROR_NOT_VALID:
        refuse (error, NOT_VALID, "%s", inner->message);
        break;
    case RELEASE_SIGNATURE_ERROR_MALFORMED:
    default:
        refuse (error, MALFORMED, "%s", inner->message);
        break;
    }
}

/* Not in the main loop: some keys are slow, and files are read */
static void
judge (GTask        *task,
       gpointer      source,
       gpointer      task_data,
       GCancellable *cancellable)
{
    Check                         *check = task_data;
    g_auto(ReleaseSigner)          signer = { 0 };
    g_autoptr(MmfotaAgentRelease)  release = NULL;
    g_autoptr(GError)              inner = NULL;
    GError                        *error = NULL;

    if (!release_signature_verify (check->files[MMFOTA_AGENT_SIGNED_SUMS], check->files[MMFOTA_AGENT_SIGNED_SIGNATURE],
                                   check->keyring, &signer, &inner))
        translate (inner, &error);
    else
        release = mmfota_agent_signature_compare (check->files, check->model, check->version,
                                                  g_get_real_time () / G_USEC_PER_SEC, &error);
    if (!release) {
        g_task_return_error (task, error);
        return;
    }
    release->signer = signer;
    signer.name = NULL;
    g_task_return_pointer (task, g_steal_pointer (&release), (GDestroyNotify) mmfota_agent_release_free);
}

static void
judge_status (guint         status,
              guint         at,
              GError      **error)
{
    const gchar *name = files_of[at].name;

    if (status == 408 || status == 425 || status == 429 || status >= 500)
        refuse (error, UNREACHABLE, "full/%s: status %u", name, status);
    else if ((status == SOUP_STATUS_NOT_FOUND || status == SOUP_STATUS_GONE) && at <= MMFOTA_AGENT_SIGNED_MANIFEST)
        refuse (error, NOT_SIGNED, "there is no full/%s: the release is not signed", name);
    else
        refuse (error, UNAVAILABLE, "full/%s: status %u", name, status);
}

static void fetch_next (GTask *task);

static void
fetched (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
    g_autoptr(GTask)   task = user_data;
    Check             *check = g_task_get_task_data (task);
    guint              status = soup_message_get_status (check->message);
    g_autoptr(GError)  inner = NULL;
    g_autoptr(GBytes)  bytes = mmfota_agent_http_send_finish (check->http, result, &inner);
    GError            *error = NULL;

    g_clear_object (&check->message);
    if (g_error_matches (inner, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
        g_task_return_error (task, g_steal_pointer (&inner));
        return;
    }
    if (g_error_matches (inner, G_IO_ERROR, G_IO_ERROR_MESSAGE_TOO_LARGE) && status == SOUP_STATUS_OK)
        refuse (&error, MALFORMED, "full/%s: %s", files_of[check->at].name, inner->message);
    else if (inner && !(status >= 300 && status < 600))
        refuse (&error, UNREACHABLE, "full/%s: %s", files_of[check->at].name, inner->message);
    else if (status != SOUP_STATUS_OK)
        judge_status (status, check->at, &error);
    if (error) {
        g_task_return_error (task, error);
        return;
    }
    check->files[check->at++] = g_steal_pointer (&bytes);
    fetch_next (g_steal_pointer (&task));
}

/* Takes @task */
static void
fetch_next (GTask *task)
{
    Check            *check = g_task_get_task_data (task);
    g_autofree gchar *url = NULL;

    if (check->at == MMFOTA_AGENT_SIGNED_LAST) {
        /* The thread may drop the last reference to the task, but the session belongs to the
         * main thread, and is in the middle of a call. */
        g_idle_add_once ((GSourceOnceFunc) mmfota_agent_http_free, g_steal_pointer (&check->http));
        g_task_run_in_thread (task, judge);
        g_object_unref (task);
        return;
    }
    url = g_strconcat (check->base, "full/", files_of[check->at].name, NULL);
    check->message = soup_message_new (SOUP_METHOD_GET, url);
    if (!check->message) {
        g_task_return_new_error (task, MMFOTA_AGENT_SIGNATURE_ERROR, MMFOTA_AGENT_SIGNATURE_ERROR_UNAVAILABLE, "no URL");
        g_object_unref (task);
        return;
    }
    mmfota_agent_http_send (check->http, check->message, files_of[check->at].max, SECONDS, g_task_get_cancellable (task),
                            fetched, task);
}

void
mmfota_agent_signature_check (const gchar              *url,
                              const MmfotaAgentHttpTls *tls,
                              const gchar              *keyring,
                              const gchar              *model,
                              const gchar              *version,
                              GCancellable             *cancellable,
                              GAsyncReadyCallback       callback,
                              gpointer                  user_data)
{
    GTask             *task = g_task_new (NULL, cancellable, callback, user_data);
    Check             *check = g_new0 (Check, 1);
    g_autoptr(GError)  error = NULL;

    g_task_set_source_tag (task, mmfota_agent_signature_check);
    g_task_set_task_data (task, check, (GDestroyNotify) check_free);
    check->keyring = g_strdup (keyring);
    check->model = g_strdup (model);
    check->version = g_strdup (version);
    check->base = release_text_base_url (url, &error);
    /* Initialize it here, before the thread uses it */
    xmlInitParser ();
    if (check->base)
        check->http = mmfota_agent_http_new (tls, &error);
    if (!check->http) {
        g_task_return_new_error (task, MMFOTA_AGENT_SIGNATURE_ERROR, MMFOTA_AGENT_SIGNATURE_ERROR_UNAVAILABLE, "%s",
                                 error->message);
        g_object_unref (task);
        return;
    }
    fetch_next (task);
}

MmfotaAgentRelease *
mmfota_agent_signature_check_finish (GAsyncResult  *result,
                                     GError       **error)
{
    return g_task_propagate_pointer (G_TASK (result), error);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "server-check.h"

#include <inttypes.h>
#include <string.h>

#include <glib/gi18n.h>

#include "release-sums.h"
#include "release-text.h"

/* What is checked, and what was found out */
typedef struct {
    ServerSource             *source;
    const ServerCheckOptions *options;
    ServerRelease            *release;
    ReleaseFindings          *findings;
    /* Name to ReleaseDigest of everything that was read */
    GHashTable               *sums;
} Check;

void
server_release_clear (ServerRelease *self)
{
    g_clear_pointer (&self->version, g_free);
    g_clear_pointer (&self->product, g_free);
    g_clear_pointer (&self->source, g_free);
}

/*****************************************************************************/
/* Whether it fits the module */

static void
check_fit (Check                  *check,
           const ReleaseChangelog *changelog)
{
    const ServerCheckOptions *options = check->options;

    if (options->model && changelog->product && !release_same_product (options->model, changelog->product))
        release_findings_add (check->findings, "product-differs", _("the release is for %s, the module is %s"),
                              changelog->product, options->model);
    if (!options->from)
        return;
    /* GUESS: a release without source version fits any module */
    if (changelog->source && !g_str_equal (options->from, changelog->source))
        release_findings_add (check->findings, "source-differs", _("the release upgrades %s, the module runs %s"),
                              changelog->source, options->from);
    if (g_str_equal (changelog->version, options->from))
        release_findings_add (check->findings, "version-same", _("the release is %s, and the module runs it"), options->from);
    else if (release_version_compare (changelog->version, options->from) <= 0)
        release_findings_add (check->findings, "version-not-newer", _("the release is %s, the module runs %s"),
                              changelog->version, options->from);
}

/*****************************************************************************/
/* Reading */

static GBytes *
read_small (Check       *check,
            const gchar *name,
            gboolean     required)
{
    g_autoptr(GBytes) bytes = check->source->read (check->source, name, required, check->findings);
    ReleaseDigest     digest;

    if (!bytes)
        return NULL;
    release_digest_bytes (bytes, &digest);
    g_hash_table_insert (check->sums, g_strdup (name), g_memdup2 (&digest, sizeof (digest)));
    return g_steal_pointer (&bytes);
}

/* Each file once, even if it is listed twice or is one of the lists itself */
static const ReleaseDigest *
digest_of (Check             *check,
           const ReleaseFile *file)
{
    ReleaseDigest *digest = g_hash_table_lookup (check->sums, file->path);

    if (digest)
        return digest;
    digest = g_new0 (ReleaseDigest, 1);
    if (!check->source->digest (check->source, file, digest, check->findings)) {
        g_free (digest);
        return NULL;
    }
    g_hash_table_insert (check->sums, g_strdup (file->path), digest);
    check->release->size += digest->size;
    return digest;
}

static void
check_file (Check             *check,
            const ReleaseFile *file)
{
    /* Otherwise it was reported already, and its name cannot be requested */
    const ReleaseDigest *digest = release_text_is_name (file->path, TRUE) ? digest_of (check, file) : NULL;

    if (!digest)
        return;
    if (digest->size != file->size)
        release_findings_add (check->findings, "size-differs",
                              _("filelist.xml says that %s has %" PRIu64 " bytes, it has %" PRIu64),
                              file->path, file->size, digest->size);
    else if (strlen (file->md5) == 32 && !g_str_equal (digest->md5, file->md5))
        release_findings_add (check->findings, "md5-differs", _("filelist.xml says that the MD5 of %s is %s, it is %s"),
                              file->path, file->md5, digest->md5);
}

static void
check_files (Check                 *check,
             const ReleaseFilelist *filelist)
{
    guint i;

    for (i = 0; i < filelist->files->len; i++)
        check_file (check, g_ptr_array_index (filelist->files, i));
}

/*****************************************************************************/
/* What is signed */

static void
check_manifest (Check                  *check,
                const ReleaseChangelog *changelog)
{
    g_autoptr(GBytes)          bytes = read_small (check, "release.json", FALSE);
    g_autoptr(ReleaseManifest) manifest = NULL;
    g_autoptr(GError)          error = NULL;

    if (!bytes)
        return;
    manifest = release_manifest_parse (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), &error);
    if (!manifest) {
        release_findings_add (check->findings, "manifest-malformed", _("release.json: %s"), error->message);
        return;
    }
    if (changelog && !g_str_equal (manifest->version, changelog->version))
        release_findings_add (check->findings, "version-differs", _("changelog.xml says %s, release.json %s"),
                              changelog->version, manifest->version);
    if (changelog && changelog->product && !release_same_product (manifest->product, changelog->product))
        release_findings_add (check->findings, "version-differs", _("changelog.xml is for %s, release.json for %s"),
                              changelog->product, manifest->product);
    if (manifest->not_after && manifest->not_after < g_get_real_time () / G_USEC_PER_SEC)
        release_findings_add (check->findings, "manifest-over", _("release.json: not-after has passed"));
}

static void
compare_sums (Check      *check,
              GHashTable *listed)
{
    GHashTableIter iter;
    gpointer       name;
    gpointer       digest;

    g_hash_table_iter_init (&iter, check->sums);
    while (g_hash_table_iter_next (&iter, &name, &digest)) {
        const gchar *said = g_hash_table_lookup (listed, name);

        if (!said)
            release_findings_add (check->findings, "sums-incomplete", _("SHA256SUMS does not list %s"), (const gchar *) name);
        else if (!g_str_equal (said, ((const ReleaseDigest *) digest)->sha256))
            release_findings_add (check->findings, "sums-differ", _("%s is not the file that SHA256SUMS lists"),
                                  (const gchar *) name);
    }
    g_hash_table_iter_init (&iter, listed);
    while (g_hash_table_iter_next (&iter, &name, NULL)) {
        if (!g_hash_table_contains (check->sums, name))
            release_findings_add (check->findings, "sums-differ", _("SHA256SUMS lists %s, which is no part of the release"),
                                  (const gchar *) name);
    }
}

static void
check_list (Check  *check,
            GBytes *bytes)
{
    g_autoptr(GHashTable) listed = NULL;
    g_autoptr(GError)     error = NULL;

    listed = release_sums_parse (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), &error);
    if (listed)
        compare_sums (check, listed);
    else
        release_findings_add (check->findings, "sums-malformed", _("SHA256SUMS: %s"), error->message);
}

/*****************************************************************************/

/* In the module's order: list, changelog, files */
static gboolean
run (Check    *check,
     gboolean  with_manifest)
{
    g_autoptr(GBytes)           list = read_small (check, "filelist.xml", TRUE);
    g_autoptr(GBytes)           log = read_small (check, "changelog.xml", TRUE);
    g_autoptr(ReleaseFilelist)  filelist = NULL;
    g_autoptr(ReleaseChangelog) changelog = NULL;

    if (log)
        changelog = release_changelog_parse ("changelog.xml", g_bytes_get_data (log, NULL), g_bytes_get_size (log),
                                             check->findings);
    if (list)
        filelist = release_filelist_parse ("filelist.xml", g_bytes_get_data (list, NULL), g_bytes_get_size (list),
                                           check->findings);
    if (changelog) {
        check->release->version = g_strdup (changelog->version);
        check->release->product = g_strdup (changelog->product);
        check->release->source = g_strdup (changelog->source);
        check_fit (check, changelog);
    }
    if (changelog && filelist && filelist->component && !g_str_equal (filelist->component, changelog->component))
        release_findings_add (check->findings, "component-differs", _("changelog.xml is of %s, filelist.xml of %s"),
                              changelog->component, filelist->component);
    if (filelist)
        check_files (check, filelist);
    if (with_manifest)
        check_manifest (check, changelog);
    /* Without the files there is nothing to compare */
    return filelist && changelog;
}

static void
check_new (Check                    *check,
           ServerSource             *source,
           const ServerCheckOptions *options,
           ServerRelease            *release,
           ReleaseFindings          *findings)
{
    check->source = source;
    check->options = options;
    check->release = release;
    check->findings = findings;
    check->sums = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

void
server_check_release (ServerSource             *source,
                      const ServerCheckOptions *options,
                      ServerRelease            *release,
                      ReleaseFindings          *findings)
{
    g_autoptr(GBytes) list = NULL;
    Check             check;

    check_new (&check, source, options, release, findings);
    if (run (&check, TRUE)) {
        list = source->read (source, "SHA256SUMS", FALSE, findings);
        if (list) {
            release->has_sums = TRUE;
            check_list (&check, list);
        }
    }
    g_hash_table_unref (check.sums);
}

void
server_check_release_sums (ServerSource             *source,
                           const ServerCheckOptions *options,
                           ServerRelease            *release,
                           GHashTable               *sums,
                           ReleaseFindings          *findings)
{
    GHashTableIter iter;
    gpointer       name;
    gpointer       digest;
    Check          check;

    check_new (&check, source, options, release, findings);
    run (&check, FALSE);
    g_hash_table_iter_init (&iter, check.sums);
    while (g_hash_table_iter_next (&iter, &name, &digest))
        g_hash_table_insert (sums, g_strdup (name), g_strdup (((const ReleaseDigest *) digest)->sha256));
    g_hash_table_unref (check.sums);
}

void
server_check_release_listed (ServerSource             *source,
                             const ServerCheckOptions *options,
                             GBytes                   *list,
                             ServerRelease            *release,
                             ReleaseFindings          *findings)
{
    Check check;

    check_new (&check, source, options, release, findings);
    if (run (&check, TRUE))
        check_list (&check, list);
    g_hash_table_unref (check.sums);
}

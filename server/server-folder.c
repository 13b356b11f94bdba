/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "server-folder.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gi18n.h>
#include <glib/gstdio.h>

#include "release-file.h"
#include "release-sums.h"
#include "release-text.h"

typedef struct {
    ServerSource  parent;
    /* …/full */
    gchar        *path;
    gchar        *shown; /* in texts */
    /* what was read: name to itself */
    GHashTable   *seen;
} Folder;

/*****************************************************************************/
/* Opening */

/* A file whose name differs only in case; NULL if there is none */
static gchar *
find_other_case (const gchar *folder,
                 const gchar *name)
{
    g_autoptr(GDir) dir = g_dir_open (folder, 0, NULL);
    const gchar    *found;

    while (dir && (found = g_dir_read_name (dir))) {
        if (g_ascii_strcasecmp (found, name) == 0 && !g_str_equal (found, name))
            return g_strdup (found);
    }
    return NULL;
}

static void
tell_missing (Folder          *self,
              const gchar     *name,
              gint             code,
              ReleaseFindings *findings)
{
    g_autofree gchar *other = find_other_case (self->path, name);
    g_autofree gchar *other_shown = release_text_file_name (other, PATH_MAX);

    if (code == ENOENT && other)
        release_findings_add (findings, "file-case", _("%s/%s is asked for, %s lies there"), self->shown, name, other_shown);
    else if (code == ENOENT || code == ENOTDIR)
        release_findings_add (findings, "file-missing", _("%s/%s is not there"), self->shown, name);
    else
        release_findings_add (findings, "file-unreadable", "%s/%s: %s", self->shown, name, g_strerror (code));
}

static gint
open_file (Folder          *self,
           const gchar     *name,
           gboolean         required,
           ReleaseFindings *findings)
{
    g_autofree gchar *path = g_build_filename (self->path, name, NULL);
    g_autofree gchar *shown = release_text_file_name (path, PATH_MAX);
    struct stat       status;
    gint              fd;

    /* Reading a pipe might never end */
    fd = g_open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0);
    if (fd < 0) {
        if (required || errno != ENOENT)
            tell_missing (self, name, errno, findings);
        return -1;
    }
    if (fstat (fd, &status) < 0 || !S_ISREG (status.st_mode)) {
        release_findings_add (findings, "file-kind", _("%s is no regular file"), shown);
        close (fd);
        return -1;
    }
    if (!(status.st_mode & S_IROTH))
        release_findings_add (findings, "file-mode", _("%s can't be read by everybody (mode %04o)"), shown,
                              (guint) status.st_mode & 07777);
    g_hash_table_add (self->seen, g_strdup (name));
    return fd;
}

/*****************************************************************************/
/* The source */

static GBytes *
read_small (ServerSource    *source,
            const gchar     *name,
            gboolean         required,
            ReleaseFindings *findings)
{
    Folder            *self = (Folder *) source;
    gint               fd = open_file (self, name, required, findings);
    g_autofree guint8 *buffer = NULL;
    gssize             length;
    gint               code;

    if (fd < 0)
        return NULL;
    /* One byte more than allowed shows that a file is too large */
    buffer = g_malloc (RELEASE_XML_MAX + 1);
    length = release_file_read (fd, buffer, RELEASE_XML_MAX + 1);
    code = errno;
    close (fd);
    if (length < 0) {
        release_findings_add (findings, "file-unreadable", "%s/%s: %s", self->shown, name, g_strerror (code));
        return NULL;
    }
    return g_bytes_new (buffer, (gsize) length);
}

static gboolean
digest_file (ServerSource      *source,
             const ReleaseFile *file,
             ReleaseDigest     *digest,
             ReleaseFindings   *findings)
{
    Folder            *self = (Folder *) source;
    g_autoptr(GError)  error = NULL;
    gint               fd = open_file (self, file->path, TRUE, findings);
    gboolean           done;

    if (fd < 0)
        return FALSE;
    done = release_digest_fd (fd, -1, digest, &error);
    close (fd);
    if (!done)
        release_findings_add (findings, "file-unreadable", "%s/%s: %s", self->shown, file->path, error->message);
    return done;
}

/*****************************************************************************/

void
server_folder_extra (ServerSource    *source,
                     ReleaseFindings *findings)
{
    Folder         *self = (Folder *) source;
    g_autoptr(GDir) dir = g_dir_open (self->path, 0, NULL);
    const gchar    *name;

    while (dir && (name = g_dir_read_name (dir))) {
        g_autofree gchar *path = g_build_filename (self->path, name, NULL);
        g_autofree gchar *shown = release_text_file_name (path, PATH_MAX);

        if (!g_hash_table_contains (self->seen, name) && !g_str_equal (name, "SHA256SUMS.p7s") &&
            !g_file_test (path, G_FILE_TEST_IS_DIR))
            release_findings_add (findings, "file-extra", _("%s is no part of the release"), shown);
    }
}

static void
check_folder_mode (const gchar     *path,
                   ReleaseFindings *findings)
{
    g_autofree gchar *shown = release_text_file_name (path, PATH_MAX);
    struct stat       status;

    if (stat (path, &status) == 0 && (status.st_mode & (S_IROTH | S_IXOTH)) != (S_IROTH | S_IXOTH))
        release_findings_add (findings, "file-mode", _("%s can't be entered and read by everybody (mode %04o)"), shown,
                              (guint) status.st_mode & 07777);
}

ServerSource *
server_folder_new (const gchar     *path,
                   ReleaseFindings *findings)
{
    g_autofree gchar *full = g_build_filename (path, "full", NULL);
    g_autofree gchar *shown = release_text_file_name (full, PATH_MAX);
    g_autofree gchar *other = NULL;
    Folder           *self;

    if (!g_file_test (full, G_FILE_TEST_IS_DIR)) {
        other = find_other_case (path, "full");
        if (other)
            release_findings_add (findings, "file-case", _("%s is asked for, %s lies there"), shown, other);
        else if (g_str_has_suffix (path, "/full") || g_str_has_suffix (path, "/full/"))
            release_findings_add (findings, "release-missing", _("%s is not there: name the folder above full/"), shown);
        else
            release_findings_add (findings, "release-missing", _("%s is no folder"), shown);
        return NULL;
    }
    check_folder_mode (path, findings);
    check_folder_mode (full, findings);
    self = g_new0 (Folder, 1);
    self->parent.read = read_small;
    self->parent.digest = digest_file;
    self->path = g_steal_pointer (&full);
    self->shown = g_steal_pointer (&shown);
    self->seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    return &self->parent;
}

void
server_folder_free (ServerSource *source)
{
    Folder *self = (Folder *) source;

    if (!self)
        return;
    g_free (self->path);
    g_free (self->shown);
    g_hash_table_unref (self->seen);
    g_free (self);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "server-store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gi18n.h>
#include <glib/gstdio.h>

#include "release-file.h"
#include "release-text.h"

#define PREFIX ".mmfota-new-"

struct _ServerStore {
    gchar   *dir;
    gchar   *name;
    gboolean public;
    /* The parent folder, which is locked, and the new folder */
    gint     dir_fd;
    gint     new_fd;
    /* Name of the new folder */
    gchar   *new_name;
};

static gboolean
fail (GError      **error,
      const gchar  *what,
      const gchar  *name)
{
    gint              code = errno;
    g_autofree gchar *shown = release_text_file_name (name, PATH_MAX);

    g_set_error (error, G_IO_ERROR, (gint) g_io_error_from_errno (code), _("%s '%s': %s"), what, shown, g_strerror (code));
    return FALSE;
}

/*****************************************************************************/
/* Removing */

static DIR *
open_dir (gint         parent,
          const gchar *name)
{
    gint fd = openat (parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    DIR *dir = fd >= 0 ? fdopendir (fd) : NULL;

    if (fd >= 0 && !dir)
        close (fd);
    return dir;
}

/* A file, or a folder with everything in it */
static void
remove_tree (gint         parent,
             const gchar *name)
{
    DIR           *dir = open_dir (parent, name);
    struct dirent *entry;

    while (dir && (entry = readdir (dir))) {
        if (g_str_equal (entry->d_name, ".") || g_str_equal (entry->d_name, ".."))
            continue;
        if (unlinkat (dirfd (dir), entry->d_name, 0) < 0)
            remove_tree (dirfd (dir), entry->d_name);
    }
    if (dir)
        closedir (dir);
    if (unlinkat (parent, name, AT_REMOVEDIR) < 0 && errno == ENOTDIR)
        unlinkat (parent, name, 0);
}

static void
remove_leftovers (ServerStore *self)
{
    DIR           *dir = open_dir (self->dir_fd, ".");
    struct dirent *entry;

    while (dir && (entry = readdir (dir))) {
        if (g_str_has_prefix (entry->d_name, PREFIX))
            remove_tree (self->dir_fd, entry->d_name);
    }
    if (dir)
        closedir (dir);
}

/*****************************************************************************/
/* Starting and ending */

static gboolean
lock (ServerStore  *self,
      GError      **error)
{
    if (g_mkdir_with_parents (self->dir, 0755) < 0)
        return fail (error, _("couldn't make"), self->dir);
    self->dir_fd = g_open (self->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    if (self->dir_fd < 0)
        return fail (error, _("couldn't open"), self->dir);
    if (flock (self->dir_fd, LOCK_EX | LOCK_NB) < 0) {
        g_autofree gchar *shown = NULL;

        if (errno != EWOULDBLOCK)
            return fail (error, _("couldn't lock"), self->dir);
        shown = release_text_file_name (self->dir, PATH_MAX);
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_BUSY, _("another mmfota-server writes into '%s'"), shown);
        return FALSE;
    }
    return TRUE;
}

ServerStore *
server_store_new (const gchar  *dir,
                  const gchar  *name,
                  gboolean      public,
                  GError      **error)
{
    g_autoptr(ServerStore) self = g_new0 (ServerStore, 1);

    self->dir = g_strdup (dir);
    self->name = g_strdup (name);
    self->public = public;
    self->dir_fd = self->new_fd = -1;
    if (!lock (self, error))
        return NULL;
    remove_leftovers (self);
    self->new_name = g_strdup_printf (PREFIX "%d", (gint) getpid ());
    if (mkdirat (self->dir_fd, self->new_name, 0700) < 0) {
        g_clear_pointer (&self->new_name, g_free);
        fail (error, _("couldn't make a folder in"), dir);
        return NULL;
    }
    self->new_fd = openat (self->dir_fd, self->new_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (self->new_fd < 0 || fchmod (self->new_fd, public ? 0755 : 0700) < 0) {
        fail (error, _("couldn't open"), self->new_name);
        return NULL;
    }
    return g_steal_pointer (&self);
}

void
server_store_free (ServerStore *self)
{
    if (self->new_fd >= 0)
        close (self->new_fd);
    if (self->new_name)
        remove_tree (self->dir_fd, self->new_name);
    if (self->dir_fd >= 0)
        close (self->dir_fd);
    g_free (self->new_name);
    g_free (self->name);
    g_free (self->dir);
    g_free (self);
}

gboolean
server_store_has_old (ServerStore *self)
{
    struct stat status;

    return fstatat (self->dir_fd, self->name, &status, AT_SYMLINK_NOFOLLOW) == 0;
}

/*****************************************************************************/
/* Filling */

static gint
create (ServerStore  *self,
        const gchar  *name,
        GError      **error)
{
    gint fd = openat (self->new_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (fd < 0)
        fail (error, _("couldn't make"), name);
    return fd;
}

/* Closes it, and checks that everything is on the disk */
static gboolean
complete (ServerStore  *self,
          gint          fd,
          const gchar  *name,
          GError      **error)
{
    gboolean done = fchmod (fd, self->public ? 0644 : 0600) == 0 && fsync (fd) == 0;
    gint     code = errno;

    if (close (fd) < 0 && done) {
        code = errno;
        done = FALSE;
    }
    errno = code;
    return done || fail (error, _("couldn't write"), name);
}

gboolean
server_store_add_text (ServerStore  *self,
                       const gchar  *name,
                       const gchar  *text,
                       gsize         size,
                       GError      **error)
{
    gint fd = create (self, name, error);

    if (fd < 0)
        return FALSE;
    if (!release_file_write (fd, text, size)) {
        fail (error, _("couldn't write"), name);
        close (fd);
        return FALSE;
    }
    return complete (self, fd, name, error);
}

gboolean
server_store_add_copy (ServerStore   *self,
                       const gchar   *name,
                       const gchar   *path,
                       ReleaseDigest *digest,
                       GError       **error)
{
    g_autofree gchar *shown = NULL;
    struct stat       status;
    gint              from = g_open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0);
    gint              to = -1;
    gboolean          done = FALSE;

    if (from < 0)
        return fail (error, _("couldn't open"), path);
    shown = release_text_file_name (path, PATH_MAX);
    if (fstat (from, &status) == 0 && !S_ISREG (status.st_mode))
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE, _("'%s' is no regular file"), shown);
    else
        to = create (self, name, error);
    if (to >= 0) {
        done = release_digest_fd (from, to, digest, error);
        if (done)
            done = complete (self, to, name, error);
        else {
            g_prefix_error (error, _("couldn't copy '%s': "), shown);
            close (to);
        }
    }
    close (from);
    return done;
}

static gboolean
matches (const gchar *const *patterns,
         const gchar        *name)
{
    for (; *patterns; patterns++) {
        if (fnmatch (*patterns, name, 0) == 0)
            return TRUE;
    }
    return FALSE;
}

/* The new folder gets the permissions of the old one */
static gboolean
keep_owner (ServerStore *self,
            gint         old_fd)
{
    struct stat status;

    if (self->public)
        return TRUE;
    return fstat (old_fd, &status) == 0 &&
           (fchown (self->new_fd, status.st_uid, status.st_gid) == 0 || errno == EPERM) &&
           fchmod (self->new_fd, status.st_mode & 07777) == 0;
}

/* Hard links until the old folder is removed: no copy of gigabytes */
static gboolean
link_old (ServerStore  *self,
          gint          old_fd,
          const gchar  *name,
          GError      **error)
{
    ReleaseDigest     digest;
    g_autofree gchar *path = NULL;

    if (linkat (old_fd, name, self->new_fd, name, 0) == 0)
        return TRUE;
    path = g_build_filename (self->dir, self->name, name, NULL);
    return server_store_add_copy (self, name, path, &digest, error);
}

gboolean
server_store_add_old (ServerStore        *self,
                      const gchar *const *without,
                      GError            **error)
{
    DIR           *dir = open_dir (self->dir_fd, self->name);
    struct dirent *entry;
    gboolean       done = TRUE;

    if (!dir)
        return fail (error, _("couldn't open"), self->name);
    if (!keep_owner (self, dirfd (dir)))
        done = fail (error, _("couldn't set the mode of"), self->new_name);
    while (done && (entry = readdir (dir))) {
        struct stat status;

        if (g_str_equal (entry->d_name, ".") || g_str_equal (entry->d_name, "..") ||
            matches (without, entry->d_name))
            continue;
        if (fstatat (dirfd (dir), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG (status.st_mode)) {
            g_autofree gchar *dir_shown = release_text_file_name (self->dir, PATH_MAX);
            g_autofree gchar *shown = release_text_file_name (entry->d_name, PATH_MAX);

            g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE, _("'%s/%s/%s' is no regular file"), dir_shown,
                         self->name, shown);
            done = FALSE;
        } else
            done = link_old (self, dirfd (dir), entry->d_name, error);
    }
    closedir (dir);
    return done;
}

/*****************************************************************************/
/* Replacing */

gboolean
server_store_commit (ServerStore  *self,
                     GError      **error)
{
    gboolean exchange = server_store_has_old (self);

    if (fsync (self->new_fd) < 0)
        return fail (error, _("couldn't write"), self->new_name);
    /* An exchange is the only way in which the name always exists */
    if (renameat2 (self->dir_fd, self->new_name, self->dir_fd, self->name, exchange ? RENAME_EXCHANGE : RENAME_NOREPLACE) < 0)
        return fail (error, exchange ? _("couldn't exchange folders (the file system must be able to) in")
                                          : _("couldn't rename in"), self->dir);
    if (exchange)
        remove_tree (self->dir_fd, self->new_name);
    g_clear_pointer (&self->new_name, g_free);
    return fsync (self->dir_fd) == 0 || fail (error, _("couldn't write"), self->dir);
}

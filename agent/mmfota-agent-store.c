/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-agent-store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "release-file.h"

static gboolean
fail (GError      **error,
      const gchar  *path)
{
    gint saved = errno;

    g_set_error (error, G_IO_ERROR, (gint) g_io_error_from_errno (saved), "%s: %s", path, g_strerror (saved));
    return FALSE;
}

/* A new name is on the disk only once its folder is synced */
static gboolean
sync_folder (const gchar *path)
{
    g_autofree gchar *folder = g_path_get_dirname (path);
    gint              fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    gboolean          done;

    if (fd < 0)
        return FALSE;
    done = fsync (fd) == 0;
    close (fd);
    return done;
}

gboolean
mmfota_agent_store_write (const gchar  *path,
                          const gchar  *data,
                          gsize         size,
                          GError      **error)
{
    g_autofree gchar *new_path = g_strconcat (path, ".new", NULL);
    gint              fd = open (new_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    gboolean          done;

    if (fd < 0)
        return fail (error, new_path);
    done = release_file_write (fd, data, size) && fsync (fd) == 0;
    if (close (fd) < 0)
        done = FALSE;
    if (!done || rename (new_path, path) < 0 || !sync_folder (path)) {
        fail (error, path);
        unlink (new_path);
        return FALSE;
    }
    return TRUE;
}

/* Rotates: at most two files of @max bytes */
static void
make_room (const gchar *path,
           gsize        max)
{
    g_autofree gchar *old_path = g_strconcat (path, ".1", NULL);
    struct stat       status;

    if (stat (path, &status) == 0 && (guint64) status.st_size >= max && rename (path, old_path) < 0)
        g_debug ("%s: %s", path, g_strerror (errno));
}

gboolean
mmfota_agent_store_append (const gchar  *path,
                           const gchar  *line,
                           gsize         max,
                           GError      **error)
{
    g_autofree gchar *text = g_strconcat (line, "\n", NULL);
    struct stat       status;
    gint              fd;
    gboolean          done = FALSE;

    make_room (path, max);
    fd = open (path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return fail (error, path);
    if (fstat (fd, &status) < 0)
        fail (error, path);
    else if (!release_file_write (fd, text, strlen (text)) || fsync (fd) < 0 || !sync_folder (path)) {
        fail (error, path);
        /* Otherwise half a line would merge with the next one */
        if (ftruncate (fd, status.st_size) < 0)
            g_debug ("%s: %s", path, g_strerror (errno));
    } else
        done = TRUE;
    close (fd);
    return done;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "release-file.h"

#include <errno.h>
#include <unistd.h>

gssize
release_file_read (gint     fd,
                   gpointer buffer,
                   gsize    size)
{
    gsize done = 0;

    while (done < size) {
        gssize n = read (fd, (gchar *) buffer + done, size - done);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        done += (gsize) n;
    }
    return (gssize) done;
}

gboolean
release_file_write (gint          fd,
                    gconstpointer data,
                    gsize         size)
{
    gsize done = 0;

    while (done < size) {
        gssize n = write (fd, (const gchar *) data + done, size - done);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return FALSE;
        done += (gsize) n;
    }
    return TRUE;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/* The bytes of an open file, however few the kernel moves at a time. On failure errno says why. */

#ifndef RELEASE_FILE_H
#define RELEASE_FILE_H

#include <glib.h>

/* Up to @size bytes, fewer only if the file ends there: how many; -1 on failure */
gssize   release_file_read  (gint          fd,
                             gpointer      buffer,
                             gsize         size);
gboolean release_file_write (gint          fd,
                             gconstpointer data,
                             gsize         size);

#endif /* RELEASE_FILE_H */

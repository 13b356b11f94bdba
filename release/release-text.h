/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef RELEASE_TEXT_H
#define RELEASE_TEXT_H

#include <gio/gio.h>

/* Longest URL given to the module, in bytes. GUESS, as in the plugin: neither the guide
 * nor the AT manual tells ^FOTAOEMDL's limit. */
#define RELEASE_URL_MAX 255

/* Text of files, servers and users for a terminal: what could steer it becomes "?", what
 * is longer than @max bytes is cut. NULL is the empty string. */
gchar    *release_text_printable (const gchar  *text,
                                  gsize         max);

/* "61.9 MB"; units of 1000, no locale */
gchar    *release_text_size      (guint64       bytes);

/* A version, product or feature as changelog.xml and the AT port can bear it: printable
 * ASCII without quotes, angle brackets and ampersand, at most 64 bytes */
gboolean  release_text_is_value  (const gchar  *text);

/* A file name that stands in a URL as it is: A-Z a-z 0-9 . _ - ( ) +, not "." or "..",
 * and with a "/" between folders where @folders */
gboolean  release_text_is_name   (const gchar  *text,
                                  gboolean      folders);

/* http or https, and what the module can take as base URL; ends with "/" */
gchar    *release_text_base_url  (const gchar  *text,
                                  GError      **error);

#endif /* RELEASE_TEXT_H */

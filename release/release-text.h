/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef RELEASE_TEXT_H
#define RELEASE_TEXT_H

#include <gio/gio.h>

/* Longest URL given to the module, in bytes. GUESS, as in the plugin: neither the guide
 * nor the AT manual tells ^FOTAOEMDL's limit. */
#define RELEASE_URL_MAX 255

/* Text of files, servers and users for a terminal: characters that could control it become "?",
 * and it is cut at @max bytes. NULL gives the empty string. */
gchar    *release_text_printable (const gchar  *text,
                                  gsize         max);

/* The same for a name of a file, which need not be UTF-8: as the locale has it, else with marks in
 * place of what can't be read */
gchar    *release_text_file_name (const gchar  *name,
                                  gsize         max);

/* "61.9 MB"; units of 1000, no locale */
gchar    *release_text_size      (guint64       bytes);

/* Whether changelog.xml and the AT port can carry this version, product or feature: printable
 * ASCII without quotes, angle brackets and ampersand, at most 64 bytes */
gboolean  release_text_is_value  (const gchar  *text);

/* Whether a file name needs no escaping in a URL: A-Z a-z 0-9 . _ - ( ) +, not "." or "..", and
 * with @folders, "/" between folders */
gboolean  release_text_is_name   (const gchar  *text,
                                  gboolean      folders);

/* http or https, as the module accepts it as base URL; ends with "/" */
gchar    *release_text_base_url  (const gchar  *text,
                                  GError      **error);

#endif /* RELEASE_TEXT_H */

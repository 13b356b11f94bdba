/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_TEXT_H
#define MMFOTA_TEXT_H

#include <glib.h>

/* The string without characters that control a terminal: control and format characters
 * (bidirectional overrides, too) and line separators become "?", a byte that is not UTF-8 becomes
 * "\\xff". NULL gives the empty string. */
gchar *mmfota_text_printable (const gchar *text);

/* The same for an argument, which has the encoding of the locale */
gchar *mmfota_text_argument (const gchar *argument);

/* Columns that a valid string takes on a terminal: two for each Chinese character, none for a
 * combining mark */
guint  mmfota_text_width (const gchar *text);

/* As much of it as so many columns show */
gchar *mmfota_text_cut (const gchar *text,
                        guint        width);

/* As printf's %*s, by columns: to the right, or to the left if @width is negative */
void   mmfota_text_append_aligned (GString     *line,
                                   const gchar *text,
                                   gint         width);

/* In the encoding of the locale, as g_print () does; "?" for what it does not have */
gchar *mmfota_text_to_locale (const gchar *text);

/* Words one after the other, with what is between them in the user's language */
gchar *mmfota_text_list (gchar **words);

/* "61.9 MB": units of 1000, regardless of the locale */
gchar *mmfota_text_size (guint64 bytes);

/* "24.8 of 61.9 MB" */
gchar *mmfota_text_size_of (guint64 bytes,
                            guint64 total);

/* "0:31", "1:02:03" */
gchar *mmfota_text_duration (guint64 seconds);

/* Seconds, or numbers with units: "90", "45s", "1h30m", "2d", "1w"; "min" means "m". Each unit at
 * most once, the largest first. */
gboolean mmfota_text_parse_duration (const gchar *text,
                                     guint64     *seconds);

/* Frees what is in @field and puts a copy of @text there, which may be a part of it */
void   mmfota_text_set (gchar       **field,
                        const gchar  *text);

/* Local time, "2026-11-23 08:30:00"; "--" for 0 */
gchar *mmfota_text_time (guint64 unix_time);

#endif /* MMFOTA_TEXT_H */

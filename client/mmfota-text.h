/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_TEXT_H
#define MMFOTA_TEXT_H

#include <glib.h>

/* The string without anything that could steer a terminal: control and format
 * characters (bidirectional overrides too) and line separators become "?".
 * NULL is the empty string. */
gchar *mmfota_text_printable (const gchar *text);

/* "61.9 MB"; units of 1000, no locale. */
gchar *mmfota_text_size (guint64 bytes);

/* "24.8 of 61.9 MB" */
gchar *mmfota_text_size_of (guint64 bytes,
                            guint64 total);

/* "0:31", "1:02:03" */
gchar *mmfota_text_duration (guint64 seconds);

/* Local time, "2026-11-23 08:30:00"; "--" for 0. */
gchar *mmfota_text_time (guint64 unix_time);

#endif /* MMFOTA_TEXT_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_ERROR_H
#define MMFOTA_ERROR_H

#include <glib.h>

/* The D-Bus name of an error, and its text for people */
gchar *mmfota_error_name (const GError *error);
gchar *mmfota_error_text (const GError *error);

/* What others say, in the user's language: by the error's name, never by its text. @message as it is
 * if there is no translation, or no name; may be NULL, and NULL is returned then. */
gchar  *mmfota_error_describe  (const gchar  *name,
                                const gchar  *message);
GError *mmfota_error_translate (const GError *error);

#endif /* MMFOTA_ERROR_H */

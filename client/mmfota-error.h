/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_ERROR_H
#define MMFOTA_ERROR_H

#include <glib.h>

/* The D-Bus name of an error, and its text for people */
gchar *mmfota_error_name (const GError *error);
gchar *mmfota_error_text (const GError *error);

/* A copy with the text of mmfota_advice_describe () */
GError *mmfota_error_translate (const GError *error);

#endif /* MMFOTA_ERROR_H */

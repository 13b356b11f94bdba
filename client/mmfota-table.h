/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_TABLE_H
#define MMFOTA_TABLE_H

#include <glib.h>

/* Human-readable output: sections of rows, as mmcli prints them. Rows without a value are left out. */
void mmfota_table_add_section  (GString     *text,
                                const gchar *title);
void mmfota_table_add_row      (GString     *text,
                                const gchar *name,
                                const gchar *value);
void mmfota_table_add_row_take (GString     *text,
                                const gchar *name,
                                gchar       *value);

#endif /* MMFOTA_TABLE_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MM_SERIAL_PARSERS_H
#define MM_SERIAL_PARSERS_H

#include <glib.h>

gpointer mm_serial_parser_v1_new              (void);
void     mm_serial_parser_v1_set_custom_regex (gpointer   data,
                                               GRegex    *successful,
                                               GRegex    *error);
gboolean mm_serial_parser_v1_parse            (gpointer   parser,
                                               GString   *response,
                                               gpointer   log_object,
                                               GError   **error);
void     mm_serial_parser_v1_destroy          (gpointer   parser);

/* FALSE and @error set: the command ends with that error */
typedef gboolean (* mm_serial_parser_v1_filter_fn) (gpointer   data,
                                                    gpointer   user_data,
                                                    GString   *response,
                                                    GError   **error);
void     mm_serial_parser_v1_add_filter       (gpointer                       data,
                                               mm_serial_parser_v1_filter_fn  callback,
                                               gpointer                       user_data);

#endif /* MM_SERIAL_PARSERS_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MM_PRIVATE_BOXED_TYPES_H
#define MM_PRIVATE_BOXED_TYPES_H

#include <glib.h>

typedef struct {
    guint16 l;
    guint16 r;
} mm_uint16_pair;

typedef struct {
    gchar *l;
    gchar *r;
} mm_str_pair;

#endif /* MM_PRIVATE_BOXED_TYPES_H */

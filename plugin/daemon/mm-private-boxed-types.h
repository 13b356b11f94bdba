/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MM_PRIVATE_BOXED_TYPES_H
#define MM_PRIVATE_BOXED_TYPES_H

#include <glib-object.h>

typedef struct {
    guint16 l;
    guint16 r;
} mm_uint16_pair;

typedef struct {
    GCallback async;
    GCallback finish;
} MMAsyncMethod;

#endif /* MM_PRIVATE_BOXED_TYPES_H */

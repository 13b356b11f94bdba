/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MM_BASE_CALL_H
#define MM_BASE_CALL_H

#include <glib-object.h>
#include <ModemManager.h>

#define MM_TYPE_BASE_CALL (mm_base_call_get_type ())
#define MM_BASE_CALL(obj) (G_TYPE_CHECK_INSTANCE_CAST ((obj), MM_TYPE_BASE_CALL, MMBaseCall))
#define MM_IS_BASE_CALL(obj) (G_TYPE_CHECK_INSTANCE_TYPE ((obj), MM_TYPE_BASE_CALL))

typedef struct _MMBaseCall MMBaseCall;

GType mm_base_call_get_type (void);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MMBaseCall, g_object_unref)

const gchar     *mm_base_call_get_path      (MMBaseCall *self);
const gchar     *mm_base_call_get_number    (MMBaseCall *self);
MMCallDirection  mm_base_call_get_direction (MMBaseCall *self);
MMCallState      mm_base_call_get_state     (MMBaseCall *self);

#endif /* MM_BASE_CALL_H */

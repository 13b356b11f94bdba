/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MM_CALL_LIST_H
#define MM_CALL_LIST_H

#include <glib-object.h>

#include "mm-base-call.h"

#define MM_TYPE_CALL_LIST (mm_call_list_get_type ())
#define MM_CALL_LIST(obj) (G_TYPE_CHECK_INSTANCE_CAST ((obj), MM_TYPE_CALL_LIST, MMCallList))
#define MM_IS_CALL_LIST(obj) (G_TYPE_CHECK_INSTANCE_TYPE ((obj), MM_TYPE_CALL_LIST))

typedef struct _MMCallList MMCallList;

#define MM_CALL_ADDED   "call-added"
#define MM_CALL_DELETED "call-deleted"

GType mm_call_list_get_type (void);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MMCallList, g_object_unref)

typedef void (* MMCallListForeachFunc) (MMBaseCall *call,
                                        gpointer    user_data);

guint mm_call_list_get_count (MMCallList            *self);
void  mm_call_list_foreach   (MMCallList            *self,
                              MMCallListForeachFunc  callback,
                              gpointer               user_data);

#endif /* MM_CALL_LIST_H */

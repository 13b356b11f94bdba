/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MM_BEARER_LIST_H
#define MM_BEARER_LIST_H

#include <glib-object.h>

#include "mm-base-bearer.h"
#include "mm-daemon-series.h"

#define MM_TYPE_BEARER_LIST (mm_bearer_list_get_type ())
#define MM_BEARER_LIST(obj) (G_TYPE_CHECK_INSTANCE_CAST ((obj), MM_TYPE_BEARER_LIST, MMBearerList))
#define MM_IS_BEARER_LIST(obj) (G_TYPE_CHECK_INSTANCE_TYPE ((obj), MM_TYPE_BEARER_LIST))

typedef struct _MMBearerList MMBearerList;

GType mm_bearer_list_get_type (void);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MMBearerList, g_object_unref)

typedef void (* MMBearerListForeachFunc) (MMBaseBearer *bearer,
                                          gpointer      user_data);

GStrv         mm_bearer_list_get_paths    (MMBearerList            *self);
void          mm_bearer_list_foreach      (MMBearerList            *self,
                                           MMBearerListForeachFunc  func,
                                           gpointer                 user_data);
MMBaseBearer *mm_bearer_list_find_by_path (MMBearerList            *self,
                                           const gchar             *path);

/* See mm_daemon_disconnect_all_bearers () */
#if MM_DAEMON_SERIES >= 12200
/* @bearer_path: NULL for all */
void     mm_bearer_list_disconnect_bearers            (MMBearerList         *self,
                                                       const gchar          *bearer_path,
                                                       GAsyncReadyCallback   callback,
                                                       gpointer              user_data);
gboolean mm_bearer_list_disconnect_bearers_finish     (MMBearerList         *self,
                                                       GAsyncResult         *res,
                                                       GError              **error);
#else
void     mm_bearer_list_disconnect_all_bearers        (MMBearerList         *self,
                                                       GAsyncReadyCallback   callback,
                                                       gpointer              user_data);
gboolean mm_bearer_list_disconnect_all_bearers_finish (MMBearerList         *self,
                                                       GAsyncResult         *res,
                                                       GError              **error);
#endif

#endif /* MM_BEARER_LIST_H */

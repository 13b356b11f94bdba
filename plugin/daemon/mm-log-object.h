/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MM_LOG_OBJECT_H
#define MM_LOG_OBJECT_H

#include <glib-object.h>

#include "mm-log.h"

#define MM_TYPE_LOG_OBJECT mm_log_object_get_type ()
G_DECLARE_INTERFACE (MMLogObject, mm_log_object, MM, LOG_OBJECT, GObject)

struct _MMLogObjectInterface {
    GTypeInterface g_iface;

    gchar * (* build_id) (MMLogObject *self);
};

const gchar *mm_log_object_get_id       (MMLogObject *self);
void         mm_log_object_set_owner_id (MMLogObject *self,
                                         const gchar *owner_id);

#endif /* MM_LOG_OBJECT_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MM_BEARER_MBIM_H
#define MM_BEARER_MBIM_H

#include "mm-base-bearer.h"
#include "mm-daemon-series.h"

#define MM_TYPE_BEARER_MBIM (mm_bearer_mbim_get_type ())
#define MM_BEARER_MBIM(obj) (G_TYPE_CHECK_INSTANCE_CAST ((obj), MM_TYPE_BEARER_MBIM, MMBearerMbim))

typedef struct _MMBearerMbim MMBearerMbim;
typedef struct _MMBearerMbimClass MMBearerMbimClass;

struct _MMBearerMbim {
    MMBaseBearer parent;
    gpointer priv;
};

struct _MMBearerMbimClass {
    MMBaseBearerClass parent;
};

MM_DAEMON_OPTIONAL
GType mm_bearer_mbim_get_type (void);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MMBearerMbim, g_object_unref)

#endif /* MM_BEARER_MBIM_H */

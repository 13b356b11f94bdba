/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MM_BEARER_QMI_H
#define MM_BEARER_QMI_H

#include "mm-base-bearer.h"
#include "mm-daemon-series.h"

#define MM_TYPE_BEARER_QMI (mm_bearer_qmi_get_type ())
#define MM_BEARER_QMI(obj) (G_TYPE_CHECK_INSTANCE_CAST ((obj), MM_TYPE_BEARER_QMI, MMBearerQmi))

typedef struct _MMBearerQmi MMBearerQmi;
typedef struct _MMBearerQmiClass MMBearerQmiClass;

struct _MMBearerQmi {
    MMBaseBearer parent;
    gpointer priv;
};

struct _MMBearerQmiClass {
    MMBaseBearerClass parent;
};

MM_DAEMON_OPTIONAL
GType mm_bearer_qmi_get_type (void);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MMBearerQmi, g_object_unref)

#endif /* MM_BEARER_QMI_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MM_BASE_BEARER_H
#define MM_BASE_BEARER_H

#include <glib-object.h>
#include <gio/gio.h>
#include <ModemManager.h>
#define _LIBMM_INSIDE_MM
#include <libmm-glib.h>

#include "mm-base-modem.h"
#include "mm-daemon-series.h"
#include "mm-daemon-slot.h"

typedef struct _MMBearerConnectResult MMBearerConnectResult;

MMBearerConnectResult *mm_bearer_connect_result_new              (MMPort                *data,
                                                                  MMBearerIpConfig      *ipv4_config,
                                                                  MMBearerIpConfig      *ipv6_config);
void                   mm_bearer_connect_result_unref            (MMBearerConnectResult *result);
MMBearerConnectResult *mm_bearer_connect_result_ref              (MMBearerConnectResult *result);
void                   mm_bearer_connect_result_set_profile_id   (MMBearerConnectResult *result,
                                                                  gint                   profile_id);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MMBearerConnectResult, mm_bearer_connect_result_unref)

/* Seconds */
#define MM_BASE_BEARER_DEFAULT_CONNECTION_TIMEOUT    180
#define MM_BASE_BEARER_DEFAULT_DISCONNECTION_TIMEOUT 120

#define MM_TYPE_BASE_BEARER (mm_base_bearer_get_type ())
#define MM_BASE_BEARER(obj) (G_TYPE_CHECK_INSTANCE_CAST ((obj), MM_TYPE_BASE_BEARER, MMBaseBearer))
#define MM_IS_BASE_BEARER(obj) (G_TYPE_CHECK_INSTANCE_TYPE ((obj), MM_TYPE_BASE_BEARER))
#define MM_BASE_BEARER_CLASS(klass) (G_TYPE_CHECK_CLASS_CAST ((klass), MM_TYPE_BASE_BEARER, MMBaseBearerClass))

typedef struct _MMBaseBearer MMBaseBearer;
typedef struct _MMBaseBearerClass MMBaseBearerClass;

#define MM_BASE_BEARER_PATH   "bearer-path"
#define MM_BASE_BEARER_MODEM  "bearer-modem"
#define MM_BASE_BEARER_STATUS "bearer-status"
#define MM_BASE_BEARER_CONFIG "bearer-config"

typedef enum {
    MM_BEARER_STATUS_DISCONNECTED,
    MM_BEARER_STATUS_DISCONNECTING,
    MM_BEARER_STATUS_CONNECTING,
    MM_BEARER_STATUS_CONNECTED,
} MMBearerStatus;

typedef enum {
    MM_BEARER_CONNECTION_STATUS_UNKNOWN,
    MM_BEARER_CONNECTION_STATUS_DISCONNECTED,
    MM_BEARER_CONNECTION_STATUS_DISCONNECTING,
    MM_BEARER_CONNECTION_STATUS_CONNECTED,
    MM_BEARER_CONNECTION_STATUS_CONNECTION_FAILED,
} MMBearerConnectionStatus;

struct _MMBaseBearer {
    MmGdbusBearerSkeleton parent;
    gpointer priv;
};

struct _MMBaseBearerClass {
    MmGdbusBearerSkeletonClass parent;

    void                     (* connect)                         (MMBaseBearer              *self,
                                                                  GCancellable              *cancellable,
                                                                  GAsyncReadyCallback        callback,
                                                                  gpointer                   user_data);
    MMBearerConnectResult *  (* connect_finish)                  (MMBaseBearer              *self,
                                                                  GAsyncResult              *res,
                                                                  GError                   **error);
    void                     (* disconnect)                      (MMBaseBearer              *self,
                                                                  GAsyncReadyCallback        callback,
                                                                  gpointer                   user_data);
    gboolean                 (* disconnect_finish)               (MMBaseBearer              *self,
                                                                  GAsyncResult              *res,
                                                                  GError                   **error);
    void                     (* load_connection_status)          (MMBaseBearer              *self,
                                                                  GAsyncReadyCallback        callback,
                                                                  gpointer                   user_data);
    MMBearerConnectionStatus (* load_connection_status_finish)   (MMBaseBearer              *self,
                                                                  GAsyncResult              *res,
                                                                  GError                   **error);
#if defined WITH_SUSPEND_RESUME
    void                     (* reload_connection_status)        (MMBaseBearer              *self,
                                                                  GAsyncReadyCallback        callback,
                                                                  gpointer                   user_data);
    MMBearerConnectionStatus (* reload_connection_status_finish) (MMBaseBearer              *self,
                                                                  GAsyncResult              *res,
                                                                  GError                   **error);
#endif
    MMDaemonSlot reload_stats;
    MMDaemonSlot reload_stats_finish;
    void                     (* report_connection_status)        (MMBaseBearer              *self,
                                                                  MMBearerConnectionStatus   status,
                                                                  const GError              *connection_error);
};

GType mm_base_bearer_get_type (void);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MMBaseBearer, g_object_unref)

const gchar        *mm_base_bearer_get_path       (MMBaseBearer *self);
MMBearerStatus      mm_base_bearer_get_status     (MMBaseBearer *self);
MMBearerProperties *mm_base_bearer_peek_config    (MMBaseBearer *self);
gint                mm_base_bearer_get_profile_id (MMBaseBearer *self);
void                mm_base_bearer_export         (MMBaseBearer *self);

void     mm_base_bearer_connect           (MMBaseBearer         *self,
                                           GAsyncReadyCallback   callback,
                                           gpointer              user_data);
gboolean mm_base_bearer_connect_finish    (MMBaseBearer         *self,
                                           GAsyncResult         *res,
                                           GError              **error);
void     mm_base_bearer_disconnect        (MMBaseBearer         *self,
                                           GAsyncReadyCallback   callback,
                                           gpointer              user_data);
gboolean mm_base_bearer_disconnect_finish (MMBaseBearer         *self,
                                           GAsyncResult         *res,
                                           GError              **error);

void     mm_base_bearer_report_connection_status_detailed (MMBaseBearer             *self,
                                                           MMBearerConnectionStatus  status,
                                                           const GError             *connection_error);
#define mm_base_bearer_report_connection_status(self, status) \
    mm_base_bearer_report_connection_status_detailed (self, status, NULL)

#endif /* MM_BASE_BEARER_H */

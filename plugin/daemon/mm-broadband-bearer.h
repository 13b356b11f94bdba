/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MM_BROADBAND_BEARER_H
#define MM_BROADBAND_BEARER_H

#include <glib-object.h>

#include "mm-base-bearer.h"
#include "mm-broadband-modem.h"
#include "mm-daemon-slot.h"

#define MM_TYPE_BROADBAND_BEARER (mm_broadband_bearer_get_type ())
#define MM_BROADBAND_BEARER(obj) (G_TYPE_CHECK_INSTANCE_CAST ((obj), MM_TYPE_BROADBAND_BEARER, MMBroadbandBearer))
#define MM_IS_BROADBAND_BEARER(obj) (G_TYPE_CHECK_INSTANCE_TYPE ((obj), MM_TYPE_BROADBAND_BEARER))
#define MM_BROADBAND_BEARER_CLASS(klass) (G_TYPE_CHECK_CLASS_CAST ((klass), MM_TYPE_BROADBAND_BEARER, MMBroadbandBearerClass))

typedef struct _MMBroadbandBearer MMBroadbandBearer;
typedef struct _MMBroadbandBearerClass MMBroadbandBearerClass;

#define MM_BROADBAND_BEARER_FLOW_CONTROL "broadband-bearer-flow-control"

struct _MMBroadbandBearer {
    MMBaseBearer parent;
    gpointer priv;
};

struct _MMBroadbandBearerClass {
    MMBaseBearerClass parent;

    MMDaemonSlot connect_3gpp;
    MMDaemonSlot connect_3gpp_finish;
    void     (* dial_3gpp)        (MMBroadbandBearer    *self,
                                   MMBaseModem          *modem,
                                   MMPortSerialAt       *primary,
                                   guint                 cid,
                                   GCancellable         *cancellable,
                                   GAsyncReadyCallback   callback,
                                   gpointer              user_data);
    MMPort * (* dial_3gpp_finish) (MMBroadbandBearer    *self,
                                   GAsyncResult         *res,
                                   GError              **error);
    void     (* get_ip_config_3gpp)        (MMBroadbandBearer    *self,
                                            MMBroadbandModem     *modem,
                                            MMPortSerialAt       *primary,
                                            MMPortSerialAt       *secondary,
                                            MMPort               *data,
                                            guint                 cid,
                                            MMBearerIpFamily      ip_family,
                                            GAsyncReadyCallback   callback,
                                            gpointer              user_data);
    gboolean (* get_ip_config_3gpp_finish) (MMBroadbandBearer    *self,
                                            GAsyncResult         *res,
                                            MMBearerIpConfig    **ipv4_config,
                                            MMBearerIpConfig    **ipv6_config,
                                            GError              **error);
    void     (* disconnect_3gpp)        (MMBroadbandBearer    *self,
                                         MMBroadbandModem     *modem,
                                         MMPortSerialAt       *primary,
                                         MMPortSerialAt       *secondary,
                                         MMPort               *data,
                                         guint                 cid,
                                         GAsyncReadyCallback   callback,
                                         gpointer              user_data);
    gboolean (* disconnect_3gpp_finish) (MMBroadbandBearer    *self,
                                         GAsyncResult         *res,
                                         GError              **error);
    MMDaemonSlot connect_cdma;
    MMDaemonSlot connect_cdma_finish;
    MMDaemonSlot disconnect_cdma;
    MMDaemonSlot disconnect_cdma_finish;
};

GType mm_broadband_bearer_get_type (void);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MMBroadbandBearer, g_object_unref)

#endif /* MM_BROADBAND_BEARER_H */

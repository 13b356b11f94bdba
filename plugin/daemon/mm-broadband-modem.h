/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MM_BROADBAND_MODEM_H
#define MM_BROADBAND_MODEM_H

#include <glib-object.h>

#include "mm-base-modem.h"
#include "mm-daemon-slot.h"
#include "mm-daemon-series.h"

#define MM_TYPE_BROADBAND_MODEM (mm_broadband_modem_get_type ())
#define MM_BROADBAND_MODEM(obj) (G_TYPE_CHECK_INSTANCE_CAST ((obj), MM_TYPE_BROADBAND_MODEM, MMBroadbandModem))
#define MM_IS_BROADBAND_MODEM(obj) (G_TYPE_CHECK_INSTANCE_TYPE ((obj), MM_TYPE_BROADBAND_MODEM))
#define MM_BROADBAND_MODEM_CLASS(klass) (G_TYPE_CHECK_CLASS_CAST ((klass), MM_TYPE_BROADBAND_MODEM, MMBroadbandModemClass))

typedef struct _MMBroadbandModem MMBroadbandModem;
typedef struct _MMBroadbandModemClass MMBroadbandModemClass;

#define MM_BROADBAND_MODEM_FLOW_CONTROL        "broadband-modem-flow-control"
#define MM_BROADBAND_MODEM_INDICATORS_DISABLED "broadband-modem-indicators-disabled"

struct _MMBroadbandModem {
    MMBaseModem parent;
    gpointer priv;
};

struct _MMBroadbandModemClass {
    MMBaseModemClass parent;

    void     (* setup_ports)                   (MMBroadbandModem     *self);
    void     (* initialization_started)        (MMBroadbandModem     *self,
                                                GAsyncReadyCallback   callback,
                                                gpointer              user_data);
    gpointer (* initialization_started_finish) (MMBroadbandModem     *self,
                                                GAsyncResult         *res,
                                                GError              **error);
    gboolean (* initialization_stopped)        (MMBroadbandModem     *self,
                                                gpointer              started_context,
                                                GError              **error);
    MMDaemonSlot enabling_started;
    MMDaemonSlot enabling_started_finish;
    void     (* enabling_modem_init)           (MMBroadbandModem     *self,
                                                GAsyncReadyCallback   callback,
                                                gpointer              user_data);
    gboolean (* enabling_modem_init_finish)    (MMBroadbandModem     *self,
                                                GAsyncResult         *res,
                                                GError              **error);
    MMDaemonSlot disabling_stopped;
#if defined WITH_SUSPEND_RESUME
    MMDaemonSlot sync_needed;
#endif
#if MM_DAEMON_SERIES >= 12400
    MMDaemonSlot load_initial_eps_bearer_cid;
    MMDaemonSlot load_initial_eps_bearer_cid_finish;
#endif
#if MM_DAEMON_SERIES >= 12595
    MMDaemonSlot create_sms;
#endif
};

GType mm_broadband_modem_get_type (void);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MMBroadbandModem, g_object_unref)

#endif /* MM_BROADBAND_MODEM_H */

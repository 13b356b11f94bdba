/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MM_BROADBAND_MODEM_MBIM_H
#define MM_BROADBAND_MODEM_MBIM_H

#include "mm-broadband-modem.h"
#include "mm-daemon-series.h"
#include "mm-daemon-slot.h"

#define MM_TYPE_BROADBAND_MODEM_MBIM (mm_broadband_modem_mbim_get_type ())
#define MM_BROADBAND_MODEM_MBIM(obj) (G_TYPE_CHECK_INSTANCE_CAST ((obj), MM_TYPE_BROADBAND_MODEM_MBIM, MMBroadbandModemMbim))
#define MM_IS_BROADBAND_MODEM_MBIM(obj) (G_TYPE_CHECK_INSTANCE_TYPE ((obj), MM_TYPE_BROADBAND_MODEM_MBIM))
#define MM_BROADBAND_MODEM_MBIM_CLASS(klass) (G_TYPE_CHECK_CLASS_CAST ((klass), MM_TYPE_BROADBAND_MODEM_MBIM, MMBroadbandModemMbimClass))

typedef struct _MMBroadbandModemMbim MMBroadbandModemMbim;
typedef struct _MMBroadbandModemMbimClass MMBroadbandModemMbimClass;

struct _MMBroadbandModemMbim {
    MMBroadbandModem parent;
    gpointer priv;
};

struct _MMBroadbandModemMbimClass {
    MMBroadbandModemClass parent;

    MMDaemonSlot peek_port_mbim_for_data;
#if MM_DAEMON_SERIES >= 12304
    MMDaemonSlot normalize_nw_error;
#endif
#if MM_DAEMON_SERIES >= 12400
    MMDaemonSlot load_set_initial_eps_bearer_settings_mask;
#endif
};

MM_DAEMON_OPTIONAL
GType mm_broadband_modem_mbim_get_type (void);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MMBroadbandModemMbim, g_object_unref)

#endif /* MM_BROADBAND_MODEM_MBIM_H */

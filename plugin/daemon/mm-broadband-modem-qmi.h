/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MM_BROADBAND_MODEM_QMI_H
#define MM_BROADBAND_MODEM_QMI_H

#include "mm-broadband-modem.h"
#include "mm-daemon-series.h"
#include "mm-daemon-slot.h"

#define MM_TYPE_BROADBAND_MODEM_QMI (mm_broadband_modem_qmi_get_type ())
#define MM_BROADBAND_MODEM_QMI(obj) (G_TYPE_CHECK_INSTANCE_CAST ((obj), MM_TYPE_BROADBAND_MODEM_QMI, MMBroadbandModemQmi))
#define MM_IS_BROADBAND_MODEM_QMI(obj) (G_TYPE_CHECK_INSTANCE_TYPE ((obj), MM_TYPE_BROADBAND_MODEM_QMI))
#define MM_BROADBAND_MODEM_QMI_CLASS(klass) (G_TYPE_CHECK_CLASS_CAST ((klass), MM_TYPE_BROADBAND_MODEM_QMI, MMBroadbandModemQmiClass))

typedef struct _MMBroadbandModemQmi MMBroadbandModemQmi;
typedef struct _MMBroadbandModemQmiClass MMBroadbandModemQmiClass;

struct _MMBroadbandModemQmi {
    MMBroadbandModem parent;
    gpointer priv;
};

struct _MMBroadbandModemQmiClass {
    MMBroadbandModemClass parent;

    MMDaemonSlot peek_port_qmi_for_data;
};

MM_DAEMON_OPTIONAL
GType mm_broadband_modem_qmi_get_type (void);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MMBroadbandModemQmi, g_object_unref)

#endif /* MM_BROADBAND_MODEM_QMI_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MM_PORT_H
#define MM_PORT_H

#include <glib-object.h>

#include "mm-kernel-device.h"
#include "mm-daemon-series.h"

typedef enum {
    MM_PORT_SUBSYS_UNKNOWN,
    MM_PORT_SUBSYS_TTY,
    MM_PORT_SUBSYS_NET,
    MM_PORT_SUBSYS_USBMISC,
    MM_PORT_SUBSYS_UNIX,
    MM_PORT_SUBSYS_QRTR,
    MM_PORT_SUBSYS_RPMSG,
    MM_PORT_SUBSYS_WWAN,
} MMPortSubsys;

/* Since 1.25.95; before, a port to be ignored has MM_PORT_TYPE_IGNORED */
#if MM_DAEMON_SERIES >= 12595
typedef enum {
    MM_PORT_GROUP_UNKNOWN,
    MM_PORT_GROUP_USED,
    MM_PORT_GROUP_IGNORED,
} MMPortGroup;
#endif

typedef enum {
    MM_PORT_TYPE_UNKNOWN,
    MM_PORT_TYPE_IGNORED,
    MM_PORT_TYPE_NET,
    MM_PORT_TYPE_AT,
    MM_PORT_TYPE_QCDM,
    MM_PORT_TYPE_GPS,
    MM_PORT_TYPE_QMI,
    MM_PORT_TYPE_MBIM,
} MMPortType;

#define MM_TYPE_PORT (mm_port_get_type ())
#define MM_PORT(obj) (G_TYPE_CHECK_INSTANCE_CAST ((obj), MM_TYPE_PORT, MMPort))
#define MM_IS_PORT(obj) (G_TYPE_CHECK_INSTANCE_TYPE ((obj), MM_TYPE_PORT))
#define MM_PORT_CLASS(klass) (G_TYPE_CHECK_CLASS_CAST ((klass), MM_TYPE_PORT, MMPortClass))

typedef struct _MMPort MMPort;
typedef struct _MMPortClass MMPortClass;

#define MM_PORT_CONNECTED         "connected"
#define MM_PORT_SIGNAL_TIMED_OUT  "timed-out"
#define MM_PORT_SIGNAL_REMOVED    "removed"

struct _MMPort {
    GObject parent;
    gpointer priv;
};

struct _MMPortClass {
    GObjectClass parent;
    void (* timed_out) (MMPort *port,
                        guint   n_consecutive_replies);
    void (* removed)   (MMPort *port);
};

GType mm_port_get_type (void);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MMPort, g_object_unref)

const gchar    *mm_port_get_device         (MMPort   *self);
MMPortSubsys    mm_port_get_subsys         (MMPort   *self);
MMPortType      mm_port_get_port_type      (MMPort   *self);
gboolean        mm_port_get_connected      (MMPort   *self);
void            mm_port_set_connected      (MMPort   *self,
                                            gboolean  connected);
MMKernelDevice *mm_port_peek_kernel_device (MMPort   *self);

#endif /* MM_PORT_H */

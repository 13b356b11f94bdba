/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef SIM_USB_H
#define SIM_USB_H

#include <glib.h>

#include "sim-scenario.h"

/* What the module shows on USB, and what a transport has to do with it */

typedef enum {
    SIM_PORT_MODEM,
    SIM_PORT_PCUI,
    SIM_PORT_DIAG,
    SIM_PORT_GPS,
    SIM_PORT_SERIAL_B,
    SIM_PORT_SERIAL_C,
    SIM_PORT_ADB,
    SIM_PORT_NCM,
    SIM_PORT_ECM,
    SIM_PORT_RNDIS,
    SIM_PORT_MBIM,
    SIM_PORT_DATA,
} SimPortKind;

typedef struct {
    SimPortKind  kind;
    guint        number;
    guint8       interface_class;
    guint8       subclass;
    guint8       protocol;
    /* NULL: no driver binds it */
    const gchar *driver;
    const gchar *name;
} SimUsbInterface;

typedef struct {
    guint16    vendor;
    guint16    product;
    gchar     *serial;
    /* of SimUsbInterface; its index is the port's number in SimTransport */
    GArray    *interfaces;
    gboolean   udev_hints;
    /* How udev announces it: in which order (a seed, or 0), and with which gaps in real seconds */
    guint32    order_seed;
    /* Names and place on the bus that no earlier device of this module had */
    gboolean   other_names;
    gboolean   other_path;
    gdouble    plug_gap;
    gdouble    unplug_gap;
} SimUsbDevice;

/* @n_plugs: how many times the module has been on the bus before */
SimUsbDevice *sim_usb_device_new      (const SimScenario *scenario,
                                       const gchar       *layout,
                                       guint              n_plugs);
/* 3466:3302, the mode in which the module writes its flash */
SimUsbDevice *sim_usb_device_new_download (const SimScenario *scenario,
                                           guint              n_plugs);
void          sim_usb_device_free     (SimUsbDevice      *self);
gboolean      sim_port_kind_is_serial (SimPortKind        kind);
gboolean      sim_port_kind_is_at     (SimPortKind        kind);
gboolean      sim_port_kind_is_net    (SimPortKind        kind);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimUsbDevice, sim_usb_device_free)

/* A transport carries the modules' ports to the host. It calls sim_module_port_opened, _closed and
 * _input. */
typedef struct _SimTransport SimTransport;

struct _SimTransport {
    void (*plug)   (SimTransport       *self,
                    guint               module,
                    const SimUsbDevice *device);
    void (*unplug) (SimTransport       *self,
                    guint               module);
    void (*write)  (SimTransport       *self,
                    guint               module,
                    guint               port,
                    const guint8       *data,
                    gsize               length);
    /* Whether the host has lowered DTR; may be NULL */
    gboolean (*hung_up) (SimTransport  *self,
                         guint          module,
                         guint          port);
    /* Whether the network port has a data session; may be NULL */
    void (*set_carrier) (SimTransport  *self,
                         guint          module,
                         gboolean       carrier);
    void (*free)   (SimTransport       *self);
};

#endif /* SIM_USB_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef SIM_USB_VHCI_DESCRIPTORS_H
#define SIM_USB_VHCI_DESCRIPTORS_H

#include <glib.h>

#include "sim-usb.h"

/* The descriptors of a module: USB 2.0, chapter 9, and CDC NCM 1.0. Network functions other than
 * NCM have no endpoints, so no driver binds them. */

typedef enum {
    SIM_ENDPOINT_SERIAL_STATUS,
    SIM_ENDPOINT_SERIAL_IN,
    SIM_ENDPOINT_SERIAL_OUT,
    SIM_ENDPOINT_NET_STATUS,
    SIM_ENDPOINT_NET_IN,
    SIM_ENDPOINT_NET_OUT,
} SimEndpointKind;

typedef struct {
    /* With USB_DIR_IN */
    guint8          address;
    SimEndpointKind kind;
    /* The interface that it belongs to */
    guint           interface;
} SimEndpoint;

/* The answer to GET_DESCRIPTOR; NULL if there is no such descriptor */
GBytes *sim_descriptors_get           (const SimUsbDevice *device,
                                       guint               module,
                                       guint8              type,
                                       guint8              index);

/* Of SimEndpoint */
GArray *sim_descriptors_get_endpoints (const SimUsbDevice *device);

#endif /* SIM_USB_VHCI_DESCRIPTORS_H */

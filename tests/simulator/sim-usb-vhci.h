/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef SIM_USB_VHCI_H
#define SIM_USB_VHCI_H

#include "sim-module.h"
#include "sim-usb.h"

/* The modules as USB devices that the running kernel takes for real ones, by way
 * of its virtual host controller (vhci-hcd). Data sessions carry packets. */
SimTransport *sim_usb_vhci_new         (GError      **error);

/* Where the transport finds the modules, for what comes in from the ports */
void          sim_usb_vhci_set_modules (SimTransport *self,
                                        GPtrArray    *modules);

#endif /* SIM_USB_VHCI_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef SIM_USB_VHCI_H
#define SIM_USB_VHCI_H

#include "sim-module.h"
#include "sim-usb.h"

/* The modules as USB devices of the running kernel, by its virtual host controller (vhci-hcd). Data
 * sessions carry packets. */
SimTransport *sim_usb_vhci_new         (GError      **error);

/* The modules, for input from the ports */
void          sim_usb_vhci_set_modules (SimTransport *self,
                                        GPtrArray    *modules);

#endif /* SIM_USB_VHCI_H */

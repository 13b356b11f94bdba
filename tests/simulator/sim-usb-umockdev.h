/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef SIM_USB_UMOCKDEV_H
#define SIM_USB_UMOCKDEV_H

#include "sim-module.h"
#include "sim-usb.h"

/* The modules as USB devices of an umockdev testbed: /sys, ttyUSB nodes that are ptys, network
 * devices, uevents. This process must run with umockdev's preload library, and so must all programs
 * that should see the modules. */
SimTransport *sim_usb_umockdev_new         (void);

/* The modules, for input from the ports */
void          sim_usb_umockdev_set_modules (SimTransport *self,
                                            GPtrArray    *modules);

#endif /* SIM_USB_UMOCKDEV_H */

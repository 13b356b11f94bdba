/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef SIM_USB_VHCI_PEER_H
#define SIM_USB_VHCI_PEER_H

#include <glib.h>

/* The other end of the data session: a network that leases the address of ^DHCP?, answers ARP for
 * every address, and answers pings */

/* The Ethernet frame that answers @frame, or NULL */
GBytes *sim_peer_answer (const guint8 *frame,
                         gsize         length);

#endif /* SIM_USB_VHCI_PEER_H */

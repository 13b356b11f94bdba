/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MM_IFACE_PORT_AT_H
#define MM_IFACE_PORT_AT_H

#include "mm-port-serial-at.h"
#include "mm-daemon-series.h"

/* Since 1.24 AT commands go to an interface that other kinds of ports implement, too; before, to
 * the serial AT port itself */
#if MM_DAEMON_SERIES >= 12400

#define MM_TYPE_IFACE_PORT_AT mm_iface_port_at_get_type ()
MM_DAEMON_OPTIONAL
G_DECLARE_INTERFACE (MMIfacePortAt, mm_iface_port_at, MM, IFACE_PORT_AT, MMPort)

#else

typedef MMPortSerialAt MMIfacePortAt;
#define MM_IFACE_PORT_AT(obj) MM_PORT_SERIAL_AT (obj)

#endif

#endif /* MM_IFACE_PORT_AT_H */

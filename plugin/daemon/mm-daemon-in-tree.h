/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MM_DAEMON_IN_TREE_H
#define MM_DAEMON_IN_TREE_H

/* In ModemManager's own tree, the compiler includes this before each of the plugin's sources
 * (-include), and ModemManager's headers replace those of plugin/daemon/. Names that a later series
 * changed are defined here for the earlier ones. */

#include <config.h>
/* ModemManager's; the plugin's sources use the name otherwise */
#undef VERSION

#define MM_DAEMON_IN_TREE 1

#include "mm-daemon-series.h"

/* The interface structures had the name of the interface itself */
#if MM_DAEMON_SERIES < 12400
typedef struct _MMIfaceModem                   MMIfaceModemInterface;
typedef struct _MMIfaceModem3gpp               MMIfaceModem3gppInterface;
typedef struct _MMIfaceModem3gppProfileManager MMIfaceModem3gppProfileManagerInterface;
typedef struct _MMIfaceModemFirmware           MMIfaceModemFirmwareInterface;
#endif

/* Only serial ports took AT commands */
#if MM_DAEMON_SERIES < 12400
#define MMIfacePortAt         MMPortSerialAt
#define MM_IFACE_PORT_AT(obj) MM_PORT_SERIAL_AT (obj)
#endif

/* There was no log level between information and warnings */
#if MM_DAEMON_SERIES < 12200
#define mm_obj_msg(obj, ...)  mm_obj_info (obj, ## __VA_ARGS__)
#endif

#endif /* MM_DAEMON_IN_TREE_H */

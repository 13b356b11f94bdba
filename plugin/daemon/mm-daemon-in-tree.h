/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MM_DAEMON_IN_TREE_H
#define MM_DAEMON_IN_TREE_H

/* In ModemManager's own tree each of our sources begins with this (-include), and its
 * headers take the place of those in plugin/daemon/. What they called otherwise in
 * earlier series is called here as in later ones. */

#include <config.h>
/* Of ModemManager; nothing here needs it, and some of ours is called so */
#undef VERSION

#define MM_DAEMON_IN_TREE 1

#include "mm-daemon-series.h"

/* An interface and its structure shared a name */
#if MM_DAEMON_SERIES < 12400
typedef struct _MMIfaceModem                   MMIfaceModemInterface;
typedef struct _MMIfaceModem3gpp               MMIfaceModem3gppInterface;
typedef struct _MMIfaceModem3gppProfileManager MMIfaceModem3gppProfileManagerInterface;
typedef struct _MMIfaceModemFirmware           MMIfaceModemFirmwareInterface;
#endif

/* AT commands went to serial ports only */
#if MM_DAEMON_SERIES < 12400
#define MMIfacePortAt         MMPortSerialAt
#define MM_IFACE_PORT_AT(obj) MM_PORT_SERIAL_AT (obj)
#endif

/* No level of its own between information and warnings */
#if MM_DAEMON_SERIES < 12200
#define mm_obj_msg(obj, ...)  mm_obj_info (obj, ## __VA_ARGS__)
#endif

#endif /* MM_DAEMON_IN_TREE_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * Properties that nobody needs to use the modem, and that take 18 commands of 0.3 s each:
 * they follow when the modem is on the bus. Methods of the AT modem's interfaces that
 * put them off, and what loads them then, by the generic modem's own methods.
 */

#ifndef MM_TDTECH_LATE_PROPERTIES_H
#define MM_TDTECH_LATE_PROPERTIES_H

#include "mm-base-modem.h"
#include "mm-iface-modem-3gpp.h"
#include "mm-iface-modem.h"

/* Of the modem: OwnNumbers, UnlockRetries (if the SIM is not locked); of its SIM:
 * PreferredNetworks, Gid1, Gid2 */
void mm_tdtech_late_properties_iface_modem_init      (MMIfaceModemInterface     *iface);
/* EnabledFacilityLocks, EpsUeModeOperation */
void mm_tdtech_late_properties_iface_modem_3gpp_init (MMIfaceModem3gppInterface *iface);

/* Loads what was put off since the modem is there. Each time that the modem was
 * initialized: before its SIM is unlocked some can't be read. @is_gone: whether the modem was
 * disposed of meanwhile. */
void mm_tdtech_late_properties_load (MMBaseModem *modem,
                                     gboolean   (* is_gone) (MMBaseModem *modem));

#endif /* MM_TDTECH_LATE_PROPERTIES_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * Properties that are not needed to use the modem and take 18 commands of 0.3 s each are loaded
 * after the modem is on the bus: interface methods of the AT modem that defer them, and the
 * loading, by the generic modem's methods.
 */

#ifndef MM_TDTECH_DEFERRED_PROPERTIES_H
#define MM_TDTECH_DEFERRED_PROPERTIES_H

#include "mm-base-modem.h"
#include "mm-iface-modem-3gpp.h"
#include "mm-iface-modem.h"

/* Of the modem: OwnNumbers, UnlockRetries (if the SIM is not locked); of its SIM:
 * PreferredNetworks, Gid1, Gid2 */
void mm_tdtech_deferred_properties_iface_modem_init      (MMIfaceModemInterface     *iface);
/* EnabledFacilityLocks, EpsUeModeOperation */
void mm_tdtech_deferred_properties_iface_modem_3gpp_init (MMIfaceModem3gppInterface *iface);

/* Loads what was deferred. Call after each initialization of the modem: some cannot be read
 * before the SIM is unlocked. @is_gone: whether the modem was disposed of meanwhile. */
void mm_tdtech_deferred_properties_load (MMBaseModem *modem,
                                         gboolean   (* is_gone) (MMBaseModem *modem));

#endif /* MM_TDTECH_DEFERRED_PROPERTIES_H */

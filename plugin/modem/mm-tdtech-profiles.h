/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * The profiles (PDP contexts) of the AT modem. The default bearer's, the network's and
 * the one for emergency calls are in the module's list, too, and ModemManager takes any
 * that fits: here they are no profiles.
 */

#ifndef MM_TDTECH_PROFILES_H
#define MM_TDTECH_PROFILES_H

#include "mm-iface-modem-3gpp-profile-manager.h"

void mm_tdtech_profiles_iface_modem_3gpp_profile_manager_init (MMIfaceModem3gppProfileManagerInterface *iface);

#endif /* MM_TDTECH_PROFILES_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * The profiles (PDP contexts) of the AT modem. The module also lists those of the default bearer, of
 * the network and for emergency calls. They are left out here, since ModemManager would connect with
 * any that matches.
 */

#ifndef MM_TDTECH_PROFILES_H
#define MM_TDTECH_PROFILES_H

#include "mm-iface-modem-3gpp-profile-manager.h"

void mm_tdtech_profiles_iface_modem_3gpp_profile_manager_init (MMIfaceModem3gppProfileManagerInterface *iface);

#endif /* MM_TDTECH_PROFILES_H */

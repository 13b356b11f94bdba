/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MM_IFACE_MODEM_VOICE_H
#define MM_IFACE_MODEM_VOICE_H

#include <glib.h>

/* MMCallList; NULL while voice is not initialized */
#define MM_IFACE_MODEM_VOICE_CALL_LIST "iface-modem-voice-call-list"

#endif /* MM_IFACE_MODEM_VOICE_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_AGENT_SYSTEMD_H
#define MMFOTA_AGENT_SYSTEMD_H

#include <glib.h>

/* sd_notify(3) without libsystemd. Without $NOTIFY_SOCKET nothing happens. */
void mmfota_agent_systemd_tell     (const gchar *state);

/* Notifies systemd's watchdog twice in $WATCHDOG_USEC, if there is one. */
void mmfota_agent_systemd_watchdog (void);

#endif /* MMFOTA_AGENT_SYSTEMD_H */

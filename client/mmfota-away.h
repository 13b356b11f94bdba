/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_AWAY_H
#define MMFOTA_AWAY_H

#include <gio/gio.h>

/*
 * Whether a modem that is not on the bus is being upgraded. ModemManager has no object for it then,
 * but it blocks sleep and shutdown (logind lists who does), and mmfota-agent knows which of its
 * modems it upgrades.
 *
 * @which: as for mmfota_modem_find (). FALSE also if neither can be asked.
 */
gboolean mmfota_away_is_upgrading (GDBusConnection *connection,
                                   const gchar     *which);

#endif /* MMFOTA_AWAY_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_AWAY_H
#define MMFOTA_AWAY_H

#include <gio/gio.h>

/*
 * Is a modem that is not on the bus being upgraded? ModemManager itself has no
 * object for it then, but it keeps the machine from sleep and shutdown (logind
 * tells who does), and mmfota-agent knows which of its modems it upgrades.
 *
 * @which: as of mmfota_modem_find (). FALSE also if nobody can be asked.
 */
gboolean mmfota_away_is_upgrading (GDBusConnection *connection,
                                   const gchar     *which);

#endif /* MMFOTA_AWAY_H */

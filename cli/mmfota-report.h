/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_REPORT_H
#define MMFOTA_REPORT_H

#include <gio/gio.h>

#include "mmfota-options.h"

/* --report: writes the file, after recording if requested, and prints what was replaced. Needs no
 * modem, and without --record not even ModemManager. */
MmfotaExit mmfota_report_run (GDBusConnection      *connection,
                              const MmfotaOptions  *options,
                              GError              **error);

#endif /* MMFOTA_REPORT_H */

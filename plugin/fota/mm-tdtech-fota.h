/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * Firmware over the air, for one modem: runs the machine of
 * mm-tdtech-fota-machine.h on ModemManager's port and bearers, and shows it as the
 * com.td_tech.ModemManager1.Modem.Fota interface.
 */

#ifndef MM_TDTECH_FOTA_H
#define MM_TDTECH_FOTA_H

#include <gio/gio.h>

#include "mm-base-modem.h"

#define MM_TYPE_TDTECH_FOTA (mm_tdtech_fota_get_type ())
G_DECLARE_FINAL_TYPE (MMTdtechFota, mm_tdtech_fota, MM, TDTECH_FOTA, GObject)

/* @modem owns the result, and is not kept alive by it */
MMTdtechFota *mm_tdtech_fota_new               (MMBaseModem  *modem);

/* A ^FOTASTATE line, unsolicited or the answer to ^FOTASTATE?; at any moment */
void          mm_tdtech_fota_take_line         (MMTdtechFota *self,
                                                const gchar  *line);
/* Call when the modem's initialization has ended, successfully or not: exports the interface and
 * reads the module's state. Later calls do nothing. */
void          mm_tdtech_fota_start             (MMTdtechFota *self);
/* The modem goes away. No callback comes after this. */
void          mm_tdtech_fota_stop              (MMTdtechFota *self);

/* Whether an upgrade holds the data path: no bearer may connect then */
gboolean      mm_tdtech_fota_holds_data        (MMTdtechFota *self);
/* A call, a bearer or the registration changed, which an upgrade may be waiting for */
void          mm_tdtech_fota_condition_changed (MMTdtechFota *self);

#endif /* MM_TDTECH_FOTA_H */

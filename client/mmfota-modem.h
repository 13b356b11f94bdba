/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_MODEM_H
#define MMFOTA_MODEM_H

#include <libmm-glib.h>

#include "mm-gdbus-fota.h"

/*
 * One modem with the firmware interface, followed by what it is (equipment
 * identifier, device, transaction) and not by where it is: an upgrade gives it a
 * new object path, and so does a restart of ModemManager.
 *
 * Signals: "changed" when a property changed, or the modem went or came back;
 * "event" (sequence, kind, details) as on the bus.
 */
#define MMFOTA_TYPE_MODEM (mmfota_modem_get_type ())
G_DECLARE_FINAL_TYPE (MmfotaModem, mmfota_modem, MMFOTA, MODEM, GObject)

/* What a modem is called; the device identifier changes with the firmware. */
typedef struct {
    const gchar *path;
    const gchar *equipment_identifier;
    const gchar *device_identifier;
    const gchar *device;
} MmfotaIdentity;

/* ModemManager with all its objects, in one round trip. */
MMManager        *mmfota_manager_new         (GDBusConnection  *connection,
                                              GError          **error);

/* The same for those who wait: ModemManager may come and go. */
MMManager        *mmfota_manager_await       (GDBusConnection  *connection,
                                              GError          **error);
/* All modems with the firmware interface, by index. */
GList            *mmfota_manager_list_modems (MMManager        *manager);
MmGdbusModemFota *mmfota_manager_peek_fota   (GDBusObject      *object);
MMModem          *mmfota_manager_peek_modem  (GDBusObject      *object);

/* @which: "any", an index, an object path, an IMEI, a device id or uid; NULL for
 * the only one there is. MM_CORE_ERROR_NOT_FOUND if there is no such modem. */
MmfotaModem      *mmfota_modem_find          (MMManager        *manager,
                                              const gchar      *which,
                                              GError          **error);

/* One that is not there yet. A path or an index stands for any: neither outlives
 * an upgrade. */
MmfotaModem      *mmfota_modem_await         (MMManager        *manager,
                                              const gchar      *which);

/* NULL while the modem is not on the bus. */
MmGdbusModemFota *mmfota_modem_peek_fota     (MmfotaModem      *self);

GDBusConnection  *mmfota_modem_peek_connection (MmfotaModem    *self);

/* Is ModemManager on the bus? */
gboolean          mmfota_modem_has_manager   (MmfotaModem      *self);

/* The last object path and index; one that was never there has no path. */
const gchar      *mmfota_modem_get_path      (MmfotaModem      *self);
const gchar      *mmfota_modem_get_index     (MmfotaModem      *self);

/* What -m takes before and after a reboot: the IMEI, else the device's uid. */
const gchar      *mmfota_modem_get_name      (MmfotaModem      *self);
MmfotaIdentity    mmfota_modem_get_identity  (MmfotaModem      *self);
const gchar      *mmfota_modem_get_model     (MmfotaModem      *self);

/* A modem that carries this transaction is the one, whatever else it says. */
void              mmfota_modem_set_transaction (MmfotaModem *self,
                                                const gchar *transaction);

/* Has the modem, or Result, anything to do with the transaction? */
gboolean          mmfota_modem_runs          (MmGdbusModemFota *fota,
                                              const gchar      *transaction);
GVariant         *mmfota_modem_dup_result    (MmGdbusModemFota *fota,
                                              const gchar      *transaction);

#endif /* MMFOTA_MODEM_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_MODEM_H
#define MMFOTA_MODEM_H

#include <libmm-glib.h>

#include "mm-gdbus-fota.h"

/*
 * A modem with the firmware interface, identified by what it is (equipment identifier, device,
 * transaction), not by its object path, which changes with an upgrade or a restart of ModemManager.
 *
 * Signals: "changed" when a property changed, or the modem disappeared or appeared again; "event"
 * (sequence, kind, details) as on the bus.
 */
#define MMFOTA_TYPE_MODEM (mmfota_modem_get_type ())
G_DECLARE_FINAL_TYPE (MmfotaModem, mmfota_modem, MMFOTA, MODEM, GObject)

/* Its names. The device identifier changes with the firmware. */
typedef struct {
    const gchar *path;
    const gchar *equipment_identifier;
    const gchar *device_identifier;
    const gchar *device;
} MmfotaIdentity;

/* ModemManager with all its objects, in one round trip */
MMManager        *mmfota_manager_new         (GDBusConnection  *connection,
                                              GError          **error);

/* The same for programs that wait: ModemManager may stop and start */
MMManager        *mmfota_manager_await       (GDBusConnection  *connection,
                                              GError          **error);
/* All modems with the firmware interface, by index. */
GList            *mmfota_manager_list_modems (MMManager        *manager);
MmGdbusModemFota *mmfota_manager_peek_fota   (GDBusObject      *object);
MMModem          *mmfota_manager_peek_modem  (GDBusObject      *object);

/* @which: "any", an index, an object path, an IMEI, a device id or uid; NULL for the only one.
 * MM_CORE_ERROR_NOT_FOUND if there is no such modem. */
MmfotaModem      *mmfota_modem_find          (MMManager        *manager,
                                              const gchar      *which,
                                              GError          **error);

/* A modem that is not there yet. A path or an index matches any: an upgrade changes both. */
MmfotaModem      *mmfota_modem_await         (MMManager        *manager,
                                              const gchar      *which);

/* NULL while the modem is not on the bus */
MmGdbusModemFota *mmfota_modem_peek_fota     (MmfotaModem      *self);

GDBusConnection  *mmfota_modem_peek_connection (MmfotaModem    *self);

/* Whether ModemManager is on the bus */
gboolean          mmfota_modem_has_manager   (MmfotaModem      *self);

/* The latest object path and index; NULL for a modem that was never seen */
const gchar      *mmfota_modem_get_path      (MmfotaModem      *self);
const gchar      *mmfota_modem_get_index     (MmfotaModem      *self);

/* A value for -m that stays valid across a reboot: the IMEI, else the device's uid */
const gchar      *mmfota_modem_get_name      (MmfotaModem      *self);
MmfotaIdentity    mmfota_modem_get_identity  (MmfotaModem      *self);
const gchar      *mmfota_modem_get_model     (MmfotaModem      *self);

/* A modem with this transaction is the one, whatever its names */
void              mmfota_modem_set_transaction (MmfotaModem *self,
                                                const gchar *transaction);

/* Whether the modem, or Result, has this transaction */
gboolean          mmfota_modem_runs          (MmGdbusModemFota *fota,
                                              const gchar      *transaction);
GVariant         *mmfota_modem_dup_result    (MmGdbusModemFota *fota,
                                              const gchar      *transaction);

#endif /* MMFOTA_MODEM_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MM_IFACE_MODEM_FIRMWARE_H
#define MM_IFACE_MODEM_FIRMWARE_H

#include <glib-object.h>
#include <gio/gio.h>
#define _LIBMM_INSIDE_MM
#include <libmm-glib.h>

#include "mm-daemon-slot.h"
#include "mm-daemon-series.h"

#define MM_TYPE_IFACE_MODEM_FIRMWARE (mm_iface_modem_firmware_get_type ())
#define MM_IFACE_MODEM_FIRMWARE(obj) (G_TYPE_CHECK_INSTANCE_CAST ((obj), MM_TYPE_IFACE_MODEM_FIRMWARE, MMIfaceModemFirmware))
#define MM_IS_IFACE_MODEM_FIRMWARE(obj) (G_TYPE_CHECK_INSTANCE_TYPE ((obj), MM_TYPE_IFACE_MODEM_FIRMWARE))
#define MM_IFACE_MODEM_FIRMWARE_GET_IFACE(obj) (G_TYPE_INSTANCE_GET_INTERFACE ((obj), MM_TYPE_IFACE_MODEM_FIRMWARE, MMIfaceModemFirmwareInterface))

#define MM_IFACE_MODEM_FIRMWARE_DBUS_SKELETON "iface-modem-firmware-dbus-skeleton"

typedef struct _MMIfaceModemFirmware MMIfaceModemFirmware;
/* Up to 1.22 the daemon itself calls this structure MMIfaceModemFirmware */
typedef struct _MMIfaceModemFirmwareInterface MMIfaceModemFirmwareInterface;

struct _MMIfaceModemFirmwareInterface {
    GTypeInterface g_iface;

    void (* load_update_settings) (MMIfaceModemFirmware *self,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
    MMFirmwareUpdateSettings * (* load_update_settings_finish) (MMIfaceModemFirmware *self,
                                                                GAsyncResult *res,
                                                                GError **error);
    MMDaemonSlot load_list;
    MMDaemonSlot load_list_finish;
    MMDaemonSlot load_current;
    MMDaemonSlot load_current_finish;
    MMDaemonSlot change_current;
    MMDaemonSlot change_current_finish;
};

GType mm_iface_modem_firmware_get_type (void);

/* Array of strings, NULL-terminated */
GPtrArray *mm_iface_firmware_build_generic_device_ids (MMIfaceModemFirmware  *self,
                                                       GError               **error);

#endif /* MM_IFACE_MODEM_FIRMWARE_H */

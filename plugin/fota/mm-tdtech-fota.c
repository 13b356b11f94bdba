/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mm-tdtech-fota.h"

#include <ModemManager.h>
#define _LIBMM_INSIDE_MM
#include <libmm-glib.h>

#include "mm-iface-modem.h"
#include "mm-log-object.h"
#include "mm-tdtech-fota-key.h"
#include "mm-tdtech-fota-private.h"

G_DEFINE_TYPE (MMTdtechFota, mm_tdtech_fota, G_TYPE_OBJECT)

static gchar *
take_key (MMTdtechFota *self)
{
    MmGdbusModem     *modem = NULL;
    g_autofree gchar *identifier = NULL;

    g_object_get (self->modem, MM_IFACE_MODEM_DBUS_SKELETON, &modem, NULL);
    if (modem) {
        identifier = g_strdup (mm_gdbus_modem_get_equipment_identifier (modem));
        g_object_unref (modem);
    }
    return mm_tdtech_fota_key_take (NULL, identifier, mm_base_modem_get_device (self->modem), self);
}

gboolean
mm_tdtech_fota_holds_data (MMTdtechFota *self)
{
    return self->data_pause && mm_tdtech_data_pause_is_held (self->data_pause);
}

static gboolean
open_port (MMTdtechFota *self)
{
    MMPortSerialAt    *port = mm_base_modem_peek_port_primary (self->modem);
    g_autoptr(GError)  error = NULL;

    if (!port)
        return FALSE;
    /* State lines come at any time, also while the modem is not enabled */
    if (!mm_port_serial_open (MM_PORT_SERIAL (port), &error)) {
        mm_obj_warn (self->modem, "couldn't open the AT port for firmware updates: %s", error->message);
        return FALSE;
    }
    self->port = g_object_ref (port);
    return TRUE;
}

static void
export_interface (MMTdtechFota *self)
{
    self->skeleton = mm_gdbus_modem_fota_skeleton_new ();
    mm_tdtech_fota_methods_connect (self);
    mm_tdtech_fota_properties_update (self);
    g_dbus_object_skeleton_add_interface (G_DBUS_OBJECT_SKELETON (self->modem),
                                          G_DBUS_INTERFACE_SKELETON (self->skeleton));
}

/* Keep the record until then, even if the module is unplugged */
static void
data_restored (MMTdtechDataPause *data_pause,
               GAsyncResult      *res,
               MMTdtechFota      *self)
{
    mm_tdtech_data_pause_restore_finish (data_pause, res, NULL);
    g_object_unref (self);
}

void
mm_tdtech_fota_start (MMTdtechFota *self)
{
    /* A modem is initialized again, for example once its SIM was unlocked */
    if (self->skeleton || self->stopped || !open_port (self))
        return;
    self->key = take_key (self);
    self->record = mm_tdtech_fota_record_new (NULL, self->key);
    self->data_pause = mm_tdtech_data_pause_new (self->modem, self->record);
    mm_tdtech_fota_replace_string (&mm_tdtech_fota_record_peek (self->record)->device,
                                   mm_base_modem_get_device (self->modem));
    mm_tdtech_fota_persistence_load (self);
    export_interface (self);
    mm_tdtech_fota_conditions_watch (self);
    /* Auto-dial still has to be restored */
    if (mm_tdtech_fota_machine_get_stage (self->machine) == MM_TDTECH_FOTA_STAGE_NONE)
        mm_tdtech_data_pause_restore (self->data_pause, TRUE,
                                      (GAsyncReadyCallback) data_restored, g_object_ref (self));
    mm_tdtech_fota_feed_kind (self, MM_TDTECH_FOTA_INPUT_START);
}

void
mm_tdtech_fota_stop (MMTdtechFota *self)
{
    if (self->stopped)
        return;
    self->stopped = TRUE;

    /* The module may already be back, with its new modem object using the record */
    if (self->data_pause)
        mm_tdtech_data_pause_abandon (self->data_pause);
    /* The last chance for what could not be saved */
    if (self->save_again && mm_tdtech_fota_key_is_held (self->key, self))
        mm_tdtech_fota_persistence_save (self);
    mm_tdtech_fota_timers_stop (self);
    mm_tdtech_fota_lines_clear (self);
    mm_tdtech_fota_methods_stop (self);
    if (self->skeleton)
        g_dbus_object_skeleton_remove_interface (G_DBUS_OBJECT_SKELETON (self->modem),
                                                 G_DBUS_INTERFACE_SKELETON (self->skeleton));
    if (self->port) {
        mm_port_serial_close (MM_PORT_SERIAL (self->port));
        g_clear_object (&self->port);
    }
    mm_tdtech_fota_conditions_stop (self);
    if (self->key)
        mm_tdtech_fota_key_release (self->key, self);
}

MMTdtechFota *
mm_tdtech_fota_new (MMBaseModem *modem)
{
    MMTdtechFota *self = g_object_new (MM_TYPE_TDTECH_FOTA, NULL);

    self->modem = modem;
    return self;
}

static void
finalize (GObject *object)
{
    MMTdtechFota *self = MM_TDTECH_FOTA (object);

    g_clear_object (&self->skeleton);
    g_clear_object (&self->data_pause);
    g_clear_pointer (&self->record, mm_tdtech_fota_record_free);
    g_clear_pointer (&self->options, mm_tdtech_fota_options_free);
    mm_tdtech_fota_progress_free (self->progress);
    mm_tdtech_fota_machine_free (self->machine);
    g_clear_pointer (&self->restored_sessions, g_variant_unref);
    g_free (self->key);
    G_OBJECT_CLASS (mm_tdtech_fota_parent_class)->finalize (object);
}

static void
mm_tdtech_fota_init (MMTdtechFota *self)
{
    self->machine = mm_tdtech_fota_machine_new ();
    self->progress = mm_tdtech_fota_progress_new ();
    g_queue_init (&self->early_calls);
    g_queue_init (&self->lines);
}

static void
mm_tdtech_fota_class_init (MMTdtechFotaClass *klass)
{
    G_OBJECT_CLASS (klass)->finalize = finalize;
}

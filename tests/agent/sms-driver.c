/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * The agent's eye for SMS alone, on the system bus: a line on stdout for each time that it
 * asks for a look. Ends with stdin.
 *
 * Usage: sms-driver STATE KEY-FILE [SENDER…]
 */

#include <stdio.h>
#include <stdlib.h>

#include <glib-unix.h>

#include "mmfota-agent-sms.h"
#include "mmfota-modem.h"

typedef struct {
    MmfotaAgentSms       *sms;
    MmfotaAgentTokenKeys  keys;
    const gchar *const   *senders;
} Driver;

static void
trigger (const gchar *imei,
         gpointer     user_data)
{
    printf ("look %s\n", imei);
    fflush (stdout);
}

static void
follow (Driver      *self,
        GDBusObject *object)
{
    MMModem     *modem = mmfota_manager_peek_modem (object);
    const gchar *imei = modem ? mm_modem_get_equipment_identifier (modem) : NULL;

    if (!imei || !*imei)
        return;
    mmfota_agent_sms_follow (self->sms, imei, object, &self->keys, self->senders);
    printf ("follow %s\n", imei);
    fflush (stdout);
}

static void
identified (MMModem    *modem,
            GParamSpec *pspec,
            gpointer    object)
{
    follow (g_object_get_data (object, "driver"), G_DBUS_OBJECT (object));
}

static void
added (GDBusObjectManager *manager,
       GDBusObject        *object,
       Driver             *self)
{
    MMModem *modem = mmfota_manager_peek_modem (object);

    if (!modem)
        return;
    g_object_set_data (G_OBJECT (object), "driver", self);
    g_signal_connect (modem, "notify::equipment-identifier", G_CALLBACK (identified), object);
    follow (self, object);
}

static void
removed (GDBusObjectManager *manager,
         GDBusObject        *object,
         Driver             *self)
{
    MMModem *modem = mmfota_manager_peek_modem (object);

    if (modem && mm_modem_get_equipment_identifier (modem))
        mmfota_agent_sms_leave (self->sms, mm_modem_get_equipment_identifier (modem));
}

static gboolean
over (gint         fd,
      GIOCondition condition,
      gpointer     user_data)
{
    g_main_loop_quit (user_data);
    return G_SOURCE_REMOVE;
}

int
main (int    argc,
      char **argv)
{
    Driver                      self = { 0 };
    g_autoptr(GError)           error = NULL;
    g_autoptr(GDBusConnection)  bus = NULL;
    g_autoptr(MMManager)        manager = NULL;
    g_autoptr(GMainLoop)        loop = g_main_loop_new (NULL, FALSE);
    GList                      *objects;

    g_log_writer_default_set_use_stderr (TRUE);
    bus = g_bus_get_sync (G_BUS_TYPE_SYSTEM, NULL, &error);
    manager = bus ? mmfota_manager_new (bus, &error) : NULL;
    if (argc < 3 || !manager || !mmfota_agent_token_keys_load (&self.keys, argv[2], &error)) {
        fprintf (stderr, "%s\n", error ? error->message : "usage");
        return 1;
    }
    self.senders = (const gchar *const *) argv + 3;
    self.sms = mmfota_agent_sms_new (argv[1], trigger, &self);
    g_signal_connect (manager, "object-added", G_CALLBACK (added), &self);
    g_signal_connect (manager, "object-removed", G_CALLBACK (removed), &self);
    objects = g_dbus_object_manager_get_objects (G_DBUS_OBJECT_MANAGER (manager));
    while (objects) {
        added (G_DBUS_OBJECT_MANAGER (manager), objects->data, &self);
        g_object_unref (objects->data);
        objects = g_list_delete_link (objects, objects);
    }
    g_unix_fd_add (0, G_IO_HUP | G_IO_IN, over, loop);
    g_main_loop_run (loop);
    mmfota_agent_sms_free (self.sms);
    mmfota_agent_token_keys_clear (&self.keys);
    return 0;
}

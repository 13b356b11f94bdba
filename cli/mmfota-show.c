/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-verbs.h"

#include "mmfota-names.h"
#include "mmfota-status.h"
#include "mmfota-text.h"
#include "mmfota-tree.h"

/*****************************************************************************/
/* --list-modems */

static void
print_modem (GDBusObject *object)
{
    MmGdbusModemFota  *fota = mmfota_manager_peek_fota (object);
    MMModem           *modem = mmfota_manager_peek_modem (object);
    g_autofree gchar  *maker = mmfota_text_printable (modem ? mm_modem_get_manufacturer (modem) : NULL);
    g_autofree gchar  *model = mmfota_text_printable (modem ? mm_modem_get_model (modem) : NULL);
    g_autofree gchar  *version = mmfota_text_printable (mm_gdbus_modem_fota_get_version (fota));

    g_print ("    %s [%s] %s, firmware %s, %s\n",
             g_dbus_object_get_object_path (object), maker, model, version[0] ? version : "--",
             mmfota_names_state (mm_gdbus_modem_fota_get_state (fota)));
}

static void
print_tree (GList            *modems,
            MmfotaOutputType  output)
{
    JsonObject *tree = json_object_new ();
    JsonArray  *paths = json_array_new ();

    for (; modems; modems = modems->next)
        json_array_add_string_element (paths, g_dbus_object_get_object_path (modems->data));
    json_object_set_array_member (tree, "modem-list", paths);
    mmfota_output_print (output, tree);
    json_object_unref (tree);
}

MmfotaExit
mmfota_list_run (MMManager            *manager,
                 const MmfotaOptions  *options,
                 GError              **error)
{
    GList *modems = mmfota_manager_list_modems (manager);

    if (options->output != MMFOTA_OUTPUT_HUMAN)
        print_tree (modems, options->output);
    else if (!modems)
        g_print ("No modems with firmware update over the air were found\n");
    else
        g_list_foreach (modems, (GFunc) print_modem, NULL);

    g_list_free_full (modems, g_object_unref);
    return MMFOTA_EXIT_DONE;
}

/*****************************************************************************/
/* --status */

MmfotaExit
mmfota_status_run (MmfotaModem          *modem,
                   const MmfotaOptions  *options,
                   GError              **error)
{
    const gchar      *path = mmfota_modem_get_path (modem);
    MmGdbusModemFota *fota = mmfota_modem_peek_fota (modem);

    if (options->output == MMFOTA_OUTPUT_HUMAN) {
        g_autofree gchar *text = mmfota_status_to_text (path, fota);

        g_print ("%s", text);
    } else {
        g_autoptr(JsonObject) tree = mmfota_status_to_tree (path, fota);

        mmfota_output_print (options->output, tree);
    }
    return MMFOTA_EXIT_DONE;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-verbs.h"

#include <glib/gi18n.h>

#include "mm-tdtech-fota-enums.h"
#include "mmfota-advice.h"
#include "mmfota-away.h"
#include "mmfota-names.h"
#include "mmfota-status.h"
#include "mmfota-text.h"
#include "mmfota-tree.h"

/*****************************************************************************/
/* --list-modems */

static MmfotaIdentity
identify (GDBusObject *object)
{
    MMModem        *modem = mmfota_manager_peek_modem (object);
    MmfotaIdentity  identity = { .path = g_dbus_object_get_object_path (object) };

    if (modem) {
        identity.equipment_identifier = mm_modem_get_equipment_identifier (modem);
        identity.device_identifier = mm_modem_get_device_identifier (modem);
        identity.device = mm_modem_get_device (modem);
    }
    return identity;
}

static void
print_detail (const gchar *name,
              const gchar *value)
{
    g_autofree gchar *printable = mmfota_text_printable (value);

    if (printable[0])
        g_print ("        %s: %s\n", name, printable);
}

static void
print_modem (GDBusObject *object)
{
    MmGdbusModemFota  *fota = mmfota_manager_peek_fota (object);
    MMModem           *modem = mmfota_manager_peek_modem (object);
    MmfotaIdentity     identity = identify (object);
    g_autofree gchar  *maker = mmfota_text_printable (modem ? mm_modem_get_manufacturer (modem) : NULL);
    g_autofree gchar  *model = mmfota_text_printable (modem ? mm_modem_get_model (modem) : NULL);
    g_autofree gchar  *version = mmfota_text_printable (mm_gdbus_modem_fota_get_version (fota));

    g_print (_("    %s [%s] %s, firmware %s, %s\n"),
             identity.path, maker, model, version[0] ? version : "--",
             mmfota_names_state_label (mm_gdbus_modem_fota_get_state (fota)));
    print_detail (_("imei"), identity.equipment_identifier);
    print_detail (_("device id"), identity.device_identifier);
    print_detail (_("device"), identity.device);
}

static JsonObject *
modem_to_tree (GDBusObject *object)
{
    MmGdbusModemFota *fota = mmfota_manager_peek_fota (object);
    MmfotaIdentity    identity = identify (object);
    JsonObject       *tree = json_object_new ();

    mmfota_tree_add_string (tree, "path", identity.path);
    mmfota_tree_add_string (tree, "equipment-identifier", identity.equipment_identifier);
    mmfota_tree_add_string (tree, "device-identifier", identity.device_identifier);
    mmfota_tree_add_string (tree, "device", identity.device);
    mmfota_tree_add_string (tree, "version", mm_gdbus_modem_fota_get_version (fota));
    mmfota_tree_add_string (tree, "state", mmfota_names_state (mm_gdbus_modem_fota_get_state (fota)));
    return tree;
}

static void
print_tree (GList            *modems,
            MmfotaOutputType  output)
{
    g_autoptr(JsonObject)  tree = json_object_new ();
    JsonArray             *paths = json_array_new ();
    JsonArray             *details = json_array_new ();

    for (; modems; modems = modems->next) {
        json_array_add_string_element (paths, g_dbus_object_get_object_path (modems->data));
        json_array_add_object_element (details, modem_to_tree (modems->data));
    }
    json_object_set_array_member (tree, "modem-list", paths);
    json_object_set_array_member (tree, "modems", details);
    mmfota_output_print (output, tree);
}

static void
print_why_none (MMManager *manager)
{
    g_autoptr(MmfotaModem)  modem = NULL;
    g_autoptr(GError)       error = NULL;
    GDBusConnection        *connection;

    connection = g_dbus_object_manager_client_get_connection (G_DBUS_OBJECT_MANAGER_CLIENT (manager));
    if (mmfota_away_is_upgrading (connection, NULL)) {
        g_printerr ("%s\n", MMFOTA_AWAY_TEXT);
        return;
    }
    modem = mmfota_modem_find (manager, NULL, &error);
    if (!modem && error)
        g_printerr ("%s\n", error->message);
}

MmfotaExit
mmfota_list_run (MMManager            *manager,
                 const MmfotaOptions  *options,
                 GError              **error)
{
    GList *modems = mmfota_manager_list_modems (manager);

    if (options->output != MMFOTA_OUTPUT_HUMAN) {
        print_tree (modems, options->output);
    } else if (!modems) {
        g_print (_("No modems with firmware update over the air were found\n"));
        print_why_none (manager);
    } else {
        g_list_foreach (modems, (GFunc) print_modem, NULL);
    }

    g_list_free_full (modems, g_object_unref);
    return MMFOTA_EXIT_DONE;
}

/*****************************************************************************/
/* --status */

/* The message of the last result, in this program's terms */
static gchar *
dup_result_words (MmfotaModem *modem)
{
    MmGdbusModemFota *fota = mmfota_modem_peek_fota (modem);
    GVariant         *result = mm_gdbus_modem_fota_get_result (fota);
    g_autofree gchar *server = mmfota_status_dup_server (fota);
    const gchar      *error = NULL;
    const gchar      *message = NULL;
    guint             outcome = MM_TDTECH_FOTA_OUTCOME_NONE;
    gchar            *words;
    MmfotaAdvice      known = {
        .modem  = mmfota_modem_get_name (modem),
        .server = server,
        .ended  = TRUE,
    };

    if (result) {
        g_variant_lookup (result, "error", "&s", &error);
        g_variant_lookup (result, "message", "&s", &message);
        g_variant_lookup (result, "outcome", "u", &outcome);
    }
    if (outcome == MM_TDTECH_FOTA_OUTCOME_NOTHING_NEWER)
        return g_strdup (mmfota_advice_nothing_newer ());
    words = mmfota_advice_text (error, &known);
    return words ? words : mmfota_advice_describe (error, message);
}

MmfotaExit
mmfota_status_run (MmfotaModem          *modem,
                   const MmfotaOptions  *options,
                   GError              **error)
{
    MmfotaIdentity    identity = mmfota_modem_get_identity (modem);
    MmGdbusModemFota *fota = mmfota_modem_peek_fota (modem);

    if (options->output == MMFOTA_OUTPUT_HUMAN) {
        g_autofree gchar *words = dup_result_words (modem);
        g_autofree gchar *text = mmfota_status_to_text (&identity, fota, words);

        g_print ("%s", text);
    } else {
        g_autoptr(JsonObject) tree = mmfota_status_to_tree (&identity, fota);

        mmfota_output_print (options->output, tree);
    }
    return MMFOTA_EXIT_DONE;
}

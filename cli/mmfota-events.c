/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-verbs.h"

#include <glib/gi18n.h>

#include "mm-tdtech-fota-enums.h"
#include "mmfota-advice.h"
#include "mmfota-error.h"
#include "mmfota-event.h"
#include "mmfota-tree.h"

/*****************************************************************************/
/* --events */

gchar *
mmfota_events_describe (MmfotaModem *modem,
                        GVariant    *event)
{
    MmfotaAdvice      known = { .modem = mmfota_modem_get_name (modem) };
    const gchar      *error = NULL;
    const gchar      *message = NULL;
    guint             kind = 0;
    g_autofree gchar *words = NULL;

    g_variant_lookup (event, "error", "&s", &error);
    g_variant_lookup (event, "message", "&s", &message);
    g_variant_lookup (event, "kind", "u", &kind);
    if (kind == MM_TDTECH_FOTA_EVENT_NO_UPDATE)
        return mmfota_event_to_line (event, mmfota_advice_nothing_newer ());
    words = mmfota_advice_text (error, &known);
    if (!words)
        words = mmfota_advice_describe (error, message);
    return mmfota_event_to_line (event, words);
}

static void
print_lines (MmfotaModem *modem,
             GVariant    *events)
{
    gsize i;

    if (!g_variant_n_children (events))
        g_print (_("No events were found\n"));
    for (i = 0; i < g_variant_n_children (events); i++) {
        g_autoptr(GVariant) event = g_variant_get_child_value (events, i);
        g_autofree gchar   *line = mmfota_events_describe (modem, event);

        g_print ("%s\n", line);
    }
}

static void
print_tree (const gchar      *path,
            GVariant         *events,
            MmfotaOutputType  output)
{
    g_autoptr(JsonObject)  tree = json_object_new ();
    JsonObject            *modem = json_object_new ();
    JsonArray             *array = json_array_new ();
    gsize                  i;

    for (i = 0; i < g_variant_n_children (events); i++) {
        g_autoptr(GVariant) event = g_variant_get_child_value (events, i);

        json_array_add_object_element (array, mmfota_event_to_tree (event));
    }
    json_object_set_string_member (modem, "path", path);
    json_object_set_array_member (modem, "events", array);
    json_object_set_object_member (tree, "modem", modem);
    mmfota_output_print (output, tree);
}

MmfotaExit
mmfota_events_run (MmfotaModem          *modem,
                   const MmfotaOptions  *options,
                   GError              **error)
{
    MmGdbusModemFota    *fota = mmfota_modem_peek_fota (modem);
    g_autoptr(GVariant)  events = NULL;
    g_autoptr(GError)    inner_error = NULL;

    g_dbus_proxy_set_default_timeout (G_DBUS_PROXY (fota), mmfota_options_call_timeout (options));
    if (!mm_gdbus_modem_fota_call_list_events_sync (fota, options->events_after, &events, NULL, &inner_error)) {
        g_propagate_error (error, mmfota_error_translate (inner_error));
        return MMFOTA_EXIT_FAILED;
    }

    if (options->output == MMFOTA_OUTPUT_HUMAN)
        print_lines (modem, events);
    else
        print_tree (mmfota_modem_get_path (modem), events, options->output);
    return MMFOTA_EXIT_DONE;
}

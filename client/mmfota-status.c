/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-status.h"

#include <glib/gi18n.h>

#include "mm-tdtech-fota-enums.h"
#include "mmfota-names.h"
#include "mmfota-table.h"
#include "mmfota-text.h"
#include "mmfota-tree.h"

/*****************************************************************************/
/* Dictionaries */

typedef struct {
    const gchar *version;
    const gchar *description;
    const gchar *url;
    guint64      size;
    gboolean     downgrade;
    gboolean     known;
    gboolean     has_size;
} Offer;

/* The strings are those of the proxy's cached property */
static Offer
read_offer (MmGdbusModemFota *fota)
{
    GVariant *dictionary = mm_gdbus_modem_fota_get_update (fota);
    Offer     offer = { NULL };

    if (!dictionary || !g_variant_n_children (dictionary))
        return offer;

    offer.known = TRUE;
    g_variant_lookup (dictionary, "version", "&s", &offer.version);
    g_variant_lookup (dictionary, "description", "&s", &offer.description);
    g_variant_lookup (dictionary, "url", "&s", &offer.url);
    g_variant_lookup (dictionary, "downgrade", "b", &offer.downgrade);
    offer.has_size = g_variant_lookup (dictionary, "size", "t", &offer.size);
    return offer;
}

typedef struct {
    const gchar *transaction;
    const gchar *verb;
    const gchar *error;
    const gchar *message;
    const gchar *from;
    const gchar *to;
    guint64      started;
    guint64      finished;
    guint        outcome;
    guint        module_code;
    gboolean     known;
    gboolean     has_module_code;
} Result;

static Result
read_result (MmGdbusModemFota *fota)
{
    GVariant *dictionary = mm_gdbus_modem_fota_get_result (fota);
    Result    result = { NULL };

    if (!dictionary || !g_variant_n_children (dictionary))
        return result;

    result.known = TRUE;
    g_variant_lookup (dictionary, "transaction", "&s", &result.transaction);
    g_variant_lookup (dictionary, "verb", "&s", &result.verb);
    g_variant_lookup (dictionary, "error", "&s", &result.error);
    g_variant_lookup (dictionary, "message", "&s", &result.message);
    g_variant_lookup (dictionary, "from", "&s", &result.from);
    g_variant_lookup (dictionary, "to", "&s", &result.to);
    g_variant_lookup (dictionary, "outcome", "u", &result.outcome);
    g_variant_lookup (dictionary, "started", "t", &result.started);
    g_variant_lookup (dictionary, "finished", "t", &result.finished);
    result.has_module_code = g_variant_lookup (dictionary, "module-code", "u", &result.module_code);
    return result;
}

/* The plugin of an earlier release does not have this property */
gchar *
mmfota_status_dup_server (MmGdbusModemFota *fota)
{
    const gchar *server = mm_gdbus_modem_fota_get_server (fota);

    return g_strdup (server && server[0] ? server : read_offer (fota).url);
}

/*****************************************************************************/
/* Machine-readable */

static JsonObject *
offer_to_tree (MmGdbusModemFota *fota)
{
    Offer       offer = read_offer (fota);
    JsonObject *object = json_object_new ();

    mmfota_tree_add_string (object, "version", offer.version);
    mmfota_tree_add_number (object, "size", offer.has_size, offer.size);
    mmfota_tree_add_string (object, "description", offer.description);
    mmfota_tree_add_string (object, "url", offer.url);
    if (offer.known)
        json_object_set_boolean_member (object, "downgrade", offer.downgrade);
    else
        json_object_set_null_member (object, "downgrade");
    return object;
}

static JsonObject *
result_to_tree (MmGdbusModemFota *fota)
{
    Result      result = read_result (fota);
    JsonObject *object = json_object_new ();

    mmfota_tree_add_string (object, "transaction", result.transaction);
    mmfota_tree_add_string (object, "verb", result.verb);
    mmfota_tree_add_string (object, "outcome", result.known ? mmfota_names_outcome (result.outcome) : NULL);
    mmfota_tree_add_string (object, "error", result.error);
    mmfota_tree_add_string (object, "message", result.message);
    mmfota_tree_add_number (object, "module-code", result.has_module_code, result.module_code);
    mmfota_tree_add_string (object, "from", result.from);
    mmfota_tree_add_string (object, "to", result.to);
    mmfota_tree_add_number (object, "started", result.started > 0, result.started);
    mmfota_tree_add_number (object, "finished", result.finished > 0, result.finished);
    return object;
}

static JsonObject *
fota_to_tree (MmGdbusModemFota *fota)
{
    JsonObject       *object = json_object_new ();
    guint64           total = mm_gdbus_modem_fota_get_bytes_total (fota);
    guint             percent = mm_gdbus_modem_fota_get_percent (fota);
    guint             expected = mm_gdbus_modem_fota_get_expected_seconds (fota);
    guint64           upgrade_time = mm_gdbus_modem_fota_get_upgrade_time (fota);
    g_auto(GStrv)     blockers = mmfota_names_blockers (mm_gdbus_modem_fota_get_blockers (fota));
    g_autofree gchar *server = mmfota_status_dup_server (fota);

    json_object_set_string_member (object, "state",
                                   mmfota_names_state (mm_gdbus_modem_fota_get_state (fota)));
    json_object_set_int_member (object, "module-state", mm_gdbus_modem_fota_get_module_state (fota));
    mmfota_tree_add_string (object, "version", mm_gdbus_modem_fota_get_version (fota));
    mmfota_tree_add_string (object, "build-time", mm_gdbus_modem_fota_get_build_time (fota));
    mmfota_tree_add_string (object, "revision", mm_gdbus_modem_fota_get_revision (fota));
    mmfota_tree_add_string (object, "server", server);
    json_object_set_object_member (object, "update", offer_to_tree (fota));
    mmfota_tree_add_number (object, "bytes-received", TRUE,
                              mm_gdbus_modem_fota_get_bytes_received (fota));
    mmfota_tree_add_number (object, "bytes-total", total > 0, total);
    mmfota_tree_add_number (object, "percent", percent != MM_TDTECH_FOTA_UNKNOWN, percent);
    mmfota_tree_add_number (object, "expected-seconds", expected != MM_TDTECH_FOTA_UNKNOWN, expected);
    json_object_set_boolean_member (object, "interruptible",
                                    mm_gdbus_modem_fota_get_interruptible (fota));
    mmfota_tree_add_string (object, "transaction", mm_gdbus_modem_fota_get_transaction (fota));
    mmfota_tree_add_strv (object, "blockers", (const gchar *const *) blockers);
    mmfota_tree_add_number (object, "upgrade-time", upgrade_time > 0, upgrade_time);
    json_object_set_object_member (object, "result", result_to_tree (fota));
    return object;
}

JsonObject *
mmfota_status_to_tree (const MmfotaIdentity *identity,
                       MmGdbusModemFota     *fota)
{
    JsonObject *tree = json_object_new ();
    JsonObject *modem;

    if (!identity->path) {
        json_object_set_null_member (tree, "modem");
        return tree;
    }

    modem = json_object_new ();
    json_object_set_string_member (modem, "path", identity->path);
    mmfota_tree_add_string (modem, "equipment-identifier", identity->equipment_identifier);
    mmfota_tree_add_string (modem, "device-identifier", identity->device_identifier);
    mmfota_tree_add_string (modem, "device", identity->device);
    if (fota)
        json_object_set_object_member (modem, "fota", fota_to_tree (fota));
    else
        json_object_set_null_member (modem, "fota");
    json_object_set_object_member (tree, "modem", modem);
    return tree;
}

/*****************************************************************************/
/* Human-readable */

static void
add_firmware (GString              *text,
              const MmfotaIdentity *identity,
              MmGdbusModemFota     *fota)
{
    mmfota_table_add_section (text, _("Firmware"));
    mmfota_table_add_row (text, _("modem"), identity->path);
    mmfota_table_add_row (text, _("imei"), identity->equipment_identifier);
    mmfota_table_add_row (text, _("version"), mm_gdbus_modem_fota_get_version (fota));
    mmfota_table_add_row (text, _("build time"), mm_gdbus_modem_fota_get_build_time (fota));
    mmfota_table_add_row (text, _("revision"), mm_gdbus_modem_fota_get_revision (fota));
}

static void
add_status (GString          *text,
            MmGdbusModemFota *fota)
{
    g_auto(GStrv)     blockers = mmfota_names_blocker_labels (mm_gdbus_modem_fota_get_blockers (fota));
    guint             percent = mm_gdbus_modem_fota_get_percent (fota);
    guint             expected = mm_gdbus_modem_fota_get_expected_seconds (fota);
    guint64           received = mm_gdbus_modem_fota_get_bytes_received (fota);
    guint64           total = mm_gdbus_modem_fota_get_bytes_total (fota);
    guint64           upgrade_time = mm_gdbus_modem_fota_get_upgrade_time (fota);
    g_autofree gchar *server = mmfota_status_dup_server (fota);
    guint             state = mm_gdbus_modem_fota_get_state (fota);
    /* No offer once it was discarded or installed */
    gboolean          has_progress = state >= MM_TDTECH_FOTA_STATE_DOWNLOADING;

    mmfota_table_add_section (text, _("Status"));
    mmfota_table_add_row (text, _("state"), mmfota_names_state_label (state));
    mmfota_table_add_row_take (text, _("module state"),
                               g_strdup_printf ("%d", mm_gdbus_modem_fota_get_module_state (fota)));
    mmfota_table_add_row (text, _("interruptible"), mm_gdbus_modem_fota_get_interruptible (fota) ? _("yes") : _("no"));
    mmfota_table_add_row (text, _("transaction"), mm_gdbus_modem_fota_get_transaction (fota));
    if (g_strcmp0 (server, read_offer (fota).url) != 0)
        mmfota_table_add_row (text, _("server"), server);
    if (has_progress && percent != MM_TDTECH_FOTA_UNKNOWN)
        mmfota_table_add_row_take (text, _("progress"), g_strdup_printf ("%u %%", percent));
    if (has_progress && total)
        mmfota_table_add_row_take (text, _("downloaded"), mmfota_text_size_of (received, total));
    else if (has_progress && received)
        mmfota_table_add_row_take (text, _("downloaded"), mmfota_text_size (received));
    if (expected != MM_TDTECH_FOTA_UNKNOWN)
        mmfota_table_add_row_take (text, _("time left"), mmfota_text_duration (expected));
    mmfota_table_add_row_take (text, _("blockers"), mmfota_text_list (blockers));
    if (upgrade_time)
        mmfota_table_add_row_take (text, _("upgrade at"), mmfota_text_time (upgrade_time));
}

static void
add_offer (GString          *text,
           MmGdbusModemFota *fota)
{
    Offer offer = read_offer (fota);

    if (!offer.known)
        return;
    mmfota_table_add_section (text, _("Update"));
    mmfota_table_add_row (text, _("version"), offer.version && offer.version[0] ? offer.version : "--");
    if (offer.has_size)
        mmfota_table_add_row_take (text, _("size"), mmfota_text_size (offer.size));
    mmfota_table_add_row (text, _("downgrade"), offer.downgrade ? _("yes") : NULL);
    mmfota_table_add_row (text, _("description"), offer.description);
    mmfota_table_add_row (text, _("server"), offer.url);
}

static void
add_result (GString          *text,
            MmGdbusModemFota *fota,
            const gchar      *message)
{
    Result   result = read_result (fota);
    gboolean installs_nothing = result.verb && g_ascii_strcasecmp (result.verb, "check") == 0;

    if (!result.known)
        return;
    mmfota_table_add_section (text, _("Result"));
    mmfota_table_add_row (text, _("outcome"), mmfota_names_outcome_label (result.outcome));
    mmfota_table_add_row (text, _("verb"), mmfota_names_verb_label (result.verb));
    mmfota_table_add_row (text, _("error"), result.error);
    mmfota_table_add_row (text, _("message"), message ? message : result.message);
    if (result.error && result.error[0] && result.has_module_code)
        mmfota_table_add_row_take (text, _("module code"), g_strdup_printf ("%u", result.module_code));
    mmfota_table_add_row (text, installs_nothing ? _("running") : _("from"), result.from);
    mmfota_table_add_row (text, installs_nothing ? _("found") : _("to"), result.to);
    if (result.started)
        mmfota_table_add_row_take (text, _("started"), mmfota_text_time (result.started));
    if (result.finished)
        mmfota_table_add_row_take (text, _("finished"), mmfota_text_time (result.finished));
    mmfota_table_add_row (text, _("transaction"), result.transaction);
}

gchar *
mmfota_status_to_text (const MmfotaIdentity *identity,
                       MmGdbusModemFota     *fota,
                       const gchar          *message)
{
    GString *text = g_string_new (NULL);

    add_firmware (text, identity, fota);
    add_status (text, fota);
    add_offer (text, fota);
    add_result (text, fota, message);
    return g_string_free (text, FALSE);
}

/*****************************************************************************/
/* One line */

gchar *
mmfota_status_to_line (MmGdbusModemFota *fota,
                       gboolean          progress)
{
    GString          *line;
    g_auto(GStrv)     blockers = mmfota_names_blocker_labels (mm_gdbus_modem_fota_get_blockers (fota));
    guint             state = mm_gdbus_modem_fota_get_state (fota);
    guint             percent = mm_gdbus_modem_fota_get_percent (fota);
    guint64           total = mm_gdbus_modem_fota_get_bytes_total (fota);

    line = g_string_new (mmfota_names_state_label (state));
    if (progress && state == MM_TDTECH_FOTA_STATE_DOWNLOADING && percent != MM_TDTECH_FOTA_UNKNOWN)
        g_string_append_printf (line, _(", %u %%"), percent);
    if (progress && state == MM_TDTECH_FOTA_STATE_DOWNLOADING && total) {
        g_autofree gchar *bytes = mmfota_text_size_of (mm_gdbus_modem_fota_get_bytes_received (fota), total);

        g_string_append_printf (line, _(", %s"), bytes);
    }
    if (blockers[0]) {
        g_autofree gchar *joined = mmfota_text_list (blockers);

        g_string_append_printf (line, _(" (blocked by: %s)"), joined);
    }
    return g_string_free (line, FALSE);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-output.h"

#include <stdio.h>

#include <glib/gi18n.h>

#include "mmfota-error.h"
#include "mmfota-tree.h"

#define CORE_ERROR_PREFIX "org.freedesktop.ModemManager1.Error.Core."

gchar *
mmfota_output_format (MmfotaOutputType  type,
                      JsonObject       *tree)
{
    g_autofree gchar *json = NULL;

    if (type != MMFOTA_OUTPUT_JSON)
        return mmfota_tree_to_keyvalue (tree);
    json = mmfota_tree_to_json (tree);
    return g_strconcat (json, "\n", NULL);
}

/* Not g_print (), which converts to the locale's encoding: machine-readable output is UTF-8 */
void
mmfota_output_write (const gchar *text)
{
    fputs (text, stdout);
    fflush (stdout);
}

void
mmfota_output_print (MmfotaOutputType  type,
                     JsonObject       *tree)
{
    g_autofree gchar *text = mmfota_output_format (type, tree);

    mmfota_output_write (text);
}

MmfotaExit
mmfota_output_error_exit (const GError *error)
{
    static const gchar *const unauthorized[] = {
        CORE_ERROR_PREFIX "Unauthorized",
        "org.freedesktop.DBus.Error.AccessDenied",
        "org.freedesktop.DBus.Error.AuthFailed",
        "org.freedesktop.PolicyKit1.Error.NotAuthorized",
        NULL
    };
    static const gchar *const no_modem[] = {
        CORE_ERROR_PREFIX "NotFound",
        "org.freedesktop.DBus.Error.Disconnected",
        "org.freedesktop.DBus.Error.ServiceUnknown",
        "org.freedesktop.DBus.Error.NameHasNoOwner",
        "org.freedesktop.DBus.Error.UnknownObject",
        "org.freedesktop.DBus.Error.UnknownInterface",
        /* GDBus's error for an object that has just left the bus */
        "org.freedesktop.DBus.Error.UnknownMethod",
        NULL
    };
    g_autofree gchar *name = mmfota_error_name (error);

    if (g_strv_contains (unauthorized, name))
        return MMFOTA_EXIT_NOT_AUTHORIZED;
    if (g_strv_contains (no_modem, name))
        return MMFOTA_EXIT_NO_MODEM;
    return MMFOTA_EXIT_FAILED;
}

void
mmfota_output_error_print (const gchar  *what,
                           const GError *error)
{
    g_autofree gchar *text = mmfota_error_text (error);

    g_printerr (_("error: couldn't %s: %s\n"), what, text);
}

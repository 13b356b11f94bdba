/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-error.h"

#include <gio/gio.h>
#include <libmm-glib.h>

#include "mmfota-advice.h"
#include "mmfota-text.h"

#define CORE_ERROR_PREFIX "org.freedesktop.ModemManager1.Error.Core."

gchar *
mmfota_error_name (const GError *error)
{
    g_autofree gchar *remote = g_dbus_error_get_remote_error (error);

    if (remote)
        return g_steal_pointer (&remote);
    if (error->domain == MM_CORE_ERROR)
        return g_dbus_error_encode_gerror (error);
    if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
        return g_strdup ("org.freedesktop.DBus.Error.Timeout");
    if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CLOSED))
        return g_strdup ("org.freedesktop.DBus.Error.Disconnected");
    return g_strdup (CORE_ERROR_PREFIX "Failed");
}

gchar *
mmfota_error_text (const GError *error)
{
    g_autoptr(GError) stripped = g_error_copy (error);

    g_dbus_error_strip_remote_error (stripped);
    return mmfota_text_printable (stripped->message);
}

/*****************************************************************************/

GError *
mmfota_error_translate (const GError *error)
{
    g_autofree gchar  *name = g_dbus_error_get_remote_error (error);
    g_autofree gchar  *text = NULL;
    g_autoptr(GError)  stripped = g_error_copy (error);

    if (!name)
        return g_steal_pointer (&stripped);
    g_dbus_error_strip_remote_error (stripped);
    text = mmfota_advice_describe (name, stripped->message);
    if (g_strcmp0 (text, stripped->message) == 0)
        return g_error_copy (error);
    return g_dbus_error_new_for_dbus_error (name, text);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-away.h"

#include "mmfota-question.h"

#define LOGIND_NAME      "org.freedesktop.login1"
#define LOGIND_PATH      "/org/freedesktop/login1"
#define LOGIND_INTERFACE "org.freedesktop.login1.Manager"

#define ANSWER_LIMIT 2000 /* ms */

static GVariant *
ask (GDBusConnection    *connection,
     const gchar        *name,
     const gchar        *path,
     const gchar        *interface,
     const gchar        *method,
     GVariant           *arguments,
     const GVariantType *type)
{
    g_autoptr(GError)  error = NULL;
    GVariant          *answer;

    answer = g_dbus_connection_call_sync (connection, name, path, interface, method, arguments, type,
                                          G_DBUS_CALL_FLAGS_NO_AUTO_START, ANSWER_LIMIT, NULL, &error);
    if (!answer)
        g_debug ("%s tells nothing: %s", name, error->message);
    return answer;
}

/* Only an upgrade blocks sleep; ModemManager itself merely delays it */
static gboolean
is_blocking (GDBusConnection *connection)
{
    g_autoptr(GVariant)  answer = NULL;
    g_autoptr(GVariant)  inhibitors = NULL;
    GVariantIter         iter;
    const gchar         *who;
    const gchar         *mode;

    answer = ask (connection, LOGIND_NAME, LOGIND_PATH, LOGIND_INTERFACE, "ListInhibitors",
                  NULL, G_VARIANT_TYPE ("(a(ssssuu))"));
    if (!answer)
        return FALSE;
    inhibitors = g_variant_get_child_value (answer, 0);
    g_variant_iter_init (&iter, inhibitors);
    while (g_variant_iter_loop (&iter, "(&s&s&s&suu)", NULL, &who, NULL, &mode, NULL, NULL)) {
        if (g_str_equal (who, "ModemManager") && g_str_equal (mode, "block"))
            return TRUE;
    }
    return FALSE;
}

static gboolean
is_upgraded_by_agent (GDBusConnection *connection,
                      const gchar     *which)
{
    g_autoptr(GVariant)  answer = NULL;
    g_autoptr(GVariant)  boxed = NULL;
    gsize                i;

    answer = ask (connection, MMFOTA_AGENT_NAME, MMFOTA_AGENT_PATH, "org.freedesktop.DBus.Properties", "Get",
                  g_variant_new ("(ss)", MMFOTA_AGENT_INTERFACE, "Modems"), G_VARIANT_TYPE ("(v)"));
    if (!answer)
        return FALSE;
    g_variant_get (answer, "(v)", &boxed);
    if (!g_variant_is_of_type (boxed, G_VARIANT_TYPE ("aa{sv}")))
        return FALSE;
    for (i = 0; i < g_variant_n_children (boxed); i++) {
        g_autoptr(GVariant)  modem = g_variant_get_child_value (boxed, i);
        const gchar         *activity = "";
        const gchar         *device = "";

        g_variant_lookup (modem, "activity", "&s", &activity);
        g_variant_lookup (modem, "device", "&s", &device);
        if (g_str_equal (activity, "upgrading") && (!which || g_str_equal (which, device)))
            return TRUE;
    }
    return FALSE;
}

gboolean
mmfota_away_is_upgrading (GDBusConnection *connection,
                          const gchar     *which)
{
    return is_blocking (connection) || is_upgraded_by_agent (connection, which);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-agent-authority.h"

#include <unistd.h>

#define POLKIT_NAME      "org.freedesktop.PolicyKit1"
#define POLKIT_PATH      "/org/freedesktop/PolicyKit1/Authority"
#define POLKIT_INTERFACE "org.freedesktop.PolicyKit1.Authority"

/* CheckAuthorizationFlags */
#define ALLOW_USER_INTERACTION 1u

/* Each call may wait for a person to type a password */
#define PENDING_MAX 64

#define BUS_NAME "org.freedesktop.DBus"
#define BUS_PATH "/org/freedesktop/DBus"

typedef struct {
    GDBusMethodInvocation    *invocation;
    MmfotaAgentAuthorityDone  done;
    gpointer                  user_data;
} Check;

static guint pending;

static void
check_end (Check    *check,
           gboolean  allowed)
{
    pending--;
    check->done (allowed, check->user_data);
    g_object_unref (check->invocation);
    g_free (check);
}

static void
user_ready (GObject      *source,
            GAsyncResult *res,
            gpointer      user_data)
{
    Check               *check = user_data;
    g_autoptr(GVariant)  answer = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), res, NULL);
    guint32              uid = G_MAXUINT32;

    if (answer)
        g_variant_get (answer, "(u)", &uid);
    check_end (check, answer && (uid == 0 || uid == (guint32) geteuid ()));
}

static void
polkit_ready (GObject      *source,
              GAsyncResult *res,
              gpointer      user_data)
{
    Check               *check = user_data;
    g_autoptr(GError)    error = NULL;
    g_autoptr(GVariant)  answer = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), res, &error);
    gboolean             allowed = FALSE;

    if (answer) {
        g_variant_get (answer, "((bba{ss}))", &allowed, NULL, NULL);
        check_end (check, allowed);
        return;
    }
    if (!g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN) &&
        !g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_NAME_HAS_NO_OWNER)) {
        g_warning ("polkit could not be asked: %s", error->message);
        check_end (check, FALSE);
        return;
    }
    g_dbus_connection_call (G_DBUS_CONNECTION (source), BUS_NAME, BUS_PATH, BUS_NAME, "GetConnectionUnixUser",
                            g_variant_new ("(s)", g_dbus_method_invocation_get_sender (check->invocation)),
                            G_VARIANT_TYPE ("(u)"), G_DBUS_CALL_FLAGS_NONE, -1, NULL, user_ready, check);
}

void
mmfota_agent_authority_check (GDBusMethodInvocation    *invocation,
                              const gchar              *action,
                              MmfotaAgentAuthorityDone  done,
                              gpointer                  user_data)
{
    GDBusMessage    *message = g_dbus_method_invocation_get_message (invocation);
    Check           *check;
    GVariantBuilder  subject;
    guint32          flags = 0;

    if (pending >= PENDING_MAX) {
        done (FALSE, user_data);
        return;
    }
    pending++;
    check = g_new0 (Check, 1);
    if (g_dbus_message_get_flags (message) & G_DBUS_MESSAGE_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION)
        flags = ALLOW_USER_INTERACTION;
    check->invocation = g_object_ref (invocation);
    check->done = done;
    check->user_data = user_data;
    g_variant_builder_init (&subject, G_VARIANT_TYPE ("a{sv}"));
    g_variant_builder_add (&subject, "{sv}", "name", g_variant_new_string (g_dbus_method_invocation_get_sender (invocation)));
    /* A person may take long over a password */
    g_dbus_connection_call (g_dbus_method_invocation_get_connection (invocation), POLKIT_NAME, POLKIT_PATH, POLKIT_INTERFACE,
                            "CheckAuthorization",
                            g_variant_new ("((sa{sv})sa{ss}us)", "system-bus-name", &subject, action, NULL, flags, ""),
                            G_VARIANT_TYPE ("((bba{ss}))"), G_DBUS_CALL_FLAGS_NONE, G_MAXINT, NULL, polkit_ready, check);
}

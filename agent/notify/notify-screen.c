/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "notify-screen.h"

#include "notify-sound.h"

#define SERVER_NAME      "org.freedesktop.Notifications"
#define SERVER_PATH      "/org/freedesktop/Notifications"
#define SERVER_INTERFACE "org.freedesktop.Notifications"

#define ICON     "modem" /* Icon Naming Specification */
#define SOUND    "dialog-information"
#define ALARM    "dialog-warning"
#define NO_LIMIT 0       /* the server must not close it by itself */
#define AT_ONCE  1       /* ms */

#define URGENCY_NORMAL   1
#define URGENCY_CRITICAL 2

struct _NotifyScreen {
    GDBusConnection *session;
    NotifyChosen     chosen;
    gpointer         user_data;
    guint            watch_id;
    guint            signal_id;
    GCancellable    *cancellable; /* for all calls to the current server */
    gboolean         looked;      /* whether there is a server is known */
    gchar           *owner;       /* the server's unique name; NULL: there is no server */
    gchar          **capabilities; /* NULL: not known yet */
    gboolean         keeps_closed; /* GNOME's notification-daemon: see close_shown () */
    NotifyMessage   *message;     /* that should be visible */
    gboolean         heard;
    gboolean         waiting;     /* waiting for the reply to Notify */
    gboolean         stale;       /* the message changed meanwhile */
    guint32          id;          /* id of the visible notification; 0: none */
};

static void update (NotifyScreen *self);

/*****************************************************************************/
/* Calls to the server */

static gboolean
is_capable (NotifyScreen *self,
            const gchar  *capability)
{
    return g_strv_contains ((const gchar *const *) self->capabilities, capability);
}

static GVariant *
build_hints (NotifyScreen *self)
{
    GVariantBuilder hints;
    guchar          urgency = self->message->urgent ? URGENCY_CRITICAL : URGENCY_NORMAL;

    g_variant_builder_init (&hints, G_VARIANT_TYPE_VARDICT);
    g_variant_builder_add (&hints, "{sv}", "urgency", g_variant_new_byte (urgency));
    g_variant_builder_add (&hints, "{sv}", "category", g_variant_new_string ("device"));
    g_variant_builder_add (&hints, "{sv}", "desktop-entry", g_variant_new_string ("mmfota-notify"));
    /* It stays until the agent has accepted the answer. */
    g_variant_builder_add (&hints, "{sv}", "resident", g_variant_new_boolean (TRUE));
    if (self->heard && is_capable (self, "sound"))
        g_variant_builder_add (&hints, "{sv}", "sound-name",
                               g_variant_new_string (self->message->urgent ? ALARM : SOUND));
    else
        g_variant_builder_add (&hints, "{sv}", "suppress-sound", g_variant_new_boolean (TRUE));
    return g_variant_builder_end (&hints);
}

static GVariant *
build_arguments (NotifyScreen *self)
{
    static const gchar *const  none[] = { NULL };
    g_autofree gchar          *escaped = NULL;
    const gchar *const        *actions = none;

    if (is_capable (self, "actions"))
        actions = (const gchar *const *) self->message->choices;
    if (is_capable (self, "body-markup"))
        escaped = g_markup_escape_text (self->message->body, -1);
    return g_variant_new ("(susss^as@a{sv}i)", "mmfota", self->id, ICON, self->message->summary,
                          escaped ? escaped : self->message->body, actions, build_hints (self), NO_LIMIT);
}

/* notification-daemon 3.20 never removes a notification without a timeout: it reports that it
 * was closed, but keeps showing it. */
static void
give_limit (NotifyScreen *self,
            guint32       id)
{
    static const gchar *const none[] = { NULL };
    GVariantBuilder           hints;

    g_variant_builder_init (&hints, G_VARIANT_TYPE_VARDICT);
    g_variant_builder_add (&hints, "{sv}", "suppress-sound", g_variant_new_boolean (TRUE));
    g_dbus_connection_call (self->session, self->owner, SERVER_PATH, SERVER_INTERFACE, "Notify",
                            g_variant_new ("(susss^asa{sv}i)", "mmfota", id, ICON, "", "", none, &hints, AT_ONCE),
                            NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL, NULL);
}

static void
close_shown (NotifyScreen *self)
{
    guint32 id = self->id;

    self->id = 0;
    if (!id || !self->owner)
        return;
    if (self->keeps_closed)
        give_limit (self, id);
    g_dbus_connection_call (self->session, self->owner, SERVER_PATH, SERVER_INTERFACE, "CloseNotification",
                            g_variant_new ("(u)", id), NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL, NULL);
}

static void
notify_ready (GDBusConnection *session,
              GAsyncResult    *res,
              NotifyScreen    *self)
{
    g_autoptr(GVariant) answer = NULL;
    g_autoptr(GError)   error = NULL;

    answer = g_dbus_connection_call_finish (session, res, &error);
    /* The server may be gone; if the call was cancelled, so is self */
    if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return;
    self->waiting = FALSE;
    if (answer)
        g_variant_get (answer, "(u)", &self->id);
    else
        g_message ("the notification could not be shown: %s", error->message);
    if (self->stale)
        update (self);
}

static void
show (NotifyScreen *self)
{
    self->waiting = TRUE;
    self->stale = FALSE;
    g_dbus_connection_call (self->session, self->owner, SERVER_PATH, SERVER_INTERFACE, "Notify",
                            build_arguments (self), G_VARIANT_TYPE ("(u)"), G_DBUS_CALL_FLAGS_NONE, -1,
                            self->cancellable, (GAsyncReadyCallback) notify_ready, self);
    if (self->heard && !is_capable (self, "sound"))
        notify_sound_play (self->message->urgent ? ALARM : SOUND);
    /* Once for each message, however often it is shown */
    self->heard = FALSE;
}

/*****************************************************************************/
/* The server appears and disappears */

static void
start_ready (GDBusConnection *session,
             GAsyncResult    *res,
             gpointer         user_data)
{
    g_autoptr(GVariant) answer = NULL;
    g_autoptr(GError)   error = NULL;

    answer = g_dbus_connection_call_finish (session, res, &error);
    if (!answer)
        g_message ("nothing in this session shows notifications (%s): "
                   "'mmfota --agent-status' shows the question", error->message);
}

/* Some servers are started by the bus on demand. */
static void
start_server (NotifyScreen *self)
{
    g_dbus_connection_call (self->session, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                            "StartServiceByName", g_variant_new ("(su)", SERVER_NAME, 0), NULL,
                            G_DBUS_CALL_FLAGS_NONE, -1, NULL, (GAsyncReadyCallback) start_ready, NULL);
}

static void
update (NotifyScreen *self)
{
    if (self->waiting)
        self->stale = TRUE;
    else if (!self->message)
        close_shown (self);
    else if (self->capabilities)
        show (self);
    else if (self->looked && !self->owner)
        start_server (self);
}

static void
capabilities_ready (GDBusConnection *session,
                    GAsyncResult    *res,
                    NotifyScreen    *self)
{
    g_autoptr(GVariant) answer = NULL;
    g_autoptr(GError)   error = NULL;

    answer = g_dbus_connection_call_finish (session, res, &error);
    if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return;
    if (answer)
        g_variant_get (answer, "(^as)", &self->capabilities);
    else
        self->capabilities = g_new0 (gchar *, 1);
    if (self->message)
        update (self);
}

/* Ask for this before the capabilities, so that it is known when something is shown. */
static void
information_ready (GDBusConnection *session,
                   GAsyncResult    *res,
                   NotifyScreen    *self)
{
    g_autoptr(GVariant)  answer = NULL;
    g_autoptr(GError)    error = NULL;
    const gchar         *name;
    const gchar         *vendor;

    answer = g_dbus_connection_call_finish (session, res, &error);
    if (!answer)
        return;
    g_variant_get (answer, "(&s&s&s&s)", &name, &vendor, NULL, NULL);
    self->keeps_closed = g_str_equal (name, "Notification Daemon") && g_str_equal (vendor, "GNOME");
}

static void
forget_server (NotifyScreen *self)
{
    g_cancellable_cancel (self->cancellable);
    g_clear_object (&self->cancellable);
    g_clear_pointer (&self->owner, g_free);
    g_clear_pointer (&self->capabilities, g_strfreev);
    self->keeps_closed = FALSE;
    self->waiting = FALSE;
    self->stale = FALSE;
    self->id = 0;
}

static void
server_appeared (GDBusConnection *session,
                 const gchar     *name,
                 const gchar     *owner,
                 gpointer         user_data)
{
    NotifyScreen *self = user_data;

    forget_server (self);
    self->looked = TRUE;
    self->owner = g_strdup (owner);
    self->cancellable = g_cancellable_new ();
    g_dbus_connection_call (session, owner, SERVER_PATH, SERVER_INTERFACE, "GetServerInformation", NULL,
                            G_VARIANT_TYPE ("(ssss)"), G_DBUS_CALL_FLAGS_NONE, -1, self->cancellable,
                            (GAsyncReadyCallback) information_ready, self);
    g_dbus_connection_call (session, owner, SERVER_PATH, SERVER_INTERFACE, "GetCapabilities", NULL,
                            G_VARIANT_TYPE ("(as)"), G_DBUS_CALL_FLAGS_NONE, -1, self->cancellable,
                            (GAsyncReadyCallback) capabilities_ready, self);
}

static void
server_vanished (GDBusConnection *session,
                 const gchar     *name,
                 gpointer         user_data)
{
    NotifyScreen *self = user_data;
    gboolean      first = !self->looked;

    forget_server (self);
    self->looked = TRUE;
    /* Do not restart a server that has ended: the session may be ending. */
    if (first && self->message)
        update (self);
}

/*****************************************************************************/
/* Actions of the user */

static gboolean
offers (const NotifyMessage *message,
        const gchar         *choice)
{
    guint i;

    for (i = 0; message->choices[i]; i += 2) {
        if (g_str_equal (message->choices[i], choice))
            return TRUE;
    }
    return FALSE;
}

static void
action_invoked (NotifyScreen *self,
                GVariant     *parameters)
{
    const gchar *choice;
    guint32      id;

    g_variant_get (parameters, "(u&s)", &id, &choice);
    if (id && id == self->id && self->message && offers (self->message, choice))
        self->chosen (choice, self->user_data);
}

/* Expired or dismissed: neither a yes nor a no. */
static void
notification_closed (NotifyScreen *self,
                     GVariant     *parameters)
{
    guint32 id;

    g_variant_get (parameters, "(uu)", &id, NULL);
    if (!id || id != self->id)
        return;
    self->id = 0;
    /* What was sent meanwhile will still be delivered. */
    if (!self->waiting)
        g_clear_pointer (&self->message, notify_message_free);
}

static void
signalled (GDBusConnection *session,
           const gchar     *sender,
           const gchar     *path,
           const gchar     *interface,
           const gchar     *signal,
           GVariant        *parameters,
           gpointer         user_data)
{
    NotifyScreen *self = user_data;

    if (g_str_equal (signal, "ActionInvoked") && g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(us)")))
        action_invoked (self, parameters);
    else if (g_str_equal (signal, "NotificationClosed") && g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(uu)")))
        notification_closed (self, parameters);
}

/*****************************************************************************/

void
notify_screen_show (NotifyScreen  *self,
                    NotifyMessage *message,
                    gboolean       heard)
{
    g_clear_pointer (&self->message, notify_message_free);
    self->message = message;
    self->heard = self->heard || heard;
    update (self);
}

void
notify_screen_withdraw (NotifyScreen *self)
{
    g_clear_pointer (&self->message, notify_message_free);
    self->heard = FALSE;
    update (self);
}

NotifyScreen *
notify_screen_new (GDBusConnection *session,
                   NotifyChosen     chosen,
                   gpointer         user_data)
{
    NotifyScreen *self = g_new0 (NotifyScreen, 1);

    self->session = g_object_ref (session);
    self->chosen = chosen;
    self->user_data = user_data;
    self->signal_id = g_dbus_connection_signal_subscribe (session, SERVER_NAME, SERVER_INTERFACE, NULL, SERVER_PATH,
                                                          NULL, G_DBUS_SIGNAL_FLAGS_NONE, signalled, self, NULL);
    self->watch_id = g_bus_watch_name_on_connection (session, SERVER_NAME, G_BUS_NAME_WATCHER_FLAGS_NONE,
                                                     server_appeared, server_vanished, self, NULL);
    return self;
}

void
notify_screen_free (NotifyScreen *self)
{
    close_shown (self);
    g_bus_unwatch_name (self->watch_id);
    g_dbus_connection_signal_unsubscribe (self->session, self->signal_id);
    forget_server (self);
    g_clear_pointer (&self->message, notify_message_free);
    g_object_unref (self->session);
    g_free (self);
}

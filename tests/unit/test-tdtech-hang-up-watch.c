/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/* Who hangs up what, as callers do it on D-Bus */

#include "fake-bearer.h"
#include "fake-bus.h"
#include "fake-clock.h"
#include "fake-modem.h"

#include "mm-daemon-compat.h"
#include "mm-tdtech-hang-up-watch.h"

#define MODEM_PATH "/org/freedesktop/ModemManager1/Modem/0"
#define MODEM      "org.freedesktop.ModemManager1.Modem"
#define SIMPLE     "org.freedesktop.ModemManager1.Modem.Simple"
#define BEARER     "org.freedesktop.ModemManager1.Bearer"

typedef struct {
    GDBusConnection          *server;
    GDBusConnection          *client;
    GDBusObjectManagerServer *manager;
    MMBaseModem              *modem;
    MMBaseBearer             *bearer;
    const gchar              *path;
    MmGdbusModemSimple       *simple;
    MmGdbusModem             *iface;
    MMTdtechHangUpWatch      *watch;
    GDBusMethodInvocation    *invocation;    /* the last one */
    GString                  *told;
    guint                     n_calls;
    guint                     n_replies;
    gboolean                  questions_are_lost;
    gboolean                  handler_authorizes;
    gchar                    *told_at_reply;
} Fixture;

/*****************************************************************************/
/* The bus */

/* In GDBus's own thread */
static GDBusMessage *
question_filter (GDBusConnection *connection,
                 GDBusMessage    *message,
                 gboolean         incoming,
                 gpointer         user_data)
{
    Fixture *fixture = user_data;

    if (incoming || !g_atomic_int_get (&fixture->questions_are_lost) ||
        g_strcmp0 (g_dbus_message_get_member (message), "GetNameOwner") != 0)
        return message;
    g_object_unref (message);
    return NULL;
}

static void
ask_bus (GDBusConnection *connection)
{
    g_autoptr(GVariant) reply = NULL;

    reply = g_dbus_connection_call_sync (connection, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                         "org.freedesktop.DBus", "GetId", NULL, NULL, G_DBUS_CALL_FLAGS_NONE, -1,
                                         NULL, NULL);
}

static void
call_ready (GDBusConnection *connection,
            GAsyncResult    *res,
            Fixture         *fixture)
{
    g_autoptr(GVariant) reply = g_dbus_connection_call_finish (connection, res, NULL);

    fixture->n_replies++;
}

static void
call (Fixture     *fixture,
      const gchar *path,
      const gchar *interface,
      const gchar *method,
      GVariant    *arguments)
{
    fixture->n_calls++;
    g_dbus_connection_call (fixture->client, g_dbus_connection_get_unique_name (fixture->server), path, interface,
                            method, arguments, NULL, G_DBUS_CALL_FLAGS_NONE, G_MAXINT, NULL,
                            (GAsyncReadyCallback) call_ready, fixture);
    FAKE_CLOCK_WAIT_FOR (fixture->n_replies == fixture->n_calls);
    fake_clock_settle ();
}

/* All that the bus has to tell the server has arrived */
static void
settle_bus (Fixture *fixture)
{
    fake_clock_settle ();
    ask_bus (fixture->server);
    fake_clock_settle ();
}

static void
hang_up_bearer (Fixture *fixture)
{
    call (fixture, fixture->path, BEARER, "Disconnect", NULL);
}

static void
hang_up_simple (Fixture     *fixture,
                const gchar *path)
{
    call (fixture, MODEM_PATH, SIMPLE, "Disconnect", g_variant_new ("(o)", path));
}

/* As NetworkManager */
static void
take_name (GDBusConnection *connection)
{
    g_autoptr(GVariant) reply = NULL;

    reply = g_dbus_connection_call_sync (connection, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                         "org.freedesktop.DBus", "RequestName",
                                         g_variant_new ("(su)", "org.freedesktop.NetworkManager", 4), NULL,
                                         G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL);
    g_assert_nonnull (reply);
}

/*****************************************************************************/

static void
hung_up (const gchar *path,
         gpointer     user_data)
{
    Fixture *fixture = user_data;

    g_assert_true (!path || g_str_equal (path, "/") || g_str_equal (path, fixture->path));
    g_string_append_printf (fixture->told, "%s%s", fixture->told->len > 0 ? " " : "", !path ? "all" : g_str_equal (path, "/") ? path : "BEARER");
}

static void
assert_told (Fixture     *fixture,
             const gchar *told)
{
    g_assert_cmpstr (fixture->told->str, ==, told);
}

static gboolean
handle_bearer_disconnect (MmGdbusBearer         *bearer,
                          GDBusMethodInvocation *invocation,
                          gpointer               user_data)
{
    mm_gdbus_bearer_complete_disconnect (bearer, invocation);
    return TRUE;
}

static void
reply_to_simple_disconnect (Fixture *fixture)
{
    g_free (fixture->told_at_reply);
    fixture->told_at_reply = g_strdup (fixture->told->str);
    mm_gdbus_modem_simple_complete_disconnect (fixture->simple, g_object_ref (fixture->invocation));
}

static void
simple_disconnect_authorized (MMBaseModem  *modem,
                              GAsyncResult *res,
                              Fixture      *fixture)
{
    g_assert_true (mm_daemon_base_modem_authorize_finish (modem, res, NULL));
    reply_to_simple_disconnect (fixture);
}

static gboolean
handle_simple_disconnect (MmGdbusModemSimple    *simple,
                          GDBusMethodInvocation *invocation,
                          const gchar           *path,
                          gpointer               user_data)
{
    Fixture *fixture = user_data;

    g_set_object (&fixture->invocation, invocation);
    g_object_unref (invocation);
    if (fixture->handler_authorizes)
        mm_daemon_base_modem_authorize (fixture->modem, invocation, MM_AUTHORIZATION_DEVICE_CONTROL,
                                        (GAsyncReadyCallback) simple_disconnect_authorized, fixture);
    else
        reply_to_simple_disconnect (fixture);
    return TRUE;
}

static gboolean
handle_delete_bearer (MmGdbusModem          *iface,
                      GDBusMethodInvocation *invocation,
                      const gchar           *path,
                      gpointer               user_data)
{
    mm_gdbus_modem_complete_delete_bearer (iface, invocation);
    return TRUE;
}

static gboolean
handle_enable (MmGdbusModem          *iface,
               GDBusMethodInvocation *invocation,
               gboolean               enable,
               gpointer               user_data)
{
    mm_gdbus_modem_complete_enable (iface, invocation);
    return TRUE;
}

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
    fixture->server = fake_bus_connect ();
    fixture->client = fake_bus_connect ();
    fixture->told = g_string_new (NULL);
    g_dbus_connection_add_filter (fixture->server, question_filter, fixture, NULL);
    fixture->manager = g_dbus_object_manager_server_new ("/org/freedesktop/ModemManager1");
    g_dbus_object_manager_server_set_connection (fixture->manager, fixture->server);
    fixture->modem = fake_modem_new (FAKE_TYPE_MODEM);
    fixture->simple = mm_gdbus_modem_simple_skeleton_new ();
    g_signal_connect (fixture->simple, "handle-disconnect", G_CALLBACK (handle_simple_disconnect), fixture);
    g_dbus_object_skeleton_add_interface (G_DBUS_OBJECT_SKELETON (fixture->modem),
                                          G_DBUS_INTERFACE_SKELETON (fixture->simple));
    fixture->iface = mm_gdbus_modem_skeleton_new ();
    g_signal_connect (fixture->iface, "handle-delete-bearer", G_CALLBACK (handle_delete_bearer), NULL);
    g_signal_connect (fixture->iface, "handle-enable", G_CALLBACK (handle_enable), NULL);
    g_dbus_object_skeleton_add_interface (G_DBUS_OBJECT_SKELETON (fixture->modem),
                                          G_DBUS_INTERFACE_SKELETON (fixture->iface));
    g_dbus_object_manager_server_export (fixture->manager, G_DBUS_OBJECT_SKELETON (fixture->modem));

    fixture->bearer = MM_BASE_BEARER (fake_bearer_new (fixture->modem, 1));
    fixture->path = mm_base_bearer_get_path (fixture->bearer);
    g_signal_connect (fixture->bearer, "handle-disconnect", G_CALLBACK (handle_bearer_disconnect), NULL);
    g_assert_true (g_dbus_interface_skeleton_export (G_DBUS_INTERFACE_SKELETON (fixture->bearer), fixture->server,
                                                     fixture->path, NULL));
    fixture->watch = mm_tdtech_hang_up_watch_new (fixture->modem, hung_up, fixture);
    mm_tdtech_hang_up_watch_add_bearer (fixture->watch, fixture->bearer);
    settle_bus (fixture);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
    guint patience;

    g_clear_object (&fixture->watch);
    g_clear_object (&fixture->invocation);
    g_dbus_interface_skeleton_unexport (G_DBUS_INTERFACE_SKELETON (fixture->bearer));
    g_dbus_object_manager_server_unexport (fixture->manager, MODEM_PATH);
    g_dbus_object_skeleton_remove_interface (G_DBUS_OBJECT_SKELETON (fixture->modem),
                                             G_DBUS_INTERFACE_SKELETON (fixture->simple));
    g_dbus_object_skeleton_remove_interface (G_DBUS_OBJECT_SKELETON (fixture->modem),
                                             G_DBUS_INTERFACE_SKELETON (fixture->iface));
    fake_modem_remove (fixture->modem);
    g_object_add_weak_pointer (G_OBJECT (fixture->bearer), (gpointer *) &fixture->bearer);
    g_object_add_weak_pointer (G_OBJECT (fixture->simple), (gpointer *) &fixture->simple);
    g_object_add_weak_pointer (G_OBJECT (fixture->iface), (gpointer *) &fixture->iface);
    g_object_unref (fixture->bearer);
    g_object_unref (fixture->simple);
    g_object_unref (fixture->iface);
    g_object_unref (fixture->modem);
    g_object_unref (fixture->manager);
    g_dbus_connection_close_sync (fixture->server, NULL, NULL);
    g_dbus_connection_close_sync (fixture->client, NULL, NULL);
    /* GDBus's thread may be the last to let go of them, and wakes nobody then */
    patience = fake_clock_patience_begin ("bearer and modem are free");
    while (fixture->bearer || fixture->simple || fixture->iface) {
        fake_clock_settle ();
        g_usleep (1000);
    }
    fake_clock_patience_end (patience);
    g_object_unref (fixture->server);
    g_object_unref (fixture->client);
    g_string_free (fixture->told, TRUE);
    g_free (fixture->told_at_reply);
}

/*****************************************************************************/

static void
test_bearer (Fixture       *fixture,
             gconstpointer  data)
{
    hang_up_bearer (fixture);
    assert_told (fixture, "BEARER");
}

static void
test_simple (Fixture       *fixture,
             gconstpointer  data)
{
    hang_up_simple (fixture, fixture->path);
    hang_up_simple (fixture, "/");
    assert_told (fixture, "BEARER all");
    /* Another method hangs nothing up */
    call (fixture, MODEM_PATH, SIMPLE, "GetStatus", NULL);
    assert_told (fixture, "BEARER all");
}

/* Whoever deletes a bearer or disables the modem hangs up, NetworkManager included */
static void
test_modem (Fixture       *fixture,
            gconstpointer  data)
{
    call (fixture, MODEM_PATH, MODEM, "DeleteBearer", g_variant_new ("(o)", fixture->path));
    assert_told (fixture, "BEARER");
    call (fixture, MODEM_PATH, MODEM, "Enable", g_variant_new ("(b)", TRUE));
    call (fixture, MODEM_PATH, MODEM, "ListBearers", NULL);
    assert_told (fixture, "BEARER");
    call (fixture, MODEM_PATH, MODEM, "Enable", g_variant_new ("(b)", FALSE));
    assert_told (fixture, "BEARER all");

    /* "/" is all of them for Simple.Disconnect alone: ModemManager refuses to delete it */
    call (fixture, MODEM_PATH, MODEM, "DeleteBearer", g_variant_new ("(o)", "/"));
    assert_told (fixture, "BEARER all /");

    take_name (fixture->client);
    settle_bus (fixture);
    call (fixture, MODEM_PATH, MODEM, "DeleteBearer", g_variant_new ("(o)", fixture->path));
    call (fixture, MODEM_PATH, MODEM, "Enable", g_variant_new ("(b)", FALSE));
    assert_told (fixture, "BEARER all / BEARER all");

    fake_modem_set_authorization (fixture->modem, FAKE_AUTHORIZATION_DENIED);
    call (fixture, MODEM_PATH, MODEM, "DeleteBearer", g_variant_new ("(o)", fixture->path));
    call (fixture, MODEM_PATH, MODEM, "Enable", g_variant_new ("(b)", FALSE));
    assert_told (fixture, "BEARER all / BEARER all");
}

/* A bearer that is seen again is not told twice */
static void
test_twice (Fixture       *fixture,
            gconstpointer  data)
{
    mm_tdtech_hang_up_watch_add_bearer (fixture->watch, fixture->bearer);
    hang_up_bearer (fixture);
    hang_up_simple (fixture, "/");
    assert_told (fixture, "BEARER all");
}

static void
test_no_simple (Fixture       *fixture,
                gconstpointer  data)
{
    g_autoptr(MMTdtechHangUpWatch) watch = NULL;

    g_dbus_object_skeleton_remove_interface (G_DBUS_OBJECT_SKELETON (fixture->modem),
                                             G_DBUS_INTERFACE_SKELETON (fixture->simple));
    watch = mm_tdtech_hang_up_watch_new (fixture->modem, hung_up, fixture);
    mm_tdtech_hang_up_watch_add_bearer (watch, fixture->bearer);
    hang_up_bearer (fixture);
    assert_told (fixture, "BEARER BEARER");
    g_dbus_object_skeleton_add_interface (G_DBUS_OBJECT_SKELETON (fixture->modem),
                                          G_DBUS_INTERFACE_SKELETON (fixture->simple));
}

/* It cleans up whenever a modem is connected no more */
static void
test_network_manager (Fixture       *fixture,
                      gconstpointer  data)
{
    take_name (fixture->client);
    hang_up_simple (fixture, "/");
    assert_told (fixture, "");
    /* One session it hangs up because somebody wants it */
    hang_up_simple (fixture, fixture->path);
    assert_told (fixture, "BEARER");
}

/* Who was NetworkManager is it no more */
static void
test_network_manager_leaves (Fixture       *fixture,
                             gconstpointer  data)
{
    g_autoptr(GVariant) reply = NULL;

    take_name (fixture->client);
    hang_up_simple (fixture, "/");
    assert_told (fixture, "");
    reply = g_dbus_connection_call_sync (fixture->client, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                         "org.freedesktop.DBus", "ReleaseName",
                                         g_variant_new ("(s)", "org.freedesktop.NetworkManager"), NULL,
                                         G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL);
    hang_up_simple (fixture, "/");
    assert_told (fixture, "all");
}

/* It was there before the watch, which knows it by the time that the pause can make it call */
static void
test_network_manager_was_first (Fixture       *fixture,
                                gconstpointer  data)
{
    g_autoptr(MMTdtechHangUpWatch) watch = NULL;

    g_object_run_dispose (G_OBJECT (fixture->watch));
    take_name (fixture->client);
    settle_bus (fixture);
    watch = mm_tdtech_hang_up_watch_new (fixture->modem, hung_up, fixture);
    mm_tdtech_hang_up_watch_add_bearer (watch, fixture->bearer);
    /* Before a pause the module is asked: the bus has answered by then. Here it could take the call first. */
    settle_bus (fixture);
    hang_up_simple (fixture, "/");
    assert_told (fixture, "");
    g_object_run_dispose (G_OBJECT (watch));
}

/* The caller may end the daemon as soon as it has its answer: by then the record says what was hung
 * up. ModemManager asks polkit, too, and answers at once, as the bearers are down. */
static void
test_told_before_the_reply (Fixture       *fixture,
                            gconstpointer  data)
{
    fixture->handler_authorizes = TRUE;
    /* Nothing that is asked only now has been answered by then */
    g_atomic_int_set (&fixture->questions_are_lost, TRUE);
    hang_up_simple (fixture, "/");
    g_assert_cmpstr (fixture->told_at_reply, ==, "all");
    hang_up_simple (fixture, fixture->path);
    g_assert_cmpstr (fixture->told_at_reply, ==, "all BEARER");
    assert_told (fixture, "all BEARER");
}

/* Others may hang up as they like while it is there */
static void
test_another_manager (Fixture       *fixture,
                      gconstpointer  data)
{
    g_autoptr(GDBusConnection) manager = fake_bus_connect ();

    take_name (manager);
    hang_up_simple (fixture, "/");
    assert_told (fixture, "all");
    g_dbus_connection_close_sync (manager, NULL, NULL);
}

static void
test_unauthorized (Fixture       *fixture,
                   gconstpointer  data)
{
    static const FakeAuthorization authorizations[] = { FAKE_AUTHORIZATION_DENIED, FAKE_AUTHORIZATION_LOST };
    guint                          i;

    for (i = 0; i < G_N_ELEMENTS (authorizations); i++) {
        fake_modem_set_authorization (fixture->modem, authorizations[i]);
        hang_up_bearer (fixture);
        hang_up_simple (fixture, "/");
        assert_told (fixture, "");
    }
}

/* Whoever watched is gone when polkit answers */
static void
test_watch_ends (Fixture       *fixture,
                 gconstpointer  data)
{
    g_autofree gchar *asked = NULL;

    fake_modem_set_authorization (fixture->modem, FAKE_AUTHORIZATION_LATE);
    hang_up_bearer (fixture);
    hang_up_simple (fixture, "/");
    g_assert_cmpuint (fake_modem_n_waiting (fixture->modem), ==, 2);
    g_object_run_dispose (G_OBJECT (fixture->watch));
    fake_modem_authorize_now (fixture->modem, TRUE);
    fake_modem_authorize_now (fixture->modem, TRUE);
    settle_bus (fixture);
    assert_told (fixture, "");
    /* Nor is anything asked from then on */
    g_free (fake_modem_take_authorizations (fixture->modem));
    fake_modem_set_authorization (fixture->modem, FAKE_AUTHORIZATION_GRANTED);
    hang_up_bearer (fixture);
    asked = fake_modem_take_authorizations (fixture->modem);
    g_assert_cmpstr (asked, ==, "");
}

/* It is gone when ModemManager's thread comes to what GDBus's thread has queued */
static void
test_watch_ends_at_once (Fixture       *fixture,
                         gconstpointer  data)
{
    g_autofree gchar *asked = NULL;
    gboolean          granted = FALSE;

    hang_up_simple (fixture, "/");
    assert_told (fixture, "all");
    g_free (fake_modem_take_authorizations (fixture->modem));
    g_signal_emit_by_name (fixture->simple, "g-authorize-method", fixture->invocation, &granted);
    g_assert_true (granted);
    g_object_run_dispose (G_OBJECT (fixture->watch));
    fake_clock_settle ();
    asked = fake_modem_take_authorizations (fixture->modem);
    g_assert_cmpstr (asked, ==, "");
    assert_told (fixture, "all");
}

/* Who NetworkManager is can't be known: it was not it */
static void
test_question_lost (Fixture       *fixture,
                    gconstpointer  data)
{
    g_autoptr(MMTdtechHangUpWatch) watch = NULL;

    g_object_run_dispose (G_OBJECT (fixture->watch));
    take_name (fixture->client);
    settle_bus (fixture);
    g_atomic_int_set (&fixture->questions_are_lost, TRUE);
    watch = mm_tdtech_hang_up_watch_new (fixture->modem, hung_up, fixture);
    mm_tdtech_hang_up_watch_add_bearer (watch, fixture->bearer);
    hang_up_simple (fixture, "/");
    assert_told (fixture, "all");
    g_object_run_dispose (G_OBJECT (watch));
}

/* Whoever watches after the bus has gone asks nothing */
static void
test_watch_on_closed_connection (Fixture       *fixture,
                                 gconstpointer  data)
{
    g_autoptr(MMTdtechHangUpWatch) watch = NULL;

    g_dbus_connection_close_sync (fixture->server, NULL, NULL);
    watch = mm_tdtech_hang_up_watch_new (fixture->modem, hung_up, fixture);
    mm_tdtech_hang_up_watch_add_bearer (watch, fixture->bearer);
    fake_clock_settle ();
    assert_told (fixture, "");
}

static void
test_connection_closed (Fixture       *fixture,
                        gconstpointer  data)
{
    fake_modem_set_authorization (fixture->modem, FAKE_AUTHORIZATION_LATE);
    hang_up_simple (fixture, "/");
    g_dbus_connection_close_sync (fixture->server, NULL, NULL);
    fake_modem_authorize_now (fixture->modem, TRUE);
    fake_clock_settle ();
    assert_told (fixture, "all");
}

int
main (int    argc,
      char **argv)
{
    g_test_init (&argc, &argv, NULL);

#define ADD(path, func) g_test_add ("/tdtech/hang-up-watch/" path, Fixture, NULL, set_up, func, tear_down)
    ADD ("bearer", test_bearer);
    ADD ("simple", test_simple);
    ADD ("modem", test_modem);
    ADD ("twice", test_twice);
    ADD ("no-simple", test_no_simple);
    ADD ("network-manager", test_network_manager);
    ADD ("network-manager-leaves", test_network_manager_leaves);
    ADD ("network-manager-was-first", test_network_manager_was_first);
    ADD ("another-manager", test_another_manager);
    ADD ("told-before-the-reply", test_told_before_the_reply);
    ADD ("unauthorized", test_unauthorized);
    ADD ("watch-ends", test_watch_ends);
    ADD ("watch-ends-at-once", test_watch_ends_at_once);
    ADD ("question-lost", test_question_lost);
    ADD ("watch-on-closed-connection", test_watch_on_closed_connection);
    ADD ("connection-closed", test_connection_closed);
    return fake_bus_run_tests ();
}

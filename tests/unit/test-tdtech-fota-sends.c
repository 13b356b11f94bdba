/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * Each message that the plugin sends on D-Bus (replies, signals, changed properties, questions to the
 * bus) is lost once, and the connection is closed before each: what was accepted comes to its result
 * all the same, and is known to who asks the next daemon.
 */

#include <string.h>

#include "fake-bus.h"
#include "fake-clock.h"
#include "fake-logind.h"
#include "fake-modem.h"
#include "fake-state.h"

#include "mm-gdbus-fota.h"
#include "mm-tdtech-fota-enums.h"
#include "mm-tdtech-fota-private.h"
#include "mm-tdtech-fota.h"
#include "mm-tdtech-inhibitor.h"

#define PATH      "/org/freedesktop/ModemManager1/Modem/0"
#define INTERFACE "com.td_tech.ModemManager1.Modem.Fota"
#define URL       "({'url': <'http://server/fw/'>, 'transaction': <'mine'>},)"
#define NOTHING   "(@a{sv} {},)"
#define OFFER     "^FOTASTATE: 12, 1.3.0.0(SP1C02), 1000, text"
#define SETTING   "1,2,\"IPV4V6\",\"\",\"\",\"\",0"

/* More messages than that there are not */
#define SENDS_MAX 200

typedef enum {
    SEND_LOST,      /* the nth is */
    SEND_CLOSED,    /* the nth finds the connection closed, and so do all that follow */
    SEND_HOW_LAST
} SendHow;

typedef struct {
    gchar                    *state_directory;
    GDBusConnection          *server;
    GDBusConnection          *client;
    GDBusObjectManagerServer *manager;

    SendHow                   how;
    guint                     nth;
    /* Counted by GDBus's own thread */
    guint                     n_sent;
    guint                     n_lost;
    guint                     n_lost_replies;

    MMBaseModem              *modem;
    MMPortSerialAt           *port;
    MMTdtechFota             *fota;
    const gchar              *version;
    guint                     module_state;

    guint                     n_calls;
    guint                     n_replies;
    GVariant                 *reply;
    GError                   *error;
} Life;


/*****************************************************************************/
/* The bus */

static gboolean
is_reply (GDBusMessage *message)
{
    return g_dbus_message_get_message_type (message) == G_DBUS_MESSAGE_TYPE_METHOD_RETURN ||
           g_dbus_message_get_message_type (message) == G_DBUS_MESSAGE_TYPE_ERROR;
}

/* Of the test are the calls that wait for the bus */
static gboolean
is_of_the_test (GDBusMessage *message)
{
    return g_strcmp0 (g_dbus_message_get_member (message), "GetId") == 0;
}

static gboolean
close_cb (gpointer user_data)
{
    g_dbus_connection_close_sync (G_DBUS_CONNECTION (user_data), NULL, NULL);
    return G_SOURCE_REMOVE;
}

static GDBusMessage *
send_filter (GDBusConnection *connection,
             GDBusMessage    *message,
             gboolean         incoming,
             gpointer         user_data)
{
    Life  *life = user_data;
    guint  n;

    if (incoming || is_of_the_test (message))
        return message;
    n = (guint) g_atomic_int_add (&life->n_sent, 1) + 1;
    if (life->how == SEND_LOST ? n != life->nth : n < life->nth)
        return message;

    g_atomic_int_inc (&life->n_lost);
    if (is_reply (message))
        g_atomic_int_inc (&life->n_lost_replies);
    if (life->how == SEND_CLOSED && n == life->nth)
        g_idle_add_full (G_PRIORITY_HIGH, close_cb, g_object_ref (connection), g_object_unref);
    g_object_unref (message);
    return NULL;
}

static void
ask_bus (GDBusConnection *connection)
{
    g_autoptr(GVariant) reply = NULL;

    if (g_dbus_connection_is_closed (connection))
        return;
    reply = g_dbus_connection_call_sync (connection, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                         "org.freedesktop.DBus", "GetId", NULL, NULL, G_DBUS_CALL_FLAGS_NONE, -1,
                                         NULL, NULL);
}

/* What the client has sent has come and was answered; and what was answered has come */
static void
sync_bus (Life *life)
{
    guint i;

    for (i = 0; i < 2; i++) {
        ask_bus (life->client);
        ask_bus (life->server);
        fake_clock_settle ();
    }
    ask_bus (life->client);
    fake_clock_settle ();
}

static void
call_ready (GDBusConnection *connection,
            GAsyncResult    *res,
            Life            *life)
{
    life->n_replies++;
    g_clear_pointer (&life->reply, g_variant_unref);
    g_clear_error (&life->error);
    life->reply = g_dbus_connection_call_finish (connection, res, &life->error);
}

static void
call (Life        *life,
      const gchar *method,
      const gchar *arguments)
{
    g_autoptr(GVariant) variant = g_variant_parse (NULL, arguments, NULL, NULL, NULL);

    life->n_calls++;
    g_dbus_connection_call (life->client, g_dbus_connection_get_unique_name (life->server), PATH, INTERFACE, method,
                            variant, NULL, G_DBUS_CALL_FLAGS_NONE, G_MAXINT, NULL,
                            (GAsyncReadyCallback) call_ready, life);
    sync_bus (life);
}

/*****************************************************************************/
/* The module */

static void
say_state (Life        *life,
           guint        state,
           const gchar *line)
{
    g_autofree gchar *plain = g_strdup_printf ("^FOTASTATE: %u", state);

    life->module_state = state;
    mm_tdtech_fota_take_line (life->fota, line ? line : plain);
    fake_clock_run (1);
}

static void
answer_state (gpointer data)
{
    Life             *life = data;
    g_autofree gchar *line = g_strdup_printf ("^FOTASTATE: %u", life->module_state);

    mm_tdtech_fota_take_line (life->fota, line);
}

static void
write_answers (Life *life)
{
    static const gchar *const answers[][2] = {
        { "+CGMR", "V200R001C20B025" },
        { "+COPS?", "+COPS: 0" },
        { "+CEREG?", "+CEREG: 2,1" },
        { "+C5GREG?", "+C5GREG: 2,0" },
        { "+CLCC", NULL },
        { "^FOTAMODE=*", NULL },
        { "^FOTAOEMDL=*", NULL },
        { "^FOTADL=*", NULL },
        { "^FOTADLQ", "^FOTADLQ: 0,\"FIRMWARE1\",500,1000" },
        { "^SETAUTODIAL?", "^SETAUTODIAL: " SETTING },
        { "^SETAUTODIAL=*", NULL },
        { "^NDISSTATQRY?", NULL },
        { "^NDISDUP=*", NULL },
        { "^FWUP", NULL },
    };
    g_autofree gchar *version = g_strdup_printf ("^VERSION:BDT:Jan 28 2026, 18:42:%s\n^VERSION:EXTS:%s",
                                                 strstr (life->version, "1.3") ? "03" : "02", life->version);
    FakeReply        *state;
    guint             i;

    state = fake_port_answer (life->port, "^FOTASTATE?", NULL);
    state->forever = TRUE;
    state->func = answer_state;
    state->user_data = life;
    fake_port_answer (life->port, "^VERSION?", version)->forever = TRUE;
    for (i = 0; i < G_N_ELEMENTS (answers); i++)
        fake_port_answer (life->port, answers[i][0], answers[i][1])->forever = TRUE;
}

static void
add_modem (Life *life)
{
    life->modem = fake_modem_new (FAKE_TYPE_MODEM);
    life->port = g_object_ref (mm_base_modem_peek_port_primary (life->modem));
    life->fota = mm_tdtech_fota_new (life->modem);
    fake_modem_set_dispose_func (life->modem, (FakeFunc) mm_tdtech_fota_stop, life->fota);
    write_answers (life);
    g_dbus_object_manager_server_export (life->manager, G_DBUS_OBJECT_SKELETON (life->modem));
    mm_tdtech_fota_start (life->fota);
    fake_clock_run (1);
    sync_bus (life);
}

static void
take_modem_away (Life *life)
{
    g_dbus_object_manager_server_unexport (life->manager, PATH);
    fake_modem_remove (life->modem);
    fake_clock_run (60);
    g_assert_cmpuint (fake_port_n_opened (life->port), ==, 0);
    g_clear_object (&life->fota);
    g_clear_object (&life->modem);
    g_clear_object (&life->port);
    fake_clock_settle ();
}

/*****************************************************************************/
/* A life */

static void
begin_daemon (Life *life)
{
    life->server = fake_bus_connect ();
    life->client = fake_bus_connect ();
    if (life->nth > 0)
        g_dbus_connection_add_filter (life->server, send_filter, life, NULL);
    life->manager = g_dbus_object_manager_server_new ("/org/freedesktop/ModemManager1");
    g_dbus_object_manager_server_set_connection (life->manager, life->server);
    add_modem (life);
}

static void
end_daemon (Life *life)
{
    take_modem_away (life);
    g_clear_object (&life->manager);
    g_dbus_connection_close_sync (life->server, NULL, NULL);
    g_dbus_connection_close_sync (life->client, NULL, NULL);
    fake_clock_settle ();
    /* Nobody waits for an answer for ever; GDBus gives up with the connection what was lost on it */
    g_assert_cmpuint (life->n_replies, ==, life->n_calls);
    g_clear_object (&life->server);
    g_clear_object (&life->client);
    life->n_calls = life->n_replies = 0;
    g_clear_pointer (&life->reply, g_variant_unref);
    g_clear_error (&life->error);
}

static MmGdbusModemFota *
shown (Life *life)
{
    return life->fota->skeleton;
}

static gboolean
is_closed (Life *life)
{
    return g_dbus_connection_is_closed (life->server);
}

/* All but what was lost was answered */
static void
assert_answered (Life *life)
{
    if (life->how == SEND_LOST)
        g_assert_cmpuint (life->n_replies + (guint) g_atomic_int_get (&life->n_lost_replies), ==, life->n_calls);
}

static void
assert_result (Life        *life,
               const gchar *verb,
               guint        outcome)
{
    g_autoptr(GVariantDict)  dict = g_variant_dict_new (mm_gdbus_modem_fota_get_result (shown (life)));
    const gchar             *transaction = "";
    const gchar             *shown_verb = "none";
    guint32                  shown_outcome = 0;

    g_variant_dict_lookup (dict, "verb", "&s", &shown_verb);
    g_variant_dict_lookup (dict, "outcome", "u", &shown_outcome);
    g_variant_dict_lookup (dict, "transaction", "&s", &transaction);
    g_assert_cmpstr (shown_verb, ==, verb);
    g_assert_cmpuint (shown_outcome, ==, outcome);
    g_assert_cmpstr (transaction, ==, g_str_equal (verb, "none") || g_str_equal (verb, "Upgrade") ? transaction : "mine");
    g_assert_cmpstr (mm_gdbus_modem_fota_get_transaction (shown (life)), ==, "");
}

/* The kinds of all events, as a caller gets them from the next daemon */
static gchar *
list_kinds (Life *life)
{
    g_autoptr(GVariant)  events = NULL;
    GString             *kinds = g_string_new (NULL);
    gsize                i;

    call (life, "ListEvents", "(uint64 0,)");
    g_assert_no_error (life->error);
    g_assert_cmpuint (life->n_replies, ==, life->n_calls);
    events = g_variant_get_child_value (life->reply, 0);
    for (i = 0; i < g_variant_n_children (events); i++) {
        g_autoptr(GVariant) event = g_variant_get_child_value (events, i);
        guint32             kind = 0;

        g_assert_true (g_variant_lookup (event, "kind", "u", &kind));
        g_string_append_printf (kinds, "%s%u", i > 0 ? " " : "", kind);
    }
    return g_string_free (kinds, FALSE);
}

static void
begin_next_daemon (Life        *life,
                   const gchar *verb,
                   guint        outcome,
                   const gchar *kinds)
{
    g_autofree gchar *told = NULL;

    end_daemon (life);
    life->nth = 0;
    begin_daemon (life);
    assert_result (life, verb, outcome);
    told = list_kinds (life);
    g_assert_cmpstr (told, ==, kinds);
}

/*****************************************************************************/
/* What is done in it */

static void
check (Life *life)
{
    gboolean asked;

    life->module_state = 10;
    begin_daemon (life);
    call (life, "Check", URL);
    asked = fake_port_was_sent (life->port, "^FOTAOEMDL=*");
    g_assert_true (asked || is_closed (life));
    say_state (life, 11, NULL);
    say_state (life, 14, NULL);
    fake_clock_run (5);
    sync_bus (life);
    assert_answered (life);
    assert_result (life, asked ? "Check" : "none", asked ? MM_TDTECH_FOTA_OUTCOME_NOTHING_NEWER : 0);
    /* A query that is nobody's has an end, too */
    life->module_state = 10;
    begin_next_daemon (life, asked ? "Check" : "none", asked ? MM_TDTECH_FOTA_OUTCOME_NOTHING_NEWER : 0, "2");
}

static void
download (Life *life)
{
    gboolean asked;
    gboolean cancelled;

    life->module_state = 10;
    begin_daemon (life);
    call (life, "Download", URL);
    asked = fake_port_was_sent (life->port, "^FOTAOEMDL=*");
    g_assert_true (asked || is_closed (life));
    say_state (life, 12, OFFER);
    say_state (life, 30, NULL);
    fake_clock_run (20);
    life->module_state = 10;
    call (life, "Cancel", NOTHING);
    cancelled = fake_port_was_sent (life->port, "^FOTADL=0");
    g_assert_true (cancelled || is_closed (life));
    if (!cancelled)
        say_state (life, 40, NULL);
    fake_clock_run (5);
    sync_bus (life);
    assert_answered (life);
    begin_next_daemon (life, asked ? "Download" : "none",
                       cancelled ? MM_TDTECH_FOTA_OUTCOME_CANCELLED : asked ? MM_TDTECH_FOTA_OUTCOME_SUCCEEDED : 0,
                       cancelled ? "3 4 14" : "3 4 6");
}

/* Sleep is blocked by way of the system bus, in real time */
static void
upgrade (Life *life)
{
    gboolean asked;

    life->module_state = 40;
    begin_daemon (life);
    call (life, "Upgrade", NOTHING);
    asked = mm_gdbus_modem_fota_get_state (shown (life)) != MM_TDTECH_FOTA_STATE_DOWNLOADED;
    g_assert_true (asked || is_closed (life));
    if (asked) {
        FAKE_CLOCK_WAIT_FOR (fake_port_was_sent (life->port, "^FWUP"));
        fake_clock_settle ();
        g_assert_true (fake_port_was_sent (life->port, "^SETAUTODIAL=0"));
    }
    say_state (life, 50, NULL);
    fake_clock_run (100);
    sync_bus (life);
    assert_answered (life);

    /* The module leaves the bus, and comes back with the new version */
    g_dbus_object_manager_server_unexport (life->manager, PATH);
    take_modem_away (life);
    life->version = "1.3.0.0(SP1C02)";
    life->module_state = 10;
    add_modem (life);
    fake_clock_run (60);
    assert_result (life, "Upgrade", MM_TDTECH_FOTA_OUTCOME_SUCCEEDED);
    g_assert_false (mm_tdtech_fota_holds_data (life->fota));
    g_assert_true (fake_port_was_sent (life->port, "^SETAUTODIAL=" SETTING) == asked);
    begin_next_daemon (life, "Upgrade", MM_TDTECH_FOTA_OUTCOME_SUCCEEDED, asked ? "9 11 10 12" : "11 12");
    g_assert_cmpstr (mm_gdbus_modem_fota_get_version (shown (life)), ==, life->version);
}

/*****************************************************************************/

/* Whether there was an nth message */
static gboolean
live (SendHow   how,
      guint     nth,
      void    (*func) (Life *life))
{
    Life     life = { .how = how, .nth = nth, .version = "1.2.5.0(SP1C02)" };
    gboolean lost;

    life.state_directory = fake_state_new ();
    func (&life);
    lost = g_atomic_int_get (&life.n_lost) > 0;
    /* The next daemon can be asked, and asks */
    life.module_state = 10;
    fake_port_forget (life.port);
    call (&life, "Check", URL);
    g_assert_true (fake_port_was_sent (life.port, "^FOTAOEMDL=*") || life.error);
    g_assert_cmpuint (life.n_replies, ==, life.n_calls);
    end_daemon (&life);
    g_free (fake_log_take_warnings ());
    fake_state_free (life.state_directory);
    return lost;
}

static void
test_sends (gconstpointer data)
{
    void    (*func) (Life *life) = data;
    SendHow how;

    for (how = SEND_LOST; how < SEND_HOW_LAST; how++) {
        guint nth;

        for (nth = 1; nth < SENDS_MAX && live (how, nth, func); nth++);
        g_test_message ("%u messages", nth - 1);
        g_assert_cmpuint (nth, >, 8);
        g_assert_cmpuint (nth, <, SENDS_MAX);
    }
}

/*****************************************************************************/
/* logind's answer, too */

typedef enum {
    LOGIND_LOSES,     /* the call, or its reply */
    LOGIND_CLOSES,    /* its connection, instead of an answer */
    LOGIND_LAST
} LogindManner;

typedef struct {
    GDBusConnection *connection;
    LogindManner     manner;
    guint            n_calls;
} Logind;

static GDBusMessage *
logind_filter (GDBusConnection *connection,
               GDBusMessage    *message,
               gboolean         incoming,
               gpointer         user_data)
{
    Logind *logind = user_data;

    if (!incoming || g_strcmp0 (g_dbus_message_get_member (message), "Inhibit") != 0)
        return message;
    if (logind->manner == LOGIND_CLOSES)
        g_idle_add_full (G_PRIORITY_HIGH, close_cb, g_object_ref (connection), g_object_unref);
    g_atomic_int_inc (&logind->n_calls);
    g_main_context_wakeup (NULL);
    g_object_unref (message);
    return NULL;
}

static void
begin_logind (Logind *logind)
{
    logind->connection = fake_bus_connect ();
    g_dbus_connection_add_filter (logind->connection, logind_filter, logind, NULL);
    fake_logind_take_name (logind->connection);
    g_setenv ("DBUS_SYSTEM_BUS_ADDRESS", fake_bus_get_address (), TRUE);
}

/* The upgrade goes on without it */
static void
test_logind (void)
{
    LogindManner manner;

    for (manner = LOGIND_LOSES; manner < LOGIND_LAST; manner++) {
        Logind logind = { .manner = manner };
        Life   life = { .version = "1.2.5.0(SP1C02)", .module_state = 40 };

        life.state_directory = fake_state_new ();
        begin_logind (&logind);
        begin_daemon (&life);
        call (&life, "Upgrade", NOTHING);
        g_assert_no_error (life.error);
        FAKE_CLOCK_WAIT_FOR (g_atomic_int_get (&logind.n_calls) == 1);
        if (manner == LOGIND_LOSES) {
            g_assert_false (fake_port_was_sent (life.port, "^FWUP"));
            fake_clock_run_msec (MM_TDTECH_INHIBITOR_ANSWER_MSEC);
        }
        FAKE_CLOCK_WAIT_FOR (fake_port_was_sent (life.port, "^FWUP"));
        fake_clock_settle ();
        say_state (&life, 50, NULL);
        say_state (&life, 70, NULL);
        fake_clock_run (5);
        assert_result (&life, "Upgrade", MM_TDTECH_FOTA_OUTCOME_FAILED);
        end_daemon (&life);
        g_dbus_connection_close_sync (logind.connection, NULL, NULL);
        g_clear_object (&logind.connection);
        fake_clock_settle ();
        g_free (fake_log_take_warnings ());
        g_setenv ("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus", TRUE);
        fake_state_free (life.state_directory);
    }
}

int
main (int    argc,
      char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_data_func ("/tdtech/fota/sends/check", check, test_sends);
    g_test_add_data_func ("/tdtech/fota/sends/download", download, test_sends);
    g_test_add_data_func ("/tdtech/fota/sends/upgrade", upgrade, test_sends);
    g_test_add_func ("/tdtech/fota/sends/logind", test_logind);
    return fake_bus_run_tests ();
}

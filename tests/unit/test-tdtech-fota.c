/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "fake-bus.h"
#include "fake-clock.h"
#include "fake-logind.h"
#include "fake-modem.h"
#include "fake-state.h"

#include "mm-gdbus-fota.h"
#include "mm-tdtech-fota-enums.h"
#include "mm-tdtech-fota-key.h"
#include "mm-tdtech-fota-private.h"
#include "mm-tdtech-fota-record.h"
#include "mm-tdtech-fota.h"
#include "mm-tdtech-inhibitor.h"

#define PATH      "/org/freedesktop/ModemManager1/Modem/0"
#define INTERFACE "com.td_tech.ModemManager1.Modem.Fota"
#define URL       "{'url': <'http://server/fw/'>}"
#define OFFER     "^FOTASTATE: 12, 1.3.0.0(SP1C02), 1000, text"

#define OLD_VERSION "1.2.5.0(SP1C02)"
#define NEW_VERSION "1.3.0.0(SP1C02)"

#define SETTING "1,2,\"IPV4V6\",\"\",\"\",\"\",0"

/* What a module would be: what it answers, and the lines that it says by itself */
typedef struct {
    gchar           *state_directory;
    GDBusConnection *server;
    GDBusConnection *client;

    MMBaseModem     *modem;
    MMPortSerialAt  *port;
    MMTdtechFota    *fota;
    GDBusObjectManagerServer *manager;
    const gchar     *version;
    guint            module_state;
    FakeReply       *state_reply;
    MMCallList      *calls;           /* in which one begins */

    guint            n_replies;
    GVariant        *reply;
    GError          *error;
    GString         *events;          /* kinds, as they were signalled */
    GPtrArray       *details;         /* of each */
    gint             interruptible;   /* the property, as it was told; and what it was when ^FWUP came */
    gboolean         interruptible_at_flash;
    guint64          last_event;      /* the property, as it was told */
    guint64          first_event;     /* the same, with the interface */
    gchar           *transaction;     /* of the verb that was accepted last */
} Fixture;

/*****************************************************************************/
/* The modem */

static void
say_state (Fixture     *fixture,
           const gchar *line)
{
    mm_tdtech_fota_take_line (fixture->fota, line);
}

static void
answer_state (gpointer data)
{
    Fixture          *fixture = data;
    g_autofree gchar *line = g_strdup_printf ("^FOTASTATE: %u", fixture->module_state);

    /* The port's reader has it first, and leaves it in the answer */
    say_state (fixture, line);
    g_free (fixture->state_reply->bytes);
    fixture->state_reply->bytes = g_strdup_printf ("\r\n%s\r\n\r\nOK\r\n", line);
}

static void
answer_always (Fixture     *fixture,
               const gchar *command,
               const gchar *lines)
{
    fake_port_answer (fixture->port, command, lines)->forever = TRUE;
}

static void
write_answers (Fixture *fixture)
{
    g_autofree gchar *version = NULL;

    fixture->state_reply = fake_port_answer (fixture->port, "^FOTASTATE?", NULL);
    fixture->state_reply->forever = TRUE;
    fixture->state_reply->func = answer_state;
    fixture->state_reply->user_data = fixture;
    version = g_strdup_printf ("^VERSION:BDT:Jan 28 2026, 18:42:%s\n^VERSION:EXTS:%s",
                               strstr (fixture->version, "1.3") ? "03" : "02", fixture->version);
    answer_always (fixture, "^VERSION?", version);
    answer_always (fixture, "+CGMR", "V200R001C20B025");
    answer_always (fixture, "+COPS?", "+COPS: 0");
    answer_always (fixture, "+CEREG?", "+CEREG: 2,1");
    answer_always (fixture, "+C5GREG?", "+C5GREG: 2,0");
    answer_always (fixture, "+CLCC", NULL);
    answer_always (fixture, "^FOTAMODE=*", NULL);
    answer_always (fixture, "^FOTAOEMDL=*", NULL);
    answer_always (fixture, "^FOTADL=*", NULL);
    answer_always (fixture, "^FOTADLQ", "^FOTADLQ: 0,\"FIRMWARE1\",500,1000");
    answer_always (fixture, "^SETAUTODIAL?", "^SETAUTODIAL: 0");
    answer_always (fixture, "^SETAUTODIAL=*", NULL);
    answer_always (fixture, "^NDISSTATQRY?", NULL);
    answer_always (fixture, "^NDISDUP=*", NULL);
    answer_always (fixture, "^FWUP", NULL);
    answer_always (fixture, "+CHUP", NULL);
}

static void
add_modem (Fixture *fixture)
{
    fixture->modem = fake_modem_new (FAKE_TYPE_MODEM);
    fixture->port = g_object_ref (mm_base_modem_peek_port_primary (fixture->modem));
    fixture->fota = mm_tdtech_fota_new (fixture->modem);
    fake_modem_set_dispose_func (fixture->modem, (FakeFunc) mm_tdtech_fota_stop, fixture->fota);
    write_answers (fixture);
    g_dbus_object_manager_server_export (fixture->manager, G_DBUS_OBJECT_SKELETON (fixture->modem));
}

static void
take_modem_away (Fixture *fixture)
{
    g_dbus_object_manager_server_unexport (fixture->manager, PATH);
    fake_modem_remove (fixture->modem);
    fake_clock_run (60);
    g_object_add_weak_pointer (G_OBJECT (fixture->fota), (gpointer *) &fixture->fota);
    g_object_unref (fixture->fota);
    g_clear_pointer (&fixture->modem, fake_modem_free);
    g_assert_null (fixture->fota);
    g_assert_cmpuint (fake_port_n_opened (fixture->port), ==, 0);
    g_clear_object (&fixture->port);
}

static void
start (Fixture *fixture)
{
    mm_tdtech_fota_start (fixture->fota);
    fake_clock_settle ();
}

static MmGdbusModemFota *
shown (Fixture *fixture)
{
    return fixture->fota->skeleton;
}

static void
assert_state (Fixture           *fixture,
              MMTdtechFotaState  state)
{
    g_assert_cmpuint (mm_gdbus_modem_fota_get_state (shown (fixture)), ==, state);
}

static void
assert_server (Fixture     *fixture,
               const gchar *server)
{
    g_assert_cmpstr (mm_gdbus_modem_fota_get_server (shown (fixture)), ==, server);
}

/* @expected: in GVariant's text format */
static void
assert_member (GVariant    *dictionary,
               const gchar *key,
               const gchar *expected)
{
    g_autoptr(GVariant) value = g_variant_lookup_value (dictionary, key, NULL);
    g_autoptr(GVariant) wanted = g_variant_ref_sink (g_variant_new_parsed (expected));

    g_assert_nonnull (value);
    g_assert_cmpvariant (value, wanted);
}

static void
assert_result_says (Fixture     *fixture,
                    const gchar *key,
                    const gchar *expected)
{
    assert_member (mm_gdbus_modem_fota_get_result (shown (fixture)), key, expected);
}

/* @pattern: with * and ? as wildcards */
static void
assert_message (Fixture     *fixture,
                const gchar *pattern)
{
    const gchar *message = NULL;

    g_assert_true (g_variant_lookup (mm_gdbus_modem_fota_get_result (shown (fixture)), "message", "&s", &message));
    if (!g_pattern_match_simple (pattern, message))
        g_error ("the message is: %s", message);
}

static void
assert_result (Fixture     *fixture,
               const gchar *verb,
               guint        outcome,
               const gchar *error)
{
    g_autoptr(GVariantDict)  dict = g_variant_dict_new (mm_gdbus_modem_fota_get_result (shown (fixture)));
    const gchar             *shown_verb = "none";
    const gchar             *shown_error = "none";
    const gchar             *transaction = NULL;
    const gchar             *message = NULL;
    guint32                  shown_outcome = 0;

    g_variant_dict_lookup (dict, "verb", "&s", &shown_verb);
    g_variant_dict_lookup (dict, "outcome", "u", &shown_outcome);
    g_variant_dict_lookup (dict, "error", "&s", &shown_error);
    g_assert_cmpstr (shown_verb, ==, verb);
    g_assert_cmpuint (shown_outcome, ==, outcome);
    g_assert_true (g_str_has_suffix (shown_error, error));
    g_assert_cmpstr (mm_gdbus_modem_fota_get_transaction (shown (fixture)), ==, "");
    if (outcome == MM_TDTECH_FOTA_OUTCOME_NONE) {
        g_assert_cmpuint (g_variant_n_children (mm_gdbus_modem_fota_get_result (shown (fixture))), ==, 0);
        return;
    }
    g_variant_dict_lookup (dict, "transaction", "&s", &transaction);
    g_variant_dict_lookup (dict, "message", "&s", &message);
    g_assert_nonnull (transaction);
    /* Unless its answer was lost */
    if (fixture->transaction)
        g_assert_cmpstr (transaction, ==, fixture->transaction);
    g_assert_cmpint (outcome == MM_TDTECH_FOTA_OUTCOME_FAILED, <=, message && message[0]);
    g_assert_cmpuint (g_variant_n_children (mm_gdbus_modem_fota_get_result (shown (fixture))), ==,
                      g_str_equal (verb, "Check") && outcome == MM_TDTECH_FOTA_OUTCOME_SUCCEEDED ? 11 : 10);
}

/*****************************************************************************/
/* Callers */

static void
event_received (GDBusConnection *connection,
                const gchar     *sender,
                const gchar     *path,
                const gchar     *interface,
                const gchar     *name,
                GVariant        *parameters,
                gpointer         user_data)
{
    Fixture  *fixture = user_data;
    guint64   sequence;
    guint32   kind;
    GVariant *details;

    g_variant_get (parameters, "(tu@a{sv})", &sequence, &kind, &details);
    g_string_append_printf (fixture->events, "%s%u", fixture->events->len > 0 ? " " : "", kind);
    g_ptr_array_add (fixture->details, details);
    /* Whoever is told finds the properties as they are now */
    g_assert_cmpuint (fixture->last_event, ==, sequence);
}

static void
properties_changed (GDBusConnection *connection,
                    const gchar     *sender,
                    const gchar     *path,
                    const gchar     *interface,
                    const gchar     *name,
                    GVariant        *parameters,
                    gpointer         user_data)
{
    Fixture             *fixture = user_data;
    g_autoptr(GVariant)  changed = g_variant_get_child_value (parameters, 1);

    g_variant_lookup (changed, "LastEvent", "t", &fixture->last_event);
}

static void
call_ready (GDBusConnection *connection,
            GAsyncResult    *res,
            Fixture         *fixture)
{
    fixture->n_replies++;
    g_clear_pointer (&fixture->reply, g_variant_unref);
    g_clear_error (&fixture->error);
    fixture->reply = g_dbus_connection_call_finish (connection, res, &fixture->error);
}

static void
begin_call_of (Fixture         *fixture,
               GDBusConnection *client,
               const gchar     *method,
               const gchar     *arguments)
{
    /* Not a floating one: the call takes a reference of its own */
    g_autoptr(GVariant) variant = g_variant_parse (NULL, arguments, NULL, NULL, NULL);

    g_assert_nonnull (variant);
    g_dbus_connection_call (client, g_dbus_connection_get_unique_name (fixture->server), PATH, INTERFACE, method,
                            variant, NULL, G_DBUS_CALL_FLAGS_NONE, G_MAXINT, NULL,
                            (GAsyncReadyCallback) call_ready, fixture);
}

static void
begin_call (Fixture     *fixture,
            const gchar *method,
            const gchar *options)
{
    g_autofree gchar *arguments = g_strdup_printf ("(%s,)", options);

    begin_call_of (fixture, fixture->client, method, arguments);
}

static void
call (Fixture     *fixture,
      const gchar *method,
      const gchar *options)
{
    guint n = fixture->n_replies;

    begin_call (fixture, method, options);
    FAKE_CLOCK_WAIT_FOR (fixture->n_replies > n);
    fake_clock_settle ();
}

static void
call_accepted (Fixture     *fixture,
               const gchar *method,
               const gchar *options)
{
    call (fixture, method, options);
    g_assert_no_error (fixture->error);
    if (g_variant_is_of_type (fixture->reply, G_VARIANT_TYPE ("(s)"))) {
        g_free (fixture->transaction);
        g_variant_get (fixture->reply, "(s)", &fixture->transaction);
    }
}

static void
call_refused (Fixture     *fixture,
              const gchar *method,
              const gchar *options,
              const gchar *error)
{
    g_autofree gchar *name = NULL;

    call (fixture, method, options);
    g_assert_nonnull (fixture->error);
    name = g_dbus_error_get_remote_error (fixture->error);
    if (!name)
        name = g_strdup (fixture->error->message);
    if (!strstr (name, error))
        g_error ("the error is %s: %s", name, fixture->error->message);
}

static void
ask_bus (GDBusConnection *connection)
{
    GVariant *reply;

    reply = g_dbus_connection_call_sync (connection, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                         "org.freedesktop.DBus", "GetId", NULL, NULL, G_DBUS_CALL_FLAGS_NONE, -1,
                                         NULL, NULL);
    g_clear_pointer (&reply, g_variant_unref);
}

/* All that was sent has come to the bus, and from there */
static void
sync_bus (Fixture *fixture)
{
    ask_bus (fixture->server);
    ask_bus (fixture->client);
    fake_clock_settle ();
}

static void
assert_events (Fixture     *fixture,
               const gchar *kinds)
{
    sync_bus (fixture);
    g_assert_cmpstr (fixture->events->str, ==, kinds);
}

static void
interfaces_added (GDBusConnection *connection,
                  const gchar     *sender,
                  const gchar     *path,
                  const gchar     *interface,
                  const gchar     *name,
                  GVariant        *parameters,
                  gpointer         user_data)
{
    Fixture             *fixture = user_data;
    g_autoptr(GVariant)  interfaces = g_variant_get_child_value (parameters, 1);
    g_autoptr(GVariant)  properties = g_variant_lookup_value (interfaces, INTERFACE, NULL);

    if (properties)
        g_variant_lookup (properties, "LastEvent", "t", &fixture->first_event);
}

/* What the nth event says, besides its transaction, and a message where it tells an error */
static void
assert_details (Fixture     *fixture,
                guint        n,
                const gchar *expected)
{
    g_autofree gchar    *transaction = g_strdup_printf ("'%s'", fixture->transaction);
    g_autoptr(GVariant)  wanted = g_variant_ref_sink (g_variant_new_parsed (expected));
    GVariant            *details = fixture->details->pdata[n];
    g_autoptr(GVariant)  message = g_variant_lookup_value (details, "message", NULL);
    GVariantIter         iter;
    const gchar         *key;
    GVariant            *value;

    assert_member (details, "transaction", transaction);
    g_assert_cmpint (message && g_variant_get_string (message, NULL)[0], ==, g_str_has_prefix (expected, "{'error'"));
    g_assert_cmpuint (g_variant_n_children (details), ==, g_variant_n_children (wanted) + (message ? 2 : 1));
    g_variant_iter_init (&iter, wanted);
    while (g_variant_iter_next (&iter, "{&sv}", &key, &value)) {
        g_autoptr(GVariant) found = g_variant_lookup_value (details, key, NULL);

        g_assert_nonnull (found);
        g_assert_cmpvariant (found, value);
        g_variant_unref (value);
    }
}

/*****************************************************************************/
/* A fixture */

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
    fixture->state_directory = fake_state_new ();
    fixture->server = fake_bus_connect ();
    fixture->client = fake_bus_connect ();
    fixture->events = g_string_new (NULL);
    fixture->details = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);
    fixture->manager = g_dbus_object_manager_server_new ("/org/freedesktop/ModemManager1");
    g_dbus_object_manager_server_set_connection (fixture->manager, fixture->server);
    g_dbus_connection_signal_subscribe (fixture->client, NULL, INTERFACE, "Event", PATH, NULL,
                                        G_DBUS_SIGNAL_FLAGS_NONE, event_received, fixture, NULL);
    g_dbus_connection_signal_subscribe (fixture->client, NULL, "org.freedesktop.DBus.Properties", "PropertiesChanged", PATH,
                                        INTERFACE, G_DBUS_SIGNAL_FLAGS_NONE, properties_changed, fixture, NULL);
    g_dbus_connection_signal_subscribe (fixture->client, NULL, "org.freedesktop.DBus.ObjectManager", "InterfacesAdded",
                                        NULL, NULL, G_DBUS_SIGNAL_FLAGS_NONE, interfaces_added, fixture, NULL);
    fixture->module_state = 10;
    fixture->version = OLD_VERSION;
    add_modem (fixture);
    sync_bus (fixture);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
    take_modem_away (fixture);
    g_object_unref (fixture->manager);
    g_dbus_connection_close_sync (fixture->server, NULL, NULL);
    g_dbus_connection_close_sync (fixture->client, NULL, NULL);
    fake_clock_settle ();
    g_object_unref (fixture->server);
    g_object_unref (fixture->client);
    g_clear_pointer (&fixture->reply, g_variant_unref);
    g_clear_error (&fixture->error);
    g_string_free (fixture->events, TRUE);
    g_ptr_array_unref (fixture->details);
    g_free (fixture->transaction);
    g_free (fake_log_take_warnings ());
    fake_state_free (fixture->state_directory);
}

/* Sleep is blocked by way of the system bus, in real time */
static void
wait_for_flash (Fixture *fixture)
{
    FAKE_CLOCK_WAIT_FOR (fake_port_was_sent (fixture->port, "^FWUP"));
    fake_clock_settle ();
}

static void
begin_again (Fixture *fixture)
{
    tear_down (fixture, NULL);
    memset (fixture, 0, sizeof (*fixture));
    set_up (fixture, NULL);
}

static gchar *
read_record (Fixture *fixture)
{
    g_autofree gchar *path = g_strdup_printf ("%s/" FAKE_MODEM_IMEI ".record", fixture->state_directory);
    gchar            *text = NULL;

    g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
    return text;
}

/*****************************************************************************/
/* Start and end */

static void
test_start (Fixture       *fixture,
            gconstpointer  data)
{
    g_assert_null (fixture->fota->skeleton);
    g_assert_false (mm_tdtech_fota_holds_data (fixture->fota));
    mm_tdtech_fota_condition_changed (fixture->fota);
    start (fixture);
    fake_port_assert_sent (fixture->port, "^FOTASTATE? ^VERSION? +CGMR");
    assert_state (fixture, MM_TDTECH_FOTA_STATE_IDLE);
    /* Nothing is to be done by itself */
    g_assert_cmpuint (fake_clock_n_timers (), ==, 0);
    g_assert_cmpint (mm_gdbus_modem_fota_get_module_state (shown (fixture)), ==, 10);
    g_assert_cmpstr (mm_gdbus_modem_fota_get_version (shown (fixture)), ==, OLD_VERSION);
    g_assert_cmpstr (mm_gdbus_modem_fota_get_build_time (shown (fixture)), ==, "Jan 28 2026, 18:42:02");
    g_assert_cmpstr (mm_gdbus_modem_fota_get_revision (shown (fixture)), ==, "V200R001C20B025");
    g_assert_cmpuint (fake_port_n_opened (fixture->port), ==, 1);
    /* Later calls do nothing */
    start (fixture);
    fake_port_assert_sent (fixture->port, "");
    mm_tdtech_fota_stop (fixture->fota);
    mm_tdtech_fota_stop (fixture->fota);
    start (fixture);
    say_state (fixture, "^FOTASTATE: 40");
    mm_tdtech_fota_condition_changed (fixture->fota);
    fake_clock_run (60);
    fake_port_assert_sent (fixture->port, "");
}

static void
test_no_port (Fixture       *fixture,
              gconstpointer  data)
{
    fake_modem_set_primary (fixture->modem, NULL);
    start (fixture);
    g_assert_null (fixture->fota->skeleton);
    fake_modem_set_primary (fixture->modem, fixture->port);
    fake_port_refuse_open (fixture->port);
    start (fixture);
    fake_log_assert_warned ("couldn't open the AT port *");
    g_assert_null (fixture->fota->skeleton);
    start (fixture);
    g_assert_nonnull (fixture->fota->skeleton);
}

/* When it ends nothing of it is left, and what comes later finds nobody */
static void
test_end (Fixture       *fixture,
          gconstpointer  data)
{
    GObject      *other = G_OBJECT (fake_modem_new (FAKE_TYPE_MODEM));
    MMTdtechFota *fota = mm_tdtech_fota_new (MM_BASE_MODEM (other));
    MMTdtechFota *unused = mm_tdtech_fota_new (MM_BASE_MODEM (other));
    MMCallList   *calls = fake_call_list_new ();

    start (fixture);
    g_object_set (other, MM_BASE_MODEM_DEVICE, "/sys/devices/other", NULL);
    fake_port_answer (mm_base_modem_peek_port_primary (MM_BASE_MODEM (other)), "*", NULL)->forever = TRUE;
    mm_tdtech_fota_start (fota);
    fake_modem_set_calls (MM_BASE_MODEM (other), calls);
    fake_clock_settle ();
    g_assert_true (mm_tdtech_fota_key_is_held (FAKE_MODEM_IMEI "@/sys/devices/other", fota));
    mm_tdtech_fota_take_line (fota, "^FOTASTATE: 30");
    mm_tdtech_fota_take_line (fota, "^FOTASTATE: 30");
    mm_tdtech_fota_take_line (fota, "^FOTASTATE: 30");
    mm_tdtech_fota_stop (fota);
    mm_tdtech_fota_stop (unused);
    g_assert_false (mm_tdtech_fota_key_is_held (FAKE_MODEM_IMEI "@/sys/devices/other", fota));
    g_assert_null (g_dbus_object_get_interface (G_DBUS_OBJECT (other), INTERFACE));
    fake_call_list_add (calls, MM_CALL_STATE_ACTIVE);
    g_object_add_weak_pointer (G_OBJECT (fota), (gpointer *) &fota);
    g_object_unref (unused);
    g_object_unref (fota);
    fake_clock_settle ();
    g_assert_null (fota);
    fake_modem_remove (MM_BASE_MODEM (other));
    fake_clock_settle ();
    g_object_add_weak_pointer (other, (gpointer *) &other);
    g_object_add_weak_pointer (G_OBJECT (calls), (gpointer *) &calls);
    g_object_unref (other);
    g_object_unref (calls);
    fake_clock_settle ();
    g_assert_null (other);
    g_assert_null (calls);
}

/* An answer that comes after the end is no reason to ask again */
static void
test_end_before_answer (Fixture       *fixture,
                        gconstpointer  data)
{
    fake_port_hang (fixture->port, "^FOTASTATE?");
    start (fixture);
    mm_tdtech_fota_stop (fixture->fota);
    fake_port_complete (fixture->port, NULL);
    fake_clock_run (60);
    fake_port_assert_sent (fixture->port, "^FOTASTATE?");
}

/* What an earlier life could not put back is put back; sessions are the connection manager's by now */
static void
test_autodial_left (Fixture       *fixture,
                    gconstpointer  data)
{
    MMTdtechFotaRecord     *record = mm_tdtech_fota_record_new (NULL, FAKE_MODEM_IMEI);
    MMTdtechFotaRecordData *kept = mm_tdtech_fota_record_peek (record);
    g_autofree gchar       *device = NULL;
    g_autofree gchar       *text = NULL;

    kept->autodial = g_strdup (SETTING);
    kept->n_sessions = 1;
    kept->sessions[0] = 3;
    g_assert_true (mm_tdtech_fota_record_save (record, NULL));
    mm_tdtech_fota_record_free (record);
    start (fixture);
    g_assert_true (fake_port_was_sent (fixture->port, "^SETAUTODIAL=" SETTING));
    g_assert_false (fake_port_was_sent (fixture->port, "^NDISDUP=*"));
    text = read_record (fixture);
    g_assert_null (strstr (text, "autodial"));
    /* Which module it is about */
    device = g_strdup_printf ("\ndevice=%s\n", mm_base_modem_get_device (fixture->modem));
    g_assert_nonnull (strstr (text, device));
}

/* Until the answer's final result a line may be the answer, and is nothing that happens */
static void
test_line_as_answer (Fixture       *fixture,
                     gconstpointer  data)
{
    fake_port_hang (fixture->port, "^FOTASTATE?");
    start (fixture);
    say_state (fixture, "^FOTASTATE: 10");
    say_state (fixture, "^FOTASTATE: 40");
    fake_clock_run (1);
    assert_state (fixture, MM_TDTECH_FOTA_STATE_UNKNOWN);
    g_assert_cmpint (mm_gdbus_modem_fota_get_module_state (shown (fixture)), ==, -1);
    fake_port_complete (fixture->port, NULL);
    fake_clock_run (1);
    assert_state (fixture, MM_TDTECH_FOTA_STATE_DOWNLOADED);
    g_assert_cmpuint (fake_port_count_sent (fixture->port, "^FOTASTATE?"), ==, 1);
}

/* Lines of a module that is in the middle of something come before the interface is there; the
 * last ones are kept */
static void
test_lines_before_start (Fixture       *fixture,
                         gconstpointer  data)
{
    guint i;

    fixture->module_state = 40;
    for (i = 0; i < 200; i++)
        say_state (fixture, "^FOTASTATE: 30");
    say_state (fixture, "^FOTASTATE: 40");
    say_state (fixture, "^FOTASTATE: nonsense");
    fake_clock_settle ();
    start (fixture);
    assert_state (fixture, MM_TDTECH_FOTA_STATE_DOWNLOADED);
}

/* Of 64 the first one is still there */
static void
test_lines_kept (Fixture       *fixture,
                 gconstpointer  data)
{
    guint kept;

    for (kept = 0; kept < 2; kept++) {
        guint i;

        begin_again (fixture);
        fixture->module_state = 12;
        say_state (fixture, OFFER);
        for (i = 0; i < 63 - kept; i++)
            say_state (fixture, "^FOTASTATE: 12");
        start (fixture);
        g_assert_cmpuint (g_variant_n_children (mm_gdbus_modem_fota_get_update (shown (fixture))), ==, kept ? 5 : 0);
    }
}

/* The module does something that nobody here began: it is followed */
static void
test_start_in_the_middle (Fixture       *fixture,
                          gconstpointer  data)
{
    fixture->module_state = 30;
    start (fixture);
    fake_clock_run (60);
    g_assert_cmpuint (mm_gdbus_modem_fota_get_percent (shown (fixture)), ==, 50);

    begin_again (fixture);
    fixture->module_state = 50;
    start (fixture);
    assert_state (fixture, MM_TDTECH_FOTA_STATE_UPGRADING);
    g_assert_cmpstr (mm_gdbus_modem_fota_get_transaction (shown (fixture)), !=, "");
}

/* What came before the answer may have ended what was asked for: then the answer is news, too */
static void
test_line_before_answer (Fixture       *fixture,
                         gconstpointer  data)
{
    start (fixture);
    call_accepted (fixture, "Check", URL);
    fake_port_hang (fixture->port, "^FOTASTATE?");
    fake_clock_run (60);
    g_assert_true (fake_port_is_hanging (fixture->port));
    say_state (fixture, "^FOTASTATE: 14");
    say_state (fixture, "^FOTASTATE: 10");
    fake_port_complete (fixture->port, NULL);
    assert_result (fixture, "Check", MM_TDTECH_FOTA_OUTCOME_NOTHING_NEWER, "");
    g_assert_cmpint (mm_gdbus_modem_fota_get_module_state (shown (fixture)), ==, 10);

    /* No answer comes, but the line counts */
    call_accepted (fixture, "Check", URL);
    fake_port_silence (fixture->port, "^FOTASTATE?");
    fake_clock_run (60);
    say_state (fixture, "^FOTASTATE: 14");
    fake_clock_run (60);
    assert_result (fixture, "Check", MM_TDTECH_FOTA_OUTCOME_NOTHING_NEWER, "");
    g_assert_cmpint (mm_gdbus_modem_fota_get_module_state (shown (fixture)), ==, 14);

    call_accepted (fixture, "Download", URL);
    fake_port_silence (fixture->port, "^FOTASTATE?");
    fake_clock_run (60);
    say_state (fixture, OFFER);
    fake_clock_run (10);
    assert_state (fixture, MM_TDTECH_FOTA_STATE_CHECKING);
    g_assert_cmpint (mm_gdbus_modem_fota_get_module_state (shown (fixture)), ==, 12);

    /* It begins something else, which has an outcome of its own */
    begin_again (fixture);
    start (fixture);
    call_accepted (fixture, "Check", URL);
    fake_port_hang (fixture->port, "^FOTASTATE?");
    fake_clock_run (60);
    fake_port_hang (fixture->port, "^FOTADL=0");
    say_state (fixture, "^FOTASTATE: 30");
    say_state (fixture, "^FOTASTATE: 40");
    fake_port_complete (fixture->port, NULL);
    g_assert_true (fake_port_is_hanging (fixture->port));
    g_assert_cmpint (mm_gdbus_modem_fota_get_module_state (shown (fixture)), ==, 40);
    fixture->module_state = 10;
    fake_port_complete (fixture->port, NULL);
    g_assert_cmpuint (fake_port_count_sent (fixture->port, "^FOTADL=0"), ==, 1);

    /* The download began and is over: not to be waited for */
    begin_again (fixture);
    start (fixture);
    call_accepted (fixture, "Download", URL);
    fake_port_hang (fixture->port, "^FOTASTATE?");
    fake_clock_run (60);
    say_state (fixture, "^FOTASTATE: 30");
    say_state (fixture, "^FOTASTATE: 10");
    fake_port_complete (fixture->port, NULL);
    assert_result (fixture, "Download", MM_TDTECH_FOTA_OUTCOME_FAILED, ".SilentlyEnded");
}

static void
say_downloaded (gpointer data)
{
    say_state (data, "^FOTASTATE: 40");
}

/* The same of another command, with whose answer it comes: the outcome says nothing of what the line
 * began */
static void
test_line_before_outcome (Fixture       *fixture,
                          gconstpointer  data)
{
    start (fixture);
    call_accepted (fixture, "Download", "{'url': <'http://server/fw/'>, 'upgrade': <true>}");
    say_state (fixture, "^FOTASTATE: 11");
    say_state (fixture, OFFER);
    say_state (fixture, "^FOTASTATE: 30");
    fixture->module_state = 30;
    fake_port_hang (fixture->port, "^FOTADLQ");
    fake_clock_run (60);
    g_assert_true (fake_port_is_hanging (fixture->port));
    fake_port_hang (fixture->port, "^VERSION?");
    fake_port_forget (fixture->port);
    fixture->module_state = 40;
    fake_steps_begin (1, FAKE_STEP_BEFORE, say_downloaded, fixture);
    fake_port_complete (fixture->port, "^FOTADLQ: 0,\"FIRMWARE1\",1000,1000");
    g_assert_true (fake_steps_end ());
    fake_clock_run (1);
    fake_port_assert_sent (fixture->port, "^VERSION?");
    g_assert_cmpstr (mm_gdbus_modem_fota_get_transaction (shown (fixture)), !=, "");
    fake_port_complete (fixture->port, "^VERSION:BDT:Jan 28 2026, 18:42:02\n^VERSION:EXTS:" OLD_VERSION);
    wait_for_flash (fixture);
}

/* Who moves on does not leave them where they wait for the answer's end */
static void
test_line_not_left (Fixture       *fixture,
                    gconstpointer  data)
{
    start (fixture);
    call_accepted (fixture, "Check", URL);
    fake_port_hang (fixture->port, "^FOTASTATE?");
    fake_clock_run (60);
    say_state (fixture, OFFER);
    fake_clock_run (1);
    g_assert_cmpint (mm_gdbus_modem_fota_get_module_state (shown (fixture)), ==, 10);
    begin_call (fixture, "Cancel", "@a{sv} {}");
    sync_bus (fixture);
    fake_clock_run (1);
    g_assert_true (fake_port_is_hanging (fixture->port));
    g_assert_cmpint (mm_gdbus_modem_fota_get_module_state (shown (fixture)), ==, 12);
    fake_port_complete (fixture->port, NULL);
}

static void
test_state_unreadable (Fixture       *fixture,
                       gconstpointer  data)
{
    guint i;

    /* Three times, and again when the module may have come to itself */
    for (i = 0; i < 5; i++)
        fake_port_answer (fixture->port, "^FOTASTATE?", NULL);
    start (fixture);
    g_assert_cmpuint (fake_port_count_sent (fixture->port, "^FOTASTATE?"), ==, 3);
    assert_state (fixture, MM_TDTECH_FOTA_STATE_UNKNOWN);
    fake_clock_run (120);
    g_assert_cmpuint (fake_port_count_sent (fixture->port, "^FOTASTATE?"), ==, 6);
    assert_state (fixture, MM_TDTECH_FOTA_STATE_IDLE);
}

/* Two modules of one identifier do not share a record */
static void
test_same_identifier (Fixture       *fixture,
                      gconstpointer  data)
{
    g_autoptr(GObject)       other = G_OBJECT (fake_modem_new (FAKE_TYPE_MODEM));
    g_autoptr(MMTdtechFota)  fota = mm_tdtech_fota_new (MM_BASE_MODEM (other));
    MMPortSerialAt          *port = mm_base_modem_peek_port_primary (MM_BASE_MODEM (other));

    start (fixture);
    call_accepted (fixture, "Check", URL);
    g_object_set (other, MM_BASE_MODEM_DEVICE, "/sys/devices/other", NULL);
    fake_port_hang (port, "^FOTASTATE?");
    mm_tdtech_fota_start (fota);
    g_assert_cmpstr (mm_gdbus_modem_fota_get_server (fota->skeleton), ==, "");
    mm_tdtech_fota_stop (fota);
    fake_modem_remove (MM_BASE_MODEM (other));
    fake_clock_settle ();
}

/*****************************************************************************/
/* Check */

static void
test_check (Fixture       *fixture,
            gconstpointer  data)
{
    g_autofree gchar *record = NULL;

    start (fixture);
    fake_port_forget (fixture->port);
    call_accepted (fixture, "Check", "{'url': <'http://server/fw'>, 'transaction': <'mine'>}");
    g_assert_cmpstr (g_variant_get_type_string (fixture->reply), ==, "(s)");
    fake_port_assert_sent (fixture->port, "+COPS? +CEREG? +C5GREG? ^FOTASTATE? ^FOTAMODE=0,0,0,1 "
                           "^FOTAOEMDL=\"http://server/fw/\"");
    assert_state (fixture, MM_TDTECH_FOTA_STATE_CHECKING);
    g_assert_cmpstr (mm_gdbus_modem_fota_get_transaction (shown (fixture)), ==, "mine");
    g_assert_true (mm_gdbus_modem_fota_get_interruptible (shown (fixture)));
    g_assert_cmpstr (mm_gdbus_modem_fota_get_server (shown (fixture)), ==, "http://server/fw/");
    /* It is the known one, and not one that was only asked for */
    record = read_record (fixture);
    g_assert_nonnull (strstr (record, "\nurl=http://server/fw/\n"));
    g_assert_null (strstr (record, "\nasked="));

    /* One at a time */
    call_refused (fixture, "Check", "@a{sv} {}", "InProgress");
    say_state (fixture, "^FOTASTATE: 11");
    say_state (fixture, "^FOTASTATE: 14");
    fixture->module_state = 10;
    fake_clock_settle ();
    fake_clock_run (1);
    assert_result (fixture, "Check", MM_TDTECH_FOTA_OUTCOME_NOTHING_NEWER, "");
    fake_log_assert_said ("firmware Check mine is over: done");
    /* Certificates and keys are kept no longer */
    g_assert_null (fixture->fota->options);
    assert_events (fixture, "2");
    assert_details (fixture, 0, "@a{sv} {}");
    g_assert_cmpuint (g_variant_n_children (mm_gdbus_modem_fota_get_update (shown (fixture))), ==, 0);
}

static void
test_check_finds (Fixture       *fixture,
                  gconstpointer  data)
{
    gint64            began = g_get_real_time () / G_USEC_PER_SEC;
    g_autofree gchar *started = g_strdup_printf ("uint64 %" G_GINT64_FORMAT, began);
    g_autofree gchar *finished = g_strdup_printf ("uint64 %" G_GINT64_FORMAT, began + 5);
    GVariant         *update;

    start (fixture);
    call_accepted (fixture, "Check", URL);
    say_state (fixture, "^FOTASTATE: 11");
    fake_clock_run (5);
    say_state (fixture, OFFER);
    fixture->module_state = 12;
    fake_clock_run (1);
    update = mm_gdbus_modem_fota_get_update (shown (fixture));
    g_assert_cmpuint (g_variant_n_children (update), ==, 5);
    assert_member (update, "version", "'" NEW_VERSION "'");
    assert_member (update, "size", "uint64 1000");
    assert_member (update, "description", "'text'");
    assert_member (update, "url", "'http://server/fw/'");
    assert_member (update, "downgrade", "false");
    assert_result (fixture, "Check", MM_TDTECH_FOTA_OUTCOME_SUCCEEDED, "");
    assert_result_says (fixture, "from", "'" OLD_VERSION "'");
    assert_result_says (fixture, "to", "'" NEW_VERSION "'");
    assert_result_says (fixture, "found", "'" NEW_VERSION "'");
    assert_result_says (fixture, "started", started);
    assert_result_says (fixture, "finished", finished);
    assert_state (fixture, MM_TDTECH_FOTA_STATE_AVAILABLE);
    assert_events (fixture, "3");
    assert_details (fixture, 0, "{'version': <'" NEW_VERSION "'>, 'size': <uint64 1000>}");

    /* One that is older */
    begin_again (fixture);
    start (fixture);
    call_accepted (fixture, "Check", URL);
    say_state (fixture, "^FOTASTATE: 11");
    say_state (fixture, "^FOTASTATE: 12, 1.1.0.0(SP1C02), 2000, text");
    fake_clock_run (1);
    assert_member (mm_gdbus_modem_fota_get_update (shown (fixture)), "downgrade", "true");
}

/* What ran was not known yet when it ended */
static void
test_check_version_late (Fixture       *fixture,
                         gconstpointer  data)
{
    fake_port_fail (fixture->port, "^VERSION?", "ERROR");
    start (fixture);
    g_assert_cmpstr (mm_gdbus_modem_fota_get_version (shown (fixture)), ==, "");
    call_accepted (fixture, "Check", URL);
    say_state (fixture, "^FOTASTATE: 14");
    fixture->module_state = 10;
    fake_clock_run (1);
    assert_result (fixture, "Check", MM_TDTECH_FOTA_OUTCOME_NOTHING_NEWER, "");
    assert_result_says (fixture, "from", "''");
    fake_clock_run (60);
    g_assert_cmpstr (mm_gdbus_modem_fota_get_version (shown (fixture)), ==, OLD_VERSION);
    assert_result_says (fixture, "from", "'" OLD_VERSION "'");

    /* It stays so, whoever tells it */
    take_modem_away (fixture);
    add_modem (fixture);
    start (fixture);
    assert_result_says (fixture, "from", "'" OLD_VERSION "'");
}

static void
test_check_fails (Fixture       *fixture,
                  gconstpointer  data)
{
    start (fixture);
    call_accepted (fixture, "Check", URL);
    say_state (fixture, "^FOTASTATE: 11");
    say_state (fixture, "^FOTASTATE: 13,51");
    fixture->module_state = 13;
    fake_clock_run (1);
    assert_result (fixture, "Check", MM_TDTECH_FOTA_OUTCOME_FAILED, ".FilesUnavailable");
    assert_result_says (fixture, "module-code", "uint32 51");
    fake_log_assert_said ("firmware Check * is over: the firmware server did not give the upgrade files *");
    assert_events (fixture, "1");
    assert_details (fixture, 0, "{'error': <'com.td_tech.ModemManager1.Error.Fota.FilesUnavailable'>, "
                                "'module-code': <uint32 51>}");
}

static void
test_refused (Fixture       *fixture,
              gconstpointer  data)
{
    g_autofree gchar *record = NULL;
    g_autofree gchar *record_after = NULL;

    start (fixture);
    call_refused (fixture, "Check", "{'nonsense': <1>}", "InvalidArgs");
    call_refused (fixture, "Check", "@a{sv} {}", "InvalidArgs");
    call_refused (fixture, "Cancel", "{'nonsense': <1>}", "InvalidArgs");
    call_refused (fixture, "Check", "{'url': <'http://server/'>, 'tls-verify': <uint32 2>}", "InvalidArgs");
    call_refused (fixture, "Resume", URL, "WrongState");
    call_refused (fixture, "Upgrade", "@a{sv} {}", "WrongState");
    call_refused (fixture, "Cancel", "@a{sv} {}", "WrongState");
    g_free (fake_modem_take_authorizations (fixture->modem));
    g_assert_cmpstr (mm_gdbus_modem_fota_get_server (shown (fixture)), ==, "");
    /* What is missing is told first, whichever server was meant */
    call_refused (fixture, "Resume", "@a{sv} {}", "WrongState");

    /* The module refuses: the known server stays */
    call_accepted (fixture, "Check", URL);
    say_state (fixture, "^FOTASTATE: 14");
    fixture->module_state = 10;
    fake_clock_run (5);
    fake_port_fail (fixture->port, "^FOTAOEMDL=*", "ERROR");
    call_refused (fixture, "Check", "{'url': <'http://other/'>}", "Refused");
    g_assert_cmpstr (mm_gdbus_modem_fota_get_server (shown (fixture)), ==, "http://server/fw/");
    /* What ended last is still named until then */
    record = read_record (fixture);
    fake_port_fail (fixture->port, "^FOTAOEMDL=*", "ERROR");
    call_refused (fixture, "Download", "{'url': <'http://third/'>, 'upgrade': <true>, 'transaction': <'mine'>}", "Refused");
    record_after = read_record (fixture);
    g_assert_cmpstr (record_after, ==, record);
    fake_modem_set_registration (fixture->modem, MM_MODEM_3GPP_REGISTRATION_STATE_DENIED);
    fake_port_answer (fixture->port, "+CEREG?", "+CEREG: 2,3");
    call_refused (fixture, "Check", "{'url': <'http://other/'>}", "ConditionsNotMet");
    g_assert_cmpstr (mm_gdbus_modem_fota_get_server (shown (fixture)), ==, "http://server/fw/");
}

/* Where an offer came from does not change while another server is about to be asked */
static void
test_offer_of_first_server (Fixture       *fixture,
                            gconstpointer  data)
{
    start (fixture);
    call_accepted (fixture, "Check", URL);
    say_state (fixture, OFFER);
    fixture->module_state = 12;
    fake_clock_run (1);
    fake_port_hang (fixture->port, "^FOTADL=0");
    begin_call (fixture, "Download", "{'url': <'http://other/'>}");
    FAKE_CLOCK_WAIT_FOR (fake_port_is_hanging (fixture->port));
    assert_member (mm_gdbus_modem_fota_get_update (shown (fixture)), "url", "'http://server/fw/'");
    /* It keeps what it found */
    fake_port_complete (fixture->port, NULL);
    FAKE_CLOCK_WAIT_FOR (fixture->n_replies == 2);
    g_assert_nonnull (fixture->error);
    assert_member (mm_gdbus_modem_fota_get_update (shown (fixture)), "url", "'http://server/fw/'");
    assert_server (fixture, "http://server/fw/");
}

/* The module finds something by itself meanwhile, or so it says when it is back: nor is that the other
 * server's. What was not begun is not in the record any more. */
static void
test_offer_before_query (Fixture       *fixture,
                         gconstpointer  data)
{
    guint i;

    for (i = 0; i < 2; i++) {
        g_autofree gchar *record = NULL;
        guint             n_replies;

        begin_again (fixture);
        start (fixture);
        call_accepted (fixture, "Check", URL);
        say_state (fixture, "^FOTASTATE: 11");
        say_state (fixture, "^FOTASTATE: 14");
        fake_clock_run (1);
        fake_port_hang (fixture->port, "+COPS?");
        n_replies = fixture->n_replies;
        begin_call (fixture, "Download", "{'url': <'http://other/'>}");
        FAKE_CLOCK_WAIT_FOR (fake_port_is_hanging (fixture->port));
        fixture->module_state = 12;
        if (i == 0) {
            say_state (fixture, OFFER);
            fake_clock_run (1);
        } else {
            take_modem_away (fixture);
            FAKE_CLOCK_WAIT_FOR (fixture->n_replies == n_replies + 1);
            add_modem (fixture);
            fake_port_hang (fixture->port, "^FOTASTATE?");
            start (fixture);
            say_state (fixture, OFFER);
            fake_port_complete (fixture->port, NULL);
            fake_clock_run (1);
            record = read_record (fixture);
            g_assert_null (strstr (record, "http://other/"));
        }
        assert_member (mm_gdbus_modem_fota_get_update (shown (fixture)), "url", "'http://server/fw/'");
        assert_server (fixture, "http://server/fw/");
        if (i == 0)
            fake_port_complete (fixture->port, "+COPS: 0");
    }
}

/* An event of what the module does by itself is no earlier transaction's, which is over, whoever was
 * there when it ended */
static void
test_event_of_no_transaction (Fixture       *fixture,
                              gconstpointer  data)
{
    guint i;

    for (i = 0; i < 2; i++) {
        g_autoptr(GVariant)  transaction = NULL;
        g_autofree gchar    *record = NULL;
        g_autofree gchar    *record_after = NULL;

        begin_again (fixture);
        start (fixture);
        call_accepted (fixture, "Check", URL);
        say_state (fixture, "^FOTASTATE: 14");
        fake_clock_run (1);
        if (i == 1) {
            take_modem_away (fixture);
            add_modem (fixture);
            start (fixture);
        }
        say_state (fixture, "^FOTASTATE: 11");
        say_state (fixture, "^FOTASTATE: 13,51");
        fake_clock_run (1);
        assert_events (fixture, "2 1");
        transaction = g_variant_lookup_value (fixture->details->pdata[1], "transaction", NULL);
        g_assert_null (transaction);

        /* That it was told is not written down once more */
        record = read_record (fixture);
        say_state (fixture, "^FOTASTATE: 13,51");
        fake_clock_run (1);
        record_after = read_record (fixture);
        g_assert_cmpstr (record_after, ==, record);
    }
}

/* Only a Download of what the module has found already can do without a server */
static void
test_server_unknown (Fixture       *fixture,
                     gconstpointer  data)
{
    start (fixture);
    call_refused (fixture, "Download", "@a{sv} {}", "InvalidArgs");

    begin_again (fixture);
    fixture->module_state = 31;
    start (fixture);
    call_refused (fixture, "Resume", "@a{sv} {}", "InvalidArgs");

    begin_again (fixture);
    fixture->module_state = 12;
    say_state (fixture, OFFER);
    start (fixture);
    call_refused (fixture, "Check", "@a{sv} {}", "InvalidArgs");
    call_accepted (fixture, "Download", "@a{sv} {}");
    g_assert_true (fake_port_was_sent (fixture->port, "^FOTADL=1"));
    g_assert_false (fake_port_was_sent (fixture->port, "^FOTAOEMDL=*"));
}

/* Whether there is TLS to be set up is seen by the server that is known, too */
static void
test_server_needs_tls (Fixture       *fixture,
                       gconstpointer  data)
{
    start (fixture);
    answer_always (fixture, "^SSL*", NULL);
    call_accepted (fixture, "Check", "{'url': <'https://server/fw/'>, 'tls-verify': <uint32 0>}");
    g_assert_true (fake_port_was_sent (fixture->port, "^SSLCFG=*"));
    say_state (fixture, "^FOTASTATE: 14");
    fixture->module_state = 10;
    fake_clock_run (1);
    fake_port_forget (fixture->port);
    call_refused (fixture, "Check", "@a{sv} {}", "InvalidArgs");
    g_assert_nonnull (strstr (fixture->error->message, "tls-ca"));
    fake_port_assert_sent (fixture->port, "");
    call_accepted (fixture, "Check", "{'tls-verify': <uint32 0>}");

    begin_again (fixture);
    start (fixture);
    call_accepted (fixture, "Check", URL);
    say_state (fixture, "^FOTASTATE: 14");
    fixture->module_state = 10;
    fake_clock_run (1);
    fake_port_forget (fixture->port);
    call_refused (fixture, "Check", "{'tls-verify': <uint32 0>}", "InvalidArgs");
    fake_port_assert_sent (fixture->port, "");
}

/* The module keeps what a Check has found, which another server may not have */
static void
test_offer_stays (Fixture       *fixture,
                  gconstpointer  data)
{
    start (fixture);
    call_accepted (fixture, "Check", URL);
    say_state (fixture, "^FOTASTATE: 11");
    say_state (fixture, OFFER);
    fixture->module_state = 12;
    fake_clock_run (1);
    call_refused (fixture, "Download", "{'url': <'http://other/'>}", "WrongState");
    g_assert_false (fake_port_was_sent (fixture->port, "^FOTADL=1"));
    call_accepted (fixture, "Download", URL);
    g_assert_true (fake_port_was_sent (fixture->port, "^FOTADL=1"));
}

/*****************************************************************************/
/* Authorization */

typedef struct {
    const gchar *method;
    const gchar *options;
    const gchar *actions;
} Actions;

static const Actions actions[] = {
    { "Check",    URL,                                                                       "check" },
    { "Download", URL,                                                                       "download" },
    { "Download", "{'url': <'http://server/fw/'>, 'upgrade': <true>}",                       "download upgrade" },
    { "Download", "{'url': <'http://server/fw/'>, 'allow-downgrade': <true>}",               "download downgrade" },
    { "Resume",   "@a{sv} {}",                                                               "download" },
    { "Upgrade",  "@a{sv} {}",                                                               "upgrade" },
    { "Upgrade",  "{'allow-downgrade': <true>}",                                             "downgrade" },
    { "Cancel",   "@a{sv} {}",                                                               "download" },
};

/* Each action of each verb is asked for, and its denial is the end */
static void
test_authorization (Fixture       *fixture,
                    gconstpointer  data)
{
    guint i;

    start (fixture);
    fake_port_forget (fixture->port);
    for (i = 0; i < G_N_ELEMENTS (actions); i++) {
        g_auto(GStrv)     needed = g_strsplit (actions[i].actions, " ", -1);
        g_autofree gchar *asked = NULL;
        guint             j;

        for (j = 0; needed[j]; j++) {
            fake_modem_deny (fixture->modem, needed[j]);
            g_free (fake_modem_take_authorizations (fixture->modem));
            call_refused (fixture, actions[i].method, actions[i].options, "Unauthorized");
        }
        asked = fake_modem_take_authorizations (fixture->modem);
        g_assert_cmpstr (asked, ==, actions[i].actions);
    }
    fake_port_assert_sent (fixture->port, "");
    assert_result (fixture, "none", 0, "none");
}

static void
test_authorization_lost (Fixture       *fixture,
                         gconstpointer  data)
{
    guint i;

    start (fixture);
    fake_port_forget (fixture->port);
    fake_modem_set_authorization (fixture->modem, FAKE_AUTHORIZATION_LOST);
    for (i = 0; i < G_N_ELEMENTS (actions); i++)
        call_refused (fixture, actions[i].method, actions[i].options, "NoReply");
    begin_call_of (fixture, fixture->client, "ListEvents", "(uint64 0,)");
    FAKE_CLOCK_WAIT_FOR (fixture->n_replies == G_N_ELEMENTS (actions) + 1);
    g_assert_nonnull (fixture->error);
    fake_port_assert_sent (fixture->port, "");
    /* It comes back */
    fake_modem_set_authorization (fixture->modem, FAKE_AUTHORIZATION_GRANTED);
    call_accepted (fixture, "Check", URL);
}

/* Who is answered by GLib's error is not told that the modem is gone */
static void
test_authorization_cancelled (Fixture       *fixture,
                              gconstpointer  data)
{
    start (fixture);
    fake_port_forget (fixture->port);
    fake_modem_set_authorization (fixture->modem, FAKE_AUTHORIZATION_CANCELLED);
    call_refused (fixture, "Check", URL, "Aborted");
    begin_call_of (fixture, fixture->client, "ListEvents", "(uint64 0,)");
    FAKE_CLOCK_WAIT_FOR (fixture->n_replies == 2);
    g_assert_nonnull (fixture->error);
    g_assert_nonnull (strstr (fixture->error->message, "the modem is gone"));
    fake_port_assert_sent (fixture->port, "");
}

/* The state is another one when the answer comes */
static void
test_authorization_late (Fixture       *fixture,
                         gconstpointer  data)
{
    start (fixture);
    fake_modem_set_authorization (fixture->modem, FAKE_AUTHORIZATION_LATE);
    begin_call (fixture, "Check", URL);
    begin_call (fixture, "Check", URL);
    FAKE_CLOCK_WAIT_FOR (fake_modem_n_waiting (fixture->modem) == 2);
    fake_modem_authorize_now (fixture->modem, TRUE);
    fake_clock_settle ();
    fake_modem_authorize_now (fixture->modem, TRUE);
    FAKE_CLOCK_WAIT_FOR (fixture->n_replies == 2);
    assert_state (fixture, MM_TDTECH_FOTA_STATE_CHECKING);
    g_assert_cmpuint (fake_port_count_sent (fixture->port, "^FOTAOEMDL=*"), ==, 1);
}

static void
test_authorization_after_modem (Fixture       *fixture,
                                gconstpointer  data)
{
    start (fixture);
    fake_port_forget (fixture->port);
    fake_modem_set_authorization (fixture->modem, FAKE_AUTHORIZATION_LATE);
    begin_call (fixture, "Check", URL);
    begin_call (fixture, "Cancel", "@a{sv} {}");
    begin_call_of (fixture, fixture->client, "ListEvents", "(uint64 0,)");
    FAKE_CLOCK_WAIT_FOR (fake_modem_n_waiting (fixture->modem) == 3);
    fake_modem_remove (fixture->modem);
    while (fake_modem_n_waiting (fixture->modem) > 0) {
        guint n = fixture->n_replies;

        fake_modem_authorize_now (fixture->modem, TRUE);
        FAKE_CLOCK_WAIT_FOR (fixture->n_replies > n);
        g_assert_nonnull (fixture->error);
    }
    fake_port_assert_sent (fixture->port, "");
}

/* Who has left gets nothing, and nothing begins for him */
static void
test_caller_leaves (Fixture       *fixture,
                    gconstpointer  data)
{
    GDBusConnection *caller = fake_bus_connect ();

    start (fixture);
    fake_port_forget (fixture->port);
    fake_modem_set_authorization (fixture->modem, FAKE_AUTHORIZATION_LATE);
    begin_call_of (fixture, caller, "Check", "(" URL ",)");
    FAKE_CLOCK_WAIT_FOR (fake_modem_n_waiting (fixture->modem) == 1);
    g_dbus_connection_close_sync (caller, NULL, NULL);
    g_object_unref (caller);
    /* He is seen to be gone before a caller of later is served */
    begin_call (fixture, "Resume", "@a{sv} {}");
    FAKE_CLOCK_WAIT_FOR (fake_modem_n_waiting (fixture->modem) == 2);
    sync_bus (fixture);
    fake_modem_authorize_now (fixture->modem, TRUE);
    fake_modem_authorize_now (fixture->modem, TRUE);
    FAKE_CLOCK_WAIT_FOR (fixture->n_replies == 2);
    fake_clock_settle ();
    fake_port_assert_sent (fixture->port, "");
    assert_state (fixture, MM_TDTECH_FOTA_STATE_IDLE);
}

/* He did not want to wait for an answer */
static void
test_caller_needs_no_answer (Fixture       *fixture,
                             gconstpointer  data)
{
    GDBusConnection *caller = fake_bus_connect ();

    start (fixture);
    fake_modem_set_authorization (fixture->modem, FAKE_AUTHORIZATION_LATE);
    g_dbus_connection_call (caller, g_dbus_connection_get_unique_name (fixture->server), PATH, INTERFACE, "Check",
                            g_variant_new_parsed ("(" URL ",)"), NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL, NULL);
    FAKE_CLOCK_WAIT_FOR (fake_modem_n_waiting (fixture->modem) == 1);
    g_dbus_connection_close_sync (caller, NULL, NULL);
    g_object_unref (caller);
    sync_bus (fixture);
    sync_bus (fixture);
    fake_modem_authorize_now (fixture->modem, TRUE);
    fake_clock_settle ();
    assert_state (fixture, MM_TDTECH_FOTA_STATE_CHECKING);
}

/* The bus goes after the call has come, and before it is looked at */
static void
test_bus_leaves (Fixture       *fixture,
                 gconstpointer  data)
{
    start (fixture);
    fake_port_forget (fixture->port);
    begin_call (fixture, "Check", URL);
    ask_bus (fixture->client);
    ask_bus (fixture->server);
    g_dbus_connection_close_sync (fixture->server, NULL, NULL);
    /* GDBus's own thread takes note of it a moment later */
    while (!g_dbus_connection_is_closed (fixture->server))
        g_usleep (1000);
    fake_clock_settle ();
    FAKE_CLOCK_WAIT_FOR (fixture->n_replies == 1);
    g_assert_nonnull (fixture->error);
    fake_port_assert_sent (fixture->port, "");
    assert_state (fixture, MM_TDTECH_FOTA_STATE_IDLE);
}

/*****************************************************************************/
/* Calls that come before it is known what the module does */

static void
test_early (Fixture       *fixture,
            gconstpointer  data)
{
    fake_port_hang (fixture->port, "^FOTASTATE?");
    start (fixture);
    begin_call (fixture, "Check", URL);
    begin_call (fixture, "Cancel", "@a{sv} {}");
    sync_bus (fixture);
    fake_clock_run (5);
    g_assert_cmpuint (fixture->n_replies, ==, 0);
    answer_state (fixture);
    fake_port_complete (fixture->port, NULL);
    FAKE_CLOCK_WAIT_FOR (fixture->n_replies == 2);
}

/* What is not the flow's own has the port, as a scan for networks does for minutes: D-Bus's own limit
 * passes, and what its caller has given up does not begin */
static void
test_port_is_busy (Fixture       *fixture,
                   gconstpointer  data)
{
    fixture->module_state = 40;
    start (fixture);
    fake_port_hang (fixture->port, "+COPS?");
    begin_call (fixture, "Upgrade", "@a{sv} {}");
    sync_bus (fixture);
    fake_clock_run (19);
    sync_bus (fixture);
    g_assert_cmpuint (fixture->n_replies, ==, 0);
    fake_clock_run (1);
    FAKE_CLOCK_WAIT_FOR (fixture->n_replies == 1);
    g_assert_nonnull (strstr (fixture->error->message, "busy"));
    /* Until then nothing else begins either */
    call_refused (fixture, "Upgrade", "@a{sv} {}", "InProgress");
    fake_port_complete (fixture->port, "+COPS: 0");
    fake_clock_run (600);
    g_assert_false (fake_port_was_sent (fixture->port, "^FWUP"));
    assert_result (fixture, "none", MM_TDTECH_FOTA_OUTCOME_NONE, "none");
    assert_events (fixture, "");

    /* The old version is the last that is asked for */
    fake_port_hang (fixture->port, "+CGMR");
    begin_call (fixture, "Upgrade", "@a{sv} {}");
    sync_bus (fixture);
    fake_clock_run (20);
    FAKE_CLOCK_WAIT_FOR (fixture->n_replies == 3);
    g_assert_nonnull (strstr (fixture->error->message, "busy"));
    fake_port_complete (fixture->port, "V200R001C20B025");
    fake_clock_run (600);
    g_assert_false (fake_port_was_sent (fixture->port, "^FWUP"));

    /* Who waited before has less time left; and an answer in time stops nothing */
    call_accepted (fixture, "Upgrade", "{'delay': <uint32 300>}");
    fake_clock_run (60);
    assert_state (fixture, MM_TDTECH_FOTA_STATE_WAITING);
    call_accepted (fixture, "Cancel", "@a{sv} {}");
}

/* The time that a call waited until the module's state was known counts */
static void
test_port_is_busy_early (Fixture       *fixture,
                         gconstpointer  data)
{
    fixture->module_state = 40;
    fake_port_hang (fixture->port, "^FOTASTATE?");
    start (fixture);
    fake_port_hang (fixture->port, "+COPS?");
    begin_call (fixture, "Upgrade", "@a{sv} {}");
    sync_bus (fixture);
    fake_clock_run (15);
    answer_state (fixture);
    fake_port_complete (fixture->port, NULL);
    fake_clock_run (4);
    sync_bus (fixture);
    g_assert_cmpuint (fixture->n_replies, ==, 0);
    fake_clock_run (1);
    FAKE_CLOCK_WAIT_FOR (fixture->n_replies == 1);
    g_assert_nonnull (strstr (fixture->error->message, "busy"));
    fake_port_complete (fixture->port, "+COPS: 0");
    fake_clock_run (600);
    g_assert_false (fake_port_was_sent (fixture->port, "^FWUP"));
}

/* Once the module is told, it is the module that answers; and a modem that goes takes the time along */
static void
test_port_is_busy_late (Fixture       *fixture,
                        gconstpointer  data)
{
    start (fixture);
    fake_port_hang (fixture->port, "^FOTAOEMDL=*");
    begin_call (fixture, "Download", URL);
    sync_bus (fixture);
    fake_clock_run (21);
    sync_bus (fixture);
    g_assert_cmpuint (fixture->n_replies, ==, 0);
    fake_port_complete (fixture->port, NULL);
    FAKE_CLOCK_WAIT_FOR (fixture->n_replies == 1);
    g_assert_no_error (fixture->error);
    call_accepted (fixture, "Cancel", "@a{sv} {}");

    fake_port_hang (fixture->port, "+COPS?");
    begin_call (fixture, "Check", URL);
    sync_bus (fixture);
    take_modem_away (fixture);
    FAKE_CLOCK_WAIT_FOR (fixture->n_replies == 3);
    g_assert_nonnull (strstr (fixture->error->message, "gone"));
    fake_clock_run (60);
    add_modem (fixture);
}

/* What was not asked for in the end has not changed what is known */
static void
test_port_is_busy_and_offer (Fixture       *fixture,
                             gconstpointer  data)
{
    g_autoptr(GVariant) update = NULL;

    fixture->module_state = 12;
    start (fixture);
    say_state (fixture, OFFER);
    fake_clock_run (1);
    update = g_variant_ref (mm_gdbus_modem_fota_get_update (shown (fixture)));
    g_assert_cmpuint (g_variant_n_children (update), ==, 5);
    fake_port_hang (fixture->port, "+COPS?");
    begin_call (fixture, "Check", URL);
    sync_bus (fixture);
    fake_clock_run (20);
    FAKE_CLOCK_WAIT_FOR (fixture->n_replies == 1);
    fake_port_complete (fixture->port, "+COPS: 0");
    assert_state (fixture, MM_TDTECH_FOTA_STATE_AVAILABLE);
    g_assert_cmpvariant (mm_gdbus_modem_fota_get_update (shown (fixture)), update);
}

static void
test_early_in_vain (Fixture       *fixture,
                    gconstpointer  data)
{
    guint i;

    fake_port_hang (fixture->port, "^FOTASTATE?");
    start (fixture);
    for (i = 0; i < 17; i++)
        begin_call (fixture, "Check", URL);
    /* One too many */
    FAKE_CLOCK_WAIT_FOR (fixture->n_replies == 1);
    g_assert_nonnull (strstr (fixture->error->message, "too many"));
    sync_bus (fixture);
    fake_clock_run (19);
    sync_bus (fixture);
    g_assert_cmpuint (fixture->n_replies, ==, 1);
    fake_clock_run (1);
    FAKE_CLOCK_WAIT_FOR (fixture->n_replies == 17);
    g_assert_nonnull (strstr (fixture->error->message, "not known yet"));
    answer_state (fixture);
    fake_port_complete (fixture->port, NULL);
    assert_state (fixture, MM_TDTECH_FOTA_STATE_IDLE);
}

static void
test_early_caller_leaves (Fixture       *fixture,
                          gconstpointer  data)
{
    GDBusConnection *caller = fake_bus_connect ();

    fake_port_hang (fixture->port, "^FOTASTATE?");
    start (fixture);
    begin_call_of (fixture, caller, "Check", "(" URL ",)");
    g_dbus_connection_flush_sync (caller, NULL, NULL);
    sync_bus (fixture);
    fake_clock_run (1);
    g_dbus_connection_close_sync (caller, NULL, NULL);
    g_object_unref (caller);
    FAKE_CLOCK_WAIT_FOR (fixture->n_replies == 1);
    sync_bus (fixture);
    sync_bus (fixture);
    answer_state (fixture);
    fake_port_complete (fixture->port, NULL);
    g_assert_false (fake_port_was_sent (fixture->port, "^FOTAOEMDL=*"));
}

/* Who has left does not stand in the way of others */
static void
test_early_callers_make_room (Fixture       *fixture,
                              gconstpointer  data)
{
    GDBusConnection *caller = fake_bus_connect ();
    guint            i;

    fake_port_hang (fixture->port, "^FOTASTATE?");
    start (fixture);
    for (i = 0; i < 16; i++)
        begin_call_of (fixture, caller, "Check", "(" URL ",)");
    g_dbus_connection_flush_sync (caller, NULL, NULL);
    sync_bus (fixture);
    fake_clock_run (1);
    g_assert_cmpuint (fixture->n_replies, ==, 0);
    g_dbus_connection_close_sync (caller, NULL, NULL);
    g_object_unref (caller);
    FAKE_CLOCK_WAIT_FOR (fixture->n_replies == 16);
    sync_bus (fixture);
    sync_bus (fixture);
    begin_call (fixture, "Check", URL);
    sync_bus (fixture);
    fake_clock_run (1);
    sync_bus (fixture);
    g_assert_cmpuint (fixture->n_replies, ==, 16);
    answer_state (fixture);
    fake_port_complete (fixture->port, NULL);
    FAKE_CLOCK_WAIT_FOR (fixture->n_replies == 17);
    g_assert_no_error (fixture->error);
}

static void
test_early_modem_removed (Fixture       *fixture,
                          gconstpointer  data)
{
    fake_port_hang (fixture->port, "^FOTASTATE?");
    start (fixture);
    begin_call (fixture, "Check", URL);
    sync_bus (fixture);
    fake_clock_run (1);
    fake_modem_remove (fixture->modem);
    FAKE_CLOCK_WAIT_FOR (fixture->n_replies == 1);
    g_assert_nonnull (strstr (fixture->error->message, "the modem is gone"));
}

/*****************************************************************************/
/* Download, Cancel, events */

static void
download (Fixture *fixture)
{
    call_accepted (fixture, "Download", URL);
    say_state (fixture, "^FOTASTATE: 11");
    say_state (fixture, OFFER);
    say_state (fixture, "^FOTASTATE: 30");
    fixture->module_state = 30;
    fake_clock_run (1);
}

static void
test_download (Fixture       *fixture,
               gconstpointer  data)
{
    guint i;

    start (fixture);
    download (fixture);
    assert_state (fixture, MM_TDTECH_FOTA_STATE_DOWNLOADING);
    g_assert_cmpuint (mm_gdbus_modem_fota_get_bytes_total (shown (fixture)), ==, 1000);
    fake_clock_run (60);
    g_assert_cmpuint (mm_gdbus_modem_fota_get_percent (shown (fixture)), ==, 50);
    g_assert_cmpuint (mm_gdbus_modem_fota_get_bytes_received (shown (fixture)), ==, 500);
    fixture->module_state = 40;
    say_state (fixture, "^FOTASTATE: 40");
    fake_clock_run (1);
    assert_state (fixture, MM_TDTECH_FOTA_STATE_DOWNLOADED);
    g_assert_cmpuint (mm_gdbus_modem_fota_get_percent (shown (fixture)), ==, 100);
    assert_result (fixture, "Download", MM_TDTECH_FOTA_OUTCOME_SUCCEEDED, "");
    assert_events (fixture, "3 4 6");
    for (i = 0; i < 3; i++)
        assert_details (fixture, i, "{'version': <'" NEW_VERSION "'>, 'size': <uint64 1000>}");
}

static void
test_download_suspended (Fixture       *fixture,
                         gconstpointer  data)
{
    start (fixture);
    download (fixture);
    fixture->module_state = 31;
    say_state (fixture, "^FOTASTATE: 31");
    fake_clock_run (1);
    assert_result (fixture, "Download", MM_TDTECH_FOTA_OUTCOME_FAILED, ".DownloadSuspended");
    assert_state (fixture, MM_TDTECH_FOTA_STATE_SUSPENDED);
    /* With the known server */
    call_accepted (fixture, "Resume", "@a{sv} {}");
    say_state (fixture, "^FOTASTATE: 11");
    fixture->module_state = 20;
    say_state (fixture, "^FOTASTATE: 20");
    fake_clock_run (1);
    assert_result (fixture, "Resume", MM_TDTECH_FOTA_OUTCOME_FAILED, ".DownloadFailed");
    assert_events (fixture, "3 4 5 7");
    assert_details (fixture, 3, "{'error': <'com.td_tech.ModemManager1.Error.Fota.DownloadFailed'>, "
                                "'module-code': <uint32 20>}");
}

static void
test_cancel (Fixture       *fixture,
             gconstpointer  data)
{
    start (fixture);
    download (fixture);
    fixture->module_state = 10;
    call_accepted (fixture, "Cancel", "@a{sv} {}");
    say_state (fixture, "^FOTASTATE: 10");
    fake_clock_run (1);
    g_assert_true (fake_port_was_sent (fixture->port, "^FOTADL=0"));
    assert_result (fixture, "Download", MM_TDTECH_FOTA_OUTCOME_CANCELLED, "Cancelled");
    assert_state (fixture, MM_TDTECH_FOTA_STATE_IDLE);
    assert_events (fixture, "3 4 14");
    assert_details (fixture, 2, "@a{sv} {}");
}

static void
refuse_cancel (Fixture *fixture)
{
    fake_port_fail (fixture->port, "^FOTADL=0", "ERROR");
    call_refused (fixture, "Cancel", "@a{sv} {}", "Refused");
}

/* What it ends with is then told as if nobody had asked for Cancel */
static void
test_cancel_refused (Fixture       *fixture,
                     gconstpointer  data)
{
    start (fixture);
    download (fixture);
    refuse_cancel (fixture);
    assert_state (fixture, MM_TDTECH_FOTA_STATE_DOWNLOADING);
    say_state (fixture, "^FOTASTATE: 40");
    fake_clock_run (1);
    assert_result (fixture, "Download", MM_TDTECH_FOTA_OUTCOME_SUCCEEDED, "");
    assert_result_says (fixture, "message", "''");

    /* It ends in the moment in which Cancel is refused */
    begin_again (fixture);
    start (fixture);
    download (fixture);
    fake_port_fail (fixture->port, "^FOTADL=0", "ERROR")->delay = 2;
    begin_call (fixture, "Cancel", "@a{sv} {}");
    FAKE_CLOCK_WAIT_FOR (fake_port_was_sent (fixture->port, "^FOTADL=0"));
    say_state (fixture, "^FOTASTATE: 31");
    fake_clock_run (2);
    FAKE_CLOCK_WAIT_FOR (fixture->n_replies == 2);
    assert_result (fixture, "Download", MM_TDTECH_FOTA_OUTCOME_FAILED, ".DownloadSuspended");
    assert_message (fixture, "the download is suspended *");

    /* It goes on, and fails for another reason later */
    begin_again (fixture);
    start (fixture);
    answer_always (fixture, "+CLCC", "+CLCC: 1,0,0,0,0,\"112\",129");
    call_accepted (fixture, "Download", "{'url': <'http://server/fw/'>, 'upgrade': <true>, 'wait': <uint32 60>}");
    say_state (fixture, "^FOTASTATE: 11");
    say_state (fixture, OFFER);
    say_state (fixture, "^FOTASTATE: 30");
    fake_clock_run (1);
    refuse_cancel (fixture);
    fixture->module_state = 40;
    say_state (fixture, "^FOTASTATE: 40");
    fake_clock_run (120);
    assert_result (fixture, "Download", MM_TDTECH_FOTA_OUTCOME_FAILED, ".ConditionsNotMet");
    assert_message (fixture, "the conditions are not met: a call is up *");
}

static void
test_cancel_caller_leaves (Fixture       *fixture,
                           gconstpointer  data)
{
    GDBusConnection *caller = fake_bus_connect ();

    start (fixture);
    download (fixture);
    fake_modem_set_authorization (fixture->modem, FAKE_AUTHORIZATION_LATE);
    begin_call_of (fixture, caller, "Cancel", "(@a{sv} {},)");
    FAKE_CLOCK_WAIT_FOR (fake_modem_n_waiting (fixture->modem) == 1);
    g_dbus_connection_close_sync (caller, NULL, NULL);
    g_object_unref (caller);
    /* He is seen to be gone before a caller of later is served */
    begin_call (fixture, "Cancel", "@a{sv} {}");
    FAKE_CLOCK_WAIT_FOR (fake_modem_n_waiting (fixture->modem) == 2);
    sync_bus (fixture);
    fake_modem_authorize_now (fixture->modem, TRUE);
    fake_clock_settle ();
    g_assert_false (fake_port_was_sent (fixture->port, "^FOTADL=0"));
    fixture->module_state = 10;
    fake_modem_authorize_now (fixture->modem, TRUE);
    fake_clock_settle ();
    g_assert_true (fake_port_was_sent (fixture->port, "^FOTADL=0"));
}

static void
begin_cancel_of_download (Fixture *fixture)
{
    start (fixture);
    download (fixture);
    fake_port_hang (fixture->port, "^FOTADL=0");
    begin_call (fixture, "Cancel", "@a{sv} {}");
    FAKE_CLOCK_WAIT_FOR (fake_port_is_hanging (fixture->port));
}

/* One at a time: what it is told does not concern who came before */
static void
test_cancel_twice (Fixture       *fixture,
                   gconstpointer  data)
{
    guint n_replies;

    begin_cancel_of_download (fixture);
    n_replies = fixture->n_replies;
    call_refused (fixture, "Cancel", "@a{sv} {}", "WrongState");
    fixture->module_state = 10;
    fake_port_complete (fixture->port, NULL);
    FAKE_CLOCK_WAIT_FOR (fixture->n_replies == n_replies + 2);
    g_assert_no_error (fixture->error);
    assert_result (fixture, "Download", MM_TDTECH_FOTA_OUTCOME_CANCELLED, "Cancelled");
}

static void
test_cancel_modem_removed (Fixture       *fixture,
                           gconstpointer  data)
{
    guint n_replies;

    begin_cancel_of_download (fixture);
    n_replies = fixture->n_replies;
    fake_modem_remove (fixture->modem);
    FAKE_CLOCK_WAIT_FOR (fixture->n_replies == n_replies + 1);
    g_assert_nonnull (fixture->error);
    g_assert_nonnull (strstr (fixture->error->message, "the modem is gone"));
}

/* At rest: what the module holds is no transaction's, but its end is a result, and nothing of it is
 * shown any more */
static void
test_discard (Fixture       *fixture,
              gconstpointer  data)
{
    g_autofree gchar *now = NULL;

    fixture->module_state = 40;
    start (fixture);
    fake_clock_run (100);
    fixture->module_state = 10;
    call_accepted (fixture, "Cancel", "@a{sv} {}");
    now = g_strdup_printf ("uint64 %" G_GINT64_FORMAT, g_get_real_time () / G_USEC_PER_SEC);
    assert_result_says (fixture, "verb", "'Cancel'");
    assert_result_says (fixture, "transaction", "''");
    assert_result_says (fixture, "message", "'cancelled'");
    assert_result_says (fixture, "started", now);
    assert_result_says (fixture, "finished", now);

    begin_again (fixture);
    start (fixture);
    download (fixture);
    fixture->module_state = 40;
    say_state (fixture, "^FOTASTATE: 40");
    fake_clock_run (1);
    g_assert_cmpuint (mm_gdbus_modem_fota_get_percent (shown (fixture)), ==, 100);
    fixture->module_state = 10;
    call_accepted (fixture, "Cancel", "@a{sv} {}");
    fake_clock_run (1);
    assert_result_says (fixture, "verb", "'Cancel'");
    assert_result_says (fixture, "outcome", "uint32 3");
    assert_result_says (fixture, "to", "'" NEW_VERSION "'");
    g_assert_cmpuint (mm_gdbus_modem_fota_get_percent (shown (fixture)), ==, G_MAXUINT32);
    g_assert_cmpuint (mm_gdbus_modem_fota_get_bytes_received (shown (fixture)), ==, 0);
    g_assert_cmpuint (mm_gdbus_modem_fota_get_bytes_total (shown (fixture)), ==, 0);
    assert_events (fixture, "3 4 6 14");
}

/* The module lies in 12: it is told once more */
static void
test_download_pushed (Fixture       *fixture,
                      gconstpointer  data)
{
    start (fixture);
    call_accepted (fixture, "Download", URL);
    say_state (fixture, "^FOTASTATE: 11");
    say_state (fixture, OFFER);
    fixture->module_state = 12;
    fake_clock_run (60);
    g_assert_true (fake_port_was_sent (fixture->port, "^FOTADL=1"));
}

static guint
list_events (Fixture *fixture,
             guint64  after)
{
    g_autofree gchar    *arguments = g_strdup_printf ("(uint64 %" G_GUINT64_FORMAT ",)", after);
    g_autoptr(GVariant)  events = NULL;
    guint                n = fixture->n_replies;

    begin_call_of (fixture, fixture->client, "ListEvents", arguments);
    FAKE_CLOCK_WAIT_FOR (fixture->n_replies > n);
    g_assert_no_error (fixture->error);
    events = g_variant_get_child_value (fixture->reply, 0);
    return (guint) g_variant_n_children (events);
}

static void
test_list_events (Fixture       *fixture,
                  gconstpointer  data)
{
    g_autofree gchar *journal = NULL;
    guint64           last;

    start (fixture);
    g_assert_cmpuint (list_events (fixture, 0), ==, 0);
    call_accepted (fixture, "Check", URL);
    say_state (fixture, "^FOTASTATE: 13,13");
    fake_clock_run (1);
    last = mm_gdbus_modem_fota_get_last_event (shown (fixture));
    g_assert_cmpuint (list_events (fixture, 0), ==, 1);
    g_assert_cmpuint (list_events (fixture, last - 1), ==, 1);
    g_assert_cmpuint (list_events (fixture, last), ==, 0);

    /* The next modem goes on with the journal */
    journal = g_strdup (mm_gdbus_modem_fota_get_journal (shown (fixture)));
    g_assert_cmpuint (strlen (journal), ==, 16);
    take_modem_away (fixture);
    add_modem (fixture);
    fixture->module_state = 13;
    start (fixture);
    g_assert_cmpuint (mm_gdbus_modem_fota_get_last_event (shown (fixture)), ==, last);
    g_assert_cmpstr (mm_gdbus_modem_fota_get_journal (shown (fixture)), ==, journal);
    sync_bus (fixture);
    g_assert_cmpuint (fixture->first_event, ==, last);
}

/* Their numbers can't be kept: they are another journal's, which whoever is told knows */
static void
test_events_not_kept (Fixture       *fixture,
                      gconstpointer  data)
{
    g_autofree gchar *journal = NULL;

    start (fixture);
    call_accepted (fixture, "Check", URL);
    journal = g_strdup (mm_gdbus_modem_fota_get_journal (shown (fixture)));
    fake_state_break (fixture->state_directory);
    say_state (fixture, "^FOTASTATE: 13,13");
    fake_clock_settle ();
    g_assert_cmpstr (mm_gdbus_modem_fota_get_journal (shown (fixture)), !=, journal);
    fake_state_mend (fixture->state_directory);
}

/* A caller who asked for no reply; and one whose connection is gone when the answer is due */
static void
test_send_fails (Fixture       *fixture,
                 gconstpointer  data)
{
    start (fixture);
    fake_port_hang (fixture->port, "^FOTAMODE=*");
    begin_call (fixture, "Check", URL);
    FAKE_CLOCK_WAIT_FOR (fake_port_was_sent (fixture->port, "^FOTAMODE=*"));
    g_dbus_connection_close_sync (fixture->server, NULL, NULL);
    fake_port_complete (fixture->port, NULL);
    fake_clock_settle ();
    assert_state (fixture, MM_TDTECH_FOTA_STATE_CHECKING);
    /* What was accepted goes on to its result, though nobody can be told */
    say_state (fixture, "^FOTASTATE: 14");
    fake_clock_run (5);
    assert_result (fixture, "Check", MM_TDTECH_FOTA_OUTCOME_NOTHING_NEWER, "");
}

/*****************************************************************************/
/* Upgrade */

static void
begin_with_package (Fixture *fixture)
{
    fixture->module_state = 40;
    start (fixture);
    fake_port_forget (fixture->port);
    assert_state (fixture, MM_TDTECH_FOTA_STATE_DOWNLOADED);
}

static void
say_flashing (Fixture *fixture)
{
    say_state (fixture, "^FOTASTATE: 50");
    fixture->module_state = 50;
    fake_clock_run (1);
}

static guint
blockers (Fixture *fixture)
{
    fake_clock_settle ();
    return mm_gdbus_modem_fota_get_blockers (shown (fixture));
}

static guint
max_timeouts (Fixture *fixture)
{
    guint value = 0;

    g_object_get (fixture->modem, MM_BASE_MODEM_MAX_TIMEOUTS, &value, NULL);
    return value;
}

static void
test_upgrade (Fixture       *fixture,
              gconstpointer  data)
{
    MMBaseBearer *bearer = MM_BASE_BEARER (fake_bearer_new (fixture->modem, 1));
    guint32       seconds = 0;
    guint32       last_seconds = 0;
    guint         i;

    fake_bearer_list_add (fake_modem_peek_bearers (fixture->modem), bearer);
    fake_bearer_set_status (bearer, MM_BEARER_STATUS_CONNECTED);
    start (fixture);
    download (fixture);
    fixture->module_state = 40;
    say_state (fixture, "^FOTASTATE: 40");
    fake_clock_run (1);
    assert_events (fixture, "3 4 6");
    fake_port_answer (fixture->port, "^SETAUTODIAL?", "^SETAUTODIAL: " SETTING);
    g_assert_cmpuint (max_timeouts (fixture), ==, 10);
    call_accepted (fixture, "Upgrade", "@a{sv} {}");
    wait_for_flash (fixture);
    /* From now on the module may be silent */
    g_assert_cmpuint (max_timeouts (fixture), ==, G_MAXUINT);
    g_assert_cmpint (mm_base_bearer_get_status (bearer), ==, MM_BEARER_STATUS_DISCONNECTED);
    g_assert_true (mm_tdtech_fota_holds_data (fixture->fota));
    g_object_unref (bearer);
    say_flashing (fixture);
    assert_state (fixture, MM_TDTECH_FOTA_STATE_UPGRADING);
    g_assert_false (mm_gdbus_modem_fota_get_interruptible (shown (fixture)));
    g_assert_cmpuint (max_timeouts (fixture), ==, G_MAXUINT);
    call_refused (fixture, "Cancel", "@a{sv} {}", "WrongState");
    /* It counts down */
    g_assert_cmpuint (mm_gdbus_modem_fota_get_expected_seconds (shown (fixture)), <=, 600);
    fake_clock_run (60);
    g_assert_cmpuint (mm_gdbus_modem_fota_get_expected_seconds (shown (fixture)), <=, 540);
    g_assert_cmpuint (mm_gdbus_modem_fota_get_expected_seconds (shown (fixture)), >=, 530);
    for (i = 0; i < 600 && seconds != G_MAXUINT32; i++) {
        last_seconds = seconds;
        fake_clock_run (1);
        mm_tdtech_fota_condition_changed (fixture->fota);
        seconds = mm_gdbus_modem_fota_get_expected_seconds (shown (fixture));
    }
    g_assert_cmpuint (seconds, ==, G_MAXUINT32);
    g_assert_cmpuint (last_seconds, ==, 1);

    /* The module leaves the bus, and comes back with the new version */
    take_modem_away (fixture);
    fixture->version = NEW_VERSION;
    fixture->module_state = 10;
    add_modem (fixture);
    start (fixture);
    fake_clock_run (60);
    assert_result (fixture, "Upgrade", MM_TDTECH_FOTA_OUTCOME_SUCCEEDED, "");
    g_assert_cmpstr (mm_gdbus_modem_fota_get_version (shown (fixture)), ==, NEW_VERSION);
    g_assert_true (fake_port_was_sent (fixture->port, "^SETAUTODIAL=" SETTING));
    g_assert_false (mm_tdtech_fota_holds_data (fixture->fota));
    g_assert_cmpuint (max_timeouts (fixture), ==, 10);
    assert_result_says (fixture, "from", "'" OLD_VERSION "'");
    assert_result_says (fixture, "to", "'" NEW_VERSION "'");
    assert_events (fixture, "3 4 6 9 11 10 12");
    assert_details (fixture, 3, "{'sessions': <['1']>}");
    assert_details (fixture, 4, "{'from': <'" OLD_VERSION "'>, 'version': <'" NEW_VERSION "'>}");
    assert_details (fixture, 5, "{'sessions': <['1']>}");
    assert_details (fixture, 6, "{'from': <'" OLD_VERSION "'>, 'version': <'" NEW_VERSION "'>}");
    g_assert_cmpuint (list_events (fixture, 0), ==, 7);
}

static void
test_upgrade_fails (Fixture       *fixture,
                    gconstpointer  data)
{
    g_autofree gchar *record = NULL;
    g_auto(GStrv)     parts = NULL;

    begin_with_package (fixture);
    call_accepted (fixture, "Upgrade", "@a{sv} {}");
    wait_for_flash (fixture);
    say_flashing (fixture);
    say_state (fixture, "^FOTASTATE: 70");
    fixture->module_state = 10;
    fake_clock_run (120);
    assert_result (fixture, "Upgrade", MM_TDTECH_FOTA_OUTCOME_FAILED, ".UpgradeFailed");
    assert_events (fixture, "9 11 10 13");
    /* Which version the package has is not known, and no session was up */
    assert_details (fixture, 0, "{'sessions': <@as []>}");
    assert_details (fixture, 1, "{'from': <'" OLD_VERSION "'>}");
    assert_details (fixture, 2, "{'sessions': <@as []>}");
    assert_details (fixture, 3, "{'error': <'com.td_tech.ModemManager1.Error.Fota.UpgradeFailed'>, "
                                "'module-code': <uint32 70>}");
    g_assert_cmpuint (max_timeouts (fixture), ==, 10);
    g_assert_cmpuint (fake_clock_n_timers (), ==, 0);

    /* Of the transaction only its result is left */
    say_state (fixture, "^FOTASTATE: 10");
    fake_clock_run (1);
    record = read_record (fixture);
    parts = g_strsplit (record, "\nmessage=", -1);
    g_assert_cmpuint (g_strv_length (parts), ==, 2);
    g_assert_nonnull (strstr (record, "\nstarted=0\n"));
    g_assert_nonnull (strstr (record, "\nflash-time=0\n"));
}

/* Why it failed is told as it was then, not as it is once the data sessions are back */
static void
test_failed_as_it_was (Fixture       *fixture,
                       gconstpointer  data)
{
    begin_with_package (fixture);
    fake_port_answer (fixture->port, "^SETAUTODIAL?", "^SETAUTODIAL: " SETTING);
    call_accepted (fixture, "Upgrade", "@a{sv} {}");
    wait_for_flash (fixture);
    say_flashing (fixture);
    fake_port_hang (fixture->port, "^SETAUTODIAL=1*");
    say_state (fixture, "^FOTASTATE: 70");
    fake_clock_run (1);
    g_assert_true (fake_port_is_hanging (fixture->port));
    say_state (fixture, "^FOTASTATE: 10");
    fake_clock_run (1);
    fake_port_complete (fixture->port, NULL);
    fake_clock_run (1);
    assert_result (fixture, "Upgrade", MM_TDTECH_FOTA_OUTCOME_FAILED, ".UpgradeFailed");
    assert_message (fixture, "the module could not upgrade (state 70): *");
}

/* A session that is nobody's bearer is up, and the module could not upgrade */
static void
upgrade_with_session (Fixture *fixture)
{
    fixture->module_state = 40;
    say_state (fixture, "^FOTASTATE: 40");
    fake_clock_run (1);
    fake_port_forget (fixture->port);
    fake_port_answer (fixture->port, "^NDISSTATQRY?", "^NDISSTATQRY: 7,1,,,\"IPV4\"");
    call_accepted (fixture, "Upgrade", "@a{sv} {}");
    wait_for_flash (fixture);
    g_assert_true (fake_port_was_sent (fixture->port, "^NDISDUP=7,0"));
    say_flashing (fixture);
}

static void
fail_upgrade (Fixture *fixture)
{
    fixture->module_state = 70;
    say_state (fixture, "^FOTASTATE: 70");
    fake_clock_run (300);
    assert_result (fixture, "Upgrade", MM_TDTECH_FOTA_OUTCOME_FAILED, ".UpgradeFailed");
}

/* What could not be dialled after one upgrade is forgotten with the next: its user may have hung it up */
static void
test_session_of_earlier_upgrade (Fixture       *fixture,
                                 gconstpointer  data)
{
    start (fixture);
    upgrade_with_session (fixture);
    fake_port_silence (fixture->port, "^NDISDUP=7,1*");
    fail_upgrade (fixture);
    g_assert_true (fake_port_was_sent (fixture->port, "^NDISDUP=7,1*"));
    assert_events (fixture, "9 11 10 13");
    assert_details (fixture, 0, "{'sessions': <['7']>}");

    fixture->module_state = 40;
    say_state (fixture, "^FOTASTATE: 40");
    fake_clock_run (1);
    fake_port_forget (fixture->port);
    call_accepted (fixture, "Upgrade", "@a{sv} {}");
    wait_for_flash (fixture);
    say_flashing (fixture);
    fail_upgrade (fixture);
    g_assert_false (fake_port_was_sent (fixture->port, "^NDISDUP=7,1*"));
    assert_events (fixture, "9 11 10 13 9 11 10 13");
    assert_details (fixture, 4, "{'sessions': <@as []>}");
}

/* Its sessions are the connection manager's once the module has rebooted for the upgrade, seen or not */
static void
test_sessions_after_restart (Fixture       *fixture,
                             gconstpointer  data)
{
    static const struct {
        MMTdtechFotaStage  stage;
        guint              module_state;
        const gchar       *version;
        guint              outcome;
        const gchar       *error;
        gboolean           dialled;
    } lives[] = {
        { MM_TDTECH_FOTA_STAGE_WAITING,   40, OLD_VERSION, 2, "Aborted",           TRUE },
        { MM_TDTECH_FOTA_STAGE_FLASHING,  40, OLD_VERSION, 2, ".Refused",          TRUE },
        { MM_TDTECH_FOTA_STAGE_FLASHING,  70, OLD_VERSION, 2, ".UpgradeFailed",    TRUE },
        { MM_TDTECH_FOTA_STAGE_FLASHING,  10, NEW_VERSION, 1, "",                  FALSE },
        { MM_TDTECH_FOTA_STAGE_UPGRADING, 10, NEW_VERSION, 1, "",                  FALSE },
        { MM_TDTECH_FOTA_STAGE_UPGRADING, 10, OLD_VERSION, 2, ".VersionUnchanged", FALSE },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (lives); i++) {
        MMTdtechFotaRecord     *record;
        MMTdtechFotaRecordData *kept;

        begin_again (fixture);
        record = mm_tdtech_fota_record_new (NULL, FAKE_MODEM_IMEI);
        kept = mm_tdtech_fota_record_peek (record);
        kept->stage = lives[i].stage;
        kept->kept.verb = MM_TDTECH_FOTA_VERB_UPGRADE;
        kept->kept.flashes = lives[i].stage > MM_TDTECH_FOTA_STAGE_WAITING;
        kept->kept.before_version = g_strdup (OLD_VERSION);
        kept->kept.before_build_time = g_strdup ("Jan 28 2026, 18:42:02");
        kept->n_sessions = 1;
        kept->sessions[0] = 3;
        g_assert_true (mm_tdtech_fota_record_save (record, NULL));
        mm_tdtech_fota_record_free (record);
        fixture->module_state = lives[i].module_state;
        fixture->version = lives[i].version;
        write_answers (fixture);
        start (fixture);
        fake_clock_run (600);
        assert_result (fixture, "Upgrade", lives[i].outcome, lives[i].error);
        g_assert_cmpint (fake_port_was_sent (fixture->port, "^NDISDUP=3,1*"), ==, lives[i].dialled);
    }
}

/* The daemon saw it all: the module has not rebooted, and what was up is dialled again, each time */
static void
test_upgrade_fails_twice (Fixture       *fixture,
                          gconstpointer  data)
{
    guint i;

    begin_with_package (fixture);
    for (i = 1; i <= 2; i++) {
        const gchar *message = "";

        fixture->module_state = 40;
        say_state (fixture, "^FOTASTATE: 40");
        fake_clock_run (1);
        fake_port_forget (fixture->port);
        fake_port_answer (fixture->port, "^NDISSTATQRY?", "^NDISSTATQRY: 3,1,,,\"IPV4\"");
        call_accepted (fixture, "Upgrade", "@a{sv} {}");
        wait_for_flash (fixture);
        say_flashing (fixture);
        fake_port_hang (fixture->port, "^NDISDUP=3,1*");
        say_state (fixture, "^FOTASTATE: 70");
        fake_clock_run (1);
        g_assert_true (fake_port_is_hanging (fixture->port));
        /* What it says after that is not why it failed */
        say_state (fixture, "^FOTASTATE: 10");
        fixture->module_state = 10;
        fake_clock_run (1);
        fake_port_complete (fixture->port, NULL);
        fake_clock_run (120);
        assert_result (fixture, "Upgrade", MM_TDTECH_FOTA_OUTCOME_FAILED, ".UpgradeFailed");
        g_variant_lookup (mm_gdbus_modem_fota_get_result (shown (fixture)), "message", "&s", &message);
        g_assert_nonnull (strstr (message, "(state 70)"));
        assert_events (fixture, i == 1 ? "9 11 10 13" : "9 11 10 13 9 11 10 13");
        assert_details (fixture, 4 * i - 4, "{'sessions': <['3']>}");
        assert_details (fixture, 4 * i - 2, "{'sessions': <['3']>}");
    }
}

/* Refused, paused once more with another session up, and cancelled meanwhile: both are dialled again */
static void
test_refused_and_paused_again (Fixture       *fixture,
                               gconstpointer  data)
{
    begin_with_package (fixture);
    fake_port_answer (fixture->port, "^NDISSTATQRY?", "^NDISSTATQRY: 3,1,,,\"IPV4\"");
    fake_port_fail (fixture->port, "^FWUP", "ERROR");
    call_accepted (fixture, "Upgrade", "@a{sv} {}");
    wait_for_flash (fixture);
    fake_clock_run (1);
    g_assert_cmpuint (blockers (fixture), ==, MM_TDTECH_FOTA_BLOCKER_REFUSED);
    fake_port_answer (fixture->port, "^NDISSTATQRY?", "^NDISSTATQRY: 4,1,,,\"IPV4\"");
    fake_port_hang (fixture->port, "^NDISDUP=4,0");
    fake_clock_run (30);
    g_assert_true (fake_port_is_hanging (fixture->port));
    call_accepted (fixture, "Cancel", "@a{sv} {}");
    fake_port_complete (fixture->port, NULL);
    fake_clock_run (10);
    assert_result (fixture, "Upgrade", MM_TDTECH_FOTA_OUTCOME_CANCELLED, "Cancelled");
    g_assert_true (fake_port_was_sent (fixture->port, "^NDISDUP=3,1*"));
    g_assert_true (fake_port_was_sent (fixture->port, "^NDISDUP=4,1*"));
    assert_events (fixture, "9 10 14");
    assert_details (fixture, 1, "{'sessions': <['3', '4']>}");
}

/* Begun by somebody else: it is followed, and has an identifier */
static void
test_upgrade_unasked (Fixture       *fixture,
                      gconstpointer  data)
{
    start (fixture);
    fake_clock_run (100);
    say_flashing (fixture);
    assert_state (fixture, MM_TDTECH_FOTA_STATE_UPGRADING);
    fixture->transaction = g_strdup (mm_gdbus_modem_fota_get_transaction (shown (fixture)));
    g_assert_cmpstr (fixture->transaction, !=, "");
    g_assert_cmpuint (mm_gdbus_modem_fota_get_expected_seconds (shown (fixture)), >=, 599);
    take_modem_away (fixture);
    fixture->version = NEW_VERSION;
    fixture->module_state = 10;
    add_modem (fixture);
    start (fixture);
    fake_clock_run (60);
    assert_result (fixture, "Upgrade", MM_TDTECH_FOTA_OUTCOME_SUCCEEDED, "");
    assert_events (fixture, "11 12");
}

/* What must survive a crash cannot be written: ^FWUP is not sent */
static void
test_upgrade_not_saved (Fixture       *fixture,
                        gconstpointer  data)
{
    begin_with_package (fixture);
    fake_state_break (fixture->state_directory);
    call_accepted (fixture, "Upgrade", "@a{sv} {}");
    FAKE_CLOCK_WAIT_FOR (mm_gdbus_modem_fota_get_transaction (shown (fixture))[0] == '\0');
    fake_clock_run (10);
    g_assert_false (fake_port_was_sent (fixture->port, "^FWUP"));
    assert_result (fixture, "Upgrade", MM_TDTECH_FOTA_OUTCOME_FAILED, "Failed");
    fake_log_assert_warned ("couldn't save the record *");
    g_assert_false (mm_tdtech_fota_holds_data (fixture->fota));
    fake_state_mend (fixture->state_directory);
}

/* That it was cancelled can't be written just then; it is later, and whoever begins after a crash
 * does not go on with the upgrade */
static void
test_cancel_not_saved (Fixture       *fixture,
                       gconstpointer  data)
{
    begin_with_package (fixture);
    call_accepted (fixture, "Upgrade", "{'delay': <uint32 3600>}");
    fake_state_break (fixture->state_directory);
    call_accepted (fixture, "Cancel", "@a{sv} {}");
    fake_log_assert_warned ("couldn't save the record *");
    fake_clock_run (90);
    fake_log_assert_warned ("couldn't save the record *");
    fake_state_mend (fixture->state_directory);
    fake_clock_run (60);
    take_modem_away (fixture);
    add_modem (fixture);
    start (fixture);
    assert_state (fixture, MM_TDTECH_FOTA_STATE_DOWNLOADED);
    assert_result (fixture, "Upgrade", MM_TDTECH_FOTA_OUTCOME_CANCELLED, "Cancelled");
}

static void
cancel_unsaved_upgrade (Fixture *fixture)
{
    begin_with_package (fixture);
    call_accepted (fixture, "Upgrade", "{'delay': <uint32 3600>}");
    fake_state_break (fixture->state_directory);
    call_accepted (fixture, "Cancel", "@a{sv} {}");
    fake_log_assert_warned ("couldn't save the record *");
}

/* The modem goes before there was another try; but not if its next one has the record already */
static void
test_cancel_saved_at_the_end (Fixture       *fixture,
                              gconstpointer  data)
{
    g_autofree gchar *key = NULL;
    g_autofree gchar *record = NULL;
    g_autofree gchar *record_after = NULL;

    cancel_unsaved_upgrade (fixture);
    fake_state_mend (fixture->state_directory);
    take_modem_away (fixture);
    add_modem (fixture);
    start (fixture);
    assert_result (fixture, "Upgrade", MM_TDTECH_FOTA_OUTCOME_CANCELLED, "Cancelled");

    begin_again (fixture);
    cancel_unsaved_upgrade (fixture);
    fake_state_mend (fixture->state_directory);
    record = read_record (fixture);
    key = mm_tdtech_fota_key_take (NULL, FAKE_MODEM_IMEI, mm_base_modem_get_device (fixture->modem), fixture);
    g_assert_cmpstr (key, ==, FAKE_MODEM_IMEI);
    mm_tdtech_fota_stop (fixture->fota);
    fake_clock_run (120);
    record_after = read_record (fixture);
    g_assert_cmpstr (record_after, ==, record);
    mm_tdtech_fota_key_release (key, fixture);
}

/* What a pause does after the end is not for the record */
static void
test_end_while_pausing (Fixture       *fixture,
                        gconstpointer  data)
{
    g_autoptr(MMBaseBearer)  bearer = MM_BASE_BEARER (fake_bearer_new (fixture->modem, 1));
    g_autofree gchar        *record = NULL;
    g_autofree gchar        *record_after = NULL;

    fake_bearer_list_add (fake_modem_peek_bearers (fixture->modem), bearer);
    fake_bearer_set_status (bearer, MM_BEARER_STATUS_CONNECTED);
    fake_bearer_set_manner (FAKE_BEARER (bearer), FAKE_BEARER_OBEYS, FAKE_BEARER_HANGS);
    begin_with_package (fixture);
    call_accepted (fixture, "Upgrade", "@a{sv} {}");
    FAKE_CLOCK_WAIT_FOR (fake_bearer_n_disconnects (bearer) == 1);
    record = read_record (fixture);
    mm_tdtech_fota_stop (fixture->fota);
    fake_port_answer (fixture->port, "^NDISSTATQRY?", "^NDISSTATQRY: 7,1,,,\"IPV4\"");
    fake_bearer_go_on (FAKE_BEARER (bearer));
    fake_clock_run (10);
    g_assert_true (fake_port_was_sent (fixture->port, "^NDISDUP=7,0"));
    record_after = read_record (fixture);
    g_assert_cmpstr (record_after, ==, record);
}

/* The time of an upgrade counts from ^FWUP, whoever looks on meanwhile */
static void
test_upgrade_takes_too_long (Fixture       *fixture,
                             gconstpointer  data)
{
    guint i;

    for (i = 0; i < 2; i++) {
        begin_again (fixture);
        begin_with_package (fixture);
        call_accepted (fixture, "Upgrade", "@a{sv} {}");
        wait_for_flash (fixture);
        say_flashing (fixture);
        fake_clock_run (i == 0 ? 3000 : 3700);
        if (i == 0) {
            take_modem_away (fixture);
            add_modem (fixture);
            start (fixture);
            fake_clock_run (500);
            assert_state (fixture, MM_TDTECH_FOTA_STATE_UPGRADING);
            fake_clock_run (120);
        }
        assert_result (fixture, "Upgrade", MM_TDTECH_FOTA_OUTCOME_FAILED, ".UpgradeFailed");
        g_assert_cmpuint (max_timeouts (fixture), ==, 10);
    }

    /* It was over while nobody looked on */
    begin_again (fixture);
    begin_with_package (fixture);
    call_accepted (fixture, "Upgrade", "@a{sv} {}");
    wait_for_flash (fixture);
    say_flashing (fixture);
    mm_tdtech_fota_stop (fixture->fota);
    fake_clock_run (4000);
    take_modem_away (fixture);
    add_modem (fixture);
    start (fixture);
    assert_state (fixture, MM_TDTECH_FOTA_STATE_UPGRADING);
    fake_clock_run (1);
    assert_result (fixture, "Upgrade", MM_TDTECH_FOTA_OUTCOME_FAILED, ".UpgradeFailed");
}

/* Called by GDBus's own thread */
static GDBusMessage *
see_interruptible (GDBusConnection *connection,
                   GDBusMessage    *message,
                   gboolean         incoming,
                   gpointer         user_data)
{
    Fixture             *fixture = user_data;
    g_autoptr(GVariant)  changed = NULL;
    gboolean             interruptible;

    if (incoming && g_strcmp0 (g_dbus_message_get_member (message), "PropertiesChanged") == 0) {
        changed = g_variant_get_child_value (g_dbus_message_get_body (message), 1);
        if (g_variant_lookup (changed, "Interruptible", "b", &interruptible))
            g_atomic_int_set (&fixture->interruptible, interruptible);
    }
    return message;
}

static void
see_what_was_told (gpointer data)
{
    Fixture *fixture = data;

    ask_bus (fixture->server);
    ask_bus (fixture->client);
    fixture->interruptible_at_flash = g_atomic_int_get (&fixture->interruptible);
}

/* Whoever would cancel knows that he can't before the module does */
static void
test_interruptible_until_flash (Fixture       *fixture,
                                gconstpointer  data)
{
    FakeReply *reply;
    guint      filter;

    filter = g_dbus_connection_add_filter (fixture->client, see_interruptible, fixture, NULL);
    begin_with_package (fixture);
    fixture->interruptible_at_flash = TRUE;
    reply = fake_port_answer (fixture->port, "^FWUP", NULL);
    reply->func = see_what_was_told;
    reply->user_data = fixture;
    call_accepted (fixture, "Upgrade", "{'delay': <uint32 10>}");
    sync_bus (fixture);
    g_assert_true (g_atomic_int_get (&fixture->interruptible));
    fake_clock_run (10);
    wait_for_flash (fixture);
    g_assert_false (fixture->interruptible_at_flash);
    g_dbus_connection_remove_filter (fixture->client, filter);
}

/* From a record that does not say when: as if it had begun just now */
static void
test_flash_time_unknown (Fixture       *fixture,
                         gconstpointer  data)
{
    MMTdtechFotaRecord     *record = mm_tdtech_fota_record_new (NULL, FAKE_MODEM_IMEI);
    MMTdtechFotaRecordData *kept = mm_tdtech_fota_record_peek (record);

    kept->stage = MM_TDTECH_FOTA_STAGE_UPGRADING;
    kept->kept.verb = MM_TDTECH_FOTA_VERB_UPGRADE;
    g_assert_true (mm_tdtech_fota_record_save (record, NULL));
    mm_tdtech_fota_record_free (record);
    fixture->module_state = 50;
    start (fixture);
    assert_state (fixture, MM_TDTECH_FOTA_STATE_UPGRADING);
    g_assert_cmpuint (mm_gdbus_modem_fota_get_expected_seconds (shown (fixture)), ==, 600);
    fake_clock_run (60);
    g_assert_cmpuint (mm_gdbus_modem_fota_get_expected_seconds (shown (fixture)), ==, 540);
}

static void
test_delay (Fixture       *fixture,
            gconstpointer  data)
{
    g_autofree gchar *scheduled = NULL;
    guint64           upgrade_time;

    begin_with_package (fixture);
    call_accepted (fixture, "Upgrade", "{'delay': <uint32 3600>}");
    fake_clock_run (1);
    assert_state (fixture, MM_TDTECH_FOTA_STATE_WAITING);
    g_assert_true (mm_gdbus_modem_fota_get_interruptible (shown (fixture)));
    upgrade_time = mm_gdbus_modem_fota_get_upgrade_time (shown (fixture));
    g_assert_cmpuint (upgrade_time, >, 0);
    fake_clock_run (600);
    g_assert_cmpuint (mm_gdbus_modem_fota_get_upgrade_time (shown (fixture)), ==, upgrade_time);
    g_assert_cmpuint (mm_gdbus_modem_fota_get_expected_seconds (shown (fixture)), <=, 3000);
    mm_tdtech_fota_condition_changed (fixture->fota);
    g_assert_cmpuint (mm_gdbus_modem_fota_get_upgrade_time (shown (fixture)), ==, upgrade_time);
    /* It is told only if the wall clock was set by more than what rounding makes of it */
    fake_clock_set_back (2);
    fake_clock_run (60);
    g_assert_cmpuint (mm_gdbus_modem_fota_get_upgrade_time (shown (fixture)), ==, upgrade_time);
    fake_clock_set_back (1);
    fake_clock_run (60);
    g_assert_cmpuint (mm_gdbus_modem_fota_get_upgrade_time (shown (fixture)), ==, upgrade_time - 3);
    /* The wall clock is set back an hour, which the delay does not follow */
    fake_clock_set_back (3600);
    fake_clock_run (60);
    g_assert_cmpuint (mm_gdbus_modem_fota_get_upgrade_time (shown (fixture)), <, upgrade_time - 3000);
    call_accepted (fixture, "Cancel", "@a{sv} {}");
    fake_clock_run (1);
    g_assert_cmpuint (mm_gdbus_modem_fota_get_upgrade_time (shown (fixture)), ==, 0);
    assert_result (fixture, "Upgrade", MM_TDTECH_FOTA_OUTCOME_CANCELLED, "Cancelled");
    assert_events (fixture, "8 14");
    g_assert_cmpuint (fake_clock_n_timers (), ==, 0);
    scheduled = g_strdup_printf ("{'upgrade-time': <uint64 %" G_GUINT64_FORMAT ">}", upgrade_time);
    assert_details (fixture, 0, scheduled);
}

static void
test_delay_ends (Fixture       *fixture,
                 gconstpointer  data)
{
    begin_with_package (fixture);
    call_accepted (fixture, "Upgrade", "{'delay': <uint32 10>}");
    fake_clock_run_msec (9500);
    mm_tdtech_fota_condition_changed (fixture->fota);
    assert_state (fixture, MM_TDTECH_FOTA_STATE_WAITING);
    g_assert_cmpuint (mm_gdbus_modem_fota_get_expected_seconds (shown (fixture)), ==, 0);
    fake_clock_run_msec (500);
    wait_for_flash (fixture);
    g_assert_cmpuint (mm_gdbus_modem_fota_get_upgrade_time (shown (fixture)), ==, 0);
}

/* Somebody else has the module drop the package and download another one, which is older */
static void
test_package_replaced (Fixture       *fixture,
                       gconstpointer  data)
{
    begin_with_package (fixture);
    call_accepted (fixture, "Upgrade", "{'delay': <uint32 300>}");
    say_state (fixture, "^FOTASTATE: 10");
    say_state (fixture, "^FOTASTATE: 11");
    say_state (fixture, "^FOTASTATE: 12, 1.1.0.0(SP1C02), 1000, text");
    fake_clock_run (1);
    say_state (fixture, "^FOTASTATE: 30");
    fake_clock_run (60);
    say_state (fixture, "^FOTASTATE: 40");
    fake_clock_run (600);
    g_assert_false (fake_port_was_sent (fixture->port, "^FWUP"));
    assert_result (fixture, "Upgrade", MM_TDTECH_FOTA_OUTCOME_FAILED, ".OtherVersionOffered");
    assert_message (fixture, "*1.1.0.0(SP1C02)*");
    assert_result_says (fixture, "to", "'1.1.0.0(SP1C02)'");
}

/*****************************************************************************/
/* Conditions */

static void
test_blockers (Fixture       *fixture,
               gconstpointer  data)
{
    g_autoptr(MMCallList)  calls = fake_call_list_new ();
    MMBaseCall            *call_object;

    start (fixture);
    g_assert_cmpuint (blockers (fixture), ==, 0);
    fake_modem_set_registration (fixture->modem, MM_MODEM_3GPP_REGISTRATION_STATE_ROAMING);
    g_assert_cmpuint (blockers (fixture), ==, MM_TDTECH_FOTA_BLOCKER_ROAMING);
    fake_modem_set_registration (fixture->modem, MM_MODEM_3GPP_REGISTRATION_STATE_HOME);

    /* Voice comes once the modem is initialized; again, if it is disabled and enabled */
    fake_modem_set_calls (fixture->modem, calls);
    call_object = fake_call_list_add (calls, MM_CALL_STATE_RINGING_IN);
    g_assert_cmpuint (blockers (fixture), ==, MM_TDTECH_FOTA_BLOCKER_CALL);
    fake_call_set_state (call_object, MM_CALL_STATE_TERMINATED);
    g_assert_cmpuint (blockers (fixture), ==, 0);
    fake_call_set_state (call_object, MM_CALL_STATE_ACTIVE);
    g_assert_cmpuint (blockers (fixture), ==, MM_TDTECH_FOTA_BLOCKER_CALL);
    fake_call_list_remove (calls, call_object);
    g_assert_cmpuint (blockers (fixture), ==, 0);
    fake_modem_set_calls (fixture->modem, calls);
    fake_modem_set_calls (fixture->modem, NULL);
    fake_modem_set_bearers (fixture->modem, NULL);
    g_assert_cmpuint (blockers (fixture), ==, 0);
}

static void
test_wait_for_call (Fixture       *fixture,
                    gconstpointer  data)
{
    g_autoptr(MMCallList)  calls = fake_call_list_new ();
    MMBaseCall            *call_object;

    fake_modem_set_calls (fixture->modem, calls);
    call_object = fake_call_list_add (calls, MM_CALL_STATE_ACTIVE);
    begin_with_package (fixture);
    fake_port_answer (fixture->port, "+CLCC", "+CLCC: 1,0,0,0,0,\"112\",129");
    call_accepted (fixture, "Upgrade", "@a{sv} {}");
    fake_clock_run (1);
    assert_state (fixture, MM_TDTECH_FOTA_STATE_WAITING);
    g_assert_cmpuint (blockers (fixture), ==, MM_TDTECH_FOTA_BLOCKER_CALL);
    g_assert_cmpuint (mm_gdbus_modem_fota_get_expected_seconds (shown (fixture)), ==, G_MAXUINT32);
    g_assert_false (fake_port_was_sent (fixture->port, "^SETAUTODIAL?"));
    /* Its end is seen at once */
    fake_call_set_state (call_object, MM_CALL_STATE_TERMINATED);
    fake_clock_settle ();
    wait_for_flash (fixture);
}

static void
test_time_over (Fixture       *fixture,
                gconstpointer  data)
{
    begin_with_package (fixture);
    answer_always (fixture, "+CLCC", "+CLCC: 1,0,0,0,0,\"112\",129");
    call_accepted (fixture, "Upgrade", "{'wait': <uint32 120>}");
    fake_clock_run (119);
    assert_state (fixture, MM_TDTECH_FOTA_STATE_WAITING);
    g_assert_cmpuint (blockers (fixture), ==, MM_TDTECH_FOTA_BLOCKER_CALL);
    fake_clock_run (30);
    assert_result (fixture, "Upgrade", MM_TDTECH_FOTA_OUTCOME_FAILED, ".ConditionsNotMet");
    g_assert_cmpuint (blockers (fixture), ==, 0);
    g_assert_false (fake_port_was_sent (fixture->port, "^FWUP"));
}

static void
begin_call_for_us (gpointer data)
{
    Fixture *fixture = data;
    guint    i;

    fake_call_list_add (fixture->calls, MM_CALL_STATE_ACTIVE);
    for (i = 0; i < 10; i++)
        fake_port_answer (fixture->port, "+CLCC", "+CLCC: 1,0,0,0,0,\"112\",129");
}

/* One that begins after the last look before ^FWUP is seen all the same */
static void
test_call_begins_late (Fixture       *fixture,
                       gconstpointer  data)
{
    g_autoptr(MMCallList)  calls = fake_call_list_new ();
    FakeReply             *reply;

    fake_modem_set_calls (fixture->modem, calls);
    begin_with_package (fixture);
    /* Once to pause data, once to look */
    fake_port_answer (fixture->port, "^NDISSTATQRY?", NULL);
    reply = fake_port_answer (fixture->port, "^NDISSTATQRY?", NULL);
    reply->func = begin_call_for_us;
    reply->user_data = fixture;
    fixture->calls = calls;
    call_accepted (fixture, "Upgrade", "@a{sv} {}");
    FAKE_CLOCK_WAIT_FOR (fake_port_count_sent (fixture->port, "^NDISSTATQRY?") >= 2);
    fake_clock_run (1);
    g_assert_true (blockers (fixture) & MM_TDTECH_FOTA_BLOCKER_CALL);
    g_assert_false (fake_port_was_sent (fixture->port, "^FWUP"));
}

/* ModemManager learns of a call's end late or never; the module knows */
static void
test_call_is_over (Fixture       *fixture,
                   gconstpointer  data)
{
    g_autoptr(MMCallList) calls = fake_call_list_new ();

    fake_modem_set_calls (fixture->modem, calls);
    begin_with_package (fixture);
    fake_call_list_add (calls, MM_CALL_STATE_ACTIVE);
    fake_clock_settle ();
    call_accepted (fixture, "Upgrade", "@a{sv} {}");
    wait_for_flash (fixture);
}

static guint
count_handlers (Fixture  *fixture,
                gpointer  instance)
{
    guint n = g_signal_handlers_block_matched (instance, G_SIGNAL_MATCH_DATA, 0, 0, NULL, NULL, fixture->fota);

    g_signal_handlers_unblock_matched (instance, G_SIGNAL_MATCH_DATA, 0, 0, NULL, NULL, fixture->fota);
    return n;
}

/* However many others come */
static void
test_watched_once (Fixture       *fixture,
                   gconstpointer  data)
{
    g_autoptr(MMCallList)    calls = fake_call_list_new ();
    g_autoptr(MMBaseBearer)  bearer = MM_BASE_BEARER (fake_bearer_new (fixture->modem, 1));
    g_autoptr(MMBaseBearer)  other = MM_BASE_BEARER (fake_bearer_new (fixture->modem, 2));
    MMBaseCall              *call_object;
    guint                    n;

    fake_modem_set_calls (fixture->modem, calls);
    start (fixture);
    call_object = fake_call_list_add (calls, MM_CALL_STATE_TERMINATED);
    fake_bearer_list_add (fake_modem_peek_bearers (fixture->modem), bearer);
    fake_clock_settle ();
    n = count_handlers (fixture, calls);
    fake_call_list_add (calls, MM_CALL_STATE_TERMINATED);
    fake_bearer_list_add (fake_modem_peek_bearers (fixture->modem), other);
    fake_clock_settle ();
    g_assert_cmpuint (count_handlers (fixture, call_object), ==, 1);
    g_assert_cmpuint (count_handlers (fixture, bearer), ==, 1);
    g_assert_cmpuint (count_handlers (fixture, fake_modem_peek_bearers (fixture->modem)), ==, 1);
    g_assert_cmpuint (count_handlers (fixture, calls), ==, n);
}

/* A bearer that does not go down: its end by itself is awaited */
static void
test_wait_for_bearer (Fixture       *fixture,
                      gconstpointer  data)
{
    g_autoptr(MMBearerList)  list = g_object_ref (fake_modem_peek_bearers (fixture->modem));
    MMBaseBearer            *bearer;

    /* The list may come later than us */
    fake_modem_set_bearers (fixture->modem, NULL);
    begin_with_package (fixture);
    fake_modem_set_bearers (fixture->modem, list);
    /* Added while it is watched for */
    bearer = MM_BASE_BEARER (fake_bearer_new (fixture->modem, 1));
    fake_bearer_list_add (fake_modem_peek_bearers (fixture->modem), bearer);
    fake_bearer_set_status (bearer, MM_BEARER_STATUS_CONNECTED);
    fake_bearer_set_manner (FAKE_BEARER (bearer), FAKE_BEARER_OBEYS, FAKE_BEARER_REFUSES);
    call_accepted (fixture, "Upgrade", "@a{sv} {}");
    fake_clock_run (2);
    assert_state (fixture, MM_TDTECH_FOTA_STATE_WAITING);
    g_assert_cmpuint (blockers (fixture), ==, MM_TDTECH_FOTA_BLOCKER_DATA);
    /* What else it does is no reason to look */
    fake_port_forget (fixture->port);
    fake_bearer_set_status (bearer, MM_BEARER_STATUS_CONNECTING);
    fake_bearer_set_status (bearer, MM_BEARER_STATUS_CONNECTED);
    fake_clock_settle ();
    fake_port_assert_sent (fixture->port, "");
    fake_bearer_set_status (bearer, MM_BEARER_STATUS_DISCONNECTED);
    wait_for_flash (fixture);
    g_object_unref (bearer);
}

/*****************************************************************************/
/* After a crash of the daemon */

static void
test_unsent_events (Fixture       *fixture,
                    gconstpointer  data)
{
    MMTdtechFotaRecord     *record = mm_tdtech_fota_record_new (NULL, FAKE_MODEM_IMEI);
    MMTdtechFotaRecordData *kept = mm_tdtech_fota_record_peek (record);

    kept->n_unsent_events = 2;
    kept->unsent_events[0] = MM_TDTECH_FOTA_EVENT_UPDATE_AVAILABLE;
    kept->unsent_events[1] = MM_TDTECH_FOTA_EVENT_DOWNLOAD_STARTED;
    g_assert_true (mm_tdtech_fota_record_save (record, NULL));
    mm_tdtech_fota_record_free (record);
    start (fixture);
    g_assert_cmpuint (list_events (fixture, 0), ==, 2);
}

/* What only the daemon that is gone knew is left out of them: no time is better than 1970, and what
 * was restored is not what is in the record still */
static void
test_unsent_details (Fixture       *fixture,
                     gconstpointer  data)
{
    static const struct {
        MMTdtechFotaEvent  kind;
        const gchar       *sessions;
    } rows[] = {
        { MM_TDTECH_FOTA_EVENT_UPGRADE_SCHEDULED, NULL    },
        { MM_TDTECH_FOTA_EVENT_DATA_PAUSED,       "['7']" },
        { MM_TDTECH_FOTA_EVENT_DATA_RESTORED,     NULL    },
    };
    MMTdtechFotaRecord     *record = mm_tdtech_fota_record_new (NULL, FAKE_MODEM_IMEI);
    MMTdtechFotaRecordData *kept = mm_tdtech_fota_record_peek (record);
    guint                   i;

    kept->n_sessions = 1;
    kept->sessions[0] = 7;
    kept->n_unsent_events = G_N_ELEMENTS (rows);
    for (i = 0; i < G_N_ELEMENTS (rows); i++)
        kept->unsent_events[i] = rows[i].kind;
    g_assert_true (mm_tdtech_fota_record_save (record, NULL));
    mm_tdtech_fota_record_free (record);
    start (fixture);
    g_assert_cmpuint (list_events (fixture, 0), ==, G_N_ELEMENTS (rows));
    for (i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autoptr(GVariant) events = g_variant_get_child_value (fixture->reply, 0);
        g_autoptr(GVariant) event = g_variant_get_child_value (events, i);
        g_autoptr(GVariant) time = g_variant_lookup_value (event, "upgrade-time", NULL);
        g_autoptr(GVariant) sessions = g_variant_lookup_value (event, "sessions", NULL);

        g_assert_null (time);
        if (rows[i].sessions)
            assert_member (event, "sessions", rows[i].sessions);
        else
            g_assert_null (sessions);
    }
}

static gchar *
journal_path (Fixture *fixture)
{
    return g_strdup_printf ("%s/" FAKE_MODEM_IMEI ".events", fixture->state_directory);
}

/* Killed between the record and the journal: what is not in the one is in the other, once */
static void
test_killed_before_event (Fixture       *fixture,
                          gconstpointer  data)
{
    g_autofree gchar *path = journal_path (fixture);
    g_autofree gchar *journal = NULL;
    g_autofree gchar *record = NULL;
    g_autofree gchar *record_after = NULL;
    guint             i;

    start (fixture);
    for (i = 0; i < 2; i++) {
        call_accepted (fixture, "Check", URL);
        say_state (fixture, "^FOTASTATE: 11");
        if (i == 1)
            g_assert_true (g_file_get_contents (path, &journal, NULL, NULL));
        say_state (fixture, i == 0 ? "^FOTASTATE: 14" : "^FOTASTATE: 13,51");
        fixture->module_state = 10;
        fake_clock_run (5);
    }
    assert_events (fixture, "2 1");
    /* A line that tells nothing new is not written down */
    say_state (fixture, "^FOTASTATE: 10");
    fake_clock_run (1);
    record = read_record (fixture);
    say_state (fixture, "^FOTASTATE: 10");
    fake_clock_run (1);
    record_after = read_record (fixture);
    g_assert_cmpstr (record_after, ==, record);

    take_modem_away (fixture);
    /* Not g_file_set_contents_full () without flags: it leaves what is longer */
    g_assert_true (g_file_set_contents (path, journal, -1, NULL));
    add_modem (fixture);
    start (fixture);
    g_assert_cmpuint (list_events (fixture, 0), ==, 2);
    for (i = 0; i < 2; i++) {
        g_autoptr(GVariant) events = g_variant_get_child_value (fixture->reply, 0);
        g_autoptr(GVariant) event = g_variant_get_child_value (events, i);

        assert_member (event, "kind", i == 0 ? "uint32 2" : "uint32 1");
    }

    /* Once, also if the journal is lost then */
    take_modem_away (fixture);
    g_assert_cmpint (g_remove (path), ==, 0);
    add_modem (fixture);
    start (fixture);
    g_assert_cmpuint (list_events (fixture, 0), ==, 0);
}

/* From where on nothing may connect, before the module has said anything */
static void
test_killed_while_held (Fixture       *fixture,
                        gconstpointer  data)
{
    MMTdtechFotaStage stage;

    for (stage = MM_TDTECH_FOTA_STAGE_NONE; stage < MM_TDTECH_FOTA_STAGE_LAST; stage++) {
        MMTdtechFotaRecord     *record;
        MMTdtechFotaRecordData *kept;

        begin_again (fixture);
        record = mm_tdtech_fota_record_new (NULL, FAKE_MODEM_IMEI);
        kept = mm_tdtech_fota_record_peek (record);
        kept->stage = stage;
        kept->kept.verb = MM_TDTECH_FOTA_VERB_UPGRADE;
        g_assert_true (mm_tdtech_fota_record_save (record, NULL));
        mm_tdtech_fota_record_free (record);
        fake_port_hang (fixture->port, "^FOTASTATE?");
        start (fixture);
        g_assert_cmpint (mm_tdtech_fota_holds_data (fixture->fota), ==, stage >= MM_TDTECH_FOTA_STAGE_WAITING);
    }
}

/* Once the module was told to upgrade, the connection manager dials when it is back. That is over with
 * that upgrade. */
static void
test_killed_while_flashing (Fixture       *fixture,
                            gconstpointer  data)
{
    guint i;

    for (i = 0; i < 2; i++) {
        begin_again (fixture);
        start (fixture);
        if (i == 0) {
            /* Before 50 was seen */
            fixture->module_state = 40;
            say_state (fixture, "^FOTASTATE: 40");
            fake_clock_run (1);
            fake_port_answer (fixture->port, "^NDISSTATQRY?", "^NDISSTATQRY: 7,1,,,\"IPV4\"");
            call_accepted (fixture, "Upgrade", "@a{sv} {}");
            wait_for_flash (fixture);
        } else
            upgrade_with_session (fixture);
        take_modem_away (fixture);
        fixture->module_state = 10;
        fixture->version = NEW_VERSION;
        add_modem (fixture);
        start (fixture);
        fake_clock_run (60);
        assert_result (fixture, "Upgrade", MM_TDTECH_FOTA_OUTCOME_SUCCEEDED, "");
        g_assert_false (fake_port_was_sent (fixture->port, "^NDISDUP=*"));

        upgrade_with_session (fixture);
        fail_upgrade (fixture);
        g_assert_true (fake_port_was_sent (fixture->port, "^NDISDUP=7,1*"));
    }
}

/* From a record that does not say why: there is a message all the same */
static void
test_killed_without_message (Fixture       *fixture,
                             gconstpointer  data)
{
    MMTdtechFotaRecord     *record = mm_tdtech_fota_record_new (NULL, FAKE_MODEM_IMEI);
    MMTdtechFotaRecordData *kept = mm_tdtech_fota_record_peek (record);

    kept->stage = MM_TDTECH_FOTA_STAGE_RESTORING;
    kept->kept.verb = MM_TDTECH_FOTA_VERB_UPGRADE;
    kept->kept.pending.outcome = MM_TDTECH_FOTA_OUTCOME_FAILED;
    kept->kept.pending.error = MM_TDTECH_FOTA_ERROR_REFUSED;
    g_assert_true (mm_tdtech_fota_record_save (record, NULL));
    mm_tdtech_fota_record_free (record);
    start (fixture);
    fake_clock_run (1);
    assert_result_says (fixture, "error", "'com.td_tech.ModemManager1.Error.Fota.Refused'");
    assert_message (fixture, "the module refused the command*");
}

/*****************************************************************************/
/* Sleep and shutdown, of which logind would ask us */

typedef struct {
    GDBusConnection *connection;
    guint            n_calls;
    guint            n_freed;
} Logind;

static void
logind_called (GDBusConnection       *connection,
               const gchar           *sender,
               const gchar           *path,
               const gchar           *interface,
               const gchar           *method,
               GVariant              *parameters,
               GDBusMethodInvocation *invocation,
               gpointer               user_data)
{
    Logind *logind = user_data;

    logind->n_calls++;
    fake_logind_give_lock (invocation, 0, &logind->n_freed);
}

static void
begin_logind (Logind *logind)
{
    static const GDBusInterfaceVTable vtable = { logind_called };

    logind->connection = fake_bus_connect ();
    fake_logind_start (logind->connection, &vtable, logind);
    g_setenv ("DBUS_SYSTEM_BUS_ADDRESS", fake_bus_get_address (), TRUE);
}

static void
end_logind (Logind *logind)
{
    g_setenv ("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus", TRUE);
    g_dbus_connection_close_sync (logind->connection, NULL, NULL);
    fake_clock_settle ();
    g_clear_object (&logind->connection);
}

static void
lock_taken (GObject      *source,
            GAsyncResult *res,
            gpointer      user_data)
{
    *(gboolean *) user_data = mm_tdtech_inhibitor_take_finish (res, NULL);
}

/* Taken again from where on the module may have been told to upgrade, until the end */
static void
test_killed_sleep (Fixture       *fixture,
                   gconstpointer  data)
{
    MMTdtechFotaStage stage;

    for (stage = MM_TDTECH_FOTA_STAGE_QUERY; stage < MM_TDTECH_FOTA_STAGE_LAST; stage++) {
        gboolean                flashing = stage >= MM_TDTECH_FOTA_STAGE_FLASHING;
        Logind                  logind = { NULL };
        MMTdtechFotaRecord     *record;
        MMTdtechFotaRecordData *kept;
        gboolean                other_taken = FALSE;

        begin_again (fixture);
        begin_logind (&logind);
        record = mm_tdtech_fota_record_new (NULL, FAKE_MODEM_IMEI);
        kept = mm_tdtech_fota_record_peek (record);
        kept->stage = stage;
        kept->kept.verb = flashing ? MM_TDTECH_FOTA_VERB_UPGRADE : MM_TDTECH_FOTA_VERB_DOWNLOAD;
        g_assert_true (mm_tdtech_fota_record_save (record, NULL));
        mm_tdtech_fota_record_free (record);
        fake_port_hang (fixture->port, "^FOTASTATE?");
        start (fixture);
        /* One that comes later is there already */
        mm_tdtech_inhibitor_take ("other", NULL, lock_taken, &other_taken);
        FAKE_CLOCK_WAIT_FOR (other_taken && logind.n_calls >= (flashing ? 2 : 1));
        sync_bus (fixture);
        g_assert_cmpuint (logind.n_calls, ==, flashing ? 2 : 1);
        mm_tdtech_inhibitor_release ("other");
        FAKE_CLOCK_WAIT_FOR (logind.n_freed == 1);
        if (flashing) {
            fixture->module_state = 70;
            answer_state (fixture);
            fake_port_complete (fixture->port, NULL);
            fake_clock_run (10);
            g_assert_cmpstr (mm_gdbus_modem_fota_get_transaction (shown (fixture)), ==, "");
            FAKE_CLOCK_WAIT_FOR (logind.n_freed == 2);
        }
        end_logind (&logind);
    }
}

/* Killed while it downloads: the module goes on by itself, and so does the transaction */
static void
test_killed_in_download (Fixture       *fixture,
                         gconstpointer  data)
{
    start (fixture);
    download (fixture);
    take_modem_away (fixture);
    add_modem (fixture);
    start (fixture);
    fake_clock_run (1);
    assert_state (fixture, MM_TDTECH_FOTA_STATE_DOWNLOADING);
    g_assert_cmpstr (mm_gdbus_modem_fota_get_transaction (shown (fixture)), !=, "");
    fixture->module_state = 40;
    say_state (fixture, "^FOTASTATE: 40");
    fake_clock_run (1);
    assert_result (fixture, "Download", MM_TDTECH_FOTA_OUTCOME_SUCCEEDED, "");
    g_assert_false (fake_port_was_sent (fixture->port, "^FOTAOEMDL=*"));
}

static void
say_offer (gpointer data)
{
    say_state (data, "^FOTASTATE: 11");
    say_state (data, OFFER);
}

/* The modem goes before @verb with another server is answered, and the module is in @state when it is
 * back */
static void
lose_unanswered (Fixture     *fixture,
                 const gchar *verb,
                 const gchar *command,
                 guint        state)
{
    guint n_replies = fixture->n_replies;

    fake_port_hang (fixture->port, command);
    begin_call (fixture, verb, "{'url': <'http://other/'>}");
    g_clear_pointer (&fixture->transaction, g_free);
    FAKE_CLOCK_WAIT_FOR (fake_port_is_hanging (fixture->port));
    assert_server (fixture, "http://server/fw/");
    take_modem_away (fixture);
    FAKE_CLOCK_WAIT_FOR (fixture->n_replies == n_replies + 1);
    fixture->module_state = state;
    add_modem (fixture);
    start (fixture);
    fake_clock_run (1);
}

static void
lose_unanswered_download (Fixture *fixture,
                          guint    state)
{
    begin_again (fixture);
    start (fixture);
    call_accepted (fixture, "Check", URL);
    say_state (fixture, "^FOTASTATE: 11");
    say_state (fixture, "^FOTASTATE: 14");
    say_state (fixture, "^FOTASTATE: 10");
    fake_clock_run (1);
    lose_unanswered (fixture, "Download", "^FOTAOEMDL=*other*", state);
}

/* What the module is seen to do shows whether it has taken up the query; if so, its server is known */
static void
test_server_not_answered (Fixture       *fixture,
                          gconstpointer  data)
{
    static const guint  states[] = { 11, 30, 31, 40 };
    FakeReply          *reply;
    guint               i;

    for (i = 0; i < G_N_ELEMENTS (states); i++) {
        lose_unanswered_download (fixture, states[i]);
        assert_server (fixture, "http://other/");
    }

    lose_unanswered_download (fixture, 31);
    assert_result (fixture, "Download", MM_TDTECH_FOTA_OUTCOME_FAILED, ".DownloadSuspended");
    call_accepted (fixture, "Resume", "@a{sv} {}");
    g_assert_true (fake_port_was_sent (fixture->port, "^FOTAOEMDL=*other*"));

    /* What was suspended still is: that Resume was taken up is not to be seen */
    begin_again (fixture);
    start (fixture);
    download (fixture);
    fixture->module_state = 31;
    say_state (fixture, "^FOTASTATE: 31");
    fake_clock_run (1);
    lose_unanswered (fixture, "Resume", "^FOTAOEMDL=*other*", 31);
    assert_server (fixture, "http://server/fw/");

    /* What was found still lies there: the other server has not been asked */
    begin_again (fixture);
    start (fixture);
    call_accepted (fixture, "Check", URL);
    say_state (fixture, "^FOTASTATE: 11");
    say_state (fixture, OFFER);
    fixture->module_state = 12;
    fake_clock_run (1);
    lose_unanswered (fixture, "Download", "^FOTADL=0", 12);
    assert_server (fixture, "http://server/fw/");
    fake_clock_run (600);
    assert_server (fixture, "http://server/fw/");

    /* What is found before the answer is the other server's, whether that comes as an error, or not at all */
    begin_again (fixture);
    start (fixture);
    call_accepted (fixture, "Check", URL);
    say_state (fixture, "^FOTASTATE: 11");
    say_state (fixture, "^FOTASTATE: 14");
    fake_clock_run (1);
    reply = fake_port_fail (fixture->port, "^FOTAOEMDL=*other*", "ERROR");
    reply->func = say_offer;
    reply->user_data = fixture;
    fixture->module_state = 10;
    call_refused (fixture, "Download", "{'url': <'http://other/'>}", "Refused");
    fixture->module_state = 12;
    assert_member (mm_gdbus_modem_fota_get_update (shown (fixture)), "url", "'http://other/'");
    assert_server (fixture, "http://server/fw/");
    lose_unanswered (fixture, "Download", "^FOTADL=1", 12);
    assert_member (mm_gdbus_modem_fota_get_update (shown (fixture)), "url", "'http://other/'");
    assert_server (fixture, "http://other/");

    lose_unanswered_download (fixture, 10);
    assert_server (fixture, "http://server/fw/");
    say_state (fixture, OFFER);
    fake_clock_run (1);
    assert_server (fixture, "http://other/");

    /* The line that ends it is the first one */
    lose_unanswered_download (fixture, 10);
    say_state (fixture, "^FOTASTATE: 14");
    fake_clock_run (1);
    assert_result (fixture, "Download", MM_TDTECH_FOTA_OUTCOME_NOTHING_NEWER, "");
    assert_server (fixture, "http://other/");

    /* Not taken up: it is forgotten with the transaction */
    lose_unanswered_download (fixture, 10);
    fake_clock_run (600);
    assert_result (fixture, "Download", MM_TDTECH_FOTA_OUTCOME_FAILED, ".SilentlyEnded");
    fixture->module_state = 50;
    say_state (fixture, "^FOTASTATE: 50");
    fake_clock_run (1);
    assert_server (fixture, "http://server/fw/");
}

/* What runs is told at once, though the module has not answered yet; what Cancel would do is not known */
static void
test_early_under_way (Fixture       *fixture,
                      gconstpointer  data)
{
    g_autofree gchar *transaction = NULL;
    guint             n_replies;

    start (fixture);
    download (fixture);
    transaction = g_strdup (mm_gdbus_modem_fota_get_transaction (shown (fixture)));
    take_modem_away (fixture);
    add_modem (fixture);
    fake_port_hang (fixture->port, "^FOTASTATE?");
    start (fixture);
    n_replies = fixture->n_replies;
    begin_call (fixture, "Upgrade", "@a{sv} {}");
    FAKE_CLOCK_WAIT_FOR (fixture->n_replies == n_replies + 1);
    g_assert_nonnull (fixture->error);
    g_assert_nonnull (strstr (fixture->error->message, "Download is under way"));
    g_assert_nonnull (strstr (fixture->error->message, transaction));
    begin_call (fixture, "Cancel", "@a{sv} {}");
    sync_bus (fixture);
    fake_clock_run (1);
    g_assert_cmpuint (fixture->n_replies, ==, n_replies + 1);
    answer_state (fixture);
    fake_port_complete (fixture->port, NULL);
    FAKE_CLOCK_WAIT_FOR (fixture->n_replies == n_replies + 2);
    g_assert_true (fake_port_was_sent (fixture->port, "^FOTADL=0"));
}

/*****************************************************************************/
/* The modem goes at every step of a download and an upgrade, and comes back */

static void
test_removed (Fixture       *fixture,
              gconstpointer  data)
{
    FakeStepWhen when;
    guint        n;
    gboolean     more;

    for (when = FAKE_STEP_BEFORE; when <= FAKE_STEP_AFTER; when++) {
        for (n = 1, more = TRUE; more; n++) {
            guint n_calls = 0;

            begin_again (fixture);
            fake_steps_begin (n, when, (FakeFunc) fake_modem_remove, fixture->modem);
            start (fixture);
            if (mm_base_modem_peek_port_primary (fixture->modem)) {
                begin_call (fixture, "Download", URL);
                n_calls++;
                /* Each is answered, also by who is not there any more */
                FAKE_CLOCK_WAIT_FOR (fixture->n_replies == n_calls);
            }
            fake_clock_settle ();
            say_state (fixture, OFFER);
            say_state (fixture, "^FOTASTATE: 30");
            fixture->module_state = 30;
            fake_clock_run (20);
            say_state (fixture, "^FOTASTATE: 40");
            fixture->module_state = 40;
            fake_clock_run (1);
            if (mm_base_modem_peek_port_primary (fixture->modem)) {
                begin_call (fixture, "Upgrade", "@a{sv} {}");
                n_calls++;
                FAKE_CLOCK_WAIT_FOR (fixture->n_replies == n_calls);
                FAKE_CLOCK_WAIT_FOR (!mm_base_modem_peek_port_primary (fixture->modem) ||
                                     fake_port_was_sent (fixture->port, "^FWUP"));
                fake_clock_settle ();
            }
            more = fake_steps_end ();
            fake_clock_run (1);
            take_modem_away (fixture);
            g_assert_cmpuint (fixture->n_replies, ==, n_calls);

            /* The next one finds a record that it can go on with */
            fixture->module_state = 40;
            add_modem (fixture);
            start (fixture);
            fake_clock_run (5);
            g_assert_cmpint (mm_gdbus_modem_fota_get_module_state (shown (fixture)), ==, 40);
        }
        g_assert_cmpuint (n, >, 20);
    }
}

int
main (int    argc,
      char **argv)
{
    g_test_init (&argc, &argv, NULL);

#define ADD(path, func) g_test_add ("/tdtech/fota/" path, Fixture, NULL, set_up, func, tear_down)
    ADD ("start", test_start);
    ADD ("start/no-port", test_no_port);
    ADD ("start/autodial-left", test_autodial_left);
    ADD ("start/lines-before", test_lines_before_start);
    ADD ("start/line-as-answer", test_line_as_answer);
    ADD ("end", test_end);
    ADD ("end/before-answer", test_end_before_answer);
    ADD ("start/lines-kept", test_lines_kept);
    ADD ("start/in-the-middle", test_start_in_the_middle);
    ADD ("start/line-before-answer", test_line_before_answer);
    ADD ("start/line-before-outcome", test_line_before_outcome);
    ADD ("start/line-not-left", test_line_not_left);
    ADD ("start/unreadable", test_state_unreadable);
    ADD ("start/same-identifier", test_same_identifier);
    ADD ("check", test_check);
    ADD ("check/finds", test_check_finds);
    ADD ("check/version-late", test_check_version_late);
    ADD ("check/fails", test_check_fails);
    ADD ("refused", test_refused);
    ADD ("offer-of-first-server", test_offer_of_first_server);
    ADD ("offer-before-query", test_offer_before_query);
    ADD ("event-of-no-transaction", test_event_of_no_transaction);

    ADD ("refused/server-unknown", test_server_unknown);
    ADD ("refused/server-needs-tls", test_server_needs_tls);
    ADD ("refused/offer-stays", test_offer_stays);
    ADD ("authorization", test_authorization);
    ADD ("authorization/lost", test_authorization_lost);
    ADD ("authorization/cancelled", test_authorization_cancelled);
    ADD ("authorization/late", test_authorization_late);
    ADD ("authorization/after-modem", test_authorization_after_modem);
    ADD ("authorization/caller-leaves", test_caller_leaves);
    ADD ("authorization/caller-needs-no-answer", test_caller_needs_no_answer);
    ADD ("authorization/bus-leaves", test_bus_leaves);
    ADD ("early", test_early);
    ADD ("early/in-vain", test_early_in_vain);
    ADD ("early/caller-leaves", test_early_caller_leaves);
    ADD ("busy-port", test_port_is_busy);
    ADD ("busy-port/early", test_port_is_busy_early);
    ADD ("busy-port/late", test_port_is_busy_late);
    ADD ("busy-port/offer", test_port_is_busy_and_offer);
    ADD ("early/callers-make-room", test_early_callers_make_room);
    ADD ("early/removed", test_early_modem_removed);
    ADD ("early/under-way", test_early_under_way);
    ADD ("download", test_download);
    ADD ("download/suspended", test_download_suspended);
    ADD ("cancel", test_cancel);
    ADD ("cancel/refused", test_cancel_refused);
    ADD ("download/pushed", test_download_pushed);
    ADD ("cancel/twice", test_cancel_twice);
    ADD ("cancel/caller-leaves", test_cancel_caller_leaves);
    ADD ("cancel/removed", test_cancel_modem_removed);
    ADD ("cancel/discards", test_discard);
    ADD ("list-events", test_list_events);
    ADD ("list-events/not-kept", test_events_not_kept);
    ADD ("send-fails", test_send_fails);
    ADD ("upgrade", test_upgrade);
    ADD ("upgrade/fails", test_upgrade_fails);
    ADD ("upgrade/failed-as-it-was", test_failed_as_it_was);
    ADD ("upgrade/session-of-earlier-one", test_session_of_earlier_upgrade);

    ADD ("upgrade/fails-twice", test_upgrade_fails_twice);
    ADD ("upgrade/refused-and-paused-again", test_refused_and_paused_again);
    ADD ("upgrade/interruptible-until-flash", test_interruptible_until_flash);
    ADD ("upgrade/unasked", test_upgrade_unasked);
    ADD ("upgrade/sessions-after-restart", test_sessions_after_restart);
    ADD ("upgrade/not-saved", test_upgrade_not_saved);
    ADD ("upgrade/cancel-not-saved", test_cancel_not_saved);
    ADD ("upgrade/cancel-saved-at-the-end", test_cancel_saved_at_the_end);
    ADD ("upgrade/end-while-pausing", test_end_while_pausing);
    ADD ("upgrade/takes-too-long", test_upgrade_takes_too_long);
    ADD ("upgrade/flash-time-unknown", test_flash_time_unknown);
    ADD ("upgrade/delay", test_delay);
    ADD ("upgrade/delay-ends", test_delay_ends);
    ADD ("upgrade/package-replaced", test_package_replaced);
    ADD ("conditions/blockers", test_blockers);
    ADD ("conditions/call", test_wait_for_call);
    ADD ("conditions/time-over", test_time_over);
    ADD ("conditions/bearer", test_wait_for_bearer);
    ADD ("conditions/call-begins-late", test_call_begins_late);
    ADD ("conditions/call-is-over", test_call_is_over);
    ADD ("conditions/watched-once", test_watched_once);
    ADD ("killed/unsent-events", test_unsent_events);
    ADD ("killed/unsent-details", test_unsent_details);
    ADD ("killed/before-event", test_killed_before_event);
    ADD ("killed/while-held", test_killed_while_held);
    ADD ("killed/while-flashing", test_killed_while_flashing);
    ADD ("killed/without-message", test_killed_without_message);
    ADD ("killed/sleep", test_killed_sleep);
    ADD ("killed/in-download", test_killed_in_download);
    ADD ("killed/server-not-answered", test_server_not_answered);
    ADD ("removed", test_removed);
    return fake_bus_run_tests ();
}

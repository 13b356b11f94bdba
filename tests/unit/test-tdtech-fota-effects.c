/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "fake-bus.h"
#include "fake-clock.h"
#include "fake-logind.h"
#include "fake-modem.h"
#include "fake-state.h"

#include "mm-tdtech-fota-effects.h"
#include "mm-tdtech-inhibitor.h"

#define VERSION_ANSWER \
    "^VERSION:BDT:Jan 28 2026, 18:42:02\n" \
    "^VERSION:EXTS:1.2.5.0(SP1C02)"

#define NOT_REGISTERED MM_TDTECH_FOTA_BLOCKER_NOT_REGISTERED
#define ROAMING        MM_TDTECH_FOTA_BLOCKER_ROAMING
#define CALL           MM_TDTECH_FOTA_BLOCKER_CALL
#define DATA           MM_TDTECH_FOTA_BLOCKER_DATA

typedef struct {
    gchar                     *state;
    MMBaseModem               *modem;
    MMPortSerialAt            *port;
    MMTdtechFotaMachine       *machine;
    MMTdtechFotaOptions       *options;
    MMTdtechFotaEffectContext  context;
    guint                      n_freed;
    guint                      n_ready;
    MMTdtechFotaEffectOutcome *outcome;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
    fixture->state = fake_state_new ();
    fixture->modem = fake_modem_new (FAKE_TYPE_MODEM);
    fixture->port = g_object_ref (mm_base_modem_peek_port_primary (fixture->modem));
    fixture->machine = mm_tdtech_fota_machine_new ();
    fixture->options = g_new0 (MMTdtechFotaOptions, 1);
    fixture->context.modem = fixture->modem;
    fixture->context.machine = fixture->machine;
    fixture->context.record = mm_tdtech_fota_record_new (NULL, FAKE_MODEM_IMEI);
    fixture->context.key = FAKE_MODEM_IMEI;
    fixture->context.data_pause = mm_tdtech_data_pause_new (fixture->modem, fixture->context.record);
    fixture->context.progress = mm_tdtech_fota_progress_new ();
    fixture->context.options = fixture->options;
    fixture->context.saved = TRUE;
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
    fake_modem_remove (fixture->modem);
    fake_clock_run (1);
    g_object_unref (fixture->context.data_pause);
    g_clear_pointer (&fixture->modem, fake_modem_free);
    fake_port_assert_all_asked (fixture->port);
    g_object_unref (fixture->port);
    mm_tdtech_fota_record_free (fixture->context.record);
    mm_tdtech_fota_progress_free (fixture->context.progress);
    mm_tdtech_fota_machine_free (fixture->machine);
    mm_tdtech_fota_options_free (fixture->options);
    g_clear_pointer (&fixture->outcome, mm_tdtech_fota_effect_outcome_free);
    fake_state_free (fixture->state);
}

static void
ready (GObject      *source,
       GAsyncResult *res,
       Fixture      *fixture)
{
    fixture->n_ready++;
    fixture->outcome = mm_tdtech_fota_effect_run_finish (res);
    g_assert_nonnull (fixture->outcome);
}

static void
begin (Fixture            *fixture,
       MMTdtechFotaEffect  effect)
{
    g_clear_pointer (&fixture->outcome, mm_tdtech_fota_effect_outcome_free);
    fixture->n_ready = 0;
    fake_port_forget (fixture->port);
    mm_tdtech_fota_effect_run (&fixture->context, effect, (GAsyncReadyCallback) ready, fixture);
    g_assert_cmpuint (fixture->n_ready, ==, 0);
}

static const MMTdtechFotaInput *
run (Fixture               *fixture,
     MMTdtechFotaEffect     effect,
     MMTdtechFotaInputKind  kind)
{
    begin (fixture, effect);
    fake_clock_run (120);
    g_assert_cmpuint (fixture->n_ready, ==, 1);
    g_assert_cmpint (fixture->outcome->input.kind, ==, kind);
    fake_port_assert_all_asked (fixture->port);
    return &fixture->outcome->input;
}

/*****************************************************************************/
/* Commands that are done or not */

typedef struct {
    MMTdtechFotaEffect  effect;
    const gchar        *command;
} Simple;

static const Simple simple[] = {
    { MM_TDTECH_FOTA_EFFECT_DOWNLOAD, "^FOTADL=1" },
    { MM_TDTECH_FOTA_EFFECT_STOP,     "^FOTADL=0" },
    { MM_TDTECH_FOTA_EFFECT_HANG_UP,  "+CHUP" },
    { MM_TDTECH_FOTA_EFFECT_FLASH,    "^FWUP" },
    { MM_TDTECH_FOTA_EFFECT_SET_MODE, "^FOTAMODE=0,1,0,1" },
    { MM_TDTECH_FOTA_EFFECT_QUERY,    "^FOTAOEMDL=\"http://server/path/\"" },
};

static void
test_simple (Fixture       *fixture,
             gconstpointer  data)
{
    guint i;

    mm_tdtech_fota_record_peek (fixture->context.record)->url = g_strdup ("http://server/path/");
    for (i = 0; i < G_N_ELEMENTS (simple); i++) {
        const MMTdtechFotaInput *input;

        fake_port_answer (fixture->port, simple[i].command, NULL);
        run (fixture, simple[i].effect, MM_TDTECH_FOTA_INPUT_DONE);
        fake_port_assert_sent (fixture->port, simple[i].command);

        fake_port_fail (fixture->port, simple[i].command, "+CME ERROR: 4");
        input = run (fixture, simple[i].effect, MM_TDTECH_FOTA_INPUT_FAILED);
        g_assert_cmpstr (input->words, ==, "+CME ERROR: 4");
        g_assert_false (input->fatal);

        fake_port_silence (fixture->port, simple[i].command);
        run (fixture, simple[i].effect, MM_TDTECH_FOTA_INPUT_SILENT);

        /* A closed port says nothing either, and the module's words are only its own */
        fake_port_error (fixture->port, simple[i].command, G_IO_ERROR, G_IO_ERROR_CANCELLED);
        run (fixture, simple[i].effect, MM_TDTECH_FOTA_INPUT_SILENT);
        fake_port_error (fixture->port, simple[i].command, MM_CORE_ERROR, MM_CORE_ERROR_FAILED);
        g_assert_null (run (fixture, simple[i].effect, MM_TDTECH_FOTA_INPUT_FAILED)->words);
    }
}

/* A Check does not download by itself */
static void
test_mode_of_check (Fixture       *fixture,
                    gconstpointer  data)
{
    fixture->machine->kept.verb = MM_TDTECH_FOTA_VERB_CHECK;
    fake_port_answer (fixture->port, "^FOTAMODE=0,0,0,1", NULL);
    run (fixture, MM_TDTECH_FOTA_EFFECT_SET_MODE, MM_TDTECH_FOTA_INPUT_DONE);
}

/* One from the record, which may be anybody's */
static void
test_query_bad_url (Fixture       *fixture,
                    gconstpointer  data)
{
    mm_tdtech_fota_record_peek (fixture->context.record)->url = g_strdup ("http://server/\"\r^FWUP");
    run (fixture, MM_TDTECH_FOTA_EFFECT_QUERY, MM_TDTECH_FOTA_INPUT_FAILED);
    fake_port_assert_sent (fixture->port, "");
}

/* The server that a caller asks for goes before the one that was used last */
static void
test_query_asked_url (Fixture       *fixture,
                      gconstpointer  data)
{
    mm_tdtech_fota_record_peek (fixture->context.record)->url = g_strdup ("http://server/path/");
    mm_tdtech_fota_record_peek (fixture->context.record)->asked_url = g_strdup ("http://other/");
    fake_port_answer (fixture->port, "^FOTAOEMDL=\"http://other/\"", NULL);
    run (fixture, MM_TDTECH_FOTA_EFFECT_QUERY, MM_TDTECH_FOTA_INPUT_DONE);
}

/* So that the module stays where its offer can be read; and not without that */
static void
test_query_again (Fixture       *fixture,
                  gconstpointer  data)
{
    mm_tdtech_fota_record_peek (fixture->context.record)->url = g_strdup ("http://server/path/");
    fixture->machine->requeried = TRUE;
    fake_port_answer (fixture->port, "^FOTAMODE=0,0,0,1", NULL);
    fake_port_answer (fixture->port, "^FOTAOEMDL=\"http://server/path/\"", NULL);
    run (fixture, MM_TDTECH_FOTA_EFFECT_QUERY, MM_TDTECH_FOTA_INPUT_DONE);

    fake_port_fail (fixture->port, "^FOTAMODE=0,0,0,1", "ERROR");
    run (fixture, MM_TDTECH_FOTA_EFFECT_QUERY, MM_TDTECH_FOTA_INPUT_FAILED);
    g_assert_false (fake_port_was_sent (fixture->port, "^FOTAOEMDL=*"));
}

static void
test_tls (Fixture       *fixture,
          gconstpointer  data)
{
    fixture->options->tls_verify = 1;
    fake_port_answer (fixture->port, "^SSLCFG=*", NULL);
    run (fixture, MM_TDTECH_FOTA_EFFECT_SET_TLS, MM_TDTECH_FOTA_INPUT_DONE);
    g_assert_cmpuint (fake_port_count_sent (fixture->port, "*"), ==, 1);

    fixture->options->tls_ca = g_strdup ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    fake_port_answer (fixture->port, "^SSLMNG=*", NULL)->forever = TRUE;
    fake_port_answer (fixture->port, "^SSLCFG=*", NULL);
    run (fixture, MM_TDTECH_FOTA_EFFECT_SET_TLS, MM_TDTECH_FOTA_INPUT_DONE);
    g_assert_true (fake_port_was_sent (fixture->port, "^SSLMNG=*"));

    /* The first that fails ends it */
    fixture->options->tls_key = g_strdup (fixture->options->tls_ca);
    fake_port_fail (fixture->port, "^SSLMNG=*", "ERROR");
    run (fixture, MM_TDTECH_FOTA_EFFECT_SET_TLS, MM_TDTECH_FOTA_INPUT_FAILED);
    g_assert_cmpuint (fake_port_count_sent (fixture->port, "*"), ==, 1);

    fixture->options->tls_verify = 7;
    run (fixture, MM_TDTECH_FOTA_EFFECT_SET_TLS, MM_TDTECH_FOTA_INPUT_FAILED);
    fake_port_assert_sent (fixture->port, "");
    g_free (fixture->options->tls_certificate);
    fixture->options->tls_certificate = g_strdup ("");
    run (fixture, MM_TDTECH_FOTA_EFFECT_SET_TLS, MM_TDTECH_FOTA_INPUT_FAILED);
}

#define PEM "-----BEGIN X-----\nAAAA\n-----END X-----\n"

static void
set_tls_files (Fixture     *fixture,
               const gchar *ca,
               const gchar *certificate,
               const gchar *key)
{
    MMTdtechFotaOptions *options = fixture->options;

    g_free (options->tls_ca);
    g_free (options->tls_certificate);
    g_free (options->tls_key);
    options->tls_ca = g_strdup (ca);
    options->tls_certificate = g_strdup (certificate);
    options->tls_key = g_strdup (key);
    options->tls_verify = 2;
}

/* Each goes to its own place, whole and before it is loaded; what uses them is the last */
static void
test_tls_files (Fixture       *fixture,
                gconstpointer  data)
{
    g_autofree gchar *sent = NULL;

    set_tls_files (fixture, PEM, PEM, PEM);
    fake_port_answer (fixture->port, "^SSL*", NULL)->forever = TRUE;
    run (fixture, MM_TDTECH_FOTA_EFFECT_SET_TLS, MM_TDTECH_FOTA_INPUT_DONE);
    g_assert_cmpuint (fake_port_count_sent (fixture->port, "*"), ==, 7);
    sent = fake_port_take_sent (fixture->port);
    g_assert_true (g_pattern_match_simple ("^SSLMNG=2,?,0,\"ca_cert.pem\",1,1,* ^SSLMNG=2,?,2,\"ca_cert.pem\" "
                                           "^SSLMNG=2,?,0,\"client_cert.pem\",1,1,* ^SSLMNG=2,?,2,\"client_cert.pem\" "
                                           "^SSLMNG=2,?,0,\"client_key.pem\",1,1,* ^SSLMNG=2,?,2,\"client_key.pem\" "
                                           "^SSLCFG=2,1,0,2", sent));
}

/* With one that is none the module gets nothing at all */
static void
test_tls_bad_file (Fixture       *fixture,
                   gconstpointer  data)
{
    guint bad;

    for (bad = 0; bad < 3; bad++) {
        set_tls_files (fixture, bad == 0 ? "" : PEM, bad == 1 ? "" : PEM, bad == 2 ? "" : PEM);
        run (fixture, MM_TDTECH_FOTA_EFFECT_SET_TLS, MM_TDTECH_FOTA_INPUT_FAILED);
        fake_port_assert_sent (fixture->port, "");
    }
}

/*****************************************************************************/
/* State and versions */

static void
test_state (Fixture       *fixture,
            gconstpointer  data)
{
    const MMTdtechFotaInput *input;

    g_free (fake_log_take ());
    fake_port_answer (fixture->port, "^FOTASTATE?", "^FOTASTATE: 40");
    input = run (fixture, MM_TDTECH_FOTA_EFFECT_READ_STATE, MM_TDTECH_FOTA_INPUT_STATE_READ);
    g_assert_cmpint (input->state->state, ==, 40);
    fake_log_assert_not_said ("sleep is not blocked");

    fake_port_answer (fixture->port, "^FOTASTATE?", "^FOTASTATE: 12, 1.3.0.0(SP1C02), 56737228, better");
    input = run (fixture, MM_TDTECH_FOTA_EFFECT_READ_STATE, MM_TDTECH_FOTA_INPUT_STATE_READ);
    g_assert_cmpint (input->state->state, ==, 12);
    g_assert_cmpstr (input->state->version, ==, "1.3.0.0(SP1C02)");
    g_assert_cmpstr (input->state->description, ==, "better");

    /* The port's handler has it */
    fake_port_answer (fixture->port, "^FOTASTATE?", NULL);
    g_assert_null (run (fixture, MM_TDTECH_FOTA_EFFECT_READ_STATE, MM_TDTECH_FOTA_INPUT_DONE)->state);

    fake_port_fail (fixture->port, "^FOTASTATE?", "ERROR");
    run (fixture, MM_TDTECH_FOTA_EFFECT_READ_STATE, MM_TDTECH_FOTA_INPUT_FAILED);
}

/* Sleep is blocked first; a machine that cannot do that upgrades all the same */
static void
test_state_to_confirm (Fixture       *fixture,
                       gconstpointer  data)
{
    guint n_timers = fake_clock_n_timers ();

    fixture->machine->phase = MM_TDTECH_FOTA_PHASE_CONFIRM;
    fake_port_answer (fixture->port, "^FOTASTATE?", "^FOTASTATE: 40");
    begin (fixture, MM_TDTECH_FOTA_EFFECT_READ_STATE);
    FAKE_CLOCK_WAIT_FOR (fake_port_was_sent (fixture->port, "^FOTASTATE?"));
    fake_clock_run (1);
    g_assert_cmpint (fixture->outcome->input.kind, ==, MM_TDTECH_FOTA_INPUT_STATE_READ);
    fake_log_assert_said ("sleep is not blocked: ");
    g_assert_cmpuint (fake_clock_n_timers (), ==, n_timers);
}

/* logind */
static void
inhibit_called (GDBusConnection       *connection,
                const gchar           *sender,
                const gchar           *path,
                const gchar           *interface,
                const gchar           *method,
                GVariant              *parameters,
                GDBusMethodInvocation *invocation,
                gpointer               user_data)
{
    Fixture *fixture = user_data;

    /* The state that is read after that is the one that counts */
    g_assert_false (fake_port_was_sent (fixture->port, "^FOTASTATE?"));
    /* Until when to wait for this answer, and for the module */
    g_assert_cmpuint (fake_clock_n_timers (), >=, 2);
    fake_logind_give_lock (invocation, 0, &fixture->n_freed);
}

static void
test_state_to_confirm_awake (Fixture       *fixture,
                             gconstpointer  data)
{
    static const GDBusInterfaceVTable vtable = { inhibit_called };

    g_autofree gchar           *before = g_strdup (g_getenv ("DBUS_SYSTEM_BUS_ADDRESS"));
    g_autoptr(GTestDBus)        bus = g_test_dbus_new (G_TEST_DBUS_NONE);
    g_autoptr(GDBusConnection)  connection = NULL;
    guint                       n_timers = fake_clock_n_timers ();
    guint                       i;

    g_test_dbus_up (bus);
    g_setenv ("DBUS_SYSTEM_BUS_ADDRESS", g_test_dbus_get_bus_address (bus), TRUE);
    connection = fake_bus_connect_to (g_test_dbus_get_bus_address (bus));
    fake_logind_start (connection, &vtable, fixture);
    g_free (fake_log_take ());

    fixture->machine->phase = MM_TDTECH_FOTA_PHASE_CONFIRM;
    for (i = 0; i < 2; i++) {
        fake_port_answer (fixture->port, "^FOTASTATE?", "^FOTASTATE: 40");
        begin (fixture, MM_TDTECH_FOTA_EFFECT_READ_STATE);
        FAKE_CLOCK_WAIT_FOR (fake_port_was_sent (fixture->port, "^FOTASTATE?"));
        fake_clock_run (1);
        g_assert_cmpint (fixture->outcome->input.kind, ==, MM_TDTECH_FOTA_INPUT_STATE_READ);
        fake_log_assert_not_said ("sleep is not blocked");
        /* What remains is one time after which the lock is let go, counted from now */
        g_assert_cmpuint (fake_clock_n_timers (), ==, n_timers + 1);
        fake_clock_run (MM_TDTECH_INHIBITOR_EXPIRY_MSEC / 1000 - 2);
        g_assert_cmpuint (fake_clock_n_timers (), ==, n_timers + 1);
    }

    mm_tdtech_inhibitor_release (FAKE_MODEM_IMEI);
    g_assert_cmpuint (fake_clock_n_timers (), ==, n_timers);
    FAKE_CLOCK_WAIT_FOR (fixture->n_freed == 1);
    g_dbus_connection_close_sync (connection, NULL, NULL);
    g_test_dbus_down (bus);
    g_setenv ("DBUS_SYSTEM_BUS_ADDRESS", before, TRUE);
}

static void
test_version (Fixture       *fixture,
              gconstpointer  data)
{
    const MMTdtechFotaInput *input;

    fake_port_answer (fixture->port, "^VERSION?", VERSION_ANSWER);
    fake_port_answer (fixture->port, "+CGMR", "V200R001C20B025");
    input = run (fixture, MM_TDTECH_FOTA_EFFECT_READ_VERSION, MM_TDTECH_FOTA_INPUT_DONE);
    g_assert_true (mm_tdtech_version_is_complete (input->version));
    g_assert_cmpstr (input->revision, ==, "V200R001C20B025");

    fake_port_fail (fixture->port, "^VERSION?", "ERROR");
    fake_port_answer (fixture->port, "+CGMR", "V200R001C20B025");
    input = run (fixture, MM_TDTECH_FOTA_EFFECT_READ_VERSION, MM_TDTECH_FOTA_INPUT_DONE);
    g_assert_null (input->version);
    g_assert_cmpstr (input->revision, ==, "V200R001C20B025");

    fake_port_answer (fixture->port, "^VERSION?", VERSION_ANSWER);
    fake_port_fail (fixture->port, "+CGMR", "ERROR");
    input = run (fixture, MM_TDTECH_FOTA_EFFECT_READ_VERSION, MM_TDTECH_FOTA_INPUT_DONE);
    g_assert_nonnull (input->version);
    g_assert_null (input->revision);

    fake_port_silence (fixture->port, "^VERSION?");
    fake_port_silence (fixture->port, "+CGMR");
    run (fixture, MM_TDTECH_FOTA_EFFECT_READ_VERSION, MM_TDTECH_FOTA_INPUT_SILENT);
}

/*****************************************************************************/
/* Registration and calls */

typedef struct {
    const gchar *cereg;      /* NULL: ERROR */
    const gchar *c5greg;
    guint        blockers;
} Registration;

static const Registration registrations[] = {
    { "+CEREG: 2,1", "+C5GREG: 2,0", 0 },
    { "+CEREG: 2,0", "+C5GREG: 2,1", 0 },
    { "+CEREG: 2,5", "+C5GREG: 2,0", ROAMING },
    { "+CEREG: 2,5", "+C5GREG: 2,1", 0 },
    { "+CEREG: 2,1", "+C5GREG: 2,5", 0 },
    { "+CEREG: 2,2", "+C5GREG: 2,2", NOT_REGISTERED },
    { "+CEREG: 2,5", NULL,           ROAMING },
    { NULL,          "+C5GREG: 2,1", 0 },
    { NULL,          "+C5GREG: 2,5", ROAMING },
    /* One of them says nothing, and ModemManager knows better: at home */
    { "+CEREG: 2,2", NULL,           0 },
    { "nonsense",    "+C5GREG: 2,2", 0 },
    { "nonsense",    "nonsense",     0 },
};

static void
answer_registration (Fixture            *fixture,
                     const Registration *row)
{
    if (row->cereg)
        fake_port_answer (fixture->port, "+CEREG?", row->cereg);
    else
        fake_port_fail (fixture->port, "+CEREG?", "ERROR");
    if (row->c5greg)
        fake_port_answer (fixture->port, "+C5GREG?", row->c5greg);
    else
        fake_port_fail (fixture->port, "+C5GREG?", "ERROR");
}

static void
test_registration (Fixture       *fixture,
                   gconstpointer  data)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS (registrations); i++) {
        fake_port_answer (fixture->port, "+COPS?", "+COPS: 0");
        answer_registration (fixture, &registrations[i]);
        g_assert_cmpuint (run (fixture, MM_TDTECH_FOTA_EFFECT_READ_REGISTRATION,
                               MM_TDTECH_FOTA_INPUT_DONE)->blockers, ==, registrations[i].blockers);

        fake_port_answer (fixture->port, "+CLCC", NULL);
        answer_registration (fixture, &registrations[i]);
        g_assert_cmpuint (run (fixture, MM_TDTECH_FOTA_EFFECT_READ_CONDITIONS,
                               MM_TDTECH_FOTA_INPUT_DONE)->blockers, ==, registrations[i].blockers);
    }
}

/* Where ModemManager's handlers take the answers, it knows the state itself */
static void
test_registration_known (Fixture       *fixture,
                         gconstpointer  data)
{
    static const struct {
        MMModem3gppRegistrationState state;
        guint                        blockers;
        guint                        if_unknown_none;
    } rows[] = {
        { MM_MODEM_3GPP_REGISTRATION_STATE_HOME,                       0,              0 },
        { MM_MODEM_3GPP_REGISTRATION_STATE_HOME_SMS_ONLY,              0,              0 },
        { MM_MODEM_3GPP_REGISTRATION_STATE_HOME_CSFB_NOT_PREFERRED,    0,              0 },
        { MM_MODEM_3GPP_REGISTRATION_STATE_ROAMING,                    ROAMING,        ROAMING },
        { MM_MODEM_3GPP_REGISTRATION_STATE_ROAMING_SMS_ONLY,           ROAMING,        ROAMING },
        { MM_MODEM_3GPP_REGISTRATION_STATE_ROAMING_CSFB_NOT_PREFERRED, ROAMING,        ROAMING },
        { MM_MODEM_3GPP_REGISTRATION_STATE_IDLE,                       NOT_REGISTERED, NOT_REGISTERED },
        { MM_MODEM_3GPP_REGISTRATION_STATE_SEARCHING,                  NOT_REGISTERED, NOT_REGISTERED },
        { MM_MODEM_3GPP_REGISTRATION_STATE_DENIED,                     NOT_REGISTERED, NOT_REGISTERED },
        { MM_MODEM_3GPP_REGISTRATION_STATE_UNKNOWN,                    NOT_REGISTERED, 0 },
        { MM_MODEM_3GPP_REGISTRATION_STATE_EMERGENCY_ONLY,             NOT_REGISTERED, 0 },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (rows); i++) {
        fake_modem_set_registration (fixture->modem, rows[i].state);
        fake_port_answer (fixture->port, "+COPS?", "+COPS: 0");
        fake_port_answer (fixture->port, "+CEREG?", NULL);
        fake_port_answer (fixture->port, "+C5GREG?", NULL);
        g_assert_cmpuint (run (fixture, MM_TDTECH_FOTA_EFFECT_READ_REGISTRATION,
                               MM_TDTECH_FOTA_INPUT_DONE)->blockers, ==, rows[i].blockers);
        g_assert_cmpuint (mm_tdtech_fota_known_registration_blockers (fixture->modem, 0), ==, rows[i].if_unknown_none);
    }
}

static void
test_calls_known (Fixture       *fixture,
                  gconstpointer  data)
{
    g_autoptr(MMCallList)  calls = fake_call_list_new ();
    MMBaseCall            *call;

    g_assert_cmpuint (mm_tdtech_fota_known_call_blockers (fixture->modem), ==, 0);
    fake_modem_set_calls (fixture->modem, calls);
    g_assert_cmpuint (mm_tdtech_fota_known_call_blockers (fixture->modem), ==, 0);
    call = fake_call_list_add (calls, MM_CALL_STATE_UNKNOWN);
    g_assert_cmpuint (mm_tdtech_fota_known_call_blockers (fixture->modem), ==, 0);
    fake_call_set_state (call, MM_CALL_STATE_ACTIVE);
    g_assert_cmpuint (mm_tdtech_fota_known_call_blockers (fixture->modem), ==, CALL);
    fake_call_list_add (calls, MM_CALL_STATE_TERMINATED);
    g_assert_cmpuint (mm_tdtech_fota_known_call_blockers (fixture->modem), ==, CALL);
    fake_call_set_state (call, MM_CALL_STATE_TERMINATED);
    g_assert_cmpuint (mm_tdtech_fota_known_call_blockers (fixture->modem), ==, 0);

    /* A unit without +CLCC: then what ModemManager knows */
    fake_call_set_state (call, MM_CALL_STATE_HELD);
    answer_registration (fixture, &registrations[0]);
    fake_port_fail (fixture->port, "+CLCC", "ERROR");
    g_assert_cmpuint (run (fixture, MM_TDTECH_FOTA_EFFECT_READ_CONDITIONS,
                           MM_TDTECH_FOTA_INPUT_DONE)->blockers, ==, CALL);
    fake_port_fail (fixture->port, "+CLCC", "ERROR");
    fake_port_answer (fixture->port, "^NDISSTATQRY?", NULL);
    g_assert_cmpuint (run (fixture, MM_TDTECH_FOTA_EFFECT_READ_USE, MM_TDTECH_FOTA_INPUT_DONE)->blockers, ==, CALL);
}

static void
test_conditions (Fixture       *fixture,
                 gconstpointer  data)
{
    answer_registration (fixture, &registrations[0]);
    fake_port_answer (fixture->port, "+CLCC", "+CLCC: 1,0,0,0,0,\"112\",129");
    g_assert_cmpuint (run (fixture, MM_TDTECH_FOTA_EFFECT_READ_CONDITIONS,
                           MM_TDTECH_FOTA_INPUT_DONE)->blockers, ==, CALL);

    /* Unreadable: asked again at once, three times in all */
    answer_registration (fixture, &registrations[0]);
    fake_port_answer (fixture->port, "+CLCC", "nonsense");
    answer_registration (fixture, &registrations[0]);
    fake_port_answer (fixture->port, "+CLCC", NULL);
    g_assert_cmpuint (run (fixture, MM_TDTECH_FOTA_EFFECT_READ_CONDITIONS,
                           MM_TDTECH_FOTA_INPUT_DONE)->blockers, ==, 0);
    fake_port_answer (fixture->port, "+C*", "nonsense")->forever = TRUE;
    run (fixture, MM_TDTECH_FOTA_EFFECT_READ_CONDITIONS, MM_TDTECH_FOTA_INPUT_FAILED);
    g_assert_cmpuint (fake_port_count_sent (fixture->port, "+CLCC"), ==, 3);
}

static void
test_use (Fixture       *fixture,
          gconstpointer  data)
{
    g_autoptr(GObject) device = NULL;

    fake_port_answer (fixture->port, "+CLCC", NULL);
    fake_port_answer (fixture->port, "^NDISSTATQRY?", NULL);
    g_assert_cmpuint (run (fixture, MM_TDTECH_FOTA_EFFECT_READ_USE, MM_TDTECH_FOTA_INPUT_DONE)->blockers, ==, 0);

    fake_port_answer (fixture->port, "+CLCC", "+CLCC: 1,0,0,0,0,\"112\",129");
    fake_port_answer (fixture->port, "^NDISSTATQRY?", "^NDISSTATQRY: 1,2,,,\"IPV4\"");
    g_assert_cmpuint (run (fixture, MM_TDTECH_FOTA_EFFECT_READ_USE, MM_TDTECH_FOTA_INPUT_DONE)->blockers,
                      ==, CALL | DATA);

    /* Sessions that are there but down are in nobody's use */
    fake_port_answer (fixture->port, "+CLCC", NULL);
    fake_port_answer (fixture->port, "^NDISSTATQRY?", "^NDISSTATQRY: 1,0,,,\"IPV4\"");
    g_assert_cmpuint (run (fixture, MM_TDTECH_FOTA_EFFECT_READ_USE, MM_TDTECH_FOTA_INPUT_DONE)->blockers, ==, 0);

    /* One that is not answered at all is not misread */
    fake_port_answer (fixture->port, "+CLCC", NULL);
    fake_port_fail (fixture->port, "^NDISSTATQRY?", "ERROR");
    g_assert_cmpuint (run (fixture, MM_TDTECH_FOTA_EFFECT_READ_USE, MM_TDTECH_FOTA_INPUT_DONE)->blockers, ==, 0);

    device = G_OBJECT (fake_kernel_device_new ("usbmisc", "cdc-wdm0", 0x3301, 2, 0, NULL));
    fake_modem_take_port (fixture->modem, fake_port_new ((MMKernelDevice *) device, MM_PORT_TYPE_MBIM));
    fake_port_answer (fixture->port, "+CLCC", NULL);
    run (fixture, MM_TDTECH_FOTA_EFFECT_READ_USE, MM_TDTECH_FOTA_INPUT_DONE);
    fake_port_assert_sent (fixture->port, "+CLCC");
}

static void
test_use_misread (Fixture       *fixture,
                  gconstpointer  data)
{
    fake_port_answer (fixture->port, "+CLCC", NULL)->forever = TRUE;
    fake_port_answer (fixture->port, "^NDISSTATQRY?", "nonsense")->forever = TRUE;
    run (fixture, MM_TDTECH_FOTA_EFFECT_READ_USE, MM_TDTECH_FOTA_INPUT_FAILED);
    g_assert_cmpuint (fake_port_count_sent (fixture->port, "^NDISSTATQRY?"), ==, 3);
}

/* The calls, with sessions that can be read; what was misread once says nothing of later answers */
static void
test_use_misread_calls (Fixture       *fixture,
                        gconstpointer  data)
{
    fake_port_answer (fixture->port, "^NDISSTATQRY?", NULL)->forever = TRUE;
    fake_port_answer (fixture->port, "+CLCC", "nonsense");
    fake_port_answer (fixture->port, "+CLCC", "nonsense");
    fake_port_answer (fixture->port, "+CLCC", NULL);
    g_assert_cmpuint (run (fixture, MM_TDTECH_FOTA_EFFECT_READ_USE, MM_TDTECH_FOTA_INPUT_DONE)->blockers, ==, 0);
    fake_port_answer (fixture->port, "+CLCC", "nonsense")->forever = TRUE;
    run (fixture, MM_TDTECH_FOTA_EFFECT_READ_USE, MM_TDTECH_FOTA_INPUT_FAILED);
    g_assert_cmpuint (fake_port_count_sent (fixture->port, "+CLCC"), ==, 3);
}

/*****************************************************************************/
/* Progress */

static void
test_progress (Fixture       *fixture,
               gconstpointer  data)
{
    guint interval;
    guint i;

    mm_tdtech_fota_progress_start (fixture->context.progress, 1000);
    fake_port_answer (fixture->port, "^FOTADLQ", "^FOTADLQ: 0,\"FIRMWARE1\",500,1000")->delay = 20;
    g_assert_false (run (fixture, MM_TDTECH_FOTA_EFFECT_READ_PROGRESS, MM_TDTECH_FOTA_INPUT_DONE)->ask_state);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_percent (fixture->context.progress), ==, 50);

    /* Without a readable answer it is asked less often */
    interval = mm_tdtech_fota_progress_get_interval (fixture->context.progress);
    fake_port_answer (fixture->port, "^FOTADLQ", "nonsense");
    run (fixture, MM_TDTECH_FOTA_EFFECT_READ_PROGRESS, MM_TDTECH_FOTA_INPUT_FAILED);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_interval (fixture->context.progress), >, interval);
    interval = mm_tdtech_fota_progress_get_interval (fixture->context.progress);
    fake_port_silence (fixture->port, "^FOTADLQ");
    run (fixture, MM_TDTECH_FOTA_EFFECT_READ_PROGRESS, MM_TDTECH_FOTA_INPUT_SILENT);
    g_assert_cmpuint (mm_tdtech_fota_progress_get_interval (fixture->context.progress), >, interval);

    /* It stalls: the state will tell */
    for (i = 0; i < 100; i++) {
        fake_port_answer (fixture->port, "^FOTADLQ", "^FOTADLQ: 0,\"FIRMWARE1\",500,1000");
        if (run (fixture, MM_TDTECH_FOTA_EFFECT_READ_PROGRESS, MM_TDTECH_FOTA_INPUT_DONE)->ask_state)
            break;
    }
    g_assert_cmpuint (i, <, 100);
}

/*****************************************************************************/
/* Data and ^FWUP */

static MMBaseBearer *
add_bearer (Fixture *fixture)
{
    g_autoptr(MMBaseBearer)  bearer = MM_BASE_BEARER (fake_bearer_new (fixture->modem, 1));
    MMBaseBearer            *listed = bearer;

    fake_bearer_list_add (fake_modem_peek_bearers (fixture->modem), bearer);
    fake_bearer_set_status (bearer, MM_BEARER_STATUS_CONNECTED);
    return listed;
}

static void
test_data (Fixture       *fixture,
           gconstpointer  data)
{
    MMBaseBearer *bearer = add_bearer (fixture);

    fake_bearer_set_manner (FAKE_BEARER (bearer), FAKE_BEARER_OBEYS, FAKE_BEARER_REFUSES);
    fake_port_answer (fixture->port, "^SETAUTODIAL?", "^SETAUTODIAL: 0");
    g_assert_cmpuint (run (fixture, MM_TDTECH_FOTA_EFFECT_PAUSE_DATA, MM_TDTECH_FOTA_INPUT_DONE)->blockers, ==, DATA);

    fake_port_silence (fixture->port, "^SETAUTODIAL?");
    run (fixture, MM_TDTECH_FOTA_EFFECT_PAUSE_DATA, MM_TDTECH_FOTA_INPUT_SILENT);

    g_assert_true (mm_tdtech_data_pause_is_held (fixture->context.data_pause));
    run (fixture, MM_TDTECH_FOTA_EFFECT_RESTORE_DATA, MM_TDTECH_FOTA_INPUT_DONE);
    g_assert_false (mm_tdtech_data_pause_is_held (fixture->context.data_pause));
}

static void
test_flash_not_saved (Fixture       *fixture,
                      gconstpointer  data)
{
    fixture->context.saved = FALSE;
    g_assert_true (run (fixture, MM_TDTECH_FOTA_EFFECT_FLASH, MM_TDTECH_FOTA_INPUT_FAILED)->fatal);
    fake_port_assert_sent (fixture->port, "");
}

static void
test_flash_data (Fixture       *fixture,
                 gconstpointer  data)
{
    add_bearer (fixture);
    g_assert_false (run (fixture, MM_TDTECH_FOTA_EFFECT_FLASH, MM_TDTECH_FOTA_INPUT_FAILED)->fatal);
    fake_port_assert_sent (fixture->port, "");
}

/* Only one that began since the module was asked: of earlier ones the module knows better */
static void
test_flash_call (Fixture       *fixture,
                 gconstpointer  data)
{
    g_autoptr(MMCallList)  calls = fake_call_list_new ();
    MMBaseCall            *call;

    fake_modem_set_calls (fixture->modem, calls);
    call = fake_call_list_add (calls, MM_CALL_STATE_ACTIVE);
    fixture->context.call_begun = TRUE;
    run (fixture, MM_TDTECH_FOTA_EFFECT_FLASH, MM_TDTECH_FOTA_INPUT_FAILED);
    fake_port_assert_sent (fixture->port, "");

    fixture->context.call_begun = FALSE;
    fake_port_answer (fixture->port, "^FWUP", NULL);
    run (fixture, MM_TDTECH_FOTA_EFFECT_FLASH, MM_TDTECH_FOTA_INPUT_DONE);

    /* It is over already */
    fixture->context.call_begun = TRUE;
    fake_call_set_state (call, MM_CALL_STATE_TERMINATED);
    fake_port_answer (fixture->port, "^FWUP", NULL);
    run (fixture, MM_TDTECH_FOTA_EFFECT_FLASH, MM_TDTECH_FOTA_INPUT_DONE);
}

/*****************************************************************************/
/* The modem goes, in each effect */

static void
test_removed (Fixture       *fixture,
              gconstpointer  data)
{
    MMTdtechFotaEffect effect;

    for (effect = MM_TDTECH_FOTA_EFFECT_NONE + 1; effect < MM_TDTECH_FOTA_EFFECT_LAST; effect++) {
        FakeStepWhen when;

        for (when = FAKE_STEP_BEFORE; when <= FAKE_STEP_AFTER; when++) {
            tear_down (fixture, NULL);
            set_up (fixture, NULL);
            mm_tdtech_fota_record_peek (fixture->context.record)->url = g_strdup ("http://server/path/");
            fake_port_answer (fixture->port, "*", NULL)->forever = TRUE;
            fake_steps_begin (1, when, (FakeFunc) fake_modem_remove, fixture->modem);
            begin (fixture, effect);
            fake_clock_run (120);
            g_assert_cmpuint (fixture->n_ready, ==, 1);
            g_assert_true (fake_steps_end () || effect == MM_TDTECH_FOTA_EFFECT_RESTORE_DATA);
        }
    }
}

int
main (int    argc,
      char **argv)
{
    g_test_init (&argc, &argv, NULL);

#define ADD(path, func) g_test_add ("/tdtech/fota/effects/" path, Fixture, NULL, set_up, func, tear_down)
    ADD ("simple", test_simple);
    ADD ("mode-of-check", test_mode_of_check);
    ADD ("query-bad-url", test_query_bad_url);
    ADD ("query-asked-url", test_query_asked_url);
    ADD ("query-again", test_query_again);
    ADD ("tls", test_tls);
    ADD ("tls-files", test_tls_files);
    ADD ("tls-bad-file", test_tls_bad_file);
    ADD ("state", test_state);
    ADD ("state-to-confirm", test_state_to_confirm);
    ADD ("state-to-confirm-awake", test_state_to_confirm_awake);
    ADD ("version", test_version);
    ADD ("registration", test_registration);
    ADD ("registration-known", test_registration_known);
    ADD ("calls-known", test_calls_known);
    ADD ("conditions", test_conditions);
    ADD ("use", test_use);
    ADD ("use-misread", test_use_misread);
    ADD ("use-misread-calls", test_use_misread_calls);
    ADD ("progress", test_progress);
    ADD ("data", test_data);
    ADD ("flash-not-saved", test_flash_not_saved);
    ADD ("flash-data", test_flash_data);
    ADD ("flash-call", test_flash_call);
    ADD ("removed", test_removed);
    return g_test_run ();
}

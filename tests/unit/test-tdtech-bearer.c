/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "fake-clock.h"
#include "fake-modem.h"
#include "fake-state.h"

#include "mm-broadband-bearer-tdtech.h"
#include "mm-broadband-modem-tdtech.h"
#include "mm-shared-tdtech.h"
#include "mm-tdtech-fota-record.h"

#define IPV4 MM_BEARER_IP_FAMILY_IPV4
#define IPV6 MM_BEARER_IP_FAMILY_IPV6

#define DIAL    "^NDISDUP=1,1,\"internet\""
#define HANG_UP "^NDISDUP=1,0"
#define QUERY   "^NDISSTATQRY?"
#define UP4     "^NDISSTAT: 1,1,,,\"IPV4\""
#define UP6     "^NDISSTAT: 1,1,,,\"IPV6\""
#define DOWN4   "^NDISSTAT: 1,0,,,\"IPV4\""
#define DOWN6   "^NDISSTAT: 1,0,,,\"IPV6\""

typedef struct {
    gchar          *state;
    MMBaseModem    *modem;
    MMPortSerialAt *port;
    MMPort         *net;          /* NULL: PPP */
    MMBaseBearer   *bearer;
    guint           n_ready;
    GError         *error;
    gint            status;       /* MMBearerConnectionStatus that was loaded */
} Fixture;

/*****************************************************************************/
/* A modem with a bearer */

static void
created (MMIfaceModem *modem,
         GAsyncResult *res,
         Fixture      *fixture)
{
    fixture->bearer = MM_IFACE_MODEM_GET_IFACE (modem)->create_bearer_finish (modem, res, &fixture->error);
}

static void
create_bearer (Fixture            *fixture,
               MMBearerProperties *properties)
{
    g_clear_error (&fixture->error);
    MM_IFACE_MODEM_GET_IFACE (fixture->modem)->create_bearer (MM_IFACE_MODEM (fixture->modem), properties,
                                                               (GAsyncReadyCallback) created, fixture);
    fake_clock_settle ();
}

static void
build (Fixture          *fixture,
       gboolean          with_net,
       MMBearerIpFamily  family)
{
    g_autoptr(MMBearerProperties) properties = mm_bearer_properties_new ();

    fixture->state = fake_state_new ();
    fixture->modem = fake_modem_new (MM_TYPE_BROADBAND_MODEM_TDTECH);
    fixture->port = g_object_ref (mm_base_modem_peek_port_primary (fixture->modem));
    if (with_net) {
        fixture->net = fake_net_port_new ("wwan0");
        fake_modem_take_port (fixture->modem, fixture->net);
    } else {
        g_autoptr(MMPortSerialAt) ppp = fake_at_port_new ("ttyUSB3");

        fake_modem_set_secondary (fixture->modem, ppp);
    }
    MM_BROADBAND_MODEM_CLASS (G_OBJECT_GET_CLASS (fixture->modem))->setup_ports (MM_BROADBAND_MODEM (fixture->modem));
    mm_bearer_properties_set_apn (properties, "internet");
    mm_bearer_properties_set_ip_type (properties, family);
    create_bearer (fixture, properties);
    g_assert_no_error (fixture->error);
    g_assert_true (fake_bearer_is_exported (fixture->bearer));
    fake_bearer_list_add (fake_modem_peek_bearers (fixture->modem), fixture->bearer);
}

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
    build (fixture, TRUE, IPV4);
}

static void
set_up_both (Fixture       *fixture,
             gconstpointer  data)
{
    build (fixture, TRUE, MM_BEARER_IP_FAMILY_IPV4V6);
}

static void
set_up_ppp (Fixture       *fixture,
            gconstpointer  data)
{
    build (fixture, FALSE, MM_BEARER_IP_FAMILY_NONE);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
    fake_modem_remove (fixture->modem);
    fake_clock_run (10);
    g_assert_finalize_object (fixture->bearer);
    g_clear_pointer (&fixture->modem, fake_modem_free);
    fake_port_assert_all_asked (fixture->port);
    g_assert_cmpuint (fake_clock_n_timers (), ==, 0);
    g_object_unref (fixture->port);
    g_clear_error (&fixture->error);
    fake_state_free (fixture->state);
}

/*****************************************************************************/
/* Connect and disconnect */

static void
connected (MMBaseBearer *bearer,
           GAsyncResult *res,
           Fixture      *fixture)
{
    fixture->n_ready++;
    mm_base_bearer_connect_finish (bearer, res, &fixture->error);
}

static void
begin_connect (Fixture *fixture)
{
    fixture->n_ready = 0;
    g_clear_error (&fixture->error);
    fake_port_forget (fixture->port);
    mm_base_bearer_connect (fixture->bearer, (GAsyncReadyCallback) connected, fixture);
    fake_clock_settle ();
}

/* The lines come before the dial command is answered */
static void
dial_and_hear (Fixture *fixture,
               ...)
{
    const gchar *line;
    va_list      lines;

    fake_port_hang (fixture->port, DIAL);
    begin_connect (fixture);
    va_start (lines, fixture);
    while ((line = va_arg (lines, const gchar *)))
        fake_port_say (fixture->port, line);
    va_end (lines);
    fake_port_complete (fixture->port, NULL);
}

static void
assert_connected (Fixture          *fixture,
                  MMBearerIpFamily  families)
{
    fake_clock_settle ();
    g_assert_cmpuint (fixture->n_ready, ==, 1);
    g_assert_no_error (fixture->error);
    g_assert_cmpint (mm_base_bearer_get_status (fixture->bearer), ==, MM_BEARER_STATUS_CONNECTED);
    g_assert_true (!!(families & IPV4) == !!fake_bearer_peek_ipv4 (fixture->bearer));
    g_assert_true (!!(families & IPV6) == !!fake_bearer_peek_ipv6 (fixture->bearer));
}

static void
assert_failed (Fixture     *fixture,
               GQuark       domain,
               gint         code,
               const gchar *pattern)
{
    fake_clock_settle ();
    g_assert_cmpuint (fixture->n_ready, ==, 1);
    g_assert_error (fixture->error, domain, code);
    if (!g_pattern_match_simple (pattern, fixture->error->message))
        g_error ("the error is: %s", fixture->error->message);
    g_assert_cmpint (mm_base_bearer_get_status (fixture->bearer), ==, MM_BEARER_STATUS_DISCONNECTED);
}

static void
connect_bearer (Fixture *fixture)
{
    fake_port_answer (fixture->port, DIAL, NULL);
    begin_connect (fixture);
    fake_port_say (fixture->port, UP4);
    assert_connected (fixture, IPV4);
    fake_port_assert_sent (fixture->port, DIAL);
}

static void
disconnected (MMBaseBearer *bearer,
              GAsyncResult *res,
              Fixture      *fixture)
{
    fixture->n_ready++;
    mm_base_bearer_disconnect_finish (bearer, res, &fixture->error);
}

static void
begin_disconnect (Fixture *fixture)
{
    fixture->n_ready = 0;
    g_clear_error (&fixture->error);
    mm_base_bearer_disconnect (fixture->bearer, (GAsyncReadyCallback) disconnected, fixture);
    fake_clock_settle ();
}

static void
assert_disconnected (Fixture *fixture)
{
    fake_clock_settle ();
    g_assert_cmpuint (fixture->n_ready, ==, 1);
    g_assert_no_error (fixture->error);
    g_assert_cmpint (mm_base_bearer_get_status (fixture->bearer), ==, MM_BEARER_STATUS_DISCONNECTED);
}

static void
assert_still_connected (Fixture     *fixture,
                        GQuark       domain,
                        gint         code,
                        const gchar *pattern)
{
    fake_clock_settle ();
    g_assert_cmpuint (fixture->n_ready, ==, 1);
    g_assert_error (fixture->error, domain, code);
    g_assert_true (g_pattern_match_simple (pattern, fixture->error->message));
    g_assert_cmpint (mm_base_bearer_get_status (fixture->bearer), ==, MM_BEARER_STATUS_CONNECTED);
}

static void
test_connect (Fixture       *fixture,
              gconstpointer  data)
{
    fake_port_answer (fixture->port, DIAL, NULL);
    begin_connect (fixture);
    /* OK means nothing yet */
    fake_clock_run (4);
    g_assert_cmpuint (fixture->n_ready, ==, 0);
    /* Neither does that of another session, nor one that is coming up */
    fake_port_say (fixture->port, "^NDISSTAT: 2,1,,,\"IPV4\"");
    fake_port_say (fixture->port, "^NDISSTAT: 1,2,,,\"IPV4\"");
    fake_clock_settle ();
    g_assert_cmpuint (fixture->n_ready, ==, 0);
    fake_port_say (fixture->port, UP4);
    assert_connected (fixture, IPV4);
    g_assert_true (fake_bearer_peek_data (fixture->bearer) == fixture->net);
    g_assert_cmpint (mm_bearer_ip_config_get_method (fake_bearer_peek_ipv4 (fixture->bearer)), ==,
                     MM_BEARER_IP_METHOD_DHCP);

    fake_port_answer (fixture->port, HANG_UP, NULL);
    begin_disconnect (fixture);
    g_assert_cmpuint (fixture->n_ready, ==, 0);
    fake_port_say (fixture->port, DOWN4);
    assert_disconnected (fixture);
    g_assert_cmpuint (fake_bearer_n_lost (fixture->bearer), ==, 0);
}

/* The line was lost */
static void
test_connect_by_query (Fixture       *fixture,
                       gconstpointer  data)
{
    fake_port_answer (fixture->port, DIAL, NULL);
    fake_port_answer (fixture->port, QUERY, "^NDISSTATQRY: 1,2,,,\"IPV4\"");
    fake_port_fail (fixture->port, QUERY, "ERROR");
    fake_port_answer (fixture->port, QUERY, "^NDISSTATQRY: 1,1,,,\"IPV4\"");
    begin_connect (fixture);
    fake_clock_run (14);
    g_assert_cmpuint (fixture->n_ready, ==, 0);
    fake_clock_run (1);
    assert_connected (fixture, IPV4);
    fake_port_assert_sent (fixture->port, DIAL " " QUERY " " QUERY " " QUERY);
}

/* A query takes its time; there is one at a time */
static void
test_slow_query (Fixture       *fixture,
                 gconstpointer  data)
{
    fake_port_answer (fixture->port, DIAL, NULL);
    fake_port_hang (fixture->port, QUERY);
    begin_connect (fixture);
    fake_clock_run (16);
    g_assert_cmpuint (fake_port_count_sent (fixture->port, QUERY), ==, 1);
    /* Its answer comes after the connection was up by a line, and gone */
    fake_port_say (fixture->port, UP4);
    assert_connected (fixture, IPV4);
    fake_port_complete (fixture->port, "^NDISSTATQRY: 1,0,,,\"IPV4\"");
    assert_connected (fixture, IPV4);
}

static void
test_both (Fixture       *fixture,
           gconstpointer  data)
{
    fake_port_answer (fixture->port, DIAL, NULL);
    begin_connect (fixture);
    fake_port_say (fixture->port, UP6);
    fake_clock_run (4);
    g_assert_cmpuint (fixture->n_ready, ==, 0);
    fake_port_say (fixture->port, UP4);
    assert_connected (fixture, IPV4 | IPV6);

    /* One of two is still a connection */
    fake_port_say (fixture->port, DOWN4);
    g_assert_cmpuint (fake_bearer_n_lost (fixture->bearer), ==, 0);
    fake_port_say (fixture->port, "^NDISSTAT: 1,0,33,,\"IPV6\"");
    g_assert_cmpuint (fake_bearer_n_lost (fixture->bearer), ==, 1);
    g_assert_cmpint (mm_base_bearer_get_status (fixture->bearer), ==, MM_BEARER_STATUS_DISCONNECTED);
}

static void
test_second_family_refused (Fixture       *fixture,
                            gconstpointer  data)
{
    fake_port_answer (fixture->port, DIAL, NULL);
    begin_connect (fixture);
    fake_port_say (fixture->port, "^NDISSTAT: 1,0,50,,\"IPV6\"");
    g_assert_cmpuint (fixture->n_ready, ==, 0);
    fake_port_say (fixture->port, UP4);
    assert_connected (fixture, IPV4);
}

static void
test_second_family_late (Fixture       *fixture,
                         gconstpointer  data)
{
    fake_port_answer (fixture->port, DIAL, NULL);
    fake_port_answer (fixture->port, QUERY, "^NDISSTATQRY: 1,1,,,\"IPV4\"");
    begin_connect (fixture);
    fake_port_say (fixture->port, UP4);
    fake_clock_run (5);
    assert_connected (fixture, IPV4);

    /* The first one is told twice: the second has no more time for that */
    fake_port_answer (fixture->port, HANG_UP, NULL);
    begin_disconnect (fixture);
    fake_port_say (fixture->port, DOWN4);
    assert_disconnected (fixture);
    fake_port_answer (fixture->port, DIAL, NULL);
    fake_port_answer (fixture->port, QUERY, "^NDISSTATQRY: 1,1,,,\"IPV4\"");
    begin_connect (fixture);
    fake_port_say (fixture->port, UP4);
    fake_clock_run (3);
    fake_port_say (fixture->port, UP4);
    fake_clock_run (2);
    assert_connected (fixture, IPV4);
    fake_clock_run (10);
}

/* One comes up and goes down while the other one is waited for */
static void
test_families_change (Fixture       *fixture,
                      gconstpointer  data)
{
    /* The refusal comes second */
    fake_port_answer (fixture->port, DIAL, NULL);
    begin_connect (fixture);
    fake_port_say (fixture->port, UP4);
    g_assert_cmpuint (fixture->n_ready, ==, 0);
    fake_port_say (fixture->port, DOWN6);
    assert_connected (fixture, IPV4);
    fake_port_say (fixture->port, DOWN4);

    /* Down and up again is up */
    fake_port_answer (fixture->port, DIAL, NULL);
    begin_connect (fixture);
    fake_port_say (fixture->port, DOWN4);
    fake_port_say (fixture->port, UP4);
    fake_clock_settle ();
    g_assert_cmpuint (fixture->n_ready, ==, 0);
    fake_port_say (fixture->port, DOWN6);
    assert_connected (fixture, IPV4);
    fake_port_say (fixture->port, DOWN4);

    /* Up and down again is down */
    fake_port_answer (fixture->port, DIAL, NULL);
    begin_connect (fixture);
    fake_port_say (fixture->port, UP4);
    fake_port_say (fixture->port, DOWN4);
    fake_clock_settle ();
    g_assert_cmpuint (fixture->n_ready, ==, 0);
    fake_port_say (fixture->port, UP6);
    assert_connected (fixture, IPV6);
}

/*****************************************************************************/
/* Refused */

static void
test_refused (Fixture       *fixture,
              gconstpointer  data)
{
    fake_port_fail (fixture->port, DIAL, "+CME ERROR: 4");
    begin_connect (fixture);
    fake_clock_run (1);
    assert_failed (fixture, MM_MOBILE_EQUIPMENT_ERROR, 4, "Couldn't dial: *");
    fake_port_assert_sent (fixture->port, DIAL);

    /* The cause came before the result */
    fake_port_hang (fixture->port, DIAL);
    begin_connect (fixture);
    fake_port_say (fixture->port, "^NDISSTAT: 1,0,27,,\"IPV4\"");
    fake_port_say_bytes (fixture->port, "\r\nERROR: NO NETWORK SERVICE\r\n");
    assert_failed (fixture, MM_MOBILE_EQUIPMENT_ERROR, MM_MOBILE_EQUIPMENT_ERROR_MISSING_OR_UNKNOWN_APN,
                   "Couldn't dial: *missing or unknown APN");
    fake_port_assert_sent (fixture->port, DIAL);
}

/* While a call is dialled NO CARRIER may be that of the call: nobody knows what became of the session */
static void
test_call_ends (Fixture       *fixture,
                gconstpointer  data)
{
    g_autoptr(MMCallList) calls = fake_call_list_new ();

    fake_modem_set_calls (fixture->modem, calls);
    fake_call_list_add (calls, MM_CALL_STATE_DIALING);
    fake_port_fail (fixture->port, DIAL, "NO CARRIER");
    fake_port_fail (fixture->port, HANG_UP, "ERROR: Invalid");
    begin_connect (fixture);
    fake_clock_run (1);
    assert_failed (fixture, MM_CONNECTION_ERROR, MM_CONNECTION_ERROR_NO_CARRIER, "Couldn't dial: *");
    fake_port_assert_sent (fixture->port, DIAL " " HANG_UP);
}

typedef struct {
    guint        cause;
    gint         code;
    const gchar *pattern;
} Cause;

static const Cause causes[] = {
    {  8, MM_MOBILE_EQUIPMENT_ERROR_OPERATOR_DETERMINED_BARRING,   "*operator determined barring" },
    { 26, MM_MOBILE_EQUIPMENT_ERROR_INSUFFICIENT_RESOURCES,        "*insufficient resources" },
    { 27, MM_MOBILE_EQUIPMENT_ERROR_MISSING_OR_UNKNOWN_APN,        "*missing or unknown APN" },
    { 29, MM_MOBILE_EQUIPMENT_ERROR_USER_AUTHENTICATION_FAILED,    "*user authentication failed" },
    { 33, MM_MOBILE_EQUIPMENT_ERROR_SERVICE_OPTION_NOT_SUBSCRIBED, "*service option not subscribed" },
    { 50, MM_MOBILE_EQUIPMENT_ERROR_IPV4_ONLY_ALLOWED,             "*IPv4 only allowed" },
    { 51, MM_MOBILE_EQUIPMENT_ERROR_IPV6_ONLY_ALLOWED,             "*IPv6 only allowed" },
    { 99, MM_MOBILE_EQUIPMENT_ERROR_UNKNOWN,                       "*cause 99" },
};

static void
test_causes (Fixture       *fixture,
             gconstpointer  data)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS (causes); i++) {
        g_autofree gchar *line = g_strdup_printf ("^NDISSTAT: 1,0,%u,,\"IPV4\"", causes[i].cause);

        fake_port_answer (fixture->port, DIAL, NULL);
        fake_port_answer (fixture->port, HANG_UP, NULL);
        begin_connect (fixture);
        fake_port_say (fixture->port, line);
        assert_failed (fixture, MM_MOBILE_EQUIPMENT_ERROR, causes[i].code, causes[i].pattern);
        fake_port_assert_sent (fixture->port, DIAL " " HANG_UP);
    }

    fake_port_answer (fixture->port, DIAL, NULL);
    fake_port_fail (fixture->port, HANG_UP, "ERROR");
    begin_connect (fixture);
    fake_port_say (fixture->port, DOWN4);
    assert_failed (fixture, MM_CONNECTION_ERROR, MM_CONNECTION_ERROR_NO_CARRIER, "*went down");
    fake_log_assert_warned ("couldn't hang up: *");
}

static void
test_no_answer (Fixture       *fixture,
                gconstpointer  data)
{
    fake_port_silence (fixture->port, DIAL);
    fake_port_fail (fixture->port, HANG_UP, "ERROR: Invalid");
    begin_connect (fixture);
    fake_clock_run (15);
    assert_failed (fixture, MM_SERIAL_ERROR, MM_SERIAL_ERROR_RESPONSE_TIMEOUT, "Couldn't dial: *");
    fake_port_assert_sent (fixture->port, DIAL " " HANG_UP);
}

static void
test_never_up (Fixture       *fixture,
               gconstpointer  data)
{
    fake_port_answer (fixture->port, DIAL, NULL);
    fake_port_answer (fixture->port, QUERY, "^NDISSTATQRY: 1,2,,,\"IPV4\"")->forever = TRUE;
    fake_port_hang (fixture->port, HANG_UP);
    begin_connect (fixture);
    fake_clock_run (121);
    g_assert_cmpuint (fixture->n_ready, ==, 0);
    /* While it hangs up nothing that is said changes the result */
    fake_port_say (fixture->port, UP4);
    fake_port_say (fixture->port, DOWN4);
    mm_base_bearer_report_connection_status (fixture->bearer, MM_BEARER_CONNECTION_STATUS_DISCONNECTED);
    fake_port_forget (fixture->port);
    fake_clock_run (14);
    fake_port_assert_sent (fixture->port, "");
    fake_port_complete (fixture->port, NULL);
    assert_failed (fixture, MM_MOBILE_EQUIPMENT_ERROR, MM_MOBILE_EQUIPMENT_ERROR_NETWORK_TIMEOUT, "*did not come up");
    g_assert_cmpuint (fake_bearer_n_lost (fixture->bearer), ==, 0);
}

/* A line may come before the answer, which is waited for all the same */
static void
test_up_before_answer (Fixture       *fixture,
                       gconstpointer  data)
{
    fake_port_hang (fixture->port, DIAL);
    begin_connect (fixture);
    fake_port_say (fixture->port, UP4);
    fake_clock_run (1);
    g_assert_cmpuint (fixture->n_ready, ==, 0);
    fake_port_complete (fixture->port, NULL);
    assert_connected (fixture, IPV4);
    fake_port_assert_sent (fixture->port, DIAL);
}

static void
test_busy_port (Fixture       *fixture,
                gconstpointer  data)
{
    mm_port_set_connected (fixture->net, TRUE);
    begin_connect (fixture);
    assert_failed (fixture, MM_CORE_ERROR, MM_CORE_ERROR_CONNECTED, "*another bearer's session");
    fake_port_assert_sent (fixture->port, "");
}

/*****************************************************************************/
/* A session that was there already */

static void
test_duplicated (Fixture       *fixture,
                 gconstpointer  data)
{
    fake_port_fail (fixture->port, DIAL, "ERROR: DUPLICATED");
    fake_port_answer (fixture->port, QUERY, "^NDISSTATQRY: 1,1,,,\"IPV4\"");
    begin_connect (fixture);
    fake_clock_run (1);
    assert_connected (fixture, IPV4);
    fake_log_assert_said ("the data session exists already");

    /* It is not this one's to hang up after a failure, but on request */
    fake_port_answer (fixture->port, HANG_UP, NULL);
    begin_disconnect (fixture);
    fake_port_say (fixture->port, DOWN4);
    assert_disconnected (fixture);
}

static void
test_duplicated_not_told (Fixture       *fixture,
                          gconstpointer  data)
{
    fake_port_fail (fixture->port, DIAL, "ERROR: DUPLICATED");
    fake_port_fail (fixture->port, QUERY, "ERROR");
    begin_connect (fixture);
    fake_clock_run (1);
    assert_connected (fixture, IPV4);
    fake_log_assert_said ("couldn't query the data sessions: ");
}

/* It was going down: dialled again, twice at most */
static void
test_duplicated_goes_down (Fixture       *fixture,
                           gconstpointer  data)
{
    fake_port_fail (fixture->port, DIAL, "ERROR: DUPLICATED");
    fake_port_answer (fixture->port, QUERY, "^NDISSTATQRY: 1,0,,,\"IPV4\"");
    fake_port_fail (fixture->port, DIAL, "ERROR: DUPLICATED");
    fake_port_answer (fixture->port, QUERY, "^NDISSTATQRY: 1,3,,,\"IPV4\"");
    fake_port_fail (fixture->port, DIAL, "ERROR: DUPLICATED");
    fake_port_answer (fixture->port, QUERY, "^NDISSTATQRY: 1,0,,,\"IPV4\"");
    begin_connect (fixture);
    fake_clock_run (1);
    fake_port_assert_sent (fixture->port, DIAL " " QUERY " " DIAL " " QUERY);
    fake_port_say (fixture->port, DOWN4);
    fake_clock_run (1);
    fake_port_assert_sent (fixture->port, DIAL " " QUERY);
    /* Not a third time, and what is not its own is not hung up */
    fake_port_say (fixture->port, DOWN4);
    assert_failed (fixture, MM_CONNECTION_ERROR, MM_CONNECTION_ERROR_NO_CARRIER, "*");
    fake_port_assert_sent (fixture->port, "");
}

/* Nothing of the first dial counts for the second one */
static void
test_dialled_afresh (Fixture       *fixture,
                     gconstpointer  data)
{
    fake_port_hang (fixture->port, DIAL);
    fake_port_answer (fixture->port, QUERY, "^NDISSTATQRY: 1,0,,,\"IPV4\"");
    begin_connect (fixture);
    fake_port_say (fixture->port, "^NDISSTAT: 1,0,27,,\"IPV4\"");
    fake_port_hang (fixture->port, DIAL);
    fake_port_say_bytes (fixture->port, "\r\nERROR: DUPLICATED\r\n");
    fake_clock_run (1);
    fake_port_assert_sent (fixture->port, DIAL " " QUERY " " DIAL);
    /* Not before it is answered */
    fake_port_say (fixture->port, UP4);
    fake_clock_run (1);
    g_assert_cmpuint (fixture->n_ready, ==, 0);
    /* Without a cause, and so it is asked twice */
    fake_port_say (fixture->port, DOWN4);
    fake_port_answer (fixture->port, QUERY, NULL);
    fake_port_complete (fixture->port, NULL);
    fake_clock_run (4);
    g_assert_cmpuint (fixture->n_ready, ==, 0);
    fake_port_answer (fixture->port, QUERY, NULL);
    fake_port_answer (fixture->port, HANG_UP, NULL);
    fake_clock_run (2);
    assert_failed (fixture, MM_CONNECTION_ERROR, MM_CONNECTION_ERROR_NO_CARRIER, "*");

    /* This time it is its own, and hung up; and nothing was said early of it */
    fake_port_hang (fixture->port, DIAL);
    fake_port_answer (fixture->port, QUERY, "^NDISSTATQRY: 1,0,,,\"IPV4\"");
    begin_connect (fixture);
    fake_port_say (fixture->port, DOWN4);
    fake_port_answer (fixture->port, DIAL, NULL);
    fake_port_say_bytes (fixture->port, "\r\nERROR: DUPLICATED\r\n");
    fake_clock_run (1);
    fake_port_assert_sent (fixture->port, DIAL " " QUERY " " DIAL);
    fake_port_answer (fixture->port, HANG_UP, NULL);
    fake_port_say (fixture->port, "^NDISSTAT: 1,0,33,,\"IPV4\"");
    assert_failed (fixture, MM_MOBILE_EQUIPMENT_ERROR, MM_MOBILE_EQUIPMENT_ERROR_SERVICE_OPTION_NOT_SUBSCRIBED, "*");
    fake_port_assert_sent (fixture->port, HANG_UP);
}

/* The end of the session was said in the middle of an answer that still lists it */
static void
test_dialled_while_queried (Fixture       *fixture,
                            gconstpointer  data)
{
    fake_port_fail (fixture->port, DIAL, "ERROR: DUPLICATED");
    fake_port_hang (fixture->port, QUERY);
    begin_connect (fixture);
    fake_clock_run (1);
    fake_port_hang (fixture->port, DIAL);
    fake_port_say (fixture->port, DOWN4);
    fake_port_complete (fixture->port, "^NDISSTATQRY: 1,1,,,\"IPV4\"");
    fake_clock_run (1);
    fake_port_assert_sent (fixture->port, DIAL " " QUERY " " DIAL);
    fake_port_complete (fixture->port, NULL);
    fake_clock_run (1);
    g_assert_cmpuint (fixture->n_ready, ==, 0);
    /* And the new session is asked for as ever */
    fake_port_answer (fixture->port, QUERY, "^NDISSTATQRY: 1,1,,,\"IPV4\"");
    fake_clock_run (5);
    assert_connected (fixture, IPV4);
}

static void
test_dialled_afresh_both (Fixture       *fixture,
                          gconstpointer  data)
{
    fake_port_fail (fixture->port, DIAL, "ERROR: DUPLICATED");
    fake_port_answer (fixture->port, QUERY, "^NDISSTATQRY: 1,3,,,\"IPV4\"");
    begin_connect (fixture);
    fake_clock_run (1);
    /* The second family's time begins and ends with the first dial */
    fake_port_say (fixture->port, UP4);
    fake_port_hang (fixture->port, DIAL);
    fake_port_say (fixture->port, DOWN4);
    fake_port_say (fixture->port, DOWN6);
    fake_clock_run (7);
    g_assert_cmpuint (fixture->n_ready, ==, 0);
    /* Neither is refused any more */
    fake_port_complete (fixture->port, NULL);
    fake_port_say (fixture->port, UP4);
    fake_clock_settle ();
    g_assert_cmpuint (fixture->n_ready, ==, 0);
    fake_port_say (fixture->port, UP6);
    assert_connected (fixture, IPV4 | IPV6);
}

/* Reported down before ^NDISDUP was answered, without a cause: the end of an earlier session */
static void
test_early (Fixture       *fixture,
            gconstpointer  data)
{
    fake_port_answer (fixture->port, QUERY, "^NDISSTATQRY: 1,2,,,\"IPV4\"");
    dial_and_hear (fixture, DOWN4, NULL);
    fake_port_say (fixture->port, UP4);
    assert_connected (fixture, IPV4);
}

static void
test_early_and_down (Fixture       *fixture,
                     gconstpointer  data)
{
    /* Asked twice */
    fake_port_answer (fixture->port, QUERY, NULL);
    fake_port_answer (fixture->port, QUERY, NULL);
    fake_port_answer (fixture->port, HANG_UP, NULL);
    dial_and_hear (fixture, DOWN4, NULL);
    fake_clock_run (4);
    g_assert_cmpuint (fixture->n_ready, ==, 0);
    fake_clock_run (2);
    assert_failed (fixture, MM_CONNECTION_ERROR, MM_CONNECTION_ERROR_NO_CARRIER, "*");

    /* With a cause once is enough */
    fake_port_answer (fixture->port, QUERY, NULL);
    fake_port_answer (fixture->port, HANG_UP, NULL);
    dial_and_hear (fixture, "^NDISSTAT: 1,0,26,,\"IPV4\"", NULL);
    fake_clock_run (1);
    assert_failed (fixture, MM_MOBILE_EQUIPMENT_ERROR, MM_MOBILE_EQUIPMENT_ERROR_INSUFFICIENT_RESOURCES, "*");
}

/* One family was refused early and the other one granted */
static void
test_early_family (Fixture       *fixture,
                   gconstpointer  data)
{
    fake_port_answer (fixture->port, QUERY, "^NDISSTATQRY: 1,1,,,\"IPV4\"\n^NDISSTATQRY: 1,0,,,\"IPV6\"");
    dial_and_hear (fixture, "^NDISSTAT: 1,0,50,,\"IPV6\"", NULL);
    fake_clock_run (1);
    assert_connected (fixture, IPV4);
}

/* What was said early is settled by what the module answers, or by what is said next */
static void
test_early_settled (Fixture       *fixture,
                    gconstpointer  data)
{
    fake_port_answer (fixture->port, QUERY, "^NDISSTATQRY: 1,2,,,\"IPV4\"");
    fake_port_answer (fixture->port, QUERY, NULL);
    fake_port_answer (fixture->port, QUERY, NULL);
    dial_and_hear (fixture, DOWN4, NULL);
    fake_clock_run (11);
    g_assert_cmpuint (fixture->n_ready, ==, 0);
    fake_port_assert_sent (fixture->port, DIAL " " QUERY " " QUERY " " QUERY);
    fake_port_say (fixture->port, UP4);
    assert_connected (fixture, IPV4);

    /* The cause may come first */
    fake_port_say (fixture->port, DOWN4);
    fake_port_answer (fixture->port, QUERY, NULL);
    fake_port_answer (fixture->port, HANG_UP, NULL);
    dial_and_hear (fixture, "^NDISSTAT: 1,0,27,,\"IPV4\"", DOWN4, NULL);
    fake_clock_run (1);
    assert_failed (fixture, MM_MOBILE_EQUIPMENT_ERROR, MM_MOBILE_EQUIPMENT_ERROR_MISSING_OR_UNKNOWN_APN, "*");
}

static void
test_early_settled_both (Fixture       *fixture,
                         gconstpointer  data)
{
    /* Up again: nothing to ask */
    dial_and_hear (fixture, DOWN4, UP4, NULL);
    fake_clock_run (1);
    fake_port_assert_sent (fixture->port, DIAL);
    fake_port_say (fixture->port, UP6);
    assert_connected (fixture, IPV4 | IPV6);
    fake_port_say (fixture->port, DOWN4);
    fake_port_say (fixture->port, DOWN6);

    /* As long as none is granted none is refused */
    fake_port_answer (fixture->port, QUERY, "^NDISSTATQRY: 1,2,,,\"IPV4\"");
    dial_and_hear (fixture, DOWN6, NULL);
    fake_clock_run (1);
    fake_port_say (fixture->port, UP4);
    fake_clock_settle ();
    g_assert_cmpuint (fixture->n_ready, ==, 0);
    fake_port_say (fixture->port, UP6);
    assert_connected (fixture, IPV4 | IPV6);
}

/*****************************************************************************/
/* Cancelled, or held off by an upgrade */

static void
test_cancelled (Fixture       *fixture,
                gconstpointer  data)
{
    fake_port_answer (fixture->port, DIAL, NULL);
    fake_port_answer (fixture->port, HANG_UP, NULL);
    begin_connect (fixture);
    fake_clock_run (1);
    fake_bearer_cancel_connect (fixture->bearer);
    assert_failed (fixture, G_IO_ERROR, G_IO_ERROR_CANCELLED, "*");
    fake_clock_run (1);
    assert_failed (fixture, G_IO_ERROR, G_IO_ERROR_CANCELLED, "*");
    fake_port_assert_sent (fixture->port, DIAL " " HANG_UP);

    /* Before ^NDISDUP is answered: that is waited for */
    fake_port_hang (fixture->port, DIAL);
    fake_port_answer (fixture->port, HANG_UP, NULL);
    begin_connect (fixture);
    fake_bearer_cancel_connect (fixture->bearer);
    fake_clock_run (10);
    g_assert_cmpuint (fixture->n_ready, ==, 0);
    fake_port_complete (fixture->port, NULL);
    fake_clock_run (1);
    assert_failed (fixture, G_IO_ERROR, G_IO_ERROR_CANCELLED, "*");
}

static void
test_cancelled_in_between (Fixture       *fixture,
                           gconstpointer  data)
{
    /* Refused: that is the reason */
    fake_port_hang (fixture->port, DIAL);
    begin_connect (fixture);
    fake_bearer_cancel_connect (fixture->bearer);
    fake_port_say_bytes (fixture->port, "\r\n+CME ERROR: 4\r\n");
    assert_failed (fixture, MM_MOBILE_EQUIPMENT_ERROR, 4, "Couldn't dial: *");

    /* While it is hung up the answer to an earlier query does not count, and none is asked */
    fake_port_answer (fixture->port, DIAL, NULL);
    fake_port_hang (fixture->port, QUERY);
    begin_connect (fixture);
    fake_clock_run (5);
    fake_bearer_cancel_connect (fixture->bearer);
    fake_port_hang (fixture->port, HANG_UP);
    fake_clock_settle ();
    fake_port_complete (fixture->port, "^NDISSTATQRY: 1,1,,,\"IPV4\"");
    fake_clock_run (7);
    g_assert_cmpuint (fixture->n_ready, ==, 0);
    fake_port_complete (fixture->port, NULL);
    assert_failed (fixture, G_IO_ERROR, G_IO_ERROR_CANCELLED, "*");
    fake_port_assert_sent (fixture->port, DIAL " " QUERY " " HANG_UP);

    /* Dialled already: nobody looks at it any more */
    fake_port_answer (fixture->port, DIAL, NULL);
    begin_connect (fixture);
    fake_steps_begin (1, FAKE_STEP_BEFORE, (FakeFunc) fake_bearer_cancel_connect, fixture->bearer);
    fake_port_say (fixture->port, UP4);
    assert_connected (fixture, IPV4);
    g_assert_true (fake_steps_end ());
}

/* The dial lets go of what can cancel it */
static void
dialled_on (MMBroadbandBearer *bearer,
            GAsyncResult      *res,
            gpointer           unused)
{
    g_autoptr(MMPort) port = NULL;

    port = MM_BROADBAND_BEARER_CLASS (G_OBJECT_GET_CLASS (bearer))->dial_3gpp_finish (bearer, res, NULL);
    g_assert_nonnull (port);
}

static void
test_cancellable (Fixture       *fixture,
                  gconstpointer  data)
{
    GCancellable *cancellable = g_cancellable_new ();

    g_object_add_weak_pointer (G_OBJECT (cancellable), (gpointer *) &cancellable);
    fake_port_answer (fixture->port, DIAL, NULL);
    MM_BROADBAND_BEARER_CLASS (G_OBJECT_GET_CLASS (fixture->bearer))->dial_3gpp (
        MM_BROADBAND_BEARER (fixture->bearer), fixture->modem, fixture->port, 1, cancellable,
        (GAsyncReadyCallback) dialled_on, NULL);
    fake_clock_settle ();
    fake_port_say (fixture->port, UP4);
    fake_clock_settle ();
    g_object_unref (cancellable);
    g_assert_null (cancellable);
}

/* By a disconnect, as mmcli does it */
static void
test_disconnect_while_connecting (Fixture       *fixture,
                                  gconstpointer  data)
{
    guint n_disconnected = 0;

    fake_port_answer (fixture->port, DIAL, NULL);
    fake_port_answer (fixture->port, HANG_UP, NULL);
    begin_connect (fixture);
    n_disconnected = fixture->n_ready;
    mm_base_bearer_disconnect (fixture->bearer, NULL, NULL);
    fake_clock_run (1);
    g_assert_cmpuint (fixture->n_ready, ==, n_disconnected + 1);
    g_assert_cmpint (mm_base_bearer_get_status (fixture->bearer), ==, MM_BEARER_STATUS_DISCONNECTED);
}

/* An upgrade that a record tells of holds the data path */
static void
hold_data (Fixture *fixture)
{
    MMTdtechFotaRecord     *record = mm_tdtech_fota_record_new (NULL, FAKE_MODEM_IMEI);
    MMTdtechFotaRecordData *data = mm_tdtech_fota_record_peek (record);

    data->stage = MM_TDTECH_FOTA_STAGE_WAITING;
    data->kept.verb = MM_TDTECH_FOTA_VERB_UPGRADE;
    data->kept.options.wait = 300;
    g_assert_true (mm_tdtech_fota_record_save (record, NULL));
    mm_tdtech_fota_record_free (record);
    fake_port_hang (fixture->port, "^FOTASTATE?");
    mm_tdtech_fota_start (mm_shared_tdtech_peek_fota (fixture->modem));
    fake_clock_settle ();
    g_assert_false (mm_shared_tdtech_may_connect (fixture->modem, NULL));
}

static void
test_held (Fixture       *fixture,
           gconstpointer  data)
{
    hold_data (fixture);
    /* A port that is silent meanwhile is left alone */
    g_signal_emit_by_name (fixture->port, MM_PORT_SIGNAL_TIMED_OUT, 2);
    fake_clock_settle ();
    begin_connect (fixture);
    assert_failed (fixture, MM_CORE_ERROR, MM_CORE_ERROR_RETRY, "*firmware upgrade*");
    fake_port_hang (fixture->port, "^VERSION?");
    fake_port_complete (fixture->port, "^FOTASTATE: 40");
    fake_clock_run (1);
    g_assert_false (fake_port_was_sent (fixture->port, "\033AT\r"));
    g_assert_false (fake_port_was_sent (fixture->port, "^NDISDUP*"));
    /* Nothing is written to the module's profiles either */
    g_assert_cmpuint (fake_broadband_bearer_n_connects (fixture->bearer), ==, 0);
}

/* It begins while the module dials, or while a session that went down is to be dialled again */
static void
test_held_meanwhile (Fixture       *fixture,
                     gconstpointer  data)
{
    fake_port_answer (fixture->port, DIAL, NULL);
    fake_port_answer (fixture->port, HANG_UP, NULL);
    begin_connect (fixture);
    hold_data (fixture);
    fake_port_say (fixture->port, UP4);
    fake_port_hang (fixture->port, "^VERSION?");
    fake_port_complete (fixture->port, "^FOTASTATE: 40");
    fake_clock_run (1);
    assert_failed (fixture, MM_CORE_ERROR, MM_CORE_ERROR_RETRY, "*firmware upgrade*");
}

static void
test_held_before_redial (Fixture       *fixture,
                         gconstpointer  data)
{
    fake_port_fail (fixture->port, DIAL, "ERROR: DUPLICATED");
    fake_port_answer (fixture->port, QUERY, "^NDISSTATQRY: 1,3,,,\"IPV4\"");
    begin_connect (fixture);
    fake_clock_run (1);
    hold_data (fixture);
    fake_port_say (fixture->port, DOWN4);
    assert_failed (fixture, MM_CORE_ERROR, MM_CORE_ERROR_RETRY, "*firmware upgrade*");
}

static void
test_held_before_redial_by_query (Fixture       *fixture,
                                  gconstpointer  data)
{
    fake_port_fail (fixture->port, DIAL, "ERROR: DUPLICATED");
    fake_port_answer (fixture->port, QUERY, "^NDISSTATQRY: 1,3,,,\"IPV4\"");
    begin_connect (fixture);
    fake_clock_run (1);
    fake_port_hang (fixture->port, QUERY);
    fake_clock_run (5);
    hold_data (fixture);
    fake_port_complete (fixture->port, "^NDISSTATQRY: 1,0,,,\"IPV4\"");
    assert_failed (fixture, MM_CORE_ERROR, MM_CORE_ERROR_RETRY, "*firmware upgrade*");
}

/*****************************************************************************/
/* Disconnect */

static void
test_hang_up_by_query (Fixture       *fixture,
                       gconstpointer  data)
{
    connect_bearer (fixture);
    fake_port_answer (fixture->port, HANG_UP, NULL);
    fake_port_answer (fixture->port, QUERY, "^NDISSTATQRY: 1,3,,,\"IPV4\"");
    fake_port_answer (fixture->port, QUERY, "^NDISSTATQRY: 1,0,,,\"IPV4\"");
    begin_disconnect (fixture);
    /* On its way, and another dialled meanwhile */
    fake_port_say (fixture->port, "^NDISSTAT: 1,3,,,\"IPV4\"");
    fake_port_say (fixture->port, "^NDISSTAT: 1,2,,,\"IPV4\"");
    fake_clock_run (9);
    g_assert_cmpuint (fixture->n_ready, ==, 0);
    fake_clock_run (1);
    assert_disconnected (fixture);
    /* What is down is down */
    fake_port_say (fixture->port, DOWN4);
    g_assert_cmpuint (fake_bearer_n_lost (fixture->bearer), ==, 0);
}

static void
test_hang_up_invalid (Fixture       *fixture,
                      gconstpointer  data)
{
    connect_bearer (fixture);
    fake_port_fail (fixture->port, HANG_UP, "ERROR: Invalid");
    begin_disconnect (fixture);
    fake_clock_run (1);
    assert_disconnected (fixture);
    fake_log_assert_said ("nothing to hang up");
}

static void
test_hang_up_refused (Fixture       *fixture,
                      gconstpointer  data)
{
    connect_bearer (fixture);
    fake_port_fail (fixture->port, HANG_UP, "+CME ERROR: 4");
    begin_disconnect (fixture);
    fake_clock_run (1);
    assert_still_connected (fixture, MM_MOBILE_EQUIPMENT_ERROR, 4, "Couldn't hang up: *");
    /* Reports count again */
    mm_base_bearer_report_connection_status (fixture->bearer, MM_BEARER_CONNECTION_STATUS_DISCONNECTED);
    g_assert_cmpuint (fake_bearer_n_lost (fixture->bearer), ==, 1);
}

static void lose_it_twice (gpointer bearer);

/* It ends in the moment in which that is reported */
static void
test_lost_while_hanging_up (Fixture       *fixture,
                            gconstpointer  data)
{
    guint i;

    connect_bearer (fixture);
    for (i = 0; i < 2; i++) {
        fake_port_hang (fixture->port, HANG_UP);
        begin_disconnect (fixture);
        fake_steps_begin (2, FAKE_STEP_BEFORE, lose_it_twice, fixture->bearer);
        fake_port_say_bytes (fixture->port, "\r\n+CME ERROR: 4\r\n");
        fake_clock_settle ();
        g_assert_true (fake_steps_end ());
        assert_still_connected (fixture, MM_MOBILE_EQUIPMENT_ERROR, 4, "Couldn't hang up: *");
        if (i > 0)
            break;

        /* That is no reason why a later connection should fail */
        fake_port_answer (fixture->port, HANG_UP, NULL);
        begin_disconnect (fixture);
        fake_port_say (fixture->port, DOWN4);
        assert_disconnected (fixture);
        connect_bearer (fixture);
    }
}

static void
test_hang_up_in_vain (Fixture       *fixture,
                      gconstpointer  data)
{
    connect_bearer (fixture);
    fake_port_answer (fixture->port, HANG_UP, NULL);
    fake_port_answer (fixture->port, QUERY, "^NDISSTATQRY: 1,1,,,\"IPV4\"")->forever = TRUE;
    begin_disconnect (fixture);
    fake_clock_run (30);
    assert_still_connected (fixture, MM_MOBILE_EQUIPMENT_ERROR, MM_MOBILE_EQUIPMENT_ERROR_NETWORK_TIMEOUT, "*");
}

/* ModemManager's own +CGEV handler reports the end of what is being hung up */
static void
test_reported_while_hanging_up (Fixture       *fixture,
                                gconstpointer  data)
{
    connect_bearer (fixture);
    fake_port_hang (fixture->port, HANG_UP);
    begin_disconnect (fixture);
    mm_base_bearer_report_connection_status (fixture->bearer, MM_BEARER_CONNECTION_STATUS_DISCONNECTED);
    g_assert_cmpuint (fake_bearer_n_lost (fixture->bearer), ==, 0);
    fake_port_complete (fixture->port, NULL);
    fake_port_answer (fixture->port, QUERY, "^NDISSTATQRY: 1,0,,,\"IPV4\"");
    mm_base_bearer_report_connection_status (fixture->bearer, MM_BEARER_CONNECTION_STATUS_DISCONNECTED);
    fake_clock_run (1);
    assert_disconnected (fixture);
    g_assert_cmpuint (fake_bearer_n_lost (fixture->bearer), ==, 0);
}

/* Nobody else may begin meanwhile, and nothing aborts the daemon */
static void
dialled (MMBroadbandBearer *bearer,
         GAsyncResult      *res,
         GError           **error)
{
    g_assert_null (MM_BROADBAND_BEARER_CLASS (G_OBJECT_GET_CLASS (bearer))->dial_3gpp_finish (bearer, res, error));
}

static void
hung_up (MMBroadbandBearer *bearer,
         GAsyncResult      *res,
         GError           **error)
{
    g_assert_false (MM_BROADBAND_BEARER_CLASS (G_OBJECT_GET_CLASS (bearer))->disconnect_3gpp_finish (bearer, res, error));
}

static void
test_twice (Fixture       *fixture,
            gconstpointer  data)
{
    MMBroadbandBearer      *bearer = MM_BROADBAND_BEARER (fixture->bearer);
    MMBroadbandBearerClass *klass = MM_BROADBAND_BEARER_CLASS (G_OBJECT_GET_CLASS (bearer));
    g_autoptr(GError)       dial_error = NULL;
    g_autoptr(GError)       hang_up_error = NULL;
    g_autoptr(GError)       cancel_error = NULL;
    g_autoptr(GCancellable) cancellable = g_cancellable_new ();

    fake_port_hang (fixture->port, DIAL);
    begin_connect (fixture);
    klass->dial_3gpp (bearer, fixture->modem, fixture->port, 1, NULL, (GAsyncReadyCallback) dialled, &dial_error);
    klass->disconnect_3gpp (bearer, MM_BROADBAND_MODEM (fixture->modem), fixture->port, NULL, fixture->net, 1,
                            (GAsyncReadyCallback) hung_up, &hang_up_error);
    g_cancellable_cancel (cancellable);
    klass->dial_3gpp (bearer, fixture->modem, fixture->port, 1, cancellable, (GAsyncReadyCallback) dialled,
                      &cancel_error);
    fake_clock_settle ();
    g_assert_error (dial_error, MM_CORE_ERROR, MM_CORE_ERROR_IN_PROGRESS);
    g_assert_error (hang_up_error, MM_CORE_ERROR, MM_CORE_ERROR_IN_PROGRESS);
    g_assert_error (cancel_error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    fake_port_complete (fixture->port, NULL);
    fake_port_say (fixture->port, UP4);
    assert_connected (fixture, IPV4);
}

/*****************************************************************************/
/* The connection ends by itself */

static void
test_lost (Fixture       *fixture,
           gconstpointer  data)
{
    connect_bearer (fixture);
    fake_port_say (fixture->port, "^NDISSTAT: 1,0,8,,\"IPV4\"");
    g_assert_cmpuint (fake_bearer_n_lost (fixture->bearer), ==, 1);
    g_assert_cmpstr (fake_bearer_peek_lost_reason (fixture->bearer), ==,
                     "The network ended the data session: operator determined barring");
    /* What is down is down */
    fake_port_say (fixture->port, DOWN4);
    g_assert_cmpuint (fake_bearer_n_lost (fixture->bearer), ==, 1);
    connect_bearer (fixture);
    mm_base_bearer_report_connection_status (fixture->bearer, MM_BEARER_CONNECTION_STATUS_DISCONNECTED);
    g_assert_cmpuint (fake_bearer_n_lost (fixture->bearer), ==, 2);
    fake_port_say (fixture->port, DOWN4);
    g_assert_cmpuint (fake_bearer_n_lost (fixture->bearer), ==, 2);
}

/* ModemManager took it for disconnected without a hang-up (suspend), and dials: in vain */
static void
test_forgotten (Fixture       *fixture,
                gconstpointer  data)
{
    connect_bearer (fixture);
    fake_bearer_set_status (fixture->bearer, MM_BEARER_STATUS_DISCONNECTED);
    fake_port_fail (fixture->port, DIAL, "+CME ERROR: 4");
    begin_connect (fixture);
    assert_failed (fixture, MM_MOBILE_EQUIPMENT_ERROR, 4, "*");
    fake_port_say (fixture->port, DOWN4);
    g_assert_cmpuint (fake_bearer_n_lost (fixture->bearer), ==, 0);
}

/* ModemManager reports the end while it still connects: it is no connection */
static void
lose_it (gpointer bearer)
{
    g_autoptr(GError) error = g_error_new (MM_CONNECTION_ERROR, MM_CONNECTION_ERROR_NO_CARRIER, "+CGEV said so");

    mm_base_bearer_report_connection_status_detailed (bearer, MM_BEARER_CONNECTION_STATUS_DISCONNECTED, error);
}

static void
lose_it_twice (gpointer bearer)
{
    lose_it (bearer);
    lose_it (bearer);
}

static void
test_lost_while_connecting (Fixture       *fixture,
                            gconstpointer  data)
{
    fake_port_answer (fixture->port, DIAL, NULL);
    begin_connect (fixture);
    /* Not believed: the module is asked */
    fake_port_answer (fixture->port, QUERY, "^NDISSTATQRY: 1,2,,,\"IPV4\"");
    lose_it (fixture->bearer);
    fake_clock_settle ();
    fake_port_assert_sent (fixture->port, DIAL " " QUERY);

    /* Dialled, but the IP configuration is still to come */
    fake_port_say (fixture->port, UP4);
    fake_steps_begin (1, FAKE_STEP_BEFORE, lose_it, fixture->bearer);
    fake_clock_settle ();
    g_assert_true (fake_steps_end ());
    assert_failed (fixture, MM_CONNECTION_ERROR, MM_CONNECTION_ERROR_NO_CARRIER, "+CGEV said so");
    fake_log_assert_said ("the data session is gone before the connection is complete");
    g_assert_cmpuint (fake_bearer_n_lost (fixture->bearer), ==, 1);
}

/*****************************************************************************/
/* Connection status */

static void
status_ready (MMBaseBearer *bearer,
              GAsyncResult *res,
              Fixture      *fixture)
{
    fixture->n_ready++;
    fixture->status = (gint) MM_BASE_BEARER_CLASS (G_OBJECT_GET_CLASS (bearer))->load_connection_status_finish (
        bearer, res, &fixture->error);
}

static void
load_status (Fixture *fixture)
{
    fixture->n_ready = 0;
    g_clear_error (&fixture->error);
    MM_BASE_BEARER_CLASS (G_OBJECT_GET_CLASS (fixture->bearer))->load_connection_status (
        fixture->bearer, (GAsyncReadyCallback) status_ready, fixture);
    fake_clock_run (1);
    g_assert_cmpuint (fixture->n_ready, ==, 1);
}

static void
test_status (Fixture       *fixture,
             gconstpointer  data)
{
    /* The generic bearer's */
    load_status (fixture);
    g_assert_nonnull (fixture->error);

    connect_bearer (fixture);
    fake_port_answer (fixture->port, QUERY, "^NDISSTATQRY: 1,1,,,\"IPV4\"");
    load_status (fixture);
    g_assert_cmpint (fixture->status, ==, MM_BEARER_CONNECTION_STATUS_CONNECTED);
    fake_port_answer (fixture->port, QUERY, "^NDISSTATQRY: 1,0,,,\"IPV4\"");
    load_status (fixture);
    g_assert_cmpint (fixture->status, ==, MM_BEARER_CONNECTION_STATUS_DISCONNECTED);
    fake_port_fail (fixture->port, QUERY, "ERROR");
    load_status (fixture);
    g_assert_nonnull (fixture->error);
    g_assert_true (g_str_has_prefix (fixture->error->message, "Couldn't query the data sessions: "));

    /* Not listed: twice in a row */
    fake_port_answer (fixture->port, QUERY, NULL);
    load_status (fixture);
    g_assert_error (fixture->error, MM_CORE_ERROR, MM_CORE_ERROR_FAILED);
    fake_port_answer (fixture->port, QUERY, "^NDISSTATQRY: 1,1,,,\"IPV4\"");
    load_status (fixture);
    g_assert_cmpint (fixture->status, ==, MM_BEARER_CONNECTION_STATUS_CONNECTED);
    /* Connected anew is not in a row */
    fake_port_answer (fixture->port, QUERY, NULL);
    load_status (fixture);
    g_assert_error (fixture->error, MM_CORE_ERROR, MM_CORE_ERROR_FAILED);
    fake_port_answer (fixture->port, HANG_UP, NULL);
    begin_disconnect (fixture);
    fake_port_say (fixture->port, DOWN4);
    assert_disconnected (fixture);
    connect_bearer (fixture);
    fake_port_answer (fixture->port, QUERY, NULL);
    load_status (fixture);
    g_assert_error (fixture->error, MM_CORE_ERROR, MM_CORE_ERROR_FAILED);
    fake_port_answer (fixture->port, QUERY, NULL);
    load_status (fixture);
    g_assert_no_error (fixture->error);
    g_assert_cmpint (fixture->status, ==, MM_BEARER_CONNECTION_STATUS_DISCONNECTED);
}

/* After suspend: as ever. One that is up is reported as such. */
static void
test_status_after_suspend (Fixture       *fixture,
                           gconstpointer  data)
{
    connect_bearer (fixture);
#if defined WITH_SUSPEND_RESUME
    {
        MMBaseBearerClass *klass = MM_BASE_BEARER_CLASS (G_OBJECT_GET_CLASS (fixture->bearer));

        g_assert_true (klass->reload_connection_status_finish == klass->load_connection_status_finish);
        fake_port_answer (fixture->port, QUERY, "^NDISSTATQRY: 1,1,,,\"IPV4\"");
        fixture->n_ready = 0;
        klass->reload_connection_status (fixture->bearer, (GAsyncReadyCallback) status_ready, fixture);
        fake_clock_run (1);
        g_assert_cmpint (fixture->status, ==, MM_BEARER_CONNECTION_STATUS_CONNECTED);
    }
#endif
    mm_base_bearer_report_connection_status (fixture->bearer, MM_BEARER_CONNECTION_STATUS_CONNECTED);
    g_assert_cmpuint (fake_bearer_n_reports (fixture->bearer), ==, 1);
    fake_port_answer (fixture->port, QUERY, "^NDISSTATQRY: 1,1,,,\"IPV4\"");
    load_status (fixture);
    g_assert_cmpint (fixture->status, ==, MM_BEARER_CONNECTION_STATUS_CONNECTED);
}

/* It is hung up while the module is asked what is up: that it is down then is no loss */
static void
test_check_and_hang_up (Fixture       *fixture,
                        gconstpointer  data)
{
    connect_bearer (fixture);
    fake_port_hang (fixture->port, QUERY);
    mm_broadband_bearer_tdtech_check (MM_BROADBAND_BEARER_TDTECH (fixture->bearer));
    fake_clock_settle ();
    fake_port_hang (fixture->port, HANG_UP);
    begin_disconnect (fixture);
    fake_port_complete (fixture->port, "^NDISSTATQRY: 1,0,,,\"IPV4\"");
    fake_clock_settle ();
    g_assert_cmpuint (fake_bearer_n_lost (fixture->bearer), ==, 0);
    fake_port_say (fixture->port, DOWN4);
    fake_port_complete (fixture->port, NULL);
    assert_disconnected (fixture);
    g_assert_cmpuint (fake_bearer_n_lost (fixture->bearer), ==, 0);
}

/* It went down while the hang-up was refused: the next query tells */
static void
test_status_after_refusal (Fixture       *fixture,
                           gconstpointer  data)
{
    connect_bearer (fixture);
    fake_port_hang (fixture->port, HANG_UP);
    begin_disconnect (fixture);
    fake_port_say (fixture->port, DOWN4);
    fake_port_say_bytes (fixture->port, "\r\n+CME ERROR: 4\r\n");
    assert_still_connected (fixture, MM_MOBILE_EQUIPMENT_ERROR, 4, "Couldn't hang up: *");
    fake_port_answer (fixture->port, QUERY, "^NDISSTATQRY: 1,0,,,\"IPV4\"");
    load_status (fixture);
    g_assert_cmpint (fixture->status, ==, MM_BEARER_CONNECTION_STATUS_DISCONNECTED);
}

/* ^DEND does not say which session ended */
static void
test_dend (Fixture       *fixture,
           gconstpointer  data)
{
    g_free (fake_log_take ());
    fake_port_say (fixture->port, "^DEND:1,0");
    fake_clock_run (1);
    /* Nobody was asked, the generic bearer neither */
    fake_log_assert_not_said ("by the generic bearer");
    connect_bearer (fixture);

    fake_port_answer (fixture->port, QUERY, "^NDISSTATQRY: 1,1,,,\"IPV4\"");
    fake_port_say (fixture->port, "^DEND:2,0");
    fake_clock_run (1);
    g_assert_cmpuint (fake_bearer_n_reports (fixture->bearer), ==, 0);

    fake_port_fail (fixture->port, QUERY, "ERROR");
    fake_port_say (fixture->port, "^DEND:1,0");
    fake_clock_run (1);
    g_assert_cmpuint (fake_bearer_n_lost (fixture->bearer), ==, 0);
    fake_log_assert_said ("Couldn't query the data sessions: ");

    /* Not while it is hung up */
    fake_port_forget (fixture->port);
    fake_port_hang (fixture->port, HANG_UP);
    begin_disconnect (fixture);
    fake_port_say (fixture->port, "^DEND:1,0");
    fake_port_say_bytes (fixture->port, "\r\n+CME ERROR: 4\r\n");
    fake_clock_run (1);
    g_assert_false (fake_port_was_sent (fixture->port, QUERY));

    fake_port_answer (fixture->port, QUERY, "^NDISSTATQRY: 1,0,,,\"IPV4\"");
    fake_port_say (fixture->port, "^DEND:1,0");
    fake_clock_run (1);
    g_assert_cmpuint (fake_bearer_n_lost (fixture->bearer), ==, 1);

    /* The line comes before the answer */
    connect_bearer (fixture);
    fake_port_hang (fixture->port, QUERY);
    fake_port_say (fixture->port, "^DEND:1,0");
    fake_clock_settle ();
    fake_port_say (fixture->port, DOWN4);
    fake_port_complete (fixture->port, "^NDISSTATQRY: 1,0,,,\"IPV4\"");
    fake_clock_run (1);
    g_assert_cmpuint (fake_bearer_n_lost (fixture->bearer), ==, 2);
}

/*****************************************************************************/
/* PPP, profiles, and what cannot be created */

static void
test_ppp (Fixture       *fixture,
          gconstpointer  data)
{
    begin_connect (fixture);
    assert_connected (fixture, IPV4);
    begin_disconnect (fixture);
    assert_disconnected (fixture);
    /* ModemManager knows by itself whether PPP is up */
    fixture->n_ready = 0;
    fake_steps_begin (1, FAKE_STEP_BEFORE, (FakeFunc) lose_it, fixture->bearer);
    mm_base_bearer_connect (fixture->bearer, (GAsyncReadyCallback) connected, fixture);
    assert_connected (fixture, IPV4);
    g_assert_true (fake_steps_end ());
    g_assert_cmpuint (fake_broadband_bearer_n_dials (fixture->bearer), ==, 2);
    g_assert_cmpint (mm_bearer_ip_config_get_method (fake_bearer_peek_ipv4 (fixture->bearer)), ==,
                     MM_BEARER_IP_METHOD_PPP);
    /* Lines of the network port's sessions are not about it */
    fake_port_say (fixture->port, DOWN4);
    g_assert_cmpuint (fake_bearer_n_lost (fixture->bearer), ==, 0);
    begin_disconnect (fixture);
    assert_disconnected (fixture);
    g_assert_cmpuint (fake_broadband_bearer_n_hang_ups (fixture->bearer), ==, 2);
}

static void
test_by_profile (Fixture       *fixture,
                 gconstpointer  data)
{
    g_autoptr(MMBearerProperties)  properties = mm_bearer_properties_new ();
    MMBaseBearer                  *first = fixture->bearer;

    mm_bearer_properties_set_profile_id (properties, 3);
    create_bearer (fixture, properties);
    fake_bearer_set_profile_id (fixture->bearer, 3);
    fake_port_answer (fixture->port, "^NDISDUP=3,1", NULL);
    fake_bearer_list_add (fake_modem_peek_bearers (fixture->modem), fixture->bearer);
    begin_connect (fixture);
    fake_port_say (fixture->port, UP4);
    g_assert_cmpuint (fixture->n_ready, ==, 0);
    fake_port_say (fixture->port, "^NDISSTAT: 3,1,,,\"IPV4\"");
    assert_connected (fixture, IPV4);

    fake_bearer_list_remove (fake_modem_peek_bearers (fixture->modem), fixture->bearer);
    g_object_unref (fixture->bearer);
    fixture->bearer = first;
}

static void
test_credentials (Fixture       *fixture,
                  gconstpointer  data)
{
    g_autoptr(MMBearerProperties)  properties = mm_bearer_properties_new ();
    MMBaseBearer                  *first = fixture->bearer;
    guint                          flow_control = 0;

    g_object_set (fixture->modem, MM_BROADBAND_MODEM_FLOW_CONTROL, 3, NULL);
    mm_bearer_properties_set_apn (properties, "internet");
    mm_bearer_properties_set_user (properties, "user");
    mm_bearer_properties_set_password (properties, "secret");
    mm_bearer_properties_set_allowed_auth (properties, MM_BEARER_ALLOWED_AUTH_CHAP);
    g_free (fake_log_take ());
    create_bearer (fixture, properties);
    fake_log_assert_said ("creating TD Tech broadband bearer...");
    g_object_get (fixture->bearer, MM_BROADBAND_BEARER_FLOW_CONTROL, &flow_control, NULL);
    g_assert_cmpuint (flow_control, ==, 3);
    fake_port_fail (fixture->port, "^NDISDUP=1,1,\"internet\",\"user\",\"secret\",2", "+CME ERROR: 4");
    begin_connect (fixture);
    assert_failed (fixture, MM_MOBILE_EQUIPMENT_ERROR, 4, "*");

    /* What the module could not be told is not sent, however it came there */
    mm_bearer_properties_set_user (properties, "u\rser");
    begin_connect (fixture);
    assert_failed (fixture, MM_CORE_ERROR, MM_CORE_ERROR_INVALID_ARGS, "*");
    fake_port_assert_sent (fixture->port, "");
    g_object_unref (fixture->bearer);
    fixture->bearer = first;
}

static void
test_no_ip_config (Fixture       *fixture,
                   gconstpointer  data)
{
    g_autoptr(GTask)        task = g_task_new (fixture->bearer, NULL, NULL, NULL);
    MMBroadbandBearerClass *klass = MM_BROADBAND_BEARER_CLASS (G_OBJECT_GET_CLASS (fixture->bearer));
    MMBearerIpConfig       *ipv4 = NULL;
    MMBearerIpConfig       *ipv6 = NULL;

    g_task_return_new_error (task, MM_CORE_ERROR, MM_CORE_ERROR_FAILED, "none");
    g_assert_false (klass->get_ip_config_3gpp_finish (MM_BROADBAND_BEARER (fixture->bearer), G_ASYNC_RESULT (task),
                                                      &ipv4, &ipv6, &fixture->error));
    g_assert_error (fixture->error, MM_CORE_ERROR, MM_CORE_ERROR_FAILED);
}

static void
test_not_created (Fixture       *fixture,
                  gconstpointer  data)
{
    g_autoptr(MMBearerProperties)  properties = mm_bearer_properties_new ();
    MMBaseBearer                  *first = fixture->bearer;

    mm_bearer_properties_set_apn (properties, "inter\"net");
    create_bearer (fixture, properties);
    g_assert_null (fixture->bearer);
    g_assert_nonnull (fixture->error);

    mm_bearer_properties_set_apn (properties, "internet");
    mm_bearer_properties_set_user (properties, "u\rser");
    mm_bearer_properties_set_password (properties, "password");
    create_bearer (fixture, properties);
    g_assert_null (fixture->bearer);
    g_assert_nonnull (fixture->error);

    mm_bearer_properties_set_user (properties, "user");
    fake_broadband_bearer_refuse_init ();
    create_bearer (fixture, properties);
    g_assert_null (fixture->bearer);
    g_assert_error (fixture->error, MM_CORE_ERROR, MM_CORE_ERROR_FAILED);
    fixture->bearer = first;
}

/* Neither a network port nor one for PPP: PCUI carries no data */
static void
test_no_data_port (Fixture       *fixture,
                   gconstpointer  data)
{
    g_autoptr(MMBearerProperties)  properties = mm_bearer_properties_new ();
    MMBaseBearer                  *first = fixture->bearer;

    fake_modem_set_secondary (fixture->modem, NULL);
    create_bearer (fixture, properties);
    g_assert_null (fixture->bearer);
    g_assert_error (fixture->error, MM_CORE_ERROR, MM_CORE_ERROR_UNSUPPORTED);
    fixture->bearer = first;
}

/* Bearers of another kind hear nothing of it */
static void
test_other_bearers (Fixture       *fixture,
                    gconstpointer  data)
{
    g_autoptr(GObject) other = G_OBJECT (fake_bearer_new (fixture->modem, 2));

    fake_bearer_list_add (fake_modem_peek_bearers (fixture->modem), MM_BASE_BEARER (other));
    connect_bearer (fixture);
    fake_port_answer (fixture->port, QUERY, "^NDISSTATQRY: 1,1,,,\"IPV4\"");
    fake_port_say (fixture->port, "^DEND:1,0");
    fake_clock_run (1);
    fake_port_say (fixture->port, DOWN4);
    g_assert_cmpuint (fake_bearer_n_lost (fixture->bearer), ==, 1);
    g_assert_cmpuint (fake_bearer_n_lost (MM_BASE_BEARER (other)), ==, 0);
    fake_bearer_list_remove (fake_modem_peek_bearers (fixture->modem), MM_BASE_BEARER (other));
}

/*****************************************************************************/
/* The modem goes, at every step and between the steps */

static void
test_removed (Fixture       *fixture,
              gconstpointer  data)
{
    FakeStepWhen when;
    guint        n;
    gboolean     more;

    for (when = FAKE_STEP_BEFORE; when <= FAKE_STEP_AFTER; when++) {
        for (n = 1, more = TRUE; more; n++) {
            tear_down (fixture, NULL);
            set_up_both (fixture, NULL);
            fake_port_answer (fixture->port, DIAL, "^NDISSTAT: 1,0,50,,\"IPV6\"")->forever = TRUE;
            fake_port_answer (fixture->port, QUERY, "^NDISSTATQRY: 1,2,,,\"IPV4\"")->forever = TRUE;
            fake_port_answer (fixture->port, HANG_UP, NULL)->forever = TRUE;
            fake_steps_begin (n, when, (FakeFunc) fake_modem_remove, fixture->modem);
            begin_connect (fixture);
            fake_clock_run (6);
            if (mm_base_modem_peek_port_primary (fixture->modem))
                fake_port_say (fixture->port, UP4);
            fake_clock_run (6);
            g_assert_cmpuint (fixture->n_ready, ==, 1);
            if (mm_base_bearer_get_status (fixture->bearer) == MM_BEARER_STATUS_CONNECTED) {
                begin_disconnect (fixture);
                fake_clock_run (40);
                g_assert_cmpuint (fixture->n_ready, ==, 1);
            }
            g_assert_cmpuint (fake_clock_n_timers (), ==, 0);
            more = fake_steps_end ();
            g_free (fake_log_take_warnings ());
        }
        g_assert_cmpuint (n, >, 5);
    }
}

/* While it only waits */
static void
test_removed_while_waiting (Fixture       *fixture,
                            gconstpointer  data)
{
    fake_port_answer (fixture->port, DIAL, NULL);
    begin_connect (fixture);
    fake_clock_run (1);
    fake_modem_remove (fixture->modem);
    fake_clock_run (5);
    assert_failed (fixture, MM_CORE_ERROR, MM_CORE_ERROR_ABORTED, "The modem is gone");
    g_assert_cmpuint (fake_clock_n_timers (), ==, 0);
}

int
main (int    argc,
      char **argv)
{
    g_test_init (&argc, &argv, NULL);

#define ADD_WITH(path, func, begin) g_test_add ("/tdtech/bearer/" path, Fixture, NULL, begin, func, tear_down)
#define ADD(path, func) ADD_WITH (path, func, set_up)
    ADD ("connect", test_connect);
    ADD ("connect/by-query", test_connect_by_query);
    ADD ("connect/slow-query", test_slow_query);
    ADD_WITH ("connect/both", test_both, set_up_both);
    ADD_WITH ("connect/second-family-refused", test_second_family_refused, set_up_both);
    ADD_WITH ("connect/second-family-late", test_second_family_late, set_up_both);
    ADD_WITH ("connect/families-change", test_families_change, set_up_both);
    ADD ("connect/refused", test_refused);
    ADD ("connect/call-ends", test_call_ends);
    ADD ("connect/causes", test_causes);
    ADD ("connect/no-answer", test_no_answer);
    ADD ("connect/never-up", test_never_up);
    ADD ("connect/up-before-answer", test_up_before_answer);
    ADD ("connect/busy-port", test_busy_port);
    ADD ("connect/duplicated", test_duplicated);
    ADD ("connect/duplicated-not-told", test_duplicated_not_told);
    ADD ("connect/duplicated-goes-down", test_duplicated_goes_down);
    ADD ("connect/dialled-afresh", test_dialled_afresh);
    ADD ("connect/dialled-while-queried", test_dialled_while_queried);
    ADD_WITH ("connect/dialled-afresh-both", test_dialled_afresh_both, set_up_both);
    ADD ("connect/early", test_early);
    ADD ("connect/early-and-down", test_early_and_down);
    ADD_WITH ("connect/early-family", test_early_family, set_up_both);
    ADD ("connect/early-settled", test_early_settled);
    ADD_WITH ("connect/early-settled-both", test_early_settled_both, set_up_both);
    ADD ("connect/cancelled", test_cancelled);
    ADD ("connect/cancelled-in-between", test_cancelled_in_between);
    ADD ("connect/cancellable", test_cancellable);
    ADD ("connect/disconnected", test_disconnect_while_connecting);
    ADD ("connect/held", test_held);
    ADD ("connect/held-meanwhile", test_held_meanwhile);
    ADD ("connect/held-before-redial", test_held_before_redial);
    ADD ("connect/held-before-redial-by-query", test_held_before_redial_by_query);
    ADD ("disconnect/by-query", test_hang_up_by_query);
    ADD ("disconnect/invalid", test_hang_up_invalid);
    ADD ("disconnect/refused", test_hang_up_refused);
    ADD ("disconnect/in-vain", test_hang_up_in_vain);
    ADD ("disconnect/reported", test_reported_while_hanging_up);
    ADD ("disconnect/lost", test_lost_while_hanging_up);
    ADD ("twice", test_twice);
    ADD ("lost", test_lost);
    ADD ("lost/forgotten", test_forgotten);
    ADD ("lost/while-connecting", test_lost_while_connecting);
    ADD ("status", test_status);
    ADD ("status/after-refusal", test_status_after_refusal);
    ADD ("status/check-and-hang-up", test_check_and_hang_up);
    ADD ("status/after-suspend", test_status_after_suspend);
    ADD ("dend", test_dend);
    ADD_WITH ("ppp", test_ppp, set_up_ppp);
    ADD ("by-profile", test_by_profile);
    ADD ("credentials", test_credentials);
    ADD ("no-ip-config", test_no_ip_config);
    ADD ("not-created", test_not_created);
    ADD_WITH ("no-data-port", test_no_data_port, set_up_ppp);
    ADD ("other-bearers", test_other_bearers);
    ADD ("removed", test_removed);
    ADD ("removed/while-waiting", test_removed_while_waiting);
    return g_test_run ();
}

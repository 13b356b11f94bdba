/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "fake-clock.h"
#include "fake-modem.h"

#include "mm-tdtech-commands.h"
#include "mm-tdtech-ports.h"
#include "mm-tdtech-sessions.h"

#define TIMEOUT 10

typedef struct {
    MMBaseModem    *modem;
    MMPortSerialAt *port;
    guint           n_ready;
    GPtrArray      *answers;
    gchar          *answer;
    GArray         *sessions;
    GError         *error;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
    fixture->modem = fake_modem_new (FAKE_TYPE_MODEM);
    fixture->port = g_object_ref (mm_base_modem_peek_port_primary (fixture->modem));
}

static void
clear_result (Fixture *fixture)
{
    g_clear_pointer (&fixture->answers, g_ptr_array_unref);
    g_clear_pointer (&fixture->sessions, g_array_unref);
    g_clear_pointer (&fixture->answer, g_free);
    g_clear_error (&fixture->error);
    fixture->n_ready = 0;
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
    clear_result (fixture);
    fake_port_assert_all_asked (fixture->port);
    g_clear_pointer (&fixture->modem, fake_modem_free);
    g_object_unref (fixture->port);
}

static void
run_ready (MMBaseModem  *modem,
           GAsyncResult *res,
           Fixture      *fixture)
{
    fixture->n_ready++;
    fixture->answers = mm_tdtech_commands_run_finish (modem, res, &fixture->error);
    g_assert_true (!fixture->answers == !!fixture->error);
}

static void
run (Fixture              *fixture,
     MMTdtechCommandsMode  mode)
{
    static const gchar *const commands[] = { "+A", "+B", "+C", NULL };

    clear_result (fixture);
    mm_tdtech_commands_run (fixture->modem, commands, mode, TIMEOUT, (GAsyncReadyCallback) run_ready, fixture);
    g_assert_cmpuint (fixture->n_ready, ==, 0);
}

static void
assert_answers (Fixture     *fixture,
                const gchar *first,
                const gchar *second,
                const gchar *third)
{
    g_assert_no_error (fixture->error);
    g_assert_cmpuint (fixture->n_ready, ==, 1);
    g_assert_cmpuint (fixture->answers->len, ==, 3);
    g_assert_cmpstr (fixture->answers->pdata[0], ==, first);
    g_assert_cmpstr (fixture->answers->pdata[1], ==, second);
    g_assert_cmpstr (fixture->answers->pdata[2], ==, third);
}

/*****************************************************************************/
/* A sequence */

static void
test_all (Fixture       *fixture,
          gconstpointer  data)
{
    fake_port_answer (fixture->port, "+A", "+A: 1");
    fake_port_answer (fixture->port, "+B", NULL)->delay = 3;
    fake_port_answer (fixture->port, "+C", "+C: 1\n+C: 2");
    run (fixture, MM_TDTECH_COMMANDS_ALL);
    /* One at a time */
    fake_clock_run (2);
    fake_port_assert_sent (fixture->port, "+A +B");
    g_assert_cmpuint (fixture->n_ready, ==, 0);
    fake_clock_run (1);
    assert_answers (fixture, "+A: 1", "", "+C: 1\r\n\r\n+C: 2");
}

static void
test_all_error (Fixture       *fixture,
                gconstpointer  data)
{
    fake_port_answer (fixture->port, "+A", "+A: 1");
    fake_port_fail (fixture->port, "+B", "+CME ERROR: 4");
    run (fixture, MM_TDTECH_COMMANDS_ALL);
    fake_clock_run (1);
    g_assert_error (fixture->error, MM_MOBILE_EQUIPMENT_ERROR, 4);
    g_assert_false (mm_tdtech_commands_error_is_silence (fixture->error));
    fake_port_assert_sent (fixture->port, "+A +B");
}

static void
test_each_error (Fixture       *fixture,
                 gconstpointer  data)
{
    fake_port_fail (fixture->port, "+A", "ERROR");
    fake_port_answer (fixture->port, "+B", "+B: 1");
    fake_port_silence (fixture->port, "+C");
    run (fixture, MM_TDTECH_COMMANDS_EACH);
    fake_clock_run (TIMEOUT);
    assert_answers (fixture, NULL, "+B: 1", NULL);
}

static void
test_each_none_answered (Fixture       *fixture,
                         gconstpointer  data)
{
    fake_port_silence (fixture->port, "+A");
    fake_port_silence (fixture->port, "+B");
    fake_port_fail (fixture->port, "+C", "ERROR");
    run (fixture, MM_TDTECH_COMMANDS_EACH);
    fake_clock_run (2 * TIMEOUT - 1);
    fake_port_assert_sent (fixture->port, "+A +B");
    fake_clock_run (1);
    /* The last error */
    g_assert_error (fixture->error, MM_MOBILE_EQUIPMENT_ERROR, MM_MOBILE_EQUIPMENT_ERROR_UNKNOWN);
}

static void
test_nothing (Fixture       *fixture,
              gconstpointer  data)
{
    static const gchar *const commands[] = { NULL };

    mm_tdtech_commands_run (fixture->modem, commands, MM_TDTECH_COMMANDS_EACH, TIMEOUT,
                            (GAsyncReadyCallback) run_ready, fixture);
    fake_clock_settle ();
    g_assert_no_error (fixture->error);
    g_assert_cmpuint (fixture->answers->len, ==, 0);
}

/*****************************************************************************/
/* The port goes */

static void
test_no_port (Fixture       *fixture,
              gconstpointer  data)
{
    fake_modem_set_primary (fixture->modem, NULL);
    run (fixture, MM_TDTECH_COMMANDS_EACH);
    fake_clock_settle ();
    g_assert_cmpuint (fixture->n_ready, ==, 1);
    g_assert_error (fixture->error, MM_SERIAL_ERROR, MM_SERIAL_ERROR_OPEN_FAILED_NO_DEVICE);
    g_assert_true (mm_tdtech_commands_error_is_silence (fixture->error));
}

/* At every step: ends at once, with an error that says so, and sends nothing more */
static void
test_removed (Fixture       *fixture,
              gconstpointer  data)
{
    MMTdtechCommandsMode mode;
    FakeStepWhen         when;
    guint                n;
    guint                n_reached = 0;

    for (mode = MM_TDTECH_COMMANDS_ALL; mode <= MM_TDTECH_COMMANDS_EACH; mode++) {
        for (when = FAKE_STEP_BEFORE; when <= FAKE_STEP_AFTER; when++) {
            for (n = 1; n <= 4; n++) {
                tear_down (fixture, NULL);
                set_up (fixture, NULL);
                fake_port_answer (fixture->port, "+?", NULL)->forever = TRUE;
                fake_steps_begin (n, when, (FakeFunc) fake_modem_remove, fixture->modem);
                run (fixture, mode);
                fake_clock_run (1);
                g_assert_cmpuint (fixture->n_ready, ==, 1);
                if (!fake_steps_end ())
                    continue;
                n_reached++;
                g_assert_cmpuint (fake_port_count_sent (fixture->port, "*"), <=, n + (when == FAKE_STEP_AFTER));
                if (n < 3 && mode == MM_TDTECH_COMMANDS_ALL) {
                    g_assert_nonnull (fixture->error);
                    g_assert_true (mm_tdtech_commands_error_is_silence (fixture->error));
                }
            }
        }
    }
    g_assert_cmpuint (n_reached, ==, 2 * 2 * 3);
}

/* The primary port is another one than when the sequence began */
static void
test_other_port (Fixture       *fixture,
                 gconstpointer  data)
{
    g_autoptr(MMPortSerialAt) other = fake_at_port_new ("ttyUSB1");

    fake_port_hang (fixture->port, "+A");
    fake_port_answer (other, "+B", NULL);
    fake_port_answer (other, "+C", NULL);
    run (fixture, MM_TDTECH_COMMANDS_ALL);
    fake_clock_settle ();
    fake_modem_set_primary (fixture->modem, other);
    fake_port_complete (fixture->port, "+A: 1");
    fake_clock_run (1);
    assert_answers (fixture, "+A: 1", "", "");
}

static void
test_silence (void)
{
    g_autoptr(GError) timeout = g_error_new (MM_SERIAL_ERROR, MM_SERIAL_ERROR_RESPONSE_TIMEOUT, "time-out");
    g_autoptr(GError) closed = g_error_new (G_IO_ERROR, G_IO_ERROR_CANCELLED, "closed");
    g_autoptr(GError) refused = g_error_new (MM_MOBILE_EQUIPMENT_ERROR, 3, "refused");
    g_autoptr(GError) core = g_error_new (MM_CORE_ERROR, MM_CORE_ERROR_FAILED, "unreadable");

    g_assert_true (mm_tdtech_commands_error_is_silence (timeout));
    g_assert_true (mm_tdtech_commands_error_is_silence (closed));
    g_assert_false (mm_tdtech_commands_error_is_silence (refused));
    g_assert_false (mm_tdtech_commands_error_is_silence (core));
}

/*****************************************************************************/
/* One command */

static void
run_one_ready (MMBaseModem  *modem,
               GAsyncResult *res,
               Fixture      *fixture)
{
    fixture->n_ready++;
    fixture->answer = mm_tdtech_commands_run_one_finish (modem, res, &fixture->error);
}

static void
test_one (Fixture       *fixture,
          gconstpointer  data)
{
    fake_port_answer (fixture->port, "+A", "+A: 1");
    mm_tdtech_commands_run_one (fixture->modem, "+A", TIMEOUT, (GAsyncReadyCallback) run_one_ready, fixture);
    fake_clock_run (1);
    g_assert_no_error (fixture->error);
    g_assert_cmpstr (fixture->answer, ==, "+A: 1");

    clear_result (fixture);
    fake_port_silence (fixture->port, "+A");
    mm_tdtech_commands_run_one (fixture->modem, "+A", TIMEOUT, (GAsyncReadyCallback) run_one_ready, fixture);
    fake_clock_run (TIMEOUT);
    g_assert_null (fixture->answer);
    g_assert_error (fixture->error, MM_SERIAL_ERROR, MM_SERIAL_ERROR_RESPONSE_TIMEOUT);
}

/*****************************************************************************/
/* Sessions and ports */

static void
sessions_ready (MMBaseModem  *modem,
                GAsyncResult *res,
                Fixture      *fixture)
{
    fixture->n_ready++;
    fixture->sessions = mm_tdtech_sessions_read_finish (modem, res, &fixture->error);
}

static void
read_sessions (Fixture *fixture)
{
    clear_result (fixture);
    mm_tdtech_sessions_read (fixture->modem, (GAsyncReadyCallback) sessions_ready, fixture);
    fake_clock_run (1);
    g_assert_cmpuint (fixture->n_ready, ==, 1);
}

static void
test_sessions (Fixture       *fixture,
               gconstpointer  data)
{
    MMTdtechSessionStatus status;

    fake_port_answer (fixture->port, "^NDISSTATQRY?", "^NDISSTATQRY: 1,1,,,\"IPV4\"\n^NDISSTATQRY: 1,0,,,\"IPV6\"");
    read_sessions (fixture);
    g_assert_no_error (fixture->error);
    g_assert_true (mm_tdtech_sessions_any (fixture->sessions));
    status = mm_tdtech_sessions_get_status (fixture->sessions, 1);
    g_assert_true (status.listed && status.exists);
    g_assert_cmpuint (status.up, ==, MM_BEARER_IP_FAMILY_IPV4);
    status = mm_tdtech_sessions_get_status (fixture->sessions, 2);
    g_assert_true (!status.listed && !status.exists);

    fake_port_answer (fixture->port, "^NDISSTATQRY?", "^NDISSTATQRY: 1,0,,,\"IPV4\"");
    read_sessions (fixture);
    g_assert_false (mm_tdtech_sessions_any (fixture->sessions));

    fake_port_fail (fixture->port, "^NDISSTATQRY?", "ERROR");
    read_sessions (fixture);
    g_assert_null (fixture->sessions);
    g_assert_nonnull (fixture->error);
}

static void
test_families (void)
{
    MMTdtechNdisstat any = { .cid = 0 };
    MMTdtechNdisstat second = { .cid = 2 };

    g_assert_cmpuint (mm_tdtech_session_families (MM_BEARER_IP_FAMILY_NONE), ==, MM_BEARER_IP_FAMILY_IPV4 | MM_BEARER_IP_FAMILY_IPV6);
    g_assert_cmpuint (mm_tdtech_session_families (MM_BEARER_IP_FAMILY_IPV4V6), ==, MM_BEARER_IP_FAMILY_IPV4 | MM_BEARER_IP_FAMILY_IPV6);
    g_assert_cmpuint (mm_tdtech_session_families (MM_BEARER_IP_FAMILY_IPV6), ==, MM_BEARER_IP_FAMILY_IPV6);
    g_assert_true (mm_tdtech_session_is_about (&any, 3));
    g_assert_true (mm_tdtech_session_is_about (&second, 2));
    g_assert_false (mm_tdtech_session_is_about (&second, 3));
}

static void
take_port (Fixture    *fixture,
           MMPortType  type)
{
    g_autoptr(GObject) device = NULL;

    device = G_OBJECT (fake_kernel_device_new ("usbmisc", "cdc-wdm0", 0x3301, 2, 0, NULL));
    fake_modem_take_port (fixture->modem, fake_port_new ((MMKernelDevice *) device, type));
}

static void
test_ports (Fixture       *fixture,
            gconstpointer  data)
{
    MMPort *net = fake_net_port_new ("wwan0");

    g_assert_false (mm_tdtech_has_port (fixture->modem, MM_PORT_TYPE_NET));
    fake_modem_take_port (fixture->modem, net);
    mm_port_set_connected (net, TRUE);
    g_assert_true (mm_tdtech_has_port (fixture->modem, MM_PORT_TYPE_NET));
    g_assert_false (mm_tdtech_has_port (fixture->modem, MM_PORT_TYPE_QMI));
}

/* QMI and MBIM have bearers of their own, each alone and together */
static void
test_ports_of_ndis (Fixture       *fixture,
                    gconstpointer  data)
{
    static const MMPortType types[] = { MM_PORT_TYPE_QMI, MM_PORT_TYPE_MBIM };
    guint                   i;

    for (i = 0; i < G_N_ELEMENTS (types); i++) {
        tear_down (fixture, NULL);
        set_up (fixture, NULL);
        fake_modem_take_port (fixture->modem, fake_net_port_new ("wwan0"));
        g_assert_true (mm_tdtech_has_ndis (fixture->modem));
        take_port (fixture, types[i]);
        g_assert_false (mm_tdtech_has_ndis (fixture->modem));
        take_port (fixture, types[1 - i]);
        g_assert_false (mm_tdtech_has_ndis (fixture->modem));
    }
}

/* A network port carries data, in use or not */
static void
test_data_port_network (Fixture       *fixture,
                        gconstpointer  data)
{
    MMPort *net = fake_net_port_new ("wwan0");

    g_assert_false (mm_tdtech_has_data_port (fixture->modem));
    fake_modem_take_port (fixture->modem, net);
    g_assert_true (mm_tdtech_has_data_port (fixture->modem));
    mm_port_set_connected (net, TRUE);
    g_assert_true (mm_tdtech_has_data_port (fixture->modem));
}

/* So does a port for PPP, but not PCUI, which ModemManager would take instead; nor a module that
 * has lost its ports */
static void
test_data_port_ppp (Fixture       *fixture,
                    gconstpointer  data)
{
    g_autoptr(MMPortSerialAt) ppp = fake_at_port_new ("ttyUSB3");

    g_assert_false (mm_tdtech_has_data_port (fixture->modem));
    fake_modem_set_secondary (fixture->modem, ppp);
    g_assert_true (mm_tdtech_has_data_port (fixture->modem));
    fake_modem_set_secondary (fixture->modem, NULL);
    g_assert_false (mm_tdtech_has_data_port (fixture->modem));
    fake_modem_set_primary (fixture->modem, NULL);
    g_assert_false (mm_tdtech_has_data_port (fixture->modem));
}

int
main (int    argc,
      char **argv)
{
    g_test_init (&argc, &argv, NULL);

#define ADD(path, func) g_test_add (path, Fixture, NULL, set_up, func, tear_down)
    ADD ("/tdtech/commands/all", test_all);
    ADD ("/tdtech/commands/all/error", test_all_error);
    ADD ("/tdtech/commands/each/error", test_each_error);
    ADD ("/tdtech/commands/each/none-answered", test_each_none_answered);
    ADD ("/tdtech/commands/nothing", test_nothing);
    ADD ("/tdtech/commands/no-port", test_no_port);
    ADD ("/tdtech/commands/removed", test_removed);
    ADD ("/tdtech/commands/other-port", test_other_port);
    ADD ("/tdtech/commands/one", test_one);
    ADD ("/tdtech/sessions/read", test_sessions);
    ADD ("/tdtech/ports", test_ports);
    ADD ("/tdtech/ports/ndis", test_ports_of_ndis);
    ADD ("/tdtech/ports/data/network", test_data_port_network);
    ADD ("/tdtech/ports/data/ppp", test_data_port_ppp);
    g_test_add_func ("/tdtech/commands/silence", test_silence);
    g_test_add_func ("/tdtech/sessions/families", test_families);
    return g_test_run ();
}

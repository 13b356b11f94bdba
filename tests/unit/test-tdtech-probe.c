/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <string.h>

#include "fake-clock.h"
#include "fake-modem.h"

#include "mm-tdtech-probe.h"

#define ATI     "ATI\r"
#define CGMR    "AT+CGMR\r"
#define ESCAPED "\rATI\r"

#define IDENTITY \
    "Manufacturer: TD Tech Ltd.\n" \
    "Model: MT5710-CN\n" \
    "Revision: V200R001C20B005\n" \
    "IMEI: 860000000000017"

typedef struct {
    MMKernelDevice *device;
    MMPortProbe    *probe;
    MMPortSerialAt *port;
    GCancellable   *cancellable;
    guint           n_ready;
    GError         *error;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
    fixture->device = fake_kernel_device_new ("tty", "ttyUSB2", 0x3301, 0xff, 0x12, NULL);
    fixture->probe = fake_port_probe_new (fixture->device, MM_PORT_TYPE_AT);
    fixture->port = fake_at_port_new_for (fixture->device);
    fixture->cancellable = g_cancellable_new ();
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
    fake_port_assert_all_asked (fixture->port);
    g_assert_cmpuint (fake_clock_n_timers (), ==, 0);
    g_assert_finalize_object (fixture->port);
    g_object_unref (fixture->probe);
    g_object_unref (fixture->device);
    g_object_unref (fixture->cancellable);
    g_clear_error (&fixture->error);
}

static void
ready (MMPortProbe  *probe,
       GAsyncResult *res,
       Fixture      *fixture)
{
    fixture->n_ready++;
    g_assert_true (mm_tdtech_probe_finish (probe, res, &fixture->error) == !fixture->error);
}

static void
begin (Fixture *fixture)
{
    mm_tdtech_probe (fixture->probe, fixture->port, fixture->cancellable, (GAsyncReadyCallback) ready, fixture);
}

static void
assert_identity (Fixture     *fixture,
                 const gchar *revision)
{
    MMTdtechIdentity *identity;

    g_assert_cmpuint (fixture->n_ready, ==, 1);
    g_assert_no_error (fixture->error);
    g_assert_cmpint (fake_port_probe_get_result_at (fixture->probe), ==, TRUE);
    identity = mm_tdtech_probe_steal_identity (fixture->probe);
    g_assert_nonnull (identity);
    g_assert_cmpstr (identity->model, ==, "MT5710-CN");
    g_assert_cmpstr (identity->revision, ==, revision);
    g_assert_cmpstr (identity->imei, ==, "860000000000017");
    mm_tdtech_identity_free (identity);
    /* Once */
    g_assert_null (mm_tdtech_probe_steal_identity (fixture->probe));
}

/* ModemManager's own probing goes on */
static void
assert_nothing_learned (Fixture *fixture)
{
    g_assert_cmpuint (fixture->n_ready, ==, 1);
    g_assert_no_error (fixture->error);
    g_assert_cmpint (fake_port_probe_get_result_at (fixture->probe), ==, -1);
    g_assert_null (mm_tdtech_probe_steal_identity (fixture->probe));
}

static void
silence (Fixture     *fixture,
         const gchar *command,
         guint        n)
{
    while (n-- > 0)
        fake_port_silence (fixture->port, command);
}

static void
test_ready (Fixture       *fixture,
            gconstpointer  data)
{
    /* In no time */
    fake_port_answer (fixture->port, ATI, IDENTITY);
    fake_port_answer (fixture->port, CGMR, "V200R001C20B025");
    begin (fixture);
    fake_clock_settle ();
    assert_identity (fixture, "V200R001C20B025");
}

/* A module that boots: silent for a while, then it may owe answers, which have a pause to come in */
static void
test_boots (Fixture       *fixture,
            gconstpointer  data)
{
    silence (fixture, ATI, 3);
    fake_port_answer (fixture->port, ATI, IDENTITY);
    fake_port_answer (fixture->port, ATI, IDENTITY);
    fake_port_answer (fixture->port, CGMR, "V200R001C20B025");
    begin (fixture);
    fake_clock_run (3);
    g_assert_cmpuint (fixture->n_ready, ==, 0);
    g_assert_cmpuint (fake_port_count_sent (fixture->port, ATI), ==, 4);
    /* 1000 ms, and 400 for each silence */
    fake_clock_run_msec (2199);
    g_assert_cmpuint (fake_port_count_sent (fixture->port, ATI), ==, 4);
    fake_clock_run_msec (1);
    assert_identity (fixture, "V200R001C20B025");
}

/* From the second silence on an answer may be owed */
static void
test_owed (Fixture       *fixture,
           gconstpointer  data)
{
    silence (fixture, ATI, 2);
    fake_port_answer (fixture->port, ATI, IDENTITY);
    fake_port_answer (fixture->port, ATI, IDENTITY);
    fake_port_answer (fixture->port, CGMR, "V200R001C20B025");
    begin (fixture);
    fake_clock_run (2);
    g_assert_false (fake_port_was_sent (fixture->port, CGMR));
    fake_clock_run_msec (1800);
    assert_identity (fixture, "V200R001C20B025");
}

/* After a silence in between nothing is settled any more: an error may be the answer to what was asked before */
static void
test_silent_again (Fixture       *fixture,
                   gconstpointer  data)
{
    fake_port_answer (fixture->port, ATI, IDENTITY)->forever = TRUE;
    fake_port_answer (fixture->port, CGMR, IDENTITY);
    fake_port_silence (fixture->port, CGMR);
    fake_port_fail (fixture->port, CGMR, "ERROR");
    fake_port_answer (fixture->port, CGMR, "V200R001C20B025");
    begin (fixture);
    fake_clock_run (10);
    assert_identity (fixture, "V200R001C20B025");
}

/* One of the two names is enough, and a number alone is not */
static void
test_half_an_identity (Fixture       *fixture,
                       gconstpointer  data)
{
    MMTdtechIdentity *identity;

    fake_port_answer (fixture->port, ATI, "Revision: V200R001C20B005");
    fake_port_fail (fixture->port, CGMR, "ERROR");
    fake_port_answer (fixture->port, ATI, "Model: MT5710-CN");
    fake_port_fail (fixture->port, CGMR, "ERROR");
    begin (fixture);
    fake_clock_run (10);
    g_assert_cmpuint (fixture->n_ready, ==, 1);
    g_assert_cmpint (fake_port_probe_get_result_at (fixture->probe), ==, TRUE);
    identity = mm_tdtech_probe_steal_identity (fixture->probe);
    g_assert_cmpstr (identity->model, ==, "MT5710-CN");
    mm_tdtech_identity_free (identity);
}

static void
test_number_alone (Fixture       *fixture,
                   gconstpointer  data)
{
    fake_port_answer (fixture->port, ATI, "IMEI: 860000000000017")->forever = TRUE;
    begin (fixture);
    fake_clock_run (10);
    assert_nothing_learned (fixture);
}

/* The answer to CGMR is one to an earlier ATI: stale, so all is asked again after a pause */
static void
test_stale (Fixture       *fixture,
            gconstpointer  data)
{
    fake_port_answer (fixture->port, ATI, IDENTITY);
    fake_port_answer (fixture->port, CGMR, IDENTITY);
    fake_port_answer (fixture->port, ATI, IDENTITY);
    fake_port_answer (fixture->port, CGMR, "V200R001C20B025");
    begin (fixture);
    fake_clock_run_msec (999);
    g_assert_cmpuint (fixture->n_ready, ==, 0);
    fake_clock_run_msec (1);
    assert_identity (fixture, "V200R001C20B025");
}

/* Nor is the one after the pause, if it is an ATI's as well */
static void
test_stale_twice (Fixture       *fixture,
                  gconstpointer  data)
{
    fake_port_answer (fixture->port, ATI, IDENTITY)->forever = TRUE;
    fake_port_answer (fixture->port, CGMR, IDENTITY);
    fake_port_answer (fixture->port, CGMR, IDENTITY);
    fake_port_answer (fixture->port, CGMR, "V200R001C20B025");
    begin (fixture);
    fake_clock_run_msec (1999);
    g_assert_cmpuint (fixture->n_ready, ==, 0);
    fake_clock_run_msec (1);
    assert_identity (fixture, "V200R001C20B025");
}

static void
test_always_stale (Fixture       *fixture,
                   gconstpointer  data)
{
    fake_port_answer (fixture->port, ATI, "V200R001C20B025")->forever = TRUE;
    begin (fixture);
    fake_clock_run (10);
    assert_nothing_learned (fixture);
    g_assert_cmpuint (fake_port_count_sent (fixture->port, ATI), ==, 3);
}

/* A module that does not know +CGMR is not lost; its revision is ATI's */
static void
test_no_cgmr (Fixture       *fixture,
              gconstpointer  data)
{
    fake_port_answer (fixture->port, ATI, IDENTITY)->forever = TRUE;
    fake_port_fail (fixture->port, CGMR, "ERROR")->forever = TRUE;
    begin (fixture);
    fake_clock_run (10);
    assert_identity (fixture, "V200R001C20B005");
}

static void
test_silent_after_ati (Fixture       *fixture,
                       gconstpointer  data)
{
    fake_port_answer (fixture->port, ATI, IDENTITY)->forever = TRUE;
    fake_port_silence (fixture->port, CGMR);
    fake_port_answer (fixture->port, CGMR, "V200R001C20B025");
    begin (fixture);
    fake_clock_run (1);
    g_assert_cmpuint (fake_port_count_sent (fixture->port, ATI), ==, 2);
    assert_identity (fixture, "V200R001C20B025");
}

/* The data state, left by an earlier dial */
static void
test_data_state (Fixture       *fixture,
                 gconstpointer  data)
{
    silence (fixture, ATI, 6);
    fake_port_silence (fixture->port, "+++");
    fake_port_answer (fixture->port, ESCAPED, IDENTITY)->forever = TRUE;
    fake_port_answer (fixture->port, CGMR, "V200R001C20B025");
    begin (fixture);
    /* Two seconds of silence before +++, and two after its time limit */
    fake_clock_run (6 + 1);
    g_assert_false (fake_port_was_sent (fixture->port, "+++"));
    fake_clock_run (1);
    g_assert_true (fake_port_was_sent (fixture->port, "+++"));
    fake_clock_run (3 + 1);
    g_assert_false (fake_port_was_sent (fixture->port, ESCAPED));
    fake_clock_run (1);
    g_assert_true (fake_port_was_sent (fixture->port, ESCAPED));
    fake_clock_run (5);
    assert_identity (fixture, "V200R001C20B025");
    g_assert_cmpuint (fake_port_count_sent (fixture->port, "+++"), ==, 1);
}

static void
test_silent (Fixture       *fixture,
             gconstpointer  data)
{
    fake_port_silence (fixture->port, "*")->forever = TRUE;
    begin (fixture);
    /* Six times one second, "+++" with its pauses, 38 times three seconds */
    fake_clock_run (6 + 7 + 38 * 3 - 1);
    g_assert_cmpuint (fixture->n_ready, ==, 0);
    fake_clock_run (1);
    assert_nothing_learned (fixture);
    g_assert_cmpuint (fake_port_count_sent (fixture->port, "*ATI\r"), ==, 44);
}

/* Whatever it is: not a line of the module can end it otherwise */
static void
test_nonsense (Fixture       *fixture,
               gconstpointer  data)
{
    fake_port_fail (fixture->port, ATI, "ERROR");
    fake_port_answer (fixture->port, ATI, "");
    fake_port_answer (fixture->port, ATI, "\xff\xfe: \x1b");
    begin (fixture);
    fake_clock_run (10);
    assert_nothing_learned (fixture);
}

static void
cancel (gpointer cancellable)
{
    g_cancellable_cancel (cancellable);
}

/* At every step */
static void
test_cancelled (Fixture       *fixture,
                gconstpointer  data)
{
    FakeStepWhen when;
    guint        n;
    gboolean     more;

    for (when = FAKE_STEP_BEFORE; when <= FAKE_STEP_AFTER; when++) {
        for (n = 1, more = TRUE; more; n++) {
            tear_down (fixture, NULL);
            memset (fixture, 0, sizeof (*fixture));
            set_up (fixture, NULL);
            fake_port_silence (fixture->port, ATI)->forever = TRUE;
            fake_port_answer (fixture->port, ESCAPED, IDENTITY)->forever = TRUE;
            fake_port_silence (fixture->port, "+++")->forever = TRUE;
            fake_port_answer (fixture->port, CGMR, "V200R001C20B025")->forever = TRUE;
            fake_steps_begin (n, when, cancel, fixture->cancellable);
            begin (fixture);
            fake_clock_run (60);
            g_assert_cmpuint (fixture->n_ready, ==, 1);
            more = fake_steps_end ();
            if (fixture->error)
                g_assert_error (fixture->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
            else
                g_assert_cmpuint (n, >, 8);
        }
        g_assert_cmpuint (n, >, 9);
    }
}

int
main (int    argc,
      char **argv)
{
    g_test_init (&argc, &argv, NULL);

#define ADD(path, func) g_test_add ("/tdtech/probe/" path, Fixture, NULL, set_up, func, tear_down)
    ADD ("ready", test_ready);
    ADD ("boots", test_boots);
    ADD ("owed", test_owed);
    ADD ("silent-again", test_silent_again);
    ADD ("half-an-identity", test_half_an_identity);
    ADD ("number-alone", test_number_alone);
    ADD ("stale", test_stale);
    ADD ("stale-twice", test_stale_twice);
    ADD ("always-stale", test_always_stale);
    ADD ("no-cgmr", test_no_cgmr);
    ADD ("silent-after-ati", test_silent_after_ati);
    ADD ("data-state", test_data_state);
    ADD ("silent", test_silent);
    ADD ("nonsense", test_nonsense);
    ADD ("cancelled", test_cancelled);
    return g_test_run ();
}

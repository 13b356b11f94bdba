/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <string.h>

#include "sim-pieces.h"

/* However output is cut, it is complete */

#define SEEDS 300
#define SPEED "1000"

static const gchar *const answers[] = {
    "\r\n^FOTASTATE: 10\r\n\r\nOK\r\n",
    "\r\nOK\r\n",
    "\r\n^FOTADLQ: 1,\"FIRMWARE1\",34519552,68315612\r\n\r\nOK\r\n",
    "\r\n^VERSION:BDT:Jan 28 2026, 18:42:02\r\n\r\n^VERSION:EXTS:1.2.5.0(SP1C02)\r\n\r\n^VERSION:RDV:RELEASE\r\n\r\nOK\r\n",
    "\r\n+CME ERROR: SIM PIN required\r\n",
    "\r\n^NDISSTATQRY: 1,1,,,\"IPV4\"\r\n\r\n^NDISSTATQRY: 1,0,,,\"IPV6\"\r\n\r\nOK\r\n",
};
static const gchar *const lines[] = {
    "\r\n^FOTASTATE: 30\r\n", "\r\n^HCSQ: \"NR\",50,146,29\r\n", "\r\n+CSCON: 1, 7, 4, 0\r\n",
};

typedef struct {
    SimScenario *scenario;
    SimClock    *clock;
    SimLog      *log;
    SimPieces   *pieces;
    GString     *out;
    /* Lengths of the writes */
    GString     *cuts;
    guint        writes;
    guint        done;
    gsize        done_at;
} Fixture;

static void
output (const guint8 *data,
        gsize         length,
        gpointer      user_data)
{
    Fixture *f = user_data;

    g_assert_cmpuint (length, >, 0);
    g_string_append_len (f->out, (const gchar *) data, (gssize) length);
    g_string_append_printf (f->cuts, "%" G_GSIZE_FORMAT " ", length);
    f->writes++;
}

static void
is_done (gpointer user_data)
{
    Fixture *f = user_data;

    f->done++;
    f->done_at = f->out->len;
}

static void
fixture_start (Fixture     *f,
               const gchar *how,
               guint        seed)
{
    g_autofree gchar *text = g_strdup_printf ("%u", seed);

    f->scenario = sim_scenario_new ();
    g_assert_true (sim_scenario_set (f->scenario, "port.pieces", how, NULL));
    g_assert_true (sim_scenario_set (f->scenario, "port.seed", text, NULL));
    g_assert_true (sim_scenario_set (f->scenario, "port.pause", "0.2", NULL));
    f->clock = sim_clock_new (g_ascii_strtod (SPEED, NULL));
    f->log = sim_log_new (f->clock, NULL, NULL);
    f->pieces = sim_pieces_new (f->clock, f->log, f->scenario, 0, output, f);
    f->out = g_string_new (NULL);
    f->cuts = g_string_new (NULL);
}

static void
fixture_stop (Fixture *f)
{
    sim_pieces_free (f->pieces);
    sim_log_free (f->log);
    sim_clock_free (f->clock);
    sim_scenario_free (f->scenario);
    g_string_free (f->out, TRUE);
    g_string_free (f->cuts, TRUE);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Fixture, fixture_stop)

static void
wait_done (Fixture *f,
           guint    n)
{
    while (f->done < n)
        g_main_context_iteration (NULL, TRUE);
}

static const gchar *const modes[] = { "whole", "lines", "bytes", "mixed" };

/*****************************************************************************/
/* Output */

static void
test_same_bytes (void)
{
    guint mode, seed, i;

    for (mode = 0; mode < G_N_ELEMENTS (modes); mode++) {
        for (seed = 1; seed <= SEEDS / 10; seed++) {
            g_auto(Fixture)    f = { 0 };
            g_autoptr(GString) in = g_string_new (NULL);

            fixture_start (&f, modes[mode], seed);
            for (i = 0; i < G_N_ELEMENTS (answers); i++) {
                sim_pieces_send (f.pieces, "echo", (const guint8 *) "AT^X?\r", 6);
                sim_pieces_answer (f.pieces, answers[i], answers[i], is_done);
                g_string_append_printf (in, "AT^X?\r%s", answers[i]);
            }
            wait_done (&f, G_N_ELEMENTS (answers));
            g_assert_cmpstr (f.out->str, ==, in->str);
            g_assert_cmpuint (f.done_at, ==, in->len);
            if (mode == 0)
                g_assert_cmpuint (f.writes, ==, 2 * G_N_ELEMENTS (answers));
            if (mode == 2)
                g_assert_cmpuint (f.writes, >, 3 * G_N_ELEMENTS (answers));
        }
    }
}

/* Every line is complete, answers and lines each keep their order, and later news of a kind come
 * after earlier ones */
static void
test_lines_stand_whole (void)
{
    guint between = 0, before_ok = 0, begin = 0;
    guint seed, i;

    for (seed = 1; seed <= SEEDS; seed++) {
        g_auto(Fixture)    f = { 0 };
        g_autoptr(GString) rest = NULL;
        const gchar       *last = NULL;
        const gchar       *found;

        fixture_start (&f, "mixed", seed);
        sim_pieces_hold (f.pieces);
        sim_pieces_answer (f.pieces, "AT^FOTASTATE?", answers[0], is_done);
        for (i = 0; i < G_N_ELEMENTS (lines); i++)
            sim_pieces_line (f.pieces, lines[i]);
        sim_pieces_release (f.pieces);
        wait_done (&f, 1);
        sim_pieces_flush (f.pieces);

        rest = g_string_new (f.out->str);
        for (i = 0; i < G_N_ELEMENTS (lines); i++) {
            found = strstr (f.out->str, lines[i]);
            g_assert_nonnull (found);
            g_assert_true (found > last);
            last = found;
            g_string_replace (rest, lines[i], "", 1);
        }
        g_assert_cmpstr (rest->str, ==, answers[0]);
        found = strstr (f.out->str, lines[0]);
        g_assert_true (found > strstr (f.out->str, "^FOTASTATE: 10"));
        before_ok += (found < strstr (f.out->str, "\r\nOK\r\n"));
        between += (strstr (f.out->str, lines[2]) < strstr (f.out->str, "\r\nOK\r\n"));
        begin += (f.done_at == f.out->len);
    }
    g_assert_cmpuint (before_ok, >, 0);
    g_assert_cmpuint (between, >, 0);
    g_assert_cmpuint (begin, >, 0);
}

static void
test_same_seed (void)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    guint                 seed, again;

    for (seed = 1; seed <= SEEDS / 10; seed++) {
        g_autofree gchar *first = NULL;

        for (again = 0; again < 2; again++) {
            g_auto(Fixture) f = { 0 };
            guint           i;

            fixture_start (&f, "mixed", seed);
            for (i = 0; i < G_N_ELEMENTS (answers); i++) {
                /* Messages of another key do not change the cuts */
                if (again) {
                    sim_pieces_line (f.pieces, lines[i % G_N_ELEMENTS (lines)]);
                    sim_pieces_flush (f.pieces);
                }
                g_string_truncate (f.cuts, 0);
                sim_pieces_answer (f.pieces, answers[i], answers[i], is_done);
                wait_done (&f, i + 1);
                if (i == 3) {
                    if (again)
                        g_assert_cmpstr (f.cuts->str, ==, first);
                    else
                        first = g_strdup (f.cuts->str);
                }
            }
        }
        g_hash_table_add (seen, g_steal_pointer (&first));
    }
    /* Another seed gives other pieces */
    g_assert_cmpuint (g_hash_table_size (seen), >, 5);
}

/*****************************************************************************/
/* Cuts */

static void
test_places (void)
{
    g_autofree gchar *big = g_strnfill (200, 'x');
    guint             in_break = 0, in_number = 0, ok_alone = 0, whole = 0, packet = 0, in_line = 0;
    guint             seed;

    for (seed = 1; seed <= SEEDS; seed++) {
        g_auto(Fixture) f = { 0 };
        g_auto(GStrv)   parts = NULL;
        gsize           at = 0;
        guint           i;

        fixture_start (&f, "mixed", seed);
        sim_pieces_answer (f.pieces, "AT^FOTADLQ", answers[2], is_done);
        wait_done (&f, 1);
        parts = g_strsplit (f.cuts->str, " ", -1);
        whole += (f.writes == 1);
        ok_alone += (f.writes == 2 && g_str_equal (parts[1], "6"));
        for (i = 0; i + 1 < f.writes; i++) {
            at += (gsize) g_ascii_strtoull (parts[i], NULL, 10);
            in_break += (f.out->str[at - 1] == '\r' && f.out->str[at] == '\n');
            in_number += (g_ascii_isdigit (f.out->str[at - 1]) && g_ascii_isdigit (f.out->str[at]));
        }

        g_string_truncate (f.cuts, 0);
        sim_pieces_line (f.pieces, lines[1]);
        sim_pieces_flush (f.pieces);
        in_line += (strlen (f.cuts->str) > 3);

        g_string_truncate (f.cuts, 0);
        sim_pieces_send (f.pieces, "raw", (const guint8 *) big, 200);
        sim_pieces_flush (f.pieces);
        packet += g_str_has_prefix (f.cuts->str, "64 ");
    }
    g_assert_cmpuint (in_break, >, 0);
    g_assert_cmpuint (in_number, >, 0);
    g_assert_cmpuint (ok_alone, >, 0);
    g_assert_cmpuint (whole, >, SEEDS / 5);
    g_assert_cmpuint (whole, <, SEEDS * 3 / 5);
    g_assert_cmpuint (in_line, >, 0);
    g_assert_cmpuint (packet, >, 0);
}

/* There are gaps in which a host becomes idle, but only a few */
static void
test_gaps (void)
{
    guint long_ones = 0;
    guint seed;

    for (seed = 1; seed <= SEEDS; seed++) {
        g_auto(Fixture) f = { 0 };
        gint64          begin;

        fixture_start (&f, "mixed", seed);
        g_assert_true (sim_scenario_set (f.scenario, "port.pause", "5", NULL));
        begin = g_get_monotonic_time ();
        sim_pieces_answer (f.pieces, "AT^FOTASTATE?", answers[0], is_done);
        wait_done (&f, 1);
        long_ones += (g_get_monotonic_time () - begin >= 3000);
    }
    g_assert_cmpuint (long_ones, >, SEEDS / 50);
}

/*****************************************************************************/
/* End of output */

static void
test_take_and_drop (void)
{
    guint seed;

    for (seed = 1; seed <= SEEDS; seed++) {
        g_auto(Fixture)    f = { 0 };
        g_autoptr(GBytes)  rest = NULL;

        fixture_start (&f, "bytes", seed);
        sim_pieces_answer (f.pieces, "AT^VERSION?", answers[3], is_done);
        rest = sim_pieces_take (f.pieces);
        g_string_append_len (f.out, g_bytes_get_data (rest, NULL), (gssize) g_bytes_get_size (rest));
        g_assert_cmpstr (f.out->str, ==, answers[3]);
        g_assert_cmpuint (f.done, ==, 1);

        g_string_truncate (f.out, 0);
        sim_pieces_answer (f.pieces, "AT^VERSION?", answers[3], is_done);
        if (f.done == 1) {
            gsize length = f.out->len;

            sim_pieces_drop (f.pieces);
            sim_pieces_flush (f.pieces);
            g_assert_cmpuint (f.out->len, ==, length);
            g_assert_cmpuint (f.done, ==, 1);
        }
        g_string_truncate (f.out, 0);
        sim_pieces_answer (f.pieces, "AT", answers[1], is_done);
        sim_pieces_flush (f.pieces);
        g_assert_cmpstr (f.out->str, ==, answers[1]);
    }
}

static void
test_bad_key (void)
{
    g_autoptr(SimScenario) scenario = sim_scenario_new ();
    g_autoptr(GError)      error = NULL;

    g_assert_false (sim_scenario_set (scenario, "port.pieces", "some", &error));
    g_assert_error (error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_INVALID_VALUE);
}

int
main (int    argc,
      char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/simulator/pieces/same-bytes", test_same_bytes);
    g_test_add_func ("/simulator/pieces/lines-stand-whole", test_lines_stand_whole);
    g_test_add_func ("/simulator/pieces/same-seed", test_same_seed);
    g_test_add_func ("/simulator/pieces/places", test_places);
    g_test_add_func ("/simulator/pieces/gaps", test_gaps);
    g_test_add_func ("/simulator/pieces/take-and-drop", test_take_and_drop);
    g_test_add_func ("/simulator/pieces/bad-key", test_bad_key);
    return g_test_run ();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <string.h>

#include "port-model.h"

static void
read_string (PortModel   *port,
             const gchar *str)
{
    port_model_read (port, str, strlen (str));
}

static void
ignore_line (const MMTdtechLine *known,
             const gchar        *line,
             PortModel          *port)
{
    g_assert_nonnull (known);
    g_assert_cmpstr (line, ==, "^FOTASTATE: 12");
}

/*****************************************************************************/
/* What comes out of one read */

static void
test_read (void)
{
    static const struct {
        const gchar *text;
        const gchar *log;
        const gchar *left;    /* in the port's buffer */
    } cases[] = {
        { "\r\nOK\r\n",                                  "{}", "" },
        { "\r\nV200R001C20B025\r\n\r\nOK\r\n",           "{V200R001C20B025}", "" },
        { "\r\n^RSSI: 1\r\n",                            "[^RSSI: 1]", "" },
        { "\r\n^HCSQ: 1\r\n^RSSI: 2\r\n",                "[^HCSQ: 1][^RSSI: 2]", "" },
        /* Its answer looks as a line that came by itself */
        { "\r\n^FOTASTATE: 10\r\n\r\nOK\r\n",            "[^FOTASTATE: 10]{^FOTASTATE: 10}", "" },
        { "\r\n^HCSQ: 1\r\n\r\nV200\r\n\r\nOK\r\n",      "[^HCSQ: 1]{V200}", "" },
        { "\r\nV200\r\n\r\n^HCSQ: 1\r\n\r\nOK\r\n",      "[^HCSQ: 1]{V200}", "" },
        /* An answer ends at its final result */
        { "\r\nOK\r\n\r\n^FOTASTATE: 50\r\n",            "{}[^FOTASTATE: 50]", "" },
        { "\r\n460010123456789\r\n\r\nOK\r\n\r\n^",      "{460010123456789}", "" },
        { "\r\n460010123456789\r\n\r\nOK\r\n\r",         "{460010123456789}", "" },
        { "\r\nOK\r\n\r\nOK\r\n",                        "{}", "" },
        { "\r\nERROR: DUPLICATED\r\n",                   "{}", "" },
        /* Not all there yet */
        { "\r\nERROR: DUPL",                             "", "\r\nERROR: DUPL" },
        { "\r\n+CLIP: \"BUSY\"\r\n\r\nO",                "", "\r\n+CLIP: \"BUSY\"\r\n\r\nO" },
        { "\r\n^HCSQ: 1",                                "", "\r\n^HCSQ: 1" },
        /* The echo, whole and with a line in it */
        { "ATI\r\r\nTD Tech\r\n\r\nOK\r\n",              "{TD Tech}", "" },
        { "AT+C\r\n^RSSI: 1\r\nGMR\r\r\nV200\r\n\r\nOK\r\n", "[^RSSI: 1]{V200}", "" },
        /* What is left of a line from before */
        { "SQ: 31,20\r\n\r\nV200\r\n\r\nOK\r\n",         "{V200}", "" },
        { "\r\n^SIMSQ: 1,11OK\r\n",                      "{^SIMSQ: 1,11}", "" },
        { "\r\n^FOTASTATE: 10OK\r\n",                    "[^FOTASTATE: 10]{^FOTASTATE: 10}", "" },
        { "\r\n+COPS: 0,0,\"BROOK\"\r\n\r\nOK\r\n",      "{+COPS: 0,0,\"BROOK\"}", "" },
        /* The end of a call, while a command is under way */
        { "\r\n^CEND: 1,0,104,16\r\n\r\nNO CARRIER\r\n\r\nA\r\n\r\nOK\r\n", "[^CEND: 1,0,104,16]{A}", "" },
        { "\r\nNO CARRIER\r\n",                          "{}", "" },
        { "\r\n^CEND: 1\r\n\r\nNO CARRIER\r\n\r\nBUSY\r\n", "[^CEND: 1]{}", "" },
        /* A prompt has no end of line */
        { "\r\n^FOTASTATE: 10\r\nOK\r\n",              "[^FOTASTATE: 10]{^FOTASTATE: 10}", "" },
        { "\r\n> ",                                      "{}", "" },
        { "\r\n>",                                       "{}", "" },
        { "\r\n>x",                                      "", "\r\n>x" },
        { "\r\n> x",                                     "", "\r\n> x" },
        { "> ",                                          "", "> " },
        /* Lines of one answer, with an empty one between them or not */
        { "\r\nA\r\nB\r\n\r\nOK\r\n",                  "{A\r\nB}", "" },
        { "\r\nA\r\n\r\nB\r\n\r\nOK\r\n",              "{A\r\n\r\nB}", "" },
        { "\r\nA\r\n^RSSI: 1\r\nB\r\n\r\nOK\r\n",    "[^RSSI: 1]{A\r\nB}", "" },
        { "\r\n^HCSQ: 1\r\n\r\n^HCSQ: 2\r\n\r\nOK\r\n", "[^HCSQ: 1][^HCSQ: 2]{^HCSQ: 1\r\n\r\n^HCSQ: 2}", "" },
        { "\r\nA\r\n^RSSI: 1\r\n^RSSI: 2\r\n\r\nOK\r\n", "[^RSSI: 1][^RSSI: 2]{A}", "" },
        { "\r\n A\r\n\r\nOK\r\n",                      "{ A}", "" },
        /* What begins with a blank is the rest of something, if no line begins there */
        { "\r\nA\r\n B\r\n\r\nOK\r\n",                "{A}", "" },
        { "\r\n^RSSI: 1\r\n B\r\n\r\nOK\r\n",        "[^RSSI: 1]{}", "" },
        /* Behind a final result begins a line */
        { "\r\nOK\r\n^FOTASTATE: 50\r\n",              "{}[^FOTASTATE: 50]", "" },
        { "\r\n^FOTASTATE: 10\r\nOK\r\n\r\n^FOTASTATE: 50\r\n", "[^FOTASTATE: 10]{^FOTASTATE: 10}[^FOTASTATE: 50]", "" },
        { "\r\nOK\r\n\r\nOK\r\n^FOTASTATE: 50\r\n",    "{}[^FOTASTATE: 50]", "" },
        { "\r\n^RSSI: 1\r\n\r\nNO CARRIER\r\n",        "[^RSSI: 1]{}", "" },
        /* Glued to what ends as a value does, and to nothing else */
        { "\r\n+X: \"a\"OK\r\n",                       "{+X: \"a\"}", "" },
        { "\r\n^:1OK\r\n",                             "{^:1}", "" },
        { "\r\n^FOTASTATE: 12,1.3.0.0(SP1C02),9,en-usOK\r\n",
          "[^FOTASTATE: 12,1.3.0.0(SP1C02),9,en-us]{^FOTASTATE: 12,1.3.0.0(SP1C02),9,en-us}", "" },
        { "\r\n^VERSION:BDT:Jan 28 2026, 18:42:02\r\n^VERSION:RDV:RELEASEOK\r\n",
          "{^VERSION:BDT:Jan 28 2026, 18:42:02\r\n^VERSION:RDV:RELEASE}", "" },
        { "\r\n^VERSION:EXTS:1.2.5.0(SP1C02)OK\r\n",     "{^VERSION:EXTS:1.2.5.0(SP1C02)}", "" },
        { "\r\n^VERSION:INI:OK\r\n\r\nOK\r\n",         "{^VERSION:INI:OK}", "" },
        { "\r\n^:OK\r\n\r\nOK\r\n",                    "{^:OK}", "" },
        { "\r\n+X: BOOK\r\n\r\nOK\r\n",               "{+X: BOOK}", "" },
        { "\r\n^X 1OK\r\n\r\nOK\r\n",                 "{^X 1OK}", "" },
        { "\r\nX: 1OK\r\n\r\nOK\r\n",                 "{X: 1OK}", "" },
        { "\r\n+X: 1OKAY\r\n\r\nOK\r\n",              "{+X: 1OKAY}", "" },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (cases); i++) {
        PortModel port;

        port_model_init (&port);
        port_model_ask (&port);
        read_string (&port, cases[i].text);
        port_model_idle (&port);
        g_assert_cmpstr (port.log->str, ==, cases[i].log);
        g_assert_cmpstr (port.buffer->str, ==, cases[i].left);
        port_model_clear (&port);
    }
}

/* A line is cut right behind an OK, and goes on after the next answer was asked for */
static void
test_tail (void)
{
    PortModel port;

    port_model_init (&port);
    port_model_ask (&port);
    read_string (&port, "\r\nA\r\n\r\nOK\r\n\r\n^FOTAST");
    port_model_ask (&port);
    read_string (&port, "ATE: 11\r\n");
    read_string (&port, "\r\nB\r\n\r\nOK\r\n");
    port_model_idle (&port);
    g_assert_cmpstr (port.log->str, ==, "{A}[^FOTASTATE: 11]{B}");
    port_model_clear (&port);
}

static void
test_tail_of_a_byte (void)
{
    PortModel port;

    port_model_init (&port);
    port_model_ask (&port);
    read_string (&port, "\r\nA\r\n\r\nOK\r\n\r");
    port_model_ask (&port);
    read_string (&port, "\n^FOTASTATE: 11\r\n");
    g_assert_cmpstr (port.log->str, ==, "{A}[^FOTASTATE: 11]");
    port_model_clear (&port);
}

/* It is taken once, by the port or by the next read; so are the lines that came with it */
static void
test_tail_is_taken (void)
{
    g_autoptr(GString) text = g_string_new ("");
    PortModel          port;

    port_model_init (&port);
    g_assert_false (mm_tdtech_reader_take_tail (port.reader, text));
    port_model_ask (&port);
    read_string (&port, "\r\nOK\r\n\r\n^HCSQ: 1\r\n\r\n^FOTAST");
    g_assert_cmpstr (port.log->str, ==, "{}");
    g_string_assign (text, "ATE: 11");
    g_assert_true (mm_tdtech_reader_take_tail (port.reader, text));
    g_assert_cmpstr (text->str, ==, "\r\n^FOTASTATE: 11");
    g_assert_false (mm_tdtech_reader_take_tail (port.reader, text));
    g_assert_cmpstr (text->str, ==, "\r\n^FOTASTATE: 11");
    g_string_append (text, "\r\n");
    read_string (&port, text->str);
    g_assert_cmpstr (port.log->str, ==, "{}[^HCSQ: 1][^FOTASTATE: 11]");

    port_model_ask (&port);
    read_string (&port, "\r\nOK\r\n\r\n^FOTAST");
    g_string_assign (text, "ATE: 12\r\n");
    g_assert_false (mm_tdtech_reader_read (port.reader, text, (MMTdtechReaderFunc) ignore_line, &port));
    g_assert_cmpstr (text->str, ==, "");
    /* Nobody takes what is left */
    port_model_ask (&port);
    read_string (&port, "\r\nOK\r\n\r\n^HCSQ: 2\r\n");
    port_model_clear (&port);
}

/* One of ModemManager's own lines, cut there, reaches its handler */
static void
test_tail_of_modem_manager (void)
{
    PortModel port;

    port_model_init (&port);
    port_model_ask (&port);
    read_string (&port, "\r\nOK\r\n\r\n+CMT");
    g_assert_cmpstr (port.own->str, ==, "");
    read_string (&port, "I: \"SM\",3\r\n");
    g_assert_cmpstr (port.own->str, ==, "[+CMTI: \"SM\",3]");
    port_model_clear (&port);
}

/* A second OK, or the late answer to an earlier command, in the same read */
static void
test_stale_final (void)
{
    PortModel port;

    port_model_init (&port);
    port_model_ask (&port);
    read_string (&port, "\r\nA\r\n\r\nOK\r\n\r\nX: 1\r\n\r\nOK\r\n");
    port_model_ask (&port);
    read_string (&port, "\r\nB\r\n\r\nOK\r\n");
    g_assert_cmpstr (port.log->str, ==, "{A}{B}");
    port_model_clear (&port);
}

/* NO CARRIER is the call's until two answers have come after its end */
static void
test_call_end (void)
{
    guint answers;

    for (answers = 0; answers < 4; answers++) {
        PortModel port;
        guint     i;

        port_model_init (&port);
        port_model_ask (&port);
        read_string (&port, "\r\n^CEND: 1,0,104,16\r\n");
        for (i = 0; i < answers; i++) {
            read_string (&port, "\r\nOK\r\n");
            port_model_ask (&port);
        }
        read_string (&port, "\r\nNO CARRIER\r\n");
        g_assert_cmpint (port.asked, ==, answers < 2);
        /* Once: the next one is the answer to ATD */
        read_string (&port, "\r\nNO CARRIER\r\n");
        g_assert_false (port.asked);
        port_model_clear (&port);
    }
}

/* The newest 64 lines are kept, for the answer and for what comes behind it */
static void
test_newest (void)
{
    g_autoptr(GString) lines = g_string_new (NULL);
    g_autoptr(GString) answer = g_string_new ("{");
    g_autoptr(GString) handed = g_string_new ("{}");
    g_autofree gchar  *later = NULL;
    PortModel          port;
    guint              i;

    for (i = 0; i < 70; i++) {
        g_string_append_printf (lines, "\r\n^HCSQ: %u\r\n", i);
        if (i < 6)
            continue;
        g_string_append_printf (answer, "%s^HCSQ: %u", i > 6 ? "\r\n\r\n" : "", i);
        g_string_append_printf (handed, "[^HCSQ: %u]", i);
    }
    g_string_append_c (answer, '}');
    later = g_strdup_printf ("\r\nOK\r\n%s", lines->str);

    port_model_init (&port);
    port_model_ask (&port);
    read_string (&port, lines->str);
    g_string_truncate (port.log, 0);
    read_string (&port, "\r\nOK\r\n");
    g_assert_cmpstr (port.log->str, ==, answer->str);
    port_model_clear (&port);

    port_model_init (&port);
    port_model_ask (&port);
    g_assert_false (mm_tdtech_reader_has_later (port.reader));
    read_string (&port, later);
    g_assert_true (mm_tdtech_reader_has_later (port.reader));
    g_assert_cmpstr (port.log->str, ==, "{}");
    port_model_idle (&port);
    g_assert_false (mm_tdtech_reader_has_later (port.reader));
    g_assert_cmpstr (port.log->str, ==, handed->str);
    port_model_clear (&port);
}

/* What came by itself before a late answer's end is not the next answer, nor what was to be
 * forgotten; what came after it may be */
static void
test_whose_line (void)
{
    PortModel port;

    port_model_init (&port);
    port_model_ask (&port);
    read_string (&port, "\r\nOK\r\n\r\n^HCSQ: 1\r\n\r\nOK\r\n\r\n^HCSQ: 2\r\n");
    port_model_ask (&port);
    read_string (&port, "\r\nOK\r\n");
    port_model_ask (&port);
    read_string (&port, "\r\nOK\r\n");
    g_assert_cmpstr (port.log->str, ==, "{}[^HCSQ: 1][^HCSQ: 2]{^HCSQ: 2}{}");

    port_model_ask (&port);
    g_string_truncate (port.log, 0);
    read_string (&port, "\r\n^HCSQ: 3\r\n");
    mm_tdtech_reader_forget (port.reader);
    read_string (&port, "\r\nOK\r\n");
    g_assert_cmpstr (port.log->str, ==, "[^HCSQ: 3]{}");
    port_model_clear (&port);
}

static void
test_nul (void)
{
    static const gchar text[] = "\0\0\0\r\nTD\0Tech\r\n\r\n^RSSI:\0" "1\r\n\r\nOK\r\n";
    PortModel          port;

    port_model_init (&port);
    port_model_ask (&port);
    port_model_read (&port, text, sizeof (text) - 1);
    g_assert_cmpstr (port.log->str, ==, "[^RSSI: 1]{TD Tech}");
    port_model_clear (&port);
}

/* Where nobody dials, the end of a call is no answer, whatever comes with it */
static void
test_not_dialling (void)
{
    static const gchar *const lines[] = { "NO CARRIER", "BUSY", "NO ANSWER", "NO DIALTONE" };
    PortModel                 port;
    guint                     i;

    port_model_init (&port);
    mm_tdtech_reader_set_dialling (port.reader, FALSE);
    for (i = 0; i < G_N_ELEMENTS (lines); i++) {
        g_autofree gchar *line = g_strdup_printf ("\r\n%s\r\n", lines[i]);

        port_model_ask (&port);
        read_string (&port, line);
        g_assert_true (port.asked);
        read_string (&port, "\r\nA\r\n");
        read_string (&port, line);
        read_string (&port, "\r\nOK\r\n");
        read_string (&port, line);
        g_assert_false (port.asked);
    }
    g_assert_cmpstr (port.log->str, ==, "{A}{A}{A}{A}");
    port_model_clear (&port);
}

/* What never ends does not grow */
static void
test_bounded (void)
{
    g_autoptr(GString) many = g_string_new (NULL);
    PortModel          port;
    guint              i;

    for (i = 0; i < 50; i++)
        g_string_append (many, "\r\nfor ever and ever\r\n");
    port_model_init (&port);
    for (i = 0; i < 100; i++) {
        read_string (&port, many->str);
        g_assert_cmpuint (port.buffer->len, <=, 65536);
    }
    for (i = 0; i < 100; i++)
        read_string (&port, "\r\n^HCSQ: 1\r\n");
    port_model_ask (&port);
    read_string (&port, "\r\nOK\r\n");
    port_model_clear (&port);
}

/* A modem that is asked nothing for hours: what is left of the lines that nobody takes is
 * cut somewhere in a line, and what is left of that one is no answer */
static void
test_bounded_in_line (void)
{
    static const gchar *const idle[] = { "\r\n+CSQ: 20, 2\r\n", "\r\n+CSQ: 20,  23\r\n", "\r\n+CESQ: 99, 99, 255\r\n" };
    guint                     i;

    for (i = 0; i < G_N_ELEMENTS (idle); i++) {
        g_autoptr(GString) many = g_string_new (NULL);
        PortModel          port;

        port_model_init (&port);
        port_model_ask (&port);
        read_string (&port, "\r\nA\r\n\r\nOK\r\n");
        while (many->len <= 65536)
            g_string_append (many, idle[i]);
        read_string (&port, many->str);
        g_assert_cmpuint (port.buffer->len, ==, 32768);
        g_assert_false (g_str_has_prefix (port.buffer->str, "\r\n+"));
        port_model_ask (&port);
        read_string (&port, "\r\n460010123456789\r\n\r\nOK\r\n");
        g_assert_cmpstr (port.log->str, ==, "{A}{460010123456789}");
        port_model_clear (&port);
    }
}

int
main (int    argc,
      char **argv)
{
    g_test_init (&argc, &argv, NULL);

    g_test_add_func ("/tdtech/reader/read", test_read);
    g_test_add_func ("/tdtech/reader/tail", test_tail);
    g_test_add_func ("/tdtech/reader/tail/byte", test_tail_of_a_byte);
    g_test_add_func ("/tdtech/reader/tail/taken", test_tail_is_taken);
    g_test_add_func ("/tdtech/reader/tail/modem-manager", test_tail_of_modem_manager);
    g_test_add_func ("/tdtech/reader/stale-final", test_stale_final);
    g_test_add_func ("/tdtech/reader/call-end", test_call_end);
    g_test_add_func ("/tdtech/reader/newest", test_newest);
    g_test_add_func ("/tdtech/reader/whose-line", test_whose_line);
    g_test_add_func ("/tdtech/reader/nul", test_nul);
    g_test_add_func ("/tdtech/reader/not-dialling", test_not_dialling);
    g_test_add_func ("/tdtech/reader/bounded", test_bounded);
    g_test_add_func ("/tdtech/reader/bounded/in-line", test_bounded_in_line);

    return g_test_run ();
}

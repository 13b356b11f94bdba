/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <string.h>

#include "mm-tdtech-lines.h"

/* As the module writes them (docs/module.md); what they are by their meaning: */
typedef enum {
    ANSWER       = 1 << 0,    /* "AT+CSQ" or the like is answered by such a line */
    REGISTRATION = 1 << 1,
    CALL_END     = 1 << 2,
} Meaning;

static const struct {
    const gchar       *line;
    MMTdtechLineOwner  owner;
    guint              meaning;
} rows[] = {
    /* ModemManager listens to these by itself */
    { "+CREG: 1",                                      MM_TDTECH_LINE_OWNER_MODEM_MANAGER, ANSWER | REGISTRATION },
    { "+CGREG: 1",                                     MM_TDTECH_LINE_OWNER_MODEM_MANAGER, ANSWER | REGISTRATION },
    { "+CEREG: 1,\"102F\",\"002D811F\",7",             MM_TDTECH_LINE_OWNER_MODEM_MANAGER, ANSWER | REGISTRATION },
    { "+C5GREG: 1,\"28041B\",\"00000008FE090005\",11", MM_TDTECH_LINE_OWNER_MODEM_MANAGER, ANSWER | REGISTRATION },
    { "+CSQ: 20, 23",                                  MM_TDTECH_LINE_OWNER_MODEM_MANAGER, ANSWER },
    { "+CESQ: 99, 99, 255, 255, 23, 20, 255, 255, 255", MM_TDTECH_LINE_OWNER_MODEM_MANAGER, ANSWER },
    { "+CUSD: 0,\"text\",15",                          MM_TDTECH_LINE_OWNER_MODEM_MANAGER, ANSWER },
    { "+CGEV: ME PDN DEACT 1",                         MM_TDTECH_LINE_OWNER_MODEM_MANAGER, 0 },
    { "+CLIP: \"10086\",129",                          MM_TDTECH_LINE_OWNER_MODEM_MANAGER, 0 },
    { "+CMTI: \"SM\",3",                               MM_TDTECH_LINE_OWNER_MODEM_MANAGER, 0 },
    { "RING",                                          MM_TDTECH_LINE_OWNER_MODEM_MANAGER, 0 },
    /* A call begins or ends: no upgrade meanwhile */
    { "^CCALLSTATE: 1,2,3",                            MM_TDTECH_LINE_OWNER_CALL,          0 },
    { "^CEND: 1,0,104,16",                             MM_TDTECH_LINE_OWNER_CALL,          CALL_END },
    /* Signal and data sessions */
    { "^HCSQ: \"NR\",50,146,29",                       MM_TDTECH_LINE_OWNER_MODEM,         ANSWER },
    { "^NDISSTAT: 1,1,,,\"IPV4\"",                     MM_TDTECH_LINE_OWNER_MODEM,         0 },
    { "^DEND: 1",                                      MM_TDTECH_LINE_OWNER_MODEM,         0 },
    { "^FOTASTATE: 10",                                MM_TDTECH_LINE_OWNER_FOTA,          ANSWER },
    /* Of no use, but they come at any moment, also in an answer */
    { "+CSCON: 1, 7, 4, 0",                            MM_TDTECH_LINE_OWNER_NOBODY,        0 },
    { "^CERSSI: -57,255,0,0,0,0,0,0,0,0,0,0,0,0",      MM_TDTECH_LINE_OWNER_NOBODY,        0 },
    { "^CONF: 1",                                      MM_TDTECH_LINE_OWNER_NOBODY,        0 },
    { "^CONN: 1,0",                                    MM_TDTECH_LINE_OWNER_NOBODY,        0 },
    { "^DCONN: 1,\"IPV4\"",                            MM_TDTECH_LINE_OWNER_NOBODY,        0 },
    { "^DSAMBR: 1,2",                                  MM_TDTECH_LINE_OWNER_NOBODY,        0 },
    { "^LCACELLURC: 1,2,\"x\"",                        MM_TDTECH_LINE_OWNER_NOBODY,        0 },
    { "^ORIG: 1,0",                                    MM_TDTECH_LINE_OWNER_NOBODY,        0 },
    { "^PDCPDATAINFO: 1,1",                            MM_TDTECH_LINE_OWNER_NOBODY,        0 },
    { "^RSSI: 20",                                     MM_TDTECH_LINE_OWNER_NOBODY,        0 },
    { "^SIMST: 1",                                     MM_TDTECH_LINE_OWNER_NOBODY,        0 },
    { "^SRVST: 2",                                     MM_TDTECH_LINE_OWNER_NOBODY,        0 },
};

static void
test_known (void)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS (rows); i++) {
        const MMTdtechLine *line = mm_tdtech_line_find (rows[i].line);
        g_autofree gchar   *bare = g_strndup (rows[i].line, strcspn (rows[i].line, ":"));
        g_autofree gchar   *glued = g_strdup_printf ("%s:1", bare);

        g_test_message ("%s", rows[i].line);
        g_assert_nonnull (line);
        g_assert_cmpint (line->owner, ==, rows[i].owner);
        g_assert_cmpint (line->answer, ==, (rows[i].meaning & ANSWER) != 0);
        g_assert_cmpint (line->registration, ==, (rows[i].meaning & REGISTRATION) != 0);
        g_assert_cmpint (line->call_end, ==, (rows[i].meaning & CALL_END) != 0);
        /* In any spacing, and each for itself */
        g_assert_true (mm_tdtech_line_find (bare) == line);
        g_assert_true (mm_tdtech_line_find (glued) == line);
        g_assert_cmpstr (line->name, ==, bare);
    }
}

/* What never comes by itself is the answer to a command, however it looks */
static void
test_unknown (void)
{
    static const gchar *const lines[] = {
        "", ":", ": 1", "OK", "V200R001C20B025", "^NDISSTATQRY: 1,1,,,\"IPV4\"", "^FOTADLQ: 1", "^VERSION:BDT:now",
        "^SETAUTODIAL:0", "+CLCC: 1,0,0,0,0", "+CGDCONT: 1,\"IP\",\"\"", "+COPS: 0,0,\"CHN-UNICOM\",7",
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (lines); i++)
        g_assert_null (mm_tdtech_line_find (lines[i]));

    /* A letter less, one more, another one, and something before it */
    for (i = 0; i < G_N_ELEMENTS (rows); i++) {
        gsize             length = strcspn (rows[i].line, ":");
        g_autofree gchar *shorter = g_strdup_printf ("%.*s%s", (gint) length - 1, rows[i].line, rows[i].line + length);
        g_autofree gchar *longer = g_strdup_printf ("%.*sX%s", (gint) length, rows[i].line, rows[i].line + length);
        g_autofree gchar *other = g_strdup (rows[i].line);
        g_autofree gchar *later = g_strdup_printf ("x %s", rows[i].line);

        other[length - 1] = '!';
        g_assert_null (mm_tdtech_line_find (shorter));
        g_assert_null (mm_tdtech_line_find (longer));
        g_assert_null (mm_tdtech_line_find (other));
        g_assert_null (mm_tdtech_line_find (later));
    }
}

int
main (int    argc,
      char **argv)
{
    g_test_init (&argc, &argv, NULL);

    g_test_add_func ("/tdtech/lines/known", test_known);
    g_test_add_func ("/tdtech/lines/unknown", test_unknown);

    return g_test_run ();
}

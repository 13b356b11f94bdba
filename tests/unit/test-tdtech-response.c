/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <string.h>

#include <ModemManager.h>
#include <libmm-glib.h>

#include "mm-tdtech-response.h"

static GString *
string (const gchar *text)
{
    return g_string_new (text);
}

/*****************************************************************************/
/* Final results (docs/module.md) */

static void
test_final (void)
{
    static const struct {
        const gchar *text;
        gint         code;   /* -1: none of the module's own */
    } cases[] = {
        { "\r\nERROR: DUPLICATED\r\n",             MM_MOBILE_EQUIPMENT_ERROR_NOT_ALLOWED },
        { "\r\nERROR:DUPLICATED\r\n",              MM_MOBILE_EQUIPMENT_ERROR_NOT_ALLOWED },
        { "\r\nERROR: Invalid\r\n",                MM_MOBILE_EQUIPMENT_ERROR_INCORRECT_PARAMETERS },
        { "\r\nERROR: Invalid  \r\n",              MM_MOBILE_EQUIPMENT_ERROR_INCORRECT_PARAMETERS },
        { "\r\nERROR: NO NETWORK SERVICE\r\n",     MM_MOBILE_EQUIPMENT_ERROR_NO_NETWORK },
        { "\r\nCOMMAND NOT SUPPORT\r\n",           MM_MOBILE_EQUIPMENT_ERROR_NOT_SUPPORTED },
        { "\r\nERROR: something new\r\n",          MM_MOBILE_EQUIPMENT_ERROR_UNKNOWN },
        { "\r\n^X: 1\r\n\r\nERROR: Invalid\r\n",   MM_MOBILE_EQUIPMENT_ERROR_INCORRECT_PARAMETERS },
        { "\r\nERROR: \xff\xfe\r\n",               MM_MOBILE_EQUIPMENT_ERROR_UNKNOWN },
        { "\r\n+CME ERROR: Previous command is not complete\r\n", MM_MOBILE_EQUIPMENT_ERROR_UNKNOWN },
        { "\r\n+CME ERROR: FOTA is in collision state\r\n",       MM_MOBILE_EQUIPMENT_ERROR_UNKNOWN },
        { "\r\n+CME ERROR: SIM PIN required\r\n",  -1 },
        { "\r\nERROR\r\n",                         -1 },
        { "\r\nOK\r\n",                            -1 },
        { "\r\n+CME ERROR: 30\r\n",                -1 },
        { "\r\nERROR: Inval",                      -1 },
        { "",                                      -1 },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autoptr(GString) response = string (cases[i].text);
        g_autoptr(GError)  error = mm_tdtech_response_find_error (response);

        if (cases[i].code < 0)
            g_assert_no_error (error);
        else {
            g_assert_error (error, MM_MOBILE_EQUIPMENT_ERROR, cases[i].code);
            g_assert_true (g_utf8_validate (error->message, -1, NULL));
        }
        g_assert_cmpint (mm_tdtech_error_is_duplicated (error), ==, error && strstr (cases[i].text, "DUPLICATED"));
        g_assert_cmpint (mm_tdtech_error_is_invalid (error), ==, error && strstr (cases[i].text, "Invalid"));
    }
}

/* Whatever the module says, the message about it is short and printable */
static void
test_final_hostile (void)
{
    g_autoptr(GString) response = string ("\r\nERROR: ");
    g_autoptr(GError)  error = NULL;
    const gchar       *p;

    g_string_append (response, "\033[2J\x07\xff'\"\\");
    while (response->len < MM_TDTECH_RESPONSE_MAX)
        g_string_append (response, "\xfe\x01long");
    g_string_append (response, "\r\n");

    error = mm_tdtech_response_find_error (response);
    g_assert_error (error, MM_MOBILE_EQUIPMENT_ERROR, MM_MOBILE_EQUIPMENT_ERROR_UNKNOWN);
    g_assert_cmpuint (strlen (error->message), <, 1100);
    for (p = error->message; *p; p++)
        g_assert_true (g_ascii_isprint (*p));
}

static void
test_is_final (void)
{
    static const gchar *final[] = {
        "OK", "OK ", "ERROR", "ERROR: DUPLICATED", "ERROR:Invalid", "ERROR : x", "+CME ERROR: 30",
        "+CME ERROR: SIM PIN required", "+CMS ERROR: 500", "COMMAND NOT SUPPORT", "COMMAND NOT SUPPORT ",
        "NO CARRIER", "BUSY", "CONNECT", "CONNECT 150000000", "NA",
    };
    static const gchar *others[] = {
        "", "O", "OKAY", "ERR", "ERRORS", "BUSYNESS", "I am BUSY", "+COPS: 0,0,\"OK\"", "NATO", "CONNECTED",
        "+CSQ: 1", "COMMAND NOT SUPPORTED BY ME",
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (final); i++)
        g_assert_true (mm_tdtech_response_is_final (final[i]));
    for (i = 0; i < G_N_ELEMENTS (others); i++)
        g_assert_false (mm_tdtech_response_is_final (others[i]));
}

/*****************************************************************************/
/* Answers */

static void
test_clean (void)
{
    static const struct {
        const gchar *text;
        gboolean     registration;
        const gchar *expected;
    } cases[] = {
        { "V200R001C20B025", FALSE, "V200R001C20B025" },
        { "^RSSI: 20\r\n\r\nV200R001C20B025\r\n\r\n+CSQ: 20, 23", FALSE, "V200R001C20B025" },
        { "V200R001C20B025\r\n\r\n+CESQ: 99, 99, 255, 255, 23, 20, 255, 255, 255", FALSE, "V200R001C20B025" },
        /* Alone it may be the answer */
        { "+CSQ: 20, 23", FALSE, "+CSQ: 20,23" },
        { "^FOTASTATE: 10", FALSE, "^FOTASTATE: 10" },
        { "+CEREG: 2, 1", FALSE, "+CEREG: 2,1" },
        /* Lines stay apart */
        { "+CGDCONT: 1, \"IP\"\r\n+CGDCONT: 5, \"IPV4V6\"", FALSE, "+CGDCONT: 1,\"IP\"\r\n+CGDCONT: 5,\"IPV4V6\"" },
        { "\r\nA\r\n\r\nB\r\n\r\n", FALSE, "A\r\n\r\nB" },
        { "A\r\n^RSSI: 20\r\nB", FALSE, "A\r\nB" },
        { "A\n", FALSE, "A" },
        { "AB\r", FALSE, "AB" },
        { "+COPS: 0, 0, \"China Mobile, HK\", 12", FALSE, "+COPS: 0,0,\"China Mobile, HK\",12" },
        { "^VERSION:BDT:Jan 28 2026, 18:42:02", FALSE, "^VERSION:BDT:Jan 28 2026, 18:42:02" },
        { "+CSQ: 20, 23", TRUE, "" },
        { "+CEREG: 2, 1\r\n\r\n^HCSQ: \"NR\",50,146,29", TRUE, "+CEREG: 2,1" },
        { "+CEREG: 2,1\r\n\r\n+CPIN: READY", FALSE, "+CPIN: READY" },
        { "RING\r\n\r\n+CLCC: 1,1,4,0,0,\"10086\",129", FALSE, "+CLCC: 1,1,4,0,0,\"10086\",129" },
        { "", FALSE, "" },
        { "", TRUE, "" },
        { "\r\n\r\n", FALSE, "" },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autoptr(GString) response = string (cases[i].text);

        mm_tdtech_response_clean (response, cases[i].registration);
        g_assert_cmpstr (response->str, ==, cases[i].expected);
    }
}

static void
test_clean_nul (void)
{
    g_autoptr(GString) response = g_string_new_len ("\0A\0B\0", 5);

    mm_tdtech_response_clean (response, FALSE);
    g_assert_cmpstr (response->str, ==, " A B ");
}

static void
test_bound (void)
{
    g_autoptr(GString) response = string ("");
    guint              i;

    for (i = 0; i < 1000000; i++) {
        g_string_append_c (response, 'x');
        mm_tdtech_response_bound (response);
        g_assert_cmpuint (response->len, <=, MM_TDTECH_RESPONSE_MAX);
    }
}

/* What is as long as allowed stays whole; of what is longer the newer half is kept */
static void
test_bound_end (void)
{
    g_autoptr(GString) response = string ("");
    g_autofree gchar  *whole = NULL;

    while (response->len < MM_TDTECH_RESPONSE_MAX)
        g_string_append_c (response, (gchar) ('a' + response->len % 26));
    whole = g_strdup (response->str);
    g_assert_false (mm_tdtech_response_bound (response));
    g_assert_cmpstr (response->str, ==, whole);

    g_string_append_c (response, '!');
    g_assert_true (mm_tdtech_response_bound (response));
    g_assert_cmpuint (response->len, ==, MM_TDTECH_RESPONSE_MAX / 2);
    g_assert_true (g_str_has_prefix (response->str, whole + MM_TDTECH_RESPONSE_MAX / 2 + 1));
    g_assert_true (g_str_has_suffix (response->str, "!"));
}

int
main (int    argc,
      char **argv)
{
    g_test_init (&argc, &argv, NULL);

    g_test_add_func ("/tdtech/response/final", test_final);
    g_test_add_func ("/tdtech/response/final-hostile", test_final_hostile);
    g_test_add_func ("/tdtech/response/is-final", test_is_final);
    g_test_add_func ("/tdtech/response/clean", test_clean);
    g_test_add_func ("/tdtech/response/clean/nul", test_clean_nul);
    g_test_add_func ("/tdtech/response/bound", test_bound);
    g_test_add_func ("/tdtech/response/bound/end", test_bound_end);

    return g_test_run ();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <glib.h>
#include <libsoup/soup.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim-control.h"
#include "sim-module.h"

/* The simulator without a bus: lines in, bytes out. Simulated time runs fast, and every wait is for
 * a condition. */

#define PATIENCE_SECONDS 60

typedef struct {
    SimTransport  transport;
    SimScenario  *scenario;
    SimClock     *clock;
    SimLog       *log;
    GPtrArray    *modules;
    SimModule    *module;
    gboolean      present;
    guint16       product;
    guint         plugs;
    guint         port;
    guint         n_interfaces;
    GString      *out;
    GString      *events;
    guint         subscription;
} Fixture;

/*****************************************************************************/
/* A transport that records its calls */

static void
fake_plug (SimTransport       *transport,
           guint               module,
           const SimUsbDevice *device)
{
    Fixture *f = (Fixture *) transport;
    guint    i;

    g_assert_false (f->present);
    f->present = TRUE;
    f->plugs++;
    f->product = device->product;
    f->n_interfaces = device->interfaces->len;
    for (i = 0; i < device->interfaces->len; i++) {
        if (g_array_index (device->interfaces, SimUsbInterface, i).kind == SIM_PORT_PCUI)
            f->port = i;
    }
}

static void
fake_unplug (SimTransport *transport,
             guint         module)
{
    Fixture *f = (Fixture *) transport;

    g_assert_true (f->present);
    f->present = FALSE;
}

static void
fake_write (SimTransport *transport,
            guint         module,
            guint         port,
            const guint8 *data,
            gsize         length)
{
    Fixture *f = (Fixture *) transport;

    g_assert_true (f->present);
    if (port == f->port)
        g_string_append_len (f->out, (const gchar *) data, (gssize) length);
}

static void
event_seen (const gchar *line,
            gpointer     user_data)
{
    Fixture *f = user_data;

    g_string_append_printf (f->events, "%s\n", line);
}

/*****************************************************************************/
/* Waiting */

static gboolean
patience_over (gpointer user_data)
{
    *(gboolean *) user_data = TRUE;
    return G_SOURCE_CONTINUE;
}

#define WAIT_FOR(f, condition)                                                          \
    G_STMT_START {                                                                      \
        gboolean over_ = FALSE;                                                         \
        guint    patience_ = g_timeout_add_seconds (PATIENCE_SECONDS, patience_over, &over_); \
                                                                                        \
        while (!(condition) && !over_)                                                  \
            g_main_context_iteration (NULL, TRUE);                                      \
        g_source_remove (patience_);                                                    \
        if (!(condition))                                                               \
            g_error ("%d: never came: %s (last: %s)", __LINE__, #condition, (f)->out->str); \
    } G_STMT_END

static void
wait_text (Fixture     *f,
           const gchar *text)
{
    WAIT_FOR (f, strstr (f->out->str, text));
}

static gint64
fota_member (Fixture     *f,
             const gchar *name)
{
    g_autoptr(JsonObject) status = sim_module_get_status (f->module);

    return json_object_get_int_member (json_object_get_object_member (status, "fota"), name);
}

static void
wait_state (Fixture *f,
            gint     state)
{
    WAIT_FOR (f, fota_member (f, "state") == state);
}

static gboolean
seconds_over (Fixture *f,
              gdouble  until)
{
    return sim_clock_now (f->clock) >= until;
}

static gboolean
tick (gpointer user_data)
{
    return G_SOURCE_CONTINUE;
}

/* Lets simulated time pass */
static void
pass (Fixture *f,
      gdouble  seconds)
{
    gdouble until = sim_clock_now (f->clock) + seconds;
    guint   ticker = g_timeout_add (1, tick, NULL);

    WAIT_FOR (f, seconds_over (f, until));
    g_source_remove (ticker);
}

/*****************************************************************************/
/* Commands */

static void
type (Fixture     *f,
      const gchar *text)
{
    sim_module_port_input (f->module, f->port, (const guint8 *) text, strlen (text));
}

static gboolean
has_final (const gchar *out)
{
    static const gchar *const finals[] = {
        "\r\nOK\r\n", "\r\nERROR\r\n", "\r\nERROR: ", "\r\n+CME ERROR: ", "\r\nCOMMAND NOT SUPPORT\r\n",
        "\r\nNO CARRIER\r\n", "\r\nCONNECT\r\n", "\r\n+CMS ERROR: "
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (finals); i++) {
        if (strstr (out, finals[i]))
            return TRUE;
    }
    return FALSE;
}

/* Sends a line and returns the output up to the final result */
static const gchar *
at (Fixture     *f,
    const gchar *command)
{
    g_autofree gchar *line = g_strconcat (command, "\r", NULL);

    g_string_truncate (f->out, 0);
    type (f, line);
    WAIT_FOR (f, has_final (f->out->str));
    return f->out->str;
}

static void
at_ok (Fixture     *f,
       const gchar *command)
{
    const gchar *answer = at (f, command);

    if (!strstr (answer, "\r\nOK\r\n"))
        g_error ("%s: %s", command, answer);
}

static void
at_error (Fixture     *f,
          const gchar *command)
{
    const gchar *answer = at (f, command);

    if (!strstr (answer, "\r\nERROR"))
        g_error ("%s: %s", command, answer);
}

static guint
violations (Fixture *f)
{
    return sim_log_get_n_violations (f->log, 0);
}

static JsonObject *
control (Fixture     *f,
         const gchar *line)
{
    gboolean subscribe;

    return sim_control_execute (f->modules, f->log, NULL, line, &subscribe);
}

static void
control_ok (Fixture     *f,
            const gchar *line)
{
    g_autoptr(JsonObject) reply = control (f, line);

    if (json_object_has_member (reply, "error"))
        g_error ("%s: %s", line, json_object_get_string_member (reply, "error"));
}

/*****************************************************************************/
/* Fixture */

#define QUIET "[timing]\nspeed=100\n[noise]\nrate=0\nin-answers=0\nspacing=false\n[port]\npieces=whole\n"

static void
fixture_start (Fixture     *f,
               const gchar *scenario)
{
    g_autoptr(GError) error = NULL;

    f->transport.plug = fake_plug;
    f->transport.unplug = fake_unplug;
    f->transport.write = fake_write;
    f->out = g_string_new (NULL);
    f->events = g_string_new (NULL);
    f->scenario = sim_scenario_new ();
    sim_scenario_load_data (f->scenario, QUIET, &error);
    g_assert_no_error (error);
    sim_scenario_load_data (f->scenario, scenario, &error);
    g_assert_no_error (error);
    f->clock = sim_clock_new (f->scenario->speed);
    f->log = sim_log_new (f->clock, NULL, &error);
    g_assert_no_error (error);
    f->subscription = sim_log_subscribe (f->log, event_seen, f);
    f->module = sim_module_new (0, f->scenario, f->clock, f->log, &f->transport, NULL, &error);
    g_assert_no_error (error);
    f->modules = g_ptr_array_new ();
    g_ptr_array_add (f->modules, f->module);
}

static gboolean
is_registered (Fixture *f)
{
    g_autoptr(JsonObject) status = sim_module_get_status (f->module);

    return json_object_get_boolean_member (json_object_get_object_member (status, "network"), "registered");
}

/* Ready, registered, open and without echo */
static void
fixture_start_ready (Fixture     *f,
                     const gchar *scenario)
{
    fixture_start (f, scenario);
    WAIT_FOR (f, is_registered (f));
    sim_module_port_opened (f->module, f->port);
    at_ok (f, "ATE0");
}

static void
fixture_stop (Fixture *f)
{
    sim_log_unsubscribe (f->log, f->subscription);
    g_ptr_array_unref (f->modules);
    sim_module_free (f->module);
    sim_log_free (f->log);
    sim_clock_free (f->clock);
    sim_scenario_free (f->scenario);
    g_string_free (f->out, TRUE);
    g_string_free (f->events, TRUE);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Fixture, fixture_stop)

/*****************************************************************************/
/* AT */

static void
test_echo (void)
{
    g_auto(Fixture) f = { 0 };

    fixture_start (&f, "");
    WAIT_FOR (&f, sim_module_is_ready (f.module));
    pass (&f, 5);
    sim_module_port_opened (f.module, f.port);

    /* On after power-up; the first answer comes with the backlog */
    g_assert_nonnull (strstr (at (&f, "AT"), "AT\r\r\nOK\r\n"));
    g_assert_nonnull (strstr (f.out->str, "^SIMST"));
    at_ok (&f, "ATE0");
    g_assert_cmpstr (at (&f, "AT"), ==, "\r\nOK\r\n");

    /* Survives a restart of the daemon, but not a power-cycle */
    sim_module_port_closed (f.module, f.port);
    sim_module_port_opened (f.module, f.port);
    g_assert_cmpstr (at (&f, "AT"), ==, "\r\nOK\r\n");
    sim_module_power_cycle (f.module, 1);
    WAIT_FOR (&f, f.present && sim_module_is_ready (f.module));
    sim_module_port_opened (f.module, f.port);
    g_assert_nonnull (strstr (at (&f, "AT"), "AT\r"));
    g_assert_cmpuint (violations (&f), ==, 0);
}

static void
test_backlog (void)
{
    g_auto(Fixture) f = { 0 };
    guint           i;

    fixture_start_ready (&f, "[noise]\nbacklog=100\n");
    sim_module_port_closed (f.module, f.port);
    g_string_truncate (f.out, 0);
    for (i = 0; i < 1000; i++)
        sim_module_urc (f.module, "^RSSI: %u", i);
    g_assert_cmpuint (f.out->len, ==, 0);
    sim_module_port_opened (f.module, f.port);
    g_assert_cmpuint (f.out->len, ==, 0);
    at (&f, "AT");
    g_assert_nonnull (strstr (f.out->str, "^RSSI: 999"));
    g_assert_null (strstr (f.out->str, "^RSSI: 900"));
}

#define FIELD "[module]\nidentity=mt5700m-field\n[network]\n"

static void
test_identity (void)
{
    static const struct {
        const gchar *scenario;
        const gchar *command;
        const gchar *answer;
    } cases[] = {
        { "",                                   "AT+CGMM",     "\r\nMT5700M-CN\r\n\r\nOK\r\n" },
        { "[module]\nidentity=mt5710\n",        "ATI",         "\r\nModel: MT5710_CN\r\n" },
        { "[module]\nidentity=old\n",           "ATI",         "\r\nModel: Modem V100R100C20B563\r\n" },
        { "",                                   "AT+CGMR",     "\r\nV200R001C20B025\r\n" },
        { "",                                   "AT^VERSION?", "\r\n^VERSION:EXTS:1.2.5.0(SP1C02)\r\n" },
        { "[module]\nversion-extra=INI=;OEM=x\n", "AT^VERSION?", "\r\n^VERSION:OEM:x\r\n" },
        { "",                                   "AT+COPS=3,2;+COPS?", "\r\n+COPS: 0,2,\"46001\",11\r\n\r\nOK\r\n" },
        { "[network]\ntechnology=lte\n",        "AT+CEREG=2;+CEREG?", "\r\n+CEREG: 2,1,\"102F\",\"002D811F\",7\r\n" },
        { "",                                   "AT+WS46=?",   "\r\nERROR\r\n" },
        { FIELD, "AT+CSQ",        "\r\n+CSQ:\r\n\r\nOK\r\n" },
        { FIELD, "AT+CREG?",      "\r\n+CREG: 0,0\r\n\r\nOK\r\n" },
        { FIELD, "AT+CGREG?",     "\r\n+CGREG: 1,1\r\n\r\nOK\r\n" },
        { FIELD, "AT+CEREG?",     "\r\n+CEREG: 2,1\r\n\r\nOK\r\n" },
        { FIELD, "AT+C5GREG?",    "\r\n+C5GREG: 2,1,\"28041B\",\"00000008FE090005\",11,1,\"01\"\r\n" },
        { FIELD, "AT+CIREG?",     "\r\n+CIREG: 1,1\r\n" },
        { FIELD, "AT^SETMODE?",   "\r\n4\r\n\r\nOK\r\n" },
        { FIELD, "AT+CNUM",       "\r\n+CME ERROR: not found\r\n" },
        { FIELD, "AT+CMEE?",      "\r\n+CMEE: 2\r\n" },
        { FIELD, "AT^SIMSQ?",     "\r\n^SIMSQ: 1,11\r\n" },
        { FIELD, "AT^HCSQ?",      "\r\n^HCSQ: \"NR\",68,211,31\r\n" },
        { FIELD, "AT^MONSC",      ",-73,-9,23\r\n" },
        { FIELD, "AT^MONSC?",     "\r\nERROR\r\n" },
        { FIELD, "AT^SYSCFGEX?",  "\r\n^SYSCFGEX: \"080302\",2000000680380,1,2,1E200000095\r\n" },
        { FIELD, "AT^SYSINFOEX",  "\r\n^SYSINFOEX: 2,2,0,1,,11,\"NR-5GC\",111,\"NR-5GC\"\r\n" },
        { FIELD, "AT^CHIPTEMP?",  "\r\n^CHIPTEMP: 412," },
        { FIELD, "AT^TDPCIELANCFG?", "\r\n^TDPCIELANCFG: 1\r\n" },
        { FIELD, "AT+CGDCONT=?",  "\r\n+CGDCONT: (0-31),\"IP\"" },
        { FIELD, "AT+CGDCONT?",   "\r\n+CGDCONT: 6,\"IPV4V6\",\"\",\"\",0,0,0,1\r\n\r\n+CGDCONT: 21," },
        { FIELD, "AT+CGACT?",     "\r\n+CGACT: 1,0\r\n\r\n+CGACT: 5,0\r\n\r\n+CGACT: 6,0\r\n\r\n+CGACT: 21,0\r\n" },
        { FIELD, "AT^VERSION?",   "\r\n^VERSION:EXTU:MT5700M-CN\r\n\r\n^VERSION:INTU:MT5700M-CN\r\n\r\n^VERSION:CFG:1005\r\n" },
        { FIELD "technology=lte\n", "AT+CSQ", "\r\n+CSQ: 20,99\r\n" },
        { "",                                   "AT^NOSUCH",   "\r\nCOMMAND NOT SUPPORT\r\n" },
        { "[module]\nunknown-command=error\n",  "AT^NOSUCH",   "\r\nERROR\r\n" },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_auto(Fixture) f = { 0 };

        fixture_start_ready (&f, cases[i].scenario);
        if (!strstr (at (&f, cases[i].command), cases[i].answer))
            g_error ("%s: %s", cases[i].command, f.out->str);
        g_assert_cmpuint (violations (&f), ==, 0);
    }
}

/* Repeats until half an answer is seen */
static void
ask_half (Fixture *f)
{
    do {
        at_ok (f, "AT");
        g_string_truncate (f->out, 0);
        type (f, "AT^VERSION?\r");
        WAIT_FOR (f, f->out->len > 0);
    } while (strstr (f->out->str, "RDV"));
}

static void
test_pieces (void)
{
    g_auto(Fixture) f = { 0 };
    gsize           length;
    guint           i;

    /* A command before the last byte of the answer is too early, after it is not */
    fixture_start_ready (&f, "[port]\npieces=bytes\nseed=7\npause=30\nblanks=all\n");
    for (i = 0; i < 20; i++)
        at_ok (&f, "AT^VERSION?");
    g_assert_cmpuint (violations (&f), ==, 0);
    ask_half (&f);
    type (&f, "AT+CGMR\r");
    g_assert_cmpuint (violations (&f), ==, 1);
    wait_text (&f, "V200R001C20B025\r\n\r\nOK\r\n");
    g_assert_true (strstr (f.out->str, "\r\nOK\r\n") < strstr (f.out->str, "V200R001C20B025"));
    g_assert_cmpuint (violations (&f), ==, 1);

    /* Output that a closed port did not deliver comes after the next open */
    ask_half (&f);
    sim_module_port_closed (f.module, f.port);
    g_string_truncate (f.out, 0);
    sim_module_port_opened (f.module, f.port);
    wait_text (&f, "^VERSION:RDV:RELEASE\r\n\r\nOK\r\n");

    /* Output of an unplugged module is lost; so is the command, if the module keeps its power */
    for (i = 0; i < 2; i++) {
        at_ok (&f, "AT");
        ask_half (&f);
        length = f.out->len;
        control_ok (&f, i ? "unplug keep-power" : "unplug");
        pass (&f, 20);
        g_assert_cmpuint (f.out->len, ==, length);
        control_ok (&f, "plug");
        WAIT_FOR (&f, is_registered (&f));
        sim_module_port_opened (f.module, f.port);
        g_string_truncate (f.out, 0);
        at_ok (&f, "ATE0");
        g_assert_null (strstr (f.out->str, "^VERSION"));
    }
}

static void
test_layouts (void)
{
    static const struct {
        const gchar *scenario;
        guint        interfaces;
    } cases[] = {
        { "",                            7 },
        { "[module]\nlayout=four:ff\n",  6 },
        { "[module]\nethernet=true\n",   5 },
        { "[module]\nsetmode=0\n",       7 },
        { "[module]\nsetmode=5\n",       8 },
        { "[module]\nsetmode=7\n",       7 },
        { "[module]\nsetmode=8\n",       6 },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_auto(Fixture) f = { 0 };

        fixture_start (&f, cases[i].scenario);
        g_assert_cmpuint (f.n_interfaces, ==, cases[i].interfaces);
    }
}

static void
test_reboot (void)
{
    g_auto(Fixture) f = { 0 };

    fixture_start_ready (&f, "");
    at_ok (&f, "AT^SETMODE=8");
    WAIT_FOR (&f, !f.present);
    WAIT_FOR (&f, f.present && sim_module_is_ready (f.module));
    g_assert_cmpuint (f.n_interfaces, ==, 6);
    sim_module_port_opened (f.module, f.port);
    g_assert_nonnull (strstr (at (&f, "AT^SETMODE?"), "^SETMODE:8"));
    at_ok (&f, "AT+CFUN=1,1");
    WAIT_FOR (&f, f.plugs == 3);
}

static void
test_hostile_lines (void)
{
    g_auto(Fixture)   f = { 0 };
    g_autofree gchar *line = NULL;
    const gchar       nul[] = "AT^SYS\0INFOEX\r";

    fixture_start_ready (&f, "");
    at (&f, "AT+CGDCONT=1,\"IP\",\"a\001b\"");
    g_assert_cmpuint (violations (&f), ==, 1);
    at (&f, "AT+CGDCONT=1,\"IP\",\"\xc3\xa9\"");
    g_assert_cmpuint (violations (&f), ==, 2);
    g_string_truncate (f.out, 0);
    sim_module_port_input (f.module, f.port, (const guint8 *) nul, sizeof (nul) - 1);
    WAIT_FOR (&f, has_final (f.out->str));
    g_assert_cmpuint (violations (&f), ==, 3);

    /* What an unchecked quote would do */
    at (&f, "AT+CGDCONT=1,\"IP\",\"a\";+CFUN=0;^X=\"\"");
    g_assert_cmpuint (violations (&f), ==, 4);
    at (&f, "AT+CGDCONT=1,\"IP\",\"a");
    g_assert_cmpuint (violations (&f), ==, 5);
    /* A semicolon in quotes does not separate commands */
    at_ok (&f, "AT+CGDCONT=1,\"IP\",\"a;b\"");
    g_assert_cmpuint (violations (&f), ==, 5);

    line = g_strnfill (3000, 'x');
    memcpy (line, "AT^X=", 5);
    at (&f, line);
    g_assert_cmpuint (violations (&f), ==, 6);
    at (&f, "AT^FOTADET");
    at (&f, "AT^FOTACFG=1");
    g_assert_cmpuint (violations (&f), ==, 8);
}

static void
test_anything (void)
{
    static const gchar *const tokens[] = {
        "AT", "at", "\r", "\n", "\r", "^FOTASTATE", "^FOTADLQ", "^FOTAMODE", "^FOTADL", "^SSLMNG", "^SSLCFG", "+CGDCONT",
        "^NDISDUP", "^NDISSTATQRY", "^SETAUTODIAL", "^VERSION", "+CMGR", "+CMGD", "+CLCK", "+CRSM", "+CFUN?", "=", "?",
        "=?", ",", ";", "\"", "\"\"", "0", "1", "2", "16", "17", "-1", "99999999999999999999", "x", " ", "E0", "&", "\\",
        "D*99#", "\x80", "\x01", "+++",
    };
    g_auto(Fixture)   f = { 0 };
    g_autoptr(GRand)  rand = g_rand_new_with_seed (3);
    g_autofree gchar *long_line = g_strnfill (200000, 'A');
    guint             i;

    fixture_start_ready (&f, "[timing]\nspeed=100000\n");
    for (i = 0; i < 50000; i++) {
        type (&f, tokens[g_rand_int_range (rand, 0, G_N_ELEMENTS (tokens))]);
        if (i % 100 == 0)
            g_main_context_iteration (NULL, FALSE);
    }
    type (&f, long_line);
    type (&f, "\r");
    pass (&f, 1000);
    g_string_truncate (f.out, 0);
    type (&f, "AT+CGMM\r");
    wait_text (&f, "\r\nMT5700M-CN\r\n");
}

static void
test_overlap (void)
{
    g_auto(Fixture) f = { 0 };

    fixture_start_ready (&f, "");
    g_string_truncate (f.out, 0);
    type (&f, "AT+CGMM\rAT+CGSN\r");
    wait_text (&f, "866777050000015\r\n\r\nOK\r\n");
    g_assert_nonnull (strstr (f.out->str, "MT5700M-CN\r\n\r\nOK\r\n"));
    g_assert_cmpuint (violations (&f), ==, 1);

    /* After the port was closed it is no violation */
    type (&f, "AT+CGMM\r");
    sim_module_port_closed (f.module, f.port);
    sim_module_port_opened (f.module, f.port);
    g_string_truncate (f.out, 0);
    type (&f, "AT+CGSN\r");
    wait_text (&f, "866777050000015\r\n\r\nOK\r\n");
    g_assert_cmpuint (violations (&f), ==, 1);
}

static void
test_overdue (void)
{
    g_auto(Fixture) f = { 0 };

    /* Without this process sleeping, the answer would have been there */
    fixture_start_ready (&f, "");
    type (&f, "AT+CGMM\r");
    g_usleep (G_USEC_PER_SEC / 50);
    type (&f, "AT+CGSN\r");
    wait_text (&f, "866777050000015\r\n\r\nOK\r\n");
    g_assert_cmpuint (violations (&f), ==, 0);
}

static void
test_early_input (void)
{
    g_auto(Fixture) f = { 0 };

    fixture_start (&f, "[module]\nearly-input=true\n");
    g_assert_false (sim_module_is_ready (f.module));
    sim_module_port_opened (f.module, f.port);
    type (&f, "AT+CGMM\rAT+CGSN\r");
    WAIT_FOR (&f, strstr (f.out->str, "866777050000015\r\n\r\nOK\r\n"));
    g_assert_nonnull (strstr (f.out->str, "MT5700M-CN\r\n\r\nOK\r\n"));
    g_assert_cmpuint (violations (&f), ==, 0);
}

static void
test_noise_is_deterministic (void)
{
    g_autofree gchar *first = NULL;
    guint             round;

    for (round = 0; round < 2; round++) {
        g_auto(Fixture)    f = { 0 };
        g_autoptr(GString) all = g_string_new (NULL);
        guint              i;

        fixture_start_ready (&f, "[noise]\nin-answers=0.5\nspacing=true\nseed=5\n");
        for (i = 0; i < 40; i++)
            g_string_append (all, at (&f, "AT^HCSQ?"));
        if (round == 0)
            first = g_strdup (all->str);
        else
            g_assert_cmpstr (first, ==, all->str);
        g_assert_nonnull (strstr (all->str, "^HCSQ:\"NR\""));
        g_assert_nonnull (strstr (all->str, "^HCSQ: \"NR\""));
    }
}

static void
test_data_state (void)
{
    g_auto(Fixture) f = { 0 };

    fixture_start (&f, "[module]\nstuck-in-data=true\n");
    WAIT_FOR (&f, is_registered (&f));
    sim_module_port_opened (f.module, f.port);
    type (&f, "AT\r");
    pass (&f, 3);
    g_assert_null (strstr (f.out->str, "OK"));
    type (&f, "+++");
    wait_text (&f, "\r\nOK\r\n");
    at_ok (&f, "AT");
}

/*****************************************************************************/
/* Sessions and calls */

static void
test_ndis (void)
{
    g_auto(Fixture) f = { 0 };

    fixture_start_ready (&f, "");
    at_ok (&f, "AT+CGDCONT=1,\"IPV4V6\",\"ctnet\"");
    g_assert_nonnull (strstr (at (&f, "AT^NDISDUP=1,0"), "\r\nERROR: Invalid\r\n"));
    at_ok (&f, "AT^NDISDUP=1,1,\"ctnet\",\"user\",\"password\",2");
    wait_text (&f, "^NDISSTAT: 1,1,,,\"IPV4\"");
    wait_text (&f, "^NDISSTAT: 1,1,,,\"IPV6\"");
    g_assert_nonnull (strstr (at (&f, "AT^NDISDUP=1,1"), "\r\nERROR: DUPLICATED\r\n"));
    g_assert_nonnull (strstr (at (&f, "AT^NDISSTATQRY?"), "^NDISSTATQRY: 1,1,,,\"IPV6\""));
    g_assert_nonnull (strstr (at (&f, "AT^DHCP?"), "^DHCP: 930E790A,"));
    control_ok (&f, "drop 1");
    wait_text (&f, "^NDISSTAT: 1,0,,,\"IPV4\"");
    at_ok (&f, "AT^NDISDUP=1,1");
    wait_text (&f, "^NDISSTAT: 1,1");
    at_ok (&f, "AT^NDISDUP=1,0");
    wait_text (&f, "^NDISSTAT: 1,0");

    control_ok (&f, "set network.ndis-steps true");
    at_ok (&f, "AT^NDISDUP=1,1");
    g_assert_nonnull (strstr (f.out->str, "^NDISSTAT: 1,2,,,\"IPV4\""));
    wait_text (&f, "^NDISSTAT: 1,1");
    at_ok (&f, "AT^NDISDUP=1,0");
    wait_text (&f, "^NDISSTAT: 1,0");
    control_ok (&f, "set network.ndis-steps false");
    control_ok (&f, "set network.ndis-form classic");
    at_ok (&f, "AT^NDISDUP=1,1");
    wait_text (&f, "^NDISSTAT: 1,,,\"IPV4\"");
    control_ok (&f, "register searching");
    wait_text (&f, "^NDISSTAT: 0,,,\"IPV4\"");
    g_assert_nonnull (strstr (at (&f, "AT^NDISDUP=1,1"), "\r\nERROR: NO NETWORK SERVICE\r\n"));
    g_assert_cmpuint (violations (&f), ==, 0);
}

static void
test_packet_events (void)
{
    g_auto(Fixture) f = { 0 };

    fixture_start_ready (&f, "");
    g_assert_cmpstr (at (&f, "AT+CGEREP=?"), ==, "\r\n+CGEREP: (0-2),(0,1)\r\n\r\nOK\r\n");
    g_assert_nonnull (strstr (at (&f, "AT+CGEREP?"), "+CGEREP: 0,0\r\n"));
    at_error (&f, "AT+CGEREP=3");

    /* Switched off; later somebody asks for the buffer */
    at_ok (&f, "AT^NDISDUP=1,1,\"ctnet\"");
    wait_text (&f, "^NDISSTAT: 1,1");
    g_assert_null (strstr (f.out->str, "+CGEV"));
    at_ok (&f, "AT+CGEREP=2,1");
    g_assert_nonnull (strstr (f.out->str, "+CGEV: ME PDN ACT 1\r\n"));
    g_assert_nonnull (strstr (at (&f, "AT+CGEREP?"), "+CGEREP: 2,1\r\n"));

    /* Hung up by the host, by the network, and both for all sessions */
    g_string_truncate (f.out, 0);
    at_ok (&f, "AT^NDISDUP=1,0");
    wait_text (&f, "+CGEV: ME PDN DEACT 1\r\n");
    wait_text (&f, "^NDISSTAT: 1,0");
    at_ok (&f, "AT^NDISDUP=1,1,\"ctnet\"");
    wait_text (&f, "+CGEV: ME PDN ACT 1\r\n");
    wait_text (&f, "^NDISSTAT: 1,1");
    control_ok (&f, "drop 1");
    wait_text (&f, "+CGEV: NW PDN DEACT 1\r\n");
    at_ok (&f, "AT^NDISDUP=1,1,\"ctnet\"");
    wait_text (&f, "^NDISSTAT: 1,1");
    g_string_truncate (f.out, 0);
    control_ok (&f, "detach");
    g_assert_nonnull (strstr (f.out->str, "+CGEV: NW DETACH\r\n"));
    g_assert_nonnull (strstr (f.out->str, "^NDISSTAT: 1,0"));
    g_assert_null (strstr (f.out->str, "DEACT"));

    /* The form of older networks, and any other text */
    control_ok (&f, "set network.packet-event-form pdp");
    at_ok (&f, "AT^NDISDUP=1,1,\"ctnet\"");
    wait_text (&f, "^NDISSTAT: 1,1");
    g_assert_null (strstr (f.out->str, "+CGEV: ME PDN"));
    at_ok (&f, "AT^NDISDUP=1,0");
    wait_text (&f, "+CGEV: ME DEACT \"IPV4V6\",\"10.29.57.54\",1\r\n");
    control_ok (&f, "cgev NW PDN DEACT 1");
    wait_text (&f, "+CGEV: NW PDN DEACT 1\r\n");
    at_ok (&f, "AT+CGEREP=0");
    g_string_truncate (f.out, 0);
    control_ok (&f, "cgev NW PDN DEACT 1");
    g_assert_cmpstr (f.out->str, ==, "");

    control_ok (&f, "set network.packet-events false");
    at_error (&f, "AT+CGEREP=?");
    g_assert_cmpuint (violations (&f), ==, 0);
}

/* The host has its own contexts; those of the default bearer, emergency calls and the network are
 * not among them */
static void
test_field_contexts (void)
{
    static const guint others[] = { 0, 6, 21, 31 };
    g_auto(Fixture)    f = { 0 };
    guint              i;

    fixture_start_ready (&f, FIELD);
    for (i = 0; i < G_N_ELEMENTS (others); i++) {
        g_autofree gchar *define = g_strdup_printf ("AT+CGDCONT=%u,\"IP\",\"x\"", others[i]);
        g_autofree gchar *undefine = g_strdup_printf ("AT+CGDCONT=%u", others[i]);
        g_autofree gchar *dial = g_strdup_printf ("AT^NDISDUP=%u,1", others[i]);

        at_error (&f, define);
        at_error (&f, undefine);
        at_error (&f, dial);
        g_assert_cmpuint (violations (&f), ==, 3 * (i + 1));
    }
    at_error (&f, "AT^NDISDUP=32,1");
    at_ok (&f, "AT+CGDCONT=2,\"IPV4V6\",\"\"");
    at_ok (&f, "AT^NDISDUP=2,1");
    wait_text (&f, "^NDISSTAT: 2,1,,,\"IPV6\"");
    g_assert_nonnull (strstr (at (&f, "AT+CGPADDR=2"),
                              "+CGPADDR: 2,\"10.29.57.54\",\"36.14.4.63.1.2.3.4.0.0.0.0.0.0.0.1\"\r\n"));
    g_assert_nonnull (strstr (at (&f, "AT^NDISSTATQRY?"), "^NDISSTATQRY: 2,1,,,\"IPV4\",1,,,\"IPV6\"\r\n"));
    g_assert_cmpuint (violations (&f), ==, 3 * G_N_ELEMENTS (others));
}

static void
test_sending (void)
{
    g_auto(Fixture) f = { 0 };

    fixture_start_ready (&f, "");
    type (&f, "AT+CMGS=14\r");
    wait_text (&f, "\r\n> ");
    type (&f, "0001000B915121551532F40000\x1a");
    wait_text (&f, "\r\n+CMGS: 1\r\n\r\nOK\r\n");
    g_string_truncate (f.out, 0);
    type (&f, "AT+CMGS=14\r");
    wait_text (&f, "> ");
    type (&f, "\x1b");
    wait_text (&f, "\r\nOK\r\n");
    at_ok (&f, "AT");

    /* Everything is taken as text until ESC */
    control_ok (&f, "set sms.send swallow");
    g_string_truncate (f.out, 0);
    type (&f, "AT+CMGS=14\r");
    wait_text (&f, "\x1a");
    g_string_truncate (f.out, 0);
    type (&f, "0001000B915121551532F40000\x1a");
    type (&f, "AT\rAT\r");
    pass (&f, 20);
    g_assert_cmpstr (f.out->str, ==, "");
    type (&f, "\x1b");
    g_assert_cmpstr (at (&f, "AT"), ==, "\r\nOK\r\n");

    /* A power-cycle ends it, too */
    type (&f, "AT+CMGS=14\r");
    wait_text (&f, "\x1a");
    sim_module_power_cycle (f.module, 1);
    WAIT_FOR (&f, f.present && sim_module_is_ready (f.module));
    sim_module_port_opened (f.module, f.port);
    at_ok (&f, "AT");

    control_ok (&f, "set sms.send unknown");
    g_assert_nonnull (strstr (at (&f, "AT+CMGS=14"), "COMMAND NOT SUPPORT"));
    g_assert_cmpuint (violations (&f), ==, 0);
}

/* A refusal comes before the OK, in the same write, a moment later, or a minute later */
static void
test_dial_refusals (void)
{
    const gchar    *line = "\r\n^NDISSTAT: 1,0,33,,\"IPV4\"\r\n";
    const gchar    *ok = "\r\nOK\r\n";
    g_auto(Fixture) f = { 0 };
    gdouble         begin;
    guint           i;

    fixture_start_ready (&f, "[network]\napns=ctnet\nrefusal=before\n");
    at_ok (&f, "AT+CGDCONT=1,\"IP\",\"wrong\"");
    at_ok (&f, "AT^NDISDUP=1,1");
    g_assert_true (g_str_has_prefix (f.out->str, line));
    control_ok (&f, "set port.pieces mixed");
    control_ok (&f, "set network.refusal with");
    for (i = 0; i < 20; i++) {
        g_autofree gchar *both = g_strconcat ("\n", line, NULL);

        at_ok (&f, "AT^NDISDUP=1,1");
        wait_text (&f, both);
        g_assert_true (strstr (f.out->str, line) > strstr (f.out->str, ok));
        type (&f, "AT^NDISDUP=1,0\r");
        wait_text (&f, "\r\nERROR: Invalid\r\n");
    }
    control_ok (&f, "set port.pieces whole");
    control_ok (&f, "set network.refusal late");
    begin = sim_clock_now (f.clock);
    at_ok (&f, "AT^NDISDUP=1,1");
    wait_text (&f, line);
    g_assert_cmpfloat (sim_clock_now (f.clock), >=, begin + 60);
    control_ok (&f, "set network.refusal later");
    at_ok (&f, "AT^NDISDUP=1,1");
    g_assert_null (strstr (f.out->str, line));
    wait_text (&f, line);
    g_assert_cmpuint (violations (&f), ==, 0);
}

static void
test_rude_answers (void)
{
    static const guint8 nuls[] = { 0, 0, 0 };
    g_auto(Fixture) f = { 0 };
    guint           i;

    fixture_start_ready (&f, "[noise]\nin-echo=1\n[module]\nversion-fails=2\n");
    at_error (&f, "AT^VERSION?");
    at_error (&f, "AT^VERSION?");
    at_ok (&f, "AT^VERSION?");

    control_ok (&f, "fault {\"kind\":\"glued\",\"pattern\":\"^SIMSQ?\"}");
    type (&f, "AT^SIMSQ?\r");
    wait_text (&f, "\r\n^SIMSQ: 1,11OK\r\n");
    at_ok (&f, "AT^SIMSQ?");
    control_ok (&f, "fault {\"kind\":\"ok-twice\",\"pattern\":\"AT\"}");
    at_ok (&f, "AT");
    wait_text (&f, "\r\nOK\r\n\r\nOK\r\n");
    control_ok (&f, "fault {\"kind\":\"nul\",\"pattern\":\"AT\"}");
    g_string_truncate (f.out, 0);
    type (&f, "AT\r");
    WAIT_FOR (&f, f.out->len >= 9);
    g_assert_cmpmem (f.out->str, f.out->len, "\0\0\0\r\nOK\r\n", 9);
    control_ok (&f, "set port.glued 1");
    g_string_truncate (f.out, 0);
    type (&f, "AT^FOTASTATE?\r");
    wait_text (&f, "^FOTASTATE: 10OK\r\n");
    /* The last of many lines, but not an error */
    g_string_truncate (f.out, 0);
    type (&f, "AT^VERSION?\r");
    wait_text (&f, "\r\n^VERSION:RDV:RELEASEOK\r\n");
    at_error (&f, "AT^MONSC?");
    control_ok (&f, "set port.glued 0");

    control_ok (&f, "set port.blanks none");
    g_string_truncate (f.out, 0);
    type (&f, "AT^VERSION?\r");
    wait_text (&f, "4Gbit\r\n^VERSION:RDV:RELEASE\r\nOK\r\n");
    control_ok (&f, "set port.blanks ends");
    g_string_truncate (f.out, 0);
    type (&f, "AT^VERSION?\r");
    wait_text (&f, "4Gbit\r\n^VERSION:RDV:RELEASE\r\n\r\nOK\r\n");
    control_ok (&f, "set port.blanks all");

    control_ok (&f, "set port.nuls 3");
    sim_module_port_closed (f.module, f.port);
    sim_module_port_opened (f.module, f.port);
    g_string_truncate (f.out, 0);
    type (&f, "AT\r");
    WAIT_FOR (&f, f.out->len >= 9);
    g_assert_cmpmem (f.out->str, 3, nuls, 3);
    at_ok (&f, "AT");
    g_assert_cmpuint (f.out->len, ==, 6);

    at_ok (&f, "ATE1");
    for (i = 0; i < 10; i++) {
        g_autofree gchar *first = g_strndup (at (&f, "AT+CGMM"), 3);

        g_assert_cmpstr (first, ==, "AT+");
        g_assert_null (strstr (f.out->str, "AT+CGMM"));
        g_assert_nonnull (strstr (f.out->str, "GMM\r"));
    }
    g_assert_cmpuint (violations (&f), ==, 0);
}

static void
test_apn (void)
{
    g_auto(Fixture) f = { 0 };

    fixture_start_ready (&f, "[network]\napns=ctnet;private\n");
    at_ok (&f, "AT+CGDCONT=2,\"IP\",\"wrong\"");
    at_ok (&f, "AT^NDISDUP=2,1,\"wrong\"");
    wait_text (&f, "^NDISSTAT: 2,0,33,,\"IPV4\"");
    at_ok (&f, "AT^NDISDUP=2,1,\"private\"");
    wait_text (&f, "^NDISSTAT: 2,1,,,\"IPV4\"");
}

static void
test_auto_dial (void)
{
    g_auto(Fixture) f = { 0 };

    fixture_start_ready (&f, "[network]\nauto-dial=1,2,\"IPV4V6\",\"\",\"\",\"\",0\nauto-dial-spelling=autodail\n");
    wait_text (&f, "^NDISSTAT: 1,1,,,\"IPV4\"");
    g_assert_nonnull (strstr (at (&f, "AT^SETAUTODIAL?"), "^SETAUTODAIL:1,2,\"IPV4V6\",\"\",\"\",\"\",0"));
    g_assert_nonnull (strstr (at (&f, "AT^NDISDUP=1,1"), "DUPLICATED"));

    /* It dials again until it is switched off */
    at_ok (&f, "AT^NDISDUP=1,0");
    wait_text (&f, "^NDISSTAT: 1,1");
    at_ok (&f, "AT^SETAUTODIAL=0");
    at_ok (&f, "AT^NDISDUP=1,0");
    wait_text (&f, "^NDISSTAT: 1,0");
    pass (&f, 10);
    g_assert_null (strstr (f.out->str, "^NDISSTAT: 1,1"));

    at_ok (&f, "AT^SETAUTODIAL=1,1");
    sim_module_power_cycle (f.module, 1);
    WAIT_FOR (&f, f.present && sim_module_is_ready (f.module));
    sim_module_port_opened (f.module, f.port);
    wait_text (&f, "^NDISSTAT: 1,1");
}

static void
test_calls (void)
{
    g_auto(Fixture) f = { 0 };

    fixture_start_ready (&f, "");
    at_ok (&f, "AT+CLIP=1");
    control_ok (&f, "call ring");
    wait_text (&f, "\r\nRING\r\n");
    wait_text (&f, "+CLIP: \"+8613800000000\",145");
    g_assert_nonnull (strstr (at (&f, "AT+CLCC"), "+CLCC: 1,1,4,0,0"));
    at_ok (&f, "ATA");
    g_assert_nonnull (strstr (at (&f, "AT+CLCC"), "+CLCC: 1,1,0,0,0"));
    at (&f, "AT+CHUP");
    wait_text (&f, "^CEND");
    at_ok (&f, "ATD10086;");
    wait_text (&f, "^CCALLSTATE: 1,0,0");
    control_ok (&f, "call end");
    g_assert_cmpstr (at (&f, "AT+CLCC"), ==, "\r\nOK\r\n");
}

static void
test_sms (void)
{
    g_auto(Fixture) f = { 0 };

    fixture_start_ready (&f, "");
    control_ok (&f, "sms 07916813000000F0040B916813000000F000006270219085242302C834");
    wait_text (&f, "+CMTI: \"ME\",0");
    g_assert_nonnull (strstr (at (&f, "AT+CMGL=4"), "+CMGL: 0,0,,21\r\n0791"));
    at_ok (&f, "AT+CMGD=0");
    g_assert_cmpstr (at (&f, "AT+CMGL=4"), ==, "\r\nOK\r\n");
}

/*****************************************************************************/
/* A firmware server */

#define PACKAGE_SIZE 200000

typedef struct {
    SoupServer *server;
    gchar      *url;
    const gchar *version;
    const gchar *update_mode;
    gint        announced_size;
    gboolean    wrong_md5;
    gboolean    no_filelist;
    gboolean    no_package;
    gboolean    cut;
    guint       hits;
    gboolean    ranges_seen;
    GBytes     *package;
} Server;

static void
server_reply (SoupServerMessage *message,
              const gchar       *type_,
              const gchar       *text)
{
    soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
    soup_server_message_set_response (message, type_, SOUP_MEMORY_COPY, text, strlen (text));
}

static gchar *
make_filelist (Server *s)
{
    g_autofree gchar *md5 = g_compute_checksum_for_bytes (G_CHECKSUM_MD5, s->package);

    if (s->wrong_md5)
        md5[0] = (md5[0] == '0' ? '1' : '0');
    return g_strdup_printf ("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n<root>"
                            "<component><name>FIRMWARE1</name><compress>0</compress></component>"
                            "<files><file><spath>FIRMWARE1.BIN</spath><dpath>FIRMWARE1.BIN</dpath>"
                            "<operation>c</operation><md5>%s</md5><size>%d</size></file></files></root>",
                            md5, s->announced_size ? s->announced_size : PACKAGE_SIZE);
}

static gchar *
make_changelog (Server *s)
{
    return g_strdup_printf ("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n<root>"
                            "<component name=\"FIRMWARE1\" version=\"%s\"/>"
                            "<default-language name=\"de-de\">1031</default-language>"
                            "<language name=\"en-us\" code=\"1033\"><features>"
                            "<feature>1.product_name=\"MT5700M-CN\"</feature>"
                            "<feature>2.update_mode=\"%s\"</feature>"
                            "<feature>3.source_version=\"1.1.6.0(SP1C02)\"</feature>"
                            "<feature>en-us</feature></features></language></root>",
                            s->version, s->update_mode);
}

static void
server_handle (SoupServer        *server,
               SoupServerMessage *message,
               const gchar       *path,
               GHashTable        *query,
               gpointer           user_data)
{
    Server           *s = user_data;
    g_autofree gchar *text = NULL;

    s->hits++;
    if (g_str_equal (path, "/fw/full/filelist.xml") && !s->no_filelist) {
        text = make_filelist (s);
        server_reply (message, "text/xml", text);
    } else if (g_str_equal (path, "/fw/full/changelog.xml")) {
        text = make_changelog (s);
        server_reply (message, "text/xml", text);
    } else if (g_str_equal (path, "/fw/full/FIRMWARE1.BIN") && !s->no_package) {
        if (soup_message_headers_get_one (soup_server_message_get_request_headers (message), "Range"))
            s->ranges_seen = TRUE;
        soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
        soup_message_body_append_bytes (soup_server_message_get_response_body (message), s->package);
    } else
        soup_server_message_set_status (message, SOUP_STATUS_NOT_FOUND, NULL);
}

static void
server_start (Server          *s,
              GTlsCertificate *certificate)
{
    g_autoptr(GError)  error = NULL;
    guint8            *data = g_malloc (PACKAGE_SIZE);
    GSList            *uris;
    guint              i;

    for (i = 0; i < PACKAGE_SIZE; i++)
        data[i] = (guint8) (i * 7 + i / 251);
    s->package = g_bytes_new_take (data, PACKAGE_SIZE);
    s->version = "1.3.0.0(SP1C02)";
    s->update_mode = "0";
    s->server = soup_server_new ("tls-certificate", certificate, NULL);
    soup_server_add_handler (s->server, NULL, server_handle, s, NULL);
    soup_server_listen_local (s->server, 0,
                              SOUP_SERVER_LISTEN_IPV4_ONLY | (certificate ? SOUP_SERVER_LISTEN_HTTPS : 0), &error);
    g_assert_no_error (error);
    uris = soup_server_get_uris (s->server);
    s->url = g_strdup_printf ("%s://127.0.0.1:%d/fw/", certificate ? "https" : "http", g_uri_get_port (uris->data));
    g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
}

static void
server_stop (Server *s)
{
    soup_server_disconnect (s->server);
    g_object_unref (s->server);
    g_bytes_unref (s->package);
    g_free (s->url);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Server, server_stop)

static void
query_server (Fixture     *f,
              const gchar *url)
{
    g_autofree gchar *command = g_strdup_printf ("AT^FOTAOEMDL=\"%s\"", url);

    at_ok (f, command);
}

/*****************************************************************************/
/* FOTA */

static void
test_upgrade (void)
{
    g_auto(Fixture)  f = { 0 };
    g_auto(Server)   s = { 0 };

    server_start (&s, NULL);
    fixture_start_ready (&f, "[fota]\nvia-3302=true\nlayout-after=four:ff\n");
    at_ok (&f, "AT^FOTAMODE=0,1,0,1");
    g_assert_nonnull (strstr (at (&f, "AT^FOTASTATE?"), "^FOTASTATE: 10\r\n"));
    query_server (&f, s.url);
    wait_text (&f, "^FOTASTATE: 11\r\n");
    wait_text (&f, "^FOTASTATE: 12,1.3.0.0(SP1C02),200000,1.product_name=\"MT5700M-CN\";2.update_mode=\"0\";"
               "3.source_version=\"1.1.6.0(SP1C02)\";en-us\r\n");
    wait_text (&f, "^FOTASTATE: 30\r\n");
    g_assert_nonnull (strstr (at (&f, "AT^FOTADLQ"), "^FOTADLQ: 1,\"FIRMWARE1\","));
    wait_text (&f, "^FOTASTATE: 40\r\n");
    g_assert_nonnull (strstr (at (&f, "AT^FOTADLQ"), "^FOTADLQ: 1,\"FIRMWARE1\",200000,200000\r\n"));

    at_ok (&f, "AT^FWUP");
    wait_text (&f, "^FOTASTATE: 50\r\n");
    WAIT_FOR (&f, !f.present);
    WAIT_FOR (&f, f.present && f.product == 0x3302);
    WAIT_FOR (&f, f.present && f.product == 0x3301 && sim_module_is_ready (f.module));
    g_assert_cmpuint (f.n_interfaces, ==, 6);
    sim_module_port_opened (f.module, f.port);
    g_assert_nonnull (strstr (at (&f, "AT^VERSION?"), "^VERSION:EXTS:1.3.0.0(SP1C02)\r\n"));
    g_assert_nonnull (strstr (f.out->str, "^VERSION:BDT:Jun 12 2026, 09:30:11\r\n"));
    g_assert_nonnull (strstr (at (&f, "AT+CGMR"), "V200R001C20B025"));
    g_assert_nonnull (strstr (at (&f, "AT^FOTASTATE?"), "^FOTASTATE: 10\r\n"));
    g_assert_cmpint (fota_member (&f, "flashes-started"), ==, 1);
    g_assert_cmpint (fota_member (&f, "flashes-done"), ==, 1);
    g_assert_cmpuint (violations (&f), ==, 0);

    /* The same version: nothing newer */
    query_server (&f, s.url);
    wait_text (&f, "^FOTASTATE: 14\r\n");
}

static void
test_outcomes (void)
{
    static const struct {
        const gchar *scenario;
        const gchar *version;
        gint         state;
        guint        plugs;
    } cases[] = {
        { "outcome=success\n",                      "1.3.0.0(SP1C02)", 10, 2 },
        { "outcome=success\nreboots=2\n",           "1.3.0.0(SP1C02)", 10, 3 },
        { "outcome=unchanged\n",                    "1.2.5.0(SP1C02)", 10, 2 },
        { "outcome=other-version\n",                "9.9.9.9(SP9C99)", 10, 2 },
        { "outcome=failed\n",                       "1.2.5.0(SP1C02)", 70, 2 },
        { "outcome=failed\nfail-when=before\n",     "1.2.5.0(SP1C02)", 70, 1 },
        { "outcome=failed\noutcome-code=104\n",     "1.2.5.0(SP1C02)", 80, 2 },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_auto(Fixture)   f = { 0 };
        g_autofree gchar *scenario = g_strconcat ("[fota]\nstate=40\n", cases[i].scenario, NULL);

        fixture_start_ready (&f, scenario);
        at_ok (&f, "AT^FWUP");
        wait_state (&f, 50);
        WAIT_FOR (&f, fota_member (&f, "state") == cases[i].state && sim_module_is_ready (f.module));
        g_assert_cmpuint (f.plugs, ==, cases[i].plugs);
        sim_module_port_opened (f.module, f.port);
        g_assert_nonnull (strstr (at (&f, "AT^VERSION?"), cases[i].version));
        g_assert_cmpuint (violations (&f), ==, 0);
    }
}

static void
test_query_errors (void)
{
    g_auto(Fixture) f = { 0 };
    g_auto(Server)  s = { 0 };

    server_start (&s, NULL);
    fixture_start_ready (&f, "");
    query_server (&f, "http://127.0.0.1:1/fw/");
    wait_text (&f, "^FOTASTATE: 13,13\r\n");
    /* Not possible in this state */
    at_error (&f, "AT^FOTAOEMDL=\"http://127.0.0.1:1/fw/\"");
    g_assert_cmpuint (violations (&f), ==, 1);
    at_ok (&f, "AT^FOTADL=0");
    g_assert_nonnull (strstr (at (&f, "AT^FOTASTATE?"), "^FOTASTATE: 10\r\n"));

    s.no_filelist = TRUE;
    query_server (&f, s.url);
    wait_text (&f, "^FOTASTATE: 13,51\r\n");
    at_ok (&f, "AT^FOTADL=0");
    s.no_filelist = FALSE;
    s.version = "1.2.5.0(SP1C02)";
    query_server (&f, s.url);
    wait_text (&f, "^FOTASTATE: 14\r\n");
    at_ok (&f, "AT^FOTADL=0");

    control_ok (&f, "set network.data false");
    query_server (&f, s.url);
    wait_text (&f, "^FOTASTATE: 13,13\r\n");
    at_ok (&f, "AT^FOTADL=0");
    control_ok (&f, "set network.data true");
    control_ok (&f, "set fota.silent 11-10");
    query_server (&f, s.url);
    wait_text (&f, "^FOTASTATE: 11\r\n");
    wait_state (&f, 10);
    control_ok (&f, "set fota.silent 10");
    query_server (&f, s.url);
    pass (&f, 20);
    g_assert_cmpint (fota_member (&f, "state"), ==, 10);

    control_ok (&f, "set fota.silent none");
    control_ok (&f, "set fota.settle-seconds 3");
    query_server (&f, "http://127.0.0.1:1/");
    wait_text (&f, "^FOTASTATE: 13,13\r\n");
    wait_state (&f, 10);
    g_assert_cmpuint (violations (&f), ==, 1);
}

static void
test_download_errors (void)
{
    g_auto(Fixture) f = { 0 };
    g_auto(Server)  s = { 0 };

    server_start (&s, NULL);
    fixture_start_ready (&f, "");
    s.wrong_md5 = TRUE;
    query_server (&f, s.url);
    wait_text (&f, "^FOTASTATE: 20\r\n");
    at_ok (&f, "AT^FOTADL=0");
    s.wrong_md5 = FALSE;
    s.announced_size = PACKAGE_SIZE + 1;
    query_server (&f, s.url);
    wait_text (&f, "^FOTASTATE: 20\r\n");
    at_ok (&f, "AT^FOTADL=0");
    s.announced_size = 0;
    s.no_package = TRUE;
    query_server (&f, s.url);
    wait_text (&f, "^FOTASTATE: 20\r\n");
    at_ok (&f, "AT^FOTADL=0");
    g_assert_cmpuint (violations (&f), ==, 0);
}

static void
test_resume (void)
{
    g_auto(Fixture) f = { 0 };
    g_auto(Server)  s = { 0 };
    gint64          received;

    server_start (&s, NULL);
    fixture_start_ready (&f, "[timing]\ndownload-seconds=200\n");
    at_ok (&f, "AT^FOTAMODE=0,1,0,1");
    query_server (&f, s.url);
    WAIT_FOR (&f, fota_member (&f, "received") > PACKAGE_SIZE / 4);
    control_ok (&f, "set network.data false");
    wait_text (&f, "^FOTASTATE: 31\r\n");
    received = fota_member (&f, "received");
    control_ok (&f, "set network.data true");
    control_ok (&f, "set timing.download-seconds 20");
    query_server (&f, s.url);
    wait_state (&f, 30);
    g_assert_cmpint (fota_member (&f, "received"), >=, received);
    wait_text (&f, "^FOTASTATE: 40\r\n");
    g_assert_true (s.ranges_seen);
    at_ok (&f, "AT^FOTADL=0");

    /* Power cut, then ^FOTADL=1; the server now has another version */
    control_ok (&f, "set timing.download-seconds 200");
    query_server (&f, s.url);
    WAIT_FOR (&f, fota_member (&f, "received") > PACKAGE_SIZE / 4);
    sim_module_power_cycle (f.module, 2);
    WAIT_FOR (&f, f.present && is_registered (&f));
    g_assert_cmpint (fota_member (&f, "state"), ==, 31);
    sim_module_port_opened (f.module, f.port);
    s.version = "1.4.0.0(SP1C02)";
    at_ok (&f, "AT^FOTADL=1");
    wait_state (&f, 30);
    g_assert_cmpint (fota_member (&f, "received"), <, PACKAGE_SIZE / 4);
    at_ok (&f, "AT^FOTADL=0");
    g_assert_cmpint (fota_member (&f, "state"), ==, 10);

    /* Without resumable downloads it is lost */
    at_ok (&f, "AT^FOTAMODE=0,1,0,0");
    query_server (&f, s.url);
    WAIT_FOR (&f, fota_member (&f, "received") > PACKAGE_SIZE / 8);
    sim_module_power_cycle (f.module, 2);
    WAIT_FOR (&f, f.present && is_registered (&f));
    g_assert_cmpint (fota_member (&f, "state"), ==, 10);
    g_assert_cmpuint (violations (&f), ==, 0);
}

static void
test_check_only (void)
{
    g_auto(Fixture) f = { 0 };
    g_auto(Server)  s = { 0 };

    server_start (&s, NULL);
    fixture_start_ready (&f, "");
    at_ok (&f, "AT^FOTAMODE=0,0,0,1");
    query_server (&f, s.url);
    wait_text (&f, "^FOTASTATE: 12,1.3.0.0");
    pass (&f, 10);
    g_assert_nonnull (strstr (at (&f, "AT^FOTASTATE?"), "^FOTASTATE: 12,1.3.0.0(SP1C02),200000,1.product"));
    at_ok (&f, "AT^FOTADL=1");
    wait_text (&f, "^FOTASTATE: 40\r\n");
}

static void
test_long_download (void)
{
    g_auto(Fixture) f = { 0 };
    g_auto(Server)  s = { 0 };
    gdouble         began;

    server_start (&s, NULL);
    fixture_start_ready (&f, "[timing]\nspeed=5000\ndownload-seconds=7200\n");
    began = sim_clock_now (f.clock);
    query_server (&f, s.url);
    wait_text (&f, "^FOTASTATE: 40\r\n");
    g_assert_cmpfloat (sim_clock_now (f.clock) - began, >=, 7190);
}

static void
test_refusals (void)
{
    g_auto(Fixture) f = { 0 };
    guint           n = 0;

    fixture_start_ready (&f, "[fota]\nrefuse-fwup=1\nignore-fwup=1\n");
    at_error (&f, "AT^FWUP");
    g_assert_cmpuint (violations (&f), ==, ++n);
    control_ok (&f, "setstate 40");
    at_error (&f, "AT^FOTAOEMDL=\"http://127.0.0.1/\"");
    g_assert_cmpuint (violations (&f), ==, ++n);

    at_ok (&f, "AT^NDISDUP=1,1");
    wait_text (&f, "^NDISSTAT: 1,1");
    at_error (&f, "AT^FWUP");
    g_assert_cmpuint (violations (&f), ==, ++n);
    g_assert_cmpint (fota_member (&f, "state"), ==, 40);
    at_ok (&f, "AT^NDISDUP=1,0");
    wait_text (&f, "^NDISSTAT: 1,0");
    control_ok (&f, "call active");
    at_error (&f, "AT^FWUP");
    g_assert_cmpuint (violations (&f), ==, ++n);
    control_ok (&f, "call end");

    /* Refused, then accepted without effect, then accepted */
    at_error (&f, "AT^FWUP");
    at_ok (&f, "AT^FWUP");
    pass (&f, 10);
    g_assert_cmpint (fota_member (&f, "state"), ==, 40);
    g_assert_cmpuint (violations (&f), ==, n);
    at_ok (&f, "AT^FWUP");
    wait_text (&f, "^FOTASTATE: 50\r\n");
    at_error (&f, "AT^FWUP");
    g_assert_cmpuint (violations (&f), ==, ++n);
    g_assert_cmpint (fota_member (&f, "fwup-accepted"), ==, 1);
}

static void
test_automatic (void)
{
    g_auto(Fixture) f = { 0 };
    g_auto(Server)  s = { 0 };

    server_start (&s, NULL);
    s.update_mode = "1";
    fixture_start_ready (&f, "");
    query_server (&f, s.url);
    wait_text (&f, "^FOTASTATE: 50\r\n");
    WAIT_FOR (&f, fota_member (&f, "flashes-done") == 1);
    g_assert_cmpint (fota_member (&f, "fwup-accepted"), ==, 1);
}

static void
test_power_cut (void)
{
    static const struct {
        const gchar *how;
        const gchar *version;
    } cases[] = {
        { "old",     "1.2.5.0(SP1C02)" },
        { "recover", "1.3.0.0(SP1C02)" },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_auto(Fixture)   f = { 0 };
        g_autofree gchar *scenario = g_strdup_printf ("[fota]\nstate=40\npower-cut-flash=%s\n", cases[i].how);

        fixture_start_ready (&f, scenario);
        at_ok (&f, "AT^FWUP");
        WAIT_FOR (&f, fota_member (&f, "flashes-started") == 1 && !f.present);
        sim_module_power_cycle (f.module, 5);
        WAIT_FOR (&f, f.present && f.product == 0x3301 && sim_module_is_ready (f.module));
        sim_module_port_opened (f.module, f.port);
        g_assert_nonnull (strstr (at (&f, "AT^VERSION?"), cases[i].version));
        g_assert_cmpint (fota_member (&f, "state"), ==, 10);
    }
}

static void
test_states_over_power (void)
{
    static const struct {
        const gchar *state;
        gint         after;
    } cases[] = {
        { "12", 10 }, { "13,51", 10 }, { "14", 10 }, { "20", 10 }, { "31", 31 }, { "40", 40 },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_auto(Fixture)   f = { 0 };
        g_autofree gchar *scenario = g_strdup_printf ("[fota]\nstate=%s\n", cases[i].state);

        fixture_start_ready (&f, scenario);
        g_assert_cmpint (fota_member (&f, "state"), ==, atoi (cases[i].state));
        sim_module_power_cycle (f.module, 1);
        WAIT_FOR (&f, f.present && sim_module_is_ready (f.module));
        g_assert_cmpint (fota_member (&f, "state"), ==, cases[i].after);
    }
}

/* States that are never left, and transitions that do not happen */
static void
test_stuck (void)
{
    g_auto(Fixture) f = { 0 };

    fixture_start_ready (&f, "[fota]\nrefuse-query=SIM PIN required\nrefuse-stop=11,12\nstuck=11\n");
    g_assert_nonnull (strstr (at (&f, "AT^FOTADLQ"), "^FOTADLQ: 0,\"FIRMWARE1\",0,0\r\n"));
    at_ok (&f, "AT+CMEE=2");
    g_assert_nonnull (strstr (at (&f, "AT^FOTAOEMDL=\"http://127.0.0.1:1/\""), "+CME ERROR: SIM PIN required\r\n"));
    control_ok (&f, "set fota.refuse-query ");
    at_ok (&f, "AT^FOTAOEMDL=\"http://127.0.0.1:1/\"");
    pass (&f, 300);
    wait_state (&f, 11);
    at_error (&f, "AT^FOTADL=0");

    control_ok (&f, "set fota.stuck 12");
    control_ok (&f, "setstate 12");
    at_error (&f, "AT^FOTADL=0");
    at_ok (&f, "AT^FOTADL=1");
    pass (&f, 60);
    wait_state (&f, 12);
    control_ok (&f, "set fota.bare-found true");
    g_assert_cmpstr (at (&f, "AT^FOTASTATE?"), ==, "\r\n^FOTASTATE: 12\r\n\r\nOK\r\n");

    control_ok (&f, "set fota.stuck 50");
    control_ok (&f, "setstate 40");
    at_ok (&f, "AT^FWUP");
    wait_state (&f, 50);
    pass (&f, 300);
    g_assert_cmpint (fota_member (&f, "flashes-started"), ==, 0);
    at_ok (&f, "AT");
    sim_module_power_cycle (f.module, 1);
    WAIT_FOR (&f, f.present && is_registered (&f));
    wait_state (&f, 40);

    /* Silent, but on the bus */
    control_ok (&f, "set fota.stuck 0");
    control_ok (&f, "set fota.silent-after-50 true");
    sim_module_port_opened (f.module, f.port);
    at_ok (&f, "ATE0");
    at_ok (&f, "AT^FWUP");
    wait_state (&f, 50);
    pass (&f, 60);
    g_assert_true (f.present);
    g_string_truncate (f.out, 0);
    type (&f, "AT\r");
    pass (&f, 60);
    g_assert_cmpstr (f.out->str, ==, "");
    sim_module_power_cycle (f.module, 1);
    WAIT_FOR (&f, f.present && is_registered (&f));

    /* 50 is never seen */
    control_ok (&f, "set fota.silent-after-50 false");
    control_ok (&f, "set fota.skip-50 true");
    control_ok (&f, "setstate 40");
    sim_module_port_opened (f.module, f.port);
    at_ok (&f, "ATE0");
    g_string_truncate (f.events, 0);
    at_ok (&f, "AT^FWUP");
    WAIT_FOR (&f, fota_member (&f, "flashes-done") == 1);
    g_assert_null (strstr (f.events->str, "\"state\":\"50\""));
    g_assert_cmpuint (violations (&f), ==, 0);
}

static void
test_state_lines (void)
{
    g_auto(Fixture) f = { 0 };

    fixture_start (&f, "[noise]\nstate-lines=1\n[timing]\nregister-seconds=30\n");
    WAIT_FOR (&f, sim_module_is_ready (f.module));
    sim_module_port_opened (f.module, f.port);
    wait_text (&f, "^FOTASTATE: 10\r\n");
    g_assert_false (is_registered (&f));
}

static void
test_same_imei (void)
{
    g_autoptr(SimScenario) scenario = sim_scenario_new ();
    g_autofree gchar      *imei = g_strdup (scenario->imei);

    g_assert_true (sim_scenario_set (scenario, "module.same-imei", "true", NULL));
    sim_scenario_number (scenario, 3);
    g_assert_cmpstr (scenario->imei, ==, imei);
    g_assert_true (sim_scenario_set (scenario, "module.same-imei", "false", NULL));
    sim_scenario_number (scenario, 3);
    g_assert_cmpstr (scenario->imei, !=, imei);
}

/*****************************************************************************/
/* TLS */

static GTlsCertificate *
make_certificate (gchar **pem,
                  gchar **key_pem)
{
    g_autoptr(GError)  error = NULL;
    g_autofree gchar  *folder = g_dir_make_tmp (NULL, &error);
    g_autofree gchar  *key = g_build_filename (folder, "key.pem", NULL);
    g_autofree gchar  *cert = g_build_filename (folder, "cert.pem", NULL);
    g_autofree gchar  *command = NULL;
    g_autofree gchar  *noise = NULL;
    GTlsCertificate   *certificate;
    gint               status;

    g_assert_no_error (error);
    command = g_strdup_printf ("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "
                               "-keyout %s -out %s -days 2 -subj /CN=test -addext subjectAltName=IP:127.0.0.1", key, cert);
    g_spawn_command_line_sync (command, NULL, &noise, &status, &error);
    g_assert_no_error (error);
    g_assert_cmpint (status, ==, 0);
    certificate = g_tls_certificate_new_from_files (cert, key, &error);
    g_assert_no_error (error);
    g_file_get_contents (cert, pem, NULL, &error);
    g_assert_no_error (error);
    g_file_get_contents (key, key_pem, NULL, &error);
    g_assert_no_error (error);
    remove (cert);
    remove (key);
    remove (folder);
    return certificate;
}

static void
store_file (Fixture     *f,
            const gchar *name,
            const gchar *pem)
{
    g_autofree gchar *base64 = g_base64_encode ((const guchar *) pem, strlen (pem));
    gsize             pieces = (strlen (base64) + 299) / 300;
    gsize             i;

    for (i = 0; i < pieces; i++) {
        g_autofree gchar *command = NULL;

        command = g_strdup_printf ("AT^SSLMNG=2,0,0,\"%s\",%u,%u,\"%.300s\"", name, (guint) i + 1, (guint) pieces,
                                   base64 + i * 300);
        at_ok (f, command);
    }
}

static void
test_tls (void)
{
    g_autoptr(GTlsCertificate) certificate = NULL;
    g_autofree gchar          *pem = NULL;
    g_autofree gchar          *key = NULL;
    g_autofree gchar          *other_pem = NULL;
    g_autofree gchar          *other_key = NULL;
    g_autoptr(GTlsCertificate) other = NULL;
    g_auto(Fixture)            f = { 0 };
    g_auto(Server)             s = { 0 };

    certificate = make_certificate (&pem, &key);
    other = make_certificate (&other_pem, &other_key);
    server_start (&s, certificate);
    fixture_start_ready (&f, "");

    /* Nothing set: a violation, and no files */
    query_server (&f, s.url);
    g_assert_cmpuint (violations (&f), ==, 1);
    wait_text (&f, "^FOTASTATE: 13,51\r\n");
    at_ok (&f, "AT^FOTADL=0");

    /* No check */
    at_ok (&f, "AT^SSLCFG=2,1,0,0");
    query_server (&f, s.url);
    wait_text (&f, "^FOTASTATE: 40\r\n");
    at_ok (&f, "AT^FOTADL=0");

    /* The wrong CA, then the right one */
    at_error (&f, "AT^SSLMNG=2,1,2,\"ca_cert.pem\"");
    store_file (&f, "ca_cert.pem", other_pem);
    at_ok (&f, "AT^SSLMNG=2,1,2,\"ca_cert.pem\"");
    at_ok (&f, "AT^SSLCFG=2,1,0,1");
    query_server (&f, s.url);
    wait_text (&f, "^FOTASTATE: 13,51\r\n");
    at_ok (&f, "AT^FOTADL=0");
    store_file (&f, "ca_cert.pem", pem);
    at_ok (&f, "AT^SSLMNG=2,1,2,\"ca_cert.pem\"");
    query_server (&f, s.url);
    wait_text (&f, "^FOTASTATE: 40\r\n");
    at_ok (&f, "AT^FOTADL=0");
    g_assert_cmpuint (violations (&f), ==, 1);

    /* Mutual needs the client certificate, too */
    at_ok (&f, "AT^SSLCFG=2,1,0,2");
    query_server (&f, s.url);
    g_assert_cmpuint (violations (&f), ==, 2);
    wait_text (&f, "^FOTASTATE: 13,51\r\n");
    at_ok (&f, "AT^FOTADL=0");
    store_file (&f, "client_cert.pem", pem);
    store_file (&f, "client_key.pem", key);
    at_ok (&f, "AT^SSLMNG=2,0,2,\"client_cert.pem\"");
    at_ok (&f, "AT^SSLMNG=2,2,2,\"client_key.pem\"");
    query_server (&f, s.url);
    wait_text (&f, "^FOTASTATE: 40\r\n");

    /* Everything is lost at power-off except the package */
    sim_module_power_cycle (f.module, 1);
    WAIT_FOR (&f, f.present && is_registered (&f));
    sim_module_port_opened (f.module, f.port);
    g_assert_cmpint (fota_member (&f, "state"), ==, 40);
    at_error (&f, "AT^SSLMNG=2,1,2,\"ca_cert.pem\"");
}

/*****************************************************************************/
/* Faults and control */

static void
test_faults (void)
{
    g_auto(Fixture) f = { 0 };

    fixture_start_ready (&f, "");
    control_ok (&f, "fault {\"kind\":\"error\",\"pattern\":\"AT+CGMM\"}");
    at_error (&f, "AT+CGMM");
    at_ok (&f, "AT+CGMM");
    control_ok (&f, "fault {\"kind\":\"cme\",\"pattern\":\"+CGMM\",\"text\":\"FOTA is in collision state\"}");
    g_assert_nonnull (strstr (at (&f, "AT+CGMM"), "+CME ERROR: FOTA is in collision state"));
    control_ok (&f, "fault {\"kind\":\"not-support\",\"pattern\":\"AT+CG*\"}");
    g_assert_nonnull (strstr (at (&f, "AT+CGSN"), "COMMAND NOT SUPPORT"));

    /* Occurrences count from the start */
    control_ok (&f, "fault {\"kind\":\"error\",\"pattern\":\"AT+CGMM\",\"occurrence\":5}");
    at_ok (&f, "AT+CGMM");
    at_error (&f, "AT+CGMM");
    at_ok (&f, "AT+CGMM");

    control_ok (&f, "fault {\"kind\":\"silent\",\"pattern\":\"AT+CGMM\"}");
    g_string_truncate (f.out, 0);
    type (&f, "AT+CGMM\r");
    pass (&f, 5);
    g_assert_cmpstr (f.out->str, ==, "");
    control_ok (&f, "fault {\"kind\":\"cut\",\"pattern\":\"AT+CGMM\"}");
    type (&f, "AT+CGMM\r");
    wait_text (&f, "MT5700M-CN\r\n\r\n");
    pass (&f, 5);
    g_assert_null (strstr (f.out->str, "OK\r\n"));
    control_ok (&f, "fault {\"kind\":\"raw\",\"pattern\":\"AT+CGMM\",\"data\":\"QQBCDQo=\"}");
    g_string_truncate (f.out, 0);
    type (&f, "AT+CGMM\r");
    WAIT_FOR (&f, f.out->len == 5);
    g_assert_cmpmem (f.out->str, f.out->len, "A\0B\r\n", 5);

    /* Held back until released */
    control_ok (&f, "fault {\"kind\":\"stop\",\"pattern\":\"AT+CGMM\"}");
    g_string_truncate (f.out, 0);
    type (&f, "AT+CGMM\r");
    pass (&f, 5);
    g_assert_cmpstr (f.out->str, ==, "");
    control_ok (&f, "continue");
    wait_text (&f, "OK");

    control_ok (&f, "fault {\"kind\":\"urc-lost\",\"pattern\":\"^RSSI\"}");
    control_ok (&f, "fault {\"kind\":\"urc-doubled\",\"pattern\":\"^HCSQ\"}");
    g_string_truncate (f.out, 0);
    control_ok (&f, "urc ^RSSI: 1");
    control_ok (&f, "urc ^RSSI: 2");
    control_ok (&f, "urc ^HCSQ: 3");
    g_assert_cmpstr (f.out->str, ==, "\r\n^RSSI: 2\r\n\r\n^HCSQ: 3\r\n\r\n^HCSQ: 3\r\n");
    g_assert_cmpuint (violations (&f), ==, 0);

    control_ok (&f, "fault {\"kind\":\"unplug\",\"pattern\":\"AT+CGMM\",\"when\":\"after\",\"seconds\":3}");
    g_string_truncate (f.out, 0);
    type (&f, "AT+CGMM\r");
    WAIT_FOR (&f, !f.present);
    g_assert_nonnull (strstr (f.out->str, "OK"));
    WAIT_FOR (&f, f.present && sim_module_is_ready (f.module));
    sim_module_port_opened (f.module, f.port);
    at_ok (&f, "ATE0");
    control_ok (&f, "fault {\"kind\":\"power-cycle\",\"pattern\":\"AT+CGMM\"}");
    g_string_truncate (f.out, 0);
    type (&f, "AT+CGMM\r");
    WAIT_FOR (&f, !f.present);
    g_assert_cmpstr (f.out->str, ==, "");
    WAIT_FOR (&f, f.present && sim_module_is_ready (f.module));
}

static void
test_control (void)
{
    static const gchar *const wrong[] = {
        "nonsense", "@7 status", "set fota.nosuch 1", "set timing.speed fast", "fault {\"kind\":\"none\",\"pattern\":\"x\"}",
        "fault {\"kind\":\"error\",\"command\":\"x\"}", "fault [", "fault {\"kind\":\"error\"}", "call me", "drop 3",
        "setstate 99", "register abroad",
    };
    g_auto(Fixture)       f = { 0 };
    g_autoptr(JsonObject) transcript = NULL;
    JsonObject           *exchange;
    JsonArray            *array;
    guint                 i;

    fixture_start_ready (&f, "");
    for (i = 0; i < G_N_ELEMENTS (wrong); i++) {
        g_autoptr(JsonObject) reply = control (&f, wrong[i]);

        if (!json_object_has_member (reply, "error"))
            g_error ("%s passed", wrong[i]);
    }

    at_ok (&f, "AT+CSQ");
    at_ok (&f, "AT+CSQ");
    transcript = control (&f, "transcript after 1");
    array = json_object_get_array_member (transcript, "transcript");
    g_assert_cmpuint (json_array_get_length (array), ==, 2);
    exchange = json_array_get_object_element (array, 1);
    g_assert_cmpstr (json_object_get_string_member (exchange, "command"), ==, "AT+CSQ");
    g_assert_cmpint (json_object_get_int_member (exchange, "occurrence"), ==, 2);
    g_assert_cmpstr (json_object_get_string_member (exchange, "answer"), ==, "\r\n+CSQ: 20,99\r\n\r\nOK\r\n");
    control_ok (&f, "mark here");
    g_assert_nonnull (strstr (f.events->str, "\"event\":\"mark\""));
    control_ok (&f, "register roaming");
    g_assert_nonnull (strstr (at (&f, "AT+CREG?"), "+CREG: 0,5"));
    control_ok (&f, "unplug");
    g_assert_false (f.present);
    control_ok (&f, "plug");
    g_assert_true (f.present);
    control_ok (&f, "unplug keep-power");
    control_ok (&f, "plug");
    g_assert_cmpuint (f.plugs, ==, 3);
    control_ok (&f, "set module.self-powered true");
    control_ok (&f, "unplug");
    control_ok (&f, "plug");
    g_assert_cmpuint (f.plugs, ==, 4);
}

static void
test_scenario (void)
{
    g_autoptr(SimScenario) scenario = sim_scenario_new ();
    g_autoptr(GError)      error = NULL;

    g_assert_false (sim_scenario_load_data (scenario, "[module]\nmodle=x\n", &error));
    g_assert_error (error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_KEY_NOT_FOUND);
    g_clear_error (&error);
    g_assert_false (sim_scenario_load_data (scenario, "[timing]\nspeed=much\n", &error));
    g_assert_error (error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_INVALID_VALUE);
    g_clear_error (&error);
    sim_scenario_number (scenario, 1);
    g_assert_cmpuint (strlen (scenario->imei), ==, 15);
    g_assert_cmpstr (scenario->imei, !=, "866777050000015");
}

int
main (int    argc,
      char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/simulator/at/echo", test_echo);
    g_test_add_func ("/simulator/at/backlog", test_backlog);
    g_test_add_func ("/simulator/at/identity", test_identity);
    g_test_add_func ("/simulator/at/hostile-lines", test_hostile_lines);
    g_test_add_func ("/simulator/at/anything", test_anything);
    g_test_add_func ("/simulator/at/overlap", test_overlap);
    g_test_add_func ("/simulator/at/overdue", test_overdue);
    g_test_add_func ("/simulator/at/early-input", test_early_input);
    g_test_add_func ("/simulator/at/noise", test_noise_is_deterministic);
    g_test_add_func ("/simulator/at/data-state", test_data_state);
    g_test_add_func ("/simulator/at/pieces", test_pieces);
    g_test_add_func ("/simulator/usb/layouts", test_layouts);
    g_test_add_func ("/simulator/usb/reboot", test_reboot);
    g_test_add_func ("/simulator/session/ndis", test_ndis);
    g_test_add_func ("/simulator/session/packet-events", test_packet_events);
    g_test_add_func ("/simulator/session/field-contexts", test_field_contexts);
    g_test_add_func ("/simulator/at/sending", test_sending);
    g_test_add_func ("/simulator/at/rude-answers", test_rude_answers);
    g_test_add_func ("/simulator/fota/stuck", test_stuck);
    g_test_add_func ("/simulator/fota/state-lines", test_state_lines);
    g_test_add_func ("/simulator/control/same-imei", test_same_imei);
    g_test_add_func ("/simulator/session/refusals", test_dial_refusals);
    g_test_add_func ("/simulator/session/apn", test_apn);
    g_test_add_func ("/simulator/session/auto-dial", test_auto_dial);
    g_test_add_func ("/simulator/calls", test_calls);
    g_test_add_func ("/simulator/sms", test_sms);
    g_test_add_func ("/simulator/fota/upgrade", test_upgrade);
    g_test_add_func ("/simulator/fota/outcomes", test_outcomes);
    g_test_add_func ("/simulator/fota/query-errors", test_query_errors);
    g_test_add_func ("/simulator/fota/download-errors", test_download_errors);
    g_test_add_func ("/simulator/fota/resume", test_resume);
    g_test_add_func ("/simulator/fota/check-only", test_check_only);
    g_test_add_func ("/simulator/fota/long-download", test_long_download);
    g_test_add_func ("/simulator/fota/refusals", test_refusals);
    g_test_add_func ("/simulator/fota/automatic", test_automatic);
    g_test_add_func ("/simulator/fota/power-cut", test_power_cut);
    g_test_add_func ("/simulator/fota/states-over-power", test_states_over_power);
    g_test_add_func ("/simulator/fota/tls", test_tls);
    g_test_add_func ("/simulator/faults", test_faults);
    g_test_add_func ("/simulator/control", test_control);
    g_test_add_func ("/simulator/scenario", test_scenario);
    return g_test_run ();
}

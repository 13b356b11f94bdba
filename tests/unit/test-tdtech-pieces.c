/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * What the module says comes in pieces, cut anywhere: each transcript is read whole, then
 * cut at every position, at every pair of positions, and byte by byte. Lines, answers and
 * what the flow does must be the same (invariant I11 in docs/architecture.md).
 *
 * Usage: test-tdtech-pieces [OPTION…] CORPUS…   (folders of the fuzz targets)
 */

#include <string.h>

#include "mm-tdtech-at.h"
#include "mm-tdtech-fota-machine.h"
#include "port-model.h"

/* Pairs of positions are tried up to this length, in bytes */
#define PAIRS_MAX 160

/*****************************************************************************/
/* The flow, run over the port as mm-tdtech-fota.c runs it */

typedef struct {
    MMTdtechFotaMachine *m;
    MMTdtechFotaEffect   effect;    /* under way */
    GQueue               lines;
    GString             *trace;
} Flow;

static void
step (Flow                    *flow,
      const MMTdtechFotaInput *input)
{
    MMTdtechFotaOutput out;

    mm_tdtech_fota_machine_step (flow->m, input, &out);
    do {
        if (!out.entered)
            return;
        g_string_append_printf (flow->trace, " %s", mm_tdtech_fota_phase_get_name (flow->m->phase));
        flow->effect = out.effect;
    } while (mm_tdtech_fota_machine_resync (flow->m, &out));
}

static void
feed_state (Flow                  *flow,
            MMTdtechFotaInputKind  kind,
            const gchar           *line)
{
    MMTdtechFotastate state = { 0 };
    MMTdtechFotaInput input = { .kind = kind, .state = &state };

    if (!mm_tdtech_parse_fotastate (line, &state, NULL))
        return;
    if (kind == MM_TDTECH_FOTA_INPUT_STATE_READ)
        flow->effect = MM_TDTECH_FOTA_EFFECT_NONE;
    step (flow, &input);
    mm_tdtech_fotastate_clear (&state);
}

static void
flush_lines (Flow *flow)
{
    gchar *line;

    while ((line = g_queue_pop_head (&flow->lines))) {
        feed_state (flow, MM_TDTECH_FOTA_INPUT_STATE_LINE, line);
        g_free (line);
    }
}

static void
feed_done (Flow        *flow,
           const gchar *answer)
{
    MMTdtechVersion   version = { 0 };
    MMTdtechFotaInput input = { .kind = MM_TDTECH_FOTA_INPUT_DONE };

    if (flow->effect == MM_TDTECH_FOTA_EFFECT_READ_VERSION && mm_tdtech_parse_version (answer, &version, NULL))
        input.version = &version;
    flow->effect = MM_TDTECH_FOTA_EFFECT_NONE;
    step (flow, &input);
    mm_tdtech_version_clear (&version);
}

static void
port_said (const gchar *line,
           const gchar *answer,
           gpointer     user_data)
{
    Flow *flow = user_data;

    if (line) {
        if (g_str_has_prefix (line, "^FOTASTATE:"))
            g_queue_push_tail (&flow->lines, g_strdup (line));
        return;
    }
    if (flow->effect == MM_TDTECH_FOTA_EFFECT_READ_STATE) {
        g_autofree gchar *last = g_queue_pop_tail (&flow->lines);

        flush_lines (flow);
        if (flow->effect == MM_TDTECH_FOTA_EFFECT_READ_STATE)
            feed_state (flow, MM_TDTECH_FOTA_INPUT_STATE_READ, last ? last : "");
        else if (last)
            feed_state (flow, MM_TDTECH_FOTA_INPUT_STATE_LINE, last);
        return;
    }
    flush_lines (flow);
    feed_done (flow, answer);
}

/* A line is processed when the loop is idle, but not before ^FOTASTATE? has ended */
static void
flow_idle (Flow *flow)
{
    if (flow->effect != MM_TDTECH_FOTA_EFFECT_READ_STATE)
        flush_lines (flow);
}

static void
flow_start (Flow *flow)
{
    static const MMTdtechFotaInput start = { .kind = MM_TDTECH_FOTA_INPUT_START };

    flow->m = mm_tdtech_fota_machine_new ();
    flow->effect = MM_TDTECH_FOTA_EFFECT_NONE;
    g_queue_init (&flow->lines);
    flow->trace = g_string_new (NULL);
    step (flow, &start);
}

static void
flow_download (Flow *flow)
{
    const MMTdtechFotaFlowOptions options = { .with_url = TRUE };
    const MMTdtechFotaInput       input = {
        .kind    = MM_TDTECH_FOTA_INPUT_VERB,
        .verb    = MM_TDTECH_FOTA_VERB_DOWNLOAD,
        .options = &options,
    };

    step (flow, &input);
}

static void
flow_clear (Flow *flow)
{
    mm_tdtech_fota_machine_free (flow->m);
    g_queue_clear_full (&flow->lines, g_free);
    g_string_free (flow->trace, TRUE);
}

/*****************************************************************************/
/* Transcripts: what the module says between one command and the next */

typedef struct {
    const gchar *text;
    const gchar *next;      /* read whole, after the next command */
} Transcript;

#define VERSION_TEXT                                \
    "\r\n^VERSION:BDT:Jan 28 2026, 18:42:02\r\n"    \
    "\r\n^VERSION:EXTS:1.2.5.0(SP1C02)\r\n"         \
    "\r\n^VERSION:EXTH:MT5700M Ver.A\r\n"           \
    "\r\nOK\r\n"

static const Transcript transcripts[] = {
    { "\r\n^FOTASTATE: 10\r\n\r\nOK\r\n" },
    { "\r\n^HCSQ: \"NR\",68,211,31\r\n\r\n^FOTASTATE: 10\r\n\r\n^RSSI: 20\r\n\r\nOK\r\n\r\n^FOTASTATE: 11\r\n" },
    { "\r\n^FOTASTATE: 11\r\n\r\n^FOTASTATE: 10\r\n\r\nOK\r\n" },
    { "\r\n^FOTASTATE: 10\r\n\r\n^FOTASTATE: 11\r\n\r\nOK\r\n" },
    { "AT^FOTASTATE?\r\r\n^FOTASTATE: 10\r\n\r\nOK\r\n" },
    { "AT^FO\r\n^RSSI: 9\r\nTASTATE?\r\r\n^FOTASTATE: 10\r\n\r\nOK\r\n" },
    { "\r\n^FOTASTATE: 10OK\r\n" },
    { "\r\n460010123456789\r\n\r\nOK\r\n\r\n^FOTASTATE: 40\r\n" },
    { "\r\nOK\r\n\r\n^NDISSTAT: 2,0,33,,\"IPV4\"\r\n" },
    { "\r\n^NDISSTAT: 2,0,33,,\"IPV4\"\r\n\r\nOK\r\n" },
    { "\r\n^NDISSTAT: 1,1,,,\"IPV4\"\r\n^NDISSTAT: 1,1,,,\"IPV6\"\r\n\r\nOK\r\n" },
    { "\r\n^NDISSTATQRY: 1,1,,,\"IPV4\",0,,,\"IPV6\"\r\n\r\n+CSQ: 20, 23\r\n\r\nOK\r\n" },
    { "\r\nERROR: DUPLICATED\r\n\r\n^RSSI: 1\r\n" },
    { "\r\n+CME ERROR: SIM PIN required\r\n" },
    { "\r\nCOMMAND NOT SUPPORT\r\n\r\n^CERSSI: 1\r\n" },
    { "\r\n+CEREG: 2,1,\"102F\",\"002D811F\",7\r\n\r\n+CESQ: 99, 99, 255, 255, 23, 20, 255, 255, 255\r\n\r\nOK\r\n" },
    { "\r\n+CMTI: \"SM\",3\r\n\r\n+CSQ: 20,23\r\n\r\nOK\r\n" },
    { "\r\nOK\r\n\r\n+CMTI: \"SM\",3\r\n" },
    { "\r\n+CMGR: 0,,30\r\nI am BUSY, NO CARRIER\r\n\r\nOK\r\n" },
    { "\r\n^CEND: 1,0,104,16\r\n\r\nNO CARRIER\r\n\r\n+CIND: 1\r\n\r\nOK\r\n" },
    { "\r\nOK\r\n\r\n^CEND: 1\r\n\r\nNO CARRIER\r\n" },
    { "\r\n> " },
    { "\0\0\r\nTD Tech\r\n\r\nOK\r\n" },
    { "SQ: 31,20\r\n\r\nV200R001C20B025\r\n\r\nOK\r\n" },
    { VERSION_TEXT },
};

static void
run_pieces (const Transcript *transcript,
            gsize             length,
            const gsize      *cuts,
            guint             n_cuts,
            gboolean          idle,
            GString          *out)
{
    PortModel port;
    Flow      flow;
    gsize     start = 0;
    guint     i;

    flow_start (&flow);
    port_model_init (&port);
    port.func = port_said;
    port.user_data = &flow;
    port_model_ask (&port);
    for (i = 0; i <= n_cuts; i++) {
        gsize end = i < n_cuts ? cuts[i] : length;

        port_model_read (&port, transcript->text + start, end - start);
        if (idle) {
            port_model_idle (&port);
            flow_idle (&flow);
        }
        start = end;
    }
    port_model_idle (&port);
    flow_idle (&flow);
    if (transcript->next) {
        port_model_ask (&port);
        port_model_read (&port, transcript->next, strlen (transcript->next));
        port_model_idle (&port);
        flow_idle (&flow);
    }
    g_string_printf (out, "%s / %s / %s", port.log->str, port.own->str, flow.trace->str);
    port_model_clear (&port);
    flow_clear (&flow);
}

static void
check_pieces (const Transcript *transcript,
              gsize             length,
              const GString    *whole,
              const gsize      *cuts,
              guint             n_cuts)
{
    g_autoptr(GString) out = g_string_new (NULL);
    guint              idle;

    for (idle = 0; idle < 2; idle++) {
        run_pieces (transcript, length, cuts, n_cuts, idle, out);
        if (!g_string_equal (out, whole))
            g_error ("cut at %" G_GSIZE_FORMAT "%s of %" G_GSIZE_FORMAT ": %s\n instead of %s",
                     cuts[0], n_cuts > 1 ? " and elsewhere" : "", length, out->str, whole->str);
    }
}

static void
check_transcript (const Transcript *transcript,
                  gsize             length)
{
    g_autoptr(GString)  whole = g_string_new (NULL);
    g_autofree gsize   *all = g_new (gsize, MAX (length, 1));
    gsize               i;

    run_pieces (transcript, length, NULL, 0, TRUE, whole);
    for (i = 1; i < length; i++) {
        gsize cuts[2] = { i };

        all[i - 1] = i;
        check_pieces (transcript, length, whole, cuts, 1);
        for (cuts[1] = i + 1; length <= PAIRS_MAX && cuts[1] < length; cuts[1]++)
            check_pieces (transcript, length, whole, cuts, 2);
    }
    if (length > 1)
        check_pieces (transcript, length, whole, all, (guint) length - 1);
}

static void
test_transcripts (void)
{
    static const gchar *next[] = { NULL, "\r\n^RSSI: 1\r\n\r\nV200\r\n\r\nOK\r\n", "\r\nOK\r\n" };
    guint               i;
    guint               j;

    for (i = 0; i < G_N_ELEMENTS (transcripts); i++) {
        Transcript transcript = transcripts[i];
        gsize      length = transcript.text[0] ? strlen (transcript.text) : 17;

        for (j = 0; j < G_N_ELEMENTS (next); j++) {
            transcript.next = next[j];
            check_transcript (&transcript, length);
        }
    }
}

/*****************************************************************************/
/* What the fuzz targets begin with, as an answer */

static gint    n_folders;
static gchar **folders;

static void
check_file (const gchar *path)
{
    g_autofree gchar   *contents = NULL;
    g_autoptr(GString)  text = g_string_new ("\r\n");
    Transcript          transcript = { 0 };
    gsize               length;

    g_assert_true (g_file_get_contents (path, &contents, &length, NULL));
    g_string_append_len (text, contents, (gssize) length);
    g_string_append (text, "\r\n\r\nOK\r\n\r\n^FOTASTATE: 11\r\n");
    transcript.text = text->str;
    if (text->len <= 2000)
        check_transcript (&transcript, text->len);
}

static void
test_corpus (void)
{
    gint i;

    for (i = 0; i < n_folders; i++) {
        g_autoptr(GDir)  dir = g_dir_open (folders[i], 0, NULL);
        const gchar     *name;

        g_assert_nonnull (dir);
        while ((name = g_dir_read_name (dir))) {
            g_autofree gchar *path = g_build_filename (folders[i], name, NULL);

            check_file (path);
        }
    }
}

/*****************************************************************************/
/* A whole download, command by command, with lines that come by themselves in between */

static const gchar *const download[] = {
    /* ^FOTASTATE? */
    "\r\n^RSSI: 1\r\n\r\n^FOTASTATE: 10\r\n\r\n^HCSQ: 1\r\n\r\nOK\r\n",
    VERSION_TEXT "\r\n^RSSI: 1\r\n",
    NULL,
    /* registration, ^FOTASTATE?, ^FOTAMODE, ^FOTAOEMDL */
    "\r\n+CEREG: 2,1\r\n\r\nOK\r\n",
    "\r\n^FOTASTATE: 10\r\n\r\n^CERSSI: 1\r\n\r\nOK\r\n",
    "\r\nOK\r\n\r\n^DSAMBR: 1\r\n",
    "\r\n^FOTASTATE: 11\r\n\r\nOK\r\n\r\n^FOTASTATE: 12,1.3.0.0(SP1C02),56737228,1. a=\"b\";en-us\r\n",
};

static void
run_download (guint    exchange,
              gsize    cut,
              GString *out)
{
    PortModel port;
    Flow      flow;
    guint     i;

    flow_start (&flow);
    port_model_init (&port);
    port.func = port_said;
    port.user_data = &flow;
    for (i = 0; i < G_N_ELEMENTS (download); i++) {
        gsize length = download[i] ? strlen (download[i]) : 0;
        gsize first = i == exchange ? MIN (cut, length) : length;

        if (!download[i]) {
            flow_download (&flow);
            continue;
        }
        port_model_ask (&port);
        port_model_read (&port, download[i], first);
        flow_idle (&flow);
        if (first < length) {
            port_model_read (&port, download[i] + first, length - first);
            flow_idle (&flow);
        }
        port_model_idle (&port);
        flow_idle (&flow);
    }
    g_string_assign (out, flow.trace->str);
    port_model_clear (&port);
    flow_clear (&flow);
}

static void
test_download (void)
{
    g_autoptr(GString) whole = g_string_new (NULL);
    g_autoptr(GString) out = g_string_new (NULL);
    guint              i;
    gsize              cut;

    run_download (G_MAXUINT, 0, whole);
    g_assert_cmpstr (whole->str, ==, " adopt-state adopt-version rest registration state mode query checking checking");
    for (i = 0; i < G_N_ELEMENTS (download); i++) {
        for (cut = 1; download[i] && cut < strlen (download[i]); cut++) {
            run_download (i, cut, out);
            g_assert_cmpstr (out->str, ==, whole->str);
        }
    }
}

int
main (int    argc,
      char **argv)
{
    g_test_init (&argc, &argv, NULL);
    n_folders = argc - 1;
    folders = argv + 1;

    g_test_add_func ("/tdtech/pieces/transcripts", test_transcripts);
    g_test_add_func ("/tdtech/pieces/corpus", test_corpus);
    g_test_add_func ("/tdtech/pieces/download", test_download);

    return g_test_run ();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <locale.h>
#include <string.h>

#include <libmm-glib.h>

#include "mm-tdtech-fota-enums.h"
#include "mmfota-advice.h"
#include "mmfota-error.h"
#include "mmfota-event.h"
#include "mmfota-names.h"
#include "mmfota-options.h"
#include "mmfota-output.h"
#include "mmfota-progress.h"
#include "mmfota-status.h"
#include "mmfota-text.h"
#include "mmfota-tree.h"

/*****************************************************************************/
/* Text */

typedef struct {
    const gchar *text;
    const gchar *printable;
} PrintableTest;

static void
test_printable (void)
{
    static const PrintableTest tests[] = {
        { NULL,                       ""                        },
        { "",                         ""                        },
        { "V200R001C20B025",          "V200R001C20B025"         },
        { "a;b,\"c\"",                "a;b,\"c\""               },
        { "\033[31mred\033[0m",       "?[31mred?[0m"            },
        { "one\r\ntwo\tthree",        "one??two?three"          },
        { "del\177",                  "del?"                    },
        { "csi\302\233" "31m",        "csi?31m"                 },
        { "right\342\200\256left",    "right?left"              },
        { "line\342\200\250separate", "line?separate"           },
        { "zero\342\200\213width",    "zero?width"              },
        { "\344\270\255\345\233\275", "\344\270\255\345\233\275" },
        { "bad\377utf8",              "bad\\xffutf8"            },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (tests); i++) {
        g_autofree gchar *printable = mmfota_text_printable (tests[i].text);

        g_assert_cmpstr (printable, ==, tests[i].printable);
    }
}

typedef struct {
    guint64      number;
    const gchar *text;
} NumberTest;

static void
test_size (void)
{
    static const NumberTest tests[] = {
        { 0,                                "0 bytes"       },
        { 999,                              "999 bytes"     },
        { 1000,                             "1.0 kB"        },
        { 1999,                             "1.9 kB"        },
        { 999999,                           "999.9 kB"      },
        { 56737228,                         "56.7 MB"       },
        { 4294967296,                       "4.2 GB"        },
        { G_MAXUINT64,                      "18446744073.7 GB" },
    };
    g_autofree gchar *of = mmfota_text_size_of (500, 56737228);
    g_autofree gchar *of_small = mmfota_text_size_of (1, 500);
    guint             i;

    for (i = 0; i < G_N_ELEMENTS (tests); i++) {
        g_autofree gchar *text = mmfota_text_size (tests[i].number);

        g_assert_cmpstr (text, ==, tests[i].text);
    }
    g_assert_cmpstr (of, ==, "0.0 of 56.7 MB");
    g_assert_cmpstr (of_small, ==, "1 of 500 bytes");
}

static void
test_duration (void)
{
    static const NumberTest tests[] = {
        { 0,          "0:00"            },
        { 59,         "0:59"            },
        { 90,         "1:30"            },
        { 3600,       "1:00:00"         },
        { 4294967294, "1193046:28:14"   },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (tests); i++) {
        g_autofree gchar *text = mmfota_text_duration (tests[i].number);

        g_assert_cmpstr (text, ==, tests[i].text);
    }
}

static void
test_parse_duration (void)
{
    static const NumberTest good[] = {
        { 0,          "0"          },
        { 90,         "90"         },
        { 4294967295, "4294967295" },
        { 45,         "45s"        },
        { 5400,       "1h30m"      },
        { 5400,       "1h30min"    },
        { 7200,       "120m"       },
        { 788645,     "1w2d3h4m5s" },
        { 172805,     "2d5s"       },
    };
    static const gchar *const bad[] = {
        "", " ", "-1", "+1", "1.5", "1h30", "h", "1x", "1 h", "1m1h", "1m1min", "1s1s", "1H", "4294967296",
        "99999999999999999999s", "1h-1m", "1h ", "0x10", "1e3", "\303\244", "1\303\244",
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (good); i++) {
        guint64 seconds = 7;

        g_assert_true (mmfota_text_parse_duration (good[i].text, &seconds));
        g_assert_cmpuint (seconds, ==, good[i].number);
    }
    for (i = 0; i < G_N_ELEMENTS (bad); i++) {
        guint64 seconds = 7;

        if (mmfota_text_parse_duration (bad[i], &seconds))
            g_error ("'%s' is %" G_GUINT64_FORMAT " seconds", bad[i], seconds);
        g_assert_cmpuint (seconds, ==, 7);
    }
}

static void
test_time (void)
{
    static const NumberTest tests[] = {
        { 0,           "--"                  },
        { 1795420800,  "2026-11-23 08:00:00" },
        { G_MAXINT64,  "--"                  },
        { G_MAXUINT64, "--"                  },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (tests); i++) {
        g_autofree gchar *text = mmfota_text_time (tests[i].number);

        g_assert_cmpstr (text, ==, tests[i].text);
    }
}

/*****************************************************************************/
/* Names */

static void
test_names (void)
{
    g_auto(GStrv)     none = mmfota_names_blockers (0);
    g_auto(GStrv)     all = mmfota_names_blockers (0x3F);
    g_auto(GStrv)     later = mmfota_names_blockers (1u << 31);
    g_autofree gchar *joined = g_strjoinv (" ", all);

    g_assert_cmpstr (mmfota_names_state (MM_TDTECH_FOTA_STATE_VERIFYING), ==, "verifying");
    g_assert_cmpstr (mmfota_names_state (11), ==, "unknown");
    g_assert_cmpstr (mmfota_names_state (G_MAXUINT), ==, "unknown");
    g_assert_cmpstr (mmfota_names_outcome (MM_TDTECH_FOTA_OUTCOME_NOTHING_NEWER), ==, "nothing-newer");
    g_assert_cmpstr (mmfota_names_event (0), ==, "unknown");
    g_assert_cmpstr (mmfota_names_event (MM_TDTECH_FOTA_EVENT_CANCELLED), ==, "cancelled");
    g_assert_null (none[0]);
    g_assert_cmpstr (joined, ==, "not-registered roaming call data auto-dial refused");
    g_assert_cmpstr (later[0], ==, "unknown");
}

/*****************************************************************************/
/* Machine-readable output */

static MmGdbusModemFota *
new_fota (void)
{
    MmGdbusModemFota *fota = mm_gdbus_modem_fota_skeleton_new ();

    mm_gdbus_modem_fota_set_percent (fota, MM_TDTECH_FOTA_UNKNOWN);
    mm_gdbus_modem_fota_set_expected_seconds (fota, MM_TDTECH_FOTA_UNKNOWN);
    mm_gdbus_modem_fota_set_module_state (fota, -1);
    return fota;
}

static void
test_json_empty (void)
{
    g_autoptr(MmGdbusModemFota) fota = new_fota ();
    g_autoptr(JsonObject)       tree = mmfota_status_to_tree (&(const MmfotaIdentity) { .path = "/m/0" }, fota);
    g_autoptr(JsonObject)       gone = mmfota_status_to_tree (&(const MmfotaIdentity) { .path = "/m/0" }, NULL);
    g_autoptr(JsonObject)       nothing = mmfota_status_to_tree (&(const MmfotaIdentity) { NULL }, NULL);
    g_autofree gchar           *json = mmfota_tree_to_json (tree);
    g_autofree gchar           *gone_json = mmfota_tree_to_json (gone);
    g_autofree gchar           *nothing_json = mmfota_tree_to_json (nothing);

    g_assert_cmpstr (json, ==,
                     "{\"modem\":{\"path\":\"/m/0\",\"equipment-identifier\":null,\"device-identifier\":null,"
                     "\"device\":null,\"fota\":{\"state\":\"unknown\",\"module-state\":-1,"
                     "\"version\":null,\"build-time\":null,\"revision\":null,\"server\":null,\"update\":null,"
                     "\"bytes-received\":0,\"bytes-total\":null,\"percent\":null,\"expected-seconds\":null,"
                     "\"interruptible\":false,\"transaction\":null,\"blockers\":[],\"upgrade-time\":null,"
                     "\"result\":null}}}");
    g_assert_cmpstr (gone_json, ==, "{\"modem\":{\"path\":\"/m/0\",\"equipment-identifier\":null,"
                                    "\"device-identifier\":null,\"device\":null,\"fota\":null}}");
    g_assert_cmpstr (nothing_json, ==, "{\"modem\":null}");
}

/* Values of a wrong type are not known. */
static void
test_json_wrong_types (void)
{
    g_autoptr(MmGdbusModemFota)  fota = new_fota ();
    g_autoptr(JsonObject)        tree = NULL;
    JsonObject                  *update;
    GVariantDict                 dict;

    g_variant_dict_init (&dict, NULL);
    g_variant_dict_insert (&dict, "version", "u", 5);
    g_variant_dict_insert (&dict, "size", "s", "big");
    g_variant_dict_insert (&dict, "downgrade", "s", "yes");
    g_variant_dict_insert (&dict, "description", "s", "d");
    mm_gdbus_modem_fota_set_update (fota, g_variant_dict_end (&dict));

    tree = mmfota_status_to_tree (&(const MmfotaIdentity) { .path = "/m/0" }, fota);
    update = json_object_get_object_member (json_object_get_object_member (json_object_get_object_member (tree, "modem"), "fota"), "update");
    g_assert_true (json_object_get_null_member (update, "version"));
    g_assert_true (json_object_get_null_member (update, "size"));
    g_assert_false (json_object_get_boolean_member (update, "downgrade"));
    g_assert_cmpstr (json_object_get_string_member (update, "description"), ==, "d");
}

static void
test_json_escapes (void)
{
    static const gchar     nasty[] = "\033[2J\177\302\233x\342\200\256y\n\"\\";
    g_autoptr(JsonObject)  tree = json_object_new ();
    g_autofree gchar      *json = NULL;
    g_autoptr(JsonNode)    back = NULL;
    const gchar           *p;

    mmfota_tree_add_string (tree, "text", nasty);
    json = mmfota_tree_to_json (tree);
    for (p = json; *p; p++)
        g_assert_true (g_ascii_isprint (*p));
    back = json_from_string (json, NULL);
    g_assert_cmpstr (json_object_get_string_member (json_node_get_object (back), "text"), ==, nasty);
}

static void
test_keyvalue (void)
{
    static const gchar *const    words[] = { "one", "t\nwo", NULL };
    g_autoptr(JsonObject)        tree = json_object_new ();
    JsonObject                  *inner = json_object_new ();
    g_autofree gchar            *text = NULL;

    mmfota_tree_add_string (inner, "absent", "");
    mmfota_tree_add_number (inner, "large", TRUE, G_MAXUINT64);
    mmfota_tree_add_strv (inner, "words", words);
    json_object_set_boolean_member (inner, "b", TRUE);
    json_object_set_object_member (tree, "a", inner);
    text = mmfota_tree_to_keyvalue (tree);
    g_assert_cmpstr (text, ==,
                     "a.absent         : --\n"
                     "a.large          : 9223372036854775807\n"
                     "a.words.length   : 2\n"
                     "a.words.value[1] : one\n"
                     "a.words.value[2] : t?wo\n"
                     "a.b              : yes\n");
}

static void
test_event (void)
{
    g_autoptr(GVariant)    details = NULL;
    g_autoptr(GVariant)    event = NULL;
    g_autoptr(JsonObject)  tree = NULL;
    g_autofree gchar      *line = NULL;
    g_autofree gchar      *json = NULL;
    GVariantDict           dict;

    g_variant_dict_init (&dict, NULL);
    g_variant_dict_insert (&dict, "time", "t", (guint64) 1795420800);
    g_variant_dict_insert (&dict, "version", "s", "1.3\033");
    g_variant_dict_insert (&dict, "strange", "(ii)", 1, 2);
    details = g_variant_ref_sink (g_variant_dict_end (&dict));
    event = mmfota_event_new (7, MM_TDTECH_FOTA_EVENT_UPDATE_AVAILABLE, details);

    line = mmfota_event_to_line (event, NULL);
    g_assert_cmpstr (line, ==, "7  2026-11-23 08:00:00  update-available, version 1.3?");
    tree = mmfota_event_to_tree (event);
    json = mmfota_tree_to_json (tree);
    g_assert_cmpstr (json, ==, "{\"sequence\":7,\"kind\":\"update-available\",\"time\":1795420800,"
                               "\"version\":\"1.3\\u001b\"}");
}

/*****************************************************************************/
/* Errors */

static void
check_error (GError      *error,
             const gchar *name,
             const gchar *text,
             MmfotaExit   status)
{
    g_autoptr(GError)  owned = error;
    g_autofree gchar  *actual_name = mmfota_error_name (owned);
    g_autofree gchar  *actual_text = mmfota_error_text (owned);

    g_assert_cmpstr (actual_name, ==, name);
    g_assert_cmpstr (actual_text, ==, text);
    g_assert_cmpint (mmfota_output_error_exit (owned), ==, status);
}

static void
test_errors (void)
{
    check_error (g_dbus_error_new_for_dbus_error (MM_TDTECH_FOTA_DBUS_ERROR_PREFIX "ServerUnreachable", "check\033 it"),
                 MM_TDTECH_FOTA_DBUS_ERROR_PREFIX "ServerUnreachable", "check? it", MMFOTA_EXIT_FAILED);
    check_error (g_dbus_error_new_for_dbus_error ("org.freedesktop.ModemManager1.Error.Core.Unauthorized", "no"),
                 "org.freedesktop.ModemManager1.Error.Core.Unauthorized", "no", MMFOTA_EXIT_NOT_AUTHORIZED);
    check_error (g_dbus_error_new_for_dbus_error ("org.freedesktop.DBus.Error.AccessDenied", "no"),
                 "org.freedesktop.DBus.Error.AccessDenied", "no", MMFOTA_EXIT_NOT_AUTHORIZED);
    check_error (g_error_new (MM_CORE_ERROR, MM_CORE_ERROR_NOT_FOUND, "none"),
                 "org.freedesktop.ModemManager1.Error.Core.NotFound", "none", MMFOTA_EXIT_NO_MODEM);
    check_error (g_error_new (G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "late"),
                 "org.freedesktop.DBus.Error.Timeout", "late", MMFOTA_EXIT_FAILED);
    check_error (g_error_new (G_IO_ERROR, G_IO_ERROR_CLOSED, "closed"),
                 "org.freedesktop.DBus.Error.Disconnected", "closed", MMFOTA_EXIT_NO_MODEM);
    check_error (g_error_new (G_IO_ERROR, G_IO_ERROR_FAILED, "broken"),
                 "org.freedesktop.ModemManager1.Error.Core.Failed", "broken", MMFOTA_EXIT_FAILED);
}

/*****************************************************************************/
/* Progress */

static MmfotaProgressInfo
downloading (void)
{
    MmfotaProgressInfo info = {
        .present = TRUE,
        .state = MM_TDTECH_FOTA_STATE_DOWNLOADING,
        .percent = 50,
        .expected = 90,
        .received = 28368614,
        .total = 56737228,
        .rate = 1200000,
    };

    return info;
}

static void
test_bar (void)
{
    MmfotaProgressInfo  info = downloading ();
    g_autofree gchar   *wide = mmfota_progress_bar (&info, 100, 0);
    g_autofree gchar   *medium = mmfota_progress_bar (&info, 55, 0);
    g_autofree gchar   *narrow = mmfota_progress_bar (&info, 20, 0);

    g_assert_cmpstr (wide, ==,
                     "downloading [###################...................] 50%  28.3 of 56.7 MB  1.2 MB/s  1:30 left");
    g_assert_cmpstr (medium, ==, "downloading [#####.....] 50%  28.3 of 56.7 MB  1.2 MB/s");
    g_assert_cmpstr (narrow, ==, "downloading 50%");
}

/* Whatever the width, the bar fits, and whatever the percentage, it is drawn. */
static void
test_bar_widths (void)
{
    MmfotaProgressInfo info = downloading ();
    guint              width;

    for (width = 1; width < 200; width++) {
        for (info.percent = 0; info.percent < 120; info.percent += 7) {
            g_autofree gchar *text = mmfota_progress_bar (&info, width, width);

            g_assert_cmpuint (strlen (text), <=, width);
        }
    }
}

/* Chinese characters take two columns, a combining mark none; nothing is cut in two */
static void
test_columns (void)
{
    static const gchar text[] = "固件 e\xcc\x81\xe2\x80\x8b a";
    g_autoptr(GString) line = g_string_new (NULL);
    guint              width;

    g_assert_cmpuint (mmfota_text_width (""), ==, 0);
    g_assert_cmpuint (mmfota_text_width (text), ==, 8);
    for (width = 0; width < 12; width++) {
        g_autofree gchar *cut = mmfota_text_cut (text, width);

        g_assert_true (g_utf8_validate (cut, -1, NULL));
        g_assert_true (g_str_has_prefix (text, cut));
        g_assert_cmpuint (mmfota_text_width (cut), <=, width);
        g_assert_cmpuint (mmfota_text_width (cut) + 2, >, MIN (width, 8));
        /* The mark belongs to the letter before it */
        g_assert_cmpint (!!strstr (cut, "e"), ==, !!strstr (cut, "\xcc\x81"));
    }
    mmfota_text_append_aligned (line, "固件", 6);
    mmfota_text_append_aligned (line, "固件", -6);
    mmfota_text_append_aligned (line, "固件", 3);
    g_assert_cmpstr (line->str, ==, "  固件固件  固件");
}

static void
test_spinner (void)
{
    MmfotaProgressInfo  info = { .present = TRUE, .state = MM_TDTECH_FOTA_STATE_UPGRADING, .elapsed = 75,
                                 .percent = 100, .expected = 225 };
    g_autofree gchar   *upgrading = mmfota_progress_bar (&info, 100, 2);
    g_autofree gchar   *fits = NULL;
    g_autofree gchar   *narrow = NULL;
    g_autofree gchar   *away = NULL;
    g_autofree gchar   *unplugged = NULL;

    g_assert_cmpstr (upgrading, ==, "- upgrading: the module works alone, do not unplug it  1:15  3:45 left");
    /* No half of a time */
    fits = mmfota_progress_bar (&info, 66, 2);
    g_assert_cmpstr (fits, ==, "- upgrading: the module works alone, do not unplug it  1:15");
    narrow = mmfota_progress_bar (&info, 57, 2);
    g_assert_cmpstr (narrow, ==, "- upgrading: the module works alone, do not unplug it");
    info.present = FALSE;
    info.rebooting = TRUE;
    away = mmfota_progress_bar (&info, 100, 3);
    g_assert_cmpstr (away, ==, "\\ the module reboots: do not unplug it  1:15");
    info.rebooting = FALSE;
    unplugged = mmfota_progress_bar (&info, 100, 4);
    g_assert_cmpstr (unplugged, ==, "| waiting for the modem to come back  1:15");
}

static void
test_line (void)
{
    MmfotaProgressInfo  info = downloading ();
    g_autofree gchar   *known = mmfota_progress_line (&info);
    g_autofree gchar   *computed = NULL;
    g_autofree gchar   *unknown = NULL;
    g_autofree gchar   *waiting = NULL;

    g_assert_cmpstr (known, ==, "downloading: 50%, 28.3 of 56.7 MB, 1.2 MB/s, 1:30 left");
    info.expected = MM_TDTECH_FOTA_UNKNOWN;
    computed = mmfota_progress_line (&info);
    g_assert_cmpstr (computed, ==, "downloading: 50%, 28.3 of 56.7 MB, 1.2 MB/s, 0:23 left");
    info.percent = MM_TDTECH_FOTA_UNKNOWN;
    info.total = 0;
    info.rate = 0;
    unknown = mmfota_progress_line (&info);
    g_assert_cmpstr (unknown, ==, "downloading: 28.3 MB");
    info.state = MM_TDTECH_FOTA_STATE_WAITING;
    info.blockers = MM_TDTECH_FOTA_BLOCKER_CALL | MM_TDTECH_FOTA_BLOCKER_AUTO_DIAL;
    waiting = mmfota_progress_line (&info);
    g_assert_cmpstr (waiting, ==, "waiting (blocked by: call, auto-dial)");
}

/*****************************************************************************/
/* Options */

static MmfotaOptions *
parse (const gchar       *line,
       MmfotaOutputType  *output,
       GError           **error)
{
    g_auto(GStrv)     owned = NULL;
    g_autofree gchar **argv = NULL;
    gint              argc;

    g_assert_true (g_shell_parse_argv (line, &argc, &owned, NULL));
    argv = g_memdup2 (owned, sizeof (gchar *) * ((gsize) argc + 1));
    return mmfota_options_parse (argc, argv, output, error);
}

static void
test_options (void)
{
    MmfotaOutputType          output;
    g_autoptr(GError)         error = NULL;
    g_autoptr(MmfotaOptions)  plain = parse ("mmfota", &output, &error);
    g_autoptr(MmfotaOptions)  update = NULL;
    g_autoptr(MmfotaOptions)  resume = NULL;
    g_autoptr(MmfotaOptions)  events = NULL;
    guint                     delay = 0;

    g_assert_no_error (error);
    g_assert_cmpint (plain->verb, ==, MMFOTA_VERB_STATUS);
    g_assert_cmpint (output, ==, MMFOTA_OUTPUT_HUMAN);
    g_assert_cmpuint (plain->lost_after, ==, 1800);
    g_assert_cmpint (mmfota_options_call_timeout (plain), ==, 30000);

    update = parse ("mmfota -J -m any -y --update http://h:80/f --delay 7 --timeout 3000000", &output, &error);
    g_assert_no_error (error);
    g_assert_cmpint (update->verb, ==, MMFOTA_VERB_UPDATE);
    g_assert_cmpint (output, ==, MMFOTA_OUTPUT_JSON);
    g_assert_cmpstr (update->modem, ==, "any");
    g_assert_cmpstr (update->url, ==, "http://h:80/f");
    g_assert_true (update->yes);
    g_assert_true (g_variant_lookup (update->method_options, "delay", "u", &delay));
    g_assert_cmpuint (delay, ==, 7);
    g_assert_cmpint (mmfota_options_call_timeout (update), >, 30000);

    resume = parse ("mmfota -K --resume --upgrade", &output, &error);
    g_assert_no_error (error);
    g_assert_cmpint (resume->verb, ==, MMFOTA_VERB_RESUME);
    g_assert_true (resume->upgrade);
    g_assert_null (resume->url);
    g_assert_cmpint (output, ==, MMFOTA_OUTPUT_KEYVALUE);

    events = parse ("mmfota --events=18446744073709551615", &output, &error);
    g_assert_no_error (error);
    g_assert_cmpint (events->verb, ==, MMFOTA_VERB_EVENTS);
    g_assert_true (events->events_after == G_MAXUINT64);
}

static void
test_options_refused (void)
{
    static const gchar *const lines[] = {
        "mmfota --check 'http://h/#f'",
        "mmfota --check h",
        "mmfota --check https://",
        "mmfota --check 'http://h/a b'",
        "mmfota --check http://h:99999/",
        "mmfota --status --monitor",
        "mmfota --upgrade --expect-version ''",
        "mmfota --upgrade --transaction ''",
        "mmfota --upgrade --transaction 'a/b'",
        "mmfota --upgrade --delay 1.5",
        "mmfota --upgrade --tls-verify none",
        "mmfota --monitor --wait 5",
        "mmfota --check https://h/ --tls-verify none --tls-ca /dev/null",
        "mmfota --check https://h/ --tls-ca /dev/null",
        "mmfota --check https://h/ --tls-verify server --tls-key a --tls-certificate b",
        "mmfota --events=-1",
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (lines); i++) {
        g_autoptr(GError)        error = NULL;
        g_autoptr(MmfotaOptions) options = NULL;
        MmfotaOutputType         output;

        options = parse (lines[i], &output, &error);
        if (options)
            g_error ("accepted: %s", lines[i]);
        g_assert_error (error, MM_CORE_ERROR, MM_CORE_ERROR_INVALID_ARGS);
    }
}

/*****************************************************************************/
/* Words */

#define CORE(name) "org.freedesktop.ModemManager1.Error.Core." name
#define FOTA(name) MM_TDTECH_FOTA_DBUS_ERROR_PREFIX name

typedef struct {
    const gchar  *name;
    MmfotaAdvice  known;
    const gchar  *says;
    const gchar  *never;
} AdviceTest;

static void
test_advice (void)
{
    static const AdviceTest tests[] = {
        { CORE ("WrongState"), { .modem = "86", .state = 5 }, "'mmfota -m 86 --resume' resumes", "Resume" },
        { CORE ("WrongState"), { .modem = "86", .state = 6 }, "'mmfota -m 86 --upgrade' installs", "Upgrade" },
        { CORE ("WrongState"), { .modem = "86", .state = 4 }, "--monitor' follows", "Cancel" },
        { CORE ("WrongState"), { .modem = "86", .state = 9 }, "cannot be stopped", "--cancel" },
        { CORE ("WrongState"), { .modem = "86", .state = 1 }, "--download' fetches", "Check" },
        { CORE ("WrongState"), { .modem = "86", .state = 99 }, NULL, NULL },
        { CORE ("InProgress"), { .modem = "86", .state = 4, .transaction = "t1" },
          "(downloading, transaction t1): 'mmfota -m 86 --monitor' follows it", "Transaction" },
        { CORE ("InProgress"), { .modem = "86", .state = 9, .transaction = "t1" },
          "cannot be stopped: 'mmfota -m 86 --monitor' follows it", "--cancel" },
        { CORE ("Aborted"), { .modem = "86" }, NULL, NULL },
        { CORE ("Aborted"), { .modem = "86", .ended = TRUE }, "--upgrade' tries again", "Upgrade" },
        { FOTA ("ConditionsNotMet"), { .blockers = 2 | 4 }, "(--allow-roaming permits it); a call is up (--hang-up-calls",
          "registered" },
        { FOTA ("ConditionsNotMet"), { .blockers = 0 }, NULL, NULL },
        { FOTA ("DownloadSuspended"), { .modem = "86" }, "--resume' queries the version again and resumes it, 'mmfota -m 86 --cancel' discards", "Resume" },
        /* One name, three causes */
        { FOTA ("OtherVersionOffered"), { .modem = "86", .offered = "2", .expected = "3" }, "is version 2, not 3", "older" },
        { FOTA ("OtherVersionOffered"), { .modem = "86", .offered = "2", .expected = "2", .running = "3", .older = TRUE },
          "2 is older than 3, which runs: --allow-downgrade", "not" },
        { FOTA ("OtherVersionOffered"), { .modem = "86", .offered = "2", .resuming = TRUE },
          "discarded: 'mmfota -m 86 --download' begins anew", "older" },
        { FOTA ("OtherVersionOffered"), { .modem = "86" }, NULL, NULL },
        { FOTA ("ServerUnreachable"), { .server = "http://h/" }, "server http://h/ (13,13): check", "state" },
        { FOTA ("FilesUnavailable"), { .server = "http://h/f" }, "'curl http://h/f/full/filelist.xml'", "state" },
        { FOTA ("FilesUnavailable"), { .server = NULL }, "'curl URL/full/filelist.xml'", "null" },
        { FOTA ("VersionUnchanged"), { .modem = "86" }, NULL, NULL },
        { NULL, { .modem = "86" }, NULL, NULL },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (tests); i++) {
        g_autofree gchar *text = mmfota_advice_text (tests[i].name, &tests[i].known);

        if (!tests[i].says) {
            g_assert_null (text);
            continue;
        }
        g_assert_nonnull (text);
        if (!strstr (text, tests[i].says) || strstr (text, tests[i].never))
            g_error ("%s: %s", tests[i].name, text);
    }
}

/*****************************************************************************/

int
main (int    argc,
      char **argv)
{
    g_setenv ("TZ", "UTC", TRUE);
    setlocale (LC_ALL, "C.UTF-8");
    g_test_init (&argc, &argv, NULL);

    g_test_add_func ("/mmfota/text/printable",       test_printable);
    g_test_add_func ("/mmfota/text/size",            test_size);
    g_test_add_func ("/mmfota/text/duration",        test_duration);
    g_test_add_func ("/mmfota/text/parse-duration",  test_parse_duration);
    g_test_add_func ("/mmfota/text/time",            test_time);
    g_test_add_func ("/mmfota/names",                test_names);
    g_test_add_func ("/mmfota/output/json-empty",    test_json_empty);
    g_test_add_func ("/mmfota/output/wrong-types",   test_json_wrong_types);
    g_test_add_func ("/mmfota/output/json-escapes",  test_json_escapes);
    g_test_add_func ("/mmfota/output/keyvalue",      test_keyvalue);
    g_test_add_func ("/mmfota/output/event",         test_event);
    g_test_add_func ("/mmfota/output/errors",        test_errors);
    g_test_add_func ("/mmfota/progress/bar",         test_bar);
    g_test_add_func ("/mmfota/progress/widths",      test_bar_widths);
    g_test_add_func ("/mmfota/progress/columns",     test_columns);
    g_test_add_func ("/mmfota/progress/spinner",     test_spinner);
    g_test_add_func ("/mmfota/progress/line",        test_line);
    g_test_add_func ("/mmfota/advice",               test_advice);
    g_test_add_func ("/mmfota/options/taken",        test_options);
    g_test_add_func ("/mmfota/options/refused",      test_options_refused);

    return g_test_run ();
}

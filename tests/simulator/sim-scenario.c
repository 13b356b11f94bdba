/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <string.h>
#include <gio/gio.h>

#include "sim-scenario.h"

typedef enum {
    KEY_STRING,
    KEY_INT,
    KEY_INT64,
    KEY_DOUBLE,
    KEY_BOOLEAN,
} KeyType;

typedef struct {
    const gchar *name;
    KeyType      type;
    goffset      offset;
    const gchar *value;
} Key;

#define KEY(name, type, field, value) { name, type, G_STRUCT_OFFSET (SimScenario, field), value }

static const Key keys[] = {
    /* Number of modules; all start with the same scenario */
    KEY ("module.modules",                KEY_INT,     modules,                "1"),
    /* One of the known identities, or custom: mt5700m, mt5710, old, mt5700m-field */
    KEY ("module.identity",               KEY_STRING,  identity,               "custom"),
    KEY ("module.manufacturer",           KEY_STRING,  manufacturer,           "TD Tech Ltd."),
    KEY ("module.model",                  KEY_STRING,  model,                  "MT5700M-CN"),
    KEY ("module.revision",               KEY_STRING,  revision,               "V200R001C20B025"),
    KEY ("module.imei",                   KEY_STRING,  imei,                   "866777050000015"),
    KEY ("module.imsi",                   KEY_STRING,  imsi,                   "460010123456789"),
    KEY ("module.iccid",                  KEY_STRING,  iccid,                  "89860123456789012345"),
    /* AT^VERSION?: EXTS, BDT, EXTH, and further KEY=VALUE pairs between semicolons */
    KEY ("module.exts",                   KEY_STRING,  exts,                   "1.2.5.0(SP1C02)"),
    KEY ("module.bdt",                    KEY_STRING,  bdt,                    "Jan 28 2026, 18:42:02"),
    KEY ("module.exth",                   KEY_STRING,  exth,                   "MT5700M Ver.A"),
    KEY ("module.version-extra",          KEY_STRING,  version_extra,          ""),
    /* USB serial number; empty: none */
    KEY ("module.serial",                 KEY_STRING,  serial,                 ""),
    /* Of its USB identity; with another one than TD Tech's it is not a TD Tech module */
    KEY ("module.usb-vendor",             KEY_STRING,  usb_vendor,             "3466"),
    /* AT^SETMODE: 0 to 8 */
    KEY ("module.setmode",                KEY_INT,     setmode,                "4"),
    /* Five or four serial ports, or one, and after a colon their interface subclass */
    KEY ("module.layout",                 KEY_STRING,  layout,                 "five:06"),
    /* The Ethernet PHY is in use: no network device on USB */
    KEY ("module.ethernet",               KEY_BOOLEAN, ethernet,               "false"),
    /* Tag the ports as the plugin's udev rules would, since the testbed does not run them */
    KEY ("module.udev-hints",             KEY_BOOLEAN, udev_hints,             "true"),
    KEY ("module.plugged",                KEY_BOOLEAN, plugged,                "true"),
    /* The module keeps its power when it is unplugged */
    KEY ("module.self-powered",           KEY_BOOLEAN, self_powered,           "false"),
    /* The AT port is in PPP data state at first */
    KEY ("module.stuck-in-data",          KEY_BOOLEAN, stuck_in_data,          "false"),
    /* Commands sent while the module boots are answered later, all at once */
    KEY ("module.early-input",            KEY_BOOLEAN, early_input,            "false"),
    /* Longest command line that the module accepts */
    KEY ("module.max-line",               KEY_INT,     max_line,               "1536"),
    /* The answer to an unknown command: not-support, error, cme */
    KEY ("module.unknown-command",        KEY_STRING,  unknown_command,        "not-support"),
    /* Whether +WS46=? is known */
    KEY ("module.ws46",                   KEY_BOOLEAN, ws46,                   "false"),
    /* How it answers: plain, or as the only unit from the field whose answers are known (field) */
    /* All modules have the IMEI of the first, as developer boards do */
    KEY ("module.same-imei",              KEY_BOOLEAN, same_imei,              "false"),
    /* How many times AT^VERSION? is an ERROR at first */
    KEY ("module.version-fails",          KEY_INT,     version_fails,          "0"),
    KEY ("module.dialect",                KEY_STRING,  dialect,                "plain"),

    /* All times are seconds of simulated time; speed divides all of them */
    KEY ("timing.speed",                  KEY_DOUBLE,  speed,                  "1"),
    KEY ("timing.answer-min",             KEY_DOUBLE,  answer_min,             "0.2"),
    KEY ("timing.answer-max",             KEY_DOUBLE,  answer_max,             "0.4"),
    /* AT^FOTADLQ can take up to 20 s */
    KEY ("timing.progress-min",           KEY_DOUBLE,  progress_min,           "0.2"),
    KEY ("timing.progress-max",           KEY_DOUBLE,  progress_max,           "0.6"),
    KEY ("timing.query-seconds",          KEY_DOUBLE,  query_seconds,          "2"),
    /* However large the files are */
    KEY ("timing.download-seconds",       KEY_DOUBLE,  download_seconds,       "20"),
    /* From ^FWUP's OK to state 50, and from 50 until the module leaves the bus */
    KEY ("timing.accept-seconds",         KEY_DOUBLE,  accept_seconds,         "1"),
    KEY ("timing.reboot-delay",           KEY_DOUBLE,  reboot_delay,           "2"),
    KEY ("timing.flash-seconds",          KEY_DOUBLE,  flash_seconds,          "60"),
    /* From USB to the first answer, and from then to registration */
    KEY ("timing.boot-seconds",           KEY_DOUBLE,  boot_seconds,           "2"),
    KEY ("timing.register-seconds",       KEY_DOUBLE,  register_seconds,       "3"),
    KEY ("timing.dial-seconds",           KEY_DOUBLE,  dial_seconds,           "0.5"),
    /* How long the module is away after unplug and power-cycle faults */
    KEY ("timing.plug-seconds",           KEY_DOUBLE,  plug_seconds,           "5"),

    /* The SIM card's PIN; empty: none */
    KEY ("card.pin",                      KEY_STRING,  card_pin,               ""),
    /* Whether +CSIM is supported, which returns the number of tries left */
    KEY ("card.retries",                  KEY_BOOLEAN, card_retries,           "false"),
    /* Empty: not on the card */
    KEY ("card.number",                   KEY_STRING,  card_number,            ""),
    KEY ("card.gid1",                     KEY_STRING,  card_gid1,              ""),
    KEY ("card.gid2",                     KEY_STRING,  card_gid2,              ""),
    /* Empty: +CPOL is not supported */
    KEY ("card.preferred-network",        KEY_STRING,  card_preferred_network, ""),

    /* home, roaming, searching, denied */
    KEY ("network.registration",          KEY_STRING,  registration,           "home"),
    /* nr or lte */
    KEY ("network.technology",            KEY_STRING,  technology,             "nr"),
    KEY ("network.operator",              KEY_STRING,  operator_name,          "CHN-UNICOM"),
    KEY ("network.operator-code",         KEY_STRING,  operator_code,          "46001"),
    /* APNs that get a session, separated by semicolons; * is all */
    KEY ("network.apns",                  KEY_STRING,  apns,                   "*"),
    /* PDP contexts defined at the start, separated by semicolons: CID (or first-last), type, APN,
     * request type */
    KEY ("network.contexts",              KEY_STRING,  contexts,               "1,IPV4V6,"),
    /* First and last CID, for +CGDCONT=? */
    KEY ("network.cids",                  KEY_STRING,  cids,                   "1-16"),
    /* The setting of AT^SETAUTODIAL=, which survives reboots */
    KEY ("network.auto-dial",             KEY_STRING,  auto_dial,              "0"),
    /* autodial, or autodail as in the manual */
    KEY ("network.auto-dial-spelling",    KEY_STRING,  auto_dial_spelling,     "autodial"),
    /* ^NDISSTAT with the CID (cid) or Huawei's classic form (classic) */
    KEY ("network.ndis-form",             KEY_STRING,  ndis_form,              "cid"),
    /* ^NDISSTATQRY: a line for each family (cid), both in one line (dual), without CID (nocid) */
    KEY ("network.query-form",            KEY_STRING,  query_form,             "cid"),
    /* It also lists the contexts that are not the host's, with the default bearer that is up */
    KEY ("network.query-all",             KEY_BOOLEAN, query_all,              "false"),
    /* Report also the states between down and up */
    KEY ("network.ndis-steps",            KEY_BOOLEAN, ndis_steps,             "false"),
    /* Whether +CGEREP is supported; +CGEV reports PDNs (pdn), or PDP contexts as before Rel-8 (pdp) */
    KEY ("network.packet-events",         KEY_BOOLEAN, packet_events,          "true"),
    KEY ("network.packet-event-form",     KEY_STRING,  packet_event_form,      "pdn"),
    /* When ^NDISSTAT reports that a dial was refused: before the OK of ^NDISDUP (before), in the
     * same write (with), after dial-seconds (later), much later (late), or one of the first three
     * (mixed) */
    KEY ("network.refusal",               KEY_STRING,  refusal,                "mixed"),
    /* Whether +CREG also reports the LTE and NR registration */
    KEY ("network.creg",                  KEY_BOOLEAN, creg,                   "true"),
    /* Whether the module can reach servers */
    KEY ("network.data",                  KEY_BOOLEAN, data,                   "true"),
    KEY ("network.reenumerate-after-dial", KEY_BOOLEAN, reenumerate_after_dial, "false"),

    /* Unsolicited lines per second; probability of one between a command and its answer */
    KEY ("noise.rate",                    KEY_DOUBLE,  noise_rate,             "0.1"),
    KEY ("noise.in-answers",              KEY_DOUBLE,  noise_in_answers,       "0.1"),
    /* Prefixes of the lines to use, separated by semicolons; * is all */
    KEY ("noise.kinds",                   KEY_STRING,  noise_kinds,            "*"),
    KEY ("noise.spacing",                 KEY_BOOLEAN, noise_spacing,          "true"),
    KEY ("noise.seed",                    KEY_INT,     noise_seed,             "1"),
    /* Bytes kept while no program has the port open */
    KEY ("noise.backlog",                 KEY_INT,     backlog,                "4096"),

    /* Probability of a line in the middle of an echo */
    KEY ("noise.in-echo",                 KEY_DOUBLE,  noise_in_echo,          "0"),
    /* How many times a second ^FOTASTATE repeats the first one, starting at once */
    KEY ("noise.state-lines",             KEY_DOUBLE,  state_lines,            "0"),
    /* Lines of noise also tell the registration again, and of sessions that are not the host's */
    KEY ("noise.others",                  KEY_BOOLEAN, noise_others,           "true"),

    /* How output is cut: whole, lines, bytes (1 to 24 at a time), or mixed */
    KEY ("port.pieces",                   KEY_STRING,  pieces,                 "mixed"),
    /* Seed of the cuts; 0: random, see the log */
    KEY ("port.seed",                     KEY_INT,     port_seed,              "0"),
    /* Longest gap between two pieces, in milliseconds of simulated time; and about how many real
     * milliseconds a gap must last so that a host surely notices */
    KEY ("port.gap",                      KEY_DOUBLE,  port_gap,               "50"),
    KEY ("port.pause",                    KEY_DOUBLE,  port_pause,             "5"),
    /* Blank lines in an answer: around each of its lines (all), only around the whole (ends), none
     * (none), or one of these for each answer (mixed) */
    KEY ("port.blanks",                   KEY_STRING,  blanks,                 "mixed"),
    /* Probability that the last line of an answer is joined to its OK */
    KEY ("port.glued",                    KEY_DOUBLE,  glued,                  "0"),
    /* NUL bytes before the first output after the port is opened; -1: one to three, every other
     * time, if it was closed in the middle of a command */
    KEY ("port.nuls",                     KEY_INT,     nuls,                   "-1"),
    /* On the testbed: the order in which udev announces the ports (same, mixed), the delay between
     * them, and how long it is silent about ports that are gone already */
    KEY ("port.order",                    KEY_STRING,  port_order,             "mixed"),
    /* On the testbed: whether a port that comes again has its name again (same), or another one, as
     * while a program holds the old one open (other); mixed: either. And whether the module comes
     * again at its place on the bus (same), or at another one (other) */
    KEY ("port.names",                    KEY_STRING,  port_names,             "mixed"),
    KEY ("port.path",                     KEY_STRING,  port_path,              "same"),
    KEY ("port.plug-gap",                 KEY_DOUBLE,  plug_gap,               "0"),
    KEY ("port.unplug-gap",               KEY_DOUBLE,  unplug_gap,             "0"),

    /* AT+CMGS: a prompt (prompt), no prompt and everything is taken as text until ESC (swallow), or
     * not supported (unknown) */
    KEY ("sms.send",                      KEY_STRING,  sms_send,               "prompt"),

    KEY ("fota.mode",                     KEY_STRING,  fota_mode,              "0,1,0,1,7"),
    /* At the start: 10, 12, 13,13, 14, 20, 31, 40, 70, 80,n */
    KEY ("fota.state",                    KEY_STRING,  fota_state,             "10"),
    /* The package in the states 12, 31 and 40 */
    KEY ("fota.package-version",          KEY_STRING,  package_version,        "1.3.0.0(SP1C02)"),
    KEY ("fota.package-size",             KEY_INT64,   package_size,           "56737228"),
    KEY ("fota.package-url",              KEY_STRING,  package_url,            ""),
    /* success, unchanged (the version after the reboot is the old one), failed (70, or 80,n with a
     * code), other-version */
    KEY ("fota.outcome",                  KEY_STRING,  outcome,                "success"),
    KEY ("fota.outcome-code",             KEY_INT,     outcome_code,           "0"),
    /* When a failure shows: before or after the reboot */
    KEY ("fota.fail-when",                KEY_STRING,  fail_when,              "after"),
    KEY ("fota.reboots",                  KEY_INT,     reboots,                "1"),
    KEY ("fota.via-3302",                 KEY_BOOLEAN, via_3302,               "false"),
    /* How long the version is incomplete after the upgrade */
    KEY ("fota.incomplete-seconds",       KEY_DOUBLE,  incomplete_seconds,     "0"),
    KEY ("fota.layout-after",             KEY_STRING,  layout_after,           ""),
    /* Empty: EXTS of the package, a later BDT, the same AT+CGMR */
    KEY ("fota.exts-after",               KEY_STRING,  exts_after,             ""),
    KEY ("fota.bdt-after",                KEY_STRING,  bdt_after,              "Jun 12 2026, 09:30:11"),
    KEY ("fota.revision-after",           KEY_STRING,  revision_after,         ""),
    /* none, 11-10 (back to idle without a report), 10 (^FOTAOEMDL changes nothing) */
    KEY ("fota.silent",                   KEY_STRING,  silent,                 "none"),
    /* How many times ^FWUP is refused, and how many times accepted without a 50 */
    KEY ("fota.refuse-fwup",              KEY_INT,     refuse_fwup,            "0"),
    KEY ("fota.ignore-fwup",              KEY_INT,     ignore_fwup,            "0"),
    KEY ("fota.refuse-stop-in-query",     KEY_BOOLEAN, refuse_stop_in_query,   "false"),
    /* States in which ^FOTADL=0 is an ERROR, separated by commas */
    KEY ("fota.refuse-stop",              KEY_STRING,  refuse_stop,            ""),
    /* The +CME ERROR that ^FOTAOEMDL gets; empty: none */
    KEY ("fota.refuse-query",             KEY_STRING,  refuse_query,           ""),
    /* The state that it never leaves: 11, 12, 50 */
    KEY ("fota.stuck",                    KEY_INT,     stuck,                  "0"),
    /* Instead of the reboot after 50: stays on the bus, silent */
    KEY ("fota.silent-after-50",          KEY_BOOLEAN, silent_after_50,        "false"),
    /* It reboots in 40, and never shows 50 */
    KEY ("fota.skip-50",                  KEY_BOOLEAN, skip_50,                "false"),
    /* 12 without version, size and description, as on related modules */
    KEY ("fota.bare-found",               KEY_BOOLEAN, bare_found,             "false"),
    /* 12, 13, 14 and 20 return to 10 after that long; negative: never */
    KEY ("fota.settle-seconds",           KEY_DOUBLE,  settle_seconds,         "-1"),
    /* Unsolicited ^FOTASTATE lines */
    KEY ("fota.notices",                  KEY_BOOLEAN, notices,                "true"),
    /* When ^FOTASTATE tells of what a command has changed: before its OK (before), later (after), or
     * either (mixed) */
    KEY ("fota.notice",                   KEY_STRING,  notice,                 "mixed"),
    /* The state in which it comes out of an upgrade that did not fail: 10, 40, 90 */
    KEY ("fota.state-after",              KEY_STRING,  state_after,            "10"),
    /* With automatic query in ^FOTAMODE: the time from a boot to the query, if it knows a server */
    KEY ("fota.automatic-query",          KEY_DOUBLE,  automatic_query,        "30"),
    /* A data session makes the query fail, as on related modules */
    KEY ("fota.collision",                KEY_BOOLEAN, collision,              "false"),
    /* The changelog's source_version must be the running version (else 13,23) */
    KEY ("fota.check-source",             KEY_BOOLEAN, check_source,           "false"),
    /* Its product_name must be the module's model (else 13,109) */
    KEY ("fota.check-product",            KEY_BOOLEAN, check_product,          "false"),
    KEY ("fota.progress-index",           KEY_INT,     progress_index,         "1"),
    /* After a power cut while flashing: the old version (old), or the new one by way of 3302
     * (recover) */
    KEY ("fota.power-cut-flash",          KEY_STRING,  power_cut_flash,        "old"),

    KEY ("server.user-agent",             KEY_STRING,  user_agent,             "MT5700M-CN FOTA"),
    KEY ("server.timeout",                KEY_INT,     server_timeout,         "20"),
    /* As strict as a module might be: no redirects, no answer without length, XML only as TD Tech's
     * (one component, no document type, byte order mark or other encoding), plain names only */
    KEY ("server.strict",                 KEY_BOOLEAN, strict,                 "false"),

    /* A JSON array of faults, as for the control socket */
    KEY ("faults.list",                   KEY_STRING,  faults,                 "[]"),
};

/*****************************************************************************/
/* Single values */

static gboolean
key_parse (const Key    *key,
           gpointer      field,
           const gchar  *value,
           GError      **error)
{
    gchar *end = NULL;

    switch (key->type) {
    case KEY_STRING:
        g_free (*(gchar **) field);
        *(gchar **) field = g_strdup (value);
        return TRUE;
    case KEY_INT:
        *(gint *) field = (gint) g_ascii_strtoll (value, &end, 10);
        break;
    case KEY_INT64:
        *(gint64 *) field = g_ascii_strtoll (value, &end, 10);
        break;
    case KEY_DOUBLE:
        *(gdouble *) field = g_ascii_strtod (value, &end);
        break;
    case KEY_BOOLEAN:
        *(gboolean *) field = g_str_equal (value, "true");
        if (*(gboolean *) field || g_str_equal (value, "false"))
            return TRUE;
        break;
    default:
        g_assert_not_reached ();
    }

    if (end && end != value && *end == '\0')
        return TRUE;

    g_set_error (error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_INVALID_VALUE,
                 "%s: '%s' is no value for it", key->name, value);
    return FALSE;
}

static const Key *
key_find (const gchar *name)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS (keys); i++) {
        if (g_str_equal (keys[i].name, name))
            return &keys[i];
    }
    return NULL;
}

/* As on a unit: the contexts of the default bearer, the IMS, emergency calls and the network */
#define FIELD_CONTEXTS "0,IPV4V6,;1,IP,;5,IPV4V6,ims;6,IPV4V6,,1;21-31,IPV4V6,", "0-31", "dual"
#define PLAIN_CONTEXTS "1,IPV4V6,", "1-16", "cid"

static gboolean
apply_identity (SimScenario  *self,
                GError      **error)
{
    static const struct {
        const gchar *identity;
        const gchar *model;
        const gchar *revision;
        const gchar *exth;
        const gchar *dialect;
        const gchar *contexts;
        const gchar *cids;
        const gchar *query_form;
    } samples[] = {
        { "mt5700m",       "MT5700M-CN",            "V200R001C20B025", "MT5700M Ver.A", "plain", PLAIN_CONTEXTS },
        { "mt5710",        "MT5710_CN",             "V200R001C20B025", "MT5710 Ver.A",  "plain", PLAIN_CONTEXTS },
        { "old",           "Modem V100R100C20B563", "V100R100C20B563", "MT5700M Ver.A", "plain", PLAIN_CONTEXTS },
        { "mt5700m-field", "MT5700M-CN",            "V200R001C20B025", "MT5700M Ver.A", "field", FIELD_CONTEXTS },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (samples); i++) {
        if (!g_str_equal (samples[i].identity, self->identity))
            continue;
        g_free (self->model);
        self->model = g_strdup (samples[i].model);
        g_free (self->revision);
        self->revision = g_strdup (samples[i].revision);
        g_free (self->exth);
        self->exth = g_strdup (samples[i].exth);
        g_free (self->dialect);
        self->dialect = g_strdup (samples[i].dialect);
        g_free (self->contexts);
        self->contexts = g_strdup (samples[i].contexts);
        g_free (self->cids);
        self->cids = g_strdup (samples[i].cids);
        g_free (self->query_form);
        self->query_form = g_strdup (samples[i].query_form);
        return TRUE;
    }
    if (g_str_equal (self->identity, "custom"))
        return TRUE;
    g_set_error (error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_INVALID_VALUE,
                 "module.identity: '%s' is no known one", self->identity);
    return FALSE;
}

gboolean
sim_scenario_is_field (SimScenario *self)
{
    return g_str_equal (self->dialect, "field");
}

/* Of a key that has only these */
static gboolean
check_choice (const Key    *key,
              const gchar  *value,
              GError      **error)
{
    static const struct {
        glong        offset;
        const gchar *known[5];
    } choices[] = {
        { G_STRUCT_OFFSET (SimScenario, pieces),     { "whole", "lines", "bytes", "mixed" } },
        { G_STRUCT_OFFSET (SimScenario, blanks),     { "all", "ends", "none", "mixed" }     },
        { G_STRUCT_OFFSET (SimScenario, port_names), { "same", "other", "mixed" }           },
        { G_STRUCT_OFFSET (SimScenario, port_path),  { "same", "other" }                    },
        { G_STRUCT_OFFSET (SimScenario, notice),     { "before", "after", "mixed" }         },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (choices); i++) {
        g_autofree gchar *all = NULL;

        if (choices[i].offset != key->offset || g_strv_contains (choices[i].known, value))
            continue;
        all = g_strjoinv (", ", (GStrv) choices[i].known);
        g_set_error (error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_INVALID_VALUE,
                     "%s: '%s' is none of %s", key->name, value, all);
        return FALSE;
    }
    return TRUE;
}

gboolean
sim_scenario_set (SimScenario  *self,
                  const gchar  *name,
                  const gchar  *value,
                  GError      **error)
{
    const Key *key;

    key = key_find (name);
    if (!key) {
        g_set_error (error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_KEY_NOT_FOUND,
                     "no such key: %s", name);
        return FALSE;
    }
    if (!key_parse (key, G_STRUCT_MEMBER_P (self, key->offset), value, error))
        return FALSE;
    if (key->offset == G_STRUCT_OFFSET (SimScenario, identity) && !apply_identity (self, error))
        return FALSE;
    if (!check_choice (key, value, error))
        return FALSE;
    /* A clock can't stand still */
    if (self->speed <= 0)
        self->speed = 1;
    return TRUE;
}

/*****************************************************************************/
/* Environment */

gboolean
sim_scenario_load_environment (SimScenario  *self,
                               GError      **error)
{
    static const struct {
        const gchar *variable;
        const gchar *key;
    } variables[] = {
        { "TDTECH_PIECES",      "port.pieces"     },
        { "TDTECH_PIECES_SEED", "port.seed"       },
        { "TDTECH_IDENTITY",    "module.identity" },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (variables); i++) {
        const gchar *value = g_getenv (variables[i].variable);

        if (value && *value && !sim_scenario_set (self, variables[i].key, value, error))
            return FALSE;
    }
    return TRUE;
}

/*****************************************************************************/
/* Key files */

static gboolean
load_key_file (SimScenario  *self,
               GKeyFile     *file,
               GError      **error)
{
    g_auto(GStrv) groups = NULL;
    guint         i;

    groups = g_key_file_get_groups (file, NULL);
    for (i = 0; groups[i]; i++) {
        g_auto(GStrv) names = NULL;
        guint         j;

        names = g_key_file_get_keys (file, groups[i], NULL, error);
        if (!names)
            return FALSE;
        for (j = 0; names[j]; j++) {
            g_autofree gchar *name = NULL;
            g_autofree gchar *value = NULL;

            name = g_strdup_printf ("%s.%s", groups[i], names[j]);
            value = g_key_file_get_value (file, groups[i], names[j], error);
            if (!value || !sim_scenario_set (self, name, value, error))
                return FALSE;
        }
    }
    return TRUE;
}

gboolean
sim_scenario_load_file (SimScenario  *self,
                        const gchar  *path,
                        GError      **error)
{
    g_autoptr(GKeyFile) file = NULL;

    file = g_key_file_new ();
    return (g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, error) &&
            load_key_file (self, file, error));
}

gboolean
sim_scenario_load_data (SimScenario  *self,
                        const gchar  *data,
                        GError      **error)
{
    g_autoptr(GKeyFile) file = NULL;

    file = g_key_file_new ();
    return (g_key_file_load_from_data (file, data, strlen (data), G_KEY_FILE_NONE, error) &&
            load_key_file (self, file, error));
}

/*****************************************************************************/
/* Numbered modules */

static gchar
luhn_digit (const gchar *digits)
{
    guint sum = 0;
    guint i;

    /* 3GPP TS 23.003, annex B: every second digit doubled */
    for (i = 0; i < 14; i++) {
        guint digit = digits[i] - '0';

        if (i % 2)
            digit *= 2;
        sum += digit / 10 + digit % 10;
    }
    return '0' + (10 - sum % 10) % 10;
}

void
sim_scenario_number (SimScenario *self,
                     guint        index)
{
    g_autofree gchar *digits = NULL;
    guint64           number;

    if (index == 0)
        return;

    if (!self->same_imei) {
        /* Sets the check digit that fits the others */
        number = g_ascii_strtoull (self->imei, NULL, 10) / 10 + index;
        digits = g_strdup_printf ("%014" G_GUINT64_FORMAT, number);
        g_free (self->imei);
        self->imei = g_strdup_printf ("%s%c", digits, luhn_digit (digits));
    }
    if (*self->serial) {
        g_autofree gchar *serial = g_steal_pointer (&self->serial);

        self->serial = g_strdup_printf ("%s-%u", serial, index);
    }
    self->noise_seed += index;
}

/*****************************************************************************/
/* Life cycle */

SimScenario *
sim_scenario_new (void)
{
    SimScenario *self;
    guint        i;

    self = g_new0 (SimScenario, 1);
    for (i = 0; i < G_N_ELEMENTS (keys); i++)
        key_parse (&keys[i], G_STRUCT_MEMBER_P (self, keys[i].offset), keys[i].value, NULL);
    return self;
}

SimScenario *
sim_scenario_copy (const SimScenario *self)
{
    SimScenario *copy;
    guint        i;

    copy = g_new (SimScenario, 1);
    *copy = *self;
    for (i = 0; i < G_N_ELEMENTS (keys); i++) {
        gchar **field;

        if (keys[i].type != KEY_STRING)
            continue;
        field = G_STRUCT_MEMBER_P (copy, keys[i].offset);
        *field = g_strdup (*field);
    }
    return copy;
}

void
sim_scenario_free (SimScenario *self)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS (keys); i++) {
        if (keys[i].type == KEY_STRING)
            g_free (*(gchar **) G_STRUCT_MEMBER_P (self, keys[i].offset));
    }
    g_free (self);
}

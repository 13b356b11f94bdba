/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-options.h"

#include <string.h>

#include <glib/gi18n.h>
#include <gio/gio.h>
#include <libmm-glib.h>

#include "mm-tdtech-fota-enums.h"
#include "mmfota-arguments.h"
#include "mmfota-text.h"

#define DEFAULT_LOST_AFTER 1800
#define CALL_TIMEOUT       30
#define TRANSACTION_CHARS  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"

/*****************************************************************************/
/* Command line */

typedef enum {
    OPTION_LIST,
    OPTION_MODEM,
    OPTION_STATUS,
    OPTION_CHECK,
    OPTION_DOWNLOAD,
    OPTION_RESUME,
    OPTION_UPGRADE,
    OPTION_UPDATE,
    OPTION_CANCEL,
    OPTION_MONITOR,
    OPTION_EVENTS,
    OPTION_AGENT_STATUS,
    OPTION_CHECK_NOW,
    OPTION_ANSWER,
    OPTION_PAUSE,
    OPTION_REPORT,
    OPTION_RECORD,
    OPTION_KEEP_HOSTS,
    OPTION_TLS_CA,
    OPTION_TLS_CERTIFICATE,
    OPTION_TLS_KEY,
    OPTION_TLS_VERIFY,
    OPTION_EXPECT_VERSION,
    OPTION_ALLOW_ROAMING,
    OPTION_ALLOW_DOWNGRADE,
    OPTION_DELAY,
    OPTION_WAIT,
    OPTION_HANG_UP_CALLS,
    OPTION_TRANSACTION,
    OPTION_YES,
    OPTION_TIMEOUT,
    OPTION_LOST_AFTER,
    OPTION_JSON,
    OPTION_KEYVALUE,
    OPTION_VERBOSE,
    OPTION_VERSION,
    OPTION_HELP,
    N_OPTIONS
} Option;

static const MmfotaArgument arguments[N_OPTIONS] = {
    [OPTION_LIST]            = { "--list-modems", 'L', MMFOTA_ARGUMENT_FLAG, NULL,
                                 N_("List modems with firmware update over the air") },
    [OPTION_MODEM]           = { "--modem", 'm', MMFOTA_ARGUMENT_TEXT, "MODEM",
                                 N_("any, an index, path, IMEI, device id or uid") },
    [OPTION_STATUS]          = { "--status", 0, MMFOTA_ARGUMENT_FLAG, NULL,
                                 N_("Show firmware, state, offer, last result (default)") },
    [OPTION_CHECK]           = { "--check", 0, MMFOTA_ARGUMENT_OPTIONAL, "URL",
                                 N_("Ask the server for newer firmware") },
    [OPTION_DOWNLOAD]        = { "--download", 0, MMFOTA_ARGUMENT_OPTIONAL, "URL",
                                 N_("Download what the server offers") },
    [OPTION_RESUME]          = { "--resume", 0, MMFOTA_ARGUMENT_OPTIONAL, "URL",
                                 N_("Resume a suspended download; and --upgrade") },
    [OPTION_UPGRADE]         = { "--upgrade", 0, MMFOTA_ARGUMENT_FLAG, NULL,
                                 N_("Flash what has been downloaded") },
    [OPTION_UPDATE]          = { "--update", 0, MMFOTA_ARGUMENT_OPTIONAL, "URL",
                                 N_("Check, ask, download and upgrade in one go") },
    [OPTION_CANCEL]          = { "--cancel", 0, MMFOTA_ARGUMENT_FLAG, NULL,
                                 N_("Stop the operation, or discard the download") },
    [OPTION_MONITOR]         = { "--monitor", 0, MMFOTA_ARGUMENT_FLAG, NULL,
                                 N_("Show progress, changes and events, until Ctrl+C") },
    [OPTION_EVENTS]          = { "--events", 0, MMFOTA_ARGUMENT_OPTIONAL, "AFTER",
                                 N_("List past events, or those after a sequence number") },
    [OPTION_AGENT_STATUS]    = { "--agent-status", 0, MMFOTA_ARGUMENT_FLAG, NULL,
                                 N_("Show what mmfota-agent is doing and asking") },
    [OPTION_CHECK_NOW]       = { "--check-now", 0, MMFOTA_ARGUMENT_FLAG, NULL,
                                 N_("Ask the agent to check for firmware now") },
    [OPTION_ANSWER]          = { "--answer", 0, MMFOTA_ARGUMENT_TEXT, "CHOICE",
                                 N_("Answer the agent: now, later, skip or cancel") },
    [OPTION_PAUSE]           = { "--pause", 0, MMFOTA_ARGUMENT_TEXT, "DURATION",
                                 N_("Pause the agent that long; 0: resume it") },
    [OPTION_REPORT]          = { "--report", 0, MMFOTA_ARGUMENT_FILE, "FILE",
                                 N_("Write what a bug report needs, nothing personal") },
    [OPTION_RECORD]          = { "--record", 0, MMFOTA_ARGUMENT_TEXT, "DURATION",
                                 N_("With --report: record the AT port that long") },
    [OPTION_KEEP_HOSTS]      = { "--keep-hosts", 0, MMFOTA_ARGUMENT_FLAG, NULL,
                                 N_("With --report: keep the hosts of URLs") },
    [OPTION_TLS_CA]          = { "--tls-ca", 0, MMFOTA_ARGUMENT_FILE, "FILE",
                                 N_("PEM file to check the server's certificate with") },
    [OPTION_TLS_CERTIFICATE] = { "--tls-certificate", 0, MMFOTA_ARGUMENT_FILE, "FILE",
                                 N_("PEM file with the module's own certificate") },
    [OPTION_TLS_KEY]         = { "--tls-key", 0, MMFOTA_ARGUMENT_FILE, "FILE",
                                 N_("PEM file with its private key") },
    [OPTION_TLS_VERIFY]      = { "--tls-verify", 0, MMFOTA_ARGUMENT_TEXT, "WHO",
                                 N_("Who is authenticated: none, server or mutual") },
    [OPTION_EXPECT_VERSION]  = { "--expect-version", 0, MMFOTA_ARGUMENT_TEXT, "VERSION",
                                 N_("Fail if the version differs") },
    [OPTION_ALLOW_ROAMING]   = { "--allow-roaming", 0, MMFOTA_ARGUMENT_FLAG, NULL,
                                 N_("Use the network of another operator") },
    [OPTION_ALLOW_DOWNGRADE] = { "--allow-downgrade", 0, MMFOTA_ARGUMENT_FLAG, NULL,
                                 N_("Accept an older version") },
    [OPTION_DELAY]           = { "--delay", 0, MMFOTA_ARGUMENT_TEXT, "DURATION",
                                 N_("Start the upgrade, or ask again, after that long") },
    [OPTION_WAIT]            = { "--wait", 0, MMFOTA_ARGUMENT_TEXT, "DURATION",
                                 N_("Wait that long for what blocks the upgrade (5min)") },
    [OPTION_HANG_UP_CALLS]   = { "--hang-up-calls", 0, MMFOTA_ARGUMENT_FLAG, NULL,
                                 N_("End calls that block the upgrade") },
    [OPTION_TRANSACTION]     = { "--transaction", 0, MMFOTA_ARGUMENT_TEXT, "ID",
                                 N_("Name of the operation in results and events") },
    [OPTION_YES]             = { "--yes", 'y', MMFOTA_ARGUMENT_FLAG, NULL,
                                 N_("Do not ask before upgrading") },
    [OPTION_TIMEOUT]         = { "--timeout", 0, MMFOTA_ARGUMENT_TEXT, "DURATION",
                                 N_("Detach after that long (default: never)") },
    [OPTION_LOST_AFTER]      = { "--lost-after", 0, MMFOTA_ARGUMENT_TEXT, "DURATION",
                                 N_("Give up a module that stays away (30min)") },
    [OPTION_JSON]            = { "--output-json", 'J', MMFOTA_ARGUMENT_FLAG, NULL,
                                 N_("Machine-readable output, JSON") },
    [OPTION_KEYVALUE]        = { "--output-keyvalue", 'K', MMFOTA_ARGUMENT_FLAG, NULL,
                                 N_("Machine-readable output, key-value") },
    [OPTION_VERBOSE]         = { "--verbose", 'v', MMFOTA_ARGUMENT_FLAG, NULL,
                                 N_("Print debug messages on stderr") },
    [OPTION_VERSION]         = { "--version", 'V', MMFOTA_ARGUMENT_FLAG, NULL,
                                 N_("Print the version") },
    [OPTION_HELP]            = { "--help", 'h', MMFOTA_ARGUMENT_FLAG, NULL,
                                 N_("Print this") },
};

static const gchar *const help_before =
    N_("Usage: mmfota [OPTION...]\n"
       "\n"
       "Firmware update over the air of TD Tech modules\n"
       "\n");

static const gchar *const help_after =
    N_("\n"
       "URL is the folder on the firmware server that contains \"full/\", http or https;\n"
       "by default that of last time. A DURATION is a number of seconds, or for example\n"
       "1h30m: s, m or min, h, d, w.\n"
       "\n"
       "Exit status:\n"
       "  0  done\n"
       "  1  failed\n"
       "  2  nothing to do: the server has nothing newer, nothing to cancel or answer\n"
       "  3  no such modem, or ModemManager, the agent or the system bus is missing\n"
       "  4  not authorized\n"
       "  5  detached by Ctrl+C or --timeout: the module continues\n");

gchar *
mmfota_options_help (void)
{
    g_autofree gchar *lines = mmfota_arguments_help (arguments, N_OPTIONS);

    return g_strconcat (_(help_before), lines, _(help_after), NULL);
}

/*****************************************************************************/
/* Verbs */

typedef struct {
    MmfotaVerb   verb;
    Option       option;
    const gchar *phrase;
} VerbInfo;

/* If two are given, the error names the later one */
static const VerbInfo verbs[] = {
    { MMFOTA_VERB_LIST,         OPTION_LIST,         N_("list modems")            },
    { MMFOTA_VERB_STATUS,       OPTION_STATUS,       N_("show the status")        },
    { MMFOTA_VERB_CHECK,        OPTION_CHECK,        N_("check for firmware")     },
    { MMFOTA_VERB_DOWNLOAD,     OPTION_DOWNLOAD,     N_("download the firmware")  },
    { MMFOTA_VERB_RESUME,       OPTION_RESUME,       N_("resume the download")    },
    { MMFOTA_VERB_UPGRADE,      OPTION_UPGRADE,      N_("upgrade the firmware")   },
    { MMFOTA_VERB_UPDATE,       OPTION_UPDATE,       N_("update the firmware")    },
    { MMFOTA_VERB_CANCEL,       OPTION_CANCEL,       N_("cancel")                 },
    { MMFOTA_VERB_MONITOR,      OPTION_MONITOR,      N_("monitor the modem")      },
    { MMFOTA_VERB_EVENTS,       OPTION_EVENTS,       N_("list events")            },
    { MMFOTA_VERB_AGENT_STATUS, OPTION_AGENT_STATUS, N_("show the agent")         },
    { MMFOTA_VERB_CHECK_NOW,    OPTION_CHECK_NOW,    N_("ask the agent to check") },
    { MMFOTA_VERB_ANSWER,       OPTION_ANSWER,       N_("answer the agent")       },
    { MMFOTA_VERB_PAUSE,        OPTION_PAUSE,        N_("pause the agent")        },
    { MMFOTA_VERB_REPORT,       OPTION_REPORT,       N_("write the report")       },
};

static const VerbInfo *
find_verb (MmfotaVerb verb)
{
    guint i;

    for (i = 0; verbs[i].verb != verb; i++);
    return &verbs[i];
}

const gchar *
mmfota_options_verb_phrase (MmfotaVerb verb)
{
    return _(find_verb (verb)->phrase);
}

const gchar *
mmfota_options_verb_option (MmfotaVerb verb)
{
    return arguments[find_verb (verb)->option].name;
}

static gboolean
choose_verb (const MmfotaArgumentValue  *values,
             MmfotaOptions              *self,
             GError                    **error)
{
    const VerbInfo *chosen = NULL;
    guint           i;

    for (i = 0; i < G_N_ELEMENTS (verbs); i++) {
        if (!values[verbs[i].option].given)
            continue;
        if (chosen && chosen->verb == MMFOTA_VERB_RESUME && verbs[i].verb == MMFOTA_VERB_UPGRADE) {
            self->upgrade = TRUE;
            continue;
        }
        if (chosen) {
            const gchar *first = arguments[chosen->option].name;
            const gchar *second = arguments[verbs[i].option].name;

            if (chosen->verb == MMFOTA_VERB_DOWNLOAD && verbs[i].verb == MMFOTA_VERB_UPGRADE)
                g_set_error (error, MM_CORE_ERROR, MM_CORE_ERROR_INVALID_ARGS,
                             _("%s and %s cannot be given together: --update does both"), first, second);
            else
                g_set_error (error, MM_CORE_ERROR, MM_CORE_ERROR_INVALID_ARGS,
                             _("%s and %s cannot be given together"), first, second);
            return FALSE;
        }
        chosen = &verbs[i];
    }
    self->verb = chosen ? chosen->verb : MMFOTA_VERB_STATUS;
    return TRUE;
}

/*****************************************************************************/
/* Which option goes with which verbs */

#define VERB(name) (1u << MMFOTA_VERB_##name)

#define WITH_SERVER      (VERB (CHECK) | VERB (DOWNLOAD) | VERB (RESUME) | VERB (UPDATE))
#define WITH_TRANSACTION (WITH_SERVER | VERB (UPGRADE))
#define WITH_VERSION     (VERB (DOWNLOAD) | VERB (RESUME) | VERB (UPGRADE) | VERB (UPDATE))
/* --resume only together with --upgrade */
#define WITH_UPGRADE     (VERB (UPGRADE) | VERB (UPDATE))
#define WITH_WAITING     (WITH_TRANSACTION | VERB (CANCEL))

/* 0: all verbs */
static const guint rules[N_OPTIONS] = {
    [OPTION_TLS_CA]          = WITH_SERVER,
    [OPTION_TLS_CERTIFICATE] = WITH_SERVER,
    [OPTION_TLS_KEY]         = WITH_SERVER,
    [OPTION_TLS_VERIFY]      = WITH_SERVER,
    [OPTION_ALLOW_ROAMING]   = WITH_SERVER,
    [OPTION_EXPECT_VERSION]  = WITH_VERSION,
    [OPTION_ALLOW_DOWNGRADE] = WITH_UPGRADE | VERB (DOWNLOAD),
    [OPTION_DELAY]           = WITH_UPGRADE | VERB (ANSWER),
    [OPTION_WAIT]            = WITH_UPGRADE,
    [OPTION_HANG_UP_CALLS]   = WITH_UPGRADE,
    [OPTION_TRANSACTION]     = WITH_TRANSACTION,
    [OPTION_LOST_AFTER]      = WITH_WAITING,
    [OPTION_RECORD]          = VERB (REPORT),
    [OPTION_KEEP_HOSTS]      = VERB (REPORT),
};

static gchar *
list_verbs (guint mask)
{
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new ();
    g_auto(GStrv)           names = NULL;
    guint                   i;

    for (i = 0; i < G_N_ELEMENTS (verbs); i++) {
        if (mask & (1u << verbs[i].verb))
            g_strv_builder_add (builder, arguments[verbs[i].option].name);
    }
    names = g_strv_builder_end (builder);
    return mmfota_text_list (names);
}

static gboolean
check_rules (const MmfotaArgumentValue  *values,
             const MmfotaOptions        *self,
             GError                    **error)
{
    guint verb = 1u << self->verb;
    guint i;

    if (self->upgrade)
        verb |= VERB (UPGRADE);
    for (i = 0; i < N_OPTIONS; i++) {
        g_autofree gchar *allowed = NULL;

        if (!values[i].given || !rules[i] || (rules[i] & verb))
            continue;
        allowed = list_verbs (rules[i]);
        g_set_error (error, MM_CORE_ERROR, MM_CORE_ERROR_INVALID_ARGS,
                     _("%s does not go with %s, only with %s"),
                     arguments[i].name, mmfota_options_verb_option (self->verb), allowed);
        return FALSE;
    }
    if (self->verb == MMFOTA_VERB_LIST && values[OPTION_MODEM].given) {
        g_set_error (error, MM_CORE_ERROR, MM_CORE_ERROR_INVALID_ARGS,
                     _("--modem does not go with --list-modems"));
        return FALSE;
    }
    if (self->verb == MMFOTA_VERB_PAUSE && values[OPTION_MODEM].given) {
        g_set_error (error, MM_CORE_ERROR, MM_CORE_ERROR_INVALID_ARGS,
                     _("--modem does not go with --pause: it is for all modems"));
        return FALSE;
    }
    return TRUE;
}

/*****************************************************************************/
/* Values */

static gboolean
invalid_value (GError                    **error,
               const MmfotaArgumentValue  *values,
               Option                      option,
               const gchar                *allowed)
{
    return mmfota_arguments_invalid (error, arguments[option].name, values[option].value, allowed);
}

static gboolean
parse_events (const MmfotaArgumentValue  *values,
              guint64                    *after,
              GError                    **error)
{
    const gchar *value = values[OPTION_EVENTS].value;

    if (!value || g_ascii_string_to_unsigned (value, 10, 0, G_MAXUINT64, after, NULL))
        return TRUE;
    return invalid_value (error, values, OPTION_EVENTS, _("the sequence number of an event is allowed"));
}

static gboolean
parse_seconds (const MmfotaArgumentValue  *values,
               Option                      option,
               guint                       least,
               guint                      *seconds,
               GError                    **error)
{
    const gchar      *value = values[option].value;
    guint64           parsed = 0;
    g_autofree gchar *allowed = NULL;

    if (!value)
        return TRUE;
    if (mmfota_text_parse_duration (value, &parsed) && parsed >= least && parsed <= G_MAXINT32) {
        *seconds = (guint) parsed;
        return TRUE;
    }
    allowed = g_strdup_printf (_("seconds, or a duration as 1h30m (s, m or min, h, d, w), "
                                 "from %u to %d seconds are allowed"), least, G_MAXINT32);
    return invalid_value (error, values, option, allowed);
}

/* --delay goes with "later" only; the agent checks its value */
static gboolean
check_answer (const MmfotaArgumentValue  *values,
              GError                    **error)
{
    static const gchar *const  choices[] = { "now", "later", "skip", "cancel", NULL };
    const gchar               *value = values[OPTION_ANSWER].value;

    if (!value)
        return TRUE;
    if (!g_strv_contains (choices, value))
        return invalid_value (error, values, OPTION_ANSWER, _("now, later, skip or cancel is allowed"));
    if (values[OPTION_DELAY].given && !g_str_equal (value, "later"))
        return mmfota_arguments_invalid (error, "--answer", value, _("with --delay, only later is allowed"));
    return TRUE;
}

static gboolean
add_seconds (const MmfotaArgumentValue  *values,
             Option                      option,
             const gchar                *key,
             GVariantDict               *dict,
             GError                    **error)
{
    guint seconds = 0;

    if (!parse_seconds (values, option, 0, &seconds, error))
        return FALSE;
    if (values[option].value)
        g_variant_dict_insert (dict, key, "u", seconds);
    return TRUE;
}

static gboolean
check_url (const MmfotaArgumentValue  *values,
           Option                      option,
           GError                    **error)
{
    const gchar        *allowed = _("http://HOST[:PORT]/FOLDER/ or the same with https is allowed, "
                                    "without user, query and fragment");
    const gchar        *url = values[option].value;
    g_autoptr(GUri)     uri = NULL;
    const gchar        *p;

    if (!url)
        return TRUE;
    for (p = url; *p; p++) {
        if (!g_ascii_isprint (*p) && !((guchar) *p & 0x80))
            return invalid_value (error, values, option, allowed);
    }
    uri = g_uri_parse (url, G_URI_FLAGS_ENCODED | G_URI_FLAGS_PARSE_RELAXED, NULL);
    if (!uri ||
        (!g_str_equal (g_uri_get_scheme (uri), "http") && !g_str_equal (g_uri_get_scheme (uri), "https")) ||
        !g_uri_get_host (uri) || !g_uri_get_host (uri)[0] ||
        g_uri_get_userinfo (uri) || g_uri_get_query (uri) || g_uri_get_fragment (uri) ||
        strpbrk (url, " \"\\"))
        return invalid_value (error, values, option, allowed);
    return TRUE;
}

static gboolean
check_transaction (const MmfotaArgumentValue  *values,
                   GError                    **error)
{
    const gchar *value = values[OPTION_TRANSACTION].value;
    gsize        length;

    if (!value)
        return TRUE;
    length = strlen (value);
    if (length >= 1 && length <= 64 && strspn (value, TRANSACTION_CHARS) == length)
        return TRUE;
    return invalid_value (error, values, OPTION_TRANSACTION, _("1 to 64 of A-Z a-z 0-9 . _ - are allowed"));
}

static gboolean
check_version (const MmfotaArgumentValue  *values,
               GError                    **error)
{
    const gchar *value = values[OPTION_EXPECT_VERSION].value;
    const gchar *p;

    if (!value)
        return TRUE;
    for (p = value; *p && g_ascii_isprint (*p); p++);
    if (p != value && !*p)
        return TRUE;
    return invalid_value (error, values, OPTION_EXPECT_VERSION,
                          _("a version as the server reports it, in printable ASCII, is allowed"));
}

static gboolean
check_modem (const MmfotaArgumentValue  *values,
             GError                    **error)
{
    const gchar *value = values[OPTION_MODEM].value;

    if (!value || value[0])
        return TRUE;
    return invalid_value (error, values, OPTION_MODEM,
                          _("any, an index, an object path, an IMEI, a device id or a device uid is allowed"));
}

/*****************************************************************************/
/* TLS */

/* At most @most bytes: a pipe or a device may not end */
static GBytes *
read_file (const gchar  *file,
           gsize         most,
           GError      **error)
{
    g_autoptr(GFile)            path = g_file_new_for_path (file);
    g_autoptr(GFileInputStream) stream = NULL;
    g_autofree gchar           *buffer = NULL;
    gsize                       length = 0;

    stream = g_file_read (path, NULL, error);
    if (!stream)
        return NULL;
    buffer = g_malloc (most);
    if (!g_input_stream_read_all (G_INPUT_STREAM (stream), buffer, most, &length, NULL, error))
        return NULL;
    return g_bytes_new (buffer, length);
}

static gboolean
add_pem (const MmfotaArgumentValue  *values,
         Option                      option,
         const gchar                *label,
         GVariantDict               *dict,
         GError                    **error)
{
    g_autoptr(GBytes)   bytes = NULL;
    g_autofree gchar   *allowed = NULL;
    g_autoptr(GError)   inner_error = NULL;
    const gchar        *contents;
    gsize               length;

    if (!values[option].value)
        return TRUE;
    bytes = read_file (values[option].value, (gsize) MM_TDTECH_PEM_MAX + 1, &inner_error);
    if (!bytes)
        return invalid_value (error, values, option, inner_error->message);
    contents = g_bytes_get_data (bytes, &length);
    if (length && length <= (gsize) MM_TDTECH_PEM_MAX && g_strstr_len (contents, (gssize) length, "-----BEGIN ") &&
        g_strstr_len (contents, (gssize) length, label)) {
        g_variant_dict_insert_value (dict, arguments[option].name + strlen ("--"),
                                     g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, contents, length, 1));
        return TRUE;
    }
    allowed = g_strdup_printf (_("a PEM file with a %s, of at most %u bytes, is allowed"),
                               label, (guint) MM_TDTECH_PEM_MAX);
    return invalid_value (error, values, option, allowed);
}

static gboolean
parse_verify (const MmfotaArgumentValue  *values,
              guint                      *verify,
              GError                    **error)
{
    static const gchar *const names[] = { "none", "server", "mutual" };
    const gchar              *value = values[OPTION_TLS_VERIFY].value;
    guint                     i;

    if (!value)
        return TRUE;
    for (i = 0; i < G_N_ELEMENTS (names); i++) {
        if (g_str_equal (value, names[i])) {
            *verify = i;
            return TRUE;
        }
    }
    return invalid_value (error, values, OPTION_TLS_VERIFY, _("none, server or mutual is allowed"));
}

static gboolean
contradiction (GError      **error,
               const gchar  *message)
{
    g_set_error_literal (error, MM_CORE_ERROR, MM_CORE_ERROR_INVALID_ARGS, message);
    return FALSE;
}

static gboolean
check_tls (const MmfotaArgumentValue  *values,
           const gchar                *url,
           guint                      *verify,
           GError                    **error)
{
    gboolean has_certificate = values[OPTION_TLS_CERTIFICATE].given;
    gboolean has_key = values[OPTION_TLS_KEY].given;
    gboolean has_pair = has_certificate && has_key;

    *verify = has_pair ? 2 : 1;
    if (!parse_verify (values, verify, error))
        return FALSE;
    if (has_certificate != has_key)
        return contradiction (error, _("--tls-certificate and --tls-key need each other"));
    if (*verify == 2 && !has_pair)
        return contradiction (error, _("--tls-verify=mutual needs --tls-certificate and --tls-key"));
    if (*verify != 2 && has_pair)
        return contradiction (error, _("--tls-certificate and --tls-key go with --tls-verify=mutual only"));
    if (*verify == 0 && values[OPTION_TLS_CA].given)
        return contradiction (error, _("--tls-ca does not go with --tls-verify=none"));
    if (url && !g_str_has_prefix (url, "https:") &&
        (values[OPTION_TLS_CA].given || values[OPTION_TLS_VERIFY].given || has_pair))
        return contradiction (error, _("TLS options need an https URL"));
    return TRUE;
}

static gboolean
add_tls (const MmfotaArgumentValue  *values,
         const gchar                *url,
         GVariantDict               *dict,
         GError                    **error)
{
    guint verify = 0;

    if (!check_tls (values, url, &verify, error) ||
        !add_pem (values, OPTION_TLS_CA, "CERTIFICATE", dict, error) ||
        !add_pem (values, OPTION_TLS_CERTIFICATE, "CERTIFICATE", dict, error) ||
        !add_pem (values, OPTION_TLS_KEY, "PRIVATE KEY", dict, error))
        return FALSE;
    if (values[OPTION_TLS_VERIFY].given || verify == 2)
        g_variant_dict_insert (dict, "tls-verify", "u", verify);
    return TRUE;
}

gboolean
mmfota_options_check_server (const MmfotaOptions  *self,
                             const gchar          *url,
                             GError              **error)
{
    guint    verify = 1;
    gboolean has_ca = g_variant_lookup (self->method_options, "tls-ca", "@ay", NULL);

    g_variant_lookup (self->method_options, "tls-verify", "u", &verify);
    if (!url || !g_str_has_prefix (url, "https:") || has_ca || verify == 0)
        return TRUE;
    return contradiction (error, _("an https server needs --tls-ca=FILE each time, since the module forgets its "
                                   "certificates when it loses power (or --tls-verify=none)"));
}

/*****************************************************************************/
/* Reports */

static gboolean
take_report (const MmfotaArgumentValue  *values,
             MmfotaOptions              *self,
             GError                    **error)
{
    if (!parse_seconds (values, OPTION_RECORD, 1, &self->record, error))
        return FALSE;
    if (values[OPTION_REPORT].given && !values[OPTION_REPORT].value[0])
        return invalid_value (error, values, OPTION_REPORT, _("the name of a file that is not there yet, or '-', is allowed"));
    self->report = g_strdup (values[OPTION_REPORT].value);
    self->keep_hosts = values[OPTION_KEEP_HOSTS].given;
    return TRUE;
}

/* A report has its own format */
static gboolean
check_report (const MmfotaOptions  *self,
              MmfotaOutputType      output,
              GError              **error)
{
    return self->verb != MMFOTA_VERB_REPORT || output == MMFOTA_OUTPUT_HUMAN ||
           contradiction (error, _("-J and -K do not go with --report"));
}

/*****************************************************************************/
/* All options */

static gboolean
take_values (const MmfotaArgumentValue  *values,
             MmfotaOptions              *self,
             GError                    **error)
{
    g_autoptr(GVariantDict) dict = g_variant_dict_new (NULL);
    Option                  verb = find_verb (self->verb)->option;
    gboolean                has_url = ((1u << self->verb) & WITH_SERVER) != 0;
    const gchar            *url = has_url ? values[verb].value : NULL;

    if (!check_modem (values, error) ||
        (has_url && !check_url (values, verb, error)) ||
        !check_transaction (values, error) ||
        !check_version (values, error) ||
        !check_answer (values, error) ||
        !parse_events (values, &self->events_after, error) ||
        !parse_seconds (values, OPTION_PAUSE, 0, &self->pause, error) ||
        !parse_seconds (values, OPTION_TIMEOUT, 1, &self->timeout, error) ||
        !parse_seconds (values, OPTION_LOST_AFTER, 1, &self->lost_after, error) ||
        !add_seconds (values, OPTION_DELAY, "delay", dict, error) ||
        !add_seconds (values, OPTION_WAIT, "wait", dict, error) ||
        !take_report (values, self, error) ||
        !add_tls (values, url, dict, error))
        return FALSE;

    self->allow_downgrade = values[OPTION_ALLOW_DOWNGRADE].given;
    if (values[OPTION_ALLOW_ROAMING].given)
        g_variant_dict_insert (dict, "allow-roaming", "b", TRUE);
    if (self->allow_downgrade)
        g_variant_dict_insert (dict, "allow-downgrade", "b", TRUE);
    if (values[OPTION_HANG_UP_CALLS].given)
        g_variant_dict_insert (dict, "hang-up-calls", "b", TRUE);

    self->method_options = g_variant_ref_sink (g_variant_dict_end (dict));
    self->modem = g_strdup (values[OPTION_MODEM].value);
    self->url = g_strdup (url);
    self->answer = g_strdup (values[OPTION_ANSWER].value);
    self->transaction = g_strdup (values[OPTION_TRANSACTION].value);
    self->expect_version = g_strdup (values[OPTION_EXPECT_VERSION].value);
    self->yes = values[OPTION_YES].given;
    self->verbose = values[OPTION_VERBOSE].given;
    self->version = values[OPTION_VERSION].given;
    return mmfota_options_check_server (self, url, error);
}

static gboolean
choose_output (const MmfotaArgumentValue  *values,
               MmfotaOutputType           *output,
               GError                    **error)
{
    if (values[OPTION_JSON].given && values[OPTION_KEYVALUE].given)
        return contradiction (error, _("-J and -K cannot be given together"));
    if (values[OPTION_JSON].given)
        *output = MMFOTA_OUTPUT_JSON;
    else if (values[OPTION_KEYVALUE].given)
        *output = MMFOTA_OUTPUT_KEYVALUE;
    return TRUE;
}

gboolean
mmfota_options_are_for_machines (gint    argc,
                                 gchar **argv)
{
    MmfotaArgumentValue values[N_OPTIONS] = { { FALSE, NULL } };

    mmfota_arguments_parse (arguments, N_OPTIONS, argc, argv, values, NULL);
    return values[OPTION_JSON].given || values[OPTION_KEYVALUE].given;
}

MmfotaOptions *
mmfota_options_parse (gint               argc,
                      gchar            **argv,
                      MmfotaOutputType  *output,
                      GError           **error)
{
    g_autoptr(MmfotaOptions) self = g_new0 (MmfotaOptions, 1);
    MmfotaArgumentValue      values[N_OPTIONS] = { { FALSE, NULL } };
    gboolean                 parsed;

    *output = MMFOTA_OUTPUT_HUMAN;
    self->lost_after = DEFAULT_LOST_AFTER;

    parsed = mmfota_arguments_parse (arguments, N_OPTIONS, argc, argv, values, error);
    if (values[OPTION_HELP].given) {
        g_clear_error (error);
        self->help = TRUE;
        return g_steal_pointer (&self);
    }
    if (!choose_output (values, output, parsed ? error : NULL) || !parsed ||
        !choose_verb (values, self, error) ||
        !check_rules (values, self, error) ||
        !take_values (values, self, error))
        return NULL;

    if (!check_report (self, *output, error))
        return NULL;
    self->output = *output;
    return g_steal_pointer (&self);
}

gboolean
mmfota_options_for_agent (const MmfotaOptions *self)
{
    return self->verb == MMFOTA_VERB_AGENT_STATUS || self->verb == MMFOTA_VERB_CHECK_NOW ||
           self->verb == MMFOTA_VERB_ANSWER || self->verb == MMFOTA_VERB_PAUSE;
}

gint
mmfota_options_call_timeout (const MmfotaOptions *self)
{
    return (gint) MIN (MAX (self->timeout, CALL_TIMEOUT), G_MAXINT / 1000) * 1000;
}

void
mmfota_options_free (MmfotaOptions *self)
{
    g_clear_pointer (&self->method_options, g_variant_unref);
    g_free (self->modem);
    g_free (self->url);
    g_free (self->answer);
    g_free (self->transaction);
    g_free (self->expect_version);
    g_free (self->report);
    g_free (self);
}

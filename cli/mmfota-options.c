/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-options.h"

#include <string.h>

#include <gio/gio.h>
#include <libmm-glib.h>

#include "mmfota-text.h"

/* Certificates and keys are some kB; the module gets them in pieces of 1024
 * characters over its AT port. */
#define MOST_PEM_BYTES     (64u * 1024u)
#define DEFAULT_LOST_AFTER 1800
#define CALL_TIMEOUT       30
#define TRANSACTION_CHARS  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"

/*****************************************************************************/
/* The command line as it stands */

typedef struct {
    gboolean  list;
    gboolean  status;
    gboolean  check;
    gboolean  download;
    gboolean  resume;
    gboolean  upgrade;
    gboolean  update;
    gboolean  cancel;
    gboolean  monitor;
    gboolean  events;
    gboolean  json;
    gboolean  keyvalue;
    gboolean  yes;
    gboolean  verbose;
    gboolean  version;
    gboolean  allow_roaming;
    gboolean  allow_downgrade;
    gboolean  hang_up_calls;
    gchar    *url;
    gchar    *after;
    gchar    *modem;
    gchar    *timeout;
    gchar    *lost_after;
    gchar    *tls_ca;
    gchar    *tls_certificate;
    gchar    *tls_key;
    gchar    *tls_verify;
    gchar    *expect_version;
    gchar    *delay;
    gchar    *wait;
    gchar    *transaction;
} Arguments;

static void
arguments_free (Arguments *arguments)
{
    g_free (arguments->url);
    g_free (arguments->after);
    g_free (arguments->modem);
    g_free (arguments->timeout);
    g_free (arguments->lost_after);
    g_free (arguments->tls_ca);
    g_free (arguments->tls_certificate);
    g_free (arguments->tls_key);
    g_free (arguments->tls_verify);
    g_free (arguments->expect_version);
    g_free (arguments->delay);
    g_free (arguments->wait);
    g_free (arguments->transaction);
    g_free (arguments);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Arguments, arguments_free)

/* Verbs with a value that may be left out */
static gboolean
take_optional_value (const gchar  *option,
                     const gchar  *value,
                     gpointer      data,
                     GError      **error)
{
    Arguments *arguments = data;
    gchar     **field = &arguments->url;

    if (g_str_equal (option, "--check"))
        arguments->check = TRUE;
    else if (g_str_equal (option, "--download"))
        arguments->download = TRUE;
    else if (g_str_equal (option, "--resume"))
        arguments->resume = TRUE;
    else if (g_str_equal (option, "--update"))
        arguments->update = TRUE;
    else {
        arguments->events = TRUE;
        field = &arguments->after;
    }

    if (value) {
        g_free (*field);
        *field = g_strdup (value);
    }
    return TRUE;
}

static const gchar description[] =
    "URL is the folder of the firmware server that holds \"full/\", http or https. Left\n"
    "out, it is the server of the last check or download.\n"
    "\n"
    "Exit status:\n"
    "  0  done\n"
    "  1  failed\n"
    "  2  nothing to do: the server has nothing newer, nothing to cancel\n"
    "  3  no such modem, or ModemManager is not running\n"
    "  4  not authorized\n"
    "  5  detached by Ctrl+C or --timeout: the module goes on\n";

static GOptionContext *
build_context (Arguments *arguments)
{
    const GOptionEntry entries[] = {
        { "list-modems", 'L', 0, G_OPTION_ARG_NONE, &arguments->list,
          "List modems with firmware update over the air", NULL },
        { "modem", 'm', 0, G_OPTION_ARG_STRING, &arguments->modem,
          "The modem (default: the only one)", "any|INDEX|PATH|UID" },
        { "status", 0, 0, G_OPTION_ARG_NONE, &arguments->status,
          "Show firmware, state, offer and last result (default)", NULL },
        { "check", 0, G_OPTION_FLAG_OPTIONAL_ARG, G_OPTION_ARG_CALLBACK, take_optional_value,
          "Ask the server for newer firmware", "URL" },
        { "download", 0, G_OPTION_FLAG_OPTIONAL_ARG, G_OPTION_ARG_CALLBACK, take_optional_value,
          "Download what the server offers", "URL" },
        { "resume", 0, G_OPTION_FLAG_OPTIONAL_ARG, G_OPTION_ARG_CALLBACK, take_optional_value,
          "Go on with a suspended download; with --upgrade also upgrade", "URL" },
        { "upgrade", 0, 0, G_OPTION_ARG_NONE, &arguments->upgrade,
          "Flash what has been downloaded", NULL },
        { "update", 0, G_OPTION_FLAG_OPTIONAL_ARG, G_OPTION_ARG_CALLBACK, take_optional_value,
          "Check, ask, download and upgrade in one go", "URL" },
        { "cancel", 0, 0, G_OPTION_ARG_NONE, &arguments->cancel,
          "Stop what runs, or discard what has been downloaded", NULL },
        { "monitor", 0, 0, G_OPTION_ARG_NONE, &arguments->monitor,
          "Show changes and events as they come, until Ctrl+C", NULL },
        { "events", 0, G_OPTION_FLAG_OPTIONAL_ARG, G_OPTION_ARG_CALLBACK, take_optional_value,
          "List past events, or those after a sequence number", "AFTER" },
        { "tls-ca", 0, 0, G_OPTION_ARG_FILENAME, &arguments->tls_ca,
          "PEM file to check the server's certificate with", "FILE" },
        { "tls-certificate", 0, 0, G_OPTION_ARG_FILENAME, &arguments->tls_certificate,
          "PEM file with the module's own certificate", "FILE" },
        { "tls-key", 0, 0, G_OPTION_ARG_FILENAME, &arguments->tls_key,
          "PEM file with its private key", "FILE" },
        { "tls-verify", 0, 0, G_OPTION_ARG_STRING, &arguments->tls_verify,
          "Who has to prove who they are (default: server)", "none|server|mutual" },
        { "expect-version", 0, 0, G_OPTION_ARG_STRING, &arguments->expect_version,
          "Stop if the version is another one", "VERSION" },
        { "allow-roaming", 0, 0, G_OPTION_ARG_NONE, &arguments->allow_roaming,
          "Use the network of another operator", NULL },
        { "allow-downgrade", 0, 0, G_OPTION_ARG_NONE, &arguments->allow_downgrade,
          "Accept an older version", NULL },
        { "delay", 0, 0, G_OPTION_ARG_STRING, &arguments->delay,
          "Start the upgrade after so many seconds", "SECONDS" },
        { "wait", 0, 0, G_OPTION_ARG_STRING, &arguments->wait,
          "Wait so long until nothing blocks the upgrade (default: 300)", "SECONDS" },
        { "hang-up-calls", 0, 0, G_OPTION_ARG_NONE, &arguments->hang_up_calls,
          "End calls that block the upgrade", NULL },
        { "transaction", 0, 0, G_OPTION_ARG_STRING, &arguments->transaction,
          "Name of the operation in results and events", "ID" },
        { "yes", 'y', 0, G_OPTION_ARG_NONE, &arguments->yes,
          "Do not ask before upgrading", NULL },
        { "timeout", 0, 0, G_OPTION_ARG_STRING, &arguments->timeout,
          "Detach after so many seconds (default: never)", "SECONDS" },
        { "lost-after", 0, 0, G_OPTION_ARG_STRING, &arguments->lost_after,
          "Give up a module that does not come back (default: 1800)", "SECONDS" },
        { "output-json", 'J', 0, G_OPTION_ARG_NONE, &arguments->json,
          "Machine-readable output, JSON", NULL },
        { "output-keyvalue", 'K', 0, G_OPTION_ARG_NONE, &arguments->keyvalue,
          "Machine-readable output, key-value", NULL },
        { "verbose", 'v', 0, G_OPTION_ARG_NONE, &arguments->verbose,
          "Tell more, on stderr", NULL },
        { "version", 'V', 0, G_OPTION_ARG_NONE, &arguments->version,
          "Print the version", NULL },
        { NULL }
    };
    GOptionContext *context;
    GOptionGroup   *group;

    context = g_option_context_new ("- firmware update over the air of TD Tech modules");
    g_option_context_set_description (context, description);
    group = g_option_group_new ("mmfota", "", "", arguments, NULL);
    g_option_group_add_entries (group, entries);
    g_option_context_set_main_group (context, group);
    return context;
}

/*****************************************************************************/
/* Verbs */

typedef struct {
    MmfotaVerb   verb;
    const gchar *option;
    gsize        given;
    const gchar *phrase;
} VerbInfo;

/* Of two that are given the later one is complained about. */
static const VerbInfo verbs[] = {
    { MMFOTA_VERB_LIST,     "--list-modems", G_STRUCT_OFFSET (Arguments, list),     "list modems"             },
    { MMFOTA_VERB_STATUS,   "--status",      G_STRUCT_OFFSET (Arguments, status),   "show the status"         },
    { MMFOTA_VERB_CHECK,    "--check",       G_STRUCT_OFFSET (Arguments, check),    "check for firmware"      },
    { MMFOTA_VERB_DOWNLOAD, "--download",    G_STRUCT_OFFSET (Arguments, download), "download the firmware"   },
    { MMFOTA_VERB_RESUME,   "--resume",      G_STRUCT_OFFSET (Arguments, resume),   "resume the download"     },
    { MMFOTA_VERB_UPGRADE,  "--upgrade",     G_STRUCT_OFFSET (Arguments, upgrade),  "upgrade the firmware"    },
    { MMFOTA_VERB_UPDATE,   "--update",      G_STRUCT_OFFSET (Arguments, update),   "update the firmware"     },
    { MMFOTA_VERB_CANCEL,   "--cancel",      G_STRUCT_OFFSET (Arguments, cancel),   "cancel"                  },
    { MMFOTA_VERB_MONITOR,  "--monitor",     G_STRUCT_OFFSET (Arguments, monitor),  "monitor the modem"       },
    { MMFOTA_VERB_EVENTS,   "--events",      G_STRUCT_OFFSET (Arguments, events),   "list events"             },
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
    return find_verb (verb)->phrase;
}

static gboolean
choose_verb (const Arguments  *arguments,
             MmfotaOptions    *self,
             GError          **error)
{
    const VerbInfo *chosen = NULL;
    guint           i;

    for (i = 0; i < G_N_ELEMENTS (verbs); i++) {
        if (!G_STRUCT_MEMBER (gboolean, arguments, verbs[i].given))
            continue;
        if (chosen && chosen->verb == MMFOTA_VERB_RESUME && verbs[i].verb == MMFOTA_VERB_UPGRADE) {
            self->upgrade = TRUE;
            continue;
        }
        if (chosen) {
            g_set_error (error, MM_CORE_ERROR, MM_CORE_ERROR_INVALID_ARGS,
                         "%s and %s cannot be given together%s", chosen->option, verbs[i].option,
                         (chosen->verb == MMFOTA_VERB_DOWNLOAD && verbs[i].verb == MMFOTA_VERB_UPGRADE)
                         ? ": --update does both" : "");
            return FALSE;
        }
        chosen = &verbs[i];
    }
    self->verb = chosen ? chosen->verb : MMFOTA_VERB_STATUS;
    return TRUE;
}

/*****************************************************************************/
/* Which option goes with which verb */

#define VERB(name) (1u << MMFOTA_VERB_##name)

#define WITH_SERVER      (VERB (CHECK) | VERB (DOWNLOAD) | VERB (RESUME) | VERB (UPDATE))
#define WITH_TRANSACTION (WITH_SERVER | VERB (UPGRADE))
#define WITH_VERSION     (VERB (DOWNLOAD) | VERB (RESUME) | VERB (UPGRADE) | VERB (UPDATE))
/* --resume: only together with --upgrade */
#define WITH_UPGRADE     (VERB (UPGRADE) | VERB (UPDATE))
#define WITH_WAITING     (WITH_TRANSACTION | VERB (CANCEL))

typedef struct {
    const gchar *option;
    gsize        given; /* a pointer or a boolean: not zero */
    gboolean     is_string;
    guint        verbs;
} OptionRule;

static const OptionRule rules[] = {
    { "--tls-ca",          G_STRUCT_OFFSET (Arguments, tls_ca),          TRUE,  WITH_SERVER                    },
    { "--tls-certificate", G_STRUCT_OFFSET (Arguments, tls_certificate), TRUE,  WITH_SERVER                    },
    { "--tls-key",         G_STRUCT_OFFSET (Arguments, tls_key),         TRUE,  WITH_SERVER                    },
    { "--tls-verify",      G_STRUCT_OFFSET (Arguments, tls_verify),      TRUE,  WITH_SERVER                    },
    { "--allow-roaming",   G_STRUCT_OFFSET (Arguments, allow_roaming),   FALSE, WITH_SERVER                    },
    { "--expect-version",  G_STRUCT_OFFSET (Arguments, expect_version),  TRUE,  WITH_VERSION                   },
    { "--allow-downgrade", G_STRUCT_OFFSET (Arguments, allow_downgrade), FALSE, WITH_UPGRADE | VERB (DOWNLOAD) },
    { "--delay",           G_STRUCT_OFFSET (Arguments, delay),           TRUE,  WITH_UPGRADE                   },
    { "--wait",            G_STRUCT_OFFSET (Arguments, wait),            TRUE,  WITH_UPGRADE                   },
    { "--hang-up-calls",   G_STRUCT_OFFSET (Arguments, hang_up_calls),   FALSE, WITH_UPGRADE                   },
    { "--transaction",     G_STRUCT_OFFSET (Arguments, transaction),     TRUE,  WITH_TRANSACTION               },
    { "--lost-after",      G_STRUCT_OFFSET (Arguments, lost_after),      TRUE,  WITH_WAITING                   },
};

static gboolean
is_given (const Arguments  *arguments,
          const OptionRule *rule)
{
    if (rule->is_string)
        return !!G_STRUCT_MEMBER (gchar *, arguments, rule->given);
    return G_STRUCT_MEMBER (gboolean, arguments, rule->given);
}

static gchar *
list_verbs (guint mask)
{
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new ();
    g_auto(GStrv)           names = NULL;
    guint                   i;

    for (i = 0; i < G_N_ELEMENTS (verbs); i++) {
        if (mask & (1u << verbs[i].verb))
            g_strv_builder_add (builder, verbs[i].option);
    }
    names = g_strv_builder_end (builder);
    return g_strjoinv (", ", names);
}

static gboolean
check_rules (const Arguments      *arguments,
             const MmfotaOptions  *self,
             GError              **error)
{
    guint verb = 1u << self->verb;
    guint i;

    if (self->upgrade)
        verb |= VERB (UPGRADE);
    for (i = 0; i < G_N_ELEMENTS (rules); i++) {
        g_autofree gchar *allowed = NULL;

        if (!is_given (arguments, &rules[i]) || (rules[i].verbs & verb))
            continue;
        allowed = list_verbs (rules[i].verbs);
        g_set_error (error, MM_CORE_ERROR, MM_CORE_ERROR_INVALID_ARGS,
                     "%s does not go with %s, only with %s",
                     rules[i].option, find_verb (self->verb)->option, allowed);
        return FALSE;
    }
    if (self->verb == MMFOTA_VERB_LIST && arguments->modem) {
        g_set_error (error, MM_CORE_ERROR, MM_CORE_ERROR_INVALID_ARGS,
                     "--modem does not go with --list-modems");
        return FALSE;
    }
    return TRUE;
}

/*****************************************************************************/
/* Values */

static gboolean
invalid_value (GError      **error,
               const gchar  *option,
               const gchar  *value,
               const gchar  *allowed)
{
    g_autofree gchar *printable = mmfota_text_printable (value);

    g_set_error (error, MM_CORE_ERROR, MM_CORE_ERROR_INVALID_ARGS,
                 "invalid value '%s' for %s: %s", printable, option, allowed);
    return FALSE;
}

static gboolean
parse_number (const gchar  *option,
              const gchar  *value,
              guint64       least,
              guint64       most,
              guint64      *number,
              GError      **error)
{
    g_autofree gchar *allowed = NULL;

    if (!value || g_ascii_string_to_unsigned (value, 10, least, most, number, NULL))
        return TRUE;
    allowed = g_strdup_printf ("a number from %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT " is allowed",
                               least, most);
    return invalid_value (error, option, value, allowed);
}

static gboolean
parse_seconds (const gchar  *option,
               const gchar  *value,
               guint         least,
               guint        *seconds,
               GError      **error)
{
    guint64 number = *seconds;

    if (!parse_number (option, value, least, G_MAXINT32, &number, error))
        return FALSE;
    *seconds = (guint) number;
    return TRUE;
}

static gboolean
check_url (const gchar  *url,
           const gchar  *option,
           GError      **error)
{
    static const gchar  allowed[] = "http://HOST[:PORT]/FOLDER/ or https://… is allowed, "
                                    "without user, query and fragment";
    g_autoptr(GUri)     uri = NULL;
    const gchar        *p;

    if (!url)
        return TRUE;
    for (p = url; *p; p++) {
        if (!g_ascii_isprint (*p) && !((guchar) *p & 0x80))
            return invalid_value (error, option, url, allowed);
    }
    uri = g_uri_parse (url, G_URI_FLAGS_ENCODED | G_URI_FLAGS_PARSE_RELAXED, NULL);
    if (!uri ||
        (!g_str_equal (g_uri_get_scheme (uri), "http") && !g_str_equal (g_uri_get_scheme (uri), "https")) ||
        !g_uri_get_host (uri) || !g_uri_get_host (uri)[0] ||
        g_uri_get_userinfo (uri) || g_uri_get_query (uri) || g_uri_get_fragment (uri) ||
        strpbrk (url, " \"\\"))
        return invalid_value (error, option, url, allowed);
    return TRUE;
}

static gboolean
add_pem (GVariantDict  *dict,
         const gchar   *key,
         const gchar   *option,
         const gchar   *file,
         const gchar   *label,
         GError       **error)
{
    g_autofree gchar  *contents = NULL;
    g_autofree gchar  *allowed = NULL;
    g_autoptr(GError)  inner_error = NULL;
    gsize              length;

    if (!file)
        return TRUE;
    if (!g_file_get_contents (file, &contents, &length, &inner_error))
        return invalid_value (error, option, file, inner_error->message);
    if (length > MOST_PEM_BYTES || !g_strstr_len (contents, (gssize) length, "-----BEGIN ") ||
        !g_strstr_len (contents, (gssize) length, label)) {
        allowed = g_strdup_printf ("a PEM file with a %s, of at most %u bytes, is allowed",
                                   label, MOST_PEM_BYTES);
        return invalid_value (error, option, file, allowed);
    }
    g_variant_dict_insert_value (dict, key,
                                 g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, contents, length, 1));
    return TRUE;
}

static gboolean
parse_verify (const gchar  *value,
              guint        *verify,
              GError      **error)
{
    static const gchar *const names[] = { "none", "server", "mutual" };
    guint                     i;

    for (i = 0; i < G_N_ELEMENTS (names); i++) {
        if (g_str_equal (value, names[i])) {
            *verify = i;
            return TRUE;
        }
    }
    return invalid_value (error, "--tls-verify", value, "none, server or mutual is allowed");
}

static gboolean
contradiction (GError      **error,
               const gchar  *message)
{
    g_set_error_literal (error, MM_CORE_ERROR, MM_CORE_ERROR_INVALID_ARGS, message);
    return FALSE;
}

static gboolean
add_tls (const Arguments  *arguments,
         GVariantDict     *dict,
         GError          **error)
{
    gboolean has_pair = arguments->tls_certificate && arguments->tls_key;
    guint    verify = has_pair ? 2 : 1;

    if (arguments->tls_verify && !parse_verify (arguments->tls_verify, &verify, error))
        return FALSE;
    if (!arguments->tls_certificate != !arguments->tls_key)
        return contradiction (error, "--tls-certificate and --tls-key need each other");
    if (verify == 2 && !has_pair)
        return contradiction (error, "--tls-verify=mutual needs --tls-certificate and --tls-key");
    if (verify != 2 && has_pair)
        return contradiction (error, "--tls-certificate and --tls-key go with --tls-verify=mutual only");
    if (verify == 0 && arguments->tls_ca)
        return contradiction (error, "--tls-ca does not go with --tls-verify=none");
    if (arguments->url && !g_str_has_prefix (arguments->url, "https:") &&
        (arguments->tls_ca || arguments->tls_verify || has_pair))
        return contradiction (error, "TLS options need an https URL");

    if (arguments->tls_verify || has_pair)
        g_variant_dict_insert (dict, "tls-verify", "u", verify);
    return add_pem (dict, "tls-ca", "--tls-ca", arguments->tls_ca, "CERTIFICATE", error) &&
           add_pem (dict, "tls-certificate", "--tls-certificate", arguments->tls_certificate, "CERTIFICATE", error) &&
           add_pem (dict, "tls-key", "--tls-key", arguments->tls_key, "PRIVATE KEY", error);
}

static gboolean
check_transaction (const gchar  *value,
                   GError      **error)
{
    gsize length;

    if (!value)
        return TRUE;
    length = strlen (value);
    if (length >= 1 && length <= 64 && strspn (value, TRANSACTION_CHARS) == length)
        return TRUE;
    return invalid_value (error, "--transaction", value, "1 to 64 of A-Z a-z 0-9 . _ - are allowed");
}

static gboolean
check_version (const gchar  *value,
               GError      **error)
{
    const gchar *p;

    if (!value)
        return TRUE;
    for (p = value; *p && g_ascii_isprint (*p); p++);
    if (p != value && !*p)
        return TRUE;
    return invalid_value (error, "--expect-version", value,
                          "a version as the server tells it, in printable ASCII, is allowed");
}

static gboolean
add_seconds (GVariantDict  *dict,
             const gchar   *key,
             const gchar   *option,
             const gchar   *value,
             GError       **error)
{
    guint seconds = 0;

    if (!value)
        return TRUE;
    if (!parse_seconds (option, value, 0, &seconds, error))
        return FALSE;
    g_variant_dict_insert (dict, key, "u", seconds);
    return TRUE;
}

static gboolean
take_values (const Arguments  *arguments,
             MmfotaOptions    *self,
             GError          **error)
{
    g_autoptr(GVariantDict) dict = g_variant_dict_new (NULL);

    if (arguments->modem && !arguments->modem[0])
        return invalid_value (error, "--modem", "", "any, an index, an object path or a device uid is allowed");
    if (!check_url (arguments->url, find_verb (self->verb)->option, error) ||
        !check_transaction (arguments->transaction, error) ||
        !check_version (arguments->expect_version, error) ||
        !parse_number ("--events", arguments->after, 0, G_MAXUINT64, &self->events_after, error) ||
        !parse_seconds ("--timeout", arguments->timeout, 1, &self->timeout, error) ||
        !parse_seconds ("--lost-after", arguments->lost_after, 1, &self->lost_after, error) ||
        !add_seconds (dict, "delay", "--delay", arguments->delay, error) ||
        !add_seconds (dict, "wait", "--wait", arguments->wait, error) ||
        !add_tls (arguments, dict, error))
        return FALSE;

    if (arguments->allow_roaming)
        g_variant_dict_insert (dict, "allow-roaming", "b", TRUE);
    if (arguments->allow_downgrade)
        g_variant_dict_insert (dict, "allow-downgrade", "b", TRUE);
    if (arguments->hang_up_calls)
        g_variant_dict_insert (dict, "hang-up-calls", "b", TRUE);

    self->method_options = g_variant_ref_sink (g_variant_dict_end (dict));
    self->modem = g_strdup (arguments->modem);
    self->url = g_strdup (arguments->url);
    self->transaction = g_strdup (arguments->transaction);
    self->expect_version = g_strdup (arguments->expect_version);
    self->allow_downgrade = arguments->allow_downgrade;
    self->yes = arguments->yes;
    self->verbose = arguments->verbose;
    self->version = arguments->version;
    return TRUE;
}

/*****************************************************************************/
/* All of it */

static gboolean
choose_output (const Arguments   *arguments,
               MmfotaOutputType  *output,
               GError           **error)
{
    if (arguments->json && arguments->keyvalue)
        return contradiction (error, "-J and -K cannot be given together");
    if (arguments->json)
        *output = MMFOTA_OUTPUT_JSON;
    else if (arguments->keyvalue)
        *output = MMFOTA_OUTPUT_KEYVALUE;
    return TRUE;
}

static gboolean
parse_command_line (Arguments   *arguments,
                    gint        *argc,
                    gchar     ***argv,
                    GError     **error)
{
    g_autoptr(GOptionContext) context = build_context (arguments);
    g_autoptr(GError)         inner_error = NULL;

    if (!g_option_context_parse (context, argc, argv, &inner_error)) {
        g_set_error_literal (error, MM_CORE_ERROR, MM_CORE_ERROR_INVALID_ARGS, inner_error->message);
        return FALSE;
    }
    if (*argc > 1) {
        g_autofree gchar *printable = mmfota_text_printable ((*argv)[1]);

        g_set_error (error, MM_CORE_ERROR, MM_CORE_ERROR_INVALID_ARGS,
                     "unexpected argument '%s': see --help", printable);
        return FALSE;
    }
    return TRUE;
}

MmfotaOptions *
mmfota_options_parse (gint               *argc,
                      gchar            ***argv,
                      MmfotaOutputType   *output,
                      GError            **error)
{
    g_autoptr(Arguments)     arguments = g_new0 (Arguments, 1);
    g_autoptr(MmfotaOptions) self = g_new0 (MmfotaOptions, 1);
    gboolean                 parsed;

    *output = MMFOTA_OUTPUT_HUMAN;
    self->lost_after = DEFAULT_LOST_AFTER;

    parsed = parse_command_line (arguments, argc, argv, error);
    if (!choose_output (arguments, output, parsed ? error : NULL) || !parsed ||
        !choose_verb (arguments, self, error) ||
        !check_rules (arguments, self, error) ||
        !take_values (arguments, self, error))
        return NULL;

    self->output = *output;
    return g_steal_pointer (&self);
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
    g_free (self->transaction);
    g_free (self->expect_version);
    g_free (self);
}

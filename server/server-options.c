/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "server-options.h"

#include <limits.h>
#include <string.h>

#include <glib/gi18n.h>

#include "release-text.h"

#define SHOWN_MAX    80
#define CLIENTS_MAX  1000
#define DAYS_MAX     36500
#define DAYS_DEFAULT 825
#define PORT_DEFAULT 8080

/* Sets of verbs */
#define M (1 << SERVER_VERB_MAKE)
#define C (1 << SERVER_VERB_CHECK)
#define S (1 << SERVER_VERB_SIGN)
#define V (1 << SERVER_VERB_VERIFY)
#define K (1 << SERVER_VERB_CERTIFICATES)
#define N (1 << SERVER_VERB_SITE)
#define H (1 << SERVER_VERB_SERVE)
#define D (1 << SERVER_VERB_DIAGNOSE)
#define L (1 << SERVER_VERB_LOG)

static const struct {
    ServerVerb   verb;
    const gchar *name;
} verbs[] = {
    { SERVER_VERB_MAKE,         "make"         },
    { SERVER_VERB_CHECK,        "check"        },
    { SERVER_VERB_SIGN,         "sign"         },
    { SERVER_VERB_VERIFY,       "verify"       },
    { SERVER_VERB_CERTIFICATES, "certificates" },
    { SERVER_VERB_SITE,         "site"         },
    { SERVER_VERB_SERVE,        "serve"        },
    { SERVER_VERB_DIAGNOSE,     "diagnose"     },
    { SERVER_VERB_LOG,          "log"          },
};

const gchar *
server_verb_name (ServerVerb verb)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS (verbs); i++) {
        if (verbs[i].verb == verb)
            return verbs[i].name;
    }
    return "nothing";
}

/*****************************************************************************/
/* As given on the command line */

typedef struct {
    ServerOptions *options;
    gchar         *targets[SERVER_VERB_LOG + 1];
    gboolean       diagnose;
    gchar         *not_after;
    gchar         *listen;
    gchar         *clients;
    gchar         *days;
} Arguments;

static void
arguments_free (Arguments *self)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS (self->targets); i++)
        g_free (self->targets[i]);
    g_clear_pointer (&self->options, server_options_free);
    g_free (self->not_after);
    g_free (self->listen);
    g_free (self->clients);
    g_free (self->days);
    g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Arguments, arguments_free)

void
server_options_free (ServerOptions *self)
{
    g_free (self->target);
    g_free (self->target_shown);
    g_strfreev (self->packages);
    g_free (self->version);
    g_free (self->product);
    g_free (self->source_version);
    g_strfreev (self->features);
    g_free (self->model);
    g_free (self->from);
    g_free (self->certificate);
    g_free (self->key);
    g_free (self->keyring);
    g_free (self->tls);
    g_free (self->tls_ca);
    g_free (self->tls_certificate);
    g_free (self->tls_key);
    g_strfreev (self->names);
    g_free (self->location);
    g_free (self->site);
    g_free (self->user);
    g_free (self->nginx);
    g_free (self);
}

static const gchar summary[] =
    N_("Makes, proves, signs and serves firmware releases for TD Tech modules.\n"
       "DIR is the folder that holds full/, and URL the one that the module is given.");

static const gchar description[] =
    N_("Exit status:\n"
       "  0  all right\n"
       "  1  failed, or an error was found\n"
       "  2  usable, with warnings\n");

#define TARGET(verb, help, of) \
    { server_verb_name (verb), 0, 0, G_OPTION_ARG_FILENAME, &self->targets[verb], help, of }

static GOptionContext *
build_context (Arguments *self)
{
    ServerOptions     *o = self->options;
    const GOptionEntry entries[] = {
        TARGET (SERVER_VERB_MAKE, N_("Write a release into DIR/full as a whole"), N_("DIR")),
        TARGET (SERVER_VERB_CHECK, N_("Find what a module would fail on"), N_("DIR|URL")),
        TARGET (SERVER_VERB_SIGN, N_("Sign the release"), N_("DIR")),
        TARGET (SERVER_VERB_VERIFY, N_("Check the signature"), N_("DIR|URL")),
        TARGET (SERVER_VERB_CERTIFICATES, N_("Make a self-signed CA and its certificates"), N_("DIR")),
        TARGET (SERVER_VERB_SITE, N_("Print an nginx site that serves DIR"), N_("DIR")),
        TARGET (SERVER_VERB_SERVE, N_("Serve DIR without another web server, until Ctrl+C"), N_("DIR")),
        { "diagnose", 0, 0, G_OPTION_ARG_NONE, &self->diagnose, N_("Find out why nginx does not start or serve"), NULL },
        TARGET (SERVER_VERB_LOG, N_("Report what modules did, from an access log"), N_("FILE")),
        { "package", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o->packages, N_("make: the package, as ota.swu"), N_("FILE") },
        { "version", 0, 0, G_OPTION_ARG_STRING, &o->version, N_("make: as AT^VERSION? shows it, 1.3.0.0(SP1C02)"), N_("V") },
        { "product", 0, 0, G_OPTION_ARG_STRING, &o->product, N_("make: as MT5700M-CN"), N_("P") },
        { "source-version", 0, 0, G_OPTION_ARG_STRING, &o->source_version, N_("make: the version that it upgrades"), N_("S") },
        { "feature", 0, 0, G_OPTION_ARG_STRING_ARRAY, &o->features, N_("make: one more line of text"), N_("TEXT") },
        { "replace", 0, 0, G_OPTION_ARG_NONE, &o->replace, N_("make, certificates: replace what exists"), NULL },
        { "model", 0, 0, G_OPTION_ARG_STRING, &o->model, N_("check: for this model"), N_("P") },
        { "from", 0, 0, G_OPTION_ARG_STRING, &o->from, N_("check: for a module that runs this version"), N_("VERSION") },
        { "as-module", 0, 0, G_OPTION_ARG_NONE, &o->as_module, N_("check: only the requests of a module"), NULL },
        { "certificate", 0, 0, G_OPTION_ARG_FILENAME, &o->certificate, N_("sign: the signer's, PEM or pkcs11:"), N_("F") },
        { "key", 0, 0, G_OPTION_ARG_FILENAME, &o->key, N_("sign: its private key, PEM or pkcs11:"), N_("F") },
        { "not-after", 0, 0, G_OPTION_ARG_STRING, &self->not_after, N_("sign: refused after that day"), N_("YYYY-MM-DD") },
        { "keyring", 0, 0, G_OPTION_ARG_FILENAME, &o->keyring, N_("verify: CA file, or a folder of them"), N_("D") },
        { "tls", 0, 0, G_OPTION_ARG_FILENAME, &o->tls, N_("The folder that --certificates made"), N_("DIR") },
        { "tls-ca", 0, 0, G_OPTION_ARG_FILENAME, &o->tls_ca, N_("CA certificate, PEM"), N_("F") },
        { "tls-certificate", 0, 0, G_OPTION_ARG_FILENAME, &o->tls_certificate,
          N_("check: the module's; site, serve: the server's"), N_("F") },
        { "tls-key", 0, 0, G_OPTION_ARG_FILENAME, &o->tls_key, N_("Its private key, PEM"), N_("F") },
        { "mutual", 0, 0, G_OPTION_ARG_NONE, &o->mutual, N_("Modules need a certificate, too"), NULL },
        { "name", 0, 0, G_OPTION_ARG_STRING_ARRAY, &o->names, N_("certificates: the host in the module's URL"), N_("HOST|IP") },
        { "clients", 0, 0, G_OPTION_ARG_STRING, &self->clients, N_("certificates: how many for modules (default 1)"), N_("N") },
        { "days", 0, 0, G_OPTION_ARG_STRING, &self->days, N_("certificates: valid for (default 825)"), N_("N") },
        { "listen", 0, 0, G_OPTION_ARG_STRING, &self->listen, N_("site, serve: port (default 8080)"), N_("PORT") },
        { "ipv4", '4', 0, G_OPTION_ARG_NONE, &o->only_v4, N_("IPv4 only"), NULL },
        { "ipv6", '6', 0, G_OPTION_ARG_NONE, &o->only_v6, N_("IPv6 only"), NULL },
        { "location", 0, 0, G_OPTION_ARG_STRING, &o->location, N_("site: path in the URL (default /)"), N_("/PATH/") },
        { "configuration", 0, 0, G_OPTION_ARG_FILENAME, &o->site,
          N_("diagnose: nginx's (default /etc/nginx/nginx.conf)"), N_("FILE") },
        { "user", 0, 0, G_OPTION_ARG_STRING, &o->user, N_("diagnose: the user that the server runs as"), N_("NAME") },
        { "nginx", 0, 0, G_OPTION_ARG_FILENAME, &o->nginx, N_("diagnose: the program"), N_("FILE") },
        { "output-json", 'J', 0, G_OPTION_ARG_NONE, &o->json, N_("One JSON object"), NULL },
        { "print-version", 'V', 0, G_OPTION_ARG_NONE, &o->version_wanted, N_("Print the version of this program"), NULL },
        { NULL }
    };
    GOptionContext *context = g_option_context_new (NULL);

    g_option_context_set_translation_domain (context, GETTEXT_PACKAGE);
    g_option_context_set_summary (context, summary);
    g_option_context_set_description (context, description);
    g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
    return context;
}

/*****************************************************************************/
/* Rules */

static gboolean
refuse (GError      **error,
        const gchar  *option,
        const gchar  *value,
        const gchar  *allowed)
{
    g_autofree gchar *shown = release_text_file_name (value, SHOWN_MAX);

    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _("'%s' is not valid for --%s: %s"), shown, option, allowed);
    return FALSE;
}

static gboolean
choose_verb (Arguments  *self,
             GError    **error)
{
    ServerOptions *o = self->options;
    guint          i;

    if (self->diagnose)
        o->verb = SERVER_VERB_DIAGNOSE;
    for (i = 0; i < G_N_ELEMENTS (self->targets); i++) {
        if (!self->targets[i])
            continue;
        if (o->verb != SERVER_VERB_NONE) {
            g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _("--%s and --%s can't be given together"),
                         server_verb_name ((ServerVerb) i), server_verb_name (o->verb));
            return FALSE;
        }
        if (!*self->targets[i])
            return refuse (error, server_verb_name ((ServerVerb) i), "", _("a folder, file or URL is allowed"));
        o->verb = (ServerVerb) i;
        o->target = g_strdup (self->targets[i]);
        o->target_shown = release_text_file_name (o->target, PATH_MAX);
    }
    if (o->verb == SERVER_VERB_NONE && !o->version_wanted) {
        g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                             _("what to do? --make, --check, --sign, --verify, --certificates, --site, --serve, --diagnose "
                                "or --log; see --help"));
        return FALSE;
    }
    return TRUE;
}

/* Which option goes with which verbs */
static gboolean
check_company (Arguments  *self,
               GError    **error)
{
    ServerOptions *o = self->options;
    const struct {
        gboolean     given;
        const gchar *name;
        guint        verbs;
    } rules[] = {
        { o->packages != NULL,        "package",         M                 },
        { o->version != NULL,         "version",         M                 },
        { o->product != NULL,         "product",         M                 },
        { o->source_version != NULL,  "source-version",  M                 },
        { o->features != NULL,        "feature",         M                 },
        { o->replace,                 "replace",         M | K             },
        { o->model != NULL,           "model",           C                 },
        { o->from != NULL,            "from",            C                 },
        { o->as_module,               "as-module",       C                 },
        { o->certificate != NULL,     "certificate",     S                 },
        { o->key != NULL,             "key",             S                 },
        { self->not_after != NULL,    "not-after",       S                 },
        { o->keyring != NULL,         "keyring",         V                 },
        { o->tls != NULL,             "tls",             C | V | N | H     },
        { o->tls_ca != NULL,          "tls-ca",          C | V | N | H     },
        { o->tls_certificate != NULL, "tls-certificate", C | V | N | H     },
        { o->tls_key != NULL,         "tls-key",         C | V | N | H     },
        { o->mutual,                  "mutual",          C | V | N | H     },
        { o->names != NULL,           "name",            K                 },
        { self->clients != NULL,      "clients",         K                 },
        { self->days != NULL,         "days",            K                 },
        { self->listen != NULL,       "listen",          N | H             },
        { o->only_v4,                 "ipv4",            N | H             },
        { o->only_v6,                 "ipv6",            N | H             },
        { o->location != NULL,        "location",        N                 },
        { o->site != NULL,            "configuration",   D                 },
        { o->user != NULL,            "user",            D                 },
        { o->nginx != NULL,           "nginx",           D                 },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (rules); i++) {
        if (rules[i].given && !(rules[i].verbs & (1u << o->verb))) {
            g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _("--%s does not go with --%s"),
                         rules[i].name, server_verb_name (o->verb));
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean
check_needs (Arguments  *self,
             GError    **error)
{
    ServerOptions *o = self->options;
    const struct {
        gboolean     missing;
        guint        verbs;
        const gchar *name;
    } rules[] = {
        { !o->packages,    M, "package"     },
        { !o->version,     M, "version"     },
        { !o->product,     M, "product"     },
        { !o->certificate, S, "certificate" },
        { !o->key,         S, "key"         },
        { !o->keyring,     V, "keyring"     },
        { !o->names,       K, "name"        },
        { o->mutual && !o->tls && !o->tls_ca, N | H, "tls or --tls-ca" },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (rules); i++) {
        if (rules[i].missing && (rules[i].verbs & (1u << o->verb))) {
            g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _("--%s needs --%s"),
                         server_verb_name (o->verb), rules[i].name);
            return FALSE;
        }
    }
    if (!o->tls_certificate != !o->tls_key) {
        g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                             _("--tls-certificate and --tls-key go together"));
        return FALSE;
    }
    if (o->only_v4 && o->only_v6) {
        g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _("--ipv4 and --ipv6 can't be given together"));
        return FALSE;
    }
    return TRUE;
}

/*****************************************************************************/
/* Values */

static gboolean
take_number (const gchar  *option,
             const gchar  *value,
             guint         min,
             guint         max,
             guint        *out,
             GError      **error)
{
    g_autofree gchar *allowed = NULL;
    guint64           number;

    if (!value)
        return TRUE;
    if (g_ascii_string_to_unsigned (value, 10, min, max, &number, NULL)) {
        *out = (guint) number;
        return TRUE;
    }
    allowed = g_strdup_printf (_("%u to %u is allowed"), min, max);
    return refuse (error, option, value, allowed);
}

static gboolean
take_value (const gchar  *option,
            const gchar  *value,
            GError      **error)
{
    return !value || release_text_is_value (value) ||
           refuse (error, option, value, _("1 to 64 characters of printable ASCII without quotes, < > and & are allowed"));
}

static gboolean
take_features (ServerOptions  *o,
               GError        **error)
{
    guint i;

    for (i = 0; o->features && o->features[i]; i++) {
        if (!take_value ("feature", o->features[i], error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
take_day (const gchar  *value,
          gint64       *out,
          GError      **error)
{
    g_autoptr(GDateTime) time = NULL;
    g_autofree gchar    *text = NULL;

    if (!value)
        return TRUE;
    text = g_strconcat (value, "T23:59:59Z", NULL);
    time = strlen (value) == 10 ? g_date_time_new_from_iso8601 (text, NULL) : NULL;
    if (!time)
        return refuse (error, "not-after", value, _("a day as 2027-12-31 is allowed"));
    *out = g_date_time_to_unix (time);
    return TRUE;
}

static gboolean
take_location (ServerOptions  *o,
               GError        **error)
{
    const gchar *p;

    if (!o->location)
        return TRUE;
    for (p = o->location; *p && (g_ascii_isalnum (*p) || strchr ("._-/", *p)); p++);
    if (*p || o->location[0] != '/' || !g_str_has_suffix (o->location, "/") || strstr (o->location, "..") ||
        strstr (o->location, "//"))
        return refuse (error, "location", o->location, _("a path as /mt5700/, of letters, digits and . _ - is allowed"));
    return TRUE;
}

/* The folder of --certificates supplies its files */
static void
fill_tls (ServerOptions *o)
{
    gboolean server = o->verb == SERVER_VERB_SITE || o->verb == SERVER_VERB_SERVE;

    if (!o->tls)
        return;
    if (!o->tls_ca)
        o->tls_ca = g_build_filename (o->tls, "ca.pem", NULL);
    if (!o->tls_certificate && (server || o->mutual)) {
        o->tls_certificate = g_build_filename (o->tls, server ? "server.pem" : "client-1.pem", NULL);
        o->tls_key = g_build_filename (o->tls, server ? "server.key" : "client-1.key", NULL);
    }
}

static gboolean
take_values (Arguments  *self,
             GError    **error)
{
    ServerOptions *o = self->options;

    o->port = PORT_DEFAULT;
    o->clients = 1;
    o->days = DAYS_DEFAULT;
    fill_tls (o);
    return take_value ("version", o->version, error) &&
           take_value ("product", o->product, error) &&
           take_value ("source-version", o->source_version, error) &&
           take_value ("model", o->model, error) &&
           take_value ("from", o->from, error) &&
           take_features (o, error) &&
           take_day (self->not_after, &o->not_after, error) &&
           take_location (o, error) &&
           take_number ("listen", self->listen, o->verb == SERVER_VERB_SERVE ? 0 : 1, G_MAXUINT16, &o->port, error) &&
           take_number ("clients", self->clients, 0, CLIENTS_MAX, &o->clients, error) &&
           take_number ("days", self->days, 1, DAYS_MAX, &o->days, error);
}

/*****************************************************************************/

ServerOptions *
server_options_parse (gint     *argc,
                      gchar  ***argv,
                      GError  **error)
{
    g_autoptr(Arguments)      self = g_new0 (Arguments, 1);
    g_autoptr(GOptionContext) context = NULL;

    self->options = g_new0 (ServerOptions, 1);
    context = build_context (self);
    if (!g_option_context_parse (context, argc, argv, error))
        return NULL;
    if (*argc > 1) {
        g_autofree gchar *shown = release_text_file_name ((*argv)[1], SHOWN_MAX);

        g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _("unexpected argument '%s': see --help"), shown);
        return NULL;
    }
    if (!choose_verb (self, error) || !check_company (self, error) || !check_needs (self, error) ||
        !take_values (self, error))
        return NULL;
    return g_steal_pointer (&self->options);
}

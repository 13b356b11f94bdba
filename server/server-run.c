/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "server-run.h"

#include <locale.h>
#include <stdio.h>
#include <string.h>

#include <glib/gi18n.h>

#include "release-text.h"
#include "server-certificates.h"
#include "server-diagnose.h"
#include "server-folder.h"
#include "server-log.h"
#include "server-make.h"
#include "server-options.h"
#include "server-serve.h"
#include "server-sign.h"
#include "server-site.h"
#include "server-url.h"

/*****************************************************************************/
/* Output */

static void
print_json (JsonObject *report)
{
    g_autoptr(JsonNode) node = json_node_new (JSON_NODE_OBJECT);
    g_autofree gchar   *text = NULL;
    g_autofree gchar   *valid = NULL;

    json_node_set_object (node, report);
    /* Names of files and folders need not be UTF-8, but JSON must be */
    text = json_to_string (node, TRUE);
    valid = g_utf8_make_valid (text, -1);
    /* JSON is UTF-8, whatever the terminal has */
    fputs (valid, stdout);
    fputc ('\n', stdout);
}

/* Output at the end: findings, the error, and one line for people */
static gint
finish (const ServerOptions *options,
        JsonObject          *report,
        ReleaseFindings     *findings,
        const GError        *error,
        const gchar         *done)
{
    static const gchar *const words[] = { "ok", "failed", "warnings" };
    g_autofree gchar         *message = error ? release_text_printable (error->message, 1000) : NULL;
    gint                      status = error ? 1 : release_findings_exit (findings);

    if (options->json) {
        json_object_set_array_member (report, "findings", release_findings_to_json (findings));
        json_object_set_string_member (report, "result", words[status]);
        if (message)
            json_object_set_string_member (report, "error", message);
        else
            json_object_set_null_member (report, "error");
        print_json (report);
        return status;
    }
    release_findings_print (findings);
    if (message)
        g_printerr (_("error: %s\n"), message);
    else if (done)
        g_print ("%s\n", done);
    return status;
}

/*****************************************************************************/
/* Verbs */

static gint
run_make (const ServerOptions *options,
          JsonObject          *report,
          ReleaseFindings     *findings)
{
    g_autoptr(GError) error = NULL;
    g_autofree gchar *done = NULL;

    if (server_make (options, report, &error))
        done = g_strdup_printf (_("made %s/full: version %s for %s"), options->target_shown, options->version, options->product);
    return finish (options, report, findings, error, done);
}

static gint
run_sign (const ServerOptions *options,
          JsonObject          *report,
          ReleaseFindings     *findings)
{
    g_autoptr(GError) error = NULL;
    g_autofree gchar *done = NULL;

    if (server_sign (options, report, findings, &error))
        done = g_strdup_printf (_("signed %s/full: version %s"), options->target_shown,
                                json_object_get_string_member (report, "version"));
    return finish (options, report, findings, error, done);
}

static gboolean
is_url (const gchar *target)
{
    return strstr (target, "://") != NULL;
}

static ServerSource *
open_source (const ServerOptions *options,
             ReleaseFindings     *findings,
             GError             **error)
{
    ServerTlsFiles    tls = { options->tls_ca, options->tls_certificate, options->tls_key };
    g_autofree gchar *url = NULL;

    if (!is_url (options->target))
        return server_folder_new (options->target, findings);
    url = release_text_base_url (options->target, error);
    return url ? server_url_new (url, &tls, options->as_module || options->verb == SERVER_VERB_VERIFY, findings) : NULL;
}

static void
close_source (const ServerOptions *options,
              ServerSource        *source)
{
    if (is_url (options->target))
        server_url_free (source);
    else
        server_folder_free (source);
}

static void
report_release (JsonObject          *report,
                const ServerRelease *release)
{
    const struct {
        const gchar *name;
        const gchar *value;
    } members[] = {
        { "version",        release->version },
        { "product",        release->product },
        { "source-version", release->source  },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (members); i++) {
        if (members[i].value) {
            g_autofree gchar *text = release_text_printable (members[i].value, 80);

            json_object_set_string_member (report, members[i].name, text);
        } else
            json_object_set_null_member (report, members[i].name);
    }
    json_object_set_int_member (report, "size", (gint64) release->size);
    json_object_set_boolean_member (report, "signed", release->has_sums);
}

static gint
run_check (const ServerOptions *options,
           JsonObject          *report,
           ReleaseFindings     *findings)
{
    const ServerCheckOptions  what = { options->model, options->from };
    g_auto(ServerRelease)     release = { 0 };
    g_autoptr(GError)         error = NULL;
    g_autofree gchar         *done = NULL;
    ServerSource             *source = open_source (options, findings, &error);

    json_object_set_string_member (report, "target", options->target_shown);
    if (source) {
        g_autofree gchar *size = NULL;
        g_autofree gchar *version = NULL;

        server_check_release (source, &what, &release, findings);
        if (!is_url (options->target))
            server_folder_extra (source, findings);
        size = release_text_size (release.size);
        version = release_text_printable (release.version ? release.version : _("unknown"), 80);
        done = g_strdup_printf (_("%s: version %s, %s: %u errors, %u warnings"), options->target_shown, version, size,
                                release_findings_count (findings, RELEASE_SEVERITY_ERROR),
                                release_findings_count (findings, RELEASE_SEVERITY_WARNING));
    }
    report_release (report, &release);
    close_source (options, source);
    return finish (options, report, findings, error, done);
}

static gint
run_verify (const ServerOptions *options,
            JsonObject          *report,
            ReleaseFindings     *findings)
{
    g_autoptr(GError) error = NULL;
    g_autofree gchar *done = NULL;
    ServerSource     *source = open_source (options, findings, &error);

    if (source && server_verify (options, source, report, findings, &error))
        done = g_strdup_printf (_("the signature holds: %s, %s"),
                                json_object_get_string_member_with_default (report, "signer", "?"),
                                json_object_get_string_member_with_default (report, "signed", "?"));
    close_source (options, source);
    return finish (options, report, findings, error, done);
}

static gint
run_certificates (const ServerOptions *options,
                  JsonObject          *report,
                  ReleaseFindings     *findings)
{
    g_autoptr(GError) error = NULL;
    g_autofree gchar *done = NULL;

    if (server_certificates_make (options, report, &error))
        done = server_certificates_explain (options);
    return finish (options, report, findings, error, done);
}

static gint
run_site (const ServerOptions *options,
          JsonObject          *report,
          ReleaseFindings     *findings)
{
    g_autoptr(GError) error = NULL;
    g_autofree gchar *site = server_site_build (options, &error);

    if (site && !options->json) {
        /* For nginx: names of folders as they are, whatever the terminal has */
        fputs (site, stdout);
        return 0;
    }
    if (site)
        json_object_set_string_member (report, "site", site);
    return finish (options, report, findings, error, NULL);
}

static gint
run_serve (const ServerOptions *options,
           JsonObject          *report,
           ReleaseFindings     *findings)
{
    g_autoptr(GError) error = NULL;

    if (server_serve (options, &error))
        return 0;
    return finish (options, report, findings, error, NULL);
}

static gint
run_diagnose (const ServerOptions *options,
              JsonObject          *report,
              ReleaseFindings     *findings)
{
    server_diagnose (options, report, findings);
    return finish (options, report, findings, NULL,
                   release_findings_exit (findings) == 0 ? _("nothing wrong was found") : NULL);
}

static gint
run_log (const ServerOptions *options,
         JsonObject          *report,
         ReleaseFindings     *findings)
{
    g_autoptr(GError) error = NULL;
    g_autofree gchar *text = server_log_report (options->target, report, &error);

    return finish (options, report, findings, error, text ? g_strchomp (text) : NULL);
}

/*****************************************************************************/

static gint
print_version (void)
{
    g_print ("mmfota-server " MMFOTA_VERSION "\n"
             "%s", _("License GPLv2+: GNU GPL version 2 or later <https://gnu.org/licenses/gpl-2.0.html>\n"
                     "This is free software: you are free to change and redistribute it.\n"
                     "There is NO WARRANTY, to the extent permitted by law.\n"));
    return 0;
}

static gint
dispatch (const ServerOptions *options,
          JsonObject          *report,
          ReleaseFindings     *findings)
{
    switch (options->verb) {
    case SERVER_VERB_MAKE:
        return run_make (options, report, findings);
    case SERVER_VERB_CHECK:
        return run_check (options, report, findings);
    case SERVER_VERB_SIGN:
        return run_sign (options, report, findings);
    case SERVER_VERB_VERIFY:
        return run_verify (options, report, findings);
    case SERVER_VERB_CERTIFICATES:
        return run_certificates (options, report, findings);
    case SERVER_VERB_SITE:
        return run_site (options, report, findings);
    case SERVER_VERB_SERVE:
        return run_serve (options, report, findings);
    case SERVER_VERB_DIAGNOSE:
        return run_diagnose (options, report, findings);
    case SERVER_VERB_LOG:
        return run_log (options, report, findings);
    case SERVER_VERB_NONE:
    default:
        return 1;
    }
}

/* Look for -J, also in -4J, even if the options could not be parsed. No short option takes a value. */
static gboolean
wants_json (gchar **argv)
{
    guint i;

    for (i = 1; argv && argv[0] && argv[i] && !g_str_equal (argv[i], "--"); i++) {
        const gchar *flags = argv[i][0] == '-' ? argv[i] + 1 : "";

        if (g_str_equal (flags, "-output-json") ||
            (strchr (flags, 'J') && strspn (flags, "46JVh?") == strlen (flags)))
            return TRUE;
    }
    return FALSE;
}

/* What programs read is English in all its parts, those of the libraries, too */
static void
speak_english (void)
{
    setlocale (LC_MESSAGES, "C");
    /* Names that are not UTF-8 are shown alike in all languages */
    setlocale (LC_CTYPE, "C.UTF-8");
}

gint
server_run (gint    *argc,
            gchar ***argv)
{
    g_auto(GStrv)              before = g_strdupv (*argv);
    g_autoptr(ServerOptions)   options = NULL;
    g_autoptr(ReleaseFindings) findings = release_findings_new ();
    g_autoptr(JsonObject)      report = json_object_new ();
    g_autoptr(GError)          error = NULL;

    if (wants_json (before))
        speak_english ();
    options = server_options_parse (argc, argv, &error);
    if (!options) {
        ServerOptions none = { .json = wants_json (before) };

        return finish (&none, report, findings, error, NULL);
    }
    if (options->version_wanted)
        return print_version ();
    json_object_set_string_member (report, "verb", server_verb_name (options->verb));
    return dispatch (options, report, findings);
}

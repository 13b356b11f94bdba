/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <libintl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>

#include <glib/gi18n.h>

#include "server-run.h"

/* A truncated configuration or report must not pass for a complete one, so a failed write is an
 * error; a reader of a pipe may stop reading */
static gboolean
output_is_whole (void)
{
    struct stat status;

    if (fflush (stdout) == 0 && !ferror (stdout))
        return TRUE;
    return fstat (1, &status) == 0 && (S_ISFIFO (status.st_mode) || S_ISSOCK (status.st_mode));
}

/* These libraries give their messages in the encoding of the terminal unless they are told */
static void
ask_for_utf8 (void)
{
    static const gchar *const domains[] = {
        GETTEXT_PACKAGE, "libsoup-3.0", "glib-networking", "json-glib-1.0", "gnutls", "gnutls30", "p11-kit",
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (domains); i++)
        bind_textdomain_codeset (domains[i], "UTF-8");
}

gint
main (gint    argc,
      gchar **argv)
{
    gint status;

    setlocale (LC_ALL, "");
    bindtextdomain (GETTEXT_PACKAGE, LOCALEDIR);
    ask_for_utf8 ();
    textdomain (GETTEXT_PACKAGE);
    /* libsoup prefers HTTP/2, which the module does not support */
    g_setenv ("SOUP_FORCE_HTTP1", "1", TRUE);
    /* The reader of the output may stop reading */
    signal (SIGPIPE, SIG_IGN);
    status = server_run (&argc, &argv);
    if (!output_is_whole ()) {
        g_printerr (_("error: %s\n"), _("couldn't write the output"));
        return 1;
    }
    return status;
}

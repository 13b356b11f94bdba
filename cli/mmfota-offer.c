/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-offer.h"

#include <glib/gi18n.h>
#include <glib-unix.h>
#include <string.h>
#include <unistd.h>

#include "mm-tdtech-fota-enums.h"
#include "mmfota-status.h"
#include "mmfota-text.h"

#define FACT_WIDTH 8

/*****************************************************************************/
/* The offer */

static GVariant *
peek_update (MmfotaRun *run)
{
    MmGdbusModemFota *fota = mmfota_modem_peek_fota (run->modem);

    return fota ? mm_gdbus_modem_fota_get_update (fota) : NULL;
}

static gchar *
dup_offered (MmfotaRun   *run,
             const gchar *key)
{
    GVariant *update = peek_update (run);
    gchar    *value = NULL;

    if (update && g_variant_lookup (update, key, "s", &value) && !value[0])
        g_clear_pointer (&value, g_free);
    return value;
}

gchar *
mmfota_offer_dup_version (MmfotaRun *run)
{
    return dup_offered (run, "version");
}

gboolean
mmfota_offer_is_older (MmfotaRun *run)
{
    GVariant *update = peek_update (run);
    gboolean  older = FALSE;

    if (update)
        g_variant_lookup (update, "downgrade", "b", &older);
    return older;
}

gchar *
mmfota_offer_dup_size (MmfotaRun *run)
{
    GVariant *update = peek_update (run);
    guint64   size = 0;

    if (update && g_variant_lookup (update, "size", "t", &size) && size)
        return mmfota_text_size (size);
    return NULL;
}

gchar *
mmfota_offer_dup_running (MmfotaRun *run)
{
    MmGdbusModemFota *fota = mmfota_modem_peek_fota (run->modem);
    const gchar      *version = fota ? mm_gdbus_modem_fota_get_version (fota) : NULL;

    return version && version[0] ? g_strdup (version) : NULL;
}

/*****************************************************************************/
/* The server */

static gchar *
dup_known_server (MmfotaRun *run)
{
    MmGdbusModemFota *fota = mmfota_modem_peek_fota (run->modem);

    return fota ? mmfota_status_dup_server (fota) : NULL;
}

gchar *
mmfota_offer_dup_server (MmfotaRun *run)
{
    g_autofree gchar *server = run->options->url ? g_strdup (run->options->url) : dup_known_server (run);

    if (!server) {
        run->error = g_error_new (MM_CORE_ERROR, MM_CORE_ERROR_INVALID_ARGS,
                                  _("no server is known yet: give its URL"));
        return NULL;
    }
    if (!mmfota_options_check_server (run->options, server, &run->error))
        return NULL;
    return g_steal_pointer (&server);
}

/* Schemes and hosts are compared regardless of case and script; the trailing slash of a folder is
 * optional */
static gchar *
normalize (const gchar *url)
{
    g_autoptr(GUri)   uri = g_uri_parse (url, G_URI_FLAGS_ENCODED | G_URI_FLAGS_SCHEME_NORMALIZE, NULL);
    const gchar      *name = uri ? g_uri_get_host (uri) : NULL;
    g_autofree gchar *host = name ? g_hostname_to_ascii (name) : NULL;
    g_autofree gchar *lower = host ? g_ascii_strdown (host, -1) : NULL;
    const gchar      *path;
    gsize             length;

    if (!lower)
        return g_strdup (url);
    path = g_uri_get_path (uri);
    for (length = strlen (path); length && path[length - 1] == '/'; length--);
    return g_strdup_printf ("%s://%s:%d%.*s", g_uri_get_scheme (uri), lower, g_uri_get_port (uri), (gint) length, path);
}

static gboolean
is_same_server (const gchar *a,
                const gchar *b)
{
    g_autofree gchar *normal_a = normalize (a);
    g_autofree gchar *normal_b = normalize (b);

    return g_str_equal (normal_a, normal_b);
}

gboolean
mmfota_offer_is_wanted (MmfotaRun *run)
{
    const MmfotaOptions *options = run->options;
    g_autofree gchar    *version = mmfota_offer_dup_version (run);
    g_autofree gchar    *url = dup_offered (run, "url");

    if (!version || (options->expect_version && !g_str_equal (version, options->expect_version)))
        return FALSE;
    return !options->url || !url || is_same_server (url, options->url);
}

gchar *
mmfota_offer_accept (MmfotaRun *run)
{
    g_autofree gchar *version = mmfota_offer_dup_version (run);
    g_autofree gchar *printable = mmfota_text_printable (version);

    if (!version) {
        run->error = g_error_new (MM_CORE_ERROR, MM_CORE_ERROR_FAILED, _("the server's offer names no version"));
        return NULL;
    }
    if (run->options->expect_version && !g_str_equal (version, run->options->expect_version)) {
        g_autofree gchar *message = NULL;

        message = g_strdup_printf (_("the server offers version %s, not %s"),
                                   printable, run->options->expect_version);
        run->error = g_dbus_error_new_for_dbus_error (MM_TDTECH_FOTA_DBUS_ERROR_PREFIX "OtherVersionOffered", message);
        return NULL;
    }
    if (mmfota_offer_is_older (run) && !run->options->allow_downgrade) {
        run->error = g_error_new (MM_CORE_ERROR, MM_CORE_ERROR_ABORTED,
                                  _("version %s is older than what runs: --allow-downgrade accepts it"), printable);
        return NULL;
    }
    return g_steal_pointer (&version);
}

/*****************************************************************************/
/* The question */

static gboolean
read_answer (gint          fd,
             GIOCondition  condition,
             MmfotaRun    *run)
{
    gchar  buffer[256];
    gssize length = read (fd, buffer, sizeof (buffer) - 1);

    buffer[MAX (length, 0)] = '\0';
    /* At the end of input, the cursor is still behind the question */
    if (!strchr (buffer, '\n'))
        g_printerr ("\n");
    run->answer = g_strstrip (g_strdup (buffer));
    g_main_loop_quit (run->loop);
    return G_SOURCE_REMOVE;
}

static gboolean
is_yes (const gchar *answer)
{
    return answer && (g_ascii_strcasecmp (answer, "y") == 0 || g_ascii_strcasecmp (answer, "yes") == 0);
}

static void
print_fact (const gchar *name,
            const gchar *value)
{
    g_autoptr(GString) line = g_string_new (NULL);

    mmfota_text_append_aligned (line, name, FACT_WIDTH);
    g_printerr ("%s: %s\n", line->str, value && value[0] ? value : _("unknown"));
}

/* On stderr: stdout may be machine-readable */
static void
print_question (MmfotaRun   *run,
                const gchar *version)
{
    g_autofree gchar *model = mmfota_text_printable (mmfota_modem_get_model (run->modem));
    g_autofree gchar *running = mmfota_offer_dup_running (run);
    g_autofree gchar *from = mmfota_text_printable (running);
    g_autofree gchar *to = mmfota_text_printable (version);
    g_autofree gchar *older = to[0] && mmfota_offer_is_older (run) ? g_strdup_printf (_("%s (older)"), to) : NULL;
    g_autofree gchar *size = mmfota_offer_dup_size (run);
    g_autofree gchar *known = dup_known_server (run);
    g_autofree gchar *server = mmfota_text_printable (run->options->url ? run->options->url : known);

    if (model[0])
        g_printerr (_("Firmware upgrade of modem %s (%s)\n"), mmfota_modem_get_index (run->modem), model);
    else
        g_printerr (_("Firmware upgrade of modem %s\n"), mmfota_modem_get_index (run->modem));
    print_fact (_("from"), from);
    print_fact (_("to"), older ? older : to);
    print_fact (_("size"), size);
    if (server[0])
        print_fact (_("server"), server);
    g_printerr (_("Data connections will be interrupted, and the module reboots: do not unplug it.\n"));
    g_printerr (_("Upgrade? [y/N] "));
}

gboolean
mmfota_offer_confirm (MmfotaRun   *run,
                      const gchar *version)
{
    guint id;

    if (run->options->yes)
        return TRUE;

    print_question (run, version);
    id = g_unix_fd_add (STDIN_FILENO, G_IO_IN | G_IO_HUP | G_IO_ERR, (GUnixFDSourceFunc) read_answer, run);
    mmfota_run_loop (run, 0);
    if (!run->answer) {
        g_source_remove (id);
        g_printerr ("\n");
    }
    /* Nothing is running, so this does not count as detached */
    run->detached = FALSE;
    if (!mmfota_run_has_bus (run))
        return FALSE;
    if (is_yes (run->answer))
        return TRUE;
    run->error = g_error_new (MM_CORE_ERROR, MM_CORE_ERROR_ABORTED, _("it was not confirmed"));
    run->declined = TRUE;
    return FALSE;
}

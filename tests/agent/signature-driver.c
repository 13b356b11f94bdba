/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * The agent's check of a signature alone: "signed VERSION SIZE SIGNED-AT", or
 * "REASON NAME: MESSAGE" and status 1. On stderr: how long the main loop was kept from its
 * work at most.
 *
 * Usage: signature-driver URL KEYRING [MODEL [VERSION [CA]]]
 */

#include <stdio.h>

#include "mmfota-agent-signature.h"

typedef struct {
    GMainLoop   *loop;
    const gchar *url;
    gint         status;
    gint64       last;
    gint64       longest;
} Driver;

static gboolean
tick (gpointer user_data)
{
    Driver *self = user_data;
    gint64  now = g_get_monotonic_time ();

    self->longest = MAX (self->longest, now - self->last);
    self->last = now;
    return G_SOURCE_CONTINUE;
}

static void
checked (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
    Driver                        *self = user_data;
    g_autoptr(GError)              error = NULL;
    g_autoptr(MmfotaAgentRelease)  release = mmfota_agent_signature_check_finish (result, &error);

    if (release)
        printf ("signed %s %" G_GUINT64_FORMAT " %" G_GINT64_FORMAT "\n", release->version, release->size,
                release->signer.signed_at);
    else {
        printf ("%s %s: %s\n", mmfota_agent_signature_reason (error), mmfota_agent_signature_error_name (error, self->url),
                error->message);
        self->status = 1;
    }
    g_main_loop_quit (self->loop);
}

static const gchar *
optional (int    argc,
          char **argv,
          int    n)
{
    return argc > n && argv[n][0] ? argv[n] : NULL;
}

int
main (int    argc,
      char **argv)
{
    Driver             self = { 0 };
    MmfotaAgentHttpTls tls = { 0 };

    if (argc < 3)
        return 2;
    g_log_writer_default_set_use_stderr (TRUE);
    self.loop = g_main_loop_new (NULL, FALSE);
    self.url = argv[1];
    self.last = g_get_monotonic_time ();
    g_timeout_add (10, tick, &self);
    tls.ca = optional (argc, argv, 5);
    mmfota_agent_signature_check (argv[1], &tls, argv[2], optional (argc, argv, 3), optional (argc, argv, 4), NULL, checked, &self);
    g_main_loop_run (self.loop);
    g_main_loop_unref (self.loop);
    fprintf (stderr, "longest turn: %" G_GINT64_FORMAT " ms\n", self.longest / 1000);
    return self.status;
}

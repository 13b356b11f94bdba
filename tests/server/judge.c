/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * What a simulated module, without bus and daemon, makes of a firmware server.
 *
 * Usage: judge URL [CA [CERTIFICATE KEY]] [break] [KEY=VALUE…]
 *
 * Files are PEM, keys are the scenario's; "break": the network is away for a while in the
 * middle of the download. Prints the state it ends in, as ^FOTASTATE tells
 * it; exit status 0 if that is 40, 1 otherwise, 3 if it does not end.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim-control.h"
#include "sim-module.h"

#define PATIENCE_SECONDS 100
#define PIECE            1024
#define QUIET "[timing]\nspeed=200\nquery-seconds=1\ndownload-seconds=5\n[noise]\nrate=0\nin-answers=0\nspacing=false\n" \
              "[server]\ntimeout=5\n"

typedef struct {
    SimTransport  transport;
    SimModule    *module;
    guint         port;
    GString      *out;
    GPtrArray    *modules;
    SimLog       *log;
    gboolean      interrupted;
} Judge;

/*****************************************************************************/
/* A transport that keeps what it is given */

static void
plug (SimTransport       *transport,
      guint               module,
      const SimUsbDevice *device)
{
    Judge *self = (Judge *) transport;
    guint  i;

    for (i = 0; i < device->interfaces->len; i++) {
        if (g_array_index (device->interfaces, SimUsbInterface, i).kind == SIM_PORT_PCUI)
            self->port = i;
    }
}

static void
unplug (SimTransport *transport,
        guint         module)
{
}

static void
write_bytes (SimTransport *transport,
             guint         module,
             guint         port,
             const guint8 *data,
             gsize         length)
{
    Judge *self = (Judge *) transport;

    if (port == self->port)
        g_string_append_len (self->out, (const gchar *) data, (gssize) length);
}

/*****************************************************************************/
/* Waiting and talking */

static gboolean
give_up (gpointer user_data)
{
    fprintf (stderr, "the module does not end\n");
    exit (3);
}

static gint
member (Judge       *self,
        const gchar *object,
        const gchar *name)
{
    g_autoptr(JsonObject) status = sim_module_get_status (self->module);
    JsonObject           *part = json_object_get_object_member (status, object);

    return (gint) json_object_get_int_member (part, name);
}

static gboolean
registered (Judge *self)
{
    g_autoptr(JsonObject) status = sim_module_get_status (self->module);

    return json_object_get_boolean_member (json_object_get_object_member (status, "network"), "registered");
}

static void
type (Judge       *self,
      const gchar *command)
{
    g_autofree gchar *line = g_strconcat (command, "\r", NULL);

    g_string_truncate (self->out, 0);
    sim_module_port_input (self->module, self->port, (const guint8 *) line, strlen (line));
    while (!strstr (self->out->str, "\r\nOK\r\n")) {
        if (strstr (self->out->str, "ERROR")) {
            fprintf (stderr, "%s: %s\n", command, self->out->str);
            exit (1);
        }
        g_main_context_iteration (NULL, TRUE);
    }
}

static void
give_file (Judge       *self,
           const gchar *path,
           const gchar *name,
           guint        kind)
{
    g_autoptr(GError) error = NULL;
    g_autofree gchar *text = NULL;
    g_autofree gchar *base64 = NULL;
    g_autofree gchar *load = NULL;
    gsize             size;
    gsize             pieces;
    gsize             i;

    if (!g_file_get_contents (path, &text, &size, &error)) {
        fprintf (stderr, "%s\n", error->message);
        exit (1);
    }
    base64 = g_base64_encode ((const guchar *) text, size);
    pieces = (strlen (base64) + PIECE - 1) / PIECE;
    for (i = 0; i < pieces; i++) {
        g_autofree gchar *command = g_strdup_printf ("AT^SSLMNG=2,%u,0,\"%s\",%u,%u,\"%.*s\"", kind, name, (guint) i + 1,
                                                     (guint) pieces, PIECE, base64 + i * PIECE);

        type (self, command);
    }
    load = g_strdup_printf ("AT^SSLMNG=2,%u,2,\"%s\"", kind, name);
    type (self, load);
}

static void
give_tls (Judge  *self,
          gchar **files,
          gint    n_files)
{
    static const guint        kinds[] = { 1, 0, 2 };
    static const gchar *const names[] = { "ca_cert.pem", "client_cert.pem", "client_key.pem" };
    g_autofree gchar         *mode = g_strdup_printf ("AT^SSLCFG=2,1,0,%d", n_files >= 3 ? 2 : n_files);
    gint                      i;

    for (i = 0; i < n_files; i++)
        give_file (self, files[i], names[i], kinds[i]);
    type (self, mode);
}

/*****************************************************************************/

static void
set (Judge       *self,
     const gchar *line)
{
    g_autoptr(JsonObject) reply = NULL;
    gboolean              subscribe;

    reply = sim_control_execute (self->modules, self->log, NULL, line, &subscribe);
    if (json_object_has_member (reply, "error")) {
        fprintf (stderr, "%s: %s\n", line, json_object_get_string_member (reply, "error"));
        exit (2);
    }
}

static void
break_off (Judge       *self,
           const gchar *command)
{
    gint state;

    do {
        g_main_context_iteration (NULL, TRUE);
        state = member (self, "fota", "state");
    } while ((state < 13 && state != 0) || (state == 30 && member (self, "fota", "received") * 2 <= member (self, "fota", "size")));
    if (state != 30)
        return;
    set (self, "set network.data false");
    while (member (self, "fota", "state") == 30)
        g_main_context_iteration (NULL, TRUE);
    set (self, "set network.data true");
    type (self, command);
}

static gint
judge (Judge       *self,
       const gchar *url,
       gchar      **files,
       gint         n_files)
{
    g_autofree gchar *command = g_strdup_printf ("AT^FOTAOEMDL=\"%s\"", url);
    gint              state;

    while (!registered (self))
        g_main_context_iteration (NULL, TRUE);
    sim_module_port_opened (self->module, self->port);
    type (self, "ATE0");
    type (self, "AT^FOTAMODE=0,1,0,1");
    give_tls (self, files, n_files);
    type (self, command);
    if (self->interrupted)
        break_off (self, command);
    do {
        g_main_context_iteration (NULL, TRUE);
        state = member (self, "fota", "state");
    } while (state == 10 || state == 11 || state == 12 || state == 30);
    printf ("%d\n", state);
    return state == 40 ? 0 : 1;
}

int
main (int    argc,
      char **argv)
{
    g_autoptr(SimScenario) scenario = sim_scenario_new ();
    g_autoptr(SimClock)    clock = NULL;
    g_autoptr(SimLog)      log = NULL;
    g_autoptr(GError)      error = NULL;
    Judge                  self = { { NULL } };
    gint                   n_files = 0;
    gint                   status;
    gint                   i;

    if (argc < 2)
        return 2;
    /* libsoup would rather speak HTTP/2, which the module does not */
    g_setenv ("SOUP_FORCE_HTTP1", "1", TRUE);
    self.transport.plug = plug;
    self.transport.unplug = unplug;
    self.transport.write = write_bytes;
    self.out = g_string_new (NULL);
    sim_scenario_load_data (scenario, QUIET, &error);
    for (i = 2; i < argc && !error; i++) {
        gchar *equals = strchr (argv[i], '=');

        if (g_str_equal (argv[i], "break")) {
            self.interrupted = TRUE;
            continue;
        }
        if (!equals) {
            n_files++;
            continue;
        }
        *equals = '\0';
        sim_scenario_set (scenario, argv[i], equals + 1, &error);
    }
    if (!error) {
        clock = sim_clock_new (scenario->speed);
        log = sim_log_new (clock, NULL, &error);
    }
    if (!error)
        self.module = sim_module_new (0, scenario, clock, log, &self.transport, NULL, &error);
    if (error) {
        fprintf (stderr, "%s\n", error->message);
        return 2;
    }
    self.log = log;
    self.modules = g_ptr_array_new ();
    g_ptr_array_add (self.modules, self.module);
    g_timeout_add_seconds (PATIENCE_SECONDS, give_up, NULL);
    status = judge (&self, argv[1], argv + 2, n_files);
    g_ptr_array_unref (self.modules);
    sim_module_free (self.module);
    g_string_free (self.out, TRUE);
    return status;
}

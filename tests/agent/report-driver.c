/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * The agent's reporter with a modem of its own: its journal is a file, the first line the
 * journal's id, each other one an event as ListEvents() gives it (GVariant's text). Commands
 * on stdin: "changed" (the file is read again), "hurry", "leave", "follow", "own MESSAGE" (an
 * event of the agent's own); its end ends the program. On stdout: "ready", "unreported N".
 *
 * Usage: report-driver JOURNAL IMEI URL STATE BATCH DEVICE-ID [TOKEN-FILE [CA]]
 *
 * With a URL of a broker the reporter posts there, and "nudge" is said for each command that
 * counts. In the place of TOKEN-FILE and CA are KEY=VALUE then: topic, client-id, version,
 * user, password-file, tls-ca, tls-certificate, tls-key.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <gio/gunixinputstream.h>

#include "mmfota-agent-mqtt.h"
#include "mmfota-agent-report.h"
#include "mmfota-agent-sink-http.h"

typedef struct {
    GMainLoop          *loop;
    gchar            **argv;
    MmGdbusModemFota   *skeleton;
    GVariant           *events;
    GDBusConnection    *server;
    GDBusConnection    *client;
    MmGdbusModemFota   *proxy;
    MmfotaAgentReport  *report;
    MmfotaAgentJournal *own;
    MmfotaAgentMqtt    *mqtt;
    GDataInputStream   *input;
} Driver;

#define PATH "/modem"

/*****************************************************************************/
/* The modem */

static void
read_journal (Driver *self)
{
    g_autofree gchar *text = NULL;
    g_auto(GStrv)     lines = NULL;
    GVariantBuilder   builder;
    guint64           last = 0;
    guint             i;

    if (!g_file_get_contents (self->argv[1], &text, NULL, NULL))
        exit (2);
    lines = g_strsplit (g_strchomp (text), "\n", -1);
    g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
    for (i = 1; lines[i]; i++) {
        g_autoptr(GVariant) event = g_variant_parse (G_VARIANT_TYPE_VARDICT, lines[i], NULL, NULL, NULL);

        if (!event)
            exit (3);
        g_variant_lookup (event, "sequence", "t", &last);
        g_variant_builder_add_value (&builder, event);
    }
    g_clear_pointer (&self->events, g_variant_unref);
    self->events = g_variant_ref_sink (g_variant_builder_end (&builder));
    mm_gdbus_modem_fota_set_journal (self->skeleton, lines[0]);
    mm_gdbus_modem_fota_set_last_event (self->skeleton, last);
    g_dbus_interface_skeleton_flush (G_DBUS_INTERFACE_SKELETON (self->skeleton));
}

static gboolean
list_events (MmGdbusModemFota      *skeleton,
             GDBusMethodInvocation *invocation,
             guint64                after,
             Driver                *self)
{
    GVariantBuilder builder;
    gsize           i;

    g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
    for (i = 0; i < g_variant_n_children (self->events); i++) {
        g_autoptr(GVariant) event = g_variant_get_child_value (self->events, i);
        guint64             sequence = 0;

        g_variant_lookup (event, "sequence", "t", &sequence);
        if (sequence > after)
            g_variant_builder_add_value (&builder, event);
    }
    mm_gdbus_modem_fota_complete_list_events (skeleton, invocation, g_variant_builder_end (&builder));
    return TRUE;
}

/*****************************************************************************/
/* Commands */

static void read_command (Driver *self);

/* After the journal's last one */
static void
own_event (Driver      *self,
           const gchar *message)
{
    g_autoptr(GError)  error = NULL;
    GVariantBuilder    details;

    g_variant_builder_init (&details, G_VARIANT_TYPE_VARDICT);
    g_variant_builder_add (&details, "{sv}", "message", g_variant_new_string (message));
    if (!mmfota_agent_journal_add (self->own, "signature-refused", 1795000000, mm_gdbus_modem_fota_get_journal (self->skeleton),
                                   mm_gdbus_modem_fota_get_last_event (self->skeleton), g_variant_builder_end (&details), &error))
        fprintf (stderr, "%s\n", error->message);
}

static void
command_ready (GObject      *source,
               GAsyncResult *result,
               gpointer      user_data)
{
    Driver           *self = user_data;
    g_autofree gchar *line = g_data_input_stream_read_line_finish (self->input, result, NULL, NULL);

    if (!line) {
        g_main_loop_quit (self->loop);
        return;
    }
    if (g_str_equal (line, "changed"))
        read_journal (self);
    else if (g_str_equal (line, "hurry")) {
        mmfota_agent_report_hurry (self->report);
        if (self->mqtt)
            mmfota_agent_mqtt_hurry (self->mqtt);
    } else if (g_str_equal (line, "leave"))
        mmfota_agent_report_leave (self->report, self->argv[2]);
    else if (g_str_equal (line, "follow"))
        mmfota_agent_report_follow (self->report, self->argv[2], self->proxy, self->own);
    else if (g_str_has_prefix (line, "own "))
        own_event (self, line + strlen ("own "));
    read_command (self);
}

static void
read_command (Driver *self)
{
    g_data_input_stream_read_line_async (self->input, G_PRIORITY_DEFAULT, NULL, command_ready, self);
}

/*****************************************************************************/
/* The reporter */

static void
tries (const gchar *imei,
       const gchar *transaction,
       guint       *attempt,
       gint64      *next,
       gpointer     user_data)
{
    if (g_str_equal (transaction, "second")) {
        *attempt = 2;
        *next = 1800000000;
    }
}

static void
changed (const gchar *imei,
         guint64      unreported,
         gpointer     user_data)
{
    printf ("unreported %" G_GUINT64_FORMAT "\n", unreported);
    fflush (stdout);
}

static void
nudged (const gchar *imei,
        gpointer     user_data)
{
    printf ("nudge\n");
    fflush (stdout);
}

static void
broker_is_there (gpointer user_data)
{
    Driver *self = user_data;

    printf ("broker\n");
    fflush (stdout);
    if (self->report)
        mmfota_agent_report_hurry (self->report);
}

/* What follows "KEY=" in the arguments */
static const gchar *
value_of (Driver      *self,
          const gchar *key,
          const gchar *fallback)
{
    guint i;

    for (i = 7; self->argv[i]; i++) {
        if (g_str_has_prefix (self->argv[i], key) && self->argv[i][strlen (key)] == '=')
            return self->argv[i] + strlen (key) + 1;
    }
    return fallback;
}

static MmfotaAgentSink *
make_mqtt (Driver  *self,
           GError **error)
{
    MmfotaAgentMqttOptions options = { 0 };

    options.broker = self->argv[3];
    options.topic = value_of (self, "topic", "mmfota/device");
    options.client_id = value_of (self, "client-id", "mmfota-device");
    options.old = g_str_equal (value_of (self, "version", "5"), "3.1.1");
    options.user = value_of (self, "user", "");
    options.password_file = value_of (self, "password-file", "");
    options.tls_ca = value_of (self, "tls-ca", "");
    options.tls_certificate = value_of (self, "tls-certificate", "");
    options.tls_key = value_of (self, "tls-key", "");
    options.imei = self->argv[2];
    options.state = self->argv[4];
    self->mqtt = mmfota_agent_mqtt_new (&options, nudged, self, broker_is_there, self, error);
    return self->mqtt ? mmfota_agent_mqtt_peek_sink (self->mqtt) : NULL;
}

static MmfotaAgentSink *
make_sink (Driver  *self,
           GError **error)
{
    MmfotaAgentSinkHttpOptions options = { 0 };

    if (g_str_has_prefix (self->argv[3], "mqtt"))
        return make_mqtt (self, error);
    options.url = self->argv[3];
    options.token_file = self->argv[7];
    options.tls.ca = self->argv[7] ? self->argv[8] : NULL;
    return mmfota_agent_sink_http_new (&options, error);
}

static void
begin (Driver *self)
{
    g_autoptr(GError)         error = NULL;
    MmfotaAgentReportOptions  options = { 0 };
    MmfotaAgentSink          *sink = make_sink (self, &error);

    if (!sink) {
        fprintf (stderr, "%s\n", error->message);
        exit (1);
    }
    options.name = self->argv[3];
    options.state = self->argv[4];
    options.batch = (guint) atoi (self->argv[5]);
    options.device_id = self->argv[6];
    self->report = mmfota_agent_report_new (sink, &options, tries, changed, self);
    printf ("ready\n");
    fflush (stdout);
    mmfota_agent_report_follow (self->report, self->argv[2], self->proxy, self->own);
    read_command (self);
}

static void
proxy_ready (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
    Driver *self = user_data;

    self->proxy = mm_gdbus_modem_fota_proxy_new_finish (result, NULL);
    if (!self->proxy)
        exit (4);
    begin (self);
}

static void
connected (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
    Driver           *self = user_data;
    GDBusConnection  *connection = g_dbus_connection_new_finish (result, NULL);
    GDBusConnection **place = g_dbus_connection_get_flags (connection) & G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_SERVER
                              ? &self->server : &self->client;

    *place = connection;
    if (!self->server || !self->client)
        return;
    g_dbus_interface_skeleton_export (G_DBUS_INTERFACE_SKELETON (self->skeleton), self->server, PATH, NULL);
    mm_gdbus_modem_fota_proxy_new (self->client, G_DBUS_PROXY_FLAGS_NONE, NULL, PATH, NULL, proxy_ready, self);
}

static void
connect_both (Driver *self)
{
    g_autofree gchar *guid = g_dbus_generate_guid ();
    gint              fds[2];
    guint             i;

    if (socketpair (AF_UNIX, SOCK_STREAM, 0, fds) < 0)
        exit (5);
    for (i = 0; i < 2; i++) {
        g_autoptr(GSocket)           socket = g_socket_new_from_fd (fds[i], NULL);
        g_autoptr(GSocketConnection) stream = g_socket_connection_factory_create_connection (socket);

        g_dbus_connection_new (G_IO_STREAM (stream), i ? NULL : guid,
                               i ? G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT
                                 : G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_SERVER |
                                   G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_ALLOW_ANONYMOUS,
                               NULL, NULL, connected, self);
    }
}

int
main (int    argc,
      char **argv)
{
    Driver                   self = { 0 };
    g_autoptr(GInputStream)  input = g_unix_input_stream_new (0, FALSE);

    if (argc < 7)
        return 2;
    g_log_writer_default_set_use_stderr (TRUE);
    self.argv = argv;
    self.loop = g_main_loop_new (NULL, FALSE);
    self.input = g_data_input_stream_new (input);
    self.own = mmfota_agent_journal_open (argv[4], argv[2]);
    self.skeleton = mm_gdbus_modem_fota_skeleton_new ();
    g_signal_connect (self.skeleton, "handle-list-events", G_CALLBACK (list_events), &self);
    read_journal (&self);
    connect_both (&self);
    g_main_loop_run (self.loop);
    g_clear_pointer (&self.report, mmfota_agent_report_free);
    g_clear_pointer (&self.mqtt, mmfota_agent_mqtt_free);
    g_clear_object (&self.proxy);
    g_clear_object (&self.skeleton);
    g_clear_object (&self.client);
    g_clear_object (&self.server);
    g_clear_pointer (&self.events, g_variant_unref);
    g_clear_object (&self.input);
    g_clear_object (&self.own);
    g_main_loop_unref (self.loop);
    return 0;
}

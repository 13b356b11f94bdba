/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <gio/gio.h>
#include <gio/gunixsocketaddress.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim-calls.h"
#include "sim-control.h"
#include "sim-fota.h"
#include "sim-session.h"
#include "sim-sms.h"

typedef struct {
    GPtrArray   *modules;
    SimModule   *module;
    SimLog      *log;
    GMainLoop   *loop;
    const gchar *args;
    JsonObject  *reply;
    gboolean     subscribe;
    GError      *error;
} Request;

struct _SimControl {
    GSocketService *service;
    GPtrArray      *modules;
    SimLog         *log;
    GMainLoop      *loop;
    gchar          *path;
    GPtrArray      *clients;
};

typedef struct {
    SimControl        *control;
    GSocketConnection *connection;
    GDataInputStream  *input;
    GCancellable      *cancellable;
    guint              subscription;
    /* Lines to write, and whether one is being written */
    GString           *output;
    GString           *writing;
} Client;

/*****************************************************************************/
/* Commands */

static void
fail (Request     *request,
      const gchar *message)
{
    g_set_error_literal (&request->error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, message);
}

static void
command_status (Request *request)
{
    json_object_unref (request->reply);
    request->reply = sim_module_get_status (request->module);
    json_object_set_int_member (request->reply, "modules", request->modules->len);
}

static void
command_violations (Request *request)
{
    json_object_set_member (request->reply, "violations", sim_log_get_violations (request->log));
}

static void
command_clear_violations (Request *request)
{
    sim_log_clear_violations (request->log);
}

static void
command_transcript (Request *request)
{
    guint64 after = 0;

    if (g_str_has_prefix (request->args, "after "))
        after = g_ascii_strtoull (request->args + strlen ("after "), NULL, 10);
    json_object_set_member (request->reply, "transcript", sim_log_get_transcript (request->log, after));
}

static void
command_set (Request *request)
{
    g_auto(GStrv) parts = NULL;

    parts = g_strsplit (request->args, " ", 2);
    if (!parts[0])
        fail (request, "set <group>.<key> <value>");
    else
        sim_module_set (request->module, parts[0], parts[1] ? parts[1] : "", &request->error);
}

static void
command_urc (Request *request)
{
    sim_module_urc_line (request->module, request->args);
    /* When the line reached the port, by the clock that all processes share */
    json_object_set_int_member (request->reply, "written", g_get_monotonic_time ());
}

static void
command_raw (Request *request)
{
    g_autofree guchar *data = NULL;
    gsize              length;

    data = g_base64_decode (request->args, &length);
    sim_module_urc_raw (request->module, data, length);
}

static void
command_call (Request *request)
{
    SimCalls *calls = request->module->calls;

    if (g_str_equal (request->args, "ring"))
        sim_calls_ring (calls);
    else if (g_str_equal (request->args, "active"))
        sim_calls_activate (calls);
    else if (g_str_equal (request->args, "end"))
        sim_calls_end (calls);
    else
        fail (request, "call ring|active|end");
}

static void
command_drop (Request *request)
{
    if (!sim_session_drop (request->module->session, (guint) atoi (request->args)))
        fail (request, "no such session");
}

static void
command_detach (Request *request)
{
    sim_session_detach (request->module->session);
}

static void
command_cgev (Request *request)
{
    if (*request->args)
        sim_session_event (request->module->session, request->args);
    else
        fail (request, "cgev <event>");
}

static void
command_sms (Request *request)
{
    sim_sms_receive (request->module->sms, request->args);
}

static void
command_unplug (Request *request)
{
    sim_module_unplug (request->module,
                       request->module->scenario->self_powered || g_str_equal (request->args, "keep-power"));
}

static void
command_plug (Request *request)
{
    sim_module_plug (request->module);
}

static void
command_power_cycle (Request *request)
{
    sim_module_power_cycle (request->module, *request->args ? g_ascii_strtod (request->args, NULL) : 1.0);
}

static void
command_set_state (Request *request)
{
    if (!sim_fota_set_state (request->module->fota, request->args))
        fail (request, "setstate <10-90>[,<code>]");
}

static void
command_register (Request *request)
{
    if (!g_str_equal (request->args, "home") && !g_str_equal (request->args, "roaming") &&
        !g_str_equal (request->args, "searching") && !g_str_equal (request->args, "denied"))
        fail (request, "register home|roaming|searching|denied");
    else
        sim_module_set (request->module, "network.registration", request->args, &request->error);
}

static void
command_mark (Request *request)
{
    sim_log_event (request->log, request->module->index, "mark", "name", "s", request->args, NULL);
    json_object_set_int_member (request->reply, "index", sim_log_get_n_exchanges (request->log));
    json_object_set_double_member (request->reply, "time", sim_clock_now (request->module->clock));
}

static void
command_fault (Request *request)
{
    g_autoptr(JsonNode) node = NULL;

    node = json_from_string (request->args, &request->error);
    if (!node) {
        if (!request->error)
            fail (request, "fault {…}");
    } else if (!JSON_NODE_HOLDS_OBJECT (node))
        fail (request, "fault {…}");
    else
        json_object_set_int_member (request->reply, "id",
                                    sim_faults_add (request->module->faults, json_node_get_object (node),
                                                    &request->error));
}

static void
command_clear_faults (Request *request)
{
    sim_faults_clear (request->module->faults);
}

static void
command_continue (Request *request)
{
    json_object_set_boolean_member (request->reply, "continued", sim_module_continue (request->module));
}

static void
command_events (Request *request)
{
    request->subscribe = TRUE;
}

static void
command_quit (Request *request)
{
    g_main_loop_quit (request->loop);
}

static const struct {
    const gchar *name;
    void       (*func) (Request *request);
} commands[] = {
    { "status",           command_status           },
    { "violations",       command_violations       },
    { "clear-violations", command_clear_violations },
    { "transcript",       command_transcript       },
    { "set",              command_set              },
    { "urc",              command_urc              },
    { "raw",              command_raw              },
    { "call",             command_call             },
    { "drop",             command_drop             },
    { "detach",           command_detach           },
    { "cgev",             command_cgev             },
    { "sms",              command_sms              },
    { "unplug",           command_unplug           },
    { "plug",             command_plug             },
    { "power-cycle",      command_power_cycle      },
    { "setstate",         command_set_state        },
    { "register",         command_register         },
    { "mark",             command_mark             },
    { "fault",            command_fault            },
    { "clear-faults",     command_clear_faults     },
    { "continue",         command_continue         },
    { "events",           command_events           },
    { "quit",             command_quit             },
};

static void
run_command (Request     *request,
             const gchar *line)
{
    gsize length;
    guint i;

    length = strcspn (line, " ");
    request->args = line + length + (line[length] ? 1 : 0);
    for (i = 0; i < G_N_ELEMENTS (commands); i++) {
        if (strlen (commands[i].name) == length && strncmp (commands[i].name, line, length) == 0) {
            commands[i].func (request);
            return;
        }
    }
    fail (request, "no such command");
}

JsonObject *
sim_control_execute (GPtrArray   *modules,
                     SimLog      *log,
                     GMainLoop   *loop,
                     const gchar *line,
                     gboolean    *subscribe)
{
    Request request = { .modules = modules, .log = log, .loop = loop };
    guint64 index = 0;

    if (*line == '@') {
        gchar *end;

        index = g_ascii_strtoull (line + 1, &end, 10);
        line = end + strspn (end, " ");
    }
    request.reply = json_object_new ();
    if (index >= modules->len)
        fail (&request, "no such module");
    else {
        request.module = g_ptr_array_index (modules, index);
        run_command (&request, line);
    }
    if (request.error) {
        json_object_set_string_member (request.reply, "error", request.error->message);
        g_clear_error (&request.error);
    } else if (!json_object_has_member (request.reply, "module"))
        json_object_set_boolean_member (request.reply, "ok", TRUE);
    *subscribe = request.subscribe;
    return request.reply;
}

/*****************************************************************************/
/* Clients */

static void client_write (Client *client);

static void
client_free (Client *client)
{
    if (client->subscription)
        sim_log_unsubscribe (client->control->log, client->subscription);
    g_cancellable_cancel (client->cancellable);
    g_object_unref (client->cancellable);
    g_io_stream_close (G_IO_STREAM (client->connection), NULL, NULL);
    g_object_unref (client->input);
    g_object_unref (client->connection);
    g_string_free (client->output, TRUE);
    g_string_free (client->writing, TRUE);
    g_free (client);
}

/* In idle: the client may be in the middle of being notified */
static gboolean
client_remove (gpointer user_data)
{
    Client *client = user_data;

    g_ptr_array_remove (client->control->clients, client);
    return G_SOURCE_REMOVE;
}

static void
client_written (GObject      *source,
                GAsyncResult *result,
                gpointer      user_data)
{
    g_autoptr(GError) error = NULL;
    Client           *client = user_data;

    if (!g_output_stream_write_all_finish (G_OUTPUT_STREAM (source), result, NULL, &error)) {
        /* The reader also notices that the client is gone, and cleans up */
        return;
    }
    g_string_truncate (client->writing, 0);
    client_write (client);
}

static void
client_write (Client *client)
{
    GString *swap;

    if (client->writing->len || client->output->len == 0)
        return;
    swap = client->writing;
    client->writing = client->output;
    client->output = swap;
    g_output_stream_write_all_async (g_io_stream_get_output_stream (G_IO_STREAM (client->connection)),
                                     client->writing->str, client->writing->len, G_PRIORITY_DEFAULT,
                                     client->cancellable, client_written, client);
}

static void
client_send (const gchar *line,
             gpointer     user_data)
{
    Client *client = user_data;

    g_string_append (client->output, line);
    g_string_append_c (client->output, '\n');
    client_write (client);
}

static void
client_handle (Client      *client,
               const gchar *line)
{
    g_autoptr(JsonNode)   node = NULL;
    g_autoptr(JsonObject) reply = NULL;
    g_autofree gchar     *text = NULL;
    SimControl           *self = client->control;
    gboolean              subscribe = FALSE;

    reply = sim_control_execute (self->modules, self->log, self->loop, line, &subscribe);
    node = json_node_init_object (json_node_alloc (), reply);
    text = json_to_string (node, FALSE);
    client_send (text, client);
    if (subscribe && !client->subscription)
        client->subscription = sim_log_subscribe (self->log, client_send, client);
}

static void client_read (Client *client);

static void
client_line_ready (GObject      *source,
                   GAsyncResult *result,
                   gpointer      user_data)
{
    g_autoptr(GError)  error = NULL;
    g_autofree gchar  *line = NULL;
    Client            *client = user_data;

    line = g_data_input_stream_read_line_finish (G_DATA_INPUT_STREAM (source), result, NULL, &error);
    if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return;
    if (!line) {
        g_idle_add (client_remove, client);
        return;
    }
    client_handle (client, line);
    client_read (client);
}

static void
client_read (Client *client)
{
    g_data_input_stream_read_line_async (client->input, G_PRIORITY_DEFAULT, client->cancellable,
                                         client_line_ready, client);
}

static gboolean
client_incoming (GSocketService    *service,
                 GSocketConnection *connection,
                 GObject           *source,
                 gpointer           user_data)
{
    SimControl *self = user_data;
    Client     *client;

    client = g_new0 (Client, 1);
    client->control = self;
    client->connection = g_object_ref (connection);
    client->input = g_data_input_stream_new (g_io_stream_get_input_stream (G_IO_STREAM (connection)));
    g_data_input_stream_set_newline_type (client->input, G_DATA_STREAM_NEWLINE_TYPE_LF);
    client->cancellable = g_cancellable_new ();
    client->output = g_string_new (NULL);
    client->writing = g_string_new (NULL);
    g_ptr_array_add (self->clients, client);
    client_read (client);
    return TRUE;
}

/*****************************************************************************/
/* Life cycle */

SimControl *
sim_control_new (const gchar  *path,
                 GPtrArray    *modules,
                 SimLog       *log,
                 GMainLoop    *loop,
                 GError      **error)
{
    g_autoptr(GSocketAddress)  address = NULL;
    g_autoptr(GSocketService)  service = NULL;
    SimControl                *self;

    service = g_socket_service_new ();
    address = g_unix_socket_address_new (path);
    if (!g_socket_listener_add_address (G_SOCKET_LISTENER (service), address, G_SOCKET_TYPE_STREAM,
                                        G_SOCKET_PROTOCOL_DEFAULT, NULL, NULL, error))
        return NULL;

    self = g_new0 (SimControl, 1);
    self->service = g_steal_pointer (&service);
    self->modules = modules;
    self->log = log;
    self->loop = loop;
    self->path = g_strdup (path);
    self->clients = g_ptr_array_new_with_free_func ((GDestroyNotify) client_free);
    g_signal_connect (self->service, "incoming", G_CALLBACK (client_incoming), self);
    g_socket_service_start (self->service);
    return self;
}

void
sim_control_free (SimControl *self)
{
    g_socket_service_stop (self->service);
    g_socket_listener_close (G_SOCKET_LISTENER (self->service));
    g_object_unref (self->service);
    g_ptr_array_unref (self->clients);
    if (*self->path)
        remove (self->path);
    g_free (self->path);
    g_free (self);
}

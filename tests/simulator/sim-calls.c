/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <string.h>

#include "sim-calls.h"
#include "sim-session.h"

#define RING_SECONDS 3.0
#define CALLER       "+8613800000000"

/* 3GPP TS 27.007, +CLCC */
typedef enum {
    CALL_ACTIVE   = 0,
    CALL_DIALING  = 2,
    CALL_ALERTING = 3,
    CALL_INCOMING = 4,
    CALL_NONE     = 7,
} CallState;

struct _SimCalls {
    SimModule *module;
    CallState  state;
    gboolean   outgoing;
    gchar     *number;
    gboolean   clip;
    guint      timer;
    gint64     total;
};

/*****************************************************************************/
/* One call */

static void call_step (gpointer user_data);

static void
set_state (SimCalls  *self,
           CallState  state)
{
    sim_clock_clear (self->module->clock, &self->timer);
    self->state = state;
    sim_log_event (self->module->log, self->module->index, "call", "state", "i", (gint64) state, NULL);
    if (state == CALL_INCOMING || state == CALL_DIALING || state == CALL_ALERTING)
        self->timer = sim_clock_add (self->module->clock, RING_SECONDS, call_step, self);
}

static void
send_ring (SimCalls *self)
{
    sim_module_urc (self->module, "RING");
    if (self->clip)
        sim_module_urc (self->module, "+CLIP: \"%s\",145,,,,0", self->number);
}

static void
call_step (gpointer user_data)
{
    SimCalls *self = user_data;

    self->timer = 0;
    if (self->state == CALL_INCOMING) {
        send_ring (self);
        set_state (self, CALL_INCOMING);
    } else if (self->state == CALL_DIALING) {
        set_state (self, CALL_ALERTING);
        sim_module_urc (self->module, "^CCALLSTATE: 1,3,0");
    } else
        sim_calls_activate (self);
}

void
sim_calls_ring (SimCalls *self)
{
    if (self->state != CALL_NONE)
        return;
    self->outgoing = FALSE;
    self->total++;
    g_free (self->number);
    self->number = g_strdup (CALLER);
    set_state (self, CALL_INCOMING);
    sim_module_urc (self->module, "^CCALLSTATE: 1,4,0");
    send_ring (self);
}

void
sim_calls_activate (SimCalls *self)
{
    if (self->state == CALL_NONE)
        sim_calls_ring (self);
    set_state (self, CALL_ACTIVE);
    sim_module_urc (self->module, "^CCALLSTATE: 1,0,0");
}

void
sim_calls_end (SimCalls *self)
{
    if (self->state == CALL_NONE)
        return;
    set_state (self, CALL_NONE);
    sim_module_urc (self->module, "^CEND:1,0,104,16");
    sim_module_urc (self->module, "NO CARRIER");
}

gboolean
sim_calls_is_busy (SimCalls *self)
{
    return self->state != CALL_NONE;
}

void
sim_calls_power_off (SimCalls *self)
{
    sim_clock_clear (self->module->clock, &self->timer);
    self->state = CALL_NONE;
    self->clip = FALSE;
}

/*****************************************************************************/
/* Commands */

static void
handle_list (SimCommand *command,
             gpointer    user_data)
{
    SimCalls *self = user_data;

    if (sim_command_get_type (command) == SIM_COMMAND_TEST || self->state == CALL_NONE)
        return;
    sim_command_info (command, "+CLCC: 1,%d,%d,0,0,\"%s\",145", !self->outgoing, (gint) self->state, self->number);
}

static void
handle_clip (SimCommand *command,
             gpointer    user_data)
{
    SimCalls *self = user_data;

    if (sim_command_get_type (command) == SIM_COMMAND_QUERY)
        sim_command_info (command, "+CLIP: %d,1", self->clip);
    else if (sim_command_get_type (command) == SIM_COMMAND_SET)
        self->clip = (sim_command_get_int (command, 0, 0) == 1);
}

static void
handle_hang_up (SimCommand *command,
                gpointer    user_data)
{
    sim_calls_end (user_data);
}

static void
handle_answer (SimCommand *command,
               gpointer    user_data)
{
    SimCalls *self = user_data;

    if (self->state == CALL_INCOMING)
        sim_calls_activate (self);
    else
        sim_command_final (command, "NO CARRIER");
}

static void
handle_dial (SimCommand *command,
             gpointer    user_data)
{
    SimCalls    *self = user_data;
    const gchar *number = sim_command_get_args (command);

    if (g_str_has_prefix (number, "*99")) {
        sim_session_dial_ppp (self->module->session, command);
        return;
    }
    if (!g_str_has_suffix (number, ";") || self->state != CALL_NONE) {
        sim_command_error (command);
        return;
    }
    self->outgoing = TRUE;
    self->total++;
    g_free (self->number);
    self->number = g_strndup (number, strlen (number) - 1);
    set_state (self, CALL_DIALING);
    sim_module_urc (self->module, "^ORIG:1,0");
}

static void
handle_ok (SimCommand *command,
           gpointer    user_data)
{
}

/*****************************************************************************/
/* Life cycle */

JsonObject *
sim_calls_get_status (SimCalls *self)
{
    JsonObject *object;

    object = json_object_new ();
    json_object_set_boolean_member (object, "busy", sim_calls_is_busy (self));
    json_object_set_int_member (object, "state", self->state);
    json_object_set_int_member (object, "total", self->total);
    return object;
}

SimCalls *
sim_calls_new (SimModule *module)
{
    static const gchar *const accepted[] = { "+CRC", "+CCWA", "+CSSN", "+CVHU", "+CMOD", "^CVOICE", "^CCALLSTATE" };
    SimCalls *self;
    guint     i;

    self = g_new0 (SimCalls, 1);
    self->module = module;
    self->state = CALL_NONE;
    sim_at_table_add (module->table, "+CLCC", handle_list, self);
    sim_at_table_add (module->table, "+CLIP", handle_clip, self);
    sim_at_table_add (module->table, "+CHUP", handle_hang_up, self);
    sim_at_table_add (module->table, "H", handle_hang_up, self);
    sim_at_table_add (module->table, "A", handle_answer, self);
    sim_at_table_add (module->table, "D", handle_dial, self);
    for (i = 0; i < G_N_ELEMENTS (accepted); i++)
        sim_at_table_add (module->table, accepted[i], handle_ok, self);
    return self;
}

void
sim_calls_free (SimCalls *self)
{
    sim_calls_power_off (self);
    g_free (self->number);
    g_free (self);
}

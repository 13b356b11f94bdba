/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <string.h>

#include "sim-sms.h"

#define CAPACITY 50

struct _SimSms {
    SimModule *module;
    gchar     *messages[CAPACITY];
    gboolean   unread[CAPACITY];
    guint      sent;
};

static guint
pdu_length (const gchar *pdu)
{
    guint center;

    /* 3GPP TS 27.005: the length does not count the service centre's address */
    center = (guint) (g_ascii_xdigit_value (pdu[0]) * 16 + g_ascii_xdigit_value (pdu[1]));
    return (guint) strlen (pdu) / 2 - center - 1;
}

void
sim_sms_receive (SimSms      *self,
                 const gchar *pdu)
{
    guint i;

    for (i = 0; i < CAPACITY && self->messages[i]; i++);
    if (i == CAPACITY || strlen (pdu) < 4)
        return;
    self->messages[i] = g_strdup (pdu);
    self->unread[i] = TRUE;
    sim_module_urc (self->module, "+CMTI: \"ME\",%u", i);
}

/*****************************************************************************/
/* Commands */

static void
handle_list (SimCommand *command,
             gpointer    user_data)
{
    SimSms *self = user_data;
    guint   i;

    if (sim_command_get_type (command) != SIM_COMMAND_SET)
        return;
    for (i = 0; i < CAPACITY; i++) {
        if (!self->messages[i])
            continue;
        sim_command_info (command, "+CMGL: %u,%d,,%u\r\n%s", i, self->unread[i] ? 0 : 1,
                          pdu_length (self->messages[i]), self->messages[i]);
        self->unread[i] = FALSE;
    }
}

static void
handle_send (SimCommand *command,
             gpointer    user_data)
{
    SimSms           *self = user_data;
    const gchar      *how = self->module->scenario->sms_send;
    g_autofree gchar *answer = NULL;

    if (sim_command_get_type (command) == SIM_COMMAND_TEST)
        return;
    if (sim_command_get_type (command) != SIM_COMMAND_SET || g_str_equal (how, "unknown")) {
        sim_command_final (command, "COMMAND NOT SUPPORT");
        return;
    }
    answer = g_strdup_printf ("+CMGS: %u", ++self->sent);
    sim_command_prompt (command, g_str_equal (how, "prompt"), answer);
}

static gint
get_index (SimSms     *self,
           SimCommand *command)
{
    gint index = sim_command_get_int (command, 0, -1);

    if (index < 0 || index >= CAPACITY || !self->messages[index]) {
        sim_command_final (command, "+CMS ERROR: 321");
        return -1;
    }
    return index;
}

static void
handle_read (SimCommand *command,
             gpointer    user_data)
{
    SimSms *self = user_data;
    gint    index = get_index (self, command);

    if (index < 0)
        return;
    sim_command_info (command, "+CMGR: %d,,%u\r\n%s", self->unread[index] ? 0 : 1,
                      pdu_length (self->messages[index]), self->messages[index]);
    self->unread[index] = FALSE;
}

static void
handle_delete (SimCommand *command,
               gpointer    user_data)
{
    SimSms *self = user_data;
    gint    index = get_index (self, command);

    if (index >= 0)
        g_clear_pointer (&self->messages[index], g_free);
}

static void
handle_format (SimCommand *command,
               gpointer    user_data)
{
    if (sim_command_get_type (command) == SIM_COMMAND_TEST)
        sim_command_info (command, "+CMGF: (0)");
    else if (sim_command_get_type (command) == SIM_COMMAND_QUERY)
        sim_command_info (command, "+CMGF: 0");
    else if (sim_command_get_int (command, 0, 0) != 0)
        sim_command_final (command, "+CMS ERROR: 303");
}

static void
handle_storage (SimCommand *command,
                gpointer    user_data)
{
    SimSms *self = user_data;
    guint   used = 0;
    guint   i;

    for (i = 0; i < CAPACITY; i++)
        used += (self->messages[i] != NULL);
    switch (sim_command_get_type (command)) {
    case SIM_COMMAND_TEST:
        sim_command_info (command, "+CPMS: (\"ME\"),(\"ME\"),(\"ME\")");
        break;
    case SIM_COMMAND_QUERY:
        sim_command_info (command, "+CPMS: \"ME\",%u,%u,\"ME\",%u,%u,\"ME\",%u,%u",
                          used, CAPACITY, used, CAPACITY, used, CAPACITY);
        break;
    case SIM_COMMAND_EXECUTE:
    case SIM_COMMAND_SET:
    default:
        sim_command_info (command, "+CPMS: %u,%u,%u,%u,%u,%u", used, CAPACITY, used, CAPACITY, used, CAPACITY);
        break;
    }
}

static void
handle_notification (SimCommand *command,
                     gpointer    user_data)
{
    if (sim_command_get_type (command) == SIM_COMMAND_TEST)
        sim_command_info (command, "+CNMI: (0-2),(0-3),(0,2),(0-2),(0,1)");
}

/*****************************************************************************/
/* Life cycle */

SimSms *
sim_sms_new (SimModule *module)
{
    SimSms *self;

    self = g_new0 (SimSms, 1);
    self->module = module;
    sim_at_table_add (module->table, "+CMGL", handle_list, self);
    sim_at_table_add (module->table, "+CMGR", handle_read, self);
    sim_at_table_add (module->table, "+CMGS", handle_send, self);
    sim_at_table_add (module->table, "+CMGD", handle_delete, self);
    sim_at_table_add (module->table, "+CMGF", handle_format, self);
    sim_at_table_add (module->table, "+CPMS", handle_storage, self);
    sim_at_table_add (module->table, "+CNMI", handle_notification, self);
    return self;
}

void
sim_sms_free (SimSms *self)
{
    guint i;

    for (i = 0; i < CAPACITY; i++)
        g_free (self->messages[i]);
    g_free (self);
}

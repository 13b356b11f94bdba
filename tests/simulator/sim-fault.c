/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <string.h>
#include <gio/gio.h>

#include "sim-fault.h"

struct _SimFaults {
    SimLog    *log;
    guint      module;
    GPtrArray *faults;
    guint      next_id;
    guint64    hits;
};

static const struct {
    const gchar *name;
    gboolean     execute;
} kinds[] = {
    [SIM_FAULT_ERROR]       = { "error",       FALSE },
    [SIM_FAULT_CME]         = { "cme",         FALSE },
    [SIM_FAULT_NOT_SUPPORT] = { "not-support", FALSE },
    [SIM_FAULT_SILENT]      = { "silent",      TRUE  },
    [SIM_FAULT_GARBAGE]     = { "garbage",     TRUE  },
    [SIM_FAULT_CUT]         = { "cut",         TRUE  },
    [SIM_FAULT_DELAY]       = { "delay",       TRUE  },
    [SIM_FAULT_STOP]        = { "stop",        TRUE  },
    [SIM_FAULT_RAW]         = { "raw",         TRUE  },
    [SIM_FAULT_GLUED]       = { "glued",       TRUE  },
    [SIM_FAULT_OK_TWICE]    = { "ok-twice",    TRUE  },
    [SIM_FAULT_NUL]         = { "nul",         TRUE  },
    [SIM_FAULT_UNPLUG]      = { "unplug",      TRUE  },
    [SIM_FAULT_POWER_CYCLE] = { "power-cycle", TRUE  },
    [SIM_FAULT_URC_LOST]    = { "urc-lost",    FALSE },
    [SIM_FAULT_URC_DOUBLED] = { "urc-doubled", FALSE },
};

static gboolean
is_urc_fault (SimFault *fault)
{
    return (fault->kind == SIM_FAULT_URC_LOST || fault->kind == SIM_FAULT_URC_DOUBLED);
}

void
sim_fault_free (SimFault *fault)
{
    g_free (fault->pattern);
    g_free (fault->text);
    g_clear_pointer (&fault->data, g_bytes_unref);
    g_free (fault);
}

static SimFault *
fault_copy (SimFault *fault)
{
    SimFault *copy;

    copy = g_new (SimFault, 1);
    *copy = *fault;
    copy->pattern = g_strdup (fault->pattern);
    copy->text = g_strdup (fault->text);
    copy->data = fault->data ? g_bytes_ref (fault->data) : NULL;
    return copy;
}

/*****************************************************************************/
/* From JSON */

static gboolean
member_is_known (const gchar *name)
{
    static const gchar *const known[] = {
        "kind", "pattern", "occurrence", "exchange", "relative", "count",
        "execute", "when", "text", "data", "seconds", NULL
    };

    return g_strv_contains (known, name);
}

static GBytes *
decode_data (const gchar *base64)
{
    gsize   length;
    guchar *data;

    if (!base64 || !*base64)
        return NULL;
    data = g_base64_decode (base64, &length);
    return g_bytes_new_take (data, length);
}

static gboolean
parse_kind (SimFault     *fault,
            const gchar  *name,
            GError      **error)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS (kinds); i++) {
        if (g_strcmp0 (kinds[i].name, name) == 0) {
            fault->kind = i;
            return TRUE;
        }
    }
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                 "no such kind of fault: %s", name ? name : "(none)");
    return FALSE;
}

guint
sim_faults_add (SimFaults   *self,
                JsonObject  *object,
                GError     **error)
{
    g_autoptr(SimFault) fault = NULL;
    g_autoptr(GList)    members = NULL;
    GList              *l;

    members = json_object_get_members (object);
    for (l = members; l; l = l->next) {
        if (!member_is_known (l->data)) {
            g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                         "unknown in a fault: %s", (const gchar *) l->data);
            return 0;
        }
    }

    fault = g_new0 (SimFault, 1);
    if (!parse_kind (fault, json_object_get_string_member_with_default (object, "kind", NULL), error))
        return 0;
    fault->pattern = g_strdup (json_object_get_string_member_with_default (object, "pattern", NULL));
    fault->occurrence = (guint64) json_object_get_int_member_with_default (object, "occurrence", 0);
    fault->exchange = (guint64) json_object_get_int_member_with_default (object, "exchange", 0);
    fault->count = (guint) json_object_get_int_member_with_default (object, "count", 1);
    fault->execute = json_object_get_boolean_member_with_default (object, "execute", kinds[fault->kind].execute);
    fault->after = g_str_equal (json_object_get_string_member_with_default (object, "when", "before"), "after");
    fault->text = g_strdup (json_object_get_string_member_with_default (object, "text", NULL));
    fault->data = decode_data (json_object_get_string_member_with_default (object, "data", NULL));
    fault->seconds = json_object_get_double_member_with_default (object, "seconds", -1);
    if (!fault->pattern && !fault->exchange) {
        g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                             "a fault needs a pattern or an exchange");
        return 0;
    }

    /* Occurrences count from the start of the simulator, as in the transcript */
    if (fault->pattern && !is_urc_fault (fault) &&
        !json_object_get_boolean_member_with_default (object, "relative", FALSE))
        fault->seen = sim_log_count (self->log, self->module, fault->pattern);

    fault->id = ++self->next_id;
    g_ptr_array_add (self->faults, fault);
    return g_steal_pointer (&fault)->id;
}

gboolean
sim_faults_add_list (SimFaults    *self,
                     const gchar  *json,
                     GError      **error)
{
    g_autoptr(JsonNode) node = NULL;
    JsonArray          *array;
    guint               i;

    node = json_from_string (json, error);
    if (!node)
        return FALSE;
    if (!JSON_NODE_HOLDS_ARRAY (node)) {
        g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "the list of faults is no JSON array");
        return FALSE;
    }
    array = json_node_get_array (node);
    for (i = 0; i < json_array_get_length (array); i++) {
        JsonNode *element = json_array_get_element (array, i);

        if (!JSON_NODE_HOLDS_OBJECT (element)) {
            g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "a fault is a JSON object");
            return FALSE;
        }
        if (!sim_faults_add (self, json_node_get_object (element), error))
            return FALSE;
    }
    return TRUE;
}

/*****************************************************************************/
/* Matching */

static SimFault *
fault_strike (SimFaults   *self,
              guint        index,
              const gchar *text)
{
    SimFault *fault = g_ptr_array_index (self->faults, index);
    SimFault *copy;

    fault->hits++;
    self->hits++;
    sim_log_event (self->log, self->module, "fault",
                   "id", "i", (gint64) fault->id,
                   "kind", "s", kinds[fault->kind].name,
                   "text", "s", text,
                   NULL);
    copy = fault_copy (fault);
    if (fault->count && fault->hits >= fault->count)
        g_ptr_array_remove_index (self->faults, index);
    return copy;
}

static gboolean
fault_is_due (SimFault *fault)
{
    fault->seen++;
    return (fault->seen >= MAX (fault->occurrence, 1) &&
            (fault->count != 1 || fault->occurrence == 0 || fault->seen == fault->occurrence));
}

SimFault *
sim_faults_command (SimFaults   *self,
                    const gchar *command,
                    guint64      exchange)
{
    guint found = G_MAXUINT;
    guint i;

    /* Every fault sees the command, since each counts its own occurrences */
    for (i = 0; i < self->faults->len; i++) {
        SimFault *fault = g_ptr_array_index (self->faults, i);

        if (is_urc_fault (fault))
            continue;
        if (fault->exchange ? fault->exchange == exchange :
            (sim_log_command_matches (fault->pattern, command) && fault_is_due (fault)))
            found = MIN (found, i);
    }
    return found == G_MAXUINT ? NULL : fault_strike (self, found, command);
}

SimFault *
sim_faults_urc (SimFaults   *self,
                const gchar *line)
{
    guint found = G_MAXUINT;
    guint i;

    for (i = 0; i < self->faults->len; i++) {
        SimFault *fault = g_ptr_array_index (self->faults, i);

        if (is_urc_fault (fault) &&
            (strchr (fault->pattern, '*') ? g_pattern_match_simple (fault->pattern, line) :
             g_str_has_prefix (line, fault->pattern)) &&
            fault_is_due (fault))
            found = MIN (found, i);
    }
    return found == G_MAXUINT ? NULL : fault_strike (self, found, line);
}

guint64
sim_faults_get_hits (SimFaults *self)
{
    return self->hits;
}

guint
sim_faults_get_pending (SimFaults *self)
{
    return self->faults->len;
}

void
sim_faults_clear (SimFaults *self)
{
    g_ptr_array_set_size (self->faults, 0);
}

/*****************************************************************************/
/* Life cycle */

SimFaults *
sim_faults_new (SimLog *log,
                guint   module)
{
    SimFaults *self;

    self = g_new0 (SimFaults, 1);
    self->log = log;
    self->module = module;
    self->faults = g_ptr_array_new_with_free_func ((GDestroyNotify) sim_fault_free);
    return self;
}

void
sim_faults_free (SimFaults *self)
{
    g_ptr_array_unref (self->faults);
    g_free (self);
}

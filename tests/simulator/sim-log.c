/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <gio/gio.h>

#include "sim-log.h"

/* Only the latest exchanges are kept: a soak run has millions */
#define MAX_EXCHANGES  50000
#define MAX_VIOLATIONS 1000
#define MAX_TEXT       4096

typedef struct {
    guint64  index;
    guint    module;
    gdouble  begin;
    gdouble  end;
    gchar   *command;
    guint64  occurrence;
    guint64  name_occurrence;
    gchar   *answer;
} Exchange;

typedef struct {
    guint   module;
    gdouble time;
    gchar  *command;
    gchar  *reason;
} Violation;

typedef struct {
    guint       id;
    SimLogFunc  func;
    gpointer    user_data;
} Subscriber;

struct _SimLog {
    SimClock   *clock;
    FILE       *transcript;
    guint64     n_exchanges;
    GQueue      exchanges;
    GPtrArray  *violations;
    /* "<module> <command>" and "<module> <name>" to their number */
    GHashTable *occurrences;
    GHashTable *name_occurrences;
    GArray     *subscribers;
    guint       next_subscriber;
};

static void
exchange_free (Exchange *exchange)
{
    g_free (exchange->command);
    g_free (exchange->answer);
    g_free (exchange);
}

static void
violation_free (Violation *violation)
{
    g_free (violation->command);
    g_free (violation->reason);
    g_free (violation);
}

/*****************************************************************************/
/* Text that is safe for JSON and terminals */

static gchar *
printable (const gchar *text)
{
    g_autofree gchar *cut = NULL;

    cut = g_strndup (text, MAX_TEXT);
    return g_strescape (cut, "\"\\\r\n");
}

static gchar *
printable_line (const gchar *text)
{
    g_autofree gchar *cut = NULL;

    cut = g_strndup (text, MAX_TEXT);
    return g_strescape (cut, "\"\\");
}

static void
transcript_write (SimLog      *self,
                  guint        module,
                  const gchar *mark,
                  const gchar *text)
{
    g_autofree gchar *line = NULL;

    if (!self->transcript)
        return;
    line = printable_line (text);
    fprintf (self->transcript, "%12.3f %u %s %s\n", sim_clock_now (self->clock), module, mark, line);
    fflush (self->transcript);
}

/*****************************************************************************/
/* Events */

static void
publish (SimLog     *self,
         JsonObject *object)
{
    g_autoptr(JsonNode) node = NULL;
    g_autofree gchar   *line = NULL;
    g_autoptr(GArray)   subscribers = NULL;
    guint               i;

    if (self->subscribers->len == 0)
        return;

    node = json_node_init_object (json_node_alloc (), object);
    line = json_to_string (node, FALSE);
    /* A subscriber that fails unsubscribes while it is notified */
    subscribers = g_array_copy (self->subscribers);
    for (i = 0; i < subscribers->len; i++) {
        Subscriber *subscriber = &g_array_index (subscribers, Subscriber, i);

        subscriber->func (line, subscriber->user_data);
    }
}

void
sim_log_event (SimLog      *self,
               guint        module,
               const gchar *event,
               ...)
{
    g_autoptr(JsonObject) object = NULL;
    g_autoptr(GString)    text = NULL;
    const gchar          *key;
    va_list               args;

    object = json_object_new ();
    json_object_set_string_member (object, "event", event);
    json_object_set_double_member (object, "time", sim_clock_now (self->clock));
    json_object_set_int_member (object, "module", module);
    text = g_string_new (event);

    va_start (args, event);
    while ((key = va_arg (args, const gchar *))) {
        const gchar *type = va_arg (args, const gchar *);

        g_string_append_printf (text, " %s=", key);
        switch (*type) {
        case 's': {
            const gchar      *value = va_arg (args, const gchar *);
            g_autofree gchar *clean = NULL;

            clean = printable (value ? value : "");
            json_object_set_string_member (object, key, clean);
            g_string_append (text, clean);
            break;
        }
        case 'i': {
            gint64 value = va_arg (args, gint64);

            json_object_set_int_member (object, key, value);
            g_string_append_printf (text, "%" G_GINT64_FORMAT, value);
            break;
        }
        case 'd': {
            gdouble value = va_arg (args, gdouble);

            json_object_set_double_member (object, key, value);
            g_string_append_printf (text, "%g", value);
            break;
        }
        case 'b': {
            gboolean value = va_arg (args, gboolean);

            json_object_set_boolean_member (object, key, value);
            g_string_append (text, value ? "true" : "false");
            break;
        }
        default:
            g_assert_not_reached ();
        }
    }
    va_end (args);

    transcript_write (self, module, "-", text->str);
    publish (self, object);
}

void
sim_log_piece (SimLog       *self,
               guint         module,
               const guint8 *data,
               gsize         length)
{
    g_autofree gchar *text = NULL;
    gsize             i;

    if (!self->transcript)
        return;
    text = g_strndup ((const gchar *) data, length);
    for (i = 0; i < length; i++) {
        if (!text[i])
            text[i] = '\001';
    }
    transcript_write (self, module, ">", text);
}

guint
sim_log_subscribe (SimLog     *self,
                   SimLogFunc  func,
                   gpointer    user_data)
{
    Subscriber subscriber = { ++self->next_subscriber, func, user_data };

    g_array_append_val (self->subscribers, subscriber);
    return subscriber.id;
}

void
sim_log_unsubscribe (SimLog *self,
                     guint   id)
{
    guint i;

    for (i = 0; i < self->subscribers->len; i++) {
        if (g_array_index (self->subscribers, Subscriber, i).id == id) {
            g_array_remove_index (self->subscribers, i);
            return;
        }
    }
}

/*****************************************************************************/
/* Violations */

void
sim_log_violation (SimLog      *self,
                   guint        module,
                   const gchar *command,
                   const gchar *format,
                   ...)
{
    Violation *violation;
    va_list    args;

    violation = g_new0 (Violation, 1);
    violation->module = module;
    violation->time = sim_clock_now (self->clock);
    violation->command = printable (command);
    va_start (args, format);
    violation->reason = g_strdup_vprintf (format, args);
    va_end (args);

    sim_log_event (self, module, "violation",
                   "command", "s", violation->command,
                   "reason", "s", violation->reason,
                   NULL);
    if (self->violations->len < MAX_VIOLATIONS)
        g_ptr_array_add (self->violations, violation);
    else
        violation_free (violation);
}

JsonNode *
sim_log_get_violations (SimLog *self)
{
    JsonArray *array;
    JsonNode  *node;
    guint      i;

    array = json_array_new ();
    for (i = 0; i < self->violations->len; i++) {
        Violation  *violation = g_ptr_array_index (self->violations, i);
        JsonObject *object;

        object = json_object_new ();
        json_object_set_double_member (object, "time", violation->time);
        json_object_set_int_member (object, "module", violation->module);
        json_object_set_string_member (object, "command", violation->command);
        json_object_set_string_member (object, "reason", violation->reason);
        json_array_add_object_element (array, object);
    }
    node = json_node_new (JSON_NODE_ARRAY);
    json_node_take_array (node, array);
    return node;
}

guint
sim_log_get_n_violations (SimLog *self,
                          guint   module)
{
    guint n = 0;
    guint i;

    for (i = 0; i < self->violations->len; i++)
        n += (((Violation *) g_ptr_array_index (self->violations, i))->module == module);
    return n;
}

void
sim_log_clear_violations (SimLog *self)
{
    g_ptr_array_set_size (self->violations, 0);
}

/*****************************************************************************/
/* Exchanges */

static gchar *
command_name (const gchar *command)
{
    gsize length = strcspn (command, "=?");

    /* "=?" is not the same as "=" */
    if (command[length])
        length += (g_str_has_prefix (command + length, "=?") ? 2 : 1);
    return g_strndup (command, length);
}

static guint64
count_up (GHashTable  *table,
          guint        module,
          const gchar *text)
{
    g_autofree gchar *key = NULL;
    guint64          *count;

    key = g_strdup_printf ("%u %s", module, text);
    count = g_hash_table_lookup (table, key);
    if (!count) {
        count = g_new0 (guint64, 1);
        g_hash_table_insert (table, g_steal_pointer (&key), count);
    }
    return ++(*count);
}

guint64
sim_log_exchange_begin (SimLog      *self,
                        guint        module,
                        const gchar *command)
{
    g_autofree gchar *name = NULL;
    Exchange         *exchange;

    exchange = g_new0 (Exchange, 1);
    exchange->index = ++self->n_exchanges;
    exchange->module = module;
    exchange->begin = sim_clock_now (self->clock);
    exchange->end = -1;
    exchange->command = printable (command);
    name = command_name (exchange->command);
    exchange->occurrence = count_up (self->occurrences, module, exchange->command);
    exchange->name_occurrence = count_up (self->name_occurrences, module, name);
    g_queue_push_tail (&self->exchanges, exchange);
    if (self->exchanges.length > MAX_EXCHANGES)
        exchange_free (g_queue_pop_head (&self->exchanges));

    sim_log_event (self, module, "command",
                   "index", "i", (gint64) exchange->index,
                   "command", "s", command,
                   "occurrence", "i", (gint64) exchange->occurrence,
                   NULL);
    return exchange->index;
}

void
sim_log_exchange_end (SimLog      *self,
                      guint        module,
                      guint64      index,
                      const gchar *answer)
{
    Exchange *newest;
    Exchange *exchange;
    guint64   back;

    newest = g_queue_peek_tail (&self->exchanges);
    back = newest->index - index;
    if (back < self->exchanges.length) {
        exchange = g_queue_peek_nth (&self->exchanges, self->exchanges.length - 1 - (guint) back);
        exchange->end = sim_clock_now (self->clock);
        exchange->answer = printable (answer);
    }
    sim_log_event (self, module, "answer",
                   "index", "i", (gint64) index,
                   "answer", "s", answer,
                   NULL);
}

gboolean
sim_log_command_matches (const gchar *pattern,
                         const gchar *command)
{
    g_autofree gchar *full = NULL;
    g_autofree gchar *name = NULL;

    full = g_strconcat (*pattern == '*' || g_str_has_prefix (pattern, "AT") ? "" : "AT", pattern, NULL);
    name = command_name (command);
    return (g_str_equal (full, command) ||
            g_str_equal (full, name) ||
            (strchr (full, '*') && g_pattern_match_simple (full, command)));
}

guint64
sim_log_count (SimLog      *self,
               guint        module,
               const gchar *pattern)
{
    GHashTableIter  iter;
    gpointer        key;
    gpointer        count;
    guint64         sum = 0;

    g_hash_table_iter_init (&iter, self->occurrences);
    while (g_hash_table_iter_next (&iter, &key, &count)) {
        gchar *command = NULL;

        if (g_ascii_strtoull (key, &command, 10) == module && sim_log_command_matches (pattern, command + 1))
            sum += *(guint64 *) count;
    }
    return sum;
}

guint64
sim_log_get_n_exchanges (SimLog *self)
{
    return self->n_exchanges;
}

JsonNode *
sim_log_get_transcript (SimLog  *self,
                        guint64  after)
{
    JsonArray *array;
    JsonNode  *node;
    GList     *l;

    array = json_array_new ();
    for (l = self->exchanges.head; l; l = l->next) {
        g_autofree gchar *name = NULL;
        Exchange         *exchange = l->data;
        JsonObject       *object;

        if (exchange->index <= after)
            continue;
        name = command_name (exchange->command);
        object = json_object_new ();
        json_object_set_int_member (object, "index", exchange->index);
        json_object_set_int_member (object, "module", exchange->module);
        json_object_set_double_member (object, "time", exchange->begin);
        json_object_set_string_member (object, "command", exchange->command);
        json_object_set_int_member (object, "occurrence", exchange->occurrence);
        json_object_set_string_member (object, "name", name);
        json_object_set_int_member (object, "name-occurrence", exchange->name_occurrence);
        if (exchange->answer) {
            json_object_set_string_member (object, "answer", exchange->answer);
            json_object_set_double_member (object, "duration", exchange->end - exchange->begin);
        } else {
            json_object_set_null_member (object, "answer");
            json_object_set_null_member (object, "duration");
        }
        json_array_add_object_element (array, object);
    }
    node = json_node_new (JSON_NODE_ARRAY);
    json_node_take_array (node, array);
    return node;
}

/*****************************************************************************/
/* Life cycle */

SimLog *
sim_log_new (SimClock     *clock,
             const gchar  *transcript_path,
             GError      **error)
{
    SimLog *self;
    FILE   *transcript = NULL;

    if (transcript_path) {
        transcript = fopen (transcript_path, "we");
        if (!transcript) {
            g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno),
                         "%s: %s", transcript_path, g_strerror (errno));
            return NULL;
        }
    }

    self = g_new0 (SimLog, 1);
    self->clock = clock;
    self->transcript = transcript;
    g_queue_init (&self->exchanges);
    self->violations = g_ptr_array_new_with_free_func ((GDestroyNotify) violation_free);
    self->occurrences = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
    self->name_occurrences = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
    self->subscribers = g_array_new (FALSE, FALSE, sizeof (Subscriber));
    return self;
}

void
sim_log_free (SimLog *self)
{
    if (self->transcript)
        fclose (self->transcript);
    g_queue_clear_full (&self->exchanges, (GDestroyNotify) exchange_free);
    g_ptr_array_unref (self->violations);
    g_hash_table_unref (self->occurrences);
    g_hash_table_unref (self->name_occurrences);
    g_array_unref (self->subscribers);
    g_free (self);
}

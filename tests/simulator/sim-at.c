/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <string.h>

#include "sim-at.h"
#include "sim-pieces.h"

#define MAX_TYPED (64 * 1024)
/* V.250 leaves the guard time to S12; one second is the usual default */
#define ESCAPE_GUARD_SECONDS 1.0
#define HANG_UP_SECONDS      0.2
#define POWER_CYCLE_SECONDS  1.0
#define PLAY_AGAIN_SECONDS   0.02

typedef struct {
    SimAtHandler handler;
    gpointer     user_data;
} Entry;

struct _SimAt {
    SimAtConfig  config;
    SimPieces   *pieces;
    gboolean     open;
    gboolean     ready;
    gboolean     echo;
    gint         errors;
    gboolean     data;
    /* Text input, with or without a prompt, and its answer */
    gboolean     typing;
    gboolean     swallowing;
    gchar       *typed_answer;
    /* Lines that follow the final result in the same write */
    GPtrArray   *with;
    gboolean     fresh;
    gboolean     broken;
    GString     *line;
    GByteArray  *backlog;
    guint        backlog_timer;
    /* Input received while the module boots */
    GByteArray  *early;
    gboolean     catching_up;
    guint        escape_timer;
    guint        hang_up_timer;
    /* The line in work, and lines received meanwhile */
    gchar       *text;
    guint64      exchange;
    gdouble      began;
    gdouble      busy;
    guint        answer_timer;
    gdouble      answer_due;
    SimFault    *fault;
    /* Answer held back by a fault, and the answer on its way */
    gchar       *held;
    gchar       *answer;
    /* Overlapping commands are no violation: the port was closed, or a fault delays the answer */
    gboolean     excused;
    GQueue       waiting;
    /* This command in the replayed report, and how far its answer is; unsolicited lines of the
     * report */
    const SimReplayExchange *play;
    guint        play_next;
    GString     *played;
    GQueue       later;
    guint        later_timer;
    /* What is in the middle of a line: 'a' the answer, 'l' an unsolicited line */
    gchar        open_line;
};

/* An unsolicited line of the report */
typedef struct {
    gdouble  due;
    GBytes  *data;
} Later;

struct _SimCommand {
    SimAt           *at;
    const gchar     *text;
    SimCommandType   type;
    gchar           *name;
    gchar           *args;
    gchar          **list;
    GString         *answer;
    gchar           *final;
    gboolean         connect;
};

static void start_line (SimAt *self,
                        gchar *text);

/*****************************************************************************/
/* Table */

SimAtTable *
sim_at_table_new (void)
{
    return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

void
sim_at_table_add (SimAtTable   *table,
                  const gchar  *name,
                  SimAtHandler  handler,
                  gpointer      user_data)
{
    Entry *entry;

    entry = g_new0 (Entry, 1);
    entry->handler = handler;
    entry->user_data = user_data;
    g_hash_table_insert (table, g_strdup (name), entry);
}

/*****************************************************************************/
/* The command in the form that handlers see */

SimCommandType
sim_command_get_type (SimCommand *command)
{
    return command->type;
}

const gchar *
sim_command_get_text (SimCommand *command)
{
    return command->text;
}

const gchar *
sim_command_get_name (SimCommand *command)
{
    return command->name;
}

const gchar *
sim_command_get_args (SimCommand *command)
{
    return command->args;
}

static gchar **
split_args (const gchar *args)
{
    g_autoptr(GPtrArray) list = NULL;
    g_autoptr(GString)   arg = NULL;
    gboolean             quoted = FALSE;
    const gchar         *p;

    list = g_ptr_array_new ();
    arg = g_string_new (NULL);
    for (p = args; *p; p++) {
        if (*p == '"')
            quoted = !quoted;
        else if (*p == ',' && !quoted) {
            g_ptr_array_add (list, g_strdup (arg->str));
            g_string_truncate (arg, 0);
        } else if (quoted || *p != ' ')
            g_string_append_c (arg, *p);
    }
    g_ptr_array_add (list, g_strdup (arg->str));
    g_ptr_array_add (list, NULL);
    return (gchar **) g_ptr_array_free (g_steal_pointer (&list), FALSE);
}

guint
sim_command_get_n_args (SimCommand *command)
{
    if (!command->list)
        command->list = split_args (command->args);
    return *command->args ? g_strv_length (command->list) : 0;
}

const gchar *
sim_command_get_arg (SimCommand *command,
                     guint       n)
{
    return n < sim_command_get_n_args (command) ? command->list[n] : NULL;
}

gint
sim_command_get_int (SimCommand *command,
                     guint       n,
                     gint        missing)
{
    const gchar *arg = sim_command_get_arg (command, n);
    gchar       *end;
    gint64       value;

    if (!arg || !*arg)
        return missing;
    value = g_ascii_strtoll (arg, &end, 10);
    return (*end || value < G_MININT || value > G_MAXINT) ? missing : (gint) value;
}

SimAt *
sim_command_get_at (SimCommand *command)
{
    return command->at;
}

void
sim_command_info (SimCommand  *command,
                  const gchar *format,
                  ...)
{
    g_autofree gchar *line = NULL;
    va_list           args;

    va_start (args, format);
    line = g_strdup_vprintf (format, args);
    va_end (args);

    if (command->at->config.scenario->noise_spacing && *line == '^') {
        g_autofree gchar *spaced = NULL;

        spaced = sim_at_space (line, command->at->config.rand);
        g_string_append_printf (command->answer, "\r\n%s\r\n", spaced);
    } else
        g_string_append_printf (command->answer, "\r\n%s\r\n", line);
}

void
sim_command_final (SimCommand  *command,
                   const gchar *final)
{
    g_free (command->final);
    command->final = g_strdup (final);
}

void
sim_command_error (SimCommand *command)
{
    sim_command_final (command, "ERROR");
}

void
sim_command_cme (SimCommand  *command,
                 guint        code,
                 const gchar *text)
{
    g_free (command->final);
    switch (command->at->errors) {
    case 0:
        command->final = g_strdup ("ERROR");
        break;
    case 1:
        command->final = g_strdup_printf ("+CME ERROR: %u", code);
        break;
    default:
        command->final = g_strdup_printf ("+CME ERROR: %s", text);
        break;
    }
}

void
sim_command_with (SimCommand  *command,
                  const gchar *line)
{
    g_ptr_array_add (command->at->with, g_strdup (line));
}

void
sim_command_prompt (SimCommand  *command,
                    gboolean     prompt,
                    const gchar *answer)
{
    SimAt *self = command->at;

    self->typing = TRUE;
    self->swallowing = !prompt;
    g_free (self->typed_answer);
    self->typed_answer = g_strdup (answer);
}

void
sim_command_connect (SimCommand *command)
{
    sim_command_final (command, "CONNECT");
    command->connect = TRUE;
}

void
sim_command_violation (SimCommand  *command,
                       const gchar *reason)
{
    sim_log_violation (command->at->config.log, command->at->config.module, command->text, "%s", reason);
}

static void
command_clear (SimCommand *command)
{
    g_free (command->name);
    g_free (command->args);
    g_strfreev (command->list);
    g_string_free (command->answer, TRUE);
    g_free (command->final);
}

/*****************************************************************************/
/* Output */

gchar *
sim_at_space (const gchar *line,
              GRand       *rand)
{
    GString     *spaced;
    gboolean     quoted = FALSE;
    gboolean     commas = g_rand_boolean (rand);
    gboolean     seen_colon = FALSE;
    gboolean     colon = g_rand_boolean (rand);
    const gchar *p;

    spaced = g_string_new (NULL);
    for (p = line; *p; p++) {
        g_string_append_c (spaced, *p);
        if (*p == '"')
            quoted = !quoted;
        if (quoted)
            continue;
        if (*p == ',' && commas)
            g_string_append_c (spaced, ' ');
        if (*p == ':' && !seen_colon) {
            seen_colon = TRUE;
            while (p[1] == ' ')
                p++;
            if (colon)
                g_string_append_c (spaced, ' ');
        }
    }
    return g_string_free (spaced, FALSE);
}

static void
pieces_output (const guint8 *data,
               gsize         length,
               gpointer      user_data)
{
    SimAt *self = user_data;

    self->config.output (self, data, length, self->config.user_data);
}

static void
flush_backlog (SimAt *self)
{
    sim_clock_clear (self->config.clock, &self->backlog_timer);
    if (self->backlog->len) {
        sim_pieces_send (self->pieces, "backlog", self->backlog->data, self->backlog->len);
        g_byte_array_set_size (self->backlog, 0);
    }
}

static void
backlog_due (gpointer user_data)
{
    SimAt *self = user_data;

    self->backlog_timer = 0;
    flush_backlog (self);
}

static gboolean
is_heard (SimAt *self)
{
    return (self->open && self->backlog->len == 0);
}

static void stop_typing (SimAt *self);
static void later_due   (gpointer user_data);

static gboolean
ends_line (GBytes *bytes)
{
    gsize         length;
    const guint8 *data = g_bytes_get_data (bytes, &length);

    return (length && data[length - 1] == '\n');
}

/* The replayed report is in the middle of a line */
static void
play_line_later (SimAt       *self,
                 const gchar *framed)
{
    Later *later = g_new0 (Later, 1);
    GList *l = self->later.head;
    gint   place = 0;

    later->due = sim_clock_now (self->config.clock);
    later->data = g_bytes_new (framed, strlen (framed));
    /* After the rest of that line, if it is one of these */
    if (self->open_line == 'l') {
        while (l && !ends_line (((Later *) l->data)->data)) {
            l = l->next;
            place++;
        }
        place += (l != NULL);
    }
    g_queue_push_nth (&self->later, later, place);
    if (!self->later_timer)
        self->later_timer = sim_clock_add (self->config.clock, PLAY_AGAIN_SECONDS, later_due, self);
}

/* Nobody has read since the port was closed: drops the oldest bytes, even within a line */
static void
pile_up (SimAt        *self,
         const guint8 *data,
         gsize         length)
{
    guint limit = (guint) MAX (self->config.scenario->backlog, 0);

    g_byte_array_append (self->backlog, data, (guint) length);
    if (!self->open && self->backlog->len > limit)
        g_byte_array_remove_range (self->backlog, 0, self->backlog->len - limit);
}

static void
send_nuls (SimAt *self)
{
    static const guint8 nuls[64];
    gint                n = MIN (self->config.scenario->nuls, (gint) sizeof (nuls));

    if (!self->fresh)
        return;
    if (n < 0)
        n = (self->broken && !sim_pieces_is_whole (self->pieces) ? g_rand_int_range (self->config.rand, -2, 4) : 0);
    if (n > 0)
        sim_pieces_send (self->pieces, "nuls", nuls, (gsize) n);
    self->fresh = FALSE;
    self->broken = FALSE;
}

static void
send_bytes (SimAt        *self,
            const gchar  *key,
            const guint8 *data,
            gsize         length)
{
    if (is_heard (self))
        sim_pieces_send (self->pieces, key, data, length);
    else
        pile_up (self, data, length);
}

void
sim_at_send_raw (SimAt        *self,
                 const guint8 *data,
                 gsize         length)
{
    send_bytes (self, "raw", data, length);
}

void
sim_at_send_line (SimAt       *self,
                  const gchar *line)
{
    g_autofree gchar *framed = NULL;

    if (self->data)
        return;
    framed = g_strdup_printf ("\r\n%s\r\n", line);
    if (self->open_line)
        play_line_later (self, framed);
    else if (is_heard (self))
        sim_pieces_line (self->pieces, framed);
    else
        pile_up (self, (const guint8 *) framed, strlen (framed));
}

void
sim_at_set_open (SimAt    *self,
                 gboolean  open)
{
    g_autoptr(GBytes) rest = NULL;

    if (self->open == open)
        return;
    self->open = open;

    self->fresh = open;
    if (!open && self->text)
        self->broken = TRUE;
    if (open) {
        /* The backlog goes out with the first answer, or soon by itself */
        if (self->backlog->len)
            self->backlog_timer = sim_clock_add (self->config.clock, 1.0, backlog_due, self);
        return;
    }

    sim_clock_clear (self->config.clock, &self->backlog_timer);
    sim_clock_clear (self->config.clock, &self->escape_timer);
    g_string_truncate (self->line, 0);
    self->excused = TRUE;
    stop_typing (self);
    rest = sim_pieces_take (self->pieces);
    pile_up (self, g_bytes_get_data (rest, NULL), g_bytes_get_size (rest));
    if (self->data)
        sim_at_set_data (self, FALSE);
}

void
sim_at_unplug (SimAt *self)
{
    g_autoptr(GBytes) rest = NULL;

    rest = sim_pieces_take (self->pieces);
    sim_at_set_open (self, FALSE);
}

/*****************************************************************************/
/* Ends of lines */

static void
next_line (SimAt *self)
{
    g_clear_pointer (&self->text, g_free);
    g_clear_pointer (&self->fault, sim_fault_free);
    g_clear_pointer (&self->held, g_free);
    self->busy += sim_clock_now (self->config.clock) - self->began;
    if (!g_queue_is_empty (&self->waiting))
        start_line (self, g_queue_pop_head (&self->waiting));
}

static void
answer_given (gpointer user_data)
{
    SimAt            *self = user_data;
    g_autofree gchar *answer = g_steal_pointer (&self->answer);

    sim_log_exchange_end (self->config.log, self->config.module, self->exchange, answer);
    next_line (self);
}

static void
finish_line (SimAt       *self,
             const gchar *answer)
{
    self->answer = g_strdup (answer);
    if (*answer && is_heard (self)) {
        sim_pieces_answer (self->pieces, self->text, answer, answer_given);
        return;
    }
    pile_up (self, (const guint8 *) answer, strlen (answer));
    answer_given (self);
}

static void drop_commands (SimAt *self);

/* Resets the port, and with it the command in work; a module that keeps its power only forgets the
 * command */
static void
take_away (SimAt *self)
{
    gboolean power = (self->fault->kind == SIM_FAULT_POWER_CYCLE);
    gdouble  seconds = self->fault->seconds;

    if (seconds < 0)
        seconds = power ? POWER_CYCLE_SECONDS : self->config.scenario->plug_seconds;
    self->config.take_away (power, seconds, self->config.user_data);
    drop_commands (self);
}

/* "\r\n^SIMSQ: 1,11\r\n\r\nOK\r\n" to "\r\n^SIMSQ: 1,11OK\r\n" */
static void
glue_ok (gchar *text)
{
    gchar *end = strstr (text, "\r\nOK\r\n");

    while (end > text && (end[-1] == '\r' || end[-1] == '\n'))
        end--;
    if (end > text)
        memmove (end, strstr (end, "OK\r\n"), strlen ("OK\r\n") + 1);
}

/* Every line comes with an empty one before it. Takes them away but before the final result, or all. */
static void
take_blanks (SimAt *self,
             gchar *text)
{
    static const gchar *const choices[] = { "all", "ends", "none" };
    const gchar *blanks = self->config.scenario->blanks;
    gchar       *next = text;

    if (g_str_equal (blanks, "mixed"))
        blanks = sim_pieces_is_whole (self->pieces) ? "all" : choices[g_rand_int_range (self->config.rand, 0, 3)];
    if (g_str_equal (blanks, "all"))
        return;
    while ((next = strstr (next, "\r\n\r\n"))) {
        if (g_str_equal (blanks, "ends") && !strstr (next + 4, "\r\n\r\n"))
            break;
        memmove (next, next + 2, strlen (next + 2) + 1);
    }
}

static void
send_with (SimAt *self)
{
    guint i;

    for (i = 0; i < self->with->len; i++) {
        const gchar      *line = g_ptr_array_index (self->with, i);
        g_autofree gchar *framed = g_strdup_printf ("\r\n%s\r\n", line);

        if (self->config.replay && sim_replay_owns_line (self->config.replay, line))
            continue;
        sim_log_event (self->config.log, self->config.module, "urc", "line", "s", line, NULL);
        if (is_heard (self))
            sim_pieces_line_joined (self->pieces, framed);
        else
            pile_up (self, (const guint8 *) framed, strlen (framed));
    }
    g_ptr_array_set_size (self->with, 0);
}

static void
spoil_answer (SimAt *self,
              gchar *answer)
{
    g_autofree gchar *text = answer;
    const gchar      *custom = self->fault->text;

    switch (self->fault->kind) {
    case SIM_FAULT_SILENT:
        finish_line (self, "");
        break;
    case SIM_FAULT_GARBAGE:
        finish_line (self, custom ? custom : "\r\n\x7f\x80^\xffg%s,\"\xc3(\r\n");
        break;
    case SIM_FAULT_CUT:
        /* In the middle of the line that would have ended it */
        text[strlen (text) > 5 ? strlen (text) - 4 : 0] = '\0';
        finish_line (self, text);
        break;
    case SIM_FAULT_RAW: {
        gsize         length;
        gconstpointer data = self->fault->data ? g_bytes_get_data (self->fault->data, &length) : NULL;

        if (data)
            sim_at_send_raw (self, data, length);
        finish_line (self, custom ? custom : "");
        break;
    }
    case SIM_FAULT_STOP:
        self->held = g_steal_pointer (&text);
        break;
    case SIM_FAULT_UNPLUG:
    case SIM_FAULT_POWER_CYCLE:
        send_bytes (self, self->text, (const guint8 *) text, strlen (text));
        sim_pieces_flush (self->pieces);
        sim_log_exchange_end (self->config.log, self->config.module, self->exchange, text);
        take_away (self);
        break;
    case SIM_FAULT_GLUED:
        glue_ok (text);
        finish_line (self, text);
        break;
    case SIM_FAULT_OK_TWICE: {
        g_autofree gchar *twice = g_strconcat (text, "\r\nOK\r\n", NULL);

        finish_line (self, twice);
        break;
    }
    case SIM_FAULT_NUL:
        send_bytes (self, "nul", (const guint8 *) "\0\0\0", 3);
        finish_line (self, text);
        break;
    case SIM_FAULT_ERROR:
    case SIM_FAULT_CME:
    case SIM_FAULT_NOT_SUPPORT:
    case SIM_FAULT_DELAY:
    case SIM_FAULT_URC_LOST:
    case SIM_FAULT_URC_DOUBLED:
    default:
        finish_line (self, text);
        break;
    }
}

static void
answer_line (SimAt *self,
             gchar *answer)
{
    g_autofree gchar *noise = NULL;
    g_autofree gchar *text = NULL;

    if (g_rand_double (self->config.rand) < self->config.scenario->noise_in_answers)
        noise = self->config.noise (self->config.user_data);

    /* Before the answer, or between its lines */
    if (noise && (self->fault || sim_pieces_is_whole (self->pieces) || g_rand_boolean (self->config.rand))) {
        sim_at_send_line (self, noise);
        g_clear_pointer (&noise, g_free);
    }
    if (self->fault) {
        spoil_answer (self, answer);
        send_with (self);
        return;
    }

    text = answer;
    if (g_rand_double (self->config.rand) < self->config.scenario->glued)
        glue_ok (text);
    else
        take_blanks (self, text);
    sim_pieces_hold (self->pieces);
    finish_line (self, text);
    send_with (self);
    if (noise)
        sim_at_send_line (self, noise);
    sim_pieces_release (self->pieces);
}

gboolean
sim_at_continue (SimAt *self)
{
    g_autofree gchar *held = g_steal_pointer (&self->held);

    if (!held)
        return FALSE;
    finish_line (self, held);
    return TRUE;
}

/*****************************************************************************/
/* Executing a line */

static const gchar *
unknown_final (SimAt *self)
{
    if (g_str_equal (self->config.scenario->unknown_command, "error"))
        return "ERROR";
    if (g_str_equal (self->config.scenario->unknown_command, "cme"))
        return "+CME ERROR: 100";
    return "COMMAND NOT SUPPORT";
}

static void
run_command (SimAt      *self,
             SimCommand *command)
{
    Entry *entry;

    entry = g_hash_table_lookup (self->config.table, command->name);
    if (!entry) {
        sim_command_final (command, unknown_final (self));
        return;
    }
    entry->handler (command, entry->user_data);
}

/* Takes one command from @text; basic ones (E0, &C1, D…) may follow one another */
static const gchar *
parse_command (SimCommand  *command,
               const gchar *text)
{
    const gchar *end;
    gboolean     quoted = FALSE;
    gsize        length;

    if (!strchr ("+^$*%#", *text)) {
        length = (*text == '&' || *text == '\\') && text[1] ? 2 : 1;
        command->name = g_ascii_strup (text, (gssize) length);
        text += length;
        /* A dial string extends to the end of the line */
        length = *command->name == 'D' ? strlen (text) : strspn (text, "0123456789=?");
        command->args = g_strndup (text, length);
        command->type = SIM_COMMAND_EXECUTE;
        text += length;
        return text + strspn (text, " ;");
    }

    for (end = text; *end && (quoted || *end != ';'); end++) {
        if (*end == '"')
            quoted = !quoted;
    }
    length = strcspn (text, "=?;");
    command->name = g_ascii_strup (text, (gssize) MIN (length, (gsize) (end - text)));
    g_strchomp (command->name);
    text += MIN (length, (gsize) (end - text));
    command->type = SIM_COMMAND_EXECUTE;
    if (*text == '?') {
        command->type = SIM_COMMAND_QUERY;
        text++;
    } else if (g_str_has_prefix (text, "=?")) {
        command->type = SIM_COMMAND_TEST;
        text += 2;
    } else if (*text == '=') {
        command->type = SIM_COMMAND_SET;
        text++;
    }
    command->args = g_strndup (text, (gsize) (end - text));
    return *end == ';' ? end + 1 : end;
}

/* Sends the final result of the line */
static gchar *
run_line (SimAt    *self,
          GString  *answer,
          gboolean *connect)
{
    const gchar *rest = self->text + strlen ("AT");
    gchar       *final = NULL;
    guint        n = 0;

    do {
        SimCommand command = { 0 };

        if (!*rest) {
            /* AT without a command */
            break;
        }
        command.at = self;
        command.text = self->text;
        command.answer = g_string_new (NULL);
        rest = parse_command (&command, rest);
        if (++n == 2 && strchr (self->text, '"'))
            sim_command_violation (&command, "a second command in a line with quotes");
        run_command (self, &command);
        g_string_append (answer, command.answer->str);
        g_free (final);
        final = g_strdup (command.final ? command.final : "OK");
        *connect = command.connect;
        command_clear (&command);
    } while (*rest && g_str_equal (final, "OK"));

    return final ? final : g_strdup ("OK");
}

/*****************************************************************************/
/* Text input */

static void
stop_typing (SimAt *self)
{
    self->typing = FALSE;
    self->swallowing = FALSE;
    g_clear_pointer (&self->typed_answer, g_free);
}

static void
start_typing (SimAt *self)
{
    /* Seen: no prompt, but the echo and Ctrl-Z */
    if (self->swallowing)
        send_bytes (self, "swallow", (const guint8 *) "\032", 1);
    else
        send_bytes (self, "prompt", (const guint8 *) "\r\n> ", 4);
}

static void
typed (SimAt  *self,
       guint8  c)
{
    g_autofree gchar *answer = NULL;

    if (c != 0x1b && (c != 0x1a || self->swallowing))
        return;
    if (!self->swallowing)
        answer = (c == 0x1a ? g_strdup_printf ("\r\n%s\r\n\r\nOK\r\n", self->typed_answer) :
                  g_strdup ("\r\nOK\r\n"));
    stop_typing (self);
    g_string_truncate (self->line, 0);
    if (self->text)
        finish_line (self, answer ? answer : "");
}

static void
execute_line (gpointer user_data)
{
    SimAt              *self = user_data;
    g_autoptr(GString)  answer = NULL;
    g_autofree gchar   *final = NULL;
    gboolean            connect = FALSE;

    self->answer_timer = 0;
    answer = g_string_new (NULL);

    if (!self->fault || self->fault->execute)
        final = run_line (self, answer, &connect);
    else if (self->fault->kind == SIM_FAULT_CME)
        final = g_strdup_printf ("+CME ERROR: %s", self->fault->text ? self->fault->text : "100");
    else if (self->fault->kind == SIM_FAULT_NOT_SUPPORT)
        final = g_strdup ("COMMAND NOT SUPPORT");
    else
        final = g_strdup (self->fault->text && self->fault->kind == SIM_FAULT_ERROR ? self->fault->text : "ERROR");

    /* The command may have removed the module */
    if (!self->text)
        return;

    if (self->typing) {
        start_typing (self);
        return;
    }
    g_string_append_printf (answer, "\r\n%s\r\n", final);
    answer_line (self, g_string_free (g_steal_pointer (&answer), FALSE));
    if (connect)
        sim_at_set_data (self, TRUE);
}

/*****************************************************************************/
/* Replayed answers */

static void play_due (gpointer user_data);

static void
later_free (Later *later)
{
    g_bytes_unref (later->data);
    g_free (later);
}

static void
play_bytes (SimAt  *self,
            GBytes *bytes,
            gchar   who)
{
    gsize             length;
    const guint8     *data = g_bytes_get_data (bytes, &length);
    g_autofree gchar *text = g_strndup ((const gchar *) data, length);
    const gchar      *state;

    /* In the pieces of the report, after what the simulator has to send itself */
    sim_pieces_flush (self->pieces);
    self->open_line = ends_line (bytes) ? 0 : who;
    if (is_heard (self)) {
        sim_log_piece (self->config.log, self->config.module, data, length);
        self->config.output (self, data, length, self->config.user_data);
    } else
        pile_up (self, data, length);
    state = sim_replay_told (self->config.replay, text);
    if (state)
        self->config.played (state, self->config.user_data);
}

static void
later_due (gpointer user_data)
{
    SimAt *self = user_data;
    Later *later;

    self->later_timer = 0;
    while ((later = g_queue_peek_head (&self->later))) {
        gdouble left = later->due - sim_clock_now (self->config.clock);

        /* Never within a line of the answer */
        if (left > 0 || self->open_line == 'a') {
            self->later_timer = sim_clock_add (self->config.clock, MAX (left, PLAY_AGAIN_SECONDS), later_due, self);
            return;
        }
        g_queue_pop_head (&self->later);
        if (self->ready && !self->data)
            play_bytes (self, later->data, 'l');
        later_free (later);
    }
}

static gint
compare_later (gconstpointer a,
               gconstpointer b,
               gpointer      user_data)
{
    gdouble first = ((const Later *) a)->due;
    gdouble second = ((const Later *) b)->due;

    return (first > second) - (first < second);
}

static void
play_later (SimAt *self)
{
    guint i;

    for (i = 0; i < self->play->later->len; i++) {
        const SimReplayPiece *piece = g_ptr_array_index (self->play->later, i);
        Later                *later = g_new0 (Later, 1);

        later->due = self->began + piece->delay;
        later->data = g_bytes_ref (piece->data);
        g_queue_insert_sorted (&self->later, later, compare_later, NULL);
    }
    sim_clock_clear (self->config.clock, &self->later_timer);
    later_due (self);
}

static void
play_next (SimAt *self)
{
    const SimReplayPiece *piece = g_ptr_array_index (self->play->answer, self->play_next);
    gdouble               delay = MAX (self->began + piece->delay - sim_clock_now (self->config.clock), 0);

    self->answer_due = sim_clock_now (self->config.clock) + delay;
    self->answer_timer = sim_clock_add (self->config.clock, delay, play_due, self);
}

static void
play_due (gpointer user_data)
{
    SimAt                *self = user_data;
    const SimReplayPiece *piece = g_ptr_array_index (self->play->answer, self->play_next);
    gsize                 length;
    const gchar          *data = g_bytes_get_data (piece->data, &length);

    self->answer_timer = 0;
    if (self->open_line == 'l') {
        self->answer_timer = sim_clock_add (self->config.clock, PLAY_AGAIN_SECONDS, play_due, self);
        return;
    }
    g_string_append_len (self->played, data, (gssize) length);
    play_bytes (self, piece->data, 'a');
    if (!self->play)
        return;
    if (++self->play_next < self->play->answer->len) {
        play_next (self);
        return;
    }
    self->play = NULL;
    self->open_line = 0;
    sim_log_exchange_end (self->config.log, self->config.module, self->exchange, self->played->str);
    next_line (self);
}

/* The simulator executes the command, so that its state follows that of the recorded unit, but its
 * answer is not sent. An exception is firmware: the simulator then knows no package to fetch. */
static gboolean
play_line (SimAt *self)
{
    g_autoptr(GString) answer = NULL;
    g_autofree gchar  *final = NULL;
    gboolean           connect = FALSE;

    if (!self->config.replay || self->fault)
        return FALSE;
    self->play = sim_replay_find (self->config.replay, self->text);
    if (!self->play)
        return FALSE;
    if (!sim_replay_is_fota (self->text)) {
        answer = g_string_new (NULL);
        final = run_line (self, answer, &connect);
        g_ptr_array_set_size (self->with, 0);
    }
    /* It may have removed the module */
    if (!self->text || !self->play)
        return TRUE;
    g_string_truncate (self->played, 0);
    self->play_next = 0;
    play_later (self);
    play_next (self);
    return TRUE;
}

static void
play_drop (SimAt *self)
{
    self->play = NULL;
    self->open_line = 0;
    sim_clock_clear (self->config.clock, &self->later_timer);
    g_queue_clear_full (&self->later, (GDestroyNotify) later_free);
}

static gdouble
answer_delay (SimAt *self)
{
    SimScenario *scenario = self->config.scenario;
    gboolean     progress = g_ascii_strncasecmp (self->text, "AT^FOTADLQ", 10) == 0;
    gdouble      min = progress ? scenario->progress_min : scenario->answer_min;
    gdouble      max = progress ? scenario->progress_max : scenario->answer_max;

    if (self->fault && self->fault->kind == SIM_FAULT_DELAY)
        return self->fault->seconds < 0 ? 15 : self->fault->seconds;
    return max > min ? g_rand_double_range (self->config.rand, min, max) : min;
}

static void
start_line (SimAt *self,
            gchar *text)
{
    gdouble delay;

    self->text = text;
    self->began = sim_clock_now (self->config.clock);
    self->exchange = sim_log_exchange_begin (self->config.log, self->config.module, text);
    self->fault = sim_faults_command (self->config.faults, text, self->exchange);
    self->excused = (self->fault != NULL);

    if (self->fault && !self->fault->after &&
        (self->fault->kind == SIM_FAULT_UNPLUG || self->fault->kind == SIM_FAULT_POWER_CYCLE)) {
        sim_log_exchange_end (self->config.log, self->config.module, self->exchange, "");
        take_away (self);
        return;
    }
    if (play_line (self))
        return;
    delay = answer_delay (self);
    self->answer_due = sim_clock_now (self->config.clock) + delay;
    self->answer_timer = sim_clock_add (self->config.clock, delay, execute_line, self);
}

/* On a busy machine this process may be delayed past the end of an answer: input then counts as
 * after the answer */
static void
execute_overdue (SimAt *self)
{
    sim_pieces_catch_up (self->pieces);
    while (self->play && self->answer_timer && sim_clock_now (self->config.clock) >= self->answer_due &&
           self->open_line != 'l') {
        sim_clock_clear (self->config.clock, &self->answer_timer);
        play_due (self);
    }
    if (!self->play && self->answer_timer && sim_clock_now (self->config.clock) >= self->answer_due) {
        sim_clock_clear (self->config.clock, &self->answer_timer);
        execute_line (self);
        sim_pieces_flush (self->pieces);
    }
}

/*****************************************************************************/
/* Input */

static void
check_line (SimAt       *self,
            const gchar *text,
            gboolean     strange)
{
    SimAtConfig *config = &self->config;
    const gchar *p;
    guint        quotes = 0;

    for (p = text; *p; p++)
        quotes += (*p == '"');
    if (strange)
        sim_log_violation (config->log, config->module, text, "control or non-ASCII bytes in a command");
    if (quotes % 2)
        sim_log_violation (config->log, config->module, text, "a quote that does not end");
    if (strlen (text) > (gsize) config->scenario->max_line)
        sim_log_violation (config->log, config->module, text, "a line of %" G_GSIZE_FORMAT " characters", strlen (text));
    if (self->text && !self->excused && !self->catching_up)
        sim_log_violation (config->log, config->module, text, "sent before the answer to %s", self->text);
    /* Huawei's commands for queries and APN: not known to exist here */
    if (g_ascii_strncasecmp (text, "AT^FOTADET", 10) == 0 || g_ascii_strncasecmp (text, "AT^FOTACFG", 10) == 0)
        sim_log_violation (config->log, config->module, text, "a command that the module does not have");
}

static void
handle_line (SimAt *self)
{
    g_autofree gchar *line = NULL;
    gboolean          strange = FALSE;
    gchar            *text;
    gsize             i;

    for (i = 0; i < self->line->len; i++) {
        guchar c = (guchar) self->line->str[i];

        if (c < 0x20 || c > 0x7e) {
            strange = TRUE;
            if (c == '\0')
                self->line->str[i] = '\001';
        }
    }
    line = g_strdup (self->line->str);
    g_string_truncate (self->line, 0);
    g_strstrip (line);

    /* Characters before AT are ignored, as by any modem */
    if (!*line || g_ascii_strncasecmp (line, "AT", 2) != 0)
        return;
    check_line (self, line, strange);
    if (strlen (line) > (gsize) self->config.scenario->max_line) {
        sim_at_send_line (self, "ERROR");
        return;
    }
    text = g_steal_pointer (&line);
    if (self->text)
        g_queue_push_tail (&self->waiting, text);
    else
        start_line (self, text);
}

static void
escape_due (gpointer user_data)
{
    SimAt *self = user_data;

    self->escape_timer = 0;
    sim_at_set_data (self, FALSE);
    sim_at_send_line (self, "OK");
}

static void
input_data (SimAt        *self,
            const guint8 *data,
            gsize         length)
{
    sim_clock_clear (self->config.clock, &self->escape_timer);
    if (length == 3 && memcmp (data, "+++", 3) == 0)
        self->escape_timer = sim_clock_add (self->config.clock, ESCAPE_GUARD_SECONDS, escape_due, self);
}

static void
echo (SimAt        *self,
      const guint8 *data,
      gsize         length)
{
    g_autofree gchar *noise = NULL;

    if (length > 1 && g_rand_double (self->config.rand) < self->config.scenario->noise_in_echo)
        noise = self->config.noise (self->config.user_data);
    if (noise) {
        send_bytes (self, "echo", data, length / 2);
        sim_at_send_line (self, noise);
        data += length / 2;
        length -= length / 2;
    }
    send_bytes (self, "echo", data, length);
}

void
sim_at_input (SimAt        *self,
              const guint8 *data,
              gsize         length)
{
    gsize i;

    execute_overdue (self);
    if (!self->ready) {
        if (self->config.scenario->early_input && self->early->len + length <= MAX_TYPED)
            g_byte_array_append (self->early, data, (guint) length);
        return;
    }
    if (self->data) {
        input_data (self, data, length);
        return;
    }

    send_nuls (self);
    flush_backlog (self);
    if (self->echo)
        echo (self, data, length);
    for (i = 0; i < length && self->ready; i++) {
        if (self->typing)
            typed (self, data[i]);
        else if (data[i] == '\r')
            handle_line (self);
        else if (data[i] != '\n' && self->line->len < MAX_TYPED)
            g_string_append_c (self->line, (gchar) data[i]);
    }
}

/*****************************************************************************/
/* State */

static void
drop_commands (SimAt *self)
{
    sim_clock_clear (self->config.clock, &self->answer_timer);
    g_queue_clear_full (&self->waiting, g_free);
    g_clear_pointer (&self->text, g_free);
    g_clear_pointer (&self->fault, sim_fault_free);
    g_clear_pointer (&self->held, g_free);
    g_clear_pointer (&self->answer, g_free);
    sim_pieces_drop (self->pieces);
    stop_typing (self);
    g_ptr_array_set_size (self->with, 0);
    g_string_truncate (self->line, 0);
    play_drop (self);
}

void
sim_at_reset (SimAt *self)
{
    drop_commands (self);
    sim_clock_clear (self->config.clock, &self->backlog_timer);
    sim_clock_clear (self->config.clock, &self->escape_timer);
    sim_clock_clear (self->config.clock, &self->hang_up_timer);
    g_byte_array_set_size (self->backlog, 0);
    g_byte_array_set_size (self->early, 0);
    self->open = FALSE;
    self->fresh = FALSE;
    self->broken = FALSE;
    self->echo = TRUE;
    self->errors = sim_scenario_is_field (self->config.scenario) ? 2 : 0;
    self->data = FALSE;
}

void
sim_at_set_ready (SimAt    *self,
                  gboolean  ready)
{
    g_autoptr(GByteArray) early = NULL;

    self->ready = ready;
    if (!ready || !self->early->len)
        return;

    early = g_steal_pointer (&self->early);
    self->early = g_byte_array_new ();
    self->catching_up = TRUE;
    sim_at_input (self, early->data, early->len);
    self->catching_up = FALSE;
}

static void
hang_up_due (gpointer user_data)
{
    SimAt *self = user_data;

    if (self->config.hung_up (self, self->config.user_data)) {
        self->hang_up_timer = 0;
        sim_at_set_data (self, FALSE);
        sim_at_send_line (self, "NO CARRIER");
    } else
        self->hang_up_timer = sim_clock_add (self->config.clock, HANG_UP_SECONDS, hang_up_due, self);
}

void
sim_at_set_data (SimAt    *self,
                 gboolean  data)
{
    if (self->data == data)
        return;
    self->data = data;
    sim_clock_clear (self->config.clock, &self->hang_up_timer);
    if (data)
        self->hang_up_timer = sim_clock_add (self->config.clock, HANG_UP_SECONDS, hang_up_due, self);
    else
        self->config.data_ended (self->config.user_data);
}

gboolean
sim_at_get_data (SimAt *self)
{
    return self->data;
}

gboolean
sim_at_get_echo (SimAt *self)
{
    return self->echo;
}

void
sim_at_set_errors (SimAt *self,
                   gint   mode)
{
    self->errors = mode;
}

gint
sim_at_get_errors (SimAt *self)
{
    return self->errors;
}

gdouble
sim_at_get_busy (SimAt *self)
{
    return self->busy;
}

void
sim_at_set_echo (SimAt    *self,
                 gboolean  echo)
{
    self->echo = echo;
}

/*****************************************************************************/
/* Life cycle */

SimAt *
sim_at_new (const SimAtConfig *config)
{
    SimAt *self;

    self = g_new0 (SimAt, 1);
    self->config = *config;
    self->pieces = sim_pieces_new (config->clock, config->log, config->scenario, config->module, pieces_output, self);
    self->with = g_ptr_array_new_with_free_func (g_free);
    self->line = g_string_new (NULL);
    self->played = g_string_new (NULL);
    g_queue_init (&self->later);
    self->backlog = g_byte_array_new ();
    self->early = g_byte_array_new ();
    g_queue_init (&self->waiting);
    sim_at_reset (self);
    return self;
}

void
sim_at_free (SimAt *self)
{
    sim_at_reset (self);
    sim_pieces_free (self->pieces);
    g_ptr_array_unref (self->with);
    g_string_free (self->line, TRUE);
    g_string_free (self->played, TRUE);
    g_byte_array_unref (self->backlog);
    g_byte_array_unref (self->early);
    g_free (self);
}

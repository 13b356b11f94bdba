/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <string.h>
#include <gio/gio.h>

#include "sim-replay.h"

/* A recording, in seconds */
#define LONGEST (31 * 24 * 3600)

struct _SimReplay {
    GPtrArray  *exchanges;
    GHashTable *by_text;   /* command → array of exchanges */
    GHashTable *by_form;   /* the same without the host's own values */
    GHashTable *asked;     /* number of times */
    GHashTable *lines;     /* kinds of lines in the report */
    GPtrArray  *unknown;
    GString    *told;      /* the line in work */
    gchar      *state;     /* of the last ^FOTASTATE that was sent */
    guint       n_known;
    guint       n_ttys;
    gboolean    has_ports;
    gboolean    has_net;
    gboolean    has_fota;
    gboolean    was_flashed; /* in the report, as far as it was read */
    gboolean    flashed;
    gboolean    redialled;  /* in a way that the report does not know */
    /* Of the last ^NDISDUP: in the report, as far as it was read; and of the host */
    const gchar *recorded_dial;
    const gchar *dial;
};

/* While a port's part of the report is read */
typedef struct {
    SimReplayExchange *exchange;
    gdouble            began;
    SimReplayExchange *anchor;
    gdouble            anchor_began;
    GString           *text;    /* of the answer so far */
    gsize              echo;    /* bytes of the echo that were found */
    GPtrArray         *last;    /* destination of the last piece, and when its time starts */
    gdouble            last_began;
    GPtrArray         *rest;    /* destination of the rest of a line in whose middle a command was sent */
    gdouble            rest_began;
} Port;

/*****************************************************************************/
/* Commands */

/* Strings and long numbers that the host sends are substitutes in the report: any value matches */
static gchar *
make_form (const gchar *command)
{
    GString *form = g_string_new (NULL);

    while (*command) {
        gsize n = strspn (command, "0123456789ABCDEFabcdef");

        if (*command == '"') {
            command++;
            command += strcspn (command, "\"");
            command += (*command == '"');
            g_string_append (form, "\"\"");
        } else if (n >= 5 && strcspn (command, "0123456789") < n) {
            g_string_append_c (form, '#');
            command += n;
        } else
            g_string_append_c (form, g_ascii_toupper (*command++));
    }
    return g_string_free (form, FALSE);
}

static gboolean
is_command (const gchar *command,
            const gchar *name)
{
    gsize length = strlen (name);

    return (g_ascii_strncasecmp (command, name, length) == 0 && !g_ascii_isalnum (command[length]));
}

gboolean
sim_replay_is_fota (const gchar *command)
{
    return (g_ascii_strncasecmp (command, "AT^FOTA", 7) == 0 || is_command (command, "AT^FWUP") ||
            g_ascii_strncasecmp (command, "AT^SSL", 6) == 0);
}

static gboolean
is_question (const gchar *command)
{
    return (strchr (command, '?') || is_command (command, "ATI") || is_command (command, "AT^FOTADLQ") ||
            is_command (command, "AT^SYSINFOEX") || g_ascii_strcasecmp (command, "AT") == 0);
}

/* What it reports of its sessions */
static gboolean
is_session (const gchar *command)
{
    return (is_command (command, "AT^NDISDUP") || is_command (command, "AT^NDISSTATQRY") || is_command (command, "AT+CGACT"));
}

/* "AT^NDISDUP=2,1,"ctnet"": a dial, a hang-up, or @before if it is neither */
static const gchar *
note_dial (const gchar *command,
           const gchar *before)
{
    const gchar *comma = is_command (command, "AT^NDISDUP") ? strchr (command, ',') : NULL;

    if (!comma)
        return before;
    return comma[1] == '0' ? " down" : " up";
}

/* What was said of the sessions after a hang-up is no answer while they are up, whoever asks more often
 * than the host of the report did */
static gchar *
make_key (const gchar *command,
          const gchar *dial)
{
    return g_strconcat (command, is_command (command, "AT^NDISSTATQRY") ? dial : NULL, NULL);
}

/* After flashing it no longer reports what it did before */
static gboolean
is_version (const gchar *command)
{
    return is_command (command, "AT^VERSION");
}

/*****************************************************************************/
/* Parsing */

static void
piece_free (SimReplayPiece *piece)
{
    g_bytes_unref (piece->data);
    g_free (piece);
}

static void
add_piece (GPtrArray   *pieces,
           gdouble      delay,
           const gchar *data,
           gsize        length)
{
    SimReplayPiece *piece;

    if (!length)
        return;
    piece = g_new0 (SimReplayPiece, 1);
    piece->delay = MAX (delay, 0);
    piece->data = g_bytes_new (data, length);
    g_ptr_array_add (pieces, piece);
}

static void
exchange_free (SimReplayExchange *exchange)
{
    g_free (exchange->command);
    g_ptr_array_unref (exchange->answer);
    g_ptr_array_unref (exchange->later);
    g_free (exchange);
}

static void
add_to (GHashTable        *table,
        gchar             *key,
        SimReplayExchange *exchange)
{
    GPtrArray *list = g_hash_table_lookup (table, key);

    if (!list) {
        list = g_ptr_array_new ();
        g_hash_table_insert (table, g_strdup (key), list);
    }
    g_ptr_array_add (list, exchange);
}

static SimReplayExchange *
new_exchange (SimReplay   *self,
              const gchar *command)
{
    SimReplayExchange *exchange = g_new0 (SimReplayExchange, 1);

    exchange->command = g_strdup (command);
    exchange->answer = g_ptr_array_new_with_free_func ((GDestroyNotify) piece_free);
    exchange->later = g_ptr_array_new_with_free_func ((GDestroyNotify) piece_free);
    g_ptr_array_add (self->exchanges, exchange);
    return exchange;
}

static SimReplayExchange *
begin_exchange (SimReplay   *self,
                const gchar *command)
{
    SimReplayExchange *exchange = new_exchange (self, command);
    g_autofree gchar  *key = make_key (command, self->recorded_dial);
    g_autofree gchar  *form = make_form (key);

    self->recorded_dial = note_dial (command, self->recorded_dial);
    /* What it said after its own flash is not what it says before the one that is played */
    self->was_flashed |= is_command (command, "AT^FWUP");
    if (!self->was_flashed || !(is_version (command) || sim_replay_is_fota (command))) {
        add_to (self->by_text, key, exchange);
        add_to (self->by_form, form, exchange);
    }
    if (is_command (command, "AT^FOTAOEMDL"))
        self->has_fota = TRUE;
    return exchange;
}

static void
note_lines (SimReplay   *self,
            const gchar *text)
{
    g_auto(GStrv) lines = g_strsplit_set (text, "\r\n", -1);
    guint         i;

    for (i = 0; lines[i]; i++) {
        gchar *colon = strchr (lines[i], ':');

        if (colon && (lines[i][0] == '^' || lines[i][0] == '+'))
            g_hash_table_add (self->lines, g_strndup (lines[i], (gsize) (colon - lines[i])));
    }
}

/* End of the answer; 0: not complete yet */
static gsize
find_final (const gchar *text)
{
    static const gchar *const finals[] = {
        "OK\r\n", "\r\nERROR", "\r\n+CME ERROR", "\r\n+CMS ERROR", "\r\nCOMMAND NOT SUPPORT\r\n", "\r\nNO CARRIER\r\n",
    };
    gsize found = 0;
    guint i;

    for (i = 0; i < G_N_ELEMENTS (finals); i++) {
        const gchar *at = strstr (text, finals[i]);
        const gchar *end = at ? strstr (at + 2, "\r\n") : NULL;

        if (end && (!found || (gsize) (end - text) + 2 < found))
            found = (gsize) (end - text) + 2;
    }
    return found;
}

/* The state changes at the recorded time, whatever is asked meanwhile */
static gboolean
is_news (const gchar       *data,
         SimReplayExchange *exchange)
{
    return ((g_str_has_prefix (data, "\r\n^FOTASTATE") && !is_command (exchange->command, "AT^FOTASTATE")) ||
            (g_str_has_prefix (data, "\r\n^NDISSTAT:") && !is_command (exchange->command, "AT^NDISDUP")));
}

static void
port_add (Port        *port,
          GPtrArray   *pieces,
          gdouble      began,
          gdouble      time,
          const gchar *data,
          gsize        length)
{
    if (!length)
        return;
    add_piece (pieces, time - began, data, length);
    port->last = data[length - 1] == '\n' ? NULL : pieces;
    port->last_began = began;
}

/* Returns how much of it is the rest of an earlier line */
static gsize
take_rest (Port        *port,
           gdouble      time,
           const gchar *data,
           gsize        length)
{
    const gchar *end = memchr (data, '\n', length);
    gsize        n = end ? (gsize) (end - data) + 1 : length;

    if (!port->rest || g_ascii_strncasecmp (data, "AT", MIN (length, 2)) == 0)
        return 0;
    port_add (port, port->rest, port->rest_began, time, data, n);
    if (end)
        port->rest = NULL;
    return n;
}

static void
take_read (SimReplay   *self,
           Port        *port,
           gdouble      time,
           const gchar *data,
           gsize        length)
{
    SimReplayExchange *exchange = port->exchange;
    gsize              before;
    gsize              end;

    /* Sent before any command: goes with the first answer, or not at all */
    if (!exchange)
        return;
    before = take_rest (port, time, data, length);
    data += before;
    length -= before;
    /* The simulator echoes by itself. Lines before the echo are part of the answer. */
    while (length && !port->text->len && port->echo < strlen (exchange->command) &&
           g_ascii_toupper (*data) == g_ascii_toupper (exchange->command[port->echo])) {
        port->echo++;
        data++;
        length--;
    }
    if (length && *data == '\r' && port->echo == strlen (exchange->command) && !port->text->len) {
        port->echo++;
        data++;
        length--;
    }
    if (!length)
        return;
    if (exchange->final) {
        port_add (port, port->anchor->later, port->anchor_began, time, data, length);
        return;
    }
    if (is_news (data, exchange) && port->anchor != exchange && length > 2 && data[length - 1] == '\n' &&
        strstr (data + 2, "\r\n") == data + length - 2) {
        port_add (port, port->anchor->later, port->anchor_began, time, data, length);
        return;
    }
    before = port->text->len;
    g_string_append_len (port->text, data, (gssize) length);
    end = find_final (port->text->str);
    if (end) {
        port_add (port, exchange->answer, port->began, time, data, end - before);
        port_add (port, port->anchor->later, port->anchor_began, time, data + (end - before), length - (end - before));
        exchange->final = TRUE;
    } else
        port_add (port, exchange->answer, port->began, time, data, length);
}

static void
take_write (SimReplay   *self,
            Port        *port,
            gdouble      time,
            const gchar *data,
            gsize        length)
{
    g_autofree gchar *command = g_strndup (data, length);

    g_strstrip (command);
    if (g_ascii_strncasecmp (command, "AT", 2) != 0)
        return;
    if (port->last) {
        port->rest = port->last;
        port->rest_began = port->last_began;
    }
    port->last = NULL;
    port->exchange = begin_exchange (self, command);
    port->began = time;
    port->echo = 0;
    g_string_truncate (port->text, 0);
    if (!port->anchor || !is_question (command)) {
        port->anchor = port->exchange;
        port->anchor_began = time;
    }
}

static void
port_free (Port *port)
{
    g_string_free (port->text, TRUE);
    g_free (port);
}

/* \r \n \" \\ \x00; NULL for anything else */
static gchar *
unescape (const gchar *text,
          gsize       *length)
{
    g_autoptr(GString) data = g_string_new (NULL);

    for (; *text; text++) {
        if (*text != '\\') {
            g_string_append_c (data, *text);
            continue;
        }
        text++;
        if (*text == 'r' || *text == 'n')
            g_string_append_c (data, *text == 'r' ? '\r' : '\n');
        else if (*text == '"' || *text == '\\')
            g_string_append_c (data, *text);
        else if (*text == 'x' && g_ascii_isxdigit (text[1]) && g_ascii_isxdigit (text[2])) {
            g_string_append_c (data, (gchar) (g_ascii_xdigit_value (text[1]) * 16 + g_ascii_xdigit_value (text[2])));
            text += 2;
        } else
            return NULL;
    }
    *length = data->len;
    /* With a terminating NUL; there may be others within */
    return g_memdup2 (data->str, data->len + 1);
}

/* "1.234567 ttyUSB1 < "\r\nOK\r\n"" */
static gboolean
take_traffic (SimReplay   *self,
              GHashTable  *ports,
              const gchar *line)
{
    g_auto(GStrv)     fields = g_strsplit (line, " ", 4);
    g_autofree gchar *data = NULL;
    gchar            *end;
    gdouble           time;
    Port             *port;
    gsize             length;

    if (g_strv_length (fields) < 3)
        return FALSE;
    time = g_ascii_strtod (fields[0], &end);
    /* Also what is no number */
    if (end == fields[0] || *end || !(time >= 0 && time <= LONGEST))
        return FALSE;
    if (g_str_equal (fields[2], "opened") || g_str_equal (fields[2], "closed"))
        return TRUE;
    if (!fields[3] || fields[3][0] != '"' || strlen (fields[3]) < 2 || !g_str_has_suffix (fields[3], "\"") ||
        !(g_str_equal (fields[2], "<") || g_str_equal (fields[2], ">")))
        return FALSE;
    port = g_hash_table_lookup (ports, fields[1]);
    if (!port) {
        port = g_new0 (Port, 1);
        port->text = g_string_new (NULL);
        g_hash_table_insert (ports, g_strdup (fields[1]), port);
    }
    fields[3][strlen (fields[3]) - 1] = '\0';
    data = unescape (fields[3] + 1, &length);
    if (!data)
        return FALSE;
    if (fields[2][0] == '>')
        take_write (self, port, time, data, length);
    else {
        note_lines (self, data);
        take_read (self, port, time, data, length);
    }
    return TRUE;
}

static void
take_port (SimReplay   *self,
           const gchar *line)
{
    self->has_ports = TRUE;
    self->n_ttys += g_str_has_prefix (line, "tty");
    self->has_net |= g_str_has_suffix (line, ": net");
}

static gboolean
read_lines (SimReplay    *self,
            const gchar  *path,
            gchar       **lines,
            GError      **error)
{
    g_autoptr(GHashTable)  ports = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) port_free);
    const gchar           *section = "";
    guint                  i;

    for (i = 1; lines[i]; i++) {
        const gchar *line = g_strchomp (lines[i]);

        if (!*line || *line == '#')
            continue;
        if (*line == '[')
            section = line;
        else if (g_str_equal (section, "[ports]"))
            take_port (self, line);
        else if (g_str_equal (section, "[at]") && !take_traffic (self, ports, line)) {
            g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s:%u: seconds, a port, < or >, and bytes in "
                         "quotes are expected, not '%s'", path, i + 1, line);
            return FALSE;
        }
    }
    if (!g_str_equal (section, "[end]")) {
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s is cut: the last line of a report is [end]", path);
        return FALSE;
    }
    if (!self->exchanges->len) {
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s has no AT traffic: it was not made with --record", path);
        return FALSE;
    }
    return TRUE;
}

/*****************************************************************************/
/* Identity */

/* The rest of the line with @prefix in the first answer to @command */
static gchar *
find_told (SimReplay   *self,
           const gchar *command,
           const gchar *prefix)
{
    GPtrArray          *list = g_hash_table_lookup (self->by_text, command);
    guint               i;
    guint               j;

    for (i = 0; list && i < list->len; i++) {
        SimReplayExchange  *exchange = g_ptr_array_index (list, i);
        g_autoptr(GString)  text = g_string_new (NULL);
        g_auto(GStrv)       lines = NULL;

        for (j = 0; j < exchange->answer->len; j++) {
            SimReplayPiece *piece = g_ptr_array_index (exchange->answer, j);

            g_string_append_len (text, g_bytes_get_data (piece->data, NULL), (gssize) g_bytes_get_size (piece->data));
        }
        lines = g_strsplit_set (text->str, "\r\n", -1);
        for (j = 0; lines[j]; j++) {
            if (g_str_has_prefix (lines[j], prefix))
                return g_strdup (g_strstrip (lines[j] + strlen (prefix)));
        }
    }
    return NULL;
}

gboolean
sim_replay_set_scenario (SimReplay    *self,
                         SimScenario  *scenario,
                         GError      **error)
{
    static const struct {
        const gchar *command;
        const gchar *prefix;
        const gchar *key;
    } told[] = {
        { "AT^VERSION?", "^VERSION:EXTS:", "module.exts"     },
        { "AT^VERSION?", "^VERSION:BDT:",  "module.bdt"      },
        { "ATI",         "Revision:",      "module.revision" },
        { "ATI",         "IMEI:",          "module.imei"     },
        { "ATI",         "Model:",         "module.model"    },
        { "AT+CGMR",     "V",              "module.revision" },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (told); i++) {
        g_autofree gchar *rest = find_told (self, told[i].command, told[i].prefix);
        g_autofree gchar *value = rest && g_str_equal (told[i].prefix, "V") ? g_strconcat ("V", rest, NULL)
                                                                            : g_strdup (rest);

        if (value && !sim_scenario_set (scenario, told[i].key, value, error))
            return FALSE;
    }
    if (self->has_ports &&
        (!sim_scenario_set (scenario, "module.layout", self->n_ttys == 4 ? "four:06" : "five:06", error) ||
         !sim_scenario_set (scenario, "module.ethernet", self->has_net ? "false" : "true", error)))
        return FALSE;
    /* The answers are only those of the report */
    return (sim_scenario_set (scenario, "noise.rate", "0", error) &&
            sim_scenario_set (scenario, "noise.in-answers", "0", error));
}

/*****************************************************************************/
/* Replaying */

static const SimReplayExchange *
find_next (SimReplay   *self,
           GHashTable  *table,
           const gchar *key)
{
    GPtrArray         *list = g_hash_table_lookup (table, key);
    g_autofree gchar  *counter = NULL;
    SimReplayExchange *exchange;
    guint              n;

    if (!list)
        return NULL;
    counter = g_strconcat (table == self->by_text ? "text " : "form ", key, NULL);
    n = GPOINTER_TO_UINT (g_hash_table_lookup (self->asked, counter));
    g_hash_table_insert (self->asked, g_strdup (counter), GUINT_TO_POINTER (n + 1));
    /* A command that was never answered is skipped: the port disappeared, it was not silent */
    do
        exchange = g_ptr_array_index (list, MIN (n, list->len - 1));
    while (!exchange->final && n++ < list->len - 1);
    return exchange->final ? exchange : NULL;
}

const gchar *
sim_replay_told (SimReplay   *self,
                 const gchar *text)
{
    const gchar *news = NULL;

    for (; *text; text++) {
        if (*text != '\r' && *text != '\n') {
            g_string_append_c (self->told, *text);
            continue;
        }
        if (g_str_has_prefix (self->told->str, "^FOTASTATE:")) {
            g_free (self->state);
            self->state = g_strdup (g_strstrip (self->told->str + strlen ("^FOTASTATE:")));
            news = self->state;
        }
        g_string_truncate (self->told, 0);
    }
    return news;
}

/* The last answer is older than what was sent since */
static const SimReplayExchange *
answer_state (SimReplay   *self,
              const gchar *command)
{
    GPtrArray         *list = g_hash_table_lookup (self->by_text, command);
    guint              n = GPOINTER_TO_UINT (g_hash_table_lookup (self->asked, "text AT^FOTASTATE?"));
    SimReplayExchange *exchange;
    g_autofree gchar  *answer = NULL;

    if (!self->state || !g_str_equal (command, "AT^FOTASTATE?") || (list && n < list->len))
        return NULL;
    exchange = new_exchange (self, command);
    answer = g_strdup_printf ("\r\n^FOTASTATE: %s\r\n\r\nOK\r\n", self->state);
    add_piece (exchange->answer, 0.2, answer, strlen (answer));
    exchange->final = TRUE;
    return exchange;
}

static gboolean
is_not_fota (gpointer key,
             gpointer value,
             gpointer user_data)
{
    /* "text AT+CFUN?", "form AT+CFUN?" */
    return !sim_replay_is_fota ((const gchar *) key + strlen ("text "));
}

void
sim_replay_restart (SimReplay *self)
{
    g_hash_table_foreach_remove (self->asked, is_not_fota, NULL);
    self->redialled = FALSE;
    self->dial = "";
}

static void
note_unknown (SimReplay   *self,
              const gchar *command)
{
    if (!g_ptr_array_find_with_equal_func (self->unknown, command, g_str_equal, NULL))
        g_ptr_array_add (self->unknown, g_strdup (command));
}

const SimReplayExchange *
sim_replay_find (SimReplay   *self,
                 const gchar *command)
{
    const SimReplayExchange *exchange;
    g_autofree gchar        *key = make_key (command, self->dial);
    g_autofree gchar        *form = NULL;

    self->dial = note_dial (command, self->dial);
    /* The flash, and the module after it */
    if (is_command (command, "AT^FWUP")) {
        self->flashed = TRUE;
        return NULL;
    }
    if (self->flashed && (is_version (command) || sim_replay_is_fota (command)))
        return NULL;
    /* A dial ends in data state, and text needs a prompt: neither can be replayed */
    if (g_ascii_strncasecmp (command, "ATD", 3) == 0 || is_command (command, "AT+CMGS") || is_command (command, "AT+CMGW"))
        return NULL;
    if (self->redialled && is_session (command))
        return NULL;
    /* All of it or nothing: the states depend on one another */
    if (sim_replay_is_fota (command) && !self->has_fota)
        return NULL;
    exchange = answer_state (self, command);
    if (!exchange)
        exchange = find_next (self, self->by_text, key);
    if (!exchange) {
        form = make_form (key);
        exchange = find_next (self, self->by_form, form);
    }
    if (exchange)
        self->n_known++;
    else
        note_unknown (self, command);
    if (!exchange && is_command (command, "AT^NDISDUP"))
        self->redialled = TRUE;
    return exchange;
}

gboolean
sim_replay_owns_line (SimReplay   *self,
                      const gchar *line)
{
    g_autofree gchar *kind = g_strndup (line, strcspn (line, ":"));

    if (g_str_equal (kind, "^FOTASTATE"))
        return self->has_fota && !self->flashed;
    if (self->redialled && (g_str_equal (kind, "^NDISSTAT") || g_str_equal (kind, "+CGEV")))
        return FALSE;
    return g_hash_table_contains (self->lines, kind);
}

guint
sim_replay_get_n_known (SimReplay *self)
{
    return self->n_known;
}

GPtrArray *
sim_replay_get_unknown (SimReplay *self)
{
    return self->unknown;
}

/*****************************************************************************/
/* Life cycle */

SimReplay *
sim_replay_new (const gchar  *path,
                GError      **error)
{
    g_autoptr(SimReplay)  self = g_new0 (SimReplay, 1);
    g_autofree gchar     *text = NULL;
    g_auto(GStrv)         lines = NULL;

    self->exchanges = g_ptr_array_new_with_free_func ((GDestroyNotify) exchange_free);
    self->by_text = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_ptr_array_unref);
    self->by_form = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_ptr_array_unref);
    self->asked = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    self->lines = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    self->told = g_string_new (NULL);
    self->recorded_dial = self->dial = "";
    self->unknown = g_ptr_array_new_with_free_func (g_free);
    if (!g_file_get_contents (path, &text, NULL, error))
        return NULL;
    lines = g_strsplit (text, "\n", -1);
    if (!lines[0] || !g_str_equal (g_strchomp (lines[0]), "mmfota report 1")) {
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s is no report of mmfota, version 1", path);
        return NULL;
    }
    return read_lines (self, path, lines, error) ? g_steal_pointer (&self) : NULL;
}

void
sim_replay_free (SimReplay *self)
{
    g_ptr_array_unref (self->exchanges);
    g_hash_table_unref (self->by_text);
    g_hash_table_unref (self->by_form);
    g_hash_table_unref (self->asked);
    g_hash_table_unref (self->lines);
    g_ptr_array_unref (self->unknown);
    g_string_free (self->told, TRUE);
    g_free (self->state);
    g_free (self);
}

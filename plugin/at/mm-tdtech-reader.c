/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <string.h>

#include "mm-tdtech-reader.h"
#include "mm-tdtech-response.h"

/* Lines kept for an answer, and lines that wait for its end */
#define LINES_MAX 64

/* NO CARRIER belongs to the end of a call, not to a command, until so many answers after it */
#define ANSWERS_AFTER_CALL 2

struct _MMTdtechReader {
    /* Read after a final result: an incomplete line, or an unknown one */
    GString  *tail;
    /* Whether what comes next begins a line: <CR><LF> went before it */
    gboolean  at_line_start;
    /* Lines of the answer under way that could have come by themselves */
    GQueue    answers;
    /* Lines after the final result, and how many of them come before another final result */
    GQueue    later;
    guint     n_stale;
    /* NO CARRIER may be an answer: to ATD, ATA */
    gboolean  dialling;
    /* After a call's end: number of answers until NO CARRIER counts as an answer again */
    guint     call_ended;
};

/* A run through the text */
typedef struct {
    MMTdtechReader     *self;
    GString            *text;
    gsize               position;
    gboolean            framed;    /* <CR><LF> that ends no line stands before the position, */
    gsize               frame;     /* from here on */
    gboolean            behind;    /* the text follows a final result */
    MMTdtechReaderFunc  func;
    gpointer            user_data;
} Run;

/*****************************************************************************/
/* Lines */

static void
push_line (GQueue      *queue,
           const gchar *line)
{
    g_queue_push_tail (queue, g_strdup (line));
    if (queue->length > LINES_MAX)
        g_free (g_queue_pop_head (queue));
}

static void
hand_over (MMTdtechReader     *self,
           const MMTdtechLine *known,
           const gchar        *line,
           MMTdtechReaderFunc  func,
           gpointer            user_data)
{
    if (known->answer)
        push_line (&self->answers, line);
    func (known, line, user_data);
}

static gsize
line_length (const Run *run)
{
    const gchar *start = run->text->str + run->position;
    const gchar *end;

    end = memmem (start, run->text->len - run->position, "\r\n", 2);
    return end ? (gsize) (end - start) : G_MAXSIZE;
}

static gchar *
dup_line (const Run *run,
          gsize      length)
{
    gchar *line = g_malloc (length + 1);
    gsize  i;

    /* A NUL would end it for every parser to come */
    for (i = 0; i < length; i++)
        line[i] = run->text->str[run->position + i] ? run->text->str[run->position + i] : ' ';
    line[length] = '\0';
    return line;
}

/* Takes the line at the position away, with the <CR><LF> on both sides */
static void
erase_line (Run   *run,
            gsize  length)
{
    gsize start = run->framed ? run->frame : run->position;

    g_string_erase (run->text, (gssize) start, (gssize) (run->position - start + length + 2));
    run->position = start;
    run->framed = FALSE;
    if (start == 0)
        run->self->at_line_start = TRUE;
}

/* What an echo leaves, "ATI<CR>", even with unsolicited lines inside; or the rest of a lost line */
static gboolean
is_debris (const Run   *run,
           const gchar *line,
           gsize        length)
{
    if (line[length - 1] == '\r')
        return TRUE;
    if (run->framed)
        return FALSE;
    return !g_ascii_isgraph (line[0]) || (run->position == 0 && !run->self->at_line_start);
}

/* Whether a value may end so, in front of an OK. A word in capitals may end in OK itself; among the
 * values of ^VERSION, whose last one is RELEASE, none does. */
static gboolean
ends_value (const gchar *line,
            gchar        last)
{
    if (g_str_has_prefix (line, "^VERSION:"))
        return g_ascii_isalnum (last) || last == ')';
    return g_ascii_isdigit (last) || g_ascii_islower (last) || last == '"' || last == ')';
}

/* "^SIMSQ: 1,11OK": some units omit the line end (peers' reports) */
static gboolean
is_glued (const gchar *line,
          gsize        length)
{
    return length > 4 &&
           (line[0] == '^' || line[0] == '+') &&
           memchr (line, ':', length) &&
           strcmp (line + length - 2, "OK") == 0 &&
           ends_value (line, line[length - 3]);
}

/* FALSE: it was taken away */
static gboolean
read_line (Run         *run,
           const gchar *line,
           gsize        length)
{
    const MMTdtechLine *known;

    if (is_debris (run, line, length)) {
        /* Its <CR><LF> is the next line's first */
        g_string_erase (run->text, (gssize) run->position, (gssize) length);
        return FALSE;
    }

    if ((run->self->call_ended > 0 || !run->self->dialling) && mm_tdtech_response_is_of_call (line)) {
        run->self->call_ended = 0;
        erase_line (run, length);
        return FALSE;
    }

    known = mm_tdtech_line_find (line);
    if (!known || known->owner == MM_TDTECH_LINE_OWNER_MODEM_MANAGER)
        return TRUE;

    if (known->call_end)
        run->self->call_ended = ANSWERS_AFTER_CALL;
    erase_line (run, length);
    if (run->behind)
        push_line (&run->self->later, line);
    else
        hand_over (run->self, known, line, run->func, run->user_data);
    return FALSE;
}

/* ModemManager's parser knows a final result by the <CR><LF> before it. If the line that
 * went before was taken away, that one was shared. */
static void
frame_final (Run   *run,
             gsize  length)
{
    if (run->position != length + 2)
        return;
    g_string_prepend (run->text, "\r\n");
    run->position += 2;
}

/* TRUE: the position is behind a final result */
static gboolean
read_lines (Run *run)
{
    gsize length;

    while ((length = line_length (run)) != G_MAXSIZE) {
        g_autofree gchar *line = NULL;

        if (length == 0) {
            run->frame = run->framed ? run->frame : run->position;
            run->framed = TRUE;
            run->position += 2;
            continue;
        }

        line = dup_line (run, length);
        if (is_glued (line, length))
            g_string_insert (run->text, (gssize) (run->position + length - 2), "\r\n");
        else if (read_line (run, line, length)) {
            run->position += length + 2;
            run->framed = FALSE;
            if (mm_tdtech_response_is_final (line)) {
                frame_final (run, length);
                run->self->call_ended -= MIN (run->self->call_ended, 1);
                return TRUE;
            }
        }
    }
    return FALSE;
}

/* No <CR><LF> follows a prompt, for example the one for the text of an SMS (3GPP TS 27.005) */
static gboolean
is_prompt (const Run *run)
{
    const gchar *p = run->text->str + run->position;

    return (run->framed &&
            *p == '>' &&
            strspn (p + 1, " \r\n\t") == run->text->len - run->position - 1);
}

/* No command is waiting for an answer */
static void
read_behind (MMTdtechReader *self,
             GString        *text)
{
    Run run = { .self = self, .text = text, .behind = TRUE };

    self->at_line_start = TRUE;
    while (read_lines (&run)) {
        g_string_erase (text, 0, (gssize) run.position);
        run.position = 0;
        self->n_stale = self->later.length;
    }
    g_string_append_len (self->tail, text->str, (gssize) text->len);
}

/*****************************************************************************/

gboolean
mm_tdtech_reader_take_tail (MMTdtechReader *self,
                            GString        *text)
{
    if (self->tail->len == 0)
        return FALSE;
    g_string_prepend_len (text, self->tail->str, (gssize) self->tail->len);
    g_string_truncate (self->tail, 0);
    return TRUE;
}

gboolean
mm_tdtech_reader_read (MMTdtechReader     *self,
                       GString            *text,
                       MMTdtechReaderFunc  func,
                       gpointer            user_data)
{
    Run                run = { .self = self, .text = text, .func = func, .user_data = user_data };
    g_autoptr(GString) behind = NULL;

    mm_tdtech_reader_flush_later (self, func, user_data);
    mm_tdtech_reader_take_tail (self, text);

    if (!read_lines (&run)) {
        if (is_prompt (&run))
            return TRUE;
        /* What is left begins in the middle of a line */
        if (mm_tdtech_response_bound (text))
            self->at_line_start = FALSE;
        return FALSE;
    }
    behind = g_string_new_len (text->str + run.position, (gssize) (text->len - run.position));
    g_string_truncate (text, run.position);
    read_behind (self, behind);
    return TRUE;
}

void
mm_tdtech_reader_set_dialling (MMTdtechReader *self,
                               gboolean        dialling)
{
    self->dialling = dialling;
}

gboolean
mm_tdtech_reader_has_later (MMTdtechReader *self)
{
    return !g_queue_is_empty (&self->later);
}

void
mm_tdtech_reader_flush_later (MMTdtechReader     *self,
                              MMTdtechReaderFunc  func,
                              gpointer            user_data)
{
    gchar *line;

    while ((line = g_queue_pop_head (&self->later))) {
        const MMTdtechLine *known = mm_tdtech_line_find (line);

        if (self->n_stale > 0) {
            self->n_stale--;
            func (known, line, user_data);
        } else
            hand_over (self, known, line, func, user_data);
        g_free (line);
    }
}

void
mm_tdtech_reader_complete (MMTdtechReader *self,
                           GString        *answer)
{
    gboolean  empty = answer->len == 0;
    gchar    *line;

    while ((line = g_queue_pop_head (&self->answers))) {
        if (empty)
            g_string_append_printf (answer, "%s%s", answer->len ? "\r\n\r\n" : "", line);
        g_free (line);
    }
}

void
mm_tdtech_reader_forget (MMTdtechReader *self)
{
    g_queue_clear_full (&self->answers, g_free);
}

MMTdtechReader *
mm_tdtech_reader_new (void)
{
    MMTdtechReader *self = g_slice_new0 (MMTdtechReader);

    self->tail = g_string_new (NULL);
    g_queue_init (&self->answers);
    g_queue_init (&self->later);
    return self;
}

void
mm_tdtech_reader_free (MMTdtechReader *self)
{
    g_string_free (self->tail, TRUE);
    mm_tdtech_reader_forget (self);
    g_queue_clear_full (&self->later, g_free);
    g_slice_free (MMTdtechReader, self);
}

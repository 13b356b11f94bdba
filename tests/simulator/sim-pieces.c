/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <string.h>

#include "sim-pieces.h"

/* Longer messages are data */
#define MAX_MESSAGE     4096
/* For "mixed": the suites must not take too long */
#define MAX_CUTS        3
#define MAX_MIXED_GAPS  3
#define MAX_PIECE       24
#define USB_PACKET      64

/* Microseconds of real time before a piece, or one of these */
#define JOINED          -1
#define APART           0

typedef struct {
    gsize  end;
    gint64 gap;
} Piece;

/* Nothing may come in between */
typedef struct {
    GString       *text;
    GArray        *pieces;
    guint          next;
    /* A line of an answer: an unsolicited line may precede it */
    gboolean       answer;
    SimPiecesDone  done;
} Unit;

struct _SimPieces {
    SimClock        *clock;
    SimLog          *log;
    SimScenario     *scenario;
    guint            module;
    SimPiecesOutput  output;
    gpointer         user_data;
    /* Hash of a key to the number of its messages */
    GHashTable      *occurrences;
    GQueue           units;
    guint            holds;
    gboolean         pumping;
    guint            timer;
    gdouble          due;
    gboolean         waited;
};

static void pump (SimPieces *self);

/*****************************************************************************/
/* Units */

static Unit *
unit_new (const gchar *text,
          gsize        length,
          gboolean     answer)
{
    Unit *unit;

    unit = g_new0 (Unit, 1);
    unit->text = g_string_new_len (text, (gssize) length);
    unit->pieces = g_array_new (FALSE, FALSE, sizeof (Piece));
    unit->answer = answer;
    return unit;
}

static void
unit_free (Unit *unit)
{
    g_string_free (unit->text, TRUE);
    g_array_unref (unit->pieces);
    g_free (unit);
}

static gsize
unit_get_written (Unit *unit)
{
    return unit->next ? g_array_index (unit->pieces, Piece, unit->next - 1).end : 0;
}

/* "\r\n^FOTASTATE: 10\r\n" and "\r\n^FOTASTATE: 11\r\n" */
static gboolean
unit_is_like (Unit        *unit,
              const gchar *line)
{
    gsize skip = strspn (line, "\r\n");
    gsize length = strcspn (line + skip, ":\r\n");

    return (strncmp (unit->text->str + strspn (unit->text->str, "\r\n"), line + skip, length) == 0);
}

/*****************************************************************************/
/* Where to cut */

static GRand *
make_rand (SimPieces   *self,
           const gchar *key)
{
    guint   hash = g_str_hash (key);
    guint   n = GPOINTER_TO_UINT (g_hash_table_lookup (self->occurrences, GUINT_TO_POINTER (hash))) + 1;
    guint32 seed[] = { (guint32) self->scenario->port_seed, self->module, hash, n };

    g_hash_table_insert (self->occurrences, GUINT_TO_POINTER (hash), GUINT_TO_POINTER (n));
    return g_rand_new_with_seed_array (seed, G_N_ELEMENTS (seed));
}

static gint64
random_gap (SimPieces *self,
            GRand     *rand,
            gdouble    apart,
            gdouble    brief)
{
    gdouble choice = g_rand_double (rand);
    gdouble module_ms = g_rand_double (rand) * self->scenario->port_gap;
    gdouble real_ms = g_rand_double_range (rand, 0.6, 1.4) * self->scenario->port_pause;
    gdouble us = module_ms * 1000 / sim_clock_get_speed (self->clock);

    if (choice < apart)
        return APART;
    if (choice < apart + brief)
        return MAX ((gint64) us, 1);
    /* Whatever the speed, a host that is not busy reads what is there, becomes idle, and reads
     * again */
    return (gint64) MAX (us, real_ms * 1000);
}

static gsize
random_place (const GString *text,
              GRand         *rand)
{
    gsize        length = text->len;
    gsize        start = (gsize) g_rand_int_range (rand, 0, (gint) length);
    gint         kind = g_rand_int_range (rand, 0, 5);
    const gchar *s = text->str;
    gsize        i;

    if (kind == 0 && length > USB_PACKET)
        return MAX (start - start % USB_PACKET, USB_PACKET);
    for (i = 0; i < length; i++) {
        gsize at = 1 + (start + i) % (length - 1);

        if ((kind == 1 && s[at - 1] == '\r' && s[at] == '\n') ||
            (kind == 2 && g_ascii_isdigit (s[at - 1]) && g_ascii_isdigit (s[at])) ||
            (kind == 3 && s[at - 1] == '\n') ||
            kind == 4)
            return at;
    }
    return 1 + start % (length - 1);
}

/* Whether to cut before each byte; the result is in @cuts */
static void
cut_bytes (const GString *text,
           GRand         *rand,
           gint64        *cuts)
{
    gsize at = 0;

    while ((at += (gsize) g_rand_int_range (rand, 1, MAX_PIECE + 1)) < text->len)
        cuts[at] = APART;
}

static void
cut_lines (GQueue   *units,
           gboolean  last_only,
           gint64   *cuts)
{
    GList *l;
    gsize  at = 0;

    for (l = units->head; l && l->next; l = l->next) {
        at += ((Unit *) l->data)->text->len;
        if (!last_only || !l->next->next)
            cuts[at] = APART;
    }
}

static void
cut_some (const GString *text,
          GRand         *rand,
          gint64        *cuts)
{
    gint n = g_rand_int_range (rand, 1, MAX_CUTS + 1);

    while (n--)
        cuts[random_place (text, rand)] = APART;
}

static void
fill_gaps (SimPieces *self,
           GRand     *rand,
           gsize      length,
           gint64    *cuts)
{
    gboolean mixed = g_str_equal (self->scenario->pieces, "mixed");
    gboolean bytes = g_str_equal (self->scenario->pieces, "bytes");
    guint    gaps = 0;
    gsize    i;

    for (i = 1; i < length; i++) {
        if (cuts[i] == JOINED || (mixed && gaps == MAX_MIXED_GAPS))
            continue;
        cuts[i] = random_gap (self, rand, bytes ? 0.7 : 0.55, bytes ? 0.25 : 0.3);
        gaps += (cuts[i] > 0);
    }
}

/* The gap before each byte of the message */
static gint64 *
cut (SimPieces     *self,
     const GString *text,
     GQueue        *units,
     GRand         *rand)
{
    gint64  *cuts = g_new (gint64, text->len + 1);
    gdouble  choice = g_rand_double (rand);
    gsize    i;

    for (i = 0; i <= text->len; i++)
        cuts[i] = JOINED;
    /* Not before the previous message of the queue, if that still waits */
    if (!sim_pieces_is_whole (self))
        cuts[0] = g_rand_boolean (rand) ? JOINED : random_gap (self, rand, 0.5, 0.4);
    else
        cuts[0] = APART;
    if (sim_pieces_is_whole (self) || text->len < 2 || text->len > MAX_MESSAGE)
        return cuts;

    if (g_str_equal (self->scenario->pieces, "bytes"))
        cut_bytes (text, rand, cuts);
    else if (g_str_equal (self->scenario->pieces, "lines"))
        cut_lines (units, FALSE, cuts);
    else if (choice < 0.15)
        cut_lines (units, FALSE, cuts);
    else if (choice < 0.3)
        cut_lines (units, TRUE, cuts);
    else if (choice < 0.5)
        cut_some (text, rand, cuts);
    else if (choice < 0.6)
        cut_bytes (text, rand, cuts);
    fill_gaps (self, rand, text->len, cuts);
    return cuts;
}

static void
cut_units (SimPieces     *self,
           const gchar   *key,
           const GString *text,
           GQueue        *units)
{
    g_autoptr(GRand)   rand = make_rand (self, key);
    g_autofree gint64 *cuts = cut (self, text, units, rand);
    GList             *l;
    gsize              at = 0;

    for (l = units->head; l; l = l->next) {
        Unit  *unit = l->data;
        Piece  piece = { 0, cuts[at] };
        gsize  i;

        for (i = 1; i <= unit->text->len; i++) {
            if (i < unit->text->len && cuts[at + i] == JOINED)
                continue;
            piece.end = i;
            g_array_append_val (unit->pieces, piece);
            piece.gap = cuts[at + i];
        }
        at += unit->text->len;
    }
}

/*****************************************************************************/
/* Output */

static void
timer_due (gpointer user_data)
{
    SimPieces *self = user_data;

    self->timer = 0;
    self->waited = TRUE;
    pump (self);
}

/* One write: a piece, and those joined to it. Moves finished messages to @over. */
static GByteArray *
gather (SimPieces *self,
        GQueue    *over)
{
    GByteArray *bytes = g_byte_array_new ();
    Unit       *unit;

    while ((unit = g_queue_peek_head (&self->units))) {
        Piece *piece = &g_array_index (unit->pieces, Piece, unit->next);
        gsize  begin = unit_get_written (unit);

        if (bytes->len && piece->gap != JOINED)
            break;
        g_byte_array_append (bytes, (const guint8 *) unit->text->str + begin, (guint) (piece->end - begin));
        if (++unit->next == unit->pieces->len)
            g_queue_push_tail (over, g_queue_pop_head (&self->units));
    }
    return bytes;
}

static void
write_next (SimPieces *self)
{
    g_autoptr(GByteArray) bytes = NULL;
    GQueue                over = G_QUEUE_INIT;
    Unit                 *unit;

    bytes = gather (self, &over);
    if (!sim_pieces_is_whole (self))
        sim_log_piece (self->log, self->module, bytes->data, bytes->len);
    self->output (bytes->data, bytes->len, self->user_data);
    while ((unit = g_queue_pop_head (&over))) {
        SimPiecesDone done = unit->done;

        unit_free (unit);
        /* The callee may send more, or drop everything */
        if (done)
            done (self->user_data);
    }
}

static void
pump (SimPieces *self)
{
    Unit *unit;

    if (self->timer || self->holds || self->pumping)
        return;
    self->pumping = TRUE;
    while ((unit = g_queue_peek_head (&self->units))) {
        gint64 gap = g_array_index (unit->pieces, Piece, unit->next).gap;

        if (gap > 0 && !self->waited) {
            gdouble now = sim_clock_now (self->clock);
            gdouble seconds = (gdouble) gap / G_USEC_PER_SEC * sim_clock_get_speed (self->clock);

            self->due = now + seconds;
            self->timer = sim_clock_add (self->clock, seconds, timer_due, self);
            break;
        }
        self->waited = FALSE;
        write_next (self);
    }
    self->pumping = FALSE;
}

/* Nothing was sent for a while: no gap before the first piece */
static void
append (SimPieces *self,
        Unit      *unit)
{
    if (g_queue_is_empty (&self->units))
        g_array_index (unit->pieces, Piece, 0).gap = APART;
    g_queue_push_tail (&self->units, unit);
}

/*****************************************************************************/
/* Input */

void
sim_pieces_send (SimPieces    *self,
                 const gchar  *key,
                 const guint8 *data,
                 gsize         length)
{
    Unit   *unit;
    GQueue  units = G_QUEUE_INIT;

    if (!length)
        return;
    unit = unit_new ((const gchar *) data, length, FALSE);
    g_queue_push_tail (&units, unit);
    cut_units (self, key, unit->text, &units);
    g_queue_clear (&units);
    append (self, unit);
    pump (self);
}

void
sim_pieces_answer (SimPieces     *self,
                   const gchar   *key,
                   const gchar   *answer,
                   SimPiecesDone  done)
{
    g_autoptr(GString)  text = g_string_new (answer);
    GQueue              units = G_QUEUE_INIT;
    const gchar        *p = answer;
    Unit               *unit;

    while (*p) {
        const gchar *end = strstr (p + strspn (p, "\r\n"), "\r\n");

        end = end ? end + 2 : p + strlen (p);
        g_queue_push_tail (&units, unit_new (p, (gsize) (end - p), TRUE));
        p = end;
    }
    if (g_queue_is_empty (&units))
        return;
    cut_units (self, key, text, &units);
    ((Unit *) g_queue_peek_tail (&units))->done = done;
    sim_pieces_hold (self);
    while ((unit = g_queue_pop_head (&units)))
        append (self, unit);
    sim_pieces_release (self);
}

/* Before a line of an answer that has not started, but after earlier unsolicited lines, and after a
 * line of the answer with older news of the same kind */
static gint
find_place (SimPieces   *self,
            const gchar *line,
            GRand       *rand)
{
    gint   length = (gint) self->units.length;
    gint   first = 0;
    gint   i;
    GList *l;

    for (l = self->units.head, i = 0; l; l = l->next, i++) {
        Unit *unit = l->data;

        if (!unit->answer || unit->next > 0 || unit_is_like (unit, line))
            first = i + 1;
    }
    return first < length ? g_rand_int_range (rand, first, length + 1) : length;
}

void
sim_pieces_line (SimPieces   *self,
                 const gchar *line)
{
    g_autofree gchar *key = g_strndup (line, 2 + strcspn (line + 2, ":\r\n"));
    g_autofree gchar *place_key = g_strconcat ("place ", key, NULL);
    GQueue            units = G_QUEUE_INIT;
    Unit             *unit;

    unit = unit_new (line, strlen (line), FALSE);
    g_queue_push_tail (&units, unit);
    cut_units (self, key, unit->text, &units);
    g_queue_clear (&units);
    if (sim_pieces_is_whole (self) || g_queue_is_empty (&self->units))
        append (self, unit);
    else {
        g_autoptr(GRand) rand = make_rand (self, place_key);

        g_queue_push_nth (&self->units, unit, find_place (self, line, rand));
        if (g_queue_peek_head (&self->units) == unit && !self->timer)
            g_array_index (unit->pieces, Piece, 0).gap = APART;
    }
    pump (self);
}

void
sim_pieces_line_joined (SimPieces   *self,
                        const gchar *line)
{
    Unit  *unit = unit_new (line, strlen (line), FALSE);
    Piece  piece = { unit->text->len, JOINED };

    g_array_append_val (unit->pieces, piece);
    append (self, unit);
    pump (self);
}

void
sim_pieces_hold (SimPieces *self)
{
    self->holds++;
}

void
sim_pieces_release (SimPieces *self)
{
    self->holds--;
    pump (self);
}

/*****************************************************************************/
/* Pending messages */

gboolean
sim_pieces_is_whole (SimPieces *self)
{
    return g_str_equal (self->scenario->pieces, "whole");
}

void
sim_pieces_catch_up (SimPieces *self)
{
    gdouble now = sim_clock_now (self->clock);

    /* A late piece does not delay the rest */
    while (self->timer && self->due <= now) {
        gdouble late = now - self->due;

        sim_clock_clear (self->clock, &self->timer);
        timer_due (self);
        self->due -= late;
    }
}

void
sim_pieces_flush (SimPieces *self)
{
    while (self->timer) {
        sim_clock_clear (self->clock, &self->timer);
        timer_due (self);
    }
}

GBytes *
sim_pieces_take (SimPieces *self)
{
    GByteArray *bytes = g_byte_array_new ();
    GQueue      units = self->units;
    Unit       *unit;

    sim_clock_clear (self->clock, &self->timer);
    self->waited = FALSE;
    g_queue_init (&self->units);
    while ((unit = g_queue_pop_head (&units))) {
        SimPiecesDone done = unit->done;
        gsize         begin = unit_get_written (unit);

        g_byte_array_append (bytes, (const guint8 *) unit->text->str + begin, (guint) (unit->text->len - begin));
        unit_free (unit);
        if (done)
            done (self->user_data);
    }
    return g_byte_array_free_to_bytes (bytes);
}

void
sim_pieces_drop (SimPieces *self)
{
    sim_clock_clear (self->clock, &self->timer);
    self->waited = FALSE;
    g_queue_clear_full (&self->units, (GDestroyNotify) unit_free);
}

/*****************************************************************************/
/* Life cycle */

SimPieces *
sim_pieces_new (SimClock        *clock,
                SimLog          *log,
                SimScenario     *scenario,
                guint            module,
                SimPiecesOutput  output,
                gpointer         user_data)
{
    SimPieces *self;

    self = g_new0 (SimPieces, 1);
    self->clock = clock;
    self->log = log;
    self->scenario = scenario;
    self->module = module;
    self->output = output;
    self->user_data = user_data;
    self->occurrences = g_hash_table_new (NULL, NULL);
    g_queue_init (&self->units);
    return self;
}

void
sim_pieces_free (SimPieces *self)
{
    sim_pieces_drop (self);
    g_hash_table_unref (self->occurrences);
    g_free (self);
}

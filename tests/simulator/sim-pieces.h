/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef SIM_PIECES_H
#define SIM_PIECES_H

#include <glib.h>

#include "sim-clock.h"
#include "sim-log.h"
#include "sim-scenario.h"

/* What an AT port says, on its way to the host: cut into pieces with gaps between
 * them as on a USB port, where a transfer ends wherever the module's buffer or the
 * bus ends it. The order of the bytes stays, and an unsolicited line is never in the
 * middle of another line; but it can come between two lines of an answer.
 *
 * How a message is cut follows from the seed, the message's key, and the how manieth of
 * this key it is: whatever else happens meanwhile, the third answer to AT^FOTASTATE? is
 * cut the same way in the next run. */
typedef struct _SimPieces SimPieces;

typedef void (*SimPiecesOutput) (const guint8 *data,
                                 gsize         length,
                                 gpointer      user_data);
typedef void (*SimPiecesDone)   (gpointer      user_data);

SimPieces *sim_pieces_new      (SimClock        *clock,
                                SimLog          *log,
                                SimScenario     *scenario,
                                guint            module,
                                SimPiecesOutput  output,
                                gpointer         user_data);
void       sim_pieces_free     (SimPieces       *self);

/* Bytes that nothing comes between */
void       sim_pieces_send     (SimPieces       *self,
                                const gchar     *key,
                                const guint8    *data,
                                gsize            length);
/* Lines that others can come between; @done once the last byte is out */
void       sim_pieces_answer   (SimPieces       *self,
                                const gchar     *key,
                                const gchar     *answer,
                                SimPiecesDone    done);
/* An unsolicited line, with its line breaks */
void       sim_pieces_line     (SimPieces       *self,
                                const gchar     *line);
/* One that goes out in the same write as what came before it, if that still waits */
void       sim_pieces_line_joined (SimPieces    *self,
                                   const gchar  *line);
/* Nothing goes out until it is released */
void       sim_pieces_hold     (SimPieces       *self);
void       sim_pieces_release  (SimPieces       *self);

gboolean   sim_pieces_is_whole (SimPieces       *self);
/* All that is overdue, or all, without gaps */
void       sim_pieces_catch_up (SimPieces       *self);
void       sim_pieces_flush    (SimPieces       *self);
/* What did not get out yet; its answers count as given */
GBytes    *sim_pieces_take     (SimPieces       *self);
/* Forgets it, and who waits for it */
void       sim_pieces_drop     (SimPieces       *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimPieces, sim_pieces_free)

#endif /* SIM_PIECES_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef SIM_PIECES_H
#define SIM_PIECES_H

#include <glib.h>

#include "sim-clock.h"
#include "sim-log.h"
#include "sim-scenario.h"

/* The output of an AT port, cut into pieces with gaps between them, as on USB, where a transfer
 * ends wherever the module's buffer or the bus ends it. The order of the bytes does not change, and
 * an unsolicited line is never within another line; but it can come between two lines of an
 * answer.\nHow a message is cut depends on the seed, the message's key, and the count of messages
 * with this key: whatever else happens meanwhile, the third answer to AT^FOTASTATE? is cut the same
 * way in the next run. */
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

/* Bytes that nothing may come in between of */
void       sim_pieces_send     (SimPieces       *self,
                                const gchar     *key,
                                const guint8    *data,
                                gsize            length);
/* Lines that others may come between; calls @done after the last byte */
void       sim_pieces_answer   (SimPieces       *self,
                                const gchar     *key,
                                const gchar     *answer,
                                SimPiecesDone    done);
/* An unsolicited line, with its line breaks */
void       sim_pieces_line     (SimPieces       *self,
                                const gchar     *line);
/* One in the same write as the message before it, if that still waits */
void       sim_pieces_line_joined (SimPieces    *self,
                                   const gchar  *line);
/* Stops the output until it is released */
void       sim_pieces_hold     (SimPieces       *self);
void       sim_pieces_release  (SimPieces       *self);

gboolean   sim_pieces_is_whole (SimPieces       *self);
/* Sends everything that is overdue, or everything, without gaps */
void       sim_pieces_catch_up (SimPieces       *self);
void       sim_pieces_flush    (SimPieces       *self);
/* Drops the pending output; its answers count as sent */
GBytes    *sim_pieces_take     (SimPieces       *self);
/* Forgets the output and its callbacks */
void       sim_pieces_drop     (SimPieces       *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimPieces, sim_pieces_free)

#endif /* SIM_PIECES_H */

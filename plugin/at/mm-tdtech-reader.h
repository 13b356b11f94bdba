/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * Reads what the AT port delivers, line by line. A USB transfer ends anywhere: in a
 * line, between a line and its OK, between <CR> and <LF>. However the stream is cut,
 * the same lines and the same answers come out, in the same order (invariant I11 in
 * docs/architecture.md):
 *
 *  - an unsolicited line is handed over when it is complete, once;
 *  - an answer ends at its final result. Lines that follow it in the same read are handed
 *    over after it, and a line that is cut there waits for its rest.
 *
 * Pure: the caller has the port.
 */

#ifndef MM_TDTECH_READER_H
#define MM_TDTECH_READER_H

#include <glib.h>

#include "mm-tdtech-lines.h"

typedef struct _MMTdtechReader MMTdtechReader;

/* @line is whole, without <CR><LF> */
typedef void (* MMTdtechReaderFunc) (const MMTdtechLine *known,
                                     const gchar        *line,
                                     gpointer            user_data);

MMTdtechReader *mm_tdtech_reader_new  (void);
void            mm_tdtech_reader_free (MMTdtechReader     *self);

/* Puts the start of a line that came behind the last answer before @text. TRUE: there was
 * one, and ModemManager's handlers have to see the whole. */
gboolean mm_tdtech_reader_take_tail   (MMTdtechReader     *self,
                                       GString            *text);

/* @text: what was left the last time, and what has been read since. TRUE: it is now a
 * whole answer, up to the <CR><LF> of its final result. FALSE: what is left of it must be
 * given again, more of it read. Lines of the table that have an owner here go to @func
 * and out of @text. ModemManager's own stay: its handlers have seen what they take. */
gboolean mm_tdtech_reader_read        (MMTdtechReader     *self,
                                       GString            *text,
                                       MMTdtechReaderFunc  func,
                                       gpointer            user_data);

/* Whether the command under way may be one that is answered by NO CARRIER and its kin, as
 * ATD. If not, as in the beginning, they tell of the end of a call, and are nobody's answer. */
void            mm_tdtech_reader_set_dialling (MMTdtechReader *self,
                                               gboolean        dialling);

/* Lines that came after the final result: to be handed over once the answer has been
 * dealt with. mm_tdtech_reader_read () does so, too. */
gboolean mm_tdtech_reader_has_later   (MMTdtechReader     *self);
void     mm_tdtech_reader_flush_later (MMTdtechReader     *self,
                                       MMTdtechReaderFunc  func,
                                       gpointer            user_data);

/* If an answer has no other lines, puts back those that were taken out: the answer to "AT^HCSQ?"
 * looks like a line that came by itself. To be called once, after mm_tdtech_reader_read () was
 * TRUE. */
void     mm_tdtech_reader_complete    (MMTdtechReader     *self,
                                       GString            *answer);
/* Instead of that: the answer is to stay empty */
void     mm_tdtech_reader_forget      (MMTdtechReader     *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MMTdtechReader, mm_tdtech_reader_free)

#endif /* MM_TDTECH_READER_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * What stands between the AT port and ModemManager's own response parser: final
 * results that only this module has, and lines that crept into an answer. Pure.
 */

#ifndef MM_TDTECH_RESPONSE_H
#define MM_TDTECH_RESPONSE_H

#include <glib.h>

/* What is kept of an answer that does not end, in bytes */
#define MM_TDTECH_RESPONSE_MAX 65536

/* Whether @response ends within a line that starts as "ERROR", so that the final
 * result cannot be told yet */
gboolean  mm_tdtech_response_is_cut     (const GString *response);
/* The error of the final results "ERROR: DUPLICATED" and the like and "COMMAND NOT
 * SUPPORT"; the message names the result. NULL if there is none. */
GError   *mm_tdtech_response_find_error (const GString *response);
/* Takes unsolicited lines out of an answer that has other lines too, and blanks
 * after commas out of standard answers, which ModemManager's parsers do not expect.
 * @registration: the answer is to a registration query, or the lines of it. */
void      mm_tdtech_response_clean      (GString       *response,
                                         gboolean       registration);
/* Forgets the older half of what has no end */
void      mm_tdtech_response_bound      (GString       *response);

/* Regular expressions for a line "<name>: …" on the port (match 1: the line). @name is
 * an expression itself. */
/* Of one that was not asked for, and is to be taken away */
gchar    *mm_tdtech_build_unsolicited_pattern (const gchar *name);
/* Of one that the final result follows, which makes it the answer to a command. Matches
 * nothing, so that it stays; it is seen once, as the port takes an answer away whole. */
gchar    *mm_tdtech_build_answer_pattern      (const gchar *name);

gboolean  mm_tdtech_error_is_duplicated (const GError  *error);
gboolean  mm_tdtech_error_is_invalid    (const GError  *error);

#endif /* MM_TDTECH_RESPONSE_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * What stands between the AT port and ModemManager's own response parser: final
 * results that only this module has, and lines that crept into an answer. Pure.
 */

#ifndef MM_TDTECH_RESPONSE_H
#define MM_TDTECH_RESPONSE_H

#include <glib.h>

/* Bytes kept of an answer that does not end */
#define MM_TDTECH_RESPONSE_MAX 65536

/* Whether a whole line, without <CR><LF>, is a final result: the standard's (V.250, 3GPP
 * TS 27.007), those that ModemManager's parser knows, and this module's own */
gboolean  mm_tdtech_response_is_final   (const gchar   *line);
/* Whether it is one that tells how a call went, and comes also when a call ends: NO CARRIER
 * and its kin (V.250 §6.3.1) */
gboolean  mm_tdtech_response_is_of_call (const gchar   *line);
/* The error of the final results "ERROR: DUPLICATED" and the like and "COMMAND NOT
 * SUPPORT"; the message names the result. NULL if there is none. */
GError   *mm_tdtech_response_find_error (const GString *response);
/* Removes unsolicited lines from an answer that has other lines too, and the blanks after commas
 * in standard answers, which ModemManager's parsers do not expect. @registration: the answer to
 * a registration query, or its lines. */
void      mm_tdtech_response_clean      (GString       *response,
                                         gboolean       registration);
/* Drops the older half of an answer that does not end; TRUE if it did */
gboolean  mm_tdtech_response_bound      (GString       *response);

gboolean  mm_tdtech_error_is_duplicated (const GError  *error);
gboolean  mm_tdtech_error_is_invalid    (const GError  *error);

#endif /* MM_TDTECH_RESPONSE_H */

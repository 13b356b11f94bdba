/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * The one table of lines "<name>: …" that the module sends of its own accord: whose each
 * is, and whether the same line answers a command, too. How lines are taken off the port,
 * cleaned out of answers and handed to those who wait for them all derives from it. A new
 * unsolicited line is a row here. Pure.
 */

#ifndef MM_TDTECH_LINES_H
#define MM_TDTECH_LINES_H

#include <glib.h>

typedef enum {
    MM_TDTECH_LINE_OWNER_MODEM_MANAGER,   /* its own handlers take them while it listens */
    MM_TDTECH_LINE_OWNER_NOBODY,          /* of no use here */
    MM_TDTECH_LINE_OWNER_CALL,            /* a call begins or ends */
    MM_TDTECH_LINE_OWNER_MODEM,           /* signal and data sessions */
    MM_TDTECH_LINE_OWNER_FOTA,
} MMTdtechLineOwner;

typedef struct {
    const gchar       *name;
    MMTdtechLineOwner  owner;
    gboolean           answer;         /* it answers a command, too */
    gboolean           registration;   /* +CREG and its kin (3GPP TS 27.007) */
    gboolean           call_end;       /* NO CARRIER or the like may follow, which answers nothing then */
} MMTdtechLine;

/* What is known of a whole line, without its <CR><LF>. NULL: it never comes by itself. */
const MMTdtechLine *mm_tdtech_line_find (const gchar *line);

#endif /* MM_TDTECH_LINES_H */

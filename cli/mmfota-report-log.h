/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_REPORT_LOG_H
#define MMFOTA_REPORT_LOG_H

#include "mmfota-redact.h"

/* What ModemManager logs, a line of it: pure */
typedef struct {
    gint64    time;    /* microseconds, Unix time or since the daemon's start; -1: none is told */
    gboolean  warning; /* or an error */
    gchar    *text;    /* without level and time */
} MmfotaLogLine;

/* @line as it is in a log file, or in the journal's MESSAGE */
MmfotaLogLine *mmfota_log_line_parse (const gchar         *line);
void           mmfota_log_line_free  (MmfotaLogLine       *self);

/* NULL unless it tells what went over an AT port, or that the port was opened or closed */
MmfotaTraffic *mmfota_log_line_to_traffic (const MmfotaLogLine *self);

/* The level that somebody set, NULL if the line tells of none */
gchar         *mmfota_log_line_dup_level  (const MmfotaLogLine *self);

/* Bytes as a report has them, in quotes: \r \n \" \\ \x00 */
gchar         *mmfota_report_escape       (const guint8        *data,
                                           gsize                length);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmfotaLogLine, mmfota_log_line_free)

#endif /* MMFOTA_REPORT_LOG_H */

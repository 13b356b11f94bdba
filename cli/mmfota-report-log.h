/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_REPORT_LOG_H
#define MMFOTA_REPORT_LOG_H

#include "mmfota-redact.h"

/* Parses a line that ModemManager logs: pure */
typedef struct {
    gint64    time;    /* microseconds, Unix time or since the daemon's start; -1: none */
    gboolean  warning; /* or error */
    gchar    *text;    /* without level and time */
} MmfotaLogLine;

/* @line: from a log file, or MESSAGE of the journal */
MmfotaLogLine *mmfota_log_line_parse (const gchar         *line);
void           mmfota_log_line_free  (MmfotaLogLine       *self);

/* NULL unless it shows bytes on an AT port, or the port being opened or closed */
MmfotaTraffic *mmfota_log_line_to_traffic (const MmfotaLogLine *self);

/* The level that was set; NULL if the line is not about that */
gchar         *mmfota_log_line_dup_level  (const MmfotaLogLine *self);

/* Bytes in the notation of a report, in quotes: \r \n \" \\ \x00 */
gchar         *mmfota_report_escape       (const guint8        *data,
                                           gsize                length);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmfotaLogLine, mmfota_log_line_free)

#endif /* MMFOTA_REPORT_LOG_H */

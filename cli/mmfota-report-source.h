/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_REPORT_SOURCE_H
#define MMFOTA_REPORT_SOURCE_H

#include <gio/gio.h>

#include "mmfota-report-log.h"

/* Where ModemManager logs to: the file of its --log-file, or the systemd journal */
typedef struct _MmfotaReportSource MmfotaReportSource;

/* ModemManager's process; 0 if it is not running */
guint32             mmfota_report_daemon_pid     (GDBusConnection     *connection);
/* Its command line; NULL if it may not be read */
gchar             **mmfota_report_daemon_command (guint32              pid);

MmfotaReportSource *mmfota_report_source_new     (guint32              pid);
void                mmfota_report_source_free    (MmfotaReportSource  *self);
const gchar        *mmfota_report_source_name    (MmfotaReportSource  *self);

/* Lines with their times: those logged since the last mark (@since), or the latest ones. If they
 * cannot be read, the error says why and what to do. */
void                mmfota_report_source_mark    (MmfotaReportSource  *self);
GPtrArray          *mmfota_report_source_read    (MmfotaReportSource  *self,
                                                  gboolean             since,
                                                  GError             **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmfotaReportSource, mmfota_report_source_free)

#endif /* MMFOTA_REPORT_SOURCE_H */

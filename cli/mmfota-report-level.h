/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_REPORT_LEVEL_H
#define MMFOTA_REPORT_LEVEL_H

#include <gio/gio.h>

/* ModemManager's log level, raised for a while. What it was is noted in a file, which
 * whoever comes next finds if nobody could put it back. */

/* Whether it may be set by us. @level: the one that holds; NULL: the one of the release. */
gboolean mmfota_report_level_may_set  (GDBusConnection  *connection,
                                       const gchar      *level,
                                       GError          **error);
/* @was: the level that is to be put back; NULL: the one of the release */
gboolean mmfota_report_level_raise    (GDBusConnection  *connection,
                                       guint32           pid,
                                       const gchar      *was,
                                       GError          **error);
gboolean mmfota_report_level_restore  (GDBusConnection  *connection,
                                       guint32           pid,
                                       GError          **error);

/* What an earlier run could not put back; NULL: nothing. @busy: it still runs. */
gchar   *mmfota_report_level_leftover (guint32           pid,
                                       gboolean         *busy);
/* Says so on standard error. Costs nothing if there is none. */
void     mmfota_report_level_tell     (GDBusConnection  *connection);

#endif /* MMFOTA_REPORT_LEVEL_H */

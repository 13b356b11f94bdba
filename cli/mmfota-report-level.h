/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_REPORT_LEVEL_H
#define MMFOTA_REPORT_LEVEL_H

#include <gio/gio.h>

/* Raises ModemManager's log level for a while. The previous level is noted in a file, so that a
 * later run can restore it if this one could not. */

/* Whether the caller may set it. @level: the current one; NULL: the default of the release. */
gboolean mmfota_report_level_may_set  (GDBusConnection  *connection,
                                       const gchar      *level,
                                       GError          **error);
/* @was: the level to restore; NULL: the default of the release */
gboolean mmfota_report_level_raise    (GDBusConnection  *connection,
                                       guint32           pid,
                                       const gchar      *was,
                                       GError          **error);
gboolean mmfota_report_level_restore  (GDBusConnection  *connection,
                                       guint32           pid,
                                       GError          **error);

/* The level that an earlier run could not restore; NULL if there is none. @busy: that run has not
 * ended. */
gchar   *mmfota_report_level_leftover (guint32           pid,
                                       gboolean         *busy);
/* Warns on stderr if an earlier run could not restore the level. Cheap otherwise. */
void     mmfota_report_level_tell     (GDBusConnection  *connection);

#endif /* MMFOTA_REPORT_LEVEL_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/* What modules did, from an access log in the combined format of nginx and Apache */

#ifndef SERVER_LOG_H
#define SERVER_LOG_H

#include <json-glib/json-glib.h>

typedef struct {
    gchar   *client;
    gchar   *time;
    gchar   *method;
    gchar   *path;
    guint    status;
    guint64  sent;
    gchar   *agent;
} ServerLogLine;

/* Pure; FALSE if the line is not one of such a log */
gboolean server_log_parse_line (const gchar    *text,
                                ServerLogLine  *line);
void     server_log_line_clear (ServerLogLine  *line);

/* Prints a report for people, and adds the same to @report. "-" is standard input. */
gchar   *server_log_report     (const gchar    *path,
                                JsonObject     *report,
                                GError        **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ServerLogLine, server_log_line_clear)

#endif /* SERVER_LOG_H */

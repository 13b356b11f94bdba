/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * What is wrong, why that matters, and what to do about it. Each kind of finding is a line
 * of one table in server-finding.c; a check only says which one, and what it saw.
 */

#ifndef SERVER_FINDING_H
#define SERVER_FINDING_H

#include <json-glib/json-glib.h>

typedef enum {
    /* Good to know */
    SERVER_SEVERITY_NOTE,
    /* Modules can live with it, or some of them */
    SERVER_SEVERITY_WARNING,
    /* No module gets the firmware */
    SERVER_SEVERITY_ERROR,
} ServerSeverity;

typedef struct _ServerFindings ServerFindings;

ServerFindings *server_findings_new         (void);
void            server_findings_free        (ServerFindings *self);

/* @id is one of the table's; an unknown one is an error of the program, and shown as it is */
void            server_findings_add         (ServerFindings *self,
                                             const gchar    *id,
                                             const gchar    *format,
                                             ...) G_GNUC_PRINTF (3, 4);
gboolean        server_findings_has         (ServerFindings *self,
                                             const gchar    *id);
guint           server_findings_count       (ServerFindings *self,
                                             ServerSeverity  severity);
/* The line of the n-th one, NULL beyond the last */
const gchar    *server_findings_get_id      (ServerFindings *self,
                                             guint           n);

/* Exit status: 0 nothing but notes, 2 warnings, 1 errors */
gint            server_findings_exit        (ServerFindings *self);
/* Three lines each: what, why, do */
void            server_findings_print       (ServerFindings *self);
JsonArray      *server_findings_to_json     (ServerFindings *self);

/* The table, for the manual and the tests */
typedef struct {
    const gchar    *id;
    ServerSeverity  severity;
    const gchar    *why;
    const gchar    *advice;
} ServerFindingKind;

const ServerFindingKind *server_finding_kinds (guint *n_kinds);
const gchar             *server_severity_name (ServerSeverity severity);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ServerFindings, server_findings_free)

#endif /* SERVER_FINDING_H */

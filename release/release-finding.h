/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * What is wrong, why that matters, and what to do about it. Each kind of finding is a row of the
 * table in release-finding.c; a check only names the kind and says what it saw.
 */

#ifndef RELEASE_FINDING_H
#define RELEASE_FINDING_H

#include <json-glib/json-glib.h>

typedef enum {
    /* Good to know */
    RELEASE_SEVERITY_NOTE,
    /* Modules can live with it, or some of them */
    RELEASE_SEVERITY_WARNING,
    /* No module can get the firmware */
    RELEASE_SEVERITY_ERROR,
} ReleaseSeverity;

typedef struct _ReleaseFindings ReleaseFindings;

ReleaseFindings *release_findings_new         (void);
void            release_findings_free        (ReleaseFindings *self);

/* @id: from the table; an unknown one is a programming error, and shown as it is */
void            release_findings_add         (ReleaseFindings *self,
                                              const gchar     *id,
                                              const gchar     *format,
                                              ...) G_GNUC_PRINTF (3, 4);
gboolean        release_findings_has         (ReleaseFindings *self,
                                              const gchar     *id);
guint           release_findings_count       (ReleaseFindings *self,
                                              ReleaseSeverity  severity);

/* Exit status: 0 nothing but notes, 2 warnings, 1 errors */
gint            release_findings_exit        (ReleaseFindings *self);
/* Three lines for each: what, why, do */
void            release_findings_print       (ReleaseFindings *self);
JsonArray      *release_findings_to_json     (ReleaseFindings *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReleaseFindings, release_findings_free)

#endif /* RELEASE_FINDING_H */

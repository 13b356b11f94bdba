/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * Checks a release for what a module would fail on. This file knows what to check, in which order;
 * a source knows how to get the files.
 */

#ifndef SERVER_CHECK_H
#define SERVER_CHECK_H

#include "release-digest.h"
#include "release-finding.h"
#include "release-xml.h"

typedef struct _ServerSource ServerSource;

struct _ServerSource {
    /* Reads a small file of full/. NULL if it is missing, with a finding if it is @required */
    GBytes   *(*read)   (ServerSource     *self,
                         const gchar     *name,
                         gboolean         required,
                         ReleaseFindings *findings);
    /* Reads a whole file of the list; FALSE with a finding if that fails */
    gboolean  (*digest) (ServerSource     *self,
                         const ReleaseFile *file,
                         ReleaseDigest     *digest,
                         ReleaseFindings   *findings);
};

typedef struct {
    /* model of the module; NULL: any */
    const gchar *model;
    /* version that it runs; NULL: any */
    const gchar *from;
} ServerCheckOptions;

/* What was found out; strings are NULL if unknown */
typedef struct {
    gchar    *version;
    gchar    *product;
    gchar    *source;
    guint64   size;
    gboolean  has_sums;
} ServerRelease;

void server_check_release  (ServerSource             *source,
                            const ServerCheckOptions *options,
                            ServerRelease            *release,
                            ReleaseFindings          *findings);
/* The same without checking SHA256SUMS; adds the files that were read to @sums, name to SHA-256 */
void server_check_release_sums   (ServerSource             *source,
                                  const ServerCheckOptions *options,
                                  ServerRelease            *release,
                                  GHashTable               *sums,
                                  ReleaseFindings          *findings);
/* The same against a list that was read before */
void server_check_release_listed (ServerSource             *source,
                                  const ServerCheckOptions *options,
                                  GBytes                   *list,
                                  ServerRelease            *release,
                                  ReleaseFindings          *findings);
void server_release_clear  (ServerRelease            *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ServerRelease, server_release_clear)

#endif /* SERVER_CHECK_H */

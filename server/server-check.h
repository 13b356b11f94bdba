/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * What a module would stumble over in a release, wherever it lies: the order of things is
 * here, how a file is got is the source's.
 */

#ifndef SERVER_CHECK_H
#define SERVER_CHECK_H

#include "release-digest.h"
#include "release-finding.h"
#include "release-xml.h"

typedef struct _ServerSource ServerSource;

struct _ServerSource {
    /* A small file of full/. NULL without it, with a finding where it is @required */
    GBytes   *(*read)   (ServerSource     *self,
                         const gchar     *name,
                         gboolean         required,
                         ReleaseFindings *findings);
    /* All of a file of the list; FALSE with a finding where it can't be had */
    gboolean  (*digest) (ServerSource     *self,
                         const ReleaseFile *file,
                         ReleaseDigest     *digest,
                         ReleaseFindings   *findings);
};

typedef struct {
    /* The module's, NULL: any */
    const gchar *model;
    /* The version that runs in it, NULL: any */
    const gchar *from;
} ServerCheckOptions;

/* What was found out on the way; strings are NULL where it was not */
typedef struct {
    gchar    *version;
    gchar    *product;
    gchar    *source;
    guint64   size;
    guint     n_files;
    gboolean  has_sums;
} ServerRelease;

void server_check_release  (ServerSource             *source,
                            const ServerCheckOptions *options,
                            ServerRelease            *release,
                            ReleaseFindings          *findings);
/* The same without a look at SHA256SUMS; what was read is put into @sums, name to SHA-256 */
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

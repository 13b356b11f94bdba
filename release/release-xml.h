/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * The two XML files of a release. Pure: bytes in, structures and findings out.
 * What they look like: TD Tech's FOTA guide.
 */

#ifndef RELEASE_XML_H
#define RELEASE_XML_H

#include "release-finding.h"

/* They have some hundred bytes */
#define RELEASE_XML_MAX (1024 * 1024)

typedef struct {
    gchar    *component;
    gchar    *version;
    /* NULL if the features do not have it */
    gchar    *product;
    gchar    *update_mode;
    gchar    *source;
} ReleaseChangelog;

typedef struct {
    /* As requested below full/, without a leading ./ or / */
    gchar    *path;
    gchar    *md5;
    guint64   size;
} ReleaseFile;

typedef struct {
    /* NULL if not given */
    gchar     *component;
    /* of ReleaseFile */
    GPtrArray *files;
} ReleaseFilelist;

/* NULL if it is unusable, always with an error among @findings; @what: the name for messages */
ReleaseChangelog *release_changelog_parse (const gchar    *what,
                                           const guint8   *data,
                                           gsize           size,
                                           ReleaseFindings *findings);
ReleaseFilelist  *release_filelist_parse  (const gchar    *what,
                                           const guint8   *data,
                                           gsize           size,
                                           ReleaseFindings *findings);
void             release_changelog_free  (ReleaseChangelog *self);
void             release_filelist_free   (ReleaseFilelist  *self);

/* Both as TD Tech ships them; check all values first */
gchar *release_changelog_build (const gchar        *version,
                                const gchar        *product,
                                const gchar        *source,
                                const gchar *const *features);
/* @files: of ReleaseFile */
gchar *release_filelist_build  (GPtrArray          *files);

ReleaseFile *release_file_new  (const gchar *path,
                                const gchar *md5,
                                guint64      size);
void        release_file_free (ReleaseFile  *self);

/* < 0, 0, > 0 as for strcmp (): numbers in versions count as numbers */
gint release_version_compare (const gchar *a,
                              const gchar *b);

/* MT5700M-CN and MT5710_CN: the underscore is ATI's spelling */
gboolean release_same_product (const gchar *a,
                               const gchar *b);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReleaseChangelog, release_changelog_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReleaseFilelist, release_filelist_free)

#endif /* RELEASE_XML_H */

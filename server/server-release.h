/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * The two XML files of a release. Pure: bytes in, structures and findings out.
 * What they look like: TD Tech's FOTA guide.
 */

#ifndef SERVER_RELEASE_H
#define SERVER_RELEASE_H

#include "server-finding.h"

/* They have some hundred bytes */
#define SERVER_XML_MAX (1024 * 1024)

typedef struct {
    gchar    *component;
    gchar    *version;
    /* NULL where the features do not tell */
    gchar    *product;
    gchar    *update_mode;
    gchar    *source;
} ServerChangelog;

typedef struct {
    /* As it is asked for below full/, without ./ and / before it */
    gchar    *path;
    gchar    *md5;
    guint64   size;
} ServerFile;

typedef struct {
    /* NULL if it is not told */
    gchar     *component;
    /* of ServerFile */
    GPtrArray *files;
} ServerFilelist;

/* NULL if nothing can be done with it, always with an error among @findings; @what is what
 * messages call the file */
ServerChangelog *server_changelog_parse (const gchar    *what,
                                         const guint8   *data,
                                         gsize           size,
                                         ServerFindings *findings);
ServerFilelist  *server_filelist_parse  (const gchar    *what,
                                         const guint8   *data,
                                         gsize           size,
                                         ServerFindings *findings);
void             server_changelog_free  (ServerChangelog *self);
void             server_filelist_free   (ServerFilelist  *self);

/* Both as TD Tech ships them; all values are to be checked before */
gchar *server_changelog_build (const gchar        *version,
                               const gchar        *product,
                               const gchar        *source,
                               const gchar *const *features);
/* @files: of ServerFile */
gchar *server_filelist_build  (GPtrArray          *files);

ServerFile *server_file_new  (const gchar *path,
                              const gchar *md5,
                              guint64      size);
void        server_file_free (ServerFile  *self);

/* < 0, 0, > 0 as for strcmp (): numbers in versions count as numbers */
gint server_version_compare (const gchar *a,
                             const gchar *b);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ServerChangelog, server_changelog_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ServerFilelist, server_filelist_free)

#endif /* SERVER_RELEASE_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/* MD5 (the module's) and SHA-256 (ours) of a file in one pass */

#ifndef RELEASE_DIGEST_H
#define RELEASE_DIGEST_H

#include <gio/gio.h>

typedef struct {
    gchar   md5[33];
    gchar   sha256[65];
    guint64 size;
} ReleaseDigest;

typedef struct _ReleaseDigester ReleaseDigester;

ReleaseDigester *release_digester_new    (void);

void            release_digester_update (ReleaseDigester *self,
                                         const guint8    *data,
                                         gsize            size);
void            release_digester_finish (ReleaseDigester *self,
                                         ReleaseDigest   *digest);
void            release_digester_free   (ReleaseDigester *self);

/* Reads @input to its end; also writes what was read to @copy, unless that is -1 */
gboolean release_digest_fd    (gint           input,
                               gint           copy,
                               ReleaseDigest *digest,
                               GError       **error);
/* Of bytes */
void     release_digest_bytes (GBytes        *bytes,
                               ReleaseDigest *digest);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReleaseDigester, release_digester_free)

#endif /* RELEASE_DIGEST_H */

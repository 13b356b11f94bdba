/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/* MD5 (the module's) and SHA-256 (ours) of a file in one pass */

#ifndef SERVER_DIGEST_H
#define SERVER_DIGEST_H

#include <gio/gio.h>

typedef struct {
    gchar   md5[33];
    gchar   sha256[65];
    guint64 size;
} ServerDigest;

typedef struct _ServerDigester ServerDigester;

ServerDigester *server_digester_new    (void);

void            server_digester_update (ServerDigester *self,
                                        const guint8   *data,
                                        gsize           size);
void            server_digester_finish (ServerDigester *self,
                                        ServerDigest   *digest);
void            server_digester_free   (ServerDigester *self);

/* Reads @input to its end; what was read is also written to @copy where it is not -1 */
gboolean server_digest_fd    (gint           input,
                              gint           copy,
                              ServerDigest  *digest,
                              GError       **error);
/* Of bytes */
void     server_digest_bytes (GBytes        *bytes,
                              ServerDigest  *digest);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ServerDigester, server_digester_free)

#endif /* SERVER_DIGEST_H */

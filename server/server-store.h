/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * A folder, as DIR/full, written anew as a whole: beside it, then put in its place by one
 * rename. Who looks, and who is left after a kill or a power cut, sees the old folder or
 * the new one.
 */

#ifndef SERVER_STORE_H
#define SERVER_STORE_H

#include "release-digest.h"

typedef struct _ServerStore ServerStore;

/* For the folder @name in @dir, which everybody may read or not. Also clears away what a
 * killed one has left. Only one at a time for each @dir */
ServerStore *server_store_new        (const gchar   *dir,
                                      const gchar   *name,
                                      gboolean       public,
                                      GError       **error);
/* Not put in place: is taken away again */
void         server_store_free       (ServerStore   *self);

gboolean     server_store_has_old    (ServerStore   *self);
gboolean     server_store_add_text   (ServerStore   *self,
                                      const gchar   *name,
                                      const gchar   *text,
                                      gsize          size,
                                      GError       **error);
/* A copy of the file @path */
gboolean     server_store_add_copy   (ServerStore   *self,
                                      const gchar   *name,
                                      const gchar   *path,
                                      ReleaseDigest *digest,
                                      GError       **error);
/* All files of the old folder but those that a pattern of @without names, as they are */
gboolean     server_store_add_old    (ServerStore        *self,
                                      const gchar *const *without,
                                      GError            **error);
gboolean     server_store_commit     (ServerStore   *self,
                                      GError       **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ServerStore, server_store_free)

#endif /* SERVER_STORE_H */

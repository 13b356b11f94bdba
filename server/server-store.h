/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * Replaces a folder, such as DIR/full, as a whole: it is written beside the old one, then takes its
 * place by one rename. At any time, also after a kill or a power cut, the name is either the old or
 * the new folder.
 */

#ifndef SERVER_STORE_H
#define SERVER_STORE_H

#include "release-digest.h"

typedef struct _ServerStore ServerStore;

/* Starts a new folder @name in @dir, readable by everybody or not. Removes what a killed program
 * has left. Only one at a time for each @dir. */
ServerStore *server_store_new        (const gchar   *dir,
                                      const gchar   *name,
                                      gboolean       public,
                                      GError       **error);
/* Discards it, unless it has taken its place */
void         server_store_free       (ServerStore   *self);

gboolean     server_store_has_old    (ServerStore   *self);
gboolean     server_store_add_text   (ServerStore   *self,
                                      const gchar   *name,
                                      const gchar   *text,
                                      gsize          size,
                                      GError       **error);
/* Adds a copy of the file @path */
gboolean     server_store_add_copy   (ServerStore   *self,
                                      const gchar   *name,
                                      const gchar   *path,
                                      ReleaseDigest *digest,
                                      GError       **error);
/* Adds the files of the old folder, except those that match a pattern of @without */
gboolean     server_store_add_old    (ServerStore        *self,
                                      const gchar *const *without,
                                      GError            **error);
gboolean     server_store_commit     (ServerStore   *self,
                                      GError       **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ServerStore, server_store_free)

#endif /* SERVER_STORE_H */

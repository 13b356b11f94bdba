/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/* What is signed: SHA256SUMS, as sha256sum writes it, and release.json. Pure. */

#ifndef RELEASE_SUMS_H
#define RELEASE_SUMS_H

#include <gio/gio.h>

#define RELEASE_SUMS_MAX (1024 * 1024)

/* Name to sum, in lower case; NULL, with the number of the bad line */
GHashTable *release_sums_parse (const guint8  *data,
                                gsize          size,
                                GError       **error);
/* Sorted by name */
gchar      *release_sums_build (GHashTable    *sums);

/* Times are Unix time; 0: not given */
typedef struct {
    gchar  *version;
    gchar  *product;
    gint64  released;
    gint64  not_after;
} ReleaseManifest;

ReleaseManifest *release_manifest_parse (const guint8          *data,
                                         gsize                  size,
                                         GError               **error);
gchar          *release_manifest_build (const ReleaseManifest  *self);
void            release_manifest_free  (ReleaseManifest        *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReleaseManifest, release_manifest_free)

#endif /* RELEASE_SUMS_H */

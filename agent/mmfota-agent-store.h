/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_AGENT_STORE_H
#define MMFOTA_AGENT_STORE_H

#include <gio/gio.h>

/* Writes @data to @path atomically and durably: even after a power cut, the file has either the
 * old or the new contents. Readable by its owner only. */
gboolean mmfota_agent_store_write  (const gchar  *path,
                                    const gchar  *data,
                                    gsize         size,
                                    GError      **error);

/* Appends a line to @path and syncs it. A file of @max bytes or more is renamed to @path.1
 * first, replacing that. */
gboolean mmfota_agent_store_append (const gchar  *path,
                                    const gchar  *line,
                                    gsize         max,
                                    GError      **error);

#endif /* MMFOTA_AGENT_STORE_H */

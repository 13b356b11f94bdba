/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_AGENT_STORE_H
#define MMFOTA_AGENT_STORE_H

#include <gio/gio.h>

/* @path holds @data, whole, also after a power cut from now on; or what it held before. It
 * is readable by its owner alone. */
gboolean mmfota_agent_store_write  (const gchar  *path,
                                    const gchar  *data,
                                    gsize         size,
                                    GError      **error);

/* Adds a line to @path, which is on the disk when this returns. A file of @max bytes and more
 * is renamed to @path.1 before, and what that held is gone. */
gboolean mmfota_agent_store_append (const gchar  *path,
                                    const gchar  *line,
                                    gsize         max,
                                    GError      **error);

#endif /* MMFOTA_AGENT_STORE_H */

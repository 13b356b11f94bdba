/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/* A web server for tests: GET and HEAD of the files in DIR/full, nothing else */

#ifndef SERVER_SERVE_H
#define SERVER_SERVE_H

#include "server-options.h"

/* Serves until SIGINT or SIGTERM */
gboolean server_serve (const ServerOptions  *options,
                       GError              **error);

/* Pure: the requested range of a file of @size bytes. 0: all of it (no header, or one to be
 * ignored), 1: from @begin to @end, 2: can't be satisfied */
guint    server_serve_parse_range (const gchar *header,
                                   guint64      size,
                                   guint64     *begin,
                                   guint64     *end);

#endif /* SERVER_SERVE_H */

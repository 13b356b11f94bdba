/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/* A web server for labs and first tries: GET and HEAD of what is in DIR/full, nothing else */

#ifndef SERVER_SERVE_H
#define SERVER_SERVE_H

#include "server-options.h"

/* Until SIGINT or SIGTERM */
gboolean server_serve (const ServerOptions  *options,
                       GError              **error);

/* Pure: the range of bytes that a request asks for, of @size.
 * 0: all (no header, or one that is to be ignored), 1: @begin to @end, 2: can't be given */
guint    server_serve_parse_range (const gchar *header,
                                   guint64      size,
                                   guint64     *begin,
                                   guint64     *end);

#endif /* SERVER_SERVE_H */

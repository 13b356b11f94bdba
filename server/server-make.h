/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef SERVER_MAKE_H
#define SERVER_MAKE_H

#include <json-glib/json-glib.h>

#include "server-options.h"

/* --make: makes the release in DIR/full, completely or not at all, and adds to @report what was
 * made */
gboolean server_make (const ServerOptions  *options,
                      JsonObject           *report,
                      GError              **error);

#endif /* SERVER_MAKE_H */

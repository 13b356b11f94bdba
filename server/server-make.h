/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef SERVER_MAKE_H
#define SERVER_MAKE_H

#include <json-glib/json-glib.h>

#include "server-options.h"

/* --make: the release in DIR/full, whole or not at all. What was made goes into @report */
gboolean server_make (const ServerOptions  *options,
                      JsonObject           *report,
                      GError              **error);

#endif /* SERVER_MAKE_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef SERVER_SITE_H
#define SERVER_SITE_H

#include "server-options.h"

/* --site: an nginx server block for DIR, for Debian's sites-available */
gchar *server_site_build (const ServerOptions  *options,
                          GError              **error);

#endif /* SERVER_SITE_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MM_TDTECH_URL_H
#define MM_TDTECH_URL_H

#include <glib.h>

/* A server URL as ^FOTAOEMDL takes it: http or https, host name (IDNA to ASCII),
 * IPv4 or [IPv6], port, path with a trailing "/". No user info, query, fragment,
 * quote, control or non-ASCII character; percent-encoding is kept. NULL and
 * MM_CORE_ERROR_INVALID_ARGS, naming the value and what is allowed, otherwise. */
gchar    *mm_tdtech_url_normalize (const gchar  *url,
                                   GError      **error);
gboolean  mm_tdtech_url_is_https  (const gchar  *url);

#endif /* MM_TDTECH_URL_H */

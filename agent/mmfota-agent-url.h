/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_AGENT_URL_H
#define MMFOTA_AGENT_URL_H

#include <glib.h>

/* URLs of firmware folders. Pure. */

/* Replaces %{model}, %{imei} and %{version} by the escaped values. */
gchar    *mmfota_agent_url_fill    (const gchar *pattern,
                                    const gchar *model,
                                    const gchar *imei,
                                    const gchar *version);

/* Whether both name the same folder. NULL or an invalid URL equals nothing. */
gboolean  mmfota_agent_url_is_same (const gchar *one,
                                    const gchar *other);

#endif /* MMFOTA_AGENT_URL_H */

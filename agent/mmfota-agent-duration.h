/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_AGENT_DURATION_H
#define MMFOTA_AGENT_DURATION_H

#include <glib.h>

/* "90s", "5min", "1h30min", "2d", "1w", ten years at most; "0" needs no unit.
 * MMFOTA_AGENT_CONFIG_ERROR_INVALID names the text and what is allowed. */
gboolean mmfota_agent_duration_parse   (const gchar  *text,
                                        guint32      *seconds,
                                        GError      **error);

/* The same in one unit, the largest that fits */
gchar   *mmfota_agent_duration_to_text (guint32       seconds);

#endif /* MMFOTA_AGENT_DURATION_H */

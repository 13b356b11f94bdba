/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-agent-duration.h"

#include <string.h>

#include "mmfota-agent-settings.h"

#define DAY     (24u * 60 * 60)
#define LONGEST (10 * 366 * DAY)

static const struct {
    const gchar *name;
    guint32      seconds;
} units[] = {
    { "w", 7 * DAY },
    { "d", DAY },
    { "h", 60 * 60 },
    { "min", 60 },
    { "s", 1 },
};

static gboolean
is_unit (guint        unit,
         const gchar *text,
         gsize        length)
{
    return strlen (units[unit].name) == length && strncmp (text, units[unit].name, length) == 0;
}

gboolean
mmfota_agent_duration_parse (const gchar  *text,
                             guint32      *seconds,
                             GError      **error)
{
    const gchar *at = text;
    guint64      sum = 0;
    guint        unit = 0;

    if (g_str_equal (text, "0")) {
        *seconds = 0;
        return TRUE;
    }
    while (g_ascii_isdigit (*at) && sum <= LONGEST) {
        gchar   *end;
        guint64  number = g_ascii_strtoull (at, &end, 10);
        gsize    length = strspn (end, "wdhmins");

        while (unit < G_N_ELEMENTS (units) && !is_unit (unit, end, length))
            unit++;
        if (unit == G_N_ELEMENTS (units) || number > LONGEST)
            break;
        sum += number * units[unit++].seconds;
        at = end + length;
    }
    if (at == text || *at || sum > LONGEST) {
        g_set_error (error, MMFOTA_AGENT_CONFIG_ERROR, MMFOTA_AGENT_CONFIG_ERROR_INVALID,
                     "'%s' is no duration: allowed are numbers with s, min, h, d or w, the largest first, as 90s, "
                     "15min, 1h30min, 2d, and 0", text);
        return FALSE;
    }
    *seconds = (guint32) sum;
    return TRUE;
}

gchar *
mmfota_agent_duration_to_text (guint32 seconds)
{
    guint unit = 0;

    if (seconds == 0)
        return g_strdup ("0");
    while (seconds % units[unit].seconds != 0)
        unit++;
    return g_strdup_printf ("%u%s", seconds / units[unit].seconds, units[unit].name);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-agent-window.h"

#include <string.h>

#include "mmfota-agent-duration.h"
#include "mmfota-agent-settings.h"

#define DAY         (24 * 60 * 60)
#define EVERY_DAY   0x7f
#define SPANS_MAX   64
#define LENGTH_MAX  (7 * DAY)

/* In days: how long a span can last, and how far into the future to search */
#define DAYS_BACK   8
#define DAYS_AHEAD  36

typedef struct {
    gint64 begin;
    gint64 end;
} Interval;

/*****************************************************************************/
/* Reading */

static gboolean
parse_clock (const gchar *text,
             guint       *minutes)
{
    gint i;

    /* 24:00 is the end of a day, but not a valid start */
    if (strlen (text) != 5 || text[2] != ':')
        return FALSE;
    for (i = 0; i < 5; i++) {
        if (i != 2 && !g_ascii_isdigit (text[i]))
            return FALSE;
    }
    *minutes = (guint) ((text[0] - '0') * 10 + text[1] - '0') * 60 + (guint) ((text[3] - '0') * 10 + text[4] - '0');
    return *minutes < 24 * 60 && text[3] < '6';
}

static gboolean
parse_days (const gchar *text,
            guint       *days)
{
    static const gchar *const names[] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };
    g_auto(GStrv)             words = g_strsplit (text, ",", -1);
    guint                     i;
    guint                     day;

    *days = 0;
    for (i = 0; words[i]; i++) {
        for (day = 0; day < G_N_ELEMENTS (names); day++) {
            if (g_ascii_strcasecmp (words[i], names[day]) == 0)
                break;
        }
        if (day == G_N_ELEMENTS (names))
            return FALSE;
        *days |= 1u << day;
    }
    return *days != 0;
}

static gboolean
parse_window_span (const gchar      *text,
                   MmfotaAgentSpan  *span,
                   GError          **error)
{
    g_autofree gchar *clock = NULL;
    const gchar      *blank = strrchr (text, ' ');
    const gchar      *slash = strchr (text, '/');

    memset (span, 0, sizeof (*span));
    span->days = EVERY_DAY;
    if (blank) {
        g_autofree gchar *days = g_strstrip (g_strndup (text, (gsize) (blank - text)));

        if (!parse_days (days, &span->days)) {
            g_set_error (error, MMFOTA_AGENT_CONFIG_ERROR, MMFOTA_AGENT_CONFIG_ERROR_INVALID,
                         "'%s' is no list of days (Mon, Tue, Wed, Thu, Fri, Sat, Sun, with commas and no blanks between)", days);
            return FALSE;
        }
        text = blank + 1;
    }
    clock = slash && slash > text ? g_strndup (text, (gsize) (slash - text)) : NULL;
    if (!clock || !parse_clock (clock, &span->begin)) {
        g_set_error (error, MMFOTA_AGENT_CONFIG_ERROR, MMFOTA_AGENT_CONFIG_ERROR_INVALID,
                     "'%s' is no begin and length, as 02:00/3h", text);
        return FALSE;
    }
    if (!mmfota_agent_duration_parse (slash + 1, &span->length, error))
        return FALSE;
    if (span->length < 60 || span->length > LENGTH_MAX) {
        g_set_error (error, MMFOTA_AGENT_CONFIG_ERROR, MMFOTA_AGENT_CONFIG_ERROR_INVALID,
                     "'%s' is no length of a window: 1min to 7d are", slash + 1);
        return FALSE;
    }
    return TRUE;
}

static gboolean
parse_quiet_span (const gchar      *text,
                  MmfotaAgentSpan  *span,
                  GError          **error)
{
    g_auto(GStrv) ends = g_strsplit (text, "-", 2);

    memset (span, 0, sizeof (*span));
    span->days = EVERY_DAY;
    if (!ends[0] || !ends[1] || !parse_clock (g_strstrip (ends[0]), &span->begin) ||
        !parse_clock (g_strstrip (ends[1]), &span->end) || span->begin == span->end) {
        g_set_error (error, MMFOTA_AGENT_CONFIG_ERROR, MMFOTA_AGENT_CONFIG_ERROR_INVALID,
                     "'%s' is no begin and end, as 22:00-07:00", text);
        return FALSE;
    }
    return TRUE;
}

static GArray *
parse (const gchar  *text,
       gboolean      (*parse_span) (const gchar *, MmfotaAgentSpan *, GError **),
       GError      **error)
{
    g_autoptr(GArray) spans = g_array_new (FALSE, FALSE, sizeof (MmfotaAgentSpan));
    g_auto(GStrv)     parts = g_strsplit (text, ";", -1);
    guint             i;

    for (i = 0; parts[i]; i++) {
        MmfotaAgentSpan span;

        if (!g_strstrip (parts[i])[0])
            continue;
        if (!parse_span (parts[i], &span, error))
            return NULL;
        if (spans->len == SPANS_MAX) {
            g_set_error (error, MMFOTA_AGENT_CONFIG_ERROR, MMFOTA_AGENT_CONFIG_ERROR_INVALID,
                         "more than %d of them", SPANS_MAX);
            return NULL;
        }
        g_array_append_val (spans, span);
    }
    return g_steal_pointer (&spans);
}

GArray *
mmfota_agent_window_parse (const gchar  *text,
                           GError      **error)
{
    return parse (text, parse_window_span, error);
}

GArray *
mmfota_agent_quiet_hours_parse (const gchar  *text,
                                GError      **error)
{
    return parse (text, parse_quiet_span, error);
}

/*****************************************************************************/
/* Local time */

/* Days since 1970-01-01, in local time */
static gint64
local_day (GTimeZone *zone,
           gint64     now)
{
    gint   interval = g_time_zone_find_interval (zone, G_TIME_TYPE_UNIVERSAL, now);
    gint64 local = now + g_time_zone_get_offset (zone, interval);

    return local >= 0 ? local / DAY : -1 - (-1 - local) / DAY;
}

/* In a gap, the time after it; of two, the first */
static gint64
from_local (GTimeZone *zone,
            gint64     day,
            guint      minutes,
            gint64    *last)
{
    gint64 result = MMFOTA_AGENT_NEVER;
    gint   type;

    if (last)
        *last = G_MININT64;
    for (type = G_TIME_TYPE_STANDARD; type <= G_TIME_TYPE_DAYLIGHT; type++) {
        gint64 local = day * DAY + (gint64) minutes * 60;
        gint   interval = g_time_zone_adjust_time (zone, (GTimeType) type, &local);
        gint64 time = local - g_time_zone_get_offset (zone, interval);

        result = MIN (result, time);
        if (last)
            *last = MAX (*last, time);
    }
    return result;
}

/* 1970-01-01 was a Thursday */
static gboolean
begins_on (const MmfotaAgentSpan *span,
           gint64                 day)
{
    return (span->days >> (guint) (((day + 3) % 7 + 7) % 7)) & 1;
}

static Interval
interval_of (const MmfotaAgentSpan *span,
             GTimeZone             *zone,
             gint64                 day)
{
    Interval interval;

    interval.begin = from_local (zone, day, span->begin, NULL);
    /* Quiet hours last until the clock shows their end for the last time (when it is set back) */
    if (span->length)
        interval.end = interval.begin + span->length;
    else
        from_local (zone, span->end > span->begin ? day : day + 1, span->end, &interval.end);
    return interval;
}

/*****************************************************************************/
/* Lookups */

/* The end of the span that lasts longest, or 0 */
static gint64
end_of_current (GArray    *spans,
                GTimeZone *zone,
                gint64     now)
{
    gint64 today = local_day (zone, now);
    gint64 end = 0;
    gint64 day;
    guint  i;

    for (i = 0; i < spans->len; i++) {
        const MmfotaAgentSpan *span = &g_array_index (spans, MmfotaAgentSpan, i);

        for (day = today - (span->length > DAY ? DAYS_BACK : 2); day <= today + 1; day++) {
            Interval interval;

            if (!begins_on (span, day))
                continue;
            interval = interval_of (span, zone, day);
            if (interval.begin <= now && now < interval.end)
                end = MAX (end, interval.end);
        }
    }
    return end;
}

gboolean
mmfota_agent_spans_contain (GArray    *spans,
                            GTimeZone *zone,
                            gint64     now)
{
    return end_of_current (spans, zone, now) != 0;
}

static gint64
next_begin (GArray    *spans,
            GTimeZone *zone,
            gint64     now)
{
    gint64 today = local_day (zone, now);
    gint64 next = MMFOTA_AGENT_NEVER;
    gint64 day;
    guint  i;

    for (i = 0; i < spans->len; i++) {
        const MmfotaAgentSpan *span = &g_array_index (spans, MmfotaAgentSpan, i);

        for (day = today - 1; day <= today + 8; day++) {
            gint64 begin;

            if (!begins_on (span, day))
                continue;
            begin = from_local (zone, day, span->begin, NULL);
            if (begin > now) {
                next = MIN (next, begin);
                break;
            }
        }
    }
    return next;
}

gint64
mmfota_agent_window_next (GArray    *window,
                          GArray    *quiet,
                          GTimeZone *zone,
                          gint64     now)
{
    gint64 limit = now + (gint64) DAYS_AHEAD * DAY;
    gint64 time = now;

    while (time < limit) {
        gint64 quiet_end;

        if (window->len && !mmfota_agent_spans_contain (window, zone, time))
            time = next_begin (window, zone, time);
        if (time >= limit)
            break;
        quiet_end = end_of_current (quiet, zone, time);
        if (!quiet_end)
            return time;
        time = quiet_end;
    }
    return MMFOTA_AGENT_NEVER;
}

gint64
mmfota_agent_window_left (GArray    *window,
                          GArray    *quiet,
                          GTimeZone *zone,
                          gint64     now)
{
    gint64 limit = now + (gint64) DAYS_AHEAD * DAY;
    gint64 time = now;

    if (end_of_current (quiet, zone, now))
        return 0;
    while (window->len && time < limit) {
        gint64 end = end_of_current (window, zone, time);

        if (!end)
            break;
        time = end;
    }
    if (!window->len)
        time = limit;
    return MIN (MIN (time, limit), next_begin (quiet, zone, now)) - now;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_AGENT_WINDOW_H
#define MMFOTA_AGENT_WINDOW_H

#include <glib.h>

/*
 * Recurring spans of local time: "Sat,Sun 23:30/60min; 02:00/3h" (days of the week
 * on which it begins, begin, length) and "22:00-07:00" (begin and end, every day).
 *
 * Times are Unix seconds. A begin that a change of the clock leaves out counts from
 * the next minute that there is; one that comes twice counts the first time. A
 * length is one of real time; an end of the form "07:00" is one of the wall clock.
 */

typedef struct {
    guint   days;   /* bit 0 Monday … bit 6 Sunday */
    guint   begin;  /* minutes since midnight */
    guint   end;    /* minutes since midnight, if length is 0 */
    guint32 length; /* seconds; 0: until end */
} MmfotaAgentSpan;

/* A time that is never reached */
#define MMFOTA_AGENT_NEVER G_MAXINT64

/* Empty text: no spans. Arrays of MmfotaAgentSpan. */
GArray  *mmfota_agent_window_parse       (const gchar  *text,
                                          GError      **error);
GArray  *mmfota_agent_quiet_hours_parse  (const gchar  *text,
                                          GError      **error);

/* Whether @now is in one of the spans; FALSE if there are none. */
gboolean mmfota_agent_spans_contain      (GArray       *spans,
                                          GTimeZone    *zone,
                                          gint64        now);

/* The first second at or after @now that is in @window (any, if that is empty) and
 * not in @quiet; MMFOTA_AGENT_NEVER if none comes in five weeks. */
gint64   mmfota_agent_window_next        (GArray       *window,
                                          GArray       *quiet,
                                          GTimeZone    *zone,
                                          gint64        now);

/* For how many seconds after @now it stays allowed, five weeks at most; 0 if it is not allowed
 * now. */
gint64   mmfota_agent_window_left        (GArray       *window,
                                          GArray       *quiet,
                                          GTimeZone    *zone,
                                          gint64        now);

#endif /* MMFOTA_AGENT_WINDOW_H */

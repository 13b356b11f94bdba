/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/* Windows and quiet hours at each change of the hour */

#include "mmfota-agent-window.h"

static gint64
at (GTimeZone   *zone,
    const gchar *text)
{
    g_autoptr(GDateTime) time = g_date_time_new_from_iso8601 (text, zone);

    g_assert_nonnull (time);
    return g_date_time_to_unix (time);
}

static gchar *
say (GTimeZone *zone,
     gint64     time)
{
    g_autoptr(GDateTime) utc = NULL;
    g_autoptr(GDateTime) local = NULL;

    if (time == MMFOTA_AGENT_NEVER)
        return g_strdup ("never");
    utc = g_date_time_new_from_unix_utc (time);
    local = g_date_time_to_timezone (utc, zone);
    return g_date_time_format (local, "%Y-%m-%dT%H:%M:%S%:z");
}

/* Central Europe: 2026-03-29 02:00 is 03:00, 2026-10-25 03:00 is 02:00 again. Lord Howe moves by half an
 * hour: 2026-04-05 02:00 is 01:30 again, 2026-10-04 02:00 is 02:30. Apia had no 2011-12-30. */
static const struct {
    const gchar *zone;
    const gchar *window;
    const gchar *quiet;
    const gchar *now;
    const gchar *next;
    gint         left; /* seconds after next */
} table[] = {
    { "UTC", "", "", "2026-11-27T12:00:00Z", "2026-11-27T12:00:00+00:00", 36 * 86400 },
    { "UTC", "02:00/3h", "", "2026-11-27T12:00:00Z", "2026-11-28T02:00:00+00:00", 10800 },
    { "UTC", "02:00/3h", "", "2026-11-27T02:00:00Z", "2026-11-27T02:00:00+00:00", 10800 },
    { "UTC", "02:00/3h", "", "2026-11-27T04:59:59Z", "2026-11-27T04:59:59+00:00", 1 },
    { "UTC", "02:00/3h", "", "2026-11-27T05:00:00Z", "2026-11-28T02:00:00+00:00", 10800 },
    { "UTC", "Sat,Sun 23:30/60min", "", "2026-11-27T12:00:00Z", "2026-11-28T23:30:00+00:00", 3600 },
    { "UTC", "Sat,Sun 23:30/60min", "", "2026-11-30T00:10:00Z", "2026-11-30T00:10:00+00:00", 1200 },
    { "UTC", "Sat,Sun 23:30/60min", "", "2026-11-30T00:30:00Z", "2026-12-05T23:30:00+00:00", 3600 },
    { "UTC", "Mon 00:00/7d", "", "2026-11-29T23:59:59Z", "2026-11-29T23:59:59+00:00", 36 * 86400 },
    { "UTC", "01:00/1h; 02:00/1h", "", "2026-11-27T01:30:00Z", "2026-11-27T01:30:00+00:00", 5400 },
    { "UTC", "", "22:00-07:00", "2026-11-27T21:59:59Z", "2026-11-27T21:59:59+00:00", 1 },
    { "UTC", "", "22:00-07:00", "2026-11-27T22:00:00Z", "2026-11-28T07:00:00+00:00", 15 * 3600 },
    { "UTC", "", "22:00-07:00", "2026-11-28T06:59:59Z", "2026-11-28T07:00:00+00:00", 15 * 3600 },
    { "UTC", "06:00/2h", "22:00-07:00", "2026-11-28T00:00:00Z", "2026-11-28T07:00:00+00:00", 3600 },
    { "UTC", "21:00/2h", "22:00-07:00", "2026-11-28T21:30:00Z", "2026-11-28T21:30:00+00:00", 1800 },
    { "UTC", "23:00/1h", "22:00-07:00", "2026-11-28T00:00:00Z", "never", 0 },
    { "UTC", "", "00:00-12:00;12:00-00:00", "2026-11-28T00:00:00Z", "never", 0 },
    /* The hour that is not there: at the next minute that is, and as long as ever */
    { "Europe/Berlin", "02:30/1h", "", "2026-03-29T00:00:00+01:00", "2026-03-29T03:00:00+02:00", 3600 },
    { "Europe/Berlin", "02:00/3h", "", "2026-03-29T00:00:00+01:00", "2026-03-29T03:00:00+02:00", 10800 },
    { "Europe/Berlin", "01:30/1h", "", "2026-03-29T00:00:00+01:00", "2026-03-29T01:30:00+01:00", 3600 },
    { "Europe/Berlin", "", "22:00-02:30", "2026-03-29T01:00:00+01:00", "2026-03-29T03:00:00+02:00", 19 * 3600 },
    { "Europe/Berlin", "", "02:30-07:00", "2026-03-29T01:59:59+01:00", "2026-03-29T01:59:59+01:00", 1 },
    /* The hour that comes twice: the first time, and not again */
    { "Europe/Berlin", "02:30/15min", "", "2026-10-25T00:00:00+02:00", "2026-10-25T02:30:00+02:00", 900 },
    { "Europe/Berlin", "02:30/15min", "", "2026-10-25T02:46:00+02:00", "2026-10-26T02:30:00+01:00", 900 },
    { "Europe/Berlin", "02:30/15min", "", "2026-10-25T02:31:00+01:00", "2026-10-26T02:30:00+01:00", 900 },
    { "Europe/Berlin", "01:00/3h", "", "2026-10-25T02:50:00+01:00", "2026-10-25T02:50:00+01:00", 600 },
    { "Europe/Berlin", "", "22:00-07:00", "2026-10-25T01:00:00+02:00", "2026-10-25T07:00:00+01:00", 15 * 3600 },
    { "Europe/Berlin", "", "22:00-02:30", "2026-10-25T02:29:00+02:00", "2026-10-25T02:30:00+01:00", 19 * 3600 + 1800 },
    { "Europe/Berlin", "", "22:00-02:30", "2026-10-25T02:10:00+01:00", "2026-10-25T02:30:00+01:00", 19 * 3600 + 1800 },
    { "Europe/Berlin", "", "22:00-07:00", "2026-03-29T01:00:00+01:00", "2026-03-29T07:00:00+02:00", 15 * 3600 },
    { "Australia/Lord_Howe", "01:45/1h", "", "2026-04-05T00:00:00+11:00", "2026-04-05T01:45:00+11:00", 3600 },
    { "Australia/Lord_Howe", "02:10/1h", "", "2026-10-04T00:00:00+10:30", "2026-10-04T02:30:00+11:00", 3600 },
    { "Pacific/Apia", "Fri 12:00/1h", "", "2011-12-29T13:00:00-10:00", "2011-12-31T00:00:00+14:00", 3600 },
    { "Asia/Shanghai", "Sun 03:00/2h", "", "2026-11-28T12:00:00+08:00", "2026-11-29T03:00:00+08:00", 7200 },
    { "UTC", "02:00/3h", "", "1970-01-01T00:00:10Z", "1970-01-01T02:00:00+00:00", 10800 },
};

static void
test_table (void)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS (table); i++) {
        g_autoptr(GTimeZone) zone = g_time_zone_new_identifier (table[i].zone);
        g_autoptr(GError)    error = NULL;
        g_autoptr(GArray)    window = mmfota_agent_window_parse (table[i].window, &error);
        g_autoptr(GArray)    quiet = NULL;
        g_autofree gchar    *text = NULL;
        gint64               next;

        g_assert_no_error (error);
        quiet = mmfota_agent_quiet_hours_parse (table[i].quiet, &error);
        g_assert_no_error (error);
        g_assert_nonnull (zone);
        next = mmfota_agent_window_next (window, quiet, zone, at (zone, table[i].now));
        text = say (zone, next);
        g_test_message ("%s '%s' '%s' %s: %s", table[i].zone, table[i].window, table[i].quiet, table[i].now, text);
        g_assert_cmpstr (text, ==, table[i].next);
        if (next != MMFOTA_AGENT_NEVER)
            g_assert_cmpint (mmfota_agent_window_left (window, quiet, zone, next), ==, table[i].left);
    }
}

/* The three functions agree with each other at every minute of the two nights */
static void
test_minutes (void)
{
    g_autoptr(GTimeZone) zone = g_time_zone_new_identifier ("Europe/Berlin");
    g_autoptr(GArray)    window = mmfota_agent_window_parse ("Sat,Sun 01:10/3h; 02:20/10min", NULL);
    g_autoptr(GArray)    quiet = mmfota_agent_quiet_hours_parse ("02:25-03:05", NULL);
    const gchar         *nights[] = { "2026-03-28T12:00:00+01:00", "2026-10-24T12:00:00+02:00" };
    guint                i;
    gint                 minute;

    for (i = 0; i < G_N_ELEMENTS (nights); i++) {
        gint64 begin = at (zone, nights[i]);

        for (minute = 0; minute < 3 * 24 * 60; minute++) {
            gint64   now = begin + minute * 60;
            gboolean allowed = mmfota_agent_spans_contain (window, zone, now) && !mmfota_agent_spans_contain (quiet, zone, now);
            gint64   next = mmfota_agent_window_next (window, quiet, zone, now);

            g_assert_true (allowed == (next == now));
            g_assert_true (allowed == (mmfota_agent_window_left (window, quiet, zone, now) > 0));
            g_assert_cmpint (next, >=, now);
            g_assert_true (mmfota_agent_spans_contain (window, zone, next) && !mmfota_agent_spans_contain (quiet, zone, next));
        }
    }
}

int
main (int    argc,
      char **argv)
{
    g_test_init (&argc, &argv, NULL);

    g_test_add_func ("/agent/window/table", test_table);
    g_test_add_func ("/agent/window/minutes", test_minutes);

    return g_test_run ();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-agent-schedule.h"

#include <string.h>

#include "mmfota-agent-window.h"

#define MINUTE 60
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

static const MmfotaAgentCheckSettings daily = { DAY, 15 * MINUTE, 25 };

/* 2026-11-27 12:00 */
#define NOON G_GINT64_CONSTANT (1795780800)

static void
test_due (void)
{
    static const struct {
        gint64  last_check; /* before noon; G_MAXINT64: never */
        guint32 missed;
        gint64  present_for;
        gint64  due; /* after noon */
    } table[] = {
        /* Never yet: first and the offset, of which less each time it comes */
        { G_MAXINT64, 1, 0, 15 * MINUTE + 4 * HOUR },
        { G_MAXINT64, 1, 4 * HOUR, 15 * MINUTE },
        { G_MAXINT64, 2, 0, 15 * MINUTE + 2 * HOUR },
        { G_MAXINT64, 9, 0, 15 * MINUTE + 4 * HOUR / 256 },
        { G_MAXINT64, 1000, 0, 15 * MINUTE },
        /* One that was due while it was off is made */
        { 3 * DAY, 1, 0, 15 * MINUTE + 4 * HOUR },
        /* It was there all the time: a day later to the second */
        { 23 * HOUR, 0, 20 * HOUR, HOUR },
        { DAY, 0, 5 * DAY, 0 },
        /* It has just come, and is due soon: not before first */
        { DAY - MINUTE, 0, 0, 16 * MINUTE },
        { 12 * HOUR, 0, 0, 12 * HOUR },
        /* A last check that lies ahead: the clock was wrong then, or is now */
        { -300 * DAY, 0, 0, DAY },
        { -300 * DAY, 0, 5 * HOUR, DAY },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (table); i++) {
        g_autoptr(MmfotaAgentMemory) memory = mmfota_agent_memory_new ("860000000000001");

        memory->last_check = table[i].last_check == G_MAXINT64 ? 0 : NOON - table[i].last_check;
        memory->missed = table[i].missed;
        g_test_message ("row %u", i);
        g_assert_cmpint (mmfota_agent_schedule_due (&daily, memory, 4 * HOUR, table[i].present_for, NOON) - NOON, ==,
                         table[i].due);
    }
}

static void
test_on_demand (void)
{
    MmfotaAgentCheckSettings      check = { 0, 15 * MINUTE, 25 };
    g_autoptr(MmfotaAgentMemory)  memory = mmfota_agent_memory_new ("860000000000001");

    g_assert_cmpint (mmfota_agent_schedule_due (&check, memory, 0, DAY, NOON), ==, MMFOTA_AGENT_NEVER);
    g_assert_cmpuint (mmfota_agent_schedule_offset (&check, "m", "860000000000001"), ==, 0);
}

static void
test_offset (void)
{
    MmfotaAgentCheckSettings check = daily;
    guint32                  first = mmfota_agent_schedule_offset (&check, "machine", "860000000000001");

    g_assert_cmpuint (first, ==, mmfota_agent_schedule_offset (&check, "machine", "860000000000001"));
    g_assert_cmpuint (first, <, 6 * HOUR);
    g_assert_cmpuint (first, !=, mmfota_agent_schedule_offset (&check, "other", "860000000000001"));
    g_assert_cmpuint (first, !=, mmfota_agent_schedule_offset (&check, "machine", "860000000000002"));
    check.spread = 0;
    g_assert_cmpuint (mmfota_agent_schedule_offset (&check, "machine", "860000000000001"), ==, 0);
}

/*****************************************************************************/
/* A year of a fleet */

#define DEVICES 1000
#define DAYS    365
#define BUCKET  (5 * MINUTE)
#define BUCKETS (DAYS * DAY / BUCKET)

typedef struct {
    MmfotaAgentMemory *memory;
    guint32            offset;
    guint              checks;
} Device;

/* All of the fleet has power from here to there */
static void
live (Device *devices,
      gint64  from,
      gint64  to,
      guint  *buckets)
{
    guint i;

    for (i = 0; i < DEVICES; i++) {
        MmfotaAgentMemory *memory = devices[i].memory;
        gint64             now = from;

        mmfota_agent_schedule_came (&daily, memory, now);
        for (;;) {
            gint64 due = mmfota_agent_schedule_due (&daily, memory, devices[i].offset, now - from, now);

            g_assert_cmpint (due, >, from);
            if (due >= to)
                break;
            now = MAX (now, due);
            memory->last_check = now + 20;
            memory->missed = 0;
            devices[i].checks++;
            buckets[(now - NOON) / BUCKET]++;
        }
    }
}

/* Switched on all at once, with a power cut for all in each month, of minutes to days: in no five minutes
 * more than a few look for firmware, and each looks as often as it should. */
static void
test_year (void)
{
    Device            *devices = g_new0 (Device, DEVICES);
    g_autofree guint  *buckets = g_new0 (guint, BUCKETS);
    gint64             now = NOON;
    guint              most = 0;
    guint              fewest = G_MAXUINT;
    guint              i;

    for (i = 0; i < DEVICES; i++) {
        g_autofree gchar *imei = g_strdup_printf ("8600000000%05u", i);

        devices[i].memory = mmfota_agent_memory_new (imei);
        devices[i].offset = mmfota_agent_schedule_offset (&daily, "the same image on each", imei);
    }
    for (i = 0; i < 12; i++) {
        gint64 end = NOON + (gint64) (i + 1) * 30 * DAY;

        live (devices, now, end, buckets);
        now = end + (1 << i) * MINUTE;
    }
    for (i = 0; i < DEVICES; i++) {
        fewest = MIN (fewest, devices[i].checks);
        mmfota_agent_memory_free (devices[i].memory);
    }
    for (i = 0; i < BUCKETS; i++)
        most = MAX (most, buckets[i]);
    g_free (devices);
    g_test_message ("at most %u of %u in five minutes, at least %u checks each", most, DEVICES, fewest);
    /* In six hours each: 14 on average, and those that a power cut has delayed on top of the others */
    g_assert_cmpuint (most, <=, 80);
    g_assert_cmpuint (fewest, >=, 340);
}

/* On for an hour a day: it comes to a check within a week, again and again */
static void
test_an_hour_a_day (void)
{
    g_autoptr(MmfotaAgentMemory)  memory = mmfota_agent_memory_new ("860000000000001");
    guint                         checks = 0;
    guint                         day;

    for (day = 0; day < 70; day++) {
        gint64 now = NOON + (gint64) day * DAY;
        gint64 due;

        mmfota_agent_schedule_came (&daily, memory, now);
        due = mmfota_agent_schedule_due (&daily, memory, 6 * HOUR - 1, 0, now);
        if (due < now + HOUR) {
            memory->last_check = due;
            memory->missed = 0;
            checks++;
        }
    }
    g_test_message ("%u checks", checks);
    g_assert_cmpuint (checks, >=, 10);
}

int
main (int    argc,
      char **argv)
{
    g_test_init (&argc, &argv, NULL);

    g_test_add_func ("/agent/schedule/due", test_due);
    g_test_add_func ("/agent/schedule/on-demand", test_on_demand);
    g_test_add_func ("/agent/schedule/offset", test_offset);
    g_test_add_func ("/agent/schedule/year", test_year);
    g_test_add_func ("/agent/schedule/an-hour-a-day", test_an_hour_a_day);

    return g_test_run ();
}

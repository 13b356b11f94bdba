/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-agent-clock.h"

#include <errno.h>
#include <string.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include <gio/gio.h>
#include <glib-unix.h>

#include "mmfota-agent-window.h"

/* Adjustments up to this are not reported: NTP makes them all the time */
#define SLACK 2

/* The longest time that an alarm is set for */
#define ALARM_MAX (7 * 24 * 60 * 60)

struct _MmfotaAgentClock {
    MmfotaAgentClockWake wake;
    MmfotaAgentClockSet  set;
    gpointer             user_data;
    gint                 alarm_fd;
    gint                 set_fd;
    guint                alarm_id;
    guint                set_id;
    gint64               difference; /* of the two clocks, in seconds */
};

/*****************************************************************************/
/* Time */

static gint64
read_clock (clockid_t id)
{
    struct timespec time = { 0, 0 };

    clock_gettime (id, &time);
    return (gint64) time.tv_sec;
}

gint64
mmfota_agent_clock_now (void)
{
    return read_clock (CLOCK_REALTIME);
}

gint64
mmfota_agent_clock_elapsed (void)
{
    return read_clock (CLOCK_BOOTTIME);
}

/*****************************************************************************/
/* Waking up */

static void
drain (gint fd)
{
    guint64 count;

    while (read (fd, &count, sizeof (count)) < 0 && errno == EINTR)
        continue;
}

/* A timer that never expires, but is cancelled when the clock is set */
static gboolean
watch_set (MmfotaAgentClock *self)
{
    struct itimerspec spec;

    memset (&spec, 0, sizeof (spec));
    spec.it_value.tv_sec = (time_t) (mmfota_agent_clock_now () + 10 * 366 * G_GINT64_CONSTANT (86400));
    return timerfd_settime (self->set_fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &spec, NULL) == 0 || errno == ECANCELED;
}

static gboolean
clock_was_set (gint          fd,
               GIOCondition  condition,
               gpointer      user_data)
{
    MmfotaAgentClock *self = user_data;
    gint64            difference;
    gint64            seconds;

    drain (fd);
    watch_set (self);
    difference = mmfota_agent_clock_now () - mmfota_agent_clock_elapsed ();
    seconds = difference - self->difference;
    if (ABS (seconds) > SLACK) {
        self->difference = difference;
        self->set (seconds, self->user_data);
    }
    return G_SOURCE_CONTINUE;
}

static gboolean
alarm_rang (gint          fd,
            GIOCondition  condition,
            gpointer      user_data)
{
    MmfotaAgentClock *self = user_data;

    drain (fd);
    self->wake (self->user_data);
    return G_SOURCE_CONTINUE;
}

void
mmfota_agent_clock_alarm (MmfotaAgentClock *self,
                          gint64            time)
{
    struct itimerspec spec;
    gint64            wait = time - mmfota_agent_clock_now ();

    memset (&spec, 0, sizeof (spec));
    /* One second more: the seconds of the two clocks do not begin at the same moment */
    if (time != MMFOTA_AGENT_NEVER)
        spec.it_value.tv_sec = (time_t) (mmfota_agent_clock_elapsed () + CLAMP (wait, 0, ALARM_MAX) + 1);
    if (timerfd_settime (self->alarm_fd, TFD_TIMER_ABSTIME, &spec, NULL) < 0)
        g_warning ("no alarm can be set: %s", g_strerror (errno));
}

/*****************************************************************************/
/* Life */

MmfotaAgentClock *
mmfota_agent_clock_new (MmfotaAgentClockWake   wake,
                        MmfotaAgentClockSet    set,
                        gpointer               user_data,
                        GError               **error)
{
    g_autoptr(MmfotaAgentClock) self = g_new0 (MmfotaAgentClock, 1);

    self->wake = wake;
    self->set = set;
    self->user_data = user_data;
    self->difference = mmfota_agent_clock_now () - mmfota_agent_clock_elapsed ();
    self->alarm_fd = timerfd_create (CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
    self->set_fd = timerfd_create (CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
    if (self->alarm_fd < 0 || self->set_fd < 0 || !watch_set (self)) {
        gint code = errno;

        g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), "no timers: %s", g_strerror (code));
        return NULL;
    }
    self->alarm_id = g_unix_fd_add (self->alarm_fd, G_IO_IN, alarm_rang, self);
    self->set_id = g_unix_fd_add (self->set_fd, G_IO_IN, clock_was_set, self);
    return g_steal_pointer (&self);
}

void
mmfota_agent_clock_free (MmfotaAgentClock *self)
{
    g_clear_handle_id (&self->alarm_id, g_source_remove);
    g_clear_handle_id (&self->set_id, g_source_remove);
    if (self->alarm_fd >= 0)
        close (self->alarm_fd);
    if (self->set_fd >= 0)
        close (self->set_fd);
    g_free (self);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/* To be preloaded before fast-clock.so into the stock daemon.
 *
 * A daemon that crashes says where, and so does one that is sent SIGUSR2 because it
 * answers no more: both on standard error, since a machine without core files and
 * debugger must do.
 *
 * The wall clock can be set: the file that WALL_CLOCK names holds the nanoseconds by
 * which it is ahead. The other clocks do not follow, as when NTP sets the time. */

#include <dlfcn.h>
#include <execinfo.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define NSEC       1000000000LL
#define FRAMES_MAX 64

static const int64_t *ahead;

static int (* next_clock_gettime) (clockid_t, struct timespec *);

/*****************************************************************************/
/* Stacks */

static void
show_stack (const char *why)
{
    void *frames[FRAMES_MAX];
    int   n;

    if (write (STDERR_FILENO, why, strlen (why)) < 0)
        return;
    n = backtrace (frames, FRAMES_MAX);
    backtrace_symbols_fd (frames, n, STDERR_FILENO);
    if (write (STDERR_FILENO, "stack ends\n", 11) < 0)
        return;
}

static void
crashed (int number)
{
    show_stack ("stack of a crash:\n");
    /* The default handler is in place again */
    raise (number);
}

static void
asked (int number)
{
    (void) number;
    show_stack ("stack of a daemon that does not answer:\n");
}

/*****************************************************************************/
/* The wall clock */

int
clock_gettime (clockid_t        clock,
               struct timespec *ts)
{
    int result;

    if (!next_clock_gettime)
        next_clock_gettime = (int (*) (clockid_t, struct timespec *)) dlsym (RTLD_NEXT, "clock_gettime");
    result = next_clock_gettime (clock, ts);
    if (result == 0 && ahead && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
        int64_t nsec = ts->tv_sec * NSEC + ts->tv_nsec + *ahead;

        *ts = (struct timespec) { .tv_sec = nsec / NSEC, .tv_nsec = nsec % NSEC };
    }
    return result;
}

/*****************************************************************************/
/* Life */

__attribute__ ((constructor))
static void
start (void)
{
    static const int  deadly[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP };
    const char       *path = getenv ("WALL_CLOCK");
    struct sigaction  action;
    void             *frame;
    unsigned int      i;
    int               fd;

    if (!path)
        return;
    fd = open (path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        void *map = mmap (NULL, sizeof (int64_t), PROT_READ, MAP_SHARED, fd, 0);

        close (fd);
        if (map != MAP_FAILED)
            ahead = map;
    }

    /* The first call loads a library, which a handler must not */
    backtrace (&frame, 1);
    memset (&action, 0, sizeof (action));
    action.sa_handler = asked;
    action.sa_flags = SA_RESTART;
    sigaction (SIGUSR2, &action, NULL);
    action.sa_handler = crashed;
    action.sa_flags = (int) SA_RESETHAND;
    for (i = 0; i < sizeof (deadly) / sizeof (deadly[0]); i++)
        sigaction (deadly[i], &action, NULL);
}

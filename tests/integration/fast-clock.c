/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/* A faster clock for the stock daemon, to be preloaded.
 *
 * Time runs <rate> times faster for the process: what it reads from the clocks
 * and how long its main loops sleep. libfaketime does that too, but evenly: at a
 * rate of 100 the three seconds that ModemManager grants an AT command would be
 * 30 ms, and a busy test machine would make commands time out that no module was
 * late for. So while a command waits for its answer, time runs no faster than
 * <careful>.
 *
 * The state is a file shared with the test (FAST_CLOCK names it), which may change
 * the rates at any time; it survives the process, so the clock of a daemon that
 * was killed and started again never goes back.
 *
 * For the agent it runs the timers of the kernel by the same clock, and lets time pass that
 * CLOCK_MONOTONIC does not count, as in a suspend, or somebody set the clock.
 *
 * It can also make the module's ports fail as a pseudo-terminal does not: while the
 * file PORT_WRITES_FAIL exists, a write to them is EIO. And the disk be full: while DISK_FULL, a
 * folder, has a neighbour of that name and ".full", a write to a file below it is ENOSPC. */

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define NSEC 1000000000LL

/* After this long (real time) nobody waits for that answer any more */
#define ANSWER_NSEC (20 * NSEC)

/* harness.py knows this layout */
typedef struct {
    double  rate;
    double  careful;
    double  current;
    int64_t base;
    int64_t extra;
    int64_t step;      /* by which somebody has set the clock */
    int64_t asleep;    /* what CLOCK_MONOTONIC has missed */
} State;

/* One of the kernel's, which knows nothing of our time */
typedef struct {
    int       fd;
    clockid_t clock;
    int64_t   due;     /* 0: not set */
    int64_t   step;    /* when it was set */
    int       cancel;  /* rings, too, when somebody sets the clock */
} Timer;

static pthread_mutex_t  lock = PTHREAD_MUTEX_INITIALIZER;
static State           *state;
/* When the command that waits for its answer was written, 0 if none does */
static int64_t          waiting_since;
/* The end of what was read so far: a final result can come in pieces, too */
#define TAIL 64
static char             tails[1024][TAIL];

#define TIMERS 8
static Timer            timers[TIMERS];
static int              n_timers;

static int     (* real_clock_gettime) (clockid_t, struct timespec *);
static int     (* real_ppoll)         (struct pollfd *, nfds_t, const struct timespec *, const sigset_t *);
static ssize_t (* real_read)          (int, void *, size_t);
static ssize_t (* real_write)         (int, const void *, size_t);
static int     (* real_timerfd_create)  (int, int);
static int     (* real_timerfd_settime) (int, int, const struct itimerspec *, struct itimerspec *);

/*****************************************************************************/
/* The clock */

static void
load (void)
{
    const char *path;
    void       *map;
    int         fd;

    real_clock_gettime = dlsym (RTLD_NEXT, "clock_gettime");
    real_ppoll = dlsym (RTLD_NEXT, "ppoll");
    real_read = dlsym (RTLD_NEXT, "read");
    real_write = dlsym (RTLD_NEXT, "write");
    real_timerfd_create = dlsym (RTLD_NEXT, "timerfd_create");
    real_timerfd_settime = dlsym (RTLD_NEXT, "timerfd_settime");

    path = getenv ("FAST_CLOCK");
    if (!path)
        return;
    fd = open (path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return;
    map = mmap (NULL, sizeof (State), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close (fd);
    if (map != MAP_FAILED)
        state = map;
}

static void
ensure_loaded (void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once (&once, load);
}

static int64_t
to_nsec (const struct timespec *ts)
{
    return ts->tv_sec * NSEC + ts->tv_nsec;
}

static struct timespec
to_timespec (int64_t nsec)
{
    return (struct timespec) { .tv_sec = nsec / NSEC, .tv_nsec = nsec % NSEC };
}

/* Nanoseconds by which our time is ahead of the real one */
static int64_t
read_extra (double *rate)
{
    struct timespec ts;
    int64_t         now;
    int64_t         extra;
    double          wanted;

    real_clock_gettime (CLOCK_MONOTONIC, &ts);
    now = to_nsec (&ts);

    pthread_mutex_lock (&lock);
    if (waiting_since && now - waiting_since > ANSWER_NSEC)
        waiting_since = 0;
    extra = state->extra + (int64_t) ((double) (now - state->base) * (state->current - 1));
    wanted = waiting_since && state->careful < state->rate ? state->careful : state->rate;
    if (wanted < state->current || wanted > state->current) {
        state->extra = extra;
        state->base = now;
        state->current = wanted;
    }
    if (rate)
        *rate = wanted;
    pthread_mutex_unlock (&lock);
    return extra;
}

int
clock_gettime (clockid_t        clock,
               struct timespec *ts)
{
    int result;

    ensure_loaded ();
    result = real_clock_gettime (clock, ts);
    if (result == 0 && state &&
        (clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC || clock == CLOCK_BOOTTIME ||
         clock == CLOCK_REALTIME_COARSE || clock == CLOCK_MONOTONIC_COARSE))
        *ts = to_timespec (to_nsec (ts) + read_extra (NULL) +
                           (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE ? state->step : 0) +
                           (clock == CLOCK_MONOTONIC || clock == CLOCK_MONOTONIC_COARSE ? 0 : state->asleep));
    return result;
}

int
gettimeofday (struct timeval *restrict tv,
              void           *restrict tz)
{
    struct timespec ts;

    clock_gettime (CLOCK_REALTIME, &ts);
    tv->tv_sec = ts.tv_sec;
    tv->tv_usec = ts.tv_nsec / 1000;
    return 0;
}

time_t
time (time_t *tloc)
{
    struct timespec ts;

    clock_gettime (CLOCK_REALTIME, &ts);
    if (tloc)
        *tloc = ts.tv_sec;
    return ts.tv_sec;
}

/*****************************************************************************/
/* The kernel's timers, of which the agent has two */

static int64_t
read_clock (clockid_t clock)
{
    struct timespec ts;

    clock_gettime (clock, &ts);
    return to_nsec (&ts);
}

static Timer *
find_timer (int fd)
{
    int i;

    for (i = 0; i < n_timers; i++) {
        if (timers[i].fd == fd)
            return &timers[i];
    }
    return NULL;
}

int
timerfd_create (clockid_t clock,
                int       flags)
{
    Timer *timer;
    int    fd;

    ensure_loaded ();
    fd = real_timerfd_create (clock, flags);
    if (!state || fd < 0)
        return fd;
    timer = find_timer (fd);
    if (!timer && n_timers < TIMERS)
        timer = &timers[n_timers++];
    if (timer)
        *timer = (Timer) { .fd = fd, .clock = clock };
    return fd;
}

int
timerfd_settime (int                      fd,
                 int                      flags,
                 const struct itimerspec *value,
                 struct itimerspec       *old)
{
    const struct itimerspec  never = { { 0, 0 }, { 0, 0 } };
    Timer                   *timer;

    ensure_loaded ();
    timer = find_timer (fd);
    if (!timer)
        return real_timerfd_settime (fd, flags, value, old);
    timer->due = to_nsec (&value->it_value);
    if (timer->due && !(flags & TFD_TIMER_ABSTIME))
        timer->due += read_clock (timer->clock);
    timer->cancel = flags & TFD_TIMER_CANCEL_ON_SET;
    timer->step = state->step;
    return real_timerfd_settime (fd, 0, &never, old);
}

static void
ring_timers (void)
{
    const struct itimerspec now = { { 0, 0 }, { 0, 1 } };
    int                     i;

    for (i = 0; i < n_timers; i++) {
        Timer *timer = &timers[i];

        if (!timer->due || (read_clock (timer->clock) < timer->due && !(timer->cancel && timer->step != state->step)))
            continue;
        timer->due = 0;
        real_timerfd_settime (timer->fd, 0, &now, NULL);
    }
}

/*****************************************************************************/
/* Sleeping */

int
ppoll (struct pollfd         *fds,
       nfds_t                 nfds,
       const struct timespec *timeout,
       const sigset_t        *mask)
{
    struct timespec start;
    int64_t         end;

    ensure_loaded ();
    if (!state || (!timeout && !n_timers))
        return real_ppoll (fds, nfds, timeout, mask);

    clock_gettime (CLOCK_MONOTONIC, &start);
    end = timeout ? to_nsec (&start) + to_nsec (timeout) : INT64_MAX / 2;

    /* In slices, since the rate may change meanwhile */
    while (1) {
        struct timespec now;
        struct timespec slice;
        int64_t         left;
        double          rate;
        int             result;

        ring_timers ();
        real_clock_gettime (CLOCK_MONOTONIC, &now);
        left = end - to_nsec (&now) - read_extra (&rate);
        if (left < 0)
            left = 0;
        left = (int64_t) ((double) left / rate);
        slice = to_timespec (left > NSEC / 20 ? NSEC / 20 : left);
        result = real_ppoll (fds, nfds, &slice, mask);
        if (result != 0 || left <= NSEC / 20)
            return result;
    }
}

int
poll (struct pollfd *fds,
      nfds_t         nfds,
      int            timeout)
{
    struct timespec ts;

    if (timeout < 0)
        return ppoll (fds, nfds, NULL, NULL);
    ts = to_timespec (timeout * (NSEC / 1000));
    return ppoll (fds, nfds, &ts, NULL);
}

int
nanosleep (const struct timespec *request,
           struct timespec       *remain)
{
    int result;

    result = ppoll (NULL, 0, request, NULL);
    if (remain)
        *remain = to_timespec (0);
    return result;
}

/*****************************************************************************/
/* Commands and answers */

static int
is_port (int fd)
{
    struct stat st;
    int         saved = errno;
    int         result;

    /* The module's ports are pseudo-terminals: majors 136 to 143. Asked of the kernel: to
     * fstat() umockdev 0.18 and newer say the device that the port stands for. */
    result = syscall (SYS_fstat, fd, &st) == 0 && S_ISCHR (st.st_mode) && (major (st.st_rdev) & ~7U) == 136;
    errno = saved;
    return result;
}

static int
has_final (const char *buffer,
           size_t      size)
{
    static const char *const finals[] = { "ERROR", "NOT SUPPORT", "CONNECT", "NO CARRIER" };
    unsigned int             i;

    /* The line has to be at its end, too: until then the module goes on speaking */
    if (memmem (buffer, size, "OK\r\n", 4))
        return 1;
    for (i = 0; i < sizeof (finals) / sizeof (finals[0]); i++) {
        const char *start = memmem (buffer, size, finals[i], strlen (finals[i]));

        if (start && memmem (start, size - (size_t) (start - buffer), "\r\n", 2))
            return 1;
    }
    return 0;
}

static int
is_final (int         fd,
          const char *buffer,
          size_t      size)
{
    char  *tail = tails[(unsigned int) fd % (sizeof (tails) / TAIL)];
    char   joint[2 * TAIL];
    size_t head = size < TAIL ? size : TAIL;
    int    result;

    memcpy (joint, tail, TAIL);
    memcpy (joint + TAIL, buffer, head);
    result = has_final (joint, TAIL + head) || has_final (buffer, size);
    if (result)
        memset (tail, 0, TAIL);
    else if (size >= TAIL)
        memcpy (tail, buffer + size - TAIL, TAIL);
    else
        memcpy (tail, joint + size, TAIL);
    return result;
}

static void
forget_tail (int fd)
{
    memset (tails[(unsigned int) fd % (sizeof (tails) / TAIL)], 0, TAIL);
}

static void
set_waiting (int waiting)
{
    struct timespec ts;

    real_clock_gettime (CLOCK_MONOTONIC, &ts);
    pthread_mutex_lock (&lock);
    waiting_since = waiting ? to_nsec (&ts) : 0;
    pthread_mutex_unlock (&lock);
    /* The time until here counts at the rate so far */
    read_extra (NULL);
}

ssize_t
read (int     fd,
      void   *buffer,
      size_t  size)
{
    ssize_t result;

    ensure_loaded ();
    result = real_read (fd, buffer, size);
    if (state && waiting_since && result > 0 && is_port (fd) && is_final (fd, buffer, (size_t) result))
        set_waiting (0);
    return result;
}

static int
writes_fail (void)
{
    const char *fail = getenv ("PORT_WRITES_FAIL");

    return fail && access (fail, F_OK) == 0;
}

static int
disk_is_full (int fd)
{
    const char *folder = getenv ("DISK_FULL");
    char        path[4096];
    char        link[64];
    ssize_t     length;

    if (!folder)
        return 0;
    snprintf (path, sizeof (path), "%s.full", folder);
    if (access (path, F_OK) != 0)
        return 0;
    snprintf (link, sizeof (link), "/proc/self/fd/%d", fd);
    length = readlink (link, path, sizeof (path) - 1);
    if (length < 0)
        return 0;
    path[length] = '\0';
    return strncmp (path, folder, strlen (folder)) == 0 && path[strlen (folder)] == '/';
}

ssize_t
write (int         fd,
       const void *buffer,
       size_t      size)
{
    ssize_t result;

    ensure_loaded ();
    if (state && size > 0 && is_port (fd) && writes_fail ()) {
        errno = EIO;
        return -1;
    }
    if (state && size > 0 && disk_is_full (fd)) {
        errno = ENOSPC;
        return -1;
    }
    result = real_write (fd, buffer, size);
    if (state && result > 0 && is_port (fd) && memchr (buffer, '\r', (size_t) result)) {
        forget_tail (fd);
        set_waiting (1);
    }
    return result;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * Preloaded: the program dies before and after each call that changes the file system, one
 * after the other: with KILL_AT=N at the Nth such moment. KILL_COUNT names a file for the
 * number of moments that there were.
 */

#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static long moments;

static void
moment (void)
{
    const char *at = getenv ("KILL_AT");

    moments++;
    if (at && strtol (at, NULL, 10) == moments)
        kill (getpid (), SIGKILL);
}

__attribute__ ((destructor)) static void
tell (void)
{
    const char *path = getenv ("KILL_COUNT");
    FILE       *out = path ? fopen (path, "w") : NULL;

    if (!out)
        return;
    fprintf (out, "%ld\n", moments);
    fclose (out);
}

#define CHANGES(type, name, parameters, arguments)                  \
    type name parameters                                            \
    {                                                               \
        type (*next) parameters;                                    \
        type result;                                                \
                                                                    \
        *(void **) &next = dlsym (RTLD_NEXT, #name);                \
        moment ();                                                  \
        result = next arguments;                                    \
        moment ();                                                  \
        return result;                                              \
    }

CHANGES (ssize_t, write, (int fd, const void *data, size_t size), (fd, data, size))
CHANGES (int, fsync, (int fd), (fd))
CHANGES (int, fchmod, (int fd, mode_t mode), (fd, mode))
CHANGES (int, mkdirat, (int fd, const char *path, mode_t mode), (fd, path, mode))
CHANGES (int, unlinkat, (int fd, const char *path, int flags), (fd, path, flags))
CHANGES (int, linkat, (int a, const char *b, int c, const char *d, int e), (a, b, c, d, e))
CHANGES (int, renameat2, (int a, const char *b, int c, const char *d, unsigned int e), (a, b, c, d, e))

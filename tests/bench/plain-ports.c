/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/* To be preloaded before umockdev's library, which can keep no more than 50 serial ports
 * open: opens the modules' ports as the pseudo-terminals that they are. */

#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PORT "/dev/ttyUSB"

int
open64 (const char *path,
        int         flags,
        ...)
{
    const char *testbed = getenv ("UMOCKDEV_DIR");
    char        place[4096];
    int      (* next) (const char *, int, ...);
    mode_t      mode = 0;
    va_list     args;

    if (testbed && strncmp (path, PORT, strlen (PORT)) == 0) {
        snprintf (place, sizeof (place), "%s%s", testbed, path);
        return (int) syscall (SYS_openat, AT_FDCWD, place, flags, 0);
    }

    if (flags & (O_CREAT | __O_TMPFILE)) {
        va_start (args, flags);
        mode = va_arg (args, mode_t);
        va_end (args);
    }
    next = dlsym (RTLD_NEXT, "open64");
    return next (path, flags, mode);
}

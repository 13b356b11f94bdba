/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * Preloaded: the program gets the signal END_WITH as soon as it has written a text that begins with
 * END_AFTER.
 */

#include <dlfcn.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

ssize_t
write (int         fd,
       const void *data,
       size_t      size)
{
    const char *after = getenv ("END_AFTER");
    ssize_t   (*next) (int, const void *, size_t);
    ssize_t     result;

    *(void **) &next = dlsym (RTLD_NEXT, "write");
    result = next (fd, data, size);
    if (after && size >= strlen (after) && memcmp (data, after, strlen (after)) == 0)
        kill (getpid (), atoi (getenv ("END_WITH")));
    return result;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "failing-calls.h"

static guint            left;
static guint            counted;
static gboolean         counting;
static gboolean         short_write;
static FailingCallsHow  how;
static const gchar     *failed;
static gint             failed_errno;
static gboolean         interrupted;

void
failing_calls_begin (guint           nth,
                     FailingCallsHow wanted)
{
    left = nth;
    counted = 0;
    how = wanted;
    failed = NULL;
    short_write = FALSE;
    counting = TRUE;
}

guint
failing_calls_end (const gchar **which)
{
    counting = FALSE;
    if (which)
        *which = failed;
    return counted;
}

gint
failing_calls_get_errno (void)
{
    return failed_errno;
}

static gboolean
fails (const gchar *name,
       gint         number)
{
    if (!counting)
        return FALSE;
    counted++;
    if (left == 0 || --left > 0)
        return FALSE;
    failed = name;
    failed_errno = number;
    errno = number;
    return TRUE;
}

/* Every other time */
static gboolean
is_interrupted (void)
{
    if (!counting || how != FAILING_CALLS_PIECES)
        return FALSE;
    interrupted = !interrupted;
    if (interrupted)
        errno = EINTR;
    return interrupted;
}

/* What a call that succeeds leaves in errno is nothing to go by */
static void
spoil_errno (void)
{
    if (counting)
        errno = E2BIG;
}

/*****************************************************************************/
/* In front of the C library. Which of two names a caller uses depends on how it was
 * compiled; by labels, since a header may have given one name the other's. */

#define IN_FRONT_OF(type, name, label, ...) \
    type name (__VA_ARGS__) __asm__ (label); \
    type name (__VA_ARGS__)

static int
do_open (int         directory,
         const char *path,
         int         flags,
         mode_t      mode)
{
    if (fails ("open", flags & O_CREAT ? ENOSPC : EMFILE))
        return -1;
    return (int) syscall (SYS_openat, directory, path, flags, mode);
}

#define MODE(flags) __extension__ ({                    \
    mode_t _mode = 0;                                   \
    if (flags & O_CREAT) {                              \
        va_list _args;                                  \
        va_start (_args, flags);                        \
        _mode = (mode_t) va_arg (_args, unsigned int);  \
        va_end (_args);                                 \
    }                                                   \
    _mode; })

IN_FRONT_OF (int, front_open, "open", const char *path, int flags, ...)
{
    return do_open (AT_FDCWD, path, flags, MODE (flags));
}

IN_FRONT_OF (int, front_open64, "open64", const char *path, int flags, ...)
{
    return do_open (AT_FDCWD, path, flags, MODE (flags));
}

IN_FRONT_OF (int, front_openat, "openat", int directory, const char *path, int flags, ...)
{
    return do_open (directory, path, flags, MODE (flags));
}

IN_FRONT_OF (int, front_openat64, "openat64", int directory, const char *path, int flags, ...)
{
    return do_open (directory, path, flags, MODE (flags));
}

static int
do_fstat (int          fd,
          struct stat *st)
{
    return fails ("fstat", EIO) ? -1 : fstatat (fd, "", st, AT_EMPTY_PATH);
}

IN_FRONT_OF (int, front_fstat, "fstat", int fd, struct stat *st)
{
    return do_fstat (fd, st);
}

IN_FRONT_OF (int, front_fstat64, "fstat64", int fd, struct stat *st)
{
    return do_fstat (fd, st);
}

static ssize_t
do_read (int     fd,
         void   *buffer,
         size_t  size)
{
    if (is_interrupted ())
        return -1;
    if (counting && how == FAILING_CALLS_PIECES)
        return syscall (SYS_read, fd, buffer, MIN (size, 1));
    if (counting && how == FAILING_CALLS_ENDLESS) {
        memset (buffer, '#', size);
        return (ssize_t) size;
    }
    return fails ("read", EIO) ? -1 : syscall (SYS_read, fd, buffer, size);
}

IN_FRONT_OF (ssize_t, front_read, "read", int fd, void *buffer, size_t size)
{
    return do_read (fd, buffer, size);
}

IN_FRONT_OF (ssize_t, front_read_chk, "__read_chk", int fd, void *buffer, size_t size, size_t there)
{
    g_assert_cmpuint (size, <=, there);
    return do_read (fd, buffer, size);
}

IN_FRONT_OF (ssize_t, front_write, "write", int fd, const void *buffer, size_t size)
{
    if (short_write) {
        short_write = FALSE;
        errno = ENOSPC;
        return -1;
    }
    if (is_interrupted ())
        return -1;
    if (counting && how == FAILING_CALLS_PIECES)
        return syscall (SYS_write, fd, buffer, MIN (size, 1));
    if (!fails ("write", ENOSPC))
        return syscall (SYS_write, fd, buffer, size);
    if (how != FAILING_CALLS_SHORT_WRITES || size < 2)
        return -1;
    short_write = TRUE;
    return syscall (SYS_write, fd, buffer, size / 2);
}

IN_FRONT_OF (int, front_fsync, "fsync", int fd)
{
    return fails ("fsync", EIO) ? -1 : (int) syscall (SYS_fsync, fd);
}

/* The descriptor is gone all the same */
IN_FRONT_OF (int, front_close, "close", int fd)
{
    gint result = (gint) syscall (SYS_close, fd);

    if (fails ("close", EIO))
        return -1;
    spoil_errno ();
    return result;
}

IN_FRONT_OF (int, front_renameat, "renameat", int from, const char *name, int to, const char *new_name)
{
    return fails ("renameat", EIO) ? -1 : (int) syscall (SYS_renameat2, from, name, to, new_name, 0);
}

IN_FRONT_OF (int, front_unlinkat, "unlinkat", int directory, const char *name, int flags)
{
    gint result;

    if (fails ("unlinkat", EACCES))
        return -1;
    result = (gint) syscall (SYS_unlinkat, directory, name, flags);
    if (result == 0)
        spoil_errno ();
    return result;
}

/* GLib's, too */
IN_FRONT_OF (int, front_mkdir, "mkdir", const char *path, mode_t mode)
{
    return fails ("mkdir", EACCES) ? -1 : (int) syscall (SYS_mkdirat, AT_FDCWD, path, mode);
}

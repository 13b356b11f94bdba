/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * What the fuzz targets share. Each is one file with LLVMFuzzerTestOneInput (), linked
 * with libFuzzer (scripts/fuzz) or with fuzz-main.c (the test suite "fuzz").
 */

#ifndef FUZZ_H
#define FUZZ_H

#include <string.h>

#include <glib.h>

int LLVMFuzzerTestOneInput (const guint8 *data,
                            size_t        size);

/* The input as the C string that a parser gets; it ends at the first NUL */
static inline gchar *
fuzz_string (const guint8 *data,
             size_t        size)
{
    return g_strndup ((const gchar *) data, size);
}

static inline void
fuzz_check_ascii (const gchar *str,
                  gsize        max)
{
    const gchar *p;

    if (!str)
        return;
    g_assert_cmpuint (strlen (str), >, 0);
    g_assert_cmpuint (strlen (str), <=, max);
    for (p = str; *p; p++)
        g_assert_true (g_ascii_isprint (*p));
}

static inline void
fuzz_check_text (const gchar *str,
                 gsize        max)
{
    const gchar *p;

    if (!str)
        return;
    g_assert_cmpuint (strlen (str), <=, max);
    g_assert_true (g_utf8_validate (str, -1, NULL));
    for (p = str; *p; p = g_utf8_next_char (p))
        g_assert_true (g_unichar_isprint (g_utf8_get_char (p)));
}

/* A refusal says why, and the value parsed is where it was */
static inline void
fuzz_check_result (gboolean  result,
                   GError  **error)
{
    if (result)
        g_assert_no_error (*error);
    else {
        g_assert_nonnull (*error);
        fuzz_check_text ((*error)->message, 1024);
    }
    g_clear_error (error);
}

/* One command and nothing behind it: printable ASCII, quotes closed, no semicolon that
 * is not quoted */
static inline void
fuzz_check_command (const gchar *command)
{
    gboolean     quoted = FALSE;
    const gchar *p;

    g_assert_true (*command == '^' || *command == '+');
    for (p = command; *p; p++) {
        g_assert_true (g_ascii_isprint (*p));
        if (*p == '"')
            quoted = !quoted;
        g_assert_true (quoted || *p != ';');
    }
    g_assert_false (quoted);
}

#endif /* FUZZ_H */

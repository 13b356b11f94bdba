/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "fuzz.h"
#include "mm-tdtech-at.h"

/* Two bytes of numbers, then up to three strings, each after a 0xff */
#define N_STRINGS 3

static void
check_built (gchar   *command,
             GError **error)
{
    fuzz_check_result (command != NULL, error);
    if (command)
        fuzz_check_command (command);
    g_free (command);
}

static void
fuzz_session (guint         cid,
              guint         flags,
              const gchar **strings)
{
    GError *error = NULL;
    gchar  *command;

    command = mm_tdtech_build_ndisdup (cid, strings[0], strings[1], strings[2],
                                       (MMBearerAllowedAuth) (flags & 0x3f), &error);
    check_built (command, &error);
    command = mm_tdtech_build_cgdcont (cid, (MMBearerIpFamily) (flags & 0x0f), strings[0], &error);
    check_built (command, &error);
    command = mm_tdtech_build_setautodial (strings[0], &error);
    check_built (command, &error);
    command = mm_tdtech_build_fotaoemdl (strings[0], &error);
    check_built (command, &error);
}

static void
fuzz_tls (guint        number,
          const gchar *pem)
{
    g_auto(GStrv) commands = NULL;
    GError       *error = NULL;
    gchar        *command;
    guint         i;

    command = mm_tdtech_build_sslcfg (number, &error);
    check_built (command, &error);
    commands = mm_tdtech_build_sslmng ((MMTdtechSslFile) (number % 3), pem, &error);
    fuzz_check_result (commands != NULL, &error);
    for (i = 0; commands && commands[i]; i++) {
        fuzz_check_command (commands[i]);
        g_assert_cmpuint (strlen (commands[i]), <=, 1024 + 64);
    }
    g_assert_true (!commands || i >= 2);
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        size_t        size)
{
    g_autofree gchar *str = NULL;
    g_auto(GStrv)     parts = NULL;
    const gchar      *strings[N_STRINGS] = { NULL };
    guint             i;

    if (size < 2)
        return 0;
    str = fuzz_string (data + 2, size - 2);
    parts = g_strsplit (str, "\xff", N_STRINGS + 1);
    /* What stands before the first 0xff is no string: so each can be absent */
    for (i = 0; i < N_STRINGS && i + 1 < g_strv_length (parts); i++)
        strings[i] = parts[i + 1];

    fuzz_session (data[0] * 2, data[1], strings);
    fuzz_tls (data[0], strings[0]);
    return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <locale.h>
#include <signal.h>
#include <string.h>

#include "server-run.h"

gint
main (gint    argc,
      gchar **argv)
{
    setlocale (LC_ALL, "");
    /* Whoever reads our output may go away */
    signal (SIGPIPE, SIG_IGN);
    return server_run (&argc, &argv);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * AT commands one after the other on ModemManager's own port.
 */

#ifndef MM_TDTECH_COMMANDS_H
#define MM_TDTECH_COMMANDS_H

#include <gio/gio.h>

#include "mm-base-modem.h"

/* The module answers in 0.2 to 0.4 s; ^FOTADLQ alone takes up to 20 (guide). Seconds. */
#define MM_TDTECH_COMMAND_TIMEOUT      10
#define MM_TDTECH_COMMAND_TIMEOUT_LONG 30

typedef enum {
    MM_TDTECH_COMMANDS_ALL,          /* the first error ends the sequence */
    MM_TDTECH_COMMANDS_EACH,         /* every command is sent, whatever the others gave */
} MMTdtechCommandsMode;

/* @commands: without "AT", sent on the port that is primary then. Not cancellable:
 * ModemManager completes a cancelled command within the cancellable's signal, and
 * waits there for that signal to end. A port that is gone ends them at once. */
void       mm_tdtech_commands_run          (MMBaseModem          *modem,
                                            const gchar *const   *commands,
                                            MMTdtechCommandsMode  mode,
                                            guint                 timeout,
                                            GAsyncReadyCallback   callback,
                                            gpointer              user_data);
void       mm_tdtech_commands_run_one      (MMBaseModem          *modem,
                                            const gchar          *command,
                                            guint                 timeout,
                                            GAsyncReadyCallback   callback,
                                            gpointer              user_data);
/* Answers (gchar *), one for each command, NULL for one that had an error. With
 * ALL: NULL and the error of the command that had one; with EACH: NULL and the last
 * error if none was answered. */
GPtrArray *mm_tdtech_commands_run_finish   (MMBaseModem          *modem,
                                            GAsyncResult         *res,
                                            GError              **error);

/* The one answer */
gchar     *mm_tdtech_commands_run_one_finish (MMBaseModem          *modem,
                                              GAsyncResult         *res,
                                              GError              **error);

/* Whether the module did not answer at all, or can't be asked any more */
gboolean   mm_tdtech_commands_error_is_silence (const GError     *error);

#endif /* MM_TDTECH_COMMANDS_H */

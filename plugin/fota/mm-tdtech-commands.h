/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * Sends AT commands one after the other on ModemManager's own port.
 */

#ifndef MM_TDTECH_COMMANDS_H
#define MM_TDTECH_COMMANDS_H

#include <gio/gio.h>

#include "mm-base-modem.h"

/* Seconds. The module answers in 0.2 to 0.4 s; only ^FOTADLQ takes up to 20 s (guide). */
#define MM_TDTECH_COMMAND_TIMEOUT      10
#define MM_TDTECH_COMMAND_TIMEOUT_LONG 30

typedef enum {
    MM_TDTECH_COMMANDS_ALL,          /* the first error ends the sequence */
    MM_TDTECH_COMMANDS_EACH,         /* every command is sent, regardless of errors */
} MMTdtechCommandsMode;

/* @commands: without "AT"; each is sent on the port that is primary at that moment. Not
 * cancellable: ModemManager completes a cancelled command within the cancellable's signal, and
 * waits there for that signal to end. If the port disappears, they end at once. */
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
/* Answers (gchar *), one for each command, NULL after an error. With ALL: NULL and the first error;
 * with EACH: NULL and the last error if no command was answered. */
GPtrArray *mm_tdtech_commands_run_finish   (MMBaseModem          *modem,
                                            GAsyncResult         *res,
                                            GError              **error);

/* The answer */
gchar     *mm_tdtech_commands_run_one_finish (MMBaseModem          *modem,
                                              GAsyncResult         *res,
                                              GError              **error);

/* Whether the module did not answer, or no longer can */
gboolean   mm_tdtech_commands_error_is_silence (const GError     *error);

#endif /* MM_TDTECH_COMMANDS_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mm-tdtech-commands.h"

#include "mm-base-modem-at.h"

typedef struct {
    GStrv                 commands;
    MMTdtechCommandsMode  mode;
    guint                 timeout;
    guint                 next;
    guint                 n_answered;
    GPtrArray            *answers;
    GError               *last_error;
} RunContext;

static void
run_context_free (RunContext *ctx)
{
    g_strfreev (ctx->commands);
    g_ptr_array_unref (ctx->answers);
    g_clear_error (&ctx->last_error);
    g_slice_free (RunContext, ctx);
}

gboolean
mm_tdtech_commands_error_is_silence (const GError *error)
{
    /* A closed or removed port counts as a silent one */
    return error->domain == MM_SERIAL_ERROR || error->domain == G_IO_ERROR;
}

GPtrArray *
mm_tdtech_commands_run_finish (MMBaseModem   *modem,
                               GAsyncResult  *res,
                               GError       **error)
{
    return g_task_propagate_pointer (G_TASK (res), error);
}

static void run_next (GTask *task);

static void
command_ready (MMBaseModem  *modem,
               GAsyncResult *res,
               GTask        *task)
{
    RunContext        *ctx = g_task_get_task_data (task);
    g_autoptr(GError)  error = NULL;
    const gchar       *answer;

    answer = mm_base_modem_at_command_full_finish (modem, res, &error);
    if (error && ctx->mode == MM_TDTECH_COMMANDS_ALL) {
        g_task_return_error (task, g_steal_pointer (&error));
        g_object_unref (task);
        return;
    }

    if (error) {
        g_clear_error (&ctx->last_error);
        ctx->last_error = g_steal_pointer (&error);
    } else
        ctx->n_answered++;
    g_ptr_array_add (ctx->answers, g_strdup (answer));
    ctx->next++;
    run_next (task);
}

static void
run_next (GTask *task)
{
    RunContext     *ctx = g_task_get_task_data (task);
    MMBaseModem    *modem = g_task_get_source_object (task);
    MMPortSerialAt *port;

    if (!ctx->commands[ctx->next]) {
        /* Nothing was sent, or something was answered */
        if (ctx->n_answered > 0 || !ctx->last_error)
            g_task_return_pointer (task, g_ptr_array_ref (ctx->answers), (GDestroyNotify) g_ptr_array_unref);
        else
            g_task_return_error (task, g_steal_pointer (&ctx->last_error));
        g_object_unref (task);
        return;
    }

    port = mm_base_modem_peek_port_primary (modem);
    if (!port) {
        g_task_return_new_error (task, MM_SERIAL_ERROR, MM_SERIAL_ERROR_OPEN_FAILED_NO_DEVICE,
                                 "the module has no AT port any more");
        g_object_unref (task);
        return;
    }

    mm_base_modem_at_command_full (modem,
                                   MM_IFACE_PORT_AT (port),
                                   ctx->commands[ctx->next],
                                   ctx->timeout,
                                   FALSE,
                                   FALSE,
                                   NULL,
                                   (GAsyncReadyCallback) command_ready,
                                   task);
}

void
mm_tdtech_commands_run (MMBaseModem          *modem,
                        const gchar *const   *commands,
                        MMTdtechCommandsMode  mode,
                        guint                 timeout,
                        GAsyncReadyCallback   callback,
                        gpointer              user_data)
{
    RunContext *ctx;
    GTask      *task;

    ctx = g_slice_new0 (RunContext);
    ctx->commands = g_strdupv ((GStrv) commands);
    ctx->mode = mode;
    ctx->timeout = timeout;
    ctx->answers = g_ptr_array_new_with_free_func (g_free);

    task = g_task_new (modem, NULL, callback, user_data);
    g_task_set_task_data (task, ctx, (GDestroyNotify) run_context_free);
    run_next (task);
}

void
mm_tdtech_commands_run_one (MMBaseModem         *modem,
                            const gchar         *command,
                            guint                timeout,
                            GAsyncReadyCallback  callback,
                            gpointer             user_data)
{
    const gchar *commands[] = { command, NULL };

    mm_tdtech_commands_run (modem, commands, MM_TDTECH_COMMANDS_ALL, timeout, callback, user_data);
}

gchar *
mm_tdtech_commands_run_one_finish (MMBaseModem   *modem,
                                   GAsyncResult  *res,
                                   GError       **error)
{
    g_autoptr(GPtrArray) answers = NULL;

    answers = mm_tdtech_commands_run_finish (modem, res, error);
    return answers ? g_strdup (answers->pdata[0]) : NULL;
}

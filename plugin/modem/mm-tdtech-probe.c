/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <ModemManager.h>
#define _LIBMM_INSIDE_MM
#include <libmm-glib.h>

#include "mm-daemon-compat.h"

#include "mm-tdtech-probe.h"

/* Seconds. An answer takes 0.4 s (seen). Most modules are ready shortly after they appear on USB, so
 * the first commands get the short timeout. */
#define SHORT_TIMEOUT   1
#define TIMEOUT         3
#define SHORT_TRIES     6
/* A module appears on USB before it accepts commands; after an upgrade, long before */
#define MAX_TIMEOUTS    44
/* "+++" needs a second of silence before and after it (S12 in ITU-T V.250) */
#define ESCAPE_GUARD    2
/* A module left in the data state by an earlier dial is silent, too (seen) */
#define ESCAPE_TIMEOUTS SHORT_TRIES

/* A command sent just before the module is ready is lost; those sent earlier may be answered later,
 * all at once */
#define OWED_TIMEOUTS 2

/* Milliseconds; each no shorter than the module takes to answer (0.4 s, seen) */
#define STALE_ANSWER_PAUSE 1000
#define LATE_ANSWER_PAUSE  400

/* Do not ask forever a module that gives no usable answer */
#define MAX_ANSWERS 3

typedef struct {
    MMPortSerialAt   *port;
    MMTdtechIdentity *identity;
    guint             timeouts;
    guint             answers;
    /* There was a pause before the last command, long enough for all earlier answers */
    gboolean          settled;
    gboolean          escaped;
} Context;

static void
context_free (Context *ctx)
{
    g_object_unref (ctx->port);
    g_clear_pointer (&ctx->identity, mm_tdtech_identity_free);
    g_slice_free (Context, ctx);
}

/*****************************************************************************/
/* What was learned, stored with the port probe until the modem is created */

static GQuark
identity_quark (void)
{
    return g_quark_from_static_string ("tdtech-probe-identity");
}

MMTdtechIdentity *
mm_tdtech_probe_steal_identity (MMPortProbe *probe)
{
    return g_object_steal_qdata (G_OBJECT (probe), identity_quark ());
}

/*****************************************************************************/

static void ask_identity (GTask *task);

static void
finish (GTask *task)
{
    MMPortProbe *probe;
    Context     *ctx;

    probe = g_task_get_source_object (task);
    ctx = g_task_get_task_data (task);
    if (ctx->identity) {
        mm_port_probe_set_result_at (probe, TRUE);
        g_object_set_qdata_full (G_OBJECT (probe), identity_quark (),
                                 g_steal_pointer (&ctx->identity), (GDestroyNotify) mm_tdtech_identity_free);
    }
    g_task_return_boolean (task, TRUE);
    g_object_unref (task);
}

static gboolean
paused (GTask *task)
{
    ask_identity (task);
    return G_SOURCE_REMOVE;
}

static void
escape_ready (MMPortSerialAt *port,
              GAsyncResult   *res,
              GTask          *task)
{
    /* The answer to the next command shows whether it worked */
    g_timeout_add_seconds (ESCAPE_GUARD, (GSourceFunc) paused, task);
}

static gboolean
escape (GTask *task)
{
    Context *ctx;

    ctx = g_task_get_task_data (task);
    ctx->escaped = TRUE;
    mm_port_serial_at_command (ctx->port, "+++", TIMEOUT,
                               TRUE, /* raw */
                               FALSE,
                               g_task_get_cancellable (task),
                               (GAsyncReadyCallback) escape_ready,
                               task);
    return G_SOURCE_REMOVE;
}

static void
command_timed_out (GTask *task)
{
    Context *ctx;

    ctx = g_task_get_task_data (task);
    ctx->settled = FALSE;
    if (++ctx->timeouts == MAX_TIMEOUTS)
        finish (task);
    else if (ctx->timeouts == ESCAPE_TIMEOUTS)
        g_timeout_add_seconds (ESCAPE_GUARD, (GSourceFunc) escape, task);
    else
        ask_identity (task);
}

static void
pause_and_ask (GTask *task)
{
    Context *ctx;

    ctx = g_task_get_task_data (task);
    g_clear_pointer (&ctx->identity, mm_tdtech_identity_free);
    ctx->settled = TRUE;
    g_timeout_add (STALE_ANSWER_PAUSE + ctx->timeouts * LATE_ANSWER_PAUSE, (GSourceFunc) paused, task);
}

/* An answer came, but not to the last command */
static void
stale_answer_received (GTask *task)
{
    Context *ctx;

    ctx = g_task_get_task_data (task);
    if (++ctx->answers == MAX_ANSWERS)
        finish (task);
    else
        pause_and_ask (task);
}

/* FALSE if there is no answer */
static gboolean
take_answer (MMPortSerialAt  *port,
             GAsyncResult    *res,
             gchar          **answer)
{
    g_autoptr(GError) error = NULL;

    *answer = mm_daemon_port_serial_at_command_finish (port, res, &error);
    return !g_error_matches (error, MM_SERIAL_ERROR, MM_SERIAL_ERROR_RESPONSE_TIMEOUT);
}

static void
ask (GTask               *task,
     const gchar         *command,
     GAsyncReadyCallback  callback)
{
    Context *ctx;

    if (g_task_return_error_if_cancelled (task)) {
        g_object_unref (task);
        return;
    }

    ctx = g_task_get_task_data (task);
    mm_port_serial_at_command (ctx->port, command,
                               ctx->timeouts < SHORT_TRIES ? SHORT_TIMEOUT : TIMEOUT,
                               TRUE, /* raw */
                               FALSE,
                               g_task_get_cancellable (task),
                               callback,
                               task);
}

static MMTdtechIdentity *
parse_identity (const gchar *answer)
{
    MMTdtechIdentity *identity;

    identity = g_new0 (MMTdtechIdentity, 1);
    /* A number alone may be the answer to another command */
    if (answer && mm_tdtech_parse_ati (answer, identity, NULL) && (identity->model || identity->revision))
        return identity;

    mm_tdtech_identity_free (identity);
    return NULL;
}

static gboolean
is_identity (const gchar *answer)
{
    MMTdtechIdentity *identity;

    identity = parse_identity (answer);
    if (!identity)
        return FALSE;
    mm_tdtech_identity_free (identity);
    return TRUE;
}

static void
revision_ready (MMPortSerialAt *port,
                GAsyncResult   *res,
                GTask          *task)
{
    Context          *ctx;
    g_autofree gchar *answer = NULL;
    gchar            *revision;

    ctx = g_task_get_task_data (task);
    if (!take_answer (port, res, &answer)) {
        g_clear_pointer (&ctx->identity, mm_tdtech_identity_free);
        command_timed_out (task);
        return;
    }

    revision = answer ? mm_tdtech_parse_cgmr (answer, NULL) : NULL;
    if (revision) {
        g_free (ctx->identity->revision);
        ctx->identity->revision = revision;
    }
    /* Accept a module that does not know the command; ask one again that still owes answers */
    if (revision || (ctx->settled && !is_identity (answer)))
        finish (task);
    else
        stale_answer_received (task);
}

static void
identity_ready (MMPortSerialAt *port,
                GAsyncResult   *res,
                GTask          *task)
{
    Context          *ctx;
    g_autofree gchar *answer = NULL;

    ctx = g_task_get_task_data (task);
    if (!take_answer (port, res, &answer)) {
        command_timed_out (task);
        return;
    }

    ctx->identity = parse_identity (answer);
    if (!ctx->identity)
        stale_answer_received (task);
    else if (!ctx->settled && ctx->timeouts >= OWED_TIMEOUTS)
        pause_and_ask (task);
    else
        /* It may be the answer to an earlier ATI; the answer to a different command shows whether
         * more of them are pending */
        ask (task, "AT+CGMR\r", (GAsyncReadyCallback) revision_ready);
}

static void
ask_identity (GTask *task)
{
    Context *ctx;

    ctx = g_task_get_task_data (task);
    /* Outside the data state, the module still has "+++" in its input */
    ask (task, ctx->escaped ? "\rATI\r" : "ATI\r", (GAsyncReadyCallback) identity_ready);
}

gboolean
mm_tdtech_probe_finish (MMPortProbe   *probe,
                        GAsyncResult  *res,
                        GError       **error)
{
    return g_task_propagate_boolean (G_TASK (res), error);
}

void
mm_tdtech_probe (MMPortProbe         *probe,
                 MMPortSerialAt      *port,
                 GCancellable        *cancellable,
                 GAsyncReadyCallback  callback,
                 gpointer             user_data)
{
    GTask   *task;
    Context *ctx;

    ctx = g_slice_new0 (Context);
    ctx->port = g_object_ref (port);

    task = g_task_new (probe, cancellable, callback, user_data);
    g_task_set_task_data (task, ctx, (GDestroyNotify) context_free);
    ask_identity (task);
}

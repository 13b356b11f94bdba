/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <ModemManager.h>
#define _LIBMM_INSIDE_MM
#include <libmm-glib.h>

#include "mm-daemon-compat.h"
#include "mm-iface-modem.h"
#include "mm-tdtech-fota-enums.h"
#include "mm-tdtech-fota-private.h"
#include "mm-tdtech-fota.h"
#include "mm-tdtech-url.h"

/* How many method calls may wait until the module's state is known, and how long any call may until
 * the module is asked for what it wants. D-Bus's own limit is 25 s, and a caller that gave up must not
 * be served. */
#define EARLY_CALLS_MAX  16
#define PATIENCE_SECONDS 20

/*****************************************************************************/
/* Answers */

static void
answer (MMTdtechFota          *self,
        GDBusMethodInvocation *invocation,
        MMTdtechFotaError      error,
        GVariant              *value)
{
    g_autofree gchar *message = NULL;

    if (error == MM_TDTECH_FOTA_ERROR_NONE) {
        g_dbus_method_invocation_return_value (invocation, value);
        return;
    }
    message = mm_tdtech_fota_describe (self, error);
    g_dbus_method_invocation_return_dbus_error (invocation, mm_tdtech_fota_error_get_name (error), message);
}

static void
answer_verb (MMTdtechFota          *self,
             GDBusMethodInvocation *invocation,
             MMTdtechFotaError      error)
{
    MMTdtechFotaRecordData *data = mm_tdtech_fota_record_peek (self->record);

    answer (self, invocation, error,
            error == MM_TDTECH_FOTA_ERROR_NONE ? g_variant_new ("(s)", mm_tdtech_fota_or_empty (data->transaction)) : NULL);
}

void
mm_tdtech_fota_methods_send_answers (MMTdtechFota             *self,
                                     const MMTdtechFotaOutput *output)
{
    if (output->answer_verb)
        g_clear_handle_id (&self->patience, g_source_remove);
    if (output->answer_verb && self->verb_invocation)
        answer_verb (self, g_steal_pointer (&self->verb_invocation), output->verb_error);
    if (output->answer_cancel && self->cancel_invocation)
        answer (self, g_steal_pointer (&self->cancel_invocation), output->cancel_error, NULL);
}

/*****************************************************************************/
/* Verbs and Cancel */

typedef struct {
    MMTdtechFota          *self;
    MMTdtechFotaVerb       verb;          /* or CANCEL */
    GDBusMethodInvocation *invocation;
    MMTdtechFotaOptions   *options;       /* NULL: of Cancel */
    const gchar           *actions[3];    /* to be authorized, in this order; NULL ends */
    guint                  next_action;
    guint                  caller_watch;  /* 0: the caller expects no reply */
    gboolean               caller_left;
    gint64                 authorized_at; /* monotonic, microseconds */
    guint                  patience;
} HandleVerbContext;

static void
handle_verb_context_free (HandleVerbContext *ctx)
{
    g_clear_handle_id (&ctx->caller_watch, g_bus_unwatch_name);
    g_clear_handle_id (&ctx->patience, g_source_remove);
    g_clear_pointer (&ctx->options, mm_tdtech_fota_options_free);
    g_object_unref (ctx->self);
    g_slice_free (HandleVerbContext, ctx);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (HandleVerbContext, handle_verb_context_free)

static void
return_core_error (HandleVerbContext *ctx,
                   MMCoreError        code,
                   const gchar       *message)
{
    g_dbus_method_invocation_return_error_literal (g_steal_pointer (&ctx->invocation),
                                                   MM_CORE_ERROR, code, message);
}

static void
return_invalid (HandleVerbContext *ctx,
                const gchar       *message)
{
    MMTdtechFotaError error = mm_tdtech_fota_machine_foresee (ctx->self->machine, ctx->verb);

    /* Report what is in progress or missing first: another server would not help */
    if (error != MM_TDTECH_FOTA_ERROR_NONE)
        answer_verb (ctx->self, g_steal_pointer (&ctx->invocation), error);
    else
        return_core_error (ctx, MM_CORE_ERROR_INVALID_ARGS, message);
}

/* Which server: the caller's, or the one that is known */
static gboolean
choose_server (HandleVerbContext *ctx)
{
    MMTdtechFota            *self = ctx->self;
    MMTdtechFotaRecordData  *data = mm_tdtech_fota_record_peek (self->record);
    MMTdtechFotaFlowOptions *flow = &ctx->options->flow;
    const gchar             *url = ctx->options->url ? ctx->options->url : data->url;

    if (ctx->verb == MM_TDTECH_FOTA_VERB_UPGRADE)
        return TRUE;
    if (!url)
        return ctx->verb == MM_TDTECH_FOTA_VERB_DOWNLOAD &&
               self->machine->module_state == MM_TDTECH_FOTASTATE_AVAILABLE;
    flow->with_url = TRUE;
    flow->https = mm_tdtech_url_is_https (url);
    flow->same_server = g_strcmp0 (url, data->offer_url ? data->offer_url : data->url) == 0;
    return TRUE;
}

/* Others may keep the port busy for minutes: ModemManager's scan for networks does */
static gboolean
verb_is_late (MMTdtechFota *self)
{
    g_autoptr(MMTdtechFota) keep = g_object_ref (self);

    self->patience = 0;
    if (!mm_tdtech_fota_machine_is_preparing (self->machine))
        return G_SOURCE_REMOVE;
    g_dbus_method_invocation_return_error_literal (g_steal_pointer (&self->verb_invocation),
                                                   MM_CORE_ERROR, MM_CORE_ERROR_RETRY,
                                                   "the module is busy or does not answer: try again later");
    mm_tdtech_fota_feed_kind (self, MM_TDTECH_FOTA_INPUT_CANCEL);
    return G_SOURCE_REMOVE;
}

static guint
get_patience (HandleVerbContext *ctx)
{
    gint64 waited = (g_get_monotonic_time () - ctx->authorized_at) / G_USEC_PER_SEC;

    return (guint) MAX (PATIENCE_SECONDS - waited, 0);
}

static void
begin_verb (HandleVerbContext *ctx)
{
    MMTdtechFota           *self = ctx->self;
    MMTdtechFotaRecordData *data = mm_tdtech_fota_record_peek (self->record);
    MMTdtechFotaInput       input = { .kind = MM_TDTECH_FOTA_INPUT_VERB };
    MMTdtechFotaOutput      output;
    g_autoptr(GError)       error = NULL;

    if (!choose_server (ctx)) {
        return_invalid (ctx, "no firmware server is known: the option 'url' is needed");
        return;
    }
    if (!mm_tdtech_fota_options_check_server (ctx->options, &error)) {
        return_invalid (ctx, error->message);
        return;
    }

    input.verb = ctx->verb;
    input.options = &ctx->options->flow;
    mm_tdtech_fota_machine_step (self->machine, &input, &output);
    if (!output.entered) {
        answer_verb (self, g_steal_pointer (&ctx->invocation), output.verb_error);
        return;
    }

    self->verb_invocation = g_steal_pointer (&ctx->invocation);
    mm_tdtech_fota_persistence_begin_transaction (self, ctx->options->transaction);
    mm_tdtech_fota_replace_string (&data->asked_url, ctx->options->url);
    self->options = g_steal_pointer (&ctx->options);
    self->patience = g_timeout_add_seconds (get_patience (ctx), (GSourceFunc) verb_is_late, self);
    mm_tdtech_fota_apply (self, &output);
}

static void
cancel (HandleVerbContext *ctx)
{
    MMTdtechFota       *self = ctx->self;
    MMTdtechFotaInput   input = { .kind = MM_TDTECH_FOTA_INPUT_CANCEL };
    MMTdtechFotaOutput  output;

    mm_tdtech_fota_machine_step (self->machine, &input, &output);
    if (output.answer_cancel) {
        answer (self, g_steal_pointer (&ctx->invocation), output.cancel_error, NULL);
        output.answer_cancel = FALSE;
    } else
        self->cancel_invocation = g_steal_pointer (&ctx->invocation);
    mm_tdtech_fota_apply_all (self, &output);
}

static void
serve (HandleVerbContext *ctx)
{
    if (ctx->caller_left)
        return_core_error (ctx, MM_CORE_ERROR_CANCELLED, "the caller is gone");
    else if (ctx->verb == MM_TDTECH_FOTA_VERB_CANCEL)
        cancel (ctx);
    else
        begin_verb (ctx);
}

/*****************************************************************************/
/* Method calls that wait until the module's state is known */

void
mm_tdtech_fota_methods_serve_early (MMTdtechFota *self)
{
    HandleVerbContext *ctx;

    while (!self->stopped && !mm_tdtech_fota_machine_is_early (self->machine) &&
           (ctx = g_queue_pop_head (&self->early_calls))) {
        serve (ctx);
        handle_verb_context_free (ctx);
    }
}

static void
give_early_call_up (HandleVerbContext *ctx,
                    MMCoreError        code,
                    const gchar       *message)
{
    if (!g_queue_remove (&ctx->self->early_calls, ctx))
        return;
    return_core_error (ctx, code, message);
    handle_verb_context_free (ctx);
}

static gboolean
early_call_is_late (HandleVerbContext *ctx)
{
    ctx->patience = 0;
    give_early_call_up (ctx, MM_CORE_ERROR_RETRY,
                        "what the module is doing is not known yet: try again in a moment");
    return G_SOURCE_REMOVE;
}

static void
caller_vanished (GDBusConnection *connection,
                 const gchar     *name,
                 gpointer         user_data)
{
    HandleVerbContext *ctx = user_data;

    ctx->caller_left = TRUE;
    give_early_call_up (ctx, MM_CORE_ERROR_CANCELLED, "the caller is gone");
}

/* A caller that expects no reply may disconnect */
static void
watch_caller (HandleVerbContext *ctx)
{
    GDBusConnection *connection = g_dbus_method_invocation_get_connection (ctx->invocation);
    GDBusMessage    *message = g_dbus_method_invocation_get_message (ctx->invocation);
    const gchar     *sender = g_dbus_method_invocation_get_sender (ctx->invocation);

    if (!sender || (g_dbus_message_get_flags (message) & G_DBUS_MESSAGE_FLAGS_NO_REPLY_EXPECTED))
        return;
    /* The connection is already closed: GLib reports a watch on it as a programming error */
    if (g_dbus_connection_is_closed (connection)) {
        ctx->caller_left = TRUE;
        return;
    }
    ctx->caller_watch = g_bus_watch_name_on_connection (connection, sender, G_BUS_NAME_WATCHER_FLAGS_NONE,
                                                        NULL, caller_vanished, ctx, NULL);
}

static void
serve_when_known (HandleVerbContext *taken)
{
    g_autoptr(HandleVerbContext)  ctx = taken;
    MMTdtechFota                 *self = ctx->self;

    ctx->authorized_at = g_get_monotonic_time ();
    if (!mm_tdtech_fota_machine_is_early (self->machine) || ctx->caller_left)
        serve (ctx);
    else if (ctx->verb != MM_TDTECH_FOTA_VERB_CANCEL &&
             mm_tdtech_fota_machine_foresee (self->machine, ctx->verb) == MM_TDTECH_FOTA_ERROR_IN_PROGRESS)
        /* By the record: whatever the module says, it is not over yet */
        answer_verb (self, g_steal_pointer (&ctx->invocation), MM_TDTECH_FOTA_ERROR_IN_PROGRESS);
    else if (self->early_calls.length >= EARLY_CALLS_MAX)
        return_core_error (ctx, MM_CORE_ERROR_RETRY,
                           "too many calls wait until it is known what the module is doing: try again in a moment");
    else {
        ctx->patience = g_timeout_add_seconds (PATIENCE_SECONDS, (GSourceFunc) early_call_is_late, ctx);
        g_queue_push_tail (&self->early_calls, g_steal_pointer (&ctx));
    }
}

/*****************************************************************************/
/* Authorization */

/* The daemon cancels a modem's pending polkit requests when the modem goes away */
static gboolean
authorize_finish (MMTdtechFota  *self,
                  MMBaseModem   *modem,
                  GAsyncResult  *res,
                  GError       **error)
{
    if (mm_daemon_base_modem_authorize_finish (modem, res, error) && !self->stopped)
        return TRUE;
    if (self->stopped || g_error_matches (*error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
        g_clear_error (error);
        g_set_error_literal (error, MM_CORE_ERROR, MM_CORE_ERROR_ABORTED, "the modem is gone");
    }
    return FALSE;
}

static void authorize_next (HandleVerbContext *ctx);

static void
verb_auth_ready (MMBaseModem       *modem,
                 GAsyncResult      *res,
                 HandleVerbContext *taken)
{
    g_autoptr(HandleVerbContext) ctx = taken;
    g_autoptr(GError)            error = NULL;

    if (!authorize_finish (ctx->self, modem, res, &error)) {
        g_dbus_method_invocation_return_gerror (g_steal_pointer (&ctx->invocation), error);
        return;
    }
    ctx->next_action++;
    if (ctx->actions[ctx->next_action])
        authorize_next (g_steal_pointer (&ctx));
    else
        serve_when_known (g_steal_pointer (&ctx));
}

static void
authorize_next (HandleVerbContext *ctx)
{
    mm_daemon_base_modem_authorize (ctx->self->modem, ctx->invocation, ctx->actions[ctx->next_action],
                                    (GAsyncReadyCallback) verb_auth_ready, ctx);
}

/* A download that goes on to an upgrade needs both rights */
static void
choose_actions (HandleVerbContext *ctx)
{
    const MMTdtechFotaFlowOptions *flow = &ctx->options->flow;
    guint                          i = 0;

    if (ctx->verb == MM_TDTECH_FOTA_VERB_CHECK)
        ctx->actions[i++] = MM_TDTECH_FOTA_AUTHORIZATION_CHECK;
    else if (ctx->verb != MM_TDTECH_FOTA_VERB_UPGRADE)
        ctx->actions[i++] = MM_TDTECH_FOTA_AUTHORIZATION_DOWNLOAD;
    if (flow->allow_downgrade)
        ctx->actions[i++] = MM_TDTECH_FOTA_AUTHORIZATION_DOWNGRADE;
    else if (flow->upgrade || ctx->verb == MM_TDTECH_FOTA_VERB_UPGRADE)
        ctx->actions[i++] = MM_TDTECH_FOTA_AUTHORIZATION_UPGRADE;
}

/*****************************************************************************/
/* Over D-Bus */

static HandleVerbContext *
handle_verb_context_new (MMTdtechFota          *self,
                         GDBusMethodInvocation *invocation,
                         MMTdtechFotaVerb       verb)
{
    HandleVerbContext *ctx = g_slice_new0 (HandleVerbContext);

    ctx->self = g_object_ref (self);
    ctx->verb = verb;
    ctx->invocation = invocation;
    return ctx;
}

static gboolean
handle_verb (MMTdtechFota          *self,
             GDBusMethodInvocation *invocation,
             MMTdtechFotaVerb       verb,
             GVariant              *dictionary)
{
    g_autoptr(HandleVerbContext) ctx = handle_verb_context_new (self, invocation, verb);
    g_autoptr(GError)            error = NULL;

    ctx->options = mm_tdtech_fota_options_new (verb, dictionary, &error);
    if (!ctx->options) {
        return_core_error (ctx, MM_CORE_ERROR_INVALID_ARGS, error->message);
        return TRUE;
    }
    choose_actions (ctx);
    watch_caller (ctx);
    authorize_next (g_steal_pointer (&ctx));
    return TRUE;
}

static gboolean
handle_check (MmGdbusModemFota      *skeleton,
              GDBusMethodInvocation *invocation,
              GVariant              *options,
              MMTdtechFota          *self)
{
    return handle_verb (self, invocation, MM_TDTECH_FOTA_VERB_CHECK, options);
}

static gboolean
handle_download (MmGdbusModemFota      *skeleton,
                 GDBusMethodInvocation *invocation,
                 GVariant              *options,
                 MMTdtechFota          *self)
{
    return handle_verb (self, invocation, MM_TDTECH_FOTA_VERB_DOWNLOAD, options);
}

static gboolean
handle_resume (MmGdbusModemFota      *skeleton,
               GDBusMethodInvocation *invocation,
               GVariant              *options,
               MMTdtechFota          *self)
{
    return handle_verb (self, invocation, MM_TDTECH_FOTA_VERB_RESUME, options);
}

static gboolean
handle_upgrade (MmGdbusModemFota      *skeleton,
                GDBusMethodInvocation *invocation,
                GVariant              *options,
                MMTdtechFota          *self)
{
    return handle_verb (self, invocation, MM_TDTECH_FOTA_VERB_UPGRADE, options);
}

static gboolean
handle_cancel (MmGdbusModemFota      *skeleton,
               GDBusMethodInvocation *invocation,
               GVariant              *options,
               MMTdtechFota          *self)
{
    g_autoptr(HandleVerbContext) ctx = handle_verb_context_new (self, invocation, MM_TDTECH_FOTA_VERB_CANCEL);
    g_autoptr(GError)            error = NULL;

    if (!mm_tdtech_fota_options_check_none (options, &error)) {
        return_core_error (ctx, MM_CORE_ERROR_INVALID_ARGS, error->message);
        return TRUE;
    }
    ctx->actions[0] = MM_TDTECH_FOTA_AUTHORIZATION_DOWNLOAD;
    watch_caller (ctx);
    authorize_next (g_steal_pointer (&ctx));
    return TRUE;
}

/*****************************************************************************/
/* ListEvents */

typedef struct {
    MMTdtechFota          *self;
    GDBusMethodInvocation *invocation;
    guint64                after;
} HandleListEventsContext;

static void
handle_list_events_context_free (HandleListEventsContext *ctx)
{
    g_object_unref (ctx->self);
    g_slice_free (HandleListEventsContext, ctx);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (HandleListEventsContext, handle_list_events_context_free)

static void
list_events_auth_ready (MMBaseModem             *modem,
                        GAsyncResult            *res,
                        HandleListEventsContext *taken)
{
    g_autoptr(HandleListEventsContext) ctx = taken;
    g_autoptr(GError)                  error = NULL;

    if (!authorize_finish (ctx->self, modem, res, &error)) {
        g_dbus_method_invocation_return_gerror (g_steal_pointer (&ctx->invocation), error);
        return;
    }
    mm_gdbus_modem_fota_complete_list_events (ctx->self->skeleton,
                                              g_steal_pointer (&ctx->invocation),
                                              mm_tdtech_fota_record_list_events (ctx->self->record, ctx->after));
}

static gboolean
handle_list_events (MmGdbusModemFota      *skeleton,
                    GDBusMethodInvocation *invocation,
                    guint64                after,
                    MMTdtechFota          *self)
{
    HandleListEventsContext *ctx = g_slice_new0 (HandleListEventsContext);

    ctx->self = g_object_ref (self);
    ctx->invocation = invocation;
    ctx->after = after;
    mm_daemon_base_modem_authorize (self->modem, invocation, MM_TDTECH_FOTA_AUTHORIZATION_CHECK,
                                    (GAsyncReadyCallback) list_events_auth_ready, ctx);
    return TRUE;
}

/*****************************************************************************/

void
mm_tdtech_fota_methods_connect (MMTdtechFota *self)
{
    g_signal_connect_object (self->skeleton, "handle-check", G_CALLBACK (handle_check), self, 0);
    g_signal_connect_object (self->skeleton, "handle-download", G_CALLBACK (handle_download), self, 0);
    g_signal_connect_object (self->skeleton, "handle-resume", G_CALLBACK (handle_resume), self, 0);
    g_signal_connect_object (self->skeleton, "handle-upgrade", G_CALLBACK (handle_upgrade), self, 0);
    g_signal_connect_object (self->skeleton, "handle-cancel", G_CALLBACK (handle_cancel), self, 0);
    g_signal_connect_object (self->skeleton, "handle-list-events", G_CALLBACK (handle_list_events), self, 0);
}

static void
abort_invocation (GDBusMethodInvocation **invocation)
{
    if (*invocation)
        g_dbus_method_invocation_return_error_literal (g_steal_pointer (invocation),
                                                       MM_CORE_ERROR, MM_CORE_ERROR_ABORTED,
                                                       "the modem is gone");
}

void
mm_tdtech_fota_methods_stop (MMTdtechFota *self)
{
    HandleVerbContext *ctx;

    while ((ctx = g_queue_pop_head (&self->early_calls))) {
        return_core_error (ctx, MM_CORE_ERROR_ABORTED, "the modem is gone");
        handle_verb_context_free (ctx);
    }
    g_clear_handle_id (&self->patience, g_source_remove);
    abort_invocation (&self->verb_invocation);
    abort_invocation (&self->cancel_invocation);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "notify-run.h"

#include <glib/gi18n.h>

#include "mmfota-advice.h"
#include "mmfota-error.h"
#include "mmfota-gdbus-agent.h"
#include "mmfota-question.h"
#include "notify-message.h"
#include "notify-screen.h"

#define CORE_ERROR "org.freedesktop.ModemManager1.Error.Core."
#define BUS_ERROR  "org.freedesktop.DBus.Error."
#define NOT_FOUND  CORE_ERROR "NotFound"

/* Milliseconds; somebody may have to type a password first. */
#define ANSWER_LIMIT (10 * 60 * 1000)

struct _NotifyRun {
    MmfotaGdbusFotaAgent1 *agent;
    NotifyScreen          *screen;
    GCancellable          *cancellable;
    MmfotaQuestion        *question; /* NULL: no question */
    gchar                 *answered; /* id of the question whose answer is under way */
};

/*****************************************************************************/
/* The question */

static void
show (NotifyRun   *self,
      gboolean     heard,
      const gchar *remark)
{
    gint64 now = g_get_real_time () / G_USEC_PER_SEC;

    notify_screen_show (self->screen, notify_message_new (self->question, now, remark), heard);
}

/* Whether the question is unchanged. The time of day does not count. */
static gboolean
is_same (const MmfotaQuestion *one,
         const MmfotaQuestion *other)
{
    g_autoptr(NotifyMessage) before = notify_message_new (one, 0, NULL);
    g_autoptr(NotifyMessage) after = notify_message_new (other, 0, NULL);

    return g_str_equal (one->id, other->id) && notify_message_equal (before, after);
}

static gboolean
is_louder (const MmfotaQuestion *before,
           const MmfotaQuestion *after)
{
    return !before || !g_str_equal (before->id, after->id) || !g_str_equal (before->kind, after->kind);
}

static void
read_question (NotifyRun *self)
{
    g_autoptr(MmfotaQuestion)  before = g_steal_pointer (&self->question);
    g_autofree gchar          *owner = g_dbus_proxy_get_name_owner (G_DBUS_PROXY (self->agent));

    if (owner)
        self->question = mmfota_question_new (mmfota_gdbus_fota_agent1_get_question (self->agent));
    if (!self->question)
        notify_screen_withdraw (self->screen);
    else if (!before || !is_same (before, self->question))
        show (self, is_louder (before, self->question), NULL);
}

/*****************************************************************************/
/* Why an answer was not taken */

typedef struct {
    const gchar *name;
    const gchar *text;
} Reason;

static const Reason reasons[] = {
    { CORE_ERROR "Unauthorized",  N_("you are not allowed to answer") },
    { CORE_ERROR "InvalidArgs",   N_("the agent does not have this choice") },
    { CORE_ERROR "WrongState",    N_("the agent can't do that now") },
    { CORE_ERROR "Failed",        N_("the agent could not do it") },
    { BUS_ERROR "AccessDenied",   N_("you are not allowed to answer") },
    { BUS_ERROR "Disconnected",   N_("the connection to the system bus is lost") },
    { BUS_ERROR "NoReply",        N_("the agent does not respond") },
    { BUS_ERROR "ServiceUnknown", N_("the agent is not running") },
    { BUS_ERROR "Timeout",        N_("the agent does not respond") },
};

/* In the user's language, by the error's name. English readers see the agent's own message, which has more detail. */
static gchar *
dup_reason (const gchar  *name,
            const GError *error)
{
    g_autofree gchar *said = mmfota_error_text (error);
    guint             i;

    for (i = 0; i < G_N_ELEMENTS (reasons); i++) {
        const gchar *text = _(reasons[i].text);

        if (g_str_equal (reasons[i].name, name) && text != reasons[i].text)
            return g_strdup (text);
    }
    return mmfota_advice_describe (name, said);
}

/*****************************************************************************/
/* The answer */

static void
answer_ready (GDBusProxy   *agent,
              GAsyncResult *res,
              NotifyRun    *self)
{
    g_autoptr(GVariant)  reply = NULL;
    g_autoptr(GError)    error = NULL;
    g_autofree gchar    *answered = NULL;
    g_autofree gchar    *name = NULL;
    g_autofree gchar    *text = NULL;
    g_autofree gchar    *remark = NULL;

    reply = g_dbus_proxy_call_finish (agent, res, &error);
    if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return;
    answered = g_steal_pointer (&self->answered);
    /* The question may have changed meanwhile. */
    if (!self->question || !g_str_equal (self->question->id, answered))
        return;
    if (reply) {
        notify_screen_withdraw (self->screen);
        return;
    }
    name = mmfota_error_name (error);
    if (g_str_equal (name, NOT_FOUND)) {
        g_debug ("somebody else has answered");
        notify_screen_withdraw (self->screen);
        return;
    }
    text = dup_reason (name, error);
    remark = g_strdup_printf (_("The answer was not taken: %s"), text);
    show (self, FALSE, remark);
}

/* Ignore further clicks until the agent has replied to the first. */
static void
chosen (const gchar *choice,
        gpointer     user_data)
{
    NotifyRun *self = user_data;

    if (!self->question || self->answered)
        return;
    self->answered = g_strdup (self->question->id);
    g_dbus_proxy_call (G_DBUS_PROXY (self->agent), "Answer",
                       g_variant_new ("(ssa{sv})", self->question->id, choice, NULL),
                       G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION, ANSWER_LIMIT, self->cancellable,
                       (GAsyncReadyCallback) answer_ready, self);
}

/*****************************************************************************/

NotifyRun *
notify_run_new (GDBusConnection  *system,
                GDBusConnection  *session,
                GError          **error)
{
    g_autoptr(MmfotaGdbusFotaAgent1)  agent = NULL;
    NotifyRun                        *self;

    agent = mmfota_gdbus_fota_agent1_proxy_new_sync (system,
                                                     G_DBUS_PROXY_FLAGS_DO_NOT_AUTO_START |
                                                     G_DBUS_PROXY_FLAGS_GET_INVALIDATED_PROPERTIES,
                                                     MMFOTA_AGENT_NAME, MMFOTA_AGENT_PATH, NULL, error);
    if (!agent)
        return NULL;
    self = g_new0 (NotifyRun, 1);
    self->agent = g_steal_pointer (&agent);
    self->cancellable = g_cancellable_new ();
    self->screen = notify_screen_new (session, chosen, self);
    g_signal_connect_swapped (self->agent, "g-properties-changed", G_CALLBACK (read_question), self);
    g_signal_connect_swapped (self->agent, "notify::g-name-owner", G_CALLBACK (read_question), self);
    read_question (self);
    return self;
}

void
notify_run_free (NotifyRun *self)
{
    g_cancellable_cancel (self->cancellable);
    g_object_unref (self->cancellable);
    g_signal_handlers_disconnect_by_data (self->agent, self);
    notify_screen_free (self->screen);
    g_object_unref (self->agent);
    g_clear_pointer (&self->question, mmfota_question_free);
    g_free (self->answered);
    g_free (self);
}

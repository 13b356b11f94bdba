/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-agent-service.h"

#include <string.h>

#include "mm-tdtech-fota-enums.h"
#include "mmfota-agent-authority.h"
#include "mmfota-agent-clock.h"
#include "mmfota-agent-modem.h"
#include "mmfota-agent-outside.h"
#include "mmfota-agent-question.h"
#include "mmfota-gdbus-agent.h"
#include "mmfota-text.h"

#define MODEMS_MAX 64

/* Seconds: how long an upgrading module holds up the others, and how often they ask again */
#define TURN_MAX  3600
#define TURN_WAIT 60

#define LATER_MIN 60u
#define LATER_MAX (30u * 24u * 60u * 60u)
#define PAUSE_MAX (10 * 366 * G_GINT64_CONSTANT (86400))

#define LOGIND_NAME      "org.freedesktop.login1"
#define LOGIND_PATH      "/org/freedesktop/login1"
#define LOGIND_INTERFACE "org.freedesktop.login1.Manager"

struct _MmfotaAgentService {
    GDBusConnection      *connection;
    MMManager            *manager;
    MmfotaAgentConfig    *config;
    MmfotaAgentClock     *clock;
    MmfotaAgentQuestion  *question;
    MmfotaAgentOutside   *outside;
    GNetworkMonitor      *network;
    MmfotaGdbusFotaAgent1 *skeleton;
    GHashTable           *modems;     /* IMEI → MmfotaAgentModem */
    GHashTable           *said;       /* IMEI → what was logged of it last */
    gchar                *state;
    gchar                *digest;
    gchar                *machine_id;
    gint64                paused_until;
    guint                 look_id;
    guint                 sleep_id;
};

static void look_soon (MmfotaAgentService *self);

/*****************************************************************************/
/* The pause, which outlives the agent */

static gchar *
pause_path (MmfotaAgentService *self)
{
    return g_build_filename (self->state, "pause", NULL);
}

static void
read_pause (MmfotaAgentService *self)
{
    g_autofree gchar *path = pause_path (self);
    g_autofree gchar *text = NULL;
    guint64           until;

    if (g_file_get_contents (path, &text, NULL, NULL) &&
        g_ascii_string_to_unsigned (g_strchomp (text), 10, 0, G_MAXINT64 / 4, &until, NULL))
        self->paused_until = (gint64) until;
}

static gboolean
write_pause (MmfotaAgentService  *self,
             gint64               until,
             GError             **error)
{
    g_autofree gchar *path = pause_path (self);
    g_autofree gchar *text = g_strdup_printf ("%" G_GINT64_FORMAT "\n", until);

    if (!g_file_set_contents_full (path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600, error))
        return FALSE;
    self->paused_until = until;
    return TRUE;
}

/*****************************************************************************/
/* Status of the modules */

static GVariant *
describe (MmfotaAgentService        *self,
          MmfotaAgentModem          *modem,
          const MmfotaAgentDecision *decision)
{
    g_auto(GVariantDict)     dict = G_VARIANT_DICT_INIT (NULL);
    const MmfotaAgentMemory *memory = mmfota_agent_modem_peek_memory (modem);
    gint64                   next = decision->wake == MMFOTA_AGENT_NEVER ? 0 : decision->wake;

    g_variant_dict_insert (&dict, "device", "s", mmfota_agent_modem_get_imei (modem));
    g_variant_dict_insert (&dict, "path", "o", mmfota_agent_modem_get_path (modem));
    g_variant_dict_insert (&dict, "activity", "s", mmfota_agent_activity_name (decision->activity));
    g_variant_dict_insert (&dict, "reason", "s", decision->reason);
    g_variant_dict_insert (&dict, "reason-name", "s", decision->reason_name);
    g_variant_dict_insert (&dict, "next", "t", (guint64) next);
    g_variant_dict_insert (&dict, "last-check", "t", (guint64) memory->last_check);
    g_variant_dict_insert (&dict, "attempt", "u", decision->attempt);
    g_variant_dict_insert (&dict, "version", "s", mmfota_agent_modem_get_version (modem));
    g_variant_dict_insert (&dict, "offered", "s", memory->offered ? memory->offered : "");
    g_variant_dict_insert (&dict, "last-error", "s", memory->last_error ? memory->last_error : "");
    g_variant_dict_insert (&dict, "last-error-name", "s", memory->last_error_name ? memory->last_error_name : "");
    g_variant_dict_insert (&dict, "last-error-at", "t", (guint64) memory->last_error_at);
    g_variant_dict_insert (&dict, "paused-until", "t", (guint64) self->paused_until);
    g_variant_dict_insert (&dict, "unreported", "t",
                           mmfota_agent_outside_unreported (self->outside, mmfota_agent_modem_get_imei (modem)));
    return g_variant_dict_end (&dict);
}

/* Each change once, with the time of the next attempt: silence would look like a fault. */
static void
say (MmfotaAgentService        *self,
     const gchar               *imei,
     const MmfotaAgentDecision *decision)
{
    const gchar      *before = g_hash_table_lookup (self->said, imei);
    g_autofree gchar *when = NULL;
    g_autofree gchar *now = g_strdup_printf ("%s%s%s", mmfota_agent_activity_name (decision->activity),
                                             decision->reason[0] ? ", " : "", decision->reason);

    if (g_strcmp0 (before, now) == 0)
        return;
    if (decision->wake != MMFOTA_AGENT_NEVER)
        when = mmfota_text_time ((guint64) decision->wake);
    g_message ("modem %s: %s%s%s", imei, now, when ? "; next at " : "", when ? when : "");
    g_hash_table_insert (self->said, g_strdup (imei), g_steal_pointer (&now));
}

static void
publish (MmfotaAgentService *self,
         GVariant           *floating)
{
    g_autoptr(GVariant)  modems = g_variant_ref_sink (floating);
    GVariant            *before = mmfota_gdbus_fota_agent1_get_modems (self->skeleton);

    if (!before || !g_variant_equal (before, modems))
        mmfota_gdbus_fota_agent1_set_modems (self->skeleton, modems);
}

/*****************************************************************************/
/* Looking at all modules */

/* Two upgrades at once would need two notices, of which only one is visible. A notice whose time
 * has come counts until the upgrade begins. A module that does not come back holds up the others
 * for an hour only. */
static gboolean
is_turn_of (MmfotaAgentService *self,
            MmfotaAgentModem   *modem)
{
    GHashTableIter  iter;
    gpointer        other;

    g_hash_table_iter_init (&iter, self->modems);
    while (g_hash_table_iter_next (&iter, NULL, &other)) {
        const MmfotaAgentMemory *memory = mmfota_agent_modem_peek_memory (other);
        gint64                   now = mmfota_agent_clock_now ();

        if (other != modem && ((memory->notice_at && now - memory->notice_at < TURN_MAX) ||
                               (memory->verb == MMFOTA_AGENT_VERB_UPGRADE && now - memory->stamp < TURN_MAX)))
            return FALSE;
    }
    return TRUE;
}

static MmfotaAgentDecision
decide (MmfotaAgentService *self,
        MmfotaAgentModem   *modem)
{
    MmfotaAgentDecision decision = mmfota_agent_modem_decide (modem, self->paused_until);

    if (decision.action == MMFOTA_AGENT_ACTION_NOTICE) {
        if (!is_turn_of (self, modem)) {
            decision.action = MMFOTA_AGENT_ACTION_NONE;
            decision.activity = MMFOTA_AGENT_ACTIVITY_WAITING;
            mmfota_agent_decision_set_reason (&decision, MMFOTA_REASON_OTHER_TURN);
            decision.wake = mmfota_agent_clock_now () + TURN_WAIT;
            return decision;
        }
        mmfota_agent_policy_notice (mmfota_agent_modem_peek_memory (modem), decision.default_at);
        decision = mmfota_agent_modem_decide (modem, self->paused_until);
    }
    if (decision.action != MMFOTA_AGENT_ACTION_NONE) {
        mmfota_agent_modem_act (modem, &decision);
        decision = mmfota_agent_modem_decide (modem, self->paused_until);
    }
    mmfota_agent_policy_withdraw (mmfota_agent_modem_peek_memory (modem), &decision, mmfota_agent_clock_now ());
    return decision;
}

static void
follow_outside (MmfotaAgentService *self,
                MmfotaAgentModem   *modem)
{
    g_autoptr(GDBusObject) object = NULL;

    object = g_dbus_object_manager_get_object (G_DBUS_OBJECT_MANAGER (self->manager), mmfota_agent_modem_get_path (modem));
    mmfota_agent_outside_follow (self->outside, modem, object);
}

/* When somebody was first asked */
static void
open_question (MmfotaAgentService *self)
{
    MmfotaAgentQuestionKind  kind;
    MmfotaAgentModem        *modem;
    MmfotaAgentMemory       *memory;
    gint64                   before;

    if (!mmfota_agent_question_end (self->question))
        return;
    modem = mmfota_agent_question_peek (self->question, NULL, &kind);
    if (modem) {
        memory = mmfota_agent_modem_peek_memory (modem);
        before = memory->asked_since;
        mmfota_agent_policy_asked (memory, kind, mmfota_agent_clock_now ());
        if (memory->asked_since != before) {
            mmfota_agent_modem_save (modem);
            look_soon (self);
        }
    }
    mmfota_gdbus_fota_agent1_set_question (self->skeleton, mmfota_agent_question_to_variant (self->question));
}

static void
look (MmfotaAgentService *self)
{
    g_autoptr(GList)  imeis = g_list_sort (g_hash_table_get_keys (self->modems), (GCompareFunc) strcmp);
    GVariantBuilder   modems;
    gint64            wake = MMFOTA_AGENT_NEVER;
    GList            *l;

    g_variant_builder_init (&modems, G_VARIANT_TYPE ("aa{sv}"));
    mmfota_agent_question_begin (self->question);
    /* The assignments must be known before anything is decided: one module may end another's */
    for (l = imeis; l; l = l->next) {
        MmfotaAgentModem *modem = g_hash_table_lookup (self->modems, l->data);

        mmfota_agent_modem_find (modem);
        follow_outside (self, modem);
    }
    for (l = imeis; l; l = l->next) {
        MmfotaAgentModem    *modem = g_hash_table_lookup (self->modems, l->data);
        MmfotaAgentDecision  decision = decide (self, modem);

        wake = MIN (wake, decision.wake);
        mmfota_agent_outside_decided (self->outside, modem, &decision);
        mmfota_agent_question_wants (self->question, modem, &decision);
        g_variant_builder_add_value (&modems, describe (self, modem, &decision));
        say (self, l->data, &decision);
    }
    publish (self, g_variant_builder_end (&modems));
    open_question (self);
    mmfota_agent_clock_alarm (self->clock, wake);
}

static gboolean
look_idle (gpointer user_data)
{
    MmfotaAgentService *self = user_data;

    self->look_id = 0;
    look (self);
    return G_SOURCE_REMOVE;
}

static void
look_soon (MmfotaAgentService *self)
{
    if (!self->look_id)
        self->look_id = g_idle_add (look_idle, self);
}

static void
modem_changed (gpointer user_data)
{
    look_soon (user_data);
}

static void
clock_rang (gpointer user_data)
{
    look_soon (user_data);
}

static void
clock_was_set (gint64   seconds,
               gpointer user_data)
{
    MmfotaAgentService *self = user_data;
    GHashTableIter      iter;
    gpointer            modem;

    g_message ("the clock was set by %" G_GINT64_FORMAT " s", seconds);
    g_hash_table_iter_init (&iter, self->modems);
    while (g_hash_table_iter_next (&iter, NULL, &modem)) {
        mmfota_agent_memory_shift (mmfota_agent_modem_peek_memory (modem), seconds);
        mmfota_agent_modem_save (modem);
    }
    look_soon (self);
}

/*****************************************************************************/
/* Triggers (J1: they only make the agent look) */

static void
nudge (MmfotaAgentService *self,
       const gchar        *imei,
       const gchar        *what)
{
    MmfotaAgentModem *modem = g_hash_table_lookup (self->modems, imei);

    if (!modem)
        return;
    g_message ("modem %s: %s says to look now", imei, what);
    mmfota_agent_policy_nudged (mmfota_agent_modem_peek_memory (modem), MMFOTA_AGENT_NUDGE_TRIGGER);
    mmfota_agent_modem_save (modem);
    mmfota_agent_outside_ask (self->outside, imei);
    look_soon (self);
}

static void
message_came (const gchar *imei,
              gpointer     user_data)
{
    nudge (user_data, imei, "an SMS");
}

static void
command_came (const gchar *imei,
              gpointer     user_data)
{
    nudge (user_data, imei, "the MQTT broker");
}

static void
outside_changed (gpointer user_data)
{
    look_soon (user_data);
}

static void
network_changed (MmfotaAgentService *self,
                 gboolean            available)
{
    if (available)
        mmfota_agent_outside_hurry (self->outside);
}

/*****************************************************************************/
/* Modules appear */

static gboolean
is_imei (const gchar *text)
{
    gsize length = text ? strlen (text) : 0;

    return length >= 14 && length <= 16 && strspn (text, "0123456789") == length;
}

static void
add_modem (MmfotaAgentService *self,
           const gchar        *imei)
{
    g_autoptr(GError)  error = NULL;
    MmfotaAgentModem  *modem;

    if (!is_imei (imei) || g_hash_table_contains (self->modems, imei) || g_hash_table_size (self->modems) >= MODEMS_MAX)
        return;
    modem = mmfota_agent_modem_new (self->manager, imei, self->state, modem_changed, self, &error);
    if (!modem) {
        /* Better late than twice: somebody has to look at the file. Tried whenever the modem
         * shows up, logged once. */
        if (g_strcmp0 (g_hash_table_lookup (self->said, imei), error->message) != 0) {
            g_warning ("modem %s is left alone: %s", imei, error->message);
            g_hash_table_insert (self->said, g_strdup (imei), g_strdup (error->message));
        }
        return;
    }
    g_hash_table_insert (self->modems, g_strdup (imei), modem);
    mmfota_agent_modem_set_config (modem, self->config, self->digest, self->machine_id);
    look_soon (self);
}

/* A second module may have a known IMEI. */
static void
object_changed (MmfotaAgentService *self,
                GDBusObject        *object)
{
    MMModem *modem = mmfota_manager_peek_modem (object);

    if (modem && mmfota_manager_peek_fota (object))
        add_modem (self, mm_modem_get_equipment_identifier (modem));
    look_soon (self);
}

static void
interface_came (MmfotaAgentService *self,
                GDBusObject        *object,
                GDBusInterface     *interface)
{
    object_changed (self, object);
}

/* Of several modules with one IMEI, one may remain. */
static void
object_went (MmfotaAgentService *self,
             GDBusObject        *object)
{
    look_soon (self);
}

/* The identifier may become known later. */
static void
properties_changed (MmfotaAgentService *self,
                    GDBusObjectProxy   *object,
                    GDBusProxy         *interface)
{
    object_changed (self, G_DBUS_OBJECT (object));
}

static void
find_modems (MmfotaAgentService *self)
{
    GList            *modems = mmfota_manager_list_modems (self->manager);
    GList            *l;
    g_autoptr(GDir)   folder = g_dir_open (self->state, 0, NULL);
    const gchar      *name;

    for (l = modems; l; l = l->next)
        object_changed (self, l->data);
    g_list_free_full (modems, g_object_unref);
    while (folder && (name = g_dir_read_name (folder))) {
        if (g_str_has_suffix (name, ".state")) {
            g_autofree gchar *imei = g_strndup (name, strlen (name) - strlen (".state"));

            add_modem (self, imei);
        }
    }
}

/*****************************************************************************/
/* Methods */

typedef struct {
    MmfotaAgentService    *service;
    GDBusMethodInvocation *invocation;
} Call;

/* Calls that wait for polkit use the service's connection; the service lives as long as the
 * program. */
static Call *
call_new (MmfotaAgentService    *self,
          GDBusMethodInvocation *invocation)
{
    Call *call = g_new0 (Call, 1);

    call->service = self;
    call->invocation = g_object_ref (invocation);
    return call;
}

static void
call_free (Call *call)
{
    g_object_unref (call->invocation);
    g_free (call);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Call, call_free)

static gboolean
refuse_unauthorized (Call     *call,
                     gboolean  allowed)
{
    if (!allowed)
        g_dbus_method_invocation_return_error (call->invocation, MM_CORE_ERROR, MM_CORE_ERROR_UNAUTHORIZED, "not authorized");
    return !allowed;
}

/* Unknown ones are refused by name. */
static gboolean
check_options (GVariant     *options,
               const gchar  *known,
               GError      **error)
{
    GVariantIter        iter;
    const gchar        *key;
    g_autofree gchar   *printable = NULL;

    g_variant_iter_init (&iter, options);
    while (g_variant_iter_next (&iter, "{&sv}", &key, NULL)) {
        if (known && g_str_equal (key, known))
            continue;
        printable = mmfota_text_printable (key);
        g_set_error (error, MM_CORE_ERROR, MM_CORE_ERROR_INVALID_ARGS, "unknown option '%s'", printable);
        return FALSE;
    }
    return TRUE;
}

static void
check_now (Call        *call,
           const gchar *device)
{
    MmfotaAgentService *self = call->service;
    g_autofree gchar   *printable = mmfota_text_printable (device);
    GHashTableIter      iter;
    gpointer            value;
    guint               n = 0;
    guint               without_server = 0;

    g_hash_table_iter_init (&iter, self->modems);
    while (g_hash_table_iter_next (&iter, NULL, &value)) {
        MmfotaAgentModem *modem = value;

        if (device[0] && !g_str_equal (device, mmfota_agent_modem_get_imei (modem)))
            continue;
        n++;
        if (mmfota_agent_outside_ask (self->outside, mmfota_agent_modem_get_imei (modem)) &&
            !mmfota_agent_modem_peek_settings (modem)->server.url[0] && !mmfota_agent_modem_peek_memory (modem)->assigned)
            continue;
        if (!mmfota_agent_modem_peek_memory (modem)->assigned && !mmfota_agent_modem_peek_settings (modem)->server.url[0]) {
            without_server++;
            continue;
        }
        mmfota_agent_policy_nudged (mmfota_agent_modem_peek_memory (modem), MMFOTA_AGENT_NUDGE_PERSON);
        mmfota_agent_modem_save (modem);
    }
    if (n == 0)
        g_dbus_method_invocation_return_error (call->invocation, MM_CORE_ERROR, MM_CORE_ERROR_NOT_FOUND,
                                               device[0] ? "no module '%s' was ever here" : "no module was ever here%s", printable);
    else if (n == without_server)
        g_dbus_method_invocation_return_error (call->invocation, MM_CORE_ERROR, MM_CORE_ERROR_WRONG_STATE,
                                               "no server is configured (%s)", MMFOTA_AGENT_CONFIG_FILE);
    else
        g_dbus_method_invocation_return_value (call->invocation, NULL);
    look_soon (self);
}

static void
check_now_allowed (gboolean allowed,
                   gpointer user_data)
{
    g_autoptr(Call)  call = user_data;
    const gchar     *device;

    g_variant_get (g_dbus_method_invocation_get_parameters (call->invocation), "(&s@a{sv})", &device, NULL);
    if (!refuse_unauthorized (call, allowed))
        check_now (call, device);
}

static gboolean
handle_check_now (MmfotaGdbusFotaAgent1 *skeleton,
                  GDBusMethodInvocation *invocation,
                  const gchar           *device,
                  GVariant              *options,
                  MmfotaAgentService    *self)
{
    g_autoptr(GError) error = NULL;

    if (!check_options (options, NULL, &error))
        g_dbus_method_invocation_return_gerror (invocation, error);
    else
        mmfota_agent_authority_check (invocation, MMFOTA_AGENT_NAME ".check", check_now_allowed, call_new (self, invocation));
    return TRUE;
}

static gboolean
parse_answer (GVariant     *parameters,
              const gchar **id,
              const gchar **choice,
              guint32      *seconds,
              GError      **error)
{
    g_autoptr(GVariant) options = NULL;
    g_autoptr(GVariant) value = NULL;

    g_variant_get (parameters, "(&s&s@a{sv})", id, choice, &options);
    if (!check_options (options, "seconds", error))
        return FALSE;
    value = g_variant_lookup_value (options, "seconds", NULL);
    if (!value)
        return TRUE;
    if (!g_variant_is_of_type (value, G_VARIANT_TYPE_UINT32) || g_variant_get_uint32 (value) < LATER_MIN ||
        g_variant_get_uint32 (value) > LATER_MAX || !g_str_equal (*choice, "later")) {
        g_set_error (error, MM_CORE_ERROR, MM_CORE_ERROR_INVALID_ARGS,
                     "option 'seconds' is of type u, %u to %u, and goes with 'later'", LATER_MIN, LATER_MAX);
        return FALSE;
    }
    *seconds = g_variant_get_uint32 (value);
    return TRUE;
}

static void
answer_allowed (gboolean allowed,
                gpointer user_data)
{
    g_autoptr(Call)          call = user_data;
    g_autoptr(GError)        error = NULL;
    const gchar             *id;
    const gchar             *choice;
    guint32                  seconds = 0;
    MmfotaAgentQuestionKind  kind;
    MmfotaAgentModem        *modem;

    if (refuse_unauthorized (call, allowed))
        return;
    if (!parse_answer (g_dbus_method_invocation_get_parameters (call->invocation), &id, &choice, &seconds, &error)) {
        g_dbus_method_invocation_return_gerror (call->invocation, error);
        return;
    }
    modem = mmfota_agent_question_peek (call->service->question, id, &kind);
    if (!modem) {
        g_dbus_method_invocation_return_error (call->invocation, MM_CORE_ERROR, MM_CORE_ERROR_NOT_FOUND,
                                               "that question is not open, or somebody else has answered it");
        return;
    }
    if (!mmfota_agent_policy_answered (mmfota_agent_modem_peek_memory (modem), kind, choice, seconds, mmfota_agent_clock_now ())) {
        g_autofree gchar *printable = mmfota_text_printable (choice);

        g_dbus_method_invocation_return_error (call->invocation, MM_CORE_ERROR, MM_CORE_ERROR_INVALID_ARGS,
                                               "'%s' is none of the question's choices", printable);
        return;
    }
    g_message ("modem %s: a person's answer: %s", mmfota_agent_modem_get_imei (modem), choice);
    mmfota_agent_modem_save (modem);
    /* Now, not in idle: a second answer must find it closed */
    look (call->service);
    g_dbus_method_invocation_return_value (call->invocation, NULL);
}

static gboolean
handle_answer (MmfotaGdbusFotaAgent1 *skeleton,
               GDBusMethodInvocation *invocation,
               const gchar           *id,
               const gchar           *choice,
               GVariant              *options,
               MmfotaAgentService    *self)
{
    g_autoptr(GError)  error = NULL;
    guint32            seconds;

    if (!parse_answer (g_dbus_method_invocation_get_parameters (invocation), &id, &choice, &seconds, &error))
        g_dbus_method_invocation_return_gerror (invocation, error);
    else
        mmfota_agent_authority_check (invocation, MMFOTA_AGENT_NAME ".answer", answer_allowed, call_new (self, invocation));
    return TRUE;
}

static void
pause_allowed (gboolean allowed,
               gpointer user_data)
{
    g_autoptr(Call)    call = user_data;
    g_autoptr(GError)  error = NULL;
    guint64            until;

    if (refuse_unauthorized (call, allowed))
        return;
    g_variant_get (g_dbus_method_invocation_get_parameters (call->invocation), "(t)", &until);
    if (!write_pause (call->service, (gint64) until, &error)) {
        g_dbus_method_invocation_return_error (call->invocation, MM_CORE_ERROR, MM_CORE_ERROR_FAILED,
                                               "it could not be written down: %s", error->message);
        return;
    }
    look (call->service);
    g_dbus_method_invocation_return_value (call->invocation, NULL);
}

static gboolean
handle_pause (MmfotaGdbusFotaAgent1 *skeleton,
              GDBusMethodInvocation *invocation,
              guint64                until,
              MmfotaAgentService    *self)
{
    gint64 now = mmfota_agent_clock_now ();

    if (until != 0 && (until <= (guint64) now || until > (guint64) (now + PAUSE_MAX)))
        g_dbus_method_invocation_return_error (invocation, MM_CORE_ERROR, MM_CORE_ERROR_INVALID_ARGS,
                                               "%" G_GUINT64_FORMAT " is no time to pause until: 0, or a Unix time in the next ten years, is",
                                               until);
    else
        mmfota_agent_authority_check (invocation, MMFOTA_AGENT_NAME ".pause", pause_allowed, call_new (self, invocation));
    return TRUE;
}

/*****************************************************************************/
/* Configuration */

static gchar *
digest_of (MmfotaAgentConfig *config)
{
    g_autofree gchar *text = mmfota_agent_config_to_text (config);

    return g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);
}

void
mmfota_agent_service_set_config (MmfotaAgentService *self,
                                 MmfotaAgentConfig  *config)
{
    GHashTableIter  iter;
    gpointer        modem;

    mmfota_agent_config_ref (config);
    g_clear_pointer (&self->config, mmfota_agent_config_unref);
    self->config = config;
    g_free (self->digest);
    self->digest = digest_of (config);
    g_hash_table_iter_init (&iter, self->modems);
    while (g_hash_table_iter_next (&iter, NULL, &modem))
        mmfota_agent_modem_set_config (modem, config, self->digest, self->machine_id);
    mmfota_agent_outside_forget (self->outside);
    look_soon (self);
}

/*****************************************************************************/
/* Life */

/* The alarm counts time in suspend; do now what became due meanwhile. */
static void
prepare_for_sleep (GDBusConnection *connection,
                   const gchar     *sender,
                   const gchar     *path,
                   const gchar     *interface,
                   const gchar     *signal,
                   GVariant        *parameters,
                   gpointer         user_data)
{
    MmfotaAgentService *self = user_data;
    gboolean            begins = TRUE;

    if (g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(b)")))
        g_variant_get (parameters, "(b)", &begins);
    if (begins)
        return;
    mmfota_agent_outside_hurry (self->outside);
    look_soon (self);
}

static void
read_machine_id (MmfotaAgentService *self)
{
    if (g_file_get_contents ("/etc/machine-id", &self->machine_id, NULL, NULL))
        g_strchomp (self->machine_id);
    else
        self->machine_id = g_strdup ("");
}

static void
connect_signals (MmfotaAgentService *self)
{
    g_signal_connect_swapped (self->manager, "object-added", G_CALLBACK (object_changed), self);
    g_signal_connect_swapped (self->manager, "interface-added", G_CALLBACK (interface_came), self);
    g_signal_connect_swapped (self->manager, "object-removed", G_CALLBACK (object_went), self);
    g_signal_connect_swapped (self->manager, "interface-proxy-properties-changed", G_CALLBACK (properties_changed), self);
    g_signal_connect_swapped (self->network, "network-changed", G_CALLBACK (network_changed), self);
    g_signal_connect (self->skeleton, "handle-check-now", G_CALLBACK (handle_check_now), self);
    g_signal_connect (self->skeleton, "handle-answer", G_CALLBACK (handle_answer), self);
    g_signal_connect (self->skeleton, "handle-pause", G_CALLBACK (handle_pause), self);
    self->sleep_id = g_dbus_connection_signal_subscribe (self->connection, LOGIND_NAME, LOGIND_INTERFACE, "PrepareForSleep",
                                                         LOGIND_PATH, NULL, G_DBUS_SIGNAL_FLAGS_NONE, prepare_for_sleep, self, NULL);
}

MmfotaAgentService *
mmfota_agent_service_new (GDBusConnection    *connection,
                          MmfotaAgentConfig  *config,
                          const gchar        *state,
                          GError            **error)
{
    g_autoptr(MmfotaAgentService) self = g_new0 (MmfotaAgentService, 1);

    self->connection = g_object_ref (connection);
    self->config = mmfota_agent_config_ref (config);
    self->digest = digest_of (config);
    self->state = g_strdup (state);
    self->modems = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) mmfota_agent_modem_free);
    self->said = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
    self->question = mmfota_agent_question_new ();
    self->outside = mmfota_agent_outside_new (state, message_came, command_came, outside_changed, self);
    self->network = g_object_ref (g_network_monitor_get_default ());
    self->skeleton = mmfota_gdbus_fota_agent1_skeleton_new ();
    read_machine_id (self);
    read_pause (self);
    mmfota_gdbus_fota_agent1_set_modems (self->skeleton, g_variant_new_array (G_VARIANT_TYPE ("a{sv}"), NULL, 0));
    mmfota_gdbus_fota_agent1_set_question (self->skeleton, mmfota_agent_question_to_variant (self->question));
    self->clock = mmfota_agent_clock_new (clock_rang, clock_was_set, self, error);
    if (!self->clock)
        return NULL;
    self->manager = mmfota_manager_await (connection, error);
    if (!self->manager)
        return NULL;
    connect_signals (self);
    find_modems (self);
    look (self);
    if (!g_dbus_interface_skeleton_export (G_DBUS_INTERFACE_SKELETON (self->skeleton), connection, MMFOTA_AGENT_PATH, error))
        return NULL;
    return g_steal_pointer (&self);
}

void
mmfota_agent_service_free (MmfotaAgentService *self)
{
    g_dbus_interface_skeleton_unexport (G_DBUS_INTERFACE_SKELETON (self->skeleton));
    g_signal_handlers_disconnect_by_data (self->skeleton, self);
    if (self->sleep_id)
        g_dbus_connection_signal_unsubscribe (self->connection, self->sleep_id);
    g_clear_handle_id (&self->look_id, g_source_remove);
    if (self->manager)
        g_signal_handlers_disconnect_by_data (self->manager, self);
    g_signal_handlers_disconnect_by_data (self->network, self);
    mmfota_agent_outside_free (self->outside);
    g_object_unref (self->network);
    g_hash_table_unref (self->modems);
    g_hash_table_unref (self->said);
    g_clear_object (&self->manager);
    g_clear_pointer (&self->clock, mmfota_agent_clock_free);
    mmfota_agent_question_free (self->question);
    g_object_unref (self->skeleton);
    mmfota_agent_config_unref (self->config);
    g_object_unref (self->connection);
    g_free (self->state);
    g_free (self->digest);
    g_free (self->machine_id);
    g_free (self);
}

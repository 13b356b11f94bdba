/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-agent-modem.h"

#include <string.h>

#include "mm-tdtech-fota-enums.h"
#include "mmfota-agent-clock.h"
#include "mmfota-agent-schedule.h"
#include "mmfota-agent-signature.h"
#include "mmfota-agent-url.h"
#include "mmfota-agent-verbs.h"
#include "mmfota-error.h"
#include "mmfota-follow.h"
#include "mmfota-text.h"

/* No limit: the plugin decides when the module is back */
#define LOST_AFTER (366 * 24 * 60 * 60)

/* Seconds until a failed write is tried again */
#define UNWRITABLE_WAIT 60

/* The agent's own event */
#define REFUSED "signature-refused"

struct _MmfotaAgentModem {
    MMManager              *manager;
    MmfotaModem            *modem;
    MmfotaAgentMemory      *memory;
    MmfotaAgentJournal     *journal;
    MmfotaFollow           *follow;
    MmfotaAgentConfig      *config;
    GCancellable           *cancellable;
    gchar                  *imei;
    gchar                  *state;
    gchar                  *digest;
    gchar                  *judged;       /* digest of the configuration when the signature check began */
    gchar                  *judged_url;
    gchar                  *judged_after; /* the plugin's journal when it began */
    gchar                  *last;         /* the transaction that ended last, since the agent started */
    guint                   last_attempt;
    gint64                  last_next;    /* Unix time; 0: no further attempt is planned */
    gchar                  *machine_id;
    const MmfotaAgentAssignment *assignment; /* an engine's, or NULL */
    MmfotaAgentModemChanged changed;
    gpointer                user_data;
    gint64                  came;         /* CLOCK_BOOTTIME */
    gint64                  unwritable;   /* CLOCK_BOOTTIME of the last failure; 0: none */
    gint64                  paused_until; /* at the last look */
    guint                   blockers;
    guint                   again_id;
    gboolean                present;
    gboolean                discarding;
    gboolean                judging;      /* checks the signature before a verb is sent */
    gboolean                sent;         /* the verb, if sent since the agent started */
};

/*****************************************************************************/
/* Memory */

gboolean
mmfota_agent_modem_save (MmfotaAgentModem *self)
{
    g_autoptr(GError) error = NULL;

    if (mmfota_agent_memory_save (self->memory, self->state, mmfota_agent_clock_now (), &error)) {
        self->unwritable = 0;
        return TRUE;
    }
    if (!self->unwritable)
        g_warning ("modem %s: nothing is done until its state can be written: %s", self->imei, error->message);
    self->unwritable = mmfota_agent_clock_elapsed ();
    return FALSE;
}

static void
tell (MmfotaAgentModem *self)
{
    self->changed (self->user_data);
}

const MmfotaAgentSettings *
mmfota_agent_modem_peek_settings (MmfotaAgentModem *self)
{
    return mmfota_agent_config_peek (self->config, self->imei);
}

/*****************************************************************************/
/* The end of a verb */

static void
stop_following (MmfotaAgentModem *self)
{
    g_clear_pointer (&self->follow, mmfota_follow_free);
}

static void follow_again (MmfotaAgentModem *self);

static gboolean
stop_following_idle (gpointer user_data)
{
    MmfotaAgentModem *self = user_data;

    self->again_id = 0;
    stop_following (self);
    follow_again (self);
    tell (self);
    return G_SOURCE_REMOVE;
}

/* Not from within its own callback */
static void
stop_following_later (MmfotaAgentModem *self)
{
    if (!self->again_id)
        self->again_id = g_idle_add (stop_following_idle, self);
}

static const MmfotaAgentRetry *
retry_of (const MmfotaAgentMemory *memory,
          MmfotaAgentVerb          verb)
{
    if (verb == MMFOTA_AGENT_VERB_CHECK)
        return &memory->query;
    return verb == MMFOTA_AGENT_VERB_UPGRADE ? &memory->upgrade : &memory->download;
}

/* For its events, which are reported once it has ended */
static void
keep_tries (MmfotaAgentModem *self)
{
    g_free (self->last);
    self->last = g_strdup (self->memory->transaction);
    self->last_attempt = retry_of (self->memory, self->memory->verb)->attempts + 1;
    self->last_next = 0;
}

static void
keep_next (MmfotaAgentModem *self,
           MmfotaAgentVerb   verb)
{
    gint64 until = retry_of (self->memory, verb)->until;

    if (until > mmfota_agent_clock_now () &&
        (verb == MMFOTA_AGENT_VERB_CHECK || !mmfota_agent_memory_gave_up (self->memory, self->memory->offered)))
        self->last_next = until;
}

void
mmfota_agent_modem_get_tries (MmfotaAgentModem *self,
                              const gchar      *transaction,
                              guint            *attempt,
                              gint64           *next)
{
    if (g_strcmp0 (self->memory->transaction, transaction) == 0)
        *attempt = retry_of (self->memory, self->memory->verb)->attempts + 1;
    else if (g_strcmp0 (self->last, transaction) == 0) {
        *attempt = self->last_attempt;
        *next = self->last_next;
    }
}

static void
ended (MmfotaAgentModem         *self,
       const MmfotaAgentOutcome *outcome)
{
    MmfotaAgentVerb    verb = self->memory->verb;
    MmfotaAgentOutcome ours = *outcome;

    keep_tries (self);
    if (outcome->error && outcome->error[0])
        g_message ("modem %s: %s failed: %s", self->imei, mmfota_agent_verb_name (verb), outcome->message);
    else
        g_message ("modem %s: %s: %s%s%s", self->imei, mmfota_agent_verb_name (verb),
                   outcome->nothing_newer ? "nothing newer" : "succeeded",
                   outcome->version ? ", version " : "", outcome->version ? outcome->version : "");
    /* A package from another server is somebody else's, whatever its version. (A resumed
     * download continues from the same server.) */
    if (!mmfota_agent_url_is_same (ours.url, self->memory->sent_url) &&
        !(verb == MMFOTA_AGENT_VERB_RESUME && mmfota_agent_url_is_same (ours.url, self->memory->url)))
        ours.url = NULL;
    self->sent = FALSE;
    mmfota_agent_policy_ended (mmfota_agent_modem_peek_settings (self), self->memory, &ours,
                               mmfota_agent_clock_now (), g_random_int ());
    keep_next (self, verb);
    mmfota_agent_modem_save (self);
    tell (self);
}

static void
ended_by_error (MmfotaAgentModem *self,
                const GError     *error)
{
    g_autofree gchar   *name = mmfota_error_name (error);
    g_autofree gchar   *text = mmfota_error_text (error);
    MmfotaAgentOutcome  outcome = { .error = name, .message = text };

    ended (self, &outcome);
}

static void
not_sent (MmfotaAgentModem *self,
          const gchar      *why)
{
    g_autoptr(GError) error = g_error_new_literal (MM_CORE_ERROR, MM_CORE_ERROR_RETRY, why);

    ended_by_error (self, error);
}

/* A transaction without a trace never began: if an earlier run of the agent ended before sending
 * it, that does not count as an attempt. All other errors leave the outcome open: it is followed
 * again when the module is back. */
static void
follow_done (GVariant     *result,
             const GError *error,
             gpointer      user_data)
{
    MmfotaAgentModem *self = user_data;
    MmGdbusModemFota *fota = mmfota_modem_peek_fota (self->modem);

    stop_following_later (self);
    if (result) {
        g_autoptr(MmfotaAgentResult) parsed = mmfota_agent_result_new (result, fota, self->memory->offered);

        ended (self, &parsed->outcome);
    } else if (g_error_matches (error, MM_CORE_ERROR, MM_CORE_ERROR_ABORTED)) {
        if (self->sent)
            ended_by_error (self, error);
        else
            not_sent (self, error->message);
    } else
        g_message ("modem %s: %s", self->imei, error->message);
}

static void
follow (MmfotaAgentModem *self)
{
    self->follow = mmfota_follow_new (self->modem, self->memory->transaction,
                                      mmfota_agent_verb_success (self->memory->verb), LOST_AFTER, follow_done, self);
    mmfota_follow_look_back (self->follow, self->memory->last_event);
}

/* J6: refused and reported, but the agent ended before it recorded the result. */
static gboolean
was_refused (MmfotaAgentModem *self)
{
    GVariant           *event = mmfota_agent_journal_peek_last (self->journal);
    const gchar        *kind = NULL;
    const gchar        *transaction = NULL;
    MmfotaAgentOutcome  outcome = { 0 };

    if (self->sent || !event || !g_variant_lookup (event, "kind", "&s", &kind) || !g_str_equal (kind, REFUSED) ||
        !g_variant_lookup (event, "transaction", "&s", &transaction) ||
        g_strcmp0 (transaction, self->memory->transaction) != 0)
        return FALSE;
    g_variant_lookup (event, "error", "&s", &outcome.error);
    g_variant_lookup (event, "message", "&s", &outcome.message);
    ended (self, &outcome);
    return TRUE;
}

/* A verb that an earlier run of the agent sent, or that this one lost track of */
static void
follow_again (MmfotaAgentModem *self)
{
    if (!self->memory->verb || self->follow || self->judging || !mmfota_modem_peek_fota (self->modem) || was_refused (self))
        return;
    follow (self);
    mmfota_follow_answered (self->follow);
}

/*****************************************************************************/
/* Verbs */

/* The plugin may have accepted it all the same, also if the modem is gone by now (Aborted): its
 * events will show. */
static gboolean
is_refusal (const GError *error)
{
    return g_dbus_error_is_remote_error (error) && !g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_NO_REPLY) &&
           !g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_DISCONNECTED) &&
           !g_error_matches (error, MM_CORE_ERROR, MM_CORE_ERROR_ABORTED);
}

static void
verb_ready (GObject      *source,
            GAsyncResult *res,
            gpointer      user_data)
{
    MmfotaAgentModem    *self;
    g_autoptr(GError)    error = NULL;
    g_autoptr(GVariant)  answer = g_dbus_proxy_call_finish (G_DBUS_PROXY (source), res, &error);

    if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return;
    self = user_data;
    if (!self->follow)
        return;
    if (error && is_refusal (error)) {
        stop_following (self);
        ended_by_error (self, error);
        return;
    }
    mmfota_follow_answered (self->follow);
    tell (self);
}

static gboolean
is_wanted (MmfotaAgentModem *self)
{
    const MmfotaAgentAssignment *assignment = self->assignment;

    if (!assignment)
        return !self->memory->offered_for;
    return g_strcmp0 (self->memory->offered_for, assignment->id) == 0 && !assignment->confirm &&
           !(self->memory->verb == MMFOTA_AGENT_VERB_UPGRADE ? assignment->hold_upgrade : assignment->hold_download);
}

/* Fetching the signature may have taken long (J4). */
static gboolean
may_be_sent (MmfotaAgentModem  *self,
             guint32           *wait,
             GError           **error)
{
    gint64 now = mmfota_agent_clock_now ();

    *wait = mmfota_agent_policy_upgrade_wait (mmfota_agent_modem_peek_settings (self), now);
    if (!mmfota_modem_peek_fota (self->modem))
        g_set_error_literal (error, MM_CORE_ERROR, MM_CORE_ERROR_RETRY, "the modem is gone");
    else if (self->judged && g_strcmp0 (self->judged, self->digest) != 0)
        g_set_error_literal (error, MM_CORE_ERROR, MM_CORE_ERROR_RETRY, "the configuration has changed");
    else if (self->memory->verb != MMFOTA_AGENT_VERB_CHECK && !is_wanted (self))
        g_set_error_literal (error, MM_CORE_ERROR, MM_CORE_ERROR_RETRY, "the server does not want it any more");
    else if (self->memory->verb != MMFOTA_AGENT_VERB_CHECK && self->paused_until > now)
        g_set_error_literal (error, MM_CORE_ERROR, MM_CORE_ERROR_RETRY, "it is paused");
    else if (self->memory->verb == MMFOTA_AGENT_VERB_UPGRADE && *wait == 0)
        g_set_error_literal (error, MM_CORE_ERROR, MM_CORE_ERROR_RETRY, "the window is over");
    else
        return TRUE;
    return FALSE;
}

static gchar *
configured_url (MmfotaAgentModem *self,
                MmGdbusModemFota *fota)
{
    if (self->assignment)
        return g_strdup (self->assignment->url);
    return mmfota_agent_url_fill (mmfota_agent_modem_peek_settings (self)->server.url, mmfota_modem_get_model (self->modem),
                                  self->imei, mm_gdbus_modem_fota_get_version (fota));
}

static void
send_verb (MmfotaAgentModem *self)
{
    MmGdbusModemFota    *fota = mmfota_modem_peek_fota (self->modem);
    MmfotaAgentVerb      verb = self->memory->verb;
    g_autoptr(GVariant)  options = NULL;
    g_autoptr(GError)    error = NULL;
    g_autofree gchar    *url = NULL;
    guint32              wait;

    if (may_be_sent (self, &wait, &error)) {
        url = configured_url (self, fota);
        options = mmfota_agent_verb_options (mmfota_agent_modem_peek_settings (self), self->memory, wait, url, &error);
    }
    if (!options) {
        ended_by_error (self, error);
        return;
    }
    g_message ("modem %s: %s%s%s", self->imei, mmfota_agent_verb_name (verb),
               verb == MMFOTA_AGENT_VERB_CHECK ? "" : " of version ", verb == MMFOTA_AGENT_VERB_CHECK ? "" : self->memory->offered);
    /* Its end would be taken for that of this one */
    g_clear_handle_id (&self->again_id, g_source_remove);
    stop_following (self);
    follow (self);
    self->sent = TRUE;
    g_dbus_proxy_call (G_DBUS_PROXY (fota), mmfota_agent_verb_method (verb), g_variant_new ("(@a{sv})", options),
                       G_DBUS_CALL_FLAGS_NONE, -1, self->cancellable, verb_ready, self);
    tell (self);
}

/* The module is not involved in what is refused here, so the plugin's journal has nothing of it.
 * If the refusal can't be written down, the check is repeated later (J2). */
static void
refused (MmfotaAgentModem *self,
         const GError     *why)
{
    MmGdbusModemFota   *fota = mmfota_modem_peek_fota (self->modem);
    MmfotaAgentMemory  *memory = self->memory;
    MmfotaAgentOutcome  outcome = { 0 };
    g_autofree gchar   *message = g_strdup_printf ("signature (%s): %s", mmfota_agent_signature_reason (why), why->message);
    g_autoptr(GError)   error = NULL;
    GVariantBuilder     details;

    outcome.error = mmfota_agent_signature_error_name (why, self->judged_url);
    outcome.message = message;
    if (!mmfota_agent_signature_is_refusal (why)) {
        ended (self, &outcome);
        return;
    }
    g_variant_builder_init (&details, G_VARIANT_TYPE_VARDICT);
    g_variant_builder_add (&details, "{sv}", "transaction", g_variant_new_string (memory->transaction));
    g_variant_builder_add (&details, "{sv}", "operation",
                           g_variant_new_string (memory->verb == MMFOTA_AGENT_VERB_UPGRADE ? "upgrade" : "download"));
    g_variant_builder_add (&details, "{sv}", "from", g_variant_new_string (mmfota_agent_modem_get_version (self)));
    g_variant_builder_add (&details, "{sv}", "version", g_variant_new_string (memory->offered ? memory->offered : ""));
    g_variant_builder_add (&details, "{sv}", "reason", g_variant_new_string (mmfota_agent_signature_reason (why)));
    g_variant_builder_add (&details, "{sv}", "error", g_variant_new_string (outcome.error));
    g_variant_builder_add (&details, "{sv}", "message", g_variant_new_string (message));
    g_variant_builder_add (&details, "{sv}", "attempt",
                           g_variant_new_uint32 (retry_of (memory, memory->verb)->attempts + 1));
    if (mmfota_agent_journal_add (self->journal, REFUSED, mmfota_agent_clock_now (),
                                  fota ? mm_gdbus_modem_fota_get_journal (fota) : self->judged_after,
                                  fota ? mm_gdbus_modem_fota_get_last_event (fota) : memory->last_event,
                                  g_variant_builder_end (&details), &error))
        ended (self, &outcome);
    else {
        g_autofree gchar *text = g_strdup_printf ("%s; and that it was refused can't be written down: %s", message, error->message);

        not_sent (self, text);
    }
}

static void
signature_ready (GObject      *source,
                 GAsyncResult *res,
                 gpointer      user_data)
{
    MmfotaAgentModem              *self;
    g_autoptr(GError)              error = NULL;
    g_autoptr(MmfotaAgentRelease)  release = mmfota_agent_signature_check_finish (res, &error);

    if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return;
    self = user_data;
    self->judging = FALSE;
    if (release) {
        g_message ("modem %s: version %s is signed", self->imei, release->version);
        send_verb (self);
    } else
        refused (self, error);
}

/* Nothing unsigned is downloaded or flashed. For an upgrade, check the server that the package
 * came from. */
static void
judge_signature (MmfotaAgentModem *self,
                 MmGdbusModemFota *fota)
{
    const MmfotaAgentSettings       *settings = mmfota_agent_modem_peek_settings (self);
    const MmfotaAgentServerSettings *server = &settings->server;
    const gchar                     *model = mmfota_modem_get_model (self->modem);
    g_autofree gchar                *url = NULL;
    MmfotaAgentHttpTls               tls = { 0 };

    if (!model || !model[0]) {
        not_sent (self, "it is not known which model the module is, and so not whether the release is signed for it");
        return;
    }
    if (self->memory->verb == MMFOTA_AGENT_VERB_UPGRADE && self->memory->url)
        url = g_strdup (self->memory->url);
    else
        url = configured_url (self, fota);
    g_free (self->judged);
    self->judged = g_strdup (self->digest);
    g_free (self->judged_url);
    self->judged_url = g_strdup (url);
    g_free (self->judged_after);
    self->judged_after = g_strdup (mm_gdbus_modem_fota_get_journal (fota));
    tls.ca = server->tls_ca;
    tls.certificate = server->tls_certificate;
    tls.key = server->tls_key;
    tls.unverified = server->tls_verify == MMFOTA_AGENT_VERIFY_NONE;
    self->judging = TRUE;
    mmfota_agent_signature_check (url, &tls, settings->signature.keyring, model, self->memory->offered, self->cancellable,
                                  signature_ready, self);
    tell (self);
}

static void
begin (MmfotaAgentModem *self,
       MmfotaAgentVerb   verb)
{
    MmGdbusModemFota *fota = mmfota_modem_peek_fota (self->modem);
    g_autofree gchar *uuid = g_uuid_string_random ();
    g_autofree gchar *transaction = g_strconcat ("agent-", uuid, NULL);

    /* Before it is sent: after a crash, the agent looks for this transaction */
    mmfota_agent_policy_began (self->memory, verb, transaction, mm_gdbus_modem_fota_get_last_event (fota));
    g_free (self->memory->sent_url);
    self->memory->sent_url = verb == MMFOTA_AGENT_VERB_UPGRADE ? NULL : configured_url (self, fota);
    g_clear_pointer (&self->judged, g_free);
    self->sent = FALSE;
    if (!mmfota_agent_modem_save (self)) {
        mmfota_agent_policy_began (self->memory, MMFOTA_AGENT_VERB_NONE, NULL, 0);
        return;
    }
    if (verb != MMFOTA_AGENT_VERB_CHECK &&
        mmfota_agent_signature_is_wanted (&mmfota_agent_modem_peek_settings (self)->signature))
        judge_signature (self, fota);
    else
        send_verb (self);
}

static void
discard_ready (GObject      *source,
               GAsyncResult *res,
               gpointer      user_data)
{
    MmfotaAgentModem    *self;
    g_autoptr(GError)    error = NULL;
    g_autoptr(GVariant)  answer = g_dbus_proxy_call_finish (G_DBUS_PROXY (source), res, &error);

    if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return;
    self = user_data;
    self->discarding = FALSE;
    if (error)
        g_message ("modem %s: the package could not be discarded: %s", self->imei, error->message);
    mmfota_agent_policy_discarded (mmfota_agent_modem_peek_settings (self), self->memory, !error,
                                   mmfota_agent_clock_now (), g_random_int ());
    mmfota_agent_modem_save (self);
    tell (self);
}

static void
discard (MmfotaAgentModem *self)
{
    if (self->discarding)
        return;
    self->discarding = TRUE;
    g_message ("modem %s: the package of version %s is discarded", self->imei, self->memory->offered);
    g_dbus_proxy_call (G_DBUS_PROXY (mmfota_modem_peek_fota (self->modem)), "Cancel", g_variant_new ("(a{sv})", NULL),
                       G_DBUS_CALL_FLAGS_NONE, -1, self->cancellable, discard_ready, self);
}

void
mmfota_agent_modem_act (MmfotaAgentModem          *self,
                        const MmfotaAgentDecision *decision)
{
    switch (decision->action) {
    case MMFOTA_AGENT_ACTION_CHECK:
        begin (self, MMFOTA_AGENT_VERB_CHECK);
        break;
    case MMFOTA_AGENT_ACTION_DOWNLOAD:
        begin (self, MMFOTA_AGENT_VERB_DOWNLOAD);
        break;
    case MMFOTA_AGENT_ACTION_RESUME:
        begin (self, MMFOTA_AGENT_VERB_RESUME);
        break;
    case MMFOTA_AGENT_ACTION_UPGRADE:
        begin (self, MMFOTA_AGENT_VERB_UPGRADE);
        break;
    case MMFOTA_AGENT_ACTION_DISCARD:
        discard (self);
        break;
    case MMFOTA_AGENT_ACTION_NONE:
    case MMFOTA_AGENT_ACTION_NOTICE:
    case MMFOTA_AGENT_ACTION_LAST:
    default:
        break;
    }
}

/*****************************************************************************/
/* What the policy sees */

static void
look_at_blockers (MmfotaAgentModem *self,
                  MmGdbusModemFota *fota)
{
    guint blockers = mm_gdbus_modem_fota_get_blockers (fota);

    if (self->blockers && !blockers) {
        mmfota_agent_policy_cleared (self->memory, mmfota_agent_clock_now (), g_random_int ());
        mmfota_agent_modem_save (self);
    }
    self->blockers = blockers;
}

/* It appeared, disappeared or changed */
static void
modem_changed (MmfotaAgentModem *self)
{
    MmGdbusModemFota *fota = mmfota_modem_peek_fota (self->modem);

    if (fota && !self->present) {
        self->came = mmfota_agent_clock_elapsed ();
        self->blockers = mm_gdbus_modem_fota_get_blockers (fota);
        mmfota_agent_schedule_came (&mmfota_agent_modem_peek_settings (self)->check, self->memory, mmfota_agent_clock_now ());
        mmfota_agent_modem_save (self);
    }
    self->present = fota != NULL;
    if (fota) {
        look_at_blockers (self, fota);
        follow_again (self);
    }
    tell (self);
}

void
mmfota_agent_modem_find (MmfotaAgentModem *self)
{
    g_autoptr(MmfotaModem) found = NULL;

    if (mmfota_modem_peek_fota (self->modem) || self->memory->verb)
        return;
    found = mmfota_modem_find (self->manager, self->imei, NULL);
    if (!found)
        return;
    g_signal_handlers_disconnect_by_data (self->modem, self);
    g_set_object (&self->modem, found);
    g_signal_connect_swapped (self->modem, "changed", G_CALLBACK (modem_changed), self);
    modem_changed (self);
}

static gboolean
is_ambiguous (MmfotaAgentModem *self)
{
    GList *modems = mmfota_manager_list_modems (self->manager);
    GList *l;
    guint  n = 0;

    for (l = modems; l; l = l->next) {
        MMModem *modem = mmfota_manager_peek_modem (l->data);

        if (modem && g_strcmp0 (mm_modem_get_equipment_identifier (modem), self->imei) == 0)
            n++;
    }
    g_list_free_full (modems, g_object_unref);
    return n > 1;
}

static MmfotaAgentView
view_of (MmfotaAgentModem *self,
         GVariant         *update,
         gint64            paused_until)
{
    const MmfotaAgentSettings *settings = mmfota_agent_modem_peek_settings (self);
    MmGdbusModemFota          *fota = mmfota_modem_peek_fota (self->modem);
    MmfotaAgentView            view = { 0 };

    view.now = mmfota_agent_clock_now ();
    view.paused_until = paused_until;
    view.assignment = self->assignment;
    view.offset = mmfota_agent_schedule_offset (&settings->check, self->machine_id, self->imei);
    view.present = fota != NULL;
    view.ambiguous = is_ambiguous (self);
    if (!fota)
        return view;
    view.present_for = mmfota_agent_clock_elapsed () - self->came;
    view.transaction = mm_gdbus_modem_fota_get_transaction (fota) && mm_gdbus_modem_fota_get_transaction (fota)[0];
    view.state = mm_gdbus_modem_fota_get_state (fota);
    view.blockers = mm_gdbus_modem_fota_get_blockers (fota);
    view.version = mm_gdbus_modem_fota_get_version (fota);
    if (update) {
        g_variant_lookup (update, "version", "&s", &view.held);
        g_variant_lookup (update, "url", "&s", &view.held_url);
    }
    return view;
}

MmfotaAgentDecision
mmfota_agent_modem_decide (MmfotaAgentModem *self,
                           gint64            paused_until)
{
    MmGdbusModemFota    *fota = mmfota_modem_peek_fota (self->modem);
    g_autoptr(GVariant)  update = fota ? mm_gdbus_modem_fota_dup_update (fota) : NULL;
    MmfotaAgentView      view = view_of (self, update, paused_until);
    MmfotaAgentDecision  decision;

    self->paused_until = paused_until;
    if (mmfota_agent_policy_compare (self->memory, self->digest, view.version))
        mmfota_agent_modem_save (self);
    decision = mmfota_agent_policy_decide (mmfota_agent_modem_peek_settings (self), self->memory, &view);
    if (decision.action != MMFOTA_AGENT_ACTION_NONE && self->unwritable &&
        mmfota_agent_clock_elapsed () - self->unwritable < UNWRITABLE_WAIT) {
        decision.action = MMFOTA_AGENT_ACTION_NONE;
        decision.activity = MMFOTA_AGENT_ACTIVITY_WAITING;
        mmfota_agent_decision_set_reason (&decision, MMFOTA_REASON_UNWRITABLE);
        decision.wake = view.now + UNWRITABLE_WAIT;
    }
    if (self->discarding && decision.action != MMFOTA_AGENT_ACTION_NONE)
        decision.action = MMFOTA_AGENT_ACTION_NONE;
    return decision;
}

/*****************************************************************************/
/* Accessors */

const gchar *
mmfota_agent_modem_get_imei (MmfotaAgentModem *self)
{
    return self->imei;
}

MmfotaAgentMemory *
mmfota_agent_modem_peek_memory (MmfotaAgentModem *self)
{
    return self->memory;
}

const gchar *
mmfota_agent_modem_get_path (MmfotaAgentModem *self)
{
    return mmfota_modem_peek_fota (self->modem) ? mmfota_modem_get_path (self->modem) : "/";
}

MmfotaAgentJournal *
mmfota_agent_modem_peek_journal (MmfotaAgentModem *self)
{
    return self->journal;
}

const gchar *
mmfota_agent_modem_get_model (MmfotaAgentModem *self)
{
    return mmfota_modem_peek_fota (self->modem) ? mmfota_modem_get_model (self->modem) : NULL;
}

void
mmfota_agent_modem_assign (MmfotaAgentModem            *self,
                           const MmfotaAgentAssignment *assignment)
{
    self->assignment = assignment;
    if (mmfota_agent_policy_assigned (self->memory, assignment))
        mmfota_agent_modem_save (self);
    tell (self);
}

void
mmfota_agent_modem_forget_assignment (MmfotaAgentModem *self)
{
    self->assignment = NULL;
}

MmGdbusModemFota *
mmfota_agent_modem_peek_fota (MmfotaAgentModem *self)
{
    return mmfota_modem_peek_fota (self->modem);
}

const gchar *
mmfota_agent_modem_get_version (MmfotaAgentModem *self)
{
    MmGdbusModemFota *fota = mmfota_modem_peek_fota (self->modem);
    const gchar      *version = fota ? mm_gdbus_modem_fota_get_version (fota) : NULL;

    if (version && version[0])
        return version;
    return self->memory->version ? self->memory->version : "";
}

/*****************************************************************************/
/* Life */

void
mmfota_agent_modem_set_config (MmfotaAgentModem  *self,
                               MmfotaAgentConfig *config,
                               const gchar       *digest,
                               const gchar       *machine_id)
{
    gboolean first = !self->config;

    g_clear_pointer (&self->config, mmfota_agent_config_unref);
    self->config = mmfota_agent_config_ref (config);
    g_free (self->digest);
    self->digest = g_strdup (digest);
    g_free (self->machine_id);
    self->machine_id = g_strdup (machine_id);
    if (first) {
        mmfota_agent_policy_back (mmfota_agent_modem_peek_settings (self), self->memory, mmfota_agent_clock_now ());
        modem_changed (self);
    }
}

/* If the clock is behind the time of the last write, move the times that lie ahead with it. */
static void
correct_times (MmfotaAgentMemory *memory)
{
    gint64 now = mmfota_agent_clock_now ();

    if (memory->stamp > now + 60)
        mmfota_agent_memory_shift (memory, now - memory->stamp);
}

MmfotaAgentModem *
mmfota_agent_modem_new (MMManager                *manager,
                        const gchar              *imei,
                        const gchar              *state,
                        MmfotaAgentModemChanged   changed,
                        gpointer                  user_data,
                        GError                  **error)
{
    g_autoptr(MmfotaAgentMemory)  memory = mmfota_agent_memory_load (state, imei, error);
    g_autoptr(GError)             local = NULL;
    MmfotaAgentModem             *self;

    if (!memory)
        return NULL;
    correct_times (memory);
    self = g_new0 (MmfotaAgentModem, 1);
    self->manager = g_object_ref (manager);
    self->memory = g_steal_pointer (&memory);
    self->imei = g_strdup (imei);
    self->state = g_strdup (state);
    self->journal = mmfota_agent_journal_open (state, imei);
    self->cancellable = g_cancellable_new ();
    self->changed = changed;
    self->user_data = user_data;
    self->modem = mmfota_modem_find (manager, imei, &local);
    if (!self->modem)
        self->modem = mmfota_modem_await (manager, imei);
    g_signal_connect_swapped (self->modem, "changed", G_CALLBACK (modem_changed), self);
    return self;
}

void
mmfota_agent_modem_free (MmfotaAgentModem *self)
{
    g_cancellable_cancel (self->cancellable);
    g_clear_handle_id (&self->again_id, g_source_remove);
    stop_following (self);
    g_signal_handlers_disconnect_by_data (self->modem, self);
    g_object_unref (self->modem);
    g_object_unref (self->manager);
    g_object_unref (self->cancellable);
    mmfota_agent_memory_free (self->memory);
    g_object_unref (self->journal);
    g_clear_pointer (&self->config, mmfota_agent_config_unref);
    g_free (self->imei);
    g_free (self->state);
    g_free (self->digest);
    g_free (self->judged);
    g_free (self->judged_url);
    g_free (self->judged_after);
    g_free (self->last);
    g_free (self->machine_id);
    g_free (self);
}

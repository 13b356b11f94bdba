/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-agent-sms.h"

#include <string.h>

#include <libmm-glib.h>

#include "mmfota-agent-store.h"

#define MESSAGING    "org.freedesktop.ModemManager1.Modem.Messaging"
#define SMS          "org.freedesktop.ModemManager1.Sms"
/* SIM and module together hold some hundred messages */
#define MESSAGES_MAX 1024
/* Log lines an hour about messages that are not authentic */
#define FORGED_MAX   5
#define HOUR         (G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)
/* Seconds: until the next attempt after a full disk, or while the clock may not be set yet */
#define AGAIN        60
#define AGAIN_CLOCK  600

struct _MmfotaAgentSms {
    gchar                 *path;
    GKeyFile              *memory;
    MmfotaAgentSmsTrigger  trigger;
    gpointer               user_data;
    /* IMEI to Modem */
    GHashTable            *modems;
    gint64                 forged_since;
    guint                  forged;
};

/* Reference-counted: calls may be under way when it is freed */
typedef struct {
    MmfotaAgentSms       *sms;
    gchar                *imei;
    GDBusObject          *object;
    gulong                handlers[2];
    MmfotaAgentTokenKeys  keys;
    gchar               **senders;
    MMModemMessaging     *messaging;
    GCancellable         *cancellable;
    /* Object path to Message */
    GHashTable           *messages;
    guint                 n_loading;
    gboolean              deleting;
    guint                 timer;
    guint                 wait;
} Modem;

typedef struct {
    Modem    *modem;
    /* Until its text is known */
    MMSms    *sms;
    gboolean  authentic;
    gboolean  spent;
    guint64   counter;
} Message;

/* One call */
typedef struct {
    Modem *modem;
    gchar *path;
} Call;

/*****************************************************************************/
/* Memory */

static void
recall (MmfotaAgentSms         *self,
        const gchar            *imei,
        MmfotaAgentTokenMemory *memory)
{
    memory->counter = g_key_file_get_uint64 (self->memory, imei, "counter", NULL);
    memory->accepted = g_key_file_get_int64 (self->memory, imei, "accepted", NULL);
    memory->day = g_key_file_get_int64 (self->memory, imei, "day", NULL);
    memory->of_day = (guint) MAX (g_key_file_get_integer (self->memory, imei, "of-day", NULL), 0);
}

static void
put (GKeyFile                     *file,
     const gchar                  *imei,
     const MmfotaAgentTokenMemory *memory)
{
    g_key_file_set_uint64 (file, imei, "counter", memory->counter);
    g_key_file_set_int64 (file, imei, "accepted", memory->accepted);
    g_key_file_set_int64 (file, imei, "day", memory->day);
    g_key_file_set_integer (file, imei, "of-day", (gint) memory->of_day);
}

/* Roll back if it can't be stored: it would be accepted again after a restart */
static gboolean
store (MmfotaAgentSms               *self,
       const gchar                  *imei,
       const MmfotaAgentTokenMemory *memory)
{
    MmfotaAgentTokenMemory  before;
    g_autofree gchar       *text = NULL;
    g_autoptr(GError)       error = NULL;
    gsize                   size;

    recall (self, imei, &before);
    put (self->memory, imei, memory);
    text = g_key_file_to_data (self->memory, &size, NULL);
    if (mmfota_agent_store_write (self->path, text, size, &error))
        return TRUE;
    put (self->memory, imei, &before);
    g_warning ("an SMS for %s waits: %s", imei, error->message);
    return FALSE;
}

/*****************************************************************************/
/* Life of a modem */

static void
drop_sms (Message *message)
{
    if (message->sms)
        g_signal_handlers_disconnect_by_data (message->sms, message->modem);
    g_clear_object (&message->sms);
}

static Message *
message_new (Modem *modem)
{
    Message *message = g_new0 (Message, 1);

    message->modem = modem;
    return message;
}

static void
message_free (Message *message)
{
    drop_sms (message);
    g_free (message);
}

static void
modem_clear (gpointer data)
{
    Modem *self = data;

    mmfota_agent_token_keys_clear (&self->keys);
    g_strfreev (self->senders);
    g_free (self->imei);
}

static void
modem_unref (Modem *self)
{
    g_rc_box_release_full (self, modem_clear);
}

static Call *
call_new (Modem       *modem,
          const gchar *path)
{
    Call *call = g_new0 (Call, 1);

    call->modem = g_rc_box_acquire (modem);
    call->path = g_strdup (path);
    return call;
}

static void
call_free (Call *call)
{
    modem_unref (call->modem);
    g_free (call->path);
    g_free (call);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Call, call_free)

/* No callbacks after this */
static void
drop_messaging (Modem *self)
{
    if (self->cancellable)
        g_cancellable_cancel (self->cancellable);
    g_clear_object (&self->cancellable);
    g_clear_handle_id (&self->timer, g_source_remove);
    g_hash_table_remove_all (self->messages);
    self->n_loading = 0;
    self->deleting = FALSE;
    if (self->messaging)
        g_signal_handlers_disconnect_by_data (self->messaging, self);
    g_clear_object (&self->messaging);
}

static void
modem_end (Modem *self)
{
    guint i;

    drop_messaging (self);
    for (i = 0; i < G_N_ELEMENTS (self->handlers); i++)
        g_signal_handler_disconnect (self->object, self->handlers[i]);
    g_clear_object (&self->object);
    g_clear_pointer (&self->messages, g_hash_table_unref);
    modem_unref (self);
}

/*****************************************************************************/
/* Looking again */

static void judge_messages (Modem *self);

static gboolean
look_again (gpointer user_data)
{
    Modem *self = user_data;

    self->timer = 0;
    judge_messages (self);
    return G_SOURCE_REMOVE;
}

static void
wait_for (Modem *self,
          guint  seconds)
{
    if (self->timer && self->wait <= seconds)
        return;
    g_clear_handle_id (&self->timer, g_source_remove);
    self->wait = seconds;
    self->timer = g_timeout_add_seconds (seconds, look_again, self);
}

/*****************************************************************************/
/* Deleting, one after the other: ModemManager refuses a second deletion meanwhile
 * (mm_broadband_modem_lock_sms_storages) */

static void delete_next (Modem *self);

static void
deleted (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
    g_autoptr(Call)   call = user_data;
    g_autoptr(GError) error = NULL;
    Modem            *self = call->modem;
    gboolean          done = mm_modem_messaging_delete_finish (MM_MODEM_MESSAGING (source), result, &error);

    if (!self->messages || MM_MODEM_MESSAGING (source) != self->messaging)
        return;
    self->deleting = FALSE;
    if (done) {
        g_hash_table_remove (self->messages, call->path);
        delete_next (self);
    } else {
        g_info ("couldn't delete an SMS of %s that was used: %s", self->imei, error->message);
        wait_for (self, AGAIN);
    }
}

static void
delete_next (Modem *self)
{
    GHashTableIter iter;
    gpointer       path;
    gpointer       message;

    g_hash_table_iter_init (&iter, self->messages);
    while (!self->deleting && g_hash_table_iter_next (&iter, &path, &message)) {
        if (!((Message *) message)->spent)
            continue;
        self->deleting = TRUE;
        mm_modem_messaging_delete (self->messaging, path, self->cancellable, deleted, call_new (self, path));
    }
}

/*****************************************************************************/
/* Judging */

static void
tell_forged (MmfotaAgentSms *self,
             const gchar    *imei)
{
    gint64 now = g_get_monotonic_time ();

    if (self->forged_since == 0 || now - self->forged_since > HOUR) {
        self->forged_since = now;
        self->forged = 0;
    }
    if (self->forged < FORGED_MAX)
        g_message ("an SMS to %s says that it is from the operator, but was not made with the key of this device: left alone%s",
                   imei, self->forged + 1 == FORGED_MAX ? "; no more are told for an hour" : "");
    self->forged = MIN (self->forged + 1, FORGED_MAX);
}

static void
act (Modem   *self,
     Message *message)
{
    MmfotaAgentTokenMemory  memory;
    MmfotaAgentTokenVerdict verdict;
    guint                   wait;

    recall (self->sms, self->imei, &memory);
    verdict = mmfota_agent_token_judge (&memory, message->counter, g_get_real_time () / G_USEC_PER_SEC, &wait);
    switch (verdict) {
    case MMFOTA_AGENT_TOKEN_ACCEPTED:
        if (!store (self->sms, self->imei, &memory)) {
            wait_for (self, AGAIN);
            return;
        }
        g_message ("an SMS asks for a look at %s", self->imei);
        message->spent = TRUE;
        self->sms->trigger (self->imei, self->sms->user_data);
        return;
    case MMFOTA_AGENT_TOKEN_TOO_SOON:
        wait_for (self, wait);
        break;
    case MMFOTA_AGENT_TOKEN_FUTURE:
        /* Some devices start with a wrong clock */
        wait_for (self, AGAIN_CLOCK);
        break;
    case MMFOTA_AGENT_TOKEN_USED:
    case MMFOTA_AGENT_TOKEN_OLD:
    default:
        message->spent = TRUE;
        break;
    }
    g_info ("an SMS to %s: %s", self->imei, mmfota_agent_token_verdict_name (verdict));
}

/* TRUE once it is known whether the message is for us */
static gboolean
classify (Modem   *self,
          Message *message)
{
    const gchar *text;

    switch (mm_sms_get_state (message->sms)) {
    case MM_SMS_STATE_RECEIVING:
        return FALSE;
    case MM_SMS_STATE_RECEIVED:
        break;
    case MM_SMS_STATE_UNKNOWN:
    case MM_SMS_STATE_STORED:
    case MM_SMS_STATE_SENDING:
    case MM_SMS_STATE_SENT:
    default:
        return TRUE;
    }
    text = mm_sms_get_text (message->sms);
    switch (mmfota_agent_token_verify (&self->keys, self->imei, text, &message->counter)) {
    case MMFOTA_AGENT_TOKEN_AUTHENTIC:
        message->authentic = mmfota_agent_token_is_sender ((const gchar *const *) self->senders,
                                                           mm_sms_get_number (message->sms));
        if (!message->authentic)
            g_message ("an SMS to %s has the right key, but its sender is not one of [sms] senders", self->imei);
        break;
    case MMFOTA_AGENT_TOKEN_FORGED:
        tell_forged (self->sms, self->imei);
        break;
    case MMFOTA_AGENT_TOKEN_FOREIGN:
    default:
        break;
    }
    return TRUE;
}

static gint
compare_counters (gconstpointer a,
                  gconstpointer b,
                  gpointer      user_data)
{
    const Message *one = g_hash_table_lookup (user_data, a);
    const Message *two = g_hash_table_lookup (user_data, b);

    /* The newest first: it supersedes the others */
    return one->counter > two->counter ? -1 : one->counter < two->counter;
}

/* Judges all messages once their texts are known */
static void
judge_messages (Modem *self)
{
    GList          *paths = NULL;
    GList          *l;
    GHashTableIter  iter;
    gpointer        path;
    gpointer        value;

    if (!self->messaging || self->n_loading > 0)
        return;
    g_hash_table_iter_init (&iter, self->messages);
    while (g_hash_table_iter_next (&iter, &path, &value)) {
        Message *message = value;

        if (message->sms && classify (self, message))
            drop_sms (message);
        if (message->authentic)
            paths = g_list_prepend (paths, g_strdup (path));
    }
    paths = g_list_sort_with_data (paths, compare_counters, self->messages);
    g_clear_handle_id (&self->timer, g_source_remove);
    /* The callback may free this modem */
    g_rc_box_acquire (self);
    for (l = paths; l && self->messaging; l = l->next) {
        Message *message = g_hash_table_lookup (self->messages, l->data);

        if (message && !message->spent)
            act (self, message);
    }
    if (self->messaging)
        delete_next (self);
    modem_unref (self);
    g_list_free_full (paths, g_free);
}

/*****************************************************************************/
/* Reading */

static void
message_loaded (GObject      *source,
                GAsyncResult *result,
                gpointer      user_data)
{
    g_autoptr(Call)    call = user_data;
    g_autoptr(GError)  error = NULL;
    g_autoptr(GObject) object = g_async_initable_new_finish (G_ASYNC_INITABLE (source), result, &error);
    Modem             *self = call->modem;
    Message           *message;

    if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || !self->messages)
        return;
    self->n_loading--;
    message = g_hash_table_lookup (self->messages, call->path);
    if (!object)
        g_debug ("%s: %s", call->path, error->message);
    else if (message) {
        message->sms = g_object_ref (MM_SMS (object));
        /* Its other parts */
        g_signal_connect_swapped (object, "g-properties-changed", G_CALLBACK (judge_messages), self);
    }
    judge_messages (self);
}

static void
look_at (Modem       *self,
         const gchar *path)
{
    GDBusProxy *proxy = G_DBUS_PROXY (self->messaging);

    if (g_hash_table_contains (self->messages, path) || g_hash_table_size (self->messages) >= MESSAGES_MAX)
        return;
    g_hash_table_insert (self->messages, g_strdup (path), message_new (self));
    self->n_loading++;
    g_async_initable_new_async (MM_TYPE_SMS, G_PRIORITY_DEFAULT, self->cancellable, message_loaded, call_new (self, path),
                                "g-flags", G_DBUS_PROXY_FLAGS_DO_NOT_AUTO_START,
                                "g-name", MM_DBUS_SERVICE,
                                "g-connection", g_dbus_proxy_get_connection (proxy),
                                "g-object-path", path,
                                "g-interface-name", SMS,
                                NULL);
}

static void
on_added (MmGdbusModemMessaging *messaging,
          const gchar           *path,
          gboolean               received,
          Modem                 *self)
{
    if (received)
        look_at (self, path);
}

static void
on_deleted (MmGdbusModemMessaging *messaging,
            const gchar           *path,
            Modem                 *self)
{
    g_hash_table_remove (self->messages, path);
}

/* Also messages that were there before us, or before ModemManager had read them */
static void
on_messages (MmGdbusModemMessaging *messaging,
             GParamSpec            *pspec,
             Modem                 *self)
{
    const gchar *const *paths = mm_gdbus_modem_messaging_get_messages (messaging);
    guint               i;

    for (i = 0; paths && paths[i]; i++)
        look_at (self, paths[i]);
}

static void
messaging_loaded (GObject      *source,
                  GAsyncResult *result,
                  gpointer      user_data)
{
    g_autoptr(Call)    call = user_data;
    g_autoptr(GError)  error = NULL;
    g_autoptr(GObject) object = g_async_initable_new_finish (G_ASYNC_INITABLE (source), result, &error);
    Modem             *self = call->modem;

    if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || !self->messages)
        return;
    if (!object) {
        g_message ("SMS of %s can't be read: %s", self->imei, error->message);
        return;
    }
    self->messaging = g_object_ref (MM_MODEM_MESSAGING (object));
    g_signal_connect (self->messaging, "added", G_CALLBACK (on_added), self);
    g_signal_connect (self->messaging, "deleted", G_CALLBACK (on_deleted), self);
    g_signal_connect (self->messaging, "notify::messages", G_CALLBACK (on_messages), self);
    on_messages (MM_GDBUS_MODEM_MESSAGING (object), NULL, self);
}

/*****************************************************************************/
/* The interface exists only while the modem is enabled */

static void
load_messaging (Modem *self)
{
    drop_messaging (self);
    self->cancellable = g_cancellable_new ();
    g_async_initable_new_async (MM_TYPE_MODEM_MESSAGING, G_PRIORITY_DEFAULT, self->cancellable, messaging_loaded,
                                call_new (self, NULL),
                                "g-flags", G_DBUS_PROXY_FLAGS_DO_NOT_AUTO_START,
                                "g-name", MM_DBUS_SERVICE,
                                "g-connection", g_dbus_object_proxy_get_connection (G_DBUS_OBJECT_PROXY (self->object)),
                                "g-object-path", g_dbus_object_get_object_path (self->object),
                                "g-interface-name", MESSAGING,
                                NULL);
}

static void
interface_added (GDBusObject    *object,
                 GDBusInterface *interface,
                 Modem          *self)
{
    if (g_str_equal (g_dbus_proxy_get_interface_name (G_DBUS_PROXY (interface)), MESSAGING))
        load_messaging (self);
}

static void
interface_removed (GDBusObject    *object,
                   GDBusInterface *interface,
                   Modem          *self)
{
    if (g_str_equal (g_dbus_proxy_get_interface_name (G_DBUS_PROXY (interface)), MESSAGING))
        drop_messaging (self);
}

void
mmfota_agent_sms_follow (MmfotaAgentSms             *self,
                         const gchar                *imei,
                         GDBusObject                *object,
                         const MmfotaAgentTokenKeys *keys,
                         const gchar *const         *senders)
{
    g_autoptr(GDBusInterface)  interface = g_dbus_object_get_interface (object, MESSAGING);
    Modem                     *modem = g_rc_box_new0 (Modem);

    mmfota_agent_sms_leave (self, imei);
    modem->sms = self;
    modem->imei = g_strdup (imei);
    modem->object = g_object_ref (object);
    modem->keys = *keys;
    modem->senders = g_strdupv ((gchar **) senders);
    modem->messages = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) message_free);
    modem->handlers[0] = g_signal_connect (object, "interface-added", G_CALLBACK (interface_added), modem);
    modem->handlers[1] = g_signal_connect (object, "interface-removed", G_CALLBACK (interface_removed), modem);
    g_hash_table_insert (self->modems, g_strdup (imei), modem);
    if (interface)
        load_messaging (modem);
}

void
mmfota_agent_sms_leave (MmfotaAgentSms *self,
                        const gchar    *imei)
{
    g_hash_table_remove (self->modems, imei);
}

/*****************************************************************************/

MmfotaAgentSms *
mmfota_agent_sms_new (const gchar           *state,
                      MmfotaAgentSmsTrigger  trigger,
                      gpointer               user_data)
{
    MmfotaAgentSms    *self = g_new0 (MmfotaAgentSms, 1);
    g_autoptr(GError)  error = NULL;

    self->path = g_build_filename (state, "sms", NULL);
    self->memory = g_key_file_new ();
    self->trigger = trigger;
    self->user_data = user_data;
    self->modems = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) modem_end);
    if (!g_key_file_load_from_file (self->memory, self->path, G_KEY_FILE_NONE, &error) &&
        !g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        g_warning ("%s: %s: SMS of the last 7 days may count once more", self->path, error->message);
    return self;
}

void
mmfota_agent_sms_free (MmfotaAgentSms *self)
{
    g_hash_table_unref (self->modems);
    g_key_file_unref (self->memory);
    g_free (self->path);
    g_free (self);
}

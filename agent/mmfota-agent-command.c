/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-agent-command.h"

#include <string.h>

#include "mmfota-agent-clock.h"
#include "mmfota-agent-store.h"
#include "mmfota-text.h"
#include "release-json.h"

#define WORD      "check"
#define ALLOWED   "allowed are " WORD " and {\"command\": \"" WORD "\", \"id\": \"…\"}"
#define ID_CHARS  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:-"
/* Longest part of a message that is shown in the log, in bytes */
#define SHOWN_MAX 32
/* Most log lines an hour about messages that are not commands */
#define BAD_MAX   5
#define HOUR      (G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)
/* Seconds: until the next attempt after a full disk */
#define AGAIN     60

struct _MmfotaAgentCommands {
    gchar                     *imei;
    gchar                     *path;
    MmfotaAgentCommandMemory  *memory;
    MmfotaAgentCommandTrigger  trigger;
    gpointer                   user_data;
    /* Commands that came too soon wait, with their ids if they have any */
    gboolean                   waiting;
    GPtrArray                 *waiting_ids;
    guint                      timer;
    gint64                     bad_since;
    guint                      bad;
    gboolean                   store_failed;
    gboolean                   too_many;
};

/*****************************************************************************/
/* The text */

static gboolean
fail (GError      **error,
      const gchar  *what,
      const gchar  *value)
{
    g_autofree gchar *begin = g_utf8_substring (value, 0, MIN (g_utf8_strlen (value, -1), SHOWN_MAX));
    g_autofree gchar *printable = mmfota_text_printable (begin);

    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s '%s': " ALLOWED, what, printable);
    return FALSE;
}

static gboolean
is_id (const gchar *text)
{
    gsize length = strlen (text);

    return length >= 1 && length <= MMFOTA_AGENT_COMMAND_ID_MAX && strspn (text, ID_CHARS) == length;
}

/* Only a JSON string will do */
static const gchar *
peek_string (JsonObject  *object,
             const gchar *name)
{
    JsonNode *node = json_object_get_member (object, name);

    return node && json_node_get_value_type (node) == G_TYPE_STRING ? json_node_get_string (node) : NULL;
}

static gboolean
parse_object (JsonObject   *object,
              gchar       **id,
              GError      **error)
{
    g_autoptr(GList)  names = json_object_get_members (object);
    const gchar      *command = peek_string (object, "command");
    const gchar      *value = peek_string (object, "id");
    GList            *l;

    for (l = names; l; l = l->next) {
        if (!g_str_equal (l->data, "command") && !g_str_equal (l->data, "id"))
            return fail (error, "unknown member", l->data);
    }
    if (g_strcmp0 (command, WORD) != 0)
        return fail (error, "unknown command", command ? command : "");
    if (json_object_has_member (object, "id") && (!value || !is_id (value)))
        return fail (error, "an id that is none (1 to 64 of A-Z a-z 0-9 . _ : -)", value ? value : "");
    *id = g_strdup (value);
    return TRUE;
}

gboolean
mmfota_agent_command_parse (gconstpointer   data,
                            gsize           size,
                            gchar         **id,
                            GError        **error)
{
    g_autofree gchar      *text = NULL;
    g_autoptr(JsonObject)  object = NULL;

    *id = NULL;
    if (size == 0)
        return fail (error, "unknown command", "");
    if (size > MMFOTA_AGENT_COMMAND_MAX) {
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%" G_GSIZE_FORMAT " bytes: %u at most, " ALLOWED, size,
                     (guint) MMFOTA_AGENT_COMMAND_MAX);
        return FALSE;
    }
    if (!g_utf8_validate_len (data, size, NULL)) {
        g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "no UTF-8: " ALLOWED);
        return FALSE;
    }
    text = g_strstrip (g_strndup (data, size));
    if (g_str_equal (text, WORD))
        return TRUE;
    object = release_json_parse (text, strlen (text));
    if (!object)
        return fail (error, "unknown command", text);
    return parse_object (object, id, error);
}

/*****************************************************************************/
/* Memory */

MmfotaAgentCommandMemory *
mmfota_agent_command_memory_new (const gchar *text)
{
    MmfotaAgentCommandMemory *memory = g_new0 (MmfotaAgentCommandMemory, 1);
    g_autoptr(GKeyFile)       file = g_key_file_new ();
    g_auto(GStrv)             ids = NULL;
    guint                     i;

    memory->ids = g_ptr_array_new_with_free_func (g_free);
    if (!text || !g_key_file_load_from_data (file, text, (gsize) -1, G_KEY_FILE_NONE, NULL))
        return memory;
    ids = g_key_file_get_string_list (file, "commands", "ids", NULL, NULL);
    for (i = 0; ids && ids[i] && i < MMFOTA_AGENT_COMMAND_IDS; i++) {
        if (is_id (ids[i]))
            g_ptr_array_add (memory->ids, g_strdup (ids[i]));
    }
    memory->accepted = MAX (g_key_file_get_int64 (file, "commands", "accepted", NULL), 0);
    memory->day = MAX (g_key_file_get_int64 (file, "commands", "day", NULL), 0);
    memory->of_day = (guint) MAX (g_key_file_get_integer (file, "commands", "of-day", NULL), 0);
    return memory;
}

void
mmfota_agent_command_memory_free (MmfotaAgentCommandMemory *memory)
{
    g_ptr_array_unref (memory->ids);
    g_free (memory);
}

gchar *
mmfota_agent_command_memory_to_text (const MmfotaAgentCommandMemory *memory)
{
    GString *text = g_string_new ("[commands]\nids=");
    guint    i;

    for (i = 0; i < memory->ids->len; i++)
        g_string_append_printf (text, "%s;", (const gchar *) memory->ids->pdata[i]);
    g_string_append_printf (text, "\naccepted=%" G_GINT64_FORMAT "\nday=%" G_GINT64_FORMAT "\nof-day=%u\n",
                            memory->accepted, memory->day, memory->of_day);
    return g_string_free (text, FALSE);
}

static gboolean
has_id (GPtrArray   *ids,
        const gchar *id)
{
    return g_ptr_array_find_with_equal_func (ids, id, g_str_equal, NULL);
}

static void
remember_id (GPtrArray   *ids,
             const gchar *id)
{
    if (has_id (ids, id))
        return;
    if (ids->len == MMFOTA_AGENT_COMMAND_IDS)
        g_ptr_array_remove_index (ids, 0);
    g_ptr_array_add (ids, g_strdup (id));
}

gboolean
mmfota_agent_command_is_new (const MmfotaAgentCommandMemory *memory,
                             const gchar                    *id)
{
    return !has_id (memory->ids, id);
}

void
mmfota_agent_command_remember (MmfotaAgentCommandMemory *memory,
                               const gchar              *id)
{
    remember_id (memory->ids, id);
}

/* If the clock was set back, do not wait until the time that it showed before */
static gint64
since (gint64 now,
       gint64 then)
{
    return then == 0 || then > now ? G_MAXINT64 : now - then;
}

MmfotaAgentCommandVerdict
mmfota_agent_command_judge (MmfotaAgentCommandMemory *memory,
                            gint64                    now,
                            guint                    *wait)
{
    *wait = 0;
    if (since (now, memory->accepted) < MMFOTA_AGENT_COMMAND_PAUSE) {
        *wait = (guint) (MMFOTA_AGENT_COMMAND_PAUSE - since (now, memory->accepted));
        return MMFOTA_AGENT_COMMAND_TOO_SOON;
    }
    if (since (now, memory->day) >= MMFOTA_AGENT_COMMAND_DAY) {
        memory->day = now;
        memory->of_day = 0;
    }
    if (memory->of_day >= MMFOTA_AGENT_COMMAND_DAY_MAX) {
        *wait = (guint) (MMFOTA_AGENT_COMMAND_DAY - since (now, memory->day));
        return MMFOTA_AGENT_COMMAND_TOO_MANY;
    }
    memory->of_day++;
    memory->accepted = now;
    return MMFOTA_AGENT_COMMAND_ACCEPTED;
}

/*****************************************************************************/
/* Acting */

static void act (MmfotaAgentCommands *self);

static gboolean
time_is_up (gpointer user_data)
{
    MmfotaAgentCommands *self = user_data;

    self->timer = 0;
    act (self);
    return G_SOURCE_REMOVE;
}

static void
wait_for (MmfotaAgentCommands *self,
          guint                seconds)
{
    g_clear_handle_id (&self->timer, g_source_remove);
    self->timer = g_timeout_add_seconds (MAX (seconds, 1), time_is_up, self);
}

/* Store it first: otherwise it would be acted on again after a restart */
static gboolean
store (MmfotaAgentCommands            *self,
       const MmfotaAgentCommandMemory *memory)
{
    g_autofree gchar  *text = mmfota_agent_command_memory_to_text (memory);
    g_autoptr(GError)  error = NULL;

    if (mmfota_agent_store_write (self->path, text, strlen (text), &error)) {
        self->store_failed = FALSE;
        return TRUE;
    }
    if (!self->store_failed)
        g_warning ("a command for %s waits: %s", self->imei, error->message);
    self->store_failed = TRUE;
    return FALSE;
}

static void
tell_too_many (MmfotaAgentCommands *self)
{
    if (!self->too_many)
        g_message ("commands for %s: %u of them in a day are enough, the others wait", self->imei,
                   (guint) MMFOTA_AGENT_COMMAND_DAY_MAX);
    self->too_many = TRUE;
}

static void
act (MmfotaAgentCommands *self)
{
    g_autofree gchar                    *text = mmfota_agent_command_memory_to_text (self->memory);
    g_autoptr(MmfotaAgentCommandMemory)  memory = mmfota_agent_command_memory_new (text);
    guint                                wait;
    guint                                i;

    if (!self->waiting)
        return;
    switch (mmfota_agent_command_judge (memory, mmfota_agent_clock_now (), &wait)) {
    case MMFOTA_AGENT_COMMAND_TOO_MANY:
        tell_too_many (self);
        wait_for (self, wait);
        return;
    case MMFOTA_AGENT_COMMAND_TOO_SOON:
        wait_for (self, wait);
        return;
    case MMFOTA_AGENT_COMMAND_ACCEPTED:
    default:
        break;
    }
    for (i = 0; i < self->waiting_ids->len; i++)
        mmfota_agent_command_remember (memory, self->waiting_ids->pdata[i]);
    if (!store (self, memory)) {
        wait_for (self, AGAIN);
        return;
    }
    mmfota_agent_command_memory_free (self->memory);
    self->memory = g_steal_pointer (&memory);
    self->waiting = FALSE;
    self->too_many = FALSE;
    g_ptr_array_set_size (self->waiting_ids, 0);
    self->trigger (self->imei, self->user_data);
}

static void
tell_bad (MmfotaAgentCommands *self,
          const gchar         *why)
{
    gint64 now = g_get_monotonic_time ();

    if (self->bad_since == 0 || now - self->bad_since > HOUR) {
        self->bad_since = now;
        self->bad = 0;
    }
    if (self->bad < BAD_MAX)
        g_message ("a command for %s is none, and left alone: %s%s", self->imei, why,
                   self->bad + 1 == BAD_MAX ? "; no more are told for an hour" : "");
    self->bad = MIN (self->bad + 1, BAD_MAX);
}

void
mmfota_agent_commands_take (MmfotaAgentCommands *self,
                            gconstpointer        data,
                            gsize                size,
                            gboolean             retained)
{
    g_autofree gchar  *id = NULL;
    g_autoptr(GError)  error = NULL;

    /* An empty message deletes a retained one */
    if (size == 0)
        return;
    if (!mmfota_agent_command_parse (data, size, &id, &error)) {
        tell_bad (self, error->message);
        return;
    }
    if (retained && !id) {
        tell_bad (self, "it is retained, and would come again and again: allowed with an id only");
        return;
    }
    if (id && !mmfota_agent_command_is_new (self->memory, id))
        return;
    self->waiting = TRUE;
    if (id)
        remember_id (self->waiting_ids, id);
    if (!self->timer)
        act (self);
}

/*****************************************************************************/

MmfotaAgentCommands *
mmfota_agent_commands_new (const gchar               *state,
                           const gchar               *imei,
                           MmfotaAgentCommandTrigger  trigger,
                           gpointer                   user_data)
{
    MmfotaAgentCommands *self = g_new0 (MmfotaAgentCommands, 1);
    g_autofree gchar    *text = NULL;

    self->imei = g_strdup (imei);
    self->path = g_strdup_printf ("%s/commands-%s", state, imei);
    if (g_file_get_contents (self->path, &text, NULL, NULL) && !g_utf8_validate (text, -1, NULL))
        g_clear_pointer (&text, g_free);
    self->memory = mmfota_agent_command_memory_new (text);
    self->waiting_ids = g_ptr_array_new_with_free_func (g_free);
    self->trigger = trigger;
    self->user_data = user_data;
    return self;
}

void
mmfota_agent_commands_free (MmfotaAgentCommands *self)
{
    g_clear_handle_id (&self->timer, g_source_remove);
    g_ptr_array_unref (self->waiting_ids);
    mmfota_agent_command_memory_free (self->memory);
    g_free (self->imei);
    g_free (self->path);
    g_free (self);
}

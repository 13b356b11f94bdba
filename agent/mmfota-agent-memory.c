/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-agent-memory.h"

#include <stddef.h>
#include <string.h>

#include <gio/gio.h>

#define GROUP    "memory"
#define FORMAT   1
#define FILE_MAX (256 * 1024)
/* Limits: of times, so that their sums fit; and of sizes */
#define NUMBER_MAX (G_MAXINT64 / 4)

typedef enum {
    KIND_STRING,
    KIND_TIME,
    KIND_COUNT,
    KIND_SIZE,
    KIND_FLAG,
    KIND_ENUM,
} Kind;

typedef struct {
    const gchar *key;
    Kind         kind;
    gsize        offset;
    guint        limit; /* last value of an enumeration */
    gboolean     shifts;
} Field;

#define FIELD(name) offsetof (MmfotaAgentMemory, name)

static const Field fields[] = {
    { "config", KIND_STRING, FIELD (config), 0, FALSE },
    { "version", KIND_STRING, FIELD (version), 0, FALSE },
    { "stamp", KIND_TIME, FIELD (stamp), 0, TRUE },
    { "last-check", KIND_TIME, FIELD (last_check), 0, TRUE },
    { "missed", KIND_COUNT, FIELD (missed), 0, FALSE },
    { "nudge", KIND_ENUM, FIELD (nudge), MMFOTA_AGENT_NUDGE_LAST, FALSE },
    { "verb", KIND_ENUM, FIELD (verb), MMFOTA_AGENT_VERB_LAST, FALSE },
    { "transaction", KIND_STRING, FIELD (transaction), 0, FALSE },
    { "last-event", KIND_SIZE, FIELD (last_event), 0, FALSE },
    { "sent-url", KIND_STRING, FIELD (sent_url), 0, FALSE },
    { "offered", KIND_STRING, FIELD (offered), 0, FALSE },
    { "description", KIND_STRING, FIELD (description), 0, FALSE },
    { "size", KIND_SIZE, FIELD (size), 0, FALSE },
    { "downgrade", KIND_FLAG, FIELD (downgrade), 0, FALSE },
    { "asked-since", KIND_TIME, FIELD (asked_since), 0, TRUE },
    { "prolonged", KIND_FLAG, FIELD (prolonged), 0, FALSE },
    { "ask-after", KIND_TIME, FIELD (ask_after), 0, TRUE },
    { "consent-download", KIND_TIME, FIELD (consent_download), 0, TRUE },
    { "consent-upgrade", KIND_TIME, FIELD (consent_upgrade), 0, TRUE },
    { "assigned", KIND_STRING, FIELD (assigned), 0, FALSE },
    { "assigned-checked", KIND_FLAG, FIELD (assigned_checked), 0, FALSE },
    { "check-for", KIND_STRING, FIELD (check_for), 0, FALSE },
    { "offered-for", KIND_STRING, FIELD (offered_for), 0, FALSE },
    { "parked", KIND_FLAG, FIELD (parked), 0, FALSE },
    { "fetched", KIND_STRING, FIELD (fetched), 0, FALSE },
    { "url", KIND_STRING, FIELD (url), 0, FALSE },
    { "received", KIND_SIZE, FIELD (received), 0, FALSE },
    { "tried", KIND_STRING, FIELD (tried), 0, FALSE },
    { "given-up-reason", KIND_STRING, FIELD (given_up_reason), 0, FALSE },
    { "given-up-error", KIND_STRING, FIELD (given_up_error), 0, FALSE },
    { "last-error", KIND_STRING, FIELD (last_error), 0, FALSE },
    { "last-error-name", KIND_STRING, FIELD (last_error_name), 0, FALSE },
    { "last-error-at", KIND_TIME, FIELD (last_error_at), 0, TRUE },
    { "transient", KIND_FLAG, FIELD (transient), 0, FALSE },
    { "query-attempts", KIND_COUNT, FIELD (query.attempts), 0, FALSE },
    { "query-until", KIND_TIME, FIELD (query.until), 0, TRUE },
    { "download-attempts", KIND_COUNT, FIELD (download.attempts), 0, FALSE },
    { "download-until", KIND_TIME, FIELD (download.until), 0, TRUE },
    { "upgrade-attempts", KIND_COUNT, FIELD (upgrade.attempts), 0, FALSE },
    { "upgrade-until", KIND_TIME, FIELD (upgrade.until), 0, TRUE },
    { NULL, KIND_TIME, FIELD (notice_at), 0, TRUE },
};

static gpointer
peek_field (const MmfotaAgentMemory *self,
            const Field             *field)
{
    return (gchar *) self + field->offset;
}

/*****************************************************************************/
/* Life */

MmfotaAgentMemory *
mmfota_agent_memory_new (const gchar *imei)
{
    MmfotaAgentMemory *self = g_new0 (MmfotaAgentMemory, 1);

    self->imei = g_strdup (imei);
    self->skipped = g_ptr_array_new_with_free_func (g_free);
    self->given_up = g_ptr_array_new_with_free_func (g_free);
    self->failures = g_ptr_array_new_with_free_func (g_free);
    return self;
}

void
mmfota_agent_memory_free (MmfotaAgentMemory *self)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS (fields); i++) {
        if (fields[i].kind == KIND_STRING)
            g_free (*(gchar **) peek_field (self, &fields[i]));
    }
    g_ptr_array_unref (self->skipped);
    g_ptr_array_unref (self->given_up);
    g_ptr_array_unref (self->failures);
    g_free (self->imei);
    g_free (self);
}

gboolean
mmfota_agent_memory_gave_up (const MmfotaAgentMemory *self,
                             const gchar             *version)
{
    return version && g_ptr_array_find_with_equal_func (self->given_up, version, g_str_equal, NULL);
}

gboolean
mmfota_agent_memory_skips (const MmfotaAgentMemory *self,
                           const gchar             *version)
{
    return version && g_ptr_array_find_with_equal_func (self->skipped, version, g_str_equal, NULL);
}

void
mmfota_agent_memory_list (GPtrArray   *list,
                          const gchar *version)
{
    if (!version || g_ptr_array_find_with_equal_func (list, version, g_str_equal, NULL))
        return;
    if (list->len == MMFOTA_AGENT_GIVEN_UP_MAX)
        g_ptr_array_remove_index (list, 0);
    g_ptr_array_add (list, g_strdup (version));
}

static gboolean
find_failures (const MmfotaAgentMemory *self,
               const gchar             *version,
               guint                   *i)
{
    for (*i = 0; *i < self->failures->len; (*i)++) {
        const gchar *blank = strchr (g_ptr_array_index (self->failures, *i), ' ');

        if (blank && g_str_equal (blank + 1, version))
            return TRUE;
    }
    return FALSE;
}

guint32
mmfota_agent_memory_get_failures (const MmfotaAgentMemory *self,
                                  const gchar             *version)
{
    guint i;

    if (!version || !find_failures (self, version, &i))
        return 0;
    return (guint32) MIN (g_ascii_strtoull (g_ptr_array_index (self->failures, i), NULL, 10), (guint64) G_MAXINT32);
}

void
mmfota_agent_memory_set_failures (MmfotaAgentMemory *self,
                                  const gchar       *version,
                                  guint32            n)
{
    g_autofree gchar *entry = g_strdup_printf ("%u %s", n, version);
    guint             i;

    if (find_failures (self, version, &i))
        g_ptr_array_remove_index (self->failures, i);
    if (n)
        mmfota_agent_memory_list (self->failures, entry);
}

void
mmfota_agent_memory_shift (MmfotaAgentMemory *self,
                           gint64             seconds)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS (fields); i++) {
        gint64 *time = peek_field (self, &fields[i]);

        if (fields[i].shifts && *time)
            *time = MAX (*time + seconds, 1);
    }
}

/*****************************************************************************/
/* Reading */

static gboolean
read_field (MmfotaAgentMemory  *self,
            const Field        *field,
            GKeyFile           *file,
            GError            **error)
{
    gpointer  value = peek_field (self, field);
    gint64    number;

    if (!field->key || !g_key_file_has_key (file, GROUP, field->key, NULL))
        return TRUE;
    if (field->kind == KIND_STRING) {
        g_autoptr(GError) local = NULL;

        /* It may return a value although there is an error */
        *(gchar **) value = g_key_file_get_string (file, GROUP, field->key, &local);
        if (!local)
            return TRUE;
        g_propagate_error (error, g_steal_pointer (&local));
        return FALSE;
    }
    if (field->kind == KIND_FLAG) {
        *(gboolean *) value = g_key_file_get_boolean (file, GROUP, field->key, NULL);
        return TRUE;
    }
    number = g_key_file_get_int64 (file, GROUP, field->key, NULL);
    if (number < 0 || number > NUMBER_MAX ||
        (field->kind == KIND_ENUM && number >= field->limit) || (field->kind == KIND_COUNT && number > G_MAXINT32)) {
        g_set_error (error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_INVALID_VALUE, "'%s' makes no sense", field->key);
        return FALSE;
    }
    if (field->kind == KIND_ENUM || field->kind == KIND_COUNT)
        *(guint32 *) value = (guint32) number;
    else
        *(gint64 *) value = number;
    return TRUE;
}

static void
read_list (GPtrArray   *list,
           GKeyFile    *file,
           const gchar *key)
{
    g_auto(GStrv) versions = g_key_file_get_string_list (file, GROUP, key, NULL, NULL);
    guint         i;

    for (i = 0; versions && versions[i]; i++)
        mmfota_agent_memory_list (list, versions[i]);
}

static gboolean
read_file (MmfotaAgentMemory  *self,
           const gchar        *text,
           gsize               length,
           GError            **error)
{
    g_autoptr(GKeyFile) file = g_key_file_new ();
    guint               i;

    if (length > FILE_MAX || !g_key_file_load_from_data (file, text, length, G_KEY_FILE_NONE, error)) {
        if (error && !*error)
            g_set_error (error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_PARSE, "it is too long");
        return FALSE;
    }
    if (g_key_file_get_integer (file, GROUP, "format", NULL) != FORMAT) {
        g_set_error (error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_INVALID_VALUE, "it was not written by this release");
        return FALSE;
    }
    for (i = 0; i < G_N_ELEMENTS (fields); i++) {
        if (!read_field (self, &fields[i], file, error))
            return FALSE;
    }
    read_list (self->skipped, file, "skipped");
    read_list (self->given_up, file, "given-up");
    read_list (self->failures, file, "failures");
    if (!self->transaction != (self->verb == MMFOTA_AGENT_VERB_NONE)) {
        g_set_error (error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_INVALID_VALUE, "verb and transaction do not fit");
        return FALSE;
    }
    return TRUE;
}

static gchar *
make_path (const gchar *folder,
           const gchar *imei)
{
    g_autofree gchar *name = g_strconcat (imei, ".state", NULL);

    return g_build_filename (folder, name, NULL);
}

MmfotaAgentMemory *
mmfota_agent_memory_load (const gchar  *folder,
                          const gchar  *imei,
                          GError      **error)
{
    g_autoptr(MmfotaAgentMemory)  self = mmfota_agent_memory_new (imei);
    g_autofree gchar             *path = make_path (folder, imei);
    g_autofree gchar             *text = NULL;
    g_autoptr(GError)             local = NULL;
    gsize                         length;

    if (!g_file_get_contents (path, &text, &length, &local)) {
        if (g_error_matches (local, G_FILE_ERROR, G_FILE_ERROR_NOENT))
            return g_steal_pointer (&self);
        g_propagate_error (error, g_steal_pointer (&local));
        return NULL;
    }
    if (!read_file (self, text, length, &local)) {
        g_set_error (error, local->domain, local->code, "%s: %s", path, local->message);
        return NULL;
    }
    return g_steal_pointer (&self);
}

/*****************************************************************************/
/* Writing */

static void
write_field (const MmfotaAgentMemory *self,
             const Field             *field,
             GKeyFile                *file)
{
    gconstpointer value = peek_field (self, field);

    if (!field->key)
        return;
    switch (field->kind) {
    case KIND_STRING:
        if (*(gchar *const *) value)
            g_key_file_set_string (file, GROUP, field->key, *(gchar *const *) value);
        break;
    case KIND_FLAG:
        g_key_file_set_boolean (file, GROUP, field->key, *(const gboolean *) value);
        break;
    case KIND_ENUM:
    case KIND_COUNT:
        g_key_file_set_int64 (file, GROUP, field->key, *(const guint32 *) value);
        break;
    case KIND_SIZE:
        /* The plugin may report anything, but what is written must be readable again */
        g_key_file_set_int64 (file, GROUP, field->key, (gint64) MIN (*(const guint64 *) value, (guint64) NUMBER_MAX));
        break;
    case KIND_TIME:
    default:
        g_key_file_set_int64 (file, GROUP, field->key, *(const gint64 *) value);
        break;
    }
}

static void
write_list (const GPtrArray *list,
            GKeyFile        *file,
            const gchar     *key)
{
    if (list->len)
        g_key_file_set_string_list (file, GROUP, key, (const gchar *const *) list->pdata, list->len);
}

gboolean
mmfota_agent_memory_save (MmfotaAgentMemory  *self,
                          const gchar        *folder,
                          gint64              now,
                          GError            **error)
{
    g_autoptr(GKeyFile)  file = g_key_file_new ();
    g_autofree gchar    *path = make_path (folder, self->imei);
    g_autofree gchar    *text = NULL;
    gsize                length;
    guint                i;

    self->stamp = now;
    g_key_file_set_integer (file, GROUP, "format", FORMAT);
    for (i = 0; i < G_N_ELEMENTS (fields); i++)
        write_field (self, &fields[i], file);
    write_list (self->skipped, file, "skipped");
    write_list (self->given_up, file, "given-up");
    write_list (self->failures, file, "failures");
    text = g_key_file_to_data (file, &length, NULL);
    return g_file_set_contents_full (path, text, (gssize) length,
                                     G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600, error);
}

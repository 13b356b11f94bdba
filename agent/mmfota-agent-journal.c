/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-agent-journal.h"

#include <glib/gstdio.h>

#include "mmfota-agent-event.h"
#include "mmfota-agent-store.h"

#define FILE_MAX (4 * 1024 * 1024)

struct _MmfotaAgentJournal {
    GObject    parent_instance;
    gchar     *path;
    gchar     *id;
    /* a{sv}, in order */
    GPtrArray *events;
    guint64    last;
};

G_DEFINE_FINAL_TYPE (MmfotaAgentJournal, mmfota_agent_journal, G_TYPE_OBJECT)

static guint64
sequence_of (GVariant *event)
{
    guint64 sequence = 0;

    g_variant_lookup (event, "sequence", "t", &sequence);
    return sequence;
}

/*****************************************************************************/
/* The file: the journal's id, then a line for each event */

static gboolean
parse_event (MmfotaAgentJournal  *self,
             const gchar         *line,
             GError             **error)
{
    g_autoptr(GVariant)  event = g_variant_parse (G_VARIANT_TYPE_VARDICT, line, NULL, NULL, error);
    const gchar         *kind;

    if (!event)
        return FALSE;
    /* Sequence numbers must not start over, either */
    if (sequence_of (event) <= self->last || sequence_of (event) > G_MAXINT64 ||
        !g_variant_lookup (event, "kind", "&s", &kind)) {
        g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "its events are not in order");
        return FALSE;
    }
    self->last = sequence_of (event);
    g_ptr_array_add (self->events, g_steal_pointer (&event));
    return TRUE;
}

static gboolean
parse (MmfotaAgentJournal  *self,
       gchar               *text,
       gsize                length,
       GError             **error)
{
    g_auto(GStrv) lines = NULL;
    guint         i;

    if (length > FILE_MAX || !g_utf8_validate (text, (gssize) length, NULL)) {
        g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "it is too long, or no text");
        return FALSE;
    }
    lines = g_strsplit (g_strchomp (text), "\n", -1);
    if (!mmfota_agent_event_is_journal (lines[0])) {
        g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "it has no id");
        return FALSE;
    }
    for (i = 1; lines[i]; i++) {
        if (!parse_event (self, lines[i], error))
            return FALSE;
    }
    self->id = g_strdup (lines[0]);
    return TRUE;
}

static void
load (MmfotaAgentJournal *self)
{
    g_autofree gchar  *damaged = g_strconcat (self->path, ".damaged", NULL);
    g_autofree gchar  *text = NULL;
    g_autoptr(GError)  error = NULL;
    gsize              length;

    if (!g_file_get_contents (self->path, &text, &length, &error)) {
        if (!g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
            g_warning ("%s: another journal begins: %s", self->path, error->message);
        return;
    }
    if (parse (self, text, length, &error))
        return;
    g_warning ("%s: another journal begins: %s", self->path, error->message);
    g_ptr_array_set_size (self->events, 0);
    self->last = 0;
    if (g_rename (self->path, damaged) < 0)
        g_debug ("%s can't be kept", self->path);
}

static void
append_line (GString  *text,
             GVariant *event)
{
    g_autofree gchar *line = g_variant_print (event, TRUE);

    g_string_append_printf (text, "\n%s", line);
}

static gboolean
store (const MmfotaAgentJournal  *self,
       const gchar               *id,
       GVariant                  *event,
       GError                   **error)
{
    g_autoptr(GString) text = g_string_new (id);
    guint              i = self->events->len >= MMFOTA_AGENT_JOURNAL_KEEPS ? 1 : 0;

    for (; i < self->events->len; i++)
        append_line (text, g_ptr_array_index (self->events, i));
    append_line (text, event);
    g_string_append_c (text, '\n');
    return mmfota_agent_store_write (self->path, text->str, text->len, error);
}

/*****************************************************************************/

const gchar *
mmfota_agent_journal_get_id (MmfotaAgentJournal *self)
{
    return self->id;
}

guint64
mmfota_agent_journal_count (MmfotaAgentJournal *self,
                            guint64             after)
{
    guint i;

    for (i = 0; i < self->events->len && sequence_of (g_ptr_array_index (self->events, i)) <= after; i++);
    return self->events->len - i;
}

GVariant *
mmfota_agent_journal_peek (MmfotaAgentJournal *self,
                           guint64             after)
{
    guint64 n = mmfota_agent_journal_count (self, after);

    return n ? g_ptr_array_index (self->events, self->events->len - n) : NULL;
}

GVariant *
mmfota_agent_journal_peek_last (MmfotaAgentJournal *self)
{
    return self->events->len ? g_ptr_array_index (self->events, self->events->len - 1) : NULL;
}

static gchar *
new_id (void)
{
    g_autofree gchar *uuid = g_uuid_string_random ();
    g_auto(GStrv)     parts = g_strsplit (uuid, "-", -1);

    return g_strjoinv ("", parts);
}

gboolean
mmfota_agent_journal_add (MmfotaAgentJournal  *self,
                          const gchar         *kind,
                          gint64               when,
                          const gchar         *journal,
                          guint64              after,
                          GVariant            *details,
                          GError             **error)
{
    g_autoptr(GVariant)  sunk = g_variant_ref_sink (details);
    g_auto(GVariantDict) dict = G_VARIANT_DICT_INIT (sunk);
    g_autoptr(GVariant)  event = NULL;
    g_autofree gchar    *id = self->id ? g_strdup (self->id) : new_id ();

    g_variant_dict_insert (&dict, "sequence", "t", self->last + 1);
    g_variant_dict_insert (&dict, "kind", "s", kind);
    g_variant_dict_insert (&dict, "time", "t", (guint64) MAX (when, 0));
    g_variant_dict_insert (&dict, "journal", "s", journal ? journal : "");
    g_variant_dict_insert (&dict, "after", "t", after);
    event = g_variant_ref_sink (g_variant_dict_end (&dict));
    if (!store (self, id, event, error))
        return FALSE;
    if (!self->id)
        self->id = g_steal_pointer (&id);
    self->last++;
    if (self->events->len >= MMFOTA_AGENT_JOURNAL_KEEPS)
        g_ptr_array_remove_index (self->events, 0);
    g_ptr_array_add (self->events, g_steal_pointer (&event));
    g_signal_emit_by_name (self, "added");
    return TRUE;
}

/*****************************************************************************/
/* Life */

MmfotaAgentJournal *
mmfota_agent_journal_open (const gchar *folder,
                           const gchar *imei)
{
    MmfotaAgentJournal *self = g_object_new (MMFOTA_TYPE_AGENT_JOURNAL, NULL);
    g_autofree gchar   *name = g_strconcat ("journal-", imei, NULL);

    self->path = g_build_filename (folder, name, NULL);
    load (self);
    return self;
}

static void
mmfota_agent_journal_init (MmfotaAgentJournal *self)
{
    self->events = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);
}

static void
finalize (GObject *object)
{
    MmfotaAgentJournal *self = MMFOTA_AGENT_JOURNAL (object);

    g_ptr_array_unref (self->events);
    g_free (self->path);
    g_free (self->id);
    G_OBJECT_CLASS (mmfota_agent_journal_parent_class)->finalize (object);
}

static void
mmfota_agent_journal_class_init (MmfotaAgentJournalClass *klass)
{
    G_OBJECT_CLASS (klass)->finalize = finalize;
    g_signal_new ("added", MMFOTA_TYPE_AGENT_JOURNAL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_AGENT_JOURNAL_H
#define MMFOTA_AGENT_JOURNAL_H

#include <gio/gio.h>

/*
 * The agent's own events about one module, which the plugin's journal can't have since the module
 * was never involved. They are in a file per IMEI ("journal-IMEI"), which is replaced as a whole
 * and synced before the agent acts on them. Each says which event of the plugin's journal it
 * follows, so that both journals can be reported in order.
 */

/* Older ones are dropped; a reporter that had not sent them reports the loss */
#define MMFOTA_AGENT_JOURNAL_KEEPS 256

#define MMFOTA_TYPE_AGENT_JOURNAL (mmfota_agent_journal_get_type ())
G_DECLARE_FINAL_TYPE (MmfotaAgentJournal, mmfota_agent_journal, MMFOTA, AGENT_JOURNAL, GObject)

/* Signal "added": there is a new event. A file that can't be read is kept for inspection
 * (".damaged"), and a new journal begins under a new id. */
MmfotaAgentJournal *mmfota_agent_journal_open      (const gchar         *folder,
                                                    const gchar         *imei);

/* Created with the first event, NULL before that; never reused */
const gchar        *mmfota_agent_journal_get_id    (MmfotaAgentJournal  *self);
/* Number of events after that sequence number */
guint64             mmfota_agent_journal_count     (MmfotaAgentJournal  *self,
                                                    guint64              after);

/* The first event after that sequence number, or NULL: a{sv} with "sequence" (t, from 1), "kind"
 * (s), "time" (t, Unix time), "journal" (s) and "after" (t) for its place in the plugin's
 * journal, and its details */
GVariant           *mmfota_agent_journal_peek      (MmfotaAgentJournal  *self,
                                                    guint64              after);
GVariant           *mmfota_agent_journal_peek_last (MmfotaAgentJournal  *self);

/* @details: may be floating. FALSE: it could not be written, and counts as not added. */
gboolean            mmfota_agent_journal_add       (MmfotaAgentJournal  *self,
                                                    const gchar         *kind,
                                                    gint64               when,
                                                    const gchar         *journal,
                                                    guint64              after,
                                                    GVariant            *details,
                                                    GError             **error);

#endif /* MMFOTA_AGENT_JOURNAL_H */

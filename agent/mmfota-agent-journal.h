/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_AGENT_JOURNAL_H
#define MMFOTA_AGENT_JOURNAL_H

#include <gio/gio.h>

/*
 * What has happened to one module that the plugin's journal can't know, since the module was never
 * told of it: events of the agent's own, in a file per IMEI ("journal-IMEI"), replaced as a whole and
 * synced before anything follows from them. Each one says which event of the plugin's journal it came
 * after, so that both can be told in order.
 */

/* Older ones are forgotten; whoever had not told them tells that they are lost */
#define MMFOTA_AGENT_JOURNAL_KEEPS 256

#define MMFOTA_TYPE_AGENT_JOURNAL (mmfota_agent_journal_get_type ())
G_DECLARE_FINAL_TYPE (MmfotaAgentJournal, mmfota_agent_journal, MMFOTA, AGENT_JOURNAL, GObject)

/* Signal "added": there is one more. A file that makes no sense is left for somebody to look at
 * (".damaged"), and another journal begins, under another id. */
MmfotaAgentJournal *mmfota_agent_journal_open      (const gchar         *folder,
                                                    const gchar         *imei);

/* Made with the first event, NULL before; never used twice */
const gchar        *mmfota_agent_journal_get_id    (MmfotaAgentJournal  *self);
/* How many there are after the one with that sequence number */
guint64             mmfota_agent_journal_count     (MmfotaAgentJournal  *self,
                                                    guint64              after);

/* The first one after the one with that sequence number, NULL if there is none: a{sv} with "sequence" (t, from 1),
 * "kind" (s), "time" (t, Unix time), "journal" (s) and "after" (t) of the plugin's, and its details */
GVariant           *mmfota_agent_journal_peek      (MmfotaAgentJournal  *self,
                                                    guint64              after);
GVariant           *mmfota_agent_journal_peek_last (MmfotaAgentJournal  *self);

/* @details: may be floating. FALSE: it is not written down, and as if it were never told. */
gboolean            mmfota_agent_journal_add       (MmfotaAgentJournal  *self,
                                                    const gchar         *kind,
                                                    gint64               when,
                                                    const gchar         *journal,
                                                    guint64              after,
                                                    GVariant            *details,
                                                    GError             **error);

#endif /* MMFOTA_AGENT_JOURNAL_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * An event of the plugin's journal as a CloudEvent 1.0 in JSON (cloudevents.io, JSON event
 * format 1.0.2, with the extension "sequence"). Pure.
 */

#ifndef MMFOTA_AGENT_EVENT_H
#define MMFOTA_AGENT_EVENT_H

#include <gio/gio.h>
#include <json-glib/json-glib.h>

/* The name of the device: @device_id is "imei", "hash" (SHA-256 of the IMEI), or a text chosen
 * by the operator. */
gchar      *mmfota_agent_event_device   (const gchar *device_id,
                                         const gchar *imei);
/* The same as CloudEvents' "source" */
gchar      *mmfota_agent_event_source   (const gchar *device_id,
                                         const gchar *imei);

/* The journal's id, made fit for an event's id: strings from D-Bus are not trusted */
gboolean    mmfota_agent_event_is_journal (const gchar *journal);

/* @event: as returned by ListEvents, or as in mmfota-agent-journal.h. Returns NULL if it has no
 * sequence number. @attempt: the number of the attempt, 0 if unknown; @next: Unix time of the
 * next one, 0 if none is planned. */
JsonObject *mmfota_agent_event_new      (GVariant    *event,
                                         const gchar *source,
                                         const gchar *journal,
                                         guint        attempt,
                                         gint64       next);

/* Reports that the journal dropped events before they were delivered: those after @after and
 * before @before (0: up to its end, since another journal has begun), at most @count of them (0:
 * unknown). The id is the same however often this is reported. */
JsonObject *mmfota_agent_event_new_lost (const gchar *source,
                                         const gchar *journal,
                                         guint64      after,
                                         guint64      before,
                                         guint64      count,
                                         gint64       when);

/* One event gives an object, several give a list. Sets @type to the MIME type. */
GBytes     *mmfota_agent_event_encode   (GPtrArray    *events,
                                         const gchar **type);

#endif /* MMFOTA_AGENT_EVENT_H */

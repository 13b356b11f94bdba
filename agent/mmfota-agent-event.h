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

/* How the device is called: @device_id is "imei", "hash" (SHA-256 of the IMEI) or a text of
 * the operator's own. */
gchar      *mmfota_agent_event_device   (const gchar *device_id,
                                         const gchar *imei);
/* The same as what CloudEvents calls the source */
gchar      *mmfota_agent_event_source   (const gchar *device_id,
                                         const gchar *imei);

/* The journal's id as it may stand in an event's: what D-Bus told is not believed blindly */
gboolean    mmfota_agent_event_is_journal (const gchar *journal);

/* @event: as ListEvents gives it, or mmfota-agent-journal.h; NULL if it has no sequence number. @attempt: which try
 * this is, 0: not known; @next: Unix time of the next one, 0: none is planned. */
JsonObject *mmfota_agent_event_new      (GVariant    *event,
                                         const gchar *source,
                                         const gchar *journal,
                                         guint        attempt,
                                         gint64       next);

/* The journal has forgotten events before they were told: those after @after and before
 * @before (0: up to its end; another journal has begun), at most @count of them (0: nobody
 * knows how many). The id stays the same however often this is told. */
JsonObject *mmfota_agent_event_new_lost (const gchar *source,
                                         const gchar *journal,
                                         guint64      after,
                                         guint64      before,
                                         guint64      count,
                                         gint64       when);

/* One event is an object, several are a list. @type becomes the content's
 * MIME type. */
GBytes     *mmfota_agent_event_encode   (GPtrArray    *events,
                                         const gchar **type);

#endif /* MMFOTA_AGENT_EVENT_H */

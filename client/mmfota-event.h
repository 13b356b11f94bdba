/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_EVENT_H
#define MMFOTA_EVENT_H

#include <json-glib/json-glib.h>

/* One event, as in ListEvents. Details that this release does not know are passed on if they are
 * strings, numbers, booleans or lists of strings. */
JsonObject *mmfota_event_to_tree (GVariant    *event);
/* @message: in the caller's own terms, NULL for the daemon's */
gchar      *mmfota_event_to_line (GVariant    *event,
                                  const gchar *message);

/* The same dictionary, from the arguments of the signal */
GVariant   *mmfota_event_new     (guint64   sequence,
                                  guint     kind,
                                  GVariant *details);

#endif /* MMFOTA_EVENT_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_NAMES_H
#define MMFOTA_NAMES_H

#include <glib.h>

/* Words for the numbers of the D-Bus interface, as in the machine-readable output. An unknown
 * number is "unknown". */
const gchar *mmfota_names_state   (guint state);
const gchar *mmfota_names_outcome (guint outcome);
const gchar *mmfota_names_event   (guint kind);

/* Words for the flags that are set, in the order of their bits */
gchar      **mmfota_names_blockers (guint blockers);

/* The same for people, in their language */
const gchar *mmfota_names_state_label    (guint state);
const gchar *mmfota_names_outcome_label  (guint outcome);
const gchar *mmfota_names_event_label    (guint kind);
gchar      **mmfota_names_blocker_labels (guint blockers);

/* A verb has its method's name on D-Bus; that of a later release stays as it is. */
const gchar *mmfota_names_verb_label (const gchar *verb);

#endif /* MMFOTA_NAMES_H */

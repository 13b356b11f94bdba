/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_TREE_H
#define MMFOTA_TREE_H

#include <json-glib/json-glib.h>

/*
 * Machine-readable output is one tree. An object whose members are all null (an offer, a result)
 * has no value: JSON shows it as null, key-value shows each member as "--".
 */
gchar *mmfota_tree_to_json     (JsonObject *tree);
gchar *mmfota_tree_to_keyvalue (JsonObject *tree);

/* Adds members that are null */
void   mmfota_tree_add_string  (JsonObject         *object,
                                const gchar        *name,
                                const gchar        *value);
void   mmfota_tree_add_number  (JsonObject         *object,
                                const gchar        *name,
                                gboolean            known,
                                guint64             value);
void   mmfota_tree_add_strv    (JsonObject         *object,
                                const gchar        *name,
                                const gchar *const *values);

/* Adds "error": {"name", "message"} */
void   mmfota_tree_add_error   (JsonObject         *tree,
                                const GError       *error);

#endif /* MMFOTA_TREE_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_OUTPUT_H
#define MMFOTA_OUTPUT_H

#include <json-glib/json-glib.h>

typedef enum {
    MMFOTA_OUTPUT_HUMAN,
    MMFOTA_OUTPUT_JSON,
    MMFOTA_OUTPUT_KEYVALUE,
} MmfotaOutputType;

/* Exit statuses: contract, see the manual page. */
typedef enum {
    MMFOTA_EXIT_DONE           = 0,
    MMFOTA_EXIT_FAILED         = 1,
    MMFOTA_EXIT_NOTHING_TO_DO  = 2,
    MMFOTA_EXIT_NO_MODEM       = 3,
    MMFOTA_EXIT_NOT_AUTHORIZED = 4,
    MMFOTA_EXIT_DETACHED       = 5,
} MmfotaExit;

/*
 * Machine-readable output is one tree. An object member whose name ends the
 * list in mmfota-output.c (an offer, a result) is there with all its members
 * null when there is nothing to tell: JSON shows it as null, key-value shows
 * each member as "--".
 */
gchar *mmfota_output_to_json     (JsonObject *tree);
gchar *mmfota_output_to_keyvalue (JsonObject *tree);

/* Prints the tree to stdout in one of the two forms. */
void   mmfota_output_print       (MmfotaOutputType  type,
                                  JsonObject       *tree);

/* The D-Bus name of an error, and its text as a person should see it. */
gchar      *mmfota_output_error_name (const GError *error);
gchar      *mmfota_output_error_text (const GError *error);
MmfotaExit  mmfota_output_error_exit (const GError *error);

/* error: couldn't <what>: '<text>' */
void        mmfota_output_error_print (const gchar  *what,
                                       const GError *error);

/* Adds "error": {"name", "message"} to the tree. */
void        mmfota_output_error_add   (JsonObject   *tree,
                                       const GError *error);

/* Members that are null where there is nothing to tell. */
void mmfota_output_add_string (JsonObject  *object,
                               const gchar *name,
                               const gchar *value);
void mmfota_output_add_number (JsonObject  *object,
                               const gchar *name,
                               gboolean     known,
                               guint64      value);
void mmfota_output_add_strv   (JsonObject          *object,
                               const gchar         *name,
                               const gchar *const  *values);

#endif /* MMFOTA_OUTPUT_H */

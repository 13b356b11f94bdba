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

/* Exit statuses; documented in the manual page */
typedef enum {
    MMFOTA_EXIT_DONE           = 0,
    MMFOTA_EXIT_FAILED         = 1,
    MMFOTA_EXIT_NOTHING_TO_DO  = 2,
    MMFOTA_EXIT_NO_MODEM       = 3,
    MMFOTA_EXIT_NOT_AUTHORIZED = 4,
    MMFOTA_EXIT_DETACHED       = 5,
} MmfotaExit;

/* Prints the tree in one of the two forms, with a newline; UTF-8 in any locale */
gchar     *mmfota_output_format      (MmfotaOutputType  type,
                                      JsonObject       *tree);
void       mmfota_output_write       (const gchar      *text);
void       mmfota_output_print       (MmfotaOutputType  type,
                                      JsonObject       *tree);

MmfotaExit mmfota_output_error_exit  (const GError     *error);

/* Prints "error: couldn't <what>: <text>" */
void       mmfota_output_error_print (const gchar      *what,
                                      const GError     *error);

#endif /* MMFOTA_OUTPUT_H */

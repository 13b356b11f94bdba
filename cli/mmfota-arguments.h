/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_ARGUMENTS_H
#define MMFOTA_ARGUMENTS_H

#include <glib.h>

/*
 * The command line as it stands: bytes, whatever the locale. GOption converts
 * values from the locale's encoding, and calls an option whose value may be left
 * out without it where that fails.
 */
typedef enum {
    MMFOTA_ARGUMENT_FLAG,
    MMFOTA_ARGUMENT_TEXT,     /* UTF-8 */
    MMFOTA_ARGUMENT_OPTIONAL, /* the same; the next word, unless it begins with "-" */
    MMFOTA_ARGUMENT_FILE,     /* any bytes */
} MmfotaArgumentKind;

typedef struct {
    const gchar        *name;   /* with its dashes */
    gchar               letter; /* 0: none */
    MmfotaArgumentKind  kind;
    const gchar        *value;  /* its name in --help */
    const gchar        *help;
} MmfotaArgument;

typedef struct {
    gboolean     given;
    const gchar *value; /* of argv; the last one counts */
} MmfotaArgumentValue;

/* @values has an element for each of @arguments. Fails with
 * MM_CORE_ERROR_INVALID_ARGS, after all that can be understood has been read. */
gboolean mmfota_arguments_parse (const MmfotaArgument  *arguments,
                                 gsize                  n_arguments,
                                 gint                   argc,
                                 gchar                **argv,
                                 MmfotaArgumentValue   *values,
                                 GError               **error);

/* A line for each, in 80 columns. */
gchar   *mmfota_arguments_help  (const MmfotaArgument  *arguments,
                                 gsize                  n_arguments);

/* Fails with MM_CORE_ERROR_INVALID_ARGS, naming value and option. */
gboolean mmfota_arguments_invalid (GError      **error,
                                   const gchar  *option,
                                   const gchar  *value,
                                   const gchar  *allowed);

#endif /* MMFOTA_ARGUMENTS_H */

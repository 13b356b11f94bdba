/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_ARGUMENTS_H
#define MMFOTA_ARGUMENTS_H

#include <glib.h>

/*
 * Parses the command line as bytes, whatever the locale. GOption converts values from the locale's
 * encoding; where that fails, an option with an optional value gets none.
 */
typedef enum {
    MMFOTA_ARGUMENT_FLAG,
    MMFOTA_ARGUMENT_TEXT,     /* UTF-8 */
    MMFOTA_ARGUMENT_OPTIONAL, /* the same, optional: the next word unless it starts with "-" */
    MMFOTA_ARGUMENT_FILE,     /* any bytes */
} MmfotaArgumentKind;

typedef struct {
    const gchar        *name;   /* with its dashes */
    gchar               letter; /* 0: no short form */
    MmfotaArgumentKind  kind;
    const gchar        *value;  /* name of the value in --help */
    const gchar        *help;
} MmfotaArgument;

typedef struct {
    gboolean     given;
    const gchar *value; /* index in argv; the last one counts */
} MmfotaArgumentValue;

/* @values has an element for each of @arguments. Fails with MM_CORE_ERROR_INVALID_ARGS, but parses
 * what it can first. */
gboolean mmfota_arguments_parse (const MmfotaArgument  *arguments,
                                 gsize                  n_arguments,
                                 gint                   argc,
                                 gchar                **argv,
                                 MmfotaArgumentValue   *values,
                                 GError               **error);

/* One line each, 80 columns at most */
gchar   *mmfota_arguments_help  (const MmfotaArgument  *arguments,
                                 gsize                  n_arguments);

/* Sets MM_CORE_ERROR_INVALID_ARGS with the value and the option */
gboolean mmfota_arguments_invalid (GError      **error,
                                   const gchar  *option,
                                   const gchar  *value,
                                   const gchar  *allowed);

#endif /* MMFOTA_ARGUMENTS_H */

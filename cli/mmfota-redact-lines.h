/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_REDACT_LINES_H
#define MMFOTA_REDACT_LINES_H

#include "mmfota-secret.h"

/* How much of a line is kept */
typedef enum {
    MMFOTA_REDACT_DEFAULT,  /* short numbers, and known words */
    MMFOTA_REDACT_PUBLIC,   /* all but numbers as long as an identity */
    MMFOTA_REDACT_IDENTITY, /* makers, models, versions: all but longer numbers */
    MMFOTA_REDACT_TEXT,     /* the same in free text */
    MMFOTA_REDACT_CELL,
    MMFOTA_REDACT_PIN,
    MMFOTA_REDACT_CARD,     /* status words, and short files of a SIM */
    MMFOTA_REDACT_URL,
    MMFOTA_REDACT_ALL,      /* nothing */
} MmfotaRedactStyle;

typedef struct {
    const gchar       *name;
    MmfotaRedactStyle  style;
    MmfotaSecret       secret;
} MmfotaRedactLine;

/* What came before on the same port */
typedef struct {
    gchar    *command;
    gboolean  text; /* the next lines are text that a person wrote */
} MmfotaRedactContext;

/* The rule for a line, and where the part starts that it applies to */
const MmfotaRedactLine *mmfota_redact_find_line (MmfotaRedactContext *context,
                                                 const gchar         *line,
                                                 gsize                length,
                                                 gboolean             to_module,
                                                 gsize               *at);

/* The rule for a line that a text repeats, as ModemManager's warnings do, and where the part starts
 * and ends that it applies to; NULL: there is none */
const MmfotaRedactLine *mmfota_redact_find_repeated (const gchar *text,
                                                     gsize       *at,
                                                     gsize       *end);

/* A word that is harmless in any place */
gboolean                mmfota_redact_is_public (const gchar         *word,
                                                 gsize                length);

#endif /* MMFOTA_REDACT_LINES_H */

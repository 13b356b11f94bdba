/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_REDACT_LINES_H
#define MMFOTA_REDACT_LINES_H

#include "mmfota-redact.h"

/* How much of a line is told */
typedef enum {
    MMFOTA_REDACT_DEFAULT,  /* short numbers, and words that are known */
    MMFOTA_REDACT_PUBLIC,   /* all but numbers as long as an identity */
    MMFOTA_REDACT_IDENTITY, /* makers, models, versions: all but longer numbers */
    MMFOTA_REDACT_TEXT,     /* the same, of somebody's prose */
    MMFOTA_REDACT_CELL,
    MMFOTA_REDACT_PIN,
    MMFOTA_REDACT_CARD,     /* status words, and short files of a card */
    MMFOTA_REDACT_URL,
    MMFOTA_REDACT_ALL,      /* nothing */
} MmfotaRedactStyle;

typedef struct {
    const gchar       *name;
    MmfotaRedactStyle  style;
    MmfotaSecret       secret;
} MmfotaRedactLine;

/* What was said before on the same port */
typedef struct {
    gchar    *command;
    gboolean  text; /* what follows is a text that somebody wrote */
} MmfotaRedactContext;

/* Which rule a line goes by, and where what it may tell begins. */
const MmfotaRedactLine *mmfota_redact_find_line (MmfotaRedactContext *context,
                                                 const gchar         *line,
                                                 gsize                length,
                                                 gboolean             to_module,
                                                 gsize               *at);

/* A word that is no secret whatever it stands for */
gboolean                mmfota_redact_is_public (const gchar         *word,
                                                 gsize                length);

#endif /* MMFOTA_REDACT_LINES_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_QUESTION_H
#define MMFOTA_QUESTION_H

#include <gio/gio.h>

/* mmfota-agent's object on the system bus */
#define MMFOTA_AGENT_NAME      "com.td_tech.FotaAgent1"
#define MMFOTA_AGENT_PATH      "/com/td_tech/FotaAgent1"
#define MMFOTA_AGENT_INTERFACE "com.td_tech.FotaAgent1"

/* The agent's question to the user: its property Question. Strings are never NULL. */
typedef struct {
    gchar    *id;
    gchar    *kind;           /* download, upgrade, notice */
    gchar    *device;         /* IMEI */
    gchar    *from;
    gchar    *to;
    guint64   size;           /* bytes; 0: unknown */
    gchar    *description;
    gchar   **choices;
    gchar    *default_choice; /* chosen at default_at */
    guint64   default_at;     /* Unix time; 0: never */
    guint     seconds_offline;
} MmfotaQuestion;

/* NULL if there is no question, or none that can be answered */
MmfotaQuestion *mmfota_question_new        (GVariant             *dictionary);
void            mmfota_question_free       (MmfotaQuestion       *self);

gboolean        mmfota_question_has_choice (const MmfotaQuestion *self,
                                            const gchar          *choice);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmfotaQuestion, mmfota_question_free)

#endif /* MMFOTA_QUESTION_H */

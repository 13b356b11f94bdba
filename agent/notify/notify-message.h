/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef NOTIFY_MESSAGE_H
#define NOTIFY_MESSAGE_H

#include "mmfota-question.h"

/* What a person reads, in plain text, and can choose. */
typedef struct {
    gchar    *summary;
    gchar    *body;
    gchar   **choices; /* alternating key and label */
    gboolean  urgent;
} NotifyMessage;

/* @now: Unix time in seconds. @remark: an additional sentence, or NULL. Texts of the question
 * are made safe to show. */
NotifyMessage *notify_message_new   (const MmfotaQuestion *question,
                                     gint64                now,
                                     const gchar          *remark);
void           notify_message_free  (NotifyMessage        *self);
gboolean       notify_message_equal (const NotifyMessage  *one,
                                     const NotifyMessage  *other);

/* "10 minutes" */
gchar         *notify_message_about (guint                 seconds);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (NotifyMessage, notify_message_free)

#endif /* NOTIFY_MESSAGE_H */

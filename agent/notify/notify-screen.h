/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef NOTIFY_SCREEN_H
#define NOTIFY_SCREEN_H

#include <gio/gio.h>

#include "notify-message.h"

/*
 * One notification in the session (org.freedesktop.Notifications, Desktop Notifications
 * Specification 1.2): shown, changed in place, withdrawn; shown again if the server was replaced.
 * One that was closed or has expired is not an answer, and is not shown again until the message
 * changes.
 */
typedef struct _NotifyScreen NotifyScreen;

typedef void (* NotifyChosen) (const gchar *choice,
                               gpointer     user_data);

NotifyScreen *notify_screen_new      (GDBusConnection *session,
                                      NotifyChosen     chosen,
                                      gpointer         user_data);
void          notify_screen_free     (NotifyScreen    *self);

/* Takes ownership of the message. @heard: with a sound */
void          notify_screen_show     (NotifyScreen    *self,
                                      NotifyMessage   *message,
                                      gboolean         heard);
void          notify_screen_withdraw (NotifyScreen    *self);

#endif /* NOTIFY_SCREEN_H */

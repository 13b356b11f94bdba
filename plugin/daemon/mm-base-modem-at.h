/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MM_BASE_MODEM_AT_H
#define MM_BASE_MODEM_AT_H

#include <gio/gio.h>

#include "mm-base-modem.h"

/* On the best AT port */
void         mm_base_modem_at_command             (MMBaseModem          *self,
                                                   const gchar          *command,
                                                   guint                 timeout,
                                                   gboolean              allow_cached,
                                                   GAsyncReadyCallback   callback,
                                                   gpointer              user_data);
/* @res owns the answer */
const gchar *mm_base_modem_at_command_finish      (MMBaseModem          *self,
                                                   GAsyncResult         *res,
                                                   GError              **error);

/* On @port; with @is_raw the command is sent unchanged */
void         mm_base_modem_at_command_full        (MMBaseModem          *self,
                                                   MMIfacePortAt        *port,
                                                   const gchar          *command,
                                                   guint                 timeout,
                                                   gboolean              allow_cached,
                                                   gboolean              is_raw,
                                                   GCancellable         *cancellable,
                                                   GAsyncReadyCallback   callback,
                                                   gpointer              user_data);
const gchar *mm_base_modem_at_command_full_finish (MMBaseModem          *self,
                                                   GAsyncResult         *res,
                                                   GError              **error);

#endif /* MM_BASE_MODEM_AT_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MM_PORT_SERIAL_AT_H
#define MM_PORT_SERIAL_AT_H

#include <glib-object.h>

#include "mm-port-serial.h"
#include "mm-daemon-series.h"

#define MM_TYPE_PORT_SERIAL_AT (mm_port_serial_at_get_type ())
#define MM_PORT_SERIAL_AT(obj) (G_TYPE_CHECK_INSTANCE_CAST ((obj), MM_TYPE_PORT_SERIAL_AT, MMPortSerialAt))
#define MM_IS_PORT_SERIAL_AT(obj) (G_TYPE_CHECK_INSTANCE_TYPE ((obj), MM_TYPE_PORT_SERIAL_AT))

typedef struct _MMPortSerialAt MMPortSerialAt;

#define MM_PORT_SERIAL_AT_REMOVE_ECHO           "remove-echo"
#define MM_PORT_SERIAL_AT_INIT_SEQUENCE_ENABLED "init-sequence-enabled"
#define MM_PORT_SERIAL_AT_INIT_SEQUENCE         "init-sequence"
#define MM_PORT_SERIAL_AT_SEND_LF               "send-lf"

typedef enum {
    MM_PORT_SERIAL_AT_FLAG_NONE            = 0,
    MM_PORT_SERIAL_AT_FLAG_PRIMARY         = 1 << 0,
    MM_PORT_SERIAL_AT_FLAG_SECONDARY       = 1 << 1,
    MM_PORT_SERIAL_AT_FLAG_PPP             = 1 << 2,
    MM_PORT_SERIAL_AT_FLAG_GPS_CONTROL     = 1 << 3,
    MM_PORT_SERIAL_AT_FLAG_NONE_NO_GENERIC = 1 << 4,
} MMPortSerialAtFlag;

/* TRUE: @response is the answer. FALSE without @error: it is not complete yet. */
typedef gboolean (* MMPortSerialAtResponseParserFn) (gpointer   user_data,
                                                     GString   *response,
                                                     gpointer   log_object,
                                                     GError   **error);
typedef void     (* MMPortSerialAtUnsolicitedMsgFn) (MMPortSerialAt *port,
                                                     GMatchInfo     *match_info,
                                                     gpointer        user_data);

#if MM_DAEMON_SERIES >= 12595
typedef void     (* MMPortSerialAtRemoveEchoFn)     (gpointer    user_data,
                                                     GByteArray *response);
#endif

struct _MMPortSerialAt {
    MMPortSerial parent;
    gpointer priv;
};

GType mm_port_serial_at_get_type (void);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MMPortSerialAt, g_object_unref)

void mm_port_serial_at_add_unsolicited_msg_handler    (MMPortSerialAt                 *self,
                                                       GRegex                         *regex,
                                                       MMPortSerialAtUnsolicitedMsgFn  callback,
                                                       gpointer                        user_data,
                                                       GDestroyNotify                  notify);
void mm_port_serial_at_enable_unsolicited_msg_handler (MMPortSerialAt                 *self,
                                                       GRegex                         *regex,
                                                       gboolean                        enable);
/* See mm_daemon_port_serial_at_set_response_parser () */
void mm_port_serial_at_set_response_parser            (MMPortSerialAt                 *self,
                                                       MMPortSerialAtResponseParserFn  fn,
#if MM_DAEMON_SERIES >= 12595
                                                       MMPortSerialAtRemoveEchoFn      echo_fn,
#endif
                                                       gpointer                        user_data,
                                                       GDestroyNotify                  notify);

/* For a port without a modem; everything else uses mm-base-modem-at.h */
void mm_port_serial_at_command                        (MMPortSerialAt                 *self,
                                                       const gchar                    *command,
                                                       guint32                         timeout_seconds,
                                                       gboolean                        is_raw,
                                                       gboolean                        allow_cached,
                                                       GCancellable                   *cancellable,
                                                       GAsyncReadyCallback             callback,
                                                       gpointer                        user_data);
/* See mm_daemon_port_serial_at_command_finish () */
#if MM_DAEMON_SERIES >= 12200
gchar       *mm_port_serial_at_command_finish         (MMPortSerialAt                 *self,
                                                       GAsyncResult                   *res,
                                                       GError                        **error);
#else
const gchar *mm_port_serial_at_command_finish         (MMPortSerialAt                 *self,
                                                       GAsyncResult                   *res,
                                                       GError                        **error);
#endif

MMPortSerialAtFlag mm_port_serial_at_get_flags        (MMPortSerialAt                 *self);

#endif /* MM_PORT_SERIAL_AT_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MM_PORT_SERIAL_H
#define MM_PORT_SERIAL_H

#include <glib-object.h>
#include <gio/gio.h>

#include "mm-daemon-slot.h"
#include "mm-port.h"

#define MM_TYPE_PORT_SERIAL (mm_port_serial_get_type ())
#define MM_PORT_SERIAL(obj) (G_TYPE_CHECK_INSTANCE_CAST ((obj), MM_TYPE_PORT_SERIAL, MMPortSerial))
#define MM_IS_PORT_SERIAL(obj) (G_TYPE_CHECK_INSTANCE_TYPE ((obj), MM_TYPE_PORT_SERIAL))

#define MM_PORT_SERIAL_GET_CLASS(obj) (G_TYPE_INSTANCE_GET_CLASS ((obj), MM_TYPE_PORT_SERIAL, MMPortSerialClass))

typedef struct _MMPortSerial MMPortSerial;
typedef struct _MMPortSerialClass MMPortSerialClass;

#define MM_PORT_SERIAL_SEND_DELAY   "send-delay"
#define MM_PORT_SERIAL_FLASH_OK     "flash-ok"

struct _MMPortSerial {
    MMPort parent;
    gpointer priv;
};

/* The plugin calls only parse_unsolicited () */
struct _MMPortSerialClass {
    MMPortClass parent;
    /* Shows @response to the handlers, and removes what they matched */
    void (* parse_unsolicited) (MMPortSerial *self,
                                GByteArray   *response);
    MMDaemonSlot parse_response;
    MMDaemonSlot config_fd;
    MMDaemonSlot config;
    MMDaemonSlot debug_log;
    void (* buffer_full)  (MMPortSerial     *port,
                           const GByteArray *buffer);
    void (* forced_close) (MMPortSerial *port);
};

GType mm_port_serial_get_type (void);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MMPortSerial, g_object_unref)

/* Counted: each open needs a close */
gboolean mm_port_serial_is_open (MMPortSerial  *self);
gboolean mm_port_serial_open    (MMPortSerial  *self,
                                 GError       **error);
void     mm_port_serial_close   (MMPortSerial  *self);

void     mm_port_serial_flash        (MMPortSerial         *self,
                                      guint32               flash_time,
                                      gboolean              ignore_errors,
                                      GAsyncReadyCallback   callback,
                                      gpointer              user_data);
gboolean mm_port_serial_flash_finish (MMPortSerial         *self,
                                      GAsyncResult         *res,
                                      GError              **error);

#endif /* MM_PORT_SERIAL_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MM_PORT_PROBE_H
#define MM_PORT_PROBE_H

#include <glib-object.h>

#include "mm-kernel-device.h"
#include "mm-port.h"

#define MM_TYPE_PORT_PROBE (mm_port_probe_get_type ())

typedef struct _MMPortProbe MMPortProbe;

GType mm_port_probe_get_type (void);

MMKernelDevice *mm_port_probe_peek_port       (MMPortProbe *self);
const gchar    *mm_port_probe_get_port_name   (MMPortProbe *self);
const gchar    *mm_port_probe_get_port_subsys (MMPortProbe *self);
MMPortType      mm_port_probe_get_port_type   (MMPortProbe *self);
gboolean        mm_port_probe_is_at           (MMPortProbe *self);

void            mm_port_probe_set_result_at   (MMPortProbe *self,
                                               gboolean     at);

gboolean mm_port_probe_list_has_at_port   (GList *list);
gboolean mm_port_probe_list_has_qmi_port  (GList *list);
gboolean mm_port_probe_list_has_mbim_port (GList *list);

#endif /* MM_PORT_PROBE_H */

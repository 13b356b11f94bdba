/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MM_KERNEL_DEVICE_H
#define MM_KERNEL_DEVICE_H

#include <glib-object.h>

#define MM_TYPE_KERNEL_DEVICE (mm_kernel_device_get_type ())

typedef struct _MMKernelDevice MMKernelDevice;

GType mm_kernel_device_get_type (void);

const gchar *mm_kernel_device_get_subsystem          (MMKernelDevice *self);
const gchar *mm_kernel_device_get_name               (MMKernelDevice *self);
const gchar *mm_kernel_device_get_driver             (MMKernelDevice *self);
const gchar *mm_kernel_device_get_sysfs_path         (MMKernelDevice *self);
gint         mm_kernel_device_get_interface_class    (MMKernelDevice *self);
gint         mm_kernel_device_get_interface_subclass (MMKernelDevice *self);
gint         mm_kernel_device_get_interface_protocol (MMKernelDevice *self);
guint16      mm_kernel_device_get_physdev_vid        (MMKernelDevice *self);
guint16      mm_kernel_device_get_physdev_pid        (MMKernelDevice *self);
guint16      mm_kernel_device_get_physdev_revision   (MMKernelDevice *self);
const gchar *mm_kernel_device_get_physdev_sysfs_path (MMKernelDevice *self);

gboolean     mm_kernel_device_has_property            (MMKernelDevice *self,
                                                       const gchar    *property);
gboolean     mm_kernel_device_get_property_as_boolean (MMKernelDevice *self,
                                                       const gchar    *property);

#endif /* MM_KERNEL_DEVICE_H */

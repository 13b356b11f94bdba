/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MM_ERROR_HELPERS_H
#define MM_ERROR_HELPERS_H

#include <glib-object.h>
#include <ModemManager.h>

GError *mm_mobile_equipment_error_for_code (MMMobileEquipmentError code,
                                            gpointer               log_object);

#endif /* MM_ERROR_HELPERS_H */

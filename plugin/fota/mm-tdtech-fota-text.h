/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * Messages of failures: what happened, and what to do. Pure.
 */

#ifndef MM_TDTECH_FOTA_TEXT_H
#define MM_TDTECH_FOTA_TEXT_H

#include <glib.h>

#include "mm-tdtech-fota-machine.h"

/* @transaction: the running one, or NULL */
gchar *mm_tdtech_fota_text_for_error (const MMTdtechFotaMachine *machine,
                                      MMTdtechFotaError          error,
                                      const gchar               *transaction);

#endif /* MM_TDTECH_FOTA_TEXT_H */

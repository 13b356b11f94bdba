/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * Carries out the machine's effects on ModemManager's port and bearers, and returns the outcome as
 * the machine's next input.
 */

#ifndef MM_TDTECH_FOTA_EFFECTS_H
#define MM_TDTECH_FOTA_EFFECTS_H

#include <gio/gio.h>

#include "mm-base-modem.h"
#include "mm-tdtech-data-pause.h"
#include "mm-tdtech-fota-machine.h"
#include "mm-tdtech-fota-options.h"
#include "mm-tdtech-fota-progress.h"
#include "mm-tdtech-fota-record.h"

/* Borrowed: the caller keeps all of it valid until the callback */
typedef struct {
    MMBaseModem               *modem;
    const MMTdtechFotaMachine *machine;
    MMTdtechFotaRecord        *record;
    const gchar               *key;
    MMTdtechDataPause         *data_pause;
    MMTdtechFotaProgress      *progress;
    const MMTdtechFotaOptions *options;   /* for SET_TLS */
    gboolean                   saved;     /* for FLASH: the record was written */
    gboolean                   call_begun; /* for FLASH: a call was seen by ModemManager since READ_USE */
    gboolean                   flashed;   /* for RESTORE_DATA: the module rebooted for the upgrade */
    guint                      n_misread; /* for READ_CONDITIONS, READ_USE: 0 */
} MMTdtechFotaEffectContext;

/* The next input and what it points to */
typedef struct {
    MMTdtechFotaInput input;
    MMTdtechVersion   version;
    gchar            *revision;
    gchar            *words;
    MMTdtechFotastate state;
} MMTdtechFotaEffectOutcome;

void                       mm_tdtech_fota_effect_run        (const MMTdtechFotaEffectContext *context,
                                                             MMTdtechFotaEffect               effect,
                                                             GAsyncReadyCallback              callback,
                                                             gpointer                         user_data);
/* Never fails: errors are inputs too. READ_STATE gives DONE without a state if the
 * port's handler has taken the line out of the answer. */
MMTdtechFotaEffectOutcome *mm_tdtech_fota_effect_run_finish (GAsyncResult                    *res);
void                       mm_tdtech_fota_effect_outcome_free (MMTdtechFotaEffectOutcome     *outcome);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MMTdtechFotaEffectOutcome, mm_tdtech_fota_effect_outcome_free)

/* What ModemManager knows without asking the module: MMTdtechFotaBlocker */
guint mm_tdtech_fota_known_registration_blockers (MMBaseModem *modem,
                                                  guint        if_unknown);
guint mm_tdtech_fota_known_call_blockers         (MMBaseModem *modem);

#endif /* MM_TDTECH_FOTA_EFFECTS_H */

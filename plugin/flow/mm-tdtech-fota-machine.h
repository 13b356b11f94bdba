/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * The flow of a firmware update, as (state, input) → (state, output). Pure: no I/O, no daemon, no
 * clock. The caller carries out the output and feeds the outcome back as the next input.
 */

#ifndef MM_TDTECH_FOTA_MACHINE_H
#define MM_TDTECH_FOTA_MACHINE_H

#include <glib.h>

#include "mm-tdtech-fota-types.h"

const gchar *mm_tdtech_fota_phase_get_name (MMTdtechFotaPhase phase);

MMTdtechFotaMachine *mm_tdtech_fota_machine_new  (void);
void                 mm_tdtech_fota_machine_free (MMTdtechFotaMachine *self);

void     mm_tdtech_fota_machine_step (MMTdtechFotaMachine     *self,
                                      const MMTdtechFotaInput *input,
                                      MMTdtechFotaOutput      *output);

/* At rest: follows what the module does by itself. Call it after each step that ends at rest;
 * FALSE if there is nothing to follow. */
gboolean mm_tdtech_fota_machine_resync (MMTdtechFotaMachine     *self,
                                        MMTdtechFotaOutput      *output);

/* What a record must keep besides the transaction */
MMTdtechFotaStage    mm_tdtech_fota_machine_get_stage (const MMTdtechFotaMachine *self);
/* A new machine goes on where @stage and @kept say; with stage NONE, @kept has no transaction */
void                 mm_tdtech_fota_machine_restore   (MMTdtechFotaMachine           *self,
                                                       MMTdtechFotaStage              stage,
                                                       const MMTdtechFotaTransaction *kept);

/* Nothing runs, and a verb may begin */
gboolean          mm_tdtech_fota_machine_is_resting (const MMTdtechFotaMachine *self);
/* Nothing is known of the module yet, or not what runs: verbs and Cancel have to wait */
gboolean          mm_tdtech_fota_machine_is_early   (const MMTdtechFotaMachine *self);
/* A verb has begun that nobody was told of, and the module has not been asked for it yet */
gboolean          mm_tdtech_fota_machine_is_preparing (const MMTdtechFotaMachine *self);
/* Why @verb would be refused, as far as is known without asking the module; NONE: it may begin */
MMTdtechFotaError mm_tdtech_fota_machine_foresee (const MMTdtechFotaMachine *self,
                                                  MMTdtechFotaVerb           verb);

/* Properties of the D-Bus interface */
MMTdtechFotaState    mm_tdtech_fota_machine_get_state         (const MMTdtechFotaMachine *self);
gboolean             mm_tdtech_fota_machine_get_interruptible (const MMTdtechFotaMachine *self);
/* Whether the version on offer is older than the running one, or may be */
gboolean             mm_tdtech_fota_machine_is_downgrade      (const MMTdtechFotaMachine *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MMTdtechFotaMachine, mm_tdtech_fota_machine_free)

#endif /* MM_TDTECH_FOTA_MACHINE_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * The rules of the flow: which transition a step takes, with the guards and actions of the table in
 * mm-tdtech-fota-table.h. For the files of plugin/flow/ alone.
 */

#ifndef MM_TDTECH_FOTA_RULES_H
#define MM_TDTECH_FOTA_RULES_H

#include "mm-tdtech-fota-step.h"

/* NULL: none. @caught: whether it is one of those that do for any phase; or NULL */
const MMTdtechFotaTransition *mm_tdtech_fota_rules_find (const MMTdtechFotaStep *step,
                                                         gboolean               *caught);

const MMTdtechFotaPhaseInfo *mm_tdtech_fota_rules_get_phase (MMTdtechFotaPhase phase);

/* Of the machine's phase: what it requests on entry, its timer (seconds, or MM_TDTECH_FOTA_TIMER_*),
 * and whether Cancel would work */
MMTdtechFotaEffect mm_tdtech_fota_rules_get_effect       (const MMTdtechFotaMachine *m);
gint               mm_tdtech_fota_rules_get_timer        (const MMTdtechFotaMachine *m);
gboolean           mm_tdtech_fota_rules_is_interruptible (const MMTdtechFotaMachine *m);

/* Whether @version is older than what runs; NONE: it is not */
MMTdtechFotaCause mm_tdtech_fota_rules_compare_age            (const MMTdtechFotaMachine *m,
                                                               const gchar               *version);
/* Why @version is not acceptable; NONE: it is */
MMTdtechFotaCause mm_tdtech_fota_rules_find_fault             (const MMTdtechFotaMachine *m,
                                                               const gchar               *version);
/* A resumed download must be of the version that was suspended (guide): another one drops what was
 * downloaded */
gboolean          mm_tdtech_fota_rules_offer_is_not_suspended (const MMTdtechFotaMachine *m);

#endif /* MM_TDTECH_FOTA_RULES_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * One step of the machine, as guards and actions see it, and what the table is made of. For the files
 * of plugin/flow/ alone.
 */

#ifndef MM_TDTECH_FOTA_STEP_H
#define MM_TDTECH_FOTA_STEP_H

#include "mm-tdtech-fota-types.h"

typedef struct {
    MMTdtechFotaMachine     *m;
    const MMTdtechFotaInput *in;
    MMTdtechFotaOutput      *out;
} MMTdtechFotaStep;

/*****************************************************************************/
/* Phases */

typedef enum {
    MM_TDTECH_FOTA_CANCEL_NO,
    MM_TDTECH_FOTA_CANCEL_YES,
    MM_TDTECH_FOTA_CANCEL_BY_STATE,    /* while the module holds something to discard */
    MM_TDTECH_FOTA_CANCEL_ONCE,        /* until it was requested */
} MMTdtechFotaInterruptible;

/* The State on D-Bus follows from the module's own state */
#define MM_TDTECH_FOTA_STATE_BY_MODULE (-1)

typedef struct {
    const gchar               *name;
    MMTdtechFotaEffect         effect;
    MMTdtechFotaInterruptible  interruptible;
    gint                       state;          /* MMTdtechFotaState, or BY_MODULE */
    MMTdtechFotaStage          stage;
} MMTdtechFotaPhaseInfo;

/*****************************************************************************/
/* Transitions */

/* The result that a transition sets, besides MMTdtechFotaError */
enum {
    NO_RESULT = MM_TDTECH_FOTA_ERROR_NONE,
    BY_STATE = MM_TDTECH_FOTA_ERROR_LAST,
    SUCCEEDED,
    NOTHING_NEWER,
};

/* The target of a transition, besides MMTdtechFotaPhase */
enum {
    STAY = MM_TDTECH_FOTA_PHASE_LAST,
    RESYNC,      /* to CHECKING, where the known state is processed as if just reported */
    BACK,        /* to CHECKING or DOWNLOADING, whichever the module's state says */
};

/* Module states by class */
enum {
    MM_TDTECH_FOTA_STATE_CLASS_10,
    MM_TDTECH_FOTA_STATE_CLASS_11,
    MM_TDTECH_FOTA_STATE_CLASS_12,
    MM_TDTECH_FOTA_STATE_CLASS_13,
    MM_TDTECH_FOTA_STATE_CLASS_14,
    MM_TDTECH_FOTA_STATE_CLASS_20,
    MM_TDTECH_FOTA_STATE_CLASS_30,
    MM_TDTECH_FOTA_STATE_CLASS_31,
    MM_TDTECH_FOTA_STATE_CLASS_40,
    MM_TDTECH_FOTA_STATE_CLASS_50,
    MM_TDTECH_FOTA_STATE_CLASS_70,        /* and 80 */
    MM_TDTECH_FOTA_STATE_CLASS_90,
    MM_TDTECH_FOTA_STATE_CLASS_OTHER,
    MM_TDTECH_FOTA_STATE_CLASS_UNKNOWN,
    MM_TDTECH_FOTA_STATE_CLASS_LAST
};

G_STATIC_ASSERT (MM_TDTECH_FOTA_STATE_CLASS_LAST <= 32);

typedef struct {
    guint64    phases;
    guint      inputs;
    guint      states;                                 /* of the module; 0: any */
    gboolean (*when) (const MMTdtechFotaStep *step);   /* NULL: always */
    gint       result;
    void     (*action) (MMTdtechFotaStep *step);       /* NULL: none */
    gint       next;
} MMTdtechFotaTransition;

/*****************************************************************************/

void mm_tdtech_fota_step_emit_event   (MMTdtechFotaStep   *step,
                                       MMTdtechFotaEvent   event);
void mm_tdtech_fota_step_forget_offer (MMTdtechFotaStep   *step);
void mm_tdtech_fota_step_set_string   (gchar             **to,
                                       const gchar        *from);

#endif /* MM_TDTECH_FOTA_STEP_H */

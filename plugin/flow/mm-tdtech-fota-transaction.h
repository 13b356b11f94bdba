/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * A transaction: what the machine and the record have in common of it, its id and its limits,
 * whether a caller started it or a record restored it. Pure.
 */

#ifndef MM_TDTECH_FOTA_TRANSACTION_H
#define MM_TDTECH_FOTA_TRANSACTION_H

#include <glib.h>

#include "mm-tdtech-fota-enums.h"
#include "mm-tdtech-fota-error.h"

#define MM_TDTECH_FOTA_WAIT_DEFAULT 300           /* seconds */
#define MM_TDTECH_FOTA_WAIT_MAX     (24 * 3600)
#define MM_TDTECH_FOTA_DELAY_MAX    (30 * 24 * 3600)

/* Longest id, in characters */
#define MM_TDTECH_FOTA_TRANSACTION_MAX 64

/* 1 to 64 of A-Z a-z 0-9 . _ - */
gboolean mm_tdtech_fota_transaction_is_valid (const gchar *transaction);

typedef enum {
    MM_TDTECH_FOTA_VERB_NONE,
    MM_TDTECH_FOTA_VERB_CHECK,
    MM_TDTECH_FOTA_VERB_DOWNLOAD,
    MM_TDTECH_FOTA_VERB_RESUME,
    MM_TDTECH_FOTA_VERB_UPGRADE,
    MM_TDTECH_FOTA_VERB_CANCEL,    /* only in a result: what the module held was discarded */
    MM_TDTECH_FOTA_VERB_LAST
} MMTdtechFotaVerb;

const gchar      *mm_tdtech_fota_verb_get_name  (MMTdtechFotaVerb  verb);
MMTdtechFotaVerb  mm_tdtech_fota_verb_from_name (const gchar      *name);

/* Progress of a transaction, as stored in its record */
typedef enum {
    MM_TDTECH_FOTA_STAGE_NONE,
    MM_TDTECH_FOTA_STAGE_QUERY,             /* ^FOTAOEMDL may have been sent */
    MM_TDTECH_FOTA_STAGE_STOPPING,          /* the result is known, the module is being stopped */
    MM_TDTECH_FOTA_STAGE_WAITING,           /* an upgrade was accepted, ^FWUP not sent */
    MM_TDTECH_FOTA_STAGE_FLASHING,          /* ^FWUP may have been sent */
    MM_TDTECH_FOTA_STAGE_UPGRADING,         /* the module took it */
    MM_TDTECH_FOTA_STAGE_RESTORING,         /* the result is known, data is being restored */
    MM_TDTECH_FOTA_STAGE_LAST
} MMTdtechFotaStage;

const gchar       *mm_tdtech_fota_stage_get_name  (MMTdtechFotaStage  stage);
/* LAST for a name that is none */
MMTdtechFotaStage  mm_tdtech_fota_stage_from_name (const gchar       *name);

/* Options of a verb, as far as the flow depends on them */
typedef struct {
    gboolean  with_url;           /* a server is known: from the options, or from before */
    gboolean  same_server;        /* and the last offer came from it */
    gboolean  https;
    gchar    *expect_version;
    gboolean  allow_roaming;
    gboolean  allow_downgrade;
    gboolean  upgrade;
    guint     delay;              /* seconds */
    guint     wait;               /* seconds */
    gboolean  hang_up_calls;
} MMTdtechFotaFlowOptions;

void mm_tdtech_fota_flow_options_clear (MMTdtechFotaFlowOptions       *self);
/* Here and in the functions below: @to is cleared first */
void mm_tdtech_fota_flow_options_copy  (MMTdtechFotaFlowOptions       *to,
                                        const MMTdtechFotaFlowOptions *from);

/* The result of a transaction */
typedef struct {
    MMTdtechFotaVerb    verb;
    MMTdtechFotaOutcome outcome;
    MMTdtechFotaError   error;
    guint               module_code;
    gchar              *from;
    gchar              *to;
} MMTdtechFotaResult;

void mm_tdtech_fota_result_clear (MMTdtechFotaResult       *self);
void mm_tdtech_fota_result_copy  (MMTdtechFotaResult       *to,
                                  const MMTdtechFotaResult *from);

/* What the machine knows and a record keeps. A new member also needs a row in the record's table
 * of fields; if it is a text, an entry in the list in the .c file, too. */
typedef struct {
    /* The running transaction */
    MMTdtechFotaVerb        verb;               /* NONE: no transaction */
    MMTdtechFotaFlowOptions options;
    MMTdtechFotaResult      pending;            /* its result, once it is known */
    gboolean                download_begun;     /* and the event was emitted */
    gboolean                data_paused;        /* and the event was emitted */
    guint                   flashes;            /* ^FWUP answered with OK, or not answered */

    /* Of an upgrade: what ran before */
    gchar                  *before_version;
    gchar                  *before_build_time;
    gchar                  *before_revision;

    /* What outlives it: the server's last offer, what of it is being or was downloaded, and
     * whether to ignore the module's state until it changes */
    gchar                  *offer_version;
    guint64                 offer_size;
    gchar                  *offer_description;
    gchar                  *package_version;
    gboolean                set_aside;
} MMTdtechFotaTransaction;

void     mm_tdtech_fota_transaction_clear (MMTdtechFotaTransaction       *self);
void     mm_tdtech_fota_transaction_copy  (MMTdtechFotaTransaction       *to,
                                           const MMTdtechFotaTransaction *from);
/* Ends the transaction: clears all but what outlives it */
void     mm_tdtech_fota_transaction_end   (MMTdtechFotaTransaction       *self);

#endif /* MM_TDTECH_FOTA_TRANSACTION_H */

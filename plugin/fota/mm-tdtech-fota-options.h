/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * The options dictionaries of the D-Bus interface, checked. Without the daemon.
 */

#ifndef MM_TDTECH_FOTA_OPTIONS_H
#define MM_TDTECH_FOTA_OPTIONS_H

#include <glib.h>

#include "mm-tdtech-fota-machine.h"
#include "mm-tdtech-fota-transaction.h"

typedef struct {
    gchar                   *transaction;     /* the caller's, or NULL */
    gchar                   *url;             /* normalized, or NULL */
    gchar                   *tls_ca;          /* PEM, checked, or NULL; so are the next two */
    gchar                   *tls_certificate;
    gchar                   *tls_key;
    guint                    tls_verify;      /* 0 none, 1 server, 2 mutual */
    gboolean                 tls_verify_set;  /* else tls_verify is the default, 1 */
    MMTdtechFotaFlowOptions  flow;
} MMTdtechFotaOptions;

/* MM_CORE_ERROR_INVALID_ARGS, naming key and value and what is allowed: an unknown
 * key, one that does not belong to @verb, a wrong type, a bad value, two that
 * contradict each other. */
MMTdtechFotaOptions *mm_tdtech_fota_options_new  (MMTdtechFotaVerb      verb,
                                                  GVariant             *dictionary,
                                                  GError              **error);
void                 mm_tdtech_fota_options_free (MMTdtechFotaOptions  *self);
/* Call it once flow.https is known for the server in use, which may come from an earlier call:
 * checks that the TLS options are those that this server needs */
gboolean             mm_tdtech_fota_options_check_server (const MMTdtechFotaOptions  *self,
                                                          GError                    **error);
/* Cancel knows no option */
gboolean             mm_tdtech_fota_options_check_none (GVariant  *dictionary,
                                                        GError   **error);
/* An id for a caller that passed none */
gchar               *mm_tdtech_fota_options_new_transaction (void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MMTdtechFotaOptions, mm_tdtech_fota_options_free)

#endif /* MM_TDTECH_FOTA_OPTIONS_H */

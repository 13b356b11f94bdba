/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * Checks the certificates and keys that callers send to the module. Without the daemon, but not pure:
 * the clock says which certificate has expired.
 *
 * GIO's TLS backend (glib-networking) parses them if there is one; otherwise only their form is
 * checked. No part of a key ever appears in a message.
 */

#ifndef MM_TDTECH_PEM_H
#define MM_TDTECH_PEM_H

#include <glib.h>

#include "mm-tdtech-fota-enums.h"

/* All three: @name is what messages call it; MM_CORE_ERROR_INVALID_ARGS says what
 * is wrong and what is allowed. */

/* The text of a file with one or more certificates, or with one private key that
 * needs no password. An expired certificate is allowed, with a g_message. */
gchar    *mm_tdtech_pem_new_certificates (const gchar   *name,
                                          const guint8  *data,
                                          gsize          size,
                                          GError       **error);
gchar    *mm_tdtech_pem_new_key          (const gchar   *name,
                                          const guint8  *data,
                                          gsize          size,
                                          GError       **error);
/* Whether @key can be read and belongs to the first of @certificates, as far as it
 * can be told (RSA and elliptic curves, with a TLS backend) */
gboolean  mm_tdtech_pem_check_pair       (const gchar   *name,
                                          const gchar   *certificates,
                                          const gchar   *key,
                                          GError       **error);
/* Overwrites it first */
void      mm_tdtech_pem_free             (gchar         *pem);

#endif /* MM_TDTECH_PEM_H */

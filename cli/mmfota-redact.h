/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_REDACT_H
#define MMFOTA_REDACT_H

#include "mmfota-secret.h"

/*
 * Removes personal data from a report. Each secret is replaced by a substitute of its own length
 * and form (digits for digits, letters for letters), the same one wherever it occurs, so that a
 * report can be read and replayed like the original. Whatever is not known to be harmless is
 * replaced. Pure: no I/O, no clock; the caller supplies a key, a new one for each report.
 */
typedef struct _MmfotaRedactor MmfotaRedactor;

/* Bytes that passed an AT port in one read or write */
typedef struct {
    gint64      time;      /* microseconds */
    gchar      *port;
    gchar       direction; /* '>' to the module, '<' from it, 'o' opened, 'c' closed */
    GByteArray *bytes;
} MmfotaTraffic;

MmfotaTraffic  *mmfota_traffic_new  (gint64         time,
                                     const gchar   *port,
                                     gchar          direction,
                                     const guint8  *data,
                                     gsize          length);
void            mmfota_traffic_free (MmfotaTraffic *self);

MmfotaRedactor *mmfota_redactor_new       (const guint8   *key,
                                           gsize           length,
                                           gboolean        keep_hosts);
void            mmfota_redactor_free      (MmfotaRedactor *self);

/* Learning: known values, and those found in the traffic. An operator's code must be learned before
 * an IMSI that starts with it. */
void            mmfota_redactor_add       (MmfotaRedactor *self,
                                           MmfotaSecret    secret,
                                           const gchar    *value);
void            mmfota_redactor_learn     (MmfotaRedactor *self,
                                           GPtrArray      *traffic);

void            mmfota_redactor_learn_text (MmfotaRedactor *self,
                                            const gchar    *text);

/* Redacting, after everything was learned: traffic in place; a value that is secret as a whole;
 * text that may contain secrets */
void            mmfota_redactor_traffic   (MmfotaRedactor *self,
                                           GPtrArray      *traffic);
gchar          *mmfota_redactor_value     (MmfotaRedactor *self,
                                           MmfotaSecret    secret,
                                           const gchar    *value);
gchar          *mmfota_redactor_text      (MmfotaRedactor *self,
                                           const gchar    *text);

/* Number of replacements, by kind */
guint           mmfota_redactor_count     (MmfotaRedactor *self,
                                           MmfotaSecret    secret);
const gchar    *mmfota_secret_name        (MmfotaSecret    secret);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmfotaRedactor, mmfota_redactor_free)

#endif /* MMFOTA_REDACT_H */

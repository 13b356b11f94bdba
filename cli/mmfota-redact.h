/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_REDACT_H
#define MMFOTA_REDACT_H

#include <glib.h>

/*
 * Takes out of a report what is nobody's business. Each secret gets a substitute of
 * its own length and form (digits for digits, letters for letters), the same one
 * wherever it occurs, so that a report still reads and plays as the original does.
 * What is not known to be harmless is taken out. Pure: no I/O, no clock; the key is
 * the caller's, another one for each report.
 */
typedef struct _MmfotaRedactor MmfotaRedactor;

typedef enum {
    MMFOTA_SECRET_IMEI,
    MMFOTA_SECRET_IMSI,
    MMFOTA_SECRET_ICCID,
    MMFOTA_SECRET_NUMBER,  /* phone numbers */
    MMFOTA_SECRET_CELL,    /* cells and areas */
    MMFOTA_SECRET_ADDRESS, /* IP and MAC addresses */
    MMFOTA_SECRET_NETWORK, /* operators and networks, names and codes */
    MMFOTA_SECRET_APN,     /* access points, their users and passwords */
    MMFOTA_SECRET_PIN,
    MMFOTA_SECRET_TLS,
    MMFOTA_SECRET_SMS,
    MMFOTA_SECRET_HOST,
    MMFOTA_SECRET_OTHER,   /* what is not known to be harmless */
    MMFOTA_N_SECRETS
} MmfotaSecret;

/* What went over an AT port in one read or write */
typedef struct {
    gint64      time;      /* microseconds */
    gchar      *port;
    gchar       direction; /* '>' to the module, '<' from it, 'o' and 'c': opened, closed */
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

/* Learning: values that are known, and those that the traffic tells. An operator's
 * code comes before the IMSI that begins with it. */
void            mmfota_redactor_add       (MmfotaRedactor *self,
                                           MmfotaSecret    secret,
                                           const gchar    *value);
void            mmfota_redactor_learn     (MmfotaRedactor *self,
                                           GPtrArray      *traffic);

void            mmfota_redactor_learn_text (MmfotaRedactor *self,
                                            const gchar    *text);

/* Redacting, after all has been learned: traffic in place; a value that is a secret
 * as a whole; text in which there may be some. */
void            mmfota_redactor_traffic   (MmfotaRedactor *self,
                                           GPtrArray      *traffic);
gchar          *mmfota_redactor_value     (MmfotaRedactor *self,
                                           MmfotaSecret    secret,
                                           const gchar    *value);
gchar          *mmfota_redactor_text      (MmfotaRedactor *self,
                                           const gchar    *text);

/* How many places have been changed, by kind */
guint           mmfota_redactor_count     (MmfotaRedactor *self,
                                           MmfotaSecret    secret);
const gchar    *mmfota_secret_name        (MmfotaSecret    secret);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmfotaRedactor, mmfota_redactor_free)

#endif /* MMFOTA_REDACT_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * Every AT line that is the module's own, in and out. Pure: no I/O, no daemon.
 *
 * Parsers take what mm_base_modem_at_command_finish () gives (the answer without
 * its final result) or one unsolicited line. They accept any spacing, and lines
 * that are cut, doubled or absurd: they return FALSE or NULL and set @error, and
 * leave the output untouched, or they return a value that is whole.
 * Strings they return are valid UTF-8 of bounded length.
 *
 * Builders return NULL and set @error (MM_CORE_ERROR_INVALID_ARGS) if a string
 * could end or split the command.
 */

#ifndef MM_TDTECH_AT_H
#define MM_TDTECH_AT_H

#include <glib.h>
#include <ModemManager.h>

/* Longest version string accepted, in bytes */
#define MM_TDTECH_VERSION_MAX 128
/* Longest description of an offer kept, in bytes */
#define MM_TDTECH_DESCRIPTION_MAX 1024

/*****************************************************************************/
/* ^FOTASTATE (guide, FOTA commands) */

#define MM_TDTECH_FOTASTATE_UNKNOWN    (-1)
#define MM_TDTECH_FOTASTATE_IDLE       10
#define MM_TDTECH_FOTASTATE_QUERYING   11
#define MM_TDTECH_FOTASTATE_AVAILABLE  12
#define MM_TDTECH_FOTASTATE_QUERY_FAILED 13
#define MM_TDTECH_FOTASTATE_NOTHING_NEWER 14
#define MM_TDTECH_FOTASTATE_DOWNLOAD_FAILED 20
#define MM_TDTECH_FOTASTATE_DOWNLOADING 30
#define MM_TDTECH_FOTASTATE_SUSPENDED  31
#define MM_TDTECH_FOTASTATE_DOWNLOADED 40
#define MM_TDTECH_FOTASTATE_UPGRADING  50
#define MM_TDTECH_FOTASTATE_UPGRADE_FAILED 70
#define MM_TDTECH_FOTASTATE_FAMILY_UPGRADE_FAILED 80
#define MM_TDTECH_FOTASTATE_FAMILY_UPGRADE_DONE 90

/* The number after 13 (guide) */
#define MM_TDTECH_FOTA_CODE_NONE               0
#define MM_TDTECH_FOTA_CODE_SERVER_UNREACHABLE 13
#define MM_TDTECH_FOTA_CODE_FILES_UNAVAILABLE  51

typedef struct {
    gint    state;
    guint   code;        /* after 13, 20, 70, 80; MM_TDTECH_FOTA_CODE_NONE if absent */
    gchar  *version;     /* these three only in 12, NULL / 0 if absent or cut short: version
                          * and size count only with the comma after them */
    guint64 size;        /* bytes */
    gchar  *description;
} MMTdtechFotastate;

void     mm_tdtech_fotastate_clear    (MMTdtechFotastate *self);
/* @str: one line or an answer, with or without other lines around it; the last
 * ^FOTASTATE line in it that can be read counts. A state that is not known is read too;
 * 0 to 255. @out is not cleared before it is filled. */
gboolean mm_tdtech_parse_fotastate    (const gchar        *str,
                                       MMTdtechFotastate  *out,
                                       GError            **error);
/* What the guide advises for a state and code; never NULL */
const gchar *mm_tdtech_fotastate_advice  (gint state, guint code);
/* Short text of the code after 13, 20, 80 (Huawei FOTA documents); NULL if unknown */
const gchar *mm_tdtech_fota_code_string (guint code);

/*****************************************************************************/
/* ^FOTADLQ, ^FOTAMODE */

typedef struct {
    guint   index;
    gchar  *file;
    guint64 received;    /* bytes, never more than total */
    guint64 total;       /* bytes, 0 unknown */
} MMTdtechFotadlq;

void     mm_tdtech_fotadlq_clear      (MMTdtechFotadlq *self);
gboolean mm_tdtech_parse_fotadlq      (const gchar      *str,
                                       MMTdtechFotadlq  *out,
                                       GError          **error);

gchar   *mm_tdtech_build_fotamode     (gboolean     auto_download); /* ^FOTAMODE=0,<b>,0,1 */
gchar   *mm_tdtech_build_fotaoemdl    (const gchar *url,            /* as mm_tdtech_url_normalize () gives it */
                                       GError     **error);

/*****************************************************************************/
/* ^VERSION, +CGMR, ATI */

typedef struct {
    gchar *version;      /* EXTS; NULL if absent */
    gchar *build_time;   /* BDT; NULL if absent */
    gchar *hardware;     /* EXTH; NULL if absent */
} MMTdtechVersion;

void     mm_tdtech_version_clear      (MMTdtechVersion *self);
/* Whole only if both EXTS and BDT are there: see mm_tdtech_version_is_complete () */
gboolean mm_tdtech_parse_version      (const gchar      *str,
                                       MMTdtechVersion  *out,
                                       GError          **error);
gboolean mm_tdtech_version_is_complete (const MMTdtechVersion *self);
gchar   *mm_tdtech_parse_cgmr         (const gchar      *str,
                                       GError          **error);
/* -1, 0, 1: @a is older, the same, newer. "1.2.5.0(SP1C02)" against "1.2.4.0(SP2C01)" and
 * "V200R001C20B025" against "V200R001C20B005" can be compared; FALSE where the shapes
 * differ, as between those two pairs. "1.2.5.0" is older than "1.2.5.0(SP1C02)". */
gboolean mm_tdtech_version_compare    (const gchar *a,
                                       const gchar *b,
                                       gint        *result);

typedef struct {
    gchar *manufacturer;
    gchar *model;        /* "MT5710-CN" and the like, underscores put right; NULL with old firmware, which
                          * tells its revision here ("Modem V100R100C20B563"): EXTH of ^VERSION? has it then */
    gchar *revision;
    gchar *imei;
} MMTdtechIdentity;

void     mm_tdtech_identity_clear     (MMTdtechIdentity *self);
/* For those that were allocated by g_new () */
void     mm_tdtech_identity_free      (MMTdtechIdentity *self);
gboolean mm_tdtech_parse_ati          (const gchar       *str,
                                       MMTdtechIdentity  *out,
                                       GError           **error);

/*****************************************************************************/
/* Registration and calls, read before anything else (guide, preconditions) */

typedef enum {
    MM_TDTECH_REGISTRATION_NONE,
    MM_TDTECH_REGISTRATION_HOME,
    MM_TDTECH_REGISTRATION_ROAMING,
} MMTdtechRegistration;

/* Answer to +CREG?, +CEREG? or +C5GREG? (3GPP TS 27.007 §7.2, §10.1.22, §10.1.47),
 * in any spacing and with any number of fields */
gboolean mm_tdtech_parse_registration (const gchar           *str,
                                       MMTdtechRegistration  *out,
                                       GError               **error);
/* Number of calls in an answer to +CLCC (3GPP TS 27.007 §7.18); an empty answer is 0, one of
 * other lines alone can't be read */
gboolean mm_tdtech_parse_clcc_count   (const gchar  *str,
                                       guint        *n_calls,
                                       GError      **error);

/*****************************************************************************/
/* NDIS data sessions */

typedef enum {
    MM_TDTECH_NDIS_DISCONNECTED  = 0,
    MM_TDTECH_NDIS_CONNECTED     = 1,
    MM_TDTECH_NDIS_CONNECTING    = 2,
    MM_TDTECH_NDIS_DISCONNECTING = 3,
} MMTdtechNdisState;

typedef struct {
    guint             cid;     /* 0: the line has none */
    MMTdtechNdisState state;
    MMBearerIpFamily  family;  /* NONE: the line has none */
    guint             cause;   /* 3GPP TS 24.008 §10.5.6.6, or the module's own; 0 none */
} MMTdtechNdisstat;

/* "^NDISSTAT: 1,1,,,"IPV4"" (CID first) and "^NDISSTAT: 0,27,,"IPV4"" (no CID) */
gboolean mm_tdtech_parse_ndisstat     (const gchar       *str,
                                       MMTdtechNdisstat  *out,
                                       GError           **error);
/* Array of MMTdtechNdisstat, without the network's own PDP contexts; empty if the answer
 * is, one of other lines alone can't be read */
GArray  *mm_tdtech_parse_ndisstatqry  (const gchar  *str,
                                       GError      **error);
/* ^NDISDUP=<cid>,1,"apn"[,"user","password",<auth>] */
gchar   *mm_tdtech_build_ndisdup      (guint               cid,
                                       const gchar        *apn,
                                       const gchar        *user,
                                       const gchar        *password,
                                       MMBearerAllowedAuth auth,
                                       GError            **error);
gchar   *mm_tdtech_build_ndisdup_down (guint cid);
/* ^NDISDUP=<cid>,1: with what the PDP context holds */
gchar   *mm_tdtech_build_ndisdup_up   (guint cid);
/* +CGDCONT=<cid>,"<type>","<apn>" */
gchar   *mm_tdtech_build_cgdcont      (guint            cid,
                                       MMBearerIpFamily family,
                                       const gchar     *apn,
                                       GError         **error);

/* PDP contexts that a host may dial with and change: 0 is the default bearer, and those
 * from 21 on are the network's (manual) */
#define MM_TDTECH_CID_MIN 1
#define MM_TDTECH_CID_MAX 20

typedef struct {
    guint            cid;
    MMBearerIpFamily family;   /* NONE: a type that is not IP */
    gchar           *apn;
    gboolean         of_host;  /* neither the default bearer's, nor the network's, nor for emergencies */
} MMTdtechPdpContext;

/* The answer to +CGDCONT?: array of MMTdtechPdpContext, empty if the answer is. None may
 * be missed: one line that can't be read makes the whole unreadable. */
GArray  *mm_tdtech_parse_cgdcont      (const gchar  *str,
                                       GError      **error);

/* ^SETAUTODIAL? also answers ^SETAUTODAIL: */
typedef struct {
    gboolean enabled;
    gchar   *setting;    /* all after "=" that puts it back: "1,2,"IPV4V6","","","",0" */
} MMTdtechAutodial;

void     mm_tdtech_autodial_clear     (MMTdtechAutodial *self);
gboolean mm_tdtech_parse_setautodial  (const gchar       *str,
                                       MMTdtechAutodial  *out,
                                       GError           **error);
/* ^SETAUTODIAL=<setting>; a setting that came from a file is checked again */
gchar   *mm_tdtech_build_setautodial  (const gchar  *setting,
                                       GError      **error);

/* ^SYSINFOEX: access technology; MM_MODEM_ACCESS_TECHNOLOGY_UNKNOWN if it cannot be told */
MMModemAccessTechnology mm_tdtech_parse_sysinfoex (const gchar *str);
/* ^HCSQ: "NR",50,146,29 → quality 0–100 of the first value; FALSE if absent or unknown (255) */
gboolean mm_tdtech_parse_hcsq         (const gchar              *str,
                                       MMModemAccessTechnology  *act,
                                       guint                    *quality);

/*****************************************************************************/
/* ^SSLMNG, ^SSLCFG (guide, HTTPS) */

typedef enum {
    MM_TDTECH_SSL_CA,
    MM_TDTECH_SSL_CERTIFICATE,
    MM_TDTECH_SSL_KEY,
} MMTdtechSslFile;

/* The commands that store and load @pem, one string a command, in order */
gchar  **mm_tdtech_build_sslmng       (MMTdtechSslFile  file,
                                       const gchar     *pem,
                                       GError         **error);
/* @verify: 0 none, 1 server, 2 mutual */
gchar   *mm_tdtech_build_sslcfg       (guint            verify,
                                       GError         **error);

#endif /* MM_TDTECH_AT_H */

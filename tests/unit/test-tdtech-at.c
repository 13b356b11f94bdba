/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <locale.h>
#include <string.h>

#include <gio/gio.h>
#include <libmm-glib.h>

#include "mm-tdtech-at.h"
#include "mm-tdtech-fota-enums.h"

/*****************************************************************************/
/* Every parser is tested as a function from text to a description of what it read;
 * NULL if it refused. */

typedef gchar *(*DescribeFunc) (const gchar *str);

typedef struct {
    const gchar *str;
    const gchar *expected;
} Row;

static void
check_refused (GError *error)
{
    g_assert_nonnull (error);
    g_assert_cmpuint (error->domain, ==, MM_CORE_ERROR);
    g_assert_true (g_utf8_validate (error->message, -1, NULL));
    g_assert_cmpuint (strlen (error->message), <, 1024);
}

static gchar *
describe_fotastate (const gchar *str)
{
    g_autoptr(GError) error = NULL;
    MMTdtechFotastate out = { .state = -77 };
    gchar            *description;

    if (!mm_tdtech_parse_fotastate (str, &out, &error)) {
        check_refused (error);
        g_assert_cmpint (out.state, ==, -77);
        return NULL;
    }
    g_assert_no_error (error);
    description = g_strdup_printf ("%d,%u|%s|%" G_GUINT64_FORMAT "|%s", out.state, out.code,
                                   out.version ? out.version : "-", out.size,
                                   out.description ? out.description : "-");
    mm_tdtech_fotastate_clear (&out);
    g_assert_cmpint (out.state, ==, MM_TDTECH_FOTASTATE_UNKNOWN);
    g_assert_cmpuint (out.code, ==, MM_TDTECH_FOTA_CODE_NONE);
    g_assert_cmpuint (out.size, ==, 0);
    g_assert_null (out.version);
    g_assert_null (out.description);
    return description;
}

static gchar *
describe_fotadlq (const gchar *str)
{
    g_autoptr(GError) error = NULL;
    MMTdtechFotadlq   out = { .index = 77 };
    gchar            *description;

    if (!mm_tdtech_parse_fotadlq (str, &out, &error)) {
        check_refused (error);
        g_assert_cmpuint (out.index, ==, 77);
        return NULL;
    }
    description = g_strdup_printf ("%u|%s|%" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT,
                                   out.index, out.file, out.received, out.total);
    mm_tdtech_fotadlq_clear (&out);
    g_assert_cmpuint (out.index, ==, 0);
    g_assert_null (out.file);
    g_assert_cmpuint (out.received, ==, 0);
    g_assert_cmpuint (out.total, ==, 0);
    return description;
}

static gchar *
describe_version (const gchar *str)
{
    g_autoptr(GError) error = NULL;
    MMTdtechVersion   out = { 0 };
    gchar            *description;

    if (!mm_tdtech_parse_version (str, &out, &error)) {
        check_refused (error);
        return NULL;
    }
    description = g_strdup_printf ("%s|%s|%s|%s",
                                   out.version ? out.version : "-",
                                   out.build_time ? out.build_time : "-",
                                   out.hardware ? out.hardware : "-",
                                   mm_tdtech_version_is_complete (&out) ? "complete" : "incomplete");
    mm_tdtech_version_clear (&out);
    g_assert_false (mm_tdtech_version_is_complete (&out));
    g_assert_null (out.version);
    g_assert_null (out.build_time);
    g_assert_null (out.hardware);
    return description;
}

static gchar *
describe_cgmr (const gchar *str)
{
    g_autoptr(GError) error = NULL;
    gchar            *revision;

    revision = mm_tdtech_parse_cgmr (str, &error);
    if (!revision)
        check_refused (error);
    return revision;
}

static gchar *
describe_ati (const gchar *str)
{
    g_autoptr(GError) error = NULL;
    MMTdtechIdentity  out = { 0 };
    gchar            *description;

    if (!mm_tdtech_parse_ati (str, &out, &error)) {
        check_refused (error);
        return NULL;
    }
    description = g_strdup_printf ("%s|%s|%s|%s",
                                   out.manufacturer ? out.manufacturer : "-",
                                   out.model ? out.model : "-",
                                   out.revision ? out.revision : "-",
                                   out.imei ? out.imei : "-");
    mm_tdtech_identity_clear (&out);
    g_assert_null (out.manufacturer);
    g_assert_null (out.model);
    g_assert_null (out.revision);
    g_assert_null (out.imei);
    return description;
}

static gchar *
describe_registration (const gchar *str)
{
    g_autoptr(GError)    error = NULL;
    MMTdtechRegistration out;

    if (!mm_tdtech_parse_registration (str, &out, &error)) {
        check_refused (error);
        return NULL;
    }
    return g_strdup (out == MM_TDTECH_REGISTRATION_HOME ? "home" :
                     out == MM_TDTECH_REGISTRATION_ROAMING ? "roaming" : "none");
}

static gchar *
describe_clcc (const gchar *str)
{
    g_autoptr(GError) error = NULL;
    guint             n = 77;

    if (!mm_tdtech_parse_clcc_count (str, &n, &error)) {
        check_refused (error);
        g_assert_cmpuint (n, ==, 77);
        return NULL;
    }
    return g_strdup_printf ("%u", n);
}

static void
append_ndisstat (GString                *out,
                 const MMTdtechNdisstat *session)
{
    g_autofree gchar *family = NULL;

    family = mm_bearer_ip_family_build_string_from_mask (session->family);
    g_string_append_printf (out, "%s%u:%d,%u,%s", out->len > 0 ? " " : "",
                            session->cid, (gint) session->state, session->cause, family);
}

static gchar *
describe_ndisstat (const gchar *str)
{
    g_autoptr(GError) error = NULL;
    MMTdtechNdisstat  out = { .cid = 77 };
    GString          *description;

    if (!mm_tdtech_parse_ndisstat (str, &out, &error)) {
        check_refused (error);
        g_assert_cmpuint (out.cid, ==, 77);
        return NULL;
    }
    description = g_string_new (NULL);
    append_ndisstat (description, &out);
    return g_string_free (description, FALSE);
}

static gchar *
describe_ndisstatqry (const gchar *str)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GArray) sessions = NULL;
    GString          *description;
    guint             i;

    sessions = mm_tdtech_parse_ndisstatqry (str, &error);
    if (!sessions) {
        check_refused (error);
        return NULL;
    }
    description = g_string_new (NULL);
    for (i = 0; i < sessions->len; i++)
        append_ndisstat (description, &g_array_index (sessions, MMTdtechNdisstat, i));
    return g_string_free (description, FALSE);
}

static gchar *
describe_cgdcont (const gchar *str)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GArray) contexts = NULL;
    GString          *description;
    guint             i;

    contexts = mm_tdtech_parse_cgdcont (str, &error);
    if (!contexts) {
        check_refused (error);
        return NULL;
    }
    description = g_string_new (NULL);
    for (i = 0; i < contexts->len; i++) {
        const MMTdtechPdpContext *context = &g_array_index (contexts, MMTdtechPdpContext, i);
        g_autofree gchar         *family = NULL;

        family = mm_bearer_ip_family_build_string_from_mask (context->family);
        g_string_append_printf (description, "%s%u:%s,%s%s", i > 0 ? " " : "", context->cid, family,
                                context->apn, context->of_host ? "" : "!");
    }
    return g_string_free (description, FALSE);
}

static gchar *
describe_setautodial (const gchar *str)
{
    g_autoptr(GError)  error = NULL;
    g_autofree gchar  *command = NULL;
    MMTdtechAutodial   out = { .enabled = 77 };
    gchar             *description;

    if (!mm_tdtech_parse_setautodial (str, &out, &error)) {
        check_refused (error);
        g_assert_cmpint (out.enabled, ==, 77);
        return NULL;
    }
    /* What was read can be put back */
    command = mm_tdtech_build_setautodial (out.setting, &error);
    g_assert_no_error (error);
    description = g_strdup_printf ("^SETAUTODIAL=%s", out.setting);
    g_assert_cmpstr (command, ==, description);
    g_free (description);
    description = g_strdup_printf ("%s %s", out.enabled ? "on" : "off", out.setting);
    mm_tdtech_autodial_clear (&out);
    g_assert_null (out.setting);
    g_assert_false (out.enabled);
    return description;
}

static gchar *
describe_sysinfoex (const gchar *str)
{
    MMModemAccessTechnology act;

    act = mm_tdtech_parse_sysinfoex (str);
    return act == MM_MODEM_ACCESS_TECHNOLOGY_UNKNOWN ? NULL : mm_modem_access_technology_build_string_from_mask (act);
}

static gchar *
describe_hcsq (const gchar *str)
{
    g_autofree gchar        *name = NULL;
    MMModemAccessTechnology  act;
    guint                    quality;

    if (!mm_tdtech_parse_hcsq (str, &act, &quality))
        return NULL;
    g_assert_cmpuint (quality, <=, 100);
    name = mm_modem_access_technology_build_string_from_mask (act);
    return g_strdup_printf ("%s %u", name, quality);
}

/*****************************************************************************/
/* Rows: the lines known of the module, and what becomes of damaged ones */

#define OFFER_DESCRIPTION "1. product_name=\"MT5700M-CN\";2.update_mode=\"0\";3.source_version=\"V100R001C00B002\";en-us"
#define OFFER "^FOTASTATE: 12, 1.3.0.0(SP1C02), 56737228, " OFFER_DESCRIPTION
#define OFFER_READ "12,0|1.3.0.0(SP1C02)|56737228|" OFFER_DESCRIPTION

static const Row fotastate_rows[] = {
    { "^FOTASTATE: 10",                    "10,0|-|0|-" },
    { "^FOTASTATE:10",                     "10,0|-|0|-" },
    { "  ^FOTASTATE :  10  ",              "10,0|-|0|-" },
    { "^FOTASTATE: 10,",                   "10,0|-|0|-" },
    { "^FOTASTATE: 11",                    "11,0|-|0|-" },
    { OFFER,                               OFFER_READ },
    { "^FOTASTATE:12,\"1.3.0.0(SP1C02)\",56737228," OFFER_DESCRIPTION, OFFER_READ },
    { "^FOTASTATE: 12",                    "12,0|-|0|-" },
    { "^FOTASTATE: 12,",                   "12,0|-|0|-" },
    { "^FOTASTATE: 12,1.3.0.0(SP1C02)",    "12,0|-|0|-" },
    { "^FOTASTATE: 12,1.3.0.0(SP1C02),",   "12,0|1.3.0.0(SP1C02)|0|-" },
    { "^FOTASTATE: 12,1.3.0.0(SP1C02),56", "12,0|1.3.0.0(SP1C02)|0|-" },
    { "^FOTASTATE: 12,1.3.0.0(SP1C02),56,", "12,0|1.3.0.0(SP1C02)|56|-" },
    { "^FOTASTATE: 12,,56,x",              "12,0|-|56|x" },
    { "^FOTASTATE: 12,\"1.3,56,x",         "12,0|-|0|-" },
    { "^FOTASTATE: 12,1.3,-56,x",          "12,0|1.3|0|x" },
    { "^FOTASTATE: 12,1.3,18446744073709551615,x", "12,0|1.3|18446744073709551615|x" },
    { "^FOTASTATE: 12,1.3,18446744073709551616,x", "12,0|1.3|0|x" },
    { "^FOTASTATE: 12,1.\xff.3,56,x",      "12,0|-|56|x" },
    { "^FOTASTATE: 12,1.\x1b[2J,56,\x1b[2J\xff\xc2\x9b", "12,0|-|56| [2J\xef\xbf\xbd " },
    { "^FOTASTATE: 13",                    "13,0|-|0|-" },
    { "^FOTASTATE: 13,13",                 "13,13|-|0|-" },
    { "^FOTASTATE: 13, 51",                "13,51|-|0|-" },
    { "^FOTASTATE: 13,-1",                 "13,0|-|0|-" },
    { "^FOTASTATE: 13,99999999999999999999999", "13,0|-|0|-" },
    { "^FOTASTATE: 13,x",                  "13,0|-|0|-" },
    { "^FOTASTATE: 14",                    "14,0|-|0|-" },
    { "^FOTASTATE: 20",                    "20,0|-|0|-" },
    { "^FOTASTATE: 20,52",                 "20,52|-|0|-" },
    { "^FOTASTATE: 30",                    "30,0|-|0|-" },
    { "^FOTASTATE: 30,13",                 "30,0|-|0|-" },
    { "^FOTASTATE: 31",                    "31,0|-|0|-" },
    { "^FOTASTATE: 40",                    "40,0|-|0|-" },
    { "^FOTASTATE: 50",                    "50,0|-|0|-" },
    { "^FOTASTATE: 70",                    "70,0|-|0|-" },
    { "^FOTASTATE: 80,3",                  "80,3|-|0|-" },
    { "^FOTASTATE: 80",                    "80,0|-|0|-" },
    { "^FOTASTATE: 90",                    "90,0|-|0|-" },
    { "^FOTASTATE: 99",                    "99,0|-|0|-" },
    { "^FOTASTATE: 255",                   "255,0|-|0|-" },
    { "^FOTASTATE: 256",                   NULL },
    { "^FOTASTATE: -1",                    NULL },
    { "^FOTASTATE: 18446744073709551626",  NULL },
    { "^FOTASTATE: 0x10",                  NULL },
    { "^FOTASTATE: 10 11",                 NULL },
    { "^FOTASTATE: 10^FOTASTATE: 10",      NULL },
    { "^FOTASTATE: \"10\"",                NULL },
    { "^FOTASTATE:",                       NULL },
    { "^FOTASTATE 10",                     NULL },
    { "^FOTASTATEX: 10",                   NULL },
    { "FOTASTATE: 10",                     NULL },
    { "AT^FOTASTATE?",                     NULL },
    { "",                                  NULL },
};

static const Row fotadlq_rows[] = {
    { "^FOTADLQ: 1,\"FIRMWARM1\",34519552,68315612",   "1|FIRMWARM1|34519552/68315612" },
    { "^FOTADLQ: 0, \"FIRMWARE1\", 5194232, 6129664",  "0|FIRMWARE1|5194232/6129664" },
    { "^FOTADLQ:0,FIRMWARE1,0,6129664",                "0|FIRMWARE1|0/6129664" },
    { "^FOTADLQ: 0,\"a,b\",1,2,3,\"x\"",               "0|a,b|1/2" },
    { "^FOTADLQ: 0,\"\",0,0",                          "0||0/0" },
    { "^FOTADLQ: 0,\"F\",17,0",                        "0|F|17/0" },
    { "^FOTADLQ: 0,\"\xff\x1b\",1,2",                  "0|\xef\xbf\xbd |1/2" },
    { "^FOTADLQ: 0,\"F\",18446744073709551615,18446744073709551615", "0|F|18446744073709551615/18446744073709551615" },
    { "^FOTADLQ: 0,\"F\",0,18446744073709551616",      NULL },
    { "^FOTADLQ: 0 , \"F\" , 1 , 2",                   "0|F|1/2" },
    { "^FOTADLQ: 0,\"F\"x1,2",                         NULL },
    { "^FOTADLQ: 0,\"F\"x1,2,3",                       NULL },
    { "^FOTADLQ: 0,F\"x,1,2",                          NULL },
    { "^FOTADLQ: 0,\"F\",5,1",                         NULL },
    { "^FOTADLQ: 0,\"F\",3,2",                         NULL },
    { "^FOTADLQ: 0,\"F\",-1,2",                        NULL },
    { "^FOTADLQ: 0,\"F\",1,-2",                        NULL },
    { "^FOTADLQ: 0,\"F\",1,2x",                        NULL },
    { "^FOTADLQ: 0,\"F\",\"1\",2",                     NULL },
    { "^FOTADLQ: 0,\"F\",1,",                          NULL },
    { "^FOTADLQ: 0,\"F\",1",                           NULL },
    { "^FOTADLQ: 65536,\"F\",1,2",                     NULL },
    { "^FOTADLQ: -1,\"F\",1,2",                        NULL },
    { "^FOTADLQ: 0,\"F,1,2",                           NULL },
    { "^FOTADLQ:",                                     NULL },
};

#define VERSION_ANSWER \
    "^VERSION:BDT:Jan 28 2026, 18:42:02\r\n" \
    "^VERSION:EXTS:1.2.5.0(SP1C02)\r\n" \
    "^VERSION:EXTH:MT5700M Ver.A\r\n" \
    "^VERSION:ROMSIZE:4Gbit\r\n" \
    "^VERSION:RDV:RELEASE"
#define VERSION_READ "1.2.5.0(SP1C02)|Jan 28 2026, 18:42:02|MT5700M Ver.A|complete"

static const Row version_rows[] = {
    { VERSION_ANSWER,                                VERSION_READ },
    { "^VERSION: EXTS : 1.2\r\r\n^VERSION: BDT: now", "1.2|now|-|complete" },
    { "^VERSION:EXTS:1.2.5.0(SP1C02)",               "1.2.5.0(SP1C02)|-|-|incomplete" },
    { "^VERSION:BDT:Jan 28 2026, 18:42:02",          "-|Jan 28 2026, 18:42:02|-|incomplete" },
    { "^VERSION: BDT:Jan 28  2026,   18:42:02",      "-|Jan 28 2026, 18:42:02|-|incomplete" },
    { "^VERSION:EXTS:\n^VERSION:BDT:now",            "-|now|-|incomplete" },
    { "^VERSION:EXTS:1.\xff\n^VERSION:BDT:now",      "-|now|-|incomplete" },
    { "^VERSION:EXTS:1.2\n^VERSION:EXTS:\x1b",       "1.2|-|-|incomplete" },
    { "^VERSION:EXTD:1\n^VERSION:INTS:2\n^VERSION:INTH:3", NULL },
    { "^VERSION:EXTSW:1.2\n^VERSION:BDT2:now\n^VERSION:EXTH", NULL },
    { "^VERSION:EXTH:MT5700M Ver.A",                 "-|-|MT5700M Ver.A|incomplete" },
    { "^VERSION:",                                   NULL },
    { "^VERSION",                                    NULL },
};

static const Row cgmr_rows[] = {
    { "V200R001C20B025",            "V200R001C20B025" },
    { "V200R001C20B005",            "V200R001C20B005" },
    { "+CGMR: V200R001C20B025",     "V200R001C20B025" },
    { "\"V200R001C20B025\"",        "V200R001C20B025" },
    { "1.2.5.0(SP1C02)",            "1.2.5.0(SP1C02)" },
    { "7",                          "7" },
    { "AT+CGMR",                    NULL },
    { "RING",                       NULL },
    { "V200 R001",                  NULL },
    { "V200\xffR001",               NULL },
    { "\"V200R001C20B025",          NULL },
    { "",                           NULL },
};

static const Row ati_rows[] = {
    { "Manufacturer: TD Tech Ltd.\r\nModel: MT5710_CN\r\nRevision: V200R001C20B025\r\nIMEI: 860000000000017\r\n+GCAP: +CGSM,+DS,+ES",
      "TD Tech Ltd.|MT5710-CN|V200R001C20B025|860000000000017" },
    { "Manufacturer: TD Tech Ltd.\r\nModel: MT5700M-CN\r\nRevision: V200R001C20B025\r\n860000000000017\r\n\r\n+GCAP: +CGSM",
      "TD Tech Ltd.|MT5700M-CN|V200R001C20B025|860000000000017" },
    { "Manufacturer: TD Tech Ltd.\r\nModel: Modem V100R100C20B563\r\nIMEI:860000000000017",
      "TD Tech Ltd.|-|V100R100C20B563|860000000000017" },
    { "Model: Modem V100R100C20B563\nRevision: V100R100C20B563SP01", "-|-|V100R100C20B563SP01|-" },
    { "Revision: V100R100C20B563SP01\nModel: Modem V100R100C20B563", "-|-|V100R100C20B563SP01|-" },
    { "Manufacturer: TD Tech Ltd.\nModel: \nIMEI: 86000000000001", "TD Tech Ltd.|-|-|-" },
    { "Manufacturer: TD Tech Ltd.\nIMEI: 8600000000000178",  "TD Tech Ltd.|-|-|-" },
    { "Manufacturer: TD Tech Ltd.\nIMEI: 86000000000001x",   "TD Tech Ltd.|-|-|-" },
    { "Model: MT5710_CN25",         "-|MT5710-CN25|-|-" },
    { "Model: Modem  V100R100C20B563", "-|-|V100R100C20B563|-" },
    { "IMEI: 860000000000017\n860000000000025", "-|-|-|860000000000025" },
    { "Model: MT\xff",              NULL },
    { "Model: Modem ",              "-|Modem|-|-" },
    { "+GCAP: +CGSM",               NULL },
    { "",                           NULL },
};

static const Row registration_rows[] = {
    { "+CEREG: 2,1,\"102F\",\"002D811F\",7",                          "home" },
    { "+C5GREG: 2,1,\"28041B\",\"00000008FE090005\",11,1,\"01\"",     "home" },
    { "+CREG: 0,1",                 "home" },
    { "+CREG: 0, 5",                "roaming" },
    { "+CEREG:0,0",                 "none" },
    { "+CEREG: 2,2",                "none" },
    { "+CEREG: 0,3",                "none" },
    { "+CEREG: 0,6",                "none" },
    { "+CEREG: 0,7",                "none" },
    { "+CEREG: 0,8",                "none" },
    { "+CEREG: 0,9",                "home" },
    { "+CEREG: 0,10",               "roaming" },
    { "+CEREG: 0,11",               "none" },
    { "+CEREG: 1",                  "home" },
    { "+CEREG: 1,\"102F\",\"002D811F\",7", "home" },
    { "+CEREG: 5,102F,002D811F,7",  "roaming" },
    { "+CEREG: 1,1029,002D811F,7",  "home" },
    { "+CEREG: 1,0001,002D811F,7",  "home" },
    { "+CEREG: 1,12,002D811F,7",    "home" },
    { "+CEREG: 11,102F,002D811F,7", "none" },
    /* What answers the query counts, whatever comes by itself after it; the last of two answers */
    { "+CEREG: 2,1\r\n+CREG: 5,\"102F\",\"002D811F\"", "home" },
    { "+CREG: 5,\"102F\",\"002D811F\"\r\n+CEREG: 2,1", "home" },
    { "+CREG: 2,1\r\n+CREG: 2,5",   "roaming" },
    { "+CEREG: 5,001,002D811F,7",   "roaming" },
    { "5,1",                        NULL },
    { "+CREGX: 0,1",                NULL },
    { "+CREG: 0\r\n+CEREG: 2,1,\"102F\",\"002D811F\",7\r\n+CREG: 2,\"1\",\"2\"", "home" },
    { "+CEREG: 12",                 NULL },
    { "+CEREG: -1,1",               NULL },
    { "+CEREG:",                    NULL },
    { "+CEREG: 2,1,\"102F",         NULL },
    { "+CGREG: 0,1",                NULL },
};

static const Row clcc_rows[] = {
    { "+CLCC: 1,0,0,0,0,\"10086\",129",                         "1" },
    { "+CLCC: 1,1,4,0,0",                                       "1" },
    { "+CLCC: 1,0,0,0,0\r\n+CLCC: 2,1,5,0,0,\"10010\",129,\"a,b\"", "2" },
    { "+CLCC: 1,0,0,1,0",                                       "0" },
    { "",                                                       "0" },
    { "\r\n \r\n",                                              "0" },
    { "^FOTASTATE: 40",                                         NULL },
    { "+CLCC: 1,0,0",                                           NULL },
    { "+CLCC: 0,0,0,0,0\r\n+CLCC: 63,0,0,0,0",                  "2" },
    { "+CLCC: 2,1,9,9,0",                                       "1" },
    { "+CLCC: 1,0,0,0",                                         "1" },
    { "+CLCC: 1,2,0,0,0",                                       NULL },
    { "+CLCC: 1,0,10,0,0",                                      NULL },
    { "+CLCC: 1,0,0,10,0",                                      NULL },
    { "+CLCC: 1,x,0,0,0",                                       NULL },
    { "+CLCC: 1,0,x,0,0",                                       NULL },
    { "+CLCC: 1,0,0,x,0",                                       NULL },
    { "+CLCC: 64,0,0,0,0",                                      NULL },
    { "+CLCC: -1,0,0,0,0",                                      NULL },
    { "+CLCC: 1,0,0,0,0,\"10",                                  NULL },
    { "+CLCC:",                                                 NULL },
};

static const Row ndisstat_rows[] = {
    { "^NDISSTAT: 1,1,,,\"IPV4\"",      "1:1,0,ipv4" },
    { "^NDISSTAT: 1,1,,,\"IPV6\"",      "1:1,0,ipv6" },
    { "^NDISSTAT:8,0,33,,\"IPV4\"",     "8:0,33,ipv4" },
    { "^NDISSTAT: 0,27,,\"IPV4\"",      "0:0,27,ipv4" },
    { "^NDISSTAT: 1,,,\"IPV4V6\"",      "0:1,0,ipv4v6" },
    { "^NDISSTAT: 2,,,IPV6",            "0:2,0,ipv6" },
    { "^NDISSTAT: 3 , , , \"IPV4\"",    "0:3,0,ipv4" },
    { "^NDISSTAT: 0",                   "0:0,0,none" },
    { "^NDISSTAT: 255,1,255,,\"IPV4\"", "255:1,255,ipv4" },
    { "^NDISSTAT: 1,1,,,\"IPV4\"\r\n^NDISSTAT: 1,0,33,,\"IPV4\"", "1:0,33,ipv4" },
    { "^NDISSTAT: 4,,,\"IPV4\"",        NULL },
    { "^NDISSTAT: 1,1,,,\"IPV4\",0,,,\"IPV6\"", NULL },
    { "^NDISSTAT: 1",                   NULL },
    { "^NDISSTAT: 0,1,,,\"IPV4\"",      NULL },
    { "^NDISSTAT: 1,4,,,\"IPV4\"",      NULL },
    { "^NDISSTAT: 256,1,,,\"IPV4\"",    NULL },
    { "^NDISSTAT: 1,1,x,,\"IPV4\"",     NULL },
    { "^NDISSTAT: 1,0,256,,\"IPV4\"",   "1:0,256,ipv4" },
    { "^NDISSTAT: 0,65535,,\"IPV4\"",   "0:0,65535,ipv4" },
    { "^NDISSTAT: 1,0,65536,,\"IPV4\"", NULL },
    { "^NDISSTAT: 1,1,,,\"IPV5\"",      NULL },
    { "^NDISSTAT: 1,1,,,\"IPV4",        NULL },
    { "^NDISSTAT: 1,1,,,",              NULL },
    { "^NDISSTAT: 1,1,,",               NULL },
    { "^NDISSTAT: 1,1",                 NULL },
    { "^NDISSTAT: -1,1,,,\"IPV4\"",     NULL },
    { "^NDISSTAT:",                     NULL },
    { "^NDISSTATQRY: 1,1,,,\"IPV4\"",   NULL },
};

static const Row ndisstatqry_rows[] = {
    { "^NDISSTATQRY: 1,1,,,\"IPV4\"",                       "1:1,0,ipv4" },
    { "^NDISSTATQRY: 1,0,,,\"IPV4\",1,,,\"IPV6\"",          "1:0,0,ipv4 1:1,0,ipv6" },
    { "^NDISSTATQRY: 0,,,\"IPV4\",1,,,\"IPV6\"",            "0:0,0,ipv4 0:1,0,ipv6" },
    { "^NDISSTATQRY: 1,,,\"IPV4\"",                         "0:1,0,ipv4" },
    { "^NDISSTATQRY: 1,1,,,\"IPV4\"\r\n^NDISSTATQRY: 2,0,,,\"IPV4\"", "1:1,0,ipv4 2:0,0,ipv4" },
    { "^NDISSTATQRY: 1,1,,,\"IPV4\"\r\n^NDISSTAT: 2,0,,,\"IPV4\"",    "1:1,0,ipv4" },
    { "^NDISSTAT: 1,,,IPV4\r\n^NDISSTAT: 0,,,IPV6",         "0:1,0,ipv4 0:0,0,ipv6" },
    { "^NDISSTATQRY: 0",                                    "0:0,0,none" },
    { "^NDISSTATQRY:",                                      "" },
    { "",                                                   "" },
    { "\r\n \r\n",                                          "" },
    { "^NDISSTATQRY: 20,1,,,\"IPV4\"\r\n^NDISSTATQRY: 21,1,,,\"IPV4\"", "20:1,0,ipv4" },
    { "^SYSINFOEX: 2,2,0,1,,11,\"NR-5GC\",111,\"NR-5GC\"",  NULL },
    { "+CSQ: 20,99",                                        NULL },
    { "^NDISSTATQRY: 1,1,,,\"IPV4\",1,,",                   NULL },
    { "^NDISSTATQRY: 1,1,,,\"IPV4\",1,,,",                  NULL },
    { "^NDISSTATQRY: 1,9,,,\"IPV4\"",                       NULL },
    { "^NDISSTATQRY: 1",                                    NULL },
    { "^NDISSTATQRY: x,1,,,\"IPV4\"",                       NULL },
    /* The default bearer's is not the host's */
    { "^NDISSTATQRY: 0,1,,,\"IPV4\"",                       "" },
    { "^NDISSTATQRY: 0,1,,,\"IPV4\",0,,,\"IPV6\"\r\n^NDISSTATQRY: 1,1,,,\"IPV4\",0,,,\"IPV6\"", "1:1,0,ipv4 1:0,0,ipv6" },
    { "^NDISSTATQRY: 0,9,,,\"IPV4\"",                       NULL },
    { "^NDISSTATQRY: 1,1,1,,,\"IPV4\"",                     NULL },
    { "^NDISSTATQRY: 1,1,,,\"IPV4\"\r\n^NDISSTATQRY: 2,1,,,\"IPV4", NULL },
    { "^NDISSTATQRY: 1,1,,,\"IPV4\",9,,,\"IPV6\"",          NULL },
    { "^NDISSTATQRY: 1,1,,,\"IPV4\"\r\n^NDISSTATQRY: x",    NULL },
    { "^NDISSTATQRY: 21,1,,,\"IPV4\"\r\n^NDISSTATQRY: 1,1,,,\"IPV4\"\r\n^NDISSTATQRY: 31,1,,,\"IPV4\"", "1:1,0,ipv4" },
    { "^NDISSTATQRY: x",                                    NULL },
};

static const Row cgdcont_rows[] = {
    { "+CGDCONT: 1,\"IP\",\"\",\"\",0,0",                   "1:ipv4," },
    { "+CGDCONT: 1,\"IP\",\"ctnet\"",                       "1:ipv4,ctnet" },
    { "+CGDCONT: 0,\"IPV4V6\",\"\",\"\",0,0,0,0\r\n"
      "+CGDCONT: 1,\"IP\",\"\",\"\",0,0,0,0\r\n"
      "+CGDCONT: 5,\"IPV4V6\",\"ims\",\"\",0,0,0,0\r\n"
      "+CGDCONT: 6,\"IPV4V6\",\"\",\"\",0,0,0,1\r\n"
      "+CGDCONT: 21,\"IPV4V6\",\"\",\"\",0,0,0,0",
      "0:ipv4v6,! 1:ipv4, 5:ipv4v6,ims 6:ipv4v6,! 21:ipv4v6,!" },
    { "+CGDCONT:20,\"IPV6\",\"a\",\"0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0\",0,0,0,0,0,0,0,0,0,0", "20:ipv6,a" },
    { "+CGDCONT: 2,\"PPP\",\"\",\"\",0,0",                  "2:none," },
    { "+CGDCONT: 255,\"IP\",\"\"",                          "255:ipv4,!" },
    { "+CGDCONT: 2,\"IP\",\"\",\"\",0,0,1,0",               "2:ipv4," },
    { "+CGDCONT: 2,\"IP\",\"\",\"\",0,0,0,255",             "2:ipv4," },
    { "+CGDCONT: 2,\"IP\",\"\",\"\",0,0,0,256",             NULL },
    /* The one has a request type, the other does not */
    { "+CGDCONT: 6,\"IP\",\"\",\"\",0,0,0,1\r\n+CGDCONT: 2,\"IP\",\"\",\"\",0,0,0", "6:ipv4,! 2:ipv4," },
    { "+CGDCONT: 2,\"IP\",\"\",\"\",0,0,,",                 "2:ipv4," },
    { "+CGDCONT:",                                          "" },
    { "",                                                   "" },
    { "+CSQ: 20,99",                                        NULL },
    { "+CGDCONT: 1,\"IP\"",                                 NULL },
    { "+CGDCONT: 1,\"IP\",\"ct",                            NULL },
    { "+CGDCONT: 1,\"IP\",c\"t",                            NULL },
    { "+CGDCONT: 256,\"IP\",\"\"",                          NULL },
    { "+CGDCONT: x,\"IP\",\"\"",                            NULL },
    { "+CGDCONT: 1,\"IP\",\"\xc3\xa9\"",                   NULL },
    { "+CGDCONT: 1,\"IP\",\"\",\"\",0,0,0,x",               NULL },
    { "+CGDCONT: 1,\"IP\",\"\"\r\n+CGDCONT: 2",            NULL },
};

static const Row setautodial_rows[] = {
    { "^SETAUTODIAL:1,2,\"IPV4V6\",\"\",\"\",\"\",0",       "on 1,2,\"IPV4V6\",\"\",\"\",\"\",0" },
    { "^SETAUTODIAL:0",                                     "off 0" },
    { "^SETAUTODIAL: 1",                                    "on 1" },
    { "^SETAUTODAIL: 1, 1, \"IP\", \"ctnet\", \"a b\", \"p,;'\\w\", 2", "on 1,1,\"IP\",\"ctnet\",\"a b\",\"p,;'\\w\",2" },
    { "^SETAUTODIAL: 1,,2",                                 "on 1,,2" },
    { "^SETAUTODIAL:0\r\n^SETAUTODIAL: 2",                  "off 0" },
    { "^SETAUTODIAL:0\r\n^SETAUTODAIL:1,2",                 "on 1,2" },
    { "1,2",                                                NULL },
    { "^SETAUTODIAL: 2",                                    NULL },
    { "^SETAUTODIAL: 1,",                                   NULL },
    { "^SETAUTODIAL: 1,2,\"IP",                             NULL },
    { "^SETAUTODIAL: 1,2,\"IP\"x",                          NULL },
    { "^SETAUTODIAL: 1,2;^RESET",                           NULL },
    { "^SETAUTODIAL: 1,\"\xc3\xa9\"",                       NULL },
    { "^SETAUTODIAL: 1,\"\t\"",                             NULL },
    { "^SETAUTODIAL:",                                      NULL },
};

static const Row sysinfoex_rows[] = {
    { "^SYSINFOEX: 2,2,0,1,,11,\"NR-5GC\",111,\"NR-5GC\"",  "5gnr" },
    { "^SYSINFOEX:2,3,0,1,,6,\"LTE\",101,\"LTE\"",          "lte" },
    { "^SYSINFOEX:2,3,0,1,,3,\"WCDMA\",41,\"HSPA+\"",       "hspa-plus" },
    { "^SYSINFOEX:2,3,0,1,,3,\"WCDMA\",42,\"DC-HSPA+\"",    "hspa-plus" },
    { "^SYSINFOEX:2,3,0,1,,3,\"WCDMA\",43,\"HSPA\"",        "hspa" },
    { "^SYSINFOEX:2,3,0,1,,3,\"WCDMA\",44,\"HSDPA\"",       "hsdpa" },
    { "^SYSINFOEX:2,3,0,1,,3,\"WCDMA\",45,\"HSUPA\"",       "hsupa" },
    { "^SYSINFOEX:2,3,0,1,,4,\"TD-SCDMA\",61,\"TD-SCDMA\"", "umts" },
    { "^SYSINFOEX:2,3,0,1,,1,\"GSM\",3,\"EDGE\"",           "edge" },
    { "^SYSINFOEX:2,3,0,1,,1,\"GSM\",2,\"GPRS\"",           "gprs" },
    { "^SYSINFOEX:2,3,0,1,,1,\"GSM\",1,\"GSM\"",            "gsm" },
    { "^SYSINFOEX:2,3,0,1,,3,\"WCDMA\",41,\"new\"",         "umts" },
    { "^SYSINFOEX:0,0,0,1,,0,\"NO SERVICE\",0,\"NO SERVICE\"", NULL },
    { "^SYSINFOEX: 2,2,0,1,,11,\"NR-5GC\",111",             NULL },
    { "^SYSINFOEX: 2,2,0,1,,11,\"NR-5GC\",111,\"NR",        NULL },
    { "^SYSINFOEX:",                                        NULL },
};

static const Row hcsq_rows[] = {
    { "^HCSQ: \"NR\",50,146,29",        "5gnr 38" },
    { "^HCSQ:\"NR\",97,146,29",         "5gnr 100" },
    { "^HCSQ:\"NR\",0,146,29",          "5gnr 0" },
    { "^HCSQ: \"LTE\",50,60,100,20",    "lte 67" },
    { "^HCSQ: \"WCDMA\",96,60,100",     "umts 100" },
    { "^HCSQ: \"GSM\",0",               "gsm 0" },
    { "^HCSQ: \"NR\",31,146,29",        "5gnr 0" },
    { "^HCSQ: \"NR\",32,146,29",        "5gnr 2" },
    { "^HCSQ: \"NR\",80,146,29",        "5gnr 98" },
    { "^HCSQ: \"NR\",81,146,29",        "5gnr 100" },
    { "^HCSQ: \"LTE\",8,60,100,20",     "lte 0" },
    { "^HCSQ: \"LTE\",9,60,100,20",     "lte 1" },
    { "^HCSQ: \"LTE\",69,60,100,20",    "lte 98" },
    { "^HCSQ: \"LTE\",70,60,100,20",    "lte 100" },
    { "^HCSQ: \"LTE\",50,60,100\r\n^HCSQ: \"NR\",50,\"29", "lte 67" },
    { "^HCSQ: \"NR\",98,146,29",        NULL },
    { "^HCSQ: \"NOSERVICE\",0",         NULL },
    { "^HCSQ: \"NR\",255,146,29",       NULL },
    { "^HCSQ: \"NR\",-1,146,29",        NULL },
    { "^HCSQ: \"NR\"",                  NULL },
    { "^HCSQ: \"NOSERVICE\"",           NULL },
    { "^HCSQ: \"NR,50",                 NULL },
};

/*****************************************************************************/
/* What holds for every parser and row */

/* Unsolicited lines of the module, at any moment, also between a command and its answer */
#define NOISE_BEFORE \
    "AT^ECHO\r\r\n\r\n+CSQ: 20, 23\r\n\r\n+CESQ: 99, 99, 255, 255, 23, 20, 255, 255, 255\r\n^RSSI: 20\r\n"
#define NOISE_AFTER \
    "\r\n\r\n+CSCON: 1, 7, 4, 0\r\n^CERSSI:-57,255,0,0,0,0,0,0,0,0,0,0,0,0\r\n^DSAMBR: 1,2\r\nRING\r\n\r\n" \
    "+CLIP: \"10086\",129\r\n^SRVST: 2\r\n^SIMST: 1\r\n^CCALLSTATE: 1,2,3\r\n^LCACELLURC: 1,2,\"x\"\r\n"

typedef struct {
    const gchar  *path;
    DescribeFunc  describe;
    const Row    *rows;
    guint         n_rows;
    gboolean      doubles;      /* the same line twice says the same */
} Parser;

#define ROWS(name) name ## _rows, G_N_ELEMENTS (name ## _rows)

static const Parser parsers[] = {
    { "fotastate",    describe_fotastate,    ROWS (fotastate),    TRUE  },
    { "fotadlq",      describe_fotadlq,      ROWS (fotadlq),      TRUE  },
    { "version",      describe_version,      ROWS (version),      TRUE  },
    { "cgmr",         describe_cgmr,         ROWS (cgmr),         TRUE  },
    { "ati",          describe_ati,          ROWS (ati),          TRUE  },
    { "registration", describe_registration, ROWS (registration), TRUE  },
    { "clcc",         describe_clcc,         ROWS (clcc),         TRUE  },
    { "ndisstat",     describe_ndisstat,     ROWS (ndisstat),     TRUE  },
    { "ndisstatqry",  describe_ndisstatqry,  ROWS (ndisstatqry),  FALSE },
    { "cgdcont",      describe_cgdcont,      ROWS (cgdcont),      FALSE },
    { "setautodial",  describe_setautodial,  ROWS (setautodial),  TRUE  },
    { "sysinfoex",    describe_sysinfoex,    ROWS (sysinfoex),    TRUE  },
    { "hcsq",         describe_hcsq,         ROWS (hcsq),         TRUE  },
};

static void
check_row (const Parser *parser,
           const gchar  *str,
           const gchar  *expected)
{
    g_autofree gchar *description = NULL;

    description = parser->describe (str);
    if (g_strcmp0 (description, expected) != 0)
        g_test_message ("in: %s", str);
    g_assert_cmpstr (description, ==, expected);
}

static void
test_rows (gconstpointer data)
{
    const Parser *parser = data;
    guint         i;

    for (i = 0; i < parser->n_rows; i++) {
        const Row        *row = &parser->rows[i];
        g_autofree gchar *ended = NULL;
        g_autofree gchar *noisy = NULL;
        g_autofree gchar *doubled = NULL;

        check_row (parser, row->str, row->expected);

        ended = g_strdup_printf ("\r\n%s\r\n\r\n", row->str);
        check_row (parser, ended, row->expected);

        /* Other lines alone are not an empty answer */
        if (row->str[strspn (row->str, "\r\n ")] != '\0') {
            noisy = g_strdup_printf ("%s%s%s", NOISE_BEFORE, row->str, NOISE_AFTER);
            check_row (parser, noisy, row->expected);
        }

        if (!parser->doubles)
            continue;
        doubled = g_strdup_printf ("%s\r\n%s", row->str, row->str);
        check_row (parser, doubled, row->expected);
    }
}

/* Truncated at every byte, at either end: a sane result, no crash, no leak */
static void
test_cuts (gconstpointer data)
{
    const Parser *parser = data;
    guint         i;

    for (i = 0; i < parser->n_rows; i++) {
        gsize len = strlen (parser->rows[i].str);
        gsize cut;

        for (cut = 0; cut < len; cut++) {
            g_autofree gchar *head = NULL;
            g_autofree gchar *head_read = NULL;
            g_autofree gchar *tail_read = NULL;

            head = g_strndup (parser->rows[i].str, cut);
            head_read = parser->describe (head);
            tail_read = parser->describe (parser->rows[i].str + cut);
        }
    }
}

/* Every byte in the place of every other */
static void
test_bytes (gconstpointer data)
{
    const Parser *parser = data;
    guint         i;

    for (i = 0; i < parser->n_rows; i++) {
        g_autofree gchar *str = NULL;
        gsize             at;

        str = g_strdup (parser->rows[i].str);
        for (at = 0; str[at]; at++) {
            gchar kept = str[at];
            guint byte;

            for (byte = 1; byte < 256; byte++) {
                g_autofree gchar *read = NULL;

                str[at] = (gchar) byte;
                read = parser->describe (str);
                g_assert_true (!read || g_utf8_validate (read, -1, NULL));
            }
            str[at] = kept;
        }
    }
}

/* The row after, within and before as much of other things as an answer may hold, 64 KiB */
static void
test_long (gconstpointer data)
{
    static const gchar fillers[] = { 'x', ',', '"', ' ', '1', '\n', (gchar) 0xff };
    const Parser      *parser = data;
    guint              i;
    guint              f;

    for (f = 0; f < G_N_ELEMENTS (fillers); f++) {
        g_autofree gchar *filler = NULL;

        filler = g_strnfill (64 * 1024, fillers[f]);
        for (i = 0; i < MIN (parser->n_rows, 3); i++) {
            g_autofree gchar *before = NULL;
            g_autofree gchar *after = NULL;
            g_autofree gchar *read = NULL;

            before = g_strdup_printf ("%s\r\n%s\r\n", filler, parser->rows[i].str);
            check_row (parser, before, parser->rows[i].expected);
            after = g_strdup_printf ("%s%s", parser->rows[i].str, filler);
            read = parser->describe (after);
            g_assert_true (!read || strlen (read) < 4096);
        }
    }
}

static void
test_null (gconstpointer data)
{
    const Parser     *parser = data;
    g_autofree gchar *of_null = NULL;
    g_autofree gchar *of_empty = NULL;

    of_null = parser->describe (NULL);
    of_empty = parser->describe ("");
    g_assert_cmpstr (of_null, ==, of_empty);
}

/*****************************************************************************/
/* ^FOTASTATE */

/* A truncated version or size is rejected */
static void
test_fotastate_cut_offer (void)
{
    gsize cut;

    for (cut = strlen ("^FOTASTATE: 12"); cut < strlen (OFFER); cut++) {
        g_autofree gchar  *str = NULL;
        g_autoptr(GError)  error = NULL;
        MMTdtechFotastate  out = { 0 };

        str = g_strndup (OFFER, cut);
        g_assert_true (mm_tdtech_parse_fotastate (str, &out, &error));
        g_assert_no_error (error);
        g_assert_cmpint (out.state, ==, MM_TDTECH_FOTASTATE_AVAILABLE);
        if (out.version)
            g_assert_cmpstr (out.version, ==, "1.3.0.0(SP1C02)");
        if (out.size)
            g_assert_cmpuint (out.size, ==, 56737228);
        if (out.description)
            g_assert_true (g_str_has_prefix (OFFER_DESCRIPTION, out.description));
        mm_tdtech_fotastate_clear (&out);
    }
}

static void
test_fotastate_last (void)
{
    g_autofree gchar *last = NULL;
    g_autofree gchar *damaged = NULL;
    g_autofree gchar *quoted = NULL;

    last = describe_fotastate ("^FOTASTATE: 11\r\n" OFFER "\r\n^FOTASTATE: 30");
    g_assert_cmpstr (last, ==, "30,0|-|0|-");
    damaged = describe_fotastate ("^FOTASTATE: 11\r\n" OFFER "\r\n^FOTASTATE: ");
    g_assert_cmpstr (damaged, ==, OFFER_READ);
    /* What the server wrote into the description is no state */
    quoted = describe_fotastate ("^FOTASTATE: 12,1.3,56,^FOTASTATE: 40");
    g_assert_cmpstr (quoted, ==, "12,0|1.3|56|^FOTASTATE: 40");
}

static void
test_fotastate_long_texts (void)
{
    g_autofree gchar *version = NULL;
    g_autofree gchar *description = NULL;
    guint             len;

    description = g_strnfill (10 * 1024, 'd');
    for (len = 1; len < 10 * 1024; len += (len < 256 ? 1 : 1000)) {
        g_autofree gchar  *str = NULL;
        g_autoptr(GError)  error = NULL;
        MMTdtechFotastate  out = { 0 };

        g_free (version);
        version = g_strnfill (len, '1');
        str = g_strdup_printf ("^FOTASTATE: 12,%s,56,%s", version, description);
        g_assert_true (mm_tdtech_parse_fotastate (str, &out, &error));
        g_assert_cmpstr (out.version, ==, len <= MM_TDTECH_VERSION_MAX ? version : NULL);
        g_assert_cmpuint (out.size, ==, 56);
        g_assert_cmpuint (strlen (out.description), ==, MM_TDTECH_DESCRIPTION_MAX);
        mm_tdtech_fotastate_clear (&out);
    }
}

/* Three bytes for each invalid one: still within the limit, still whole characters */
static void
test_fotastate_invalid_description (void)
{
    static const gchar *parts[] = { "\xff", "\xe4\xbd\xa0", "a\xe4\xbd\xa0", "\xf0\x9f\x98\x80", "\xe4\xbd" };
    guint               i;

    for (i = 0; i < G_N_ELEMENTS (parts); i++) {
        g_autoptr(GString) str = NULL;
        g_autoptr(GError)  error = NULL;
        MMTdtechFotastate  out = { 0 };

        str = g_string_new ("^FOTASTATE: 12,1.3,56,");
        while (str->len < 8 * 1024)
            g_string_append (str, parts[i]);
        g_assert_true (mm_tdtech_parse_fotastate (str->str, &out, &error));
        g_assert_cmpuint (strlen (out.description), <=, MM_TDTECH_DESCRIPTION_MAX);
        g_assert_cmpuint (strlen (out.description), >, MM_TDTECH_DESCRIPTION_MAX - 8);
        g_assert_true (g_utf8_validate (out.description, -1, NULL));
        mm_tdtech_fotastate_clear (&out);
    }
}

static void
test_fotastate_advice (void)
{
    static const struct {
        gint         state;
        guint        code;
        const gchar *word;
    } rows[] = {
        { 10, 0, "idle" },
        { 11, 0, "wait" },
        { 12, 0, "newer" },
        { 13, 13, "check the network." },
        { 13, 51, "check the URL, the port and the certificates" },
        { 13, 0, "The query failed: check the network, the URL" },
        { 13, 20, "The query failed: check the network, the URL" },
        { 14, 0, "check the files on the server" },
        { 20, 0, "check the network and the module's storage" },
        { 20, 52, "check the network and the module's storage" },
        { 30, 0, "wait" },
        { 31, 0, "resume" },
        { 40, 0, "upgrade" },
        { 50, 0, "keep it powered" },
        { 70, 0, "cause" },
        { 80, 3, "cause" },
        { 90, 0, "compare" },
        { -1, 0, "not known" },
        { 99, 7, "not known" },
    };
    guint state;
    guint code;
    guint i;

    for (i = 0; i < G_N_ELEMENTS (rows); i++)
        g_assert_nonnull (strstr (mm_tdtech_fotastate_advice (rows[i].state, rows[i].code), rows[i].word));
    for (state = 0; state < 256; state++) {
        for (code = 0; code < 256; code++)
            g_assert_true (g_str_has_suffix (mm_tdtech_fotastate_advice ((gint) state, code), "."));
    }
}

static void
test_code_string (void)
{
    static const struct {
        guint first;
        guint last;
    } known[] = { { 1, 5 }, { 11, 23 }, { 51, 52 }, { 54, 54 }, { 101, 114 }, { 151, 159 } };
    guint code;

    g_assert_null (mm_tdtech_fota_code_string (MM_TDTECH_FOTA_CODE_NONE));
    g_assert_cmpstr (mm_tdtech_fota_code_string (52), ==, "MD5 mismatch");
    g_assert_cmpstr (mm_tdtech_fota_code_string (159), ==, "cannot restore the NV");
    for (code = 0; code < 1000; code++) {
        gboolean is_known = FALSE;
        guint    i;

        for (i = 0; i < G_N_ELEMENTS (known); i++)
            is_known |= code >= known[i].first && code <= known[i].last;
        g_assert_cmpint (mm_tdtech_fota_code_string (code) != NULL, ==, is_known);
    }
}

/*****************************************************************************/
/* Versions */

static void
test_version_compare (void)
{
    static const struct {
        const gchar *a;
        const gchar *b;
        gboolean     comparable;
        gint         result;
    } rows[] = {
        { "1.2.5.0(SP1C02)", "1.2.5.0(SP1C02)", TRUE,  0 },
        { "1.2.5.0(SP1C02)", "1.2.4.0(SP2C01)", TRUE,  1 },
        { "1.2.5.0(SP1C02)", "1.2.10.0(SP1C02)", TRUE, -1 },
        { "1.2.5.0(SP1C02)", "1.2.5.0(SP2C02)", TRUE, -1 },
        { "1.2.5.0(SP1C02)", "1.2.5.0(SP1C10)", TRUE, -1 },
        { "1.2.5.0",         "1.2.5.0(SP1C02)", TRUE, -1 },
        { "1.2.6.0",         "1.2.5.0(SP1C02)", TRUE,  1 },
        { "1.02.5.0",        "1.2.5.0",         TRUE,  0 },
        { "1.0.0.0",         "1.00.0.1",        TRUE, -1 },
        { "99999999999999999999999999.0", "100000000000000000000000000.0", TRUE, -1 },
        { "V200R001C20B025", "V200R001C20B005", TRUE,  1 },
        { "V200R001C20B025", "V200R001C20B025", TRUE,  0 },
        { "V100R100C20B563", "V200R001C20B005", TRUE, -1 },
        { "1.2.5.0(SP1C02)", "V200R001C20B025", FALSE, 0 },
        { "1.2.5.0",         "1.2.5",           FALSE, 0 },
        { "1..2",            "1.3.2",           FALSE, 0 },
        { "1.2.5.0",         "1.2.5.0-rc1",     FALSE, 0 },
        { "V200R001C20B025", "V200R001D20B025", FALSE, 0 },
        { "abc",             "abc",             FALSE, 0 },
        { "",                "",                FALSE, 0 },
        { "",                "1",               FALSE, 0 },
        { NULL,              "1.2.5.0",         FALSE, 0 },
    };
    g_autofree gchar *longest = NULL;
    g_autofree gchar *too_long = NULL;
    gint              result = 77;
    guint             i;

    for (i = 0; i < G_N_ELEMENTS (rows); i++) {
        result = 77;
        g_assert_cmpint (mm_tdtech_version_compare (rows[i].a, rows[i].b, &result), ==, rows[i].comparable);
        g_assert_cmpint (result, ==, rows[i].comparable ? rows[i].result : 77);
        result = 77;
        g_assert_cmpint (mm_tdtech_version_compare (rows[i].b, rows[i].a, &result), ==, rows[i].comparable);
        g_assert_cmpint (result, ==, rows[i].comparable ? -rows[i].result : 77);
    }

    /* As long as allowed, and a place more on either side */
    longest = g_strnfill (MM_TDTECH_VERSION_MAX, '1');
    too_long = g_strnfill (MM_TDTECH_VERSION_MAX + 1, '1');
    g_assert_true (mm_tdtech_version_compare (longest, longest, &result));
    g_assert_cmpint (result, ==, 0);
    g_assert_true (mm_tdtech_version_compare (longest, "1", &result));
    g_assert_cmpint (result, ==, 1);
    g_assert_false (mm_tdtech_version_compare (too_long, "1", &result));
    g_assert_false (mm_tdtech_version_compare ("1", too_long, &result));
}

static void
test_identity_free (void)
{
    MMTdtechIdentity  *identity = g_new0 (MMTdtechIdentity, 1);
    g_autoptr(GError)  error = NULL;

    g_assert_true (mm_tdtech_parse_ati (ati_rows[0].str, identity, &error));
    mm_tdtech_identity_free (identity);
}

/*****************************************************************************/
/* The most that is read, and one more */

static void
check_most (DescribeFunc  describe,
            const gchar  *format_start,
            gsize         most,
            const gchar  *read_start)
{
    gsize n;

    for (n = most - 1; n < most + 2; n++) {
        g_autofree gchar *filler = g_strnfill (n, '1');
        g_autofree gchar *str = g_strdup_printf ("%s%s", format_start, filler);
        g_autofree gchar *expected = g_strdup_printf ("%s%s", read_start, filler);
        g_autofree gchar *read = describe (str);

        g_assert_cmpstr (read, ==, n <= most ? expected : NULL);
    }
}

static gchar *
describe_file (const gchar *str)
{
    g_autofree gchar *line = g_strdup_printf ("^FOTADLQ: 0,%s,1,2", str);

    return describe_fotadlq (line);
}

static void
test_most_texts (void)
{
    g_autofree gchar *name = g_strnfill (128, 'F');
    g_autofree gchar *longer = g_strdup_printf ("%sG", name);
    g_autofree gchar *expected = g_strdup_printf ("0|%s|1/2", name);
    g_autofree gchar *read = describe_file (name);
    g_autofree gchar *longer_read = describe_file (longer);

    check_most (describe_cgmr, "", MM_TDTECH_VERSION_MAX, "");
    check_most (describe_cgdcont, "+CGDCONT: 1,\"IP\",", 128, "1:ipv4,");
    check_most (describe_setautodial, "^SETAUTODIAL: 1,", 510, "on 1,");

    /* Names for people are cut */
    g_assert_cmpstr (read, ==, expected);
    g_assert_cmpstr (longer_read, ==, expected);
}

static void
test_most_description (void)
{
    gsize n;

    for (n = MM_TDTECH_DESCRIPTION_MAX - 1; n < MM_TDTECH_DESCRIPTION_MAX + 2; n++) {
        g_autofree gchar *filler = g_strnfill (n, 'd');
        g_autofree gchar *str = g_strdup_printf ("^FOTASTATE: 12,1.3,56,%s", filler);
        g_autofree gchar *expected = g_strdup_printf ("12,0|1.3|56|%.*s", MM_TDTECH_DESCRIPTION_MAX, filler);
        g_autofree gchar *read = describe_fotastate (str);

        g_assert_cmpstr (read, ==, expected);
    }
}

/* 32 fields of a line; 64 data sessions and PDP contexts of an answer, and a line more */
static void
test_most_fields (void)
{
    guint n;

    for (n = 30; n < 35; n++) {
        g_autoptr(GString) line = g_string_new ("^SYSINFOEX: 2,2,0,1,,11,\"NR-5GC\",111,\"NR-5GC\"");
        g_autofree gchar  *read = NULL;
        guint              i;

        for (i = 9; i < n; i++)
            g_string_append (line, ",x");
        read = describe_sysinfoex (line->str);
        g_assert_cmpstr (read, ==, n <= 32 ? "5gnr" : NULL);
    }
}

static void
test_most_lines (void)
{
    g_autoptr(GString) contexts = g_string_new (NULL);
    g_autoptr(GString) sessions = g_string_new (NULL);
    guint              n;

    for (n = 1; n < 70; n++) {
        g_autoptr(GArray) of_contexts = NULL;
        g_autoptr(GArray) of_sessions = NULL;

        g_string_append (contexts, "+CGDCONT: 1,\"IP\",\"\"\r\n");
        g_string_append (sessions, "^NDISSTATQRY: 1,1,,,\"IPV4\"\r\n");
        of_contexts = mm_tdtech_parse_cgdcont (contexts->str, NULL);
        of_sessions = mm_tdtech_parse_ndisstatqry (sessions->str, NULL);
        g_assert_cmpint (of_contexts != NULL, ==, n <= 64);
        g_assert_cmpint (of_sessions != NULL, ==, n <= 64);
        if (of_contexts)
            g_assert_cmpuint (of_contexts->len, ==, n);
        if (of_sessions)
            g_assert_cmpuint (of_sessions->len, ==, n);
    }
}

/*****************************************************************************/
/* Builders */

static void
assert_command (gchar        *command,
                GError      **error,
                const gchar  *expected)
{
    g_assert_cmpstr (command, ==, expected);
    if (expected)
        g_assert_no_error (*error);
    else
        check_refused (*error);
    g_clear_error (error);
    g_free (command);
}

static void
test_build_fota (void)
{
    GError *error = NULL;

    assert_command (mm_tdtech_build_fotamode (TRUE), &error, "^FOTAMODE=0,1,0,1");
    assert_command (mm_tdtech_build_fotamode (FALSE), &error, "^FOTAMODE=0,0,0,1");
    assert_command (mm_tdtech_build_fotaoemdl ("http://192.0.2.1:8080/fota/", &error), &error,
                    "^FOTAOEMDL=\"http://192.0.2.1:8080/fota/\"");
    assert_command (mm_tdtech_build_fotaoemdl ("http://h/\"\r\nAT^FWUP", &error), &error, NULL);
    assert_command (mm_tdtech_build_fotaoemdl (NULL, &error), &error, NULL);
}

static void
test_build_ndisdup (void)
{
    static const struct {
        guint                cid;
        const gchar         *apn;
        const gchar         *user;
        const gchar         *password;
        MMBearerAllowedAuth  auth;
        const gchar         *expected;
    } rows[] = {
        { 1, "ctnet", NULL, NULL, MM_BEARER_ALLOWED_AUTH_UNKNOWN, "^NDISDUP=1,1,\"ctnet\"" },
        { 1, "ctnet", NULL, NULL, MM_BEARER_ALLOWED_AUTH_PAP,     "^NDISDUP=1,1,\"ctnet\"" },
        { 8, NULL,    NULL, NULL, MM_BEARER_ALLOWED_AUTH_UNKNOWN, "^NDISDUP=8,1,\"\"" },
        { 1, "a.b-c_d", "u", "p", MM_BEARER_ALLOWED_AUTH_NONE,    "^NDISDUP=1,1,\"a.b-c_d\",\"u\",\"p\",0" },
        { 1, "a", "u", "p", MM_BEARER_ALLOWED_AUTH_PAP,           "^NDISDUP=1,1,\"a\",\"u\",\"p\",1" },
        { 1, "a", "u", "p", MM_BEARER_ALLOWED_AUTH_CHAP,          "^NDISDUP=1,1,\"a\",\"u\",\"p\",2" },
        { 1, "a", "u", "p", MM_BEARER_ALLOWED_AUTH_PAP | MM_BEARER_ALLOWED_AUTH_CHAP, "^NDISDUP=1,1,\"a\",\"u\",\"p\",2" },
        { 1, "a", "u", "p", MM_BEARER_ALLOWED_AUTH_NONE | MM_BEARER_ALLOWED_AUTH_PAP, "^NDISDUP=1,1,\"a\",\"u\",\"p\",1" },
        { 1, "a", "u", "p", MM_BEARER_ALLOWED_AUTH_UNKNOWN,       "^NDISDUP=1,1,\"a\",\"u\",\"p\",2" },
        { 1, "a", "u@x y", NULL, MM_BEARER_ALLOWED_AUTH_UNKNOWN,  "^NDISDUP=1,1,\"a\",\"u@x y\",\"\",2" },
        { 1, "a", NULL, "p,'#", MM_BEARER_ALLOWED_AUTH_UNKNOWN,   "^NDISDUP=1,1,\"a\",\"\",\"p,'#\",2" },
        { 1, "a", "u", "p", MM_BEARER_ALLOWED_AUTH_MSCHAPV2,      NULL },
        { 0, "a", NULL, NULL, MM_BEARER_ALLOWED_AUTH_UNKNOWN,     NULL },
        { 255, "a", NULL, NULL, MM_BEARER_ALLOWED_AUTH_UNKNOWN,   "^NDISDUP=255,1,\"a\"" },
        { 256, "a", NULL, NULL, MM_BEARER_ALLOWED_AUTH_UNKNOWN,   NULL },
    };
    GError *error = NULL;
    guint   i;

    for (i = 0; i < G_N_ELEMENTS (rows); i++) {
        gchar *command;

        command = mm_tdtech_build_ndisdup (rows[i].cid, rows[i].apn, rows[i].user, rows[i].password,
                                           rows[i].auth, &error);
        assert_command (command, &error, rows[i].expected);
    }
    assert_command (mm_tdtech_build_ndisdup_down (1), &error, "^NDISDUP=1,0");
    assert_command (mm_tdtech_build_ndisdup_up (1), &error, "^NDISDUP=1,1");
}

static void
test_build_cgdcont (void)
{
    static const struct {
        MMBearerIpFamily  family;
        const gchar      *apn;
        const gchar      *expected;
    } rows[] = {
        { MM_BEARER_IP_FAMILY_IPV4,   "ctnet", "+CGDCONT=1,\"IP\",\"ctnet\"" },
        { MM_BEARER_IP_FAMILY_IPV6,   "ctnet", "+CGDCONT=1,\"IPV6\",\"ctnet\"" },
        { MM_BEARER_IP_FAMILY_IPV4V6, "ctnet", "+CGDCONT=1,\"IPV4V6\",\"ctnet\"" },
        { MM_BEARER_IP_FAMILY_IPV4 | MM_BEARER_IP_FAMILY_IPV6, "ctnet", "+CGDCONT=1,\"IPV4V6\",\"ctnet\"" },
        { MM_BEARER_IP_FAMILY_NONE,   NULL,    "+CGDCONT=1,\"IP\",\"\"" },
        { MM_BEARER_IP_FAMILY_ANY,    "",      "+CGDCONT=1,\"IP\",\"\"" },
        { MM_BEARER_IP_FAMILY_NON_IP, "ctnet", NULL },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (rows); i++) {
        GError *error = NULL;
        gchar  *command;

        command = mm_tdtech_build_cgdcont (1, rows[i].family, rows[i].apn, &error);
        assert_command (command, &error, rows[i].expected);
    }
}

/* Every byte in every string, at its start, in the middle and at its end (I8) */
static gboolean
is_built (gchar  *command,
          GError *error)
{
    gboolean built = command != NULL;

    if (built)
        g_assert_no_error (error);
    else
        check_refused (error);
    g_free (command);
    g_clear_error (&error);
    return built;
}

static void
test_build_bytes (void)
{
    guint byte;
    guint place;

    for (byte = 1; byte < 256; byte++) {
        gboolean in_apn = (byte > 0x20 && byte < 0x7f && !strchr ("\"\\;,", (gint) byte));
        gboolean in_credential = (byte >= 0x20 && byte < 0x7f && !strchr ("\"\\;", (gint) byte));

        for (place = 0; place < 3; place++) {
            gchar   str[] = "aaa";
            GError *error = NULL;
            gchar  *command;

            str[place] = (gchar) byte;

            command = mm_tdtech_build_ndisdup (1, str, NULL, NULL, MM_BEARER_ALLOWED_AUTH_UNKNOWN, &error);
            g_assert_cmpint (is_built (command, g_steal_pointer (&error)), ==, in_apn);

            command = mm_tdtech_build_cgdcont (1, MM_BEARER_IP_FAMILY_IPV4, str, &error);
            g_assert_cmpint (is_built (command, g_steal_pointer (&error)), ==, in_apn);

            command = mm_tdtech_build_ndisdup (1, "a", str, "p", MM_BEARER_ALLOWED_AUTH_UNKNOWN, &error);
            g_assert_cmpint (is_built (command, g_steal_pointer (&error)), ==, in_credential);

            command = mm_tdtech_build_ndisdup (1, "a", "u", str, MM_BEARER_ALLOWED_AUTH_UNKNOWN, &error);
            g_assert_cmpint (is_built (command, g_steal_pointer (&error)), ==, in_credential);

            /* A damaged setting may still be valid, but must not add a second command */
            command = mm_tdtech_build_setautodial (str, &error);
            g_assert_null (command);
            g_clear_error (&error);
        }
    }
}

static void
test_build_lengths (void)
{
    guint len;

    for (len = 90; len < 300; len++) {
        g_autofree gchar *str = g_strnfill (len, 'a');
        GError           *error = NULL;
        gchar            *command;

        command = mm_tdtech_build_ndisdup (1, str, NULL, NULL, MM_BEARER_ALLOWED_AUTH_UNKNOWN, &error);
        g_assert_cmpint (is_built (command, g_steal_pointer (&error)), ==, len <= 100);
        command = mm_tdtech_build_ndisdup (1, "a", str, NULL, MM_BEARER_ALLOWED_AUTH_UNKNOWN, &error);
        g_assert_cmpint (is_built (command, g_steal_pointer (&error)), ==, len <= 255);
        command = mm_tdtech_build_ndisdup (1, "a", NULL, str, MM_BEARER_ALLOWED_AUTH_UNKNOWN, &error);
        g_assert_cmpint (is_built (command, g_steal_pointer (&error)), ==, len <= 255);
    }
}

/* Input from a file is checked like input from the module */
static void
test_build_setautodial (void)
{
    static const gchar *refused[] = {
        "", "2", "x", "1,", "1\r\nAT^FWUP", "1;^FWUP", "1,\"a\rb\"", "1,\"", "1,\"a\"b", "1,a b", "0,\xff",
    };
    g_autofree gchar *long_setting = NULL;
    GError           *error = NULL;
    guint             i;

    assert_command (mm_tdtech_build_setautodial ("0", &error), &error, "^SETAUTODIAL=0");
    assert_command (mm_tdtech_build_setautodial ("1,2,\"IPV4V6\",\"\",\"\",\"\",0", &error), &error,
                    "^SETAUTODIAL=1,2,\"IPV4V6\",\"\",\"\",\"\",0");
    for (i = 0; i < G_N_ELEMENTS (refused); i++) {
        assert_command (mm_tdtech_build_setautodial (refused[i], &error), &error, NULL);
    }
    assert_command (mm_tdtech_build_setautodial (NULL, &error), &error, NULL);

    long_setting = g_strnfill (4096, '1');
    memcpy (long_setting, "1,", 2);
    assert_command (mm_tdtech_build_setautodial (long_setting, &error), &error, NULL);
}

/*****************************************************************************/
/* TLS */

#define PEM_HEAD "-----BEGIN CERTIFICATE-----\n"

static gchar *
make_pem (gsize len)
{
    GString *pem;

    pem = g_string_new (PEM_HEAD);
    while (pem->len < len)
        g_string_append_c (pem, (gchar) ('A' + pem->len % 26));
    return g_string_free (pem, FALSE);
}

/* The pieces, put together by their numbers, are the file */
static void
check_sslmng (MMTdtechSslFile  file,
              const gchar     *store_form,
              const gchar     *load_command,
              gsize            len)
{
    g_autofree gchar  *pem = NULL;
    g_autofree gchar  *decoded = NULL;
    g_auto(GStrv)      commands = NULL;
    g_autoptr(GString) text = NULL;
    g_autoptr(GError)  error = NULL;
    gsize              decoded_len;
    guint              n_pieces;
    guint              i;

    pem = make_pem (len);
    commands = mm_tdtech_build_sslmng (file, pem, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (g_strv_length (commands), >=, 2);

    n_pieces = g_strv_length (commands) - 1;
    text = g_string_new (NULL);
    for (i = 0; i < n_pieces; i++) {
        g_autofree gchar *start = NULL;
        const gchar      *piece;

        start = g_strdup_printf ("%s,%u,%u,\"", store_form, i + 1, n_pieces);
        g_assert_true (g_str_has_prefix (commands[i], start));
        g_assert_true (g_str_has_suffix (commands[i], "\""));
        piece = commands[i] + strlen (start);
        g_assert_cmpuint (strlen (piece) - 1, >, 0);
        g_assert_cmpuint (strlen (piece) - 1, <=, 1024);
        g_string_append_len (text, piece, (gssize) strlen (piece) - 1);
    }
    g_assert_cmpstr (commands[n_pieces], ==, load_command);

    decoded = (gchar *) g_base64_decode (text->str, &decoded_len);
    g_assert_cmpmem (decoded, decoded_len, pem, strlen (pem));
}

static void
test_build_sslmng (void)
{
    static const gsize  lens[] = { 40, 766, 767, 768, 769, 1536, 1537, 3072, 32768, MM_TDTECH_PEM_MAX };
    static const gchar *refused[] = { NULL, "", "certificate" };
    g_autofree gchar   *long_pem = NULL;
    g_autoptr(GError)   error = NULL;
    guint               i;

    for (i = 0; i < G_N_ELEMENTS (lens); i++) {
        check_sslmng (MM_TDTECH_SSL_CA, "^SSLMNG=2,0,0,\"ca_cert.pem\"",
                      "^SSLMNG=2,1,2,\"ca_cert.pem\"", lens[i]);
        check_sslmng (MM_TDTECH_SSL_CERTIFICATE, "^SSLMNG=2,0,0,\"client_cert.pem\"",
                      "^SSLMNG=2,0,2,\"client_cert.pem\"", lens[i]);
        check_sslmng (MM_TDTECH_SSL_KEY, "^SSLMNG=2,0,0,\"client_key.pem\"",
                      "^SSLMNG=2,2,2,\"client_key.pem\"", lens[i]);
    }

    for (i = 0; i < G_N_ELEMENTS (refused); i++) {
        g_assert_null (mm_tdtech_build_sslmng (MM_TDTECH_SSL_CA, refused[i], &error));
        check_refused (error);
        g_clear_error (&error);
    }
    g_test_expect_message ("ModemManager", G_LOG_LEVEL_CRITICAL, "*assertion*");
    g_assert_null (mm_tdtech_build_sslmng ((MMTdtechSslFile) (MM_TDTECH_SSL_KEY + 1), PEM_HEAD, NULL));
    g_test_assert_expected_messages ();

    long_pem = make_pem (MM_TDTECH_PEM_MAX + 1);
    g_assert_null (mm_tdtech_build_sslmng (MM_TDTECH_SSL_CA, long_pem, &error));
    check_refused (error);
}

static void
test_build_sslcfg (void)
{
    GError *error = NULL;

    assert_command (mm_tdtech_build_sslcfg (0, &error), &error, "^SSLCFG=2,1,0,0");
    assert_command (mm_tdtech_build_sslcfg (1, &error), &error, "^SSLCFG=2,1,0,1");
    assert_command (mm_tdtech_build_sslcfg (2, &error), &error, "^SSLCFG=2,1,0,2");
    assert_command (mm_tdtech_build_sslcfg (3, &error), &error, NULL);
}

/*****************************************************************************/

int
main (int    argc,
      char **argv)
{
    static const struct {
        const gchar   *name;
        GTestDataFunc  test;
    } tests[] = {
        { "rows",  test_rows  },
        { "null",  test_null  },
        { "cuts",  test_cuts  },
        { "long",  test_long  },
        { "bytes", test_bytes },
    };
    guint i;
    guint t;

    setlocale (LC_ALL, "");
    g_test_init (&argc, &argv, NULL);

    g_test_add_func ("/tdtech/at/fotastate/cut-offer", test_fotastate_cut_offer);
    g_test_add_func ("/tdtech/at/fotastate/last", test_fotastate_last);
    g_test_add_func ("/tdtech/at/fotastate/long-texts", test_fotastate_long_texts);
    g_test_add_func ("/tdtech/at/fotastate/invalid-description", test_fotastate_invalid_description);
    g_test_add_func ("/tdtech/at/fotastate/advice", test_fotastate_advice);
    g_test_add_func ("/tdtech/at/fotastate/code-string", test_code_string);
    g_test_add_func ("/tdtech/at/version-compare", test_version_compare);
    g_test_add_func ("/tdtech/at/identity-free", test_identity_free);
    g_test_add_func ("/tdtech/at/most/texts", test_most_texts);
    g_test_add_func ("/tdtech/at/most/description", test_most_description);
    g_test_add_func ("/tdtech/at/most/fields", test_most_fields);
    g_test_add_func ("/tdtech/at/most/lines", test_most_lines);
    g_test_add_func ("/tdtech/at/build/fota", test_build_fota);
    g_test_add_func ("/tdtech/at/build/ndisdup", test_build_ndisdup);
    g_test_add_func ("/tdtech/at/build/cgdcont", test_build_cgdcont);
    g_test_add_func ("/tdtech/at/build/bytes", test_build_bytes);
    g_test_add_func ("/tdtech/at/build/lengths", test_build_lengths);
    g_test_add_func ("/tdtech/at/build/setautodial", test_build_setautodial);
    g_test_add_func ("/tdtech/at/build/sslmng", test_build_sslmng);
    g_test_add_func ("/tdtech/at/build/sslcfg", test_build_sslcfg);

    /* What takes long comes last */
    for (t = 0; t < G_N_ELEMENTS (tests); t++) {
        for (i = 0; i < G_N_ELEMENTS (parsers); i++) {
            g_autofree gchar *path = NULL;

            path = g_strdup_printf ("/tdtech/at/%s/%s", tests[t].name, parsers[i].path);
            g_test_add_data_func (path, &parsers[i], tests[t].test);
        }
    }

    return g_test_run ();
}

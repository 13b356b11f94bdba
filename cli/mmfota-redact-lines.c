/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-redact-lines.h"

#include <string.h>

#define PUBLIC(name)         { name, MMFOTA_REDACT_PUBLIC, MMFOTA_SECRET_OTHER }
#define HIDE(name, secret)   { name, MMFOTA_REDACT_DEFAULT, MMFOTA_SECRET_##secret }
#define CELL(name)           { name, MMFOTA_REDACT_CELL, MMFOTA_SECRET_CELL }
#define PIN(name)            { name, MMFOTA_REDACT_PIN, MMFOTA_SECRET_PIN }

/* By name of the command, which is also the name of its answers; all others are
 * MMFOTA_REDACT_DEFAULT */
static const MmfotaRedactLine lines[] = {
    PUBLIC ("^CERSSI"), PUBLIC ("^CHIPTEMP"), PUBLIC ("^CURC"), PUBLIC ("^FOTADL"), PUBLIC ("^FOTADLQ"),
    PUBLIC ("^FOTAMODE"), PUBLIC ("^FOTASTATE"), PUBLIC ("^FWUP"), PUBLIC ("^HCSQ"), PUBLIC ("^NDISSTAT"),
    PUBLIC ("^NDISSTATQRY"), PUBLIC ("^RSSI"), PUBLIC ("^SETMODE"), PUBLIC ("^SIMSQ"), PUBLIC ("^SIMST"),
    PUBLIC ("^SRVST"), PUBLIC ("^SSLCFG"), PUBLIC ("^SYSCFGEX"), PUBLIC ("^SYSINFOEX"), PUBLIC ("^TDPCIELANCFG"),
    PUBLIC ("^VERSION"), PUBLIC ("+CCLK"), PUBLIC ("+CEMODE"), PUBLIC ("+CESQ"), PUBLIC ("+CFUN"), PUBLIC ("+CGACT"),
    PUBLIC ("+CGATT"), PUBLIC ("+CGCLASS"), PUBLIC ("+CGEREP"), PUBLIC ("+CIND"), PUBLIC ("+CMEE"),
    PUBLIC ("+CMGF"), PUBLIC ("+CMTI"), PUBLIC ("+CNMI"), PUBLIC ("+CPMS"), PUBLIC ("+CRC"), PUBLIC ("+CSCON"),
    PUBLIC ("+CSCS"), PUBLIC ("+CSQ"), PUBLIC ("+CTZU"), PUBLIC ("+GCAP"), PUBLIC ("+IFC"), PUBLIC ("+WS46"),
    PUBLIC ("+CME ERROR"), PUBLIC ("+CMS ERROR"), PUBLIC ("ERROR"), PUBLIC ("&F"), PUBLIC ("&C"), PUBLIC ("&D"),
    CELL ("+C5GREG"), CELL ("+CEREG"), CELL ("+CGREG"), CELL ("+CREG"), CELL ("^LCACELLURC"), CELL ("^MONNC"),
    CELL ("^MONSC"), CELL ("^CELLINFO"), CELL ("^PDCPDATAINFO"),
    HIDE ("+CGSN", IMEI), HIDE ("+GSN", IMEI), HIDE ("IMEI", IMEI), HIDE ("^PHYNUM", IMEI),
    HIDE ("+CIMI", IMSI), HIDE ("^CIMI", IMSI),
    { "+CCID", MMFOTA_REDACT_DEFAULT, MMFOTA_SECRET_ICCID }, { "+ICCID", MMFOTA_REDACT_DEFAULT, MMFOTA_SECRET_ICCID },
    { "^ICCID", MMFOTA_REDACT_DEFAULT, MMFOTA_SECRET_ICCID },
    HIDE ("+CCFC", NUMBER), HIDE ("+CCWA", NUMBER), HIDE ("+CLCC", NUMBER), HIDE ("+CLIP", NUMBER),
    HIDE ("+CNUM", NUMBER), HIDE ("+COLP", NUMBER), HIDE ("+CPBR", NUMBER), HIDE ("+CPBW", NUMBER),
    HIDE ("+CSCA", NUMBER), HIDE ("^CLCC", NUMBER), { "D", MMFOTA_REDACT_PIN, MMFOTA_SECRET_NUMBER },
    HIDE ("^ORIG", NUMBER),
    /* What is typed in a call may be the mailbox's PIN */
    { "+VTS", MMFOTA_REDACT_ALL, MMFOTA_SECRET_NUMBER },
    /* Status words, and now and then an address */
    { "+CGEV", MMFOTA_REDACT_IDENTITY, MMFOTA_SECRET_ADDRESS },
    HIDE ("+CGCONTRDP", ADDRESS), HIDE ("+CGPADDR", ADDRESS), HIDE ("^DHCP", ADDRESS), HIDE ("^DHCPV6", ADDRESS),
    HIDE ("+COPS", NETWORK), HIDE ("+CPOL", NETWORK), HIDE ("+CSPN", NETWORK), HIDE ("^EONS", NETWORK),
    HIDE ("^SPN", NETWORK), HIDE ("+CTZV", NETWORK), HIDE ("^NWNAME", NETWORK),
    HIDE ("+CGAUTH", APN), HIDE ("+CGDCONT", APN), HIDE ("^AUTHDATA", APN), HIDE ("^DSAMBR", APN),
    HIDE ("^NDISDUP", APN), HIDE ("^SETAUTODAIL", APN), HIDE ("^SETAUTODIAL", APN), HIDE ("^IMSCTRL", APN),
    PIN ("+CLCK"), PIN ("+CPBS"), PIN ("+CPIN"), PIN ("+CPWD"), PIN ("^CPIN"), PIN ("^CARDLOCK"),
    { "+CRSM", MMFOTA_REDACT_CARD, MMFOTA_SECRET_OTHER }, { "+CSIM", MMFOTA_REDACT_CARD, MMFOTA_SECRET_OTHER },
    HIDE ("^SSLMNG", TLS),
    { "^FOTAOEMDL", MMFOTA_REDACT_URL, MMFOTA_SECRET_HOST },
    HIDE ("+CBM", SMS), HIDE ("+CDS", SMS), HIDE ("+CMGL", SMS), HIDE ("+CMGR", SMS), HIDE ("+CMGS", SMS),
    HIDE ("+CMGW", SMS), HIDE ("+CMT", SMS), HIDE ("+CUSD", SMS),
};

static const MmfotaRedactLine line_default = { NULL, MMFOTA_REDACT_DEFAULT, MMFOTA_SECRET_OTHER };
static const MmfotaRedactLine line_identity = { NULL, MMFOTA_REDACT_IDENTITY, MMFOTA_SECRET_IMEI };
static const MmfotaRedactLine line_name = { NULL, MMFOTA_REDACT_IDENTITY, MMFOTA_SECRET_OTHER };
static const MmfotaRedactLine line_public = { NULL, MMFOTA_REDACT_PUBLIC, MMFOTA_SECRET_OTHER };
static const MmfotaRedactLine line_pin = { NULL, MMFOTA_REDACT_PIN, MMFOTA_SECRET_PIN };
static const MmfotaRedactLine line_text = { NULL, MMFOTA_REDACT_ALL, MMFOTA_SECRET_SMS };
static const MmfotaRedactLine line_imsi = { NULL, MMFOTA_REDACT_ALL, MMFOTA_SECRET_IMSI };
static const MmfotaRedactLine line_imei = { NULL, MMFOTA_REDACT_ALL, MMFOTA_SECRET_IMEI };
static const MmfotaRedactLine line_all = { NULL, MMFOTA_REDACT_ALL, MMFOTA_SECRET_OTHER };

/*****************************************************************************/
/* Known words */

static const gchar *const words[] = {
    "FIRMWARE1", "FIRMWARM1", "BM", "BR", "GSM", "HEX", "IP", "IPV4", "IPV4V6", "IPV6", "IRA", "LTE", "ME",
    "MT", "NONE", "NR", "NR-5GC", "NR5G", "NULL", "ON", "PIN", "PIN2", "PUK", "PUK2", "READY", "SC", "SIM", "SM",
    "SR", "UCS2", "UTF-8", "WCDMA", "ca_cert.pem", "client_cert.pem", "client_key.pem", "ims", "unknown",
    "PF", "PN", "PU", "PP", "PC", "PS", "FD", "CS", "UTRAN", "GPRS", "EDGE", "UMTS", "NOSERVICE", "DUPLICATED",
    "Invalid", "NETWORK", "SERVICE", "COMMAND", "SUPPORT", "ERROR", "failure", "option", "cdc_ncm", "tdtech",
};

gboolean
mmfota_redact_is_public (const gchar *word,
                         gsize        length)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS (words); i++) {
        if (strlen (words[i]) == length && g_ascii_strncasecmp (words[i], word, length) == 0)
            return TRUE;
    }
    return FALSE;
}

/*****************************************************************************/
/* Lines */

static const MmfotaRedactLine *
find_name (const gchar *name,
           gsize        length)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS (lines); i++) {
        if (strlen (lines[i].name) == length && g_ascii_strncasecmp (lines[i].name, name, length) == 0)
            return &lines[i];
    }
    return &line_default;
}

static gboolean
is_text_header (const MmfotaRedactLine *rule)
{
    return rule->secret == MMFOTA_SECRET_SMS && rule->name && !g_str_equal (rule->name, "+CUSD");
}

/* A PIN that is sent, wherever it is in the line: "AT+CMEE=1;+CPIN=1234", "ATE0+CPIN=1234". Where
 * the name ends, 0 if there is none. */
static gsize
find_pin (const gchar *line,
          gsize        length)
{
    gsize at;
    guint i;

    for (at = 2; at < length; at++) {
        for (i = 0; i < G_N_ELEMENTS (lines); i++) {
            const gchar *name = lines[i].name;
            gsize        n = strlen (name);

            if (lines[i].secret == MMFOTA_SECRET_PIN && at + n <= length &&
                g_ascii_strncasecmp (line + at, name, n) == 0 && memchr (line + at, '=', length - at))
                return at + n;
        }
    }
    return 0;
}

/* "AT+CGDCONT=1,…". Several commands in a line are treated like the last one, unless another one
 * must be hidden more. */
static const MmfotaRedactLine *
find_command (MmfotaRedactContext *context,
              const gchar         *line,
              gsize                length,
              gboolean             to_module,
              gsize               *at)
{
    gsize                   begin = 2;
    gsize                   end;
    const MmfotaRedactLine *rule;

    if (to_module) {
        g_free (context->command);
        context->command = g_ascii_strup (line, (gssize) length);
        context->text = FALSE;
    }
    *at = find_pin (line, length);
    if (*at)
        return &line_pin;
    if (begin < length && (line[begin] == 'D' || line[begin] == 'd')) {
        *at = begin + 1;
        return find_name ("D", 1);
    }
    for (end = begin; end < length && line[end] != '=' && line[end] != '?' && line[end] != ';' && line[end] != '"'; end++);
    rule = find_name (line + begin, end - begin);
    if (to_module)
        context->text = is_text_header (rule);
    if (memchr (line, ';', length) && rule->style == MMFOTA_REDACT_PUBLIC)
        rule = &line_default;
    *at = end;
    if (end == length && rule == &line_default) {
        /* The longer a name that is not known, the less likely it is one */
        *at = begin;
        return length - begin > 16 ? &line_default : &line_name;
    }
    return rule;
}

static gboolean
is_final (const gchar *line,
          gsize        length)
{
    static const gchar *const finals[] = {
        "OK", "ERROR", "RING", "NO CARRIER", "NO DIALTONE", "NO ANSWER", "BUSY", "CONNECT", "COMMAND NOT SUPPORT", ">", "> ",
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (finals); i++) {
        if (strlen (finals[i]) == length && memcmp (finals[i], line, length) == 0)
            return TRUE;
    }
    return FALSE;
}

static gboolean
asks_for (MmfotaRedactContext *context,
          const gchar *const  *commands)
{
    return context->command && g_strv_contains (commands, context->command);
}

/* "SN: R28M5K1X9" */
static gboolean
is_serial_number (const gchar *line,
                  gsize        length)
{
    static const gchar *const names[] = { "SN", "S/N", "ESN", "MEID", "PSN", "SERIAL" };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (names); i++) {
        gsize n = strlen (names[i]);

        if (length > n && g_ascii_strncasecmp (names[i], line, n) == 0 && !g_ascii_isalnum (line[n]))
            return TRUE;
    }
    return FALSE;
}

static const MmfotaRedactLine *
find_bare (MmfotaRedactContext *context,
           const gchar         *line,
           gsize                length)
{
    static const gchar *const identity[] = { "ATI", "AT+CGMI", "AT+CGMM", "AT+CGMR", "AT+GMI", "AT+GMM", "AT+GMR", NULL };
    static const gchar *const imsi[] = { "AT+CIMI", NULL };
    static const gchar *const imei[] = { "AT+CGSN", "AT+GSN", NULL };

    if (context->text)
        return &line_text;
    if (asks_for (context, identity))
        return is_serial_number (line, length) ? &line_all : &line_identity;
    if (asks_for (context, imsi))
        return &line_imsi;
    if (asks_for (context, imei))
        return &line_imei;
    /* Whether it looks like the answer to ^SETMODE? */
    return length <= 1 ? &line_public : &line_all;
}

/* Neither unsolicited lines nor lines of a person's text end a command */
static void
end_command (MmfotaRedactContext *context,
             const gchar         *line)
{
    if (*line == '>' || *line == 'R')
        return;
    if (context->command)
        context->text = FALSE;
    g_clear_pointer (&context->command, g_free);
}

static gboolean
is_open_text (const MmfotaRedactLine *rule,
              const gchar            *line,
              gsize                   length)
{
    gboolean open = FALSE;
    gsize    i;

    for (i = 0; i < length; i++)
        open ^= line[i] == '"';
    return open && rule->secret == MMFOTA_SECRET_SMS;
}

/* A line of a text may look like a command */
static gboolean
is_echo (MmfotaRedactContext *context,
         const gchar         *line,
         gsize                length)
{
    return length == 2 || (context->command && strlen (context->command) == length &&
                           g_ascii_strncasecmp (context->command, line, length) == 0);
}

const MmfotaRedactLine *
mmfota_redact_find_line (MmfotaRedactContext *context,
                         const gchar         *line,
                         gsize                length,
                         gboolean             to_module,
                         gsize               *at)
{
    const MmfotaRedactLine *rule;
    gsize                   begin = 0;
    gsize                   end;

    *at = 0;
    while (begin < length && (line[begin] == '\0' || line[begin] == ' '))
        begin++;
    if (length - begin >= 2 && g_ascii_strncasecmp (line + begin, "AT", 2) == 0 && !(to_module && context->text) &&
        (to_module || !context->text || is_echo (context, line + begin, length - begin))) {
        const MmfotaRedactLine *command = find_command (context, line + begin, length - begin, to_module, at);

        *at += begin;
        return command;
    }
    if (to_module)
        return context->text ? &line_text : &line_all;
    if (is_final (line + begin, length - begin)) {
        end_command (context, line + begin);
        *at = length;
        return &line_public;
    }
    for (end = begin; end < length && line[end] != ':'; end++);
    if (end == length || end == begin || !(strchr ("+^", line[begin]) || find_name (line + begin, end - begin) != &line_default))
        return find_bare (context, line + begin, length - begin);
    /* Names are not longer than this */
    if (end - begin > 16)
        return &line_all;
    rule = find_name (line + begin, end - begin);
    /* A line of the text may look like any other */
    if (context->text && rule->style == MMFOTA_REDACT_PUBLIC)
        rule = &line_default;
    if (is_text_header (rule) || is_open_text (rule, line, length))
        context->text = TRUE;
    *at = end;
    return rule;
}

/*****************************************************************************/
/* Lines within a text: "couldn't parse '+CREG: 2,1,…': not a number" */

static const MmfotaRedactLine *
find_name_at (const gchar *text,
              gsize       *length)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS (lines); i++) {
        *length = strlen (lines[i].name);
        if (strchr ("+^", lines[i].name[0]) && lines[i].style != MMFOTA_REDACT_PUBLIC &&
            g_ascii_strncasecmp (text, lines[i].name, *length) == 0 && text[*length] && strchr (":=", text[*length]))
            return &lines[i];
    }
    return NULL;
}

const MmfotaRedactLine *
mmfota_redact_find_repeated (const gchar *text,
                             gsize       *at,
                             gsize       *end)
{
    const MmfotaRedactLine *rule = NULL;
    const gchar            *name;
    const gchar            *quote;
    gsize                   length = 0;

    for (name = strpbrk (text, "+^"); name && !(rule = find_name_at (name, &length)); name = strpbrk (name + 1, "+^"));
    if (!rule)
        return NULL;
    *at = (gsize) (name - text) + length;
    quote = name > text && name[-1] == '\'' ? strrchr (name, '\'') : NULL;
    *end = quote ? (gsize) (quote - text) : strlen (text);
    /* A person's text may continue on more lines, and contain quotes */
    return rule->secret == MMFOTA_SECRET_SMS ? &line_text : rule;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <string.h>

#include "mmfota-redact.h"
#include "mmfota-report-log.h"

static const guint8 key[] = "always the same";

/*****************************************************************************/
/* Redacting */

/* "> AT…" and "< …", a piece each; the result in the same form */
static gchar *
redact (MmfotaRedactor *redactor,
        const gchar    *session)
{
    g_auto(GStrv)        lines = g_strsplit (session, "|", -1);
    g_autoptr(GPtrArray) traffic = g_ptr_array_new_with_free_func ((GDestroyNotify) mmfota_traffic_free);
    GString             *redacted = g_string_new (NULL);
    guint                i;

    for (i = 0; lines[i]; i++)
        g_ptr_array_add (traffic, mmfota_traffic_new (i, "ttyUSB1", lines[i][0], (const guint8 *) lines[i] + 1,
                                                      strlen (lines[i]) - 1));
    mmfota_redactor_learn (redactor, traffic);
    mmfota_redactor_traffic (redactor, traffic);
    for (i = 0; i < traffic->len; i++) {
        MmfotaTraffic *piece = g_ptr_array_index (traffic, i);

        g_assert_cmpuint (piece->bytes->len, ==, strlen (lines[i]) - 1);
        g_string_append_printf (redacted, "%s%c%.*s", i ? "|" : "", piece->direction, (gint) piece->bytes->len,
                                (const gchar *) piece->bytes->data);
    }
    return g_string_free (redacted, FALSE);
}

/* What a developer has to read stays as it is, in any pieces */
static void
test_kept (void)
{
    static const gchar *const kept[] = {
        ">ATI\r|<\r\nManufacturer: TD Tech Ltd.\r\nModel: MT5700M-CN\r\nRevision: V200R001C2|<0B025\r\n\r\nOK\r\n",
        ">AT^VERSION?\r|<\r\n^VERSION:BDT:Jan 28 2026, 18:42:02\r\n^VERSION:EXTS:1.2.5.0(SP1C02)\r\n\r\nOK\r\n",
        "<\r\n^FOTASTATE: 12, 1.3.0.0(SP1C02), 56737228, 1.product_name=\"MT5700M-CN\";2.update_mode=\"0\";en-us\r\n",
        ">AT^FOTADLQ\r|<\r\n^FOTADLQ: 0,\"FIRMWARE1\",5194232,61|<29664\r\n\r\nOK\r\n",
        "<\r\n^HCSQ: \"NR\",68,211,31\r\n|<\r\n^NDISSTAT: 1,1,,,\"IPV4\"\r\n",
        ">AT^SYSCFGEX?\r|<\r\n^SYSCFGEX: \"080302\",2000000680380,1,2,1E200000095\r\n\r\nOK\r\n",
        ">AT+CSCS=\"UCS2\"\r|<\r\nERROR: DUPLICATED\r\n|<\r\nCOMMAND NOT SUPPORT\r\n|<\r\n+CME ERROR: not found\r\n",
        ">AT+CRSM=176,28589,0,0,4\r|<\r\n+CRSM: 144,0,\"00000002\"\r\n\r\nOK\r\n",
        "<\r\n+CGEV: ME PDN DEACT 1\r\n|<\r\n+CGEV: NW PDN ACT 2,1\r\n",
        ">AT^SETMODE?\r|<\r\n4\r\n\r\nOK\r\n",
        "<\r\n+CCLK: \"26/11/27,18:00:00+32\"\r\n|<\r\n+CPIN: SIM PIN\r\n|<\r\n+CGDCONT: (0-31),\"IPV4V6\",,,(0-2)\r\n",
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (kept); i++) {
        g_autoptr(MmfotaRedactor)  redactor = mmfota_redactor_new (key, sizeof key, FALSE);
        g_autofree gchar          *redacted = redact (redactor, kept[i]);

        g_assert_cmpstr (redacted, ==, kept[i]);
    }
}

/* What is taken out: '#' a digit, '@' a letter; lengths and forms stay, and it is another value */
static void
test_taken_out (void)
{
    static const struct {
        const gchar *session;
        const gchar *pattern;
    } taken[] = {
        { ">AT+CIMI\r|<\r\n460011|<357924680\r\n", ">AT+CIMI\r|<\r\n######|<#########\r\n" },
        { ">AT^NDISDUP=1,1,\"ctnet\",\"me\",\"pass\",2\r", ">AT^NDISDUP=1,1,\"@@@@@\",\"@@\",\"@@@@\",2\r" },
        { "<\r\n+CEREG: 2,1,\"102F\",\"002D811F\",7\r\n", "<\r\n+CEREG: 2,1,\"###@\",\"###@###@\",7\r\n" },
        { ">AT^FOTAOEMDL=\"http://host.example:80/fota/\"\r", ">AT^FOTAOEMDL=\"http://@@@@.@@@@@@@:80/fota/\"\r" },
        { "<\r\n+COPS: 0,0,\"CHN-UNICOM\",7\r\n", "<\r\n+COPS: 0,0,\"@@@-@@@@@@\",7\r\n" },
        { "<\r\n+CMT: \"+8613812345\",,\"\"\r\nHello you\r\n", "<\r\n+CMT: \"+##########\",,\"\"\r\n@@@@@ @@@\r\n" },
        { "<\r\nHello 1\r\n", "<\r\n@@@@@ #\r\n" },
        { "<0055\"\r\n^HCSQ: \"NR\",1\r\n", "<####\"\r\n^HCSQ: \"NR\",1\r\n" },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (taken); i++) {
        g_autoptr(MmfotaRedactor)  redactor = mmfota_redactor_new (key, sizeof key, FALSE);
        g_autofree gchar          *redacted = redact (redactor, taken[i].session);
        gsize                      j;

        g_assert_cmpuint (strlen (redacted), ==, strlen (taken[i].pattern));
        g_assert_cmpstr (redacted, !=, taken[i].session);
        for (j = 0; redacted[j]; j++) {
            gchar wanted = taken[i].pattern[j];

            if (wanted == '#' ? !g_ascii_isdigit (redacted[j]) : wanted == '@' ? !g_ascii_isalpha (redacted[j])
                                                                               : redacted[j] != wanted)
                g_error ("'%s' instead of '%s'", redacted, taken[i].pattern);
        }
    }
}

static void
test_same_value (void)
{
    g_autoptr(MmfotaRedactor)  redactor = mmfota_redactor_new (key, sizeof key, FALSE);
    g_autoptr(MmfotaRedactor)  other = mmfota_redactor_new (key, 5, FALSE);
    g_autofree gchar          *imsi = NULL;
    g_autofree gchar          *code = NULL;
    g_autofree gchar          *iccid = NULL;
    g_autofree gchar          *raw = NULL;
    g_autofree gchar          *text = NULL;
    g_autofree gchar          *elsewhere = NULL;
    g_autofree gchar          *number = NULL;
    g_autofree gchar          *plain = NULL;
    guint                      i;

    mmfota_redactor_add (redactor, MMFOTA_SECRET_NETWORK, "46001");
    mmfota_redactor_add (redactor, MMFOTA_SECRET_IMSI, "460011357924680");
    mmfota_redactor_add (redactor, MMFOTA_SECRET_ICCID, "89860198765432109876");
    code = mmfota_redactor_value (redactor, MMFOTA_SECRET_NETWORK, "46001");
    imsi = mmfota_redactor_value (redactor, MMFOTA_SECRET_IMSI, "460011357924680");
    iccid = mmfota_redactor_value (redactor, MMFOTA_SECRET_ICCID, "89860198765432109876");
    g_assert_true (g_str_has_prefix (imsi, code));
    g_assert_true (g_str_has_prefix (iccid, "89"));
    /* As the card has it */
    raw = redact (redactor, "<\r\n+CRSM: 144,0,\"98681089674523018967\"\r\n");
    for (i = 0; i < 20; i++)
        g_assert_cmpint (raw[strlen ("<\r\n+CRSM: 144,0,\"") + i], ==, iccid[i ^ 1]);
    text = mmfota_redactor_text (redactor, "the card 89860198765432109876 of 460011357924680 at 10.29.57.54");
    g_assert_nonnull (strstr (text, iccid));
    g_assert_nonnull (strstr (text, imsi));
    g_assert_null (strstr (text, "10.29"));
    mmfota_redactor_add (redactor, MMFOTA_SECRET_NUMBER, "+8613912345678");
    number = mmfota_redactor_value (redactor, MMFOTA_SECRET_NUMBER, "+8613912345678");
    plain = redact (redactor, "<\r\n+CNUM: \"\",\"8613912345678\",145\r\n");
    g_assert_nonnull (strstr (plain, number + 1));
    /* In the next report it is another one */
    elsewhere = mmfota_redactor_value (other, MMFOTA_SECRET_IMSI, "460011357924680");
    g_assert_cmpstr (elsewhere, !=, imsi);
}

/* Whatever somebody may try to get one past it: what is known, the session, and what must not be told */
static void
test_attacks (void)
{
    static const struct {
        MmfotaSecret secret;
        const gchar *known;
        const gchar *session;
        const gchar *untold;
    } attacks[] = {
        /* Several commands in a line, and names in other forms */
        { 0, NULL, ">AT+CMEE=1;+CPIN=4711\r", "4711" },
        { 0, NULL, ">ATE0+CPIN=4711\r", "4711" },
        { 0, NULL, ">at +cpin=4711\r", "4711" },
        { 0, NULL, ">AT+CPIN2=4711\r|<AT+CPIN2=47|<11\r\r\nOK\r\n", "4711" },
        { 0, NULL, ">AT+CMEE=1;+CLCK=\"SC\",0,\"4711\"\r", "4711" },
        { 0, NULL, ">AT+VTS=4\r", "VTS=4\r" },
        /* Lines of a text that look like others, and the lines behind them */
        { 0, NULL, ">ATI\r|<\r\n+CMT: \"+8613700001111\",,\"26\"\r\nOK\r\nMeet Alice\r\n", "Alice" },
        { 0, NULL, ">ATI\r|<\r\n+CMT: \"+8613700001111\",,\"26\"\r\nRING\r\nMeet Alice\r\n", "Alice" },
        { 0, NULL, "<\r\n+CMT: \"+8613700001111\",,\"26\"\r\n^HCSQ: meet Alice\r\n", "Alice" },
        { 0, NULL, "<\r\n+CMT: \"+8613700001111\",,\"26\"\r\n^HCSQ: one\r\nOK\r\n^RSSI: Alice too\r\n", "Alice" },
        { 0, NULL, ">ATI\r|<\r\n+CUSD: 0,\"Your balance\r\nis 42 yuan, Alice\",15\r\n", "Alice" },
        { 0, NULL, ">ATI\r|<\r\nOK\r\n|<\r\nAlice\r\n", "Alice" },
        /* Addresses where words are told */
        { 0, NULL, "<\r\n+CGEV: NW DEACT \"IP\",\"10.29.57.54\",1\r\n", "10.29.57.54" },
        { 0, NULL, "<\r\n+CGEV: NW DEACT IP,10.29.57.54,1\r\n", "10.29.57.54" },
        { 0, NULL, "<\r\n+CGEV: NW DEACT \"IPV6\",\"32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.77\",1\r\n", "32.1.13.184" },
        { 0, NULL, "<\r\n^NDISSTAT: 1,1,,,\"10.29.57.54\"\r\n", "10.29.57.54" },
        /* A known value in another case, or as UCS2, in pieces, with noise within */
        { MMFOTA_SECRET_APN, "private.apn", "<\r\n^NDISSTAT: PRIVATE|<.APN\r\n", "PRIVATE.APN" },
        { MMFOTA_SECRET_APN, "Private.Apn", "<\r\n^HCSQ: pri|<vate.apn\r\n", "private.apn" },
        { MMFOTA_SECRET_NETWORK, "SECRET-MOBILE", "<\r\n^RSSI: Secret-|<Mobile\r\n", "Secret-Mobile" },
        { MMFOTA_SECRET_NETWORK, "Secret", "<\r\n^RSSI: x00530065006|<3007200650074\r\n", "005300650063" },
        { MMFOTA_SECRET_NETWORK, "kj", "<\r\n+COPS: 0,0,\"006b|<006a\",7\r\n", "006b006a" },
        { MMFOTA_SECRET_NETWORK, "Lone Mobile", "<\r\n^RSSI: \"004c006f006e0065|<0020004d006f00620069006c0065\"\r\n", "004c006f006e0065" },
        { MMFOTA_SECRET_APN, "jklmnop.qr", "<\r\n^HCSQ: JKLM|<NOP.QR\r\n", "JKLMNOP" },
        /* Folders of URLs */
        { 0, NULL, ">AT^FOTAOEMDL=\"http://h.example/13987654321/full/\"\r", "13987654321" },
        { 0, NULL, ">AT^FOTAOEMDL=\"http://h.example/139-8765-4321/\"\r", "8765" },
        { 0, NULL, ">AT^FOTAOEMDL=\"http://h.example/0a1b2c3d4e5f60718293/\"\r", "0a1b2c3d4e5f" },
        { 0, NULL, ">AT^FOTAOEMDL=\"HTTP://me:pa/ss@secret.host/\"\r", "secret.host" },
        { 0, NULL, ">AT^FOTAOEMDL=\"http://h.example/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9/\"\r", "4e5f" },
        { 0, NULL, ">AT^FOTAOEMDL=\"http://h.example/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.sig-ab/\"\r", "eyJzdWIi" },
        { 0, NULL, ">AT^FOTAOEMDL=\"http://h.example/8fj2Kd9sQ/full/\"\r", "8fj2Kd9sQ" },
        { 0, NULL, ">AT^FOTAOEMDL=\"http://h.example/full;token=abcd/\"\r", "abcd" },
        { 0, NULL, ">AT^FOTAOEMDL=\"http://h.example/full%3Ftoken%3Dabcd/\"\r", "abcd" },
        /* URLs and addresses in lines whose other words are told */
        { 0, NULL, "<\r\n^FOTADLQ: 0,\"http://secret.ho|<st.example/x/full.bin\",5194232,61\r\n", "secret.host" },
        { 0, NULL, "<\r\n^NDISSTAT: 1,1,,,\"2001:db8::77\"\r\n", "2001:db8" },
        { 0, NULL, "<\r\n^NDISSTATQRY: 1,1,,,\"IPV6\",2001:db8|<:0:1::77\r\n", "2001:db8" },
        { 0, NULL, "<\r\n^TDPCIELANCFG: 1,\"02:1e:10:1f:00:01\"\r\n", "1e:10:1f" },
        { 0, NULL, "<\r\n+CGEV: ME PDN ACT 1,0,\"private.apn\"\r\n", "private" },
        /* Lines of a text that look like commands, numbers of the device, an operator's code in a file, a password */
        { 0, NULL, ">ATI\r|<\r\n+CMT: \"+8613700001111\",,\"26\"\r\nAT+meet Alice\r\n", "Alice" },
        { 0, NULL, "<\r\n+CMT: \"+8613700001111\",,\"26\"\r\nAT^meet Bob\r\n", "Bob" },
        { 0, NULL, ">ATI\r|<\r\nManufacturer: TD Tech\r\nSN: R28M5K1X9\r\n\r\nOK\r\n", "R28M5K1X9" },
        { 0, NULL, ">AT+CRSM=176,28512,0,0,5\r|<\r\n+CRSM: 144,0,\"64F0100000\"\r\n\r\nOK\r\n", "64F010" },
        { 0, NULL, ">AT+CPBS=\"SM\",4711\r", "4711" },
        /* A part of a known value may be one by its form */
        { MMFOTA_SECRET_NETWORK, "Lone 54321 Mobile", "<\r\n^HCSQ: Lone 54321 Mob|<ile\r\n", "Mobile" },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (attacks); i++) {
        g_autoptr(MmfotaRedactor)  redactor = mmfota_redactor_new (key, sizeof key, FALSE);
        g_autofree gchar          *redacted = NULL;
        g_auto(GStrv)              pieces = NULL;
        g_autofree gchar          *whole = NULL;

        if (attacks[i].known)
            mmfota_redactor_add (redactor, attacks[i].secret, attacks[i].known);
        redacted = redact (redactor, attacks[i].session);
        pieces = g_strsplit (redacted, "|<", -1);
        whole = g_strjoinv ("", pieces);
        if (strstr (whole, attacks[i].untold))
            g_error ("'%s' got past in '%s'", attacks[i].untold, whole);
    }
}

/* A NUL in its middle is noise of the port */
static void
test_cut_by_nul (void)
{
    static const gchar         noisy[] = "\r\n^NDISSTAT: 1,8667\0" "77059876543\r\n";
    g_autoptr(MmfotaRedactor)  redactor = mmfota_redactor_new (key, sizeof key, FALSE);
    g_autoptr(GPtrArray)       traffic = g_ptr_array_new_with_free_func ((GDestroyNotify) mmfota_traffic_free);
    MmfotaTraffic             *piece = mmfota_traffic_new (0, "ttyUSB1", '<', (const guint8 *) noisy, sizeof noisy - 1);

    g_ptr_array_add (traffic, piece);
    mmfota_redactor_learn (redactor, traffic);
    mmfota_redactor_traffic (redactor, traffic);
    g_assert_cmpuint (piece->bytes->len, ==, sizeof noisy - 1);
    g_assert_null (memmem (piece->bytes->data, piece->bytes->len, "77059876543", 11));
    g_assert_nonnull (memmem (piece->bytes->data, piece->bytes->len, "\0", 1));
}

/* Warnings, udev's properties, names of ports and files, descriptions */
static void
test_texts (void)
{
    static const struct {
        const gchar *text;
        const gchar *untold;
    } texts[] = {
        { "INTERFACE=wwx0a1b2c3d4e5f", "0a1b2c3d4e5f" },
        { "INTERFACE=enx001e101f0000", "001e101f" },
        { "ModemManager's log file '/home/alice/mm.log' can't be read", "alice" },
        { "call from 139-8765-4321 refused", "8765" },
        { "the key is TUlJQnhUQ0NBV3VnQXdJQkFnSVU3", "TUlJQnhUQ0NBV3" },
        { "couldn't reach SECRET.host.Example", "host" },
        { "IMEI 86-677705-987654-3", "677705" },
        { "name 4E2D56FD79FB52A8 of the network", "4E2D56FD" },
        { "at 2001:db8::77 or 02:1e:10:1f:00:01", "2001:db8" },
        { "the device 02-1e-10-1f-0a-01", "1e-10" },
        { "the device 021e.101f.0a01", "101f" },
        { "connection 0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9", "4e5f" },
        { "with eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.sig-ab", "eyJzdWIi" },
        { "from 10.29.57.54-10.29.57.99", "10.29" },
        { "call from +86 139 8765 4321 refused", "8765" },
        { "call from 139.8765.4321 refused", "8765" },
        { "ModemManager's log file '/run/media/alice/mm.log' can't be read", "alice" },
        { "the user somebody54321@isp.example is unknown", "isp.example" },
        { "couldn't connect apn54321.private.example", "private" },
        { "apn is 'private.apn54321'", "private.apn" },
        /* What ModemManager says of answers that it can't read */
        { "couldn't load: Unknown registration status response: '+CREG: 2,1,\"1A2F\",\"2D811F\"'", "1A2F" },
        { "Unknown registration status response: '+CREG: 2,1,\"1A2F\",\"2D811F\"'", "2D811F" },
        { "couldn't parse '+COPS: 0,0,\"Some Mobile\",7'", "Some" },
        { "Invalid USSD message received: '+CUSD: 0,\"Your balance is 42\",15'", "balance" },
        { "Error parsing +CMGL response: '+CMGL: 1,1,,24\r\nIt's Alice'", "Alice" },
        { "couldn't send 'AT+CPIN=\"4711\"'", "4711" },
    };
    g_autoptr(MmfotaRedactor)  redactor = mmfota_redactor_new (key, sizeof key, FALSE);
    g_autofree gchar          *url = NULL;
    g_autofree gchar          *one = NULL;
    g_autofree gchar          *two = NULL;
    g_autofree gchar          *kept = NULL;
    g_autofree gchar          *error = NULL;
    guint                      i;

    mmfota_redactor_learn_text (redactor, "http://secret.host.example:8080/fota/");
    mmfota_redactor_add (redactor, MMFOTA_SECRET_APN, "somebody54321@isp.example");
    mmfota_redactor_add (redactor, MMFOTA_SECRET_APN, "apn54321.private.example");
    mmfota_redactor_add (redactor, MMFOTA_SECRET_APN, "private.apn54321");
    for (i = 0; i < G_N_ELEMENTS (texts); i++) {
        g_autofree gchar *redacted = mmfota_redactor_text (redactor, texts[i].text);

        if (strstr (redacted, texts[i].untold))
            g_error ("'%s' got past in '%s'", texts[i].untold, redacted);
    }
    /* A text or a password that looks like a URL is none */
    url = mmfota_redactor_value (redactor, MMFOTA_SECRET_SMS, "http://a.b/meet/Alice");
    g_assert_null (strstr (url, "Alice"));
    /* The same value in another case has the same substitute */
    one = mmfota_redactor_text (redactor, "secret.host.example");
    two = mmfota_redactor_text (redactor, "SECRET.HOST.EXAMPLE");
    g_assert_cmpint (g_ascii_strcasecmp (one, two), ==, 0);
    g_assert_cmpstr (one, !=, two);
    kept = mmfota_redactor_text (redactor, "couldn't load SupportedIpFamilies: V200R001C20B025 at /mt5700/full/, 1.3.0.0(SP1C02), wwan0");
    g_assert_cmpstr (kept, ==, "couldn't load SupportedIpFamilies: V200R001C20B025 at /mt5700/full/, 1.3.0.0(SP1C02), wwan0");
    error = mmfota_redactor_text (redactor, "Failed to parse '+CREG: 2,9': unknown state, '^HCSQ: \"NR\",68', '+CME ERROR: 30'");
    g_assert_cmpstr (error, ==, "Failed to parse '+CREG: 2,9': unknown state, '^HCSQ: \"NR\",68', '+CME ERROR: 30'");
}

/* ModemManager must be able to read what stands for an address */
static void
test_addresses (void)
{
    static const gchar *const forms[] = { "2001:db8:0:1::77", "fe80::1", "02:1e:10:1f:00:01", "02-1E-10-1F-0A-01" };
    g_autoptr(MmfotaRedactor) redactor = mmfota_redactor_new (key, sizeof key, FALSE);
    guint                     i;
    guint                     j;

    for (i = 0; i < G_N_ELEMENTS (forms); i++) {
        g_autofree gchar *text = mmfota_redactor_text (redactor, forms[i]);
        g_autofree gchar *value = mmfota_redactor_value (redactor, MMFOTA_SECRET_ADDRESS, forms[i]);

        g_assert_cmpstr (text, !=, forms[i]);
        g_assert_cmpstr (text, ==, value);
        for (j = 0; forms[i][j]; j++)
            g_assert_cmpint (g_ascii_isxdigit (forms[i][j]) ? g_ascii_isxdigit (text[j]) : text[j] == forms[i][j], !=, FALSE);
    }
}

static void
test_hosts (void)
{
    g_autoptr(MmfotaRedactor)  redactor = mmfota_redactor_new (key, sizeof key, TRUE);
    g_autofree gchar          *kept = mmfota_redactor_text (redactor, "from http://fota.example:8080/x/ it came");
    g_autofree gchar          *user = mmfota_redactor_text (redactor, "from http://me:word@fota.example/x/");

    g_assert_cmpstr (kept, ==, "from http://fota.example:8080/x/ it came");
    g_assert_null (strstr (user, "word"));
    g_assert_nonnull (strstr (user, "@fota.example/x/"));
}

/*****************************************************************************/
/* ModemManager's log */

static void
test_log (void)
{
    static const struct {
        const gchar *line;
        gint64       time;
        const gchar *port;
        gchar        direction;
        const gchar *bytes;
    } lines[] = {
        { "<debug> [1795803750.800730] [ttyUSB1/at] --> 'ATI<CR>'", 1795803750800730, "ttyUSB1", '>', "\"ATI\\r\"" },
        { "[modem0/ttyUSB12/at] <-- '<CR><LF>OK<CR><LF>'", -1, "ttyUSB12", '<', "\"\\r\\nOK\\r\\n\"" },
        { "<dbg> [modem0/ttyUSB1/at] <-- 'a'b\\0\\26\\255\"\\1012'", -1, "ttyUSB1", '<',
          "\"a'b\\x00\\x1a\\xff\\\"\\x0a12\"" },
        { "<debug> [ttyUSB1/at] opening serial port...", -1, "ttyUSB1", 'o', "\"\"" },
        { "<debug> [ttyUSB1/at] serial port closed", -1, "ttyUSB1", 'c', "\"\"" },
        { "<debug> [ttyUSB1/qcdm] --> 'ATI<CR>'", -1, NULL },
        { "<debug> [modem0] state changed", -1, NULL },
        { "", -1, NULL },
        { "[", -1, NULL },
        { "[/at] --> '", -1, NULL },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (lines); i++) {
        g_autoptr(MmfotaLogLine)  line = mmfota_log_line_parse (lines[i].line);
        MmfotaTraffic            *traffic = mmfota_log_line_to_traffic (line);
        g_autofree gchar         *bytes = NULL;

        g_assert_cmpint (line->time, ==, lines[i].time);
        if (!lines[i].port) {
            g_assert_null (traffic);
            continue;
        }
        g_assert_nonnull (traffic);
        bytes = mmfota_report_escape (traffic->bytes->data, traffic->bytes->len);
        g_assert_cmpstr (traffic->port, ==, lines[i].port);
        g_assert_cmpint (traffic->direction, ==, lines[i].direction);
        if (i != 2)
            g_assert_cmpstr (bytes, ==, lines[i].bytes);
        else
            g_assert_true (g_str_has_prefix (bytes, "\"a'b\\x00\\x1a\\xff\\\""));
        mmfota_traffic_free (traffic);
    }
}

static void
test_level (void)
{
    g_autoptr(MmfotaLogLine)  told = mmfota_log_line_parse ("<info>  [1.5] [base-manager] logging: level 'ERR'");
    g_autoptr(MmfotaLogLine)  none = mmfota_log_line_parse ("<wrn> [1.5] something else");
    g_autofree gchar         *level = mmfota_log_line_dup_level (told);
    g_autofree gchar         *no_level = mmfota_log_line_dup_level (none);

    g_assert_cmpstr (level, ==, "ERR");
    g_assert_null (no_level);
    g_assert_false (told->warning);
    g_assert_true (none->warning);
}

gint
main (gint    argc,
      gchar **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/mmfota/report/kept", test_kept);
    g_test_add_func ("/mmfota/report/taken-out", test_taken_out);
    g_test_add_func ("/mmfota/report/same-value", test_same_value);
    g_test_add_func ("/mmfota/report/attacks", test_attacks);
    g_test_add_func ("/mmfota/report/cut-by-nul", test_cut_by_nul);
    g_test_add_func ("/mmfota/report/texts", test_texts);
    g_test_add_func ("/mmfota/report/addresses", test_addresses);
    g_test_add_func ("/mmfota/report/hosts", test_hosts);
    g_test_add_func ("/mmfota/report/log", test_log);
    g_test_add_func ("/mmfota/report/level", test_level);
    return g_test_run ();
}

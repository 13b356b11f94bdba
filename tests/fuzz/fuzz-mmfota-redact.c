/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/* A secret of each kind, in the middle of whatever else went over the port, in pieces: tries to get one past the redactor */

#include "fuzz.h"
#include "mmfota-redact.h"
#include "mmfota-report-log.h"

static const struct {
    const gchar *command; /* what it is the answer to; NULL: it comes by itself */
    const gchar *line;
    const gchar *secret;
} planted[] = {
    { "AT+CIMI", "460019876543210", "460019876543210" },
    { "AT+CGSN", "866777059876543", "866777059876543" },
    { "ATI", "IMEI: 866777059876543", "866777059876543" },
    { NULL, "^ICCID: 89860198765432109876", "8601987654321098" },
    { NULL, "+CRSM: 144,0,\"98681089674523018967\"", "681089674523018967" },
    { NULL, "+CLIP: \"+8613987654321\",145", "13987654321" },
    { NULL, "+CEREG: 2,1,\"1A2F\",\"0D2D8E1F\",7", "0D2D8E1F" },
    { NULL, "^MONSC: NR,504990,0,460,77,1A2B3C4D5,1F3,2D4E5F,-73", "1A2B3C4D5" },
    { NULL, "+CGPADDR: 1,\"10.29.57.54\"", "10.29.57.54" },
    { NULL, "+CGPADDR: 1,32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.77", "32.1.13.184" },
    { NULL, "^DHCP: 930E790A,000000FF,0100000A", "930E790A" },
    { NULL, "+COPS: 0,0,\"SECRET-MOBILE\",7", "SECRET-MOBILE" },
    { NULL, "+CGDCONT: 1,\"IP\",\"private.apn.example\",\"\",0,0", "private.apn" },
    { NULL, "^NDISSTAT: 1,1,,,\"IPV4\",866777059876543", "866777059876543" },
    { NULL, "+CMT: \"+8613700001111\",,\"26/11/27\"\r\nMeet Alice at the harbour", "Alice" },
    { NULL, "+CUSD: 0,\"Your balance is 42 yuan\",15", "balance" },
    { NULL, "+CPBR: 1,\"13711112222\",129,\"Somebody\"", "Somebody" },
};

static const struct {
    const gchar *line;
    const gchar *secret;
} sent[] = {
    { "AT^NDISDUP=1,1,\"private.apn\",\"somebody\",\"hunter2.horse\",2", "hunter2.horse" },
    { "AT+CGDCONT=1,\"IP\",\"private.apn\"", "private.apn" },
    { "AT+CPIN=\"4711\"", "4711" },
    { "AT+CPIN=4711", "4711" },
    { "ATD13987654321;", "13987654321" },
    { "AT^FOTAOEMDL=\"http://user:word@secret.host.example:8080/fota/\"", "secret.host" },
    { "AT^SSLMNG=2,0,0,\"ca_cert.pem\",1,4,\"TUlJQnhUQ0NBV3VnQXdJQkFnSVU=\"", "TUlJQnhUQ0NBV3VnQXdJQkFnSVU" },
    { "AT+CMGS=\"+8613500001234\"\rDo not tell Alice\032", "Alice" },
    { "AT+CMGS=30\r0011000B913185000021F30000AA0AE8329BFD4697D9EC37\032", "E8329BFD4697" },
};

static void
add (GPtrArray    *traffic,
     gchar         direction,
     const guint8 *data,
     gsize         length,
     gsize         piece)
{
    gsize at;

    for (at = 0; at < length; at += piece)
        g_ptr_array_add (traffic, mmfota_traffic_new ((gint64) traffic->len, "ttyUSB1", direction, data + at,
                                                      MIN (piece, length - at)));
}

static gboolean
is_told (GPtrArray   *traffic,
         const gchar *secret)
{
    g_autoptr(GString) all = g_string_new (NULL);
    guint              direction;
    guint              i;

    for (direction = 0; direction < 2; direction++) {
        g_string_truncate (all, 0);
        for (i = 0; i < traffic->len; i++) {
            MmfotaTraffic *piece = g_ptr_array_index (traffic, i);

            if (piece->direction == "<>"[direction])
                g_string_append_len (all, (const gchar *) piece->bytes->data, (gssize) piece->bytes->len);
        }
        if (memmem (all->str, all->len, secret, strlen (secret)))
            return TRUE;
    }
    return FALSE;
}

/* Noise that says the secret by itself, by chance or since the fuzzer learned it, is nobody's */
static gboolean
says (const guint8 *data,
      gsize         size,
      const gchar  *secret)
{
    return memmem (data, size, secret, strlen (secret)) != NULL;
}

/* Whether the secret of this input is told when it is redacted with that key */
static gboolean
gets_past (const guint8 *data,
           gsize         size,
           const gchar  *key)
{
    g_autoptr(MmfotaRedactor)  redactor = mmfota_redactor_new ((const guint8 *) key, strlen (key), FALSE);
    g_autoptr(GPtrArray)       traffic = g_ptr_array_new_with_free_func ((GDestroyNotify) mmfota_traffic_free);
    g_autofree gchar          *line = NULL;
    gboolean                   to_module = data[0] & 1;
    guint                      which = data[1] % (to_module ? G_N_ELEMENTS (sent) : G_N_ELEMENTS (planted));
    const gchar               *secret = to_module ? sent[which].secret : planted[which].secret;

    add (traffic, '<', data + 3, size - 3, 1 + data[2] % 64);
    if (to_module) {
        line = g_strdup_printf ("%s\r", sent[which].line);
        add (traffic, '>', (const guint8 *) line, strlen (line), 1 + data[2] % 7);
    } else {
        if (planted[which].command) {
            g_autofree gchar *command = g_strdup_printf ("%s\r", planted[which].command);

            add (traffic, '>', (const guint8 *) command, strlen (command), 100);
        }
        line = g_strdup_printf ("\r\n%s\r\n", planted[which].line);
        add (traffic, '<', (const guint8 *) line, strlen (line), 1 + data[2] % 7);
    }
    add (traffic, '<', data + 3, size - 3, 1 + data[2] % 11);

    mmfota_redactor_learn (redactor, traffic);
    mmfota_redactor_traffic (redactor, traffic);
    return !says (data, size, secret) && is_told (traffic, secret);
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        size_t        size)
{
    /* A substitute may have a short secret's digits in it by chance, but not with each key */
    static const gchar *const  keys[] = { "a key that is always the same", "another", "a third" };
    g_autoptr(MmfotaRedactor)  redactor = NULL;
    g_autoptr(MmfotaLogLine)   log_line = NULL;
    g_autofree gchar          *noise = NULL;
    g_autofree gchar          *text = NULL;
    MmfotaTraffic             *piece;
    guint                      i;

    if (size < 3)
        return 0;
    for (i = 0; i < G_N_ELEMENTS (keys) && gets_past (data, size, keys[i]); i++);
    if (i == G_N_ELEMENTS (keys))
        g_error ("a secret got past, input %d of kind %d", data[1], data[0] & 1);

    /* The rest only must not fall over */
    redactor = mmfota_redactor_new ((const guint8 *) keys[0], strlen (keys[0]), FALSE);
    noise = fuzz_string (data + 3, size - 3);
    text = mmfota_redactor_text (redactor, noise);
    g_assert_cmpuint (strlen (text), ==, strlen (noise));
    log_line = mmfota_log_line_parse (noise);
    piece = mmfota_log_line_to_traffic (log_line);
    g_clear_pointer (&piece, mmfota_traffic_free);
    return 0;
}

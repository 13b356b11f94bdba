/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <stdarg.h>
#include <string.h>

#include <libmm-glib.h>

#include "mm-tdtech-fota-options.h"

static const MMTdtechFotaVerb verbs[] = {
    MM_TDTECH_FOTA_VERB_CHECK, MM_TDTECH_FOTA_VERB_DOWNLOAD, MM_TDTECH_FOTA_VERB_RESUME, MM_TDTECH_FOTA_VERB_UPGRADE,
};

/*****************************************************************************/
/* Checks */

static MMTdtechFotaOptions *
options_new (MMTdtechFotaVerb   verb,
             GVariant          *dictionary,
             GError           **error)
{
    g_autoptr(GVariant) sunk = g_variant_take_ref (dictionary);

    return mm_tdtech_fota_options_new (verb, sunk, error);
}

/* @text: in GVariant's text format */
static GVariant *
parse (const gchar *text)
{
    g_autoptr(GError)  error = NULL;
    GVariant          *dictionary;

    dictionary = g_variant_parse (G_VARIANT_TYPE_VARDICT, text, NULL, NULL, &error);
    g_assert_no_error (error);
    return dictionary;
}

static MMTdtechFotaOptions *
accept_options (MMTdtechFotaVerb  verb,
                const gchar      *text)
{
    g_autoptr(GError)    error = NULL;
    MMTdtechFotaOptions *options;

    options = options_new (verb, parse (text), &error);
    g_assert_no_error (error);
    g_assert_nonnull (options);
    return options;
}

static void
check_accepted (MMTdtechFotaVerb  verb,
                const gchar      *text)
{
    g_autoptr(MMTdtechFotaOptions) options = accept_options (verb, text);

    g_assert_nonnull (options);
}

static void
check_message (const GError *error,
               const gchar  *message)
{
    g_assert_error (error, MM_CORE_ERROR, MM_CORE_ERROR_INVALID_ARGS);
    g_assert_true (g_utf8_validate (error->message, -1, NULL));
    g_assert_cmpuint (strlen (error->message), <, 1024);
    g_assert_null (strpbrk (error->message, "\r\n\x1b"));
    if (message)
        g_assert_cmpstr (error->message, ==, message);
}

static void
check_refused (MMTdtechFotaVerb  verb,
               const gchar      *text,
               const gchar      *message)
{
    g_autoptr(GError) error = NULL;

    g_assert_null (options_new (verb, parse (text), &error));
    check_message (error, message);
}

/*****************************************************************************/
/* Which verb knows which option */

#define C  "C"
#define D  "D"
#define R  "R"
#define U  "U"

static const struct {
    const gchar *key;
    const gchar *value;
    const gchar *verbs;             /* that know it */
    const gchar *upgrading_verbs;   /* that know it with upgrade=true */
} contract[] = {
    { "url",             "'http://h/'",      C D R,   ""    },
    { "tls-verify",      "uint32 0",         C D R,   ""    },
    { "expect-version",  "'1.2.5.0(SP1C02)'", D R U,  ""    },
    { "allow-roaming",   "true",             C D R,   ""    },
    { "allow-downgrade", "true",             D U,     R     },
    { "upgrade",         "true",             D R,     ""    },
    { "delay",           "uint32 60",        U,       D R   },
    { "wait",            "uint32 60",        U,       D R   },
    { "hang-up-calls",   "true",             U,       D R   },
    { "transaction",     "'a.B_c-9'",        C D R U, ""    },
};

static void
test_contract (void)
{
    guint v;
    guint i;

    for (v = 0; v < G_N_ELEMENTS (verbs); v++) {
        const gchar *name = mm_tdtech_fota_verb_get_name (verbs[v]);

        for (i = 0; i < G_N_ELEMENTS (contract); i++) {
            g_autofree gchar *alone = g_strdup_printf ("{'%s': <%s>}", contract[i].key, contract[i].value);
            g_autofree gchar *with_upgrade = g_strdup_printf ("{'%s': <%s>, 'upgrade': <true>}", contract[i].key, contract[i].value);
            g_autofree gchar *without_upgrade = g_strdup_printf ("{'%s': <%s>, 'upgrade': <false>}", contract[i].key, contract[i].value);
            gboolean          known = strchr (contract[i].verbs, name[0]) != NULL;
            gboolean          known_upgrading = strchr (contract[i].upgrading_verbs, name[0]) != NULL;

            if (known) {
                check_accepted (verbs[v], alone);
            } else if (known_upgrading) {
                g_autofree gchar *message = g_strdup_printf ("option '%s' is for upgrading: %s allows it only with "
                                                             "option 'upgrade' set to true", contract[i].key, name);

                check_refused (verbs[v], alone, message);
                check_refused (verbs[v], without_upgrade, message);
                check_accepted (verbs[v], with_upgrade);
            } else {
                check_refused (verbs[v], alone, NULL);
                check_refused (verbs[v], with_upgrade, NULL);
            }
        }
        check_accepted (verbs[v], "{}");
    }
}

static void
test_unknown (void)
{
    check_refused (MM_TDTECH_FOTA_VERB_CHECK, "{'x': <1>}",
                   "Check knows no option 'x'; allowed: url, tls-ca, tls-certificate, tls-key, tls-verify, allow-roaming, transaction");
    check_refused (MM_TDTECH_FOTA_VERB_CHECK, "{'delay': <uint32 1>}",
                   "Check knows no option 'delay'; allowed: url, tls-ca, tls-certificate, tls-key, tls-verify, allow-roaming, transaction");
    check_refused (MM_TDTECH_FOTA_VERB_RESUME, "{'': <1>}",
                   "Resume knows no option ''; allowed: url, tls-ca, tls-certificate, tls-key, tls-verify, expect-version, "
                   "allow-roaming, upgrade, transaction");
    check_refused (MM_TDTECH_FOTA_VERB_DOWNLOAD, "{'upgrade': <true>, 'URL': <'http://h/'>}",
                   "Download knows no option 'URL'; allowed: url, tls-ca, tls-certificate, tls-key, tls-verify, expect-version, "
                   "allow-roaming, allow-downgrade, upgrade, delay, wait, hang-up-calls, transaction");
    check_refused (MM_TDTECH_FOTA_VERB_UPGRADE, "{'a\\nb\\u001b[2J\"': <1>}",
                   "Upgrade knows no option 'a\\nb\\033[2J\\\"'; allowed: expect-version, allow-downgrade, delay, wait, hang-up-calls, transaction");
}

static void
test_long_key (void)
{
    g_autofree gchar *key = g_strnfill (1024 * 1024, 'x');
    g_autofree gchar *text = g_strdup_printf ("{'%s': <1>}", key);

    guint             len;

    check_refused (MM_TDTECH_FOTA_VERB_CHECK, text, NULL);
    /* 80 bytes of it are shown */
    for (len = 79; len < 82; len++) {
        g_autofree gchar *some = g_strndup (key, len);
        g_autofree gchar *with_some = g_strdup_printf ("{'%s': <1>}", some);
        g_autofree gchar *message = g_strdup_printf ("Check knows no option '%.80s%s'; allowed: url, tls-ca, tls-certificate, "
                                                     "tls-key, tls-verify, allow-roaming, transaction",
                                                     some, len > 80 ? "…" : "");

        check_refused (MM_TDTECH_FOTA_VERB_CHECK, with_some, message);
    }
}

static void
test_twice (void)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS (contract); i++) {
        g_autofree gchar  *message = g_strdup_printf ("option '%s' is given twice", contract[i].key);
        g_autoptr(GError)  error = NULL;
        GVariantBuilder    builder;
        guint              n;

        g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
        g_variant_builder_add (&builder, "{sv}", "upgrade", g_variant_new_boolean (TRUE));
        for (n = 0; n < 2 && !g_str_equal (contract[i].key, "upgrade"); n++)
            g_variant_builder_add (&builder, "{sv}", contract[i].key, g_variant_new_parsed (contract[i].value));
        if (g_str_equal (contract[i].key, "upgrade"))
            g_variant_builder_add (&builder, "{sv}", "upgrade", g_variant_new_boolean (FALSE));
        if (strchr (contract[i].verbs, 'D') || strchr (contract[i].upgrading_verbs, 'D')) {
            g_assert_null (options_new (MM_TDTECH_FOTA_VERB_DOWNLOAD, g_variant_builder_end (&builder), &error));
            check_message (error, message);
        } else
            g_variant_builder_clear (&builder);
    }
}

/*****************************************************************************/
/* Types and values */

static void
test_types (void)
{
    static const struct {
        const gchar *key;
        const gchar *type;
    } rows[] = {
        { "url", "s (URL)" }, { "tls-ca", "ay (PEM file)" }, { "tls-certificate", "ay (PEM file)" }, { "tls-key", "ay (PEM file)" },
        { "tls-verify", "u" }, { "expect-version", "s" }, { "allow-roaming", "b" }, { "allow-downgrade", "b" },
        { "delay", "u (seconds)" }, { "wait", "u (seconds)" }, { "hang-up-calls", "b" }, { "transaction", "s" },
    };
    static const struct {
        const gchar *value;
        const gchar *type;
    } values[] = {
        { "'x'", "s" }, { "true", "b" }, { "uint32 1", "u" }, { "1", "i" }, { "uint64 1", "t" }, { "byte 1", "y" }, { "1.0", "d" },
        { "[byte 1]", "ay" }, { "['x']", "as" }, { "<'x'>", "v" }, { "objectpath '/'", "o" }, { "@a{sv} {}", "a{sv}" }, { "()", "()" },
    };
    guint i;
    guint j;

    for (i = 0; i < G_N_ELEMENTS (rows); i++) {
        for (j = 0; j < G_N_ELEMENTS (values); j++) {
            g_autofree gchar *text = g_strdup_printf ("{'upgrade': <true>, '%s': <%s>}", rows[i].key, values[j].value);
            g_autofree gchar *message = g_strdup_printf ("option '%s' must be a %s, not a %s",
                                                         rows[i].key, rows[i].type, values[j].type);
            g_autofree gchar *right_type = g_strndup (rows[i].type, strcspn (rows[i].type, " "));

            if (!g_str_equal (right_type, values[j].type))
                check_refused (MM_TDTECH_FOTA_VERB_DOWNLOAD, text, message);
        }
    }
    check_refused (MM_TDTECH_FOTA_VERB_DOWNLOAD, "{'upgrade': <'yes'>}", "option 'upgrade' must be a b, not a s");
    check_refused (MM_TDTECH_FOTA_VERB_UPGRADE, "{'delay': <'60'>}", "option 'delay' must be a u (seconds), not a s");
}

static void
test_no_dictionary (void)
{
    static const gchar *values[] = { "'x'", "@a{ss} {}", "()", "@a{sv} {}" };
    guint               i;

    for (i = 0; i < G_N_ELEMENTS (values); i++) {
        g_autoptr(GVariant) value = g_variant_ref_sink (g_variant_new_parsed (values[i]));
        g_autoptr(GError)   error = NULL;

        if (g_variant_is_of_type (value, G_VARIANT_TYPE_VARDICT))
            continue;
        g_assert_null (mm_tdtech_fota_options_new (MM_TDTECH_FOTA_VERB_CHECK, value, &error));
        check_message (error, "options must be an a{sv}");
        g_clear_error (&error);
        g_assert_false (mm_tdtech_fota_options_check_none (value, &error));
        check_message (error, "options must be an a{sv}");
    }
}

static void
test_defaults (void)
{
    guint v;

    for (v = 0; v < G_N_ELEMENTS (verbs); v++) {
        g_autoptr(MMTdtechFotaOptions) options = accept_options (verbs[v], "{}");

        g_assert_null (options->transaction);
        g_assert_null (options->url);
        g_assert_null (options->tls_ca);
        g_assert_null (options->tls_certificate);
        g_assert_null (options->tls_key);
        g_assert_cmpuint (options->tls_verify, ==, 1);
        g_assert_false (options->tls_verify_set);
        g_assert_false (options->flow.with_url);
        g_assert_false (options->flow.https);
        g_assert_null (options->flow.expect_version);
        g_assert_false (options->flow.allow_roaming);
        g_assert_false (options->flow.allow_downgrade);
        g_assert_false (options->flow.upgrade);
        g_assert_cmpuint (options->flow.delay, ==, 0);
        g_assert_cmpuint (options->flow.wait, ==, 300);
        g_assert_false (options->flow.hang_up_calls);
    }
}

static void
test_values (void)
{
    g_autoptr(MMTdtechFotaOptions) options = NULL;

    options = accept_options (MM_TDTECH_FOTA_VERB_DOWNLOAD,
                              "{'url': <'HTTPS://Fota.Example.com:8443/a'>, 'tls-verify': <uint32 0>, "
                              "'expect-version': <'1.2.5.0(SP1C02)'>, 'allow-roaming': <true>, 'allow-downgrade': <true>, "
                              "'upgrade': <true>, 'delay': <uint32 60>, 'wait': <uint32 0>, 'hang-up-calls': <true>, "
                              "'transaction': <'tonight-1'>}");
    g_assert_cmpstr (options->transaction, ==, "tonight-1");
    g_assert_cmpstr (options->url, ==, "https://fota.example.com:8443/a/");
    g_assert_cmpuint (options->tls_verify, ==, 0);
    g_assert_true (options->tls_verify_set);
    g_assert_true (options->flow.with_url);
    g_assert_true (options->flow.https);
    g_assert_cmpstr (options->flow.expect_version, ==, "1.2.5.0(SP1C02)");
    g_assert_true (options->flow.allow_roaming);
    g_assert_true (options->flow.allow_downgrade);
    g_assert_true (options->flow.upgrade);
    g_assert_cmpuint (options->flow.delay, ==, 60);
    g_assert_cmpuint (options->flow.wait, ==, 0);
    g_assert_true (options->flow.hang_up_calls);
}

static void
test_bounds (void)
{
    check_accepted (MM_TDTECH_FOTA_VERB_UPGRADE, "{'delay': <uint32 2592000>, 'wait': <uint32 86400>}");
    check_refused (MM_TDTECH_FOTA_VERB_UPGRADE, "{'delay': <uint32 2592001>}",
                   "invalid value '2592001' of option 'delay'; allowed: 0 to 2592000 seconds");
    check_refused (MM_TDTECH_FOTA_VERB_UPGRADE, "{'wait': <uint32 86401>}",
                   "invalid value '86401' of option 'wait'; allowed: 0 to 86400 seconds");
    check_refused (MM_TDTECH_FOTA_VERB_UPGRADE, "{'wait': <uint32 4294967295>}", NULL);
    check_refused (MM_TDTECH_FOTA_VERB_CHECK, "{'tls-verify': <uint32 3>}",
                   "invalid value '3' of option 'tls-verify'; allowed: 0 to 2");
    check_refused (MM_TDTECH_FOTA_VERB_CHECK, "{'url': <'ftp://h/'>}", NULL);
}

static void
test_lengths (void)
{
    guint len;

    for (len = 0; len < 200; len++) {
        g_autofree gchar *filler = g_strnfill (len, 'x');
        g_autofree gchar *version = g_strdup_printf ("{'expect-version': <'%s'>}", filler);
        g_autofree gchar *transaction = g_strdup_printf ("{'transaction': <'%s'>}", filler);

        if (len >= 1 && len <= 128)
            check_accepted (MM_TDTECH_FOTA_VERB_UPGRADE, version);
        else
            check_refused (MM_TDTECH_FOTA_VERB_UPGRADE, version, NULL);
        if (len >= 1 && len <= 64)
            check_accepted (MM_TDTECH_FOTA_VERB_UPGRADE, transaction);
        else
            check_refused (MM_TDTECH_FOTA_VERB_UPGRADE, transaction, NULL);
    }
}

/*****************************************************************************/
/* Bytes (I8) */

/* A string as a hostile sender would put it on the wire, unvalidated */
static GVariant *
raw_string (const gchar *data,
            gsize        len)
{
    g_autofree gchar *with_nul = g_malloc0 (len + 1);
    g_autoptr(GBytes) bytes = NULL;

    memcpy (with_nul, data, len);
    bytes = g_bytes_new_take (g_steal_pointer (&with_nul), len + 1);
    return g_variant_new_from_bytes (G_VARIANT_TYPE_STRING, bytes, FALSE);
}

static MMTdtechFotaOptions *
options_with_bytes (const gchar *key,
                    const gchar *data,
                    gsize        len)
{
    g_autoptr(GError)    error = NULL;
    MMTdtechFotaOptions *options;
    GVariantBuilder      builder;

    g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
    g_variant_builder_add (&builder, "{sv}", key, raw_string (data, len));
    options = options_new (MM_TDTECH_FOTA_VERB_DOWNLOAD, g_variant_builder_end (&builder), &error);
    if (!options)
        check_message (error, NULL);
    return options;
}

static gboolean
is_harmless (const gchar *text,
             const gchar *allowed)
{
    return text[strspn (text, allowed)] == '\0';
}

static void
check_byte (const gchar *key,
            const gchar *base,
            const gchar *allowed,
            guint        byte)
{
    gsize at;

    for (at = 0; at <= strlen (base); at++) {
        g_autoptr(MMTdtechFotaOptions) options = NULL;
        g_autoptr(GString)             text = g_string_new (base);
        const gchar                   *taken;

        g_string_insert_c (text, (gssize) at, (gchar) byte);
        options = options_with_bytes (key, text->str, text->len);
        if (!options)
            continue;
        taken = options->url ? options->url :
                options->transaction ? options->transaction : options->flow.expect_version;
        g_assert_true (is_harmless (taken, allowed));
        if (byte == 0 || byte >= 0x80)
            g_assert_not_reached ();
    }
}

static void
test_bytes (void)
{
    static const gchar alnum[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    g_autofree gchar  *in_url = g_strconcat (alnum, "-._~!$&'()*+,=:@/[]%", NULL);
    g_autofree gchar  *in_transaction = g_strconcat (alnum, "._-", NULL);
    g_autofree gchar  *in_version = g_strconcat (alnum, " !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", NULL);
    guint              byte;

    for (byte = 0; byte < 256; byte++) {
        check_byte ("url", "http://h.example:80/a/", in_url, byte);
        check_byte ("transaction", "abc", in_transaction, byte);
        check_byte ("expect-version", "1.2.5.0(SP1C02)", in_version, byte);
    }
}

/* The same as characters: what is not ASCII comes as UTF-8 */
static void
test_characters (void)
{
    gunichar c;

    for (c = 0x80; c < 0x3000; c++) {
        gchar utf8[7] = { 0 };
        gint  len = g_unichar_to_utf8 (c, utf8);

        g_assert_null (options_with_bytes ("transaction", utf8, (gsize) len));
        g_assert_null (options_with_bytes ("expect-version", utf8, (gsize) len));
    }
}

/*****************************************************************************/
/* TLS: the files themselves are test-tdtech-pem's */

/* A certificate and its key, and the key of another (P-256, valid until 2126) */
#define CERTIFICATE                                                      \
    "-----BEGIN CERTIFICATE-----\n"                                      \
    "MIIBdTCCARugAwIBAgIUVa38JcHlbUU780nnFnf2Hr39+q0wCgYIKoZIzj0EAwIw\n" \
    "DzENMAsGA1UEAwwEdGVzdDAgFw0yNjExMjMwOTA1NDZaGA8yMTI2MTAzMDA5MDU0\n" \
    "NlowDzENMAsGA1UEAwwEdGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABFSN\n" \
    "4PxbHb9wbEjxSoGX2MVkUs5uZ++xWerGZjEWTXjOChTFAlzpi8tfa00oFUjZ5eRW\n" \
    "vDKtl7DuYhWeY+c5+oCjUzBRMB0GA1UdDgQWBBSYzcvGy/soJrTzMAyFr2xkXGeO\n" \
    "LjAfBgNVHSMEGDAWgBSYzcvGy/soJrTzMAyFr2xkXGeOLjAPBgNVHRMBAf8EBTAD\n" \
    "AQH/MAoGCCqGSM49BAMCA0gAMEUCICQtWM9DK7zZrPjVx00bfIoZ+eelS19gWhdW\n" \
    "Pln70AFsAiEAp4T2M2NmeX4SyYhM+PGPsuAkgDQQYhGoVfABkAR7Yjw=\n"         \
    "-----END CERTIFICATE-----\n"

#define PRIVATE_KEY                                                      \
    "-----BEGIN PRIVATE KEY-----\n"                                      \
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg+NW2UPRdfxh1KIGZ\n" \
    "nB63xf3kFskR4Co1CFPiHqBJ06ShRANCAARUjeD8Wx2/cGxI8UqBl9jFZFLObmfv\n" \
    "sVnqxmYxFk14zgoUxQJc6YvLX2tNKBVI2eXkVrwyrZew7mIVnmPnOfqA\n"         \
    "-----END PRIVATE KEY-----\n"

#define OTHER_KEY                                                        \
    "-----BEGIN PRIVATE KEY-----\n"                                      \
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgnX3E/DSNhJWY52Cf\n" \
    "CiDizoqpX004Hc7APfIvAfwSaLehRANCAASQnYIh9gcDhAmfkn4uHxOX068TNZc0\n" \
    "3N+PClkKj3nYPDSxCebPNbe4OHrA1zpm68wM/uQPOAl8JtZpUQqEvXwB\n"         \
    "-----END PRIVATE KEY-----\n"

static GVariant *
with_pem (const gchar *text,
          const gchar *ca,
          const gchar *certificate,
          const gchar *key)
{
    const gchar        *keys[] = { "tls-ca", "tls-certificate", "tls-key" };
    const gchar        *pems[] = { ca, certificate, key };
    g_autoptr(GVariant) rest = parse (text);
    GVariantDict        dict;
    guint               i;

    g_variant_dict_init (&dict, rest);
    for (i = 0; i < G_N_ELEMENTS (keys); i++) {
        if (pems[i])
            g_variant_dict_insert_value (&dict, keys[i],
                                         g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, pems[i], strlen (pems[i]), 1));
    }
    return g_variant_dict_end (&dict);
}

static void
test_tls_accepted (void)
{
    static const struct {
        const gchar *text;
        const gchar *ca;
        const gchar *certificate;
        const gchar *key;
        guint        verify;
    } rows[] = {
        { "{'url': <'https://h/'>}",                            NULL,        NULL,        NULL,        1 },
        { "{'url': <'https://h/'>}",                            CERTIFICATE, NULL,        NULL,        1 },
        { "{'url': <'https://h/'>, 'tls-verify': <uint32 0>}",  NULL,        NULL,        NULL,        0 },
        { "{'url': <'https://h/'>, 'tls-verify': <uint32 1>}",  CERTIFICATE, NULL,        NULL,        1 },
        { "{'url': <'https://h/'>, 'tls-verify': <uint32 2>}",  CERTIFICATE, CERTIFICATE, PRIVATE_KEY, 2 },
        { "{'url': <'https://h/'>}",                            CERTIFICATE, CERTIFICATE, PRIVATE_KEY, 1 },
        { "{}",                                                 CERTIFICATE, CERTIFICATE, PRIVATE_KEY, 1 },
        { "{'tls-verify': <uint32 2>}",                         NULL,        CERTIFICATE, PRIVATE_KEY, 2 },
    };
    guint v;
    guint i;

    for (v = 0; v < 3; v++) {
        for (i = 0; i < G_N_ELEMENTS (rows); i++) {
            g_autoptr(GError)              error = NULL;
            g_autoptr(MMTdtechFotaOptions) options = NULL;

            options = options_new (verbs[v], with_pem (rows[i].text, rows[i].ca, rows[i].certificate, rows[i].key), &error);
            g_assert_no_error (error);
            g_assert_cmpstr (options->tls_ca, ==, rows[i].ca);
            g_assert_cmpstr (options->tls_certificate, ==, rows[i].certificate);
            g_assert_cmpstr (options->tls_key, ==, rows[i].key);
            g_assert_cmpuint (options->tls_verify, ==, rows[i].verify);
        }
    }
}

static void
test_tls_refused (void)
{
    static const gchar *need_https = "options 'tls-ca', 'tls-certificate', 'tls-key' and 'tls-verify' need an https 'url'";
    static const gchar *need_each_other = "options 'tls-certificate' and 'tls-key' need each other";
    static const gchar *need_pair = "option 'tls-verify' 2 needs 'tls-certificate' and 'tls-key'";
    const struct {
        const gchar *text;
        const gchar *ca;
        const gchar *certificate;
        const gchar *key;
        const gchar *message;
    } rows[] = {
        { "{'url': <'http://h/'>}",                            CERTIFICATE, NULL,        NULL,        need_https      },
        { "{'url': <'http://h/'>}",                            NULL,        CERTIFICATE, PRIVATE_KEY, need_https      },
        { "{'url': <'http://h/'>}",                            NULL,        CERTIFICATE, NULL,        need_https      },
        { "{'url': <'http://h/'>}",                            NULL,        NULL,        PRIVATE_KEY, need_https      },
        { "{'url': <'http://h/'>, 'tls-verify': <uint32 0>}",  NULL,        NULL,        NULL,        need_https      },
        { "{'url': <'https://h/'>}",                           NULL,        CERTIFICATE, NULL,        need_each_other },
        { "{'url': <'https://h/'>}",                           NULL,        NULL,        PRIVATE_KEY, need_each_other },
        { "{'url': <'https://h/'>, 'tls-verify': <uint32 2>}", CERTIFICATE, NULL,        NULL,        need_pair       },
        { "{'tls-verify': <uint32 2>}",                        NULL,        NULL,        NULL,        need_pair       },
        { "{}",                                                NULL,        CERTIFICATE, OTHER_KEY,
          "option 'tls-key': not the certificate's key; allowed: one private key that needs no password in PEM format, "
          "ASCII, at most 65536 bytes" },
        { "{}",                                                PRIVATE_KEY, NULL,        NULL,
          "option 'tls-ca': something else is in it; allowed: one or more certificates in PEM format, "
          "ASCII, at most 65536 bytes" },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autoptr(GError) error = NULL;

        g_assert_null (options_new (MM_TDTECH_FOTA_VERB_CHECK,
                                    with_pem (rows[i].text, rows[i].ca, rows[i].certificate, rows[i].key), &error));
        check_message (error, rows[i].message);
    }
}

/* The server may be one that is known from before */
static void
test_tls_server (void)
{
    static const gchar *need_ca = "an https server needs option 'tls-ca' every time, since the module forgets it at power-off, "
                                  "or 'tls-verify' 0 (the server is not verified)";
    static const gchar *need_https = "options 'tls-ca', 'tls-certificate', 'tls-key' and 'tls-verify' need an https 'url'";
    const struct {
        const gchar *text;
        const gchar *ca;
        gboolean     https;
        const gchar *message;
    } rows[] = {
        { "{}",                           NULL,        FALSE, NULL       },
        { "{}",                           NULL,        TRUE,  need_ca    },
        { "{}",                           CERTIFICATE, TRUE,  NULL       },
        { "{}",                           CERTIFICATE, FALSE, need_https },
        { "{'tls-verify': <uint32 0>}",   NULL,        TRUE,  NULL       },
        { "{'tls-verify': <uint32 0>}",   NULL,        FALSE, need_https },
        { "{'tls-verify': <uint32 1>}",   NULL,        TRUE,  need_ca    },
        { "{'tls-verify': <uint32 1>}",   CERTIFICATE, TRUE,  NULL       },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autoptr(MMTdtechFotaOptions) options = NULL;
        g_autoptr(GError)              error = NULL;

        options = options_new (MM_TDTECH_FOTA_VERB_RESUME, with_pem (rows[i].text, rows[i].ca, NULL, NULL), &error);
        g_assert_no_error (error);
        options->flow.https = rows[i].https;
        g_assert_cmpint (mm_tdtech_fota_options_check_server (options, &error), ==, !rows[i].message);
        if (rows[i].message)
            check_message (error, rows[i].message);
    }
}

/* Upgrade talks to no server */
static void
test_tls_upgrade (void)
{
    g_autoptr(GError) error = NULL;

    g_assert_null (options_new (MM_TDTECH_FOTA_VERB_UPGRADE, with_pem ("{}", CERTIFICATE, NULL, NULL), &error));
    check_message (error, "Upgrade knows no option 'tls-ca'; allowed: expect-version, allow-downgrade, delay, wait, "
                          "hang-up-calls, transaction");
}

/*****************************************************************************/
/* Cancel, transactions */

static void
test_none (void)
{
    g_autoptr(GVariant) none = parse ("{}");
    g_autoptr(GVariant) some = parse ("{'transaction': <'x'>}");
    g_autoptr(GError)   error = NULL;

    g_assert_true (mm_tdtech_fota_options_check_none (none, &error));
    g_assert_no_error (error);
    g_assert_false (mm_tdtech_fota_options_check_none (some, &error));
    check_message (error, "Cancel knows no option 'transaction'; none is allowed");
}

static void
test_transaction_new (void)
{
    g_autofree gchar *a = mm_tdtech_fota_options_new_transaction ();
    g_autofree gchar *b = mm_tdtech_fota_options_new_transaction ();

    g_assert_true (mm_tdtech_fota_transaction_is_valid (a));
    g_assert_true (mm_tdtech_fota_transaction_is_valid (b));
    g_assert_cmpstr (a, !=, b);
}

/*****************************************************************************/

int
main (int    argc,
      char **argv)
{
    g_test_init (&argc, &argv, NULL);

    g_test_add_func ("/tdtech/fota/options/contract", test_contract);
    g_test_add_func ("/tdtech/fota/options/unknown", test_unknown);
    g_test_add_func ("/tdtech/fota/options/long-key", test_long_key);
    g_test_add_func ("/tdtech/fota/options/twice", test_twice);
    g_test_add_func ("/tdtech/fota/options/types", test_types);
    g_test_add_func ("/tdtech/fota/options/no-dictionary", test_no_dictionary);
    g_test_add_func ("/tdtech/fota/options/defaults", test_defaults);
    g_test_add_func ("/tdtech/fota/options/values", test_values);
    g_test_add_func ("/tdtech/fota/options/bounds", test_bounds);
    g_test_add_func ("/tdtech/fota/options/lengths", test_lengths);
    g_test_add_func ("/tdtech/fota/options/bytes", test_bytes);
    g_test_add_func ("/tdtech/fota/options/characters", test_characters);
    g_test_add_func ("/tdtech/fota/options/tls-accepted", test_tls_accepted);
    g_test_add_func ("/tdtech/fota/options/tls-refused", test_tls_refused);
    g_test_add_func ("/tdtech/fota/options/tls-server", test_tls_server);
    g_test_add_func ("/tdtech/fota/options/tls-upgrade", test_tls_upgrade);
    g_test_add_func ("/tdtech/fota/options/none", test_none);
    g_test_add_func ("/tdtech/fota/options/transaction-new", test_transaction_new);

    return g_test_run ();
}

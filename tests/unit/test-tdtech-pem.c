/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <string.h>

#include <glib/gstdio.h>
#include <libmm-glib.h>

#include "mm-tdtech-at.h"
#include "mm-tdtech-pem.h"

/* Made once, with openssl; somebody who runs this very often keeps them */
static gchar       *directory;
static const gchar *kept;

/*****************************************************************************/
/* Files */

static void
run (const gchar *format,
     ...) G_GNUC_PRINTF (1, 2);

static void
run (const gchar *format,
     ...)
{
    g_autoptr(GError)  error = NULL;
    g_auto(GStrv)      argv = NULL;
    g_autofree gchar  *command = NULL;
    g_autofree gchar  *output = NULL;
    gint               status;
    va_list            args;

    va_start (args, format);
    command = g_strdup_vprintf (format, args);
    va_end (args);
    g_assert_true (g_shell_parse_argv (command, NULL, &argv, NULL));
    g_spawn_sync (directory, argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL,
                  NULL, NULL, NULL, &output, &status, &error);
    g_assert_no_error (error);
    if (status != 0)
        g_test_message ("%s: %s", command, output);
    g_assert_cmpint (status, ==, 0);
}

static void
write_file (const gchar *name,
            const gchar *text)
{
    g_autoptr(GError)  error = NULL;
    g_autofree gchar  *path = g_build_filename (directory, name, NULL);

    g_file_set_contents (path, text, -1, &error);
    g_assert_no_error (error);
}

/* Not every release of "openssl x509" makes one */
static void
make_expired (void)
{
    write_file ("index", "");
    write_file ("ca.conf",
                "[ca]\ndefault_ca = test\n"
                "[test]\ndatabase = index\nrand_serial = yes\ndefault_md = sha256\npolicy = any\n"
                "[any]\ncommonName = supplied\n");
    run ("openssl req -new -key ec.key -subj /CN=expired -out expired.csr");
    run ("openssl ca -batch -notext -config ca.conf -selfsign -keyfile ec.key -in expired.csr -outdir . "
         "-startdate 20200101000000Z -enddate 20200102000000Z -out expired.pem");
}

static void
make_files (void)
{
    g_autofree gchar *last = NULL;

    kept = g_getenv ("TEST_KEEP_DIRECTORY");
    directory = kept ? g_build_filename (kept, "pem", NULL) : g_dir_make_tmp ("test-tdtech-pem-XXXXXX", NULL);
    g_assert_nonnull (directory);
    last = g_build_filename (directory, "text.pem", NULL);
    if (g_file_test (last, G_FILE_TEST_EXISTS))
        return;
    g_assert_no_errno (g_mkdir_with_parents (directory, 0700));

    run ("openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa.key");
    run ("openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out other-rsa.key");
    run ("openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ec.key");
    run ("openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out other-ec.key");
    run ("openssl genpkey -algorithm ED25519 -out ed25519.key");
    run ("openssl req -x509 -key rsa.key -out rsa.pem -subj /CN=rsa -days 36500");
    run ("openssl req -x509 -key ec.key -out ec.pem -subj /CN=ec -days 36500");
    run ("openssl req -x509 -key ed25519.key -out ed25519.pem -subj /CN=ed25519 -days 36500");
    make_expired ();
    run ("openssl rsa -in rsa.key -traditional -out rsa-traditional.key");
    run ("openssl ecparam -name prime256v1 -genkey -out ec-parameters.key");
    run ("openssl req -x509 -key ec-parameters.key -out ec-parameters.pem -subj /CN=ec -days 36500");
    run ("openssl pkey -in rsa.key -aes256 -passout pass:secret -out encrypted.key");
    run ("openssl rsa -in rsa.key -traditional -aes128 -passout pass:secret -out encrypted-traditional.key");
    run ("openssl pkey -in rsa.key -pubout -out public.key");
    run ("openssl req -new -key rsa.key -subj /CN=request -out request.pem");
    /* Without extensions, and so without a version */
    run ("openssl x509 -req -in request.pem -signkey rsa.key -days 36500 -out version1.pem");
    run ("openssl x509 -in rsa.pem -text -out text.pem");
}

static void
remove_files (void)
{
    if (!kept)
        run ("rm -r %s", directory);
    g_free (directory);
}

static gchar *
read_file (const gchar *name)
{
    g_autoptr(GError)  error = NULL;
    g_autofree gchar  *path = NULL;
    gchar             *text;

    path = g_build_filename (directory, name, NULL);
    g_file_get_contents (path, &text, NULL, &error);
    g_assert_no_error (error);
    return text;
}

/*****************************************************************************/
/* Checks */

typedef gchar * (* PemNew) (const gchar *, const guint8 *, gsize, GError **);

static void
check_error (const GError *error,
             const gchar  *why)
{
    g_assert_error (error, MM_CORE_ERROR, MM_CORE_ERROR_INVALID_ARGS);
    g_assert_true (g_str_has_prefix (error->message, "option 'x': "));
    g_assert_nonnull (strstr (error->message, "; allowed: "));
    g_assert_true (g_utf8_validate (error->message, -1, NULL));
    g_assert_cmpuint (strlen (error->message), <, 512);
    g_assert_null (strpbrk (error->message, "\r\n\x1b"));
    if (!strstr (error->message, why))
        g_test_message ("%s: %s", why, error->message);
    g_assert_nonnull (strstr (error->message, why));
}

static void
check_refused (PemNew       pem_new,
               const gchar *data,
               gsize        size,
               const gchar *why)
{
    g_autoptr(GError) error = NULL;

    g_assert_null (pem_new ("option 'x'", (const guint8 *) data, size, &error));
    check_error (error, why);
}

static void
check_refused_text (PemNew       pem_new,
                    const gchar *text,
                    const gchar *why)
{
    check_refused (pem_new, text, strlen (text), why);
}

static void
check_accepted (PemNew       pem_new,
                const gchar *text)
{
    g_autoptr(GError)  error = NULL;
    g_auto(GStrv)      commands = NULL;
    gchar             *pem;

    pem = pem_new ("option 'x'", (const guint8 *) text, strlen (text), &error);
    g_assert_no_error (error);
    g_assert_cmpstr (pem, ==, text);
    /* What is accepted here can be sent */
    commands = mm_tdtech_build_sslmng (MM_TDTECH_SSL_CA, pem, &error);
    g_assert_no_error (error);
    g_assert_nonnull (commands);
    mm_tdtech_pem_free (pem);
}

static void
check_pair (const gchar *certificate,
            const gchar *key,
            const gchar *why)
{
    g_autoptr(GError)  error = NULL;
    g_autofree gchar  *certificate_text = read_file (certificate);
    g_autofree gchar  *key_text = read_file (key);
    gboolean           ok;

    ok = mm_tdtech_pem_check_pair ("option 'x'", certificate_text, key_text, &error);
    if (why) {
        g_assert_false (ok);
        check_error (error, why);
    } else {
        g_assert_no_error (error);
        g_assert_true (ok);
    }
}

/*****************************************************************************/

static void
not_logged (const gchar    *domain,
            GLogLevelFlags  level,
            const gchar    *message,
            gpointer        user_data)
{
    g_error ("said of a valid certificate: %s", message);
}

static void
test_accepted (void)
{
    static const gchar *certificates[] = { "rsa.pem", "ec.pem", "ed25519.pem", "text.pem" };
    static const gchar *keys[] = { "rsa.key", "ec.key", "ed25519.key", "rsa-traditional.key", "ec-parameters.key" };
    guint               handler;
    guint               i;

    handler = g_log_set_handler ("ModemManager", G_LOG_LEVEL_MESSAGE, not_logged, NULL);
    for (i = 0; i < G_N_ELEMENTS (certificates); i++) {
        g_autofree gchar *text = read_file (certificates[i]);

        check_accepted (mm_tdtech_pem_new_certificates, text);
    }
    g_log_remove_handler ("ModemManager", handler);
    for (i = 0; i < G_N_ELEMENTS (keys); i++) {
        g_autofree gchar *text = read_file (keys[i]);

        check_accepted (mm_tdtech_pem_new_key, text);
    }
}

static void
test_chain (void)
{
    g_autofree gchar *rsa = read_file ("rsa.pem");
    g_autofree gchar *ec = read_file ("ec.pem");
    g_autofree gchar *key = read_file ("rsa.key");
    g_autofree gchar *chain = g_strconcat (rsa, ec, NULL);
    g_auto(GStrv)     lines = g_strsplit (chain, "\n", -1);
    g_autofree gchar *crlf = g_strjoinv ("\r\n", lines);
    g_autofree gchar *with_key = g_strconcat (rsa, key, NULL);
    g_autofree gchar *two_keys = g_strconcat (key, key, NULL);

    check_accepted (mm_tdtech_pem_new_certificates, chain);
    check_accepted (mm_tdtech_pem_new_certificates, crlf);
    check_refused_text (mm_tdtech_pem_new_certificates, with_key, "something else is in it");
    check_refused_text (mm_tdtech_pem_new_key, with_key, "something else is in it");
    check_refused_text (mm_tdtech_pem_new_key, two_keys, "more than one");
}

static void
test_kinds (void)
{
    static const gchar *no_certificates[] = { "rsa.key", "rsa-traditional.key", "ec-parameters.key", "public.key", "request.pem" };
    static const gchar *no_keys[] = { "rsa.pem", "public.key", "request.pem" };
    guint               i;

    for (i = 0; i < G_N_ELEMENTS (no_certificates); i++) {
        g_autofree gchar *text = read_file (no_certificates[i]);

        check_refused_text (mm_tdtech_pem_new_certificates, text, "something else is in it");
    }
    for (i = 0; i < G_N_ELEMENTS (no_keys); i++) {
        g_autofree gchar *text = read_file (no_keys[i]);

        check_refused_text (mm_tdtech_pem_new_key, text, "something else is in it");
    }
}

static void
test_encrypted (void)
{
    g_autofree gchar *traditional = read_file ("encrypted-traditional.key");
    g_autofree gchar *encrypted = read_file ("encrypted.key");

    check_refused_text (mm_tdtech_pem_new_key, traditional, "it is encrypted");
    check_refused_text (mm_tdtech_pem_new_key, encrypted, "something else is in it");
}

static void
test_expired (void)
{
    g_autofree gchar *text = read_file ("expired.pem");

    g_test_expect_message ("ModemManager", G_LOG_LEVEL_MESSAGE, "option 'x': a certificate expired at *");
    check_accepted (mm_tdtech_pem_new_certificates, text);
    g_test_assert_expected_messages ();
}

static void
test_pairs (void)
{
    check_pair ("rsa.pem", "rsa.key", NULL);
    check_pair ("rsa.pem", "rsa-traditional.key", NULL);
    check_pair ("ec.pem", "ec.key", NULL);
    check_pair ("ed25519.pem", "ed25519.key", NULL);
    check_pair ("version1.pem", "rsa.key", NULL);
    check_pair ("version1.pem", "other-rsa.key", "not the certificate's key");
    check_pair ("ec-parameters.pem", "ec-parameters.key", NULL);

    check_pair ("rsa.pem", "other-rsa.key", "not the certificate's key");
    check_pair ("rsa.pem", "ec.key", "not the certificate's key");
    check_pair ("ec.pem", "other-ec.key", "not the certificate's key");
    check_pair ("ec.pem", "ec-parameters.key", "not the certificate's key");
    check_pair ("ec.pem", "rsa.key", "not the certificate's key");
    check_pair ("ec.pem", "ed25519.key", "not the certificate's key");
    check_pair ("ec.pem", "encrypted.key", "can't be read");
}

static void
test_sizes (void)
{
    g_autofree gchar *rsa = read_file ("rsa.pem");
    gsize             padding;

    for (padding = MM_TDTECH_PEM_MAX - strlen (rsa) - 1; padding < MM_TDTECH_PEM_MAX - strlen (rsa) + 2; padding++) {
        g_autofree gchar *text = g_strdup_printf ("%*s%s", (gint) padding, "\n", rsa);

        if (strlen (text) <= MM_TDTECH_PEM_MAX)
            check_accepted (mm_tdtech_pem_new_certificates, text);
        else
            check_refused_text (mm_tdtech_pem_new_certificates, text, "too long");
    }
    check_refused (mm_tdtech_pem_new_certificates, NULL, 0, "empty");
    check_refused (mm_tdtech_pem_new_key, NULL, 0, "empty");
}

static void
test_forms (void)
{
    static const struct {
        const gchar *text;
        const gchar *why;
    } rows[] = {
        { "x",                                                                                          "nothing is in it" },
        { "\n",                                                                                         "nothing is in it" },
        { "MAA=",                                                                                       "nothing is in it" },
        { " -----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n",                            "nothing is in it" },
        { "-----BEGIN CERTIFICATE-----",                                                                "not whole"        },
        { "-----BEGIN CERTIFICATE-----\nMAA=\n",                                                        "not whole"        },
        { "-----BEGIN CERTIFICATE\nMAA=\n-----END CERTIFICATE-----\n",                                  "not whole"        },
        { "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE\n",                                  "not whole"        },
        { "-----BEGIN CERTIFICATE-----\nMAA=\n-----END PRIVATE KEY-----\n",                             "not whole"        },
        { "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE2-----\n",                            "not whole"        },
        { "-----BEGIN -----\nMAA=\n-----END -----\n",                                                   "something else"   },
        { "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",                                   "a block"          },
        { "-----BEGIN CERTIFICATE-----\nMAA\n-----END CERTIFICATE-----\n",                              "a block"          },
        { "-----BEGIN CERTIFICATE-----\nM=A=\n-----END CERTIFICATE-----\n",                             "a block"          },
        { "-----BEGIN CERTIFICATE-----\nM===\n-----END CERTIFICATE-----\n",                             "a block"          },
        { "-----BEGIN CERTIFICATE-----\nMA\"A\n-----END CERTIFICATE-----\n",                            "a block"          },
        { "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",                             "a block"          },
        { "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n",                             "a block"          },
        { "-----BEGIN CERTIFICATE-----\nMAA=MAA=\n-----END CERTIFICATE-----\n",                         "a block"          },
        { "-----BEGIN CERTIFICATE-----\nMAA-\n-----END CERTIFICATE-----\n",                             "a block"          },
        { "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n",                             "can't be read"    },
        { "-----BEGIN EC PARAMETERS-----\nMAA=\n-----END EC PARAMETERS-----\n",                         "something else"   },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (rows); i++)
        check_refused_text (mm_tdtech_pem_new_certificates, rows[i].text, rows[i].why);
}

#define KEY "-----BEGIN PRIVATE KEY-----\nMA+/\n-----END PRIVATE KEY-----"

/* What is in a key stays unread; its form does not */
static void
test_forms_of_keys (void)
{
    static const gchar *accepted[] = {
        KEY,
        KEY "\n",
        "\n" KEY,
        "what it is for: -----BEGIN \n" KEY "\nand more\n",
        "-----BEGIN PRIVATE KEY-----\rMA+/\r-----END PRIVATE KEY-----\r",
        "-----BEGIN PRIVATE KEY-----\nMAAA\n-----END PRIVATE KEY-----\n",
        "-----BEGIN PRIVATE KEY-----\nMAAAAA==\n-----END PRIVATE KEY-----\n",
        "-----BEGIN PRIVATE KEY-----\n MA\tA\n = \n-----END PRIVATE KEY-----\n",
        "-----BEGIN RSA PRIVATE KEY-----\nMAAA\n-----END RSA PRIVATE KEY-----\n",
        "-----BEGIN EC PRIVATE KEY-----\nMAAA\n-----END EC PRIVATE KEY-----\n",
        "-----BEGIN EC PARAMETERS-----\nBggq\n-----END EC PARAMETERS-----\n" KEY,
    };
    static const struct {
        const gchar *text;
        const gchar *why;
    } refused[] = {
        { "-----BEGIN EC PARAMETERS-----\nBggq\n-----END EC PARAMETERS-----\n",                         "nothing is in it" },
        { KEY "\n" KEY,                                                                                  "more than one"    },
        { KEY "\n-----BEGIN PRIVATE KEY-----\n",                                                         "not whole"        },
        { "-----BEGIN PRIVATE KEY-----\n-----BEGIN PRIVATE KEY-----\n",                                  "not whole"        },
        { "-----BEGIN PRIVATE KEY-----\nMA+/ -----END PRIVATE KEY-----\n",                               "not whole"        },
        { "-----BEGIN PRIVATE KEYS-----\nMA+/\n-----END PRIVATE KEYS-----\n",                           "something else"   },
        { "-----BEGIN PRIVATE KE-----\nMA+/\n-----END PRIVATE KE-----\n",                               "something else"   },
        { "-----BEGIN PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nMA+/\n-----END PRIVATE KEY-----\n",    "it is encrypted"  },
        { "-----BEGIN PRIVATE KEY-----\nMA+\n-----END PRIVATE KEY-----\n",                              "a block"          },
        { "-----BEGIN PRIVATE KEY-----\nMAAAMA\n-----END PRIVATE KEY-----\n",                            "a block"          },
        { "-----BEGIN PRIVATE KEY-----\nMAAAA===\n-----END PRIVATE KEY-----\n",                         "a block"          },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (accepted); i++)
        check_accepted (mm_tdtech_pem_new_key, accepted[i]);
    for (i = 0; i < G_N_ELEMENTS (refused); i++)
        check_refused_text (mm_tdtech_pem_new_key, refused[i].text, refused[i].why);
}

/* Cut anywhere, no certificate is left */
static void
test_cut (void)
{
    g_autofree gchar *text = read_file ("ec.pem");
    gsize             len = strlen (g_strchomp (text));
    gsize             i;

    for (i = 0; i < len; i++) {
        g_autofree guint8 *exact = g_memdup2 (text, i);
        g_autoptr(GError)  error = NULL;

        g_assert_null (mm_tdtech_pem_new_certificates ("option 'x'", exact, i, &error));
        g_assert_error (error, MM_CORE_ERROR, MM_CORE_ERROR_INVALID_ARGS);
    }
}

/* A byte that is no text is refused wherever it stands (I8) */
static void
test_bytes (void)
{
    g_autofree gchar *text = read_file ("ec.pem");
    gsize             len = strlen (text);
    const gsize       places[] = { 0, 5, len / 2, len - 1, len };
    guint             byte;

    for (byte = 0; byte < 256; byte++) {
        guint i;

        for (i = 0; i < G_N_ELEMENTS (places); i++) {
            g_autoptr(GString) changed = g_string_new (text);

            if (byte >= 0x20 && byte < 0x7f)
                continue;
            if (byte != 0 && strchr ("\t\n\v\f\r", (gint) byte))
                continue;
            g_string_insert_c (changed, (gssize) places[i], (gchar) byte);
            check_refused (mm_tdtech_pem_new_certificates, changed->str, changed->len, "a character that is not allowed");
            check_refused (mm_tdtech_pem_new_key, changed->str, changed->len, "a character that is not allowed");
        }
    }
}

/* Without a TLS backend, the form is checked and the rest is accepted */
static void
test_without_backend (void)
{
    g_autofree gchar *expired = NULL;
    g_autofree gchar *key = NULL;

    if (!g_test_subprocess ()) {
        g_setenv ("GIO_MODULE_DIR", directory, TRUE);
        g_setenv ("TEST_PEM_DIRECTORY", directory, TRUE);
        g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_INHERIT_STDERR);
        g_unsetenv ("GIO_MODULE_DIR");
        g_test_trap_assert_passed ();
        return;
    }

    g_assert_false (g_tls_backend_supports_tls (g_tls_backend_get_default ()));
    expired = read_file ("expired.pem");
    key = read_file ("rsa.key");
    check_accepted (mm_tdtech_pem_new_certificates, expired);
    check_accepted (mm_tdtech_pem_new_key, key);
    check_pair ("ec.pem", "rsa.key", NULL);
    check_refused_text (mm_tdtech_pem_new_certificates, key, "something else is in it");
    test_encrypted ();
}

/*****************************************************************************/

int
main (int    argc,
      char **argv)
{
    gint status;

    g_test_init (&argc, &argv, NULL);

    if (g_test_subprocess ())
        directory = g_strdup (g_getenv ("TEST_PEM_DIRECTORY"));
    else
        make_files ();

    g_test_add_func ("/tdtech/pem/accepted", test_accepted);
    g_test_add_func ("/tdtech/pem/chain", test_chain);
    g_test_add_func ("/tdtech/pem/kinds", test_kinds);
    g_test_add_func ("/tdtech/pem/encrypted", test_encrypted);
    g_test_add_func ("/tdtech/pem/expired", test_expired);
    g_test_add_func ("/tdtech/pem/pairs", test_pairs);
    g_test_add_func ("/tdtech/pem/sizes", test_sizes);
    g_test_add_func ("/tdtech/pem/forms", test_forms);
    g_test_add_func ("/tdtech/pem/forms/keys", test_forms_of_keys);
    g_test_add_func ("/tdtech/pem/cut", test_cut);
    g_test_add_func ("/tdtech/pem/bytes", test_bytes);
    g_test_add_func ("/tdtech/pem/without-backend", test_without_backend);

    status = g_test_run ();
    if (!g_test_subprocess ())
        remove_files ();
    return status;
}

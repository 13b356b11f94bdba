/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/* Every option with every byte, and with sequences that are broken in one encoding
 * or another, in three locales: a value arrives as it was given, or is refused by
 * name and shown, as the encoding of the locale has it if it is in that. It is never left
 * out and never changed. */

#include <langinfo.h>
#include <locale.h>
#include <string.h>

#include <glib/gstdio.h>
#include <libmm-glib.h>

#include "mmfota-options.h"
#include "mmfota-text.h"

/*****************************************************************************/
/* Locales */

typedef struct {
    const gchar *name;
    const gchar *codeset;
} Locale;

static const Locale locales[] = {
    { "C",             "ANSI_X3.4-1968" },
    { "C.UTF-8",       "UTF-8"          },
    { "zh_CN.GB18030", "GB18030"        },
};

static const gchar pem[] = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";

/* glibc looks for those that are not its own in LOCPATH. */
static gchar *
make_locales (void)
{
    g_autofree gchar *folder = g_dir_make_tmp ("test-bytes-XXXXXX", NULL);
    g_autofree gchar *target = g_build_filename (folder, "zh_CN.GB18030", NULL);
    gchar            *argv[] = { (gchar *) "localedef", (gchar *) "-i", (gchar *) "zh_CN", (gchar *) "-f",
                                 (gchar *) "GB18030", target, NULL };
    GError           *error = NULL;
    gint              status;

    g_assert_nonnull (folder);
    g_spawn_sync (NULL, argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, &status, &error);
    g_assert_no_error (error);
    g_setenv ("LOCPATH", folder, TRUE);
    return g_steal_pointer (&folder);
}

static void
remove_folder (const gchar *path)
{
    g_autoptr(GDir)  folder = g_dir_open (path, 0, NULL);
    const gchar     *name;

    while (folder && (name = g_dir_read_name (folder))) {
        g_autofree gchar *below = g_build_filename (path, name, NULL);

        if (g_file_test (below, G_FILE_TEST_IS_DIR))
            remove_folder (below);
        else
            g_unlink (below);
    }
    g_rmdir (path);
}

/*****************************************************************************/
/* Options */

typedef enum {
    KIND_URL,
    KIND_NUMBER,
    KIND_MODEM,
    KIND_VERSION,
    KIND_TRANSACTION,
    KIND_WORD,
    KIND_FILE,
    KIND_FLAG,
} Kind;

typedef struct {
    const gchar *option;
    Kind         kind;
    const gchar *with; /* which verb */
    const gchar *and;  /* and what else */
} Case;

static const Case cases[] = {
    { "--check",            KIND_URL,         NULL        },
    { "--download",         KIND_URL,         NULL        },
    { "--resume",           KIND_URL,         NULL        },
    { "--update",           KIND_URL,         NULL        },
    { "--events",           KIND_NUMBER,      NULL        },
    { "--modem",            KIND_MODEM,       NULL        },
    { "--expect-version",   KIND_VERSION,     "--upgrade" },
    { "--transaction",      KIND_TRANSACTION, "--upgrade" },
    { "--delay",            KIND_NUMBER,      "--upgrade" },
    { "--wait",             KIND_NUMBER,      "--upgrade" },
    { "--timeout",          KIND_NUMBER,      "--upgrade" },
    { "--lost-after",       KIND_NUMBER,      "--upgrade" },
    { "--tls-verify",       KIND_WORD,        "--check"   },
    { "--tls-ca",           KIND_FILE,        "--check"   },
    { "--tls-certificate",  KIND_FILE,        "--check",  "--tls-key=pem"         },
    { "--tls-key",          KIND_FILE,        "--check",  "--tls-certificate=pem" },
    { "--list-modems",      KIND_FLAG,        NULL        },
    { "--status",           KIND_FLAG,        NULL        },
    { "--upgrade",          KIND_FLAG,        NULL        },
    { "--cancel",           KIND_FLAG,        NULL        },
    { "--monitor",          KIND_FLAG,        NULL        },
    { "--allow-roaming",    KIND_FLAG,        "--check"   },
    { "--allow-downgrade",  KIND_FLAG,        "--upgrade" },
    { "--hang-up-calls",    KIND_FLAG,        "--upgrade" },
    { "--yes",              KIND_FLAG,        "--upgrade" },
    { "--output-json",      KIND_FLAG,        NULL        },
    { "--output-keyvalue",  KIND_FLAG,        NULL        },
    { "--verbose",          KIND_FLAG,        NULL        },
    { "--version",          KIND_FLAG,        NULL        },
};

/* What it was taken for; NULL if it is kept in another form. */
static const gchar *
taken (const MmfotaOptions *options,
       Kind                 kind)
{
    switch (kind) {
    case KIND_URL:
        return options->url;
    case KIND_MODEM:
        return options->modem;
    case KIND_VERSION:
        return options->expect_version;
    case KIND_TRANSACTION:
        return options->transaction;
    case KIND_NUMBER:
    case KIND_WORD:
    case KIND_FILE:
    case KIND_FLAG:
    default:
        return NULL;
    }
}

static gboolean
may_be_taken (Kind         kind,
              const gchar *value)
{
    switch (kind) {
    case KIND_URL:
    case KIND_MODEM:
        return g_utf8_validate (value, -1, NULL);
    case KIND_VERSION:
    case KIND_TRANSACTION:
        return g_str_is_ascii (value);
    case KIND_NUMBER:
        return strspn (value, "0123456789smhdw") == strlen (value);
    case KIND_WORD:
    case KIND_FILE:
    case KIND_FLAG:
    default:
        return FALSE;
    }
}

static void
try (const Case  *test,
     const gchar *value,
     gboolean     joined)
{
    g_autofree gchar        *full = g_strconcat (test->kind == KIND_URL ? "http://h/" : "", value, NULL);
    g_autofree gchar        *word = g_strconcat (test->option, "=", full, NULL);
    g_autofree gchar        *shown = mmfota_text_argument (full);
    const gchar             *argv[] = { "mmfota", test->option, full, test->with, test->and, NULL };
    const gchar             *joined_argv[] = { "mmfota", word, test->with, test->and, NULL };
    g_autoptr(GError)        error = NULL;
    g_autoptr(MmfotaOptions) options = NULL;
    MmfotaOutputType         output;

    options = mmfota_options_parse (1, (gchar **) (joined ? joined_argv : argv), &output, &error);
    if (options) {
        const gchar *kept = taken (options, test->kind);

        if (!may_be_taken (test->kind, value))
            g_error ("%s took '%s'", test->option, shown);
        if (kept)
            g_assert_cmpstr (kept, ==, full);
        return;
    }
    g_assert_error (error, MM_CORE_ERROR, MM_CORE_ERROR_INVALID_ARGS);
    g_assert_true (g_utf8_validate (error->message, -1, NULL));
    if (!strstr (error->message, shown) || !strstr (error->message, joined ? test->option : ""))
        g_error ("%s '%s': %s", test->option, shown, error->message);
}

static void
try_around (const Case  *test,
            const gchar *bytes)
{
    static const gchar *const before[] = { "", "x", "1", "m", "fota.m" };
    guint                     i;

    for (i = 0; i < G_N_ELEMENTS (before); i++) {
        g_autofree gchar *value = g_strconcat (before[i], bytes, i % 2 ? "y" : "", NULL);

        try (test, value, TRUE);
        /* A word of its own, that is not taken for an option or a stray one */
        if (before[i][0] && test->kind != KIND_FLAG)
            try (test, value, FALSE);
    }
}

static void
test_bytes (gconstpointer data)
{
    const Locale *locale = data;
    guint         byte;
    guint         i;

    g_assert_nonnull (setlocale (LC_ALL, locale->name));
    g_assert_cmpstr (nl_langinfo (CODESET), ==, locale->codeset);
    for (i = 0; i < G_N_ELEMENTS (cases); i++) {
        for (byte = 1; byte < 256; byte++) {
            const gchar bytes[] = { (gchar) byte, '\0' };

            try_around (&cases[i], bytes);
        }
    }
}

static void
test_broken (gconstpointer data)
{
    static const gchar *const sequences[] = {
        "\xc3", "\xc3\xa4", "\xe4\xb8", "\xf0\x9f\x98", "\xed\xa0\x80", "\xc0\x80", "\xf4\x90\x80\x80",
        "\xff\xfe", "\x81\x30\x81\x30", "\xd6\xd0\xb9\xfa", "\xa1", "\x1b[2J", "\xe2\x80\xae", "a\xcc",
    };
    const Locale *locale = data;
    guint         i;
    guint         j;

    g_assert_nonnull (setlocale (LC_ALL, locale->name));
    for (i = 0; i < G_N_ELEMENTS (cases); i++) {
        for (j = 0; j < G_N_ELEMENTS (sequences); j++)
            try_around (&cases[i], sequences[j]);
    }
}

/* A file may be named as it likes. */
static void
test_file (gconstpointer data)
{
    const Locale             *locale = data;
    const gchar              *argv[] = { "mmfota", "--tls-ca", "ca-\xe4\xff", "--check", "https://h/", NULL };
    g_autoptr(GError)         error = NULL;
    g_autoptr(MmfotaOptions)  options = NULL;
    MmfotaOutputType          output;

    g_assert_nonnull (setlocale (LC_ALL, locale->name));
    g_assert_true (g_file_set_contents (argv[2], pem, -1, NULL));
    options = mmfota_options_parse (5, (gchar **) argv, &output, &error);
    g_assert_no_error (error);
    g_assert_true (g_variant_lookup (options->method_options, "tls-ca", "@ay", NULL));
}

/*****************************************************************************/

int
main (int    argc,
      char **argv)
{
    g_autofree gchar *folder = NULL;
    gint              status;
    guint             i;

    g_test_init (&argc, &argv, NULL);
    folder = make_locales ();
    g_assert_true (g_chdir (folder) == 0);
    g_assert_true (g_file_set_contents ("pem", pem, -1, NULL));

    for (i = 0; i < G_N_ELEMENTS (locales); i++) {
        g_autofree gchar *bytes = g_strdup_printf ("/mmfota/bytes/%s", locales[i].name);
        g_autofree gchar *broken = g_strdup_printf ("/mmfota/broken/%s", locales[i].name);
        g_autofree gchar *file = g_strdup_printf ("/mmfota/file/%s", locales[i].name);

        g_test_add_data_func (bytes,  &locales[i], test_bytes);
        g_test_add_data_func (broken, &locales[i], test_broken);
        g_test_add_data_func (file,   &locales[i], test_file);
    }
    status = g_test_run ();
    remove_folder (folder);
    return status;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <locale.h>
#include <string.h>

#include <libmm-glib.h>

#include "mm-tdtech-url.h"

/*****************************************************************************/

static void
check_normalized (const gchar *url,
                  const gchar *expected)
{
    g_autoptr(GError) error = NULL;
    g_autofree gchar *normalized = NULL;

    normalized = mm_tdtech_url_normalize (url, &error);
    if (g_strcmp0 (normalized, expected) != 0)
        g_test_message ("in: %s, error: %s", url, error ? error->message : "none");
    g_assert_cmpstr (normalized, ==, expected);
    if (!expected) {
        g_assert_error (error, MM_CORE_ERROR, MM_CORE_ERROR_INVALID_ARGS);
        g_assert_true (g_utf8_validate (error->message, -1, NULL));
        g_assert_cmpuint (strlen (error->message), <, 1024);
        g_assert_null (strpbrk (error->message, "\r\n\x1b"));
    } else {
        g_autofree gchar *again = NULL;

        g_assert_no_error (error);
        again = mm_tdtech_url_normalize (normalized, &error);
        g_assert_cmpstr (again, ==, normalized);
    }
}

static void
test_accepted (void)
{
    static const struct {
        const gchar *url;
        const gchar *expected;
    } rows[] = {
        { "http://192.0.2.1",                       "http://192.0.2.1/" },
        { "http://192.0.2.1/",                      "http://192.0.2.1/" },
        { "http://192.0.2.1:8080/fota",             "http://192.0.2.1:8080/fota/" },
        { "https://fota.example.com:443/a/b/",      "https://fota.example.com:443/a/b/" },
        { "HTTP://Fota.Example.COM/Mixed/Case",     "http://fota.example.com/Mixed/Case/" },
        { "http://fota.example.com:/x",             "http://fota.example.com/x/" },
        { "http://fota.example.com:65535/",         "http://fota.example.com:65535/" },
        { "http://fota.example.com:1/",             "http://fota.example.com:1/" },
        { "http://localhost/",                      "http://localhost/" },
        { "http://a_b-c.example/",                  "http://a_b-c.example/" },
        { "http://[2001:db8::1]/fota",              "http://[2001:db8::1]/fota/" },
        { "http://[2001:DB8:0:0::1]:8080",          "http://[2001:db8::1]:8080/" },
        { "https://[::1]/",                         "https://[::1]/" },
        { "http://h/a%20b/%C3%A9%22",               "http://h/a%20b/%C3%A9%22/" },
        { "http://h/a,b=c&d+e!$'()*:@~._-",         "http://h/a,b=c&d+e!$'()*:@~._-/" },
        { "http://h//double//",                     "http://h//double//" },
        { "http://b\xc3\xbc" "cher.example/",       "http://xn--bcher-kva.example/" },
        { "http://\xe4\xb8\xad\xe5\x9b\xbd.example/x", "http://xn--fiqs8s.example/x/" },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (rows); i++)
        check_normalized (rows[i].url, rows[i].expected);
}

static void
test_refused (void)
{
    static const gchar *rows[] = {
        NULL, "", " ", "/", "fota.example.com", "//fota.example.com/", "http:", "http:/", "http://", "http:///x",
        "http://:80/", "http:fota.example.com/", "ftp://h/", "file:///etc/passwd", "httpss://h/", "javascript:1",
        "http://u@h/", "http://u:p@h/", "http://@h/", "http://h/?", "http://h/?q=1", "http://h/#", "http://h/#f",
        "http://h:0/", "http://h:65536/", "http://h:99999999999999999999/", "http://h:-1/", "http://h:x/", "http://h:8 0/",
        " http://h/", "http://h/ ", "http://h /", "http://h/a b", "http://h/\"", "http://h/'\"", "http://h/;x", "http://h/\\",
        "http://h\r\n/", "http://h/\r", "http://h/\n", "http://h/\t", "http://h/\x7f", "http://h/\x1b[2J", "http://h/<x>",
        "http://h/{x}", "http://h/|", "http://h/^", "http://h/`", "http://h/%", "http://h/%2", "http://h/%zz",
        "http://h/\xc3\xa9", "http://h/\xff", "http://\xff/", "http://h/[x]",
        "http://[::1/", "http://::1/", "http://[]/", "http://[::1%eth0]/", "http://[::1%25eth0]/", "http://[fe80::1%lo]/", "http://[fe80::1%25lo]/", "http://[fe80::1%251]/", "http://[fe80::g]/", "http://[192.0.2.1]/",
        "http://256.1.1.1/", "http://1.2.3/", "http://1.2.3.4.5/", "http://-a.example/", "http://a-.example/", "http://a..example/",
        "http://.example/", "http://example./", "http://a,b/", "http://a%2fb/", "http://a%00b/", "http://a%22b/", "http://a%0d%0ab/", "http://!/",
        /* IDNA leaves nothing of a soft hyphen */
        "http://\xc2\xad/", "http://%C2%AD/", "http://a.\xc2\xad/",
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (rows); i++)
        check_normalized (rows[i], NULL);
}

static void
test_lengths (void)
{
    guint len;

    for (len = 1; len < 400; len++) {
        g_autofree gchar *path = NULL;
        g_autofree gchar *url = NULL;
        g_autofree gchar *with_slash = NULL;
        g_autofree gchar *label = NULL;
        g_autofree gchar *host = NULL;

        path = g_strnfill (len, 'a');
        url = g_strdup_printf ("http://h/%s", path);
        with_slash = g_strdup_printf ("%s/", url);
        check_normalized (url, strlen (with_slash) <= 255 ? with_slash : NULL);
        check_normalized (with_slash, strlen (with_slash) <= 255 ? with_slash : NULL);

        label = g_strnfill (len, 'a');
        host = g_strdup_printf ("http://%s.example/", label);
        check_normalized (host, len <= 63 ? host : NULL);
    }
}

static void
test_long (void)
{
    g_autofree gchar *filler = NULL;
    g_autofree gchar *url = NULL;

    filler = g_strnfill (1024 * 1024, 'a');
    url = g_strdup_printf ("http://h/%s", filler);
    check_normalized (url, NULL);
    check_normalized (filler, NULL);
}

/* Every byte in every place: what comes out is printable ASCII without quote, backslash,
 * space or semicolon, whatever went in (I8) */
static void
test_bytes (void)
{
    static const gchar *bases[] = {
        "http://fota.example.com:8080/a/b/", "https://192.0.2.1/", "http://[2001:db8::1]:80/x",
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (bases); i++) {
        guint at;

        for (at = 0; at <= strlen (bases[i]); at++) {
            guint byte;
            guint insert;

            for (byte = 1; byte < 256; byte++) {
                for (insert = 0; insert < 2; insert++) {
                    g_autoptr(GString) url = NULL;
                    g_autofree gchar  *normalized = NULL;
                    const gchar       *p;

                    url = g_string_new (bases[i]);
                    if (insert || at == url->len)
                        g_string_insert_c (url, (gssize) at, (gchar) byte);
                    else
                        url->str[at] = (gchar) byte;
                    normalized = mm_tdtech_url_normalize (url->str, NULL);
                    if (!normalized)
                        continue;
                    g_assert_true (g_str_has_prefix (normalized, "http://") || g_str_has_prefix (normalized, "https://"));
                    g_assert_true (g_str_has_suffix (normalized, "/"));
                    for (p = normalized; *p; p++)
                        g_assert_true (*p > 0x20 && *p < 0x7f && !strchr ("\"\\;<>^`{|}", *p));
                }
            }
        }
    }
}

/* A control character, quote or the like is refused wherever it stands */
static void
test_forbidden_bytes (void)
{
    static const gchar *base = "http://fota.example.com:8080/a/b/";
    guint               byte;

    for (byte = 1; byte < 256; byte++) {
        guint at;

        if (byte > 0x20 && byte < 0x7f && !strchr ("\"\\;<>^`{|}", (gint) byte))
            continue;
        for (at = 0; at <= strlen (base); at++) {
            g_autoptr(GString) url = NULL;

            url = g_string_new (base);
            g_string_insert_c (url, (gssize) at, (gchar) byte);
            check_normalized (url->str, NULL);
        }
    }
}

/* The message shows the value, as far as a terminal can bear it, and says why */
static void
test_messages (void)
{
    g_autofree gchar *eighty = g_strnfill (80, 'a');
    g_autofree gchar *eighty_one = g_strnfill (81, 'a');
    g_autofree gchar *longest = g_strnfill (255, 'a');
    g_autofree gchar *too_long = g_strnfill (256, 'a');
    guint             i;
    const struct {
        const gchar *url;
        const gchar *shown;
        const gchar *why;
    } rows[] = {
        { NULL,                         "",                    "not a complete URL"                           },
        { "http://h/\x1b[2J",          "http://h/?[2J",       "a character that is not allowed"              },
        { "http://h/\r\nb",           "http://h/??b",        "a character that is not allowed"              },
        { "http://h/ b",                "http://h/ b",         "a character that is not allowed"              },
        { "http://h/\xe2\x80\xa8x",  "http://h/?x",         "a path that is not ASCII (percent-encode it)" },
        { "http://h/\xff",             "http://h/\xef\xbf\xbd", "not UTF-8"                               },
        { "http://h/[x]",               "http://h/[x]",        "a character that is not allowed"              },
        { "h",                          "h",                   "not a complete URL"                           },
        { "http:///x",                  "http:///x",           "not a complete URL"                           },
        { "ftp://h/",                   "ftp://h/",            "another scheme"                               },
        { "http://u@h/",                "http://u@h/",         "a user, query or fragment"                    },
        { "http://h/?q",                "http://h/?q",         "a user, query or fragment"                    },
        { "http://h/#f",                "http://h/#f",         "a user, query or fragment"                    },
        { "http://h:0/",                "http://h:0/",         "an impossible port"                           },
        { "http://1.2.3/",              "http://1.2.3/",       "an impossible host"                           },
        { "http://a..b/",               "http://a..b/",        "an impossible host"                           },
        { eighty,                       eighty,                "not a complete URL"                           },
        { eighty_one,                   NULL,                  "not a complete URL"                           },
        { longest,                      NULL,                  "not a complete URL"                           },
        { too_long,                     NULL,                  "too long"                                     },
    };

    for (i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree gchar *start = NULL;

        g_assert_null (mm_tdtech_url_normalize (rows[i].url, &error));
        g_assert_error (error, MM_CORE_ERROR, MM_CORE_ERROR_INVALID_ARGS);
        g_test_message ("%s", error->message);
        if (rows[i].shown)
            start = g_strdup_printf ("invalid server URL '%s': %s; allowed: http or https, ", rows[i].shown, rows[i].why);
        else
            start = g_strdup_printf ("invalid server URL '%.80s…': %s; allowed: http or https, ", rows[i].url, rows[i].why);
        g_assert_true (g_str_has_prefix (error->message, start));
    }
}

/* A label that IDNA has no words for, cut in the middle of a character where it is shown */
static void
test_long_label (void)
{
    g_autoptr(GString) url = g_string_new ("http://");
    g_autoptr(GError)  error = NULL;
    guint              i;

    for (i = 0; i < 70; i++)
        g_string_append (url, "\xc3\xbc");
    g_assert_null (mm_tdtech_url_normalize (url->str, &error));
    g_assert_error (error, MM_CORE_ERROR, MM_CORE_ERROR_INVALID_ARGS);
    g_assert_nonnull (strstr (error->message, "\xc3\xbc\xef\xbf\xbd…': "));
}

static void
test_is_https (void)
{
    g_assert_true (mm_tdtech_url_is_https ("https://h/"));
    g_assert_true (mm_tdtech_url_is_https ("HTTPS://h/"));
    g_assert_false (mm_tdtech_url_is_https ("http://h/"));
    g_assert_false (mm_tdtech_url_is_https ("http://https://"));
    g_assert_false (mm_tdtech_url_is_https ("https:"));
    g_assert_false (mm_tdtech_url_is_https (""));
    g_assert_false (mm_tdtech_url_is_https (NULL));
}

/*****************************************************************************/

int
main (int    argc,
      char **argv)
{
    setlocale (LC_ALL, "");
    g_test_init (&argc, &argv, NULL);

    g_test_add_func ("/tdtech/url/accepted", test_accepted);
    g_test_add_func ("/tdtech/url/refused", test_refused);
    g_test_add_func ("/tdtech/url/lengths", test_lengths);
    g_test_add_func ("/tdtech/url/long", test_long);
    g_test_add_func ("/tdtech/url/bytes", test_bytes);
    g_test_add_func ("/tdtech/url/forbidden-bytes", test_forbidden_bytes);
    g_test_add_func ("/tdtech/url/messages", test_messages);
    g_test_add_func ("/tdtech/url/long-label", test_long_label);
    g_test_add_func ("/tdtech/url/is-https", test_is_https);

    return g_test_run ();
}

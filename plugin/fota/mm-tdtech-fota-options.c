/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mm-tdtech-fota-options.h"

#include <string.h>

#include <libmm-glib.h>

#include "mm-tdtech-pem.h"
#include "mm-tdtech-url.h"

#define TLS_VERIFY_NONE 0
#define TLS_VERIFY_MUTUAL 2
#define TLS_VERIFY_DEFAULT 1

/* Bytes of an offending key or value shown in a message */
#define SHOWN_MAX 80

typedef struct _Option Option;

struct _Option {
    const gchar *key;
    const gchar *type;
    const gchar *unit;
    guint        verbs;           /* that accept it */
    guint        upgrading_verbs; /* that accept it if they continue to Upgrade */
    gboolean  (* set) (const Option         *option,
                       MMTdtechFotaOptions  *self,
                       GVariant             *value,
                       GError              **error);
    gsize        offset;          /* set_boolean (), set_number () */
    guint        max;             /* set_number () */
};

/*****************************************************************************/
/* Errors */

/* Fit for a message: whole UTF-8, no control character, short */
static gchar *
show (const gchar *text)
{
    g_autofree gchar *start = NULL;
    g_autofree gchar *valid = NULL;
    g_autofree gchar *escaped = NULL;

    start = g_strndup (text, SHOWN_MAX);
    valid = g_utf8_make_valid (start, -1);
    escaped = g_strescape (valid, NULL);
    return g_strconcat (escaped, strlen (text) > SHOWN_MAX ? "…" : NULL, NULL);
}

static gboolean
set_bad_value (GError       **error,
               const Option  *option,
               const gchar   *value,
               const gchar   *allowed)
{
    g_autofree gchar *shown = NULL;

    shown = show (value);
    g_set_error (error, MM_CORE_ERROR, MM_CORE_ERROR_INVALID_ARGS,
                 "invalid value '%s' of option '%s'; allowed: %s",
                 shown, option->key, allowed);
    return FALSE;
}

static gboolean
set_contradiction (GError      **error,
                   const gchar  *message)
{
    g_set_error_literal (error, MM_CORE_ERROR, MM_CORE_ERROR_INVALID_ARGS, message);
    return FALSE;
}

/*****************************************************************************/
/* Values */

static gboolean
set_boolean (const Option         *option,
             MMTdtechFotaOptions  *self,
             GVariant             *value,
             GError              **error)
{
    G_STRUCT_MEMBER (gboolean, self, option->offset) = g_variant_get_boolean (value);
    return TRUE;
}

static gboolean
set_number (const Option         *option,
            MMTdtechFotaOptions  *self,
            GVariant             *value,
            GError              **error)
{
    guint number = g_variant_get_uint32 (value);

    if (number > option->max) {
        g_autofree gchar *shown = g_strdup_printf ("%u", number);
        g_autofree gchar *allowed = g_strdup_printf ("0 to %u%s%s", option->max,
                                                     option->unit ? " " : "", option->unit ? option->unit : "");

        return set_bad_value (error, option, shown, allowed);
    }
    G_STRUCT_MEMBER (guint, self, option->offset) = number;
    return TRUE;
}

static gboolean
set_url (const Option         *option,
         MMTdtechFotaOptions  *self,
         GVariant             *value,
         GError              **error)
{
    self->url = mm_tdtech_url_normalize (g_variant_get_string (value, NULL), error);
    if (!self->url)
        return FALSE;
    self->flow.with_url = TRUE;
    self->flow.https = mm_tdtech_url_is_https (self->url);
    return TRUE;
}

static gboolean
set_expect_version (const Option         *option,
                    MMTdtechFotaOptions  *self,
                    GVariant             *value,
                    GError              **error)
{
    const gchar *text;
    const gchar *p;
    gsize        len;

    text = g_variant_get_string (value, &len);
    for (p = text; g_ascii_isprint (*p); p++);
    if (len == 0 || len > MM_TDTECH_VERSION_MAX || *p != '\0')
        return set_bad_value (error, option, text,
                              "1 to " G_STRINGIFY (MM_TDTECH_VERSION_MAX) " printable ASCII characters");
    self->flow.expect_version = g_strdup (text);
    return TRUE;
}

static gboolean
set_transaction (const Option         *option,
                 MMTdtechFotaOptions  *self,
                 GVariant             *value,
                 GError              **error)
{
    const gchar *text;

    text = g_variant_get_string (value, NULL);
    if (!mm_tdtech_fota_transaction_is_valid (text))
        return set_bad_value (error, option, text,
                              "1 to " G_STRINGIFY (MM_TDTECH_FOTA_TRANSACTION_MAX) " of A-Z a-z 0-9 . _ -");
    self->transaction = g_strdup (text);
    return TRUE;
}

static gboolean
set_tls_verify (const Option         *option,
                MMTdtechFotaOptions  *self,
                GVariant             *value,
                GError              **error)
{
    self->tls_verify_set = TRUE;
    return set_number (option, self, value, error);
}

/*****************************************************************************/
/* PEM files */

typedef gchar * (* PemNew) (const gchar   *name,
                            const guint8  *data,
                            gsize          size,
                            GError       **error);

static gboolean
set_pem (const Option  *option,
         gchar        **pem,
         GVariant      *value,
         PemNew         pem_new,
         GError       **error)
{
    g_autofree gchar *name = NULL;
    const guint8     *data;
    gsize             size;

    name = g_strdup_printf ("option '%s'", option->key);
    data = g_variant_get_fixed_array (value, &size, sizeof (guint8));
    *pem = pem_new (name, data, size, error);
    return *pem != NULL;
}

static gboolean
set_tls_ca (const Option         *option,
            MMTdtechFotaOptions  *self,
            GVariant             *value,
            GError              **error)
{
    return set_pem (option, &self->tls_ca, value, mm_tdtech_pem_new_certificates, error);
}

static gboolean
set_tls_certificate (const Option         *option,
                     MMTdtechFotaOptions  *self,
                     GVariant             *value,
                     GError              **error)
{
    return set_pem (option, &self->tls_certificate, value, mm_tdtech_pem_new_certificates, error);
}

static gboolean
set_tls_key (const Option         *option,
             MMTdtechFotaOptions  *self,
             GVariant             *value,
             GError              **error)
{
    return set_pem (option, &self->tls_key, value, mm_tdtech_pem_new_key, error);
}

static gboolean
check_tls_is_wanted (const MMTdtechFotaOptions  *self,
                     GError                    **error)
{
    gboolean with_tls = self->tls_ca || self->tls_certificate || self->tls_key || self->tls_verify_set;

    if (with_tls && !self->flow.https)
        return set_contradiction (error, "options 'tls-ca', 'tls-certificate', 'tls-key' and 'tls-verify' "
                                         "need an https 'url'");
    return TRUE;
}

/* After all options were read */
static gboolean
check_tls (const MMTdtechFotaOptions  *self,
           GError                    **error)
{
    if (self->url && !check_tls_is_wanted (self, error))
        return FALSE;
    if (!self->tls_certificate != !self->tls_key)
        return set_contradiction (error, "options 'tls-certificate' and 'tls-key' need each other");
    if (self->tls_verify == TLS_VERIFY_MUTUAL && !self->tls_certificate)
        return set_contradiction (error, "option 'tls-verify' 2 needs 'tls-certificate' and 'tls-key'");
    if (self->tls_certificate &&
        !mm_tdtech_pem_check_pair ("option 'tls-key'", self->tls_certificate, self->tls_key, error))
        return FALSE;
    return TRUE;
}

/* The module loses certificates at power-off (guide), which we cannot detect: never rely on ones
 * sent earlier */
gboolean
mm_tdtech_fota_options_check_server (const MMTdtechFotaOptions  *self,
                                     GError                    **error)
{
    if (!check_tls_is_wanted (self, error))
        return FALSE;
    if (self->flow.https && self->tls_verify != TLS_VERIFY_NONE && !self->tls_ca)
        return set_contradiction (error, "an https server needs option 'tls-ca' every time, since the module forgets "
                                         "it at power-off, or 'tls-verify' 0 (the server is not verified)");
    return TRUE;
}

/*****************************************************************************/
/* The table of the D-Bus contract */

#define CHECK    (1u << MM_TDTECH_FOTA_VERB_CHECK)
#define DOWNLOAD (1u << MM_TDTECH_FOTA_VERB_DOWNLOAD)
#define RESUME   (1u << MM_TDTECH_FOTA_VERB_RESUME)
#define UPGRADE  (1u << MM_TDTECH_FOTA_VERB_UPGRADE)
#define SERVER   (CHECK | DOWNLOAD | RESUME)

#define AT(member) G_STRUCT_OFFSET (MMTdtechFotaOptions, member)

static const Option options[] = {
    { "url",             "s",  "URL",         SERVER,                      0,                 set_url                                                           },
    { "tls-ca",          "ay", "PEM file",    SERVER,                      0,                 set_tls_ca                                                        },
    { "tls-certificate", "ay", "PEM file",    SERVER,                      0,                 set_tls_certificate                                               },
    { "tls-key",         "ay", "PEM file",    SERVER,                      0,                 set_tls_key                                                       },
    { "tls-verify",      "u",  NULL,          SERVER,                      0,                 set_tls_verify, AT (tls_verify),           TLS_VERIFY_MUTUAL           },
    { "expect-version",  "s",  NULL,          DOWNLOAD | RESUME | UPGRADE, 0,                 set_expect_version                                                },
    { "allow-roaming",   "b",  NULL,          SERVER,                      0,                 set_boolean,    AT (flow.allow_roaming)                                 },
    { "allow-downgrade", "b",  NULL,          DOWNLOAD | UPGRADE,          RESUME,            set_boolean,    AT (flow.allow_downgrade)                               },
    { "upgrade",         "b",  NULL,          DOWNLOAD | RESUME,           0,                 set_boolean,    AT (flow.upgrade)                                       },
    { "delay",           "u",  "seconds",     UPGRADE,                     DOWNLOAD | RESUME, set_number,     AT (flow.delay),           MM_TDTECH_FOTA_DELAY_MAX    },
    { "wait",            "u",  "seconds",     UPGRADE,                     DOWNLOAD | RESUME, set_number,     AT (flow.wait),            MM_TDTECH_FOTA_WAIT_MAX     },
    { "hang-up-calls",   "b",  NULL,          UPGRADE,                     DOWNLOAD | RESUME, set_boolean,    AT (flow.hang_up_calls)                                 },
    { "transaction",     "s",  NULL,          SERVER | UPGRADE,            0,                 set_transaction                                                   },
};

/* Masks have a bit for each */
G_STATIC_ASSERT (G_N_ELEMENTS (options) <= 32);
G_STATIC_ASSERT (MM_TDTECH_FOTA_VERB_LAST <= 32);

static const Option *
find_option (const gchar *key)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS (options); i++) {
        if (g_str_equal (key, options[i].key))
            return &options[i];
    }
    return NULL;
}

static gboolean
is_allowed (const Option     *option,
            MMTdtechFotaVerb  verb,
            gboolean          upgrading)
{
    guint verbs = option->verbs | (upgrading ? option->upgrading_verbs : 0);

    return (verbs & 1u << verb) != 0;
}

static gboolean
set_unknown (GError           **error,
             const gchar       *key,
             MMTdtechFotaVerb   verb,
             gboolean           upgrading)
{
    g_autoptr(GString) allowed = NULL;
    g_autofree gchar  *shown = NULL;
    guint              i;

    allowed = g_string_new (NULL);
    for (i = 0; i < G_N_ELEMENTS (options); i++) {
        if (is_allowed (&options[i], verb, upgrading))
            g_string_append_printf (allowed, "%s%s", allowed->len > 0 ? ", " : "", options[i].key);
    }
    shown = show (key);
    g_set_error (error, MM_CORE_ERROR, MM_CORE_ERROR_INVALID_ARGS,
                 "%s knows no option '%s'; allowed: %s",
                 mm_tdtech_fota_verb_get_name (verb), shown, allowed->str);
    return FALSE;
}

/*****************************************************************************/
/* Reading */

static gboolean
check_allowed (const Option      *option,
               const gchar       *key,
               MMTdtechFotaVerb   verb,
               gboolean           upgrading,
               GError           **error)
{
    if (!option)
        return set_unknown (error, key, verb, upgrading);
    if (is_allowed (option, verb, upgrading))
        return TRUE;
    if (!is_allowed (option, verb, TRUE))
        return set_unknown (error, key, verb, upgrading);
    g_set_error (error, MM_CORE_ERROR, MM_CORE_ERROR_INVALID_ARGS,
                 "option '%s' is for upgrading: %s allows it only with option 'upgrade' set to true",
                 option->key, mm_tdtech_fota_verb_get_name (verb));
    return FALSE;
}

static gboolean
check_type (const Option  *option,
            GVariant      *value,
            GError       **error)
{
    g_autofree gchar *given = NULL;

    if (g_variant_is_of_type (value, G_VARIANT_TYPE (option->type)))
        return TRUE;
    given = show (g_variant_get_type_string (value));
    g_set_error (error, MM_CORE_ERROR, MM_CORE_ERROR_INVALID_ARGS,
                 "option '%s' must be a %s%s%s%s, not a %s",
                 option->key, option->type,
                 option->unit ? " (" : "", option->unit ? option->unit : "", option->unit ? ")" : "",
                 given);
    return FALSE;
}

static gboolean
check_not_twice (const Option  *option,
                 guint         *seen,
                 GError       **error)
{
    guint flag = 1u << (option - options);

    if (*seen & flag) {
        g_set_error (error, MM_CORE_ERROR, MM_CORE_ERROR_INVALID_ARGS,
                     "option '%s' is given twice", option->key);
        return FALSE;
    }
    *seen |= flag;
    return TRUE;
}

static gboolean
check_dictionary (GVariant  *dictionary,
                  GError   **error)
{
    if (g_variant_is_of_type (dictionary, G_VARIANT_TYPE_VARDICT))
        return TRUE;
    g_set_error (error, MM_CORE_ERROR, MM_CORE_ERROR_INVALID_ARGS,
                 "options must be an a{sv}");
    return FALSE;
}

static gboolean
read_options (MMTdtechFotaOptions  *self,
              MMTdtechFotaVerb      verb,
              GVariant             *dictionary,
              GError              **error)
{
    gboolean      upgrading = FALSE;
    guint         seen = 0;
    GVariantIter  iter;
    const gchar  *key;
    GVariant     *next;

    g_variant_lookup (dictionary, "upgrade", "b", &upgrading);

    g_variant_iter_init (&iter, dictionary);
    while (g_variant_iter_next (&iter, "{&sv}", &key, &next)) {
        g_autoptr(GVariant)  value = next;
        const Option        *option = find_option (key);

        if (!check_allowed (option, key, verb, upgrading, error) ||
            !check_type (option, value, error) ||
            !check_not_twice (option, &seen, error) ||
            !option->set (option, self, value, error))
            return FALSE;
    }
    return TRUE;
}

MMTdtechFotaOptions *
mm_tdtech_fota_options_new (MMTdtechFotaVerb   verb,
                            GVariant          *dictionary,
                            GError           **error)
{
    g_autoptr(MMTdtechFotaOptions) self = NULL;

    self = g_new0 (MMTdtechFotaOptions, 1);
    self->tls_verify = TLS_VERIFY_DEFAULT;
    self->flow.wait = MM_TDTECH_FOTA_WAIT_DEFAULT;
    if (!check_dictionary (dictionary, error) ||
        !read_options (self, verb, dictionary, error) ||
        !check_tls (self, error))
        return NULL;
    return g_steal_pointer (&self);
}

void
mm_tdtech_fota_options_free (MMTdtechFotaOptions *self)
{
    g_free (self->transaction);
    g_free (self->url);
    mm_tdtech_pem_free (self->tls_ca);
    mm_tdtech_pem_free (self->tls_certificate);
    mm_tdtech_pem_free (self->tls_key);
    mm_tdtech_fota_flow_options_clear (&self->flow);
    g_free (self);
}

gboolean
mm_tdtech_fota_options_check_none (GVariant  *dictionary,
                                   GError   **error)
{
    g_autofree gchar *shown = NULL;
    const gchar      *key;
    GVariantIter      iter;

    if (!check_dictionary (dictionary, error))
        return FALSE;
    g_variant_iter_init (&iter, dictionary);
    if (!g_variant_iter_next (&iter, "{&sv}", &key, NULL))
        return TRUE;
    shown = show (key);
    g_set_error (error, MM_CORE_ERROR, MM_CORE_ERROR_INVALID_ARGS,
                 "Cancel knows no option '%s'; none is allowed", shown);
    return FALSE;
}

gchar *
mm_tdtech_fota_options_new_transaction (void)
{
    return g_uuid_string_random ();
}

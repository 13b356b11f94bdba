/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mm-tdtech-pem.h"

#include <string.h>

#include <gio/gio.h>
#include <libmm-glib.h>

#define BEGIN   "-----BEGIN "
#define END     "-----END "
#define DASHES  "-----"

/* First octet of a DER SEQUENCE and the other types that are met here (ITU-T X.690 §8) */
#define DER_SEQUENCE   0x30
#define DER_VERSION    0xa0
#define DER_BIT_STRING 0x03

/* Shortest public key that a private key's DER is searched for, in bytes: an
 * uncompressed point of a 256 bit curve, RSA keys are longer. Shorter ones (Edwards
 * curves, compressed points) don't stand in the private key. */
#define PUBLIC_KEY_MIN 65

/* RFC 7468 §5, §10; the others are what OpenSSL wrote and writes */
static const gchar *const certificate_labels[] = { "CERTIFICATE", "X509 CERTIFICATE", NULL };
static const gchar *const key_labels[] = { "PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", NULL };
/* Written by "openssl ecparam -genkey" before the key; says nothing that the key does not */
static const gchar *const extra_key_labels[] = { "EC PARAMETERS", NULL };

typedef enum {
    KIND_CERTIFICATES,
    KIND_KEY,
} Kind;

static const struct {
    const gchar        *text;
    const gchar *const *labels;
    const gchar *const *extra_labels;
    guint               max_blocks;
} kinds[] = {
    [KIND_CERTIFICATES] = { "one or more certificates",               certificate_labels, NULL,             G_MAXUINT },
    [KIND_KEY]          = { "one private key that needs no password", key_labels,         extra_key_labels, 1         },
};

/*****************************************************************************/
/* Errors */

static gboolean
set_invalid (GError      **error,
             const gchar  *name,
             Kind          kind,
             const gchar  *why)
{
    g_set_error (error, MM_CORE_ERROR, MM_CORE_ERROR_INVALID_ARGS,
                 "%s: %s; allowed: %s in PEM format, ASCII, at most %d bytes",
                 name, why, kinds[kind].text, MM_TDTECH_PEM_MAX);
    return FALSE;
}

static gboolean
set_invalid_certificate (GError       **error,
                         const gchar   *name,
                         const GError  *cause)
{
    g_autofree gchar *valid = NULL;
    g_autofree gchar *why = NULL;

    valid = g_utf8_make_valid (cause->message, -1);
    why = g_strdup_printf ("can't be read (%s)", valid);
    return set_invalid (error, name, KIND_CERTIFICATES, why);
}

/*****************************************************************************/
/* Form */

/* Text between "-----BEGIN X-----" and "-----END X-----", the lines themselves included */
typedef struct {
    const gchar *p;
    const gchar *end;
    const gchar *body;
    const gchar *body_end;
    const gchar *label;
    gsize        label_len;
} Block;

static const gchar *
find_line (const gchar *text,
           const gchar *prefix)
{
    const gchar *p;

    for (p = strstr (text, prefix); p; p = strstr (p + 1, prefix)) {
        if (p == text || p[-1] == '\n' || p[-1] == '\r')
            return p;
    }
    return NULL;
}

/* The rest of the block that begins at block->p; FALSE if it is not whole */
static gboolean
read_block (Block *block)
{
    const gchar *closing;

    block->label = block->p + strlen (BEGIN);
    block->label_len = strcspn (block->label, "-\r\n");
    block->body = block->label + block->label_len;
    if (!g_str_has_prefix (block->body, DASHES))
        return FALSE;
    block->body += strlen (DASHES);
    block->body_end = find_line (block->body, END);
    if (!block->body_end)
        return FALSE;
    closing = block->body_end + strlen (END);
    if (strncmp (closing, block->label, block->label_len) != 0 ||
        !g_str_has_prefix (closing + block->label_len, DASHES))
        return FALSE;
    block->end = closing + block->label_len + strlen (DASHES);
    return TRUE;
}

/* FALSE without @why: no more blocks */
static gboolean
next_block (const gchar **text,
            Block        *block,
            const gchar **why)
{
    block->p = find_line (*text, BEGIN);
    if (!block->p)
        return FALSE;
    if (!read_block (block)) {
        *why = "a block that is not whole";
        return FALSE;
    }
    *text = block->end;
    return TRUE;
}

static gboolean
label_is_in (const Block        *block,
             const gchar *const *labels)
{
    for (; labels && *labels; labels++) {
        if (strlen (*labels) == block->label_len && memcmp (block->label, *labels, block->label_len) == 0)
            return TRUE;
    }
    return FALSE;
}

static gboolean
body_is_encrypted (const Block *block)
{
    /* RFC 1421 §4.6.1.1: "Proc-Type: 4,ENCRYPTED" */
    return g_strstr_len (block->body, block->body_end - block->body, "ENCRYPTED") != NULL;
}

/* Base64 of a DER sequence */
static gboolean
body_is_valid (const Block *block)
{
    g_autofree gchar  *base64 = NULL;
    g_autofree guchar *der = NULL;
    const gchar       *p;
    gsize              len = 0;
    gsize              padding = 0;

    base64 = g_malloc (block->body_end - block->body + 1);
    for (p = block->body; p < block->body_end; p++) {
        if (g_ascii_isspace (*p))
            continue;
        if (*p == '=')
            padding++;
        else if (padding > 0 || (!g_ascii_isalnum (*p) && *p != '+' && *p != '/'))
            return FALSE;
        base64[len++] = *p;
    }
    base64[len] = '\0';
    if (len % 4 != 0 || padding > 2)
        return FALSE;
    der = g_base64_decode (base64, &len);
    return len > 1 && der[0] == DER_SEQUENCE;
}

static gboolean
check_block (const Block  *block,
             Kind          kind,
             guint        *n_blocks,
             const gchar **why)
{
    if (label_is_in (block, kinds[kind].extra_labels))
        return TRUE;
    if (!label_is_in (block, kinds[kind].labels))
        *why = "something else is in it";
    else if (body_is_encrypted (block))
        *why = "it is encrypted";
    else if (!body_is_valid (block))
        *why = "a block that can't be read";
    else if (++*n_blocks > kinds[kind].max_blocks)
        *why = "more than one";
    return *why == NULL;
}

static gboolean
check_form (const gchar  *name,
            const gchar  *text,
            Kind          kind,
            GError      **error)
{
    const gchar *why = NULL;
    guint        n_blocks = 0;
    Block        block;

    while (next_block (&text, &block, &why)) {
        if (!check_block (&block, kind, &n_blocks, &why))
            return set_invalid (error, name, kind, why);
    }
    if (why)
        return set_invalid (error, name, kind, why);
    if (n_blocks == 0)
        return set_invalid (error, name, kind, "nothing is in it");
    return TRUE;
}

static gboolean
text_is_ascii (const guint8 *data,
               gsize         size)
{
    gsize i;

    for (i = 0; i < size; i++) {
        if (!g_ascii_isprint ((gchar) data[i]) && !g_ascii_isspace ((gchar) data[i]))
            return FALSE;
    }
    return TRUE;
}

static gchar *
new_text (const gchar   *name,
          const guint8  *data,
          gsize          size,
          Kind           kind,
          GError       **error)
{
    gchar *text;

    if (size == 0 || size > MM_TDTECH_PEM_MAX) {
        set_invalid (error, name, kind, size == 0 ? "empty" : "too long");
        return NULL;
    }
    if (!text_is_ascii (data, size)) {
        set_invalid (error, name, kind, "a character that is not allowed");
        return NULL;
    }
    text = g_strndup ((const gchar *) data, size);
    if (!check_form (name, text, kind, error)) {
        mm_tdtech_pem_free (text);
        return NULL;
    }
    return text;
}

/*****************************************************************************/
/* Contents */

static gboolean
can_read_contents (void)
{
    return g_tls_backend_supports_tls (g_tls_backend_get_default ());
}

static void
warn_if_expired (const gchar     *name,
                 GTlsCertificate *certificate)
{
    g_autoptr(GDateTime) end = NULL;
    g_autoptr(GDateTime) now = NULL;

    end = g_tls_certificate_get_not_valid_after (certificate);
    now = g_date_time_new_now_utc ();
    if (end && g_date_time_compare (end, now) < 0) {
        g_autofree gchar *text = g_date_time_format_iso8601 (end);

        g_message ("%s: a certificate expired at %s", name, text);
    }
}

static gboolean
check_certificates (const gchar  *name,
                    const gchar  *text,
                    GError      **error)
{
    const gchar *why = NULL;
    Block        block;

    while (next_block (&text, &block, &why)) {
        g_autoptr(GTlsCertificate) certificate = NULL;
        g_autoptr(GError)          inner_error = NULL;

        certificate = g_tls_certificate_new_from_pem (block.p, block.end - block.p, &inner_error);
        if (!certificate)
            return set_invalid_certificate (error, name, inner_error);
        warn_if_expired (name, certificate);
    }
    return TRUE;
}

/*****************************************************************************/
/* Keys */

/* What is inside of a DER element */
typedef struct {
    const guint8 *p;
    gsize         len;
} Der;

/* Takes an element off the front of @rest (ITU-T X.690 §8.1); lengths of up to
 * three octets are more than a PEM file here can hold. @inside may be @rest: to go in. */
static gboolean
der_take (Der    *rest,
          guint8  tag,
          Der    *inside)
{
    Der   found;
    gsize len;
    gsize n = 0;
    gsize i;

    if (rest->len < 2 || rest->p[0] != tag)
        return FALSE;
    len = rest->p[1];
    if (len & 0x80) {
        n = len & 0x7f;
        if (n == 0 || n > 3 || rest->len < 2 + n)
            return FALSE;
        for (len = 0, i = 0; i < n; i++)
            len = len << 8 | rest->p[2 + i];
    }
    if (rest->len - 2 - n < len)
        return FALSE;
    found = (Der) { rest->p + 2 + n, len };
    *rest = (Der) { found.p + len, rest->len - 2 - n - len };
    *inside = found;
    return TRUE;
}

/* subjectPublicKey of a certificate (RFC 5280 §4.1): as it stands there, or for RSA
 * modulus and exponent, which a private key holds one after the other too */
static gboolean
get_public_key (Der  certificate,
                Der *key)
{
    static const guint8 serial = 0x02;
    Der                 rest;
    Der                 skipped;
    guint               i;

    if (!der_take (&certificate, DER_SEQUENCE, &rest) || !der_take (&rest, DER_SEQUENCE, &rest))
        return FALSE;
    der_take (&rest, DER_VERSION, &skipped);
    if (!der_take (&rest, serial, &skipped))
        return FALSE;
    /* Signature algorithm, issuer, validity, subject */
    for (i = 0; i < 4; i++) {
        if (!der_take (&rest, DER_SEQUENCE, &skipped))
            return FALSE;
    }
    if (!der_take (&rest, DER_SEQUENCE, &rest) ||
        !der_take (&rest, DER_SEQUENCE, &skipped) ||
        !der_take (&rest, DER_BIT_STRING, key) ||
        key->len < 1 + PUBLIC_KEY_MIN)
        return FALSE;
    /* The first octet counts unused bits */
    *key = (Der) { key->p + 1, key->len - 1 };
    rest = *key;
    der_take (&rest, DER_SEQUENCE, key);
    return TRUE;
}

/* TRUE also if it cannot be determined */
static gboolean
key_belongs (GTlsCertificate *pair)
{
    g_autoptr(GByteArray) certificate = NULL;
    g_autoptr(GByteArray) private_key = NULL;
    gboolean              belongs = TRUE;
    Der                   public_key;

    g_object_get (pair,
                  "certificate", &certificate,
                  "private-key", &private_key,
                  NULL);
    if (!certificate || !private_key)
        return TRUE;
    if (get_public_key ((Der) { certificate->data, certificate->len }, &public_key))
        belongs = memmem (private_key->data, private_key->len, public_key.p, public_key.len) != NULL;
    explicit_bzero (private_key->data, private_key->len);
    return belongs;
}

/*****************************************************************************/

gchar *
mm_tdtech_pem_new_certificates (const gchar   *name,
                                const guint8  *data,
                                gsize          size,
                                GError       **error)
{
    g_autofree gchar *text = NULL;

    text = new_text (name, data, size, KIND_CERTIFICATES, error);
    if (!text || (can_read_contents () && !check_certificates (name, text, error)))
        return NULL;
    return g_steal_pointer (&text);
}

gchar *
mm_tdtech_pem_new_key (const gchar   *name,
                       const guint8  *data,
                       gsize          size,
                       GError       **error)
{
    return new_text (name, data, size, KIND_KEY, error);
}

gboolean
mm_tdtech_pem_check_pair (const gchar  *name,
                          const gchar  *certificates,
                          const gchar  *key,
                          GError      **error)
{
    g_autoptr(GTlsCertificate)  pair = NULL;
    gchar                      *text;

    if (!can_read_contents ())
        return TRUE;
    text = g_strconcat (certificates, "\n", key, NULL);
    pair = g_tls_certificate_new_from_pem (text, -1, NULL);
    mm_tdtech_pem_free (text);
    if (!pair)
        return set_invalid (error, name, KIND_KEY, "can't be read");
    if (!key_belongs (pair))
        return set_invalid (error, name, KIND_KEY, "not the certificate's key");
    return TRUE;
}

void
mm_tdtech_pem_free (gchar *pem)
{
    if (!pem)
        return;
    explicit_bzero (pem, strlen (pem));
    g_free (pem);
}

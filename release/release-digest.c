/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "release-digest.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <glib/gi18n.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include "release-file.h"

#define CHUNK (1024 * 1024)

/* GnuTLS uses the processor's hash instructions, GLib does not. MD5 is not for security here:
 * the module requires it. */
struct _ReleaseDigester {
    gnutls_hash_hd_t md5;
    gnutls_hash_hd_t sha256;
    guint64          size;
};

static gnutls_hash_hd_t
open_hash (gnutls_digest_algorithm_t algorithm)
{
    gnutls_hash_hd_t hash = NULL;

    /* FIPS mode forbids MD5 for security, which this is not */
    if (gnutls_hash_init (&hash, algorithm) < 0) {
        GNUTLS_FIPS140_SET_LAX_MODE ();
        if (gnutls_hash_init (&hash, algorithm) < 0)
            hash = NULL;
        GNUTLS_FIPS140_SET_STRICT_MODE ();
    }
    return hash;
}

ReleaseDigester *
release_digester_new (void)
{
    ReleaseDigester *self = g_new0 (ReleaseDigester, 1);

    self->md5 = open_hash (GNUTLS_DIG_MD5);
    self->sha256 = open_hash (GNUTLS_DIG_SHA256);
    return self;
}

void
release_digester_update (ReleaseDigester *self,
                         const guint8    *data,
                         gsize            size)
{
    if (size == 0)
        return;
    if (self->md5)
        gnutls_hash (self->md5, data, size);
    if (self->sha256)
        gnutls_hash (self->sha256, data, size);
    self->size += size;
}

static void
finish_hash (gnutls_hash_hd_t  *hash,
             gchar             *out,
             gsize              bytes)
{
    guint8 digest[64] = { 0 };
    gsize  i;

    if (!*hash)
        return;
    gnutls_hash_deinit (*hash, digest);
    *hash = NULL;
    for (i = 0; i < bytes; i++)
        g_snprintf (out + 2 * i, 3, "%02x", digest[i]);
}

void
release_digester_finish (ReleaseDigester *self,
                         ReleaseDigest   *digest)
{
    memset (digest, 0, sizeof (*digest));
    finish_hash (&self->md5, digest->md5, 16);
    finish_hash (&self->sha256, digest->sha256, 32);
    digest->size = self->size;
}

void
release_digester_free (ReleaseDigester *self)
{
    if (self->md5)
        gnutls_hash_deinit (self->md5, NULL);
    if (self->sha256)
        gnutls_hash_deinit (self->sha256, NULL);
    g_free (self);
}

void
release_digest_bytes (GBytes        *bytes,
                      ReleaseDigest *digest)
{
    g_autoptr(ReleaseDigester) digester = release_digester_new ();

    release_digester_update (digester, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
    release_digester_finish (digester, digest);
}

/*****************************************************************************/
/* A file */

/* Holes stay holes, as cp has it; end_copy () gives the file its size */
static gboolean
copy_chunk (gint          fd,
            const guint8 *data,
            gsize         size)
{
    if (data[0] == 0 && memcmp (data, data + 1, size - 1) == 0)
        return lseek (fd, (off_t) size, SEEK_CUR) >= 0;
    return release_file_write (fd, data, size);
}

static gboolean
end_copy (gint    fd,
          guint64 size)
{
    return fd < 0 || ftruncate (fd, (off_t) size) == 0;
}

gboolean
release_digest_fd (gint           input,
                   gint           copy,
                   ReleaseDigest *digest,
                   GError       **error)
{
    g_autoptr(ReleaseDigester) digester = release_digester_new ();
    g_autofree guint8         *chunk = g_malloc (CHUNK);
    gssize                     n;

    while ((n = read (input, chunk, CHUNK)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 || (copy >= 0 && !copy_chunk (copy, chunk, (gsize) n))) {
            g_set_error (error, G_IO_ERROR, (gint) g_io_error_from_errno (errno), "%s: %s",
                         n < 0 ? _("reading") : _("writing"), g_strerror (errno));
            return FALSE;
        }
        release_digester_update (digester, chunk, (gsize) n);
    }
    if (!end_copy (copy, digester->size)) {
        g_set_error (error, G_IO_ERROR, (gint) g_io_error_from_errno (errno), _("writing: %s"), g_strerror (errno));
        return FALSE;
    }
    release_digester_finish (digester, digest);
    return TRUE;
}

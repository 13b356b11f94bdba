/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-agent-token.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gi18n.h>

#include "release-file.h"

#define PREFIX      "MMFOTA1 CHECK "
/* The prefix of messages that are meant for an agent */
#define NAME        "MMFOTA1"
#define SUM         32
#define IMEI_LENGTH 15
/* An SMS of one part has 160 characters; nobody needs more than this of several */
#define TEXT_MAX    1024
#define FILE_MAX    4096
#define NUMBER_MIN  7
/* 2026-01-01, before which no message can have been made */
#define CLOCK_SET   G_GINT64_CONSTANT (1767225600)

/*****************************************************************************/
/* Keys */

void
mmfota_agent_token_keys_clear (MmfotaAgentTokenKeys *keys)
{
    explicit_bzero (keys, sizeof (*keys));
}

static gboolean
read_hex (const gchar *text,
          gsize        length,
          guint8      *bytes,
          gsize        n)
{
    gsize i;

    if (length != 2 * n)
        return FALSE;
    for (i = 0; i < n; i++) {
        gint high = g_ascii_xdigit_value (text[2 * i]);
        gint low = g_ascii_xdigit_value (text[2 * i + 1]);

        if (high < 0 || low < 0)
            return FALSE;
        bytes[i] = (guint8) (high * 16 + low);
    }
    return TRUE;
}

gboolean
mmfota_agent_token_keys_parse (MmfotaAgentTokenKeys *keys,
                               const gchar          *text,
                               gsize                 size,
                               GError              **error)
{
    guint number = 0;
    gsize at = 0;

    mmfota_agent_token_keys_clear (keys);
    while (at < size) {
        const gchar *line = text + at;
        const gchar *end = memchr (line, '\n', size - at);
        gsize        length = end ? (gsize) (end - line) : size - at;

        at += length + 1;
        number++;
        while (length > 0 && g_ascii_isspace (line[length - 1]))
            length--;
        if (length == 0 || *line == '#')
            continue;
        if (keys->n == MMFOTA_AGENT_TOKEN_KEYS_MAX || !read_hex (line, length, keys->bytes[keys->n], MMFOTA_AGENT_TOKEN_KEY)) {
            gboolean many = keys->n == MMFOTA_AGENT_TOKEN_KEYS_MAX;

            mmfota_agent_token_keys_clear (keys);
            g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, _("line %u: %s"), number,
                         many ? _("a third key; allowed: one, or two while they are changed")
                              : _("no key; allowed: 64 hexadecimal digits (openssl rand -hex 32)"));
            return FALSE;
        }
        keys->n++;
    }
    if (keys->n == 0)
        g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                             _("no key in it; allowed: a line of 64 hexadecimal digits (openssl rand -hex 32)"));
    return keys->n > 0;
}

static gboolean
check_file (gint     fd,
            GError **error)
{
    struct stat status;

    if (fstat (fd, &status) < 0 || !S_ISREG (status.st_mode)) {
        g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE, _("not a file"));
        return FALSE;
    }
    if (status.st_mode & (S_IROTH | S_IWOTH | S_IWGRP)) {
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
                     _("mode %04o: others could use the key; allowed: 0640 or less"), (guint) status.st_mode & 07777);
        return FALSE;
    }
    return TRUE;
}

gboolean
mmfota_agent_token_keys_load (MmfotaAgentTokenKeys *keys,
                              const gchar          *path,
                              GError              **error)
{
    gchar    buffer[FILE_MAX];
    gssize   size;
    gboolean good = FALSE;
    /* Do not wait for the other end of a pipe */
    gint     fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    mmfota_agent_token_keys_clear (keys);
    if (fd < 0) {
        g_set_error (error, G_IO_ERROR, (gint) g_io_error_from_errno (errno), "%s: %s", path, g_strerror (errno));
        return FALSE;
    }
    if (check_file (fd, error)) {
        size = release_file_read (fd, buffer, sizeof (buffer));
        if (size < 0)
            g_set_error_literal (error, G_IO_ERROR, (gint) g_io_error_from_errno (errno), g_strerror (errno));
        else
            good = mmfota_agent_token_keys_parse (keys, buffer, (gsize) size, error);
        explicit_bzero (buffer, sizeof (buffer));
    }
    close (fd);
    if (!good)
        g_prefix_error (error, "%s: ", path);
    return good;
}

/*****************************************************************************/
/* The text */

static gboolean
is_imei (const gchar *text)
{
    gsize i;

    for (i = 0; g_ascii_isdigit (text[i]); i++);
    return i == IMEI_LENGTH && text[i] == '\0';
}

static void
compute (const guint8 *key,
         const gchar  *imei,
         guint64       counter,
         guint8       *sum)
{
    g_autofree gchar *text = g_strdup_printf (PREFIX "%" G_GUINT64_FORMAT " %s", counter, imei);
    GHmac            *hmac = g_hmac_new (G_CHECKSUM_SHA256, key, MMFOTA_AGENT_TOKEN_KEY);
    gsize             size = SUM;

    g_hmac_update (hmac, (const guchar *) text, -1);
    g_hmac_get_digest (hmac, sum, &size);
    g_hmac_unref (hmac);
}

gchar *
mmfota_agent_token_make (const MmfotaAgentTokenKeys *keys,
                         const gchar                *imei,
                         guint64                     counter,
                         GError                    **error)
{
    GString *text;
    guint8   sum[SUM];
    guint    i;

    if (!is_imei (imei)) {
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, _("'%.32s' is not an IMEI; allowed: 15 digits"), imei);
        return NULL;
    }
    if (keys->n == 0) {
        g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, _("no key"));
        return NULL;
    }
    compute (keys->bytes[0], imei, counter, sum);
    text = g_string_new (NULL);
    g_string_append_printf (text, PREFIX "%" G_GUINT64_FORMAT " ", counter);
    for (i = 0; i < MMFOTA_AGENT_TOKEN_MAC; i++)
        g_string_append_printf (text, "%02X", sum[i]);
    return g_string_free (text, FALSE);
}

/* In constant time */
static gboolean
is_same (const guint8 *a,
         const guint8 *b,
         gsize         n)
{
    volatile guint8 difference = 0;
    gsize           i;

    for (i = 0; i < n; i++)
        difference = (guint8) (difference | (a[i] ^ b[i]));
    return difference == 0;
}

/* A number in its canonical form */
static gboolean
read_counter (const gchar  *text,
              const gchar **end,
              guint64      *counter)
{
    guint64 value = 0;
    guint   i;

    for (i = 0; i < 19 && g_ascii_isdigit (text[i]); i++)
        value = value * 10 + (guint64) (text[i] - '0');
    *end = text + i;
    *counter = value;
    return i > 0 && *text != '0';
}

MmfotaAgentToken
mmfota_agent_token_verify (const MmfotaAgentTokenKeys *keys,
                           const gchar                *imei,
                           const gchar                *text,
                           guint64                    *counter)
{
    g_autofree gchar *line = NULL;
    const gchar      *rest;
    guint8            mac[MMFOTA_AGENT_TOKEN_MAC];
    guint8            sum[SUM];
    guint64           value;
    gboolean          found = FALSE;
    guint             i;

    if (!text || strnlen (text, TEXT_MAX + 1) > TEXT_MAX)
        return MMFOTA_AGENT_TOKEN_FOREIGN;
    line = g_strstrip (g_strdup (text));
    if (!g_str_has_prefix (line, NAME))
        return MMFOTA_AGENT_TOKEN_FOREIGN;
    if (!g_str_has_prefix (line, PREFIX) || !is_imei (imei) ||
        !read_counter (line + strlen (PREFIX), &rest, &value) || *rest != ' ' ||
        !read_hex (rest + 1, strlen (rest + 1), mac, sizeof (mac)))
        return MMFOTA_AGENT_TOKEN_FORGED;
    for (i = 0; i < keys->n; i++) {
        compute (keys->bytes[i], imei, value, sum);
        found |= is_same (mac, sum, sizeof (mac));
    }
    if (!found)
        return MMFOTA_AGENT_TOKEN_FORGED;
    *counter = value;
    return MMFOTA_AGENT_TOKEN_AUTHENTIC;
}

/*****************************************************************************/
/* Acceptance */

/* Seconds until @then + @length; 0 if that is over or never was, or if @then lies in the future:
 * a clock that was set back must not lock anybody out */
static guint
left_of (gint64 then,
         gint64 length,
         gint64 now)
{
    return then > 0 && now >= then && now - then < length ? (guint) (length - (now - then)) : 0;
}

MmfotaAgentTokenVerdict
mmfota_agent_token_judge (MmfotaAgentTokenMemory *memory,
                          guint64                 counter,
                          gint64                  now,
                          guint                  *wait)
{
    gboolean clock_is_set = now >= CLOCK_SET;
    guint    pause = left_of (memory->accepted, MMFOTA_AGENT_TOKEN_PAUSE, now);
    guint    day = left_of (memory->day, MMFOTA_AGENT_TOKEN_DAY, now);

    *wait = 0;
    if (counter <= memory->counter)
        return MMFOTA_AGENT_TOKEN_USED;
    if (clock_is_set && counter > (guint64) now + MMFOTA_AGENT_TOKEN_AHEAD)
        return MMFOTA_AGENT_TOKEN_FUTURE;
    if (clock_is_set && counter + MMFOTA_AGENT_TOKEN_AGE < (guint64) now)
        return MMFOTA_AGENT_TOKEN_OLD;
    if (memory->of_day >= MMFOTA_AGENT_TOKEN_DAY_MAX)
        pause = MAX (pause, day);
    if (pause > 0) {
        *wait = pause;
        return MMFOTA_AGENT_TOKEN_TOO_SOON;
    }
    if (day == 0) {
        memory->day = now;
        memory->of_day = 0;
    }
    memory->of_day++;
    memory->accepted = now;
    memory->counter = counter;
    return MMFOTA_AGENT_TOKEN_ACCEPTED;
}

const gchar *
mmfota_agent_token_verdict_name (MmfotaAgentTokenVerdict verdict)
{
    static const gchar *const names[] = { "accepted", "used before", "older than 7 days", "from the future", "too soon" };

    return (guint) verdict < G_N_ELEMENTS (names) ? names[verdict] : "unknown";
}

/*****************************************************************************/
/* Senders */

/* Without optional prefixes: +, 00, and the trunk prefix 0. NULL if it is not a number, but a
 * name or too short */
static gchar *
digits_of (const gchar *number)
{
    g_autoptr(GString) digits = g_string_new (NULL);
    const gchar       *p;

    for (p = number; *p; p++) {
        if (g_ascii_isdigit (*p)) {
            if (digits->len > 0 || *p != '0')
                g_string_append_c (digits, *p);
        } else if (!strchr ("+ -/()", *p))
            return NULL;
    }
    if (digits->len < NUMBER_MIN)
        return NULL;
    return g_string_free (g_steal_pointer (&digits), FALSE);
}

gboolean
mmfota_agent_token_is_sender (const gchar *const *senders,
                              const gchar        *number)
{
    g_autofree gchar *digits = number ? digits_of (number) : NULL;
    guint             i;

    if (!senders || !senders[0])
        return TRUE;
    for (i = 0; digits && senders[i]; i++) {
        g_autofree gchar *allowed = digits_of (senders[i]);

        if (allowed && (g_str_has_suffix (digits, allowed) || g_str_has_suffix (allowed, digits)))
            return TRUE;
    }
    return FALSE;
}

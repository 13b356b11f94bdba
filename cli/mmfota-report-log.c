/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-report-log.h"

#include <string.h>

/*****************************************************************************/
/* Lines */

/* "<debug> [1795803750.800730] [ttyUSB1/at] …"; without time in the journal, and without level if
 * ModemManager logs to the journal itself */
MmfotaLogLine *
mmfota_log_line_parse (const gchar *line)
{
    MmfotaLogLine *self = g_new0 (MmfotaLogLine, 1);

    self->time = -1;
    if (*line == '<') {
        self->warning = g_str_has_prefix (line, "<w") || g_str_has_prefix (line, "<e");
        line += strcspn (line, ">");
        line += strspn (line, "> ");
    }
    if (*line == '[') {
        gchar  *end = NULL;
        guint64 seconds = g_ascii_strtoull (line + 1, &end, 10);

        if (end > line + 1 && *end == '.' && seconds <= G_MAXUINT32) {
            guint64 micros = g_ascii_strtoull (end + 1, &end, 10);

            if (g_str_has_prefix (end, "] ") && micros < G_USEC_PER_SEC) {
                self->time = (gint64) (seconds * G_USEC_PER_SEC + micros);
                line = end + 2;
            }
        }
    }
    self->text = g_strdup (line);
    g_strchomp (self->text);
    return self;
}

void
mmfota_log_line_free (MmfotaLogLine *self)
{
    g_free (self->text);
    g_free (self);
}

gchar *
mmfota_log_line_dup_level (const MmfotaLogLine *self)
{
    const gchar *level = strstr (self->text, "logging: level '");
    const gchar *end;

    if (!level)
        return NULL;
    level += strlen ("logging: level '");
    end = strchr (level, '\'');
    return end ? g_strndup (level, (gsize) (end - level)) : NULL;
}

/*****************************************************************************/
/* What went over a port */

/* ModemManager logs unprintable bytes as <CR>, <LF>, or \ and a decimal number */
static void
decode (const gchar *text,
        gsize        length,
        GByteArray  *bytes)
{
    gsize i = 0;

    while (i < length) {
        guint8 c = (guint8) text[i];
        gsize  n = 1;

        if (c == '<' && i + 4 <= length && memcmp (text + i, "<CR>", 4) == 0) {
            c = '\r';
            n = 4;
        } else if (c == '<' && i + 4 <= length && memcmp (text + i, "<LF>", 4) == 0) {
            c = '\n';
            n = 4;
        } else if (c == '\\') {
            guint value = 0;
            gsize digits;

            /* The longest number of an escaped byte */
            for (digits = 1; digits <= 3 && i + digits < length && g_ascii_isdigit (text[i + digits]); digits++) {
                value = value * 10 + (guint) (text[i + digits] - '0');
                if (value <= 255 && (value < 0x20 || value > 0x7e) && value != '\r' && value != '\n') {
                    c = (guint8) value;
                    n = digits + 1;
                }
            }
        }
        g_byte_array_append (bytes, &c, 1);
        i += n;
    }
}

MmfotaTraffic *
mmfota_log_line_to_traffic (const MmfotaLogLine *self)
{
    const gchar      *text = self->text;
    const gchar      *end = *text == '[' ? strchr (text, ']') : NULL;
    const gchar      *slash;
    g_autofree gchar *port = NULL;
    MmfotaTraffic    *traffic;
    gsize             length;

    /* [modem0/ttyUSB1/at] */
    if (!end || end - text < 5 || !g_str_has_prefix (end - 3, "/at] "))
        return NULL;
    port = g_strndup (text + 1, (gsize) (end - text) - 4);
    slash = strrchr (port, '/');
    if (slash)
        memmove (port, slash + 1, strlen (slash + 1) + 1);
    text = end + 2;
    length = strlen (text);
    if (g_str_equal (text, "opening serial port..."))
        return mmfota_traffic_new (self->time, port, 'o', (const guint8 *) "", 0);
    if (g_str_equal (text, "serial port closed"))
        return mmfota_traffic_new (self->time, port, 'c', (const guint8 *) "", 0);
    if (length < 6 || text[length - 1] != '\'' ||
        !(g_str_has_prefix (text, "--> '") || g_str_has_prefix (text, "<-- '")))
        return NULL;
    traffic = mmfota_traffic_new (self->time, port, text[0] == '-' ? '>' : '<', (const guint8 *) "", 0);
    decode (text + 5, length - 6, traffic->bytes);
    return traffic;
}

gchar *
mmfota_report_escape (const guint8 *data,
                      gsize         length)
{
    GString *text = g_string_new ("\"");
    gsize    i;

    for (i = 0; i < length; i++) {
        if (data[i] == '\r')
            g_string_append (text, "\\r");
        else if (data[i] == '\n')
            g_string_append (text, "\\n");
        else if (data[i] == '"' || data[i] == '\\')
            g_string_append_printf (text, "\\%c", data[i]);
        else if (g_ascii_isprint ((gchar) data[i]))
            g_string_append_c (text, (gchar) data[i]);
        else
            g_string_append_printf (text, "\\x%02x", data[i]);
    }
    g_string_append_c (text, '"');
    return g_string_free (text, FALSE);
}

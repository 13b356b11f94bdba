/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-text.h"

#include <string.h>

#include <glib/gi18n.h>

/*****************************************************************************/
/* Untrusted strings */

static gboolean
steers_terminal (gunichar c)
{
    GUnicodeType type = g_unichar_type (c);

    return type == G_UNICODE_CONTROL ||
           type == G_UNICODE_FORMAT ||
           type == G_UNICODE_LINE_SEPARATOR ||
           type == G_UNICODE_PARAGRAPH_SEPARATOR ||
           type == G_UNICODE_SURROGATE ||
           type == G_UNICODE_UNASSIGNED;
}

gchar *
mmfota_text_printable (const gchar *text)
{
    GString *out = g_string_new (NULL);

    while (text && *text) {
        gunichar c = g_utf8_get_char_validated (text, -1);

        if (c == (gunichar) -1 || c == (gunichar) -2) {
            g_string_append_printf (out, "\\x%02x", (guint) (guchar) *text++);
            continue;
        }
        g_string_append_unichar (out, steers_terminal (c) ? '?' : c);
        text = g_utf8_next_char (text);
    }
    return g_string_free (out, FALSE);
}

gchar *
mmfota_text_argument (const gchar *argument)
{
    g_autofree gchar *converted = NULL;

    if (argument && !g_utf8_validate (argument, -1, NULL))
        converted = g_locale_to_utf8 (argument, -1, NULL, NULL, NULL);
    return mmfota_text_printable (converted ? converted : argument);
}

/*****************************************************************************/
/* Columns of a terminal */

static guint
columns (gunichar c)
{
    if (g_unichar_iszerowidth (c))
        return 0;
    return g_unichar_iswide (c) ? 2 : 1;
}

guint
mmfota_text_width (const gchar *text)
{
    guint width = 0;

    for (; *text; text = g_utf8_next_char (text))
        width += columns (g_utf8_get_char (text));
    return width;
}

gchar *
mmfota_text_cut (const gchar *text,
                 guint        width)
{
    const gchar *p;
    guint        used = 0;

    for (p = text; *p; p = g_utf8_next_char (p)) {
        used += columns (g_utf8_get_char (p));
        if (used > width)
            break;
    }
    return g_strndup (text, (gsize) (p - text));
}

void
mmfota_text_append_aligned (GString     *line,
                            const gchar *text,
                            gint         width)
{
    guint room = (guint) ABS (width);
    guint used = mmfota_text_width (text);
    gint  blanks = (gint) (used < room ? room - used : 0);

    g_string_append_printf (line, "%*s%s%*s", width > 0 ? blanks : 0, "", text, width < 0 ? blanks : 0, "");
}

gchar *
mmfota_text_to_locale (const gchar *text)
{
    const gchar *charset;
    gchar       *converted = NULL;

    if (!g_get_charset (&charset))
        converted = g_convert_with_fallback (text, -1, charset, "UTF-8", "?", NULL, NULL, NULL);
    return converted ? converted : g_strdup (text);
}

gchar *
mmfota_text_list (gchar **words)
{
    return g_strjoinv (_(", "), words);
}

/*****************************************************************************/
/* Sizes */

typedef struct {
    guint64      bytes;
    const gchar *name;
} Unit;

static const Unit units[] = {
    { G_GUINT64_CONSTANT (1000000000), "GB" },
    { G_GUINT64_CONSTANT (1000000),    "MB" },
    { G_GUINT64_CONSTANT (1000),       "kB" },
};

static const Unit *
unit_for (guint64 bytes)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS (units); i++) {
        if (bytes >= units[i].bytes)
            return &units[i];
    }
    return NULL;
}

static gchar *
in_unit (guint64     bytes,
         const Unit *unit)
{
    guint64 whole;
    guint64 tenth;

    if (!unit)
        return g_strdup_printf ("%" G_GUINT64_FORMAT, bytes);

    whole = bytes / unit->bytes;
    tenth = (bytes % unit->bytes) / (unit->bytes / 10);
    return g_strdup_printf ("%" G_GUINT64_FORMAT ".%" G_GUINT64_FORMAT, whole, tenth);
}

gchar *
mmfota_text_size (guint64 bytes)
{
    const Unit       *unit = unit_for (bytes);
    g_autofree gchar *number = in_unit (bytes, unit);

    return g_strdup_printf ("%s %s", number, unit ? unit->name : _("bytes"));
}

gchar *
mmfota_text_size_of (guint64 bytes,
                     guint64 total)
{
    const Unit       *unit = unit_for (total);
    g_autofree gchar *part = in_unit (bytes, unit);
    g_autofree gchar *all = in_unit (total, unit);

    return g_strdup_printf (_("%s of %s %s"), part, all, unit ? unit->name : _("bytes"));
}

/*****************************************************************************/
/* Times */

gchar *
mmfota_text_duration (guint64 seconds)
{
    guint64 hours = seconds / 3600;
    guint   minutes = (guint) (seconds / 60 % 60);
    guint   rest = (guint) (seconds % 60);

    if (hours)
        return g_strdup_printf ("%" G_GUINT64_FORMAT ":%02u:%02u", hours, minutes, rest);
    return g_strdup_printf ("%u:%02u", minutes, rest);
}

typedef struct {
    const gchar *name;
    guint64      seconds;
} DurationUnit;

static const DurationUnit duration_units[] = {
    { "w",   7 * 24 * 3600 },
    { "d",   24 * 3600     },
    { "h",   3600          },
    { "min", 60            },
    { "m",   60            },
    { "s",   1             },
};

/* The seconds of the unit at *text, which must be less than @below */
static guint64
read_unit (const gchar **text,
           guint64       below)
{
    gsize length = strspn (*text, "abcdefghijklmnopqrstuvwxyz");
    guint i;

    for (i = 0; i < G_N_ELEMENTS (duration_units); i++) {
        if (strlen (duration_units[i].name) == length &&
            memcmp (duration_units[i].name, *text, length) == 0 &&
            duration_units[i].seconds < below) {
            *text += length;
            return duration_units[i].seconds;
        }
    }
    return 0;
}

gboolean
mmfota_text_parse_duration (const gchar *text,
                            guint64     *seconds)
{
    guint64 sum = 0;
    guint64 unit = G_MAXUINT64;

    if (g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT32, seconds, NULL))
        return TRUE;
    do {
        guint64  number;
        gchar   *end;

        if (!g_ascii_isdigit (*text))
            return FALSE;
        number = g_ascii_strtoull (text, &end, 10);
        text = end;
        unit = read_unit (&text, unit);
        if (!unit || number > G_MAXUINT32)
            return FALSE;
        sum += number * unit;
    } while (*text);
    *seconds = sum;
    return TRUE;
}

gchar *
mmfota_text_time (guint64 unix_time)
{
    g_autoptr(GDateTime) when = NULL;

    /* GDateTime ends with the year 9999 */
    if (unix_time && unix_time <= G_MAXINT64)
        when = g_date_time_new_from_unix_local ((gint64) unix_time);
    return when ? g_date_time_format (when, "%Y-%m-%d %H:%M:%S") : g_strdup ("--");
}

void
mmfota_text_set (gchar       **field,
                 const gchar  *text)
{
    gchar *copy = g_strdup (text);

    g_free (*field);
    *field = copy;
}

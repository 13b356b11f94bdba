/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <string.h>

#include <ModemManager.h>
#include <libmm-glib.h>

#include "mm-tdtech-lines.h"
#include "mm-tdtech-response.h"

#define RESULT_DUPLICATED         "DUPLICATED"
#define RESULT_INVALID            "Invalid"
#define RESULT_NO_NETWORK_SERVICE "NO NETWORK SERVICE"
#define RESULT_NOT_SUPPORT        "COMMAND NOT SUPPORT"
#define RESULT_NOT_COMPLETE       "Previous command is not complete"
#define RESULT_COLLISION          "FOTA is in collision state"

/* Bytes of a result shown in a message */
#define SHOWN_MAX 80

/*****************************************************************************/
/* Final results */

static gboolean
match (const gchar    *pattern,
       const GString  *response,
       gchar         **found)
{
    g_autoptr(GRegex)     regex = NULL;
    g_autoptr(GMatchInfo) match_info = NULL;

    regex = g_regex_new (pattern, G_REGEX_RAW | G_REGEX_CASELESS, 0, NULL);
    if (!regex || !g_regex_match_full (regex, response->str, response->len, 0, 0, &match_info, NULL))
        return FALSE;
    *found = g_match_info_fetch (match_info, 1);
    return TRUE;
}

static gboolean
is_result (const gchar *line,
           const gchar *result)
{
    gsize length = strlen (result);

    /* With blanks behind it, or with words after a colon */
    return (g_ascii_strncasecmp (line, result, length) == 0 &&
            line[length + strspn (line + length, " ")] == '\0');
}

static gboolean
is_one_of (const gchar        *line,
           const gchar *const *results,
           guint               n_results)
{
    guint i;

    for (i = 0; i < n_results; i++) {
        if (is_result (line, results[i]))
            return TRUE;
    }
    return FALSE;
}

gboolean
mm_tdtech_response_is_of_call (const gchar *line)
{
    static const gchar *const results[] = { "NO CARRIER", "BUSY", "NO ANSWER", "NO DIALTONE" };

    return is_one_of (line, results, G_N_ELEMENTS (results));
}

gboolean
mm_tdtech_response_is_final (const gchar *line)
{
    static const gchar *const results[] = { "OK", "ERROR", RESULT_NOT_SUPPORT, "NA", "CONNECT" };
    static const gchar *const starts[] = {
        "ERROR:", "ERROR :", "+CME ERROR:", "+CMS ERROR:", "MODEM ERROR:", "CONNECT ",
    };
    guint i;

    if (is_one_of (line, results, G_N_ELEMENTS (results)) || mm_tdtech_response_is_of_call (line))
        return TRUE;
    for (i = 0; i < G_N_ELEMENTS (starts); i++) {
        if (g_ascii_strncasecmp (line, starts[i], strlen (starts[i])) == 0)
            return TRUE;
    }
    return FALSE;
}

static MMMobileEquipmentError
error_code_from_result (const gchar *result)
{
    if (!g_ascii_strcasecmp (result, RESULT_DUPLICATED))
        return MM_MOBILE_EQUIPMENT_ERROR_NOT_ALLOWED;
    if (!g_ascii_strcasecmp (result, RESULT_INVALID))
        return MM_MOBILE_EQUIPMENT_ERROR_INCORRECT_PARAMETERS;
    if (!g_ascii_strcasecmp (result, RESULT_NO_NETWORK_SERVICE))
        return MM_MOBILE_EQUIPMENT_ERROR_NO_NETWORK;
    if (!g_ascii_strcasecmp (result, RESULT_NOT_SUPPORT))
        return MM_MOBILE_EQUIPMENT_ERROR_NOT_SUPPORTED;
    return MM_MOBILE_EQUIPMENT_ERROR_UNKNOWN;
}

/* Fit for an error message, which may go out over D-Bus */
static gchar *
show (const gchar *result)
{
    g_autofree gchar *start = NULL;
    g_autofree gchar *valid = NULL;

    start = g_strndup (result, SHOWN_MAX);
    valid = g_utf8_make_valid (start, -1);
    return g_strescape (valid, NULL);
}

GError *
mm_tdtech_response_find_error (const GString *response)
{
    g_autofree gchar *result = NULL;
    g_autofree gchar *shown = NULL;

    if (!match ("\\r\\nERROR[ ]*:[ ]*([^\\r\\n]+)\\r\\n", response, &result) &&
        /* ModemManager has no specific error for these */
        !match ("\\r\\n\\+CME ERROR:[ ]*(" RESULT_NOT_COMPLETE "|" RESULT_COLLISION ")[ ]*\\r\\n", response, &result) &&
        !match ("\\r\\n(" RESULT_NOT_SUPPORT ")[ ]*\\r\\n", response, &result))
        return NULL;

    g_strstrip (result);
    shown = show (result);
    return g_error_new (MM_MOBILE_EQUIPMENT_ERROR, error_code_from_result (result),
                        "The module answered '%s'", shown);
}

static gboolean
error_names (const GError *error,
             gint          code,
             const gchar  *result)
{
    return (g_error_matches (error, MM_MOBILE_EQUIPMENT_ERROR, code) &&
            strcasestr (error->message, result));
}

gboolean
mm_tdtech_error_is_duplicated (const GError *error)
{
    return error_names (error, MM_MOBILE_EQUIPMENT_ERROR_NOT_ALLOWED, RESULT_DUPLICATED);
}

gboolean
mm_tdtech_error_is_invalid (const GError *error)
{
    return error_names (error, MM_MOBILE_EQUIPMENT_ERROR_INCORRECT_PARAMETERS, RESULT_INVALID);
}

/*****************************************************************************/
/* Lines that are no part of the answer */

static gboolean
is_unsolicited (const gchar *line,
                gboolean     registration)
{
    const MMTdtechLine *known = mm_tdtech_line_find (line);

    return known && !(registration && known->registration);
}

static void
append_without_blanks (GString     *out,
                       const gchar *line)
{
    gboolean quoted = FALSE;
    gchar    previous = '\0';

    for (; *line; line++) {
        if (*line == '"')
            quoted = !quoted;
        if (*line == ' ' && previous == ',' && !quoted)
            continue;
        g_string_append_c (out, *line);
        previous = *line;
    }
}

void
mm_tdtech_response_clean (GString  *response,
                          gboolean  registration)
{
    g_auto(GStrv)      lines = NULL;
    g_autoptr(GString) out = NULL;
    gboolean           others = registration;
    guint              i;

    /* A NUL would end the text for every parser to come */
    for (i = 0; i < response->len; i++) {
        if (response->str[i] == '\0')
            response->str[i] = ' ';
    }

    lines = g_strsplit (response->str, "\r\n", -1);
    for (i = 0; lines[i] && !others; i++)
        others = (lines[i][0] && !is_unsolicited (lines[i], FALSE));

    out = g_string_sized_new (response->len);
    for (i = 0; lines[i]; i++) {
        if (others && is_unsolicited (lines[i], registration))
            continue;
        g_string_append (out, "\r\n");
        if (lines[i][0] == '+')
            append_without_blanks (out, lines[i]);
        else
            g_string_append (out, lines[i]);
    }
    /* As ModemManager's own parser leaves it */
    while (out->len && strchr ("\r\n", out->str[out->len - 1]))
        g_string_truncate (out, out->len - 1);
    g_string_erase (out, 0, strspn (out->str, "\r\n"));
    g_string_assign (response, out->str);
}

gboolean
mm_tdtech_response_bound (GString *response)
{
    if (response->len <= MM_TDTECH_RESPONSE_MAX)
        return FALSE;
    g_string_erase (response, 0, response->len - MM_TDTECH_RESPONSE_MAX / 2);
    return TRUE;
}

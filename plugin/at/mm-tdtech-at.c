/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mm-tdtech-at.h"

#include <string.h>

#include <libmm-glib.h>

#include "mm-tdtech-fota-enums.h"
#include "mm-tdtech-url.h"

/* Fields looked at in one line; the longest known line, +CLCC with names, has 10 */
#define FIELDS_MAX 32
/* Sessions kept of one answer; the module has 16 PDP contexts of two families at most */
#define NDIS_SESSIONS_MAX 64
/* Calls: 3GPP TS 22.030 numbers them from 1, seven at most */
#define CALL_ID_MAX 63
/* Longest file name kept from ^FOTADLQ, in bytes */
#define FILE_NAME_MAX 128
/* Longest name, model, build time kept, in bytes */
#define TEXT_MAX 128
/* Longest auto-dial setting, in bytes */
#define AUTODIAL_SETTING_MAX 512

/* 3GPP TS 23.003 §9.1: an APN has at most 100 octets */
#define APN_MAX 100
/* RFC 1334 §2.2.1: the lengths of PAP's peer id and password are one octet each */
#define CREDENTIAL_MAX 255
/* 3GPP TS 27.007 §10.1.1 leaves the range of <cid> to the module; one octet holds all known ones */
#define CID_MAX 255

/*****************************************************************************/
/* Lines and fields */

/* A piece of the caller's string, not terminated */
typedef struct {
    const gchar *p;
    const gchar *end;
} Span;

typedef struct {
    Span     text;
    gboolean quoted;
} Field;

static gsize
span_len (Span span)
{
    return (gsize) (span.end - span.p);
}

static Span
span_trim (Span span)
{
    while (span.p < span.end && g_ascii_isspace (*span.p))
        span.p++;
    while (span.end > span.p && g_ascii_isspace (span.end[-1]))
        span.end--;
    return span;
}

static gboolean
span_equals (Span         span,
             const gchar *str)
{
    return span_len (span) == strlen (str) && memcmp (span.p, str, span_len (span)) == 0;
}

static gboolean
span_starts_with (Span         span,
                  const gchar *str)
{
    return span_len (span) >= strlen (str) && memcmp (span.p, str, strlen (str)) == 0;
}

static gboolean
next_line (const gchar **cursor,
           Span         *line)
{
    while (*cursor && **cursor) {
        gsize len;

        len = strcspn (*cursor, "\r\n");
        line->p = *cursor;
        line->end = *cursor + len;
        *cursor = line->end + strspn (line->end, "\r\n");
        *line = span_trim (*line);
        if (span_len (*line) > 0)
            return TRUE;
    }
    return FALSE;
}

/* The next line that begins with @prefix and a colon; @rest: what follows them */
static gboolean
next_line_of (const gchar **cursor,
              const gchar  *prefix,
              Span         *rest)
{
    while (next_line (cursor, rest)) {
        if (!span_starts_with (*rest, prefix))
            continue;
        rest->p += strlen (prefix);
        *rest = span_trim (*rest);
        if (span_len (*rest) == 0 || *rest->p != ':')
            continue;
        rest->p++;
        *rest = span_trim (*rest);
        return TRUE;
    }
    return FALSE;
}

/* A command with nothing to report has an empty answer. If there is a line, it is the late
 * answer to another command, and says nothing about this one. */
static gboolean
is_empty_answer (const gchar *str)
{
    Span line;

    return !next_line (&str, &line);
}

/* Takes a field off the front of @rest, and the comma after it. An unquoted field
 * holds no quote, a quoted one is closed and alone between its commas. */
static gboolean
take_field (Span     *rest,
            Field    *field,
            gboolean *comma)
{
    const gchar *stop;

    *rest = span_trim (*rest);
    field->quoted = (rest->p < rest->end && *rest->p == '"');
    if (field->quoted) {
        rest->p++;
        stop = memchr (rest->p, '"', span_len (*rest));
        if (!stop)
            return FALSE;
        field->text = (Span) { rest->p, stop };
        rest->p = stop + 1;
        *rest = span_trim (*rest);
        *comma = (rest->p < rest->end);
        if (*comma && *rest->p != ',')
            return FALSE;
    } else {
        stop = memchr (rest->p, ',', span_len (*rest));
        *comma = (stop != NULL);
        if (!stop)
            stop = rest->end;
        field->text = span_trim ((Span) { rest->p, stop });
        if (memchr (field->text.p, '"', span_len (field->text)))
            return FALSE;
        rest->p = stop;
    }

    if (*comma)
        rest->p++;
    return TRUE;
}

static gboolean
split_fields (Span   line,
              Field *fields,
              guint *n_fields)
{
    gboolean comma = TRUE;
    guint    n;

    for (n = 0; comma; n++) {
        if (n == FIELDS_MAX || !take_field (&line, &fields[n], &comma))
            return FALSE;
    }
    *n_fields = n;
    return TRUE;
}

static gboolean
span_to_uint64 (Span     span,
                guint64  max,
                guint64 *out)
{
    guint64 value = 0;

    if (span_len (span) == 0)
        return FALSE;
    for (; span.p < span.end; span.p++) {
        gint digit;

        digit = g_ascii_digit_value (*span.p);
        if (digit < 0 || !g_uint64_checked_mul (&value, value, 10) ||
            !g_uint64_checked_add (&value, value, (guint64) digit))
            return FALSE;
    }
    if (value > max)
        return FALSE;
    *out = value;
    return TRUE;
}

static gboolean
field_to_uint (const Field *field,
               guint        max,
               guint       *out)
{
    guint64 value;

    if (field->quoted || !span_to_uint64 (field->text, max, &value))
        return FALSE;
    *out = (guint) value;
    return TRUE;
}

/* One line of printable ASCII, NULL otherwise. Versions are compared, shown and stored, so a
 * damaged one must not pass. */
static gchar *
span_dup_ascii (Span  span,
                gsize max)
{
    const gchar *p;

    if (span_len (span) == 0 || span_len (span) > max)
        return NULL;
    for (p = span.p; p < span.end; p++) {
        if (!g_ascii_isprint (*p))
            return NULL;
    }
    return g_strndup (span.p, span_len (span));
}

/* Text for people: takes anything, returns valid UTF-8 of at most @max bytes without control
 * characters */
static gchar *
span_dup_text (Span  span,
               gsize max)
{
    g_autofree gchar *valid = NULL;
    GString          *out;
    const gchar      *p;

    /* An invalid byte becomes three; nothing beyond @max is kept */
    valid = g_utf8_make_valid (span.p, (gssize) MIN (span_len (span), max));
    out = g_string_sized_new (MIN (strlen (valid), max));
    for (p = valid; *p; p = g_utf8_next_char (p)) {
        gunichar c;
        gchar    utf8[6];
        gint     len;

        c = g_utf8_get_char (p);
        if (!g_unichar_isprint (c))
            c = ' ';
        len = g_unichar_to_utf8 (c, utf8);
        if (out->len + (gsize) len > max)
            break;
        g_string_append_len (out, utf8, len);
    }
    return g_string_free (out, FALSE);
}

/* The line itself is left out of the message: it may contain passwords */
static gboolean
set_unreadable (GError      **error,
                const gchar  *what)
{
    g_set_error (error, MM_CORE_ERROR, MM_CORE_ERROR_FAILED,
                 "no readable %s in the answer", what);
    return FALSE;
}

/*****************************************************************************/
/* ^FOTASTATE */

void
mm_tdtech_fotastate_clear (MMTdtechFotastate *self)
{
    g_clear_pointer (&self->version, g_free);
    g_clear_pointer (&self->description, g_free);
    self->state = MM_TDTECH_FOTASTATE_UNKNOWN;
    self->code = MM_TDTECH_FOTA_CODE_NONE;
    self->size = 0;
}

static gboolean
fotastate_has_code (guint state)
{
    return (state == MM_TDTECH_FOTASTATE_QUERY_FAILED ||
            state == MM_TDTECH_FOTASTATE_DOWNLOAD_FAILED ||
            state == MM_TDTECH_FOTASTATE_UPGRADE_FAILED ||
            state == MM_TDTECH_FOTASTATE_FAMILY_UPGRADE_FAILED);
}

/* version,size,description. A field is complete only if a comma follows: a truncated version or
 * size looks like a valid one. */
static void
parse_fotastate_offer (Span               rest,
                       MMTdtechFotastate *out)
{
    Field    field;
    gboolean comma;
    guint64  size;

    if (!take_field (&rest, &field, &comma) || !comma)
        return;
    out->version = span_dup_ascii (field.text, MM_TDTECH_VERSION_MAX);

    if (!take_field (&rest, &field, &comma) || !comma)
        return;
    if (!field.quoted && span_to_uint64 (field.text, G_MAXUINT64, &size))
        out->size = size;

    rest = span_trim (rest);
    if (span_len (rest) > 0)
        out->description = span_dup_text (rest, MM_TDTECH_DESCRIPTION_MAX);
}

static gboolean
parse_fotastate_line (Span               rest,
                      MMTdtechFotastate *out)
{
    Field    field;
    gboolean comma;
    guint    state;
    guint    code;

    if (!take_field (&rest, &field, &comma) || !field_to_uint (&field, 255, &state))
        return FALSE;

    *out = (MMTdtechFotastate) { .state = (gint) state };
    if (state == MM_TDTECH_FOTASTATE_AVAILABLE)
        parse_fotastate_offer (rest, out);
    else if (fotastate_has_code (state) &&
             take_field (&rest, &field, &comma) &&
             field_to_uint (&field, G_MAXUINT16, &code))
        out->code = code;
    return TRUE;
}

gboolean
mm_tdtech_parse_fotastate (const gchar        *str,
                           MMTdtechFotastate  *out,
                           GError            **error)
{
    MMTdtechFotastate last = { 0 };
    gboolean          found = FALSE;
    Span              rest;

    while (next_line_of (&str, "^FOTASTATE", &rest)) {
        MMTdtechFotastate line;

        if (!parse_fotastate_line (rest, &line))
            continue;
        mm_tdtech_fotastate_clear (&last);
        last = line;
        found = TRUE;
    }

    if (!found)
        return set_unreadable (error, "^FOTASTATE");
    *out = last;
    return TRUE;
}

/* The guide's table of states. The first row that fits counts; code 0 fits any code. */
static const struct {
    gint         state;
    guint        code;
    const gchar *advice;
} fotastate_advices[] = {
    { MM_TDTECH_FOTASTATE_IDLE, 0,
      "The module is idle: a check or download may start." },
    { MM_TDTECH_FOTASTATE_QUERYING, 0,
      "The module is asking the server: wait for the result." },
    { MM_TDTECH_FOTASTATE_AVAILABLE, 0,
      "A newer version was found: it can be downloaded." },
    { MM_TDTECH_FOTASTATE_QUERY_FAILED, MM_TDTECH_FOTA_CODE_SERVER_UNREACHABLE,
      "The server cannot be reached: check the network." },
    { MM_TDTECH_FOTASTATE_QUERY_FAILED, MM_TDTECH_FOTA_CODE_FILES_UNAVAILABLE,
      "The upgrade files could not be fetched: check the URL, the port and the certificates." },
    { MM_TDTECH_FOTASTATE_QUERY_FAILED, 0,
      "The query failed: check the network, the URL, the port and the certificates, then try again." },
    { MM_TDTECH_FOTASTATE_NOTHING_NEWER, 0,
      "The server has nothing newer: if it should, check the files on the server." },
    { MM_TDTECH_FOTASTATE_DOWNLOAD_FAILED, 0,
      "The download failed: check the network and the module's storage." },
    { MM_TDTECH_FOTASTATE_DOWNLOADING, 0,
      "The download is running: wait for its end, or cancel it." },
    { MM_TDTECH_FOTASTATE_SUSPENDED, 0,
      "The download is suspended: resume it, or cancel it." },
    { MM_TDTECH_FOTASTATE_DOWNLOADED, 0,
      "The package is downloaded: upgrade, or cancel to discard it." },
    { MM_TDTECH_FOTASTATE_UPGRADING, 0,
      "The module is upgrading: keep it powered and wait until it is back." },
    { MM_TDTECH_FOTASTATE_UPGRADE_FAILED, 0,
      "The upgrade failed: find and remove the cause, then try again." },
    { MM_TDTECH_FOTASTATE_FAMILY_UPGRADE_FAILED, 0,
      "The upgrade failed: find and remove the cause, then try again." },
    { MM_TDTECH_FOTASTATE_FAMILY_UPGRADE_DONE, 0,
      "The module reports that the upgrade is done: compare version and build time with those before." },
};

const gchar *
mm_tdtech_fotastate_advice (gint  state,
                            guint code)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS (fotastate_advices); i++) {
        if (fotastate_advices[i].state == state &&
            (fotastate_advices[i].code == 0 || fotastate_advices[i].code == code))
            return fotastate_advices[i].advice;
    }
    return "The module's state is not known: check that the module answers, then try again.";
}

/* Huawei's FOTA documents for the Balong family; 13 and 51 agree with the guide */
static const struct {
    guint        code;
    const gchar *text;
} fota_codes[] = {
    {   1, "unknown error" },
    {   2, "busy" },
    {   3, "bad parameter" },
    {   4, "not supported" },
    {   5, "system error" },
    {  11, "network not open" },
    {  12, "network already open" },
    {  13, "cannot open the network" },
    {  14, "no link" },
    {  15, "link exists already" },
    {  16, "cannot establish a link" },
    {  17, "cannot bind" },
    {  18, "cannot connect" },
    {  19, "bad domain name" },
    {  20, "name resolution failed" },
    {  21, "HTTP server error" },
    {  22, "wrong file type" },
    {  23, "wrong source" },
    {  51, "no file list" },
    {  52, "MD5 mismatch" },
    {  54, "collision with a data service" },
    { 101, "cancelled" },
    { 102, "too many retries" },
    { 103, "wrong size" },
    { 104, "wrong packet number" },
    { 105, "protocol error" },
    { 106, "port error" },
    { 107, "CRC mismatch" },
    { 108, "wrong update type" },
    { 109, "package for another product" },
    { 110, "package for another source version" },
    { 111, "wrong tag length" },
    { 112, "wrong file count" },
    { 113, "cannot open a file" },
    { 114, "cannot write the flash" },
    { 151, "cannot write the update flag" },
    { 152, "cannot read the update flag" },
    { 153, "cannot erase the flash" },
    { 154, "cannot copy the loader" },
    { 155, "cannot replace the image" },
    { 156, "cannot copy the NV" },
    { 157, "cannot write the NV" },
    { 158, "cannot back up the NV" },
    { 159, "cannot restore the NV" },
};

const gchar *
mm_tdtech_fota_code_string (guint code)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS (fota_codes); i++) {
        if (fota_codes[i].code == code)
            return fota_codes[i].text;
    }
    return NULL;
}

/*****************************************************************************/
/* ^FOTADLQ, ^FOTAMODE, ^FOTAOEMDL */

void
mm_tdtech_fotadlq_clear (MMTdtechFotadlq *self)
{
    g_clear_pointer (&self->file, g_free);
    self->index = 0;
    self->received = 0;
    self->total = 0;
}

/* index, file, bytes received, bytes total. More received than total means a damaged line:
 * usually the last number was truncated. */
static gboolean
parse_fotadlq_line (Span             rest,
                    MMTdtechFotadlq *out)
{
    Field   fields[FIELDS_MAX];
    guint   n_fields;
    guint   index;
    guint64 received;
    guint64 total;

    if (!split_fields (rest, fields, &n_fields) || n_fields < 4 ||
        !field_to_uint (&fields[0], G_MAXUINT16, &index) ||
        fields[2].quoted || !span_to_uint64 (fields[2].text, G_MAXUINT64, &received) ||
        fields[3].quoted || !span_to_uint64 (fields[3].text, G_MAXUINT64, &total) ||
        (total > 0 && received > total))
        return FALSE;

    out->index = index;
    out->file = span_dup_text (fields[1].text, FILE_NAME_MAX);
    out->received = received;
    out->total = total;
    return TRUE;
}

gboolean
mm_tdtech_parse_fotadlq (const gchar      *str,
                         MMTdtechFotadlq  *out,
                         GError          **error)
{
    MMTdtechFotadlq last = { 0 };
    gboolean        found = FALSE;
    Span            rest;

    while (next_line_of (&str, "^FOTADLQ", &rest)) {
        MMTdtechFotadlq line = { 0 };

        if (!parse_fotadlq_line (rest, &line))
            continue;
        mm_tdtech_fotadlq_clear (&last);
        last = line;
        found = TRUE;
    }

    if (!found)
        return set_unreadable (error, "^FOTADLQ");
    *out = last;
    return TRUE;
}

/* No automatic query, no automatic upgrade, resumable: what the guide uses */
gchar *
mm_tdtech_build_fotamode (gboolean auto_download)
{
    return g_strdup_printf ("^FOTAMODE=0,%d,0,1", auto_download ? 1 : 0);
}

gchar *
mm_tdtech_build_fotaoemdl (const gchar  *url,
                           GError      **error)
{
    g_autofree gchar *normalized = NULL;

    normalized = mm_tdtech_url_normalize (url, error);
    if (!normalized)
        return NULL;
    return g_strdup_printf ("^FOTAOEMDL=\"%s\"", normalized);
}

/*****************************************************************************/
/* ^VERSION, +CGMR, ATI */

void
mm_tdtech_version_clear (MMTdtechVersion *self)
{
    g_clear_pointer (&self->version, g_free);
    g_clear_pointer (&self->build_time, g_free);
    g_clear_pointer (&self->hardware, g_free);
}

static gboolean
take_key (Span        *rest,
          const gchar *key)
{
    Span value = *rest;

    if (!span_starts_with (value, key))
        return FALSE;
    value.p += strlen (key);
    value = span_trim (value);
    if (span_len (value) == 0 || *value.p != ':')
        return FALSE;
    value.p++;
    *rest = span_trim (value);
    return TRUE;
}

static void
collapse_blanks (gchar *str)
{
    gchar *to = str;

    for (; *str; str++) {
        if (*str == ' ' && str[1] == ' ')
            continue;
        *to++ = *str;
    }
    *to = '\0';
}

static void
replace_if_readable (gchar **where,
                     Span    value,
                     gsize   max)
{
    gchar *str;

    str = span_dup_ascii (value, max);
    if (!str)
        return;
    /* Spacing varies from line to line, and must not make two equal versions differ */
    collapse_blanks (str);
    g_free (*where);
    *where = str;
}

gboolean
mm_tdtech_parse_version (const gchar      *str,
                         MMTdtechVersion  *out,
                         GError          **error)
{
    MMTdtechVersion version = { 0 };
    Span            rest;

    while (next_line_of (&str, "^VERSION", &rest)) {
        if (take_key (&rest, "EXTS"))
            replace_if_readable (&version.version, rest, MM_TDTECH_VERSION_MAX);
        else if (take_key (&rest, "BDT"))
            replace_if_readable (&version.build_time, rest, TEXT_MAX);
        else if (take_key (&rest, "EXTH"))
            replace_if_readable (&version.hardware, rest, TEXT_MAX);
    }

    if (!version.version && !version.build_time && !version.hardware)
        return set_unreadable (error, "^VERSION");
    *out = version;
    return TRUE;
}

gboolean
mm_tdtech_version_is_complete (const MMTdtechVersion *self)
{
    return self->version && self->build_time;
}

/* A revision has a digit and no space; so RING, OK, echoes and unsolicited lines are
 * none. */
static gboolean
span_is_revision (Span span)
{
    gboolean     digit = FALSE;
    const gchar *p;

    if (span_len (span) > MM_TDTECH_VERSION_MAX)
        return FALSE;
    for (p = span.p; p < span.end; p++) {
        if (!g_ascii_isalnum (*p) && !strchr ("._-()", *p))
            return FALSE;
        digit |= g_ascii_isdigit (*p);
    }
    return digit;
}

gchar *
mm_tdtech_parse_cgmr (const gchar  *str,
                      GError      **error)
{
    Span line;

    while (next_line (&str, &line)) {
        Field    field;
        gboolean comma;

        take_key (&line, "+CGMR");
        if (take_field (&line, &field, &comma) && !comma && span_is_revision (field.text))
            return g_strndup (field.text.p, span_len (field.text));
    }

    set_unreadable (error, "+CGMR");
    return NULL;
}

/* V200R001C20B025 and 1.2.5.0(SP1C02) are read alike: letters and signs are the shape,
 * the numbers between them are the places, the first the most significant. */
static gsize
count_digits (const gchar *p)
{
    return strspn (p, "0123456789");
}

static gint
compare_digits (const gchar *a,
                gsize        len_a,
                const gchar *b,
                gsize        len_b)
{
    /* What follows the digits is none */
    for (; *a == '0'; len_a--)
        a++;
    for (; *b == '0'; len_b--)
        b++;
    if (len_a != len_b)
        return (gint) len_a - (gint) len_b;
    return memcmp (a, b, len_a);
}

/* "(SP1C02)": a service pack is newer than what it was made for */
static gboolean
is_service_pack (const gchar *p)
{
    return g_str_has_prefix (p, "(SP");
}

gboolean
mm_tdtech_version_compare (const gchar *a,
                           const gchar *b,
                           gint        *result)
{
    gboolean number = FALSE;
    gint     difference = 0;

    if (!a || !b || strlen (a) > MM_TDTECH_VERSION_MAX || strlen (b) > MM_TDTECH_VERSION_MAX)
        return FALSE;

    while (*a && *b) {
        gsize len_a = count_digits (a);
        gsize len_b = count_digits (b);

        if (len_a > 0 && len_b > 0) {
            if (difference == 0)
                difference = compare_digits (a, len_a, b, len_b);
            number = TRUE;
            a += len_a;
            b += len_b;
        } else if (*a == *b) {
            a++;
            b++;
        } else
            return FALSE;
    }

    if (!number || (*a && !is_service_pack (a)) || (*b && !is_service_pack (b)))
        return FALSE;
    if (difference == 0 && *a != *b)
        difference = *a ? 1 : -1;
    *result = difference < 0 ? -1 : difference > 0 ? 1 : 0;
    return TRUE;
}

void
mm_tdtech_identity_clear (MMTdtechIdentity *self)
{
    g_clear_pointer (&self->manufacturer, g_free);
    g_clear_pointer (&self->model, g_free);
    g_clear_pointer (&self->revision, g_free);
    g_clear_pointer (&self->imei, g_free);
}

void
mm_tdtech_identity_free (MMTdtechIdentity *self)
{
    mm_tdtech_identity_clear (self);
    g_free (self);
}

static gchar *
span_dup_imei (Span span)
{
    const gchar *p;

    if (span_len (span) != 15)
        return NULL;
    for (p = span.p; p < span.end; p++) {
        if (!g_ascii_isdigit (*p))
            return NULL;
    }
    return g_strndup (span.p, span_len (span));
}

/* Old firmware puts the revision where the model belongs, "Modem V100R100C20B563" */
static void
parse_ati_model (Span              value,
                 MMTdtechIdentity *identity)
{
    if (!span_starts_with (value, "Modem ")) {
        replace_if_readable (&identity->model, value, TEXT_MAX);
        if (identity->model)
            g_strdelimit (identity->model, "_", '-');
        return;
    }

    value.p += strlen ("Modem ");
    value = span_trim (value);
    if (!identity->revision && span_is_revision (value))
        replace_if_readable (&identity->revision, value, MM_TDTECH_VERSION_MAX);
}

gboolean
mm_tdtech_parse_ati (const gchar       *str,
                     MMTdtechIdentity  *out,
                     GError           **error)
{
    MMTdtechIdentity identity = { 0 };
    Span             line;

    while (next_line (&str, &line)) {
        if (take_key (&line, "Manufacturer"))
            replace_if_readable (&identity.manufacturer, line, TEXT_MAX);
        else if (take_key (&line, "Model"))
            parse_ati_model (line, &identity);
        else if (take_key (&line, "Revision"))
            replace_if_readable (&identity.revision, line, MM_TDTECH_VERSION_MAX);
        else {
            gchar *imei;

            take_key (&line, "IMEI");
            imei = span_dup_imei (line);
            if (imei) {
                g_free (identity.imei);
                identity.imei = imei;
            }
        }
    }

    if (!identity.manufacturer && !identity.model && !identity.revision && !identity.imei)
        return set_unreadable (error, "identity");
    *out = identity;
    return TRUE;
}

/*****************************************************************************/
/* Registration and calls */

/* <stat> of 3GPP TS 27.007 §7.2. Registered for SMS only (6, 7) and emergency bearers
 * only (8, 11) carry no data. */
static MMTdtechRegistration
registration_from_stat (guint stat)
{
    switch (stat) {
    case 1:
    case 9:
        return MM_TDTECH_REGISTRATION_HOME;
    case 5:
    case 10:
        return MM_TDTECH_REGISTRATION_ROAMING;
    default:
        return MM_TDTECH_REGISTRATION_NONE;
    }
}

/* <n>,<stat>[,…] answers the query, <stat>[,"tac",…] is the unsolicited line: the second
 * field tells them apart. */
static gboolean
parse_registration_line (Span                  rest,
                         gboolean             *is_answer,
                         MMTdtechRegistration *out)
{
    Field fields[FIELDS_MAX];
    guint n_fields;
    guint first;
    guint second;

    if (!split_fields (rest, fields, &n_fields) || !field_to_uint (&fields[0], 11, &first))
        return FALSE;

    *is_answer = (n_fields > 1 && field_to_uint (&fields[1], 11, &second) &&
                  span_len (fields[1].text) <= 2);
    *out = registration_from_stat (*is_answer ? second : first);
    return TRUE;
}

gboolean
mm_tdtech_parse_registration (const gchar           *str,
                              MMTdtechRegistration  *out,
                              GError               **error)
{
    gboolean found = FALSE;
    gboolean found_answer = FALSE;
    Span     line;

    while (next_line (&str, &line)) {
        MMTdtechRegistration value;
        gboolean             is_answer;

        if (!take_key (&line, "+CREG") && !take_key (&line, "+CEREG") && !take_key (&line, "+C5GREG"))
            continue;
        if (!parse_registration_line (line, &is_answer, &value))
            continue;
        /* An unsolicited line may be of another domain than the one asked for */
        if (found_answer && !is_answer)
            continue;
        *out = value;
        found = TRUE;
        found_answer = is_answer;
    }

    return found || set_unreadable (error, "registration");
}

/* <id>,<dir>,<stat>,<mode>,… A call of mode 1 (data) is a data session on some modules
 * of this kind: ^NDISSTATQRY tells of those. */
#define CLCC_MODE_DATA 1

gboolean
mm_tdtech_parse_clcc_count (const gchar  *str,
                            guint        *n_calls,
                            GError      **error)
{
    gboolean found = is_empty_answer (str);
    guint64  ids = 0;
    guint    n = 0;
    Span     rest;

    while (next_line_of (&str, "+CLCC", &rest)) {
        Field fields[FIELDS_MAX];
        guint n_fields;
        guint id, dir, stat, mode;

        /* A call that cannot be parsed still counts */
        if (!split_fields (rest, fields, &n_fields) || n_fields < 4 ||
            !field_to_uint (&fields[0], CALL_ID_MAX, &id) ||
            !field_to_uint (&fields[1], 1, &dir) ||
            !field_to_uint (&fields[2], 9, &stat) ||
            !field_to_uint (&fields[3], 9, &mode))
            return set_unreadable (error, "+CLCC");

        found = TRUE;
        if (mode == CLCC_MODE_DATA || (ids & (G_GUINT64_CONSTANT (1) << id)))
            continue;
        ids |= G_GUINT64_CONSTANT (1) << id;
        n++;
    }

    if (!found)
        return set_unreadable (error, "+CLCC");
    *n_calls = n;
    return TRUE;
}

/*****************************************************************************/
/* NDIS: what the module tells */

/* [<cid>,]<state>,<cause>,,<type>[,<state>,<cause>,,<type>…] */
#define NDIS_GROUP 4

static gboolean
parse_ndis_type (const Field      *field,
                 MMBearerIpFamily *family)
{
    if (span_equals (field->text, "IPV4"))
        *family = MM_BEARER_IP_FAMILY_IPV4;
    else if (span_equals (field->text, "IPV6"))
        *family = MM_BEARER_IP_FAMILY_IPV6;
    else if (span_equals (field->text, "IPV4V6"))
        *family = MM_BEARER_IP_FAMILY_IPV4V6;
    else
        return FALSE;
    return TRUE;
}

static gboolean
parse_ndis_group (const Field      *fields,
                  guint             cid,
                  MMTdtechNdisstat *out)
{
    guint state;
    guint cause = 0;

    if (!field_to_uint (&fields[0], MM_TDTECH_NDIS_DISCONNECTING, &state))
        return FALSE;
    /* The module's own numbers may be larger than those of 3GPP: it is down all the same */
    if (span_len (fields[1].text) > 0 && !field_to_uint (&fields[1], G_MAXUINT16, &cause))
        return FALSE;

    *out = (MMTdtechNdisstat) { .cid = cid, .state = (MMTdtechNdisState) state, .cause = cause };
    return parse_ndis_type (&fields[3], &out->family);
}

/* FALSE: ignore what was appended */
static gboolean
parse_ndis_line (Span    rest,
                 GArray *sessions)
{
    Field    fields[FIELDS_MAX];
    guint    n_fields;
    gboolean has_cid;
    guint    cid = 0;
    guint    i;

    if (!split_fields (rest, fields, &n_fields))
        return FALSE;

    /* A lone 0 is the state: CIDs start at 1 */
    if (n_fields == 1 && span_equals (fields[0].text, "0")) {
        MMTdtechNdisstat down = { 0 };

        g_array_append_val (sessions, down);
        return TRUE;
    }

    if (n_fields < NDIS_GROUP || n_fields % NDIS_GROUP > 1)
        return FALSE;
    has_cid = (n_fields % NDIS_GROUP == 1);
    if (has_cid && !field_to_uint (&fields[0], CID_MAX, &cid))
        return FALSE;

    for (i = n_fields % NDIS_GROUP; i < n_fields; i += NDIS_GROUP) {
        MMTdtechNdisstat session;

        if (!parse_ndis_group (&fields[i], cid, &session))
            return FALSE;
        /* Context 0 is the default bearer, which nobody dials or hangs up (manual) */
        if (!has_cid || cid > 0)
            g_array_append_val (sessions, session);
    }
    return TRUE;
}

gboolean
mm_tdtech_parse_ndisstat (const gchar       *str,
                          MMTdtechNdisstat  *out,
                          GError           **error)
{
    g_autoptr(GArray) sessions = NULL;
    gboolean          found = FALSE;
    Span              rest;

    sessions = g_array_new (FALSE, FALSE, sizeof (MMTdtechNdisstat));
    while (next_line_of (&str, "^NDISSTAT", &rest)) {
        g_array_set_size (sessions, 0);
        if (!parse_ndis_line (rest, sessions) || sessions->len != 1)
            continue;
        *out = g_array_index (sessions, MMTdtechNdisstat, 0);
        found = TRUE;
    }

    return found || set_unreadable (error, "^NDISSTAT");
}

/* @found: there was such a line */
static gboolean
parse_ndis_lines (const gchar *str,
                  const gchar *prefix,
                  GArray      *sessions,
                  gboolean    *found)
{
    Span rest;

    while (next_line_of (&str, prefix, &rest)) {
        *found = TRUE;
        if (span_len (rest) == 0)
            continue;
        if (sessions->len >= NDIS_SESSIONS_MAX || !parse_ndis_line (rest, sessions))
            return FALSE;
    }
    return TRUE;
}

GArray *
mm_tdtech_parse_ndisstatqry (const gchar  *str,
                             GError      **error)
{
    g_autoptr(GArray) sessions = NULL;
    gboolean          found = is_empty_answer (str);
    gboolean          readable;
    guint             i;

    sessions = g_array_new (FALSE, FALSE, sizeof (MMTdtechNdisstat));
    readable = parse_ndis_lines (str, "^NDISSTATQRY", sessions, &found);
    /* Relatives answer with the name of the unsolicited line (ModemManager's Huawei
     * plugin, 1.20) */
    if (readable && sessions->len == 0)
        readable = parse_ndis_lines (str, "^NDISSTAT", sessions, &found);

    if (!readable || !found) {
        set_unreadable (error, "^NDISSTATQRY");
        return NULL;
    }
    for (i = sessions->len; i > 0; i--) {
        if (g_array_index (sessions, MMTdtechNdisstat, i - 1).cid > MM_TDTECH_CID_MAX)
            g_array_remove_index (sessions, i - 1);
    }
    return g_steal_pointer (&sessions);
}

/*****************************************************************************/
/* NDIS: what the module is told */

/* What may stand between the quotes of a string constant. A quote ends it, a backslash
 * begins an escape (ITU-T V.250 §5.4.2.2), and a semicolon splits the command line for a
 * module that does not mind the quotes (V.250 §5.2.1). */
static gboolean
check_quotable (const gchar  *what,
                const gchar  *str,
                gsize         max,
                const gchar  *forbidden,
                GError      **error)
{
    const gchar *p;

    if (!str)
        return TRUE;
    if (strlen (str) > max) {
        g_set_error (error, MM_CORE_ERROR, MM_CORE_ERROR_INVALID_ARGS,
                     "%s is too long: at most %" G_GSIZE_FORMAT " bytes", what, max);
        return FALSE;
    }
    for (p = str; *p; p++) {
        if (!g_ascii_isprint (*p) || strchr (forbidden, *p)) {
            g_set_error (error, MM_CORE_ERROR, MM_CORE_ERROR_INVALID_ARGS,
                         "%s holds a character that is not allowed (byte 0x%02x): "
                         "printable ASCII without %s only", what, (guint) (guchar) *p, forbidden);
            return FALSE;
        }
    }
    return TRUE;
}

/* 3GPP TS 23.003 §9.1.1 has letters, digits, hyphen and dot; networks in use have more */
static gboolean
check_apn (const gchar  *apn,
           GError      **error)
{
    return check_quotable ("APN", apn, APN_MAX, "\"\\;, ", error);
}

static gboolean
check_credential (const gchar  *what,
                  const gchar  *str,
                  GError      **error)
{
    return check_quotable (what, str, CREDENTIAL_MAX, "\"\\;", error);
}

static gboolean
check_cid (guint    cid,
           GError **error)
{
    if (cid >= 1 && cid <= CID_MAX)
        return TRUE;
    g_set_error (error, MM_CORE_ERROR, MM_CORE_ERROR_INVALID_ARGS,
                 "no such PDP context: %u", cid);
    return FALSE;
}

/* <auth> of ^NDISDUP: 0 none, 1 PAP, 2 CHAP; -1 if the module has none of those allowed.
 * CHAP where nothing is said, as ModemManager's Huawei plugin has it: the command and the
 * chip are Huawei's, and CHAP does not show the password. */
static gint
auth_to_ndisdup (MMBearerAllowedAuth auth)
{
    if (auth == MM_BEARER_ALLOWED_AUTH_UNKNOWN || (auth & MM_BEARER_ALLOWED_AUTH_CHAP))
        return 2;
    if (auth & MM_BEARER_ALLOWED_AUTH_PAP)
        return 1;
    if (auth & MM_BEARER_ALLOWED_AUTH_NONE)
        return 0;
    return -1;
}

gchar *
mm_tdtech_build_ndisdup (guint                cid,
                         const gchar         *apn,
                         const gchar         *user,
                         const gchar         *password,
                         MMBearerAllowedAuth  auth,
                         GError             **error)
{
    gint number;

    if (!check_cid (cid, error) ||
        !check_apn (apn, error) ||
        !check_credential ("user name", user, error) ||
        !check_credential ("password", password, error))
        return NULL;

    if (!user && !password)
        return g_strdup_printf ("^NDISDUP=%u,1,\"%s\"", cid, apn ? apn : "");

    number = auth_to_ndisdup (auth);
    if (number < 0) {
        g_set_error (error, MM_CORE_ERROR, MM_CORE_ERROR_UNSUPPORTED,
                     "the module knows the authentications none, PAP and CHAP only");
        return NULL;
    }
    return g_strdup_printf ("^NDISDUP=%u,1,\"%s\",\"%s\",\"%s\",%d", cid,
                            apn ? apn : "", user ? user : "", password ? password : "", number);
}

gchar *
mm_tdtech_build_ndisdup_down (guint cid)
{
    return g_strdup_printf ("^NDISDUP=%u,0", cid);
}

gchar *
mm_tdtech_build_ndisdup_up (guint cid)
{
    return g_strdup_printf ("^NDISDUP=%u,1", cid);
}

/* <PDP_type>, 3GPP TS 27.007 §10.1.1. Without a wish: IPv4, as everywhere in ModemManager. */
static const gchar *
family_to_pdp_type (MMBearerIpFamily family)
{
    if (family == MM_BEARER_IP_FAMILY_NONE || family == MM_BEARER_IP_FAMILY_ANY ||
        family == MM_BEARER_IP_FAMILY_IPV4)
        return "IP";
    if (family == MM_BEARER_IP_FAMILY_IPV6)
        return "IPV6";
    if (family == MM_BEARER_IP_FAMILY_IPV4V6 ||
        family == (MM_BEARER_IP_FAMILY_IPV4 | MM_BEARER_IP_FAMILY_IPV6))
        return "IPV4V6";
    return NULL;
}

gchar *
mm_tdtech_build_cgdcont (guint              cid,
                         MMBearerIpFamily   family,
                         const gchar       *apn,
                         GError           **error)
{
    const gchar *type;

    if (!check_cid (cid, error) || !check_apn (apn, error))
        return NULL;

    type = family_to_pdp_type (family);
    if (!type) {
        g_set_error (error, MM_CORE_ERROR, MM_CORE_ERROR_UNSUPPORTED,
                     "the module knows the IP families IPv4, IPv6 and both only");
        return NULL;
    }
    return g_strdup_printf ("+CGDCONT=%u,\"%s\",\"%s\"", cid, type, apn ? apn : "");
}

/*****************************************************************************/
/* +CGDCONT: the PDP contexts there are */

/* Contexts kept of one answer: the module has 0 to 31 */
#define PDP_CONTEXTS_MAX 64
/* <cid>,<PDP_type>,<APN>,<PDP_addr>,<d_comp>,<h_comp>,<IPv4AddrAlloc>,<request_type>,…:
 * 3GPP TS 27.007 §10.1.1; older modules end after <h_comp> */
#define CGDCONT_REQUEST_TYPE           7
#define CGDCONT_REQUEST_TYPE_EMERGENCY 1

static void
pdp_context_clear (MMTdtechPdpContext *self)
{
    g_clear_pointer (&self->apn, g_free);
}

static MMBearerIpFamily
family_from_pdp_type (Span type)
{
    if (span_equals (type, "IP"))
        return MM_BEARER_IP_FAMILY_IPV4;
    if (span_equals (type, "IPV6"))
        return MM_BEARER_IP_FAMILY_IPV6;
    if (span_equals (type, "IPV4V6"))
        return MM_BEARER_IP_FAMILY_IPV4V6;
    return MM_BEARER_IP_FAMILY_NONE;
}

static gboolean
parse_cgdcont_line (Span                rest,
                    MMTdtechPdpContext *out)
{
    Field fields[FIELDS_MAX];
    guint n_fields;
    guint type = 0;

    *out = (MMTdtechPdpContext) { 0 };
    if (!split_fields (rest, fields, &n_fields) || n_fields < 3 ||
        !field_to_uint (&fields[0], CID_MAX, &out->cid))
        return FALSE;
    if (n_fields > CGDCONT_REQUEST_TYPE && span_len (fields[CGDCONT_REQUEST_TYPE].text) > 0 &&
        !field_to_uint (&fields[CGDCONT_REQUEST_TYPE], 255, &type))
        return FALSE;

    out->family = family_from_pdp_type (fields[1].text);
    out->of_host = (out->cid >= MM_TDTECH_CID_MIN && out->cid <= MM_TDTECH_CID_MAX &&
                    type != CGDCONT_REQUEST_TYPE_EMERGENCY);
    out->apn = span_len (fields[2].text) > 0 ? span_dup_ascii (fields[2].text, TEXT_MAX) : g_strdup ("");
    return out->apn != NULL;
}

GArray *
mm_tdtech_parse_cgdcont (const gchar  *str,
                         GError      **error)
{
    g_autoptr(GArray) contexts = NULL;
    gboolean          found = is_empty_answer (str);
    Span              rest;

    contexts = g_array_new (FALSE, FALSE, sizeof (MMTdtechPdpContext));
    g_array_set_clear_func (contexts, (GDestroyNotify) pdp_context_clear);
    while (next_line_of (&str, "+CGDCONT", &rest)) {
        MMTdtechPdpContext context;

        found = TRUE;
        if (span_len (rest) == 0)
            continue;
        if (contexts->len == PDP_CONTEXTS_MAX || !parse_cgdcont_line (rest, &context)) {
            set_unreadable (error, "+CGDCONT");
            return NULL;
        }
        g_array_append_val (contexts, context);
    }

    if (!found) {
        set_unreadable (error, "+CGDCONT");
        return NULL;
    }
    return g_steal_pointer (&contexts);
}

/*****************************************************************************/
/* Auto-dial */

void
mm_tdtech_autodial_clear (MMTdtechAutodial *self)
{
    g_clear_pointer (&self->setting, g_free);
    self->enabled = FALSE;
}

/* A bare field is a number or a word. A quoted one may be a password, so whatever can stand
 * between quotes is restored unchanged. */
static gboolean
autodial_field_is_valid (const Field *field)
{
    const gchar *p;

    for (p = field->text.p; p < field->text.end; p++) {
        if (field->quoted ? !g_ascii_isprint (*p) : !g_ascii_isalnum (*p))
            return FALSE;
    }
    return TRUE;
}

/* NULL unless the setting is complete: an empty last field means a truncated line */
static gchar *
normalize_autodial (Span      rest,
                    gboolean *enabled)
{
    g_autoptr(GString) out = NULL;
    Field              fields[FIELDS_MAX];
    guint              n_fields;
    guint              first;
    guint              i;

    if (span_len (rest) > AUTODIAL_SETTING_MAX ||
        !split_fields (rest, fields, &n_fields) ||
        !field_to_uint (&fields[0], 1, &first) ||
        (!fields[n_fields - 1].quoted && span_len (fields[n_fields - 1].text) == 0))
        return NULL;

    out = g_string_new (NULL);
    for (i = 0; i < n_fields; i++) {
        const gchar *quote = fields[i].quoted ? "\"" : "";

        if (!autodial_field_is_valid (&fields[i]))
            return NULL;
        g_string_append_printf (out, "%s%s", i > 0 ? "," : "", quote);
        g_string_append_len (out, fields[i].text.p, (gssize) span_len (fields[i].text));
        g_string_append (out, quote);
    }
    *enabled = (first == 1);
    return g_string_free (g_steal_pointer (&out), FALSE);
}

gboolean
mm_tdtech_parse_setautodial (const gchar       *str,
                             MMTdtechAutodial  *out,
                             GError           **error)
{
    MMTdtechAutodial last = { 0 };
    Span             line;

    while (next_line (&str, &line)) {
        gboolean  enabled;
        gchar    *setting;

        /* The manual spells it both ways */
        if (!take_key (&line, "^SETAUTODIAL") && !take_key (&line, "^SETAUTODAIL"))
            continue;
        setting = normalize_autodial (line, &enabled);
        if (!setting)
            continue;
        mm_tdtech_autodial_clear (&last);
        last.setting = setting;
        last.enabled = enabled;
    }

    if (!last.setting)
        return set_unreadable (error, "^SETAUTODIAL");
    *out = last;
    return TRUE;
}

gchar *
mm_tdtech_build_setautodial (const gchar  *setting,
                             GError      **error)
{
    g_autofree gchar *normalized = NULL;
    gboolean          enabled;

    if (setting)
        normalized = normalize_autodial ((Span) { setting, setting + strlen (setting) }, &enabled);
    if (!normalized) {
        g_set_error (error, MM_CORE_ERROR, MM_CORE_ERROR_INVALID_ARGS,
                     "not an auto-dial setting");
        return NULL;
    }
    return g_strdup_printf ("^SETAUTODIAL=%s", normalized);
}

/*****************************************************************************/
/* ^SYSINFOEX, ^HCSQ */

/* The names of ^SYSINFOEX and ^HCSQ; the first that begins the field counts */
static const struct {
    const gchar             *name;
    MMModemAccessTechnology  act;
} access_technologies[] = {
    { "NR",       MM_MODEM_ACCESS_TECHNOLOGY_5GNR      },
    { "LTE",      MM_MODEM_ACCESS_TECHNOLOGY_LTE       },
    { "HSPA+",    MM_MODEM_ACCESS_TECHNOLOGY_HSPA_PLUS },
    { "DC-HSPA+", MM_MODEM_ACCESS_TECHNOLOGY_HSPA_PLUS },
    { "HSPA",     MM_MODEM_ACCESS_TECHNOLOGY_HSPA      },
    { "HSDPA",    MM_MODEM_ACCESS_TECHNOLOGY_HSDPA     },
    { "HSUPA",    MM_MODEM_ACCESS_TECHNOLOGY_HSUPA     },
    { "WCDMA",    MM_MODEM_ACCESS_TECHNOLOGY_UMTS      },
    { "TD-SCDMA", MM_MODEM_ACCESS_TECHNOLOGY_UMTS      },
    { "EDGE",     MM_MODEM_ACCESS_TECHNOLOGY_EDGE      },
    { "GPRS",     MM_MODEM_ACCESS_TECHNOLOGY_GPRS      },
    { "GSM",      MM_MODEM_ACCESS_TECHNOLOGY_GSM       },
};

static MMModemAccessTechnology
access_technology_from_name (Span name)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS (access_technologies); i++) {
        if (span_starts_with (name, access_technologies[i].name))
            return access_technologies[i].act;
    }
    return MM_MODEM_ACCESS_TECHNOLOGY_UNKNOWN;
}

/* <srv_status>,<srv_domain>,<roam_status>,<sim_state>,,<sysmode>,"name",<submode>,"name" */
#define SYSINFOEX_SYSMODE_NAME 6
#define SYSINFOEX_SUBMODE_NAME 8

MMModemAccessTechnology
mm_tdtech_parse_sysinfoex (const gchar *str)
{
    MMModemAccessTechnology act = MM_MODEM_ACCESS_TECHNOLOGY_UNKNOWN;
    Span                    rest;

    while (next_line_of (&str, "^SYSINFOEX", &rest)) {
        Field fields[FIELDS_MAX];
        guint n_fields;

        if (!split_fields (rest, fields, &n_fields) || n_fields <= SYSINFOEX_SUBMODE_NAME)
            continue;
        act = access_technology_from_name (fields[SYSINFOEX_SUBMODE_NAME].text);
        if (act == MM_MODEM_ACCESS_TECHNOLOGY_UNKNOWN)
            act = access_technology_from_name (fields[SYSINFOEX_SYSMODE_NAME].text);
    }
    return act;
}

/* The first value in steps of 1 dB: RSSI from -121 dBm (0–96, Huawei ^HCSQ), with NR the
 * RSRP from -141 dBm (0–97, 3GPP TS 38.133 §10.1.6 less 15 dB: GUESS, from the one
 * pair in docs/module.md). Scaled as ModemManager does with its own signal queries. */
static guint
quality_from_dbm (gint dbm,
                  gint worst,
                  gint best)
{
    return (guint) ((CLAMP (dbm, worst, best) - worst) * 100 / (best - worst));
}

gboolean
mm_tdtech_parse_hcsq (const gchar             *str,
                      MMModemAccessTechnology *act,
                      guint                   *quality)
{
    gboolean found = FALSE;
    Span     rest;

    while (next_line_of (&str, "^HCSQ", &rest)) {
        MMModemAccessTechnology line_act;
        Field                   fields[FIELDS_MAX];
        guint                   n_fields;
        guint                   value;

        if (!split_fields (rest, fields, &n_fields) || n_fields < 2 ||
            !field_to_uint (&fields[1], 97, &value))
            continue;
        line_act = access_technology_from_name (fields[0].text);
        if (line_act == MM_MODEM_ACCESS_TECHNOLOGY_UNKNOWN)
            continue;
        *act = line_act;
        if (line_act == MM_MODEM_ACCESS_TECHNOLOGY_5GNR)
            *quality = quality_from_dbm (-141 + (gint) value, -110, -60);
        else
            *quality = quality_from_dbm (-121 + (gint) value, -113, -51);
        found = TRUE;
    }
    return found;
}

/*****************************************************************************/
/* ^SSLMNG, ^SSLCFG */

/* Store: ^SSLMNG=2,<store>,0,"<name>",<piece>,<pieces>,"<text>"
 * Load:  ^SSLMNG=2,<load>,2,"<name>"
 *
 * GUESS: what the guide leaves open. Its only example of storing is the CA, with 0 as
 * second number: it is taken for all three. What is stored is taken to be the PEM file
 * itself, in base64; the largest piece is not told. The load forms are the guide's own. */
static const struct {
    guint        store;
    guint        load;
    const gchar *name;
} ssl_files[] = {
    [MM_TDTECH_SSL_CA]          = { 0, 1, "ca_cert.pem"     },
    [MM_TDTECH_SSL_CERTIFICATE] = { 0, 0, "client_cert.pem" },
    [MM_TDTECH_SSL_KEY]         = { 0, 2, "client_key.pem"  },
};

/* Characters of base64 in one command; GUESS, see above */
#define SSL_PIECE_SIZE 1024

gchar **
mm_tdtech_build_sslmng (MMTdtechSslFile   file,
                        const gchar      *pem,
                        GError          **error)
{
    g_autoptr(GPtrArray) commands = NULL;
    g_autofree gchar    *text = NULL;
    gsize                len;
    guint                n_pieces;
    guint                i;

    g_return_val_if_fail ((guint) file < G_N_ELEMENTS (ssl_files), NULL);

    /* Limits the number of commands to 86; GUESS, see above */
    len = pem ? strlen (pem) : 0;
    if (len == 0 || len > MM_TDTECH_PEM_MAX || !strstr (pem, "-----BEGIN ")) {
        g_set_error (error, MM_CORE_ERROR, MM_CORE_ERROR_INVALID_ARGS,
                     "not a PEM file of at most %d bytes", MM_TDTECH_PEM_MAX);
        return NULL;
    }

    text = g_base64_encode ((const guchar *) pem, len);
    len = strlen (text);
    n_pieces = (guint) ((len + SSL_PIECE_SIZE - 1) / SSL_PIECE_SIZE);

    commands = g_ptr_array_new_with_free_func (g_free);
    for (i = 0; i < n_pieces; i++)
        g_ptr_array_add (commands,
                         g_strdup_printf ("^SSLMNG=2,%u,0,\"%s\",%u,%u,\"%.*s\"",
                                          ssl_files[file].store, ssl_files[file].name,
                                          i + 1, n_pieces,
                                          SSL_PIECE_SIZE, text + (gsize) i * SSL_PIECE_SIZE));
    g_ptr_array_add (commands,
                     g_strdup_printf ("^SSLMNG=2,%u,2,\"%s\"",
                                      ssl_files[file].load, ssl_files[file].name));
    g_ptr_array_add (commands, NULL);
    return (gchar **) g_ptr_array_free (g_steal_pointer (&commands), FALSE);
}

gchar *
mm_tdtech_build_sslcfg (guint    verify,
                        GError **error)
{
    if (verify > 2) {
        g_set_error (error, MM_CORE_ERROR, MM_CORE_ERROR_INVALID_ARGS,
                     "no such TLS verification: %u; 0 (none), 1 (server) or 2 (mutual) only", verify);
        return NULL;
    }
    return g_strdup_printf ("^SSLCFG=2,1,0,%u", verify);
}

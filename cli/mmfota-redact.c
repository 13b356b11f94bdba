/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-redact.h"

#include <string.h>

#include <glib/gi18n.h>

#include "mmfota-redact-lines.h"

/* Shorter values are too likely to be part of something harmless */
#define LEAST_KNOWN     4
/* Values of this length and more are also replaced inside of words */
#define LEAST_INSIDE    8
#define MAX_KNOWN       4096
#define DIGEST_HEX      64

struct _MmfotaRedactor {
    GBytes     *key;
    gboolean    keep_hosts;
    gboolean    learning;
    GHashTable *substitutes; /* for known values */
    GPtrArray  *known;       /* the same, longest first */
    gboolean    sorted;
    guint       counts[MMFOTA_N_SECRETS];
};

/* A line being redacted; what was substituted already is skipped */
typedef struct {
    GString *text;
    GString *done;
} Line;

const gchar *
mmfota_secret_name (MmfotaSecret secret)
{
    static const gchar *const names[MMFOTA_N_SECRETS] = {
        [MMFOTA_SECRET_IMEI]    = N_("imei"),
        [MMFOTA_SECRET_IMSI]    = N_("imsi"),
        [MMFOTA_SECRET_ICCID]   = N_("iccid"),
        [MMFOTA_SECRET_NUMBER]  = N_("phone numbers"),
        [MMFOTA_SECRET_CELL]    = N_("cells and areas"),
        [MMFOTA_SECRET_ADDRESS] = N_("addresses"),
        [MMFOTA_SECRET_NETWORK] = N_("operators and networks"),
        [MMFOTA_SECRET_APN]     = N_("access points and their credentials"),
        [MMFOTA_SECRET_PIN]     = N_("pins"),
        [MMFOTA_SECRET_TLS]     = N_("keys and certificates"),
        [MMFOTA_SECRET_SMS]     = N_("texts"),
        [MMFOTA_SECRET_HOST]    = N_("hosts"),
        [MMFOTA_SECRET_OTHER]   = N_("anything else that may be secret"),
    };

    return names[secret];
}

guint
mmfota_redactor_count (MmfotaRedactor *self,
                       MmfotaSecret    secret)
{
    return self->counts[secret];
}

/*****************************************************************************/
/* Substitutes */

static gboolean
is_made_of (GAsciiType   type,
            const gchar *text,
            gsize        length)
{
    gsize i;

    for (i = 0; i < length; i++) {
        if (!(g_ascii_table[(guchar) text[i]] & type))
            return FALSE;
    }
    return length > 0;
}

/* Values are matched regardless of case; bytes that are not UTF-8 stay as they are */
static gchar *
lower_case (const gchar *text,
            gsize        length)
{
    gchar *lower = g_malloc (length + 1);
    gsize  i;

    for (i = 0; i < length; i++)
        lower[i] = g_ascii_tolower (text[i]);
    lower[length] = '\0';
    return lower;
}

/* In the same notation as the text that it replaces */
static void
adapt_case (gchar       *substitute,
            const gchar *text,
            gsize        length)
{
    gsize i;

    for (i = 0; i < length; i++) {
        if (g_ascii_isupper (text[i]))
            substitute[i] = g_ascii_toupper (substitute[i]);
        else if (g_ascii_islower (text[i]))
            substitute[i] = g_ascii_tolower (substitute[i]);
    }
}

static gchar *
digest (MmfotaRedactor *self,
        const gchar    *text,
        gsize           length,
        guint           round)
{
    g_autofree gchar *salted = g_malloc (length + sizeof round);

    memcpy (salted, &round, sizeof round);
    memcpy (salted + sizeof round, text, length);
    return g_compute_hmac_for_data (G_CHECKSUM_SHA256, g_bytes_get_data (self->key, NULL), g_bytes_get_size (self->key),
                                    (const guchar *) salted, length + sizeof round);
}

/* A character of the same kind as @c. The first digit of a number stays one that may come first. */
static gchar
other_char (gchar    c,
            guint    random,
            gboolean hex,
            gboolean first)
{
    if (g_ascii_isdigit (c)) {
        if (first)
            return c == '0' ? '0' : (gchar) ('1' + random % 9);
        return (gchar) ('0' + random % 10);
    }
    if (g_ascii_isupper (c))
        return (gchar) ('A' + random % (hex ? 6 : 26));
    if (g_ascii_islower (c))
        return (gchar) ('a' + random % (hex ? 6 : 26));
    return ((guchar) c & 0x80) ? (gchar) ('a' + random % 26) : c;
}

/* All letters are digits, too: a MAC address, an IPv6 one, a UUID */
static gboolean
is_hex (const gchar *text,
        gsize        length)
{
    gsize i;

    for (i = 0; i < length; i++) {
        if (((guchar) text[i] & 0x80) || (g_ascii_isalpha (text[i]) && !g_ascii_isxdigit (text[i])))
            return FALSE;
    }
    return length > 0;
}

static gchar *
make_substitute (MmfotaRedactor *self,
                 const gchar    *text,
                 gsize           length)
{
    g_autofree gchar *lower = lower_case (text, length);
    gboolean          hex = is_hex (text, length);
    gchar            *made = g_malloc0 (length + 1);
    guint             round;

    /* Characters that are neither letters nor digits stay; all others change */
    for (round = 0; round < 16; round++) {
        g_autofree gchar *random = NULL;
        gsize             i;

        for (i = 0; i < length; i++) {
            gsize at = (i * 2) % DIGEST_HEX;

            if (at == 0) {
                g_free (random);
                random = digest (self, lower, length, round * 0x10000 + (guint) (i * 2 / DIGEST_HEX));
            }
            made[i] = other_char (text[i],
                                  (guint) g_ascii_xdigit_value (random[at]) * 16 +
                                  (guint) g_ascii_xdigit_value (random[at + 1]),
                                  hex, i == 0);
        }
        if (memcmp (made, text, length) != 0)
            break;
    }
    return made;
}

/* 0 and 255 are not personal; numbers keep their length and fit in a byte */
static gchar *
make_address (MmfotaRedactor *self,
              const gchar    *text,
              gsize           length)
{
    gchar *made = make_substitute (self, text, length);
    gsize  i;
    gsize  end;

    for (i = 0; i < length && (g_ascii_isdigit (text[i]) || text[i] == '.'); i++);
    if (i < length)
        return made;
    for (i = 0; i < length; i = end + 1) {
        for (end = i; end < length && g_ascii_isdigit (text[end]); end++);
        if (end - i == 3 && memcmp (text + i, "255", 3) == 0)
            memcpy (made + i, text + i, 3);
        else if (end - i == 3)
            made[i] = '1';
        else if (end - i == 2 && made[i] == '0')
            made[i] = '1';
    }
    return made;
}

/*****************************************************************************/
/* Known values */

static gchar *
swap_nibbles (const gchar *digits)
{
    gchar *swapped = g_strdup (digits);
    gsize  i;

    for (i = 0; swapped[i] && swapped[i + 1]; i += 2) {
        gchar c = swapped[i];

        swapped[i] = swapped[i + 1];
        swapped[i + 1] = c;
    }
    return swapped;
}

static gchar *
to_ucs2 (const gchar *text)
{
    GString *hex = g_string_new (NULL);

    for (; *text; text++)
        g_string_append_printf (hex, "%04X", (guint) (guchar) *text);
    return g_string_free (hex, FALSE);
}

static void
add_pair (MmfotaRedactor *self,
          MmfotaSecret    secret,
          const gchar    *value,
          const gchar    *substitute)
{
    g_autofree gchar *lower = lower_case (value, strlen (value));
    gchar            *entry;

    if (g_hash_table_contains (self->substitutes, lower) || g_hash_table_size (self->substitutes) >= MAX_KNOWN)
        return;
    /* The kind, then the substitute */
    entry = g_strdup_printf ("%c%s", (gchar) ('A' + secret), substitute);
    if (strlen (value) >= LEAST_KNOWN) {
        g_ptr_array_add (self->known, g_strdup (lower));
        self->sorted = FALSE;
    }
    g_hash_table_insert (self->substitutes, g_steal_pointer (&lower), entry);
}

/* The forms that a value takes on the port, each with the same form of its substitute */
static void
add_forms (MmfotaRedactor *self,
           MmfotaSecret    secret,
           const gchar    *value,
           const gchar    *substitute)
{
    add_pair (self, secret, value, substitute);
    if (strlen (value) < LEAST_KNOWN)
        return;
    if (is_made_of (G_ASCII_DIGIT, value, strlen (value)) && strlen (value) >= LEAST_INSIDE && strlen (value) % 2 == 0) {
        g_autofree gchar *swapped = swap_nibbles (value);
        g_autofree gchar *swapped_substitute = swap_nibbles (substitute);

        add_pair (self, secret, swapped, swapped_substitute);
    }
    /* A number's type may be in a field of its own */
    if (secret == MMFOTA_SECRET_NUMBER && value[0] == '+')
        add_forms (self, secret, value + 1, substitute + 1);
    if (g_str_is_ascii (value)) {
        g_autofree gchar *ucs2 = to_ucs2 (value);
        g_autofree gchar *ucs2_substitute = to_ucs2 (substitute);

        add_pair (self, secret, ucs2, ucs2_substitute);
    }
}

/* An IMSI starts with the code of its operator */
static void
begin_alike (MmfotaRedactor *self,
             const gchar    *value,
             gchar          *substitute)
{
    gsize length;

    for (length = 6; length >= 5; length--) {
        g_autofree gchar *code = g_strndup (value, length);
        const gchar      *entry = g_hash_table_lookup (self->substitutes, code);

        if (strlen (code) == length && entry) {
            memcpy (substitute, entry + 1, length);
            return;
        }
    }
}

void
mmfota_redactor_add (MmfotaRedactor *self,
                     MmfotaSecret    secret,
                     const gchar    *value)
{
    g_autofree gchar *substitute = NULL;
    g_autofree gchar *lower = NULL;
    gsize             length = value ? strlen (value) : 0;

    if (!length)
        return;
    lower = lower_case (value, length);
    if (mmfota_redact_is_public (value, length) || g_hash_table_contains (self->substitutes, lower) ||
        (secret == MMFOTA_SECRET_HOST && self->keep_hosts))
        return;
    if (secret == MMFOTA_SECRET_ADDRESS)
        substitute = make_address (self, value, length);
    else
        substitute = make_substitute (self, value, length);
    if (secret == MMFOTA_SECRET_IMSI)
        begin_alike (self, value, substitute);
    /* Not secret: every ICCID starts with it */
    if (secret == MMFOTA_SECRET_ICCID && (g_str_has_prefix (value, "89") || g_str_has_prefix (value, "98")))
        memcpy (substitute, value, 2);
    add_forms (self, secret, value, substitute);
}

static gint
compare_lengths (gconstpointer a,
                 gconstpointer b)
{
    gsize first = strlen (*(const gchar *const *) a);
    gsize second = strlen (*(const gchar *const *) b);

    return (first < second) - (first > second);
}

/*****************************************************************************/
/* Redacting a line */

static void
put (MmfotaRedactor *self,
     Line           *line,
     gsize           at,
     const gchar    *substitute,
     gsize           length,
     MmfotaSecret    secret)
{
    if (!self->learning && memcmp (line->text->str + at, substitute, length) != 0)
        self->counts[secret]++;
    memcpy (line->text->str + at, substitute, length);
    memset (line->done->str + at, 'x', length);
}

static gchar *
dup_known (MmfotaRedactor *self,
           const gchar    *value,
           MmfotaSecret   *secret)
{
    gsize             length = strlen (value);
    g_autofree gchar *lower = lower_case (value, length);
    const gchar      *entry = g_hash_table_lookup (self->substitutes, lower);
    gchar            *substitute;

    if (!entry)
        return NULL;
    *secret = (MmfotaSecret) (entry[0] - 'A');
    substitute = g_strdup (entry + 1);
    adapt_case (substitute, value, length);
    return substitute;
}

static void
substitute_span (MmfotaRedactor *self,
                 Line           *line,
                 gsize           at,
                 gsize           length,
                 MmfotaSecret    secret)
{
    g_autofree gchar *value = g_strndup (line->text->str + at, length);
    g_autofree gchar *made = NULL;
    gboolean          whole = strlen (value) == length;   /* without NUL bytes */

    if (mmfota_redact_is_public (value, length))
        return;
    if (self->learning) {
        /* A secret found here may occur elsewhere in another form */
        if (length >= 5 && secret != MMFOTA_SECRET_OTHER && secret != MMFOTA_SECRET_CELL &&
            secret != MMFOTA_SECRET_SMS && whole)
            mmfota_redactor_add (self, secret, value);
        return;
    }
    if (whole)
        made = dup_known (self, value, &secret);
    if (!made)
        made = whole && secret == MMFOTA_SECRET_ADDRESS ? make_address (self, value, length)
                                                        : make_substitute (self, line->text->str + at, length);
    if (secret == MMFOTA_SECRET_ICCID && length > 2)
        memcpy (made, line->text->str + at, 2);
    put (self, line, at, made, length, secret);
}

/*****************************************************************************/
/* Forms of tokens */

static gboolean
is_word_char (gchar c)
{
    return g_ascii_isalnum (c) || c == '.' || c == '-' || c == '_' || ((guchar) c & 0x80);
}

static gboolean
looks_like_quads (const gchar *text,
                  gsize        length,
                  gchar        next)
{
    gsize i;
    guint dots = 0;

    for (i = 0; i < length; i++) {
        if (text[i] == '.')
            dots++;
        else if (!g_ascii_isdigit (text[i]))
            return FALSE;
    }
    /* 1.2.5.0(SP1C02) is a version */
    return dots >= 3 && next != '(';
}

/* An IPv6 or a MAC address, but not 18:42:02 */
static gsize
colons_length (const gchar *text,
               gsize        left)
{
    gsize length;
    guint colons = 0;

    for (length = 0; length < left && (g_ascii_isxdigit (text[length]) || text[length] == ':'); length++)
        colons += text[length] == ':';
    while (length && text[length - 1] == ':' && !(length > 1 && text[length - 2] == ':')) {
        length--;
        colons--;
    }
    if (colons < 2 || (colons == 2 && !g_strstr_len (text, (gssize) length, "::")))
        return 0;
    return length;
}

/* A network interface with its MAC address as a name */
static gboolean
is_mac_name (const gchar *text,
             gsize        length)
{
    return length == 15 && strchr ("esw", text[0]) && strchr ("nlw", text[1]) && text[2] == 'x' &&
           is_made_of (G_ASCII_XDIGIT, text + 3, 12);
}

/* Encoded in letters: base64 */
static gboolean
is_base64 (const gchar *text,
           gsize        length)
{
    guint digits = 0;
    guint upper = 0;
    gsize i;

    for (i = 0; i < length; i++) {
        if (!g_ascii_isalnum (text[i]))
            return FALSE;
        digits += g_ascii_isdigit (text[i]);
        upper += g_ascii_isupper (text[i]);
    }
    return length >= 20 && digits >= 2 && upper >= 4;
}

static gboolean
is_separator (gchar c)
{
    return c == '-' || c == '.' || c == '_';
}

/* 139-8765-4321, 10.0.0.1-10.0.0.9; 02-1e-10-1f-00-01, 021e.101f.0001, a UUID */
static gboolean
is_split_number (const gchar *text,
                 gsize        length)
{
    guint digits = 0;
    guint hex = 0;
    gsize i;

    for (i = 0; i < length; i++) {
        digits += g_ascii_isdigit (text[i]);
        hex += g_ascii_isxdigit (text[i]);
        if (!g_ascii_isxdigit (text[i]) && !is_separator (text[i]))
            return FALSE;
    }
    return (digits == hex && digits >= 9) || (digits && hex >= 12);
}

/* Random letters and digits: 8fj2Kd9sQ */
static gboolean
is_random (const gchar *text,
           gsize        length)
{
    static const GAsciiType types[] = { G_ASCII_DIGIT, G_ASCII_UPPER, G_ASCII_LOWER };
    guint counts[G_N_ELEMENTS (types)] = { 0 };
    guint changes = 0;
    guint last = G_N_ELEMENTS (types);
    guint type;
    gsize i;

    for (i = 0; i < length; i++) {
        for (type = 0; type < G_N_ELEMENTS (types) && !(g_ascii_table[(guchar) text[i]] & types[type]); type++);
        if (type == G_N_ELEMENTS (types))
            return FALSE;
        counts[type]++;
        changes += i && type != last;
        last = type;
    }
    return length >= 8 && changes >= 6 && counts[0] && counts[1] && counts[2];
}

/* Whether one of its parts is a key, as the header of a JWT is */
static gboolean
has_key (const gchar *text,
         gsize        length)
{
    gsize at;
    gsize n;

    for (at = 0; at < length; at += n + 1) {
        for (n = 0; at + n < length && !is_separator (text[at + n]); n++);
        if (is_base64 (text + at, n))
            return TRUE;
    }
    return FALSE;
}

/* ;token=abcd, also escaped */
static gboolean
has_parameter (const gchar *text,
               gsize        length)
{
    return memchr (text, '=', length) || g_strstr_len (text, (gssize) length, "%3D") || g_strstr_len (text, (gssize) length, "%3d");
}

/* +86 139 8765 4321 */
static gsize
spaced_number_length (const gchar *text,
                      gsize        left)
{
    guint digits = 0;
    gsize length = 0;
    gsize i;

    if (left < 2 || text[0] != '+' || !g_ascii_isdigit (text[1]))
        return 0;
    for (i = 1; i < left; i++) {
        if (g_ascii_isdigit (text[i])) {
            digits++;
            length = i + 1;
        } else if (!strchr (" -", text[i]) || !g_ascii_isdigit (text[i - 1]))
            break;
    }
    return digits >= 8 ? length : 0;
}

/* Judges a value of unknown meaning by its form */
static gboolean
is_suspect (const gchar       *text,
            gsize              length,
            MmfotaRedactStyle  style)
{
    gsize    longest = 0;
    gsize    run = 0;
    gsize    i;
    gboolean has_digit = FALSE;
    gboolean all_hex = TRUE;
    gboolean has_letter = FALSE;

    for (i = 0; i < length; i++) {
        run = g_ascii_isdigit (text[i]) ? run + 1 : 0;
        longest = MAX (longest, run);
        has_digit |= g_ascii_isdigit (text[i]);
        has_letter |= g_ascii_isalpha (text[i]) || ((guchar) text[i] & 0x80);
        all_hex &= g_ascii_isxdigit (text[i]);
    }
    switch (style) {
    case MMFOTA_REDACT_PUBLIC:
        return longest >= 14;
    case MMFOTA_REDACT_IDENTITY:
    case MMFOTA_REDACT_TEXT:
        return longest >= 5 || (all_hex && has_digit && length >= 8) || is_mac_name (text, length) ||
               is_split_number (text, length) || (style == MMFOTA_REDACT_TEXT && has_key (text, length));
    case MMFOTA_REDACT_CELL:
        return (all_hex && length >= 3) || (has_letter && !all_hex && length >= 4);
    case MMFOTA_REDACT_PIN:
        return length >= 3;
    case MMFOTA_REDACT_ALL:
        return has_letter || has_digit;
    case MMFOTA_REDACT_CARD:
        /* File numbers, status words, EFad, the query for the tries left, what is empty; but no operator codes */
        return length > 5 && length != 8 && (length != 10 || !strchr ("0AaFf", text[0]) || !strchr ("0Ff", text[1]));
    case MMFOTA_REDACT_URL:
    case MMFOTA_REDACT_DEFAULT:
    default:
        return longest >= 5 || (all_hex && has_digit && length >= 6) || (has_letter && length >= 4);
    }
}

/*****************************************************************************/
/* URLs: scheme, port and folder may show what is wrong; the host shows only who operates it */

static gboolean
is_url_end (gchar c)
{
    return !c || c == ' ' || c == '"' || c == '\'' || c == '<' || c == '>' || c == '\r' || c == '\n';
}

/* Parts of a path that may be personal: long numbers, keys, parameters. A part with an "@" is no path, but the host
 * after a password that has a slash. */
static void
redact_path (MmfotaRedactor *self,
             Line           *line,
             gsize           at,
             gsize           end)
{
    const gchar *text = line->text->str;

    if (memchr (text + at, '@', end - at)) {
        substitute_span (self, line, at, end - at, MMFOTA_SECRET_HOST);
        return;
    }
    while (at < end) {
        gsize digits = 0;
        gsize longest = 0;
        gsize n;

        for (n = 0; at + n < end && text[at + n] != '/'; n++) {
            digits = g_ascii_isdigit (text[at + n]) ? digits + 1 : 0;
            longest = MAX (longest, digits);
        }
        if (longest >= 9 || (n >= 16 && is_made_of (G_ASCII_XDIGIT, text + at, n)) || has_key (text + at, n) ||
            is_random (text + at, n) || is_split_number (text + at, n) || has_parameter (text + at, n))
            substitute_span (self, line, at, n, MMFOTA_SECRET_OTHER);
        at += n + 1;
    }
}

static gsize
redact_url (MmfotaRedactor *self,
            Line           *line,
            gsize           at)
{
    const gchar *text = line->text->str;
    gsize        begin = at + 3;
    gsize        end;
    gsize        host;
    gsize        port;
    gsize        i;

    for (i = begin; !is_url_end (text[i]) && text[i] != '/' && text[i] != '?' && text[i] != '#'; i++);
    end = i;
    for (host = end; host > begin && text[host - 1] != '@'; host--);
    if (host > begin)
        substitute_span (self, line, begin, host - 1 - begin, MMFOTA_SECRET_APN);
    for (port = end; port > host && g_ascii_isdigit (text[port - 1]); port--);
    if (port <= host || text[port - 1] != ':' || port == end)
        port = end + 1;
    if (port - 1 > host && !self->keep_hosts)
        substitute_span (self, line, host, port - 1 - host,
                         looks_like_quads (text + host, port - 1 - host, 0) ? MMFOTA_SECRET_ADDRESS : MMFOTA_SECRET_HOST);
    /* Kept as it is, also if it is the host of a URL that is to be kept */
    memset (line->done->str + host, 'x', end - host);
    for (i = end; !is_url_end (text[i]) && text[i] != '?' && text[i] != '#'; i++);
    redact_path (self, line, end, i);
    begin = i;
    for (; !is_url_end (text[i]); i++);
    if (i > begin)
        substitute_span (self, line, begin, i - begin, MMFOTA_SECRET_OTHER);
    return i;
}

/*****************************************************************************/
/* Tokens */

/* Versions have the form of addresses: 1.3.0.0 */
static gboolean
tells_versions (const MmfotaRedactLine *rule)
{
    return rule->style == MMFOTA_REDACT_PUBLIC && rule->name &&
           (g_str_equal (rule->name, "^VERSION") || g_str_has_prefix (rule->name, "^FOTA"));
}

static MmfotaSecret
guess_secret (const gchar  *text,
              gsize         length,
              MmfotaSecret  secret)
{
    if (secret == MMFOTA_SECRET_OTHER && looks_like_quads (text, length, 0))
        return MMFOTA_SECRET_ADDRESS;
    return secret;
}

static void
redact_quoted (MmfotaRedactor       *self,
               Line                 *line,
               gsize                 at,
               gsize                 length,
               const MmfotaRedactLine *rule)
{
    const gchar *text = line->text->str + at;
    MmfotaSecret secret = guess_secret (text, length, rule->secret);

    if (!length || mmfota_redact_is_public (text, length))
        return;
    switch (rule->style) {
    case MMFOTA_REDACT_PUBLIC:
    case MMFOTA_REDACT_TEXT:
    case MMFOTA_REDACT_IDENTITY:
    case MMFOTA_REDACT_CARD:
        if (colons_length (text, length) == length)
            secret = MMFOTA_SECRET_ADDRESS;
        else if (!is_suspect (text, length, rule->style) &&
                 (rule->style != MMFOTA_REDACT_IDENTITY || secret != MMFOTA_SECRET_ADDRESS) &&
                 (secret != MMFOTA_SECRET_ADDRESS || tells_versions (rule) || !looks_like_quads (text, length, 0)))
            return;
        break;
    case MMFOTA_REDACT_DEFAULT:
    case MMFOTA_REDACT_CELL:
    case MMFOTA_REDACT_PIN:
    case MMFOTA_REDACT_URL:
    case MMFOTA_REDACT_ALL:
    default:
        break;
    }
    substitute_span (self, line, at, length, secret);
}

static void
redact_word (MmfotaRedactor       *self,
             Line                 *line,
             gsize                 at,
             gsize                 length,
             const MmfotaRedactLine *rule)
{
    const gchar *text = line->text->str + at;
    gsize        i;
    gsize        end;

    if (looks_like_quads (text, length, text[length])) {
        if (!tells_versions (rule))
            substitute_span (self, line, at, length, MMFOTA_SECRET_ADDRESS);
        return;
    }
    if (!is_suspect (text, length, rule->style) || mmfota_redact_is_public (text, length))
        return;
    if (rule->style == MMFOTA_REDACT_DEFAULT || rule->style == MMFOTA_REDACT_ALL || rule->style == MMFOTA_REDACT_URL ||
        rule->style == MMFOTA_REDACT_CARD || is_mac_name (text, length) || is_split_number (text, length) ||
        (rule->style == MMFOTA_REDACT_TEXT && has_key (text, length))) {
        substitute_span (self, line, at, length, rule->secret);
        return;
    }
    /* In words that are kept, only what looks like a number is replaced: V200R001C20B025 */
    for (i = 0; i < length; i = end + (end == i)) {
        for (end = i; end < length && g_ascii_isxdigit (text[end]); end++);
        while (end > i && !is_made_of (G_ASCII_DIGIT, text + i, end - i) && !is_suspect (text + i, end - i, rule->style))
            end--;
        if (end > i && is_suspect (text + i, end - i, rule->style))
            substitute_span (self, line, at + i, end - i, rule->secret);
    }
}

/* The owner's name follows */
static gsize
owned_folder_length (const gchar *text,
                     gsize        left)
{
    static const gchar *const folders[] = { "/home/", "/media/" };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (folders); i++) {
        gsize n = strlen (folders[i]);

        if (left > n && memcmp (text, folders[i], n) == 0)
            return n;
    }
    return 0;
}

/* Where a quoted word may stay as it is */
static gboolean
keeps_words (const MmfotaRedactLine *rule)
{
    return rule->style == MMFOTA_REDACT_URL || rule->style == MMFOTA_REDACT_PUBLIC || rule->style == MMFOTA_REDACT_IDENTITY ||
           rule->style == MMFOTA_REDACT_CARD;
}

static void
redact_tokens (MmfotaRedactor       *self,
               Line                 *line,
               gsize                 at,
               const MmfotaRedactLine *rule)
{
    const gchar *text = line->text->str;
    gsize        length = line->text->len;

    while (at < length) {
        gsize left = length - at;
        gsize n;

        if (left > 3 && memcmp (text + at, "://", 3) == 0) {
            at = redact_url (self, line, at);
        } else if ((n = owned_folder_length (text + at, left))) {
            at += n;
            for (n = 0; at + n < length && is_word_char (text[at + n]); n++);
            substitute_span (self, line, at, n, MMFOTA_SECRET_OTHER);
            at += n;
        } else if (rule->style == MMFOTA_REDACT_TEXT && (n = spaced_number_length (text + at, left))) {
            substitute_span (self, line, at, n, MMFOTA_SECRET_NUMBER);
            at += n;
        } else if (text[at] == '"' && rule->style != MMFOTA_REDACT_TEXT) {
            const gchar *end = memchr (text + at + 1, '"', left - 1);
            gsize        stop = end ? (gsize) (end - text) : length;
            const gchar *url = g_strstr_len (text + at, (gssize) (stop - at), "://");

            if (url && keeps_words (rule))
                redact_url (self, line, (gsize) (url - text));
            else
                redact_quoted (self, line, at + 1, stop - at - 1, rule);
            at = stop + 1;
        } else if ((at == 0 || !g_ascii_isalnum (text[at - 1])) && (n = colons_length (text + at, left))) {
            substitute_span (self, line, at, n, MMFOTA_SECRET_ADDRESS);
            at += n;
        } else if (is_word_char (text[at])) {
            for (n = 0; n < left && is_word_char (text[at + n]); n++);
            redact_word (self, line, at, n, rule);
            at += n;
        } else {
            at++;
        }
    }
}

/*****************************************************************************/
/* Known values, wherever they occur */

static gboolean
stands_alone (const gchar *text,
              gsize        length,
              gsize        at,
              const gchar *value,
              gsize        n)
{
    gchar before = at ? text[at - 1] : 0;
    gchar after = at + n < length ? text[at + n] : 0;

    if (n >= LEAST_INSIDE)
        return TRUE;
    if (is_made_of (G_ASCII_DIGIT, value, n))
        return !g_ascii_isdigit (before) && !g_ascii_isdigit (after);
    return !g_ascii_isalnum (before) && !g_ascii_isalnum (after);
}

/* @lower is the text before anything was replaced: a part of a value may have been, by its form */
static void
redact_known (MmfotaRedactor *self,
              Line           *line,
              const gchar    *lower)
{
    guint i;

    if (!self->sorted) {
        g_ptr_array_sort (self->known, compare_lengths);
        self->sorted = TRUE;
    }
    for (i = 0; i < self->known->len; i++) {
        const gchar *value = g_ptr_array_index (self->known, i);
        gsize        n = strlen (value);
        gsize        at = 0;

        while (n <= line->text->len && at + n <= line->text->len) {
            const gchar *found = memmem (lower + at, line->text->len - at, value, n);

            if (!found)
                break;
            at = (gsize) (found - lower);
            if (memchr (line->done->str + at, '.', n) && stands_alone (lower, line->text->len, at, value, n)) {
                MmfotaSecret      secret = MMFOTA_SECRET_OTHER;
                g_autofree gchar *written = g_strndup (line->text->str + at, n);
                g_autofree gchar *substitute = dup_known (self, value, &secret);

                adapt_case (substitute, written, n);
                put (self, line, at, substitute, n, secret);
            }
            at++;
        }
    }
}

static void
redact_span (MmfotaRedactor       *self,
             GString              *text,
             gsize                 at,
             const MmfotaRedactLine *rule)
{
    Line              line = { text, g_string_new (NULL) };
    g_autofree gchar *lower = lower_case (text->str, text->len);

    g_string_set_size (line.done, text->len);
    memset (line.done->str, '.', text->len);
    redact_tokens (self, &line, at, rule);
    if (!self->learning)
        redact_known (self, &line, lower);
    g_string_free (line.done, TRUE);
}

/*****************************************************************************/
/* Traffic: lines, whatever pieces they came in */

typedef struct {
    GString   *text;
    GPtrArray *places; /* position of each byte in the traffic */
} Half;

typedef struct {
    Half              to;
    Half              from;
    MmfotaRedactContext context;
} Port;

static void
half_free (Half *half)
{
    g_string_free (half->text, TRUE);
    g_ptr_array_unref (half->places);
}

static void
port_free (Port *port)
{
    half_free (&port->to);
    half_free (&port->from);
    g_free (port->context.command);
    g_free (port);
}

static Port *
get_port (GHashTable  *ports,
          const gchar *name)
{
    Port *port = g_hash_table_lookup (ports, name);

    if (port)
        return port;
    port = g_new0 (Port, 1);
    port->to.text = g_string_new (NULL);
    port->to.places = g_ptr_array_new ();
    port->from.text = g_string_new (NULL);
    port->from.places = g_ptr_array_new ();
    g_hash_table_insert (ports, g_strdup (name), port);
    return port;
}

static void
end_line (MmfotaRedactor *self,
          Port           *port,
          Half           *half)
{
    gsize i;

    if (half->text->len) {
        gsize                   at = 0;
        const MmfotaRedactLine *rule = mmfota_redact_find_line (&port->context, half->text->str, half->text->len,
                                                                half == &port->to, &at);

        redact_span (self, half->text, at, rule);
        for (i = 0; i < half->text->len && !self->learning; i++)
            *(guint8 *) g_ptr_array_index (half->places, i) = (guint8) half->text->str[i];
    }
    g_string_truncate (half->text, 0);
    g_ptr_array_set_size (half->places, 0);
}

static void
walk (MmfotaRedactor *self,
      GPtrArray      *traffic)
{
    g_autoptr(GHashTable) ports = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) port_free);
    GHashTableIter        iter;
    gpointer              value;
    guint                 i;

    for (i = 0; i < traffic->len; i++) {
        MmfotaTraffic *piece = g_ptr_array_index (traffic, i);
        Port          *port = get_port (ports, piece->port);
        Half          *half = piece->direction == '>' ? &port->to : &port->from;
        guint          j;

        if (piece->direction == 'o' || piece->direction == 'c') {
            end_line (self, port, &port->to);
            end_line (self, port, &port->from);
        }
        for (j = 0; j < piece->bytes->len; j++) {
            guint8 *c = piece->bytes->data + j;

            if (*c == '\r' || *c == '\n' || *c == 0x1a || *c == 0x1b) {
                end_line (self, port, half);
                if (half == &port->to && (*c == 0x1a || *c == 0x1b))
                    port->context.text = FALSE;
                continue;
            }
            /* Noise on the line, which would cut a value in two */
            if (*c == '\0')
                continue;
            g_string_append_c (half->text, (gchar) *c);
            g_ptr_array_add (half->places, c);
        }
    }
    g_hash_table_iter_init (&iter, ports);
    while (g_hash_table_iter_next (&iter, NULL, &value)) {
        Port *port = value;

        end_line (self, port, &port->to);
        end_line (self, port, &port->from);
    }
}

void
mmfota_redactor_learn (MmfotaRedactor *self,
                       GPtrArray      *traffic)
{
    self->learning = TRUE;
    walk (self, traffic);
    self->learning = FALSE;
}

void
mmfota_redactor_traffic (MmfotaRedactor *self,
                         GPtrArray      *traffic)
{
    walk (self, traffic);
}

/*****************************************************************************/
/* Text */

gchar *
mmfota_redactor_value (MmfotaRedactor *self,
                       MmfotaSecret    secret,
                       const gchar    *value)
{
    g_autoptr(GString)     text = g_string_new (value);
    const MmfotaRedactLine rule = { NULL, MMFOTA_REDACT_ALL, secret };
    Line                   line = { text, NULL };

    if (!text->len)
        return g_strdup ("");
    line.done = g_string_new (value);
    memset (line.done->str, '.', line.done->len);
    if (strstr (value, "://") && (secret == MMFOTA_SECRET_HOST || secret == MMFOTA_SECRET_OTHER))
        redact_tokens (self, &line, 0, &rule);
    else
        substitute_span (self, &line, 0, text->len, guess_secret (value, text->len, secret));
    g_string_free (line.done, TRUE);
    return g_strdup (text->str);
}

void
mmfota_redactor_learn_text (MmfotaRedactor *self,
                            const gchar    *text)
{
    self->learning = TRUE;
    g_free (mmfota_redactor_text (self, text));
    self->learning = FALSE;
}

static gchar *
redact_part (MmfotaRedactor         *self,
             const gchar            *text,
             gsize                   length,
             const MmfotaRedactLine *rule)
{
    static const MmfotaRedactLine  plain = { NULL, MMFOTA_REDACT_TEXT, MMFOTA_SECRET_OTHER };
    GString                       *redacted = g_string_new_len (text, (gssize) length);

    redact_span (self, redacted, 0, rule ? rule : &plain);
    return g_string_free (redacted, FALSE);
}

gchar *
mmfota_redactor_text (MmfotaRedactor *self,
                      const gchar    *text)
{
    const MmfotaRedactLine *rule;
    g_autofree gchar       *before = NULL;
    g_autofree gchar       *line = NULL;
    g_autofree gchar       *after = NULL;
    gsize                   at;
    gsize                   end;

    rule = mmfota_redact_find_repeated (text, &at, &end);
    if (!rule)
        return redact_part (self, text, strlen (text), NULL);
    before = redact_part (self, text, at, NULL);
    line = redact_part (self, text + at, end - at, rule);
    after = redact_part (self, text + end, strlen (text + end), NULL);
    return g_strconcat (before, line, after, NULL);
}

/*****************************************************************************/
/* Life cycle */

MmfotaTraffic *
mmfota_traffic_new (gint64        time,
                    const gchar  *port,
                    gchar         direction,
                    const guint8 *data,
                    gsize         length)
{
    MmfotaTraffic *self = g_new0 (MmfotaTraffic, 1);

    self->time = time;
    self->port = g_strdup (port);
    self->direction = direction;
    self->bytes = g_byte_array_new ();
    g_byte_array_append (self->bytes, data, (guint) length);
    return self;
}

void
mmfota_traffic_free (MmfotaTraffic *self)
{
    g_free (self->port);
    g_byte_array_unref (self->bytes);
    g_free (self);
}

MmfotaRedactor *
mmfota_redactor_new (const guint8 *key,
                     gsize         length,
                     gboolean      keep_hosts)
{
    MmfotaRedactor *self = g_new0 (MmfotaRedactor, 1);

    self->key = g_bytes_new (key, length);
    self->keep_hosts = keep_hosts;
    self->substitutes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
    self->known = g_ptr_array_new_with_free_func (g_free);
    return self;
}

void
mmfota_redactor_free (MmfotaRedactor *self)
{
    g_bytes_unref (self->key);
    g_hash_table_unref (self->substitutes);
    g_ptr_array_unref (self->known);
    g_free (self);
}

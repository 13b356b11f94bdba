/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-agent-values.h"

#include <stddef.h>
#include <string.h>

#include <gio/gio.h>

#include "mmfota-agent-duration.h"
#include "mmfota-agent-window.h"

#define MINUTE 60u
#define HOUR   (60u * MINUTE)
#define DAY    (24u * HOUR)
#define WEEK   (7u * DAY)
#define YEAR   (366u * DAY)

#define INVALID MMFOTA_AGENT_CONFIG_ERROR, MMFOTA_AGENT_CONFIG_ERROR_INVALID

GQuark
mmfota_agent_config_error_quark (void)
{
    return g_quark_from_static_string ("mmfota-agent-config-error");
}

/* @allowed goes to the end of the sentence: "yes and no are". A URL may hold a secret. */
static gboolean
refuse (const MmfotaAgentKey  *key,
        const gchar           *text,
        const gchar           *allowed,
        GError               **error)
{
    g_autofree gchar *masked = mmfota_agent_key_mask (key, text);

    g_set_error (error, INVALID, "'%s' is not allowed: %s", masked, allowed);
    return FALSE;
}

/*****************************************************************************/
/* Durations and numbers */

static gboolean
parse_duration (const MmfotaAgentKey  *key,
                const gchar           *text,
                gpointer               field,
                GError               **error)
{
    guint32           seconds;
    g_autofree gchar *min = mmfota_agent_duration_to_text (key->min);
    g_autofree gchar *max = mmfota_agent_duration_to_text (key->max);

    if (!mmfota_agent_duration_parse (text, &seconds, error))
        return FALSE;
    if (seconds > key->max || (seconds < key->min && seconds != 0)) {
        g_set_error (error, INVALID, "'%s' is out of range: allowed are %s to %s, and 0", text, min, max);
        return FALSE;
    }
    *(guint32 *) field = seconds;
    return TRUE;
}

static gboolean
parse_number (const MmfotaAgentKey  *key,
              const gchar           *text,
              gpointer               field,
              GError               **error)
{
    guint64 number;

    if (!g_ascii_string_to_unsigned (text, 10, key->min, key->max, &number, NULL)) {
        g_set_error (error, INVALID, "'%s' is out of range: allowed are %u to %u", text, key->min, key->max);
        return FALSE;
    }
    *(guint32 *) field = (guint32) number;
    return TRUE;
}

/* "25 %", "25%" */
static gboolean
parse_percent (const MmfotaAgentKey  *key,
               const gchar           *text,
               gpointer               field,
               GError               **error)
{
    g_autofree gchar *number = g_strdup (text);
    guint64           percent;

    if (g_str_has_suffix (number, "%"))
        number[strlen (number) - 1] = '\0';
    else
        number[0] = '\0';
    if (!g_ascii_string_to_unsigned (g_strchomp (number), 10, 0, 100, &percent, NULL)) {
        g_set_error (error, INVALID, "'%s' is no share: allowed are 0%% to 100%%", text);
        return FALSE;
    }
    *(guint32 *) field = (guint32) percent;
    return TRUE;
}

/*****************************************************************************/
/* Words */

static gboolean
parse_choice (const MmfotaAgentKey  *key,
              const gchar           *text,
              gpointer               field,
              GError               **error)
{
    g_auto(GStrv)     words = g_strsplit (key->words, " ", -1);
    g_autofree gchar *allowed = NULL;
    guint             i;

    for (i = 0; words[i]; i++) {
        if (g_str_equal (words[i], text)) {
            *(gint *) field = (gint) i;
            return TRUE;
        }
    }
    allowed = g_strjoinv (", ", words);
    g_set_error (error, INVALID, "'%s' is not allowed: %s are", text, allowed);
    return FALSE;
}

static gboolean
parse_boolean (const MmfotaAgentKey  *key,
               const gchar           *text,
               gpointer               field,
               GError               **error)
{
    if (g_str_equal (text, "yes") || g_str_equal (text, "true"))
        *(gboolean *) field = TRUE;
    else if (g_str_equal (text, "no") || g_str_equal (text, "false"))
        *(gboolean *) field = FALSE;
    else
        return refuse (key, text, "yes and no are", error);
    return TRUE;
}

static void
set_string (gpointer     field,
            const gchar *text)
{
    g_free (*(gchar **) field);
    *(gchar **) field = g_strdup (text);
}

static gboolean
parse_path (const MmfotaAgentKey  *key,
            const gchar           *text,
            gpointer               field,
            GError               **error)
{
    if (text[0] && !g_path_is_absolute (text)) {
        g_set_error (error, INVALID, "'%s' is no absolute path", text);
        return FALSE;
    }
    set_string (field, text);
    return TRUE;
}

/* It becomes part of the events' source, a URN. */
static gboolean
parse_device_id (const MmfotaAgentKey  *key,
                 const gchar           *text,
                 gpointer               field,
                 GError               **error)
{
    gsize length = strlen (text);

    if (length < 1 || length > 128 ||
        strspn (text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:-") != length)
        return refuse (key, text, "imei, hash, or 1 to 128 of A-Z a-z 0-9 . _ : - are", error);
    set_string (field, text);
    return TRUE;
}

static gboolean
parse_senders (const MmfotaAgentKey  *key,
               const gchar           *text,
               gpointer               field,
               GError               **error)
{
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new ();
    g_auto(GStrv)           words = g_strsplit_set (text, ",; ", -1);
    guint                   i;

    for (i = 0; words[i]; i++) {
        const gchar *digits = words[i][0] == '+' ? words[i] + 1 : words[i];

        if (!words[i][0])
            continue;
        if (strlen (digits) < 3 || strlen (digits) > 20 || strspn (digits, "0123456789") != strlen (digits)) {
            g_set_error (error, INVALID, "'%s' is no telephone number: 3 to 20 digits are, with or without +", words[i]);
            return FALSE;
        }
        g_strv_builder_add (builder, words[i]);
    }
    g_strfreev (*(gchar ***) field);
    *(gchar ***) field = g_strv_builder_end (builder);
    return TRUE;
}

/*****************************************************************************/
/* URLs */

/* Checks the text with a word in place of each placeholder. */
static gboolean
replace_placeholders (const MmfotaAgentKey  *key,
                      const gchar           *text,
                      gchar                **result,
                      GError               **error)
{
    static const gchar *const names[] = { "%{model}", "%{imei}", "%{version}" };
    g_autoptr(GString)        url = g_string_new (text);
    guint                     i;

    for (i = 0; i < G_N_ELEMENTS (names); i++)
        g_string_replace (url, names[i], "x", 0);
    if (strstr (url->str, "%{")) {
        g_autofree gchar *masked = mmfota_agent_key_mask (key, text);

        g_set_error (error, INVALID, "'%s' has an unknown placeholder: %%{model}, %%{imei} and %%{version} are allowed", masked);
        return FALSE;
    }
    *result = g_strdup (url->str);
    return TRUE;
}

static gboolean
is_web_url (const gchar *text,
            gboolean     with_query)
{
    g_autoptr(GUri)  uri = NULL;
    const gchar     *scheme;
    const gchar     *at;

    for (at = text; *at; at++) {
        if (*at <= ' ' || *at >= 0x7f || strchr ("\"'<>\\^`{|}", *at))
            return FALSE;
    }
    uri = g_uri_parse (text, G_URI_FLAGS_HAS_PASSWORD, NULL);
    if (!uri)
        return FALSE;
    scheme = g_uri_get_scheme (uri);
    return (g_str_equal (scheme, "http") || g_str_equal (scheme, "https")) &&
           g_uri_get_host (uri) && g_uri_get_host (uri)[0] && !g_uri_get_userinfo (uri) && !g_uri_get_fragment (uri) &&
           (with_query || !g_uri_get_query (uri));
}

gboolean
mmfota_agent_value_is_server_url (const gchar *url)
{
    return strlen (url) <= 255 && is_web_url (url, FALSE);
}

static gboolean
parse_server_url (const MmfotaAgentKey  *key,
                  const gchar           *text,
                  gpointer               field,
                  GError               **error)
{
    g_autofree gchar *example = NULL;

    if (text[0]) {
        if (!replace_placeholders (key, text, &example, error))
            return FALSE;
        if (!is_web_url (example, FALSE) || strlen (text) > 255)
            return refuse (key, text, "http://host/path or https://host/path of 255 characters at most is, without user, query "
                                      "and fragment", error);
    }
    set_string (field, text);
    return TRUE;
}

/* Names in a path or in JSON */
static gboolean
parse_name (const MmfotaAgentKey  *key,
            const gchar           *text,
            gpointer               field,
            GError               **error)
{
    gsize i;

    for (i = 0; g_ascii_isalnum (text[i]) || (text[i] && strchr ("._:-", text[i])); i++);
    if (i == 0 || i > 128 || text[i] || text[0] == '.')
        return refuse (key, text, "1 to 128 letters, digits, '.', '_', ':' and '-' are, not with '.' first", error);
    set_string (field, text);
    return TRUE;
}

/* The server's root; a path before the tenant belongs to a proxy. */
static gboolean
parse_hawkbit_url (const MmfotaAgentKey  *key,
                   const gchar           *text,
                   gpointer               field,
                   GError               **error)
{
    if (text[0] && !mmfota_agent_value_is_server_url (text))
        return refuse (key, text, "http://host or https://host is, without user, query and fragment", error);
    set_string (field, text);
    return TRUE;
}

static gboolean
parse_report_url (const MmfotaAgentKey  *key,
                  const gchar           *text,
                  gpointer               field,
                  GError               **error)
{
    if (text[0] && (!is_web_url (text, TRUE) || strlen (text) > 2048))
        return refuse (key, text, "http://host/path or https://host/path is, without user and fragment; a token goes into "
                                  "token-file", error);
    set_string (field, text);
    return TRUE;
}

/* Hides the user info before an "@", and the query */
gchar *
mmfota_agent_key_mask (const MmfotaAgentKey *key,
                       const gchar          *text)
{
    g_autoptr(GString)  masked = g_string_new (NULL);
    const gchar        *begin = strstr (text, "://");
    const gchar        *at;
    const gchar        *query;

    if (!g_str_has_prefix (key->key, "url") && !g_str_equal (key->key, "broker"))
        return g_strdup (text);
    begin = begin ? begin + 3 : text;
    at = strrchr (begin, '@');
    query = strchr (begin, '?');
    if (at) {
        g_string_append_len (masked, text, begin - text);
        g_string_append (masked, "***");
        text = at;
    }
    if (query && query >= text) {
        g_string_append_len (masked, text, query - text);
        g_string_append (masked, "?***");
    } else
        g_string_append (masked, text);
    return g_strdup (masked->str);
}

/*****************************************************************************/
/* MQTT */

/* A user would appear in logs */
static gboolean
parse_broker (const MmfotaAgentKey  *key,
              const gchar           *text,
              gpointer               field,
              GError               **error)
{
    g_autoptr(GUri) uri = text[0] ? g_uri_parse (text, G_URI_FLAGS_NONE, NULL) : NULL;
    const gchar    *host = uri ? g_uri_get_host (uri) : NULL;

    if (text[0] && !MMFOTA_AGENT_MQTT) {
        g_set_error (error, INVALID, "this mmfota-agent was built without MQTT");
        return FALSE;
    }
    if (text[0] && (!host || !host[0] || strlen (text) > 512 ||
                    (!g_str_equal (g_uri_get_scheme (uri), "mqtt") && !g_str_equal (g_uri_get_scheme (uri), "mqtts")) ||
                    g_uri_get_port (uri) == 0 || g_uri_get_userinfo (uri) || g_uri_get_query (uri) ||
                    g_uri_get_fragment (uri) || (g_uri_get_path (uri)[0] && !g_str_equal (g_uri_get_path (uri), "/"))))
        return refuse (key, text, "mqtt://host, mqtts://host, with or without :port, are; a user goes into user and "
                                  "password-file", error);
    set_string (field, text);
    return TRUE;
}

/* A topic or a client id. Names that begin with "$" are reserved for brokers. */
static gboolean
parse_topic (const MmfotaAgentKey  *key,
             const gchar           *text,
             gpointer               field,
             GError               **error)
{
    g_autoptr(GString) plain = g_string_new (text);
    const gchar       *at;

    g_string_replace (plain, "%{id}", "x", 0);
    for (at = plain->str; *at > ' ' && *at < 0x7f && !strchr ("+#%", *at); at++);
    if (plain->len < 1 || plain->len > 200 || *at || strchr ("/$", plain->str[0]) || g_str_has_suffix (plain->str, "/"))
        return refuse (key, text, "1 to 200 printable ASCII characters are, but no blank, + and #, no / at either end and no $ "
                                  "at the first; and %{id} for the device", error);
    set_string (field, text);
    return TRUE;
}

static gboolean
parse_user (const MmfotaAgentKey  *key,
            const gchar           *text,
            gpointer               field,
            GError               **error)
{
    gsize i;

    for (i = 0; (guchar) text[i] >= ' '; i++);
    if (text[i] || i > 256)
        return refuse (key, text, "256 bytes at most without control characters are", error);
    set_string (field, text);
    return TRUE;
}

/*****************************************************************************/
/* Time */

static gboolean
take_spans (GArray   *spans,
            gpointer  field)
{
    if (!spans)
        return FALSE;
    g_clear_pointer ((GArray **) field, g_array_unref);
    *(GArray **) field = spans;
    return TRUE;
}

static gboolean
parse_window (const MmfotaAgentKey  *key,
              const gchar           *text,
              gpointer               field,
              GError               **error)
{
    return take_spans (mmfota_agent_window_parse (text, error), field);
}

static gboolean
parse_quiet_hours (const MmfotaAgentKey  *key,
                   const gchar           *text,
                   gpointer               field,
                   GError               **error)
{
    return take_spans (mmfota_agent_quiet_hours_parse (text, error), field);
}

/* Not g_time_zone_new_local (), which caches the zone. */
static GTimeZone *
local_zone (void)
{
    GTimeZone *zone = g_time_zone_new_identifier (g_getenv ("TZ"));

    return zone ? zone : g_time_zone_new_utc ();
}

static gboolean
parse_timezone (const MmfotaAgentKey  *key,
                const gchar           *text,
                gpointer               field,
                GError               **error)
{
    GTimeZone *zone = g_str_equal (text, "local") ? local_zone () : NULL;

    /* A path would be read as a file */
    if (!zone && text[0] && text[0] != '/' && !strstr (text, ".."))
        zone = g_time_zone_new_identifier (text);
    if (!zone) {
        g_set_error (error, INVALID, "'%s' is no time zone: local, UTC and names as Europe/Berlin are", text);
        return FALSE;
    }
    g_clear_pointer ((GTimeZone **) field, g_time_zone_unref);
    *(GTimeZone **) field = zone;
    return TRUE;
}

/* "15min x2 max 1d 8 tries": the first wait, then the rest in any order */
static gboolean
parse_backoff (const MmfotaAgentKey  *key,
               const gchar           *text,
               gpointer               field,
               GError               **error)
{
    g_autofree gchar   *plain = g_strdup (text);
    g_auto(GStrv)       words = NULL;
    MmfotaAgentBackoff  value = { 0, 1, 0, 0 };
    guint64             number;
    guint               n;
    guint               i;

    words = g_strsplit_set (g_strdelimit (plain, ",", ' '), " ", -1);
    for (n = 0, i = 0; words[i]; i++) {
        if (words[i][0])
            words[n++] = words[i];
        else
            g_free (words[i]);
    }
    words[n] = NULL;
    if (n < 1 || !mmfota_agent_duration_parse (words[0], &value.first, NULL))
        goto invalid;
    value.max = value.first;
    for (i = 1; i < n; i++) {
        if (words[i][0] == 'x' && g_ascii_string_to_unsigned (words[i] + 1, 10, 1, 10, &number, NULL))
            value.factor = (guint32) number;
        else if (g_str_equal (words[i], "max") && i + 1 < n && mmfota_agent_duration_parse (words[i + 1], &value.max, NULL))
            i++;
        else if (i + 1 < n && (g_str_equal (words[i + 1], "tries") || g_str_equal (words[i + 1], "try")) &&
                 g_ascii_string_to_unsigned (words[i], 10, 1, 1000, &number, NULL)) {
            value.tries = (guint32) number;
            i++;
        } else
            goto invalid;
    }
    if (value.first < MINUTE || value.max < value.first || value.max > 4 * WEEK)
        goto invalid;
    *(MmfotaAgentBackoff *) field = value;
    return TRUE;

invalid:
    return refuse (key, text, "a first wait of 1min or more, xN for what it grows by each time (1 to 10), max and the longest "
                              "wait (up to 4w), and N tries (1 to 1000) are, as 15min x2 max 1d 8 tries", error);
}

/*****************************************************************************/
/* The table */

#define FIELD(name) offsetof (MmfotaAgentSettings, name)

const MmfotaAgentKey mmfota_agent_keys[] = {
    { "server", "url", "", FIELD (server.url), parse_server_url, 0, 0, NULL },
    { "server", "tls-ca", "", FIELD (server.tls_ca), parse_path, 0, 0, NULL },
    { "server", "tls-certificate", "", FIELD (server.tls_certificate), parse_path, 0, 0, NULL },
    { "server", "tls-key", "", FIELD (server.tls_key), parse_path, 0, 0, NULL },
    { "server", "tls-verify", "server", FIELD (server.tls_verify), parse_choice, 0, 0, "none server mutual" },

    { "check", "interval", "1d", FIELD (check.interval), parse_duration, 5 * MINUTE, YEAR, NULL },
    { "check", "first", "15min", FIELD (check.first), parse_duration, 1, WEEK, NULL },
    { "check", "spread", "25%", FIELD (check.spread), parse_percent, 0, 0, NULL },

    { "policy", "download", "auto", FIELD (policy.download), parse_choice, 0, 0, "off ask auto" },
    { "policy", "upgrade", "ask", FIELD (policy.upgrade), parse_choice, 0, 0, "off ask auto" },
    { "policy", "allow-roaming", "no", FIELD (policy.allow_roaming), parse_boolean, 0, 0, NULL },
    { "policy", "window", "", FIELD (policy.window), parse_window, 0, 0, NULL },
    { "policy", "quiet-hours", "", FIELD (policy.quiet_hours), parse_quiet_hours, 0, 0, NULL },
    { "policy", "timezone", "local", FIELD (policy.timezone), parse_timezone, 0, 0, NULL },
    { "policy", "notice", "10min", FIELD (policy.notice), parse_duration, 10, DAY, NULL },
    { "policy", "postpone-max", "14d", FIELD (policy.postpone_max), parse_duration, HOUR, YEAR, NULL },
    { "policy", "hang-up-calls", "no", FIELD (policy.hang_up_calls), parse_boolean, 0, 0, NULL },
    { "policy", "expect-newer", "yes", FIELD (policy.expect_newer), parse_boolean, 0, 0, NULL },

    { "retry", "query", "5min x2 max 6h", FIELD (retry.query), parse_backoff, 0, 0, NULL },
    { "retry", "download", "15min x2 max 1d 8 tries", FIELD (retry.download), parse_backoff, 0, 0, NULL },
    { "retry", "upgrade", "1h x2 max 1d 3 tries", FIELD (retry.upgrade), parse_backoff, 0, 0, NULL },

    { "signature", "require", "if-keyring", FIELD (signature.require), parse_choice, 0, 0, "no if-keyring yes" },
    { "signature", "keyring", "/etc/mmfota/keyring.d", FIELD (signature.keyring), parse_path, 0, 0, NULL },

    { "sms", "key-file", "", FIELD (sms.key_file), parse_path, 0, 0, NULL },
    { "sms", "senders", "", FIELD (sms.senders), parse_senders, 0, 0, NULL },

    { "report", "url", "", FIELD (report.url), parse_report_url, 0, 0, NULL },
    { "report", "batch", "50", FIELD (report.batch), parse_number, 1, MMFOTA_AGENT_REPORT_BATCH_MAX, NULL },
    { "report", "token-file", "", FIELD (report.token_file), parse_path, 0, 0, NULL },
    { "report", "tls-ca", "", FIELD (report.tls_ca), parse_path, 0, 0, NULL },
    { "report", "tls-certificate", "", FIELD (report.tls_certificate), parse_path, 0, 0, NULL },
    { "report", "tls-key", "", FIELD (report.tls_key), parse_path, 0, 0, NULL },
    { "report", "device-id", "imei", FIELD (report.device_id), parse_device_id, 0, 0, NULL },

    { "mqtt", "broker", "", FIELD (mqtt.broker), parse_broker, 0, 0, NULL },
    { "mqtt", "topic", "mmfota/%{id}", FIELD (mqtt.topic), parse_topic, 0, 0, NULL },
    { "mqtt", "client-id", "mmfota-%{id}", FIELD (mqtt.client_id), parse_topic, 0, 0, NULL },
    { "mqtt", "version", "5", FIELD (mqtt.version), parse_choice, 0, 0, "5 3.1.1" },
    { "mqtt", "user", "", FIELD (mqtt.user), parse_user, 0, 0, NULL },
    { "mqtt", "password-file", "", FIELD (mqtt.password_file), parse_path, 0, 0, NULL },
    { "mqtt", "tls-ca", "", FIELD (mqtt.tls_ca), parse_path, 0, 0, NULL },
    { "mqtt", "tls-certificate", "", FIELD (mqtt.tls_certificate), parse_path, 0, 0, NULL },
    { "mqtt", "tls-key", "", FIELD (mqtt.tls_key), parse_path, 0, 0, NULL },

    { "hawkbit", "url", "", FIELD (hawkbit.url), parse_hawkbit_url, 0, 0, NULL },
    { "hawkbit", "tenant", "DEFAULT", FIELD (hawkbit.tenant), parse_name, 0, 0, NULL },
    { "hawkbit", "controller-id", "imei", FIELD (hawkbit.controller_id), parse_name, 0, 0, NULL },
    { "hawkbit", "target-token-file", "", FIELD (hawkbit.target_token_file), parse_path, 0, 0, NULL },
    { "hawkbit", "gateway-token-file", "", FIELD (hawkbit.gateway_token_file), parse_path, 0, 0, NULL },
    { "hawkbit", "tls-ca", "", FIELD (hawkbit.tls_ca), parse_path, 0, 0, NULL },
    { "hawkbit", "tls-certificate", "", FIELD (hawkbit.tls_certificate), parse_path, 0, 0, NULL },
    { "hawkbit", "tls-key", "", FIELD (hawkbit.tls_key), parse_path, 0, 0, NULL },
    { "hawkbit", "metadata-key", "mmfota.url", FIELD (hawkbit.metadata_key), parse_name, 0, 0, NULL },
    { "hawkbit", "url-template", "", FIELD (hawkbit.url_template), parse_server_url, 0, 0, NULL },
};

const guint mmfota_agent_n_keys = G_N_ELEMENTS (mmfota_agent_keys);

gboolean
mmfota_agent_key_set (const MmfotaAgentKey  *key,
                      MmfotaAgentSettings   *settings,
                      const gchar           *text,
                      GError               **error)
{
    return key->parse (key, text, (gchar *) settings + key->offset, error);
}

/*****************************************************************************/
/* Settings */

/* The defaults are in the table; a test parses each. */
MmfotaAgentSettings *
mmfota_agent_settings_new (void)
{
    MmfotaAgentSettings *settings = g_new0 (MmfotaAgentSettings, 1);
    guint                i;

    for (i = 0; i < mmfota_agent_n_keys; i++) {
        g_autoptr(GError) error = NULL;

        if (!mmfota_agent_key_set (&mmfota_agent_keys[i], settings, mmfota_agent_keys[i].fallback, &error))
            g_critical ("%s: %s", mmfota_agent_keys[i].key, error->message);
    }
    return settings;
}

void
mmfota_agent_settings_free (MmfotaAgentSettings *settings)
{
    g_free (settings->server.url);
    g_free (settings->server.tls_ca);
    g_free (settings->server.tls_certificate);
    g_free (settings->server.tls_key);
    g_clear_pointer (&settings->policy.window, g_array_unref);
    g_clear_pointer (&settings->policy.quiet_hours, g_array_unref);
    g_clear_pointer (&settings->policy.timezone, g_time_zone_unref);
    g_free (settings->signature.keyring);
    g_free (settings->sms.key_file);
    g_strfreev (settings->sms.senders);
    g_free (settings->report.url);
    g_free (settings->report.token_file);
    g_free (settings->report.tls_ca);
    g_free (settings->report.tls_certificate);
    g_free (settings->report.tls_key);
    g_free (settings->report.device_id);
    g_free (settings->mqtt.broker);
    g_free (settings->mqtt.topic);
    g_free (settings->mqtt.client_id);
    g_free (settings->mqtt.user);
    g_free (settings->mqtt.password_file);
    g_free (settings->mqtt.tls_ca);
    g_free (settings->mqtt.tls_certificate);
    g_free (settings->mqtt.tls_key);
    g_free (settings->hawkbit.url);
    g_free (settings->hawkbit.tenant);
    g_free (settings->hawkbit.controller_id);
    g_free (settings->hawkbit.target_token_file);
    g_free (settings->hawkbit.gateway_token_file);
    g_free (settings->hawkbit.tls_ca);
    g_free (settings->hawkbit.tls_certificate);
    g_free (settings->hawkbit.tls_key);
    g_free (settings->hawkbit.metadata_key);
    g_free (settings->hawkbit.url_template);
    g_free (settings);
}

/* The module forgets its CA, and can verify no server without one. */
static gboolean
check_server (const MmfotaAgentServerSettings  *server,
              GError                          **error)
{
    gboolean is_https = g_str_has_prefix (server->url, "https:");

    if (!server->tls_certificate[0] != !server->tls_key[0]) {
        g_set_error (error, INVALID, "group [server]: tls-certificate and tls-key go together");
        return FALSE;
    }
    if (is_https && server->tls_verify != MMFOTA_AGENT_VERIFY_NONE && !server->tls_ca[0]) {
        g_set_error (error, INVALID, "group [server]: an https url needs tls-ca, or tls-verify=none");
        return FALSE;
    }
    if (is_https && server->tls_verify == MMFOTA_AGENT_VERIFY_MUTUAL && !server->tls_key[0]) {
        g_set_error (error, INVALID, "group [server]: tls-verify=mutual needs tls-certificate and tls-key");
        return FALSE;
    }
    return TRUE;
}

gboolean
mmfota_agent_is_this_host (GUri *uri)
{
    const gchar             *host = g_uri_get_host (uri);
    g_autoptr(GInetAddress)  address = NULL;

    if (!host)
        return FALSE;
    address = g_inet_address_new_from_string (host);
    return g_str_equal (host, "localhost") || (address && g_inet_address_get_is_loopback (address));
}

static gboolean
is_open_line (const gchar *url)
{
    g_autoptr(GUri) uri = g_uri_parse (url, G_URI_FLAGS_NONE, NULL);

    return !uri || !mmfota_agent_is_this_host (uri);
}

static gboolean
check_mqtt (const MmfotaAgentMqttSettings  *mqtt,
            GError                        **error)
{
    gboolean is_tls = g_ascii_strncasecmp (mqtt->broker, "mqtts:", strlen ("mqtts:")) == 0;

    if (!mqtt->tls_certificate[0] != !mqtt->tls_key[0]) {
        g_set_error (error, INVALID, "group [mqtt]: tls-certificate and tls-key go together");
        return FALSE;
    }
    if (mqtt->password_file[0] && !mqtt->user[0]) {
        g_set_error (error, INVALID, "group [mqtt]: password-file needs user");
        return FALSE;
    }
    if (mqtt->broker[0] && !is_tls && (mqtt->tls_ca[0] || mqtt->tls_certificate[0])) {
        g_set_error (error, INVALID, "group [mqtt]: tls-ca, tls-certificate and tls-key need a broker with mqtts:");
        return FALSE;
    }
    if (mqtt->broker[0] && !is_tls && mqtt->password_file[0] && is_open_line (mqtt->broker)) {
        g_set_error (error, INVALID, "group [mqtt]: '%s' with a password: anybody on the way could read it; allowed: mqtts", mqtt->broker);
        return FALSE;
    }
    return TRUE;
}

static gboolean
check_hawkbit (const MmfotaAgentHawkbitSettings  *hawkbit,
               GError                           **error)
{
    guint n = (hawkbit->target_token_file[0] ? 1 : 0) + (hawkbit->gateway_token_file[0] ? 1 : 0);

    if (!hawkbit->tls_certificate[0] != !hawkbit->tls_key[0])
        g_set_error (error, INVALID, "group [hawkbit]: tls-certificate and tls-key go together");
    else if (n > 1)
        g_set_error (error, INVALID, "group [hawkbit]: target-token-file or gateway-token-file, not both");
    else if (hawkbit->url[0] && n == 0 && !hawkbit->tls_key[0])
        g_set_error (error, INVALID, "group [hawkbit]: url needs target-token-file, gateway-token-file, or tls-certificate and tls-key");
    else
        return TRUE;
    return FALSE;
}

gboolean
mmfota_agent_settings_check (const MmfotaAgentSettings  *settings,
                             GError                    **error)
{
    if (!check_server (&settings->server, error) || !check_hawkbit (&settings->hawkbit, error))
        return FALSE;
    if (!settings->report.tls_certificate[0] != !settings->report.tls_key[0]) {
        g_set_error (error, INVALID, "group [report]: tls-certificate and tls-key go together");
        return FALSE;
    }
    if (!check_mqtt (&settings->mqtt, error))
        return FALSE;
    /* Otherwise nothing would ever happen, and nobody would know why */
    if (settings->policy.upgrade != MMFOTA_AGENT_CONSENT_OFF &&
        mmfota_agent_window_next (settings->policy.window, settings->policy.quiet_hours, settings->policy.timezone,
                                  g_get_real_time () / G_USEC_PER_SEC) == MMFOTA_AGENT_NEVER) {
        g_set_error (error, INVALID, "group [policy]: quiet-hours leave nothing of window");
        return FALSE;
    }
    if (settings->signature.require == MMFOTA_AGENT_REQUIRE_YES && !settings->signature.keyring[0]) {
        g_set_error (error, INVALID, "group [signature]: require=yes needs keyring");
        return FALSE;
    }
    return TRUE;
}

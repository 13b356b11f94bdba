/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-agent-config.h"
#include "mmfota-agent-duration.h"

#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "mmfota-agent-signature.h"
#include "mmfota-agent-url.h"
#include "mmfota-agent-values.h"
#include "mmfota-agent-window.h"

static MmfotaAgentConfig *
parse (const gchar *text)
{
    g_autoptr(GError)  error = NULL;
    MmfotaAgentConfig *config = mmfota_agent_config_parse ("text", text, strlen (text), &error);

    g_assert_no_error (error);
    return config;
}

static void
test_defaults (void)
{
    g_autoptr(MmfotaAgentConfig) config = parse ("");
    const MmfotaAgentSettings   *settings = mmfota_agent_config_peek (config, NULL);

    g_assert_cmpstr (settings->server.url, ==, "");
    g_assert_cmpint (settings->server.tls_verify, ==, MMFOTA_AGENT_VERIFY_SERVER);
    g_assert_cmpuint (settings->check.interval, ==, 86400);
    g_assert_cmpuint (settings->check.first, ==, 900);
    g_assert_cmpuint (settings->check.spread, ==, 25);
    g_assert_cmpint (settings->policy.download, ==, MMFOTA_AGENT_CONSENT_AUTO);
    g_assert_cmpint (settings->policy.upgrade, ==, MMFOTA_AGENT_CONSENT_ASK);
    g_assert_false (settings->policy.allow_roaming);
    g_assert_cmpuint (settings->policy.window->len, ==, 0);
    g_assert_cmpuint (settings->policy.quiet_hours->len, ==, 0);
    g_assert_nonnull (settings->policy.timezone);
    g_assert_cmpuint (settings->policy.notice, ==, 600);
    g_assert_cmpuint (settings->policy.postpone_max, ==, 14 * 86400);
    g_assert_false (settings->policy.hang_up_calls);
    g_assert_true (settings->policy.expect_newer);
    g_assert_cmpuint (settings->retry.query.first, ==, 300);
    g_assert_cmpuint (settings->retry.query.max, ==, 6 * 3600);
    g_assert_cmpuint (settings->retry.query.tries, ==, 0);
    g_assert_cmpuint (settings->retry.download.tries, ==, 8);
    g_assert_cmpuint (settings->retry.upgrade.factor, ==, 2);
    g_assert_cmpuint (settings->retry.upgrade.tries, ==, 3);
    g_assert_cmpint (settings->signature.require, ==, MMFOTA_AGENT_REQUIRE_IF_KEYRING);
    g_assert_cmpstr (settings->signature.keyring, ==, "/etc/mmfota/keyring.d");
    g_assert_cmpstr (settings->sms.key_file, ==, "");
    g_assert_nonnull (settings->sms.senders);
    g_assert_cmpuint (settings->report.batch, ==, 50);
    g_assert_cmpstr (settings->report.device_id, ==, "imei");
    g_assert_cmpstr (settings->mqtt.broker, ==, "");
    g_assert_cmpstr (settings->mqtt.topic, ==, "mmfota/%{id}");
    g_assert_cmpstr (settings->mqtt.client_id, ==, "mmfota-%{id}");
    g_assert_cmpint (settings->mqtt.version, ==, MMFOTA_AGENT_MQTT_5);
}

#if MMFOTA_AGENT_MQTT
static void
test_brokers (void)
{
    static const gchar *const texts[] = {
        "broker=mqtt://host",
        "broker=mqtt://host/",
        "broker=mqtts://host.example.com:8884",
        "broker=mqtts://[2001:db8::1]:8883",
        "broker=mqtt://192.0.2.1:1883",
        "broker=mqtt://127.0.0.1\nuser=a\npassword-file=/p",
        "broker=mqtt://localhost\nuser=a\npassword-file=/p",
        "broker=mqtts://host\nuser=a\npassword-file=/p\ntls-ca=/ca",
        "broker=mqtts://host\ntls-certificate=/c\ntls-key=/k",
        "broker=MQTTS://host\nuser=a\npassword-file=/p\ntls-ca=/ca",
        "broker=mqtt://host\ntopic=fleet/%{id}/modem\nclient-id=%{id}\nversion=3.1.1",
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (texts); i++) {
        g_autofree gchar             *text = g_strdup_printf ("[mqtt]\n%s\n", texts[i]);
        g_autoptr(MmfotaAgentConfig)  config = parse (text);

        g_assert_cmpint (g_ascii_strncasecmp (mmfota_agent_config_peek (config, NULL)->mqtt.broker, "mqtt", 4), ==, 0);
    }
}
#endif

static void
test_durations (void)
{
    static const struct {
        const gchar *text;
        gint64       seconds; /* -1: refused */
    } table[] = {
        { "0", 0 },
        { "90s", 90 },
        { "15min", 900 },
        { "1h", 3600 },
        { "1h30min", 5400 },
        { "1w1d1h1min1s", 604800 + 86400 + 3600 + 61 },
        { "2d", 172800 },
        { "1w", 604800 },
        { "0s", 0 },
        { "", -1 },
        { "5", -1 },
        { "s", -1 },
        { "min", -1 },
        { "5 min", -1 },
        { "-5min", -1 },
        { "5m", -1 },
        { "5mins", -1 },
        { "1.5h", -1 },
        { "30min1h", -1 },
        { "1h1h", -1 },
        { "99999999999999999999w", -1 },
        { "3661d", -1 },
        { "1e3s", -1 },
        { "1h ", -1 },
        { "1hx", -1 },
        { "0x10s", -1 },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (table); i++) {
        g_autoptr(GError) error = NULL;
        guint32           seconds = 77;
        gboolean          taken = mmfota_agent_duration_parse (table[i].text, &seconds, &error);

        g_test_message ("'%s'", table[i].text);
        if (table[i].seconds >= 0) {
            g_assert_no_error (error);
            g_assert_cmpuint (seconds, ==, (guint32) table[i].seconds);
        } else {
            g_autofree gchar *quoted = g_strdup_printf ("'%s'", table[i].text);

            g_assert_false (taken);
            g_assert_error (error, MMFOTA_AGENT_CONFIG_ERROR, MMFOTA_AGENT_CONFIG_ERROR_INVALID);
            g_assert_true (strstr (error->message, quoted) != NULL);
            g_assert_true (strstr (error->message, "min, h, d or w") != NULL);
        }
    }
}

/* Each is refused, with file, group, key, value and what is allowed */
static void
test_refused (void)
{
    static const struct {
        const gchar *text;
        const gchar *message;
    } table[] = {
        { "[nonsense]\na=b\n", "text: unknown group [nonsense]: allowed are [server], [check], [policy]," },
        { "[amqp]\nbroker=amqps://h\n", "text: unknown group [amqp]" },
        { "[policy 86]\nupgrade=off\n", "'86' is no IMEI" },
        { "[policy 86000000000000x]\n", "is no IMEI" },
        { "[policy]\nupgrde=auto\n", "text: group [policy]: unknown key 'upgrde': allowed are download, upgrade," },
        { "[policy]\nupgrade=yes\n", "text: group [policy]: key 'upgrade': 'yes' is not allowed: off, ask, auto are" },
        { "[policy 860000000000001]\nupgrade=yes\n", "text: group [policy 860000000000001]: key 'upgrade': 'yes'" },
        { "[policy]\nallow-roaming=maybe\n", "'maybe' is not allowed: yes and no are" },
        { "[policy]\nwindow=25:00/1h\n", "'25:00/1h' is no begin and length, as 02:00/3h" },
        { "[policy]\nwindow=Sat, Sun 02:00/1h\n", "no list of days" },
        { "[policy]\nwindow=02:00/30s\n", "'30s' is no length of a window: 1min to 7d are" },
        { "[policy]\nwindow=02:00/8d\n", "'8d' is no length of a window" },
        { "[policy]\nwindow=02:00\n", "as 02:00/3h" },
        { "[policy]\nwindow=Sam 02:00/1h\n", "'Sam' is no list of days" },
        { "[policy]\nquiet-hours=22:00\n", "as 22:00-07:00" },
        { "[policy]\nquiet-hours=22:60-07:00\n", "as 22:00-07:00" },
        { "[policy]\nquiet-hours=07:00-07:00\n", "as 22:00-07:00" },
        { "[policy]\nwindow=23:00/1h\nquiet-hours=22:00-07:00\n", "quiet-hours leave nothing of window" },
        { "[policy]\ntimezone=Mars/Olympus\n", "'Mars/Olympus' is no time zone" },
        { "[policy]\ntimezone=/etc/passwd\n", "'/etc/passwd' is no time zone" },
        { "[policy]\ntimezone=../../../etc/passwd\n", "is no time zone" },
        { "[policy]\nnotice=2d\n", "'2d' is out of range: allowed are 10s to 1d, and 0" },
        { "[check]\ninterval=1s\n", "'1s' is out of range: allowed are 5min to 366d, and 0" },
        { "[check]\nfirst=8d\n", "'8d' is out of range: allowed are 1s to 1w, and 0" },
        { "[check]\nspread=101%\n", "'101%' is no share: allowed are 0% to 100%" },
        { "[check]\nspread=25\n", "'25' is no share" },
        { "[retry]\nquery=1s\n", "'1s' is not allowed: a first wait of 1min or more" },
        { "[retry]\nquery=5min x0\n", "'5min x0' is not allowed" },
        { "[retry]\nquery=5min max 1min\n", "'5min max 1min' is not allowed" },
        { "[retry]\nquery=5min 0 tries\n", "'5min 0 tries' is not allowed" },
        { "[retry]\nquery=5min max\n", "'5min max' is not allowed" },
        { "[retry]\nquery=\n", "'' is not allowed" },
        { "[server]\nurl=ftp://host/\n", "'ftp://host/' is not allowed: http://host/path" },
        { "[server]\nurl=http://user:geheim@host/\n", "'http://***@host/' is not allowed" },
        { "[server]\nurl=http://host/?token=geheim\n", "without user, query and fragment" },
        { "[server]\nurl=http://user:geheim@host/%{nonsense}?token=geheim\n", "'http://***@host/%{nonsense}?***' has an unknown" },
        { "[server]\nurl=http://host/%{nonsense}/\n", "unknown placeholder: %{model}, %{imei} and %{version} are allowed" },
        { "[server]\nurl=http://host/a\"b\n", "is not allowed" },
        { "[server]\nurl=http://\n", "is not allowed" },
        { "[server]\nurl=https://host/\n", "an https url needs tls-ca, or tls-verify=none" },
        { "[server]\nurl=https://host/\ntls-ca=/ca\ntls-verify=mutual\n", "tls-verify=mutual needs tls-certificate and tls-key" },
        { "[server]\ntls-key=/key\n", "tls-certificate and tls-key go together" },
        { "[server 860000000000001]\ntls-key=/key\n", "for module 860000000000001: group [server]: tls-certificate" },
        { "[server]\ntls-ca=ca.pem\n", "'ca.pem' is no absolute path" },
        { "[report]\nbatch=0\n", "'0' is out of range: allowed are 1 to 256" },
        { "[report]\nbatch=many\n", "'many' is out of range" },
        { "[report]\ndevice-id=a b\n", "'a b' is not allowed: imei, hash" },
        { "[report]\nurl=https://bob:geheim@host/\n", "'https://***@host/' is not allowed" },
        { "[report]\nurl=gopher://host/?token=geheim\n", "'gopher://host/?***' is not allowed" },
        { "[report]\ntls-certificate=/c\n", "group [report]: tls-certificate and tls-key go together" },
#if MMFOTA_AGENT_MQTT
        { "[mqtt]\nbroker=host\n", "'host' is not allowed: mqtt://host" },
        { "[mqtt]\nbroker=http://host\n", "'http://host' is not allowed: mqtt://host" },
        { "[mqtt]\nbroker=mqtt://\n", "'mqtt://' is not allowed" },
        { "[mqtt]\nbroker=mqtt://host:0\n", "'mqtt://host:0' is not allowed" },
        { "[mqtt]\nbroker=mqtt://host:65536\n", "'mqtt://host:65536' is not allowed" },
        { "[mqtt]\nbroker=mqtt://host/path\n", "'mqtt://host/path' is not allowed" },
        { "[mqtt]\nbroker=mqtts://bob:geheim@host\n", "'mqtts://***@host' is not allowed" },
        { "[mqtt]\nbroker=mqtt://host\ntls-ca=/ca\n", "group [mqtt]: tls-ca, tls-certificate and tls-key need a broker with mqtts:" },
        { "[mqtt]\nbroker=mqtt://host\nuser=a\npassword-file=/p\n", "'mqtt://host' with a password: anybody on the way could read it; allowed: mqtts" },
#else
        { "[mqtt]\nbroker=mqtts://host\n", "this mmfota-agent was built without MQTT" },
#endif
        { "[mqtt]\ntopic=\n", "'' is not allowed: 1 to 200 printable ASCII characters" },
        { "[mqtt]\ntopic=a/#\n", "'a/#' is not allowed" },
        { "[mqtt]\ntopic=+/a\n", "'+/a' is not allowed" },
        { "[mqtt]\ntopic=$SYS/a\n", "'$SYS/a' is not allowed" },
        { "[mqtt]\ntopic=/a\n", "'/a' is not allowed" },
        { "[mqtt]\ntopic=a/\n", "'a/' is not allowed" },
        { "[mqtt]\ntopic=a/%{imei}\n", "'a/%{imei}' is not allowed" },
        { "[mqtt]\nclient-id=two words\n", "'two words' is not allowed" },
        { "[mqtt]\nversion=4\n", "'4' is not allowed: 5, 3.1.1 are" },
        { "[mqtt]\ntls-key=/k\n", "group [mqtt]: tls-certificate and tls-key go together" },
        { "[mqtt]\npassword-file=/p\n", "group [mqtt]: password-file needs user" },
        { "[mqtt]\npassword-file=p\n", "'p' is no absolute path" },
        { "[hawkbit]\nurl=https://h/\n", "group [hawkbit]: url needs target-token-file, gateway-token-file, or tls-certificate" },
        { "[hawkbit]\nurl=https://bob:geheim@h/\n", "'https://***@h/' is not allowed" },
        { "[hawkbit]\ntenant=a/b\n", "'a/b' is not allowed: 1 to 128 letters" },
        { "[hawkbit]\ncontroller-id=..\n", "'..' is not allowed" },
        { "[hawkbit]\ntarget-token-file=/t\ngateway-token-file=/g\n", "not both" },
        { "[hawkbit]\ntls-key=/k\n", "group [hawkbit]: tls-certificate and tls-key go together" },
        { "[hawkbit]\nurl-template=http://bob:geheim@h/%{version}/\n", "'http://***@h/%{version}/' is not allowed" },
        { "[hawkbit]\nmetadata-key=\n", "'' is not allowed" },
        { "[signature]\nrequire=yes\nkeyring=\n", "require=yes needs keyring" },
        { "[sms]\nsenders=abc\n", "'abc' is no telephone number" },
        { "no group\n", "text: " },
        { "[check]\ninterval\n", "text: " },
        { "[check]\ninterval=\\q\n", "text: group [check]: key 'interval'" },
        { "[check]\ninterval=\xff\n", "no UTF-8 text" },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (table); i++) {
        g_autoptr(GError)            error = NULL;
        g_autoptr(MmfotaAgentConfig) config = mmfota_agent_config_parse ("text", table[i].text, strlen (table[i].text), &error);

        g_test_message ("%s", table[i].text);
        g_assert_null (config);
        g_assert_error (error, MMFOTA_AGENT_CONFIG_ERROR, MMFOTA_AGENT_CONFIG_ERROR_INVALID);
        g_test_message ("%s", error->message);
        g_assert_true (strstr (error->message, table[i].message) != NULL);
        g_assert_null (strstr (error->message, "geheim"));
    }
}

static void
test_taken (void)
{
    g_autoptr(MmfotaAgentConfig) config = NULL;
    const MmfotaAgentSettings   *settings;
    const MmfotaAgentSpan       *span;

    config = parse ("[server]\nurl=https://fota.example.net/%{model}/%{imei}/%{version}/\ntls-ca=/ca.pem\n"
                    "[check]\ninterval=0\nspread= 10 % \n"
                    "[policy]\nwindow=Sat,Sun 23:30/60min; 02:00/3h\nquiet-hours=22:00-07:00; 12:00 - 13:00\n"
                    "window=sat,SUN 23:30/60min; 07:00/3h\ntimezone=Europe/Berlin\nupgrade=auto\n"
                    "[retry]\nquery=10min,x3,max 2h,5 tries\n"
                    "[sms]\nsenders=+8613800000000, 13800000001\n");
    settings = mmfota_agent_config_peek (config, "860000000000001");
    g_assert_cmpuint (settings->check.interval, ==, 0);
    g_assert_cmpuint (settings->check.spread, ==, 10);
    g_assert_cmpuint (settings->policy.window->len, ==, 2);
    span = &g_array_index (settings->policy.window, MmfotaAgentSpan, 0);
    g_assert_cmpuint (span->days, ==, 0x60);
    g_assert_cmpuint (span->begin, ==, 23 * 60 + 30);
    g_assert_cmpuint (span->length, ==, 3600);
    span = &g_array_index (settings->policy.quiet_hours, MmfotaAgentSpan, 0);
    g_assert_cmpuint (span->days, ==, 0x7f);
    g_assert_cmpuint (span->end, ==, 7 * 60);
    g_assert_cmpuint (settings->retry.query.first, ==, 600);
    g_assert_cmpuint (settings->retry.query.factor, ==, 3);
    g_assert_cmpuint (settings->retry.query.max, ==, 7200);
    g_assert_cmpuint (settings->retry.query.tries, ==, 5);
    g_assert_cmpuint (g_strv_length (settings->sms.senders), ==, 2);
}

static void
test_modules (void)
{
    g_autoptr(MmfotaAgentConfig) config = NULL;

    config = parse ("[policy 860000000000002]\nupgrade=off\n[policy]\nupgrade=auto\nnotice=1min\n");
    g_assert_cmpint (mmfota_agent_config_peek (config, NULL)->policy.upgrade, ==, MMFOTA_AGENT_CONSENT_AUTO);
    g_assert_cmpint (mmfota_agent_config_peek (config, "860000000000001")->policy.upgrade, ==, MMFOTA_AGENT_CONSENT_AUTO);
    g_assert_cmpint (mmfota_agent_config_peek (config, "860000000000002")->policy.upgrade, ==, MMFOTA_AGENT_CONSENT_OFF);
    g_assert_cmpuint (mmfota_agent_config_peek (config, "860000000000002")->policy.notice, ==, 60);
}

static void
write_file (const gchar *folder,
            const gchar *name,
            const gchar *text)
{
    g_autofree gchar *path = g_build_filename (folder, name, NULL);

    g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
    g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
remove_all (const gchar *path)
{
    GDir        *dir = g_dir_open (path, 0, NULL);
    const gchar *name;

    while (dir && (name = g_dir_read_name (dir))) {
        g_autofree gchar *child = g_build_filename (path, name, NULL);

        remove_all (child);
    }
    g_clear_pointer (&dir, g_dir_close);
    g_assert_cmpint (g_remove (path), ==, 0);
}

/* Vendor, file, folder: the later wins, key by key */
static void
test_layers (void)
{
    g_autoptr(MmfotaAgentConfig) config = NULL;
    g_autoptr(MmfotaAgentConfig) again = NULL;
    g_autoptr(GError)            error = NULL;
    g_autofree gchar            *root = g_dir_make_tmp ("agent-config-XXXXXX", NULL);
    g_autofree gchar            *vendor = g_build_filename (root, "vendor", NULL);
    g_autofree gchar            *etc = g_build_filename (root, "etc", NULL);
    g_autofree gchar            *file = g_build_filename (etc, "agent.conf", NULL);
    g_autofree gchar            *folder = g_build_filename (etc, "agent.conf.d", NULL);
    g_autofree gchar            *text = NULL;
    const MmfotaAgentSettings   *settings;

    /* None of them needs to be there */
    config = mmfota_agent_config_load_from (vendor, file, folder, &error);
    g_assert_no_error (error);
    g_clear_pointer (&config, mmfota_agent_config_unref);

    write_file (vendor, "10.conf", "[check]\ninterval=1h\nfirst=1min\n[policy]\nnotice=1min\n");
    write_file (vendor, "20.conf", "[check]\nfirst=2min\n");
    write_file (etc, "agent.conf", "[policy]\nnotice=2min\n[report]\nurl=https://host/hook?token=geheim\n");
    write_file (folder, "b.conf", "[policy]\nnotice=4min\n");
    write_file (folder, "a.conf", "[policy]\nnotice=3min\npostpone-max=1d\n");
    write_file (folder, "c.conf.dpkg-old", "[nonsense]\n");
    write_file (folder, ".d.conf", "[nonsense]\n");
    config = mmfota_agent_config_load_from (vendor, file, folder, &error);
    g_assert_no_error (error);
    settings = mmfota_agent_config_peek (config, NULL);
    g_assert_cmpuint (settings->check.interval, ==, 3600);
    g_assert_cmpuint (settings->check.first, ==, 120);
    g_assert_cmpuint (settings->policy.notice, ==, 240);
    g_assert_cmpuint (settings->policy.postpone_max, ==, 86400);

    text = mmfota_agent_config_to_text (config);
    g_assert_null (strstr (text, "geheim"));
    g_assert_nonnull (strstr (text, "url=https://host/hook?***\n"));
    g_assert_nonnull (strstr (text, "b.conf\nnotice=4min\n"));
    g_assert_nonnull (strstr (text, "# default\nupgrade=ask\n"));
    /* What is printed can be read, and says the same */
    again = parse (text);
    g_assert_cmpuint (mmfota_agent_config_peek (again, NULL)->policy.notice, ==, 240);

    write_file (folder, "z.conf", "[policy]\nnotice=x\n");
    g_clear_pointer (&config, mmfota_agent_config_unref);
    config = mmfota_agent_config_load_from (vendor, file, folder, &error);
    g_assert_null (config);
    g_assert_nonnull (strstr (error->message, "z.conf: group [policy]: key 'notice': 'x'"));
    g_clear_error (&error);

    /* Named on the command line it must be there */
    config = mmfota_agent_config_load ("/nonexistent/agent.conf", &error);
    g_assert_null (config);
    g_assert_error (error, MMFOTA_AGENT_CONFIG_ERROR, MMFOTA_AGENT_CONFIG_ERROR_READ);
    remove_all (root);
}

/* As the agent has it and as the plugin tells it */
static void
test_same_url (void)
{
    static const gchar *const same[][2] = {
        { "http://host/fota", "http://host/fota/" },
        { "HTTP://Host:80/A", "http://host:80/A/" },
        { "http://host", "http://host/" },
        { "https://[2001:DB8:0::1]/x/", "https://[2001:db8::1]/x/" },
        { "https://host/a%20b", "https://host/a%20b/" },
    };
    static const gchar *const different[][2] = {
        { "http://host/fota/", "https://host/fota/" },
        { "http://host/fota/", "http://host/Fota/" },
        { "http://host/fota/", "http://host:8080/fota/" },
        { "http://host/fota/", "http://other/fota/" },
        { "http://host/fota/", "http://host/fota/x/" },
        { "http://host/fota/", NULL },
        { NULL, NULL },
        { "", "" },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (same); i++)
        g_assert_true (mmfota_agent_url_is_same (same[i][0], same[i][1]));
    for (i = 0; i < G_N_ELEMENTS (different); i++)
        g_assert_false (mmfota_agent_url_is_same (different[i][0], different[i][1]));
}

/* Only a keyring that is not there, or has nothing in it, is none (root reads whatever a mode forbids: so a link to itself) */
static void
test_keyring (void)
{
    g_autofree gchar             *root = g_dir_make_tmp ("agent-keyring-XXXXXX", NULL);
    g_autofree gchar             *unreadable = g_build_filename (root, "loop", NULL);
    g_autofree gchar             *file = g_build_filename (root, "operator.pem", NULL);
    g_autofree gchar             *missing = g_build_filename (root, "missing", NULL);
    MmfotaAgentSignatureSettings  settings = { .require = MMFOTA_AGENT_REQUIRE_IF_KEYRING };

    settings.keyring = missing;
    g_assert_false (mmfota_agent_signature_is_wanted (&settings));
    settings.keyring = root;
    g_assert_false (mmfota_agent_signature_is_wanted (&settings));
    g_assert_cmpint (symlink ("loop", unreadable), ==, 0);
    settings.keyring = unreadable;
    g_assert_true (mmfota_agent_signature_is_wanted (&settings));
    g_assert_true (g_file_set_contents (file, "", 0, NULL));
    settings.keyring = file;
    g_assert_true (mmfota_agent_signature_is_wanted (&settings));
    settings.keyring = root;
    g_assert_true (mmfota_agent_signature_is_wanted (&settings));
    g_unlink (unreadable);
    g_unlink (file);
    g_rmdir (root);
}

int
main (int    argc,
      char **argv)
{
    g_test_init (&argc, &argv, NULL);

    g_test_add_func ("/agent/config/defaults", test_defaults);
#if MMFOTA_AGENT_MQTT
    g_test_add_func ("/agent/config/brokers", test_brokers);
#endif
    g_test_add_func ("/agent/config/durations", test_durations);
    g_test_add_func ("/agent/config/refused", test_refused);
    g_test_add_func ("/agent/config/taken", test_taken);
    g_test_add_func ("/agent/config/modules", test_modules);
    g_test_add_func ("/agent/config/layers", test_layers);
    g_test_add_func ("/agent/config/keyring", test_keyring);
    g_test_add_func ("/agent/config/same-url", test_same_url);

    return g_test_run ();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_AGENT_SETTINGS_H
#define MMFOTA_AGENT_SETTINGS_H

#include <glib.h>

/*
 * What the configuration says, by group, and its errors. Durations are in seconds. Strings and lists
 * are never NULL: unset ones are empty.
 */

#define MMFOTA_AGENT_CONFIG_ERROR (mmfota_agent_config_error_quark ())
GQuark mmfota_agent_config_error_quark (void);

typedef enum {
    MMFOTA_AGENT_CONFIG_ERROR_READ,
    MMFOTA_AGENT_CONFIG_ERROR_INVALID,
} MmfotaAgentConfigError;

typedef enum {
    MMFOTA_AGENT_CONSENT_OFF,
    MMFOTA_AGENT_CONSENT_ASK,
    MMFOTA_AGENT_CONSENT_AUTO,
} MmfotaAgentConsent;

/* As the values of the plugin's option "tls-verify". */
typedef enum {
    MMFOTA_AGENT_VERIFY_NONE   = 0,
    MMFOTA_AGENT_VERIFY_SERVER = 1,
    MMFOTA_AGENT_VERIFY_MUTUAL = 2,
} MmfotaAgentVerify;

typedef enum {
    MMFOTA_AGENT_REQUIRE_NO,
    MMFOTA_AGENT_REQUIRE_IF_KEYRING,
    MMFOTA_AGENT_REQUIRE_YES,
} MmfotaAgentRequire;

typedef enum {
    MMFOTA_AGENT_MQTT_5,
    MMFOTA_AGENT_MQTT_3_1_1,
} MmfotaAgentMqttVersion;

/* "15min x2 max 1d 8 tries" */
typedef struct {
    guint32 first;
    guint32 factor;
    guint32 max;
    guint32 tries; /* 0: no limit */
} MmfotaAgentBackoff;

/* [server] */
typedef struct {
    gchar            *url; /* with %{model}, %{imei}, %{version} */
    gchar            *tls_ca;
    gchar            *tls_certificate;
    gchar            *tls_key;
    MmfotaAgentVerify tls_verify;
} MmfotaAgentServerSettings;

/* [check] */
typedef struct {
    guint32 interval; /* 0: on demand only */
    guint32 first;
    guint32 spread; /* percent of interval, 0 to 100 */
} MmfotaAgentCheckSettings;

/* [policy] */
typedef struct {
    MmfotaAgentConsent download;
    MmfotaAgentConsent upgrade;
    gboolean           allow_roaming;
    GArray            *window;
    GArray            *quiet_hours;
    GTimeZone         *timezone;
    guint32            notice;
    guint32            postpone_max; /* 0: never without an answer */
    gboolean           hang_up_calls;
    gboolean           expect_newer;
} MmfotaAgentPolicySettings;

/* [retry] */
typedef struct {
    MmfotaAgentBackoff query;
    MmfotaAgentBackoff download;
    MmfotaAgentBackoff upgrade;
} MmfotaAgentRetrySettings;

/* [signature] */
typedef struct {
    MmfotaAgentRequire require;
    gchar             *keyring;
} MmfotaAgentSignatureSettings;

/* [sms] */
typedef struct {
    gchar  *key_file;
    gchar **senders;
} MmfotaAgentSmsSettings;

/* [report] */
#define MMFOTA_AGENT_REPORT_BATCH_MAX 256

typedef struct {
    gchar  *url;
    guint32 batch; /* 1 to MMFOTA_AGENT_REPORT_BATCH_MAX */
    gchar  *token_file;
    gchar  *tls_ca;
    gchar  *tls_certificate;
    gchar  *tls_key;
    gchar  *device_id; /* "imei", "hash", or any other text */
} MmfotaAgentReportSettings;

/* [mqtt] */
typedef struct {
    gchar                 *broker;
    gchar                 *topic;     /* with %{id} */
    gchar                 *client_id; /* with %{id} */
    MmfotaAgentMqttVersion version;
    gchar                 *user;
    gchar                 *password_file;
    gchar                 *tls_ca;
    gchar                 *tls_certificate;
    gchar                 *tls_key;
} MmfotaAgentMqttSettings;

/* [hawkbit] */
typedef struct {
    gchar *url; /* empty: none */
    gchar *tenant;
    gchar *controller_id; /* "imei", "hash", or any other text */
    gchar *target_token_file;
    gchar *gateway_token_file;
    gchar *tls_ca;
    gchar *tls_certificate;
    gchar *tls_key;
    gchar *metadata_key;
    gchar *url_template; /* with %{model}, %{imei}, %{version} */
} MmfotaAgentHawkbitSettings;

/* The settings for one module. */
typedef struct {
    MmfotaAgentServerSettings    server;
    MmfotaAgentCheckSettings     check;
    MmfotaAgentPolicySettings    policy;
    MmfotaAgentRetrySettings     retry;
    MmfotaAgentSignatureSettings signature;
    MmfotaAgentSmsSettings       sms;
    MmfotaAgentReportSettings    report;
    MmfotaAgentMqttSettings      mqtt;
    MmfotaAgentHawkbitSettings   hawkbit;
} MmfotaAgentSettings;

#endif /* MMFOTA_AGENT_SETTINGS_H */

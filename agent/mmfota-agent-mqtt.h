/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * One module at an MQTT broker. Below its topic:
 *
 *   …/events   what has happened, a CloudEvent each (structured mode), QoS 1: one is taken
 *              when the broker has acknowledged it
 *   …/cmd/#    what makes the agent look (mmfota-agent-command.h)
 *   …/state    "online", or "offline" as the last will, retained
 *
 * The session is persistent, so that the broker keeps commands for who is away. The queue of
 * events is the plugin's journal: what is under way when a connection ends is posted anew.
 */

#ifndef MMFOTA_AGENT_MQTT_H
#define MMFOTA_AGENT_MQTT_H

#include "mmfota-agent-command.h"
#include "mmfota-agent-sink.h"

/* Events sent at a time without acknowledgement */
#define MMFOTA_AGENT_MQTT_BATCH 16

typedef struct _MmfotaAgentMqtt MmfotaAgentMqtt;

/* Strings that are not set may be NULL or empty */
typedef struct {
    /* mqtt://host, mqtts://host:port */
    const gchar *broker;
    const gchar *topic;
    const gchar *client_id;
    /* 3.1.1 instead of 5 */
    gboolean     old;
    const gchar *user;
    const gchar *password_file;
    /* PEM files; without a CA, the system's are used */
    const gchar *tls_ca;
    const gchar *tls_certificate;
    const gchar *tls_key;
    const gchar *imei;
    /* The folder for what must survive restarts */
    const gchar *state;
} MmfotaAgentMqttOptions;

/* Connected: events may be posted */
typedef void (* MmfotaAgentMqttReady) (gpointer user_data);

/* Errors name the file or the value. Connects after this has returned. */
MmfotaAgentMqtt *mmfota_agent_mqtt_new       (const MmfotaAgentMqttOptions *options,
                                              MmfotaAgentCommandTrigger     trigger,
                                              gpointer                      trigger_data,
                                              MmfotaAgentMqttReady          ready,
                                              gpointer                      ready_data,
                                              GError                      **error);
void             mmfota_agent_mqtt_free      (MmfotaAgentMqtt              *self);

/* Valid as long as @self */
MmfotaAgentSink *mmfota_agent_mqtt_peek_sink (MmfotaAgentMqtt              *self);

/* The network is back, or the machine woke up: connect without waiting. */
void             mmfota_agent_mqtt_hurry     (MmfotaAgentMqtt              *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmfotaAgentMqtt, mmfota_agent_mqtt_free)

#endif /* MMFOTA_AGENT_MQTT_H */

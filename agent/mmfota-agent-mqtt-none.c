/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/* Built without libmosquitto: the configuration can't name a broker */

#include "mmfota-agent-mqtt.h"

MmfotaAgentMqtt *
mmfota_agent_mqtt_new (const MmfotaAgentMqttOptions  *options,
                       MmfotaAgentCommandTrigger      trigger,
                       gpointer                       trigger_data,
                       MmfotaAgentMqttReady           ready,
                       gpointer                       ready_data,
                       GError                       **error)
{
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "built without MQTT");
    return NULL;
}

void
mmfota_agent_mqtt_free (MmfotaAgentMqtt *self)
{
}

MmfotaAgentSink *
mmfota_agent_mqtt_peek_sink (MmfotaAgentMqtt *self)
{
    return NULL;
}

void
mmfota_agent_mqtt_hurry (MmfotaAgentMqtt *self)
{
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/* What a hawkBit server answers, as each of the things that it may be: what is taken of it is text
 * of a length, an id is none that leads elsewhere, a URL is one that a folder may have */

#include "fuzz.h"
#include "mmfota-agent-ddi.h"
#include "mmfota-agent-values.h"

#define IMEI "860000000000001"

static void
check_link (const gchar *link)
{
    g_autofree gchar *url = NULL;

    fuzz_check_ascii (link, MMFOTA_AGENT_DDI_TEXT_MAX);
    if (link) {
        g_assert_null (strstr (link, ".."));
        g_assert_true (link[0] != '/');
        url = g_strconcat ("http://host/D/controller/v1/" IMEI "/", link, NULL);
        g_assert_true (g_uri_is_valid (url, G_URI_FLAGS_ENCODED, NULL));
    }
}

static void
check_deployment (const gchar *text,
                  gsize        size,
                  const gchar *member,
                  const gchar *template)
{
    g_autoptr(MmfotaAgentDdiDeployment) deployment = NULL;
    GError                             *error = NULL;

    deployment = mmfota_agent_ddi_deployment_parse (text, size, member, "mmfota.url", template, "MT5700M-CN", IMEI, &error);
    fuzz_check_result (deployment != NULL, &error);
    if (!deployment)
        return;
    fuzz_check_ascii (deployment->id, 32);
    fuzz_check_ascii (deployment->version, MMFOTA_AGENT_DDI_TEXT_MAX);
    g_assert_true (!deployment->url == !!deployment->problem);
    if (deployment->url)
        g_assert_true (deployment->version && mmfota_agent_value_is_server_url (deployment->url));
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        size_t        size)
{
    const gchar                   *text = (const gchar *) data;
    g_autoptr(MmfotaAgentDdiPoll)  poll = NULL;
    g_autofree gchar              *stop = NULL;
    g_autofree gchar              *string = size ? fuzz_string (data, size) : g_strdup ("");
    guint32                        seconds = 0;
    GError                        *error = NULL;

    poll = mmfota_agent_ddi_poll_parse (size ? text : "", size, IMEI, &error);
    fuzz_check_result (poll != NULL, &error);
    if (poll) {
        check_link (poll->config_data);
        check_link (poll->deployment);
        check_link (poll->confirmation);
        check_link (poll->cancel);
        g_assert_cmpuint (poll->sleep, <, 100 * 60 * 60);
    }
    check_deployment (size ? text : "", size, "deployment", "");
    check_deployment (size ? text : "", size, "confirmation", "http://host/%{model}/%{version}/");
    stop = mmfota_agent_ddi_cancel_parse (size ? text : "", size, &error);
    fuzz_check_result (stop != NULL, &error);
    fuzz_check_ascii (stop, 32);
    if (mmfota_agent_ddi_sleep_parse (string, &seconds))
        g_assert_cmpuint (strlen (string), ==, 8);
    return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/* A configuration: refused with a word that can be shown, or read in bounds, and what is printed
 * of it can be read again as the same; no file of it makes the search for a window endless */

#include "fuzz.h"
#include "mmfota-agent-config.h"
#include "mmfota-agent-duration.h"
#include "mmfota-agent-window.h"

#define IMEI "860000000000001"

/* 2026-11-27 12:00 UTC */
#define NOW G_GINT64_CONSTANT (1795780800)

#define SEARCHED (36 * 24 * 60 * 60)

static void
check_backoff (const MmfotaAgentBackoff *backoff)
{
    g_assert_cmpuint (backoff->first, >, 0);
    g_assert_cmpuint (backoff->factor, >, 0);
    g_assert_cmpuint (backoff->max, >=, backoff->first);
}

static void
check_settings (const MmfotaAgentSettings *settings)
{
    const MmfotaAgentPolicySettings *policy = &settings->policy;
    gint64                           next = mmfota_agent_window_next (policy->window, policy->quiet_hours, policy->timezone, NOW);
    gint64                           left = mmfota_agent_window_left (policy->window, policy->quiet_hours, policy->timezone, NOW);

    g_assert_cmpuint (settings->check.spread, <=, 100);
    check_backoff (&settings->retry.query);
    check_backoff (&settings->retry.download);
    check_backoff (&settings->retry.upgrade);
    g_assert_true (next == MMFOTA_AGENT_NEVER || (next >= NOW && next <= NOW + SEARCHED));
    g_assert_true (left >= 0 && left <= SEARCHED);
    g_assert_true ((left > 0) == (next == NOW));
    g_assert_nonnull (settings->sms.senders);
    g_assert_true (g_utf8_validate (settings->server.url, -1, NULL) && g_utf8_validate (settings->report.device_id, -1, NULL));
}

/* But for where a value comes from, which is a remark */
static gchar *
without_remarks (MmfotaAgentConfig *config)
{
    g_autofree gchar *text = mmfota_agent_config_to_text (config);
    g_auto(GStrv)     lines = g_strsplit (text, "\n", -1);
    GString          *rest = g_string_new (NULL);
    guint             i;

    for (i = 0; lines[i]; i++) {
        if (lines[i][0] != '#')
            g_string_append_printf (rest, "%s\n", lines[i]);
    }
    return g_string_free (rest, FALSE);
}

/* In whatever language, but nothing that steers a terminal */
static void
check_refusal (gboolean       result,
               GError *const *error)
{
    const gchar *p;

    if (result) {
        g_assert_no_error (*error);
        return;
    }
    g_assert_nonnull (*error);
    g_assert_true (g_utf8_validate ((*error)->message, -1, NULL));
    g_assert_cmpint (g_utf8_strlen ((*error)->message, -1), <=, 1000);
    for (p = (*error)->message; *p; p = g_utf8_next_char (p))
        g_assert_false (g_unichar_iscntrl (g_utf8_get_char (p)));
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        size_t        size)
{
    g_autofree gchar             *text = size ? fuzz_string (data, size) : g_strdup ("");
    GError                       *error = NULL;
    g_autoptr(MmfotaAgentConfig)  config = mmfota_agent_config_parse ("text", text, strlen (text), &error);
    g_autoptr(MmfotaAgentConfig)  again = NULL;
    g_autofree gchar             *shown = NULL;
    g_autofree gchar             *shown_again = NULL;
    guint32                       seconds = 0;

    check_refusal (config != NULL, &error);
    g_clear_error (&error);
    if (mmfota_agent_duration_parse (text, &seconds, NULL))
        g_assert_cmpuint (seconds, <=, G_MAXINT32);
    if (!config)
        return 0;
    check_settings (mmfota_agent_config_peek (config, NULL));
    check_settings (mmfota_agent_config_peek (config, IMEI));
    shown = without_remarks (config);
    /* Instead of a secret */
    if (strstr (shown, "***"))
        return 0;
    again = mmfota_agent_config_parse ("text", shown, strlen (shown), &error);
    g_assert_no_error (error);
    shown_again = without_remarks (again);
    g_assert_cmpstr (shown_again, ==, shown);
    check_settings (mmfota_agent_config_peek (again, IMEI));
    return 0;
}

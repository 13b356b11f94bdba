/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/* The text of an SMS: what is taken for authentic is what the holder of the key would have
 * written, and nothing else */

#include "fuzz.h"
#include "mmfota-agent-token.h"

#define IMEI "860000000000001"

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        size_t        size)
{
    static const gchar           text_of_keys[] = "0000000000000000000000000000000000000000000000000000000000000000\n";
    MmfotaAgentTokenKeys         keys = { 0 };
    g_auto(MmfotaAgentTokenKeys) others = { 0 };
    g_autofree gchar            *text = fuzz_string (data, size);
    g_autofree gchar            *stripped = g_strstrip (g_strdup (text));
    g_autofree gchar            *again = NULL;
    GError                      *error = NULL;
    guint64                      counter = 0;

    g_assert_true (mmfota_agent_token_keys_parse (&keys, text_of_keys, strlen (text_of_keys), NULL));
    switch (mmfota_agent_token_verify (&keys, IMEI, text, &counter)) {
    case MMFOTA_AGENT_TOKEN_AUTHENTIC:
        again = mmfota_agent_token_make (&keys, IMEI, counter, NULL);
        g_assert_cmpint (g_ascii_strcasecmp (again, stripped), ==, 0);
        break;
    case MMFOTA_AGENT_TOKEN_FORGED:
        g_assert_true (g_str_has_prefix (stripped, "MMFOTA1"));
        break;
    case MMFOTA_AGENT_TOKEN_FOREIGN:
    default:
        break;
    }
    /* The same bytes as a file of keys, and as a sender */
    fuzz_check_result (mmfota_agent_token_keys_parse (&others, (const gchar *) data, size, &error), &error);
    g_assert_cmpuint (others.n, <=, MMFOTA_AGENT_TOKEN_KEYS_MAX);
    mmfota_agent_token_is_sender ((const gchar *const[]) { "+8613800000001", text, NULL }, text);
    return 0;
}

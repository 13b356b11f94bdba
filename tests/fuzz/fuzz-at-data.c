/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "fuzz.h"
#include "mm-tdtech-at.h"

static void
check_session (const MMTdtechNdisstat *session)
{
    g_assert_cmpuint (session->cid, <=, 255);
    g_assert_cmpint (session->state, <=, MM_TDTECH_NDIS_DISCONNECTING);
    g_assert_cmpuint (session->cause, <=, G_MAXUINT16);
    g_assert_true (session->family != MM_BEARER_IP_FAMILY_NONE ||
                   session->state == MM_TDTECH_NDIS_DISCONNECTED);
}

static void
fuzz_ndis (const gchar *str)
{
    g_autoptr(GArray) sessions = NULL;
    MMTdtechNdisstat  session = { .cid = 777 };
    GError           *error = NULL;
    gboolean          result;
    guint             i;

    result = mm_tdtech_parse_ndisstat (str, &session, &error);
    fuzz_check_result (result, &error);
    if (result)
        check_session (&session);
    else
        g_assert_cmpuint (session.cid, ==, 777);

    sessions = mm_tdtech_parse_ndisstatqry (str, &error);
    fuzz_check_result (sessions != NULL, &error);
    for (i = 0; sessions && i < sessions->len; i++)
        check_session (&g_array_index (sessions, MMTdtechNdisstat, i));
}

/* What was read can be put back, and then is the same */
static void
fuzz_setautodial (const gchar *str)
{
    g_autofree gchar *command = NULL;
    g_autofree gchar *line = NULL;
    MMTdtechAutodial  autodial = { 0 };
    MMTdtechAutodial  again = { 0 };
    GError           *error = NULL;
    gboolean          result;

    result = mm_tdtech_parse_setautodial (str, &autodial, &error);
    fuzz_check_result (result, &error);
    if (!result)
        return;
    fuzz_check_ascii (autodial.setting, 512);
    command = mm_tdtech_build_setautodial (autodial.setting, NULL);
    g_assert_nonnull (command);
    fuzz_check_command (command);
    line = g_strdup_printf ("^SETAUTODIAL: %s", autodial.setting);
    g_assert_true (mm_tdtech_parse_setautodial (line, &again, NULL));
    g_assert_cmpstr (again.setting, ==, autodial.setting);
    g_assert_cmpint (again.enabled, ==, autodial.enabled);
    mm_tdtech_autodial_clear (&autodial);
    mm_tdtech_autodial_clear (&again);
}

static void
fuzz_cgdcont (const gchar *str)
{
    g_autoptr(GArray)  contexts = NULL;
    GError            *error = NULL;
    guint              i;

    contexts = mm_tdtech_parse_cgdcont (str, &error);
    fuzz_check_result (contexts != NULL, &error);
    for (i = 0; contexts && i < contexts->len; i++) {
        const MMTdtechPdpContext *context = &g_array_index (contexts, MMTdtechPdpContext, i);

        g_assert_nonnull (context->apn);
        fuzz_check_ascii (*context->apn ? context->apn : NULL, 128);
        g_assert_true (!context->of_host || (context->cid >= 1 && context->cid <= 20));
    }
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        size_t        size)
{
    g_autofree gchar *str = NULL;

    str = fuzz_string (data, size);
    fuzz_ndis (str);
    fuzz_setautodial (str);
    fuzz_cgdcont (str);
    return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mm-tdtech-sessions.h"

#include "mm-tdtech-commands.h"

MMBearerIpFamily
mm_tdtech_session_families (MMBearerIpFamily family)
{
    if (family == MM_BEARER_IP_FAMILY_NONE || (family & MM_BEARER_IP_FAMILY_IPV4V6))
        return MM_BEARER_IP_FAMILY_IPV4 | MM_BEARER_IP_FAMILY_IPV6;
    return family;
}

guint
mm_tdtech_session_get_cid (const MMTdtechNdisstat *session)
{
    return session->cid ? session->cid : 1;
}

gboolean
mm_tdtech_session_is_about (const MMTdtechNdisstat *session,
                            guint                   cid)
{
    return (!session->cid || session->cid == cid);
}

gboolean
mm_tdtech_sessions_any (GArray *sessions)
{
    guint i;

    for (i = 0; i < sessions->len; i++) {
        if (g_array_index (sessions, MMTdtechNdisstat, i).state != MM_TDTECH_NDIS_DISCONNECTED)
            return TRUE;
    }
    return FALSE;
}

MMTdtechSessionStatus
mm_tdtech_sessions_get_status (GArray *sessions,
                               guint   cid)
{
    MMTdtechSessionStatus status = { .up = MM_BEARER_IP_FAMILY_NONE };
    guint                 i;

    for (i = 0; i < sessions->len; i++) {
        const MMTdtechNdisstat *session = &g_array_index (sessions, MMTdtechNdisstat, i);

        if (!mm_tdtech_session_is_about (session, cid))
            continue;
        status.listed = TRUE;
        status.exists |= session->state != MM_TDTECH_NDIS_DISCONNECTED;
        if (session->state == MM_TDTECH_NDIS_CONNECTED)
            status.up |= mm_tdtech_session_families (session->family);
    }
    return status;
}

GArray *
mm_tdtech_sessions_parse (const gchar  *answer,
                          GError      **error)
{
    return mm_tdtech_parse_ndisstatqry (answer, error);
}

GArray *
mm_tdtech_sessions_read_finish (MMBaseModem   *modem,
                                GAsyncResult  *res,
                                GError       **error)
{
    g_autofree gchar *answer = NULL;

    answer = mm_tdtech_commands_run_one_finish (modem, res, error);
    return answer ? mm_tdtech_sessions_parse (answer, error) : NULL;
}

void
mm_tdtech_sessions_read (MMBaseModem         *modem,
                         GAsyncReadyCallback  callback,
                         gpointer             user_data)
{
    mm_tdtech_commands_run_one (modem, MM_TDTECH_SESSIONS_COMMAND, MM_TDTECH_COMMAND_TIMEOUT, callback, user_data);
}

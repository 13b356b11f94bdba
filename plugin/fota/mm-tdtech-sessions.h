/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * The module's data sessions (^NDISSTATQRY?)
 */

#ifndef MM_TDTECH_SESSIONS_H
#define MM_TDTECH_SESSIONS_H

#include <gio/gio.h>

#include "mm-base-modem.h"
#include "mm-tdtech-at.h"

/* The command that reads them, and the parser for its answer, to combine it with other commands */
#define MM_TDTECH_SESSIONS_COMMAND "^NDISSTATQRY?"

GArray  *mm_tdtech_sessions_parse       (const gchar          *answer,
                                         GError              **error);

/* Finish: array of MMTdtechNdisstat; NULL and an error if the module does not list them */
void     mm_tdtech_sessions_read        (MMBaseModem          *modem,
                                         GAsyncReadyCallback   callback,
                                         gpointer              user_data);
GArray  *mm_tdtech_sessions_read_finish (MMBaseModem          *modem,
                                         GAsyncResult         *res,
                                         GError              **error);

/* Whether one is up, coming up or going down */
gboolean mm_tdtech_sessions_any         (GArray               *sessions);

typedef struct {
    MMBearerIpFamily up;       /* IPV4 and IPV6, no other values */
    gboolean         exists;   /* one family is up, coming up or going down */
    gboolean         listed;   /* the module lists the session */
} MMTdtechSessionStatus;

/* The status of one PDP context */
MMTdtechSessionStatus mm_tdtech_sessions_get_status (GArray *sessions,
                                                     guint   cid);

/* A line without a family is about the whole session. A line without a CID is about the only
 * session, which uses context 1. */
guint            mm_tdtech_session_get_cid  (const MMTdtechNdisstat *session);
MMBearerIpFamily mm_tdtech_session_families (MMBearerIpFamily        family);
gboolean         mm_tdtech_session_is_about (const MMTdtechNdisstat *session,
                                             guint                   cid);

#endif /* MM_TDTECH_SESSIONS_H */

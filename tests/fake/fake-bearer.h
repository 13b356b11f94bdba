/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * ModemManager's bearers and their list. mm_base_bearer_connect () and its kin go by the class
 * as there, so that the plugin's bearers can be run; FakeBearer is one that does what it is told.
 */

#ifndef FAKE_BEARER_H
#define FAKE_BEARER_H

#include "mm-base-bearer.h"
#include "mm-bearer-list.h"
#include "mm-bearer-mbim.h"
#include "mm-bearer-qmi.h"
#include "mm-broadband-bearer.h"

#define FAKE_TYPE_BEARER fake_bearer_get_type ()
G_DECLARE_FINAL_TYPE (FakeBearer, fake_bearer, FAKE, BEARER, MMBaseBearer)

typedef enum {
    FAKE_BEARER_OBEYS,
    FAKE_BEARER_REFUSES,
    FAKE_BEARER_HANGS,
} FakeBearerManner;

FakeBearer  *fake_bearer_new       (MMBaseModem      *modem,
                                    gint              profile_id);
void         fake_bearer_set_manner (FakeBearer      *self,
                                     FakeBearerManner connect,
                                     FakeBearerManner disconnect);
/* What hangs is answered */
void         fake_bearer_go_on     (FakeBearer       *self);

/* Of any bearer */
void         fake_bearer_set_status       (MMBaseBearer *self,
                                           MMBearerStatus status);
void         fake_bearer_set_profile_id   (MMBaseBearer *self,
                                           gint          profile_id);
void         fake_bearer_cancel_connect   (MMBaseBearer *self);
guint        fake_bearer_n_connects       (MMBaseBearer *self);
guint        fake_bearer_n_disconnects    (MMBaseBearer *self);
gboolean     fake_bearer_is_exported      (MMBaseBearer *self);
/* What report_connection_status () was told, as it came to ModemManager's own: how often, how
 * often "disconnected", and why the last time (or NULL) */
guint        fake_bearer_n_reports        (MMBaseBearer *self);
guint        fake_bearer_n_lost           (MMBaseBearer *self);
const gchar *fake_bearer_peek_lost_reason (MMBaseBearer *self);
/* The result of the last connect; NULL: none */
MMPort           *fake_bearer_peek_data   (MMBaseBearer *self);
MMBearerIpConfig *fake_bearer_peek_ipv4   (MMBaseBearer *self);
MMBearerIpConfig *fake_bearer_peek_ipv6   (MMBaseBearer *self);

/* ModemManager's own connect, which the dial is a part of; its dial and hang-up (PPP): how often */
guint        fake_broadband_bearer_n_connects (MMBaseBearer *self);
guint        fake_broadband_bearer_n_dials    (MMBaseBearer *self);
guint        fake_broadband_bearer_n_hang_ups (MMBaseBearer *self);
/* The next one is not created */
void         fake_broadband_bearer_refuse_init (void);

/*****************************************************************************/
/* The list; it emits notify::num-bearers */

MMBearerList *fake_bearer_list_new    (void);
void          fake_bearer_list_add    (MMBearerList *self,
                                       MMBaseBearer *bearer);
void          fake_bearer_list_remove (MMBearerList *self,
                                       MMBaseBearer *bearer);

#endif /* FAKE_BEARER_H */

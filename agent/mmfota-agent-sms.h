/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * SMS that make the agent look now (rule J1: they do no more), read through ModemManager's
 * Messaging. See mmfota-agent-token.h for the text.
 *
 * A message counts when all its parts are there. What it uses up is stored before anything
 * is done; if that can't be stored, nothing is done and the message stays. Only authentic
 * messages are deleted, once they are of no more use; nobody is answered. One that comes
 * too soon after another waits in the module's storage for its time.
 */

#ifndef MMFOTA_AGENT_SMS_H
#define MMFOTA_AGENT_SMS_H

#include <gio/gio.h>

#include "mmfota-agent-token.h"

typedef struct _MmfotaAgentSms MmfotaAgentSms;

/* @imei: the module that should check */
typedef void (* MmfotaAgentSmsTrigger) (const gchar *imei,
                                        gpointer     user_data);

/* @state: the folder of the file "sms", which records the counters that were used */
MmfotaAgentSms *mmfota_agent_sms_new       (const gchar                *state,
                                            MmfotaAgentSmsTrigger       trigger,
                                            gpointer                    user_data);
void            mmfota_agent_sms_free      (MmfotaAgentSms             *self);

/* From now on the modem's messages are read, including those already there. Call it again when
 * the modem has a new object (after an upgrade), or with other keys. @object: the modem's, from
 * an object manager for ModemManager; its Messaging interface may come and go. @senders: a
 * second filter; NULL: any. */
void            mmfota_agent_sms_follow    (MmfotaAgentSms             *self,
                                            const gchar                *imei,
                                            GDBusObject                *object,
                                            const MmfotaAgentTokenKeys *keys,
                                            const gchar *const         *senders);
/* The modem is gone, or SMS are no longer configured for it */
void            mmfota_agent_sms_leave     (MmfotaAgentSms             *self,
                                            const gchar                *imei);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmfotaAgentSms, mmfota_agent_sms_free)

#endif /* MMFOTA_AGENT_SMS_H */

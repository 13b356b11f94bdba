/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef SIM_SMS_H
#define SIM_SMS_H

#include "sim-module.h"

/* Received messages, in PDU mode */

SimSms *sim_sms_new     (SimModule   *module);
void    sim_sms_free    (SimSms      *self);
void    sim_sms_receive (SimSms      *self,
                         const gchar *pdu);

#endif /* SIM_SMS_H */

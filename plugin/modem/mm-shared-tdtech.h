/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * What the AT, QMI and MBIM modems share: parsing on the AT ports, and the firmware object, created
 * and stopped with the modem.
 */

#ifndef MM_SHARED_TDTECH_H
#define MM_SHARED_TDTECH_H

#include "mm-base-bearer.h"
#include "mm-broadband-modem.h"
#include "mm-iface-modem-firmware.h"
#include "mm-iface-modem.h"
#include "mm-port-serial-at.h"

#include "mm-tdtech-fota.h"
#include "mm-tdtech-lines.h"

/*****************************************************************************/
/* Lines */

/* A complete line that the table of lines (mm-tdtech-lines.h) assigns to the modem, unsolicited or
 * part of an answer. If it is part of an answer, it is called before the command ends. */
typedef void (* MMSharedTdtechLineFunc) (MMBaseModem        *self,
                                         const MMTdtechLine *known,
                                         const gchar        *line);

void mm_shared_tdtech_set_line_func (MMBaseModem            *self,
                                     MMSharedTdtechLineFunc  func);

/* ModemManager parses the answers to +CREG? and the like as unsolicited lines, and expects what
 * remains of the answer to be empty. So while it sends those queries, every other unsolicited line
 * must be removed from the answers, too. */
void mm_shared_tdtech_set_checking_registration (MMBaseModem *self,
                                                 gboolean     checking);

/*****************************************************************************/
/* Life cycle of the modem */

/* Installs the property, initialization and the methods below; for final classes only */
void          mm_shared_tdtech_class_init  (MMBroadbandModemClass *klass,
                                            guint                  property_id);
/* These chain up to the parent class; for modems that override them and chain up to these */
void          mm_shared_tdtech_setup_ports (MMBroadbandModem *self);
void          mm_shared_tdtech_dispose     (GObject          *object);

/* NULL without an AT port */
MMTdtechFota *mm_shared_tdtech_peek_fota   (MMBaseModem      *self);

/* FALSE and MM_CORE_ERROR_RETRY while an upgrade must not have a data session */
gboolean      mm_shared_tdtech_may_connect (MMBaseModem      *self,
                                            GError          **error);

/* Bearers that ModemManager dials itself (QMI, MBIM): their connect () calls
 * mm_shared_tdtech_may_connect () first. For final classes only. */
void          mm_shared_tdtech_held_bearer_class_init    (MMBaseBearerClass    *klass);
/* MMIfaceModemInterface.create_bearer () for such a bearer */
void          mm_shared_tdtech_create_held_bearer        (MMIfaceModem         *self,
                                                          GType                 bearer_type,
                                                          MMBearerProperties   *properties,
                                                          GAsyncReadyCallback   callback,
                                                          gpointer              user_data);
MMBaseBearer *mm_shared_tdtech_create_held_bearer_finish (MMIfaceModem         *self,
                                                          GAsyncResult         *res,
                                                          GError              **error);

/* Re-checks the conditions that an upgrade waits for, in idle */
void          mm_shared_tdtech_condition_changed (MMBaseModem *self);

/*****************************************************************************/
/* Firmware interface */

void mm_shared_tdtech_iface_modem_firmware_init (MMIfaceModemFirmwareInterface *iface);

#endif /* MM_SHARED_TDTECH_H */

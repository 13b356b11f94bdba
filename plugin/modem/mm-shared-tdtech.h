/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * What the AT, QMI and MBIM modems have in common: the AT ports' parsing, and the
 * firmware object with its place in the modem's life.
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

/* A whole line that the table of lines (mm-tdtech-lines.h) says is the modem's, be it
 * unsolicited or the answer to a command: it is seen before that command is over. */
typedef void (* MMSharedTdtechLineFunc) (MMBaseModem        *self,
                                         const MMTdtechLine *known,
                                         const gchar        *line);

void mm_shared_tdtech_set_line_func (MMBaseModem            *self,
                                     MMSharedTdtechLineFunc  func);

/* ModemManager takes the answers to +CREG? and its kin for unsolicited lines, and is
 * content with the empty answer that remains: while it asks for them, no other
 * unsolicited line may remain instead. */
void mm_shared_tdtech_set_checking_registration (MMBaseModem *self,
                                                 gboolean     checking);

/*****************************************************************************/
/* The modem's life */

/* Installs the property and all methods of below and of initialization; the classes
 * that do so must be final */
void          mm_shared_tdtech_class_init  (MMBroadbandModemClass *klass,
                                            guint                  property_id);
/* Chain up to the parent class; for modems with methods of their own to chain up to */
void          mm_shared_tdtech_setup_ports (MMBroadbandModem *self);
void          mm_shared_tdtech_dispose     (GObject          *object);

/* NULL without an AT port */
MMTdtechFota *mm_shared_tdtech_peek_fota   (MMBaseModem      *self);

/* FALSE while an upgrade needs the data path for itself (MM_CORE_ERROR_RETRY) */
gboolean      mm_shared_tdtech_may_connect (MMBaseModem      *self,
                                            GError          **error);

/* Bearers of the modems that are dialled by ModemManager itself, QMI and MBIM: their connect ()
 * asks mm_shared_tdtech_may_connect () first. Their classes must be final. */
void          mm_shared_tdtech_held_bearer_class_init    (MMBaseBearerClass    *klass);
/* MMIfaceModemInterface.create_bearer with such a bearer */
void          mm_shared_tdtech_create_held_bearer        (MMIfaceModem         *self,
                                                          GType                 bearer_type,
                                                          MMBearerProperties   *properties,
                                                          GAsyncReadyCallback   callback,
                                                          gpointer              user_data);
MMBaseBearer *mm_shared_tdtech_create_held_bearer_finish (MMIfaceModem         *self,
                                                          GAsyncResult         *res,
                                                          GError              **error);

/* Something that an upgrade may wait for changed */
void          mm_shared_tdtech_condition_changed (MMBaseModem *self);

/*****************************************************************************/
/* Firmware interface */

void mm_shared_tdtech_iface_modem_firmware_init (MMIfaceModemFirmwareInterface *iface);

#endif /* MM_SHARED_TDTECH_H */

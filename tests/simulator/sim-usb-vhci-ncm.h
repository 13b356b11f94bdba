/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef SIM_USB_VHCI_NCM_H
#define SIM_USB_VHCI_NCM_H

#include <glib.h>

/* CDC NCM 1.0, chapter 3: Ethernet frames in transfer blocks of 16-bit form */

#define SIM_NCM_MAX_BLOCK 16384

typedef void (*SimNcmFunc) (const guint8 *frame,
                            gsize         length,
                            gpointer      user_data);

/* Calls @func for each frame of the block; an invalid block has none */
void    sim_ncm_parse (const guint8 *block,
                       gsize         length,
                       SimNcmFunc    func,
                       gpointer      user_data);

/* A block with this frame only */
GBytes *sim_ncm_build (GBytes       *frame,
                       guint16       sequence);

/* The answer to GET_NTB_PARAMETERS */
GBytes *sim_ncm_get_parameters (void);

#endif /* SIM_USB_VHCI_NCM_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <string.h>
#include <linux/usb/cdc.h>

#include "sim-usb-vhci-ncm.h"

#define NTH_LENGTH  sizeof (struct usb_cdc_ncm_nth16)
#define NDP_LENGTH  sizeof (struct usb_cdc_ncm_ndp16)
#define DPE_LENGTH  sizeof (struct usb_cdc_ncm_dpe16)
/* A pointer table with one frame and its end */
#define HEAD_LENGTH (NTH_LENGTH + NDP_LENGTH + 2 * DPE_LENGTH)
#define ALIGNMENT   4

/*****************************************************************************/
/* Received */

static void
parse_table (const guint8 *block,
             gsize         length,
             gsize         offset,
             gsize         end,
             SimNcmFunc    func,
             gpointer      user_data)
{
    for (; offset + DPE_LENGTH <= end; offset += DPE_LENGTH) {
        struct usb_cdc_ncm_dpe16 entry;
        gsize                    index;
        gsize                    size;

        memcpy (&entry, block + offset, DPE_LENGTH);
        index = GUINT16_FROM_LE (entry.wDatagramIndex);
        size = GUINT16_FROM_LE (entry.wDatagramLength);
        if (index == 0 || size == 0 || index + size > length)
            return;
        func (block + index, size, user_data);
    }
}

void
sim_ncm_parse (const guint8 *block,
               gsize         length,
               SimNcmFunc    func,
               gpointer      user_data)
{
    struct usb_cdc_ncm_nth16 header;
    gsize                    offset;
    gsize                    last = 0;

    if (length < NTH_LENGTH)
        return;
    memcpy (&header, block, NTH_LENGTH);
    if (GUINT32_FROM_LE (header.dwSignature) != USB_CDC_NCM_NTH16_SIGN)
        return;

    /* Forward only: tables that refer to each other would never end */
    for (offset = GUINT16_FROM_LE (header.wNdpIndex); offset > last && offset + NDP_LENGTH <= length;) {
        struct usb_cdc_ncm_ndp16 table;
        gsize                    end;

        memcpy (&table, block + offset, NDP_LENGTH);
        end = offset + GUINT16_FROM_LE (table.wLength);
        if (GUINT32_FROM_LE (table.dwSignature) != USB_CDC_NCM_NDP16_NOCRC_SIGN || end > length)
            return;
        parse_table (block, length, offset + NDP_LENGTH, end, func, user_data);
        last = offset;
        offset = GUINT16_FROM_LE (table.wNextNdpIndex);
    }
}

/*****************************************************************************/
/* Sent */

GBytes *
sim_ncm_build (GBytes  *frame,
               guint16  sequence)
{
    struct usb_cdc_ncm_nth16  header;
    struct usb_cdc_ncm_ndp16  table;
    struct usb_cdc_ncm_dpe16  entries[2];
    gconstpointer             data;
    gsize                     length;
    GByteArray               *block;

    data = g_bytes_get_data (frame, &length);
    memset (&header, 0, sizeof (header));
    header.dwSignature = GUINT32_TO_LE (USB_CDC_NCM_NTH16_SIGN);
    header.wHeaderLength = GUINT16_TO_LE (NTH_LENGTH);
    header.wSequence = GUINT16_TO_LE (sequence);
    header.wBlockLength = GUINT16_TO_LE (HEAD_LENGTH + length);
    header.wNdpIndex = GUINT16_TO_LE (NTH_LENGTH);
    memset (&table, 0, sizeof (table));
    table.dwSignature = GUINT32_TO_LE (USB_CDC_NCM_NDP16_NOCRC_SIGN);
    table.wLength = GUINT16_TO_LE (NDP_LENGTH + sizeof (entries));
    memset (entries, 0, sizeof (entries));
    entries[0].wDatagramIndex = GUINT16_TO_LE (HEAD_LENGTH);
    entries[0].wDatagramLength = GUINT16_TO_LE (length);

    block = g_byte_array_sized_new ((guint) (HEAD_LENGTH + length));
    g_byte_array_append (block, (const guint8 *) &header, NTH_LENGTH);
    g_byte_array_append (block, (const guint8 *) &table, NDP_LENGTH);
    g_byte_array_append (block, (const guint8 *) entries, sizeof (entries));
    g_byte_array_append (block, data, (guint) length);
    return g_byte_array_free_to_bytes (block);
}

GBytes *
sim_ncm_get_parameters (void)
{
    struct usb_cdc_ncm_ntb_parameters parameters;

    memset (&parameters, 0, sizeof (parameters));
    parameters.wLength = GUINT16_TO_LE (sizeof (parameters));
    parameters.bmNtbFormatsSupported = GUINT16_TO_LE (USB_CDC_NCM_NTB16_SUPPORTED);
    parameters.dwNtbInMaxSize = GUINT32_TO_LE (SIM_NCM_MAX_BLOCK);
    parameters.wNdpInDivisor = GUINT16_TO_LE (ALIGNMENT);
    parameters.wNdpInAlignment = GUINT16_TO_LE (ALIGNMENT);
    parameters.dwNtbOutMaxSize = GUINT32_TO_LE (SIM_NCM_MAX_BLOCK);
    parameters.wNdpOutDivisor = GUINT16_TO_LE (ALIGNMENT);
    parameters.wNdpOutAlignment = GUINT16_TO_LE (ALIGNMENT);
    return g_bytes_new (&parameters, sizeof (parameters));
}

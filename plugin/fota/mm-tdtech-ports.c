/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mm-tdtech-ports.h"

gboolean
mm_tdtech_has_port (MMBaseModem *modem,
                    MMPortType   type)
{
    GList    *ports;
    gboolean  found;

    ports = mm_base_modem_find_ports (modem, MM_PORT_SUBSYS_UNKNOWN, type);
    found = ports != NULL;
    g_list_free_full (ports, g_object_unref);
    return found;
}

gboolean
mm_tdtech_has_ndis (MMBaseModem *modem)
{
    return !mm_tdtech_has_port (modem, MM_PORT_TYPE_QMI) && !mm_tdtech_has_port (modem, MM_PORT_TYPE_MBIM);
}

gboolean
mm_tdtech_has_data_port (MMBaseModem *modem)
{
    MMPort *tty_port;

    if (mm_tdtech_has_port (modem, MM_PORT_TYPE_NET))
        return TRUE;
    /* ModemManager would fall back to the primary port, but PCUI carries no data */
    tty_port = mm_base_modem_peek_best_data_port (modem, MM_PORT_TYPE_AT);
    return tty_port && tty_port != MM_PORT (mm_base_modem_peek_port_primary (modem));
}

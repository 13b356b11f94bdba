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

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <string.h>

#include "mm-tdtech-lines.h"

#define OWNER(owner) MM_TDTECH_LINE_OWNER_##owner

/* Seen on this module and on its relatives */
static const MMTdtechLine lines[] = {
    /* name            owner                 answer registration */
    { "+C5GREG",       OWNER (MODEM_MANAGER), TRUE,  TRUE },
    { "+CEREG",        OWNER (MODEM_MANAGER), TRUE,  TRUE },
    { "+CGREG",        OWNER (MODEM_MANAGER), TRUE,  TRUE },
    { "+CREG",         OWNER (MODEM_MANAGER), TRUE,  TRUE },
    { "+CESQ",         OWNER (MODEM_MANAGER), TRUE },
    { "+CGEV",         OWNER (MODEM_MANAGER) },
    { "+CLIP",         OWNER (MODEM_MANAGER) },
    { "+CMTI",         OWNER (MODEM_MANAGER) },
    { "+CSQ",          OWNER (MODEM_MANAGER), TRUE },
    { "+CUSD",         OWNER (MODEM_MANAGER), TRUE },
    { "RING",          OWNER (MODEM_MANAGER) },

    { "^CCALLSTATE",   OWNER (CALL) },
    { "^CEND",         OWNER (CALL), .call_end = TRUE },

    { "^DEND",         OWNER (MODEM) },
    { "^HCSQ",         OWNER (MODEM), TRUE },
    { "^NDISSTAT",     OWNER (MODEM) },

    { "^FOTASTATE",    OWNER (FOTA), TRUE },

    { "+CSCON",        OWNER (NOBODY) },
    { "^CERSSI",       OWNER (NOBODY) },
    { "^CONF",         OWNER (NOBODY) },
    { "^CONN",         OWNER (NOBODY) },
    { "^DCONN",        OWNER (NOBODY) },
    { "^DSAMBR",       OWNER (NOBODY) },
    { "^LCACELLURC",   OWNER (NOBODY) },
    { "^ORIG",         OWNER (NOBODY) },
    { "^PDCPDATAINFO", OWNER (NOBODY) },
    { "^RSSI",         OWNER (NOBODY) },
    { "^SIMST",        OWNER (NOBODY) },
    { "^SRVST",        OWNER (NOBODY) },
};

const MMTdtechLine *
mm_tdtech_line_find (const gchar *line)
{
    gsize length = strcspn (line, ":");
    guint i;

    for (i = 0; i < G_N_ELEMENTS (lines); i++) {
        if (strlen (lines[i].name) == length && strncmp (line, lines[i].name, length) == 0)
            return &lines[i];
    }
    return NULL;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <ModemManager.h>
#define _LIBMM_INSIDE_MM
#include <libmm-glib.h>

#include "mm-base-modem-at.h"
#include "mm-log-object.h"

#include "mm-tdtech-port-rescue.h"

/* One timeout may be a slow command (^FOTADLQ takes up to 20 s). The rescue command is sent after the
 * second one in a row, and after every third one from there. */
#define FIRST_TIMEOUT 2
#define NEXT_TIMEOUTS 3

/* ESC ends the text that the module waits for; otherwise it is ignored, as everything before "AT"
 * (ITU-T V.250 §5.2.1). An answer shows that the port works again. */
#define RESCUE_COMMAND "\033AT\r"
/* Seconds */
#define RESCUE_TIMEOUT 3

#define RESCUED_TAG "tdtech-port-rescue"

static void
rescue_ready (MMBaseModem    *modem,
              GAsyncResult   *res,
              MMPortSerialAt *port)
{
    g_autoptr(GError) error = NULL;

    g_object_set_data (G_OBJECT (port), RESCUED_TAG, NULL);
    if (mm_base_modem_at_command_full_finish (modem, res, &error))
        mm_obj_msg (modem, "%s answers again", mm_port_get_device (MM_PORT (port)));
    else
        mm_obj_dbg (modem, "%s does not answer: %s", mm_port_get_device (MM_PORT (port)), error->message);
    g_object_unref (port);
}

void
mm_tdtech_port_rescue (MMBaseModem    *modem,
                       MMPortSerialAt *port,
                       guint           n_timeouts)
{
    if (n_timeouts < FIRST_TIMEOUT ||
        (n_timeouts - FIRST_TIMEOUT) % NEXT_TIMEOUTS != 0 ||
        g_object_get_data (G_OBJECT (port), RESCUED_TAG))
        return;

    /* The modem may have dropped it meanwhile */
    if (port != mm_base_modem_peek_port_primary (modem) &&
        port != mm_base_modem_peek_port_secondary (modem))
        return;

    g_object_set_data (G_OBJECT (port), RESCUED_TAG, GUINT_TO_POINTER (TRUE));
    mm_base_modem_at_command_full (modem,
                                   MM_IFACE_PORT_AT (port),
                                   RESCUE_COMMAND,
                                   RESCUE_TIMEOUT,
                                   FALSE, /* allow_cached */
                                   TRUE, /* raw */
                                   NULL, /* cancellable */
                                   (GAsyncReadyCallback) rescue_ready,
                                   g_object_ref (port));
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <stdlib.h>
#include <string.h>

#include "sim-usb.h"

#define PRODUCT_NORMAL   0x3301
#define PRODUCT_DOWNLOAD 0x3302

/* The interfaces of each function; they are numbered in this order */
static const SimUsbInterface functions[] = {
    /* No source has the protocol of the Modem port: Huawei's related modules use 0x10 */
    [SIM_PORT_MODEM]    = { SIM_PORT_MODEM,    0, 0xff, 0x06, 0x10, "option",     "TDTECH Connect - Modem Interface"       },
    [SIM_PORT_PCUI]     = { SIM_PORT_PCUI,     0, 0xff, 0x06, 0x12, "option",     "TDTECH Connect - PC UI Interface"       },
    [SIM_PORT_DIAG]     = { SIM_PORT_DIAG,     0, 0xff, 0x06, 0x13, "option",     "TDTECH Connect - Application Interface" },
    [SIM_PORT_GPS]      = { SIM_PORT_GPS,      0, 0xff, 0x06, 0x14, "option",     "TDTECH Connect - GPS Interface"         },
    [SIM_PORT_SERIAL_B] = { SIM_PORT_SERIAL_B, 0, 0xff, 0x06, 0x1b, "option",     "TDTECH Connect - SerialB Interface"     },
    [SIM_PORT_SERIAL_C] = { SIM_PORT_SERIAL_C, 0, 0xff, 0x06, 0x1c, "option",     "TDTECH Connect - SerialC Interface"     },
    [SIM_PORT_ADB]      = { SIM_PORT_ADB,      0, 0xff, 0x42, 0x01, NULL,         "ADB Interface"                          },
    [SIM_PORT_NCM]      = { SIM_PORT_NCM,      0, 0x02, 0x0d, 0x00, "cdc_ncm",    "CDC Network Control Model (NCM)"        },
    [SIM_PORT_ECM]      = { SIM_PORT_ECM,      0, 0x02, 0x06, 0x00, "cdc_ether",  "CDC Ethernet Control Model (ECM)"       },
    [SIM_PORT_RNDIS]    = { SIM_PORT_RNDIS,    0, 0xe0, 0x01, 0x03, "rndis_host", "RNDIS Communications Control"           },
    [SIM_PORT_MBIM]     = { SIM_PORT_MBIM,     0, 0x02, 0x0e, 0x00, "cdc_mbim",   "MBIM Control"                           },
    [SIM_PORT_DATA]     = { SIM_PORT_DATA,     0, 0x0a, 0x00, 0x01, NULL,         "CDC Data"                               },
};

/* AT^SETMODE, as in the manual's list */
static const struct {
    guint       n;
    SimPortKind kinds[7];
} modes[] = {
    { 6, { SIM_PORT_ECM, SIM_PORT_DIAG, SIM_PORT_PCUI, SIM_PORT_SERIAL_B, SIM_PORT_SERIAL_C, SIM_PORT_GPS } },
    { 6, { SIM_PORT_DIAG, SIM_PORT_PCUI, SIM_PORT_SERIAL_B, SIM_PORT_SERIAL_C, SIM_PORT_GPS, SIM_PORT_NCM } },
    { 7, { SIM_PORT_ECM, SIM_PORT_DIAG, SIM_PORT_PCUI, SIM_PORT_ADB, SIM_PORT_SERIAL_B, SIM_PORT_SERIAL_C, SIM_PORT_GPS } },
    { 7, { SIM_PORT_DIAG, SIM_PORT_PCUI, SIM_PORT_SERIAL_B, SIM_PORT_SERIAL_C, SIM_PORT_GPS, SIM_PORT_ADB, SIM_PORT_NCM } },
    { 6, { SIM_PORT_NCM, SIM_PORT_DIAG, SIM_PORT_PCUI, SIM_PORT_SERIAL_B, SIM_PORT_SERIAL_C, SIM_PORT_GPS } },
    { 7, { SIM_PORT_NCM, SIM_PORT_DIAG, SIM_PORT_PCUI, SIM_PORT_ADB, SIM_PORT_SERIAL_B, SIM_PORT_SERIAL_C, SIM_PORT_GPS } },
    { 6, { SIM_PORT_RNDIS, SIM_PORT_DIAG, SIM_PORT_PCUI, SIM_PORT_SERIAL_B, SIM_PORT_SERIAL_C, SIM_PORT_GPS } },
    { 6, { SIM_PORT_MBIM, SIM_PORT_DIAG, SIM_PORT_PCUI, SIM_PORT_SERIAL_B, SIM_PORT_SERIAL_C, SIM_PORT_GPS } },
    { 6, { SIM_PORT_MODEM, SIM_PORT_DIAG, SIM_PORT_PCUI, SIM_PORT_SERIAL_B, SIM_PORT_SERIAL_C, SIM_PORT_GPS } },
};

/*****************************************************************************/
/* Kinds */

gboolean
sim_port_kind_is_net (SimPortKind kind)
{
    return (kind == SIM_PORT_NCM || kind == SIM_PORT_ECM || kind == SIM_PORT_RNDIS || kind == SIM_PORT_MBIM);
}

gboolean
sim_port_kind_is_at (SimPortKind kind)
{
    return (kind == SIM_PORT_PCUI || kind == SIM_PORT_MODEM);
}

gboolean
sim_port_kind_is_serial (SimPortKind kind)
{
    return !sim_port_kind_is_net (kind) && kind != SIM_PORT_ADB && kind != SIM_PORT_DATA;
}

/*****************************************************************************/
/* Devices */

static gboolean
has_other_names (const SimScenario *scenario,
                 guint              n_plugs)
{
    if (n_plugs == 0)
        return FALSE;
    if (g_str_equal (scenario->port_names, "mixed"))
        return (!g_str_equal (scenario->pieces, "whole") && ((guint) scenario->port_seed + n_plugs) % 2);
    return g_str_equal (scenario->port_names, "other");
}

static SimUsbDevice *
device_new (const SimScenario *scenario,
            guint16            product,
            guint              n_plugs)
{
    SimUsbDevice *self;

    self = g_new0 (SimUsbDevice, 1);
    self->vendor = (guint16) strtoul (scenario->usb_vendor, NULL, 16);
    self->product = product;
    self->serial = *scenario->serial ? g_strdup (scenario->serial) : NULL;
    self->udev_hints = scenario->udev_hints;
    self->order_seed = (!g_str_equal (scenario->port_order, "mixed") || g_str_equal (scenario->pieces, "whole") ? 0 :
                        (guint32) scenario->port_seed + n_plugs + 1);
    self->other_names = has_other_names (scenario, n_plugs);
    self->other_path = (n_plugs > 0 && g_str_equal (scenario->port_path, "other"));
    self->plug_gap = scenario->plug_gap / scenario->speed;
    self->unplug_gap = scenario->unplug_gap / scenario->speed;
    self->interfaces = g_array_new (FALSE, FALSE, sizeof (SimUsbInterface));
    return self;
}

static void
device_add (SimUsbDevice *self,
            SimPortKind   kind,
            const gchar  *subclass)
{
    SimUsbInterface interface = functions[kind];

    interface.number = self->interfaces->len;
    if (subclass && sim_port_kind_is_serial (kind))
        interface.subclass = (guint8) strtoul (subclass + 1, NULL, 16);
    g_array_append_val (self->interfaces, interface);

    if (sim_port_kind_is_net (kind)) {
        SimUsbInterface data = functions[SIM_PORT_DATA];

        data.number = self->interfaces->len;
        data.driver = interface.driver;
        data.protocol = (kind == SIM_PORT_MBIM ? 0x02 : kind == SIM_PORT_NCM ? 0x01 : 0x00);
        g_array_append_val (self->interfaces, data);
    }
}

SimUsbDevice *
sim_usb_device_new (const SimScenario *scenario,
                    const gchar       *layout,
                    guint              n_plugs)
{
    SimUsbDevice *self;
    const gchar  *subclass;
    gboolean      four;
    gboolean      one;
    guint         mode;
    guint         i;

    self = device_new (scenario, PRODUCT_NORMAL, n_plugs);
    mode = (guint) CLAMP (scenario->setmode, 0, (gint) G_N_ELEMENTS (modes) - 1);
    subclass = strchr (layout, ':');
    four = g_str_has_prefix (layout, "four");
    one = g_str_has_prefix (layout, "one");

    for (i = 0; i < modes[mode].n; i++) {
        SimPortKind kind = modes[mode].kinds[i];

        if ((four && kind == SIM_PORT_SERIAL_B) ||
            (one && sim_port_kind_is_serial (kind) && kind != SIM_PORT_PCUI) ||
            (scenario->ethernet && sim_port_kind_is_net (kind)))
            continue;
        device_add (self, kind, subclass);
    }
    return self;
}

SimUsbDevice *
sim_usb_device_new_download (const SimScenario *scenario,
                             guint              n_plugs)
{
    SimUsbDevice    *self;
    SimUsbInterface  interface = functions[SIM_PORT_PCUI];

    /* Not in the kernel's tables: no driver binds it */
    self = device_new (scenario, PRODUCT_DOWNLOAD, n_plugs);
    interface.driver = NULL;
    interface.name = "TDTECH Download Interface";
    g_array_append_val (self->interfaces, interface);
    return self;
}

void
sim_usb_device_free (SimUsbDevice *self)
{
    g_free (self->serial);
    g_array_unref (self->interfaces);
    g_free (self);
}

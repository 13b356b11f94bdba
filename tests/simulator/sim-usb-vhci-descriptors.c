/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <string.h>
#include <linux/usb/cdc.h>
#include <linux/usb/ch9.h>

#include "sim-usb-vhci-descriptors.h"

#define RELEASE         0x0318
#define ENGLISH         0x0409
/* Of the bus, in 2 mA */
#define POWER           250
#define CDC_VERSION     0x0110
#define NCM_VERSION     0x0100
#define MAX_SEGMENT     1514
#define CONTROL_PACKET  64
#define BULK_PACKET     512
#define STATUS_PACKET   16
/* 2^(9 - 1) microframes are 32 ms */
#define STATUS_INTERVAL 9

/* Numbers of strings; that of an interface follows */
enum {
    STRING_LANGUAGES,
    STRING_MANUFACTURER,
    STRING_PRODUCT,
    STRING_SERIAL,
    STRING_MAC,
    STRING_INTERFACES,
};

static const SimUsbInterface *
get_interface (const SimUsbDevice *device,
               guint               i)
{
    return &g_array_index (device->interfaces, SimUsbInterface, i);
}

/*****************************************************************************/
/* Strings */

static gchar *
get_string (const SimUsbDevice *device,
            guint               module,
            guint               index)
{
    switch (index) {
    case STRING_MANUFACTURER:
        return g_strdup ("TD Tech Ltd.");
    case STRING_PRODUCT:
        return g_strdup ("TDTECH Mobile");
    case STRING_SERIAL:
        return g_strdup (device->serial);
    case STRING_MAC:
        /* Locally administered, as the real one's: the kernel names the port usb0 */
        return g_strdup_printf ("021E101F00%02X", module & 0xff);
    default:
        if (index >= STRING_INTERFACES && index - STRING_INTERFACES < device->interfaces->len)
            return g_strdup (get_interface (device, index - STRING_INTERFACES)->name);
        return NULL;
    }
}

static GBytes *
string_descriptor (const SimUsbDevice *device,
                   guint               module,
                   guint               index)
{
    g_autofree gchar     *text = NULL;
    g_autofree gunichar2 *wide = NULL;
    GByteArray           *descriptor;
    glong                 length = 1;
    glong                 i;

    if (index == STRING_LANGUAGES) {
        wide = g_new0 (gunichar2, 1);
        wide[0] = ENGLISH;
    } else {
        text = get_string (device, module, index);
        wide = text ? g_utf8_to_utf16 (text, -1, NULL, &length, NULL) : NULL;
    }
    if (!wide)
        return NULL;

    descriptor = g_byte_array_new ();
    g_byte_array_append (descriptor, (const guint8[]) { (guint8) (2 + 2 * length), USB_DT_STRING }, 2);
    for (i = 0; i < length; i++) {
        guint16 character = GUINT16_TO_LE (wide[i]);

        g_byte_array_append (descriptor, (const guint8 *) &character, sizeof (character));
    }
    return g_byte_array_free_to_bytes (descriptor);
}

/*****************************************************************************/
/* The device */

static GBytes *
device_descriptor (const SimUsbDevice *device)
{
    struct usb_device_descriptor descriptor;

    memset (&descriptor, 0, sizeof (descriptor));
    descriptor.bLength = USB_DT_DEVICE_SIZE;
    descriptor.bDescriptorType = USB_DT_DEVICE;
    descriptor.bcdUSB = GUINT16_TO_LE (0x0200);
    /* Interface association descriptors are used */
    descriptor.bDeviceClass = USB_CLASS_MISC;
    descriptor.bDeviceSubClass = 2;
    descriptor.bDeviceProtocol = 1;
    descriptor.bMaxPacketSize0 = CONTROL_PACKET;
    descriptor.idVendor = GUINT16_TO_LE (device->vendor);
    descriptor.idProduct = GUINT16_TO_LE (device->product);
    descriptor.bcdDevice = GUINT16_TO_LE (RELEASE);
    descriptor.iManufacturer = STRING_MANUFACTURER;
    descriptor.iProduct = STRING_PRODUCT;
    descriptor.iSerialNumber = device->serial ? STRING_SERIAL : 0;
    descriptor.bNumConfigurations = 1;
    return g_bytes_new (&descriptor, USB_DT_DEVICE_SIZE);
}

static GBytes *
qualifier_descriptor (void)
{
    struct usb_qualifier_descriptor descriptor;

    memset (&descriptor, 0, sizeof (descriptor));
    descriptor.bLength = sizeof (descriptor);
    descriptor.bDescriptorType = USB_DT_DEVICE_QUALIFIER;
    descriptor.bcdUSB = GUINT16_TO_LE (0x0200);
    descriptor.bDeviceClass = USB_CLASS_MISC;
    descriptor.bDeviceSubClass = 2;
    descriptor.bDeviceProtocol = 1;
    descriptor.bMaxPacketSize0 = CONTROL_PACKET;
    descriptor.bNumConfigurations = 1;
    return g_bytes_new (&descriptor, sizeof (descriptor));
}

/*****************************************************************************/
/* The configuration */

typedef struct {
    GByteArray *bytes;
    GArray     *endpoints;
    guint8      n_in;
    guint8      n_out;
} Configuration;

static void
append (Configuration *self,
        gconstpointer  data,
        gsize          length)
{
    g_byte_array_append (self->bytes, data, (guint) length);
}

static void
append_interface (Configuration         *self,
                  const SimUsbInterface *interface,
                  guint                  alternate,
                  guint                  n_endpoints)
{
    const struct usb_interface_descriptor descriptor = {
        .bLength = USB_DT_INTERFACE_SIZE,
        .bDescriptorType = USB_DT_INTERFACE,
        .bInterfaceNumber = (guint8) interface->number,
        .bAlternateSetting = (guint8) alternate,
        .bNumEndpoints = (guint8) n_endpoints,
        .bInterfaceClass = interface->interface_class,
        .bInterfaceSubClass = interface->subclass,
        .bInterfaceProtocol = interface->protocol,
        .iInterface = (guint8) (STRING_INTERFACES + interface->number),
    };

    append (self, &descriptor, USB_DT_INTERFACE_SIZE);
}

static void
append_endpoint (Configuration         *self,
                 const SimUsbInterface *interface,
                 SimEndpointKind        kind)
{
    struct usb_endpoint_descriptor descriptor;
    SimEndpoint                    endpoint = { .kind = kind, .interface = interface->number };
    gboolean                       status;

    status = (kind == SIM_ENDPOINT_SERIAL_STATUS || kind == SIM_ENDPOINT_NET_STATUS);
    if (kind == SIM_ENDPOINT_SERIAL_OUT || kind == SIM_ENDPOINT_NET_OUT)
        endpoint.address = USB_DIR_OUT | ++self->n_out;
    else
        endpoint.address = USB_DIR_IN | ++self->n_in;

    memset (&descriptor, 0, sizeof (descriptor));
    descriptor.bLength = USB_DT_ENDPOINT_SIZE;
    descriptor.bDescriptorType = USB_DT_ENDPOINT;
    descriptor.bEndpointAddress = endpoint.address;
    descriptor.bmAttributes = status ? USB_ENDPOINT_XFER_INT : USB_ENDPOINT_XFER_BULK;
    descriptor.wMaxPacketSize = GUINT16_TO_LE (status ? STATUS_PACKET : BULK_PACKET);
    descriptor.bInterval = status ? STATUS_INTERVAL : 0;
    append (self, &descriptor, USB_DT_ENDPOINT_SIZE);
    g_array_append_val (self->endpoints, endpoint);
}

static void
append_serial (Configuration         *self,
               const SimUsbInterface *interface)
{
    append_interface (self, interface, 0, 3);
    append_endpoint (self, interface, SIM_ENDPOINT_SERIAL_STATUS);
    append_endpoint (self, interface, SIM_ENDPOINT_SERIAL_IN);
    append_endpoint (self, interface, SIM_ENDPOINT_SERIAL_OUT);
}

static void
append_ncm_control (Configuration         *self,
                    const SimUsbInterface *interface)
{
    const struct usb_interface_assoc_descriptor association = {
        .bLength = sizeof (association),
        .bDescriptorType = USB_DT_INTERFACE_ASSOCIATION,
        .bFirstInterface = (guint8) interface->number,
        .bInterfaceCount = 2,
        .bFunctionClass = interface->interface_class,
        .bFunctionSubClass = interface->subclass,
        .bFunctionProtocol = interface->protocol,
        .iFunction = (guint8) (STRING_INTERFACES + interface->number),
    };
    const struct usb_cdc_header_desc header = {
        .bLength = sizeof (header),
        .bDescriptorType = USB_DT_CS_INTERFACE,
        .bDescriptorSubType = USB_CDC_HEADER_TYPE,
        .bcdCDC = GUINT16_TO_LE (CDC_VERSION),
    };
    const struct usb_cdc_union_desc both = {
        .bLength = sizeof (both),
        .bDescriptorType = USB_DT_CS_INTERFACE,
        .bDescriptorSubType = USB_CDC_UNION_TYPE,
        .bMasterInterface0 = (guint8) interface->number,
        .bSlaveInterface0 = (guint8) (interface->number + 1),
    };
    const struct usb_cdc_ether_desc ethernet = {
        .bLength = sizeof (ethernet),
        .bDescriptorType = USB_DT_CS_INTERFACE,
        .bDescriptorSubType = USB_CDC_ETHERNET_TYPE,
        .iMACAddress = STRING_MAC,
        .wMaxSegmentSize = GUINT16_TO_LE (MAX_SEGMENT),
    };
    const struct usb_cdc_ncm_desc ncm = {
        .bLength = sizeof (ncm),
        .bDescriptorType = USB_DT_CS_INTERFACE,
        .bDescriptorSubType = USB_CDC_NCM_TYPE,
        .bcdNcmVersion = GUINT16_TO_LE (NCM_VERSION),
    };

    append (self, &association, sizeof (association));
    append_interface (self, interface, 0, 1);
    append (self, &header, sizeof (header));
    append (self, &both, sizeof (both));
    append (self, &ethernet, sizeof (ethernet));
    append (self, &ncm, sizeof (ncm));
    append_endpoint (self, interface, SIM_ENDPOINT_NET_STATUS);
}

static void
append_ncm_data (Configuration         *self,
                 const SimUsbInterface *interface)
{
    /* Alternate setting 0 stops the data */
    append_interface (self, interface, 0, 0);
    append_interface (self, interface, 1, 2);
    append_endpoint (self, interface, SIM_ENDPOINT_NET_IN);
    append_endpoint (self, interface, SIM_ENDPOINT_NET_OUT);
}

static Configuration
configuration_new (const SimUsbDevice *device)
{
    struct usb_config_descriptor head;
    Configuration                self = { .bytes = g_byte_array_new (),
                                          .endpoints = g_array_new (FALSE, FALSE, sizeof (SimEndpoint)) };
    guint                        i;

    memset (&head, 0, sizeof (head));
    append (&self, &head, USB_DT_CONFIG_SIZE);
    for (i = 0; i < device->interfaces->len; i++) {
        const SimUsbInterface *interface = get_interface (device, i);

        if (sim_port_kind_is_serial (interface->kind))
            append_serial (&self, interface);
        else if (interface->kind == SIM_PORT_NCM)
            append_ncm_control (&self, interface);
        else if (interface->kind == SIM_PORT_DATA && get_interface (device, i - 1)->kind == SIM_PORT_NCM)
            append_ncm_data (&self, interface);
        else
            append_interface (&self, interface, 0, 0);
    }

    head.bLength = USB_DT_CONFIG_SIZE;
    head.bDescriptorType = USB_DT_CONFIG;
    head.wTotalLength = GUINT16_TO_LE (self.bytes->len);
    head.bNumInterfaces = (guint8) device->interfaces->len;
    head.bConfigurationValue = 1;
    head.bmAttributes = USB_CONFIG_ATT_ONE;
    head.bMaxPower = POWER;
    memcpy (self.bytes->data, &head, USB_DT_CONFIG_SIZE);
    return self;
}

/*****************************************************************************/
/* Lookup */

GBytes *
sim_descriptors_get (const SimUsbDevice *device,
                     guint               module,
                     guint8              type,
                     guint8              index)
{
    Configuration configuration;

    switch (type) {
    case USB_DT_DEVICE:
        return device_descriptor (device);
    case USB_DT_DEVICE_QUALIFIER:
        return qualifier_descriptor ();
    case USB_DT_STRING:
        return string_descriptor (device, module, index);
    case USB_DT_CONFIG:
        if (index > 0)
            return NULL;
        configuration = configuration_new (device);
        g_array_unref (configuration.endpoints);
        return g_byte_array_free_to_bytes (configuration.bytes);
    default:
        return NULL;
    }
}

GArray *
sim_descriptors_get_endpoints (const SimUsbDevice *device)
{
    Configuration configuration = configuration_new (device);

    g_byte_array_unref (configuration.bytes);
    return configuration.endpoints;
}

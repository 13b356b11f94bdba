/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <gio/gio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/usb/cdc.h>
#include <linux/usb/ch9.h>

#include "sim-usb-vhci-descriptors.h"
#include "sim-usb-vhci-ncm.h"
#include "sim-usb-vhci-peer.h"
#include "sim-usb-vhci.h"

#define ATTACH       "/sys/devices/platform/vhci_hcd.0/attach"
/* Any numbers: bus 1, device 2 */
#define DEVICE_ID    0x00010002
/* How long to wait until the kernel has released the previous device */
#define RETRY_MS     50
#define CONTROL_PIPE 0
#define N_INTERFACES 32

/* The protocol between USB/IP's two halves, Documentation/usb/usbip_protocol.rst in Linux;
 * all numbers are big-endian */
enum {
    CMD_SUBMIT = 1,
    CMD_UNLINK = 2,
    RET_SUBMIT = 3,
    RET_UNLINK = 4,
};

typedef struct {
    guint32 command;
    guint32 seqnum;
    guint32 devid;
    guint32 direction;
    guint32 endpoint;
    union {
        struct {
            guint32                flags;
            guint32                length;
            guint32                start_frame;
            guint32                n_packets;
            guint32                interval;
            struct usb_ctrlrequest setup;
        } submit;
        struct {
            guint32 seqnum;
        } unlink;
        struct {
            gint32  status;
            guint32 length;
        } reply;
        guint8 bytes[28];
    } u;
} Message;

G_STATIC_ASSERT (sizeof (Message) == 48);

typedef struct {
    SimTransport  transport;
    GPtrArray    *modules;
    /* Module number to its device */
    GHashTable   *devices;
} Vhci;

/* A transfer that waits for data */
typedef struct {
    guint32 seqnum;
    gsize   length;
} Transfer;

typedef struct {
    SimEndpoint  info;
    /* Transfers of the host that wait for data */
    GQueue       transfers;
    /* GBytes that wait for a transfer */
    GQueue       packets;
    /* A serial port counts as open while the host reads it */
    gboolean     open;
} Endpoint;

typedef struct {
    Vhci               *self;
    guint               module;
    const SimUsbDevice *usb;
    /* -1: off the bus */
    gint                fd;
    guint               source;
    guint               retry;
    GByteArray         *input;
    GPtrArray          *endpoints;
    guint8              configuration;
    guint8              alternates[N_INTERFACES];
    /* Serial ports with DTR low */
    gboolean            hung_up[N_INTERFACES];
    gboolean            carrier;
    gboolean            carrier_told;
    guint16             sequence;
} Device;

/*****************************************************************************/
/* Endpoints */

static void
endpoint_free (Endpoint *endpoint)
{
    g_queue_clear_full (&endpoint->transfers, g_free);
    g_queue_clear_full (&endpoint->packets, (GDestroyNotify) g_bytes_unref);
    g_free (endpoint);
}

static Endpoint *
find_endpoint (Device  *device,
               guint8   address)
{
    guint i;

    for (i = 0; i < device->endpoints->len; i++) {
        Endpoint *endpoint = g_ptr_array_index (device->endpoints, i);

        if (endpoint->info.address == address)
            return endpoint;
    }
    return NULL;
}

static Endpoint *
find_endpoint_of (Device          *device,
                  SimEndpointKind  kind,
                  guint            interface)
{
    guint i;

    for (i = 0; i < device->endpoints->len; i++) {
        Endpoint *endpoint = g_ptr_array_index (device->endpoints, i);

        if (endpoint->info.kind == kind && endpoint->info.interface == interface)
            return endpoint;
    }
    return NULL;
}

static Endpoint *
find_net_endpoint (Device          *device,
                   SimEndpointKind  kind)
{
    guint i;

    for (i = 0; i < device->usb->interfaces->len; i++) {
        Endpoint *endpoint = find_endpoint_of (device, kind, i);

        if (endpoint)
            return endpoint;
    }
    return NULL;
}

/*****************************************************************************/
/* To the host */

/* The kernel reads continuously, so this does not block for long */
static void
send_all (Device        *device,
          gconstpointer  data,
          gsize          length)
{
    while (length > 0) {
        gssize sent;

        sent = send (device->fd, data, length, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        /* It has released the device: the source notices that, too */
        if (sent < 0)
            return;
        data = (const guint8 *) data + sent;
        length -= (gsize) sent;
    }
}

static void
reply (Device        *device,
       guint32        command,
       guint32        seqnum,
       gint           status,
       gconstpointer  data,
       gsize          length)
{
    Message message;

    memset (&message, 0, sizeof (message));
    message.command = GUINT32_TO_BE (command);
    message.seqnum = GUINT32_TO_BE (seqnum);
    message.u.reply.status = GINT32_TO_BE (status);
    message.u.reply.length = GUINT32_TO_BE ((guint32) length);
    send_all (device, &message, sizeof (message));
    if (data)
        send_all (device, data, length);
}

static void
endpoint_flush (Device   *device,
                Endpoint *endpoint)
{
    while (!g_queue_is_empty (&endpoint->transfers) && !g_queue_is_empty (&endpoint->packets)) {
        g_autofree Transfer *transfer = g_queue_pop_head (&endpoint->transfers);
        g_autoptr(GBytes)    packet = g_queue_pop_head (&endpoint->packets);
        gsize                size = g_bytes_get_size (packet);
        gsize                length = MIN (size, transfer->length);

        reply (device, RET_SUBMIT, transfer->seqnum, 0, g_bytes_get_data (packet, NULL), length);
        if (length < size)
            g_queue_push_head (&endpoint->packets, g_bytes_new_from_bytes (packet, length, size - length));
    }
}

static void
endpoint_push (Device   *device,
               Endpoint *endpoint,
               GBytes   *packet)
{
    g_queue_push_tail (&endpoint->packets, packet);
    endpoint_flush (device, endpoint);
}

/* The host listens only while the network device is up, and gets this once */
static void
tell_carrier (Device *device)
{
    Endpoint                    *endpoint = find_net_endpoint (device, SIM_ENDPOINT_NET_STATUS);
    struct usb_cdc_notification  notification;

    if (!endpoint || device->carrier == device->carrier_told || g_queue_is_empty (&endpoint->transfers))
        return;
    device->carrier_told = device->carrier;
    memset (&notification, 0, sizeof (notification));
    notification.bmRequestType = USB_DIR_IN | USB_TYPE_CLASS | USB_RECIP_INTERFACE;
    notification.bNotificationType = USB_CDC_NOTIFY_NETWORK_CONNECTION;
    notification.wValue = GUINT16_TO_LE (device->carrier ? 1 : 0);
    notification.wIndex = GUINT16_TO_LE ((guint16) endpoint->info.interface);
    endpoint_push (device, endpoint, g_bytes_new (&notification, sizeof (notification)));
}

/*****************************************************************************/
/* Control requests. NULL stalls the pipe */

static GBytes *
standard_request (Device                       *device,
                  const struct usb_ctrlrequest *setup)
{
    const guint8 zeros[2] = { 0, 0 };
    guint16      value = GUINT16_FROM_LE (setup->wValue);
    guint16      index = GUINT16_FROM_LE (setup->wIndex);

    switch (setup->bRequest) {
    case USB_REQ_GET_DESCRIPTOR:
        return sim_descriptors_get (device->usb, device->module, (guint8) (value >> 8), (guint8) value);
    case USB_REQ_GET_STATUS:
        return g_bytes_new (zeros, 2);
    case USB_REQ_GET_CONFIGURATION:
        return g_bytes_new (&device->configuration, 1);
    case USB_REQ_SET_CONFIGURATION:
        device->configuration = (guint8) value;
        return g_bytes_new (NULL, 0);
    case USB_REQ_GET_INTERFACE:
        return index < N_INTERFACES ? g_bytes_new (&device->alternates[index], 1) : NULL;
    case USB_REQ_SET_INTERFACE:
        if (index < N_INTERFACES)
            device->alternates[index] = (guint8) value;
        return g_bytes_new (NULL, 0);
    default:
        return (setup->bRequestType & USB_DIR_IN) ? NULL : g_bytes_new (NULL, 0);
    }
}

static GBytes *
class_request (Device                       *device,
               const struct usb_ctrlrequest *setup)
{
    const guint32 block = GUINT32_TO_LE (SIM_NCM_MAX_BLOCK);
    guint16       value = GUINT16_FROM_LE (setup->wValue);
    guint16       index = GUINT16_FROM_LE (setup->wIndex);

    switch (setup->bRequest) {
    case USB_CDC_REQ_SET_CONTROL_LINE_STATE:
        /* Bit 0 is DTR */
        if (index < N_INTERFACES)
            device->hung_up[index] = !(value & 1);
        return g_bytes_new (NULL, 0);
    case USB_CDC_GET_NTB_PARAMETERS:
        return sim_ncm_get_parameters ();
    case USB_CDC_GET_NTB_INPUT_SIZE:
        return g_bytes_new (&block, sizeof (block));
    default:
        return (setup->bRequestType & USB_DIR_IN) ? NULL : g_bytes_new (NULL, 0);
    }
}

static void
control_transfer (Device        *device,
                  const Message *message,
                  gsize          length)
{
    const struct usb_ctrlrequest *setup = &message->u.submit.setup;
    g_autoptr(GBytes)             answer = NULL;

    switch (setup->bRequestType & USB_TYPE_MASK) {
    case USB_TYPE_STANDARD:
        answer = standard_request (device, setup);
        break;
    case USB_TYPE_CLASS:
        answer = class_request (device, setup);
        break;
    default:
        break;
    }
    if (!answer)
        reply (device, RET_SUBMIT, message->seqnum, -EPIPE, NULL, 0);
    else if (setup->bRequestType & USB_DIR_IN)
        reply (device, RET_SUBMIT, message->seqnum, 0, g_bytes_get_data (answer, NULL),
               MIN (g_bytes_get_size (answer), length));
    else
        reply (device, RET_SUBMIT, message->seqnum, 0, NULL, length);
}

/*****************************************************************************/
/* Transfers */

static SimModule *
device_get_module (Device *device)
{
    return g_ptr_array_index (device->self->modules, device->module);
}

static void
frame_arrived (const guint8 *frame,
               gsize         length,
               gpointer      user_data)
{
    Device   *device = user_data;
    Endpoint *endpoint = find_net_endpoint (device, SIM_ENDPOINT_NET_IN);
    GBytes   *answer;

    /* Without a session packets are dropped */
    if (!device->carrier)
        return;
    answer = sim_peer_answer (frame, length);
    if (!answer)
        return;
    endpoint_push (device, endpoint, sim_ncm_build (answer, device->sequence++));
    g_bytes_unref (answer);
}

static void
out_transfer (Device        *device,
              const Message *message,
              Endpoint      *endpoint,
              const guint8  *data,
              gsize          length)
{
    /* The next call may take the device off the bus */
    reply (device, RET_SUBMIT, message->seqnum, 0, NULL, length);
    if (endpoint->info.kind == SIM_ENDPOINT_NET_OUT)
        sim_ncm_parse (data, length, frame_arrived, device);
    else
        sim_module_port_input (device_get_module (device), endpoint->info.interface, data, length);
}

static void
in_transfer (Device        *device,
             const Message *message,
             Endpoint      *endpoint,
             gsize          length)
{
    Transfer *transfer;

    transfer = g_new (Transfer, 1);
    transfer->seqnum = message->seqnum;
    transfer->length = length;
    g_queue_push_tail (&endpoint->transfers, transfer);
    endpoint_flush (device, endpoint);

    if (endpoint->info.kind == SIM_ENDPOINT_NET_STATUS)
        tell_carrier (device);
    else if (endpoint->info.kind == SIM_ENDPOINT_SERIAL_IN && !endpoint->open) {
        endpoint->open = TRUE;
        device->hung_up[endpoint->info.interface] = FALSE;
        sim_module_port_opened (device_get_module (device), endpoint->info.interface);
    }
}

static void
submit (Device        *device,
        const Message *message,
        const guint8  *data)
{
    gboolean  in = (message->direction != 0);
    gsize     length = message->u.submit.length;
    Endpoint *endpoint;

    if (message->endpoint == CONTROL_PIPE) {
        control_transfer (device, message, length);
        return;
    }
    endpoint = find_endpoint (device, (guint8) (message->endpoint | (in ? USB_DIR_IN : USB_DIR_OUT)));
    if (!endpoint)
        reply (device, RET_SUBMIT, message->seqnum, -EPIPE, NULL, 0);
    else if (in)
        in_transfer (device, message, endpoint, length);
    else
        out_transfer (device, message, endpoint, data, length);
}

static Endpoint *
cancel_transfer (Device  *device,
                 guint32  seqnum)
{
    guint i;

    for (i = 0; i < device->endpoints->len; i++) {
        Endpoint *endpoint = g_ptr_array_index (device->endpoints, i);
        GList    *item;

        for (item = endpoint->transfers.head; item; item = item->next) {
            if (((Transfer *) item->data)->seqnum != seqnum)
                continue;
            g_free (item->data);
            g_queue_delete_link (&endpoint->transfers, item);
            return endpoint;
        }
    }
    return NULL;
}

static void
cancel (Device        *device,
        const Message *message)
{
    Endpoint *endpoint = cancel_transfer (device, GUINT32_FROM_BE (message->u.unlink.seqnum));

    reply (device, RET_UNLINK, message->seqnum, endpoint ? -ECONNRESET : 0, NULL, 0);
    if (!endpoint || endpoint->info.kind != SIM_ENDPOINT_SERIAL_IN || !endpoint->open ||
        !g_queue_is_empty (&endpoint->transfers))
        return;
    endpoint->open = FALSE;
    g_queue_clear_full (&endpoint->packets, (GDestroyNotify) g_bytes_unref);
    sim_module_port_closed (device_get_module (device), endpoint->info.interface);
}

/*****************************************************************************/
/* From the host */

/* One message, if it is complete */
static gboolean
take_message (Device *device)
{
    g_autofree guint8 *data = NULL;
    Message            message;
    gsize              length = 0;

    if (device->input->len < sizeof (message))
        return FALSE;
    memcpy (&message, device->input->data, sizeof (message));
    message.command = GUINT32_FROM_BE (message.command);
    message.seqnum = GUINT32_FROM_BE (message.seqnum);
    message.direction = GUINT32_FROM_BE (message.direction);
    message.endpoint = GUINT32_FROM_BE (message.endpoint);
    if (message.command == CMD_SUBMIT) {
        message.u.submit.length = GUINT32_FROM_BE (message.u.submit.length);
        if (message.direction == 0)
            length = message.u.submit.length;
    }
    if (device->input->len < sizeof (message) + length)
        return FALSE;
    data = g_memdup2 (device->input->data + sizeof (message), length);
    g_byte_array_remove_range (device->input, 0, (guint) (sizeof (message) + length));

    if (message.command == CMD_SUBMIT)
        submit (device, &message, data);
    else if (message.command == CMD_UNLINK)
        cancel (device, &message);
    else
        g_error ("vhci: unknown message %u", message.command);
    return TRUE;
}

static void
device_clear (gpointer data)
{
    Device *device = data;

    g_byte_array_unref (device->input);
    g_ptr_array_unref (device->endpoints);
}

static void
device_unref (Device *device)
{
    g_rc_box_release_full (device, device_clear);
}

static gboolean
host_ready (gint         fd,
            GIOCondition condition,
            gpointer     user_data)
{
    Device *device = user_data;
    guint8  buffer[32768];
    gssize  length;

    length = recv (fd, buffer, sizeof (buffer), MSG_DONTWAIT);
    if (length < 0 && (errno == EAGAIN || errno == EINTR))
        return G_SOURCE_CONTINUE;
    if (length <= 0) {
        /* The kernel has released the device; the module does not know */
        device->source = 0;
        return G_SOURCE_REMOVE;
    }

    g_byte_array_append (device->input, buffer, (guint) length);
    g_rc_box_acquire (device);
    while (device->fd >= 0 && take_message (device));
    device_unref (device);
    return G_SOURCE_CONTINUE;
}

/*****************************************************************************/
/* On and off the bus */

static gboolean
attach (Device  *device,
        gint     fd,
        GError **error)
{
    g_autofree gchar *text = NULL;
    gint              file;
    gssize            written;
    gint              errsv;

    text = g_strdup_printf ("%u %d %u %d", device->module, fd, DEVICE_ID, USB_SPEED_HIGH);
    file = open (ATTACH, O_WRONLY | O_CLOEXEC);
    written = file < 0 ? -1 : write (file, text, strlen (text));
    errsv = errno;
    if (file >= 0)
        close (file);
    if (written >= 0)
        return TRUE;
    g_set_error (error, G_IO_ERROR, (gint) g_io_error_from_errno (errsv),
                 ATTACH ": %s", g_strerror (errsv));
    return FALSE;
}

static gboolean
device_attach (gpointer user_data)
{
    g_autoptr(GError)  error = NULL;
    Device            *device = user_data;
    gint               pair[2];
    gboolean           attached;

    if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        g_error ("socketpair: %s", g_strerror (errno));
    attached = attach (device, pair[1], &error);
    close (pair[1]);
    if (!attached) {
        close (pair[0]);
        if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_BUSY))
            g_error ("%s", error->message);
        if (!device->retry)
            device->retry = g_timeout_add (RETRY_MS, device_attach, device);
        return G_SOURCE_CONTINUE;
    }
    device->retry = 0;
    device->fd = pair[0];
    device->source = g_unix_fd_add (device->fd, G_IO_IN | G_IO_HUP, host_ready, device);
    return G_SOURCE_REMOVE;
}

static void
vhci_plug (SimTransport       *transport,
           guint               module,
           const SimUsbDevice *usb)
{
    Vhci              *self = (Vhci *) transport;
    g_autoptr(GArray)  endpoints = sim_descriptors_get_endpoints (usb);
    Device            *device;
    guint              i;

    device = g_rc_box_new0 (Device);
    device->self = self;
    device->module = module;
    device->usb = usb;
    device->fd = -1;
    device->input = g_byte_array_new ();
    device->endpoints = g_ptr_array_new_with_free_func ((GDestroyNotify) endpoint_free);
    for (i = 0; i < endpoints->len; i++) {
        Endpoint *endpoint = g_new0 (Endpoint, 1);

        endpoint->info = g_array_index (endpoints, SimEndpoint, i);
        g_ptr_array_add (device->endpoints, endpoint);
    }
    g_hash_table_insert (self->devices, GUINT_TO_POINTER (module), device);
    device_attach (device);
}

static void
vhci_unplug (SimTransport *transport,
             guint         module)
{
    Vhci   *self = (Vhci *) transport;
    Device *device = g_hash_table_lookup (self->devices, GUINT_TO_POINTER (module));

    g_clear_handle_id (&device->retry, g_source_remove);
    g_clear_handle_id (&device->source, g_source_remove);
    if (device->fd >= 0)
        close (device->fd);
    device->fd = -1;
    g_hash_table_remove (self->devices, GUINT_TO_POINTER (module));
}

static void
vhci_write (SimTransport *transport,
            guint         module,
            guint         port,
            const guint8 *data,
            gsize         length)
{
    Vhci     *self = (Vhci *) transport;
    Device   *device = g_hash_table_lookup (self->devices, GUINT_TO_POINTER (module));
    Endpoint *endpoint;

    endpoint = device ? find_endpoint_of (device, SIM_ENDPOINT_SERIAL_IN, port) : NULL;
    if (endpoint && endpoint->open)
        endpoint_push (device, endpoint, g_bytes_new (data, length));
}

static gboolean
vhci_hung_up (SimTransport *transport,
              guint         module,
              guint         port)
{
    Vhci   *self = (Vhci *) transport;
    Device *device = g_hash_table_lookup (self->devices, GUINT_TO_POINTER (module));

    return (device && port < N_INTERFACES && device->hung_up[port]);
}

static void
vhci_set_carrier (SimTransport *transport,
                  guint         module,
                  gboolean      carrier)
{
    Vhci   *self = (Vhci *) transport;
    Device *device = g_hash_table_lookup (self->devices, GUINT_TO_POINTER (module));

    if (!device)
        return;
    device->carrier = carrier;
    tell_carrier (device);
}

static void
vhci_free (SimTransport *transport)
{
    Vhci *self = (Vhci *) transport;

    g_hash_table_unref (self->devices);
    g_free (self);
}

void
sim_usb_vhci_set_modules (SimTransport *transport,
                          GPtrArray    *modules)
{
    ((Vhci *) transport)->modules = modules;
}

SimTransport *
sim_usb_vhci_new (GError **error)
{
    Vhci *self;

    if (access (ATTACH, W_OK) < 0) {
        g_set_error (error, G_IO_ERROR, (gint) g_io_error_from_errno (errno),
                     ATTACH ": %s (modprobe vhci-hcd, as root)", g_strerror (errno));
        return NULL;
    }
    self = g_new0 (Vhci, 1);
    self->transport.plug = vhci_plug;
    self->transport.unplug = vhci_unplug;
    self->transport.write = vhci_write;
    self->transport.hung_up = vhci_hung_up;
    self->transport.set_carrier = vhci_set_carrier;
    self->transport.free = vhci_free;
    self->devices = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) device_unref);
    return &self->transport;
}

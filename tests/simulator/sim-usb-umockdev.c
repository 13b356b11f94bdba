/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <poll.h>
#include <pty.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <umockdev.h>
#include <unistd.h>

#include "sim-usb-umockdev.h"

#define BUS_PATH   "/devices/pci0000:00/0000:00:14.0/usb1"
#define TTY_MAJOR  188
/* If the host does not read, the rest is lost, as on a real port */
#define MAX_OUTPUT (16 * 1024 * 1024)
/* Names beyond this number are not given out, and begin again */
#define MAX_NAMES  200
/* Places on the bus for the modules that move */
#define PLACES     16
/* A listener that does not read its uevents loses some, as with the kernel's */
#define UEVENT_PATIENCE_MS 2000

typedef struct {
    SimTransport   transport;
    UMockdevTestbed *testbed;
    GPtrArray     *modules;
    /* Module number to its device */
    GHashTable    *devices;
    /* Node names in use, and a number that none has had yet */
    GHashTable    *names;
    guint          fresh_name;
    guint          n_moves;
    /* inotify reports who opens a pty: watch to Tty */
    gint           inotify;
    guint          inotify_source;
    GHashTable    *watches;
    guint          next_address;
    guint          next_ifindex;
} Umockdev;

typedef struct {
    Umockdev          *self;
    guint              module;
    guint              port;
    gchar             *node;
    gint               master;
    gint               watch;
    guint              input;
    guint              output;
    GByteArray        *pending;
    UMockdevIoctlBase *ioctl;
} Tty;

typedef struct {
    /* In the order of their creation; umockdev 0.17.16 removes only the device itself from
     * /sys/class and /sys/bus, not those below it */
    GPtrArray *syspaths;
    GPtrArray *ttys;
    /* Names of nodes and network devices to release */
    GPtrArray *names;
    Umockdev  *self;
    guint      module;
    gchar     *devpath;
    /* N of 1-N */
    guint      place;
    /* Interfaces that udev has not announced yet, and the source that does */
    const SimUsbDevice *usb;
    GQueue     arriving;
    gdouble    unplug_gap;
    guint      timer;
} Device;

/*****************************************************************************/
/* The lowest free name, as in the kernel; or one that was never used, as if all others were still open */

static gchar *
take_name (Umockdev    *self,
           Device      *device,
           const gchar *prefix)
{
    guint i;

    for (i = device->usb->other_names && self->fresh_name < MAX_NAMES ? self->fresh_name : 0; ; i++) {
        gchar *name = g_strdup_printf ("%s%u", prefix, i);

        if (g_hash_table_add (self->names, g_strdup (name))) {
            self->fresh_name = MAX (self->fresh_name, i + 1);
            g_ptr_array_add (device->names, name);
            return name;
        }
        g_free (name);
    }
}

/*****************************************************************************/
/* Serial ports */

static SimModule *
tty_get_module (Tty *tty)
{
    return g_ptr_array_index (tty->self->modules, tty->module);
}

static void
tty_close (Tty *tty)
{
    g_clear_handle_id (&tty->input, g_source_remove);
    g_clear_handle_id (&tty->output, g_source_remove);
    g_byte_array_set_size (tty->pending, 0);
}

static gboolean
tty_input (gint         fd,
           GIOCondition condition,
           gpointer     user_data)
{
    Tty   *tty = user_data;
    guint8 buffer[4096];
    gssize length;

    length = read (fd, buffer, sizeof (buffer));
    if (length > 0) {
        sim_module_port_input (tty_get_module (tty), tty->port, buffer, (gsize) length);
        return G_SOURCE_CONTINUE;
    }
    if (length < 0 && (errno == EAGAIN || errno == EINTR))
        return G_SOURCE_CONTINUE;

    /* The other end is closed; inotify reports when it is opened */
    tty->input = 0;
    tty_close (tty);
    sim_module_port_closed (tty_get_module (tty), tty->port);
    return G_SOURCE_REMOVE;
}

static void
tty_opened (Tty *tty)
{
    struct pollfd poller = { .fd = tty->master, .events = POLLIN };

    if (tty->input)
        return;
    /* A pty hangs up when its other end is closed; this also notices an open that was closed at
     * once */
    if (poll (&poller, 1, 0) > 0 && (poller.revents & POLLHUP) && !(poller.revents & POLLIN))
        return;
    tty->input = g_unix_fd_add (tty->master, G_IO_IN | G_IO_HUP | G_IO_ERR, tty_input, tty);
    sim_module_port_opened (tty_get_module (tty), tty->port);
}

static gboolean
tty_flush (gint         fd,
           GIOCondition condition,
           gpointer     user_data)
{
    Tty   *tty = user_data;
    gssize length;

    length = write (tty->master, tty->pending->data, tty->pending->len);
    if (length > 0)
        g_byte_array_remove_range (tty->pending, 0, (guint) length);
    else if (length < 0 && errno != EAGAIN && errno != EINTR)
        g_byte_array_set_size (tty->pending, 0);

    if (tty->pending->len == 0) {
        tty->output = 0;
        return G_SOURCE_REMOVE;
    }
    return G_SOURCE_CONTINUE;
}

static void
tty_write (Tty          *tty,
           const guint8 *data,
           gsize         length)
{
    if (!tty->input || tty->pending->len + length > MAX_OUTPUT)
        return;
    g_byte_array_append (tty->pending, data, (guint) length);
    if (tty->output)
        return;
    if (tty_flush (tty->master, G_IO_OUT, tty) == G_SOURCE_CONTINUE)
        tty->output = g_unix_fd_add (tty->master, G_IO_OUT, tty_flush, tty);
}

static gboolean
tty_ioctl (UMockdevIoctlBase   *base,
           UMockdevIoctlClient *client,
           gpointer             user_data)
{
    gulong request = umockdev_ioctl_client_get_request (client);

    /* The exclusive mode of a pty's master would keep the next daemon out: accepting the request is
     * enough */
    if (request != TIOCEXCL && request != TIOCNXCL)
        return FALSE;
    umockdev_ioctl_client_complete (client, 0, 0);
    return TRUE;
}

static void
tty_free (Tty *tty)
{
    Umockdev         *self = tty->self;
    g_autofree gchar *path = NULL;

    tty_close (tty);
    g_hash_table_remove (self->watches, GINT_TO_POINTER (tty->watch));
    inotify_rm_watch (self->inotify, tty->watch);
    close (tty->master);
    umockdev_testbed_detach_ioctl (self->testbed, tty->node, NULL);
    g_object_unref (tty->ioctl);
    path = g_strconcat (g_getenv ("UMOCKDEV_DIR"), tty->node, NULL);
    unlink (path);
    g_byte_array_unref (tty->pending);
    g_free (tty->node);
    g_free (tty);
}

static Tty *
tty_new (Umockdev    *self,
         guint        module,
         guint        port,
         const gchar *name)
{
    g_autofree gchar *path = NULL;
    g_autofree gchar *folder = NULL;
    gchar             slave_name[256];
    struct termios    termios;
    gint              slave;
    Tty              *tty;

    tty = g_new0 (Tty, 1);
    tty->self = self;
    tty->module = module;
    tty->port = port;
    tty->node = g_strconcat ("/dev/", name, NULL);
    tty->pending = g_byte_array_new ();
    memset (&termios, 0, sizeof (termios));
    cfmakeraw (&termios);
    termios.c_cflag |= CREAD | CLOCAL;
    cfsetspeed (&termios, B115200);
    if (openpty (&tty->master, &slave, slave_name, &termios, NULL) < 0)
        g_error ("no pty: %s", g_strerror (errno));
    close (slave);
    if (fcntl (tty->master, F_SETFD, FD_CLOEXEC) < 0 || !g_unix_set_fd_nonblocking (tty->master, TRUE, NULL))
        g_error ("pty: %s", g_strerror (errno));

    path = g_strconcat (g_getenv ("UMOCKDEV_DIR"), tty->node, NULL);
    folder = g_path_get_dirname (path);
    if (g_mkdir_with_parents (folder, 0755) < 0 || symlink (slave_name, path) < 0)
        g_error ("%s: %s", path, g_strerror (errno));

    tty->watch = inotify_add_watch (self->inotify, slave_name, IN_OPEN);
    g_hash_table_insert (self->watches, GINT_TO_POINTER (tty->watch), tty);
    tty->ioctl = umockdev_ioctl_base_new ();
    g_signal_connect (tty->ioctl, "handle-ioctl", G_CALLBACK (tty_ioctl), NULL);
    umockdev_testbed_attach_ioctl (self->testbed, tty->node, tty->ioctl, NULL);
    return tty;
}

static gboolean
opens_ready (gint         fd,
             GIOCondition condition,
             gpointer     user_data)
{
    Umockdev *self = user_data;
    union {
        struct inotify_event event;
        gchar                bytes[4096];
    } buffer;
    gssize length;
    gssize offset = 0;

    length = read (fd, &buffer, sizeof (buffer));
    while (offset < length) {
        struct inotify_event event;
        Tty                 *tty;

        memcpy (&event, buffer.bytes + offset, sizeof (event));
        offset += (gssize) (sizeof (event) + event.len);
        tty = g_hash_table_lookup (self->watches, GINT_TO_POINTER (event.wd));
        if (tty && (event.mask & IN_OPEN))
            tty_opened (tty);
    }
    return G_SOURCE_CONTINUE;
}

/*****************************************************************************/
/* Uevents */

/* A message that is kept back, with a socket that is connected to its listener */
typedef struct {
    gint    fd;
    GBytes *data;
} News;

/* While a device arrives: ModemManager gives up a port that is alone for 2.5 s, the clock of a
 * daemon under test may run twenty times as fast, and a busy machine takes longer than that
 * for all of a device's files. They come first, and then all the news at once. */
static GQueue *kept_news;

static ssize_t
send_news (gint                 fd,
           const struct msghdr *message,
           gint                 flags)
{
    ssize_t     (* next) (int, const struct msghdr *, int);
    struct pollfd  poller = { .fd = fd, .events = POLLOUT };
    ssize_t        result;
    gsize          i;

    next = dlsym (RTLD_NEXT, "sendmsg");
    result = next (fd, message, flags);
    if (result >= 0 || errno != EAGAIN || !message->msg_name ||
        ((const struct sockaddr *) message->msg_name)->sa_family != AF_UNIX)
        return result;

    if (poll (&poller, 1, UEVENT_PATIENCE_MS) > 0)
        return send_news (fd, message, flags);
    for (i = 0, result = 0; i < message->msg_iovlen; i++)
        result += (ssize_t) message->msg_iov[i].iov_len;
    return result;
}

/* Called by libumockdev instead of libc's. A socket of this kind holds ten messages, a module's
 * arrival is more, and umockdev 0.17.16 aborts a process that cannot send at once. */
ssize_t
sendmsg (int                  fd,
         const struct msghdr *message,
         int                  flags)
{
    GByteArray *data;
    News       *news;
    gsize       i;

    if (!kept_news || !message->msg_name || message->msg_controllen ||
        ((const struct sockaddr *) message->msg_name)->sa_family != AF_UNIX)
        return send_news (fd, message, flags);

    data = g_byte_array_new ();
    for (i = 0; i < message->msg_iovlen; i++)
        g_byte_array_append (data, message->msg_iov[i].iov_base, (guint) message->msg_iov[i].iov_len);
    news = g_new0 (News, 1);
    news->fd = fcntl (fd, F_DUPFD_CLOEXEC, 0);
    news->data = g_byte_array_free_to_bytes (data);
    g_queue_push_tail (kept_news, news);
    return (ssize_t) g_bytes_get_size (news->data);
}

static void
keep_news (void)
{
    kept_news = g_queue_new ();
}

static void
tell_news (void)
{
    g_autoptr(GQueue) all = g_steal_pointer (&kept_news);
    News             *news;

    while ((news = g_queue_pop_head (all))) {
        struct sockaddr address = { .sa_family = AF_UNIX };
        struct iovec    part = { .iov_base = (gpointer) g_bytes_get_data (news->data, NULL) };
        struct msghdr   message = { .msg_name = &address, .msg_iov = &part, .msg_iovlen = 1 };

        part.iov_len = g_bytes_get_size (news->data);
        /* A listener that has gone misses nothing */
        if (send_news (news->fd, &message, 0) < 0)
            g_debug ("uevent: %s", g_strerror (errno));
        close (news->fd);
        g_bytes_unref (news->data);
        g_free (news);
    }
}

/*****************************************************************************/
/* Devices in /sys */

/* Attributes end with a line break there, but "dev" must not: umockdev 0.17.16 uses it unchanged as
 * the name of the link in /sys/dev to remove, and aborts when the next device of that number finds
 * the link */

static void
add (Umockdev    *self,
     Device      *entry,
     const gchar *description)
{
    g_autoptr(GError) error = NULL;
    const gchar      *devpath = description + strlen ("P: ");

    if (!umockdev_testbed_add_from_string (self->testbed, description, &error))
        g_error ("testbed: %s", error->message);
    g_ptr_array_add (entry->syspaths, g_strdup_printf ("/sys%.*s", (gint) strcspn (devpath, "\n"), devpath));
}

static void
add_usb_device (Umockdev           *self,
                Device             *entry,
                const gchar        *devpath,
                guint               module,
                const SimUsbDevice *device)
{
    g_autofree gchar *serial = NULL;
    g_autofree gchar *text = NULL;
    guint             address = ++self->next_address;

    serial = device->serial ? g_strdup_printf ("A: serial=%s\\n\n", device->serial) : g_strdup ("");
    text = g_strdup_printf ("P: %s\n"
                            "E: SUBSYSTEM=usb\n"
                            "E: DEVTYPE=usb_device\n"
                            "E: DRIVER=usb\n"
                            "E: BUSNUM=001\n"
                            "E: DEVNUM=%03u\n"
                            "E: PRODUCT=%x/%x/318\n"
                            "A: busnum=1\\n\n"
                            "A: devnum=%u\\n\n"
                            "A: devpath=%u\\n\n"
                            "A: idVendor=%04x\\n\n"
                            "A: idProduct=%04x\\n\n"
                            "A: bcdDevice=0318\\n\n"
                            "A: manufacturer=TD Tech Ltd.\\n\n"
                            "A: product=TDTECH Mobile\\n\n"
                            "%s"
                            "L: driver=../../../../../bus/usb/drivers/usb\n",
                            devpath, address, device->vendor, device->product, address, entry->place,
                            device->vendor, device->product, serial);
    add (self, entry, text);
}

static void
add_interface (Umockdev              *self,
               Device                *entry,
               const gchar           *devpath,
               const SimUsbInterface *interface)
{
    g_autofree gchar *driver = NULL;
    g_autofree gchar *text = NULL;

    driver = interface->driver ? g_strdup_printf ("E: DRIVER=%s\n"
                                                  "L: driver=../../../../../../bus/usb/drivers/%s\n",
                                                  interface->driver, interface->driver) : g_strdup ("");
    text = g_strdup_printf ("P: %s\n"
                            "E: SUBSYSTEM=usb\n"
                            "E: DEVTYPE=usb_interface\n"
                            "A: bInterfaceNumber=%02x\\n\n"
                            "A: bInterfaceClass=%02x\\n\n"
                            "A: bInterfaceSubClass=%02x\\n\n"
                            "A: bInterfaceProtocol=%02x\\n\n"
                            "A: interface=%s\\n\n"
                            "%s",
                            devpath, interface->number, interface->interface_class, interface->subclass,
                            interface->protocol, interface->name, driver);
    add (self, entry, text);
}

/* The tags that the plugin's udev rules give to a port, by its protocol */
static const gchar *
get_hints (SimPortKind kind)
{
    switch (kind) {
    case SIM_PORT_PCUI:
        return "E: ID_MM_PORT_TYPE_AT_PRIMARY=1\n";
    case SIM_PORT_GPS:
        return "E: ID_MM_PORT_TYPE_GPS=1\n";
    case SIM_PORT_DIAG:
    case SIM_PORT_SERIAL_B:
    case SIM_PORT_SERIAL_C:
        return "E: ID_MM_PORT_IGNORE=1\n";
    case SIM_PORT_MODEM:
    case SIM_PORT_ADB:
    case SIM_PORT_NCM:
    case SIM_PORT_ECM:
    case SIM_PORT_RNDIS:
    case SIM_PORT_MBIM:
    case SIM_PORT_DATA:
    default:
        return "";
    }
}

static void
add_tty (Umockdev              *self,
         Device                *entry,
         const gchar           *devpath,
         guint                  module,
         const SimUsbDevice    *device,
         const SimUsbInterface *interface,
         const gchar           *name)
{
    g_autofree gchar *usb_serial = NULL;
    g_autofree gchar *text = NULL;
    guint             minor = (guint) g_ascii_strtoull (name + strlen ("ttyUSB"), NULL, 10);

    g_ptr_array_add (entry->ttys, tty_new (self, module, interface->number, name));
    usb_serial = g_strdup_printf ("P: %s/%s\n"
                                  "E: SUBSYSTEM=usb-serial\n"
                                  "E: DRIVER=option1\n"
                                  "L: driver=../../../../../../../bus/usb-serial/drivers/option1\n",
                                  devpath, name);
    add (self, entry, usb_serial);
    text = g_strdup_printf ("P: %s/%s/tty/%s\n"
                            "E: SUBSYSTEM=tty\n"
                            "E: DEVNAME=/dev/%s\n"
                            "E: MAJOR=%u\n"
                            "E: MINOR=%u\n"
                            "E: ID_BUS=usb\n"
                            "E: ID_VENDOR_ID=%04x\n"
                            "E: ID_MODEL_ID=%04x\n"
                            "E: ID_USB_INTERFACE_NUM=%02x\n"
                            "E: ID_MM_CANDIDATE=1\n"
                            "%s"
                            "A: dev=%u:%u\n",
                            devpath, name, name, name, TTY_MAJOR, minor, device->vendor, device->product,
                            interface->number, device->udev_hints ? get_hints (interface->kind) : "",
                            TTY_MAJOR, minor);
    add (self, entry, text);
}

static void
add_net (Umockdev              *self,
         Device                *entry,
         const gchar           *devpath,
         guint                  module,
         const SimUsbDevice    *device,
         const SimUsbInterface *interface)
{
    g_autofree gchar *text = NULL;
    const gchar      *name = take_name (self, entry, interface->kind == SIM_PORT_MBIM ? "wwan" : "usb");
    guint             ifindex = ++self->next_ifindex;

    text = g_strdup_printf ("P: %s/net/%s\n"
                            "E: SUBSYSTEM=net\n"
                            "E: INTERFACE=%s\n"
                            "E: IFINDEX=%u\n"
                            "E: ID_BUS=usb\n"
                            "E: ID_VENDOR_ID=%04x\n"
                            "E: ID_MODEL_ID=%04x\n"
                            "E: ID_NET_DRIVER=%s\n"
                            "E: ID_MM_CANDIDATE=1\n"
                            "A: ifindex=%u\\n\n"
                            "A: address=02:1e:10:1f:00:%02x\\n\n"
                            "A: carrier=0\\n\n"
                            "A: type=1\\n\n",
                            devpath, name, name, ifindex, device->vendor, device->product, interface->driver,
                            ifindex, module & 0xff);
    add (self, entry, text);
}

static void
add_control (Umockdev              *self,
             Device                *entry,
             const gchar           *devpath,
             guint                  module,
             const SimUsbInterface *interface)
{
    g_autofree gchar *text = NULL;
    const gchar      *name = take_name (self, entry, "cdc-wdm");
    guint             minor = (guint) g_ascii_strtoull (name + strlen ("cdc-wdm"), NULL, 10);

    g_ptr_array_add (entry->ttys, tty_new (self, module, interface->number, name));
    text = g_strdup_printf ("P: %s/usbmisc/%s\n"
                            "E: SUBSYSTEM=usbmisc\n"
                            "E: DEVNAME=/dev/%s\n"
                            "E: MAJOR=180\n"
                            "E: MINOR=%u\n"
                            "E: ID_MM_CANDIDATE=1\n"
                            "A: dev=180:%u\n",
                            devpath, name, name, minor, minor);
    add (self, entry, text);
}

/*****************************************************************************/
/* Transport */

typedef struct {
    const SimUsbInterface *interface;
    const gchar           *name;
} Arrival;

static void
device_free (Device *device)
{
    g_clear_handle_id (&device->timer, g_source_remove);
    g_queue_clear_full (&device->arriving, g_free);
    g_free (device->devpath);
    g_ptr_array_unref (device->syspaths);
    g_ptr_array_unref (device->ttys);
    g_ptr_array_unref (device->names);
    g_free (device);
}

static void
arrive (Device  *entry,
        Arrival *arrival)
{
    Umockdev              *self = entry->self;
    const SimUsbInterface *interface = arrival->interface;
    g_autofree gchar      *path = NULL;

    path = g_strdup_printf ("%s/1-%u:1.%u", entry->devpath, entry->place, interface->number);
    add_interface (self, entry, path, interface);
    if (!interface->driver)
        return;
    if (interface->kind == SIM_PORT_MBIM)
        add_control (self, entry, path, entry->module, interface);
    if (sim_port_kind_is_net (interface->kind))
        add_net (self, entry, path, entry->module, entry->usb, interface);
    else if (sim_port_kind_is_serial (interface->kind))
        add_tty (self, entry, path, entry->module, entry->usb, interface, arrival->name);
}

static gboolean
arrival_due (gpointer user_data)
{
    Device             *entry = user_data;
    g_autofree Arrival *arrival = g_queue_pop_head (&entry->arriving);

    if (arrival)
        arrive (entry, arrival);
    if (!g_queue_is_empty (&entry->arriving))
        return G_SOURCE_CONTINUE;
    entry->timer = 0;
    return G_SOURCE_REMOVE;
}

static void
depart (Device *entry)
{
    Umockdev *self = entry->self;
    guint     i;

    for (i = entry->syspaths->len; i > 0; i--) {
        const gchar *syspath = g_ptr_array_index (entry->syspaths, i - 1);

        umockdev_testbed_uevent (self->testbed, syspath, "remove");
        umockdev_testbed_remove_device (self->testbed, syspath);
    }
    for (i = 0; i < entry->names->len; i++)
        g_hash_table_remove (self->names, g_ptr_array_index (entry->names, i));
    g_hash_table_remove (self->devices, GUINT_TO_POINTER (entry->module));
}

static gboolean
departure_due (gpointer user_data)
{
    Device *entry = user_data;

    entry->timer = 0;
    depart (entry);
    return G_SOURCE_REMOVE;
}

/* The kernel numbers the ports in their order, whatever udev's order is */
static void
line_up (Device *entry)
{
    g_autoptr(GRand) rand = entry->usb->order_seed ? g_rand_new_with_seed (entry->usb->order_seed) : NULL;
    guint            i;

    for (i = 0; i < entry->usb->interfaces->len; i++) {
        Arrival *arrival = g_new0 (Arrival, 1);

        arrival->interface = &g_array_index (entry->usb->interfaces, SimUsbInterface, i);
        if (arrival->interface->driver && sim_port_kind_is_serial (arrival->interface->kind))
            arrival->name = take_name (entry->self, entry, "ttyUSB");
        g_queue_push_nth (&entry->arriving, arrival, rand ? g_rand_int_range (rand, 0, (gint) i + 1) : -1);
    }
}

static void
umockdev_plug (SimTransport       *transport,
               guint               module,
               const SimUsbDevice *device)
{
    Umockdev         *self = (Umockdev *) transport;
    g_autofree gchar *devpath = NULL;
    Device           *entry;

    /* The previous one may still have to be announced */
    entry = g_hash_table_lookup (self->devices, GUINT_TO_POINTER (module));
    if (entry)
        depart (entry);
    entry = g_new0 (Device, 1);
    entry->self = self;
    entry->module = module;
    entry->place = module + 1 + (device->other_path ? PLACES * ++self->n_moves : 0);
    devpath = g_strdup_printf (BUS_PATH "/1-%u", entry->place);
    entry->devpath = g_strdup (devpath);
    entry->usb = device;
    entry->unplug_gap = device->unplug_gap;
    g_queue_init (&entry->arriving);
    entry->syspaths = g_ptr_array_new_with_free_func (g_free);
    entry->ttys = g_ptr_array_new_with_free_func ((GDestroyNotify) tty_free);
    entry->names = g_ptr_array_new_with_free_func (g_free);
    g_hash_table_insert (self->devices, GUINT_TO_POINTER (module), entry);

    if (device->plug_gap > 0) {
        add_usb_device (self, entry, devpath, module, device);
        line_up (entry);
        entry->timer = g_timeout_add ((guint) (device->plug_gap * 1000) + 1, arrival_due, entry);
        return;
    }
    keep_news ();
    add_usb_device (self, entry, devpath, module, device);
    line_up (entry);
    while (arrival_due (entry))
        ;
    tell_news ();
}

static void
umockdev_unplug (SimTransport *transport,
                 guint         module)
{
    Umockdev *self = (Umockdev *) transport;
    Device   *entry = g_hash_table_lookup (self->devices, GUINT_TO_POINTER (module));

    /* First the ports hang up, then udev reports it */
    g_ptr_array_set_size (entry->ttys, 0);
    g_clear_handle_id (&entry->timer, g_source_remove);
    g_queue_clear_full (&entry->arriving, g_free);
    entry->usb = NULL;
    if (entry->unplug_gap > 0)
        entry->timer = g_timeout_add ((guint) (entry->unplug_gap * 1000) + 1, departure_due, entry);
    else
        depart (entry);
}

static void
umockdev_write (SimTransport *transport,
                guint         module,
                guint         port,
                const guint8 *data,
                gsize         length)
{
    Umockdev *self = (Umockdev *) transport;
    Device   *entry = g_hash_table_lookup (self->devices, GUINT_TO_POINTER (module));
    guint     i;

    for (i = 0; entry && i < entry->ttys->len; i++) {
        Tty *tty = g_ptr_array_index (entry->ttys, i);

        if (tty->port == port)
            tty_write (tty, data, length);
    }
}

static gboolean
umockdev_hung_up (SimTransport *transport,
                  guint         module,
                  guint         port)
{
    Umockdev *self = (Umockdev *) transport;
    Device   *entry = g_hash_table_lookup (self->devices, GUINT_TO_POINTER (module));
    guint     i;

    for (i = 0; entry && i < entry->ttys->len; i++) {
        Tty           *tty = g_ptr_array_index (entry->ttys, i);
        struct termios termios;

        /* On a pty's master this reads the settings of the other end: B0 lowers DTR */
        if (tty->port == port && tcgetattr (tty->master, &termios) == 0)
            return cfgetospeed (&termios) == B0;
    }
    return FALSE;
}

static void
umockdev_free (SimTransport *transport)
{
    Umockdev *self = (Umockdev *) transport;

    g_hash_table_unref (self->devices);
    g_hash_table_unref (self->names);
    g_hash_table_unref (self->watches);
    g_source_remove (self->inotify_source);
    close (self->inotify);
    g_object_unref (self->testbed);
    g_free (self);
}

void
sim_usb_umockdev_set_modules (SimTransport *transport,
                              GPtrArray    *modules)
{
    ((Umockdev *) transport)->modules = modules;
}

SimTransport *
sim_usb_umockdev_new (void)
{
    Umockdev *self;

    self = g_new0 (Umockdev, 1);
    self->transport.plug = umockdev_plug;
    self->transport.unplug = umockdev_unplug;
    self->transport.write = umockdev_write;
    self->transport.hung_up = umockdev_hung_up;
    self->transport.free = umockdev_free;
    self->testbed = umockdev_testbed_new ();
    self->devices = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) device_free);
    self->names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    self->watches = g_hash_table_new (NULL, NULL);
    self->inotify = inotify_init1 (IN_NONBLOCK | IN_CLOEXEC);
    self->inotify_source = g_unix_fd_add (self->inotify, G_IO_IN, opens_ready, self);
    self->next_address = 1;
    self->next_ifindex = 100;
    return &self->transport;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <string.h>
#include <linux/usb/ch9.h>

#include "sim-usb-vhci-descriptors.h"
#include "sim-usb-vhci-ncm.h"
#include "sim-usb-vhci-peer.h"

/* The simulated module as the kernel sees it; tests/vm uses it with a real kernel */

/*****************************************************************************/
/* Transfer blocks */

static void
collect (const guint8 *frame,
         gsize         length,
         gpointer      user_data)
{
    g_ptr_array_add (user_data, g_bytes_new (frame, length));
}

static GPtrArray *
parse (gconstpointer block,
       gsize         length)
{
    GPtrArray *frames;

    frames = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
    sim_ncm_parse (block, length, collect, frames);
    return frames;
}

static void
test_ncm_round (void)
{
    static const gsize sizes[] = { 1, 14, 60, 1514 };
    guint              i;

    for (i = 0; i < G_N_ELEMENTS (sizes); i++) {
        g_autofree guint8     *data = g_malloc (sizes[i]);
        g_autoptr(GBytes)      frame = NULL;
        g_autoptr(GBytes)      block = NULL;
        g_autoptr(GPtrArray)   frames = NULL;

        memset (data, (gint) i + 1, sizes[i]);
        frame = g_bytes_new (data, sizes[i]);
        block = sim_ncm_build (frame, (guint16) i);
        frames = parse (g_bytes_get_data (block, NULL), g_bytes_get_size (block));
        g_assert_cmpuint (frames->len, ==, 1);
        g_assert_true (g_bytes_equal (g_ptr_array_index (frames, 0), frame));
    }
}

static void
test_ncm_several (void)
{
    /* Two tables, the first with two frames */
    static const guint8 block[] = {
        'N', 'C', 'M', 'H', 12, 0, 7, 0, 54, 0, 12, 0,
        'N', 'C', 'M', '0', 20, 0, 32, 0, 48, 0, 2, 0, 50, 0, 3, 0, 0, 0, 0, 0,
        'N', 'C', 'M', '0', 16, 0, 0, 0, 53, 0, 1, 0, 0, 0, 0, 0,
        'a', 'b', 'c', 'd', 'e', 'f',
    };
    g_autoptr(GPtrArray) frames = parse (block, sizeof (block));
    guint                i;

    g_assert_cmpuint (frames->len, ==, 3);
    for (i = 0; i < 3; i++) {
        static const gchar *const wanted[] = { "ab", "cde", "f" };
        gsize                     length;
        gconstpointer             data = g_bytes_get_data (g_ptr_array_index (frames, i), &length);

        g_assert_cmpmem (data, length, wanted[i], strlen (wanted[i]));
    }
}

static void
test_ncm_broken (void)
{
    g_autoptr(GBytes) frame = g_bytes_new_static ("0123456789abcdef", 16);
    g_autoptr(GBytes) block = sim_ncm_build (frame, 1);
    gsize             length = g_bytes_get_size (block);
    gsize             i;
    guint             value;

    /* Cut anywhere, with any byte absurd: nothing outside of the block is read, and it ends */
    for (i = 0; i < length; i++) {
        g_autofree guint8    *cut = g_memdup2 (g_bytes_get_data (block, NULL), i);
        g_autoptr(GPtrArray)  frames = parse (cut, i);

        g_assert_cmpuint (frames->len, ==, 0);
        for (value = 0; value < 256; value++) {
            g_autofree guint8    *changed = g_memdup2 (g_bytes_get_data (block, NULL), length);
            g_autoptr(GPtrArray)  rest = NULL;

            changed[i] = (guint8) value;
            rest = parse (changed, length);
            g_assert_cmpuint (rest->len, <=, 2);
        }
    }
}

/*****************************************************************************/
/* The other end of the data session */

#define CLIENT  0x0a, 0x79, 0x0e, 0x93
#define GATEWAY 0x0a, 0x00, 0x00, 0x01
#define MAC     0x02, 0x1e, 0x10, 0x1f, 0x00, 0x00

static const guint8 arp[] = {
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, MAC, 0x08, 0x06,
    0, 1, 8, 0, 6, 4, 0, 1, MAC, CLIENT, 0, 0, 0, 0, 0, 0, GATEWAY,
};

/* A ping of the gateway, with checksums by the Internet's rules */
static const guint8 ping[] = {
    0x02, 0x1e, 0x10, 0x00, 0x00, 0x01, MAC, 0x08, 0x00,
    0x45, 0, 0, 32, 0, 1, 0, 0, 64, 1, 0x57, 0xd0, CLIENT, GATEWAY,
    8, 0, 0x06, 0xfa, 0x12, 0x34, 0, 1, 'p', 'i', 'n', 'g',
};

/* Ones' complement sum; 0xffff if the checksums are right */
static guint16
sum (const guint8 *data,
     gsize         length)
{
    guint32 total = 0;
    gsize   i;

    for (i = 0; i < length; i++)
        total += (guint32) data[i] << (i % 2 ? 0 : 8);
    while (total >> 16)
        total = (total & 0xffff) + (total >> 16);
    return (guint16) total;
}

static void
test_peer_arp (void)
{
    static const guint8  sender[] = { GATEWAY };
    g_autofree guint8   *probe = g_memdup2 (arp, sizeof (arp));
    g_autoptr(GBytes)    answer = sim_peer_answer (arp, sizeof (arp));
    const guint8        *data;
    gsize                length;

    g_assert_nonnull (answer);
    data = g_bytes_get_data (answer, &length);
    g_assert_cmpuint (length, ==, sizeof (arp));
    g_assert_cmpmem (data, 6, arp + 6, 6);
    g_assert_cmpuint (data[21], ==, 2);
    g_assert_cmpmem (data + 28, 4, sender, 4);

    /* Whether the client's address is in use: it is not */
    memcpy (probe + 38, arp + 28, 4);
    g_assert_null (sim_peer_answer (probe, sizeof (arp)));
}

static void
test_peer_ping (void)
{
    g_autoptr(GBytes)  answer = sim_peer_answer (ping, sizeof (ping));
    const guint8      *data;
    gsize              length;

    g_assert_cmphex (sum (ping + 34, sizeof (ping) - 34), ==, 0xffff);
    g_assert_nonnull (answer);
    data = g_bytes_get_data (answer, &length);
    g_assert_cmpuint (length, ==, sizeof (ping));
    g_assert_cmpmem (data + 26, 4, ping + 30, 4);
    g_assert_cmpmem (data + 30, 4, ping + 26, 4);
    g_assert_cmphex (sum (data + 14, 20), ==, 0xffff);
    g_assert_cmpuint (data[34], ==, 0);
    g_assert_cmphex (sum (data + 34, length - 34), ==, 0xffff);
    g_assert_cmpmem (data + 38, length - 38, ping + 38, sizeof (ping) - 38);
}

static GBytes *
dhcp (guint8 type)
{
    static const guint8  head[] = {
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, MAC, 0x08, 0x00,
        0x45, 0, 0x01, 0x10, 0, 0, 0, 0, 64, 17, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff,
        0, 68, 0, 67, 0, 0xfc, 0, 0, 1, 1, 6, 0, 0xde, 0xad, 0xbe, 0xef,
    };
    guint8               frame[14 + 272] = { 0 };

    memcpy (frame, head, sizeof (head));
    memcpy (frame + 42 + 28, (const guint8[]) { MAC }, 6);
    memcpy (frame + 42 + 236, (const guint8[]) { 0x63, 0x82, 0x53, 0x63, 53, 1, type, 255 }, 8);
    return sim_peer_answer (frame, sizeof (frame));
}

static void
test_peer_dhcp (void)
{
    static const guint8 types[][2] = { { 1, 2 }, { 3, 5 } };
    static const guint8 address[] = { CLIENT };
    guint               i;

    for (i = 0; i < G_N_ELEMENTS (types); i++) {
        g_autoptr(GBytes)  answer = dhcp (types[i][0]);
        const guint8      *data;
        gsize              length;

        g_assert_nonnull (answer);
        data = g_bytes_get_data (answer, &length);
        g_assert_cmpuint (length, >, 42 + 240);
        g_assert_cmphex (sum (data + 14, 20), ==, 0xffff);
        g_assert_cmpmem (data + 42 + 4, 4, "\xde\xad\xbe\xef", 4);
        g_assert_cmpmem (data + 42 + 16, 4, address, 4);
        g_assert_cmpuint (data[42 + 240 + 2], ==, types[i][1]);
        g_assert_cmpuint (data[length - 1], ==, 255);
    }
    /* A release needs no answer */
    g_assert_null (dhcp (7));
}

static void
test_peer_broken (void)
{
    static const struct {
        const guint8 *frame;
        gsize         length;
    } frames[] = {
        { arp,  sizeof (arp)  },
        { ping, sizeof (ping) },
    };
    guint i;
    gsize n;

    for (i = 0; i < G_N_ELEMENTS (frames); i++) {
        for (n = 0; n < frames[i].length; n++) {
            g_autofree guint8 *cut = g_memdup2 (frames[i].frame, n);

            g_assert_null (sim_peer_answer (cut, n));
        }
    }
}

/*****************************************************************************/
/* Descriptors */

static void
check_configuration (const gchar *layout,
                     gint         setmode,
                     guint        n_serial)
{
    g_autoptr(SimScenario)   scenario = sim_scenario_new ();
    g_autoptr(SimUsbDevice)  device = NULL;
    g_autoptr(GBytes)        bytes = NULL;
    g_autoptr(GArray)        endpoints = NULL;
    const guint8            *data;
    gsize                    length;
    gsize                    offset;
    guint                    n_interfaces = 0;
    guint                    n_endpoints = 0;
    guint                    serial = 0;

    scenario->setmode = setmode;
    device = sim_usb_device_new (scenario, layout, 0);
    endpoints = sim_descriptors_get_endpoints (device);
    bytes = sim_descriptors_get (device, 0, USB_DT_CONFIG, 0);
    data = g_bytes_get_data (bytes, &length);
    g_assert_cmpuint (data[2] | data[3] << 8, ==, length);

    /* One after the other, to the end */
    for (offset = 0; offset < length; offset += data[offset]) {
        g_assert_cmpuint (data[offset], >=, 2);
        g_assert_cmpuint (offset + data[offset], <=, length);
        if (data[offset + 1] == USB_DT_ENDPOINT)
            n_endpoints++;
        if (data[offset + 1] != USB_DT_INTERFACE || data[offset + 3] != 0)
            continue;
        g_assert_cmpuint (data[offset + 2], ==, n_interfaces);
        n_interfaces++;
        serial += (data[offset + 5] == USB_CLASS_VENDOR_SPEC && data[offset + 4] == 3);
    }
    g_assert_cmpuint (n_interfaces, ==, data[4]);
    g_assert_cmpuint (n_interfaces, ==, device->interfaces->len);
    g_assert_cmpuint (n_endpoints, ==, endpoints->len);
    g_assert_cmpuint (serial, ==, n_serial);
}

static void
test_descriptors_configuration (void)
{
    check_configuration ("five:06", 4, 5);
    check_configuration ("four:ff", 4, 4);
    check_configuration ("five:06", 5, 5);
    check_configuration ("five:06", 0, 5);
    check_configuration ("five:06", 8, 6);
}

static void
test_descriptors_strings (void)
{
    g_autoptr(SimScenario)  scenario = sim_scenario_new ();
    g_autoptr(SimUsbDevice) device = sim_usb_device_new (scenario, "five:06", 0);
    g_autoptr(GBytes)       languages = sim_descriptors_get (device, 0, USB_DT_STRING, 0);
    g_autoptr(GBytes)       mac = sim_descriptors_get (device, 0x1a, USB_DT_STRING, 4);
    g_autofree gchar       *text = NULL;

    g_assert_cmpmem (g_bytes_get_data (languages, NULL), g_bytes_get_size (languages), "\x04\x03\x09\x04", 4);
    text = g_utf16_to_utf8 ((const gunichar2 *) g_bytes_get_data (mac, NULL) + 1, 12, NULL, NULL, NULL);
    g_assert_cmpstr (text, ==, "021E101F001A");
    g_assert_null (sim_descriptors_get (device, 0, USB_DT_STRING, 200));
    g_assert_null (sim_descriptors_get (device, 0, USB_DT_CONFIG, 1));
    g_assert_null (sim_descriptors_get (device, 0, USB_DT_BOS, 0));
}

int
main (int    argc,
      char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/vhci/ncm/round", test_ncm_round);
    g_test_add_func ("/vhci/ncm/several", test_ncm_several);
    g_test_add_func ("/vhci/ncm/broken", test_ncm_broken);
    g_test_add_func ("/vhci/peer/arp", test_peer_arp);
    g_test_add_func ("/vhci/peer/ping", test_peer_ping);
    g_test_add_func ("/vhci/peer/dhcp", test_peer_dhcp);
    g_test_add_func ("/vhci/peer/broken", test_peer_broken);
    g_test_add_func ("/vhci/descriptors/configuration", test_descriptors_configuration);
    g_test_add_func ("/vhci/descriptors/strings", test_descriptors_strings);
    return g_test_run ();
}

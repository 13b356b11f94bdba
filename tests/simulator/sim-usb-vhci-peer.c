/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <string.h>
#include <arpa/inet.h>
#include <net/if_arp.h>
#include <netinet/if_ether.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <netinet/udp.h>

#include "sim-usb-vhci-peer.h"

/* As in the sample of ^DHCP? */
#define ADDRESS_CLIENT  0x0a790e93
#define ADDRESS_GATEWAY 0x0a000001
#define ADDRESS_MASK    0xff000000
#define ADDRESS_DNS1    0x7041b8ff
#define ADDRESS_DNS2    0xd2165403
#define LEASE_SECONDS   3600

/* RFC 2131, RFC 2132 */
#define PORT_SERVER     67
#define PORT_CLIENT     68
#define BOOTREPLY       2
#define DHCP_COOKIE     0x63825363
#define DHCP_DISCOVER   1
#define DHCP_OFFER      2
#define DHCP_REQUEST    3
#define DHCP_ACK        5

typedef enum {
    OPTION_PAD    = 0,
    OPTION_MASK   = 1,
    OPTION_ROUTER = 3,
    OPTION_DNS    = 6,
    OPTION_LEASE  = 51,
    OPTION_TYPE   = 53,
    OPTION_SERVER = 54,
    OPTION_END    = 255,
} DhcpOption;

typedef struct {
    guint8  op;
    guint8  htype;
    guint8  hlen;
    guint8  hops;
    guint32 xid;
    guint16 secs;
    guint16 flags;
    guint32 ciaddr;
    guint32 yiaddr;
    guint32 siaddr;
    guint32 giaddr;
    guint8  chaddr[16];
    guint8  sname[64];
    guint8  file[128];
    guint32 cookie;
} __attribute__ ((packed)) Dhcp;

static const guint8 hardware[ETH_ALEN] = { 0x02, 0x1e, 0x10, 0x00, 0x00, 0x01 };

/*****************************************************************************/
/* Frames */

static void
append (GByteArray    *frame,
        gconstpointer  data,
        gsize          length)
{
    g_byte_array_append (frame, data, (guint) length);
}

static GByteArray *
frame_new (const guint8 *destination,
           guint16       type)
{
    struct ether_header  header;
    GByteArray          *frame;

    frame = g_byte_array_new ();
    memcpy (header.ether_dhost, destination, ETH_ALEN);
    memcpy (header.ether_shost, hardware, ETH_ALEN);
    header.ether_type = htons (type);
    append (frame, &header, sizeof (header));
    return frame;
}

/* RFC 1071 */
static guint16
checksum (gconstpointer data,
          gsize         length)
{
    const guint8 *bytes = data;
    guint32       sum = 0;
    gsize         i;

    for (i = 0; i < length; i++)
        sum += (guint32) bytes[i] << (i % 2 ? 0 : 8);
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return htons ((guint16) ~sum);
}

static void
append_ip (GByteArray *frame,
           guint8      protocol,
           guint32     source,
           guint32     destination,
           gsize       length)
{
    struct iphdr header;

    memset (&header, 0, sizeof (header));
    header.version = 4;
    header.ihl = sizeof (header) / 4;
    header.tot_len = htons ((guint16) (sizeof (header) + length));
    header.ttl = 64;
    header.protocol = protocol;
    header.saddr = source;
    header.daddr = destination;
    header.check = checksum (&header, sizeof (header));
    append (frame, &header, sizeof (header));
}

/*****************************************************************************/
/* ARP */

static GBytes *
answer_arp (const struct ether_header *ethernet,
            const guint8              *data,
            gsize                      length)
{
    const guint32      client = htonl (ADDRESS_CLIENT);
    struct ether_arp   request;
    struct ether_arp   reply;
    GByteArray        *frame;

    if (length < sizeof (request))
        return NULL;
    memcpy (&request, data, sizeof (request));
    /* All addresses but the client's own */
    if (ntohs (request.arp_op) != ARPOP_REQUEST || memcmp (request.arp_tpa, &client, sizeof (client)) == 0)
        return NULL;

    reply = request;
    reply.ea_hdr.ar_op = htons (ARPOP_REPLY);
    memcpy (reply.arp_sha, hardware, ETH_ALEN);
    memcpy (reply.arp_spa, request.arp_tpa, sizeof (reply.arp_spa));
    memcpy (reply.arp_tha, request.arp_sha, ETH_ALEN);
    memcpy (reply.arp_tpa, request.arp_spa, sizeof (reply.arp_tpa));
    frame = frame_new (ethernet->ether_shost, ETHERTYPE_ARP);
    append (frame, &reply, sizeof (reply));
    return g_byte_array_free_to_bytes (frame);
}

/*****************************************************************************/
/* Ping */

static GBytes *
answer_ping (const struct ether_header *ethernet,
             const struct iphdr        *ip,
             const guint8              *data,
             gsize                      length)
{
    g_autofree guint8 *echo = NULL;
    struct icmphdr     header;
    GByteArray        *frame;

    if (length < sizeof (header) || data[0] != ICMP_ECHO)
        return NULL;
    echo = g_memdup2 (data, length);
    memcpy (&header, echo, sizeof (header));
    header.type = ICMP_ECHOREPLY;
    header.checksum = 0;
    memcpy (echo, &header, sizeof (header));
    header.checksum = checksum (echo, length);
    memcpy (echo, &header, sizeof (header));

    frame = frame_new (ethernet->ether_shost, ETHERTYPE_IP);
    append_ip (frame, IPPROTO_ICMP, ip->daddr, ip->saddr, length);
    append (frame, echo, length);
    return g_byte_array_free_to_bytes (frame);
}

/*****************************************************************************/
/* DHCP */

static guint8
get_message_type (const guint8 *options,
                  gsize         length)
{
    gsize i = 0;

    while (i + 2 < length && options[i] != OPTION_END) {
        if (options[i] == OPTION_PAD) {
            i++;
            continue;
        }
        if (options[i] == OPTION_TYPE)
            return options[i + 2];
        i += 2 + (gsize) options[i + 1];
    }
    return 0;
}

static void
append_option (GByteArray    *message,
               DhcpOption     option,
               gconstpointer  value,
               guint8         length)
{
    const guint8 head[] = { (guint8) option, length };

    append (message, head, sizeof (head));
    append (message, value, length);
}

static GByteArray *
dhcp_new (const Dhcp *request,
          guint8      type)
{
    const guint32  gateway = htonl (ADDRESS_GATEWAY);
    const guint32  mask = htonl (ADDRESS_MASK);
    const guint32  lease = htonl (LEASE_SECONDS);
    const guint32  dns[] = { htonl (ADDRESS_DNS1), htonl (ADDRESS_DNS2) };
    const guint8   end = OPTION_END;
    GByteArray    *message;
    Dhcp           reply;

    memset (&reply, 0, sizeof (reply));
    reply.op = BOOTREPLY;
    reply.htype = request->htype;
    reply.hlen = request->hlen;
    reply.xid = request->xid;
    reply.flags = request->flags;
    reply.yiaddr = htonl (ADDRESS_CLIENT);
    reply.siaddr = gateway;
    memcpy (reply.chaddr, request->chaddr, sizeof (reply.chaddr));
    reply.cookie = htonl (DHCP_COOKIE);

    message = g_byte_array_new ();
    append (message, &reply, sizeof (reply));
    append_option (message, OPTION_TYPE, &type, sizeof (type));
    append_option (message, OPTION_SERVER, &gateway, sizeof (gateway));
    append_option (message, OPTION_LEASE, &lease, sizeof (lease));
    append_option (message, OPTION_MASK, &mask, sizeof (mask));
    append_option (message, OPTION_ROUTER, &gateway, sizeof (gateway));
    append_option (message, OPTION_DNS, dns, sizeof (dns));
    append (message, &end, sizeof (end));
    return message;
}

static GBytes *
answer_dhcp (const guint8 *data,
             gsize         length)
{
    static const guint8    everybody[ETH_ALEN] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
    g_autoptr(GByteArray)  message = NULL;
    struct udphdr          udp;
    GByteArray            *frame;
    Dhcp                   request;
    guint8                 type;

    if (length < sizeof (udp) + sizeof (request))
        return NULL;
    memcpy (&udp, data, sizeof (udp));
    memcpy (&request, data + sizeof (udp), sizeof (request));
    if (ntohs (udp.dest) != PORT_SERVER || ntohl (request.cookie) != DHCP_COOKIE)
        return NULL;
    type = get_message_type (data + sizeof (udp) + sizeof (request), length - sizeof (udp) - sizeof (request));
    if (type != DHCP_DISCOVER && type != DHCP_REQUEST)
        return NULL;

    message = dhcp_new (&request, type == DHCP_DISCOVER ? DHCP_OFFER : DHCP_ACK);
    udp.source = htons (PORT_SERVER);
    udp.dest = htons (PORT_CLIENT);
    udp.len = htons ((guint16) (sizeof (udp) + message->len));
    /* No checksum, as IPv4 allows */
    udp.check = 0;
    frame = frame_new (everybody, ETHERTYPE_IP);
    append_ip (frame, IPPROTO_UDP, htonl (ADDRESS_GATEWAY), INADDR_NONE, sizeof (udp) + message->len);
    append (frame, &udp, sizeof (udp));
    append (frame, message->data, message->len);
    return g_byte_array_free_to_bytes (frame);
}

/*****************************************************************************/
/* All protocols */

static GBytes *
answer_ip (const struct ether_header *ethernet,
           const guint8              *data,
           gsize                      length)
{
    struct iphdr ip;
    gsize        head;
    gsize        total;

    if (length < sizeof (ip))
        return NULL;
    memcpy (&ip, data, sizeof (ip));
    head = (gsize) ip.ihl * 4;
    total = ntohs (ip.tot_len);
    if (ip.version != 4 || head < sizeof (ip) || total < head || total > length)
        return NULL;
    if (ip.protocol == IPPROTO_ICMP)
        return answer_ping (ethernet, &ip, data + head, total - head);
    if (ip.protocol == IPPROTO_UDP)
        return answer_dhcp (data + head, total - head);
    return NULL;
}

GBytes *
sim_peer_answer (const guint8 *frame,
                 gsize         length)
{
    struct ether_header ethernet;

    if (length < sizeof (ethernet))
        return NULL;
    memcpy (&ethernet, frame, sizeof (ethernet));
    frame += sizeof (ethernet);
    length -= sizeof (ethernet);
    switch (ntohs (ethernet.ether_type)) {
    case ETHERTYPE_ARP:
        return answer_arp (&ethernet, frame, length);
    case ETHERTYPE_IP:
        return answer_ip (&ethernet, frame, length);
    default:
        return NULL;
    }
}

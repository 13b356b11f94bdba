/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * Preloaded: names for the loopback that no test machine need have. four.test has an IPv4
 * address, six.test an IPv6 one, both.test one of each; all else is looked up as ever.
 */

#include <dlfcn.h>
#include <netdb.h>
#include <string.h>

typedef int (*Lookup) (const char *, const char *, const struct addrinfo *, struct addrinfo **);

int
getaddrinfo (const char             *node,
             const char             *service,
             const struct addrinfo  *hints,
             struct addrinfo       **result)
{
    Lookup           lookup = (Lookup) dlsym (RTLD_NEXT, "getaddrinfo");
    struct addrinfo  wanted = { 0 };
    struct addrinfo *first = NULL;
    int              code;

    if (hints)
        wanted = *hints;
    /* The loopback counts as no address of a machine */
    wanted.ai_flags &= ~AI_ADDRCONFIG;
    if (node && !strcmp (node, "four.test"))
        return lookup ("127.0.0.1", service, &wanted, result);
    if (node && !strcmp (node, "six.test"))
        return lookup ("::1", service, &wanted, result);
    if (!node || strcmp (node, "both.test") != 0)
        return lookup (node, service, hints, result);
    if (wanted.ai_family == AF_INET)
        return lookup ("127.0.0.1", service, &wanted, result);
    code = lookup ("::1", service, &wanted, wanted.ai_family == AF_INET6 ? result : &first);
    if (code == 0 && wanted.ai_family != AF_INET6)
        code = lookup ("127.0.0.1", service, &wanted, result);
    if (code == 0 && first) {
        struct addrinfo *last = first;

        while (last->ai_next)
            last = last->ai_next;
        last->ai_next = *result;
        *result = first;
    }
    return code;
}

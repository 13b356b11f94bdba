/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-agent-systemd.h"

#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* A socket in the file system, or "@" and an abstract name */
void
mmfota_agent_systemd_tell (const gchar *state)
{
    const gchar        *path = g_getenv ("NOTIFY_SOCKET");
    struct sockaddr_un  address = { .sun_family = AF_UNIX };
    gsize               length = path ? strlen (path) : 0;
    gint                fd;

    if (length < 2 || length >= sizeof (address.sun_path) || (path[0] != '/' && path[0] != '@'))
        return;
    memcpy (address.sun_path, path, length);
    if (path[0] == '@')
        address.sun_path[0] = '\0';
    fd = socket (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    if (sendto (fd, state, strlen (state), MSG_NOSIGNAL, (const struct sockaddr *) &address,
                (socklen_t) (offsetof (struct sockaddr_un, sun_path) + length)) < 0)
        g_debug ("systemd could not be told: %s", state);
    close (fd);
}

static gboolean
all_is_well (gpointer user_data)
{
    mmfota_agent_systemd_tell ("WATCHDOG=1");
    return G_SOURCE_CONTINUE;
}

void
mmfota_agent_systemd_watchdog (void)
{
    const gchar *usec = g_getenv ("WATCHDOG_USEC");
    const gchar *pid = g_getenv ("WATCHDOG_PID");
    guint64      limit;

    if (!usec || !g_ascii_string_to_unsigned (usec, 10, 2000000, G_MAXUINT32 * G_GUINT64_CONSTANT (1000000), &limit, NULL))
        return;
    if (pid && g_ascii_strtoull (pid, NULL, 10) != (guint64) getpid ())
        return;
    g_timeout_add_seconds ((guint) (limit / 2000000), all_is_well, NULL);
}

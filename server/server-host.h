/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/* What this machine says of ports, processes, users and rights: /proc and the file system */

#ifndef SERVER_HOST_H
#define SERVER_HOST_H

#include <gio/gio.h>
#include <sys/types.h>

typedef struct {
    gboolean v6;
    gboolean loopback;
    guint    port;
    guint64  inode;
} ServerListener;

/* Pure: the listening sockets in a /proc/net/tcp or tcp6, of ServerListener */
void      server_host_parse_listeners (const gchar  *text,
                                       gboolean      v6,
                                       GArray       *listeners);
/* Those of this machine */
GArray   *server_host_listeners       (void);
/* "nginx (1234)" for the process that holds a socket, NULL if it can't be seen */
gchar    *server_host_socket_owner    (guint64       inode);

/* Processes of that name: of pid_t */
GArray   *server_host_processes       (const gchar  *name);
/* When it was started, in Unix time; 0 if it is gone */
gint64    server_host_started         (pid_t         pid);
pid_t     server_host_parent          (pid_t         pid);

/* NULL if @user, by the classic rights, can read @path (and get there); else what stops it */
gchar    *server_host_rights          (const gchar  *user,
                                       const gchar  *path);

#endif /* SERVER_HOST_H */

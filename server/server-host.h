/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/* Ports, processes, users and permissions of this machine: /proc and the file system */

#ifndef SERVER_HOST_H
#define SERVER_HOST_H

#include <gio/gio.h>
#include <sys/types.h>

typedef struct {
    guint   port;
    guint64 inode;
} ServerListener;

/* Pure: the listening sockets in a /proc/net/tcp or tcp6, as ServerListener */
void      server_host_parse_listeners (const gchar  *text,
                                       gboolean      v6,
                                       GArray       *listeners);
/* Those of this machine */
GArray   *server_host_listeners       (void);
/* "nginx (1234)" for the process that owns a socket; NULL if it is not visible */
gchar    *server_host_socket_owner    (guint64       inode);

/* Processes with that name, as pid_t */
GArray   *server_host_processes       (const gchar  *name);
/* Its start in Unix time; 0 if it has ended */
gint64    server_host_started         (pid_t         pid);
pid_t     server_host_parent          (pid_t         pid);

/* The last @max bytes of a regular file: a pipe or a terminal may never end, and a log is large */
gchar    *server_host_read            (const gchar  *path,
                                       gsize         max,
                                       gsize        *size,
                                       GError      **error);

/* NULL if @user may read @path by its file modes and those of the folders above; else what prevents
 * it */
gchar    *server_host_rights          (const gchar  *user,
                                       const gchar  *path);

#endif /* SERVER_HOST_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * nginx's configuration as a tree of directives. The grammar is nginx's: words, quoted or not, end
 * with ; or a block in braces; # starts a comment. Parsing is pure.
 */

#ifndef SERVER_NGINX_H
#define SERVER_NGINX_H

#include <gio/gio.h>

#define SERVER_NGINX_MAX (4 * 1024 * 1024)

typedef struct _ServerDirective ServerDirective;

struct _ServerDirective {
    gchar            *name;
    /* NULL-terminated */
    gchar           **args;
    /* ServerDirective; NULL without a block */
    GPtrArray        *children;
    ServerDirective  *parent;
    gchar            *file;
    guint             line;
};

/* A nameless block with the contents of @text; @file is the name for messages */
ServerDirective *server_nginx_parse       (const gchar             *file,
                                           const gchar             *text,
                                           gsize                    size,
                                           GError                 **error);
/* The file with everything that it includes. Calls @problem for each part that could not be read,
 * and leaves it out. */
typedef void   (*ServerNginxProblem)      (const gchar             *file,
                                           const GError            *error,
                                           gpointer                 user_data);
ServerDirective *server_nginx_load        (const gchar             *path,
                                           ServerNginxProblem       problem,
                                           gpointer                 user_data);
void             server_nginx_free        (ServerDirective         *self);

/* The first child of that name after @after (NULL: from the start) */
const ServerDirective *server_nginx_child     (const ServerDirective *self,
                                               const gchar           *name,
                                               const ServerDirective *after);
/* The same from the block where it is set: this one, or the nearest one around it */
const ServerDirective *server_nginx_inherited (const ServerDirective *self,
                                               const gchar           *name);
/* Its first argument; NULL without the directive, "" without an argument */
const gchar           *server_nginx_value     (const ServerDirective *self,
                                               const gchar           *name);
gboolean               server_nginx_has_arg   (const ServerDirective *self,
                                               const gchar           *arg);

typedef struct {
    /* NULL: all */
    gchar   *address;
    guint    port;
    gboolean v6;
    gboolean ssl;
    gboolean is_default;
} ServerListen;

/* The port of a listen directive; FALSE for other sockets */
gboolean server_nginx_parse_listen (const ServerDirective *directive,
                                    ServerListen          *listen);
void     server_listen_clear       (ServerListen          *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ServerDirective, server_nginx_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ServerListen, server_listen_clear)

#endif /* SERVER_NGINX_H */

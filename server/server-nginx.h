/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * nginx's configuration as a tree of directives. The grammar is nginx's own: words, quoted
 * or not, ended by ; or a block in braces; # to the end of the line. Parsing is pure.
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
    /* of ServerDirective; NULL without a block */
    GPtrArray        *children;
    ServerDirective  *parent;
    gchar            *file;
    guint             line;
};

/* A block without name that holds what is in @text, which @file and messages call it */
ServerDirective *server_nginx_parse       (const gchar             *file,
                                           const gchar             *text,
                                           gsize                    size,
                                           GError                 **error);
/* The file with all that it includes. What could not be read is told to @problem, which
 * may be called more than once, and left out */
typedef void   (*ServerNginxProblem)      (const gchar             *file,
                                           const GError            *error,
                                           gpointer                 user_data);
ServerDirective *server_nginx_load        (const gchar             *path,
                                           ServerNginxProblem       problem,
                                           gpointer                 user_data);
void             server_nginx_free        (ServerDirective         *self);

/* The first child of that name after @after (NULL: of all) */
const ServerDirective *server_nginx_child     (const ServerDirective *self,
                                               const gchar           *name,
                                               const ServerDirective *after);
/* The same where it is set next: here, or in a block around it */
const ServerDirective *server_nginx_inherited (const ServerDirective *self,
                                               const gchar           *name);
/* Its first argument, NULL without; "" for none */
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

/* Of a listen directive; FALSE for a socket of another kind */
gboolean server_nginx_parse_listen (const ServerDirective *directive,
                                    ServerListen          *listen);
void     server_listen_clear       (ServerListen          *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ServerDirective, server_nginx_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ServerListen, server_listen_clear)

#endif /* SERVER_NGINX_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "server-nginx.h"

#include <glob.h>
#include <limits.h>
#include <string.h>

#include <glib/gi18n.h>

#include "release-text.h"
#include "server-host.h"

#define DEPTH_MAX    32
#define INCLUDES_MAX 500

/*****************************************************************************/
/* Directives */

static ServerDirective *
directive_new (const gchar *file,
               guint        line)
{
    ServerDirective *self = g_new0 (ServerDirective, 1);

    self->file = g_strdup (file);
    self->line = line;
    return self;
}

void
server_nginx_free (ServerDirective *self)
{
    g_free (self->name);
    g_strfreev (self->args);
    g_clear_pointer (&self->children, g_ptr_array_unref);
    g_free (self->file);
    g_free (self);
}

static void
open_block (ServerDirective *self)
{
    self->children = g_ptr_array_new_with_free_func ((GDestroyNotify) server_nginx_free);
}

static void
adopt (ServerDirective *parent,
       ServerDirective *child)
{
    child->parent = parent;
    g_ptr_array_add (parent->children, child);
}

/*****************************************************************************/
/* Words */

typedef struct {
    const gchar *file;
    const gchar *p;
    const gchar *end;
    guint        line;
} Reader;

typedef enum {
    TOKEN_WORD,
    TOKEN_SEMICOLON,
    TOKEN_OPEN,
    TOKEN_CLOSE,
    TOKEN_END,
    TOKEN_ERROR,
} Token;

static void
skip_blanks (Reader *reader)
{
    for (; reader->p < reader->end; reader->p++) {
        if (*reader->p == '#') {
            while (reader->p < reader->end && *reader->p != '\n')
                reader->p++;
            if (reader->p == reader->end)
                return;
        }
        if (*reader->p == '\n')
            reader->line++;
        else if (!g_ascii_isspace (*reader->p))
            return;
    }
}

static Token
read_quoted (Reader  *reader,
             GString *word)
{
    gchar quote = *reader->p++;

    for (; reader->p < reader->end && *reader->p != quote; reader->p++) {
        if (*reader->p == '\n')
            reader->line++;
        if (*reader->p == '\\' && reader->p + 1 < reader->end && (reader->p[1] == quote || reader->p[1] == '\\'))
            reader->p++;
        g_string_append_c (word, *reader->p);
    }
    if (reader->p == reader->end)
        return TOKEN_ERROR;
    reader->p++;
    return TOKEN_WORD;
}

static Token
read_plain (Reader  *reader,
            GString *word)
{
    for (; reader->p < reader->end; reader->p++) {
        /* ${name} is a variable, not a block */
        if (*reader->p == '$' && reader->p + 1 < reader->end && reader->p[1] == '{') {
            while (reader->p < reader->end && *reader->p != '}' && *reader->p != '\n')
                g_string_append_c (word, *reader->p++);
            if (reader->p == reader->end)
                return TOKEN_ERROR;
        }
        if (g_ascii_isspace (*reader->p) || strchr (";{", *reader->p))
            break;
        if (*reader->p == '\\' && reader->p + 1 < reader->end)
            g_string_append_c (word, *reader->p++);
        g_string_append_c (word, *reader->p);
    }
    return TOKEN_WORD;
}

static Token
next_token (Reader  *reader,
            GString *word)
{
    skip_blanks (reader);
    g_string_truncate (word, 0);
    if (reader->p == reader->end)
        return TOKEN_END;
    switch (*reader->p) {
    case '\0':
        return TOKEN_ERROR;
    case ';':
        reader->p++;
        return TOKEN_SEMICOLON;
    case '{':
        reader->p++;
        return TOKEN_OPEN;
    case '}':
        reader->p++;
        return TOKEN_CLOSE;
    case '"':
    case '\'':
        return read_quoted (reader, word);
    default:
        return read_plain (reader, word);
    }
}

/*****************************************************************************/
/* Tree */

static gboolean
wrong (const Reader  *reader,
       const gchar   *what,
       GError       **error)
{
    g_autofree gchar *shown = release_text_file_name (reader->file, PATH_MAX);

    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s:%u: %s", shown, reader->line, what);
    return FALSE;
}

static void
finish_directive (ServerDirective *block,
                  GPtrArray       *words,
                  const Reader    *reader,
                  guint            line,
                  ServerDirective **finished)
{
    ServerDirective *directive = directive_new (reader->file, line);
    guint            i;

    directive->name = g_strdup (g_ptr_array_index (words, 0));
    directive->args = g_new0 (gchar *, words->len);
    for (i = 1; i < words->len; i++)
        directive->args[i - 1] = g_strdup (g_ptr_array_index (words, i));
    g_ptr_array_set_size (words, 0);
    adopt (block, directive);
    *finished = directive;
}

static gboolean
read_block (Reader           *reader,
            ServerDirective  *block,
            guint             depth,
            GError          **error)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func (g_free);
    g_autoptr(GString)   word = g_string_new (NULL);
    ServerDirective     *directive;
    guint                line = 0;

    for (;;) {
        switch (next_token (reader, word)) {
        case TOKEN_WORD:
            if (words->len == 0)
                line = reader->line;
            g_ptr_array_add (words, g_strdup (word->str));
            break;
        case TOKEN_SEMICOLON:
            if (words->len == 0)
                return wrong (reader, _("unexpected \";\""), error);
            finish_directive (block, words, reader, line, &directive);
            break;
        case TOKEN_OPEN:
            if (words->len == 0 || depth == DEPTH_MAX)
                return wrong (reader, _("unexpected \"{\""), error);
            finish_directive (block, words, reader, line, &directive);
            open_block (directive);
            if (!read_block (reader, directive, depth + 1, error))
                return FALSE;
            break;
        case TOKEN_CLOSE:
            if (words->len > 0 || depth == 0)
                return wrong (reader, _("unexpected \"}\""), error);
            return TRUE;
        case TOKEN_END:
            if (words->len > 0 || depth > 0)
                return wrong (reader, _("unexpected end of file, expecting \";\" or \"}\""), error);
            return TRUE;
        case TOKEN_ERROR:
        default:
            return wrong (reader, _("a quote that does not end, or a NUL byte"), error);
        }
    }
}

ServerDirective *
server_nginx_parse (const gchar  *file,
                    const gchar  *text,
                    gsize         size,
                    GError      **error)
{
    g_autoptr(ServerDirective) root = directive_new (file, 0);
    Reader                     reader = { file, text, text + size, 1 };

    root->name = g_strdup ("");
    root->args = g_new0 (gchar *, 1);
    open_block (root);
    if (!read_block (&reader, root, 0, error))
        return NULL;
    return g_steal_pointer (&root);
}

/*****************************************************************************/
/* Files */

typedef struct {
    gchar              *folder;
    ServerNginxProblem  problem;
    gpointer            user_data;
    guint               n_includes;
} Loader;

static void expand_includes (Loader          *loader,
                             ServerDirective *block,
                             guint            depth);

static ServerDirective *
load_file (Loader      *loader,
           const gchar *path,
           guint        depth)
{
    g_autoptr(GError)          error = NULL;
    g_autofree gchar          *text = NULL;
    g_autoptr(ServerDirective) root = NULL;
    gsize                      size;

    text = server_host_read (path, SERVER_NGINX_MAX + 1, &size, &error);
    if (text && size <= SERVER_NGINX_MAX)
        root = server_nginx_parse (path, text, size, &error);
    else if (!error)
        error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_INVALID_DATA, _("too large"));
    if (!root) {
        loader->problem (path, error, loader->user_data);
        return NULL;
    }
    expand_includes (loader, root, depth);
    return g_steal_pointer (&root);
}

static void
include (Loader          *loader,
         ServerDirective *block,
         GPtrArray       *children,
         const gchar     *pattern,
         guint            depth)
{
    g_autofree gchar *path = g_canonicalize_filename (pattern, loader->folder);
    glob_t            found = { 0 };
    gsize             i;

    /* A name without wildcards must exist: GLOB_NOCHECK returns it, and reading it reports the
     * error */
    if (glob (path, strpbrk (path, "*?[") ? 0 : GLOB_NOCHECK, NULL, &found) != 0)
        return;
    for (i = 0; i < found.gl_pathc && loader->n_includes < INCLUDES_MAX; i++) {
        g_autoptr(ServerDirective) root = NULL;

        loader->n_includes++;
        root = load_file (loader, found.gl_pathv[i], depth + 1);
        while (root && root->children->len > 0) {
            ServerDirective *child = g_ptr_array_steal_index (root->children, 0);

            child->parent = block;
            g_ptr_array_add (children, child);
        }
    }
    globfree (&found);
}

static void
expand_includes (Loader          *loader,
                 ServerDirective *block,
                 guint            depth)
{
    g_autoptr(GPtrArray) old = block->children;
    guint                i;

    open_block (block);
    g_ptr_array_set_free_func (old, NULL);
    for (i = 0; i < old->len; i++) {
        ServerDirective *child = g_ptr_array_index (old, i);

        if (g_str_equal (child->name, "include") && child->args[0] && depth < DEPTH_MAX) {
            include (loader, block, block->children, child->args[0], depth);
            server_nginx_free (child);
            continue;
        }
        if (child->children)
            expand_includes (loader, child, depth);
        g_ptr_array_add (block->children, child);
    }
}

ServerDirective *
server_nginx_load (const gchar        *path,
                   ServerNginxProblem  problem,
                   gpointer            user_data)
{
    g_autofree gchar *absolute = g_canonicalize_filename (path, NULL);
    g_autofree gchar *folder = g_path_get_dirname (absolute);
    Loader            loader = { folder, problem, user_data, 0 };

    return load_file (&loader, absolute, 0);
}

/*****************************************************************************/
/* Lookups */

const ServerDirective *
server_nginx_child (const ServerDirective *self,
                    const gchar           *name,
                    const ServerDirective *after)
{
    gboolean passed = after == NULL;
    guint    i;

    for (i = 0; self->children && i < self->children->len; i++) {
        const ServerDirective *child = g_ptr_array_index (self->children, i);

        if (passed && g_str_equal (child->name, name))
            return child;
        passed = passed || child == after;
    }
    return NULL;
}

const ServerDirective *
server_nginx_inherited (const ServerDirective *self,
                        const gchar           *name)
{
    const ServerDirective *found = NULL;

    for (; self && !found; self = self->parent)
        found = server_nginx_child (self, name, NULL);
    return found;
}

const gchar *
server_nginx_value (const ServerDirective *self,
                    const gchar           *name)
{
    const ServerDirective *found = server_nginx_inherited (self, name);

    if (!found)
        return NULL;
    return found->args[0] ? found->args[0] : "";
}

gboolean
server_nginx_has_arg (const ServerDirective *self,
                      const gchar           *arg)
{
    return g_strv_contains ((const gchar *const *) self->args, arg);
}

/*****************************************************************************/
/* The listen directive */

void
server_listen_clear (ServerListen *self)
{
    g_clear_pointer (&self->address, g_free);
}

static gboolean
take_port (const gchar *text,
           guint       *port)
{
    guint64 number;

    if (!g_ascii_string_to_unsigned (text, 10, 1, G_MAXUINT16, &number, NULL))
        return FALSE;
    *port = (guint) number;
    return TRUE;
}

static gboolean
take_address (const gchar  *text,
              ServerListen *self)
{
    const gchar *colon;

    self->port = 80;
    if (*text == '[') {
        const gchar *end = strchr (text, ']');

        if (!end)
            return FALSE;
        self->v6 = TRUE;
        self->address = g_strndup (text + 1, (gsize) (end - text - 1));
        colon = end[1] == ':' ? end + 1 : NULL;
    } else {
        if (take_port (text, &self->port))
            return TRUE;
        colon = strchr (text, ':');
        self->address = colon ? g_strndup (text, (gsize) (colon - text)) : g_strdup (text);
    }
    return !colon || take_port (colon + 1, &self->port);
}

gboolean
server_nginx_parse_listen (const ServerDirective *directive,
                           ServerListen          *listen)
{
    memset (listen, 0, sizeof (*listen));
    if (!directive->args[0] || g_str_has_prefix (directive->args[0], "unix:") || !take_address (directive->args[0], listen)) {
        server_listen_clear (listen);
        return FALSE;
    }
    listen->ssl = server_nginx_has_arg (directive, "ssl");
    listen->is_default = server_nginx_has_arg (directive, "default_server") || server_nginx_has_arg (directive, "default");
    if (listen->address && (g_str_equal (listen->address, "*") || g_str_equal (listen->address, "0.0.0.0") ||
                            g_str_equal (listen->address, "::")))
        g_clear_pointer (&listen->address, g_free);
    return TRUE;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/* nginx's configuration */

#include "fuzz.h"
#include "server-nginx.h"

static void
walk (const ServerDirective *block)
{
    guint i;

    for (i = 0; block->children && i < block->children->len; i++) {
        const ServerDirective *child = g_ptr_array_index (block->children, i);
        g_auto(ServerListen)   listen = { 0 };

        g_assert_true (child->parent == block);
        g_assert_nonnull (child->name);
        g_assert_nonnull (child->args);
        if (server_nginx_parse_listen (child, &listen)) {
            g_assert_cmpuint (listen.port, >, 0);
            g_assert_cmpuint (listen.port, <=, G_MAXUINT16);
        }
        server_nginx_value (child, "listen");
        walk (child);
    }
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        size_t        size)
{
    g_autoptr(ServerDirective) root = NULL;
    GError                    *error = NULL;

    root = server_nginx_parse ("x", (const gchar *) data, size, &error);
    fuzz_check_result (root != NULL, &error);
    if (root)
        walk (root);
    return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <string.h>

#include "fuzz.h"
#include "port-model.h"

/* Bytes of the port, NUL included, in pieces: the first byte says how long they are. 0
 * is all at once. */
static gchar *
run (const gchar *data,
     gsize        size,
     guint        seed)
{
    PortModel  port;
    gsize      start;
    gsize      length;
    gchar     *out;

    port_model_init (&port);
    /* Its handlers take the <CR><LF> of the line before theirs, if the two share one */
    port.no_handlers = TRUE;
    port_model_ask (&port);
    for (start = 0; start < size; start += length) {
        length = seed ? 1 + seed % 24 : size;
        seed = seed ? (seed * 5 + 1) % 251 + 1 : 0;
        length = MIN (length, size - start);
        port_model_read (&port, data + start, length);
        if (seed % 3 == 0)
            port_model_idle (&port);
    }
    port_model_idle (&port);
    out = g_string_free (g_steal_pointer (&port.log), FALSE);
    port.log = g_string_new (NULL);
    port_model_clear (&port);
    return out;
}

/* A prompt is one only where a read ends */
static gboolean
has_prompt (const gchar *data,
            gsize        size)
{
    return memmem (data, size, "\r\n>", 3) != NULL;
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        size_t        size)
{
    g_autofree gchar *whole = NULL;
    g_autofree gchar *pieces = NULL;

    if (size < 2)
        return 0;
    pieces = run ((const gchar *) data + 1, size - 1, data[0]);
    if (has_prompt ((const gchar *) data + 1, size - 1))
        return 0;
    whole = run ((const gchar *) data + 1, size - 1, 0);
    g_assert_cmpstr (pieces, ==, whole);
    return 0;
}

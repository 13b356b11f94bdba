/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "notify-sound.h"

#include <gio/gio.h>

void
notify_sound_play (const gchar *name)
{
    static const gchar *const players[] = { "gsound-play", "canberra-gtk-play" };
    guint                     i;

    for (i = 0; i < G_N_ELEMENTS (players); i++) {
        g_autoptr(GSubprocess) player = NULL;
        g_autoptr(GError)      error = NULL;

        /* GIO reaps it */
        player = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE,
                                   &error, players[i], "-i", name, NULL);
        if (player)
            return;
        g_debug ("no sound by %s: %s", players[i], error->message);
    }
}

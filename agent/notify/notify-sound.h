/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef NOTIFY_SOUND_H
#define NOTIFY_SOUND_H

#include <glib.h>

/*
 * Plays sounds of the freedesktop.org sound theme for servers that play none: with gsound-play
 * (maintained by GNOME), else with canberra-gtk-play (unmaintained, but widespread). Separate
 * programs rather than a library, so that a sound server that hangs does no harm; without them
 * there is no sound.
 */
void notify_sound_play (const gchar *name);

#endif /* NOTIFY_SOUND_H */

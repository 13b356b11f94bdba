/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef NOTIFY_SOUND_H
#define NOTIFY_SOUND_H

#include <glib.h>

/*
 * Sounds of the freedesktop.org sound theme, for servers that play none: by
 * gsound-play (GNOME keeps it), else canberra-gtk-play (which nobody changes any
 * more, but many have). Programs of their own and no library, so that a sound
 * server that hangs is nobody's trouble; without them there is no sound.
 */
void notify_sound_play (const gchar *name);

#endif /* NOTIFY_SOUND_H */

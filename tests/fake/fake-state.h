/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * $STATE_DIRECTORY of a test, and a machine without logind.
 */

#ifndef FAKE_STATE_H
#define FAKE_STATE_H

#include <glib.h>

gchar *fake_state_new   (void);
/* Removes it */
void   fake_state_free  (gchar       *directory);
/* From now on nothing can be written there, not by root either */
void   fake_state_break (const gchar *directory);
void   fake_state_mend  (const gchar *directory);

#endif /* FAKE_STATE_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * The key of a module's record and inhibitor: its equipment identifier, which outlives the object
 * path and the USB port. Development boards share one: the key of a second module with the same
 * identifier also has its USB device, from then on for good. The second module is told apart from
 * the first one coming back by the device that the running transaction's record names; this works
 * only while a module is there, not while the first one is off the bus.
 */

#ifndef MM_TDTECH_FOTA_KEY_H
#define MM_TDTECH_FOTA_KEY_H

#include <glib.h>

/* @directory: as for mm_tdtech_fota_record_new (). @identifier: NULL or empty: there is none.
 * @owner, by whom it is released, takes over a key of the same @device: the module came back
 * before its old modem was gone. */
gchar    *mm_tdtech_fota_key_take    (const gchar   *directory,
                                      const gchar   *identifier,
                                      const gchar   *device,
                                      gconstpointer  owner);
/* Whether no other modem has taken it over */
gboolean  mm_tdtech_fota_key_is_held (const gchar   *key,
                                      gconstpointer  owner);
void      mm_tdtech_fota_key_release (const gchar   *key,
                                      gconstpointer  owner);

#endif /* MM_TDTECH_FOTA_KEY_H */

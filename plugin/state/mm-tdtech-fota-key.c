/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mm-tdtech-fota-key.h"

#include "mm-tdtech-fota-record.h"

/* TD Tech's vendor identifier, as sysfs writes it */
#define VENDOR "3466"

typedef struct {
    gchar         *device;
    gconstpointer  owner;
} Holder;

/* By key, of the modems that are there */
static GHashTable *holders;

static void
holder_free (Holder *holder)
{
    g_free (holder->device);
    g_free (holder);
}

static gboolean
is_anothers (const gchar *key,
             const gchar *device)
{
    const Holder *holder = holders ? g_hash_table_lookup (holders, key) : NULL;

    return holder && g_strcmp0 (holder->device, device) != 0;
}

static gboolean
is_known (const gchar *device)
{
    GHashTableIter  iter;
    const Holder   *holder;

    if (!holders)
        return FALSE;
    g_hash_table_iter_init (&iter, holders);
    while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &holder)) {
        if (g_str_equal (holder->device, device))
            return TRUE;
    }
    return FALSE;
}

static gboolean
is_occupied (const gchar *device)
{
    g_autofree gchar *path = g_build_filename (device, "idVendor", NULL);
    g_autofree gchar *vendor = NULL;

    return g_file_get_contents (path, &vendor, NULL, NULL) && g_str_equal (g_strstrip (vendor), VENDOR);
}

/* Whether the record's module is still at another USB device, where it reboots for an upgrade or
 * is being probed. If that device is gone, or has a module with another key, the record's module
 * was plugged in elsewhere. */
static gboolean
is_awaited_elsewhere (const gchar *directory,
                      const gchar *identifier,
                      const gchar *device)
{
    g_autoptr(MMTdtechFotaRecord)  record = mm_tdtech_fota_record_new (directory, identifier);
    const MMTdtechFotaRecordData  *data = mm_tdtech_fota_record_peek (record);

    return data->stage != MM_TDTECH_FOTA_STAGE_NONE &&
           data->device && !g_str_equal (data->device, device) &&
           is_occupied (data->device) && !is_known (data->device);
}

/* Two modules with the same identifier may appear in another order after each boot: one that has
 * a record of its own keeps it */
static gchar *
choose_key (const gchar *directory,
            const gchar *identifier,
            const gchar *device)
{
    g_autofree gchar *own = NULL;

    if (!identifier || !identifier[0])
        return g_strconcat ("usb-", device, NULL);
    own = g_strconcat (identifier, "@", device, NULL);
    if (is_anothers (identifier, device) || mm_tdtech_fota_record_exists (directory, own) ||
        is_awaited_elsewhere (directory, identifier, device))
        return g_steal_pointer (&own);
    return g_strdup (identifier);
}

gchar *
mm_tdtech_fota_key_take (const gchar   *directory,
                         const gchar   *identifier,
                         const gchar   *device,
                         gconstpointer  owner)
{
    gchar  *key;
    Holder *holder;

    if (!device)
        device = "unknown";
    key = choose_key (directory, identifier, device);
    if (!holders)
        holders = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) holder_free);
    holder = g_new0 (Holder, 1);
    holder->device = g_strdup (device);
    holder->owner = owner;
    g_hash_table_replace (holders, g_strdup (key), holder);
    return key;
}

gboolean
mm_tdtech_fota_key_is_held (const gchar   *key,
                            gconstpointer  owner)
{
    const Holder *holder = holders ? g_hash_table_lookup (holders, key) : NULL;

    return holder && holder->owner == owner;
}

void
mm_tdtech_fota_key_release (const gchar   *key,
                            gconstpointer  owner)
{
    if (!mm_tdtech_fota_key_is_held (key, owner))
        return;
    g_hash_table_remove (holders, key);
    if (g_hash_table_size (holders) == 0)
        g_clear_pointer (&holders, g_hash_table_unref);
}

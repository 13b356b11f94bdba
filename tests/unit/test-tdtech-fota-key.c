/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <glib.h>
#include <glib/gstdio.h>

#include "mm-tdtech-fota-key.h"
#include "mm-tdtech-fota-record.h"

#define IMEI "868000000000000"
#define OWN  IMEI "@/sys/1-2"

static gint a, b, c;

static void
assert_key (const gchar   *directory,
            const gchar   *identifier,
            const gchar   *device,
            gconstpointer  owner,
            const gchar   *expected)
{
    g_autofree gchar *key = mm_tdtech_fota_key_take (directory, identifier, device, owner);

    g_assert_cmpstr (key, ==, expected);
}

/* Whoever has a record keeps it */
static void
make_record (const gchar *directory,
             const gchar *key)
{
    g_autoptr(MMTdtechFotaRecord) record = mm_tdtech_fota_record_new (directory, key);

    g_assert_true (mm_tdtech_fota_record_save (record, NULL));
    g_assert_true (mm_tdtech_fota_record_exists (directory, key));
}

static void
test_one_module (const gchar *directory)
{
    assert_key (directory, IMEI, "/sys/1-1", &a, IMEI);
    /* Back before the old modem is gone: its release comes late and is void */
    assert_key (directory, IMEI, "/sys/1-1", &b, IMEI);
    mm_tdtech_fota_key_release (IMEI, &a);
    assert_key (directory, IMEI, "/sys/1-2", &c, OWN);
    mm_tdtech_fota_key_release (OWN, &c);
    /* The other one is still there when this one comes back */
    assert_key (directory, IMEI, "/sys/1-2", &c, OWN);
    mm_tdtech_fota_key_release (OWN, &c);
    mm_tdtech_fota_key_release (IMEI, &b);
    /* Plugged in elsewhere */
    make_record (directory, IMEI);
    assert_key (directory, IMEI, "/sys/1-3", &a, IMEI);
    mm_tdtech_fota_key_release (IMEI, &a);
    /* Never taken, or released already */
    mm_tdtech_fota_key_release (IMEI, &a);
}

static void
test_two_modules (const gchar *directory)
{
    assert_key (directory, IMEI, "/sys/1-1", &a, IMEI);
    assert_key (directory, IMEI, "/sys/1-2", &b, OWN);
    make_record (directory, OWN);
    assert_key (directory, IMEI, "/sys/1-3", &c, IMEI "@/sys/1-3");
    mm_tdtech_fota_key_release (IMEI "@/sys/1-3", &c);

    /* The first one reboots, then the second, then both, and the second is faster */
    mm_tdtech_fota_key_release (IMEI, &a);
    assert_key (directory, IMEI, "/sys/1-1", &a, IMEI);
    mm_tdtech_fota_key_release (OWN, &b);
    assert_key (directory, IMEI, "/sys/1-2", &b, OWN);
    mm_tdtech_fota_key_release (IMEI, &a);
    mm_tdtech_fota_key_release (OWN, &b);
    assert_key (directory, IMEI, "/sys/1-2", &b, OWN);
    assert_key (directory, IMEI, "/sys/1-1", &a, IMEI);
    mm_tdtech_fota_key_release (IMEI, &a);
    mm_tdtech_fota_key_release (OWN, &b);
}

static void
set_transaction (const gchar       *directory,
                 MMTdtechFotaStage  stage,
                 const gchar       *device)
{
    g_autoptr(MMTdtechFotaRecord)  record = mm_tdtech_fota_record_new (directory, IMEI);
    MMTdtechFotaRecordData        *data = mm_tdtech_fota_record_peek (record);

    data->kept.verb = MM_TDTECH_FOTA_VERB_UPGRADE;
    data->stage = stage;
    g_free (data->device);
    data->device = g_strdup (device);
    g_assert_true (mm_tdtech_fota_record_save (record, NULL));
}

static void
set_vendor (const gchar *device,
            const gchar *vendor)
{
    g_autofree gchar *path = g_build_filename (device, "idVendor", NULL);

    g_assert_true (g_file_set_contents (path, vendor, -1, NULL));
}

static void
assert_twin (const gchar *directory,
             const gchar *expected)
{
    assert_key (directory, IMEI, "/sys/1-2", &b, expected);
    mm_tdtech_fota_key_release (expected, &b);
}

/* The one reboots for its upgrade, or is probed, when another comes */
static void
test_twin_comes_meanwhile (const gchar *directory)
{
    set_transaction (directory, MM_TDTECH_FOTA_STAGE_UPGRADING, directory);
    set_vendor (directory, "3466\n");
    assert_twin (directory, OWN);
    /* A third one is somewhere else */
    assert_key (directory, "868000000000018", "/sys/1-4", &c, "868000000000018");
    assert_twin (directory, OWN);
    mm_tdtech_fota_key_release ("868000000000018", &c);
    set_transaction (directory, MM_TDTECH_FOTA_STAGE_QUERY, directory);
    assert_twin (directory, OWN);
    /* Itself */
    assert_key (directory, IMEI, directory, &a, IMEI);
    mm_tdtech_fota_key_release (IMEI, &a);
    /* It was plugged in elsewhere: nothing is where it was, or something else, or that is not known */
    set_transaction (directory, MM_TDTECH_FOTA_STAGE_UPGRADING, "/sys/1-3");
    assert_twin (directory, IMEI);
    set_transaction (directory, MM_TDTECH_FOTA_STAGE_UPGRADING, NULL);
    assert_twin (directory, IMEI);
    set_transaction (directory, MM_TDTECH_FOTA_STAGE_UPGRADING, directory);
    set_vendor (directory, "1d6b\n");
    assert_twin (directory, IMEI);
    /* Another module is there now: both were plugged in elsewhere */
    set_vendor (directory, "3466\n");
    assert_key (directory, "868000000000018", directory, &a, "868000000000018");
    assert_twin (directory, IMEI);
    mm_tdtech_fota_key_release ("868000000000018", &a);
    assert_twin (directory, OWN);
    /* Nothing runs that it could spoil */
    set_vendor (directory, "3466\n");
    set_transaction (directory, MM_TDTECH_FOTA_STAGE_NONE, directory);
    assert_twin (directory, IMEI);
}

static void
test_no_identifier (const gchar *directory)
{
    assert_key (directory, NULL, "/sys/1-1", &a, "usb-/sys/1-1");
    assert_key (directory, "", "/sys/1-2", &b, "usb-/sys/1-2");
    assert_key (directory, "", NULL, &c, "usb-unknown");
    mm_tdtech_fota_key_release ("usb-/sys/1-1", &a);
    mm_tdtech_fota_key_release ("usb-/sys/1-2", &b);
    mm_tdtech_fota_key_release ("usb-unknown", &c);
}

static void
run (gconstpointer data)
{
    void             (*test) (const gchar *directory) = data;
    g_autofree gchar  *directory = g_dir_make_tmp ("tdtech-key-XXXXXX", NULL);
    g_autoptr(GDir)    dir = NULL;
    const gchar       *name;

    test (directory);
    dir = g_dir_open (directory, 0, NULL);
    while ((name = g_dir_read_name (dir))) {
        g_autofree gchar *path = g_build_filename (directory, name, NULL);

        g_unlink (path);
    }
    g_assert_cmpint (g_rmdir (directory), ==, 0);
}

int
main (int    argc,
      char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_data_func ("/tdtech/fota/key/one-module", test_one_module, run);
    g_test_add_data_func ("/tdtech/fota/key/two-modules", test_two_modules, run);
    g_test_add_data_func ("/tdtech/fota/key/twin-comes-meanwhile", test_twin_comes_meanwhile, run);
    g_test_add_data_func ("/tdtech/fota/key/no-identifier", test_no_identifier, run);
    return g_test_run ();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <stdlib.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "fake-state.h"

/* For the whole program: threads that GLib starts may read the environment */
static gchar *parent;

static void
remove_files (const gchar *path)
{
    g_autoptr(GDir)  dir = g_dir_open (path, 0, NULL);
    const gchar     *name;

    while (dir && (name = g_dir_read_name (dir))) {
        g_autofree gchar *member = g_build_filename (path, name, NULL);

        if (g_file_test (member, G_FILE_TEST_IS_DIR))
            remove_files (member);
        g_remove (member);
    }
}

static void
remove_parent (void)
{
    remove_files (parent);
    g_rmdir (parent);
    g_free (parent);
}

static void
set_environment (void)
{
    g_autofree gchar *directory = NULL;

    /* The record waits for the disk each time it is saved, where there is one */
    parent = g_build_filename (g_access ("/dev/shm", W_OK) == 0 ? "/dev/shm" : g_get_tmp_dir (),
                               "test-tdtech-XXXXXX", NULL);
    g_assert_nonnull (g_mkdtemp (parent));
    atexit (remove_parent);
    directory = g_build_filename (parent, "state", NULL);
    g_setenv ("STATE_DIRECTORY", directory, TRUE);
    g_setenv ("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus", TRUE);
}

gchar *
fake_state_new (void)
{
    if (!parent)
        set_environment ();
    return g_build_filename (parent, "state", NULL);
}

void
fake_state_free (gchar *directory)
{
    remove_files (parent);
    g_free (directory);
}

/* A file where the directory should be */
void
fake_state_break (const gchar *directory)
{
    g_autofree gchar *aside = g_strconcat (directory, ".aside", NULL);

    g_rename (directory, aside);
    g_assert_true (g_file_set_contents (directory, "in the way", -1, NULL));
}

void
fake_state_mend (const gchar *directory)
{
    g_autofree gchar *aside = g_strconcat (directory, ".aside", NULL);

    g_remove (directory);
    g_rename (aside, directory);
}

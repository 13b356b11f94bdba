/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "server-make.h"

#include <limits.h>
#include <string.h>

#include <glib/gi18n.h>

#include "release-text.h"
#include "release-xml.h"
#include "server-store.h"

static gboolean
name_is_free (GPtrArray    *files,
              const gchar  *name,
              GError      **error)
{
    static const gchar *const ours[] = { "changelog.xml", "filelist.xml", "SHA256SUMS", "SHA256SUMS.p7s", "release.json", NULL };
    g_autofree gchar         *shown = release_text_file_name (name, 80);
    guint                     i;

    if (!release_text_is_name (name, FALSE)) {
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                     _("'%s' can't be the name of a package: letters, digits and . _ - ( ) + are allowed, for it stands in a URL"),
                     shown);
        return FALSE;
    }
    for (i = 0; i < files->len; i++) {
        if (g_str_equal (((ReleaseFile *) g_ptr_array_index (files, i))->path, name))
            break;
    }
    if (i < files->len || g_strv_contains (ours, name)) {
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, _("two files would have the name '%s'"), name);
        return FALSE;
    }
    return TRUE;
}

static gboolean
add_packages (const ServerOptions  *options,
              ServerStore          *store,
              GPtrArray            *files,
              JsonArray            *report,
              GError              **error)
{
    guint i;

    for (i = 0; options->packages[i]; i++) {
        g_autofree gchar *name = g_path_get_basename (options->packages[i]);
        ReleaseDigest     digest;
        JsonObject       *object;

        if (!name_is_free (files, name, error) ||
            !server_store_add_copy (store, name, options->packages[i], &digest, error))
            return FALSE;
        if (digest.size == 0) {
            g_autofree gchar *shown = release_text_file_name (options->packages[i], PATH_MAX);

            g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, _("'%s' is empty"), shown);
            return FALSE;
        }
        g_ptr_array_add (files, release_file_new (name, digest.md5, digest.size));
        object = json_object_new ();
        json_object_set_string_member (object, "name", name);
        json_object_set_int_member (object, "size", (gint64) digest.size);
        json_object_set_string_member (object, "md5", digest.md5);
        json_object_set_string_member (object, "sha256", digest.sha256);
        json_array_add_object_element (report, object);
    }
    return TRUE;
}

static gboolean
add_xml (const ServerOptions  *options,
         ServerStore          *store,
         GPtrArray            *files,
         GError              **error)
{
    g_autofree gchar *changelog = NULL;
    g_autofree gchar *filelist = NULL;

    changelog = release_changelog_build (options->version, options->product, options->source_version,
                                         (const gchar *const *) options->features);
    filelist = release_filelist_build (files);
    return server_store_add_text (store, "changelog.xml", changelog, strlen (changelog), error) &&
           server_store_add_text (store, "filelist.xml", filelist, strlen (filelist), error);
}

gboolean
server_make (const ServerOptions  *options,
             JsonObject           *report,
             GError              **error)
{
    g_autoptr(ServerStore) store = NULL;
    g_autoptr(GPtrArray)   files = g_ptr_array_new_with_free_func ((GDestroyNotify) release_file_free);
    JsonArray             *list = json_array_new ();

    json_object_set_array_member (report, "files", list);
    store = server_store_new (options->target, "full", TRUE, error);
    if (!store)
        return FALSE;
    if (server_store_has_old (store) && !options->replace) {
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS,
                     _("'%s/full' is there already: modules may be downloading it; --replace puts the new one in its place"),
                     options->target_shown);
        return FALSE;
    }
    return add_packages (options, store, files, list, error) &&
           add_xml (options, store, files, error) &&
           server_store_commit (store, error);
}

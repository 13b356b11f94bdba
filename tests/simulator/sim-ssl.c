/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <glib/gstdio.h>
#include <string.h>

#include "sim-ssl.h"

/* The largest piece is not known; no longer one has been seen to work */
#define MAX_PIECE 1024
#define MAX_PIECES 64

typedef enum {
    KIND_CERTIFICATE = 0,
    KIND_CA          = 1,
    KIND_KEY         = 2,
    N_KINDS,
} Kind;

typedef struct {
    gint     pieces;
    gint     received;
    GString *text;
} File;

struct _SimSsl {
    SimModule  *module;
    gint        mode;
    /* Name to File */
    GHashTable *files;
    /* The PEM text that was loaded, by kind */
    gchar      *loaded[N_KINDS];
    /* The CA certificate as a file while it is loaded: GLib reads it repeatedly */
    gchar      *ca_path;
};

static void
file_free (File *file)
{
    g_string_free (file->text, TRUE);
    g_free (file);
}

static void
remove_ca_file (SimSsl *self)
{
    if (self->ca_path)
        g_unlink (self->ca_path);
    g_clear_pointer (&self->ca_path, g_free);
}

void
sim_ssl_power_off (SimSsl *self)
{
    guint i;

    remove_ca_file (self);

    self->mode = -1;
    g_hash_table_remove_all (self->files);
    for (i = 0; i < N_KINDS; i++)
        g_clear_pointer (&self->loaded[i], g_free);
}

/*****************************************************************************/
/* Commands */

/* AT^SSLMNG=2,0,0,"ca_cert.pem",1,4,"<base64 text>". The meaning of the second number is not known
 * here. */
static void
store_piece (SimSsl     *self,
             SimCommand *command)
{
    const gchar *name = sim_command_get_arg (command, 3);
    gint         piece = sim_command_get_int (command, 4, 0);
    gint         pieces = sim_command_get_int (command, 5, 0);
    const gchar *text = sim_command_get_arg (command, 6);
    File        *file;

    if (!name || !*name || !text || piece < 1 || pieces < piece || pieces > MAX_PIECES ||
        sim_command_get_n_args (command) != 7) {
        sim_command_error (command);
        return;
    }
    if (strlen (text) > MAX_PIECE) {
        sim_command_violation (command, "a piece of more than 1024 characters");
        sim_command_error (command);
        return;
    }
    if (piece == 1) {
        file = g_new0 (File, 1);
        file->text = g_string_new (NULL);
        file->pieces = pieces;
        g_hash_table_replace (self->files, g_strdup (name), file);
    } else
        file = g_hash_table_lookup (self->files, name);
    if (!file || file->pieces != pieces || piece != file->received + 1) {
        sim_command_error (command);
        return;
    }
    file->received = piece;
    g_string_append (file->text, text);
}

static gboolean
is_pem (const gchar *text,
        Kind         kind)
{
    if (kind == KIND_KEY)
        return strstr (text, "PRIVATE KEY-----") != NULL;
    return strstr (text, "-----BEGIN CERTIFICATE-----") != NULL;
}

static void
load_file (SimSsl     *self,
           SimCommand *command)
{
    g_autofree guchar *data = NULL;
    g_autofree gchar  *text = NULL;
    gint               kind = sim_command_get_int (command, 1, -1);
    const gchar       *name = sim_command_get_arg (command, 3);
    File              *file;
    gsize              length;

    file = name ? g_hash_table_lookup (self->files, name) : NULL;
    if (kind < 0 || kind >= N_KINDS || !file || file->received != file->pieces) {
        sim_command_error (command);
        return;
    }
    data = g_base64_decode (file->text->str, &length);
    text = g_strndup ((const gchar *) data, length);
    if (!is_pem (text, kind)) {
        sim_command_error (command);
        return;
    }
    g_free (self->loaded[kind]);
    self->loaded[kind] = g_steal_pointer (&text);
    if (kind == KIND_CA)
        remove_ca_file (self);
}

static void
handle_manage (SimCommand *command,
               gpointer    user_data)
{
    SimSsl *self = user_data;

    if (sim_command_get_type (command) != SIM_COMMAND_SET || sim_command_get_int (command, 0, -1) != 2) {
        sim_command_error (command);
        return;
    }
    switch (sim_command_get_int (command, 2, -1)) {
    case 0:
        store_piece (self, command);
        break;
    case 2:
        load_file (self, command);
        break;
    default:
        sim_command_error (command);
        break;
    }
}

static void
handle_configure (SimCommand *command,
                  gpointer    user_data)
{
    SimSsl *self = user_data;
    gint    mode = sim_command_get_int (command, 3, -1);

    if (sim_command_get_type (command) != SIM_COMMAND_SET || sim_command_get_n_args (command) != 4 ||
        mode < 0 || mode > 2)
        sim_command_error (command);
    else
        self->mode = mode;
}

/*****************************************************************************/
/* For the download */

const gchar *
sim_ssl_get_missing (SimSsl *self)
{
    if (self->mode < 0)
        return "^SSLCFG";
    if (self->mode >= 1 && !self->loaded[KIND_CA])
        return "the CA certificate";
    if (self->mode == 2 && !self->loaded[KIND_CERTIFICATE])
        return "the client certificate";
    if (self->mode == 2 && !self->loaded[KIND_KEY])
        return "the client key";
    return NULL;
}

gint
sim_ssl_get_mode (SimSsl *self)
{
    return self->mode;
}

GTlsDatabase *
sim_ssl_get_database (SimSsl  *self,
                      GError **error)
{
    gint fd;

    if (!self->ca_path) {
        fd = g_file_open_tmp (NULL, &self->ca_path, error);
        if (fd < 0)
            return NULL;
        g_close (fd, NULL);
        if (!g_file_set_contents (self->ca_path, self->loaded[KIND_CA], -1, error))
            return NULL;
    }
    return g_tls_file_database_new (self->ca_path, error);
}

GTlsCertificate *
sim_ssl_get_certificate (SimSsl  *self,
                         GError **error)
{
    g_autofree gchar *both = NULL;

    both = g_strconcat (self->loaded[KIND_CERTIFICATE], "\n", self->loaded[KIND_KEY], NULL);
    return g_tls_certificate_new_from_pem (both, -1, error);
}

/*****************************************************************************/
/* Life cycle */

JsonObject *
sim_ssl_get_status (SimSsl *self)
{
    JsonObject *object;

    object = json_object_new ();
    json_object_set_int_member (object, "mode", self->mode);
    json_object_set_int_member (object, "files", g_hash_table_size (self->files));
    json_object_set_boolean_member (object, "ca", self->loaded[KIND_CA] != NULL);
    json_object_set_boolean_member (object, "certificate", self->loaded[KIND_CERTIFICATE] != NULL);
    json_object_set_boolean_member (object, "key", self->loaded[KIND_KEY] != NULL);
    return object;
}

SimSsl *
sim_ssl_new (SimModule *module)
{
    SimSsl *self;

    self = g_new0 (SimSsl, 1);
    self->module = module;
    self->mode = -1;
    self->files = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) file_free);
    sim_at_table_add (module->table, "^SSLMNG", handle_manage, self);
    sim_at_table_add (module->table, "^SSLCFG", handle_configure, self);
    return self;
}

void
sim_ssl_free (SimSsl *self)
{
    sim_ssl_power_off (self);
    g_hash_table_unref (self->files);
    g_free (self);
}

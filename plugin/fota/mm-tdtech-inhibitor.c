/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mm-tdtech-inhibitor.h"

#include <unistd.h>

#include <gio/gunixfdlist.h>

/* org.freedesktop.login1(5) */
#define LOGIND_NAME      "org.freedesktop.login1"
#define LOGIND_PATH      "/org/freedesktop/login1"
#define LOGIND_INTERFACE "org.freedesktop.login1.Manager"

/* The inhibitor of one key: held, or being taken. Referenced by the table until it is released,
 * and by the calls in progress. */
typedef struct {
    gint          ref_count;
    gchar        *key;
    gint          fd;            /* -1: not held */
    GCancellable *cancellable;   /* of the connection; NULL: not started */
    GPtrArray    *tasks;         /* that wait for their end */
    guint         answer_id;
    guint         expiry_id;
} Inhibitor;

/* By key; NULL while empty */
static GHashTable *inhibitors;

/*****************************************************************************/

static Inhibitor *
inhibitor_new (const gchar *key)
{
    Inhibitor *self;

    self = g_new0 (Inhibitor, 1);
    self->ref_count = 1;
    self->key = g_strdup (key);
    self->fd = -1;
    self->tasks = g_ptr_array_new_with_free_func (g_object_unref);
    return self;
}

static Inhibitor *
inhibitor_ref (Inhibitor *self)
{
    self->ref_count++;
    return self;
}

static void
inhibitor_unref (Inhibitor *self)
{
    if (--self->ref_count > 0)
        return;
    if (self->fd >= 0)
        close (self->fd);
    g_clear_object (&self->cancellable);
    g_ptr_array_unref (self->tasks);
    g_free (self->key);
    g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Inhibitor, inhibitor_unref)

static void
clear_source (guint *id)
{
    if (*id)
        g_source_remove (*id);
    *id = 0;
}

/* Whether @self is still the one in the table */
static gboolean
is_current (Inhibitor *self)
{
    return inhibitors && g_hash_table_lookup (inhibitors, self->key) == self;
}

static void
forget (Inhibitor *self)
{
    if (!is_current (self))
        return;
    clear_source (&self->expiry_id);
    g_hash_table_remove (inhibitors, self->key);
    if (g_hash_table_size (inhibitors) == 0)
        g_clear_pointer (&inhibitors, g_hash_table_unref);
}

/*****************************************************************************/
/* Answering */

/* Answers all pending tasks. @error NULL: the lock is held */
static void
answer (Inhibitor    *self,
        const GError *error)
{
    g_autoptr(GPtrArray) tasks = NULL;
    guint                i;

    clear_source (&self->answer_id);
    g_cancellable_cancel (self->cancellable);
    tasks = self->tasks;
    self->tasks = g_ptr_array_new_with_free_func (g_object_unref);
    if (error)
        forget (self);

    for (i = 0; i < tasks->len; i++) {
        if (error)
            g_task_return_error (g_ptr_array_index (tasks, i), g_error_copy (error));
        else
            g_task_return_boolean (g_ptr_array_index (tasks, i), TRUE);
    }
}

static void
answer_cancelled (Inhibitor *self)
{
    g_autoptr(GError) error = NULL;

    error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "the inhibitor was released");
    answer (self, error);
}

static gboolean
answer_late_cb (gpointer user_data)
{
    g_autoptr(Inhibitor) self = inhibitor_ref (user_data);
    g_autoptr(GError)    error = NULL;

    self->answer_id = 0;
    error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "logind does not answer");
    answer (self, error);
    return G_SOURCE_REMOVE;
}

static gboolean
expired_cb (gpointer user_data)
{
    g_autoptr(Inhibitor) self = inhibitor_ref (user_data);

    self->expiry_id = 0;
    g_message ("sleep and shutdown are allowed again: the module has not come back");
    mm_tdtech_inhibitor_release (self->key);
    return G_SOURCE_REMOVE;
}

static void
restart_expiry (Inhibitor *self)
{
    clear_source (&self->expiry_id);
    self->expiry_id = g_timeout_add (MM_TDTECH_INHIBITOR_EXPIRY_MSEC, expired_cb, self);
}

/*****************************************************************************/
/* Taking the lock: connect, then call Inhibit */

static gint
get_fd (GVariant     *reply,
        GUnixFDList  *fds,
        GError      **error)
{
    gint handle;

    g_variant_get (reply, "(h)", &handle);
    if (!fds || handle < 0 || handle >= g_unix_fd_list_get_length (fds)) {
        g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "logind gave no lock");
        return -1;
    }
    return g_unix_fd_list_get (fds, handle, error);
}

static void
inhibit_ready (GObject      *source,
               GAsyncResult *res,
               gpointer      user_data)
{
    g_autoptr(Inhibitor)    self = user_data;
    g_autoptr(GUnixFDList)  fds = NULL;
    g_autoptr(GVariant)     reply = NULL;
    g_autoptr(GError)       error = NULL;

    reply = g_dbus_connection_call_with_unix_fd_list_finish (G_DBUS_CONNECTION (source), &fds, res, &error);
    /* Too late, if the time is over or the lock was released: then only this call still has @self,
     * and the last reference closes the lock */
    if (reply)
        self->fd = get_fd (reply, fds, &error);
    answer (self, error);
}

static void
connection_ready (GObject      *source,
                  GAsyncResult *res,
                  gpointer      user_data)
{
    g_autoptr(Inhibitor)       self = user_data;
    g_autoptr(GDBusConnection) connection = NULL;
    g_autoptr(GError)          error = NULL;

    connection = g_dbus_connection_new_for_address_finish (res, &error);
    /* Also if it was cancelled: then nobody waits */
    if (!connection) {
        answer (self, error);
        return;
    }
    /* Never cancelled: if the answer arrives as its connection closes, GLib loses the
     * descriptor, and the lock would be held for the life of the process */
    g_dbus_connection_call_with_unix_fd_list (connection,
                                              LOGIND_NAME,
                                              LOGIND_PATH,
                                              LOGIND_INTERFACE,
                                              "Inhibit",
                                              g_variant_new ("(ssss)",
                                                             "sleep:shutdown",
                                                             "ModemManager",
                                                             "The firmware of a modem is being upgraded",
                                                             "block"),
                                              G_VARIANT_TYPE ("(h)"),
                                              G_DBUS_CALL_FLAGS_NONE,
                                              G_MAXINT,
                                              NULL,
                                              NULL, /* cancellable */
                                              inhibit_ready,
                                              inhibitor_ref (self));
}

/* A connection of its own: the lock lives as long as its descriptor, not the
 * connection, and the loss of this one ends no process */
static void
start (Inhibitor *self)
{
    g_autoptr(GError)  error = NULL;
    g_autofree gchar  *address = NULL;

    self->cancellable = g_cancellable_new ();
    self->answer_id = g_timeout_add (MM_TDTECH_INHIBITOR_ANSWER_MSEC, answer_late_cb, self);
    address = g_dbus_address_get_for_bus_sync (G_BUS_TYPE_SYSTEM, NULL, &error);
    if (!address) {
        answer (self, error);
        return;
    }
    g_dbus_connection_new_for_address (address,
                                       G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                       G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                       NULL,
                                       self->cancellable,
                                       connection_ready,
                                       inhibitor_ref (self));
}

/*****************************************************************************/

void
mm_tdtech_inhibitor_take (const gchar         *key,
                          GCancellable        *cancellable,
                          GAsyncReadyCallback  callback,
                          gpointer             user_data)
{
    g_autoptr(Inhibitor)  self = NULL;
    GTask                *task;

    task = g_task_new (NULL, cancellable, callback, user_data);

    if (!inhibitors)
        inhibitors = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) inhibitor_unref);
    self = g_hash_table_lookup (inhibitors, key);
    if (self) {
        inhibitor_ref (self);
    } else {
        self = inhibitor_new (key);
        g_hash_table_insert (inhibitors, self->key, inhibitor_ref (self));
    }

    restart_expiry (self);
    g_ptr_array_add (self->tasks, task);
    if (self->fd >= 0)
        answer (self, NULL);
    else if (!self->cancellable)
        start (self);
}

gboolean
mm_tdtech_inhibitor_take_finish (GAsyncResult  *res,
                                 GError       **error)
{
    return g_task_propagate_boolean (G_TASK (res), error);
}

void
mm_tdtech_inhibitor_release (const gchar *key)
{
    g_autoptr(Inhibitor)  self = NULL;
    Inhibitor            *found;

    found = inhibitors ? g_hash_table_lookup (inhibitors, key) : NULL;
    if (!found)
        return;
    self = inhibitor_ref (found);
    answer_cancelled (self);
}

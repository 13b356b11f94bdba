/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * Updates a module's firmware over D-Bus, the way a program should:
 *
 *   cc -o update update.c $(pkg-config --cflags --libs gio-2.0)
 *   update URL [IMEI]
 *
 * Exit status: 0 upgraded, 2 the server has nothing newer, 1 anything else. What is
 * easily done wrong is told in update.py, which does the same.
 */

#include <gio/gio.h>

#define SERVICE "org.freedesktop.ModemManager1"
#define ROOT    "/org/freedesktop/ModemManager1"
#define MODEM   "org.freedesktop.ModemManager1.Modem"
#define FOTA    "com.td_tech.ModemManager1.Modem.Fota"

/* A module that works alone takes minutes; nobody waits for ever. */
#define LOST_AFTER (30 * 60)

enum { SUCCEEDED = 1, FAILED, CANCELLED, NOTHING_NEWER };

/* One module, wherever on the bus it is */
typedef struct {
    GDBusObjectManager *manager;
    GMainLoop          *loop;
    gchar              *imei;
    gboolean            late;
} Modem;

/*****************************************************************************/
/* The modem */

static gchar *
dup_string_property (GDBusProxy  *proxy,
                     const gchar *name)
{
    g_autoptr(GVariant) value = g_dbus_proxy_get_cached_property (proxy, name);

    return value && g_variant_is_of_type (value, G_VARIANT_TYPE_STRING) ? g_variant_dup_string (value, NULL) : NULL;
}

/* The proxy of the firmware interface, NULL while the modem is away. An upgrade
 * gives it another path: it is known by its IMEI. */
static GDBusProxy *
find_fota (Modem *self)
{
    GList      *objects = g_dbus_object_manager_get_objects (self->manager);
    GDBusProxy *found = NULL;
    GList      *l;

    for (l = objects; l && !found; l = l->next) {
        g_autoptr(GDBusInterface) modem = g_dbus_object_get_interface (l->data, MODEM);
        g_autoptr(GDBusInterface) fota = g_dbus_object_get_interface (l->data, FOTA);
        g_autofree gchar         *imei = NULL;

        if (!modem || !fota)
            continue;
        imei = dup_string_property (G_DBUS_PROXY (modem), "EquipmentIdentifier");
        if (!self->imei)
            self->imei = g_strdup (imei);
        if (g_strcmp0 (imei, self->imei) == 0)
            found = G_DBUS_PROXY (g_steal_pointer (&fota));
    }
    g_list_free_full (objects, g_object_unref);
    return found;
}

static void
something_happened (Modem *self)
{
    g_main_loop_quit (self->loop);
}

static gboolean
is_late (Modem *self)
{
    self->late = TRUE;
    g_main_loop_quit (self->loop);
    return G_SOURCE_REMOVE;
}

/* Until something changes; FALSE if nothing does for too long. */
static gboolean
wait_for_change (Modem *self)
{
    guint timer = g_timeout_add_seconds (LOST_AFTER, G_SOURCE_FUNC (is_late), self);

    g_main_loop_run (self->loop);
    if (!self->late)
        g_source_remove (timer);
    return !self->late;
}

static gboolean
modem_open (Modem   *self,
            GError **error)
{
    static const gchar *const signals[] = {
        "object-added", "object-removed", "interface-added", "interface-removed",
        "interface-proxy-properties-changed", "notify::name-owner",
    };
    guint i;

    self->loop = g_main_loop_new (NULL, FALSE);
    self->manager = g_dbus_object_manager_client_new_for_bus_sync (
        G_BUS_TYPE_SYSTEM, G_DBUS_OBJECT_MANAGER_CLIENT_FLAGS_DO_NOT_AUTO_START,
        SERVICE, ROOT, NULL, NULL, NULL, NULL, error);
    if (!self->manager)
        return FALSE;
    for (i = 0; i < G_N_ELEMENTS (signals); i++)
        g_signal_connect_swapped (self->manager, signals[i], G_CALLBACK (something_happened), self);
    return TRUE;
}

static void
modem_close (Modem *self)
{
    g_clear_object (&self->manager);
    g_clear_pointer (&self->loop, g_main_loop_unref);
    g_clear_pointer (&self->imei, g_free);
}

/*****************************************************************************/
/* An operation */

static GVariant *
failure (const gchar *message)
{
    g_auto(GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

    g_variant_dict_insert (&dict, "outcome", "u", FAILED);
    g_variant_dict_insert (&dict, "message", "s", message);
    return g_variant_ref_sink (g_variant_dict_end (&dict));
}

/* State wanders within a transaction: only Result with our id ends it. */
static GVariant *
wait_for_result (Modem       *self,
                 const gchar *transaction)
{
    for (;;) {
        g_autoptr(GDBusProxy)  fota = find_fota (self);
        g_autoptr(GVariant)    result = fota ? g_dbus_proxy_get_cached_property (fota, "Result") : NULL;
        const gchar           *id = NULL;

        if (result && g_variant_lookup (result, "transaction", "&s", &id) && g_str_equal (id, transaction))
            return g_steal_pointer (&result);
        if (!wait_for_change (self))
            return failure ("the module does not come back");
    }
}

/* Starts an operation and returns its result, however long that takes. */
static GVariant *
run (Modem        *self,
     const gchar  *method,
     GVariantDict *options)
{
    g_autoptr(GDBusProxy)  fota = find_fota (self);
    g_autoptr(GVariant)    answer = NULL;
    g_autoptr(GError)      error = NULL;
    g_autofree gchar      *uuid = g_uuid_string_random ();
    g_autofree gchar      *transaction = g_strconcat ("example-", uuid, NULL);

    if (!fota)
        return failure ("the modem is gone");
    /* An id of our own: the result may be there before the reply is. */
    g_variant_dict_insert (options, "transaction", "s", transaction);
    answer = g_dbus_proxy_call_sync (fota, method, g_variant_new ("(@a{sv})", g_variant_dict_end (options)),
                                     G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error);
    /* Without a reply it may have been taken all the same: the result tells. */
    if (!answer && !g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_NO_REPLY) &&
        !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT)) {
        g_dbus_error_strip_remote_error (error);
        return failure (error->message);
    }
    return wait_for_result (self, transaction);
}

static guint
outcome_of (GVariant *result)
{
    guint outcome = FAILED;

    g_variant_lookup (result, "outcome", "u", &outcome);
    return outcome;
}

static const gchar *
text_of (GVariant    *result,
         const gchar *key)
{
    const gchar *text = "";

    g_variant_lookup (result, key, "&s", &text);
    return text;
}

/*****************************************************************************/

static GVariant *
update (Modem       *modem,
        const gchar *url)
{
    g_auto(GVariantDict) check = G_VARIANT_DICT_INIT (NULL);
    g_auto(GVariantDict) download = G_VARIANT_DICT_INIT (NULL);
    g_autoptr(GVariant)  found = NULL;

    g_variant_dict_insert (&check, "url", "s", url);
    found = run (modem, "Check", &check);
    if (outcome_of (found) != SUCCEEDED)
        return g_steal_pointer (&found);

    /* Only what was found is installed. */
    g_variant_dict_insert (&download, "url", "s", url);
    g_variant_dict_insert (&download, "expect-version", "s", text_of (found, "to"));
    g_variant_dict_insert (&download, "upgrade", "b", TRUE);
    return run (modem, "Download", &download);
}

int
main (int    argc,
      char **argv)
{
    g_autoptr(GError)    error = NULL;
    g_autoptr(GVariant)  result = NULL;
    Modem                modem = { .imei = argc > 2 ? g_strdup (argv[2]) : NULL };

    if (argc < 2) {
        g_printerr ("Usage: update URL [IMEI]\n");
        return 1;
    }
    result = modem_open (&modem, &error) ? update (&modem, argv[1]) : failure (error->message);
    modem_close (&modem);

    switch (outcome_of (result)) {
    case SUCCEEDED:
        g_print ("upgraded from %s to %s\n", text_of (result, "from"), text_of (result, "to"));
        return 0;
    case NOTHING_NEWER:
        g_print ("nothing newer\n");
        return 2;
    default:
        g_printerr ("failed: %s\n", text_of (result, "message"));
        return 1;
    }
}

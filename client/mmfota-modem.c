/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-modem.h"

#include <stdlib.h>
#include <string.h>

#include <glib/gi18n.h>

#include "mm-tdtech-fota-enums.h"
#include "mmfota-text.h"

#define MODEM_INTERFACE "org.freedesktop.ModemManager1.Modem"
#define MODEM_PREFIX    "/org/freedesktop/ModemManager1/Modem/"
#define PLUGIN_NAME     "tdtech"

/* Characters that need no quoting in a shell */
#define NAME_CHARS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._:@-"

struct _MmfotaModem {
    GObject           parent;
    MMManager        *manager;
    MmGdbusModemFota *fota;
    gchar            *path;
    gchar            *equipment_identifier;
    gchar            *device_identifier;
    gchar            *device;
    gchar            *model;
    gchar            *transaction;
    gchar            *wanted;      /* the modem has not been seen yet */
    gboolean          shares_imei; /* its IMEI is not unique: developer boards may share one */
};

enum {
    SIGNAL_CHANGED,
    SIGNAL_EVENT,
    SIGNAL_LAST
};

static guint signals[SIGNAL_LAST];

G_DEFINE_FINAL_TYPE (MmfotaModem, mmfota_modem, G_TYPE_OBJECT)

/*****************************************************************************/
/* ModemManager */

/* MMManager does not know this interface. With the wanted types, its own GetManagedObjects call
 * brings these properties, too, without another round trip. Plain object proxies, because an
 * MMObject needs a GObject property for each interface of a generated type. */
static GType
get_proxy_type (GDBusObjectManagerClient *manager,
                const gchar              *object_path,
                const gchar              *interface_name,
                gpointer                  user_data)
{
    if (!interface_name)
        return G_TYPE_DBUS_OBJECT_PROXY;
    if (g_str_equal (interface_name, MM_TDTECH_FOTA_DBUS_INTERFACE))
        return MM_GDBUS_TYPE_MODEM_FOTA_PROXY;
    if (g_str_equal (interface_name, MODEM_INTERFACE))
        return MM_TYPE_MODEM;
    return G_TYPE_DBUS_PROXY;
}

MMManager *
mmfota_manager_await (GDBusConnection  *connection,
                      GError          **error)
{
    return g_initable_new (MM_TYPE_MANAGER, NULL, error,
                           "connection",          connection,
                           "name",                MM_DBUS_SERVICE,
                           "object-path",         MM_DBUS_PATH,
                           "flags",               G_DBUS_OBJECT_MANAGER_CLIENT_FLAGS_DO_NOT_AUTO_START,
                           "get-proxy-type-func", get_proxy_type,
                           NULL);
}

MMManager *
mmfota_manager_new (GDBusConnection  *connection,
                    GError          **error)
{
    g_autoptr(MMManager) manager = mmfota_manager_await (connection, error);
    g_autofree gchar    *owner = NULL;

    if (!manager)
        return NULL;

    owner = g_dbus_object_manager_client_get_name_owner (G_DBUS_OBJECT_MANAGER_CLIENT (manager));
    if (!owner) {
        g_set_error (error, MM_CORE_ERROR, MM_CORE_ERROR_NOT_FOUND,
                     _("ModemManager is not on the bus: is it running? (systemctl status ModemManager)"));
        return NULL;
    }

    return g_steal_pointer (&manager);
}

/* The object owns them */
static gpointer
peek_interface (GDBusObject *object,
                const gchar *name)
{
    g_autoptr(GDBusInterface) interface = g_dbus_object_get_interface (object, name);

    return interface;
}

MmGdbusModemFota *
mmfota_manager_peek_fota (GDBusObject *object)
{
    gpointer interface = peek_interface (object, MM_TDTECH_FOTA_DBUS_INTERFACE);

    return interface ? MM_GDBUS_MODEM_FOTA (interface) : NULL;
}

MMModem *
mmfota_manager_peek_modem (GDBusObject *object)
{
    gpointer interface = peek_interface (object, MODEM_INTERFACE);

    return interface ? MM_MODEM (interface) : NULL;
}

static gint
compare_index (gconstpointer a,
               gconstpointer b)
{
    const gchar *index_a = strrchr (g_dbus_object_get_object_path (G_DBUS_OBJECT (a)), '/') + 1;
    const gchar *index_b = strrchr (g_dbus_object_get_object_path (G_DBUS_OBJECT (b)), '/') + 1;
    gulong       number_a = strtoul (index_a, NULL, 10);
    gulong       number_b = strtoul (index_b, NULL, 10);

    return (number_a > number_b) - (number_a < number_b);
}

GList *
mmfota_manager_list_modems (MMManager *manager)
{
    GList *objects;
    GList *found = NULL;
    GList *l;

    objects = g_dbus_object_manager_get_objects (G_DBUS_OBJECT_MANAGER (manager));
    for (l = objects; l; l = l->next) {
        if (mmfota_manager_peek_fota (l->data))
            found = g_list_prepend (found, g_object_ref (l->data));
    }
    g_list_free_full (objects, g_object_unref);
    return g_list_sort (found, compare_index);
}

/*****************************************************************************/
/* Identity */

static void
learn (gchar       **field,
       const gchar  *value)
{
    if (value && value[0] && g_strcmp0 (*field, value) != 0) {
        g_free (*field);
        *field = g_strdup (value);
    }
}

gboolean
mmfota_modem_runs (MmGdbusModemFota *fota,
                   const gchar      *transaction)
{
    return transaction && g_strcmp0 (mm_gdbus_modem_fota_get_transaction (fota), transaction) == 0;
}

GVariant *
mmfota_modem_dup_result (MmGdbusModemFota *fota,
                         const gchar      *transaction)
{
    g_autoptr(GVariant)  result = mm_gdbus_modem_fota_dup_result (fota);
    const gchar         *id = NULL;

    if (!result || !transaction ||
        !g_variant_lookup (result, "transaction", "&s", &id) ||
        !g_str_equal (id, transaction))
        return NULL;
    return g_steal_pointer (&result);
}

/* Not the device identifier: ModemManager derives it from the firmware version, among others
 * (mm_create_device_identifier) */
static gboolean
is_same_modem (MmfotaModem      *self,
               MMModem          *modem,
               MmGdbusModemFota *fota)
{
    g_autoptr(GVariant)  result = mmfota_modem_dup_result (fota, self->transaction);
    const gchar         *equipment_identifier;

    if (result || mmfota_modem_runs (fota, self->transaction))
        return TRUE;
    if (!modem)
        return FALSE;

    equipment_identifier = mm_modem_get_equipment_identifier (modem);
    if (self->equipment_identifier && !self->shares_imei && equipment_identifier && equipment_identifier[0])
        return g_str_equal (self->equipment_identifier, equipment_identifier);
    return self->device && g_strcmp0 (self->device, mm_modem_get_device (modem)) == 0;
}

/*****************************************************************************/
/* Matching names */

static gboolean
is_all_digits (const gchar *text)
{
    return text[0] && strspn (text, "0123456789") == strlen (text);
}

/* No index is as long as an IMEI */
static gboolean
is_index (const gchar *text)
{
    return is_all_digits (text) && strlen (text) < 14;
}

/* The module itself reports IMEI and IMEISV: they may be anything */
static gboolean
is_imei (const gchar *text)
{
    gsize length = text ? strlen (text) : 0;

    return length >= 14 && length <= 16 && is_all_digits (text);
}

static gboolean
is_any (const gchar *which)
{
    return !which || g_ascii_strncasecmp (which, "any", strlen (which)) == 0;
}

/* Whether it can be used with -m, without quoting, for this device */
static gboolean
is_device_name (const gchar *device)
{
    gsize length = device ? strlen (device) : 0;

    return length > 0 && length <= 255 && device[0] != '-' && strspn (device, NAME_CHARS) == length &&
           !is_any (device) && !is_all_digits (device) && !g_str_has_prefix (device, MODEM_PREFIX);
}

/* As mmcli does with -m (a path, an index, "any" or a prefix of it, a uid), and what it shows:
 * equipment and device identifier */
static gboolean
is_wanted (GDBusObject *object,
           const gchar *which)
{
    const gchar *path = g_dbus_object_get_object_path (object);
    MMModem     *modem = mmfota_manager_peek_modem (object);

    if (is_any (which))
        return TRUE;
    if (which[0] == '/' && g_str_has_prefix (which, MODEM_PREFIX))
        return g_str_equal (path, which);
    if (is_index (which))
        return g_str_equal (strrchr (path, '/') + 1, which);
    return modem && (g_strcmp0 (mm_modem_get_equipment_identifier (modem), which) == 0 ||
                     g_strcmp0 (mm_modem_get_device_identifier (modem), which) == 0 ||
                     g_strcmp0 (mm_modem_get_device (modem), which) == 0);
}

/* The index and path of a modem that is waited for are no longer valid */
static gboolean
is_awaited (GDBusObject *object,
            const gchar *which)
{
    return is_index (which) || g_str_has_prefix (which, MODEM_PREFIX) || is_wanted (object, which);
}

/*****************************************************************************/
/* Appearing and disappearing */

static void
properties_changed (GDBusProxy  *proxy,
                    GVariant    *changed,
                    GStrv        invalidated,
                    MmfotaModem *self)
{
    g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

static void
event_received (MmGdbusModemFota *fota,
                guint64           sequence,
                guint             kind,
                GVariant         *details,
                MmfotaModem      *self)
{
    g_signal_emit (self, signals[SIGNAL_EVENT], 0, sequence, kind, details);
}

/* A twin that was seen stays known: after a restart of ModemManager the modems appear one by one */
static void
look_for_twins (MmfotaModem *self)
{
    GList *modems;
    GList *l;
    guint  n = 0;

    if (!self->equipment_identifier)
        return;
    modems = mmfota_manager_list_modems (self->manager);
    for (l = modems; l; l = l->next) {
        MMModem *modem = mmfota_manager_peek_modem (l->data);

        if (modem && g_strcmp0 (mm_modem_get_equipment_identifier (modem), self->equipment_identifier) == 0)
            n++;
    }
    g_list_free_full (modems, g_object_unref);
    if (n > 1)
        self->shares_imei = TRUE;
}

static void
detach (MmfotaModem *self)
{
    if (!self->fota)
        return;
    g_signal_handlers_disconnect_by_data (self->fota, self);
    g_clear_object (&self->fota);
}

static void
attach (MmfotaModem *self,
        GDBusObject *object)
{
    MMModem *modem = mmfota_manager_peek_modem (object);

    detach (self);
    self->fota = g_object_ref (mmfota_manager_peek_fota (object));
    learn (&self->path, g_dbus_object_get_object_path (object));
    if (modem) {
        learn (&self->equipment_identifier, mm_modem_get_equipment_identifier (modem));
        learn (&self->device_identifier, mm_modem_get_device_identifier (modem));
        learn (&self->device, mm_modem_get_device (modem));
        learn (&self->model, mm_modem_get_model (modem));
    }
    look_for_twins (self);

    g_debug ("modem at %s", self->path);
    g_signal_connect (self->fota, "g-properties-changed", G_CALLBACK (properties_changed), self);
    g_signal_connect (self->fota, "event", G_CALLBACK (event_received), self);
}

static void
object_came (MmfotaModem *self,
             GDBusObject *object)
{
    MmGdbusModemFota *fota = mmfota_manager_peek_fota (object);

    if (self->fota || !fota)
        return;
    if (self->wanted ? !is_awaited (object, self->wanted)
                     : !is_same_modem (self, mmfota_manager_peek_modem (object), fota))
        return;
    g_clear_pointer (&self->wanted, g_free);

    attach (self, object);
    g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

static void
object_went (MmfotaModem *self,
             GDBusObject *object)
{
    if (!self->fota || g_strcmp0 (self->path, g_dbus_object_get_object_path (object)) != 0)
        return;

    g_debug ("modem at %s is gone", self->path);
    detach (self);
    g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

static void
interface_came (MmfotaModem    *self,
                GDBusObject    *object,
                GDBusInterface *interface)
{
    object_came (self, object);
}

static void
interface_went (MmfotaModem    *self,
                GDBusObject    *object,
                GDBusInterface *interface)
{
    if ((gpointer) interface == (gpointer) self->fota)
        object_went (self, object);
}

/*****************************************************************************/
/* Finding */

static gchar *
list_paths (GList *modems)
{
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new ();
    g_auto(GStrv)           paths = NULL;

    for (; modems; modems = modems->next)
        g_strv_builder_add (builder, strrchr (g_dbus_object_get_object_path (modems->data), '/') + 1);
    paths = g_strv_builder_end (builder);
    return mmfota_text_list (paths);
}

/* A module of the right kind, but without the interface */
static gboolean
is_bare (MMModem *modem)
{
    const gchar *manufacturer = mm_modem_get_manufacturer (modem);
    const gchar *model = mm_modem_get_model (modem);

    return (manufacturer && strcasestr (manufacturer, "TD Tech")) ||
           (model && (g_str_has_prefix (model, "MT5700M") || g_str_has_prefix (model, "MT5710")));
}

static MMModem *
find_bare (MMManager *manager)
{
    GList   *objects = g_dbus_object_manager_get_objects (G_DBUS_OBJECT_MANAGER (manager));
    MMModem *found = NULL;
    GList   *l;

    for (l = objects; l && !found; l = l->next) {
        MMModem *modem = mmfota_manager_peek_modem (l->data);

        if (modem && !mmfota_manager_peek_fota (l->data) && is_bare (modem))
            found = g_object_ref (modem);
    }
    g_list_free_full (objects, g_object_unref);
    return found;
}

static void
set_none_found (MMManager  *manager,
                GError    **error)
{
    g_autoptr(MMModem)  bare = find_bare (manager);
    g_autofree gchar   *model = NULL;
    const gchar        *index;

    if (!bare) {
        g_set_error (error, MM_CORE_ERROR, MM_CORE_ERROR_NOT_FOUND,
                     _("no TD Tech modem is there: look at 'mmcli -L', at 'lsusb -d 3466:' "
                       "and at 'journalctl -u ModemManager'"));
        return;
    }
    model = mmfota_text_printable (mm_modem_get_model (bare));
    index = strrchr (g_dbus_proxy_get_object_path (G_DBUS_PROXY (bare)), '/') + 1;
    if (g_strcmp0 (mm_modem_get_plugin (bare), PLUGIN_NAME) == 0)
        g_set_error (error, MM_CORE_ERROR, MM_CORE_ERROR_NOT_FOUND,
                     _("modem %s (%s) has no firmware interface: ModemManager does not know its AT port, "
                       "look at 'mmcli -m %s' and at 'journalctl -u ModemManager'"), index, model, index);
    else
        g_set_error (error, MM_CORE_ERROR, MM_CORE_ERROR_NOT_FOUND,
                     _("modem %s (%s) is there, but without ModemManager's TD Tech plugin: "
                       "is modemmanager-plugin-tdtech installed, ModemManager restarted since, "
                       "and what does 'journalctl -u ModemManager' say about it?"), index, model);
}

static GDBusObject *
choose (MMManager    *manager,
        GList        *modems,
        const gchar  *which,
        GError      **error)
{
    g_autofree gchar *printable = NULL;
    GDBusObject      *found = NULL;
    GList            *l;

    if (!modems) {
        set_none_found (manager, error);
        return NULL;
    }
    if (!which && modems->next) {
        g_autofree gchar *paths = list_paths (modems);

        g_set_error (error, MM_CORE_ERROR, MM_CORE_ERROR_TOO_MANY,
                     _("there is more than one modem (%s): choose with -m"), paths);
        return NULL;
    }
    printable = mmfota_text_printable (which);
    for (l = modems; l && !(found && is_any (which)); l = l->next) {
        if (!is_wanted (l->data, which))
            continue;
        if (found) {
            g_set_error (error, MM_CORE_ERROR, MM_CORE_ERROR_TOO_MANY,
                         _("more than one modem is called '%s': choose by index, path or uid (see -L)"), printable);
            return NULL;
        }
        found = l->data;
    }
    if (found)
        return found;

    g_set_error (error, MM_CORE_ERROR, MM_CORE_ERROR_NOT_FOUND,
                 _("no modem '%s' with firmware update over the air is there"), printable);
    return NULL;
}

static MmfotaModem *
modem_new (MMManager *manager)
{
    MmfotaModem *self = g_object_new (MMFOTA_TYPE_MODEM, NULL);

    self->manager = g_object_ref (manager);
    g_signal_connect_object (manager, "object-added", G_CALLBACK (object_came), self, G_CONNECT_SWAPPED);
    g_signal_connect_object (manager, "object-removed", G_CALLBACK (object_went), self, G_CONNECT_SWAPPED);
    g_signal_connect_object (manager, "interface-added", G_CALLBACK (interface_came), self, G_CONNECT_SWAPPED);
    g_signal_connect_object (manager, "interface-removed", G_CALLBACK (interface_went), self, G_CONNECT_SWAPPED);
    return self;
}

MmfotaModem *
mmfota_modem_find (MMManager    *manager,
                   const gchar  *which,
                   GError      **error)
{
    MmfotaModem *self = NULL;
    GDBusObject *object;
    GList       *modems;

    modems = mmfota_manager_list_modems (manager);
    object = choose (manager, modems, which, error);
    if (object) {
        self = modem_new (manager);
        attach (self, object);
    }
    g_list_free_full (modems, g_object_unref);
    return self;
}

MmfotaModem *
mmfota_modem_await (MMManager   *manager,
                    const gchar *which)
{
    MmfotaModem *self = modem_new (manager);

    self->wanted = g_strdup (which ? which : "any");
    return self;
}

/*****************************************************************************/
/* Accessors */

MmGdbusModemFota *
mmfota_modem_peek_fota (MmfotaModem *self)
{
    return self->fota;
}

GDBusConnection *
mmfota_modem_peek_connection (MmfotaModem *self)
{
    return g_dbus_object_manager_client_get_connection (G_DBUS_OBJECT_MANAGER_CLIENT (self->manager));
}

gboolean
mmfota_modem_has_manager (MmfotaModem *self)
{
    g_autofree gchar *owner = NULL;

    owner = g_dbus_object_manager_client_get_name_owner (G_DBUS_OBJECT_MANAGER_CLIENT (self->manager));
    return !!owner;
}

const gchar *
mmfota_modem_get_path (MmfotaModem *self)
{
    return self->path;
}

const gchar *
mmfota_modem_get_index (MmfotaModem *self)
{
    return self->path ? strrchr (self->path, '/') + 1 : "any";
}

const gchar *
mmfota_modem_get_name (MmfotaModem *self)
{
    look_for_twins (self);
    if (is_imei (self->equipment_identifier) && !self->shares_imei)
        return self->equipment_identifier;
    if (is_device_name (self->device))
        return self->device;
    return mmfota_modem_get_index (self);
}

MmfotaIdentity
mmfota_modem_get_identity (MmfotaModem *self)
{
    MmfotaIdentity identity = {
        .path                 = self->path,
        .equipment_identifier = self->equipment_identifier,
        .device_identifier    = self->device_identifier,
        .device               = self->device,
    };

    return identity;
}

const gchar *
mmfota_modem_get_model (MmfotaModem *self)
{
    return self->model;
}

void
mmfota_modem_set_transaction (MmfotaModem *self,
                              const gchar *transaction)
{
    learn (&self->transaction, transaction);
}

/*****************************************************************************/
/* GObject */

static void
mmfota_modem_init (MmfotaModem *self)
{
}

static void
finalize (GObject *object)
{
    MmfotaModem *self = MMFOTA_MODEM (object);

    detach (self);
    g_clear_object (&self->manager);
    g_free (self->path);
    g_free (self->equipment_identifier);
    g_free (self->device_identifier);
    g_free (self->wanted);
    g_free (self->device);
    g_free (self->model);
    g_free (self->transaction);

    G_OBJECT_CLASS (mmfota_modem_parent_class)->finalize (object);
}

static void
mmfota_modem_class_init (MmfotaModemClass *klass)
{
    G_OBJECT_CLASS (klass)->finalize = finalize;

    signals[SIGNAL_CHANGED] =
        g_signal_new ("changed", MMFOTA_TYPE_MODEM, G_SIGNAL_RUN_LAST, 0,
                      NULL, NULL, NULL, G_TYPE_NONE, 0);
    signals[SIGNAL_EVENT] =
        g_signal_new ("event", MMFOTA_TYPE_MODEM, G_SIGNAL_RUN_LAST, 0,
                      NULL, NULL, NULL, G_TYPE_NONE, 3,
                      G_TYPE_UINT64, G_TYPE_UINT, G_TYPE_VARIANT);
}

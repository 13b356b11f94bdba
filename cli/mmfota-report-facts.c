/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-report-facts.h"

#include <string.h>
#include <sys/utsname.h>

#include <libmm-glib.h>

#include "mmfota-text.h"

#define FOTA "com.td_tech.ModemManager1.Modem.Fota"
#define MM(name) "org.freedesktop.ModemManager1." name

/* An interface of an object, with its properties */
typedef struct {
    gchar    *path;
    gchar    *interface;
    GVariant *properties; /* a{sv} */
} Fact;

struct _MmfotaReportFacts {
    GPtrArray *facts;
    GPtrArray *paths;       /* of the reported modems */
    GPtrArray *other_ports; /* of other modems */
    GVariant  *events;      /* aa{sv} */
    gchar     *daemon;
};

/* Which secret a property is, if any. A string property that is not listed is replaced. */
#define TOLD MMFOTA_N_SECRETS

static const struct {
    const gchar *interface;
    const gchar *property;
    guint        secret;
} known[] = {
    { FOTA,                 NULL,                       TOLD },
    { MM ("Modem.Firmware"), NULL,                      TOLD },
    { MM ("Modem.Modem3gpp.ProfileManager"), NULL,      TOLD },
    { MM ("Modem"),         "CarrierConfiguration",     TOLD },
    { MM ("Modem"),         "CarrierConfigurationRevision", TOLD },
    { MM ("Modem"),         "Device",                   TOLD },
    { MM ("Modem"),         "Drivers",                  TOLD },
    { MM ("Modem"),         "HardwareRevision",         TOLD },
    { MM ("Modem"),         "Manufacturer",             TOLD },
    { MM ("Modem"),         "Model",                    TOLD },
    { MM ("Modem"),         "Physdev",                  TOLD },
    { MM ("Modem"),         "Plugin",                   TOLD },
    { MM ("Modem"),         "Ports",                    TOLD },
    { MM ("Modem"),         "IgnoredPorts",             TOLD },
    { MM ("Modem"),         "PrimaryPort",              TOLD },
    { MM ("Modem"),         "Revision",                 TOLD },
    { MM ("Bearer"),        "Interface",                TOLD },
    { MM ("Bearer"),        "ConnectionError",          TOLD },
    { MM ("Modem.Modem3gpp"), "OperatorCode",           MMFOTA_SECRET_NETWORK },
    { MM ("Modem.Modem3gpp"), "OperatorName",           MMFOTA_SECRET_NETWORK },
    { MM ("Modem.Modem3gpp"), "NetworkRejection",       MMFOTA_SECRET_NETWORK },
    { MM ("Sim"),           "OperatorIdentifier",       MMFOTA_SECRET_NETWORK },
    { MM ("Sim"),           "OperatorName",             MMFOTA_SECRET_NETWORK },
    { MM ("Sim"),           "PreferredNetworks",        MMFOTA_SECRET_NETWORK },
    { MM ("Sim"),           "EmergencyNumbers",         MMFOTA_SECRET_NUMBER },
    { MM ("Sim"),           "SimIdentifier",            MMFOTA_SECRET_ICCID },
    { MM ("Sim"),           "Imsi",                     MMFOTA_SECRET_IMSI },
    { MM ("Modem"),         "EquipmentIdentifier",      MMFOTA_SECRET_IMEI },
    { MM ("Modem.Modem3gpp"), "Imei",                   MMFOTA_SECRET_IMEI },
    { MM ("Modem"),         "OwnNumbers",               MMFOTA_SECRET_NUMBER },
    { MM ("Modem.Modem3gpp"), "InitialEpsBearerSettings", MMFOTA_SECRET_APN },
    { MM ("Bearer"),        "Properties",               MMFOTA_SECRET_APN },
    { MM ("Bearer"),        "Ip4Config",                MMFOTA_SECRET_ADDRESS },
    { MM ("Bearer"),        "Ip6Config",                MMFOTA_SECRET_ADDRESS },
    { MM ("Modem.Modem3gpp.Ussd"), NULL,                MMFOTA_SECRET_SMS },
    { MM ("Sms"),           "Number",                   MMFOTA_SECRET_NUMBER },
    { MM ("Sms"),           NULL,                       MMFOTA_SECRET_SMS },
    { MM ("Call"),          NULL,                       MMFOTA_SECRET_NUMBER },
};

static guint
find_secret (const gchar *interface,
             const gchar *property)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS (known); i++) {
        if (g_str_equal (known[i].interface, interface) &&
            (!known[i].property || g_str_equal (known[i].property, property)))
            return known[i].secret;
    }
    return MMFOTA_SECRET_OTHER;
}

/*****************************************************************************/
/* Queries */

static GVariant *
ask (GDBusConnection    *connection,
     const gchar        *path,
     const gchar        *interface,
     const gchar        *method,
     GVariant           *arguments,
     const GVariantType *type)
{
    return g_dbus_connection_call_sync (connection, MM_DBUS_SERVICE, path, interface, method, arguments, type,
                                        G_DBUS_CALL_FLAGS_NO_AUTO_START, 30 * 1000, NULL, NULL);
}

static void
take_fact (MmfotaReportFacts *self,
           const gchar       *path,
           const gchar       *interface,
           GVariant          *properties)
{
    Fact *fact = g_new0 (Fact, 1);

    fact->path = g_strdup (path);
    fact->interface = g_strdup (interface);
    fact->properties = g_variant_ref_sink (properties);
    g_ptr_array_add (self->facts, fact);
}

static void
fact_free (Fact *fact)
{
    g_free (fact->path);
    g_free (fact->interface);
    g_variant_unref (fact->properties);
    g_free (fact);
}

static void
ask_object (MmfotaReportFacts *self,
            GDBusConnection   *connection,
            const gchar       *path,
            const gchar       *interface)
{
    g_autoptr(GVariant) reply = NULL;

    reply = ask (connection, path, "org.freedesktop.DBus.Properties", "GetAll",
                 g_variant_new ("(s)", interface), G_VARIANT_TYPE ("(a{sv})"));
    if (reply)
        take_fact (self, path, interface, g_variant_get_child_value (reply, 0));
}

/* Objects that a modem refers to; the object manager lists modems only */
static void
ask_named_objects (MmfotaReportFacts *self,
                   GDBusConnection   *connection,
                   GVariant          *modem)
{
    static const struct {
        const gchar *property;
        const gchar *interface;
    } named[] = { { "Sim", MM ("Sim") }, { "Bearers", MM ("Bearer") } };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (named); i++) {
        g_autoptr(GVariant) value = g_variant_lookup_value (modem, named[i].property, NULL);
        gsize               j;

        if (value && g_variant_is_of_type (value, G_VARIANT_TYPE_OBJECT_PATH) &&
            !g_str_equal (g_variant_get_string (value, NULL), "/"))
            ask_object (self, connection, g_variant_get_string (value, NULL), named[i].interface);
        if (!value || !g_variant_is_of_type (value, G_VARIANT_TYPE_OBJECT_PATH_ARRAY))
            continue;
        for (j = 0; j < g_variant_n_children (value); j++) {
            g_autoptr(GVariant) path = g_variant_get_child_value (value, j);

            ask_object (self, connection, g_variant_get_string (path, NULL), named[i].interface);
        }
    }
}

static gboolean
is_chosen (const gchar *which,
           const gchar *path,
           GVariant    *modem,
           gboolean     has_fota)
{
    static const gchar *const names[] = { "EquipmentIdentifier", "DeviceIdentifier", "Device", "Physdev" };
    const gchar              *value;
    guint                     i;

    if (!which || g_str_equal (which, "any"))
        return has_fota;
    if (g_str_equal (which, path) || (strrchr (path, '/') && g_str_equal (which, strrchr (path, '/') + 1)))
        return TRUE;
    for (i = 0; i < G_N_ELEMENTS (names); i++) {
        if (g_variant_lookup (modem, names[i], "&s", &value) && g_str_equal (value, which))
            return TRUE;
    }
    return FALSE;
}

static void
note_other_ports (MmfotaReportFacts *self,
                  GVariant          *modem)
{
    g_autoptr(GVariant) ports = g_variant_lookup_value (modem, "Ports", G_VARIANT_TYPE ("a(su)"));
    gsize               i;

    for (i = 0; ports && i < g_variant_n_children (ports); i++) {
        const gchar *name;

        g_variant_get_child (ports, i, "(&su)", &name, NULL);
        g_ptr_array_add (self->other_ports, g_strdup (name));
    }
}

static void
ask_modem (MmfotaReportFacts *self,
           GDBusConnection   *connection,
           const gchar       *which,
           const gchar       *path,
           GVariant          *interfaces)
{
    g_autoptr(GVariant)  modem = g_variant_lookup_value (interfaces, MM ("Modem"), G_VARIANT_TYPE_VARDICT);
    g_autoptr(GVariant)  fota = g_variant_lookup_value (interfaces, FOTA, G_VARIANT_TYPE_VARDICT);
    GVariantIter         iter;
    const gchar         *interface;
    GVariant            *properties;

    if (!modem)
        return;
    if (!is_chosen (which, path, modem, fota != NULL)) {
        note_other_ports (self, modem);
        return;
    }
    g_ptr_array_add (self->paths, g_strdup (path));
    g_variant_iter_init (&iter, interfaces);
    while (g_variant_iter_next (&iter, "{&s@a{sv}}", &interface, &properties)) {
        take_fact (self, path, interface, properties);
        g_variant_unref (properties);
    }
    ask_named_objects (self, connection, modem);
    if (fota && !self->events) {
        g_autoptr(GVariant) reply = ask (connection, path, FOTA, "ListEvents", g_variant_new ("(t)", (guint64) 0),
                                         G_VARIANT_TYPE ("(aa{sv})"));

        if (reply)
            self->events = g_variant_get_child_value (reply, 0);
    }
}

MmfotaReportFacts *
mmfota_report_facts_new (GDBusConnection *connection,
                         const gchar     *which)
{
    MmfotaReportFacts   *self = g_new0 (MmfotaReportFacts, 1);
    g_autoptr(GVariant)  reply = NULL;
    g_autoptr(GVariant)  version = NULL;
    g_autoptr(GVariant)  objects = NULL;
    GVariantIter         iter;
    const gchar         *path;
    GVariant            *interfaces;

    self->facts = g_ptr_array_new_with_free_func ((GDestroyNotify) fact_free);
    self->paths = g_ptr_array_new_with_free_func (g_free);
    self->other_ports = g_ptr_array_new_with_free_func (g_free);
    version = ask (connection, MM_DBUS_PATH, "org.freedesktop.DBus.Properties", "Get",
                   g_variant_new ("(ss)", MM_DBUS_SERVICE, "Version"), G_VARIANT_TYPE ("(v)"));
    if (version) {
        g_autoptr(GVariant) value = NULL;

        g_variant_get (version, "(v)", &value);
        self->daemon = g_variant_is_of_type (value, G_VARIANT_TYPE_STRING) ? g_variant_dup_string (value, NULL) : NULL;
    }
    reply = ask (connection, MM_DBUS_PATH, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects", NULL,
                 G_VARIANT_TYPE ("(a{oa{sa{sv}}})"));
    if (!reply)
        return self;
    objects = g_variant_get_child_value (reply, 0);
    g_variant_iter_init (&iter, objects);
    while (g_variant_iter_loop (&iter, "{&o@a{sa{sv}}}", &path, &interfaces))
        ask_modem (self, connection, which, path, interfaces);
    return self;
}

void
mmfota_report_facts_free (MmfotaReportFacts *self)
{
    g_ptr_array_unref (self->facts);
    g_ptr_array_unref (self->paths);
    g_ptr_array_unref (self->other_ports);
    g_clear_pointer (&self->events, g_variant_unref);
    g_free (self->daemon);
    g_free (self);
}

gboolean
mmfota_report_facts_want_port (MmfotaReportFacts *self,
                               const gchar       *port)
{
    return !g_ptr_array_find_with_equal_func (self->other_ports, port, g_str_equal, NULL);
}

/*****************************************************************************/
/* Learning */

static void
learn_strings (MmfotaRedactor *redactor,
               GVariant       *value,
               guint           secret)
{
    gsize i;

    if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING)) {
        if (secret == TOLD)
            mmfota_redactor_learn_text (redactor, g_variant_get_string (value, NULL));
        else
            mmfota_redactor_add (redactor, (MmfotaSecret) secret, g_variant_get_string (value, NULL));
    } else if (g_variant_is_of_type (value, G_VARIANT_TYPE_DICT_ENTRY)) {
        g_autoptr(GVariant) inner = g_variant_get_child_value (value, 1);

        learn_strings (redactor, inner, secret);
    } else if (g_variant_is_container (value)) {
        for (i = 0; i < g_variant_n_children (value); i++) {
            g_autoptr(GVariant) child = g_variant_get_child_value (value, i);

            learn_strings (redactor, child, secret);
        }
    }
}

void
mmfota_report_facts_learn (MmfotaReportFacts *self,
                           MmfotaRedactor    *redactor)
{
    guint round;
    guint i;

    /* Operators first: IMSIs start with their codes */
    for (round = 0; round < 2; round++) {
        for (i = 0; i < self->facts->len; i++) {
            Fact         *fact = g_ptr_array_index (self->facts, i);
            GVariantIter  iter;
            const gchar  *name;
            GVariant     *value;

            g_variant_iter_init (&iter, fact->properties);
            while (g_variant_iter_next (&iter, "{&sv}", &name, &value)) {
                guint secret = find_secret (fact->interface, name);

                if ((secret == MMFOTA_SECRET_NETWORK) == (round == 0))
                    learn_strings (redactor, value, secret);
                g_variant_unref (value);
            }
        }
    }
}

/*****************************************************************************/
/* Redacting values */

static GVariant *redact (MmfotaRedactor *redactor,
                         GVariant       *value,
                         guint           secret);

static GVariant *
redact_children (MmfotaRedactor *redactor,
                 GVariant       *value,
                 guint           secret)
{
    GVariantBuilder builder;
    gsize           i;

    g_variant_builder_init (&builder, g_variant_get_type (value));
    for (i = 0; i < g_variant_n_children (value); i++) {
        g_autoptr(GVariant) child = g_variant_get_child_value (value, i);

        /* The keys of a dictionary are ModemManager's own words */
        if (i == 0 && g_variant_is_of_type (value, G_VARIANT_TYPE_DICT_ENTRY))
            g_variant_builder_add_value (&builder, child);
        else {
            g_autoptr(GVariant) redacted = redact (redactor, child, secret);

            g_variant_builder_add_value (&builder, redacted);
        }
    }
    return g_variant_ref_sink (g_variant_builder_end (&builder));
}

static GVariant *
redact (MmfotaRedactor *redactor,
        GVariant       *value,
        guint           secret)
{
    if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING)) {
        const gchar      *text = g_variant_get_string (value, NULL);
        g_autofree gchar *redacted = secret == TOLD ? mmfota_redactor_text (redactor, text)
                                                    : mmfota_redactor_value (redactor, (MmfotaSecret) secret, text);
        g_autofree gchar *valid = g_utf8_make_valid (redacted, -1);

        return g_variant_ref_sink (g_variant_new_string (valid));
    }
    /* Bytes from the network or the SIM, and locations */
    if (g_variant_is_of_type (value, G_VARIANT_TYPE_BYTESTRING))
        return g_variant_ref_sink (g_variant_new_array (G_VARIANT_TYPE_BYTE, NULL, 0));
    if (g_variant_is_of_type (value, G_VARIANT_TYPE_VARIANT)) {
        g_autoptr(GVariant) inner = g_variant_get_variant (value);
        g_autoptr(GVariant) redacted = redact (redactor, inner, secret);

        return g_variant_ref_sink (g_variant_new_variant (redacted));
    }
    if (g_variant_is_container (value) && g_variant_n_children (value) > 0)
        return redact_children (redactor, value, secret);
    return g_variant_ref (value);
}

static void
write_value (GString        *report,
             const gchar    *name,
             GVariant       *value,
             guint           secret,
             MmfotaRedactor *redactor)
{
    g_autoptr(GVariant) redacted = redact (redactor, value, secret);
    g_autofree gchar   *text = g_variant_print (redacted, TRUE);

    g_string_append_printf (report, "%s = %s\n", name, text);
}

/*****************************************************************************/
/* Sections */

static gint
compare_names (gconstpointer a,
               gconstpointer b)
{
    return strcmp (*(const gchar *const *) a, *(const gchar *const *) b);
}

static void
write_properties (MmfotaReportFacts *self,
                  MmfotaRedactor    *redactor,
                  GString           *report)
{
    guint i;

    g_string_append (report, "\n[properties]\n");
    if (!self->facts->len)
        g_string_append (report, "# ModemManager shows no module\n");
    for (i = 0; i < self->facts->len; i++) {
        Fact                 *fact = g_ptr_array_index (self->facts, i);
        g_autoptr(GPtrArray)  names = g_ptr_array_new ();
        GVariantIter          iter;
        const gchar          *name;
        guint                 j;

        g_string_append_printf (report, "# %s %s\n", fact->path, fact->interface);
        if (g_str_equal (fact->interface, MM ("Modem.Location"))) {
            g_string_append (report, "# left out: where the module is\n");
            continue;
        }
        g_variant_iter_init (&iter, fact->properties);
        while (g_variant_iter_next (&iter, "{&sv}", &name, NULL))
            g_ptr_array_add (names, (gpointer) name);
        g_ptr_array_sort (names, compare_names);
        for (j = 0; j < names->len; j++) {
            g_autoptr(GVariant) value = g_variant_lookup_value (fact->properties, g_ptr_array_index (names, j), NULL);
            g_autofree gchar   *full = g_strconcat (fact->path, " ", fact->interface, ".",
                                                    g_ptr_array_index (names, j), NULL);

            write_value (report, full, value, find_secret (fact->interface, g_ptr_array_index (names, j)), redactor);
        }
    }
}

static void
write_events (MmfotaReportFacts *self,
              MmfotaRedactor    *redactor,
              GString           *report)
{
    gsize i;

    g_string_append (report, "\n[events]\n");
    for (i = 0; self->events && i < g_variant_n_children (self->events); i++) {
        g_autoptr(GVariant) event = g_variant_get_child_value (self->events, i);

        write_value (report, "event", event, TOLD, redactor);
    }
}

static gchar *
run (const gchar *const *argv)
{
    g_autoptr(GSubprocess) process = NULL;
    gchar                 *out = NULL;

    process = g_subprocess_newv (argv, G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_SILENCE, NULL);
    if (process)
        g_subprocess_communicate_utf8 (process, NULL, NULL, &out, NULL, NULL);
    return out;
}

static void
write_version (GString     *report,
               const gchar *name,
               const gchar *value)
{
    g_autofree gchar *printable = mmfota_text_printable (value ? value : "unknown");

    g_string_append_printf (report, "%s: %s\n", name, printable);
}

/* The plugin has the version of its package */
static void
write_packages (GString *report)
{
    static const gchar *const argv[] = {
        "dpkg-query", "--show", "--showformat=package: ${Package} ${Version}\\n", "modemmanager",
        "modemmanager-plugin-tdtech", "mmfota", NULL
    };
    g_autofree gchar         *packages = run (argv);

    if (packages && g_utf8_validate (packages, -1, NULL))
        g_string_append (report, packages);
}

static void
write_versions (MmfotaReportFacts *self,
                GString           *report)
{
    g_autofree gchar *system = g_get_os_info (G_OS_INFO_KEY_PRETTY_NAME);
    g_autofree gchar *kernel = NULL;
    struct utsname    name;

    /* Without the node name */
    if (uname (&name) == 0)
        kernel = g_strdup_printf ("%s %s %s", name.sysname, name.release, name.machine);
    g_string_append (report, "\n[versions]\n");
    write_version (report, "mmfota", MMFOTA_VERSION);
    write_version (report, "modemmanager", self->daemon ? self->daemon : "not running");
    write_version (report, "kernel", kernel);
    write_version (report, "distribution", system);
    write_packages (report);
}

static gboolean
is_told_by_udev (const gchar *line)
{
    static const gchar *const names[] = {
        "DRIVER=", "DEVTYPE=", "SUBSYSTEM=", "PRODUCT=", "INTERFACE=", "MODALIAS=", "ID_MM_", "ID_USB_", "ID_VENDOR_ID=",
        "ID_MODEL_ID=", "ID_REVISION=", "ID_NET_DRIVER=", "ID_TDTECH", "TAGS=",
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (names); i++) {
        if (g_str_has_prefix (line, names[i]) && !strstr (line, "SERIAL"))
            return TRUE;
    }
    return FALSE;
}

/* Numbers of the USB descriptors, which look like others */
static gboolean
is_descriptor (const gchar *line)
{
    static const gchar *const names[] = { "ID_USB_INTERFACES=:", "MODALIAS=usb:" };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (names); i++) {
        const gchar *value = line + strlen (names[i]);

        if (g_str_has_prefix (line, names[i]))
            return value[strspn (value, ":" G_CSET_DIGITS G_CSET_A_2_Z G_CSET_a_2_z)] == '\0';
    }
    return FALSE;
}

static void
write_udev_of (const gchar    *label,
               const gchar    *option,
               const gchar    *device,
               MmfotaRedactor *redactor,
               GString        *report)
{
    const gchar *const argv[] = { "udevadm", "info", "--query=property", option, device, NULL };
    g_autofree gchar  *out = run (argv);
    g_auto(GStrv)      lines = g_strsplit (out ? out : "", "\n", -1);
    guint              i;

    for (i = 0; lines[i]; i++) {
        g_autofree gchar *valid = NULL;
        g_autofree gchar *redacted = NULL;

        if (!is_told_by_udev (lines[i]))
            continue;
        valid = g_utf8_make_valid (lines[i], -1);
        redacted = is_descriptor (valid) ? g_strdup (valid) : mmfota_redactor_text (redactor, valid);
        g_string_append_printf (report, "%s %s\n", label, redacted);
    }
}

static void
write_ports (MmfotaReportFacts *self,
             MmfotaRedactor    *redactor,
             GString           *report)
{
    g_autoptr(GString) udev = g_string_new ("\n[udev]\n");
    guint              i;

    g_string_append (report, "\n[ports]\n");
    for (i = 0; i < self->facts->len; i++) {
        Fact                *fact = g_ptr_array_index (self->facts, i);
        g_autoptr(GVariant)  ports = g_variant_lookup_value (fact->properties, "Ports", G_VARIANT_TYPE ("a(su)"));
        const gchar         *device;
        gsize                j;

        if (!g_str_equal (fact->interface, MM ("Modem")))
            continue;
        if (g_variant_lookup (fact->properties, "Device", "&s", &device) && device[0] == '/')
            write_udev_of ("device", "--path", device, redactor, udev);
        for (j = 0; ports && j < g_variant_n_children (ports); j++) {
            const gchar      *name;
            guint32           type;
            g_autofree gchar *told = NULL;
            g_autofree gchar *path = NULL;

            g_variant_get_child (ports, j, "(&su)", &name, &type);
            told = mmfota_redactor_text (redactor, name);
            g_string_append_printf (report, "%s: %s\n", told, mm_modem_port_type_get_string ((MMModemPortType) type));
            path = g_strdup_printf ("/sys/class/%s/%s", type == MM_MODEM_PORT_TYPE_NET ? "net" : "tty", name);
            write_udev_of (told, "--path", path, redactor, udev);
        }
    }
    g_string_append (report, udev->str);
}

void
mmfota_report_facts_write (MmfotaReportFacts *self,
                           MmfotaRedactor    *redactor,
                           GString           *report)
{
    write_versions (self, report);
    write_ports (self, redactor, report);
    write_properties (self, redactor, report);
    write_events (self, redactor, report);
}

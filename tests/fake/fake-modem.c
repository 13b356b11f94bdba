/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <stdlib.h>
#include <string.h>

#include "fake-modem.h"

#include "fake-clock.h"
#include "mm-auth-provider.h"
#include "mm-base-modem-at.h"
#include "mm-bind.h"
#include "mm-broadband-modem-mbim.h"
#include "mm-broadband-modem-qmi.h"
#include "mm-iface-modem-3gpp-profile-manager.h"
#include "mm-iface-modem-firmware.h"
#include "mm-iface-modem-voice.h"
#include "mm-log-object.h"
#include "mm-modem-helpers.h"
#include "mm-plugin.h"

/* A function that is the daemon's, and that no test needs */
static G_GNUC_NORETURN void
daemon_function (void)
{
    g_error ("not a function that the plugin calls");
}

#define DAEMON_FUNCTION ((gpointer) daemon_function)

/* Those that tell the series apart: the guard looks for their names */
#define DEFINE_MARKER(name) \
    void name (void); \
    \
    void \
    name (void) \
    { \
    }

#if defined WITH_SUSPEND_RESUME
DEFINE_MARKER (mm_base_modem_sync)
#endif
#if MM_DAEMON_SERIES >= 12200
DEFINE_MARKER (mm_base_modem_get_physdev)
#endif
#if MM_DAEMON_SERIES >= 12304
DEFINE_MARKER (mm_dbus_method_invocation_take_error)
#endif
#if MM_DAEMON_SERIES >= 12400
DEFINE_MARKER (mm_iface_port_at_command)
DEFINE_MARKER (mm_base_modem_get_subsystem_device_id)
#endif
#if MM_DAEMON_SERIES >= 12402 && defined WITH_SUSPEND_RESUME
DEFINE_MARKER (mm_base_modem_terse)
#endif

/*****************************************************************************/
/* Log */

static GString *warnings;
static GString *said;

void
_mm_log (gpointer     obj,
         const gchar *module,
         const gchar *loc,
         const gchar *func,
         MMLogLevel   level,
         const gchar *fmt,
         ...)
{
    g_autofree gchar *message = NULL;
    va_list           args;

    va_start (args, fmt);
    message = g_strdup_vprintf (fmt, args);
    va_end (args);
    if (g_test_verbose ())
        g_test_message ("%s: %s", func, message);
    if (!said)
        said = g_string_new (NULL);
    g_string_append_printf (said, "%s\n", message);
    if (level != MM_LOG_LEVEL_WARN)
        return;
    if (!warnings)
        warnings = g_string_new (NULL);
    g_string_append_printf (warnings, "%s\n", message);
}

gchar *
fake_log_take_warnings (void)
{
    gchar *taken = g_strdup (warnings ? warnings->str : "");

    if (warnings)
        g_string_truncate (warnings, 0);
    return taken;
}

gchar *
fake_log_take (void)
{
    gchar *taken = g_strdup (said ? said->str : "");

    if (said)
        g_string_truncate (said, 0);
    return taken;
}

G_DEFINE_INTERFACE (MMLogObject, mm_log_object, G_TYPE_OBJECT)

static void
mm_log_object_default_init (MMLogObjectInterface *iface)
{
}

/*****************************************************************************/
/* Calls */

struct _MMBaseCall {
    GObject     parent;
    MMCallState state;
};

typedef GObjectClass MMBaseCallClass;

G_DEFINE_TYPE (MMBaseCall, mm_base_call, G_TYPE_OBJECT)

MMCallState
mm_base_call_get_state (MMBaseCall *self)
{
    return self->state;
}

void
fake_call_set_state (MMBaseCall  *self,
                     MMCallState  state)
{
    self->state = state;
    g_object_notify (G_OBJECT (self), "state");
}

static void
call_get_property (GObject    *object,
                   guint       property_id,
                   GValue     *value,
                   GParamSpec *pspec)
{
    g_value_set_int (value, ((MMBaseCall *) object)->state);
}

static void
mm_base_call_init (MMBaseCall *self)
{
}

static void
mm_base_call_class_init (MMBaseCallClass *klass)
{
    klass->get_property = call_get_property;
    g_object_class_install_property (klass, 1,
                                     g_param_spec_int ("state", NULL, NULL, 0, G_MAXINT, 0,
                                                       G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
}

struct _MMCallList {
    GObject  parent;
    GList   *calls;
};

typedef GObjectClass MMCallListClass;

G_DEFINE_TYPE (MMCallList, mm_call_list, G_TYPE_OBJECT)

MMCallList *
fake_call_list_new (void)
{
    return g_object_new (MM_TYPE_CALL_LIST, NULL);
}

MMBaseCall *
fake_call_list_add (MMCallList  *self,
                    MMCallState  state)
{
    MMBaseCall *call = g_object_new (MM_TYPE_BASE_CALL, NULL);

    call->state = state;
    self->calls = g_list_append (self->calls, call);
    g_signal_emit_by_name (self, MM_CALL_ADDED, "/call");
    return call;
}

void
fake_call_list_remove (MMCallList *self,
                       MMBaseCall *call)
{
    self->calls = g_list_remove (self->calls, call);
    g_object_unref (call);
    g_signal_emit_by_name (self, MM_CALL_DELETED, "/call");
}

void
mm_call_list_foreach (MMCallList            *self,
                      MMCallListForeachFunc  callback,
                      gpointer               user_data)
{
    g_list_foreach (self->calls, (GFunc) callback, user_data);
}

static void
call_list_finalize (GObject *object)
{
    g_list_free_full (((MMCallList *) object)->calls, g_object_unref);
    G_OBJECT_CLASS (mm_call_list_parent_class)->finalize (object);
}

static void
mm_call_list_init (MMCallList *self)
{
}

static void
mm_call_list_class_init (MMCallListClass *klass)
{
    klass->finalize = call_list_finalize;
    g_signal_new (MM_CALL_ADDED, MM_TYPE_CALL_LIST, G_SIGNAL_RUN_FIRST, 0, NULL, NULL, NULL,
                  G_TYPE_NONE, 1, G_TYPE_STRING);
    g_signal_new (MM_CALL_DELETED, MM_TYPE_CALL_LIST, G_SIGNAL_RUN_FIRST, 0, NULL, NULL, NULL,
                  G_TYPE_NONE, 1, G_TYPE_STRING);
}

/*****************************************************************************/
/* What the generic modem and SIM do: a name, and a string that becomes the result */

typedef struct {
    GHashTable *values;
    GHashTable *hanging;
    GString    *called;
    GQueue      waiting;     /* GTask */
} Generic;

static void
generic_init (Generic *self)
{
    self->values = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
    self->hanging = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    self->called = g_string_new (NULL);
    g_queue_init (&self->waiting);
}

static void
generic_clear (Generic *self)
{
    g_hash_table_unref (self->values);
    g_hash_table_unref (self->hanging);
    g_string_free (self->called, TRUE);
    g_queue_clear_full (&self->waiting, g_object_unref);
}

static gboolean
generic_return (GTask *task)
{
    const gchar *value = g_task_get_task_data (task);

    if (value)
        fake_step_return_pointer (task, g_strdup (value), g_free);
    else
        fake_step_return_error (task, g_error_new (MM_CORE_ERROR, MM_CORE_ERROR_UNSUPPORTED,
                                                   "the generic modem does not know"));
    return G_SOURCE_REMOVE;
}

static void
generic_call (Generic             *self,
              gpointer             source,
              const gchar         *method,
              GAsyncReadyCallback  callback,
              gpointer             user_data)
{
    GTask *task = g_task_new (source, NULL, callback, user_data);

    g_task_set_source_tag (task, generic_call);
    g_string_append_printf (self->called, "%s%s", self->called->len > 0 ? " " : "", method);
    g_task_set_task_data (task, g_strdup (g_hash_table_lookup (self->values, method)), g_free);
    if (g_hash_table_remove (self->hanging, method))
        g_queue_push_tail (&self->waiting, task);
    else
        g_idle_add_full (G_PRIORITY_DEFAULT, (GSourceFunc) generic_return, task, NULL);
}

static gchar *
generic_take_called (Generic *self)
{
    gchar *called = g_strdup (self->called->str);

    g_string_truncate (self->called, 0);
    return called;
}

static gchar *
finish_string (gpointer       self,
               GAsyncResult  *res,
               GError       **error)
{
    /* Only what the generic modem itself began */
    g_assert_true (g_async_result_is_tagged (res, generic_call));
    return g_task_propagate_pointer (G_TASK (res), error);
}

static gboolean
finish_boolean (gpointer       self,
                GAsyncResult  *res,
                GError       **error)
{
    g_autofree gchar *value = finish_string (self, res, error);

    return value != NULL;
}

static guint
finish_uint (gpointer       self,
             GAsyncResult  *res,
             GError       **error)
{
    g_autofree gchar *value = finish_string (self, res, error);

    return value ? (guint) atoi (value) : 0;
}

static GStrv
finish_strv (gpointer       self,
             GAsyncResult  *res,
             GError       **error)
{
    g_autofree gchar *value = finish_string (self, res, error);

    return value ? g_strsplit (value, ",", -1) : NULL;
}

static MMUnlockRetries *
finish_unlock_retries (gpointer       self,
                       GAsyncResult  *res,
                       GError       **error)
{
    g_autofree gchar *value = finish_string (self, res, error);
    MMUnlockRetries  *retries;

    if (!value)
        return NULL;
    retries = mm_unlock_retries_new ();
    mm_unlock_retries_set (retries, MM_MODEM_LOCK_SIM_PIN, (guint) atoi (value));
    return retries;
}

/*****************************************************************************/
/* SIM */

enum {
    SIM_PROP_0,
    SIM_PROP_MODEM,
    SIM_PROP_BIND_TO,
};

static void sim_async_initable_init  (GAsyncInitableIface *iface);

G_DEFINE_TYPE_WITH_CODE (MMBaseSim, mm_base_sim, MM_GDBUS_TYPE_SIM_SKELETON,
                         G_IMPLEMENT_INTERFACE (G_TYPE_ASYNC_INITABLE, sim_async_initable_init))

void
fake_sim_set (MMBaseSim   *self,
              const gchar *networks,
              const gchar *gid1,
              const gchar *gid2)
{
    Generic *generic = self->priv;

    g_hash_table_insert (generic->values, g_strdup ("load_preferred_networks"), g_strdup (networks));
    g_hash_table_insert (generic->values, g_strdup ("load_gid1"), g_strdup (gid1));
    g_hash_table_insert (generic->values, g_strdup ("load_gid2"), g_strdup (gid2));
}

/* Not owned, may be gone */
gpointer
fake_sim_peek_modem (MMBaseSim *self)
{
#if MM_DAEMON_SERIES >= 12595
    /* As there: bound to another, it is not on the bus */
    if (g_object_get_data (G_OBJECT (self), "fake-bound-to") != g_object_get_data (G_OBJECT (self), MM_BASE_SIM_MODEM))
        return NULL;
#endif
    return g_object_get_data (G_OBJECT (self), MM_BASE_SIM_MODEM);
}

gchar *
fake_sim_take_called (MMBaseSim *self)
{
    return generic_take_called (self->priv);
}

static void
sim_init_async (GAsyncInitable      *self,
                gint                 priority,
                GCancellable        *cancellable,
                GAsyncReadyCallback  callback,
                gpointer             user_data)
{
    GTask *task = g_task_new (self, cancellable, callback, user_data);

    g_task_return_boolean (task, TRUE);
    g_object_unref (task);
}

static gboolean
sim_init_finish (GAsyncInitable  *self,
                 GAsyncResult    *res,
                 GError         **error)
{
    return g_task_propagate_boolean (G_TASK (res), error);
}

static void
sim_async_initable_init (GAsyncInitableIface *iface)
{
    iface->init_async = sim_init_async;
    iface->init_finish = sim_init_finish;
}

#define DEFINE_SIM_LOAD(method) \
    static void \
    sim_ ## method (MMBaseSim           *self, \
                    GAsyncReadyCallback  callback, \
                    gpointer             user_data) \
    { \
        generic_call (self->priv, self, #method, callback, user_data); \
    }

DEFINE_SIM_LOAD (load_preferred_networks)
DEFINE_SIM_LOAD (load_gid1)
DEFINE_SIM_LOAD (load_gid2)

static GList *
sim_load_preferred_networks_finish (MMBaseSim     *self,
                                    GAsyncResult  *res,
                                    GError       **error)
{
    g_autofree gchar      *value = finish_string (self, res, error);
    MMSimPreferredNetwork *network;

    if (!value)
        return NULL;
    network = mm_sim_preferred_network_new ();
    mm_sim_preferred_network_set_operator_code (network, value);
    return g_list_prepend (NULL, network);
}

static GByteArray *
sim_load_gid_finish (MMBaseSim     *self,
                     GAsyncResult  *res,
                     GError       **error)
{
    gchar *value = finish_string (self, res, error);

    return value ? g_byte_array_new_take ((guint8 *) value, strlen (value)) : NULL;
}

static void
sim_set_property (GObject      *object,
                  guint         property_id,
                  const GValue *value,
                  GParamSpec   *pspec)
{
    g_object_set_data (object, property_id == SIM_PROP_MODEM ? MM_BASE_SIM_MODEM : "fake-bound-to",
                       g_value_get_object (value));
}

static void
sim_finalize (GObject *object)
{
    generic_clear (((MMBaseSim *) object)->priv);
    g_free (((MMBaseSim *) object)->priv);
    G_OBJECT_CLASS (mm_base_sim_parent_class)->finalize (object);
}

static void
mm_base_sim_init (MMBaseSim *self)
{
    self->priv = g_new0 (Generic, 1);
    generic_init (self->priv);
}

static void
mm_base_sim_class_init (MMBaseSimClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS (klass);

    /* The properties of the interface are the skeleton's */
    object_class->set_property = sim_set_property;
    object_class->finalize = sim_finalize;
    klass->load_emergency_numbers_finish = daemon_function;
    klass->load_preferred_networks = sim_load_preferred_networks;
    klass->load_preferred_networks_finish = sim_load_preferred_networks_finish;
    klass->load_gid1 = sim_load_gid1;
    klass->load_gid1_finish = sim_load_gid_finish;
    klass->load_gid2 = sim_load_gid2;
    klass->load_gid2_finish = sim_load_gid_finish;
    g_object_class_install_property (object_class, SIM_PROP_MODEM,
                                     g_param_spec_object (MM_BASE_SIM_MODEM, NULL, NULL, MM_TYPE_BASE_MODEM,
                                                          G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS));
#if MM_DAEMON_SERIES >= 12595
    g_object_class_install_property (object_class, SIM_PROP_BIND_TO,
                                     g_param_spec_object (MM_BIND_TO, NULL, NULL, G_TYPE_OBJECT,
                                                          G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS));
#endif
}

/*****************************************************************************/
/* MMBaseModem */

typedef struct {
    Generic         generic;
    gchar          *device;
    MMPortSerialAt *primary;
    MMPortSerialAt *secondary;
    GList          *ports;           /* the others */
    gboolean        valid;
    gboolean        reprobe;
    guint           max_timeouts;
    GString        *grabbed;
    FakeFunc        dispose_func;
    gpointer        dispose_data;

    FakeAuthorization authorization;
    gchar            *denied;
    GQueue            waiting;       /* GTask: authorizations */
    GString          *authorizations;
} BasePrivate;

enum {
    BASE_PROP_0,
    BASE_PROP_DEVICE,
    BASE_PROP_PHYSDEV,
    BASE_PROP_DRIVERS,
    BASE_PROP_PLUGIN,
    BASE_PROP_VENDOR_ID,
    BASE_PROP_PRODUCT_ID,
    BASE_PROP_SUBSYSTEM_VENDOR_ID,
    BASE_PROP_SUBSYSTEM_DEVICE_ID,
    BASE_PROP_DATA_NET_SUPPORTED,
    BASE_PROP_DATA_TTY_SUPPORTED,
    BASE_PROP_MAX_TIMEOUTS,
};

#if MM_DAEMON_SERIES >= 12595

static void
iface_auth_init (MMIfaceAuthInterface *iface)
{
}

G_DEFINE_TYPE_WITH_CODE (MMBaseModem, mm_base_modem, MM_GDBUS_TYPE_OBJECT_SKELETON,
                         G_IMPLEMENT_INTERFACE (MM_TYPE_IFACE_AUTH, iface_auth_init))

#else

G_DEFINE_TYPE (MMBaseModem, mm_base_modem, MM_GDBUS_TYPE_OBJECT_SKELETON)

#endif

static BasePrivate *
base_private (gpointer self)
{
    return ((MMBaseModem *) self)->priv;
}

void
fake_modem_set_dispose_func (MMBaseModem *self,
                             FakeFunc     func,
                             gpointer     user_data)
{
    base_private (self)->dispose_func = func;
    base_private (self)->dispose_data = user_data;
}

void
fake_modem_remove (MMBaseModem *self)
{
    g_object_run_dispose (G_OBJECT (self));
}

void
fake_modem_free (MMBaseModem *self)
{
    g_object_add_weak_pointer (G_OBJECT (self), (gpointer *) &self);
    g_object_unref (self);
    fake_clock_settle ();
    g_assert_null (self);
}

/*****************************************************************************/
/* Ports */

void
fake_modem_set_primary (MMBaseModem    *self,
                        MMPortSerialAt *port)
{
    g_set_object (&base_private (self)->primary, port);
}

void
fake_modem_set_secondary (MMBaseModem    *self,
                          MMPortSerialAt *port)
{
    g_set_object (&base_private (self)->secondary, port);
}

void
fake_modem_take_port (MMBaseModem *self,
                      MMPort      *port)
{
    base_private (self)->ports = g_list_append (base_private (self)->ports, port);
}

MMPortSerialAt *
mm_base_modem_peek_port_primary (MMBaseModem *self)
{
    return base_private (self)->primary;
}

MMPortSerialAt *
mm_base_modem_peek_port_secondary (MMBaseModem *self)
{
    return base_private (self)->secondary;
}

MMPort *
mm_base_modem_peek_best_data_port (MMBaseModem *self,
                                   MMPortType   type)
{
    BasePrivate *priv = base_private (self);
    GList       *l;

    for (l = priv->ports; l; l = l->next) {
        if (mm_port_get_port_type (l->data) == type && !mm_port_get_connected (l->data))
            return l->data;
    }
    if (type != MM_PORT_TYPE_AT)
        return NULL;
    return (MMPort *) (priv->secondary ? priv->secondary : priv->primary);
}

GList *
mm_base_modem_find_ports (MMBaseModem  *self,
                          MMPortSubsys  subsys,
                          MMPortType    type)
{
    GList *found = NULL;
    GList *l;

    for (l = base_private (self)->ports; l; l = l->next) {
        if (mm_port_get_port_type (l->data) == type)
            found = g_list_append (found, g_object_ref (l->data));
    }
    return found;
}

MMPort *
mm_base_modem_peek_port (MMBaseModem *self,
                         const gchar *name)
{
    GList *l;

    for (l = base_private (self)->ports; l; l = l->next) {
        if (g_str_equal (mm_port_get_device (l->data), name))
            return l->data;
    }
    return NULL;
}

gboolean
mm_base_modem_grab_port (MMBaseModem        *self,
                         MMKernelDevice     *kernel_device,
#if MM_DAEMON_SERIES >= 12595
                         MMPortGroup         pgroup,
#endif
                         MMPortType          ptype,
                         MMPortSerialAtFlag  at_pflags,
                         GError            **error)
{
    g_autoptr(MMPort)  port = fake_port_new (kernel_device, ptype);
    GString           *grabbed = base_private (self)->grabbed;

#if MM_DAEMON_SERIES >= 12595
    /* Told as before, whatever the probe made of it */
    g_assert_true (pgroup != MM_PORT_GROUP_UNKNOWN);
    if (pgroup == MM_PORT_GROUP_IGNORED)
        ptype = MM_PORT_TYPE_IGNORED;
#endif

    g_string_append_printf (grabbed, "%s%s:%u:%u", grabbed->len > 0 ? " " : "",
                            mm_port_get_device (port), (guint) ptype, (guint) at_pflags);
    if (at_pflags == MM_PORT_SERIAL_AT_FLAG_PRIMARY)
        fake_modem_set_primary (self, MM_PORT_SERIAL_AT (port));
    else
        fake_modem_take_port (self, g_object_ref (port));
    return TRUE;
}

gchar *
fake_modem_dup_grabbed (MMBaseModem *self)
{
    return g_strdup (base_private (self)->grabbed->str);
}

const gchar *
mm_base_modem_get_device (MMBaseModem *self)
{
    return base_private (self)->device;
}

void
mm_base_modem_set_valid (MMBaseModem *self,
                         gboolean     valid)
{
    base_private (self)->valid = valid;
}

gboolean
mm_base_modem_get_valid (MMBaseModem *self)
{
    return base_private (self)->valid;
}

void
mm_base_modem_set_reprobe (MMBaseModem *self,
                           gboolean     reprobe)
{
    base_private (self)->reprobe = reprobe;
}

gboolean
fake_modem_wants_reprobe (MMBaseModem *self)
{
    return base_private (self)->reprobe;
}

/*****************************************************************************/
/* Commands. As there, the port keeps the answer to one that may be answered from what is kept. */

static GHashTable *
kept_answers (MMPortSerialAt *port)
{
    GHashTable *kept = g_object_get_data (G_OBJECT (port), "fake-kept-answers");

    if (!kept) {
        kept = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
        g_object_set_data_full (G_OBJECT (port), "fake-kept-answers", kept, (GDestroyNotify) g_hash_table_unref);
    }
    return kept;
}

static void
command_ready (MMPortSerialAt *port,
               GAsyncResult   *res,
               GTask          *task)
{
    GError *error = NULL;
#if MM_DAEMON_SERIES >= 12200
    gchar *answer = mm_port_serial_at_command_finish (port, res, &error);
#else
    gchar *answer = g_strdup (mm_port_serial_at_command_finish (port, res, &error));
#endif

    if (answer && g_task_get_task_data (task))
        g_hash_table_insert (kept_answers (port), g_strdup (g_task_get_task_data (task)), g_strdup (answer));
    if (error)
        g_task_return_error (task, error);
    else
        g_task_return_pointer (task, answer, g_free);
    g_object_unref (task);
}

static void
run_command (MMBaseModem         *self,
             MMPortSerialAt      *port,
             const gchar         *command,
             guint                timeout,
             gboolean             allow_cached,
             gboolean             is_raw,
             GCancellable        *cancellable,
             GAsyncReadyCallback  callback,
             gpointer             user_data)
{
    GTask *task = g_task_new (self, cancellable, callback, user_data);

    g_task_set_check_cancellable (task, FALSE);
    if (!port) {
        g_task_return_new_error (task, MM_CORE_ERROR, MM_CORE_ERROR_FAILED, "No AT port available to run command");
        g_object_unref (task);
        return;
    }
    if (allow_cached) {
        const gchar *kept = g_hash_table_lookup (kept_answers (port), command);

        if (kept) {
            fake_step_return_pointer (task, g_strdup (kept), g_free);
            return;
        }
        g_task_set_task_data (task, g_strdup (command), g_free);
    }
    mm_port_serial_at_command (port, command, timeout, is_raw, FALSE, cancellable,
                               (GAsyncReadyCallback) command_ready, task);
}

void
mm_base_modem_at_command (MMBaseModem         *self,
                          const gchar         *command,
                          guint                timeout,
                          gboolean             allow_cached,
                          GAsyncReadyCallback  callback,
                          gpointer             user_data)
{
    BasePrivate *priv = base_private (self);

    run_command (self, priv->primary ? priv->primary : priv->secondary, command, timeout, allow_cached, FALSE,
                 NULL, callback, user_data);
}

void
mm_base_modem_at_command_full (MMBaseModem         *self,
                               MMIfacePortAt       *port,
                               const gchar         *command,
                               guint                timeout,
                               gboolean             allow_cached,
                               gboolean             is_raw,
                               GCancellable        *cancellable,
                               GAsyncReadyCallback  callback,
                               gpointer             user_data)
{
    run_command (self, MM_PORT_SERIAL_AT (port), command, timeout, allow_cached, is_raw, cancellable,
                 callback, user_data);
}

/* The answer belongs to the result */
const gchar *
mm_base_modem_at_command_full_finish (MMBaseModem   *self,
                                      GAsyncResult  *res,
                                      GError       **error)
{
    gchar *answer = g_task_propagate_pointer (G_TASK (res), error);

    if (answer)
        g_object_set_data_full (G_OBJECT (res), "fake-answer", answer, g_free);
    return answer;
}

const gchar *
mm_base_modem_at_command_finish (MMBaseModem   *self,
                                 GAsyncResult  *res,
                                 GError       **error)
{
    return mm_base_modem_at_command_full_finish (self, res, error);
}

/*****************************************************************************/
/* Authorization */

void
fake_modem_set_authorization (MMBaseModem       *self,
                              FakeAuthorization  authorization)
{
    base_private (self)->authorization = authorization;
}

void
fake_modem_deny (MMBaseModem *self,
                 const gchar *action)
{
    g_free (base_private (self)->denied);
    base_private (self)->denied = g_strdup (action);
}

guint
fake_modem_n_waiting (MMBaseModem *self)
{
    return g_queue_get_length (&base_private (self)->waiting);
}

static void
authorization_return (GTask             *task,
                      FakeAuthorization  authorization)
{
    if (authorization == FAKE_AUTHORIZATION_GRANTED)
        fake_step_return_boolean (task, TRUE);
    else if (authorization == FAKE_AUTHORIZATION_LOST)
        fake_step_return_error (task, g_error_new (G_DBUS_ERROR, G_DBUS_ERROR_NO_REPLY, "polkit does not answer"));
    else if (authorization == FAKE_AUTHORIZATION_CANCELLED)
        fake_step_return_error (task, g_error_new (G_IO_ERROR, G_IO_ERROR_CANCELLED, "Operation was cancelled"));
    else
        fake_step_return_error (task, g_error_new (MM_CORE_ERROR, MM_CORE_ERROR_UNAUTHORIZED,
                                                   "PolicyKit authorization failed: not authorized"));
}

static gboolean
authorization_idle (GTask *task)
{
    authorization_return (task, (FakeAuthorization) GPOINTER_TO_UINT (g_task_get_task_data (task)));
    return G_SOURCE_REMOVE;
}

void
fake_modem_authorize_now (MMBaseModem *self,
                          gboolean     granted)
{
    GTask *task = g_queue_pop_head (&base_private (self)->waiting);

    g_assert_nonnull (task);
    authorization_return (task, granted ? FAKE_AUTHORIZATION_GRANTED : FAKE_AUTHORIZATION_DENIED);
}

static void
authorize (MMBaseModem         *self,
           const gchar         *action,
           GAsyncReadyCallback  callback,
           gpointer             user_data)
{
    BasePrivate       *priv = base_private (self);
    GTask             *task = g_task_new (self, NULL, callback, user_data);
    const gchar       *name = strrchr (action, '.') + 1;
    FakeAuthorization  authorization = priv->authorization;

    /* ModemManager has one thread */
    g_assert_true (g_main_context_is_owner (NULL));
    g_string_append_printf (priv->authorizations, "%s%s", priv->authorizations->len > 0 ? " " : "", name);
    if (g_strcmp0 (priv->denied, name) == 0)
        authorization = FAKE_AUTHORIZATION_DENIED;
    g_task_set_task_data (task, GUINT_TO_POINTER (authorization), NULL);
    if (authorization == FAKE_AUTHORIZATION_LATE)
        g_queue_push_tail (&priv->waiting, task);
    else
        g_idle_add_full (G_PRIORITY_DEFAULT, (GSourceFunc) authorization_idle, task, NULL);
}

#if MM_DAEMON_SERIES >= 12595

struct _MMIfaceAuthInterface {
    GTypeInterface g_iface;
};

G_DEFINE_INTERFACE (MMIfaceAuth, mm_iface_auth, G_TYPE_OBJECT)

static void
mm_iface_auth_default_init (MMIfaceAuthInterface *iface)
{
}

void
mm_iface_auth_authorize (MMIfaceAuth           *self,
                         GDBusMethodInvocation *invocation,
                         const gchar           *action,
                         GAsyncReadyCallback    callback,
                         gpointer               user_data)
{
    authorize (MM_BASE_MODEM (self), action, callback, user_data);
}

gboolean
mm_iface_auth_authorize_finish (MMIfaceAuth   *self,
                                GAsyncResult  *res,
                                GError       **error)
{
    return g_task_propagate_boolean (G_TASK (res), error);
}

#else

void
mm_base_modem_authorize (MMBaseModem           *self,
                         GDBusMethodInvocation *invocation,
                         const gchar           *action,
                         GAsyncReadyCallback    callback,
                         gpointer               user_data)
{
    authorize (self, action, callback, user_data);
}

gboolean
mm_base_modem_authorize_finish (MMBaseModem   *self,
                                GAsyncResult  *res,
                                GError       **error)
{
    return g_task_propagate_boolean (G_TASK (res), error);
}

#endif

gchar *
fake_modem_take_authorizations (MMBaseModem *self)
{
    gchar *taken = g_strdup (base_private (self)->authorizations->str);

    g_string_truncate (base_private (self)->authorizations, 0);
    return taken;
}

/*****************************************************************************/
/* Generic methods */

void
fake_modem_set_generic (MMBaseModem *self,
                        const gchar *method,
                        const gchar *value)
{
    g_hash_table_insert (base_private (self)->generic.values, g_strdup (method), g_strdup (value));
}

void
fake_modem_hang_generic (MMBaseModem *self,
                         const gchar *method)
{
    g_hash_table_add (base_private (self)->generic.hanging, g_strdup (method));
}

void
fake_modem_go_on (MMBaseModem *self)
{
    GTask *task = g_queue_pop_head (&base_private (self)->generic.waiting);

    g_assert_nonnull (task);
    generic_return (task);
}

gchar *
fake_modem_take_called (MMBaseModem *self)
{
    return generic_take_called (&base_private (self)->generic);
}

static void
initialize (MMBaseModem         *self,
            GCancellable        *cancellable,
            GAsyncReadyCallback  callback,
            gpointer             user_data)
{
    generic_call (&base_private (self)->generic, self, "initialize", callback, user_data);
}

static void
base_set_property (GObject      *object,
                   guint         property_id,
                   const GValue *value,
                   GParamSpec   *pspec)
{
    BasePrivate *priv = base_private (object);

    if (property_id == BASE_PROP_DEVICE) {
        g_free (priv->device);
        priv->device = g_value_dup_string (value);
    } else if (property_id == BASE_PROP_MAX_TIMEOUTS)
        priv->max_timeouts = g_value_get_uint (value);
}

static void
base_get_property (GObject    *object,
                   guint       property_id,
                   GValue     *value,
                   GParamSpec *pspec)
{
    BasePrivate *priv = base_private (object);

    if (property_id == BASE_PROP_MAX_TIMEOUTS)
        g_value_set_uint (value, priv->max_timeouts);
}

/* ModemManager closes the ports, which ends what was asked */
static void
drop_port (MMPortSerialAt **port)
{
    g_autoptr(MMPortSerialAt) dropped = g_steal_pointer (port);

    if (dropped)
        fake_port_pull (dropped);
}

static void
base_dispose (GObject *object)
{
    BasePrivate *priv = base_private (object);
    FakeFunc     func = g_steal_pointer (&priv->dispose_func);

    if (func)
        func (priv->dispose_data);
    drop_port (&priv->primary);
    drop_port (&priv->secondary);
    g_list_free_full (g_steal_pointer (&priv->ports), g_object_unref);
    G_OBJECT_CLASS (mm_base_modem_parent_class)->dispose (object);
}

static void
base_finalize (GObject *object)
{
    BasePrivate *priv = base_private (object);

    generic_clear (&priv->generic);
    g_queue_clear_full (&priv->waiting, g_object_unref);
    g_string_free (priv->authorizations, TRUE);
    g_string_free (priv->grabbed, TRUE);
    g_free (priv->denied);
    g_free (priv->device);
    g_free (priv);
    G_OBJECT_CLASS (mm_base_modem_parent_class)->finalize (object);
}

static void
mm_base_modem_init (MMBaseModem *self)
{
    BasePrivate *priv = g_new0 (BasePrivate, 1);

    self->priv = priv;
    generic_init (&priv->generic);
    g_queue_init (&priv->waiting);
    priv->authorizations = g_string_new (NULL);
    priv->grabbed = g_string_new (NULL);
    priv->valid = TRUE;
    priv->max_timeouts = 10;
}

#define NEW_PROPERTY(id, kind, name, ...) \
    g_object_class_install_property (object_class, id, \
                                     g_param_spec_ ## kind (name, NULL, NULL, __VA_ARGS__, \
                                                            G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS))

static void
mm_base_modem_class_init (MMBaseModemClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS (klass);

    object_class->set_property = base_set_property;
    object_class->get_property = base_get_property;
    object_class->dispose = base_dispose;
    object_class->finalize = base_finalize;
    klass->initialize = initialize;
    klass->initialize_finish = (gpointer) finish_boolean;

    NEW_PROPERTY (BASE_PROP_DEVICE, string, MM_BASE_MODEM_DEVICE, NULL);
#if MM_DAEMON_SERIES >= 12200
    NEW_PROPERTY (BASE_PROP_PHYSDEV, string, MM_BASE_MODEM_PHYSDEV, NULL);
#endif
    NEW_PROPERTY (BASE_PROP_DRIVERS, boxed, MM_BASE_MODEM_DRIVERS, G_TYPE_STRV);
    NEW_PROPERTY (BASE_PROP_PLUGIN, string, MM_BASE_MODEM_PLUGIN, NULL);
    NEW_PROPERTY (BASE_PROP_VENDOR_ID, uint, MM_BASE_MODEM_VENDOR_ID, 0, G_MAXUINT16, 0);
    NEW_PROPERTY (BASE_PROP_PRODUCT_ID, uint, MM_BASE_MODEM_PRODUCT_ID, 0, G_MAXUINT16, 0);
    NEW_PROPERTY (BASE_PROP_SUBSYSTEM_VENDOR_ID, uint, MM_BASE_MODEM_SUBSYSTEM_VENDOR_ID, 0, G_MAXUINT16, 0);
#if MM_DAEMON_SERIES >= 12400
    NEW_PROPERTY (BASE_PROP_SUBSYSTEM_DEVICE_ID, uint, MM_BASE_MODEM_SUBSYSTEM_DEVICE_ID, 0, G_MAXUINT16, 0);
#endif
    NEW_PROPERTY (BASE_PROP_DATA_NET_SUPPORTED, boolean, MM_BASE_MODEM_DATA_NET_SUPPORTED, TRUE);
    NEW_PROPERTY (BASE_PROP_DATA_TTY_SUPPORTED, boolean, MM_BASE_MODEM_DATA_TTY_SUPPORTED, TRUE);
    NEW_PROPERTY (BASE_PROP_MAX_TIMEOUTS, uint, MM_BASE_MODEM_MAX_TIMEOUTS, 0, G_MAXUINT, 0);
}

/*****************************************************************************/
/* Interfaces */

G_DEFINE_INTERFACE (MMIfaceModem, mm_iface_modem, G_TYPE_OBJECT)
G_DEFINE_INTERFACE (MMIfaceModem3gpp, mm_iface_modem_3gpp, G_TYPE_OBJECT)
G_DEFINE_INTERFACE (MMIfaceModem3gppProfileManager, mm_iface_modem_3gpp_profile_manager, G_TYPE_OBJECT)
G_DEFINE_INTERFACE (MMIfaceModemFirmware, mm_iface_modem_firmware, G_TYPE_OBJECT)

static void
mm_iface_modem_default_init (MMIfaceModemInterface *iface)
{
}

static void
mm_iface_modem_3gpp_default_init (MMIfaceModem3gppInterface *iface)
{
}

static void
mm_iface_modem_3gpp_profile_manager_default_init (MMIfaceModem3gppProfileManagerInterface *iface)
{
}

static void
mm_iface_modem_firmware_default_init (MMIfaceModemFirmwareInterface *iface)
{
}

#define DEFINE_LOAD(Type, method) \
    static void \
    method (Type                *self, \
            GAsyncReadyCallback  callback, \
            gpointer             user_data) \
    { \
        generic_call (&base_private (self)->generic, self, #method, callback, user_data); \
    }

DEFINE_LOAD (MMIfaceModem, load_manufacturer)
DEFINE_LOAD (MMIfaceModem, load_model)
DEFINE_LOAD (MMIfaceModem, load_equipment_identifier)
DEFINE_LOAD (MMIfaceModem, load_own_numbers)
DEFINE_LOAD (MMIfaceModem, load_unlock_retries)
DEFINE_LOAD (MMIfaceModem, load_signal_quality)
DEFINE_LOAD (MMIfaceModem3gpp, load_imei)
DEFINE_LOAD (MMIfaceModem3gpp, load_enabled_facility_locks)
DEFINE_LOAD (MMIfaceModem3gpp, load_eps_ue_mode_operation)
DEFINE_LOAD (MMIfaceModem3gpp, cleanup_unsolicited_registration_events)

static MMModemLock
load_unlock_required_finish (MMIfaceModem  *self,
                             GAsyncResult  *res,
                             GError       **error)
{
    return (MMModemLock) g_task_propagate_int (G_TASK (res), error);
}

static void
enable_unsolicited_registration_events (MMIfaceModem3gpp    *self,
                                        gboolean             cs_supported,
                                        gboolean             ps_supported,
                                        gboolean             eps_supported,
                                        GAsyncReadyCallback  callback,
                                        gpointer             user_data)
{
    generic_call (&base_private (self)->generic, self, "enable_unsolicited_registration_events",
                  callback, user_data);
}

static void
run_registration_checks (MMIfaceModem3gpp    *self,
                         gboolean             is_cs_supported,
                         gboolean             is_ps_supported,
                         gboolean             is_eps_supported,
                         gboolean             is_5gs_supported,
                         GAsyncReadyCallback  callback,
                         gpointer             user_data)
{
    generic_call (&base_private (self)->generic, self, "run_registration_checks", callback, user_data);
}

static void
check_format (MMIfaceModem3gppProfileManager *self,
              MMBearerIpFamily                family,
              GAsyncReadyCallback             callback,
              gpointer                        user_data)
{
    generic_call (&base_private (self)->generic, self, "check_format", callback, user_data);
}

/* The value: "min-max" */
static gboolean
check_format_finish (MMIfaceModem3gppProfileManager  *self,
                     GAsyncResult                    *res,
                     gboolean                        *new_id,
                     gint                            *min_profile_id,
                     gint                            *max_profile_id,
                     GEqualFunc                      *apn_cmp,
                     MM3gppProfileCmpFlags           *profile_cmp_flags,
                     GError                         **error)
{
    g_autofree gchar *value = finish_string (self, res, error);

    if (!value)
        return FALSE;
    *min_profile_id = atoi (value);
    *max_profile_id = atoi (strchr (value, '-') + 1);
    return TRUE;
}

static void
deactivate_profile (MMIfaceModem3gppProfileManager *self,
                    MM3gppProfile                  *requested,
                    GAsyncReadyCallback             callback,
                    gpointer                        user_data)
{
    generic_call (&base_private (self)->generic, self, "deactivate_profile", callback, user_data);
}

static void
store_profile (MMIfaceModem3gppProfileManager *self,
               MM3gppProfile                  *requested,
               const gchar                    *index_field,
               GAsyncReadyCallback             callback,
               gpointer                        user_data)
{
    generic_call (&base_private (self)->generic, self, "store_profile", callback, user_data);
}

static gboolean
store_profile_finish (MMIfaceModem3gppProfileManager  *self,
                      GAsyncResult                    *res,
                      gint                            *out_profile_id,
                      MMBearerApnType                 *out_apn_type,
                      GError                         **error)
{
    g_autofree gchar *value = finish_string (self, res, error);

    if (!value)
        return FALSE;
    *out_profile_id = atoi (value);
    *out_apn_type = MM_BEARER_APN_TYPE_DEFAULT;
    return TRUE;
}

static void
delete_profile (MMIfaceModem3gppProfileManager *self,
                MM3gppProfile                  *requested,
                const gchar                    *index_field,
                GAsyncReadyCallback             callback,
                gpointer                        user_data)
{
    generic_call (&base_private (self)->generic, self, "delete_profile", callback, user_data);
}

static void
iface_modem_init (MMIfaceModemInterface *iface)
{
    iface->load_manufacturer = load_manufacturer;
    iface->load_manufacturer_finish = (gpointer) finish_string;
    iface->load_model = load_model;
    iface->load_model_finish = (gpointer) finish_string;
    iface->load_equipment_identifier = load_equipment_identifier;
    iface->load_equipment_identifier_finish = (gpointer) finish_string;
    iface->load_own_numbers = load_own_numbers;
    iface->load_own_numbers_finish = (gpointer) finish_strv;
    iface->load_unlock_required_finish = load_unlock_required_finish;
    iface->load_unlock_retries = load_unlock_retries;
    iface->load_unlock_retries_finish = (gpointer) finish_unlock_retries;
    iface->load_signal_quality = load_signal_quality;
    iface->load_signal_quality_finish = (gpointer) finish_uint;

    iface->load_current_capabilities = DAEMON_FUNCTION;
    iface->load_current_capabilities_finish = DAEMON_FUNCTION;
    iface->load_revision = DAEMON_FUNCTION;
    iface->load_revision_finish = DAEMON_FUNCTION;
    iface->load_supported_modes = DAEMON_FUNCTION;
    iface->load_supported_modes_finish = DAEMON_FUNCTION;
    iface->load_access_technologies = DAEMON_FUNCTION;
    iface->load_access_technologies_finish = DAEMON_FUNCTION;
    iface->create_sim = DAEMON_FUNCTION;
    iface->create_sim_finish = DAEMON_FUNCTION;
    iface->create_bearer = DAEMON_FUNCTION;
    iface->create_bearer_finish = DAEMON_FUNCTION;
    iface->create_bearer_list = daemon_function;
}

static void
iface_modem_3gpp_init (MMIfaceModem3gppInterface *iface)
{
    iface->load_imei = load_imei;
    iface->load_imei_finish = (gpointer) finish_string;
    iface->load_enabled_facility_locks = load_enabled_facility_locks;
    iface->load_enabled_facility_locks_finish = (gpointer) finish_uint;
    iface->load_eps_ue_mode_operation = load_eps_ue_mode_operation;
    iface->load_eps_ue_mode_operation_finish = (gpointer) finish_uint;
    iface->enable_unsolicited_registration_events = enable_unsolicited_registration_events;
    iface->enable_unsolicited_registration_events_finish = (gpointer) finish_boolean;
    iface->cleanup_unsolicited_registration_events = cleanup_unsolicited_registration_events;
    iface->cleanup_unsolicited_registration_events_finish = (gpointer) finish_boolean;
    iface->run_registration_checks = run_registration_checks;
    iface->run_registration_checks_finish = (gpointer) finish_boolean;

    iface->setup_unsolicited_registration_events = DAEMON_FUNCTION;
    iface->create_initial_eps_bearer = daemon_function;
}

static void
iface_profile_manager_init (MMIfaceModem3gppProfileManagerInterface *iface)
{
    iface->check_format = check_format;
    iface->check_format_finish = check_format_finish;
    iface->deactivate_profile = deactivate_profile;
    iface->deactivate_profile_finish = (gpointer) finish_boolean;
    iface->store_profile = store_profile;
    iface->store_profile_finish = store_profile_finish;
    iface->delete_profile = delete_profile;
    iface->delete_profile_finish = (gpointer) finish_boolean;

    iface->check_support = daemon_function;
    iface->list_profiles = DAEMON_FUNCTION;
    iface->list_profiles_finish = DAEMON_FUNCTION;
    iface->check_activated_profile = daemon_function;
}

static void
iface_firmware_init (MMIfaceModemFirmwareInterface *iface)
{
}

/*****************************************************************************/
/* MMBroadbandModem */

typedef struct {
    MmGdbusModem                 *modem_skeleton;
    MmGdbusModem3gpp             *modem_3gpp_skeleton;
    MMModemState                  state;
    MMModem3gppRegistrationState  registration;
    MMBearerList                 *bearers;
    MMCallList                   *calls;
    MMBaseSim                    *sim;
    guint                         flow_control;
    guint                         quality;
    gchar                        *numbers;
} BroadbandPrivate;

enum {
    BROADBAND_PROP_0,
    BROADBAND_PROP_MODEM_SKELETON,
    BROADBAND_PROP_3GPP_SKELETON,
    BROADBAND_PROP_STATE,
    BROADBAND_PROP_REGISTRATION,
    BROADBAND_PROP_BEARERS,
    BROADBAND_PROP_CALLS,
    BROADBAND_PROP_SIM,
    BROADBAND_PROP_FLOW_CONTROL,
};

G_DEFINE_TYPE_WITH_CODE (MMBroadbandModem, mm_broadband_modem, MM_TYPE_BASE_MODEM,
                         G_IMPLEMENT_INTERFACE (MM_TYPE_IFACE_MODEM, iface_modem_init)
                         G_IMPLEMENT_INTERFACE (MM_TYPE_IFACE_MODEM_3GPP, iface_modem_3gpp_init)
                         G_IMPLEMENT_INTERFACE (MM_TYPE_IFACE_MODEM_3GPP_PROFILE_MANAGER, iface_profile_manager_init)
                         G_IMPLEMENT_INTERFACE (MM_TYPE_IFACE_MODEM_FIRMWARE, iface_firmware_init))

static BroadbandPrivate *
broadband_private (gpointer self)
{
    return ((MMBroadbandModem *) self)->priv;
}

void
fake_modem_set_registration (MMBaseModem                  *self,
                             MMModem3gppRegistrationState  state)
{
    broadband_private (self)->registration = state;
    g_object_notify (G_OBJECT (self), MM_IFACE_MODEM_3GPP_REGISTRATION_STATE);
}

void
fake_modem_set_state (MMBaseModem  *self,
                      MMModemState  state)
{
    broadband_private (self)->state = state;
}

void
fake_modem_set_bearers (MMBaseModem  *self,
                        MMBearerList *bearers)
{
    g_set_object (&broadband_private (self)->bearers, bearers);
    g_object_notify (G_OBJECT (self), MM_IFACE_MODEM_BEARER_LIST);
}

MMBearerList *
fake_modem_peek_bearers (MMBaseModem *self)
{
    return broadband_private (self)->bearers;
}

void
fake_modem_set_calls (MMBaseModem *self,
                      MMCallList  *calls)
{
    g_set_object (&broadband_private (self)->calls, calls);
    g_object_notify (G_OBJECT (self), MM_IFACE_MODEM_VOICE_CALL_LIST);
}

void
fake_modem_set_sim (MMBaseModem *self,
                    MMBaseSim   *sim)
{
    g_set_object (&broadband_private (self)->sim, sim);
}

guint
fake_modem_get_quality (MMBaseModem *self)
{
    return broadband_private (self)->quality;
}

gchar *
fake_modem_dup_numbers (MMBaseModem *self)
{
    return g_strdup (broadband_private (self)->numbers);
}

void
mm_iface_modem_update_signal_quality (MMIfaceModem *self,
                                      guint         signal_quality)
{
    broadband_private (self)->quality = signal_quality;
}

void
mm_iface_modem_update_own_numbers (MMIfaceModem *self,
                                   const GStrv   own_numbers)
{
    g_free (broadband_private (self)->numbers);
    broadband_private (self)->numbers = g_strjoinv (",", own_numbers);
}

GPtrArray *
mm_3gpp_creg_regex_get (gboolean solicited)
{
    GPtrArray *array = g_ptr_array_new_with_free_func ((GDestroyNotify) g_regex_unref);

    if (solicited)
        g_error ("the handlers are those of lines that come by themselves");
    g_ptr_array_add (array, g_regex_new ("\\r\\n\\+CEREG: \\d[^\\r\\n]*\\r\\n", G_REGEX_RAW, 0, NULL));
    g_ptr_array_add (array, g_regex_new ("\\r\\n\\+C5GREG: \\d[^\\r\\n]*\\r\\n", G_REGEX_RAW, 0, NULL));
    return array;
}

void
mm_3gpp_creg_regex_destroy (GPtrArray *array)
{
    g_ptr_array_unref (array);
}

static void
setup_ports (MMBroadbandModem *self)
{
    MMPortSerialAt *ports[] = { base_private (self)->primary, base_private (self)->secondary };
    GPtrArray      *regexes = mm_3gpp_creg_regex_get (FALSE);
    guint           i;
    guint           j;

    for (i = 0; i < G_N_ELEMENTS (ports); i++) {
        for (j = 0; ports[i] && j < regexes->len; j++)
            mm_port_serial_at_add_unsolicited_msg_handler (ports[i], regexes->pdata[j], NULL, NULL, NULL);
    }
    mm_3gpp_creg_regex_destroy (regexes);
}

static void
broadband_set_property (GObject      *object,
                        guint         property_id,
                        const GValue *value,
                        GParamSpec   *pspec)
{
    broadband_private (object)->flow_control = g_value_get_uint (value);
}

static void
broadband_get_property (GObject    *object,
                        guint       property_id,
                        GValue     *value,
                        GParamSpec *pspec)
{
    BroadbandPrivate *priv = broadband_private (object);

    switch (property_id) {
    case BROADBAND_PROP_MODEM_SKELETON:
        g_value_set_object (value, priv->modem_skeleton);
        return;
    case BROADBAND_PROP_3GPP_SKELETON:
        g_value_set_object (value, priv->modem_3gpp_skeleton);
        return;
    case BROADBAND_PROP_STATE:
        g_value_set_int (value, priv->state);
        return;
    case BROADBAND_PROP_REGISTRATION:
        g_value_set_int (value, priv->registration);
        return;
    case BROADBAND_PROP_BEARERS:
        g_value_set_object (value, priv->bearers);
        return;
    case BROADBAND_PROP_CALLS:
        g_value_set_object (value, priv->calls);
        return;
    case BROADBAND_PROP_SIM:
        g_value_set_object (value, priv->sim);
        return;
    case BROADBAND_PROP_FLOW_CONTROL:
    default:
        g_value_set_uint (value, priv->flow_control);
        return;
    }
}

static void
broadband_dispose (GObject *object)
{
    BroadbandPrivate *priv = broadband_private (object);

    G_OBJECT_CLASS (mm_broadband_modem_parent_class)->dispose (object);
    g_clear_object (&priv->bearers);
    g_clear_object (&priv->calls);
    g_clear_object (&priv->sim);
}

static void
broadband_finalize (GObject *object)
{
    BroadbandPrivate *priv = broadband_private (object);

    g_object_unref (priv->modem_skeleton);
    g_object_unref (priv->modem_3gpp_skeleton);
    g_free (priv->numbers);
    g_free (priv);
    G_OBJECT_CLASS (mm_broadband_modem_parent_class)->finalize (object);
}

static void
mm_broadband_modem_init (MMBroadbandModem *self)
{
    BroadbandPrivate *priv = g_new0 (BroadbandPrivate, 1);

    self->priv = priv;
    priv->modem_skeleton = mm_gdbus_modem_skeleton_new ();
    priv->modem_3gpp_skeleton = mm_gdbus_modem3gpp_skeleton_new ();
    priv->quality = G_MAXUINT;
}

static void
mm_broadband_modem_class_init (MMBroadbandModemClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS (klass);

    object_class->set_property = broadband_set_property;
    object_class->get_property = broadband_get_property;
    object_class->dispose = broadband_dispose;
    object_class->finalize = broadband_finalize;
    klass->setup_ports = setup_ports;
    klass->enabling_modem_init = DAEMON_FUNCTION;
    klass->enabling_modem_init_finish = DAEMON_FUNCTION;

    NEW_PROPERTY (BROADBAND_PROP_MODEM_SKELETON, object, MM_IFACE_MODEM_DBUS_SKELETON, MM_GDBUS_TYPE_MODEM_SKELETON);
    NEW_PROPERTY (BROADBAND_PROP_3GPP_SKELETON, object, MM_IFACE_MODEM_3GPP_DBUS_SKELETON,
                  MM_GDBUS_TYPE_MODEM3GPP_SKELETON);
    NEW_PROPERTY (BROADBAND_PROP_STATE, int, MM_IFACE_MODEM_STATE, G_MININT, G_MAXINT, 0);
    NEW_PROPERTY (BROADBAND_PROP_REGISTRATION, int, MM_IFACE_MODEM_3GPP_REGISTRATION_STATE, 0, G_MAXINT, 0);
    NEW_PROPERTY (BROADBAND_PROP_BEARERS, object, MM_IFACE_MODEM_BEARER_LIST, MM_TYPE_BEARER_LIST);
    NEW_PROPERTY (BROADBAND_PROP_CALLS, object, MM_IFACE_MODEM_VOICE_CALL_LIST, MM_TYPE_CALL_LIST);
    NEW_PROPERTY (BROADBAND_PROP_SIM, object, MM_IFACE_MODEM_SIM, MM_TYPE_BASE_SIM);
    NEW_PROPERTY (BROADBAND_PROP_FLOW_CONTROL, uint, MM_BROADBAND_MODEM_FLOW_CONTROL, 0, G_MAXUINT, 0);
}

/*****************************************************************************/
/* QMI, MBIM and the test's own */

#define DEFINE_MODEM(Type, type) \
    G_DEFINE_TYPE (Type, type, MM_TYPE_BROADBAND_MODEM) \
    \
    static void \
    type ## _init (Type *self) \
    { \
    } \
    \
    static void \
    type ## _class_init (Type ## Class *klass) \
    { \
    }

#if defined WITH_QMI
DEFINE_MODEM (MMBroadbandModemQmi, mm_broadband_modem_qmi)
#endif
#if defined WITH_MBIM
DEFINE_MODEM (MMBroadbandModemMbim, mm_broadband_modem_mbim)
#endif

struct _FakeModem {
    MMBroadbandModem parent;
};

G_DEFINE_TYPE (FakeModem, fake_modem, MM_TYPE_BROADBAND_MODEM)

/* gdbus-codegen's skeletons have the modem notify it */
static void
fake_get_property (GObject    *object,
                   guint       property_id,
                   GValue     *value,
                   GParamSpec *pspec)
{
    g_value_set_object (value, NULL);
}

static void
fake_modem_init (FakeModem *self)
{
}

static void
fake_modem_class_init (FakeModemClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS (klass);

    object_class->get_property = fake_get_property;
    g_object_class_install_property (object_class, 1,
                                     g_param_spec_object ("modem-fota", NULL, NULL, G_TYPE_DBUS_INTERFACE,
                                                          G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
}

MMBaseModem *
fake_modem_new (GType type)
{
    MMBaseModem               *self;
    g_autoptr(MMPortSerialAt)  port = fake_at_port_new ("ttyUSB0");
    BroadbandPrivate          *priv;

    self = g_object_new (type,
                         MM_BASE_MODEM_DEVICE, "/sys/devices/fake",
                         "g-object-path", "/org/freedesktop/ModemManager1/Modem/0",
                         NULL);
    fake_modem_set_primary (self, port);
    priv = broadband_private (self);
    priv->bearers = fake_bearer_list_new ();
    priv->registration = MM_MODEM_3GPP_REGISTRATION_STATE_HOME;
    priv->state = MM_MODEM_STATE_REGISTERED;
    mm_gdbus_modem_set_equipment_identifier (priv->modem_skeleton, FAKE_MODEM_IMEI);
    return self;
}

/*****************************************************************************/
/* Plugin */

enum {
    PLUGIN_PROP_0,
    PLUGIN_PROP_NAME,
    PLUGIN_PROP_SUBSYSTEMS,
    PLUGIN_PROP_VENDOR_IDS,
    PLUGIN_PROP_AT,
    PLUGIN_PROP_QMI,
    PLUGIN_PROP_MBIM,
    PLUGIN_PROP_CUSTOM_INIT,
    PLUGIN_PROP_SEND_DELAY,
};

G_DEFINE_TYPE (MMPlugin, mm_plugin, G_TYPE_OBJECT)

/* The name and the functions for a port that is to be probed are kept */
typedef struct {
    gchar    *name;
    gpointer  custom_init;
} PluginPrivate;

const gchar *
mm_plugin_get_name (MMPlugin *self)
{
    return ((PluginPrivate *) self->priv)->name;
}

static void
plugin_set_property (GObject      *object,
                     guint         property_id,
                     const GValue *value,
                     GParamSpec   *pspec)
{
    PluginPrivate *priv = ((MMPlugin *) object)->priv;

    if (property_id == PLUGIN_PROP_NAME)
        priv->name = g_value_dup_string (value);
    else if (property_id == PLUGIN_PROP_CUSTOM_INIT)
        priv->custom_init = g_value_get_pointer (value);
}

static void
plugin_get_property (GObject    *object,
                     guint       property_id,
                     GValue     *value,
                     GParamSpec *pspec)
{
    PluginPrivate *priv = ((MMPlugin *) object)->priv;

    if (property_id == PLUGIN_PROP_CUSTOM_INIT)
        g_value_set_pointer (value, priv->custom_init);
}

static void
plugin_finalize (GObject *object)
{
    PluginPrivate *priv = ((MMPlugin *) object)->priv;

    g_free (priv->name);
    g_free (priv);
    G_OBJECT_CLASS (mm_plugin_parent_class)->finalize (object);
}

static void
mm_plugin_init (MMPlugin *self)
{
    self->priv = g_new0 (PluginPrivate, 1);
}

static void
mm_plugin_class_init (MMPluginClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS (klass);

    object_class->set_property = plugin_set_property;
    object_class->get_property = plugin_get_property;
    object_class->finalize = plugin_finalize;
    NEW_PROPERTY (PLUGIN_PROP_NAME, string, MM_PLUGIN_NAME, NULL);
    NEW_PROPERTY (PLUGIN_PROP_SUBSYSTEMS, boxed, MM_PLUGIN_ALLOWED_SUBSYSTEMS, G_TYPE_STRV);
    NEW_PROPERTY (PLUGIN_PROP_AT, boolean, MM_PLUGIN_ALLOWED_AT, FALSE);
    NEW_PROPERTY (PLUGIN_PROP_QMI, boolean, MM_PLUGIN_ALLOWED_QMI, FALSE);
    NEW_PROPERTY (PLUGIN_PROP_MBIM, boolean, MM_PLUGIN_ALLOWED_MBIM, FALSE);
    NEW_PROPERTY (PLUGIN_PROP_SEND_DELAY, uint64, MM_PLUGIN_SEND_DELAY, 0, G_MAXUINT64, 0);
    g_object_class_install_property (object_class, PLUGIN_PROP_VENDOR_IDS,
                                     g_param_spec_pointer (MM_PLUGIN_ALLOWED_VENDOR_IDS, NULL, NULL,
                                                           G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS));
    g_object_class_install_property (object_class, PLUGIN_PROP_CUSTOM_INIT,
                                     g_param_spec_pointer (MM_PLUGIN_CUSTOM_INIT, NULL, NULL,
                                                           G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS));
}

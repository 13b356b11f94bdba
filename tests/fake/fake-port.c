/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <stdlib.h>
#include <string.h>

#include "fake-clock.h"
#include "fake-port.h"

#include "mm-serial-parsers.h"

/*****************************************************************************/
/* Steps */

static guint         steps_left;
static FakeStepWhen  steps_when;
static FakeFunc      steps_func;
static gpointer      steps_data;

void
fake_steps_begin (guint        nth,
                  FakeStepWhen when,
                  FakeFunc     func,
                  gpointer     user_data)
{
    steps_left = nth;
    steps_when = when;
    steps_func = func;
    steps_data = user_data;
}

gboolean
fake_steps_end (void)
{
    gboolean reached = !steps_func;

    steps_func = NULL;
    return reached;
}

static void
step_reached (void)
{
    FakeFunc func = steps_func;

    steps_func = NULL;
    func (steps_data);
}

static gboolean
step_begin (void)
{
    if (!steps_func || --steps_left > 0)
        return FALSE;
    if (steps_when == FAKE_STEP_BEFORE)
        step_reached ();
    return steps_func != NULL;
}

void
fake_step_return_pointer (GTask          *task,
                          gpointer        result,
                          GDestroyNotify  destroy)
{
    gboolean mine = step_begin ();

    g_task_return_pointer (task, result, destroy);
    g_object_unref (task);
    if (mine)
        step_reached ();
}

void
fake_step_return_boolean (GTask    *task,
                          gboolean  result)
{
    gboolean mine = step_begin ();

    g_task_return_boolean (task, result);
    g_object_unref (task);
    if (mine)
        step_reached ();
}

void
fake_step_return_int (GTask  *task,
                      gssize  result)
{
    gboolean mine = step_begin ();

    g_task_return_int (task, result);
    g_object_unref (task);
    if (mine)
        step_reached ();
}

void
fake_step_return_error (GTask  *task,
                        GError *error)
{
    gboolean mine = step_begin ();

    g_task_return_error (task, error);
    g_object_unref (task);
    if (mine)
        step_reached ();
}

/*****************************************************************************/
/* Kernel devices */

struct _MMKernelDevice {
    GObject  parent;
    gchar   *subsystem;
    gchar   *name;
    guint16  product;
    gint     interface_class;
    gint     interface_protocol;
    gchar   *physdev_sysfs_path;
};

typedef GObjectClass MMKernelDeviceClass;

G_DEFINE_TYPE (MMKernelDevice, mm_kernel_device, G_TYPE_OBJECT)

MMKernelDevice *
fake_kernel_device_new (const gchar *subsystem,
                        const gchar *name,
                        guint16      product,
                        gint         interface_class,
                        gint         interface_protocol,
                        const gchar *physdev_sysfs_path)
{
    MMKernelDevice *self = g_object_new (MM_TYPE_KERNEL_DEVICE, NULL);

    self->subsystem = g_strdup (subsystem);
    self->name = g_strdup (name);
    self->product = product;
    self->interface_class = interface_class;
    self->interface_protocol = interface_protocol;
    self->physdev_sysfs_path = g_strdup (physdev_sysfs_path);
    return self;
}

gint
mm_kernel_device_get_interface_class (MMKernelDevice *self)
{
    return self->interface_class;
}

gint
mm_kernel_device_get_interface_protocol (MMKernelDevice *self)
{
    return self->interface_protocol;
}

guint16
mm_kernel_device_get_physdev_pid (MMKernelDevice *self)
{
    return self->product;
}

const gchar *
mm_kernel_device_get_physdev_sysfs_path (MMKernelDevice *self)
{
    return self->physdev_sysfs_path;
}

static void
kernel_device_finalize (GObject *object)
{
    MMKernelDevice *self = (MMKernelDevice *) object;

    g_free (self->subsystem);
    g_free (self->name);
    g_free (self->physdev_sysfs_path);
    G_OBJECT_CLASS (mm_kernel_device_parent_class)->finalize (object);
}

static void
mm_kernel_device_init (MMKernelDevice *self)
{
}

static void
mm_kernel_device_class_init (MMKernelDeviceClass *klass)
{
    klass->finalize = kernel_device_finalize;
}

/*****************************************************************************/
/* Probes */

struct _MMPortProbe {
    GObject         parent;
    MMKernelDevice *device;
    MMPortType      type;
    gint            result_at;
};

typedef GObjectClass MMPortProbeClass;

G_DEFINE_TYPE (MMPortProbe, mm_port_probe, G_TYPE_OBJECT)

MMPortProbe *
fake_port_probe_new (MMKernelDevice *device,
                     MMPortType      type)
{
    MMPortProbe *self = g_object_new (MM_TYPE_PORT_PROBE, NULL);

    self->device = g_object_ref (device);
    self->type = type;
    self->result_at = -1;
    return self;
}

gint
fake_port_probe_get_result_at (MMPortProbe *self)
{
    return self->result_at;
}

MMKernelDevice *
mm_port_probe_peek_port (MMPortProbe *self)
{
    return self->device;
}

const gchar *
mm_port_probe_get_port_subsys (MMPortProbe *self)
{
    return self->device->subsystem;
}

MMPortType
mm_port_probe_get_port_type (MMPortProbe *self)
{
    return self->type;
}

void
mm_port_probe_set_result_at (MMPortProbe *self,
                             gboolean     at)
{
    self->result_at = at;
}

static gboolean
list_has (GList      *list,
          MMPortType  type)
{
    GList *l;

    for (l = list; l; l = l->next) {
        if (((MMPortProbe *) l->data)->type == type)
            return TRUE;
    }
    return FALSE;
}

gboolean
mm_port_probe_list_has_qmi_port (GList *list)
{
    return list_has (list, MM_PORT_TYPE_QMI);
}

gboolean
mm_port_probe_list_has_mbim_port (GList *list)
{
    return list_has (list, MM_PORT_TYPE_MBIM);
}

static void
port_probe_finalize (GObject *object)
{
    g_object_unref (((MMPortProbe *) object)->device);
    G_OBJECT_CLASS (mm_port_probe_parent_class)->finalize (object);
}

static void
mm_port_probe_init (MMPortProbe *self)
{
}

static void
mm_port_probe_class_init (MMPortProbeClass *klass)
{
    klass->finalize = port_probe_finalize;
}

/*****************************************************************************/
/* MMPort */

typedef struct {
    MMKernelDevice *device;
    MMPortType      type;
    gboolean        connected;
} PortPrivate;

enum {
    PORT_PROP_0,
    PORT_PROP_CONNECTED,
};

static guint timed_out_signal;

G_DEFINE_TYPE (MMPort, mm_port, G_TYPE_OBJECT)

static PortPrivate *
port_private (gpointer self)
{
    return ((MMPort *) self)->priv;
}

MMPort *
fake_port_new (MMKernelDevice *device,
               MMPortType      type)
{
    MMPort *self;

    self = g_object_new (type == MM_PORT_TYPE_AT ? MM_TYPE_PORT_SERIAL_AT : MM_TYPE_PORT, NULL);
    port_private (self)->device = g_object_ref (device);
    port_private (self)->type = type;
    return self;
}

MMPort *
fake_net_port_new (const gchar *device)
{
    g_autoptr(GObject) kernel_device = NULL;

    kernel_device = G_OBJECT (fake_kernel_device_new ("net", device, 0x3301, 2, 0, "/nowhere"));
    return fake_port_new ((MMKernelDevice *) kernel_device, MM_PORT_TYPE_NET);
}

const gchar *
mm_port_get_device (MMPort *self)
{
    return port_private (self)->device->name;
}

MMPortSubsys
mm_port_get_subsys (MMPort *self)
{
    return g_str_equal (port_private (self)->device->subsystem, "net") ? MM_PORT_SUBSYS_NET : MM_PORT_SUBSYS_TTY;
}

MMPortType
mm_port_get_port_type (MMPort *self)
{
    return port_private (self)->type;
}

gboolean
mm_port_get_connected (MMPort *self)
{
    return port_private (self)->connected;
}

void
mm_port_set_connected (MMPort   *self,
                       gboolean  connected)
{
    port_private (self)->connected = connected;
}

MMKernelDevice *
mm_port_peek_kernel_device (MMPort *self)
{
    return port_private (self)->device;
}

static void
port_set_property (GObject      *object,
                   guint         property_id,
                   const GValue *value,
                   GParamSpec   *pspec)
{
    port_private (object)->connected = g_value_get_boolean (value);
}

static void
port_get_property (GObject    *object,
                   guint       property_id,
                   GValue     *value,
                   GParamSpec *pspec)
{
    g_value_set_boolean (value, port_private (object)->connected);
}

static void
port_finalize (GObject *object)
{
    g_clear_object (&port_private (object)->device);
    g_free (port_private (object));
    G_OBJECT_CLASS (mm_port_parent_class)->finalize (object);
}

static void
mm_port_init (MMPort *self)
{
    self->priv = g_new0 (PortPrivate, 1);
}

static void
mm_port_class_init (MMPortClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS (klass);

    object_class->set_property = port_set_property;
    object_class->get_property = port_get_property;
    object_class->finalize = port_finalize;
    g_object_class_install_property (object_class, PORT_PROP_CONNECTED,
                                     g_param_spec_boolean (MM_PORT_CONNECTED, NULL, NULL, FALSE,
                                                           G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS));
    timed_out_signal = g_signal_new (MM_PORT_SIGNAL_TIMED_OUT, MM_TYPE_PORT, G_SIGNAL_RUN_FIRST,
                                     G_STRUCT_OFFSET (MMPortClass, timed_out), NULL, NULL, NULL,
                                     G_TYPE_NONE, 1, G_TYPE_UINT);
    g_signal_new (MM_PORT_SIGNAL_REMOVED, MM_TYPE_PORT, G_SIGNAL_RUN_FIRST,
                  G_STRUCT_OFFSET (MMPortClass, removed), NULL, NULL, NULL, G_TYPE_NONE, 0);
}

/*****************************************************************************/
/* MMPortSerial: open and close alone */

typedef struct {
    guint    n_opened;
    gboolean refuses;
    guint64  send_delay;
} SerialPrivate;

enum {
    SERIAL_PROP_0,
    SERIAL_PROP_SEND_DELAY,
};

G_DEFINE_TYPE (MMPortSerial, mm_port_serial, MM_TYPE_PORT)

static SerialPrivate *
serial_private (gpointer self)
{
    return ((MMPortSerial *) self)->priv;
}

gboolean
mm_port_serial_open (MMPortSerial  *self,
                     GError       **error)
{
    if (serial_private (self)->refuses) {
        serial_private (self)->refuses = FALSE;
        g_set_error (error, MM_SERIAL_ERROR, MM_SERIAL_ERROR_OPEN_FAILED, "the test does not want it open");
        return FALSE;
    }
    serial_private (self)->n_opened++;
    return TRUE;
}

void
mm_port_serial_close (MMPortSerial *self)
{
    g_assert_cmpuint (serial_private (self)->n_opened, >, 0);
    serial_private (self)->n_opened--;
}

void
fake_port_refuse_open (MMPortSerialAt *self)
{
    serial_private (self)->refuses = TRUE;
}

guint
fake_port_n_opened (MMPortSerialAt *self)
{
    return serial_private (self)->n_opened;
}

static void
serial_set_property (GObject      *object,
                     guint         property_id,
                     const GValue *value,
                     GParamSpec   *pspec)
{
    serial_private (object)->send_delay = g_value_get_uint64 (value);
}

static void
serial_get_property (GObject    *object,
                     guint       property_id,
                     GValue     *value,
                     GParamSpec *pspec)
{
    g_value_set_uint64 (value, serial_private (object)->send_delay);
}

static void
serial_finalize (GObject *object)
{
    g_free (serial_private (object));
    G_OBJECT_CLASS (mm_port_serial_parent_class)->finalize (object);
}

static void
mm_port_serial_init (MMPortSerial *self)
{
    self->priv = g_new0 (SerialPrivate, 1);
    serial_private (self)->send_delay = 1000;
}

static void
mm_port_serial_class_init (MMPortSerialClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS (klass);

    object_class->set_property = serial_set_property;
    object_class->get_property = serial_get_property;
    object_class->finalize = serial_finalize;
    g_object_class_install_property (object_class, SERIAL_PROP_SEND_DELAY,
                                     g_param_spec_uint64 (MM_PORT_SERIAL_SEND_DELAY, NULL, NULL,
                                                          0, G_MAXUINT64, 0,
                                                          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS));
}

/*****************************************************************************/
/* MMPortSerialAt */

typedef struct {
    GRegex                         *regex;
    MMPortSerialAtUnsolicitedMsgFn  callback;
    gpointer                        user_data;
    GDestroyNotify                  notify;
    gboolean                        enabled;
} Handler;

typedef struct {
    GTask     *task;
    gchar     *command;
    guint      timeout;
    FakeReply *reply;
    guint      timer;
} Command;

typedef struct {
    GList                         *replies;      /* FakeReply */
    GQueue                         commands;     /* Command; the first one is under way */
    gboolean                       started;
    guint                          idle;
    guint                          n_timeouts;
    GPtrArray                     *sent;
    GString                       *all_sent;
    GByteArray                    *buffer;
    GList                         *handlers;     /* Handler */
    MMPortSerialAtResponseParserFn parser;
    gpointer                       parser_data;
    GDestroyNotify                 parser_notify;
    gboolean                       pulled;
    gboolean                       remove_echo;
    GStrv                          init_sequence;
} AtPrivate;

enum {
    AT_PROP_0,
    AT_PROP_REMOVE_ECHO,
    AT_PROP_INIT_SEQUENCE,
};

typedef MMPortSerialClass MMPortSerialAtClass;

#if MM_DAEMON_SERIES >= 12400

struct _MMIfacePortAtInterface {
    GTypeInterface g_iface;
};

G_DEFINE_INTERFACE (MMIfacePortAt, mm_iface_port_at, MM_TYPE_PORT)

static void
mm_iface_port_at_default_init (MMIfacePortAtInterface *iface)
{
}

static void
iface_port_at_init (MMIfacePortAtInterface *iface)
{
}

G_DEFINE_TYPE_WITH_CODE (MMPortSerialAt, mm_port_serial_at, MM_TYPE_PORT_SERIAL,
                         G_IMPLEMENT_INTERFACE (mm_iface_port_at_get_type (), iface_port_at_init))

#else

G_DEFINE_TYPE (MMPortSerialAt, mm_port_serial_at, MM_TYPE_PORT_SERIAL)

#endif

static AtPrivate *
at_private (gpointer self)
{
    return ((MMPortSerialAt *) self)->priv;
}

MMPortSerialAt *
fake_at_port_new_for (MMKernelDevice *device)
{
    return MM_PORT_SERIAL_AT (fake_port_new (device, MM_PORT_TYPE_AT));
}

MMPortSerialAt *
fake_at_port_new (const gchar *device)
{
    g_autoptr(GObject) kernel_device = NULL;

    kernel_device = G_OBJECT (fake_kernel_device_new ("tty", device, 0x3301, 0xff, 0x12, "/nowhere"));
    return fake_at_port_new_for ((MMKernelDevice *) kernel_device);
}

/*****************************************************************************/
/* Replies */

static void
reply_free (FakeReply *reply)
{
    g_free (reply->command);
    g_free (reply->bytes);
    g_clear_error (&reply->error);
    g_free (reply);
}

static FakeReply *
reply_new (MMPortSerialAt *self,
           const gchar    *command)
{
    FakeReply *reply = g_new0 (FakeReply, 1);

    reply->command = g_strdup (command);
    at_private (self)->replies = g_list_append (at_private (self)->replies, reply);
    return reply;
}

static gchar *
build_answer (const gchar *lines,
              const gchar *result)
{
    g_auto(GStrv)  strv = g_strsplit (lines ? lines : "", "\n", -1);
    GString       *bytes = g_string_new (NULL);
    guint          i;

    for (i = 0; strv[i]; i++) {
        if (strv[i][0])
            g_string_append_printf (bytes, "\r\n%s\r\n", strv[i]);
    }
    g_string_append_printf (bytes, "\r\n%s\r\n", result);
    return g_string_free (bytes, FALSE);
}

FakeReply *
fake_port_answer (MMPortSerialAt *self,
                  const gchar    *command,
                  const gchar    *lines)
{
    FakeReply *reply = reply_new (self, command);

    reply->bytes = build_answer (lines, "OK");
    return reply;
}

FakeReply *
fake_port_fail (MMPortSerialAt *self,
                const gchar    *command,
                const gchar    *result)
{
    FakeReply *reply = reply_new (self, command);

    reply->bytes = build_answer (NULL, result);
    return reply;
}

FakeReply *
fake_port_send (MMPortSerialAt *self,
                const gchar    *command,
                const gchar    *bytes)
{
    FakeReply *reply = reply_new (self, command);

    reply->bytes = g_strdup (bytes);
    return reply;
}

FakeReply *
fake_port_silence (MMPortSerialAt *self,
                   const gchar    *command)
{
    FakeReply *reply = reply_new (self, command);

    reply->silent = TRUE;
    return reply;
}

FakeReply *
fake_port_hang (MMPortSerialAt *self,
                const gchar    *command)
{
    FakeReply *reply = reply_new (self, command);

    reply->hangs = TRUE;
    return reply;
}

FakeReply *
fake_port_error (MMPortSerialAt *self,
                 const gchar    *command,
                 GQuark          domain,
                 gint            code)
{
    FakeReply *reply = reply_new (self, command);

    reply->error = g_error_new (domain, code, "the test wants this error");
    return reply;
}

static FakeReply *
find_reply (MMPortSerialAt *self,
            const gchar    *command)
{
    FakeReply *found = NULL;
    GList     *l;

    for (l = at_private (self)->replies; l; l = l->next) {
        FakeReply *reply = l->data;

        if (!g_str_equal (reply->command, command) && !g_pattern_match_simple (reply->command, command))
            continue;
        if (!reply->forever) {
            at_private (self)->replies = g_list_delete_link (at_private (self)->replies, l);
            return reply;
        }
        found = reply;
    }
    return found;
}

/*****************************************************************************/
/* Commands */

static void start_next  (MMPortSerialAt *self);
static void read_bytes  (MMPortSerialAt *self,
                         const gchar    *bytes,
                         gsize           length);

static void
command_free (Command *command)
{
    g_clear_handle_id (&command->timer, g_source_remove);
    if (command->reply && !command->reply->forever)
        reply_free (command->reply);
    g_free (command->command);
    g_free (command);
}

static gboolean
start_idle (MMPortSerialAt *self)
{
    at_private (self)->idle = 0;
    start_next (self);
    return G_SOURCE_REMOVE;
}

static void
schedule_start (MMPortSerialAt *self)
{
    AtPrivate *priv = at_private (self);

    if (!priv->started && !priv->idle && !g_queue_is_empty (&priv->commands))
        priv->idle = g_idle_add_full (G_PRIORITY_DEFAULT, (GSourceFunc) start_idle,
                                      g_object_ref (self), g_object_unref);
}

/* The command under way, which is over now */
static GTask *
take_command (MMPortSerialAt *self)
{
    AtPrivate *priv = at_private (self);
    Command   *command = g_queue_pop_head (&priv->commands);
    GTask     *task = command->task;

    priv->started = FALSE;
    command_free (command);
    schedule_start (self);
    return task;
}

static gboolean
is_under_way (MMPortSerialAt *self)
{
    return at_private (self)->started;
}

static gboolean
timed_out (MMPortSerialAt *self)
{
    g_autoptr(MMPortSerialAt)  keep = g_object_ref (self);
    AtPrivate                 *priv = at_private (self);
    GTask                     *task;

    ((Command *) g_queue_peek_head (&priv->commands))->timer = 0;
    task = take_command (self);
    priv->n_timeouts++;
    fake_step_return_error (task, g_error_new (MM_SERIAL_ERROR, MM_SERIAL_ERROR_RESPONSE_TIMEOUT,
                                               "Serial command timed out"));
    g_signal_emit (self, timed_out_signal, 0, priv->n_timeouts);
    return G_SOURCE_REMOVE;
}

static void
give_bytes (MMPortSerialAt *self,
            const gchar    *all,
            guint           pieces)
{
    g_autoptr(MMPortSerialAt)  keep = g_object_ref (self);
    g_autofree gchar          *bytes = g_strdup (all);
    gsize                      length = strlen (bytes);
    gsize                      done;

    if (!pieces)
        pieces = (guint) length;
    for (done = 0; done < length; done += pieces)
        read_bytes (self, bytes + done, MIN (pieces, length - done));
}

static gboolean
reply_now (MMPortSerialAt *self)
{
    Command   *command = g_queue_peek_head (&at_private (self)->commands);
    FakeReply *reply = command->reply;

    command->timer = 0;
    if (reply->error) {
        GError *error = g_error_copy (reply->error);

        fake_step_return_error (take_command (self), error);
    } else
        give_bytes (self, reply->bytes, reply->pieces);
    return G_SOURCE_REMOVE;
}

static gboolean
is_cancelled (MMPortSerialAt *self)
{
    Command *command = g_queue_peek_head (&at_private (self)->commands);

    if (!g_cancellable_is_cancelled (g_task_get_cancellable (command->task)))
        return FALSE;
    fake_step_return_error (take_command (self), g_error_new (MM_CORE_ERROR, MM_CORE_ERROR_CANCELLED,
                                                              "the command was cancelled"));
    return TRUE;
}

static void
start_next (MMPortSerialAt *self)
{
    AtPrivate *priv = at_private (self);
    Command   *command = g_queue_peek_head (&priv->commands);
    FakeReply *reply;

    if (!command || priv->started)
        return;
    priv->started = TRUE;
    if (is_cancelled (self))
        return;

    g_ptr_array_add (priv->sent, g_strdup (command->command));
    g_string_append_printf (priv->all_sent, "%s%s", priv->all_sent->len > 0 ? " " : "", command->command);
    reply = find_reply (self, command->command);
    if (!reply) {
        g_test_message ("nothing was written down for '%s'", command->command);
        g_test_fail ();
        reply = fake_port_fail (self, command->command, "ERROR");
        priv->replies = g_list_remove (priv->replies, reply);
    }
    command->reply = reply;
    if (reply->func) {
        g_autoptr(MMPortSerialAt) keep = g_object_ref (self);

        reply->func (reply->user_data);
        /* Who pulls the port answers what was sent to it */
        if (priv->pulled)
            return;
    }
    if (reply->silent)
        command->timer = g_timeout_add_seconds (command->timeout, (GSourceFunc) timed_out, self);
    else if (reply->delay >= command->timeout && !reply->hangs)
        g_error ("'%s' would time out before its answer", command->command);
    else if (!reply->hangs)
        command->timer = g_timeout_add_seconds (reply->delay, (GSourceFunc) reply_now, self);
}

void
mm_port_serial_at_command (MMPortSerialAt      *self,
                           const gchar         *str,
                           guint32              timeout,
                           gboolean             is_raw,
                           gboolean             allow_cached,
                           GCancellable        *cancellable,
                           GAsyncReadyCallback  callback,
                           gpointer             user_data)
{
    Command *command = g_new0 (Command, 1);

    /* What has its own <CR>, or is none, would get "AT" before it and <CR> behind it */
    g_assert_true (is_raw || !(g_str_has_suffix (str, "\r") || g_str_equal (str, "+++")));
    /* Whoever asks a port itself wants to know what it says now */
    g_assert_false (allow_cached);
    command->task = g_task_new (self, cancellable, callback, user_data);
    g_task_set_check_cancellable (command->task, FALSE);
    command->command = g_strdup (str);
    command->timeout = timeout;
    if (at_private (self)->pulled) {
        fake_step_return_error (command->task, g_error_new (MM_SERIAL_ERROR, MM_SERIAL_ERROR_OPEN_FAILED_NO_DEVICE,
                                                            "the port is gone"));
        command_free (command);
        return;
    }
    g_queue_push_tail (&at_private (self)->commands, command);
    schedule_start (self);
}

#if MM_DAEMON_SERIES >= 12200

gchar *
mm_port_serial_at_command_finish (MMPortSerialAt  *self,
                                  GAsyncResult    *res,
                                  GError         **error)
{
    return g_task_propagate_pointer (G_TASK (res), error);
}

#else

/* As there: the answer belongs to the result */
const gchar *
mm_port_serial_at_command_finish (MMPortSerialAt  *self,
                                  GAsyncResult    *res,
                                  GError         **error)
{
    gchar *answer = g_task_propagate_pointer (G_TASK (res), error);

    if (answer)
        g_object_set_data_full (G_OBJECT (res), "fake-answer", answer, g_free);
    return answer;
}

#endif

void
fake_port_pull (MMPortSerialAt *self)
{
    g_autoptr(MMPortSerialAt)  keep = g_object_ref (self);
    AtPrivate                 *priv = at_private (self);

    priv->pulled = TRUE;
    while (!g_queue_is_empty (&priv->commands))
        fake_step_return_error (take_command (self),
                                g_error_new (MM_SERIAL_ERROR, MM_SERIAL_ERROR_OPEN_FAILED_NO_DEVICE,
                                             "Serial port is now closed"));
}

/*****************************************************************************/
/* Reading, as ModemManager's port does: to the handlers, then to the parser of answers, which
 * takes all that there is */

void
mm_port_serial_at_add_unsolicited_msg_handler (MMPortSerialAt                 *self,
                                               GRegex                         *regex,
                                               MMPortSerialAtUnsolicitedMsgFn  callback,
                                               gpointer                        user_data,
                                               GDestroyNotify                  notify)
{
    Handler *handler = g_new0 (Handler, 1);

    handler->regex = g_regex_ref (regex);
    handler->callback = callback;
    handler->user_data = user_data;
    handler->notify = notify;
    handler->enabled = TRUE;
    at_private (self)->handlers = g_list_prepend (at_private (self)->handlers, handler);
}

void
mm_port_serial_at_enable_unsolicited_msg_handler (MMPortSerialAt *self,
                                                  GRegex         *regex,
                                                  gboolean        enable)
{
    GList *l;

    for (l = at_private (self)->handlers; l; l = l->next) {
        Handler *handler = l->data;

        if (g_str_equal (g_regex_get_pattern (handler->regex), g_regex_get_pattern (regex)))
            handler->enabled = enable;
    }
}

guint
fake_port_n_handlers_enabled (MMPortSerialAt *self)
{
    guint  n = 0;
    GList *l;

    for (l = at_private (self)->handlers; l; l = l->next)
        n += ((Handler *) l->data)->enabled;
    return n;
}

static void
handler_free (Handler *handler)
{
    if (handler->notify)
        handler->notify (handler->user_data);
    g_regex_unref (handler->regex);
    g_free (handler);
}

void
mm_port_serial_at_set_response_parser (MMPortSerialAt                 *self,
                                       MMPortSerialAtResponseParserFn  fn,
#if MM_DAEMON_SERIES >= 12595
                                       MMPortSerialAtRemoveEchoFn      echo_fn,
#endif
                                       gpointer                        user_data,
                                       GDestroyNotify                  notify)
{
    AtPrivate *priv = at_private (self);

    if (priv->parser_notify)
        priv->parser_notify (priv->parser_data);
    priv->parser = fn;
    priv->parser_data = user_data;
    priv->parser_notify = notify;
}

static void
parse_unsolicited (MMPortSerial *self,
                   GByteArray   *bytes)
{
    GList *l;

    for (l = at_private (self)->handlers; l; l = l->next) {
        Handler               *handler = l->data;
        g_autoptr(GMatchInfo)  match = NULL;
        g_autofree gchar      *left = NULL;

        if (!handler->enabled || bytes->len == 0 ||
            !g_regex_match_full (handler->regex, (const gchar *) bytes->data, bytes->len, 0, 0, &match, NULL))
            continue;
        while (handler->callback && g_match_info_matches (match)) {
            handler->callback (MM_PORT_SERIAL_AT (self), match, handler->user_data);
            g_match_info_next (match, NULL);
        }
        left = g_regex_replace_literal (handler->regex, (const gchar *) bytes->data, bytes->len, 0, "", 0, NULL);
        g_byte_array_set_size (bytes, 0);
        g_byte_array_append (bytes, (const guint8 *) left, (guint) strlen (left));
    }
}

static void
read_bytes (MMPortSerialAt *self,
            const gchar    *bytes,
            gsize           length)
{
    AtPrivate          *priv = at_private (self);
    g_autoptr(GString)  text = NULL;
    GError             *error = NULL;
    gboolean            complete;

    g_byte_array_append (priv->buffer, (const guint8 *) bytes, (guint) length);
    MM_PORT_SERIAL_GET_CLASS (self)->parse_unsolicited (MM_PORT_SERIAL (self), priv->buffer);
    if (priv->buffer->len == 0)
        return;

    text = g_string_new_len ((const gchar *) priv->buffer->data, priv->buffer->len);
    g_byte_array_set_size (priv->buffer, 0);
    if (priv->parser)
        complete = priv->parser (priv->parser_data, text, self, &error);
    else
        complete = mm_serial_parser_v1_parse (NULL, text, self, &error);
    if (!complete) {
        g_byte_array_append (priv->buffer, (const guint8 *) text->str, (guint) text->len);
        return;
    }

    priv->n_timeouts = 0;
    if (!is_under_way (self))
        g_clear_error (&error);
    else if (error)
        fake_step_return_error (take_command (self), error);
    else
        fake_step_return_pointer (take_command (self), g_strdup (text->str), g_free);
}

void
fake_port_complete (MMPortSerialAt *self,
                    const gchar    *lines)
{
    g_autofree gchar *bytes = build_answer (lines, "OK");

    g_assert_true (fake_port_is_hanging (self));
    give_bytes (self, bytes, 0);
    fake_clock_settle ();
}

gboolean
fake_port_is_hanging (MMPortSerialAt *self)
{
    Command *command = g_queue_peek_head (&at_private (self)->commands);

    return command && command->reply && command->reply->hangs;
}

void
fake_port_say_bytes (MMPortSerialAt *self,
                     const gchar    *bytes)
{
    give_bytes (self, bytes, 0);
}

void
fake_port_say (MMPortSerialAt *self,
               const gchar    *line)
{
    g_autofree gchar *bytes = g_strdup_printf ("\r\n%s\r\n", line);

    give_bytes (self, bytes, 0);
}

const gchar *
fake_port_peek_buffer (MMPortSerialAt *self)
{
    GByteArray *buffer = at_private (self)->buffer;

    g_byte_array_append (buffer, (const guint8 *) "", 1);
    g_byte_array_set_size (buffer, buffer->len - 1);
    return (const gchar *) buffer->data;
}

/*****************************************************************************/
/* What was sent */

void
fake_port_forget (MMPortSerialAt *self)
{
    g_string_truncate (at_private (self)->all_sent, 0);
    g_ptr_array_set_size (at_private (self)->sent, 0);
}

gchar *
fake_port_take_sent (MMPortSerialAt *self)
{
    gchar *sent = g_strdup (at_private (self)->all_sent->str);

    fake_port_forget (self);
    return sent;
}

guint
fake_port_count_sent (MMPortSerialAt *self,
                      const gchar    *pattern)
{
    GPtrArray *sent = at_private (self)->sent;
    guint      n = 0;
    guint      i;

    for (i = 0; i < sent->len; i++)
        n += g_pattern_match_simple (pattern, sent->pdata[i]);
    return n;
}

gboolean
fake_port_was_sent (MMPortSerialAt *self,
                    const gchar    *pattern)
{
    return fake_port_count_sent (self, pattern) > 0;
}

void
fake_port_assert_all_asked (MMPortSerialAt *self)
{
    GList *l;

    for (l = at_private (self)->replies; l; l = l->next) {
        FakeReply *reply = l->data;

        if (!reply->forever)
            g_error ("'%s' was not sent", reply->command);
    }
}

/*****************************************************************************/

static void
at_set_property (GObject      *object,
                 guint         property_id,
                 const GValue *value,
                 GParamSpec   *pspec)
{
    AtPrivate *priv = at_private (object);

    if (property_id == AT_PROP_REMOVE_ECHO)
        priv->remove_echo = g_value_get_boolean (value);
    else {
        g_strfreev (priv->init_sequence);
        priv->init_sequence = g_value_dup_boxed (value);
    }
}

static void
at_get_property (GObject    *object,
                 guint       property_id,
                 GValue     *value,
                 GParamSpec *pspec)
{
    AtPrivate *priv = at_private (object);

    if (property_id == AT_PROP_REMOVE_ECHO)
        g_value_set_boolean (value, priv->remove_echo);
    else
        g_value_set_boxed (value, priv->init_sequence);
}

static void
at_dispose (GObject *object)
{
    fake_port_pull (MM_PORT_SERIAL_AT (object));
    G_OBJECT_CLASS (mm_port_serial_at_parent_class)->dispose (object);
}

static void
at_finalize (GObject *object)
{
    AtPrivate *priv = at_private (object);

    g_list_free_full (priv->replies, (GDestroyNotify) reply_free);
    g_list_free_full (priv->handlers, (GDestroyNotify) handler_free);
    if (priv->parser_notify)
        priv->parser_notify (priv->parser_data);
    g_ptr_array_unref (priv->sent);
    g_string_free (priv->all_sent, TRUE);
    g_byte_array_unref (priv->buffer);
    g_strfreev (priv->init_sequence);
    g_free (priv);
    G_OBJECT_CLASS (mm_port_serial_at_parent_class)->finalize (object);
}

static void
mm_port_serial_at_init (MMPortSerialAt *self)
{
    AtPrivate *priv = g_new0 (AtPrivate, 1);

    self->priv = priv;
    g_queue_init (&priv->commands);
    priv->sent = g_ptr_array_new_with_free_func (g_free);
    priv->all_sent = g_string_new (NULL);
    priv->buffer = g_byte_array_new ();
    priv->remove_echo = TRUE;
}

static void
mm_port_serial_at_class_init (MMPortSerialAtClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS (klass);

    object_class->set_property = at_set_property;
    object_class->get_property = at_get_property;
    object_class->dispose = at_dispose;
    object_class->finalize = at_finalize;
    klass->parse_unsolicited = parse_unsolicited;
    g_object_class_install_property (object_class, AT_PROP_REMOVE_ECHO,
                                     g_param_spec_boolean (MM_PORT_SERIAL_AT_REMOVE_ECHO, NULL, NULL, TRUE,
                                                           G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS));
    g_object_class_install_property (object_class, AT_PROP_INIT_SEQUENCE,
                                     g_param_spec_boxed (MM_PORT_SERIAL_AT_INIT_SEQUENCE, NULL, NULL, G_TYPE_STRV,
                                                         G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS));
}

/*****************************************************************************/
/* ModemManager's parser: the text before the final result, or an error of its kind */

static gint n_parsers;

gint
fake_port_n_parsers (void)
{
    return n_parsers;
}

gpointer
mm_serial_parser_v1_new (void)
{
    n_parsers++;
    return &n_parsers;
}

void
mm_serial_parser_v1_destroy (gpointer parser)
{
    n_parsers--;
}

static GError *
build_error (const gchar *result)
{
    if (g_str_has_prefix (result, "+CME ERROR: "))
        return g_error_new (MM_MOBILE_EQUIPMENT_ERROR, atoi (result + strlen ("+CME ERROR: ")), "%s", result);
    if (g_str_equal (result, "NO CARRIER"))
        return g_error_new (MM_CONNECTION_ERROR, MM_CONNECTION_ERROR_NO_CARRIER, "No carrier");
    return g_error_new (MM_MOBILE_EQUIPMENT_ERROR, MM_MOBILE_EQUIPMENT_ERROR_UNKNOWN, "%s", result);
}

gboolean
mm_serial_parser_v1_parse (gpointer   parser,
                           GString   *response,
                           gpointer   log_object,
                           GError   **error)
{
    static GRegex         *finals;
    g_autoptr(GMatchInfo)  match = NULL;
    g_autofree gchar      *result = NULL;
    g_autofree gchar      *text = NULL;
    gint                   start;

    if (!finals)
        finals = g_regex_new ("(?:^|\\r\\n|\\r)(OK|CONNECT[^\\r\\n]*|ERROR|\\+CME ERROR: \\d+|NO CARRIER)\\r\\n$",
                              G_REGEX_RAW, 0, NULL);
    if (!g_regex_match (finals, response->str, 0, &match))
        return FALSE;
    result = g_match_info_fetch (match, 1);
    g_match_info_fetch_pos (match, 0, &start, NULL);
    if (!g_str_equal (result, "OK") && !g_str_has_prefix (result, "CONNECT")) {
        g_propagate_error (error, build_error (result));
        return TRUE;
    }
    text = g_strndup (response->str, (gsize) start);
    g_string_assign (response, g_strstrip (text));
    return TRUE;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "fake-bearer.h"
#include "fake-port.h"

#include "mm-bind.h"
#include "mm-iface-modem.h"

#define MM_BASE_BEARER_GET_CLASS(obj) \
    G_TYPE_INSTANCE_GET_CLASS ((obj), MM_TYPE_BASE_BEARER, MMBaseBearerClass)
#define MM_BROADBAND_BEARER_GET_CLASS(obj) \
    G_TYPE_INSTANCE_GET_CLASS ((obj), MM_TYPE_BROADBAND_BEARER, MMBroadbandBearerClass)

/*****************************************************************************/
/* The result of a connect */

struct _MMBearerConnectResult {
    gint              ref_count;
    MMPort           *data;
    MMBearerIpConfig *ipv4;
    MMBearerIpConfig *ipv6;
};

MMBearerConnectResult *
mm_bearer_connect_result_new (MMPort           *data,
                              MMBearerIpConfig *ipv4,
                              MMBearerIpConfig *ipv6)
{
    MMBearerConnectResult *result = g_new0 (MMBearerConnectResult, 1);

    result->ref_count = 1;
    g_set_object (&result->data, data);
    g_set_object (&result->ipv4, ipv4);
    g_set_object (&result->ipv6, ipv6);
    return result;
}

void
mm_bearer_connect_result_unref (MMBearerConnectResult *result)
{
    if (--result->ref_count > 0)
        return;
    g_clear_object (&result->data);
    g_clear_object (&result->ipv4);
    g_clear_object (&result->ipv6);
    g_free (result);
}

/*****************************************************************************/
/* MMBaseBearer */

typedef struct {
    MMBaseModem           *modem;
    MMBearerProperties    *config;
    gchar                 *path;
    gint                   profile_id;
    MMBearerStatus         status;
    GCancellable          *connect_cancellable;
    GTask                 *disconnect_task;    /* waits for a cancelled connect */
    guint                  n_connects;
    guint                  n_disconnects;
    guint                  n_reports;
    guint                  n_lost;
    gchar                 *lost_reason;
    gboolean               bound;
    gboolean               exported;
    MMBearerConnectResult *result;
} BasePrivate;

enum {
    BASE_PROP_0,
    BASE_PROP_MODEM,
    BASE_PROP_CONFIG,
    BASE_PROP_PATH,
    BASE_PROP_STATUS,
    BASE_PROP_BIND_TO,
};

G_DEFINE_TYPE (MMBaseBearer, mm_base_bearer, MM_GDBUS_TYPE_BEARER_SKELETON)

static BasePrivate *
base_private (gpointer self)
{
    return ((MMBaseBearer *) self)->priv;
}

const gchar *
mm_base_bearer_get_path (MMBaseBearer *self)
{
    return base_private (self)->path;
}

MMBearerStatus
mm_base_bearer_get_status (MMBaseBearer *self)
{
    return base_private (self)->status;
}

MMBearerProperties *
mm_base_bearer_peek_config (MMBaseBearer *self)
{
    return base_private (self)->config;
}

gint
mm_base_bearer_get_profile_id (MMBaseBearer *self)
{
    return base_private (self)->profile_id;
}

void
mm_base_bearer_export (MMBaseBearer *self)
{
    /* Since 1.25.95 it has its way to the bus from what it is bound to */
    base_private (self)->exported = MM_DAEMON_SERIES < 12595 || base_private (self)->bound;
}

void
fake_bearer_set_status (MMBaseBearer   *self,
                        MMBearerStatus  status)
{
    GTask *waiting;

    base_private (self)->status = status;
    g_object_notify (G_OBJECT (self), MM_BASE_BEARER_STATUS);
    if (status == MM_BEARER_STATUS_DISCONNECTED && base_private (self)->disconnect_task) {
        waiting = g_steal_pointer (&base_private (self)->disconnect_task);
        fake_step_return_boolean (waiting, TRUE);
    }
}

void
fake_bearer_set_profile_id (MMBaseBearer *self,
                            gint          profile_id)
{
    base_private (self)->profile_id = profile_id;
}

void
fake_bearer_cancel_connect (MMBaseBearer *self)
{
    g_cancellable_cancel (base_private (self)->connect_cancellable);
}

guint
fake_bearer_n_connects (MMBaseBearer *self)
{
    return base_private (self)->n_connects;
}

guint
fake_bearer_n_disconnects (MMBaseBearer *self)
{
    return base_private (self)->n_disconnects;
}

gboolean
fake_bearer_is_exported (MMBaseBearer *self)
{
    return base_private (self)->exported;
}

guint
fake_bearer_n_reports (MMBaseBearer *self)
{
    return base_private (self)->n_reports;
}

guint
fake_bearer_n_lost (MMBaseBearer *self)
{
    return base_private (self)->n_lost;
}

const gchar *
fake_bearer_peek_lost_reason (MMBaseBearer *self)
{
    return base_private (self)->lost_reason;
}

MMPort *
fake_bearer_peek_data (MMBaseBearer *self)
{
    return base_private (self)->result ? base_private (self)->result->data : NULL;
}

MMBearerIpConfig *
fake_bearer_peek_ipv4 (MMBaseBearer *self)
{
    return base_private (self)->result ? base_private (self)->result->ipv4 : NULL;
}

MMBearerIpConfig *
fake_bearer_peek_ipv6 (MMBaseBearer *self)
{
    return base_private (self)->result ? base_private (self)->result->ipv6 : NULL;
}

/*****************************************************************************/
/* Connect and disconnect */

gboolean
mm_base_bearer_connect_finish (MMBaseBearer  *self,
                               GAsyncResult  *res,
                               GError       **error)
{
    return g_task_propagate_boolean (G_TASK (res), error);
}

static void
connect_ready (MMBaseBearer *self,
               GAsyncResult *res,
               GTask        *task)
{
    BasePrivate *priv = base_private (self);
    GError      *error = NULL;

    g_clear_pointer (&priv->result, mm_bearer_connect_result_unref);
    priv->result = MM_BASE_BEARER_GET_CLASS (self)->connect_finish (self, res, &error);
    g_clear_object (&priv->connect_cancellable);
    if (!priv->result) {
        fake_bearer_set_status (self, MM_BEARER_STATUS_DISCONNECTED);
        fake_step_return_error (task, error);
        return;
    }
    fake_bearer_set_status (self, MM_BEARER_STATUS_CONNECTED);
    fake_step_return_boolean (task, TRUE);
}

void
mm_base_bearer_connect (MMBaseBearer        *self,
                        GAsyncReadyCallback  callback,
                        gpointer             user_data)
{
    BasePrivate *priv = base_private (self);
    GTask       *task = g_task_new (self, NULL, callback, user_data);

    if (priv->status == MM_BEARER_STATUS_CONNECTED) {
        fake_step_return_boolean (task, TRUE);
        return;
    }
    if (priv->status != MM_BEARER_STATUS_DISCONNECTED) {
        fake_step_return_error (task, g_error_new (MM_CORE_ERROR, MM_CORE_ERROR_IN_PROGRESS, "the bearer is busy"));
        return;
    }
    priv->n_connects++;
    priv->connect_cancellable = g_cancellable_new ();
    fake_bearer_set_status (self, MM_BEARER_STATUS_CONNECTING);
    MM_BASE_BEARER_GET_CLASS (self)->connect (self, priv->connect_cancellable,
                                              (GAsyncReadyCallback) connect_ready, task);
}

gboolean
mm_base_bearer_disconnect_finish (MMBaseBearer  *self,
                                  GAsyncResult  *res,
                                  GError       **error)
{
    return g_task_propagate_boolean (G_TASK (res), error);
}

static void
disconnect_ready (MMBaseBearer *self,
                  GAsyncResult *res,
                  GTask        *task)
{
    GError *error = NULL;

    if (!MM_BASE_BEARER_GET_CLASS (self)->disconnect_finish (self, res, &error)) {
        fake_bearer_set_status (self, MM_BEARER_STATUS_CONNECTED);
        fake_step_return_error (task, error);
        return;
    }
    fake_bearer_set_status (self, MM_BEARER_STATUS_DISCONNECTED);
    fake_step_return_boolean (task, TRUE);
}

void
mm_base_bearer_disconnect (MMBaseBearer        *self,
                           GAsyncReadyCallback  callback,
                           gpointer             user_data)
{
    BasePrivate *priv = base_private (self);
    GTask       *task = g_task_new (self, NULL, callback, user_data);

    if (priv->status == MM_BEARER_STATUS_DISCONNECTED) {
        fake_step_return_boolean (task, TRUE);
        return;
    }
    if (priv->status == MM_BEARER_STATUS_DISCONNECTING) {
        fake_step_return_error (task, g_error_new (MM_CORE_ERROR, MM_CORE_ERROR_IN_PROGRESS,
                                                   "the bearer is already being disconnected"));
        return;
    }
    priv->n_disconnects++;
    if (priv->status == MM_BEARER_STATUS_CONNECTING) {
        fake_bearer_set_status (self, MM_BEARER_STATUS_DISCONNECTING);
        priv->disconnect_task = task;
        g_cancellable_cancel (priv->connect_cancellable);
        return;
    }
    fake_bearer_set_status (self, MM_BEARER_STATUS_DISCONNECTING);
    MM_BASE_BEARER_GET_CLASS (self)->disconnect (self, (GAsyncReadyCallback) disconnect_ready, task);
}

/*****************************************************************************/
/* Reports */

void
mm_base_bearer_report_connection_status_detailed (MMBaseBearer             *self,
                                                  MMBearerConnectionStatus  status,
                                                  const GError             *connection_error)
{
    g_autoptr(GError) unexplained = NULL;

    /* As there: whoever gets it has a reason to tell */
    if (!connection_error && status == MM_BEARER_CONNECTION_STATUS_DISCONNECTED)
        unexplained = g_error_new (MM_CORE_ERROR, MM_CORE_ERROR_FAILED, "Disconnected by the network");
    MM_BASE_BEARER_GET_CLASS (self)->report_connection_status (self, status,
                                                               connection_error ? connection_error : unexplained);
}

static void
report_connection_status (MMBaseBearer             *self,
                          MMBearerConnectionStatus  status,
                          const GError             *connection_error)
{
    BasePrivate *priv = base_private (self);

    /* As there: no other status is expected, and only one of them does something */
    g_assert_true (status == MM_BEARER_CONNECTION_STATUS_CONNECTED ||
                   status == MM_BEARER_CONNECTION_STATUS_DISCONNECTED);
    priv->n_reports++;
    if (status != MM_BEARER_CONNECTION_STATUS_DISCONNECTED)
        return;
    priv->n_lost++;
    g_free (priv->lost_reason);
    priv->lost_reason = connection_error ? g_strdup (connection_error->message) : NULL;
    if (priv->status == MM_BEARER_STATUS_CONNECTED)
        fake_bearer_set_status (self, MM_BEARER_STATUS_DISCONNECTED);
}

static MMBearerConnectionStatus
load_connection_status_finish (MMBaseBearer  *self,
                               GAsyncResult  *res,
                               GError       **error)
{
    g_task_propagate_boolean (G_TASK (res), error);
    return MM_BEARER_CONNECTION_STATUS_UNKNOWN;
}

static void
load_connection_status (MMBaseBearer        *self,
                        GAsyncReadyCallback  callback,
                        gpointer             user_data)
{
    fake_step_return_error (g_task_new (self, NULL, callback, user_data),
                            g_error_new (MM_CORE_ERROR, MM_CORE_ERROR_UNSUPPORTED, "by the generic bearer"));
}

/*****************************************************************************/

static void
base_set_property (GObject      *object,
                   guint         property_id,
                   const GValue *value,
                   GParamSpec   *pspec)
{
    BasePrivate *priv = base_private (object);

    if (property_id == BASE_PROP_MODEM)
        g_set_object (&priv->modem, g_value_get_object (value));
    else if (property_id == BASE_PROP_CONFIG)
        g_set_object (&priv->config, g_value_get_object (value));
    else if (property_id == BASE_PROP_BIND_TO)
        priv->bound = g_value_get_object (value) != NULL;
}

static void
base_get_property (GObject    *object,
                   guint       property_id,
                   GValue     *value,
                   GParamSpec *pspec)
{
    BasePrivate *priv = base_private (object);

    switch (property_id) {
    case BASE_PROP_MODEM:
        g_value_set_object (value, priv->modem);
        return;
    case BASE_PROP_CONFIG:
        g_value_set_object (value, priv->config);
        return;
    case BASE_PROP_PATH:
        g_value_set_string (value, priv->path);
        return;
    case BASE_PROP_STATUS:
    default:
        g_value_set_int (value, priv->status);
        return;
    }
}

static void
base_finalize (GObject *object)
{
    BasePrivate *priv = base_private (object);

    g_clear_object (&priv->modem);
    g_clear_object (&priv->config);
    g_clear_pointer (&priv->result, mm_bearer_connect_result_unref);
    g_free (priv->path);
    g_free (priv->lost_reason);
    g_free (priv);
    G_OBJECT_CLASS (mm_base_bearer_parent_class)->finalize (object);
}

static void
mm_base_bearer_init (MMBaseBearer *self)
{
    static guint  n_bearers;
    BasePrivate  *priv = g_new0 (BasePrivate, 1);

    self->priv = priv;
    priv->path = g_strdup_printf ("/org/freedesktop/ModemManager1/Bearer/%u", n_bearers++);
    priv->profile_id = MM_3GPP_PROFILE_ID_UNKNOWN;
}

static void
mm_base_bearer_class_init (MMBaseBearerClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS (klass);

    object_class->set_property = base_set_property;
    object_class->get_property = base_get_property;
    object_class->finalize = base_finalize;
    klass->report_connection_status = report_connection_status;
    klass->load_connection_status = load_connection_status;
    klass->load_connection_status_finish = load_connection_status_finish;
#if defined WITH_SUSPEND_RESUME
    klass->reload_connection_status = load_connection_status;
    klass->reload_connection_status_finish = load_connection_status_finish;
#endif

    /* The modem goes with the last of its bearers, as there */
    g_object_class_install_property (object_class, BASE_PROP_MODEM,
                                     g_param_spec_object (MM_BASE_BEARER_MODEM, NULL, NULL, MM_TYPE_BASE_MODEM,
                                                          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS));
#if MM_DAEMON_SERIES >= 12595
    g_object_class_install_property (object_class, BASE_PROP_BIND_TO,
                                     g_param_spec_object (MM_BIND_TO, NULL, NULL, G_TYPE_OBJECT,
                                                          G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS));
#endif
    g_object_class_install_property (object_class, BASE_PROP_CONFIG,
                                     g_param_spec_object (MM_BASE_BEARER_CONFIG, NULL, NULL,
                                                          MM_TYPE_BEARER_PROPERTIES,
                                                          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS));
    g_object_class_install_property (object_class, BASE_PROP_PATH,
                                     g_param_spec_string (MM_BASE_BEARER_PATH, NULL, NULL, NULL,
                                                          G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
    g_object_class_install_property (object_class, BASE_PROP_STATUS,
                                     g_param_spec_int (MM_BASE_BEARER_STATUS, NULL, NULL,
                                                       0, G_MAXINT, 0,
                                                       G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
}

/*****************************************************************************/
/* FakeBearer */

struct _FakeBearer {
    MMBaseBearer     parent;
    FakeBearerManner connect_manner;
    FakeBearerManner disconnect_manner;
    GTask           *hanging;
    gboolean         connecting;
};

G_DEFINE_TYPE (FakeBearer, fake_bearer, MM_TYPE_BASE_BEARER)

static gboolean
answer_idle (GTask *task)
{
    FakeBearer       *self = FAKE_BEARER (g_task_get_source_object (task));
    FakeBearerManner  manner = self->connecting ? self->connect_manner : self->disconnect_manner;

    if (manner == FAKE_BEARER_HANGS)
        self->hanging = task;
    else if (manner == FAKE_BEARER_REFUSES)
        fake_step_return_error (task, g_error_new (MM_CORE_ERROR, MM_CORE_ERROR_FAILED, "the test does not want it"));
    else if (self->connecting)
        fake_step_return_pointer (task, mm_bearer_connect_result_new (NULL, NULL, NULL),
                                  (GDestroyNotify) mm_bearer_connect_result_unref);
    else
        fake_step_return_boolean (task, TRUE);
    return G_SOURCE_REMOVE;
}

void
fake_bearer_go_on (FakeBearer *self)
{
    GTask *task = g_steal_pointer (&self->hanging);

    g_assert_nonnull (task);
    if (self->connecting)
        self->connect_manner = FAKE_BEARER_OBEYS;
    else
        self->disconnect_manner = FAKE_BEARER_OBEYS;
    answer_idle (task);
}

static void
fake_connect (MMBaseBearer        *self,
              GCancellable        *cancellable,
              GAsyncReadyCallback  callback,
              gpointer             user_data)
{
    FAKE_BEARER (self)->connecting = TRUE;
    g_idle_add ((GSourceFunc) answer_idle, g_task_new (self, NULL, callback, user_data));
}

static MMBearerConnectResult *
fake_connect_finish (MMBaseBearer  *self,
                     GAsyncResult  *res,
                     GError       **error)
{
    return g_task_propagate_pointer (G_TASK (res), error);
}

static void
fake_disconnect (MMBaseBearer        *self,
                 GAsyncReadyCallback  callback,
                 gpointer             user_data)
{
    FAKE_BEARER (self)->connecting = FALSE;
    g_idle_add ((GSourceFunc) answer_idle, g_task_new (self, NULL, callback, user_data));
}

static gboolean
fake_disconnect_finish (MMBaseBearer  *self,
                        GAsyncResult  *res,
                        GError       **error)
{
    return g_task_propagate_boolean (G_TASK (res), error);
}

FakeBearer *
fake_bearer_new (MMBaseModem *modem,
                 gint         profile_id)
{
    FakeBearer *self = g_object_new (FAKE_TYPE_BEARER, MM_BASE_BEARER_MODEM, modem, NULL);

    base_private (self)->profile_id = profile_id;
    return self;
}

void
fake_bearer_set_manner (FakeBearer       *self,
                        FakeBearerManner  connect_manner,
                        FakeBearerManner  disconnect_manner)
{
    self->connect_manner = connect_manner;
    self->disconnect_manner = disconnect_manner;
}

static void
fake_bearer_init (FakeBearer *self)
{
}

static void
fake_bearer_class_init (FakeBearerClass *klass)
{
    MMBaseBearerClass *base_class = MM_BASE_BEARER_CLASS (klass);

    base_class->connect = fake_connect;
    base_class->connect_finish = fake_connect_finish;
    base_class->disconnect = fake_disconnect;
    base_class->disconnect_finish = fake_disconnect_finish;
}

/*****************************************************************************/
/* MMBroadbandBearer: dials, and asks for the IP configuration, by its class */

typedef struct {
    guint   flow_control;
    guint   n_connects;
    guint   n_dials;
    guint   n_hang_ups;
    MMPort *data;
    guint   cid;
} BroadbandPrivate;

enum {
    BROADBAND_PROP_0,
    BROADBAND_PROP_FLOW_CONTROL,
};

static void async_initable_init            (GAsyncInitableIface    *iface);

G_DEFINE_TYPE_WITH_CODE (MMBroadbandBearer, mm_broadband_bearer, MM_TYPE_BASE_BEARER,
                         G_IMPLEMENT_INTERFACE (G_TYPE_ASYNC_INITABLE, async_initable_init))

static BroadbandPrivate *
broadband_private (gpointer self)
{
    return ((MMBroadbandBearer *) self)->priv;
}

guint
fake_broadband_bearer_n_connects (MMBaseBearer *self)
{
    return broadband_private (self)->n_connects;
}

guint
fake_broadband_bearer_n_dials (MMBaseBearer *self)
{
    return broadband_private (self)->n_dials;
}

guint
fake_broadband_bearer_n_hang_ups (MMBaseBearer *self)
{
    return broadband_private (self)->n_hang_ups;
}

static MMBearerConnectResult *
broadband_connect_finish (MMBaseBearer  *self,
                          GAsyncResult  *res,
                          GError       **error)
{
    return g_task_propagate_pointer (G_TASK (res), error);
}

static void
ip_config_ready (MMBroadbandBearer *self,
                 GAsyncResult      *res,
                 GTask             *task)
{
    g_autoptr(MMBearerIpConfig)  ipv4 = NULL;
    g_autoptr(MMBearerIpConfig)  ipv6 = NULL;
    GError                      *error = NULL;

    if (!MM_BROADBAND_BEARER_GET_CLASS (self)->get_ip_config_3gpp_finish (self, res, &ipv4, &ipv6, &error))
        fake_step_return_error (task, error);
    else
        fake_step_return_pointer (task,
                                  mm_bearer_connect_result_new (broadband_private (self)->data, ipv4, ipv6),
                                  (GDestroyNotify) mm_bearer_connect_result_unref);
}

static void
dial_ready (MMBroadbandBearer *self,
            GAsyncResult      *res,
            GTask             *task)
{
    BroadbandPrivate *priv = broadband_private (self);
    MMBaseModem      *modem = g_task_get_task_data (task);
    GError           *error = NULL;

    g_clear_object (&priv->data);
    priv->data = MM_BROADBAND_BEARER_GET_CLASS (self)->dial_3gpp_finish (self, res, &error);
    if (!priv->data) {
        fake_step_return_error (task, error);
        return;
    }
    MM_BROADBAND_BEARER_GET_CLASS (self)->get_ip_config_3gpp (
        self, MM_BROADBAND_MODEM (modem), mm_base_modem_peek_port_primary (modem), NULL, priv->data, priv->cid,
        MM_BEARER_IP_FAMILY_IPV4, (GAsyncReadyCallback) ip_config_ready, task);
}

static void
broadband_connect (MMBaseBearer        *self,
                   GCancellable        *cancellable,
                   GAsyncReadyCallback  callback,
                   gpointer             user_data)
{
    MMBaseModem *modem = base_private (self)->modem;
    GTask       *task = g_task_new (self, NULL, callback, user_data);

    broadband_private (self)->n_connects++;
    if (!mm_base_modem_peek_port_primary (modem)) {
        fake_step_return_error (task, g_error_new (MM_CORE_ERROR, MM_CORE_ERROR_FAILED, "no AT port"));
        return;
    }
    g_task_set_task_data (task, g_object_ref (modem), g_object_unref);
    broadband_private (self)->cid = base_private (self)->profile_id > 0 ? (guint) base_private (self)->profile_id : 1;
    MM_BROADBAND_BEARER_GET_CLASS (self)->dial_3gpp (
        MM_BROADBAND_BEARER (self), modem, mm_base_modem_peek_port_primary (modem),
        broadband_private (self)->cid, cancellable, (GAsyncReadyCallback) dial_ready, task);
}

static gboolean
broadband_disconnect_finish (MMBaseBearer  *self,
                             GAsyncResult  *res,
                             GError       **error)
{
    return g_task_propagate_boolean (G_TASK (res), error);
}

static void
hang_up_ready (MMBroadbandBearer *self,
               GAsyncResult      *res,
               GTask             *task)
{
    GError *error = NULL;

    if (!MM_BROADBAND_BEARER_GET_CLASS (self)->disconnect_3gpp_finish (self, res, &error))
        fake_step_return_error (task, error);
    else
        fake_step_return_boolean (task, TRUE);
}

static void
broadband_disconnect (MMBaseBearer        *self,
                      GAsyncReadyCallback  callback,
                      gpointer             user_data)
{
    MMBaseModem *modem = base_private (self)->modem;

    MM_BROADBAND_BEARER_GET_CLASS (self)->disconnect_3gpp (
        MM_BROADBAND_BEARER (self), MM_BROADBAND_MODEM (modem), mm_base_modem_peek_port_primary (modem), NULL,
        broadband_private (self)->data, broadband_private (self)->cid,
        (GAsyncReadyCallback) hang_up_ready, g_task_new (self, NULL, callback, user_data));
}

/* By PPP on a serial port */
static void
generic_dial (MMBroadbandBearer   *self,
              MMBaseModem         *modem,
              MMPortSerialAt      *primary,
              guint                cid,
              GCancellable        *cancellable,
              GAsyncReadyCallback  callback,
              gpointer             user_data)
{
    GTask *task = g_task_new (self, NULL, callback, user_data);

    g_task_set_source_tag (task, generic_dial);
    broadband_private (self)->n_dials++;
    fake_step_return_pointer (task, g_object_ref (mm_base_modem_peek_port_secondary (modem)), g_object_unref);
}

static MMPort *
generic_dial_finish (MMBroadbandBearer  *self,
                     GAsyncResult       *res,
                     GError            **error)
{
    g_assert_true (g_async_result_is_tagged (res, generic_dial));
    return g_task_propagate_pointer (G_TASK (res), error);
}

static void
generic_hang_up (MMBroadbandBearer   *self,
                 MMBroadbandModem    *modem,
                 MMPortSerialAt      *primary,
                 MMPortSerialAt      *secondary,
                 MMPort              *data,
                 guint                cid,
                 GAsyncReadyCallback  callback,
                 gpointer             user_data)
{
    GTask *task = g_task_new (self, NULL, callback, user_data);

    g_task_set_source_tag (task, generic_hang_up);
    broadband_private (self)->n_hang_ups++;
    fake_step_return_boolean (task, TRUE);
}

static gboolean
generic_hang_up_finish (MMBroadbandBearer  *self,
                        GAsyncResult       *res,
                        GError            **error)
{
    g_assert_true (g_async_result_is_tagged (res, generic_hang_up));
    return g_task_propagate_boolean (G_TASK (res), error);
}

static gboolean init_refused;

void
fake_broadband_bearer_refuse_init (void)
{
    init_refused = TRUE;
}

static void
init_async (GAsyncInitable      *self,
            gint                 priority,
            GCancellable        *cancellable,
            GAsyncReadyCallback  callback,
            gpointer             user_data)
{
    GTask *task = g_task_new (self, cancellable, callback, user_data);

    if (init_refused)
        fake_step_return_error (task, g_error_new (MM_CORE_ERROR, MM_CORE_ERROR_FAILED, "no new bearer"));
    else
        fake_step_return_boolean (task, TRUE);
    init_refused = FALSE;
}

static gboolean
init_finish (GAsyncInitable  *self,
             GAsyncResult    *res,
             GError         **error)
{
    return g_task_propagate_boolean (G_TASK (res), error);
}

static void
async_initable_init (GAsyncInitableIface *iface)
{
    iface->init_async = init_async;
    iface->init_finish = init_finish;
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
    g_value_set_uint (value, broadband_private (object)->flow_control);
}

static void
broadband_finalize (GObject *object)
{
    g_clear_object (&broadband_private (object)->data);
    g_free (broadband_private (object));
    G_OBJECT_CLASS (mm_broadband_bearer_parent_class)->finalize (object);
}

static void
mm_broadband_bearer_init (MMBroadbandBearer *self)
{
    self->priv = g_new0 (BroadbandPrivate, 1);
}

static void
mm_broadband_bearer_class_init (MMBroadbandBearerClass *klass)
{
    GObjectClass      *object_class = G_OBJECT_CLASS (klass);
    MMBaseBearerClass *base_class = MM_BASE_BEARER_CLASS (klass);

    object_class->set_property = broadband_set_property;
    object_class->get_property = broadband_get_property;
    object_class->finalize = broadband_finalize;
    base_class->connect = broadband_connect;
    base_class->connect_finish = broadband_connect_finish;
    base_class->disconnect = broadband_disconnect;
    base_class->disconnect_finish = broadband_disconnect_finish;
    klass->dial_3gpp = generic_dial;
    klass->dial_3gpp_finish = generic_dial_finish;
    klass->disconnect_3gpp = generic_hang_up;
    klass->disconnect_3gpp_finish = generic_hang_up_finish;
    g_object_class_install_property (object_class, BROADBAND_PROP_FLOW_CONTROL,
                                     g_param_spec_uint (MM_BROADBAND_BEARER_FLOW_CONTROL, NULL, NULL,
                                                        0, G_MAXUINT, 0,
                                                        G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS));
}

/*****************************************************************************/
/* QMI and MBIM: the connect alone */

#define DEFINE_BEARER(Type, type) \
    G_DEFINE_TYPE (Type, type, MM_TYPE_BASE_BEARER) \
    \
    static void \
    type ## _connect (MMBaseBearer        *self, \
                      GCancellable        *cancellable, \
                      GAsyncReadyCallback  callback, \
                      gpointer             user_data) \
    { \
        fake_step_return_pointer (g_task_new (self, NULL, callback, user_data), \
                                  mm_bearer_connect_result_new (NULL, NULL, NULL), \
                                  (GDestroyNotify) mm_bearer_connect_result_unref); \
    } \
    \
    static void \
    type ## _init (Type *self) \
    { \
    } \
    \
    static void \
    type ## _class_init (Type ## Class *klass) \
    { \
        MM_BASE_BEARER_CLASS (klass)->connect = type ## _connect; \
        MM_BASE_BEARER_CLASS (klass)->connect_finish = broadband_connect_finish; \
    }

#if defined WITH_QMI
DEFINE_BEARER (MMBearerQmi, mm_bearer_qmi)
#endif
#if defined WITH_MBIM
DEFINE_BEARER (MMBearerMbim, mm_bearer_mbim)
#endif

/*****************************************************************************/
/* The list */

struct _MMBearerList {
    GObject  parent;
    GList   *bearers;
};

typedef GObjectClass MMBearerListClass;

G_DEFINE_TYPE (MMBearerList, mm_bearer_list, G_TYPE_OBJECT)

MMBearerList *
fake_bearer_list_new (void)
{
    return g_object_new (MM_TYPE_BEARER_LIST, NULL);
}

void
fake_bearer_list_add (MMBearerList *self,
                      MMBaseBearer *bearer)
{
    self->bearers = g_list_append (self->bearers, g_object_ref (bearer));
    g_object_notify (G_OBJECT (self), "num-bearers");
}

void
fake_bearer_list_remove (MMBearerList *self,
                         MMBaseBearer *bearer)
{
    g_assert_nonnull (g_list_find (self->bearers, bearer));
    self->bearers = g_list_remove (self->bearers, bearer);
    g_object_unref (bearer);
    g_object_notify (G_OBJECT (self), "num-bearers");
}

void
mm_bearer_list_foreach (MMBearerList            *self,
                        MMBearerListForeachFunc  func,
                        gpointer                 user_data)
{
    g_list_foreach (self->bearers, (GFunc) func, user_data);
}

MMBaseBearer *
mm_bearer_list_find_by_path (MMBearerList *self,
                             const gchar  *path)
{
    GList *l;

    for (l = self->bearers; l; l = l->next) {
        if (g_strcmp0 (mm_base_bearer_get_path (l->data), path) == 0)
            return g_object_ref (l->data);
    }
    return NULL;
}

/* The guard looks for the one of the series */
#if MM_DAEMON_SERIES >= 12200
void
mm_bearer_list_disconnect_bearers (MMBearerList        *self,
                                   const gchar         *bearer_path,
                                   GAsyncReadyCallback  callback,
                                   gpointer             user_data)
#else
void
mm_bearer_list_disconnect_all_bearers (MMBearerList        *self,
                                       GAsyncReadyCallback  callback,
                                       gpointer             user_data)
#endif
{
    fake_step_return_error (g_task_new (self, NULL, callback, user_data),
                            g_error_new (MM_CORE_ERROR, MM_CORE_ERROR_UNSUPPORTED, "the plugin does not call it"));
}

static void
list_get_property (GObject    *object,
                   guint       property_id,
                   GValue     *value,
                   GParamSpec *pspec)
{
    g_value_set_uint (value, g_list_length (((MMBearerList *) object)->bearers));
}

static void
list_finalize (GObject *object)
{
    g_list_free_full (((MMBearerList *) object)->bearers, g_object_unref);
    G_OBJECT_CLASS (mm_bearer_list_parent_class)->finalize (object);
}

static void
mm_bearer_list_init (MMBearerList *self)
{
}

static void
mm_bearer_list_class_init (MMBearerListClass *klass)
{
    klass->get_property = list_get_property;
    klass->finalize = list_finalize;
    g_object_class_install_property (klass, 1,
                                     g_param_spec_uint ("num-bearers", NULL, NULL, 0, G_MAXUINT, 0,
                                                        G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
}

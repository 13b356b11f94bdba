/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-agent-mqtt.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <glib-unix.h>
#include <mosquitto.h>
/* Since 2.1, mosquitto.h has everything */
#if LIBMOSQUITTO_VERSION_NUMBER < 2001000
# include <mqtt_protocol.h>
#endif

#include "mmfota-agent-event.h"
#include "mmfota-agent-retry.h"
#include "mmfota-text.h"

#define PORT         1883
#define PORT_TLS     8883
/* The system's, unless another is configured */
#define SYSTEM_CAS   "/etc/ssl/certs"
/* Seconds: keepalive; to connect; for one answer */
#define KEEPALIVE    240
#define CONNECT      30
#define ANSWER       60
/* Seconds: a connection that lasted for so long, and owes no answer, counts as working */
#define STABLE       60
/* Seconds that the broker keeps our session; largest packet that it may send, in bytes */
#define SESSION      (7 * 24 * 60 * 60)
#define PACKET_MAX   (64 * 1024)
/* MQTT 3.1.1 has no reason code for a packet that is too large: the broker closes the connection. That is assumed if
 * it closes within MOMENT seconds after the packet was sent, or the previous one taken, and the event has more than
 * SIZE_USUAL bytes. */
#define MOMENT       10
#define SIZE_USUAL   1024
/* Packets that are read in one go */
#define READS        64
#define PASSWORD_MAX 4096

/* An event that is not acknowledged yet */
typedef struct {
    gint  mid;
    gsize size;
} Sent;

struct _MmfotaAgentMqtt {
    MmfotaAgentSink       parent;
    gchar                *host;
    guint16               port;
    gboolean              tls;
    gboolean              old;
    gchar                *client_id;
    gchar                *events_topic;
    gchar                *state_topic;
    gchar                *command_topic;
    gchar                *user;
    gchar                *password_file;
    gchar                *tls_ca;
    gchar                *tls_certificate;
    gchar                *tls_key;
    MmfotaAgentCommands  *commands;
    MmfotaAgentMqttReady  ready;
    gpointer              ready_data;

    /* One connection: resending in the next one is left to the journal, not to libmosquitto */
    struct mosquitto     *connection;
    GCancellable         *looking_up;
    guint                 watch;
    GIOCondition          watched;
    /* connected by TCP; by MQTT */
    gboolean              opened;
    gboolean              connected;
    gint64                connected_at;
    guint                 deadline;
    guint                 tick;
    guint                 tick_seconds;
    guint                 retry;
    guint                 failures;
    gboolean              failing;
    gboolean              told;
    gboolean              subscription_told;
    /* What the callbacks noted */
    gboolean              acknowledged;
    gint                  acknowledgement;
    gint                  reason;
    gchar                *library_says;

    /* The list being sent: Sent */
    GArray               *sent;
    /* or the last one taken */
    gint64                sent_at;
    /* Whether the broker has taken anything in this connection; size of the largest event it ever took */
    gint                  state_mid;
    gboolean              takes;
    gsize                 largest_taken;
    gint                  worst;
    /* The connection ended while the list was sent: the list counts as refused if the next connection succeeds */
    gboolean              blamed;
    MmfotaAgentSinkDone   done;
    gpointer              done_data;
    guint                 answer_timer;
    guint                 answer_idle;
    MmfotaAgentSinkAnswer answer;
    gchar                *why;
};

static void connect_now (MmfotaAgentMqtt *self);

/*****************************************************************************/
/* The list's answer */

static void
answer_now (MmfotaAgentMqtt       *self,
            MmfotaAgentSinkAnswer  answer,
            const gchar           *why)
{
    MmfotaAgentSinkDone done = self->done;

    g_clear_handle_id (&self->answer_timer, g_source_remove);
    g_clear_handle_id (&self->answer_idle, g_source_remove);
    g_array_set_size (self->sent, 0);
    self->worst = 0;
    self->blamed = FALSE;
    self->done = NULL;
    if (done)
        done (answer, why, 0, self->done_data);
}

static gboolean
answer_idle (gpointer user_data)
{
    MmfotaAgentMqtt  *self = user_data;
    g_autofree gchar *why = g_steal_pointer (&self->why);

    self->answer_idle = 0;
    answer_now (self, self->answer, why);
    return G_SOURCE_REMOVE;
}

static void
answer_soon (MmfotaAgentMqtt       *self,
             MmfotaAgentSinkAnswer  answer,
             const gchar           *why)
{
    self->answer = answer;
    g_free (self->why);
    self->why = g_strdup (why);
    if (!self->answer_idle)
        self->answer_idle = g_idle_add (answer_idle, self);
}

/* Whether the broker refuses the event itself */
static gboolean
is_refusal (gint reason)
{
    switch (reason) {
    case MQTT_RC_UNSPECIFIED:
    case MQTT_RC_IMPLEMENTATION_SPECIFIC:
    case MQTT_RC_PACKET_TOO_LARGE:
    case MQTT_RC_PAYLOAD_FORMAT_INVALID:
        return TRUE;
    default:
        return FALSE;
    }
}

/* Its callback may post the next list */
static void
judge_list (MmfotaAgentMqtt *self)
{
    g_autofree gchar *why = NULL;

    if (!self->done || self->blamed || self->sent->len > 0 || self->answer_idle)
        return;
    if (self->worst < MQTT_RC_UNSPECIFIED) {
        answer_now (self, MMFOTA_AGENT_SINK_TAKEN, NULL);
        return;
    }
    why = g_strdup_printf ("the MQTT broker does not take an event: %s", mosquitto_reason_string (self->worst));
    answer_now (self, is_refusal (self->worst) ? MMFOTA_AGENT_SINK_REFUSED : MMFOTA_AGENT_SINK_LATER, why);
}

/*****************************************************************************/
/* The end of a connection */

/* The library's messages are mostly about TLS, and hold no secrets */
static gchar *
say_why (MmfotaAgentMqtt *self,
         gint             status,
         gint             system)
{
    if (self->reason >= MQTT_RC_UNSPECIFIED)
        return g_strdup_printf ("the broker ends it: %s", mosquitto_reason_string (self->reason));
    if (self->library_says)
        return mmfota_text_printable (self->library_says);
    /* It does not say which alert was received */
    if (self->tls && !self->connected && system == EPROTO)
        return g_strdup ("the broker ends TLS: it may not know our certificate, or want one");
    if (status == MOSQ_ERR_ERRNO && system)
        return g_strdup (g_strerror (system));
    return g_strdup (status ? mosquitto_strerror (status) : "the broker ends it");
}

static gboolean
time_to_connect (gpointer user_data)
{
    MmfotaAgentMqtt *self = user_data;

    self->retry = 0;
    connect_now (self);
    return G_SOURCE_REMOVE;
}

static void
drop_connection (MmfotaAgentMqtt *self)
{
    g_clear_handle_id (&self->watch, g_source_remove);
    g_clear_handle_id (&self->deadline, g_source_remove);
    g_clear_handle_id (&self->tick, g_source_remove);
    g_clear_pointer (&self->connection, mosquitto_destroy);
    g_clear_pointer (&self->library_says, g_free);
    self->opened = FALSE;
    self->connected = FALSE;
    self->acknowledged = FALSE;
    self->reason = 0;
    self->state_mid = 0;
    self->takes = FALSE;
}

/* Whether the broker took earlier packets and closed the connection at this list, which has a larger event than any
 * it took. A broker that forbids the topic also closes it, but at an event of any size. */
static gboolean
ended_at_event (MmfotaAgentMqtt *self)
{
    gsize largest = 0;
    guint i;

    for (i = 0; i < self->sent->len; i++)
        largest = MAX (largest, g_array_index (self->sent, Sent, i).size);
    return self->old && self->takes && largest > MAX (self->largest_taken, SIZE_USUAL) &&
           g_get_monotonic_time () - self->sent_at < MOMENT * G_USEC_PER_SEC;
}

/* A broker that never acknowledges events must not count as working */
static gboolean
is_stable (MmfotaAgentMqtt *self)
{
    return self->connected && !self->done && g_get_monotonic_time () - self->connected_at >= STABLE * G_USEC_PER_SEC;
}

/* Logs the start and the end of a failure, not each attempt (J7) */
static void
lost (MmfotaAgentMqtt *self,
      const gchar     *why)
{
    gboolean blamed = ended_at_event (self);

    if (is_stable (self))
        self->failures = 0;
    if (!self->failing)
        g_message ("MQTT broker %s: %s; it is tried again", self->host, why);
    else
        g_debug ("MQTT broker %s: %s", self->host, why);
    self->failing = TRUE;
    drop_connection (self);
    g_clear_handle_id (&self->retry, g_source_remove);
    self->retry = g_timeout_add_seconds (mmfota_agent_retry_delay (self->failures), time_to_connect, self);
    self->failures++;
    if (!blamed) {
        answer_now (self, MMFOTA_AGENT_SINK_ABSENT, NULL);
        return;
    }
    /* A broker that crashed or was stopped at that moment looks the same, but is not there at the next attempt */
    self->blamed = TRUE;
    g_clear_handle_id (&self->answer_timer, g_source_remove);
    g_array_set_size (self->sent, 0);
}

static gboolean
connect_too_slow (gpointer user_data)
{
    MmfotaAgentMqtt *self = user_data;

    self->deadline = 0;
    lost (self, "no answer");
    return G_SOURCE_REMOVE;
}

static gboolean
answer_too_slow (gpointer user_data)
{
    MmfotaAgentMqtt *self = user_data;

    self->answer_timer = 0;
    lost (self, "it acknowledges nothing");
    return G_SOURCE_REMOVE;
}

/* For the next acknowledgement, not for the whole list: the connection may be slow */
static void
wait_for_answer (MmfotaAgentMqtt *self)
{
    g_clear_handle_id (&self->answer_timer, g_source_remove);
    self->answer_timer = g_timeout_add_seconds (ANSWER, answer_too_slow, self);
}

/*****************************************************************************/
/* Called by libmosquitto: only take notes, since it must not be destroyed from within */

static void
on_connect (struct mosquitto         *connection,
            void                     *user_data,
            int                       status,
            int                       flags,
            const mosquitto_property *properties)
{
    MmfotaAgentMqtt *self = user_data;
    guint16          keepalive = KEEPALIVE;

    self->acknowledged = TRUE;
    self->acknowledgement = status;
    mosquitto_property_read_int16 (properties, MQTT_PROP_SERVER_KEEP_ALIVE, &keepalive, false);
    /* 0: the broker wants none */
    self->tick_seconds = keepalive ? CLAMP (keepalive / 4u, 1u, KEEPALIVE / 4u) : KEEPALIVE / 4;
}

static void
on_disconnect (struct mosquitto         *connection,
               void                     *user_data,
               int                       reason,
               const mosquitto_property *properties)
{
    MmfotaAgentMqtt *self = user_data;

    self->reason = reason;
}

static void
on_publish (struct mosquitto         *connection,
            void                     *user_data,
            int                       mid,
            int                       reason,
            const mosquitto_property *properties)
{
    MmfotaAgentMqtt *self = user_data;
    guint            i;

    self->takes = self->takes || mid == self->state_mid;
    for (i = 0; i < self->sent->len; i++) {
        const Sent *sent = &g_array_index (self->sent, Sent, i);

        if (sent->mid != mid)
            continue;
        self->largest_taken = MAX (self->largest_taken, sent->size);
        g_array_remove_index (self->sent, i);
        self->worst = MAX (self->worst, reason);
        self->sent_at = g_get_monotonic_time ();
        wait_for_answer (self);
        break;
    }
}

static void
on_subscribe (struct mosquitto         *connection,
              void                     *user_data,
              int                       mid,
              int                       n,
              const int                *granted,
              const mosquitto_property *properties)
{
    MmfotaAgentMqtt *self = user_data;

    if (n < 1 || granted[0] < MQTT_RC_UNSPECIFIED || self->subscription_told)
        return;
    self->subscription_told = TRUE;
    g_message ("MQTT broker %s: no commands, it does not let us subscribe to %s: %s", self->host, self->command_topic,
               mosquitto_reason_string (granted[0]));
}

static void
on_message (struct mosquitto               *connection,
            void                           *user_data,
            const struct mosquitto_message *message,
            const mosquitto_property       *properties)
{
    MmfotaAgentMqtt *self = user_data;

    if (message->payloadlen >= 0)
        mmfota_agent_commands_take (self->commands, message->payload ? message->payload : "", (gsize) message->payloadlen,
                                    message->retain);
}

static void
on_log (struct mosquitto *connection,
        void             *user_data,
        int               level,
        const char       *text)
{
    MmfotaAgentMqtt *self = user_data;

    if (level != MOSQ_LOG_ERR)
        return;
    g_free (self->library_says);
    self->library_says = g_strdup (text);
}

/*****************************************************************************/
/* Connected */

static gboolean
keep_alive (gpointer user_data)
{
    MmfotaAgentMqtt  *self = user_data;
    g_autofree gchar *why = NULL;
    gint              status = mosquitto_loop_misc (self->connection);

    if (status != MOSQ_ERR_SUCCESS) {
        self->tick = 0;
        why = say_why (self, status, errno);
        lost (self, why);
        return G_SOURCE_REMOVE;
    }
    if (self->failing && is_stable (self)) {
        g_message ("MQTT broker %s: it is there again", self->host);
        self->failing = FALSE;
        self->failures = 0;
    }
    return G_SOURCE_CONTINUE;
}

/* The opposite of the last will */
static void
tell_state (MmfotaAgentMqtt *self,
            const gchar     *state,
            gint             qos)
{
    mosquitto_publish (self->connection, &self->state_mid, self->state_topic, (gint) strlen (state), state, qos, true);
}

static void
connected (MmfotaAgentMqtt *self)
{
    self->connected = TRUE;
    self->connected_at = g_get_monotonic_time ();
    g_clear_handle_id (&self->deadline, g_source_remove);
    self->tick = g_timeout_add_seconds (self->tick_seconds, keep_alive, self);
    if (!self->told)
        g_message ("MQTT broker %s: connected, as %s", self->host, self->client_id);
    self->told = TRUE;
    mosquitto_subscribe (self->connection, NULL, self->command_topic, 1);
    tell_state (self, "online", 1);
    if (self->blamed)
        answer_soon (self, MMFOTA_AGENT_SINK_REFUSED,
                     "the MQTT broker ends the connection at an event that is larger than those that it took");
}

/*****************************************************************************/
/* The socket in the main loop */

static gboolean fd_ready (gint         fd,
                          GIOCondition condition,
                          gpointer     user_data);

/* Until MQTT is connected, TLS uses the socket: libmosquitto always wants to write then, but
 * what it writes always fits */
static GIOCondition
wanted (MmfotaAgentMqtt *self)
{
    if (!self->opened)
        return G_IO_OUT;
    if ((!self->tls || self->connected) && mosquitto_want_write (self->connection))
        return G_IO_IN | G_IO_OUT;
    return G_IO_IN;
}

static void
watch_socket (MmfotaAgentMqtt *self)
{
    GIOCondition condition = wanted (self);

    if (self->watch && self->watched == condition)
        return;
    g_clear_handle_id (&self->watch, g_source_remove);
    self->watched = condition;
    self->watch = g_unix_fd_add (mosquitto_socket (self->connection), condition, fd_ready, self);
}

/* Call it after each call of the library, and last: the next list may be posted from within. */
static void
settle (MmfotaAgentMqtt *self,
        gint             status,
        gint             system)
{
    g_autofree gchar *why = NULL;
    gboolean          is_new = FALSE;

    if (self->acknowledged && !self->connected) {
        if (self->acknowledgement != 0) {
            why = g_strdup_printf ("it refuses us: %s", self->old ? mosquitto_connack_string (self->acknowledgement)
                                                                  : mosquitto_reason_string (self->acknowledgement));
            lost (self, why);
            return;
        }
        connected (self);
        is_new = TRUE;
    }
    if (status != MOSQ_ERR_SUCCESS || mosquitto_socket (self->connection) < 0) {
        why = say_why (self, status, system);
        lost (self, why);
        return;
    }
    watch_socket (self);
    judge_list (self);
    if (is_new)
        self->ready (self->ready_data);
}

/* libmosquitto never notices some ends of a connection */
static gboolean
has_ended (gint   fd,
           gint  *system)
{
    guint8 byte;
    gssize n = recv (fd, &byte, sizeof (byte), MSG_PEEK | MSG_DONTWAIT);

    *system = n < 0 && errno != EAGAIN && errno != EINTR ? errno : 0;
    return n == 0 || *system;
}

static gboolean
fd_ready (gint          fd,
          GIOCondition  condition,
          gpointer      user_data)
{
    MmfotaAgentMqtt *self = user_data;
    gint             system = 0;
    gint             status = MOSQ_ERR_SUCCESS;
    guint            i;

    if (has_ended (fd, &system)) {
        settle (self, system ? MOSQ_ERR_ERRNO : MOSQ_ERR_CONN_LOST, system);
        return G_SOURCE_CONTINUE;
    }
    self->opened = TRUE;
    /* Data that TLS has decrypted already causes no further wake-up: read all of it */
    for (i = 0; i < READS && status == MOSQ_ERR_SUCCESS; i++) {
        errno = 0;
        status = mosquitto_loop_read (self->connection, 1);
        if (errno == EAGAIN)
            break;
    }
    if (status == MOSQ_ERR_SUCCESS && mosquitto_socket (self->connection) >= 0 && mosquitto_want_write (self->connection))
        status = mosquitto_loop_write (self->connection, 1);
    settle (self, status, errno);
    return G_SOURCE_CONTINUE;
}

/*****************************************************************************/
/* Connecting */

/* For a key with a password: nobody is there to type it */
static int
no_password (char *buffer,
             int   size,
             int   writing,
             void *user_data)
{
    return 0;
}

static gboolean
read_password (const gchar  *path,
               gchar       **password,
               GError      **error)
{
    g_autofree gchar *text = NULL;
    gboolean          is_text;
    gsize             length;
    gsize             i;

    if (!g_file_get_contents (path, &text, &length, error))
        return FALSE;
    is_text = strlen (text) == length;
    g_strchomp (text);
    for (i = 0; (guchar) text[i] >= ' '; i++);
    if (is_text && i > 0 && i <= PASSWORD_MAX && text[i] == '\0') {
        *password = g_steal_pointer (&text);
        return TRUE;
    }
    explicit_bzero (text, length);
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s: no password; allowed: one line of 1 to %u bytes", path,
                 (guint) PASSWORD_MAX);
    return FALSE;
}

/* Read again for each connection: it may have changed */
static gint
set_user (MmfotaAgentMqtt *self)
{
    g_autofree gchar  *password = NULL;
    g_autoptr(GError)  error = NULL;
    gint               status;

    if (!self->user[0])
        return MOSQ_ERR_SUCCESS;
    if (self->password_file[0] && !read_password (self->password_file, &password, &error)) {
        g_free (self->library_says);
        self->library_says = g_strdup (error->message);
        return MOSQ_ERR_INVAL;
    }
    status = mosquitto_username_pw_set (self->connection, self->user, password);
    if (password)
        explicit_bzero (password, strlen (password));
    return status;
}

static gint
set_tls (MmfotaAgentMqtt *self)
{
    if (!self->tls)
        return MOSQ_ERR_SUCCESS;
    return mosquitto_tls_set (self->connection, self->tls_ca[0] ? self->tls_ca : NULL, self->tls_ca[0] ? NULL : SYSTEM_CAS,
                              self->tls_certificate[0] ? self->tls_certificate : NULL,
                              self->tls_key[0] ? self->tls_key : NULL, no_password);
}

/* No call that does not block takes properties. This one fails for want of a host, but stores
 * them; a test checks that the session persists. */
static void
set_properties (MmfotaAgentMqtt *self)
{
    mosquitto_property *properties = NULL;

    if (self->old)
        return;
    mosquitto_property_add_int32 (&properties, MQTT_PROP_SESSION_EXPIRY_INTERVAL, SESSION);
    mosquitto_property_add_int32 (&properties, MQTT_PROP_MAXIMUM_PACKET_SIZE, PACKET_MAX);
    mosquitto_connect_bind_v5 (self->connection, NULL, 0, KEEPALIVE, NULL, properties);
    mosquitto_property_free_all (&properties);
}

static gint
open_connection (MmfotaAgentMqtt *self,
                 const gchar     *from)
{
    static const gchar offline[] = "offline";
    gint               status;

    self->connection = mosquitto_new (self->client_id, false, self);
    if (!self->connection)
        return MOSQ_ERR_NOMEM;
    mosquitto_connect_v5_callback_set (self->connection, on_connect);
    mosquitto_disconnect_v5_callback_set (self->connection, on_disconnect);
    mosquitto_publish_v5_callback_set (self->connection, on_publish);
    mosquitto_subscribe_v5_callback_set (self->connection, on_subscribe);
    mosquitto_message_v5_callback_set (self->connection, on_message);
    mosquitto_log_callback_set (self->connection, on_log);
    mosquitto_int_option (self->connection, MOSQ_OPT_PROTOCOL_VERSION, self->old ? MQTT_PROTOCOL_V311 : MQTT_PROTOCOL_V5);
    mosquitto_will_set (self->connection, self->state_topic, (gint) strlen (offline), offline, 1, true);
    status = set_user (self);
    if (status == MOSQ_ERR_SUCCESS)
        status = set_tls (self);
    if (status != MOSQ_ERR_SUCCESS)
        return status;
    set_properties (self);
    status = mosquitto_connect_bind_async (self->connection, self->host, self->port, KEEPALIVE, from);
    return status;
}

/* libmosquitto tries the next address only if one fails at once. So every second attempt uses
 * the other address family, if the host has both: the local address decides which. */
static const gchar *
choose_family (MmfotaAgentMqtt *self,
               GList           *addresses)
{
    GSocketFamily  first = g_inet_address_get_family (addresses->data);
    GList         *l;

    for (l = addresses; l && self->failures % 2 == 1; l = l->next) {
        if (g_inet_address_get_family (l->data) != first)
            return first == G_SOCKET_FAMILY_IPV4 ? "::" : "0.0.0.0";
    }
    return NULL;
}

static void
looked_up (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
    g_autoptr(GError)  error = NULL;
    g_autofree gchar  *why = NULL;
    GList             *addresses = g_resolver_lookup_by_name_finish (G_RESOLVER (source), result, &error);
    MmfotaAgentMqtt   *self = user_data;
    gint               status;
    gint               system;

    if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return;
    g_clear_object (&self->looking_up);
    if (!addresses) {
        lost (self, error->message);
        return;
    }
    errno = 0;
    status = open_connection (self, choose_family (self, addresses));
    system = errno;
    g_resolver_free_addresses (addresses);
    if (status == MOSQ_ERR_SUCCESS && mosquitto_socket (self->connection) >= 0) {
        self->deadline = g_timeout_add_seconds (CONNECT, connect_too_slow, self);
        watch_socket (self);
        return;
    }
    why = say_why (self, status, system);
    lost (self, why);
}

/* libmosquitto looks the name up again, and blocks meanwhile: a name that was resolved just now
 * is resolved again at once, and without a network it does not get here */
static void
connect_now (MmfotaAgentMqtt *self)
{
    g_autoptr(GResolver) resolver = g_resolver_get_default ();

    if (self->connection || self->looking_up)
        return;
    self->looking_up = g_cancellable_new ();
    g_resolver_lookup_by_name_async (resolver, self->host, self->looking_up, looked_up, self);
}

/*****************************************************************************/
/* Events */

static gint
publish (MmfotaAgentMqtt *self,
         JsonObject      *event)
{
    g_autoptr(GPtrArray)  alone = g_ptr_array_new ();
    g_autoptr(GBytes)     bytes = NULL;
    mosquitto_property   *properties = NULL;
    const gchar          *type;
    Sent                  sent;
    gint                  status;

    g_ptr_array_add (alone, event);
    bytes = mmfota_agent_event_encode (alone, &type);
    if (!self->old)
        mosquitto_property_add_string (&properties, MQTT_PROP_CONTENT_TYPE, type);
    sent.size = g_bytes_get_size (bytes);
    status = mosquitto_publish_v5 (self->connection, &sent.mid, self->events_topic, (gint) sent.size,
                                   g_bytes_get_data (bytes, NULL), 1, false, properties);
    mosquitto_property_free_all (&properties);
    if (status == MOSQ_ERR_SUCCESS)
        g_array_append_val (self->sent, sent);
    return status;
}

static void
post (MmfotaAgentSink     *sink,
      GPtrArray           *events,
      GCancellable        *cancellable,
      MmfotaAgentSinkDone  done,
      gpointer             user_data)
{
    MmfotaAgentMqtt *self = (MmfotaAgentMqtt *) sink;
    gint             status = MOSQ_ERR_SUCCESS;
    guint            i;

    /* The previous list was cancelled, otherwise there would be none now */
    answer_now (self, MMFOTA_AGENT_SINK_ABSENT, NULL);
    self->done = done;
    self->done_data = user_data;
    self->sent_at = g_get_monotonic_time ();
    if (!self->connected) {
        answer_soon (self, MMFOTA_AGENT_SINK_ABSENT, NULL);
        return;
    }
    for (i = 0; i < events->len && status == MOSQ_ERR_SUCCESS; i++)
        status = publish (self, events->pdata[i]);
    if (status == MOSQ_ERR_OVERSIZE_PACKET || status == MOSQ_ERR_PAYLOAD_SIZE)
        answer_soon (self, MMFOTA_AGENT_SINK_REFUSED, "the event is too large for the MQTT broker");
    else if (status != MOSQ_ERR_SUCCESS)
        answer_soon (self, MMFOTA_AGENT_SINK_LATER, mosquitto_strerror (status));
    else
        wait_for_answer (self);
    watch_socket (self);
}

MmfotaAgentSink *
mmfota_agent_mqtt_peek_sink (MmfotaAgentMqtt *self)
{
    return &self->parent;
}

/*****************************************************************************/

void
mmfota_agent_mqtt_hurry (MmfotaAgentMqtt *self)
{
    if (!self->retry)
        return;
    g_clear_handle_id (&self->retry, g_source_remove);
    connect_now (self);
}

static gboolean
take_broker (MmfotaAgentMqtt  *self,
             const gchar      *broker,
             GError          **error)
{
    g_autoptr(GUri) uri = g_uri_parse (broker, G_URI_FLAGS_NONE, error);

    if (!uri)
        return FALSE;
    self->tls = g_str_equal (g_uri_get_scheme (uri), "mqtts");
    self->host = g_strdup (g_uri_get_host (uri));
    self->port = (guint16) g_uri_get_port (uri);
    if (g_uri_get_port (uri) <= 0)
        self->port = self->tls ? PORT_TLS : PORT;
    return TRUE;
}

/* libmosquitto reads them at each connection, and its errors say less */
static gboolean
check_file (const gchar  *path,
            GError      **error)
{
    g_autofree gchar *text = NULL;
    gsize             length;

    if (!path[0])
        return TRUE;
    if (!g_file_get_contents (path, &text, &length, error))
        return FALSE;
    explicit_bzero (text, length);
    return TRUE;
}

static gboolean
check_files (MmfotaAgentMqtt  *self,
             GError          **error)
{
    g_autofree gchar *password = NULL;

    if (self->password_file[0]) {
        if (!read_password (self->password_file, &password, error))
            return FALSE;
        explicit_bzero (password, strlen (password));
    }
    return check_file (self->tls_ca, error) && check_file (self->tls_certificate, error) && check_file (self->tls_key, error);
}

static gchar *
text_of (const gchar *text)
{
    return g_strdup (text ? text : "");
}

MmfotaAgentMqtt *
mmfota_agent_mqtt_new (const MmfotaAgentMqttOptions  *options,
                       MmfotaAgentCommandTrigger      trigger,
                       gpointer                       trigger_data,
                       MmfotaAgentMqttReady           ready,
                       gpointer                       ready_data,
                       GError                       **error)
{
    g_autoptr(MmfotaAgentMqtt) self = g_new0 (MmfotaAgentMqtt, 1);

    mosquitto_lib_init ();
    self->parent.post = post;
    self->sent = g_array_new (FALSE, FALSE, sizeof (Sent));
    self->old = options->old;
    self->client_id = g_strdup (options->client_id);
    self->events_topic = g_strconcat (options->topic, "/events", NULL);
    self->state_topic = g_strconcat (options->topic, "/state", NULL);
    self->command_topic = g_strconcat (options->topic, "/cmd/#", NULL);
    self->user = text_of (options->user);
    self->password_file = text_of (options->password_file);
    self->tls_ca = text_of (options->tls_ca);
    self->tls_certificate = text_of (options->tls_certificate);
    self->tls_key = text_of (options->tls_key);
    self->ready = ready;
    self->ready_data = ready_data;
    self->tick_seconds = KEEPALIVE / 4;
    self->commands = mmfota_agent_commands_new (options->state, options->imei, trigger, trigger_data);
    if (!take_broker (self, options->broker, error) || !check_files (self, error))
        return NULL;
    connect_now (self);
    return g_steal_pointer (&self);
}

void
mmfota_agent_mqtt_free (MmfotaAgentMqtt *self)
{
    if (self->looking_up)
        g_cancellable_cancel (self->looking_up);
    g_clear_object (&self->looking_up);
    if (self->connected) {
        tell_state (self, "offline", 0);
        mosquitto_disconnect (self->connection);
    }
    drop_connection (self);
    g_clear_handle_id (&self->retry, g_source_remove);
    answer_now (self, MMFOTA_AGENT_SINK_ABSENT, NULL);
    g_clear_pointer (&self->commands, mmfota_agent_commands_free);
    g_array_unref (self->sent);
    g_free (self->why);
    g_free (self->host);
    g_free (self->client_id);
    g_free (self->events_topic);
    g_free (self->state_topic);
    g_free (self->command_topic);
    g_free (self->user);
    g_free (self->password_file);
    g_free (self->tls_ca);
    g_free (self->tls_certificate);
    g_free (self->tls_key);
    g_free (self);
    mosquitto_lib_cleanup ();
}

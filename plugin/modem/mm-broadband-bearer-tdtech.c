/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <gio/gio.h>

#include <ModemManager.h>
#define _LIBMM_INSIDE_MM
#include <libmm-glib.h>

#include "mm-daemon-compat.h"
#include "mm-log-object.h"

#include "mm-broadband-bearer-tdtech.h"
#include "mm-shared-tdtech.h"
#include "mm-tdtech-commands.h"
#include "mm-tdtech-ports.h"
#include "mm-tdtech-response.h"
#include "mm-tdtech-sessions.h"

/* Seconds: for the module to answer a dial or hang-up command */
#define COMMAND_TIMEOUT         15
/* Seconds: between two queries while waiting for ^NDISSTAT */
#define QUERY_INTERVAL          5
/* Dials again if ^NDISDUP met an existing session that then went down */
#define MAX_REDIALS             2
/* Seconds: for the session to come up or go down after that answer */
#define CONNECT_TIMEOUT         120
#define DISCONNECT_TIMEOUT      30
/* Seconds: for the second IP family after the first came up */
#define SECOND_FAMILY_TIMEOUT   5

typedef struct _Wait Wait;

struct _MMBroadbandBearerTdtech {
    MMBroadbandBearer parent;

    /* 0 if never dialled on the network port */
    guint            cid;
    /* Those of the session that are up */
    MMBearerIpFamily families;
    /* The session was missing in the last answer to ^NDISSTATQRY? */
    gboolean         unlisted;
    /* The dial or hang-up under way */
    Wait            *wait;
    /* From the start of connect () or disconnect () to its end: connection reports from others are
     * ignored meanwhile */
    gboolean         busy;
    /* Why the session ended that was dialled just now */
    GError          *lost;
};

G_DEFINE_TYPE (MMBroadbandBearerTdtech, mm_broadband_bearer_tdtech, MM_TYPE_BROADBAND_BEARER)

/*****************************************************************************/
/* IP families */

/* IPv4 by default, as in the generic bearer */
static MMBearerIpFamily
wanted_families (MMBroadbandBearerTdtech *self)
{
    MMBearerIpFamily family;

    family = mm_bearer_properties_get_ip_type (mm_base_bearer_peek_config (MM_BASE_BEARER (self)));
    if (family == MM_BEARER_IP_FAMILY_NONE || family == MM_BEARER_IP_FAMILY_ANY)
        return MM_BEARER_IP_FAMILY_IPV4;
    return mm_tdtech_session_families (family);
}

/*****************************************************************************/
/* Causes in 3GPP TS 24.008 §10.5.6.6 that ModemManager has an error for */

static GError *
error_from_cause (guint cause)
{
    static const struct {
        guint                   cause;
        MMMobileEquipmentError  code;
        const gchar            *text;
    } causes[] = {
        {  8, MM_MOBILE_EQUIPMENT_ERROR_OPERATOR_DETERMINED_BARRING,   "operator determined barring" },
        { 26, MM_MOBILE_EQUIPMENT_ERROR_INSUFFICIENT_RESOURCES,        "insufficient resources" },
        { 27, MM_MOBILE_EQUIPMENT_ERROR_MISSING_OR_UNKNOWN_APN,        "missing or unknown APN" },
        { 29, MM_MOBILE_EQUIPMENT_ERROR_USER_AUTHENTICATION_FAILED,    "user authentication failed" },
        { 33, MM_MOBILE_EQUIPMENT_ERROR_SERVICE_OPTION_NOT_SUBSCRIBED, "service option not subscribed" },
        { 50, MM_MOBILE_EQUIPMENT_ERROR_IPV4_ONLY_ALLOWED,             "IPv4 only allowed" },
        { 51, MM_MOBILE_EQUIPMENT_ERROR_IPV6_ONLY_ALLOWED,             "IPv6 only allowed" },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (causes); i++) {
        if (causes[i].cause == cause)
            return g_error_new (MM_MOBILE_EQUIPMENT_ERROR, causes[i].code,
                                "The network ended the data session: %s", causes[i].text);
    }
    if (cause)
        return g_error_new (MM_MOBILE_EQUIPMENT_ERROR, MM_MOBILE_EQUIPMENT_ERROR_UNKNOWN,
                            "The network ended the data session: cause %u", cause);
    return g_error_new (MM_CONNECTION_ERROR, MM_CONNECTION_ERROR_NO_CARRIER,
                        "The data session went down");
}

/*****************************************************************************/
/* Waiting for a session to connect or disconnect. OK to ^NDISDUP only means that the command was
 * accepted (seen); ^NDISSTAT confirms, and ^NDISSTATQRY? if that line was lost. */

struct _Wait {
    GTask            *task;
    MMBaseModem      *modem;
    /* Only when dialling */
    MMPort           *data;
    gchar            *command;
    gboolean          connecting;
    /* Dialled earlier, or by auto-dial: must not be hung up here */
    gboolean          existing;
    guint             redials;
    /* ^NDISDUP was answered; a line before that may be about an earlier session */
    gboolean          accepted;
    gboolean          hanging_up;
    gboolean          querying;
    MMBearerIpFamily  wanted;
    MMBearerIpFamily  up;
    MMBearerIpFamily  refused;
    /* Reported down before ^NDISDUP was answered: the network refused, or an earlier session
     * ended */
    MMBearerIpFamily  early;
    guint             early_cause;
    guint             early_queries;
    guint             query_id;
    guint             timeout_id;
    guint             second_family_id;
    GSource          *cancelled_source;
    GError           *error;     /* what to report after hanging up */
};

static void dial_check    (MMBroadbandBearerTdtech     *self);
static void dial_again    (MMBroadbandBearerTdtech     *self);
static void dial_queried  (MMBroadbandBearerTdtech     *self,
                           const MMTdtechSessionStatus *status);
static void hang_up_check (MMBroadbandBearerTdtech     *self);

static void
wait_stop_timers (Wait *wait)
{
    g_clear_handle_id (&wait->query_id, g_source_remove);
    g_clear_handle_id (&wait->timeout_id, g_source_remove);
    g_clear_handle_id (&wait->second_family_id, g_source_remove);
    if (wait->cancelled_source) {
        g_source_destroy (wait->cancelled_source);
        g_clear_pointer (&wait->cancelled_source, g_source_unref);
    }
}

static void
wait_free (Wait *wait)
{
    wait_stop_timers (wait);
    g_clear_object (&wait->task);
    g_clear_object (&wait->modem);
    g_clear_object (&wait->data);
    g_free (wait->command);
    g_clear_error (&wait->error);
    g_slice_free (Wait, wait);
}

static Wait *
wait_new (GTask       *task,
          MMBaseModem *modem,
          gboolean     connecting)
{
    Wait *wait;

    wait = g_slice_new0 (Wait);
    wait->task = task;
    wait->modem = g_object_ref (modem);
    wait->connecting = connecting;
    return wait;
}

/* Ends the waiting; the caller ends the task */
static GTask *
wait_end (MMBroadbandBearerTdtech *self)
{
    Wait  *wait;
    GTask *task;

    wait = g_steal_pointer (&self->wait);
    task = g_steal_pointer (&wait->task);
    wait_free (wait);
    return task;
}

static void
wait_fail (MMBroadbandBearerTdtech *self,
           GError                  *error)
{
    GTask *task;

    task = wait_end (self);
    g_task_return_error (task, error);
    g_object_unref (task);
}

/* ModemManager starts an operation on a bearer when it believes that the previous one has ended,
 * which may be wrong */
static gboolean
is_free (MMBroadbandBearerTdtech  *self,
         GError                  **error)
{
    if (!self->wait)
        return TRUE;
    g_set_error (error, MM_CORE_ERROR, MM_CORE_ERROR_IN_PROGRESS,
                 "The bearer is already being %s", self->wait->connecting ? "connected" : "disconnected");
    return FALSE;
}

static void
wait_check (MMBroadbandBearerTdtech *self)
{
    if (self->wait->connecting)
        dial_check (self);
    else
        hang_up_check (self);
}

static void
wait_query_ready (MMBaseModem  *modem,
                  GAsyncResult *res,
                  GTask        *task)
{
    MMBroadbandBearerTdtech *self;
    MMTdtechSessionStatus    status = { .exists = TRUE };
    gboolean                 is_mine;
    g_autoptr(GArray)        sessions = NULL;
    g_autoptr(GError)        error = NULL;

    self = g_task_get_source_object (task);
    sessions = mm_tdtech_sessions_read_finish (modem, res, &error);

    /* It may have been the query of a previous dial */
    is_mine = self->wait && self->wait->task == task;
    if (is_mine)
        self->wait->querying = FALSE;
    /* Dialled again meanwhile: it may still be about the session that ended */
    if (is_mine && self->wait->accepted) {
        if (sessions) {
            status = mm_tdtech_sessions_get_status (sessions, self->cid);
            /* A session that still exists is not down yet */
            if (self->wait->connecting || !status.exists)
                self->wait->up = status.up;
        } else {
            mm_obj_dbg (self, "couldn't query the data sessions: %s", error->message);
            /* Then trust the answer to ^NDISDUP: it exists */
            if (self->wait->existing)
                self->wait->up = self->wait->wanted;
        }
        if (self->wait->connecting && !self->wait->hanging_up)
            dial_queried (self, &status);
        else
            wait_check (self);
    }
    g_object_unref (task);
}

static gboolean
wait_query (MMBroadbandBearerTdtech *self)
{
    /* A modem that was unplugged has no ports any more */
    if (!mm_base_modem_peek_port_primary (self->wait->modem)) {
        wait_fail (self, g_error_new (MM_CORE_ERROR, MM_CORE_ERROR_ABORTED, "The modem is gone"));
        return G_SOURCE_REMOVE;
    }

    if (!self->wait->querying) {
        self->wait->querying = TRUE;
        mm_tdtech_sessions_read (self->wait->modem,
                                 (GAsyncReadyCallback) wait_query_ready,
                                 g_object_ref (self->wait->task));
    }
    return G_SOURCE_CONTINUE;
}

static void
wait_start (MMBroadbandBearerTdtech *self,
            guint                    timeout,
            GSourceFunc              timed_out)
{
    self->wait->accepted = TRUE;
    self->wait->query_id = g_timeout_add_seconds (QUERY_INTERVAL, (GSourceFunc) wait_query, self);
    self->wait->timeout_id = g_timeout_add_seconds (timeout, timed_out, self);
    wait_check (self);
}

/*****************************************************************************/
/* Dial (sub-step of the 3GPP connection sequence) */

static MMPort *
dial_3gpp_finish (MMBroadbandBearer  *self,
                  GAsyncResult       *res,
                  GError            **error)
{
    return g_task_propagate_pointer (G_TASK (res), error);
}

static void
dial_undone (MMBaseModem             *modem,
             GAsyncResult            *res,
             MMBroadbandBearerTdtech *self)
{
    g_autofree gchar  *answer = NULL;
    g_autoptr(GError)  error = NULL;
    GError            *reason;

    answer = mm_tdtech_commands_run_one_finish (modem, res, &error);
    if (!answer && !mm_tdtech_error_is_invalid (error))
        mm_obj_warn (self, "couldn't hang up: %s", error->message);

    reason = g_steal_pointer (&self->wait->error);
    wait_fail (self, reason);
    g_object_unref (self);
}

/* Hangs up after a failed dial; takes @error */
static void
dial_undo (MMBroadbandBearerTdtech *self,
           GError                  *error)
{
    g_autofree gchar *command = NULL;

    if (self->wait->existing) {
        wait_fail (self, error);
        return;
    }

    wait_stop_timers (self->wait);
    self->wait->hanging_up = TRUE;
    self->wait->error = error;
    command = mm_tdtech_build_ndisdup_down (self->cid);
    mm_tdtech_commands_run_one (self->wait->modem, command, COMMAND_TIMEOUT,
                                (GAsyncReadyCallback) dial_undone,
                                g_object_ref (self));
}

static void
dial_succeed (MMBroadbandBearerTdtech *self)
{
    GError *error = NULL;
    MMPort *data;
    GTask  *task;

    /* An upgrade may have started meanwhile */
    if (!mm_shared_tdtech_may_connect (self->wait->modem, &error)) {
        dial_undo (self, error);
        return;
    }

    self->families = self->wait->up & self->wait->wanted;
    data = g_object_ref (self->wait->data);
    task = wait_end (self);
    g_task_return_pointer (task, data, g_object_unref);
    g_object_unref (task);
}

static gboolean
dial_second_family_timed_out (MMBroadbandBearerTdtech *self)
{
    self->wait->second_family_id = 0;
    dial_succeed (self);
    return G_SOURCE_REMOVE;
}

static void
dial_check (MMBroadbandBearerTdtech *self)
{
    Wait             *wait = self->wait;
    MMBearerIpFamily  up;

    if (!wait->accepted || wait->hanging_up)
        return;

    up = wait->up & wait->wanted;
    if (up == MM_BEARER_IP_FAMILY_NONE)
        return;

    if ((up | wait->refused) == wait->wanted)
        dial_succeed (self);
    else if (!wait->second_family_id)
        wait->second_family_id = g_timeout_add_seconds (SECOND_FAMILY_TIMEOUT,
                                                        (GSourceFunc) dial_second_family_timed_out,
                                                        self);
}

static void
dial_ndisstat (MMBroadbandBearerTdtech *self,
               const MMTdtechNdisstat  *ndisstat)
{
    Wait             *wait = self->wait;
    MMBearerIpFamily  families;

    families = mm_tdtech_session_families (ndisstat->family) & wait->wanted;

    switch (ndisstat->state) {
    case MM_TDTECH_NDIS_CONNECTED:
        wait->up |= families;
        wait->refused &= ~families;
        wait->early &= ~families;
        break;
    case MM_TDTECH_NDIS_DISCONNECTED:
        wait->up &= ~families;
        if (!wait->accepted) {
            wait->early |= families;
            if (ndisstat->cause)
                wait->early_cause = ndisstat->cause;
            return;
        }
        wait->refused |= families;
        if (wait->refused == wait->wanted) {
            if (wait->existing && wait->redials < MAX_REDIALS) {
                dial_again (self);
                return;
            }
            dial_undo (self, error_from_cause (ndisstat->cause));
            return;
        }
        break;
    case MM_TDTECH_NDIS_CONNECTING:
    case MM_TDTECH_NDIS_DISCONNECTING:
    default:
        return;
    }
    dial_check (self);
}

/* The module's answer shows what an early line was about */
static void
dial_queried (MMBroadbandBearerTdtech     *self,
              const MMTdtechSessionStatus *status)
{
    Wait *wait = self->wait;

    if (wait->existing && !status->exists) {
        dial_again (self);
        return;
    }

    if (wait->early && status->exists) {
        /* The network may grant one family and refuse the other one */
        if (status->up & wait->wanted)
            wait->refused |= wait->early & ~status->up;
        wait->early = MM_BEARER_IP_FAMILY_NONE;
    } else if (wait->early == wait->wanted && (wait->early_cause || ++wait->early_queries > 1)) {
        /* Without a cause it may be the end of an earlier session: check twice */
        dial_undo (self, error_from_cause (wait->early_cause));
        return;
    }
    dial_check (self);
}

static gboolean
dial_timed_out (MMBroadbandBearerTdtech *self)
{
    self->wait->timeout_id = 0;
    dial_undo (self, g_error_new (MM_MOBILE_EQUIPMENT_ERROR, MM_MOBILE_EQUIPMENT_ERROR_NETWORK_TIMEOUT,
                                  "The module took the dial command, but the data session did not come up"));
    return G_SOURCE_REMOVE;
}

static gboolean
dial_cancelled (GCancellable            *cancellable,
                MMBroadbandBearerTdtech *self)
{
    /* Otherwise dial_ready () sees it, once ^NDISDUP is answered */
    if (self->wait->accepted && !self->wait->hanging_up)
        dial_undo (self, g_error_new (G_IO_ERROR, G_IO_ERROR_CANCELLED, "The connection attempt was cancelled"));
    return G_SOURCE_REMOVE;
}

static void
dial_ready (MMBaseModem             *modem,
            GAsyncResult            *res,
            MMBroadbandBearerTdtech *self)
{
    g_autofree gchar *answer = NULL;
    GError           *error = NULL;

    answer = mm_tdtech_commands_run_one_finish (modem, res, &error);
    if (!answer && mm_tdtech_error_is_duplicated (error)) {
        mm_obj_dbg (self, "the data session exists already");
        self->wait->existing = TRUE;
        g_clear_error (&error);
    } else if (!answer && error->domain == MM_MOBILE_EQUIPMENT_ERROR) {
        /* Refused: there is nothing to hang up */
        if (self->wait->early_cause) {
            g_clear_error (&error);
            error = error_from_cause (self->wait->early_cause);
        }
        g_prefix_error (&error, "Couldn't dial: ");
        wait_fail (self, error);
        g_object_unref (self);
        return;
    } else if (!answer)
        /* Unanswered, or what was said was said of a call: the session may exist */
        g_prefix_error (&error, "Couldn't dial: ");

    if (error || g_cancellable_set_error_if_cancelled (g_task_get_cancellable (self->wait->task), &error))
        dial_undo (self, error);
    else {
        wait_start (self, CONNECT_TIMEOUT, (GSourceFunc) dial_timed_out);
        if (self->wait && (self->wait->existing || self->wait->early))
            wait_query (self);
    }
    g_object_unref (self);
}

static void
dial_send (MMBroadbandBearerTdtech *self)
{
    /* Not cancellable: the answer must be seen */
    mm_tdtech_commands_run_one (self->wait->modem, self->wait->command, COMMAND_TIMEOUT,
                                (GAsyncReadyCallback) dial_ready,
                                g_object_ref (self));
}

/* The session that existed when it was dialled was being disconnected */
static void
dial_again (MMBroadbandBearerTdtech *self)
{
    GError *error = NULL;

    if (self->wait->redials >= MAX_REDIALS)
        return;

    if (!mm_shared_tdtech_may_connect (self->wait->modem, &error)) {
        dial_undo (self, error);
        return;
    }

    self->wait->redials++;
    self->wait->existing = FALSE;
    self->wait->accepted = FALSE;
    self->wait->up = MM_BEARER_IP_FAMILY_NONE;
    self->wait->refused = MM_BEARER_IP_FAMILY_NONE;
    self->wait->early = MM_BEARER_IP_FAMILY_NONE;
    self->wait->early_cause = 0;
    self->wait->early_queries = 0;
    g_clear_handle_id (&self->wait->query_id, g_source_remove);
    g_clear_handle_id (&self->wait->timeout_id, g_source_remove);
    g_clear_handle_id (&self->wait->second_family_id, g_source_remove);
    dial_send (self);
}

static gchar *
build_dial_command (MMBroadbandBearerTdtech  *self,
                    guint                     cid,
                    GError                  **error)
{
    MMBearerProperties *config;
    const gchar        *apn;
    const gchar        *user;
    const gchar        *password;

    config = mm_base_bearer_peek_config (MM_BASE_BEARER (self));
    apn = mm_bearer_properties_get_apn (config);
    user = mm_bearer_properties_get_user (config);
    password = mm_bearer_properties_get_password (config);

    /* Connecting by profile id */
    if (!apn && !user && !password)
        return mm_tdtech_build_ndisdup_up (cid);

    return mm_tdtech_build_ndisdup (cid, apn, user, password,
                                    mm_bearer_properties_get_allowed_auth (config), error);
}

static void
dial_3gpp (MMBroadbandBearer   *_self,
           MMBaseModem         *modem,
           MMPortSerialAt      *primary,
           guint                cid,
           GCancellable        *cancellable,
           GAsyncReadyCallback  callback,
           gpointer             user_data)
{
    MMBroadbandBearerTdtech *self = MM_BROADBAND_BEARER_TDTECH (_self);
    g_autofree gchar        *command = NULL;
    MMPort                  *data;
    GTask                   *task;
    GError                  *error = NULL;

    if (g_cancellable_set_error_if_cancelled (cancellable, &error) ||
        !mm_shared_tdtech_may_connect (modem, &error) ||
        !is_free (self, &error)) {
        g_task_report_error (self, callback, user_data, dial_3gpp, error);
        return;
    }

    data = mm_base_modem_peek_best_data_port (modem, MM_PORT_TYPE_NET);
    if (!data && !mm_tdtech_has_port (modem, MM_PORT_TYPE_NET)) {
        MM_BROADBAND_BEARER_CLASS (mm_broadband_bearer_tdtech_parent_class)->dial_3gpp (
            _self, modem, primary, cid, cancellable, callback, user_data);
        return;
    }

    task = g_task_new (self, cancellable, callback, user_data);
    g_task_set_check_cancellable (task, FALSE);

    if (!data) {
        g_task_return_new_error (task, MM_CORE_ERROR, MM_CORE_ERROR_CONNECTED,
                                 "Couldn't connect: the network port carries another bearer's session");
        g_object_unref (task);
        return;
    }

    command = build_dial_command (self, cid, &error);
    if (!command) {
        g_task_return_error (task, error);
        g_object_unref (task);
        return;
    }

    g_clear_error (&self->lost);
    self->cid = cid;
    self->families = MM_BEARER_IP_FAMILY_NONE;
    self->unlisted = FALSE;
    self->wait = wait_new (task, modem, TRUE);
    self->wait->data = g_object_ref (data);
    self->wait->command = g_steal_pointer (&command);
    self->wait->wanted = wanted_families (self);
    self->wait->cancelled_source = g_cancellable_source_new (cancellable);
    g_source_set_callback (self->wait->cancelled_source, G_SOURCE_FUNC (dial_cancelled), self, NULL);
    g_source_attach (self->wait->cancelled_source, NULL);

    dial_send (self);
}

/*****************************************************************************/
/* IP configuration (sub-step of the 3GPP connection sequence) */

typedef struct {
    MMBearerIpMethod method;
    MMBearerIpFamily families;
} IpConfig;

static MMBearerIpConfig *
ip_config_new (const IpConfig   *ip_config,
               MMBearerIpFamily  family)
{
    MMBearerIpConfig *config;

    if (!(ip_config->families & family))
        return NULL;
    config = mm_bearer_ip_config_new ();
    mm_bearer_ip_config_set_method (config, ip_config->method);
    return config;
}

static gboolean
get_ip_config_3gpp_finish (MMBroadbandBearer  *self,
                           GAsyncResult       *res,
                           MMBearerIpConfig  **ipv4_config,
                           MMBearerIpConfig  **ipv6_config,
                           GError            **error)
{
    g_autofree IpConfig *ip_config = NULL;

    ip_config = g_task_propagate_pointer (G_TASK (res), error);
    if (!ip_config)
        return FALSE;
    *ipv4_config = ip_config_new (ip_config, MM_BEARER_IP_FAMILY_IPV4);
    *ipv6_config = ip_config_new (ip_config, MM_BEARER_IP_FAMILY_IPV6);
    return TRUE;
}

static void
get_ip_config_3gpp (MMBroadbandBearer   *self,
                    MMBroadbandModem    *modem,
                    MMPortSerialAt      *primary,
                    MMPortSerialAt      *secondary,
                    MMPort              *data,
                    guint                cid,
                    MMBearerIpFamily     ip_family,
                    GAsyncReadyCallback  callback,
                    gpointer             user_data)
{
    g_autoptr(GTask)  task = NULL;
    IpConfig         *ip_config;

    ip_config = g_new (IpConfig, 1);
    if (MM_IS_PORT_SERIAL_AT (data)) {
        ip_config->method = MM_BEARER_IP_METHOD_PPP;
        ip_config->families = wanted_families (MM_BROADBAND_BEARER_TDTECH (self));
    } else {
        /* IPv6 is configured by router advertisements; ModemManager's name for that is DHCP, too */
        ip_config->method = MM_BEARER_IP_METHOD_DHCP;
        ip_config->families = MM_BROADBAND_BEARER_TDTECH (self)->families;
    }

    task = g_task_new (self, NULL, callback, user_data);
    g_task_return_pointer (task, ip_config, g_free);
}

/*****************************************************************************/
/* Disconnect (3GPP) */

static gboolean
disconnect_3gpp_finish (MMBroadbandBearer  *self,
                        GAsyncResult       *res,
                        GError            **error)
{
    return g_task_propagate_boolean (G_TASK (res), error);
}

static void
hang_up_succeed (MMBroadbandBearerTdtech *self)
{
    GTask *task;

    self->families = MM_BEARER_IP_FAMILY_NONE;
    task = wait_end (self);
    g_task_return_boolean (task, TRUE);
    g_object_unref (task);
}

static void
hang_up_check (MMBroadbandBearerTdtech *self)
{
    if (self->wait->accepted && self->wait->up == MM_BEARER_IP_FAMILY_NONE)
        hang_up_succeed (self);
}

static gboolean
hang_up_timed_out (MMBroadbandBearerTdtech *self)
{
    self->wait->timeout_id = 0;
    wait_fail (self, g_error_new (MM_MOBILE_EQUIPMENT_ERROR, MM_MOBILE_EQUIPMENT_ERROR_NETWORK_TIMEOUT,
                                  "The module took the hang-up command, but the data session did not go down"));
    return G_SOURCE_REMOVE;
}

static void
hang_up_ready (MMBaseModem             *modem,
               GAsyncResult            *res,
               MMBroadbandBearerTdtech *self)
{
    g_autofree gchar *answer = NULL;
    GError           *error = NULL;

    answer = mm_tdtech_commands_run_one_finish (modem, res, &error);
    if (answer) {
        wait_start (self, DISCONNECT_TIMEOUT, (GSourceFunc) hang_up_timed_out);
    } else if (mm_tdtech_error_is_invalid (error)) {
        mm_obj_dbg (self, "nothing to hang up");
        g_error_free (error);
        hang_up_succeed (self);
    } else {
        g_prefix_error (&error, "Couldn't hang up: ");
        wait_fail (self, error);
    }
    g_object_unref (self);
}

static void
disconnect_3gpp (MMBroadbandBearer   *_self,
                 MMBroadbandModem    *modem,
                 MMPortSerialAt      *primary,
                 MMPortSerialAt      *secondary,
                 MMPort              *data,
                 guint                cid,
                 GAsyncReadyCallback  callback,
                 gpointer             user_data)
{
    MMBroadbandBearerTdtech *self = MM_BROADBAND_BEARER_TDTECH (_self);
    g_autofree gchar        *command = NULL;
    GError                  *error = NULL;

    if (MM_IS_PORT_SERIAL (data)) {
        MM_BROADBAND_BEARER_CLASS (mm_broadband_bearer_tdtech_parent_class)->disconnect_3gpp (
            _self, modem, primary, secondary, data, cid, callback, user_data);
        return;
    }

    if (!is_free (self, &error)) {
        g_task_report_error (self, callback, user_data, disconnect_3gpp, error);
        return;
    }

    self->wait = wait_new (g_task_new (self, NULL, callback, user_data),
                           MM_BASE_MODEM (modem), FALSE);
    self->wait->up = self->families;

    command = mm_tdtech_build_ndisdup_down (self->cid);
    mm_tdtech_commands_run_one (MM_BASE_MODEM (modem), command, COMMAND_TIMEOUT,
                                (GAsyncReadyCallback) hang_up_ready,
                                g_object_ref (self));
}

/*****************************************************************************/
/* Connection status */

void
mm_broadband_bearer_tdtech_report_ndisstat (MMBroadbandBearerTdtech *self,
                                            const MMTdtechNdisstat  *ndisstat)
{
    if (!self->cid || !mm_tdtech_session_is_about (ndisstat, self->cid))
        return;

    if (self->wait) {
        if (self->wait->hanging_up)
            return;
        if (self->wait->connecting) {
            dial_ndisstat (self, ndisstat);
            return;
        }
        if (ndisstat->state == MM_TDTECH_NDIS_DISCONNECTED) {
            self->wait->up &= ~mm_tdtech_session_families (ndisstat->family);
            hang_up_check (self);
        }
        return;
    }

    if (self->families == MM_BEARER_IP_FAMILY_NONE || ndisstat->state != MM_TDTECH_NDIS_DISCONNECTED)
        return;

    self->families &= ~mm_tdtech_session_families (ndisstat->family);
    if (self->families == MM_BEARER_IP_FAMILY_NONE) {
        g_autoptr(GError) error = NULL;

        error = error_from_cause (ndisstat->cause);
        mm_base_bearer_report_connection_status_detailed (MM_BASE_BEARER (self),
                                                          MM_BEARER_CONNECTION_STATUS_DISCONNECTED,
                                                          error);
    }
}

static MMBearerConnectionStatus
load_connection_status_finish (MMBaseBearer  *self,
                               GAsyncResult  *res,
                               GError       **error)
{
    gssize value;

    value = g_task_propagate_int (G_TASK (res), error);
    return value < 0 ? MM_BEARER_CONNECTION_STATUS_UNKNOWN : (MMBearerConnectionStatus) value;
}

static void
connection_status_ready (MMBaseModem  *modem,
                         GAsyncResult *res,
                         GTask        *task)
{
    MMBroadbandBearerTdtech *self;
    MMTdtechSessionStatus    status;
    g_autoptr(GArray)        sessions = NULL;
    GError                  *error = NULL;

    self = g_task_get_source_object (task);
    sessions = mm_tdtech_sessions_read_finish (modem, res, &error);
    if (!sessions) {
        g_prefix_error (&error, "Couldn't query the data sessions: ");
        g_task_return_error (task, error);
        g_object_unref (task);
        return;
    }

    status = mm_tdtech_sessions_get_status (sessions, self->cid);
    if (!status.listed && !self->unlisted) {
        /* OK alone may be the late answer to another command, but not twice in a row */
        self->unlisted = TRUE;
        g_task_return_new_error (task, MM_CORE_ERROR, MM_CORE_ERROR_FAILED,
                                 "The module does not list the data session");
    } else {
        self->unlisted = !status.listed;
        g_task_return_int (task,
                           status.up == MM_BEARER_IP_FAMILY_NONE ?
                           MM_BEARER_CONNECTION_STATUS_DISCONNECTED :
                           MM_BEARER_CONNECTION_STATUS_CONNECTED);
    }
    g_object_unref (task);
}

static void
load_connection_status (MMBaseBearer        *_self,
                        GAsyncReadyCallback  callback,
                        gpointer             user_data)
{
    MMBroadbandBearerTdtech *self = MM_BROADBAND_BEARER_TDTECH (_self);
    g_autoptr(MMBaseModem)   modem = NULL;

    if (self->families == MM_BEARER_IP_FAMILY_NONE) {
        MM_BASE_BEARER_CLASS (mm_broadband_bearer_tdtech_parent_class)->load_connection_status (
            _self, callback, user_data);
        return;
    }

    g_object_get (self, MM_BASE_BEARER_MODEM, &modem, NULL);
    mm_tdtech_sessions_read (modem,
                             (GAsyncReadyCallback) connection_status_ready,
                             g_task_new (self, NULL, callback, user_data));
}

static void
check_ready (MMBroadbandBearerTdtech *self,
             GAsyncResult            *res)
{
    g_autoptr(GError)        error = NULL;
    MMBearerConnectionStatus status;

    status = load_connection_status_finish (MM_BASE_BEARER (self), res, &error);
    if (error)
        mm_obj_dbg (self, "%s", error->message);
    else if (status == MM_BEARER_CONNECTION_STATUS_DISCONNECTED &&
             self->families != MM_BEARER_IP_FAMILY_NONE && !self->wait)
        mm_base_bearer_report_connection_status (MM_BASE_BEARER (self), status);
}

void
mm_broadband_bearer_tdtech_check (MMBroadbandBearerTdtech *self)
{
    if (self->families != MM_BEARER_IP_FAMILY_NONE && !self->wait)
        load_connection_status (MM_BASE_BEARER (self), (GAsyncReadyCallback) check_ready, NULL);
}

/* ModemManager's +CGEV handler, or a late answer to its connection monitor, may report a bearer as
 * disconnected during a connect or disconnect. Accepting that would allow the next request too
 * early, so query the module instead. */
static void
report_while_busy (MMBroadbandBearerTdtech *self,
                   const GError            *connection_error)
{
    if (self->wait) {
        if (self->wait->accepted && !self->wait->hanging_up)
            wait_query (self);
    } else if (self->families != MM_BEARER_IP_FAMILY_NONE) {
        mm_obj_dbg (self, "the data session is gone before the connection is complete");
        g_clear_error (&self->lost);
        self->lost = g_error_copy (connection_error);
    }
}

static void
report_connection_status (MMBaseBearer             *_self,
                          MMBearerConnectionStatus  status,
                          const GError             *connection_error)
{
    MMBroadbandBearerTdtech *self = MM_BROADBAND_BEARER_TDTECH (_self);

    if (status == MM_BEARER_CONNECTION_STATUS_DISCONNECTED) {
        if (self->busy) {
            report_while_busy (self, connection_error);
            return;
        }
        self->families = MM_BEARER_IP_FAMILY_NONE;
    }

    MM_BASE_BEARER_CLASS (mm_broadband_bearer_tdtech_parent_class)->report_connection_status (
        _self, status, connection_error);
}

/*****************************************************************************/
/* Connect */

static MMBearerConnectResult *
connect_finish (MMBaseBearer  *_self,
                GAsyncResult  *res,
                GError       **error)
{
    MMBroadbandBearerTdtech          *self = MM_BROADBAND_BEARER_TDTECH (_self);
    g_autoptr(MMBearerConnectResult)  result = NULL;
    g_autoptr(GError)                 lost = NULL;

    self->busy = FALSE;
    lost = g_steal_pointer (&self->lost);
    result = g_task_propagate_pointer (G_TASK (res), error);
    if (result && lost) {
        report_connection_status (_self, MM_BEARER_CONNECTION_STATUS_DISCONNECTED, lost);
        g_propagate_error (error, g_steal_pointer (&lost));
        return NULL;
    }
    return g_steal_pointer (&result);
}

static void
connect (MMBaseBearer        *_self,
         GCancellable        *cancellable,
         GAsyncReadyCallback  callback,
         gpointer             user_data)
{
    MMBroadbandBearerTdtech *self = MM_BROADBAND_BEARER_TDTECH (_self);
    g_autoptr(MMBaseModem)   modem = NULL;
    GError                  *error = NULL;

    /* Before the parent writes a profile to the module; dial_3gpp () checks again */
    g_object_get (self, MM_BASE_BEARER_MODEM, &modem, NULL);
    if (!mm_shared_tdtech_may_connect (modem, &error)) {
        g_task_report_error (self, callback, user_data, connect, error);
        return;
    }

    self->busy = TRUE;
    MM_BASE_BEARER_CLASS (mm_broadband_bearer_tdtech_parent_class)->connect (
        _self, cancellable, callback, user_data);
}

/*****************************************************************************/
/* Disconnect */

static gboolean
disconnect_finish (MMBaseBearer  *self,
                   GAsyncResult  *res,
                   GError       **error)
{
    MM_BROADBAND_BEARER_TDTECH (self)->busy = FALSE;
    return MM_BASE_BEARER_CLASS (mm_broadband_bearer_tdtech_parent_class)->disconnect_finish (
        self, res, error);
}

static void
disconnect (MMBaseBearer        *self,
            GAsyncReadyCallback  callback,
            gpointer             user_data)
{
    MM_BROADBAND_BEARER_TDTECH (self)->busy = TRUE;
    MM_BASE_BEARER_CLASS (mm_broadband_bearer_tdtech_parent_class)->disconnect (
        self, callback, user_data);
}

/*****************************************************************************/

gboolean
mm_broadband_bearer_tdtech_check_config (MMBearerProperties  *config,
                                         GError             **error)
{
    g_autofree gchar *cgdcont = NULL;
    g_autofree gchar *ndisdup = NULL;
    const gchar      *apn;

    apn = mm_bearer_properties_get_apn (config);
    cgdcont = mm_tdtech_build_cgdcont (1, MM_BEARER_IP_FAMILY_IPV4, apn ? apn : "", error);
    if (!cgdcont)
        return FALSE;
    ndisdup = mm_tdtech_build_ndisdup (1,
                                       apn,
                                       mm_bearer_properties_get_user (config),
                                       mm_bearer_properties_get_password (config),
                                       mm_bearer_properties_get_allowed_auth (config),
                                       error);
    return (ndisdup != NULL);
}

MMBaseBearer *
mm_broadband_bearer_tdtech_new_finish (GAsyncResult  *res,
                                       GError       **error)
{
    g_autoptr(GObject)  source = NULL;
    GObject            *bearer;

    source = g_async_result_get_source_object (res);
    bearer = g_async_initable_new_finish (G_ASYNC_INITABLE (source), res, error);
    if (!bearer)
        return NULL;

    /* Only valid bearers are exported */
    mm_base_bearer_export (MM_BASE_BEARER (bearer));
    return MM_BASE_BEARER (bearer);
}

void
mm_broadband_bearer_tdtech_new (MMBroadbandModem    *modem,
                                MMBearerProperties  *config,
                                GCancellable        *cancellable,
                                GAsyncReadyCallback  callback,
                                gpointer             user_data)
{
    guint flow_control;

    g_object_get (modem, MM_BROADBAND_MODEM_FLOW_CONTROL, &flow_control, NULL);
    g_async_initable_new_async (MM_TYPE_BROADBAND_BEARER_TDTECH,
                                G_PRIORITY_DEFAULT,
                                cancellable,
                                callback,
                                user_data,
                                MM_DAEMON_BEARER_OF (modem),
                                MM_BASE_BEARER_CONFIG,            config,
                                MM_BROADBAND_BEARER_FLOW_CONTROL, flow_control,
                                NULL);
}

static void
finalize (GObject *object)
{
    g_clear_error (&MM_BROADBAND_BEARER_TDTECH (object)->lost);
    G_OBJECT_CLASS (mm_broadband_bearer_tdtech_parent_class)->finalize (object);
}

static void
mm_broadband_bearer_tdtech_init (MMBroadbandBearerTdtech *self)
{
}

static void
mm_broadband_bearer_tdtech_class_init (MMBroadbandBearerTdtechClass *klass)
{
    MMBaseBearerClass      *base_bearer_class = MM_BASE_BEARER_CLASS (klass);
    MMBroadbandBearerClass *broadband_bearer_class = MM_BROADBAND_BEARER_CLASS (klass);

    G_OBJECT_CLASS (klass)->finalize = finalize;

    base_bearer_class->connect = connect;
    base_bearer_class->connect_finish = connect_finish;
    base_bearer_class->disconnect = disconnect;
    base_bearer_class->disconnect_finish = disconnect_finish;
    base_bearer_class->load_connection_status = load_connection_status;
    base_bearer_class->load_connection_status_finish = load_connection_status_finish;
#if defined WITH_SUSPEND_RESUME
    base_bearer_class->reload_connection_status = load_connection_status;
    base_bearer_class->reload_connection_status_finish = load_connection_status_finish;
#endif
    base_bearer_class->report_connection_status = report_connection_status;

    broadband_bearer_class->dial_3gpp = dial_3gpp;
    broadband_bearer_class->dial_3gpp_finish = dial_3gpp_finish;
    broadband_bearer_class->get_ip_config_3gpp = get_ip_config_3gpp;
    broadband_bearer_class->get_ip_config_3gpp_finish = get_ip_config_3gpp_finish;
    broadband_bearer_class->disconnect_3gpp = disconnect_3gpp;
    broadband_bearer_class->disconnect_3gpp_finish = disconnect_3gpp_finish;
}

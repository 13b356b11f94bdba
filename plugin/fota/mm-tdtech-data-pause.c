/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mm-tdtech-data-pause.h"

#include "mm-bearer-list.h"
#include "mm-iface-modem.h"
#include "mm-log-object.h"
#include "mm-tdtech-at.h"
#include "mm-tdtech-commands.h"
#include "mm-tdtech-hang-up-watch.h"
#include "mm-tdtech-ports.h"
#include "mm-tdtech-sessions.h"

/* Queries, a second apart, until the sessions are down */
#define DOWN_READINGS_MAX 10
/* Retries after an unreadable answer */
#define UNREADABLE_MAX 3
/* Attempts to restore auto-dial */
#define AUTODIAL_TRIES_MAX 3

struct _MMTdtechDataPause {
    GObject              parent;
    MMBaseModem         *modem;     /* owns us */
    MMTdtechFotaRecord  *record;    /* our owner's too */
    gboolean             held;
    gboolean             abandoned;
    GArray              *paused;    /* PausedBearer: that were up and are to come back */
    MMTdtechHangUpWatch *watch;     /* while there are any */
    GArray              *hung_up;   /* guint: PDP contexts that their users hung up meanwhile */
};

/* The session of a bearer is the bearer's to bring up again, or nobody's once the bearer
 * has been deleted */
typedef struct {
    MMBaseBearer *bearer;
    guint         cid;              /* 0: none */
} PausedBearer;

G_DEFINE_TYPE (MMTdtechDataPause, mm_tdtech_data_pause, G_TYPE_OBJECT)

/*****************************************************************************/
/* Bearers */

static void
collect_if_busy (MMBaseBearer *bearer,
                 gpointer      user_data)
{
    GPtrArray *busy = user_data;

    if (mm_base_bearer_get_status (bearer) != MM_BEARER_STATUS_DISCONNECTED)
        g_ptr_array_add (busy, g_object_ref (bearer));
}

/* A bearer that is connecting while the data path is held will be refused */
static gboolean
is_up (MMBaseBearer *bearer)
{
    return mm_base_bearer_get_status (bearer) == MM_BEARER_STATUS_CONNECTED ||
           mm_base_bearer_get_status (bearer) == MM_BEARER_STATUS_DISCONNECTING;
}

static GPtrArray *
list_busy_bearers (MMTdtechDataPause *self)
{
    g_autoptr(MMBearerList)  list = NULL;
    GPtrArray               *busy = g_ptr_array_new_with_free_func (g_object_unref);

    g_object_get (self->modem, MM_IFACE_MODEM_BEARER_LIST, &list, NULL);
    if (list)
        mm_bearer_list_foreach (list, collect_if_busy, busy);
    return busy;
}

gboolean
mm_tdtech_data_pause_any_bearer_up (MMTdtechDataPause *self)
{
    g_autoptr(GPtrArray) busy = list_busy_bearers (self);
    guint                i;

    for (i = 0; i < busy->len; i++) {
        if (is_up (busy->pdata[i]))
            return TRUE;
    }
    return FALSE;
}

static gboolean
is_listed (MMTdtechDataPause *self,
           MMBaseBearer      *bearer)
{
    g_autoptr(MMBearerList) list = NULL;
    g_autoptr(MMBaseBearer) found = NULL;

    g_object_get (self->modem, MM_IFACE_MODEM_BEARER_LIST, &list, NULL);
    if (!list || !mm_base_bearer_get_path (bearer))
        return FALSE;
    found = mm_bearer_list_find_by_path (list, mm_base_bearer_get_path (bearer));
    return found == bearer;
}

static void
paused_bearer_clear (PausedBearer *paused)
{
    g_clear_object (&paused->bearer);
}

static void
remember_bearer (MMTdtechDataPause *self,
                 MMBaseBearer      *bearer)
{
    gint         cid = mm_base_bearer_get_profile_id (bearer);
    PausedBearer paused = { .cid = cid > 0 ? (guint) cid : 0 };
    guint        i;

    for (i = 0; i < self->paused->len; i++) {
        PausedBearer *known = &g_array_index (self->paused, PausedBearer, i);

        if (known->bearer == bearer) {
            known->cid = paused.cid;
            return;
        }
    }
    paused.bearer = g_object_ref (bearer);
    g_array_append_val (self->paused, paused);
}

gboolean
mm_tdtech_data_pause_has_ndis (MMTdtechDataPause *self)
{
    return mm_tdtech_has_ndis (self->modem);
}

/*****************************************************************************/
/* Sessions in the record */

static gboolean
remember_session (MMTdtechDataPause *self,
                  guint              cid)
{
    MMTdtechFotaRecordData *data = mm_tdtech_fota_record_peek (self->record);
    guint                   i;

    for (i = 0; i < data->n_sessions; i++) {
        if (data->sessions[i] == cid)
            return TRUE;
    }
    if (data->n_sessions == G_N_ELEMENTS (data->sessions))
        return FALSE;
    data->sessions[data->n_sessions++] = cid;
    return TRUE;
}

/* Whether it was a bearer's when it was taken away. After a restart of the daemon nobody
 * knows, and the bearers are gone: then it is given back. */
static gboolean
is_bearers (MMTdtechDataPause *self,
            guint              cid)
{
    guint i;

    for (i = 0; i < self->paused->len; i++) {
        if (g_array_index (self->paused, PausedBearer, i).cid == cid)
            return TRUE;
    }
    return FALSE;
}

static gboolean
save (MMTdtechDataPause *self)
{
    g_autoptr(GError) error = NULL;

    if (self->abandoned)
        return FALSE;
    if (mm_tdtech_fota_record_save (self->record, &error))
        return TRUE;
    mm_obj_warn (self->modem, "couldn't save the upgrade's record: %s", error->message);
    return FALSE;
}

/*****************************************************************************/
/* Users who hang up while the data path is held */

static void
forget_session (MMTdtechDataPause *self,
                guint              cid)
{
    MMTdtechFotaRecordData *data = mm_tdtech_fota_record_peek (self->record);
    guint                   i;

    for (i = 0; i < data->n_sessions; i++) {
        if (data->sessions[i] == cid) {
            data->sessions[i] = data->sessions[--data->n_sessions];
            return;
        }
    }
}

static gboolean
was_hung_up (MMTdtechDataPause *self,
             guint              cid)
{
    guint i;

    for (i = 0; i < self->hung_up->len; i++) {
        if (g_array_index (self->hung_up, guint, i) == cid)
            return TRUE;
    }
    return FALSE;
}

/* Nobody wants the session back: not the bearer's owner, and not a daemon that starts anew */
static void
hung_up (const gchar       *path,
         MMTdtechDataPause *self)
{
    guint i = self->paused->len;

    while (i > 0) {
        PausedBearer *paused = &g_array_index (self->paused, PausedBearer, --i);

        if (path && g_strcmp0 (path, mm_base_bearer_get_path (paused->bearer)) != 0)
            continue;
        mm_obj_dbg (self->modem, "%s was hung up: it won't be reconnected", mm_base_bearer_get_path (paused->bearer));
        if (paused->cid > 0)
            g_array_append_val (self->hung_up, paused->cid);
        forget_session (self, paused->cid);
        g_array_remove_index (self->paused, i);
    }
    save (self);
}

static void
watch_bearer (MMTdtechDataPause *self,
              MMBaseBearer      *bearer)
{
    if (!self->watch)
        self->watch = mm_tdtech_hang_up_watch_new (self->modem, (MMTdtechHangUpFunc) hung_up, self);
    mm_tdtech_hang_up_watch_add_bearer (self->watch, bearer);
}

static void
forget_bearers (MMTdtechDataPause *self)
{
    if (self->watch)
        g_object_run_dispose (G_OBJECT (self->watch));
    g_clear_object (&self->watch);
    g_array_set_size (self->paused, 0);
    g_array_set_size (self->hung_up, 0);
}

/*****************************************************************************/
/* Pausing: auto-dial off, bearers down, sessions down, seen to be down */

typedef enum {
    PAUSE_STEP_READ_AUTODIAL,
    PAUSE_STEP_AUTODIAL_OFF,
    PAUSE_STEP_BEARERS,
    PAUSE_STEP_READ_SESSIONS,
    PAUSE_STEP_SESSIONS_DOWN,
    PAUSE_STEP_HANG_UP_BLINDLY,
    PAUSE_STEP_LAST,
} PauseStep;

typedef struct {
    MMBaseModem *modem;            /* so that it outlives the task */
    PauseStep    step;
    guint        blockers;
    guint        readings;
    guint        unreadable;
    guint        n_disconnecting;
    GArray      *cids;             /* of sessions that are up in the module */
    guint        timer;
} PauseContext;

static void
pause_context_free (PauseContext *ctx)
{
    g_clear_handle_id (&ctx->timer, g_source_remove);
    g_array_unref (ctx->cids);
    g_object_unref (ctx->modem);
    g_slice_free (PauseContext, ctx);
}

gboolean
mm_tdtech_data_pause_pause_finish (MMTdtechDataPause  *self,
                                   GAsyncResult       *res,
                                   guint              *blockers,
                                   GError            **error)
{
    PauseContext *ctx = g_task_get_task_data (G_TASK (res));

    *blockers = ctx->blockers;
    return g_task_propagate_boolean (G_TASK (res), error);
}

static void pause_step (GTask *task);

static void
pause_go (GTask     *task,
          PauseStep  step)
{
    PauseContext *ctx = g_task_get_task_data (task);

    ctx->step = step;
    pause_step (task);
}

static void
pause_fail (GTask  *task,
            GError *error)
{
    g_task_return_error (task, error);
    g_object_unref (task);
}

static void
read_autodial_ready (MMBaseModem  *modem,
                     GAsyncResult *res,
                     GTask        *task)
{
    MMTdtechDataPause      *self = g_task_get_source_object (task);
    MMTdtechFotaRecordData *data = mm_tdtech_fota_record_peek (self->record);
    PauseContext           *ctx = g_task_get_task_data (task);
    MMTdtechAutodial        autodial = { 0 };
    g_autoptr(GPtrArray)    answers = NULL;
    g_autoptr(GError)       error = NULL;

    answers = mm_tdtech_commands_run_finish (modem, res, &error);
    if (!answers) {
        /* Units without the command have no auto-dial, and refuse it every time */
        if (mm_tdtech_commands_error_is_silence (error))
            pause_fail (task, g_steal_pointer (&error));
        else if (++ctx->unreadable < UNREADABLE_MAX)
            pause_go (task, PAUSE_STEP_READ_AUTODIAL);
        else {
            ctx->unreadable = 0;
            pause_go (task, PAUSE_STEP_BEARERS);
        }
        return;
    }
    ctx->unreadable = 0;

    if (!mm_tdtech_parse_setautodial (answers->pdata[0], &autodial, &error)) {
        pause_fail (task, g_steal_pointer (&error));
        return;
    }

    if (!autodial.enabled) {
        mm_tdtech_autodial_clear (&autodial);
        pause_go (task, PAUSE_STEP_BEARERS);
        return;
    }

    g_free (data->autodial);
    data->autodial = g_steal_pointer (&autodial.setting);
    mm_tdtech_autodial_clear (&autodial);
    if (!save (self)) {
        /* Leave alone what could not be restored after a crash */
        pause_fail (task, g_error_new_literal (MM_CORE_ERROR, MM_CORE_ERROR_FAILED,
                                               "the auto-dial setting can't be kept"));
        return;
    }
    pause_go (task, PAUSE_STEP_AUTODIAL_OFF);
}

static void
autodial_off_ready (MMBaseModem  *modem,
                    GAsyncResult *res,
                    GTask        *task)
{
    PauseContext         *ctx = g_task_get_task_data (task);
    g_autoptr(GPtrArray)  answers = NULL;
    g_autoptr(GError)     error = NULL;

    answers = mm_tdtech_commands_run_finish (modem, res, &error);
    if (!answers) {
        mm_obj_dbg (modem, "couldn't switch auto-dial off: %s", error->message);
        ctx->blockers |= MM_TDTECH_FOTA_BLOCKER_AUTO_DIAL;
        pause_go (task, PAUSE_STEP_LAST);
        return;
    }
    pause_go (task, PAUSE_STEP_BEARERS);
}

static void
bearer_disconnect_ready (MMBaseBearer *bearer,
                         GAsyncResult *res,
                         GTask        *task)
{
    MMTdtechDataPause *self = g_task_get_source_object (task);
    PauseContext      *ctx = g_task_get_task_data (task);
    g_autoptr(GError)  error = NULL;

    if (!mm_base_bearer_disconnect_finish (bearer, res, &error))
        mm_obj_dbg (self->modem, "couldn't pause %s: %s", mm_base_bearer_get_path (bearer), error->message);
    if (is_up (bearer))
        ctx->blockers |= MM_TDTECH_FOTA_BLOCKER_DATA;

    if (--ctx->n_disconnecting > 0)
        return;
    pause_go (task, ctx->blockers ? PAUSE_STEP_LAST : PAUSE_STEP_READ_SESSIONS);
}

static void
disconnect_bearers (GTask *task)
{
    MMTdtechDataPause    *self = g_task_get_source_object (task);
    PauseContext         *ctx = g_task_get_task_data (task);
    g_autoptr(GPtrArray)  busy = list_busy_bearers (self);
    guint                 i;

    if (busy->len == 0) {
        pause_go (task, PAUSE_STEP_READ_SESSIONS);
        return;
    }

    for (i = 0; i < busy->len; i++) {
        MMBaseBearer *bearer = busy->pdata[i];
        gint          cid = mm_base_bearer_get_profile_id (bearer);

        if (mm_base_bearer_get_status (bearer) != MM_BEARER_STATUS_CONNECTED)
            continue;
        remember_bearer (self, bearer);
        watch_bearer (self, bearer);
        if (cid > 0)
            remember_session (self, (guint) cid);
    }
    save (self);

    ctx->n_disconnecting = busy->len;
    for (i = 0; i < busy->len; i++)
        mm_base_bearer_disconnect (busy->pdata[i], (GAsyncReadyCallback) bearer_disconnect_ready, task);
}

static gboolean
read_sessions_again (GTask *task)
{
    PauseContext *ctx = g_task_get_task_data (task);

    ctx->timer = 0;
    pause_go (task, PAUSE_STEP_READ_SESSIONS);
    return G_SOURCE_REMOVE;
}

static void
sessions_unreadable (GTask        *task,
                     const GError *error)
{
    MMTdtechDataPause *self = g_task_get_source_object (task);
    PauseContext      *ctx = g_task_get_task_data (task);

    mm_obj_dbg (ctx->modem, "couldn't tell whether data sessions are up: %s", error->message);
    if (!mm_tdtech_data_pause_has_ndis (self))
        pause_go (task, PAUSE_STEP_LAST);
    else if (++ctx->unreadable < UNREADABLE_MAX)
        ctx->timer = g_timeout_add_seconds (1, (GSourceFunc) read_sessions_again, task);
    else
        pause_go (task, PAUSE_STEP_HANG_UP_BLINDLY);
}

static void
read_sessions_ready (MMBaseModem  *modem,
                     GAsyncResult *res,
                     GTask        *task)
{
    MMTdtechDataPause      *self = g_task_get_source_object (task);
    MMTdtechFotaRecordData *data = mm_tdtech_fota_record_peek (self->record);
    PauseContext           *ctx = g_task_get_task_data (task);
    g_autoptr(GArray)       sessions = NULL;
    g_autoptr(GError)       error = NULL;
    guint                   i;

    sessions = mm_tdtech_sessions_read_finish (modem, res, &error);
    if (!sessions) {
        if (mm_tdtech_commands_error_is_silence (error))
            pause_fail (task, g_steal_pointer (&error));
        else
            sessions_unreadable (task, error);
        return;
    }

    g_array_set_size (ctx->cids, 0);
    for (i = 0; i < sessions->len; i++) {
        const MMTdtechNdisstat *session = &g_array_index (sessions, MMTdtechNdisstat, i);
        guint                   cid = mm_tdtech_session_get_cid (session);

        if (session->state == MM_TDTECH_NDIS_DISCONNECTED)
            continue;
        g_array_append_val (ctx->cids, cid);
        /* Whoever hangs one up just now does not want it back */
        if (session->state != MM_TDTECH_NDIS_DISCONNECTING && !was_hung_up (self, cid))
            remember_session (self, cid);
    }

    if (ctx->cids->len == 0)
        pause_go (task, PAUSE_STEP_LAST);
    else if (ctx->readings++ < DOWN_READINGS_MAX) {
        save (self);
        pause_go (task, PAUSE_STEP_SESSIONS_DOWN);
    } else {
        ctx->blockers |= data->autodial ? MM_TDTECH_FOTA_BLOCKER_AUTO_DIAL : MM_TDTECH_FOTA_BLOCKER_DATA;
        pause_go (task, PAUSE_STEP_LAST);
    }
}

static void
sessions_down_ready (MMBaseModem  *modem,
                     GAsyncResult *res,
                     GTask        *task)
{
    PauseContext         *ctx = g_task_get_task_data (task);
    GPtrArray            *answers;

    /* "ERROR: Invalid" says that nothing was up; only the next reading counts */
    answers = mm_tdtech_commands_run_finish (modem, res, NULL);
    g_clear_pointer (&answers, g_ptr_array_unref);
    if (ctx->readings == 1)
        pause_go (task, PAUSE_STEP_READ_SESSIONS);
    else
        ctx->timer = g_timeout_add_seconds (1, (GSourceFunc) read_sessions_again, task);
}

static void
bring_sessions_down (GTask *task)
{
    MMTdtechDataPause    *self = g_task_get_source_object (task);
    PauseContext         *ctx = g_task_get_task_data (task);
    g_autoptr(GPtrArray)  commands = g_ptr_array_new_with_free_func (g_free);
    guint                 i;

    for (i = 0; i < ctx->cids->len; i++)
        g_ptr_array_add (commands, mm_tdtech_build_ndisdup_down (g_array_index (ctx->cids, guint, i)));
    g_ptr_array_add (commands, NULL);
    mm_tdtech_commands_run (self->modem, (const gchar *const *) commands->pdata, MM_TDTECH_COMMANDS_EACH,
                            MM_TDTECH_COMMAND_TIMEOUT,
                            (GAsyncReadyCallback) sessions_down_ready, task);
}

static void
hang_up_blindly_ready (MMBaseModem  *modem,
                       GAsyncResult *res,
                       GTask        *task)
{
    PauseContext         *ctx = g_task_get_task_data (task);
    g_autoptr(GPtrArray)  answers = NULL;
    g_autoptr(GError)     error = NULL;

    /* "ERROR: Invalid" is the answer where nothing is up */
    answers = mm_tdtech_commands_run_finish (modem, res, &error);
    if (!answers && mm_tdtech_commands_error_is_silence (error))
        ctx->blockers |= MM_TDTECH_FOTA_BLOCKER_DATA;
    pause_go (task, PAUSE_STEP_LAST);
}

/* A module that never tells its sessions, as public code alone says that it does:
 * those that may be up are hung up, and it refuses ^FWUP if one still is. GUESS: CID 1
 * is auto-dial's. */
static void
hang_up_blindly (GTask *task)
{
    MMTdtechDataPause      *self = g_task_get_source_object (task);
    MMTdtechFotaRecordData *data = mm_tdtech_fota_record_peek (self->record);
    g_autoptr(GPtrArray)    commands = g_ptr_array_new_with_free_func (g_free);
    guint                   i;

    g_ptr_array_add (commands, mm_tdtech_build_ndisdup_down (1));
    for (i = 0; i < data->n_sessions; i++) {
        if (data->sessions[i] != 1)
            g_ptr_array_add (commands, mm_tdtech_build_ndisdup_down (data->sessions[i]));
    }
    g_ptr_array_add (commands, NULL);
    mm_tdtech_commands_run (self->modem, (const gchar *const *) commands->pdata, MM_TDTECH_COMMANDS_EACH,
                            MM_TDTECH_COMMAND_TIMEOUT,
                            (GAsyncReadyCallback) hang_up_blindly_ready, task);
}

static void
pause_step (GTask *task)
{
    MMTdtechDataPause *self = g_task_get_source_object (task);
    PauseContext      *ctx = g_task_get_task_data (task);

    switch (ctx->step) {
    case PAUSE_STEP_READ_AUTODIAL:
        mm_tdtech_commands_run_one (self->modem, "^SETAUTODIAL?", MM_TDTECH_COMMAND_TIMEOUT,
                                    (GAsyncReadyCallback) read_autodial_ready, task);
        return;
    case PAUSE_STEP_AUTODIAL_OFF:
        mm_tdtech_commands_run_one (self->modem, "^SETAUTODIAL=0", MM_TDTECH_COMMAND_TIMEOUT,
                                    (GAsyncReadyCallback) autodial_off_ready, task);
        return;
    case PAUSE_STEP_BEARERS:
        disconnect_bearers (task);
        return;
    case PAUSE_STEP_READ_SESSIONS:
        mm_tdtech_sessions_read (self->modem, (GAsyncReadyCallback) read_sessions_ready, task);
        return;
    case PAUSE_STEP_SESSIONS_DOWN:
        bring_sessions_down (task);
        return;
    case PAUSE_STEP_HANG_UP_BLINDLY:
        hang_up_blindly (task);
        return;
    case PAUSE_STEP_LAST:
    default:
        if (!ctx->blockers && mm_tdtech_data_pause_any_bearer_up (self))
            ctx->blockers |= MM_TDTECH_FOTA_BLOCKER_DATA;
        g_task_return_boolean (task, TRUE);
        g_object_unref (task);
        return;
    }
}

void
mm_tdtech_data_pause_pause (MMTdtechDataPause   *self,
                            GAsyncReadyCallback  callback,
                            gpointer             user_data)
{
    PauseContext *ctx;
    GTask        *task;

    ctx = g_slice_new0 (PauseContext);
    ctx->modem = g_object_ref (self->modem);
    ctx->cids = g_array_new (FALSE, FALSE, sizeof (guint));
    task = g_task_new (self, NULL, callback, user_data);
    g_task_set_task_data (task, ctx, (GDestroyNotify) pause_context_free);

    mm_tdtech_data_pause_hold (self);
    pause_step (task);
}

/*****************************************************************************/
/* Restoring */

typedef struct {
    MMBaseModem *modem;            /* so that it outlives the task */
    gboolean     flashed;
    gboolean     unanswered;       /* the module did not say whether it takes the sessions */
    guint        autodial_tries;
    guint        n_connecting;
} RestoreContext;

static void
restore_context_free (RestoreContext *ctx)
{
    g_object_unref (ctx->modem);
    g_slice_free (RestoreContext, ctx);
}

gboolean
mm_tdtech_data_pause_restore_finish (MMTdtechDataPause  *self,
                                     GAsyncResult       *res,
                                     GError            **error)
{
    return g_task_propagate_boolean (G_TASK (res), error);
}

/* What was given back leaves the record: it may be hung up again by its owner */
static void
restore_end (GTask *task)
{
    MMTdtechDataPause      *self = g_task_get_source_object (task);
    MMTdtechFotaRecordData *data = mm_tdtech_fota_record_peek (self->record);
    RestoreContext         *ctx = g_task_get_task_data (task);

    if (!ctx->unanswered)
        data->n_sessions = 0;
    forget_bearers (self);
    save (self);
    g_task_return_boolean (task, TRUE);
    g_object_unref (task);
}

static void
bearer_connect_ready (MMBaseBearer *bearer,
                      GAsyncResult *res,
                      GTask        *task)
{
    MMTdtechDataPause *self = g_task_get_source_object (task);
    RestoreContext    *ctx = g_task_get_task_data (task);
    g_autoptr(GError)  error = NULL;

    /* A connection manager may have been faster */
    if (!mm_base_bearer_connect_finish (bearer, res, &error))
        mm_obj_msg (self->modem, "couldn't reconnect %s: %s", mm_base_bearer_get_path (bearer), error->message);
    if (--ctx->n_connecting == 0)
        restore_end (task);
}

/* Whoever disabled the modem meanwhile wants none of them up again */
static gboolean
may_connect (MMTdtechDataPause *self)
{
    MMModemState state = MM_MODEM_STATE_UNKNOWN;

    g_object_get (self->modem, MM_IFACE_MODEM_STATE, &state, NULL);
    return state > MM_MODEM_STATE_DISABLING;
}

static void
connect_bearers (GTask *task)
{
    MMTdtechDataPause    *self = g_task_get_source_object (task);
    RestoreContext       *ctx = g_task_get_task_data (task);
    g_autoptr(GPtrArray)  wanted = g_ptr_array_new_with_free_func (g_object_unref);
    guint                 i;

    for (i = 0; i < self->paused->len && may_connect (self); i++) {
        MMBaseBearer *bearer = g_array_index (self->paused, PausedBearer, i).bearer;

        if (is_listed (self, bearer))
            g_ptr_array_add (wanted, g_object_ref (bearer));
    }
    if (wanted->len == 0) {
        restore_end (task);
        return;
    }

    ctx->n_connecting = wanted->len;
    for (i = 0; i < wanted->len; i++)
        mm_base_bearer_connect (wanted->pdata[i], (GAsyncReadyCallback) bearer_connect_ready, task);
}

static void
sessions_up_ready (MMBaseModem  *modem,
                   GAsyncResult *res,
                   GTask        *task)
{
    RestoreContext       *ctx = g_task_get_task_data (task);
    g_autoptr(GPtrArray)  answers = NULL;
    g_autoptr(GError)     error = NULL;

    answers = mm_tdtech_commands_run_finish (modem, res, &error);
    if (!answers) {
        mm_obj_dbg (modem, "couldn't bring the sessions back: %s", error->message);
        ctx->unanswered = mm_tdtech_commands_error_is_silence (error);
    }
    connect_bearers (task);
}

/* Sessions of no bearer: dialled by others, or by bearers of a daemon that is gone. Bring them
 * up with the PDP contexts that the module still has; a bearer that connects later finds them
 * up. */
static void
bring_sessions_up (GTask *task)
{
    MMTdtechDataPause      *self = g_task_get_source_object (task);
    MMTdtechFotaRecordData *data = mm_tdtech_fota_record_peek (self->record);
    RestoreContext         *ctx = g_task_get_task_data (task);
    g_autoptr(GPtrArray)    commands = g_ptr_array_new_with_free_func (g_free);
    guint                   i;

    if (ctx->flashed) {
        restore_end (task);
        return;
    }
    for (i = 0; i < data->n_sessions; i++) {
        if (!is_bearers (self, data->sessions[i]))
            g_ptr_array_add (commands, mm_tdtech_build_ndisdup_up (data->sessions[i]));
    }
    if (commands->len == 0) {
        connect_bearers (task);
        return;
    }
    g_ptr_array_add (commands, NULL);
    mm_tdtech_commands_run (self->modem, (const gchar *const *) commands->pdata, MM_TDTECH_COMMANDS_EACH,
                            MM_TDTECH_COMMAND_TIMEOUT_LONG,
                            (GAsyncReadyCallback) sessions_up_ready, task);
}

static void restore_autodial (GTask *task);

static void
restore_autodial_ready (MMBaseModem  *modem,
                        GAsyncResult *res,
                        GTask        *task)
{
    MMTdtechDataPause      *self = g_task_get_source_object (task);
    MMTdtechFotaRecordData *data = mm_tdtech_fota_record_peek (self->record);
    RestoreContext         *ctx = g_task_get_task_data (task);
    g_autoptr(GPtrArray)    answers = NULL;
    g_autoptr(GError)       error = NULL;

    answers = mm_tdtech_commands_run_finish (modem, res, &error);
    if (answers) {
        g_clear_pointer (&data->autodial, g_free);
        save (self);
    } else if (++ctx->autodial_tries < AUTODIAL_TRIES_MAX) {
        restore_autodial (task);
        return;
    } else
        /* Keep it in the record and retry when the module comes back */
        mm_obj_warn (modem, "couldn't put auto-dial back: %s", error->message);
    bring_sessions_up (task);
}

static void
restore_autodial (GTask *task)
{
    MMTdtechDataPause      *self = g_task_get_source_object (task);
    MMTdtechFotaRecordData *data = mm_tdtech_fota_record_peek (self->record);
    g_autofree gchar       *command = NULL;
    g_autoptr(GError)       error = NULL;

    if (!data->autodial) {
        bring_sessions_up (task);
        return;
    }
    command = mm_tdtech_build_setautodial (data->autodial, &error);
    if (!command) {
        mm_obj_warn (self->modem, "couldn't put auto-dial back: %s", error->message);
        g_clear_pointer (&data->autodial, g_free);
        bring_sessions_up (task);
        return;
    }
    mm_tdtech_commands_run_one (self->modem, command, MM_TDTECH_COMMAND_TIMEOUT,
                                (GAsyncReadyCallback) restore_autodial_ready, task);
}

void
mm_tdtech_data_pause_restore (MMTdtechDataPause   *self,
                              gboolean             flashed,
                              GAsyncReadyCallback  callback,
                              gpointer             user_data)
{
    RestoreContext *ctx;
    GTask          *task;

    ctx = g_slice_new0 (RestoreContext);
    ctx->modem = g_object_ref (self->modem);
    ctx->flashed = flashed;
    task = g_task_new (self, NULL, callback, user_data);
    g_task_set_task_data (task, ctx, (GDestroyNotify) restore_context_free);

    self->held = FALSE;
    restore_autodial (task);
}

/*****************************************************************************/

void
mm_tdtech_data_pause_hold (MMTdtechDataPause *self)
{
    self->held = TRUE;
}

void
mm_tdtech_data_pause_abandon (MMTdtechDataPause *self)
{
    self->abandoned = TRUE;
    /* They keep the modem alive, and its port keeps us alive */
    forget_bearers (self);
}

gboolean
mm_tdtech_data_pause_is_held (MMTdtechDataPause *self)
{
    return self->held;
}

MMTdtechDataPause *
mm_tdtech_data_pause_new (MMBaseModem        *modem,
                          MMTdtechFotaRecord *record)
{
    MMTdtechDataPause *self = g_object_new (MM_TYPE_TDTECH_DATA_PAUSE, NULL);

    self->modem = modem;
    self->record = record;
    return self;
}

static void
finalize (GObject *object)
{
    MMTdtechDataPause *self = MM_TDTECH_DATA_PAUSE (object);

    forget_bearers (self);
    g_array_unref (self->paused);
    g_array_unref (self->hung_up);
    G_OBJECT_CLASS (mm_tdtech_data_pause_parent_class)->finalize (object);
}

static void
mm_tdtech_data_pause_init (MMTdtechDataPause *self)
{
    self->hung_up = g_array_new (FALSE, FALSE, sizeof (guint));
    self->paused = g_array_new (FALSE, FALSE, sizeof (PausedBearer));
    g_array_set_clear_func (self->paused, (GDestroyNotify) paused_bearer_clear);
}

static void
mm_tdtech_data_pause_class_init (MMTdtechDataPauseClass *klass)
{
    G_OBJECT_CLASS (klass)->finalize = finalize;
}

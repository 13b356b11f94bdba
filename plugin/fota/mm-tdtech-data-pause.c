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

/* Queries, one second apart, until the sessions are down */
#define DOWN_READINGS_MAX 10
/* Retries after an unreadable answer */
#define UNREADABLE_MAX 3
/* Attempts to restore auto-dial */
#define AUTODIAL_TRIES_MAX 3

struct _MMTdtechDataPause {
    GObject              parent;
    MMBaseModem         *modem;     /* owns this */
    MMTdtechFotaRecord  *record;    /* shared with the owner */
    gboolean             held;
    gboolean             abandoned;
    GArray              *paused;    /* PausedBearer: to be reconnected */
    MMTdtechHangUpWatch *watch;     /* while there are any */
    GArray              *hung_up;   /* guint: PDP contexts that their users hung up meanwhile */
};

/* A bearer restores its own session; if the bearer has been deleted, the session is not restored */
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

/* One that is connecting does not count: it is refused while the data path is held */
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

/* Its index; the number of sessions if it is not recorded */
static guint
find_session (const MMTdtechFotaRecordData *data,
              guint                         cid)
{
    guint i = 0;

    while (i < data->n_sessions && data->sessions[i] != cid)
        i++;
    return i;
}

static void
record_session (MMTdtechDataPause *self,
                guint              cid)
{
    MMTdtechFotaRecordData *data = mm_tdtech_fota_record_peek (self->record);

    if (find_session (data, cid) == data->n_sessions && data->n_sessions < G_N_ELEMENTS (data->sessions))
        data->sessions[data->n_sessions++] = cid;
}

static void
forget_session (MMTdtechDataPause *self,
                guint              cid)
{
    MMTdtechFotaRecordData *data = mm_tdtech_fota_record_peek (self->record);
    guint                   i = find_session (data, cid);

    if (i < data->n_sessions)
        data->sessions[i] = data->sessions[--data->n_sessions];
}

/* Whether a bearer had this session and restores it. After a restart of the daemon the bearers are
 * gone, so none does. */
static gboolean
is_of_bearer (MMTdtechDataPause *self,
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

/* The session must not be restored, not even by a restarted daemon, so it leaves the record as well */
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
/* Dialling and hanging up */

static void
run_for_sessions (MMTdtechDataPause   *self,
                  const GArray        *cids,
                  gchar             *(* build) (guint cid),
                  guint                timeout,
                  GAsyncReadyCallback  callback,
                  GTask               *task)
{
    g_autoptr(GPtrArray) commands = g_ptr_array_new_with_free_func (g_free);
    guint                i;

    for (i = 0; i < cids->len; i++)
        g_ptr_array_add (commands, build (g_array_index (cids, guint, i)));
    g_ptr_array_add (commands, NULL);
    mm_tdtech_commands_run (self->modem, (const gchar *const *) commands->pdata, MM_TDTECH_COMMANDS_EACH,
                            timeout, callback, task);
}

/*****************************************************************************/
/* Pausing. Each step calls the next one: auto-dial off, bearers down, sessions down and verified.
 * Defined in reverse order. */

typedef struct {
    MMBaseModem *modem;            /* kept alive while the task runs */
    guint        blockers;
    guint        readings;
    guint        unreadable;
    guint        n_disconnecting;
} PauseContext;

static void
pause_context_free (PauseContext *ctx)
{
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

static void
pause_fail (GTask  *task,
            GError *error)
{
    g_task_return_error (task, error);
    g_object_unref (task);
}

static void
pause_end (GTask *task)
{
    MMTdtechDataPause *self = g_task_get_source_object (task);
    PauseContext      *ctx = g_task_get_task_data (task);

    if (!ctx->blockers && mm_tdtech_data_pause_any_bearer_up (self))
        ctx->blockers |= MM_TDTECH_FOTA_BLOCKER_DATA;
    g_task_return_boolean (task, TRUE);
    g_object_unref (task);
}

static void
pause_end_blocked (GTask *task,
                   guint  blocker)
{
    PauseContext *ctx = g_task_get_task_data (task);

    ctx->blockers |= blocker;
    pause_end (task);
}

static void
hang_up_unlisted_ready (MMBaseModem  *modem,
                        GAsyncResult *res,
                        GTask        *task)
{
    g_autoptr(GPtrArray) answers = NULL;
    g_autoptr(GError)    error = NULL;

    /* The answer is "ERROR: Invalid" if no session is up */
    answers = mm_tdtech_commands_run_finish (modem, res, &error);
    if (!answers && mm_tdtech_commands_error_is_silence (error))
        pause_end_blocked (task, MM_TDTECH_FOTA_BLOCKER_DATA);
    else
        pause_end (task);
}

/* For a module that does not list its sessions, which is known from public code only: hang up
 * those that may be up. If another one still is, the module refuses ^FWUP. GUESS: auto-dial uses
 * CID 1. */
static void
hang_up_unlisted (GTask *task)
{
    MMTdtechDataPause      *self = g_task_get_source_object (task);
    MMTdtechFotaRecordData *data = mm_tdtech_fota_record_peek (self->record);
    g_autoptr(GArray)       cids = g_array_new (FALSE, FALSE, sizeof (guint));
    const guint             autodial_cid = 1;
    guint                   i;

    g_array_append_val (cids, autodial_cid);
    for (i = 0; i < data->n_sessions; i++) {
        if (data->sessions[i] != autodial_cid)
            g_array_append_val (cids, data->sessions[i]);
    }
    run_for_sessions (self, cids, mm_tdtech_build_ndisdup_down, MM_TDTECH_COMMAND_TIMEOUT,
                      (GAsyncReadyCallback) hang_up_unlisted_ready, task);
}

static void read_sessions (GTask *task);

static gboolean
read_sessions_again (GTask *task)
{
    read_sessions (task);
    return G_SOURCE_REMOVE;
}

static void
hang_up_listed_ready (MMBaseModem  *modem,
                      GAsyncResult *res,
                      GTask        *task)
{
    PauseContext *ctx = g_task_get_task_data (task);
    GPtrArray    *answers;

    /* Only the next reading counts. The answer is "ERROR: Invalid" if the session was down already. */
    answers = mm_tdtech_commands_run_finish (modem, res, NULL);
    g_clear_pointer (&answers, g_ptr_array_unref);
    if (ctx->readings == 1)
        read_sessions (task);
    else
        g_timeout_add_seconds (1, (GSourceFunc) read_sessions_again, task);
}

static void
sessions_unreadable (GTask        *task,
                     const GError *error)
{
    MMTdtechDataPause *self = g_task_get_source_object (task);
    PauseContext      *ctx = g_task_get_task_data (task);

    mm_obj_dbg (ctx->modem, "couldn't read whether data sessions are up: %s", error->message);
    if (!mm_tdtech_data_pause_has_ndis (self))
        pause_end (task);
    else if (++ctx->unreadable < UNREADABLE_MAX)
        g_timeout_add_seconds (1, (GSourceFunc) read_sessions_again, task);
    else
        hang_up_unlisted (task);
}

static void
read_sessions_ready (MMBaseModem  *modem,
                     GAsyncResult *res,
                     GTask        *task)
{
    MMTdtechDataPause      *self = g_task_get_source_object (task);
    MMTdtechFotaRecordData *data = mm_tdtech_fota_record_peek (self->record);
    PauseContext           *ctx = g_task_get_task_data (task);
    g_autoptr(GArray)       cids = g_array_new (FALSE, FALSE, sizeof (guint));
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

    for (i = 0; i < sessions->len; i++) {
        const MMTdtechNdisstat *session = &g_array_index (sessions, MMTdtechNdisstat, i);
        guint                   cid = mm_tdtech_session_get_cid (session);

        if (session->state == MM_TDTECH_NDIS_DISCONNECTED)
            continue;
        g_array_append_val (cids, cid);
        /* One that its user is hanging up just now, or has hung up, is not restored */
        if (session->state != MM_TDTECH_NDIS_DISCONNECTING && !was_hung_up (self, cid))
            record_session (self, cid);
    }

    if (cids->len == 0)
        pause_end (task);
    else if (ctx->readings++ < DOWN_READINGS_MAX) {
        save (self);
        run_for_sessions (self, cids, mm_tdtech_build_ndisdup_down, MM_TDTECH_COMMAND_TIMEOUT,
                          (GAsyncReadyCallback) hang_up_listed_ready, task);
    } else
        pause_end_blocked (task, data->autodial ? MM_TDTECH_FOTA_BLOCKER_AUTO_DIAL : MM_TDTECH_FOTA_BLOCKER_DATA);
}

static void
read_sessions (GTask *task)
{
    PauseContext *ctx = g_task_get_task_data (task);

    mm_tdtech_sessions_read (ctx->modem, (GAsyncReadyCallback) read_sessions_ready, task);
}

static void
bearer_disconnect_ready (MMBaseBearer *bearer,
                         GAsyncResult *res,
                         GTask        *task)
{
    PauseContext      *ctx = g_task_get_task_data (task);
    g_autoptr(GError)  error = NULL;

    if (!mm_base_bearer_disconnect_finish (bearer, res, &error))
        mm_obj_dbg (ctx->modem, "couldn't pause %s: %s", mm_base_bearer_get_path (bearer), error->message);
    if (is_up (bearer))
        ctx->blockers |= MM_TDTECH_FOTA_BLOCKER_DATA;

    if (--ctx->n_disconnecting > 0)
        return;
    if (ctx->blockers)
        pause_end (task);
    else
        read_sessions (task);
}

static void
disconnect_bearers (GTask *task)
{
    MMTdtechDataPause    *self = g_task_get_source_object (task);
    PauseContext         *ctx = g_task_get_task_data (task);
    g_autoptr(GPtrArray)  busy = list_busy_bearers (self);
    guint                 i;

    if (busy->len == 0) {
        read_sessions (task);
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
            record_session (self, (guint) cid);
    }
    save (self);

    ctx->n_disconnecting = busy->len;
    for (i = 0; i < busy->len; i++)
        mm_base_bearer_disconnect (busy->pdata[i], (GAsyncReadyCallback) bearer_disconnect_ready, task);
}

static void
autodial_off_ready (MMBaseModem  *modem,
                    GAsyncResult *res,
                    GTask        *task)
{
    g_autofree gchar  *answer = NULL;
    g_autoptr(GError)  error = NULL;

    answer = mm_tdtech_commands_run_one_finish (modem, res, &error);
    if (answer) {
        disconnect_bearers (task);
        return;
    }
    mm_obj_dbg (modem, "couldn't switch auto-dial off: %s", error->message);
    pause_end_blocked (task, MM_TDTECH_FOTA_BLOCKER_AUTO_DIAL);
}

static void read_autodial (GTask *task);

static void
autodial_unreadable (GTask  *task,
                     GError *error)
{
    PauseContext *ctx = g_task_get_task_data (task);

    if (mm_tdtech_commands_error_is_silence (error))
        pause_fail (task, g_error_copy (error));
    else if (++ctx->unreadable < UNREADABLE_MAX)
        read_autodial (task);
    else {
        /* Modules without the command refuse it each time, and have no auto-dial */
        ctx->unreadable = 0;
        disconnect_bearers (task);
    }
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
    g_autofree gchar       *answer = NULL;
    g_autoptr(GError)       error = NULL;

    answer = mm_tdtech_commands_run_one_finish (modem, res, &error);
    if (!answer) {
        autodial_unreadable (task, error);
        return;
    }
    ctx->unreadable = 0;

    if (!mm_tdtech_parse_setautodial (answer, &autodial, &error)) {
        pause_fail (task, g_steal_pointer (&error));
        return;
    }

    if (!autodial.enabled) {
        mm_tdtech_autodial_clear (&autodial);
        disconnect_bearers (task);
        return;
    }

    g_free (data->autodial);
    data->autodial = g_steal_pointer (&autodial.setting);
    if (!save (self)) {
        /* Otherwise it could not be restored after a crash */
        pause_fail (task, g_error_new_literal (MM_CORE_ERROR, MM_CORE_ERROR_FAILED,
                                               "the auto-dial setting can't be saved"));
        return;
    }
    mm_tdtech_commands_run_one (modem, "^SETAUTODIAL=0", MM_TDTECH_COMMAND_TIMEOUT,
                                (GAsyncReadyCallback) autodial_off_ready, task);
}

static void
read_autodial (GTask *task)
{
    PauseContext *ctx = g_task_get_task_data (task);

    mm_tdtech_commands_run_one (ctx->modem, "^SETAUTODIAL?", MM_TDTECH_COMMAND_TIMEOUT,
                                (GAsyncReadyCallback) read_autodial_ready, task);
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
    task = g_task_new (self, NULL, callback, user_data);
    g_task_set_task_data (task, ctx, (GDestroyNotify) pause_context_free);

    mm_tdtech_data_pause_hold (self);
    read_autodial (task);
}

/*****************************************************************************/
/* Restoring */

typedef struct {
    MMBaseModem *modem;            /* kept alive while the task runs */
    gboolean     flashed;
    gboolean     unanswered;       /* the module did not answer the dial commands */
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

/* Restored sessions leave the record: their users may hang them up from now on */
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

    /* It fails if a connection manager was faster */
    if (!mm_base_bearer_connect_finish (bearer, res, &error))
        mm_obj_msg (self->modem, "couldn't reconnect %s: %s", mm_base_bearer_get_path (bearer), error->message);
    if (--ctx->n_connecting == 0)
        restore_end (task);
}

/* Not if the modem was disabled meanwhile */
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
restore_sessions_ready (MMBaseModem  *modem,
                        GAsyncResult *res,
                        GTask        *task)
{
    RestoreContext       *ctx = g_task_get_task_data (task);
    g_autoptr(GPtrArray)  answers = NULL;
    g_autoptr(GError)     error = NULL;

    answers = mm_tdtech_commands_run_finish (modem, res, &error);
    if (!answers) {
        mm_obj_dbg (modem, "couldn't restore the data sessions: %s", error->message);
        ctx->unanswered = mm_tdtech_commands_error_is_silence (error);
    }
    connect_bearers (task);
}

/* Restores sessions without a bearer: dialled by others, or by bearers of an earlier run of the daemon.
 * They use the PDP contexts that the module still has; a bearer that connects later finds them up. */
static void
restore_sessions (GTask *task)
{
    MMTdtechDataPause      *self = g_task_get_source_object (task);
    MMTdtechFotaRecordData *data = mm_tdtech_fota_record_peek (self->record);
    RestoreContext         *ctx = g_task_get_task_data (task);
    g_autoptr(GArray)       cids = g_array_new (FALSE, FALSE, sizeof (guint));
    guint                   i;

    if (ctx->flashed) {
        restore_end (task);
        return;
    }
    for (i = 0; i < data->n_sessions; i++) {
        if (!is_of_bearer (self, data->sessions[i]))
            g_array_append_val (cids, data->sessions[i]);
    }
    if (cids->len == 0) {
        connect_bearers (task);
        return;
    }
    run_for_sessions (self, cids, mm_tdtech_build_ndisdup_up, MM_TDTECH_COMMAND_TIMEOUT_LONG,
                      (GAsyncReadyCallback) restore_sessions_ready, task);
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
    g_autofree gchar       *answer = NULL;
    g_autoptr(GError)       error = NULL;

    answer = mm_tdtech_commands_run_one_finish (modem, res, &error);
    if (answer) {
        g_clear_pointer (&data->autodial, g_free);
        save (self);
    } else if (++ctx->autodial_tries < AUTODIAL_TRIES_MAX) {
        restore_autodial (task);
        return;
    } else
        /* It stays in the record: retried when the module comes back */
        mm_obj_warn (modem, "couldn't restore auto-dial: %s", error->message);
    restore_sessions (task);
}

static void
restore_autodial (GTask *task)
{
    MMTdtechDataPause      *self = g_task_get_source_object (task);
    MMTdtechFotaRecordData *data = mm_tdtech_fota_record_peek (self->record);
    g_autofree gchar       *command = NULL;
    g_autoptr(GError)       error = NULL;

    if (!data->autodial) {
        restore_sessions (task);
        return;
    }
    command = mm_tdtech_build_setautodial (data->autodial, &error);
    if (!command) {
        mm_obj_warn (self->modem, "couldn't restore auto-dial: %s", error->message);
        g_clear_pointer (&data->autodial, g_free);
        restore_sessions (task);
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
    /* The bearers keep the modem alive, and its port keeps this object alive */
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

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mm-tdtech-fota-effects.h"

#include "mm-base-call.h"
#include "mm-call-list.h"
#include "mm-iface-modem-3gpp.h"
#include "mm-iface-modem-voice.h"
#include "mm-log-object.h"
#include "mm-tdtech-at.h"
#include "mm-tdtech-commands.h"
#include "mm-tdtech-inhibitor.h"
#include "mm-tdtech-sessions.h"

/*****************************************************************************/
/* Outcomes */

void
mm_tdtech_fota_effect_outcome_free (MMTdtechFotaEffectOutcome *outcome)
{
    mm_tdtech_version_clear (&outcome->version);
    mm_tdtech_fotastate_clear (&outcome->state);
    g_free (outcome->revision);
    g_free (outcome->words);
    g_slice_free (MMTdtechFotaEffectOutcome, outcome);
}

static MMTdtechFotaEffectOutcome *
outcome_new (MMTdtechFotaInputKind kind)
{
    MMTdtechFotaEffectOutcome *outcome = g_slice_new0 (MMTdtechFotaEffectOutcome);

    outcome->input.kind = kind;
    return outcome;
}

static void
return_outcome (GTask                     *task,
                MMTdtechFotaEffectOutcome *outcome)
{
    g_task_return_pointer (task, outcome, (GDestroyNotify) mm_tdtech_fota_effect_outcome_free);
    g_object_unref (task);
}

static void
return_kind (GTask                 *task,
             MMTdtechFotaInputKind  kind)
{
    return_outcome (task, outcome_new (kind));
}

static void
return_blockers (GTask *task,
                 guint  blockers)
{
    MMTdtechFotaEffectOutcome *outcome = outcome_new (MM_TDTECH_FOTA_INPUT_DONE);

    outcome->input.blockers = blockers;
    return_outcome (task, outcome);
}

static void
return_error (GTask        *task,
              const GError *error)
{
    MMTdtechFotaEffectContext *ctx = g_task_get_task_data (task);
    MMTdtechFotaEffectOutcome *outcome;

    mm_obj_dbg (ctx->modem, "firmware, %s: %s",
                mm_tdtech_fota_phase_get_name (ctx->machine->phase), error->message);
    if (mm_tdtech_commands_error_is_silence (error)) {
        return_kind (task, MM_TDTECH_FOTA_INPUT_SILENT);
        return;
    }
    outcome = outcome_new (MM_TDTECH_FOTA_INPUT_FAILED);
    if (error->domain == MM_MOBILE_EQUIPMENT_ERROR) {
        outcome->words = g_strdup (error->message);
        outcome->input.words = outcome->words;
    }
    return_outcome (task, outcome);
}

MMTdtechFotaEffectOutcome *
mm_tdtech_fota_effect_run_finish (GAsyncResult *res)
{
    return g_task_propagate_pointer (G_TASK (res), NULL);
}

/*****************************************************************************/
/* Commands */

static void
run_commands (GTask                *task,
              const gchar *const   *commands,
              MMTdtechCommandsMode  mode,
              guint                 timeout,
              GAsyncReadyCallback   ready)
{
    MMTdtechFotaEffectContext *ctx = g_task_get_task_data (task);

    mm_tdtech_commands_run (ctx->modem, commands, mode, timeout, ready, task);
}

static void
run_command (GTask               *task,
             const gchar         *command,
             guint                timeout,
             GAsyncReadyCallback  ready)
{
    const gchar *commands[] = { command, NULL };

    run_commands (task, commands, MM_TDTECH_COMMANDS_ALL, timeout, ready);
}

/* NULL: the task was ended with an error, and its context is gone */
static GPtrArray *
take_answers (GTask        *task,
              MMBaseModem  *modem,
              GAsyncResult *res)
{
    g_autoptr(GError)  error = NULL;
    GPtrArray         *answers;

    answers = mm_tdtech_commands_run_finish (modem, res, &error);
    if (!answers)
        return_error (task, error);
    return answers;
}

static void
done_ready (MMBaseModem  *modem,
            GAsyncResult *res,
            GTask        *task)
{
    g_autoptr(GPtrArray) answers = take_answers (task, modem, res);

    if (answers)
        return_kind (task, MM_TDTECH_FOTA_INPUT_DONE);
}

static void
send_command (GTask       *task,
              const gchar *command)
{
    run_command (task, command, MM_TDTECH_COMMAND_TIMEOUT, (GAsyncReadyCallback) done_ready);
}

/*****************************************************************************/
/* State */

static void
read_state_ready (MMBaseModem  *modem,
                  GAsyncResult *res,
                  GTask        *task)
{
    g_autoptr(GPtrArray)       answers = take_answers (task, modem, res);
    MMTdtechFotaEffectOutcome *outcome;

    if (!answers)
        return;
    outcome = outcome_new (MM_TDTECH_FOTA_INPUT_DONE);
    if (mm_tdtech_parse_fotastate (answers->pdata[0], &outcome->state, NULL)) {
        outcome->input.kind = MM_TDTECH_FOTA_INPUT_STATE_READ;
        outcome->input.state = &outcome->state;
    }
    return_outcome (task, outcome);
}

static void
read_state (GTask *task)
{
    run_command (task, "^FOTASTATE?", MM_TDTECH_COMMAND_TIMEOUT, (GAsyncReadyCallback) read_state_ready);
}

static void
inhibitor_ready (GObject      *source,
                 GAsyncResult *res,
                 GTask        *task)
{
    MMTdtechFotaEffectContext *ctx = g_task_get_task_data (task);
    g_autoptr(GError)          error = NULL;

    if (!mm_tdtech_inhibitor_take_finish (res, &error))
        mm_obj_dbg (ctx->modem, "sleep is not blocked: %s", error->message);
    read_state (task);
}

/* The last check before ^FWUP must be recent, so block sleep first */
static void
confirm_state (GTask *task)
{
    MMTdtechFotaEffectContext *ctx = g_task_get_task_data (task);

    mm_tdtech_inhibitor_take (ctx->key, NULL, (GAsyncReadyCallback) inhibitor_ready, task);
}

/*****************************************************************************/
/* Versions */

static void
read_version_ready (MMBaseModem  *modem,
                    GAsyncResult *res,
                    GTask        *task)
{
    g_autoptr(GPtrArray)       answers = take_answers (task, modem, res);
    MMTdtechFotaEffectOutcome *outcome;

    if (!answers)
        return;
    outcome = outcome_new (MM_TDTECH_FOTA_INPUT_DONE);
    /* A missing answer counts as one that cannot be read */
    if (mm_tdtech_parse_version (answers->pdata[0], &outcome->version, NULL))
        outcome->input.version = &outcome->version;
    outcome->revision = mm_tdtech_parse_cgmr (answers->pdata[1], NULL);
    outcome->input.revision = outcome->revision;
    return_outcome (task, outcome);
}

static void
read_version (GTask *task)
{
    static const gchar *const commands[] = { "^VERSION?", "+CGMR", NULL };

    run_commands (task, commands, MM_TDTECH_COMMANDS_EACH, MM_TDTECH_COMMAND_TIMEOUT,
                  (GAsyncReadyCallback) read_version_ready);
}

/*****************************************************************************/
/* Registration and calls */

guint
mm_tdtech_fota_known_registration_blockers (MMBaseModem *modem,
                                            guint        if_unknown)
{
    MMModem3gppRegistrationState state = MM_MODEM_3GPP_REGISTRATION_STATE_UNKNOWN;

    g_object_get (modem, MM_IFACE_MODEM_3GPP_REGISTRATION_STATE, &state, NULL);
    switch (state) {
    case MM_MODEM_3GPP_REGISTRATION_STATE_HOME:
    case MM_MODEM_3GPP_REGISTRATION_STATE_HOME_SMS_ONLY:
    case MM_MODEM_3GPP_REGISTRATION_STATE_HOME_CSFB_NOT_PREFERRED:
        return MM_TDTECH_FOTA_BLOCKER_NONE;
    case MM_MODEM_3GPP_REGISTRATION_STATE_ROAMING:
    case MM_MODEM_3GPP_REGISTRATION_STATE_ROAMING_SMS_ONLY:
    case MM_MODEM_3GPP_REGISTRATION_STATE_ROAMING_CSFB_NOT_PREFERRED:
        return MM_TDTECH_FOTA_BLOCKER_ROAMING;
    case MM_MODEM_3GPP_REGISTRATION_STATE_IDLE:
    case MM_MODEM_3GPP_REGISTRATION_STATE_SEARCHING:
    case MM_MODEM_3GPP_REGISTRATION_STATE_DENIED:
        return MM_TDTECH_FOTA_BLOCKER_NOT_REGISTERED;
    case MM_MODEM_3GPP_REGISTRATION_STATE_UNKNOWN:
    case MM_MODEM_3GPP_REGISTRATION_STATE_EMERGENCY_ONLY:
    case MM_MODEM_3GPP_REGISTRATION_STATE_ATTACHED_RLOS:
    default:
        return if_unknown;
    }
}

static void
find_call (MMBaseCall *call,
           gpointer    user_data)
{
    MMCallState  state = mm_base_call_get_state (call);
    gboolean    *found = user_data;

    if (state != MM_CALL_STATE_UNKNOWN && state != MM_CALL_STATE_TERMINATED)
        *found = TRUE;
}

guint
mm_tdtech_fota_known_call_blockers (MMBaseModem *modem)
{
    g_autoptr(MMCallList) calls = NULL;
    gboolean              found = FALSE;

    g_object_get (modem, MM_IFACE_MODEM_VOICE_CALL_LIST, &calls, NULL);
    if (calls)
        mm_call_list_foreach (calls, find_call, &found);
    return found ? MM_TDTECH_FOTA_BLOCKER_CALL : MM_TDTECH_FOTA_BLOCKER_NONE;
}

static guint
registration_blockers (MMTdtechRegistration registration)
{
    switch (registration) {
    case MM_TDTECH_REGISTRATION_HOME:
        return MM_TDTECH_FOTA_BLOCKER_NONE;
    case MM_TDTECH_REGISTRATION_ROAMING:
        return MM_TDTECH_FOTA_BLOCKER_ROAMING;
    case MM_TDTECH_REGISTRATION_NONE:
    default:
        return MM_TDTECH_FOTA_BLOCKER_NOT_REGISTERED;
    }
}

/* Registered if either says so */
static guint
read_registration_blockers (MMBaseModem *modem,
                            const gchar *cereg,
                            const gchar *c5greg)
{
    const gchar          *answers[] = { cereg, c5greg };
    MMTdtechRegistration  best = MM_TDTECH_REGISTRATION_NONE;
    gboolean              missing = FALSE;
    guint                 i;

    for (i = 0; i < G_N_ELEMENTS (answers); i++) {
        MMTdtechRegistration registration;

        if (!answers[i] || !mm_tdtech_parse_registration (answers[i], &registration, NULL))
            missing = TRUE;
        else if (registration == MM_TDTECH_REGISTRATION_HOME || best == MM_TDTECH_REGISTRATION_NONE)
            best = registration;
    }
    /* While the modem is enabled, ModemManager treats the answers as unsolicited lines and keeps
     * the registration state */
    if (missing && best == MM_TDTECH_REGISTRATION_NONE)
        return mm_tdtech_fota_known_registration_blockers (modem, MM_TDTECH_FOTA_BLOCKER_NOT_REGISTERED);
    return registration_blockers (best);
}

static void
read_registration_ready (MMBaseModem  *modem,
                         GAsyncResult *res,
                         GTask        *task)
{
    g_autoptr(GPtrArray) answers = take_answers (task, modem, res);

    if (answers)
        return_blockers (task, read_registration_blockers (modem, answers->pdata[1], answers->pdata[2]));
}

/* Before anything else (guide, preconditions) */
static void
read_registration (GTask *task)
{
    static const gchar *const commands[] = { "+COPS?", "+CEREG?", "+C5GREG?", NULL };

    run_commands (task, commands, MM_TDTECH_COMMANDS_EACH, MM_TDTECH_COMMAND_TIMEOUT,
                  (GAsyncReadyCallback) read_registration_ready);
}

static gboolean
read_sessions (const gchar *answer,
               guint       *blockers)
{
    g_autoptr(GArray) sessions = NULL;

    sessions = mm_tdtech_sessions_parse (answer, NULL);
    if (sessions && mm_tdtech_sessions_any (sessions))
        *blockers |= MM_TDTECH_FOTA_BLOCKER_DATA;
    return (sessions != NULL);
}

/* An unreadable answer may be a call. ModemManager learns of a call's end late or never, so ask
 * the module. Units without voice do not know the command. */
static gboolean
read_call_blockers (MMBaseModem *modem,
                    const gchar *clcc,
                    guint       *blockers)
{
    guint n_calls = 0;

    if (!clcc) {
        *blockers |= mm_tdtech_fota_known_call_blockers (modem);
        return TRUE;
    }
    if (!mm_tdtech_parse_clcc_count (clcc, &n_calls, NULL))
        return FALSE;
    if (n_calls > 0)
        *blockers |= MM_TDTECH_FOTA_BLOCKER_CALL;
    return TRUE;
}

/* An unsolicited line inside an answer looks like part of it. Repeat an unreadable query at
 * once, or the upgrade would wait a minute for nothing. */
#define MISREAD_MAX 3

static void
misread (GTask  *task,
         void  (*read_again) (GTask *task))
{
    MMTdtechFotaEffectContext *ctx = g_task_get_task_data (task);

    if (++ctx->n_misread == MISREAD_MAX)
        return_kind (task, MM_TDTECH_FOTA_INPUT_FAILED);
    else
        read_again (task);
}

static void read_conditions (GTask *task);

static void
read_conditions_ready (MMBaseModem  *modem,
                       GAsyncResult *res,
                       GTask        *task)
{
    g_autoptr(GPtrArray) answers = take_answers (task, modem, res);
    guint                blockers;

    if (!answers)
        return;
    blockers = read_registration_blockers (modem, answers->pdata[0], answers->pdata[1]);
    if (!read_call_blockers (modem, answers->pdata[2], &blockers)) {
        misread (task, read_conditions);
        return;
    }
    return_blockers (task, blockers);
}

static void
read_conditions (GTask *task)
{
    static const gchar *const commands[] = { "+CEREG?", "+C5GREG?", "+CLCC", NULL };

    run_commands (task, commands, MM_TDTECH_COMMANDS_EACH, MM_TDTECH_COMMAND_TIMEOUT,
                  (GAsyncReadyCallback) read_conditions_ready);
}

static void read_use (GTask *task);

static void
read_use_ready (MMBaseModem  *modem,
                GAsyncResult *res,
                GTask        *task)
{
    g_autoptr(GPtrArray) answers = take_answers (task, modem, res);
    guint                blockers = MM_TDTECH_FOTA_BLOCKER_NONE;

    if (!answers)
        return;
    /* An unreadable answer may be a session that auto-dial brought up again */
    if (!read_call_blockers (modem, answers->pdata[0], &blockers) ||
        (answers->len > 1 && answers->pdata[1] && !read_sessions (answers->pdata[1], &blockers))) {
        misread (task, read_use);
        return;
    }
    return_blockers (task, blockers);
}

/* The last check before ^FWUP, with data down: only what may have started meanwhile */
static void
read_use (GTask *task)
{
    static const gchar *const commands[] = { "+CLCC", MM_TDTECH_SESSIONS_COMMAND, NULL };
    static const gchar *const call_commands[] = { "+CLCC", NULL };
    MMTdtechFotaEffectContext *ctx = g_task_get_task_data (task);

    /* QMI and MBIM units have their bearers */
    run_commands (task, mm_tdtech_data_pause_has_ndis (ctx->data_pause) ? commands : call_commands,
                  MM_TDTECH_COMMANDS_EACH, MM_TDTECH_COMMAND_TIMEOUT,
                  (GAsyncReadyCallback) read_use_ready);
}

/*****************************************************************************/
/* Query and download */

static void
set_mode (GTask *task)
{
    MMTdtechFotaEffectContext *ctx = g_task_get_task_data (task);
    g_autofree gchar          *command = NULL;

    command = mm_tdtech_build_fotamode (ctx->machine->kept.verb != MM_TDTECH_FOTA_VERB_CHECK);
    send_command (task, command);
}

static gboolean
append_sslmng (GPtrArray        *commands,
               MMTdtechSslFile   file,
               const gchar      *pem,
               GError          **error)
{
    g_auto(GStrv) strv = NULL;
    guint         i;

    if (!pem)
        return TRUE;
    strv = mm_tdtech_build_sslmng (file, pem, error);
    if (!strv)
        return FALSE;
    for (i = 0; strv[i]; i++)
        g_ptr_array_add (commands, g_strdup (strv[i]));
    return TRUE;
}

/* The module loses TLS settings at power-off: send them before every query (guide) */
static void
set_tls (GTask *task)
{
    MMTdtechFotaEffectContext *ctx = g_task_get_task_data (task);
    const MMTdtechFotaOptions *options = ctx->options;
    g_autoptr(GPtrArray)       commands = g_ptr_array_new_with_free_func (g_free);
    g_autoptr(GError)          error = NULL;
    gchar                     *sslcfg;

    if (!append_sslmng (commands, MM_TDTECH_SSL_CA, options->tls_ca, &error) ||
        !append_sslmng (commands, MM_TDTECH_SSL_CERTIFICATE, options->tls_certificate, &error) ||
        !append_sslmng (commands, MM_TDTECH_SSL_KEY, options->tls_key, &error) ||
        !(sslcfg = mm_tdtech_build_sslcfg (options->tls_verify, &error))) {
        return_error (task, error);
        return;
    }
    g_ptr_array_add (commands, sslcfg);
    g_ptr_array_add (commands, NULL);
    run_commands (task, (const gchar *const *) commands->pdata, MM_TDTECH_COMMANDS_ALL,
                  MM_TDTECH_COMMAND_TIMEOUT, (GAsyncReadyCallback) done_ready);
}

static void
query (GTask *task)
{
    MMTdtechFotaEffectContext *ctx = g_task_get_task_data (task);
    MMTdtechFotaRecordData    *data = mm_tdtech_fota_record_peek (ctx->record);
    g_autofree gchar          *command = NULL;
    g_autofree gchar          *mode = NULL;
    g_autoptr(GError)          error = NULL;
    const gchar               *commands[] = { NULL, NULL, NULL };

    command = mm_tdtech_build_fotaoemdl (data->asked_url ? data->asked_url : data->url, &error);
    if (!command) {
        return_error (task, error);
        return;
    }
    if (!ctx->machine->requeried) {
        send_command (task, command);
        return;
    }

    /* The module passed through state 12 unseen: without automatic download it stays there */
    mode = mm_tdtech_build_fotamode (FALSE);
    commands[0] = mode;
    commands[1] = command;
    run_commands (task, commands, MM_TDTECH_COMMANDS_ALL, MM_TDTECH_COMMAND_TIMEOUT, (GAsyncReadyCallback) done_ready);
}

static void
read_progress_ready (MMBaseModem  *modem,
                     GAsyncResult *res,
                     GTask        *task)
{
    MMTdtechFotaEffectContext *ctx = g_task_get_task_data (task);
    g_autoptr(GPtrArray)       answers = NULL;
    MMTdtechFotadlq            progress = { 0 };
    MMTdtechFotaEffectOutcome *outcome;
    g_autoptr(GError)          error = NULL;

    answers = mm_tdtech_commands_run_finish (modem, res, &error);
    if (!answers || !mm_tdtech_parse_fotadlq (answers->pdata[0], &progress, &error)) {
        mm_tdtech_fota_progress_unanswered (ctx->progress);
        return_error (task, error);
        return;
    }
    mm_tdtech_fota_progress_update (ctx->progress, &progress, g_get_monotonic_time ());
    mm_tdtech_fotadlq_clear (&progress);

    /* A state line may have been lost: the download is complete, or stalled */
    outcome = outcome_new (MM_TDTECH_FOTA_INPUT_DONE);
    outcome->input.ask_state = mm_tdtech_fota_progress_is_stalled (ctx->progress);
    return_outcome (task, outcome);
}

/*****************************************************************************/
/* Data and ^FWUP */

static void
pause_data_ready (MMTdtechDataPause *data_pause,
                  GAsyncResult      *res,
                  GTask             *task)
{
    g_autoptr(GError) error = NULL;
    guint             blockers = MM_TDTECH_FOTA_BLOCKER_NONE;

    if (mm_tdtech_data_pause_pause_finish (data_pause, res, &blockers, &error))
        return_blockers (task, blockers);
    else
        return_error (task, error);
}

static void
restore_data_ready (MMTdtechDataPause *data_pause,
                    GAsyncResult      *res,
                    GTask             *task)
{
    mm_tdtech_data_pause_restore_finish (data_pause, res, NULL);
    return_kind (task, MM_TDTECH_FOTA_INPUT_DONE);
}

static void
flash (GTask *task)
{
    MMTdtechFotaEffectContext *ctx = g_task_get_task_data (task);

    /* I3: no bearer may have connected since they were verified down, and no call may have
     * started; for earlier calls the module is the authority. I5: without a record the outcome
     * would be lost with the daemon. */
    if (!ctx->saved || mm_tdtech_data_pause_any_bearer_up (ctx->data_pause) ||
        (ctx->call_begun && mm_tdtech_fota_known_call_blockers (ctx->modem))) {
        MMTdtechFotaEffectOutcome *outcome = outcome_new (MM_TDTECH_FOTA_INPUT_FAILED);

        outcome->input.fatal = !ctx->saved;
        return_outcome (task, outcome);
        return;
    }
    send_command (task, "^FWUP");
}

/*****************************************************************************/

static void
effect_context_free (MMTdtechFotaEffectContext *ctx)
{
    g_object_unref (ctx->modem);
    g_free (ctx);
}

void
mm_tdtech_fota_effect_run (const MMTdtechFotaEffectContext *context,
                           MMTdtechFotaEffect               effect,
                           GAsyncReadyCallback              callback,
                           gpointer                         user_data)
{
    MMTdtechFotaEffectContext *ctx = g_memdup2 (context, sizeof (*context));
    GTask                     *task;

    /* The modem may be disposed of meanwhile but must not be freed */
    g_object_ref (ctx->modem);
    task = g_task_new (NULL, NULL, callback, user_data);
    g_task_set_task_data (task, ctx, (GDestroyNotify) effect_context_free);

    switch (effect) {
    case MM_TDTECH_FOTA_EFFECT_READ_STATE:
        if (ctx->machine->phase == MM_TDTECH_FOTA_PHASE_CONFIRM)
            confirm_state (task);
        else
            read_state (task);
        return;
    case MM_TDTECH_FOTA_EFFECT_READ_VERSION:
        read_version (task);
        return;
    case MM_TDTECH_FOTA_EFFECT_READ_REGISTRATION:
        read_registration (task);
        return;
    case MM_TDTECH_FOTA_EFFECT_READ_CONDITIONS:
        read_conditions (task);
        return;
    case MM_TDTECH_FOTA_EFFECT_READ_USE:
        read_use (task);
        return;
    case MM_TDTECH_FOTA_EFFECT_SET_MODE:
        set_mode (task);
        return;
    case MM_TDTECH_FOTA_EFFECT_SET_TLS:
        set_tls (task);
        return;
    case MM_TDTECH_FOTA_EFFECT_QUERY:
        query (task);
        return;
    case MM_TDTECH_FOTA_EFFECT_DOWNLOAD:
        send_command (task, "^FOTADL=1");
        return;
    case MM_TDTECH_FOTA_EFFECT_STOP:
        send_command (task, "^FOTADL=0");
        return;
    case MM_TDTECH_FOTA_EFFECT_READ_PROGRESS:
        run_command (task, "^FOTADLQ", MM_TDTECH_COMMAND_TIMEOUT_LONG, (GAsyncReadyCallback) read_progress_ready);
        return;
    case MM_TDTECH_FOTA_EFFECT_HANG_UP:
        send_command (task, "+CHUP");
        return;
    case MM_TDTECH_FOTA_EFFECT_PAUSE_DATA:
        mm_tdtech_data_pause_pause (ctx->data_pause, (GAsyncReadyCallback) pause_data_ready, task);
        return;
    case MM_TDTECH_FOTA_EFFECT_RESTORE_DATA:
        mm_tdtech_data_pause_restore (ctx->data_pause, ctx->flashed, (GAsyncReadyCallback) restore_data_ready, task);
        return;
    case MM_TDTECH_FOTA_EFFECT_FLASH:
        flash (task);
        return;
    case MM_TDTECH_FOTA_EFFECT_NONE:
    case MM_TDTECH_FOTA_EFFECT_LAST:
    default:
        g_assert_not_reached ();
    }
}

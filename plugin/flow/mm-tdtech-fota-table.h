/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * The flow of a firmware update: its phases and its table, and nothing else. Guards and actions are
 * in mm-tdtech-fota-rules.c, which is the one file that includes this; scripts/draw-flow draws it.
 */

#ifndef MM_TDTECH_FOTA_TABLE_H
#define MM_TDTECH_FOTA_TABLE_H

#include "mm-tdtech-fota-step.h"

/*****************************************************************************/
/* Phases: the effect requested on entry, whether Cancel would work, the state that callers see,
 * and the stage that a record keeps */

#define PHASE(phase, name, effect, interruptible, state, stage)         \
    [MM_TDTECH_FOTA_PHASE_##phase] = {                                  \
        name, MM_TDTECH_FOTA_EFFECT_##effect,                           \
        MM_TDTECH_FOTA_CANCEL_##interruptible,                          \
        MM_TDTECH_FOTA_STATE_##state, MM_TDTECH_FOTA_STAGE_##stage      \
    }

static const MMTdtechFotaPhaseInfo phases[MM_TDTECH_FOTA_PHASE_LAST] = {
    PHASE (START,                "start",                NONE,              NO,       UNKNOWN,      NONE),
    PHASE (ADOPT_STATE,          "adopt-state",          READ_STATE,        NO,       UNKNOWN,      NONE),
    PHASE (ADOPT_VERSION,        "adopt-version",        READ_VERSION,      NO,       UNKNOWN,      NONE),
    PHASE (REST,                 "rest",                 NONE,              BY_STATE, BY_MODULE,    NONE),
    PHASE (REST_VERSION,         "rest-version",         READ_VERSION,      BY_STATE, BY_MODULE,    NONE),

    PHASE (REGISTRATION,         "registration",         READ_REGISTRATION, ONCE,     BY_MODULE,    NONE),
    PHASE (VERSION,              "version",              READ_VERSION,      ONCE,     BY_MODULE,    NONE),
    PHASE (STATE,                "state",                READ_STATE,        ONCE,     BY_MODULE,    NONE),
    PHASE (CLEAR,                "clear",                STOP,              ONCE,     BY_MODULE,    NONE),
    PHASE (CLEARED,              "cleared",              READ_STATE,        ONCE,     BY_MODULE,    NONE),
    PHASE (MODE,                 "mode",                 SET_MODE,          ONCE,     BY_MODULE,    NONE),
    PHASE (TLS,                  "tls",                  SET_TLS,           ONCE,     BY_MODULE,    NONE),

    PHASE (QUERY,                "query",                QUERY,             ONCE,     CHECKING,     QUERY),
    PHASE (QUERY_UNSURE,         "query-unsure",         READ_STATE,        ONCE,     CHECKING,     QUERY),
    PHASE (CHECKING,             "checking",             NONE,              YES,      CHECKING,     QUERY),
    PHASE (CHECKING_POLL,        "checking-poll",        READ_STATE,        YES,      CHECKING,     QUERY),
    PHASE (DOWNLOADING,          "downloading",          NONE,              YES,      DOWNLOADING,  QUERY),
    PHASE (DOWNLOADING_PROGRESS, "downloading-progress", READ_PROGRESS,     YES,      DOWNLOADING,  QUERY),
    PHASE (DOWNLOADING_POLL,     "downloading-poll",     READ_STATE,        YES,      DOWNLOADING,  QUERY),
    PHASE (STOP,                 "stop",                 STOP,              NO,       BY_MODULE,    STOPPING),
    PHASE (STOPPED,              "stopped",              READ_STATE,        NO,       BY_MODULE,    STOPPING),
    PHASE (ENDING,               "ending",               NONE,              NO,       BY_MODULE,    STOPPING),
    PHASE (ENDING_POLL,          "ending-poll",          READ_STATE,        NO,       BY_MODULE,    STOPPING),

    PHASE (READ_OLD_VERSION,     "read-old-version",     READ_VERSION,      ONCE,     BY_MODULE,    WAITING),
    PHASE (DELAY,                "delay",                NONE,              YES,      WAITING,      WAITING),
    PHASE (CONDITIONS,           "conditions",           READ_CONDITIONS,   ONCE,     WAITING,      WAITING),
    PHASE (HANG_UP,              "hang-up",              HANG_UP,           ONCE,     WAITING,      WAITING),
    PHASE (BLOCKED,              "blocked",              NONE,              YES,      WAITING,      WAITING),
    PHASE (PAUSE,                "pause",                PAUSE_DATA,        ONCE,     PAUSING_DATA, WAITING),
    PHASE (RECHECK,              "recheck",              READ_USE,          ONCE,     PAUSING_DATA, WAITING),
    PHASE (UNPAUSE,              "unpause",              RESTORE_DATA,      ONCE,     WAITING,      WAITING),
    PHASE (CONFIRM,              "confirm",              READ_STATE,        ONCE,     PAUSING_DATA, WAITING),
    PHASE (FLASH,                "flash",                FLASH,             NO,       UPGRADING,    FLASHING),
    PHASE (FLASH_ACCEPTED,       "flash-accepted",       NONE,              NO,       UPGRADING,    FLASHING),
    PHASE (FLASH_ACCEPTED_POLL,  "flash-accepted-poll",  READ_STATE,        NO,       UPGRADING,    FLASHING),
    PHASE (REFUSED,              "refused",              NONE,              YES,      WAITING,      WAITING),
    PHASE (UPGRADING,            "upgrading",            NONE,              NO,       UPGRADING,    UPGRADING),
    PHASE (UPGRADING_POLL,       "upgrading-poll",       READ_STATE,        NO,       UPGRADING,    UPGRADING),
    PHASE (VERIFY,               "verify",               READ_VERSION,      NO,       VERIFYING,    UPGRADING),
    PHASE (VERIFY_LATER,         "verify-later",         NONE,              NO,       VERIFYING,    UPGRADING),
    PHASE (VERIFY_STATE,         "verify-state",         READ_STATE,        NO,       VERIFYING,    UPGRADING),
    PHASE (RESTORE,              "restore",              RESTORE_DATA,      NO,       PAUSING_DATA, RESTORING),
};

/*****************************************************************************/
/* Masks of the table: of phases, of inputs, and of the module's states */

#define IN_PHASE(phase) (G_GUINT64_CONSTANT (1) << MM_TDTECH_FOTA_PHASE_##phase)
#define ON(input)       (1u << MM_TDTECH_FOTA_INPUT_##input)
#define STATE(n)        (1u << MM_TDTECH_FOTA_STATE_CLASS_##n)

#define MASK_ANY          (IN_PHASE (LAST) - 1)
#define MASK_RESTING      (IN_PHASE (REST) | IN_PHASE (REST_VERSION))
#define MASK_PRECONDITION (IN_PHASE (REGISTRATION) | IN_PHASE (VERSION) | IN_PHASE (STATE) | \
                           IN_PHASE (CLEAR) | IN_PHASE (CLEARED) | IN_PHASE (MODE) | IN_PHASE (TLS))
#define MASK_CHECKING     (IN_PHASE (CHECKING) | IN_PHASE (CHECKING_POLL))
#define MASK_DOWNLOADING  (IN_PHASE (DOWNLOADING) | IN_PHASE (DOWNLOADING_PROGRESS) | IN_PHASE (DOWNLOADING_POLL))
#define MASK_STOPPING     (IN_PHASE (STOP) | IN_PHASE (STOPPED) | IN_PHASE (ENDING) | IN_PHASE (ENDING_POLL))
#define MASK_ASKING       (IN_PHASE (CONDITIONS) | IN_PHASE (HANG_UP) | IN_PHASE (PAUSE) | IN_PHASE (RECHECK) | \
                           IN_PHASE (UNPAUSE) | IN_PHASE (CONFIRM))
#define MASK_WAITING      (IN_PHASE (DELAY) | MASK_ASKING | IN_PHASE (BLOCKED) | IN_PHASE (REFUSED))
#define MASK_FLASHING     (IN_PHASE (FLASH) | IN_PHASE (FLASH_ACCEPTED) | IN_PHASE (FLASH_ACCEPTED_POLL))
#define MASK_VERIFYING    (IN_PHASE (VERIFY) | IN_PHASE (VERIFY_LATER) | IN_PHASE (VERIFY_STATE))

#define MASK_ERRORS       (ON (FAILED) | ON (SILENT))
#define MASK_REPLY        (ON (DONE) | MASK_ERRORS | ON (STATE_READ))
#define MASK_NEWS         (ON (STATE_READ) | ON (STATE_LINE))

#define MASK_ENDED        (STATE (10) | STATE (13) | STATE (14) | STATE (20))
#define MASK_CLEARABLE    (STATE (12) | STATE (13) | STATE (14) | STATE (20) | STATE (70) | STATE (90))

#define ERROR(error) MM_TDTECH_FOTA_ERROR_##error
#define TO(phase)    MM_TDTECH_FOTA_PHASE_##phase

/*****************************************************************************/
/* The table: the first transition that matches is run */

static const MMTdtechFotaTransition table[] = {
    /* The module is there: recover what was in progress */
    { IN_PHASE (START),         ON (START), 0,          NULL,          NO_RESULT,              NULL,               TO (ADOPT_STATE) },
    { IN_PHASE (ADOPT_STATE),   MASK_REPLY, 0,          NULL,          NO_RESULT,              NULL,               TO (ADOPT_VERSION) },
    { IN_PHASE (ADOPT_VERSION), MASK_REPLY, 0,          was_restoring, NO_RESULT,              NULL,               TO (RESTORE) },
    { IN_PHASE (ADOPT_VERSION), MASK_REPLY, STATE (50), was_upgrading, NO_RESULT,              limit_upgrade,      TO (UPGRADING) },
    { IN_PHASE (ADOPT_VERSION), MASK_REPLY, STATE (70), was_upgrading, ERROR (UPGRADE_FAILED), set_verdict,        TO (RESTORE) },
    { IN_PHASE (ADOPT_VERSION), MASK_REPLY, 0,          was_upgrading, NO_RESULT,              NULL,               TO (VERIFY) },
    { IN_PHASE (ADOPT_VERSION), MASK_REPLY, STATE (40), was_flashing,  NO_RESULT,              do_not_flash_again, TO (FLASH_ACCEPTED) },
    { IN_PHASE (ADOPT_VERSION), MASK_REPLY, STATE (50), was_flashing,  NO_RESULT,              start_upgrade,      TO (UPGRADING) },
    { IN_PHASE (ADOPT_VERSION), MASK_REPLY, STATE (70), was_flashing,  ERROR (UPGRADE_FAILED), set_verdict,        TO (RESTORE) },
    { IN_PHASE (ADOPT_VERSION), MASK_REPLY, 0,          was_flashing,  NO_RESULT,              start_upgrade,      TO (VERIFY) },
    { IN_PHASE (ADOPT_VERSION), MASK_REPLY, STATE (50), was_waiting,   NO_RESULT,              start_upgrade,      TO (UPGRADING) },
    { IN_PHASE (ADOPT_VERSION), MASK_REPLY, 0,          was_waiting,   ERROR (ABORTED),        NULL,               TO (RESTORE) },
    { IN_PHASE (ADOPT_VERSION), MASK_REPLY, MASK_ENDED, was_stopping,  NO_RESULT,              NULL,               TO (REST) },
    { IN_PHASE (ADOPT_VERSION), MASK_REPLY, STATE (50), was_stopping,  NO_RESULT,              start_upgrade,      TO (UPGRADING) },
    { IN_PHASE (ADOPT_VERSION), MASK_REPLY, 0,          was_stopping,  NO_RESULT,              NULL,               TO (STOP) },
    { IN_PHASE (ADOPT_VERSION), MASK_REPLY, 0,          was_querying,  NO_RESULT,              NULL,               RESYNC },
    { IN_PHASE (ADOPT_VERSION), ON (DONE) | MASK_ERRORS, 0, NULL,      NO_RESULT,              NULL,               TO (REST) },

    /* At rest */
    { MASK_RESTING,            ON (VERB),       0,               NULL,               NO_RESULT, begin,              TO (REGISTRATION) },
    { MASK_RESTING,            ON (CANCEL),     STATE (12),      is_followed,        NO_RESULT, stop_for_discard,   TO (STOP) },
    { MASK_RESTING,            ON (CANCEL),     STATE (11),      is_set_aside,       NO_RESULT, stop_for_discard,   TO (STOP) },
    { MASK_RESTING,            ON (CANCEL),     STATE (31) | STATE (40), NULL,       NO_RESULT, stop_for_discard,   TO (STOP) },
    { MASK_RESTING,            ON (STATE_LINE), STATE (50),      is_followed,        NO_RESULT, adopt_upgrade,      TO (UPGRADING) },
    { MASK_RESTING,            ON (STATE_LINE), STATE (30),      only_checked,       NO_RESULT, stop_unasked,       TO (STOP) },
    { MASK_RESTING,            ON (STATE_LINE), STATE (30),      NULL,               NO_RESULT, begin_download,     TO (DOWNLOADING) },
    { MASK_RESTING,            ON (STATE_LINE), STATE (11),      is_followed,        NO_RESULT, note_unowned_query, TO (CHECKING) },
    { MASK_RESTING,            ON (STATE_LINE), STATE (12),      is_followed,        NO_RESULT, take_offer,         STAY },
    { IN_PHASE (REST),         ON (TIMER),      STATE (UNKNOWN), NULL,               NO_RESULT, poll,               TO (ADOPT_STATE) },
    { IN_PHASE (REST),         ON (TIMER),      0,               version_is_lacking, NO_RESULT, poll,               TO (REST_VERSION) },
    { IN_PHASE (REST_VERSION), ON (DONE) | MASK_ERRORS, 0,       NULL,               NO_RESULT, NULL,               TO (REST) },

    /* Before a query, and before an upgrade */
    { MASK_PRECONDITION | IN_PHASE (QUERY) | IN_PHASE (QUERY_UNSURE) | IN_PHASE (READ_OLD_VERSION),
                               ON (CANCEL),     0,          may_be_cancelled,           NO_RESULT,           cancel_later,    STAY },
    { MASK_PRECONDITION | IN_PHASE (READ_OLD_VERSION),
                               MASK_REPLY,      0,          was_cancelled,              ERROR (CANCELLED),   NULL,            TO (REST) },
    { IN_PHASE (REGISTRATION), ON (DONE),       0,          is_unregistered,            ERROR (CONDITIONS_NOT_MET), NULL,     TO (REST) },
    { IN_PHASE (REGISTRATION), ON (DONE),       0,          version_is_needed,          NO_RESULT,           NULL,            TO (VERSION) },
    { IN_PHASE (REGISTRATION), ON (DONE),       0,          NULL,                       NO_RESULT,           NULL,            TO (STATE) },
    { IN_PHASE (REGISTRATION), MASK_ERRORS,     0,          NULL,                       ERROR (CONDITIONS_NOT_MET), NULL,     TO (REST) },
    { IN_PHASE (VERSION),      MASK_REPLY,      0,          nothing_tells_what_runs,    ERROR (FAILED),      blame_version,   TO (REST) },
    { IN_PHASE (VERSION),      MASK_REPLY,      0,          NULL,                       NO_RESULT,           NULL,            TO (STATE) },
    { IN_PHASE (STATE),        ON (STATE_READ), STATE (40), package_is_surely_unwanted, ERROR (OTHER_VERSION_OFFERED), NULL,  TO (REST) },
    { IN_PHASE (STATE),        ON (STATE_READ), STATE (40), is_upgrade,                 NO_RESULT,           NULL,            TO (READ_OLD_VERSION) },
    { IN_PHASE (STATE),        ON (STATE_READ), STATE (31), is_resume,                  NO_RESULT,           NULL,            TO (MODE) },
    { IN_PHASE (STATE),        ON (STATE_READ), STATE (10), is_query,                   NO_RESULT,           NULL,            TO (MODE) },
    { IN_PHASE (STATE),        ON (STATE_READ), STATE (12), unwanted_is_there,          ERROR (OTHER_VERSION_OFFERED), NULL,  TO (REST) },
    { IN_PHASE (STATE),        ON (STATE_READ), STATE (12), downloads_what_is_there,    NO_RESULT,           NULL,            TO (MODE) },
    { IN_PHASE (STATE),        ON (STATE_READ), MASK_CLEARABLE, is_query,               NO_RESULT,           NULL,            TO (CLEAR) },
    { IN_PHASE (STATE),        ON (STATE_READ), STATE (11), query_is_set_aside,         NO_RESULT,           NULL,            TO (CLEAR) },
    { IN_PHASE (STATE),        ON (STATE_READ), 0,          NULL,                       ERROR (WRONG_STATE), NULL,            TO (REST) },
    { IN_PHASE (CLEAR),        ON (DONE) | MASK_ERRORS, 0,  NULL,                       NO_RESULT,           NULL,            TO (CLEARED) },
    { IN_PHASE (CLEARED),      ON (STATE_READ), STATE (10), NULL,                       NO_RESULT,           NULL,            TO (MODE) },
    /* The module keeps what it found: if it is the wanted version, use it */
    { IN_PHASE (CLEARED),      ON (STATE_READ), STATE (12), what_stays_is_unwanted,     ERROR (OTHER_VERSION_OFFERED), NULL,  TO (REST) },
    { IN_PHASE (CLEARED),      ON (STATE_READ), STATE (12), what_stays_will_do,         NO_RESULT,           take_what_stays, TO (MODE) },
    { IN_PHASE (CLEARED),      ON (STATE_READ), 0,          NULL,                       ERROR (WRONG_STATE), NULL,            TO (REST) },
    { IN_PHASE (MODE),         ON (DONE),       0,          may_query_with_tls,         NO_RESULT,           NULL,            TO (TLS) },
    { IN_PHASE (MODE) | IN_PHASE (TLS), ON (DONE), 0,       may_query,                  NO_RESULT,           start_query,     TO (QUERY) },
    { IN_PHASE (MODE) | IN_PHASE (TLS), ON (DONE), 0,       NULL,                       ERROR (WRONG_STATE), NULL,            TO (REST) },
    { IN_PHASE (MODE) | IN_PHASE (TLS), ON (FAILED), 0,     NULL,                       ERROR (REFUSED),     NULL,            TO (REST) },
    { IN_PHASE (READ_OLD_VERSION), ON (FAILED), 0,          NULL,                       ERROR (FAILED),      blame_version,   TO (REST) },
    { MASK_PRECONDITION,       ON (FAILED),     0,          NULL,                       ERROR (FAILED),      NULL,            TO (REST) },
    { MASK_PRECONDITION | IN_PHASE (READ_OLD_VERSION),
                               ON (SILENT),     0,          NULL,                       ERROR (TIMEOUT),     NULL,            TO (REST) },

    /* The query is sent; the state lines may come before the answer */
    { IN_PHASE (QUERY),        ON (STATE_LINE), 0,          NULL,          NO_RESULT,         note_line,      STAY },
    { IN_PHASE (QUERY),        ON (DONE),       0,          was_cancelled, ERROR (CANCELLED), stop_cancelled, TO (STOP) },
    { IN_PHASE (QUERY),        ON (DONE),       0,          line_was_seen, NO_RESULT,         accept,         RESYNC },
    { IN_PHASE (QUERY),        ON (DONE),       0,          NULL,          NO_RESULT,         accept,         TO (CHECKING) },
    { IN_PHASE (QUERY),        ON (FAILED),     0,          was_cancelled, ERROR (CANCELLED), NULL,           TO (REST) },
    { IN_PHASE (QUERY),        ON (FAILED),     0,          NULL,          ERROR (REFUSED),   NULL,           TO (REST) },
    { IN_PHASE (QUERY),        ON (SILENT),     0,          NULL,          NO_RESULT,         NULL,           TO (QUERY_UNSURE) },
    { IN_PHASE (QUERY_UNSURE), ON (STATE_READ), STATE (10) | STATE (UNKNOWN), was_cancelled, ERROR (CANCELLED), NULL, TO (REST) },
    { IN_PHASE (QUERY_UNSURE), ON (STATE_READ), 0,          was_cancelled, ERROR (CANCELLED), stop_cancelled, TO (STOP) },
    { IN_PHASE (QUERY_UNSURE), MASK_ERRORS,     0,          was_cancelled, ERROR (CANCELLED), stop_cancelled, TO (STOP) },
    { IN_PHASE (QUERY_UNSURE), ON (STATE_READ), STATE (10) | STATE (UNKNOWN), NULL, ERROR (TIMEOUT), NULL,    TO (REST) },
    { IN_PHASE (QUERY_UNSURE), ON (STATE_READ), STATE (31), is_resume,     ERROR (TIMEOUT),   NULL,           TO (REST) },
    { IN_PHASE (QUERY_UNSURE), ON (STATE_READ), 0,          NULL,          NO_RESULT,         accept,         RESYNC },
    /* The query may have been accepted, so do not report a failure. The module may be gone. */
    { IN_PHASE (QUERY_UNSURE), MASK_ERRORS,     0,          NULL,          NO_RESULT,         accept,         TO (CHECKING) },

    /* The module asks the server */
    { MASK_CHECKING | MASK_DOWNLOADING, ON (CANCEL), 0,      NULL,                      ERROR (CANCELLED),      stop_for_cancel,            TO (STOP) },
    { MASK_CHECKING | MASK_DOWNLOADING, MASK_NEWS, STATE (50), is_unowned,              NO_RESULT,              adopt_upgrade,              TO (UPGRADING) },
    { MASK_CHECKING | MASK_DOWNLOADING, MASK_NEWS, STATE (50), NULL,                    NO_RESULT,              start_upgrade,              TO (UPGRADING) },
    { MASK_CHECKING,            MASK_NEWS,       STATE (11), query_takes_too_long,      ERROR (TIMEOUT),        stop_for_result,            TO (STOP) },
    { MASK_CHECKING,            MASK_NEWS,       STATE (11), NULL,                      NO_RESULT,              note_query,                 TO (CHECKING) },
    { IN_PHASE (CHECKING),      MASK_NEWS,       STATE (12), offer_is_cut,              NO_RESULT,              NULL,                       TO (CHECKING_POLL) },
    { MASK_CHECKING,            MASK_NEWS,       STATE (12), offer_is_unwanted,         ERROR (OTHER_VERSION_OFFERED), stop_for_result_with_offer, TO (STOP) },
    { MASK_CHECKING,            MASK_NEWS,       STATE (12), is_check,                  SUCCEEDED,              take_offer,                 TO (REST) },
    { MASK_CHECKING,            MASK_NEWS,       STATE (12), is_unowned,                NO_RESULT,              take_offer,                 TO (REST) },
    { IN_PHASE (CHECKING_POLL), ON (STATE_READ), STATE (12), download_should_be_pushed, NO_RESULT,              push_download,              TO (QUERY) },
    { IN_PHASE (CHECKING),      MASK_NEWS,       STATE (12), download_does_not_begin_alone, NO_RESULT,          take_package_and_push,      TO (QUERY) },
    { MASK_CHECKING,            MASK_NEWS,       STATE (12), query_takes_too_long,      ERROR (TIMEOUT),        stop_for_result,            TO (STOP) },
    { MASK_CHECKING,            MASK_NEWS,       STATE (12), NULL,                      NO_RESULT,              take_package,               TO (CHECKING) },
    { MASK_CHECKING,            MASK_NEWS,       STATE (13) | STATE (14) | STATE (20), NULL, BY_STATE,          NULL,                       TO (REST) },
    { MASK_CHECKING,            MASK_NEWS,       STATE (30) | STATE (40), offer_is_unwanted, ERROR (OTHER_VERSION_OFFERED), stop_for_result_with_offer, TO (STOP) },
    { MASK_CHECKING,            MASK_NEWS,       STATE (30) | STATE (40), offer_may_be_asked_again, ERROR (QUERY_FAILED), stop_for_requery, TO (STOP) },
    { MASK_CHECKING,            MASK_NEWS,       STATE (30) | STATE (40), offer_was_missed, ERROR (QUERY_FAILED), stop_for_result,          TO (STOP) },
    { MASK_CHECKING,            MASK_NEWS,       STATE (30) | STATE (40), is_check,     SUCCEEDED,              stop_for_result_with_offer, TO (STOP) },
    { MASK_CHECKING,            MASK_NEWS,       STATE (30), NULL,                      NO_RESULT,              begin_download,             TO (DOWNLOADING) },
    { MASK_CHECKING,            MASK_NEWS,       STATE (31), resume_has_not_begun,      ERROR (SILENTLY_ENDED), NULL,                       TO (REST) },
    { MASK_CHECKING | MASK_DOWNLOADING, MASK_NEWS, STATE (31), NULL,                    BY_STATE,               NULL,                       TO (REST) },
    { IN_PHASE (CHECKING_POLL), ON (STATE_READ), STATE (10), NULL,                      ERROR (SILENTLY_ENDED), NULL,                       TO (REST) },
    { IN_PHASE (CHECKING),      MASK_NEWS,       STATE (10), NULL,                      NO_RESULT,              NULL,                       TO (CHECKING) },
    { IN_PHASE (CHECKING),      ON (TIMER),      0,          NULL,                      NO_RESULT,              poll,                       TO (CHECKING_POLL) },
    { IN_PHASE (CHECKING_POLL), MASK_ERRORS,     0,          query_takes_too_long,      ERROR (TIMEOUT),        stop_for_result,            TO (STOP) },
    { IN_PHASE (CHECKING_POLL), MASK_ERRORS,     0,          NULL,                      NO_RESULT,              NULL,                       TO (CHECKING) },

    /* The module downloads */
    { MASK_CHECKING | MASK_DOWNLOADING, MASK_NEWS, STATE (40), goes_on_to_upgrade,   NO_RESULT,              end_download_to_upgrade, TO (READ_OLD_VERSION) },
    { MASK_CHECKING | MASK_DOWNLOADING, MASK_NEWS, STATE (40), NULL,                 SUCCEEDED,              end_download,            TO (REST) },
    { MASK_DOWNLOADING,         MASK_NEWS,       STATE (13) | STATE (14) | STATE (20), NULL, BY_STATE,       NULL,                    TO (REST) },
    { MASK_DOWNLOADING,         MASK_NEWS,       STATE (11) | STATE (12), NULL,      NO_RESULT,              NULL,                    RESYNC },
    { IN_PHASE (DOWNLOADING_POLL), ON (STATE_READ), STATE (10), NULL,                ERROR (SILENTLY_ENDED), NULL,                    TO (REST) },
    { IN_PHASE (DOWNLOADING) | IN_PHASE (DOWNLOADING_PROGRESS),
                                ON (STATE_LINE), STATE (10), NULL,                   NO_RESULT,              NULL,                    TO (DOWNLOADING_POLL) },
    { IN_PHASE (DOWNLOADING),   ON (TIMER),      0,          NULL,                   NO_RESULT,              NULL,                    TO (DOWNLOADING_PROGRESS) },
    { IN_PHASE (DOWNLOADING_PROGRESS), ON (DONE), 0,         progress_is_not_enough, NO_RESULT,              NULL,                    TO (DOWNLOADING_POLL) },
    { IN_PHASE (DOWNLOADING_PROGRESS), ON (DONE), 0,         NULL,                   NO_RESULT,              NULL,                    TO (DOWNLOADING) },
    { IN_PHASE (DOWNLOADING_PROGRESS), MASK_ERRORS, 0,       NULL,                   NO_RESULT,              NULL,                    TO (DOWNLOADING_POLL) },
    { IN_PHASE (DOWNLOADING_POLL), ON (STATE_READ), STATE (70) | STATE (90) | STATE (OTHER), NULL, NO_RESULT, NULL,                   TO (CHECKING) },
    { IN_PHASE (DOWNLOADING_POLL), ON (STATE_READ) | MASK_ERRORS, 0, NULL,           NO_RESULT,              NULL,                    TO (DOWNLOADING) },
    { IN_PHASE (CHECKING_POLL), ON (STATE_READ), 0,          query_takes_too_long,   ERROR (TIMEOUT),        stop_for_result,         TO (STOP) },
    { IN_PHASE (CHECKING_POLL), ON (STATE_READ), 0,          NULL,                   NO_RESULT,              NULL,                    TO (CHECKING) },

    /* Stopping the module */
    { MASK_STOPPING,          MASK_NEWS,       STATE (50), NULL,                NO_RESULT, start_upgrade_cancelled_too_late, TO (UPGRADING) },
    { IN_PHASE (STOP),        ON (DONE) | ON (SILENT), 0,  NULL,                NO_RESULT, NULL,                  TO (STOPPED) },
    { IN_PHASE (STOP),        ON (FAILED),     MASK_ENDED, NULL,                NO_RESULT, NULL,                  TO (STOPPED) },
    { IN_PHASE (STOP),        ON (FAILED),     STATE (11) | STATE (12), stop_is_for_cancel, NO_RESULT, cancel_is_done, TO (ENDING) },
    { IN_PHASE (STOP),        ON (FAILED),     0,          stop_is_for_cancel,  NO_RESULT, module_refuses_cancel, BACK },
    { IN_PHASE (STOP),        ON (FAILED),     STATE (12), stop_is_discard,     NO_RESULT, discard_is_done,       TO (REST) },
    { IN_PHASE (STOP),        ON (FAILED),     0,          stop_is_discard,     NO_RESULT, module_refuses_cancel, TO (REST) },
    { IN_PHASE (STOP),        ON (FAILED),     0,          NULL,                NO_RESULT, NULL,                  TO (ENDING) },
    { IN_PHASE (STOPPED),     ON (STATE_READ), MASK_ENDED | STATE (12), stop_is_for_cancel, NO_RESULT, cancel_is_done, TO (REST) },
    { IN_PHASE (STOPPED),     ON (STATE_READ), MASK_ENDED | STATE (12), stop_is_discard, NO_RESULT, discard_is_done, TO (REST) },
    { IN_PHASE (STOPPED),     ON (STATE_READ), STATE (30) | STATE (31) | STATE (40), may_stop_again, NO_RESULT, stop_again, TO (STOP) },
    { IN_PHASE (STOPPED),     ON (STATE_READ), STATE (11), stop_is_for_cancel,  NO_RESULT, cancel_is_done,        TO (ENDING) },
    { IN_PHASE (STOPPED),     ON (STATE_READ), 0,          stop_is_for_cancel,  NO_RESULT, module_refuses_cancel, BACK },
    { IN_PHASE (STOPPED),     ON (STATE_READ) | MASK_ERRORS, 0, stop_is_discard, NO_RESULT, module_refuses_cancel, TO (REST) },
    { IN_PHASE (STOPPED),     MASK_ERRORS,     0,          stop_is_for_cancel,  NO_RESULT, cancel_is_done,        TO (ENDING) },
    { IN_PHASE (STOPPED),     MASK_ERRORS,     0,          NULL,                NO_RESULT, NULL,                  TO (ENDING) },
    { IN_PHASE (STOPPED) | IN_PHASE (ENDING) | IN_PHASE (ENDING_POLL),
                              MASK_NEWS,       STATE (10), stop_is_for_requery, NO_RESULT, start_query,           TO (QUERY) },
    { IN_PHASE (STOPPED),     ON (STATE_READ), MASK_ENDED | STATE (12), NULL,   NO_RESULT, NULL,                  TO (REST) },
    { IN_PHASE (STOPPED),     ON (STATE_READ), 0,          NULL,                NO_RESULT, NULL,                  TO (ENDING) },
    { IN_PHASE (ENDING) | IN_PHASE (ENDING_POLL),
                              MASK_NEWS,       MASK_ENDED, NULL,                NO_RESULT, NULL,                  TO (REST) },
    { IN_PHASE (ENDING) | IN_PHASE (ENDING_POLL),
                              MASK_NEWS,       STATE (12) | STATE (30) | STATE (31) | STATE (40), may_stop_again, NO_RESULT, stop_again, TO (STOP) },
    { IN_PHASE (ENDING),      ON (TIMER),      STATE (11), end_takes_too_long,  NO_RESULT, set_aside,             TO (REST) },
    { IN_PHASE (ENDING),      ON (TIMER),      0,          end_takes_too_long,  NO_RESULT, NULL,                  TO (REST) },
    { IN_PHASE (ENDING),      ON (TIMER),      0,          NULL,                NO_RESULT, poll,                  TO (ENDING_POLL) },
    { IN_PHASE (ENDING_POLL), ON (STATE_READ) | MASK_ERRORS, 0, NULL,           NO_RESULT, NULL,                  TO (ENDING) },

    /* Upgrade: read the old version first, then the conditions */
    { IN_PHASE (READ_OLD_VERSION) | MASK_WAITING,
                             MASK_NEWS,     STATE (50), NULL,                  NO_RESULT,         start_upgrade,             TO (UPGRADING) },
    /* Others may have had it replaced, and any of the lines may be lost */
    { IN_PHASE (READ_OLD_VERSION) | MASK_WAITING,
                             ON (STATE_LINE), STATE (30) | STATE (40), package_is_another, NO_RESULT, replace_package,      STAY },
    { IN_PHASE (READ_OLD_VERSION) | MASK_WAITING,
                             ON (STATE_LINE), STATE (12), offer_is_cut,        NO_RESULT,         lose_package,              STAY },
    { IN_PHASE (READ_OLD_VERSION), ON (DONE), 0,        version_is_incomplete, ERROR (FAILED),    blame_version,             TO (REST) },
    { IN_PHASE (READ_OLD_VERSION), ON (DONE), 0,        package_is_unwanted,   ERROR (OTHER_VERSION_OFFERED), NULL,          TO (REST) },
    { IN_PHASE (READ_OLD_VERSION), ON (DONE), 0,        is_delayed,            NO_RESULT,         schedule,                  TO (DELAY) },
    { IN_PHASE (READ_OLD_VERSION), ON (DONE), 0,        NULL,                  NO_RESULT,         keep_old_version_and_wait, TO (CONDITIONS) },
    { IN_PHASE (DELAY),      ON (TIMER),    0,          NULL,                  NO_RESULT,         start_waiting,             TO (CONDITIONS) },
    { IN_PHASE (DELAY),      ON (CANCEL),   0,          NULL,                  ERROR (CANCELLED), answer_cancel,             TO (REST) },
    { MASK_ASKING,           ON (CANCEL),   0,          may_be_cancelled,      NO_RESULT,         cancel_later,              STAY },
    { MASK_ASKING,           MASK_REPLY,    0,          was_cancelled,         ERROR (CANCELLED), NULL,                      TO (RESTORE) },
    { IN_PHASE (BLOCKED) | IN_PHASE (REFUSED),
                             ON (CANCEL),   0,          may_be_cancelled,      ERROR (CANCELLED), answer_cancel,             TO (RESTORE) },
    { IN_PHASE (BLOCKED) | IN_PHASE (REFUSED),
                             ON (DEADLINE), 0,          NULL,                  ERROR (CONDITIONS_NOT_MET), end_time,         TO (RESTORE) },
    { IN_PHASE (CONDITIONS), ON (DONE),     0,          call_can_be_ended,     NO_RESULT,         hang_up,                   TO (HANG_UP) },
    { IN_PHASE (CONDITIONS), ON (DONE),     0,          is_blocked_too_long,   ERROR (CONDITIONS_NOT_MET), NULL,             TO (RESTORE) },
    { IN_PHASE (CONDITIONS), ON (DONE),     0,          is_blocked,            NO_RESULT,         poll,                      TO (BLOCKED) },
    { IN_PHASE (CONDITIONS), ON (DONE),     0,          NULL,                  NO_RESULT,         NULL,                      TO (PAUSE) },
    { IN_PHASE (HANG_UP),    MASK_REPLY,    0,          NULL,                  NO_RESULT,         NULL,                      TO (CONDITIONS) },
    { IN_PHASE (BLOCKED),    ON (SIGNAL) | ON (TIMER), 0, NULL,                NO_RESULT,         NULL,                      TO (CONDITIONS) },

    /* Data is paused last, and restored if another blocker appears */
    { IN_PHASE (PAUSE),      ON (DONE),       0,          data_is_up,          NO_RESULT,           NULL,             TO (UNPAUSE) },
    { IN_PHASE (PAUSE),      ON (DONE),       0,          NULL,                NO_RESULT,           data_is_paused,   TO (RECHECK) },
    { IN_PHASE (PAUSE),      MASK_ERRORS,     0,          NULL,                NO_RESULT,           NULL,             TO (UNPAUSE) },
    { IN_PHASE (RECHECK),    ON (DONE),       0,          is_called,           NO_RESULT,           NULL,             TO (UNPAUSE) },
    { IN_PHASE (RECHECK),    ON (DONE),       0,          data_is_up_too_long, ERROR (CONDITIONS_NOT_MET), NULL,      TO (RESTORE) },
    { IN_PHASE (RECHECK),    ON (DONE),       0,          data_is_up,          NO_RESULT,           NULL,             TO (REFUSED) },
    { IN_PHASE (RECHECK),    ON (DONE),       0,          NULL,                NO_RESULT,           NULL,             TO (CONFIRM) },
    { IN_PHASE (UNPAUSE),    MASK_REPLY,      0,          time_is_over,        ERROR (CONDITIONS_NOT_MET), data_is_restored, TO (RESTORE) },
    { IN_PHASE (UNPAUSE),    MASK_REPLY,      0,          NULL,                NO_RESULT,           data_is_restored, TO (BLOCKED) },
    { IN_PHASE (CONFIRM),    ON (STATE_READ), STATE (40), package_is_another,  NO_RESULT,           replace_package,  TO (CONFIRM) },
    { IN_PHASE (CONFIRM),    ON (STATE_READ), STATE (40), package_is_unwanted, ERROR (OTHER_VERSION_OFFERED), NULL,   TO (RESTORE) },
    { IN_PHASE (CONFIRM),    ON (STATE_READ), STATE (40), NULL,                NO_RESULT,           NULL,             TO (FLASH) },
    { IN_PHASE (CONFIRM),    ON (STATE_READ), 0,          NULL,                ERROR (WRONG_STATE), NULL,             TO (RESTORE) },
    { IN_PHASE (CONDITIONS) | IN_PHASE (RECHECK) | IN_PHASE (CONFIRM),
                             MASK_ERRORS,     0,          time_is_over,        ERROR (CONDITIONS_NOT_MET), NULL,      TO (RESTORE) },
    { IN_PHASE (CONDITIONS), MASK_ERRORS,     0,          NULL,                NO_RESULT,           poll,             TO (BLOCKED) },
    { IN_PHASE (RECHECK) | IN_PHASE (CONFIRM),
                             MASK_ERRORS,     0,          NULL,                NO_RESULT,           poll,             TO (REFUSED) },
    { IN_PHASE (REFUSED),    ON (SIGNAL) | ON (TIMER), 0, NULL,                NO_RESULT,           NULL,             TO (PAUSE) },

    /* ^FWUP */
    { MASK_FLASHING,             MASK_NEWS,       STATE (50), NULL,                 NO_RESULT,           start_upgrade, TO (UPGRADING) },
    { MASK_FLASHING,             MASK_NEWS,       STATE (70), NULL,                 BY_STATE,            NULL,          TO (RESTORE) },
    { IN_PHASE (FLASH),          ON (DONE) | ON (SILENT), 0,  NULL,                 NO_RESULT,           accept_flash,  TO (FLASH_ACCEPTED) },
    { IN_PHASE (FLASH),          ON (FAILED),     0,          is_fatal,             ERROR (FAILED),      blame_record,  TO (RESTORE) },
    { IN_PHASE (FLASH),          ON (FAILED),     0,          time_is_over,         ERROR (CONDITIONS_NOT_MET), refuse_flash, TO (RESTORE) },
    { IN_PHASE (FLASH),          ON (FAILED),     0,          NULL,                 NO_RESULT,           refuse_flash,  TO (REFUSED) },
    { IN_PHASE (FLASH_ACCEPTED), ON (TIMER),      0,          NULL,                 NO_RESULT,           poll,          TO (FLASH_ACCEPTED_POLL) },
    { IN_PHASE (FLASH_ACCEPTED_POLL), ON (STATE_READ), STATE (40), may_flash_again, NO_RESULT,           NULL,          TO (PAUSE) },
    { IN_PHASE (FLASH_ACCEPTED_POLL), ON (STATE_READ), STATE (40), NULL,            ERROR (REFUSED),     refuse_flash,  TO (RESTORE) },
    { IN_PHASE (FLASH_ACCEPTED_POLL), ON (STATE_READ), 0,     NULL,                 NO_RESULT,           start_upgrade, TO (VERIFY) },
    { IN_PHASE (FLASH_ACCEPTED_POLL), MASK_ERRORS, 0,         flash_takes_too_long, ERROR (DEVICE_LOST), give_up,       TO (RESTORE) },
    { IN_PHASE (FLASH_ACCEPTED_POLL), MASK_ERRORS, 0,         NULL,                 NO_RESULT,           NULL,          TO (FLASH_ACCEPTED) },

    /* The module works alone: only the version shows the outcome */
    { IN_PHASE (UPGRADING) | IN_PHASE (UPGRADING_POLL) | MASK_VERIFYING,
                                 MASK_NEWS,       STATE (70),      NULL,                  BY_STATE,               NULL,                TO (RESTORE) },
    { MASK_VERIFYING,            MASK_NEWS,       STATE (50),      NULL,                  NO_RESULT,              limit_upgrade,       TO (UPGRADING) },
    { IN_PHASE (UPGRADING),      ON (TIMER),      0,               NULL,                  NO_RESULT,              poll,                TO (UPGRADING_POLL) },
    { IN_PHASE (UPGRADING),      ON (STATE_LINE), STATE (10) | STATE (90), NULL,          NO_RESULT,              NULL,                TO (UPGRADING_POLL) },
    /* It never rebooted, and has been silent or in the same state for too long */
    { IN_PHASE (UPGRADING),      ON (DEADLINE),   0,               NULL,                  NO_RESULT,              end_time,            TO (UPGRADING_POLL) },
    { IN_PHASE (UPGRADING_POLL), ON (STATE_READ), STATE (50),      time_is_over,          ERROR (UPGRADE_FAILED), give_up,             TO (RESTORE) },
    { IN_PHASE (UPGRADING_POLL), ON (STATE_READ), STATE (UNKNOWN), time_is_over,          ERROR (DEVICE_LOST),    give_up,             TO (RESTORE) },
    { IN_PHASE (UPGRADING_POLL), MASK_ERRORS,     0,               time_is_over,          ERROR (DEVICE_LOST),    give_up,             TO (RESTORE) },
    { IN_PHASE (UPGRADING_POLL), ON (STATE_READ), STATE (50) | STATE (UNKNOWN), NULL,     NO_RESULT,              NULL,                TO (UPGRADING) },
    { IN_PHASE (UPGRADING_POLL), ON (STATE_READ), 0,               NULL,                  NO_RESULT,              NULL,                TO (VERIFY) },
    { IN_PHASE (UPGRADING_POLL), MASK_ERRORS,     0,               NULL,                  NO_RESULT,              NULL,                TO (UPGRADING) },
    { IN_PHASE (VERIFY),         ON (DONE),       0,               has_succeeded,         SUCCEEDED,              set_verdict,         TO (RESTORE) },
    { IN_PHASE (VERIFY),         ON (DONE),       0,               has_changed_otherwise, ERROR (OTHER_VERSION_INSTALLED), set_verdict, TO (RESTORE) },
    { IN_PHASE (VERIFY),         ON (DONE),       0,               cannot_be_compared,    ERROR (FAILED),         set_unknown_verdict, TO (RESTORE) },
    { IN_PHASE (VERIFY),         MASK_REPLY,      0,               should_be_read_again,  NO_RESULT,              read_later,          TO (VERIFY_LATER) },
    { IN_PHASE (VERIFY),         ON (DONE),       0,               has_changed,           ERROR (OTHER_VERSION_INSTALLED), set_verdict, TO (RESTORE) },
    { IN_PHASE (VERIFY),         ON (DONE),       0,               version_is_incomplete, ERROR (FAILED),         set_unread_verdict,  TO (RESTORE) },
    { IN_PHASE (VERIFY),         ON (DONE),       0,               NULL,                  NO_RESULT,              NULL,                TO (VERIFY_STATE) },
    { IN_PHASE (VERIFY),         MASK_ERRORS,     0,               NULL,                  ERROR (FAILED),         blame_version,       TO (RESTORE) },
    { IN_PHASE (VERIFY_LATER),   ON (TIMER),      0,               NULL,                  NO_RESULT,              NULL,                TO (VERIFY) },
    { IN_PHASE (VERIFY_STATE),   ON (STATE_READ) | MASK_ERRORS, 0, NULL,                  ERROR (VERSION_UNCHANGED), set_verdict,      TO (RESTORE) },

    /* In every case, restore the data sessions */
    { IN_PHASE (RESTORE), MASK_REPLY, 0, NULL, NO_RESULT, data_is_restored, TO (REST) },
};

/* These come last. Inputs that no other row matches are listed in tests/unit/fota-caught.txt,
 * and a test compares the list: a transition that nobody thought of shows up there. */
static const MMTdtechFotaTransition catch_all[] = {
    /* Inputs that change nothing, in any phase */
    { MASK_ANY, ON (VERB),     0, is_busy, NO_RESULT, refuse_busy,   STAY },
    { MASK_ANY, ON (VERB),     0, NULL,    NO_RESULT, refuse_state,  STAY },
    { MASK_ANY, ON (CANCEL),   0, NULL,    NO_RESULT, refuse_cancel, STAY },
    { MASK_ANY, ON (DEADLINE), 0, NULL,    NO_RESULT, end_time,      STAY },
    { MASK_ANY, ON (STATE_LINE) | ON (TIMER) | ON (SIGNAL) | ON (START), 0, NULL, NO_RESULT, NULL, STAY },
};

#endif /* MM_TDTECH_FOTA_TABLE_H */

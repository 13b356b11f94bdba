/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "fake-bus.h"
#include "fake-clock.h"
#include "fake-modem.h"
#include "fake-state.h"

#include "mm-daemon-compat.h"
#include "mm-tdtech-data-pause.h"

#define SETTING     "1,2,\"IPV4V6\",\"\",\"\",\"\",0"
#define AUTODIAL_ON "^SETAUTODIAL: " SETTING

typedef struct {
    gchar              *state;
    MMBaseModem        *modem;
    MMPortSerialAt     *port;
    MMTdtechFotaRecord *record;
    MMTdtechDataPause  *data_pause;
    guint               n_paused;
    guint               n_restored;
    guint               blockers;
    GError             *error;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
    fixture->state = fake_state_new ();
    fixture->modem = fake_modem_new (FAKE_TYPE_MODEM);
    fixture->port = g_object_ref (mm_base_modem_peek_port_primary (fixture->modem));
    fixture->record = mm_tdtech_fota_record_new (NULL, FAKE_MODEM_IMEI);
    fixture->data_pause = mm_tdtech_data_pause_new (fixture->modem, fixture->record);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
    fake_modem_remove (fixture->modem);
    fake_clock_run (1);
    g_object_add_weak_pointer (G_OBJECT (fixture->data_pause), (gpointer *) &fixture->data_pause);
    g_object_unref (fixture->data_pause);
    g_clear_pointer (&fixture->modem, fake_modem_free);
    g_assert_null (fixture->data_pause);
    g_object_unref (fixture->port);
    mm_tdtech_fota_record_free (fixture->record);
    g_clear_error (&fixture->error);
    fake_state_free (fixture->state);
}

static MMTdtechFotaRecordData *
data_of (Fixture *fixture)
{
    return mm_tdtech_fota_record_peek (fixture->record);
}

/* What a daemon that begins now would read */
static MMTdtechFotaRecord *
load_again (void)
{
    return mm_tdtech_fota_record_new (NULL, FAKE_MODEM_IMEI);
}

static void
pause_ready (MMTdtechDataPause *self,
             GAsyncResult      *res,
             Fixture           *fixture)
{
    g_clear_error (&fixture->error);
    fixture->n_paused++;
    g_assert_cmpint (mm_tdtech_data_pause_pause_finish (self, res, &fixture->blockers, &fixture->error), ==,
                     fixture->error == NULL);
}

static void
begin_pause (Fixture *fixture)
{
    fixture->n_paused = 0;
    fixture->blockers = G_MAXUINT;
    mm_tdtech_data_pause_pause (fixture->data_pause, (GAsyncReadyCallback) pause_ready, fixture);
    g_assert_true (mm_tdtech_data_pause_is_held (fixture->data_pause));
}

static void
pause_data (Fixture *fixture,
            guint    blockers)
{
    begin_pause (fixture);
    fake_clock_run (60);
    g_assert_cmpuint (fixture->n_paused, ==, 1);
    g_assert_no_error (fixture->error);
    g_assert_cmpuint (fixture->blockers, ==, blockers);
    g_assert_true (mm_tdtech_data_pause_is_held (fixture->data_pause));
    fake_port_assert_all_asked (fixture->port);
}

static void
pause_in_vain (Fixture *fixture,
               GQuark   domain)
{
    begin_pause (fixture);
    fake_clock_run (60);
    g_assert_cmpuint (fixture->n_paused, ==, 1);
    g_assert_nonnull (fixture->error);
    g_assert_true (fixture->error->domain == domain);
    fake_port_assert_all_asked (fixture->port);
}

static void
restore_ready (MMTdtechDataPause *self,
               GAsyncResult      *res,
               Fixture           *fixture)
{
    fixture->n_restored++;
    g_assert_true (mm_tdtech_data_pause_restore_finish (self, res, NULL));
}

static void
begin_restore (Fixture  *fixture,
               gboolean  flashed)
{
    fixture->n_restored = 0;
    mm_tdtech_data_pause_restore (fixture->data_pause, flashed, (GAsyncReadyCallback) restore_ready, fixture);
    g_assert_false (mm_tdtech_data_pause_is_held (fixture->data_pause));
}

static void
restore_data (Fixture  *fixture,
              gboolean  flashed)
{
    begin_restore (fixture, flashed);
    fake_clock_run (120);
    g_assert_cmpuint (fixture->n_restored, ==, 1);
    fake_port_assert_all_asked (fixture->port);
}

static MMBaseBearer *
add_bearer (Fixture *fixture,
            gint     profile_id)
{
    g_autoptr(MMBaseBearer)  bearer = MM_BASE_BEARER (fake_bearer_new (fixture->modem, profile_id));
    MMBaseBearer            *listed = bearer;

    fake_bearer_list_add (fake_modem_peek_bearers (fixture->modem), bearer);
    fake_bearer_set_status (bearer, MM_BEARER_STATUS_CONNECTED);
    return listed;
}

static void
nothing_up (Fixture *fixture)
{
    fake_port_answer (fixture->port, "^SETAUTODIAL?", "^SETAUTODIAL: 0")->forever = TRUE;
    fake_port_answer (fixture->port, "^NDISSTATQRY?", NULL)->forever = TRUE;
}

static void
add_net_port (Fixture *fixture)
{
    fake_modem_take_port (fixture->modem, fake_net_port_new ("wwan0"));
}

/*****************************************************************************/
/* Nothing, and everything */

static void
test_nothing (Fixture       *fixture,
              gconstpointer  data)
{
    nothing_up (fixture);
    pause_data (fixture, 0);
    fake_port_assert_sent (fixture->port, "^SETAUTODIAL? ^NDISSTATQRY?");
    restore_data (fixture, FALSE);
    fake_port_assert_sent (fixture->port, "");
    fake_log_assert_warned ("");
}

static void
test_all (Fixture       *fixture,
          gconstpointer  data)
{
    MMBaseBearer                  *bearer = add_bearer (fixture, 2);
    g_autoptr(MMTdtechFotaRecord)  kept = NULL;

    fake_port_answer (fixture->port, "^SETAUTODIAL?", AUTODIAL_ON);
    fake_port_answer (fixture->port, "^SETAUTODIAL=0", NULL);
    /* The bearer's own session is down; somebody else dialled CID 3 */
    fake_port_answer (fixture->port, "^NDISSTATQRY?", "^NDISSTATQRY: 3,1,,,\"IPV4\"\n^NDISSTATQRY: 2,0,,,\"IPV4\"");
    fake_port_answer (fixture->port, "^NDISDUP=3,0", NULL);
    fake_port_answer (fixture->port, "^NDISSTATQRY?", "^NDISSTATQRY: 3,0,,,\"IPV4\"");
    pause_data (fixture, 0);
    g_assert_cmpuint (fake_bearer_n_disconnects (bearer), ==, 1);
    g_assert_false (mm_tdtech_data_pause_any_bearer_up (fixture->data_pause));

    /* All of it is recorded, as the daemon may be killed now */
    kept = load_again ();
    g_assert_cmpstr (mm_tdtech_fota_record_peek (kept)->autodial, ==, SETTING);
    g_assert_cmpuint (mm_tdtech_fota_record_peek (kept)->n_sessions, ==, 2);
    g_assert_cmpuint (mm_tdtech_fota_record_peek (kept)->sessions[0], ==, 2);
    g_assert_cmpuint (mm_tdtech_fota_record_peek (kept)->sessions[1], ==, 3);

    /* CID 2 is the bearer's to dial */
    fake_port_forget (fixture->port);
    fake_port_answer (fixture->port, "^SETAUTODIAL=" SETTING, NULL);
    fake_port_hang (fixture->port, "^NDISDUP=3,1");
    begin_restore (fixture, FALSE);
    fake_clock_run (1);
    g_clear_pointer (&kept, mm_tdtech_fota_record_free);
    kept = load_again ();
    g_assert_null (mm_tdtech_fota_record_peek (kept)->autodial);
    g_assert_cmpuint (mm_tdtech_fota_record_peek (kept)->n_sessions, ==, 2);
    fake_port_complete (fixture->port, NULL);
    fake_clock_run (1);
    g_assert_cmpuint (fixture->n_restored, ==, 1);
    g_clear_pointer (&kept, mm_tdtech_fota_record_free);
    kept = load_again ();
    g_assert_cmpuint (mm_tdtech_fota_record_peek (kept)->n_sessions, ==, 0);
    fake_port_assert_sent (fixture->port, "^SETAUTODIAL=" SETTING " ^NDISDUP=3,1");
    g_assert_cmpuint (fake_bearer_n_connects (bearer), ==, 1);
    g_assert_true (mm_tdtech_data_pause_any_bearer_up (fixture->data_pause));
    g_assert_null (data_of (fixture)->autodial);
    g_assert_cmpuint (data_of (fixture)->n_sessions, ==, 0);
}

/* Auto-dial goes first, or it would dial what the bearer hangs up */
static void
test_order (Fixture       *fixture,
            gconstpointer  data)
{
    MMBaseBearer                  *bearer = add_bearer (fixture, 1);
    g_autoptr(MMTdtechFotaRecord)  kept = NULL;

    fake_port_answer (fixture->port, "^SETAUTODIAL?", AUTODIAL_ON);
    fake_port_hang (fixture->port, "^SETAUTODIAL=0");
    begin_pause (fixture);
    fake_clock_run (1);
    g_assert_cmpuint (fake_bearer_n_disconnects (bearer), ==, 0);

    fake_bearer_set_manner (FAKE_BEARER (bearer), FAKE_BEARER_OBEYS, FAKE_BEARER_HANGS);
    fake_port_complete (fixture->port, NULL);
    fake_clock_run (1);
    g_assert_cmpuint (fake_bearer_n_disconnects (bearer), ==, 1);
    fake_port_assert_sent (fixture->port, "^SETAUTODIAL? ^SETAUTODIAL=0");
    /* The daemon may be killed before it is down */
    kept = load_again ();
    g_assert_cmpuint (mm_tdtech_fota_record_peek (kept)->n_sessions, ==, 1);
    g_assert_cmpuint (mm_tdtech_fota_record_peek (kept)->sessions[0], ==, 1);

    fake_port_answer (fixture->port, "^NDISSTATQRY?", NULL);
    fake_bearer_go_on (FAKE_BEARER (bearer));
    fake_clock_run (1);
    g_assert_cmpuint (fixture->n_paused, ==, 1);
    g_assert_cmpuint (fixture->blockers, ==, 0);
}

/*****************************************************************************/
/* Auto-dial */

static void
test_autodial_unknown (Fixture       *fixture,
                       gconstpointer  data)
{
    guint i;

    for (i = 0; i < 3; i++)
        fake_port_fail (fixture->port, "^SETAUTODIAL?", "ERROR");
    fake_port_answer (fixture->port, "^NDISSTATQRY?", NULL);
    pause_data (fixture, 0);

    /* What was unreadable of the one query does not count for the next */
    for (i = 0; i < 3; i++)
        fake_port_fail (fixture->port, "^SETAUTODIAL?", "ERROR");
    fake_port_answer (fixture->port, "^NDISSTATQRY?", "^NDISSTATQRY: x");
    fake_port_answer (fixture->port, "^NDISSTATQRY?", "^NDISSTATQRY: x");
    fake_port_answer (fixture->port, "^NDISSTATQRY?", NULL);
    pause_data (fixture, 0);
    fake_port_fail (fixture->port, "^SETAUTODIAL?", "ERROR");
    fake_port_answer (fixture->port, "^SETAUTODIAL?", "^SETAUTODIAL: 0");
    fake_port_answer (fixture->port, "^NDISSTATQRY?", "^NDISSTATQRY: x");
    fake_port_answer (fixture->port, "^NDISSTATQRY?", "^NDISSTATQRY: x");
    fake_port_answer (fixture->port, "^NDISSTATQRY?", NULL);
    pause_data (fixture, 0);
}

static void
test_autodial_silent (Fixture       *fixture,
                      gconstpointer  data)
{
    fake_port_silence (fixture->port, "^SETAUTODIAL?");
    pause_in_vain (fixture, MM_SERIAL_ERROR);
}

static void
test_autodial_unreadable (Fixture       *fixture,
                          gconstpointer  data)
{
    fake_port_answer (fixture->port, "^SETAUTODIAL?", "^SETAUTODIAL: x");
    pause_in_vain (fixture, MM_CORE_ERROR);
}

static void
test_autodial_stays_on (Fixture       *fixture,
                        gconstpointer  data)
{
    MMBaseBearer *bearer = add_bearer (fixture, 1);

    /* From an earlier time, when it could not be put back */
    data_of (fixture)->autodial = g_strdup ("1");
    fake_port_answer (fixture->port, "^SETAUTODIAL?", AUTODIAL_ON);
    fake_port_fail (fixture->port, "^SETAUTODIAL=0", "ERROR");
    pause_data (fixture, MM_TDTECH_FOTA_BLOCKER_AUTO_DIAL);
    g_assert_cmpuint (fake_bearer_n_disconnects (bearer), ==, 0);
    g_assert_cmpstr (data_of (fixture)->autodial, ==, SETTING);
}

/* What could not be put back after a crash is left alone */
static void
test_autodial_not_saved (Fixture       *fixture,
                         gconstpointer  data)
{
    fake_port_answer (fixture->port, "^SETAUTODIAL?", AUTODIAL_ON);
    fake_state_break (fixture->state);
    pause_in_vain (fixture, MM_CORE_ERROR);
    fake_log_assert_warned ("couldn't save the upgrade's record: *");
    fake_port_assert_sent (fixture->port, "^SETAUTODIAL?");
}

static void
test_autodial_not_restored (Fixture       *fixture,
                            gconstpointer  data)
{
    guint i;

    data_of (fixture)->autodial = g_strdup (SETTING);
    for (i = 0; i < 3; i++)
        fake_port_fail (fixture->port, "^SETAUTODIAL=" SETTING, "ERROR");
    restore_data (fixture, TRUE);
    fake_log_assert_warned ("couldn't restore auto-dial: *");
    /* For the next time */
    g_assert_cmpstr (data_of (fixture)->autodial, ==, SETTING);

    fake_port_fail (fixture->port, "^SETAUTODIAL=" SETTING, "ERROR");
    fake_port_answer (fixture->port, "^SETAUTODIAL=" SETTING, NULL);
    restore_data (fixture, TRUE);
    g_assert_null (data_of (fixture)->autodial);
}

/* A setting that came from a file is not sent unchecked */
static void
test_autodial_bad_setting (Fixture       *fixture,
                           gconstpointer  data)
{
    data_of (fixture)->autodial = g_strdup ("1\r^FWUP");
    restore_data (fixture, FALSE);
    fake_port_assert_sent (fixture->port, "");
    fake_log_assert_warned ("couldn't restore auto-dial: *");
    g_assert_null (data_of (fixture)->autodial);
}

/*****************************************************************************/
/* Bearers */

static void
test_bearer_refuses (Fixture       *fixture,
                     gconstpointer  data)
{
    MMBaseBearer *good = add_bearer (fixture, 1);
    MMBaseBearer *bad = add_bearer (fixture, 2);

    fake_bearer_set_manner (FAKE_BEARER (bad), FAKE_BEARER_OBEYS, FAKE_BEARER_REFUSES);
    nothing_up (fixture);
    pause_data (fixture, MM_TDTECH_FOTA_BLOCKER_DATA);
    fake_port_assert_sent (fixture->port, "^SETAUTODIAL?");

    /* The next try finds what is left; nothing is dialled twice */
    fake_bearer_set_manner (FAKE_BEARER (bad), FAKE_BEARER_OBEYS, FAKE_BEARER_OBEYS);
    pause_data (fixture, 0);
    g_assert_cmpuint (fake_bearer_n_disconnects (good), ==, 1);
    g_assert_cmpuint (data_of (fixture)->n_sessions, ==, 2);
    restore_data (fixture, FALSE);
    g_assert_cmpuint (fake_bearer_n_connects (good), ==, 1);
    g_assert_cmpuint (fake_bearer_n_connects (bad), ==, 1);
    g_assert_false (fake_port_was_sent (fixture->port, "^NDISDUP*"));
}

/* One that is connecting is stopped, but it was not up: it does not come back */
static void
test_bearer_connecting (Fixture       *fixture,
                        gconstpointer  data)
{
    MMBaseBearer *bearer = add_bearer (fixture, 1);

    nothing_up (fixture);
    fake_bearer_set_status (bearer, MM_BEARER_STATUS_DISCONNECTED);
    fake_bearer_set_manner (FAKE_BEARER (bearer), FAKE_BEARER_REFUSES, FAKE_BEARER_OBEYS);
    mm_base_bearer_connect (bearer, NULL, NULL);
    g_assert_false (mm_tdtech_data_pause_any_bearer_up (fixture->data_pause));
    pause_data (fixture, 0);
    restore_data (fixture, FALSE);
    g_assert_cmpuint (fake_bearer_n_connects (bearer), ==, 1);
}

static void
test_bearer_going_down (Fixture       *fixture,
                        gconstpointer  data)
{
    MMBaseBearer *bearer = add_bearer (fixture, 1);

    nothing_up (fixture);
    fake_bearer_set_manner (FAKE_BEARER (bearer), FAKE_BEARER_OBEYS, FAKE_BEARER_HANGS);
    mm_base_bearer_disconnect (bearer, NULL, NULL);
    g_assert_true (mm_tdtech_data_pause_any_bearer_up (fixture->data_pause));
    pause_data (fixture, MM_TDTECH_FOTA_BLOCKER_DATA);
    fake_clock_settle ();
    fake_bearer_go_on (FAKE_BEARER (bearer));
}

/* It came up anew in another PDP context before it could be taken down: the first one is not its any more */
static void
test_bearer_changes_context (Fixture       *fixture,
                             gconstpointer  data)
{
    MMBaseBearer *bearer = add_bearer (fixture, 1);

    fake_bearer_set_manner (FAKE_BEARER (bearer), FAKE_BEARER_OBEYS, FAKE_BEARER_REFUSES);
    nothing_up (fixture);
    pause_data (fixture, MM_TDTECH_FOTA_BLOCKER_DATA);
    fake_bearer_set_profile_id (bearer, 5);
    fake_bearer_set_manner (FAKE_BEARER (bearer), FAKE_BEARER_OBEYS, FAKE_BEARER_OBEYS);
    pause_data (fixture, 0);
    fake_port_forget (fixture->port);
    fake_port_answer (fixture->port, "^NDISDUP=1,1", NULL);
    restore_data (fixture, FALSE);
    fake_port_assert_sent (fixture->port, "^NDISDUP=1,1");
    g_assert_cmpuint (fake_bearer_n_connects (bearer), ==, 1);
}

/* They have no session of the module's; one that is down is left alone */
static void
test_bearer_without_context (Fixture       *fixture,
                             gconstpointer  data)
{
    MMBaseBearer *none = add_bearer (fixture, 0);
    MMBaseBearer *unknown = add_bearer (fixture, -1);
    MMBaseBearer *down = add_bearer (fixture, 4);

    fake_bearer_set_status (down, MM_BEARER_STATUS_DISCONNECTED);
    fake_port_answer (fixture->port, "^SETAUTODIAL?", "^SETAUTODIAL: 0");
    fake_port_answer (fixture->port, "^NDISSTATQRY?", "^NDISSTATQRY: 1,1,,,\"IPV4\"");
    fake_port_answer (fixture->port, "^NDISDUP=1,0", NULL);
    fake_port_answer (fixture->port, "^NDISSTATQRY?", NULL);
    pause_data (fixture, 0);
    g_assert_cmpuint (fake_bearer_n_disconnects (none), ==, 1);
    g_assert_cmpuint (fake_bearer_n_disconnects (unknown), ==, 1);
    g_assert_cmpuint (fake_bearer_n_disconnects (down), ==, 0);
    g_assert_cmpuint (data_of (fixture)->n_sessions, ==, 1);
    g_assert_cmpuint (data_of (fixture)->sessions[0], ==, 1);
    fake_port_answer (fixture->port, "^NDISDUP=1,1", NULL);
    restore_data (fixture, FALSE);
    g_assert_cmpuint (fake_bearer_n_connects (none), ==, 1);
    g_assert_cmpuint (fake_bearer_n_connects (unknown), ==, 1);
    g_assert_cmpuint (fake_bearer_n_connects (down), ==, 0);
}

/* Deleted while data was paused, by itself or with all of them */
static void
test_bearer_deleted (Fixture       *fixture,
                     gconstpointer  data)
{
    g_autoptr(MMBaseBearer)  deleted = g_object_ref (add_bearer (fixture, 1));
    MMBaseBearer            *other = add_bearer (fixture, 2);

    nothing_up (fixture);
    pause_data (fixture, 0);
    fake_bearer_list_remove (fake_modem_peek_bearers (fixture->modem), deleted);
    restore_data (fixture, FALSE);
    g_assert_cmpuint (fake_bearer_n_connects (deleted), ==, 0);
    g_assert_cmpuint (fake_bearer_n_connects (other), ==, 1);

    g_set_object (&deleted, other);
    pause_data (fixture, 0);
    fake_modem_set_bearers (fixture->modem, NULL);
    restore_data (fixture, FALSE);
    g_assert_cmpuint (fake_bearer_n_connects (deleted), ==, 1);
}

/* One that was deleted while data was paused, and one that was there when the modem was disabled */
static void
test_bearer_unwanted (Fixture       *fixture,
                      gconstpointer  data)
{
    g_autoptr(MMBaseBearer)  deleted = g_object_ref (add_bearer (fixture, 1));
    MMBaseBearer            *other = add_bearer (fixture, 0);

    nothing_up (fixture);
    pause_data (fixture, 0);
    fake_bearer_list_remove (fake_modem_peek_bearers (fixture->modem), deleted);
    fake_modem_set_state (fixture->modem, MM_MODEM_STATE_DISABLED);
    restore_data (fixture, FALSE);
    g_assert_cmpuint (fake_bearer_n_connects (deleted), ==, 0);
    g_assert_cmpuint (fake_bearer_n_connects (other), ==, 0);

    /* It was given up for good */
    fake_modem_set_state (fixture->modem, MM_MODEM_STATE_REGISTERED);
    restore_data (fixture, FALSE);
    g_assert_cmpuint (fake_bearer_n_connects (other), ==, 0);

    fake_bearer_set_status (other, MM_BEARER_STATUS_CONNECTED);
    pause_data (fixture, 0);
    fake_modem_set_state (fixture->modem, MM_MODEM_STATE_DISABLING);
    restore_data (fixture, FALSE);
    g_assert_cmpuint (fake_bearer_n_connects (other), ==, 0);
}

static void
test_bearer_not_reconnected (Fixture       *fixture,
                             gconstpointer  data)
{
    MMBaseBearer *bearer = add_bearer (fixture, 1);

    nothing_up (fixture);
    pause_data (fixture, 0);
    fake_bearer_set_manner (FAKE_BEARER (bearer), FAKE_BEARER_REFUSES, FAKE_BEARER_OBEYS);
    restore_data (fixture, FALSE);
    g_assert_cmpuint (fake_bearer_n_connects (bearer), ==, 1);
}

static void
test_no_list (Fixture       *fixture,
              gconstpointer  data)
{
    nothing_up (fixture);
    fake_modem_set_bearers (fixture->modem, NULL);
    pause_data (fixture, 0);
    restore_data (fixture, FALSE);
}

/*****************************************************************************/
/* Sessions */

static void
test_session_stays (Fixture       *fixture,
                    gconstpointer  data)
{
    fake_port_answer (fixture->port, "^SETAUTODIAL?", "^SETAUTODIAL: 0");
    fake_port_answer (fixture->port, "^NDISSTATQRY?", "^NDISSTATQRY: 1,1,,,\"IPV4\"")->forever = TRUE;
    fake_port_fail (fixture->port, "^NDISDUP=1,0", "ERROR")->forever = TRUE;
    begin_pause (fixture);
    /* A second apart, but for the first two */
    fake_clock_settle ();
    g_assert_cmpuint (fake_port_count_sent (fixture->port, "^NDISSTATQRY?"), ==, 2);
    fake_clock_run (1);
    g_assert_cmpuint (fake_port_count_sent (fixture->port, "^NDISSTATQRY?"), ==, 3);
    fake_clock_run (60);
    g_assert_cmpuint (fixture->n_paused, ==, 1);
    g_assert_cmpuint (fixture->blockers, ==, MM_TDTECH_FOTA_BLOCKER_DATA);
    g_assert_cmpuint (fake_port_count_sent (fixture->port, "^NDISDUP=1,0"), ==, 10);
    g_assert_cmpuint (fake_port_count_sent (fixture->port, "^NDISSTATQRY?"), ==, 11);
}

static void
test_session_of_autodial_stays (Fixture       *fixture,
                                gconstpointer  data)
{
    fake_port_answer (fixture->port, "^SETAUTODIAL?", AUTODIAL_ON);
    fake_port_answer (fixture->port, "^SETAUTODIAL=0", NULL);
    fake_port_answer (fixture->port, "^NDISSTATQRY?", "^NDISSTATQRY: 1,2,,,\"IPV4\"")->forever = TRUE;
    fake_port_answer (fixture->port, "^NDISDUP=1,0", NULL)->forever = TRUE;
    pause_data (fixture, MM_TDTECH_FOTA_BLOCKER_AUTO_DIAL);
}

/* Whoever hangs one up just now does not want it back */
static void
test_session_going_down (Fixture       *fixture,
                         gconstpointer  data)
{
    fake_port_answer (fixture->port, "^SETAUTODIAL?", "^SETAUTODIAL: 0");
    fake_port_answer (fixture->port, "^NDISSTATQRY?", "^NDISSTATQRY: 4,3,,,\"IPV4\"");
    fake_port_answer (fixture->port, "^NDISDUP=4,0", NULL);
    fake_port_answer (fixture->port, "^NDISSTATQRY?", NULL);
    pause_data (fixture, 0);
    g_assert_cmpuint (data_of (fixture)->n_sessions, ==, 0);
}

static void
test_sessions_too_many (Fixture       *fixture,
                        gconstpointer  data)
{
    g_autoptr(GString) answer = g_string_new (NULL);
    guint              i;

    for (i = 1; i <= 20; i++)
        g_string_append_printf (answer, "%s^NDISSTATQRY: %u,1,,,\"IPV4\"", i > 1 ? "\n" : "", i);
    fake_port_answer (fixture->port, "^SETAUTODIAL?", "^SETAUTODIAL: 0");
    fake_port_answer (fixture->port, "^NDISSTATQRY?", answer->str);
    fake_port_answer (fixture->port, "^NDISDUP=*,0", NULL)->forever = TRUE;
    fake_port_answer (fixture->port, "^NDISSTATQRY?", NULL);
    pause_data (fixture, 0);
    g_assert_cmpuint (fake_port_count_sent (fixture->port, "^NDISDUP=*,0"), ==, 20);
    g_assert_cmpuint (data_of (fixture)->n_sessions, ==, G_N_ELEMENTS (data_of (fixture)->sessions));
}

static void
test_sessions_silent (Fixture       *fixture,
                      gconstpointer  data)
{
    fake_port_answer (fixture->port, "^SETAUTODIAL?", "^SETAUTODIAL: 0");
    fake_port_silence (fixture->port, "^NDISSTATQRY?");
    pause_in_vain (fixture, MM_SERIAL_ERROR);
}

/* Unreadable once is no reason to hang up what may not be there */
static void
test_sessions_unreadable_once (Fixture       *fixture,
                               gconstpointer  data)
{
    fake_port_answer (fixture->port, "^SETAUTODIAL?", "^SETAUTODIAL: 0");
    fake_port_answer (fixture->port, "^NDISSTATQRY?", "^NDISSTATQRY: x");
    fake_port_answer (fixture->port, "^NDISSTATQRY?", NULL);
    begin_pause (fixture);
    fake_clock_settle ();
    g_assert_cmpuint (fixture->n_paused, ==, 0);
    fake_clock_run (1);
    g_assert_cmpuint (fixture->n_paused, ==, 1);
    g_assert_cmpuint (fixture->blockers, ==, 0);
    g_assert_false (fake_port_was_sent (fixture->port, "^NDISDUP*"));
}

static void
test_hang_up_blindly (Fixture       *fixture,
                      gconstpointer  data)
{
    guint i;

    add_bearer (fixture, 3);
    add_bearer (fixture, 1);
    add_net_port (fixture);
    fake_port_answer (fixture->port, "^SETAUTODIAL?", "^SETAUTODIAL: 0");
    for (i = 0; i < 3; i++)
        fake_port_fail (fixture->port, "^NDISSTATQRY?", "ERROR");
    fake_port_fail (fixture->port, "^NDISDUP=1,0", "ERROR");
    fake_port_answer (fixture->port, "^NDISDUP=3,0", NULL);
    pause_data (fixture, 0);

    /* Not even that is answered */
    fake_port_answer (fixture->port, "^SETAUTODIAL?", "^SETAUTODIAL: 0");
    for (i = 0; i < 3; i++)
        fake_port_fail (fixture->port, "^NDISSTATQRY?", "ERROR");
    fake_port_silence (fixture->port, "^NDISDUP=1,0");
    fake_port_silence (fixture->port, "^NDISDUP=3,0");
    pause_data (fixture, MM_TDTECH_FOTA_BLOCKER_DATA);
}

/* QMI and MBIM units may not know the query, and have their bearers */
static void
test_sessions_of_qmi (Fixture       *fixture,
                      gconstpointer  data)
{
    g_autoptr(GObject) device = NULL;

    g_assert_true (mm_tdtech_data_pause_has_ndis (fixture->data_pause));
    device = G_OBJECT (fake_kernel_device_new ("usbmisc", "cdc-wdm0", 0x3301, 2, 0, NULL));
    fake_modem_take_port (fixture->modem, fake_port_new ((MMKernelDevice *) device, MM_PORT_TYPE_QMI));
    g_assert_false (mm_tdtech_data_pause_has_ndis (fixture->data_pause));
    fake_port_answer (fixture->port, "^SETAUTODIAL?", "^SETAUTODIAL: 0");
    fake_port_fail (fixture->port, "^NDISSTATQRY?", "ERROR");
    pause_data (fixture, 0);
}

/* The module does not say whether it takes them back: they stay in the record */
static void
test_sessions_not_restored (Fixture       *fixture,
                            gconstpointer  data)
{
    data_of (fixture)->sessions[0] = 2;
    data_of (fixture)->n_sessions = 1;
    fake_port_silence (fixture->port, "^NDISDUP=2,1");
    restore_data (fixture, FALSE);
    g_assert_cmpuint (data_of (fixture)->n_sessions, ==, 1);

    fake_port_fail (fixture->port, "^NDISDUP=2,1", "ERROR");
    restore_data (fixture, FALSE);
    g_assert_cmpuint (data_of (fixture)->n_sessions, ==, 0);
}

/* After the flash they are the connection manager's */
static void
test_flashed (Fixture       *fixture,
              gconstpointer  data)
{
    MMBaseBearer *bearer = add_bearer (fixture, 1);

    nothing_up (fixture);
    pause_data (fixture, 0);
    data_of (fixture)->autodial = g_strdup (SETTING);
    fake_port_forget (fixture->port);
    fake_port_answer (fixture->port, "^SETAUTODIAL=" SETTING, NULL);
    restore_data (fixture, TRUE);
    fake_port_assert_sent (fixture->port, "^SETAUTODIAL=" SETTING);
    g_assert_cmpuint (fake_bearer_n_connects (bearer), ==, 0);
    g_assert_cmpuint (data_of (fixture)->n_sessions, ==, 0);
}

/* What connected while the sessions were read */
static void
connect_behind_our_back (gpointer bearer)
{
    fake_bearer_set_status (bearer, MM_BEARER_STATUS_CONNECTED);
}

static void
test_connected_meanwhile (Fixture       *fixture,
                          gconstpointer  data)
{
    MMBaseBearer *bearer = add_bearer (fixture, 1);
    FakeReply    *reply;

    fake_port_answer (fixture->port, "^SETAUTODIAL?", "^SETAUTODIAL: 0");
    reply = fake_port_answer (fixture->port, "^NDISSTATQRY?", NULL);
    reply->func = connect_behind_our_back;
    reply->user_data = bearer;
    pause_data (fixture, MM_TDTECH_FOTA_BLOCKER_DATA);
}

/*****************************************************************************/
/* Users who hang up while data is paused */

typedef struct {
    GDBusConnection *server;
    GDBusConnection *client;
    guint            n_replies;
} Bus;

static void
disconnect_from_bus (Bus *self)
{
    g_dbus_connection_close_sync (self->server, NULL, NULL);
    g_dbus_connection_close_sync (self->client, NULL, NULL);
    fake_clock_settle ();
    g_object_unref (self->server);
    g_object_unref (self->client);
}

static gboolean
handle_disconnect (MmGdbusBearer         *bearer,
                   GDBusMethodInvocation *invocation,
                   gpointer               user_data)
{
    mm_gdbus_bearer_complete_disconnect (bearer, invocation);
    return TRUE;
}

static void
export_bearer (Bus          *self,
               MMBaseBearer *bearer)
{
    g_signal_connect (bearer, "handle-disconnect", G_CALLBACK (handle_disconnect), NULL);
    g_assert_true (g_dbus_interface_skeleton_export (G_DBUS_INTERFACE_SKELETON (bearer), self->server,
                                                     mm_base_bearer_get_path (bearer), NULL));
}

static void
replied (GDBusConnection *connection,
         GAsyncResult    *res,
         Bus             *self)
{
    g_autoptr(GVariant) reply = g_dbus_connection_call_finish (connection, res, NULL);

    self->n_replies++;
}

static void
hang_up (Bus         *self,
         const gchar *path,
         const gchar *interface,
         GVariant    *arguments)
{
    guint n = self->n_replies;

    g_dbus_connection_call (self->client, g_dbus_connection_get_unique_name (self->server), path, interface, "Disconnect",
                            arguments, NULL, G_DBUS_CALL_FLAGS_NONE, G_MAXINT, NULL, (GAsyncReadyCallback) replied, self);
    FAKE_CLOCK_WAIT_FOR (self->n_replies > n);
    fake_clock_settle ();
}

static void
hang_up_bearer (Bus          *self,
                MMBaseBearer *bearer)
{
    hang_up (self, mm_base_bearer_get_path (bearer), "org.freedesktop.ModemManager1.Bearer", NULL);
}

static void
assert_sessions_kept (guint n,
                      guint first)
{
    g_autoptr(MMTdtechFotaRecord)  kept = load_again ();
    const MMTdtechFotaRecordData  *data = mm_tdtech_fota_record_peek (kept);

    g_assert_cmpuint (data->n_sessions, ==, n);
    if (n > 0)
        g_assert_cmpuint (data->sessions[0], ==, first);
}

/* What was hung up does not come back, not even after a crash, until data is paused the next time */
static void
test_hung_up (Fixture       *fixture,
              gconstpointer  data)
{
    Bus           on_bus = { fake_bus_connect (), fake_bus_connect (), 0 };
    MMBaseBearer *first = add_bearer (fixture, 1);
    MMBaseBearer *second = add_bearer (fixture, 2);
    MMBaseBearer *without = add_bearer (fixture, 0);

    export_bearer (&on_bus, second);
    export_bearer (&on_bus, without);
    nothing_up (fixture);
    pause_data (fixture, 0);
    assert_sessions_kept (2, 1);
    hang_up_bearer (&on_bus, second);
    assert_sessions_kept (1, 1);
    hang_up_bearer (&on_bus, without);
    assert_sessions_kept (1, 1);

    /* Before ^FWUP there is another look. The network has not taken the one down yet; somebody else
     * dialled another one. */
    fake_port_answer (fixture->port, "^NDISSTATQRY?", "^NDISSTATQRY: 2,1,,,\"IPV4\"\n^NDISSTATQRY: 3,1,,,\"IPV4\"");
    fake_port_answer (fixture->port, "^NDISDUP=2,0", NULL);
    fake_port_answer (fixture->port, "^NDISDUP=3,0", NULL);
    begin_pause (fixture);
    fake_clock_run (60);
    g_assert_cmpuint (fixture->blockers, ==, 0);
    assert_sessions_kept (2, 1);
    fake_port_forget (fixture->port);
    fake_port_answer (fixture->port, "^NDISDUP=3,1", NULL);
    begin_restore (fixture, FALSE);
    fake_clock_run (60);
    fake_port_assert_sent (fixture->port, "^NDISDUP=3,1");
    g_assert_cmpuint (fake_bearer_n_connects (first), ==, 1);
    g_assert_cmpuint (fake_bearer_n_connects (second), ==, 0);
    g_assert_cmpuint (fake_bearer_n_connects (without), ==, 0);
    assert_sessions_kept (0, 0);

    fake_port_answer (fixture->port, "^NDISSTATQRY?", "^NDISSTATQRY: 2,1,,,\"IPV4\"");
    fake_port_answer (fixture->port, "^NDISDUP=2,0", NULL);
    begin_pause (fixture);
    fake_clock_run (60);
    assert_sessions_kept (2, 1);
    g_assert_cmpuint (data_of (fixture)->sessions[1], ==, 2);
    disconnect_from_bus (&on_bus);
}

static gboolean
handle_disconnect_all (MmGdbusModemSimple    *simple,
                       GDBusMethodInvocation *invocation,
                       const gchar           *path,
                       gpointer               user_data)
{
    mm_gdbus_modem_simple_complete_disconnect (simple, invocation);
    return TRUE;
}

static void
test_all_hung_up (Fixture       *fixture,
                  gconstpointer  data)
{
    Bus                 on_bus = { fake_bus_connect (), fake_bus_connect (), 0 };
    MMBaseBearer       *first = add_bearer (fixture, 1);
    MMBaseBearer       *second = add_bearer (fixture, 2);
    MmGdbusModemSimple *simple = mm_gdbus_modem_simple_skeleton_new ();

    g_signal_connect (simple, "handle-disconnect", G_CALLBACK (handle_disconnect_all), NULL);
    g_dbus_object_skeleton_add_interface (G_DBUS_OBJECT_SKELETON (fixture->modem), G_DBUS_INTERFACE_SKELETON (simple));
    g_assert_true (g_dbus_interface_skeleton_export (G_DBUS_INTERFACE_SKELETON (simple), on_bus.server, "/modem", NULL));
    nothing_up (fixture);
    pause_data (fixture, 0);
    assert_sessions_kept (2, 1);
    hang_up (&on_bus, "/modem", "org.freedesktop.ModemManager1.Modem.Simple", g_variant_new ("(o)", "/"));
    assert_sessions_kept (0, 0);
    fake_port_forget (fixture->port);
    begin_restore (fixture, FALSE);
    fake_clock_run (60);
    fake_port_assert_sent (fixture->port, "");
    g_assert_cmpuint (fake_bearer_n_connects (first), ==, 0);
    g_assert_cmpuint (fake_bearer_n_connects (second), ==, 0);
    g_dbus_object_skeleton_remove_interface (G_DBUS_OBJECT_SKELETON (fixture->modem), G_DBUS_INTERFACE_SKELETON (simple));
    g_object_unref (simple);
    disconnect_from_bus (&on_bus);
}

/* Polkit answers when nobody waits for it any more */
static void
test_hung_up_late (Fixture       *fixture,
                   gconstpointer  data)
{
    Bus           on_bus = { fake_bus_connect (), fake_bus_connect (), 0 };
    MMBaseBearer *bearer = add_bearer (fixture, 1);

    export_bearer (&on_bus, bearer);
    nothing_up (fixture);
    pause_data (fixture, 0);
    fake_modem_set_authorization (fixture->modem, FAKE_AUTHORIZATION_LATE);
    hang_up_bearer (&on_bus, bearer);
    g_assert_cmpuint (fake_modem_n_waiting (fixture->modem), ==, 1);
    mm_tdtech_data_pause_abandon (fixture->data_pause);
    g_object_unref (fixture->data_pause);
    fake_modem_authorize_now (fixture->modem, TRUE);
    fake_clock_settle ();
    fixture->data_pause = mm_tdtech_data_pause_new (fixture->modem, fixture->record);
    assert_sessions_kept (1, 1);
    disconnect_from_bus (&on_bus);
}

/*****************************************************************************/
/* The modem goes, at every step */

/* The module may be back already: the record is its new modem's, and so are the bearers */
static void
test_abandoned (Fixture       *fixture,
                gconstpointer  data)
{
    MMBaseBearer *bearer = add_bearer (fixture, 1);

    nothing_up (fixture);
    pause_data (fixture, 0);
    fake_port_answer (fixture->port, "^SETAUTODIAL?", AUTODIAL_ON)->delay = 1;
    begin_pause (fixture);
    mm_tdtech_data_pause_abandon (fixture->data_pause);
    fake_clock_run (5);
    g_assert_error (fixture->error, MM_CORE_ERROR, MM_CORE_ERROR_FAILED);
    g_assert_false (fake_port_was_sent (fixture->port, "^SETAUTODIAL=0"));
    g_clear_pointer (&data_of (fixture)->autodial, g_free);
    fake_port_answer (fixture->port, "^NDISDUP=1,1", NULL);
    begin_restore (fixture, FALSE);
    fake_clock_run (120);
    g_assert_cmpuint (fixture->n_restored, ==, 1);
    g_assert_cmpuint (fake_bearer_n_connects (bearer), ==, 0);
    assert_sessions_kept (1, 1);
}

static void
remove_modem (Fixture *fixture)
{
    mm_tdtech_data_pause_abandon (fixture->data_pause);
    fake_modem_remove (fixture->modem);
}

static void
test_removed (Fixture       *fixture,
              gconstpointer  data)
{
    FakeStepWhen when;
    guint        n;
    gboolean     more;

    for (when = FAKE_STEP_BEFORE; when <= FAKE_STEP_AFTER; when++) {
        for (n = 1, more = TRUE; more; n++) {
            g_autoptr(MMTdtechFotaRecord) kept = NULL;

            tear_down (fixture, NULL);
            set_up (fixture, NULL);
            add_bearer (fixture, 2);
            add_bearer (fixture, 3);
            fake_port_answer (fixture->port, "^SETAUTODIAL?", AUTODIAL_ON);
            fake_port_answer (fixture->port, "^NDISSTATQRY?", "^NDISSTATQRY: x");
            fake_port_answer (fixture->port, "^NDISSTATQRY?", "^NDISSTATQRY: 1,1,,,\"IPV4\"");
            fake_port_answer (fixture->port, "*", NULL)->forever = TRUE;

            fake_steps_begin (n, when, (FakeFunc) remove_modem, fixture);
            begin_pause (fixture);
            fake_clock_run (60);
            g_assert_cmpuint (fixture->n_paused, ==, 1);
            begin_restore (fixture, FALSE);
            fake_clock_run (120);
            g_assert_cmpuint (fixture->n_restored, ==, 1);
            more = fake_steps_end ();
            g_free (fake_log_take_warnings ());

            /* The record is the next modem's: what was not given back is in it */
            kept = load_again ();
            if (n == 3)
                g_assert_cmpstr (mm_tdtech_fota_record_peek (kept)->autodial, ==, SETTING);
        }
        g_assert_cmpuint (n, >, 10);
    }
}

int
main (int    argc,
      char **argv)
{
    g_test_init (&argc, &argv, NULL);

#define ADD(path, func) g_test_add ("/tdtech/data-pause/" path, Fixture, NULL, set_up, func, tear_down)
    ADD ("nothing", test_nothing);
    ADD ("all", test_all);
    ADD ("order", test_order);
    ADD ("autodial/unknown", test_autodial_unknown);
    ADD ("autodial/silent", test_autodial_silent);
    ADD ("autodial/unreadable", test_autodial_unreadable);
    ADD ("autodial/stays-on", test_autodial_stays_on);
    ADD ("autodial/not-saved", test_autodial_not_saved);
    ADD ("autodial/not-restored", test_autodial_not_restored);
    ADD ("autodial/bad-setting", test_autodial_bad_setting);
    ADD ("bearer/refuses", test_bearer_refuses);
    ADD ("bearer/connecting", test_bearer_connecting);
    ADD ("bearer/going-down", test_bearer_going_down);
    ADD ("bearer/changes-context", test_bearer_changes_context);
    ADD ("bearer/without-context", test_bearer_without_context);
    ADD ("bearer/deleted", test_bearer_deleted);
    ADD ("bearer/unwanted", test_bearer_unwanted);
    ADD ("bearer/not-reconnected", test_bearer_not_reconnected);
    ADD ("bearer/no-list", test_no_list);
    ADD ("bearer/connected-meanwhile", test_connected_meanwhile);
    ADD ("session/stays", test_session_stays);
    ADD ("session/of-autodial-stays", test_session_of_autodial_stays);
    ADD ("session/going-down", test_session_going_down);
    ADD ("session/too-many", test_sessions_too_many);
    ADD ("session/silent", test_sessions_silent);
    ADD ("session/unreadable-once", test_sessions_unreadable_once);
    ADD ("session/hang-up-blindly", test_hang_up_blindly);
    ADD ("session/qmi", test_sessions_of_qmi);
    ADD ("session/not-restored", test_sessions_not_restored);
    ADD ("flashed", test_flashed);
    ADD ("hung-up", test_hung_up);
    ADD ("hung-up/all", test_all_hung_up);
    ADD ("hung-up/late", test_hung_up_late);
    ADD ("abandoned", test_abandoned);
    ADD ("removed", test_removed);
    return fake_bus_run_tests ();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "fake-clock.h"
#include "fake-modem.h"

#include "mm-broadband-modem-tdtech.h"
#include "mm-tdtech-deferred-properties.h"

typedef struct {
    MMBaseModem  *modem;
    MMBaseSim    *sim;
    GAsyncResult *result;
} Fixture;

#define MODEM(fixture)      MM_IFACE_MODEM_GET_IFACE ((fixture)->modem)
#define MODEM_3GPP(fixture) MM_IFACE_MODEM_3GPP_GET_IFACE ((fixture)->modem)

static gboolean gone;

static gboolean
is_gone (MMBaseModem *modem)
{
    return gone;
}

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
    gone = FALSE;
    fixture->modem = fake_modem_new (MM_TYPE_BROADBAND_MODEM_TDTECH);
    fake_modem_set_state (fixture->modem, MM_MODEM_STATE_INITIALIZING);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
    fake_modem_remove (fixture->modem);
    fake_clock_run (1);
    g_clear_object (&fixture->sim);
    g_clear_pointer (&fixture->modem, fake_modem_free);
}

static void
ready (GObject      *source,
       GAsyncResult *res,
       Fixture      *fixture)
{
    fixture->result = g_object_ref (res);
}

#define READY (GAsyncReadyCallback) ready, fixture

/*****************************************************************************/
/* What ModemManager loads while it initializes the modem */

static void
tell_lock (Fixture     *fixture,
           MMModemLock  lock)
{
    g_autoptr(GTask) task = g_task_new (fixture->modem, NULL, NULL, NULL);

    g_task_return_int (task, lock);
    g_assert_cmpint (MODEM (fixture)->load_unlock_required_finish (MM_IFACE_MODEM (fixture->modem),
                                                                   G_ASYNC_RESULT (task), NULL), ==, lock);
}

static guint
load_retries (Fixture *fixture)
{
    g_autoptr(MMUnlockRetries) retries = NULL;

    MODEM (fixture)->load_unlock_retries (MM_IFACE_MODEM (fixture->modem), READY);
    fake_clock_settle ();
    retries = MODEM (fixture)->load_unlock_retries_finish (MM_IFACE_MODEM (fixture->modem), fixture->result, NULL);
    g_clear_object (&fixture->result);
    return mm_unlock_retries_get (retries, MM_MODEM_LOCK_SIM_PIN);
}

static void
load_all (Fixture *fixture)
{
    MMIfaceModem3gpp *modem_3gpp = MM_IFACE_MODEM_3GPP (fixture->modem);

    tell_lock (fixture, MM_MODEM_LOCK_NONE);
    g_assert_cmpuint (load_retries (fixture), ==, MM_UNLOCK_RETRIES_UNKNOWN);

    MODEM (fixture)->load_own_numbers (MM_IFACE_MODEM (fixture->modem), READY);
    fake_clock_settle ();
    g_assert_null (MODEM (fixture)->load_own_numbers_finish (MM_IFACE_MODEM (fixture->modem), fixture->result, NULL));
    g_clear_object (&fixture->result);

    MODEM_3GPP (fixture)->load_enabled_facility_locks (modem_3gpp, READY);
    fake_clock_settle ();
    g_assert_cmpuint (MODEM_3GPP (fixture)->load_enabled_facility_locks_finish (modem_3gpp, fixture->result, NULL),
                      ==, MM_MODEM_3GPP_FACILITY_NONE);
    g_clear_object (&fixture->result);

    MODEM_3GPP (fixture)->load_eps_ue_mode_operation (modem_3gpp, READY);
    fake_clock_settle ();
    g_assert_cmpuint (MODEM_3GPP (fixture)->load_eps_ue_mode_operation_finish (modem_3gpp, fixture->result, NULL),
                      ==, MM_MODEM_3GPP_EPS_UE_MODE_OPERATION_UNKNOWN);
    g_clear_object (&fixture->result);

    MODEM (fixture)->create_sim (MM_IFACE_MODEM (fixture->modem), READY);
    fake_clock_settle ();
    fixture->sim = MM_BASE_SIM (g_async_result_get_source_object (fixture->result));
    g_clear_object (&fixture->result);
    g_assert_true (fake_sim_peek_modem (fixture->sim) == fixture->modem);
    g_assert_true (mm_gdbus_sim_get_active (MM_GDBUS_SIM (fixture->sim)));
    /* What has a value already is not loaded */
    g_assert_nonnull (mm_gdbus_sim_get_preferred_networks (MM_GDBUS_SIM (fixture->sim)));
    g_assert_nonnull (mm_gdbus_sim_get_gid1 (MM_GDBUS_SIM (fixture->sim)));
    g_assert_nonnull (mm_gdbus_sim_get_gid2 (MM_GDBUS_SIM (fixture->sim)));
    fake_modem_set_sim (fixture->modem, fixture->sim);
    fake_sim_set (fixture->sim, "26201", "g1", "g2");

    /* None of it was asked for */
    fake_modem_assert_called (fixture->modem, "");
}

static void
set_values (Fixture *fixture)
{
    fake_modem_set_generic (fixture->modem, "load_unlock_retries", "3");
    fake_modem_set_generic (fixture->modem, "load_own_numbers", "+491,+492");
    fake_modem_set_generic (fixture->modem, "load_enabled_facility_locks", "1");
    fake_modem_set_generic (fixture->modem, "load_eps_ue_mode_operation", "2");
}

static void
test_all (Fixture       *fixture,
          gconstpointer  data)
{
    g_autoptr(GObject)  modem = NULL;
    g_autoptr(GObject)  modem_3gpp = NULL;
    g_autofree gchar   *numbers = NULL;
    g_autofree gchar   *of_sim = NULL;
    GVariant           *retries;
    guint32             pin = 0;

    load_all (fixture);
    set_values (fixture);
    mm_tdtech_deferred_properties_load (fixture->modem, is_gone);
    fake_clock_settle ();
    fake_modem_assert_called (fixture->modem, "load_unlock_retries load_own_numbers "
                              "load_enabled_facility_locks load_eps_ue_mode_operation");
    of_sim = fake_sim_take_called (fixture->sim);
    g_assert_cmpstr (of_sim, ==, "load_preferred_networks load_gid1 load_gid2");

    g_object_get (fixture->modem,
                  MM_IFACE_MODEM_DBUS_SKELETON,      &modem,
                  MM_IFACE_MODEM_3GPP_DBUS_SKELETON, &modem_3gpp,
                  NULL);
    retries = mm_gdbus_modem_get_unlock_retries (MM_GDBUS_MODEM (modem));
    g_variant_get_child (retries, 0, "{uu}", NULL, &pin);
    g_assert_cmpuint (pin, ==, 3);
    numbers = fake_modem_dup_numbers (fixture->modem);
    g_assert_cmpstr (numbers, ==, "+491,+492");
    g_assert_cmpuint (mm_gdbus_modem3gpp_get_enabled_facility_locks (MM_GDBUS_MODEM3GPP (modem_3gpp)), ==, 1);
    g_assert_cmpuint (mm_gdbus_modem3gpp_get_eps_ue_mode_operation (MM_GDBUS_MODEM3GPP (modem_3gpp)), ==, 2);
    g_assert_cmpuint (g_variant_n_children (mm_gdbus_sim_get_preferred_networks (MM_GDBUS_SIM (fixture->sim))), ==, 1);
    g_assert_cmpuint (g_variant_n_children (mm_gdbus_sim_get_gid1 (MM_GDBUS_SIM (fixture->sim))), ==, 2);
    g_assert_cmpuint (g_variant_n_children (mm_gdbus_sim_get_gid2 (MM_GDBUS_SIM (fixture->sim))), ==, 2);
}

/* One that the module does not tell does not keep the others away */
static void
test_errors (Fixture       *fixture,
             gconstpointer  data)
{
    g_autoptr(GObject)  modem = NULL;
    g_autoptr(GObject)  modem_3gpp = NULL;
    g_autofree gchar   *of_sim = NULL;

    load_all (fixture);
    fake_sim_set (fixture->sim, NULL, NULL, NULL);
    g_object_get (fixture->modem,
                  MM_IFACE_MODEM_DBUS_SKELETON,      &modem,
                  MM_IFACE_MODEM_3GPP_DBUS_SKELETON, &modem_3gpp,
                  NULL);
    /* What is shown stays */
    mm_gdbus_modem_set_unlock_retries (MM_GDBUS_MODEM (modem), g_variant_new_parsed ("@a{uu} {2: 1, 3: 1}"));
    mm_gdbus_modem3gpp_set_enabled_facility_locks (MM_GDBUS_MODEM3GPP (modem_3gpp), 4);
    mm_gdbus_modem3gpp_set_eps_ue_mode_operation (MM_GDBUS_MODEM3GPP (modem_3gpp), 3);
    mm_gdbus_sim_set_preferred_networks (MM_GDBUS_SIM (fixture->sim),
                                         g_variant_new_parsed ("@a(su) [('26201', 1), ('26202', 2)]"));
    mm_tdtech_deferred_properties_load (fixture->modem, is_gone);
    fake_clock_settle ();
    fake_modem_assert_called (fixture->modem, "load_unlock_retries load_own_numbers "
                              "load_enabled_facility_locks load_eps_ue_mode_operation");
    of_sim = fake_sim_take_called (fixture->sim);
    g_assert_cmpstr (of_sim, ==, "load_preferred_networks load_gid1 load_gid2");
    fake_log_assert_said ("couldn't load unlock retries: the generic modem does not know\ncouldn't load own numbers: ");
    g_assert_cmpuint (g_variant_n_children (mm_gdbus_sim_get_preferred_networks (MM_GDBUS_SIM (fixture->sim))), ==, 2);
    g_assert_cmpuint (g_variant_n_children (mm_gdbus_sim_get_gid1 (MM_GDBUS_SIM (fixture->sim))), ==, 0);
    g_assert_cmpuint (g_variant_n_children (mm_gdbus_modem_get_unlock_retries (MM_GDBUS_MODEM (modem))), ==, 2);
    g_assert_cmpuint (mm_gdbus_modem3gpp_get_enabled_facility_locks (MM_GDBUS_MODEM3GPP (modem_3gpp)), ==, 4);
    g_assert_cmpuint (mm_gdbus_modem3gpp_get_eps_ue_mode_operation (MM_GDBUS_MODEM3GPP (modem_3gpp)), ==, 3);
}

/* Without a SIM, and where nothing was deferred */
static void
test_some (Fixture       *fixture,
           gconstpointer  data)
{
    mm_tdtech_deferred_properties_load (fixture->modem, is_gone);
    fake_clock_settle ();
    fake_modem_assert_called (fixture->modem, "");

    tell_lock (fixture, MM_MODEM_LOCK_NONE);
    load_retries (fixture);
    set_values (fixture);
    mm_tdtech_deferred_properties_load (fixture->modem, is_gone);
    fake_clock_settle ();
    fake_modem_assert_called (fixture->modem, "load_unlock_retries");
}

/* Each by itself */
static void
test_one (Fixture       *fixture,
          gconstpointer  data)
{
    MMIfaceModem3gpp  *modem_3gpp = MM_IFACE_MODEM_3GPP (fixture->modem);
    g_autofree gchar  *of_sim = NULL;

    MODEM_3GPP (fixture)->load_eps_ue_mode_operation (modem_3gpp, READY);
    fake_clock_settle ();
    g_clear_object (&fixture->result);
    /* A SIM of which nothing was deferred */
    fixture->sim = g_object_new (MM_TYPE_BASE_SIM, NULL);
    fake_modem_set_sim (fixture->modem, fixture->sim);
    mm_tdtech_deferred_properties_load (fixture->modem, is_gone);
    fake_clock_settle ();
    fake_modem_assert_called (fixture->modem, "load_eps_ue_mode_operation");
    of_sim = fake_sim_take_called (fixture->sim);
    g_assert_cmpstr (of_sim, ==, "");

    tear_down (fixture, NULL);
    set_up (fixture, NULL);
    MODEM_3GPP (fixture)->load_enabled_facility_locks (MM_IFACE_MODEM_3GPP (fixture->modem), READY);
    fake_clock_settle ();
    g_clear_object (&fixture->result);
    mm_tdtech_deferred_properties_load (fixture->modem, is_gone);
    fake_clock_settle ();
    fake_modem_assert_called (fixture->modem, "load_enabled_facility_locks");

    /* And a SIM that was taken out meanwhile */
    tear_down (fixture, NULL);
    set_up (fixture, NULL);
    MODEM (fixture)->load_own_numbers (MM_IFACE_MODEM (fixture->modem), READY);
    fake_clock_settle ();
    g_clear_object (&fixture->result);
    MODEM (fixture)->create_sim (MM_IFACE_MODEM (fixture->modem), READY);
    fake_clock_settle ();
    fixture->sim = MM_BASE_SIM (g_async_result_get_source_object (fixture->result));
    g_clear_object (&fixture->result);
    mm_tdtech_deferred_properties_load (fixture->modem, is_gone);
    fake_clock_settle ();
    fake_modem_assert_called (fixture->modem, "load_own_numbers");
}

/* They are needed to enter a PIN, and after one was changed */
static void
test_retries_needed (Fixture       *fixture,
                     gconstpointer  data)
{
    set_values (fixture);
    tell_lock (fixture, MM_MODEM_LOCK_SIM_PIN);
    g_assert_cmpuint (load_retries (fixture), ==, 3);
    tell_lock (fixture, MM_MODEM_LOCK_NONE);
    fake_modem_set_state (fixture->modem, MM_MODEM_STATE_REGISTERED);
    g_assert_cmpuint (load_retries (fixture), ==, 3);
}

static void
remove_modem (gpointer modem)
{
    gone = TRUE;
    fake_modem_remove (modem);
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
            tear_down (fixture, NULL);
            set_up (fixture, NULL);
            load_all (fixture);
            set_values (fixture);
            fake_steps_begin (n, when, remove_modem, fixture->modem);
            mm_tdtech_deferred_properties_load (fixture->modem, is_gone);
            fake_clock_settle ();
            more = fake_steps_end ();
        }
        g_assert_cmpuint (n, ==, 9);
    }
}

int
main (int    argc,
      char **argv)
{
    g_test_init (&argc, &argv, NULL);

#define ADD(path, func) g_test_add ("/tdtech/deferred-properties/" path, Fixture, NULL, set_up, func, tear_down)
    ADD ("all", test_all);
    ADD ("errors", test_errors);
    ADD ("some", test_some);
    ADD ("one", test_one);
    ADD ("retries-needed", test_retries_needed);
    ADD ("removed", test_removed);
    return g_test_run ();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "fake-clock.h"
#include "fake-modem.h"

#include "mm-broadband-modem-tdtech.h"
#include "mm-iface-modem-3gpp-profile-manager.h"

/* The default bearer's, three of the host's, the one for emergencies, and the network's */
#define CONTEXTS \
    "+CGDCONT: 0,\"IPV4V6\",\"ims\"\n" \
    "+CGDCONT: 3,\"IP\",\"third\"\n" \
    "+CGDCONT: 1,\"IPV4V6\",\"first\"\n" \
    "+CGDCONT: 2,\"IPV6\",\"sos\",\"\",0,0,0,1,0,0\n" \
    "+CGDCONT: 21,\"IP\",\"network\""

typedef struct {
    MMBaseModem                             *modem;
    MMPortSerialAt                          *port;
    MMIfaceModem3gppProfileManager          *manager;
    MMIfaceModem3gppProfileManagerInterface *iface;
    GAsyncResult                            *result;
    GError                                  *error;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
    fixture->modem = fake_modem_new (MM_TYPE_BROADBAND_MODEM_TDTECH);
    fixture->port = g_object_ref (mm_base_modem_peek_port_primary (fixture->modem));
    fixture->manager = (MMIfaceModem3gppProfileManager *) fixture->modem;
    fixture->iface = G_TYPE_INSTANCE_GET_INTERFACE (fixture->modem, MM_TYPE_IFACE_MODEM_3GPP_PROFILE_MANAGER,
                                                    MMIfaceModem3gppProfileManagerInterface);
}

static void
forget_result (Fixture *fixture)
{
    g_clear_object (&fixture->result);
    g_clear_error (&fixture->error);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
    forget_result (fixture);
    fake_modem_remove (fixture->modem);
    fake_clock_run (1);
    g_clear_pointer (&fixture->modem, fake_modem_free);
    fake_port_assert_all_asked (fixture->port);
    g_object_unref (fixture->port);
}

static void
ready (GObject      *source,
       GAsyncResult *res,
       Fixture      *fixture)
{
    fixture->result = g_object_ref (res);
}

static void
wait_for_result (Fixture *fixture)
{
    fake_clock_run (30);
    g_assert_nonnull (fixture->result);
}

static GList *
list (Fixture *fixture)
{
    GList *profiles = NULL;

    forget_result (fixture);
    fixture->iface->list_profiles (fixture->manager, (GAsyncReadyCallback) ready, fixture);
    wait_for_result (fixture);
    g_assert_true (fixture->iface->list_profiles_finish (fixture->manager, fixture->result, &profiles,
                                                         &fixture->error) == !fixture->error);
    return profiles;
}

static void
assert_listed (Fixture     *fixture,
               const gchar *expected)
{
    GList             *profiles = list (fixture);
    g_autoptr(GString) listed = g_string_new (NULL);
    GList             *l;

    g_assert_no_error (fixture->error);
    for (l = profiles; l; l = l->next)
        g_string_append_printf (listed, "%s%d:%s", listed->len > 0 ? " " : "",
                                mm_3gpp_profile_get_profile_id (l->data),
                                mm_3gpp_profile_get_apn (l->data) ? mm_3gpp_profile_get_apn (l->data) : "-");
    g_assert_cmpstr (listed->str, ==, expected);
    g_list_free_full (profiles, g_object_unref);
}

static gboolean
check_format (Fixture *fixture,
              gint    *min,
              gint    *max)
{
    gboolean               new_id;
    GEqualFunc             compare;
    MM3gppProfileCmpFlags  flags;

    forget_result (fixture);
    fixture->iface->check_format (fixture->manager, MM_BEARER_IP_FAMILY_IPV4, (GAsyncReadyCallback) ready, fixture);
    wait_for_result (fixture);
    return fixture->iface->check_format_finish (fixture->manager, fixture->result, &new_id, min, max, &compare, &flags,
                                                &fixture->error);
}

/*****************************************************************************/
/* List */

static void
test_list (Fixture       *fixture,
           gconstpointer  data)
{
    GList *profiles;

    fake_port_answer (fixture->port, "+CGDCONT?", CONTEXTS);
    assert_listed (fixture, "1:first 3:third");
    /* The first line, and the last number that is the host's */
    fake_port_answer (fixture->port, "+CGDCONT?", "+CGDCONT: 20,\"IPV6\",\"last\"");
    profiles = list (fixture);
    g_assert_cmpuint (g_list_length (profiles), ==, 1);
    g_assert_cmpint (mm_3gpp_profile_get_profile_id (profiles->data), ==, 20);
    g_assert_cmpuint (mm_3gpp_profile_get_ip_type (profiles->data), ==, MM_BEARER_IP_FAMILY_IPV6);
    g_list_free_full (profiles, g_object_unref);
    fake_port_answer (fixture->port, "+CGDCONT?", NULL);
    assert_listed (fixture, "");

    fake_port_answer (fixture->port, "+CGDCONT?", "+CGDCONT: x");
    g_assert_null (list (fixture));
    g_assert_nonnull (fixture->error);
    fake_port_silence (fixture->port, "+CGDCONT?");
    g_assert_null (list (fixture));
    g_assert_error (fixture->error, MM_SERIAL_ERROR, MM_SERIAL_ERROR_RESPONSE_TIMEOUT);
}

/* To choose a free number from, all that are taken are told, without what could match; once */
static void
test_list_to_choose (Fixture       *fixture,
                     gconstpointer  data)
{
    gint min = 0;
    gint max = 0;

    fake_modem_set_generic (fixture->modem, "check_format", "0-31");
    g_assert_true (check_format (fixture, &min, &max));
    g_assert_cmpint (min, ==, 1);
    g_assert_cmpint (max, ==, 20);
    fake_port_answer (fixture->port, "+CGDCONT?", CONTEXTS);
    assert_listed (fixture, "1:first 2:- 3:third");
    fake_port_answer (fixture->port, "+CGDCONT?", CONTEXTS);
    assert_listed (fixture, "1:first 3:third");
}

static void
test_format (Fixture       *fixture,
             gconstpointer  data)
{
    gint min = 0;
    gint max = 0;

    fake_modem_set_generic (fixture->modem, "check_format", "2-5");
    g_assert_true (check_format (fixture, &min, &max));
    g_assert_cmpint (min, ==, 2);
    g_assert_cmpint (max, ==, 5);
    /* One number is a range */
    fake_modem_set_generic (fixture->modem, "check_format", "3-3");
    g_assert_true (check_format (fixture, &min, &max));
    g_assert_cmpint (min, ==, 3);
    g_assert_cmpint (max, ==, 3);
    /* A range of others alone, above and below */
    fake_modem_set_generic (fixture->modem, "check_format", "0-0");
    g_assert_true (check_format (fixture, &min, &max));
    g_assert_cmpint (min, ==, 1);
    g_assert_cmpint (max, ==, 20);
    fake_modem_set_generic (fixture->modem, "check_format", "21-31");
    g_assert_true (check_format (fixture, &min, &max));
    g_assert_cmpint (min, ==, 1);
    g_assert_cmpint (max, ==, 20);
    /* Not everybody asks for it */
    g_assert_true (check_format (fixture, NULL, NULL));
    fake_modem_set_generic (fixture->modem, "check_format", NULL);
    g_assert_false (check_format (fixture, &min, &max));
    g_assert_nonnull (fixture->error);
}

/*****************************************************************************/
/* Not the module's own */

static MM3gppProfile *
profile_new (gint id)
{
    MM3gppProfile *profile = mm_3gpp_profile_new ();

    mm_3gpp_profile_set_profile_id (profile, id);
    return profile;
}

static gboolean
store (Fixture *fixture,
       gint     id)
{
    g_autoptr(MM3gppProfile) profile = profile_new (id);
    gint                     stored = -1;
    MMBearerApnType          apn_type = MM_BEARER_APN_TYPE_NONE;
    gboolean                 success;

    forget_result (fixture);
    fixture->iface->store_profile (fixture->manager, profile, "profile-id", (GAsyncReadyCallback) ready, fixture);
    wait_for_result (fixture);
    success = fixture->iface->store_profile_finish (fixture->manager, fixture->result, &stored, &apn_type,
                                                    &fixture->error);
    g_assert_cmpint (stored, ==, success ? 5 : -1);
    return success;
}

static gboolean
deactivate (Fixture *fixture,
            gint     id)
{
    g_autoptr(MM3gppProfile) profile = profile_new (id);

    forget_result (fixture);
    fixture->iface->deactivate_profile (fixture->manager, profile, (GAsyncReadyCallback) ready, fixture);
    wait_for_result (fixture);
    return fixture->iface->deactivate_profile_finish (fixture->manager, fixture->result, &fixture->error);
}

static gboolean
delete_profile (Fixture *fixture,
                gint     id)
{
    g_autoptr(MM3gppProfile) profile = profile_new (id);

    forget_result (fixture);
    fixture->iface->delete_profile (fixture->manager, profile, "profile-id", (GAsyncReadyCallback) ready, fixture);
    wait_for_result (fixture);
    return fixture->iface->delete_profile_finish (fixture->manager, fixture->result, &fixture->error);
}

static void
test_protected (Fixture       *fixture,
                gconstpointer  data)
{
    static const gint others[] = { 0, 2, 21, -1 };
    guint             i;

    fake_modem_set_generic (fixture->modem, "store_profile", "5");
    fake_modem_set_generic (fixture->modem, "deactivate_profile", "yes");
    fake_modem_set_generic (fixture->modem, "delete_profile", "yes");
    /* A context that was the module's and is not any more */
    fake_port_answer (fixture->port, "+CGDCONT?", "+CGDCONT: 3,\"IPV6\",\"sos\",\"\",0,0,0,1,0,0");
    g_list_free_full (list (fixture), g_object_unref);
    fake_port_answer (fixture->port, "+CGDCONT?", CONTEXTS)->forever = TRUE;
    g_list_free_full (list (fixture), g_object_unref);

    for (i = 0; i < G_N_ELEMENTS (others); i++) {
        g_assert_false (store (fixture, others[i]));
        g_assert_error (fixture->error, MM_CORE_ERROR, MM_CORE_ERROR_UNAUTHORIZED);
        g_assert_false (deactivate (fixture, others[i]));
        g_assert_error (fixture->error, MM_CORE_ERROR, MM_CORE_ERROR_UNAUTHORIZED);
        g_assert_false (delete_profile (fixture, others[i]));
        g_assert_error (fixture->error, MM_CORE_ERROR, MM_CORE_ERROR_UNAUTHORIZED);
    }
    fake_modem_assert_called (fixture->modem, "");

    g_assert_true (store (fixture, 3));
    g_assert_true (deactivate (fixture, 3));
    g_assert_true (delete_profile (fixture, 3));
    g_assert_true (store (fixture, 4));
    fake_modem_assert_called (fixture->modem, "store_profile deactivate_profile delete_profile store_profile");
    /* The first and the last one that are the host's */
    g_assert_true (store (fixture, 1));
    g_assert_true (store (fixture, 20));
}

/* Whose a context is is asked before it is deleted, as the module may have changed it */
static void
test_delete (Fixture       *fixture,
             gconstpointer  data)
{
    fake_modem_set_generic (fixture->modem, "delete_profile", "yes");
    fake_port_silence (fixture->port, "+CGDCONT?");
    g_assert_false (delete_profile (fixture, 3));
    g_assert_error (fixture->error, MM_SERIAL_ERROR, MM_SERIAL_ERROR_RESPONSE_TIMEOUT);
    fake_modem_assert_called (fixture->modem, "");

    fake_modem_set_generic (fixture->modem, "delete_profile", NULL);
    fake_port_answer (fixture->port, "+CGDCONT?", CONTEXTS);
    g_assert_false (delete_profile (fixture, 3));
    g_assert_error (fixture->error, MM_CORE_ERROR, MM_CORE_ERROR_UNSUPPORTED);
}

/* At every step */
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
            fake_modem_set_generic (fixture->modem, "delete_profile", "yes");
            fake_port_answer (fixture->port, "+CGDCONT?", CONTEXTS)->forever = TRUE;
            fake_steps_begin (n, when, (FakeFunc) fake_modem_remove, fixture->modem);
            delete_profile (fixture, 3);
            more = fake_steps_end ();
        }
        g_assert_cmpuint (n, >, 2);
    }
}

int
main (int    argc,
      char **argv)
{
    g_test_init (&argc, &argv, NULL);

#define ADD(path, func) g_test_add ("/tdtech/profiles/" path, Fixture, NULL, set_up, func, tear_down)
    ADD ("list", test_list);
    ADD ("list-to-choose", test_list_to_choose);
    ADD ("format", test_format);
    ADD ("protected", test_protected);
    ADD ("delete", test_delete);
    ADD ("removed", test_removed);
    return g_test_run ();
}

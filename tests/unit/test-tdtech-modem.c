/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <glib/gstdio.h>

#include "fake-clock.h"
#include "fake-modem.h"
#include "fake-state.h"

#include "mm-base-modem-at.h"
#if defined WITH_QMI
# include "mm-broadband-modem-qmi-tdtech.h"
#endif
#include "mm-broadband-modem-tdtech.h"
#include "mm-gdbus-fota.h"
#include "mm-iface-modem-firmware.h"
#include "mm-shared-tdtech.h"
#include "mm-tdtech-fota-enums.h"
#include "mm-tdtech-port-rescue.h"

#define IDENTITY \
    "Manufacturer: TD Tech Ltd.\n" \
    "Model: MT5710-CN\n" \
    "Revision: V200R001C20B025\n" \
    "IMEI: 860000000000017"

#define MODEM(fixture)    MM_IFACE_MODEM_GET_IFACE ((fixture)->modem)
#define MODEM_3GPP(fixture) MM_IFACE_MODEM_3GPP_GET_IFACE ((fixture)->modem)
#define FIRMWARE(fixture) MM_IFACE_MODEM_FIRMWARE_GET_IFACE ((fixture)->modem)

typedef struct {
    gchar          *state;
    MMBaseModem    *modem;
    MMPortSerialAt *port;
    MMPortSerialAt *secondary;
    GAsyncResult   *result;
    GError         *error;
} Fixture;

static void
set_up_ports (Fixture *fixture)
{
    MM_BROADBAND_MODEM_CLASS (G_OBJECT_GET_CLASS (fixture->modem))->setup_ports (MM_BROADBAND_MODEM (fixture->modem));
}

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
    fixture->state = fake_state_new ();
    fixture->modem = fake_modem_new (MM_TYPE_BROADBAND_MODEM_TDTECH);
    fixture->port = g_object_ref (mm_base_modem_peek_port_primary (fixture->modem));
    fixture->secondary = fake_at_port_new ("ttyUSB3");
    fake_modem_set_secondary (fixture->modem, fixture->secondary);
    set_up_ports (fixture);
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
    g_assert_cmpuint (fake_port_n_opened (fixture->port), ==, 0);
    g_assert_cmpuint (fake_clock_n_timers (), ==, 0);
    g_object_unref (fixture->port);
    g_assert_finalize_object (fixture->secondary);
    fake_state_free (fixture->state);
}

static void
ready (GObject      *source,
       GAsyncResult *res,
       Fixture      *fixture)
{
    g_assert_null (fixture->result);
    fixture->result = g_object_ref (res);
}

#define WAIT_FOR_RESULT(fixture) \
    G_STMT_START { \
        g_assert_null ((fixture)->result); \
        fake_clock_run (10); \
        g_assert_nonnull ((fixture)->result); \
    } G_STMT_END

#define READY (GAsyncReadyCallback) ready, fixture

/*****************************************************************************/
/* Identity */

static gchar *
load (Fixture             *fixture,
      void              (* start)  (MMIfaceModem *, GAsyncReadyCallback, gpointer),
      gchar             *(* finish) (MMIfaceModem *, GAsyncResult *, GError **))
{
    gchar *value;

    forget_result (fixture);
    fake_port_forget (fixture->port);
    start (MM_IFACE_MODEM (fixture->modem), READY);
    WAIT_FOR_RESULT (fixture);
    value = finish (MM_IFACE_MODEM (fixture->modem), fixture->result, &fixture->error);
    g_assert_true (!value == !!fixture->error);
    return value;
}

#define ASSERT_LOADED(property, expected) \
    G_STMT_START { \
        g_autofree gchar *value = load (fixture, MODEM (fixture)->load_ ## property, \
                                        MODEM (fixture)->load_ ## property ## _finish); \
        g_assert_cmpstr (value, ==, expected); \
    } G_STMT_END

static gchar *
load_imei (Fixture *fixture)
{
    forget_result (fixture);
    MODEM_3GPP (fixture)->load_imei (MM_IFACE_MODEM_3GPP (fixture->modem), READY);
    WAIT_FOR_RESULT (fixture);
    return MODEM_3GPP (fixture)->load_imei_finish (MM_IFACE_MODEM_3GPP (fixture->modem), fixture->result,
                                                   &fixture->error);
}

static void
test_identity_of_probing (Fixture       *fixture,
                          gconstpointer  data)
{
    MMTdtechIdentity *identity = g_new0 (MMTdtechIdentity, 1);
    g_autofree gchar *imei = NULL;

    identity->manufacturer = g_strdup ("TD Tech");
    identity->model = g_strdup ("MT5700M-CN");
    identity->revision = g_strdup ("V1");
    identity->imei = g_strdup ("860000000000025");
    mm_broadband_modem_tdtech_take_identity (MM_BROADBAND_MODEM_TDTECH (fixture->modem), identity);
    ASSERT_LOADED (manufacturer, "TD Tech");
    ASSERT_LOADED (model, "MT5700M-CN");
    ASSERT_LOADED (revision, "V1");
    ASSERT_LOADED (equipment_identifier, "860000000000025");
    imei = load_imei (fixture);
    g_assert_cmpstr (imei, ==, "860000000000025");
    fake_port_assert_sent (fixture->port, "");
    fake_modem_assert_called (fixture->modem, "");

    /* Another one replaces it; what it does not tell is asked for */
    mm_broadband_modem_tdtech_take_identity (MM_BROADBAND_MODEM_TDTECH (fixture->modem),
                                             g_new0 (MMTdtechIdentity, 1));
    fake_modem_set_generic (fixture->modem, "load_manufacturer", "Generic");
    ASSERT_LOADED (manufacturer, "Generic");
}

static void
test_identity_of_generic (Fixture       *fixture,
                          gconstpointer  data)
{
    g_autofree gchar *imei = NULL;

    fake_modem_set_generic (fixture->modem, "load_manufacturer", "Generic");
    fake_modem_set_generic (fixture->modem, "load_model", "Generic model");
    fake_modem_set_generic (fixture->modem, "load_equipment_identifier", "860000000000033");
    fake_modem_set_generic (fixture->modem, "load_imei", "860000000000041");
    ASSERT_LOADED (manufacturer, "Generic");
    ASSERT_LOADED (equipment_identifier, "860000000000033");
    imei = load_imei (fixture);
    g_assert_cmpstr (imei, ==, "860000000000041");
    /* ATI first: what the generic modem asks is told wrong by old firmware */
    fake_port_fail (fixture->port, "I", "ERROR");
    ASSERT_LOADED (model, "Generic model");
    fake_port_answer (fixture->port, "I", IDENTITY);
    ASSERT_LOADED (model, "MT5710-CN");
    fake_port_answer (fixture->port, "+CGMR", "V200R001C20B026");
    ASSERT_LOADED (revision, "V200R001C20B026");

    /* What ATI has told once is kept, but another firmware tells another +CGMR */
    fake_port_answer (fixture->port, "+CGMR", "V200R001C20B027");
    ASSERT_LOADED (revision, "V200R001C20B027");
    ASSERT_LOADED (model, "MT5710-CN");
    fake_port_assert_sent (fixture->port, "");
}

static void
test_identity_of_ati (Fixture       *fixture,
                      gconstpointer  data)
{
    g_autofree gchar *imei = NULL;

    fake_port_answer (fixture->port, "I", IDENTITY)->forever = TRUE;
    fake_port_fail (fixture->port, "+CGMR", "ERROR")->forever = TRUE;
    ASSERT_LOADED (revision, "V200R001C20B025");
    fake_port_assert_sent (fixture->port, "+CGMR I");
    ASSERT_LOADED (equipment_identifier, "860000000000017");
    fake_port_assert_sent (fixture->port, "");
    imei = load_imei (fixture);
    g_assert_cmpstr (imei, ==, "860000000000017");
}

/* OK alone, or another command's text, is the answer to what went before +CGSN; its own comes to ATI then */
static void
test_identifier_late (Fixture       *fixture,
                      gconstpointer  data)
{
    static const gchar *const answers[] = { "", "V200R001C20B025", "8600000000000", "86000000000001234", "86000000000001x" };
    guint                     i;

    for (i = 0; i < G_N_ELEMENTS (answers); i++) {
        fake_modem_set_generic (fixture->modem, "load_equipment_identifier", answers[i]);
        fake_port_answer (fixture->port, "I", "860000000000025");
        ASSERT_LOADED (equipment_identifier, "860000000000025");
        tear_down (fixture, NULL);
        set_up (fixture, NULL);
    }
    /* An IMEI without its check digit, or with the software version */
    fake_modem_set_generic (fixture->modem, "load_equipment_identifier", "86000000000002");
    ASSERT_LOADED (equipment_identifier, "86000000000002");
    fake_modem_set_generic (fixture->modem, "load_equipment_identifier", "8600000000000201");
    ASSERT_LOADED (equipment_identifier, "8600000000000201");
    fake_port_assert_sent (fixture->port, "");
}

/* An answer that does not tell is as good as none */
static void
test_identity_unreadable (Fixture       *fixture,
                          gconstpointer  data)
{
    fake_modem_set_generic (fixture->modem, "load_model", "Generic model");
    fake_port_answer (fixture->port, "I", "Manufacturer: TD Tech");
    ASSERT_LOADED (model, "Generic model");

    /* ModemManager has kept that of ATI */
    tear_down (fixture, NULL);
    set_up (fixture, NULL);
    fake_port_answer (fixture->port, "+CGMR", "");
    fake_port_answer (fixture->port, "I", IDENTITY);
    ASSERT_LOADED (revision, "V200R001C20B025");
}

static void
test_identity_unknown (Fixture       *fixture,
                       gconstpointer  data)
{
    g_autofree gchar *imei = NULL;

    fake_port_fail (fixture->port, "+CGMR", "ERROR")->forever = TRUE;
    fake_port_answer (fixture->port, "I", "Model: MT5710-CN")->forever = TRUE;
    ASSERT_LOADED (manufacturer, NULL);
    ASSERT_LOADED (revision, NULL);
    ASSERT_LOADED (equipment_identifier, NULL);
    tear_down (fixture, NULL);
    set_up (fixture, NULL);
    fake_port_fail (fixture->port, "+CGMR", "ERROR")->forever = TRUE;
    fake_port_silence (fixture->port, "I")->forever = TRUE;
    fake_port_silence (fixture->port, "\033AT\r")->forever = TRUE;
    ASSERT_LOADED (revision, NULL);
    g_assert_error (fixture->error, MM_SERIAL_ERROR, MM_SERIAL_ERROR_RESPONSE_TIMEOUT);
    ASSERT_LOADED (model, NULL);
    imei = load_imei (fixture);
    g_assert_null (imei);
    g_assert_nonnull (fixture->error);
    fake_port_answer (fixture->port, "I", "")->forever = TRUE;
    ASSERT_LOADED (revision, NULL);
}

/*****************************************************************************/
/* Capabilities and modes: known */

static void
test_capabilities (Fixture       *fixture,
                   gconstpointer  data)
{
    g_autoptr(GArray) modes = NULL;

    MODEM (fixture)->load_current_capabilities (MM_IFACE_MODEM (fixture->modem), READY);
    WAIT_FOR_RESULT (fixture);
    g_assert_cmpuint (MODEM (fixture)->load_current_capabilities_finish (MM_IFACE_MODEM (fixture->modem),
                                                                         fixture->result, &fixture->error), ==,
                      MM_MODEM_CAPABILITY_LTE | MM_MODEM_CAPABILITY_5GNR);
    forget_result (fixture);
    MODEM (fixture)->load_supported_modes (MM_IFACE_MODEM (fixture->modem), READY);
    WAIT_FOR_RESULT (fixture);
    modes = MODEM (fixture)->load_supported_modes_finish (MM_IFACE_MODEM (fixture->modem), fixture->result, NULL);
    g_assert_cmpuint (modes->len, ==, 1);
    g_assert_cmpuint (g_array_index (modes, MMModemModeCombination, 0).allowed, ==,
                      MM_MODEM_MODE_4G | MM_MODEM_MODE_5G);
    fake_port_assert_sent (fixture->port, "");
}

/* ATZ may fail, and is not sent */
static void
test_enabling (Fixture       *fixture,
               gconstpointer  data)
{
    MMBroadbandModemClass *klass = MM_BROADBAND_MODEM_CLASS (G_OBJECT_GET_CLASS (fixture->modem));

    klass->enabling_modem_init (MM_BROADBAND_MODEM (fixture->modem), READY);
    WAIT_FOR_RESULT (fixture);
    g_assert_true (klass->enabling_modem_init_finish (MM_BROADBAND_MODEM (fixture->modem), fixture->result, NULL));
    fake_port_assert_sent (fixture->port, "");
}

/*****************************************************************************/
/* Signal and access technology */

static guint
load_quality (Fixture *fixture)
{
    forget_result (fixture);
    MODEM (fixture)->load_signal_quality (MM_IFACE_MODEM (fixture->modem), READY);
    WAIT_FOR_RESULT (fixture);
    return MODEM (fixture)->load_signal_quality_finish (MM_IFACE_MODEM (fixture->modem), fixture->result,
                                                        &fixture->error);
}

static void
test_signal (Fixture       *fixture,
             gconstpointer  data)
{
    guint quality;

    /* The answer looks like the line that comes by itself, which counts only while enabled */
    fake_modem_set_state (fixture->modem, MM_MODEM_STATE_DISABLED);
    fake_port_answer (fixture->port, "^HCSQ?", "^HCSQ: \"NR\",50,146,29");
    quality = load_quality (fixture);
    g_assert_no_error (fixture->error);
    g_assert_cmpuint (quality, >, 0);
    g_assert_cmpuint (quality, <=, 100);
    g_assert_cmpuint (fake_modem_get_quality (fixture->modem), ==, G_MAXUINT);

    /* Unknown, refused: the generic modem's command */
    fake_modem_set_generic (fixture->modem, "load_signal_quality", "42");
    fake_port_answer (fixture->port, "^HCSQ?", "^HCSQ: \"NR\",255,255,255");
    g_assert_cmpuint (load_quality (fixture), ==, 42);
    fake_port_fail (fixture->port, "^HCSQ?", "ERROR");
    g_assert_cmpuint (load_quality (fixture), ==, 42);
    fake_modem_set_generic (fixture->modem, "load_signal_quality", NULL);
    fake_port_silence (fixture->port, "^HCSQ?");
    g_assert_cmpuint (load_quality (fixture), ==, 0);
    g_assert_nonnull (fixture->error);

    fake_port_say (fixture->port, "^HCSQ: \"NR\",50,146,29");
    g_assert_cmpuint (fake_modem_get_quality (fixture->modem), ==, G_MAXUINT);
    fake_modem_set_state (fixture->modem, MM_MODEM_STATE_ENABLED);
    fake_port_say (fixture->port, "^HCSQ: \"NR\",50,146,29");
    g_assert_cmpuint (fake_modem_get_quality (fixture->modem), ==, quality);
    fake_port_say (fixture->port, "^HCSQ: nonsense");
    g_assert_cmpuint (fake_modem_get_quality (fixture->modem), ==, quality);
    fake_port_fail (fixture->port, "^HCSQ?", "ERROR");
    load_quality (fixture);
    fake_port_say (fixture->port, "^HCSQ: nonsense");
    g_assert_cmpuint (fake_modem_get_quality (fixture->modem), ==, quality);
}

/* A port that does not answer is waited for as long as its commands need, and no longer */
static void
assert_in_time (Fixture *fixture,
                guint    seconds)
{
    fake_clock_run (seconds - 1);
    g_assert_null (fixture->result);
    fake_clock_run (1);
    g_assert_nonnull (fixture->result);
    forget_result (fixture);
}

static void
test_time_limits (Fixture       *fixture,
                  gconstpointer  data)
{
    MMIfaceModem     *modem = MM_IFACE_MODEM (fixture->modem);
    MMIfaceModem3gpp *modem_3gpp = MM_IFACE_MODEM_3GPP (fixture->modem);

    fake_port_silence (fixture->port, "*")->forever = TRUE;
    fake_modem_set_generic (fixture->modem, "load_model", "Generic model");
    fake_modem_set_generic (fixture->modem, "load_signal_quality", "42");
    fake_modem_set_generic (fixture->modem, "enable_unsolicited_registration_events", "yes");
    MODEM (fixture)->load_model (modem, READY);
    assert_in_time (fixture, 3);
    /* +CGMR, then ATI; the rescue after the second silence comes behind it */
    MODEM (fixture)->load_revision (modem, READY);
    assert_in_time (fixture, 6);
    fake_clock_run (3);
    MODEM (fixture)->load_signal_quality (modem, READY);
    assert_in_time (fixture, 3);
    fake_clock_run (3);
    MODEM (fixture)->load_access_technologies (modem, READY);
    assert_in_time (fixture, 3);
    fake_clock_run (3);
    MODEM_3GPP (fixture)->enable_unsolicited_registration_events (modem_3gpp, FALSE, FALSE, TRUE, READY);
    assert_in_time (fixture, 3);
    fake_clock_run (3);
}

static void
test_access_technology (Fixture       *fixture,
                        gconstpointer  data)
{
    static const gchar *const unknown[] = { "^SYSINFOEX:0,0,0,0,,0,\"NOSERVICE\",0,\"NOSERVICE\"", NULL };
    MMModemAccessTechnology   technologies = MM_MODEM_ACCESS_TECHNOLOGY_UNKNOWN;
    guint                     mask = 0;

    fake_port_answer (fixture->port, "^SYSINFOEX", "^SYSINFOEX:2,3,0,1,,6,\"LTE\",6,\"LTE\"");
    MODEM (fixture)->load_access_technologies (MM_IFACE_MODEM (fixture->modem), READY);
    WAIT_FOR_RESULT (fixture);
    g_assert_true (MODEM (fixture)->load_access_technologies_finish (MM_IFACE_MODEM (fixture->modem), fixture->result,
                                                                     &technologies, &mask, &fixture->error));
    g_assert_cmpuint (technologies, ==, MM_MODEM_ACCESS_TECHNOLOGY_LTE);
    g_assert_cmpuint (mask, ==, MM_MODEM_ACCESS_TECHNOLOGY_ANY);

    forget_result (fixture);
    fake_port_answer (fixture->port, "^SYSINFOEX", unknown[0]);
    MODEM (fixture)->load_access_technologies (MM_IFACE_MODEM (fixture->modem), READY);
    WAIT_FOR_RESULT (fixture);
    g_assert_false (MODEM (fixture)->load_access_technologies_finish (MM_IFACE_MODEM (fixture->modem),
                                                                      fixture->result, &technologies, &mask,
                                                                      &fixture->error));
    g_assert_error (fixture->error, MM_CORE_ERROR, MM_CORE_ERROR_FAILED);

    forget_result (fixture);
    fake_port_fail (fixture->port, "^SYSINFOEX", "ERROR");
    MODEM (fixture)->load_access_technologies (MM_IFACE_MODEM (fixture->modem), READY);
    WAIT_FOR_RESULT (fixture);
    g_assert_false (MODEM (fixture)->load_access_technologies_finish (MM_IFACE_MODEM (fixture->modem),
                                                                      fixture->result, &technologies, &mask,
                                                                      &fixture->error));
}

/*****************************************************************************/
/* Registration lines */

static void
test_registration_lines (Fixture       *fixture,
                         gconstpointer  data)
{
    MMIfaceModem3gpp *modem = MM_IFACE_MODEM_3GPP (fixture->modem);

    /* Nobody handles them until the modem is enabled */
    g_assert_cmpuint (fake_port_n_handlers_enabled (fixture->port), ==, 0);
    g_assert_cmpuint (fake_port_n_handlers_enabled (fixture->secondary), ==, 0);

    fake_modem_set_generic (fixture->modem, "enable_unsolicited_registration_events", "yes");
    fake_port_answer (fixture->port, "+C5GREG=2", NULL);
    MODEM_3GPP (fixture)->enable_unsolicited_registration_events (modem, FALSE, FALSE, TRUE, READY);
    WAIT_FOR_RESULT (fixture);
    g_assert_true (MODEM_3GPP (fixture)->enable_unsolicited_registration_events_finish (modem, fixture->result, NULL));

    /* Without it ModemManager polls */
    forget_result (fixture);
    g_free (fake_log_take ());
    fake_port_fail (fixture->port, "+C5GREG=2", "ERROR");
    MODEM_3GPP (fixture)->enable_unsolicited_registration_events (modem, FALSE, FALSE, TRUE, READY);
    WAIT_FOR_RESULT (fixture);
    fake_log_assert_said ("couldn't enable unsolicited 5GS registration lines: ");
    g_assert_true (MODEM_3GPP (fixture)->enable_unsolicited_registration_events_finish (modem, fixture->result, NULL));

    forget_result (fixture);
    fake_modem_set_generic (fixture->modem, "enable_unsolicited_registration_events", NULL);
    MODEM_3GPP (fixture)->enable_unsolicited_registration_events (modem, FALSE, FALSE, TRUE, READY);
    WAIT_FOR_RESULT (fixture);
    g_assert_false (MODEM_3GPP (fixture)->enable_unsolicited_registration_events_finish (modem, fixture->result,
                                                                                         &fixture->error));
    g_assert_nonnull (fixture->error);
}

static void
test_registration_lines_cleanup (Fixture       *fixture,
                                 gconstpointer  data)
{
    MMIfaceModem3gpp *modem = MM_IFACE_MODEM_3GPP (fixture->modem);
    GPtrArray        *regexes = NULL;

    fake_modem_set_secondary (fixture->modem, NULL);
    /* As ModemManager does when it enables the modem */
    regexes = g_ptr_array_new_with_free_func ((GDestroyNotify) g_regex_unref);
    g_ptr_array_add (regexes, g_regex_new ("\\r\\n\\+CEREG: \\d[^\\r\\n]*\\r\\n", G_REGEX_RAW, 0, NULL));
    mm_port_serial_at_enable_unsolicited_msg_handler (fixture->port, regexes->pdata[0], TRUE);
    g_assert_cmpuint (fake_port_n_handlers_enabled (fixture->port), ==, 1);

    MODEM_3GPP (fixture)->cleanup_unsolicited_registration_events (modem, READY);
    WAIT_FOR_RESULT (fixture);
    g_assert_false (MODEM_3GPP (fixture)->cleanup_unsolicited_registration_events_finish (modem, fixture->result,
                                                                                          &fixture->error));
    g_assert_cmpuint (fake_port_n_handlers_enabled (fixture->port), ==, 1);

    forget_result (fixture);
    fake_modem_set_generic (fixture->modem, "cleanup_unsolicited_registration_events", "yes");
    MODEM_3GPP (fixture)->cleanup_unsolicited_registration_events (modem, READY);
    WAIT_FOR_RESULT (fixture);
    g_assert_true (MODEM_3GPP (fixture)->cleanup_unsolicited_registration_events_finish (modem, fixture->result, NULL));
    g_assert_cmpuint (fake_port_n_handlers_enabled (fixture->port), ==, 0);
    g_ptr_array_unref (regexes);
}

/* While registration is checked the empty answer, of which a handler took the line, stays empty */
static void
ask_ready (MMBaseModem   *modem,
           GAsyncResult  *res,
           gchar        **answer)
{
    *answer = g_strdup (mm_base_modem_at_command_finish (modem, res, NULL));
}

static void
assert_answer (Fixture     *fixture,
               const gchar *command,
               const gchar *lines,
               const gchar *expected)
{
    g_autofree gchar *answer = NULL;

    fake_port_answer (fixture->port, command, lines);
    mm_base_modem_at_command (fixture->modem, command, 3, FALSE, (GAsyncReadyCallback) ask_ready, &answer);
    fake_clock_run (1);
    g_assert_cmpstr (answer, ==, expected);
}

static void
test_registration_checks (Fixture       *fixture,
                          gconstpointer  data)
{
    MMIfaceModem3gpp *modem = MM_IFACE_MODEM_3GPP (fixture->modem);

    assert_answer (fixture, "+CEREG?", "+CEREG: 2,1", "+CEREG: 2,1");
    fake_modem_set_generic (fixture->modem, "run_registration_checks", "yes");
    fake_modem_hang_generic (fixture->modem, "run_registration_checks");
    MODEM_3GPP (fixture)->run_registration_checks (modem, FALSE, FALSE, TRUE, TRUE, READY);
    fake_clock_settle ();
    assert_answer (fixture, "+CEREG?", "^HCSQ: \"NR\",50,146,29", "");
    fake_modem_go_on (fixture->modem);
    WAIT_FOR_RESULT (fixture);
    g_assert_true (MODEM_3GPP (fixture)->run_registration_checks_finish (modem, fixture->result, NULL));
    assert_answer (fixture, "^HCSQ?", "^HCSQ: \"NR\",50,146,29", "^HCSQ: \"NR\",50,146,29");

    forget_result (fixture);
    fake_modem_set_generic (fixture->modem, "run_registration_checks", NULL);
    MODEM_3GPP (fixture)->run_registration_checks (modem, FALSE, FALSE, TRUE, TRUE, READY);
    WAIT_FOR_RESULT (fixture);
    g_assert_false (MODEM_3GPP (fixture)->run_registration_checks_finish (modem, fixture->result, &fixture->error));
}

/*****************************************************************************/
/* Answers and lines, in pieces */

static void
test_answers (Fixture       *fixture,
              gconstpointer  data)
{
    guint pieces;

    for (pieces = 1; pieces < 40; pieces++) {
        g_autofree gchar *answer = NULL;
        FakeReply        *reply;

        /* A line in the middle of an answer, and one behind it whose end comes with the next */
        reply = fake_port_send (fixture->port, "+CGMR",
                                "\r\n^RSSI: 20\r\n\r\nV200R001C20B025\r\n\r\n^HCSQ: \"NR\",50,146,29\r\n\r\nOK\r\n\r\n^NDIS");
        reply->pieces = pieces;
        mm_base_modem_at_command (fixture->modem, "+CGMR", 3, FALSE, (GAsyncReadyCallback) ask_ready, &answer);
        fake_clock_run (1);
        g_assert_cmpstr (answer, ==, "V200R001C20B025");
        fake_port_say_bytes (fixture->port, "STAT: 1,0,,\"IPV4\"\r\n");
        fake_clock_run (1);
        g_assert_cmpstr (fake_port_peek_buffer (fixture->port), ==, "");
    }
}

static void
ask_error_ready (MMBaseModem   *modem,
                 GAsyncResult  *res,
                 GError       **error)
{
    g_assert_null (mm_base_modem_at_command_finish (modem, res, error));
}

static void
test_errors (Fixture       *fixture,
             gconstpointer  data)
{
    static const struct {
        const gchar *result;
        gint         code;
    } rows[] = {
        { "ERROR",                                        MM_MOBILE_EQUIPMENT_ERROR_UNKNOWN },
        { "+CME ERROR: 11",                               11 },
        { "ERROR: DUPLICATED",                            MM_MOBILE_EQUIPMENT_ERROR_NOT_ALLOWED },
        { "ERROR: Invalid",                               MM_MOBILE_EQUIPMENT_ERROR_INCORRECT_PARAMETERS },
        { "COMMAND NOT SUPPORT",                          MM_MOBILE_EQUIPMENT_ERROR_NOT_SUPPORTED },
        { "+CME ERROR: Previous command is not complete", MM_MOBILE_EQUIPMENT_ERROR_UNKNOWN },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autoptr(GError) error = NULL;

        fake_port_fail (fixture->port, "+A", rows[i].result);
        mm_base_modem_at_command (fixture->modem, "+A", 3, FALSE, (GAsyncReadyCallback) ask_error_ready, &error);
        fake_clock_run (1);
        g_assert_error (error, MM_MOBILE_EQUIPMENT_ERROR, rows[i].code);
    }
}

/* A final result that ModemManager's parser does not know ends the command all the same */
static void
test_unknown_result (Fixture       *fixture,
                     gconstpointer  data)
{
    g_autoptr(GError) error = NULL;

    fake_port_send (fixture->port, "+A", "\r\nNA\r\n");
    mm_base_modem_at_command (fixture->modem, "+A", 3, FALSE, (GAsyncReadyCallback) ask_error_ready, &error);
    fake_clock_run (1);
    g_assert_error (error, MM_SERIAL_ERROR, MM_SERIAL_ERROR_PARSE_FAILED);
}

/* What an answer is without others' lines: numbers without blanks */
static void
test_blanks (Fixture       *fixture,
             gconstpointer  data)
{
    g_autoptr(GError) error = NULL;

    assert_answer (fixture, "+A", "+A: 1, 2", "+A: 1,2");

    g_free (fake_log_take ());
    fake_port_fail (fixture->port, "+A", "ERROR: DUPLICATED");
    mm_base_modem_at_command (fixture->modem, "+A", 3, FALSE, (GAsyncReadyCallback) ask_error_ready, &error);
    fake_clock_run (1);
    fake_log_assert_said ("operation failure: 3 (");
}

static void
full_ready (MMBaseModem   *modem,
            GAsyncResult  *res,
            gchar        **outcome)
{
    g_autoptr(GError)  error = NULL;
    const gchar       *answer = mm_base_modem_at_command_full_finish (modem, res, &error);

    *outcome = g_strdup (answer ? answer : error->message);
}

static void
assert_no_carrier_ends (Fixture        *fixture,
                        MMPortSerialAt *port,
                        gboolean        ends)
{
    g_autofree gchar *outcome = NULL;

    fake_port_send (port, "+A", "\r\nNO CARRIER\r\n\r\n+A: 1\r\n\r\nOK\r\n");
    mm_base_modem_at_command_full (fixture->modem, MM_IFACE_PORT_AT (port), "+A", 3, FALSE, FALSE, NULL,
                                   (GAsyncReadyCallback) full_ready, &outcome);
    fake_clock_run (1);
    g_assert_true (g_str_equal (outcome, "+A: 1") == !ends);
}

/* NO CARRIER ends a dial; while nothing is dialled it tells of a call */
static void
test_no_carrier (Fixture       *fixture,
                 gconstpointer  data)
{
    g_autoptr(MMCallList)  calls = fake_call_list_new ();
    g_autoptr(GError)      error = NULL;
    g_autofree gchar      *answer = NULL;
    MMBaseCall            *call;

    fake_port_send (fixture->port, "+A", "\r\nNO CARRIER\r\n\r\n+A: 1\r\n\r\nOK\r\n");
    mm_base_modem_at_command (fixture->modem, "+A", 3, FALSE, (GAsyncReadyCallback) ask_ready, &answer);
    fake_clock_run (1);
    g_assert_cmpstr (answer, ==, "+A: 1");

    fake_modem_set_calls (fixture->modem, calls);
    call = fake_call_list_add (calls, MM_CALL_STATE_DIALING);
    fake_port_send (fixture->port, "D112;", "\r\nNO CARRIER\r\n");
    mm_base_modem_at_command (fixture->modem, "D112;", 3, FALSE, (GAsyncReadyCallback) ask_error_ready, &error);
    fake_clock_run (1);
    g_assert_error (error, MM_CONNECTION_ERROR, MM_CONNECTION_ERROR_NO_CARRIER);

    /* One that is to be answered, but not one that is up */
    assert_no_carrier_ends (fixture, fixture->port, TRUE);
    fake_call_set_state (call, MM_CALL_STATE_RINGING_IN);
    assert_no_carrier_ends (fixture, fixture->port, TRUE);
    fake_call_set_state (call, MM_CALL_STATE_WAITING);
    assert_no_carrier_ends (fixture, fixture->port, TRUE);
    fake_call_set_state (call, MM_CALL_STATE_ACTIVE);
    assert_no_carrier_ends (fixture, fixture->port, FALSE);
    /* Nobody knows who dials on the other port */
    assert_no_carrier_ends (fixture, fixture->secondary, TRUE);
    fake_call_set_state (call, MM_CALL_STATE_TERMINATED);
}

/* What others' handlers know and what nobody knows */
static void
test_unknown_lines (Fixture       *fixture,
                    gconstpointer  data)
{
    fake_port_say (fixture->port, "^CCALLSTATE: 1,2");
    fake_port_say (fixture->port, "^CEND: 1,0,16");
    fake_port_say (fixture->port, "^SRVST: 2");
    fake_port_say (fixture->port, "^NDISSTAT: nonsense");
    fake_port_say (fixture->port, "^FOTASTATE: 40");
    fake_port_say (fixture->secondary, "^FOTASTATE: nonsense");
    fake_clock_run (1);
    fake_modem_set_bearers (fixture->modem, NULL);
    fake_port_say (fixture->port, "^NDISSTAT: 1,0,,,\"IPV4\"");
    fake_port_say (fixture->port, "^DEND:1,0");
    fake_clock_run (1);
    g_assert_cmpstr (fake_port_peek_buffer (fixture->port), ==, "");
    fake_port_assert_sent (fixture->port, "");
}

/* A line that begins behind an answer and ends later is shown to handlers as one */
static void
handled (MMPortSerialAt *port,
         GMatchInfo     *info,
         guint          *n)
{
    (*n)++;
}

static void
test_cut_line (Fixture       *fixture,
               gconstpointer  data)
{
    g_autoptr(GRegex)  regex = g_regex_new ("\\r\\n\\+CMTI: [^\\r\\n]*\\r\\n", G_REGEX_RAW, 0, NULL);
    g_autofree gchar  *answer = NULL;
    guint              n = 0;

    mm_port_serial_at_add_unsolicited_msg_handler (fixture->port, regex,
                                                   (MMPortSerialAtUnsolicitedMsgFn) handled, &n, NULL);
    fake_port_send (fixture->port, "+CGMR", "\r\nV1\r\n\r\nOK\r\n\r\n+CM");
    mm_base_modem_at_command (fixture->modem, "+CGMR", 3, FALSE, (GAsyncReadyCallback) ask_ready, &answer);
    fake_clock_run (1);
    g_assert_cmpstr (answer, ==, "V1");
    g_assert_cmpuint (n, ==, 0);
    fake_port_say_bytes (fixture->port, "TI: \"ME\",1\r\n");
    fake_clock_run (1);
    g_assert_cmpuint (n, ==, 1);
    g_assert_cmpstr (fake_port_peek_buffer (fixture->port), ==, "");
}

/* One that comes in one piece with an answer waits until that is over */
static void
test_line_behind_answer (Fixture       *fixture,
                         gconstpointer  data)
{
    g_autofree gchar *answer = NULL;

    fake_modem_set_state (fixture->modem, MM_MODEM_STATE_ENABLED);
    fake_port_send (fixture->port, "+CGMR", "\r\nV1\r\n\r\nOK\r\n\r\n^HCSQ: \"NR\",50,146,29\r\n");
    mm_base_modem_at_command (fixture->modem, "+CGMR", 3, FALSE, (GAsyncReadyCallback) ask_ready, &answer);
    fake_clock_run (1);
    g_assert_cmpstr (answer, ==, "V1");
    g_assert_cmpuint (fake_modem_get_quality (fixture->modem), !=, G_MAXUINT);
}

/* Nor does a modem hear anything that was removed, and has yet to go */
static void
test_lines_after_removal (Fixture       *fixture,
                          gconstpointer  data)
{
    fake_modem_set_state (fixture->modem, MM_MODEM_STATE_ENABLED);
    fake_modem_remove (fixture->modem);
    g_assert_null (mm_shared_tdtech_peek_fota (fixture->modem));
    fake_port_say (fixture->port, "^HCSQ: \"NR\",50,146,29");
    fake_port_say (fixture->port, "^FOTASTATE: 40");
    fake_clock_run (1);
    g_assert_cmpuint (fake_modem_get_quality (fixture->modem), ==, G_MAXUINT);
}

/* A port that goes before its modem */
static void
test_port_goes (Fixture       *fixture,
                gconstpointer  data)
{
    MMPortSerialAt *port = fake_at_port_new ("ttyUSB9");
    gint            n_parsers = fake_port_n_parsers ();

    fake_modem_set_secondary (fixture->modem, port);
    set_up_ports (fixture);
    g_assert_cmpint (fake_port_n_parsers (), >, n_parsers);
    /* With lines that were to be looked at later */
    fake_port_say_bytes (port, "\r\nOK\r\n\r\n^HCSQ: \"NR\",50,146,29\r\n");
    fake_port_say_bytes (port, "\r\nOK\r\n\r\n^HCSQ: \"NR\",50,146,29\r\n");
    fake_modem_set_secondary (fixture->modem, NULL);
    g_assert_finalize_object (port);
    fake_clock_settle ();
    g_assert_cmpint (fake_port_n_parsers (), ==, n_parsers);
}

/* The port outlives the modem: whatever comes then is nobody's */
static void
test_lines_after_modem (Fixture       *fixture,
                        gconstpointer  data)
{
    g_autoptr(MMPortSerialAt) port = fake_at_port_new ("ttyUSB9");

    fake_modem_set_primary (fixture->modem, port);
    set_up_ports (fixture);
    g_object_unref (fixture->port);
    fixture->port = g_object_ref (port);
    tear_down (fixture, NULL);
    fake_port_say (port, "^FOTASTATE: 40");
    fake_port_say (port, "^HCSQ: \"NR\",50,146,29");
    fake_port_say_bytes (port, "\r\nOK\r\n\r\n^HCSQ: \"NR\",50,146,29\r\n");
    fake_clock_run (1);
    set_up (fixture, NULL);
}

/*****************************************************************************/
/* Ports: settings, rescue */

static void
test_port_settings (Fixture       *fixture,
                    gconstpointer  data)
{
    MMPortSerialAt *ports[] = { fixture->port, fixture->secondary };
    guint           i;

    for (i = 0; i < G_N_ELEMENTS (ports); i++) {
        g_auto(GStrv) init_sequence = NULL;
        guint64       send_delay = 1;
        gboolean      remove_echo = TRUE;

        g_object_get (ports[i],
                      MM_PORT_SERIAL_SEND_DELAY,      &send_delay,
                      MM_PORT_SERIAL_AT_REMOVE_ECHO,  &remove_echo,
                      MM_PORT_SERIAL_AT_INIT_SEQUENCE, &init_sequence,
                      NULL);
        g_assert_cmpuint (send_delay, ==, 0);
        g_assert_false (remove_echo);
        g_assert_true (!!init_sequence == (ports[i] == fixture->port));
        if (init_sequence)
            g_assert_cmpstr (init_sequence[0], ==, "E0");
    }
}

static void
test_no_at_port (Fixture       *fixture,
                 gconstpointer  data)
{
    g_autoptr(GObject) modem = G_OBJECT (fake_modem_new (MM_TYPE_BROADBAND_MODEM_TDTECH));

    fake_modem_set_primary (MM_BASE_MODEM (modem), NULL);
    MM_BROADBAND_MODEM_CLASS (G_OBJECT_GET_CLASS (modem))->setup_ports (MM_BROADBAND_MODEM (modem));
    fake_log_assert_warned ("no AT port: *");
    g_assert_null (mm_shared_tdtech_peek_fota (MM_BASE_MODEM (modem)));
    g_assert_true (mm_shared_tdtech_may_connect (MM_BASE_MODEM (modem), NULL));
    mm_shared_tdtech_condition_changed (MM_BASE_MODEM (modem));
    mm_shared_tdtech_set_checking_registration (MM_BASE_MODEM (modem), TRUE);
    /* It may have another port, on which the module says the same */
    {
        g_autoptr(MMPortSerialAt) other = fake_at_port_new ("ttyUSB9");

        fake_modem_set_secondary (MM_BASE_MODEM (modem), other);
        MM_BROADBAND_MODEM_CLASS (G_OBJECT_GET_CLASS (modem))->setup_ports (MM_BROADBAND_MODEM (modem));
        g_free (fake_log_take_warnings ());
        fake_port_say (other, "^FOTASTATE: 40");
        fake_port_silence (other, "\033AT\r");
        g_signal_emit_by_name (other, MM_PORT_SIGNAL_TIMED_OUT, 2);
        fake_clock_run (5);
        fake_port_assert_sent (other, "\033AT\r");
    }
    fake_modem_remove (MM_BASE_MODEM (modem));
}

#if defined WITH_QMI

/* Nobody has handlers for the lines of a module that is driven by QMI */
static void
test_qmi_lines (Fixture       *fixture,
                gconstpointer  data)
{
    g_autoptr(GObject)  modem = G_OBJECT (fake_modem_new (MM_TYPE_BROADBAND_MODEM_QMI_TDTECH));
    MMPortSerialAt     *port = mm_base_modem_peek_port_primary (MM_BASE_MODEM (modem));

    MM_BROADBAND_MODEM_CLASS (G_OBJECT_GET_CLASS (modem))->setup_ports (MM_BROADBAND_MODEM (modem));
    fake_port_say (port, "^HCSQ: \"NR\",50,146,29");
    fake_port_say (port, "^DEND:1,0");
    fake_clock_run (1);
    g_assert_cmpuint (fake_modem_get_quality (MM_BASE_MODEM (modem)), ==, G_MAXUINT);
    fake_modem_remove (MM_BASE_MODEM (modem));
    fake_clock_run (1);
}

#endif

static void
test_rescue (Fixture       *fixture,
             gconstpointer  data)
{
    guint i;

    /* After the second time-out, and every third from there */
    fake_port_silence (fixture->port, "+A")->forever = TRUE;
    fake_port_silence (fixture->port, "\033AT\r")->forever = TRUE;
    for (i = 0; i < 3; i++) {
        mm_base_modem_at_command (fixture->modem, "+A", 3, FALSE, NULL, NULL);
        fake_clock_run (3);
    }
    fake_clock_run (10);
    g_assert_cmpuint (fake_port_count_sent (fixture->port, "\033AT\r"), ==, 1);
    fake_log_assert_said ("ttyUSB0 does not answer: ");

    /* It answers again */
    fake_port_answer (fixture->port, "\033AT\r", NULL);
    fake_port_forget (fixture->port);
    mm_tdtech_port_rescue (fixture->modem, fixture->port, 1);
    mm_tdtech_port_rescue (fixture->modem, fixture->port, 3);
    mm_tdtech_port_rescue (fixture->modem, fixture->port, 2);
    mm_tdtech_port_rescue (fixture->modem, fixture->port, 5);
    fake_clock_run (10);
    fake_port_assert_sent (fixture->port, "\033AT\r");
    fake_log_assert_said ("ttyUSB0 answers again");

    /* It is asked anew each time */
    fake_port_answer (fixture->port, "\033AT\r", NULL);
    mm_tdtech_port_rescue (fixture->modem, fixture->port, 2);
    fake_clock_run (1);
    fake_port_assert_sent (fixture->port, "\033AT\r");

    /* The other port, too; not one that is not the modem's any more */
    fake_port_answer (fixture->secondary, "\033AT\r", NULL);
    mm_tdtech_port_rescue (fixture->modem, fixture->secondary, 2);
    fake_clock_run (1);
    fake_port_assert_sent (fixture->secondary, "\033AT\r");
    fake_modem_set_secondary (fixture->modem, NULL);
    mm_tdtech_port_rescue (fixture->modem, fixture->secondary, 2);
    fake_clock_run (1);
    fake_port_assert_sent (fixture->secondary, "");
}

/*****************************************************************************/
/* Initialization, and a network port that comes late */

static void
initialize (Fixture *fixture)
{
    MMBaseModemClass *klass = MM_BASE_MODEM_GET_CLASS (fixture->modem);
    gboolean          success;

    forget_result (fixture);
    klass->initialize (fixture->modem, NULL, READY);
    WAIT_FOR_RESULT (fixture);
    success = klass->initialize_finish (fixture->modem, fixture->result, &fixture->error);
    g_assert_true (success == !fixture->error);
}

static void
answer_fota (Fixture *fixture)
{
    fake_port_answer (fixture->port, "^FOTASTATE?", "^FOTASTATE: 10")->forever = TRUE;
    fake_port_fail (fixture->port, "^VERSION?", "ERROR")->forever = TRUE;
    fake_port_fail (fixture->port, "+CGMR", "ERROR")->forever = TRUE;
}

/* Whether what stands in the way of an upgrade is looked at anew */
static void
assert_looks_again (Fixture     *fixture,
                    gpointer     interface,
                    const gchar *line,
                    gboolean     expected)
{
    mm_gdbus_modem_fota_set_blockers (MM_GDBUS_MODEM_FOTA (interface), 99);
    fake_port_say (fixture->port, line);
    fake_clock_settle ();
    g_assert_true ((mm_gdbus_modem_fota_get_blockers (MM_GDBUS_MODEM_FOTA (interface)) != 99) == expected);
}

static void
test_initialize (Fixture       *fixture,
                 gconstpointer  data)
{
    g_autoptr(GObject) interface = NULL;

    answer_fota (fixture);
    fake_modem_set_generic (fixture->modem, "initialize", "yes");
    /* What is deferred is loaded when that is over */
    MODEM (fixture)->load_own_numbers (MM_IFACE_MODEM (fixture->modem), READY);
    fake_clock_settle ();
    initialize (fixture);
    g_assert_no_error (fixture->error);
    fake_modem_assert_called (fixture->modem, "initialize load_own_numbers");
    g_assert_true (fake_port_was_sent (fixture->port, "^FOTASTATE?"));
    g_object_get (fixture->modem, "modem-fota", &interface, NULL);
    g_assert_nonnull (interface);
    assert_looks_again (fixture, interface, "^CCALLSTATE: 1,2", TRUE);
    assert_looks_again (fixture, interface, "^CEND: 1,0,16", TRUE);
    assert_looks_again (fixture, interface, "^NDISSTAT: 1,0,,,\"IPV4\"", TRUE);
    assert_looks_again (fixture, interface, "^NDISSTAT: 1,1,,,\"IPV4\"", FALSE);
    assert_looks_again (fixture, interface, "^NDISSTAT: nonsense", FALSE);
    assert_looks_again (fixture, interface, "^SRVST: 2", FALSE);
    assert_looks_again (fixture, interface, "^HCSQ: \"NR\",50,146,29", FALSE);
    /* It is for one alone */
    fake_log_assert_not_said ("ignoring a state line");
    g_assert_cmpuint (mm_gdbus_modem_fota_get_state (MM_GDBUS_MODEM_FOTA (interface)), ==,
                      MM_TDTECH_FOTA_STATE_IDLE);
    fake_port_say (fixture->port, "^FOTASTATE: 40");
    fake_clock_run (1);
    g_assert_cmpuint (mm_gdbus_modem_fota_get_state (MM_GDBUS_MODEM_FOTA (interface)), ==,
                      MM_TDTECH_FOTA_STATE_DOWNLOADED);
    /* Again, as after a PIN */
    set_up_ports (fixture);
    initialize (fixture);
    g_assert_cmpuint (fake_port_n_opened (fixture->port), ==, 1);
    /* There is one who looks at time-outs */
    g_assert_cmpuint (g_signal_handlers_block_matched (fixture->port, G_SIGNAL_MATCH_DATA, 0, 0, NULL, NULL,
                                                       fixture->modem), ==, 1);
}

/* Also without a SIM: an upgrade may be the remedy */
static void
test_initialize_fails (Fixture       *fixture,
                       gconstpointer  data)
{
    answer_fota (fixture);
    initialize (fixture);
    g_assert_nonnull (fixture->error);
    g_assert_true (fake_port_was_sent (fixture->port, "^FOTASTATE?"));
}

static gchar *
make_sysfs (const gchar *state,
            const gchar *name)
{
    g_autofree gchar *parent = g_path_get_dirname (state);
    gchar            *device = g_build_filename (parent, "sys", NULL);
    g_autofree gchar *net = g_build_filename (device, "1-1:1.0", "net", name, NULL);
    /* Not an interface's */
    g_autofree gchar *other = g_build_filename (device, "power", "net", "lo9", NULL);
    g_autofree gchar *empty = g_build_filename (device, "1-1:1.1", NULL);

    g_assert_cmpint (g_mkdir_with_parents (net, 0755), ==, 0);
    g_assert_cmpint (g_mkdir_with_parents (other, 0755), ==, 0);
    g_assert_cmpint (g_mkdir_with_parents (empty, 0755), ==, 0);
    return device;
}

static void
test_late_net_port (Fixture       *fixture,
                    gconstpointer  data)
{
    g_autofree gchar          *device = make_sysfs (fixture->state, "wwan0");
    g_autofree gchar          *second = NULL;
    g_autoptr(GObject)         kernel_device = NULL;
    g_autoptr(MMPortSerialAt)  port = NULL;

    kernel_device = G_OBJECT (fake_kernel_device_new ("tty", "ttyUSB0", 0x3301, 0xff, 0x12, device));
    port = fake_at_port_new_for ((MMKernelDevice *) kernel_device);
    g_set_object (&fixture->port, port);
    fake_modem_set_primary (fixture->modem, port);
    set_up_ports (fixture);
    answer_fota (fixture);
    fake_modem_set_generic (fixture->modem, "initialize", "yes");

    /* The modem is built again, and does not begin to work before */
    initialize (fixture);
    fake_log_assert_said ("the network port appeared late");
    g_assert_true (fake_modem_wants_reprobe (fixture->modem));
    g_assert_false (mm_base_modem_get_valid (fixture->modem));
    fake_port_assert_sent (port, "");

    /* Once */
    mm_base_modem_set_valid (fixture->modem, TRUE);
    initialize (fixture);
    g_assert_true (mm_base_modem_get_valid (fixture->modem));
    g_assert_true (fake_port_was_sent (port, "^FOTASTATE?"));

    /* With the port it is whole, and the next time is a first one */
    fake_modem_take_port (fixture->modem, fake_net_port_new ("wwan0"));
    initialize (fixture);
    g_assert_true (mm_base_modem_get_valid (fixture->modem));
    second = g_build_filename (device, "1-1:1.1", "net", "wwan1", NULL);
    g_assert_cmpint (g_mkdir_with_parents (second, 0755), ==, 0);
    initialize (fixture);
    g_assert_false (mm_base_modem_get_valid (fixture->modem));

    fake_modem_take_port (fixture->modem, fake_net_port_new ("wwan1"));
    mm_base_modem_set_valid (fixture->modem, TRUE);
    initialize (fixture);
    g_assert_true (mm_base_modem_get_valid (fixture->modem));
}

static void
test_no_net_port_to_find (Fixture       *fixture,
                          gconstpointer  data)
{
    answer_fota (fixture);
    fake_modem_set_generic (fixture->modem, "initialize", "yes");
    fake_modem_hang_generic (fixture->modem, "initialize");
    MM_BASE_MODEM_GET_CLASS (fixture->modem)->initialize (fixture->modem, NULL, READY);
    fake_clock_settle ();
    /* It was pulled meanwhile */
    fake_modem_remove (fixture->modem);
    fake_modem_go_on (fixture->modem);
    WAIT_FOR_RESULT (fixture);
    fake_port_assert_sent (fixture->port, "");
    g_assert_false (fake_modem_wants_reprobe (fixture->modem));
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
            answer_fota (fixture);
            fake_modem_set_generic (fixture->modem, "initialize", "yes");
            fake_steps_begin (n, when, (FakeFunc) fake_modem_remove, fixture->modem);
            initialize (fixture);
            fake_clock_run (5);
            more = fake_steps_end ();
        }
        g_assert_cmpuint (n, >, 3);
    }
}

/*****************************************************************************/
/* Update settings: no method that fwupd would follow */

static void
test_update_settings (Fixture       *fixture,
                      gconstpointer  data)
{
    g_autoptr(GObject)    settings = NULL;
    MMIfaceModemFirmware *modem = MM_IFACE_MODEM_FIRMWARE (fixture->modem);

    FIRMWARE (fixture)->load_update_settings (modem, READY);
    WAIT_FOR_RESULT (fixture);
    settings = G_OBJECT (FIRMWARE (fixture)->load_update_settings_finish (modem, fixture->result, &fixture->error));
    g_assert_cmpuint (mm_firmware_update_settings_get_method (MM_FIRMWARE_UPDATE_SETTINGS (settings)), ==,
                      MM_MODEM_FIRMWARE_UPDATE_METHOD_NONE);

    forget_result (fixture);
    FIRMWARE (fixture)->load_update_settings (modem, READY);
    WAIT_FOR_RESULT (fixture);
    fake_modem_remove (fixture->modem);
    g_assert_null (FIRMWARE (fixture)->load_update_settings_finish (modem, fixture->result, &fixture->error));
    g_assert_error (fixture->error, MM_CORE_ERROR, MM_CORE_ERROR_UNSUPPORTED);
}

int
main (int    argc,
      char **argv)
{
    g_test_init (&argc, &argv, NULL);

#define ADD(path, func) g_test_add ("/tdtech/modem/" path, Fixture, NULL, set_up, func, tear_down)
    ADD ("identity/probing", test_identity_of_probing);
    ADD ("identity/generic", test_identity_of_generic);
    ADD ("identity/ati", test_identity_of_ati);
    ADD ("identity/late-identifier", test_identifier_late);
    ADD ("identity/unreadable", test_identity_unreadable);
    ADD ("identity/unknown", test_identity_unknown);
    ADD ("capabilities", test_capabilities);
    ADD ("enabling", test_enabling);
    ADD ("signal", test_signal);
    ADD ("access-technology", test_access_technology);
    ADD ("time-limits", test_time_limits);
    ADD ("registration/lines", test_registration_lines);
    ADD ("registration/cleanup", test_registration_lines_cleanup);
    ADD ("registration/checks", test_registration_checks);
    ADD ("port/answers", test_answers);
    ADD ("port/errors", test_errors);
    ADD ("port/unknown-result", test_unknown_result);
    ADD ("port/blanks", test_blanks);
    ADD ("port/no-carrier", test_no_carrier);
    ADD ("port/cut-line", test_cut_line);
    ADD ("port/line-behind-answer", test_line_behind_answer);
    ADD ("port/lines-after-removal", test_lines_after_removal);
    ADD ("port/goes", test_port_goes);
    ADD ("port/unknown-lines", test_unknown_lines);
    ADD ("port/lines-after-modem", test_lines_after_modem);
    ADD ("port/settings", test_port_settings);
    ADD ("port/none", test_no_at_port);
    ADD ("port/rescue", test_rescue);
#if defined WITH_QMI
    ADD ("port/qmi-lines", test_qmi_lines);
#endif
    ADD ("initialize", test_initialize);
    ADD ("initialize/fails", test_initialize_fails);
    ADD ("initialize/late-net-port", test_late_net_port);
    ADD ("initialize/pulled", test_no_net_port_to_find);
    ADD ("initialize/removed", test_removed);
    ADD ("update-settings", test_update_settings);
    return g_test_run ();
}

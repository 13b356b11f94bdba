/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * Each call of the C library that writes what must survive a crash fails once, in the middle of
 * what is recorded.
 */

#include "failing-calls.h"
#include "fake-clock.h"
#include "fake-modem.h"
#include "fake-state.h"

#include "mm-gdbus-fota.h"
#include "mm-tdtech-data-pause.h"
#include "mm-tdtech-fota-private.h"
#include "mm-tdtech-fota-record.h"
#include "mm-tdtech-fota.h"

/* More calls than that there are not */
#define CALLS_MAX 2000

#define SETTING "1,2,\"IPV4V6\",\"\",\"\",\"\",0"

/*****************************************************************************/
/* The data pause: what was taken away is in the record, or was not taken away */

typedef struct {
    MMTdtechDataPause *data_pause;
    guint              n_ready;
    guint              blockers;
    GError            *error;
} Pause;

static void
pause_ready (MMTdtechDataPause *data_pause,
             GAsyncResult      *res,
             Pause             *self)
{
    self->n_ready++;
    mm_tdtech_data_pause_pause_finish (data_pause, res, &self->blockers, &self->error);
}

static void
restore_ready (MMTdtechDataPause *data_pause,
               GAsyncResult      *res,
               Pause             *self)
{
    self->n_ready++;
    g_assert_true (mm_tdtech_data_pause_restore_finish (data_pause, res, NULL));
}

static gchar *
find_autodial (void)
{
    g_autoptr(MMTdtechFotaRecord) record = mm_tdtech_fota_record_new (NULL, FAKE_MODEM_IMEI);

    return g_strdup (mm_tdtech_fota_record_peek (record)->autodial);
}

static gboolean
pause_with_failing_call (guint           nth,
                         FailingCallsHow how)
{
    g_autofree gchar   *state = fake_state_new ();
    g_autofree gchar   *found = NULL;
    g_autofree gchar   *found_later = NULL;
    MMBaseModem        *modem = fake_modem_new (FAKE_TYPE_MODEM);
    MMPortSerialAt     *port = mm_base_modem_peek_port_primary (modem);
    MMTdtechFotaRecord *record = mm_tdtech_fota_record_new (NULL, FAKE_MODEM_IMEI);
    Pause               self = { 0 };
    const gchar        *failed;
    gboolean            taken;

    self.data_pause = mm_tdtech_data_pause_new (modem, record);
    fake_port_answer (port, "^SETAUTODIAL?", "^SETAUTODIAL: " SETTING);
    fake_port_answer (port, "^SETAUTODIAL=*", NULL)->forever = TRUE;
    fake_port_answer (port, "^NDISSTATQRY?", "^NDISSTATQRY: 2,1,,,\"IPV4\"");
    fake_port_answer (port, "^NDISSTATQRY?", NULL)->forever = TRUE;
    fake_port_answer (port, "^NDISDUP=2,?", NULL)->forever = TRUE;

    failing_calls_begin (nth, how);
    mm_tdtech_data_pause_pause (self.data_pause, (GAsyncReadyCallback) pause_ready, &self);
    fake_clock_run (60);
    failing_calls_end (&failed);
    g_assert_cmpuint (self.n_ready, ==, 1);
    taken = fake_port_was_sent (port, "^SETAUTODIAL=0");
    g_assert_true (taken == !self.error);
    found = find_autodial ();
    if (taken)
        g_assert_cmpstr (found, ==, SETTING);

    /* It is given back in any case, and then not for a second time */
    mm_tdtech_data_pause_restore (self.data_pause, FALSE, (GAsyncReadyCallback) restore_ready, &self);
    fake_clock_run (60);
    g_assert_cmpuint (self.n_ready, ==, 2);
    g_assert_true (fake_port_was_sent (port, "^SETAUTODIAL=" SETTING) || !taken);
    g_assert_true (fake_port_was_sent (port, "^NDISDUP=2,1") == taken);
    found_later = find_autodial ();
    g_assert_null (found_later);

    g_free (fake_log_take_warnings ());
    g_clear_error (&self.error);
    g_object_unref (self.data_pause);
    mm_tdtech_fota_record_free (record);
    fake_modem_remove (modem);
    g_object_unref (modem);
    fake_state_free (g_steal_pointer (&state));
    return failed != NULL;
}

static void
test_pause (void)
{
    FailingCallsHow how;

    for (how = FAILING_CALLS_ALL; how <= FAILING_CALLS_SHORT_WRITES; how++) {
        guint nth;

        for (nth = 1; nth < CALLS_MAX && pause_with_failing_call (nth, how); nth++);
        g_assert_cmpuint (nth, >, how == FAILING_CALLS_ALL ? 15 : 1);
        g_assert_cmpuint (nth, <, CALLS_MAX);
    }
}

/*****************************************************************************/
/* A download: it has its result, and each of its events once, also for who begins after a crash */

typedef struct {
    MMBaseModem  *modem;
    MMTdtechFota *fota;
    guint         module_state;
} Life;

static void
answer_state (gpointer data)
{
    Life             *self = data;
    g_autofree gchar *line = g_strdup_printf ("^FOTASTATE: %u", self->module_state);

    mm_tdtech_fota_take_line (self->fota, line);
}

static void
begin_life (Life  *self,
            guint  module_state)
{
    MMPortSerialAt *port;
    FakeReply      *reply;

    self->modem = fake_modem_new (FAKE_TYPE_MODEM);
    self->fota = mm_tdtech_fota_new (self->modem);
    self->module_state = module_state;
    fake_modem_set_dispose_func (self->modem, (FakeFunc) mm_tdtech_fota_stop, self->fota);
    port = mm_base_modem_peek_port_primary (self->modem);
    reply = fake_port_answer (port, "^FOTASTATE?", NULL);
    reply->forever = TRUE;
    reply->func = answer_state;
    reply->user_data = self;
    fake_port_answer (port, "^VERSION?", "^VERSION:BDT:Jan 28 2026, 18:42:02\n^VERSION:EXTS:1.2.5.0(SP1C02)")->forever = TRUE;
    fake_port_answer (port, "+CGMR", "V200R001C20B025")->forever = TRUE;
    fake_port_answer (port, "^FOTADLQ", "^FOTADLQ: 0,\"FIRMWARE1\",500,1000")->forever = TRUE;
    mm_tdtech_fota_start (self->fota);
    fake_clock_run (2);
}

static void
end_life (Life *self)
{
    fake_modem_remove (self->modem);
    fake_clock_run (10);
    g_object_unref (self->fota);
    g_object_unref (self->modem);
    fake_clock_settle ();
    g_free (fake_log_take_warnings ());
}

/* One that a daemon which is gone has begun */
static void
record_download (void)
{
    MMTdtechFotaRecord     *record = mm_tdtech_fota_record_new (NULL, FAKE_MODEM_IMEI);
    MMTdtechFotaRecordData *data = mm_tdtech_fota_record_peek (record);

    data->stage = MM_TDTECH_FOTA_STAGE_QUERY;
    data->kept.verb = MM_TDTECH_FOTA_VERB_DOWNLOAD;
    data->transaction = g_strdup ("mine");
    data->url = g_strdup ("http://server/fw/");
    g_assert_true (mm_tdtech_fota_record_save (record, NULL));
    mm_tdtech_fota_record_free (record);
}

static void
finish_download (Life *self)
{
    self->module_state = 40;
    mm_tdtech_fota_take_line (self->fota, "^FOTASTATE: 40");
    fake_clock_run (2);
}

static void
assert_downloaded (Life *self)
{
    MmGdbusModemFota        *shown = self->fota->skeleton;
    g_autoptr(GVariantDict)  result = g_variant_dict_new (mm_gdbus_modem_fota_get_result (shown));
    guint32                  outcome = 0;

    g_assert_cmpuint (mm_gdbus_modem_fota_get_state (shown), ==, MM_TDTECH_FOTA_STATE_DOWNLOADED);
    g_assert_cmpstr (mm_gdbus_modem_fota_get_transaction (shown), ==, "");
    g_variant_dict_lookup (result, "outcome", "u", &outcome);
    g_assert_cmpuint (outcome, ==, MM_TDTECH_FOTA_OUTCOME_SUCCEEDED);
}

/* Kinds that came, and none twice. Where a save failed and nothing was saved after it, whoever
 * begins after a crash goes on with the transaction, and tells its end again. */
static guint
count_kinds (gboolean again)
{
    g_autoptr(MMTdtechFotaRecord) record = mm_tdtech_fota_record_new (NULL, FAKE_MODEM_IMEI);
    g_autoptr(GVariant)           events = NULL;
    guint                         seen = 0;
    guint                         n = 0;
    gsize                         i;

    events = g_variant_ref_sink (mm_tdtech_fota_record_list_events (record, 0));
    for (i = 0; i < g_variant_n_children (events); i++) {
        g_autoptr(GVariant) event = g_variant_get_child_value (events, i);
        guint32             kind = 0;

        g_assert_true (g_variant_lookup (event, "kind", "u", &kind));
        g_assert_cmpuint (kind, <, 32);
        g_assert_true (again || !(seen & (1U << kind)));
        n += !(seen & (1U << kind));
        seen |= 1U << kind;
    }
    return n;
}

static gboolean
download_with_failing_call (guint            nth,
                            FailingCallsHow  how,
                            guint           *n_kinds)
{
    g_autofree gchar *state = fake_state_new ();
    g_autofree gchar *warnings = NULL;
    Life              self = { 0 };
    const gchar      *failed;
    gboolean          not_saved;

    record_download ();
    begin_life (&self, 11);
    failing_calls_begin (nth, how);
    self.module_state = 30;
    mm_tdtech_fota_take_line (self.fota, "^FOTASTATE: 12, 1.3.0.0(SP1C02), 1000, text");
    mm_tdtech_fota_take_line (self.fota, "^FOTASTATE: 30");
    fake_clock_run (60);
    finish_download (&self);
    failing_calls_end (&failed);
    g_test_message ("call %u: %s", nth, failed ? failed : "none failed");
    assert_downloaded (&self);
    warnings = fake_log_take_warnings ();
    not_saved = g_str_has_prefix (warnings, "couldn't save the record ");
    *n_kinds = count_kinds (FALSE);
    end_life (&self);

    /* The daemon begins anew */
    begin_life (&self, 40);
    fake_clock_run (10);
    assert_downloaded (&self);
    g_assert_cmpuint (count_kinds (not_saved), >=, *n_kinds);
    end_life (&self);
    fake_state_free (g_steal_pointer (&state));
    return failed != NULL;
}

static void
test_download (void)
{
    FailingCallsHow how;

    for (how = FAILING_CALLS_ALL; how <= FAILING_CALLS_SHORT_WRITES; how++) {
        guint n_kinds = 0;
        guint nth;

        for (nth = 1; nth < CALLS_MAX && download_with_failing_call (nth, how, &n_kinds); nth++);
        g_assert_cmpuint (nth, >, how == FAILING_CALLS_ALL ? 30 : 1);
        g_assert_cmpuint (nth, <, CALLS_MAX);
        /* Of the last one, in which none failed: found, begun, and done */
        g_assert_cmpuint (n_kinds, ==, 3);
    }
}

int
main (int    argc,
      char **argv)
{
    g_test_init (&argc, &argv, NULL);

    g_test_add_func ("/tdtech/fota/calls/pause", test_pause);
    g_test_add_func ("/tdtech/fota/calls/download", test_download);
    return g_test_run ();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "mm-tdtech-fota-options.h"
#include "mm-tdtech-fota-record.h"

#define KEY       "867000000000001"
#define FILE_NAME KEY ".record"
#define JOURNAL   KEY ".events"

/* What the journal's file begins with */
#define HEADER "modemmanager-tdtech events 1\n"

/* Some other user */
#define OTHER_UID 65534

/*****************************************************************************/
/* A directory for each test */

typedef struct {
    gchar *parent;
    gchar *directory;    /* in it; not there yet */
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
    fixture->parent = g_dir_make_tmp ("test-tdtech-fota-record-XXXXXX", NULL);
    g_assert_nonnull (fixture->parent);
    fixture->directory = g_build_filename (fixture->parent, "state", NULL);
}

static void
remove_tree (const gchar *path)
{
    struct stat st;

    if (g_lstat (path, &st) < 0)
        return;
    if (S_ISDIR (st.st_mode)) {
        g_autoptr(GDir)  dir = g_dir_open (path, 0, NULL);
        const gchar     *name;

        while (dir && (name = g_dir_read_name (dir))) {
            g_autofree gchar *member = g_build_filename (path, name, NULL);

            remove_tree (member);
        }
    }
    g_assert_cmpint (g_remove (path), ==, 0);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
    remove_tree (fixture->parent);
    g_free (fixture->directory);
    g_free (fixture->parent);
}

static void
make_directory (Fixture *fixture)
{
    g_assert_cmpint (g_mkdir (fixture->directory, 0700), ==, 0);
}

static gchar *
path_of (Fixture     *fixture,
         const gchar *name)
{
    return g_build_filename (fixture->directory, name, NULL);
}

static gboolean
file_exists (Fixture     *fixture,
             const gchar *name)
{
    g_autofree gchar *path = path_of (fixture, name);
    struct stat       st;

    return g_lstat (path, &st) == 0;
}

static void
get_stat (Fixture     *fixture,
          const gchar *name,
          struct stat *st)
{
    g_autofree gchar *path = path_of (fixture, name);

    g_assert_cmpint (g_lstat (path, st), ==, 0);
}

static gchar *
read_file (Fixture     *fixture,
           const gchar *name)
{
    g_autofree gchar *path = path_of (fixture, name);
    gchar            *text;

    g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
    return text;
}

static void
write_file (Fixture     *fixture,
            const gchar *name,
            const gchar *text,
            gssize       len)
{
    g_autofree gchar  *path = path_of (fixture, name);
    g_autofree gchar  *bad = g_strconcat (path, ".bad", NULL);
    g_autoptr(GError)  error = NULL;

    /* ext4 flushes what takes another file's place, at a price */
    g_unlink (path);
    g_unlink (bad);
    g_file_set_contents_full (path, text, len, G_FILE_SET_CONTENTS_NONE, 0600, &error);
    g_assert_no_error (error);
}

static guint
count_files (Fixture *fixture)
{
    g_autoptr(GDir) dir = g_dir_open (fixture->directory, 0, NULL);
    guint           n = 0;

    while (dir && g_dir_read_name (dir))
        n++;
    return n;
}

/*****************************************************************************/
/* Records */

static MMTdtechFotaRecord *
open_record (Fixture *fixture)
{
    return mm_tdtech_fota_record_new (fixture->directory, KEY);
}

/* A record that must log why it does not use the file */
static MMTdtechFotaRecord *
open_bad_record (Fixture     *fixture,
                 const gchar *message)
{
    MMTdtechFotaRecord *record;

    g_test_expect_message ("ModemManager", G_LOG_LEVEL_MESSAGE, message);
    record = open_record (fixture);
    g_test_assert_expected_messages ();
    return record;
}

static void
save (MMTdtechFotaRecord *record)
{
    g_autoptr(GError) error = NULL;

    g_assert_true (mm_tdtech_fota_record_save (record, &error));
    g_assert_no_error (error);
}

static void
set_text (gchar       **to,
          const gchar  *text)
{
    g_free (*to);
    *to = g_strdup (text);
}

static void
fill (MMTdtechFotaRecordData *data)
{
    data->stage = MM_TDTECH_FOTA_STAGE_WAITING;
    data->kept.verb = MM_TDTECH_FOTA_VERB_RESUME;
    set_text (&data->transaction, "tonight-1");
    data->started = 1763884800;
    data->kept.options.with_url = TRUE;
    data->kept.options.https = TRUE;
    set_text (&data->kept.options.expect_version, "1.2.5.0(SP1C02)");
    data->kept.options.allow_roaming = TRUE;
    data->kept.options.allow_downgrade = TRUE;
    data->kept.options.upgrade = TRUE;
    data->kept.options.delay = 3600;
    data->kept.options.wait = 300;
    data->kept.options.hang_up_calls = TRUE;
    data->kept.pending.outcome = MM_TDTECH_FOTA_OUTCOME_FAILED;
    data->kept.pending.error = MM_TDTECH_FOTA_ERROR_CONDITIONS_NOT_MET;
    data->kept.pending.module_code = 51;
    set_text (&data->kept.pending.from, "1.2.4.0");
    set_text (&data->kept.pending.to, "1.2.6.0");
    set_text (&data->pending_message, " a call;\n\tis up # \\ [x]=1 \xe4\xb8\xad\xe5\x9b\xbd ");
    data->kept.download_begun = TRUE;
    data->kept.flashes = 2;
    data->flash_time = 1763884999;
    data->n_unsent_events = 3;
    data->unsent_events[0] = MM_TDTECH_FOTA_EVENT_UPGRADE_SUCCEEDED;
    data->unsent_events[1] = 9999;
    data->unsent_events[2] = MM_TDTECH_FOTA_EVENT_CHECK_FAILED;
    data->unsent_after = 77;
    data->kept.set_aside = TRUE;
    set_text (&data->offer_url, "http://other.example.com/b/");
    set_text (&data->device, "/sys/devices/pci0000:00/0000:00:14.0/usb1/1-1");
    set_text (&data->asked_url, "http://third.example.com/c/");
    set_text (&data->url, "https://fota.example.com:8443/a/");
    set_text (&data->kept.offer_version, "1.2.5.0(SP1C02)");
    data->kept.offer_size = G_MAXUINT64;
    set_text (&data->kept.offer_description, "1. product_name=\"MT5700M-CN\";2.update_mode=\"0\";en-us");
    set_text (&data->kept.package_version, "1.2.5.0(SP1C02)");
    set_text (&data->kept.before_version, "1.2.4.0(SP1C02)");
    set_text (&data->kept.before_build_time, "Jan 28 2026, 18:42:02");
    set_text (&data->kept.before_revision, "V200R001C20B025");
    data->kept.data_paused = TRUE;
    set_text (&data->autodial, "1,2,\"IPV4V6\",\"ctnet\",\"user\",\"pass word\",0");
    data->n_sessions = 2;
    data->sessions[0] = 1;
    data->sessions[1] = 8;
    set_text (&data->result_transaction, "yesterday.1_A");
    data->result.verb = MM_TDTECH_FOTA_VERB_UPGRADE;
    data->result.outcome = MM_TDTECH_FOTA_OUTCOME_SUCCEEDED;
    data->result.error = MM_TDTECH_FOTA_ERROR_NONE;
    set_text (&data->result_message, "");
    data->result.module_code = 13;
    set_text (&data->result.from, "1.2.3.0");
    set_text (&data->result.to, "1.2.4.0(SP1C02)");
    data->result_started = 1763798400;
    data->result_finished = 1763798999;
}

static void
assert_same (const MMTdtechFotaRecordData *a,
             const MMTdtechFotaRecordData *b)
{
    guint i;

    g_assert_cmpint (a->stage, ==, b->stage);
    g_assert_cmpint (a->kept.verb, ==, b->kept.verb);
    g_assert_cmpstr (a->transaction, ==, b->transaction);
    g_assert_cmpint (a->started, ==, b->started);
    g_assert_cmpint (a->kept.options.with_url, ==, b->kept.options.with_url);
    g_assert_cmpint (a->kept.options.https, ==, b->kept.options.https);
    g_assert_cmpstr (a->kept.options.expect_version, ==, b->kept.options.expect_version);
    g_assert_cmpint (a->kept.options.allow_roaming, ==, b->kept.options.allow_roaming);
    g_assert_cmpint (a->kept.options.allow_downgrade, ==, b->kept.options.allow_downgrade);
    g_assert_cmpint (a->kept.options.upgrade, ==, b->kept.options.upgrade);
    g_assert_cmpuint (a->kept.options.delay, ==, b->kept.options.delay);
    g_assert_cmpuint (a->kept.options.wait, ==, b->kept.options.wait);
    g_assert_cmpint (a->kept.options.hang_up_calls, ==, b->kept.options.hang_up_calls);
    g_assert_cmpint (a->kept.pending.outcome, ==, b->kept.pending.outcome);
    g_assert_cmpint (a->kept.pending.error, ==, b->kept.pending.error);
    g_assert_cmpuint (a->kept.pending.module_code, ==, b->kept.pending.module_code);
    g_assert_cmpstr (a->kept.pending.from, ==, b->kept.pending.from);
    g_assert_cmpstr (a->kept.pending.to, ==, b->kept.pending.to);
    g_assert_cmpstr (a->pending_message, ==, b->pending_message);
    g_assert_cmpint (a->kept.download_begun, ==, b->kept.download_begun);
    g_assert_cmpuint (a->kept.flashes, ==, b->kept.flashes);
    g_assert_cmpint (a->flash_time, ==, b->flash_time);
    g_assert_cmpuint (a->n_unsent_events, ==, b->n_unsent_events);
    for (i = 0; i < a->n_unsent_events; i++)
        g_assert_cmpuint (a->unsent_events[i], ==, b->unsent_events[i]);
    g_assert_cmpuint (a->unsent_after, ==, b->unsent_after);
    g_assert_cmpint (a->kept.set_aside, ==, b->kept.set_aside);
    g_assert_cmpstr (a->offer_url, ==, b->offer_url);
    g_assert_cmpstr (a->asked_url, ==, b->asked_url);
    g_assert_cmpstr (a->device, ==, b->device);
    g_assert_cmpstr (a->url, ==, b->url);
    g_assert_cmpstr (a->kept.offer_version, ==, b->kept.offer_version);
    g_assert_cmpuint (a->kept.offer_size, ==, b->kept.offer_size);
    g_assert_cmpstr (a->kept.offer_description, ==, b->kept.offer_description);
    g_assert_cmpstr (a->kept.package_version, ==, b->kept.package_version);
    g_assert_cmpstr (a->kept.before_version, ==, b->kept.before_version);
    g_assert_cmpstr (a->kept.before_build_time, ==, b->kept.before_build_time);
    g_assert_cmpstr (a->kept.before_revision, ==, b->kept.before_revision);
    g_assert_cmpint (a->kept.data_paused, ==, b->kept.data_paused);
    g_assert_cmpstr (a->autodial, ==, b->autodial);
    g_assert_cmpuint (a->n_sessions, ==, b->n_sessions);
    for (i = 0; i < a->n_sessions; i++)
        g_assert_cmpuint (a->sessions[i], ==, b->sessions[i]);
    g_assert_cmpstr (a->result_transaction, ==, b->result_transaction);
    g_assert_cmpint (a->result.verb, ==, b->result.verb);
    g_assert_cmpint (a->result.outcome, ==, b->result.outcome);
    g_assert_cmpint (a->result.error, ==, b->result.error);
    g_assert_cmpstr (a->result_message, ==, b->result_message);
    g_assert_cmpuint (a->result.module_code, ==, b->result.module_code);
    g_assert_cmpstr (a->result.from, ==, b->result.from);
    g_assert_cmpstr (a->result.to, ==, b->result.to);
    g_assert_cmpint (a->result_started, ==, b->result_started);
    g_assert_cmpint (a->result_finished, ==, b->result_finished);
}

static void
assert_empty (MMTdtechFotaRecord *record)
{
    static const MMTdtechFotaRecordData empty = { 0 };

    assert_same (mm_tdtech_fota_record_peek (record), &empty);
}

/* A record with everything in it, saved; what is in the file */
static gchar *
make_filled_file (Fixture *fixture)
{
    g_autoptr(MMTdtechFotaRecord) record = open_record (fixture);

    fill (mm_tdtech_fota_record_peek (record));
    save (record);
    return read_file (fixture, FILE_NAME);
}

/*****************************************************************************/
/* Events */

static guint64
append (MMTdtechFotaRecord *record,
        const gchar        *details)
{
    return mm_tdtech_fota_record_append_event (record, MM_TDTECH_FOTA_EVENT_DOWNLOAD_STARTED, 1763884800,
                                               details ? g_variant_new_parsed (details) : NULL);
}

static GVariant *
list (MMTdtechFotaRecord *record,
      guint64             after)
{
    return g_variant_ref_sink (mm_tdtech_fota_record_list_events (record, after));
}

static guint64
sequence_of (GVariant *events,
             gsize     i)
{
    g_autoptr(GVariant) event = g_variant_get_child_value (events, i);
    guint64             sequence;

    g_assert_true (g_variant_lookup (event, "sequence", "t", &sequence));
    return sequence;
}

static void
assert_increasing (GVariant *events)
{
    gsize i;

    for (i = 1; i < g_variant_n_children (events); i++)
        g_assert_cmpuint (sequence_of (events, i), >, sequence_of (events, i - 1));
}

static void
assert_n_events (MMTdtechFotaRecord *record,
                 gsize               n)
{
    g_autoptr(GVariant) events = list (record, 0);

    g_assert_cmpuint (g_variant_n_children (events), ==, n);
    assert_increasing (events);
    if (n > 0)
        g_assert_cmpuint (mm_tdtech_fota_record_get_last_event (record), ==, sequence_of (events, n - 1));
}

/*****************************************************************************/
/* The record */

static void
test_nothing (Fixture       *fixture,
              gconstpointer  data)
{
    g_autoptr(MMTdtechFotaRecord) record = open_record (fixture);

    assert_empty (record);
    assert_n_events (record, 0);
    g_assert_cmpuint (mm_tdtech_fota_record_get_last_event (record), ==, 0);
    g_assert_false (g_file_test (fixture->directory, G_FILE_TEST_EXISTS));
}

static void
test_round_trip (Fixture       *fixture,
                 gconstpointer  data)
{
    g_autoptr(MMTdtechFotaRecord) record = open_record (fixture);
    g_autoptr(MMTdtechFotaRecord) again = NULL;
    struct stat                   st;

    fill (mm_tdtech_fota_record_peek (record));
    save (record);
    again = open_record (fixture);
    assert_same (mm_tdtech_fota_record_peek (again), mm_tdtech_fota_record_peek (record));

    g_assert_cmpuint (count_files (fixture), ==, 1);
    get_stat (fixture, FILE_NAME, &st);
    g_assert_cmpuint (st.st_mode & 07777, ==, 0600);
    get_stat (fixture, "", &st);
    g_assert_cmpuint (st.st_mode & 07777, ==, 0700);
}

static void
test_empty_round_trip (Fixture       *fixture,
                       gconstpointer  data)
{
    g_autoptr(MMTdtechFotaRecord) record = open_record (fixture);
    g_autoptr(MMTdtechFotaRecord) again = NULL;

    save (record);
    again = open_record (fixture);
    assert_empty (again);
}

/* Every name of every enumeration, every count of sessions */
static void
test_enumerations (Fixture       *fixture,
                   gconstpointer  data)
{
    guint i;

    for (i = 0; i < MAX (MM_TDTECH_FOTA_ERROR_LAST, 17); i++) {
        g_autoptr(MMTdtechFotaRecord)  record = open_record (fixture);
        g_autoptr(MMTdtechFotaRecord)  again = NULL;
        MMTdtechFotaRecordData        *values = mm_tdtech_fota_record_peek (record);

        values->kept.verb = 1 + i % (MM_TDTECH_FOTA_VERB_LAST - 1);
        values->stage = i % MM_TDTECH_FOTA_STAGE_LAST;
        values->kept.pending.error = i % MM_TDTECH_FOTA_ERROR_LAST;
        values->result.error = i % MM_TDTECH_FOTA_ERROR_LAST;
        values->kept.pending.outcome = i % (MM_TDTECH_FOTA_OUTCOME_NOTHING_NEWER + 1);
        values->result.outcome = i % (MM_TDTECH_FOTA_OUTCOME_NOTHING_NEWER + 1);
        values->result.verb = i % MM_TDTECH_FOTA_VERB_LAST;
        values->n_sessions = MIN (i, 16);
        if (i >= 1 && i <= 16)
            values->sessions[i - 1] = i;
        save (record);
        again = open_record (fixture);
        assert_same (mm_tdtech_fota_record_peek (again), values);
    }
}

static void
test_unchanged (Fixture       *fixture,
                gconstpointer  data)
{
    g_autoptr(MMTdtechFotaRecord) record = open_record (fixture);
    g_autoptr(MMTdtechFotaRecord) again = NULL;
    struct stat                   before;
    struct stat                   after;

    fill (mm_tdtech_fota_record_peek (record));
    save (record);
    get_stat (fixture, FILE_NAME, &before);
    save (record);
    get_stat (fixture, FILE_NAME, &after);
    g_assert_cmpuint (before.st_ino, ==, after.st_ino);

    again = open_record (fixture);
    save (again);
    get_stat (fixture, FILE_NAME, &after);
    g_assert_cmpuint (before.st_ino, ==, after.st_ino);
    g_assert_true (before.st_mtim.tv_sec == after.st_mtim.tv_sec && before.st_mtim.tv_nsec == after.st_mtim.tv_nsec);
}

/* What becomes nothing again is a change as well */
static void
test_back_to_nothing (Fixture       *fixture,
                      gconstpointer  data)
{
    g_autoptr(MMTdtechFotaRecord) record = open_record (fixture);
    guint                         flashes;

    for (flashes = 3; flashes < 6; flashes++) {
        g_autoptr(MMTdtechFotaRecord) again = NULL;

        mm_tdtech_fota_record_peek (record)->kept.flashes = flashes % 4;
        save (record);
        again = open_record (fixture);
        g_assert_cmpuint (mm_tdtech_fota_record_peek (again)->kept.flashes, ==, flashes % 4);
    }
}

/* All texts at once, and nothing else; they go, and come back */
static void
test_no_texts (Fixture       *fixture,
               gconstpointer  data)
{
    g_autoptr(MMTdtechFotaRecord)  record = open_record (fixture);
    g_autoptr(MMTdtechFotaRecord)  again = NULL;
    MMTdtechFotaRecordData        *values = mm_tdtech_fota_record_peek (record);
    gchar                        **texts[] = {
        &values->transaction, &values->kept.options.expect_version, &values->kept.pending.from, &values->kept.pending.to,
        &values->pending_message, &values->offer_url, &values->device, &values->asked_url, &values->url,
        &values->kept.offer_version, &values->kept.offer_description, &values->kept.package_version,
        &values->kept.before_version, &values->kept.before_build_time, &values->kept.before_revision,
        &values->autodial, &values->result_transaction, &values->result_message, &values->result.from, &values->result.to,
    };
    guint                          i;

    fill (values);
    save (record);
    for (i = 0; i < G_N_ELEMENTS (texts); i++)
        g_clear_pointer (texts[i], g_free);
    save (record);
    again = open_record (fixture);
    assert_same (mm_tdtech_fota_record_peek (again), values);

    fill (values);
    save (record);
    mm_tdtech_fota_record_free (again);
    again = open_record (fixture);
    assert_same (mm_tdtech_fota_record_peek (again), values);
}

/* Text that is too long or not UTF-8 is made valid: a record must be readable again */
static void
test_bounds (Fixture       *fixture,
             gconstpointer  data)
{
    g_autoptr(MMTdtechFotaRecord)  record = open_record (fixture);
    g_autoptr(MMTdtechFotaRecord)  again = NULL;
    g_autofree gchar              *longest = g_strnfill (1024 * 1024, 'x');
    g_autoptr(GString)             wide = g_string_new (NULL);
    MMTdtechFotaRecordData        *values = mm_tdtech_fota_record_peek (record);
    guint                          i;

    for (i = 0; i < 2000; i++)
        g_string_append (wide, "\xe4\xb8\xad");
    set_text (&values->result_message, wide->str);
    set_text (&values->kept.offer_description, longest);
    set_text (&values->kept.offer_version, longest);
    set_text (&values->kept.before_version, "a\xff\xfe" "b");
    values->started = -1;
    values->result_finished = G_MAXINT64;
    values->kept.options.wait = G_MAXUINT;
    values->kept.pending.module_code = G_MAXUINT;
    values->n_sessions = G_MAXUINT;
    values->result.outcome = (MMTdtechFotaOutcome) (MM_TDTECH_FOTA_OUTCOME_NOTHING_NEWER + 1);
    save (record);

    again = open_record (fixture);
    values = mm_tdtech_fota_record_peek (again);
    g_assert_true (g_str_has_prefix (wide->str, values->result_message));
    g_assert_cmpuint (strlen (values->result_message), ==, 2046);
    g_assert_cmpuint (strlen (values->kept.offer_description), ==, MM_TDTECH_DESCRIPTION_MAX);
    g_assert_cmpuint (strlen (values->kept.offer_version), ==, MM_TDTECH_VERSION_MAX);
    g_assert_cmpstr (values->kept.before_version, ==, "a\xef\xbf\xbd\xef\xbf\xbd" "b");
    g_assert_cmpint (values->started, ==, 0);
    g_assert_cmpint (values->result_finished, ==, G_GINT64_CONSTANT (253402300799));
    g_assert_cmpuint (values->kept.options.wait, ==, MM_TDTECH_FOTA_WAIT_MAX);
    g_assert_cmpuint (values->n_sessions, ==, 16);
    g_assert_cmpuint (values->result.outcome, ==, MM_TDTECH_FOTA_OUTCOME_NONE);
}

/* Values that may reach the AT port or a caller are checked on writing as on reading */
static void
test_invalid_values (Fixture       *fixture,
                     gconstpointer  data)
{
    g_autoptr(MMTdtechFotaRecord)  record = open_record (fixture);
    g_autofree gchar              *before = NULL;
    g_autofree gchar              *after = NULL;
    MMTdtechFotaRecordData        *values = mm_tdtech_fota_record_peek (record);
    guint                          i;

    fill (values);
    save (record);
    before = read_file (fixture, FILE_NAME);
    for (i = 0; i < 4; i++) {
        g_autoptr(GError)  error = NULL;
        gchar            **member[] = { &values->transaction, &values->url, &values->autodial, &values->result_transaction };
        const gchar       *text[] = { "a b", "http://h/\"", "1,\"\"\r\nAT", "" };

        set_text (member[i], text[i]);
        g_assert_false (mm_tdtech_fota_record_save (record, &error));
        g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL);
        fill (values);
    }
    save (record);
    after = read_file (fixture, FILE_NAME);
    g_assert_cmpstr (before, ==, after);
}

/* Every byte in every text is restored, or its substitute */
static void
test_bytes (Fixture       *fixture,
            gconstpointer  data)
{
    guint byte;

    for (byte = 1; byte < 256; byte++) {
        g_autoptr(MMTdtechFotaRecord)  record = open_record (fixture);
        g_autoptr(MMTdtechFotaRecord)  again = NULL;
        const gchar                    text[] = { (gchar) byte, 'a', (gchar) byte, 'b', (gchar) byte, '\0' };
        g_autofree gchar              *valid = g_utf8_make_valid (text, -1);

        g_strdelimit (valid, "\v\f", ' ');
        set_text (&mm_tdtech_fota_record_peek (record)->result_message, text);
        set_text (&mm_tdtech_fota_record_peek (record)->kept.offer_description, text);
        save (record);
        again = open_record (fixture);
        g_assert_cmpstr (mm_tdtech_fota_record_peek (again)->result_message, ==, valid);
        g_assert_cmpstr (mm_tdtech_fota_record_peek (again)->kept.offer_description, ==, valid);
    }
}

/*****************************************************************************/
/* Files that are not trusted */

static void
check_set_aside (Fixture     *fixture,
                 const gchar *text,
                 gssize       len,
                 const gchar *message)
{
    g_autoptr(MMTdtechFotaRecord) record = NULL;

    write_file (fixture, FILE_NAME, text, len);
    record = open_bad_record (fixture, message);
    assert_empty (record);
    g_assert_false (file_exists (fixture, FILE_NAME));
    g_assert_true (file_exists (fixture, FILE_NAME ".bad"));
    save (record);
    g_assert_true (file_exists (fixture, FILE_NAME));
}

static void
test_garbage (Fixture       *fixture,
              gconstpointer  data)
{
    g_autofree gchar *large = g_strnfill (64 * 1024 + 1, '\n');
    g_autofree gchar *zeros = g_malloc0 (4096);

    make_directory (fixture);
    check_set_aside (fixture, "", 0, "*can't be read; set aside as " FILE_NAME ".bad");
    check_set_aside (fixture, "x", 1, "*can't be read*");
    check_set_aside (fixture, zeros, 4096, "*");
    check_set_aside (fixture, large, 64 * 1024 + 1, "*is not used: too large; *");
    check_set_aside (fixture, "[x]\n", -1, "*of an unknown version*");
    check_set_aside (fixture, "[record]\nversion=2\n", -1, "*of an unknown version*");
    check_set_aside (fixture, "[record]\nversion=1\nreserved-events=0\n", -1, "*not whole*");
    check_set_aside (fixture, "[record]\nversion=1\nreserved-events=-1\n[end]\ncomplete=true\n", -1, "*reserved-events is not valid*");
    check_set_aside (fixture, "[record]\nversion=1\nreserved-events=99999999999999999999\n[end]\ncomplete=true\n", -1,
                     "*reserved-events is not valid*");
    check_set_aside (fixture, "[record]\nversion=1\nreserved-events=0\n[transaction]\nstage=flashing\n[end]\ncomplete=true\n", -1,
                     "*a transaction without a verb*");
}

/* As large as a record may be */
static void
test_largest (Fixture       *fixture,
              gconstpointer  data)
{
    g_autofree gchar              *text = make_filled_file (fixture);
    g_autofree gchar              *padding = g_strnfill (64 * 1024 - strlen (text), '\n');
    g_autofree gchar              *padded = g_strconcat (text, padding, NULL);
    g_autoptr(MMTdtechFotaRecord)  record = NULL;

    write_file (fixture, FILE_NAME, padded, -1);
    record = open_record (fixture);
    g_assert_cmpstr (mm_tdtech_fota_record_peek (record)->transaction, ==, "tonight-1");
}

static void
test_bad_values (Fixture       *fixture,
                 gconstpointer  data)
{
    static const struct {
        const gchar *group;
        const gchar *key;
        const gchar *value;
    } rows[] = {
        { "transaction", "stage",          "last"                   },
        { "transaction", "stage",          ""                       },
        { "transaction", "verb",           "Reboot"                 },
        { "transaction", "id",             ""                       },
        { "transaction", "id",             "a b"                    },
        { "transaction", "started",        "-1"                     },
        { "transaction", "started",        "253402300800"           },
        { "transaction", "with-url",       "1"                      },
        { "transaction", "delay",          "2592001"                },
        { "transaction", "delay",          "-1"                     },
        { "transaction", "delay",          "+1"                     },
        { "transaction", "delay",          "0x10"                   },
        { "transaction", "delay",          "1 2"                    },
        { "transaction", "wait",           "86401"                  },
        { "transaction", "outcome",        "well"                   },
        { "transaction", "error",          "org.example.Error"      },
        { "transaction", "code",           "99999999999999999999"   },
        { "transaction", "message",        "\\x"                    },
        { "transaction", "message",        "\xff"                   },
        { "offer",       "url",            "http://h/\""            },
        { "offer",       "url",            "http://h"               },
        { "offer",       "size",           "18446744073709551616"   },
        { "held",        "autodial",       "1\\nAT"                 },
        { "held",        "autodial",       "1;AT^RESET"             },
        { "held",        "autodial",       "reset"                  },
        { "held",        "sessions",       "256"                    },
        { "held",        "sessions",       "1,,2"                   },
        { "held",        "sessions",       "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17" },
        { "result",      "id",             "'"                      },
    };
    guint i;

    make_directory (fixture);
    for (i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autofree gchar *text = g_strdup_printf ("[record]\nversion=1\nreserved-events=0\n[%s]\n%s=%s\n[end]\ncomplete=true\n",
                                                  rows[i].group, rows[i].key, rows[i].value);
        g_autofree gchar *message = g_strdup_printf ("*[[]%s] %s is not valid*", rows[i].group, rows[i].key);

        /* A pattern has no way to quote its brackets */
        message[1] = '?';
        memmove (message + 2, message + 4, strlen (message + 4) + 1);
        check_set_aside (fixture, text, -1, message);
    }
}

static void
test_long_values (Fixture       *fixture,
                  gconstpointer  data)
{
    g_autofree gchar *longest = g_strnfill (MM_TDTECH_VERSION_MAX + 1, 'x');
    g_autofree gchar *text = g_strdup_printf ("[record]\nversion=1\nreserved-events=0\n[offer]\nversion=%s\n[end]\ncomplete=true\n",
                                              longest);

    make_directory (fixture);
    check_set_aside (fixture, text, -1, "*version is not valid*");
}

/* Cut anywhere, a file is not a record any more */
static void
test_cut (Fixture       *fixture,
          gconstpointer  data)
{
    g_autofree gchar *text = make_filled_file (fixture);
    gsize             i;

    /* Without the newline at its very end it is whole */
    for (i = 0; i < strlen (text) - 1; i++) {
        g_autoptr(MMTdtechFotaRecord) record = NULL;

        write_file (fixture, FILE_NAME, text, (gssize) i);
        record = open_bad_record (fixture, "*is not used*");
        assert_empty (record);
    }
}

static void
say_nothing (const gchar    *domain,
             GLogLevelFlags  level,
             const gchar    *message,
             gpointer        user_data)
{
}

/* With any byte changed, the file is set aside or the values are within bounds */
static void
test_damaged (Fixture       *fixture,
              gconstpointer  data)
{
    static const gchar  bytes[] = { '\0', '\n', '\\', '9', '\xff' };
    g_autofree gchar   *text = make_filled_file (fixture);
    gsize               len = strlen (text);
    gsize               i;
    guint               j;
    guint               handler_id;

    handler_id = g_log_set_handler (NULL, G_LOG_LEVEL_MESSAGE, say_nothing, NULL);
    for (i = 0; i < len; i++) {
        for (j = 0; j < G_N_ELEMENTS (bytes); j++) {
            g_autoptr(MMTdtechFotaRecord)  record = NULL;
            g_autofree gchar              *damaged = g_memdup2 (text, len);
            MMTdtechFotaRecordData        *values;

            damaged[i] = bytes[j];
            write_file (fixture, FILE_NAME, damaged, (gssize) len);
            record = open_record (fixture);
            values = mm_tdtech_fota_record_peek (record);
            g_assert_cmpuint (values->stage, <, MM_TDTECH_FOTA_STAGE_LAST);
            g_assert_cmpuint (values->kept.verb, <, MM_TDTECH_FOTA_VERB_LAST);
            g_assert_cmpuint (values->kept.pending.error, <, MM_TDTECH_FOTA_ERROR_LAST);
            g_assert_cmpuint (values->n_sessions, <=, 16);
            g_assert_true (!values->pending_message || g_utf8_validate (values->pending_message, -1, NULL));
            g_assert_true (!values->transaction || mm_tdtech_fota_transaction_is_valid (values->transaction));
        }
    }
    g_log_remove_handler (NULL, handler_id);
}

static void
test_links (Fixture       *fixture,
            gconstpointer  data)
{
    g_autofree gchar *text = make_filled_file (fixture);
    g_autofree gchar *path = path_of (fixture, FILE_NAME);
    g_autofree gchar *target = path_of (fixture, "target");
    g_autofree gchar *unchanged = NULL;

    g_assert_cmpint (g_rename (path, target), ==, 0);
    g_assert_cmpint (symlink (target, path), ==, 0);
    {
        g_autoptr(MMTdtechFotaRecord) record = open_bad_record (fixture, "*is not used*");

        assert_empty (record);
        /* Put there between loading and saving */
        g_assert_cmpint (symlink (target, path), ==, 0);
        save (record);
    }
    unchanged = read_file (fixture, "target");
    g_assert_cmpstr (unchanged, ==, text);
    g_assert_false (g_file_test (path, G_FILE_TEST_IS_SYMLINK));
}

static void
test_link_as_new_file (Fixture       *fixture,
                       gconstpointer  data)
{
    g_autofree gchar              *path = path_of (fixture, FILE_NAME ".new");
    g_autofree gchar              *target = path_of (fixture, "target");
    g_autoptr(MMTdtechFotaRecord)  record = open_record (fixture);

    make_directory (fixture);
    g_assert_cmpint (symlink (target, path), ==, 0);
    mm_tdtech_fota_record_peek (record)->kept.flashes = 3;
    save (record);
    g_assert_false (file_exists (fixture, "target"));
    g_assert_false (file_exists (fixture, FILE_NAME ".new"));
}

static void
test_other_kinds (Fixture       *fixture,
                  gconstpointer  data)
{
    g_autofree gchar *path = path_of (fixture, FILE_NAME);
    g_autofree gchar *bad = path_of (fixture, FILE_NAME ".bad");

    make_directory (fixture);
    g_assert_cmpint (mkfifo (path, 0600), ==, 0);
    mm_tdtech_fota_record_free (open_bad_record (fixture, "*not a file; set aside*"));
    g_assert_cmpint (g_unlink (bad), ==, 0);

    g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
    mm_tdtech_fota_record_free (open_bad_record (fixture, "*not a file; set aside*"));

    /* A file can't take a directory's place */
    write_file (fixture, FILE_NAME, "x", 1);
    {
        g_autoptr(MMTdtechFotaRecord) record = open_bad_record (fixture, "*can't be read; it can't be set aside*");

        assert_empty (record);
        save (record);
    }
}

static void
test_others_can_write (Fixture       *fixture,
                       gconstpointer  data)
{
    static const mode_t  modes[] = { 0620, 0602, 0666 };
    g_autofree gchar    *text = make_filled_file (fixture);
    g_autofree gchar    *path = path_of (fixture, FILE_NAME);
    guint                i;

    for (i = 0; i < G_N_ELEMENTS (modes); i++) {
        write_file (fixture, FILE_NAME, text, -1);
        g_assert_cmpint (g_chmod (path, modes[i]), ==, 0);
        mm_tdtech_fota_record_free (open_bad_record (fixture, "*others can write to it; set aside*"));
    }
}

/* Only root can make another's file; others have the root directory to look at */
static void
test_other_user (Fixture       *fixture,
                 gconstpointer  data)
{
    g_autoptr(MMTdtechFotaRecord)  record = NULL;
    g_autofree gchar              *path = path_of (fixture, FILE_NAME);

    if (geteuid () == 0) {
        make_directory (fixture);
        write_file (fixture, FILE_NAME, "", 0);
        g_assert_cmpint (chown (path, OTHER_UID, (gid_t) -1), ==, 0);
        mm_tdtech_fota_record_free (open_bad_record (fixture, "*another user's; set aside*"));
        g_assert_cmpint (chown (fixture->directory, OTHER_UID, (gid_t) -1), ==, 0);
        record = open_bad_record (fixture, "no records are used: *others can write to it");
    } else {
        g_test_expect_message ("ModemManager", G_LOG_LEVEL_MESSAGE, "no records are used: *others can write to it");
        record = mm_tdtech_fota_record_new ("/", KEY);
        g_test_assert_expected_messages ();
    }
    assert_empty (record);
    g_assert_false (mm_tdtech_fota_record_save (record, NULL));
}

static void
check_directory_refused (Fixture     *fixture,
                         const gchar *message)
{
    g_autoptr(MMTdtechFotaRecord) record = open_bad_record (fixture, message);
    g_autoptr(GError)             error = NULL;

    assert_empty (record);
    g_assert_false (mm_tdtech_fota_record_save (record, &error));
    g_assert_cmpuint (error->domain, ==, G_FILE_ERROR);
    g_assert_nonnull (strstr (error->message, fixture->directory));

    g_test_expect_message ("ModemManager", G_LOG_LEVEL_MESSAGE, "event numbers are not kept: *");
    g_test_expect_message ("ModemManager", G_LOG_LEVEL_MESSAGE, "event 1 is not kept: *");
    g_assert_cmpuint (append (record, NULL), ==, 1);
    g_test_assert_expected_messages ();
    assert_n_events (record, 1);
}

static void
test_directories (Fixture       *fixture,
                  gconstpointer  data)
{
    static const mode_t  modes[] = { 0720, 0702, 0777 };
    g_autofree gchar    *real = g_build_filename (fixture->parent, "real", NULL);
    guint                i;

    /* A file */
    g_assert_true (g_file_set_contents (fixture->directory, "", 0, NULL));
    check_directory_refused (fixture, "no records are used: can't open *");
    g_assert_cmpint (g_unlink (fixture->directory), ==, 0);

    /* A link, with and without a slash */
    g_assert_cmpint (g_mkdir (real, 0700), ==, 0);
    g_assert_cmpint (symlink (real, fixture->directory), ==, 0);
    check_directory_refused (fixture, "no records are used: can't open *");
    {
        g_autofree gchar              *with_slash = g_strconcat (fixture->directory, "/", NULL);
        g_autoptr(MMTdtechFotaRecord)  record = NULL;

        g_test_expect_message ("ModemManager", G_LOG_LEVEL_MESSAGE, "no records are used: can't open *");
        record = mm_tdtech_fota_record_new (with_slash, KEY);
        g_test_assert_expected_messages ();
        g_assert_false (mm_tdtech_fota_record_save (record, NULL));
    }
    g_assert_cmpint (g_unlink (fixture->directory), ==, 0);

    /* One in which others can write */
    make_directory (fixture);
    for (i = 0; i < G_N_ELEMENTS (modes); i++) {
        g_assert_cmpint (g_chmod (fixture->directory, modes[i]), ==, 0);
        check_directory_refused (fixture, "no records are used: *others can write to it");
    }
    g_assert_cmpint (g_chmod (fixture->directory, 0700), ==, 0);

    /* One that can't be made */
    remove_tree (fixture->directory);
    g_free (fixture->directory);
    fixture->directory = g_strdup ("/proc/self/modemmanager-tdtech");
    {
        g_autoptr(MMTdtechFotaRecord) record = open_record (fixture);
        g_autoptr(GError)             error = NULL;

        g_assert_false (mm_tdtech_fota_record_save (record, &error));
        g_assert_nonnull (error);
    }
}

/* As on a full disk: no file may grow beyond 0 bytes */
static void
set_disk_full (gboolean full)
{
    struct rlimit limit;

    signal (SIGXFSZ, SIG_IGN);
    g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &limit), ==, 0);
    limit.rlim_cur = full ? 0 : limit.rlim_max;
    g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &limit), ==, 0);
}

static void
test_disk_full (Fixture       *fixture,
                gconstpointer  data)
{
    g_autofree gchar              *before = make_filled_file (fixture);
    g_autoptr(MMTdtechFotaRecord)  record = open_record (fixture);
    g_autofree gchar              *after = NULL;
    g_autoptr(GError)              error = NULL;
    gboolean                       saved;

    mm_tdtech_fota_record_peek (record)->kept.flashes = 3;
    set_disk_full (TRUE);
    saved = mm_tdtech_fota_record_save (record, &error);
    set_disk_full (FALSE);
    g_assert_false (saved);
    g_assert_cmpuint (error->domain, ==, G_FILE_ERROR);
    g_assert_nonnull (strstr (error->message, FILE_NAME));
    g_assert_nonnull (strstr (error->message, g_strerror (EFBIG)));
    after = read_file (fixture, FILE_NAME);
    g_assert_cmpstr (before, ==, after);
    g_assert_cmpuint (count_files (fixture), ==, 1);

    save (record);
    {
        g_autoptr(MMTdtechFotaRecord) again = open_record (fixture);

        g_assert_cmpuint (mm_tdtech_fota_record_peek (again)->kept.flashes, ==, 3);
    }
}

/*****************************************************************************/
/* Names */

static void
test_keys (Fixture       *fixture,
           gconstpointer  data)
{
    g_autofree gchar *long_a = g_strnfill (300, 'a');
    g_autofree gchar *long_b = g_strconcat (long_a, "b", NULL);
    g_autofree gchar *long_c = g_strnfill (201, 'a');
    g_autofree gchar *long_d = g_strnfill (200, 'a');
    g_autofree gchar *escaped = g_strnfill (150, '/');
    g_autofree gchar *longest = NULL;
    const gchar      *keys[] = {
        "867000000000001", "", ".", "..", "../x", "/", "a", "A", "a.record", "a.events", "a.record.new", "a.record.bad", "a.new",
        "%", "%2F", "%none", "%sha256-", "a b", "a\nb", "a%0Ab", "\xff", "\xc3\xbf", ".hidden", "%2Ehidden", "1-1.2:1.0", "1-1.2_1.0",
        long_a, long_b, long_c, long_d, escaped,
    };
    g_autoptr(GDir)  dir = NULL;
    const gchar     *name;
    guint            i;

    for (i = 0; i < G_N_ELEMENTS (keys); i++) {
        g_autoptr(MMTdtechFotaRecord) record = mm_tdtech_fota_record_new (fixture->directory, keys[i]);

        assert_empty (record);
        mm_tdtech_fota_record_peek (record)->kept.flashes = i + 1;
        append (record, NULL);
        save (record);
    }
    for (i = 0; i < G_N_ELEMENTS (keys); i++) {
        g_autoptr(MMTdtechFotaRecord) record = mm_tdtech_fota_record_new (fixture->directory, keys[i]);

        g_assert_cmpuint (mm_tdtech_fota_record_peek (record)->kept.flashes, ==, i + 1);
        assert_n_events (record, 1);
    }

    g_assert_cmpuint (count_files (fixture), ==, 2 * G_N_ELEMENTS (keys));
    /* As earlier releases named them, and as far as can be read as they are */
    longest = g_strconcat (long_d, ".record", NULL);
    g_assert_true (file_exists (fixture, longest));
    g_assert_true (file_exists (fixture, "1-1.2_1.0.record"));
    g_assert_true (file_exists (fixture, "a%20b.record"));
    g_assert_true (file_exists (fixture, "%2Ehidden.record"));
    dir = g_dir_open (fixture->directory, 0, NULL);
    while ((name = g_dir_read_name (dir))) {
        g_assert_cmpint (name[0], !=, '.');
        for (; *name; name++)
            g_assert_true (g_ascii_isalnum (*name) || strchr ("._-%", *name));
    }
}

static void
test_state_directory (Fixture       *fixture,
                      gconstpointer  data)
{
    static const struct {
        const gchar *format;
        const gchar *chosen;
    } rows[] = {
        { "%1$s/a",                               "a"                     },
        { "%1$s/b:%1$s/modemmanager-tdtech",      "modemmanager-tdtech"   },
        { "%1$s/x/modemmanager-tdtech/:%1$s/c",   "x/modemmanager-tdtech" },
        { "%1$s/d:%1$s/e",                        "d"                     },
        { ":relative:%1$s/f",                     "f"                     },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autoptr(MMTdtechFotaRecord)  record = NULL;
        g_auto(GStrv)                  pieces = g_strsplit (rows[i].format, "%1$s", -1);
        g_autofree gchar              *value = g_strjoinv (fixture->parent, pieces);
        g_autofree gchar              *path = g_build_filename (fixture->parent, rows[i].chosen, FILE_NAME, NULL);

        g_setenv ("STATE_DIRECTORY", value, TRUE);
        record = mm_tdtech_fota_record_new (NULL, KEY);
        save (record);
        g_assert_true (g_file_test (path, G_FILE_TEST_IS_REGULAR));
    }
    g_unsetenv ("STATE_DIRECTORY");
}

/*****************************************************************************/
/* The journal */

static void
test_events (Fixture       *fixture,
             gconstpointer  data)
{
    g_autoptr(MMTdtechFotaRecord) record = open_record (fixture);
    guint                         i;

    for (i = 1; i <= 3; i++)
        g_assert_cmpuint (append (record, "{'transaction': <'a'>, 'module-code': <uint32 13>, 'sessions': <['1', '2']>, "
                                          "'message': <'one\\ntwo\\r\\'\\\"\\\\\\u001b\xe4\xb8\xad'>, 'flag': <true>, 'empty': <@as []>}"),
                          ==, i);

    for (i = 0; i < 2; i++) {
        g_autoptr(MMTdtechFotaRecord) again = open_record (fixture);
        g_autoptr(GVariant)           events = list (i == 0 ? record : again, 1);
        g_autoptr(GVariant)           event = NULL;
        g_autoptr(GVariant)           expected = NULL;

        g_assert_cmpuint (mm_tdtech_fota_record_get_last_event (again), ==, 3);
        g_assert_cmpuint (g_variant_n_children (events), ==, 2);
        assert_n_events (again, 3);
        event = g_variant_get_child_value (events, 1);
        g_assert_cmpuint (g_variant_n_children (event), ==, 9);
        expected = g_variant_ref_sink (g_variant_new_parsed ("'one\\ntwo\\r\\'\\\"\\\\\\u001b\xe4\xb8\xad'"));
        {
            g_auto(GVariantDict) dict = G_VARIANT_DICT_INIT (event);
            g_autoptr(GVariant)  message = g_variant_dict_lookup_value (&dict, "message", NULL);
            g_autoptr(GVariant)  sessions = g_variant_dict_lookup_value (&dict, "sessions", G_VARIANT_TYPE_STRING_ARRAY);
            g_autofree gchar    *members = sessions ? g_variant_print (sessions, FALSE) : NULL;
            guint64              sequence;
            guint64              time;
            guint                kind;
            guint                code;
            gboolean             flag;

            g_assert_cmpvariant (message, expected);
            g_assert_cmpstr (members, ==, "['1', '2']");
            g_assert_true (g_variant_dict_lookup (&dict, "sequence", "t", &sequence));
            g_assert_true (g_variant_dict_lookup (&dict, "kind", "u", &kind));
            g_assert_true (g_variant_dict_lookup (&dict, "time", "t", &time));
            g_assert_true (g_variant_dict_lookup (&dict, "module-code", "u", &code));
            g_assert_true (g_variant_dict_lookup (&dict, "flag", "b", &flag));
            g_assert_cmpuint (sequence, ==, 3);
            g_assert_cmpuint (kind, ==, MM_TDTECH_FOTA_EVENT_DOWNLOAD_STARTED);
            g_assert_cmpuint (time, ==, 1763884800);
            g_assert_cmpuint (code, ==, 13);
            g_assert_true (flag);
        }
        {
            g_autoptr(GVariant) none = list (again, 3);
            g_autoptr(GVariant) far = list (again, G_MAXUINT64);

            g_assert_cmpuint (g_variant_n_children (none), ==, 0);
            g_assert_cmpuint (g_variant_n_children (far), ==, 0);
            g_assert_true (g_variant_is_of_type (none, G_VARIANT_TYPE ("aa{sv}")));
        }
    }
}

static void
test_kinds (Fixture       *fixture,
            gconstpointer  data)
{
    g_autoptr(MMTdtechFotaRecord) record = open_record (fixture);
    g_autoptr(MMTdtechFotaRecord) again = NULL;
    guint                         kind;

    for (kind = MM_TDTECH_FOTA_EVENT_CHECK_FAILED; kind <= MM_TDTECH_FOTA_EVENT_CANCELLED; kind++)
        mm_tdtech_fota_record_append_event (record, (MMTdtechFotaEvent) kind, kind, NULL);
    again = open_record (fixture);
    assert_n_events (again, MM_TDTECH_FOTA_EVENT_CANCELLED);
}

static void
test_journal_permissions (Fixture       *fixture,
                          gconstpointer  data)
{
    g_autoptr(MMTdtechFotaRecord) record = open_record (fixture);
    struct stat                   st;

    append (record, NULL);
    append (record, NULL);
    get_stat (fixture, JOURNAL, &st);
    g_assert_cmpuint (st.st_mode & 07777, ==, 0600);
}

/* A journal that is whole is gone on with */
static void
test_journal_appended (Fixture       *fixture,
                       gconstpointer  data)
{
    struct stat before;
    struct stat after;
    guint       i;

    for (i = 0; i < 3; i++) {
        g_autoptr(MMTdtechFotaRecord) record = open_record (fixture);

        append (record, NULL);
        get_stat (fixture, JOURNAL, &after);
        if (i == 0)
            before = after;
        g_assert_cmpuint (after.st_ino, ==, before.st_ino);
    }
    /* Numbers are reserved 16 at a time */
    {
        g_autofree gchar *text = read_file (fixture, FILE_NAME);

        g_assert_nonnull (strstr (text, "\nreserved-events=48\n"));
    }
}

/* At least 256 are kept, and not without end */
static void
test_journal_length (Fixture       *fixture,
                     gconstpointer  data)
{
    g_autoptr(MMTdtechFotaRecord) record = open_record (fixture);
    guint                         i;

    for (i = 1; i <= 2 * MM_TDTECH_FOTA_JOURNAL_LENGTH + 20; i++) {
        g_autoptr(GVariant) events = NULL;

        g_assert_cmpuint (append (record, NULL), ==, i);
        events = list (record, 0);
        g_assert_cmpuint (g_variant_n_children (events), >=, MIN (i, MM_TDTECH_FOTA_JOURNAL_LENGTH));
        g_assert_cmpuint (g_variant_n_children (events), <=, 2 * MM_TDTECH_FOTA_JOURNAL_LENGTH);
        if (i <= 2 * MM_TDTECH_FOTA_JOURNAL_LENGTH)
            g_assert_cmpuint (g_variant_n_children (events), ==, i);
        /* The newest ones, without a gap */
        g_assert_cmpuint (sequence_of (events, 0), ==, i + 1 - g_variant_n_children (events));
        if (i % 64 == 0 || i == 2 * MM_TDTECH_FOTA_JOURNAL_LENGTH + 20) {
            g_autoptr(MMTdtechFotaRecord) again = open_record (fixture);
            g_autoptr(GVariant)           loaded = list (again, 0);

            g_assert_cmpvariant (events, loaded);
        }
    }
}

static void
test_details_bounds (Fixture       *fixture,
                     gconstpointer  data)
{
    g_autoptr(MMTdtechFotaRecord)  record = open_record (fixture);
    g_autoptr(MMTdtechFotaRecord)  again = NULL;
    g_autofree gchar              *longest = g_strnfill (1024 * 1024, '\x01');
    g_autoptr(GVariant)            before = NULL;
    g_autoptr(GVariant)            after = NULL;
    g_autoptr(GVariant)            event = NULL;
    GVariantBuilder                builder;
    guint                          i;
    struct stat                    st;

    /* Left out: what has no place in it, what the journal itself says */
    append (record, "{'nested': <<'x'>>, 'dictionary': <{'a': 1}>, 'bytes': <b'x'>, 'sequence': <uint64 9>, 'kind': <uint32 9>, "
                    "'time': <uint64 9>, '': <'x'>, 'kept': <'x'>}");
    before = list (record, 0);
    event = g_variant_get_child_value (before, 0);
    g_assert_cmpuint (g_variant_n_children (event), ==, 4);
    g_assert_cmpuint (sequence_of (before, 0), ==, 1);
    g_clear_pointer (&event, g_variant_unref);
    g_clear_pointer (&before, g_variant_unref);

    /* Cut: long texts, arrays, dictionaries */
    g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
    for (i = 0; i < 100; i++) {
        g_autofree gchar *key = g_strdup_printf ("key-%u", i);
        const gchar      *texts[200];
        guint             j;

        for (j = 0; j < G_N_ELEMENTS (texts); j++)
            texts[j] = "\x01\x01\x01\x01";
        if (i % 2)
            g_variant_builder_add (&builder, "{sv}", key, g_variant_new_strv (texts, G_N_ELEMENTS (texts)));
        else
            g_variant_builder_add (&builder, "{sv}", key, g_variant_new_string (longest));
    }
    mm_tdtech_fota_record_append_event (record, MM_TDTECH_FOTA_EVENT_CANCELLED, 0, g_variant_builder_end (&builder));
    before = list (record, 1);
    event = g_variant_get_child_value (before, 0);
    g_assert_cmpuint (g_variant_n_children (event), ==, 16 + 3);
    get_stat (fixture, JOURNAL, &st);
    g_assert_cmpint (st.st_size, <, 16 * 1024);

    again = open_record (fixture);
    after = list (again, 1);
    g_assert_cmpvariant (before, after);
}

static gsize
length_of_detail (MMTdtechFotaRecord *record,
                  guint64             sequence,
                  const gchar        *key)
{
    g_autoptr(GVariant)  events = list (record, sequence - 1);
    g_autoptr(GVariant)  event = g_variant_get_child_value (events, 0);
    const gchar         *text = "";

    g_variant_lookup (event, key, "&s", &text);
    return strlen (text);
}

/* As much as there is room for, by halves */
static void
test_details_lengths (Fixture       *fixture,
                      gconstpointer  data)
{
    g_autoptr(MMTdtechFotaRecord)  record = open_record (fixture);
    g_autofree gchar              *longest = g_strnfill (1024 * 1024, 'x');
    g_autofree gchar              *key = g_strnfill (64, 'k');
    g_autofree gchar              *long_key = g_strnfill (65, 'k');
    GVariantBuilder                builder;
    guint64                        sequence;
    guint                          i;

    g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
    g_variant_builder_add (&builder, "{sv}", key, g_variant_new_string (longest));
    g_variant_builder_add (&builder, "{sv}", long_key, g_variant_new_string (longest));
    sequence = mm_tdtech_fota_record_append_event (record, MM_TDTECH_FOTA_EVENT_CANCELLED, 0, g_variant_builder_end (&builder));
    g_assert_cmpuint (length_of_detail (record, sequence, key), ==, 1024);
    g_assert_cmpuint (length_of_detail (record, sequence, long_key), ==, 0);
    {
        g_autoptr(GVariant) events = list (record, 0);
        g_autoptr(GVariant) event = g_variant_get_child_value (events, 0);
        guint64             time;

        g_assert_true (g_variant_lookup (event, "time", "t", &time));
        g_assert_cmpuint (time, ==, 0);
    }

    g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
    for (i = 0; i < 10; i++) {
        g_autofree gchar *name = g_strdup_printf ("%u", i);

        g_variant_builder_add (&builder, "{sv}", name, g_variant_new_string (longest));
    }
    sequence = mm_tdtech_fota_record_append_event (record, MM_TDTECH_FOTA_EVENT_CANCELLED, 0, g_variant_builder_end (&builder));
    g_assert_cmpuint (length_of_detail (record, sequence, "0"), ==, 512);
    g_assert_cmpuint (length_of_detail (record, sequence, "9"), ==, 512);
}

/* A line that is just short enough is not cut */
static void
test_details_fit (Fixture       *fixture,
                  gconstpointer  data)
{
    g_autoptr(MMTdtechFotaRecord) record = open_record (fixture);
    gsize                         used = 0;
    guint                         i;

    for (i = 0; i < 3; i++) {
        g_autofree gchar *longest = g_strnfill (1024, 'x');
        g_autofree gchar *rest = g_strnfill (i > 0 ? 8192 - used + i - 1 : 0, 'x');
        g_autofree gchar *journal = NULL;
        GVariantBuilder   builder;
        guint64           sequence;
        guint             n;

        g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
        for (n = 0; n < 7; n++) {
            g_autofree gchar *key = g_strdup_printf ("%u", n);

            g_variant_builder_add (&builder, "{sv}", key, g_variant_new_string (longest));
        }
        g_variant_builder_add (&builder, "{sv}", "rest", g_variant_new_string (rest));
        sequence = mm_tdtech_fota_record_append_event (record, MM_TDTECH_FOTA_EVENT_CANCELLED, 0,
                                                       g_variant_builder_end (&builder));
        g_assert_cmpuint (length_of_detail (record, sequence, "0"), ==, i < 2 ? 1024 : 512);
        if (i == 0) {
            journal = read_file (fixture, JOURNAL);
            used = strlen (journal) - strlen (HEADER);
            g_assert_cmpuint (used, >, 8192 - 1024);
        }
    }
}

/* A reference that is not floating is left to its owner */
static void
test_details_reference (Fixture       *fixture,
                        gconstpointer  data)
{
    g_autoptr(MMTdtechFotaRecord) record = open_record (fixture);
    g_autoptr(GVariant)           details = g_variant_ref_sink (g_variant_new_parsed ("{'a': <'b'>}"));

    mm_tdtech_fota_record_append_event (record, MM_TDTECH_FOTA_EVENT_CANCELLED, 0, details);
    g_assert_cmpuint (g_variant_n_children (details), ==, 1);
}

/*****************************************************************************/
/* Journals that are not trusted, or not whole */

static void
test_torn (Fixture       *fixture,
           gconstpointer  data)
{
    g_autofree gchar *text = NULL;
    gsize             whole;
    gsize             i;

    {
        g_autoptr(MMTdtechFotaRecord) record = open_record (fixture);

        for (i = 0; i < 3; i++)
            append (record, "{'transaction': <'a'>}");
    }
    text = read_file (fixture, JOURNAL);
    whole = (gsize) (g_strrstr_len (text, (gssize) strlen (text) - 1, "\n") + 1 - text);

    for (i = whole; i < strlen (text); i++) {
        g_autoptr(MMTdtechFotaRecord) record = NULL;

        write_file (fixture, JOURNAL, text, (gssize) i);
        record = open_record (fixture);
        assert_n_events (record, 2);
        g_assert_cmpuint (append (record, NULL), >, 3);
        assert_n_events (record, 3);
        {
            g_autoptr(MMTdtechFotaRecord) again = open_record (fixture);

            assert_n_events (again, 3);
        }
    }
}

/* A good one, of this length */
static gchar *
make_line (gsize length)
{
    const gchar      *begin = "(uint64 9, uint32 1, int64 0, {'a': <'";
    const gchar      *end = "'>})";
    g_autofree gchar *middle = g_strnfill (length - strlen (begin) - strlen (end), 'x');

    return g_strconcat (begin, middle, end, NULL);
}

static void
test_foreign_lines (Fixture       *fixture,
                    gconstpointer  data)
{
    static const gchar *lines[] = {
        "", "x", "(1, 2, 3, {})", "(uint64 0, uint32 1, int64 0, @a{sv} {})", "(uint64 9223372036854775808, uint32 1, int64 0, @a{sv} {})",
        "(uint64 9, uint32 0, int64 0, @a{sv} {})", "(uint64 9, uint32 10000, int64 0, @a{sv} {})", "(uint64 9, uint32 1, int64 -1, @a{sv} {})",
        "(uint64 9, uint32 1, int64 253402300800, @a{sv} {})", "(uint64 9, uint32 1, int64 0, @a{ss} {'a': 'b'})",
        "(uint64 9, uint32 1, int64 0, {'a': <'\xff'>})",
        "(uint64 1, uint32 1, int64 0, @a{sv} {}) x", "(uint64 1, uint32 1, int64 0, @a{sv} {}", "\xff", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
        "(uint64 1, uint32 1, int64 0, @a{sv} {})", "(uint64 2, uint32 1, int64 0, @a{sv} {})",
    };
    g_autofree gchar *parentheses = g_strnfill (100000, '(');
    g_autofree gchar *too_long = make_line (8193);
    guint             i;

    make_directory (fixture);
    for (i = 0; i < G_N_ELEMENTS (lines) + 2; i++) {
        g_autoptr(MMTdtechFotaRecord)  record = NULL;
        g_autoptr(MMTdtechFotaRecord)  again = NULL;
        g_autofree gchar              *text = NULL;
        g_auto(GStrv)                  parts = NULL;

        text = g_strdup_printf (HEADER
                                "(uint64 2, uint32 1, int64 0, @a{sv} {})\n"
                                "%s\n"
                                "(uint64 10, uint32 1, int64 0, {'a': <'b'>})\n",
                                i < G_N_ELEMENTS (lines) ? lines[i] :
                                i == G_N_ELEMENTS (lines) ? parentheses : too_long);
        write_file (fixture, JOURNAL, text, -1);
        record = open_bad_record (fixture, "*: 1 lines that can't be read are left out");
        assert_n_events (record, 2);
        g_assert_cmpuint (mm_tdtech_fota_record_get_last_event (record), ==, 10);
        g_assert_cmpuint (append (record, NULL), >, 10);
        again = open_record (fixture);
        assert_n_events (again, 3);
        /* The foreign one is gone */
        g_clear_pointer (&text, g_free);
        text = read_file (fixture, JOURNAL);
        parts = g_strsplit (text, "\n", -1);
        g_assert_cmpuint (g_strv_length (parts), ==, 5);
    }
}

/* The last ones that are good */
static void
test_extreme_lines (Fixture       *fixture,
                    gconstpointer  data)
{
    g_autofree gchar              *longest = make_line (8192);
    g_autofree gchar              *text = g_strconcat (HEADER
                                                       "(uint64 1, uint32 9999, int64 253402300799, @a{sv} {})\n",
                                                       longest, "\n"
                                                       "(uint64 9223372036854775807, uint32 1, int64 0, @a{sv} {})\n", NULL);
    g_autoptr(MMTdtechFotaRecord)  record = NULL;

    make_directory (fixture);
    write_file (fixture, JOURNAL, text, -1);
    record = open_record (fixture);
    assert_n_events (record, 3);
    g_assert_cmpuint (mm_tdtech_fota_record_get_last_event (record), ==, G_MAXINT64);
}

/* Of a journal that is too long the newest ones count */
static void
test_long_journal (Fixture       *fixture,
                   gconstpointer  data)
{
    const guint                    length = 2 * MM_TDTECH_FOTA_JOURNAL_LENGTH;
    g_autoptr(GString)             text = g_string_new (HEADER);
    g_autoptr(MMTdtechFotaRecord)  record = NULL;
    g_autoptr(GVariant)            events = NULL;
    guint                          i;

    make_directory (fixture);
    for (i = 1; i <= length + 10; i++)
        g_string_append_printf (text, "(uint64 %u, uint32 1, int64 0, @a{sv} {})\n", i);
    write_file (fixture, JOURNAL, text->str, -1);
    record = open_record (fixture);
    assert_n_events (record, length);
    events = list (record, 0);
    g_assert_cmpuint (sequence_of (events, 0), ==, 11);
}

static void
test_foreign_journals (Fixture       *fixture,
                       gconstpointer  data)
{
    static const gchar *texts[] = { "", "x", "modemmanager-tdtech events 1", "modemmanager-tdtech events 2\n",
                                    "(uint64 2, uint32 1, int64 0, @a{sv} {})\n",
                                    "modemmanager-tdtech events 2\n(uint64 2, uint32 1, int64 0, @a{sv} {})\n" };
    guint               i;

    make_directory (fixture);
    for (i = 0; i < G_N_ELEMENTS (texts); i++) {
        g_autoptr(MMTdtechFotaRecord)  record = NULL;

        write_file (fixture, JOURNAL, texts[i], -1);
        record = open_bad_record (fixture, "*not a journal, or of an unknown version; set aside as " JOURNAL ".bad");
        assert_n_events (record, 0);
        append (record, NULL);
        assert_n_events (record, 1);
    }
}

static void
test_journal_zeros (Fixture       *fixture,
                    gconstpointer  data)
{
    static const gchar            text[] = HEADER "(uint64 2, uint32 1, int64 0, @a{sv} {})\n\0\0\0\0\0\0\n\0\0\0";
    g_autoptr(MMTdtechFotaRecord) record = NULL;
    g_autoptr(MMTdtechFotaRecord) again = NULL;

    make_directory (fixture);
    write_file (fixture, JOURNAL, text, sizeof (text));
    record = open_bad_record (fixture, "*: 1 lines that can't be read are left out");
    assert_n_events (record, 1);
    append (record, NULL);
    again = open_record (fixture);
    assert_n_events (again, 2);
}

static void
test_journal_link (Fixture       *fixture,
                   gconstpointer  data)
{
    g_autoptr(MMTdtechFotaRecord)  record = NULL;
    g_autofree gchar              *path = path_of (fixture, JOURNAL);
    g_autofree gchar              *target = path_of (fixture, "target");
    g_autofree gchar              *unchanged = NULL;

    make_directory (fixture);
    write_file (fixture, "target", HEADER, -1);
    g_assert_cmpint (symlink (target, path), ==, 0);
    record = open_bad_record (fixture, "*is not used*");
    /* Put there after loading */
    append (record, NULL);
    g_assert_cmpint (g_unlink (path), ==, 0);
    g_assert_cmpint (symlink (target, path), ==, 0);
    append (record, NULL);
    unchanged = read_file (fixture, "target");
    g_assert_cmpstr (unchanged, ==, HEADER);
    {
        g_autoptr(MMTdtechFotaRecord) again = open_record (fixture);

        assert_n_events (again, 2);
    }
}

/*****************************************************************************/
/* Sequence numbers */

/* However often it is opened, whatever is lost */
static void
test_never_again (Fixture       *fixture,
                  gconstpointer  data)
{
    g_autofree gchar *journal = path_of (fixture, JOURNAL);
    guint64           last = 0;
    guint             i;

    for (i = 0; i < 40; i++) {
        g_autoptr(MMTdtechFotaRecord) record = open_record (fixture);
        guint                         j;

        g_assert_cmpuint (mm_tdtech_fota_record_get_last_event (record), >=, last);
        for (j = 0; j < i % 20; j++) {
            guint64 sequence = append (record, NULL);

            g_assert_cmpuint (sequence, >, last);
            last = sequence;
            g_assert_cmpuint (mm_tdtech_fota_record_get_last_event (record), ==, last);
        }
        if (i % 3 == 0)
            g_unlink (journal);
        /* Its newest number is that of the newest event, if there is one */
        else if (j > 0) {
            g_autoptr(MMTdtechFotaRecord) again = open_record (fixture);

            g_assert_cmpuint (mm_tdtech_fota_record_get_last_event (again), ==, last);
        }
    }
}

/* Numbers that were announced but not written are not reused */
static void
test_never_again_unwritten (Fixture       *fixture,
                            gconstpointer  data)
{
    guint64 last = 0;
    guint   i;

    {
        g_autoptr(MMTdtechFotaRecord) record = open_record (fixture);

        append (record, NULL);
        set_disk_full (TRUE);
        for (i = 0; i < 10; i++) {
            g_test_expect_message ("ModemManager", G_LOG_LEVEL_MESSAGE, "event * is not kept: *");
            last = append (record, NULL);
        }
        g_test_assert_expected_messages ();
        set_disk_full (FALSE);
        assert_n_events (record, 11);
    }
    {
        g_autoptr(MMTdtechFotaRecord) record = open_record (fixture);

        assert_n_events (record, 1);
        g_assert_cmpuint (append (record, NULL), >, last);
    }
}

/* The disk is full for a while: those events are written with the next one */
static void
test_written_later (Fixture       *fixture,
                    gconstpointer  data)
{
    g_autoptr(MMTdtechFotaRecord) record = open_record (fixture);
    g_autoptr(MMTdtechFotaRecord) again = NULL;

    append (record, NULL);
    set_disk_full (TRUE);
    g_test_expect_message ("ModemManager", G_LOG_LEVEL_MESSAGE, "event 2 is not kept: *");
    append (record, NULL);
    g_test_assert_expected_messages ();
    set_disk_full (FALSE);
    append (record, NULL);
    again = open_record (fixture);
    assert_n_events (again, 3);
}

/* Events keep what was saved, and nothing else */
static void
test_unsaved (Fixture       *fixture,
              gconstpointer  data)
{
    g_autoptr(MMTdtechFotaRecord)  record = open_record (fixture);
    g_autoptr(MMTdtechFotaRecord)  again = NULL;
    g_autoptr(MMTdtechFotaRecord)  third = NULL;
    guint                          i;

    mm_tdtech_fota_record_peek (record)->kept.flashes = 1;
    save (record);
    mm_tdtech_fota_record_peek (record)->kept.flashes = 2;
    for (i = 0; i < 100; i++)
        append (record, NULL);
    again = open_record (fixture);
    g_assert_cmpuint (mm_tdtech_fota_record_peek (again)->kept.flashes, ==, 1);
    g_assert_cmpuint (mm_tdtech_fota_record_peek (record)->kept.flashes, ==, 2);
    save (record);
    third = open_record (fixture);
    g_assert_cmpuint (mm_tdtech_fota_record_peek (third)->kept.flashes, ==, 2);
    g_assert_cmpuint (append (third, NULL), >, 100);
}

/*****************************************************************************/
/* Death at any moment */

#define DEATHS 100

typedef struct {
    guint64 saved;       /* the number last saved whole */
    guint64 sequence;    /* the last event appended */
} Report;

static void
set_number (MMTdtechFotaRecordData *data,
            guint64                 number)
{
    g_autofree gchar *text = g_strdup_printf ("%" G_GUINT64_FORMAT, number);

    data->kept.verb = MM_TDTECH_FOTA_VERB_UPGRADE;
    data->stage = MM_TDTECH_FOTA_STAGE_NONE + number % MM_TDTECH_FOTA_STAGE_LAST;
    set_text (&data->transaction, text);
    set_text (&data->result_message, text);
    data->kept.offer_size = number;
    data->result_finished = (gint64) number;
}

static guint64
get_number (const MMTdtechFotaRecordData *data)
{
    guint64 number = data->kept.offer_size;

    if (number > 0) {
        g_assert_cmpuint (g_ascii_strtoull (data->transaction, NULL, 10), ==, number);
        g_assert_cmpuint (g_ascii_strtoull (data->result_message, NULL, 10), ==, number);
        g_assert_cmpuint (data->stage, ==, MM_TDTECH_FOTA_STAGE_NONE + number % MM_TDTECH_FOTA_STAGE_LAST);
    }
    g_assert_cmpint (data->result_finished, ==, (gint64) number);
    return number;
}

/* Saves and appends until killed, reporting each step */
static void G_GNUC_NORETURN
live (Fixture *fixture,
      gint     fd)
{
    MMTdtechFotaRecord *record = open_record (fixture);
    Report              report = { 0 };

    report.saved = get_number (mm_tdtech_fota_record_peek (record));
    for (;;) {
        set_number (mm_tdtech_fota_record_peek (record), report.saved + 1);
        save (record);
        report.saved++;
        if (write (fd, &report, sizeof (report)) != sizeof (report))
            _exit (1);
        report.sequence = append (record, "{'transaction': <'a'>, 'message': <'some text of some length'>}");
        if (write (fd, &report, sizeof (report)) != sizeof (report))
            _exit (1);
    }
}

static void
drain (gint    fd,
       Report *last)
{
    Report report;
    gssize n;

    while ((n = read (fd, &report, sizeof (report))) == sizeof (report))
        *last = report;
    g_assert_cmpint (n, ==, 0);
}

static void
check_survivors (Fixture *fixture,
                 Report  *last)
{
    g_autoptr(MMTdtechFotaRecord) record = open_record (fixture);
    g_autoptr(GVariant)           events = list (record, 0);
    guint64                       saved = get_number (mm_tdtech_fota_record_peek (record));

    g_assert_false (file_exists (fixture, FILE_NAME ".bad"));
    g_assert_false (file_exists (fixture, JOURNAL ".bad"));
    /* The old one or the new one */
    g_assert_cmpuint (saved, >=, last->saved);
    g_assert_cmpuint (saved, <=, last->saved + 1);
    last->saved = saved;
    /* Every event that was announced, and at most one that was not */
    assert_increasing (events);
    g_assert_cmpuint (mm_tdtech_fota_record_get_last_event (record), >=, last->sequence);
    if (last->sequence > 0) {
        g_autoptr(GVariant) later = list (record, last->sequence - 1);

        g_assert_cmpuint (sequence_of (later, 0), ==, last->sequence);
        g_assert_cmpuint (g_variant_n_children (later), <=, 2);
    }
}

static void
test_deaths (Fixture       *fixture,
             gconstpointer  data)
{
    Report last = { 0 };
    guint  i;

    for (i = 0; i < DEATHS; i++) {
        Report  report = { 0 };
        Report  first = { 0 };
        gint    fds[2];
        gint    status;
        gint    n;
        GPid    pid;

        g_assert_cmpint (pipe (fds), ==, 0);
        pid = fork ();
        g_assert_cmpint (pid, >=, 0);
        if (pid == 0) {
            close (fds[0]);
            live (fixture, fds[1]);
        }
        close (fds[1]);

        for (n = g_test_rand_int_range (2, 8); n > 0; n--) {
            g_assert_cmpint (read (fds[0], &report, sizeof (report)), ==, sizeof (report));
            if (first.sequence == 0)
                first = report;
        }
        /* Anywhere in what it does next */
        g_usleep ((gulong) g_test_rand_int_range (0, 3000));
        g_assert_cmpint (kill (pid, SIGKILL), ==, 0);
        drain (fds[0], &report);
        close (fds[0]);
        g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
        g_assert_true (WIFSIGNALED (status) && WTERMSIG (status) == SIGKILL);

        g_assert_cmpuint (first.sequence, >, last.sequence);
        g_assert_cmpuint (report.saved, >, last.saved);
        last = report;
        check_survivors (fixture, &last);
    }
}

/*****************************************************************************/
/* The journal's id */

static void
assert_journal_id (MMTdtechFotaRecord *record,
                   const gchar        *expected)
{
    const gchar *id = mm_tdtech_fota_record_get_journal_id (record);

    g_assert_nonnull (id);
    g_assert_cmpuint (strlen (id), ==, 16);
    g_assert_cmpuint (strspn (id, "0123456789abcdef"), ==, 16);
    if (expected)
        g_assert_cmpstr (id, ==, expected);
}

static void
assert_other_journal_id (MMTdtechFotaRecord *record,
                         const gchar        *old)
{
    assert_journal_id (record, NULL);
    g_assert_cmpstr (mm_tdtech_fota_record_get_journal_id (record), !=, old);
}

static gchar *
make_journal (Fixture *fixture)
{
    g_autoptr(MMTdtechFotaRecord) record = open_record (fixture);

    assert_journal_id (record, NULL);
    append (record, NULL);
    return g_strdup (mm_tdtech_fota_record_get_journal_id (record));
}

/* An event is enough to keep it, and so is saving */
static void
test_journal_id (Fixture       *fixture,
                 gconstpointer  data)
{
    g_autofree gchar *id = make_journal (fixture);
    guint             i;

    for (i = 0; i < 3; i++) {
        g_autoptr(MMTdtechFotaRecord) record = open_record (fixture);

        assert_journal_id (record, id);
        if (i > 0)
            fill (mm_tdtech_fota_record_peek (record));
        save (record);
        append (record, NULL);
        assert_journal_id (record, id);
    }
    remove_tree (fixture->directory);
    {
        g_autoptr(MMTdtechFotaRecord) saved = open_record (fixture);
        g_autoptr(MMTdtechFotaRecord) again = NULL;

        assert_other_journal_id (saved, id);
        save (saved);
        again = open_record (fixture);
        assert_journal_id (again, mm_tdtech_fota_record_get_journal_id (saved));
    }
}

/* Without the journal's file numbers go on; without the record they may come again */
static void
test_journal_id_lost (Fixture       *fixture,
                      gconstpointer  data)
{
    g_autofree gchar *id = make_journal (fixture);
    g_autofree gchar *record_path = path_of (fixture, FILE_NAME);
    g_autofree gchar *journal_path = path_of (fixture, JOURNAL);

    g_assert_cmpint (g_unlink (journal_path), ==, 0);
    {
        g_autoptr(MMTdtechFotaRecord) record = open_record (fixture);

        assert_journal_id (record, id);
        g_assert_cmpuint (append (record, NULL), >, 1);
    }
    g_assert_cmpint (g_unlink (record_path), ==, 0);
    {
        g_autoptr(MMTdtechFotaRecord) record = open_record (fixture);

        assert_other_journal_id (record, id);
    }
}

static void
test_journal_id_set_aside (Fixture       *fixture,
                           gconstpointer  data)
{
    static const gchar *const bad[] = {
        "", "0123456789abcde", "0123456789abcdef0", "0123456789ABCDEF", "0123456789abcdeg", " 123456789abcdef",
    };
    g_autofree gchar *id = make_journal (fixture);
    g_autofree gchar *text = read_file (fixture, FILE_NAME);
    g_auto(GStrv)     parts = g_strsplit (text, id, -1);
    guint             i;

    g_assert_cmpuint (g_strv_length (parts), ==, 2);
    write_file (fixture, FILE_NAME, "x", 1);
    {
        g_autoptr(MMTdtechFotaRecord) record = open_bad_record (fixture, "*can't be read*");

        assert_other_journal_id (record, id);
    }
    for (i = 0; i < G_N_ELEMENTS (bad); i++) {
        g_autofree gchar              *damaged = g_strjoinv (bad[i], parts);
        g_autoptr(MMTdtechFotaRecord)  record = NULL;

        write_file (fixture, FILE_NAME, damaged, -1);
        record = open_bad_record (fixture, "*journal is not valid*");
        assert_empty (record);
        assert_other_journal_id (record, id);
    }
}

static void
append_without_space (MMTdtechFotaRecord *record)
{
    guint handler_id = g_log_set_handler ("ModemManager", G_LOG_LEVEL_MESSAGE, say_nothing, NULL);

    set_disk_full (TRUE);
    append (record, NULL);
    set_disk_full (FALSE);
    g_log_remove_handler ("ModemManager", handler_id);
}

static void
append_unreserved (MMTdtechFotaRecord *record)
{
    set_disk_full (TRUE);
    g_test_expect_message ("ModemManager", G_LOG_LEVEL_MESSAGE, "event numbers are not kept: *");
    g_test_expect_message ("ModemManager", G_LOG_LEVEL_MESSAGE, "event * is not kept: *");
    append (record, NULL);
    g_test_assert_expected_messages ();
    set_disk_full (FALSE);
}

/* Numbers that can't be reserved may come again, so they are not the old journal's */
static void
test_journal_id_unreserved (Fixture       *fixture,
                            gconstpointer  data)
{
    g_autofree gchar              *id = make_journal (fixture);
    g_autofree gchar              *unreserved = NULL;
    g_autoptr(MMTdtechFotaRecord)  record = open_record (fixture);
    guint64                        last = 0;
    guint                          i;

    /* As many as the first of them has reserved */
    for (i = 0; i < 16; i++)
        last = append (record, NULL);
    assert_journal_id (record, id);
    append_unreserved (record);
    assert_other_journal_id (record, id);
    unreserved = g_strdup (mm_tdtech_fota_record_get_journal_id (record));
    append_unreserved (record);
    assert_journal_id (record, unreserved);
    {
        /* The daemon dies here: the numbers come again, under the old id */
        g_autoptr(MMTdtechFotaRecord) killed = open_record (fixture);

        assert_journal_id (killed, id);
        g_assert_cmpuint (mm_tdtech_fota_record_get_last_event (killed), ==, last);
    }
    append (record, NULL);
    {
        /* Or it goes on, and there is space again */
        g_autoptr(MMTdtechFotaRecord) again = open_record (fixture);

        assert_journal_id (again, unreserved);
        g_assert_cmpuint (append (again, NULL), >, last + 3);
    }
}

/* Each time, whatever has written the record in between */
static void
test_journal_id_unreserved_again (Fixture       *fixture,
                                  gconstpointer  data)
{
    g_autofree gchar              *id = make_journal (fixture);
    g_autoptr(MMTdtechFotaRecord)  record = open_record (fixture);
    guint                          i;

    for (i = 0; i < 3; i++) {
        g_autoptr(MMTdtechFotaRecord) again = NULL;
        guint                         j;

        /* More than are reserved at a time */
        for (j = 0; j < 16; j++)
            append (record, NULL);
        while (g_strcmp0 (mm_tdtech_fota_record_get_journal_id (record), id) == 0)
            append_without_space (record);
        g_free (id);
        id = g_strdup (mm_tdtech_fota_record_get_journal_id (record));
        if (i == 1)
            save (record);
        else
            append (record, NULL);
        again = open_record (fixture);
        assert_journal_id (again, id);
    }
}

/* The new id is saved though nothing else has changed; the next number is not reserved by that */
static void
test_journal_id_unreserved_saved (Fixture       *fixture,
                                  gconstpointer  data)
{
    g_autofree gchar              *id = make_journal (fixture);
    g_autofree gchar              *unreserved = NULL;
    g_autoptr(MMTdtechFotaRecord)  record = open_record (fixture);
    g_autoptr(MMTdtechFotaRecord)  again = NULL;
    guint                          i;

    for (i = 0; i < 16; i++)
        append (record, NULL);
    save (record);
    append_without_space (record);
    assert_other_journal_id (record, id);
    unreserved = g_strdup (mm_tdtech_fota_record_get_journal_id (record));
    save (record);
    again = open_record (fixture);
    assert_journal_id (again, unreserved);
    append_without_space (record);
    assert_other_journal_id (record, unreserved);
}

/* What an earlier release wrote has none: it gets one, and is used */
static void
test_journal_id_of_old_record (Fixture       *fixture,
                               gconstpointer  data)
{
    g_autoptr(MMTdtechFotaRecord) record = NULL;
    g_autoptr(MMTdtechFotaRecord) again = NULL;

    make_directory (fixture);
    write_file (fixture, FILE_NAME,
                "[record]\nversion=1\nreserved-events=16\n[offer]\nversion=1.2.5.0\n[end]\ncomplete=true\n", -1);
    record = open_record (fixture);
    g_assert_cmpstr (mm_tdtech_fota_record_peek (record)->kept.offer_version, ==, "1.2.5.0");
    assert_journal_id (record, NULL);
    save (record);
    again = open_record (fixture);
    assert_journal_id (again, mm_tdtech_fota_record_get_journal_id (record));
    g_assert_cmpuint (append (again, NULL), ==, 17);
}

/*****************************************************************************/

#define ADD(name, func) g_test_add ("/tdtech/fota/record/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int    argc,
      char **argv)
{
    g_test_init (&argc, &argv, NULL);
    umask (022);
    g_unsetenv ("STATE_DIRECTORY");

    ADD ("nothing", test_nothing);
    ADD ("round-trip", test_round_trip);
    ADD ("empty-round-trip", test_empty_round_trip);
    ADD ("enumerations", test_enumerations);
    ADD ("unchanged", test_unchanged);
    ADD ("back-to-nothing", test_back_to_nothing);
    ADD ("no-texts", test_no_texts);
    ADD ("bounds", test_bounds);
    ADD ("invalid-values", test_invalid_values);
    ADD ("bytes", test_bytes);
    ADD ("garbage", test_garbage);
    ADD ("largest", test_largest);
    ADD ("bad-values", test_bad_values);
    ADD ("long-values", test_long_values);
    ADD ("cut", test_cut);
    ADD ("damaged", test_damaged);
    ADD ("links", test_links);
    ADD ("link-as-new-file", test_link_as_new_file);
    ADD ("other-kinds", test_other_kinds);
    ADD ("others-can-write", test_others_can_write);
    ADD ("other-user", test_other_user);
    ADD ("directories", test_directories);
    ADD ("disk-full", test_disk_full);
    ADD ("keys", test_keys);
    ADD ("state-directory", test_state_directory);
    ADD ("events", test_events);
    ADD ("kinds", test_kinds);
    ADD ("journal-permissions", test_journal_permissions);
    ADD ("journal-appended", test_journal_appended);
    ADD ("journal-length", test_journal_length);
    ADD ("details-bounds", test_details_bounds);
    ADD ("details-lengths", test_details_lengths);
    ADD ("details-fit", test_details_fit);
    ADD ("details-reference", test_details_reference);
    ADD ("torn", test_torn);
    ADD ("foreign-lines", test_foreign_lines);
    ADD ("extreme-lines", test_extreme_lines);
    ADD ("long-journal", test_long_journal);
    ADD ("foreign-journals", test_foreign_journals);
    ADD ("journal-zeros", test_journal_zeros);
    ADD ("journal-link", test_journal_link);
    ADD ("never-again", test_never_again);
    ADD ("never-again-unwritten", test_never_again_unwritten);
    ADD ("written-later", test_written_later);
    ADD ("unsaved", test_unsaved);
    ADD ("journal-id", test_journal_id);
    ADD ("journal-id-lost", test_journal_id_lost);
    ADD ("journal-id-set-aside", test_journal_id_set_aside);
    ADD ("journal-id-unreserved", test_journal_id_unreserved);
    ADD ("journal-id-unreserved-again", test_journal_id_unreserved_again);
    ADD ("journal-id-unreserved-saved", test_journal_id_unreserved_saved);
    ADD ("journal-id-of-old-record", test_journal_id_of_old_record);
    ADD ("deaths", test_deaths);

    return g_test_run ();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/* Each of the C library's calls that the record makes fails once, at every place where it
 * is made. Afterwards the old or the new file is there and whole, the error says what
 * could not be done, the next time it works, and nothing is left behind. */

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <glib/gstdio.h>

#include "failing-calls.h"
#include "mm-tdtech-fota-record.h"

#define KEY "867000000000001"

/* What was logged */
static GString *messages;

/* More calls than any of the tests makes */
#define CALLS_MAX 200

/*****************************************************************************/
/* A directory for each case */

typedef struct {
    gchar *parent;
    gchar *directory;    /* in it; not there yet */
    guint  descriptors;
} Case;

static guint
count_descriptors (void)
{
    g_autoptr(GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
    guint           n = 0;

    g_assert_nonnull (dir);
    while (g_dir_read_name (dir))
        n++;
    return n;
}

static void
case_begin (Case *self)
{
    self->parent = g_dir_make_tmp ("test-tdtech-fota-record-calls-XXXXXX", NULL);
    g_assert_nonnull (self->parent);
    self->directory = g_build_filename (self->parent, "state", NULL);
    self->descriptors = count_descriptors ();
}

static void
remove_files (const gchar *directory)
{
    g_autoptr(GDir)  dir = g_dir_open (directory, 0, NULL);
    const gchar     *name;

    while (dir && (name = g_dir_read_name (dir))) {
        g_autofree gchar *path = g_build_filename (directory, name, NULL);

        g_assert_cmpint (g_unlink (path), ==, 0);
    }
    g_rmdir (directory);
}

static void
case_end (Case *self)
{
    g_assert_cmpuint (count_descriptors (), ==, self->descriptors);
    remove_files (self->directory);
    g_assert_cmpint (g_rmdir (self->parent), ==, 0);
    g_free (self->directory);
    g_free (self->parent);
}

static gboolean
is_there (Case        *self,
          const gchar *name)
{
    g_autofree gchar *path = g_build_filename (self->directory, name, NULL);

    return g_file_test (path, G_FILE_TEST_EXISTS);
}

static void
set_transaction (MMTdtechFotaRecord *record,
                 const gchar        *transaction)
{
    MMTdtechFotaRecordData *data = mm_tdtech_fota_record_peek (record);

    data->stage = MM_TDTECH_FOTA_STAGE_UPGRADING;
    data->kept.verb = MM_TDTECH_FOTA_VERB_UPGRADE;
    g_free (data->transaction);
    data->transaction = g_strdup (transaction);
}

static MMTdtechFotaRecord *
record_with (Case        *self,
             const gchar *transaction)
{
    MMTdtechFotaRecord *record = mm_tdtech_fota_record_new (self->directory, KEY);
    g_autoptr(GError)   error = NULL;

    set_transaction (record, transaction);
    mm_tdtech_fota_record_save (record, &error);
    g_assert_no_error (error);
    return record;
}

/* What whoever starts next finds */
static gchar *
find_transaction (Case *self)
{
    g_autoptr(MMTdtechFotaRecord) record = mm_tdtech_fota_record_new (self->directory, KEY);

    return g_strdup (mm_tdtech_fota_record_peek (record)->transaction);
}

static void
assert_explained (Case         *self,
                  const GError *error)
{
    g_assert_nonnull (error);
    g_assert_cmpuint (error->domain, ==, G_FILE_ERROR);
    g_assert_cmpint (error->code, !=, G_FILE_ERROR_FAILED);
    g_assert_nonnull (strstr (error->message, self->directory));
    g_assert_true (g_str_has_prefix (error->message, "can't "));
    g_assert_true (g_str_has_suffix (error->message, g_strerror (failing_calls_get_errno ())));
}

/*****************************************************************************/
/* Saving */

/* Returns FALSE once there is no such call any more */
static gboolean
save_with_failing_call (guint           nth,
                        FailingCallsHow how,
                        const gchar    *before)
{
    g_autoptr(MMTdtechFotaRecord)  record = NULL;
    g_autofree gchar              *found = NULL;
    g_autofree gchar              *found_later = NULL;
    g_autoptr(GError)              error = NULL;
    const gchar                   *failed;
    gboolean                       ok;
    Case                           c;

    case_begin (&c);
    record = before ? record_with (&c, before) : mm_tdtech_fota_record_new (c.directory, KEY);
    set_transaction (record, "new");

    failing_calls_begin (nth, how);
    ok = mm_tdtech_fota_record_save (record, &error);
    failing_calls_end (&failed);
    g_test_message ("call %u: %s", nth, failed ? failed : "none failed");

    found = find_transaction (&c);
    g_assert_cmpint (ok, ==, error == NULL);
    if (ok)
        g_assert_cmpstr (found, ==, "new");
    else {
        g_assert_true (g_strcmp0 (found, before) == 0 || g_strcmp0 (found, "new") == 0);
        assert_explained (&c, error);
    }
    g_assert_false (is_there (&c, KEY ".record.bad"));

    /* What was there before is written again, too: the new one may be in the file */
    if (!ok && before) {
        g_autofree gchar *found_again = NULL;

        set_transaction (record, before);
        g_assert_true (mm_tdtech_fota_record_save (record, NULL));
        found_again = find_transaction (&c);
        g_assert_cmpstr (found_again, ==, before);
        set_transaction (record, "new");
    }
    /* A failed save is repeated although nothing has changed */
    g_assert_true (mm_tdtech_fota_record_save (record, NULL));
    found_later = find_transaction (&c);
    g_assert_cmpstr (found_later, ==, "new");
    g_assert_false (is_there (&c, KEY ".record.new"));
    case_end (&c);
    return failed != NULL;
}

static void
test_save (gconstpointer before)
{
    guint nth;

    for (nth = 1; nth < CALLS_MAX && save_with_failing_call (nth, FAILING_CALLS_ALL, before); nth++);
    /* open, unlinkat, openat, write, fsync, renameat, fsync and two times close at least */
    g_assert_cmpuint (nth, >, 9);
    g_assert_cmpuint (nth, <, CALLS_MAX);
    for (nth = 1; nth < CALLS_MAX && save_with_failing_call (nth, FAILING_CALLS_SHORT_WRITES, before); nth++);
}

/*****************************************************************************/
/* Loading */

static gboolean
load_with_failing_call (guint nth)
{
    g_autoptr(MMTdtechFotaRecord)  record = NULL;
    g_autofree gchar              *record_path = NULL;
    g_autofree gchar              *aside = NULL;
    g_autofree gchar              *text = NULL;
    const gchar                   *failed;
    Case                           c;

    case_begin (&c);
    record = record_with (&c, "kept");
    mm_tdtech_fota_record_append_event (record, MM_TDTECH_FOTA_EVENT_UPGRADE_STARTED, 1, NULL);
    mm_tdtech_fota_record_free (record);

    g_string_truncate (messages, 0);
    failing_calls_begin (nth, FAILING_CALLS_ALL);
    record = mm_tdtech_fota_record_new (c.directory, KEY);
    failing_calls_end (&failed);
    g_test_message ("call %u: %s", nth, failed ? failed : "none failed");
    if (failed && !g_str_equal (failed, "close"))
        g_assert_nonnull (strstr (messages->str, g_strerror (failing_calls_get_errno ())));

    /* An unreadable file is kept, in place or set aside */
    record_path = g_build_filename (c.directory, KEY ".record", NULL);
    aside = g_strconcat (record_path, ".bad", NULL);
    g_assert_true (g_file_get_contents (record_path, &text, NULL, NULL) ||
                   g_file_get_contents (aside, &text, NULL, NULL));
    g_assert_nonnull (strstr (text, "kept"));

    /* And it is usable: announced numbers are not reused */
    set_transaction (record, "next");
    g_assert_true (mm_tdtech_fota_record_save (record, NULL));
    if (failed && mm_tdtech_fota_record_get_last_event (record) == 0)
        g_assert_cmpstr (failed, !=, "close");
    case_end (&c);
    return failed != NULL;
}

static void
test_load (void)
{
    guint nth;

    for (nth = 1; nth < CALLS_MAX && load_with_failing_call (nth); nth++);
    /* open and fstat of the directory, openat, fstat, two times read and close of each file */
    g_assert_cmpuint (nth, >, 12);
    g_assert_cmpuint (nth, <, CALLS_MAX);
}

/* They come in pieces, and are interrupted */
static void
test_pieces (void)
{
    g_autoptr(MMTdtechFotaRecord)  record = NULL;
    g_autoptr(MMTdtechFotaRecord)  again = NULL;
    Case                           c;
    guint                          i;

    case_begin (&c);
    failing_calls_begin (0, FAILING_CALLS_PIECES);
    record = record_with (&c, "whole");
    for (i = 1; i <= 3; i++)
        g_assert_cmpuint (mm_tdtech_fota_record_append_event (record, MM_TDTECH_FOTA_EVENT_CANCELLED, 1, NULL), ==, i);
    again = mm_tdtech_fota_record_new (c.directory, KEY);
    failing_calls_end (NULL);
    g_assert_cmpstr (mm_tdtech_fota_record_peek (again)->transaction, ==, "whole");
    g_assert_cmpuint (mm_tdtech_fota_record_get_last_event (again), ==, 3);
    case_end (&c);
}

/* A file that grows while it is read */
static void
test_endless (void)
{
    g_autoptr(MMTdtechFotaRecord)  record = NULL;
    Case                           c;

    case_begin (&c);
    record = record_with (&c, "kept");
    mm_tdtech_fota_record_free (record);
    g_string_truncate (messages, 0);
    failing_calls_begin (0, FAILING_CALLS_ENDLESS);
    record = mm_tdtech_fota_record_new (c.directory, KEY);
    failing_calls_end (NULL);
    g_assert_nonnull (strstr (messages->str, g_strerror (EFBIG)));
    g_assert_null (mm_tdtech_fota_record_peek (record)->transaction);
    case_end (&c);
}

/*****************************************************************************/
/* Events */

static GArray *
list_sequences (MMTdtechFotaRecord *record)
{
    g_autoptr(GVariant)  events = g_variant_ref_sink (mm_tdtech_fota_record_list_events (record, 0));
    GArray              *sequences = g_array_new (FALSE, FALSE, sizeof (guint64));
    GVariantIter         iter;
    GVariant            *event;

    g_variant_iter_init (&iter, events);
    while ((event = g_variant_iter_next_value (&iter))) {
        guint64 sequence;

        g_assert_true (g_variant_lookup (event, "sequence", "t", &sequence));
        g_array_append_val (sequences, sequence);
        g_variant_unref (event);
    }
    return sequences;
}

static gboolean
has_sequence (GArray  *sequences,
              guint64  sequence)
{
    guint i;

    for (i = 0; i < sequences->len; i++) {
        if (g_array_index (sequences, guint64, i) == sequence)
            return TRUE;
    }
    return FALSE;
}

/* With @before events in the journal already; at the limit it is written anew */
static gboolean
append_with_failing_call (guint           nth,
                          FailingCallsHow how,
                          guint           before)
{
    g_autoptr(MMTdtechFotaRecord)  record = NULL;
    g_autoptr(MMTdtechFotaRecord)  next = NULL;
    g_autoptr(GArray)              lived = NULL;
    g_autoptr(GArray)              loaded = NULL;
    const gchar                   *failed;
    guint64                        first;
    guint64                        second;
    guint                          i;
    Case                           c;

    case_begin (&c);
    record = record_with (&c, "kept");
    for (i = 0; i < before; i++)
        mm_tdtech_fota_record_append_event (record, MM_TDTECH_FOTA_EVENT_DOWNLOAD_STARTED, i + 1, NULL);

    failing_calls_begin (nth, how);
    first = mm_tdtech_fota_record_append_event (record, MM_TDTECH_FOTA_EVENT_UPGRADE_STARTED, 1000, NULL);
    failing_calls_end (&failed);
    g_test_message ("call %u: %s", nth, failed ? failed : "none failed");
    lived = list_sequences (record);
    g_assert_true (has_sequence (lived, first));

    /* A daemon that dies now loses at most this one event, and no number is used again */
    next = mm_tdtech_fota_record_new (c.directory, KEY);
    loaded = list_sequences (next);
    for (i = 0; i + 1 < lived->len; i++)
        g_assert_true (has_sequence (loaded, g_array_index (lived, guint64, i)));
    if (!failed)
        g_assert_true (has_sequence (loaded, first));
    g_clear_pointer (&next, mm_tdtech_fota_record_free);

    /* One that lives makes good with the next event */
    second = mm_tdtech_fota_record_append_event (record, MM_TDTECH_FOTA_EVENT_UPGRADE_FAILED, 1001, NULL);
    g_assert_cmpuint (second, >, first);
    g_clear_pointer (&loaded, g_array_unref);
    next = mm_tdtech_fota_record_new (c.directory, KEY);
    loaded = list_sequences (next);
    g_assert_true (has_sequence (loaded, first));
    g_assert_true (has_sequence (loaded, second));
    g_assert_cmpuint (mm_tdtech_fota_record_append_event (next, MM_TDTECH_FOTA_EVENT_CANCELLED, 1002, NULL), >, second);
    g_assert_false (is_there (&c, KEY ".events.bad"));
    g_clear_pointer (&next, mm_tdtech_fota_record_free);
    case_end (&c);
    return failed != NULL;
}

static void
test_append (gconstpointer before)
{
    guint how;
    guint nth;

    for (how = FAILING_CALLS_ALL; how <= FAILING_CALLS_SHORT_WRITES; how++) {
        for (nth = 1; nth < CALLS_MAX && append_with_failing_call (nth, how, GPOINTER_TO_UINT (before)); nth++);
        g_assert_cmpuint (nth, >, 5);
        g_assert_cmpuint (nth, <, CALLS_MAX);
    }
}

/*****************************************************************************/
/* Memory */

static gsize
used_memory (void)
{
#ifdef __GLIBC__
    return mallinfo2 ().uordblks;
#else
    return 0;
#endif
}

static void
make_record (Case        *self,
             const gchar *text)
{
    g_autofree gchar *path = g_build_filename (self->directory, KEY ".record", NULL);

    g_mkdir (self->directory, 0700);
    g_assert_true (g_file_set_contents (path, text, -1, NULL));
    g_assert_cmpint (g_chmod (path, 0600), ==, 0);
}

/* A complete cycle: partly read before the error, saved, and failed to save */
static void
live (Case *self)
{
    MMTdtechFotaRecord *record;
    g_autoptr(GError)   error = NULL;

    g_string_truncate (messages, 0);
    make_record (self, "[record]\nversion=1\nreserved-events=0\n[transaction]\nid=some-long-name-of-a-transaction\n"
                       "[result]\nfinished=yesterday\n[end]\ncomplete=true\n");
    record = mm_tdtech_fota_record_new (self->directory, KEY);
    g_assert_null (mm_tdtech_fota_record_peek (record)->transaction);
    set_transaction (record, "one-that-is-as-long-as-it-may-be-0123456789012345678901234567890");
    g_assert_true (mm_tdtech_fota_record_save (record, NULL));
    set_transaction (record, "another");
    failing_calls_begin (4, FAILING_CALLS_ALL);
    g_assert_false (mm_tdtech_fota_record_save (record, &error));
    failing_calls_end (NULL);
    g_assert_true (mm_tdtech_fota_record_save (record, NULL));
    mm_tdtech_fota_record_append_event (record, MM_TDTECH_FOTA_EVENT_CANCELLED, 1, NULL);
    mm_tdtech_fota_record_free (record);
    remove_files (self->directory);
}

static void
test_memory (void)
{
    const guint lives = 300;
    gsize       before = 0;
    gsize       after = 0;
    guint       round;
    guint       i;
    Case        c;

    case_begin (&c);
    /* Caches of the libraries below may grow at first; a leak grows in each round */
    for (round = 0; round < 8; round++) {
        before = used_memory ();
        for (i = 0; i < lives; i++)
            live (&c);
        after = used_memory ();
        if (after < before + lives)
            break;
    }
    /* Less than a byte for each */
    g_assert_cmpuint (after, <, before + lives);
    case_end (&c);
}

/*****************************************************************************/

static void
keep_message (const gchar    *domain,
              GLogLevelFlags  level,
              const gchar    *message,
              gpointer        user_data)
{
    g_string_append_printf (messages, "%s\n", message);
}

int
main (int argc, char *argv[])
{
    int status;

    g_test_init (&argc, &argv, NULL);
    /* Each failure is told, as it should be */
    messages = g_string_new (NULL);
    g_log_set_handler ("ModemManager", G_LOG_LEVEL_MESSAGE, keep_message, NULL);

    g_test_add_data_func ("/record-calls/save-first", NULL, test_save);
    g_test_add_data_func ("/record-calls/save-again", "old", test_save);
    g_test_add_func      ("/record-calls/load", test_load);
    g_test_add_func      ("/record-calls/pieces", test_pieces);
    g_test_add_func      ("/record-calls/endless", test_endless);
    g_test_add_data_func ("/record-calls/append-first", GUINT_TO_POINTER (0), test_append);
    g_test_add_data_func ("/record-calls/append", GUINT_TO_POINTER (3), test_append);
    /* Where the numbers that were set aside are used up, and where the journal is cut */
    g_test_add_data_func ("/record-calls/append-reserving", GUINT_TO_POINTER (16), test_append);
    g_test_add_data_func ("/record-calls/append-cutting", GUINT_TO_POINTER (2 * MM_TDTECH_FOTA_JOURNAL_LENGTH), test_append);
    g_test_add_func      ("/record-calls/memory", test_memory);
    status = g_test_run ();
    g_string_free (messages, TRUE);
    return status;
}

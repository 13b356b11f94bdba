/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mm-tdtech-fota-record.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "mm-tdtech-fota-transaction.h"
#include "mm-tdtech-url.h"

#define DIRECTORY_NAME "modemmanager-tdtech"

/* Names of files: <key>.record, <key>.events, and these after them. Every file ends in
 * one of the four, so that no key's file is another key's. */
#define SUFFIX_NEW ".new"
#define SUFFIX_BAD ".bad"

/* Longest key kept readable in a file name; leaves room for the suffixes in NAME_MAX */
#define NAME_KEY_MAX 200

#define RECORD_VERSION  1
#define RECORD_SIZE_MAX (64 * 1024)

#define JOURNAL_HEADER   "modemmanager-tdtech events 1\n"
/* Written anew, with the last MM_TDTECH_FOTA_JOURNAL_LENGTH, when it has more events */
#define JOURNAL_LENGTH_MAX (2 * MM_TDTECH_FOTA_JOURNAL_LENGTH)
#define JOURNAL_LINE_MAX   8192
#define JOURNAL_SIZE_MAX   (JOURNAL_LENGTH_MAX * (JOURNAL_LINE_MAX + 1) + sizeof (JOURNAL_HEADER))
#define JOURNAL_TYPE       "(tuxa{sv})"

/* Sequence numbers reserved in the record at a time: none is reused even if the journal is lost,
 * and the record is not written for each event */
#define RESERVE 16

/* Length of a journal's id, in hexadecimal digits */
#define JOURNAL_ID_LENGTH 16

/* Of an event's details */
#define DETAILS_MAX      16
#define DETAIL_KEY_MAX   64
#define DETAIL_TEXT_MAX  1024
#define DETAIL_ARRAY_MAX 16

/* Of a record's texts, in bytes */
#define MESSAGE_MAX 2048
#define DEVICE_MAX  1024

/* Last second of the year 9999 */
#define TIME_MAX  253402300799u
#define COUNT_MAX 1000000u
#define CID_MAX   255u

/* Kinds of events are appended: those of a later release are kept, too */
#define KIND_MAX  9999u

typedef struct {
    guint64   sequence;
    guint     kind;
    gint64    time;
    GVariant *details;
} Event;

struct _MMTdtechFotaRecord {
    gchar                  *directory;
    gchar                  *record_name;
    gchar                  *journal_name;

    MMTdtechFotaRecordData  data;
    GKeyFile               *file;           /* as last loaded or saved */
    gchar                  *file_text;      /* text of the file; NULL: not known */
    MMTdtechFotaRecordData  saved;          /* the data as last saved; */
    gboolean                is_saved;       /* valid only if this is TRUE */
    guint64                 reserved;       /* highest sequence number set aside in the file */
    gboolean                unreserved;     /* numbers above it were used, since the file can't be written */
    gchar                  *journal_id;

    GPtrArray              *events;         /* those that are, or should be, in the journal */
    gboolean                journal_stale;  /* the journal lacks some: to be written anew */
    guint64                 last_event;
    guint64                 highest_event;  /* highest number that may have been used */
};

/*****************************************************************************/
/* Texts */

/* Whole UTF-8 of at most @max bytes. GKeyFile loses the rarer kinds of white space at
 * the start of a value: they become spaces, which it keeps. */
static gchar *
cut_text (const gchar *text,
          gsize        max)
{
    g_autofree gchar *valid = NULL;

    valid = g_utf8_make_valid (text, -1);
    g_strdelimit (valid, "\v\f", ' ');
    if (strlen (valid) > max) {
        while (max > 0 && ((guchar) valid[max] & 0xc0) == 0x80)
            max--;
        valid[max] = '\0';
    }
    return g_steal_pointer (&valid);
}

static gboolean
is_name_char (gchar c)
{
    return g_ascii_isalnum (c) || c == '.' || c == '_' || c == '-';
}

/* Distinct keys give distinct names: "%" and two digits stand for a character, "%" and anything
 * else for what cannot be written out */
static gchar *
name_from_key (const gchar *key)
{
    g_autoptr(GString)  name = NULL;
    g_autofree gchar   *digest = NULL;
    const gchar        *p;

    name = g_string_new (NULL);
    for (p = key; *p; p++) {
        if (is_name_char (*p) && !(p == key && *p == '.'))
            g_string_append_c (name, *p);
        else
            g_string_append_printf (name, "%%%02X", (guchar) *p);
    }
    if (name->len == 0)
        return g_strdup ("%none");
    if (name->len <= NAME_KEY_MAX)
        return g_string_free (g_steal_pointer (&name), FALSE);
    digest = g_compute_checksum_for_string (G_CHECKSUM_SHA256, key, -1);
    return g_strdup_printf ("%%sha256-%s", digest);
}

/*****************************************************************************/
/* Directory */

/* systemd.exec(5), StateDirectory=: several are separated by colons */
static gchar *
get_state_directory (void)
{
    g_auto(GStrv)  directories = NULL;
    const gchar   *first = NULL;
    guint          i;

    directories = g_strsplit (g_getenv ("STATE_DIRECTORY") ? g_getenv ("STATE_DIRECTORY") : "", ":", -1);
    for (i = 0; directories[i]; i++) {
        g_autofree gchar *name = NULL;

        if (!g_path_is_absolute (directories[i]))
            continue;
        name = g_path_get_basename (directories[i]);
        if (g_str_equal (name, DIRECTORY_NAME))
            return g_strdup (directories[i]);
        if (!first)
            first = directories[i];
    }
    return g_strdup (first ? first : MM_TDTECH_STATE_DIR);
}

static gboolean
set_errno (GError      **error,
           gint          number,
           const gchar  *what,
           const gchar  *directory,
           const gchar  *name)
{
    g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (number),
                 "can't %s %s%s%s: %s",
                 what, directory, name ? "/" : "", name ? name : "", g_strerror (number));
    return FALSE;
}

static gboolean
check_directory (MMTdtechFotaRecord  *self,
                 gint                 fd,
                 GError             **error)
{
    struct stat st;

    if (fstat (fd, &st) < 0)
        return set_errno (error, errno, "look at", self->directory, NULL);
    if (st.st_uid != geteuid () || (st.st_mode & (S_IWGRP | S_IWOTH))) {
        g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_PERM,
                     "can't use %s: others can write to it", self->directory);
        return FALSE;
    }
    return TRUE;
}

/* -1: it can't be used, or it isn't there and is not to be created (@error is unset then) */
static gint
open_directory (MMTdtechFotaRecord  *self,
                gboolean             create,
                GError             **error)
{
    const gint flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    gint       fd;

    fd = open (self->directory, flags);
    if (fd < 0 && errno == ENOENT) {
        if (!create)
            return -1;
        if (g_mkdir_with_parents (self->directory, 0700) < 0) {
            set_errno (error, errno, "create", self->directory, NULL);
            return -1;
        }
        fd = open (self->directory, flags);
    }
    if (fd < 0) {
        set_errno (error, errno, "open", self->directory, NULL);
        return -1;
    }
    if (!check_directory (self, fd, error)) {
        close (fd);
        return -1;
    }
    return fd;
}

/*****************************************************************************/
/* Files */

static void
set_aside (MMTdtechFotaRecord *self,
           gint                directory,
           const gchar        *name,
           const gchar        *why)
{
    g_autofree gchar *aside = NULL;

    aside = g_strconcat (name, SUFFIX_BAD, NULL);
    if (renameat (directory, name, directory, aside) < 0)
        g_message ("%s/%s is not used: %s; it can't be set aside: %s",
                   self->directory, name, why, g_strerror (errno));
    else
        g_message ("%s/%s is not used: %s; set aside as %s",
                   self->directory, name, why, aside);
}

/* Why a file can't be trusted, NULL if it can */
static const gchar *
distrust (gint  fd,
          gsize max)
{
    struct stat st;

    if (fstat (fd, &st) < 0)
        return g_strerror (errno);
    if (!S_ISREG (st.st_mode))
        return "not a file";
    if (st.st_uid != geteuid ())
        return "another user's";
    if (st.st_mode & (S_IWGRP | S_IWOTH))
        return "others can write to it";
    if (st.st_size < 0 || (guint64) st.st_size > max)
        return "too large";
    return NULL;
}

static gboolean
read_all (gint     fd,
          GString *text,
          gsize    max)
{
    gchar buffer[4096];

    while (text->len <= max) {
        gssize n;

        n = read (fd, buffer, sizeof (buffer));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n == 0;
        g_string_append_len (text, buffer, n);
    }
    errno = EFBIG;
    return FALSE;
}

/* NULL without a file, and with one that can't be trusted: that one is set aside */
static GString *
read_file (MMTdtechFotaRecord *self,
           gint                directory,
           const gchar        *name,
           gsize               max)
{
    g_autoptr(GString)  text = NULL;
    const gchar        *why;
    gint                fd;

    fd = openat (directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return NULL;

    text = g_string_new (NULL);
    why = fd < 0 ? g_strerror (errno) : distrust (fd, max);
    if (!why && !read_all (fd, text, max))
        why = g_strerror (errno);
    if (fd >= 0)
        close (fd);
    if (why) {
        set_aside (self, directory, name, why);
        return NULL;
    }
    return g_steal_pointer (&text);
}

static gboolean
write_all (gint         fd,
           const gchar *text,
           gsize        len)
{
    while (len > 0) {
        gssize n;

        n = write (fd, text, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return FALSE;
        text += n;
        len -= (gsize) n;
    }
    return TRUE;
}

static gboolean
write_and_sync (gint         directory,
                const gchar *name,
                gint         flags,
                const gchar *text,
                gsize        len)
{
    gboolean ok;
    gint     saved_errno;
    gint     fd;

    fd = openat (directory, name, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | flags, 0600);
    if (fd < 0)
        return FALSE;
    ok = write_all (fd, text, len) && fsync (fd) == 0;
    saved_errno = errno;
    close (fd);
    errno = saved_errno;
    return ok;
}

static gboolean
replace_file_in (gint         directory,
                 const gchar *name,
                 const gchar *new_name,
                 const gchar *text,
                 gsize        len)
{
    if (unlinkat (directory, new_name, 0) < 0 && errno != ENOENT)
        return FALSE;
    if (!write_and_sync (directory, new_name, O_CREAT | O_EXCL, text, len) ||
        renameat (directory, new_name, directory, name) < 0) {
        gint saved_errno = errno;

        unlinkat (directory, new_name, 0);
        errno = saved_errno;
        return FALSE;
    }
    return fsync (directory) == 0;
}

/* After a crash at any moment, the file is either the old or the new one */
static gboolean
replace_file (MMTdtechFotaRecord  *self,
              const gchar         *name,
              const gchar         *text,
              gsize                len,
              GError             **error)
{
    g_autofree gchar *new_name = NULL;
    gboolean          ok;
    gint              directory;

    directory = open_directory (self, TRUE, error);
    if (directory < 0)
        return FALSE;
    new_name = g_strconcat (name, SUFFIX_NEW, NULL);
    ok = replace_file_in (directory, name, new_name, text, len) ||
         set_errno (error, errno, "write", self->directory, name);
    close (directory);
    return ok;
}

static gboolean
append_to_file (MMTdtechFotaRecord *self,
                const gchar        *name,
                const gchar        *text,
                gsize               len)
{
    gboolean ok;
    gint     directory;

    directory = open_directory (self, FALSE, NULL);
    if (directory < 0)
        return FALSE;
    ok = write_and_sync (directory, name, O_APPEND, text, len);
    close (directory);
    return ok;
}

/*****************************************************************************/
/* Fields of a record: to the text in the file, and back with every check */

typedef struct _Field Field;

struct _Field {
    const gchar *group;
    const gchar *key;
    /* NULL and @error unset: there is nothing to write */
    gchar     *(* write) (const Field                   *field,
                          const MMTdtechFotaRecordData  *data,
                          GError                       **error);
    gboolean   (* read)  (const Field                   *field,
                          const gchar                   *text,
                          MMTdtechFotaRecordData        *data);
    gsize        offset;
    guint64      max;      /* of numbers; of texts, in bytes */
    gboolean  (* is_valid) (const gchar *text);
};

#define MEMBER(type, data, field) G_STRUCT_MEMBER (type, data, (field)->offset)

static gchar *
write_text (const Field                   *field,
            const MMTdtechFotaRecordData  *data,
            GError                       **error)
{
    const gchar *text = MEMBER (const gchar *, data, field);

    if (!text)
        return NULL;
    if (!field->is_valid)
        return cut_text (text, field->max);
    if (!field->is_valid (text)) {
        g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                     "can't write [%s] %s: not a valid value", field->group, field->key);
        return NULL;
    }
    return g_strdup (text);
}

static gboolean
read_text (const Field            *field,
           const gchar            *text,
           MMTdtechFotaRecordData *data)
{
    if (field->is_valid ? !field->is_valid (text) : strlen (text) > field->max)
        return FALSE;
    MEMBER (gchar *, data, field) = g_strdup (text);
    return TRUE;
}

static gboolean
url_is_valid (const gchar *text)
{
    g_autofree gchar *url = mm_tdtech_url_normalize (text, NULL);

    return g_strcmp0 (url, text) == 0;
}

static gboolean
autodial_is_valid (const gchar *text)
{
    g_autofree gchar *command = mm_tdtech_build_setautodial (text, NULL);

    return command != NULL;
}

static gchar *
write_uint64 (const Field                   *field,
              const MMTdtechFotaRecordData  *data,
              GError                       **error)
{
    return g_strdup_printf ("%" G_GUINT64_FORMAT, MIN (MEMBER (guint64, data, field), field->max));
}

static gboolean
read_uint64 (const Field            *field,
             const gchar            *text,
             MMTdtechFotaRecordData *data)
{
    return g_ascii_string_to_unsigned (text, 10, 0, field->max, &MEMBER (guint64, data, field), NULL);
}

static gchar *
write_time (const Field                   *field,
            const MMTdtechFotaRecordData  *data,
            GError                       **error)
{
    return g_strdup_printf ("%" G_GINT64_FORMAT, CLAMP (MEMBER (gint64, data, field), 0, (gint64) TIME_MAX));
}

static gboolean
read_time (const Field            *field,
           const gchar            *text,
           MMTdtechFotaRecordData *data)
{
    guint64 number;

    if (!g_ascii_string_to_unsigned (text, 10, 0, TIME_MAX, &number, NULL))
        return FALSE;
    MEMBER (gint64, data, field) = (gint64) number;
    return TRUE;
}

static gchar *
write_uint (const Field                   *field,
            const MMTdtechFotaRecordData  *data,
            GError                       **error)
{
    return g_strdup_printf ("%u", MIN (MEMBER (guint, data, field), (guint) field->max));
}

static gboolean
read_uint (const Field            *field,
           const gchar            *text,
           MMTdtechFotaRecordData *data)
{
    guint64 number;

    if (!g_ascii_string_to_unsigned (text, 10, 0, field->max, &number, NULL))
        return FALSE;
    MEMBER (guint, data, field) = (guint) number;
    return TRUE;
}

static gchar *
write_boolean (const Field                   *field,
               const MMTdtechFotaRecordData  *data,
               GError                       **error)
{
    return g_strdup (MEMBER (gboolean, data, field) ? "true" : "false");
}

static gboolean
read_boolean (const Field            *field,
              const gchar            *text,
              MMTdtechFotaRecordData *data)
{
    MEMBER (gboolean, data, field) = g_str_equal (text, "true");
    return MEMBER (gboolean, data, field) || g_str_equal (text, "false");
}

static gchar *
write_stage (const Field                   *field,
             const MMTdtechFotaRecordData  *data,
             GError                       **error)
{
    return g_strdup (mm_tdtech_fota_stage_get_name (MEMBER (MMTdtechFotaStage, data, field)));
}

static gboolean
read_stage (const Field            *field,
            const gchar            *text,
            MMTdtechFotaRecordData *data)
{
    MMTdtechFotaStage stage = mm_tdtech_fota_stage_from_name (text);

    if (stage == MM_TDTECH_FOTA_STAGE_LAST)
        return FALSE;
    MEMBER (MMTdtechFotaStage, data, field) = stage;
    return TRUE;
}

static gchar *
write_verb (const Field                   *field,
            const MMTdtechFotaRecordData  *data,
            GError                       **error)
{
    return g_strdup (mm_tdtech_fota_verb_get_name (MEMBER (MMTdtechFotaVerb, data, field)));
}

static gboolean
read_verb (const Field            *field,
           const gchar            *text,
           MMTdtechFotaRecordData *data)
{
    MEMBER (MMTdtechFotaVerb, data, field) = mm_tdtech_fota_verb_from_name (text);
    return *text == '\0' || MEMBER (MMTdtechFotaVerb, data, field) != MM_TDTECH_FOTA_VERB_NONE;
}

static gchar *
write_error (const Field                   *field,
             const MMTdtechFotaRecordData  *data,
             GError                       **error)
{
    return g_strdup (mm_tdtech_fota_error_get_name (MEMBER (MMTdtechFotaError, data, field)));
}

static gboolean
read_error (const Field            *field,
            const gchar            *text,
            MMTdtechFotaRecordData *data)
{
    MEMBER (MMTdtechFotaError, data, field) = mm_tdtech_fota_error_from_name (text);
    return *text == '\0' || MEMBER (MMTdtechFotaError, data, field) != MM_TDTECH_FOTA_ERROR_NONE;
}

static const gchar *const outcomes[] = {
    [MM_TDTECH_FOTA_OUTCOME_NONE]          = "none",
    [MM_TDTECH_FOTA_OUTCOME_SUCCEEDED]     = "succeeded",
    [MM_TDTECH_FOTA_OUTCOME_FAILED]        = "failed",
    [MM_TDTECH_FOTA_OUTCOME_CANCELLED]     = "cancelled",
    [MM_TDTECH_FOTA_OUTCOME_NOTHING_NEWER] = "nothing-newer",
};

static gchar *
write_outcome (const Field                   *field,
               const MMTdtechFotaRecordData  *data,
               GError                       **error)
{
    MMTdtechFotaOutcome outcome = MEMBER (MMTdtechFotaOutcome, data, field);

    return g_strdup (outcomes[outcome < G_N_ELEMENTS (outcomes) ? outcome : MM_TDTECH_FOTA_OUTCOME_NONE]);
}

static gboolean
read_outcome (const Field            *field,
              const gchar            *text,
              MMTdtechFotaRecordData *data)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS (outcomes); i++) {
        if (g_str_equal (text, outcomes[i])) {
            MEMBER (MMTdtechFotaOutcome, data, field) = (MMTdtechFotaOutcome) i;
            return TRUE;
        }
    }
    return FALSE;
}

/* Numbers, with commas between them */
static gchar *
write_numbers (const guint *numbers,
               guint        n_numbers,
               guint        max)
{
    GString *text;
    guint    i;

    text = g_string_new (NULL);
    for (i = 0; i < n_numbers; i++)
        g_string_append_printf (text, "%s%u", i > 0 ? "," : "", MIN (numbers[i], max));
    return g_string_free (text, FALSE);
}

static gboolean
read_numbers (const gchar *text,
              guint       *numbers,
              guint       *n_numbers,
              guint        n_numbers_max,
              guint        min,
              guint        max)
{
    g_auto(GStrv) parts = NULL;
    guint         i;

    parts = g_strsplit (text, ",", -1);
    if (g_strv_length (parts) > n_numbers_max)
        return FALSE;
    for (i = 0; parts[i]; i++) {
        guint64 number;

        if (!g_ascii_string_to_unsigned (parts[i], 10, min, max, &number, NULL))
            return FALSE;
        numbers[(*n_numbers)++] = (guint) number;
    }
    return TRUE;
}

static gchar *
write_sessions (const Field                   *field,
                const MMTdtechFotaRecordData  *data,
                GError                       **error)
{
    return write_numbers (data->sessions, MIN (data->n_sessions, G_N_ELEMENTS (data->sessions)), CID_MAX);
}

static gboolean
read_sessions (const Field            *field,
               const gchar            *text,
               MMTdtechFotaRecordData *data)
{
    return read_numbers (text, data->sessions, &data->n_sessions, G_N_ELEMENTS (data->sessions), 0, CID_MAX);
}

static gchar *
write_kinds (const Field                   *field,
             const MMTdtechFotaRecordData  *data,
             GError                       **error)
{
    return write_numbers (data->unsent_events, MIN (data->n_unsent_events, G_N_ELEMENTS (data->unsent_events)), KIND_MAX);
}

static gboolean
read_kinds (const Field            *field,
            const gchar            *text,
            MMTdtechFotaRecordData *data)
{
    return read_numbers (text, data->unsent_events, &data->n_unsent_events, G_N_ELEMENTS (data->unsent_events), 1, KIND_MAX);
}

/*****************************************************************************/
/* The record as a table */

#define AT(member)             G_STRUCT_OFFSET (MMTdtechFotaRecordData, member)
#define TEXT(member, max)      write_text, read_text, AT (member), max, NULL
#define CHECKED(member, check) write_text, read_text, AT (member), 0, check
#define VERSION(member)        TEXT (member, MM_TDTECH_VERSION_MAX)
#define NUMBER(member, max)    write_uint, read_uint, AT (member), max, NULL
#define BOOLEAN(member)        write_boolean, read_boolean, AT (member), 0, NULL
#define OTHER(type, member)    write_ ## type, read_ ## type, AT (member), 0, NULL

static const Field fields[] = {
    { "module",      "device",          TEXT (device, DEVICE_MAX)                                              },

    { "transaction", "stage",           OTHER (stage, stage)                                                   },
    { "transaction", "verb",            OTHER (verb, kept.verb)                                                },
    { "transaction", "id",              CHECKED (transaction, mm_tdtech_fota_transaction_is_valid)             },
    { "transaction", "started",         OTHER (time, started)                                                  },
    { "transaction", "with-url",        BOOLEAN (kept.options.with_url)                                        },
    { "transaction", "https",           BOOLEAN (kept.options.https)                                           },
    { "transaction", "expect-version",  VERSION (kept.options.expect_version)                                  },
    { "transaction", "allow-roaming",   BOOLEAN (kept.options.allow_roaming)                                   },
    { "transaction", "allow-downgrade", BOOLEAN (kept.options.allow_downgrade)                                 },
    { "transaction", "upgrade",         BOOLEAN (kept.options.upgrade)                                         },
    { "transaction", "delay",           NUMBER (kept.options.delay, MM_TDTECH_FOTA_DELAY_MAX)                  },
    { "transaction", "wait",            NUMBER (kept.options.wait, MM_TDTECH_FOTA_WAIT_MAX)                    },
    { "transaction", "hang-up-calls",   BOOLEAN (kept.options.hang_up_calls)                                   },
    { "transaction", "outcome",         OTHER (outcome, kept.pending.outcome)                                  },
    { "transaction", "error",           OTHER (error, kept.pending.error)                                      },
    { "transaction", "code",            NUMBER (kept.pending.module_code, COUNT_MAX)                           },
    { "transaction", "from",            VERSION (kept.pending.from)                                            },
    { "transaction", "to",              VERSION (kept.pending.to)                                              },
    { "transaction", "message",         TEXT (pending_message, MESSAGE_MAX)                                    },
    { "transaction", "download-begun",  BOOLEAN (kept.download_begun)                                          },
    { "transaction", "flashes",         NUMBER (kept.flashes, COUNT_MAX)                                       },
    { "transaction", "flash-time",      OTHER (time, flash_time)                                               },

    { "events",      "kinds",           OTHER (kinds, unsent_events)                                                    },
    { "events",      "after",           write_uint64, read_uint64, AT (unsent_after), G_MAXUINT64, NULL          },

    { "offer",       "url",             CHECKED (url, url_is_valid)                                            },
    { "offer",       "from",            CHECKED (offer_url, url_is_valid)                                      },
    { "offer",       "asked",           CHECKED (asked_url, url_is_valid)                                      },
    { "offer",       "version",         VERSION (kept.offer_version)                                           },
    { "offer",       "size",            write_uint64, read_uint64, AT (kept.offer_size), G_MAXUINT64, NULL     },
    { "offer",       "description",     TEXT (kept.offer_description, MM_TDTECH_DESCRIPTION_MAX)               },
    { "offer",       "package",         VERSION (kept.package_version)                                         },
    { "offer",       "set-aside",       BOOLEAN (kept.set_aside)                                               },

    { "before",      "version",         VERSION (kept.before_version)                                          },
    { "before",      "build-time",      VERSION (kept.before_build_time)                                       },
    { "before",      "revision",        VERSION (kept.before_revision)                                         },

    { "held",        "data-paused",     BOOLEAN (kept.data_paused)                                             },
    { "held",        "autodial",        CHECKED (autodial, autodial_is_valid)                                  },
    { "held",        "sessions",        OTHER (sessions, sessions)                                             },

    { "result",      "id",              CHECKED (result_transaction, mm_tdtech_fota_transaction_is_valid)      },
    { "result",      "verb",            OTHER (verb, result.verb)                                              },
    { "result",      "outcome",         OTHER (outcome, result.outcome)                                        },
    { "result",      "error",           OTHER (error, result.error)                                            },
    { "result",      "message",         TEXT (result_message, MESSAGE_MAX)                                     },
    { "result",      "code",            NUMBER (result.module_code, COUNT_MAX)                                 },
    { "result",      "from",            VERSION (result.from)                                                  },
    { "result",      "to",              VERSION (result.to)                                                    },
    { "result",      "started",         OTHER (time, result_started)                                           },
    { "result",      "finished",        OTHER (time, result_finished)                                          },
};

static void
data_clear (MMTdtechFotaRecordData *data)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS (fields); i++) {
        if (fields[i].read == read_text)
            g_free (MEMBER (gchar *, data, &fields[i]));
    }
    *data = (MMTdtechFotaRecordData) { 0 };
}

static void
data_copy (MMTdtechFotaRecordData       *copy,
           const MMTdtechFotaRecordData *data)
{
    guint i;

    data_clear (copy);
    *copy = *data;
    for (i = 0; i < G_N_ELEMENTS (fields); i++) {
        if (fields[i].read == read_text)
            MEMBER (gchar *, copy, &fields[i]) = g_strdup (MEMBER (gchar *, data, &fields[i]));
    }
}

static gboolean
data_equal (const MMTdtechFotaRecordData *a,
            const MMTdtechFotaRecordData *b)
{
    MMTdtechFotaRecordData numbers = *b;
    gconstpointer          bytes[] = { a, &numbers };
    guint                  i;

    for (i = 0; i < G_N_ELEMENTS (fields); i++) {
        if (fields[i].read != read_text)
            continue;
        if (g_strcmp0 (MEMBER (gchar *, a, &fields[i]), MEMBER (gchar *, b, &fields[i])) != 0)
            return FALSE;
        MEMBER (gchar *, &numbers, &fields[i]) = MEMBER (gchar *, a, &fields[i]);
    }
    /* If only the padding differs, it is saved again needlessly */
    return memcmp (bytes[0], bytes[1], sizeof (numbers)) == 0;
}

/*****************************************************************************/
/* The record's file: a GKeyFile */

/* As long as the record is kept, sequence numbers are used once: the id belongs to it */
static gchar *
journal_id_new (void)
{
    g_autofree gchar *uuid = g_uuid_string_random ();
    g_auto(GStrv)     parts = g_strsplit (uuid, "-", -1);
    g_autofree gchar *digits = g_strjoinv (NULL, parts);

    return g_strndup (digits, JOURNAL_ID_LENGTH);
}

static gboolean
journal_id_is_valid (const gchar *text)
{
    return strlen (text) == JOURNAL_ID_LENGTH && strspn (text, "0123456789abcdef") == JOURNAL_ID_LENGTH;
}

static void
key_file_set_reserved (GKeyFile *key_file,
                       guint64   reserved)
{
    g_key_file_set_uint64 (key_file, "record", "reserved-events", reserved);
}

static void
key_file_set_journal_id (GKeyFile    *key_file,
                         const gchar *journal_id)
{
    g_key_file_set_string (key_file, "record", "journal", journal_id);
}

static GKeyFile *
key_file_from_data (const MMTdtechFotaRecordData  *data,
                    guint64                        reserved,
                    const gchar                   *journal_id,
                    GError                       **error)
{
    g_autoptr(GKeyFile) key_file = NULL;
    guint               i;

    key_file = g_key_file_new ();
    g_key_file_set_integer (key_file, "record", "version", RECORD_VERSION);
    key_file_set_reserved (key_file, reserved);
    key_file_set_journal_id (key_file, journal_id);
    for (i = 0; i < G_N_ELEMENTS (fields); i++) {
        g_autoptr(GError)  inner_error = NULL;
        g_autofree gchar  *text = NULL;

        text = fields[i].write (&fields[i], data, &inner_error);
        if (inner_error) {
            g_propagate_error (error, g_steal_pointer (&inner_error));
            return NULL;
        }
        if (text)
            g_key_file_set_string (key_file, fields[i].group, fields[i].key, text);
    }
    /* A file that was cut short has no end */
    g_key_file_set_boolean (key_file, "end", "complete", TRUE);
    return g_steal_pointer (&key_file);
}

static gboolean
read_field (GKeyFile               *key_file,
            const Field            *field,
            MMTdtechFotaRecordData *data)
{
    g_autoptr(GError)  error = NULL;
    g_autofree gchar  *text = NULL;

    /* With a bad escape sequence in it, there is a text and an error */
    text = g_key_file_get_string (key_file, field->group, field->key, &error);
    if (!error)
        return field->read (field, text, data);
    return g_error_matches (error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_KEY_NOT_FOUND) ||
           g_error_matches (error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_GROUP_NOT_FOUND);
}

/* Why it can't be used, NULL if it can. Earlier releases wrote no journal's id. */
static gchar *
key_file_to_data (GKeyFile                *key_file,
                  MMTdtechFotaRecordData  *data,
                  guint64                 *reserved,
                  gchar                  **journal_id)
{
    g_autofree gchar *reserved_text = NULL;
    guint             i;

    if (g_key_file_get_integer (key_file, "record", "version", NULL) != RECORD_VERSION)
        return g_strdup ("of an unknown version");
    if (!g_key_file_get_boolean (key_file, "end", "complete", NULL))
        return g_strdup ("not whole");

    reserved_text = g_key_file_get_string (key_file, "record", "reserved-events", NULL);
    if (!reserved_text || !g_ascii_string_to_unsigned (reserved_text, 10, 0, G_MAXINT64, reserved, NULL))
        return g_strdup ("[record] reserved-events is not valid");
    *journal_id = g_key_file_get_string (key_file, "record", "journal", NULL);
    if (*journal_id && !journal_id_is_valid (*journal_id))
        return g_strdup ("[record] journal is not valid");
    for (i = 0; i < G_N_ELEMENTS (fields); i++) {
        if (!read_field (key_file, &fields[i], data))
            return g_strdup_printf ("[%s] %s is not valid", fields[i].group, fields[i].key);
    }
    if (data->stage != MM_TDTECH_FOTA_STAGE_NONE && data->kept.verb == MM_TDTECH_FOTA_VERB_NONE)
        return g_strdup ("a transaction without a verb");
    return NULL;
}

static gchar *
parse_record (const GString           *text,
              MMTdtechFotaRecordData  *data,
              guint64                 *reserved,
              gchar                  **journal_id)
{
    g_autoptr(GKeyFile) key_file = NULL;

    key_file = g_key_file_new ();
    if (text->len == 0 || !g_key_file_load_from_data (key_file, text->str, text->len, G_KEY_FILE_NONE, NULL))
        return g_strdup ("can't be read");
    return key_file_to_data (key_file, data, reserved, journal_id);
}

static void
load_record (MMTdtechFotaRecord *self,
             gint                directory)
{
    MMTdtechFotaRecordData  data = { 0 };
    g_autoptr(GString)      text = NULL;
    g_autofree gchar       *why = NULL;
    g_autofree gchar       *journal_id = NULL;
    guint64                 reserved = 0;

    text = read_file (self, directory, self->record_name, RECORD_SIZE_MAX);
    if (!text)
        return;
    why = parse_record (text, &data, &reserved, &journal_id);
    if (why) {
        set_aside (self, directory, self->record_name, why);
        data_clear (&data);
        return;
    }
    self->data = data;
    self->reserved = reserved;
    self->journal_id = g_steal_pointer (&journal_id);
    self->file_text = g_strdup (text->str);
}

static gboolean
write_record (MMTdtechFotaRecord  *self,
              GKeyFile            *key_file,
              GError             **error)
{
    g_autofree gchar *text = NULL;
    gsize             len;

    text = g_key_file_to_data (key_file, &len, NULL);
    if (g_strcmp0 (text, self->file_text) == 0)
        return TRUE;
    /* Which of the two stands in the file is not known if it fails */
    g_clear_pointer (&self->file_text, g_free);
    if (!replace_file (self, self->record_name, text, len, error))
        return FALSE;
    self->file_text = g_steal_pointer (&text);
    return TRUE;
}

/* Write only what was saved before: unsaved changes belong to the caller */
static void
reserve_events (MMTdtechFotaRecord *self,
                guint64             sequence)
{
    g_autoptr(GError) error = NULL;

    if (sequence <= self->reserved)
        return;
    key_file_set_reserved (self->file, sequence + RESERVE - 1);
    if (write_record (self, self->file, &error)) {
        self->reserved = sequence + RESERVE - 1;
        self->unreserved = FALSE;
        return;
    }
    g_message ("event numbers are not kept: %s", error->message);
    /* After a restart this number may be another event's, so it is not one of that journal */
    if (!self->unreserved) {
        g_free (self->journal_id);
        self->journal_id = journal_id_new ();
        key_file_set_journal_id (self->file, self->journal_id);
    }
    self->unreserved = TRUE;
}

/*****************************************************************************/
/* Events */

static void
event_free (Event *event)
{
    g_variant_unref (event->details);
    g_free (event);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Event, event_free)

static GVariant *
bound_texts (GVariant *texts,
             gsize     max)
{
    GVariantBuilder builder;
    gsize           n;
    gsize           i;

    n = MIN (g_variant_n_children (texts), DETAIL_ARRAY_MAX);
    g_variant_builder_init (&builder, G_VARIANT_TYPE_STRING_ARRAY);
    for (i = 0; i < n; i++) {
        g_autofree gchar *text = NULL;
        const gchar      *member;

        g_variant_get_child (texts, i, "&s", &member);
        text = cut_text (member, max);
        g_variant_builder_add (&builder, "s", text);
    }
    return g_variant_builder_end (&builder);
}

/* NULL: it has no place in a journal */
static GVariant *
bound_detail (GVariant *value,
              gsize     max)
{
    if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
        return g_variant_new_take_string (cut_text (g_variant_get_string (value, NULL), max));
    if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING_ARRAY))
        return bound_texts (value, max);
    if (strchr ("bynqiuxtd", g_variant_get_type_string (value)[0]))
        return value;
    return NULL;
}

static gboolean
detail_key_is_valid (const gchar *key)
{
    static const gchar *const taken[] = { "sequence", "kind", "time", NULL };

    return *key && strlen (key) <= DETAIL_KEY_MAX && !g_strv_contains (taken, key);
}

static GVariant *
bound_details (GVariant *details,
               gsize     max)
{
    GVariantBuilder  builder;
    GVariantIter     iter;
    const gchar     *key;
    GVariant        *next;
    guint            n = 0;

    g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
    g_variant_iter_init (&iter, details);
    while (n < DETAILS_MAX && g_variant_iter_next (&iter, "{&sv}", &key, &next)) {
        g_autoptr(GVariant)  value = next;
        GVariant            *bounded;

        bounded = detail_key_is_valid (key) ? bound_detail (value, max) : NULL;
        if (!bounded)
            continue;
        g_variant_builder_add (&builder, "{sv}", key, bounded);
        n++;
    }
    return g_variant_ref_sink (g_variant_builder_end (&builder));
}

/* GVariant's text format: control characters are escaped in it, so that it is one line */
static gchar *
event_to_line (const Event *event)
{
    g_autoptr(GVariant)  variant = NULL;
    g_autofree gchar    *text = NULL;

    variant = g_variant_ref_sink (g_variant_new ("(tux@a{sv})",
                                                 event->sequence, event->kind, event->time, event->details));
    text = g_variant_print (variant, TRUE);
    return g_strconcat (text, "\n", NULL);
}

static Event *
event_new (guint64            sequence,
           MMTdtechFotaEvent  kind,
           gint64             time,
           GVariant          *details)
{
    Event *event;
    gsize  max;

    event = g_new0 (Event, 1);
    event->sequence = sequence;
    event->kind = kind;
    event->time = CLAMP (time, 0, (gint64) TIME_MAX);
    for (max = DETAIL_TEXT_MAX; ; max /= 2) {
        g_autofree gchar *line = NULL;

        event->details = bound_details (details, max);
        line = event_to_line (event);
        if (strlen (line) <= JOURNAL_LINE_MAX || max == 0) {
            /* Serializes into one block of memory */
            g_variant_get_data (event->details);
            return event;
        }
        g_variant_unref (event->details);
    }
}

static Event *
event_from_line (const gchar *line,
                 gsize        len)
{
    g_autoptr(GVariant) variant = NULL;
    g_autoptr(GVariant) details = NULL;
    guint64             sequence;
    guint               kind;
    gint64              time;

    if (len > JOURNAL_LINE_MAX || !g_utf8_validate_len (line, len, NULL))
        return NULL;
    variant = g_variant_parse (G_VARIANT_TYPE (JOURNAL_TYPE), line, line + len, NULL, NULL);
    if (!variant)
        return NULL;
    g_variant_get (variant, "(tux@a{sv})", &sequence, &kind, &time, &details);
    if (sequence == 0 || sequence > G_MAXINT64 ||
        kind < MM_TDTECH_FOTA_EVENT_CHECK_FAILED || kind > KIND_MAX ||
        time < 0 || time > (gint64) TIME_MAX)
        return NULL;
    return event_new (sequence, (MMTdtechFotaEvent) kind, time, details);
}

/*****************************************************************************/
/* The journal's file: a header, and a line for each event */

static void
trim_events (MMTdtechFotaRecord *self,
             guint               length)
{
    if (self->events->len > length)
        g_ptr_array_remove_range (self->events, 0, self->events->len - length);
}

/* Skip unreadable lines: a crash truncated the last one, others are foreign */
static void
parse_journal (MMTdtechFotaRecord *self,
               const gchar        *text,
               const gchar        *end)
{
    guint n_bad = 0;

    while (text < end) {
        g_autoptr(Event)  event = NULL;
        const gchar      *stop;

        stop = memchr (text, '\n', (gsize) (end - text));
        if (!stop) {
            self->journal_stale = TRUE;
            break;
        }
        event = event_from_line (text, (gsize) (stop - text));
        text = stop + 1;
        if (!event || event->sequence <= self->last_event) {
            n_bad++;
            continue;
        }
        self->last_event = event->sequence;
        g_ptr_array_add (self->events, g_steal_pointer (&event));
    }
    trim_events (self, JOURNAL_LENGTH_MAX);

    if (n_bad > 0) {
        g_message ("%s/%s: %u lines that can't be read are left out",
                   self->directory, self->journal_name, n_bad);
        self->journal_stale = TRUE;
    }
}

static void
load_journal (MMTdtechFotaRecord *self,
              gint                directory)
{
    g_autoptr(GString) text = NULL;

    text = read_file (self, directory, self->journal_name, JOURNAL_SIZE_MAX);
    if (!text)
        return;
    if (!g_str_has_prefix (text->str, JOURNAL_HEADER)) {
        set_aside (self, directory, self->journal_name, "not a journal, or of an unknown version");
        return;
    }
    parse_journal (self, text->str + strlen (JOURNAL_HEADER), text->str + text->len);
}

static gboolean
write_journal (MMTdtechFotaRecord  *self,
               GError             **error)
{
    g_autoptr(GString) text = NULL;
    guint              i;

    text = g_string_new (JOURNAL_HEADER);
    for (i = 0; i < self->events->len; i++) {
        g_autofree gchar *line = event_to_line (g_ptr_array_index (self->events, i));

        g_string_append (text, line);
    }
    return replace_file (self, self->journal_name, text->str, text->len, error);
}

static void
keep_event (MMTdtechFotaRecord *self,
            const Event        *event)
{
    g_autoptr(GError)  error = NULL;
    g_autofree gchar  *line = NULL;

    line = event_to_line (event);
    if (!self->journal_stale && append_to_file (self, self->journal_name, line, strlen (line)))
        return;
    /* The line is missing or incomplete */
    self->journal_stale = !write_journal (self, &error);
    if (error)
        g_message ("event %" G_GUINT64_FORMAT " is not kept: %s", event->sequence, error->message);
}

guint64
mm_tdtech_fota_record_append_event (MMTdtechFotaRecord *self,
                                    MMTdtechFotaEvent   kind,
                                    gint64              time,
                                    GVariant           *details)
{
    g_autoptr(GVariant)  sunk = NULL;
    Event               *event;

    sunk = g_variant_ref_sink (details ? details : g_variant_new_array (G_VARIANT_TYPE ("{sv}"), NULL, 0));
    event = event_new (++self->highest_event, kind, time, sunk);
    self->last_event = event->sequence;
    g_ptr_array_add (self->events, event);
    if (self->events->len > JOURNAL_LENGTH_MAX) {
        trim_events (self, MM_TDTECH_FOTA_JOURNAL_LENGTH);
        self->journal_stale = TRUE;
    }
    reserve_events (self, event->sequence);
    keep_event (self, event);
    return event->sequence;
}

guint64
mm_tdtech_fota_record_get_last_event (MMTdtechFotaRecord *self)
{
    return self->last_event;
}

const gchar *
mm_tdtech_fota_record_get_journal_id (MMTdtechFotaRecord *self)
{
    return self->journal_id;
}

static GVariant *
event_to_dictionary (const Event *event)
{
    GVariantDict dict;

    g_variant_dict_init (&dict, event->details);
    g_variant_dict_insert (&dict, "sequence", "t", event->sequence);
    g_variant_dict_insert (&dict, "kind", "u", event->kind);
    g_variant_dict_insert (&dict, "time", "t", (guint64) event->time);
    return g_variant_dict_end (&dict);
}

GVariant *
mm_tdtech_fota_record_list_events (MMTdtechFotaRecord *self,
                                   guint64             after)
{
    GVariantBuilder builder;
    guint           i;

    g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
    for (i = 0; i < self->events->len; i++) {
        const Event *event = g_ptr_array_index (self->events, i);

        if (event->sequence > after)
            g_variant_builder_add_value (&builder, event_to_dictionary (event));
    }
    return g_variant_builder_end (&builder);
}

/*****************************************************************************/

static void
load (MMTdtechFotaRecord *self)
{
    g_autoptr(GError) error = NULL;
    gint              directory;

    directory = open_directory (self, FALSE, &error);
    if (directory >= 0) {
        load_record (self, directory);
        load_journal (self, directory);
        close (directory);
    } else if (error)
        g_message ("no records are used: %s", error->message);
    if (!self->journal_id)
        self->journal_id = journal_id_new ();

    /* Numbers up to the reserved one may have been announced without a line in the journal */
    if (self->events->len == 0)
        self->last_event = self->reserved;
    self->highest_event = MAX (self->last_event, self->reserved);
}

/* Without a slash at its end, which would make O_NOFOLLOW follow */
static gchar *
find_directory (const gchar *directory)
{
    g_autofree gchar *state_directory = NULL;

    state_directory = directory ? g_strdup (directory) : get_state_directory ();
    return g_canonicalize_filename (state_directory, NULL);
}

gboolean
mm_tdtech_fota_record_exists (const gchar *directory,
                              const gchar *key)
{
    g_autofree gchar *found = find_directory (directory);
    g_autofree gchar *name = name_from_key (key);
    g_autofree gchar *path = g_strconcat (found, G_DIR_SEPARATOR_S, name, ".record", NULL);

    return g_file_test (path, G_FILE_TEST_EXISTS);
}

MMTdtechFotaRecord *
mm_tdtech_fota_record_new (const gchar *directory,
                           const gchar *key)
{
    MMTdtechFotaRecord *self;
    g_autofree gchar   *name = NULL;

    self = g_new0 (MMTdtechFotaRecord, 1);
    self->directory = find_directory (directory);
    name = name_from_key (key ? key : "");
    self->record_name = g_strconcat (name, ".record", NULL);
    self->journal_name = g_strconcat (name, ".events", NULL);
    self->events = g_ptr_array_new_with_free_func ((GDestroyNotify) event_free);
    load (self);
    self->file = key_file_from_data (&self->data, self->reserved, self->journal_id, NULL);
    return self;
}

void
mm_tdtech_fota_record_free (MMTdtechFotaRecord *self)
{
    data_clear (&self->data);
    data_clear (&self->saved);
    g_key_file_unref (self->file);
    g_ptr_array_unref (self->events);
    g_free (self->file_text);
    g_free (self->journal_id);
    g_free (self->journal_name);
    g_free (self->record_name);
    g_free (self->directory);
    g_free (self);
}

MMTdtechFotaRecordData *
mm_tdtech_fota_record_peek (MMTdtechFotaRecord *self)
{
    return &self->data;
}

gboolean
mm_tdtech_fota_record_save (MMTdtechFotaRecord  *self,
                            GError             **error)
{
    g_autoptr(GKeyFile) key_file = NULL;
    guint64             reserved = self->unreserved ? MAX (self->reserved, self->highest_event) : self->reserved;

    /* True for most of the module's lines */
    if (self->is_saved && self->file_text && data_equal (&self->data, &self->saved))
        return TRUE;

    key_file = key_file_from_data (&self->data, reserved, self->journal_id, error);
    if (!key_file || !write_record (self, key_file, error))
        return FALSE;
    /* With the journal's new id come the numbers that were used under it */
    self->reserved = reserved;
    self->unreserved = FALSE;
    g_key_file_unref (self->file);
    self->file = g_steal_pointer (&key_file);
    data_copy (&self->saved, &self->data);
    self->is_saved = TRUE;
    return TRUE;
}

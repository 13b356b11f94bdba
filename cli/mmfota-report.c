/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-report.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <glib-unix.h>
#include <signal.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <libmm-glib.h>

#include "mmfota-redact.h"
#include "mmfota-report-facts.h"
#include "mmfota-report-level.h"
#include "mmfota-report-source.h"

#define MOST_WARNINGS   200
#define MOST_OF_MESSAGE 20

typedef struct {
    GDBusConnection     *connection;
    const MmfotaOptions *options;
    GMainLoop           *loop;
    guint32              pid;
    gint                 fd;
    gboolean             bus_gone;
    MmfotaReportSource  *source;
    MmfotaReportFacts   *before;
    MmfotaReportFacts   *facts;
    MmfotaRedactor      *redactor;
    GPtrArray           *traffic;
    GPtrArray           *warnings;
    gchar               *no_log; /* why there are none */
} Report;

/*****************************************************************************/
/* The file: created before the recording, and readable by its owner only */

static gboolean
open_file (Report  *self,
           GError **error)
{
    const gchar *name = self->options->report;

    if (g_str_equal (name, "-"))
        return TRUE;
    self->fd = open (name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (self->fd >= 0)
        return TRUE;
    if (errno == EEXIST)
        g_set_error (error, MM_CORE_ERROR, MM_CORE_ERROR_INVALID_ARGS,
                     _("couldn't create '%s': %s; another name is allowed, or '-' for standard output"), name,
                     g_strerror (errno));
    else
        g_set_error (error, MM_CORE_ERROR, MM_CORE_ERROR_INVALID_ARGS, _("couldn't create '%s': %s"), name,
                     g_strerror (errno));
    return FALSE;
}

/* No report is better than half of one, or an empty one under that name. Of the process, since
 * a signal is. */
static const gchar *unfinished;

static const gint ends[] = { SIGINT, SIGTERM, SIGHUP };

static void
give_up (gint number)
{
    unlink (unfinished);
    raise (number);
}

static void
watch_signals (Report *self)
{
    const struct sigaction once = { .sa_handler = give_up, .sa_flags = (gint) SA_RESETHAND | SA_NODEFER };
    guint                  i;

    unfinished = self->options->report;
    for (i = 0; self->fd >= 0 && i < G_N_ELEMENTS (ends); i++)
        sigaction (ends[i], &once, NULL);
}

static void
leave_signals (void)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS (ends); i++)
        signal (ends[i], SIG_DFL);
}

static gboolean
write_file (Report         *self,
            const GString  *text,
            GError        **error)
{
    gsize done = 0;

    if (self->fd < 0) {
        g_print ("%s", text->str);
        return TRUE;
    }
    while (done < text->len) {
        gssize n = write (self->fd, text->str + done, text->len - done);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            g_set_error (error, MM_CORE_ERROR, MM_CORE_ERROR_FAILED, _("couldn't write '%s': %s"), self->options->report,
                         n < 0 ? g_strerror (errno) : _("nothing is taken"));
            return FALSE;
        }
        done += (gsize) n;
    }
    if (fsync (self->fd) < 0 && errno != EINVAL) {
        g_set_error (error, MM_CORE_ERROR, MM_CORE_ERROR_FAILED, _("couldn't write '%s': %s"), self->options->report,
                     g_strerror (errno));
        return FALSE;
    }
    return TRUE;
}

/*****************************************************************************/
/* Recording */

static gboolean
stop (GMainLoop *loop)
{
    g_main_loop_quit (loop);
    return G_SOURCE_CONTINUE;
}

static void
bus_closed (Report *self)
{
    self->bus_gone = TRUE;
    g_main_loop_quit (self->loop);
}

/* The level that ModemManager has: the one set last, or that of its command line; NULL: its default */
static gchar *
find_level (Report    *self,
            GPtrArray *lines)
{
    g_auto(GStrv) command = mmfota_report_daemon_command (self->pid);
    guint         i;

    for (i = lines->len; i > 0; i--) {
        const MmfotaLogLine *line = g_ptr_array_index (lines, i - 1);
        gchar               *level = mmfota_log_line_dup_level (line);

        if (level)
            return level;
        /* Older lines are of an earlier run of ModemManager */
        if (strstr (line->text, "ModemManager (version "))
            break;
    }
    for (i = 0; command[i]; i++) {
        if (g_str_equal (command[i], "--debug"))
            return g_strdup ("DEBUG");
        if (g_str_has_prefix (command[i], "--log-level="))
            return g_strdup (command[i] + strlen ("--log-level="));
        if (g_str_equal (command[i], "--log-level") && command[i + 1])
            return g_strdup (command[i + 1]);
    }
    return NULL;
}

/* The last may be the rest of a message of several lines */
static gboolean
has_times (GPtrArray *lines)
{
    guint i;

    for (i = 0; i < MIN (lines->len, MOST_OF_MESSAGE); i++) {
        const MmfotaLogLine *line = g_ptr_array_index (lines, lines->len - 1 - i);

        if (line->time >= 0)
            return TRUE;
    }
    return lines->len == 0;
}

/* Checks everything that recording needs before anything is changed */
static gboolean
check_recording (Report   *self,
                 gchar   **level,
                 GError  **error)
{
    g_autoptr(GPtrArray) lines = NULL;
    g_autofree gchar    *leftover = NULL;
    gboolean             busy;

    if (!self->pid) {
        g_set_error_literal (error, MM_CORE_ERROR, MM_CORE_ERROR_NOT_FOUND, _("ModemManager is not running"));
        return FALSE;
    }
    leftover = mmfota_report_level_leftover (self->pid, &busy);
    if (leftover && busy) {
        g_set_error_literal (error, MM_CORE_ERROR, MM_CORE_ERROR_IN_PROGRESS, _("another mmfota is recording"));
        return FALSE;
    }
    lines = mmfota_report_source_read (self->source, FALSE, error);
    if (!lines)
        return FALSE;
    if (!has_times (lines)) {
        g_set_error (error, MM_CORE_ERROR, MM_CORE_ERROR_UNSUPPORTED,
                     _("ModemManager's log file '%s' has no times: start it with --log-timestamps, too"),
                     mmfota_report_source_name (self->source));
        return FALSE;
    }
    *level = leftover ? g_steal_pointer (&leftover) : find_level (self, lines);
    return mmfota_report_level_may_set (self->connection, *level, error);
}

/* Records, with the level raised, until the time is over or a signal arrives */
static gboolean
record_for_a_while (Report       *self,
                    const gchar  *level,
                    GError      **error)
{
    gulong   closed_id;
    guint    timeout_id;
    gboolean restored = TRUE;

    if (!mmfota_report_level_raise (self->connection, self->pid, level, error))
        return FALSE;
    closed_id = g_signal_connect_swapped (self->connection, "closed", G_CALLBACK (bus_closed), self);
    timeout_id = g_timeout_add_seconds (self->options->record, G_SOURCE_FUNC (stop), self->loop);
    g_printerr (_("recording for %u seconds; Ctrl+C ends it earlier, and the report is written\n"), self->options->record);
    if (!g_dbus_connection_is_closed (self->connection))
        g_main_loop_run (self->loop);
    g_source_remove (timeout_id);
    g_signal_handler_disconnect (self->connection, closed_id);
    if (self->bus_gone || g_dbus_connection_is_closed (self->connection)) {
        g_set_error_literal (error, MM_CORE_ERROR, MM_CORE_ERROR_NOT_FOUND,
                             _("the system bus is gone, and with it what was recorded: if ModemManager still runs, "
                               "its log level is still raised, and the next mmfota says so"));
        return FALSE;
    }
    /* A restarted ModemManager has the level of its command line */
    if (mmfota_report_daemon_pid (self->connection) == self->pid)
        restored = mmfota_report_level_restore (self->connection, self->pid, error);
    if (!restored)
        g_prefix_error (error, _("couldn't restore ModemManager's log level: "));
    return restored;
}

static void
take_traffic (Report    *self,
              GPtrArray *lines)
{
    guint i;

    for (i = 0; i < lines->len; i++) {
        MmfotaTraffic *piece = mmfota_log_line_to_traffic (g_ptr_array_index (lines, i));

        if (piece)
            g_ptr_array_add (self->traffic, piece);
    }
}

static gboolean
record (Report  *self,
        GError **error)
{
    guint                 ids[G_N_ELEMENTS (ends)];
    g_autoptr(GPtrArray)  lines = NULL;
    g_autofree gchar     *level = NULL;
    gboolean              recorded;
    guint                 i;

    if (!check_recording (self, &level, error))
        return FALSE;
    self->before = mmfota_report_facts_new (self->connection, self->options->modem);
    mmfota_report_source_mark (self->source);
    /* From before the level is raised until it is restored: a second Ctrl+C must not leave it
     * raised */
    for (i = 0; i < G_N_ELEMENTS (ends); i++)
        ids[i] = g_unix_signal_add (ends[i], G_SOURCE_FUNC (stop), self->loop);
    recorded = record_for_a_while (self, level, error);
    for (i = 0; i < G_N_ELEMENTS (ends); i++)
        g_source_remove (ids[i]);
    watch_signals (self);
    if (!recorded)
        return FALSE;
    lines = mmfota_report_source_read (self->source, TRUE, error);
    if (!lines)
        return FALSE;
    take_traffic (self, lines);
    return TRUE;
}

/*****************************************************************************/
/* Text of the report */

static void
collect_warnings (Report *self)
{
    g_autoptr(GPtrArray) lines = NULL;
    g_autoptr(GError)    error = NULL;
    guint                i;

    lines = mmfota_report_source_read (self->source, FALSE, &error);
    if (!lines) {
        self->no_log = g_strdup (error->message);
        return;
    }
    for (i = lines->len; i > 0 && self->warnings->len < MOST_WARNINGS; i--) {
        const MmfotaLogLine *line = g_ptr_array_index (lines, i - 1);

        if (line->warning)
            g_ptr_array_insert (self->warnings, 0, g_strdup (line->text));
    }
}

/* Without ports of other modems */
static void
choose_traffic (Report *self)
{
    guint i;

    for (i = self->traffic->len; i > 0; i--) {
        const MmfotaTraffic *piece = g_ptr_array_index (self->traffic, i - 1);

        if (!mmfota_report_facts_want_port (self->facts, piece->port))
            g_ptr_array_remove_index (self->traffic, i - 1);
    }
}

static void
write_head (Report  *self,
            GString *report)
{
    g_autoptr(GDateTime)  now = g_date_time_new_now_utc ();
    g_autofree gchar     *when = g_date_time_format (now, "%Y-%m-%d");

    g_string_append_printf (report,
                            "mmfota report 1\n"
                            "# %s. This is what a bug report of modemmanager-tdtech needs. What may be personal has\n"
                            "# a substitute of the same length, the same one everywhere. Read it all before you send it.\n",
                            when);
}

static void
write_taken_out (Report  *self,
                 GString *report)
{
    guint secret;

    g_string_append (report, "\n[taken out]\n");
    for (secret = 0; secret < MMFOTA_N_SECRETS; secret++) {
        guint count = mmfota_redactor_count (self->redactor, secret);

        if (count)
            g_string_append_printf (report, "%s: %u\n", mmfota_secret_name (secret), count);
    }
    if (self->options->keep_hosts)
        g_string_append (report, "# hosts of URLs are kept: --keep-hosts\n");
}

static void
write_warnings (Report  *self,
                GString *report)
{
    guint i;

    g_string_append (report, "\n[warnings]\n");
    if (self->no_log) {
        g_autofree gchar *redacted = mmfota_redactor_text (self->redactor, self->no_log);

        g_string_append_printf (report, "# %s\n", redacted);
    }
    for (i = 0; i < self->warnings->len; i++) {
        g_autofree gchar *valid = g_utf8_make_valid (g_ptr_array_index (self->warnings, i), -1);
        g_autofree gchar *redacted = mmfota_redactor_text (self->redactor, valid);
        g_autofree gchar *escaped = g_strescape (redacted, NULL);

        g_string_append_printf (report, "warning: %s\n", escaped);
    }
}

static void
write_traffic (Report  *self,
               GString *report)
{
    gint64 begin = self->traffic->len ? ((MmfotaTraffic *) g_ptr_array_index (self->traffic, 0))->time : 0;
    guint  i;

    if (!self->options->record)
        return;
    g_string_append (report, "\n[at]\n# seconds, port, > to the module or < from it, one write or read\n");
    for (i = 0; i < self->traffic->len; i++) {
        const MmfotaTraffic *piece = g_ptr_array_index (self->traffic, i);
        gint64               time = MAX (piece->time - begin, 0);
        g_autofree gchar    *bytes = NULL;

        g_string_append_printf (report, "%" G_GINT64_FORMAT ".%06d %s ", time / G_USEC_PER_SEC,
                                (gint) (time % G_USEC_PER_SEC), piece->port);
        if (piece->direction == 'o' || piece->direction == 'c') {
            g_string_append (report, piece->direction == 'o' ? "opened\n" : "closed\n");
            continue;
        }
        bytes = mmfota_report_escape (piece->bytes->data, piece->bytes->len);
        g_string_append_printf (report, "%c %s\n", piece->direction, bytes);
    }
}

static void
print_summary (Report *self)
{
    guint secret;

    if (self->fd < 0)
        return;
    g_print (_("successfully wrote the report to %s\n"), self->options->report);
    if (self->options->record)
        g_print (_("reads and writes of AT ports: %u\n"), self->traffic->len);
    for (secret = 0; secret < MMFOTA_N_SECRETS; secret++) {
        guint count = mmfota_redactor_count (self->redactor, secret);

        if (count)
            g_print (ngettext ("taken out: %s, %u place\n", "taken out: %s, %u places\n", count),
                     _(mmfota_secret_name (secret)), count);
    }
    if (self->options->keep_hosts)
        g_print (_("kept: hosts of URLs\n"));
    g_print (_("read it before you send it\n"));
}

/* The head is written last, since it counts what was replaced */
static GString *
compose (Report *self)
{
    g_autoptr(GString)  body = g_string_new (NULL);
    GString            *report = g_string_new (NULL);

    if (self->before)
        mmfota_report_facts_learn (self->before, self->redactor);
    mmfota_report_facts_learn (self->facts, self->redactor);
    choose_traffic (self);
    mmfota_redactor_learn (self->redactor, self->traffic);
    mmfota_redactor_traffic (self->redactor, self->traffic);
    mmfota_report_facts_write (self->facts, self->redactor, body);
    write_warnings (self, body);
    write_traffic (self, body);

    write_head (self, report);
    write_taken_out (self, report);
    g_string_append_len (report, body->str, (gssize) body->len);
    g_string_append (report, "\n[end]\n");
    return report;
}

/*****************************************************************************/
/* Life cycle */

static gboolean
init (Report               *self,
      GDBusConnection      *connection,
      const MmfotaOptions  *options,
      GError              **error)
{
    guint8 key[32];

    self->connection = connection;
    self->options = options;
    self->fd = -1;
    self->loop = g_main_loop_new (NULL, FALSE);
    self->traffic = g_ptr_array_new_with_free_func ((GDestroyNotify) mmfota_traffic_free);
    self->warnings = g_ptr_array_new_with_free_func (g_free);
    self->pid = mmfota_report_daemon_pid (connection);
    self->source = mmfota_report_source_new (self->pid);
    if (getrandom (key, sizeof key, 0) != sizeof key) {
        g_set_error_literal (error, MM_CORE_ERROR, MM_CORE_ERROR_FAILED, _("no random numbers for the substitutes"));
        return FALSE;
    }
    self->redactor = mmfota_redactor_new (key, sizeof key, options->keep_hosts);
    return TRUE;
}

static void
clear (Report *self)
{
    if (self->fd >= 0)
        close (self->fd);
    g_main_loop_unref (self->loop);
    g_ptr_array_unref (self->traffic);
    g_ptr_array_unref (self->warnings);
    g_clear_pointer (&self->source, mmfota_report_source_free);
    g_clear_pointer (&self->before, mmfota_report_facts_free);
    g_clear_pointer (&self->facts, mmfota_report_facts_free);
    g_clear_pointer (&self->redactor, mmfota_redactor_free);
    g_free (self->no_log);
}

/* Restores the level if an earlier run could not */
static void
put_back (Report *self)
{
    g_autoptr(GError) error = NULL;
    g_autofree gchar *level = NULL;
    gboolean          busy;

    level = mmfota_report_level_leftover (self->pid, &busy);
    if (!level || busy)
        return;
    if (mmfota_report_level_restore (self->connection, self->pid, &error))
        g_printerr (_("note: ModemManager's log level is restored now, which an earlier recording could not do\n"));
    else
        g_printerr (_("note: ModemManager's log level is still raised by an earlier recording: %s\n"), error->message);
}

static MmfotaExit
run (Report  *self,
     GError **error)
{
    g_autofree gchar   *language = NULL;
    g_autoptr(GString)  text = NULL;

    put_back (self);
    if (self->options->record && !record (self, error))
        return mmfota_output_error_exit (*error);
    /* The file is for other machines */
    language = g_strdup (setlocale (LC_MESSAGES, NULL));
    setlocale (LC_MESSAGES, "C");
    self->facts = mmfota_report_facts_new (self->connection, self->options->modem);
    collect_warnings (self);
    text = compose (self);
    setlocale (LC_MESSAGES, language);
    if (!write_file (self, text, error))
        return MMFOTA_EXIT_FAILED;
    leave_signals ();
    print_summary (self);
    return MMFOTA_EXIT_DONE;
}

MmfotaExit
mmfota_report_run (GDBusConnection      *connection,
                   const MmfotaOptions  *options,
                   GError              **error)
{
    Report     self = { 0 };
    MmfotaExit status = MMFOTA_EXIT_FAILED;

    if (init (&self, connection, options, error) && open_file (&self, error)) {
        watch_signals (&self);
        status = run (&self, error);
        leave_signals ();
        if (status != MMFOTA_EXIT_DONE && self.fd >= 0)
            g_unlink (options->report);
    }
    clear (&self);
    return status;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <glib/gi18n.h>

#include "mm-tdtech-fota-enums.h"
#include "mmfota-names.h"
#include "mmfota-text.h"

#define DEFAULT_WIDTH  80
#define LEAST_BAR      10
#define MOST_BAR       40
#define SPINNER_PERIOD 250 /* ms */

/*****************************************************************************/
/* Words */

static gchar *
waiting_label (const MmfotaProgressInfo *info)
{
    if (info->upgrade_time) {
        g_autofree gchar *when = mmfota_text_time (info->upgrade_time);

        return g_strdup_printf (_("waiting until %s"), when);
    }
    if (info->blockers) {
        g_auto(GStrv)     blockers = mmfota_names_blocker_labels (info->blockers);
        g_autofree gchar *joined = mmfota_text_list (blockers);

        return g_strdup_printf (_("waiting (blocked by: %s)"), joined);
    }
    return g_strdup (_("waiting"));
}

static gchar *
label (const MmfotaProgressInfo *info)
{
    if (!info->present)
        return g_strdup (info->rebooting
                         ? _("the module reboots: do not unplug it")
                         : _("waiting for the modem to come back"));

    switch (info->state) {
    case MM_TDTECH_FOTA_STATE_CHECKING:
        return g_strdup (_("asking the server"));
    case MM_TDTECH_FOTA_STATE_WAITING:
        return waiting_label (info);
    case MM_TDTECH_FOTA_STATE_PAUSING_DATA:
        return g_strdup (_("pausing data"));
    case MM_TDTECH_FOTA_STATE_UPGRADING:
        return g_strdup (_("upgrading: the module works alone, do not unplug it"));
    case MM_TDTECH_FOTA_STATE_VERIFYING:
        return g_strdup (_("reading the new version"));
    default:
        return g_strdup (mmfota_names_state_label (info->state));
    }
}

static guint
seconds_left (const MmfotaProgressInfo *info)
{
    if (info->expected != MM_TDTECH_FOTA_UNKNOWN)
        return info->expected;
    if (info->state == MM_TDTECH_FOTA_STATE_DOWNLOADING && info->rate && info->total > info->received)
        return (guint) MIN ((info->total - info->received) / info->rate, G_MAXINT);
    return MM_TDTECH_FOTA_UNKNOWN;
}

/* Ordered by importance: the last ones are left out first */
static GPtrArray *
details (const MmfotaProgressInfo *info)
{
    GPtrArray *parts = g_ptr_array_new_with_free_func (g_free);
    guint      left = info->present ? seconds_left (info) : MM_TDTECH_FOTA_UNKNOWN;

    if (info->present && info->state == MM_TDTECH_FOTA_STATE_DOWNLOADING) {
        if (info->percent != MM_TDTECH_FOTA_UNKNOWN)
            g_ptr_array_add (parts, g_strdup_printf ("%u%%", MIN (info->percent, 100)));
        if (info->total)
            g_ptr_array_add (parts, mmfota_text_size_of (info->received, info->total));
        else if (info->received)
            g_ptr_array_add (parts, mmfota_text_size (info->received));
        if (info->rate) {
            g_autofree gchar *rate = mmfota_text_size (info->rate);

            g_ptr_array_add (parts, g_strdup_printf ("%s/s", rate));
        }
    }
    if (left != MM_TDTECH_FOTA_UNKNOWN) {
        g_autofree gchar *duration = mmfota_text_duration (left);

        g_ptr_array_add (parts, g_strdup_printf (_("%s left"), duration));
    }
    return parts;
}

gchar *
mmfota_progress_line (const MmfotaProgressInfo *info)
{
    g_autoptr(GPtrArray)  parts = details (info);
    g_autofree gchar     *name = label (info);
    GString              *line = g_string_new (name);
    guint                 i;

    for (i = 0; i < parts->len; i++)
        g_string_append_printf (line, i ? _(", %s") : _(": %s"), (const gchar *) parts->pdata[i]);
    return g_string_free (line, FALSE);
}

/*****************************************************************************/
/* The bar */

static gchar *
join (GPtrArray *parts)
{
    GString *text = g_string_new (NULL);
    guint    i;

    for (i = 0; i < parts->len; i++)
        g_string_append_printf (text, "%s%s", i ? "  " : "", (const gchar *) parts->pdata[i]);
    return g_string_free (text, FALSE);
}

static gchar *
draw_bar (guint percent,
          guint width)
{
    guint    inner = width - 2;
    guint    done = inner * MIN (percent, 100) / 100;
    GString *bar = g_string_new ("[");
    guint    i;

    for (i = 0; i < inner; i++)
        g_string_append_c (bar, i < done ? '#' : '.');
    g_string_append_c (bar, ']');
    return g_string_free (bar, FALSE);
}

static gchar *
bar_with_percent (const MmfotaProgressInfo *info,
                  guint                     width)
{
    g_autoptr(GPtrArray)  parts = details (info);
    g_autofree gchar     *name = label (info);

    /* Left out first: time left, then rate, then bytes */
    for (;;) {
        g_autofree gchar *rest = join (parts);
        guint             used = mmfota_text_width (name) + mmfota_text_width (rest) + 2;

        if (used + LEAST_BAR <= width) {
            g_autofree gchar *bar = draw_bar (info->percent, MIN (width - used, MOST_BAR));

            return g_strdup_printf ("%s %s %s", name, bar, rest);
        }
        if (parts->len <= 1)
            return g_strdup_printf ("%s %s", name, rest);
        g_ptr_array_remove_index (parts, parts->len - 1);
    }
}

/* Half a time is another time, so what does not fit is left out, the time that is left first */
static gchar *
spinner (const MmfotaProgressInfo *info,
         guint                     width,
         guint                     tick)
{
    static const gchar   wheel[] = "|/-\\";
    g_autoptr(GPtrArray) parts = details (info);
    g_autofree gchar    *name = label (info);

    if (info->elapsed)
        g_ptr_array_insert (parts, 0, mmfota_text_duration (info->elapsed));
    for (;;) {
        g_autofree gchar *rest = join (parts);
        g_autofree gchar *text = g_strdup_printf ("%c %s  %s", wheel[tick % 4], name, rest);

        if (!parts->len || mmfota_text_width (text) <= width)
            return g_steal_pointer (&text);
        g_ptr_array_remove_index (parts, parts->len - 1);
    }
}

gchar *
mmfota_progress_bar (const MmfotaProgressInfo *info,
                     guint                     width,
                     guint                     tick)
{
    g_autofree gchar *text = NULL;

    if (info->present &&
        info->state == MM_TDTECH_FOTA_STATE_DOWNLOADING &&
        info->percent != MM_TDTECH_FOTA_UNKNOWN)
        text = bar_with_percent (info, width);
    else
        text = spinner (info, width, tick);

    g_strchomp (text);
    return mmfota_text_cut (text, width);
}

/*****************************************************************************/
/* Output */

struct _MmfotaProgress {
    FILE               *stream;
    gboolean            terminal;
    gboolean            lines;
    gboolean            drawn;
    guint               spinner_id;
    guint               tick;
    guint               shown_tenth;
    gchar              *shown_label;
    gint64              state_since;
    gint64              expected_at;
    gint64              sample_at;
    guint64             sample_bytes;
    MmfotaProgressInfo  info;
};

static guint
terminal_width (MmfotaProgress *self)
{
    struct winsize size = { 0 };

    /* One column less: some terminals wrap at the last one */
    if (ioctl (fileno (self->stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 1)
        return size.ws_col - 1u;
    return DEFAULT_WIDTH - 1;
}

/* A smoothed rate: the module reports progress about once per percent, unevenly. The bytes of the
 * first report do not count: a resumed download starts with some. */
static void
measure_rate (MmfotaProgress *self)
{
    gint64  now = g_get_monotonic_time ();
    gint64  span = now - self->sample_at;
    guint64 rate;

    if (self->info.state != MM_TDTECH_FOTA_STATE_DOWNLOADING ||
        !self->sample_at || !self->sample_bytes || self->info.received < self->sample_bytes) {
        self->info.rate = 0;
    } else {
        if (self->info.received == self->sample_bytes || span < G_USEC_PER_SEC / 10)
            return;
        rate = (self->info.received - self->sample_bytes) * G_USEC_PER_SEC / (guint64) span;
        self->info.rate = self->info.rate ? (self->info.rate * 7 + rate * 3) / 10 : rate;
    }
    self->sample_at = now;
    self->sample_bytes = self->info.received;
}

static void
draw (MmfotaProgress *self)
{
    g_autofree gchar   *text = NULL;
    g_autofree gchar   *shown = NULL;
    MmfotaProgressInfo  info = self->info;
    gint64              now = g_get_monotonic_time ();

    info.elapsed = (guint) ((now - self->state_since) / G_USEC_PER_SEC);
    if (info.expected != MM_TDTECH_FOTA_UNKNOWN)
        info.expected = self->expected_at > now ? (guint) ((self->expected_at - now) / G_USEC_PER_SEC) : 0;
    text = mmfota_progress_bar (&info, terminal_width (self), self->tick);
    /* Back to the first column; then the text, and spaces over the rest of a longer one */
    shown = mmfota_text_to_locale (text);
    fprintf (self->stream, "\r%s\033[K", shown);
    fflush (self->stream);
    self->drawn = TRUE;
}

static gboolean
turn_spinner (MmfotaProgress *self)
{
    self->tick++;
    draw (self);
    return G_SOURCE_CONTINUE;
}

/* For logs: not each percent, nor the same state twice */
static void
print_line (MmfotaProgress *self)
{
    g_autofree gchar *name = label (&self->info);
    g_autofree gchar *line = NULL;
    g_autofree gchar *shown = NULL;
    guint             tenth = 0;

    if (self->info.state == MM_TDTECH_FOTA_STATE_DOWNLOADING && self->info.percent != MM_TDTECH_FOTA_UNKNOWN)
        tenth = self->info.percent / 10;
    if (tenth == self->shown_tenth && g_strcmp0 (name, self->shown_label) == 0)
        return;

    line = mmfota_progress_line (&self->info);
    shown = mmfota_text_to_locale (line);
    fprintf (self->stream, "%s\n", shown);
    fflush (self->stream);
    self->shown_tenth = tenth;
    g_free (self->shown_label);
    self->shown_label = g_steal_pointer (&name);
}

static void
take_properties (MmfotaProgressInfo *info,
                 MmGdbusModemFota   *fota)
{
    info->present = !!fota;
    if (!fota) {
        info->rebooting = info->state == MM_TDTECH_FOTA_STATE_UPGRADING ||
                          info->state == MM_TDTECH_FOTA_STATE_VERIFYING;
        return;
    }
    info->state = mm_gdbus_modem_fota_get_state (fota);
    info->percent = mm_gdbus_modem_fota_get_percent (fota);
    info->expected = mm_gdbus_modem_fota_get_expected_seconds (fota);
    info->blockers = mm_gdbus_modem_fota_get_blockers (fota);
    info->received = mm_gdbus_modem_fota_get_bytes_received (fota);
    info->total = mm_gdbus_modem_fota_get_bytes_total (fota);
    info->upgrade_time = mm_gdbus_modem_fota_get_upgrade_time (fota);
}

void
mmfota_progress_update (MmfotaProgress   *self,
                        MmGdbusModemFota *fota)
{
    MmfotaProgressInfo before = self->info;
    gint64             now = g_get_monotonic_time ();

    take_properties (&self->info, fota);
    if (!self->state_since || before.state != self->info.state || before.present != self->info.present)
        self->state_since = now;
    if (before.expected != self->info.expected || before.state != self->info.state)
        self->expected_at = now + (gint64) self->info.expected * G_USEC_PER_SEC;
    measure_rate (self);

    if (self->terminal) {
        if (!self->spinner_id)
            self->spinner_id = g_timeout_add (SPINNER_PERIOD, G_SOURCE_FUNC (turn_spinner), self);
        draw (self);
    } else if (self->lines) {
        print_line (self);
    }
}

void
mmfota_progress_clear (MmfotaProgress *self)
{
    g_clear_handle_id (&self->spinner_id, g_source_remove);
    if (self->drawn) {
        fputs ("\r\033[K", self->stream);
        fflush (self->stream);
        self->drawn = FALSE;
    }
}

MmfotaProgress *
mmfota_progress_new (FILE     *stream,
                     gboolean  lines)
{
    MmfotaProgress *self = g_new0 (MmfotaProgress, 1);

    self->stream = stream;
    self->terminal = isatty (fileno (stream));
    self->lines = lines;
    return self;
}

void
mmfota_progress_free (MmfotaProgress *self)
{
    mmfota_progress_clear (self);
    g_free (self->shown_label);
    g_free (self);
}

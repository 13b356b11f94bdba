/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "notify-message.h"

#include <glib/gi18n.h>

#include "mmfota-text.h"

#define DESCRIPTION_MAX 200 /* characters */
#define NAME_MAX_LENGTH 80  /* the same, of versions and similar text */

/*****************************************************************************/
/* Kinds of question */

typedef struct {
    const gchar *kind;
    const gchar *summary;
    const gchar *now;       /* on the button */
    const gchar *cancel;
    const gchar *nothing;   /* without an answer, if the question has no default */
    gboolean     downloads; /* what "now" does if it does not install */
    gboolean     urgent;    /* the last notice before it happens */
} Kind;

static const Kind kinds[] = {
    { "upgrade", N_("New firmware for the modem"), N_("Install now"), N_("Cancel"),
      N_("Without an answer nothing is installed"), FALSE, FALSE },
    { "download", N_("New firmware for the modem"), N_("Download now"), N_("Cancel"),
      N_("Without an answer nothing is downloaded"), TRUE, FALSE },
    { "notice", N_("The modem gets new firmware soon"), N_("Install now"), N_("Not now"),
      N_("Without an answer nothing is installed"), FALSE, TRUE },
};

/* A kind of a later release is shown as an upgrade. */
static const Kind *
find_kind (const gchar *name)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS (kinds); i++) {
        if (g_str_equal (kinds[i].kind, name))
            return &kinds[i];
    }
    return &kinds[0];
}

/*****************************************************************************/
/* Pieces of text */

/* On one line, and short enough to be read */
static gchar *
dup_short (const gchar *text,
           glong        most)
{
    g_autofree gchar *line = g_strdelimit (g_strdup (text), "\r\n\t", ' ');
    g_autofree gchar *printable = mmfota_text_printable (line);
    g_autofree gchar *start = NULL;

    if (g_utf8_strlen (printable, -1) <= most)
        return g_steal_pointer (&printable);
    start = g_utf8_substring (printable, 0, most);
    return g_strconcat (start, "…", NULL);
}

gchar *
notify_message_about (guint seconds)
{
    guint minutes = seconds / 60 + (seconds % 60 ? 1 : 0);

    if (seconds < 60)
        return g_strdup (_("a minute"));
    return g_strdup_printf (ngettext ("%u minute", "%u minutes", minutes), minutes);
}

/* "14:05" of today, else with the day */
static gchar *
dup_when (guint64 when,
          gint64  now)
{
    g_autoptr(GDateTime) time = NULL;
    g_autoptr(GDateTime) today = g_date_time_new_from_unix_local (now);

    /* GDateTime ends with the year 9999 */
    if (when && when <= G_MAXINT64)
        time = g_date_time_new_from_unix_local ((gint64) when);
    if (!time)
        return g_strdup ("--");
    if (today &&
        g_date_time_get_year (time) == g_date_time_get_year (today) &&
        g_date_time_get_day_of_year (time) == g_date_time_get_day_of_year (today))
        return g_date_time_format (time, "%H:%M");
    /* TRANSLATORS: for g_date_time_format (), as short as the desktops of your country write it */
    return g_date_time_format (time, _("%Y-%m-%d %H:%M"));
}

/*****************************************************************************/
/* The parts of the body */

static void
add_versions (GString              *body,
              const MmfotaQuestion *question)
{
    g_autofree gchar *from = dup_short (question->from, NAME_MAX_LENGTH);
    g_autofree gchar *to = dup_short (question->to, NAME_MAX_LENGTH);
    g_autofree gchar *size = question->size ? mmfota_text_size (question->size) : NULL;
    const gchar      *before = from[0] ? from : _("an unknown version");
    const gchar      *after = to[0] ? to : _("an unknown one");

    if (size)
        /* TRANSLATORS: two versions and a size */
        g_string_append_printf (body, _("From %s to %s, %s"), before, after, size);
    else
        g_string_append_printf (body, _("From %s to %s"), before, after);
}

static void
add_line (GString     *body,
          const gchar *line)
{
    g_string_append_printf (body, "\n%s", line);
}

static void
add_firmware (GString              *body,
              const MmfotaQuestion *question)
{
    g_autofree gchar *device = dup_short (question->device, NAME_MAX_LENGTH);
    g_autofree gchar *description = dup_short (question->description, DESCRIPTION_MAX);

    add_versions (body, question);
    if (device[0]) {
        g_autofree gchar *modem = g_strdup_printf (_("Modem %s"), device);

        add_line (body, modem);
    }
    if (description[0])
        add_line (body, description);
    if (question->seconds_offline) {
        g_autofree gchar *about = notify_message_about (question->seconds_offline);
        /* TRANSLATORS: a number of minutes */
        g_autofree gchar *offline = g_strdup_printf (_("No mobile data for about %s while it is installed"), about);

        add_line (body, offline);
    }
}

/* What happens without an answer */
static gchar *
dup_default (const Kind           *kind,
             const MmfotaQuestion *question,
             gint64                now)
{
    g_autofree gchar *when = NULL;
    g_autofree gchar *choice = NULL;

    if (!question->default_at)
        return g_strdup (_(kind->nothing));
    when = dup_when (question->default_at, now);
    if (g_str_equal (question->default_choice, "now")) {
        if (kind->downloads)
            return g_strdup_printf (_("Without an answer it is downloaded at %s"), when);
        /* The time of the last notice is its title. */
        if (kind->urgent)
            return g_strdup (_("Without an answer it is installed then"));
        return g_strdup_printf (_("Without an answer it is installed at %s"), when);
    }
    if (g_str_equal (question->default_choice, "later"))
        return g_strdup_printf (_("Without an answer you are asked again at %s"), when);
    choice = dup_short (question->default_choice, NAME_MAX_LENGTH);
    /* TRANSLATORS: a time, and the name of what is done then */
    return g_strdup_printf (_("Without an answer, at %s: %s"), when, choice);
}

/*****************************************************************************/
/* Choices */

static const gchar *
label_for (const Kind  *kind,
           const gchar *choice)
{
    if (g_str_equal (choice, "now"))
        return _(kind->now);
    if (g_str_equal (choice, "later"))
        return _("Later");
    if (g_str_equal (choice, "skip"))
        return _("Skip this version");
    if (g_str_equal (choice, "cancel"))
        return _(kind->cancel);
    return NULL;
}

/* Choices of a later release get no button; a newer command line knows them. */
static void
add_choices (GString               *body,
             gchar               ***choices,
             const Kind            *kind,
             const MmfotaQuestion  *question)
{
    g_autoptr(GStrvBuilder)  builder = g_strv_builder_new ();
    g_autoptr(GStrvBuilder)  names = g_strv_builder_new ();
    g_auto(GStrv)            known = NULL;
    guint                    i;

    for (i = 0; question->choices[i]; i++) {
        const gchar *label = label_for (kind, question->choices[i]);

        if (!label)
            continue;
        g_strv_builder_add_many (builder, question->choices[i], label, NULL);
        g_strv_builder_add (names, question->choices[i]);
    }
    *choices = g_strv_builder_end (builder);
    known = g_strv_builder_end (names);
    if (!known[0])
        return;
    g_string_append_c (body, '\n');
    /* A command line that can be copied, and the other choices */
    if (known[1]) {
        g_autofree gchar *list = mmfota_text_list (known);

        /* TRANSLATORS: a choice, and all of them: now, later … */
        g_string_append_printf (body, _("In a terminal: mmfota --answer=%s (%s)"), known[0], list);
    } else {
        g_string_append_printf (body, _("In a terminal: mmfota --answer=%s"), known[0]);
    }
}

/*****************************************************************************/

NotifyMessage *
notify_message_new (const MmfotaQuestion *question,
                    gint64                now,
                    const gchar          *remark)
{
    const Kind       *kind = find_kind (question->kind);
    NotifyMessage    *self = g_new0 (NotifyMessage, 1);
    GString          *body = g_string_new (NULL);
    g_autofree gchar *unanswered = NULL;

    if (remark) {
        g_autofree gchar *printable = dup_short (remark, DESCRIPTION_MAX);

        g_string_append_printf (body, "%s\n", printable);
    }
    add_firmware (body, question);
    unanswered = dup_default (kind, question, now);
    add_line (body, unanswered);
    add_choices (body, &self->choices, kind, question);

    if (kind->urgent && question->default_at) {
        g_autofree gchar *when = dup_when (question->default_at, now);

        self->summary = g_strdup_printf (_("The modem gets new firmware at %s"), when);
    } else {
        self->summary = g_strdup (_(kind->summary));
    }
    self->body = g_string_free (body, FALSE);
    self->urgent = kind->urgent;
    return self;
}

void
notify_message_free (NotifyMessage *self)
{
    g_free (self->summary);
    g_free (self->body);
    g_strfreev (self->choices);
    g_free (self);
}

gboolean
notify_message_equal (const NotifyMessage *one,
                      const NotifyMessage *other)
{
    return one->urgent == other->urgent &&
           g_str_equal (one->summary, other->summary) &&
           g_str_equal (one->body, other->body) &&
           g_strv_equal ((const gchar *const *) one->choices, (const gchar *const *) other->choices);
}

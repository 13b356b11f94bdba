/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "notify-message.h"

#include <string.h>

#include "mmfota-text.h"

#define DESCRIPTION_MAX 200 /* characters */
#define NAME_MAX_LENGTH 80  /* the same, of versions and the like */

/*****************************************************************************/
/* Kinds of question */

typedef struct {
    const gchar *kind;
    const gchar *summary;
    const gchar *now;     /* on the button */
    const gchar *cancel;
    const gchar *happens; /* what "now" does */
    gboolean     urgent;  /* the last one before it happens */
} Kind;

static const Kind kinds[] = {
    { "upgrade",  "New firmware for the modem",       "Install now",  "Cancel",  "is installed",  FALSE },
    { "download", "New firmware for the modem",       "Download now", "Cancel",  "is downloaded", FALSE },
    { "notice",   "The modem gets new firmware soon", "Install now",  "Not now", "is installed",  TRUE  },
};

/* One of a later release reads as an upgrade. */
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

/* In one line, and no longer than somebody would read */
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
        return g_strdup ("a minute");
    return g_strdup_printf (minutes == 1 ? "%u minute" : "%u minutes", minutes);
}

/* "14:05" of today, else with the day */
static gchar *
dup_when (guint64 when,
          gint64  now)
{
    g_autofree gchar *whole = mmfota_text_time (when);
    g_autofree gchar *today = mmfota_text_time ((guint64) MAX (now, 0));
    gsize             day = strlen ("2026-11-28 ");
    gsize             minute = strlen ("2026-11-28 14:05");

    if (strlen (whole) < minute)
        return g_steal_pointer (&whole);
    whole[minute] = '\0';
    if (strncmp (whole, today, day) == 0)
        return g_strdup (whole + day);
    return g_steal_pointer (&whole);
}

/*****************************************************************************/
/* The parts of the body */

static void
add_firmware (GString              *body,
              const MmfotaQuestion *question)
{
    g_autofree gchar *from = dup_short (question->from, NAME_MAX_LENGTH);
    g_autofree gchar *to = dup_short (question->to, NAME_MAX_LENGTH);
    g_autofree gchar *device = dup_short (question->device, NAME_MAX_LENGTH);
    g_autofree gchar *description = dup_short (question->description, DESCRIPTION_MAX);

    g_string_append_printf (body, "From %s to %s", from[0] ? from : "an unknown version", to[0] ? to : "an unknown one");
    if (question->size) {
        g_autofree gchar *size = mmfota_text_size (question->size);

        g_string_append_printf (body, ", %s", size);
    }
    if (device[0])
        g_string_append_printf (body, "\nModem %s", device);
    if (description[0])
        g_string_append_printf (body, "\n%s", description);
    if (question->seconds_offline) {
        g_autofree gchar *about = notify_message_about (question->seconds_offline);

        g_string_append_printf (body, "\nNo mobile data for about %s while it is installed", about);
    }
}

static void
add_default (GString              *body,
             const Kind           *kind,
             const MmfotaQuestion *question,
             gint64                now)
{
    g_autofree gchar *when = NULL;
    g_autofree gchar *choice = NULL;

    if (!question->default_at) {
        g_string_append_printf (body, "\nWithout an answer nothing %s", kind->happens);
        return;
    }
    when = dup_when (question->default_at, now);
    if (g_str_equal (question->default_choice, "now")) {
        /* The time of the last notice is its title. */
        g_string_append_printf (body, "\nWithout an answer it %s %s%s", kind->happens,
                                kind->urgent ? "then" : "at ", kind->urgent ? "" : when);
        return;
    }
    if (g_str_equal (question->default_choice, "later")) {
        g_string_append_printf (body, "\nWithout an answer you are asked again at %s", when);
        return;
    }
    choice = dup_short (question->default_choice, NAME_MAX_LENGTH);
    g_string_append_printf (body, "\nWithout an answer, at %s: %s", when, choice);
}

/*****************************************************************************/
/* Choices */

static const gchar *
label_for (const Kind  *kind,
           const gchar *choice)
{
    if (g_str_equal (choice, "now"))
        return kind->now;
    if (g_str_equal (choice, "later"))
        return "Later";
    if (g_str_equal (choice, "skip"))
        return "Skip this version";
    if (g_str_equal (choice, "cancel"))
        return kind->cancel;
    return NULL;
}

/* Those of a later release have no button, but a command line would know them. */
static void
add_choices (GString               *body,
             gchar               ***choices,
             const Kind            *kind,
             const MmfotaQuestion  *question)
{
    g_autoptr(GStrvBuilder)  builder = g_strv_builder_new ();
    g_autoptr(GString)       names = g_string_new (NULL);
    guint                    i;

    for (i = 0; question->choices[i]; i++) {
        const gchar *label = label_for (kind, question->choices[i]);

        if (!label)
            continue;
        g_strv_builder_add_many (builder, question->choices[i], label, NULL);
        /* One that can be copied, and the others */
        if (!names->len)
            g_string_append_printf (body, "\nIn a terminal: mmfota --answer=%s", question->choices[i]);
        g_string_append_printf (names, "%s%s", names->len ? ", " : "", question->choices[i]);
    }
    *choices = g_strv_builder_end (builder);
    if (strchr (names->str, ','))
        g_string_append_printf (body, " (%s)", names->str);
}

/*****************************************************************************/

NotifyMessage *
notify_message_new (const MmfotaQuestion *question,
                    gint64                now,
                    const gchar          *remark)
{
    const Kind    *kind = find_kind (question->kind);
    NotifyMessage *self = g_new0 (NotifyMessage, 1);
    GString       *body = g_string_new (NULL);

    if (remark) {
        g_autofree gchar *printable = dup_short (remark, DESCRIPTION_MAX);

        g_string_append_printf (body, "%s\n", printable);
    }
    add_firmware (body, question);
    add_default (body, kind, question, now);
    add_choices (body, &self->choices, kind, question);

    if (kind->urgent && question->default_at) {
        g_autofree gchar *when = dup_when (question->default_at, now);

        self->summary = g_strdup_printf ("The modem gets new firmware at %s", when);
    } else {
        self->summary = g_strdup (kind->summary);
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

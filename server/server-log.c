/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "server-log.h"

#include <inttypes.h>
#include <string.h>

#include <gio/gio.h>
#include <gio/gunixinputstream.h>
#include <glib/gi18n.h>

#include "release-text.h"

#define LINE_MAX_BYTES 16384
#define BUFFER_SIZE    65536
#define SHOWN_MAX      120
/* Clients that are reported one by one; the rest is counted */
#define CLIENTS_MAX    10000

/*****************************************************************************/
/* One line */

void
server_log_line_clear (ServerLogLine *line)
{
    g_clear_pointer (&line->client, g_free);
    g_clear_pointer (&line->time, g_free);
    g_clear_pointer (&line->method, g_free);
    g_clear_pointer (&line->path, g_free);
    g_clear_pointer (&line->agent, g_free);
}

/* The text up to @end; moves *p behind it */
static gchar *
take_until (const gchar **p,
            gchar         end)
{
    const gchar *found = *p ? strchr (*p, end) : NULL;
    gchar       *text;

    if (!found) {
        *p = NULL;
        return NULL;
    }
    text = g_strndup (*p, (gsize) (found - *p));
    *p = found + 1;
    return text;
}

static void
skip_to (const gchar **p,
         gchar         end)
{
    g_free (take_until (p, end));
}

static gboolean
take_number (const gchar **p,
             guint64       max,
             guint64      *number)
{
    g_autofree gchar *text = NULL;

    if (!*p)
        return FALSE;
    text = g_strndup (*p, strspn (*p, "0123456789"));
    *p += strlen (text);
    if (!g_ascii_string_to_unsigned (text, 10, 0, max, number, NULL))
        return FALSE;
    while (**p == ' ')
        (*p)++;
    return TRUE;
}

/* "GET /full/ota.swu HTTP/1.1"; a query is no part of a file's name, and a request that is not HTTP is logged as received */
static void
take_request (const gchar   *request,
              ServerLogLine *line)
{
    g_auto(GStrv) words = g_strsplit (request, " ", 3);

    line->method = g_strdup (words[0] ? words[0] : "");
    line->path = words[0] && words[1] ? g_strndup (words[1], strcspn (words[1], "?")) : g_strdup ("");
}

/* ADDRESS - USER [TIME] "REQUEST" STATUS BYTES "REFERER" "AGENT"; quotes inside are \x22 */
gboolean
server_log_parse_line (const gchar   *text,
                       ServerLogLine *line)
{
    const gchar      *p = text;
    g_autofree gchar *request = NULL;
    guint64           status = 0;
    guint64           sent = 0;

    memset (line, 0, sizeof (*line));
    if (strnlen (text, LINE_MAX_BYTES + 1) > LINE_MAX_BYTES)
        return FALSE;
    line->client = take_until (&p, ' ');
    skip_to (&p, '[');
    line->time = take_until (&p, ']');
    skip_to (&p, '"');
    request = take_until (&p, '"');
    if (!request || *p != ' ' || !*line->client) {
        server_log_line_clear (line);
        return FALSE;
    }
    p++;
    if (!take_number (&p, 999, &status) || !take_number (&p, G_MAXINT64, &sent)) {
        server_log_line_clear (line);
        return FALSE;
    }
    take_request (request, line);
    line->status = (guint) status;
    line->sent = sent;
    skip_to (&p, '"');
    skip_to (&p, '"');
    skip_to (&p, '"');
    line->agent = take_until (&p, '"');
    return TRUE;
}

/*****************************************************************************/
/* What each client did */

typedef struct {
    gchar   *path;
    guint    requests;
    guint    resumed;
    guint64  sent;
} FileStory;

typedef struct {
    gchar      *client;
    gchar      *first;
    gchar      *last;
    gchar      *agent;
    /* Path to FileStory */
    GHashTable *files;
    guint       requests;
    guint       refused;
    guint       missing;
    guint       failed;
    gchar      *trouble;
    gboolean    list;
    gboolean    package;
} Story;

static void
file_story_free (FileStory *self)
{
    g_free (self->path);
    g_free (self);
}

static void
story_free (Story *self)
{
    g_free (self->client);
    g_free (self->first);
    g_free (self->last);
    g_free (self->agent);
    g_free (self->trouble);
    g_hash_table_unref (self->files);
    g_free (self);
}

static Story *
story_new (const ServerLogLine *line)
{
    Story *self = g_new0 (Story, 1);

    self->client = release_text_printable (line->client, SHOWN_MAX);
    self->first = release_text_printable (line->time, SHOWN_MAX);
    self->files = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) file_story_free);
    return self;
}

static gboolean
is_signature (const gchar *path)
{
    return strstr (path, "/SHA256SUMS") || g_str_has_suffix (path, "/release.json");
}

static gboolean
is_package (const gchar *path)
{
    return !g_str_has_suffix (path, ".xml") && !g_str_has_suffix (path, "/") && !is_signature (path);
}

static void
count_file (Story               *self,
            const ServerLogLine *line)
{
    FileStory *file = g_hash_table_lookup (self->files, line->path);

    if (!file) {
        file = g_new0 (FileStory, 1);
        file->path = g_strdup (line->path);
        g_hash_table_insert (self->files, file->path, file);
    }
    file->requests++;
    file->resumed += line->status == 206;
    file->sent += line->sent;
    /* Who asks with HEAD gets nothing */
    if (!g_str_equal (line->method, "GET"))
        return;
    self->list = self->list || g_str_has_suffix (line->path, "/filelist.xml");
    self->package = self->package || is_package (line->path);
}

static void
count_line (Story               *self,
            const ServerLogLine *line)
{
    g_free (self->last);
    self->last = release_text_printable (line->time, SHOWN_MAX);
    if (line->agent && !self->agent)
        self->agent = release_text_printable (line->agent, SHOWN_MAX);
    self->requests++;
    if (line->status == 200 || line->status == 206) {
        count_file (self, line);
        return;
    }
    /* The agent and --check ask whether it is signed; a release need not be */
    if (line->status == 404 && is_signature (line->path))
        return;
    self->missing += line->status == 404;
    self->refused += line->status == 403 || line->status == 401 || line->status == 400;
    self->failed += line->status / 100 == 5;
    if (line->status >= 400) {
        g_autofree gchar *path = release_text_printable (line->path, SHOWN_MAX);

        g_free (self->trouble);
        self->trouble = g_strdup_printf (_("%u for %s"), line->status, path);
    }
}

/* How far it got. The log has no sizes, so it does not show whether a package was complete. */
static const gchar *
stage_of (const Story *self)
{
    if (self->package)
        return N_("downloaded");
    if (self->list)
        return self->trouble ? N_("asked, then failed") : N_("asked");
    return self->trouble ? N_("failed") : N_("looked");
}

/*****************************************************************************/
/* Report */

static gint
compare_stories (gconstpointer a,
                 gconstpointer b)
{
    return g_strcmp0 ((*(const Story *const *) a)->client, (*(const Story *const *) b)->client);
}

static gint
compare_files (gconstpointer a,
               gconstpointer b)
{
    return g_strcmp0 ((*(const FileStory *const *) a)->path, (*(const FileStory *const *) b)->path);
}

static GPtrArray *
sorted (GHashTable   *table,
        GCompareFunc  compare)
{
    GPtrArray      *list = g_ptr_array_new ();
    GHashTableIter  iter;
    gpointer        value;

    g_hash_table_iter_init (&iter, table);
    while (g_hash_table_iter_next (&iter, NULL, &value))
        g_ptr_array_add (list, value);
    g_ptr_array_sort (list, compare);
    return list;
}

static void
report_file (const FileStory *file,
             GString         *out,
             JsonArray       *array)
{
    g_autofree gchar *path = release_text_printable (file->path, SHOWN_MAX);
    g_autofree gchar *size = release_text_size (file->sent);
    JsonObject       *object = json_object_new ();

    g_string_append_printf (out, ngettext ("    %s: %s in %u request", "    %s: %s in %u requests", file->requests),
                            path, size, file->requests);
    if (file->resumed)
        g_string_append_printf (out, _(", %u of them resumed after a break"), file->resumed);
    g_string_append_c (out, '\n');
    json_object_set_string_member (object, "path", path);
    json_object_set_int_member (object, "requests", file->requests);
    json_object_set_int_member (object, "resumed", file->resumed);
    json_object_set_int_member (object, "sent", (gint64) file->sent);
    json_array_add_object_element (array, object);
}

static void
report_story (const Story *story,
              GString     *out,
              JsonArray   *array)
{
    g_autoptr(GPtrArray) files = sorted (story->files, compare_files);
    JsonObject          *object = json_object_new ();
    JsonArray           *list = json_array_new ();
    guint                i;

    g_string_append_printf (out, _("%s: %s, %s to %s%s%s%s\n"), story->client, _(stage_of (story)), story->first, story->last,
                            story->agent ? " (" : "", story->agent ? story->agent : "", story->agent ? ")" : "");
    for (i = 0; i < files->len; i++)
        report_file (g_ptr_array_index (files, i), out, list);
    if (story->trouble)
        g_string_append_printf (out, _("    trouble: %u not found, %u refused, %u server errors; last: %s\n"), story->missing,
                                story->refused, story->failed, story->trouble);
    json_object_set_string_member (object, "client", story->client);
    json_object_set_string_member (object, "stage", stage_of (story));
    json_object_set_string_member (object, "first", story->first);
    json_object_set_string_member (object, "last", story->last);
    json_object_set_int_member (object, "requests", story->requests);
    json_object_set_int_member (object, "not-found", story->missing);
    json_object_set_int_member (object, "refused", story->refused);
    json_object_set_int_member (object, "server-errors", story->failed);
    json_object_set_array_member (object, "files", list);
    json_array_add_object_element (array, object);
}

/* Firmware only: everything below a folder full/ */
static gboolean
is_ours (const ServerLogLine *line)
{
    return strstr (line->path, "/full/") != NULL;
}

/* A line without its end. What is longer than any that can be read is cut: a file may have no line
 * ends at all. FALSE at the end, or with @error. */
static gboolean
read_line (GInputStream  *input,
           GString       *line,
           GError       **error)
{
    GBufferedInputStream *buffered = G_BUFFERED_INPUT_STREAM (input);
    const gchar          *end = NULL;
    gboolean              any = FALSE;

    g_string_truncate (line, 0);
    while (!end) {
        gsize        size;
        const gchar *data = g_buffered_input_stream_peek_buffer (buffered, &size);
        gsize        taken;
        gssize       n = 1;

        if (size == 0)
            n = g_buffered_input_stream_fill (buffered, -1, NULL, error);
        if (n <= 0)
            return n == 0 && any;
        end = size > 0 ? memchr (data, '\n', size) : NULL;
        taken = end ? (gsize) (end - data) : size;
        any = any || size > 0;
        g_string_append_len (line, data, (gssize) MIN (taken, LINE_MAX_BYTES + 1 - line->len));
        g_input_stream_skip (input, end ? taken + 1 : taken, NULL, NULL);
    }
    return TRUE;
}

static gboolean
read_lines (GInputStream  *input,
            GHashTable    *stories,
            guint64       *ignored,
            GError       **error)
{
    g_autoptr(GInputStream) lines = g_buffered_input_stream_new_sized (input, BUFFER_SIZE);
    g_autoptr(GString)      text = g_string_new (NULL);
    g_autoptr(GError)       inner = NULL;

    while (read_line (lines, text, &inner)) {
        g_auto(ServerLogLine) line = { 0 };
        Story                *story;

        if (!server_log_parse_line (text->str, &line) || !is_ours (&line)) {
            (*ignored)++;
            continue;
        }
        story = g_hash_table_lookup (stories, line.client);
        if (!story && g_hash_table_size (stories) < CLIENTS_MAX) {
            story = story_new (&line);
            g_hash_table_insert (stories, g_strdup (line.client), story);
        }
        if (story)
            count_line (story, &line);
        else
            (*ignored)++;
    }
    if (inner)
        g_propagate_error (error, g_steal_pointer (&inner));
    return !error || !*error;
}

gchar *
server_log_report (const gchar  *path,
                   JsonObject   *report,
                   GError      **error)
{
    g_autoptr(GHashTable)   stories = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) story_free);
    g_autoptr(GFile)        file = g_file_new_for_path (path);
    g_autoptr(GInputStream) input = NULL;
    g_autoptr(GPtrArray)    list = NULL;
    GString                *out;
    JsonArray              *array;
    guint64                 ignored = 0;
    guint                   i;

    input = g_str_equal (path, "-") ? g_unix_input_stream_new (0, FALSE) : G_INPUT_STREAM (g_file_read (file, NULL, error));
    if (!input || !read_lines (input, stories, &ignored, error))
        return NULL;
    out = g_string_new (NULL);
    array = json_array_new ();
    list = sorted (stories, compare_stories);
    for (i = 0; i < list->len; i++)
        report_story (g_ptr_array_index (list, i), out, array);
    g_string_append_printf (out, _("%u clients; %" PRIu64 " other lines\n"), list->len, ignored);
    json_object_set_array_member (report, "clients", array);
    json_object_set_int_member (report, "other-lines", (gint64) ignored);
    return g_string_free (out, FALSE);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <string.h>

#include "port-model.h"
#include "mm-tdtech-response.h"

static void
line_received (const MMTdtechLine *known,
               const gchar        *line,
               PortModel          *self)
{
    g_assert_nonnull (known);
    g_assert_null (strstr (line, "\r\n"));
    g_string_append_printf (self->log, "[%s]", line);
    if (self->func)
        self->func (line, NULL, self->user_data);
}

static gboolean
take_own (const GMatchInfo *match_info,
          GString          *result,
          PortModel        *self)
{
    g_autofree gchar *line = g_match_info_fetch (match_info, 1);

    g_string_append_printf (self->own, "[%s]", line);
    return FALSE;
}

/* As parse_unsolicited () with the handler for new messages alone */
static void
show_to_handlers (PortModel *self,
                  GString   *text)
{
    g_autoptr(GRegex)  regex = NULL;
    g_autofree gchar  *left = NULL;
    gsize              length = text->len;

    if (self->no_handlers || memchr (text->str, '\0', length) || !strstr (text->str, "+CMTI"))
        return;
    regex = g_regex_new ("\\r\\n(\\+CMTI: [^\\r\\n]*)\\r\\n", G_REGEX_RAW, 0, NULL);
    left = g_regex_replace_eval (regex, text->str, (gssize) length, 0, 0,
                                 (GRegexEvalCallback) take_own, self, NULL);
    g_string_assign (text, left);
}

static gboolean
ends_line (const GString *text)
{
    return text->len >= 2 && memcmp (text->str + text->len - 2, "\r\n", 2) == 0;
}

/* As mm_serial_parser_v1_parse () leaves the text of a success. It knows a final result by
 * the <CR><LF> on both sides of it, and a prompt, which stands for nothing here, by the
 * one before. */
static void
strip_final (GString *answer)
{
    if (!ends_line (answer)) {
        g_assert_nonnull (strstr (answer->str, "\r\n>"));
        g_string_truncate (answer, 0);
        return;
    }
    g_string_truncate (answer, answer->len - 2);
    while (answer->len > 0 && !ends_line (answer))
        g_string_truncate (answer, answer->len - 1);
    g_assert_cmpuint (answer->len, >, 0);
}

static void
answered (PortModel *self,
          GString   *answer)
{
    strip_final (answer);
    mm_tdtech_response_clean (answer, FALSE);
    mm_tdtech_reader_complete (self->reader, answer);
    if (!self->asked)
        return;
    self->asked = FALSE;
    g_string_append_printf (self->log, "{%s}", answer->str);
    if (self->func)
        self->func (NULL, answer->str, self->user_data);
}

void
port_model_read (PortModel   *self,
                 const gchar *data,
                 gsize        length)
{
    g_autoptr(GString) text = NULL;

    g_string_append_len (self->buffer, data, (gssize) length);
    show_to_handlers (self, self->buffer);
    text = g_string_new_len (self->buffer->str, (gssize) self->buffer->len);
    g_string_truncate (self->buffer, 0);
    if (text->len == 0)
        return;

    if (mm_tdtech_reader_take_tail (self->reader, text))
        show_to_handlers (self, text);
    if (mm_tdtech_reader_read (self->reader, text, (MMTdtechReaderFunc) line_received, self))
        answered (self, text);
    else
        g_string_append_len (self->buffer, text->str, (gssize) text->len);
}

void
port_model_idle (PortModel *self)
{
    mm_tdtech_reader_flush_later (self->reader, (MMTdtechReaderFunc) line_received, self);
}

void
port_model_ask (PortModel *self)
{
    port_model_idle (self);
    self->asked = TRUE;
}

void
port_model_init (PortModel *self)
{
    *self = (PortModel) { 0 };
    self->reader = mm_tdtech_reader_new ();
    mm_tdtech_reader_set_dialling (self->reader, TRUE);
    self->buffer = g_string_new (NULL);
    self->log = g_string_new (NULL);
    self->own = g_string_new (NULL);
}

void
port_model_clear (PortModel *self)
{
    mm_tdtech_reader_free (self->reader);
    g_string_free (self->buffer, TRUE);
    g_string_free (self->log, TRUE);
    g_string_free (self->own, TRUE);
}

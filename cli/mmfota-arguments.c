/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-arguments.h"

#include <string.h>

#include <glib/gi18n.h>
#include <libmm-glib.h>

#include "mmfota-text.h"

#define HELP_COLUMN 28

typedef struct {
    const MmfotaArgument  *arguments;
    gsize                  n_arguments;
    MmfotaArgumentValue   *values;
    gchar                **words; /* NULL-terminated; not parsed yet */
    GError               **error; /* argv[0], which stays */
} Parser;

/*****************************************************************************/
/* Errors */

gboolean
mmfota_arguments_invalid (GError      **error,
                          const gchar  *option,
                          const gchar  *value,
                          const gchar  *allowed)
{
    g_autofree gchar *printable = mmfota_text_argument (value);

    g_set_error (error, MM_CORE_ERROR, MM_CORE_ERROR_INVALID_ARGS,
                 _("invalid value '%s' for %s: %s"), printable, option, allowed);
    return FALSE;
}

static void
refuse (Parser      *parser,
        GError      *error)
{
    if (parser->error && !*parser->error)
        *parser->error = error;
    else
        g_error_free (error);
}

static void
refuse_word (Parser      *parser,
             const gchar *what,
             const gchar *word)
{
    g_autofree gchar *printable = mmfota_text_argument (word);

    refuse (parser, g_error_new (MM_CORE_ERROR, MM_CORE_ERROR_INVALID_ARGS,
                                 _("%s '%s': see --help"), what, printable));
}

/*****************************************************************************/
/* One argument */

static void
take_value (Parser               *parser,
            const MmfotaArgument *argument,
            const gchar          *value)
{
    MmfotaArgumentValue *taken = &parser->values[argument - parser->arguments];
    GError              *error = NULL;

    taken->given = TRUE;
    if (!value)
        return;
    if (argument->kind == MMFOTA_ARGUMENT_FLAG)
        mmfota_arguments_invalid (&error, argument->name, value, _("it takes no value"));
    else if (argument->kind != MMFOTA_ARGUMENT_FILE && !g_utf8_validate (value, -1, NULL))
        mmfota_arguments_invalid (&error, argument->name, value, _("it is not UTF-8"));
    if (error)
        refuse (parser, error);
    else
        taken->value = value;
}

static void
take_argument (Parser               *parser,
               const MmfotaArgument *argument,
               const gchar          *value)
{
    const gchar *next = *parser->words;

    if (!value && next &&
        (argument->kind == MMFOTA_ARGUMENT_TEXT || argument->kind == MMFOTA_ARGUMENT_FILE ||
         (argument->kind == MMFOTA_ARGUMENT_OPTIONAL && next[0] != '-'))) {
        value = next;
        parser->words++;
    }
    if (!value && (argument->kind == MMFOTA_ARGUMENT_TEXT || argument->kind == MMFOTA_ARGUMENT_FILE))
        refuse (parser, g_error_new (MM_CORE_ERROR, MM_CORE_ERROR_INVALID_ARGS,
                                     _("%s needs a value: %s"), argument->name, argument->value));
    else
        take_value (parser, argument, value);
}

static void
parse_long (Parser      *parser,
            const gchar *word)
{
    const gchar *equals = strchrnul (word, '=');
    gsize        length = (gsize) (equals - word);
    gsize        i;

    for (i = 0; i < parser->n_arguments; i++) {
        const MmfotaArgument *argument = &parser->arguments[i];

        if (strlen (argument->name) == length && memcmp (argument->name, word, length) == 0) {
            take_argument (parser, argument, *equals ? equals + 1 : NULL);
            return;
        }
    }
    refuse_word (parser, _("unknown option"), word);
}

/* Short options may be joined; the value of the last one may follow at once */
static void
parse_letters (Parser      *parser,
               const gchar *word)
{
    const gchar *p;
    gsize        i;

    for (p = word + 1; *p; p++) {
        for (i = 0; i < parser->n_arguments && parser->arguments[i].letter != *p; i++);
        if (i == parser->n_arguments) {
            refuse_word (parser, _("unknown option"), word);
            return;
        }
        if (parser->arguments[i].kind != MMFOTA_ARGUMENT_FLAG) {
            take_argument (parser, &parser->arguments[i], p[1] ? p + 1 : NULL);
            return;
        }
        parser->values[i].given = TRUE;
    }
}

gboolean
mmfota_arguments_parse (const MmfotaArgument  *arguments,
                        gsize                  n_arguments,
                        gint                   argc,
                        gchar                **argv,
                        MmfotaArgumentValue   *values,
                        GError               **error)
{
    g_autoptr(GError) inner_error = NULL;
    gboolean          ended = FALSE;
    Parser            parser = {
        .arguments = arguments, .n_arguments = n_arguments, .values = values,
        .words = argv + MIN (argc, 1), .error = &inner_error,
    };

    while (*parser.words) {
        const gchar *word = *parser.words++;

        if (!ended && g_str_equal (word, "--"))
            ended = TRUE;
        else if (!ended && g_str_has_prefix (word, "--"))
            parse_long (&parser, word);
        else if (!ended && word[0] == '-' && word[1])
            parse_letters (&parser, word);
        else
            refuse_word (&parser, _("unexpected argument"), word);
    }
    if (!inner_error)
        return TRUE;
    g_propagate_error (error, g_steal_pointer (&inner_error));
    return FALSE;
}

/*****************************************************************************/
/* Help */

gchar *
mmfota_arguments_help (const MmfotaArgument *arguments,
                       gsize                 n_arguments)
{
    GString *text = g_string_new (NULL);
    gsize    i;

    for (i = 0; i < n_arguments; i++) {
        const MmfotaArgument *argument = &arguments[i];
        gboolean              optional = argument->kind == MMFOTA_ARGUMENT_OPTIONAL;
        gsize                 start = text->len;

        if (argument->letter)
            g_string_append_printf (text, "  -%c, %s", argument->letter, argument->name);
        else
            g_string_append_printf (text, "  %s", argument->name);
        if (argument->value)
            g_string_append_printf (text, "%s=%s%s", optional ? "[" : "", argument->value, optional ? "]" : "");
        if (text->len - start >= HELP_COLUMN) {
            g_string_append_c (text, '\n');
            start = text->len;
        }
        g_string_append_printf (text, "%*s%s\n", (gint) (HELP_COLUMN - (text->len - start)), "", _(argument->help));
    }
    return g_string_free (text, FALSE);
}

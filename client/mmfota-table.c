/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-table.h"

#include "mmfota-text.h"

#define RULE        "  -----------------------------------\n"
#define TITLE_WIDTH 8
#define NAME_WIDTH  14

void
mmfota_table_add_section (GString     *text,
                          const gchar *title)
{
    g_string_append (text, RULE "  ");
    mmfota_text_append_aligned (text, title, -TITLE_WIDTH);
    g_string_append (text, " |");
}

/* The first row of a section is on the line of its title */
void
mmfota_table_add_row (GString     *text,
                      const gchar *name,
                      const gchar *value)
{
    g_autofree gchar *printable = NULL;

    if (!value || !value[0])
        return;
    printable = mmfota_text_printable (value);
    if (text->str[text->len - 1] == '\n')
        g_string_append_printf (text, "  %-*s |", TITLE_WIDTH, "");
    g_string_append_c (text, ' ');
    mmfota_text_append_aligned (text, name, NAME_WIDTH);
    g_string_append_printf (text, ": %s\n", printable);
}

void
mmfota_table_add_row_take (GString     *text,
                           const gchar *name,
                           gchar       *value)
{
    mmfota_table_add_row (text, name, value);
    g_free (value);
}

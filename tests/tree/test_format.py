#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""scripts/check-format finds each kind of mistake, and none in what is well formed."""

import os
import subprocess
import tempfile

from place import ROOT
import tap

GOOD = '''static gboolean
read_all (Reader       *self,
          const gchar  *text,
          GError      **error)
{
    g_autoptr(GString) all = g_string_new (NULL);
    gint               n = 0;

    if (!self || n > 3)
        return FALSE;
    for (n = 0; n < 3; n++) {
        g_string_append_printf (all, "%s (%d), and so on(%d)",
                                text, n,
                                n > 1 ? n :
                                n);
    }
    switch (n) {
    case 1: return TRUE;
    default:
        break;
    }
    return self->read (self, (Span) { text, NULL }, error);
}
'''

# What is wrong → what it is made from
BAD = {
    'tab': ('    if (!self', '\tif (!self'),
    'blank at the end': ('return FALSE;\n', 'return FALSE; \n'),
    'no blank before a parenthesis': ('g_string_new (NULL)', 'g_string_new(NULL)'),
    'no blank after if': ('    if (!self', '    if(!self'),
    'blanks inside of parentheses': ('(n = 0; n < 3; n++)', '( n = 0; n < 3; n++ )'),
    'indent': ('        return FALSE;', '      return FALSE;'),
    'pointer at the type': ('const gchar  *text', 'const gchar*  text'),
    'operator without blanks': ('n > 3', 'n>3'),
    'brace on a line of its own': ('n++) {', 'n++)\n    {'),
    'type on the line of the name': ('static gboolean\nread_all', 'static gboolean read_all'),
    'brace on the line of the name': ('error)\n{', 'error) {'),
    'long line': ('    gint               n = 0;', '    gint               n = 0 + ' + '1 + ' * 30 + '1;'),
    'no end of line': ('    return self->read (self, (Span) { text, NULL }, error);\n}\n', '}'),
}


def complaints(text):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'code.c')
        with open(path, 'w', encoding='utf-8') as source:
            source.write(text)
        done = subprocess.run([os.path.join(ROOT, 'scripts', 'check-format'), path], stdout=subprocess.PIPE,
                              encoding='utf-8', check=False)
    assert done.returncode in (0, 1), done
    return done.stdout.splitlines()[:-1]


def case_good():
    assert complaints(GOOD) == []


def case_bad():
    for what, (good, bad) in BAD.items():
        assert GOOD.count(good) == 1, good
        assert complaints(GOOD.replace(good, bad)), what


if __name__ == '__main__':
    tap.run(globals())

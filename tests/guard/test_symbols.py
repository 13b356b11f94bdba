#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What the plugin takes from the daemon is there, and it gives the loader's three symbols and no more."""

import re
import subprocess
import sys

EXPORTED = {'mm_plugin_create', 'mm_plugin_major_version', 'mm_plugin_minor_version'}


def symbols(path, option):
    out = subprocess.run(['nm', '--dynamic', '--format=posix', option, path], check=True, capture_output=True,
                         text=True).stdout
    return {line.split()[0].split('@')[0] for line in out.splitlines()}


def libraries(path):
    """Those it is linked to, from the dynamic section, as the loader finds them."""
    out = subprocess.run(['ldd', path], check=True, capture_output=True, text=True).stdout
    return re.findall(r'=> (/\S*libmm-glib\S*)', out)


def report(number, problems, text):
    for problem in problems:
        print('# ' + problem)
    print('%sok %d - %s' % ('not ' if problems else '', number, text))
    return bool(problems)


def main():
    plugin, daemon = sys.argv[1:3]
    print('TAP version 13')
    print('1..2')

    offered = symbols(daemon, '--defined-only')
    for library in libraries(plugin):
        offered |= symbols(library, '--defined-only')
    wanted = {name for name in symbols(plugin, '--undefined-only') if re.match(r'_?mm_', name)}
    failed = report(1, sorted(wanted - offered), 'all %d imported mm_* symbols are exported' % len(wanted))

    exported = symbols(plugin, '--defined-only')
    failed |= report(2, sorted(exported ^ EXPORTED), 'exports what the loader looks for and nothing else')
    return failed


if __name__ == '__main__':
    sys.exit(main())

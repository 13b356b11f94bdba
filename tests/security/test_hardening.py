#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What the compiler and the linker were told to do was done.

test_hardening.py PLUGIN CLIENT OPTIMIZATION trap|no-trap
"""

import re
import subprocess
import sys


def tool(*argv):
    return subprocess.run(argv, stdout=subprocess.PIPE, check=True, encoding='utf-8',
                          env={'LC_ALL': 'C', 'PATH': '/usr/bin:/bin'}).stdout


class Binary:
    def __init__(self, path):
        self.dynamic = tool('readelf', '-Wd', path)
        self.segments = tool('readelf', '-Wl', path)
        self.symbols = tool('readelf', '-W', '--dyn-syms', path)

    def imports(self, pattern):
        return re.findall(r'UND (%s)\b' % pattern, self.symbols)


def relro(binary):
    return 'GNU_RELRO' in binary.segments and 'BIND_NOW' in binary.dynamic


def stack(binary):
    """Guarded, and not executable."""
    flags = re.search(r'GNU_STACK(?:\s+0x\w+){5}\s+(\w+)', binary.segments).group(1)
    return bool(binary.imports('__stack_chk_fail')) and flags == 'RW'


def no_text_relocations(binary):
    return 'TEXTREL' not in binary.dynamic


def no_search_path(binary):
    return 'RUNPATH' not in binary.dynamic and 'RPATH' not in binary.dynamic


def main(plugin, client, optimization, trap):
    number = 0
    failed = False
    results = []
    for name, path in (('plugin', plugin), ('client', client)):
        binary = Binary(path)
        for check in (relro, stack, no_text_relocations):
            results.append((check(binary), '%s %s' % (name, check.__name__)))
        if optimization not in ('0', 'g', 'plain'):
            results.append((bool(binary.imports(r'__\w+_chk(?<!__stack_chk_fail)')), name + ' fortified'))
        results.append((not binary.imports(r'__(?:ubsan|asan)_\w+'), name + ' no_runtime'))
    results.append((no_search_path(Binary(plugin)), 'plugin no_search_path'))
    results.append(('EXEC' not in re.search(r'Type:\s+(\w+)', tool('readelf', '-Wh', client)).group(1),
                    'client position_independent'))
    traps = len(re.findall(r'\bud2\b', tool('objdump', '-d', plugin)))
    results.append(((traps > 100) == (trap == 'trap'), 'plugin traps_undefined_behaviour'))

    print('1..%d' % len(results))
    for passed, name in results:
        number += 1
        failed = failed or not passed
        print('%sok %d - %s' % ('' if passed else 'not ', number, name))
    return 1 if failed else 0


sys.exit(main(*sys.argv[1:]))

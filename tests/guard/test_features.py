#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The plugin and its unit tests, built for a ModemManager without suspend support, QMI or MBIM: for
one without all of them, and for each without one.

With warnings as errors. Without all, every test that has the fake daemon is built; those whose source
asks for a feature are built each time, and run. The plugin takes from the daemon nothing that a daemon
so built does not have.
"""

import os
import re
import subprocess
import sys
import tempfile

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
UNIT = os.path.join('tests', 'unit')
PLUGIN = os.path.join('plugin', 'libmm-plugin-tdtech.so')
SERIES = os.path.join('plugin', 'daemon', 'mm-daemon-series.h')
# The option, what it defines, and a part of the names of the functions that it adds
FEATURES = {
    'mm_suspend': ('WITH_SUSPEND_RESUME', None),
    'mm_qmi': ('WITH_QMI', '_qmi_'),
    'mm_mbim': ('WITH_MBIM', '_mbim_'),
}
CASES = {
    'suspend support, QMI and MBIM': set(FEATURES),
    'suspend support': {'mm_suspend'},
    'QMI': {'mm_qmi'},
    'MBIM': {'mm_mbim'},
}
# It is built often and run once. Flags for what is installed may want an optimizing compiler.
OPTIONS = ['-Dcli=false', '-Dserver=false', '-Dagent=false', '-Dtranslated_man=disabled', '-Dwerror=true',
           '-Doptimization=0', '-Ddebug=false', '-Dc_args=-U_FORTIFY_SOURCE']


def run(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding='utf-8', errors='replace',
                          check=False)
    assert done.returncode == 0, '%s\n%s' % (' '.join(command)[:200], done.stdout[-4000:])
    return done.stdout


def read(*path):
    with open(os.path.join(*path), encoding='utf-8') as source:
        return source.read()


def build(folder, without, tests):
    """From the second time on what does not ask for a feature is there already."""
    options = ['-D%s=%s' % (name, 'disabled' if name in without else 'enabled') for name in FEATURES]
    if os.path.exists(os.path.join(folder, 'build.ninja')):
        run('meson', 'configure', folder, *options)
    else:
        run('meson', 'setup', folder, SOURCE, *OPTIONS, *options)
    run('ninja', '-C', folder, '-j', '2', PLUGIN, *(os.path.join(UNIT, 'test-' + name) for name in tests))
    defined = set(re.findall(r'(?m)^#define (WITH_\w+)', read(folder, SERIES)))
    assert defined == {define for name, (define, _part) in FEATURES.items() if name not in without}, defined


def check_tests(folder, tests):
    """Each names the cases that it runs: none is passed over."""
    for name in tests:
        program = os.path.join(folder, UNIT, 'test-' + name)
        lines = run(program).splitlines()
        passed = sum(line.startswith('ok ') for line in lines)
        assert passed and '1..%d' % passed in lines, '%s: %s' % (name, lines)


def check_plugin(folder, without):
    wanted = run('nm', '--dynamic', '--undefined-only', '--format=posix', os.path.join(folder, PLUGIN))
    for name, (_define, part) in FEATURES.items():
        if part:
            names = re.findall(r'(?m)^(mm_\S*%s\S*)' % part, wanted)
            assert bool(names) == (name not in without), 'without %s: %s' % (sorted(without), names)


def main():
    tests = sys.argv[1:]
    differing = [name for name in tests if re.search(r'(?m)^#.*\bWITH_', read(SOURCE, UNIT, 'test-%s.c' % name))]
    assert differing, tests
    print('1..%d' % len(CASES))
    failed = False
    with tempfile.TemporaryDirectory(prefix='tdtech-features-') as folder:
        for number, (text, without) in enumerate(CASES.items(), 1):
            result = 'ok'
            try:
                build(folder, without, tests if len(without) > 1 else differing)
                check_tests(folder, differing)
                check_plugin(folder, without)
            except AssertionError as error:
                failed = True
                result = 'not ok'
                print('\n'.join('# ' + line for line in str(error).splitlines()[-60:]))
            print('%s %d - without %s: %s' % (result, number, text, ', '.join(differing)), flush=True)
    return failed


if __name__ == '__main__':
    sys.exit(main())

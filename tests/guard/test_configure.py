#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The configure step chooses the series of the installed ModemManager, and stops at one that
nobody has looked at, saying what to do.

Each case: the project is configured against an installed ModemManager that says to be of
that version.
"""

import os
import re
import subprocess
import sys
import tempfile

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
KNOWN = {
    '1.20.0': ('1.20', '1.21'),
    '1.22.3': ('1.22', '1.23'),
    '1.23.4': ('1.23.4', '1.23.7'),
    '1.23.6': ('1.23.4', '1.23.7'),
    '1.24.1': ('1.24.0', '1.24.2'),
    '1.24.10': ('1.24.2', '1.25'),
    '1.25.95': ('1.25.95', '1.26'),
}
UNKNOWN = ('1.23.3', '1.23.7', '1.25.1', '1.26.0', '2.20.4')
SENTENCE = 'or add the series as docs/adding-a-series.md says'


def configure(version, work):
    """Meson's exit status, what it said, and what it wrote down."""
    packages = os.path.join(work, 'packages')
    build = os.path.join(work, 'build')
    os.mkdir(packages)
    installed = subprocess.run(['pkg-config', '--variable=pcfiledir', 'ModemManager'], check=True,
                               capture_output=True, text=True).stdout.strip()
    with open(os.path.join(installed, 'ModemManager.pc'), encoding='utf-8') as source, \
            open(os.path.join(packages, 'ModemManager.pc'), 'w', encoding='utf-8') as out:
        out.write(re.sub(r'(?m)^Version:.*$', 'Version: ' + version, source.read()))
    done = subprocess.run(['meson', 'setup', build, SOURCE, '-Dcli=false', '-Dserver=false', '-Dtests=false'], env=dict(os.environ, PKG_CONFIG_PATH=packages),
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, text=True)
    try:
        with open(os.path.join(build, 'plugin', 'daemon', 'mm-daemon-series.h'), encoding='utf-8') as header:
            defined = dict(re.findall(r'(?m)^#define MM_DAEMON_SERIES_(\w+) "(.*)"$', header.read()))
    except FileNotFoundError:
        defined = {}
    return done.returncode, done.stdout, defined


def check_known(version, work):
    status, text, defined = configure(version, work)
    assert status == 0, text
    assert (defined['STRING'], defined['END']) == KNOWN[version], defined


def check_unknown(version, work):
    status, text, defined = configure(version, work)
    assert status != 0, text
    assert not defined, defined
    lines = [line for line in text.splitlines() if 'ERROR' in line]
    assert len(lines) == 1 and version in lines[0] and SENTENCE in lines[0], text
    print('# ' + lines[0])


def main():
    cases = [('%s is of the series %s' % (version, KNOWN[version][0]), check_known, version) for version in KNOWN]
    cases += [('%s is refused' % version, check_unknown, version) for version in UNKNOWN]
    print('1..%d' % len(cases))
    failed = False
    for number, (text, check, version) in enumerate(cases, 1):
        result = 'ok'
        with tempfile.TemporaryDirectory() as work:
            try:
                check(version, work)
            except AssertionError as error:
                failed = True
                result = 'not ok'
                print('\n'.join('# ' + line for line in str(error).splitlines()[-20:]))
        print('%s %d - %s' % (result, number, text), flush=True)
    return failed


if __name__ == '__main__':
    sys.exit(main())

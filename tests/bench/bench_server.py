# SPDX-License-Identifier: GPL-2.0-or-later
"""mmfota-server's one pass over a package, beside md5sum and sha256sum one after the other;
and --make beside those and cp."""

import os
import shutil
import subprocess
import sys
import tempfile
import time

from benchmark import TESTS, Figure

sys.path.insert(0, os.path.join(TESTS, 'server'))

from bed import MODEL, NEW, OLD, TOOL  # noqa: E402  pylint: disable=wrong-import-position

NAME = 'server'
TITLE = 'a release checked and made'

MEGABYTES = {'62 MB': 62, '4 GB': 4100}


def seconds(*argv):
    """Of this process and its children, by the clock; the pages are in memory as far as they fit."""
    begun = time.monotonic()
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    return time.monotonic() - begun


def least(rounds, *commands):
    """The sum of the commands, the best of some rounds: what others do on the machine only adds."""
    return min(sum(seconds(*command) for command in commands) for _round in range(rounds))


def figures(folder, name, megabytes, rounds):
    package = os.path.join(folder, 'ota.swu')
    with open(package, 'wb') as out:
        block = os.urandom(1 << 20)
        for _number in range(megabytes):
            out.write(block)
    www = os.path.join(folder, 'www')
    make = (TOOL, '--make', www, '--replace', '--package', package, '--version', NEW, '--product', MODEL, '--source-version', OLD)
    seconds(*make)
    sums = (('md5sum', package), ('sha256sum', package))
    read_all = ('cat', os.path.join(www, 'full', 'ota.swu'))
    seconds(*read_all)
    # package-large is a warning: status 2 is no failure
    check = ('sh', '-c', '"$0" --check "$1"; test $? != 1', TOOL, www)
    both = least(rounds, *sums)
    copy = os.path.join(folder, 'copy')
    yield Figure('%s: --check' % name, least(rounds, check), 's', 'md5sum + sha256sum', both, at_most=1.0)
    yield Figure('%s: --make' % name, least(rounds, make), 's', 'cp, sync + md5sum + sha256sum',
                 least(rounds, ('cp', package, copy), ('sync', copy), *sums), at_most=1.0)
    os.unlink(copy)


def run(bench):
    result = []
    for name, megabytes in MEGABYTES.items():
        if bench.quick and megabytes > 1000:
            continue
        folder = tempfile.mkdtemp(prefix='mmfota-bench-', dir=os.environ.get('TMPDIR', '/var/tmp'))
        try:
            bench.say(name)
            result += figures(folder, name, megabytes, bench.amount(3 if megabytes < 1000 else 1, 1))
        finally:
            shutil.rmtree(folder)
    return result

# SPDX-License-Identifier: GPL-2.0-or-later
"""What the benchmarks share: figures, statistics, measuring a process.

A file bench_<name>.py has NAME, TITLE and run(bench), which returns a list of figures.
To be imported first: it leads to the test bed of the integration tests."""

import dataclasses
import math
import os
import re
import statistics
import subprocess
import sys
import time

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(TESTS, 'integration'))

from processes import OVERWRITE_FREED, clean_environment  # noqa: E402  pylint: disable=wrong-import-position

# What is measured runs as it does for users
OVERWRITE_FREED.clear()
# The simulator's gaps inside an answer are not what is measured
os.environ.setdefault('TDTECH_PIECES', 'whole')

# Where GNU time, unlike a shell's, tells the peak memory
TIME = '/usr/bin/time'


@dataclasses.dataclass
class Figure:
    """One measured value. Its ratio is that to the reference, the value of what it is
    compared with; at_most is the goal for that ratio, or for the value where there is
    no reference."""

    name: str
    value: float
    unit: str
    comparison: str = None
    reference: float = None
    at_most: float = None
    # Where the goal is not simply at_most
    goal: str = None
    met: bool = None

    def __post_init__(self):
        measured = self.value if self.reference is None else self.ratio
        if self.at_most is not None:
            self.goal = self.goal or '≤ ' + number(self.at_most)
            if self.met is None:
                self.met = measured is not None and measured <= self.at_most

    @property
    def ratio(self):
        if self.reference is None:
            return None
        if self.reference == 0:
            return 1.0 if self.value == 0 else math.inf
        return self.value / self.reference

    def as_dict(self):
        ratio = self.ratio
        return {'name': self.name, 'value': self.value, 'unit': self.unit, 'comparison': self.comparison,
                'reference': self.reference, 'ratio': None if ratio is not None and math.isinf(ratio) else ratio,
                'goal': self.goal, 'met': self.met}


class Bench:
    """What a benchmark is given."""

    def __init__(self, quick=False, verbose=True):
        self.quick = quick
        self.verbose = verbose

    def amount(self, full, quick):
        """How much to do: --quick makes a coarser figure of the same kind."""
        return quick if self.quick else full

    def say(self, text):
        if self.verbose:
            print('  ' + text, file=sys.stderr, flush=True)


def number(value):
    """Three digits that count."""
    if value is None:
        return ''
    if isinstance(value, bool) or math.isinf(value):
        return str(value)
    if value == int(value) and abs(value) < 1e7:
        return '%d' % value
    if abs(value) >= 100:
        return '{:,.0f}'.format(value)
    return '%.3g' % value


# Statistics

mean = statistics.mean
median = statistics.median


def percentile(values, share):
    """The value that this share (0 to 1) of them does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


# One run of a program

def instructions(argv, env, directory, **keys):
    """How many instructions the program takes, as callgrind counts them."""
    out = os.path.join(directory, 'callgrind.out')
    subprocess.run(['valgrind', '--quiet', '--tool=callgrind', '--callgrind-out-file=' + out] + list(argv),
                   env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True, **keys)
    return callgrind_total(out)


def callgrind_total(path):
    with open(path, encoding='utf-8', errors='replace') as out:
        found = re.findall(r'^(?:totals|summary): (\d+)', out.read(), re.M)
    return int(found[-1])


def peak_memory(argv, env, directory):
    """KiB resident at most. GNU time starts it, being smaller itself than any program."""
    out = os.path.join(directory, 'time.out')
    subprocess.run([TIME, '-f', '%M', '-o', out] + list(argv), env=env, stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL, check=True)
    with open(out, encoding='ascii') as text:
        return int(text.read().split()[-1])


def client_environment(bed):
    return clean_environment(**bed.bus.environment)


def microseconds():
    """On the clock that GLib's g_get_monotonic_time () reads."""
    return time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000

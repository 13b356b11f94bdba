# SPDX-License-Identifier: GPL-2.0-or-later
"""Time without data around ^FWUP, at the real speed of module and daemon: what the module takes
for its answers, for dialling and for hanging up is its own, the rest is ours."""

import re

from benchmark import Figure, median
from contract import DOWNLOADED, FAILED, REFUSED, SUCCEEDED, WAITING
from harness import NEW_VERSION, Bed, wait_for

NAME = 'outage'
TITLE = 'time without data around ^FWUP, beyond what the module takes'

PACKAGE_THERE = {'state': '40', 'package-version': NEW_VERSION}
# No reading of the list of calls in the middle of it: ModemManager's own polling is not ours
QUIET = {'rate': 0, 'in-answers': 0}
LINE = re.compile(r'\s*([\d.]+) \d+ - (\S+) ?(.*)')


def read_transcript(bed):
    """(second, event, details), as the simulator has it."""
    with open(bed.simulator.path('transcript'), encoding='utf-8', errors='replace') as text:
        return [(float(found.group(1)), found.group(2), found.group(3))
                for found in map(LINE.match, text) if found]


def exchanges(lines):
    """(begin, end, command) of what the module was asked."""
    begun = {}
    for when, event, details in lines:
        found = re.match(r'index=(\d+) \w+=(\S*)', details)
        if event == 'command':
            begun[found.group(1)] = (when, found.group(2))
        elif event == 'answer' and found.group(1) in begun:
            yield (begun[found.group(1)][0], when, begun[found.group(1)][1])


def outside(begin, end, intervals):
    """The part from begin to end that no interval covers."""
    free = 0
    for start, stop in sorted(intervals):
        free += max(0, min(start, end) - begin)
        begin = max(begin, min(stop, end))
    return free + max(0, end - begin)


class Outage:
    """What happened from begin to end: seconds that are ours, commands sent, seconds of one."""

    def __init__(self, lines, begin, end, dialled=None):
        self.asked = [one for one in exchanges(lines) if one[1] > begin and one[0] < end]
        intervals = [one[:2] for one in self.asked]
        if dialled:
            intervals.append((dialled, end))
        self.total = end - begin
        self.ours = outside(begin, end, intervals)
        self.trip = median([one[1] - one[0] for one in exchanges(lines)])


class RealBed(Bed):
    """Comes to the point quickly; then runs at the speed of life."""

    daemon_options = ()

    def __init__(self, **fota):
        super().__init__({'noise': QUIET, 'timing': {'flash-seconds': 1, 'reboot-delay': 0.5},
                          'fota': {**PACKAGE_THERE, **{key.replace('_', '-'): value for key, value in fota.items()}}})

    def get_ready(self):
        self.ready()
        self.wait_state(DOWNLOADED)
        self.connect()
        self.settle()
        self.simulator.set('timing.speed', 1)
        self.clock.set_rate(1)

    def settle(self):
        """Until ModemManager is done with asking after the connection."""
        asked = None
        while asked != len(self.simulator.commands()):
            asked = len(self.simulator.commands())
            wait_for('nothing', lambda end=self.clock.now() + 8: self.clock.now() > end)

    def hurry(self):
        self.simulator.set('timing.speed', self.speed)
        self.clock.set_rate(self.speed)


def first(lines, event, pattern, after=0.0):
    return next(when for when, what, details in lines
                if when >= after and what == event and re.search(pattern, details))


def last(lines, event, pattern):
    return first(list(reversed(lines)), event, pattern)


def until_fwup():
    """From the session's end until ^FWUP is accepted."""
    with RealBed() as bed:
        bed.get_ready()
        transaction = bed.verb('Upgrade')
        wait_for('^FWUP', lambda: bed.simulator.commands(r'\^FWUP'))
        bed.hurry()
        result = bed.wait_result(transaction)
        assert result['outcome'] == SUCCEEDED, result
        lines = read_transcript(bed)
    down = first(lines, 'session', 'state=0')
    fwup = [one for one in exchanges(lines) if one[2] == 'AT^FWUP'][0]
    return Outage(lines, down, fwup[1])


def after_failure():
    """From the module's 70 until the session is up."""
    with RealBed(outcome='failed', fail_when='before') as bed:
        bed.get_ready()
        result = bed.wait_result(bed.verb('Upgrade'))
        assert result['outcome'] == FAILED, result
        lines = read_transcript(bed)
    return up_again(lines, last(lines, 'urc', r'FOTASTATE: *70'))


def after_cancel():
    """From Cancel, in the pause after a refused ^FWUP, until the session is up."""
    with RealBed(refuse_fwup=1000) as bed:
        bed.get_ready()
        transaction = bed.verb('Upgrade')
        wait_for('the refusal', lambda: bed.fota().get('Blockers', 0) & REFUSED)
        bed.wait_state(WAITING)
        begin = bed.simulator.command('mark cancel')['time']
        bed.verb('Cancel')
        bed.wait_result(transaction)
        lines = read_transcript(bed)
    return up_again(lines, begin)


def up_again(lines, begin):
    up = first(lines, 'session', 'state=1', begin)
    dialled = [one[0] for one in exchanges(lines) if 'NDISDUP' in one[2] and begin <= one[0] <= up]
    return Outage(lines, begin, up, dialled[-1])


def run(bench):
    figures = []
    for name, measure in (('down until ^FWUP is accepted', until_fwup), ('failed until data is back', after_failure),
                          ('cancelled until data is back', after_cancel)):
        outages = [measure() for _ in range(bench.amount(5, 1))]
        for outage in outages[:1]:
            bench.say('%s: %.2f s, ours %.3f s; asked: %s' % (name, outage.total, outage.ours,
                                                              ' '.join(one[2] for one in outage.asked)))
        figures.append(Figure(name, median([outage.ours for outage in outages]), 's', 'one AT round trip',
                              median([outage.trip for outage in outages]), at_most=1.0))
        figures.append(Figure(name + ', all in all', median([outage.total for outage in outages]), 's'))
        figures.append(Figure(name + ', AT commands', median([len(outage.asked) for outage in outages]), ''))
    return figures

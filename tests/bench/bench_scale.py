# SPDX-License-Identifier: GPL-2.0-or-later
"""Many modems on one daemon, all upgrading."""

import time

import benchmark
from benchmark import Figure
from callgrind import Counted
from contract import FOTA, SUCCEEDED
from crowd import Crowd
from gi.repository import GLib

NAME = 'scale'
TITLE = 'many modems on one daemon, all upgrading'

# Seconds of the module's own that each lets pass after the one before it: they do not all
# come back at the same moment, and the simulator is one process
APART = 1.0
FLASH = 30
# What is counted, in such seconds, however many there are: until the last of 64 has come back
# and has been idle for a while
WINDOW = 160
# What more of them may cost each
LIMIT = 1.15
SCENARIO = {
    'noise': {'rate': 0, 'in-answers': 0},
    'timing': {'download-seconds': 20, 'flash-seconds': FLASH},
}


class Run:
    """All of them upgraded once."""

    def __init__(self, bench, modules, make=Crowd, speed=4):
        self.modules = modules
        with make(modules, SCENARIO, speed=speed) as bed:
            bed.patience = 1800
            bed.clock.set_careful(speed)
            # A probe that the machine was too slow to answer is sent again
            bed.allowed_violations.append('sent before the answer to')
            bed.call_until_answers()
            bed.ready_all()
            bed.connect_all()
            self.memory = bed.memory()
            for module in bed.modules:
                bed.ask(module, 'set timing.flash-seconds %g' % (FLASH + module * APART))
            commands = bed.exchanges()
            self.measure(bed, speed)
            self.commands = sum(bed.exchanges().values()) - sum(commands.values())
            self.seconds = benchmark.median((result['seen'] - self.begin) * speed - module * APART
                                            for module, result in self.results.items())
            failed = {module: result for module, result in self.results.items() if result['outcome'] != SUCCEEDED}
            assert not failed, failed
            self.lost = compare_events(bed)
        bench.say('%2d modems: %d commands, %.0f s each' % (modules, self.commands, self.seconds))

    def upgrade(self, bed, speed):
        self.begin = time.monotonic()
        transactions = bed.verb_all('Download', url=bed.server.url, upgrade=True)
        self.results = bed.results_all(transactions)
        bed.wait('the end of what is counted', lambda: (time.monotonic() - self.begin) * speed >= WINDOW)

    def measure(self, bed, speed):
        self.upgrade(bed, speed)


class CountedRun(Run):
    """The same under callgrind: slower, the more of them there are."""

    def __init__(self, bench, modules):
        super().__init__(bench, modules, Counted, min(2, 16 / modules))
        bench.say('%2d modems: %.0f instructions each' % (modules, self.instructions / modules))

    def measure(self, bed, speed):
        self.instructions = bed.count(lambda: self.upgrade(bed, speed)).total


def compare_events(bed):
    """How many events of the journals were not told as signals, or the other way round."""
    listed = bed.call_all(FOTA, 'ListEvents', lambda _module: GLib.Variant('(t)', (0,)))
    return sum(len({(event['sequence'], event['kind']) for event in events} ^ set(bed.told[module]))
               for module, (events,) in listed.items())


def empty_memory():
    """Of a daemon without modems."""
    with Crowd(1, {'module': {'plugged': False}}) as bed:
        bed.call_until_answers()
        return bed.memory()


def run(bench):
    empty = empty_memory()
    runs = [Run(bench, modules) for modules in bench.amount((1, 8, 32, 64), (1, 8))]
    counted = [CountedRun(bench, modules) for modules in bench.amount((1, 8, 64), (1, 8))]
    first, count = runs[0], counted[0]
    figures = []
    for this in runs[1:]:
        def figure(name, unit, value, reference, modules=this.modules):
            return Figure('%s of each of %d' % (name, modules), value, unit, 'of a single one', reference,
                          at_most=LIMIT)
        figures += [
            figure('commands', '', this.commands / this.modules, first.commands),
            figure('memory', 'kB', (this.memory - empty) / this.modules / 1024, (first.memory - empty) / 1024),
            figure("seconds (the module's)", 's', this.seconds, first.seconds),
        ]
    for this in counted[1:]:
        figures.append(Figure('million instructions of each of %d' % this.modules,
                              this.instructions / this.modules / 1e6, '', 'of a single one',
                              count.instructions / 1e6, at_most=LIMIT))
    figures.append(Figure('events lost by all', sum(this.lost for this in runs + counted), '', at_most=0))
    return figures
